"""The element kinds of BuildStream core."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Final, TypeAlias

from pydantic import Field, SkipValidation

from bstgraph.kinds._api import (
    Bool,
    ElementKind,
    ElementView,
    KeyData,
    dependency_settings,
    element_settings,
)
from bstgraph.kinds._layouts import LocationConfig, Place, ScriptKind, grouped
from bstgraph.model import DataMapping, KindConfig
from bstgraph.provenance import Provenance

Places: TypeAlias = Annotated[
    Mapping[str, Provenance | None], SkipValidation, Field(exclude=True, repr=False)
]
"""Where the values of keys are written, by the key."""


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
    places: Places = {}


class FilterConfig(KindConfig):
    """The configuration of a filter: which split domains of its one dependency it takes."""

    model_config = {"extra": "forbid"}
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    include_orphans: Bool = False
    pass_integration: Bool = False
    places: Places = {}


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


class BuildDependencyConfig(LocationConfig):
    """What a build system kind says of a dependency."""

    digest_environment: str | None = None
    """The environment variable that gets the digest of what is staged."""


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
    with_commands = False
    stages = False

    @classmethod
    def unique_key(cls, view: ElementView) -> KeyData:
        """Return 1: only the dependencies matter."""
        del view
        return 1


class Compose(ElementKind):
    """A compose: the files of its build dependencies, integrated and filtered."""

    name = "compose"
    config_model = ComposeConfig
    defaults = "compose.yaml"
    forbids_runtime_dependencies = True
    forbids_sources = True
    strict_rebuild = True

    @classmethod
    def runs_commands(cls, view: ElementView) -> bool:
        """Return whether there are integration commands to run."""
        return element_settings(view, ComposeConfig).integrate

    @classmethod
    def unique_key(cls, view: ElementView) -> KeyData:
        """Return which domains are taken, and whether they are integrated."""
        config = element_settings(view, ComposeConfig)
        key: dict[str, KeyData] = {
            "integrate": config.integrate,
            "include": sorted(config.include),
            "orphans": config.include_orphans,
        }
        if config.exclude:
            key["exclude"] = sorted(config.exclude)
        return key


class Filter(ElementKind):
    """A filter: some of the files of its one build dependency."""

    name = "filter"
    config_model = FilterConfig
    defaults = "filter.yaml"
    forbids_sources = True
    strict_rebuild = True
    version = 1
    with_commands = False

    @classmethod
    def unique_key(cls, view: ElementView) -> KeyData:
        """Return which domains are taken; `pass-integration` has no part in it."""
        config = element_settings(view, FilterConfig)
        return {
            "include": sorted(config.include),
            "exclude": sorted(config.exclude),
            "orphans": config.include_orphans,
        }


class Import(ElementKind):
    """An import: its sources as they are."""

    name = "import"
    config_model = ImportConfig
    defaults = "import.yaml"
    needs_sources = True
    stages = False
    with_commands = False

    @classmethod
    def unique_key(cls, view: ElementView) -> KeyData:
        """Return what goes where, as written."""
        config = element_settings(view, ImportConfig)
        return {"source": config.source, "target": config.target}


class Script(ScriptKind):
    """A script: commands run over what its dependencies stage."""

    name = "script"
    config_model = ScriptConfig
    defaults = "script.yaml"
    dependency_model = LocationConfig

    @classmethod
    def root_read_only(cls, view: ElementView) -> bool:
        """Return what the config says."""
        return element_settings(view, ScriptConfig).root_read_only

    @classmethod
    def commands(cls, view: ElementView) -> dict[str, KeyData]:
        """Return the commands as one group."""
        return {"commands": element_settings(view, ScriptConfig).commands}

    @classmethod
    def places(cls, view: ElementView) -> Iterator[Place]:
        """Yield the dependencies at the location that their config says."""
        for dependency, config in dependency_settings(view, LocationConfig):
            yield Place(config.location, dependency.path, dependency.name)


class Junction(ElementKind):
    """A junction: another project."""

    name = "junction"
    config_model = JunctionConfig
    forbids_build_dependencies = True
    forbids_runtime_dependencies = True

    @classmethod
    def unique_key(cls, view: ElementView) -> KeyData:
        """Return 1: a junction has no artifact."""
        del view
        return 1


class Link(ElementKind):
    """A link: another name for an element or junction."""

    name = "link"
    config_model = LinkConfig
    forbids_build_dependencies = True
    forbids_runtime_dependencies = True
    forbids_sources = True

    @classmethod
    def unique_key(cls, view: ElementView) -> KeyData:
        """Return 1: a link is nothing once it is followed."""
        del view
        return 1


class Build(ElementKind):
    """Base of the kinds that configure, build, install and strip (`BuildElement`)."""

    config_model = BuildConfig
    dependency_model = BuildDependencyConfig

    @classmethod
    def unique_key(cls, view: ElementView) -> KeyData:
        """Return the commands, where they run, and where dependencies are unless that is `/`."""
        config = element_settings(view, BuildConfig)
        variables = view.element.variables
        key: dict[str, KeyData] = {
            "configure-commands": config.configure_commands,
            "build-commands": config.build_commands,
            "install-commands": config.install_commands,
            "strip-commands": config.strip_commands,
        }
        if variables.get("command-subdir"):
            key["command-subdir"] = variables["command-subdir"]
        # BuildStream asks whether there is any text, so that `False` counts too.
        if variables.get("notparallel"):
            key["notparallel"] = True
        settings = list(dependency_settings(view, BuildDependencyConfig))
        layout = grouped((c.location, dependency.path) for dependency, c in settings)
        # An empty location counts as none for BuildStream.
        if any(location not in {"", "/"} for location in layout):
            key["layout"] = layout
        digests = grouped(
            (config.digest_environment, dependency.path)
            for dependency, config in settings
            if config.digest_environment is not None
        )
        if digests:
            # Spelled as BuildStream spells it.
            key["digest-enviornment"] = digests
        return key


class Manual(Build):
    """A manual element: commands written by hand."""

    name = "manual"
    defaults = "manual.yaml"


CORE_KINDS: Final = (Stack, Compose, Filter, Import, Script, Junction, Link, Manual)
