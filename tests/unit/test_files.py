"""Trees of files."""

from __future__ import annotations

import pytest

from bstgraph.files import (
    EMPTY,
    Directory,
    File,
    Link,
    Node,
    TreeError,
    Untyped,
    gaps,
    lookup,
    paths,
    tree_of,
    walk,
)

ONE = File("1" * 64, 1)
TREE = tree_of(
    [
        ("usr/lib/z", ONE),
        ("usr/bin", Link("lib")),
        ("usr/lib", EMPTY),
        ("usr/a/b", ONE),
        ("top", ONE),
        ("empty", EMPTY),
    ]
)


def test_walk_has_the_order_of_buildstream() -> None:
    assert list(paths(TREE)) == [
        "top",
        "empty",
        "usr",
        "usr/bin",
        "usr/a",
        "usr/a/b",
        "usr/lib",
        "usr/lib/z",
    ]


def test_walk_tells_what_is_there() -> None:
    found = dict(walk(TREE, "x/"))
    assert found["x/usr/bin"] == Link("lib")
    assert found["x/empty"] == EMPTY


def test_lookup_follows_no_link() -> None:
    assert lookup(TREE, "usr/lib/z") == ONE
    assert lookup(TREE, "usr/bin/z") is None
    assert lookup(TREE, "usr/lib/none") is None
    assert lookup(TREE, "none/z") is None


def test_equal_by_what_is_below() -> None:
    assert tree_of(walk(TREE)) == TREE
    assert hash(tree_of(walk(TREE))) == hash(TREE)
    assert Directory({"a": ONE}) != Directory({"a": Untyped()})
    assert Directory({}, "lost") != EMPTY
    assert EMPTY != "usr"


def test_gaps_name_their_directories() -> None:
    below: dict[str, Node] = {
        "a-b": Directory({}, "late"),
        "f": ONE,
        "a": Directory({"c": Directory({}, "lost")}),
    }
    assert list(gaps(Directory(below, "cut"))) == [("", "cut"), ("a/c", "lost"), ("a-b", "late")]


@pytest.mark.parametrize(
    "entries",
    [
        ["/a"],
        ["a/"],
        ["a//b"],
        ["a/../b"],
        ["."],
        [""],
        ["a", "a"],
        ["a", "a/b"],
        ["a/b", "a"],
    ],
)
def test_impossible_trees_are_refused(entries: list[str]) -> None:
    with pytest.raises(TreeError):
        tree_of((path, ONE) for path in entries)
