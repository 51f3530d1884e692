"""Directory messages of the Remote Execution API, encoded and hashed as BuildStream's CAS does.

Canonical protocol buffers: fields by number, defaults left out, entries sorted by name.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Final, NamedTuple

_BYTES: Final = tuple(bytes((value,)) for value in range(0x80))
"""The numbers below 128 as varints: those of nearly all lengths and all tags."""


class Digest(NamedTuple):
    """The hex SHA-256 of something, and its size in bytes."""

    hash: str
    size: int


class FileNode(NamedTuple):
    """A file in a directory; its name is UTF-8."""

    name: bytes
    digest: Digest
    executable: bool
    mtime: int | None = None
    """When it was changed, in microseconds, where that is part of the digest."""


class SymlinkNode(NamedTuple):
    """A symbolic link in a directory, with its target as it is written."""

    name: bytes
    target: bytes


class DirectoryNode(NamedTuple):
    """A directory in a directory."""

    name: bytes
    tree: Tree


class Directory(NamedTuple):
    """What a directory holds; each of the three is sorted by name."""

    files: tuple[FileNode, ...] = ()
    directories: tuple[DirectoryNode, ...] = ()
    symlinks: tuple[SymlinkNode, ...] = ()
    mtime: int | None = None
    """When it was changed, in microseconds, where that is part of the digest."""


class Tree(NamedTuple):
    """A directory with the digest of its message, which tells all that is below it."""

    digest: Digest
    directory: Directory


def hashed(directory: Directory) -> Tree:
    """Return `directory` with its digest."""
    message = encoded(directory)
    return Tree(Digest(hashlib.sha256(message).hexdigest(), len(message)), directory)


def encoded(directory: Directory) -> bytes:
    """Return the Directory message of `directory`."""
    own = _field(5, _properties(directory.mtime)) if directory.mtime is not None else b""
    return b"".join((*_files(directory), *_directories(directory), *_symlinks(directory), own))


def _files(directory: Directory) -> Iterable[bytes]:
    for node in directory.files:
        executable = b"\x20\x01" if node.executable else b""
        own = _field(6, _properties(node.mtime)) if node.mtime is not None else b""
        digest = _digest(node.digest)
        content = b"\x0a%b%b\x12%b%b%b%b" % (
            _varint(len(node.name)),
            node.name,
            _varint(len(digest)),
            digest,
            executable,
            own,
        )
        yield b"\x0a%b%b" % (_varint(len(content)), content)


def _directories(directory: Directory) -> Iterable[bytes]:
    for node in directory.directories:
        yield _field(2, _field(1, node.name) + _field(2, _digest(node.tree.digest)))


def _symlinks(directory: Directory) -> Iterable[bytes]:
    for node in directory.symlinks:
        yield _field(3, _field(1, node.name) + _field(2, node.target))


def _digest(value: Digest) -> bytes:
    size = b"\x10" + _varint(value.size) if value.size else b""
    return b"\x0a\x40%b%b" % (value.hash.encode(), size)


def _properties(mtime: int) -> bytes:
    """Return a NodeProperties message with a Timestamp: seconds rounded down, nanoseconds."""
    seconds, micros = divmod(mtime, 10**6)
    # A negative number is a varint of 64 bits.
    told = b"\x08" + _varint(seconds % 2**64) if seconds else b""
    told += b"\x10" + _varint(micros * 1000) if micros else b""
    return _field(2, told)


def _field(number: int, content: bytes) -> bytes:
    return _BYTES[number << 3 | 2] + _varint(len(content)) + content


def _varint(value: int) -> bytes:
    if value < 0x80:
        return _BYTES[value]
    groups = bytearray()
    while value >= 0x80:
        groups.append(value & 0x7F | 0x80)
        value >>= 7
    groups.append(value)
    return bytes(groups)
