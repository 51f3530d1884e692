"""The source kinds of BuildStream core, and those that are made of files of the project."""

from __future__ import annotations

import posixpath
from typing import Final

from bstgraph.kinds._api import (
    Bool,
    Int,
    KeyData,
    KeyGapError,
    Pattern,
    SourceKind,
    SourceView,
    source_settings,
)
from bstgraph.model import SourceConfig


class VersionedConfig(SourceConfig):
    """A source whose version can be given or guessed."""

    model_config = {"extra": "forbid"}
    version: str | None = None
    version_guess_pattern: Pattern | None = None

    @property
    def version_items(self) -> tuple[str, ...]:
        """What a key that is a list holds of these: the version, else the pattern."""
        return tuple(self.version_entry.values())

    @property
    def version_entry(self) -> dict[str, str]:
        """What a key that is a mapping holds of these: the version, else the pattern."""
        if self.version is not None:
            return {"version": self.version}
        if self.version_guess_pattern is not None:
            return {"version-guess-pattern": self.version_guess_pattern}
        return {}


class DownloadConfig(VersionedConfig):
    """A file that is downloaded."""

    url: str
    ref: str | None = None


class RemoteConfig(DownloadConfig):
    """One file."""

    filename: str | None = None
    executable: Bool = False


class ArchiveConfig(DownloadConfig):
    """An archive, and which folder of it is staged."""

    base_dir: str = "*"


class PathConfig(SourceConfig):
    """A path of the project."""

    model_config = {"extra": "forbid"}
    path: str


class PatchConfig(PathConfig):
    """A patch, and how many folders its paths begin with."""

    strip_level: Int = 1


class PatchQueueConfig(PathConfig):
    """A folder of patches."""

    strip: str | None = None
    """Taken, and ignored, before buildstream-plugins-community 2.1.0."""


class QuiltConfig(SourceConfig):
    """A series of patches; keys that it does not know are ignored."""

    model_config = {"extra": "allow"}
    path: str = ""


class GeneratedConfig(SourceConfig):
    """Files that are made once for a user and kept in the home folder."""

    model_config = {"extra": "forbid"}
    template: str
    name: str
    args: tuple[str, ...] = ()
    path: str


class Download(SourceKind):
    """Base of the kinds that download one file (`DownloadableFileSource`)."""

    url_key = "url"

    @classmethod
    def download_key(cls, view: SourceView) -> list[KeyData]:
        """Return the URL as written, the ref, and what says the version."""
        config = source_settings(view, DownloadConfig)
        return [config.url, config.ref, *config.version_items]


class Archive(Download):
    """Base of the kinds that download an archive."""

    config_model = ArchiveConfig

    @classmethod
    def unique_key(cls, view: SourceView) -> KeyData:
        """Return the key of a download, and which folder is staged."""
        return [*cls.download_key(view), source_settings(view, ArchiveConfig).base_dir]


class Local(SourceKind):
    """Files of the project itself."""

    name = "local"
    config_model = PathConfig
    path_keys = {"path": "any"}
    ref_keys = frozenset()

    @classmethod
    def unique_key(cls, view: SourceView) -> KeyData:
        """Return the digest of the files; how the path is spelled has no part in it."""
        return view.files.tree_digest(source_settings(view, PathConfig).path)


class Remote(Download):
    """One downloaded file."""

    name = "remote"
    config_model = RemoteConfig
    file_name_keys = frozenset(("filename",))

    @classmethod
    def unique_key(cls, view: SourceView) -> KeyData:
        """Return the key of a download, the name of the file, and whether it can be run."""
        config = source_settings(view, RemoteConfig)
        name = config.filename
        if name is None:
            if view.source.url is None:
                raise KeyGapError(f"what '{config.url}' stands for is not known")
            # A default of BuildStream's is a new scalar, without white space around.
            name = posixpath.basename(view.source.url).strip()
        return [*cls.download_key(view), name, config.executable]


class Tar(Archive):
    """A downloaded tar archive, unpacked."""

    name = "tar"


class Patch(SourceKind):
    """A patch of the project, applied to what was staged before."""

    name = "patch"
    config_model = PatchConfig
    path_keys = {"path": "file"}
    ref_keys = frozenset()

    @classmethod
    def unique_key(cls, view: SourceView) -> KeyData:
        """Return the path as written, what is in the file, and the strip level."""
        config = source_settings(view, PatchConfig)
        return [config.path, view.files.sha256(config.path), config.strip_level]


class PatchQueue(SourceKind):
    """A folder of patches of the project, applied in the order of their names."""

    name = "patch_queue"
    config_model = PatchQueueConfig
    path_keys = {"path": "directory"}
    ref_keys = frozenset()

    @classmethod
    def unique_key(cls, view: SourceView) -> KeyData:
        """Return what is in each file; neither path nor names have a part in it."""
        path = source_settings(view, PatchQueueConfig).path
        names = sorted(view.files.names(path))
        return [view.files.sha256(posixpath.join(path, name)) for name in names]


class Quilt(SourceKind):
    """A series of patches in what was staged before."""

    name = "quilt"
    config_model = QuiltConfig
    ref_keys = frozenset()

    @classmethod
    def unique_key(cls, view: SourceView) -> KeyData:
        """Return where the series is."""
        return [source_settings(view, QuiltConfig).path]


class Generated(SourceKind):
    """Files that gnome-build-meta makes once for a user, such as keys."""

    name = "generated"
    config_model = GeneratedConfig
    path_keys = {"template": "any"}
    ref_keys = frozenset()

    @classmethod
    def unique_key(cls, view: SourceView) -> KeyData:
        """Return the digest of the files, which lie in the home folder of who builds."""
        config = source_settings(view, GeneratedConfig)
        path = f"{config.name}/{config.path}"
        if path.startswith("/") or config.path.startswith("/") or ".." in path.split("/"):
            raise KeyGapError(f"'{path}' leads out of the folder of generated files")
        return view.files.home_digest(f".config/buildstream-generate/{path}")


CORE_SOURCES: Final[tuple[type[SourceKind], ...]] = (Local, Remote, Tar)

FILE_SOURCES: Final[tuple[type[SourceKind], ...]] = (Patch, PatchQueue, Quilt, Generated)
