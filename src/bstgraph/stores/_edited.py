"""Files edited in memory, laid over what is on disk."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from bstgraph.stores._reading import UnreadableError, utf8
from bstgraph.stores._reapi import Digest, Directory, DirectoryNode, FileNode, Tree, hashed


@dataclass(frozen=True, slots=True)
class EditedFiles:
    """What to take in the place of files, by their resolved paths; None for no such file."""

    files: Mapping[str, bytes | None] = field(default_factory=dict)

    def with_more(self, files: Mapping[str, bytes | None]) -> EditedFiles:
        """Return these and others; a file of both is as in `files`."""
        return EditedFiles({**self.files, **files})

    def reaches(self, path: str) -> bool:
        """Return whether the file or directory at a resolved path is another one than on disk."""
        return path in self.files or any(True for _ in self._below(path))

    def digest(self, path: str) -> Digest | None:
        """Return what an edited file holds; None when it is as on disk.

        Raises:
            UnreadableError: it was taken away.
        """
        if path not in self.files:
            return None
        content = self.files[path]
        if content is None:
            raise UnreadableError("does not exist")
        return digest_of(content)

    def names(self, path: str, names: Iterable[str]) -> list[str]:
        """Return the names in a directory that has `names` on disk, sorted by code point."""
        found = dict.fromkeys(names)
        for parts, content in self._below(path):
            if content is not None:
                found[parts[0]] = None
            elif len(parts) == 1:
                found.pop(parts[0], None)
        return sorted(found)

    def tree(self, path: str, tree: Tree | None) -> Tree:
        """Return a directory that holds `tree` on disk; None where there is none.

        Raises:
            UnreadableError: a file would be where there is a directory or a link, or below a file.
        """
        found = tree if tree is not None else hashed(Directory())
        for parts, content in self._below(path):
            found = _with(found, parts, content)
        return found

    def _below(self, path: str) -> Iterable[tuple[list[str], bytes | None]]:
        prefix = path.rstrip("/") + "/"
        for name, content in self.files.items():
            if name.startswith(prefix):
                yield name.removeprefix(prefix).split("/"), content


def digest_of(content: bytes) -> Digest:
    """Return the digest of a file."""
    return Digest(hashlib.sha256(content).hexdigest(), len(content))


def _with(tree: Tree, parts: list[str], content: bytes | None) -> Tree:
    """Return a directory with one file as edited; a new one is not executable."""
    name, below = utf8(parts[0]), parts[1:]
    directory = tree.directory
    files = {node.name: node for node in directory.files}
    folders = {node.name: node for node in directory.directories}
    if below:
        old = folders.get(name)
        if old is None and content is None:
            return tree
        if name in files or any(node.name == name for node in directory.symlinks):
            raise UnreadableError("is no folder", parts[0])
        inner = old.tree if old is not None else hashed(Directory())
        folders[name] = DirectoryNode(name, _with(inner, below, content))
    elif content is None:
        files.pop(name, None)
    elif name in folders:
        raise UnreadableError("is no regular file", parts[0])
    else:
        executable = name in files and files[name].executable
        files[name] = FileNode(name, digest_of(content), executable)
    return hashed(
        Directory(
            files=tuple(files[each] for each in sorted(files)),
            directories=tuple(folders[each] for each in sorted(folders)),
            symlinks=directory.symlinks,
        )
    )
