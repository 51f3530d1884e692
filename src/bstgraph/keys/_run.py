"""One pass over all elements in staging order: the weak and the strict key of each.

After an edit in memory most of them are taken from the keys of the state before: an element has the
keys that it had when its own inputs and its build scope are the same, and no key of a member of
that changed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Final

from bstgraph.graph import Graph
from bstgraph.keys._inputs import FileStore, InputReader, OwnInputs
from bstgraph.keys._rules import KeyRule
from bstgraph.keys._scopes import BuildScope, BuildScopes, GapSets, PrefixHashes
from bstgraph.keys._values import CacheKey, ElementKeys, Strength, serialise
from bstgraph.kinds import key_format
from bstgraph.model import Element, Project
from bstgraph.names import ElementName
from bstgraph.scopes import Scope

if TYPE_CHECKING:
    from hashlib import _Hash

# The members of the dictionary are sorted: dependencies come second, all else comes after them.
_HEAD: Final = '{{"core-artifact-version":{},"dependencies":['


@dataclass(frozen=True, slots=True)
class Read:
    """What was read before the first key was made."""

    project: Project
    graph: Graph
    files: FileStore
    reader: InputReader
    own: Mapping[ElementName, OwnInputs]
    release: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What a run leaves behind, to list inputs from and to begin the next run from."""

    read: Read
    rule: KeyRule
    names: Sequence[ElementName]
    numbers: Mapping[ElementName, int]
    scopes: BuildScopes
    found: Mapping[ElementName, ElementKeys]
    """The keys of all elements, in staging order."""

    def keyed(self, name: ElementName) -> frozenset[ElementName] | None:
        """Return which dependencies the weak key holds the weak keys of; None for all."""
        if self.read.own[name].strict_rebuild:
            return None
        direct = self.read.graph.elements[name].dependencies
        return frozenset(each.name for each in direct if each.build and each.strict)


def identity(graph: Graph, name: ElementName) -> tuple[str, str]:
    """Return the (project name, local name) that keys name an element by."""
    element = graph.get(name)
    # The name of the project of an external element is not known.
    return element.identity if element is not None else ("", name)


def beginning(release: str) -> bytes:
    """Return the text that is hashed before the dependencies."""
    return _HEAD.format(key_format(release).artifact_version).encode()


def entry(named: bytes, key: str | None) -> bytes:
    """Return how a list of dependencies has one with its key, `named` as `OwnInputs.named`."""
    return named[:-1] + (f',"{key}"]'.encode() if key else b",null]")


def ending(own: OwnInputs, weak: str | None) -> bytes:
    """Return the text that is hashed after the dependencies, for a key that holds the weak one."""
    return b"]," + own.body + f',"weak-cache-key":"{weak}"}}'.encode()


class _Sets:
    """For each element a set, as bits; and its union over scopes."""

    def __init__(self, scopes: BuildScopes) -> None:
        self._scopes = scopes
        self.own: list[int] = []
        self._order: list[int] = []
        self._some = 0

    def add(self, bits: int) -> None:
        """Set the set of the next element in staging order."""
        number = len(self.own)
        self.own.append(bits)
        if bits:
            self._some |= 1 << number
        # The element itself is the last of its own order.
        self._order.append(self.over(self._scopes.orders[number]))

    def over(self, scope: BuildScope) -> int:
        """Return the union over the elements of `scope`, which have their sets."""
        if not scope.members & self._some:
            return 0
        bits = self._order[scope.first] if scope.first >= 0 else 0
        return reduce(or_, map(self.own.__getitem__, scope.rest), bits)


