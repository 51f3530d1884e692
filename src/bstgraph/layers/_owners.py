"""Which element each path of a layer is from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, TypeAlias

from bstgraph.display import Displayable
from bstgraph.errors import SelectionError
from bstgraph.files import Directory, Node
from bstgraph.garbage import paused_collector
from bstgraph.layers._engine import COMPOSED, LEADING_ON, Layers
from bstgraph.layers._stage import collected
from bstgraph.layers._values import INTEGRATION, Gap, Staging, inside
from bstgraph.names import ElementName

How: TypeAlias = Literal["element", "commands", "unknown"]
"""How a path came to be: an element has it, commands made it, or nobody knows."""


class Owned(NamedTuple):
    """A path of a layer, and the element that it is from."""

    path: str
    node: Node
    element: ElementName | None
    """None where no element is known to have it."""
    project: str
    """The name of the element's project; empty without an element."""
    how: How


@dataclass(frozen=True, slots=True, kw_only=True)
class Ownership(Displayable):
    """Which element each path of a layer is from, in the order of `bst artifact list-contents`."""

    element: ElementName
    location: str | None
    """The location of a script; None for what the element itself has."""
    rows: tuple[Owned, ...] = field(repr=False)
    gaps: tuple[Gap, ...] = field(default=(), repr=False)

    def __iter__(self) -> Iterator[Owned]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def components(self, *, directories: bool = False) -> dict[str, list[str]]:
        """Return element -> its paths with a leading slash, both sorted; without those of nobody.

        Directories are left out unless they are asked for: several elements have them.
        """
        found: dict[str, list[str]] = {}
        for row in self.rows:
            if row.element is not None and (directories or not isinstance(row.node, Directory)):
                found.setdefault(row.element, []).append(f"/{row.path}")
        return {name: sorted(paths) for name, paths in sorted(found.items())}


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """A path whose element is another one than a map says, or that only one of both has."""

    path: str
    """With a leading slash."""
    before: str | None
    """The element in the map; None where it lacks the path."""
    now: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift(Displayable):
    """How a map of files to elements differs from the present one; empty when it does not."""

    element: ElementName
    moved: tuple[Moved, ...]
    """By path."""
    gaps: tuple[Gap, ...] = field(default=(), repr=False)

    def __iter__(self) -> Iterator[Moved]:
        return iter(self.moved)

    def __len__(self) -> int:
        return len(self.moved)


@paused_collector()
def owners(layers: Layers, name: str, *, location: str | None = None) -> Ownership:
    """Return which element each path of a layer is from.

    A path of a compose or filter is from the element whose file it is, however many composes and
    filters lie between. A script is asked for a location that it stages something at; without
    one, for what it has itself.

    Raises:
        SelectionError: there is no such element (`unknown-element`), or it stages nothing at the
            location (`unknown-location`).
    """
    element = layers.graph[name]
    if location is None:
        contents = layers.contents(element.name)
        tree, gaps = contents.tree, contents.gaps
        if element.kind not in COMPOSED:
            rows = tuple(
                Owned(path, node, element.name, element.project_name, "element")
                for path, node in contents.entries()
            )
            return Ownership(element=element.name, location=None, rows=rows, gaps=gaps)
        root = collected(layers.graph, element)
    else:
        staging = layers.staged(element.name)
        if location not in (place.path for place in staging.locations):
            raise _no_location(staging, location)
        tree, gaps, root = staging.tree(location), staging.gaps, location
    found = _Resolver(layers)
    rows = tuple(found.rows(element.name, tree, root))
    staged = layers.staged(element.name).gaps
    return Ownership(
        element=element.name,
        location=location,
        rows=rows,
        gaps=tuple(dict.fromkeys((*gaps, *(staged if found.unknown else ())))),
    )


def drift(ownership: Ownership, known: Mapping[str, str]) -> Drift:
    """Return how `known`, path -> element, differs from the present ownership.

    Paths may have a leading slash or not. Elements may be named in full or as BuildStream names
    them in their own project; directories are not compared, and what is of no known element now
    neither.
    """
    before = {f"/{path.strip('/')}": name for path, name in known.items()}
    # A map may have directories, and does not say which paths are some.
    skipped = {parent for path in before for parent in _parents(path)}
    now: dict[str, str] = {}
    for row in ownership:
        if row.element is None or isinstance(row.node, Directory):
            skipped.add(f"/{row.path}")
        else:
            now[f"/{row.path}"] = row.element
    before = {path: name for path, name in before.items() if path not in skipped}
    moved = [
        Moved(path=path, before=before.get(path), now=now.get(path))
        for path in sorted(before.keys() | now.keys())
        if not _same(before.get(path), now.get(path))
    ]
    return Drift(element=ownership.element, moved=tuple(moved), gaps=ownership.gaps)


def _parents(path: str) -> Iterator[str]:
    """Yield the directories that a path lies in, the root left out."""
    while path := path.rpartition("/")[0]:
        yield path


def _same(before: str | None, now: str | None) -> bool:
    if before is None or now is None:
        return before == now
    return before == now or now.endswith(f":{before}")


class _Resolver:
    """Follows paths through composes and filters down to the element that has them."""

    def __init__(self, layers: Layers) -> None:
        self._layers = layers
        self._projects: dict[ElementName, str] = {}
        self._incomplete: dict[ElementName, bool] = {}
        self._known_ends: dict[ElementName, str | None] = {}
        self.unknown = False
        """Whether the element of some path was not found for lack of somebody's files."""

    def rows(self, name: ElementName, tree: Directory, root: str) -> Iterator[Owned]:
        for path, node, owner in self._layers.staged(name).owned(tree, root):
            if owner is None:
                staged = self._layers.staged(name)
                made = staged.root.owner(f"{root}/{path}") == INTEGRATION
                how: How = "commands" if made or not self._lacks(name) else "unknown"
                yield Owned(path, node, None, "", how)
                continue
            element, place = owner
            ends = self._ends(element)
            if ends is not None:
                yield Owned(path, node, element, ends, "element")
                continue
            found, how = self._followed(element, inside(root, path, place))
            yield Owned(path, node, found, self._project(found), how)

    def _ends(self, name: ElementName) -> str | None:
        """Return the project of an element where every path ends; None where it may lead on."""
        if name not in self._known_ends:
            element = self._layers.graph.get(name)
            leads_on = element is not None and element.kind in LEADING_ON
            self._known_ends[name] = None if leads_on else self._project(name)
        return self._known_ends[name]

    def _followed(self, name: ElementName, path: str) -> tuple[ElementName | None, How]:
        end, has_it = self._layers.provider(name, path)
        if has_it:
            return end, "element"
        return None, "unknown" if self._lacks(end) else "commands"

    def _lacks(self, name: ElementName) -> bool:
        """Return whether the files of something that `name` stages are not known."""
        if name not in self._incomplete:
            self._incomplete[name] = bool(self._layers.staged(name).gaps)
        self.unknown |= self._incomplete[name]
        return self._incomplete[name]

    def _project(self, name: ElementName | None) -> str:
        if name is None:
            return ""
        if name not in self._projects:
            element = self._layers.graph.get(name)
            self._projects[name] = element.project_name if element else ""
        return self._projects[name]


def _no_location(staging: Staging, location: str) -> SelectionError:
    known = ", ".join(place.path for place in staging.locations)
    return SelectionError(
        "unknown-location",
        f"'{staging.element}' stages nothing at {location}",
        fix=f"it stages at: {known}" if known else "it stages nothing at all",
    )
