"""What the keys of one element hold of the element itself, without its dependencies."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

from bstgraph import kinds
from bstgraph.keys._values import KeyInputs, SourceInput
from bstgraph.kinds import ElementView, KeyData, KeyGapError, ProjectFiles, SourceView
from bstgraph.machine import Machine, canonical_arch
from bstgraph.model import Element, Plugin, Project, Sandbox, Source
from bstgraph.names import ElementName

CORE_ARTIFACT_VERSION: Final = 11
"""BuildStream's own number in every key, through all of 2.x (`element.py`)."""

Find = Callable[[ElementName], Element | None]


class FileStore(Protocol):
    """Where the files of projects are read; one for all keys of a run."""

    def project(self, directory: str) -> ProjectFiles:
        """Return the files of the project in this directory."""


@dataclass(frozen=True, slots=True)
class OwnInputs:
    """The inputs of an element's weak key, without dependencies, and what is to know of them."""

    inputs: KeyInputs
    strict_rebuild: bool
    gaps: tuple[str, ...]
    absent: str
    """Why BuildStream has no key, where a source has no ref; else empty."""


class InputReader:
    """Makes the inputs of elements of one project and its subprojects."""

    def __init__(self, project: Project, files: FileStore, find: Find) -> None:
        """Read local files through `files`, other elements through `find`."""
        self._project = project
        self._files = files
        self._find = find
        self._by_project: dict[str, ProjectFiles] = {}

    def read(self, element: Element) -> OwnInputs:
        """Return the inputs of `element`; what cannot be known is a gap."""
        gaps = list(element.gaps)
        conf = self._project.projects.get(element.junction)
        if conf is None:
            gaps.append(f"the project.conf of '{element.name}' is not known")
        kind, kind_gap = _element_kind(element)
        gaps += [kind_gap] if kind_gap else []
        strict_rebuild, runs, version, plugin_key = self._plugin(element, kind, gaps)
        sources, absent = self._sources(element, gaps)
        inputs = KeyInputs(
            element=element.name,
            strength="weak",
            core_artifact_version=CORE_ARTIFACT_VERSION,
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
        return OwnInputs(inputs, strict_rebuild, tuple(dict.fromkeys(gaps)), absent)

    def _plugin(
        self, element: Element, kind: type[kinds.ElementKind] | None, gaps: list[str]
    ) -> tuple[bool, bool, int, KeyData]:
        """Return whether the kind is strict, runs commands, its version and its unique key."""
        if kind is None:
            return False, True, 0, element.config
        try:
            view = _view(element, kind, self._find)
            runs, version = kind.runs_commands(view), kind.artifact_version(view)
            return kind.strict_rebuild, runs, version, kind.unique_key(view)
        except KeyGapError as error:
            gaps.append(f"{element.name}: {error}")
        except ValueError as error:
            # Only of an element made by hand: a loaded one was checked.
            gaps.append(f"{element.name}: its config is not that of a {element.kind}: {error}")
        return kind.strict_rebuild, True, 0, element.config

    def _sources(self, element: Element, gaps: list[str]) -> tuple[tuple[SourceInput, ...], str]:
        found: list[SourceInput] = []
        absent = ""
        for number, source in enumerate(element.sources, 1):
            kind, gap = _source_kind(source)
            gaps += [gap] if gap else []
            key: KeyData = source.config
            if kind is not None:
                view = SourceView(
                    source=source,
                    settings=source.settings,
                    files=self._project_files(element.junction),
                    release=source.plugin.release if source.plugin is not None else (),
                )
                if (reason := kind.unresolved(view)) and not absent:
                    where = f" at {source.provenance}" if source.provenance else ""
                    absent = f"source {number} ({source.kind}{where}) is not resolved: {reason}"
                elif not reason:
                    key = _unique_key(kind, view, gaps)
            found.append(
                SourceInput(
                    kind=source.kind,
                    key=key,
                    directory=source.directory,
                    at=source.provenance,
                )
            )
        return tuple(found), absent

    def _project_files(self, junction: str) -> ProjectFiles:
        known = self._by_project.get(junction)
        if known is None:
            conf = self._project.projects.get(junction)
            folder = str(conf.directory) if conf is not None else ""
            known = self._by_project[junction] = self._files.project(folder)
        return known


def _unique_key(kind: type[kinds.SourceKind], view: SourceView, gaps: list[str]) -> KeyData:
    try:
        return kind.unique_key(view)
    except KeyGapError as error:
        where = f"{view.source.provenance}: " if view.source.provenance else ""
        gaps.append(f"{where}{error}")
        return view.source.config


def _view(element: Element, kind: type[kinds.ElementKind], find: Find) -> ElementView:
    settings = element.settings
    if not isinstance(settings, kind.config_model):
        settings = kind.config_model.model_validate(dict(element.config))
    release = element.plugin.release if element.plugin is not None else ()
    return ElementView(element=element, settings=settings, find=find, release=release)


def _element_kind(element: Element) -> tuple[type[kinds.ElementKind] | None, str]:
    """Return the rules for an element, and the gap that they leave."""
    plugin = element.plugin
    kind = kinds.registry().element(element.kind)
    if _recognised(plugin) or (kind is not None and _vouched(kind)):
        return kind, "" if kind is not None else _unknown("element", element.kind, plugin)
    outline = plugin.outline if plugin is not None else None
    if outline is not None and outline.plain and outline.base == "BuildElement":
        return kinds.plain_build_kind(element.kind, outline), ""
    if kind is None:
        return None, _unknown("element", element.kind, plugin)
    return kind, _unrecognised("element", element.kind, plugin)


def _source_kind(source: Source) -> tuple[type[kinds.SourceKind] | None, str]:
    """Return the rules for a source, and the gap that they leave."""
    kind = kinds.registry().source(source.kind)
    if kind is None:
        return None, _unknown("source", source.kind, source.plugin)
    if _recognised(source.plugin) or _vouched(kind):
        return kind, ""
    return kind, _unrecognised("source", source.kind, source.plugin)


def _recognised(plugin: Plugin | None) -> bool:
    return plugin is None or plugin.origin == "core" or bool(plugin.release)


def _vouched(kind: type[object]) -> bool:
    """Return whether the rules come from elsewhere: whoever installed them answers for them."""
    return kind.__module__.partition(".")[0] != "bstgraph"


def _unknown(what: str, name: str, plugin: Plugin | None) -> str:
    base = "ElementKind" if what == "element" else "SourceKind"
    defined = f" ({plugin.file} defines it)" if plugin is not None and plugin.file else ""
    return (
        f"there are no rules for the {what} kind '{name}'{defined}: describe it in a subclass of "
        f"bstgraph.kinds.{base} under the entry point bstgraph.{what}_kinds"
    )


def _unrecognised(what: str, name: str, plugin: Plugin | None) -> str:
    where = plugin.file if plugin is not None and plugin.file else "its plugin"
    return (
        f"the {what} kind '{name}' is not one of the releases whose rules are known: {where} is "
        "another file"
    )


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
        made["remote-apis-socket"] = {"path": socket["path"]}
        if socket.get("action-cache-enable-update") in ("True", "true", "1"):
            made["remote-apis-socket"]["action-cache-enable-update"] = True
    return made


def _environment(element: Element) -> Mapping[str, Any]:
    without = frozenset(element.environment_nocache)
    return {name: value for name, value in element.environment.items() if name not in without}
