"""What a loaded project is made of: frozen pydantic models, each with its provenance.

Values are resolved as BuildStream 2.8 resolves them: includes, conditionals and list directives
applied, variables expanded. Text stays text: BuildStream has no numbers or nulls in its YAML.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, SerializeAsAny, SkipValidation

from bstgraph import names
from bstgraph.display import Displayable
from bstgraph.machine import Machine
from bstgraph.names import ElementName
from bstgraph.observations import Observations
from bstgraph.provenance import Provenance

Data: TypeAlias = str | Sequence["Data"] | Mapping[str, "Data"]
"""A resolved YAML value: text, lists and mappings of it."""

# Nodes were checked when they were read; checking whole trees again would double the load time.
DataMapping: TypeAlias = Annotated[Mapping[str, Any], SkipValidation]
Texts: TypeAlias = Annotated[Mapping[str, str], SkipValidation]


_TEXTS: Final = frozenset((str,))


def _hyphens(name: str) -> str:
    return name.replace("_", "-")


class Model(BaseModel):
    """Base of all models: frozen, and without any key it does not know."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        alias_generator=_hyphens,
        populate_by_name=True,
        # There are some eighty models, and a program uses a few: a quarter of the import time.
        defer_build=True,
    )

    provenance: Provenance | None = Field(default=None, exclude=True, repr=False)


class KindConfig(Model):
    """The `config` of an element as its kind understands it; kinds derive their own from it."""

    model_config = ConfigDict(extra="allow")


class Dependency(Model):
    """One direct dependency of an element; entries for the same element are merged into one."""

    name: ElementName
    """The full name of the element that it resolves to, through links and overrides."""
    path: str
    """As first written: `junction.bst:name.bst` or `name.bst`; layouts and keys use this text."""
    build: bool
    runtime: bool
    strict: bool = False
    config: tuple[DataMapping, ...] = ()
    """Dependency configurations in merge order, expanded; empty when none was written."""
    other_paths: tuple[str, ...] = ()
    """What other entries call it that were merged into this one: a link, another spelling."""
    position: int | None = Field(default=None, exclude=True, repr=False)
    """Where it comes in the order that the file gives, which BuildStream sorts: `build-depends`,
    then `runtime-depends`, then `depends`; only how positions compare counts. None for one made by
    hand; beside others that have one, it comes behind them."""

    @property
    def type(self) -> Literal["build", "runtime", "all"]:
        """The dependency type as BuildStream writes it."""
        if self.build and self.runtime:
            return "all"
        return "build" if self.build else "runtime"


class PluginOutline(Model):
    """What the Python file of a plugin says by its shape alone; it is parsed, never run."""

    base: str
    """The class of BuildStream that it derives from: `BuildElement`, `Element`, `Source`, ..."""
    attributes: Mapping[str, bool | int | str]
    """The class attributes `BST_...` that are set to constants."""
    plain: bool
    """Whether nothing in the file can change a cache key: all is as in `base`, but for
    `attributes`."""


class Plugin(Model):
    """The plugin that a project uses for a kind, as far as its file tells."""

    origin: Literal["core", "local", "pip", "junction"]
    file: str = ""
    """Its Python file as messages call it; empty for those of BuildStream itself."""
    release: tuple[int, ...] = ()
    """The first release of its package that has this very file; empty when none is known to."""
    outline: PluginOutline | None = None
    """None for a file that was recognised or that cannot be parsed."""


class SourceConfig(Model):
    """The configuration of a source as its kind understands it; kinds derive their own from it."""

    model_config = ConfigDict(extra="allow")


class Source(Model):
    """One source of an element, in the order written."""

    kind: str
    directory: str = ""
    """Where it is staged, as written: BuildStream does not expand variables here."""
    config: DataMapping
    """All other keys, over the project's own for this kind, expanded; the ref included."""
    settings: Annotated[SerializeAsAny[SourceConfig], SkipValidation] = SourceConfig()
    """`config` as the kind understands it."""
    url: str | None = None
    """The URL of `config` with its alias resolved; None when it has none."""
    plugin: Plugin | None = None
    """What provides the kind; None for a source made by hand."""


class Workspace(Model):
    """A folder that BuildStream builds an element from instead of its sources."""

    path: Path
    """The folder; a relative path in the file is one in the toplevel project."""

    @property
    def source(self) -> Source:
        """The one source that the element has for BuildStream while the workspace is open."""
        config = {"path": str(self.path)}
        return Source(kind="workspace", config=config, provenance=self.provenance)


