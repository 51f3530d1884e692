"""Why a path is in an image, or why not: the first link of its way that lost it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

from bstgraph.display import Displayable
from bstgraph.errors import SelectionError
from bstgraph.files import Directory
from bstgraph.garbage import paused_collector
from bstgraph.globs import GlobError, matcher, parse
from bstgraph.images import SCRIPT_KINDS
from bstgraph.layers._engine import COMPOSED, Layers, image_name
from bstgraph.layers._follow import Follower, Link
from bstgraph.layers._mentions import file_names
from bstgraph.layers._stage import own_commands
from bstgraph.layers._values import Command, Gap
from bstgraph.lookup import resolve
from bstgraph.names import ElementName

Verdict: TypeAlias = Literal["present", "absent", "unknown"]

MOST_PATHS: Final = 100_000
"""Paths that one trace follows; a glob such as `**` matches more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PathTrace:
    """The way of one path of one element."""

    path: str
    element: ElementName | None
    """The element that has it; None for what commands made."""
    present: bool
    links: tuple[Link, ...] = ()
    commands: tuple[Command, ...] = ()
    """The commands on its way that mention it: what they do to it is not known."""

    @property
    def lost(self) -> Link | None:
        """The link that lost it; None for a path that is present."""
        return self.links[-1] if self.links and not self.present else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace(Displayable):
    """Whether an image has what was asked for, and the ways that lead there or end before.

    Present is what has a path that is staged for the image and let through; what commands do to
    it afterwards is known only where an artifact tells.
    """

    what: str
    image: ElementName
    verdict: Verdict
    paths: tuple[PathTrace, ...] = field(repr=False)
    """Those that are present first, then the others; of each in staging order."""
    searched: int
    """Elements whose files were looked at."""
    unknown: tuple[ElementName, ...] = field(default=(), repr=False)
    """Elements on the way to the image whose files are not known: it may be in one of them."""
    commands: tuple[Command, ...] = ()
    """For a path that nothing has: the commands of the image and its layers that mention it."""
    likely: tuple[ElementName, ...] = ()
    """Those of `unknown` whose name or whose commands mention what was asked for."""
    way: tuple[Link, ...] = ()
    """For an element: whether and how it gets into the image as a whole."""
    gaps: tuple[Gap, ...] = field(default=(), repr=False)

    def __bool__(self) -> bool:
        return self.verdict == "present"

    @property
    def present(self) -> tuple[PathTrace, ...]:
        """The paths that the image has."""
        return tuple(path for path in self.paths if path.present)

    @property
    def lost(self) -> tuple[PathTrace, ...]:
        """The paths that it has not."""
        return tuple(path for path in self.paths if not path.present)


@paused_collector()
def trace(layers: Layers, what: str, image: str) -> Trace:
    """Return whether `image` has `what`, and why or why not.

    Args:
        layers: the files of the elements; load all that may have what is looked for.
        what: an element; a path (`/usr/bin/vim`), also through links (`/bin/vim`); a glob over
            whole paths as in split rules (`/usr/lib/**.so`); or the name of a file.
        image: a script with locations, or a compose or filter.

    Raises:
        SelectionError: there is no such image (`unknown-element`), it is none (`no-chain`), or the
            glob cannot be read (`empty-selection`).
    """
    search = _Search(layers, Follower(layers, image_name(layers, image)))
    if what in layers.graph:
        return search.element(ElementName(what))
    if "/" in what and not _is_glob(what):
        same = search.same(what.strip("/"))
        return search.paths(what, same.__contains__)
    return search.paths(what, _wanted(what))


def _wanted(what: str) -> Callable[[str], bool]:
    """Return what tells whether a path, without its leading slash, fits a glob or a name."""
    text = what.strip("/")
    try:
        if not _is_glob(what):
            return _named(text)
        if "/" not in what:
            matches_name = matcher([parse(f"/{what}")])
            return lambda path: matches_name(f"/{path.rpartition('/')[2]}")
        matches = matcher([parse(f"/{text}")])
    except GlobError as error:
        raise SelectionError("empty-selection", f"'{what}' is no glob: {error}") from None
    return lambda path: matches(f"/{path}")


def _is_glob(text: str) -> bool:
    return any(mark in text for mark in "*?[")


def _named(name: str) -> Callable[[str], bool]:
    return lambda path: path.rpartition("/")[2] == name


