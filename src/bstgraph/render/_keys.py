"""Keys, and what they are made of, as text for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from bstgraph.keys import CacheKey, ElementKeys, KeyInputs, Keys, SourceInput
from bstgraph.model import Dependency
from bstgraph.names import ElementName
from bstgraph.render._wording import counted
from bstgraph.state import Explanation, State

SHORT: Final = 12
"""Digits of a key that a table shows."""
_LONGEST: Final = 100
"""Characters of one line of a value."""
_MOST_LINES: Final = 12
"""Lines of one text that are shown."""
_MOST_GAPS: Final = 5


def key_table(keys: Sequence[ElementKeys], *, full: bool = False) -> str:
    """Return a head and one line for each element: strict key, weak key, kind, name.

    A key with gaps ends in `~`, one that BuildStream does not have is `-`.
    """
    size = 64 if full else SHORT
    width = max((len(each.kind) for each in keys), default=0)
    head = f"{'strict key':{size + 1}}  {'weak key':{size + 1}}  {'kind':{width}}  element"
    rows = (
        f"{_cell(each.strict, size)}  {_cell(each.weak, size)}  {each.kind:{width}}  {each.name}"
        for each in keys
    )
    return "\n".join((head, *rows))


def _cell(key: CacheKey, size: int) -> str:
    text = "-" if key.digest is None else key.digest[:size] + ("~" if key.gaps else "")
    return f"{text:{size + 1}}"


def key_summary(keys: Keys) -> str:
    """Return how many keys there are, how many are exact, and why there are none."""
    without = [each for each in keys.values() if each.strict.digest is None]
    inexact = len(keys.inexact)
    parts = [counted(len(keys), "element")]
    if without:
        parts.append(f"{len(without):,} without a strict key")
    rest = "the others" if without else "all keys"
    parts.append(f"{inexact:,} with gaps" if inexact else f"{rest} exact")
    rule = " (the runbook's rule)" if keys.rule == "runbook" else ""
    reasons = dict.fromkeys(each.strict.absent for each in without)
    told = [f"no key: {reason}" for reason in reasons if "not resolved" in reason]
    more = [f"no key: and {len(told) - _MOST_GAPS:,} more"] if len(told) > _MOST_GAPS else []
    return "\n".join((*told[:_MOST_GAPS], *more, ", ".join(parts) + rule))


def state_text(state: State) -> str:
    """Return a state in a few lines."""
    lines = [f"{state.label}: {key_summary(state.keys)}"]
    gaps = state.keys.gaps
    lines += [f"unknown: {gap}" for gap in gaps[:_MOST_GAPS]]
    if len(gaps) > _MOST_GAPS:
        lines.append(f"unknown: and {len(gaps) - _MOST_GAPS:,} more")
    return "\n".join(lines)


def explanation_tree(explanation: Explanation) -> str:
    """Return what the keys of an element are made of, as a tree."""
    return "\n".join(_explained(explanation))


def _explained(explanation: Explanation) -> Iterator[str]:
    keys, inputs = explanation.keys, explanation.strict
    where = f"  at {explanation.at}" if explanation.at else ""
    yield f"{keys.name}  {keys.kind}{where}"
    yield from _key_lines("strict", keys.strict)
    yield from _key_lines("weak", keys.weak)
    yield f"├─ kind {inputs.kind}, plugin version {inputs.plugin_version}"
    yield from _part("config", inputs.plugin_key)
    yield from _sources(inputs.sources)
    yield from _part("environment", inputs.environment)
    yield from _part("sandbox", inputs.sandbox)
    yield from _part("public", inputs.public)
    yield f"├─ build-root {inputs.build_root}"
    warnings = ", ".join(inputs.fatal_warnings or ()) or "none"
    yield f"├─ fatal-warnings {warnings}"
    yield from _dependencies(explanation)


def _key_lines(name: str, key: CacheKey) -> Iterator[str]:
    yield f"│  {name:6} {key}{', exact' if key.exact else ''}"
    yield from (f"│         unknown: {gap}" for gap in key.gaps[:_MOST_GAPS])
    if len(key.gaps) > _MOST_GAPS:
        yield f"│         unknown: and {len(key.gaps) - _MOST_GAPS:,} more"


def _part(name: str, value: object) -> Iterator[str]:
    if value is None:
        yield f"├─ {name} not hashed: it runs no commands"
    elif not isinstance(value, Mapping | list | tuple):
        yield f"├─ {name} {value}"
    else:
        yield f"├─ {name}{'' if value else ' empty'}"
        yield from (f"│  {line}" for line in _lines(value))


def _lines(value: object) -> Iterator[str]:
    match value:
        case Mapping():
            for key in sorted(value):
                yield from _entry(f"{key}:", value[key])
        case list() | tuple():
            for item in value:
                yield from _entry("-", item)


def _entry(head: str, value: object) -> Iterator[str]:
    match value:
        case Mapping() | list() | tuple() if value:
            yield head
            yield from (f"  {line}" for line in _lines(value))
        case Mapping() | list() | tuple():
            yield f"{head} none"
        case _:
            first, *rest = _cut(value)
            yield f"{head} {first}".rstrip()
            yield from (f"    {line}" for line in rest)


def _cut(value: object) -> list[str]:
    lines = str(value).split("\n")
    shown = [line if len(line) <= _LONGEST else line[: _LONGEST - 3] + "..." for line in lines]
    if len(shown) > _MOST_LINES:
        shown[_MOST_LINES - 1 :] = [f"... {len(shown) - _MOST_LINES + 1} more lines"]
    return shown


def _sources(sources: Sequence[SourceInput]) -> Iterator[str]:
    yield f"├─ {counted(len(sources), 'source') if sources else 'no sources'}"
    for number, source in enumerate(sources, 1):
        directory = f" in {source.directory}" if source.directory else ""
        where = f"  at {source.at}" if source.at else ""
        yield f"│  {number} {source.kind}{directory}{where}"
        if isinstance(source.key, Mapping | list | tuple):
            yield from (f"│    {line}" for line in _lines(source.key))
        else:
            yield f"│    {source.key}"


def _dependencies(explanation: Explanation) -> Iterator[str]:
    scope = explanation.strict.dependencies
    direct = [entry for entry in explanation.direct if entry.build]
    named = {entry.name for entry in direct}
    total = counted(len(scope), "element")
    yield f"└─ build scope: {total}, {len(direct):,} direct, in staging order"
    strict = {entry.name: entry.key for entry in scope}
    weak = {entry.name: entry.key for entry in explanation.weak.dependencies}
    for entry in direct:
        yield f"   {_dependency(entry, strict.get(entry.name), weak.get(entry.name))}"
    indirect = [entry.name for entry in scope if entry.name not in named]
    if indirect:
        yield f"   and what these need to run: {_few(indirect)}"


def _dependency(entry: Dependency, strict: str | None, weak: str | None) -> str:
    by = f"weak key holds its weak key {weak[:SHORT]}" if weak else "weak key holds its name"
    place = f"  at {entry.provenance}" if entry.provenance else ""
    return f"{(strict or 'no key')[:SHORT]:{SHORT}}  {entry.name} ({by}){place}"


def _few(names: Sequence[ElementName], most: int = 6) -> str:
    rest = f" and {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(names[:most]) + rest


def inputs_text(inputs: KeyInputs) -> str:
    """Return the dictionary that is hashed as indented lines."""
    lines = [f"{inputs.element}: {inputs.strength} key {inputs.digest}"]
    return "\n".join((*lines, *(f"  {line}" for line in _lines(inputs.dictionary()))))
