"""Laws of variants side by side, on images of random stacks, composes and filters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from hypothesis import given, settings
from hypothesis import strategies as st

from bstgraph.graph import Graph
from bstgraph.images import image_chain
from bstgraph.model import Element
from bstgraph.variants import (
    Difference,
    EffectiveChange,
    FilterChange,
    OnlyPackage,
    OnlyStage,
    Parity,
    ScriptChange,
    parity,
)
from tests.unit.builders import element
from tests.unit.image_builders import compose, filtered, script, stack, staged

DOMAINS = st.lists(st.sampled_from(("devel", "doc", "debug")), unique=True, max_size=2)
LINES = st.sampled_from(("fi", "if a", "if b", "cp x y", "cp x z", "done", "x  y"))
COMMANDS = st.lists(st.lists(LINES, min_size=1, max_size=4).map("\n".join), max_size=5)


@st.composite
def graphs(draw: st.DrawFn, *, parents: bool = True) -> Graph:
    """Return a graph with the images `one.bst` and `two.bst`."""
    elements: list[Element] = []
    for number in range(draw(st.integers(1, 12))):
        elements.append(_element(draw, f"e{number}.bst", [e.name for e in elements]))
    names: list[str] = [each.name for each in elements]
    elements.append(_image(draw, "base.bst", names))
    below = [*names, "base.bst"] if parents else names
    elements += [_image(draw, name, below) for name in ("one.bst", "two.bst")]
    return Graph.from_elements(elements)


def _element(draw: st.DrawFn, name: str, below: list[str]) -> Element:
    some = draw(st.lists(st.sampled_from(below), unique=True, max_size=3)) if below else []
    kind = draw(st.sampled_from(("manual", "stack", "compose", "filter")))
    if kind == "compose" and some:
        return compose(name, " ".join(some), exclude=draw(DOMAINS), include=draw(DOMAINS))
    if kind == "filter" and some:
        return filtered(name, some[0], runtime=" ".join(some[1:]), include=draw(DOMAINS))
    return stack(name, *some) if kind == "stack" else element(name, runtime=" ".join(some))


def _image(draw: st.DrawFn, name: str, below: list[str]) -> Element:
    chosen = draw(st.lists(st.sampled_from(below), unique=True, max_size=4))
    places = st.sampled_from(("/layer", "/other"))
    entries = [staged(each, draw(places)) for each in chosen]
    made = script(name, *entries, tools=draw(st.sampled_from(("", "e0.bst"))))
    return made.model_copy(update={"config": {"commands": draw(COMMANDS)}})


@settings(deadline=None)
@given(graphs())
def test_an_image_is_like_itself(graph: Graph) -> None:
    for name in ("base.bst", "one.bst", "two.bst"):
        assert not parity(graph, name, name)
        # As much as another graph that says the same.
        again = Graph.from_elements(graph.elements.values())
        assert not parity(graph, name, name, other=again)


@settings(deadline=None)
@given(graphs())
def test_the_other_way_round(graph: Graph) -> None:
    there, back = parity(graph, "one.bst", "two.bst"), parity(graph, "two.bst", "one.bst")
    assert sorted(map(_sided, _plain(there))) == sorted(map(_turned, _plain(back)))
    assert (there.shared, there.a, there.b) == (back.shared, back.b, back.a)
    assert there == parity(graph, "one.bst", "two.bst")


def _plain(found: Parity) -> Iterable[Difference]:
    kinds = OnlyStage | OnlyPackage | FilterChange | EffectiveChange
    return (each for each in found if isinstance(each, kinds))


def _sided(each: Difference) -> tuple[str, ...]:
    match each:
        case OnlyStage() | OnlyPackage():
            return type(each).__name__, each.side, each.name
        case FilterChange():
            return each.a, each.b, each.field, repr(each.value_a), repr(each.value_b)
        case EffectiveChange():
            return (each.location, repr((each.without_a, each.a)), repr((each.without_b, each.b)))
        case _:
            raise TypeError(each)


def _turned(each: Difference) -> tuple[str, ...]:
    match each:
        case OnlyStage() | OnlyPackage():
            return type(each).__name__, "b" if each.side == "a" else "a", each.name
        case FilterChange():
            return each.b, each.a, each.field, repr(each.value_b), repr(each.value_a)
        case EffectiveChange():
            return (each.location, repr((each.without_b, each.b)), repr((each.without_a, each.a)))
        case _:
            raise TypeError(each)


@settings(deadline=None)
@given(graphs(parents=False))
def test_as_many_packages_as_the_chain_counts(graph: Graph) -> None:
    found = parity(graph, "one.bst", "two.bst")
    for variant in (found.a, found.b):
        assert variant.packages == image_chain(graph, variant.name).root.packages


@settings(deadline=None)
@given(COMMANDS, COMMANDS)
def test_the_changes_make_one_script_of_the_other(one: list[str], two: list[str]) -> None:
    made = [
        script(f"{name}.bst").model_copy(update={"config": {"commands": commands}})
        for name, commands in (("one", one), ("two", two))
    ]
    changes = [
        each
        for each in parity(Graph.from_elements(made), "one.bst", "two.bst")
        if isinstance(each, ScriptChange)
    ]
    lines = [
        Counter(line for each in commands for line in each.split("\n")) for commands in (one, two)
    ]
    gone = Counter(line.text for each in changes for line in each.a)
    come = Counter(line.text for each in changes for line in each.b)
    assert lines[0] - gone + come == lines[1]
    assert not gone - lines[0]
    for each in changes:
        if each.change in ("moved", "split"):
            assert [line.text for line in each.a] == [line.text for line in each.b]