class _Search:
    """Looks for paths in all elements, and follows them."""

    def __init__(self, layers: Layers, follower: Follower) -> None:
        self._layers = layers
        self._follow = follower
        self._graph = layers.graph

    def same(self, path: str) -> frozenset[str]:
        """Return a path, and where it leads through links of directories in what is staged."""
        found = {path}
        folder, _, name = path.rpartition("/")
        for place in self._follow.places if folder else ():
            led = resolve(self._layers.staged(place.script).tree(place.location), folder)
            if not led.problem:
                found.add(f"{led.resolved}/{name}".lstrip("/"))
        return frozenset(found)

    def paths(self, what: str, wanted: Callable[[str], bool]) -> Trace:
        found = self._staged(wanted)
        taken = {(path.element, path.path) for path in found}
        searched = 0
        reached = self._follow.reached()
        unknown = []
        for name in self._packages(reached):
            if self._graph.get(name) is None:
                unknown.append(name)
                continue
            contents = self._layers.contents(name)
            if not contents.known or contents.gaps:
                unknown += [name] if name in reached else []
            searched += contents.known
            for path, node in contents.entries():
                if wanted(path) and (name, path) not in taken and len(found) < MOST_PATHS:
                    found += self._lost(name, path, directory=isinstance(node, Directory))
        commands = () if found else self._makers(what)
        return self._trace(what, found, searched, tuple(unknown), commands=commands)

    def _makers(self, what: str) -> tuple[Command, ...]:
        """Return the commands that mention what nothing has, and whose work is not known."""
        if _is_glob(what):
            return ()
        path = what.strip("/")
        listed = self._follow.mentions(path if "/" in what else f"./{path}")
        layers = [n for n in self._follow.reached() if self._kind(n) == "compose"]
        built = all(not self._layers.contents(name).commands for name in layers)
        return tuple(each for each in listed if each.kind == "script" or not built)

    def _kind(self, name: ElementName) -> str:
        element = self._graph.get(name)
        return element.kind if element is not None else ""

    def element(self, name: ElementName) -> Trace:
        contents = self._layers.contents(name)
        found = [self._followed(name, path) for path, _ in contents.entries()]
        unknown = () if contents.known else (name,)
        way = self._follow.links(name, "")
        return self._trace(name, found, int(contents.known), unknown, way=way)

    def _trace(
        self,
        what: str,
        found: list[PathTrace],
        searched: int,
        unknown: tuple[ElementName, ...],
        *,
        way: tuple[Link, ...] = (),
        commands: tuple[Command, ...] = (),
    ) -> Trace:
        found.sort(key=lambda path: not path.present)
        verdict: Verdict = "present" if any(path.present for path in found) else "absent"
        if verdict == "absent" and way and not (way[-1].lost or found or unknown):
            verdict = "present"  # such as a stack: it has no files, and it is on the way
        if verdict == "absent" and (unknown or commands) and not (way and way[-1].lost):
            verdict = "unknown"
        gaps = self._follow.gaps()
        if len(found) >= MOST_PATHS:
            text = f"no more than {MOST_PATHS:,} paths are followed, and there may be more"
            gaps = (Gap(self._follow.image, text), *gaps)
        return Trace(
            what=what,
            image=self._follow.image,
            verdict=verdict,
            paths=tuple(found),
            searched=searched,
            unknown=unknown,
            commands=commands,
            likely=self._likely(unknown, what),
            way=way,
            gaps=gaps,
        )

    def _likely(self, names: tuple[ElementName, ...], what: str) -> tuple[ElementName, ...]:
        """Return which elements have the file name of `what` as their name, then in a command."""
        file = what.strip("/").rpartition("/")[2]
        if not file or _is_glob(file):
            return ()
        named, mention = [], []
        for name in names:
            element = self._graph.get(name)
            if element is None:
                continue
            if element.local_name.rpartition("/")[2].removesuffix(".bst") == file:
                named.append(name)
            elif any(
                file in file_names(command.text) for command in own_commands(self._graph, element)
            ):
                mention.append(name)
        return (*named, *mention)

    def _packages(self, reached: frozenset[ElementName]) -> Iterator[ElementName]:
        """Yield what may have files of its own; scripts and external elements on the way only."""
        for name in self._graph:
            element = self._graph.get(name)
            if element is None or element.kind in SCRIPT_KINDS:
                if name in reached:
                    yield name
            elif element.kind not in {*COMPOSED, "stack", "junction"}:
                yield name

    def _staged(self, wanted: Callable[[str], bool]) -> list[PathTrace]:
        """Return the paths that are in the image, with their ways."""
        found: dict[tuple[ElementName | None, str], PathTrace] = {}
        for place in self._follow.places:
            for path, _, owner in self._follow.at(place):
                if not wanted(path) or (owner, path) in found or len(found) >= MOST_PATHS:
                    continue
                if not self._follow.hidden(place, path):
                    way = self._follow.links(owner, path) if owner is not None else ()
                    found[owner, path] = PathTrace(
                        path=path,
                        element=owner,
                        present=not (way and way[-1].lost),
                        links=way,
                        commands=self._follow.mentions(path),
                    )
        return list(found.values())

    def _lost(self, name: ElementName, path: str, *, directory: bool) -> list[PathTrace]:
        """Return the way of a path that the image does not have from this element."""
        traced = self._followed(name, path)
        # Of a directory that several elements have, one way is enough.
        return [] if directory and traced.present else [traced]

    def _followed(self, name: ElementName, path: str) -> PathTrace:
        links = self._follow.links(name, path)
        present = bool(links) and not links[-1].lost
        commands = self._follow.mentions(path) if present or links[-1].action == "removes" else ()
        return PathTrace(path=path, element=name, present=present, links=links, commands=commands)
