"""Stages of two images set against each other, and their filters."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Hashable, Iterator, Mapping
from typing import Final, Literal, TypeAlias

from bstgraph import names
from bstgraph.graph import Graph
from bstgraph.images import Filter, Stage
from bstgraph.names import ElementName
from bstgraph.variants._differences import (
    Difference,
    FilterChange,
    FilterField,
    OnlyStage,
    OtherStage,
    Side,
    StagePair,
)
from bstgraph.variants._filters import normal

_SIDES: Final[tuple[Side, Side]] = ("a", "b")
_INNER: Final = frozenset(("compose", "filter", "stack"))
_WORDS: Final = re.compile(r"[-_.+/]+")

_What: TypeAlias = Literal["location", "role", "kind", "parent", "tool"]
_Pair: TypeAlias = tuple[Stage, Stage]
_Key: TypeAlias = Callable[[int, Stage], Hashable]
"""From the side (0 for A) and a stage to what pairs have in common."""


class Stages:
    """The stages of two scripts, paired; what is in their parents is left out."""

    def __init__(
        self,
        scripts: _Pair,
        told: tuple[Mapping[ElementName, Stage], ...],
        graphs: tuple[Graph, Graph],
    ) -> None:
        """Pair the stages below two scripts; `told` has those that a chain tells elsewhere."""
        a, b = scripts
        self._told = told
        self._graphs = graphs
        self._words = tuple(frozenset(_words(each.name)) for each in (a, b))
        self.staged, self._unstaged = self._staged(a, b)
        """Pairs of what the scripts stage themselves."""
        self._inner = (self._stages(0, a), self._stages(1, b))
        self.inner = self._paired()
        """Pairs of the composes, filters and stacks of the layers, in the order of A."""

    def pairs(self) -> Iterator[StagePair]:
        """Yield what was set against each other."""
        staged = {(a.name, b.name) for a, b in self.staged}
        inner = [(a, b) for a, b in self.inner if (a.name, b.name) not in staged]
        for a, b in (*self.staged, *inner):
            yield StagePair(role=a.role, location=a.location, a=a.name, b=b.name)

    def parents(self) -> Iterator[_Pair]:
        """Yield pairs of images that have one name."""
        return ((a, b) for a, b in self.staged if a.role == b.role == "parent" and a.name == b.name)

    def differences(self) -> Iterator[Difference]:
        """Yield stages that differ in sort or place, then those without a pair."""
        for a, b in self.staged:
            yield from _other(a, b)
        for side, rest in zip(_SIDES, self._unstaged, strict=True):
            yield from (_only(side, stage) for stage in rest)
        paired = (*self.staged, *self.inner)
        for number, side in enumerate(_SIDES):
            known = {pair[number].name for pair in paired}
            known.update(stage.name for stage in self._unstaged[number])
            for name, stage in self._inner[number].items():
                if name not in known and name not in self._inner[1 - number]:
                    yield _only(side, stage)

    def filters(self) -> Iterator[FilterChange]:
        """Yield the settings in which paired composes and filters differ."""
        for a, b in self.inner:
            if a.filter is None or b.filter is None:
                continue
            for (field, value_a), (_, value_b) in zip(
                _fields(a.filter), _fields(b.filter), strict=True
            ):
                if value_a != value_b:
                    yield FilterChange(
                        a=a.name,
                        b=b.name,
                        field=field,
                        value_a=value_a,
                        value_b=value_b,
                        at_a=self._graphs[0][a.name].provenance,
                        at_b=self._graphs[1][b.name].provenance,
                    )

    def _staged(self, a: Stage, b: Stage) -> tuple[tuple[_Pair, ...], tuple[list[Stage], ...]]:
        rest = (list(a.children), list(b.children))
        found = [
            *_matched(rest, lambda _, s: (s.location, s.role, s.name)),
            *_matched(rest, lambda side, s: (s.location, s.role, self._normal(side, s)), even=True),
            *_matched(rest, lambda _, s: (s.location, s.role), even=True, tools=False),
            *_matched(rest, lambda _, s: s.name),
            *_matched(rest, lambda _, s: s.location, even=True, tools=False),
        ]
        order = {id(stage): number for number, stage in enumerate(a.children)}
        return tuple(sorted(found, key=lambda pair: order[id(pair[0])])), rest

    def _stages(self, side: int, script: Stage) -> dict[ElementName, Stage]:
        """Return the composes, filters and stacks of the layers, each once, from above."""
        pending = [stage for stage in script.children if stage.role == "layer"][::-1]
        found: dict[ElementName, Stage] = {}
        while pending:
            stage = pending.pop()
            if stage.kind in _INNER and stage.name not in found:
                found[stage.name] = stage
                pending += reversed(self._children(side, stage))
        return found

    def _children(self, side: int, stage: Stage) -> tuple[Stage, ...]:
        return self._told[side].get(stage.name, stage).children

    def _paired(self) -> tuple[_Pair, ...]:
        layers = [(a, b) for a, b in self.staged if a.kind in _INNER and b.kind in _INNER]
        found = {a.name: (a, b) for a, b in layers}
        taken = {b.name for _, b in layers}
        left, right = self._inner
        for name in left:
            if name in right and name not in found and name not in taken:
                found[name] = (left[name], right[name])
                taken.add(name)
        self._pair_below(found, taken)
        rest = (
            [stage for name, stage in left.items() if name not in found and name not in right],
            [stage for name, stage in right.items() if name not in taken and name not in left],
        )
        for a, b in _matched(rest, lambda side, s: (s.role, self._normal(side, s)), even=True):
            found[a.name] = (a, b)
        return tuple(found[name] for name in left if name in found)

    def _pair_below(self, found: dict[ElementName, _Pair], taken: set[ElementName]) -> None:
        """Pair what is below pairs, by name without the variant's, else by place in a compose."""
        pending = deque(found.values())
        while pending:
            a, b = pending.popleft()
            # What the other variant has too, elsewhere, is no counterpart of something else.
            rest = (
                self._free(self._children(0, a), found, self._inner[1]),
                self._free(self._children(1, b), taken, self._inner[0]),
            )
            pairs = _matched(rest, lambda side, s: (s.role, self._normal(side, s)), even=True)
            if "stack" not in (a.kind, b.kind):
                pairs += _matched(rest, lambda _, s: s.role, even=True)
            for pair in pairs:
                found[pair[0].name] = pair
                taken.add(pair[1].name)
                pending.append(pair)

    @staticmethod
    def _free(
        stages: tuple[Stage, ...],
        paired: Mapping[ElementName, object] | set[ElementName],
        others: Mapping[ElementName, Stage],
    ) -> list[Stage]:
        free = {s.name: s for s in stages if s.kind in _INNER}
        return [s for name, s in free.items() if name not in paired and name not in others]

    def _normal(self, side: int, stage: Stage) -> str:
        """Return a name without the words that are in the name of the image."""
        kept = [word for word in _words(stage.name) if word not in self._words[side]]
        return f"{names.split(stage.name)[0]}:{'-'.join(kept) or stage.name}"


