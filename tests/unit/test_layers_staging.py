"""Staging trees into one root: what is replaced, what is left out, what fails, whose it is."""

from __future__ import annotations

import pytest

from bstgraph.files import EMPTY, Directory, File, Node, Untyped, lookup, paths, tree_of, walk
from bstgraph.layers._staging import ROOT_FOLDERS, Root, StagingError, filtered
from tests.unit.caches import drawn

LOST = Directory({}, "no blob")


def one(path: str, node: Node) -> Directory:
    """Return a tree with one entry."""
    return tree_of([(path, node)])


def staged(*trees: Directory, at: str = "", sources: bool = False) -> Root:
    """Return a root with `trees`, their owners numbered from 0."""
    root = Root()
    for owner, tree in enumerate(trees):
        root.stage(tree, owner, at, sources=sources)
    return root


class TestReplaced:
    @pytest.mark.parametrize(
        ("below", "above", "told"),
        [
            pytest.param(drawn("a"), drawn("b"), ([], [], []), id="beside"),
            pytest.param(drawn("a"), drawn("a"), (["a"], [], []), id="equal files"),
            pytest.param(drawn("a"), drawn("a*"), (["a"], [], []), id="only the bit differs"),
            pytest.param(drawn("d/a"), drawn("d/a -> x"), (["d/a"], [], []), id="link over file"),
            pytest.param(drawn("a -> x"), drawn("a"), (["a"], [], []), id="file over link"),
            pytest.param(drawn("d/a"), drawn("d/"), ([], [], []), id="empty over full"),
            pytest.param(drawn("d/"), drawn("d/a"), ([], [], []), id="full over empty"),
            pytest.param(drawn("d/a"), drawn("d"), ([], ["d"], []), id="file over full"),
            pytest.param(drawn("d/a"), drawn("d -> x"), ([], ["d"], []), id="link over full"),
            pytest.param(one("d", LOST), drawn("d"), ([], ["d"], []), id="file over unread"),
            pytest.param(
                drawn("z", "d/b", "a"),
                drawn("z", "d/b", "a"),
                (["a", "d/b", "z"], [], []),
                id="all",
            ),
            pytest.param(drawn("a"), one("a", Untyped()), (["a"], [], ["a"]), id="unknown above"),
            pytest.param(one("a", Untyped()), drawn("a"), (["a"], [], ["a"]), id="unknown below"),
            pytest.param(
                one("d", Untyped()), drawn("d/a"), ([], [], ["d"]), id="directory over unknown"
            ),
            pytest.param(
                drawn("d/a"), one("d", Untyped()), ([], [], ["d"]), id="unknown over directory"
            ),
            pytest.param(
                drawn("d/"), one("d", Untyped()), ([], [], ["d"]), id="unknown over empty one"
            ),
        ],
    )
    def test_paths(
        self, below: Directory, above: Directory, told: tuple[list[str], list[str], list[str]]
    ) -> None:
        replaced = staged(below).stage(above, 1)
        overwritten, ignored, untold = told
        assert replaced.overwritten == tuple((path, 0) for path in overwritten)
        assert replaced.ignored == tuple(ignored)
        assert replaced.untold == tuple(untold)

    def test_they_are_relative_to_the_location(self) -> None:
        root = staged(drawn("a", "d/x"), at="/deep/place/")
        replaced = root.stage(drawn("a", "d"), 1, "deep//place")
        assert (replaced.overwritten, replaced.ignored) == ((("a", 0),), ("d",))

    def test_the_last_owner_counts(self) -> None:
        root = staged(drawn("a"), drawn("a"), drawn("a"))
        assert root.stage(drawn("a"), 9).overwritten == (("a", 2),)
        assert root.owner("a") == 9

    @pytest.mark.parametrize(
        ("below", "above", "path", "reason"),
        [
            (drawn("a"), drawn("a/b"), "a", "a directory would replace a file"),
            (drawn("a"), drawn("a/"), "a", "a directory would replace a file"),
            (drawn("x/a -> b"), drawn("x/a/b"), "x/a", "a directory would replace a symbolic link"),
            (drawn("x/d/"), drawn("x/d"), "x/d", "a file would replace an empty directory"),
            (drawn("x/d/"), drawn("x/d -> y"), "x/d", "a file would replace an empty directory"),
        ],
    )
    def test_failures(self, below: Directory, above: Directory, path: str, reason: str) -> None:
        with pytest.raises(StagingError) as caught:
            staged(below, above)
        assert (caught.value.path, caught.value.reason) == (path, reason)

    @pytest.mark.parametrize(
        ("tree", "kind"), [(drawn("a/b"), "file"), (drawn("a/b -> x"), "symbolic link")]
    )
    def test_a_location_that_is_no_directory(self, tree: Directory, kind: str) -> None:
        with pytest.raises(StagingError, match=f"a directory would replace a {kind}"):
            staged(tree).stage(EMPTY, 1, "a/b")

    def test_a_location_of_unknown_type_may_be_an_empty_directory(self) -> None:
        root = staged(one("opt/x", Untyped()))
        replaced = root.stage(drawn("a"), 1, "/opt/x/y")
        assert replaced.untold == ("/opt/x",)
        assert [(path, owner) for path, _, owner in root.owned()] == [
            ("opt", 0), ("opt/x", 0), ("opt/x/y", 1), ("opt/x/y/a", 1),
        ]  # fmt: skip

    def test_a_file_among_sources_replaces_an_empty_directory(self) -> None:
        root = staged(drawn("d/"), drawn("d"), sources=True)
        assert isinstance(lookup(root.tree(), "d"), File)
        assert root.owner("d") == 1

    def test_a_file_among_sources_leaves_a_full_one(self) -> None:
        root = staged(drawn("d/a"), sources=True)
        assert root.stage(drawn("d"), 1, sources=True).ignored == ("d",)


