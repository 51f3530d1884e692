"""BSG402 `unknown-domain`."""

from __future__ import annotations

from pathlib import Path

from bstgraph.checks.unknown_domain import unknown_domain
from bstgraph.testing import project
from tests.unit.checks.looking import found, is_silenced, subject

APP = """
=== app.bst
kind: manual
"""
UNKNOWN = f"""{APP}
=== x.bst
kind: compose
build-depends: [app.bst]
config: {{exclude: [devel, extra]}}
=== y.bst
kind: compose
build-depends: [app.bst]
config: {{exclude: [extra]}}
=== f.bst
kind: filter
build-depends: [app.bst]
config: {{include: [devle]}}
"""


def test_one_finding_for_each_domain(tmp_path: Path) -> None:
    by_element = {
        str(each.element): each for each in found(unknown_domain, project(UNKNOWN, tmp_path))
    }
    assert set(by_element) == {"x.bst", "f.bst"}
    extra, devle = by_element["x.bst"], by_element["f.bst"]
    assert extra.elements == ("x.bst", "y.bst")
    assert extra.message == (
        "a compose has 'extra' in exclude, a split domain that nothing it stages has; "
        "BuildStream passes over it"
    )
    assert extra.fix is not None
    assert extra.fix.startswith("the domains are ")
    assert devle.message.endswith("BuildStream fails to build it")
    assert devle.fix == "did you mean 'devel'?"
    assert devle.at is not None
    assert devle.at.path == "elements/f.bst"


def test_domains_that_are_there(tmp_path: Path) -> None:
    text = APP + "public: {bst: {split-rules: {extra: [/x]}}}\n"
    text += (
        "=== x.bst\nkind: compose\nbuild-depends: [app.bst]\nconfig: {exclude: [devel, extra]}\n"
    )
    assert found(unknown_domain, project(text, tmp_path)) == ()


def test_suppressed(tmp_path: Path) -> None:
    seen = subject(project(UNKNOWN, tmp_path))
    assert is_silenced(unknown_domain, seen, "x.bst y.bst f.bst")
    assert not is_silenced(unknown_domain, seen, "x.bst f.bst")
