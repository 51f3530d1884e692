"""Reading pinned commits out of local clones, honest and hostile ones."""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import stat
import subprocess
import sys
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

import pytest

from bstgraph.errors import ProjectError, SelectionError
from bstgraph.stores import GitClones, _command, commit_of, git

SHA: Final = "0123456789abcdef0123456789abcdef01234567"
ENVIRONMENT: Final = {
    "PATH": os.environ["PATH"],
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_AUTHOR_NAME": "a",
    "GIT_AUTHOR_EMAIL": "a",
    "GIT_COMMITTER_NAME": "a",
    "GIT_COMMITTER_EMAIL": "a",
}


def run(repository: Path, *arguments: str) -> str:
    """Run git in `repository` and return what it prints."""
    result = subprocess.run(
        ["git", "-C", repository, *arguments],
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=True,
    )
    return result.stdout.strip()


def new_repository(path: Path, *options: str) -> Path:
    path.mkdir(parents=True)
    run(path, "init", "--quiet", *options)
    return path


def commit_files(repository: Path, files: Mapping[str, str]) -> str:
    """Write `files`, commit all there is, and return the commit."""
    for name, text in files.items():
        (repository / name).parent.mkdir(parents=True, exist_ok=True)
        (repository / name).write_text(text)
    run(repository, "add", "--all", "--force")
    run(repository, "commit", "--quiet", "--message", "m")
    return run(repository, "rev-parse", "HEAD")


def write_object(objects: Path, kind: str, content: bytes) -> str:
    """Write a loose object that git itself would refuse to make, and return its name."""
    data = f"{kind} {len(content)}\0".encode() + content
    name = hashlib.sha1(data, usedforsecurity=False).hexdigest()
    place = objects / name[:2] / name[2:]
    place.parent.mkdir(parents=True, exist_ok=True)
    if not place.exists():
        place.write_bytes(zlib.compress(data))
    return name


def write_tree(objects: Path, entries: Iterable[tuple[str, bytes, str]]) -> str:
    rows = (f"{mode} ".encode() + name + b"\0" + bytes.fromhex(sha) for mode, name, sha in entries)
    return write_object(objects, "tree", b"".join(rows))


def write_commit(objects: Path, tree: str) -> str:
    who = "a <a> 0 +0000"
    return write_object(
        objects, "commit", f"tree {tree}\nauthor {who}\ncommitter {who}\n\nm\n".encode()
    )


def object_path(repository: Path, name: str) -> Path:
    return repository / ".git" / "objects" / name[:2] / name[2:]


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    return new_repository(tmp_path / "roots" / "repository")


def checkout(repository: Path, commit: str, into: Path) -> tuple[str, ...]:
    return GitClones([repository]).checkout(commit, into)


class TestCommitOf:
    @pytest.mark.parametrize("ref", [SHA, f"v1.2-0-g{SHA}", f"a-b-17-g{SHA}", f"refs/x-0-g{SHA}"])
    def test_a_pinned_commit(self, ref: str) -> None:
        assert commit_of(ref) == SHA

    @pytest.mark.parametrize(
        "ref",
        ["", "main", "refs/heads/main", SHA[:12], f"v1-0-g{SHA[:12]}", f"{SHA}0", f"v1-{SHA}"],
    )
    def test_what_pins_nothing(self, ref: str) -> None:
        assert commit_of(ref) is None


