"""What an error tells: where, what, what else was meant, and nothing that acts on a terminal."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from pathlib import Path

import pytest

from bstgraph.errors import BstGraphError, LoadErrors, ProjectError, Slug, did_you_mean
from bstgraph.provenance import Provenance
from bstgraph.testing import load_error

NASTY = {
    "escape": "\x1b[31mred\x1b]0;title\x07",
    "carriage return": "hidden\rshown",
    "newline": "one\na.bst:1:1: another error",
    "C1 control": "a\x9b31mb",
    "bidirectional": "a\u202egnp.exe",
    "line separator": "a\u2028b\x85c",
    "half a character": "a\ud800\udcffb",
    "zero width": "a\u200bb\ufeff",
    "NUL": "a\0b",
}


@pytest.mark.parametrize("text", NASTY.values(), ids=NASTY.keys())
class TestTerminal:
    """Names come from the project; what a terminal would obey is shown, not passed on."""

    def error(self, text: str) -> ProjectError:
        at = Provenance(f"elements/{text}.bst", 3, 2, f" {text} x")
        return ProjectError("invalid-data", f"'{text}' is wrong", at=at, fix=f"write '{text}.'")

    def test_text_is_one_line(self, text: str) -> None:
        assert str(self.error(text)).isprintable()

    def test_picture(self, text: str) -> None:
        rendered = self.error(text).render()
        assert all(line.isprintable() for line in rendered.split("\n"))
        assert rendered.encode()

    def test_attributes_are_kept(self, text: str) -> None:
        assert self.error(text).message == f"'{text}' is wrong"


class TestRender:
    """An error is short enough to read, and its caret is under what is wrong."""

    def test_lines_of_a_message(self) -> None:
        error = ProjectError("user-assertion", "no\nnot so", at=Provenance("a.bst", 1, 1))
        assert error.render() == "a.bst:1:1: no\n  not so [user-assertion]"

    @pytest.mark.parametrize("part", ["message", "fix"])
    def test_long_ones_are_cut(self, part: str) -> None:
        parts = {"message": "m", "fix": "f"} | {part: "x" * 100_000}
        error = ProjectError("invalid-data", parts["message"], fix=parts["fix"])
        assert len(error.render()) < 1500
        assert len(str(error)) < 1500

    @pytest.mark.parametrize("column", [1, 2, 79, 80, 81, 159, 160, 161, 162, 5000, 9999])
    def test_caret_under_the_column(self, column: int) -> None:
        line = "x" * (column - 1) + "!" + "y" * (10_000 - column)
        shown, caret = Provenance("a.bst", 7, column, line).picture().split("\n")
        assert shown[caret.index("^")] == "!"

    @pytest.mark.parametrize("text", ["\t\t!", "\x1b\x1b!", "\u202e\u200b!", "é€!"])
    def test_caret_after_what_is_not_shown(self, text: str) -> None:
        shown, caret = Provenance("a.bst", 7, 3, text).picture().split("\n")
        assert shown[caret.index("^")] == "!"


COPIES: dict[str, Callable[[BstGraphError], BstGraphError]] = {
    "pickle": lambda error: pickle.loads(pickle.dumps(error)),  # noqa: S301 - our own
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
}


@pytest.mark.parametrize("copied", COPIES.values(), ids=COPIES.keys())
class TestCopies:
    """Errors go through process pools and come out equal."""

    def test_error(self, copied: Callable[[BstGraphError], BstGraphError], tmp_path: Path) -> None:
        error = load_error("=== a.bst\nkind: manual\nsource: x\n", tmp_path)
        assert copied(error).render() == error.render()

    def test_group(self, copied: Callable[[BstGraphError], BstGraphError], tmp_path: Path) -> None:
        error = load_error("=== a.bst\nkind: x\n=== b.bst\nkind: y\n", tmp_path)
        found = copied(error)
        assert isinstance(found, LoadErrors)
        assert found.render() == error.render()
        assert len(found.exceptions) == 2


ELEMENTS = ["base.bst", "components/bash.bst", "components/gcc.bst", "stacks/base-image.bst"]


class TestDidYouMean:
    """One mistake in a name is found wherever it is; the same name elsewhere is nearest."""

    @pytest.mark.parametrize(
        ("name", "known", "expected"),
        [
            ("bash.bst", ELEMENTS, "components/bash.bst"),
            ("component/gcc.bst", ELEMENTS, "components/gcc.bst"),
            ("components/bahs.bst", ELEMENTS, "components/bash.bst"),
            ("components/ash.bst", ELEMENTS, "components/bash.bst"),
            ("stacks/base_image.bst", ELEMENTS, "stacks/base-image.bst"),
            ("Base.bst", ELEMENTS, "base.bst"),
            ("qt.bst", ELEMENTS, None),
            ("x.bst", ["j.bst", "y.bst"], None),
            ("archh", ["arch", "debug"], "arch"),
            ("mnual", ["manual", "stack"], "manual"),
            ("tw", ["one", "two"], "two"),
            ("arch", ["arch"], None),
            ("x", [], None),
            ("", ["x"], None),
            ("x" * 101, ["x" * 100], None),
        ],
    )
    def test_name(self, name: str, known: list[str], expected: str | None) -> None:
        fix = None if expected is None else f"did you mean '{expected}'?"
        assert did_you_mean(name, known) == fix

    def test_among_thousands(self) -> None:
        names = [f"components/package-{number}.bst" for number in range(5000)]
        found = did_you_mean("components/pakage-1234.bst", names)
        assert found == "did you mean 'components/package-1234.bst'?"


OPTION = """
=== project.conf
options:
  arch: {type: enum, description: d, values: [one, two], default: one}
