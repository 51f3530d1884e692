"""Element names: junction-qualified names, and the rules a name must keep."""

from __future__ import annotations

import os.path
import re
from typing import Final, NewType

ElementName = NewType("ElementName", str)
"""A full element name, junctions first: `sdk.bst:components/bash.bst`."""

_GLOBS: Final = {"**": ".*", "*": "[^/]*", "?": "[^/]"}
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


def glob_pattern(glob: str) -> re.Pattern[str]:
    """Return the pattern of a glob over names as BuildStream reads it (`utils.glob`).

    `*` and `?` stop at a slash, `**` does not; `[ab]` and `[!ab]` are sets of characters.
    """
    parts = re.split(r"(\*\*|\*|\?|\[!?\]?[^\]]*\])", glob)
    return re.compile("".join(map(_glob_part, parts)) + r"\Z", re.DOTALL)


def _glob_part(part: str) -> str:
    if part in _GLOBS:
        return _GLOBS[part]
    if part.startswith("[") and part.endswith("]") and len(part) > 2:
        inside = part[1:-1].replace("\\", "\\\\")
        negated = inside.startswith("!")
        inside = inside[1:] if negated else inside
        inside = inside.replace("[", "\\[").replace("]", "\\]").replace("^", "\\^")
        return f"[{'^' if negated else ''}{inside}]"
    return re.escape(part)
