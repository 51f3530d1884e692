"""One project while it is loaded: project.conf in its two passes, and what they give.

The first pass knows no include across a junction and serves junction and link elements only; the
second pass is made when it is first needed, the parent project's before it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Final, Literal, Protocol, cast
from urllib.parse import quote

from bstgraph.errors import ProjectError, Slug
from bstgraph.model import Source, Workspace
from bstgraph.names import ElementName
from bstgraph.project._conf_rules import (
    RESTRICTED,
    check_keys,
    check_origin,
    check_remotes,
    check_shell,
    check_version,
    limited_jobs,
    no_project,
    scalars,
)
from bstgraph.project._depends import Entry
from bstgraph.project._includes import (
    IncludeProject,
    IncludeReader,
    IncludeTrace,
    MissingJunctionError,
)
from bstgraph.project._options import OptionPool, check_symbol
from bstgraph.project._paths import project_path, require_inside
from bstgraph.project._plugins import Plugins
from bstgraph.project._refs import Refs, RefStorage, load_refs
from bstgraph.project._session import Session
from bstgraph.project._workspaces import OpenWorkspace
from bstgraph.provenance import Provenance
from bstgraph.variables import VariableTable
from bstgraph.yaml import (
    MappingNode,
    Node,
    ScalarNode,
    SourceFile,
    compose,
    parse,
    reject_directives,
    synthetic,
)

_PROTECTED: Final = ("project-name", "element-name", "max-jobs")
_EMPTY: Final = MappingNode({}, None, 0, 0)
_JUNCTION_KEYS: Final = ("path", "options", "overrides", "aliases", "map-aliases")

SuppliedBy = Literal["mapping", "workspace", "local", "git", "missing"]


@cache
def project_defaults() -> MappingNode:
    """Return what BuildStream puts under every project.conf."""
    text = files("bstgraph.project").joinpath("defaults", "project.yaml").read_text("utf-8")
    return parse(SourceFile("BuildStream:project.yaml", text))


@dataclass(slots=True, kw_only=True)
class Pass:
    """What one pass over project.conf gave."""

    root: MappingNode
    options: OptionPool
    variables: dict[str, ScalarNode]
    protected: dict[str, Node]
    """Variables that only BuildStream may set, where a file sets them."""
    elements: MappingNode
    sources: MappingNode
    aliases: Mapping[str, str]
    mirrors: list[object]
    table: VariableTable


class Finder(Protocol):
    """What the parts of a load ask of the whole; the Loader is it."""

    session: Session
    toplevel: ProjectState
    toplevel_directory: str
    workspaces: Mapping[str, OpenWorkspace]
    """The open workspaces, by full name of the element."""

    def find_project(self, project: ProjectState, path: str, at: Node | None) -> ProjectState:
        """Return the project behind the junctions `path`, as seen from `project`."""

    def peek(self, project: ProjectState, path: str, at: Node | None) -> ProjectState | None:
        """Return the project behind `path` if it is open; links are read, junctions not opened."""

    def overrides(self, project: ProjectState, name: str) -> list[tuple[ProjectState, ScalarNode]]:
        """Return what replaces `name`: (project that says so, target), the topmost last."""

    def kind_of(self, name: str) -> str | None:
        """Return the kind of a loaded element, None for one that is not at hand."""

    def note(self, element: LoadElement, claim: str, told: tuple[str, str, str], at: Node) -> None:
        """Keep a form of the runbook that was accepted; `told` as in the loader."""


class LoadElement:
    """An element file that was read; its dependencies are resolved later."""

    def __init__(self, loader: Finder, project: ProjectState, name: str, node: MappingNode) -> None:
        """Keep the file's content, conditionals and includes applied."""
        self.loader = loader
        self.project = project
        self.name = name
        self.node = node
        self.full_name = project.full_name(name)
        self.kind = node.text("kind")
        self.entries: list[Entry] = []
        self.walked = False
        self.opened = False
        """Whether this is a junction behind which a project was read."""
        self.link_target: ScalarNode | None = None
        self.followed = False
        """Whether something goes through this link."""
        self.workspace: OpenWorkspace | None = loader.workspaces.get(self.full_name)
        self.gaps: list[str] = []
        self.files: set[str] = set()
        """The files that were included, as messages call them."""
        self.runbook_paths: dict[str, tuple[str, ...]] = {}
        self.runbook_places: dict[str, Provenance | None] = {}
        self.junction: JunctionElement | None = None


