"""Container images drawn in a test: tar archives by Python's tarfile, layouts around them.

Nothing here is taken from the reader under test, and nothing is checked: images can be as wrong
as a test wants them.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import tarfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

OCI: Final = "application/vnd.oci.image"
INDEX: Final = f"{OCI}.index.v1+json"
MANIFEST: Final = f"{OCI}.manifest.v1+json"
CONFIG: Final = f"{OCI}.config.v1+json"
LAYER: Final = f"{OCI}.layer.v1.tar"

Descriptor = dict[str, Any]


class Entry(NamedTuple):
    """One member of an archive."""

    path: str
    type: bytes = tarfile.REGTYPE
    content: bytes = b""
    target: str = ""
    mode: int = 0o644
    pax: Mapping[str, str] = {}


def file(path: str, text: str = "", *, mode: int = 0o644) -> Entry:
    return Entry(path, content=text.encode(), mode=mode)


def program(path: str, text: str = "#!") -> Entry:
    return file(path, text, mode=0o755)


def folder(path: str) -> Entry:
    return Entry(path, tarfile.DIRTYPE, mode=0o755)


def link(path: str, target: str) -> Entry:
    return Entry(path, tarfile.SYMTYPE, target=target, mode=0o777)


def hard(path: str, target: str) -> Entry:
    return Entry(path, tarfile.LNKTYPE, target=target)


def fifo(path: str) -> Entry:
    return Entry(path, tarfile.FIFOTYPE)


def device(path: str) -> Entry:
    return Entry(path, tarfile.CHRTYPE)


def opaque(path: str) -> Entry:
    return Entry(f"{path}/.wh..wh..opq")


def tar(*entries: Entry, form: int = tarfile.PAX_FORMAT) -> bytes:
    """Return the archive of `entries`, whole, with no padding behind its end."""
    buffer = io.BytesIO()
    with tarfile.open(
        fileobj=buffer, mode="w", format=form, encoding="utf-8", errors="surrogateescape"
    ) as archive:
        for entry in entries:
            member = tarfile.TarInfo(entry.path)
            member.type, member.mode, member.linkname = entry.type, entry.mode, entry.target
            member.pax_headers = dict(entry.pax)
            member.size = len(entry.content)
            archive.addfile(member, io.BytesIO(entry.content))
    return buffer.getvalue()


def resummed(block: bytearray, start: int = 0) -> bytes:
    """Repair the checksum of the header at `start`."""
    block[start + 148 : start + 156] = b" " * 8
    total = sum(block[start : start + 512])
    block[start + 148 : start + 156] = b"%06o\0 " % total
    return bytes(block)


def digest(data: bytes, algorithm: str = "sha256") -> str:
    return f"{algorithm}:{hashlib.new(algorithm, data).hexdigest()}"


class Layout:
    """An OCI image layout on disk."""

    def __init__(self, root: Path) -> None:
        """Make it, without an image."""
        self.root = root
        root.mkdir(parents=True)
        self.write("oci-layout", {"imageLayoutVersion": "1.0.0"})

    def write(self, name: str, data: object) -> None:
        (self.root / name).write_text(json.dumps(data))

    def path(self, digest: str) -> Path:
        algorithm, _, digits = digest.partition(":")
        return self.root / "blobs" / algorithm / digits

    def blob(self, data: bytes, media_type: str, algorithm: str = "sha256") -> Descriptor:
        """Write a blob and return its descriptor."""
        name = digest(data, algorithm)
        self.path(name).parent.mkdir(parents=True, exist_ok=True)
        self.path(name).write_bytes(data)
        return {"mediaType": media_type, "digest": name, "size": len(data)}

    def document(self, data: object, media_type: str) -> Descriptor:
        return self.blob(json.dumps(data).encode(), media_type)

    def manifest(
        self,
        layers: Sequence[Descriptor],
        diff_ids: Sequence[str],
        **config: object,
    ) -> Descriptor:
        """Write a manifest with its configuration and return its descriptor."""
        about = {
            "os": "linux",
            "architecture": "amd64",
            "rootfs": {"type": "layers", "diff_ids": list(diff_ids)},
            **config,
        }
        data = {
            "schemaVersion": 2,
            "config": self.document(about, CONFIG),
            "layers": list(layers),
        }
        return self.document(data, MANIFEST)

    def image(self, *layers: bytes, compress: str = "", **config: object) -> Descriptor:
        """Write an image of the archives `layers` and return the descriptor of its manifest."""
        stored = [
            self.blob(packed(layer, compress), f"{LAYER}{f'+{compress}' if compress else ''}")
            for layer in layers
        ]
        return self.manifest(stored, [digest(layer) for layer in layers], **config)

    def index(self, *manifests: Descriptor) -> Path:
        """Write `index.json`, and return the path of the layout."""
        self.write("index.json", {"schemaVersion": 2, "manifests": list(manifests)})
        return self.root


def packed(data: bytes, compress: str) -> bytes:
    match compress:
        case "gzip":
            return gzip.compress(data, mtime=0)
        case "zstd":
            import zstandard  # noqa: PLC0415 - as the reader does

            return zstandard.ZstdCompressor().compress(data)
        case _:
            return data


def layout(root: Path, *layers: bytes, compress: str = "", **config: object) -> Path:
    """Write a layout with one image and return its path."""
    made = Layout(root)
    return made.index(made.image(*layers, compress=compress, **config))


def named(descriptor: Descriptor, reference: str = "", platform: str = "") -> Descriptor:
    """Return a descriptor with the name of an image, and with a platform."""
    found = dict(descriptor)
    if reference:
        found["annotations"] = {"org.opencontainers.image.ref.name": reference}
    if platform:
        keys = ("os", "architecture", "variant")
        found["platform"] = dict(zip(keys, platform.split("/"), strict=False))
    return found


def archived(root: Path, *, compress: str = "") -> Path:
    """Write the archive of a layout beside it, and return its path."""
    entries = []
    for above, folders, names in os.walk(root):
        folders.sort()
        for name in sorted(names):
            path = Path(above, name)
            entries.append(Entry(str(path.relative_to(root)), content=path.read_bytes()))
    return written(root.with_suffix(".tar"), *entries, compress=compress)


def written(path: Path, *entries: Entry, compress: str = "") -> Path:
    """Write an archive of `entries` and return its path."""
    path.write_bytes(packed(tar(*entries), compress))
    return path


def saved(*layers: bytes, tags: Sequence[str] = ("a:1",), **config: object) -> list[Entry]:
    """Return the files of an archive of docker save."""
    diff_ids = [digest(layer) for layer in layers]
    about = json.dumps(
        {"os": "linux", "architecture": "amd64", "rootfs": {"diff_ids": diff_ids}, **config}
    ).encode()
    name = f"{digest(about).partition(':')[2]}.json"
    files = [f"{number}/layer.tar" for number, _ in enumerate(layers)]
    manifest = [{"Config": name, "RepoTags": list(tags), "Layers": files}]
    return [
        *(Entry(path, content=layer) for path, layer in zip(files, layers, strict=True)),
        Entry(name, content=about),
        Entry("manifest.json", content=json.dumps(manifest).encode()),
    ]
