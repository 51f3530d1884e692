"""The commands check and checks: status, formats, baselines, fixes, settings."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Final
from xml.etree import ElementTree as ET

import pytest

from bstgraph.cli import main
from bstgraph.testing import write

Run = Callable[..., tuple[int, str, str]]

# A compose with the runbook's `depends`, which is mended mechanically.
RUNBOOK: Final = """
=== a.bst
kind: import
sources: [{kind: local, path: f}]
=== layer.bst
kind: compose
# What it is made of.
depends:
- a.bst   # all of it
=== f/x
x
=== bstgraph.toml
dialect = "runbook"
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of the project, in which commands run."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "none"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "none"))
    root = write(RUNBOOK, tmp_path / "project")
    monkeypatch.chdir(root)
    return root


@pytest.fixture
def run(folder: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Return what runs a command: status, output, messages."""
    assert folder.is_dir()

    def command(*arguments: str) -> tuple[int, str, str]:
        status = main(arguments)
        out, err = capsys.readouterr()
        return status, out, err

    return command


class TestStatus:
    def test_a_finding(self, run: Run) -> None:
        status, out, _ = run("check")
        assert status == 1
        assert "error BSG103 runbook-form: a compose lists 'depends'" in out
        assert "  elements/layer.bst:4:1\n    4 | - a.bst   # all of it" in out
        assert "No forecast: nothing was built" in out
        assert "1 error, " in out

    def test_what_is_not_selected(self, run: Run) -> None:
        status, out, _ = run("check", "--select", "BSG4")
        assert status == 0
        assert "No findings, " in out

    def test_what_is_ignored(self, run: Run) -> None:
        assert run("check", "--ignore", "runbook-form")[0] == 0

    def test_severities_and_the_least_that_fails(self, run: Run, folder: Path) -> None:
        settings = folder / "bstgraph.toml"
        settings.write_text(settings.read_text() + '[checks.severity]\nBSG103 = "advice"\n')
        assert run("check")[0] == 0
        assert run("check", "--fail-on", "advice")[0] == 1
        assert run("check", "--fail-on", "error")[0] == 0

    def test_a_suppression_with_its_reason(self, run: Run, folder: Path) -> None:
        settings = folder / "bstgraph.toml"
        rule = '[[checks.suppress]]\ncheck = "BSG103"\nelements = ["layer*"]\nreason = "known"\n'
        settings.write_text(settings.read_text() + rule)
        status, out, _ = run("check", "--json")
        assert status == 0
        document = json.loads(out)
        assert [one["reason"] for one in document["suppressed"]] == ["known"]
        settings.write_text(settings.read_text().replace("layer*", "other*"))
        _, out, _ = run("check")
        assert "A suppression of BSG103 for other* silences nothing." in out

    def test_an_unknown_code(self, run: Run) -> None:
        status, _, err = run("check", "--select", "BSG999")
        assert status == 2
        assert "there is no check 'BSG999'" in err
        assert "[unknown-check]" in err


class TestFormats:
    def test_json(self, run: Run) -> None:
        status, out, _ = run("check", "--format", "json")
        assert status == 1
        document = json.loads(out)
        assert document["schema"] == "bstgraph/check/1"
        (finding,) = document["findings"]
        assert (finding["code"], finding["severity"]) == ("BSG103", "error")
        assert finding["element"] == "layer.bst"
        assert finding["link"] == "docs/checks/runbook-form.md"

    def test_sarif(self, run: Run) -> None:
        document = json.loads(run("check", "--format", "sarif")[1])
        assert document["version"] == "2.1.0"
        (made,) = document["runs"]
        (result,) = made["results"]
        rule = made["tool"]["driver"]["rules"][result["ruleIndex"]]
        assert (result["ruleId"], result["level"]) == (rule["id"], "error")
        place = result["locations"][0]["physicalLocation"]
        assert place["artifactLocation"]["uri"] == "elements/layer.bst"
        assert place["region"] == {"startLine": 4, "startColumn": 1}

    def test_github_from_above(
        self, run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(folder.parent)
        _, out, _ = run("-C", "project", "check", "--format", "github")
        begin = "::error file=project/elements/layer.bst,line=4,col=1,title=BSG103 runbook-form::"
        assert out.startswith(begin)
        assert out.count("\n") == 1

    def test_junit(self, run: Run) -> None:
        root = ET.fromstring(run("check", "--format", "junit")[1])  # noqa: S314 - our own
        (suite,) = root
        assert suite.get("failures") == "1"
        failed = [case.get("name") for case in suite if case.find("failure") is not None]
        assert failed == ["BSG103 runbook-form"]


class TestBaseline:
    def test_old_findings_do_not_count(self, run: Run, folder: Path) -> None:
        status, _, err = run("check", "--write-baseline", "old.json")
        assert (status, err) == (0, "old.json: 1 findings are old now\n")
        status, out, _ = run("check", "--baseline", "old.json")
        assert status == 0
        assert "1 known by the baseline" in out
        settings = folder / "bstgraph.toml"
        settings.write_text(settings.read_text() + '[checks]\nbaseline = "old.json"\n')
        assert run("check")[0] == 0
        (folder / "elements/layer.bst").write_text("kind: stack\n")
        _, out, _ = run("check")
        assert "1 of the baseline are gone: write it anew" in out

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("{", "no valid JSON"),
            ("[]", "no baseline"),
            ('{"schema": "bstgraph/baseline/1", "project": "x", "findings": []}', "'x'"),
            ('{"schema": "bstgraph/baseline/1", "project": "test"}', "not a finding"),
            ('{"schema": "bstgraph/baseline/1", "project": "test", "findings": [1]}', "not a"),
            ("[" * 100_000, "nested too deeply"),
        ],
    )
    def test_a_wrong_one(self, run: Run, folder: Path, text: str, message: str) -> None:
        (folder / "wrong.json").write_text(text)
        status, _, err = run("check", "--baseline", "wrong.json")
        assert status == 2
        assert message in err
        assert "[bad-baseline]" in err

    def test_settings_do_not_name_one_outside(self, run: Run, folder: Path) -> None:
        settings = folder / "bstgraph.toml"
        settings.write_text(settings.read_text() + '[checks]\nbaseline = "../old.json"\n')
        status, _, err = run("check")
        assert status == 2
        assert "outside the project" in err


class TestFix:
    def test_the_diff_is_shown_and_made(self, run: Run, folder: Path) -> None:
        path = folder / "elements/layer.bst"
        path.chmod(0o640)
        before = path.read_text()
        status, out, err = run("check", "--diff")
        assert (status, path.read_text()) == (1, before)
        assert "-depends:\n+build-depends:\n" in out
        assert err == "1 files would change\n"
        status, shown, _ = run("check", "--fix")
        assert (status, shown) == (0, out)
        assert path.read_text() == before.replace("depends:", "build-depends:")
        assert stat.S_IMODE(path.stat().st_mode) == 0o640
        assert sorted(one.name for one in path.parent.iterdir()) == ["a.bst", "layer.bst"]
        assert run("check")[0] == 0

    def test_nothing_to_mend(self, run: Run, folder: Path) -> None:
        (folder / "elements/layer.bst").write_text("kind: stack\n")
        assert run("check", "--diff") == (0, "", "0 files would change\n")

    def test_a_layout_that_cannot_be_kept(self, run: Run, folder: Path) -> None:
        path = folder / "elements/layer.bst"
        odd = "kind:   compose\ndepends:    [a.bst,    a.bst]\n"
        path.write_text(odd)
        _, out, err = run("check", "--fix")
        assert (out, path.read_text()) == ("", odd)
        assert "elements/layer.bst: not changed: its layout is none that could be kept" in err


class TestList:
    def test_all(self, run: Run) -> None:
        status, out, _ = run("checks")
        assert status == 0
        assert "BSG401  stack-layer " in out
        listed = json.loads(run("checks", "--json")[1])["checks"]
        assert [one["code"] for one in listed] == sorted(one["code"] for one in listed)

    def test_one(self, run: Run) -> None:
        _, out, _ = run("checks", "stack-layer")
        assert "The artifact of a stack is empty (claim R1)." in out
        assert out.endswith("More: docs/checks/stack-layer.md\n")
