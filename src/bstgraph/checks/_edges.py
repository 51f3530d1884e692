"""Dependencies marked `strict: true`, as a mechanical change."""

from __future__ import annotations

import re
from typing import Final

from bstgraph.checks._api import Edit
from bstgraph.model import Element
from bstgraph.provenance import Provenance

_KEY: Final = re.compile(r"""\bfilename["']?\s*:\s*$""")
"""What stands before the name in an entry that is a mapping."""
_TEXT: Final = re.compile(r"[\w.][\w./:+-]*(?=\s*$|\s+#)")


def strict_edits(element: Element, at: Provenance | None) -> tuple[Edit, ...]:
    """Return what marks the dependency that is written at `at`, if one change does.

    It does where the entry is in the file of an element of the toplevel project, and is a mapping
    or a plain text. One that lists several elements is marked as a whole.
    """
    own = element.provenance
    if at is None or own is None or at.path != own.path or element.junction:
        return ()
    before, written = at.text[: at.column - 1], at.text[at.column - 1 :]
    place = at.line, at.column
    if _KEY.search(before):
        return (Edit(file=at.path, path=("strict",), action="set", value=True, place=place),)
    text = _TEXT.match(written)
    if text is None:
        return ()
    marked = {"filename": text[0], "strict": True}
    return (Edit(file=at.path, path=(), action="set", value=marked, place=place),)
