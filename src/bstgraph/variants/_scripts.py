"""The commands of two scripts side by side, line by line; no shell is parsed."""

from __future__ import annotations

import difflib
import re
from collections import Counter, deque
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice, pairwise, takewhile
from typing import Any, Final, Literal, NamedTuple, TypeAlias

from bstgraph.model import Element
from bstgraph.variants._differences import Line, ScriptChange, ValueChange

_MOST_WORK: Final = 20_000_000
"""About how many steps the search for what two scripts have in common may take."""
_NEAR: Final = 8
"""How many lines further a line may be that another one became."""
_ALIKE: Final = 0.5
"""The share of words that two lines have in common when one became the other."""
_ALWAYS: Final = ("install-root", "cwd")
"""Variables that BuildStream itself runs a script with."""

_WORDS: Final = re.compile(r"\w+")

_Part: TypeAlias = Literal["environment", "variable", "config", "sandbox"]
_Index: TypeAlias = int | None


class _Block(NamedTuple):
    """Lines between two that are the same, by their index."""

    start: int
    """Where in A."""
    a: Sequence[int]
    b: Sequence[int]


class _Hunk(NamedTuple):
    """Lines that are set against each other, by their index; None is no line."""

    change: Literal["removed", "added", "changed", "moved", "split"]
    pairs: tuple[tuple[_Index, _Index], ...]
    order: tuple[int, int]


def command_lines(element: Element) -> tuple[Line, ...]:
    """Return the lines of all commands of a script, without those that are blank."""
    lines = []
    for group, commands in _groups(element.config).items():
        for step, command in enumerate(commands, 1):
            for number, text in enumerate(command.split("\n"), 1):
                if text.strip():
                    lines.append(Line(group, step, number, text.rstrip()))
    return tuple(lines)


def command_count(element: Element) -> int:
    """Return how many commands a script has."""
    return sum(map(len, _groups(element.config).values()))


def _groups(config: Mapping[str, Any]) -> dict[str, Sequence[str]]:
    """Return the lists of texts in a configuration: lists of commands."""
    return {key: value for key, value in config.items() if _is_commands(value)}


def _is_commands(value: object) -> bool:
    return isinstance(value, list | tuple) and all(isinstance(item, str) for item in value)