variables: {prefix: /usr}
"""
JUNCTION = """
=== sub/project.conf
name: sub
=== sub/inner.bst
kind: manual
=== sub.bst
kind: junction
sources: [{kind: local, path: sub}]
"""


class TestMeant:
    """Every unknown name of a project says what it may have been meant to be."""

    @pytest.mark.parametrize(
        ("text", "slug", "meant"),
        [
            ("=== a.bst\nkind: mnual", "unknown-kind", "manual"),
            ("=== a.bst\nkind: manual\ndepend: []", "unknown-key", "depends"),
            ("=== a.bst\nkind: manual\nconfig: {build-comands: []}",
             "unknown-key", "build-commands"),
            ("=== a.bst\nkind: compose\nconfig: {intgrate: x}", "unknown-key", "integrate"),
            ("=== a.bst\nkind: stack\ndepends: [{filenam: b}]", "unknown-key", "filename"),
            ("=== base.bst\nkind: stack\n=== a.bst\nkind: stack\ndepends: [bsae.bst]",
             "unknown-element", "base.bst"),
            ("=== a.bst\nkind: stack\ndepends: ['sbu.bst:inner.bst']" + JUNCTION,
             "unknown-element", "sub.bst"),
            ("=== a.bst\nkind: stack\ndepends: ['sub.bst:iner.bst']" + JUNCTION,
             "unknown-element", "inner.bst"),
            ("=== a.bst\nkind: manual\n(?): [{'arhc == 1': {}}]" + OPTION,
             "bad-expression", "arch"),
            ("=== a.bst\nkind: manual\nenvironment: {P: '%{prefx}'}" + OPTION,
             "undefined-variable", "prefix"),
            ("=== project.conf\nvariabels: {}", "unknown-key", "variables"),
            ("=== project.conf\noptions: {o: {type: bol, description: d, default: x}}",
             "bad-option", "bool"),
            ("=== project.conf\nplugins: [{origin: jnction, junction: x}]",
             "plugin-origin", "junction"),
        ],
    )  # fmt: skip
    def test_fix(self, text: str, slug: Slug, meant: str, tmp_path: Path) -> None:
        error = load_error(text, tmp_path)
        assert (error.slug, error.fix) == (slug, f"did you mean '{meant}'?")

    def test_option_of_the_caller(self, tmp_path: Path) -> None:
        error = load_error(OPTION, tmp_path, options={"arhc": "one"})
        assert (error.slug, error.fix) == ("unknown-option", "did you mean 'arch'?")

    def test_value_of_the_caller(self, tmp_path: Path) -> None:
        error = load_error(OPTION, tmp_path, options={"arch": "tow"})
        assert (error.slug, error.fix) == ("bad-option", "did you mean 'two'?")

    def test_target(self, tmp_path: Path) -> None:
        error = load_error("=== base.bst\nkind: stack", tmp_path, targets=["bsae.bst"])
        assert (error.slug, error.fix) == ("unknown-element", "did you mean 'base.bst'?")


class TestPlace:
    """An unknown key is pointed at itself, a wrong value at the value."""

    @pytest.mark.parametrize(
        ("body", "place"),
        [
            ("foo: x", "2:1"),
            ("foo:\n  bar: x", "2:1"),
            ("foo:\n- x", "2:1"),
            ("'foo': x", "2:1"),
            ("foo :   x", "2:1"),
            ("config: {foo: x}", "2:10"),
            ("config: {strip-commands: [], foo: {foo: x}}", "2:30"),
            ("config: {build-commands: ['foo: x'], foo: x}", "2:38"),
            ("config:\n  foo: x", "3:3"),
            ("config:\n  build-commands: ['foo: y']\n  foo:\n  - x", "4:3"),
            ("config: x", "2:9"),
            ("config:\n- x", "3:1"),
            ("depends: [{filename: a.bst, typ: x}]", "2:29"),
            ("depends:\n- filename: a.bst\n  typ: x", "4:3"),
            ("depends:\n- filename: a.bst\n  type: x", "4:9"),
            ("variables: {a: [x]}", "2:16"),
            ("variables: {notparallel: x}", "2:26"),
            ("environment: {a: '%{nope}'}", "2:18"),
            ("(?): [{'nope': {}}]", "2:8"),
            ("(?):\n- nope: {}", "3:3"),
            ("sources: [{kind: nope}]", "2:18"),
            ("sources: [{kind: local}]", "2:11"),
            ("kind: stack", "2:1"),
            ("a: [", "3:1"),
            ("a: \x07", "2:4"),
            ("a: b\u2028c: \x07", "3:4"),
        ],
    )
    def test_of_an_element(self, body: str, place: str, tmp_path: Path) -> None:
        error = load_error(f"=== a.bst\nkind: manual\n{body}\n", tmp_path)
        assert str(error.at) == f"elements/a.bst:{place}"

    @pytest.mark.parametrize(
        ("conf", "place"),
        [
            ("foo: x", "1:1"),
            ("options: {a-b: {type: bool, description: d, default: x}}", "1:11"),
            ("options: {o: {type: enum, description: d, values: [x], default: y}}", "1:65"),
            ("options: {o: {type: flags, description: d, values: [x], default: [x, y]}}", "1:70"),
            ("options: {o: {type: enum, description: d, values: [], default: y}}", "1:51"),
            ("options: {o: {type: nope, description: d}}", "1:21"),
            ("ref-storage: x", "1:14"),
            ("element-path: ..", "1:15"),
            ("plugins: [{origin: x}]", "1:20"),
        ],
    )
    def test_of_project_conf(self, conf: str, place: str, tmp_path: Path) -> None:
        error = load_error(f"=== project.conf\n{conf}\n", tmp_path)
        assert str(error.at) == f"project.conf:{place}"

    def test_quotes_that_are_missing(self, tmp_path: Path) -> None:
        error = load_error("=== a.bst\nkind: stack\ndepends: [sub.bst:b.bst]\n", tmp_path)
        assert (str(error.at), error.fix) == ("elements/a.bst:2:18", "write the text in quotes")


class TestTogether:
    """Errors that do not depend on each other are told together, by file, line and column."""

    def test_of_several_files(self, tmp_path: Path) -> None:
        text = """
            === d.bst
            kind: manual
            config: {x: y}
            === c.bst
            kind: manual
            depends: [nope.bst]
            environment: {A: '%{nope}'}
            === b.bst
            kind: [
            === a.bst
            kind: stack
            foo: x
        """
        error = load_error(text, tmp_path)
        assert isinstance(error, LoadErrors)
        told = [(str(e.at), e.slug) for e in error.exceptions if isinstance(e, ProjectError)]
        assert told == [
            ("elements/a.bst:2:1", "unknown-key"),
            ("elements/b.bst:2:1", "invalid-yaml"),
            ("elements/c.bst:2:11", "unknown-element"),
            ("elements/c.bst:3:18", "undefined-variable"),
            ("elements/d.bst:2:10", "unknown-key"),
        ]

    def test_the_same_once(self, tmp_path: Path) -> None:
        text = """
            === a.bst
            kind: stack
            depends: [x.bst]
            === b.bst
            kind: stack
            depends: [x.bst]
            === x.bst
            kind: nope
        """
        assert load_error(text, tmp_path).slug == "unknown-kind"
