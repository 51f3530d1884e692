"""What may change artifacts although no key changes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from bstgraph.checks._api import Problem, Subject, check
from bstgraph.model import Element
from bstgraph.plans import BlindSpot, blind_spots
from bstgraph.shell import Command, effects, parse

_SHOWN: Final = 3


@check("BSG503", "blind-spot", "advice")
def blind_spot(subject: Subject) -> Iterator[Problem]:
    """Report what may change the files of an artifact although no key changes.

    Refs that may move are told by `branch-ref`. Variables of `environment-nocache` are not told:
    with that list the project says itself that their values do not matter. Nor is what a
    command writes to a file alone that a later one removes.
    """
    alike: dict[tuple[str, str], list[BlindSpot]] = {}
    for spot in blind_spots(subject.state):
        if spot.code == "unpinned" or spot.variable:
            continue
        if not _is_removed(subject.graph[spot.element], spot):
            alike.setdefault((spot.code, spot.reason), []).append(spot)
    for (code, reason), found in alike.items():
        others = f" and {len(found) - 1:,} more" if len(found) > 1 else ""
        yield Problem(
            message=f"'{found[0].element}'{others}: {reason} ({code})",
            elements=tuple(spot.element for spot in found),
            at=found[0].where,
            evidence=tuple(_line(spot) for spot in found[:_SHOWN] if spot.evidence),
            fix=found[0].advice or None,
        )


def _line(spot: BlindSpot) -> str:
    first = spot.evidence.partition("\n")[0].strip()
    return f"{spot.element}: {first[:100]}"


def _is_removed(element: Element, spot: BlindSpot) -> bool:
    """Return whether a command that takes it only writes files that the element removes."""
    taking = [one for one in _commands(spot.evidence) if one.redirections]
    written = {access.path for one in taking for access in effects(one).writes if access.exact}
    if not written or spot.code not in ("clock", "random"):
        return False
    texts = (
        text
        for listed in element.config.values()
        if isinstance(listed, list | tuple)
        for text in listed
        if isinstance(text, str) and "rm " in text
    )
    removed = {
        access.path
        for text in texts
        for one in _commands(text)
        if one.program == "rm" and one.runs == "always"
        for access in effects(one).writes
    }
    return written <= removed


def _commands(text: str) -> tuple[Command, ...]:
    return parse(text).commands
