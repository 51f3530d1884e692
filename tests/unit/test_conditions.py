"""`(?)` conditionals and `(!)` assertions: expressions, fragments, what is wrong in them."""

from __future__ import annotations

from pathlib import Path

import pytest

from bstgraph.conditions import MAX_LENGTH, ExpressionError, Value, evaluate
from bstgraph.errors import Slug
from bstgraph.testing import load_error
from tests.unit import drawing

OPTIONS: dict[str, Value] = {
    "debug": True,
    "quiet": False,
    "mode": "fast",
    "flags": ("p", "q"),
    "empty": (),
}

TRUE = [
    "debug",
    "not quiet",
    "debug == true",
    "debug == True",
    "debug == 1",
    "mode == 'fast'",
    'mode == "fast"',
    "mode != 'slow'",
    "mode < 'g'",
    "mode in ['fast', 'slow']",
    "mode in ('fast', 'slow')",
    "'fa' in mode",
    "'p' in flags",
    "'x' not in flags",
    "flags == ['p', 'q']",
    "flags[0] == 'p'",
    "flags | length == 2",
    "flags | join('+') == 'p+q'",
    "mode | upper == 'FAST'",
    "mode.startswith('fa')",
    "mode ~ '!' == 'fast!'",
    "mode is defined",
    "nope is not defined",
    "nope | default('x') == 'x'",
    "mode is equalto 'fast'",
    "(debug and not quiet) or nope",
    "debug or nope",
    "quiet, debug",
    "1 < 2",
    "'a'",
    "[0]",
    "['x', 'y'] | map('upper') | list == ['X', 'Y']",
    "flags | map('upper') | join == 'PQ'",
    "2 * 3 == 6",
    "'ab' * 2 == 'abab'",
    "7 % 4 == 3",
    "1 + 1 == 2",
]

FALSE = [
    "quiet",
    "not debug",
    "debug == 'True'",
    "mode == 'slow'",
    "quiet and nope",
    "none",
    "empty",
    "nope is defined",
    "''",
    "[]",
    "0",
]

BAD = [
    "nope",
    "nope == 'x'",
    "mode ==",
    "== 'x'",
    "",
    "'x",
    "mode = 'fast'",
    "'a' if debug else 'b'",
    "mode | nofilter",
    "mode is notest",
    "nofunction()",
    "range(3)",
    "project",
    "mode %}{% endif %}{% if debug",
    "1 < 'x'",
    "flags < 'x'",
    "1 / 0",
    "flags[7]",
    "mode.nope == 'x'",
]

REFUSED = [
    "'x' * 10000000",
    "9 ** 9 ** 9 ** 9",
    "'%10000000d' % 1",
    "'x'.ljust(10000000)",
    "'x'.zfill(10000000)",
    "('x' * 50000).replace('x', 'y' * 50000)",
    "mode | center(10000000)",
    "'{:10000000}'.format('x')",
    "'{x:10000000}'.format_map({'x': 'x'})",
    "('x' * 50000).join(('y' * 50000).split('z') * 50000)",
    "['x' * 50000, 'y' * 50000] | join('z' * 50000)",
    "('x' * 50000) | replace('x', 'y' * 50000)",
    "[['x' * 30000] * 3] * 2",
    "{'x' * 60000: 'y' * 60000}.items() | list",
    "(['x' * 60000] | map('upper') | list) + ['y' * 60000]",
    "['x' * 60000, 'y' * 60000] | map('upper')",
    "(mode ~ 'x' * 99990) + 'y' * 99990",
    "-" * 500 + "1",
    "mode %}{% elif debug",
    "mode %}other{% if debug",
    "mode.__class__.__mro__",
    "mode | attr('__class__')",
    "''.__class__.__base__.__subclasses__()",
    "x" * (MAX_LENGTH + 1),
]


