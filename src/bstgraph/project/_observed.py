"""What a load noticed, as values; see `bstgraph.observations`."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from typing import Final

from bstgraph.errors import ProjectError
from bstgraph.names import ElementName
from bstgraph.observations import (
    Condition,
    LinkUse,
    Observations,
    OverrideUse,
    Repeat,
    ReplacedList,
)
from bstgraph.project._loader import Loader
from bstgraph.project._options import OptionPool
from bstgraph.project._paths import element_files
from bstgraph.project._state import ProjectState, project_defaults
from bstgraph.yaml import MappingNode, Node, SequenceNode

_WORD: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def observe(loader: Loader) -> Observations:
    """Return what was noticed; everything has been loaded and nothing was wrong."""
    top = loader.toplevel
    untaken = [branch for pool in _pools(top) for branch in _untaken(pool)]
    conditions = dict.fromkeys(_failed(untaken))
    return Observations(
        complete=_is_complete(top),
        repeats=tuple(_repeats(loader)),
        links=tuple(sorted(_links(top), key=lambda link: link.name)),
        overrides=tuple(_overrides(loader)),
        options_asked=_asked(loader, conditions),
        conditions=tuple(conditions),
        replaced=tuple(dict.fromkeys(_replaced(loader))),
        mentioned=frozenset(_mentioned(untaken)),
    )


def _is_complete(top: ProjectState) -> bool:
    try:
        names = element_files(top.element_directory)
    except ProjectError:
        return False
    edits = top.session.request.edits
    shown = top.shown(top.element_directory)
    taken = {name for name in names if edits.get(f"{shown}/{name}", "") is None}
    return top.elements.keys() >= set(names) - taken


def _repeats(loader: Loader) -> Iterator[Repeat]:
    for element in loader.loaded.values():
        if element.project is loader.toplevel:
            for entry in element.entries:
                for at, kept in entry.repeats:
                    yield Repeat(
                        element=element.full_name,
                        dependency=ElementName(entry.name),
                        path=kept.path,
                        other=at.path,
                        at=at.node.provenance,
                        kept=kept.node.provenance,
                    )


def _links(top: ProjectState) -> Iterator[LinkUse]:
    for element in top.elements.values():
        if element.link_target is not None:
            yield LinkUse(
                name=element.full_name,
                target=element.link_target.value,
                used=element.followed,
                at=element.node.provenance,
            )


def _overrides(loader: Loader) -> Iterator[OverrideUse]:
    for project in loader.projects:
        junction = project.junction
        if junction is None or junction.project is not loader.toplevel:
            continue
        met = [id(target) in loader.overrides_met for target in junction.overrides.values()]
        # Few overrides are not met, and only for them it is looked what the project may need.
        other = _not_in_force(project) if not all(met) else frozenset()
        for (path, target), used in zip(junction.overrides.items(), met, strict=True):
            yield OverrideUse(
                junction=ElementName(junction.name),
                path=path,
                target=target.value,
                used=used or path in other,
                at=target.provenance,
            )


def _not_in_force(project: ProjectState) -> frozenset[ElementName]:
    """Return the elements that branches of a project name which are not taken."""
    return frozenset(_mentioned(item for pool in _pools(project) for item in _untaken(pool)))


def _replaced(loader: Loader) -> Iterator[ReplacedList]:
    top = loader.toplevel
    files = {
        element.node.file.name: element.full_name
        for element in top.elements.values()
        if element.node.file is not None
    }
    for key, old, new in loader.session.replaced:
        if new.file is None or new.file.project != top.directory:
            continue
        before, after = ([_entry(item) for item in each] for each in (old, new))
        dropped = tuple(text for text in before if text not in after)
        if dropped:
            yield ReplacedList(
                element=files.get(new.file.name),
                key=key,
                dropped=dropped,
                kept=tuple(text for text in before if text in after),
                added=tuple(text for text in after if text not in before),
                at=new.provenance,
                old=old.provenance,
            )


def _entry(item: Node) -> str:
    """Return one item of a list of dependencies or rules as a text."""
    plain = item.plain()
    if isinstance(plain, dict):
        junction, file = plain.get("junction"), plain.get("filename")
        return f"{junction}:{file}" if junction else str(file)
    return str(plain)


# -- conditions and options -----------------------------------------------------------------------


def _pools(top: ProjectState) -> list[OptionPool]:
    """Return the options of both passes; each decided about other files."""
    return [each.options for each in (top.first, top.second) if each is not None]


def _untaken(pool: OptionPool) -> Iterator[MappingNode]:
    """Yield the conditions that do not hold, with their branches, and those inside of them."""
    waiting: list[Node] = []
    for item, holds in pool.decided:
        if not holds:
            yield item
            waiting += item.entries.values()
    while waiting:
        node = waiting.pop()
        if isinstance(node, MappingNode):
            waiting += node.entries.values()
            inner = node.get("(?)")
            items = inner.items if isinstance(inner, SequenceNode) else []
            yield from (item for item in items if isinstance(item, MappingNode))
        elif isinstance(node, SequenceNode):
            waiting += node.items


def _failed(untaken: Iterable[MappingNode]) -> Iterator[Condition]:
    for item in untaken:
        for expression in item:
            yield Condition(expression=expression, at=item.provenance)


def _mentioned(untaken: Iterable[MappingNode]) -> Iterator[ElementName]:
    for item in untaken:
        for scalar in item.scalars():
            if scalar.value.endswith(".bst"):
                yield ElementName(os.path.normpath(scalar.value))


def _asked(loader: Loader, failed: Iterable[Condition]) -> frozenset[str]:
    """Return the options of the toplevel project that something asks for."""
    top = loader.toplevel
    expressions = {
        expression for pool in _pools(top) for item, _ in pool.decided for expression in item
    }
    expressions.update(condition.expression for condition in failed)
    words = {word for expression in expressions for word in _WORD.findall(expression)}
    return frozenset(
        option.name
        for pool in _pools(top)
        for option in pool.options.values()
        if option.name in words or (option.variable and _is_used(loader, option.variable))
    )


def _is_used(loader: Loader, variable: str) -> bool:
    """Return whether a file that was read refers to a variable, or BuildStream knows it by name.

    Which project resolves the text is not looked at.
    """
    own = project_defaults().file
    if variable == "notparallel" or (own is not None and variable in own.text):
        return True
    reference = f"%{{{variable}}}"
    kinds = (node.file for node in loader.toplevel.plugins.known_defaults())
    files = (*loader.session.files, *filter(None, kinds))
    return any(reference in file.text for file in files)
