"""Dependencies that one element has twice."""

from __future__ import annotations

from collections.abc import Iterator

from bstgraph.checks._api import Problem, Subject, check
from bstgraph.observations import Repeat


@check("BSG202", "duplicate-dependency", "advice")
def duplicate_dependency(subject: Subject) -> Iterator[Problem]:
    """Report dependencies that say nothing more than another one of the same element.

    What an include brings in is its own affair: both entries have to be in one file.
    """
    for repeat in subject.project.observations.repeats:
        if repeat.at is None or repeat.kept is None or repeat.at.path == repeat.kept.path:
            yield _problem(repeat)


def _problem(repeat: Repeat) -> Problem:
    message = f"'{repeat.element}' has '{repeat.other}' among its dependencies twice"
    if repeat.path != repeat.other:
        same = f"both are '{repeat.dependency}'"
        message = f"'{repeat.element}' depends on '{repeat.path}' and on '{repeat.other}': {same}"
    return Problem(
        message=message,
        elements=(repeat.element,),
        at=repeat.at,
        evidence=(f"{repeat.kept}: what says all that this one says",) if repeat.kept else (),
        fix="take this entry away: BuildStream merges both",
    )
