"""The sources of one element: project defaults, expansion, refs, and what can be checked."""

from __future__ import annotations

from typing import Final, cast

from bstgraph import kinds
from bstgraph.errors import ProjectError
from bstgraph.kinds import SourceKind
from bstgraph.model import Data, Source
from bstgraph.project._paths import project_path
from bstgraph.project._state import LoadElement, ProjectState
from bstgraph.variables import VariableTable
from bstgraph.yaml import MappingNode, ScalarNode, compose, reject_directives

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
        described = kinds.registry().source(name)
        gap = load.project.plugins.require("sources", name, kind)
        if gap and described is None:
            gaps.append(gap)
        config = _config(load, node, name, index, first_pass=first_pass)
        expanded = table.nodes(config[0]).as_mapping()
        gaps += _check(load.project, described, expanded, first_pass=first_pass)
        whole = compose(expanded, config[1]) if config[1] is not None else expanded
        directory = node.get("directory")
        _check_provenance(load.project, node)
        sources.append(
            Source.model_construct(
                kind=name,
                directory=directory.as_str() if directory is not None else "",
                config=cast("dict[str, Data]", whole.plain()),
                plugin=load.project.plugins.plugin("sources", name),
                provenance=node.provenance,
            )
        )
    return tuple(sources), tuple(gaps)


def _config(
    load: LoadElement, node: MappingNode, kind: str, index: int, *, first_pass: bool
) -> tuple[MappingNode, MappingNode | None]:
    """Return the composed, unexpanded config of a source, and the ref stored elsewhere."""
    project = load.project
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
    described = kinds.registry().source(kind)
    if described is not None and described.keys is not None and "ref" not in described.keys:
        # A source without refs takes no notice of one that is stored for it.
        return config_node, None
    drop, stored = _stored_ref(load, index)
    return (config_node.without("ref") if drop else config_node), stored


def _stored_ref(load: LoadElement, index: int) -> tuple[bool, MappingNode | None]:
    """Return whether an inline ref is dropped, and the ref that a refs file holds."""
    project = load.project
    top = load.loader.toplevel
    junction = load.kind == "junction"

    def look(state: ProjectState) -> MappingNode | None:
        refs = state.junction_refs if junction else state.refs
        return refs.lookup(project.name, load.name, index)

    if project is not top and top.ref_storage == "project.refs":
        stored = look(top)
        if stored is not None:
            return True, stored
    if project.ref_storage == "project.refs":
        return True, look(project)
    return False, None


def _check(
    project: ProjectState, kind: type[SourceKind] | None, config: MappingNode, *, first_pass: bool
) -> list[str]:
    """Check what the kind tells of its configuration; return gaps, or raise ProjectError."""
    if kind is None:
        return []
    if kind.keys is not None:
        config.only(kind.keys)
    for key in kind.required:
        config.require(key)
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
        left_out = project.junction is not None and project.junction.left_out
        if error.slug != "missing-file" or not left_out:
            raise
        return f"{path.provenance}: '{path.value}' is not in the clone that was read"
    return None


def check_url(project: ProjectState, url: ScalarNode, *, first_pass: bool = False) -> None:
    """Raise ProjectError for a URL whose alias is unknown, or has none where that is fatal."""
    alias, separator, _ = url.value.partition(":")
    if not separator or alias.lower() in _SCHEMES:
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
