"""Laws of open workspaces: what their digests and keys depend on, and what they do not."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Mapping
from pathlib import Path, PurePath
from typing import Final

from hypothesis import given, settings
from hypothesis import strategies as st

from bstgraph import load_state
from bstgraph.stores.content import Contents
from bstgraph.testing import project
from tests.property.test_content_laws import TREES
from tests.unit.timed_trees import OFTEN, plant_timed
from tests.unit.trees import Entry, Fifo, Link

PLACES: Final = st.sampled_from(("ws", "a/deep/place", "../beside", "'../a b'"))
TIMES: Final = st.dictionaries(
    st.sampled_from(("t", "t/a", "t/b", "t/a.d", "t/a.d/a", "t/é.d")),
    st.integers(-(2**31), 2**33).map(lambda seconds: seconds * 10**9 + 123_456_789),
)


def keys(place: str, entries: Mapping[str, Entry], times: Mapping[str, int]) -> list[str | None]:
    """Return the keys of two elements, one of them open in a workspace at `place`."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder, "p")
        plant_timed(root / place.strip("'"), entries, times)
        found = project(
            "=== a.bst\nkind: import\n=== b.bst\nkind: manual\nbuild-depends: [a.bst]\n"
            "=== .bst2/workspaces.yml\nformat-version: 4\n"
            f"workspaces: {{a.bst: {{path: {place}}}}}",
            root,
            allow=[folder],
        )
        made = [load_state(found).keys[name] for name in ("a.bst", "b.bst")]
        assert all(each.strict.exact for each in made)
        return [key.digest for each in made for key in (each.weak, each.strict)]


@settings(deadline=None, max_examples=50)
@given(TREES, TIMES, PLACES, st.randoms(use_true_random=False))
def test_neither_place_nor_order_matters(
    entries: dict[str, Entry], times: dict[str, int], place: str, dice: random.Random
) -> None:
    names = list(entries)
    dice.shuffle(names)
    moved = keys(place, {name: entries[name] for name in names}, times)
    assert moved == keys("somewhere", entries, times)


def digests(entries: Mapping[str, Entry], times: Mapping[str, int]) -> tuple[str | None, ...]:
    """Return the digest with the times of files and folders, with those of files, and listings."""
    with tempfile.TemporaryDirectory() as folder:
        plant_timed(Path(folder), entries, times)
        files = Contents().project(folder)
        return (
            files.workspace_digest("."),
            files.workspace_digest(".", folder_times=False),
            str(dict(files.workspace_files("."))),
        )


@settings(deadline=None)
@given(TREES, TIMES, st.data())
def test_every_time_matters_in_microseconds(
    entries: dict[str, Entry], times: dict[str, int], data: st.DataObject
) -> None:
    folders = {str(path) for name in entries for path in PurePath(name).parents} - {"."}
    path = data.draw(st.sampled_from(sorted({*entries, *folders, "."})))
    before = digests(entries, times)
    now = times.get(path, OFTEN)
    assert digests(entries, {**times, path: now // 1000 * 1000}) == before
    after = digests(entries, {**times, path: now + 1000})
    ignored = path == "." or isinstance(entries.get(path), Link | Fifo)
    assert (after[0] == before[0], after[2] == before[2]) == (ignored, ignored)
    if path in folders:
        assert after[1] == before[1]
