"""BSG503 `blind-spot`."""

from __future__ import annotations

from pathlib import Path

import pytest

from bstgraph.checks.blind_spot import blind_spot
from bstgraph.testing import project
from tests.unit.checks.looking import found, is_silenced


def drawn(command: str, more: str = "") -> str:
    """Return two elements with the same command."""
    config = f"config: {{install-commands: ['{command}']}}\n{more}"
    return f"=== a.bst\nkind: manual\n{config}\n=== b.bst\nkind: manual\n{config}"


def test_what_is_alike_is_told_once(tmp_path: Path) -> None:
    (only,) = found(blind_spot, project(drawn("date +%m >month"), tmp_path))
    assert only.elements == ("a.bst", "b.bst")
    assert only.message == ("'a.bst' and 1 more: its commands use 'date' (clock)")
    assert only.evidence == ("a.bst: date +%m >month", "b.bst: date +%m >month")
    assert only.fix is not None
    assert "SOURCE_DATE_EPOCH" in only.fix
    assert only.at is not None
    assert only.severity == "advice"


def test_one_alone(tmp_path: Path) -> None:
    text = "=== a.bst\nkind: manual\nconfig: {install-commands: ['uuidgen >id']}\n"
    (only,) = found(blind_spot, project(text, tmp_path))
    assert only.message == "'a.bst': its commands use 'uuidgen' (random)"


@pytest.mark.parametrize(
    ("command", "more"),
    [
        ("cp month x", ""),
        ("date -d @$SOURCE_DATE_EPOCH", ""),
        ("make -j$N", "environment: {N: '4'}\nenvironment-nocache: [N]\n"),
    ],
)
def test_what_is_none(command: str, more: str, tmp_path: Path) -> None:
    assert found(blind_spot, project(drawn(command, more), tmp_path)) == ()


@pytest.mark.parametrize(
    ("last", "told"),
    [("rm /etc/id", False), ("rm /etc/other", True), ("if a; then rm /etc/id; fi", True)],
)
def test_what_is_removed_again(last: str, told: bool, tmp_path: Path) -> None:  # noqa: FBT001
    commands = f"config: {{install-commands: ['uuidgen >/etc/id', '{last}'], strip-commands: []}}"
    seen = found(blind_spot, project(f"=== a.bst\nkind: manual\n{commands}\n", tmp_path))
    assert bool(seen) == told


def test_suppressed(tmp_path: Path) -> None:
    assert is_silenced(blind_spot, project(drawn("date"), tmp_path), "a.bst b.bst")
