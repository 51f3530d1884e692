"""Which paths a compose or a filter lets through, by which rule, and where that rule is written.

The split rules of an element are its own: a path passes a compose when one of the elements that it
stages has the path and that element's rules admit it. Without contents, rules are all there is to
go by.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from bstgraph import files
from bstgraph.answers import Names
from bstgraph.errors import SelectionError
from bstgraph.files import Directory
from bstgraph.graph import Graph
from bstgraph.model import Element, KindConfig
from bstgraph.names import ElementName
from bstgraph.provenance import Provenance
from bstgraph.scopes import Scope
from bstgraph.splits import Admitter, DecidedBy, Decision, Filter, SplitsCache, filter_of

_WITHOUT_FILES: Final = frozenset(("stack", "check_forbidden"))
"""The kinds whose artifacts have no files, so that nothing of theirs is let through."""

_OPEN_RULES: Final = frozenset(("dpkg_build",))
"""The kinds that write their split rules while they are built."""

Contents: TypeAlias = Mapping[ElementName, Directory | Collection[str]]
"""What elements have: a tree, or all paths below the root, directories too, without a leading
slash."""

Verdict: TypeAlias = Literal["admitted", "dropped", "depends", "not-staged"]
"""What becomes of a path.

- `admitted`, `dropped`: for every element that it may be from
- `depends`: elements that it may be from differ, and it is not known which one has it
- `not-staged`: none of the elements has it, or the one named is not staged
"""

_CONFIG_KEYS: Final[Mapping[DecidedBy, str]] = {
    "include": "include",
    "exclude": "exclude",
    "orphans": "include-orphans",
    "include-paths": "include-paths",
    "exclude-paths": "exclude-paths",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Integration:
    """An integration command that runs over what is staged."""

    element: ElementName
    command: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """A decision about a path, and the elements whose rules give it."""

    elements: tuple[ElementName, ...]
    """In staging order."""
    decision: Decision
    """By the rules of the first of them: others may have claims besides that decide nothing."""
    config_at: Provenance | None = None
    """Where the list is written that decided; None when it is BuildStream's default."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """What a compose or filter makes of a path."""

    layer: ElementName
    path: str
    """Without slashes at the ends."""
    verdict: Verdict
    rule: Literal["buildstream", "runbook"]
    """Whether domains decide alone, or the path prefixes of the runbook dialect as well."""
    judgements: tuple[Judgement, ...] = ()
    """One for each way in which the rules of the elements decide, the admitting ones first."""
    as_parent: bool = False
    """Whether no rule admits it, and it is there as a directory above what is admitted.

    This is known with contents alone.
    """
    subject_to: tuple[Integration, ...] = ()
    """What may still remove, move or change it: the commands that a compose runs, in order."""
    failure: str = ""
    """Why BuildStream fails to build the layer; empty when it does not."""
    gaps: tuple[str, ...] = ()
    """Why the verdict is not sure."""


def admission(
    graph: Graph,
    layer: str,
    paths: Iterable[str | tuple[str, str]],
    *,
    contents: Contents | None = None,
    cache: SplitsCache | None = None,
) -> Iterator[Admission]:
    """Yield what the compose or filter `layer` makes of each of `paths`, in their order.

    Args:
        graph: the graph of the project.
        layer: a compose or a filter.
        paths: with or without a leading slash; or pairs of the element that has it and the path.
        contents: what the elements have. With it the verdicts are exact. Without it, a path that
            comes without its element may be from any that is staged.
        cache: what was compiled for earlier calls.

    Raises:
        SelectionError: `unknown-element`, or `no-filter` when `layer` is neither.
    """
    gate = _Gate(graph, layer, cache or SplitsCache())
    asked = [(None, path) if isinstance(path, str) else path for path in paths]
    wanted = [(owner, path.strip("/")) for owner, path in asked]
    if contents is None:
        return (gate.by_rules(owner, path) for owner, path in wanted)
    held = _Held(gate, contents, {path for _, path in wanted})
    return (held.judged(owner, path) for owner, path in wanted)


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownDomain:
    """A domain that a compose or filter names and that nothing it stages has."""

    domain: str
    key: Literal["include", "exclude"]
    at: Provenance | None
    """Where the list is written."""
    known: tuple[str, ...]
    """The domains that there are."""


def unknown_domains(graph: Graph, layer: str) -> tuple[UnknownDomain, ...]:
    """Return the domains that a compose or filter names and that nothing it stages has.

    There are none while elements or kinds are not at hand that may have the domain.

    Raises:
        SelectionError: `unknown-element`, or `no-filter` when `layer` is neither.
    """
    element = graph[layer]
    rules = filter_of(element)
    if rules is None:
        raise _no_filter(graph, element)
    staged = _staged(graph, element)
    found = [graph.get(name) for name in staged]
    elements = [one for one in found if one is not None and _has_all_rules(one)]
    if len(elements) < len(found):
        return ()
    known = tuple(dict.fromkeys(d for one in elements for d in one.split_rules.domains))
    places = _places(element.settings)
    lists: tuple[tuple[Literal["include", "exclude"], tuple[str, ...]], ...] = (
        ("include", rules.include or ()),
        ("exclude", rules.exclude),
    )
    return tuple(
        UnknownDomain(domain=domain, key=key, at=places.get(key), known=known)
        for key, named in lists
        for domain in dict.fromkeys(named)
        if domain not in known
    )


