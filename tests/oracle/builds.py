"""Real builds by the real BuildStream, into a cache of their own, without any network."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from tests.oracle.oracle import required_interpreter

BUSYBOX: Final = Path("/bin/busybox")
"""The static one of Debian's `busybox-static`."""

NO_FILES: Final = "This element has no associated artifacts"

_SHOWN: Final = "%{name}\x1f%{full-key}\x1f%{state}\x1f%{artifact-cas-digest}"


class BuildFailedError(Exception):
    """`bst` ended with an error; the text is what it printed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What `bst show` says of an element."""

    key: str
    state: str
    digest: str


class Builder:
    """Runs `bst` with a user configuration and a cache below `directory`."""

    def __init__(self, directory: Path, *, settings: Mapping[str, object] | None = None) -> None:
        """Write the configuration; `settings` are added to it.

        The test is skipped, or fails where BuildStream is required, when there is none.
        """
        self._bst = required_interpreter().with_name("bst")
        self.cachedir = directory / "cache"
        self._configuration = directory / "buildstream.conf"
        directory.mkdir(parents=True, exist_ok=True)
        told = {
            "cachedir": str(self.cachedir),
            "sourcedir": str(directory / "sources"),
            "logdir": str(directory / "logs"),
            "scheduler": {"builders": 1, "fetchers": 1, "network-retries": 0},
            "build": {"max-jobs": 1},
            "cache": {"quota": "50%"},
        }
        self._configuration.write_text(json.dumps({**told, **(settings or {})}))
        # Nothing of the user's own configuration or cache.
        self._environment = {
            **{name: value for name, value in os.environ.items() if name in {"PATH", "HOME"}},
            "PATH": f"{self._bst.parent}{os.pathsep}{os.environ['PATH']}",
            "LC_ALL": "C.UTF-8",
            "XDG_CONFIG_HOME": str(directory / "config"),
            "XDG_CACHE_HOME": str(directory / "other-cache"),
        }

    def run(self, project: Path, arguments: Sequence[str]) -> subprocess.CompletedProcess[bytes]:
        """Run `bst` in a project and return what came of it, whatever that is."""
        command: list[str | Path] = [
            self._bst,
            "--no-interactive",
            "--no-colors",
            f"--config={self._configuration}",
            f"--directory={project}",
            *arguments,
        ]
        return subprocess.run(
            command,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=600,
        )

    def run_as_user(self, project: Path, arguments: Sequence[str]) -> None:
        """Run `bst` with the configuration that it finds in the environment of the test.

        Raises:
            BuildFailedError: it ended with an error.
        """
        command: list[str | Path] = [self._bst, "--no-interactive", f"--directory={project}"]
        environment = {**os.environ, "PATH": self._environment["PATH"]}
        ended = subprocess.run(
            [*command, *arguments],
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=600,
        )
        if ended.returncode:
            raise BuildFailedError((ended.stdout + ended.stderr).decode(errors="replace"))

    def build(
        self,
        project: Path,
        targets: Sequence[str],
        *,
        fails: Sequence[str] = (),
        strict: bool = True,
    ) -> Path:
        """Build targets and return the cache directory; `fails` are those that will not build.

        Raises:
            BuildFailedError: others failed than these.
        """
        mode = [] if strict else ["--no-strict"]
        ended = self.run(project, [*mode, "--on-error=continue", "build", *targets])
        if ended.returncode or fails:
            shown = self.show(project, targets, strict=strict)
            failed = {name for name, one in shown.items() if one.state != "cached"}
            if not ended.returncode or failed != set(fails):
                raise BuildFailedError((ended.stdout + ended.stderr).decode(errors="replace"))
        return self.cachedir

    def contents_text(
        self, project: Path, targets: Iterable[str], *, long: bool = False, strict: bool = True
    ) -> str:
        """Return what `bst artifact list-contents` prints."""
        mode = [] if strict else ["--no-strict"]
        option = ["--long"] if long else []
        arguments = [*mode, "artifact", "list-contents", *option, *targets]
        return self._answer(project, arguments)

    def list_contents(
        self, project: Path, targets: Iterable[str], *, long: bool = False, strict: bool = True
    ) -> dict[str, list[str]]:
        """Return element -> the lines of `bst artifact list-contents`, in their order.

        No path in the artifacts may have a line break.
        """
        contents: dict[str, list[str]] = {}
        element = ""
        for line in self.contents_text(project, targets, long=long, strict=strict).splitlines():
            if line.startswith("\t"):
                if line != f"\t{NO_FILES}":
                    contents[element].append(line[1:])
            elif line.strip():
                element = line.strip().removesuffix(":")
                contents[element] = []
        return contents

    def show(
        self, project: Path, targets: Iterable[str], *, strict: bool = True
    ) -> dict[str, Shown]:
        """Return full name -> what `bst show` says of the targets and all they depend on."""
        mode = [] if strict else ["--no-strict"]
        text = self._answer(project, [*mode, "show", "--deps=all", f"--format={_SHOWN}", *targets])
        shown = {}
        for line in text.splitlines():
            name, key, state, digest = line.split("\x1f")
            shown[name] = Shown(key=key, state=state, digest=digest)
        return shown

    def _answer(self, project: Path, arguments: Sequence[str]) -> str:
        ended = self.run(project, arguments)
        if ended.returncode:
            raise BuildFailedError((ended.stdout + ended.stderr).decode(errors="replace"))
        return ended.stdout.decode()


def static_busybox() -> Path:
    """Return the static busybox; the test is skipped, or fails where required, without one."""
    if not BUSYBOX.exists():
        if os.environ.get("BSTGRAPH_ORACLE_REQUIRED") == "1":
            pytest.fail("no /bin/busybox: install busybox-static")
        pytest.skip("no /bin/busybox: install busybox-static")
    return BUSYBOX


def plant_busybox(directory: Path) -> None:
    """Put a static shell with its tools into `directory`, as files of a `local` source."""
    busybox = static_busybox()
    programs = directory / "bin"
    programs.mkdir(parents=True)
    shutil.copy(busybox, programs / "busybox")
    for name in ("sh", "cat", "chmod", "cp", "echo", "ln", "ls", "mkdir", "mv", "rm", "touch"):
        (programs / name).symlink_to("busybox")
