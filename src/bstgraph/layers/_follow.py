"""The way of a path from the element that has it to an image, link by link."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from bstgraph import files
from bstgraph.files import Node
from bstgraph.graph import Graph
from bstgraph.images import SCRIPT_KINDS, image_chain
from bstgraph.layers._engine import COMPOSED, Layers
from bstgraph.layers._mentions import Mentions, words
from bstgraph.layers._stage import own_commands
from bstgraph.layers._values import Command, Gap, Staging, inside
from bstgraph.names import ElementName
from bstgraph.provenance import Provenance
from bstgraph.scopes import Scope
from bstgraph.splits import Decision

Action: TypeAlias = Literal[
    "has", "stages", "admits", "drops", "overwrites", "leaves-out", "removes", "hides",
    "build-only", "unreachable", "fails",
]  # fmt: skip
"""What happens to a path at a link.

- `has`: the element has the file
- `stages`: a script puts it at a location
- `admits`, `drops`: a compose or filter lets it through, or does not, by `decision`
- `overwrites`: `other`, staged later, has the same path, so the file is that of `other`
- `leaves-out`: something else is in its place, such as a directory
- `removes`: it was staged and let through, but the built artifact lacks it: a command removed it
- `hides`: the image that it is built upon has it, and the layer that is put over that lacks it:
  build-oci removes what a layer lacks, except for whole directories of the root
- `build-only`: the element is needed to build `other` only, so nothing stages it for the image
- `unreachable`: nothing that the image is built from needs the element
- `fails`: BuildStream cannot build it: what it needs cannot be staged, or a domain is not there
"""

REACHED: Final[frozenset[Action]] = frozenset(("has", "stages", "admits"))
"""The actions after which a path goes on; any other one ends its way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One step of a path on its way to an image."""

    element: ElementName
    action: Action
    location: str = ""
    """The location of a script."""
    decision: Decision | None = None
    other: ElementName | None = None
    at: Provenance | None = None
    """Where it is written that the element is needed there."""
    fix: str = ""

    @property
    def lost(self) -> bool:
        """Whether the path ends here."""
        return self.action not in REACHED


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A location of a script that becomes part of an image."""

    script: ElementName
    location: str
    inherited: bool = False
    """Whether it is a layer of an image that the image is built upon."""


def places(graph: Graph, image: ElementName) -> tuple[Place, ...]:
    """Return where what ends in an image is staged: its own layers, then those of its parents.

    For a compose or filter that is the root. Parents are images that are staged themselves.
    """
    element = graph[image]
    if element.kind not in SCRIPT_KINDS:
        return (Place(script=image, location="/"),)
    found: dict[Place, None] = {}
    for script in _scripts(graph, image):
        for stage in image_chain(graph, script).root.children:
            if stage.role in {"layer", "external"} and stage.location is not None:
                inherited = script != image
                place = Place(script=script, location=stage.location, inherited=inherited)
                found[place] = None
    return tuple(found)


def _scripts(graph: Graph, image: ElementName) -> dict[ElementName, tuple[ElementName, ...]]:
    """Return a script, its parents, and theirs, each with the scripts that are built upon it.

    A script that several others are built upon counts where it is met first.
    """
    above: dict[ElementName, tuple[ElementName, ...]] = {image: ()}
    pending = [image] if graph[image].kind in SCRIPT_KINDS else []
    for script in pending:
        for stage in image_chain(graph, script).root.children:
            if stage.role == "parent" and stage.name not in above:
                above[stage.name] = (*above[script], script)
                pending.append(stage.name)
    return above


