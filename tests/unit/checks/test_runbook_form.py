"""BSG103 `runbook-form`."""

from __future__ import annotations

from pathlib import Path

import pytest

from bstgraph.checks import fixes
from bstgraph.checks.runbook_form import runbook_form
from bstgraph.testing import project
from tests.unit.checks.looking import found, is_silenced, subject

FORMS = """
=== x.bst
kind: manual
=== a.bst
kind: compose
build-depends: [x.bst]
compose: {exclude: [/usr/include]}
=== b.bst
kind: compose
depends: [x.bst]
compose: {exclude: [/usr/lib]}
"""
ACCEPTED = """
=== x.bst
kind: manual
=== a.bst
kind: compose
build-depends: [x.bst]
config: {exclude: [devel]}
"""


def test_forms_are_folded_over_elements(tmp_path: Path) -> None:
    findings = found(runbook_form, project(FORMS, tmp_path, dialect="runbook"))
    by_claim = {finding.message.rpartition(" ")[2]: finding for finding in findings}
    assert by_claim["R3)"].elements == ("a.bst", "b.bst")
    assert by_claim["R4)"].elements == ("b.bst",)
    assert by_claim["R4)"].fix == "write build-depends instead of depends"
    assert {finding.severity for finding in findings} == {"error"}


def test_what_build_stream_takes(tmp_path: Path) -> None:
    assert found(runbook_form, project(ACCEPTED, tmp_path, dialect="runbook")) == ()


def test_suppressed(tmp_path: Path) -> None:
    seen = subject(project(FORMS, tmp_path, dialect="runbook"))
    assert is_silenced(runbook_form, seen, "*.bst")
    assert not is_silenced(runbook_form, seen, "b.bst")


MENDED = """
=== project.conf
name: top
min-version: "2.0"
element-path: elements
=== sub/project.conf
name: sub
min-version: "2.0"
element-path: elements
=== sub/elements/lib.bst
kind: manual
=== sub/elements/other.bst
kind: manual
=== sub/elements/third.bst
kind: manual
=== sub.bst
kind: junction
sources: [{kind: local, path: sub}]
=== a.bst
# Kept.
kind: compose

depends:
- x.bst  # the first
- filename: elements/lib.bst  # the other
  junction: sub.bst
- sub.bst:elements/other.bst
- {filename: elements/third.bst, junction: sub.bst, strict: true}
=== x.bst
kind: manual
"""


def test_what_one_change_mends(tmp_path: Path) -> None:
    loaded = project(MENDED, tmp_path, targets=["a.bst"], dialect="runbook")
    findings = found(runbook_form, loaded)
    (fix,) = fixes(findings, lambda file: (tmp_path / file).read_text("utf-8"))
    assert fix.refused == ""
    assert (
        fix.after
        == """# Kept.
kind: compose

build-depends:
- x.bst  # the first
- sub.bst:lib.bst
- sub.bst:other.bst
- {filename: elements/third.bst, junction: sub.bst, strict: true}
"""
    )


@pytest.mark.parametrize(
    "depends",
    ["build-depends: [x.bst]\ndepends: [x.bst]", "depends: [{filename: x.bst, type: build}]"],
)
def test_what_more_than_one_change_mends(depends: str, tmp_path: Path) -> None:
    text = f"=== x.bst\nkind: manual\n=== b.bst\nkind: compose\n{depends}\n"
    (only,) = found(runbook_form, project(text, tmp_path, dialect="runbook"))
    assert only.edits == ()
