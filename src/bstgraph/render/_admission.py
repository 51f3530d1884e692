"""What a compose or filter makes of paths, as a table and as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from bstgraph.admission import Admission, Judgement
from bstgraph.provenance import Provenance
from bstgraph.render import _key_json
from bstgraph.render._wording import counted, some
from bstgraph.splits import Claim, Decision

_MOST: Final = 2
"""How many elements are named before the rest is only counted."""


def admission_table(admissions: Sequence[Admission]) -> str:
    """Return a line for each path, what decided below it where that differs, and what to know."""
    rows = [row for admission in admissions for row in _rows(admission)]
    widths = [max((len(row[column]) for row in rows), default=0) for column in range(3)]
    lines = ["  ".join(f"{cell:{width}}" for cell, width in zip(row, [*widths, 0], strict=True))
             for row in rows]  # fmt: skip
    notes = list(dict.fromkeys(note for admission in admissions for note in _notes(admission)))
    return "\n".join([*map(str.rstrip, lines), *([""] if notes else []), *notes])


def _rows(admission: Admission) -> Iterator[tuple[str, str, str, str]]:
    # A path that is no UTF-8 has half characters, which no terminal takes.
    path = f"/{admission.path}".encode(errors="backslashreplace").decode()
    verdict = admission.verdict
    if admission.as_parent:
        yield path, verdict, "above what is admitted", ""
    elif verdict != "depends" and admission.judgements:
        # Of several that agree, what most elements say.
        most = max(admission.judgements, key=_weight)
        yield path, verdict, *_reason(most)
    else:
        yield path, verdict, "", ""
        for judgement in admission.judgements:
            what = "admitted" if judgement.decision.admitted else "dropped"
            reason, at = _reason(judgement)
            yield f"  {some(judgement.elements, _MOST)}", what, reason, at


def _weight(judgement: Judgement) -> tuple[bool, int]:
    return judgement.decision.admitted, len(judgement.elements)


def _reason(judgement: Judgement) -> tuple[str, str]:
    """Return what decided, in words, and where to change it."""
    decision = judgement.decision
    config = str(judgement.config_at or "")
    match decision.by:
        case "everything":
            return "nothing is filtered", ""
        case "orphans":
            passed = "pass" if decision.admitted else "do not pass"
            return f"no domain claims it, and orphans {passed}", config
        case "include-paths" | "exclude-paths":
            named = ", ".join(decision.decisive) or "no prefix"
            return f"{decision.by}: {named}", config
        case _:
            claim = next(c for c in decision.claims if c.domain in decision.decisive)
            return f"{claim.domain} {_fate(decision)}: {claim.rule}", _places(claim, config)


def _fate(decision: Decision) -> str:
    if decision.admitted:
        return "passes"
    return "is excluded" if decision.by == "exclude" else "is not included"


def _places(claim: Claim, config: str) -> str:
    written = rule_place(claim.at)
    return f"{written}, decided at {config}" if config else written


def rule_place(at: Provenance | None) -> str:
    """Return where a split rule is written, in words."""
    if at is None:
        return "place not known"
    return "BuildStream's default" if at.path.startswith("BuildStream:") else str(at)


def _notes(admission: Admission) -> Iterator[str]:
    if admission.failure:
        yield f"BuildStream fails to build '{admission.layer}': {admission.failure}"
    if admission.rule == "runbook":
        yield "rule: the runbook's path prefixes (claim R3); BuildStream has none"
    unknown = (d for judged in admission.judgements for d in judged.decision.unknown)
    if not admission.failure:
        for domain in dict.fromkeys(unknown):
            yield f"not every element has the split domain '{domain}'; it is passed over there"
    if admission.verdict == "depends":
        yield "Next: tell which element has the path: --element NAME"
    if admission.subject_to:
        elements = dict.fromkeys(command.element for command in admission.subject_to)
        commands = counted(len(admission.subject_to), "integration command")
        yield f"{commands} of {some(tuple(elements), _MOST)} may still change this"
    yield from (f"unknown: {gap}" for gap in admission.gaps)


# -- JSON ---------------------------------------------------------------------------------------


def admissions_document(layer: str, admissions: Iterable[Admission]) -> dict[str, Any]:
    """Return the document of `bstgraph/admits/1`, without its schema."""
    listed = list(admissions)
    first = listed[0] if listed else None
    commands = first.subject_to if first else ()
    return {
        "layer": first.layer if first else layer,
        "rule": first.rule if first else None,
        "failure": (first.failure or None) if first else None,
        "subject-to": [{"element": one.element, "command": one.command} for one in commands],
        "paths": [_admission(admission) for admission in listed],
        "gaps": list(dict.fromkeys(gap for admission in listed for gap in admission.gaps)),
    }


def _admission(admission: Admission) -> dict[str, Any]:
    return {
        "path": admission.path,
        "verdict": admission.verdict,
        "as-parent": admission.as_parent,
        "judgements": [_judgement(judgement) for judgement in admission.judgements],
    }


def _judgement(judgement: Judgement) -> dict[str, Any]:
    decision = judgement.decision
    return {
        "admitted": decision.admitted,
        "by": decision.by,
        "decisive": list(decision.decisive),
        "claims": [
            {"domain": one.domain, "rule": one.rule, "at": _key_json.place(one.at)}
            for one in decision.claims
        ],
        "unknown": list(decision.unknown),
        "config-at": _key_json.place(judgement.config_at),
        "elements": list(judgement.elements),
    }
