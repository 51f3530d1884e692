"""Where the blobs of images lie: in a layout directory, or in an archive of one.

Both are seen as files with names. No link leads out of them, and nothing is waited for.
"""

from __future__ import annotations

import os
import posixpath
import stat
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import BinaryIO, Final, NamedTuple, Protocol, assert_never

from bstgraph.errors import ImageError
from bstgraph.stores.oci import _tar
from bstgraph.stores.oci._streams import (
    PIECE,
    Budget,
    Stream,
    bad,
    begun,
    inflated,
    read,
    too_large,
)

_OPEN: Final = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC
_MOST_LINKS: Final = 8
_SMALL: Final = 2**16
_MOST_KEPT: Final = 2**24


class Opened(NamedTuple):
    """A file that is read: how many bytes, and these in pieces."""

    size: int
    pieces: Iterator[bytes]


class ImageFiles(Protocol):
    """The files of a layout or an archive."""

    def place(self, name: str) -> int | None:
        """Return where a file is, for reading several in a good order; None if it is missing."""

    def open(self, name: str) -> Opened:
        """Return a file, of which the pieces are to be read before another one is opened.

        Raises:
            ImageError: it is missing, no regular file, or cannot be read.
        """


@contextmanager
def image_files(path: str, budget: Budget) -> Iterator[ImageFiles]:
    """Open a layout directory or an archive.

    Raises:
        ImageError: it is neither, or cannot be read.
    """
    try:
        if "\0" in path or not os.path.exists(path):
            raise ImageError("unknown-image", f"'{path}' does not exist")
        if os.path.isdir(path):
            with closing(_LayoutFiles(path)) as files:
                yield files
            return
        with _regular(path, f"'{path}'") as file:
            yield _archive(file, path, budget)
    except OSError as error:
        raise _unreadable(path, error) from error


def _regular(path: str, name: str) -> BinaryIO:
    number = os.open(path, _OPEN)
    if stat.S_ISREG(os.fstat(number).st_mode):
        return open(number, "rb", buffering=0)
    os.close(number)
    raise ImageError("not-a-file", f"{name} is no regular file")


class _LayoutFiles:
    """The files of a layout directory, of which one is open."""

    def __init__(self, root: str) -> None:
        self._root = os.path.realpath(root)
        self._file: BinaryIO | None = None

    def place(self, name: str) -> int | None:
        return 0 if os.path.lexists(os.path.join(self._root, name)) else None

    def open(self, name: str) -> Opened:
        self.close()
        real = os.path.realpath(os.path.join(self._root, name))
        if not real.startswith(self._root.rstrip("/") + "/"):
            raise bad(f"'{name}' leads out of the layout directory")
        try:
            self._file = file = _regular(real, f"'{name}'")
        except OSError as error:
            raise _unreadable(name, error) from error
        size = os.fstat(file.fileno()).st_size
        return Opened(size, read(file, size, f"'{name}'"))

    def close(self) -> None:
        if self._file is not None:
            self._file.close()


def _unreadable(name: str, error: OSError) -> ImageError:
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return bad(f"'{name}' is missing in it")
    return ImageError("unreadable-file", f"'{name}' cannot be read: {error}")


class _Stored(NamedTuple):
    """A member of an archive."""

    start: int
    size: int
    type: bytes
    target: str


def _archive(file: BinaryIO, path: str, budget: Budget) -> _ArchiveFiles:
    size = os.fstat(file.fileno()).st_size
    compression, _ = begun(read(file, min(4, size), f"'{path}'"))
    file.seek(0)
    match compression:
        case "gzip":
            return _ArchiveFiles(_Inflating(file, path, budget), path, budget)
        case "zstd":
            message = f"'{path}' is compressed with zstd as a whole, which is not read"
            raise ImageError("unknown-image", message, fix="inflate it first, with unzstd")
        case "":
            return _ArchiveFiles(_Seeking(file, size), path, budget)
        case _:
            assert_never(compression)


