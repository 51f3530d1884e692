"""Tar archives as streams: one member after the other, read the way container tools read them.

They are written in Go, whose archive/tar decides what a header means; this module decides alike.
Python's own tarfile is not used: it reads names and records of any size into memory, keeps every
member, takes cut off archives for whole ones, and reads some headers differently.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final, NamedTuple

from bstgraph.errors import ImageError
from bstgraph.stores.oci import _sparse
from bstgraph.stores.oci._streams import Stream, bad

BLOCK: Final = 512
LONGEST_NAME: Final = 4095
"""Bytes of a path, as Linux takes them."""

_LARGEST_RECORDS: Final = 2**20
"""Bytes of what stands before a member; Go has the same limit."""
_LARGEST: Final = 2**63
_PAIR: Final = (b"GNU.sparse.offset", b"GNU.sparse.numbytes")
_ZEROS: Final = bytes(BLOCK)
_HEADER: Final = struct.Struct("100s8s8s8s12s12s8sc100s8s64x8s8s155s12s")
_WITHOUT_CONTENT: Final = frozenset((b"1", b"2", b"3", b"4", b"5", b"6"))


class Member(NamedTuple):
    """One member of an archive, as its headers say."""

    name: bytes
    type: bytes
    """The letter of its type; b"0" is a file, b"5" a directory."""
    size: int = 0
    """Bytes of its content; zero for what is no file."""
    mode: int = 0
    uid: int = 0
    gid: int = 0
    target: bytes = b""
    sparse: _sparse.Parts | None = None
    """Which parts of the content are stored, None when all of it is."""


def members(stream: Stream, name: str) -> Iterator[Member]:
    """Yield the members; while one is looked at, `stream` is at its content.

    Whatever the caller leaves of the content is skipped. `name` is what to call the archive.

    Raises:
        ImageError: the archive is damaged or cut off.
    """
    reader = _Reader(stream, name)
    while (member := reader.next()) is not None:
        yield member


class _Reader:
    def __init__(self, stream: Stream, name: str) -> None:
        self._stream = stream
        self._name = name
        self._end = 0
        self._padding = 0

    def next(self) -> Member | None:
        """Return the next member, None at the end."""
        self._finish()
        records: dict[bytes, bytes] = {}
        long: dict[bytes, bytes] = {}
        while True:
            block = self._header()
            if block is None:
                if records or long:
                    raise self._bad("ends too early")
                return None
            member = self._parsed(block)
            match member.type:
                case b"x":
                    records = self._pax(self._special(member.size))
                case b"g":
                    # Go applies global records to nothing.
                    self._special(member.size)
                case b"L" | b"K":
                    long[member.type] = _text(self._special(member.size))
                case _:
                    return self._entered(member, records, long)

    def _finish(self) -> None:
        """Go to the end of the member before."""
        self._stream.skip(self._end - self._stream.position)
        if self._stream.position < self._end:
            raise self._bad("ends too early")
        self._stream.skip(self._padding)

    def _header(self) -> bytes | None:
        block = self._stream.take(BLOCK)
        if block == _ZEROS:
            block = self._stream.take(BLOCK)
            if block not in {b"", _ZEROS}:
                raise self._bad("has a header that is none")
            return None
        if len(block) not in {0, BLOCK}:
            raise self._bad("ends too early")
        return block or None

    def _special(self, size: int) -> bytes:
        if size > _LARGEST_RECORDS:
            raise self._bad(f"has a name or record of more than {_LARGEST_RECORDS:,} bytes")
        data = self._stream.take(size)
        if len(data) < size:
            raise self._bad("ends too early")
        self._stream.skip(-size % BLOCK)
        return data

    def _parsed(self, block: bytes) -> Member:
        (
            name,
            mode,
            uid,
            gid,
            size,
            mtime,
            checksum,
            letter,
            target,
            magic,
            *device,
            prefix,
            last,
        ) = _HEADER.unpack(block)
        self._check(block, self._number(checksum))
        # These are not kept, but a header in which they are no numbers is none.
        for field in (mtime, *device) if magic.startswith(b"ustar") else (mtime,):
            self._number(field)
        name = _text(name)
        if magic[:6] == b"ustar\0":
            star = last.endswith(b"tar\0")
            above = _text(prefix[:131] if star else prefix)
            name = above + b"/" + name if above else name
        elif magic == b"ustar  \0" and (above := self._misplaced(prefix)):
            name = above + b"/" + name
        return Member(
            name=name,
            # In the oldest archives only the slash tells a directory.
            type=b"0" if letter == b"\0" and not name.endswith(b"/") else letter,
            size=self._number(size),
            mode=self._number(mode),
            uid=self._number(uid),
            gid=self._number(gid),
            target=_text(target),
        )

    def _misplaced(self, prefix: bytes) -> bytes:
        """Return the prefix of a name where GNU tar has two times.

        Go wrote that before its release 1.8, and so have old images of Docker.
        """
        try:
            self._number(prefix[:12])
            self._number(prefix[12:24])
        except ImageError:
            above = _text(prefix)
            return above if above.isascii() else b""
        return b""

    def _check(self, block: bytes, expected: int) -> None:
        found = sum(block) - sum(block[148:156]) + 8 * 32
        if found == expected:
            return
        # Some old programs took bytes for signed ones.
        signed = sum(byte > 127 for byte in block) - sum(byte > 127 for byte in block[148:156])
        if found - 256 * signed != expected:
            raise self._bad("has a header that is none: its checksum is wrong")

    def _number(self, field: bytes) -> int:
        if field[0] & 0x80:
            value = int.from_bytes(field) - (0x80 << 8 * (len(field) - 1))
            if field[0] & 0x40:
                value -= 1 << (8 * len(field) - 1)
            if not -_LARGEST <= value < _LARGEST:
                raise self._bad("has a header that is none: a number is too large")
            return value
        digits = field.strip(b" \0").partition(b"\0")[0]
        if digits.strip(b"01234567"):
            raise self._bad("has a header that is none: a number is not octal")
        return int(digits or b"0", 8)

    def _pax(self, data: bytes) -> dict[bytes, bytes]:
        """Return pax records; those of the oldest sparse format become one map."""
        records: dict[bytes, bytes] = {}
        pairs: list[bytes] = []
        while data:
            length, space, _ = data[:20].partition(b" ")
            if not (space and length.isdigit() and len(length) < int(length) <= len(data)):
                raise self._bad("has a pax record that is none")
            line, data = data[len(length) + 1 : int(length)], data[int(length) :]
            key, equals, value = line.partition(b"=")
            if not (key and equals and value.endswith(b"\n")) or b"\0" in key:
                raise self._bad("has a pax record that is none")
            value = value[:-1]
            if key in _PAIR:
                if key != _PAIR[len(pairs) % 2] or b"," in value:
                    raise self._bad("has a sparse file with a map that is none")
                pairs.append(value)
            elif b"\0" in value and key in {b"path", b"linkpath"}:
                raise self._bad("has a pax record with a name that is none")
            else:
                records[key] = value
        if pairs:
            records[b"GNU.sparse.map"] = b",".join(pairs)
        return records

    def _decimal(self, records: dict[bytes, bytes], key: bytes, default: int) -> int:
        value = records.get(key)
        if not value:
            return default
        if len(value) > 20 or not value.removeprefix(b"-").isdigit():
            raise self._bad(f"has a pax record '{key.decode()}' that is no number")
        if not -_LARGEST <= int(value) < _LARGEST:
            raise self._bad(f"has a pax record '{key.decode()}' with a number that is too large")
        return int(value)

    def _entered(
        self, member: Member, records: dict[bytes, bytes], long: dict[bytes, bytes]
    ) -> Member:
        """Return a member with what its records say, and remember where its content ends."""
        name = long.get(b"L") or records.get(b"path") or member.name
        target = long.get(b"K") or records.get(b"linkpath") or member.target
        letter = member.type
        if letter == b"\0":
            letter = b"5" if name.endswith(b"/") else b"0"
        stored = self._decimal(records, b"size", member.size)
        if stored < 0:
            raise self._bad("has a member with a size that is none")
        if letter in _WITHOUT_CONTENT:
            stored = 0
        self._end = self._stream.position + stored
        self._padding = -stored % BLOCK
        size = stored
        sparse = None
        if letter == b"0" and (form := _sparse.form_of(records)) is not None:
            name = records.get(b"GNU.sparse.name") or name
            size = self._decimal(records, b"GNU.sparse.realsize", stored)
            size = self._decimal(records, b"GNU.sparse.size", size)
            sparse = _sparse.parts(form, records, self._stream, end=self._end)
            if sparse is None or not _sparse.fit(sparse, size, self._end - self._stream.position):
                raise self._bad("has a sparse file with a map that is none")
        return Member(
            name=self._path(name),
            type=letter,
            size=size,
            mode=member.mode,
            uid=self._decimal(records, b"uid", member.uid),
            gid=self._decimal(records, b"gid", member.gid),
            target=self._path(target),
            sparse=sparse,
        )

    def _path(self, path: bytes) -> bytes:
        if len(path) > LONGEST_NAME:
            raise self._bad(f"has a path of more than {LONGEST_NAME:,} bytes")
        return path

    def _bad(self, what: str) -> ImageError:
        return bad(f"{self._name} {what}")


def _text(field: bytes) -> bytes:
    return field.partition(b"\0")[0]
