"""What an element stages before it is built: which elements, where, and who wins.

The rules are those of BuildStream's `_elementproxy`, `element.py` (`stage_dependency_artifacts`)
and `_overlapcollector.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from bstgraph import kinds
from bstgraph.globs import GlobError, matcher, parse
from bstgraph.graph import Graph
from bstgraph.images import SCRIPT_KINDS, staged_locations
from bstgraph.kinds import ElementView, KeyGapError, ScriptKind
from bstgraph.layers._staging import Root, StagingError
from bstgraph.layers._values import INTEGRATION, Command, Found, Gap, Location, Overlap, Staging
from bstgraph.model import Element
from bstgraph.names import ElementName
from bstgraph.scopes import Scope


def texts(public: object, *keys: str) -> tuple[str, ...]:
    """Return the list of texts at `keys` of public data; none where it has another shape."""
    found: object = public
    for key in keys:
        found = found.get(key) if isinstance(found, dict) else None
    if not isinstance(found, Sequence) or isinstance(found, str):
        return ()
    return tuple(text for text in found if isinstance(text, str))


def _script_rules(graph: Graph, element: Element) -> tuple[type[ScriptKind] | None, ElementView]:
    """Return the rules of a script-like kind, None for another or unknown one, and their view."""
    rules = kinds.element_rules(element.kind, element.plugin).checked
    view = ElementView(element=element, settings=element.settings, find=graph.get)
    return rules if rules is not None and issubclass(rules, ScriptKind) else None, view


def layout(graph: Graph, element: Element) -> tuple[Location, ...]:
    """Return what `element` stages where, in the order in which BuildStream does it.

    A compose stages its build scope at the root, a filter its one build dependency, an import
    nothing; any other kind each location with what is needed there at run time. Scripts and what
    is like them know the locations themselves.

    Raises:
        KeyGapError: what is staged where cannot be known, as where a stack is not at hand.
    """
    direct = [dependency for dependency in element.dependencies if dependency.build]
    rules = kinds.element_rules(element.kind, element.plugin).checked
    if rules is not None and not rules.stages:
        return ()
    match element.kind:
        case "filter":
            return (Location(path="/", elements=tuple(entry.name for entry in direct)),)
        case "compose":
            scope = graph.staging_order([element.name], scope=Scope.BUILD)
            return (Location(path="/", elements=scope.names),)
    members: dict[str, list[ElementName]] = {}
    script, view = _script_rules(graph, element)
    if script is not None:
        for place in script.places(view):
            members.setdefault(place.location, []).append(place.name)
    else:
        for entry in direct:
            for location in staged_locations(entry):
                members.setdefault(location, []).append(entry.name)
    return tuple(
        Location(
            path=location, elements=graph.staging_order(members[location], scope=Scope.RUN).names
        )
        for location in sorted(members)
    )


def collected(graph: Graph, element: Element) -> str:
    """Return the directory of the sandbox that becomes the artifact of a compose or script."""
    if element.kind in {"compose", "filter"}:
        return "/"
    script, view = _script_rules(graph, element)
    if script is not None:
        return script.install_root(view)
    return element.variables.get("install-root") or "/"


def integrates(element: Element, location: str) -> bool:
    """Return whether integration commands of what is staged at `location` are run."""
    match element.kind:
        case "compose":
            return bool(getattr(element.settings, "integrate", True))
        case "filter" | "import" | "stack":
            return False
    return location == "/"


@dataclass(slots=True, kw_only=True)
class _Session:
    """The overlaps of one location, as BuildStream collects them."""

    location: str
    first: int
    """The number of the first owner of this session."""
    overlaps: dict[str, list[int]] = field(default_factory=dict)

    def overwritten(self, path: str, before: int, owner: int) -> None:
        """Note that `owner` replaces at `path` what `before` staged."""
        order = self.overlaps.setdefault(path, [])
        if not order and before >= self.first:
            order.append(before)
        order.append(owner)


class Stager:
    """Stages what one element needs; `find` gives the files of any other element."""

    def __init__(self, element: Element, find: Callable[[ElementName], Found | None]) -> None:
        """Begin with an empty root."""
        self._element = element
        self._find = find
        self._root = Root()
        self._owners: list[tuple[ElementName, str]] = []
        self._overlaps: list[Overlap] = []
        self._unstaged: list[tuple[ElementName, str]] = []
        self._commands: list[Command] = []
        self._gaps: dict[Gap, None] = {}
        self._earlier: dict[str, tuple[ElementName, str]] = {}

    def staging(self, locations: Sequence[Location], *, gap: str = "") -> Staging:
        """Return what is there when all of `locations` are staged; `gap` is why some are not."""
        if gap:
            self._gaps[Gap(self._element.name, gap)] = None
        failure = None
        try:
            for location in locations:
                self._session(location)
        except StagingError as error:
            name, place = self._owners[-1]
            where = "/" + "/".join(filter(None, (place.strip("/"), error.path)))
            failure = f"staging '{name}' fails at {where}: {error.reason}"
        if self._commands and failure is None:
            self._root.make_root_folders(INTEGRATION)
        return Staging(
            element=self._element.name,
            locations=tuple(locations),
            overlaps=tuple(self._overlaps),
            unstaged=tuple(self._unstaged),
            commands=tuple(self._commands),
            gaps=tuple(self._gaps),
            failure=failure,
            root=self._root,
            owners=tuple(self._owners),
        )

    def _session(self, location: Location) -> None:
        session = _Session(location=location.path, first=len(self._owners))
        for name in location.elements:
            found = self._find(name)
            if found is None:
                self._gaps[Gap(name, "it lies in a junction whose files are not at hand")] = None
                continue
            self._gaps.update(dict.fromkeys(found.contents.gaps))
            if found.contents.failure:
                self._gaps[Gap(name, found.contents.failure)] = None
            self._owners.append((name, location.path))
            self._stage(session, found)
            if integrates(self._element, location.path):
                self._commands += commands(name, found.public)
        self._overlaps += self._told(session)

    def _stage(self, session: _Session, found: Found) -> None:
        owner = len(self._owners) - 1
        replaced = self._root.stage(found.contents.tree, owner, session.location)
        for path, before in replaced.overwritten:
            if before < session.first and path not in session.overlaps:
                self._earlier[path] = self._owners[before]
            session.overwritten(path, before, owner)
        name = found.contents.element
        place = session.location.strip("/")
        self._unstaged += [(name, f"{place}/{p}".lstrip("/")) for p in replaced.ignored]
        for path in replaced.untold:
            text = f"whether '{path}' is a directory is not known"
            self._gaps[Gap(name, text)] = None

    def _told(self, session: _Session) -> Iterator[Overlap]:
        allowed: dict[int, Callable[[str], bool]] = {}
        for path, order in sorted(session.overlaps.items()):
            across = self._earlier.pop(path, None) if len(order) == 1 else None
            above = order if across else order[1:]
            for owner in above:
                if owner not in allowed:
                    allowed[owner] = self._whitelist(self._owners[owner][0])
            refused = above if across else [o for o in above if not allowed[o](f"/{path}")]
            names = [self._owners[owner][0] for owner in order]
            yield Overlap(
                path=path,
                location=session.location,
                elements=((across[0],) if across else ()) + tuple(names),
                refused=tuple(self._owners[owner][0] for owner in refused),
                across=across[1] if across else None,
            )

    def _whitelist(self, name: ElementName) -> Callable[[str], bool]:
        """Return what tells whether `name` may overlap a path (`overlap-whitelist`)."""
        found = self._find(name)
        public: object = found.public if found else {}
        try:
            return matcher(parse(text) for text in texts(public, "bst", "overlap-whitelist"))
        except GlobError as error:
            self._gaps[Gap(name, f"its overlap-whitelist cannot be read: {error}")] = None
            return matcher(())


def commands(name: ElementName, public: object) -> Iterable[Command]:
    """Return the integration commands in the public data of an element, in order."""
    return (Command(name, text) for text in texts(public, "bst", "integration-commands"))


def own_commands(graph: Graph, element: Element) -> tuple[Command, ...]:
    """Return the commands of a script, or of what builds its sources, in order."""
    groups: Iterable[object] = (
        value
        for key, value in element.config.items()
        if element.kind in SCRIPT_KINDS or key.endswith("-commands")
    )
    script, view = _script_rules(graph, element)
    try:
        known = script.commands(view) if script is not None else None
    except KeyGapError:
        # What the config says is left; that something is not known, `layout` tells.
        known = None
    if known is not None:
        groups = known.values()
    lists = (one for one in groups if isinstance(one, Sequence) and not isinstance(one, str))
    listed = (text for group in lists for text in group)
    return tuple(Command(element.name, text, "script") for text in listed if isinstance(text, str))
