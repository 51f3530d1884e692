"""Layers: what the entries of their archives are."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from typing import Final

from bstgraph.stores.oci import _sparse, _tar
from bstgraph.stores.oci._streams import Budget, Stream, bad, counted
from bstgraph.stores.oci._values import EntryType, LayerEntry

WHITEOUT: Final = ".wh."
OPAQUE: Final = ".wh..wh..opq"

_TYPES: Final[dict[bytes, EntryType]] = {
    b"0": "file",
    b"1": "hardlink",
    b"2": "link",
    b"3": "device",
    b"4": "device",
    b"5": "dir",
    b"6": "fifo",
}
_PERMISSIONS: Final = 0o7777


def read_entries(
    stream: Stream, budget: Budget, *, name: str, hashes: bool
) -> tuple[LayerEntry, ...]:
    """Return the entries of an archive, in its order; `name` is what to call it.

    Raises:
        ImageError: it is damaged, over a limit, or has what container tools refuse.
    """
    return tuple(_entries(stream, budget, name=name, hashes=hashes))


def _entries(stream: Stream, budget: Budget, *, name: str, hashes: bool) -> Iterator[LayerEntry]:
    for member in _tar.members(stream, name):
        budget.use_entries(text=len(member.name) + len(member.target))
        path = _decoded(member.name)
        kind = _TYPES.get(member.type)
        if kind is None:
            letter = member.type.decode("latin-1")
            raise bad(f"{name} has an entry of the unknown type '{letter}': '{path}'")
        base = path.rstrip("/").rpartition("/")[2]
        if base.startswith(WHITEOUT):
            kind = "opaque" if base == OPAQUE else "whiteout"
        sha256 = ""
        if kind == "file" and hashes:
            sha256 = _hash(stream, budget, member, name)
        yield LayerEntry(
            path,
            kind,
            member.size if kind == "file" else 0,
            member.mode & _PERMISSIONS,
            member.uid,
            member.gid,
            _decoded(member.target) if kind in {"link", "hardlink"} else "",
            sha256,
        )


def _hash(stream: Stream, budget: Budget, member: _tar.Member, name: str) -> str:
    hasher = hashlib.sha256(usedforsecurity=False)
    pieces = stream.some(member.size)
    if member.sparse is not None:
        pieces = counted(_sparse.filled(member.sparse, member.size, stream), budget.use_bytes)
    size = 0
    for piece in pieces:
        hasher.update(piece)
        size += len(piece)
    if size < member.size:
        raise bad(f"{name} ends too early")
    return hasher.hexdigest()


def _decoded(name: bytes) -> str:
    return os.fsdecode(name)
