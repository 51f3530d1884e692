"""The order of direct dependencies: BuildStream's comparison under CPython 3.12's sort."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cmp_to_key

import pytest

from bstgraph.sorting import find_cycle, list_sort, sort_all

Less = Callable[[int, int], bool]


@dataclass(frozen=True)
class Entry:
    name: str
    build: bool = True
    runtime: bool = True


def entries(drawn: dict[str, str]) -> dict[str, list[Entry]]:
    """Return dependency entries: `b` is one of type all, `b/build` and `b/runtime` say theirs."""
    return {
        name: [
            Entry(
                each.partition("/")[0], not each.endswith("/runtime"), not each.endswith("/build")
            )
            for each in text.split()
        ]
        for name, text in drawn.items()
    }


def order(drawn: dict[str, str], name: str = "top.bst") -> str:
    return " ".join(entry.name for entry in sort_all(entries(drawn))[name])


class TestComparison:
    """The four rules of `_dependency_cmp`, each where the ones before it do not decide."""

    def test_what_another_one_depends_on_comes_first(self) -> None:
        assert order({"top.bst": "a.bst b.bst", "a.bst": "b.bst", "b.bst": ""}) == "b.bst a.bst"

    def test_depending_through_others_counts(self) -> None:
        drawn = {"top.bst": "a.bst z.bst", "a.bst": "m.bst/runtime", "m.bst": "z.bst/build"}
        assert order(drawn) == "z.bst a.bst"

    def test_runtime_only_comes_last(self) -> None:
        assert order({"top.bst": "a.bst/runtime b.bst/build c.bst"}) == "b.bst c.bst a.bst"

    def test_depending_goes_before_the_type(self) -> None:
        drawn = {"top.bst": "a.bst/build b.bst/runtime", "a.bst": "b.bst"}
        assert order(drawn) == "b.bst a.bst"

    def test_local_names_by_code_point(self) -> None:
        drawn = {"top.bst": "b.bst s.bst:a.bst Z.bst s.bst:c-d.bst"}
        assert order(drawn) == "Z.bst s.bst:a.bst b.bst s.bst:c-d.bst"

    def test_subprojects_come_first_on_equal_local_names(self) -> None:
        assert order({"top.bst": "a.bst s.bst:a.bst"}) == "s.bst:a.bst a.bst"

    def test_two_subprojects_by_the_local_names_of_their_junctions(self) -> None:
        drawn = {"top.bst": "a.bst:z.bst:x.bst b.bst:x.bst c.bst:a.bst:x.bst"}
        assert order(drawn) == "c.bst:a.bst:x.bst b.bst:x.bst a.bst:z.bst:x.bst"

    def test_the_order_of_elements_does_not_matter(self) -> None:
        assert order({"x.bst": "c.bst", "top.bst": "b.bst c.bst d.bst"}) == "b.bst c.bst d.bst"

    def test_equal_junction_names_keep_their_order(self) -> None:
        drawn = {"top.bst": "b.bst:j.bst:x.bst a.bst:j.bst:x.bst"}
        assert order(drawn) == "b.bst:j.bst:x.bst a.bst:j.bst:x.bst"


class TestSortAll:
    def test_every_element_is_sorted_and_entries_are_kept(self) -> None:
        given = entries({"a.bst": "c.bst b.bst/build", "b.bst": "", "d.bst": "b.bst a.bst"})
        found = sort_all(given)
        assert list(found) == list(given)
        assert found["a.bst"] == [Entry("b.bst", runtime=False), Entry("c.bst")]
        assert found["b.bst"] == []

    def test_chains_may_be_longer_than_the_stack_is_deep(self) -> None:
        length = 20 * sys.getrecursionlimit()
        drawn = {f"e{i}": [Entry(f"e{i + 1}")] for i in range(length)}
        drawn["top"] = [Entry("e0"), Entry(f"e{length}")]
        assert [entry.name for entry in sort_all(drawn)["top"]] == [f"e{length}", "e0"]
        assert find_cycle(drawn, ["top"]) is None

    def test_a_cycle_is_a_wrong_call(self) -> None:
        with pytest.raises(ValueError, match="a -> b -> a"):
            sort_all(entries({"a": "b", "b": "a"}))


class TestFindCycle:
    """`_check_circular_deps`: the path that was walked, from the element it came back to."""

    @pytest.mark.parametrize(
        ("drawn", "targets", "expected"),
        [
            ({"a": "b c", "b": "c", "c": ""}, "a", None),
            ({"a": "a"}, "a", "a a"),
            ({"a": "b", "b": "c", "c": "b"}, "a", "b c b"),
            ({"a": "b c", "b": "d", "c": "a", "d": ""}, "b a", "a c a"),
            ({"a": "b/runtime", "b": "a/build"}, "b", "b a b"),
            ({"a": "", "b": "c", "c": "b"}, "a", None),
            ({"a": "x", "b": "b"}, "a b", "b b"),
        ],
    )
    def test_cycles(self, drawn: dict[str, str], targets: str, expected: str | None) -> None:
        found = find_cycle(entries(drawn), targets.split())
        assert found == (expected.split() if expected else None)


def random_less(rng: random.Random, size: int) -> tuple[list[int], Less]:
    """Return items and a comparison that is not transitive: any answer for any pair."""
    answers = [rng.getrandbits(size + 1) for _ in range(size)]
    return list(range(size)), lambda a, b: bool(answers[a] >> b & 1)


def wrong_less(rng: random.Random, size: int) -> tuple[list[int], Less]:
    """Return runs with a few wrong answers, so that merging and galloping get work."""
    items: list[int] = []
    length = max(1, size // rng.choice((2, 3, 5, 9)))
    while len(items) < size:
        run = rng.sample(range(2 * size), min(length, size - len(items)))
        items += sorted(run, reverse=rng.random() < 0.3)
    count = int(size * size * rng.choice((0, 0.01, 0.1)))
    wrong = {(rng.choice(items), rng.choice(items)) for _ in range(count)}
    return items, lambda a, b: (a < b) is not ((a, b) in wrong)


def blocks(rng: random.Random, size: int) -> tuple[list[int], Less]:
    """Return long stretches that belong before or after each other, with many equal items."""
    items = sorted(rng.choices(range(size // 8 + 1), k=size))
    cut = rng.randrange(size + 1)
    return items[cut:] + items[:cut], lambda a, b: a < b


def uneven(rng: random.Random, size: int) -> tuple[list[int], Less]:
    """Return runs of which the last is longer than the one before its neighbour."""
    lengths = (4 * size + 64, 70, 70, 80)
    runs = [sorted(rng.sample(range(5000), length)) for length in lengths]
    return [item for run in runs for item in run], lambda a, b: a < b


@pytest.mark.skipif(sys.version_info >= (3, 13), reason="3.13 has another list.sort")
class TestListSort:
    """Every comparison is made in the order CPython 3.12 makes it, so every outcome is the same."""

    @pytest.mark.parametrize("make", [random_less, wrong_less, blocks, uneven])
    def test_it_is_list_sort(
        self, make: Callable[[random.Random, int], tuple[list[int], Less]]
    ) -> None:
        rng = random.Random(12)  # noqa: S311 - a test repeats itself
        for size in (*range(0, 301, 1 if make is random_less else 3), 700):
            items, less = make(rng, size)
            ours: list[tuple[int, int]] = []
            theirs: list[tuple[int, int]] = []

            def compare(
                a: int, b: int, less: Less = less, log: list[tuple[int, int]] = theirs
            ) -> int:
                log.append((a, b))
                return -1 if less(a, b) else 0

            def logged(
                a: int, b: int, less: Less = less, log: list[tuple[int, int]] = ours
            ) -> bool:
                log.append((a, b))
                return less(a, b)

            assert list_sort(items, logged) == sorted(items, key=cmp_to_key(compare)), size
            assert ours == theirs, size


class TestListSortOnAnyPython:
    """Outcomes recorded with CPython 3.12, for those that cannot ask it."""

    def test_the_items_are_not_changed(self) -> None:
        items = [3, 1, 2]
        assert list_sort(items, lambda a, b: a < b) == [1, 2, 3]
        assert items == [3, 1, 2]

    def test_equal_items_keep_their_order(self) -> None:
        items = [(1, "a"), (0, "b"), (1, "c"), (0, "d")]
        found = list_sort(items, lambda a, b: a[0] < b[0])
        assert found == [(0, "b"), (0, "d"), (1, "a"), (1, "c")]