def _has_all_rules(element: Element) -> bool:
    """Return whether its split rules are known: not for a kind whose defaults are not at hand.

    Every loaded element has those of its project.
    """
    known = not element.gaps and element.kind not in _OPEN_RULES
    return known and bool(element.split_rules.domains)


def _staged(graph: Graph, layer: Element) -> Names:
    """Return what a compose stages, or the one parent of a filter."""
    return graph.dependencies_of(layer.name, scope=Scope.BUILD, direct=layer.kind == "filter")


class _Gate:
    """A compose or filter, what it stages, and what decides for each of the elements."""

    def __init__(self, graph: Graph, layer: str, cache: SplitsCache) -> None:
        element = graph[layer]
        found = filter_of(element)
        if found is None:
            raise _no_filter(graph, element)
        self.layer, self.filter = element.name, found
        self.places = _places(element.settings)
        staged = _staged(graph, element)
        self.staged = tuple(name for name in staged if graph.get(name) is not None)
        self.admitters = {
            name: cache.splits(graph[name].split_rules).filter(found)
            for name in self.staged
            if graph[name].kind not in _WITHOUT_FILES
        }
        self.gaps = (*staged.gaps, *_rule_gaps(graph, self.admitters, found))
        self.subject_to = tuple(_integration(graph, self.staged)) if found.integrate else ()
        self.failure = _failure(self.admitters, found) if element.kind == "filter" else ""
        self._groups = _groups(self.admitters)

    def by_rules(self, owner: str | None, path: str) -> Admission:
        """Return what the rules of `owner`, or of all that is staged, say about `path`."""
        if owner is None:
            return self.told(path, self._judgements(path, self._groups))
        name = ElementName(owner)
        if name not in self.admitters:
            return self.told(path, ())
        return self.told(path, self._judgements(path, [(self.admitters[name], (name,))]))

    def by_owners(self, owners: Collection[ElementName], path: str) -> tuple[Judgement, ...]:
        """Return what the rules of those elements say that have `path`."""
        return self._judgements(path, _groups({name: self.admitters[name] for name in owners}))

    def _judgements(
        self, path: str, groups: Iterable[tuple[Admitter, tuple[ElementName, ...]]]
    ) -> tuple[Judgement, ...]:
        alike: dict[tuple[bool, DecidedBy, tuple[str, ...]], list[ElementName]] = {}
        first: dict[tuple[bool, DecidedBy, tuple[str, ...]], Decision] = {}
        for admitter, elements in groups:
            decision = admitter.decide(path)
            key = decision.admitted, decision.by, decision.decisive
            alike.setdefault(key, []).extend(elements)
            first.setdefault(key, decision)
        order = {name: number for number, name in enumerate(self.staged)}
        judged = (
            Judgement(
                elements=tuple(sorted(elements, key=order.__getitem__)),
                decision=first[key],
                config_at=self.places.get(_CONFIG_KEYS.get(key[1], "")),
            )
            for key, elements in alike.items()
        )
        return tuple(sorted(judged, key=lambda one: not one.decision.admitted))

    def told(
        self,
        path: str,
        judgements: tuple[Judgement, ...],
        *,
        verdict: Verdict | None = None,
        as_parent: bool = False,
        gaps: tuple[str, ...] = (),
    ) -> Admission:
        """Return the answer; without a `verdict`, the one on which the judgements agree."""
        if verdict is None:
            admitted = {judgement.decision.admitted for judgement in judgements}
            verdict = _AGREED[frozenset(admitted)]
        return Admission(
            layer=self.layer,
            path=path,
            verdict=verdict,
            rule="runbook" if self.filter.has_paths else "buildstream",
            judgements=judgements,
            as_parent=as_parent,
            subject_to=self.subject_to,
            failure=self.failure,
            gaps=tuple(dict.fromkeys((*self.gaps, *gaps))),
        )


_AGREED: Final[Mapping[frozenset[bool], Verdict]] = {
    frozenset(): "not-staged",
    frozenset((True,)): "admitted",
    frozenset((False,)): "dropped",
    frozenset((True, False)): "depends",
}