class TestRoot:
    def test_trees_that_were_staged_stay_as_they_are(self) -> None:
        first, second = drawn("d/a", "e/"), drawn("d/b", "e/x")
        staged(first, second)
        assert (first, second) == (drawn("d/a", "e/"), drawn("d/b", "e/x"))

    def test_a_subtree_of_one_owner_is_shared(self) -> None:
        first = drawn("d/a", "e/b")
        root = staged(first, drawn("d/c"))
        assert lookup(root.tree(), "e") is first.entries["e"]

    @pytest.mark.parametrize(
        ("at", "expected"),
        [
            ("", ["d", "d/e", "d/e/b", "d/e/c"]),
            ("/", ["d", "d/e", "d/e/b", "d/e/c"]),
            ("d/e", ["b", "c"]),
            ("/d//e/", ["b", "c"]),
            ("d/e/b", []),
            ("nowhere/at/all", []),
        ],
    )
    def test_tree_below_a_directory(self, at: str, expected: list[str]) -> None:
        root = staged(drawn("d/e/b"), drawn("d/e/c"))
        assert list(paths(root.tree(at))) == expected
        assert [path for path, _, _ in root.owned(at=at)] == expected

    def test_owners(self) -> None:
        root = staged(drawn("d/e/b", "only/one"), drawn("d/e/c"), drawn("d/e/b"))
        asked = ["d", "d/e", "d/e/b", "d/e/c", "only", "only/one", "no", "only/one/below", ""]
        assert [root.owner(path) for path in asked] == [0, 0, 2, 1, 0, 0, None, None, None]

    def test_owners_of_other_paths(self) -> None:
        root = staged(drawn("d/a"), drawn("d/b"))
        found = root.owned(drawn("d/a", "d/new", "e/f"))
        assert [(path, owner) for path, _, owner in found] == [
            ("d", 0), ("d/a", 0), ("d/new", None), ("e", None), ("e/f", None),
        ]  # fmt: skip

    def test_owners_of_other_paths_below_a_location(self) -> None:
        root = staged(drawn("d/a"), at="/x")
        found = list(root.owned(drawn("a", "b"), "/x/d"))
        assert [(path, owner) for path, _, owner in found] == [("a", 0), ("b", None)]

    def test_is_directory(self) -> None:
        root = staged(drawn("d/e/a"), drawn("d/b"))
        asked = ["", "d", "d/e", "d/b", "d/e/a", "no"]
        assert [root.is_directory(path) for path in asked] == [
            True,
            True,
            True,
            False,
            False,
            False,
        ]

    def test_folders_of_a_command(self) -> None:
        root = staged(drawn("tmp/kept", "dev"))
        root.make_root_folders(-1)
        assert {name: root.owner(name) for name in ROOT_FOLDERS} == {"dev": 0, "proc": -1, "tmp": 0}
        assert list(paths(root.tree("tmp"))) == ["kept"]

    def test_gaps_of_directories_stay(self) -> None:
        root = staged(Directory({"d": LOST}), Directory({"d": drawn("x")}, "lost too"))
        tree = root.tree()
        assert (tree.gap, tree.entries["d"]) == (
            "lost too",
            Directory(drawn("x").entries, LOST.gap),
        )

    def test_depth_is_no_matter(self) -> None:
        deep = "/".join("d" * 3000)
        root = staged(drawn("x"), at=deep)
        root.stage(drawn("y"), 1, deep)
        assert sum(1 for _ in walk(root.tree())) == 3002
        assert root.owner(f"{deep}/y") == 1
        assert sum(1 for _ in walk(filtered(root.tree(), lambda path: path[-1] == "y"))) == 3001


class TestFiltered:
    @pytest.mark.parametrize(
        ("kept", "expected"),
        [
            ("", ""),
            ("a", "a"),
            ("d/b", "d d/b"),
            ("d", "d"),
            ("d/e", "d d/e"),
            ("d/e d/e/c", "d d/e d/e/c"),
            ("empty", "empty"),
            ("a d d/b d/e d/e/c empty", "a d d/b d/e d/e/c empty"),
        ],
    )
    def test_parents_come_along(self, kept: str, expected: str) -> None:
        tree = drawn("a", "d/b", "d/e/c", "empty/")
        found = filtered(tree, set(kept.split()).__contains__)
        assert sorted(paths(found)) == expected.split()

    def test_what_is_not_known_stays(self) -> None:
        tree = Directory({"d": LOST, "a": File()}, "some lack")
        assert filtered(tree, lambda _: False) == Directory({"d": LOST}, "some lack")
