"""Two variants of an image side by side, on projects drawn here."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from bstgraph.errors import SelectionError
from bstgraph.graph import Graph
from bstgraph.images import Filter
from bstgraph.load import load_project
from bstgraph.model import Element
from bstgraph.testing import project
from bstgraph.variants import (
    Difference,
    EffectiveChange,
    FilterChange,
    OnlyPackage,
    OnlyStage,
    OtherPackage,
    OtherStage,
    Parity,
    PlacedPackages,
    ScriptChange,
    ValueChange,
    parity,
)
from bstgraph.variants import _content as content
from bstgraph.variants import _scripts as scripts
from tests.unit.builders import element, external
from tests.unit.image_builders import compose, filtered, script, stack, staged

EXAMPLE = Path(__file__).parents[2] / "examples" / "dakota"


def short(difference: Difference) -> str:  # noqa: PLR0911 - one for each of them
    """Return a difference in a line that a table can have."""
    match difference:
        case OnlyStage():
            return f"{difference.side} only {difference.role} {difference.name}"
        case OtherStage():
            values = f"{difference.value_a} | {difference.value_b}"
            return f"{difference.what} at {difference.location}: {values}"
        case FilterChange():
            return f"{difference.field}: {difference.value_a} | {difference.value_b}"
        case EffectiveChange():
            domains = f"{_list(difference.without_a)} | {_list(difference.without_b)}"
            ways = f", {len(difference.a)} ways | {len(difference.b)}" if difference.a else ""
            return f"{_list(difference.packages)} at {difference.location}: {domains}{ways}"
        case OnlyPackage():
            return f"{difference.side} has {difference.name} by {difference.stack}"
        case OtherPackage():
            return f"other {difference.a} | {difference.b}"
        case PlacedPackages():
            places = f"{_list(difference.locations_a)} | {_list(difference.locations_b)}"
            return f"{_list(difference.packages)} elsewhere: {places}"
        case ScriptChange():
            return "\n".join(_steps(difference))
        case ValueChange():
            return f"{difference.part} {difference.name}: {difference.a} | {difference.b}"


def _list(names: tuple[str, ...]) -> str:
    return " ".join(names) or "-"


def _steps(change: ScriptChange) -> Iterator[str]:
    yield change.change
    for sign, lines in (("-", change.a), ("+", change.b)):
        yield from (f"{sign} {line.step}.{line.number} {line.text}" for line in lines)


def told(found: Parity) -> list[str]:
    return [short(difference) for difference in found]


IMAGES = """
=== one.bst
kind: script
build-depends: [{filename: layer-one.bst, config: {location: /layer}}]
=== two.bst
kind: script
build-depends: [{filename: layer-two.bst, config: {location: /layer}}]
=== a.bst
kind: manual
=== b.bst
kind: manual
runtime-depends: [a.bst]
=== c.bst
kind: manual
"""

SUBS = """
=== s.bst
kind: junction
sources: [{kind: local, path: s}]
=== t.bst
kind: junction
sources: [{kind: local, path: t}]
=== s/project.conf
name: s
min-version: 2.0
element-path: elements
=== s/elements/a.bst
kind: manual
=== t/project.conf
name: t
min-version: 2.0
element-path: elements
=== t/elements/a.bst
kind: manual
"""


def layers(one: str, two: str) -> str:
    """Return two images with a compose each, `one` and `two` being the rest of these."""
    return f"""{IMAGES}
