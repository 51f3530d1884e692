"""`bstgraph check` and `bstgraph checks`: what is selected, what fails, what is written."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from xml.etree import ElementTree as ET

import pytest

from bstgraph.checks import Check, Edit, Problem, Subject, _run, check
from bstgraph.cli import main
from bstgraph.testing import write
from tests.unit.check_cases import TOYS

LAYER: Final = "# The layer.\nkind: stack  # one\ndepends:\n- a.bst\n- b.bst\n- b.bst\n"
PROJECT: Final = f"""
=== project.conf
name: example
=== a.bst
kind: stack
=== b.bst
kind: stack
=== layer.bst
{LAYER}
"""


@check("TOY501", "mended", "error")
def mended(subject: Subject) -> Iterator[Problem]:
    """Report the last dependency of a layer of three."""
    layer = subject.graph["layer.bst"]
    if len(layer.dependencies) > 1:
        assert layer.provenance is not None
        file, name = layer.provenance.path, layer.name
        edit = Edit(file=file, path=("depends", 1), action="delete")
        yield Problem(
            message=f"'{name}' is long", elements=(name,), at=layer.provenance, edits=(edit,)
        )


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with a project, with toy checks installed."""
    checks: tuple[Check, ...] = (*TOYS, mended)
    monkeypatch.setattr(_run, "all_checks", lambda: checks)
    monkeypatch.setattr("bstgraph.checks.all_checks", lambda: checks)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "no-cache"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "no-config"))
    root = write(PROJECT.replace("- b.bst\n- b.bst\n", "- b.bst\n"), tmp_path / "project")
    monkeypatch.chdir(root)
    return root


class Told:
    """What a command said."""

    def __init__(self, status: int, out: str, err: str) -> None:
        """Keep it."""
        self.status, self.out, self.err = status, out, err


@pytest.fixture
def capture(capsys: pytest.CaptureFixture[str], folder: Path) -> pytest.CaptureFixture[str]:
    """Return the capture of a run inside the folder."""
    assert folder.is_dir()
    return capsys


def run(capture: pytest.CaptureFixture[str], *argv: str) -> Told:
    status = main(argv)
    return Told(status, *capture.readouterr())


Capture = pytest.CaptureFixture[str]


class TestStatus:
    @pytest.mark.parametrize(
        ("argv", "status"),
        [
            ((), 1),
            (("--select", "never"), 0),
            (("--select", "TOY2", "--fail-on", "error"), 0),
            (("--select", "TOY2", "--fail-on", "advice"), 1),
            (("--select", "TOY102", "--fail-on", "error"), 1),
            (("--ignore", "TOY1", "--ignore", "TOY2", "--ignore", "mended"), 0),
            (("--select", "nosy"), 2),
            (("--baseline", "nowhere.json"), 2),
        ],
    )
    def test_of_what_was_found(self, capture: Capture, argv: tuple[str, ...], status: int) -> None:
        assert run(capture, "check", *argv).status == status

    def test_an_unknown_check_is_told(self, capture: Capture) -> None:
        told = run(capture, "check", "--select", "nosy")
        assert "there is no check 'nosy' [unknown-check]" in told.err
        assert "did you mean 'noisy'?" in told.err

    def test_advice_does_not_fail_by_default(self, capture: Capture, folder: Path) -> None:
        settings = '[checks]\nselect = ["TOY2"]\nseverity = { noisy = "advice" }\n'
        (folder / "bstgraph.toml").write_text(settings)
        told = run(capture, "check")
        assert told.status == 0
        assert "advice TOY201 noisy: all of them" in told.out
        assert run(capture, "check", "--fail-on", "advice").status == 1