class SplitRules(Model):
    """The split rules of an element: which domain claims a path; elements share equal ones."""

    domains: Annotated[Mapping[str, tuple[str, ...]], SkipValidation]
    places: Annotated[Mapping[str, tuple[Provenance | None, ...]], SkipValidation] = {}
    """Where each rule of a domain is written, in the same order; empty when it is not known.

    The path of BuildStream's own rules begins with `BuildStream:`.
    """
    gaps: tuple[str, ...] = ()
    """What is no list of rules: a build that needs the rules fails on it."""

    @classmethod
    def of(cls, rules: object, places: Mapping[str, tuple[Provenance | None, ...]]) -> SplitRules:
        """Return the rules that public data has, as far as they are lists of texts."""
        domains, gaps = {}, []
        for domain, patterns in rules.items() if isinstance(rules, Mapping) else ():
            domains[domain] = tuple(patterns) if isinstance(patterns, list | tuple) else (None,)
            if not _TEXTS.issuperset(map(type, domains[domain])):
                gaps.append(f"the split rules of '{domain}' are no list of texts")
                domains[domain] = ()
        return cls.model_construct(domains=domains, places=places, gaps=tuple(gaps))


class Sandbox(Model):
    """The sandbox of an element as written; None where BuildStream takes the host's."""

    build_os: str | None = None
    build_arch: str | None = None
    build_uid: int | None = None
    build_gid: int | None = None
    remote_apis_socket: DataMapping | None = None


class Element(Model, Displayable):
    """One element, resolved."""

    name: ElementName
    """The full name: `sdk.bst:components/bash.bst`."""
    project_name: str
    """The name in the project.conf of the project that declares the element."""
    kind: str
    description: str = ""
    variables: Texts
    environment: DataMapping
    environment_nocache: tuple[str, ...] = ()
    """Names of environment variables that no key depends on, sorted."""
    sandbox: Sandbox = Sandbox()
    public: DataMapping
    config: DataMapping
    """The kind's defaults, the project's for the kind and the element's own, composed, expanded."""
    settings: Annotated[SerializeAsAny[KindConfig], SkipValidation] = KindConfig()
    """`config` as the kind understands it: a ComposeConfig, a ScriptConfig, ..."""
    plugin: Plugin | None = None
    """What provides the kind; None for an element made by hand."""
    sources: Annotated[tuple[Source, ...], SkipValidation] = ()
    """As written in the element. While a workspace is open BuildStream does not look at them:
    then they are in no key, and there are none here when one of them is wrong."""
    workspace: Annotated[Workspace | None, SkipValidation] = None
    """The open workspace of the element, where it has one."""
    dependencies: Annotated[tuple[Dependency, ...], SkipValidation] = ()
    """Direct dependencies in BuildStream's own order."""
    files: tuple[str, ...] = ()
    """The files beside its own that it is made from, as in a Provenance: includes, sorted, and
    the defaults of its kind where the project supplies them."""
    gaps: tuple[str, ...] = ()
    """What could not be known; empty when the element is exactly BuildStream's."""
    dependency_gaps: tuple[str, ...] = ()
    """Those of the gaps for which dependencies may be missing here."""
    written_splits: Annotated[SplitRules | None, SkipValidation] = Field(
        default=None, exclude=True, repr=False
    )
    """The split rules of the public data with their places, as they were loaded."""

    def __repr__(self) -> str:
        return f"<Element {self.name!r} of kind {self.kind!r}>"

    __str__ = __repr__

    @property
    def junction(self) -> str:
        """The junctions before the local name; empty in the toplevel project."""
        return names.split(self.name)[0]

    @property
    def local_name(self) -> str:
        """The name inside its own project; with `project_name` it is what keys identify it by."""
        return names.split(self.name)[1]

    @property
    def identity(self) -> tuple[str, str]:
        """(project name, local name): the identity that BuildStream's keys and caches use."""
        return self.project_name, self.local_name

    @property
    def staged_sources(self) -> tuple[Source, ...]:
        """The sources that BuildStream builds from: the open workspace, or else `sources`."""
        return (self.workspace.source,) if self.workspace is not None else self.sources

    @property
    def split_rules(self) -> SplitRules:
        """The split rules of the public data: domain -> patterns, in order."""
        bst = self.public.get("bst", {})
        rules = bst.get("split-rules", {}) if isinstance(bst, Mapping) else {}
        found = SplitRules.of(rules, {})
        loaded = self.written_splits
        # Public data may have been edited since.
        return loaded if loaded is not None and loaded.domains == found.domains else found


class External(Model):
    """An element that something depends on, in a junction whose files are not at hand."""

    name: ElementName
    junction: str
    reason: str
    """What is missing, and how to supply it."""


class Option(Model):
    """A project option, and the value that is in force."""

    name: str
    type: Literal["bool", "enum", "flags", "arch", "os", "element-mask"]
    description: str = ""
    variable: str | None = None
    values: tuple[str, ...] = ()
    value: bool | str | tuple[str, ...]
    exported: str
    """The value as `variable` carries it."""


