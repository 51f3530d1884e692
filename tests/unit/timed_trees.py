"""Folders with times of change, and the digests that releases of BuildStream give them.

tests/oracle asks BuildStream 2.8 again; the digests of 2.3 were recorded from 2.0.0 to 2.3.0.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tests.unit.trees import Entry, File, Folder, Link, plant

OFTEN: Final = 10**18
"""Nanoseconds since 1970: the time of whatever has no other one."""

TREE: Final[Mapping[str, Entry]] = {
    "f": File("f"),
    "d/g": File("g", 0o755),
    "d/e": Folder(),
    "l": Link("f"),
}


def plant_timed(
    root: Path,
    entries: Mapping[str, Entry] = TREE,
    times: Mapping[str, int] | None = None,
) -> Path:
    """Make `entries` below `root`, all changed at `OFTEN` but for `times`, in nanoseconds."""
    plant(root, entries)
    given = times or {}
    # The deepest first: what is made in a folder changes it.
    for path in (*sorted(root.rglob("*"), reverse=True), root):
        time = given.get(path.relative_to(root).as_posix(), OFTEN)
        os.utime(path, ns=(0, time), follow_symlinks=False)
    return root


@dataclass(frozen=True, slots=True, kw_only=True)
class TimedVector:
    """A folder, its digest for 2.4 to 2.8, and the one for 2.0 to 2.3."""

    times: Mapping[str, int] = field(default_factory=dict)
    digest: str
    earlier: str


BASE: Final = TimedVector(
    digest="2a017cda47b08658a61fa962d7fd4def1a84938f433776f78a2e50013f95a8be",
    earlier="29edaf97eb103c1b440cbd27f2c36f8ab0d17befc80fba201352bf333b9a514d",
)

TIMED: Final[Mapping[str, TimedVector]] = {
    "round times": BASE,
    "what does not count": TimedVector(
        times={".": 5, "l": 5, "f": OFTEN + 999, "d": OFTEN + 999},
        digest=BASE.digest,
        earlier=BASE.earlier,
    ),
    "microseconds": TimedVector(
        times={"f": 1_234_567_890_123_456_789},
        digest="66c9b29fd16796c1eefd861660dfd0da60f737d66be443d5eea58aaee46bb576",
        earlier="1052f51660ad254b2be7b2d6b9a539ad35a6b0866ce1b47196b13b3e36b579cf",
    ),
    "no time at all": TimedVector(
        times={"f": 0},
        digest="213aac084c133b786ea9afe5514a104318a86250ead77ddb95bad0074d4d4440",
        earlier="b6dc7c77e3a5043169ff372c34a0a56e2bd7825a198165113db474bb2c61544f",
    ),
    "a file from before 1970": TimedVector(
        times={"f": -1},
        digest="82b3cc13ebd07a25a07ad14e4aa4575a3cca6a32e5f4e012563b4970fba39323",
        earlier="319dfe722629d4691e4f7f4cddef62f7f5c3e612c3b11485fc9469d1f4f8a38e",
    ),
    "a folder from before 1970": TimedVector(
        times={"d": -1_500_000_000},
        digest="e72637dc2fb35d7538cc933e7964fd33cb17f48f9cfd86eca4d4b4783503acf1",
        earlier=BASE.earlier,
    ),
    "more seconds than 32 bits": TimedVector(
        times={"f": 9 * 10**18, "d": 9 * 10**18},
        digest="5154e4a0edc964aed6c4237a01df9d20858791fc41cfdf2907487a7d854f5e02",
        earlier="d8e2bc9c8af6dfcf819c6f38e46feda000ff579a19b59014c83843e6e17fd1bc",
    ),
}
