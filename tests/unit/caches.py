"""Artifact caches drawn in a test: refs and blobs as BuildStream writes them, or wrong ones."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, TypedDict, Unpack

from bstgraph.artifacts import ref_name
from bstgraph.files import Directory, File, Link, Node, tree_of
from bstgraph.stores._messages import _classes
from bstgraph.stores._reapi import Digest
from bstgraph.stores.cache import LocalCache

STRONG: Final = "a" * 64
WEAK: Final = "b" * 64


class Told(TypedDict, total=False):
    """What an artifact says besides its files."""

    project: str
    strong: str
    strict: str
    weak: str
    version: int
    success: bool
    public: str
    built_from: Iterable[tuple[str, str, str]]
    """Project, element, strong key."""
    modified: float
    keys: Iterable[str]
    """What it is stored under; by default its strong and its weak key."""


def message(name: str, **fields: object) -> Any:  # noqa: ANN401 - classes made at run time
    """Return a message of the cache."""
    return _classes()[name](**fields)


def told(digest: Digest) -> dict[str, object]:
    """Return a digest as a field of a message."""
    return {"hash": digest.hash, "size_bytes": digest.size}


class DrawnCache:
    """A cache below `directory` that grows."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.refs = directory / "artifacts" / "refs"
        self.objects = directory / "cas" / "objects"
        self.refs.mkdir(parents=True)
        self.objects.mkdir(parents=True)

    def open(self) -> LocalCache:
        """Return it as the library reads it."""
        return LocalCache(self.directory)

    def blob(self, data: bytes, *, hashed: str | None = None) -> Digest:
        """Store a blob, under another hash than its own if one is given."""
        hashed = hashed or hashlib.sha256(data).hexdigest()
        path = self.path(hashed)
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data)
        return Digest(hashed, len(data))

    def path(self, hashed: str) -> Path:
        """Return where the blob of a hash lies."""
        return self.objects / hashed[:2] / hashed[2:]

    def directory_blob(
        self,
        directories: Iterable[tuple[bytes, Digest]] = (),
        files: Iterable[tuple[bytes, Digest]] = (),
        links: Iterable[tuple[bytes, bytes]] = (),
    ) -> Digest:
        """Store a Directory message that may say anything."""
        made = message(
            "Directory",
            directories=[{"name": name, "digest": told(one)} for name, one in directories],
            files=[{"name": name, "digest": told(one)} for name, one in files],
            symlinks=[{"name": name, "target": target} for name, target in links],
        )
        return self.blob(made.SerializeToString())

    def tree(self, tree: Directory) -> Digest:
        """Store the messages of a tree."""
        made = message("Directory")
        for name, node in sorted(tree.entries.items()):
            match node:
                case Directory():
                    digest = told(self.tree(node))
                    made.directories.add(name=name.encode(), digest=digest)
                case Link():
                    made.symlinks.add(name=name.encode(), target=node.target.encode())
                case File():
                    made.files.add(
                        name=name.encode(),
                        digest=told(Digest(node.hash, node.size)),
                        is_executable=node.executable,
                    )
        return self.blob(made.SerializeToString())

    def artifact(
        self, element: str, files: Directory | Digest | None = None, **fields: Unpack[Told]
    ) -> list[Path]:
        """Store an artifact and return its refs."""
        strong, weak = fields.get("strong", STRONG), fields.get("weak", WEAK)
        made = message(
            "Artifact",
            version=fields.get("version", 2),
            build_success=fields.get("success", True),
            strong_key=strong,
            strict_key=fields.get("strict", strong),
            weak_key=weak,
            build_deps=[
                {"project_name": project, "element_name": name, "cache_key": key}
                for project, name, key in fields.get("built_from", ())
            ],
        )
        if files is not None:
            digest = self.tree(files) if isinstance(files, Directory) else files
            made.files.hash, made.files.size_bytes = digest
        public = self.blob(fields.get("public", "bst:\n  split-rules: {}\n").encode())
        made.public_data.hash, made.public_data.size_bytes = public
        metadata = self.blob(b"metadata")
        for blob in (made.low_diversity_meta, made.high_diversity_meta):
            blob.hash, blob.size_bytes = metadata
        keys = fields.get("keys", dict.fromkeys((strong, weak)))
        folder = self.refs / fields.get("project", "test") / ref_name(element)
        return [
            self.ref(folder / key, made.SerializeToString(), fields.get("modified", 1000.0))
            for key in keys
        ]

    def ref(self, path: Path, data: bytes, modified: float = 1000.0) -> Path:
        """Store a ref that may hold anything."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        os.utime(path, (modified, modified))
        return path

    def state(self) -> Mapping[str, tuple[int, int, int]]:
        """Return inode, size and time of change of all that is in the cache."""
        found = {}
        for path in sorted(self.directory.rglob("*")):
            status = path.lstat()
            found[str(path)] = (status.st_ino, status.st_size, status.st_mtime_ns)
        return found


def file(text: str = "", *, executable: bool = False) -> File:
    """Return the file of a text."""
    data = text.encode()
    return File(hashlib.sha256(data).hexdigest(), len(data), executable)


def drawn(*paths: str) -> Directory:
    """Return a tree: `a/b` is a file, `a/` a directory, `a -> b` a link, `a*` executable."""

    def nodes() -> Iterator[tuple[str, Node]]:
        for path in paths:
            name, arrow, target = path.partition(" -> ")
            if arrow:
                yield name, Link(target)
            elif path.endswith("/"):
                yield path[:-1], Directory()
            else:
                yield path.removesuffix("*"), file(path, executable=path.endswith("*"))

    return tree_of(nodes())
