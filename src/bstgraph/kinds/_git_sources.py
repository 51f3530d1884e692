"""The source kinds for git and other version control."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, model_validator

from bstgraph.kinds._api import Bool, KeyData, SourceKind, SourceView, source_settings
from bstgraph.kinds._core_sources import VersionedConfig
from bstgraph.model import SourceConfig

_COMMIT: Final = re.compile(r"(?:.*-\d+-g)?[0-9a-f]{40}")


def _commit(ref: str) -> str:
    if _COMMIT.match(ref) is None:
        raise ValueError("a ref is a commit of 40 digits, perhaps after TAG-NUMBER-g")
    return ref


Commit = Annotated[str, AfterValidator(_commit)]
"""A commit, or what `git describe` makes of it."""


class TrackedConfig(SourceConfig):
    """A ref in a repository, or what to track to get one."""

    model_config = {"extra": "forbid"}
    url: str
    ref: str | None = None
    track: str | None = None

    @model_validator(mode="after")
    def _can_be_resolved(self) -> Self:
        if self.ref is None and self.track is None:
            raise ValueError("there is neither a ref nor a track")
        return self


class Submodule(BaseModel):
    """What is said of one submodule; keys that are not known are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    url: str | None = None
    checkout: Bool | None = None


class SubmodulesConfig(TrackedConfig, VersionedConfig):
    """A repository that may have submodules."""

    checkout_submodules: Bool = True
    submodules: Mapping[str, Submodule] = {}

    @property
    def submodule_items(self) -> list[KeyData]:
        """What a key holds of the submodules."""
        items: list[KeyData] = []
        if not self.checkout_submodules:
            items.append({"checkout_submodules": False})
        if self.submodules:
            items.append({path: module.url for path, module in self.submodules.items()})
        checkouts = {
            path: module.checkout
            for path, module in self.submodules.items()
            if module.checkout is not None
        }
        if checkouts:
            items.append({"submodule_checkout_overrides": checkouts})
        return items


class Tag(SourceConfig):
    """A tag that is kept for a commit."""

    model_config = {"extra": "forbid"}
    tag: str
    commit: str
    annotated: Bool


class GitConfig(SubmodulesConfig):
    """The configuration of a git source."""

    ref_format: Literal["sha1", "git-describe"] = "sha1"
    track_tags: Bool = False
    tags: tuple[Tag, ...] = ()


class GitTagConfig(SubmodulesConfig):
    """The configuration of a git_tag source."""

    track_extra: tuple[str, ...] = ()
    track_tags: Bool = False
    match: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    full_clone: Bool = False
    use_lfs: Bool = False


class GitModuleConfig(VersionedConfig):
    """The configuration of a git_module source."""

    url: str
    ref: str | None = None
    path: str
    full_clone: Bool = False
    use_lfs: Bool = False


class GitRepoConfig(VersionedConfig):
    """The configuration of a git_repo source."""

    url: str
    ref: Commit | None = None
    track: str | None = None
    exclude: tuple[str, ...] = ()
    ref_format: Literal["sha1", "git-describe"] = "sha1"


class BzrConfig(SourceConfig):
    """The configuration of a bzr source."""

    model_config = {"extra": "forbid"}
    url: str
    track: str
    ref: str | None = None
    version: str | None = None


class OstreeSourceConfig(TrackedConfig):
    """The configuration of an ostree source."""

    gpg_key: str | None = None


class Git(SourceKind):
    """A git repository, of buildstream-plugins."""

    name = "git"
    config_model = GitConfig
    url_key = "url"
    ref_keys = frozenset(("ref", "tags"))

    @classmethod
    def unique_key(cls, view: SourceView) -> KeyData:
        """Return URL and commit, then tags, submodules and version where they are given."""
        config = source_settings(view, GitConfig)
        ref = None if config.ref is None else config.ref.split("-g")[-1]
        key: list[KeyData] = [config.url, ref]
        if config.tags:
            tags = {tag.tag: (tag.commit, tag.annotated) for tag in config.tags}
            key.append({"tags": tags})
        return [*key, *config.submodule_items, *config.version_items]


class GitTag(SourceKind):
    """A git repository whose tags are tracked."""

    name = "git_tag"
    config_model = GitTagConfig
    url_key = "url"

    @classmethod
    def unique_key(cls, view: SourceView) -> KeyData:
        """Return URL and ref, then submodules and version where they are given."""
        config = source_settings(view, GitTagConfig)
        lfs = ["use-lfs"] if config.use_lfs else []
        return [config.url, config.ref, *config.submodule_items, *lfs, *config.version_items]


class GitModule(SourceKind):
    """A submodule of a repository that was staged before."""

    name = "git_module"
    config_model = GitModuleConfig
    url_key = "url"

    @classmethod
    def unique_key(cls, view: SourceView) -> KeyData:
        """Return URL, ref and path, then the version where it is given."""
        config = source_settings(view, GitModuleConfig)
        path = config.path
        if posixpath.isabs(path):
            path = posixpath.relpath(path, "/")
        where = [{"path": path}] if path else []
        lfs = ["use-lfs"] if config.use_lfs else []
        return [config.url, config.ref, *where, *lfs, *config.version_items]


class GitRepo(SourceKind):
    """A git repository, of buildstream-plugins-community."""

    name = "git_repo"
    config_model = GitRepoConfig
    url_key = "url"
    keeps_ref = True

    @classmethod
    def unique_key(cls, view: SourceView) -> KeyData:
        """Return the ref as written, from 1.95.11 on with a number; the URL has no part in it."""
        config = source_settings(view, GitRepoConfig)
        early = view.release and view.release < (1, 95, 11)
        return {"ref": config.ref, **({} if early else {"bugfix": 1}), **config.version_entry}


class Bzr(SourceKind):
    """A Bazaar branch."""

    name = "bzr"
    config_model = BzrConfig
    url_key = "url"

    @classmethod
    def unique_key(cls, view: SourceView) -> KeyData:
        """Return URL, branch and revision, then the version where it is given."""
        config = source_settings(view, BzrConfig)
        version = [] if config.version is None else [config.version]
        return [config.url, config.track, config.ref, *version]


class OstreeSource(SourceKind):
    """A commit of an OSTree repository."""

    name = "ostree"
    config_model = OstreeSourceConfig
    url_key = "url"
    path_keys = {"gpg-key": "file"}

    @classmethod
    def unique_key(cls, view: SourceView) -> KeyData:
        """Return URL and commit."""
        config = source_settings(view, OstreeSourceConfig)
        return [config.url, config.ref]


GIT_SOURCES: Final[tuple[type[SourceKind], ...]] = (
    Git,
    GitTag,
    GitModule,
    GitRepo,
    Bzr,
    OstreeSource,
)
