"""Element names: junction-qualified names, and the rules a name must keep."""

from __future__ import annotations

import os.path
from typing import NewType

ElementName = NewType("ElementName", str)
"""A full element name, junctions first: `sdk.bst:components/bash.bst`."""

_FORBIDDEN = frozenset('<>"|?*')


def join(junction: str, local: str) -> ElementName:
    """Return the full name of `local` in the project behind `junction` (empty: toplevel)."""
    return ElementName(f"{junction}:{local}" if junction else local)


def split(name: str) -> tuple[str, str]:
    """Return (junctions, local name) of a full name; junctions is empty in the toplevel project."""
    junction, _, local = name.rpartition(":")
    return junction, local


def normalise(name: str) -> str:
    """Return `name` with its local part as BuildStream spells it: `./b.bst` is `b.bst`."""
    junction, local = split(name)
    return join(junction, os.path.normpath(local)) if local else name


def complaint(name: str) -> str | None:
    """Return why BuildStream refuses an element file name, or None when it accepts it."""
    if not name.endswith(".bst"):
        return "an element name ends in '.bst'"
    if any(ord(c) < 32 or ord(c) > 126 or c in _FORBIDDEN for c in name):
        return 'an element name is printable ASCII without < > " | ? *'
    return None