class TestSettings:
    def test_folders_outside_that_the_caller_allows(self, capture: Capture, folder: Path) -> None:
        outside = folder.parent / "outside"
        outside.mkdir()
        (folder / "bstgraph.toml").write_text(f"search = ['{outside}']\n")
        assert run(capture, "check", "--select", "never").status == 2
        told = run(capture, "check", "--select", "never", "--allow", str(outside))
        assert (told.status, told.err) == (0, "")

    def test_the_tables(self, capture: Capture, folder: Path) -> None:
        (folder / "bstgraph.toml").write_text("""
            [checks]
            ignore = ["always", "TOY501"]
            severity = { "TOY2" = "error" }
            [[checks.suppress]]
            check = "noisy"
            elements = ["*.bst"]
            reason = "they are meant to be there"
            [[checks.suppress]]
            check = "never"
            elements = ["x.bst"]
            reason = "old"
        """)
        told = run(capture, "check")
        assert told.status == 0
        assert "(4 suppressed)" in told.out
        assert "A suppression of never for x.bst silences nothing." in told.out
        document = json.loads(run(capture, "check", "--json").out)
        assert document["suppressed"][0]["reason"] == "they are meant to be there"
        assert document["checks"] == ["TOY101", "TOY201"]

    def test_the_command_line_selects_instead(self, capture: Capture, folder: Path) -> None:
        (folder / "bstgraph.toml").write_text('[checks]\nselect = ["never"]\n')
        assert run(capture, "check").status == 0
        assert run(capture, "check", "--select", "always").status == 1

    @pytest.mark.parametrize(
        "text",
        [
            '[checks]\nselekt = ["a"]\n',
            '[checks]\nseverity = { a = "bad" }\n',
            '[[checks.suppress]]\ncheck = "noisy"\nelements = ["*"]\n',
            '[[checks.suppress]]\ncheck = "noisy"\nelements = ["*"]\nreason = " "\n',
            '[checks]\nselect = ["nosy"]\n',
            '[checks]\nbaseline = "../old.json"\n',
        ],
    )
    def test_mistakes(self, capture: Capture, folder: Path, text: str) -> None:
        (folder / "bstgraph.toml").write_text(text)
        told = run(capture, "check")
        assert told.status == 2
        assert "error: " in told.err

    def test_ones_own_instead_of_the_projects(self, capture: Capture, folder: Path) -> None:
        (folder.parent / "mine.toml").write_text('[checks]\nselect = ["never"]\n')
        assert run(capture, "check", "--settings", "../mine.toml").status == 0


class TestBaseline:
    def test_written_and_read(self, capture: Capture, folder: Path) -> None:
        told = run(capture, "check", "--write-baseline", "old.json")
        assert (told.status, told.out) == (0, "")
        assert told.err == "old.json: 6 findings are old now\n"
        told = run(capture, "check", "--baseline", "old.json")
        assert told.status == 0
        assert "No findings (6 known by the baseline), 4 checks ran." in told.out
        (folder / "elements/new.bst").write_text("kind: stack\n")
        assert run(capture, "check", "--baseline", "old.json").status == 1

    def test_by_settings(self, capture: Capture, folder: Path) -> None:
        run(capture, "check", "--write-baseline", "old.json")
        (folder / "bstgraph.toml").write_text('[checks]\nbaseline = "old.json"\n')
        assert run(capture, "check").status == 0
        told = run(capture, "check", "--select", "never")
        assert "(6 of the baseline are gone: write it anew)" in told.out

    def test_of_another_project(self, capture: Capture, folder: Path) -> None:
        run(capture, "check", "--write-baseline", "old.json")
        text = (folder / "old.json").read_text().replace('"example"', '"other"')
        (folder / "old.json").write_text(text)
        told = run(capture, "check", "--baseline", "old.json")
        assert told.status == 2
        assert "[bad-baseline]" in told.err


