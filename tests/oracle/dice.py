"""Decisions for generated projects, and the small texts that they are full of."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")

# What a YAML reader or a variable expander might get wrong.
_LITERALS = (
    "plain",
    "two words",
    " padded ",
    "",
    "a: b",
    "# no comment",
    "- dash",
    "caf\u00e9",
    "\u65e5\u672c \U0001f600",
    "no\u00a0break\u2028",
    "delete\x7f",
    "\\u007f",
    "010",
    "~",
    "null",
    "yes",
    "1.50",
    "100%",
    "%{",
    "%{1a}",
    "%{a b}",
    "it's",
    'say "x"',
    "back\\slash",
    "line one\nline two",
    "\n\n  indented\nlines\n\n",
    "tab\there",
    "[x]",
    "{x}",
    "&x",
    "*x",
    "!x",
    "<<",
)


class Dice:
    """A source of decisions that shrinks towards "no" and towards the first choice."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng

    def chance(self, percent: int) -> bool:
        """Return true in so many of a hundred cases."""
        return self._rng.randint(0, 99) >= 100 - percent

    def number(self, low: int, high: int) -> int:
        """Return a number between the two, both included."""
        return self._rng.randint(low, high)

    def pick(self, choices: Sequence[T]) -> T:
        """Return one of the choices."""
        return choices[self._rng.randint(0, len(choices) - 1)]

    def some(self, choices: Sequence[T], most: int) -> list[T]:
        """Return up to `most` different choices, in any order."""
        left = list(choices)
        count = self.number(0, min(most, len(left)))
        return [left.pop(self.number(0, len(left) - 1)) for _ in range(count)]

    def shuffled(self, choices: Sequence[T]) -> list[T]:
        """Return all choices in any order."""
        left = list(choices)
        return [left.pop(self.number(0, len(left) - 1)) for _ in choices]

    def value(self, variables: Sequence[str]) -> str:
        """Return a text that may use the variables."""
        if not self.chance(60) or not variables:
            return self.pick(_LITERALS)
        reference = f"%{{{self.pick(variables)}}}"
        if self.chance(40):
            return reference
        shapes = ("{0}/x", "a-{0}", "%{0}", "${0} z", "{0}{0}", "pre {0} %{{ post", "{0}{1}")
        return self.pick(shapes).format(reference, f"%{{{self.pick(variables)}}}")