class Follower:
    """Follows paths of elements into one image."""

    def __init__(self, layers: Layers, image: ElementName) -> None:
        """Look at nothing yet."""
        self.layers = layers
        self.image = image
        self.graph = layers.graph
        self.places = places(self.graph, image)
        self._carried: dict[ElementName, frozenset[ElementName]] = {}
        self._layers: dict[ElementName, tuple[ElementName, ...]] = {}
        self._left_out: dict[ElementName, frozenset[tuple[ElementName, str]]] = {}
        self._between: dict[tuple[ElementName, ElementName], list[ElementName]] = {}
        self._reached: frozenset[ElementName] | None = None
        self._mentions: Mentions | None = None
        self._over = {
            script: frozenset(one for one in above if self._is_whole(one))
            for script, above in _scripts(self.graph, image).items()
        }
        """Script -> those built upon it whose layer is the whole image, so that it hides others."""

    def _is_whole(self, script: ElementName) -> bool:
        return any(
            "build-oci" in words(text)
            for _, text, _ in own_commands(self.graph, self.graph[script])
        )

    def links(self, name: ElementName, path: str) -> tuple[Link, ...]:
        """Return the way of `path` of the element `name` to where it ends or is lost.

        Of several ways, the first one that ends in the image, else the first.
        """
        first: tuple[Link, ...] = ()
        for place in self.places:
            way = self._into(place, name, path)
            if way and not way[-1].lost:
                return way
            first = first or way
        return first or (self._has(name), self._unreached(name))

    def reached(self) -> frozenset[ElementName]:
        """Return all elements whose files are staged on the way to the image."""
        if self._reached is None:
            members = (name for place in self.places for name in self._elements(place))
            self._reached = self._below(tuple(members))
        return self._reached

    def paths(self) -> Iterator[tuple[str, Node, ElementName | None]]:
        """Yield each path that is staged for the image, what is there, and the package it is from.

        A path is there once, as in the layer that is uppermost.
        """
        seen: set[str] = set()
        for place in self.places:
            for path, node, name in self.at(place):
                if path not in seen and not self.hidden(place, path):
                    seen.add(path)
                    yield path, node, name

    def at(self, place: Place) -> Iterator[tuple[str, Node, ElementName | None]]:
        """Yield each path at a location, what is there, and the package it is from."""
        composed = self.graph[place.script].kind in {"compose", "filter"}
        tree = self.layers.contents(place.script).tree if composed else None
        staging = self.layers.staged(place.script)
        for path, node, owner in staging.owned(tree, place.location):
            if owner is None:
                yield path, node, None
                continue
            name, at = owner
            yield path, node, self._package(name, inside(place.location, path, at))

    def _package(self, name: ElementName, path: str) -> ElementName | None:
        end, has_it = self.layers.provider(name, path)
        return end if has_it else None

    def unknown(self) -> tuple[ElementName, ...]:
        """Return the elements on the way to the image whose files are not known, or not all."""
        return tuple(
            name
            for name in self.graph.in_staging_order(self.reached())
            if (element := self.graph.get(name)) is None
            or (element.kind not in COMPOSED and self.layers.contents(name).gaps)
        )

    def gaps(self) -> tuple[Gap, ...]:
        """Return what is not known of what is staged for the image."""
        found: dict[Gap, None] = {}
        for place in self.places:
            found.update(dict.fromkeys(self.layers.staged(place.script).gaps))
        return tuple(found)

    def hidden(self, place: Place, path: str) -> bool:
        """Return whether a layer above has the last word on a path of an inherited layer."""
        return self._above(place, path) is not None

    def _above(self, place: Place, path: str) -> Place | None:
        """Return the layer above that removes or replaces a path of an inherited one, if any."""
        if not place.inherited:
            return None
        over = self._over[place.script]
        return next(
            (p for p in self.places if p.script in over and self._covers(p, place, path)), None
        )

    def _covers(self, above: Place, place: Place, path: str) -> bool:
        """Return whether what build-oci makes of `above` decides about a path of `place`.

        It removes what a directory of the layer lacks, and of what the layer lacks at the root
        all but directories. What is no directory replaces one.
        """
        top, _, below = path.partition("/")
        if self.layers.staged(above.script).root.owner(f"{above.location}/{top}") is not None:
            return True
        lower = self.layers.staged(place.script).root
        return not below and not lower.is_directory(f"{place.location}/{top}")

    def mentions(self, path: str) -> tuple[Command, ...]:
        """Return the commands of the scripts and layers of the image that mention a path."""
        if self._mentions is None:
            locations = {place.location: None for place in self.places}
            self._mentions = Mentions(self._commands(), locations)
        return self._mentions.of(path)

    def _commands(self) -> Iterator[Command]:
        for script in dict.fromkeys(place.script for place in self.places):
            yield from own_commands(self.graph, self.graph[script])
        for name in self.reached():
            element = self.graph.get(name)
            if element is not None and element.kind == "compose":
                yield from self.layers.staged(name).commands

    # -- one place ------------------------------------------------------------------------------

    def _elements(self, place: Place) -> tuple[ElementName, ...]:
        element = self.graph[place.script]
        staged = self.layers.staged(place.script)
        if element.kind not in SCRIPT_KINDS:
            return (place.script,)
        return next((o.elements for o in staged.locations if o.path == place.location), ())

    def _into(self, place: Place, name: ElementName, path: str) -> tuple[Link, ...]:
        """Return the way of a path to a location; empty when the element is not staged there."""
        best: tuple[Link, ...] = ()
        for member in self._elements(place):
            way = self._through(member, name, path)
            if not way:
                continue
            if not way[-1].lost and self.graph[place.script].kind in SCRIPT_KINDS:
                way = (*way, self._staged(place, member, path))
                if not way[-1].lost:
                    way = (*way, *self._covered(place, path))
            if not way[-1].lost:
                return way
            best = best or way
        return best

    def _staged(self, place: Place, member: ElementName, path: str) -> Link:
        staging = self.layers.staged(place.script)
        where = f"{place.location.strip('/')}/{path}".lstrip("/")
        at = next(
            (e.provenance for e in self.graph[place.script].dependencies if e.name == member), None
        )
        action, other = self._arrived(staging, member, where) if path else ("stages", None)
        if staging.failure:
            action, other = "fails", None
        return Link(
            element=place.script, action=action, location=place.location, other=other, at=at
        )

    def _covered(self, place: Place, path: str) -> Iterator[Link]:
        """Yield what a layer above does to a path of an inherited one, unless both have it."""
        above = self._above(place, path) if path else None
        if above is None:
            return
        staging = self.layers.staged(above.script)
        where = f"{above.location.strip('/')}/{path}".lstrip("/")
        owner = staging.owner(where)
        if owner is None:
            yield Link(element=above.script, action="hides", other=place.script)
        elif not staging.root.is_directory(where):
            other = self._package(owner, path) or owner
            yield Link(element=above.script, action="overwrites", other=other)

    def _through(self, member: ElementName, name: ElementName, path: str) -> tuple[Link, ...]:
        """Return the way of a path of `name` into the artifact of `member`; empty for none.

        The chain of composes and filters is walked from below, each of them once.
        """
        if member == name:
            return (self._has(name),)
        if name not in self._carries(member):
            return ()
        ways: dict[ElementName, tuple[Link, ...]] = {name: (self._has(name),)}
        for layer in self._layers_between(member, name):
            way = self._composed(layer, ways, path)
            if way:
                ways[layer] = way
        return ways.get(member, ())

    def _composed(
        self, layer: ElementName, ways: dict[ElementName, tuple[Link, ...]], path: str
    ) -> tuple[Link, ...]:
        staging = self.layers.staged(layer)
        best: tuple[Link, ...] = ()
        for member in _members(staging):
            way = ways.get(member)
            if way is None:
                continue
            if way[-1].lost:
                best = best or way
                continue
            way = (*way, self._let_through(layer, member, path))
            if not way[-1].lost:
                return way
            best = way if not best or best[-1].element != layer else best
        return best

    def _let_through(self, layer: ElementName, member: ElementName, path: str) -> Link:
        contents = self.layers.contents(layer)
        if contents.failure:
            return Link(element=layer, action="fails")
        if not path:
            return Link(element=layer, action="admits")
        staging = self.layers.staged(layer)
        action, other = self._arrived(staging, member, path)
        # Where staging fails and the layer was built all the same, it was built from other files.
        if action != "stages" and not staging.failure:
            return Link(element=layer, action=action, other=other)
        admitter = self.layers.admitter(member, self.graph[layer])
        decision = admitter.decide(path) if admitter is not None else None
        built = contents.origin not in {"computed", "none"}
        present = files.lookup(contents.tree, path) is not None
        if present or (not built and decision is not None and decision.admitted):
            return Link(element=layer, action="admits", decision=decision)
        if decision is not None and decision.admitted:
            return Link(element=layer, action="removes", decision=decision)
        return Link(element=layer, action="drops", decision=decision)

    def _arrived(
        self, staging: Staging, member: ElementName, path: str
    ) -> tuple[Action, ElementName | None]:
        """Return whether a path of `member` is there once all is staged, and whose it is if not."""
        owner = staging.owner(path)
        if owner == member:
            return "stages", None
        left_out = self._left_out.get(staging.element)
        if left_out is None:
            left_out = self._left_out[staging.element] = frozenset(staging.unstaged)
        if owner is None or (member, path) in left_out:
            return "leaves-out", owner
        return ("stages", None) if staging.root.is_directory(path) else ("overwrites", owner)

    # -- what carries what ----------------------------------------------------------------------

    def _carries(self, member: ElementName) -> frozenset[ElementName]:
        """Return the elements whose files the artifact of `member` may hold, without itself."""
        known = self._carried.get(member)
        if known is None:
            element = self.graph.get(member)
            composed = element is not None and element.kind in {"compose", "filter"}
            below = self._below(_members(self.layers.staged(member))) if composed else frozenset()
            known = self._carried[member] = below
        return known

    def _below(self, names: tuple[ElementName, ...]) -> frozenset[ElementName]:
        """Return `names` and all that composes and filters among them are made of."""
        found: set[ElementName] = set()
        pending = list(names)
        while pending:
            name = pending.pop()
            if name in found:
                continue
            found.add(name)
            element = self.graph.get(name)
            if element is not None and element.kind in {"compose", "filter"}:
                pending += _members(self.layers.staged(name))
        return frozenset(found)

    def _layers_between(self, member: ElementName, name: ElementName) -> list[ElementName]:
        """Return the composes and filters from `name` up to `member`, lower ones first."""
        known = self._between.get((member, name))
        if known is None:
            known = self._between[member, name] = []
            carrying = {name}
            for layer in self._layers_of(member):
                if not carrying.isdisjoint(_members(self.layers.staged(layer))):
                    carrying.add(layer)
                    known.append(layer)
        return known

    def _layers_of(self, member: ElementName) -> tuple[ElementName, ...]:
        """Return the composes and filters that `member` is made of and itself, lower ones first."""
        known = self._layers.get(member)
        if known is None:
            found = {member, *self._carries(member)}
            order = self.graph.staging_order([member], scope=Scope.ALL)
            known = tuple(
                name
                for name in order
                if name in found
                and (element := self.graph.get(name)) is not None
                and element.kind in {"compose", "filter"}
            )
            self._layers[member] = known
        return known

    # -- the ends -------------------------------------------------------------------------------

    def _has(self, name: ElementName) -> Link:
        element = self.graph.get(name)
        return Link(element=name, action="has", at=element.provenance if element else None)

    def _unreached(self, name: ElementName) -> Link:
        if name in self.graph.dependencies_of(self.image, scope=Scope.ALL).names:
            path = self.graph.shortest_path(self.image, name)
            edge = next((e for e in reversed(path.edges) if e.type == "build"), path.edges[-1])
            return Link(
                element=edge.dependency.name,
                action="build-only",
                other=edge.dependant,
                at=edge.provenance,
                fix=f"make it a runtime dependency of '{edge.dependant}' where it is needed there",
            )
        stack = self.nearest_stack(name)
        fix = f"add it to the dependencies of '{stack}'" if stack else ""
        return Link(element=name, action="unreachable", other=stack, fix=fix)

    def nearest_stack(self, name: ElementName) -> ElementName | None:
        """Return the stack on the way to the image that an element would best join.

        That is the one whose folder has most in common with the element's own; of those, one of
        the same project first, then the one that is staged last.
        """
        element = self.graph.get(name)
        stacks = [n for n in self.reached() if (e := self.graph.get(n)) and e.kind == "stack"]
        if element is None or not stacks:
            return None
        order = {n: i for i, n in enumerate(self.graph.in_staging_order(stacks))}

        def rank(stack: ElementName) -> tuple[bool, int, int]:
            other = self.graph[stack]
            shared = _shared(element.local_name, other.local_name)
            return other.junction == element.junction, shared, order[stack]

        return max(stacks, key=rank)


def _members(staging: Staging) -> tuple[ElementName, ...]:
    return tuple(name for place in staging.locations for name in place.elements)


def _shared(one: str, other: str) -> int:
    """Return how many folders two names have in common from the left."""
    count = 0
    for left, right in zip(one.split("/")[:-1], other.split("/")[:-1], strict=False):
        if left != right:
            break
        count += 1
    return count
