"""Two variants of an image as text for a terminal: counts first, then what differs."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Final, TypeVar

from bstgraph.images import Filter
from bstgraph.names import ElementName
from bstgraph.provenance import Provenance
from bstgraph.render._tree import filter_text
from bstgraph.render._wording import counted, some
from bstgraph.variants import (
    EffectiveChange,
    FilterChange,
    Line,
    OnlyPackage,
    OnlyStage,
    OtherPackage,
    OtherStage,
    Parity,
    PlacedPackages,
    ScriptChange,
    Side,
    ValueChange,
    Variant,
)

_WIDTH: Final = 100
"""Texts of commands and lists of names are cut to stay within it; names themselves are not."""
_ROOM: Final = _WIDTH - 7
"""How long a line of a command may be."""
_BEFORE: Final = 30
"""How much of it is shown before the first difference."""
_MOST_GROUPS: Final = 12
_MOST_PACKAGES: Final = 8
_MOST_STAGES: Final = 10
_MOST_CHANGES: Final = 20
_MOST_LINES: Final = 8
_MOST_VALUES: Final = 20

_SIDES: Final[tuple[Side, Side]] = ("a", "b")

T = TypeVar("T")

_Packages = dict[ElementName, OnlyPackage]


def parity_text(compared: Parity) -> str:
    """Return what one variant has and the other lacks."""
    return "\n".join(_lines(compared))


def _lines(compared: Parity) -> Iterator[str]:
    yield from _variant("A", compared.a)
    yield from _variant("B", compared.b)
    if compared.built_upon:
        upper, lower = ("B", "A") if compared.built_upon == "b" else ("A", "B")
        yield f"{upper} is built upon {lower}: all of {lower} is underneath {upper}'s layers"
    if not compared:
        known = "alike as far as is known" if compared.gaps else "alike"
        yield f"{known}: {counted(compared.shared, 'package')} in both"
        return
    yield _counts(compared)
    yield from _packages(compared)
    yield from _filters(compared)
    yield from _stages(compared)
    yield from _commands(compared)
    yield from _values(compared)
    yield from _next(compared)


def _variant(label: str, variant: Variant) -> Iterator[str]:
    amounts = f"{counted(variant.packages, 'package')}, {counted(variant.commands, 'command')}"
    yield f"{label}  {variant.name}: {amounts}"
    places = (*variant.layers, *variant.parents)
    width = max((len(where) for where, _ in places), default=0)
    yield from (f"     {where:{width}}  {name}" for where, name in places[:_MOST_STAGES])
    yield from _rest(places, _MOST_STAGES, "     and {} more")


def _of(compared: Parity, kind: type[T]) -> list[T]:
    return [each for each in compared if isinstance(each, kind)]


def _counts(compared: Parity) -> str:
    only = Counter(each.side for each in _of(compared, OnlyPackage))
    rest = {
        "filter setting": len(_of(compared, FilterChange)) + len(_of(compared, EffectiveChange)),
        "stage": len(_of(compared, OnlyStage)) + len(_of(compared, OtherStage)),
        "part": len(_of(compared, ScriptChange)),
        "value": len(_of(compared, ValueChange)),
    }
    parts = [f"{counted(only[side], 'package')} only in {side.upper()}" for side in _SIDES]
    parts += [
        counted(number, noun) + (" of the commands" if noun == "part" else "")
        for noun, number in rest.items()
        if number
    ]
    text = f"different: {', '.join(parts)}"
    return textwrap.fill(text, _WIDTH, subsequent_indent="  ", break_on_hyphens=False)


def _packages(compared: Parity) -> Iterator[str]:
    found = _of(compared, OnlyPackage)
    others = _of(compared, OtherPackage)
    placed = _of(compared, PlacedPackages)
    yield ""
    yield f"packages: {compared.shared:,} in both"
    for side in _SIDES:
        if own := {each.name: each for each in found if each.side == side}:
            yield f"  only in {side.upper()}: {len(own):,}"
            yield from _groups(own)
    for other in others[:_MOST_PACKAGES]:
        yield f"  of another {_what(other)}"
        yield from _placed(f"    A  {other.a}", other.at_a)
        yield from _placed(f"    B  {other.b}", other.at_b)
    yield from _rest(others, _MOST_PACKAGES, "  and {} more of another project or junction")
    for each in placed:
        yield f"  elsewhere: {_named(each.packages, 'package', 13)}"
        yield f"    A  {', '.join(each.locations_a)}"
        yield f"    B  {', '.join(each.locations_b)}"


def _what(other: OtherPackage) -> str:
    return "project" if other.project_a != other.project_b else "junction"


def _groups(own: _Packages) -> Iterator[str]:
    """Yield packages below the stacks that bring them in, the stack with the most first."""
    groups: dict[ElementName | None, list[OnlyPackage]] = {}
    for package in own.values():
        groups.setdefault(package.stack, []).append(package)
    ordered = sorted(groups.items(), key=lambda group: -len(group[1]))
    for stack, packages in ordered[:_MOST_GROUPS]:
        yield f"    {counted(len(packages), 'package')} by {_way(stack, packages[0])}"
        yield from _members(own, stack, packages)
    rest = sum(len(packages) for _, packages in ordered[_MOST_GROUPS:])
    if rest:
        stacks = counted(len(ordered) - _MOST_GROUPS, "more stack")
        yield f"    {counted(rest, 'package')} by {stacks}"


def _way(stack: ElementName | None, package: OnlyPackage) -> str:
    """Return the stack, and what it comes by itself; without a stack, what is staged."""
    if stack is None:
        return f"{package.path[1]}, without a stack"
    above = package.path[1 : package.path.index(stack)] if stack in package.path else ()
    return f"the stack {stack}" + (f" in {above[-1]}" if above else "")


def _members(
    own: _Packages, stack: ElementName | None, packages: Sequence[OnlyPackage]
) -> Iterator[str]:
    direct: list[tuple[OnlyPackage, Sequence[ElementName]]] = []
    needed: list[tuple[OnlyPackage, Sequence[ElementName]]] = []
    for package in packages:
        start = package.path.index(stack) + 1 if stack in package.path else 2
        between = package.path[start:-1]
        (needed if any(name in own for name in between) else direct).append((package, between))
    shown = direct[:_MOST_PACKAGES]
    members, kinds = [each.name for each, _ in shown], [_kind(*pair) for pair in shown]
    first, second = (max(map(len, column), default=0) for column in (members, kinds))
    if any(first + second + len(str(each.at_a or each.at_b)) > _WIDTH - 10 for each, _ in shown):
        first = second = 0
    for name, kind, (each, _) in zip(members, kinds, shown, strict=True):
        yield from _placed(f"      {name:{first}}  {kind:{second}}", each.at_a or each.at_b)
    rest = [each.name for each, _ in direct[_MOST_PACKAGES:]]
    if rest:
        yield f"      and {len(rest):,} more: {some(rest, 6, _WIDTH - 24)}"
    if needed:
        names = some([each.name for each, _ in needed], 6, _WIDTH - 30)
        yield f"      and {len(needed):,} that these need: {names}"


def _kind(package: OnlyPackage, between: Sequence[ElementName]) -> str:
    kind = package.kind or "not at hand"
    return f"{kind}, through {between[-1]}" if between else kind


def _filters(compared: Parity) -> Iterator[str]:
    own, effective = _of(compared, FilterChange), _of(compared, EffectiveChange)
    if not (own or effective):
        return
    yield ""
    yield "filters"
    for (a, b), changes in groupby(own, key=lambda change: (change.a, change.b)):
        yield f"  {a}" if a == b else f"  A {a}, B {b}"
        yield from (f"    {change.field}: {_field(change)}" for change in changes)
    for each in effective[:_MOST_GROUPS]:
        where = f"  at {each.location}, of "
        yield where + _named(each.packages, "package", len(where))
        if each.a or each.b:
            for label, ways in (("A", each.a), ("B", each.b)):
                yield from (f"    {label}  {_passing(way)}" for way in ways)
            continue
        for label, domains in (("A", each.without_a), ("B", each.without_b)):
            if domains:
                yield f"    left out only in {label}: {some(domains, 8)}"
    yield from _rest(effective, _MOST_GROUPS, "  and {} more groups of packages")
    if not effective and compared.shared:
        yield "  all stages together, the files of packages of both are filtered alike"


def _field(change: FilterChange) -> str:
    values = (change.value_a, change.value_b)
    if isinstance(values[0], tuple) and isinstance(values[1], tuple):
        sets = set(values[0]), set(values[1])
        only = [sorted(sets[i] - sets[1 - i]) for i in (0, 1)]
        parts = [f"only {x} {', '.join(o)}" for x, o in zip("AB", only, strict=True) if o]
        return "; ".join(parts)
    shown = [
        ("yes" if value else "no")
        if isinstance(value, bool)
        else ("all" if value is None else ", ".join(value))
        for value in values
    ]
    return f"A {shown[0]}, B {shown[1]}"


def _passing(rules: Filter) -> str:
    text = filter_text(rules) or "everything"
    return f"{text}; {'integrated' if rules.integrate else 'without integration commands'}"


def _stages(compared: Parity) -> Iterator[str]:
    others, only = _of(compared, OtherStage), _of(compared, OnlyStage)
    if not (others or only):
        return
    yield ""
    yield "stages"
    for other in others[:_MOST_STAGES]:
        where = f" at {other.location}" if other.location else ""
        what = "" if other.what in ("parent", "tool") else f" of {other.a}"
        yield f"  other {other.what}{what}{where}"
        yield from _placed(f"    A  {other.value_a}", other.at_a)
        yield from _placed(f"    B  {other.value_b}", other.at_b)
    yield from _rest(others, _MOST_STAGES, "  and {} more in other places or of another kind")
    for side in _SIDES:
        own = [each for each in only if each.side == side]
        for each in own[:_MOST_STAGES]:
            head = f"  only in {side.upper()}: {_stage(each)}"
            yield from _placed(head, each.at_a or each.at_b)
        names = some([each.name for each in own[_MOST_STAGES:]], 4, _WIDTH - 30)
        yield from _rest(own, _MOST_STAGES, f"  and {{}} more only in {side.upper()}: {names}")


def _stage(each: OnlyStage) -> str:
    place = f"{each.location} " if each.location else ""
    role = each.role if each.role in ("tool", "parent", "external") else each.kind
    rules = f" {filter_text(each.filter)}".rstrip() if each.filter else ""
    return f"{place}{role} {each.name}{rules}"


def _commands(compared: Parity) -> Iterator[str]:
    changes = _of(compared, ScriptChange)
    for (a, b), found in groupby(changes, key=lambda change: (change.script_a, change.script_b)):
        own = list(found)
        yield ""
        yield "commands" if (a, b) == (compared.a.name, compared.b.name) else f"commands of {a}"
        for change in own[:_MOST_CHANGES]:
            yield from _change(change)
        yield from _rest(own, _MOST_CHANGES, "  and {} more")


def _change(change: ScriptChange) -> Iterator[str]:
    match change.change:
        case "moved":
            where = f"{_place(change.a[0])} in A, {_place(change.b[0])} in B"
            yield f"  {counted(len(change.a), 'line')} moved: {where}"
            yield from _texts("=", change.a)
        case "split":
            yield f"  one command or two, from here on: {_both(change)}"
            yield from _texts("=", change.a)
        case "changed":
            yield f"  changed: {_both(change)}"
            for old, new in list(zip(change.a, change.b, strict=True))[:_MOST_LINES]:
                texts = _around(old.text, new.text)
                yield from (f"    {label}  {text}" for label, text in zip("AB", texts, strict=True))
            yield from _rest(change.a, _MOST_LINES, "       and {} more")
        case _:
            side, lines = ("A", change.a) if change.a else ("B", change.b)
            yield f"  only in {side}: {counted(len(lines), 'line')} from {_place(lines[0])} on"
            yield from _texts(side, lines)


def _both(change: ScriptChange) -> str:
    a, b = _place(change.a[0]), _place(change.b[0])
    return a if a == b else f"{a} in A, {b} in B"


def _place(line: Line) -> str:
    group = "" if line.group == "commands" else f"{line.group}, "
    return f"{group}step {line.step}, line {line.number}"


def _texts(label: str, lines: Sequence[Line]) -> Iterator[str]:
    for line in lines[:_MOST_LINES]:
        yield f"    {label}  {_cut(line.text.expandtabs(4))}"
    yield from _rest(lines, _MOST_LINES, "       and {} more")


def _cut(text: str) -> str:
    return text if len(text) <= _ROOM else text[: _ROOM - 3] + "..."


def _around(old: str, new: str) -> tuple[str, str]:
    """Return two lines; those that are too long from shortly before where they differ."""
    a, b = old.expandtabs(4), new.expandtabs(4)
    if max(len(a), len(b)) <= _ROOM:
        return a, b
    pairs = enumerate(zip(a, b, strict=False))
    differs = next((i for i, (x, y) in pairs if x != y), min(len(a), len(b)))
    start = max(0, differs - _BEFORE)
    if not start:
        return _cut(a), _cut(b)
    return _cut("..." + a[start:]), _cut("..." + b[start:])


def _values(compared: Parity) -> Iterator[str]:
    values = _of(compared, ValueChange)
    if values:
        yield ""
        yield "what the commands run with"
    top = (compared.a.name, compared.b.name)
    for each in values[:_MOST_VALUES]:
        script = "" if (each.script_a, each.script_b) == top else f" of {each.script_a}"
        yield f"  {each.part} {each.name}{script}: A {_value(each.a)}, B {_value(each.b)}"
    yield from _rest(values, _MOST_VALUES, "  and {} more")


def _value(text: str | None) -> str:
    if text is None:
        return "nothing"
    plain = text.replace("\n", "\\n")
    return (plain if len(plain) <= 32 else plain[:29] + "...") or "''"


def _next(compared: Parity) -> Iterator[str]:
    yield ""
    for package in _of(compared, OnlyPackage):
        start = compared.a.name if package.side == "a" else compared.b.name
        yield f"Next: `bstgraph path {start} {package.name}`"
        yield "tells how a package comes in; --json has all differences."
        return
    yield "Next: `bstgraph chain` draws each of the two; --json has all differences."


def _named(names: Sequence[str], noun: str, used: int) -> str:
    head = f"{counted(len(names), noun)}: "
    return head + some(names, 6, _WIDTH - used - len(head))


def _rest(found: Sequence[object], most: int, text: str) -> Iterable[str]:
    return [text.format(f"{len(found) - most:,}")] if len(found) > most else []


def _placed(head: str, place: Provenance | None) -> Iterator[str]:
    """Yield a line with the place where it is written, or two where it gets too long."""
    text = head.rstrip() if place is None else f"{head}  {place}"
    if len(text) <= _WIDTH:
        yield text
    else:
        yield head.rstrip()
        yield f"{' ' * (len(head) - len(head.lstrip()) + 2)}{place}"
