"""What could not be known of a project or its elements."""

from __future__ import annotations

from collections.abc import Iterator

from bstgraph.checks._api import Problem, Subject, check
from bstgraph.model import Element


@check("BSG102", "gap", "advice")
def gap(subject: Subject) -> Iterator[Problem]:
    """Report what could not be known of the project or its elements."""
    for text in subject.project.gaps:
        yield Problem(message=text)
    by_gap: dict[str, list[Element]] = {}
    for element in subject.project.elements.values():
        for text in element.gaps:
            by_gap.setdefault(text, []).append(element)
    for text, found in by_gap.items():
        names = tuple(element.name for element in found)
        yield Problem(message=text, elements=names, at=found[0].provenance)
