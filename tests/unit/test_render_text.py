"""Terminal text, compared as a person sees it."""

from __future__ import annotations

from textwrap import dedent

import pytest

from bstgraph.graph import Graph
from bstgraph.images import Filter, image_chain
from bstgraph.model import Project, ProjectConf
from bstgraph.render import chain_tree, element_table, to_text
from bstgraph.render._tree import filter_text
from tests.unit.builders import element, external, graph
from tests.unit.image_builders import compose, dakota, filtered, script, stack, staged


def drawn(text: str) -> str:
    return dedent(text).strip("\n")


class TestChain:
    def test_a_tree(self) -> None:
        assert to_text(image_chain(dakota(), "oci/image.bst")) == drawn("""
            oci/image.bst  script that stages 5 elements; 4 packages in its layers
            ├─ /  2 tools: build-oci.bst, libc.bst
            ├─ /layer  oci/layer.bst  compose without debug: 1 element, 4 packages
            │  └─ oci/runtime.bst  compose without devel (above: debug): 7 elements, 4 packages
            │     └─ deps.bst  stack of 4: 7 elements, 4 packages
            │        ├─ platform.bst  stack of 1: 3 elements, 2 packages
            │        │  └─ 1 package: glib.bst
            │        ├─ 2 packages: app.bst, docs.bst
            │        └─ 1 filtered package: app-data.bst
            └─ /parent  oci/base.bst  script; 2 packages in its layers
               ├─ /  1 tool: build-oci.bst
               └─ /layer  oci/base-layer.bst  compose without debug, devel: 3 elements, 2 packages
                  └─ platform.bst  stack of 1: 3 elements, 2 packages (see above)
        """)

    def test_every_stage(self) -> None:
        lines = chain_tree(image_chain(dakota(), "oci/image.bst"), full=True).splitlines()
        assert len(lines) == 16
        assert lines[1] == "├─ /  build-oci.bst  manual with 2 elements that it needs"
        assert "│        ├─ docs.bst  manual" in lines
        assert "│        ├─ app-data.bst  filter of data (above: debug, devel)" in lines

    def test_a_filter_that_keeps_less_than_the_one_above(self) -> None:
        made = Graph.from_elements(
            [
                element("a.bst"),
                filtered("lower.bst", "a.bst", include=["x", "y"]),
                compose("upper.bst", "lower.bst", include=["y"]),
                script("s.bst", staged("upper.bst", "/layer")),
            ]
        )
        assert "lower.bst  filter of x, y (with those above: of y)" in to_text(
            image_chain(made, "s.bst")
        )

    def test_a_stack_as_layer_says_both_truths(self) -> None:
        made = Graph.from_elements(
            [
                element("a.bst"),
                stack("all.bst", "a.bst"),
                script("s.bst", staged("all.bst", "/layer")),
            ]
        )
        line = to_text(image_chain(made, "s.bst")).splitlines()[1]
        assert line == (
            "└─ /layer  all.bst  stack of 1: 2 elements, 1 package; "
            "no files of its own, all of these are staged here unfiltered"
        )

    def test_what_is_not_at_hand(self) -> None:
        made = Graph.from_elements(
            [script("s.bst", staged("sdk.bst:l.bst", "/layer"))],
            externals=[external("sdk.bst:l.bst")],
        )
        lines = to_text(image_chain(made, "s.bst")).splitlines()
        assert lines[1] == "└─ /layer  sdk.bst:l.bst  not at hand"
        assert lines[2].startswith("unknown: ")

    def test_a_large_chain_fits_a_screen(self) -> None:
        elements = []
        for a in range(9):
            for b in range(9):
                elements += [element(f"p{a}{b}.bst"), stack(f"s{a}{b}.bst", f"p{a}{b}.bst")]
            elements += [stack(f"s{a}.bst", *(f"s{a}{b}.bst" for b in range(9)))]
        elements += [stack("all.bst", *(f"s{a}.bst" for a in range(9)))]
        elements += [script("image.bst", staged("all.bst", "/layer"))]
        chain = image_chain(Graph.from_elements(elements), "image.bst")
        assert len(chain_tree(chain).splitlines()) == 11
        assert len(chain_tree(chain, full=True).splitlines()) == len(elements)

    def test_what_has_no_stacks_to_fold_is_drawn_all_the_same(self) -> None:
        elements = [element("a.bst"), script("v0.bst", staged("a.bst", "/layer"))]
        elements += [script(f"v{n}.bst", staged(f"v{n - 1}.bst", "/parent")) for n in range(1, 50)]
        made = Graph.from_elements(elements)
        assert len(to_text(image_chain(made, "v25.bst")).splitlines()) == 27
        assert len(to_text(image_chain(made, "v49.bst")).splitlines()) == 32

    def test_what_has_too_many_lines_however_little_is_drawn(self) -> None:
        layers = [staged("a.bst", f"/layer{n}") for n in range(45)]
        made = Graph.from_elements([element("a.bst"), script("s.bst", *layers)])
        assert len(to_text(image_chain(made, "s.bst")).splitlines()) == 46

    def test_many_packages_of_a_compose_are_one_line(self) -> None:
        names = [f"p{n}.bst" for n in range(5)]
        made = Graph.from_elements(
            [
                *map(element, names),
                compose("c.bst", " ".join(names)),
                script("s.bst", staged("c.bst", "/layer")),
            ]
        )
        lines = to_text(image_chain(made, "s.bst")).splitlines()
        assert lines[1:] == [
            "└─ /layer  c.bst  compose: 5 elements, 5 packages",
            "   └─ 5 packages: p0.bst, p1.bst, p2.bst, p3.bst, p4.bst",
        ]

    def test_depth_is_bounded(self) -> None:
        elements = [stack("s0.bst")]
        elements += [stack(f"s{n}.bst", f"s{n - 1}.bst") for n in range(1, 500)]
        elements += [script("image.bst", staged("s499.bst", "/layer"))]
        chain = image_chain(Graph.from_elements(elements), "image.bst")
        lines = chain_tree(chain, full=True).splitlines()
        assert lines[-1].strip() == "└─ …"
        assert len(lines) < 40

    def test_lists_are_cut_to_the_width_but_names_are_not(self) -> None:
        names = [f"junction.bst:a-rather-long-folder/element-{n}.bst" for n in range(20)]
        made = Graph.from_elements(
            [
                *map(element, names),
                script("s.bst", staged(names[0], "/layer"), tools=" ".join(names)),
            ]
        )
        line = to_text(image_chain(made, "s.bst")).splitlines()[1]
        assert line.endswith(f"20 tools: {names[0]} and 19 more")


