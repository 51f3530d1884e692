"""Build scopes of all elements at once, and hashes that begin alike computed once.

The key of an element names its whole build scope, so that all keys together hash a text that grows
with the square of the project. But the scope of an element begins with the runtime order of its
first build dependency, and that one with the order of *its* first runtime dependency. SHA-256 can
be continued from a copy: what scopes have in common at their beginning is hashed once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Final

from bstgraph.names import ElementName
from bstgraph.scopes import Scope, Traversal

if TYPE_CHECKING:
    from hashlib import _Hash

_NOTHING: Final = -1
_WALK_COST: Final = 20
"""How much dearer a step of a walk is than leaving an element out of a list."""
_MOST_KEPT: Final = 2**20
"""How long the build scopes that are kept may be together."""


@dataclass(frozen=True, slots=True)
class BuildScope:
    """A build scope: the runtime order of element `first`, and then the elements `rest`."""

    first: int
    """The number of an element; -1 for an empty scope."""
    rest: tuple[int, ...]
    members: int
    """The set of all its elements, as bits."""


class BuildScopes:
    """The build scope of every element, by its number in staging order.

    An order is kept as what it adds to the order of the first dependency. Making all of them costs
    one look at every dependency and a bit set of the project's size for each element; listing one
    costs its length.
    """

    def __init__(self, names: Sequence[ElementName], traversal: Traversal) -> None:
        """Prepare the elements `names`, which are in staging order: dependencies first."""
        self._run: list[Sequence[int]] = [()] * len(names)
        self._build: list[Sequence[int]] = [()] * len(names)
        self.orders: list[BuildScope] = [BuildScope(_NOTHING, (), 0)] * len(names)
        """For each element: its runtime order, which ends with itself."""
        self._latest: tuple[int, BuildScope] | None = None
        self._kept: dict[int, BuildScope] = {}
        self._room = _MOST_KEPT
        self._make(range(len(names)), names, traversal)

    def edited(self, names: Sequence[ElementName], traversal: Traversal, moved: int) -> BuildScopes:
        """Return the scopes of the same elements in the same order, after an edit.

        `moved` are those elements, as bits, whose runtime orders or build scopes may be others.
        """
        made = BuildScopes((), traversal)
        made._run, made._build = list(self._run), list(self._build)
        made.orders = list(self.orders)
        made._kept = {n: scope for n, scope in self._kept.items() if not moved >> n & 1}
        made._room = self._room + sum(
            self._size(scope) for n, scope in self._kept.items() if n not in made._kept
        )
        made._make(tuple(ones(moved)), names, traversal)
        return made

    def _make(
        self, numbers: Iterable[int], names: Sequence[ElementName], traversal: Traversal
    ) -> None:
        """Prepare some elements, of which those that others need come first."""
        known = {name: number for number, name in enumerate(names)}
        for number in numbers:
            run = [known[n] for n in traversal.direct(names[number], Scope.RUN)]
            build = [known[n] for n in traversal.direct(names[number], Scope.BUILD)]
            self._run[number], self._build[number] = run, build
            found = self._joined(run)
            self.orders[number] = BuildScope(
                found.first, (*found.rest, number), found.members | 1 << number
            )

    def build(self, number: int) -> BuildScope:
        """Return what is staged to build an element, without itself.

        The latest one is kept, as it is asked for twice, and as many others as there is room for:
        all of them together may be large.
        """
        known = self._kept.get(number)
        if known is not None:
            return known
        if self._latest is None or self._latest[0] != number:
            self._latest = number, self._joined(self._build[number])
            size = self._size(self._latest[1])
            if size <= self._room:
                self._room -= size
                self._kept[number] = self._latest[1]
        return self._latest[1]

    def _size(self, scope: BuildScope) -> int:
        """Return how much room a scope takes, in words."""
        return len(scope.rest) + len(self._run) // 64 + 1

    def members(self, number: int) -> int:
        """Return the elements that are staged to build an element, as bits."""
        if number in self._kept:
            return self._kept[number].members
        return reduce(or_, (self.orders[each].members for each in self._build[number]), 0)

    def direct(self, number: int) -> Sequence[int]:
        """Return the direct build dependencies of an element, in BuildStream's order."""
        return self._build[number]

    def listed(self, scope: BuildScope) -> list[int]:
        """Return the elements of a scope in staging order."""
        parts: list[Sequence[int]] = [scope.rest]
        number = scope.first
        while number != _NOTHING:
            order = self.orders[number]
            parts.append(order.rest)
            number = order.first
        return [number for part in reversed(parts) for number in part]

    def _joined(self, dependencies: Sequence[int]) -> BuildScope:
        """Return the runtime orders of `dependencies` behind each other, each element once."""
        if not dependencies:
            return BuildScope(_NOTHING, (), 0)
        first, *others = dependencies
        members = self.orders[first].members
        rest: list[int] = []
        for other in others:
            order = self.orders[other]
            fresh = order.members & ~members
            if not fresh:
                continue
            if fresh.bit_count() * _WALK_COST < order.members.bit_count():
                self._walk(other, members, rest)
            else:
                # What is in `members` is there with all that it needs, so that leaving it out does
                # not change the order of what remains.
                wanted = bin(fresh)[:1:-1].ljust(len(self._run), "0")
                rest += [number for number in self.listed(order) if wanted[number] == "1"]
            members |= fresh
        return BuildScope(first, tuple(rest), members)

    def _walk(self, start: int, members: int, rest: list[int]) -> None:
        """Append to `rest` what the runtime order of `start` has beyond `members`."""
        fresh = {start}
        stack = [(start, iter(self._run[start]))]
        while stack:
            number, steps = stack[-1]
            for step in steps:
                if step not in fresh and not members >> step & 1:
                    fresh.add(step)
                    stack.append((step, iter(self._run[step])))
                    break
            else:
                rest.append(number)
                stack.pop()


