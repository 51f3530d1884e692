"""The machine that BuildStream would run on: what options, variables and keys take from it."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass, field
from typing import Final

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


def _home() -> str:
    return os.path.expanduser("~")


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """What BuildStream takes from the machine it runs on; by default this one."""

    max_jobs: int = field(default_factory=default_max_jobs)
    """The variable `max-jobs`."""
    arch: str = field(default_factory=platform.machine)
    """The architecture, as `uname -m` spells it."""
    system: str = field(default_factory=platform.system)
    """The operating system, as `uname -s` spells it."""
    home: str = field(default_factory=_home)
    """The user's home, which some source kinds read."""

    @property
    def build_os(self) -> str:
        """The `build-os` of a sandbox that names none (BuildStream's `platform.py`)."""
        system = self.system.lower()
        return "macos" if system == "darwin" else system

    @property
    def build_arch(self) -> str | None:
        """The `build-arch` of a sandbox that names none; None when BuildStream knows no name."""
        return canonical_arch(self.arch)
