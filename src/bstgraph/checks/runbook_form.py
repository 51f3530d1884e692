"""Forms of the runbook that BuildStream rejects (claims R3 to R5)."""

from __future__ import annotations

from collections.abc import Iterator

from bstgraph.checks._api import Edit, Problem, Subject, check
from bstgraph.model import DialectNote


@check("BSG103", "runbook-form", "error")
def runbook_form(subject: Subject) -> Iterator[Problem]:
    """Report forms of the runbook that BuildStream rejects."""
    by_form: dict[tuple[str, str, str], list[DialectNote]] = {}
    for note in subject.project.notes:
        by_form.setdefault((note.claim, note.message, note.fix), []).append(note)
    for (claim, message, fix), found in by_form.items():
        yield Problem(
            message=f"{message} (claim {claim})",
            fix=fix,
            elements=tuple(note.element for note in found),
            at=found[0].provenance,
            edits=tuple(edit for note in found for edit in _edits(note)),
        )


def _edits(note: DialectNote) -> Iterator[Edit]:
    """Yield what turns a form into BuildStream's, where one change does."""
    at = note.provenance
    # The file of a subproject is not ours.
    if at is None or ":" in at.path or not note.text:
        return
    if note.claim == "R4":
        yield Edit(file=at.path, path=("depends",), action="rename", value=note.text)
    else:
        place = at.line, at.column
        yield Edit(file=at.path, path=(), action="set", value=note.text, place=place)
