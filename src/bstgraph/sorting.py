"""The order of direct dependencies, and cycles among them: names and dependency types only.

BuildStream compares two dependencies by a rule that is not transitive, so that the outcome depends
on the sort algorithm. It ships the list sort of CPython 3.12 for that; so do we, because the sort
of the Python that runs us may differ (3.13's does). The BuildStream rules are those of
`sort_dependencies` and `_dependency_cmp` in `_loader/loadelement.pyx`, and of
`_check_circular_deps` in `_loader/loader.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar, cast

from bstgraph import names

_MIN_GALLOP = 7
_MAX_MINRUN = 64


class Entry(Protocol):
    """One direct dependency: the element that it resolves to, and its type."""

    @property
    def name(self) -> str:
        """The full name of the element that is depended on."""

    @property
    def build(self) -> bool:
        """Whether it is needed to build."""

    @property
    def runtime(self) -> bool:
        """Whether it is needed to run."""


T = TypeVar("T")
NameT = TypeVar("NameT", bound=str)
EntryT = TypeVar("EntryT", bound=Entry)


@dataclass(frozen=True, slots=True)
class _Ranked(Generic[EntryT]):
    """An entry with all that the comparison looks at."""

    entry: EntryT
    bit: int
    closure: int
    runtime_only: bool
    local_name: str
    junction: str
    """The local name of the junction element; empty in the toplevel project."""


def sort_all(entries: Mapping[NameT, Sequence[EntryT]]) -> dict[NameT, list[EntryT]]:
    """Return the direct dependencies of each element as BuildStream sorts them.

    `entries` has the dependencies in merged order; a name that is no key of it is a leaf. Who
    depends on whom is computed once, as one set of bits per element. There must be no cycle:
    `find_cycle` says so, this raises ValueError.
    """
    relation = Relation(entries)
    return {name: relation.sorted(found) for name, found in entries.items()}


class Relation:
    """Who depends on whom: a number for each element, and for each a set of all that it needs."""

    def __init__(self, entries: Mapping[NameT, Sequence[Entry]]) -> None:
        """Look at all dependencies of a table; raise ValueError for a cycle."""
        self._numbers: dict[str, int] = {}
        self._closures: dict[str, int] = {}
        self._add(_postorder(_lookup(entries)), _lookup(entries))

    def sorted(self, entries: Sequence[EntryT]) -> list[EntryT]:
        """Return the dependencies of one element as BuildStream sorts them."""
        if len(entries) < 2:
            return list(entries)
        ranked = list_sort([self._rank(entry) for entry in entries], _precedes)
        return [each.entry for each in ranked]

    def edited(self, entries: Mapping[NameT, Sequence[Entry]]) -> Relation:
        """Return the relation with these lists, those of all elements that need a changed one.

        Raises:
            ValueError: there is a cycle.
        """
        table = _lookup(entries)
        inner = {
            name: [entry for entry in found if entry.name in table] for name, found in table.items()
        }
        made = Relation({})
        made._numbers = dict(self._numbers)
        made._closures = dict(self._closures)
        for name in (entry.name for found in table.values() for entry in found):
            if name not in table and name not in made._numbers:
                made._add([name], {})
        made._add(_postorder(inner), table)
        return made

    def differs(self, other: Relation, entries: Sequence[Entry]) -> bool:
        """Return whether the relation among the members of a list is another one than in `other`.

        The numbers of both are those of `other`, as those of `other.edited` are.
        """
        changed = 0
        for entry in entries:
            changed |= self._closures[entry.name] ^ other._closures.get(entry.name, 0)
        return bool(changed) and any(changed >> self._numbers[entry.name] & 1 for entry in entries)

    def _add(self, order: Iterable[str], table: Mapping[str, Sequence[Entry]]) -> None:
        """Compute what these elements need, dependencies first."""
        numbers, closures = self._numbers, self._closures
        for name in order:
            numbers.setdefault(name, len(numbers))
            closure = 0
            for entry in table.get(name, ()):
                closure |= closures[entry.name] | 1 << numbers[entry.name]
            closures[name] = closure

    def _rank(self, entry: EntryT) -> _Ranked[EntryT]:
        junction, local = names.split(entry.name)
        return _Ranked(
            entry=entry,
            bit=1 << self._numbers[entry.name],
            closure=self._closures[entry.name],
            runtime_only=entry.runtime and not entry.build,
            local_name=local,
            junction=names.split(junction)[1],
        )


def _precedes(a: _Ranked[EntryT], b: _Ranked[EntryT]) -> bool:
    """Return whether BuildStream compares `a` as less than `b`."""
    if a.closure & b.bit:
        return False
    if b.closure & a.bit:
        return True
    if a.runtime_only is not b.runtime_only:
        return b.runtime_only
    if a.local_name != b.local_name:
        return a.local_name < b.local_name
    if a.junction and b.junction:
        return a.junction < b.junction
    return bool(a.junction) and not b.junction


def _lookup(entries: Mapping[NameT, Sequence[EntryT]]) -> Mapping[str, Sequence[EntryT]]:
    """Return `entries` for looking any text up in it: Mapping is invariant in its keys."""
    return cast("Mapping[str, Sequence[EntryT]]", entries)


def find_cycle(
    entries: Mapping[NameT, Sequence[EntryT]], targets: Iterable[str]
) -> list[str] | None:
    """Return the first cycle that BuildStream meets from `targets`, or None.

    Every dependency type counts. The first name is repeated at the end; an element that depends on
    itself gives its name twice.
    """
    walk = _Walk(_lookup(entries))
    for target in targets:
        for _ in walk.from_(target):
            pass
        if walk.cycle:
            return walk.cycle
    return None


def _postorder(table: Mapping[str, Sequence[Entry]]) -> Iterator[str]:
    walk = _Walk(table)
    for name in table:
        yield from walk.from_(name)
        if walk.cycle:
            raise ValueError(f"the dependencies are a cycle: {' -> '.join(walk.cycle)}")


class _Walk:
    """A depth-first walk without recursion, for chains longer than Python's stack is deep."""

    def __init__(self, table: Mapping[str, Sequence[Entry]]) -> None:
        self._table = table
        self._done: set[str] = set()
        self.cycle: list[str] | None = None

    def from_(self, start: str) -> Iterator[str]:
        """Yield what is not done yet, each name after what it depends on; stop at a cycle."""
        if start in self._done:
            return
        # A dict is the path, in order, with quick membership.
        path = {start: iter(self._table.get(start, ()))}
        while path:
            name, rest = next(reversed(path.items()))
            for entry in rest:
                if entry.name in path:
                    chain = list(path)
                    self.cycle = [*chain[chain.index(entry.name) :], entry.name]
                    return
                if entry.name not in self._done:
                    path[entry.name] = iter(self._table.get(entry.name, ()))
                    break
            else:
                del path[name]
                self._done.add(name)
                yield name


