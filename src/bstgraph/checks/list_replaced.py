"""Lists of which a part is lost, because a plain list takes the place of another one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from bstgraph.checks._api import Problem, Subject, check
from bstgraph.observations import ReplacedList

_DEPENDENCIES: Final = frozenset(("depends", "build-depends", "runtime-depends"))


@check("BSG208", "list-replaced", "warning")
def list_replaced(subject: Subject) -> Iterator[Problem]:
    """Report plain lists that take the place of a list which they were surely meant to add to.

    These are dependencies that an include lists, and split rules of which the new list repeats a
    part and loses another. Commands are replaced on purpose, and are not told.
    """
    for replaced in subject.project.observations.replaced:
        lost = _lost(replaced)
        if lost and (replaced.kept or replaced.key in _DEPENDENCIES):
            yield _problem(replaced, lost)


def _lost(replaced: ReplacedList) -> tuple[str, ...]:
    """Return what the new list has not in other words: `/usr/**` is all below `/usr`."""
    wide = [text.removesuffix("**") for text in replaced.added if text.endswith("/**")]
    return tuple(text for text in replaced.dropped if not any(text.startswith(w) for w in wide))


def _problem(replaced: ReplacedList, lost: tuple[str, ...]) -> Problem:
    what = f"the split rules of '{replaced.key}'"
    if replaced.key in _DEPENDENCIES:
        what = f"the {replaced.key} of an include"
    where = f"'{replaced.element}'" if replaced.element else "an include"
    return Problem(
        message=f"{where} replaces {what}, and loses {', '.join(lost)}",
        elements=(replaced.element,) if replaced.element else (),
        at=replaced.at,
        evidence=(f"{replaced.old}: the list that is replaced",) if replaced.old else (),
        fix="write (>): before the items to add them, or (=): to say that they are all",
    )
