"""Messages of BuildStream's artifact cache, read by the protobuf library.

`protos/cache.proto` says which fields; what is loaded is its descriptor, compiled beforehand, into
a pool of its own: no generated code that would ask for one release of protobuf, and no clash with
the messages of BuildStream or a remote execution client in the same process.
"""

from __future__ import annotations

import importlib.resources
from collections.abc import Sequence
from functools import cache
from typing import Any, Final, Protocol, cast

_PACKAGE: Final = "bstgraph.stores.cache"


class MalformedError(ValueError):
    """Bytes that are no such message."""


class DigestMessage(Protocol):
    """The hex SHA-256 of a blob and its size."""

    hash: str
    size_bytes: int


class FileMessage(Protocol):
    """A file in a directory."""

    name: bytes
    digest: DigestMessage
    is_executable: bool


class DirectoryNodeMessage(Protocol):
    """A directory in a directory."""

    name: bytes
    digest: DigestMessage


class LinkMessage(Protocol):
    """A symbolic link in a directory."""

    name: bytes
    target: bytes


class DirectoryMessage(Protocol):
    """What a directory holds."""

    files: Sequence[FileMessage]
    directories: Sequence[DirectoryNodeMessage]
    symlinks: Sequence[LinkMessage]


class DependencyMessage(Protocol):
    """An element that an artifact was built from."""

    project_name: str
    element_name: str
    cache_key: str


class LogFileMessage(Protocol):
    """A log of a build."""

    digest: DigestMessage


class ArtifactMessage(Protocol):
    """One artifact."""

    version: int
    build_success: bool
    strong_key: str
    strict_key: str
    weak_key: str
    files: DigestMessage
    build_deps: Sequence[DependencyMessage]
    public_data: DigestMessage
    logs: Sequence[LogFileMessage]
    low_diversity_meta: DigestMessage
    high_diversity_meta: DigestMessage

    def HasField(self, name: str) -> bool:  # noqa: N802 - protobuf's own name
        """Return whether the message has a field that is a message."""


def artifact_message(data: bytes) -> ArtifactMessage:
    """Return the Artifact message that `data` is.

    Raises:
        MalformedError: it is none.
    """
    return cast("ArtifactMessage", _parsed("Artifact", data))


def directory_message(data: bytes) -> DirectoryMessage:
    """Return the Directory message that `data` is.

    Raises:
        MalformedError: it is none.
    """
    return cast("DirectoryMessage", _parsed("Directory", data))


def _parsed(name: str, data: bytes) -> object:
    from google.protobuf.message import DecodeError  # noqa: PLC0415

    try:
        return _classes()[name].FromString(data)
    except DecodeError as error:
        raise MalformedError(f"no {name} message") from error


@cache
def _classes() -> dict[str, Any]:
    # A quarter of what importing bstgraph costs, and most programs read no cache.
    from google.protobuf import (  # noqa: PLC0415
        descriptor_pb2,
        descriptor_pool,
        message_factory,
    )

    described = importlib.resources.files("bstgraph.stores") / "protos" / "cache.desc"
    pool = descriptor_pool.DescriptorPool()
    for file in descriptor_pb2.FileDescriptorSet.FromString(described.read_bytes()).file:
        pool.AddSerializedFile(file.SerializeToString())
    return {
        name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{_PACKAGE}.{name}"))
        for name in ("Artifact", "Directory")
    }
