"""BuildStream's artifact cache on this machine, read without BuildStream.

It is a store of artifacts and a cache state: see `bstgraph.artifacts`.

Nothing is written, locked or touched, and no daemon is asked, so that builds may go on meanwhile:
what vanishes while it is read is a gap, or simply not there.
"""

from __future__ import annotations

import hashlib
import os
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple, TypeAlias

from bstgraph.artifacts import Artifact, BuiltFrom, ref_name
from bstgraph.errors import BstGraphError, CacheError
from bstgraph.files import EMPTY, Directory
from bstgraph.model import Data
from bstgraph.stores._complete import Blobs, Completeness
from bstgraph.stores._messages import ArtifactMessage, MalformedError, artifact_message
from bstgraph.stores._objects import Objects, read_file
from bstgraph.stores._reading import why
from bstgraph.stores._reapi import Digest
from bstgraph.stores._trees import MissingBlobError, Trees, digest_of
from bstgraph.yaml import SourceFile, parse, read

VERSION: Final = 2
"""The version of the Artifact messages that are understood: that of BuildStream 2.0 to 2.8."""

LARGEST_REF: Final = 64 * 2**20
"""Bytes of an Artifact message; one with 3,000 build dependencies has half a million."""

LARGEST_PUBLIC_DATA: Final = 8 * 2**20
"""Bytes of public data that are parsed."""