class PrefixHashes:
    """Hashes of dependency lists, continued from each other.

    `fragments` is what the lists have of each element, by number; it may grow while hashes are
    asked for, as long as the elements of a scope have theirs.
    """

    def __init__(self, scopes: BuildScopes, head: bytes, fragments: Sequence[bytes]) -> None:
        """Hash lists that come after `head`."""
        self._scopes = scopes
        self._empty = hashlib.sha256(head)
        self._fragments = fragments
        self._states: dict[int, _Hash] = {}

    def begun(self, scope: BuildScope) -> _Hash:
        """Return a new hash of the head and the elements of `scope`, with commas between them."""
        return self._continued(scope)

    def _continued(self, scope: BuildScope) -> _Hash:
        if scope.first == _NOTHING:
            state, separator = self._empty.copy(), b""
        else:
            state, separator = self._state(scope.first).copy(), b","
        if scope.rest:
            state.update(separator + b",".join(map(self._fragments.__getitem__, scope.rest)))
        return state

    def _state(self, number: int) -> _Hash:
        """Return the hash after the runtime order of an element; a loop, for long chains."""
        missing = []
        while number != _NOTHING and number not in self._states:
            missing.append(number)
            number = self._scopes.orders[number].first
        for each in reversed(missing):
            self._states[each] = self._continued(self._scopes.orders[each])
        return self._states[missing[0] if missing else number]


class GapSets:
    """Which gaps reach which elements, as bits, until somebody asks for their texts."""

    def __init__(self) -> None:
        """Start without gaps."""
        self._bits: dict[str, int] = {}
        self._texts: list[str] = []
        self._made: dict[int, tuple[str, ...]] = {0: ()}

    def bits(self, texts: Sequence[str]) -> int:
        """Return the set of these gaps."""
        made = 0
        for text in texts:
            if text not in self._bits:
                self._bits[text] = 1 << len(self._texts)
                self._texts.append(text)
            made |= self._bits[text]
        return made

    def texts(self, own: int, inherited: int) -> tuple[str, ...]:
        """Return the gaps of two sets, those of `own` first, each once."""
        return (*self._listed(own), *self._listed(inherited & ~own))

    def _listed(self, bits: int) -> tuple[str, ...]:
        if bits not in self._made:
            self._made[bits] = tuple(self._texts[i] for i in ones(bits))
        return self._made[bits]


def ones(bits: int) -> Iterator[int]:
    """Yield the numbers of the bits that are set, rising."""
    while bits:
        low = bits & -bits
        yield low.bit_length() - 1
        bits ^= low
