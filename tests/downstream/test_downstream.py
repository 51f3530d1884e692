"""examples/downstream as a stranger has it: the wheel in a clean environment, and pytest.

Assertions that fail are in `mistaken`; what they say is in `messages.txt`. To write that anew, run
with BSTGRAPH_WRITE_MESSAGES=1 and read what has changed.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

HERE: Final = Path(__file__).parent
ROOT: Final = HERE.parents[1]
EXAMPLE: Final = ROOT / "examples" / "downstream"
MESSAGES: Final = HERE / "messages.txt"


def run(*command: str | Path, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a program as a stranger would: without our environment, no cache, no configuration."""
    kept = ("HOME", "LANG", "PATH", "PIP_", "TMPDIR", "http_proxy", "https_proxy", "SSL_")
    environment = {k: v for k, v in os.environ.items() if k.startswith(kept)}
    environment |= {
        "XDG_CACHE_HOME": str(folder.parent / "cache"),
        "XDG_CONFIG_HOME": str(folder.parent / "config"),
        "COLUMNS": "100",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    return subprocess.run(
        command,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the Python of a new environment that has the wheel, pytest, and nothing of ours."""
    folder = tmp_path_factory.mktemp("downstream")
    wheel = (sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "-w", "wheels", ROOT)
    found = folder / "venv" / "bin" / "python"
    for command in (
        wheel,
        (sys.executable, "-m", "venv", "venv"),
        (found, "-m", "pip", "install", "--quiet", "pytest-xdist"),
    ):
        done = run(*command, folder=folder)
        if done.returncode and not os.environ.get("BSTGRAPH_DOWNSTREAM_REQUIRED"):
            pytest.skip(f"pip has nothing to install from: {done.stderr[-300:]}")
        assert done.returncode == 0, done.stderr
    [made] = (folder / "wheels").glob("bstgraph-*.whl")
    done = run(found, "-m", "pip", "install", "--quiet", f"{made}[testing]", folder=folder)
    assert done.returncode == 0, done.stderr
    return found


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Return the example as a git repository of its own, with what is mistaken in it."""
    folder = tmp_path / "repository"
    shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns("__pycache__", ".*"))
    for part in ("elements", "tests"):
        shutil.copytree(HERE / "mistaken" / part, folder / part, dirs_exist_ok=True)
    for command in ("init -q", "add -A", "-c user.name=a -c user.email=a@b commit -qm first"):
        assert run("git", *command.split(), folder=folder).returncode == 0
    return folder


def pytest_in(repository: Path, python: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run pytest in the repository, with a folder of its own for temporary files."""
    temporary = f"--basetemp={repository.parent / 'temporary'}"
    return run(python, "-m", "pytest", temporary, *arguments, folder=repository)


@pytest.mark.parametrize("more", [(), ("-n", "2")], ids=["alone", "xdist"])
def test_the_example(python: Path, repository: Path, more: tuple[str, ...]) -> None:
    done = pytest_in(repository, python, "tests/test_image.py", *more)
    assert re.search(r"\b9 passed in ", done.stdout), done.stdout + done.stderr
    assert "failed" not in done.stdout


def test_what_failing_assertions_say(python: Path, repository: Path) -> None:
    (repository / "files/base/usr/bin/base").write_text("#!/bin/sh\nexit 1\n")
    done = pytest_in(repository, python, "-q", "--tb=short", "tests/test_mistaken.py")
    assert done.returncode == 1, done.stdout + done.stderr
    said = messages(done.stdout).replace(str(repository), "(repository)")
    if os.environ.get("BSTGRAPH_WRITE_MESSAGES"):
        MESSAGES.write_text(said, encoding="utf-8")
    assert said == MESSAGES.read_text(encoding="utf-8")


def messages(output: str) -> str:
    """Return what failed tests say: the lines of each below the line of the test that failed."""
    kept = []
    for line in output.splitlines():
        name = re.fullmatch(r"_+ (test_\w+)\[.*\] _+", line)
        if name:
            kept.append(f"=== {name[1]}")
        elif line.startswith("E"):
            kept.append(line.removeprefix("E").removeprefix("   ").rstrip())
        elif re.match(r"\S+\.py:\d+: in ", line):
            kept.append(f"at {line.rpartition(' in ')[2]}")
    keys = re.compile(r"\b[0-9a-f]{64}\b")
    return keys.sub("(64 digits)", "\n".join(kept)) + "\n"