=== layer-one.bst
kind: compose
{one}
=== layer-two.bst
kind: compose
{two}
"""


STAGES = [
    pytest.param(
        layers("build-depends: [b.bst]", "build-depends: [b.bst]"), [], id="another name alone"
    ),
    pytest.param(
        layers("build-depends: [a.bst]", "build-depends: [b.bst]"),
        ["b has b.bst by None"],
        id="a package",
    ),
    pytest.param(
        layers("build-depends: [all.bst]", "build-depends: [all.bst, more.bst]")
        + "=== all.bst\nkind: stack\ndepends: [a.bst]\n"
        + "=== more.bst\nkind: stack\ndepends: [b.bst, c.bst]\n",
        ["b only stack more.bst", "b has b.bst by more.bst", "b has c.bst by more.bst"],
        id="a stack and what it brings",
    ),
    pytest.param(
        layers(
            "build-depends: [b.bst]\nconfig: {exclude: [devel, doc]}",
            "build-depends: [b.bst]\nconfig: {exclude: [doc, debug], integrate: false}",
        ),
        [
            "exclude: ('devel', 'doc') | ('debug', 'doc')",
            "integrate: True | False",
            "a.bst b.bst at /layer: devel | debug, 1 ways | 1",
        ],
        id="filters",
    ),
    pytest.param(
        layers(
            "build-depends: [b.bst]\nconfig: {exclude: [devel, doc]}",
            "build-depends: [b.bst]\nconfig: {exclude: [doc, devel]}",
        ),
        [],
        id="the order of domains does not count",
    ),
    pytest.param(
        layers("build-depends: [b.bst]", "build-depends: [b.bst]\nconfig: {exclude: [doc]}"),
        ["exclude: () | ('doc',)", "a.bst b.bst at /layer: - | doc"],
        id="one domain more",
    ),
    pytest.param(
        layers(
            "build-depends: [inner.bst]\nconfig: {exclude: [doc], integrate: false}",
            "build-depends: [b.bst]\nconfig: {exclude: [devel, doc]}",
        )
        + "=== inner.bst\nkind: compose\nbuild-depends: [b.bst]\nconfig: {exclude: [devel]}\n",
        [
            "a only compose inner.bst",
            "exclude: ('doc',) | ('devel', 'doc')",
            "integrate: False | True",
        ],
        id="in two steps or in one",
    ),
    pytest.param(
        layers("build-depends: [in-one.bst]", "build-depends: [in-two.bst]")
        + "=== in-one.bst\nkind: compose\nbuild-depends: [b.bst]\nconfig: {include: [runtime]}\n"
        + "=== in-two.bst\nkind: compose\nbuild-depends: [b.bst]\n"
        + "config: {include: [runtime], include-orphans: false}\n",
        ["orphans: True | False", "a.bst b.bst at /layer: - | -, 1 ways | 1"],
        id="paired below a pair",
    ),
    pytest.param(
        layers("build-depends: [b.bst]", "build-depends: [part.bst]")
        + "=== part.bst\nkind: filter\nbuild-depends: [b.bst]\nconfig: {include: [runtime]}\n",
        [
            "b only filter part.bst",
            "b.bst at /layer: - | -, 1 ways | 1",
            "a has a.bst by None",
        ],
        id="a filter takes what an element needs away",
    ),
    pytest.param(
        layers("build-depends: [b.bst]", "build-depends: [part.bst, b.bst]")
        + "=== part.bst\nkind: filter\nbuild-depends: [b.bst]\nconfig: {include: [runtime]}\n",
        ["b only filter part.bst"],
        id="a way through which nothing more comes",
    ),
    pytest.param(
        SUBS + layers("build-depends: ['s.bst:a.bst']", "build-depends: ['t.bst:a.bst']"),
        ["other s.bst:a.bst | t.bst:a.bst"],
        id="of another project",
    ),
    pytest.param(
        SUBS + layers("build-depends: ['s.bst:a.bst']", "build-depends: ['s.bst:a.bst', a.bst]"),
        ["b has a.bst by None"],
        id="one more of the same local name",
    ),
]


@pytest.mark.parametrize(("text", "expected"), STAGES)
def test_layers(text: str, expected: list[str], tmp_path: Path) -> None:
    graph = Graph(project(text, tmp_path))
    assert told(parity(graph, "one.bst", "two.bst")) == expected


def commands(*lists: str) -> str:
    """Return two images that differ in nothing but commands."""
    return "".join(
        f"""
=== {name}.bst
kind: script
build-depends: [a.bst]
config:
  commands: {listed}
