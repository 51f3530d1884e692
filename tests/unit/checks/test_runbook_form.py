"""BSG103 `runbook-form`."""

from __future__ import annotations

from pathlib import Path

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
