"""The element kinds of buildstream-plugins-community that pack images and repositories."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, ClassVar, Final, Literal, Self

from pydantic import Field, SkipValidation, model_validator

from bstgraph import names
from bstgraph.files import File, Node
from bstgraph.kinds._api import (
    Bool,
    ElementKind,
    ElementView,
    KeyData,
    KeyGapError,
    dependency_settings,
    element_settings,
)
from bstgraph.kinds._layouts import ImageScriptKind, Place, ScriptKind
from bstgraph.model import Element, KindConfig
from bstgraph.names import ElementName


class X86ImageConfig(KindConfig):
    """The configuration of an x86image: four lists of commands."""

    model_config = {"extra": "forbid"}
    filesystem_tree_setup_commands: tuple[str, ...]
    filesystem_image_creation_commands: tuple[str, ...]
    partition_commands: tuple[str, ...]
    final_commands: tuple[str, ...]


class BootImageConfig(KindConfig):
    """The configuration of a fastboot_bootimg; keys that it does not know are ignored."""

    model_config = {"extra": "allow"}
    create_dtb: tuple[str, ...] = Field(alias="create_dtb")
    create_img: tuple[str, ...] = Field(alias="create_img")
    install_img: tuple[str, ...] = Field(alias="install_img")


class Ext4ImageConfig(KindConfig):
    """The configuration of a fastboot_ext4: three lists of commands."""

    model_config = {"extra": "forbid"}
    create_dev_proc_shadow: tuple[str, ...] = Field(alias="create_dev_proc_shadow")
    create_img: tuple[str, ...] = Field(alias="create_img")
    install_img: tuple[str, ...] = Field(alias="install_img")


class _StepsKind(ImageScriptKind):
    """An image script whose whole configuration is lists of commands."""

    @classmethod
    def commands(cls, view: ElementView) -> dict[str, KeyData]:
        """Return each list under its own name."""
        config = element_settings(view, cls.config_model)
        fields = cls.config_model.model_fields.keys() - {"provenance"}
        return config.model_dump(by_alias=True, include=fields)


class X86Image(_StepsKind):
    """A disk image for x86."""

    name = "x86image"
    config_model = X86ImageConfig


class FastbootBootImage(_StepsKind):
    """An Android boot image."""

    name = "fastboot_bootimg"
    config_model = BootImageConfig


class FastbootBootImageByPackage(FastbootBootImage):
    """The same, as the package calls it."""

    name = "fastbootBootImage"


class FastbootExt4Image(_StepsKind):
    """An ext4 image for fastboot."""

    name = "fastboot_ext4"
    config_model = Ext4ImageConfig


class FastbootExt4ImageByPackage(FastbootExt4Image):
    """The same, as the package calls it."""

    name = "fastbootExt4Image"


class DpkgDeployConfig(KindConfig):
    """The configuration of a dpkg_deploy."""

    model_config = {"extra": "forbid"}
    build_commands: tuple[str, ...]


class DpkgDeploy(ImageScriptKind):
    """Debian packages of an element."""

    name = "dpkg_deploy"
    config_model = DpkgDeployConfig

    @classmethod
    def unique_key(cls, view: ElementView) -> KeyData:
        """Return the key of a script, with the commands under a name of their own."""
        key = cls.script_key(view)
        del key["commands"]
        commands = element_settings(view, DpkgDeployConfig).build_commands
        return {**key, "unedited-commands": {"build-commands": commands}}


class BareFlatpakConfig(KindConfig):
    """What each release of flatpak_image has in its configuration."""

    model_config = {"extra": "forbid"}
    directory: str
    include: tuple[str, ...]
    exclude: tuple[str, ...]
    metadata: Mapping[str, Mapping[str, str]]

    @property
    def taken(self) -> dict[str, KeyData]:
        """What is in each key."""
        return {
            "directory": self.directory,
            "include": sorted(self.include),
            "exclude": sorted(self.exclude),
            "metadata": self.metadata,
        }


class NamedFlatpakConfig(BareFlatpakConfig):
    """The configuration of a flatpak_image whose metadata are looked at."""

    @model_validator(mode="after")
    def _is_something(self) -> Self:
        if not {"Application", "Runtime"} & self.metadata.keys():
            raise ValueError("the metadata has neither 'Application' nor 'Runtime'")
        return self


class OriginFlatpakConfig(NamedFlatpakConfig):
    """The configuration of a flatpak_image of 1.99."""

    appstream_origin: str | None = None

    @model_validator(mode="after")
    def _has_a_name(self) -> Self:
        section = "Application" if "Application" in self.metadata else "Runtime"
        if "name" not in self.metadata[section]:
            raise ValueError(f"'{section}' has no 'name'")
        return self


class FlatpakImageConfig(NamedFlatpakConfig):
    """The configuration of a flatpak_image."""

    component_ids: tuple[str, ...]


class FlatpakLocationConfig(KindConfig):
    """Where a flatpak_image stages a dependency."""

    model_config = {"extra": "forbid"}
    location: str


class FlatpakImage(ElementKind):
    """A Flatpak application, runtime or extension."""

    name = "flatpak_image"
    config_model: ClassVar[type[KindConfig]] = FlatpakImageConfig
    dependency_model: ClassVar[type[KindConfig] | None] = FlatpakLocationConfig
    forbids_runtime_dependencies = True
    forbids_sources = True
    strict_rebuild = True

    @classmethod
    def at_release(cls, release: tuple[int, ...]) -> type[ElementKind]:
        """Return other rules before 1.99.0, and before 2.0.0."""
        if release and release < (2, 0, 0):
            return OriginFlatpakImage if release >= (1, 99, 0) else BareFlatpakImage
        return cls

    @classmethod
    def unique_key(cls, view: ElementView) -> KeyData:
        """Return what is taken and its metadata; where dependencies are has no part in it."""
        config = element_settings(view, FlatpakImageConfig)
        ids = {"component-ids": config.component_ids} if config.component_ids else {}
        return {**config.taken, "version": 4, **ids}


class OriginFlatpakImage(FlatpakImage):
    """A flatpak_image that knows the origin of its AppStream data, of 1.99."""

    config_model = OriginFlatpakConfig

    @classmethod
    def unique_key(cls, view: ElementView) -> KeyData:
        """Return what is taken, its metadata and the origin where it is given."""
        config = element_settings(view, OriginFlatpakConfig)
        origin = config.appstream_origin
        return {
            **config.taken,
            "version": 3,
            **({} if origin is None else {"appstream-origin": origin}),
        }


class BareFlatpakImage(FlatpakImage):
    """A flatpak_image that stages all in one place, before 1.99."""

    config_model = BareFlatpakConfig
    dependency_model = None

    @classmethod
    def unique_key(cls, view: ElementView) -> KeyData:
        """Return what is taken and its metadata."""
        return {**element_settings(view, BareFlatpakConfig).taken, "version": 2}


class CopyRef(KindConfig):
    """One ref of a repository that is copied to another."""

    model_config = {"extra": "forbid"}
    src: str
    dest: str


class FlatpakRepoConfig(KindConfig):
    """The configuration of a flatpak_repo."""

    model_config = {"extra": "forbid"}
    copy_refs: tuple[CopyRef, ...]
    repo_mode: str
    arch: str
    branch: str


class FlatpakDependencyConfig(KindConfig):
    """What a flatpak_repo says of a dependency."""

    model_config = {"extra": "forbid"}
    flatpak_image: Bool = False
    flatpak_stack: Bool = False
    branch: str | None = None
    arch: str | None = None

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if self.model_fields_set and self.flatpak_image == self.flatpak_stack:
            raise ValueError("it is either a flatpak-image or a flatpak-stack")
        return self


_REPOSITORY: Final = "/buildstream/repo"


class FlatpakRepo(ScriptKind):
    """A repository of Flatpaks."""

    name = "flatpak_repo"
    config_model = FlatpakRepoConfig
    dependency_model: ClassVar[type[KindConfig]] = FlatpakDependencyConfig
    version = 2

    @classmethod
    def at_release(cls, release: tuple[int, ...]) -> type[ElementKind]:
        """Return other rules before 2.0.0."""
        return EarlyFlatpakRepo if release and release < (2, 0, 0) else cls

    @classmethod
    def refused(cls, element: Element) -> str | None:
        """Return that there is no Flatpak."""
        if any(dependency.build and dependency.config for dependency in element.dependencies):
            return None
        return "a flatpak_repo needs a dependency with 'flatpak-image' or 'flatpak-stack'"

    @classmethod
    def install_root(cls, view: ElementView) -> str:
        """Return the repository."""
        del view
        return _REPOSITORY

    @classmethod
    def commands(cls, view: ElementView) -> dict[str, KeyData]:
        """Return the commands that make the repository, fill it, and copy refs."""
        config = element_settings(view, FlatpakRepoConfig)
        init = f"ostree init --repo={_REPOSITORY} --mode={config.repo_mode}"
        groups: dict[str, KeyData] = {"init repository": [init]}
        for path, element, dependency in _flatpaks(view):
            # A default of BuildStream's is a new scalar, without white space around.
            arch = config.arch.strip() if dependency.arch is None else dependency.arch
            branch = config.branch.strip() if dependency.branch is None else dependency.branch
            export = f"flatpak build-export --files=files --arch={arch} {_REPOSITORY}"
            groups[f"export {path}"] = [f"{export} {_staged_at(element)} {branch}"]
        for ref in config.copy_refs:
            copy = f"flatpak build-commit-from --src-ref={ref.src} {_REPOSITORY} {ref.dest}"
            groups[f"copy ref {ref.src} -> {ref.dest}"] = [copy]
        return groups

    @classmethod
    def places(cls, view: ElementView) -> Iterator[Place]:
        """Yield each Flatpak in a place of its own, all else at `/`."""
        for tool in view.element.dependencies:
            if tool.build and not tool.config:
                yield Place("/", tool.path, tool.name)
        for path, element, _ in _flatpaks(view):
            yield Place(_staged_at(element), path, element)


class EarlyFlatpakDependencyConfig(KindConfig):
    """What a flatpak_repo before 2.0.0 says of a dependency; nothing made it a tool too."""

    model_config = {"extra": "forbid"}
    flatpak_image: Bool = False
    flatpak_stack: Bool = False
    branch: str | None = None

    @model_validator(mode="after")
    def _is_not_both(self) -> Self:
        if self.flatpak_image and self.flatpak_stack:
            raise ValueError("it is either a flatpak-image or a flatpak-stack")
        return self


class EarlyFlatpakRepo(FlatpakRepo):
    """A repository before 2.0.0; a tool with a config gives a gap."""

    dependency_model = EarlyFlatpakDependencyConfig


def _flatpaks(view: ElementView) -> Iterator[tuple[str, ElementName, FlatpakDependencyConfig]]:
    """Yield each Flatpak: what it is called, its name, and the config that it came with."""
    for dependency, config in dependency_settings(view, FlatpakDependencyConfig):
        if config.flatpak_image:
            yield dependency.path, dependency.name, config
        elif config.flatpak_stack:
            stack = view.find(dependency.name)
            if stack is None:
                raise KeyGapError(f"what is in the stack '{dependency.path}' is not known")
            # What a plugin sees of a dependency's own dependencies is what they need at run time.
            for member in stack.dependencies:
                if member.runtime:
                    local = names.split(member.name)[1]
                    yield f"{dependency.path} ({local})", member.name, config


def _staged_at(name: ElementName) -> str:
    """Return where a Flatpak is staged, by what BuildStream calls its normal name."""
    local = names.split(name)[1].replace("/", "-")
    return f"/buildstream/input/{os.path.splitext(local)[0]}"


class OstreeConfig(KindConfig):
    """The configuration of an ostree."""

    model_config = {"extra": "forbid"}
    ostree_branch: str
    initial_commands: tuple[str, ...]


class SysrootConfig(KindConfig):
    """Whether a dependency is part of the system, rather than a tool."""

    model_config = {"extra": "forbid"}
    sysroot: Bool = False


class Ostree(ElementKind):
    """A system as an OSTree commit."""

    name = "ostree"
    config_model = OstreeConfig
    dependency_model = SysrootConfig
    forbids_runtime_dependencies = True
    forbids_sources = True
    strict_rebuild = True

    @classmethod
    def unique_key(cls, view: ElementView) -> KeyData:
        """Return branch and commands; which dependencies are the system has no part in it."""
        config = element_settings(view, OstreeConfig)
        return {"branch": config.ostree_branch, "initial-commands": config.initial_commands}


class SnapImageConfig(KindConfig):
    """The configuration of a snap_image."""

    model_config = {"extra": "forbid"}
    directory: str
    include: tuple[str, ...]
    exclude: tuple[str, ...]
    metadata: Annotated[Any, SkipValidation]
    include_orphans: Bool


class SnapImage(ElementKind):
    """A snap."""

    name = "snap_image"
    config_model = SnapImageConfig
    forbids_runtime_dependencies = True
    forbids_sources = True
    version = 1

    @classmethod
    def unique_key(cls, view: ElementView) -> KeyData:
        """Return what is taken, and the metadata as written."""
        config = element_settings(view, SnapImageConfig)
        return {
            "directory": config.directory,
            "include": sorted(config.include),
            "exclude": sorted(config.exclude),
            "include-orphans": config.include_orphans,
            "metadata": config.metadata,
        }


class TarElementConfig(KindConfig):
    """The configuration of a tar_element."""

    model_config = {"extra": "forbid"}
    filename: str
    compression: Literal["none", "gzip", "xz", "bzip2"]


class TarElement(ElementKind):
    """A tar archive of the dependencies."""

    name = "tar_element"
    config_model = TarElementConfig
    forbids_runtime_dependencies = True
    forbids_sources = True
    strict_rebuild = True

    @classmethod
    def files(
        cls, view: ElementView, scope: Sequence[Element]
    ) -> Sequence[tuple[str, Node]] | None:
        """Return the archive."""
        del scope
        config = element_settings(view, TarElementConfig)
        ends = {"none": "", "gzip": ".gz", "xz": ".xz", "bzip2": ".bz2"}
        return [(f"{config.filename}.tar{ends[config.compression]}", File())]

    @classmethod
    def unique_key(cls, view: ElementView) -> KeyData:
        """Return name and compression."""
        config = element_settings(view, TarElementConfig)
        return {"filename": config.filename, "compression": config.compression}


IMAGE_KINDS: Final[tuple[type[ElementKind], ...]] = (
    X86Image,
    FastbootBootImage,
    FastbootBootImageByPackage,
    FastbootExt4Image,
    FastbootExt4ImageByPackage,
    DpkgDeploy,
    FlatpakImage,
    FlatpakRepo,
    Ostree,
    SnapImage,
    TarElement,
)
