"""Settings: what they say, where they are wrong, and what a project may not set for itself."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bstgraph.errors import ProjectError, SettingsError
from bstgraph.settings import Settings, project_settings, read_settings

FULL = """
dialect = "runbook"
max-jobs = 4
targets = ["oci/image.bst"]
search = ["clones"]

[options]
arch = "aarch64"
debug = true
features = ["a", "b"]

[junctions]
"sdk.bst" = "sdk"
"sdk.bst:inner.bst" = "./sdk/inner"

[checks]
select = ["BSG4"]
ignore = ["gap"]
severity = { BSG401 = "error" }
baseline = "old.json"

[[checks.suppress]]
check = "BSG4"
elements = ["a/*"]
reason = " known "
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a project's folder with some folders in it and one beside it."""
    project = tmp_path / "project"
    for name in ("project/clones", "project/sdk/inner", "outside"):
        (tmp_path / name).mkdir(parents=True)
    return project


def write(folder: Path, text: str, name: str = "bstgraph.toml") -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder


def refused(folder: Path, text: str, name: str = "bstgraph.toml") -> SettingsError:
    with pytest.raises(SettingsError) as caught:
        project_settings(write(folder, text, name))
    assert caught.value.slug == "bad-settings"
    return caught.value


class TestReading:
    def test_everything(self, folder: Path) -> None:
        settings = project_settings(write(folder, FULL))
        assert settings.model_dump() == {
            "dialect": "runbook",
            "junctions": {
                "sdk.bst": str(folder / "sdk"),
                "sdk.bst:inner.bst": str(folder / "sdk" / "inner"),
            },
            "search": (str(folder / "clones"),),
            "allow": (),
            "options": {"arch": "aarch64", "debug": True, "features": ("a", "b")},
            "max_jobs": 4,
            "targets": ("oci/image.bst",),
            "checks": {
                "select": ("BSG4",),
                "ignore": ("gap",),
                "severity": {"BSG401": "error"},
                "suppress": ({"check": "BSG4", "elements": ("a/*",), "reason": "known"},),
                "baseline": "old.json",
                "non_strict": False,
                "contract": {},
            },
        }

    def test_none(self, folder: Path) -> None:
        assert project_settings(folder) == Settings()

    def test_pyproject(self, folder: Path) -> None:
        write(folder, "[project]\nname = 'x'\n[tool.bstgraph]\nmax-jobs = 2\n", "pyproject.toml")
        assert project_settings(folder).max_jobs == 2

    @pytest.mark.parametrize(
        "text", ["[project]\n", "[tool.other]\nx = 'bstgraph'\n", "this is = no TOML", "\xff"]
    )
    def test_a_pyproject_that_is_not_about_us(self, folder: Path, text: str) -> None:
        (folder / "pyproject.toml").write_bytes(text.encode("latin-1"))
        assert project_settings(folder) == Settings()

    def test_a_pyproject_that_is_no_file(self, folder: Path) -> None:
        os.mkfifo(folder / "pyproject.toml")
        assert project_settings(folder) == Settings()

    def test_a_file_of_the_caller_may_name_any_folder(self, folder: Path) -> None:
        write(folder, "allow = ['../outside']\nsearch = ['../outside']\n", "mine.toml")
        settings = read_settings(folder / "mine.toml")
        outside = str(folder.parent / "outside")
        assert (settings.allow, settings.search) == ((outside,), (outside,))


