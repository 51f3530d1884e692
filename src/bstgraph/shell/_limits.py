"""How much of a shell text is followed."""

from __future__ import annotations

from typing import Final

MOST_COMMANDS: Final = 10_000
"""Commands of one text, those of loops and functions counted each time."""
DEEPEST: Final = 60
"""How deep statements, functions and texts may be nested."""


class LimitError(Exception):
    """A limit was reached; what was found until then counts."""
