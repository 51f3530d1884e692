"""Shell text -> the commands that it runs, in their order, as far as that can be known.

The text is parsed by tree-sitter's grammar of bash and then run in thought: variables that it
assigns are expanded, loops over known words and functions are unrolled, the directory is
followed. Of each command its words are given, and what it is inside of, which tells whether it
certainly runs. What does not parse, or is put together at run time, is a gap. Nothing is run.
"""

from __future__ import annotations

from bstgraph.shell._effects import Access, Effects, effects, mentions
from bstgraph.shell._scope import resolve
from bstgraph.shell._values import (
    Assignment,
    Command,
    Context,
    ContextKind,
    Gap,
    GapKind,
    Part,
    Place,
    Redirection,
    Runs,
    Script,
    Word,
    literal,
    runs_in,
)
from bstgraph.shell._walk import parse

__all__ = [
    "Access",
    "Assignment",
    "Command",
    "Context",
    "ContextKind",
    "Effects",
    "Gap",
    "GapKind",
    "Part",
    "Place",
    "Redirection",
    "Runs",
    "Script",
    "Word",
    "effects",
    "literal",
    "mentions",
    "parse",
    "resolve",
    "runs_in",
]
