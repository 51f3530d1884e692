"""Reading an image as a whole."""

from __future__ import annotations

import os
from typing import NamedTuple

from bstgraph.stores.oci._files import ImageFiles, image_files
from bstgraph.stores.oci._layers import read_entries
from bstgraph.stores.oci._manifests import Blob, Manifest, find_manifest
from bstgraph.stores.oci._overlay import Overlay
from bstgraph.stores.oci._streams import (
    MOST_BYTES,
    MOST_ENTRIES,
    Budget,
    Compression,
    Stream,
    bad,
    begun,
    counted,
    inflated,
    verified,
)
from bstgraph.stores.oci._values import Image, Layer, LayerEntry


def open_image(
    path: str | os.PathLike[str],
    *,
    reference: str | None = None,
    platform: str | None = None,
    hashes: bool = False,
    max_bytes: int = MOST_BYTES,
    max_entries: int = MOST_ENTRIES,
) -> Image:
    """Read a container image; nothing of it is written to disk, and its digests are verified.

    Args:
        path: a directory in OCI image layout, or a tar archive of one, or one of `docker save`;
            archives may be gzip-compressed. Layers may be plain, gzip or zstd.
        reference: which image, if there are several: a name that the layout or archive gives it,
            or the digest of its manifest or of an index that it is in.
        platform: which image, if there are several: `linux/amd64`, `linux/arm/v7`.
        hashes: whether files get their SHA-256.
        max_bytes: bytes of all layers when they are inflated, and of an inflated archive.
        max_entries: entries of all layers, directories that are implied, members of an archive.

    Raises:
        ImageError: there is no such image (`unknown-image`), it is wrong (`bad-image`), or it is
            over a limit (`image-too-large`).
    """
    name = os.fspath(path)
    budget = Budget(max_bytes=max_bytes, max_entries=max_entries)
    with image_files(name, budget) as files:
        manifest = find_manifest(files, name=name, reference=reference, platform=platform)
        layers = _layers(files, manifest, budget, hashes=hashes)
    overlay = Overlay(budget)
    for number, layer in enumerate(layers):
        overlay.apply(layer.entries, number, _called(number))
    tree, origin = overlay.frozen()
    return Image(
        name=f"{name}:{reference}" if reference is not None else name,
        digest=manifest.digest,
        media_type=manifest.media_type,
        references=manifest.references,
        config=manifest.config,
        layers=layers,
        tree=tree,
        origin=origin,
        hashed=hashes,
    )


def _called(number: int) -> str:
    """Return what to call a layer in messages; people count from one."""
    return f"layer {number + 1}"


class _Read(NamedTuple):
    """What was read of the blob of a layer."""

    compression: Compression
    size: int
    inflated_size: int
    entries: tuple[LayerEntry, ...]


def _layers(
    files: ImageFiles, manifest: Manifest, budget: Budget, *, hashes: bool
) -> tuple[Layer, ...]:
    """Read the layers, in the order in which they lie in the archive."""
    places = {number: _place(files, blob) for number, blob in enumerate(manifest.layers)}
    read: dict[tuple[Blob, str], _Read] = {}
    keys = list(zip(manifest.layers, manifest.config.diff_ids, strict=True))
    for number in sorted(places, key=places.__getitem__):
        if (same := read.get(keys[number])) is not None:
            # It is laid over the others once more.
            budget.use_entries(len(same.entries))
            continue
        blob, diff_id = keys[number]
        called = _called(number)
        read[blob, diff_id] = _read(files, blob, diff_id, budget, name=called, hashes=hashes)
    return tuple(
        _layer(blob, diff_id, read[blob, diff_id], _created_by(manifest, number))
        for number, (blob, diff_id) in enumerate(keys)
    )


def _place(files: ImageFiles, blob: Blob) -> int:
    place = files.place(blob.file)
    if place is None:
        raise bad(f"'{blob.file}' is missing in it")
    return place


def _read(
    files: ImageFiles, blob: Blob, diff_id: str, budget: Budget, *, name: str, hashes: bool
) -> _Read:
    """Read one blob to its end; both its digests are verified."""
    opened = files.open(blob.file)
    if blob.size not in {-1, opened.size}:
        raise bad(f"'{blob.file}' has {opened.size:,} bytes, and should have {blob.size:,}")
    raw = opened.pieces
    if blob.digest and blob.digest != diff_id:
        raw = verified(raw, blob.digest, name)
    compression, pieces = begun(raw)
    plain = inflated(pieces, compression, name)
    stream = Stream(verified(counted(plain, budget.use_bytes), diff_id, f"{name}, inflated,"))
    entries = read_entries(stream, budget, name=name, hashes=hashes)
    stream.drain()
    return _Read(compression, opened.size, stream.position, entries)


def _layer(blob: Blob, diff_id: str, read: _Read, created_by: str) -> Layer:
    return Layer(
        digest=blob.digest or diff_id,
        media_type=blob.media_type,
        compression=read.compression,
        size=read.size,
        inflated_size=read.inflated_size,
        diff_id=diff_id,
        created_by=created_by,
        entries=read.entries,
    )


def _created_by(manifest: Manifest, number: int) -> str:
    made = manifest.config.created_by
    return made[number] if made else ""
