"""Two variants of an image side by side: what one has and the other lacks.

Compared are what the chains of two scripts say: what is staged where, what composes and filters
let through, which packages arrive by which way, and the commands. Two builds of one package are
the business of `bstgraph.compare`.
"""

from __future__ import annotations

from bstgraph.variants._differences import (
    Difference,
    EffectiveChange,
    FilterChange,
    FilterField,
    Line,
    OnlyPackage,
    OnlyStage,
    OtherPackage,
    OtherStage,
    Parity,
    PlacedPackages,
    ScriptChange,
    Side,
    StagePair,
    ValueChange,
    Variant,
)
from bstgraph.variants._parity import parity

__all__ = [
    "Difference",
    "EffectiveChange",
    "FilterChange",
    "FilterField",
    "Line",
    "OnlyPackage",
    "OnlyStage",
    "OtherPackage",
    "OtherStage",
    "Parity",
    "PlacedPackages",
    "ScriptChange",
    "Side",
    "StagePair",
    "ValueChange",
    "Variant",
    "parity",
]
