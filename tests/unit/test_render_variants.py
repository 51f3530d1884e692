"""Variants as text and JSON, made by hand so that every difference is there."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from bstgraph.images import Filter
from bstgraph.names import ElementName
from bstgraph.provenance import Provenance
from bstgraph.render import to_json, to_text
from bstgraph.variants import (
    Difference,
    EffectiveChange,
    FilterChange,
    Line,
    OnlyPackage,
    OnlyStage,
    OtherPackage,
    OtherStage,
    Parity,
    PlacedPackages,
    ScriptChange,
    Side,
    StagePair,
    ValueChange,
    Variant,
)

AT = Provenance("elements/a.bst", 5, 3)
JSON_AT = {"path": "elements/a.bst", "line": 5, "column": 3}
ONE, TWO = ElementName("one.bst"), ElementName("two.bst")
A, B, C = (ElementName(f"{name}.bst") for name in "abc")
LAYER = ElementName("layer.bst")


def variant(name: ElementName) -> Variant:
    return Variant(
        name=name,
        project="p",
        packages=3,
        layers=(("/layer", LAYER),),
        parents=(("/parent", ElementName("base.bst")),),
        commands=1,
    )


def compared(*differences: Difference) -> Parity:
    return Parity(
        a=variant(ONE),
        b=variant(TWO),
        differences=differences,
        pairs=(StagePair(role="layer", location="/layer", a=LAYER, b=LAYER),),
        shared=3,
    )


def package(name: str, *path: str, side: Side = "b", stack: str | None = None) -> OnlyPackage:
    names = tuple(map(ElementName, (ONE if side == "a" else TWO, "layer.bst", *path, name)))
    return OnlyPackage(
        side=side,
        name=ElementName(name),
        kind="manual",
        locations=("/layer",),
        path=names,
        stack=ElementName(stack) if stack else None,
        at_a=AT if side == "a" else None,
        at_b=AT if side == "b" else None,
    )


def only(name: str, **values: str | None) -> OnlyStage:
    made = OnlyStage(
        side="a",
        name=ElementName(name),
        kind="stack",
        role="stack",
        location=None,
        filter=None,
        at_a=AT,
        at_b=None,
    )
    return replace(made, **values)  # type: ignore[arg-type]  # names of fields


def filters(field: str, a: object, b: object) -> FilterChange:
    return FilterChange(a=A, b=B, field=field, value_a=a, value_b=b, at_a=AT, at_b=AT)  # type: ignore[arg-type]


def other(what: str, a: str, b: str, location: str | None = "/x") -> OtherStage:
    return OtherStage(
        what=what,  # type: ignore[arg-type]
        a=A,
        b=B,
        value_a=a,
        value_b=b,
        location=location,
        at_a=AT,
        at_b=AT,
    )


def lines(change: str, a: list[str], b: list[str], group: str = "commands") -> ScriptChange:
    return ScriptChange(
        change=change,  # type: ignore[arg-type]
        script_a=ONE,
        script_b=TWO,
        a=tuple(Line(group, 1, n, text) for n, text in enumerate(a, 1)),
        b=tuple(Line(group, 2, n, text) for n, text in enumerate(b, 1)),
        at_a=AT,
        at_b=AT,
    )


def value(a: str | None, b: str | None) -> ValueChange:
    return ValueChange(
        part="variable", name="v", script_a=ONE, script_b=TWO, a=a, b=b, at_a=AT, at_b=AT
    )


def effective(**values: tuple[object, ...]) -> EffectiveChange:
    made = EffectiveChange(
        location="/l", packages=(A, B), without_a=(), without_b=(), a=(), b=(), at_a=AT, at_b=AT
    )
    return replace(made, **values)  # type: ignore[arg-type]


LONG = "x" * 120

TEXTS: list[tuple[tuple[Difference, ...], str]] = [
    (
        (package("a.bst", side="a"),),
        """
packages: 3 in both
  only in A: 1
    1 package by layer.bst, without a stack
      a.bst  manual  elements/a.bst:5:3
""",
    ),
    (
        (
            package("a.bst", "s.bst", stack="s.bst"),
            package("b.bst", "s.bst", "f.bst", stack="s.bst"),
            package("c.bst", "s.bst", "a.bst", stack="s.bst"),
            replace(package("longer.bst", "t.bst", stack="t.bst"), kind=""),
        ),
        """
  only in B: 4
    3 packages by the stack s.bst in layer.bst
      a.bst  manual                 elements/a.bst:5:3
      b.bst  manual, through f.bst  elements/a.bst:5:3
      and 1 that these need: c.bst
    1 package by the stack t.bst in layer.bst
      longer.bst  not at hand  elements/a.bst:5:3