class _Access(Protocol):
    """The bytes of an archive, from any place on."""

    def at(self, position: int) -> Stream:
        """Return them from `position` on; what was returned before is no longer used."""


class _Seeking(Stream):
    """An archive that is not compressed: what is skipped is not read."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        super().__init__(iter(()))
        self._file = file
        self._size = size
        self._pieces = iter(lambda: file.read(PIECE), b"")

    def at(self, position: int) -> Stream:
        self.skip(position - self.position)
        return self

    def skip(self, size: int) -> None:
        if 0 <= size <= len(self._piece) - self._at:
            super().skip(size)
            return
        self.position = min(self.position + size, self._size)
        self._file.seek(self.position)
        self._piece, self._at = b"", 0
        self._pieces = iter(lambda: self._file.read(PIECE), b"")


class _Inflating:
    """An archive that is compressed: to go back is to begin again."""

    def __init__(self, file: BinaryIO, path: str, budget: Budget) -> None:
        self._file = file
        self._name = f"'{path}'"
        self._budget = budget
        self._stream = self._begin()

    def at(self, position: int) -> Stream:
        if position < self._stream.position:
            self._stream = self._begin()
        self._stream.skip(position - self._stream.position)
        return self._stream

    def _begin(self) -> Stream:
        self._file.seek(0)
        pieces = inflated(iter(lambda: self._file.read(PIECE), b""), "gzip", self._name)
        return Stream(self._limited(pieces))

    def _limited(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        left = self._budget.max_bytes
        for piece in pieces:
            left -= len(piece)
            if left < 0:
                raise too_large(f"{self._name} inflates to more than it may", "bytes")
            yield piece


class _ArchiveFiles:
    """The files of an archive."""

    def __init__(self, access: _Access, path: str, budget: Budget) -> None:
        self._access = access
        self._path = path
        self._members: dict[str, _Stored] = {}
        self._twice: set[str] = set()
        self._small: dict[str, bytes] = {}
        self._index(budget)

    def _index(self, budget: Budget) -> None:
        """Look at all members once, and keep the small ones, which are asked for first."""
        stream = self._access.at(0)
        room = _MOST_KEPT
        for member in _tar.members(stream, f"'{self._path}'"):
            budget.use_entries(text=len(member.name) + len(member.target))
            name = _normal(os.fsdecode(member.name))
            if name in self._members:
                self._twice.add(name)
            target = os.fsdecode(member.target)
            self._members[name] = _Stored(stream.position, member.size, member.type, target)
            self._small.pop(name, None)
            if member.size <= min(_SMALL, room) and member.sparse is None:
                self._small[name] = stream.take(member.size)
                room -= member.size

    def place(self, name: str) -> int | None:
        found = self._found(name)
        return found[1].start if found is not None else None

    def open(self, name: str) -> Opened:
        found = self._found(name)
        if found is None:
            raise bad(f"'{name}' is missing in it")
        real, member = found
        if member.type != b"0":
            raise bad(f"'{name}' is no regular file in the archive")
        if real in self._twice:
            raise bad(f"'{name}' is in the archive twice")
        small = self._small.get(real)
        if small is not None:
            return Opened(member.size, iter((small,)))
        return Opened(member.size, self._pieces(name, member))

    def _pieces(self, name: str, member: _Stored) -> Iterator[bytes]:
        left = member.size
        for piece in self._access.at(member.start).some(member.size):
            left -= len(piece)
            yield piece
        if left:
            raise bad(f"'{name}' ends too early")

    def _found(self, name: str) -> tuple[str, _Stored] | None:
        """Return a member, behind the links that docker save makes of layers that are alike."""
        name = _normal(name)
        for _ in range(_MOST_LINKS):
            member = self._members.get(name)
            if member is None:
                return None
            match member.type:
                case b"1":
                    name = _normal(member.target)
                case b"2":
                    name = _normal(posixpath.join(posixpath.dirname(name), member.target))
                case _:
                    return name, member
        return None


def _normal(name: str) -> str:
    return posixpath.normpath(f"/{name}").lstrip("/")
