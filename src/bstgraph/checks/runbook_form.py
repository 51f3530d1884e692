"""Forms of the runbook that BuildStream rejects (claims R3 to R5)."""

from __future__ import annotations

from collections.abc import Iterator

from bstgraph.checks._api import Problem, Subject, check
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
        )