class _Past:
    """The keys before an edit: which of them still hold."""

    def __init__(self, made: Made, read: Read, names: Sequence[ElementName]) -> None:
        """Compare what was read with what was read before."""
        self._read = read
        self._made = made
        self._moved = 0
        self.scopes = made.scopes
        """The build scopes now."""
        before, after = made.read.graph, read.graph
        if before.traversal is not after.traversal:
            orders, self._moved = _moved(before, after)
            if names == made.names:
                moved = orders | self._moved
                self.scopes = made.scopes.edited(names, after.traversal, moved)
            else:
                self.scopes = BuildScopes(names, after.traversal)
        # As they become known: elements with other keys, and how they are called in keys.
        self._changed = 0
        self._weak_changed = 0
        self._renamed = 0

    def holds(self, number: int, name: ElementName) -> bool:
        """Return whether own inputs and build scope of an element are those of before."""
        same = self._read.own[name] is self._made.read.own.get(name)
        return same and not self._moved >> number & 1

    def keys(self, number: int, name: ElementName) -> ElementKeys | None:
        """Return the keys of an element, for which all before it have theirs, if they hold."""
        if not self.holds(number, name) or self.scopes.members(number) & self._changed:
            return None
        found = self._made.found[name]
        # The order of gaps, and which missing key is told, depend on all other elements.
        return None if found.gaps or found.weak.absent or found.strict.absent else found

    def weak(self, number: int, name: ElementName, keyed: int) -> CacheKey | None:
        """Return the weak key of an element that holds the weak keys of `keyed`, if it holds.

        The caller knows that there are no gaps now.
        """
        changed = keyed & self._weak_changed or self.scopes.members(number) & self._renamed
        if changed or not self.holds(number, name):
            return None
        found = self._made.found[name].weak
        return None if found.gaps or found.absent else found

    def note(self, number: int, element: Element, found: ElementKeys) -> None:
        """Remember whether the keys of an element are others than before."""
        before = self._made.found.get(element.name)
        old = self._made.read.graph.get(element.name)
        if before is None or old is None or (found is before and old is element):
            return
        if old.identity != element.identity:
            self._renamed |= 1 << number
        if found.weak != before.weak:
            self._weak_changed |= 1 << number
        said = (old.identity, old.dependency_gaps, before)
        if said != (element.identity, element.dependency_gaps, found):
            self._changed |= 1 << number


def _moved(before: Graph, after: Graph) -> tuple[int, int]:
    """Return the elements whose runtime orders, and build scopes, may be others than before."""
    numbers: dict[ElementName, int] = {}
    orders = moved = 0
    for number, name in enumerate(after):
        numbers[name] = number
        for scope in (Scope.RUN, Scope.BUILD):
            steps = after.traversal.direct(name, scope)
            other = name not in before or steps != before.traversal.direct(name, scope)
            if other or any(orders >> numbers[step] & 1 for step in steps):
                if scope is Scope.RUN:
                    orders |= 1 << number
                else:
                    moved |= 1 << number
    return orders, moved


