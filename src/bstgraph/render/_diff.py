"""Comparisons of two states as text for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, assert_never

from bstgraph.diff import (
    Added,
    Cause,
    Changed,
    Comparison,
    DependencyCause,
    FileCause,
    Group,
    Removed,
    ResolutionCause,
    SourceCause,
    ValueCause,
)
from bstgraph.names import ElementName
from bstgraph.provenance import Provenance
from bstgraph.render._wording import counted, some

_MOST_NAMES: Final = 4
_MOST_FILES: Final = 6
_MOST_CAUSES: Final = 12
_LONGEST: Final = 60


def comparison_text(comparison: Comparison) -> str:
    """Return what changed: options first, then causes with who has them, then who inherits."""
    return "\n".join(_compared(comparison))


def _compared(comparison: Comparison) -> Iterator[str]:
    yield f"{comparison.before} -> {comparison.after}"
    if not comparison:
        yield f"no key changed: {counted(comparison.unchanged, 'element')}"
        return
    for option in comparison.options:
        where = f" of {option.project}" if option.project else ""
        change = f"{_value(option.before)} -> {_value(option.after)}"
        yield f"option {option.name}{where}: {change}"
    for name, before, after in comparison.machine:
        yield f"machine, {name}: {before} -> {after}"
    yield from _names("added", [c.element for c in comparison if isinstance(c, Added)])
    yield from _names("removed", [c.element for c in comparison if isinstance(c, Removed)])
    groups = comparison.groups()
    if groups:
        yield f"changed directly: {counted(len(comparison.roots), 'element')}"
        for group in groups:
            yield from _group(group)
    yield from _heirs(comparison.heirs)
    yield f"unchanged: {counted(comparison.unchanged, 'element')}"


def _names(what: str, names: Sequence[ElementName]) -> Iterator[str]:
    if names:
        yield f"{what}: {counted(len(names), 'element')}: {some(names, _MOST_NAMES)}"


def _group(group: Group) -> Iterator[str]:
    if len(group.elements) == 1:
        yield f"  {group.elements[0]}"
    else:
        yield f"  {counted(len(group.elements), 'element')}: {some(group.elements, _MOST_NAMES)}"
    for cause in group.causes[:_MOST_CAUSES]:
        yield f"    {cause_text(cause)}"
    if len(group.causes) > _MOST_CAUSES:
        yield f"    and {len(group.causes) - _MOST_CAUSES:,} more causes"


def _heirs(heirs: Sequence[Changed]) -> Iterator[str]:
    if not heirs:
        return
    weak = sum(1 for change in heirs if change.weak)
    strict = sum(1 for change in heirs if change.strict)
    yield (
        f"changed because of others: {counted(len(heirs), 'element')} "
        f"({strict:,} strict keys, {weak:,} weak keys)"
    )
    for change in heirs[:_MOST_NAMES]:
        few = change.inherited[:2]
        more = change.inherited_count - len(few)
        rest = f" and {more:,} more" if more else ""
        yield f"  {change.element}: through {', '.join(few)}{rest}"
    if len(heirs) > _MOST_NAMES:
        yield f"  and {len(heirs) - _MOST_NAMES:,} more"


def cause_text(cause: Cause) -> str:
    """Return one cause as one line: the input, before and after, and where it is written."""
    match cause:
        case ValueCause():
            path = ".".join((cause.input, *cause.path))
            return f"{path}: {_change(cause.before, cause.after)}{_via(cause.variables)}"
        case SourceCause():
            return _source(cause)
        case FileCause():
            files = [f"{file.path} {file.change}" for file in cause.files]
            told = f": {some(files, _MOST_FILES)}" if files else ""
            return f"source {cause.number} ({cause.kind}) files of {cause.path}{told}"
        case DependencyCause():
            return _dependency(cause)
        case ResolutionCause():
            return f"sources: {cause.before or 'resolved'} -> {cause.after or 'resolved'}"
        case _:
            assert_never(cause)


def _source(cause: SourceCause) -> str:
    what = f"source {cause.number} ({cause.kind})"
    if not cause.path:
        return f"{what} {_added(cause.before, cause.after) or 'of another kind'}{_at(cause.at)}"
    change = _change(cause.before, cause.after)
    return f"{what} {'.'.join(cause.path)}: {change}{_via(cause.variables)}{_at(cause.at)}"


def _dependency(cause: DependencyCause) -> str:
    if cause.before == cause.after:
        return f"order of the build scope, from {cause.name} on"
    change = _added(cause.before, cause.after) or f"{cause.before} -> {cause.after}"
    return f"dependency {cause.name}: {change}{_at(cause.at)}"


def _added(before: object, after: object) -> str:
    if before is None:
        return f"added ({after})" if isinstance(after, str) else "added"
    return "removed" if after is None else ""


def _change(before: object, after: object) -> str:
    old, new = _value(before), _value(after)
    if isinstance(before, str) and isinstance(after, str):
        old, new = _around(before, after)
    return f"{old} -> {new}"


def _around(before: str, after: str) -> tuple[str, str]:
    """Return two texts as far as they differ, when they are too long to be shown whole."""
    if max(len(before), len(after)) <= _LONGEST and "\n" not in before + after:
        return _value(before), _value(after)
    start = next(
        (i for i, (a, b) in enumerate(zip(before, after, strict=False)) if a != b),
        min(len(before), len(after)),
    )
    start = max(0, start - 12)
    head = "..." if start else ""
    return head + _value(before[start:]), head + _value(after[start:])


def _value(value: object) -> str:
    if value is None:
        return "nothing"
    text = value if isinstance(value, str) else repr(value)
    text = text.replace("\n", "\\n")
    return (text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "...") or "''"


def _via(variables: Sequence[str]) -> str:
    names = ", ".join(f"%{{{name}}}" for name in variables)
    return f" (variable {names})" if names else ""


def _at(place: Provenance | None) -> str:
    return f"  at {place}" if place else ""
