"""Typed access to nodes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from bstgraph.errors import ProjectError
from bstgraph.yaml import MappingNode, Node, ScalarNode, SourceFile, parse, synthetic


def node(text: str) -> Node:
    """Return the node of the value `text`."""
    return parse(SourceFile("a.bst", f"key: {text}\n")).require("key")


def mapping(text: str) -> MappingNode:
    return parse(SourceFile("a.bst", text))


BOOLS = {"True": True, "true": True, "1": True, "False": False, "false": False, "0": False}
NOT_BOOLS = ["yes", "no", "on", "off", "TRUE", "FALSE", "''", "2", "t"]
INTS = {"5": 5, "+5": 5, "-5": -5, "010": 10, "1_000": 1000, "'٣'": 3, str(2**31 - 1): 2**31 - 1}
NOT_INTS = ["''", "5.0", "0x10", "a", "1e3", str(2**31), str(-(2**31) - 1), "_1"]


class TestBool:
    """A boolean is one of six exact spellings."""

    @pytest.mark.parametrize("text", BOOLS)
    def test_accepted(self, text: str) -> None:
        assert node(text).as_bool() is BOOLS[text]

    @pytest.mark.parametrize("text", NOT_BOOLS)
    def test_refused(self, text: str) -> None:
        with pytest.raises(ProjectError, match="is not a boolean") as caught:
            node(text).as_bool()
        assert caught.value.slug == "invalid-data"


class TestInt:
    """An integer is what Python's `int` takes, within 32 bits."""

    @pytest.mark.parametrize("text", INTS)
    def test_accepted(self, text: str) -> None:
        assert node(text).as_int() == INTS[text]

    @pytest.mark.parametrize("text", NOT_INTS)
    def test_refused(self, text: str) -> None:
        with pytest.raises(ProjectError) as caught:
            node(text).as_int()
        assert caught.value.slug == "invalid-data"


ACCESS: dict[str, Callable[[Node], object]] = {
    "a mapping": Node.as_mapping,
    "a list": Node.as_sequence,
    "a string": Node.as_scalar,
}


class TestTypes:
    """Each access takes its own kind of node only: an empty value is text, no empty list."""

    @pytest.mark.parametrize(
        ("text", "what"),
        [("{}", "a mapping"), ("[]", "a list"), ("x", "a string"), ("", "a string")],
    )
    @pytest.mark.parametrize("wanted", ACCESS)
    def test_access(self, text: str, what: str, wanted: str) -> None:
        found = node(text)
        access = getattr(found, ACCESS[wanted].__name__)
        if wanted == what:
            assert access() is found
            return
        with pytest.raises(ProjectError, match=f"expected {wanted}, found {what}") as caught:
            access()
        assert caught.value.slug == "invalid-data"

    def test_list_of_text(self) -> None:
        assert node("[a, b]").as_sequence().as_strs() == ["a", "b"]
        with pytest.raises(ProjectError, match="expected a string, found a list"):
            node("[a, [b]]").as_sequence().as_strs()

    def test_bool_and_int_need_text(self) -> None:
        for access in (node("[]").as_bool, node("{}").as_int):
            with pytest.raises(ProjectError, match="expected a string"):
                access()


class TestMapping:
    """Typed access by key, with a default for a key that is absent."""

    ROOT = mapping("text: x\nflag: True\nlist: [a]\nnested: {b: c}\n")

    def test_present(self) -> None:
        nested = self.ROOT.mapping("nested")
        assert nested is not None
        assert nested.plain() == {"b": "c"}
        assert self.ROOT.text("text") == "x"
        assert self.ROOT.flag("flag") is True
        assert self.ROOT.texts("list") == ["a"]
        assert len(self.ROOT.sequence("list")) == 1
        assert "text" in self.ROOT
        assert len(self.ROOT) == 4
        assert list(self.ROOT) == ["text", "flag", "list", "nested"]

    def test_absent(self) -> None:
        assert self.ROOT.mapping("no") is None
        assert self.ROOT.get("no") is None
        assert self.ROOT.text("no", "default") == "default"
        assert self.ROOT.flag("no", default=True) is True
        assert self.ROOT.texts("no") == []
        assert self.ROOT.sequence("no") == []

    def test_required(self) -> None:
        with pytest.raises(ProjectError, match="the key 'no' is missing") as caught:
            self.ROOT.require("no")
        assert caught.value.slug == "missing-key"

    def test_only(self) -> None:
        self.ROOT.only(["text", "flag", "list", "nested", "more"])
        with pytest.raises(ProjectError, match="unexpected key 'nested'") as caught:
            self.ROOT.only(["text", "flag", "list", "nest"])
        assert caught.value.slug == "unknown-key"
        assert str(caught.value.at) == "a.bst:4:1"
        assert caught.value.fix == "did you mean 'nest'?"

    def test_changes_make_a_new_mapping(self) -> None:
        less = self.ROOT.without("text", "flag", "nested")
        more = less.with_entries({"text": node("y")})
        assert less.plain() == {"list": ["a"]}
        assert more.plain() == {"list": ["a"], "text": "y"}
        assert len(self.ROOT) == 4
        assert more.provenance == self.ROOT.provenance


class TestKeyPlace:
    """An error about a key points at the key, in block and in flow style, quoted or not."""

    @pytest.mark.parametrize(
        ("text", "place"),
        [
            ("a: x\nkey: y\n", "2:1"),
            ("key:\n\n  - x\n", "1:1"),
            ("{a: x, key: y}\n", "1:8"),
            ("a: x\n'key': y\n", "2:1"),
            ("a: x\nkey: |\n  text\n", "2:1"),
        ],
    )
    def test_place(self, text: str, place: str) -> None:
        assert str(mapping(text).key_place("key")) == f"a.bst:{place}"

    def test_of_a_made_mapping(self) -> None:
        made = synthetic({"key": "x"})
        assert isinstance(made, MappingNode)
        assert made.key_place("key") is None


class TestSynthetic:
    """What code makes has values and no place."""

    @pytest.mark.parametrize("value", ["x", ["x", ["y"]], {"a": {"b": ["c"]}}])
    def test_plain(self, value: Any) -> None:  # noqa: ANN401 - any nested data
        made = synthetic(value)
        assert made.plain() == value
        assert made.provenance is None
        assert made.error("invalid-data", "wrong").at is None


class TestSourceFile:
    """A file gives the line of a place, and an empty line where there is none."""

    def test_lines(self) -> None:
        file = SourceFile("a.bst", "a: b\nc: d\n")
        assert file.at(2, 4).text == "c: d"
        assert file.at(3, 1).text == ""

    def test_scalar_keeps_its_place(self) -> None:
        scalar = ScalarNode("x", SourceFile("a.bst", "key: x\n"), 1, 6)
        assert str(scalar.provenance) == "a.bst:1:6"