"""
        for name, listed in zip(("one", "two"), lists, strict=True)
    ) + ("=== a.bst\nkind: manual\n")


COMMANDS = [
    pytest.param("[a, b]", "[a, b]", [], id="alike"),
    pytest.param('["a  \\n\\n b"]', '["a\\n b"]', [], id="blank lines and white space at the end"),
    pytest.param('["a\\n b"]', '["a\\n  b"]', ["changed\n- 1.2  b\n+ 1.2   b"], id="inner one"),
    pytest.param("[a]", "[a, b]", ["added\n+ 2.1 b"], id="added"),
    pytest.param("[a, b]", "[b]", ["removed\n- 1.1 a"], id="removed"),
    pytest.param("[]", "[a]", ["added\n+ 1.1 a"], id="to none at all"),
    pytest.param(
        "[run x --one]",
        "[run x --two]",
        ["changed\n- 1.1 run x --one\n+ 1.1 run x --two"],
        id="changed",
    ),
    pytest.param(
        "[alpha, omega]",
        "[beta, omega]",
        ["removed\n- 1.1 alpha", "added\n+ 1.1 beta"],
        id="replaced",
    ),
    pytest.param("[a, b, c]", "[c, a, b]", ["moved\n- 3.1 c\n+ 1.1 c"], id="moved"),
    pytest.param(
        '["a", "b", "x\\nfi"]',
        '["x\\nfi", "a", "b"]',
        ["moved\n- 3.1 x\n- 3.2 fi\n+ 1.1 x\n+ 1.2 fi"],
        id="moved together",
    ),
    pytest.param(
        '["if x\\nfi", "a", "b", "c", "if q\\nfi"]',
        '["a", "b", "c", "if q\\nfi", "if z\\nfi"]',
        ["removed\n- 1.1 if x\n- 1.2 fi", "added\n+ 5.1 if z\n+ 5.2 fi"],
        id="what occurs often does not move by itself",
    ),
    pytest.param('["a\\nb"]', "[a, b]", ["split\n- 1.2 b\n+ 2.1 b"], id="split"),
    pytest.param(
        '["if x\\nfi", "z"]',
        '["if x\\nfi", "if y\\nfi", "z"]',
        ["added\n+ 2.1 if y\n+ 2.2 fi"],
        id="a new command is a whole one",
    ),
    pytest.param(
        '["q\\nif x\\nfi", "if y\\nfi", "z"]',
        '["q\\nif x\\nfi", "z"]',
        ["removed\n- 2.1 if y\n- 2.2 fi"],
        id="so is one that is gone",
    ),
    pytest.param(
        '["p\\nfi\\nx\\nfi\\nq"]',
        '["p\\nfi\\nq"]',
        ["removed\n- 1.3 x\n- 1.4 fi"],
        id="no place is better",
    ),
    pytest.param('["a\\nx\\na\\nb"]', '["a\\nb"]', ["removed\n- 1.1 a\n- 1.2 x"], id="slid up"),
]


@pytest.mark.parametrize(("one", "two", "expected"), COMMANDS)
def test_commands(one: str, two: str, expected: list[str], tmp_path: Path) -> None:
    graph = Graph(project(commands(one, two), tmp_path))
    assert told(parity(graph, "one.bst", "two.bst")) == expected


VALUES = [
    ("environment: {LANG: de}", ["environment LANG: None | de"]),
    ("variables: {cwd: /w}", ["variable cwd: / | /w"]),
    ("variables: {install-root: /w}", ["variable install-root: /buildstream-install | /w"]),
    ("variables: {idle: '1'}", []),
    ("config: {root-read-only: true}", ["config root-read-only: False | true"]),
    ("sandbox: {build-uid: 3}", ["sandbox build-uid: None | 3"]),
]


@pytest.mark.parametrize(("more", "expected"), VALUES)
def test_what_commands_run_with(more: str, expected: list[str], tmp_path: Path) -> None:
    text = "=== one.bst\nkind: script\nbuild-depends: [a.bst]\n=== a.bst\nkind: manual\n"
    text += f"=== two.bst\nkind: script\nbuild-depends: [a.bst]\n{more}\n"
    graph = Graph(project(text, tmp_path))
    assert told(parity(graph, "one.bst", "two.bst")) == expected


def test_configuration_that_is_no_command() -> None:
    one, two = (
        script(f"{name}.bst").model_copy(update={"config": {"copy-refs": [{"src": name}]}})
        for name in ("one", "two")
    )
    assert told(parity(graph_of(one, two), "one.bst", "two.bst")) == [
        "config copy-refs.0.src: one | two"
    ]


def test_lists_of_commands_are_compared_each_by_itself() -> None:
    one, two = (
        script(f"{name}.bst").model_copy(update={"config": config})
        for name, config in (("one", {"a": ["x", "y"]}), ("two", {"a": ["x"], "b": ["y"]}))
    )
    found = parity(graph_of(one, two), "one.bst", "two.bst")
    assert told(found) == ["removed\n- 2.1 y", "added\n+ 1.1 y"]
    assert (found.a.commands, found.b.commands) == (2, 2)


def test_a_variable_that_a_line_is_due_to(tmp_path: Path) -> None:
    text = "".join(
        f"=== {name}.bst\nkind: script\nbuild-depends: [a.bst]\n"
        f"variables: {{tag: {tag}, other: x{tag}, idle: {name}}}\n"
        "config: {commands: ['push %{tag} to %{other}', same]}\n"
        for name, tag in (("one", "stable"), ("two", "testing"))
    )
    graph = Graph(project(f"{text}=== a.bst\nkind: manual\n", tmp_path))
    found = parity(graph, "one.bst", "two.bst")
    assert told(found)[1:] == [
        "variable other: xstable | xtesting",
        "variable tag: stable | testing",
    ]


def graph_of(*elements: Element) -> Graph:
    return Graph.from_elements(elements)


class TestWhatIsStaged:
    """What the scripts stage themselves."""

    def test_another_kind_another_role_another_location(self) -> None:
        a, b = element("a.bst"), element("b.bst")
        base = script("base.bst", staged("a.bst", "/layer"))
        graph = graph_of(
            *(a, b, base, compose("l.bst", "a.bst"), stack("m.bst", "a.bst")),
            script("one.bst", staged("l.bst", "/layer"), staged("b.bst", "/x"), tools="a.bst"),
            script("two.bst", staged("m.bst", "/layer"), staged("b.bst", "/y"), tools="a.bst"),
            script("three.bst", staged("base.bst", "/layer"), tools="b.bst"),
        )
        found = parity(graph, "one.bst", "two.bst")
        assert told(found) == [
            "kind at /layer: compose | stack",
            "location at None: /x | /y",
            "a.bst at /layer: - | -, 1 ways | 1",
            "b.bst elsewhere: /x | /y",
        ]
        assert told(parity(graph, "one.bst", "three.bst")) == [
            "role at /layer: layer | parent",
            "location at None: /x | /",
            "a only tool a.bst",
            "a has b.bst by None",
        ]

    def test_a_tool_of_the_variant(self) -> None:
        tools = [element("one-tool.bst"), element("two-tool.bst")]
        graph = graph_of(
            *tools, script("one.bst", tools="one-tool.bst"), script("two.bst", tools="two-tool.bst")
        )
        found = parity(graph, "one.bst", "two.bst")
        assert told(found) == ["tool at /: one-tool.bst | two-tool.bst"]

    def test_two_layers_at_one_location_are_paired_in_order(self) -> None:
        parts = [element(f"{n}.bst") for n in "pq"]
        parts += [compose(f"{n}.bst", "p.bst") for n in ("u", "v", "w", "x")]
        graph = graph_of(
            *parts,
            script("one.bst", staged("u.bst", "/l"), staged("v.bst", "/l")),
            script("two.bst", staged("w.bst", "/l"), staged("x.bst", "/l")),
            script("three.bst", staged("w.bst", "/l")),
        )
        found = parity(graph, "one.bst", "two.bst")
        assert not found
        assert [(pair.a, pair.b) for pair in found.pairs] == [
            ("u.bst", "w.bst"),
            ("v.bst", "x.bst"),
        ]
        # Of two, none is more like the third than the other.
        assert told(parity(graph, "one.bst", "three.bst")) == [
            "a only layer u.bst",
            "a only layer v.bst",
            "b only layer w.bst",
        ]

    def test_names_without_the_words_of_the_image(self) -> None:
        graph = graph_of(
            element("p.bst"),
            *(stack(f"{n}-stack.bst", f"{n}/sub.bst") for n in ("one", "two")),
            *(stack(f"{n}/sub.bst", "p.bst") for n in ("one", "two")),
            stack("other.bst", "two-stack.bst"),
            script("one.bst", staged("one-stack.bst", "/l")),
            script("two.bst", staged("other.bst", "/l")),
        )
        found = parity(graph, "one.bst", "two.bst")
        assert [(pair.a, pair.b) for pair in found.pairs] == [
            ("one-stack.bst", "other.bst"),
            ("one/sub.bst", "two/sub.bst"),
        ]
        assert told(found) == ["b only stack two-stack.bst"]


class TestParents:
    """Images that are built upon others."""

    @staticmethod
    def graph() -> Graph:
        return graph_of(
            element("p.bst"),
            element("q.bst"),
            compose("base-layer.bst", "p.bst"),
            compose("layer.bst", "q.bst"),
            script("base.bst", staged("base-layer.bst", "/layer")),
            script("upper.bst", staged("base.bst", "/parent"), staged("layer.bst", "/layer")),
            script("top.bst", staged("upper.bst", "/parent"), staged("base-layer.bst", "/layer")),
        )

    def test_what_is_in_a_parent_is_there(self) -> None:
        found = parity(self.graph(), "base.bst", "upper.bst")
        assert told(found) == [
            "b only parent base.bst",
            "b has q.bst by None",
            "p.bst elsewhere: /layer | /parent",
        ]
        assert found.built_upon == "b"
        assert (found.a.packages, found.b.packages, found.shared) == (1, 2, 1)

    def test_being_underneath_as_well_is_no_difference(self) -> None:
        found = parity(self.graph(), "top.bst", "base.bst")
        assert told(found) == ["a only parent upper.bst", "a has q.bst by None"]
        assert found.built_upon == "a"
        [package] = [each for each in found if isinstance(each, OnlyPackage)]
        assert package.path == ("top.bst", "upper.bst", "layer.bst", "q.bst")
        assert package.locations == ("/parent",)

    def test_another_parent(self) -> None:
        found = parity(self.graph(), "upper.bst", "top.bst")
        assert told(found) == [
            "parent at /parent: base.bst | upper.bst",
            "p.bst elsewhere: /parent | /layer /parent",
            "q.bst elsewhere: /layer | /parent",
        ]

    def test_parents_of_one_name_are_compared_in_two_graphs(self) -> None:
        elements = dict(self.graph().elements)
        changed = compose("base-layer.bst", "p.bst", exclude=["doc"])
        other = Graph.from_elements(
            [*(e for n, e in elements.items() if n != changed.name), changed]
        )
        found = parity(self.graph(), "upper.bst", "upper.bst", other=other)
        assert told(found) == ["exclude: () | ('doc',)"]
        assert ("base-layer.bst", "base-layer.bst") in {(pair.a, pair.b) for pair in found.pairs}
        assert not parity(self.graph(), "upper.bst", "upper.bst", other=self.graph())

    def test_a_stack_that_is_told_in_the_parent(self) -> None:
        # In BuildStream's order of locations, the parent comes first.
        graph = graph_of(
            element("p.bst"),
            stack("all.bst", "p.bst"),
            script("base.bst", staged("all.bst", "/layer")),
            script("one.bst", staged("base.bst", "/a"), staged("all.bst", "/b")),
            script("two.bst", staged("base.bst", "/a"), staged("p.bst", "/b")),
        )
        assert told(parity(graph, "one.bst", "two.bst")) == ["kind at /b: stack | manual"]


class TestTwoGraphs:
    def test_the_project_behind_a_junction(self) -> None:
        graphs = [
            Graph.from_elements(
                [
                    element("s.bst:a.bst", project=project_name),
                    element("b.bst", project=top),
                    script("i.bst", staged("s.bst:a.bst", "/l"), staged("b.bst", "/l")),
                ]
            )
            for project_name, top in (("x", "mine"), ("y", "yours"))
        ]
        found = parity(graphs[0], "i.bst", "i.bst", other=graphs[1])
        # The toplevel projects are meant to be others.
        assert told(found) == ["other s.bst:a.bst | s.bst:a.bst"]
        assert (found.shared, found.built_upon) == (1, "")
        [other] = found
        assert isinstance(other, OtherPackage)
        assert (other.project_a, other.project_b) == ("x", "y")


class TestWhatIsNotKnown:
    def test_an_external_element_is_told(self) -> None:
        graph = Graph.from_elements(
            [
                element("p.bst"),
                script("one.bst", staged("p.bst", "/l"), staged("s.bst:x.bst", "/")),
                script("two.bst", staged("p.bst", "/l"), staged("s.bst:y.bst", "/l", "/m")),
            ],
            externals=[external("s.bst:x.bst"), external("s.bst:y.bst")],
        )
        found = parity(graph, "one.bst", "two.bst")
        assert told(found)[-1] == "b has s.bst:y.bst by None"
        assert found.b.packages == 1
        assert any("no checkout of it" in gap for gap in found.gaps)

    def test_an_external_element_of_the_same_local_name(self) -> None:
        graph = Graph.from_elements(
            [
                element("x.bst"),
                script("one.bst", staged("x.bst", "/l")),
                script("two.bst", staged("s.bst:x.bst", "/l")),
            ],
            externals=[external("s.bst:x.bst")],
        )
        found = told(parity(graph, "one.bst", "two.bst"))
        assert found[-1] == "other x.bst | s.bst:x.bst"

    def test_chains_of_filters_can_be_combined(self) -> None:
        elements = [element("s0.bst"), element("q.bst")]
        for n in range(1, 20):
            below = f"s{n - 1}.bst"
            elements += [compose(f"{side}{n}.bst", below, exclude=[f"{side}{n}"]) for side in "xy"]
            elements.append(stack(f"s{n}.bst", f"x{n}.bst", f"y{n}.bst"))
        elements += [
            script("one.bst", staged("s19.bst", "/l")),
            script("two.bst", staged("s19.bst", "/l"), staged("q.bst", "/l")),
        ]
        found = parity(Graph.from_elements(elements), "one.bst", "two.bst")
        assert told(found) == ["b only layer q.bst", "b has q.bst by None"]
        [gap] = found.gaps
        assert "more ways to" in gap

    def test_more_places_than_are_followed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(content, "MOST_STEPS", 3)
        graph = graph_of(
            element("p.bst"),
            element("q.bst"),
            stack("all.bst", "p.bst", "q.bst"),
            script("base.bst", staged("all.bst", "/l")),
            script("one.bst", staged("all.bst", "/a", "/b", "/c")),
            script("two.bst", staged("all.bst", "/a"), staged("base.bst", "/b", "/c")),
        )
        found = parity(graph, "one.bst", "two.bst")
        kinds = {type(each) for each in found}
        assert kinds & {PlacedPackages, EffectiveChange, OnlyPackage} == set()
        assert (found.a.packages, found.b.packages, found.shared) == (2, 2, 2)
        assert len(found.gaps) == 2

    def test_of_a_long_way_the_ends_are_told(self) -> None:
        elements = [element("e0.bst")]
        elements += [element(f"e{n}.bst", runtime=f"e{n - 1}.bst") for n in range(1, 50)]
        graph = graph_of(
            *elements,
            stack("s.bst", "e49.bst"),
            script("one.bst", staged("s.bst", "/l")),
            script("two.bst"),
        )
        packages = {
            str(e.name): e
            for e in parity(graph, "one.bst", "two.bst")
            if isinstance(e, OnlyPackage)
        }
        assert packages["e40.bst"].path == (
            "one.bst",
            "s.bst",
            *(f"e{n}.bst" for n in range(49, 39, -1)),
        )
        assert packages["e0.bst"].path == (
            "one.bst",
            "s.bst",
            *(f"e{n}.bst" for n in range(49, 36, -1)),
            *(f"e{n}.bst" for n in range(14, -1, -1)),
        )
        assert {each.stack for each in packages.values()} == {"s.bst"}

    def test_what_is_far_underneath(self) -> None:
        elements = [element("p.bst"), script("i0.bst", staged("p.bst", "/l"))]
        elements += [script(f"i{n}.bst", staged(f"i{n - 1}.bst", "/p")) for n in range(1, 30)]
        graph = graph_of(*elements, script("two.bst"))
        [only] = [e for e in parity(graph, "i29.bst", "two.bst") if isinstance(e, OnlyPackage)]
        assert only.path[:2] == ("i29.bst", "i28.bst")
        assert only.path[-2:] == ("i0.bst", "p.bst")

    def test_too_many_lines_that_are_alike(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(scripts, "_MOST_WORK", 10)
        one, two = (
            script(f"{name}.bst").model_copy(update={"config": {"commands": lines}})
            for name, lines in (("one", ["p", *"xyxy", "q"]), ("two", ["r", *"yyxxx", "q"]))
        )
        found = parity(Graph.from_elements([one, two]), "one.bst", "two.bst")
        assert told(found) == [
            "removed\n- 1.1 p",
            "added\n+ 1.1 r",
            "added\n+ 6.1 x",
            "moved\n- 2.1 x\n+ 4.1 x",
        ]
        [gap] = found.gaps
        assert "the order of the commands of 'one.bst' and 'two.bst'" in gap


def test_the_files_of_a_filter_within_a_filter() -> None:
    graph = graph_of(
        element("need.bst"),
        element("p.bst", runtime="need.bst"),
        element("extra.bst"),
        filtered("inner.bst", "p.bst", runtime="extra.bst", include=["x", "y"]),
        filtered("outer.bst", "inner.bst", include=["y"]),
        stack("all.bst", "p.bst"),
        filtered("none.bst", "all.bst"),
        script("one.bst", staged("outer.bst", "/l")),
        script("two.bst", staged("inner.bst", "/l")),
        script("three.bst", staged("none.bst", "/l")),
    )
    assert [
        e.packages for e in (parity(graph, f"{n}.bst", "two.bst").a for n in ("one", "three"))
    ] == [1, 0]
    assert "b has extra.bst by None" in told(parity(graph, "one.bst", "two.bst"))


def test_paths_of_the_runbook_count() -> None:
    rules = [{"include": ["/usr"]}, {"include": ["/usr", "/etc"]}, {"exclude": ["/usr"]}]
    elements = [element("p.bst")]
    for name, paths in zip("xyz", rules, strict=True):
        elements.append(compose(f"{name}.bst", "p.bst", paths=paths))
        elements.append(script(f"i{name}.bst", staged(f"{name}.bst", "/l")))
    elements.append(script("both.bst", staged("x.bst", "/l"), staged("y.bst", "/l")))
    graph = graph_of(*elements)
    assert told(parity(graph, "ix.bst", "iy.bst"))[0].startswith("include-paths")
    # What passes a narrow way passes a wide one.
    assert told(parity(graph, "both.bst", "iy.bst")) == ["a only layer x.bst"]
    assert told(parity(graph, "both.bst", "iz.bst"))[-1].endswith("1 ways | 1")


RENAMED = """changed
- 4.6 ref-name: example.org/dakota:stable
- 4.7 comment: desktop
+ 4.6 ref-name: example.org/dakota-nvidia:stable
+ 4.7 comment: driver"""


@cache
def example() -> Graph:
    names = ["oci/dakota.bst", "oci/dakota-nvidia.bst", "bluefin/deps.bst"]
    return Graph(load_project(EXAMPLE, names))


class TestDakota:
    def test_what_the_second_has_more(self) -> None:
        found = parity(example(), "oci/dakota.bst", "oci/dakota-nvidia.bst")
        assert told(found) == [
            "parent at /parent: sdk.bst:oci/platform.bst | oci/dakota.bst",
            "a only compose oci/layers/bluefin-runtime.bst",
            "b only stack oci/layers/nvidia-stack.bst",
            "b only stack nvidia/deps.bst",
            "b only filter nvidia/driver-runtime.bst",
            "exclude: ('debug', 'extra') | ('debug', 'devel', 'doc', 'extra', 'static')",
            "integrate: False | True",
            "b has nvidia/driver.bst by nvidia/deps.bst",
            "b has nvidia/container-toolkit.bst by nvidia/deps.bst",
            RENAMED,
            "sandbox build-gid: None | 0",
            "sandbox build-uid: None | 0",
        ]
        assert (found.a.packages, found.b.packages, found.shared) == (30, 32, 30)
        assert repr(found) == (
            "<Parity of 'oci/dakota.bst' and 'oci/dakota-nvidia.bst': 12 differences>"
        )

    def test_each_difference_says_where(self) -> None:
        for each in parity(example(), "oci/dakota.bst", "oci/dakota-nvidia.bst"):
            side = getattr(each, "side", "ab")
            assert (each.at_a is not None, each.at_b is not None) == ("a" in side, "b" in side)
        change = next(
            each
            for each in parity(example(), "oci/dakota.bst", "oci/dakota-nvidia.bst")
            if isinstance(each, FilterChange)
        )
        assert str(change.at_a) == "elements/oci/layers/bluefin.bst:1:1"

    def test_an_image_and_itself(self) -> None:
        found = parity(example(), "oci/dakota.bst", "oci/dakota.bst")
        assert (len(found), bool(found), found.shared) == (0, False, 30)

    def test_what_is_no_script(self) -> None:
        with pytest.raises(SelectionError, match="no-chain"):
            parity(example(), "oci/dakota.bst", "bluefin/deps.bst")


def test_a_stage_keeps_its_filter() -> None:
    graph = graph_of(
        element("p.bst"),
        compose("l.bst", "p.bst", exclude=["doc"]),
        script("one.bst", staged("l.bst", "/l"), tools="p.bst"),
        script("two.bst", tools="p.bst"),
    )
    only = next(iter(parity(graph, "one.bst", "two.bst")))
    assert isinstance(only, OnlyStage)
    assert (only.kind, only.location) == ("compose", "/l")
    assert only.filter == Filter(exclude=("doc",), integrate=True)
