"""Paths and programs in trees of files."""

from __future__ import annotations

import pytest

from bstgraph.files import EMPTY, Directory, File, Link, Node, Untyped, tree_of
from bstgraph.lookup import MOST_LINKS, Step, resolve, which

RUN = File("1" * 64, 1, executable=True)
DATA = File("2" * 64, 1)


def tree(**entries: Node) -> Directory:
    """Return the tree with `entries`; `__` in a name is a slash."""
    return tree_of((path.replace("__", "/"), node) for path, node in entries.items())


MERGED = tree(
    bin=Link("usr/bin"),
    usr__bin__sh=Link("dash"),
    usr__bin__dash=RUN,
    usr__bin__absolute=Link("/bin/sh"),
    usr__bin__up=Link("../../../../usr/bin/dash"),
    usr__bin__notes=DATA,
    usr__bin__gone=Link("nowhere/at/all"),
    usr__bin__loop=Link("loop"),
    usr__bin__through=Link("notes/x"),
    usr__bin__folder=EMPTY,
    usr__bin__special=Untyped(),
    usr__sbin__notes=RUN,
)


class TestResolve:
    @pytest.mark.parametrize(
        ("path", "resolved"),
        [
            ("", ""),
            ("/", ""),
            (".", ""),
            ("..", ""),
            ("../..//usr/./bin/../bin/dash", "usr/bin/dash"),
            ("usr/bin/sh", "usr/bin/dash"),
            ("/bin/sh", "usr/bin/dash"),
            ("bin/absolute", "usr/bin/dash"),
            ("bin/up", "usr/bin/dash"),
            ("bin/..", "usr"),
            ("bin/", "usr/bin"),
        ],
    )
    def test_leads_to(self, path: str, resolved: str) -> None:
        found = resolve(MERGED, path)
        assert (found.resolved, found.problem) == (resolved, "")
        assert found.node is not None
        assert found.path == path

    def test_links_are_told_in_order(self) -> None:
        assert resolve(MERGED, "/bin/absolute").links == (
            Step("bin", "usr/bin"),
            Step("usr/bin/absolute", "/bin/sh"),
            Step("bin", "usr/bin"),
            Step("usr/bin/sh", "dash"),
        )

    def test_the_last_link_is_left_alone_on_demand(self) -> None:
        assert resolve(MERGED, "bin/sh", follow=False).node == Link("dash")
        assert resolve(MERGED, "bin", follow=False).node == Link("usr/bin")
        # A slash at the end asks for what is behind the link.
        assert resolve(MERGED, "bin/", follow=False).resolved == "usr/bin"

    @pytest.mark.parametrize(
        ("path", "problem", "place"),
        [
            ("no", "missing", "no"),
            ("bin/gone", "missing", "usr/bin/nowhere"),
            ("bin/loop", "link-loop", "usr/bin"),
            ("bin/dash/", "not-a-directory", "usr/bin/dash"),
            ("bin/dash/..", "not-a-directory", "usr/bin/dash"),
            ("bin/through", "not-a-directory", "usr/bin/notes"),
        ],
    )
    def test_problems(self, path: str, problem: str, place: str) -> None:
        found = resolve(MERGED, path)
        assert (found.problem, found.resolved, found.node) == (problem, place, None)
        assert found.gap == ""

    @pytest.mark.parametrize(
        ("links", "problem"), [(MOST_LINKS, ""), (MOST_LINKS + 1, "link-loop")]
    )
    def test_as_many_links_as_linux_follows(self, links: int, problem: str) -> None:
        chain = {str(i): Link(str(i + 1)) for i in range(links)}
        found = resolve(tree(**chain, **{str(links): DATA}), "0")
        assert found.problem == problem

    def test_what_is_not_known_is_told(self) -> None:
        found = resolve(Directory({"a": Directory({}, "one file cannot be read")}), "a/b")
        assert (found.problem, found.gap) == ("unknown", "one file cannot be read")
        found = resolve(MERGED, "bin/special/x")
        assert (found.problem, found.gap) == (
            "unknown",
            "only the name of '/usr/bin/special' is known",
        )


class TestWhich:
    def test_found_behind_links(self) -> None:
        found = which(MERGED, "sh")
        assert (found.found, found.resolved) == ("/usr/bin/sh", "/usr/bin/dash")
        assert found.candidates == ()
        assert found.resolution is not None
        assert found.resolution.links == (Step("usr/bin/sh", "dash"),)

    def test_the_order_is_that_of_the_path(self) -> None:
        assert which(MERGED, "notes", path="/usr/bin:/usr/sbin").found == "/usr/sbin/notes"
        assert which(MERGED, "sh", path="/bin:/usr/bin").found == "/bin/sh"
        assert which(MERGED, "sh", path="/no:/bin/dash:/bin/").found == "/bin/sh"

    @pytest.mark.parametrize(
        ("name", "reason"),
        [
            ("notes", "not-executable"),
            ("gone", "dangling"),
            ("loop", "link-loop"),
            ("through", "not-a-directory"),
            ("folder", "directory"),
            ("special", "unknown"),
        ],
    )
    def test_what_cannot_be_run_is_told(self, name: str, reason: str) -> None:
        found = which(MERGED, name, path="/usr/bin:/usr/bin")
        assert (found.found, found.resolved, found.resolution) == ("", "", None)
        # One place is looked at once.
        assert [(one.path, one.reason) for one in found.candidates] == [
            (f"/usr/bin/{name}", reason)
        ]

    @pytest.mark.parametrize("name", ["no", "", "usr/bin/no", "bin/dash/x"])
    def test_nothing_there(self, name: str) -> None:
        assert which(MERGED, name).candidates == ()
        assert which(MERGED, name).found == ""

    def test_a_dangling_folder_of_the_path_is_nothing(self) -> None:
        assert which(tree(bin=Link("usr/bin")), "sh", path="/bin").candidates == ()

    def test_relative_places_begin_in_the_directory(self) -> None:
        assert which(MERGED, "bin/sh", directory="/usr").found == "/usr/bin/sh"
        assert which(MERGED, "./sh", directory="usr/bin/").found == "/usr/bin/./sh"
        assert which(MERGED, "/bin/sh", directory="/usr").found == "/bin/sh"
        assert which(MERGED, "sh", path="no:", directory="/usr/bin").found == "/usr/bin/sh"
        assert which(MERGED, "sh", path="bin", directory="").found == "/bin/sh"

    def test_gaps_are_those_before_the_answer(self) -> None:
        partial = Directory(
            {"a": Directory({}, "unread"), "b": Directory({"sh": RUN, "x": Untyped()})}
        )
        found = which(partial, "sh", path="/a:/b:/a/c")
        assert found.found == "/b/sh"
        assert found.gaps == ("/a/sh: unread",)
        assert which(partial, "x", path="/b").gaps == ("/b/x: only its name is known",)
        assert which(MERGED, "notes").gaps == ()
