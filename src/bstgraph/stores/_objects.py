"""Blobs and refs in the folders of BuildStream's cache, which may change while they are read."""

from __future__ import annotations

import os
import stat
from typing import Final

from bstgraph.stores._reading import why
from bstgraph.stores._reapi import Digest
from bstgraph.stores._trees import MissingBlobError

LARGEST_BLOB: Final = 64 * 2**20
"""Bytes of a Directory message or of public data; real ones stay below 2**20."""

_FILE: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class Objects:
    """The blobs of a content-addressed store on disk: `hh/` and the 62 other digits."""

    def __init__(self, directory: str) -> None:
        """Take the folder that holds the 256 folders."""
        self._directory = directory

    def read(self, digest: Digest) -> bytes:
        """Return the blob; its hash is 64 hex digits. The content is not hashed.

        Raises:
            MissingBlobError: it is not there, has another size, or is too large to be read.
        """
        hashed, size = digest
        if size > LARGEST_BLOB:
            raise MissingBlobError(f"the blob {hashed} is larger than {LARGEST_BLOB:,} bytes")
        try:
            data, _ = read_file(os.path.join(self._directory, hashed[:2], hashed[2:]), size)
        except FileNotFoundError:
            raise MissingBlobError(f"the blob {hashed} is not in the cache") from None
        except OSError as error:
            raise MissingBlobError(f"the blob {hashed} {why(error)}") from None
        if len(data) != size:
            raise MissingBlobError(f"the blob {hashed} has another size than {size:,} bytes")
        return data


def read_file(path: str, limit: int) -> tuple[bytes, os.stat_result]:
    """Return the content of a regular file and its status; one byte over `limit` at most.

    Raises:
        OSError: it cannot be opened or read, or is no regular file.
    """
    handle = os.open(path, _FILE)
    try:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(0, "it is no regular file")
        return os.read(handle, min(limit, status.st_size) + 1), status
    finally:
        os.close(handle)
