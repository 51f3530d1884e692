"""Whether all blobs of an artifact are in BuildStream's cache, which drops blobs to save space.

BuildStream asks the same once it has put the files of the project's `local` sources into the
cache: an artifact that lacks nothing but such files is whole for it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from typing import Final

from bstgraph.stores._messages import DirectoryMessage
from bstgraph.stores._reapi import Digest
from bstgraph.stores._trees import EMPTY_DIGEST, MissingBlobError, digest_of

_PREFIX: Final = 2


class Blobs:
    """The names of the blobs below a folder, listed once and only where they are asked for."""

    def __init__(self, directory: str) -> None:
        """List nothing yet; `directory` holds the 256 folders."""
        self._directory = directory
        self._listed: dict[str, frozenset[str]] = {}

    def has(self, digest: Digest) -> bool:
        """Return whether there is a blob of this name; that of the empty one need not be."""
        if digest == EMPTY_DIGEST:
            return True
        prefix, name = digest.hash[:_PREFIX], digest.hash[_PREFIX:]
        listed = self._listed.get(prefix)
        if listed is None:
            try:
                listed = frozenset(os.listdir(os.path.join(self._directory, prefix)))
            except (OSError, ValueError):
                # No folder, no blobs: BuildStream takes what it cannot read as missing, too.
                listed = frozenset()
            self._listed[prefix] = listed
        return name in listed


class Completeness:
    """Tells what is missing of trees; a directory that is whole is looked at once."""

    def __init__(self, blobs: Blobs, read: Callable[[Digest], DirectoryMessage]) -> None:
        """Begin with none.

        Args:
            blobs: which blobs there are.
            read: returns the message of a directory, or raises MissingBlobError.
        """
        self._blobs = blobs
        self._read = read
        self._whole: set[Digest] = set()

    def missing(self, blobs: Iterable[Digest], tree: Digest | None) -> str:
        """Return a clause about the first blob that is not there, or an empty text.

        Args:
            blobs: those that have to be there.
            tree: the root of a tree whose directories and files have to be there, if any.
        """
        for digest in blobs:
            if not self._blobs.has(digest):
                return f"the blob {digest.hash} is not in the cache"
        return self._missing_below(tree) if tree is not None else ""

    def _missing_below(self, root: Digest) -> str:
        seen = {root}
        stack = [root]
        while stack:
            here = stack.pop()
            if here in self._whole:
                continue
            try:
                message = self._read(here)
            except MissingBlobError as error:
                return str(error)
            for node in message.files:
                if not self._blobs.has(digest_of(node.digest)):
                    return f"the blob {node.digest.hash} is not in the cache"
            below = {digest_of(node.digest) for node in message.directories}
            stack += below - seen
            seen |= below
        self._whole |= seen
        return ""
