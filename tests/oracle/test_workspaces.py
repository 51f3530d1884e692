"""Open workspaces: what BuildStream reads of them, and the keys that it then computes."""

from __future__ import annotations

import os
import random
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import pytest

from bstgraph.stores.content import Contents
from bstgraph.testing import write
from tests.oracle.compare import compare, load
from tests.oracle.oracle import Job, Oracle, OracleResult, required_interpreter
from tests.unit.timed_trees import TIMED, plant_timed
from tests.unit.trees import random_tree

pytestmark = pytest.mark.oracle

_TREES: Final = min(int(os.environ.get("BSTGRAPH_ORACLE_PROJECTS", "500")), 2000)
_FIRST_SEED: Final = int(os.environ.get("BSTGRAPH_ORACLE_SEED", "0"))
_PROJECT: Final = """
=== project.conf
element-path: .
=== a.bst
kind: manual
variables: {where: ws}
sources: [{kind: local, path: files, directory: below}]
=== b.bst
kind: compose
build-depends: [a.bst, "sub.bst:s.bst"]
=== l.bst
kind: link
config: {target: a.bst}
=== sub.bst
kind: junction
sources: [{kind: local, path: sub}]
=== sub/project.conf
name: sub
element-path: .
=== sub/s.bst
kind: import
sources: [{kind: local, path: files}]
=== sub/files/x
=== sub/.bst2/workspaces.yml
no list of workspaces
=== files/x
=== other/project.conf
name: sub
element-path: .
=== other/s.bst
kind: manual
"""


@pytest.fixture(scope="module")
def oracle() -> Iterator[Oracle]:
    with Oracle(required_interpreter()) as running:
        yield running


def opened(root: Path, workspaces: Mapping[str, str]) -> Job:
    """Write a project with one import element per workspace, name -> path, and open them."""
    elements = "".join(f"=== {name}.bst\nkind: import\n" for name in workspaces)
    entries = "".join(f"  {name}.bst: {{path: '{path}'}}\n" for name, path in workspaces.items())
    file = f"=== .bst2/workspaces.yml\nformat-version: 4\nworkspaces:\n{entries}"
    write(f"{elements}{file}", root)
    return Job(directory=root, targets=tuple(f"{name}.bst" for name in workspaces))


def keys(result: OracleResult) -> dict[str, object]:
    assert result.error is None, result.error
    return {
        element.name.removesuffix(".bst"): element.sources[0].key for element in result.elements
    }


def test_vectors_are_what_buildstream_says(oracle: Oracle, tmp_path: Path) -> None:
    names = {f"v{number}": name for number, name in enumerate(TIMED)}
    for name, vector in zip(names, TIMED.values(), strict=True):
        plant_timed(tmp_path / "w" / name, times=vector.times)
    (result,) = oracle.run([opened(tmp_path / "p", {name: f"../w/{name}" for name in names})])
    assert keys(result) == {name: TIMED[names[name]].digest for name in names}


def test_random_trees(oracle: Oracle, tmp_path: Path) -> None:
    """Folders with links, odd names and any time between 1901 and 2445."""
    folders: dict[str, str] = {}
    for seed in range(_FIRST_SEED, _FIRST_SEED + _TREES):
        dice = random.Random(seed)  # noqa: S311
        folder = tmp_path / "w" / str(seed)
        tree = random_tree(dice)
        times = {name: dice.randrange(-(2**61), 2**62) for name in (*tree, "a", "b")}
        plant_timed(folder, tree, times if dice.random() < 0.9 else {})
        folders[f"t{seed}"] = str(folder)
    (result,) = oracle.run([opened(tmp_path / "p", folders)])
    files = Contents(allowed=[tmp_path]).project(tmp_path / "p")
    ours = {name: files.workspace_digest(folder) for name, folder in folders.items()}
    assert ours == keys(result)
    assert len(set(ours.values())) > _TREES * 0.8