class Scripts:
    """Two scripts, compared."""

    def __init__(self, a: Element, b: Element) -> None:
        """Compare the lines of their commands."""
        self._elements = (a, b)
        self._a, self._b = command_lines(a), command_lines(b)
        self.gaps: tuple[str, ...] = ()
        self._moved: dict[int, int] = {}
        equal, blocks = self._aligned()
        self._find_moved(blocks)
        self._came = frozenset(self._moved.values())
        hunks = [*self._splits(equal), *self._moves()]
        for block in blocks:
            hunks += self._replaced(block)
        self.changes = tuple(
            self._change(hunk) for hunk in sorted(hunks, key=lambda hunk: hunk.order)
        )

    def values(self) -> Iterator[ValueChange]:
        """Yield what else differs: environment, sandbox, configuration, variables in use."""
        a, b = self._elements
        yield from self._values("environment", _texts(a.environment), _texts(b.environment))
        yield from self._values("variable", *self._used())
        rest = [
            _texts({k: v for k, v in each.config.items() if not _is_commands(v)}) for each in (a, b)
        ]
        yield from self._values("config", rest[0], rest[1])
        boxes = [each.sandbox.model_dump(by_alias=True, exclude_none=True) for each in (a, b)]
        yield from self._values("sandbox", _texts(boxes[0]), _texts(boxes[1]))

    def _values(
        self, part: _Part, a: Mapping[str, str], b: Mapping[str, str]
    ) -> Iterator[ValueChange]:
        left, right = self._elements
        for name in sorted(a.keys() | b.keys()):
            if a.get(name) != b.get(name):
                yield ValueChange(
                    part=part,
                    name=name,
                    script_a=left.name,
                    script_b=right.name,
                    a=a.get(name),
                    b=b.get(name),
                    at_a=left.provenance,
                    at_b=right.provenance,
                )

    def _used(self) -> tuple[dict[str, str], dict[str, str]]:
        """Return the variables that a script is run with, and those that a changed line is due to.

        Commands are expanded here, so that a variable is known by its values alone: a line is due
        to variables when it becomes the other one with their values put in the place of the old.
        """
        a, b = (element.variables for element in self._elements)
        lines = [
            (old.text, new.text)
            for change in self.changes
            if change.change == "changed"
            for old, new in zip(change.a, change.b, strict=True)
        ]
        before, after = (
            ("\n".join(texts) for texts in zip(*lines, strict=True)) if lines else ("", "")
        )
        other = {
            name: (a[name], b[name])
            for name in sorted(a.keys() & b.keys(), key=lambda name: (-len(a[name]), name))
            if a[name] and a[name] != b[name] and a[name] in before and b[name] in after
        }
        found = set(_ALWAYS)
        for old, new in lines:
            found |= _due(old, new, other)
        return ({n: a[n] for n in found if n in a}, {n: b[n] for n in found if n in b})

    def _aligned(self) -> tuple[list[tuple[int, int]], list[_Block]]:
        """Return the lines that are the same, in order, and what is between these."""
        a, b = (_keys(lines) for lines in (self._a, self._b))
        start, end = _common(a, b)
        middle = a[start : len(a) - end], b[start : len(b) - end]
        equal = [(i, i) for i in range(start)]
        blocks: list[_Block] = []
        if _work(*middle) > _MOST_WORK:
            names = " and ".join(f"'{element.name}'" for element in self._elements)
            self.gaps = (
                f"the order of the commands of {names}: too many lines are alike to compare it",
            )
            block, pairs = _by_count(a, b, start, end)
            blocks.append(block)
            # That the order is another one is known by the first line that is out of it.
            order = zip(pairs, sorted(j for _, j in pairs), strict=True)
            self._moved.update(islice((pair for pair, j in order if pair[1] != j), 1))
        else:
            matcher = difflib.SequenceMatcher(None, *middle, autojunk=False)
            for tag, i, k, j, m in matcher.get_opcodes():
                left, right = range(start + i, start + k), range(start + j, start + m)
                if tag == "equal":
                    equal += zip(left, right, strict=True)
                else:
                    blocks.append(_Block(start + i, left, right))
        equal += ((len(a) - n, len(b) - n) for n in range(end, 0, -1))
        return self._slid(equal, blocks)

    def _slid(
        self, equal: list[tuple[int, int]], blocks: list[_Block]
    ) -> tuple[list[tuple[int, int]], list[_Block]]:
        """Move new lines, where several places are as good, to where a command begins."""
        forth, back = dict(equal), {j: i for i, j in equal}
        slid: list[_Block] = []
        for block in blocks:
            start, a, b = block
            if isinstance(a, range) and not b:
                a = _slide(self._a, (forth, back), a)
                start = a.start
            elif isinstance(b, range) and not a:
                moved = _slide(self._b, (back, forth), b)
                start, b = start + moved.start - b.start, moved
            slid.append(_Block(start, a, b))
        return sorted(forth.items()), slid

    def _find_moved(self, blocks: list[_Block]) -> None:
        """Find lines that are elsewhere; one that occurs often only beside one that does not."""
        gone = {i for block in blocks for i in block.a}
        come = {j for block in blocks for j in block.b}
        a, b = (_keys(lines) for lines in (self._a, self._b))
        counts = Counter(a), Counter(b)
        places = {key: j for j, key in enumerate(b)}
        for anchor in sorted(gone):
            if anchor not in gone or not counts[0][a[anchor]] == counts[1][a[anchor]] == 1:
                continue
            place = places[a[anchor]]
            down = zip(range(anchor, len(a)), range(place, len(b)), strict=False)
            up = zip(range(anchor - 1, -1, -1), range(place - 1, -1, -1), strict=False)
            for way in (down, up):
                for i, j in takewhile(
                    lambda p: p[0] in gone and p[1] in come and a[p[0]] == b[p[1]], way
                ):
                    self._moved[i] = j
                    gone.discard(i)
                    come.discard(j)

    def _splits(self, equal: list[tuple[int, int]]) -> Iterator[_Hunk]:
        """Yield the lines at which a new command begins in one variant only."""
        for (i, j), (k, m) in pairwise(equal):
            if _together(self._a, i, k) != _together(self._b, j, m):
                yield _Hunk("split", ((k, m),), (k, m))

    def _moves(self) -> Iterator[_Hunk]:
        for run in _runs(sorted(self._moved.items()), (self._a, self._b)):
            yield _Hunk("moved", run, (run[0][0], run[0][1]))

    def _replaced(self, block: _Block) -> Iterator[_Hunk]:
        """Yield what became of the lines between two that are the same."""
        gone = [i for i in block.a if i not in self._moved]
        come = [j for j in block.b if j not in self._came]
        pairs = _became(self._a, self._b, gone, come)
        for run in _runs(pairs, (self._a, self._b)):
            yield _Hunk("changed", run, (run[0][0], run[0][1]))
        changed = dict(pairs)
        new = set(changed.values())
        for run in _runs([(i, i) for i in gone if i not in changed], (self._a, self._a)):
            yield _Hunk("removed", tuple((i, None) for i, _ in run), (run[0][0], 0))
        for run in _runs([(j, j) for j in come if j not in new], (self._b, self._b)):
            yield _Hunk("added", tuple((None, j) for j, _ in run), (block.start, run[0][0]))

    def _change(self, hunk: _Hunk) -> ScriptChange:
        left, right = self._elements
        return ScriptChange(
            change=hunk.change,
            script_a=left.name,
            script_b=right.name,
            a=tuple(self._a[i] for i, _ in hunk.pairs if i is not None),
            b=tuple(self._b[j] for _, j in hunk.pairs if j is not None),
            at_a=left.provenance,
            at_b=right.provenance,
        )


