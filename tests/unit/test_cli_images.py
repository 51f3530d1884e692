"""The commands about images, on small projects on disk."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from bstgraph.cli import main
from bstgraph.testing import write

Run = Callable[..., tuple[int, str, str]]

PROJECT = """
=== a.bst
kind: manual
=== b.bst
kind: manual
=== one.bst
kind: script
build-depends: [{filename: a.bst, config: {location: /layer}}]
=== two.bst
kind: script
build-depends: [{filename: %s.bst, config: {location: /layer}}]
=== link.bst
kind: link
config: {target: one.bst}
"""


@pytest.fixture
def folder(tmp_path: Path) -> str:
    write(PROJECT % "b", tmp_path / "first")
    write(PROJECT % "a", tmp_path / "second")
    return str(tmp_path / "first")


@pytest.fixture
def run(folder: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Return a function that runs `parity` and returns its status, output and messages."""
    monkeypatch.chdir(folder)

    def run_command(*arguments: str) -> tuple[int, str, str]:
        status = main(["parity", *arguments])
        return status, *capsys.readouterr()

    return run_command


@pytest.mark.parametrize(
    ("arguments", "status", "expected"),
    [
        (["one.bst", "two.bst"], 1, "different: 1 package only in A, 1 package only in B"),
        (["one.bst", "one.bst"], 0, "alike: 1 package in both"),
        (["link.bst", "one.bst"], 0, "A  one.bst: 1 package, 0 commands"),
        (["one.bst", "two.bst", "--other", "../second"], 0, "alike: 1 package in both"),
        (["two.bst", "two.bst", "--other", "../second"], 1, "only in B: 1"),
    ],
)
def test_parity(
    arguments: list[str],
    status: int,
    expected: str,
    run: Run,
) -> None:
    found, output, _ = run(*arguments)
    assert found == status
    assert expected in output


def test_parity_as_json(run: Run) -> None:
    status, output, _ = run("one.bst", "two.bst", "--json")
    document = json.loads(output)
    assert (status, document["schema"]) == (1, "bstgraph/parity/1")
    assert [each["name"] for each in document["differences"]] == ["a.bst", "b.bst"]


@pytest.mark.parametrize(
    ("names", "message"),
    [(["one.bst", "a.bst"], "no-chain"), (["one.bst", "zwei.bst"], "zwei.bst")],
)
def test_a_wrong_call(names: list[str], message: str, run: Run) -> None:
    status, output, messages = run(*names)
    assert (status, output) == (2, "")
    assert message in messages
