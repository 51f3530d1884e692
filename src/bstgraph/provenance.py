"""Where a value was written: file, line, column, and the line itself."""

from __future__ import annotations

from dataclasses import dataclass, field


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
        shown, caret = self.text[:200].rstrip().expandtabs(1), " " * (min(self.column, 200) - 1)
        return f"  {number} | {shown}\n  {' ' * len(number)} | {caret}^"
