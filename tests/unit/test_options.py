"""Project options: declarations, values, exports, the machine, junctions."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from bstgraph.errors import SelectionError, Slug
from bstgraph.machine import Machine, canonical_arch
from bstgraph.model import Option
from bstgraph.project._options import ProjectOption
from bstgraph.testing import load_error, project
from bstgraph.yaml import SourceFile, parse
from tests.unit import drawing

DECLARED = """
=== project.conf
options:
  flag: {type: bool, default: False, description: d, variable: v-flag}
  mode: {type: enum, values: [fast, slow], default: slow, description: d, variable: v-mode}
  parts: {type: flags, values: [z, a, m], default: [z, a], description: d, variable: v-parts}
  none: {type: flags, values: [z], description: d, variable: v-none}
  machine: {type: arch, values: [x86_64, aarch64], description: d, variable: v-machine}
  system: {type: os, values: [Linux, Darwin], description: d, variable: v-system}
  chosen: {type: element-mask, default: [b/c.bst], description: d, variable: v-chosen}
=== a.bst
kind: manual
=== b/c.bst
kind: manual
"""

OptionValue = str | bool | Sequence[str]


def exported(tmp_path: Path, options: Mapping[str, OptionValue] | None = None) -> dict[str, str]:
    given = {"machine": "x86_64", "system": "Linux", **(options or {})}
    values = drawing.variables(DECLARED, tmp_path, options=given)
    return {k.removeprefix("v-"): v for k, v in values.items() if k.startswith("v-")}


DEFAULTS = {
    "flag": "0",
    "mode": "slow",
    "parts": "z,a",
    "none": "",
    "machine": "x86_64",
    "system": "Linux",
    "chosen": "b/c.bst",
}


class TestExports:
    """An option exports its value as a variable: 1 or 0 for bools, lists joined by commas."""

    def test_defaults(self, tmp_path: Path) -> None:
        assert exported(tmp_path) == DEFAULTS

    @pytest.mark.parametrize(
        ("options", "expected"),
        [
            ({"flag": "True"}, {"flag": "1"}),
            ({"flag": "true"}, {"flag": "1"}),
            ({"flag": "false"}, {"flag": "0"}),
            ({"flag": True}, {"flag": "1"}),
            ({"flag": False}, {"flag": "0"}),
            ({"mode": "fast"}, {"mode": "fast"}),
            # The caller's flags are sorted, those of project.conf are not.
            ({"parts": "z,m,a"}, {"parts": "a,m,z"}),
            ({"parts": " z , a "}, {"parts": "a,z"}),
            ({"parts": "z,z"}, {"parts": "z,z"}),
            ({"parts": ["z", "m"]}, {"parts": "m,z"}),
            ({"machine": "aarch64"}, {"machine": "aarch64"}),
            ({"chosen": "b/c.bst,a.bst"}, {"chosen": "a.bst,b/c.bst"}),
        ],
    )
    def test_set(
        self, options: dict[str, OptionValue], expected: dict[str, str], tmp_path: Path
    ) -> None:
        assert exported(tmp_path, options) == {**DEFAULTS, **expected}

    def test_an_export_beats_a_literal_variable(self, tmp_path: Path) -> None:
        text = """
            === project.conf
            options: {mode: {type: enum, values: [x], default: x, description: d, variable: v}}
            variables: {v: literal, w: "%{v}"}
            === a.bst
            kind: manual
            """
        values = drawing.variables(text, tmp_path)
        assert (values["v"], values["w"]) == ("x", "x")

    def test_the_element_beats_an_export(self, tmp_path: Path) -> None:
        text = """
            === project.conf
            options: {mode: {type: enum, values: [x], default: x, description: d, variable: v}}
            === a.bst
            kind: manual
            variables: {v: element}
            """
        assert drawing.variables(text, tmp_path)["v"] == "element"


class TestCaller:
    """What the caller gives must be an option of the project and one of its values."""

    @pytest.mark.parametrize(
        ("options", "slug"),
        [
            ({"flag": "yes"}, "bad-option"),
            ({"flag": "1"}, "bad-option"),
            ({"flag": "0"}, "bad-option"),
            ({"flag": ""}, "bad-option"),
            ({"mode": "fats"}, "bad-option"),
            ({"mode": "FAST"}, "bad-option"),
            ({"parts": "z,no"}, "bad-option"),
            ({"parts": ""}, "bad-option"),
            ({"parts": "z,"}, "bad-option"),
            ({"machine": "riscv64"}, "bad-option"),
            ({"machine": "amd64"}, "bad-option"),
            ({"system": "linux"}, "bad-option"),
            ({"chosen": "no.bst"}, "bad-option"),
            ({"moed": "fast"}, "unknown-option"),
        ],
    )
    def test_refused(self, options: dict[str, str], slug: Slug, tmp_path: Path) -> None:
        error = load_error(DECLARED, tmp_path, options={"machine": "x86_64", **options})
        assert isinstance(error, SelectionError)
        assert error.slug == slug

    def test_did_you_mean(self, tmp_path: Path) -> None:
        assert load_error(DECLARED, tmp_path, options={"moed": "x"}).fix == "did you mean 'mode'?"
        assert load_error(DECLARED, tmp_path, options={"mode": "fats"}).fix == (
            "did you mean 'fast'?"
        )


DECLARATIONS: list[tuple[str, Slug]] = [
    ("o: {type: colour, description: d}", "bad-option"),
    ("o: {type: bool, default: False}", "missing-key"),
    ("o: {type: bool, description: d}", "missing-key"),
    ("o: {type: bool, default: yes, description: d}", "invalid-data"),
    ("o: {type: bool, default: False, description: d, values: [a]}", "unknown-key"),
    ("o: {default: False, description: d}", "missing-key"),
    ("o: {type: enum, values: [], default: x, description: d}", "bad-option"),
    ("o: {type: enum, default: x, description: d}", "bad-option"),
    ("o: {type: enum, values: [a], description: d}", "missing-key"),
    ("o: {type: enum, values: [a], default: b, description: d}", "bad-option"),
    ("o: {type: enum, values: a, default: a, description: d}", "invalid-data"),
    ("o: {type: flags, values: [a], default: [b], description: d}", "bad-option"),
    ("o: {type: flags, values: [a], default: a, description: d}", "invalid-data"),
    ("o: {type: arch, values: [x86_64], default: x86_64, description: d}", "unknown-key"),
    ("o: {type: arch, values: [vax], description: d}", "bad-option"),
    ("o: {type: os, values: [], description: d}", "bad-option"),
    ("o: {type: element-mask, default: [no.bst], description: d}", "bad-option"),
    ("o: {type: element-mask, values: [a.bst], description: d}", "unknown-key"),
    ("o-o: {type: bool, default: False, description: d}", "bad-symbol"),
    ("9o: {type: bool, default: False, description: d}", "bad-symbol"),
    ("o.o: {type: bool, default: False, description: d}", "bad-symbol"),
    ("'': {type: bool, default: False, description: d}", "bad-symbol"),
    ("o: {type: bool, default: False, description: d, variable: 9v}", "bad-symbol"),
    ("o: {type: bool, default: False, description: d, variable: v.v}", "bad-symbol"),
    ("o: {type: bool, default: False, description: d, variable: ''}", "bad-symbol"),
    ("o: text", "invalid-data"),
    ("(?): [{True: {}}]", "bad-symbol"),
]


class TestDeclarations:
    """An option has a symbol as its name, a type, a description, and the keys of its type."""

    @pytest.mark.parametrize(("text", "slug"), DECLARATIONS)
    def test_refused(self, text: str, slug: Slug, tmp_path: Path) -> None:
        text = f"=== project.conf\noptions:\n  {text}\n=== a.bst\nkind: manual\n"
        error = load_error(text, tmp_path)
        assert error.slug == slug
        assert error.at is not None
        assert error.at.path == "project.conf"

    def test_symbols_that_are_fine(self, tmp_path: Path) -> None:
        text = """
            === project.conf
            options: {_o1: {type: bool, default: 1, description: "", variable: _v-1}}
            === a.bst
            kind: manual
            """
        assert drawing.variables(text, tmp_path)["_v-1"] == "1"


class TestMachine:
    """`arch` and `os` take the machine's: an architecture as the first value spells it."""

    @pytest.mark.parametrize(
        ("machine", "values", "expected"),
        [
            ("x86_64", "[aarch64, amd64, x86_64]", "amd64"),
            ("x86_64", "[x86-64]", "x86-64"),
            ("armv8l", "[aarch64]", "aarch64"),
            ("i586", "[x86_32, x86_64]", "x86_32"),
            # Not one of the values: refused when values are checked.
            ("riscv64", "[aarch64]", "riscv64"),
        ],
    )
    def test_arch(self, machine: str, values: str, expected: str) -> None:
        text = f"{{type: arch, values: {values}, description: d}}"
        node = parse(SourceFile("project.conf", text))
        assert ProjectOption("o", node, Machine(arch=machine), []).value == expected

    def test_os(self) -> None:
        node = parse(SourceFile("project.conf", "{type: os, values: [SunOS], description: d}"))
        assert ProjectOption("o", node, Machine(system="SunOS"), []).value == "SunOS"

    @pytest.mark.parametrize(
        ("name", "expected"),
        [
            ("AMD64", "x86-64"),
            ("X86_64", "x86-64"),
            ("i686", "x86-32"),
            ("ppc64le", "power-isa-le"),
            ("sun4v", "sparc-v9"),
            ("vax", None),
            ("", None),
        ],
    )
    def test_canonical(self, name: str, expected: str | None) -> None:
        assert canonical_arch(name) == expected

    def test_another_machine(self, tmp_path: Path) -> None:
        text = """
            === project.conf
            options: {machine: {type: arch, values: [sparc], description: d}}
            === a.bst
            kind: manual
            """
        assert load_error(text, tmp_path).slug == "bad-option"
        given = project(text, tmp_path, options={"machine": "sparc"})
        assert given.conf.options[0].value == "sparc"

    def test_of_this_machine(self, tmp_path: Path) -> None:
        system = subprocess.run(["uname", "-s"], check=True, capture_output=True, text=True)
        text = f"""
            === project.conf
            options:
              o: {{type: os, values: [{system.stdout.strip()}, Plan9], description: d, variable: v}}
            === a.bst
            kind: manual
            """
        assert drawing.variables(text, tmp_path)["v"] == system.stdout.strip()


