"""What is known of a container image once it is read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, TypeAlias

from bstgraph.display import Displayable
from bstgraph.files import Directory, walk
from bstgraph.lookup import DEFAULT_PATH, Which, which
from bstgraph.stores.oci._streams import Compression

EntryType: TypeAlias = Literal[
    "file", "dir", "link", "hardlink", "whiteout", "opaque", "device", "fifo"
]
"""What an entry of a layer is.

- `file`, `dir`, `link` (a symbolic one), `device`, `fifo`
- `hardlink`: another name of what is at `target`
- `whiteout` (`.wh.NAME`): NAME of the layers below is gone
- `opaque` (`.wh..wh..opq`): all that the layers below have in this directory is gone
"""

Special: TypeAlias = Literal["device", "fifo"]


class LayerEntry(NamedTuple):
    """One entry of a layer, as the archive has it."""

    path: str
    """As it is written, with `./` or a slash at its end if they are; other bytes than UTF-8 are
    surrogates (`surrogateescape`)."""
    type: EntryType
    size: int = 0
    """Bytes of a file's content; 0 for all else."""
    mode: int = 0
    """The bits of permission."""
    uid: int = 0
    gid: int = 0
    target: str = ""
    """Where a symbolic link or a hardlink leads, as it is written."""
    sha256: str = ""
    """The hex SHA-256 of a file's content when hashes were asked for; else empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """One layer of an image."""

    digest: str
    """The digest of its blob, `sha256:...`; in an archive of docker save, its diff_id."""
    media_type: str
    """As the manifest has it; empty in an archive of docker save."""
    compression: Compression
    """How the blob really is compressed, empty if it is not."""
    size: int
    """Bytes of the blob."""
    inflated_size: int
    """Bytes of the archive in it."""
    diff_id: str
    """The digest of the archive in it."""
    created_by: str
    """What made it, as the history in the image's configuration tells; empty if that is silent."""
    entries: tuple[LayerEntry, ...] = field(repr=False)
    """In the order of the archive."""

    @property
    def whiteouts(self) -> int:
        """How many entries take away something of the layers below."""
        return sum(entry.type in {"whiteout", "opaque"} for entry in self.entries)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageConfig:
    """The configuration of an image: how a container of it runs."""

    os: str = ""
    architecture: str = ""
    variant: str = ""
    user: str = ""
    working_dir: str = ""
    entrypoint: tuple[str, ...] = ()
    cmd: tuple[str, ...] = ()
    env: tuple[str, ...] = ()
    """The environment, `NAME=VALUE` each, in the order of the image."""
    labels: Mapping[str, str] = field(default_factory=dict)
    diff_ids: tuple[str, ...] = ()
    """The digests of the layers when they are not compressed, the lowest first."""
    created_by: tuple[str, ...] = ()
    """What made each layer; empty if the history does not match the layers."""

    @property
    def platform(self) -> str:
        """The platform, such as `linux/amd64` or `linux/arm/v7`."""
        return "/".join(part for part in (self.os, self.architecture, self.variant) if part)

    @property
    def search_path(self) -> str:
        """The PATH of the environment, or the usual one when it has none."""
        found = [entry for entry in self.env if entry.startswith("PATH=")]
        return found[-1].removeprefix("PATH=") if found else DEFAULT_PATH


@dataclass(frozen=True, slots=True)
class Origin:
    """The layer that a path comes from, and the same for what is below a directory."""

    layer: int
    special: Special | None = None
    below: Mapping[str, Origin] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Image(Displayable):
    """A container image: its configuration, its layers, and the files that they make together."""

    name: str
    """The path that it was read from, and the reference in it if there is one."""
    digest: str
    """The digest of its manifest; empty in an archive of docker save."""
    media_type: str
    """That of its manifest; empty in an archive of docker save."""
    references: tuple[str, ...]
    """The names that the layout or archive gives it."""
    config: ImageConfig
    layers: tuple[Layer, ...]
    """The lowest first."""
    tree: Directory = field(repr=False)
    """The effective files: all layers laid over each other.

    A file has its hash when hashes were asked for, and is executable when its owner may execute
    it. Devices and fifos are `Untyped` here, see `specials`.
    """
    origin: Origin = field(repr=False)
    """The layer of every path of `tree`; the root has that of the lowest layer."""
    hashed: bool
    """Whether hashes were asked for."""

    def layer_of(self, path: str) -> int:
        """Return the index of the layer that `path` of the tree comes from.

        That is the layer that gave a file or link as it is now, and the one that made a
        directory, whatever others have changed in it since.

        Raises:
            KeyError: nothing is there; links are not followed.
        """
        found = self.origin
        for name in path.split("/") if path else ():
            found = found.below[name]
        return found.layer

    def origins(self) -> Iterator[tuple[str, int]]:
        """Yield every path of the tree with its layer, in the order of `bstgraph.files.walk`."""
        return ((path, self.layer_of(path)) for path, _ in walk(self.tree))

    def specials(self) -> Iterator[tuple[str, Special]]:
        """Yield the devices and fifos of the tree, sorted by their directories."""
        levels = [("", self.origin)]
        while levels:
            above, origin = levels.pop()
            if origin.special is not None:
                yield above[:-1], origin.special
            levels += [
                (f"{above}{name}/", found)
                for name, found in sorted(origin.below.items(), reverse=True)
                if found.special is not None or found.below
            ]

    def which(self, name: str) -> Which:
        """Return where a container of the image finds the program `name`."""
        config = self.config
        return which(self.tree, name, path=config.search_path, directory=config.working_dir)
