"""All keys of a project, as a value that answers what they are made of."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import islice

from bstgraph.display import Displayable
from bstgraph.errors import ProjectError, SelectionError
from bstgraph.graph import Graph
from bstgraph.keys._inputs import FileStore, InputReader, OwnInputs
from bstgraph.keys._rules import RULES, RuleName
from bstgraph.keys._run import Made, Read, Run, beginning, ending, entry, identity
from bstgraph.keys._scopes import BuildScope, ones
from bstgraph.keys._values import (
    CacheKey,
    DependencyInput,
    ElementKeys,
    KeyInputs,
    Strength,
)
from bstgraph.kinds import KeyData, key_format
from bstgraph.model import Project, Source
from bstgraph.names import ElementName


def compute(
    project: Project,
    files: FileStore,
    *,
    graph: Graph | None = None,
    rule: RuleName = "buildstream",
    release: str = "2.8",
    base: Keys | None = None,
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
        base: the keys of a project of which this one is an edit. The outcome is the same without
            them, but what elements have in common with those of `base` is not computed again.

    Raises:
        ValueError: there is no such release or rule.
        ProjectError: elements depend on each other (`circular-dependency`).
    """
    if rule not in RULES:
        raise ValueError(f"there is no key rule {rule!r}, only {', '.join(RULES)}")
    past = base if base is not None and _is_akin(base, project, rule, release) else None
    if graph is None:
        graph = Graph(project, like=past.graph if past is not None else None)
    if past is None or graph.traversal is not past.graph.traversal:
        _check_order(graph)
    read = _read(project, files, graph, (release, past))
    runs = past.runs if past is not None else (None, None)
    real = Run(read, RULES["buildstream"], runs[0]).made()
    if rule == "buildstream":
        return Keys(real, real.found)
    made = Run(read, RULES[rule], runs[1]).made()
    return Keys(made, _marked(made, real, past), real)


def _is_akin(base: Keys, project: Project, rule: RuleName, release: str) -> bool:
    """Return whether all that keys see of a project beside its elements is as in `base`."""
    other = base.project
    return (
        (base.rule, base.release) == (rule, release)
        and project.machine == other.machine
        and all(other.externals.get(n, each) == each for n, each in project.externals.items())
        and project.projects.keys() == other.projects.keys()
        and all(conf is other.projects[name] for name, conf in project.projects.items())
    )


def _read(project: Project, files: FileStore, graph: Graph, known: tuple[str, Keys | None]) -> Read:
    """Return what keys hold of the elements themselves; `known` is the release, and the past.

    What is equal to what was read before is that very object.
    """
    release, past = known
    reader = InputReader(project, files, graph.get, key_format(release))
    before = past.runs[0].read if past is not None else None
    own: dict[ElementName, OwnInputs] = {}
    for name, element in graph.elements.items():
        old = before.own.get(name) if before is not None else None
        if before is None or old is None:
            own[name] = reader.read(element)
        elif (
            before.files is files
            and before.graph.elements[name] is element
            and all(graph.get(other) is found for other, found in old.seen)
        ):
            own[name] = old
        else:
            fresh = reader.read(element)
            same = element.dependencies == before.graph.elements[name].dependencies
            own[name] = old if same and fresh == old else fresh
    return Read(project, graph, files, reader, own, release)


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

    def __init__(
        self, made: Made, found: Mapping[ElementName, ElementKeys], real: Made | None = None
    ) -> None:
        """Keep what was computed; use `compute`. `real` are BuildStream's own keys."""
        self.project = made.read.project
        self.graph = made.read.graph
        self.rule: RuleName = made.rule.name
        self.release = made.read.release
        self._found = found
        self._made = made
        self._real = real if real is not None else made

    @property
    def runs(self) -> tuple[Made, Made]:
        """What was computed for BuildStream's rule, and for the rule of these keys."""
        return self._real, self._made

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
        made, own = self._made, self._made.read.own
        listed = []
        gaps = list(found.weak.gaps)
        for number in made.scopes.listed(made.scopes.build(made.numbers[found.name])):
            each = made.names[number]
            key = dependencies[each]
            if key is None or key.digest is None:
                return CacheKey(digest=None, absent=f"'{each}' has none")
            listed.append(entry(own[each].named, key.digest))
            gaps += key.gaps
        hashed = hashlib.sha256(beginning(self.release) + b",".join(listed))
        hashed.update(ending(own[found.name], found.weak.digest))
        return CacheKey(digest=hashed.hexdigest(), gaps=tuple(dict.fromkeys(gaps)))

    def _listed(
        self, scope: BuildScope, strength: Strength, of: ElementName | None = None
    ) -> tuple[DependencyInput, ...]:
        keyed = self._made.keyed(of) if of is not None else None
        made = []
        for number in self._made.scopes.listed(scope):
            name = self._made.names[number]
            project_name, local_name = identity(self.graph, name)
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


def _marked(made: Made, real: Made, past: Keys | None) -> dict[ElementName, ElementKeys]:
    """Return the keys of `made` with a gap in each that is not BuildStream's."""

    def key(found: CacheKey, other: CacheKey) -> CacheKey:
        if found.digest == other.digest:
            return found
        gap = "it follows the runbook's rule (claim R6), which is not what BuildStream does"
        return replace(found, gaps=(gap, *found.gaps))

    before = past.runs if past is not None else ()
    marked = {}
    for name, each in made.found.items():
        other = real.found[name]
        if past is not None and [run.found.get(name) for run in before] == [other, each]:
            marked[name] = past[name]
            continue
        marked[name] = replace(
            each, weak=key(each.weak, other.weak), strict=key(each.strict, other.strict)
        )
    return marked
