"""BSG502 `stale-layer`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bstgraph import load_state
from bstgraph.checks import Subject, fixes
from bstgraph.checks.stale_layer import stale_layer
from bstgraph.forecast import forecast
from bstgraph.keys import RuleName
from bstgraph.testing import project
from tests.unit.checks.looking import found, is_silenced, outcome, subject


def drawn(content: str, *, entry: str = "lib.bst  # the library", more: str = "") -> str:
    """Return an image of an application that is built with a library."""
    return f"""
=== files/lib
{content}
=== lib.bst
kind: import
sources: [{{kind: local, path: files}}]
=== tool.bst
kind: manual
=== app.bst
# An application.
kind: manual

build-depends:
- tool.bst
- {entry}
=== layer.bst
kind: compose
build-depends: [app.bst]
=== image.bst
kind: script
build-depends:
- {{filename: layer.bst, config: {{location: /layer}}}}
config: {{commands: ['true']}}
{more}
"""


def seen(folder: Path, *, rules: tuple[RuleName, ...] = ("buildstream",), **how: str) -> Subject:
    """Return the project with other content than it was built with."""
    before = load_state(project(drawn("old", **how), folder / "before", targets=["image.bst"]))
    now = subject(project(drawn("new", **how), folder / "now", targets=["image.bst"]))
    return replace(now, forecast=forecast(now.state, before, rules=rules))


def test_what_is_old_for_the_same_reason_is_told_once(tmp_path: Path) -> None:
    (only,) = found(stale_layer, seen(tmp_path))
    assert only.elements == ("image.bst", "layer.bst")
    assert only.message == (
        "'image.bst' and 1 more would have old files: `bst --no-strict build` takes 'app.bst' "
        "from the cache"
    )
    assert only.evidence == (
        (
            "app.bst -> lib.bst: 'lib.bst' changed, and the weak key of 'app.bst' is the same "
            "(elements/app.bst:6:3)"
        ),
    )
    assert only.fix == (
        "bst --strict build image.bst; or mark the dependency of app.bst on lib.bst as "
        "`strict: true`"
    )
    assert only.at is not None


@pytest.mark.parametrize(
    ("entry", "after"),
    [
        ("lib.bst  # the library", "- {filename: lib.bst, strict: true} # the library\n"),
        ("filename: lib.bst  # Kept.", "- filename: lib.bst  # Kept.\n  strict: true\n"),
        ("{filename: lib.bst}  # Kept.", "- {filename: lib.bst, strict: true} # Kept.\n"),
    ],
)
def test_the_edge_is_marked_in_its_file(entry: str, after: str, tmp_path: Path) -> None:
    looked = seen(tmp_path, entry=entry)
    findings = found(stale_layer, looked)
    root = looked.project.directory
    (fix,) = fixes(findings, lambda file: (root / file).read_text("utf-8"))
    assert fix.refused == ""
    assert fix.file == "elements/app.bst"
    assert after in fix.after
    assert fix.after.startswith("# An application.\nkind: manual\n\nbuild-depends:\n- tool.bst\n")
    (root / fix.file).write_text(fix.after, "utf-8")
    again = load_state(root, ["app.bst"])
    (marked,) = (one for one in again.graph["app.bst"].dependencies if one.name == "lib.bst")
    assert marked.strict


@pytest.mark.parametrize(
    "entry", ["filename:\n  - lib.bst", "filename: [lib.bst, tool.bst]", "'lib.bst'"]
)
def test_an_edge_that_no_one_change_marks(entry: str, tmp_path: Path) -> None:
    looked = seen(tmp_path, entry=entry)
    root = looked.project.directory
    for fix in fixes(found(stale_layer, looked), lambda file: (root / file).read_text("utf-8")):
        assert fix.refused
        assert fix.after == fix.before


@pytest.mark.parametrize("entry", ["{filename: [lib.bst], strict: true}", "layer0.bst"])
def test_what_is_not_old(entry: str, tmp_path: Path) -> None:
    more = "=== layer0.bst\nkind: manual\n"
    assert found(stale_layer, seen(tmp_path, entry=entry, more=more)) == ()


def test_both_rules_are_told(tmp_path: Path) -> None:
    findings = found(stale_layer, seen(tmp_path, rules=("buildstream", "runbook")))
    assert ["claim R6" in finding.message for finding in findings].count(True) >= 1
    assert ["claim R6" in finding.message for finding in findings].count(False) == 1


def test_without_a_forecast(tmp_path: Path) -> None:
    assert found(stale_layer, project(drawn("old"), tmp_path)) == ()


def test_suppressed(tmp_path: Path) -> None:
    looked = seen(tmp_path)
    assert is_silenced(stale_layer, looked, "*.bst")
    (left,) = outcome(stale_layer, looked, silenced="layer.bst").findings
    assert left.elements == ("image.bst",)
    assert left.edits == ()
