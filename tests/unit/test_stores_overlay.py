"""Laying a junction's local, patch and patch_queue sources over its checkout.

What is expected here was compared with what BuildStream 2.8.1 stages for the same junctions.
"""

from __future__ import annotations

import errno
import os
import subprocess
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Final

import pytest

from bstgraph.errors import ProjectError
from bstgraph.model import Source
from bstgraph.provenance import Provenance
from bstgraph.stores import _command, _paths
from bstgraph.stores import overlay as overlays
from bstgraph.stores.overlay import overlay

LINES: Final = "".join(f"{letter}\n" for letter in "abcdefghijklmnop")
PATCH: Final = """\
--- a/text
+++ b/text
@@ -3,7 +3,7 @@
 c
 d
 e
-f
+F
 g
 h
 i
"""
PATCHED: Final = LINES.replace("f", "F")
PLACE: Final = Provenance("elements/sub.bst", 7, 3)


def source(kind: str, path: str | None, directory: str = "", **config: str) -> Source:
    if path is not None:
        config["path"] = path
    config = {key.replace("_", "-"): value for key, value in config.items()}
    return Source(kind=kind, directory=directory, config=config, provenance=PLACE)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Make a project with one folder to lay over the checkout."""
    folder = tmp_path / "project"
    (folder / "over").mkdir(parents=True)
    return folder


@pytest.fixture
def into(tmp_path: Path) -> Path:
    """Make a checkout with a file, two folders and a link out of it."""
    folder = tmp_path / "into"
    (folder / "full").mkdir(parents=True)
    (folder / "void").mkdir()
    (folder / "text").write_text(LINES)
    (folder / "full" / "inner").write_text("1\n")
    (folder / "link").symlink_to(tmp_path)
    return folder


def refusal(project: Path, one: Source, into: Path) -> ProjectError:
    with pytest.raises(ProjectError) as caught:
        overlay(project, [one], into)
    assert caught.value.at == PLACE
    return caught.value


class TestLocal:
    def test_a_directory(self, project: Path, into: Path) -> None:
        (project / "over" / "run").write_text("x")
        (project / "over" / "run").chmod(0o740)
        (project / "over" / "group").write_text("x")
        (project / "over" / "group").chmod(0o670)
        (project / "over" / "dangling").symlink_to("/nowhere")
        (project / "over" / "full" / "empty").mkdir(parents=True)
        assert overlay(project, [source("local", "over")], into) == ()
        assert os.access(into / "run", os.X_OK)
        assert not (into / "group").stat().st_mode & 0o100
        assert os.readlink(into / "dangling") == "/nowhere"
        assert sorted(os.listdir(into / "full")) == ["empty", "inner"]

    @pytest.mark.parametrize(
        "directory", ["in/there", "/in/there", "//in/./there/", "in/x/../there"]
    )
    def test_a_file_in_a_directory(self, project: Path, into: Path, directory: str) -> None:
        (project / "file").write_text("x")
        overlay(project, [source("local", "file", directory)], into)
        assert (into / "in" / "there" / "file").read_text() == "x"

    def test_above_the_top_is_the_top(self, project: Path, into: Path) -> None:
        (project / "file").write_text("x")
        overlay(project, [source("local", "file", "../../top")], into)
        assert (into / "top" / "file").read_text() == "x"

    @pytest.mark.parametrize("name", ["text", "link", "void"])
    def test_a_file_replaces(self, project: Path, into: Path, name: str) -> None:
        (project / "over" / name).write_text("new")
        overlay(project, [source("local", "over")], into)
        assert not (into / name).is_symlink()
        assert (into / name).read_text() == "new"

    @pytest.mark.parametrize("path", ["over", "over/full"])
    def test_a_full_directory_stays(self, project: Path, into: Path, path: str) -> None:
        (project / "over" / "full").write_text("new")
        assert overlay(project, [source("local", path)], into) == ()
        assert os.listdir(into / "full") == ["inner"]

    def test_a_link_replaces_a_file(self, project: Path, into: Path) -> None:
        (project / "over" / "text").symlink_to("elsewhere")
        overlay(project, [source("local", "over")], into)
        assert os.readlink(into / "text") == "elsewhere"

    @pytest.mark.parametrize("name", ["text", "link"])
    def test_a_directory_replaces_nothing(self, project: Path, into: Path, name: str) -> None:
        (project / "over" / name).mkdir()
        (project / "over" / name / "evil").write_text("x")
        error = refusal(project, source("local", "over"), into)
        assert error.slug == "checkout-failed"
        assert f"'{name}' is a file or link" in error.message
        assert not (into.parent / "evil").exists()

    @pytest.mark.parametrize("directory", ["text", "link", "link/deeper"])
    def test_nothing_is_staged_through_a_link(
        self, project: Path, into: Path, directory: str
    ) -> None:
        (project / "over" / "evil").write_text("x")
        error = refusal(project, source("local", "over", directory), into)
        assert error.slug == "checkout-failed"
        assert sorted(os.listdir(into.parent)) == ["into", "project"]

    def test_what_is_no_file_does_not_exist(self, project: Path, into: Path) -> None:
        os.mkfifo(project / "over" / "fifo")
        assert overlay(project, [source("local", "over")], into) == ()
        assert not (into / "fifo").exists()

    def test_later_sources_win_and_other_kinds_are_passed_over(
        self, project: Path, into: Path
    ) -> None:
        for number in "12":
            (project / number).mkdir()
            (project / number / "text").write_text(number)
        sources = [source("git_repo", None), source("local", "1"), source("local", "2")]
        overlay(project, sources, into)
        assert (into / "text").read_text() == "2"

    def test_too_many_files(
        self, project: Path, into: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for number in range(6):
            (project / "over" / str(number)).touch()
        monkeypatch.setattr(overlays, "MOST_PATHS", 5)
        assert refusal(project, source("local", "over"), into).slug == "too-large"

    @pytest.mark.parametrize(
        ("kind", "slug"), [("local", "checkout-failed"), ("patch_queue", "unreadable-file")]
    )
    def test_a_folder_that_cannot_be_read(
        self, project: Path, into: Path, monkeypatch: pytest.MonkeyPatch, *, kind: str, slug: str
    ) -> None:
        def refuse(path: Path) -> None:
            raise PermissionError(errno.EACCES, "Permission denied", str(path))

        monkeypatch.setattr(os, "listdir", refuse)
        assert refusal(project, source(kind, "over"), into).slug == slug

    def test_a_name_that_cannot_be_made(self, project: Path, into: Path) -> None:
        (project / "over" / "x").touch()
        error = refusal(project, source("local", "over", "x" * 300), into)
        assert error.slug == "checkout-failed"
        assert "File name too long" in error.message


class TestPaths:
    @pytest.mark.parametrize("kind", ["local", "patch", "patch_queue"])
    @pytest.mark.parametrize(
        ("path", "slug"),
        [
            (None, "missing-key"),
            ("/etc", "outside-project"),
            ("../into", "outside-project"),
            ("over/../../into", "outside-project"),
            ("out/into", "outside-project"),
            ("nowhere", "missing-file"),
            ("file/below", "missing-file"),
            ("nul\0", "missing-file"),
            ("loop/x", "missing-file"),
            ("x" * 300, "missing-file"),
            ("alias", "outside-project"),
            ("fifo", "not-a-file"),
        ],
    )
    def test_the_rules(
        self, project: Path, into: Path, *, kind: str, path: str | None, slug: str
    ) -> None:
        (project / "out").symlink_to("..")
        (project / "alias").symlink_to("over")
        (project / "loop").symlink_to("loop")
        (project / "file").touch()
        os.mkfifo(project / "fifo")
        assert refusal(project, source(kind, path), into).slug == slug

    def test_a_path_that_may_not_be_looked_at(
        self, project: Path, into: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        real = os.lstat

        def refuse(path: Any, **options: Any) -> os.stat_result:  # noqa: ANN401 - as os has it
            if os.fspath(path) == str(project / "over"):
                raise PermissionError(errno.EACCES, "Permission denied", path)
            return real(path, **options)

        monkeypatch.setattr(os, "lstat", refuse)
        assert refusal(project, source("local", "over"), into).slug == "unreadable-file"

    def test_a_path_that_stays_inside(self, project: Path, into: Path) -> None:
        (project / "over" / "x").touch()
        (project / "alias").symlink_to(".")
        for path in ("over/../over", "./over", "alias/over"):
            overlay(project, [source("local", path, path)], into)
        assert (into / "alias" / "over" / "x").exists()

    def test_the_wrong_kind_of_file(self, project: Path, into: Path) -> None:
        (project / "file").touch()
        assert refusal(project, source("patch", "over"), into).slug == "not-a-file"
        assert refusal(project, source("patch_queue", "file"), into).slug == "not-a-file"


class TestPatch:
    @pytest.mark.parametrize("where", ["plain", "repository", "inside a repository"])
    def test_anywhere(self, project: Path, into: Path, where: str) -> None:
        (project / "a.patch").write_text(PATCH)
        if where != "plain":
            folder = into if where == "repository" else into.parent
            subprocess.run(["git", "init", "--quiet", folder], check=True)
        assert overlay(project, [source("patch", "a.patch")], into) == ()
        assert (into / "text").read_text() == PATCHED

    def test_strip_level_and_directory(self, project: Path, into: Path) -> None:
        (into / "full" / "text").write_text(LINES)
        (project / "a.patch").write_text(PATCH.replace("a/", "").replace("b/", ""))
        overlay(project, [source("patch", "a.patch", "/full", strip_level="0")], into)
        assert (into / "full" / "text").read_text() == PATCHED
        assert (into / "text").read_text() == LINES

    @pytest.mark.parametrize("level", ["x", "-1", ""])
    def test_a_bad_strip_level(self, project: Path, into: Path, level: str) -> None:
        (project / "a.patch").write_text(PATCH)
        error = refusal(project, source("patch", "a.patch", strip_level=level), into)
        assert error.slug == "invalid-data"

    @pytest.mark.parametrize(
        "change",
        [
            lambda text: text.replace(" c\n d\n", " C\n D\n"),
            lambda text: text.replace("-3,7 +3,7", "-6,7 +6,7"),
        ],
        ids=["context", "offset"],
    )
    def test_what_the_patch_program_accepts_too(
        self, project: Path, into: Path, change: Callable[[str], str]
    ) -> None:
        (project / "a.patch").write_text(change(PATCH))
        (gap,) = overlay(project, [source("patch", "a.patch")], into)
        assert "'a.patch'" in gap
        assert "NAME.orig" in gap
        assert (into / "text").read_text() == PATCHED

    def test_line_ends_of_the_patch_do_not_matter(self, project: Path, into: Path) -> None:
        (project / "a.patch").write_bytes(PATCH.replace("\n", "\r\n").encode())
        assert overlay(project, [source("patch", "a.patch")], into) == ()
        assert (into / "text").read_bytes() == PATCHED.encode()

    def test_an_empty_patch_is_none(self, project: Path, into: Path) -> None:
        (project / "a.patch").touch()
        assert overlay(project, [source("patch", "a.patch")], into) == ()

    def test_nothing_to_patch(self, project: Path, into: Path) -> None:
        (project / "a.patch").write_text(PATCH)
        error = refusal(project, source("patch", "a.patch", "new"), into)
        assert "no files for the patch 'a.patch'" in error.message

    @pytest.mark.parametrize(
        ("text", "complaint"),
        [
            ("nonsense\n", "No valid patches"),
            (PATCH.replace("-f", "-z"), "patch failed: text:3"),
            (PATCH.replace("text", "none"), "none: No such file"),
            (PATCH.removesuffix(" h\n i\n"), "corrupt patch at"),
        ],
    )
    def test_a_patch_that_does_not_apply(
        self, project: Path, into: Path, text: str, complaint: str
    ) -> None:
        (project / "a.patch").write_text(text)
        error = refusal(project, source("patch", "a.patch"), into)
        assert error.slug == "checkout-failed"
        assert "the patch 'a.patch' does not apply" in error.message
        assert complaint in error.message
        assert "\n" not in str(error)
        assert error.fix is not None
        assert (into / "text").read_text() == LINES

    def test_attributes_mean_nothing_to_the_patch_program(self, project: Path, into: Path) -> None:
        (into / ".gitattributes").write_text("* text eol=crlf\n")
        (project / "a.patch").write_text(PATCH)
        overlay(project, [source("patch", "a.patch")], into)
        assert (into / "text").read_bytes() == PATCHED.encode()

    def test_too_large(self, project: Path, into: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (project / "a.patch").write_text(PATCH)
        monkeypatch.setattr(_paths, "LARGEST_PATCH", 10)
        assert refusal(project, source("patch", "a.patch"), into).slug == "too-large"

    def test_too_slow(self, project: Path, into: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (into / "text").unlink()
        os.mkfifo(into / ".gitattributes")
        (project / "a.patch").write_text(PATCH)
        monkeypatch.setattr(_command, "TIME_LIMIT", 0.0)
        error = refusal(project, source("patch", "a.patch"), into)
        assert "git took more than" in error.message

    def test_no_git(self, project: Path, into: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (project / "a.patch").write_text(PATCH)
        monkeypatch.setenv("PATH", str(project))
        with pytest.raises(ProjectError, match="no git command") as caught:
            overlay(project, [source("patch", "a.patch")], into)
        assert caught.value.slug == "checkout-failed"


def added(path: str, mode: str = "100644", line: str = "evil") -> str:
    return (
        f"diff --git a/{path} b/{path}\nnew file mode {mode}\n"
        f"--- /dev/null\n+++ b/{path}\n@@ -0,0 +1 @@\n+{line}\n\\ No newline at end of file\n"
    )


class TestHostilePatches:
    @pytest.mark.parametrize("kind", ["patch", "patch_queue"])
    @pytest.mark.parametrize(
        "text",
        [
            added("../evil"),
            added("full/../../evil"),
            added("link/evil"),
            added(".git/config"),
            added("full/.git/hooks/x"),
            added("way", "120000", "..") + added("way/evil"),
        ],
    )
    def test_files_outside(self, project: Path, into: Path, *, kind: str, text: str) -> None:
        (project / "q").mkdir()
        (project / "q" / "a.patch").write_text(text)
        path = "q/a.patch" if kind == "patch" else "q"
        assert refusal(project, source(kind, path), into).slug == "checkout-failed"
        assert sorted(os.listdir(into.parent)) == ["into", "project"]
        assert sorted(os.listdir(into)) == ["full", "link", "text", "void"]
        assert os.listdir(into / "full") == ["inner"]

    def test_an_absolute_path(self, project: Path, into: Path) -> None:
        evil = into.parent / "evil"
        (project / "a.patch").write_text(f"--- /dev/null\n+++ {evil}\n@@ -0,0 +1 @@\n+evil\n")
        refusal(project, source("patch", "a.patch", strip_level="0"), into)
        assert not evil.exists()

    def test_the_ed_script_of_a_patch_is_not_run(self, project: Path, into: Path) -> None:
        proof = into.parent / "proof"
        (project / "a.patch").write_text(f"--- a/text\n+++ b/text\n1r !touch {proof}\n.\nw\nq\n")
        refusal(project, source("patch", "a.patch"), into)
        assert not proof.exists()

    @pytest.mark.parametrize("kind", ["patch", "patch_queue"])
    def test_a_configuration_in_the_checkout_is_not_read(
        self, project: Path, into: Path, kind: str
    ) -> None:
        proof = into.parent / "proof"
        subprocess.run(["git", "init", "--quiet", into], check=True)
        for key in ("core.fsmonitor", "filter.evil.clean", "filter.evil.smudge"):
            subprocess.run(["git", "-C", into, "config", key, f"touch {proof}; cat"], check=True)
        (into / ".gitattributes").write_text("* filter=evil\n")
        (project / "q").mkdir()
        (project / "q" / "a.patch").write_text(PATCH)
        overlay(project, [source(kind, "q/a.patch" if kind == "patch" else "q")], into)
        assert (into / "text").read_text() == PATCHED
        assert not proof.exists()


class TestPatchQueue:
    def test_patches_in_the_order_of_their_names(self, project: Path, into: Path) -> None:
        queue = project / "queue"
        queue.mkdir()
        second = PATCH.replace("-f", "-F").replace("+F", "+fff")
        (queue / "2").write_text(second)
        (queue / "10").write_text(PATCH)
        (queue / ".3").write_text(added("hidden"))
        assert overlay(project, [source("patch_queue", "queue")], into) == ()
        assert (into / "text").read_text() == LINES.replace("f", "fff")
        assert (into / "hidden").read_text() == "evil"

    def test_an_empty_queue(self, project: Path, into: Path) -> None:
        assert overlay(project, [source("patch_queue", "over")], into) == ()

    @pytest.mark.parametrize("change", [" C\n D\n", " c\n d\n e\n x\n"])
    def test_git_is_strict(self, project: Path, into: Path, change: str) -> None:
        (project / "over" / "a.patch").write_text(PATCH.replace(" c\n d\n", change))
        error = refusal(project, source("patch_queue", "over"), into)
        assert error.slug == "checkout-failed"
        assert "'over/a.patch'" in error.message

    def test_an_empty_patch(self, project: Path, into: Path) -> None:
        (project / "over" / "a.patch").touch()
        error = refusal(project, source("patch_queue", "over"), into)
        assert "No valid patches" in error.message

    def test_what_is_no_patch(self, project: Path, into: Path) -> None:
        one = project / "over" / "a.patch"
        for make, slug in (
            (one.mkdir, "not-a-file"),
            (partial(os.mkfifo, one), "not-a-file"),
            (partial(one.symlink_to, "/etc/passwd"), "outside-project"),
            (partial(one.symlink_to, "nowhere"), "unreadable-file"),
        ):
            make()
            assert refusal(project, source("patch_queue", "over"), into).slug == slug
            if one.is_dir():
                one.rmdir()
            else:
                one.unlink()

    def test_too_many(self, project: Path, into: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        for number in range(3):
            (project / "over" / str(number)).write_text(PATCH)
        monkeypatch.setattr(overlays, "MOST_PATCHES", 2)
        assert refusal(project, source("patch_queue", "over"), into).slug == "too-large"
