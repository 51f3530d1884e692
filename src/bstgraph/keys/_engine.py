"""All keys of a project, in one pass over its elements in staging order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Final

from bstgraph.display import Displayable
from bstgraph.errors import ProjectError, SelectionError
from bstgraph.graph import Graph
from bstgraph.keys._inputs import FileStore, InputReader, OwnInputs
from bstgraph.keys._rules import RULES, KeyRule, RuleName
from bstgraph.keys._scopes import BuildScope, BuildScopes, GapSets, PrefixHashes, ones
from bstgraph.keys._values import (
    CacheKey,
    DependencyInput,
    ElementKeys,
    KeyInputs,
    Strength,
    digest_of,
    serialise,
)
from bstgraph.kinds import KeyData, key_format
from bstgraph.model import Element, Project, Source
from bstgraph.names import ElementName

if TYPE_CHECKING:
    from hashlib import _Hash

# The members of the dictionary are sorted: dependencies come second, all else comes after them.
_HEAD: Final = '{{"core-artifact-version":{},"dependencies":['


def compute(
    project: Project,
    files: FileStore,
    *,
    graph: Graph | None = None,
    rule: RuleName = "buildstream",
    release: str = "2.8",
) -> Keys:
    """Return the keys of all elements of `project`.

    Args:
        project: a loaded project, or one made by hand.
        files: where local sources are read.
        graph: the graph of the project, when there is one.
        rule: what a weak key sees of dependencies: as BuildStream does it, or as the runbook
            says (claim R6); keys that differ by the latter say so in their gaps.
        release: the BuildStream 2.x that makes the keys, from 2.0; what one before 2.8 refuses
            or does otherwise is a gap.

    Raises:
        ValueError: there is no such release or rule.
        ProjectError: elements depend on each other (`circular-dependency`).
    """
    if rule not in RULES:
        raise ValueError(f"there is no key rule {rule!r}, only {', '.join(RULES)}")
    graph = graph if graph is not None else Graph(project)
    _check_order(graph)
    reader = InputReader(project, files, graph.get, key_format(release))
    own = {element.name: reader.read(element) for element in graph.elements.values()}
    read = _Read(project, graph, reader, own)
    real = _Run(read, RULES["buildstream"], release).keys()
    if rule == "buildstream":
        return real
    return _marked(_Run(read, RULES[rule], release), real)


def _check_order(graph: Graph) -> None:
    """Raise ProjectError for elements that depend on each other, as in a project made by hand."""
    before: set[ElementName] = set()
    for name in graph:
        element = graph.get(name)
        if element is not None and any(d.name not in before for d in element.dependencies):
            told = " -> ".join(graph.cycles()[0])
            raise ProjectError("circular-dependency", f"elements depend on each other: {told}")
        before.add(name)


class Keys(Mapping[ElementName, ElementKeys], Displayable):
    """The keys of all elements, by full name in staging order; external ones have none."""

    def __init__(self, made: _Made, found: Mapping[ElementName, ElementKeys]) -> None:
        """Keep what was computed; use `compute`."""
        self.project = made.read.project
        self.graph = made.read.graph
        self.rule: RuleName = made.rule.name
        self.release = made.release
        self._found = found
        self._made = made

    def __repr__(self) -> str:
        inexact = len(self.inexact)
        rest = f", {inexact} with gaps" if inexact else ""
        return f"<Keys: {len(self)} elements{rest}>"

    def __getitem__(self, name: str) -> ElementKeys:
        found = self._found.get(ElementName(name))
        if found is None:
            self.graph[name]  # raises, with what is near
            raise SelectionError("unknown-element", f"'{name}' has no keys")
        return found

    def __contains__(self, name: object) -> bool:
        return name in self._found

    def __iter__(self) -> Iterator[ElementName]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)

    @property
    def inexact(self) -> tuple[ElementName, ...]:
        """The elements of which a key has gaps, in staging order."""
        return tuple(name for name, keys in self._found.items() if keys.gaps)

    @property
    def gaps(self) -> tuple[str, ...]:
        """The gaps of all keys, each once."""
        return tuple(dict.fromkeys(gap for keys in self._found.values() for gap in keys.gaps))

    def own(self, name: str) -> KeyInputs:
        """Return what the keys of `name` hold of the element itself, without dependencies.

        Raises:
            SelectionError: there is no such element, or it is external.
        """
        return self._made.read.own[self[name].name].inputs

    def strict_rebuild(self, name: str) -> bool:
        """Return whether the weak key of `name` holds the weak keys of all that is staged.

        Raises:
            SelectionError: there is no such element, or it is external.
        """
        return self._made.read.own[self[name].name].strict_rebuild

    def source_key(self, name: str, source: Source) -> KeyData:
        """Return what the keys of `name` would hold of `source`, None where that is not known.

        Raises:
            SelectionError: there is no such element, or it is external.
        """
        return self._made.read.reader.source_key(self.graph.elements[self[name].name], source)

    def scope(self, name: str) -> tuple[ElementName, ...]:
        """Return the build scope of `name` in staging order: what its strict key hashes.

        Raises:
            SelectionError: there is no such element, or it is external.
        """
        made = self._made
        scope = made.scopes.build(made.numbers[self[name].name])
        return tuple(made.names[number] for number in made.scopes.listed(scope))

    def bits(self, names: Iterable[ElementName]) -> int:
        """Return a set of elements as bits, for `staged`; names of none are passed over."""
        numbers = (self._made.numbers.get(name) for name in names)
        return sum({1 << number for number in numbers if number is not None})

    def staged(
        self, name: str, among: int, most: int | None = None
    ) -> tuple[tuple[ElementName, ...], int]:
        """Return which of a set of elements are in the build scope of `name`, and how many.

        At most `most` are listed, in staging order. Scopes are long and changes few: this costs a
        look at a bit set, not at the scope.
        """
        made = self._made
        found = made.scopes.members(made.numbers[self[name].name]) & among
        listed = tuple(made.names[number] for number in islice(ones(found), most))
        return listed, found.bit_count()

    def inputs(self, name: str, strength: Strength = "strict") -> KeyInputs:
        """Return what is hashed for a key of `name`; its `digest` is the key.

        Raises:
            SelectionError: there is no such element, or it is external.
        """
        found = self[name]
        inputs = self._made.read.own[found.name].inputs
        number = self._made.numbers[found.name]
        if strength == "strict":
            scope = self._made.scopes.build(number)
            return replace(
                inputs,
                strength="strict",
                dependencies=self._listed(scope, "strict"),
                weak_key=found.weak.digest,
            )
        scope = self._made.rule.weak_scope(self._made.scopes, number, inputs.kind)
        return replace(inputs, dependencies=self._listed(scope, "weak", found.name))

    def strong(self, name: str, dependencies: Mapping[ElementName, CacheKey | None]) -> CacheKey:
        """Return the key of an artifact of `name` that is built from other artifacts.

        In a build that is not strict these are not always those that a strict build would make
        (`__update_cache_key_non_strict` in BuildStream's `element.py`).

        Args:
            name: the element that is built.
            dependencies: the strong keys of all elements in its build scope.

        Raises:
            SelectionError: there is no such element, or it is external.
        """
        found = self[name]
        listed = []
        gaps = list(found.weak.gaps)
        for each in self.scope(found.name):
            key = dependencies[each]
            if key is None or key.digest is None:
                return CacheKey(digest=None, absent=f"'{each}' has none")
            listed.append([*_identity(self.graph, each), key.digest])
            gaps += key.gaps
        inputs = replace(self._made.read.own[found.name].inputs, weak_key=found.weak.digest)
        made = digest_of({**inputs.dictionary(), "dependencies": listed})
        return CacheKey(digest=made, gaps=tuple(dict.fromkeys(gaps)))

    def _listed(
        self, scope: BuildScope, strength: Strength, of: ElementName | None = None
    ) -> tuple[DependencyInput, ...]:
        keyed = self._made.keyed(of) if of is not None else None
        made = []
        for number in self._made.scopes.listed(scope):
            name = self._made.names[number]
            project_name, local_name = _identity(self.graph, name)
            key = None
            if name in self._found and (keyed is None or name in keyed):
                keys = self._found[name]
                key = (keys.strict if strength == "strict" else keys.weak).digest
            made.append(
                DependencyInput(
                    name=name, project_name=project_name, local_name=local_name, key=key
                )
            )
        return tuple(made)


def _identity(graph: Graph, name: ElementName) -> tuple[str, str]:
    element = graph.get(name)
    # The name of the project of an external element is not known.
    return element.identity if element is not None else ("", name)


def _marked(run: _Run, real: Keys) -> Keys:
    """Return the keys of `run` with a gap in each that is not BuildStream's."""
    keys = run.keys()

    def key(found: CacheKey, other: CacheKey) -> CacheKey:
        if found.digest == other.digest:
            return found
        gap = "it follows the runbook's rule (claim R6), which is not what BuildStream does"
        return replace(found, gaps=(gap, *found.gaps))

    marked = {
        name: replace(
            each,
            weak=key(each.weak, real[name].weak),
            strict=key(each.strict, real[name].strict),
        )
        for name, each in keys.items()
    }
    return Keys(keys._made, marked)  # noqa: SLF001


@dataclass(frozen=True, slots=True)
class _Read:
    """What was read before the first key was made."""

    project: Project
    graph: Graph
    reader: InputReader
    own: Mapping[ElementName, OwnInputs]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Made:
    """What a run leaves behind, to list inputs from."""

    read: _Read
    rule: KeyRule
    release: str
    names: Sequence[ElementName]
    numbers: Mapping[ElementName, int]
    scopes: BuildScopes

    def keyed(self, name: ElementName) -> frozenset[ElementName] | None:
        """Return which dependencies the weak key holds the weak keys of; None for all."""
        if self.read.own[name].strict_rebuild:
            return None
        direct = self.read.graph.elements[name].dependencies
        return frozenset(entry.name for entry in direct if entry.build and entry.strict)


class _Sets:
    """For each element a set, as bits; and its union over scopes."""

    def __init__(self, scopes: BuildScopes) -> None:
        self._scopes = scopes
        self.own: list[int] = []
        self._order: list[int] = []
        self._any = False

    def add(self, bits: int) -> None:
        """Set the set of the next element in staging order."""
        self.own.append(bits)
        self._any = self._any or bool(bits)
        order = self._scopes.orders[len(self._order)]
        # The element itself is the last of its own order.
        self._order.append(self.over(order) if self._any else 0)

    def over(self, scope: BuildScope) -> int:
        """Return the union over the elements of `scope`, which have their sets."""
        if not self._any:
            return 0
        bits = self._order[scope.first] if scope.first >= 0 else 0
        for number in scope.rest:
            bits |= self.own[number]
        return bits


class _Run:
    """One pass: own inputs, weak key, strict key of each element."""

    def __init__(self, read: _Read, rule: KeyRule, release: str) -> None:
        graph = read.graph
        self._read = read
        self._release = release
        self._graph = graph
        self._own = read.own
        self._rule = rule
        self._names = tuple(graph)
        self._numbers = {name: number for number, name in enumerate(self._names)}
        self._scopes = BuildScopes(self._names, graph.traversal)
        self._gaps = GapSets()
        # What may be missing in dependency lists, and what the keys themselves have.
        self._open, self._weak_gaps, self._strict_gaps = (_Sets(self._scopes) for _ in range(3))
        self._absent = {"weak": 0, "strict": 0}
        self._named = [serialise(_identity(graph, name)).encode() for name in self._names]
        self._weak: list[bytes] = []
        self._strict: list[bytes] = []
        head = _HEAD.format(key_format(release).artifact_version).encode()
        self._by_name = PrefixHashes(self._scopes, head, self._named)
        self._by_weak = PrefixHashes(self._scopes, head, self._weak)
        self._by_strict = PrefixHashes(self._scopes, head, self._strict)

    def keys(self) -> Keys:
        """Compute everything."""
        found = {}
        for number, name in enumerate(self._names):
            element = self._graph.get(name)
            if element is None:
                self._add_external(name)
            else:
                found[name] = self._element(number, element)
        made = _Made(
            read=self._read,
            rule=self._rule,
            release=self._release,
            names=self._names,
            numbers=self._numbers,
            scopes=self._scopes,
        )
        return Keys(made, found)

    def _add_external(self, name: ElementName) -> None:
        external = self._graph.externals[name]
        text = f"elements of '{external.junction}' are external: {external.reason}"
        bits = self._gaps.bits([text])
        self._add(bits, bits, bits)
        self._add_keys(len(self._weak), None, None)

    def _add(self, opened: int, weak: int, strict: int) -> None:
        self._open.add(opened)
        self._weak_gaps.add(weak)
        self._strict_gaps.add(strict)

    def _add_keys(self, number: int, weak: str | None, strict: str | None) -> None:
        head = self._named[number][:-1]
        self._weak.append(head + f',"{weak}"]'.encode() if weak else head + b",null]")
        self._strict.append(head + f',"{strict}"]'.encode() if strict else head + b",null]")

    def _element(self, number: int, element: Element) -> ElementKeys:
        own = self._own[element.name]
        body = serialise(own.inputs.rest())[1:-1].encode()
        weak, weak_gaps = self._weak_key(number, element, own, body)
        strict, strict_gaps = self._strict_key(number, own, body, (weak, weak_gaps))
        opened = self._gaps.bits(element.dependency_gaps)
        self._add(opened, weak_gaps, strict_gaps)
        self._add_keys(number, weak.digest, strict.digest)
        return ElementKeys(name=element.name, kind=element.kind, weak=weak, strict=strict)

    def _weak_key(
        self, number: int, element: Element, own: OwnInputs, body: bytes
    ) -> tuple[CacheKey, int]:
        scope = self._rule.weak_scope(self._scopes, number, element.kind)
        own_gaps = self._gaps.bits(own.gaps)
        inherited = self._open.over(scope)
        strict = [d.name for d in element.dependencies if d.build and d.strict]
        keyed = 0
        if own.strict_rebuild:
            state = self._by_weak
            keyed = scope.members
            inherited |= self._weak_gaps.over(scope)
        else:
            state = self._by_name
            for each in map(self._numbers.__getitem__, strict):
                keyed |= 1 << each
                inherited |= self._weak_gaps.own[each]
        absent = own.absent or self._inherited_absence("weak", keyed)
        if absent:
            self._absent["weak"] |= 1 << number
            return CacheKey(digest=None, absent=absent), own_gaps | inherited
        if keyed and not own.strict_rebuild:
            hashed = self._mixed(scope, keyed)
        else:
            hashed = state.begun(scope)
        hashed.update(b"]," + body + b"}")
        gaps = self._gaps.texts(own_gaps, inherited)
        return CacheKey(digest=hashed.hexdigest(), gaps=gaps), own_gaps | inherited

    def _mixed(self, scope: BuildScope, keyed: int) -> _Hash:
        """Return the hash of a list that has keys of some elements only."""
        listed = self._scopes.listed(scope)
        parts = [self._weak[n] if keyed >> n & 1 else self._named[n] for n in listed]
        hashed = self._by_name.begun(BuildScope(-1, (), 0))
        hashed.update(b",".join(parts))
        return hashed

    def _strict_key(
        self, number: int, own: OwnInputs, body: bytes, made: tuple[CacheKey, int]
    ) -> tuple[CacheKey, int]:
        weak, weak_gaps = made
        scope = self._scopes.build(number)
        inherited = self._strict_gaps.over(scope)
        absent = weak.absent or self._inherited_absence("strict", scope.members)
        if absent:
            self._absent["strict"] |= 1 << number
            return CacheKey(digest=None, absent=absent), weak_gaps | inherited
        hashed = self._by_strict.begun(scope)
        hashed.update(b"]," + body + f',"weak-cache-key":"{weak.digest}"}}'.encode())
        gaps = self._gaps.texts(self._gaps.bits(own.gaps), weak_gaps | inherited)
        return CacheKey(digest=hashed.hexdigest(), gaps=gaps), weak_gaps | inherited

    def _inherited_absence(self, strength: Strength, members: int) -> str:
        """Return why a key is missing because that of a dependency is, or an empty text."""
        without = self._absent[strength] & members
        if not without:
            return ""
        name = self._names[(without & -without).bit_length() - 1]
        return f"'{name}' has none"