""",
    ),
    (
        tuple(package(f"{n}.bst", "s.bst", stack="s.bst") for n in range(10)),
        "      7.bst  manual  elements/a.bst:5:3\n      and 2 more: 8.bst, 9.bst\n",
    ),
    (
        tuple(package(f"{n}.bst", f"s{n}.bst", stack=f"s{n}.bst") for n in range(15)),
        "    3 packages by 3 more stacks\n",
    ),
    (
        (package(f"{LONG}.bst"),),
        f"      {LONG}.bst  manual\n        elements/a.bst:5:3\n",
    ),
    (
        (OtherPackage(a=A, b=B, project_a="x", project_b="y", at_a=AT, at_b=None),),
        "  of another project\n    A  a.bst  elements/a.bst:5:3\n    B  b.bst\n",
    ),
    (
        tuple(
            OtherPackage(a=A, b=B, project_a="x", project_b="x", at_a=AT, at_b=AT) for _ in range(9)
        ),
        """
  of another junction
    A  a.bst  elements/a.bst:5:3
    B  b.bst  elements/a.bst:5:3
  and 1 more of another project or junction
""",
    ),
    (
        (
            PlacedPackages(
                packages=(A, B), locations_a=("/x",), locations_b=("/y", "/z"), at_a=AT, at_b=AT
            ),
        ),
        "  elsewhere: 2 packages: a.bst, b.bst\n    A  /x\n    B  /y, /z\n",
    ),
    (
        (
            filters("exclude", ("doc", "x"), ("devel", "doc")),
            filters("include", None, ("x", "y")),
            filters("orphans", a=True, b=False),
            replace(filters("include-paths", ("/a",), ("/a", "/b")), b=A),
        ),
        """
filters
  A a.bst, B b.bst
    exclude: only A x; only B devel
    include: A all, B x, y
    orphans: A yes, B no
  a.bst
    include-paths: only B /b
  all stages together, the files of packages of both are filtered alike
""",
    ),
    (
        (
            effective(without_a=("doc",), without_b=("devel", "x")),
            effective(a=(Filter(exclude=("doc",), integrate=True),), b=(Filter(),)),
        ),
        """
filters
  at /l, of 2 packages: a.bst, b.bst
    left out only in A: doc
    left out only in B: devel, x
  at /l, of 2 packages: a.bst, b.bst
    A  without doc; integrated
    B  everything; without integration commands

""",
    ),
    (
        tuple(effective(without_a=(f"d{n}",)) for n in range(14)),
        "    left out only in A: d11\n  and 2 more groups of packages\n",
    ),
    (
        (
            other("parent", "u.bst", "v.bst"),
            other("location", "/p", "/q", None),
            only("s.bst"),
            only("t.bst", kind="manual", role="tool", location="/"),
        ),
        """
stages
  other parent at /x
    A  u.bst  elements/a.bst:5:3
    B  v.bst  elements/a.bst:5:3
  other location of a.bst
    A  /p  elements/a.bst:5:3
    B  /q  elements/a.bst:5:3
  only in A: stack s.bst  elements/a.bst:5:3
  only in A: / tool t.bst  elements/a.bst:5:3
""",
    ),
    (
        (
            replace(only("c.bst", kind="compose", role="compose"), filter=Filter(exclude=("doc",))),
            *(only(f"s{n}.bst") for n in range(11)),
        ),
        "  and 2 more only in A: s9.bst, s10.bst\n",
    ),
    (
        (replace(only(f"{LONG}.bst", kind="compose"), filter=Filter()),),
        f"  only in A: compose {LONG}.bst\n    elements/a.bst:5:3\n",
    ),
    (
        tuple(other("kind", "x", "y") for _ in range(11)),
        "  and 1 more in other places or of another kind\n",
    ),
    (
        (
            lines("removed", ["x"], []),
            lines("added", [], ["y", "\tz"]),
            lines("changed", ["x"], ["y"]),
            lines("moved", ["x"], ["x"]),
            lines("split", ["x"], ["x"], group="g"),
        ),
        """
commands
  only in A: 1 line from step 1, line 1 on
    A  x
  only in B: 2 lines from step 2, line 1 on
    B  y
    B      z
  changed: step 1, line 1 in A, step 2, line 1 in B
    A  x
    B  y
  1 line moved: step 1, line 1 in A, step 2, line 1 in B
    =  x
  one command or two, from here on: g, step 1, line 1 in A, g, step 2, line 1 in B
    =  x
""",
    ),
    (
        (lines("removed", [f"{LONG}x", *"abcdefghi"], []),),
        f"    A  {LONG[:90]}...\n    A  a\n",
    ),
    ((lines("removed", [*"abcdefghi"], []),), "    A  h\n       and 1 more\n"),
    (
        (lines("changed", [f"{LONG}old"], [f"{LONG}new"]),),
        f"    A  ...{LONG[:30]}old\n    B  ...{LONG[:30]}new\n",
    ),
    (
        (lines("changed", [f"old{LONG}"], [f"new{LONG}"]),),
        f"    A  old{LONG[:87]}...\n    B  new{LONG[:87]}...\n",
    ),
    ((lines("changed", [LONG], [f"{LONG}x"]),), f"    A  ...{LONG[:30]}\n    B  ...{LONG[:30]}x\n"),
    ((lines("changed", [*"abcdefghij"], [*"ABCDEFGHIJ"]),), "    B  H\n       and 2 more\n"),
    (tuple(lines("removed", ["x"], []) for _ in range(22)), "  and 2 more\n"),
    (
        (replace(lines("removed", ["x"], []), script_a=A, script_b=A),),
        "\ncommands of a.bst\n  only in A: 1 line",
    ),
    (
        (
            value("a\nb", None),
            value("", LONG),
            replace(value("1", "2"), script_a=A, script_b=A),
        ),
        f"""