_HEAD: Final = "format-version: 4\nworkspaces:\n"
ACCEPTED: Final[Mapping[str, str]] = {
    "an element": f"{_HEAD}  a.bst: {{path: ws}}",
    "a folder of the project that is not there": f"{_HEAD}  a.bst: {{path: no}}",
    "the whole project": f"{_HEAD}  a.bst: {{path: .}}",
    "a variable": f"{_HEAD}  a.bst: {{path: '%{{where}}/', last_build: x, other: [x]}}",
    "the same folder twice": f"{_HEAD}  a.bst: {{path: ws}}\n  sub.bst:s.bst: {{path: ws/../ws}}",
    "another spelling": f"{_HEAD}  ./a.bst: {{path: ws}}\n  s.bst: {{path: ws}}",
    "a junction": f"{_HEAD}  sub.bst: {{path: other}}",
    "no element": f"{_HEAD}  z.bst: {{path: ws}}",
    "nothing open": "format-version: 4",
    "directives": "(@): no\nformat-version: 4\nworkspaces: {(>): {path: x}}",
    "version +4": "format-version: ' +04'\nworkspaces: {}",
}
REFUSED: Final[Mapping[str, str]] = {
    "a variable that is not there": f"{_HEAD}  a.bst: {{path: '%{{no}}'}}",
    "a link": f"{_HEAD}  l.bst: {{path: ws}}",
    "an element that takes no sources": f"{_HEAD}  b.bst: {{path: ws}}",
    "a junction without a folder": f"{_HEAD}  sub.bst: {{path: no}}",
    "a junction without a project": f"{_HEAD}  sub.bst: {{path: ws}}",
    "no path": f"{_HEAD}  z.bst: {{}}",
    "a list": f"{_HEAD}  z.bst: {{path: [ws]}}",
    "a text": f"{_HEAD}  a.bst: ws",
    "version 3": "format-version: 3\nworkspaces: {}",
    "version 5": "format-version: 5\nworkspaces: {}",
    "version 4.0": "format-version: 4.0\nworkspaces: {}",
    "no version": "workspaces: {}",
    "nothing": "",
}


@pytest.mark.parametrize("files", [ACCEPTED, REFUSED], ids=["accepted", "refused"])
def test_files(oracle: Oracle, tmp_path: Path, files: Mapping[str, str]) -> None:
    """What one of the two refuses the other refuses; else elements and keys are equal."""
    jobs = []
    for number, text in enumerate(files.values()):
        root = write(f"{_PROJECT}=== .bst2/workspaces.yml\n{text}\n", tmp_path / str(number))
        plant_timed(root / "ws")
        jobs.append(Job(directory=root, targets=("b.bst", "l.bst")))
    results = list(oracle.run(jobs))
    found = {
        name: differences
        for name, job, result in zip(files, jobs, results, strict=True)
        if (differences := compare(load(job), result))
    }
    assert found == {}
    assert {result.error is None for result in results} == {files is ACCEPTED}


def test_as_bst_opens_it(oracle: Oracle, tmp_path: Path) -> None:
    root = write(_PROJECT, tmp_path / "p")
    program = required_interpreter().with_name("bst")
    environment = {
        **os.environ,
        "HOME": str(tmp_path),
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
        "PATH": f"{program.parent}:{os.environ['PATH']}",
    }
    for name, folder in (("a.bst", "ws"), ("sub.bst:s.bst", "deep/ws"), ("sub.bst", "junction")):
        opening = ["workspace", "open", "--directory", str(root / folder), name]
        subprocess.run(
            [program, "--no-interactive", "-C", root, *opening],
            env=environment,
            check=True,
            capture_output=True,
        )
    job = Job(directory=root, targets=("b.bst",))
    (result,) = oracle.run([job])
    assert compare(load(job), result) == []
    assert result.error is None, result.error
    assert [element.sources[0].kind for element in result.elements[:2]] == ["workspace"] * 2