class JunctionElement:
    """A junction element, configured."""

    def __init__(
        self, element: LoadElement, config: MappingNode, sources: tuple[Source, ...]
    ) -> None:
        """Read its config; raise ProjectError."""
        config.only(_JUNCTION_KEYS)
        self.project: ProjectState = element.project
        self.node = element.node
        self.local_name = element.name
        self.name = element.full_name
        self.sources = sources
        self.path = config.text("path")
        self.options = config.mapping("options") or _EMPTY
        overrides = config.mapping("overrides") or _EMPTY
        self.overrides: dict[str, ScalarNode] = {}
        for key, target in overrides.entries.items():
            if target.as_str() == self.local_name:
                raise target.error(
                    "invalid-junction", f"'{key}' is overridden with the junction itself"
                )
            self.overrides[key] = cast("ScalarNode", target)
        self._aliases = config.mapping("aliases") or _EMPTY
        strategy = config.text("map-aliases", "none")
        if strategy not in ("none", "identity"):
            raise config.require("map-aliases").error(
                "invalid-data", f"'{strategy}' is no alias mapping", fix="write none or identity"
            )
        self._identity = strategy == "identity"
        self.directory: Path | None = None
        self.workspace: Workspace | None = None
        self.supplied_by: SuppliedBy = "missing"
        self.gaps: list[str] = []
        self.project_gaps: list[str] = []
        """Why the project behind it may be another one for BuildStream."""
        self.left_out: list[str] = []
        """Paths that BuildStream would find in the project and that the checkout lacks; an empty
        one stands for any."""

    def parent_alias(self, alias: str) -> str | None:
        """Return the alias of the parent project that stands for `alias`, None for none."""
        if alias in self._aliases:
            return self._aliases.text(alias)
        return alias if self._identity else None

    def error(self, slug: Slug, message: str) -> ProjectError:
        """Return an error at the junction element."""
        return ProjectError(slug, message, at=self.node.provenance)


