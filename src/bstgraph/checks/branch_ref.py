"""Refs of sources that do not say which files they are."""

from __future__ import annotations

from collections.abc import Iterator

from bstgraph.checks._api import Problem, Subject, check
from bstgraph.plans import source_blind_spots


@check("BSG303", "branch-ref", "warning")
def branch_ref(subject: Subject) -> Iterator[Problem]:
    """Report refs that do not say which files they are: branches, tags, versions."""
    for element in subject.project.elements.values():
        for spot in source_blind_spots(element):
            if spot.code == "unpinned":
                yield Problem(
                    message=f"'{element.name}' has the ref '{spot.evidence}': {spot.reason}",
                    elements=(element.name,),
                    at=spot.where,
                    evidence=spot.gaps,
                    fix=spot.advice,
                )
