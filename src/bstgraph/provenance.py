"""Where a value was written: file, line, column, and the line itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

_WINDOW: Final = 160
"""How much of a line a picture shows."""


@dataclass(frozen=True, slots=True, order=True)
class Provenance:
    """A place in a file of a project.

    `path` is relative to the toplevel project; a file of a subproject is prefixed with its
    junctions (`sdk.bst:elements/a.bst`). `line` and `column` count from 1. `text` is the line.
    """

    path: str
    line: int
    column: int
    text: str = field(default="", compare=False, repr=False)

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}"

    def picture(self) -> str:
        """Return the line with a caret under the column, or an empty string without a line."""
        if not self.text.strip():
            return ""
        number = str(self.line)
        start = max(0, self.column - _WINDOW // 2) if self.column > _WINDOW else 0
        shown = "".join(map(_visible, self.text[start : start + _WINDOW].rstrip()))
        caret = " " * (max(self.column, 1) - 1 - start)
        return f"  {number} | {shown}\n  {' ' * len(number)} | {caret}^"


def _visible(character: str) -> str:
    """Return `character`, or one of the same width for one that would act on a terminal."""
    if character.isprintable():
        return character
    return " " if character == "\t" else "\N{REPLACEMENT CHARACTER}"
