"""Structure, navigation and explanations, on drawn graphs."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path

import networkx as nx
import pytest

from bstgraph.errors import SelectionError
from bstgraph.graph import Graph
from bstgraph.model import Junction, Project, ProjectConf, Source
from bstgraph.names import ElementName
from bstgraph.provenance import Provenance
from bstgraph.scopes import Scope
from tests.unit.builders import dependency, element, external, graph, short

# An image of two layers; the base is in a junction, and has an element nobody could read.
IMAGE = """
image: layer/build, base/build
layer: apps/build, base/runtime
apps: editor, shell/runtime
editor: shell, sdk.bst:gtk
shell: base
base: sdk.bst:libc
sdk.bst:libc:
"""


def image() -> Graph:
    return graph(IMAGE, externals=["sdk.bst:gtk"])


GAP = "'sdk.bst:gtk.bst' is external: no checkout of it"


class TestStructure:
    def test_it_is_a_collection_of_names_in_staging_order(self) -> None:
        found = image()
        assert short(found) == "sdk.bst:libc base shell sdk.bst:gtk editor apps layer image"
        assert len(found) == 8
        assert "shell.bst" in found
        assert "sdk.bst:gtk.bst" in found
        assert "nothing.bst" not in found
        assert repr(found) == "<Graph: 7 elements, 1 external>"
        assert repr(graph("a: b")) == "<Graph: 2 elements>"

    def test_elements_by_name(self) -> None:
        found = image()
        assert found["shell.bst"].name == "shell.bst"
        assert found.get("shell.bst") is found["shell.bst"]
        assert found.get("sdk.bst:gtk.bst") is None
        assert found.get("nothing.bst") is None
        assert list(found.externals) == ["sdk.bst:gtk.bst"]
        assert "sdk.bst:gtk.bst" not in found.elements

    @pytest.mark.parametrize(
        ("name", "message"),
        [
            ("shel.bst", "no element named 'shel.bst', did you mean 'shell.bst'?"),
            ("libc.bst", "no element named 'libc.bst', did you mean 'sdk.bst:libc.bst'?"),
            ("gtk.bst", "no element named 'gtk.bst', did you mean 'sdk.bst:gtk.bst'?"),
            ("q", "no element named 'q'"),
            ("sdk.bst:gtk.bst", "'sdk.bst:gtk.bst' is not at hand: no checkout of it"),
        ],
    )
    def test_unknown_names(self, name: str, message: str) -> None:
        with pytest.raises(SelectionError) as caught:
            image()[name]
        assert str(caught.value) == f"{message} [unknown-element]"

    def test_targets_are_what_nothing_needs(self) -> None:
        assert short(image().targets) == "image"
        assert short(graph("a: b\nc:", targets=["b"]).targets) == "b"
        assert short(graph("", externals=["s.bst:x"]).targets) == "s.bst:x"

    def test_elements_that_no_target_needs_come_last(self) -> None:
        assert short(graph("a: b\nc: d", targets=["c"])) == "d c b a"

    def test_gaps_are_those_of_all_external_elements(self) -> None:
        assert image().gaps == (GAP,)
        several = graph("a: s.bst:x s.bst:y t.bst:z", externals=["s.bst:x", "s.bst:y", "t.bst:z"])
        assert several.gaps == (
            "2 elements of 's.bst' are external: no checkout of it",
            "'t.bst:z.bst' is external: no checkout of it",
        )

    def test_a_dependency_on_nothing(self) -> None:
        with pytest.raises(SelectionError, match=r"elements/x\.bst:1:3: no element named 'b\.bst'"):
            Graph.from_elements([element("a.bst", "b.bst")])

    def test_a_target_that_is_nothing(self) -> None:
        with pytest.raises(SelectionError, match=r"did you mean 'aa\.bst'"):
            graph("aa:", targets=["ab"])

    def test_two_elements_of_one_name(self) -> None:
        with pytest.raises(ValueError, match="same name"):
            Graph.from_elements([element("a.bst"), element("a.bst")])

    def test_a_notebook_can_show_everything(self) -> None:
        found = image()
        results = (
            found,
            found.staging_order(),
            found.shortest_path("image.bst", "base.bst"),
            found.simple_paths("image.bst", "base.bst"),
            found.why("image.bst", "base.bst"),
            found.touched_by(["base.bst"]),
        )
        for result in results:
            assert result._repr_mimebundle_()["text/plain"]


class TestNetworkx:
    def test_nodes(self) -> None:
        nodes = image().nx.nodes
        assert list(nodes) == list(image())
        assert nodes["sdk.bst:libc.bst"] == {
            "kind": "manual",
            "project": "sdk",
            "local_name": "libc.bst",
            "external": False,
        }
        assert nodes["sdk.bst:gtk.bst"] == {
            "kind": "",
            "project": "",
            "local_name": "gtk.bst",
            "external": True,
        }

    def test_edges_go_to_what_is_depended_on(self) -> None:
        strict = dependency("b.bst", "build", strict=True)
        found = Graph.from_elements([element("b.bst"), element("a.bst", strict)]).nx
        assert list(found.edges) == [("a.bst", "b.bst")]
        assert found.edges["a.bst", "b.bst"] == {
            "type": "build",
            "build": True,
            "runtime": False,
            "strict": True,
            "config": (),
            "path": "b.bst",
        }

    def test_external_nodes_have_no_successors(self) -> None:
        assert list(image().nx.successors("sdk.bst:gtk.bst")) == []

    def test_it_is_read_only_and_made_once(self) -> None:
        found = image()
        assert found.nx is found.nx
        with pytest.raises(nx.NetworkXError, match="Frozen graph"):
            found.nx.add_node("x.bst")


class TestNavigation:
    @pytest.mark.parametrize(
        ("scope", "expected"),
        [
            (Scope.ALL, "sdk.bst:libc base shell sdk.bst:gtk editor apps"),
            (Scope.BUILD, "sdk.bst:libc base shell sdk.bst:gtk editor apps"),
            (Scope.RUN, "sdk.bst:libc base"),
            (Scope.NONE, ""),
        ],
    )
    def test_dependencies_of(self, scope: Scope, expected: str) -> None:
        assert short(image().dependencies_of("layer.bst", scope=scope)) == expected

    @pytest.mark.parametrize(
        ("scope", "expected"),
        [(Scope.ALL, "apps base"), (Scope.BUILD, "apps"), (Scope.RUN, "base"), (Scope.NONE, "")],
    )
    def test_direct_dependencies_of(self, scope: Scope, expected: str) -> None:
        found = image().dependencies_of("layer.bst", scope=scope, direct=True)
        assert short(found) == expected

    @pytest.mark.parametrize(
        ("scope", "expected"),
        [
            (Scope.ALL, "editor apps layer image"),
            (Scope.BUILD, "editor apps layer"),
            (Scope.RUN, "editor apps"),
            (Scope.NONE, ""),
        ],
    )
    def test_dependants_of(self, scope: Scope, expected: str) -> None:
        assert short(image().dependants_of("shell.bst", scope=scope)) == expected

    @pytest.mark.parametrize(
        ("scope", "expected"),
        [(Scope.ALL, "editor apps"), (Scope.BUILD, "editor"), (Scope.RUN, "editor apps")],
    )
    def test_direct_dependants_of(self, scope: Scope, expected: str) -> None:
        found = image().dependants_of("shell.bst", scope=scope, direct=True)
        assert short(found) == expected

    def test_staging_order(self) -> None:
        found = image()
        assert tuple(found.staging_order()) == tuple(found)
        assert short(found.staging_order("layer.bst", scope=Scope.RUN)) == "sdk.bst:libc base layer"
        assert short(found.staging_order(["base.bst"], scope=Scope.BUILD)) == "sdk.bst:libc"
        assert short(found.staging_order([])) == ""

    def test_what_reaches_an_external_element_has_a_gap(self) -> None:
        found = image()
        assert found.staging_order().gaps == (GAP,)
        assert found.dependencies_of("apps.bst").gaps == (GAP,)
        assert found.dependencies_of("apps.bst", direct=True).gaps == ()
        assert found.dependencies_of("layer.bst", scope=Scope.RUN).gaps == ()
        assert found.dependencies_of("shell.bst").gaps == ()
        assert found.dependencies_of("sdk.bst:gtk.bst").names == ()
        assert found.dependencies_of("sdk.bst:gtk.bst").gaps == (GAP,)
        assert found.dependants_of("sdk.bst:gtk.bst").gaps == (GAP,)
        assert found.dependants_of("shell.bst").gaps == ()

    @pytest.mark.parametrize(
        "ask",
        [
            lambda found: found.dependencies_of("shel.bst"),
            lambda found: found.dependants_of("shel.bst"),
            lambda found: found.staging_order(["image.bst", "shel.bst"]),
            lambda found: found.shortest_path("image.bst", "shel.bst"),
            lambda found: found.simple_paths("shel.bst", "image.bst"),
            lambda found: found.why("image.bst", "shel.bst"),
        ],
    )
    def test_unknown_names(self, ask: Callable[[Graph], object]) -> None:
        with pytest.raises(
            SelectionError, match=r"did you mean 'shell\.bst'\? \[unknown-element\]"
        ):
            ask(image())

    def test_roots(self) -> None:
        assert short(image().roots()) == "image"
        assert short(graph("a: b\nc: b\nd:").roots()) == "a c d"
        assert short(graph("a: b\nb: a").roots()) == ""

    def test_identities(self) -> None:
        twice = Graph.from_elements(
            [
                element("s.bst:x.bst", project="sdk"),
                element("t.bst:x.bst", project="sdk"),
                element("x.bst", project="top"),
            ]
        )
        assert twice.by_identity(("sdk", "x.bst")) == ("s.bst:x.bst", "t.bst:x.bst")
        assert twice.by_identity(("top", "x.bst")) == ("x.bst",)
        assert twice.by_identity(("top", "y.bst")) == ()

    @pytest.mark.parametrize(
        ("drawn", "expected"),
        [
            ("a: b, c\nb: c", []),
            ("a: a", ["a a"]),
            ("a: b\nb: c\nc: b", ["c b c"]),
            ("a: b\nb: a\nc: d, a\nd: c\ne: d", ["b a b", "c d c"]),
        ],
    )
    def test_cycles(self, drawn: str, expected: list[str]) -> None:
        targets = [drawn[0], drawn.splitlines()[-1][0]]
        found = graph(drawn, externals=["s.bst:x"], targets=targets)
        assert [short(cycle) for cycle in found.cycles()] == expected


class TestResults:
    def test_names_are_a_sequence(self) -> None:
        found = image().staging_order("base.bst")
        assert found[0] == "sdk.bst:libc.bst"
        assert found[:1] == ("sdk.bst:libc.bst",)
        assert "base.bst" in found
        assert found.index(ElementName("base.bst")) == 1
        assert str(found) == "sdk.bst:libc.bst\nbase.bst"
        assert not image().staging_order([])

    def test_equal_results_are_equal(self) -> None:
        assert image().staging_order() == image().staging_order()
        assert len({image().roots(), image().roots()}) == 1


class TestPaths:
    def test_the_shortest(self) -> None:
        found = image().shortest_path("image.bst", "shell.bst")
        assert short(found) == "image layer apps shell"
        assert str(found) == (
            "image.bst -> layer.bst (build) at elements/x.bst:1:3\n"
            "layer.bst -> apps.bst (build) at elements/x.bst:1:3\n"
            "apps.bst -> shell.bst (runtime) at elements/x.bst:2:3"
        )
        assert [edge.type for edge in found.edges] == ["build", "build", "runtime"]

    def test_a_strict_edge_without_provenance(self) -> None:
        strict = dependency("b.bst", strict=True).model_copy(update={"provenance": None})
        found = Graph.from_elements([element("b.bst"), element("a.bst", strict)])
        assert str(found.shortest_path("a.bst", "b.bst")) == "a.bst -> b.bst (all, strict)"

    def test_from_an_element_to_itself(self) -> None:
        found = image().shortest_path("base.bst", "base.bst")
        assert (short(found), str(found)) == ("base", "base.bst")
        assert found.edges == ()

    def test_scopes(self) -> None:
        found = image()
        assert short(found.shortest_path("layer.bst", "base.bst", scope=Scope.RUN)) == "layer base"
        built = found.shortest_path("layer.bst", "base.bst", scope=Scope.BUILD)
        assert short(built) == "layer apps shell base"

    def test_no_path(self) -> None:
        with pytest.raises(SelectionError) as caught:
            image().shortest_path("shell.bst", "sdk.bst:gtk.bst")
        assert caught.value.slug == "no-path"
        assert caught.value.message == "'shell.bst' does not depend on 'sdk.bst:gtk.bst'"
        assert caught.value.fix is None

    def test_a_path_the_other_way_round(self) -> None:
        with pytest.raises(SelectionError) as caught:
            image().shortest_path("base.bst", "image.bst")
        fix = "ask the other way round: 'image.bst' depends on 'base.bst'"
        assert caught.value.fix == fix

    def test_no_path_in_a_scope(self) -> None:
        with pytest.raises(SelectionError) as caught:
            image().shortest_path("image.bst", "base.bst", scope=Scope.RUN)
        text = f"'image.bst' does not depend on 'base.bst' in the run scope ({GAP})"
        assert caught.value.message == text

    def test_all_paths(self) -> None:
        found = image().simple_paths("layer.bst", "base.bst")
        assert [short(path) for path in found] == [
            "layer base",
            "layer apps shell base",
            "layer apps editor shell base",
        ]
        assert not found.capped
        assert found.gaps == (GAP,)
        assert str(found).startswith("layer.bst -> base.bst (runtime) at elements/x.bst:2:3\n\nlay")

    def test_capped(self) -> None:
        found = image().simple_paths("layer.bst", "base.bst", limit=2)
        assert (len(found), found.capped) == (2, True)
        assert not image().simple_paths("layer.bst", "base.bst", limit=3).capped

    def test_no_paths_are_a_result(self) -> None:
        found = image().simple_paths("base.bst", "image.bst")
        assert (found.paths, found.capped, found.gaps) == ((), False, ())

    @pytest.mark.parametrize("ask", ["simple_paths", "why"])
    def test_a_limit_of_nothing_is_a_wrong_call(self, ask: str) -> None:
        with pytest.raises(ValueError, match="at least 1"):
            getattr(image(), ask)("image.bst", "base.bst", limit=0)


class TestWhy:
    @pytest.mark.parametrize(
        ("start", "end", "text"),
        [
            ("editor", "base", "is staged to build it and needed to run it; paths: 1"),
            ("image", "base", "is staged to build it, not needed to run it; paths: 4"),
            ("apps", "editor", "is staged to build it and needed to run it; paths: 1"),
            ("image", "shell", "is needed only to build something that it depends on; paths: 2"),
        ],
    )
    def test_uses(self, start: str, end: str, text: str) -> None:
        found = image().why(f"{start}.bst", f"{end}.bst")
        assert str(found).splitlines()[-1] == f"{end}.bst {text}"

    def test_needed_to_run_only(self) -> None:
        found = graph("a: b/runtime\nb:").why("a.bst", "b.bst")
        assert (found.staged, found.runtime) == (False, True)
        assert str(found) == (
            "a.bst -> b.bst (runtime) at elements/x.bst:1:3\n"
            "b.bst is needed to run it, not staged to build it; paths: 1"
        )

    def test_all_that_it_says(self) -> None:
        found = image().why("image.bst", "base.bst", limit=3)
        assert (found.dependant, found.dependency) == ("image.bst", "base.bst")
        assert short(found.path) == "image base"
        assert found.path.edges[0].provenance == Provenance("elements/x.bst", 2, 3)
        assert (found.paths, found.capped) == (3, True)
        assert str(found).endswith("paths: more than 3")
        assert found.gaps == (GAP,)

    @pytest.mark.parametrize("pair", [("base.bst", "image.bst"), ("base.bst", "base.bst")])
    def test_no_reason(self, pair: tuple[str, str]) -> None:
        with pytest.raises(SelectionError) as caught:
            image().why(*pair)
        assert caught.value.slug == "no-path"
        assert (caught.value.fix is None) == (pair[0] == pair[1])


def two_projects() -> Graph:
    """Return a project with a subproject in its own folder, and one elsewhere."""
    conf = {"min_version": "2.0", "variables": {}, "environment": {}}
    places = {"": "/p", "sub.bst": "/p/subprojects/sub", "lib/far.bst": "/far"}
    elements = [
        element("sub.bst:base.bst", local_sources=["files/base"]),
        element("lib/far.bst:tool.bst", local_sources=["./files/"]),
        element("lib.bst", "sub.bst:base.bst", local_sources=["files/lib", "files/shared.conf"]),
        element("app.bst", "lib.bst", build="lib/far.bst:tool.bst", local_sources=["files/app"]),
        element("other.bst", local_sources=["files/shared.conf"]),
    ]
    junctions = [
        Junction.model_validate(
            {
                "name": name,
                "project_name": "top",
                "supplied_by": "local",
                "sources": (),
                "provenance": Provenance(f"elements/{name}", 1, 1),
            }
        )
        for name in ("sub.bst", "lib/far.bst", "unused.bst")
    ]
    return Graph(
        Project(
            name="top",
            directory=Path("/p"),
            targets=(ElementName("app.bst"), ElementName("other.bst")),
            elements={each.name: each for each in elements},
            projects={
                junction: ProjectConf.model_validate(
                    {"name": "x", "junction": junction, "directory": place, **conf}
                )
                for junction, place in places.items()
            },
            junctions={junction.name: junction for junction in junctions},
            gaps=("a gap of the project",),
        )
    )


class TestTouchedBy:
    @pytest.mark.parametrize(
        ("changed", "direct"),
        [
            # by name, by the file of the element
            ("lib.bst", "lib"),
            ("elements/lib.bst", "lib"),
            ("./elements/../elements/lib.bst", "lib"),
            ("sub.bst:base.bst", "sub.bst:base"),
            ("sub.bst:elements/base.bst", "sub.bst:base"),
            ("subprojects/sub/elements/base.bst", "sub.bst:base"),
            ("/far/elements/tool.bst", "lib/far.bst:tool"),
            # by a local source: the path, or something below it
            ("files/lib", "lib"),
            ("files/lib/src/main.c", "lib"),
            ("/p/files/lib/src/main.c", "lib"),
            ("files/shared.conf", "lib other"),
            ("subprojects/sub/files/base/etc", "sub.bst:base"),
            ("lib/far.bst:files/x", "lib/far.bst:tool"),
            # by the junction or the project
            ("sub.bst", "sub.bst:base"),
            ("elements/lib/far.bst", "lib/far.bst:tool"),
            ("project.conf", "lib app other"),
            ("sub.bst:project.conf", "sub.bst:base"),
            ("/p/subprojects/sub/project.conf", "sub.bst:base"),
        ],
    )
    def test_one_change(self, changed: str, direct: str) -> None:
        found = two_projects().touched_by([changed])
        assert short(found.direct) == direct
        assert (found.unmatched, found.gaps) == ((), ())

    @pytest.mark.parametrize(
        "changed",
        [
            "files",
            "files/library",
            "elements/lib.bst/x",
            "include/common.yml",
            "elements/unused.bst",
            "/elsewhere/elements/lib.bst",
            "nothing.bst:elements/lib.bst",
            "shared.conf",
        ],
    )
    def test_what_nothing_is_known_to_use(self, changed: str) -> None:
        found = two_projects().touched_by([changed])
        assert (found.names, found.direct) == ((), ())
        assert found.unmatched == (changed,)
        assert found.gaps == (f"no element is known to use '{changed}'",)

    def test_dependants_are_touched_too(self) -> None:
        found = two_projects().touched_by([Path("files/lib/a"), "include/b.yml"])
        assert short(found) == "lib app"
        assert short(found.direct) == "lib"
        assert found.unmatched == (os.fspath("include/b.yml"),)

    def test_no_change(self) -> None:
        assert two_projects().touched_by([]).names == ()

    def test_elements_without_a_project(self) -> None:
        found = image().touched_by(["elements/shell.bst", "sdk.bst:gtk.bst"])
        assert short(found) == "shell sdk.bst:gtk editor apps layer image"
        assert found.gaps == (GAP,)

    def test_an_external_element_is_in_its_project(self) -> None:
        found = image().touched_by(["sdk.bst:project.conf"])
        assert short(found.direct) == "sdk.bst:libc sdk.bst:gtk"

    def test_other_sources_and_values_are_no_files(self) -> None:
        plain = element("a.bst", local_sources=["x"])
        sources = (Source(kind="git", config={"path": "y"}), Source(kind="local", config={}))
        bare = plain.model_copy(update={"sources": sources, "provenance": None})
        found = Graph.from_elements([bare]).touched_by(["x", "y", "elements/a.bst"])
        assert found.direct == ()

    def test_gaps_of_the_project_are_gaps_of_the_graph(self) -> None:
        assert two_projects().gaps == ("a gap of the project",)


def test_what_the_project_says_is_not_said_again() -> None:
    by_hand = Graph.from_elements([], externals=[external("s.bst:x.bst", "no s")])
    assert by_hand.gaps == ("'s.bst:x.bst' is external: no s",)
    loaded = Project(
        name="top",
        directory=Path(),
        targets=(),
        elements={},
        externals=dict(by_hand.externals),
        projects={},
        gaps=("no s",),
    )
    assert Graph(loaded).gaps == ("no s",)


def test_external_elements_of_several_reasons() -> None:
    outside: Iterable[str] = ("s.bst:x.bst", "s.bst:y.bst")
    found = Graph.from_elements(
        [element("a.bst", "s.bst:x.bst", "s.bst:y.bst")],
        externals=[external(name, f"no {name}") for name in outside],
    )
    assert found.gaps == (
        "'s.bst:x.bst' is external: no s.bst:x.bst",
        "'s.bst:y.bst' is external: no s.bst:y.bst",
    )
