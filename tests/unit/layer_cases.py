"""Layers that meddle with each other, and what `umoci unpack` makes of them.

The expectations are umoci's own: tests/oracle/test_images.py compares them with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from tests.unit.oci_layouts import Entry, fifo, file, folder, hard, link, opaque


class Case(NamedTuple):
    """The layers of one image, and the tree that they make."""

    layers: Sequence[Sequence[Entry]]
    expected: tuple[str, ...] | None
    """`folder/`, `file=content`, `link -> target`, `fifo special`, sorted; None if refused."""


CASES: Final[dict[str, Case]] = {
    "parent is a file": Case([[file("a")], [file("a/b")]], None),
    "parent is a file of the same layer": Case([[file("a"), file("a/b")]], None),
    "parent is a link to nothing": Case(
        [[link("l", "no/where")], [file("l/b")]],
        ("l -> no/where", "no/", "no/where/", "no/where/b="),
    ),
    "parent is a link to a file": Case([[file("a"), link("l", "a")], [file("l/b")]], None),
    "parent is a link to a folder": Case(
        [[file("u/a"), link("l", "/u")], [file("l/b")]], ("l -> /u", "u/", "u/a=", "u/b=")
    ),
    "parent is a link above the root": Case(
        [[file("u/a"), link("l", "../../u")], [file("l/b")]], ("l -> ../../u", "u/", "u/a=", "u/b=")
    ),
    "parent is a link up": Case(
        [[file("u/a"), link("d/l", ".././u")], [file("d/l/b")]],
        ("d/", "d/l -> .././u", "u/", "u/a=", "u/b="),
    ),
    "parents are links without end": Case([[link("a", "b"), link("b", "a"), file("a/x")]], None),
    "whiteout": Case([[file("a/b"), file("a/c")], [file("a/.wh.b")]], ("a/", "a/c=")),
    "whiteout of a folder": Case([[file("a/b/c"), file("a/d")], [file("a/.wh.b")]], ("a/", "a/d=")),
    "whiteout of nothing": Case(
        [[file("a/b")], [file("a/.wh.c"), file("z/.wh.c")]], ("a/", "a/b=")
    ),
    "whiteout below a file": Case([[file("a")], [file("a/.wh.b"), file("c")]], ("a=", "c=")),
    "whiteout behind a link": Case(
        [[file("a/b"), link("l", "a")], [file("l/.wh.b")]], ("a/", "l -> a")
    ),
    "whiteout of a link": Case([[file("a/b"), link("l", "a")], [file(".wh.l")]], ("a/", "a/b=")),
    "whiteout without a name": Case([[file("a/b")], [file("a/.wh.")]], None),
    "whiteout of a dot": Case([[file("a/b")], [file("a/.wh..")]], None),
    "whiteout of two dots": Case([[file("a/b"), file("c")], [file("a/.wh...")]], None),
    "whiteout of aufs": Case(
        [[file("a/b")], [folder(".wh..wh.plnk"), file(".wh..wh.plnk/x")]],
        (".wh..wh.plnk/", ".wh..wh.plnk/x=", "a/", "a/b="),
    ),
    "whiteout that is a folder": Case([[file("a/b")], [folder("a/.wh.b")]], ("a/",)),
    "whiteout as a folder's name": Case(
        [[file("a/b/c")], [file("a/.wh.b/x")]], ("a/", "a/.wh.b/", "a/.wh.b/x=", "a/b/", "a/b/c=")
    ),
    "whiteout after its own file": Case(
        [
            [file("a/b", "1")],
            [file("a/b", "2"), file("a/.wh.b"), file("a/c")],
        ],
        ("a/", "a/b=2", "a/c="),
    ),
    "whiteout before its own file": Case(
        [[file("a/b", "1")], [file("a/.wh.b"), file("a/b", "2")]], ("a/", "a/b=2")
    ),
    "whiteout of a folder with own files": Case(
        [
            [file("a/b/x", "1"), file("a/b/y")],
            [file("a/b/x", "2"), file("a/.wh.b")],
        ],
        ("a/", "a/b/", "a/b/x=2"),
    ),
    "whiteout in the lowest layer": Case([[file("a"), file(".wh.a"), opaque("b")]], ("a=",)),
    "opaque": Case([[file("a/b"), file("a/c/d")], [opaque("a"), file("a/e")]], ("a/", "a/e=")),
    "opaque after its own files": Case(
        [[file("a/b"), file("a/c/d")], [file("a/c/e"), opaque("a")]], ("a/", "a/c/", "a/c/e=")
    ),
    "opaque twice": Case(
        [[file("a/b/c")], [opaque("a"), file("a/b/d"), opaque("a/b"), opaque("a")]],
        ("a/", "a/b/", "a/b/d="),
    ),
    "opaque behind a link": Case([[file("a/b"), link("l", "a")], [opaque("l")]], ("a/", "l -> a")),
    "opaque and nothing there": Case([[file("a")], [opaque("z")]], ("a=",)),
    "opaque on a file": Case([[file("a")], [opaque("a")]], ("a=",)),
    "opaque root": Case([[file("a"), file("b/c")], [opaque("."), file("d")]], ("d=",)),
    "names that lead out": Case(
        [[file("../../x/y"), file("/abs/z"), file("a/../../b")]],
        ("abs/", "abs/z=", "b=", "x/", "x/y="),
    ),
    "two dots behind a link": Case(
        [[link("l", "d/e"), file("d/e/f"), file("l/../q")]],
        ("d/", "d/e/", "d/e/f=", "l -> d/e", "q="),
    ),
    "hardlink": Case([[file("a", "1"), hard("b", "a")]], ("a=1", "b=1")),
    "hardlink to a lower layer": Case(
        [[file("a", "1")], [hard("b", "a")], [file("a", "2")]], ("a=2", "b=1")
    ),
    "hardlink to what was replaced": Case(
        [[file("a", "1"), hard("b", "a"), file("a", "2")]], ("a=2", "b=1")
    ),
    "hardlink to nothing": Case([[hard("h", "nope")]], None),
    "hardlink to a folder": Case([[folder("d"), hard("h", "d")]], None),
    "hardlink to the root": Case([[hard("h", "/")]], None),
    "hardlink to itself": Case([[file("h"), hard("h", "h")]], None),
    "hardlink to what is whited out": Case([[file("a")], [file(".wh.a"), hard("h", "a")]], None),
    "hardlinks behind links": Case(
        [
            [file("d/f"), link("l", "d"), fifo("p")],
            [hard("h", "l/f"), hard("h2", "l"), hard("h3", "../../d/f"), hard("h4", "p")],
        ],
        ("d/", "d/f=", "h=", "h2 -> d", "h3=", "h4 special", "l -> d", "p special"),
    ),
    "the root": Case([[folder("./"), folder("."), folder("/")]], ()),
    "the root as a link": Case([[file("a"), link(".", "/etc")]], None),
    "the root as a file": Case([[file("a/..")]], None),
    "folder over link": Case(
        [[file("u/b"), link("l", "u")], [folder("l"), file("l/c")]], ("l/", "l/c=", "u/", "u/b=")
    ),
    "folder over file": Case([[file("a")], [folder("a"), file("a/b")]], ("a/", "a/b=")),
    "folder over folder": Case([[file("a/b")], [folder("a")]], ("a/", "a/b=")),
    "file over folder": Case([[file("a/b/c")], [file("a")]], ("a=",)),
    "link over folder": Case([[file("a/b/c")], [link("a", "b")]], ("a -> b",)),
    "twice": Case([[file("a", "1"), file("./a", "2"), file("/a/", "3")]], ("a=3",)),
    "link without a target": Case([[link("a", "")]], None),
    "link whose name ends in a slash": Case([[link("a/", "x")]], ("a -> x",)),
    "long name": Case(
        [[file("a" * 255)]],
        (
            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa=",
        ),
    ),
    "too long name": Case([[file("a" * 256)]], None),
    "fifo": Case([[fifo("a"), file("b")], [fifo("b")]], ("a special", "b special")),
    "strange names": Case(
        [[file("a\nb"), file("\udcff\udcfe"), link("é", "\udcff"), file(" ")]],
        (" =", "a\nb=", "\xe9 -> \udcff", "\udcff\udcfe="),
    ),
    "an unknown type": Case([[Entry("a", b"7")]], None),
    "no entries": Case([[], [file("a")], []], ("a=",)),
}
