"""An image chain as a tree of text lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final, TypeAlias

from bstgraph.images import Filter, ImageChain, Stage
from bstgraph.names import ElementName
from bstgraph.render._wording import counted, some

_WIDTH: Final = 110
"""Lists of names are cut to stay within it; names themselves are never cut."""
_SCREEN: Final = 40
"""How many lines a tree may have before stacks inside stacks are only counted."""
_STACKS: Final = range(8, 0, -1)
"""How many stacks inside each other are drawn at most, best first."""
_MOST_ROWS: Final = 4
"""How many packages below a compose have lines of their own."""
_DEEPEST: Final = 30
"""How deep a tree is drawn at all: beyond it there is no room beside the branches."""

_Row: TypeAlias = "Stage | str"


def chain_lines(chain: ImageChain, *, full: bool = False) -> tuple[str, ...]:
    """Return the lines of a chain, as much detail as fits a screen; `full` draws every stage."""
    if full:
        return tuple(_Drawing(stacks=None).lines(chain.root))
    lines: tuple[str, ...] = ()
    for stacks in _STACKS:
        lines = tuple(islice(_Drawing(stacks=stacks).lines(chain.root), _SCREEN + 1))
        if len(lines) <= _SCREEN:
            return lines
    return tuple(_Drawing(stacks=_STACKS[-1]).lines(chain.root))


class _Drawing:
    """One tree; `stacks` is how many stacks inside each other it opens, None for all stages."""

    def __init__(self, *, stacks: int | None) -> None:
        self._stacks = stacks
        self._drawn: set[ElementName] = set()

    def lines(self, root: Stage) -> Iterator[str]:
        """Yield the lines; a loop, since stages may nest deeply."""
        staged = f"{root.kind} that stages {counted(root.elements, 'element')}"
        yield f"{root.name}  {staged}; {counted(root.packages, 'package')} in its layers"
        pending = self._below(root, "", 0)
        while pending:
            branch, indent, row, stacks = pending.pop()
            yield branch + (row if isinstance(row, str) else self._line(row))
            if isinstance(row, Stage):
                self._drawn.add(row.name)
                pending += self._below(row, indent, stacks + (row.kind == "stack"))

    def _below(self, stage: Stage, indent: str, stacks: int) -> list[tuple[str, str, _Row, int]]:
        """Return what to draw below `stage`, last first: branch, indent, row, stacks above."""
        if len(indent) >= _DEEPEST * 3:
            rows: list[_Row] = ["…"] if stage.children else []
        elif self._stacks is None:
            rows = list(stage.children)
        else:
            rows = list(_folded(stage, _WIDTH - len(indent))) if stacks < self._stacks else []
        ends = [("├─ ", "│  ")] * (len(rows) - 1) + [("└─ ", "   ")]
        drawn = [
            (indent + branch, indent + below, row, stacks)
            for row, (branch, below) in zip(rows, ends, strict=False)
        ]
        return drawn[::-1]

    def _line(self, stage: Stage) -> str:
        above = " (see above)" if stage.repeated and stage.name in self._drawn else ""
        place = f"{stage.location}  " if stage.location else ""
        return f"{place}{stage.name}  {_what(stage)}{above}"


def _folded(stage: Stage, room: int) -> Iterator[_Row]:
    """Yield the children of a stage, with one line for all tools and one for all packages."""
    children: Sequence[Stage] = stage.children
    if tools := [child for child in children if child.role == "tool"]:
        yield f"/  {_group('tool', tools, room)}"
    many = stage.kind == "stack" or sum(map(_is_plain, children)) > _MOST_ROWS
    yield from (c for c in children if c.role != "tool" and not (many and _is_plain(c)))
    plain = [child for child in children if many and _is_plain(child)]
    for noun, role in (("package", "package"), ("filtered package", "filter")):
        if same := [child for child in plain if child.role == role]:
            yield _group(noun, same, room)


def _is_plain(stage: Stage) -> bool:
    """Return whether a stage is one of many: a package, or a filter of just one."""
    return stage.role == "package" or (
        stage.role == "filter" and all(child.role == "package" for child in stage.children)
    )


def _group(noun: str, stages: Sequence[Stage], room: int) -> str:
    head = f"{counted(len(stages), noun)}: "
    return head + some([stage.name for stage in stages], 6, room - len(head))


def _what(stage: Stage) -> str:
    packages = counted(stage.packages, "package")
    elements = counted(stage.elements, "element")
    if stage.role == "external":
        return "not at hand"
    if stage.role == "parent":
        return f"{stage.kind}; {packages} in its layers"
    match stage.kind:
        case "stack":
            text = f"stack of {stage.members:,}: {elements}, {packages}"
            if stage.role == "layer" and stage.location != "/":
                text += "; no files of its own, all of these are staged here unfiltered"
            return text
        case "compose":
            return f"compose{_filtered(stage)}: {elements}, {packages}"
        case kind:
            needed = f" with {counted(stage.elements - 1, 'element')} that it needs"
            staged = stage.location is not None and stage.elements > 1
            return f"{kind}{_filtered(stage)}{needed if staged else ''}"


def _filtered(stage: Stage) -> str:
    if stage.filter is None:
        return ""
    text = f" {filter_text(stage.filter)}".rstrip()
    both = stage.effective or stage.filter
    if (both.include, both.include_paths, both.orphans) != (
        stage.filter.include,
        stage.filter.include_paths,
        stage.filter.orphans,
    ):
        return f"{text} (with those above: {filter_text(both)})"
    own = {*stage.filter.exclude, *stage.filter.exclude_paths}
    inherited = [name for name in (*both.exclude, *both.exclude_paths) if name not in own]
    return f"{text} (above: {', '.join(inherited)})" if inherited else text


def filter_text(rules: Filter) -> str:
    """Return what a filter lets through in a few words; nothing when it is everything."""
    parts = []
    if rules.include is not None:
        parts.append(f"of {some(rules.include, 6)}" if rules.include else "of no domain")
        # A compose keeps what no domain claims, where a list of domains does not suggest it.
        parts += ["and what no domain claims"] if rules.orphans else []
    elif not rules.orphans:
        parts.append("of all domains")
    if rules.include_paths is not None:
        parts.append(f"of {some(rules.include_paths, 6) or 'no path'}")
    if without := (*rules.exclude, *rules.exclude_paths):
        parts.append(f"without {some(without, 8)}")
    return " ".join(parts)
