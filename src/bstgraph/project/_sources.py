"""The sources of one element: project defaults, expansion, refs, and what can be checked."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final, cast

from bstgraph import kinds
from bstgraph.errors import ProjectError
from bstgraph.kinds import SourceKind
from bstgraph.model import Data, Source, SourceConfig, Workspace
from bstgraph.project._paths import project_path
from bstgraph.project._state import LoadElement, ProjectState
from bstgraph.project._validation import check_keys, validated
from bstgraph.project._workspaces import OpenWorkspace
from bstgraph.variables import VariableTable
from bstgraph.yaml import MappingNode, Node, ScalarNode, compose, reject_directives

_EMPTY: Final = MappingNode({}, None, 0, 0)
_COMMON: Final = ("kind", "directory", "provenance")
_SCHEMES: Final = frozenset("http https ftp file git sftp ssh".split())


def read_sources(
    load: LoadElement, table: VariableTable, *, first_pass: bool = False
) -> tuple[tuple[Source, ...], tuple[str, ...]]:
    """Return the sources of `load` and what could not be known about them.

    Raises:
        ProjectError: what is wrong with a source.
    """
    sources: list[Source] = []
    gaps: list[str] = []
    for index, item in enumerate(load.node.sequence("sources")):
        node = item.as_mapping()
        kind = node.require("kind")
        name = kind.as_str()
        if name == "workspace":
            raise kind.error("bad-source", "'workspace' is no source kind of a project")
        gap = load.project.plugins.require("sources", name, kind)
        plugin = load.project.plugins.plugin("sources", name)
        described = kinds.source_rules(name, plugin).checked
        if gap and described is None:
            gaps.append(gap)
        inline, stored = _config(load, node, (name, described), index, first_pass=first_pass)
        # What the project's defaults say of these is expanded, and without effect.
        expanded = table.nodes(inline).as_mapping().without(*_COMMON)
        gaps += _check(load.project, described, expanded, first_pass=first_pass)
        whole = expanded.with_entries(stored)
        if load.workspace is None:
            _check_provenance(load.project, node)
        data = cast("dict[str, Data]", whole.plain())
        sources.append(
            Source.model_construct(
                kind=name,
                directory=node.text("directory"),
                config=data,
                settings=_settings(described, whole, data, node),
                url=_url(load.project, described, data, first_pass=first_pass),
                plugin=plugin,
                provenance=node.provenance,
            )
        )
    return tuple(sources), tuple(gaps)


def read_staged(
    load: LoadElement, table: VariableTable, *, first_pass: bool = False
) -> tuple[Workspace | None, tuple[Source, ...], tuple[str, ...]]:
    """Return the open workspace of `load`, its sources, and what could not be known about them.

    Raises:
        ProjectError: what is wrong with a source; nothing is where a workspace hides it.
    """
    if load.workspace is None:
        return None, *read_sources(load, table, first_pass=first_pass)
    workspace = _workspace(load, load.workspace, table)
    kept = dict(load.project.source_overrides)
    try:
        sources, _ = read_sources(load, table, first_pass=first_pass)
    except ProjectError:
        sources = ()
    finally:
        # BuildStream does not look at these sources, so they are no first use of a kind.
        load.project.source_overrides = kept
    return workspace, sources, ()


def _workspace(load: LoadElement, entry: OpenWorkspace, table: VariableTable) -> Workspace:
    """Return the workspace of an entry: BuildStream expands both texts as those of a source."""
    node = entry.path
    path = os.path.join(load.loader.toplevel_directory, node.value)
    if entry.last_build is not None:
        table.text(entry.last_build)
    expanded = table.text(ScalarNode(path, node.file, node.line, node.column))
    return Workspace(path=Path(expanded), provenance=node.provenance)


def _settings(
    kind: type[SourceKind] | None, whole: MappingNode, data: dict[str, Data], node: MappingNode
) -> SourceConfig:
    if kind is None:
        return SourceConfig()
    told = f"source of kind '{kind.name}'"
    return validated(kind.config_model, data, node=whole, at=node, told=told)


def _config(
    load: LoadElement,
    node: MappingNode,
    of: tuple[str, type[SourceKind] | None],
    index: int,
    *,
    first_pass: bool,
) -> tuple[MappingNode, Mapping[str, Node]]:
    """Return the composed, unexpanded config of a source, and what a refs file holds of it."""
    project = load.project
    kind, rules = of
    if kind not in project.source_overrides:
        # The first use of a kind decides, for good, which pass its defaults come from.
        config = project.first if first_pass else project.ready(node)
        override = config.sources.mapping(kind)
        project.source_overrides[kind] = (
            override.mapping("config") if override is not None else None
        )
    base = project.source_overrides[kind] or _EMPTY
    config_node = compose(base, node.without(*_COMMON)) if base.entries else node.without(*_COMMON)
    reject_directives(config_node)
    described = rules or SourceKind
    if not described.ref_keys:
        # A source without refs takes no notice of one that is stored for it.
        return config_node, {}
    stored = _stored_ref(load, index, described)
    if stored is None:
        return config_node, {}
    return config_node.without(*described.ref_keys), stored


def _stored_ref(load: LoadElement, index: int, kind: type[SourceKind]) -> Mapping[str, Node] | None:
    """Return what a refs file holds instead of the inline ref, None when that is in force."""
    project = load.project
    top = load.loader.toplevel
    junction = load.kind == "junction"

    def look(state: ProjectState) -> MappingNode | None:
        refs = state.junction_refs if junction else state.refs
        return refs.lookup(project.name, load.name, index)

    if project is not top and top.ref_storage == "project.refs":
        stored = look(top)
        if stored is not None and ("ref" in stored or not kind.keeps_ref):
            return _only(stored, kind.ref_keys)
    if project.ref_storage == "project.refs":
        return _only(look(project), kind.ref_keys)
    return None


def _only(node: MappingNode | None, keys: frozenset[str]) -> dict[str, Node]:
    entries = node.entries.items() if node is not None else ()
    return {key: value for key, value in entries if key in keys}


def _check(
    project: ProjectState, kind: type[SourceKind] | None, config: MappingNode, *, first_pass: bool
) -> list[str]:
    """Check what the kind tells of its configuration; return gaps, or raise ProjectError."""
    if kind is None:
        return []
    if not kind.inline_ref and "ref" in config:
        message = f"a source of kind '{kind.name}' takes no ref here"
        raise config.key_node("ref").error("unknown-key", message)
    check_keys(config, kind.config_model)
    for key in kind.file_name_keys:
        if "/" in config.text(key):
            message = f"'{key}' names a file, not a path"
            raise config.require(key).error("bad-source", message, fix="use 'directory'")
    gaps = [
        gap
        for key, wanted in kind.path_keys.items()
        if key in config and (gap := _check_path(project, config.require(key).as_scalar(), wanted))
    ]
    if kind.url_key is not None and kind.url_key in config:
        check_url(project, config.require(kind.url_key).as_scalar(), first_pass=first_pass)
    return gaps


def _check_path(project: ProjectState, path: ScalarNode, wanted: kinds.PathKind) -> str | None:
    """Check a path of the project; a file that its checkout left out is a gap."""
    try:
        project_path(path, project.directory, root=project.real_directory, kind=wanted)
    except ProjectError as error:
        left_out = project.junction is not None and bool(project.junction.left_out)
        if error.slug != "missing-file" or not left_out:
            raise
        return f"{path.provenance}: '{path.value}' is not in the clone that was read"
    return None


def check_url(project: ProjectState, url: ScalarNode, *, first_pass: bool = False) -> None:
    """Raise ProjectError for a URL whose alias is unknown, or has none where that is fatal."""
    alias, separator, _ = url.value.partition(":")
    if not alias or not separator or alias.lower() in _SCHEMES:
        if "unaliased-url" in project.fatal_warnings:
            raise url.error("fatal-warning", f"'{url.value}' has no alias, which is fatal here")
        return
    state = project
    while state.junction is not None and state.parent is not None:
        mapped = state.junction.parent_alias(alias)
        if mapped is None:
            break
        state, alias = state.parent, mapped
    if state.parent is not None and state.parent.disallow_uris:
        raise url.error("unknown-alias", f"the alias '{alias}' is not mapped by the parent project")
    known = (state.first if first_pass or state.second is None else state.second).aliases
    if alias not in known and not state.gaps:
        raise url.error(
            "unknown-alias",
            f"the alias '{alias}' is not defined",
            fix=f"define it under aliases: in {state.shown(state.directory + '/project.conf')}",
        )


def _url(
    project: ProjectState, kind: type[SourceKind] | None, data: dict[str, Data], *, first_pass: bool
) -> str | None:
    """Return the URL of a source with its alias resolved, as BuildStream's `translate_url`."""
    url = data.get(kind.url_key) if kind is not None and kind.url_key is not None else None
    if not isinstance(url, str):
        return None
    state = project
    while True:
        alias, separator, rest = url.partition(":")
        config = state.first if first_pass or state.second is None else state.second
        value = config.aliases.get(alias) if separator else None
        # An alias that is mapped is only looked up above when it is defined here too.
        if not value:
            known = not separator or alias.lower() in _SCHEMES or not state.gaps
            return url if known else None
        parent = state.junction.parent_alias(alias) if state.junction is not None else None
        if not parent or state.parent is None:
            return value + rest
        state, url = state.parent, f"{parent}:{rest}"


def _check_provenance(project: ProjectState, node: MappingNode) -> None:
    provenance = node.mapping("provenance")
    if provenance is None:
        return
    for value in provenance.entries.values():
        value.as_str()

    def check() -> None:
        for key in provenance.entries:
            if key not in project.provenance_attributes:
                known = ", ".join(sorted(project.provenance_attributes)) or "none"
                raise ProjectError(
                    "bad-source",
                    f"'{key}' is no source provenance attribute of the project",
                    at=provenance.key_place(key),
                    fix=f"the attributes are {known}",
                )

    project.when_complete(check)
