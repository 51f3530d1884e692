"""Scopes and staging order, on drawn graphs; a real BuildStream gave the staging orders."""

from __future__ import annotations

import sys

import pytest

from bstgraph.names import ElementName
from bstgraph.scopes import Scope, Traversal, staging_order
from tests.unit.builders import dependency, graph, short, table

# app builds with a tool that needs a library to run and a compiler to be built.
TOOLS = """
app: lib, tool/build, data/runtime
tool: compiler/build, toollib/runtime
lib: compiler/build, base/runtime
data: base
toollib: base/runtime
compiler: base
base:
"""


def names(text: str) -> list[ElementName]:
    return [ElementName(f"{name}.bst") for name in text.split()]


def traversal(drawn: str) -> Traversal:
    return Traversal(table(graph(drawn)))


class TestStagingOrder:
    @pytest.mark.parametrize(
        ("scope", "targets", "expected"),
        [
            (Scope.BUILD, "app", "base lib toollib tool"),
            (Scope.RUN, "app", "base lib data app"),
            (Scope.ALL, "app", "base compiler lib toollib tool data app"),
            (Scope.NONE, "app", "app"),
            (Scope.BUILD, "app compiler", "base lib toollib tool"),
            (Scope.BUILD, "app tool", "base lib toollib tool compiler"),
            (Scope.BUILD, "base", ""),
            (Scope.RUN, "tool app", "base toollib tool lib data app"),
            (Scope.ALL, "data data lib", "base data compiler lib"),
            (Scope.NONE, "lib data lib", "lib data"),
            (Scope.ALL, "", ""),
        ],
    )
    def test_scopes(self, scope: Scope, targets: str, expected: str) -> None:
        found = staging_order(table(graph(TOOLS)), names(targets), scope)
        assert short(found) == expected

    def test_all_goes_through_build_dependencies_first(self) -> None:
        drawn = graph("a: r/runtime, c, b/build")
        assert short(staging_order(table(drawn), names("a"))) == "c b r a"

    def test_a_name_without_an_entry_has_no_dependencies(self) -> None:
        drawn = {ElementName("a.bst"): (dependency("s.bst:b.bst"),)}
        assert staging_order(drawn, names("a")) == ("s.bst:b.bst", "a.bst")

    def test_chains_may_be_longer_than_the_stack_is_deep(self) -> None:
        length = 5 * sys.getrecursionlimit()
        drawn = {ElementName(f"e{i}.bst"): (dependency(f"e{i + 1}.bst"),) for i in range(length)}
        found = staging_order(drawn, names("e0"))
        assert len(found) == length + 1
        assert short(found[-2:]) == "e1 e0"


class TestSets:
    @pytest.mark.parametrize(
        ("scope", "name", "depth", "expected"),
        [
            (Scope.ALL, "lib", None, "base compiler"),
            (Scope.ALL, "tool", 1, "compiler toollib"),
            (Scope.ALL, "app", 0, ""),
            (Scope.BUILD, "app", None, "base lib tool toollib"),
            (Scope.BUILD, "app", 1, "lib tool"),
            (Scope.BUILD, "app", 2, "base lib tool toollib"),
            (Scope.RUN, "app", 1, "data lib"),
            (Scope.NONE, "app", None, ""),
        ],
    )
    def test_dependencies(self, scope: Scope, name: str, depth: int | None, expected: str) -> None:
        found = traversal(TOOLS).dependencies(names(name), scope, depth)
        assert short(sorted(found)) == expected

    @pytest.mark.parametrize(
        ("scope", "name", "depth", "expected"),
        [
            (Scope.ALL, "compiler", None, "app lib tool"),
            (Scope.ALL, "compiler", 1, "lib tool"),
            (Scope.ALL, "compiler", 0, ""),
            (Scope.BUILD, "toollib", None, "app"),
            (Scope.BUILD, "toollib", 1, ""),
            (Scope.BUILD, "toollib", 2, "app"),
            (Scope.RUN, "base", 1, "compiler data lib toollib"),
            (Scope.NONE, "base", None, ""),
        ],
    )
    def test_dependants(self, scope: Scope, name: str, depth: int | None, expected: str) -> None:
        found = traversal(TOOLS).dependants(names(name), scope, depth)
        assert short(sorted(found)) == expected

    def test_several_names_at_once(self) -> None:
        assert (
            short(sorted(traversal(TOOLS).dependencies(names("data compiler"), Scope.ALL)))
            == "base"
        )
        assert short(sorted(traversal(TOOLS).dependants(names("data tool"), Scope.ALL))) == "app"

    def test_direct(self) -> None:
        walk = traversal(TOOLS)
        app, base = names("app base")
        assert short(walk.direct(app, Scope.BUILD)) == "lib tool"
        assert short(walk.direct(app, Scope.RUN)) == "lib data"
        assert short(walk.direct(app, Scope.ALL)) == "lib tool data"
        assert short(walk.direct_dependants(base, Scope.BUILD)) == "data compiler"
        assert walk.direct(base, Scope.ALL) == ()


class TestPaths:
    @pytest.mark.parametrize(
        ("scope", "expected"),
        [
            (
                Scope.ALL,
                [
                    "app lib base",
                    "app data base",
                    "app lib compiler base",
                    "app tool compiler base",
                    "app tool toollib base",
                ],
            ),
            (Scope.BUILD, ["app lib base", "app tool toollib base"]),
            (Scope.RUN, ["app lib base", "app data base"]),
            (Scope.NONE, []),
        ],
    )
    def test_shortest_first(self, scope: Scope, expected: list[str]) -> None:
        walk = traversal(TOOLS)
        app, base = names("app base")
        assert [short(path) for path in walk.paths(app, base, scope)] == expected
        shortest = walk.shortest_path(app, base, scope)
        assert (short(shortest) if shortest else None) == (expected[0] if expected else None)

    def test_cycles_are_not_walked(self) -> None:
        walk = traversal("a: b, c\nb: c, a\nc: b, d\nd:")
        a, d = names("a d")
        assert [short(path) for path in walk.paths(a, d, Scope.ALL)] == ["a c d", "a b c d"]

    def test_the_first_paths_do_not_wait_for_the_others(self) -> None:
        layers = [f"e{i}: e{2 * (i // 2) + 2}, e{2 * (i // 2) + 3}" for i in range(60)]
        walk = traversal("\n".join(layers))
        start, end = names("e0 e60")
        found = walk.paths(start, end, Scope.ALL)
        assert len(next(found)) == 31
        assert len({next(found) for _ in range(100)}) == 100
