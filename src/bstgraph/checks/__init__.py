"""Checks: what is wrong with a project, or could be better, each with a code and a page.

Own checks are functions with `@check`, found as entry points of the group `bstgraph.checks`.
"""

from __future__ import annotations

from bstgraph.checks._api import (
    FAMILIES,
    SEVERITIES,
    Check,
    Code,
    Edit,
    Finding,
    Problem,
    Severity,
    Subject,
    check,
)
from bstgraph.checks._baseline import Baseline, read_baseline
from bstgraph.checks._run import GROUP, Choice, Outcome, Suppression, all_checks, chosen, run_checks

__all__ = [
    "FAMILIES",
    "GROUP",
    "SEVERITIES",
    "Baseline",
    "Check",
    "Choice",
    "Code",
    "Edit",
    "Finding",
    "Outcome",
    "Problem",
    "Severity",
    "Subject",
    "Suppression",
    "all_checks",
    "check",
    "chosen",
    "read_baseline",
    "run_checks",
]
