"""Laws of staging: against a model that puts one entry at a time into a list of paths."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bstgraph.files import Directory, File, Link, Node, TreeError, paths, tree_of, walk
from bstgraph.layers._staging import Replaced, Root, StagingError, filtered

NAMES: Final = st.sampled_from(("a", "b", "c", "d.e", "ä"))
LEAVES: Final[st.SearchStrategy[Node]] = st.sampled_from(
    (File("1", 1), File("2", 1, executable=True), Link("a"))
)


def directories(nodes: st.SearchStrategy[Node], most: int) -> st.SearchStrategy[Directory]:
    """Return directories of up to `most` of `nodes`."""
    return st.dictionaries(NAMES, nodes, max_size=most).map(Directory)


TREES: Final = st.recursive(
    directories(LEAVES, 3), lambda below: directories(LEAVES | below, 4), max_leaves=12
)
PLACES: Final = st.sampled_from(("", "/", "a", "/a/b/", "b//c"))
STEPS: Final = st.lists(st.tuples(TREES, PLACES), max_size=4)


class RefusedError(Exception):
    """BuildStream would refuse it."""


@dataclass
class Model:
    """A root as a list of paths; a directory is None."""

    sources: bool
    nodes: dict[str, tuple[File | Link | None, int]] = field(default_factory=dict)

    def stage(
        self, tree: Directory, owner: int, at: str
    ) -> tuple[list[tuple[str, int]], list[str]]:
        """Put one entry after the other; return what is overwritten and what is ignored."""
        place = "/".join(filter(None, at.split("/")))
        names = place.split("/") if place else []
        for depth in range(len(names)):
            self._make("/".join(names[: depth + 1]), owner)
        overwritten: list[tuple[str, int]] = []
        ignored: list[str] = []
        for path, node in self._flat(tree, ""):
            full = f"{place}/{path}".lstrip("/")
            if node is None:
                self._make(full, owner)
                continue
            there = self.nodes.get(full)
            if there is not None and there[0] is None:
                if any(other.startswith(f"{full}/") for other in self.nodes):
                    ignored.append(path)
                    continue
                if not self.sources:
                    raise RefusedError(full)
            elif there is not None:
                overwritten.append((path, there[1]))
            self.nodes[full] = (node, owner)
        return sorted(overwritten), sorted(ignored)

    def _make(self, path: str, owner: int) -> None:
        there = self.nodes.setdefault(path, (None, owner))
        if there[0] is not None:
            raise RefusedError(path)

    def _flat(self, tree: Directory, prefix: str) -> Iterator[tuple[str, File | Link | None]]:
        for name, node in tree.entries.items():
            if isinstance(node, Directory):
                yield prefix + name, None
                yield from self._flat(node, f"{prefix}{name}/")
            else:
                assert isinstance(node, File | Link)
                yield prefix + name, node


def flat(root: Root) -> dict[str, tuple[Node | None, int | None]]:
    """Return a root as the model has it."""
    return {
        path: (None if isinstance(node, Directory) else node, owner)
        for path, node, owner in root.owned()
    }


def attempt(root: Root, tree: Directory, owner: int, at: str, *, sources: bool) -> Replaced | None:
    """Return what staging replaced, None where it failed."""
    try:
        return root.stage(tree, owner, at, sources=sources)
    except StagingError:
        return None


@pytest.mark.parametrize("sources", [False, True])
@given(steps=STEPS)
def test_staging_is_that_of_the_model(
    steps: list[tuple[Directory, str]],
    sources: bool,  # noqa: FBT001 - pytest and hypothesis give it by name
) -> None:
    root, model = Root(), Model(sources)
    for owner, (tree, at) in enumerate(steps):
        replaced = attempt(root, tree, owner, at, sources=sources)
        try:
            expected = model.stage(tree, owner, at)
        except RefusedError:
            assert replaced is None
            return
        assert replaced is not None
        assert (list(replaced.overwritten), list(replaced.ignored)) == expected
        assert replaced.untold == ()
        assert flat(root) == model.nodes


@given(STEPS, PLACES, st.none() | TREES)
def test_all_owners_at_once_are_those_of_each_path(
    steps: list[tuple[Directory, str]], at: str, other: Directory | None
) -> None:
    root = Root()
    for owner, (tree, place) in enumerate(steps):
        attempt(root, tree, owner, place, sources=True)
    rows = list(root.owned(other, at))
    assert [path for path, _, _ in rows] == list(paths(root.tree(at) if other is None else other))
    for path, node, found in rows:
        assert found == root.owner(f"{at}/{path}")
        if other is None:
            assert isinstance(node, Directory) == root.is_directory(f"{at}/{path}")


@given(STEPS, TREES, PLACES)
def test_staging_a_tree_again_overwrites_all_of_its_files(
    steps: list[tuple[Directory, str]], tree: Directory, at: str
) -> None:
    root = Root()
    for owner, (below, place) in enumerate(steps):
        attempt(root, below, owner, place, sources=False)
    first = attempt(root, tree, 7, at, sources=False)
    if first is None:
        return
    before = root.tree()
    again = root.stage(tree, 8, at)
    leaves = {path for path, node in walk(tree) if not isinstance(node, Directory)}
    assert {path for path, _ in again.overwritten} == leaves - set(first.ignored)
    assert again.ignored == first.ignored
    assert {owner for _, owner in again.overwritten} <= {7}
    assert root.tree() == before


@given(TREES)
def test_a_tree_is_what_it_is_walked_as(tree: Directory) -> None:
    assert tree_of(walk(tree)) == tree


@given(TREES, st.randoms(use_true_random=False))
def test_the_order_of_entries_does_not_matter(tree: Directory, dice: Random) -> None:
    entries = list(walk(tree))
    dice.shuffle(entries)
    assert tree_of(entries) == tree


@given(st.lists(st.tuples(st.sampled_from(("a", "a/b", "a/b/c", "d", "a//b", "..", "")), LEAVES)))
def test_paths_that_are_no_tree_are_refused(entries: list[tuple[str, File | Link]]) -> None:
    listed = [path for path, _ in entries]
    wrong = any({"", ".."} & set(path.split("/")) for path in listed)
    wrong |= len(set(listed)) < len(listed)
    wrong |= any(two.startswith(f"{one}/") for one in listed for two in listed)
    try:
        found = tree_of(entries)
    except TreeError:
        assert wrong
        return
    assert not wrong
    assert {path for path, node in walk(found) if not isinstance(node, Directory)} == set(listed)


@given(TREES, st.sets(st.integers(0, 30)))
def test_what_passes_is_what_is_wanted_and_what_it_lies_in(
    tree: Directory, numbers: set[int]
) -> None:
    wanted = {path for number, path in enumerate(paths(tree)) if number in numbers}
    found = filtered(tree, wanted.__contains__)
    above = {path for path in paths(tree) if any(one.startswith(f"{path}/") for one in wanted)}
    assert set(paths(found)) == wanted | above
    assert filtered(found, wanted.__contains__) == found
