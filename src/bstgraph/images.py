"""Image chains: what a script stages where, and what that is made of, down to the packages.

A script stages each build dependency, with all that it needs at run time, at a location. Below
a location lie composes and filters, which let part of the files through, then stacks, which have
no files and stand for their dependencies, then everything else: the packages.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias, cast

from bstgraph.answers import Names
from bstgraph.display import Displayable
from bstgraph.errors import SelectionError
from bstgraph.graph import Graph
from bstgraph.model import Dependency, Element
from bstgraph.names import ElementName
from bstgraph.provenance import Provenance
from bstgraph.scopes import Scope
from bstgraph.splits import Filter as Filter  # noqa: PLC0414 - it is promised from here too
from bstgraph.splits import filter_of

SCRIPT_KINDS: Final = frozenset(
    (
        "script",
        "dpkg_deploy",
        "fastboot_bootimg",
        "fastboot_ext4",
        "fastbootBootImage",
        "fastbootExt4Image",
        "flatpak_repo",
        "x86image",
    )
)
"""The kinds that are BuildStream's ScriptElement: they stage dependencies at locations."""

Role: TypeAlias = Literal[
    "script", "layer", "parent", "tool", "compose", "filter", "stack", "package", "external"
]
"""What an element is in a chain.

- `script`: the target itself
- `layer`, `parent`, `tool`: what a script stages: elsewhere than at `/`, elsewhere and itself an
  image, at `/`
- `compose`, `filter`, `stack`, `package`: what those are made of
- `external`: an element of a junction whose files are not at hand
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage(Displayable):
    """One element in a chain, at one place of it, with what it is made of below."""

    name: ElementName
    kind: str
    """The kind; empty for an external element."""
    role: Role
    location: str | None = None
    """Where the script above stages it; None below that."""
    filter: Filter | None = None
    """What it lets through itself, when it is a compose or a filter."""
    effective: Filter | None = None
    """What it and all above it, up to the location, let through together; None for everything."""
    members: int = 0
    """The number of direct dependencies that it is made of."""
    elements: int = 0
    """The number of elements it brings together.

    For a compose or script these are the elements that it stages itself, for any other kind the
    elements that come along wherever it is staged: its runtime closure, itself included.
    """
    packages: int = 0
    """The number of packages whose files these are, seen through composes and filters.

    For a script, only what it stages as layers counts.
    """
    repeated: bool = False
    """Whether what it is made of is told earlier in the chain, and left out here."""
    provenance: Provenance | None = field(default=None, compare=False, repr=False)
    """The dependency that brings it in; for the target, the element itself."""
    children: tuple[Stage, ...] = field(default=(), repr=False)
    """What it is made of, in the order of BuildStream's layout and staging."""

    @property
    def has_files(self) -> bool:
        """Whether the element has files of its own, as every kind but a stack has."""
        return self.kind != "stack"

    def walk(self) -> Iterator[tuple[int, Stage]]:
        """Yield each stage from here down with its depth, a stage before its children."""
        pending = [(0, self)]
        while pending:
            depth, stage = pending.pop()
            yield depth, stage
            pending += [(depth + 1, child) for child in reversed(stage.children)]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageChain(Displayable):
    """A script, what it stages at each location, and what that is made of."""

    root: Stage
    gaps: tuple[str, ...] = ()
    """What is not known about the elements that the script is built from."""

    @property
    def target(self) -> ElementName:
        """The name of the script."""
        return self.root.name

    @property
    def layers(self) -> tuple[Stage, ...]:
        """What the script stages as layers."""
        return tuple(stage for stage in self.root.children if stage.role == "layer")

    @property
    def parents(self) -> tuple[Stage, ...]:
        """The images that the script stages."""
        return tuple(stage for stage in self.root.children if stage.role == "parent")

    def walk(self) -> Iterator[tuple[int, Stage]]:
        """Yield each stage with its depth, a stage before its children."""
        return self.root.walk()

    def __repr__(self) -> str:
        return f"<ImageChain {self.target!r}: {sum(1 for _ in self.walk())} stages>"


