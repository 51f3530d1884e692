"""What elements hold and stage: the files of each, whose they are, and who put them there."""

from __future__ import annotations

from bstgraph.layers._against import Difference, ImageComparison, compare_image
from bstgraph.layers._engine import Layers
from bstgraph.layers._follow import Link, Place
from bstgraph.layers._owners import Drift, Moved, Owned, Ownership, drift, owners
from bstgraph.layers._trace import PathTrace, Trace, trace
from bstgraph.layers._values import (
    Command,
    Contents,
    Gap,
    Location,
    Origin,
    Overlap,
    Staging,
)

__all__ = [
    "Command",
    "Contents",
    "Difference",
    "Drift",
    "Gap",
    "ImageComparison",
    "Layers",
    "Link",
    "Location",
    "Moved",
    "Origin",
    "Overlap",
    "Owned",
    "Ownership",
    "PathTrace",
    "Place",
    "Staging",
    "Trace",
    "compare_image",
    "drift",
    "owners",
    "trace",
]
