"""Comparisons of two states as text for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final, assert_never

from bstgraph.diff import (
    Added,
    Cause,
    Changed,
    Comparison,
    DependencyCause,
    FileCause,
    Fold,
    Removed,
    ResolutionCause,
    SourceCause,
    ValueCause,
    VariableChange,
)
from bstgraph.names import ElementName
from bstgraph.provenance import Provenance
from bstgraph.render._wording import counted, some

_MOST_NAMES: Final = 4
_MOST_FILES: Final = 6
_MOST_CAUSES: Final = 8
_MOST_FOLDS: Final = 25
_MOST_SINGLE: Final = 25
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
    yield from _direct(comparison)
    yield from _heirs(comparison.heirs)
    yield f"unchanged: {counted(comparison.unchanged, 'element')}"


def _names(what: str, names: Sequence[ElementName]) -> Iterator[str]:
    if names:
        yield f"{what}: {counted(len(names), 'element')}: {some(names, _MOST_NAMES)}"


def _direct(comparison: Comparison) -> Iterator[str]:
    """Yield causes that several elements have, then elements with causes of their own."""
    if not comparison.roots:
        return
    yield f"changed directly: {counted(len(comparison.roots), 'element')}"
    folds = comparison.folded()
    shared = [fold for fold in folds if len(fold.elements) > 1]
    for fold in shared[:_MOST_FOLDS]:
        yield f"  {_folded(fold)}"
        yield f"    {counted(len(fold.elements), 'element')}: {some(fold.elements, _MOST_NAMES)}"
    if len(shared) > _MOST_FOLDS:
        yield f"  and {len(shared) - _MOST_FOLDS:,} more causes that several elements have"
    single: dict[ElementName, list[Fold]] = {}
    for fold in folds[len(shared) :]:
        single.setdefault(fold.elements[0], []).append(fold)
    for name, own in islice(single.items(), _MOST_SINGLE):
        yield f"  {name}"
        yield from (f"    {_folded(fold)}" for fold in own[:_MOST_CAUSES])
        if len(own) > _MOST_CAUSES:
            yield f"    and {len(own) - _MOST_CAUSES:,} more causes"
    if len(single) > _MOST_SINGLE:
        yield f"  and {len(single) - _MOST_SINGLE:,} more elements with causes of their own"


def _folded(fold: Fold) -> str:
    if not fold.variables:
        return cause_text(fold.cause)
    names = " or ".join(change.name for change in fold.variables)
    first = fold.variables[0]
    where = ", ".join(fold.inputs)
    return f"variable {names}: {_change(first.before, first.after)} (in {where})"


def _heirs(heirs: Sequence[Changed]) -> Iterator[str]:
    if not heirs:
        return
    weak = sum(1 for change in heirs if change.weak)
    strict = sum(1 for change in heirs if change.strict)
    yield (
        f"changed because of others: {counted(len(heirs), 'element')} "
        f"({counted(strict, 'strict key')}, {counted(weak, 'weak key')})"
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


def _via(variables: Sequence[VariableChange]) -> str:
    names = " or ".join(f"%{{{change.name}}}" for change in variables)
    return f" (variable {names})" if names else ""


def _at(place: Provenance | None) -> str:
    return f"  at {place}" if place else ""
