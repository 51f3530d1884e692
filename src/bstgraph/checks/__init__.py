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
from bstgraph.checks._baseline import Baseline, own_baseline, read_baseline
from bstgraph.checks._fixes import Fix, fixes
from bstgraph.checks._report import Report, report_on
from bstgraph.checks._run import (
    GROUP,
    Choice,
    Outcome,
    Suppression,
    all_checks,
    choice_of,
    chosen,
    contract_of,
    run_checks,
    severity_counts,
)
from bstgraph.checks._subject import subject_of

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
    "Fix",
    "Outcome",
    "Problem",
    "Report",
    "Severity",
    "Subject",
    "Suppression",
    "all_checks",
    "check",
    "choice_of",
    "chosen",
    "contract_of",
    "fixes",
    "own_baseline",
    "read_baseline",
    "report_on",
    "run_checks",
    "severity_counts",
    "subject_of",
]
