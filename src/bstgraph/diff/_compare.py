"""The comparison: direct causes of all elements first, and then who inherits from whom."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, TypeAlias

from bstgraph.diff._changes import (
    Added,
    Cause,
    Change,
    Changed,
    Comparison,
    DependencyCause,
    FileCause,
    FileChange,
    OptionChange,
    Path,
    Removed,
    ResolutionCause,
    SourceCause,
    ValueCause,
    ValueInput,
    VariableChange,
)
from bstgraph.keys import CacheKey, ElementKeys, KeyInputs
from bstgraph.kinds import source_rules
from bstgraph.model import Dependency, Element, Source
from bstgraph.names import ElementName
from bstgraph.state import State

MOST_NAMED: Final = 20
"""How many dependencies of one element are named; the rest is counted."""

_MOST_VARIABLES: Final = 3
_WORKSPACE: Final = "workspace"

Variables: TypeAlias = Mapping[str, tuple[str, str]]
"""Variables of an element that changed -> their values before and after."""


def compare(before: State, after: State) -> Comparison:
    """Return what changed from one state to the other.

    Every changed key names at least one input: a cause of the element's own, or an element that
    it inherits from.

    Raises:
        ValueError: the states follow different key rules.
    """
    if before.keys.rule != after.keys.rule:
        raise ValueError("keys of different rules cannot be compared")
    both = [name for name in after.keys if name in before.keys]
    pairs = {name: (before.keys[name], after.keys[name]) for name in both}
    changed = list(_Comparison(before, after, pairs).changes())
    different = sum(1 for change in changed if change.weak or change.strict)
    changes: tuple[Change, ...] = (
        *(Added(element=name) for name in after.keys if name not in before.keys),
        *(Removed(element=name) for name in before.keys if name not in after.keys),
        *sorted(changed, key=lambda change: not change.causes),
    )
    return Comparison(
        before=before.label,
        after=after.label,
        options=tuple(_options(before, after)),
        machine=tuple(_machine(before, after)),
        changes=changes,
        unchanged=len(pairs) - different,
    )


class _Comparison:
    """One comparison of two states."""

    def __init__(
        self,
        before: State,
        after: State,
        pairs: Mapping[ElementName, tuple[ElementKeys, ElementKeys]],
    ) -> None:
        self._before = before
        self._after = after
        self._pairs = pairs
        self._different = {n for n, (a, b) in pairs.items() if _differ(a, b)}

    def changes(self) -> Iterator[Changed]:
        causes = {name: tuple(self._causes(name)) for name in self._pairs}
        keys = self._after.keys
        roots = keys.bits(name for name, found in causes.items() if found)
        others = keys.bits(name for name in keys if name not in self._pairs)
        # One that is gone may be there still, with no key: behind a junction that is missing now.
        others |= keys.bits(name for name in self._before.keys if name not in self._pairs)
        others |= keys.bits(self._different)
        for name, (before, after) in self._pairs.items():
            found = causes[name]
            if name not in self._different and not found:
                continue
            inherited: tuple[ElementName, ...] = ()
            count = 0
            if name in self._different:
                first, count = keys.staged(name, roots, MOST_NAMED)
                rest, more = keys.staged(name, others & ~roots, MOST_NAMED)
                inherited, count = (*first, *rest)[:MOST_NAMED], count + more
                found = found if found or inherited else (self._listed(name),)
            yield Changed(
                element=name,
                weak=_other(before.weak, after.weak),
                strict=_other(before.strict, after.strict),
                causes=found,
                inherited=inherited,
                inherited_count=count,
                gaps=tuple(dict.fromkeys((*before.gaps, *after.gaps))),
            )

    def _listed(self, name: ElementName) -> Cause:
        """Return the cause that is left: what the key says of dependencies that are the same."""
        before, after = self._before.keys.scope(name), self._after.keys.scope(name)
        for old, new in itertools.zip_longest(before, after):
            if old != new:
                return DependencyCause(name=new or old, before="order", after="order")
            was, is_now = (s.graph.get(new) for s in (self._before, self._after))
            if was is not None and is_now is not None and was.project_name != is_now.project_name:
                projects = (f"of project '{each.project_name}'" for each in (was, is_now))
                return DependencyCause(name=new, before=next(projects), after=next(projects))
        return DependencyCause(name=name, before="order", after="order")

    def _causes(self, name: ElementName) -> Iterator[Cause]:
        before, after = self._before.graph.elements[name], self._after.graph.elements[name]
        yield from _dependencies(before, after)
        if name not in self._different:
            return
        inputs = self._before.keys.own(name), self._after.keys.own(name)
        changed = {
            variable: (before.variables.get(variable, ""), value)
            for variable, value in after.variables.items()
            if before.variables.get(variable) != value
        }
        yield from _values(*inputs, changed)
        strict = tuple(s.keys.strict_rebuild(name) for s in (self._before, self._after))
        if strict[0] != strict[1] and before.kind == after.kind:
            path = ("strict-rebuild",)
            yield ValueCause(input="plugin", path=path, before=strict[0], after=strict[1])
        yield from self._sources(before, after, changed)
        absent = tuple(keys.weak.absent for keys in self._pairs[name])
        if absent[0] != absent[1]:
            yield ResolutionCause(before=absent[0], after=absent[1])

    def _sources(self, before: Element, after: Element, changed: Variables) -> Iterator[Cause]:
        inputs = (
            self._before.keys.own(before.name).sources,
            self._after.keys.own(after.name).sources,
        )
        sources = itertools.zip_longest(before.staged_sources, after.staged_sources)
        keys = itertools.zip_longest(*inputs)
        for number, ((old, new), (a, b)) in enumerate(zip(sources, keys, strict=True), 1):
            if old is None or new is None or old.kind != new.kind:
                yield _replaced(number, old, new)
            elif a is None or b is None or a.data() != b.data():
                yield from self._source(number, old, new, (before, after, changed))

    def _source(
        self,
        number: int,
        old: Source,
        new: Source,
        owner: tuple[Element, Element, Variables],
    ) -> Iterator[Cause]:
        before, after, changed = owner
        a = {"directory": old.directory, **old.config}
        b = {"directory": new.directory, **new.config}
        # Where a workspace lies is in no key.
        workspace = new.kind == _WORKSPACE
        found = [] if workspace else self._counted(list(differences(a, b)), old, new, after)
        for path, was, is_now in found:
            yield SourceCause(
                number=number,
                kind=new.kind,
                path=path,
                before=was,
                after=is_now,
                at=new.provenance,
                variables=_shown_in(changed, was, is_now),
            )
        names = {path[0] for path, _, _ in found}
        rules = source_rules(new.kind, new.plugin).kind
        paths = rules.path_keys if rules is not None else {}
        if not names.isdisjoint(paths) or (found and not self._reads_other(old, before, after)):
            return
        if found or paths or workspace:
            named = new.config.get("path")
            yield FileCause(
                number=number,
                kind=new.kind,
                path=named if isinstance(named, str) else "",
                files=self._files(old, new, before, after),
                at=new.provenance,
            )
        else:
            yield _elsewhere(number, old, new)

    def _counted(
        self, found: list[tuple[Path, Any, Any]], old: Source, new: Source, owner: Element
    ) -> list[tuple[Path, Any, Any]]:
        """Return the differences that the key depends on, as far as that can be tried."""
        names = dict.fromkeys(path[0] for path, _, _ in found)
        key = self._after.source_key(owner, new)
        if len(names) < 2 or key is None:
            return found
        idle = set()
        for name in names:
            config = {k: v for k, v in new.config.items() if k != name}
            if name in old.config:
                config[name] = old.config[name]
            tried = new.model_copy(update={"config": config})
            if name != "directory" and self._after.source_key(owner, tried) == key:
                idle.add(name)
        return found if len(idle) == len(names) else [f for f in found if f[0][0] not in idle]

    def _reads_other(self, source: Source, before: Element, after: Element) -> bool:
        """Return whether the files that a source reads are others after than before."""
        was, is_now = (
            state.source_key(element, source)
            for state, element in ((self._before, before), (self._after, after))
        )
        return was is not None and is_now is not None and was != is_now

    def _files(
        self, old: Source, new: Source, before: Element, after: Element
    ) -> tuple[FileChange, ...]:
        a = _seen(self._before, before, old)
        b = _seen(self._after, after, new)
        found: list[FileChange] = []
        for path in sorted(a.keys() | b.keys()):
            if path not in a:
                found.append(FileChange(path=path, change="added"))
            elif path not in b:
                found.append(FileChange(path=path, change="removed"))
            elif a[path] != b[path]:
                same = a[path][0] == b[path][0]
                found.append(FileChange(path=path, change="touched" if same else "changed"))
        return tuple(found)


def _seen(state: State, element: Element, source: Source) -> Mapping[str, tuple[str, int | None]]:
    """Return what a source reads: relative path -> what is there, and its time if that counts."""
    if source.kind == _WORKSPACE:
        return state.workspace_files(element)
    return {path: (text, None) for path, text in state.source_files(element, source).items()}


def _differ(before: ElementKeys, after: ElementKeys) -> bool:
    return _other(before.weak, after.weak) or _other(before.strict, after.strict)


def _other(before: CacheKey, after: CacheKey) -> bool:
    return before.digest != after.digest


def differences(before: Any, after: Any, path: Path = ()) -> Iterator[tuple[Path, Any, Any]]:  # noqa: ANN401
    """Yield (path, before, after) for every leaf that differs; None stands for what is not there.

    Lists of equal length are compared item by item, others as a whole.
    """
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in sorted(before.keys() | after.keys()):
            if before.get(key) != after.get(key):
                yield from differences(before.get(key), after.get(key), (*path, str(key)))
    elif _listed(before) and _listed(after) and len(before) == len(after):
        for index, (a, b) in enumerate(zip(before, after, strict=True)):
            if a != b:
                yield from differences(a, b, (*path, str(index)))
    elif before != after:
        yield path, before, after


def _listed(value: object) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)


def _values(before: KeyInputs, after: KeyInputs, changed: Variables) -> Iterator[Cause]:
    parts: tuple[tuple[ValueInput, object, object], ...] = (
        ("kind", before.kind, after.kind),
        ("plugin", before.plugin_version, after.plugin_version),
        ("config", before.plugin_key, after.plugin_key),
        ("environment", before.environment, after.environment),
        ("public", before.public, after.public),
        ("sandbox", before.sandbox, after.sandbox),
        ("build-root", before.build_root, after.build_root),
        ("fatal-warnings", before.fatal_warnings, after.fatal_warnings),
    )
    for part, a, b in parts:
        for path, was, is_now in differences(a, b):
            yield ValueCause(
                input=part,
                path=path,
                before=was,
                after=is_now,
                variables=_shown_in(changed, was, is_now),
            )


def _shown_in(changed: Variables, before: object, after: object) -> tuple[VariableChange, ...]:
    """Return changed variables whose old value is in the old text and new one in the new text."""
    old, new = _text(before), _text(after)
    found = [
        VariableChange(name=name, before=a, after=b)
        for name, (a, b) in changed.items()
        if (a or b) and (not a or a in old) and (not b or b in new)
    ]
    # The shortest value first, and with it those that have the same values.
    found.sort(key=lambda change: (len(change.before) + len(change.after), change.name))
    least = [c for c in found if (c.before, c.after) == (found[0].before, found[0].after)]
    return tuple(least[:_MOST_VARIABLES])


def _text(value: object) -> str:
    if isinstance(value, Mapping):
        return "\n".join(map(_text, value.values()))
    if isinstance(value, str) or not isinstance(value, Sequence):
        return "" if value is None else str(value)
    return "\n".join(map(_text, value))


def _replaced(number: int, old: Source | None, new: Source | None) -> Cause:
    source = new if new is not None else old
    return SourceCause(
        number=number,
        kind=source.kind if source is not None else "",
        path=(),
        before={"kind": old.kind, **old.config} if old is not None else None,
        after={"kind": new.kind, **new.config} if new is not None else None,
        at=source.provenance if source is not None else None,
    )


def _elsewhere(number: int, old: Source, new: Source) -> Cause:
    """Return what is left for a source of the same config that reads no files."""
    if old.url != new.url:
        # A file name that the source does not give is taken from what the alias stands for.
        part, was, is_now = "resolved url", old.url, new.url
    else:
        part, was, is_now = "plugin", _plugin(old), _plugin(new)
    return SourceCause(
        number=number, kind=new.kind, path=(part,), before=was, after=is_now, at=new.provenance
    )


def _plugin(source: Source) -> str | None:
    plugin = source.plugin
    if plugin is None:
        return None
    release = ".".join(map(str, plugin.release)) or "of no known release"
    return f"{plugin.file or plugin.origin} ({release})"


def _dependencies(before: Element, after: Element) -> Iterator[Cause]:
    old = {entry.name: entry for entry in before.dependencies}
    new = {entry.name: entry for entry in after.dependencies}
    for name in dict.fromkeys((*new, *old)):
        was, is_now = (_type(entries.get(name)) for entries in (old, new))
        if was != is_now:
            entry = new.get(name) or old[name]
            yield DependencyCause(name=name, before=was, after=is_now, at=entry.provenance)


def _type(entry: Dependency | None) -> str | None:
    if entry is None:
        return None
    return f"{entry.type}, strict" if entry.strict else entry.type


def _options(before: State, after: State) -> Iterator[OptionChange]:
    old, new = (
        {
            (junction, option.name): option.exported
            for junction, conf in state.project.projects.items()
            for option in conf.options
        }
        for state in (before, after)
    )
    for key in dict.fromkeys((*new, *old)):
        if old.get(key) != new.get(key):
            project, name = key
            yield OptionChange(project=project, name=name, before=old.get(key), after=new.get(key))


def _machine(before: State, after: State) -> Iterator[tuple[str, str, str]]:
    old, new = before.project.machine, after.project.machine
    for name in ("max_jobs", "arch", "system", "home"):
        was, is_now = str(getattr(old, name)), str(getattr(new, name))
        if was != is_now:
            yield name.replace("_", "-"), was, is_now
