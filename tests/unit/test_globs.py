"""Globs over paths; all of BuildStream's own answers are compared in tests/oracle."""

from __future__ import annotations

import pytest

from bstgraph.globs import LONGEST_PATH, GlobError, LinearGlob, matcher, parse

MATCHES = [
    ("/**/x", "/d/x", "/x"),
    ("/**x", "/x /d/x", "/y"),
    ("/usr/*", "/usr/ /usr/.hidden", "/usr /usr/a/b"),
    ("/a?", "/ab", "/a /a/"),
    ("/a[/]b", "/a/b", "/aab"),
    ("/a[!b]c", "/a/c", "/abc"),
    ("/a[^b]", "/a^ /ab", "/ac"),
    ("/[]x]", "/] /x", "/a"),
    ("/[!]x]", "/a", "/] /x"),
    ("/[a-c-]", "/b /-", "/d"),
    ("/[a", "/[a", "/a"),
    ("/***", "/ /a/b", "a"),
    ("/a\\*", "/a\\b", "/a*"),
    ("usr", "usr", "/usr"),
    ("", "", "/"),
    ("/*[/a]*b*", "/aa/b /ab", "/aa/c"),
    ("/**[!b]*a**b", "/cxab /c/ab", "/ba"),
    ("/**a*b**a*b", "/ab/ab /aab/cacb", "/ab/a /a/bab"),
    ("/a*b*c", "/aXbYc /abbc", "/aXb/c /abcd"),
]


@pytest.mark.parametrize(("glob", "matched", "others"), MATCHES)
def test_one(glob: str, matched: str, others: str) -> None:
    for matches in (matcher([parse(glob)]), LinearGlob(parse(glob))):
        assert [path for path in matched.split(" ") if not matches(path)] == []
        assert [path for path in others.split(" ") if matches(path)] == []


def test_a_range_that_is_upside_down() -> None:
    with pytest.raises(GlobError, match=r"the range 'b-a' in '\[!b-a\]' is upside down"):
        parse("/[!b-a]")


def test_none() -> None:
    assert not matcher([])("/")


def test_many_that_begin_alike() -> None:
    globs = [f"/{'a' * length}" for length in range(100)] + ["/b", "/b/**", "/bc*d**[!a]*e"]
    matches = matcher(map(parse, globs))
    paths = ["/", "/aaa", f"/{'a' * 99}", "/b", "/b/c", "/bcd/xxe"]
    assert all(map(matches, paths))
    assert not any(map(matches, (f"/{'a' * 100}", "/c", "/bc")))


@pytest.mark.parametrize("glob", ["/**a", "/**a**[!b]*c", "/*a*b"])
def test_paths_longer_than_an_expression_sees(glob: str) -> None:
    matches = matcher([parse(glob)])
    tail = {"/**a": "a", "/**a**[!b]*c": "a/xc", "/*a*b": "ab"}[glob]
    assert matches("/" + "x" * LONGEST_PATH + tail)
    assert not matches("/" + "x" * LONGEST_PATH + "y")


@pytest.mark.parametrize(
    "glob", ["/" + "**a" * 60 + "b", "/" + "*a" * 60 + "b", "/" + "[!b]*a**" * 40 + "b"]
)
@pytest.mark.parametrize("length", [LONGEST_PATH - 1, LONGEST_PATH * 100])
def test_no_glob_takes_for_ever(glob: str, length: int) -> None:
    assert not matcher([parse(glob)])("/" + "a" * length)
