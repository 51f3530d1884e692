"""Files, links and folders on disk, drawn: `plant(folder, {"a/b": File("x"), "l": Link("a")})`.

`VECTORS` are trees with the digest that BuildStream gives them; tests/oracle asks it again.
"""

from __future__ import annotations

import os
import random
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final


@dataclass(frozen=True, slots=True)
class File:
    content: str | bytes = ""
    mode: int = 0o644


@dataclass(frozen=True, slots=True)
class Link:
    target: str


@dataclass(frozen=True, slots=True)
class Hard:
    """Another name for a file that is planted before it."""

    other: str


@dataclass(frozen=True, slots=True)
class Folder:
    pass


@dataclass(frozen=True, slots=True)
class Fifo:
    pass


@dataclass(frozen=True, slots=True)
class Socket:
    pass


Entry = File | Link | Hard | Folder | Fifo | Socket


def plant(root: Path, entries: Mapping[str, Entry]) -> Path:
    """Make `entries` below `root`, in their order, and return `root`.

    Bytes of a name that are no UTF-8 are written as Python decodes them from a file system.
    """
    root.mkdir(parents=True, exist_ok=True)
    for name, entry in entries.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        _make(root, path, entry)
    return root


def _make(root: Path, path: Path, entry: Entry) -> None:
    match entry:
        case File(content=content, mode=mode):
            path.write_bytes(content.encode() if isinstance(content, str) else content)
            path.chmod(mode)
        case Link(target=target):
            path.symlink_to(target)
        case Hard(other=other):
            path.hardlink_to(root / other)
        case Folder():
            path.mkdir()
        case Fifo():
            os.mkfifo(path)
        case Socket():
            with socket.socket(socket.AF_UNIX) as made:
                # The path of a socket must be short, whatever the folder is.
                here = os.open(path.parent, os.O_RDONLY)
                try:
                    made.bind(f"/proc/self/fd/{here}/{path.name}")
                finally:
                    os.close(here)