def image_chain(graph: Graph, target: str) -> ImageChain:
    """Return the chain of the script `target`.

    What occurs more than once is told where it occurs first; later occurrences are marked.

    Raises:
        SelectionError: `unknown-element`, or `no-chain` when the target is no script.
    """
    element = graph[ElementName(target)]
    if element.kind not in SCRIPT_KINDS:
        raise _no_chain(graph, element)
    reached = graph.staging_order([element.name], scope=Scope.ALL)
    amounts = _Amounts(graph, reached)
    root = _Place(name=element.name, role="script", provenance=element.provenance)
    return ImageChain(root=_stages(graph, amounts, root), gaps=_gaps(graph, reached))


def image_targets(graph: Graph) -> tuple[ElementName, ...]:
    """Return the images to look at first, in staging order.

    An image is a script that stages something elsewhere than at `/`. Those that are targets of
    the graph are returned, and those that no other image is built from.
    """
    images = [name for name in graph if (element := graph.get(name)) and is_image(element)]
    inner = {name for image in images for name in graph.dependencies_of(image, scope=Scope.ALL)}
    targets = frozenset(graph.targets)
    return tuple(name for name in images if name in targets or name not in inner)


def is_image(element: Element) -> bool:
    """Return whether `element` is a script that stages something elsewhere than at `/`."""
    return element.kind in SCRIPT_KINDS and any(
        location != "/"
        for dependency in element.dependencies
        for location in staged_locations(dependency)
    )


def staged_locations(dependency: Dependency) -> tuple[str, ...]:
    """Return where a build dependency is staged: once for each configuration, else at `/`."""
    if not dependency.build:
        return ()
    return tuple(config.get("location", "/") for config in dependency.config) or ("/",)


def _no_chain(graph: Graph, element: Element) -> SelectionError:
    above = graph.dependants_of(element.name, scope=Scope.ALL)
    scripts = [name for name in above if (up := graph.get(name)) and up.kind in SCRIPT_KINDS]
    known = ", ".join(f"'{name}'" for name in scripts[:3])
    more = f" and {len(scripts) - 3} more" if len(scripts) > 3 else ""
    return SelectionError(
        "no-chain",
        f"'{element.name}' is a {element.kind}, and a chain begins with a script",
        fix=f"ask for a script that is built from it: {known}{more}"
        if scripts
        else "ask for a script element; `bstgraph check` shows the images of a project",
    )


class _Amounts:
    """What each element stands for: counted in one pass over `order`, dependencies first.

    A set of elements is an integer with one bit for each of them: the union of two closures is
    then one operation, where a walk for each stage would be quadratic.
    """

    def __init__(self, graph: Graph, order: Sequence[ElementName]) -> None:
        """Count; `order` holds all that anything in it depends on."""
        self._closure: dict[ElementName, int] = {}
        self._own_files: dict[ElementName, int] = {}
        self._files: dict[ElementName, int] = {}
        self._staged: dict[ElementName, int] = {}
        for number, name in enumerate(order):
            self._add(name, 1 << number, graph.get(name))

    def _add(self, name: ElementName, bit: int, element: Element | None) -> None:
        dependencies = element.dependencies if element else ()
        build = [dependency.name for dependency in dependencies if dependency.build]
        run = [dependency.name for dependency in dependencies if dependency.runtime]
        own, staged = bit, None
        match element.kind if element else "":
            case "" | "stack":
                own = 0
            case "compose":
                own, staged = _any(self._files, build), _any(self._closure, build)
            case "filter":
                own = _any(self._own_files, build)
            case kind if kind in SCRIPT_KINDS:
                staged = _any(self._closure, build)
        self._own_files[name] = own
        self._files[name] = own | _any(self._files, run)
        self._closure[name] = bit | _any(self._closure, run)
        self._staged[name] = self._closure[name] if staged is None else staged

    def elements(self, name: ElementName) -> int:
        """Return how many elements `name` brings together."""
        return self._staged.get(name, 0).bit_count()

    def packages(self, *names: ElementName) -> int:
        """Return how many packages the files of all that comes with `names` are from."""
        return _any(self._files, names).bit_count()


def _any(sets: Mapping[ElementName, int], names: Iterable[ElementName]) -> int:
    union = 0
    for name in names:
        union |= sets.get(name, 0)
    return union


