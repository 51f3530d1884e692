"""The checks that come with bstgraph."""

from __future__ import annotations

from typing import Final

from bstgraph.checks._api import Check
from bstgraph.checks.blind_spot import blind_spot
from bstgraph.checks.branch_ref import branch_ref
from bstgraph.checks.dropped_domain import dropped_domain
from bstgraph.checks.duplicate_dependency import duplicate_dependency
from bstgraph.checks.empty_filter import empty_filter
from bstgraph.checks.external_element import external_element
from bstgraph.checks.gap import gap
from bstgraph.checks.missing_tool import missing_tool
from bstgraph.checks.overlap import overlap
from bstgraph.checks.runbook_form import runbook_form
from bstgraph.checks.source_without_ref import source_without_ref
from bstgraph.checks.stack_layer import stack_layer
from bstgraph.checks.stale_layer import stale_layer
from bstgraph.checks.stale_prone_edge import stale_prone_edge
from bstgraph.checks.step_order import step_order
from bstgraph.checks.unaliased_url import unaliased_url
from bstgraph.checks.unknown_domain import unknown_domain
from bstgraph.checks.variant_difference import variant_difference

CHECKS: Final[tuple[Check, ...]] = (
    blind_spot,
    branch_ref,
    dropped_domain,
    duplicate_dependency,
    empty_filter,
    external_element,
    gap,
    missing_tool,
    overlap,
    runbook_form,
    source_without_ref,
    stack_layer,
    stale_layer,
    stale_prone_edge,
    step_order,
    unaliased_url,
    unknown_domain,
    variant_difference,
)
