"""The rules of each kind about dependencies and sources, as BuildStream checks them at load."""

from __future__ import annotations

from collections.abc import Sequence

from bstgraph import kinds
from bstgraph.errors import ProjectError, Slug
from bstgraph.kinds import ElementKind
from bstgraph.model import Source
from bstgraph.project._depends import Entry
from bstgraph.project._state import LoadElement
from bstgraph.yaml import Node


def check_rules(
    load: LoadElement,
    kind: type[ElementKind] | None,
    sources: Sequence[Source],
    entries: Sequence[Entry],
) -> None:
    """Raise ProjectError (`element-rule`, `bad-dependency`) for the first rule that is broken."""
    if kind is None:
        return
    _check_forbidden(load, kind, sources, entries)
    if kind.needs_sources and not sources:
        raise _broken(load, f"an element of kind '{load.kind}' needs a source")
    for entry in entries:
        _check_config(load, kind, entry)
    if load.kind == "stack":
        _check_stack(load, entries)
    if load.kind == "filter":
        _check_filter(load, entries)


def _broken(
    load: LoadElement,
    message: str,
    *,
    at: Node | None = None,
    fix: str | None = None,
    slug: Slug = "element-rule",
) -> ProjectError:
    place = (at or load.node.get("kind") or load.node).provenance
    return ProjectError(slug, message, at=place, fix=fix)


def _check_forbidden(
    load: LoadElement, kind: type[ElementKind], sources: Sequence[Source], entries: Sequence[Entry]
) -> None:
    for entry in entries:
        if kind.forbids_runtime_dependencies and entry.runtime:
            what = "" if kind.forbids_build_dependencies else "runtime "
            fix = None if what == "" else f"list '{entry.path}' under build-depends"
            message = f"an element of kind '{load.kind}' takes no {what}dependencies"
            raise _broken(load, message, at=entry.node, fix=fix)
        if kind.forbids_build_dependencies and entry.build:
            message = f"an element of kind '{load.kind}' takes no build dependencies"
            raise _broken(load, message, at=entry.node)
    if kind.forbids_sources and sources:
        at = sources[0].provenance
        raise ProjectError(
            "element-rule", f"an element of kind '{load.kind}' takes no sources", at=at
        )


def _check_config(load: LoadElement, kind: type[ElementKind], entry: Entry) -> None:
    for config in entry.config if entry.build else ():
        if kind.dependency_model is None:
            message = f"an element of kind '{load.kind}' takes no dependency config"
            raise _broken(load, message, at=config, slug="bad-dependency")


def _check_stack(load: LoadElement, entries: Sequence[Entry]) -> None:
    for entry in entries:
        if not (entry.build and entry.runtime):
            raise _broken(
                load,
                "every dependency of a stack is both a build and a runtime dependency",
                at=entry.node,
                fix=f"list '{entry.path}' under depends",
            )


def _check_filter(load: LoadElement, entries: Sequence[Entry]) -> None:
    build = [entry for entry in entries if entry.build]
    if len(build) != 1:
        raise _broken(load, f"a filter has exactly one build dependency, this one has {len(build)}")
    if build[0].runtime:
        raise _broken(
            load,
            "the build dependency of a filter cannot be a runtime dependency too",
            at=build[0].node,
        )
    parent = load.loader.kind_of(build[0].name)
    kind = kinds.registry().element(parent) if parent else None
    if kind is not None and not kind.has_artifact:
        message = f"a filter cannot take its files from a {parent}: it has none of its own"
        raise _broken(load, message, at=build[0].node)
