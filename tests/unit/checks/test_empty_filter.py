"""BSG403 `empty-filter`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bstgraph.checks import Subject
from bstgraph.checks.empty_filter import empty_filter
from bstgraph.load import open_layers
from bstgraph.testing import project
from tests.unit.checks.looking import found, is_silenced, subject, told


def drawn(kind: str, config: str, *, rules: str = "own: []") -> str:
    """Return a compose or filter of an import with one file."""
    return f"""
=== files/usr/share/doc/a
text
=== a.bst
kind: import
sources: [{{kind: local, path: files}}]
public: {{bst: {{split-rules: {{{rules}}}}}}}
=== layer.bst
kind: {kind}
build-depends: [a.bst]
config: {{{config}}}
"""


def with_files(folder: Path, text: str) -> Subject:
    """Return a project whose files are looked at."""
    seen = subject(project(text, folder))
    return replace(seen, layers=open_layers(seen.state))


@pytest.mark.parametrize(
    ("kind", "config", "why"),
    [
        ("filter", "include: [own]", "nothing that it stages has a rule for 'own'"),
        (
            "compose",
            "include: [own, odd], include-orphans: False",
            "nothing that it stages has a rule for 'own' and 'odd'",
        ),
        (
            "compose",
            "include: [doc], exclude: [doc], include-orphans: False",
            "all that it includes is in exclude too",
        ),
    ],
)
def test_what_the_rules_show(kind: str, config: str, why: str, tmp_path: Path) -> None:
    assert told(empty_filter, project(drawn(kind, config), tmp_path)) == [
        ("layer.bst", f"'layer.bst' lets nothing through: {why}")
    ]


def test_what_the_files_show(tmp_path: Path) -> None:
    text = drawn("filter", "include: [devel]")
    seen = with_files(tmp_path, text)
    assert told(empty_filter, seen) == [
        (
            "layer.bst",
            (
                "'layer.bst' lets nothing through: none of the 1 files that it stages is in a "
                "domain that passes"
            ),
        )
    ]
    assert found(empty_filter, replace(seen, layers=None)) == ()


@pytest.mark.parametrize(
    ("kind", "config"),
    [
        ("filter", "include: [doc]"),
        ("filter", "include: [odd]"),
        ("filter", "include: [own, odd]"),
        ("compose", "include: [own], include-orphans: True"),
        ("compose", "exclude: [devel]"),
        ("compose", ""),
    ],
)
def test_what_lets_something_through_or_fails(kind: str, config: str, tmp_path: Path) -> None:
    assert found(empty_filter, project(drawn(kind, config), tmp_path)) == ()


@pytest.mark.parametrize("config", ["include: [doc]", "exclude: [devel]"])
def test_files_that_pass(config: str, tmp_path: Path) -> None:
    assert found(empty_filter, with_files(tmp_path, drawn("compose", config))) == ()


def test_files_that_are_not_known(tmp_path: Path) -> None:
    text = drawn("filter", "include: [devel]").replace(
        "kind: import\nsources: [{kind: local, path: files}]", "kind: manual"
    )
    assert found(empty_filter, with_files(tmp_path, text)) == ()


def test_suppressed(tmp_path: Path) -> None:
    loaded = project(drawn("filter", "include: [own]"), tmp_path)
    assert is_silenced(empty_filter, loaded, "layer.bst")