class ProjectState:
    """A project, its project.conf as far as it was needed, and the elements found in it."""

    def __init__(
        self,
        loader: Finder,
        directory: str,
        *,
        junction: JunctionElement | None,
        asked: Node | None,
    ) -> None:
        """Read project.conf and make the first pass; raise ProjectError."""
        self.loader = loader
        self.session: Session = loader.session
        self.directory = directory
        self.real_directory = os.path.realpath(directory)
        self.junction = junction
        self.junction_name = junction.name if junction is not None else ""
        self.parent: ProjectState | None = junction.project if junction is not None else None
        self.other_parents: list[ProjectState] = []
        self.gaps: list[str] = list(junction.project_gaps) if junction is not None else []
        self.files: set[str] = set()
        self.elements: dict[str, LoadElement] = {}
        self.links: dict[str, str] = {}
        self.link_lengths: set[int] = set()
        self.found: dict[str, ProjectState] = {}
        self.searching: set[str] = set()
        self.refs = self.junction_refs = Refs()
        self.source_overrides: dict[str, MappingNode | None] = {}
        self.second: Pass | None = None
        self._checks: list[Callable[[], None]] = []
        self._second_begun = False
        self._failure: ProjectError | None = None
        self._read(asked)

    def __repr__(self) -> str:
        return f"<ProjectState {self.junction_name or '(toplevel)'}>"

    def shown(self, path: str) -> str:
        """Return how a file of this project is called in messages."""
        relative = os.path.relpath(path, self.directory)
        if relative.startswith(".."):
            relative = path
        return f"{self.junction_name}:{relative}" if self.junction_name else relative

    @property
    def options(self) -> OptionPool:
        """The options in force for ordinary elements."""
        return (self.second or self.first).options

    def gap(self, text: str) -> None:
        """Note what could not be known about this project."""
        if text not in self.gaps:
            self.gaps.append(text)

    # -- project.conf, as written ------------------------------------------------------------

    def _read(self, asked: Node | None) -> None:
        path = os.path.join(self.directory, "project.conf")
        shown = self.shown(path)
        place = asked.provenance if asked is not None else None
        if not self.session.has(path, shown):
            junction_path = self.junction.path if self.junction is not None else ""
            raise no_project(self.directory, self.junction_name, junction_path, place)
        # What an error shows of a file behind a link must not come from outside either.
        real = require_inside(path, self.real_directory, self.session.allowed, name=shown, at=place)
        at = Provenance(shown, 1, 1)
        self.conf = self.session.parse(
            self.session.read(real, shown, project=self.directory, at=at)
        )
        raw = compose(project_defaults(), self.conf)
        self.min_version = check_version(raw)
        check_keys(raw)
        self.name = self.conf.require("name").as_str()
        check_symbol(raw.require("name"), self.name, "project name", dashes=True)
        self._read_raw(raw)
        self._include = IncludeReader(self, self._find_for_include)
        # One reader for all elements: it keeps what it parsed (see IncludeReader).
        self.element_includes = IncludeReader(self, self._find_for_include)
        conf = self._include.process(self.conf, only_local=True, conditionals=False)
        conf = compose(project_defaults(), conf)
        self.plugins = Plugins(
            conf.sequence("plugins"),
            session=self.session,
            directory=self.directory,
            shown=self.shown,
            find_plugins=self._find_plugins,
        )
        self.first = self._pass(conf, partial=True)
        if self.ref_storage == "project.refs":
            self.junction_refs = self._load_refs("junction.refs", self.first.options)

    def _read_raw(self, raw: MappingNode) -> None:
        """Take the keys that are read before includes and conditionals."""
        element_path = cast("ScalarNode", raw.require("element-path"))
        self.element_path = element_path.as_str()
        self.element_directory = os.path.normpath(
            project_path(element_path, self.directory, root=self.real_directory, kind="directory")
        )
        defaults = raw.require("defaults").as_mapping()
        defaults.only(("targets",))
        self.default_targets = tuple(defaults.texts("targets"))
        self.target_places = dict(
            zip(self.default_targets, defaults.sequence("targets"), strict=True)
        )
        self.fatal_warnings = raw.texts("fatal-warnings")
        junctions = raw.mapping("junctions") or _EMPTY
        junctions.only(("duplicates", "internal", "disallow-subproject-uris"))
        self.disallow_uris = junctions.flag("disallow-subproject-uris")
        if self.parent is not None and self.parent.disallow_uris:
            self.disallow_uris = True
            if "unaliased-url" not in self.fatal_warnings:
                self.fatal_warnings.append("unaliased-url")
        # Whether these are lists is only looked at when there is a conflict.
        self.duplicates = junctions.mapping("duplicates") or _EMPTY
        self.internal = junctions.texts("internal")
        storage = raw.require("ref-storage")
        if storage.as_str() not in ("inline", "project.refs"):
            raise storage.error(
                "invalid-data",
                f"'{storage.as_str()}' is no ref storage",
                fix="write inline or project.refs",
            )
        self.ref_storage = cast("RefStorage", storage.as_str())

    def _load_refs(self, name: str, options: OptionPool) -> Refs:
        path = os.path.join(self.directory, name)
        return load_refs(self.session, path, self.shown(path), options)

    # -- the two passes ----------------------------------------------------------------------

    def complete(self, at: Node | None = None) -> None:
        """Make the second pass, the parent's before it, unless it was made.

        Raises:
            ProjectError: what is wrong in project.conf; `junction-loop` when this project's
                second pass needs itself.
        """
        if self._failure is not None:
            raise self._failure
        if self._second_begun:
            return
        try:
            self._complete(at)
        except ProjectError as error:
            # Not "is needed to read itself" for every element that comes after.
            self._failure = error
            raise

    def _complete(self, at: Node | None) -> None:
        if self.parent is not None:
            self.parent.complete(at)
        if not self._begin():
            # An include of the parent has asked for this project in the meantime.
            return
        trace = IncludeTrace(files=self.files, gaps=self.gaps)
        conf = self._include.process(self.conf, conditionals=False, trace=trace)
        conf = compose(project_defaults(), conf)
        second = self._pass(conf, partial=False)
        check_keys(second.root)
        check_origin(second.root, self.conf.file)
        self._read_second(second)
        self.second = second
        if self.ref_storage == "project.refs":
            self.refs = self._load_refs("project.refs", second.options)
        while self._checks:
            self._checks.pop(0)()

    def when_complete(self, check: Callable[[], None]) -> None:
        """Call `check` once the second pass is made: now, or then."""
        if self.second is not None:
            check()
        else:
            self._checks.append(check)

    def _begin(self) -> bool:
        """Return whether the second pass is still to be made; from now on it is not."""
        begun, self._second_begun = self._second_begun, True
        return not begun

    def ready(self, at: Node) -> Pass:
        """Return the second pass; raise ProjectError (`junction-loop`) while it is being made."""
        self.complete(at)
        if self.second is None:
            raise at.error(
                "junction-loop", f"the project.conf of '{self.name}' is needed to read itself"
            )
        return self.second

    def base_table(self, node: Node) -> VariableTable:
        """Return the base variables that an include across the junction is expanded with."""
        return self.ready(node).table

    def _pass(self, conf: MappingNode, *, partial: bool) -> Pass:
        options = OptionPool(self._bad_expression)
        options.declare(
            conf.mapping("options") or _EMPTY, self.session.machine, self.element_directory
        )
        # An option may be declared in a file that is not at hand.
        if self.junction is not None:
            options.set_nodes(self.junction.options, partial=bool(self.gaps))
        else:
            options.set_texts(self.session.request.options, partial=partial or bool(self.gaps))
        options.validate()
        root = options.apply(conf, RESTRICTED)
        elements = root.mapping("elements") or _EMPTY
        sources = root.mapping("sources") or _EMPTY
        rest = root.without("elements", "sources")
        reject_directives(rest)
        variables, protected = self._base_variables(rest, options)
        # BuildStream looks at notparallel here too, and at the element's own again later.
        serial = limited_jobs(variables)
        table = VariableTable(serial, mode="partial", budget=self.session.budget)
        aliases, mirrors = self._aliases(rest, serial)
        return Pass(
            root=rest,
            options=options,
            variables=variables,
            protected=protected,
            elements=elements,
            sources=sources,
            aliases=aliases,
            mirrors=mirrors,
            table=table,
        )

    def _bad_expression(self, error: ProjectError) -> None:
        if not self.gaps:
            raise error
        self.gap(f"{error.at}: {error.message}; taken as false")

    def _base_variables(
        self, root: MappingNode, options: OptionPool
    ) -> tuple[dict[str, ScalarNode], dict[str, Node]]:
        entries = (root.mapping("variables") or _EMPTY).entries
        protected: dict[str, Node] = {name: entries[name] for name in _PROTECTED if name in entries}
        texts = {
            "project-name": self.name,
            "max-jobs": str(self.session.machine.max_jobs),
            **options.exports(),
        }
        made = {name: cast("ScalarNode", synthetic(text)) for name, text in texts.items()}
        return {**scalars(entries), **made}, protected

    def _aliases(
        self, root: MappingNode, variables: dict[str, ScalarNode]
    ) -> tuple[dict[str, str], list[object]]:
        top = self.loader.toplevel_directory
        places = {
            "project-root": self.directory,
            "toplevel-root": top,
            "project-root-uri": "file://" + quote(os.fsencode(self.directory)),
            "toplevel-root-uri": "file://" + quote(os.fsencode(top)),
        }
        made = {name: cast("ScalarNode", synthetic(text)) for name, text in places.items()}
        table = VariableTable({**variables, **made}, mode="partial", budget=self.session.budget)
        if self.gaps:
            table.mode = "lenient"
        aliases = root.mapping("aliases") or _EMPTY
        mirrors = [table.data(item.as_mapping()) for item in root.sequence("mirrors")]
        # One of another type is an error where it is used, and there it is not defined.
        texts = {k: v for k, v in aliases.entries.items() if isinstance(v, ScalarNode)}
        return {name: table.text(node) for name, node in texts.items()}, mirrors

    def _read_second(self, second: Pass) -> None:
        root = second.root
        self.environment = root.require("environment").as_mapping()
        self.environment_nocache = root.texts("environment-nocache")
        self.sandbox = root.require("sandbox").as_mapping()
        self.split_rules = root.require("split-rules").as_mapping()
        if root.flag("fail-on-overlap") and "overlaps" not in self.fatal_warnings:
            self.fatal_warnings.append("overlaps")
        check_shell(root)
        check_remotes(root)
        attributes = root.require("source-provenance-attributes").as_mapping()
        written = self.conf.get("source-provenance-attributes")
        own = set(written.as_mapping()) if written is not None else set(attributes)
        # A project's own attributes replace the built-in ones.
        self.provenance_attributes = own if written is not None else set(attributes)

    # -- other projects ----------------------------------------------------------------------

    def _find_for_include(self, project: IncludeProject, junction: str, at: Node) -> IncludeProject:
        found = self.loader.find_project(cast("ProjectState", project), junction, at)
        found.complete(at)
        if found is self and self.second is None:
            raise at.error("junction-loop", f"'{junction}' is the project that is being read")
        if found.gaps and found.second is None:
            raise MissingJunctionError(junction, found.gaps[0])
        return found

    def _find_plugins(self, junction: str, at: Node) -> Plugins:
        return self.loader.find_project(self, junction, at).plugins

    def ancestors(self) -> list[ProjectState]:
        """Return the projects above this one, through every way that led here."""
        seen: list[ProjectState] = []
        waiting = [*([self.parent] if self.parent else []), *self.other_parents]
        while waiting:
            project = waiting.pop(0)
            if project not in seen:
                seen.append(project)
                if project.parent is not None:
                    waiting.insert(0, project.parent)
        return seen

    def full_name(self, local: str) -> ElementName:
        """Return the full name of an element of this project."""
        return ElementName(f"{self.junction_name}:{local}" if self.junction_name else local)
