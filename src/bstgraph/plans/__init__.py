"""What a build would do before it is run: plans, and what they would reuse although it is stale."""

from __future__ import annotations

from bstgraph.plans._blind_spots import BlindSpot, BlindSpotCode, blind_spots
from bstgraph.plans._built import built
from bstgraph.plans._plan import plan
from bstgraph.plans._values import Action, Found, Plan, Step

__all__ = [
    "Action",
    "BlindSpot",
    "BlindSpotCode",
    "Found",
    "Plan",
    "Step",
    "blind_spots",
    "built",
    "plan",
]