class TestExpressions:
    """A condition is a Jinja2 expression over the options: bools, texts, and lists of texts."""

    @pytest.mark.parametrize("expression", TRUE)
    def test_true(self, expression: str) -> None:
        assert evaluate(expression, OPTIONS) is True

    @pytest.mark.parametrize("expression", FALSE)
    def test_false(self, expression: str) -> None:
        assert evaluate(expression, OPTIONS) is False

    @pytest.mark.parametrize("expression", BAD)
    def test_bad(self, expression: str) -> None:
        with pytest.raises(ExpressionError):
            evaluate(expression, OPTIONS)


class TestHarm:
    """No expression takes much time or memory, or reaches what is behind a value."""

    @pytest.mark.parametrize("expression", REFUSED)
    def test_refused(self, expression: str) -> None:
        with pytest.raises(ExpressionError):
            evaluate(expression, OPTIONS)


CONF = """
=== project.conf
options:
  debug: {type: bool, default: False, description: ""}
  mode: {type: enum, values: [fast, slow], default: slow, description: ""}
"""


def value(body: str, tmp_path: Path, **options: str | bool) -> str:
    """Return the variable `v` of an element with `body`."""
    text = f"{CONF}\n=== a.bst\nkind: manual\n{body}\n"
    return drawing.variables(text, tmp_path, options=options)["v"]


class TestFragments:
    """A true fragment overrides the literal keys of its mapping, and later ones earlier ones."""

    def test_true_and_false(self, tmp_path: Path) -> None:
        body = 'variables: {v: literal, "(?)": [{debug: {v: debug}}]}'
        assert value(body, tmp_path) == "literal"
        assert value(body, tmp_path, debug=True) == "debug"

    def test_wherever_it_stands(self, tmp_path: Path) -> None:
        body = "(?):\n- debug: {variables: {v: debug}}\nvariables: {v: literal}"
        assert value(body, tmp_path, debug=True) == "debug"

    def test_the_last_true_one_wins(self, tmp_path: Path) -> None:
        body = """
variables:
  (?):
  - debug: {v: one}
  - mode == "slow": {v: two}
  - not debug: {v: three}
"""
        assert value(body, tmp_path, debug=True) == "two"

    def test_a_fragment_composes(self, tmp_path: Path) -> None:
        text = f"""{CONF}
=== a.bst
kind: manual
config:
  build-commands: [make]
  (?):
  - debug:
      build-commands: {{(>): [check]}}
  - True:
      build-commands: {{(<): [configure]}}
"""
        loaded = drawing.element(text, tmp_path, options={"debug": True})
        assert loaded.config["build-commands"] == ["configure", "make", "check"]

    def test_in_a_fragment(self, tmp_path: Path) -> None:
        body = """
variables:
  (?):
  - debug:
      v: outer
      (?):
      - mode == "slow": {v: inner}
  - debug: {v: second}
"""
        assert value(body, tmp_path, debug=True) == "inner"

    def test_in_lists(self, tmp_path: Path) -> None:
        text = f"""{CONF}
=== a.bst
kind: manual
public:
  list:
  - name: x
    (?):
    - debug: {{name: y}}
  - - (?): [{{debug: {{name: z}}}}]
"""
        loaded = drawing.element(text, tmp_path, options={"debug": True})
        assert loaded.public["list"] == [{"name": "y"}, [{"name": "z"}]]

    def test_an_empty_list(self, tmp_path: Path) -> None:
        assert value('variables: {v: x, "(?)": []}', tmp_path) == "x"

    def test_on_dependencies_and_kind(self, tmp_path: Path) -> None:
        text = f"""{CONF}
=== b.bst
kind: manual
=== a.bst
kind: manual
(?):
- debug:
    kind: stack
    depends: [b.bst]
"""
        loaded = drawing.element(text, tmp_path, options={"debug": True})
        assert loaded.kind == "stack"
        assert [dependency.name for dependency in loaded.dependencies] == ["b.bst"]