def deep(
    root: Path, levels: int, *, name: str = "d", leaves: Mapping[str, File | Link] | None = None
) -> Path:
    """Make `levels` folders below each other in `root`, however long the path gets.

    The last one holds `leaves`.
    """
    root.mkdir(parents=True, exist_ok=True)
    here = os.open(root, os.O_RDONLY)
    for _ in range(levels):
        os.mkdir(name, dir_fd=here)
        below = os.open(name, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    for leaf, entry in (leaves or {}).items():
        if isinstance(entry, Link):
            os.symlink(entry.target, leaf, dir_fd=here)
            continue
        file = os.open(leaf, os.O_WRONLY | os.O_CREAT, entry.mode, dir_fd=here)
        os.write(file, entry.content.encode() if isinstance(entry.content, str) else entry.content)
        os.close(file)
    os.close(here)
    return root


def random_tree(dice: random.Random) -> dict[str, Entry]:
    """Return a tree of some entries, with all that may matter to its digest."""
    names = ["a", "B", "a.b", "a-b", "ab", "é", "e\u0301", "\uffff", "\U0001f600", " ", "\n", "_"]
    folders = ["", "a.d/", "a.d/b/", "Ä/", "a-/"]
    made: dict[str, Entry] = {}
    for _ in range(dice.randrange(12)):
        path = dice.choice(folders) + dice.choice(names)
        kind = dice.randrange(10)
        if kind < 6:
            mode = dice.choice([0o644, 0o755, 0o600, 0o711, 0o654, 0o4700, 0o2644])
            made[path] = File(dice.randbytes(dice.choice([0, 1, 127, 128, 20_000])), mode)
        elif kind < 8:
            made[path] = Link(dice.choice(["a", "../..", "/etc", "é/\n", "x" * 1000, "./a//b/"]))
        else:
            made[path] = Folder() if dice.randrange(2) else Fifo()
    return made


@dataclass(frozen=True, slots=True, kw_only=True)
class Vector:
    """A tree, the path in it that a source names, and what BuildStream makes of that."""

    entries: Mapping[str, Entry]
    path: str = "t"
    digest: str


EMPTY: Final = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
"""The SHA-256 of nothing, and so the digest of an empty directory."""

_X: Final = File("x")
_SORTED: Final = ("a", "B", "a.b", "a-b", "ab", "\U0001f600", "\ufffd", "\ue000", "z", "\x01")

VECTORS: Final[Mapping[str, Vector]] = {
    "all kinds of entries": Vector(
        entries={
            "t/a": File("hi\n"),
            "t/x": File("x", 0o755),
            "t/z": File(),
            "t/e": Folder(),
            "t/l": Link("a"),
        },
        digest="459166750ca358c51c2b48de36fe53eb8c9ee2fc5b659d3aa76e3a08ba9a3206",
    ),
    "one file": Vector(
        entries={"b": File("b\n")},
        path="b",
        digest="6cc0bbeb34729186074c7179254f0f352a27910fd7ed9d73c1542ab1ae6033a9",
    ),
    "one executable file": Vector(
        entries={"d/b": File("b\n", 0o755)},
        path="d/b",
        digest="4a0ecfaf0be268c292fb856d74052ce98b4f9d3f0eb8993e7e406da3c8a613fe",
    ),
    "an empty file": Vector(
        entries={"b": File()},
        path="b",
        digest="0f90a049d9993e549053f50a4f751fe86a73b1f8a168741a4fb37fc1495c7d71",
    ),
    "an empty directory": Vector(
        entries={"t": Folder()},
        digest="e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    ),
    "empty directories below": Vector(
        entries={"t/a": Folder(), "t/b/c": Folder()},
        digest="772e5cf67ee66061fdd49796d122ab52c6fe0d80c260914eec9cc3199ebe6e7c",
    ),
    "only a fifo": Vector(
        entries={"t/f": Fifo()},
        digest="e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    ),
    "a fifo and a socket beside a file": Vector(
        entries={"t/x": _X, "t/f": Fifo(), "t/s": Socket()},
        digest="be10c51ae82b148fe7852b976e407a4efc7f8f8d5b493fab83e4cfc0b3209327",
    ),
    "a fifo without a UTF-8 name": Vector(
        entries={"t/x": _X, "t/\udcff": Fifo()},
        digest="be10c51ae82b148fe7852b976e407a4efc7f8f8d5b493fab83e4cfc0b3209327",
    ),
    "the owner may execute": Vector(
        entries={"t/x": File("x", 0o500)},
        digest="74dce83ef09fbb750dc1bd88471ed42b83a94117a1ccc6bfffebc93db587412d",
    ),
    "only others may execute": Vector(
        entries={"t/x": File("x", 0o611)},
        digest="be10c51ae82b148fe7852b976e407a4efc7f8f8d5b493fab83e4cfc0b3209327",
    ),
    "set user id": Vector(
        entries={"t/x": File("x", 0o6644)},
        digest="be10c51ae82b148fe7852b976e407a4efc7f8f8d5b493fab83e4cfc0b3209327",
    ),
    "hard links": Vector(
        entries={"t/x": _X, "t/y": Hard("t/x")},
        digest="1aec16c24e802ab1d52c8e698d7b54e7966e9a908709ea178cd77ddb236a4f2d",
    ),
    "links that lead anywhere": Vector(
        entries={
            "t/l": Link("/etc/passwd"),
            "t/m": Link("nowhere"),
            "t/n": Link("n"),
            "t/o": Link("../.."),
            "t/p": Link("a//b/./c/"),
            "t/q": Link("é→\n x"),
        },
        digest="f89a69f6e9515eaad25982acef43f70aa978d50bd240dedc4de8fddf1f152e9a",
    ),
    "a link with a long target": Vector(
        entries={"t/l": Link("x" * 1000)},
        digest="e3f58ce1a2b5d01c19caa668b630f13d1027b44180ec843dcdcb46a4be3dbaa8",
    ),
    "names in order": Vector(
        entries={f"t/{name}": _X for name in _SORTED},
        digest="073a60b97729e596784ee958d4dbb3f45cf2b71756a3d9c94233a812674fc2e8",
    ),
    "directories in order": Vector(
        entries={f"t/{name}/x": _X for name in _SORTED},
        digest="0cf81196c21060df574e76ddeb8ac3de4747f20b95d5be88c07c2a38f9a4b50b",
    ),
    "composed and decomposed": Vector(
        entries={"t/\u00e9": _X, "t/e\u0301": _X},
        digest="befa4297e58605a4db1ca4882507670793baf94eb5cbb7cba647ed35c8b392f6",
    ),
    "odd names": Vector(
        entries={
            f"t/{name}": _X
            for name in (
                "a b",
                "a\nb",
                " a",
                "a ",
                "\t",
                "a\\b",
                "*",
                "..a",
                "...",
                "-",
                "~",
                "%{x}",
            )
        },
        digest="a5337448c34488658276a1553ccc60dad6c016ec6e3c5e357490ebab2364aa25",
    ),
    "a long name": Vector(
        entries={f"t/{'n' * 255}": _X},
        digest="a6afae1c77d7019e6e4fc103d2d0aff3fcab337819cd27ab5849b41ef0e43075",
    ),
    "a size of several bytes": Vector(
        entries={"t/x": File(b"0123456789" * 200_000)},
        digest="c82fff47c8db53139a4f7d89877a69895c73e4c4cd7e8579150128cf4d4365b6",
    ),
    "through a link inside the project": Vector(
        entries={"t/d/x": _X, "l": Link("t")},
        path="l/d",
        digest="be10c51ae82b148fe7852b976e407a4efc7f8f8d5b493fab83e4cfc0b3209327",
    ),
    "upwards from where a link leads": Vector(
        entries={"t/d/x": _X, "q/x": File("other"), "l": Link("t/d")},
        path="l/../d",
        digest="be10c51ae82b148fe7852b976e407a4efc7f8f8d5b493fab83e4cfc0b3209327",
    ),
    **{
        f"spelled {path}": Vector(
            entries={"t/x": _X},
            path=path,
            digest="be10c51ae82b148fe7852b976e407a4efc7f8f8d5b493fab83e4cfc0b3209327",
        )
        for path in ("t", "t/", "t//", "t/.", "./t", "t/../t", "./t/x", "t//x")
    },
}