def list_sort(items: Sequence[T], less: Callable[[T, T], bool]) -> list[T]:
    """Return `items` sorted by CPython 3.12's `list.sort`, with `less` for every comparison.

    For a `less` that is no order the outcome is that of the algorithm, comparison by comparison.
    """
    return _ListSort(items, less).sorted()


@dataclass(slots=True)
class _Run:
    start: int
    length: int
    power: int = 0


class _ListSort(Generic[T]):
    """The state of one sort: the list, the runs found so far and the gallop threshold."""

    def __init__(self, items: Sequence[T], less: Callable[[T, T], bool]) -> None:
        self.items = list(items)
        self.less = less
        self.gallop = _MIN_GALLOP
        self.runs: list[_Run] = []

    def sorted(self) -> list[T]:
        total = len(self.items)
        minrun = _minrun(total)
        lo = 0
        while lo < total:
            length = self._natural_run(lo)
            if length < minrun:
                wanted = min(minrun, total - lo)
                self._insert(lo, lo + length, lo + wanted)
                length = wanted
            self._push(_Run(lo, length))
            lo += length
        self._collapse()
        return self.items

    def _natural_run(self, lo: int) -> int:
        """Return the length of the run from `lo` on, after turning a descending one round."""
        items, less, total = self.items, self.less, len(self.items)
        if lo + 1 >= total:
            return total - lo
        descending = less(items[lo + 1], items[lo])
        hi = lo + 2
        while hi < total and less(items[hi], items[hi - 1]) == descending:
            hi += 1
        if descending:
            items[lo:hi] = items[lo:hi][::-1]
        return hi - lo

    def _insert(self, lo: int, start: int, hi: int) -> None:
        """Extend the sorted stretch from `lo` to `start` up to `hi`, by binary insertion."""
        items, less = self.items, self.less
        for position in range(start, hi):
            pivot, left, right = items[position], lo, position
            while left < right:
                middle = (left + right) // 2
                if less(pivot, items[middle]):
                    right = middle
                else:
                    left = middle + 1
            del items[position]
            items.insert(left, pivot)

    def _push(self, run: _Run) -> None:
        """Put a run on the stack, after merging what its neighbour's power demands."""
        if self.runs:
            top = self.runs[-1]
            power = _power(top, run.length, len(self.items))
            while len(self.runs) > 1 and self.runs[-2].power > power:
                self._merge(len(self.runs) - 2)
            self.runs[-1].power = power
        self.runs.append(run)

    def _collapse(self) -> None:
        runs = self.runs
        while len(runs) > 1:
            i = len(runs) - 2
            if i > 0 and runs[i - 1].length < runs[i + 1].length:
                i -= 1
            self._merge(i)

    def _merge(self, i: int) -> None:
        """Merge the runs `i` and `i + 1`."""
        left, right = self.runs[i], self.runs.pop(i + 1)
        x = self.items[left.start : right.start]
        y = self.items[right.start : right.start + right.length]
        left.length += right.length
        in_place = _gallop_right(y[0], x, 0, self.less)
        start, x = left.start + in_place, x[in_place:]
        if not x:
            return
        y = y[: _gallop_left(x[-1], y, len(y) - 1, self.less)]
        if not y:
            return
        merge = _Merge(self, x, y, high=len(x) > len(y))
        self.items[start : start + len(x) + len(y)] = merge.merged()


