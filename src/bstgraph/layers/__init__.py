"""What elements hold and stage: the files of each, whose they are, and who put them there."""

from __future__ import annotations

from bstgraph.layers._engine import Layers
from bstgraph.layers._values import (
    Command,
    Contents,
    Gap,
    Location,
    Origin,
    Overlap,
    Staging,
)

__all__ = ["Command", "Contents", "Gap", "Layers", "Location", "Origin", "Overlap", "Staging"]
