"""Layers laid over each other, against a plain model: a table of paths, changed entry by entry."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, TypeAlias

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bstgraph.errors import ImageError
from bstgraph.files import Directory, File, Link, Node, Untyped, walk
from bstgraph.stores.oci._overlay import Overlay
from bstgraph.stores.oci._streams import Budget
from bstgraph.stores.oci._values import EntryType, LayerEntry

Table: TypeAlias = dict[str, tuple[object, int]]
"""Path -> what is there (None for a directory), and the layer that it is from."""

NAMES: Final = st.sampled_from(("a", "b", "c"))
PATHS: Final = st.lists(NAMES, min_size=1, max_size=3).map("/".join)
KINDS: Final[st.SearchStrategy[EntryType]] = st.sampled_from(
    ("file", "file", "dir", "link", "hardlink", "whiteout", "opaque", "fifo")
)


@st.composite
def entries(draw: st.DrawFn) -> LayerEntry:
    kind, path = draw(KINDS), draw(PATHS)
    if kind == "whiteout":
        above, slash, name = path.rpartition("/")
        path = f"{above}{slash}.wh.{name}"
    elif kind == "opaque":
        path += "/.wh..wh..opq"
    # Links lead nowhere: a model of paths through links would be the code under test.
    target = draw(PATHS) if kind == "hardlink" else "no/where" if kind == "link" else ""
    return LayerEntry(path, kind, size=draw(st.integers(0, 9)), mode=0o644, target=target)


LAYERS: Final = st.lists(st.lists(entries(), max_size=6), max_size=4)


class RefusedError(Exception):
    """The model has no place for an entry."""


def apply(table: Table, layer: Sequence[LayerEntry], number: int) -> None:
    """Lay the entries of a layer over what is there."""
    own: set[str] = set()
    for entry in layer:
        path = entry.path.replace(".wh..wh..opq", "").replace(".wh.", "").rstrip("/")
        if entry.type in {"whiteout", "opaque"}:
            gone = {one for one in table if one.startswith(f"{path}/")} - own
            gone |= ({path} - own) if entry.type == "whiteout" else set()
            for one in gone:
                table.pop(one, None)
            continue
        parts = path.split("/")
        for above in ("/".join(parts[:end]) for end in range(1, len(parts))):
            if table.setdefault(above, (None, number))[0] is not None:
                raise RefusedError
            own.add(above)
        if table.get(path, ("", 0))[0] is not None or entry.type != "dir":
            for one in [one for one in table if f"{one}/".startswith(f"{path}/")]:
                del table[one]
            table[path] = (content(table, entry), number)
        own.add(path)


def content(table: Table, entry: LayerEntry) -> object:
    match entry.type:
        case "dir":
            return None
        case "hardlink":
            found = table.get(entry.target, (None, 0))[0]
            if found is None:
                raise RefusedError
            return found
        case "link":
            return entry.target
        case "fifo":
            return "fifo"
        case _:
            return entry.size


def plain(node: Node) -> object:
    match node:
        case Directory():
            return None
        case Link():
            return node.target
        case Untyped():
            return "fifo"
        case File():
            return node.size


def crosses_a_link(layers: Sequence[Sequence[LayerEntry]]) -> bool:
    """Whether a path may lead through a link: the model does not know those."""
    links = {entry.path for layer in layers for entry in layer if entry.type == "link"}
    linked = links | {entry.path for layer in layers for entry in layer if entry.type == "hardlink"}
    paths = [text for layer in layers for entry in layer for text in (entry.path, entry.target)]
    return bool(links) and any(path.startswith(f"{one}/") for one in linked for path in paths)


@settings(deadline=None, max_examples=500)
@given(LAYERS.filter(lambda layers: not crosses_a_link(layers)))
def test_the_tree_is_that_of_the_model(layers: list[list[LayerEntry]]) -> None:
    table: Table = {}
    overlay = Overlay(Budget())
    for number, layer in enumerate(layers):
        before = dict(table)
        try:
            apply(before, layer, number)
        except RefusedError:
            with pytest.raises(ImageError, match=f"layer {number}"):
                overlay.apply(layer, number, f"layer {number}")
            return
        overlay.apply(layer, number, f"layer {number}")
        table = before
    tree, origin = overlay.frozen()
    assert {path: plain(node) for path, node in walk(tree)} == {
        path: value for path, (value, _) in table.items()
    }
    for path, (_, number) in table.items():
        found = origin
        for name in path.split("/"):
            found = found.below[name]
        assert found.layer == number


@settings(deadline=None, max_examples=100)
@given(LAYERS)
def test_layers_that_have_all_of_it_anew_hide_what_is_below(
    layers: list[list[LayerEntry]],
) -> None:
    """The specification: an opaque whiteout hides all that lower layers have in its directory."""
    overlay = Overlay(Budget())
    try:
        for number, layer in enumerate(layers):
            overlay.apply(layer, number, "")
    except ImageError:
        pass
    overlay.apply([LayerEntry("x", "file", 1), LayerEntry(".wh..wh..opq", "opaque")], 9, "")
    assert overlay.frozen()[0] == Directory({"x": File("", 1)})