def _minrun(total: int) -> int:
    rest = 0
    while total >= _MAX_MINRUN:
        rest |= total & 1
        total >>= 1
    return total + rest


def _power(top: _Run, length: int, total: int) -> int:
    """Return the depth of the boundary after `top` in an ideal merge tree (powersort)."""
    a = 2 * top.start + top.length
    b = a + top.length + length
    power = 0
    while True:
        power += 1
        if a >= total:
            a -= total
            b -= total
        elif b >= total:
            return power
        a *= 2
        b *= 2


class _Merge(Generic[T]):
    """A merge of two adjacent runs: low from their left ends on, high from their right ends.

    The run that CPython copies aside ends the merge one item early: its last item is known to
    belong at the far end.
    """

    def __init__(self, sort: _ListSort[T], x: list[T], y: list[T], *, high: bool) -> None:
        self.sort = sort
        self.less = sort.less
        self.high = high
        self.end = -1 if high else 0
        self.x, self.y = list(x), list(y)
        self.x_floor, self.y_floor = (0, 1) if high else (1, 0)
        self.out: list[T] = []

    def merged(self) -> list[T]:
        over = self._take_x(1) if self.high else self._take_y(1)
        over = over or self._over()
        while not over:
            over = self._one_by_one() or self._galloping()
        if self.high:
            return self.y + self.x + self.out[::-1]
        return self.out + self.y + self.x

    def _over(self) -> bool:
        return len(self.x) <= self.x_floor or len(self.y) <= self.y_floor

    def _take_x(self, count: int) -> bool:
        """Emit `count` items of the left run; return whether it is used up."""
        self._emit(self.x, count)
        return len(self.x) <= self.x_floor

    def _take_y(self, count: int) -> bool:
        """Emit `count` items of the right run; return whether it is used up."""
        self._emit(self.y, count)
        return len(self.y) <= self.y_floor

    def _emit(self, run: list[T], count: int) -> None:
        if not count:
            return
        if self.high:
            self.out.extend(run[: -count - 1 : -1])
            del run[-count:]
        else:
            self.out.extend(run[:count])
            del run[:count]

    def _one_by_one(self) -> bool:
        """Emit the winner of one comparison at a time until one run wins often in a row."""
        end, x_wins, y_wins = self.end, 0, 0
        while True:
            if self.less(self.y[end], self.x[end]) is self.high:
                x_wins, y_wins = x_wins + 1, 0
                over = self._take_x(1)
            else:
                x_wins, y_wins = 0, y_wins + 1
                over = self._take_y(1)
            if over:
                return True
            if max(x_wins, y_wins) >= self.sort.gallop:
                return False

    def _galloping(self) -> bool:
        """Emit whole stretches until they get short."""
        # CPython adds one before the loop and takes one off in each round.
        self.sort.gallop += 1
        while True:
            self.sort.gallop = max(1, self.sort.gallop - 1)
            x_count = self._x_stretch()
            if self._take_x(x_count) or self._take_y(1):
                return True
            y_count = self._y_stretch()
            if self._take_y(y_count) or self._take_x(1):
                return True
            if x_count < _MIN_GALLOP and y_count < _MIN_GALLOP:
                self.sort.gallop += 1
                return False

    def _x_stretch(self) -> int:
        if self.high:
            hint = len(self.x) - 1
            return len(self.x) - _gallop_right(self.y[-1], self.x, hint, self.less)
        return _gallop_right(self.y[0], self.x, 0, self.less)

    def _y_stretch(self) -> int:
        if self.high:
            hint = len(self.y) - 1
            return len(self.y) - _gallop_left(self.x[-1], self.y, hint, self.less)
        return _gallop_left(self.x[0], self.y, 0, self.less)


