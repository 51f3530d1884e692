"""One load: what the caller asked for, the machine it is for, and what was found wrong."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from bstgraph.errors import LoadErrors, ProjectError
from bstgraph.model import DialectNote
from bstgraph.variables import Budget

Dialect = Literal["buildstream", "runbook"]

MAX_ERRORS: Final = 200
"""Most errors that are collected before they are raised."""

MAX_OUTLINES: Final = 4 * 2**20
"""Most bytes of unknown plugins that are parsed."""

_MAX_DEFAULT_JOBS: Final = 8
_ARCHITECTURES: Final = {
    "aarch32": "aarch32 arm",
    "aarch64": "aarch64 armv8l",
    "aarch64-be": "aarch64-be armv8b",
    "x86-64": "amd64 x86-64",
    "x86-32": "i386 i486 i586 i686 x86-32",
    "la64v100": "la64v100 loong64 loongarch64",
    "power-isa-be": "powerpc powerpc64 ppc64 power-isa-be",
    "power-isa-le": "powerpc64le ppc64le power-isa-le",
    "rv32g": "riscv32 rv32g",
    "rv64g": "riscv64 rv64g",
    "sparc-v9": "sparc sparc64 sun4v sparc-v9",
}
_CANONICAL: Final = {
    alias: name for name, aliases in _ARCHITECTURES.items() for alias in aliases.split()
}


def canonical_arch(name: str) -> str | None:
    """Return BuildStream's own name of an architecture, None for one it does not know."""
    return _CANONICAL.get(name.lower().replace("_", "-"))


def default_max_jobs() -> int:
    """Return BuildStream's default: the CPUs this process may use, at most 8."""
    cpus = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return min(_MAX_DEFAULT_JOBS, cpus or 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """What BuildStream takes from the machine it runs on."""

    max_jobs: int = field(default_factory=default_max_jobs)
    arch: str = field(default_factory=platform.machine)
    system: str = field(default_factory=platform.system)


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


class Session:
    """The state that all projects of one load share."""

    def __init__(self, request: Request) -> None:
        """Start with nothing found."""
        self.request = request
        self.machine = request.machine
        self.runbook = request.dialect == "runbook"
        self.budget = Budget()
        self.notes: list[DialectNote] = []
        self.allowed = tuple(os.path.realpath(folder) for folder in request.allow)
        self.includes_left = 50_000
        self.outlines_left = MAX_OUTLINES
        self._errors: dict[tuple[str, str], ProjectError] = {}

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