def _words(name: str) -> list[str]:
    return _WORDS.split(names.split(name)[1].removesuffix(".bst"))


def _matched(
    rest: tuple[list[Stage], list[Stage]], key: _Key, *, even: bool = False, tools: bool = True
) -> list[_Pair]:
    """Take pairs of the same key out of `rest`, in order.

    With `even`, only where both have as many of a key; without `tools`, these are left alone.
    """
    groups: dict[Hashable, tuple[list[Stage], list[Stage]]] = {}
    for side, stages in enumerate(rest):
        for stage in stages:
            if tools or stage.role != "tool":
                groups.setdefault(key(side, stage), ([], []))[side].append(stage)
    found = [
        pair
        for left, right in groups.values()
        if not even or len(left) == len(right)
        for pair in zip(left, right, strict=False)
    ]
    for side, stages in enumerate(rest):
        gone = {id(pair[side]) for pair in found}
        stages[:] = [stage for stage in stages if id(stage) not in gone]
    return found


def _other(a: Stage, b: Stage) -> Iterator[OtherStage]:
    values: dict[_What, tuple[str, str]] = {
        "location": (a.location or "", b.location or ""),
        "role": (a.role, b.role),
        "kind": (a.kind, b.kind),
        # What other layers are made of is compared by itself.
        "parent": (a.name, b.name) if a.role == "parent" else ("", ""),
        "tool": (a.name, b.name) if a.role == "tool" else ("", ""),
    }
    for what, (value_a, value_b) in values.items():
        if value_a != value_b:
            yield OtherStage(
                what=what,
                a=a.name,
                b=b.name,
                value_a=value_a,
                value_b=value_b,
                location=a.location if a.location == b.location else None,
                at_a=a.provenance,
                at_b=b.provenance,
            )
            return


def _only(side: Side, stage: Stage) -> OnlyStage:
    return OnlyStage(
        side=side,
        name=stage.name,
        kind=stage.kind,
        role=stage.role,
        location=stage.location,
        filter=stage.filter,
        at_a=stage.provenance if side == "a" else None,
        at_b=stage.provenance if side == "b" else None,
    )


def _fields(
    rules: Filter,
) -> tuple[tuple[FilterField, tuple[str, ...] | bool | None], ...]:
    plain = normal(rules)
    return (
        ("include", plain.include),
        ("exclude", plain.exclude),
        ("orphans", plain.orphans),
        ("integrate", plain.integrate),
        ("include-paths", plain.include_paths),
        ("exclude-paths", plain.exclude_paths),
    )
