"""BSG602 `missing-tool`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bstgraph.checks import Subject
from bstgraph.checks.missing_tool import missing_tool
from bstgraph.load import open_layers
from bstgraph.testing import project
from tests.unit.checks.looking import found, is_silenced, subject, told


def seen(folder: Path, *commands: str, staged: str = "tools.bst") -> Subject:
    """Return an image that finds `tar` at `/` and runs `commands`."""
    lines = "\n".join(f"  - |\n    {command}" for command in commands)
    text = f"""
=== tools/usr/bin/tar
#!
=== tools.bst
kind: import
sources: [{{kind: local, path: tools}}]
=== made.bst
kind: manual
=== layer.bst
kind: import
sources: [{{kind: local, path: tools}}]
=== image.bst
kind: script
build-depends:
- {staged}
- {{filename: layer.bst, config: {{location: /layer}}}}
environment: {{PATH: '/usr/bin:/bin'}}
config:
  commands:
{lines}
"""
    loaded = project(text, folder, targets=["image.bst"])
    (folder / "tools/usr/bin/tar").chmod(0o755)
    made = subject(loaded)
    return replace(made, layers=open_layers(made.state))


@pytest.mark.parametrize("program", ["ldconfig", "/sbin/tar", "tar.old"])
def test_what_is_not_there(program: str, tmp_path: Path) -> None:
    looked = seen(tmp_path, "true", f"{program} -r /layer", f"{program} again")
    assert told(missing_tool, looked) == [
        ("image.bst", f"'image.bst' runs '{program}', and nothing that it stages has it")
    ]
    (only,) = found(missing_tool, looked)
    assert only.evidence == (f"command 2, line 1: {program} -r /layer",)


@pytest.mark.parametrize(
    "command",
    [
        "tar cf /out /layer",
        "/usr/bin/tar cf /out /layer",
        "if [ -e /x ]; then odd; fi",
        "f() { tar x; }; f",
        "cd /layer",
        'for i in /scripts/*; do "$i"; done',
        "PATH=/opt/bin; odd",
        "env odd",
        "tar xf /a -C /usr/bin >/usr/bin/odd; odd",
    ],
)
def test_what_is_there_or_not_sure(command: str, tmp_path: Path) -> None:
    assert found(missing_tool, seen(tmp_path, command)) == ()


def test_files_that_are_not_known(tmp_path: Path) -> None:
    assert found(missing_tool, seen(tmp_path, "odd", staged="made.bst")) == ()


def test_nothing_is_known_of_files(tmp_path: Path) -> None:
    assert found(missing_tool, replace(seen(tmp_path, "odd"), layers=None)) == ()


def test_suppressed(tmp_path: Path) -> None:
    assert is_silenced(missing_tool, seen(tmp_path, "odd"), "image.bst")
