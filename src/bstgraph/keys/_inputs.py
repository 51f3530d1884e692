"""What the keys of one element hold of the element itself, without its dependencies."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from bstgraph import kinds
from bstgraph.keys._earlier import earlier_gaps
from bstgraph.keys._partial import KeyFiles, project_files
from bstgraph.keys._values import KeyInputs, SourceInput, serialise
from bstgraph.kinds import ElementView, KeyData, KeyFormat, KeyGapError, SourceView
from bstgraph.machine import Machine, canonical_arch
from bstgraph.model import Element, Project, Sandbox, Source, Workspace
from bstgraph.names import ElementName

Find = Callable[[ElementName], Element | None]


class FileStore(Protocol):
    """Where the files of projects are read; one for all keys of a run."""

    def project(self, directory: str) -> KeyFiles:
        """Return the files of the project in this directory."""


@dataclass(frozen=True, slots=True)
class OwnInputs:
    """The inputs of an element's weak key, without dependencies, and what is to know of them."""

    inputs: KeyInputs
    strict_rebuild: bool
    gaps: tuple[str, ...]
    absent: str
    """Why BuildStream has no key, where a source has no ref; else empty."""
    body: bytes
    """The text of `inputs` that is hashed, without the braces."""
    named: bytes
    """How the keys of others name the element, as text that is hashed."""
    seen: tuple[tuple[ElementName, Element | None], ...] = ()
    """The other elements that the kind looked at."""