class PluginOrigin(Model):
    """One entry of `plugins` in project.conf."""

    origin: Literal["local", "pip", "junction"]
    location: str
    """The path, package name or junction."""
    elements: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    source_mirrors: tuple[str, ...] = ()


class ProjectConf(Model):
    """One project.conf, resolved with the options in force."""

    name: str
    junction: str = ""
    """The full name of the junction element; empty for the toplevel project."""
    directory: Path
    min_version: str
    element_path: str = "."
    default_targets: tuple[str, ...] = ()
    options: tuple[Option, ...] = ()
    variables: Texts
    """The base variables as written, unexpanded, exported options included."""
    environment: DataMapping
    environment_nocache: tuple[str, ...] = ()
    sandbox: DataMapping = {}
    split_rules: DataMapping = {}
    aliases: Texts = {}
    mirrors: tuple[DataMapping, ...] = ()
    fatal_warnings: tuple[str, ...] = ()
    plugins: tuple[PluginOrigin, ...] = ()
    ref_storage: Literal["inline", "project.refs"] = "inline"
    disallow_subproject_uris: bool = False
    """Whether subprojects may only use aliases that their junction maps."""
    shell: DataMapping = {}
    element_overrides: DataMapping = {}
    """The `elements:` of project.conf, by kind."""
    source_overrides: DataMapping = {}
    """The `sources:` of project.conf, by kind."""
    files: tuple[str, ...] = ()
    """The files that project.conf includes, as in a Provenance, sorted."""
    left_out: tuple[str, ...] = ()
    """Paths that BuildStream would find in the project and that the checkout lacks; an empty one
    stands for any."""
    gaps: tuple[str, ...] = ()


class Junction(Model):
    """A junction element, and where the files of its project were found."""

    name: ElementName
    project_name: str
    """The project that declares the junction element."""
    directory: Path | None = None
    """The directory of the subproject; None when it could not be found."""
    supplied_by: Literal["mapping", "workspace", "local", "git", "missing"]
    sources: tuple[Source, ...] = ()
    options: DataMapping = {}
    overrides: Texts = {}
    """Path in the subproject -> what replaces it, as written."""
    gaps: tuple[str, ...] = ()


class Project(Model, Displayable):
    """A loaded project: its elements, subprojects and junctions."""

    name: str
    directory: Path
    targets: tuple[ElementName, ...]
    elements: Annotated[Mapping[ElementName, Element], SkipValidation]
    """All that the targets need, by full name, in staging order: dependencies first."""
    externals: Mapping[ElementName, External] = {}
    projects: Annotated[Mapping[str, ProjectConf], SkipValidation]
    """Every project that was read, by the full name of its junction; `""` is the toplevel."""
    junctions: Annotated[Mapping[ElementName, Junction], SkipValidation] = {}
    links: Mapping[ElementName, ElementName] = {}
    """Link elements that were followed -> what they resolve to."""
    dialect: Literal["buildstream", "runbook"] = "buildstream"
    machine: Annotated[Machine, SkipValidation] = Field(default_factory=Machine)
    """The machine that it was loaded for."""
    allowed: tuple[str, ...] = ()
    """Folders outside the project that the caller allows to be read, without links."""
    notes: tuple[DialectNote, ...] = ()
    """Where the runbook dialect accepted what BuildStream rejects, in load order."""
    observations: Annotated[Observations, SkipValidation] = Field(
        default=Observations(), exclude=True, repr=False
    )
    """What loading noticed and the elements do not show; nothing for a project made by hand."""
    gaps: tuple[str, ...] = ()
    """What could not be known about the project as a whole; elements carry their own."""

    _kept: tuple[object, ...] = PrivateAttr(default=())
    _origin: object = PrivateAttr(default=None)

    def keep(self, *things: object) -> Self:
        """Keep `things` alive as long as this project, such as temporary checkouts; return it."""
        self._kept += things
        return self

    def loaded_by(self, origin: object) -> Self:
        """Remember how the project was loaded, for `bstgraph.load`; return it."""
        self._origin = origin
        return self

    @property
    def origin(self) -> object:
        """What `loaded_by` was given; a copy of the project has it too."""
        return self._origin

    @property
    def conf(self) -> ProjectConf:
        """The toplevel project.conf."""
        return self.projects[""]

    def __repr__(self) -> str:
        return f"<Project {self.name!r}: {len(self.elements)} elements>"

    __str__ = __repr__


class DialectNote(Model):
    """A form of the runbook that was accepted, and what BuildStream wants instead."""

    element: ElementName
    claim: str
    """The runbook's claim: `R3`, `R4` or `R5`."""
    message: str
    fix: str
    """The BuildStream form."""
    text: str = ""
    """What has to stand in the place of the entry (R5) or of the key (R4), where that is all that
    has to change; else empty."""
