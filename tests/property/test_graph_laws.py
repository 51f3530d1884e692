"""Laws of sorting, scopes, paths and selection, with networkx and plain definitions as oracles."""

from __future__ import annotations

import sys
from functools import cmp_to_key
from itertools import islice, pairwise, product

import networkx as nx
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bstgraph.graph import Graph
from bstgraph.model import Dependency
from bstgraph.names import ElementName
from bstgraph.scopes import Scope, Traversal, staging_order
from bstgraph.selection import select
from bstgraph.sorting import find_cycle, list_sort, sort_all
from tests.unit.builders import dependency, element

Table = dict[ElementName, tuple[Dependency, ...]]

LOCALS = ("a.bst", "b.bst", "C.bst", "d/e.bst", "d/f.bst")
JUNCTIONS = ("", "", "s.bst:", "t.bst:", "t.bst:s.bst:")
NAMES = [ElementName(f"{junction}{local}") for junction, local in product(set(JUNCTIONS), LOCALS)]


@st.composite
def tables(draw: st.DrawFn, *, acyclic: bool = True) -> Table:
    """Return the dependencies of a few elements, in no order; leaves may have no entry."""
    names = draw(st.permutations(sorted(NAMES)))[: draw(st.integers(1, 12))]
    table: Table = {}
    for i, name in enumerate(names):
        below = names[:i] if acyclic else names
        some = st.lists(st.sampled_from(below), unique=True, max_size=6) if below else st.just([])
        chosen: list[ElementName] = draw(some)
        kinds = [draw(st.sampled_from(("build", "runtime", "all"))) for _ in chosen]
        entered = draw(st.booleans())
        if chosen or entered:
            table[name] = tuple(map(dependency, chosen, kinds))
    return table


def oracle(table: Table, *, build: bool = True, runtime: bool = True) -> nx.DiGraph[ElementName]:
    """Return a networkx graph of the edges that are of one of these types."""
    graph: nx.DiGraph[ElementName] = nx.DiGraph()
    for name, entries in table.items():
        graph.add_node(name)
        graph.add_nodes_from(entry.name for entry in entries)
        graph.add_edges_from(
            (name, entry.name)
            for entry in entries
            if (build and entry.build) or (runtime and entry.runtime)
        )
    return graph


def closure(table: Table, name: ElementName, scope: Scope) -> set[ElementName]:
    """Return what `name` needs in `scope`, itself excluded, as the documentation defines it."""
    run = oracle(table, build=False)
    if name not in run or scope is Scope.NONE:
        return set()
    if scope is Scope.BUILD:
        direct = {entry.name for entry in table.get(name, ()) if entry.build}
        return direct.union(*(nx.descendants(run, each) for each in direct))
    return nx.descendants(oracle(table) if scope is Scope.ALL else run, name)


def graph_of(table: Table) -> Graph:
    everything = {*table, *(entry.name for entries in table.values() for entry in entries)}
    return Graph.from_elements(element(name, *table.get(name, ())) for name in sorted(everything))


class TestSorting:
    """Dependencies that depend on others come later, and the order is BuildStream's.

    "Direct dependencies which depend on other direct dependencies (directly or indirectly) appear
    later in the list" (`sort_dependencies` in BuildStream's `_loader/loadelement.pyx`).
    """

    @given(tables())
    def test_what_depends_on_another_comes_later(self, table: Table) -> None:
        graph = oracle(table)
        for entries in sort_all(table).values():
            # With three or more the comparison has cycles, and BuildStream breaks its own rule.
            if len(entries) == 2:
                first, second = entries
                assert second.name not in nx.descendants(graph, first.name)

    @given(tables())
    @pytest.mark.skipif(sys.version_info >= (3, 13), reason="3.13 has another list.sort")
    def test_it_is_list_sort_with_the_four_rules(self, table: Table) -> None:
        graph = oracle(table)
        depends = {name: nx.descendants(graph, name) for name in graph}

        def compare(a: Dependency, b: Dependency) -> int:
            # The rules one after the other, as BuildStream writes them.
            if b.name in depends[a.name] or a.name in depends[b.name]:
                return 1 if b.name in depends[a.name] else -1
            if a.type != b.type and "runtime" in (a.type, b.type):
                return 1 if a.type == "runtime" else -1
            *junctions, local = a.name.split(":")
            *others, other = b.name.split(":")
            if local != other:
                return 1 if local > other else -1
            if junctions and others:
                return (junctions[-1] > others[-1]) - (junctions[-1] < others[-1])
            return bool(others) - bool(junctions)

        expected = {name: sorted(table[name], key=cmp_to_key(compare)) for name in table}
        assert sort_all(table) == expected

    @given(st.lists(st.integers(0, 40), max_size=200), st.integers(0), st.integers(1, 9))
    @pytest.mark.skipif(sys.version_info >= (3, 13), reason="3.13 has another list.sort")
    def test_any_comparison_gives_what_list_sort_gives(
        self, items: list[int], seed: int, share: int
    ) -> None:
        def less(a: int, b: int) -> bool:
            return (a < b) is not ((a * 7919 + b * 104729 + seed) % 97 < share)

        key = cmp_to_key(lambda a, b: -1 if less(a, b) else 0)  # type: ignore[arg-type]
        assert list_sort(items, less) == sorted(items, key=key)

    @given(tables(acyclic=False))
    def test_a_cycle_is_found_if_there_is_one(self, table: Table) -> None:
        graph = oracle(table)
        found = find_cycle(table, table)
        assert (found is None) is nx.is_directed_acyclic_graph(graph)
        if found:
            assert found[0] == found[-1]
            assert all(graph.has_edge(ElementName(a), ElementName(b)) for a, b in pairwise(found))
            assert len(set(found)) == len(found) - 1


