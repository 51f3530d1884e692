"""What a notebook shows for each result."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from bstgraph import State, compare, explain_key, load_state
from bstgraph.display import mimebundle
from bstgraph.files import Directory
from bstgraph.graph import Graph
from bstgraph.images import image_chain
from bstgraph.layers import Layers, compare_image, drift, owners, trace
from bstgraph.model import Project
from bstgraph.render import to_text
from bstgraph.testing import project as drawn
from bstgraph.variants import parity
from tests.unit.builders import element, graph
from tests.unit.image_builders import dakota

HOSTILE = "<script>alert('x')</script>"


def project() -> Project:
    made = element("a.bst").model_copy(update={"description": HOSTILE})
    return Project(
        name="tiny", directory=Path(), targets=(made.name,), elements={made.name: made}, projects={}
    )


@cache
def state() -> State:
    return load_state(drawn("=== a.bst\nkind: manual\npublic: {x: '<script>'}\n"))


@cache
def layers() -> Layers:
    text = "=== a.bst\nkind: stack\n=== c.bst\nkind: compose\nbuild-depends: [a.bst]\n"
    return Layers(load_state(drawn(text)))


@pytest.mark.parametrize(
    "result",
    [
        project(),
        Graph(project()),
        graph("a: b").staging_order(),
        graph("a: b").shortest_path("a.bst", "b.bst"),
        graph("a: b").simple_paths("a.bst", "b.bst"),
        graph("a: b").why("a.bst", "b.bst"),
        image_chain(dakota(), "oci/image.bst"),
        element("a.bst"),
        state(),
        state().keys,
        state().keys["a.bst"],
        state().keys["a.bst"].weak,
        state().keys.inputs("a.bst"),
        explain_key(state(), "a.bst"),
        compare(state(), state()),
        parity(dakota(), "oci/image.bst", "oci/base.bst"),
        layers().contents("c.bst"),
        layers().staged("c.bst"),
        owners(layers(), "c.bst"),
        drift(owners(layers(), "c.bst"), {"x": "a.bst"}),
        trace(layers(), "x", "c.bst"),
        compare_image(layers(), "c.bst", Directory()),
    ],
    ids=lambda result: type(result).__name__,
)
def test_results_have_text_and_html(result: object) -> None:
    bundle = mimebundle(result)
    assert bundle["text/plain"] == to_text(result)
    assert not bundle["text/plain"].startswith(f"{type(result).__name__}(")
    assert "a" in bundle["text/html"]
    assert bundle["text/html"].startswith("<")


def test_texts_of_the_project_are_escaped() -> None:
    for result in (project(), Graph(project()), project().elements[project().targets[0]]):
        html = mimebundle(result)["text/html"]
        assert HOSTILE not in html
        assert "&lt;script&gt;" in html


def test_a_long_table_is_cut() -> None:
    names = graph("\n".join(f"e{n}:" for n in range(300))).staging_order()
    html = mimebundle(names)["text/html"]
    assert html.count("<tr>") == 1 + 200
    assert html.endswith("<p>and 100 more</p>")
