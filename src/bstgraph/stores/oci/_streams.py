"""Bytes of blobs as streams: read in pieces, inflated, counted, their digests verified.

A stream is an iterator of pieces of at most `PIECE` bytes, so that memory stays bounded whatever
a blob inflates to.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Callable, Iterator
from typing import IO, BinaryIO, Final, Literal, TypeAlias, assert_never, cast

from bstgraph.errors import ImageError

PIECE: Final = 2**18

MOST_BYTES: Final = 16 * 2**30
"""Bytes that the layers of one image may have once they are inflated."""

MOST_ENTRIES: Final = 1_000_000
"""Entries that the layers of one image may have together."""

_TEXT_PER_ENTRY: Final = 256
_STEPS_PER_ENTRY: Final = 64
_WIDEST_WINDOW: Final = 2**27
_ALGORITHMS: Final = {"sha256": 64, "sha384": 96, "sha512": 128}

Compression: TypeAlias = Literal["", "gzip", "zstd"]
_MAGIC: Final[dict[bytes, Compression]] = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd"}


class Budget:
    """What one image may still use of its limits."""

    def __init__(self, *, max_bytes: int = MOST_BYTES, max_entries: int = MOST_ENTRIES) -> None:
        """Begin with nothing used."""
        self.max_bytes = max_bytes
        self.max_entries = max_entries
        self._bytes = 0
        self._entries = 0
        self._text = 0
        self._steps = 0

    def use_bytes(self, count: int) -> None:
        """Count bytes of layers.

        Raises:
            ImageError: they are more than the image may have.
        """
        self._bytes += count
        if self._bytes > self.max_bytes:
            raise too_large(f"its layers inflate to more than {self.max_bytes:,} bytes", "bytes")

    def use_entries(self, count: int = 1, text: int = 0) -> None:
        """Count entries of layers and directories, with the characters of their paths.

        Raises:
            ImageError: they are more than the image may have.
        """
        self._entries += count
        self._text += text
        if self._entries > self.max_entries:
            raise too_large(f"its layers have more than {self.max_entries:,} entries", "entries")
        if self._text > (most := self.max_entries * _TEXT_PER_ENTRY):
            raise too_large(f"the paths in its layers have more than {most:,} bytes", "entries")

    def use_step(self) -> None:
        """Count a name of a path that is followed, links too.

        Raises:
            ImageError: they are more than an image of so many entries can need.
        """
        self._steps += 1
        if self._steps > (most := self.max_entries * _STEPS_PER_ENTRY):
            raise too_large(
                f"the paths and links in its layers have over {most:,} parts", "entries"
            )


def too_large(message: str, limit: str) -> ImageError:
    """Return the error for an image over the limit `max_<limit>`, which the caller may raise."""
    fix = f"if you trust the image, raise max_{limit} (--max-{limit})"
    return ImageError("image-too-large", message, fix=fix)


def bad(message: str, fix: str | None = None) -> ImageError:
    """Return the error for an image that is wrong."""
    return ImageError("bad-image", message, fix=fix)


def split_digest(digest: str) -> tuple[str, str]:
    """Return algorithm and hex digits.

    Raises:
        ImageError: it is no digest, or of an algorithm that is not known.
    """
    algorithm, _, digits = digest.partition(":")
    if algorithm not in _ALGORITHMS:
        known = ", ".join(_ALGORITHMS)
        raise bad(f"'{digest}' is no digest of an algorithm that is known: {known}")
    if len(digits) != _ALGORITHMS[algorithm] or digits.strip("0123456789abcdef"):
        raise bad(f"'{digest}' is no digest: it needs {_ALGORITHMS[algorithm]} small hex digits")
    return algorithm, digits


def read(file: BinaryIO, size: int, name: str) -> Iterator[bytes]:
    """Yield the next `size` bytes of `file`; `name` is what to call them.

    Raises:
        ImageError: there are fewer.
        OSError: the file cannot be read.
    """
    while size:
        piece = file.read(min(size, PIECE))
        if not piece:
            raise bad(f"{name} ends too early")
        size -= len(piece)
        yield piece


def verified(pieces: Iterator[bytes], digest: str, name: str) -> Iterator[bytes]:
    """Yield `pieces`, and fail at their end if their digest is another one.

    Raises:
        ImageError: the digest is none, or that of something else.
    """
    algorithm, digits = split_digest(digest)
    hasher = hashlib.new(algorithm, usedforsecurity=False)
    for piece in pieces:
        hasher.update(piece)
        yield piece
    if (found := hasher.hexdigest()) != digits:
        raise bad(f"{name} has another digest, {algorithm}:{found}, than it should have, {digest}")


def counted(pieces: Iterator[bytes], count: Callable[[int], None]) -> Iterator[bytes]:
    """Yield `pieces` after `count` was told their sizes."""
    for piece in pieces:
        count(len(piece))
        yield piece


def begun(pieces: Iterator[bytes]) -> tuple[Compression, Iterator[bytes]]:
    """Return how `pieces` are compressed, by their first bytes, and the same pieces."""
    first = next(pieces, b"")
    while 0 < len(first) < 4 and (more := next(pieces, b"")):
        first += more
    found: Compression = ""
    for magic, kind in _MAGIC.items():
        if first.startswith(magic):
            found = kind
    return found, _after(first, pieces)


def _after(first: bytes, pieces: Iterator[bytes]) -> Iterator[bytes]:
    if first:
        yield first
    yield from pieces


def inflated(pieces: Iterator[bytes], compression: Compression, name: str) -> Iterator[bytes]:
    """Return what `pieces` are when they are no longer compressed.

    Raises:
        ImageError: when it is read, if the data is damaged or cut off.
    """
    match compression:
        case "gzip":
            return _gunzipped(pieces, name)
        case "zstd":
            return _unzstd(pieces, name)
        case "":
            return pieces
        case _:
            assert_never(compression)


def _gunzipped(pieces: Iterator[bytes], name: str) -> Iterator[bytes]:
    member = zlib.decompressobj(wbits=31)
    begun = False
    for piece in pieces:
        left, full = piece, False
        # When the room for output was full, more may come out without more input.
        while left or full:
            begun = True
            try:
                out = member.decompress(left, PIECE)
            except zlib.error as error:
                raise bad(f"{name} is damaged: {error}") from error
            yield out
            left, full = member.unconsumed_tail, len(out) == PIECE
            if member.eof:
                # What follows has to be another member.
                left, full = member.unused_data, False
                member, begun = zlib.decompressobj(wbits=31), False
    if begun:
        raise bad(f"{name} ends too early")


def _unzstd(pieces: Iterator[bytes], name: str) -> Iterator[bytes]:
    import zstandard  # noqa: PLC0415 - few images need it

    inflater = zstandard.ZstdDecompressor(max_window_size=_WIDEST_WINDOW)
    source = cast("IO[bytes]", _Pieces(pieces))  # it needs no more than `read`
    reader = inflater.stream_reader(source, read_across_frames=True, closefd=False)
    while True:
        try:
            piece = reader.read(PIECE)
        except zstandard.ZstdError as error:
            raise bad(f"{name} is damaged: {error}") from error
        if not piece:
            return
        yield piece


class _Pieces:
    """Pieces as the file that zstandard reads from."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._left = b""

    def read(self, size: int) -> bytes:
        piece = self._left or next(self._pieces, b"")
        self._left = piece[size:]
        return piece[:size]