SUB = """
=== project.conf
options:
  mode: {type: enum, values: [fast, slow], default: slow, description: d, variable: mode}
=== sub/project.conf
options:
  flag: {type: bool, default: False, description: d, variable: v-flag}
  mode: {type: enum, values: [fast, slow], default: slow, description: d, variable: v-mode}
  parts: {type: flags, values: [z, a], default: [z, a], description: d, variable: v-parts}
=== sub/b.bst
kind: manual
=== a.bst
kind: stack
depends:
- sub.bst:b.bst
=== sub.bst
kind: junction
sources: [{kind: local, path: sub}]
config:
"""


class TestJunction:
    """A junction sets options of its project: expanded, checked, and before nothing but itself."""

    @pytest.mark.parametrize(
        ("options", "expected"),
        [
            ("{}", ("0", "slow", "z,a")),
            ("{flag: 1}", ("1", "slow", "z,a")),
            ("{flag: true, mode: fast}", ("1", "fast", "z,a")),
            ("{parts: [z, a, z]}", ("0", "slow", "a,z,z")),
            ("{parts: []}", ("0", "slow", "")),
            ("{mode: '%{mode}'}", ("0", "fast", "z,a")),
        ],
    )
    def test_values(self, options: str, expected: tuple[str, str, str], tmp_path: Path) -> None:
        text = f"{SUB}  options: {options}\n"
        loaded = project(text, tmp_path, targets=["a.bst"], options={"mode": "fast"})
        values = drawing.named(loaded, "sub.bst:b.bst").variables
        assert (values["v-flag"], values["v-mode"], values["v-parts"]) == expected

    @pytest.mark.parametrize(
        ("options", "slug"),
        [
            ("{moed: fast}", "unknown-option"),
            ("{mode: x}", "bad-option"),
            ("{mode: [fast]}", "invalid-data"),
            ("{flag: yes}", "invalid-data"),
            ("{parts: z}", "invalid-data"),
            ("{parts: [no]}", "bad-option"),
            ("[mode]", "invalid-data"),
        ],
    )
    def test_refused(self, options: str, slug: Slug, tmp_path: Path) -> None:
        error = load_error(f"{SUB}  options: {options}\n", tmp_path, targets=["a.bst"])
        assert error.slug == slug
        assert error.at is not None
        assert error.at.path == "elements/sub.bst"