what the commands run with
  variable v: A a\\nb, B nothing
  variable v: A '', B {LONG[:29]}...
  variable v of a.bst: A 1, B 2
""",
    ),
    (tuple(value("a", "b") for _ in range(21)), "  and 1 more\n"),
    (
        (package("b.bst"), value("a", "b")),
        "\nNext: `bstgraph path two.bst b.bst`\ntells how a package comes in",
    ),
    ((value("a", "b"),), "\nNext: `bstgraph chain` draws each of the two"),
]


@pytest.mark.parametrize(("differences", "expected"), TEXTS)
def test_text(differences: tuple[Difference, ...], expected: str) -> None:
    text = to_text(compared(*differences))
    assert expected in f"{text}\n"


def test_counts_come_first() -> None:
    text = to_text(
        compared(
            package("a.bst"),
            filters("orphans", a=True, b=False),
            effective(without_a=("x",)),
            only("s.bst"),
            other("kind", "x", "y"),
            lines("removed", ["x"], []),
            value("a", "b"),
        )
    )
    counts = "different: 0 packages only in A, 1 package only in B, 2 filter settings, 2 stages"
    assert text.splitlines()[:8] == [
        "A  one.bst: 3 packages, 1 command",
        "     /layer   layer.bst",
        "     /parent  base.bst",
        "B  two.bst: 3 packages, 1 command",
        "     /layer   layer.bst",
        "     /parent  base.bst",
        f"{counts}, 1 part of the",
        "  commands, 1 value",
    ]


@pytest.mark.parametrize(
    ("upon", "line"),
    [
        ("a", "A is built upon B: all of B is underneath A's layers"),
        ("b", "B is built upon A: all of A is underneath B's layers"),
    ],
)
def test_what_is_built_upon_the_other(upon: str, line: str) -> None:
    text = to_text(replace(compared(), built_upon=upon))  # type: ignore[arg-type]
    assert text.splitlines()[6:] == [line, "alike: 3 packages in both"]


def test_what_is_not_known_is_said() -> None:
    text = to_text(replace(compared(), gaps=("why",)))
    assert text.endswith("alike as far as is known: 3 packages in both\nunknown: why")


def test_many_layers_are_counted() -> None:
    many = replace(variant(ONE), layers=tuple((f"/{n}", LAYER) for n in range(12)))
    assert "     and 3 more\nB" in to_text(replace(compared(), a=many))


def test_json() -> None:
    found = replace(
        compared(
            package("a.bst", "s.bst", stack="s.bst"),
            replace(only("c.bst"), filter=Filter(exclude=("doc",))),
            lines("added", [], ["y"]),
            value("a", None),
        ),
        built_upon="b",
        gaps=("why",),
    )
    document = json.loads(to_json(found))
    assert document["schema"] == "bstgraph/parity/1"
    assert document["a"] == {
        "name": "one.bst",
        "project": "p",
        "packages": 3,
        "layers": [{"location": "/layer", "name": "layer.bst"}],
        "parents": [{"location": "/parent", "name": "base.bst"}],
        "commands": 1,
    }
    assert document["pairs"] == [
        {"role": "layer", "location": "/layer", "a": "layer.bst", "b": "layer.bst"}
    ]
    assert (document["shared"], document["built-upon"], document["gaps"]) == (3, "b", ["why"])
    first, second, third, fourth = document["differences"]
    assert first == {
        "difference": "only-package",
        "side": "b",
        "name": "a.bst",
        "kind": "manual",
        "locations": ["/layer"],
        "path": ["two.bst", "layer.bst", "s.bst", "a.bst"],
        "stack": "s.bst",
        "at-a": None,
        "at-b": JSON_AT,
    }
    assert second["filter"] == {
        "include": None,
        "exclude": ["doc"],
        "orphans": True,
        "integrate": False,
        "include-paths": None,
        "exclude-paths": [],
    }
    assert third["b"] == [{"group": "commands", "step": 2, "number": 1, "text": "y"}]
    assert (third["difference"], third["change"], third["a"]) == ("commands", "added", [])
    assert (fourth["difference"], fourth["a"], fourth["b"]) == ("value", "a", None)


def test_json_of_each_difference() -> None:
    several = compared(*(difference for differences, _ in TEXTS for difference in differences))
    names = {each["difference"] for each in json.loads(to_json(several))["differences"]}
    assert names == {
        "commands",
        "effective-filter",
        "filter",
        "only-package",
        "only-stage",
        "other-package",
        "other-stage",
        "placed-packages",
        "value",
    }
    assert json.loads(to_json(compared()))["built-upon"] is None