@dataclass(slots=True, kw_only=True)
class _Place:
    """A place in the chain; its stage is made when those below it are."""

    name: ElementName
    role: Role
    location: str | None = None
    above: Filter | None = None
    """What all stages above let through together."""
    provenance: Provenance | None = None
    own: Filter | None = None
    repeated: bool = False
    below: tuple[_Place, ...] = ()
    members: int = 0
    content: tuple[ElementName, ...] = ()
    """What the files come with."""
    stage: Stage | None = None

    @property
    def effective(self) -> Filter | None:
        """What passes this place and all above it."""
        return self.own.under(self.above) if self.own else self.above


def _stages(graph: Graph, amounts: _Amounts, root: _Place) -> Stage:
    """Return the stage of `root` with all below it; loops, since stacks may nest deeply."""
    places: list[_Place] = []
    told: set[ElementName] = set()
    pending = [root]
    while pending:
        place = pending.pop()
        places.append(place)
        if element := graph.get(place.name):
            _look_below(graph, place, element)
        place.repeated = place.name in told and bool(place.below) and place.role != "tool"
        if place.repeated or place.role == "tool":
            place.below = ()
        if place.below:
            told.add(place.name)
        pending += reversed(place.below)
    for place in reversed(places):
        place.stage = _stage(place, graph.get(place.name), amounts)
    return cast("Stage", root.stage)


def _look_below(graph: Graph, place: _Place, element: Element) -> None:
    """Set what the element lets through and what it is made of."""
    place.own, place.content = filter_of(element), (element.name,)
    if place.role in ("script", "parent"):
        place.below = tuple(_staged(graph, element))
        place.content = tuple(below.name for below in place.below if below.role == "layer")
    elif element.kind in ("compose", "filter", "stack"):
        place.below = tuple(
            _Place(
                name=dependency.name,
                role=_role(graph, dependency.name),
                above=place.effective,
                provenance=dependency.provenance,
            )
            for dependency in element.dependencies
            # A filter's runtime dependencies come along like those of a package.
            if dependency.build
        )
    place.members = len(place.below)


def _staged(graph: Graph, script: Element) -> Iterator[_Place]:
    """Yield what a script stages: by location, and there in the order of its dependencies."""
    layout = sorted(
        (location, number)
        for number, dependency in enumerate(script.dependencies)
        for location in staged_locations(dependency)
    )
    collects_all = script.variables.get("install-root") == "/"
    for location, number in layout:
        dependency = script.dependencies[number]
        element = graph.get(dependency.name)
        role: Role = "layer"
        if element is None:
            role = "external"
        elif location == "/":
            # With "/" as install-root, the script's artifact is all that was staged there.
            role = "layer" if collects_all else "tool"
        elif is_image(element):
            role = "parent"
        yield _Place(
            name=dependency.name,
            role=role,
            location=location,
            provenance=dependency.provenance,
        )


def _role(graph: Graph, name: ElementName) -> Role:
    element = graph.get(name)
    match element.kind if element else None:
        case None:
            return "external"
        case "compose" | "filter" | "stack" as kind:
            return kind
        case _:
            return "package"


def _stage(place: _Place, element: Element | None, amounts: _Amounts) -> Stage:
    return Stage(
        name=place.name,
        kind=element.kind if element else "",
        role=place.role,
        location=place.location,
        filter=place.own,
        effective=place.effective,
        members=place.members,
        elements=amounts.elements(place.name),
        packages=amounts.packages(*place.content),
        repeated=place.repeated,
        provenance=place.provenance,
        children=tuple(below.stage for below in place.below if below.stage),
    )


def _gaps(graph: Graph, reached: Names) -> tuple[str, ...]:
    """Return what is not known about the elements: one line for all that share a gap."""
    sharing: dict[str, list[ElementName]] = {}
    for name in reached:
        if element := graph.get(name):
            for gap in element.gaps:
                sharing.setdefault(gap, []).append(name)
    own = (
        f"{found[0]}{f' and {len(found) - 1} more' if found[1:] else ''}: {gap}"
        for gap, found in sharing.items()
    )
    return (*reached.gaps, *own)