class TestScopes:
    """A scope is what BuildStream says it is, from above and from below.

    "All elements required for building the element, including their respective run dependencies"
    and "all elements required for running the element" (`_Scope` in BuildStream's `types.py`).
    """

    @given(tables(), st.sampled_from(Scope))
    def test_closures(self, table: Table, scope: Scope) -> None:
        walk = Traversal(table)
        for name in oracle(table):
            expected = closure(table, name, scope)
            assert walk.dependencies([name], scope) == expected
            assert set(walk.staging_order([name], scope)) - {name} == expected

    @given(tables(acyclic=False), st.sampled_from(Scope), st.integers(0, 4) | st.none())
    def test_dependants_are_dependencies_seen_from_below(
        self, table: Table, scope: Scope, depth: int | None
    ) -> None:
        walk = Traversal(table)
        nodes = list(oracle(table))
        below = {(a, b) for a in nodes for b in walk.dependencies([a], scope, depth)}
        above = {(a, b) for b in nodes for a in walk.dependants([b], scope, depth)}
        assert below == above

    @given(tables(), st.sampled_from((Scope.RUN, Scope.ALL)))
    def test_all_comes_after_what_it_needs(self, table: Table, scope: Scope) -> None:
        order = staging_order(table, table, scope)
        assert len(set(order)) == len(order)
        for i, name in enumerate(order):
            needed = {e.name for e in table.get(name, ()) if e.runtime or scope is Scope.ALL}
            assert needed <= set(order[:i])

    @given(tables(), st.sampled_from(Scope))
    def test_more_targets_only_add(self, table: Table, scope: Scope) -> None:
        names = list(table)
        assume(names)
        first = staging_order(table, names[:1], scope)
        assert staging_order(table, names, scope)[: len(first)] == first

    @given(tables(acyclic=False), st.sampled_from(Scope), st.integers(0, 5))
    def test_depths(self, table: Table, scope: Scope, depth: int) -> None:
        walk = Traversal(table)
        assume(table)
        name = next(iter(table))
        paths = (walk.shortest_path(name, other, scope) for other in oracle(table))
        near = {path[-1] for path in paths if path and 1 < len(path) <= depth + 1}
        assert walk.dependencies([name], scope, depth) - {name} == near - {name}


class TestPaths:
    @given(tables(acyclic=False), st.data())
    def test_they_are_all_simple_paths(self, table: Table, data: st.DataObject) -> None:
        graph = oracle(table)
        assume(graph)
        start, end = (data.draw(st.sampled_from(sorted(graph))) for _ in range(2))
        assume(start != end)
        expected = set(map(tuple, islice(nx.all_simple_paths(graph, start, end), 2000)))
        assume(len(expected) < 2000)
        walk = Traversal(table)
        found = list(walk.paths(start, end, Scope.ALL))
        assert set(found) == expected
        assert len(found) == len(expected)
        assert [len(path) for path in found] == sorted(len(path) for path in found)
        assert walk.shortest_path(start, end, Scope.ALL) == (found[0] if found else None)

    @given(tables(), st.sampled_from((Scope.BUILD, Scope.RUN, Scope.ALL)))
    def test_there_is_a_path_to_each_dependency_and_to_nothing_else(
        self, table: Table, scope: Scope
    ) -> None:
        walk = Traversal(table)
        nodes = list(oracle(table))
        for start, end in product(nodes, nodes):
            path = walk.shortest_path(start, end, scope)
            assert (path is not None) is (start == end or end in closure(table, start, scope))


class TestGraph:
    @given(tables(acyclic=False))
    def test_the_networkx_graph_has_the_same_edges(self, table: Table) -> None:
        found = graph_of(table).nx
        assert set(found.edges) == set(oracle(table).edges)
        assert set(found.nodes) >= set(oracle(table).nodes)

    @given(tables(acyclic=False))
    def test_one_cycle_for_each_group(self, table: Table) -> None:
        graph = graph_of(table)
        groups = [
            group
            for group in nx.strongly_connected_components(graph.nx)
            if len(group) > 1 or graph.nx.has_edge(*(2 * tuple(group)))
        ]
        cycles = graph.cycles()
        assert len(cycles) == len(groups)
        assert all(any(set(cycle) <= group for group in groups) for cycle in cycles)

    @given(tables(), st.sets(st.sampled_from(sorted(NAMES))))
    def test_a_change_touches_itself_and_all_above(
        self, table: Table, changed: set[ElementName]
    ) -> None:
        graph = graph_of(table)
        present = changed & set(graph)
        above = (set(graph.dependants_of(name)) for name in present)
        assert set(graph.touched_by(present)) == present.union(*above)


class TestSelection:
    @given(tables(), st.data())
    def test_operators_are_the_queries(self, table: Table, data: st.DataObject) -> None:
        graph = graph_of(table)
        assume(len(graph))
        name = data.draw(st.sampled_from(list(graph)))
        below, above = set(graph.dependencies_of(name)), set(graph.dependants_of(name))
        assert set(select(graph, f"+{name}")) == below | {name}
        assert set(select(graph, f"{name}+")) == above | {name}
        assert set(select(graph, f"+{name}+")) == above | below | {name}
        assert set(select(graph, f"+{name},{name}+")) == {name}
        rest = set(graph) - below - {name}
        if rest:
            assert set(select(graph, f"!+{name}")) == rest

    @given(tables(), st.data())
    def test_arguments_are_a_union_in_staging_order(
        self, table: Table, data: st.DataObject
    ) -> None:
        graph = graph_of(table)
        assume(len(graph))
        names = data.draw(st.lists(st.sampled_from(list(graph)), min_size=1))
        assert tuple(select(graph, *names)) == graph.in_staging_order(set(names))
