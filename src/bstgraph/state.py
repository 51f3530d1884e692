"""A project at one moment, with what was computed of it: what comparisons look at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from bstgraph import kinds
from bstgraph.display import Displayable
from bstgraph.edits import in_order, needed, reread, reread_source
from bstgraph.garbage import paused_collector
from bstgraph.graph import Graph
from bstgraph.keys import ElementKeys, FileStore, KeyInputs, Keys, RuleName, compute
from bstgraph.kinds import KeyData, KeyGapError
from bstgraph.model import Dependency, Element, Project, Source
from bstgraph.provenance import Provenance

_TREES: Final = frozenset(("local", "patch_queue"))
"""The source kinds that read a folder of the project."""


class Reload(Protocol):
    """How a project was loaded; it can be loaded again with something else."""

    def project(
        self,
        *,
        edits: Mapping[str, str | None],
        options: Mapping[str, str | bool | Sequence[str]],
        also: Sequence[str] = (),
    ) -> Project:
        """Return the project with these edits and options over those that it was loaded with.

        Args:
            edits: as with `load_project`; one of a file that is not read is passed over.
            options: project options by name.
            also: elements to load beside the targets; they do not become targets.

        Raises:
            BstGraphError: as `load_project`.
        """

    def text(self, path: str, name: str) -> str:
        """Return the text of a YAML file: its path, and how messages call it.

        Raises:
            ProjectError: it cannot be read.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class State(Displayable):
    """A project, its graph and its keys; `edited` gives another one, in memory."""

    label: str
    """What to call it beside another one: a revision, a folder, an option."""
    keys: Keys
    files: FileStore
    """Where local sources are read."""
    reload: Reload | None = field(default=None, compare=False)
    """How it was loaded; None for a project that was made by hand, or edited in memory."""

    @classmethod
    def of(
        cls,
        project: Project,
        files: FileStore,
        *,
        rule: RuleName = "buildstream",
        release: str = "2.8",
        label: str = "",
        base: Keys | None = None,
        reload: Reload | None = None,
    ) -> State:
        """Return the state of a project; see `bstgraph.load_state` for the usual way to one.

        `base` are the keys of a project of which it is an edit: what is the same is taken from
        there.
        """
        keys = compute(project, files, rule=rule, release=release, base=base)
        return cls(label=label or project.name, keys=keys, files=files, reload=reload)

    @property
    def project(self) -> Project:
        """The project."""
        return self.keys.project

    @property
    def graph(self) -> Graph:
        """The project's graph."""
        return self.keys.graph

    def source_files(self, element: Element, source: Source) -> Mapping[str, str]:
        """Return the files that a local source reads: relative path -> what identifies each.

        Empty for sources of other kinds, and where the files cannot be read.
        """
        conf = self.project.projects.get(element.junction)
        path = source.config.get("path")
        if conf is None or not isinstance(path, str) or source.kind not in _TREES:
            return {}
        try:
            return self.files.project(str(conf.directory)).tree_files(path)
        except KeyGapError:
            # The key has this as its gap.
            return {}

    def workspace_files(self, element: Element) -> Mapping[str, tuple[str, int | None]]:
        """Return the files and folders of an open workspace: relative path -> what identifies each.

        That is a text as in `source_files`, and the time of the last change in microseconds, None
        where that is in no key. Empty without a workspace, and where it cannot be read.
        """
        if element.workspace is None:
            return {}
        files = self.files.project(str(self.project.directory))
        timed = kinds.key_format(self.keys.release).workspace_directory_times
        try:
            return files.workspace_files(str(element.workspace.path), folder_times=timed)
        except KeyGapError:
            # The key has this as its gap.
            return {}

    def source_key(self, element: Element, source: Source) -> KeyData:
        """Return what the keys of `element` would hold of `source`, None where it is not known.

        Both may be those of another state: what the source reads are the files of this one.
        """
        try:
            return self.keys.source_key(element.name, reread_source(source))
        except ValueError:
            # Its config is none of the kind here.
            return None

    def edited(self, *elements: Element, label: str = "edited", pruned: bool = False) -> State:
        """Return the state with these elements in the place of those of the same names.

        An element is edited by pydantic's `model_copy(update={...})`: its values are taken as
        resolved, and what its kind and sources read of `config` is read again. New elements come
        behind all others; their dependencies have to be there.

        Dependencies are sorted as BuildStream sorts those of a file, by their `position`; those
        without one come as if they were written last, in the order given. Where no dependency of
        an element has one, as in elements made by hand, the order of several is taken as given,
        and the keys of all that need the element have a gap.

        What is the same as before is not computed again. `bstgraph.whatif` makes such edits, and
        others.

        Example:
            app = state.graph["app.bst"]
            after = state.edited(app.model_copy(update={"environment": {"LANG": "en"}}))

        Args:
            elements: the edited elements.
            label: what to call the state beside another one.
            pruned: whether elements are left out that no target needs any more, as if the edited
                files were loaded.

        Raises:
            ValueError: BuildStream would refuse an element: a config that is none of the kind, a
                rule of the kind that is broken, values that are no YAML.
            SelectionError: a dependency does not exist.
            ProjectError: elements depend on each other (`circular-dependency`).
        """
        # Every now and then the collector would look at all that is loaded, in vain.
        with paused_collector():
            return self._edited(elements, label, pruned=pruned)

    def _edited(self, elements: tuple[Element, ...], label: str, *, pruned: bool) -> State:
        given = {**self.project.elements, **{e.name: e for e in elements}}
        changed = dict(given)
        for element in elements:
            conf = self.project.projects.get(element.junction)
            changed[element.name] = reread(element, conf, given.get)
        project = self.project.model_copy(update={"elements": changed})
        project, graph = in_order(project, self.graph)
        if pruned:
            project, graph = needed(project, graph)
        keys = compute(
            project,
            self.files,
            graph=graph,
            rule=self.keys.rule,
            release=self.keys.release,
            base=self.keys,
        )
        return State(label=label, keys=keys, files=self.files)

    def by_rule(self, rule: RuleName) -> State:
        """Return the state with keys by another rule; itself where they are by that rule.

        Raises:
            ValueError: there is no such rule.
        """
        if rule == self.keys.rule:
            return self
        return State.of(
            self.project, self.files, rule=rule, release=self.keys.release, label=self.label
        )

    def __repr__(self) -> str:
        return f"<State {self.label!r}: {len(self.keys)} elements>"


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation(Displayable):
    """What the keys of one element are made of; it prints as a tree."""

    keys: ElementKeys
    weak: KeyInputs
    """What is hashed for the weak key."""
    strict: KeyInputs
    """What is hashed for the strict key."""
    direct: tuple[Dependency, ...]
    """The direct dependencies, in BuildStream's order."""
    at: Provenance | None
    """Where the element is written."""


def explain_key(state: State, name: str) -> Explanation:
    """Return what the keys of the element `name` are made of.

    Raises:
        SelectionError: there is no such element, or it is external.
    """
    keys = state.keys[name]
    element = state.graph[name]
    return Explanation(
        keys=keys,
        weak=state.keys.inputs(name, "weak"),
        strict=state.keys.inputs(name, "strict"),
        direct=element.dependencies,
        at=element.provenance,
    )