class TestFix:
    def test_the_difference_is_shown_and_made(self, capture: Capture, folder: Path) -> None:
        file = folder / "elements/layer.bst"
        file.chmod(0o640)
        told = run(capture, "check", "--fix")
        assert told.status == 0
        assert told.out.startswith("--- a/elements/layer.bst\n+++ b/elements/layer.bst\n")
        assert "\n-- b.bst" in told.out
        assert told.err == "1 file changed; check again\n"
        assert file.read_text() == LAYER.replace("- b.bst\n", "")
        assert stat.S_IMODE(file.stat().st_mode) == 0o640
        assert sorted(os.listdir(file.parent)) == ["a.bst", "b.bst", "layer.bst"]
        assert run(capture, "check", "--fix").err == "0 files changed; check again\n"

    def test_only_shown(self, capture: Capture, folder: Path) -> None:
        before = (folder / "elements/layer.bst").read_text()
        for argv in (("--fix", "--diff"), ("--diff",)):
            told = run(capture, "check", *argv)
            assert told.status == 1
            assert "\n-- b.bst" in told.out
            assert told.err == "1 file would change\n"
        assert (folder / "elements/layer.bst").read_text() == before
        assert run(capture, "check", "--diff", "--select", "never").status == 0

    def test_what_a_link_leads_to_is_written(self, capture: Capture, folder: Path) -> None:
        file = folder / "elements/layer.bst"
        file.rename(folder / "elements/real.txt")
        file.symlink_to("real.txt")
        run(capture, "check", "--fix")
        assert file.is_symlink()
        assert "b.bst" not in (folder / "elements/real.txt").read_text()

    def test_a_link_that_leaves_the_project_is_left(self, capture: Capture, folder: Path) -> None:
        file, outside = folder / "elements/layer.bst", folder.parent / "outside.bst"
        before = file.read_text()
        file.rename(outside)
        file.symlink_to(outside)
        run(capture, "check", "--fix")
        assert outside.read_text() == before

    def test_a_check_cannot_reach_outside(
        self, capture: Capture, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        @check("TOY502", "reaching")
        def reaching(_: Subject) -> Iterator[Problem]:
            """Report a file outside."""
            edit = Edit(file="../outside.bst", path=("a",), action="delete")
            yield Problem(message="x", edits=(edit,))

        monkeypatch.setattr(_run, "all_checks", lambda: (reaching,))
        (folder.parent / "outside.bst").write_text("a: b\n")
        told = run(capture, "check", "--fix")
        assert told.status == 2
        assert "[outside-project]" in told.err
        assert (folder.parent / "outside.bst").read_text() == "a: b\n"

    def test_what_cannot_be_kept_is_told(self, capture: Capture, folder: Path) -> None:
        file = folder / "elements/layer.bst"
        file.write_text("kind:   stack\ndepends: [a.bst, b.bst]\n")
        told = run(capture, "check", "--fix")
        assert "elements/layer.bst: not changed: its layout is none" in told.err
        assert file.read_text().startswith("kind:   stack")

    def test_a_write_that_fails_leaves_the_file(
        self, capture: Capture, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse(*_: object) -> None:
            raise OSError(28, "no space left")

        monkeypatch.setattr("os.replace", refuse)
        before = (folder / "elements/layer.bst").read_text()
        told = run(capture, "check", "--fix")
        assert told.status == 2
        assert "no space left" in told.err
        assert (folder / "elements/layer.bst").read_text() == before
        assert len(os.listdir(folder / "elements")) == 3

    def test_no_place_for_a_baseline(self, capture: Capture) -> None:
        told = run(capture, "check", "--write-baseline", "nowhere/old.json")
        assert told.status == 2
        assert "nowhere/old.json" in told.err


class TestFormats:
    def test_sarif(self, capture: Capture, folder: Path) -> None:
        os.chdir(folder.parent)
        told = run(capture, "-C", "project", "check", "--format", "sarif")
        results = json.loads(told.out)["runs"][0]["results"]
        uris = [
            location["physicalLocation"]["artifactLocation"]["uri"]
            for result in results
            for location in result.get("locations", ())
            if "physicalLocation" in location
        ]
        assert "project/elements/a.bst" in uris
        assert told.status == 1

    def test_github_and_junit(self, capture: Capture) -> None:
        told = run(capture, "check", "--format", "github", "--select", "TOY1")
        assert told.out == "::error title=TOY102 always::'example' is odd; fix: make it even\n"
        told = run(capture, "check", "--format", "junit")
        assert ET.fromstring(told.out)[0].attrib["tests"] == "4"  # noqa: S314 - our own

    def test_json_is_a_format_too(self, capture: Capture) -> None:
        one, other = (
            run(capture, "check", *argv).out for argv in (("--json",), ("--format", "json"))
        )
        assert one == other

    def test_all(self, capture: Capture) -> None:
        assert "all of them" in run(capture, "check", "--all").out


class TestChecks:
    def test_a_table(self, capture: Capture) -> None:
        told = run(capture, "checks")
        assert told.status == 0
        assert told.out.splitlines()[1] == (
            "TOY102  always  error    Report the project as a whole."
        )

    def test_one_in_full(self, capture: Capture) -> None:
        out = run(capture, "checks", "noisy").out
        assert "\n\nThe second paragraph.\n\nMore: docs/checks/noisy.md\n" in out

    def test_some(self, capture: Capture) -> None:
        assert len(run(capture, "checks", "TOY1").out.splitlines()) == 2
        assert run(capture, "checks", "TOY9").status == 2

    def test_json(self, capture: Capture) -> None:
        document = json.loads(run(capture, "checks", "--json").out)
        assert [one["code"] for one in document["checks"]] == [
            "TOY101",
            "TOY102",
            "TOY201",
            "TOY501",
        ]