class InputReader:
    """Makes the inputs of elements of one project and its subprojects."""

    def __init__(
        self, project: Project, files: FileStore, find: Find, form: KeyFormat | None = None
    ) -> None:
        """Read local files through `files`, other elements through `find`."""
        self._form = form if form is not None else kinds.key_format()
        self._project = project
        self._files = files
        self._find = find
        self._seen: dict[ElementName, Element | None] = {}
        self._by_project: dict[str, KeyFiles] = {}

    def read(self, element: Element) -> OwnInputs:
        """Return the inputs of `element`; what cannot be known is a gap."""
        gaps = list(element.gaps)
        self._seen = {}
        conf = self._project.projects.get(element.junction)
        if conf is None:
            gaps.append(f"the project.conf of '{element.name}' is not known")
        rules = kinds.element_rules(element.kind, element.plugin)
        gaps += [rules.gap] if rules.gap else []
        strict_rebuild, runs, version, plugin_key = self._plugin(element, rules.kind, gaps)
        sources, absent = self._sources(element, gaps)
        gaps += earlier_gaps(element, conf, self._form)
        inputs = KeyInputs(
            element=element.name,
            strength="weak",
            core_artifact_version=self._form.artifact_version,
            build_root=element.variables.get("build-root"),
            kind=element.kind,
            plugin_version=version,
            plugin_key=plugin_key,
            public=element.public,
            sources=sources,
            fatal_warnings=conf.fatal_warnings if conf is not None else (),
            sandbox=_sandbox(element.sandbox, self._project.machine, gaps) if runs else None,
            environment=_environment(element) if runs else None,
            dependencies=(),
        )
        return OwnInputs(
            inputs,
            strict_rebuild,
            gaps=tuple(dict.fromkeys(gaps)),
            absent=absent,
            body=serialise(inputs.rest())[1:-1].encode(),
            named=serialise(element.identity).encode(),
            seen=tuple(self._seen.items()),
        )

    def _look_at(self, name: ElementName) -> Element | None:
        """Return another element, and remember that it was looked at."""
        self._seen[name] = found = self._find(name)
        return found

    def source_key(self, element: Element, source: Source) -> KeyData:
        """Return what a key of `element` holds of a source, None where that is not known.

        It need not be one of the element's.
        """
        gaps: list[str] = []
        rules = kinds.source_rules(source.kind, source.plugin)
        key, reason = self._source(element, source, rules.kind, gaps)
        return None if gaps or reason or rules.kind is None else key

    def _plugin(
        self, element: Element, kind: type[kinds.ElementKind] | None, gaps: list[str]
    ) -> tuple[bool, bool, int, KeyData]:
        """Return whether the kind is strict, runs commands, its version and its unique key."""
        if kind is None:
            return False, True, 0, element.config
        try:
            view = ElementView(
                element=element,
                settings=element.settings,
                find=self._look_at,
                release=element.plugin.release if element.plugin is not None else (),
            )
            runs, version = kind.runs_commands(view), kind.artifact_version(view)
            return kind.strict_rebuild, runs, version, kind.unique_key(view)
        except KeyGapError as error:
            gaps.append(f"{element.name}: {error}")
        return kind.strict_rebuild, True, 0, element.config

    def _sources(self, element: Element, gaps: list[str]) -> tuple[tuple[SourceInput, ...], str]:
        if element.workspace is not None:
            return self._workspace(element, element.workspace, gaps)
        found: list[SourceInput] = []
        absent = ""
        for number, source in enumerate(element.sources, 1):
            rules = kinds.source_rules(source.kind, source.plugin)
            gaps += [rules.gap] if rules.gap else []
            key, reason = self._source(element, source, rules.kind, gaps)
            if reason and not absent:
                place = source.provenance or element.name
                absent = f"{place}: source {number} ({source.kind}) is not resolved: {reason}"
            found.append(
                SourceInput(
                    kind=source.kind,
                    key=key,
                    directory=source.directory,
                    at=source.provenance,
                )
            )
        return tuple(found), absent

    def _workspace(
        self, element: Element, workspace: Workspace, gaps: list[str]
    ) -> tuple[tuple[SourceInput, ...], str]:
        """Return the one source of an element with an open workspace, and why it has no key."""
        path, absent = str(workspace.path), ""
        # Where the digest is not known, the path keeps different workspaces apart.
        key: str | None = path
        try:
            key = self._project_files("").workspace_digest(
                path, folder_times=self._form.workspace_directory_times
            )
            absent = "" if key is not None else f"there is no folder for its workspace at {path}"
        except KeyGapError as error:
            gaps.append(f"the workspace of {element.name}: {error}")
        source = workspace.source
        return (SourceInput(kind=source.kind, key=key, at=source.provenance),), absent

    def _source(
        self, element: Element, source: Source, kind: type[kinds.SourceKind] | None, gaps: list[str]
    ) -> tuple[KeyData, str]:
        """Return the unique key of a source, and why BuildStream has none yet."""
        if kind is None:
            return source.config, ""
        where = f"{source.provenance}: " if source.provenance else ""
        try:
            view = SourceView(
                source=source,
                settings=source.settings,
                files=self._project_files(element.junction),
                release=source.plugin.release if source.plugin is not None else (),
            )
            reason = kind.unresolved(view)
            return (source.config, reason) if reason else (kind.unique_key(view), "")
        except KeyGapError as error:
            gaps.append(f"{where}{error}")
        return source.config, ""

    def _project_files(self, junction: str) -> KeyFiles:
        known = self._by_project.get(junction)
        if known is None:
            conf = self._project.projects.get(junction)
            if conf is None:
                raise KeyGapError("the folder of its project is not known")
            known = project_files(self._files.project(str(conf.directory)), conf.left_out)
            self._by_project[junction] = known
        return known


def _sandbox(sandbox: Sandbox, machine: Machine, gaps: list[str]) -> Mapping[str, Any]:
    """Return the sandbox as it is hashed (BuildStream's `sandbox/_config.py`)."""
    arch = canonical_arch(sandbox.build_arch) if sandbox.build_arch else machine.build_arch
    if arch is None:
        gaps.append(f"BuildStream knows no architecture '{sandbox.build_arch or machine.arch}'")
    made: dict[str, Any] = {
        "build-os": sandbox.build_os.lower() if sandbox.build_os else machine.build_os,
        "build-arch": arch,
    }
    if sandbox.build_uid is not None:
        made["build-uid"] = sandbox.build_uid
    if sandbox.build_gid is not None:
        made["build-gid"] = sandbox.build_gid
    socket = sandbox.remote_apis_socket
    if socket is not None:
        if "path" not in socket:
            gaps.append("BuildStream refuses a 'remote-apis-socket' without a path")
        made["remote-apis-socket"] = {"path": socket.get("path")}
        if socket.get("action-cache-enable-update") in ("True", "true", "1"):
            made["remote-apis-socket"]["action-cache-enable-update"] = True
    return made


def _environment(element: Element) -> Mapping[str, Any]:
    without = frozenset(element.environment_nocache)
    return {name: value for name, value in element.environment.items() if name not in without}
