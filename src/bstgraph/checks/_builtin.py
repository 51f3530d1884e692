"""The checks that come with bstgraph.

There is no BSG203: it was kept for dependencies that others imply, and what it would find is
written on purpose. Measured: of the direct dependencies of castrojo/dakota, gnome-build-meta and
freedesktop-sdk 25.08.9, 35, 1,115 and 1,519 change no scope when they are left out; in the
narrowest case, where a stack that is listed beside it lists it too, 8, 28 and 69. Elements name
what they use.
"""

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
from bstgraph.checks.impossible_condition import impossible_condition
from bstgraph.checks.list_replaced import list_replaced
from bstgraph.checks.missing_tool import missing_tool
from bstgraph.checks.opened_junction import opened_junction
from bstgraph.checks.overlap import overlap
from bstgraph.checks.runbook_form import runbook_form
from bstgraph.checks.source_without_ref import source_without_ref
from bstgraph.checks.stack_layer import stack_layer
from bstgraph.checks.stale_layer import stale_layer
from bstgraph.checks.stale_prone_edge import stale_prone_edge
from bstgraph.checks.step_order import step_order
from bstgraph.checks.unaliased_url import unaliased_url
from bstgraph.checks.unknown_domain import unknown_domain
from bstgraph.checks.unreached_element import unreached_element
from bstgraph.checks.unused_link import unused_link
from bstgraph.checks.unused_option import unused_option
from bstgraph.checks.unused_override import unused_override
from bstgraph.checks.variant_difference import variant_difference

CHECKS: Final[tuple[Check, ...]] = (
    external_element,
    gap,
    runbook_form,
    unreached_element,
    duplicate_dependency,
    unused_link,
    unused_override,
    unused_option,
    impossible_condition,
    list_replaced,
    opened_junction,
    source_without_ref,
    unaliased_url,
    branch_ref,
    stack_layer,
    unknown_domain,
    empty_filter,
    dropped_domain,
    overlap,
    variant_difference,
    stale_prone_edge,
    stale_layer,
    blind_spot,
    step_order,
    missing_tool,
)
"""By code."""