_KEY: Final = re.compile(r"[0-9a-f]{64}")
_CONFIGURATIONS: Final = ("buildstream2.conf", "buildstream.conf")
_VARIABLE: Final = re.compile(r"\$(\w+|\{[^}]*\})", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class UnreadableRef:
    """A ref of which no artifact could be made."""

    project: str
    element: str
    """The name as the store writes it."""
    keys: tuple[str, ...]
    """The keys that it is stored under, sorted."""
    reason: str
    """A clause whose subject is the ref."""


_Entry: TypeAlias = Artifact | UnreadableRef


class LocalCache:
    """BuildStream's artifact cache in a folder; an `ArtifactStore` and a `CacheState`.

    Which blobs there are is looked at once: make a new one to see what has changed.
    """

    provisional: Final = False
    """Its keys are those that BuildStream computed."""

    def __init__(self, directory: str | os.PathLike[str] | None = None) -> None:
        """Take the `cachedir` of BuildStream; None is where BuildStream itself would look.

        Raises:
            CacheError: `no-cache`, there is none.
        """
        self.directory = default_cache_directory() if directory is None else os.fspath(directory)
        self._refs = _refs(self.directory)
        if not os.path.isdir(self._refs):
            raise CacheError(
                "no-cache",
                f"'{self.directory}' is no artifact cache: it has no folder 'artifacts/refs'",
                fix="name the directory that BuildStream calls 'cachedir'",
            )
        objects = os.path.join(self.directory, "cas", "objects")
        self._objects = Objects(objects)
        self._trees = Trees(self._objects.read)
        self._complete = Completeness(Blobs(objects), self._trees.message)

    @property
    def label(self) -> str:
        """What to call the store."""
        return f"cache {self.directory}"

    def artifacts(self, project: str, element: str) -> tuple[Artifact, ...]:
        """Return those stored for an element, newest first.

        One that is stored under several keys is one artifact.

        Args:
            project: the name of the project that owns the element.
            element: its name in that project, such as `lib/a.bst`. Others whose names differ
                only in what BuildStream replaces in names share the folder (`lib-a.bst`).

        Raises:
            CacheError: `unreadable-file`, a folder cannot be listed.
        """
        found = self._read(project, ref_name(element))
        return tuple(entry for entry in found if isinstance(entry, Artifact))

    def artifact(self, project: str, element: str, key: str) -> Artifact | None:
        """Return the one that is stored for an element under a key; None where there is none."""
        found = self._read(project, ref_name(element), key) if _KEY.fullmatch(key) else []
        return next((one for one in found if isinstance(one, Artifact) and key in one.keys), None)

    def cached(self, project: str, element: str, key: str) -> Artifact | None:
        """Return the artifact under a key, None where there is none or not all of its blobs.

        This is what BuildStream calls cached (`query_cache` in `_artifact.py`): the directories and
        files of its tree, its public data, metadata and logs are all there.
        """
        name = ref_name(element)
        stored = self._stored(project, name, key)
        if stored is None or stored.message is None or self._missing(stored.message):
            return None
        return _artifact(_Place(project, name, (key,), stored.modified), stored.message)

    def incomplete(self, project: str, element: str, key: str) -> str:
        """Return why what is stored under a key is not `cached`: a clause, or an empty text."""
        stored = self._stored(project, ref_name(element), key)
        if stored is None:
            return ""
        return (
            f"its ref {stored.reason}" if stored.message is None else self._missing(stored.message)
        )

    def built_from(self, artifact: Artifact) -> Sequence[BuiltFrom] | None:
        """Return the whole build scope in staging order, None where its ref has changed."""
        for key in artifact.keys:
            stored = self._stored(artifact.project, artifact.element, key)
            message = stored.message if stored is not None else None
            if message is not None and message.strong_key == artifact.strong:
                return _built_from(message)
        return None

    def _stored(self, project: str, name: str, key: str) -> _Stored | None:
        """Return what the ref of a key holds; `name` is as the store writes it."""
        found: dict[bytes, _Stored] = {}
        if _KEY.fullmatch(key) and _is_name(project) and _is_name(name):
            _collect(os.path.join(self._refs, project, name), key, found)
        return next(iter(found.values()), None)

    def _missing(self, message: ArtifactMessage) -> str:
        blobs = [message.low_diversity_meta, message.high_diversity_meta, message.public_data]
        blobs += [log.digest for log in message.logs]
        tree = digest_of(message.files) if message.HasField("files") else None
        return self._complete.missing(map(digest_of, blobs), tree)

    def all(self) -> Iterator[Artifact]:
        """Yield every artifact of the cache: by project and element, newest first."""
        for entry in self._every():
            if isinstance(entry, Artifact):
                yield entry

    def unreadable(self) -> Iterator[UnreadableRef]:
        """Yield every ref that no artifact could be made of, such as one of another version."""
        for entry in self._every():
            if isinstance(entry, UnreadableRef):
                yield entry

    def tree(self, artifact: Artifact) -> Directory:
        """Return the files; what cannot be read is a gap of the directory that it is missing in.

        The content of files is not looked at, nor whether it is there.
        """
        if not artifact.files:
            return EMPTY
        return self._trees.tree(Digest(artifact.files, artifact.files_size))

    def public(self, artifact: Artifact) -> Mapping[str, Data] | None:
        """Return the public data, every scalar as text; None where it cannot be read."""
        digest = Digest(artifact.public, artifact.public_size)
        if not _KEY.fullmatch(digest.hash) or not 0 <= digest.size <= LARGEST_PUBLIC_DATA:
            return None
        try:
            data = self._objects.read(digest)
            if hashlib.sha256(data).hexdigest() != digest.hash:
                return None
            return parse(SourceFile("public data", data.decode())).plain()
        except (MissingBlobError, UnicodeDecodeError, BstGraphError):
            return None

    def _every(self) -> Iterator[_Entry]:
        for project in _names(self._refs):
            for element in _names(os.path.join(self._refs, project)):
                yield from self._read(project, element)

    def _read(self, project: str, element: str, key: str | None = None) -> list[_Entry]:
        """Return what the folder of an element holds, newest first; with `key`, that one alone."""
        if not _is_name(project) or not _is_name(element):
            return []
        folder = os.path.join(self._refs, project, element)
        found: dict[bytes, _Stored] = {}
        for one in filter(_KEY.fullmatch, _names(folder)) if key is None else (key,):
            _collect(folder, one, found)
        if key is not None:
            # The same artifact is stored under no other keys than its own.
            own = {one for stored in found.values() for one in stored.own_keys()}
            for one in sorted(own - {key}):
                _collect(folder, one, found)
        entries = [stored.entry(project, element) for stored in found.values()]
        return [entry for _, _, entry in sorted(entries, key=lambda one: one[:2])]


class _Stored:
    """An Artifact message, or why there is none, and the keys that it is stored under."""

    def __init__(self, read: ArtifactMessage | str) -> None:
        self._read = read
        self._keys: list[str] = []
        self.modified = 0.0

    def add(self, key: str, modified: float) -> None:
        self._keys.append(key)
        self.modified = max(self.modified, modified)

    @property
    def message(self) -> ArtifactMessage | None:
        """What was read, if it could be."""
        return None if isinstance(self._read, str) else self._read

    @property
    def reason(self) -> str:
        """Why there is no message; a clause whose subject is the ref."""
        return self._read if isinstance(self._read, str) else ""

    def own_keys(self) -> list[str]:
        """Return the keys that the message names, where they can be names of refs."""
        if isinstance(self._read, str):
            return []
        named = (self._read.strong_key, self._read.strict_key, self._read.weak_key)
        return [key for key in named if _KEY.fullmatch(key)]

    def entry(self, project: str, element: str) -> tuple[float, tuple[str, ...], _Entry]:
        """Return it with what it is sorted by."""
        keys = tuple(sorted(self._keys))
        entry: _Entry
        if isinstance(self._read, str):
            reason = self._read
            entry = UnreadableRef(project=project, element=element, keys=keys, reason=reason)
        else:
            place = _Place(project, element, keys, self.modified)
            entry = _artifact(place, self._read)
        return -self.modified, keys, entry


class _Place(NamedTuple):
    """Where an artifact is stored, and when it was."""

    project: str
    element: str
    keys: tuple[str, ...]
    modified: float


def _collect(folder: str, key: str, found: dict[bytes, _Stored]) -> None:
    """Add the ref `key` to those that were found, by the hash of what they hold."""
    modified = 0.0
    read: ArtifactMessage | str
    try:
        data, status = read_file(os.path.join(folder, key), LARGEST_REF)
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        same, read = key.encode(), why(error)
    else:
        same, modified = hashlib.sha256(data).digest(), status.st_mtime
        read = _message(data) if same not in found else ""
    found.setdefault(same, _Stored(read)).add(key, modified)


def _message(data: bytes) -> ArtifactMessage | str:
    """Return the message, or a clause about the ref that holds none."""
    if len(data) > LARGEST_REF:
        return f"is larger than {LARGEST_REF:,} bytes"
    try:
        message = artifact_message(data)
    except MalformedError:
        return "holds no artifact message"
    return (
        message if message.version == VERSION else f"has version {message.version}, not {VERSION}"
    )


def has_default_cache() -> bool:
    """Return whether there is a cache in `default_cache_directory`.

    Raises:
        CacheError: as `default_cache_directory`.
    """
    return os.path.isdir(_refs(default_cache_directory()))


def _refs(directory: str) -> str:
    return os.path.join(directory, "artifacts", "refs")


def default_cache_directory() -> str:
    """Return the cache directory of BuildStream's user configuration, as BuildStream finds it.

    `cachedir` in `buildstream2.conf` or else `buildstream.conf` in `$XDG_CONFIG_HOME`, with `~` and
    environment variables expanded; without one, `$XDG_CACHE_HOME/buildstream`.

    Raises:
        CacheError: the configuration cannot be read, or its path is not absolute.
    """
    configuration = _home("XDG_CONFIG_HOME")
    for name in _CONFIGURATIONS:
        path = os.path.join(configuration, name)
        if os.path.exists(path):
            break
    else:
        return os.path.normpath(os.path.join(_home("XDG_CACHE_HOME"), "buildstream"))
    try:
        node = parse(read(path, path)).get("cachedir")
        told = "${XDG_CACHE_HOME}/buildstream" if node is None else node.as_str()
    except BstGraphError as error:
        raise CacheError("no-cache", error.message, at=error.at, fix=error.fix) from None
    found = os.path.normpath(_VARIABLE.sub(_variable, os.path.expanduser(told)))
    if not os.path.isabs(found):
        at = node.provenance if node is not None else None
        raise CacheError("no-cache", f"the cachedir '{told}' is no absolute path", at=at)
    return found


_HOMES: Final = {
    "XDG_CACHE_HOME": "~/.cache",
    "XDG_CONFIG_HOME": "~/.config",
    "XDG_DATA_HOME": "~/.local/share",
}


def _home(variable: str) -> str:
    # As BuildStream: a variable that is set to nothing counts as not set.
    return os.environ.get(variable) or os.path.expanduser(_HOMES[variable])


def _variable(match: re.Match[str]) -> str:
    name = match[1].strip("{}")
    return _home(name) if name in _HOMES else os.environ.get(name, match[0])


def _names(folder: str) -> list[str]:
    """Return the names in a folder, sorted; none where there is no such folder (any more).

    Raises:
        CacheError: `unreadable-file`, it cannot be listed.
    """
    try:
        return sorted(os.listdir(folder))
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return []
    except OSError as error:
        raise CacheError("unreadable-file", f"'{folder}' {why(error)}") from None


def _is_name(name: str) -> bool:
    return name not in {"", ".", ".."} and "/" not in name and "\0" not in name


def _artifact(place: _Place, message: ArtifactMessage) -> Artifact:
    files = digest_of(message.files) if message.HasField("files") else Digest("", 0)
    public = digest_of(message.public_data)
    return Artifact(
        project=place.project,
        element=place.element,
        keys=place.keys,
        strong=message.strong_key,
        strict=message.strict_key,
        weak=message.weak_key,
        success=message.build_success,
        modified=place.modified,
        files=files.hash,
        files_size=files.size,
        public=public.hash,
        public_size=public.size,
    )


def _built_from(message: ArtifactMessage) -> tuple[BuiltFrom, ...]:
    return tuple(
        BuiltFrom(
            sys.intern(one.project_name), sys.intern(one.element_name), sys.intern(one.cache_key)
        )
        for one in message.build_deps
    )
