"""Trees of artifacts, put together from Directory messages that may be wrong or missing.

Trees share their directories, so that a message is parsed once. What a message says of a name
that no directory can hold, or of a directory that cannot be read, becomes a gap.
"""

from __future__ import annotations

import hashlib
import re
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from typing import Final, NamedTuple

from bstgraph.errors import printable
from bstgraph.files import Directory, File, Link, Node
from bstgraph.stores._messages import (
    DigestMessage,
    DirectoryMessage,
    MalformedError,
    directory_message,
)
from bstgraph.stores._reading import DEEPEST
from bstgraph.stores._reapi import Digest

MOST_PATHS: Final = 10_000_000
"""Paths of one tree; directories that are there many times count as often."""

MOST_TEXT: Final = 2**31
"""Characters of all paths of one tree."""

LONGEST_NAME: Final = 255
"""Bytes of a name: no file system of Linux has longer ones."""

REMEMBERED: Final = 1_000_000
"""Entries of directories that are kept to be shared with further trees."""

EMPTY_DIGEST: Final = Digest(hashlib.sha256(b"").hexdigest(), 0)
"""That of an empty directory; its blob need not be stored."""

_HASH: Final = re.compile(r"[0-9a-f]{64}")


class MissingBlobError(Exception):
    """A blob cannot be had; the text is a clause about it."""


class _Found(NamedTuple):
    """A directory with what a list of all below it would take."""

    directory: Directory
    paths: int = 0
    text: int = 0
    height: int = 0
    whole: bool = True
    """Whether there is no gap in it: a blob that is missing now may come later."""


class Trees:
    """Makes trees of the blobs that `read` returns for a digest.

    `read` returns the bytes of a blob of exactly that size, or raises MissingBlobError; whether
    the hash is right is checked here.
    """

    def __init__(self, read: Callable[[Digest], bytes], *, remembered: int = REMEMBERED) -> None:
        """Begin with none; `remembered` is how many entries are kept for other trees."""
        self._read = read
        self._most = remembered
        self._kept: OrderedDict[Digest, _Found] = OrderedDict()
        self._size = 0

    def tree(self, digest: Digest) -> Directory:
        """Return the tree whose root is `digest`."""
        found: dict[Digest, _Found] = {}
        waiting: dict[Digest, DirectoryMessage] = {}
        stack = [digest]
        while stack:
            here = stack[-1]
            if here in found:
                stack.pop()
                continue
            if here in waiting:
                stack.pop()
                found[here] = made = _assembled(waiting.pop(here), found)
                if made.whole:
                    self._keep(here, made)
                continue
            if (kept := self._kept.get(here)) is not None:
                self._kept.move_to_end(here)
                found[here] = kept
                continue
            try:
                message = self.message(here)
            except MissingBlobError as error:
                found[here] = _gap(str(error))
                continue
            waiting[here] = message
            below = dict.fromkeys(digest_of(node.digest) for node in message.directories)
            # What waits for itself cannot be made; `_assembled` notes that it is not there.
            stack += [one for one in below if one not in found and one not in waiting]
        return found[digest].directory

    def message(self, digest: Digest) -> DirectoryMessage:
        """Return the message that a directory is stored as.

        Raises:
            MissingBlobError: it cannot be read, or is none.
        """
        if not _HASH.fullmatch(digest.hash):
            raise MissingBlobError("its digest is none")
        data = b"" if digest == EMPTY_DIGEST else self._read(digest)
        if hashlib.sha256(data).hexdigest() != digest.hash:
            raise MissingBlobError(f"the blob {digest.hash} has another content")
        try:
            return directory_message(data)
        except MalformedError:
            raise MissingBlobError(f"the blob {digest.hash} is no directory") from None

    def _keep(self, digest: Digest, made: _Found) -> None:
        self._kept[digest] = made
        self._size += len(made.directory.entries) + 1
        while self._size > self._most:
            _, old = self._kept.popitem(last=False)
            self._size -= len(old.directory.entries) + 1


def digest_of(message: DigestMessage) -> Digest:
    """Return the digest that a message holds."""
    return Digest(message.hash, message.size_bytes)


def _assembled(message: DirectoryMessage, found: Mapping[Digest, _Found]) -> _Found:
    entries: dict[str, Node] = {}
    wrong: list[str] = []
    twice: set[str] = set()
    paths = text = height = 0
    whole = True
    for raw, node, below in _nodes(message, found, wrong):
        name = _name(raw)
        if name is None:
            wrong.append(f"it has an entry with the impossible name {printable(repr(raw)[1:])}")
        elif name in entries:
            wrong.append(f"it has more than one entry named '{printable(name)}'")
            twice.add(name)
        else:
            entries[name] = node
            text += len(name) + 1
            if below is not None:
                paths += below.paths
                text += (len(name) + 1) * below.paths + below.text
                height = max(height, below.height + 1)
                whole = whole and below.whole
    paths += len(entries)
    for name in twice:
        del entries[name]
    if complaint := _over(paths, text, height):
        return _gap(complaint)
    more = f", and {len(wrong) - 1:,} more like that" if len(wrong) > 1 else ""
    gap = f"{wrong[0]}{more}" if wrong else ""
    return _Found(Directory(entries, gap), paths, text, height, whole and not wrong)


_LOOP: Final = _Found(Directory(gap="it lies in itself"), whole=False)


def _gap(reason: str) -> _Found:
    return _Found(Directory(gap=reason), whole=False)


def _nodes(
    message: DirectoryMessage, found: Mapping[Digest, _Found], wrong: list[str]
) -> Iterator[tuple[bytes, Node, _Found | None]]:
    """Yield the entries, directories with what is below; add to `wrong` what is wrong with them."""
    for file in message.files:
        digest = file.digest
        hashed, size = digest.hash, digest.size_bytes
        if size < 0 or not _HASH.fullmatch(hashed):
            wrong.append(f"the digest of its file {printable(repr(file.name)[1:])} is none")
            hashed, size = "", -1
        yield file.name, File(hashed, size, file.is_executable), None
    for link in message.symlinks:
        try:
            yield link.name, Link(link.target.decode()), None
        except UnicodeDecodeError:
            wrong.append(f"the target of its link {printable(repr(link.name)[1:])} is not UTF-8")
    for node in message.directories:
        below = found.get(digest_of(node.digest), _LOOP)
        yield node.name, below.directory, below


def _name(raw: bytes) -> str | None:
    """Return a name, None where no entry of a directory can have it."""
    try:
        name = raw.decode()
    except UnicodeDecodeError:
        return None
    if "/" in name or "\0" in name or len(raw) > LONGEST_NAME or name in {"", ".", ".."}:
        return None
    return name


def _over(paths: int, text: int, height: int) -> str:
    if height > DEEPEST:
        return f"it has more than {DEEPEST} levels below it"
    if paths > MOST_PATHS:
        return f"it has more than {MOST_PATHS:,} paths below it"
    return f"the paths below it have more than {MOST_TEXT:,} characters" if text > MOST_TEXT else ""
