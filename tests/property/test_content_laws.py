"""Laws of content digests: what they depend on, and what they do not."""

from __future__ import annotations

import os
import random
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bstgraph.stores.content import Contents
from tests.unit.trees import Entry, Fifo, File, Folder, Link, plant

NAMES: Final = st.sampled_from(("a", "b", "B", "a.b", "é", "e\u0301", "\U0001f600", " ", "\n"))
PATHS: Final = st.builds(
    lambda folders, name: "/".join(("t", *(f"{folder}.d" for folder in folders), name)),
    st.lists(NAMES, max_size=3),
    NAMES,
)
FILES: Final = st.builds(File, st.binary(max_size=200), st.sampled_from((0o644, 0o755)))
LINKS: Final = st.builds(Link, st.sampled_from(("a", "../b", "/etc", "é", "nowhere")))
ENTRIES: Final = st.one_of(FILES, FILES, LINKS, st.just(Folder()), st.just(Fifo()))
TREES: Final = st.dictionaries(PATHS, ENTRIES, max_size=10)


def seen(entries: Mapping[str, Entry], *, below: str = "p") -> tuple[str, Mapping[str, str]]:
    """Return digest and listing of a tree, planted in the order of `entries`."""
    with tempfile.TemporaryDirectory() as folder:
        root = plant(Path(folder, below), entries)
        (root / "t").mkdir(exist_ok=True)
        files = Contents().project(root)
        return files.tree_digest("t"), files.tree_files("t")


@settings(deadline=None)
@given(TREES, st.randoms(use_true_random=False))
def test_neither_order_nor_place_nor_time_matters(
    entries: dict[str, Entry], dice: random.Random
) -> None:
    names = list(entries)
    dice.shuffle(names)
    moved = seen({name: entries[name] for name in names}, below="another/place")
    assert moved == seen(entries)


@settings(deadline=None)
@given(TREES, st.data())
def test_what_buildstream_does_not_keep_does_not_matter(
    entries: dict[str, Entry], data: st.DataObject
) -> None:
    folders = sorted({"t", *map(os.path.dirname, entries)})
    extra = f"{data.draw(st.sampled_from(folders))}/fifo"
    changed = {
        path: replace(entry, mode=entry.mode ^ 0o4023) if isinstance(entry, File) else entry
        for path, entry in entries.items()
    }
    assert seen({**changed, extra: Fifo()}) == seen(entries)


@settings(deadline=None)
@given(TREES, st.data())
def test_every_single_change_matters(entries: dict[str, Entry], data: st.DataObject) -> None:
    kept = [path for path, entry in entries.items() if not isinstance(entry, Fifo)]
    assume(kept)
    path = data.draw(st.sampled_from(kept))
    changed = dict(entries)
    entry = changed.pop(path)
    change = data.draw(st.sampled_from(("entry", "name", "kind")))
    if change == "entry":
        changed[path] = _other(entry, data)
    elif change == "name":
        changed[f"{path}'"] = entry
    else:
        changed[path] = Folder() if isinstance(entry, Link) else Link("a")
    assert seen(changed)[0] != seen(entries)[0]
    assert seen(changed)[1] != seen(entries)[1]


def _other(entry: Entry, data: st.DataObject) -> Entry:
    """Return `entry` with one byte, the executable bit or the target changed."""
    match entry:
        case File(content=bytes(content), mode=mode):
            if not content or data.draw(st.booleans()):
                return File(content, mode ^ 0o111)
            at = data.draw(st.integers(0, len(content) - 1))
            flipped = content[at] ^ data.draw(st.integers(1, 255))
            return File(content[:at] + bytes((flipped,)) + content[at + 1 :], mode)
        case Link(target=target):
            return Link(f"{target}/")
        case _:
            return File()


@settings(deadline=None)
@given(TREES)
def test_the_listing_tells_as_much_as_the_digest(entries: dict[str, Entry]) -> None:
    digest, listing = seen(entries)
    replanted: dict[str, Entry] = {}
    for path, text in listing.items():
        entry = entries[f"t/{path}"] if text else Folder()
        replanted[f"t/{path}"] = entry
    assert seen(replanted) == (digest, listing)
    assert list(listing) == sorted(listing)
