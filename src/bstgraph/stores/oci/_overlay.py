"""Layers laid over each other, entry by entry, as umoci unpacks them onto a disk.

OCI's image specification leaves open what umoci (its reference) decides: a path leads through
the links of the tree, whatever is in the way of an entry is removed unless both are directories,
and a whiteout takes away what lower layers have, never what its own layer has, whatever the order.
"""

from __future__ import annotations

import os.path
import stat
from collections.abc import Sequence
from typing import Final, NamedTuple, TypeAlias

from bstgraph.errors import ImageError
from bstgraph.files import Directory, File, Link, Node, Untyped
from bstgraph.stores.oci._layers import WHITEOUT
from bstgraph.stores.oci._streams import Budget, bad
from bstgraph.stores.oci._tar import LONGEST_NAME
from bstgraph.stores.oci._values import LayerEntry, Origin, Special

DEEPEST: Final = 250
"""Levels of the effective tree; deeper ones are more than Python can compare."""

_MOST_LINKS: Final = 255
_LONGEST_PART: Final = 255
_UNTYPED: Final = Untyped()


class _Leaf(NamedTuple):
    """What is no directory, and the layer that it is from."""

    node: File | Link | Untyped
    layer: int
    special: Special | None = None


class _Folder:
    """A directory that can still change."""

    __slots__ = ("entries", "kept", "layer", "touched")

    def __init__(self, layer: int) -> None:
        self.entries: dict[str, _Folder | _Leaf] = {}
        self.layer = layer
        """The layer that made it."""
        self.touched = layer
        """The last layer that has an entry for it, or below it."""
        self.kept = layer
        """The last layer of which it is known that all below it is its own."""


_Place: TypeAlias = tuple[list[str], _Folder | None]
"""The names of a directory, without links, and the directory if it is there."""


