"""The comparison: two chains, their stages, packages and commands."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from typing import Literal

from bstgraph import names
from bstgraph.graph import Graph
from bstgraph.images import ImageChain, Stage, image_chain
from bstgraph.model import Element
from bstgraph.names import ElementName
from bstgraph.variants._content import Content, Package, told
from bstgraph.variants._differences import (
    Difference,
    EffectiveChange,
    OnlyPackage,
    OtherPackage,
    Parity,
    PlacedPackages,
    ScriptChange,
    Side,
    StagePair,
    ValueChange,
    Variant,
)
from bstgraph.variants._filters import Delta, delta
from bstgraph.variants._scripts import Scripts, command_count
from bstgraph.variants._stages import Stages


def parity(graph: Graph, a: str, b: str, *, other: Graph | None = None) -> Parity:
    """Return what the images `a` and `b` have and lack of each other.

    Both are scripts, as for `image_chain`; `b` is one of `other`, where that is given. An element
    is known by its full name. Of images underneath only the packages count, unless two graphs have
    an image of one name underneath: then it is compared too.

    Raises:
        SelectionError: `unknown-element`, or `no-chain` when one of them is no script.
    """
    graphs = (graph, graph if other is None else other)
    chains = (image_chain(graphs[0], a), image_chain(graphs[1], b))
    contents = (Content(graphs[0], chains[0]), Content(graphs[1], chains[1]))
    packages = _Packages(graphs, contents)
    images = _Images(graphs, chains)
    return Parity(
        a=_variant(graphs[0], chains[0], contents[0]),
        b=_variant(graphs[1], chains[1], contents[1]),
        differences=(
            *images.stages,
            *images.filters,
            *packages.effective(),
            *packages.differences(),
            *images.commands,
            *images.values,
        ),
        pairs=tuple(images.pairs),
        shared=len(packages.shared),
        built_upon="" if other is not None else _upon(chains, contents),
        gaps=tuple(dict.fromkeys((*chains[0].gaps, *chains[1].gaps, *packages.gaps, *images.gaps))),
    )


def _upon(
    chains: tuple[ImageChain, ImageChain], contents: tuple[Content, Content]
) -> Literal["", "a", "b"]:
    if chains[0].target in contents[1].parents:
        return "b"
    return "a" if chains[1].target in contents[0].parents else ""


def _variant(graph: Graph, chain: ImageChain, content: Content) -> Variant:
    element = graph[chain.target]
    return Variant(
        name=chain.target,
        project=element.project_name,
        packages=sum(1 for name in content.packages if graph.get(name)),
        layers=tuple((stage.location or "", stage.name) for stage in chain.layers),
        parents=tuple((stage.location or "", stage.name) for stage in chain.parents),
        commands=command_count(element),
    )


class _Images:
    """The stages and commands of two scripts; of those underneath with one name too."""

    def __init__(self, graphs: tuple[Graph, Graph], chains: tuple[ImageChain, ImageChain]) -> None:
        self.stages: list[Difference] = []
        self.filters: list[Difference] = []
        self.commands: list[ScriptChange] = []
        self.values: list[ValueChange] = []
        self.pairs: list[StagePair] = []
        self.gaps: list[str] = []
        whole = (told(chains[0].root), told(chains[1].root))
        pending = deque([(chains[0].root, chains[1].root)])
        seen: set[ElementName] = set()
        while pending:
            a, b = pending.popleft()
            stages = Stages((a, b), whole, graphs)
            self._add(stages, graphs[0][a.name], graphs[1][b.name])
            for pair in stages.parents():
                # In one graph an image of one name is one image.
                if graphs[0] is not graphs[1] and pair[0].name not in seen:
                    seen.add(pair[0].name)
                    pending.append((_whole(pair[0], whole[0]), _whole(pair[1], whole[1])))

    def _add(self, stages: Stages, a: Element, b: Element) -> None:
        scripts = Scripts(a, b)
        self.stages += stages.differences()
        self.filters += stages.filters()
        self.commands += scripts.changes
        self.values += scripts.values()
        self.pairs += stages.pairs()
        self.gaps += scripts.gaps


def _whole(stage: Stage, whole: dict[ElementName, Stage]) -> Stage:
    return whole.get(stage.name, stage)


class _Packages:
    """The packages of two images."""

    def __init__(self, graphs: tuple[Graph, Graph], contents: tuple[Content, Content]) -> None:
        self._graphs = graphs
        self._a, self._b = (content.packages for content in contents)
        self._others = self._paired()
        self.shared = graphs[0].in_staging_order(
            name for name in self._a if name in self._b and name not in self._others
        )
        """What both have, in staging order of A."""
        self._complete = all(content.complete for content in contents)
        crowded = [name for content in contents for name in content.crowded]
        self._crowded = bool(crowded)
        self.gaps = tuple(
            f"filters, all stages together: there are more ways to '{name}' than are followed"
            for name in crowded[:1]
        )
        if not self._complete:
            self.gaps += ("where packages are that both images have: there are too many places",)

    def differences(self) -> Iterator[Difference]:
        """Yield what only one has, what is of another project, what is elsewhere."""
        paired = (set(self._others), set(self._others.values()))
        yield from self._only("a", self._a, self._b.keys() | paired[0])
        yield from self._only("b", self._b, self._a.keys() | paired[1])
        for name in self._graphs[0].in_staging_order(self._others):
            yield self._other(self._a[name], self._b[self._others[name]])
        yield from self._placed()

    def _placed(self) -> Iterator[PlacedPackages]:
        groups: dict[tuple[tuple[str, ...], tuple[str, ...]], list[ElementName]] = {}
        for name in self.shared:
            a, b = self._a[name], self._b[name]
            if self._complete and a.place != b.place:
                key = (tuple(sorted(a.locations)), tuple(sorted(b.locations)))
                groups.setdefault(key, []).append(name)
        for (left, right), found in groups.items():
            yield PlacedPackages(
                packages=tuple(found),
                locations_a=left,
                locations_b=right,
                at_a=self._a[found[0]].at,
                at_b=self._b[found[0]].at,
            )

    def effective(self) -> Iterator[EffectiveChange]:
        """Yield filters that differ for packages of both, at one location."""
        if self._crowded:
            return
        groups: dict[tuple[str, Delta], list[ElementName]] = {}
        for name in self.shared:
            a, b = self._a[name].filters, self._b[name].filters
            for location in sorted(a.keys() & b.keys()):
                if found := delta(a[location], b[location]):
                    groups.setdefault((location, found), []).append(name)
        for (location, found), packages in groups.items():
            yield EffectiveChange(
                location=location,
                packages=tuple(packages),
                without_a=found.without_a,
                without_b=found.without_b,
                a=found.a,
                b=found.b,
                at_a=self._a[packages[0]].at,
                at_b=self._b[packages[0]].at,
            )

    def _paired(self) -> dict[ElementName, ElementName]:
        """Return packages of A -> those of B that have their local name and are others."""
        both = [name for name in self._a if name in self._b]
        found = {name: name for name in both if self._project(name, 0) != self._project(name, 1)}
        alone = ({n for n in self._a if n not in self._b}, {n for n in self._b if n not in self._a})
        left, right = (
            deque(graph.in_staging_order(rest))
            for graph, rest in zip(self._graphs, alone, strict=True)
        )
        by_name: dict[str, deque[ElementName]] = {}
        for name in right:
            by_name.setdefault(names.split(name)[1], deque()).append(name)
        for name in left:
            if same := by_name.get(names.split(name)[1]):
                found[name] = same.popleft()
        return found

    def _project(self, name: ElementName, side: int) -> str:
        """Return the project behind the junction of an element; two toplevel ones are alike."""
        element = self._graphs[side].get(name)
        return element.project_name if element and element.junction else ""

    def _other(self, a: Package, b: Package) -> OtherPackage:
        projects = [
            element.project_name if (element := graph.get(package.name)) else ""
            for graph, package in zip(self._graphs, (a, b), strict=True)
        ]
        return OtherPackage(
            a=a.name,
            b=b.name,
            project_a=projects[0],
            project_b=projects[1],
            at_a=a.at,
            at_b=b.at,
        )

    def _only(
        self, side: Side, packages: dict[ElementName, Package], others: Iterable[ElementName]
    ) -> Iterator[OnlyPackage]:
        graph = self._graphs[side == "b"]
        known = frozenset(others)
        for name in graph.in_staging_order(n for n in packages if n not in known):
            package, element = packages[name], graph.get(name)
            yield OnlyPackage(
                side=side,
                name=name,
                kind=element.kind if element else "",
                locations=tuple(sorted(package.locations)),
                path=package.path,
                stack=package.stack,
                at_a=package.at if side == "a" else None,
                at_b=package.at if side == "b" else None,
            )
