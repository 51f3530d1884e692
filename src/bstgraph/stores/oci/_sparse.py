"""Sparse files in tar archives: the pax forms 0.0, 0.1 and 1.0 of GNU tar.

The older form, a member type of its own, is one that container tools refuse.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, Literal, TypeAlias

from bstgraph.stores.oci._streams import PIECE, Stream

Parts: TypeAlias = tuple[tuple[int, int], ...]
"""What is stored of a file, in order: where in the file, and how many bytes."""

Form: TypeAlias = Literal["records", "content"]
"""Where the map of the parts is: in the pax records, or at the beginning of the content."""

_MOST_PARTS: Final = 100_000
_LONGEST_NUMBER: Final = 20
_BLOCK: Final = 512
_ZEROS: Final = bytes(PIECE)


def form_of(records: Mapping[bytes, bytes]) -> Form | None:
    """Return how `records` describe a sparse file, None when they do not."""
    version = records.get(b"GNU.sparse.major", b""), records.get(b"GNU.sparse.minor", b"")
    match version:
        case (b"0", b"0" | b"1"):
            return "records"
        case (b"1", b"0"):
            return "content"
        case (b"", b"") if records.get(b"GNU.sparse.map"):
            return "records"
        case _:
            return None


def parts(form: Form, records: Mapping[bytes, bytes], stream: Stream, *, end: int) -> Parts | None:
    """Return the map of the parts, None when there is none; it may be read from the content."""
    if form == "records":
        text = records.get(b"GNU.sparse.map", b"")
        listed = text.split(b",") if text else []
        count = [records.get(b"GNU.sparse.numblocks", b"")]
        return _paired(listed) if _counts(count) and len(listed) == 2 * int(count[0]) else None
    numbers: list[bytes] = []
    left = b""
    while not numbers or len(numbers) < 1 + 2 * int(numbers[0]):
        block = stream.take(min(_BLOCK, end - stream.position))
        if not block or len(left) > _LONGEST_NUMBER:
            return None
        *whole, left = (left + block).split(b"\n")
        numbers += whole
        if not _counts(numbers):
            return None
    return _paired(numbers[1 : 1 + 2 * int(numbers[0])])


def _counts(numbers: list[bytes]) -> bool:
    """Whether the first number, if it is known, is that of the parts."""
    first = numbers[0] if numbers else b"0"
    return len(first) <= _LONGEST_NUMBER and first.isdigit() and int(first) <= _MOST_PARTS


def _paired(numbers: list[bytes]) -> Parts | None:
    if not all(len(number) <= _LONGEST_NUMBER and number.isdigit() for number in numbers):
        return None
    values = [int(number) for number in numbers]
    return tuple(zip(values[::2], values[1::2], strict=True))


def fit(found: Parts, size: int, stored: int) -> bool:
    """Whether parts are in order inside a file of `size` bytes, and all that is stored."""
    end = 0
    for start, length in found:
        if start < end:
            return False
        end = start + length
    return 0 <= end <= size < 2**63 and sum(length for _, length in found) == stored


def filled(found: Parts, size: int, stream: Stream) -> Iterator[bytes]:
    """Yield the content of a file of `size` bytes, with zeros where nothing is stored."""
    at = 0
    for start, length in found:
        yield from _zeros(start - at)
        yield from stream.some(length)
        at = start + length
    yield from _zeros(size - at)


def _zeros(count: int) -> Iterator[bytes]:
    while count:
        piece = _ZEROS[:count]
        count -= len(piece)
        yield piece
