"""How BuildStream runs the commands of a script: what `bstgraph.shell.parse` takes for granted."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from bstgraph.load import load_state
from bstgraph.shell import parse
from tests.oracle.builds import Builder, plant_busybox

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.oracle

SCRIPT = """\
kind: script
build-depends: [shell.bst]
environment: {GIVEN: here}
config:
  commands:
  - |
    x=1; export y=2; cd /tmp; f() { :; }
    echo "$GIVEN" >"%{install-root}/first"
  - |
    echo "${x-unset} ${y-unset} $PWD ${GIVEN}" >"%{install-root}/second"
    false || echo left >>"%{install-root}/second"
    cd /nowhere && echo not >>"%{install-root}/second"
    (cd /tmp && echo in >>"%{install-root}/second")
  - set >"%{install-root}/set"
"""


def test_each_command_is_a_shell_of_its_own(tmp_path: Path) -> None:
    project = tmp_path / "project"
    (project / "elements").mkdir(parents=True)
    (project / "project.conf").write_text("name: p\nmin-version: 2.0\nelement-path: elements\n")
    shell = "kind: import\nsources: [{kind: local, path: files}]\n"
    (project / "elements" / "shell.bst").write_text(shell)
    plant_busybox(project / "files")
    (project / "files" / "tmp").mkdir()
    (project / "files" / "tmp" / "x").write_text("")
    (project / "elements" / "script.bst").write_text(SCRIPT)
    builder = Builder(tmp_path / "bst")
    builder.build(project, ["script.bst"])
    out = tmp_path / "out"
    ended = builder.run(project, ["artifact", "checkout", "script.bst", "--directory", str(out)])
    assert ended.returncode == 0, ended.stderr.decode()
    assert (out / "first").read_text() == "here\n"
    assert (out / "second").read_text() == "unset unset / here\nleft\nin\n"

    element = load_state(project, ["script.bst"]).graph["script.bst"]
    commands = element.config["commands"]
    words = [
        command.words[1].text
        for text in commands[:2]
        for command in parse(text, environment=element.environment, directory="/").commands
        if command.program == "echo" and command.runs == "always"
    ]
    assert words == ["here", "unset unset / here", "left", "in"]

    # A variable that the shell itself sets may have any value; all others are the element's.
    names = [line.partition("=")[0] for line in (out / "set").read_text().splitlines()]
    made = [name for name in names if name not in element.environment and name.isidentifier()]
    script = parse("\n".join(f"a ${name}" for name in made), environment=element.environment)
    assert [c.words[-1].text for c in script.commands if c.words[-1].known] == []


def test_options_of_the_shell() -> None:
    """BuildStream runs `sh -c -e TEXT`: the text comes behind the options."""
    done = subprocess.run(
        ["sh", "-c", "-e", "false; echo no\n"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (1, "")
    (first, *_) = parse("sh -c -e 'false; echo'").commands
    assert first.program == "false"