class _Held:
    """Answers with contents: which element has a path is known."""

    def __init__(self, gate: _Gate, contents: Contents, wanted: Collection[str]) -> None:
        self._gate = gate
        self._contents = contents
        self._owners: dict[str, list[ElementName]] = {path: [] for path in wanted}
        self._above: frozenset[str] | None = None
        gaps, unknown = [], []
        for name in gate.admitters:
            held = contents.get(name)
            if held is None:
                unknown.append(name)
                continue
            if isinstance(held, Directory):
                gaps += [f"{name}: files in '/{at}' may be missing: {why}"
                         for at, why in files.gaps(held)]  # fmt: skip
            for path in _paths(held):
                if path in self._owners:
                    self._owners[path].append(name)
        if unknown:
            more = f" and {len(unknown) - 3} more" if len(unknown) > 3 else ""
            shown = ", ".join(unknown[:3])
            gaps.append(f"it is not known what files these have: {shown}{more}")
        self._gaps = tuple(gaps)

    def judged(self, owner: str | None, path: str) -> Admission:
        """Return what becomes of `path`, as it is in `owner` or in all that have it."""
        owners = self._owners[path]
        if owner is not None:
            owners = [name for name in owners if name == owner]
        judgements = self._gate.by_owners(owners, path)
        # One manifest that lists a path is enough (`ComposeElement.assemble`).
        if any(judgement.decision.admitted for judgement in judgements):
            return self._gate.told(path, judgements, verdict="admitted")
        if owners and path in self._parents():
            return self._gate.told(
                path, judgements, verdict="admitted", as_parent=True, gaps=self._gaps
            )
        return self._gate.told(path, judgements, gaps=self._gaps)

    def _parents(self) -> frozenset[str]:
        """Return the directories above all that is admitted, found once, when they are needed."""
        if self._above is None:
            above: set[str] = set()
            for name, admitter in self._gate.admitters.items():
                for path in filter(admitter.admits, _paths(self._contents.get(name, ()))):
                    parent = path.rpartition("/")[0]
                    while parent and parent not in above:
                        above.add(parent)
                        parent = parent.rpartition("/")[0]
            self._above = frozenset(above)
        return self._above


def _paths(held: Directory | Collection[str]) -> Iterable[str]:
    return files.paths(held) if isinstance(held, Directory) else held


def _groups(
    admitters: Mapping[ElementName, Admitter],
) -> list[tuple[Admitter, tuple[ElementName, ...]]]:
    """Return the elements whose rules decide alike, with one admitter for all of them.

    Rules that differ in domains that the filter does not look at decide alike.
    """
    groups: dict[tuple[int, ...], tuple[Admitter, list[ElementName]]] = {}
    for name, admitter in admitters.items():
        groups.setdefault(tuple(map(id, admitter.matchers)), (admitter, []))[1].append(name)
    return [(admitter, tuple(names)) for admitter, names in groups.values()]


def _rule_gaps(
    graph: Graph, admitters: Mapping[ElementName, Admitter], rules: Filter
) -> Iterator[str]:
    """Yield what is not known about the rules of what is staged, as far as they matter."""
    if rules.passes_all_domains:
        return
    for name, admitter in admitters.items():
        yield from (f"{name}: {gap}" for gap in admitter.splits.gaps)
        if graph[name].kind in _OPEN_RULES:
            yield f"{name}: a {graph[name].kind} writes its split rules while it is built"


def _integration(graph: Graph, staged: Sequence[ElementName]) -> Iterator[Integration]:
    """Yield the integration commands of what is staged; those of stacks run too."""
    for name in staged:
        bst = graph[name].public.get("bst")
        commands = bst.get("integration-commands") if isinstance(bst, Mapping) else None
        for command in commands if isinstance(commands, list | tuple) else ():
            yield Integration(element=name, command=str(command))


def _failure(admitters: Mapping[ElementName, Admitter], rules: Filter) -> str:
    """Return why a filter cannot be built (`FilterElement.stage`)."""
    for name, admitter in admitters.items():
        if admitter.unknown:
            unknown = ", ".join(f"'{domain}'" for domain in admitter.unknown)
            return f"'{name}' has no split domain {unknown}, and a filter may name no other"
        if admitter.splits.gaps and not rules.passes_all_domains:
            return admitter.splits.gaps[0]
    return ""


def _places(settings: KindConfig) -> Mapping[str, Provenance | None]:
    """Return where the lists of a compose or filter are written."""
    places: Mapping[str, Provenance | None] = getattr(settings, "places", {})
    return {key: at for key, at in places.items() if at and not at.path.startswith("BuildStream:")}


def _no_filter(graph: Graph, element: Element) -> SelectionError:
    above = graph.dependants_of(element.name, scope=Scope.BUILD)
    layers = (name for name in above if (up := graph.get(name)) and filter_of(up) is not None)
    shown = ", ".join(f"'{name}'" for name in itertools.islice(layers, 3))
    return SelectionError(
        "no-filter",
        f"'{element.name}' is a {element.kind}; what lets paths through is a compose or a filter",
        fix=f"ask for one that stages it: {shown}"
        if shown
        else "ask for a compose or a filter; `bstgraph show --select kind:compose` lists them",
    )
