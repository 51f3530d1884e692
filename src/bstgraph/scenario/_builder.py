"""The builder: chained edits of a state."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from bstgraph.model import Data, Element, Project
from bstgraph.names import ElementName
from bstgraph.scenario._elements import (
    added,
    direct,
    entry,
    is_known,
    is_resolved,
    stripped,
    with_ref,
)
from bstgraph.scenario._places import file_of
from bstgraph.scenario._reloading import File, FileEdit, InText, Option, OptionValue, Reloading
from bstgraph.state import State

DependencyType: TypeAlias = Literal["build", "runtime", "all"]

_TYPES: Final = {"build": (True, False), "runtime": (False, True), "all": (True, True)}


@dataclass(frozen=True, slots=True, kw_only=True)
class _InModel:
    """An edit of one element as it is in the model."""

    element: str
    change: Callable[[Element, Project], Element]
    needs: str = ""
    """An element that has to be there."""


_Edit: TypeAlias = _InModel | FileEdit


class _Loaded:
    """The latest state that was loaded again, for all scenarios that go on from it."""

    edits: tuple[FileEdit, ...] = ()
    state: State | None = None


class Scenario:
    """A state and edits of it; each method returns another scenario with one edit more.

    Edits are made in their order, when `state` is asked for; what is wrong with one is raised
    there. Elements are given by their full names. `bstgraph.whatif` makes the first one.
    """

    def __init__(self, base: State) -> None:
        """Begin with a state; without its `reload`, edits that need loading are refused."""
        self._base = base
        self._edits: tuple[_Edit, ...] = ()
        self._told: tuple[str, ...] = ()
        self._loaded = _Loaded()
        self._state: State | None = None

    def add(
        self,
        element: str,
        dependency: str,
        type: DependencyType = "all",  # noqa: A002  # as in the file
        *,
        strict: bool = False,
    ) -> Scenario:
        """Return this with a dependency more, as if it were written last in `depends:`.

        Where the element depends on it already, the two are merged as BuildStream merges entries:
        the type becomes the union. A dependency that no target needs so far is loaded.

        Raises:
            ValueError: there is no such type; a runtime dependency cannot be strict.
        """
        if type not in _TYPES:
            raise ValueError(f"there is no dependency type {type!r}, only {', '.join(_TYPES)}")
        build, runtime = _TYPES[type]
        if strict and not build:
            raise ValueError("a runtime dependency cannot be strict")

        def change(found: Element, project: Project) -> Element:
            new = entry(found, dependency, project)
            update = {"build": build, "runtime": runtime, "strict": strict}
            return added(found, new.model_copy(update=update))

        told = f"{element}: add {dependency} ({type}{', strict' if strict else ''})"
        edit = _InModel(element=element, change=change, needs=dependency)
        return self._with(edit, told)

    def remove(self, element: str, dependency: str) -> Scenario:
        """Return this without a dependency, whatever its type.

        Elements that no target needs any more are left out of the state.
        """

        def change(found: Element, project: Project) -> Element:
            gone = direct(found, dependency, project)
            rest = tuple(each for each in found.dependencies if each is not gone)
            return found.model_copy(update={"dependencies": rest})

        return self._with(
            _InModel(element=element, change=change), f"{element}: remove {dependency}"
        )

    def strict(self, element: str, dependency: str) -> Scenario:
        """Return this with `strict: true` on a build dependency that is there."""

        def change(found: Element, project: Project) -> Element:
            known = direct(found, dependency, project)
            if not known.build:
                raise ValueError(f"{element}: '{dependency}' is no build dependency")
            made = known.model_copy(update={"strict": True})
            entries = tuple(made if each is known else each for each in found.dependencies)
            return found.model_copy(update={"dependencies": entries})

        return self._with(
            _InModel(element=element, change=change), f"{element}: strict {dependency}"
        )

    def ref(self, element: str, ref: Data, source: int = 0) -> Scenario:
        """Return this with another ref of a source, wherever the project keeps its refs.

        Args:
            element: the element.
            ref: a text for most kinds, for some a list or mapping; it is taken as it is.
            source: the source, from 0 in the order written.
        """

        def change(found: Element, project: Project) -> Element:
            del project
            if not 0 <= source < len(found.sources):
                raise ValueError(f"{element} has {len(found.sources)} sources, none is {source}")
            sources = list(found.sources)
            sources[source] = with_ref(sources[source], ref)
            return found.model_copy(update={"sources": tuple(sources)})

        edit = _InModel(element=element, change=change)
        return self._with(edit, f"{element}: ref of source {source}")

    def environment(self, element: str, name: str, value: str) -> Scenario:
        """Return this with a variable in the environment of an element.

        With `%{...}` in it, the value is written to the file and the project loaded again.
        """
        told = f"{element}: environment {name}"
        if "%{" in value:
            return self._with(
                InText(element=element, path=("environment", name), value=value), told
            )

        def change(found: Element, project: Project) -> Element:
            del project
            made = {**found.environment, name: value.strip()}
            return found.model_copy(update={"environment": made})

        return self._with(_InModel(element=element, change=change), told)

    def config(self, element: str, key: str, value: Data) -> Scenario:
        """Return this with a key of the `config` of an element: commands, a layout, domains.

        A list takes the place of the one of the kind, as it does in a file. With mappings or
        `%{...}` in it, the value is written to the file and the project loaded again.
        """
        told = f"{element}: config {key}"
        if not is_resolved(value):
            return self._with(InText(element=element, path=("config", key), value=value), told)

        def change(found: Element, project: Project) -> Element:
            del project
            made = {**found.config, key: stripped(value)}
            return found.model_copy(update={"config": made})

        return self._with(_InModel(element=element, change=change), told)

    def variable(self, element: str, name: str, value: str) -> Scenario:
        """Return this with a variable set in the file of an element.

        The project is loaded again, because a variable may be used anywhere in it. A conditional
        in the file may set it to something else, as it may for the file on disk.
        """
        edit = InText(element=element, path=("variables", name), value=value)
        return self._with(edit, f"{element}: variable {name}")

    def option(self, name: str, value: OptionValue) -> Scenario:
        """Return this with another value of a project option; the project is loaded again."""
        return self._with(Option(name=name, value=value), f"option {name}")

    def file(self, path: str, content: str | bytes | None) -> Scenario:
        """Return this with another content of a file; None takes the file away.

        A file that is read as YAML has the project loaded again; other files count where a local
        source has them. A new file is not executable, another one stays what it is.

        Args:
            path: the file as a Provenance names it: `files/a`, `sdk.bst:files/b`.
            content: text is written as UTF-8.
        """
        data = content.encode() if isinstance(content, str) else content
        return self._with(File(name=path, content=data), f"file {path}")

    def element(self, name: str, text: str) -> Scenario:
        """Return this with an element file of this text, a new one or another one.

        A new element has no effect until something depends on it, or all elements are loaded.
        """
        return self._with(File(element=name, content=text.encode()), f"element {name}")

    @property
    def edits(self) -> tuple[str, ...]:
        """What was edited, in words, in order."""
        return self._told

    @property
    def state(self) -> State:
        """The state with all edits, made once.

        Raises:
            SelectionError: there is no such element, option or dependency.
            ProjectError: BuildStream would refuse the edited files.
            ValueError: an edit that cannot be, or cannot be made here.
        """
        if self._state is None:
            self._state = self._made()
        return self._state

    @property
    def base(self) -> State:
        """The state without edits."""
        return self._base

    def __repr__(self) -> str:
        return f"<Scenario: {'; '.join(self._told) or 'no edits'}>"

    def _with(self, edit: _Edit, told: str) -> Scenario:
        made = Scenario(self._base)
        made._edits, made._told = (*self._edits, edit), (*self._told, told)
        made._loaded = self._loaded
        return made

    def _made(self) -> State:
        changes = tuple(_model_edits(self._edits, self._base.project))
        named = (name for edit in changes for name in (edit.element, edit.needs) if name)
        base = self._reloaded(tuple(dict.fromkeys(named)))
        edited: dict[ElementName, Element] = {}
        for edit in changes:
            found = base.graph[edit.element]
            found = edited.get(found.name, found)
            edited[found.name] = edit.change(found, base.project)
        if not edited:
            return base
        return base.edited(*edited.values(), label="what if", pruned=True)

    def _reloaded(self, also: tuple[str, ...]) -> State:
        """Return the state with all edits that need files to be read, and with `also`."""
        edits = tuple(edit for edit in self._edits if not isinstance(edit, _InModel))
        if not edits and (self._base.reload is None or _has(self._base, also)):
            return self._base
        known = self._loaded
        if known.state is None or known.edits != edits or not _has(known.state, also):
            known.state = Reloading(self._base, edits).state(also)
            known.edits = edits
        return known.state


def _has(state: State, elements: Sequence[str]) -> bool:
    return all(is_known(name, state.project) for name in elements)


def _model_edits(edits: Sequence[_Edit], project: Project) -> Iterator[_InModel]:
    """Yield the edits in the model, but those of elements whose whole file is another one later."""
    written = {
        file_of(edit.element, project) if edit.element else edit.name: number
        for number, edit in enumerate(edits)
        if isinstance(edit, File)
    }
    for number, edit in enumerate(edits):
        if isinstance(edit, _InModel):
            later = written.get(file_of(edit.element, project), -1) if written else -1
            if number > later:
                yield edit