class TestSearch:
    def test_forms_of_clones(self, tmp_path: Path, repository: Path) -> None:
        commit = commit_files(repository, {"a": "1"})
        run(repository, "clone", "--quiet", "--bare", ".", str(tmp_path / "bare"))
        run(repository, "worktree", "add", "--quiet", str(tmp_path / "tree"))
        for form in (repository, repository / ".git", tmp_path / "bare", tmp_path / "tree"):
            clones = GitClones([form])
            assert clones.paths == (form,)
            assert clones.find(commit) == form
            assert clones.checkout(commit, tmp_path / f"{form.name}-files") == ()
            assert (tmp_path / f"{form.name}-files" / "a").read_text() == "1"

    def test_what_borrows_objects_is_a_clone_too(self, tmp_path: Path, repository: Path) -> None:
        commit = commit_files(repository, {"a": "1"})
        run(repository, "clone", "--quiet", "--shared", ".", str(tmp_path / "borrower"))
        assert checkout(tmp_path / "borrower", commit, tmp_path / "files") == ()

    def test_depth_and_order(self, tmp_path: Path) -> None:
        places = ["b", "c/a", "x/y/z", "x/y/w/deep"]
        for place in places:
            new_repository(tmp_path / place)
        (tmp_path / "a").symlink_to(tmp_path / "x/y/w")
        assert GitClones([tmp_path]).paths == tuple(tmp_path / place for place in places[:3])
        assert GitClones([tmp_path / "x/y/w", tmp_path]).paths[0] == tmp_path / "x/y/w/deep"

    def test_a_clone_is_found_once(self, tmp_path: Path) -> None:
        new_repository(tmp_path / "a")
        assert GitClones([tmp_path, tmp_path / "a"]).paths == (tmp_path / "a",)

    def test_the_search_is_bounded(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        for number in range(8):
            new_repository(tmp_path / str(number))
        monkeypatch.setattr(git, "SEARCH_ENTRIES", 5)
        assert len(GitClones([tmp_path]).paths) == 5

    @pytest.mark.parametrize("text", ["gitdir: nowhere", "nonsense", "", "gitdir: \0"])
    def test_a_git_file_that_leads_nowhere(self, tmp_path: Path, text: str) -> None:
        (tmp_path / ".git").write_text(text)
        assert GitClones([tmp_path]).paths == ()

    def test_a_folder_that_cannot_be_read(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        new_repository(tmp_path / "a")

        def refuse(path: Path) -> None:
            raise PermissionError(path)

        monkeypatch.setattr(os, "scandir", refuse)
        assert GitClones([tmp_path]).paths == ()

    def test_a_fifo_as_git_file(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / ".git")
        assert GitClones([tmp_path]).paths == ()

    def test_a_root_that_is_not_there(self, tmp_path: Path) -> None:
        with pytest.raises(SelectionError, match=r"nowhere.*not a directory"):
            GitClones([tmp_path / "nowhere"])

    def test_no_clone_holds_it(self, tmp_path: Path, repository: Path) -> None:
        clones = GitClones([repository])
        assert clones.find(SHA) is None
        with pytest.raises(ValueError, match="no clone holds"):
            clones.checkout(SHA, tmp_path / "files")
        with pytest.raises(ValueError, match="40 hex digits"):
            clones.find("main")

    def test_only_commits_are_found(self, repository: Path) -> None:
        commit_files(repository, {"a": "1"})
        clones = GitClones([repository])
        assert clones.find(run(repository, "rev-parse", "HEAD^{tree}")) is None

    def test_an_annotated_tag_is_its_commit(self, tmp_path: Path, repository: Path) -> None:
        commit_files(repository, {"a": "1"})
        run(repository, "tag", "--annotate", "v1", "--message", "m")
        assert checkout(repository, run(repository, "rev-parse", "v1"), tmp_path / "files") == ()

    def test_a_clone_without_the_root_directory_does_not_hold_it(
        self, tmp_path: Path, repository: Path
    ) -> None:
        commit = commit_files(repository, {"a": "1"})
        whole = tmp_path / "whole"
        run(repository, "clone", "--quiet", "--bare", ".", str(whole))
        object_path(repository, run(repository, "rev-parse", "HEAD^{tree}")).unlink()
        assert GitClones([repository]).find(commit) is None
        assert GitClones([repository, whole]).find(commit) == whole


class TestCheckout:
    def test_files_modes_and_links(self, tmp_path: Path, repository: Path) -> None:
        (repository / "run").write_text("#!/bin/sh\n")
        (repository / "run").chmod(0o755)
        (repository / "link").symlink_to("/etc/passwd")
        names = {f"d/e/{number}": f"{number}\n" * number for number in range(300)}
        commit = commit_files(repository, {"same": "1\n", "a name with\nodd bytes": "", **names})
        files = tmp_path / "files"
        assert checkout(repository, commit, files) == ()
        assert sorted(os.listdir(files)) == ["a name with\nodd bytes", "d", "link", "run", "same"]
        assert os.readlink(files / "link") == "/etc/passwd"
        assert (files / "run").stat().st_mode & stat.S_IXUSR
        assert not (files / "same").stat().st_mode & stat.S_IXUSR
        assert {name: (files / name).read_text() for name in names} == names

    def test_the_commit_counts_not_the_work_tree(self, tmp_path: Path, repository: Path) -> None:
        first = commit_files(repository, {"a": "1", "gone": ""})
        (repository / "gone").unlink()
        commit_files(repository, {"a": "2"})
        checkout(repository, first, tmp_path / "files")
        assert sorted(os.listdir(tmp_path / "files")) == ["a", "gone"]
        assert (tmp_path / "files" / "a").read_text() == "1"

    @pytest.mark.skipif(sys.platform != "linux", reason="names need not be text there")
    def test_names_are_bytes(self, tmp_path: Path, repository: Path) -> None:
        objects = repository / ".git" / "objects"
        blob = write_object(objects, "blob", b"1")
        commit = write_commit(objects, write_tree(objects, [("100644", b"\xff", blob)]))
        assert checkout(repository, commit, tmp_path / "files") == ()
        assert os.listdir(os.fsencode(tmp_path / "files")) == [b"\xff"]

    @pytest.mark.parametrize("filled", [True, False])
    def test_a_submodule_is_an_empty_folder(
        self, tmp_path: Path, repository: Path, *, filled: bool
    ) -> None:
        objects = repository / ".git" / "objects"
        commit = write_commit(objects, write_tree(objects, [("160000", b"module", SHA)]))
        clones = GitClones([repository])
        gaps = clones.checkout(commit, tmp_path / "files", submodules=filled)
        assert [gap.partition(": ")[2] for gap in gaps] == (
            ["submodule 'module' is not checked out"] if filled else []
        )
        assert os.listdir(tmp_path / "files" / "module") == []

    def test_what_the_clone_lacks_is_left_out_and_listed(
        self, tmp_path: Path, repository: Path
    ) -> None:
        commit = commit_files(repository, {"a": "1", "b/c": "2", "d": "2", "e/f": "3"})
        for name in ("HEAD:b/c", "HEAD:e"):
            object_path(repository, run(repository, "rev-parse", name)).unlink()
        gaps = checkout(repository, commit, tmp_path / "files")
        assert sorted(gap.partition(": ")[2] for gap in gaps) == [
            "directory 'e' is not in this clone",
            "file 'b/c' is not in this clone",
            "file 'd' is not in this clone",
        ]
        assert all(commit in gap and str(repository) in gap for gap in gaps)
        assert sorted(os.listdir(tmp_path / "files")) == ["a", "b", "e"]

    def test_what_git_converts_is_listed(self, tmp_path: Path, repository: Path) -> None:
        attributes = """
            *.crlf text eol=crlf
            *.lf text eol=lf
            *.id ident
            *.lfs filter=lfs diff=lfs -text
            *.wide working-tree-encoding=ISO-8859-1
            *.auto text=auto
            plain.lfs !filter
            """
        names = ("a.crlf", "a.lf", "a.id", "d/a.lfs", "plain.lfs", "a.wide", "a.auto", "b")
        commit_files(repository, dict.fromkeys(names, "x"))
        commit = commit_files(repository, {".gitattributes": attributes})
        clones = GitClones([repository])
        gaps = clones.checkout(commit, tmp_path / "into")
        expected = ("a.crlf", "a.id", "a.wide", "d/a.lfs")
        assert tuple(sorted(clones.left_out(tmp_path / "into"))) == expected
        what = f"commit {commit} of {repository}"
        assert sorted(gaps) == [f"{what}: git converts '{name}'" for name in expected]

    def test_attributes_elsewhere_do_not_matter(self, tmp_path: Path, repository: Path) -> None:
        commit = commit_files(repository, {".gitattributes": "b ident\n", "a": "x"})
        (repository / ".git/info").mkdir(exist_ok=True)
        (repository / ".git/info/attributes").write_text("* ident\n")
        assert GitClones([repository]).checkout(commit, tmp_path / "into") == ()

    def test_a_folder_with_something_in_it(self, tmp_path: Path, repository: Path) -> None:
        commit = commit_files(repository, {"a": "1"})
        with pytest.raises(ValueError, match="not empty"):
            checkout(repository, commit, tmp_path)

    def test_a_folder_that_cannot_be_made(self, tmp_path: Path, repository: Path) -> None:
        commit = commit_files(repository, {"a": "1"})
        (tmp_path / "file").write_text("")
        with pytest.raises(ProjectError, match="cannot be written: Not a directory"):
            checkout(repository, commit, tmp_path / "file" / "files")


class TestLimits:
    def test_a_large_object_is_left_out(
        self, tmp_path: Path, repository: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        commit = commit_files(repository, {"a": "1", "large": "x" * 3_000_000, "z": "2"})
        monkeypatch.setattr(_command, "LARGEST_OBJECT", 1000)
        (gap,) = checkout(repository, commit, tmp_path / "files")
        assert "file 'large' is over" in gap
        assert sorted(os.listdir(tmp_path / "files")) == ["a", "z"]

    def test_a_tree_that_holds_itself_many_times_over(
        self, tmp_path: Path, repository: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        objects = repository / ".git" / "objects"
        entries = [("100644", b"%d" % n, write_object(objects, "blob", b"1")) for n in range(10)]
        for _ in range(12):
            tree = write_tree(objects, entries)
            entries = [("40000", b"%d" % number, tree) for number in range(10)]
        monkeypatch.setattr(git, "MOST_PATHS", 2_000)
        with pytest.raises(ProjectError, match="more than 2,000 paths") as caught:
            checkout(repository, write_commit(objects, tree), tmp_path / "files")
        assert caught.value.slug == "too-large"

    def test_too_many_bytes(
        self, tmp_path: Path, repository: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        commit = commit_files(repository, {"a": "x" * 600, "b": "x" * 600})
        monkeypatch.setattr(git, "MOST_BYTES", 1000)
        with pytest.raises(ProjectError, match="more than 1,000 bytes"):
            checkout(repository, commit, tmp_path / "files")

    def test_an_object_store_that_never_answers(
        self, tmp_path: Path, repository: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        commit = commit_files(repository, {"a": "1"})
        blob = object_path(repository, run(repository, "rev-parse", "HEAD:a"))
        blob.unlink()
        os.mkfifo(blob)
        monkeypatch.setattr(_command, "TIME_LIMIT", 0.5)
        with pytest.raises(ProjectError, match="git stopped"):
            checkout(repository, commit, tmp_path / "files")

    def test_a_search_that_never_answers(
        self, repository: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        pack = repository / ".git" / "objects" / "pack"
        os.mkfifo(pack / f"pack-{SHA}.idx")
        (pack / f"pack-{SHA}.pack").touch()
        monkeypatch.setattr(_command, "TIME_LIMIT", 0.8)
        assert GitClones([repository]).find(SHA) is None


class TestObjectReader:
    @pytest.mark.parametrize(
        "answer", [b"", b"a blob 3\n", b"a blob 3\nxy", b"a blob 99\nxy", b"a blob 99\n"]
    )
    def test_answers_that_end_too_early(
        self, answer: bytes, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(_command, "LARGEST_OBJECT", 50)
        with Path(os.devnull).open("wb") as requests:
            reader = _command.ObjectReader(requests.fileno(), io.BytesIO(answer))
            with pytest.raises(ProjectError, match="git stopped"):
                list(reader.read(["a"]))

    def test_nobody_listens(self) -> None:
        reading, writing = os.pipe()
        os.close(reading)
        try:
            reader = _command.ObjectReader(writing, io.BytesIO())
            with pytest.raises(ProjectError, match="git stopped"):
                list(reader.read(["a"]))
        finally:
            os.close(writing)


class TestHostileTrees:
    @pytest.mark.parametrize(
        "name", [b"..", b".", b"", b".git", b".GIT", b"git~1", b"a/b", b"/etc", b"../up"]
    )
    @pytest.mark.parametrize("mode", ["100644", "40000", "120000"])
    def test_names_that_no_tree_may_hold(
        self, tmp_path: Path, repository: Path, name: bytes, mode: str
    ) -> None:
        objects = repository / ".git" / "objects"
        blob = write_object(objects, "blob", b"evil")
        kept = blob if mode != "40000" else write_tree(objects, [("100644", b"f", blob)])
        inner = write_tree(objects, [(mode, name, kept)])
        commit = write_commit(objects, write_tree(objects, [("40000", b"d", inner)]))
        with pytest.raises(ProjectError, match="is malformed: it holds the name") as caught:
            checkout(repository, commit, tmp_path / "into" / "files")
        assert caught.value.slug == "checkout-failed"
        assert sorted(os.listdir(tmp_path)) == ["into", "roots"]
        assert os.listdir(tmp_path / "into") == ["files"]

    @pytest.mark.parametrize("first", ["link", "directory"])
    def test_a_link_and_a_directory_of_one_name(
        self, tmp_path: Path, repository: Path, first: str
    ) -> None:
        objects = repository / ".git" / "objects"
        outside = tmp_path / "outside"
        outside.mkdir()
        link = ("120000", b"a", write_object(objects, "blob", os.fsencode(outside)))
        evil = write_tree(objects, [("100644", b"b", write_object(objects, "blob", b"evil"))])
        directory = ("40000", b"a", evil)
        entries = [link, directory] if first == "link" else [directory, link]
        commit = write_commit(objects, write_tree(objects, entries))
        with pytest.raises(ProjectError, match="it holds 'a' twice"):
            checkout(repository, commit, tmp_path / "files")
        assert list(outside.iterdir()) == []

    @pytest.mark.parametrize("mode", ["100644", "40000"])
    def test_one_name_twice(self, tmp_path: Path, repository: Path, mode: str) -> None:
        objects = repository / ".git" / "objects"
        kept = write_tree(objects, []) if mode == "40000" else write_object(objects, "blob", b"")
        commit = write_commit(objects, write_tree(objects, [(mode, b"a", kept)] * 2))
        with pytest.raises(ProjectError, match="it holds 'a' twice"):
            checkout(repository, commit, tmp_path / "files")

    @pytest.mark.parametrize(
        ("mode", "kind", "content", "message"),
        [
            ("100644", "tree", b"", "a tree as a file"),
            ("40000", "blob", b"", "a blob as a directory"),
            ("40000", "tree", b"nonsense", "a tree that cannot be read"),
            ("40000", "tree", b"100644 a\0short", "a tree that cannot be read"),
            ("40000", "tree", b"-40000 a\0" + b"x" * 20, "a tree that cannot be read"),
            ("120000", "blob", b"a\0b", "a link 'x' to no path"),
        ],
    )
    def test_objects_that_are_not_what_they_should_be(
        self,
        tmp_path: Path,
        repository: Path,
        *,
        mode: str,
        kind: str,
        content: bytes,
        message: str,
    ) -> None:
        objects = repository / ".git" / "objects"
        kept = write_object(objects, kind, content)
        commit = write_commit(objects, write_tree(objects, [(mode, b"x", kept)]))
        with pytest.raises(ProjectError, match=message):
            checkout(repository, commit, tmp_path / "files")

    def test_an_empty_link(self, tmp_path: Path, repository: Path) -> None:
        objects = repository / ".git" / "objects"
        tree = write_tree(objects, [("120000", b"x", write_object(objects, "blob", b""))])
        with pytest.raises(ProjectError, match="cannot be written"):
            checkout(repository, write_commit(objects, tree), tmp_path / "files")

    def test_a_damaged_object(self, tmp_path: Path, repository: Path) -> None:
        commit = commit_files(repository, {"a": "1", "b": "2"})
        one, two = (run(repository, "rev-parse", f"HEAD:{name}") for name in "ab")
        object_path(repository, one).unlink()
        shutil.copy(object_path(repository, two), object_path(repository, one))
        with pytest.raises(ProjectError, match=f"the git object {one} is damaged|git stopped"):
            checkout(repository, commit, tmp_path / "files")


class TestHostileClones:
    def test_the_configuration_of_a_clone_is_never_read(
        self, tmp_path: Path, repository: Path
    ) -> None:
        proof = tmp_path / "proof"
        commit = commit_files(repository, {".gitattributes": "* filter=evil diff=evil\n", "a": "1"})
        program = f"touch {proof}"
        for key in (
            "core.fsmonitor",
            "core.pager",
            "core.sshCommand",
            "core.hooksPath",
            "filter.evil.smudge",
            "diff.evil.textconv",
            "diff.evil.command",
            "alias.cat-file",
        ):
            run(repository, "config", key, f"!{program}" if key.startswith("alias") else program)
        converted = checkout(repository, commit, tmp_path / "files")
        assert [gap.rpartition(" ")[2] for gap in converted] == ["'.gitattributes'", "'a'"]
        with (repository / ".git" / "config").open("a") as file:
            file.write("[broken\n")
        assert checkout(repository, commit, tmp_path / "again") == converted
        assert not proof.exists()

    def test_nothing_is_fetched_into_a_partial_clone(
        self, tmp_path: Path, repository: Path
    ) -> None:
        proof = tmp_path / "proof"
        commit = commit_files(repository, {"a": "1", "b": "2"})
        run(repository, "config", "uploadpack.allowFilter", "true")
        partial = tmp_path / "partial"
        url = f"file://{repository}"
        run(tmp_path, "clone", "--quiet", "--bare", "--filter=blob:none", url, str(partial))
        run(partial, "config", "remote.origin.uploadpack", f"touch {proof}; git-upload-pack")
        gaps = checkout(partial, commit, tmp_path / "files")
        assert len(gaps) == 2
        assert os.listdir(tmp_path / "files") == []
        assert not proof.exists()

    def test_replaced_objects_are_not(self, tmp_path: Path, repository: Path) -> None:
        commit = commit_files(repository, {"a": "1"})
        other = commit_files(repository, {"a": "2"})
        run(repository, "replace", commit, other)
        checkout(repository, commit, tmp_path / "files")
        assert (tmp_path / "files" / "a").read_text() == "1"

    def test_the_environment_does_not_matter(
        self, tmp_path: Path, repository: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        commit = commit_files(repository, {"a": "1"})
        for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_CONFIG"):
            monkeypatch.setenv(name, str(tmp_path / "nowhere"))
        assert checkout(repository, commit, tmp_path / "files") == ()


class TestNoGit:
    def test_an_error_with_a_fix(self, repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PATH", str(repository))
        with pytest.raises(ProjectError, match="no git command") as caught:
            GitClones([repository]).find(SHA)
        assert caught.value.slug == "checkout-failed"
        assert caught.value.fix is not None

    def test_a_git_in_the_working_directory_is_not_run(
        self, repository: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (repository / "git").write_text("#!/bin/sh\ntouch proof\n")
        (repository / "git").chmod(0o755)
        monkeypatch.chdir(repository)
        monkeypatch.setenv("PATH", f".{os.pathsep}{os.environ['PATH']}")
        assert GitClones([repository]).find(SHA) is None
        assert not (repository / "proof").exists()