class TestMistakes:
    @pytest.mark.parametrize(
        ("text", "line", "message", "fix"),
        [
            ("max-job = 2", 1, "there is no setting 'max-job'", "did you mean 'max-jobs'?"),
            ("max_jobs = 2", 1, "there is no setting 'max_jobs'", "did you mean 'max-jobs'?"),
            ("\n[zebra]\nx = 1", 2, "there is no setting 'zebra'", "there are dialect, junctions"),
            ("max-jobs = '2'", 1, "'max-jobs': this is a whole number", None),
            ("max-jobs = true", 1, "'max-jobs': this is a whole number", None),
            ("max-jobs = 0", 1, "'max-jobs': input should be greater than or equal to 1", None),
            ("dialect = 'make'", 1, "'dialect': input should be 'buildstream' or 'runbook'", None),
            ("search = 'clones'", 1, "'search': this is a list", None),
            ("[options]\n\narch = 3", 3, "'options.arch': this is text", None),
            ("[junctions]\n'a.bst' = 3", 2, "'junctions.a.bst': this is text", None),
            ("options = 3", 1, "'options': this is a table", None),
            ("search = ['nowhere']", 1, "there is no folder 'nowhere'", None),
            ("search = ['a\\u0000b']", 1, "'a", None),
            ('search = ["a\\u0000b"]', 1, "'search': this is no folder name", None),
            ("[junctions]\n'a.bst' = 'nowhere'", 2, "there is no folder 'nowhere'", None),
            ("x = ", 1, "no valid TOML: Invalid value", None),
            ("a = 1\nb = [", 2, "no valid TOML: ", None),
            ("a = 1\na = 2", 2, "no valid TOML: Cannot overwrite a value", None),
            ("a = " + "[" * 100_000, 1, "nested too deeply", None),
        ],
    )
    def test_the_error_has_its_place(
        self, folder: Path, *, text: str, line: int, message: str, fix: str | None
    ) -> None:
        error = refused(folder, text)
        assert message in error.message
        assert error.at is not None
        assert (error.at.path, error.at.line) == ("bstgraph.toml", line)
        assert (error.fix or "").startswith(fix or "")

    def test_the_picture(self, folder: Path) -> None:
        error = refused(folder, "[options]\n  arch = 3\n")
        assert "2 |   arch = 3\n    |   ^" in error.render()

    def test_in_pyproject(self, folder: Path) -> None:
        error = refused(folder, "[tool.bstgraph]\nmax-job = 2\n", "pyproject.toml")
        assert str(error.at) == "pyproject.toml:2:1"

    def test_no_table_in_pyproject(self, folder: Path) -> None:
        assert "is a table" in refused(folder, "tool.bstgraph = 3", "pyproject.toml").message

    def test_two_files(self, folder: Path) -> None:
        write(folder, "[tool.bstgraph]\n", "pyproject.toml")
        assert refused(folder, "").fix == "keep one of them"

    def test_no_regular_file(self, folder: Path) -> None:
        os.mkfifo(folder / "bstgraph.toml")
        with pytest.raises(ProjectError) as caught:
            project_settings(folder)
        assert caught.value.slug == "not-a-file"


class TestHostile:
    """A project's settings read nothing outside the project unless the caller allows it."""

    @pytest.mark.parametrize(
        "text",
        [
            "search = ['..']",
            "search = ['/']",
            "search = ['../outside']",
            "search = ['sdk/../../outside']",
            "search = ['link']",
            "[junctions]\n'a.bst' = '../outside'",
            "[junctions]\n'a.bst' = 'link'",
            "[junctions]\n'a.bst' = '/etc'",
            "[junctions]\n'a.bst' = '../project-2'",
        ],
    )
    def test_folders_outside(self, folder: Path, text: str) -> None:
        (folder / "link").symlink_to(folder.parent / "outside")
        (folder.parent / "project-2").mkdir()
        error = refused(folder, text)
        assert "outside the project" in error.message
        assert str(error.fix).startswith("allow the folder if you trust this: --allow /")

    def test_folders_that_the_caller_allows(self, folder: Path) -> None:
        write(folder, "search = ['../outside']\n")
        allowed = project_settings(folder, allow=[folder.parent])
        assert allowed.search == (str(folder.parent / "outside"),)

    @pytest.mark.parametrize("allow", ["[]", "['sdk']", "['/']", "3"])
    def test_allow_is_not_for_the_project(self, folder: Path, allow: str) -> None:
        error = refused(folder, f"allow = {allow}")
        assert "does not decide" in error.message
        assert "--allow DIR" in str(error.fix)

    def test_a_link_to_outside(self, folder: Path) -> None:
        (folder.parent / "secret.toml").write_text("password = 'x'")
        (folder / "bstgraph.toml").symlink_to("../secret.toml")
        with pytest.raises(SettingsError) as caught:
            project_settings(folder)
        assert "password" not in caught.value.render()

    def test_a_pyproject_link_to_outside(self, folder: Path) -> None:
        (folder.parent / "secret.toml").write_text("[tool.bstgraph]\nmax-jobs = 3")
        (folder / "pyproject.toml").symlink_to("../secret.toml")
        assert project_settings(folder) == Settings()

    def test_a_link_inside_the_project(self, folder: Path) -> None:
        (folder / "sdk" / "settings.toml").write_text("max-jobs = 3")
        (folder / "bstgraph.toml").symlink_to("sdk/settings.toml")
        assert project_settings(folder).max_jobs == 3

    def test_the_project_itself_may_be_behind_a_link(self, folder: Path) -> None:
        write(folder, "search = ['clones']")
        (folder.parent / "alias").symlink_to("project")
        assert project_settings(folder.parent / "alias").search == (str(folder / "clones"),)
