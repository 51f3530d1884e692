"""Counts and shortened lists in words."""

from __future__ import annotations

from collections.abc import Sequence


def counted(number: int, noun: str, plural: str = "") -> str:
    """Return `number` with its noun: `1 element`, `1,090 elements`, `2 entries`."""
    return f"{number:,} {noun if number == 1 else plural or f'{noun}s'}"


def shown(path: str) -> str:
    """Return a path, or any other text, whole and on one line: nothing that a terminal obeys."""
    if path.isprintable():
        return path
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in path)


def some(names: Sequence[str], most: int, room: int | None = None) -> str:
    """Return the first of `names` and the number of the rest; with `room`, as many as fit."""
    while True:
        rest = f" and {len(names) - most:,} more" if len(names) > most else ""
        text = ", ".join(names[:most]) + rest
        if room is None or len(text) <= room or most <= 1:
            return text
        most -= 1
