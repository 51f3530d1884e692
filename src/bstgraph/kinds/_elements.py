"""The element kinds of BuildStream core and of its two public plugin packages."""

from __future__ import annotations

from typing import Final

from bstgraph.kinds._api import Bool, ElementKind
from bstgraph.model import DataMapping, KindConfig

_LOCATION: Final = frozenset(("location",))
_BUILD_DEPENDENCY: Final = frozenset(("location", "digest-environment"))


class ComposeConfig(KindConfig):
    """The configuration of a compose: which split domains of its dependencies it takes."""

    model_config = {"extra": "forbid"}
    integrate: Bool = True
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    include_orphans: Bool = True
    include_paths: tuple[str, ...] = ()
    """Path prefixes of the runbook dialect; BuildStream has no such key."""
    exclude_paths: tuple[str, ...] = ()
    """Path prefixes of the runbook dialect; BuildStream has no such key."""


class FilterConfig(KindConfig):
    """The configuration of a filter: which split domains of its one dependency it takes."""

    model_config = {"extra": "forbid"}
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    include_orphans: Bool = False
    pass_integration: Bool = False


class ImportConfig(KindConfig):
    """The configuration of an import: what of its sources goes where."""

    model_config = {"extra": "forbid"}
    source: str = "/"
    target: str = "/"


class ScriptConfig(KindConfig):
    """The configuration of a script."""

    model_config = {"extra": "forbid"}
    commands: tuple[str, ...] = ()
    root_read_only: Bool = False


class BuildConfig(KindConfig):
    """The configuration of manual and of every build system kind: four lists of commands."""

    model_config = {"extra": "forbid"}
    configure_commands: tuple[str, ...] = ()
    build_commands: tuple[str, ...] = ()
    install_commands: tuple[str, ...] = ()
    strip_commands: tuple[str, ...] = ()


class JunctionConfig(KindConfig):
    """The configuration of a junction."""

    model_config = {"extra": "forbid"}
    path: str = ""
    options: DataMapping = {}
    overrides: DataMapping = {}
    aliases: DataMapping = {}
    map_aliases: str = "none"


class LinkConfig(KindConfig):
    """The configuration of a link."""

    model_config = {"extra": "forbid"}
    target: str


class Stack(ElementKind):
    """A stack: a name for its dependencies, without files of its own; its config is ignored."""

    name = "stack"
    forbids_sources = True
    has_artifact = False


class Compose(ElementKind):
    """A compose: the files of its build dependencies, integrated and filtered."""

    name = "compose"
    config_model = ComposeConfig
    defaults = "compose.yaml"
    forbids_runtime_dependencies = True
    forbids_sources = True


class Filter(ElementKind):
    """A filter: some of the files of its one build dependency."""

    name = "filter"
    config_model = FilterConfig
    defaults = "filter.yaml"
    forbids_sources = True


class Import(ElementKind):
    """An import: its sources as they are."""

    name = "import"
    config_model = ImportConfig
    defaults = "import.yaml"
    needs_sources = True


class Script(ElementKind):
    """A script: commands run over what its dependencies stage."""

    name = "script"
    config_model = ScriptConfig
    defaults = "script.yaml"
    forbids_runtime_dependencies = True
    forbids_sources = True
    takes_dependency_config = True
    dependency_config_keys = _LOCATION


class Junction(ElementKind):
    """A junction: another project."""

    name = "junction"
    config_model = JunctionConfig
    forbids_build_dependencies = True
    forbids_runtime_dependencies = True


class Link(ElementKind):
    """A link: another name for an element or junction."""

    name = "link"
    config_model = LinkConfig
    forbids_build_dependencies = True
    forbids_runtime_dependencies = True
    forbids_sources = True


class Build(ElementKind):
    """Base of the kinds that configure, build, install and strip."""

    config_model = BuildConfig
    takes_dependency_config = True
    dependency_config_keys = _BUILD_DEPENDENCY


class Manual(Build):
    """A manual element: commands written by hand."""

    name = "manual"
    defaults = "manual.yaml"


def _build_kind(name: str) -> type[ElementKind]:
    return type(name.title().replace("_", ""), (Build,), {"name": name, "__doc__": f"Kind {name}."})


def _plugin_kind(name: str, **attributes: object) -> type[ElementKind]:
    body = {"name": name, "__doc__": f"Kind {name}.", **attributes}
    return type(name.title().replace("_", ""), (ElementKind,), body)


_BUILD_KINDS: Final = (
    # buildstream-plugins
    "autotools cmake make meson pip setuptools "
    # buildstream-plugins-community
    "bazel_build cargo dpkg_build makemaker modulebuild pyproject qmake"
).split()

_SCRIPT_RULES: Final[dict[str, object]] = {
    "forbids_runtime_dependencies": True,
    "forbids_sources": True,
    "takes_dependency_config": True,
}

CORE_KINDS: Final = (Stack, Compose, Filter, Import, Script, Junction, Link, Manual)

PLUGIN_KINDS: Final[tuple[type[ElementKind], ...]] = (
    *map(_build_kind, _BUILD_KINDS),
    *(
        _plugin_kind(n, **_SCRIPT_RULES)
        for n in "dpkg_deploy fastboot_bootimg fastboot_ext4".split()
    ),
    *(
        _plugin_kind(n, **_SCRIPT_RULES)
        for n in "flatpak_repo x86image flatpak_image ostree".split()
    ),
    *(
        _plugin_kind(name, forbids_runtime_dependencies=True, forbids_sources=True)
        for name in "bazelize collect_manifest snap_image tar_element".split()
    ),
    _plugin_kind("collect_integration", forbids_runtime_dependencies=True),
    _plugin_kind(
        "collect_initial_scripts", forbids_runtime_dependencies=True, forbids_sources=True
    ),
    _plugin_kind("check_forbidden"),
    _plugin_kind("oci"),
)
