"""The source kinds of the plugin packages that download files and images."""

from __future__ import annotations

from typing import Final, Self

from pydantic import BaseModel, ConfigDict, model_validator

from bstgraph.kinds._api import (
    Bool,
    Int,
    KeyData,
    KeyGapError,
    SourceKind,
    SourceView,
    source_settings,
)
from bstgraph.kinds._core_sources import Archive, VersionedConfig
from bstgraph.model import SourceConfig


class DockerConfig(SourceConfig):
    """The configuration of a docker source: an image of a registry, or one by its URL."""

    model_config = {"extra": "forbid"}
    registry_url: str | None = None
    image: str | None = None
    url: str | None = None
    ref: str | None = None
    track: str | None = None
    architecture: str | None = None
    os: str | None = None
    version: str | None = None

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if self.url is not None and not (self.image is None and self.registry_url is None):
            raise ValueError("it has either 'url', or 'image' and 'registry-url'")
        if self.url is None and self.image is None:
            raise ValueError("it has neither 'url' nor 'image'")
        return self


class BazelFileConfig(VersionedConfig):
    """The configuration of a bazel_file source."""

    url: str
    ref: str | None = None
    canonical_ids: tuple[str, ...] = ()


class BazelSourceConfig(SourceConfig):
    """The configuration of a bazel_source source."""

    model_config = {"extra": "forbid"}
    workspace_dir: str = "."
    allow_host_bazel: Bool = False
    repo_file: str = ".bst-sources"
    targets: tuple[str, ...] = ()
    ref: str | None = None


class AnityaRef(SourceConfig):
    """A release and its checksum."""

    model_config = {"extra": "forbid"}
    version: str
    sha256sum: str


class AnityaConfig(SourceConfig):
    """The configuration of an anitya source."""

    model_config = {"extra": "forbid"}
    project_id: Int
    url: str
    ref: AnityaRef | None = None
    exclude: tuple[str, ...] = ()
    api_url: str | None = None


class Download(BaseModel):
    """Which file of a site it is; keys that are not known are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    suffix: str
    sha256sum: str


class GnuConfig(SourceConfig):
    """The configuration of a gnu source."""

    model_config = {"extra": "forbid"}
    name: str
    dirname: str | None = None
    mirror: str | None = None
    track: Bool = True
    ref: Download | None = None


class MirroredRef(SourceConfig):
    """One ref of an OSTree repository."""

    model_config = {"extra": "forbid"}
    ref: str
    checksum: str


class OstreeMirrorConfig(SourceConfig):
    """The configuration of an ostree_mirror source."""

    model_config = {"extra": "forbid"}
    match: str | None = None
    path: str | None = None
    url: str | None = None
    ref: tuple[MirroredRef, ...] = ()
    gpg: str

    @model_validator(mode="after")
    def _is_somewhere(self) -> Self:
        if not self.url and self.path is None:
            raise ValueError("it has neither 'url' nor 'path'")
        return self


class Zip(Archive):
    """A downloaded zip archive, unpacked."""

    name = "zip"


class Deb(Archive):
    """A downloaded Debian package, unpacked."""

    name = "deb"


class Docker(SourceKind):
    """A container image."""

    name = "docker"
    config_model = DockerConfig
    url_key = "url"

    @classmethod
    def unique_key(cls, view: SourceView) -> KeyData:
        """Return which image of which registry it is, as written."""
        config = source_settings(view, DockerConfig)
        digest = None if config.ref is None else f"sha256:{config.ref}"
        version = [] if config.version is None else [config.version]
        if config.url is not None:
            return [config.url, digest, *version]
        registry = config.registry_url
        if registry is None:
            registry = "https://registry.hub.docker.com"
        return [registry, config.image, digest, *version]


class BazelFile(SourceKind):
    """A file that Bazel would download."""

    name = "bazel_file"
    config_model = BazelFileConfig
    url_key = "url"

    @classmethod
    def unique_key(cls, view: SourceView) -> KeyData:
        """Return URL and checksum, and how Bazel knows the file."""
        config = source_settings(view, BazelFileConfig)
        return {
            "url": config.url,
            "canonical-ids": config.canonical_ids,
            "plugin_version": "1",
            "ref": config.ref,
            **config.version_entry,
        }


class BazelSource(SourceKind):
    """All that a Bazel workspace would download."""

    name = "bazel_source"
    config_model = BazelSourceConfig

    @classmethod
    def unique_key(cls, view: SourceView) -> KeyData:
        """Return what is built, how it is found out, and the ref."""
        config = source_settings(view, BazelSourceConfig)
        targets = config.targets or ("//...",)
        return [
            config.allow_host_bazel,
            config.repo_file,
            targets,
            config.workspace_dir,
            config.ref,
        ]


class Anitya(SourceKind):
    """A release that release-monitoring.org knows."""

    name = "anitya"
    config_model = AnityaConfig
    url_key = "url"
    keeps_ref = True

    @classmethod
    def unique_key(cls, view: SourceView) -> KeyData:
        """Return the URL template, the release, and what of it is left out."""
        config = source_settings(view, AnityaConfig)
        ref = config.ref
        release = (None, None) if ref is None else (ref.version, ref.sha256sum)
        return [config.url, *release, config.exclude]


class Gnu(SourceKind):
    """A release of a GNU package; its ref can only come from the toplevel's project.refs."""

    name = "gnu"
    config_model = GnuConfig
    url_key = "mirror"
    inline_ref = False

    @classmethod
    def unresolved(cls, view: SourceView) -> str | None:
        """Return that there is no file or no checksum."""
        ref = source_settings(view, GnuConfig).ref
        return None if ref is not None and ref.suffix and ref.sha256sum else "it has no ref"

    @classmethod
    def unique_key(cls, view: SourceView) -> KeyData:
        """Return which file it is, and its checksum."""
        ref = source_settings(view, GnuConfig).ref
        return [None, None] if ref is None else [ref.suffix, ref.sha256sum]


class OstreeMirror(SourceKind):
    """A copy of an OSTree repository, of freedesktop-sdk."""

    name = "ostree_mirror"
    config_model = OstreeMirrorConfig
    url_key = "url"
    path_keys = {"gpg": "any", "path": "any"}

    @classmethod
    def unresolved(cls, view: SourceView) -> str | None:
        """Return None: without a ref it mirrors nothing."""
        del view
        return None

    @classmethod
    def unique_key(cls, view: SourceView) -> KeyData:
        """Return the URL and the refs by name."""
        config = source_settings(view, OstreeMirrorConfig)
        if not config.url:
            raise KeyGapError("the key has the full path of the project on the machine that builds")
        refs = sorted(config.ref, key=lambda ref: ref.ref)
        return [config.url, [{"ref": ref.ref, "checksum": ref.checksum} for ref in refs]]


DOWNLOAD_SOURCES: Final[tuple[type[SourceKind], ...]] = (
    Zip,
    Deb,
    Docker,
    BazelFile,
    BazelSource,
    Anitya,
    Gnu,
    OstreeMirror,
)
