"""Elements edited in memory: read again, and refused where BuildStream would refuse them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from bstgraph import kinds
from bstgraph.kinds import ElementKind, SourceKind
from bstgraph.model import Dependency, Element, KindConfig, ProjectConf, Source, SourceConfig
from bstgraph.names import ElementName

_DEEPEST: Final = 150
_SCHEMES: Final = frozenset("http https ftp file git sftp ssh".split())


def reread(
    element: Element,
    conf: ProjectConf | None,
    find: Callable[[ElementName], Element | None],
) -> Element:
    """Return `element` with settings that follow from its config, and those of its sources.

    Args:
        element: the edited element.
        conf: the project.conf of its project.
        find: other elements of the edited project.

    Raises:
        ValueError: BuildStream would not load it.
    """
    for part in (element.public, element.environment, element.config):
        _check_data(element, part)
    kind = kinds.element_rules(element.kind, element.plugin).checked
    settings = KindConfig()
    if kind is not None:
        settings = kind.config_model.model_validate(dict(element.config))
        _check_rules(element, kind, find)
    for source in element.sources:
        _check_data(element, source.config)
        _check_source(element, source, conf)
    sources = tuple(map(reread_source, element.sources))
    return element.model_copy(update={"settings": settings, "sources": sources})


def has_other_order(element: Element, before: Element | None) -> bool:
    """Return whether BuildStream may sort the dependencies of an edited element in another way.

    How it sorts depends on the order in the file, and on the lists of all others.
    """
    if before is None:
        return len(element.dependencies) > 1
    return _order(before) != _order(element)


def with_open_order(element: Element, edited: ElementName) -> Element:
    """Return `element` with the gap that it needs `edited`, whose order is not known."""
    gap = f"{edited}: its dependencies were edited, their order is taken as given"
    return element.model_copy(update={"gaps": (*element.gaps, gap)})


def reread_source(source: Source) -> Source:
    """Return `source` with settings that follow from its config.

    Raises:
        ValueError: the config is none of its kind.
    """
    kind = kinds.source_rules(source.kind, source.plugin).checked
    settings = SourceConfig()
    if kind is not None:
        settings = kind.config_model.model_validate(dict(source.config))
    return source.model_copy(update={"settings": settings})


def _order(element: Element) -> tuple[tuple[str, bool, bool], ...]:
    return tuple((entry.name, entry.build, entry.runtime) for entry in element.dependencies)


def _check_data(element: Element, value: object, depth: int = 0) -> None:
    """Raise ValueError for what no YAML file of BuildStream can say."""
    if depth > _DEEPEST:
        raise ValueError(f"{element.name}: a value is nested more than {_DEEPEST} levels deep")
    if isinstance(value, str):
        if any("\ud800" <= character <= "\udfff" for character in value):
            raise ValueError(f"{element.name}: half a character in {value[:80]!r}")
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            _check_data(element, key, _DEEPEST)
            _check_data(element, inner, depth + 1)
    elif isinstance(value, Sequence) and not isinstance(value, bytes | bytearray):
        for inner in value:
            _check_data(element, inner, depth + 1)
    else:
        what = f"text, a list or a mapping, not {type(value).__name__}"
        raise ValueError(f"{element.name}: a value is {what}")  # noqa: TRY004  # one for all


def _check_rules(
    element: Element, kind: type[ElementKind], find: Callable[[ElementName], Element | None]
) -> None:
    build = [entry for entry in element.dependencies if entry.build]
    runtime = [entry for entry in element.dependencies if entry.runtime]
    broken = {
        "takes no build dependencies": kind.forbids_build_dependencies and build,
        "takes no runtime dependencies": kind.forbids_runtime_dependencies and runtime,
        "takes no sources": kind.forbids_sources and element.sources,
        "needs a source": kind.needs_sources and not element.sources,
        "takes no dependency config": kind.dependency_model is None
        and any(entry.config for entry in build),
        "has dependencies that are build and runtime dependencies": element.kind == "stack"
        and build != runtime,
        "has one build dependency, which is no stack and no runtime dependency": (
            element.kind == "filter" and not _is_filtered(build, find)
        ),
    }
    for rule, holds in broken.items():
        if holds:
            raise ValueError(f"{element.name}: an element of kind '{element.kind}' {rule}")


def _is_filtered(build: list[Dependency], find: Callable[[ElementName], Element | None]) -> bool:
    if len(build) != 1 or build[0].runtime:
        return False
    parent = find(build[0].name)
    kind = kinds.element_rules(parent.kind, parent.plugin).kind if parent is not None else None
    return kind is None or kind.has_artifact


def _check_source(element: Element, source: Source, conf: ProjectConf | None) -> None:
    kind = kinds.source_rules(source.kind, source.plugin).checked
    if kind is None or conf is None:
        return
    for key in kind.file_name_keys:
        if "/" in str(source.config.get(key, "")):
            raise ValueError(f"{element.name}: '{key}' of a {source.kind} source is no path")
    url = _url(kind, source)
    alias, separator, _ = url.partition(":")
    if not alias or not separator or alias.lower() in _SCHEMES:
        if url and "unaliased-url" in conf.fatal_warnings:
            raise ValueError(f"{element.name}: '{url}' has no alias, which is fatal here")
    elif alias not in conf.aliases and not conf.gaps:
        raise ValueError(f"{element.name}: the alias '{alias}' is not defined")


def _url(kind: type[SourceKind], source: Source) -> str:
    url = source.config.get(kind.url_key) if kind.url_key is not None else None
    return url if isinstance(url, str) else ""