class TestFilterText:
    @pytest.mark.parametrize(
        ("rules", "text"),
        [
            (Filter(), ""),
            (Filter(exclude=("a", "b")), "without a, b"),
            (Filter(include=("a",), orphans=False), "of a"),
            (Filter(include=("a",)), "of a and what no domain claims"),
            (Filter(include=(), orphans=False), "of no domain"),
            (Filter(orphans=False), "of all domains"),
            (
                Filter(include_paths=("/usr",), exclude_paths=("/usr/share",)),
                "of /usr without /usr/share",
            ),
            (Filter(include_paths=()), "of no path"),
            (Filter(exclude=tuple("abcdefghij")), "without a, b, c, d, e, f, g, h and 2 more"),
        ],
    )
    def test_in_words(self, rules: Filter, text: str) -> None:
        assert filter_text(rules) == text


class TestOthers:
    def test_elements_as_a_table(self) -> None:
        assert element_table([element("a.bst"), stack("b.bst")]) == "manual  a.bst\nstack   b.bst"
        assert element_table([]) == ""

    def test_an_element(self) -> None:
        made = element("a.bst", "b.bst", build="c.bst").model_copy(
            update={"description": "An\nelement.", "gaps": ("something",)}
        )
        assert to_text(made) == drawn("""
            a.bst  manual
              An element.
              build  c.bst
              all    b.bst
            unknown: something
        """)

    def test_a_path(self) -> None:
        assert to_text(graph("a: b/build\nb: c").shortest_path("a.bst", "c.bst")) == drawn("""
            a.bst
              build  b.bst  elements/x.bst:1:3
              all    c.bst  elements/x.bst:1:3
        """)

    def test_why(self) -> None:
        text = to_text(graph("a: b/build\nb: c").why("a.bst", "c.bst"))
        assert text.startswith("a.bst\n  build  b.bst  elements/x.bst:1:3\n")
        assert "staged to build it, not needed to run it" in text

    def test_several_paths(self) -> None:
        made = graph("a: b, c\nb: d\nc: d")
        assert to_text(made.simple_paths("a.bst", "d.bst")).count("a.bst\n") == 2
        assert to_text(made.simple_paths("a.bst", "d.bst", limit=1)).endswith(
            "and more than these 1"
        )

    def test_a_graph(self) -> None:
        text = to_text(graph("a: b", externals=["x"]))
        assert text.splitlines()[0] == "<Graph: 2 elements, 1 external>"
        assert text.splitlines()[1].startswith("unknown: ")

    def test_a_project(self, tiny: Project) -> None:
        assert to_text(tiny) == drawn("""
            project tiny: 1 element for a.bst
            unknown: one
            unknown: two
            unknown: three
            unknown: four
            unknown: five
            unknown: and more
        """)

    def test_a_project_with_subprojects(self, tiny: Project) -> None:
        outside = external("sdk.bst:b.bst")
        conf = ProjectConf(
            name="x", directory=tiny.directory, min_version="2.0", variables={}, environment={}
        )
        made = tiny.model_copy(
            update={"projects": {"": conf, "sdk.bst": conf}, "externals": {outside.name: outside}}
        )
        assert to_text(made).splitlines()[:2] == [
            "project tiny: 1 element for a.bst, from 2 projects",
            "not at hand: 1 element",
        ]

    def test_any_other_object(self) -> None:
        assert to_text(3) == "3"


@pytest.fixture
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Return a project with one element and more gaps than are shown."""
    made = element("a.bst")
    return Project(
        name="tiny",
        directory=tmp_path_factory.getbasetemp(),
        targets=(made.name,),
        elements={made.name: made},
        projects={},
        gaps=("one", "two", "three", "four", "five", "six"),
    )
