"""Values set in YAML texts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bstgraph.errors import ProjectError
from bstgraph.yaml import SourceFile, parse, with_value
from bstgraph.yaml._nodes import Plain


def plain(text: str) -> dict[str, Plain]:
    return parse(SourceFile("a.bst", text)).plain()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("kind: manual\n", '"variables": {"x": "1"}\nkind: manual\n'),
        ("# no\nkind: manual\n", '# no\n"variables": {"x": "1"}\nkind: manual\n'),
        ("", '"variables": {"x": "1"}\n'),
        ("# nothing\n", '"variables": {"x": "1"}\n# nothing\n'),
        ("{}", '{"variables": {"x": "1"}}'),
        ("{kind: a}", '{"variables": {"x": "1"}, kind: a}'),
        ("variables:\n  # of y\n  y: 2\n", 'variables:\n  # of y\n  "x": "1"\n  y: 2\n'),
        ("variables: {y: 2}\n", 'variables: {"x": "1", y: 2}\n'),
        ("variables: {x: 2, y: 3}\n", 'variables: {x: "1", y: 3}\n'),
        ("variables:\n  x: a b  # why\n", 'variables:\n  x: "1"  # why\n'),
        ("variables:\n  x: 'a b'\n", 'variables:\n  x: "1"\n'),
        ('variables: {"x": "a: b"}\n', 'variables: {"x": "1"}\n'),
        # What is not simple is written anew.
        ("variables:\n  x: |\n    a\n    b\n", '"variables": {"x": "1"}\n'),
        ("variables: {x: }\nkind: a\n", '"variables": {"x": "1"}\n"kind": "a"\n'),
        ("variables: {x: {a: [b]}}\n", '"variables": {"x": "1"}\n'),
        ("---\nvariables: {x: a b\n  c}\n", '"variables": {"x": "1"}\n'),
    ],
)
def test_texts(text: str, expected: str) -> None:
    assert with_value("a.bst", text, ("variables", "x"), "1") == expected


@pytest.mark.parametrize("value", ["", " x ", "\x85\u2028é\x7f\"\\'", "%{x}", ["a", {"b": []}]])
def test_values(value: Plain) -> None:
    found = plain(with_value("a.bst", "kind: a\n", ("config", "key"), value))
    assert found == {
        "kind": "a",
        "config": {"key": value.strip() if isinstance(value, str) else value},
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [("variables: x\n", "'variables' is no mapping"), ("a: [\n", "did not find expected")],
)
def test_wrong_texts(text: str, message: str) -> None:
    with pytest.raises(ProjectError, match=message):
        with_value("a.bst", text, ("variables", "x"), "1")


def test_a_wrong_value() -> None:
    with pytest.raises(ValueError, match="not int"):
        with_value("a.bst", "", ("a",), {"b": 1})


TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=5)


@given(
    root=st.recursive(
        TEXTS, lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner), max_leaves=8
    ),
    path=st.lists(TEXTS, min_size=1, max_size=3),
    value=TEXTS,
)
def test_all_else_stays(root: Plain, path: list[str], value: str) -> None:
    text = with_value("a.bst", "a: {b: [c]}\n\nd:\n  e: f\n", ("x",), root)
    before = plain(text)
    try:
        after = plain(with_value("a.bst", text, path, value))
    except ProjectError:
        return
    inner: Plain = before
    for key in path[:-1]:
        assert isinstance(inner, dict)
        inner = inner.setdefault(key, {})
    assert isinstance(inner, dict)
    inner[path[-1]] = value.strip()
    assert after == before
