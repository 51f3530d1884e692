"""From an index to the one manifest that is wanted."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from bstgraph.errors import ImageError
from bstgraph.stores.oci._documents import Document, document, documents, load
from bstgraph.stores.oci._files import ImageFiles
from bstgraph.stores.oci._streams import bad, split_digest
from bstgraph.stores.oci._values import ImageConfig

_INDEXES: Final = frozenset(
    (
        "application/vnd.oci.image.index.v1+json",
        "application/vnd.docker.distribution.manifest.list.v2+json",
    )
)
_MANIFESTS: Final = frozenset(
    (
        "application/vnd.oci.image.manifest.v1+json",
        "application/vnd.docker.distribution.manifest.v2+json",
    )
)
_CONFIGS: Final = frozenset(
    (
        "application/vnd.oci.image.config.v1+json",
        "application/vnd.docker.container.image.v1+json",
        # An archive of docker save does not tell.
        "",
    )
)
_REFERENCES: Final = ("org.opencontainers.image.ref.name", "io.containerd.image.name")
_ATTESTATION: Final = "vnd.docker.reference.type"
_DEEPEST: Final = 8
_MOST: Final = 1_000
_MOST_SHOWN: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Blob:
    """A file that a manifest names."""

    file: str
    """Its name in the layout or archive."""
    digest: str = ""
    """Empty where the manifest has none."""
    size: int = -1
    """Bytes; -1 where the manifest does not tell."""
    media_type: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What an image is made of."""

    digest: str
    media_type: str
    references: tuple[str, ...]
    config: ImageConfig
    layers: tuple[Blob, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Candidate:
    """An image that may be the wanted one."""

    references: tuple[str, ...]
    blob: Blob | None = None
    """The manifest; None in an archive of docker save."""
    saved: Document | None = None
    """The entry of `manifest.json` in such an archive."""
    platform: str = ""
    """Empty where the index does not tell."""
    indexes: tuple[str, ...] = ()
    """The digests of the indexes that it is in."""
    attestation: bool = False

    def __str__(self) -> str:
        digest = self.blob.digest if self.blob is not None else ""
        return " ".join(filter(None, (*self.references, self.platform, digest))) or "(no name)"

    def named(self, reference: str) -> bool:
        digests = (self.blob.digest, *self.indexes) if self.blob is not None else ()
        return reference in self.references or reference in digests


def find_manifest(
    files: ImageFiles, *, name: str, reference: str | None, platform: str | None
) -> Manifest:
    """Return the manifest that fits `reference` and `platform`, where they are given.

    Raises:
        ImageError: none fits, or several do; or a document is wrong.
    """
    found = list(_candidates(files, name))
    fitting = [one for one in found if reference is None or one.named(reference)]
    if platform is not None:
        fitting = [one for one in fitting if _fits(_platform(files, one), platform)]
    if len(fitting) > 1:
        fitting = _likely(files, fitting)
    if len(fitting) == 1:
        return _manifest(files, fitting[0])
    asked = " for ".join(f"'{one}'" for one in (reference, platform) if one is not None)
    if not fitting:
        message = f"'{name}' has no image {asked}".rstrip()
        raise ImageError("unknown-image", message, fix=_choices("it has", found))
    message = f"'{name}' has several images {asked}".rstrip()
    raise ImageError("unknown-image", message, fix=_choices("name one of them", fitting))


def _choices(what: str, candidates: Sequence[_Candidate]) -> str:
    shown = "; ".join(str(one) for one in candidates[:_MOST_SHOWN])
    more = len(candidates) - _MOST_SHOWN
    return f"{what}: {shown or 'none'}{f'; and {more:,} more' if more > 0 else ''}"


def _likely(files: ImageFiles, candidates: Iterable[_Candidate]) -> list[_Candidate]:
    """Return those that are images and lie here, each once; all if none does."""
    found: dict[object, _Candidate] = {}
    for one in candidates:
        if one.attestation:
            continue
        if one.blob is None or files.place(one.blob.file) is not None:
            found.setdefault(one.blob or id(one), one)
    return list(found.values()) or list(candidates)


def _fits(platform: str, wanted: str) -> bool:
    return platform == wanted or platform.startswith(f"{wanted}/")


def _platform(files: ImageFiles, candidate: _Candidate) -> str:
    """Return the platform, from the configuration where the index does not tell."""
    if candidate.platform or candidate.attestation:
        return candidate.platform
    return _manifest(files, candidate).config.platform


def _candidates(files: ImageFiles, name: str) -> Iterator[_Candidate]:
    if files.place("index.json") is not None:
        index = document(files, "index.json")
        _require_index(index)
        yield from _of_index(files, index)
    elif files.place("manifest.json") is not None:
        saved = load(files, "manifest.json")
        if isinstance(saved, dict):
            message = f"'{name}' is no OCI layout but a directory that skopeo calls 'dir:'"
            raise ImageError("unknown-image", message, fix="copy it to oci: with skopeo")
        for entry in documents(saved, "'manifest.json'"):
            yield _Candidate(references=entry.texts("RepoTags"), saved=entry)
    else:
        message = f"'{name}' is no image: it has neither an index.json nor a manifest.json"
        fix = "give a directory in OCI layout, or an archive of one or of docker save"
        raise ImageError("unknown-image", message, fix=fix)


def _of_index(files: ImageFiles, top: Document) -> Iterator[_Candidate]:
    """Yield the images of an index and of all that are nested in it."""
    known: set[str] = set()
    levels: list[tuple[Document, tuple[str, ...], tuple[str, ...]]] = [(top, (), ())]
    count = 0
    while levels:
        index, references, above = levels.pop()
        for entry in index.documents("manifests"):
            count += 1
            if count > _MOST:
                raise ImageError("image-too-large", f"its indexes name over {_MOST:,} manifests")
            blob = _blob(entry)
            own = (*references, *_references(entry))
            if blob.media_type in _MANIFESTS:
                yield _candidate(entry, blob, own, above)
            elif blob.media_type in _INDEXES and files.place(blob.file) is not None:
                if len(above) >= _DEEPEST:
                    message = f"its indexes are nested more than {_DEEPEST} levels deep"
                    raise ImageError("image-too-large", message)
                if blob.digest in known:
                    continue
                known.add(blob.digest)
                nested = document(files, blob.file, blob.digest, blob.size)
                _require_index(nested)
                levels.append((nested, own, (*above, blob.digest)))


def _require_index(index: Document) -> None:
    if index.data.get("layers") or index.data.get("config"):
        raise bad(f"{index.name} is an index and a manifest at once")
    if index.number("schemaVersion") not in {-1, 2}:
        raise bad(f"{index.name} is no index of schema version 2")


def _candidate(
    entry: Document, blob: Blob, references: tuple[str, ...], indexes: tuple[str, ...]
) -> _Candidate:
    platform = entry.document("platform")
    parts = (platform.text("os"), platform.text("architecture"), platform.text("variant"))
    return _Candidate(
        references=tuple(dict.fromkeys(references)),
        blob=blob,
        platform="/".join(filter(None, parts)),
        indexes=indexes,
        attestation=_ATTESTATION in entry.table("annotations"),
    )


def _references(entry: Document) -> Iterator[str]:
    annotations = entry.table("annotations")
    yield from (annotations[key] for key in _REFERENCES if annotations.get(key))


def _blob(entry: Document) -> Blob:
    digest = entry.text("digest")
    algorithm, digits = split_digest(digest)
    size = entry.number("size")
    if size < 0:
        raise bad(f"{entry.name} has no size")
    return Blob(
        file=f"blobs/{algorithm}/{digits}",
        digest=digest,
        size=size,
        media_type=entry.text("mediaType"),
    )


def _manifest(files: ImageFiles, candidate: _Candidate) -> Manifest:
    if candidate.saved is not None:
        return _saved(files, candidate.saved)
    blob = candidate.blob
    assert blob is not None  # noqa: S101 - one of the two is there
    data = document(files, blob.file, blob.digest, blob.size)
    if data.data.get("manifests"):
        raise bad(f"{data.name} is an index and a manifest at once")
    if data.number("schemaVersion") not in {-1, 2}:
        raise bad(f"{data.name} is no manifest of schema version 2")
    config = _blob(data.document("config"))
    layers = tuple(_blob(entry) for entry in data.documents("layers"))
    strange = [one.media_type for one in layers if ".tar" not in one.media_type]
    if config.media_type not in _CONFIGS or strange:
        kind = data.text("artifactType") or (strange or [config.media_type])[0]
        raise bad(f"{data.name} is no container image but an artifact: '{kind}'")
    return Manifest(
        digest=blob.digest,
        media_type=blob.media_type,
        references=candidate.references,
        config=_config(document(files, config.file, config.digest, config.size), layers),
        layers=layers,
    )


def _saved(files: ImageFiles, entry: Document) -> Manifest:
    """Return an image of an archive of docker save, where only names of files are told."""
    name = entry.text("Config")
    hexes = re.search(r"(?:^|/)([0-9a-f]{64})(?:\.json)?$", name)
    config = document(files, name, f"sha256:{hexes[1]}" if hexes else "")
    layers = tuple(Blob(file=file) for file in entry.texts("Layers"))
    return Manifest(
        digest="",
        media_type="",
        references=entry.texts("RepoTags"),
        config=_config(config, layers),
        layers=layers,
    )


def _config(data: Document, layers: Sequence[Blob]) -> ImageConfig:
    run = data.document("config")
    diff_ids = data.document("rootfs").texts("diff_ids")
    if len(diff_ids) != len(layers):
        raise bad(f"{data.name} is for {len(diff_ids)} layers, and there are {len(layers)}")
    history = [
        step.text("created_by")
        for step in data.documents("history")
        if not step.flag("empty_layer")
    ]
    return ImageConfig(
        os=data.text("os"),
        architecture=data.text("architecture"),
        variant=data.text("variant"),
        user=run.text("User"),
        working_dir=run.text("WorkingDir"),
        entrypoint=run.texts("Entrypoint"),
        cmd=run.texts("Cmd"),
        env=run.texts("Env"),
        labels=run.table("Labels"),
        diff_ids=diff_ids,
        created_by=tuple(history) if len(history) == len(layers) else (),
    )