WRONG: list[tuple[str, Slug]] = [
    ("(?): [{nope: {}}]", "bad-expression"),
    ("(?): [{nope: {}}, {debug: {}}]", "bad-expression"),
    ("(?): [{'mode ==': {}}]", "bad-expression"),
    ("(?): [{1 < 'x': {}}]", "bad-expression"),
    ("(?): [{project: {}}]", "bad-expression"),
    ("(?): [{prefix: {}}]", "bad-expression"),
    ("(?): [{debug: x}]", "illegal-composite"),
    ("(?): [{debug: [x]}]", "illegal-composite"),
    ("(?): [{debug: }]", "illegal-composite"),
    ("(?): [{debug: {}, mode: {}}]", "invalid-data"),
    ("(?): {debug: {}}", "invalid-data"),
    ("(?): debug", "invalid-data"),
    ("(?): [debug]", "invalid-data"),
    ("(?): [{}]", "invalid-data"),
    ('variables: {"(?)": [{True: {prefix: [x]}}], prefix: x}', "illegal-composite"),
    ("(!): stop", "user-assertion"),
    ("(!): ''", "user-assertion"),
    ("public: {deep: [{(!): stop}]}", "user-assertion"),
    ("(?): [{True: {(!): stop}}]", "user-assertion"),
    ("(!): [stop]", "invalid-data"),
]


class TestWrong:
    """What is wrong in a conditional is an error, in a false fragment too."""

    @pytest.mark.parametrize(("body", "slug"), WRONG)
    def test_refused(self, body: str, slug: Slug, tmp_path: Path) -> None:
        error = load_error(f"{CONF}\n=== a.bst\nkind: manual\n{body}\n", tmp_path)
        assert error.slug == slug
        assert error.at is not None
        assert error.at.path == "elements/a.bst"

    def test_an_unknown_option_near_a_known_one(self, tmp_path: Path) -> None:
        error = load_error(f"{CONF}\n=== a.bst\nkind: manual\n(?): [{{debgu: {{}}}}]\n", tmp_path)
        assert error.fix == "did you mean 'debug'?"
        assert str(error.at) == "elements/a.bst:2:8"


class TestAssertion:
    """`(!)` stops with its own text, which is not expanded; in a false fragment it does nothing."""

    def test_message(self, tmp_path: Path) -> None:
        body = "(?): [{not debug: {(!): 'needs %{debug}'}}]"
        error = load_error(f"{CONF}\n=== a.bst\nkind: manual\n{body}\n", tmp_path)
        assert (error.slug, error.message) == ("user-assertion", "needs %{debug}")

    def test_false(self, tmp_path: Path) -> None:
        assert value("(?): [{debug: {(!): x}}]\nvariables: {v: y}", tmp_path) == "y"


class TestPlaces:
    """Junction and link elements have conditionals too; `project.refs` as well."""

    def test_junction(self, tmp_path: Path) -> None:
        text = f"""{CONF}
=== sub.bst
kind: junction
sources: [{{kind: local, path: one}}]
(?):
- debug:
    sources: [{{kind: local, path: two}}]
=== one/project.conf
name: one
=== one/b.bst
kind: manual
=== two/project.conf
name: two
=== two/b.bst
kind: manual
=== a.bst
kind: stack
depends:
- sub.bst:b.bst
"""
        for debug, name in ((False, "one"), (True, "two")):
            loaded = drawing.project(text, tmp_path, targets=["a.bst"], options={"debug": debug})
            assert drawing.named(loaded, "sub.bst:b.bst").project_name == name

    def test_link(self, tmp_path: Path) -> None:
        text = f"""{CONF}
=== link.bst
kind: link
config:
  target: b.bst
  (?):
  - debug: {{target: c.bst}}
=== b.bst
kind: manual
=== c.bst
kind: manual
=== a.bst
kind: stack
depends: [link.bst]
"""
        loaded = drawing.element(text, tmp_path, options={"debug": True})
        assert [dependency.name for dependency in loaded.dependencies] == ["c.bst"]
