"""YAML texts changed in places: comments, quotes and layout are kept, or nothing is done."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bstgraph.errors import ProjectError
from bstgraph.yaml import Change, LayoutError, changed

ELEMENT = """\
# A licence, and what the element is for.

kind: autotools   # the usual one

build-depends:
- base.bst
- filename: sdk.bst:tools.bst  # for the tests
  config:
    location: /tools

variables:
  conf-local: >-
    --enable-x
    --disable-y
  quoted: "a: b"
  other: 'c'
  (?):
  - arch == "aarch64":
      flags: "-O2"

config:
  install-commands:
    (>):
    - |
      # a comment of the shell
      install -D x "%{install-root}/x"

      echo done

sources:
- kind: git_repo
  url: github:a/b.git
  ref: v1.0-0-g0123456789012345678901234567890123456789
"""

INDENTED = """\
kind: stack

depends:
  - a.bst
  # The last one.
  - b.bst

public:
  bst:
    integration-commands:
      - echo hi
"""

FOUR = """\
kind: stack
variables:
    a: "1"
    b:
        c: d
depends:
- a.bst
- b.bst
"""

FLOW = 'kind: stack\ndepends: [a.bst, b.bst]\nenvironment: {A: "1", B: yes}\n'


def made(text: str, *changes: tuple[tuple[str | int, ...], str, object]) -> str:
    return changed("a.bst", text, [Change(*one) for one in changes])  # type: ignore[arg-type]


class TestKept:
    @pytest.mark.parametrize("text", [ELEMENT, INDENTED, FOUR, FLOW], ids="abcd")
    def test_without_changes(self, text: str) -> None:
        assert made(text) == text

    def test_an_entry_is_deleted(self) -> None:
        assert made(ELEMENT, (("variables", "other"), "delete", None)) == ELEMENT.replace(
            "  other: 'c'\n", ""
        )

    def test_an_item_is_deleted(self) -> None:
        assert made(FLOW, (("depends", 0), "delete", None)) == FLOW.replace("a.bst, ", "")
        assert made(FOUR, (("depends", 1), "delete", None)) == FOUR.replace("- b.bst\n", "")

    def test_items_from_the_end(self) -> None:
        text = "depends:\n- a.bst\n- b.bst\n- c.bst\n"
        changes = [(("depends", n), "delete", None) for n in (2, 0)]
        assert made(text, *changes) == "depends:\n- b.bst\n"

    def test_a_value_is_set(self) -> None:
        found = made(
            ELEMENT,
            (("sources", 0, "ref"), "set", "v2"),
            (("build-depends", 1, "config", "location"), "set", "/elsewhere"),
        )
        assert found == ELEMENT.replace(
            "ref: v1.0-0-g0123456789012345678901234567890123456789", "ref: v2"
        ).replace("/tools\n", "/elsewhere\n")

    def test_a_key_is_renamed_in_its_place(self) -> None:
        found = made(INDENTED, (("depends",), "rename", "runtime-depends"))
        assert found == INDENTED.replace("\ndepends:", "\nruntime-depends:")

    def test_texts_that_look_like_something_else_stay_texts(self) -> None:
        found = made("kind: stack\n", *((("v",), "set", {"a": "true", "b": "1.0", "c": ""}),))
        assert found == "kind: stack\nv: {a: 'true', b: '1.0', c: ''}\n"


class TestRefused:
    def test_a_comment_that_would_go_with_the_entry_before_it(self) -> None:
        with pytest.raises(LayoutError, match="a comment beside the change would be lost"):
            made(INDENTED, (("depends", 0), "delete", None))
        assert "# The last one." in made(INDENTED, (("depends", 1), "delete", None))

    @pytest.mark.parametrize(
        "text",
        [
            "a:    b\n",
            "a: b",
            "a: b\r\nc: d\r\n",
            "a:\n     - b\n",
            "a: &x\n   b: c\nd: *x\n",
            "a: b # c\nd:\n      e:   f\n",
        ],
    )
    def test_layouts(self, text: str) -> None:
        with pytest.raises(LayoutError, match="its layout is none that could be kept"):
            made(text, (("a",), "delete", None))

    @pytest.mark.parametrize(
        ("path", "action"),
        [
            (("x",), "delete"),
            (("x", "y"), "set"),
            (("depends", 9), "delete"),
            (("depends", "a"), "set"),
            (("kind", "x"), "set"),
            (("x",), "rename"),
            (("depends", 0), "rename"),
        ],
    )
    def test_places_that_are_not_there(self, path: tuple[str | int, ...], action: str) -> None:
        with pytest.raises(LayoutError, match="it has nothing at"):
            made(FLOW, (path, action, "z"))

    @pytest.mark.parametrize("text", ["a: [", "a: b: c", "\t", "a: 'x", "- a\nb"])
    def test_what_is_no_yaml(self, text: str) -> None:
        with pytest.raises(ProjectError, match="invalid-yaml"):
            made(text)

    def test_nested_too_deeply(self) -> None:
        with pytest.raises(LayoutError, match="nested too deeply"):
            made("[" * 20_000)

    def test_aliases_are_not_multiplied(self) -> None:
        lines = ["a0: &a0 [x, x]"]
        lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 40)]
        with pytest.raises(LayoutError):
            made("\n".join(lines) + "\n")

    def test_no_tag_is_obeyed(self) -> None:
        text = "a: !!python/object/apply:os.abort []\n"
        assert made(text) == text


@given(st.text(st.sampled_from("ab:- \n#[]{}'\"|>&*!?,%\t"), max_size=40))
def test_any_text_is_kept_or_refused(text: str) -> None:
    with contextlib.suppress(LayoutError, ProjectError):
        assert made(text) == text
