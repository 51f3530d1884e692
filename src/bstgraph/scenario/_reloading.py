"""Edits that need files to be read: the project is loaded again with texts in their place."""

from __future__ import annotations

import posixpath
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from bstgraph.keys import FileStore
from bstgraph.model import Data, Project
from bstgraph.scenario._elements import is_known
from bstgraph.scenario._places import (
    file_of,
    laid_over,
    plugin_files,
    spellings,
    split,
    yaml_files,
)
from bstgraph.state import Reload, State
from bstgraph.stores import Contents
from bstgraph.yaml import with_value

OptionValue: TypeAlias = str | bool | Sequence[str]

_NOT_EDITED: Final = frozenset((".bst2/workspaces.yml", "bstgraph.toml"))


@dataclass(frozen=True, slots=True, kw_only=True)
class InText:
    """A value set in the file of an element."""

    element: str
    path: tuple[str, ...]
    value: Data


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """Another content of a file; None for no such file."""

    name: str = ""
    element: str = ""
    """The element whose file it is, instead of a name."""
    content: bytes | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    name: str
    value: OptionValue


FileEdit: TypeAlias = InText | File | Option


class Reloading:
    """One load of a project with texts in the place of files."""

    def __init__(self, base: State, edits: Sequence[FileEdit]) -> None:
        self._base = base
        self._project = base.project
        self._options: dict[str, OptionValue] = {}
        self._files: dict[str, bytes | None] = {}
        for edit in edits:
            self._take(edit)
        self._refuse()

    def state(self, also: tuple[str, ...]) -> State:
        """Return the edited state, with `also` among its elements."""
        base, project = self._base, self._project
        spelled = {other: n for n in self._files for other in spellings(n, project)}
        yaml = yaml_files(project)
        read = {name for name in spelled if name in yaml or name.endswith(".bst")}
        missing = [name for name in also if not is_known(name, project)]
        if self._options or missing or read:
            edits = {}
            for other, name in spelled.items():
                content = self._files[name]
                text = _text(content)
                if content is None or text is not None:
                    edits[other] = text
                elif other in read:
                    raise ValueError(f"{other} is read as YAML: its content has to be UTF-8")
            project = self._reload.project(edits=edits, options=self._options, also=also)
        keys = base.keys
        return State.of(
            project,
            self._contents(project),
            rule=keys.rule,
            release=keys.release,
            label="what if",
            base=keys,
        )

    def _contents(self, project: Project) -> FileStore:
        """Return where the edited project reads local sources."""
        files = self._base.files
        if not self._files:
            return files
        if not isinstance(files, Contents):
            raise ValueError("files can be edited only where bstgraph.stores reads them")  # noqa: TRY004  # the call is wrong, not a type
        edited = {}
        for name, content in self._files.items():
            junction, path = split(name, project)
            edited[str(project.projects[junction].directory), path] = content
        return files.edited(edited)

    def _take(self, edit: FileEdit) -> None:
        match edit:
            case Option():
                self._options[edit.name] = edit.value
            case File():
                name = file_of(edit.element, self._project) if edit.element else edit.name
                junction, path = split(name, self._project)
                self._files[f"{junction}:{path}" if junction else path] = edit.content
            case InText():
                name = file_of(edit.element, self._project)
                if name not in self._files:
                    self._base.graph[edit.element]  # raises, with what is near
                text = with_value(name, self._text(name), edit.path, edit.value)
                self._files[name] = text.encode()

    @property
    def _reload(self) -> Reload:
        if self._base.reload is None:
            raise ValueError(
                "this edit needs the project to be loaded again, and the state does not know how: "
                "begin with a state of bstgraph.load_state, not with one that was edited"
            )
        return self._base.reload

    def _text(self, name: str) -> str:
        """Return the text of a file, as edited so far."""
        if name in self._files:
            text = _text(self._files[name])
            if text is None:
                raise ValueError(f"{name} was taken away, or is no text: nothing can be set in it")
            return text
        junction, path = split(name, self._project)
        directory = self._project.projects[junction].directory
        return self._reload.text(str(directory / path), name)

    def _refuse(self) -> None:
        """Raise ValueError for files that are read in a way that no edit reaches."""
        plugins = {posixpath.dirname(name) for name in plugin_files(self._project)}
        for name in (other for n in self._files for other in spellings(n, self._project)):
            reason = "it" if name in _NOT_EDITED else ""
            if name.endswith(".py") and posixpath.dirname(name) in plugins:
                reason = "a plugin"
            for path, junction in laid_over(self._project):
                if f"{name}/".startswith(f"{path}/"):
                    reason = f"what is laid over the files of '{junction}'"
            if reason:
                raise ValueError(f"{name}: {reason} can be edited on disk only")


def _text(content: bytes | None) -> str | None:
    """Return the text of a file; None for no file, and for what is no UTF-8."""
    try:
        return None if content is None else content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