class Stream:
    """Pieces, taken by number of bytes."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        """Read nothing yet."""
        self._pieces = pieces
        self._piece = b""
        self._at = 0
        self.position = 0
        """Bytes that were taken or skipped."""

    def take(self, size: int) -> bytes:
        """Return the next `size` bytes, fewer only at the end."""
        at = self._at
        if at + size <= len(self._piece):
            self._at = at + size
            self.position += size
            return self._piece[at : at + size]
        return b"".join(self.some(size))

    def some(self, size: int) -> Iterator[bytes]:
        """Yield the next `size` bytes in pieces, fewer only at the end."""
        while size:
            if self._at == len(self._piece):
                self._at = 0
                self._piece = next((piece for piece in self._pieces if piece), b"")
                if not self._piece:
                    return
            piece = self._piece[self._at : self._at + size]
            self._at += len(piece)
            self.position += len(piece)
            size -= len(piece)
            yield piece

    def skip(self, size: int) -> None:
        """Leave out the next `size` bytes, fewer only at the end."""
        if self._at + size <= len(self._piece):
            self._at += size
            self.position += size
            return
        for _ in self.some(size):
            pass

    def drain(self) -> None:
        """Leave out all that is left, so that what is verified at the end is."""
        self.position += len(self._piece) - self._at
        self._piece, self._at = b"", 0
        for piece in self._pieces:
            self.position += len(piece)
