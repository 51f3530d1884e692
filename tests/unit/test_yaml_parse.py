"""The YAML dialect."""

from __future__ import annotations

from typing import Any

import pytest

from bstgraph.errors import ProjectError, Slug
from bstgraph.yaml import MappingNode, SourceFile, parse
from bstgraph.yaml._parse import MAX_DEPTH


def parsed(text: str) -> MappingNode:
    return parse(SourceFile("a.bst", text))


def refused(text: str) -> ProjectError:
    with pytest.raises(ProjectError) as caught:
        parsed(text)
    return caught.value


SCALARS: dict[str, str] = {
    "a: b": "b",
    "a:": "",
    "a: ''": "",
    "a: '  x  '": "x",
    'a: "\\n x \\t"': "x",
    'a: "\\u2003x\\u0085"': "x",
    'a: "x\\x1f"': "x",
    'a: "a  b\\nc"': "a  b\nc",
    "a: |2\n\n    first\n  second\n": "first\nsecond",
    "a: |\n  first\n   second\n\n\n": "first\n second",
    "a: |+\n  x\n\n": "x",
    "a: >\n  x\n  y\n": "x y",
    "a: ~": "~",
    "a: null": "null",
    "a: yes": "yes",
    "a: 010": "010",
    "a: 1.50": "1.50",
    "a: 2001-01-01": "2001-01-01",
    "a: !!int 5": "5",
    "a: !!binary aGk=": "aGk=",
    "a: !<tag:yaml.org,2002:str> x": "x",
    "a: x#y": "x#y",
    "a: x # y": "x",
    "a: sub.bst:x.bst": "sub.bst:x.bst",
}

DOCUMENTS: dict[str, Any] = {
    "": {},
    "# nothing\n": {},
    "---\na: b\n": {"a": "b"},
    "%YAML 1.1\n---\na: b\n": {"a": "b"},
    "%YAML 1.2\n---\na: b\n": {"a": "b"},
    "a: b\n...\n# end\n": {"a": "b"},
    "a: []": {"a": []},
    "a: {}": {"a": {}},
    "a: [x, 'y', [z]]": {"a": ["x", "y", ["z"]]},
    "a: !foreign {b: c}": {"a": {"b": "c"}},
    "a: !foreign [b]": {"a": ["b"]},
    "a: ['sub.bst:x.bst']": {"a": ["sub.bst:x.bst"]},
    "' a ': b\na: c": {" a ": "b", "a": "c"},
    "<<: x\n": {"<<": "x"},
    "1: x\n~: y\n": {"1": "x", "~": "y"},
    "z: 1\na: 2\n": {"z": "1", "a": "2"},
    "(>): [x]": {"(>)": ["x"]},
}

REFUSED: dict[str, Slug] = {
    "---\n": "invalid-yaml",
    "text": "invalid-yaml",
    "- a\n- b\n": "invalid-yaml",
    "a: b\n---\nc: d\n": "invalid-yaml",
    "a: b\n---\n": "invalid-yaml",
    "a: &x b": "invalid-yaml",
    "&x a: b": "invalid-yaml",
    "a: &x {b: c}": "invalid-yaml",
    "a: &x [b]": "invalid-yaml",
    "a: *x": "invalid-yaml",
    "a: [*x]": "invalid-yaml",
    "a: !foreign b": "invalid-yaml",
    "a: ! b": "invalid-yaml",
    "!foreign a: b": "invalid-yaml",
    "a: b\na: c": "duplicate-key",
    "a: b\n'a': c": "duplicate-key",
    "a: {b: c, b: d}": "duplicate-key",
    "[a]: b": "invalid-yaml",
    "{a: b}: c": "invalid-yaml",
    "? [a]\n: b": "invalid-yaml",
    "a: [sub.bst:x.bst]": "invalid-yaml",
    "a: [http://h/x]": "invalid-yaml",
    "a: {b: x:y}": "invalid-yaml",
    "a: [x?y]": "invalid-yaml",
    "a: 'x": "invalid-yaml",
    "a: [x": "invalid-yaml",
    "a:\n\tb: c": "invalid-yaml",
    "a: %x": "invalid-yaml",
    "a: @x": "invalid-yaml",
    "a: b: c": "invalid-yaml",
    'a: "\\z"': "invalid-yaml",
    "a: \x07": "invalid-yaml",
}


class TestScalars:
    """A scalar is its text, stripped at both ends whatever its style; nothing is converted."""

    @pytest.mark.parametrize("text", SCALARS)
    def test_value(self, text: str) -> None:
        assert parsed(text).plain() == {"a": SCALARS[text]}

    def test_windows_newlines_are_newlines_to_the_parser_too(self) -> None:
        assert parsed("a: |\r\n  x\r\n  y\r\n").plain() == {"a": "x\ny"}


class TestDocuments:
    """One document whose root is a mapping; keys are text, kept in order and unstripped."""

    @pytest.mark.parametrize("text", DOCUMENTS)
    def test_value(self, text: str) -> None:
        found = parsed(text).plain()
        assert found == DOCUMENTS[text]
        assert list(found) == list(DOCUMENTS[text])

    @pytest.mark.parametrize("text", REFUSED)
    def test_refused(self, text: str) -> None:
        error = refused(text)
        assert error.slug == REFUSED[text]
        assert error.at is not None
        assert error.at.path == "a.bst"


class TestErrors:
    """An error of the parser points at the place, and a repeated key at the first one."""

    @pytest.mark.parametrize(
        ("text", "line", "column"),
        [
            ("a: b\nc: &x d\n", 2, 4),
            ("a: b\n  c: d\n", 2, 4),
            ("a:\n  b: c\n  b: d\n", 3, 3),
            ("a: b\n---\nc: d\n", 2, 1),
        ],
    )
    def test_place(self, text: str, line: int, column: int) -> None:
        at = refused(text).at
        assert at is not None
        assert (at.line, at.column) == (line, column)

    def test_duplicate_key_names_the_first(self) -> None:
        assert refused("a: b\nc: d\na: e\n").message == "the key 'a' is already in line 1"

    @pytest.mark.parametrize("text", ["a: b\0", "a: \x07", "a: \ufffe"])
    def test_characters_that_are_none(self, text: str) -> None:
        error = refused(text)
        assert error.slug == "invalid-yaml"
        assert error.at is not None


class TestDepth:
    """Nesting is bounded, in block and in flow style, and a bounded nest is read."""

    @pytest.mark.parametrize("text", ["a: " + "[" * 200 + "]" * 200, "a: " + "{a: " * 200])
    def test_too_deep(self, text: str) -> None:
        assert refused(text).slug == "too-large"

    def test_deep_enough(self) -> None:
        depth = MAX_DEPTH - 2
        assert parsed("a: " + "[" * depth + "]" * depth).get("a") is not None

    @pytest.mark.parametrize("text", ["a: " + "[" * 200_000, "a:\n" + "- [\n" * 20_000])
    def test_hostile_flow_ends_soon(self, text: str) -> None:
        assert refused(text).slug == "too-large"


class TestProvenance:
    """Each node knows the line and column where it begins, from 1."""

    def test_places(self) -> None:
        root = parsed("a:\n  - x\n  - {b: 'y'}\nc: |\n  z\n")
        places = [(node.value, node.line, node.column) for node in root.scalars()]
        assert places == [("x", 2, 5), ("y", 3, 9), ("z", 4, 4)]

    def test_root(self) -> None:
        at = parsed("# first\na: b\n").provenance
        assert at is not None
        assert (at.line, at.column, at.text) == (2, 1, "a: b")
