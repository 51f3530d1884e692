"""One load: what the caller asked for, the machine it is for, and what was found wrong."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from bstgraph.errors import LoadErrors, ProjectError
from bstgraph.machine import Machine
from bstgraph.model import DialectNote
from bstgraph.provenance import Provenance
from bstgraph.variables import Budget
from bstgraph.yaml import MappingNode, ParsedFiles, SequenceNode, SourceFile, read

Dialect = Literal["buildstream", "runbook"]

MAX_ERRORS: Final = 200
"""Most errors that are collected before they are raised."""

MAX_OUTLINES: Final = 4 * 2**20
"""Most bytes of unknown plugins that are parsed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What the caller asked for."""

    directory: str
    targets: tuple[str, ...] = ()
    options: Mapping[str, str] = field(default_factory=dict)
    junctions: Mapping[str, str] = field(default_factory=dict)
    search: tuple[str, ...] = ()
    allow: tuple[str, ...] = ()
    machine: Machine = field(default_factory=Machine)
    dialect: Dialect = "buildstream"
    edits: Mapping[str, str | None] = field(default_factory=dict)
    """Files as messages call them -> the text to take instead, None for no such file."""


class Session:
    """The state that all projects of one load share."""

    def __init__(self, request: Request, parsed: ParsedFiles | None = None) -> None:
        """Start with nothing found; `parsed` is what earlier loads parsed."""
        self.request = request
        self._parsed = parsed or ParsedFiles()
        self.machine = request.machine
        self.runbook = request.dialect == "runbook"
        self.budget = Budget()
        self.notes: list[DialectNote] = []
        self.allowed = tuple(os.path.realpath(folder) for folder in request.allow)
        self.includes_left = 50_000
        self.outlines_left = MAX_OUTLINES
        self.edits_read: set[str] = set()
        self.replaced: list[tuple[str, SequenceNode, SequenceNode]] = []
        """Lists that a plain list took the place of: the key, the old one and the new one. They are
        dependencies that an include lists, and rules of split domains."""
        self.files: list[SourceFile] = []
        """All that was read as YAML."""
        self._errors: dict[tuple[str, str], ProjectError] = {}

    def read(
        self, path: str, name: str, *, project: str, at: Provenance | None = None
    ) -> SourceFile:
        """Return a file that is read as YAML, or what the caller puts in its place.

        Raises:
            ProjectError: as `bstgraph.yaml.read`.
        """
        if name not in self.request.edits:
            return self._kept(read(path, name, project=project, at=at))
        self.edits_read.add(name)
        text = self.request.edits[name]
        if text is None:
            message = f"cannot read {name}: it was taken away"
            raise ProjectError("missing-file", message, at=at or Provenance(name, 1, 1))
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        return self._kept(SourceFile(name, text, project=project))

    def _kept(self, file: SourceFile) -> SourceFile:
        self.files.append(file)
        return file

    def parse(self, file: SourceFile) -> MappingNode:
        """Return the root mapping of a file that was read.

        Raises:
            ProjectError: as `bstgraph.yaml.parse`.
        """
        return self._parsed.parse(file)

    def has(self, path: str, name: str) -> bool:
        """Return whether there is a file, or the caller puts one there."""
        if name not in self.request.edits:
            return os.path.lexists(path)
        self.edits_read.add(name)
        return self.request.edits[name] is not None

    def report(self, error: ProjectError) -> None:
        """Keep an error that does not stop the rest; the same one twice counts once.

        Raises:
            LoadErrors: this is one too many; to look for more would only take time.
        """
        found: Sequence[BaseException] = (error,)
        if isinstance(error, LoadErrors):
            found = error.exceptions
        for one in found:
            if isinstance(one, ProjectError):
                self._errors.setdefault((str(one.at), one.message), one)
        if len(self._errors) >= MAX_ERRORS:
            self.raise_errors()

    @property
    def failed(self) -> bool:
        """Whether an error was reported."""
        return bool(self._errors)

    def raise_errors(self) -> None:
        """Raise what was reported: one error itself, several as LoadErrors, by file and line."""
        errors = sorted(
            self._errors.values(),
            key=lambda e: (e.at.path, e.at.line, e.at.column) if e.at else ("", 0, 0),
        )
        if len(errors) == 1:
            raise errors[0]
        if errors:
            raise LoadErrors(errors)