class TestModel:
    """The project says which options it has and what is in force."""

    def test_option(self, tmp_path: Path) -> None:
        loaded = project(
            DECLARED, tmp_path, options={"parts": "m,a", "machine": "x86_64", "system": "Linux"}
        )
        parts = next(option for option in loaded.conf.options if option.name == "parts")
        assert parts == Option(
            name="parts",
            type="flags",
            description="d",
            variable="v-parts",
            values=("z", "a", "m"),
            value=("a", "m"),
            exported="a,m",
            provenance=parts.provenance,
        )
        assert str(parts.provenance) == "project.conf:4:10"


class TestFlagsInConditions:
    """Flags of project.conf keep its order in conditions; those that are given are sorted."""

    @pytest.mark.parametrize(
        ("given", "expected"), [(None, "declared"), ("z,a", "sorted"), ("a,z", "sorted")]
    )
    def test_order(self, given: str | None, expected: str, tmp_path: Path) -> None:
        text = """
            === project.conf
            options: {parts: {type: flags, values: [z, a], default: [z, a], description: d}}
            === a.bst
            kind: manual
            variables:
              (?):
              - parts == ["z", "a"]: {v: declared}
              - parts == ["a", "z"]: {v: sorted}
            """
        options = {"parts": given} if given else {}
        assert drawing.variables(text, tmp_path, options=options)["v"] == expected