def _due(old: str, new: str, values: Mapping[str, tuple[str, str]]) -> set[str]:
    """Return the names of values that make one line the other, when they do so completely."""
    used = {name: pair for name, pair in values.items() if pair[0] in old and pair[1] in new}
    become = dict(used.values())
    pattern = "|".join(map(re.escape, become))
    return set(used) if used and re.sub(pattern, lambda m: become[m[0]], old) == new else set()


def _keys(lines: Sequence[Line]) -> list[tuple[str, str]]:
    return [(line.group, line.text) for line in lines]


def _common(a: Sequence[object], b: Sequence[object]) -> tuple[int, int]:
    """Return how many items at the start, and then at the end, are the same."""
    shorter = min(len(a), len(b))
    start = next((i for i in range(shorter) if a[i] != b[i]), shorter)
    rest = shorter - start
    return start, next((n for n in range(rest) if a[-1 - n] != b[-1 - n]), rest)


def _work(a: Sequence[object], b: Sequence[object]) -> int:
    """Return about how many steps difflib takes at worst."""
    left, right = Counter(a), Counter(b)
    alike = sum(count * right[key] for key, count in left.items())
    return min(len(a), len(b)) * (len(a) + alike)


def _by_count(
    a: Sequence[object], b: Sequence[object], start: int, end: int
) -> tuple[_Block, list[tuple[int, int]]]:
    """Return what is left when each item was set against one that is the same, wherever it is.

    The other part are these pairs, in the order of A.
    """
    rest: dict[object, deque[int]] = {}
    for j in range(start, len(b) - end):
        rest.setdefault(b[j], deque()).append(j)
    alone: list[int] = []
    pairs: list[tuple[int, int]] = []
    for i in range(start, len(a) - end):
        if found := rest.get(a[i]):
            pairs.append((i, found.popleft()))
        else:
            alone.append(i)
    return _Block(start, alone, sorted(j for found in rest.values() for j in found)), pairs


def _slide(
    lines: Sequence[Line], matched: tuple[dict[int, int], dict[int, int]], block: range
) -> range:
    """Return the lines of a block that is only in one script, moved to the start of a command.

    The block may move by a line where the line that it leaves is the one that it takes; `matched`,
    what each line is set against and the same the other way round, is changed with it.
    """
    for step in (1, -1):
        start, end = block.start, block.stop
        moves: list[tuple[int, int]] = []
        while not _begins(lines, start):
            taken, left = (end, start) if step == 1 else (start - 1, end - 1)
            if taken not in matched[0] or lines[taken][::3] != lines[left][::3]:
                break
            moves.append((taken, left))
            start, end = start + step, end + step
        else:
            for taken, left in moves:
                other = matched[0].pop(taken)
                matched[0][left] = other
                matched[1][other] = left
            return range(start, end)
    return block


def _begins(lines: Sequence[Line], index: int) -> bool:
    return index == 0 or (index < len(lines) and not _together(lines, index - 1, index))


def _together(lines: Sequence[Line], i: int, k: int) -> bool:
    """Return whether two lines are in one command."""
    return lines[i][:2] == lines[k][:2]


def _runs(
    pairs: Sequence[tuple[int, int]], lines: tuple[Sequence[Line], Sequence[Line]]
) -> Iterator[tuple[tuple[int, int], ...]]:
    """Yield pairs that follow each other in both, within one command of each."""
    run: list[tuple[int, int]] = []
    for i, j in pairs:
        if run and not (
            (i, j) == (run[-1][0] + 1, run[-1][1] + 1)
            and _together(lines[0], i - 1, i)
            and _together(lines[1], j - 1, j)
        ):
            yield tuple(run)
            run = []
        run.append((i, j))
    if run:
        yield tuple(run)


def _became(
    a: Sequence[Line], b: Sequence[Line], gone: Sequence[int], come: Sequence[int]
) -> list[tuple[int, int]]:
    """Return pairs of lines that have enough words in common, in the order of both."""
    words = {j: Counter(_WORDS.findall(b[j].text)) for j in come}
    pairs: list[tuple[int, int]] = []
    first = 0
    for i in gone:
        own = Counter(_WORDS.findall(a[i].text))
        for place in range(first, min(first + _NEAR, len(come))):
            line = b[come[place]]
            if a[i].group == line.group and (
                _share(own, words[come[place]]) >= _ALIKE
                or a[i].text.split()[0] == line.text.split()[0]
            ):
                pairs.append((i, come[place]))
                first = place + 1
                break
    return pairs


def _share(one: Counter[str], other: Counter[str]) -> float:
    """Return the share of the words of two lines that both have."""
    total = one.total() + other.total()
    return 2 * (one & other).total() / total if total else 0.0


def _texts(value: object, name: str = "") -> dict[str, str]:
    """Return each text in nested data by its way, joined with dots."""
    if isinstance(value, Mapping):
        items = ((f"{name}.{key}" if name else str(key), item) for key, item in value.items())
    elif isinstance(value, list | tuple):
        items = ((f"{name}.{number}", item) for number, item in enumerate(value))
    else:
        return {name: str(value)}
    return {key: text for name, item in items for key, text in _texts(item, name).items()}