def _gallop_left(key: T, run: Sequence[T], hint: int, less: Callable[[T, T], bool]) -> int:
    """Return where `key` belongs in `run`, before what equals it, searching from `hint`."""
    if less(run[hint], key):
        last, offset = _grow(len(run) - hint, lambda i: less(run[hint + i], key))
        lo, hi = hint + last + 1, hint + offset
    else:
        last, offset = _grow(hint + 1, lambda i: not less(run[hint - i], key))
        lo, hi = hint - offset + 1, hint - last
    while lo < hi:
        middle = (lo + hi) // 2
        if less(run[middle], key):
            lo = middle + 1
        else:
            hi = middle
    return hi


def _gallop_right(key: T, run: Sequence[T], hint: int, less: Callable[[T, T], bool]) -> int:
    """Return where `key` belongs in `run`, after what equals it, searching from `hint`."""
    if less(key, run[hint]):
        last, offset = _grow(hint + 1, lambda i: less(key, run[hint - i]))
        lo, hi = hint - offset + 1, hint - last
    else:
        last, offset = _grow(len(run) - hint, lambda i: not less(key, run[hint + i]))
        lo, hi = hint + last + 1, hint + offset
    while lo < hi:
        middle = (lo + hi) // 2
        if less(key, run[middle]):
            hi = middle
        else:
            lo = middle + 1
    return hi


def _grow(limit: int, beyond: Callable[[int], bool]) -> tuple[int, int]:
    """Return the last offset that is `beyond`, and the first that may not be: 1, 3, 7, ..."""
    last, offset = 0, 1
    while offset < limit and beyond(offset):
        last, offset = offset, 2 * offset + 1
    return last, min(offset, limit)
