"""What a build would do before it is run: plans, and what they would reuse although it is stale."""

from __future__ import annotations

from bstgraph.plans._blind_spots import BlindSpot, BlindSpotCode, blind_spots, source_blind_spots
from bstgraph.plans._built import built
from bstgraph.plans._cures import Cure, Remedy, cures
from bstgraph.plans._plan import plan
from bstgraph.plans._stale import Difference, RootEdge, StaleElement, StaleReport, Verdict, stale
from bstgraph.plans._values import Action, Found, Plan, Step

__all__ = [
    "Action",
    "BlindSpot",
    "BlindSpotCode",
    "Cure",
    "Difference",
    "Found",
    "Plan",
    "Remedy",
    "RootEdge",
    "StaleElement",
    "StaleReport",
    "Step",
    "Verdict",
    "blind_spots",
    "built",
    "cures",
    "plan",
    "source_blind_spots",
    "stale",
]
