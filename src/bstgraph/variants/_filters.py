"""What passes filters: compared between two images, whatever the ways are."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import NamedTuple

from bstgraph.images import Filter


class Delta(NamedTuple):
    """How what arrives in A differs from what arrives in B."""

    without_a: tuple[str, ...]
    without_b: tuple[str, ...]
    a: tuple[Filter, ...]
    b: tuple[Filter, ...]


def normal(rules: Filter) -> Filter:
    """Return `rules` with its lists sorted, each entry once."""
    return Filter(
        include=_sorted(rules.include),
        exclude=tuple(sorted(set(rules.exclude))),
        orphans=rules.orphans,
        integrate=rules.integrate,
        include_paths=_sorted(rules.include_paths),
        exclude_paths=tuple(sorted(set(rules.exclude_paths))),
    )


def _sorted(names: tuple[str, ...] | None) -> tuple[str, ...] | None:
    return None if names is None else tuple(sorted(set(names)))


def delta(a: Collection[Filter], b: Collection[Filter]) -> Delta | None:
    """Return how the ways `a` differ from the ways `b`, None when the same passes both."""
    left, right = _widest(a), _widest(b)
    if left == right:
        return None
    always = tuple(
        frozenset.intersection(*(frozenset(f.exclude) for f in w)) for w in (left, right)
    )
    only_a, only_b = always[0] - always[1], always[1] - always[0]
    same = _less(left, only_a) == _less(right, only_b)
    return Delta(
        tuple(sorted(only_a)),
        tuple(sorted(only_b)),
        () if same else tuple(sorted(left, key=repr)),
        () if same else tuple(sorted(right, key=repr)),
    )


def _less(ways: Collection[Filter], domains: frozenset[str]) -> set[Filter]:
    return {replace(way, exclude=tuple(d for d in way.exclude if d not in domains)) for way in ways}


def _widest(ways: Collection[Filter]) -> set[Filter]:
    """Return the ways through which something passes that passes no other one."""
    return {way for way in ways if not any(way != o and _within(way, o) for o in ways)}


def _within(way: Filter, other: Filter) -> bool:
    """Return whether all that passes one way passes another one too."""
    return (
        way.integrate == other.integrate
        and way.orphans <= other.orphans
        and set(way.exclude) >= set(other.exclude)
        and set(way.exclude_paths) >= set(other.exclude_paths)
        and _part(way.include, other.include)
        and _part(way.include_paths, other.include_paths)
    )


def _part(names: tuple[str, ...] | None, others: tuple[str, ...] | None) -> bool:
    return others is None or (names is not None and set(names) <= set(others))
