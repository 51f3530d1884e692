"""The order of the steps that assemble an image: which commands are which, and what came too late.

A contract names steps, says by which commands they are recognised, and in which order they have
to be. It is checked against the commands of a script element, for one layer that it stages.
Nothing is run, and what a program does inside is not known: a step that a program takes by itself
is not seen.
"""

from __future__ import annotations

from bstgraph.steps._check import check_image, check_steps
from bstgraph.steps._contract import RUNBOOK, Contract, Pattern, Step, contract_from
from bstgraph.steps._report import (
    Late,
    Missing,
    NearMiss,
    Occurrence,
    OrderViolation,
    ScriptGap,
    StepReport,
    Verdict,
    Where,
)

__all__ = [
    "RUNBOOK",
    "Contract",
    "Late",
    "Missing",
    "NearMiss",
    "Occurrence",
    "OrderViolation",
    "Pattern",
    "ScriptGap",
    "Step",
    "StepReport",
    "Verdict",
    "Where",
    "check_image",
    "check_steps",
    "contract_from",
]
