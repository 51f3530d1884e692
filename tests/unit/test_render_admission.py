"""The table of `bstgraph admits`, for what the tests of the command line do not reach."""

from __future__ import annotations

from bstgraph.admission import admission
from bstgraph.graph import Graph
from bstgraph.model import Element
from bstgraph.names import ElementName
from bstgraph.render import admission_table, admissions_to_json
from tests.unit.builders import element
from tests.unit.image_builders import compose, filtered

BST = {"split-rules": {"devel": ["/usr/include/**"]}}
A = element("a.bst").model_copy(update={"public": {"bst": BST}})


def table(layer: Element, *paths: str, held: frozenset[str] | None = None) -> list[str]:
    """Return the lines, with single spaces."""
    graph = Graph.from_elements([A, layer])
    contents = None if held is None else {ElementName("a.bst"): held}
    text = admission_table(list(admission(graph, layer.name, paths, contents=contents)))
    return [" ".join(line.split()) for line in text.splitlines()]


def test_nothing_is_filtered() -> None:
    assert table(compose("c.bst", "a.bst"), "usr") == ["/usr admitted nothing is filtered"]


def test_a_filter_that_fails() -> None:
    assert table(filtered("f.bst", "a.bst", include=["odd"]), "usr/include/x", "usr") == [
        "/usr/include/x dropped devel is not included: /usr/include/** place not known",
        "/usr dropped no domain claims it, and orphans do not pass",
        "",
        (
            "BuildStream fails to build 'f.bst': 'a.bst' has no split domain 'odd', and a "
            "filter may name no other"
        ),
    ]


def test_a_domain_that_is_passed_over() -> None:
    lines = table(compose("c.bst", "a.bst", exclude=["odd"]), "usr")
    assert lines[2:] == ["not every element has the split domain 'odd'; it is passed over there"]


def test_the_runbook() -> None:
    layer = compose("c.bst", "a.bst", paths={"include": ["/usr"]})
    assert table(layer, "usr/x", "opt") == [
        "/usr/x admitted include-paths: /usr",
        "/opt dropped include-paths: no prefix",
        "",
        "rule: the runbook's path prefixes (claim R3); BuildStream has none",
    ]


def test_with_contents() -> None:
    layer = compose("c.bst", "a.bst", include=["devel"], orphans=False)
    held = frozenset(("usr", "usr/include", "usr/include/x"))
    assert table(layer, "usr", "nowhere", held=held) == [
        "/usr admitted above what is admitted",
        "/nowhere not-staged",
    ]


def test_json_of_nothing() -> None:
    assert '"paths": []' in admissions_to_json("c.bst", [])
