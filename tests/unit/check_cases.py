"""Findings and reports made by hand, and toy checks, for tests of what is done with findings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

from bstgraph import load_state
from bstgraph.checks import Check, Code, Finding, Problem, Report, Subject, check
from bstgraph.checks.gap import gap
from bstgraph.images import image_chain
from bstgraph.names import ElementName
from bstgraph.testing import project
from tests.unit.image_builders import dakota


def found(message: str, *elements: str, **told: Any) -> Finding:  # noqa: ANN401 - any field
    """Return a finding of the check `gap`, a warning unless it is told otherwise."""
    made = Finding(
        code=Code("BSG102"),
        check="gap",
        severity="warning",
        message=message,
        elements=tuple(map(ElementName, elements)),
    )
    return replace(made, **told)


def report(*findings: Finding, images: int = 1, **told: Any) -> Report:  # noqa: ANN401 - any field
    """Return a report with findings about a project with so many images."""
    chain = image_chain(dakota(), "oci/base.bst")
    made = Report(
        project="example",
        dialect="buildstream",
        targets=(chain.target,),
        elements=1090,
        external=0,
        projects=3,
        chains=(chain,) * images,
        findings=findings,
        ran=(gap,),
    )
    return replace(made, **told)


@check("TOY101", "never")
def never(_: Subject) -> Iterator[Problem]:
    """Report nothing."""
    yield from ()


@check("TOY102", "always", "error")
def always(subject: Subject) -> Iterator[Problem]:
    """Report the project as a whole."""
    yield Problem(message=f"'{subject.project.name}' is odd", fix="make it even")


@check("TOY201", "noisy", "warning")
def noisy(subject: Subject) -> Iterator[Problem]:
    """Report all elements at once, and each on its own.

    The second paragraph.
    """
    elements = subject.project.elements
    yield Problem(message="all of them", elements=tuple(elements))
    for name, element in elements.items():
        yield Problem(message=f"'{name}' is here", elements=(name,), at=element.provenance)


@check("TOY301", "raising")
def raising(_: Subject) -> Iterator[Problem]:
    """Raise."""
    yield Problem(message="just before")
    raise ZeroDivisionError("a mistake of the check")


TOYS: Final[tuple[Check, ...]] = (never, always, noisy)


def subject() -> Subject:
    """Return a project of three stacks."""
    loaded = project("""
        === a.bst
        kind: stack
        === b.bst
        kind: stack
        === sub/c.bst
        kind: stack
    """)
    return Subject(state=load_state(loaded))
