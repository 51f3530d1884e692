"""The walk over all files: elements, the projects behind junctions, links and overrides.

The order in which files are read is BuildStream's (`_loader/loader.py`), because what an include
gives can depend on who read it first. The only recursion is through junctions and links, and it
is bounded.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from bstgraph import names
from bstgraph.errors import ProjectError, did_you_mean
from bstgraph.model import DialectNote
from bstgraph.names import ElementName
from bstgraph.project._depends import Entry, read_dependencies
from bstgraph.project._dialect import accept_runbook, explain_forms
from bstgraph.project._elements import ElementResolver
from bstgraph.project._includes import IncludeTrace, MissingJunctionError
from bstgraph.project._junctions import Checkouts, locate
from bstgraph.project._links import add_link, local_override
from bstgraph.project._paths import element_files, require_inside
from bstgraph.project._session import Session
from bstgraph.project._sources import read_staged
from bstgraph.project._state import JunctionElement, LoadElement, ProjectState
from bstgraph.project._workspaces import read_workspaces
from bstgraph.variables import VariableTable
from bstgraph.yaml import Node, ScalarNode, SourceFile

MAX_JUNCTIONS: Final = 24
"""Deepest nesting of projects that is followed."""

MAX_PROJECTS: Final = 300
"""Most projects that are opened; two junctions in each of 20 nested ones lead to a million."""

_MAX_LINKS: Final = 40
_KEYS: Final = (
    "kind depends build-depends runtime-depends sources sandbox variables environment "
    "environment-nocache config public description"
).split()


class Loader:
    """Loads the files of one request."""

    def __init__(self, session: Session, checkouts: Checkouts) -> None:
        """Read the toplevel project.conf; raise ProjectError."""
        self.session = session
        self.checkouts = checkouts
        self.resolver = ElementResolver()
        self.projects: list[ProjectState] = []
        self.junctions: dict[str, JunctionElement] = {}
        self.externals: dict[ElementName, MissingJunctionError] = {}
        self.loaded: dict[ElementName, LoadElement] = {}
        self.overrides_met: set[int] = set()
        """The ids of the targets of overrides that something was replaced by."""
        self._links_open = 0
        self.toplevel_directory = session.request.directory
        self.workspaces = read_workspaces(self.toplevel_directory, session.allowed)
        self.toplevel = ProjectState(self, session.request.directory, junction=None, asked=None)
        self.projects.append(self.toplevel)

    def kind_of(self, name: str) -> str | None:
        """Return the kind of a loaded element, None for one that is not at hand."""
        element = self.loaded.get(ElementName(name))
        return element.kind if element is not None else None

    # -- targets and their dependencies, depth first ------------------------------------------

    def load(self, targets: tuple[str, ...]) -> list[ElementName]:
        """Load `targets` and all they need; errors that do not stop the rest are reported."""
        found: list[ElementName] = []
        places = {} if self.session.request.targets else self.toplevel.target_places
        for target in targets:
            try:
                resolved = self._resolve_text(self.toplevel, target, places.get(target))
            except ProjectError as error:
                self.session.report(error)
                continue
            if isinstance(resolved, LoadElement):
                self._walk(resolved)
                found.append(resolved.full_name)
            else:
                found.append(resolved)
        return list(dict.fromkeys(found))

    def _refuse_junction(self, element: LoadElement, entry: Entry, found: LoadElement) -> None:
        """Report a dependency on a junction, where BuildStream notices it.

        It does so when it meets the junction's file for the first time there: not through another
        junction or a link, and not when the junction was opened before.
        """
        direct = found.project is element.project and found.name == os.path.normpath(entry.path)
        if found.kind == "junction" and direct and not found.opened and not found.walked:
            message = f"'{found.full_name}' is a junction, which nothing can depend on"
            fix = f"name an element behind it: {found.name}:NAME.bst"
            self.session.report(entry.node.error("bad-dependency", message, fix=fix))

    def _walk(self, top: LoadElement) -> None:
        """Resolve the dependencies of `top` and below, in BuildStream's order."""
        stack: list[tuple[LoadElement, Iterator[Entry], dict[str, Entry]]] = []
        self._open(top, stack)
        while stack:
            element, entries, merged = stack[-1]
            entry = next(entries, None)
            if entry is None:
                stack.pop()
                continue
            try:
                found = self._resolve_entry(element, entry)
            except ProjectError as error:
                self.session.report(error)
                continue
            entry.name = found.full_name if isinstance(found, LoadElement) else found
            known = merged.setdefault(entry.name, entry)
            if known is not entry:
                known.merge(entry)
            else:
                element.entries.append(entry)
            if isinstance(found, LoadElement):
                self._refuse_junction(element, entry, found)
                self._open(found, stack)

    def _open(
        self,
        element: LoadElement,
        stack: list[tuple[LoadElement, Iterator[Entry], dict[str, Entry]]],
    ) -> None:
        if element.walked:
            return
        element.walked = True
        self.loaded[element.full_name] = element
        try:
            entries = read_dependencies(element.node, runbook=self.session.runbook)
        except ProjectError as error:
            self.session.report(explain_forms(element.node, error))
            return
        stack.append((element, iter(entries), {}))

    def _resolve_entry(self, element: LoadElement, entry: Entry) -> LoadElement | ElementName:
        path = entry.path
        if self.session.runbook and entry.junction:
            path = self._runbook_path(element, entry)
        return self._resolve_text(element.project, path, entry.node)

    def _runbook_path(self, element: LoadElement, entry: Entry) -> str:
        """Return the path of an entry; the runbook writes the element-path after the colon."""
        filename = entry.filename
        try:
            project = self.find_project(element.project, entry.junction, entry.node)
        except MissingJunctionError:
            return entry.path
        prefix = project.element_path.strip("/") + "/"
        path = os.path.join(project.element_directory, filename)
        if not self.session.has(path, project.shown(path)):
            filename = filename.removeprefix(prefix)
        path = f"{entry.junction}:{filename}"
        text = path if entry.plain else ""
        if entry.marked:
            message = f"'junction: true' beside '{entry.path}'"
            self.note(element, "R5", (message, f"write just '- {path}'", text), entry.node)
        elif filename != entry.filename:
            message = f"'{entry.path}' holds the element-path of the junction's project"
            self.note(element, "R5", (message, f"write '- {path}'", text), entry.node)
        return path

    def note(self, element: LoadElement, claim: str, told: tuple[str, str, str], at: Node) -> None:
        """Keep a form of the runbook that was accepted.

        `told` is the message, the fix, and the text of the note.
        """
        self.session.notes.append(
            DialectNote(
                element=element.full_name,
                claim=claim,
                message=told[0],
                fix=told[1],
                text=told[2],
                provenance=at.provenance,
            )
        )

    # -- names to files -----------------------------------------------------------------------

    def _resolve_text(
        self, project: ProjectState, text: str, at: Node | None
    ) -> LoadElement | ElementName:
        """Return the element `text` names in `project`, or its full name when it is external."""
        junction, local = names.split(text)
        local = os.path.normpath(local) if local else local
        if not junction:
            return self._element(project, local, at)
        try:
            owner = self.find_project(project, junction, at)
        except MissingJunctionError as missing:
            return self._external(project.full_name(junction), local, missing)
        return self._element(owner, local, at)

    def _external(self, junction: str, local: str, missing: MissingJunctionError) -> ElementName:
        """Keep and return the name of an element whose project is not at hand."""
        # What is missing may be another junction, through an override or a link.
        below = junction == missing.junction or junction.startswith(missing.junction + ":")
        name = names.join(junction if below else missing.junction, local)
        self.externals[name] = missing
        return name

    def _element(
        self, project: ProjectState, name: str, at: Node | None
    ) -> LoadElement | ElementName:
        """Return the element `name` of `project`, through overrides and links."""
        element = project.elements.get(name)
        if element is not None and element.walked:
            return element
        if element is None:
            element = self._read(project, name, at)
        with self._linked(at or element.node):
            overrides = self.overrides(project, name)
            if overrides:
                owner, target = overrides[-1]
                return self._resolve_text(owner, target.value, target)
            if element.link_target is not None:
                # That a link is a target itself makes nothing go through it.
                element.followed |= at is not None
                return self._resolve_text(project, element.link_target.value, element.link_target)
        return element

    def _read(
        self, project: ProjectState, name: str, at: Node | None, *, only_first_pass: bool = False
    ) -> LoadElement:
        """Read one element file; raise ProjectError."""
        node = self.session.parse(self._read_file(project, name, at))
        kind = node.require("kind").as_str()
        trace = IncludeTrace()
        if kind in ("junction", "link"):
            node = project.first.options.apply(node)
        elif only_first_pass:
            return LoadElement(self, project, name, node)
        else:
            project.complete(node)
            node = project.element_includes.process(node, trace=trace)
        element = LoadElement(self, project, name, node)
        element.files = trace.files
        element.gaps += trace.gaps
        if self.session.runbook:
            accept_runbook(element)
        try:
            element.node.only(_KEYS)
        except ProjectError as error:
            raise explain_forms(element.node, error) from None
        node.text("description")
        project.elements[name] = element
        if element.kind == "link":
            self._read_link(element)
        return element

    def _read_file(self, project: ProjectState, name: str, at: Node | None) -> SourceFile:
        asked = at.provenance if at is not None else None
        path = os.path.join(project.element_directory, name)
        complaint = names.complaint(name)
        if complaint is not None:
            message = f"'{name}' is no element name: {complaint}"
            fix = f"did you mean '{name}.bst'?" if os.path.exists(path + ".bst") else None
            raise ProjectError("bad-element-name", message, at=asked, fix=fix)
        shown = project.shown(path)
        try:
            if not self.session.has(path, shown):
                os.lstat(path)  # to say why
                raise FileNotFoundError(path)
        except PermissionError:
            message = f"no permission to look at {shown}"
            raise ProjectError("unreadable-file", message, at=asked) from None
        except (OSError, ValueError):
            where = f" in {project.junction_name}" if project.junction_name else ""
            fix = did_you_mean(name, element_files(project.element_directory))
            message = f"there is no element '{name}'{where}"
            raise ProjectError("unknown-element", message, at=asked, fix=fix) from None
        root = project.real_directory
        real = require_inside(path, root, self.session.allowed, name=shown, at=asked)
        return self.session.read(real, shown, project=project.directory, at=asked)

    def _read_link(self, element: LoadElement) -> None:
        node = element.node
        for key in ("depends", "build-depends", "runtime-depends", "sources"):
            if node.sequence(key):
                raise node.require(key).error("element-rule", f"a link takes no '{key}'")
        if element.workspace is not None:
            raise element.workspace.path.error("element-rule", "a link takes no workspace")
        config = self.resolver.first_pass_config(element)
        config.only(("target",))
        # What is missing is missing in the file, not in what was composed.
        target = (
            config.get("target") or node.require("config").as_mapping().require("target")
        ).as_scalar()
        element.link_target = target
        link, to, project = element.name, target.value, element.project
        project.links[link] = to
        project.link_lengths.add(len(link))
        while project.parent is not None and project.junction is not None:
            prefix = project.junction.local_name
            link, to = f"{prefix}:{link}", f"{prefix}:{to}"
            project = project.parent
            add_link(project, link, to)

    # -- projects behind junctions ------------------------------------------------------------

    def find_project(self, project: ProjectState, path: str, at: Node | None) -> ProjectState:
        """Return the project behind the junctions `path`, as seen from `project`.

        Raises:
            ProjectError: `invalid-junction`, `junction-loop`, `unknown-element`, ...
            MissingJunctionError: the files of a junction are not at hand.
        """
        if path in project.searching:
            raise (at or project.conf).error("junction-loop", f"'{path}' is needed to find itself")
        project.searching.add(path)
        try:
            found = project
            for name in path.split(":"):
                if name and os.path.normpath(name) != name:
                    # BuildStream keeps the name of a junction as it is, and then finds none.
                    message = f"'{name}' is not how the junction is called"
                    place = (at or project.conf).provenance
                    fix = f"write '{os.path.normpath(name)}'"
                    raise ProjectError("unknown-element", message, at=place, fix=fix)
                found = self._project(found, name, at)
            return found
        finally:
            project.searching.discard(path)

    def _project(self, project: ProjectState, name: str, at: Node | None) -> ProjectState:
        known = project.found.get(name)
        if known is not None:
            return known
        overridden = self._overridden(project, name)
        if overridden is not None:
            return overridden
        element = project.elements.get(name) or self._read(project, name, at)
        if element.link_target is not None:
            element.followed = True
            return self._linked_project(project, element.link_target)
        return self._open_junction(element, at)

    def _overridden(self, project: ProjectState, name: str) -> ProjectState | None:
        """Return the project that replaces the one behind the junction `name`, None for none.

        What is asked for in several ways knows all that are above it.
        """
        overrides = self.overrides(project, name)
        if not overrides:
            return None
        owner, target = overrides[-1]
        found = self.find_project(owner, target.value, target)
        if found is not project:
            found.other_parents.append(project)
        found.other_parents += [state for state, _ in overrides[:-1]]
        project.found[name] = found
        return found

    def _linked_project(self, project: ProjectState, target: ScalarNode) -> ProjectState:
        with self._linked(target):
            return self.find_project(project, target.value, target)

    @contextmanager
    def _linked(self, at: Node) -> Iterator[None]:
        """Follow one link or override; raise ProjectError (`link-loop`) when there is no end."""
        self._links_open += 1
        try:
            if self._links_open > _MAX_LINKS:
                raise at.error("link-loop", "following links and overrides comes to no end")
            yield
        finally:
            self._links_open -= 1

    def _open_junction(self, element: LoadElement, at: Node | None) -> ProjectState:
        place = at if at is not None else element.node
        if element.kind != "junction":
            raise place.error(
                "invalid-junction", f"'{element.full_name}' is a {element.kind}, not a junction"
            )
        junction = self.junction_element(element)
        depth = len(element.full_name.split(":"))
        if depth > MAX_JUNCTIONS:
            raise place.error(
                "junction-loop", f"more than {MAX_JUNCTIONS} junctions below each other"
            )
        if len(self.projects) >= MAX_PROJECTS:
            raise place.error("too-large", f"more than {MAX_PROJECTS:,} projects behind junctions")
        directory = locate(junction, self.session.request.junctions, self.checkouts)
        found = ProjectState(self, str(directory), junction=junction, asked=at)
        self.projects.append(found)
        element.opened = True
        # Known before links are read below: those may lead through this junction.
        element.project.found[element.name] = found
        above: ProjectState = found
        while above.parent is not None:
            self._shallow_overrides(above)
            above = above.parent
        return found

    def junction_element(self, element: LoadElement) -> JunctionElement:
        """Return the configured junction of an element; it is made once; raise ProjectError."""
        if element.junction is None:
            for key in ("depends", "build-depends", "runtime-depends"):
                if element.node.sequence(key):
                    raise element.node.require(key).error(
                        "invalid-junction", "a junction takes no dependencies"
                    )
            config = self.resolver.first_pass_config(element)
            table = VariableTable(
                element.project.first.variables, mode="partial", budget=self.session.budget
            )
            workspace, sources, gaps = read_staged(element, table, first_pass=True)
            element.junction = JunctionElement(element, config, sources)
            element.junction.workspace = workspace
            element.junction.gaps += gaps
            self.junctions[element.full_name] = element.junction
        return element.junction

    def peek(self, project: ProjectState, path: str, at: Node | None) -> ProjectState | None:
        """Return the project behind `path` if it is open; links are read, junctions not opened."""
        found: ProjectState | None = project
        for name in path.split(":"):
            if found is None:
                return None
            found = self._peek_one(found, name, at)
        return found

    def _peek_one(self, project: ProjectState, name: str, at: Node | None) -> ProjectState | None:
        if name in project.found:
            return project.found[name]
        try:
            overridden = self._overridden(project, name)
        except MissingJunctionError:
            return None
        if overridden is not None:
            return overridden
        element = project.elements.get(name) or self._read(project, name, at)
        if element.link_target is None:
            return None
        element.followed = True
        with self._linked(element.link_target):
            return self.peek(project, element.link_target.value, element.link_target)

    # -- overrides ----------------------------------------------------------------------------

    def overrides(self, project: ProjectState, name: str) -> list[tuple[ProjectState, ScalarNode]]:
        """Return what replaces `name`: (project that says so, target), the topmost last."""
        found: list[tuple[ProjectState, ScalarNode]] = []
        path = name
        while project.parent is not None and project.junction is not None:
            target = local_override(project, path)
            if target is not None:
                found.append((project.parent, target))
                self.overrides_met.add(id(target))
            path = f"{project.junction.local_name}:{path}"
            project = project.parent
        return found

    def _shallow_overrides(self, project: ProjectState) -> None:
        """Read the links that override keys of `project` may be spelled through."""
        junction = project.junction
        if junction is None:
            return
        for key, target in junction.overrides.items():
            path: str | None = key
            at: Node = target
            steps = 0
            while path is not None:
                steps += 1
                if steps > _MAX_LINKS:
                    raise at.error("link-loop", f"'{key}' leads to itself")
                path, at = self._shallow_step(project, path, at)

    def _shallow_step(self, project: ProjectState, path: str, at: Node) -> tuple[str | None, Node]:
        junction, local = names.split(path)
        owner = self.peek(project, junction, at) if junction else project
        if owner is None:
            return None, at
        element = owner.elements.get(local)
        if element is None:
            element = self._read(owner, local, at, only_first_pass=True)
        if element.link_target is None:
            return None, at
        element.followed = True
        target = element.link_target.value
        return (f"{junction}:{target}" if junction else target), element.link_target