class Run:
    """One pass: weak key, strict key of each element."""

    def __init__(self, read: Read, rule: KeyRule, past: Made | None = None) -> None:
        """Prepare a pass over what was read; `past` are the keys before an edit."""
        graph = read.graph
        self._read = read
        self._graph = graph
        self._rule = rule
        self._names = tuple(graph)
        self._numbers = {name: number for number, name in enumerate(self._names)}
        self._past = _Past(past, read, self._names) if past is not None else None
        self._scopes = (
            self._past.scopes
            if self._past is not None
            else BuildScopes(self._names, graph.traversal)
        )
        self._gaps = GapSets()
        # What may be missing in dependency lists, and what the keys themselves have.
        self._open, self._weak_gaps, self._strict_gaps = (_Sets(self._scopes) for _ in range(3))
        self._absent = {"weak": 0, "strict": 0}
        self._named: list[bytes] = []
        self._weak: list[bytes] = []
        self._strict: list[bytes] = []
        head = beginning(read.release)
        self._by_name = PrefixHashes(self._scopes, head, self._named)
        self._by_weak = PrefixHashes(self._scopes, head, self._weak)
        self._by_strict = PrefixHashes(self._scopes, head, self._strict)

    def made(self) -> Made:
        """Compute everything."""
        found = {}
        for number, name in enumerate(self._names):
            element = self._graph.get(name)
            if element is None:
                self._add_external(name)
                continue
            found[name] = made = self._element(number, element)
            self._add_keys(self._read.own[name].named, made.weak.digest, made.strict.digest)
            if self._past is not None:
                self._past.note(number, element, made)
        return Made(
            read=self._read,
            rule=self._rule,
            names=self._names,
            numbers=self._numbers,
            scopes=self._scopes,
            found=found,
        )

    def _add_external(self, name: ElementName) -> None:
        external = self._graph.externals[name]
        text = f"elements of '{external.junction}' are external: {external.reason}"
        bits = self._gaps.bits([text])
        self._add(bits, bits, bits)
        self._add_keys(serialise(identity(self._graph, name)).encode(), None, None)

    def _add(self, opened: int, weak: int, strict: int) -> None:
        self._open.add(opened)
        self._weak_gaps.add(weak)
        self._strict_gaps.add(strict)

    def _add_keys(self, named: bytes, weak: str | None, strict: str | None) -> None:
        self._named.append(named)
        self._weak.append(entry(named, weak))
        self._strict.append(entry(named, strict))

    def _element(self, number: int, element: Element) -> ElementKeys:
        known = self._past.keys(number, element.name) if self._past is not None else None
        if known is not None:
            self._add(self._gaps.bits(element.dependency_gaps), 0, 0)
            return known
        own = self._read.own[element.name]
        weak, weak_gaps = self._weak_key(number, element, own)
        strict, strict_gaps = self._strict_key(number, own, (weak, weak_gaps))
        opened = self._gaps.bits(element.dependency_gaps)
        self._add(opened, weak_gaps, strict_gaps)
        return ElementKeys(name=element.name, kind=element.kind, weak=weak, strict=strict)

    def _weak_key(self, number: int, element: Element, own: OwnInputs) -> tuple[CacheKey, int]:
        scope = self._rule.weak_scope(self._scopes, number, element.kind)
        gaps = self._gaps.bits(own.gaps)
        inherited = self._open.over(scope)
        keyed = 0
        if own.strict_rebuild:
            keyed = scope.members
            inherited |= self._weak_gaps.over(scope)
        else:
            for direct in element.dependencies:
                if direct.build and direct.strict:
                    each = self._numbers[direct.name]
                    keyed |= 1 << each
                    inherited |= self._weak_gaps.own[each]
        if self._past is not None and not gaps | inherited:
            known = self._past.weak(number, element.name, keyed)
            if known is not None:
                return known, 0
        absent = own.absent or self._inherited_absence("weak", keyed)
        if absent:
            self._absent["weak"] |= 1 << number
            return CacheKey(digest=None, absent=absent), gaps | inherited
        hashed = self._listed(scope, keyed, whole=own.strict_rebuild)
        hashed.update(b"]," + own.body + b"}")
        texts = self._gaps.texts(gaps, inherited)
        return CacheKey(digest=hashed.hexdigest(), gaps=texts), gaps | inherited

    def _listed(self, scope: BuildScope, keyed: int, *, whole: bool) -> _Hash:
        """Return the hash of a list that has the weak keys of `keyed`, which may be all."""
        if whole:
            return self._by_weak.begun(scope)
        if not keyed:
            return self._by_name.begun(scope)
        listed = self._scopes.listed(scope)
        parts = [self._weak[n] if keyed >> n & 1 else self._named[n] for n in listed]
        hashed = self._by_name.begun(BuildScope(-1, (), 0))
        hashed.update(b",".join(parts))
        return hashed

    def _strict_key(
        self, number: int, own: OwnInputs, made: tuple[CacheKey, int]
    ) -> tuple[CacheKey, int]:
        weak, weak_gaps = made
        scope = self._scopes.build(number)
        inherited = self._strict_gaps.over(scope)
        absent = weak.absent or self._inherited_absence("strict", scope.members)
        if absent:
            self._absent["strict"] |= 1 << number
            return CacheKey(digest=None, absent=absent), weak_gaps | inherited
        hashed = self._by_strict.begun(scope)
        hashed.update(ending(own, weak.digest))
        gaps = self._gaps.texts(self._gaps.bits(own.gaps), weak_gaps | inherited)
        return CacheKey(digest=hashed.hexdigest(), gaps=gaps), weak_gaps | inherited

    def _inherited_absence(self, strength: Strength, members: int) -> str:
        """Return why a key is missing because that of a dependency is, or an empty text."""
        without = self._absent[strength] & members
        if not without:
            return ""
        name = self._names[(without & -without).bit_length() - 1]
        return f"'{name}' has none"