class Overlay:
    """The tree that layers make."""

    def __init__(self, budget: Budget) -> None:
        """Begin with an empty root."""
        self._budget = budget
        self._root = _Folder(0)
        self._layer = 0

    def apply(self, entries: Sequence[LayerEntry], layer: int, name: str) -> None:
        """Lay the entries of a layer over what is there; `name` is what to call it.

        Raises:
            ImageError: they cannot be files on a disk.
        """
        self._layer = layer
        for entry in entries:
            try:
                self._apply(entry)
            except _RefusedError as error:
                raise bad(f"{name}: '{entry.path}' {error}") from None

    def _apply(self, entry: LayerEntry) -> None:
        # Like umoci: `..` is taken away as text, and cannot lead above the root.
        clean = os.path.normpath(f"/{entry.path}").lstrip("/")
        if not clean:
            if entry.type != "dir":
                raise _RefusedError("would make the root something else than a directory")
            return
        above, _, base = clean.rpartition("/")
        if len(os.fsencode(base)) > _LONGEST_PART:
            raise _RefusedError(f"has a name of more than {_LONGEST_PART} bytes")
        names, folder = self._resolved(above)
        if base.startswith(WHITEOUT):
            self._white_out(entry, folder, base)
            return
        made = self._made(names)
        self._put(entry, made, base, names)

    def _resolved(self, path: str) -> _Place:
        """Return the directory that `path` is; parts of it need not be there yet."""
        names: list[str] = []
        nodes: list[_Folder | _Leaf | None] = [self._root]
        left = path.split("/")[::-1]
        followed = 0
        while left:
            self._budget.use_step()
            name = left.pop()
            if name in {"", "."}:
                continue
            if name == "..":
                if names:
                    names.pop()
                    nodes.pop()
                continue
            here = nodes[-1]
            found = here.entries.get(name) if isinstance(here, _Folder) else None
            if isinstance(found, _Leaf) and isinstance(found.node, Link):
                followed += 1
                if followed > _MOST_LINKS:
                    raise _RefusedError("leads through links without end")
                if found.node.target.startswith("/"):
                    names.clear()
                    del nodes[1:]
                left += reversed(found.node.target.split("/"))
                continue
            names.append(name)
            nodes.append(found)
        end = nodes[-1]
        return names, end if isinstance(end, _Folder) else None

    def _made(self, names: Sequence[str]) -> _Folder:
        """Return the directory, made if it was missing; the layer has touched all above it."""
        if len(names) >= DEEPEST:
            message = f"its files are nested more than {DEEPEST} levels deep"
            raise ImageError("image-too-large", message)
        here = self._root
        here.touched = self._layer
        for name in names:
            found = here.entries.get(name)
            if found is None:
                self._budget.use_entries(text=len(name))
                found = here.entries[name] = _Folder(self._layer)
            elif not isinstance(found, _Folder):
                raise _RefusedError("lies below something that is no directory")
            found.touched = self._layer
            here = found
        return here

    def _put(self, entry: LayerEntry, above: _Folder, base: str, names: Sequence[str]) -> None:
        length = sum(len(os.fsencode(name)) + 1 for name in names) + len(os.fsencode(base))
        if length > LONGEST_NAME:
            raise _RefusedError(f"has a path of more than {LONGEST_NAME:,} bytes")
        there = above.entries.get(base)
        if entry.type == "dir":
            if isinstance(there, _Folder):
                there.touched = self._layer
            else:
                above.entries[base] = _Folder(self._layer)
            return
        # As on a disk, what is in the way goes first: a link to itself has lost its target.
        above.entries.pop(base, None)
        above.entries[base] = self._leaf(entry)

    def _leaf(self, entry: LayerEntry) -> _Leaf:
        match entry.type:
            case "hardlink":
                return self._linked(entry)
            case "link":
                if not entry.target:
                    raise _RefusedError("is a link without a target")
                return _Leaf(Link(entry.target), self._layer)
            case "device" | "fifo" as special:
                return _Leaf(_UNTYPED, self._layer, special)
            case _:
                executable = bool(entry.mode & stat.S_IXUSR)
                return _Leaf(File(entry.sha256, entry.size, executable), self._layer)

    def _linked(self, entry: LayerEntry) -> _Leaf:
        """Return another name of something; a link at the end of its path is not followed."""
        clean = os.path.normpath(f"/{entry.target}").lstrip("/")
        above, _, base = clean.rpartition("/")
        _, folder = self._resolved(above)
        found = folder.entries.get(base) if folder is not None else None
        if not isinstance(found, _Leaf):
            what = "a directory" if found is not None or not base else "nothing"
            raise _RefusedError(f"is a hardlink to '{entry.target}', where {what} is")
        return found._replace(layer=self._layer)

    def _white_out(self, entry: LayerEntry, folder: _Folder | None, base: str) -> None:
        if entry.type == "opaque":
            if folder is not None:
                self._clear(folder)
            return
        name = base.removeprefix(WHITEOUT)
        if name in {"", ".", ".."}:
            raise _RefusedError("is a whiteout of no name")
        there = folder.entries.get(name) if folder is not None else None
        if folder is None or there is None:
            return
        if isinstance(there, _Folder) and there.touched == self._layer:
            self._clear(there)
        elif isinstance(there, _Folder) or there.layer != self._layer:
            del folder.entries[name]

    def _clear(self, folder: _Folder) -> None:
        """Remove what is from lower layers; no directory is looked at twice in one layer."""
        folders = [folder]
        while folders:
            here = folders.pop()
            if here.kept == self._layer:
                continue
            here.kept = self._layer
            for name, found in list(here.entries.items()):
                if isinstance(found, _Leaf):
                    if found.layer != self._layer:
                        del here.entries[name]
                elif found.touched == self._layer:
                    folders.append(found)
                else:
                    del here.entries[name]

    def frozen(self) -> tuple[Directory, Origin]:
        """Return the tree, and the layers that its paths are from."""
        nodes: dict[str, Node] = {}
        origins: dict[str, Origin] = {}
        known: dict[tuple[int, Special | None], Origin] = {}
        folders = [(self._root, nodes, origins)]
        while folders:
            folder, here, below = folders.pop()
            for name, found in folder.entries.items():
                if isinstance(found, _Leaf):
                    here[name] = found.node
                    key = (found.layer, found.special)
                    below[name] = known.setdefault(key, Origin(*key))
                else:
                    inner: tuple[dict[str, Node], dict[str, Origin]] = {}, {}
                    here[name] = Directory(inner[0])
                    below[name] = Origin(found.layer, None, inner[1])
                    folders.append((found, *inner))
        return Directory(nodes), Origin(0, None, origins)


class _RefusedError(Exception):
    """An entry cannot be laid over the others; the text is a clause whose subject it is."""
