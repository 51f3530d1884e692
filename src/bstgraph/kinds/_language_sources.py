"""The source kinds for the packages of programming languages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final, Self

from pydantic import BaseModel, ConfigDict, SkipValidation, model_validator

from bstgraph.kinds._api import (
    BOOLEANS,
    Bool,
    KeyData,
    KeyGapError,
    SourceKind,
    SourceView,
    source_settings,
)
from bstgraph.kinds._core_sources import VersionedConfig
from bstgraph.kinds._download_sources import Download
from bstgraph.kinds._git_sources import Commit
from bstgraph.model import DataMapping, SourceConfig

_PACKAGE_INDEX: Final = "pypi"
_CRATES: Final = "https://static.crates.io/crates"


class Crate(BaseModel):
    """A crate of a registry; keys that are not known are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    name: str
    version: str
    sha: str | None = None


class CargoConfig(SourceConfig):
    """The configuration of a cargo source."""

    model_config = {"extra": "forbid"}
    url: str = _CRATES
    ref: tuple[Crate, ...] = ()
    cargo_lock: str = "Cargo.lock"
    vendor_dir: str = "crates"


class AnyCrate(BaseModel):
    """A crate of a registry, or of git when `kind` says so; other keys are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    kind: str = "registry"
    name: str
    version: str
    sha: str | None = None
    repo: str = ""
    commit: str = ""
    query: Mapping[str, str] = {}

    @model_validator(mode="after")
    def _is_somewhere(self) -> Self:
        if self.kind == "git" and not {"repo", "commit"} <= self.model_fields_set:
            raise ValueError("a crate of git has 'repo' and 'commit'")
        return self

    @property
    def key(self) -> dict[str, KeyData]:
        """What the key of a source holds of it."""
        key: dict[str, KeyData] = {"name": self.name, "version": self.version}
        if self.kind != "git":
            return {"kind": "registry", **key, "sha": self.sha}
        query = {"query": self.query} if self.query else {}
        return {"kind": "git", **key, "repo": self.repo, "commit": self.commit, **query}


class Cargo2Config(SourceConfig):
    """The configuration of a cargo2 source."""

    model_config = {"extra": "forbid"}
    url: str = _CRATES
    ref: tuple[AnyCrate, ...] = ()
    cargo_lock: str = "Cargo.lock"
    vendor_dir: str | None = None
    git_mirrors: DataMapping = {}


class GenCargoLockConfig(SourceConfig):
    """The configuration of a gen_cargo_lock source."""

    model_config = {"extra": "forbid"}
    ref: str | None = None


class CpanConfig(VersionedConfig):
    """The configuration of a cpan source; its ref is `suffix` and `sha256sum`."""

    name: str
    suffix: str | None = None
    sha256sum: str | None = None
    index: str | None = None


class GoRef(SourceConfig):
    """A version of a Go module."""

    model_config = {"extra": "forbid"}
    go_version: str
    git_ref: Commit
    explicit: Annotated[Any, SkipValidation] = None
    subdirectory: str | None = None


class GoModuleConfig(SourceConfig):
    """The configuration of a go_module source."""

    model_config = {"extra": "forbid"}
    url: str
    module: str
    ref: GoRef | None = None


class PipConfig(SourceConfig):
    """The configuration of a pip source."""

    model_config = {"extra": "forbid"}
    url: str = f"https://{_PACKAGE_INDEX}.org/simple/"
    packages: tuple[str, ...] = ()
    requirements_files: tuple[str, ...] = ()
    ref: str | None = None

    @model_validator(mode="after")
    def _has_something(self) -> Self:
        if not self.packages and not self.requirements_files:
            raise ValueError("it has neither 'packages' nor 'requirements-files'")
        return self


class PyPIConfig(VersionedConfig):
    """The configuration of a pypi source."""

    name: str
    url: str | None = None
    ref: Download | None = None
    prereleases: Bool = False
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()


class Cargo(SourceKind):
    """The crates of a Rust project, of buildstream-plugins."""

    name = "cargo"
    config_model = CargoConfig
    url_key = "url"

    @classmethod
    def unresolved(cls, view: SourceView) -> str | None:
        """Return that there are no crates, or that one has no checksum."""
        crates = source_settings(view, CargoConfig).ref
        if not crates:
            return "it has no ref"
        return next((f"'{crate.name}' has no sha" for crate in crates if crate.sha is None), None)

    @classmethod
    def unique_key(cls, view: SourceView) -> KeyData:
        """Return URL, what is read and written, and the crates."""
        config = source_settings(view, CargoConfig)
        crates = [
            {"name": crate.name, "version": crate.version, "sha": crate.sha} for crate in config.ref
        ]
        return [config.url, config.cargo_lock, config.vendor_dir, crates or None]


class Cargo2(SourceKind):
    """The crates of a Rust project, of buildstream-plugins-community."""

    name = "cargo2"
    config_model = Cargo2Config
    url_key = "url"

    @classmethod
    def unresolved(cls, view: SourceView) -> str | None:
        """Return that a crate of a registry has no checksum; no crates are fine."""
        crates = source_settings(view, Cargo2Config).ref
        bare = (crate for crate in crates if crate.kind != "git" and crate.sha is None)
        return next((f"'{crate.name}' has no sha" for crate in bare), None)

    @classmethod
    def unique_key(cls, view: SourceView) -> KeyData:
        """Return URL, what is read and written, the crates, and a letter for the plugin."""
        config = source_settings(view, Cargo2Config)
        release = view.release or (2, 2, 0)
        folder = config.vendor_dir
        if folder is None:
            folder = "crates" if release < (2, 0, 3) else ".vendored-crates"
        crates = [crate.key for crate in config.ref]
        letter = "x" if release < (2, 2, 0) else "a"
        return [config.url, config.cargo_lock, folder, crates, letter]


class GenCargoLock(SourceKind):
    """A Cargo.lock for a project without one."""

    name = "gen_cargo_lock"
    config_model = GenCargoLockConfig

    @classmethod
    def unique_key(cls, view: SourceView) -> KeyData:
        """Return the ref, which is the whole file."""
        return source_settings(view, GenCargoLockConfig).ref


class Cpan(SourceKind):
    """A Perl distribution."""

    name = "cpan"
    config_model = CpanConfig
    url_key = "index"
    ref_keys = frozenset(("suffix", "sha256sum"))

    @classmethod
    def at_release(cls, release: tuple[int, ...]) -> type[SourceKind]:
        """Return other rules before 1.96.0."""
        return EarlyCpan if release and release < (1, 96, 0) else cls

    @classmethod
    def unresolved(cls, view: SourceView) -> str | None:
        """Return that there is no file or no checksum."""
        config = source_settings(view, CpanConfig)
        missing = config.suffix is None or config.sha256sum is None
        return "it has no suffix and sha256sum" if missing else None

    @classmethod
    def unique_key(cls, view: SourceView) -> KeyData:
        """Return which file it is, its checksum, and what says the version."""
        config = source_settings(view, CpanConfig)
        return [config.suffix, config.sha256sum, *config.version_items]


class EarlyCpanConfig(SourceConfig):
    """The configuration of a cpan source before 1.96.0; its ref is `url` and `sha256sum`."""

    model_config = {"extra": "forbid"}
    name: str
    url: str | None = None
    sha256sum: str | None = None
    index: str | None = None


class EarlyCpan(SourceKind):
    """A Perl distribution with a whole URL, before 1.96.0."""

    name = "cpan"
    config_model = EarlyCpanConfig
    url_key = "url"
    ref_keys = frozenset(("url", "sha256sum"))

    @classmethod
    def unresolved(cls, view: SourceView) -> str | None:
        """Return that there is no URL or no checksum."""
        config = source_settings(view, EarlyCpanConfig)
        missing = config.url is None or config.sha256sum is None
        return "it has no url and sha256sum" if missing else None

    @classmethod
    def unique_key(cls, view: SourceView) -> KeyData:
        """Return URL and checksum."""
        config = source_settings(view, EarlyCpanConfig)
        return [config.url, config.sha256sum]


class GoModule(SourceKind):
    """A Go module."""

    name = "go_module"
    config_model = GoModuleConfig
    url_key = "url"
    keeps_ref = True

    @classmethod
    def unique_key(cls, view: SourceView) -> KeyData:
        """Return module and version; the URL has no part in it."""
        config = source_settings(view, GoModuleConfig)
        release = view.release or (2, 4, 0)
        ref = None if config.ref is None else _go_ref(config.ref, release)
        bugfix = 0 if release < (2, 2, 0) else 1
        return {"ref": ref, "module": config.module, "bugfix": bugfix}


def _go_ref(ref: GoRef, release: tuple[int, ...]) -> dict[str, KeyData]:
    key: dict[str, KeyData] = {"go-version": ref.go_version, "git-ref": ref.git_ref}
    if release < (2, 4, 0):
        if not (isinstance(ref.explicit, str) and ref.explicit in BOOLEANS):
            raise KeyGapError("go_module before 2.4.0 needs 'explicit', True or False, in its ref")
        key["explicit"] = BOOLEANS[ref.explicit]
    elif "explicit" in ref.model_fields_set:
        key["explicit"] = None
    if ref.subdirectory is not None:
        key["subdirectory"] = ref.subdirectory
    return key


class Pip(SourceKind):
    """Python packages and all that they need, of buildstream-plugins."""

    name = "pip"
    config_model = PipConfig
    url_key = "url"

    @classmethod
    def unique_key(cls, view: SourceView) -> KeyData:
        """Return the index and what was downloaded from it."""
        config = source_settings(view, PipConfig)
        return [config.url, config.ref]


class PyPI(SourceKind):
    """A file of the Python Package Index."""

    name = "pypi"
    config_model = PyPIConfig
    url_key = "url"
    keeps_ref = True

    @classmethod
    def unresolved(cls, view: SourceView) -> str | None:
        """Return that there is no file or no checksum."""
        ref = source_settings(view, PyPIConfig).ref
        return None if ref is not None and ref.suffix and ref.sha256sum else "it has no ref"

    @classmethod
    def unique_key(cls, view: SourceView) -> KeyData:
        """Return which file it is, its checksum, and what says the version."""
        config = source_settings(view, PyPIConfig)
        ref = config.ref
        file = ("", None) if ref is None else (ref.suffix, ref.sha256sum)
        return [*file, *config.version_items]


LANGUAGE_SOURCES: Final[tuple[type[SourceKind], ...]] = (
    Cargo,
    Cargo2,
    GenCargoLock,
    Cpan,
    GoModule,
    Pip,
    PyPI,
)
