"""Digests of files and trees: BuildStream's own values, trees that want to do harm, caching."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest

from bstgraph import files
from bstgraph.keys._partial import PartialFiles
from bstgraph.kinds import KeyGapError, ProjectFiles
from bstgraph.stores import _reading, content
from bstgraph.stores._reapi import Digest, Directory, FileNode, encoded, hashed
from bstgraph.stores.content import Contents, ProjectContents
from tests.unit.trees import EMPTY, VECTORS, Entry, Fifo, File, Folder, Link, Vector, deep, plant

TREE: Final[dict[str, Entry]] = {
    "t/a": File("hi\n"),
    "t/x": File("x", 0o755),
    "t/e": Folder(),
    "t/d/f": Fifo(),
    "t/l": Link("a"),
    "t/d2/b": File("b\n"),
}
SHA_HI: Final = "98ea6e4f216f2fb4b69fff9b3a44842c38686ca685f3f55dc48c5d3fb1107be4"
SHA_B: Final = "0263829989b6fd954f72baaf2fc64bc2e2f01d692d4de72986ea808f6e99813f"
SHA_X: Final = "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"


def view(folder: Path, entries: dict[str, Entry] | None = None) -> ProjectContents:
    return Contents().project(plant(folder, entries if entries is not None else TREE))


def gap(call: Callable[[], object]) -> str:
    with pytest.raises(KeyGapError) as caught:
        call()
    return str(caught.value)


class TestDigest:
    @pytest.mark.parametrize("vector", VECTORS.values(), ids=VECTORS)
    def test_vectors(self, tmp_path: Path, vector: Vector) -> None:
        files: ProjectFiles = Contents().project(plant(tmp_path, vector.entries))
        assert files.tree_digest(vector.path) == vector.digest

    @pytest.mark.parametrize("path", [".", "./", "", "t/.."])
    def test_the_whole_project_with_all_that_is_hidden(self, tmp_path: Path, path: str) -> None:
        hidden = (".bst/x", ".bst2/y", ".bstignore", ".git/HEAD", ".gitignore", "t/a")
        files = view(tmp_path / "p", {name: File("t") for name in hidden})
        below = view(tmp_path / "q", {f"below/{name}": File("t") for name in hidden})
        assert files.tree_digest(path) == below.tree_digest("below")
        assert tuple(files.tree_files(path)) == hidden

    def test_a_single_file_is_executable_when_the_user_may_run_it(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        files = view(tmp_path, {"b": File("b\n", 0o755), "c/b": File("b\n", 0o644)})
        monkeypatch.setattr(
            os, "access", lambda path, mode: (mode, "c/" in path) == (os.X_OK, True)
        )
        assert files.tree_digest("b") == VECTORS["one file"].digest
        assert files.tree_digest("c/b") == VECTORS["one executable file"].digest

    def test_the_last_byte_of_a_path(self, tmp_path: Path) -> None:
        # 16 levels and their slashes are 4016 bytes.
        last, beyond = "é" + "a" * 77, "é" + "b" * 78
        deep(tmp_path / "t", 16, name="n" * 250, leaves={last: Link("x"), beyond: Link("x")})
        (path,) = view(tmp_path, {}).tree_files("t")
        assert path.endswith(f"/{last}")
        assert len(path.encode()) == 4095

    def test_what_is_too_far_down_for_a_path_is_left_out(self, tmp_path: Path) -> None:
        deep(tmp_path / "t", 20, name="n" * 250)
        assert view(tmp_path, {}).tree_digest("t") == (
            "205dcc8181765a6c6b3aa1b493bcb47d084184e9b709b90e95da5ee151421802"
        )

    @pytest.mark.parametrize(
        ("size", "suffix"),
        [
            (0, ""),
            (1, "1001"),
            (127, "107f"),
            (128, "108001"),
            (16_384, "10808001"),
            (2**35, "10808080808001"),
        ],
    )
    def test_sizes_are_varints(self, size: int, suffix: str) -> None:
        # The length of the digest, its hash, its size.
        tail = f"{66 + len(suffix) // 2:02x}0a40{b'0'.hex() * 64}{suffix}"
        length = 5 + len(tail) // 2 - 1
        node = FileNode(b"n", Digest("0" * 64, size), executable=False)
        assert encoded(Directory(files=(node,))).hex() == f"0a{length:02x}0a016e12{tail}"

    def test_nothing_is_an_empty_message(self) -> None:
        assert hashed(Directory()).digest == (EMPTY, 0)


class TestListing:
    def test_all_that_the_digest_depends_on(self, tmp_path: Path) -> None:
        assert dict(view(tmp_path).tree_files("t")) == {
            "a": SHA_HI,
            "d": "",
            "d2/b": SHA_B,
            "e": "",
            "l": "-> a",
            "x": f"{SHA_X} executable",
        }

    def test_sorted_by_the_whole_path(self, tmp_path: Path) -> None:
        names = ("t/a/b", "t/a-b", "t/a0", "t/B", "t/z")
        files = view(tmp_path, {name: File() for name in names})
        assert list(files.tree_files("t")) == ["B", "a-b", "a/b", "a0", "z"]

    def test_one_file(self, tmp_path: Path) -> None:
        assert dict(view(tmp_path).tree_files("t/x")) == {"x": f"{SHA_X} executable"}

    def test_an_empty_tree(self, tmp_path: Path) -> None:
        assert dict(view(tmp_path).tree_files("t/e")) == {}

    def test_paths_that_would_fill_the_memory(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(content, "LONGEST_LIST", 8)
        files = view(tmp_path)
        assert list(files.tree_files("t/d2")) == ["b"]
        assert gap(lambda: files.tree_files("t")) == "'t' has too many long paths to list them"


class TestOneFile:
    def test_its_content(self, tmp_path: Path) -> None:
        assert view(tmp_path).sha256("t/a") == SHA_HI

    def test_a_link_is_followed_inside_the_project(self, tmp_path: Path) -> None:
        assert view(tmp_path).sha256("t/l") == SHA_HI

    @pytest.mark.parametrize(
        ("path", "text"),
        [
            ("t", "'t' is no regular file"),
            ("t/d/f", "'t/d/f' is no regular file"),
            ("no", "'no' does not exist"),
            ("t/a/b", "'t/a/b' does not exist"),
            ("n\0ul", "'n\\x00ul' is no file name"),
            ("x" * 300, f"'{'x' * 300}' cannot be read: file name too long"),
            ("loop", "'loop' cannot be read: too many levels of symbolic links"),
            ("\ud800", "'\\ud800' is no file name"),
        ],
    )
    def test_gaps(self, tmp_path: Path, path: str, text: str) -> None:
        files = view(tmp_path, {**TREE, "loop": Link("loop")})
        assert gap(lambda: files.sha256(path)) == text


class TestNames:
    def test_sorted_by_code_point(self, tmp_path: Path) -> None:
        names = ("b", "B", "a", "\U0001f600", "\ufffd", "a.b")
        files = view(tmp_path, {f"p/{name}": File() for name in names})
        assert files.names("p") == ["B", "a", "a.b", "b", "\ufffd", "\U0001f600"]

    @pytest.mark.parametrize("path", ["t/a", "no", "t/l"])
    def test_no_directory(self, tmp_path: Path, path: str) -> None:
        assert gap(lambda: view(tmp_path).names(path)) == f"'{path}' does not exist"


class TestInside:
    @pytest.fixture
    def files(self, tmp_path: Path) -> ProjectContents:
        plant(tmp_path / "out", {"f": File("secret"), "d/f": File("secret")})
        links = {"f": "../out/f", "d": "../out/d", "l": "t", "t/o": "../../out/f"}
        return view(tmp_path / "p", {name: Link(to) for name, to in links.items()})

    @pytest.mark.parametrize("path", ["f", "d/f", "../out/f", "../out/d", "t/o"])
    @pytest.mark.parametrize("ask", ["sha256", "tree_digest", "tree_files", "names"])
    def test_nothing_outside_is_read(
        self, files: ProjectContents, tmp_path: Path, ask: str, path: str
    ) -> None:
        folder = os.path.dirname((tmp_path / "p" / path).resolve())
        assert gap(lambda: getattr(files, ask)(path)) == (
            f"'{path}' is outside the project, allow its folder: --allow {folder}"
        )

    def test_an_absolute_path(self, files: ProjectContents) -> None:
        assert gap(lambda: files.sha256("/etc/passwd")) == (
            "'/etc/passwd' is outside the project, allow its folder: --allow /etc"
        )

    def test_a_folder_with_the_project_s_name_and_more(self, tmp_path: Path) -> None:
        plant(tmp_path / "p2", {"a": File()})
        assert "is outside" in gap(lambda: view(tmp_path / "p").sha256("../p2/a"))

    def test_a_link_is_no_tree(self, files: ProjectContents) -> None:
        assert gap(lambda: files.tree_digest("l")) == "'l' is a symbolic link"

    def test_allowed_folders(self, tmp_path: Path, files: ProjectContents) -> None:
        del files
        for contents, allowed in (
            (Contents(allowed=[tmp_path / "out"]), ()),
            (Contents(), [tmp_path / "out"]),
        ):
            allowing = contents.project(tmp_path / "p", allowed=allowed)
            assert allowing.sha256("f") == allowing.sha256("d/f")

    def test_the_project_may_lie_behind_a_link(self, tmp_path: Path) -> None:
        plant(tmp_path / "real", TREE)
        (tmp_path / "link").symlink_to("real")
        assert Contents().project(tmp_path / "link").sha256("t/l") == SHA_HI

    def test_the_root_of_everything_as_a_project(self, tmp_path: Path) -> None:
        plant(tmp_path, TREE)
        assert Contents().project("/").sha256(str(tmp_path / "t/a")[1:]) == SHA_HI


class TestHome:
    def ask(self, tmp_path: Path, path: str, *, allow: str = "home/g") -> str:
        home = plant(tmp_path / "home", {"g/t/b": File("b\n"), "g/l": Link("t/b"), "s": File()})
        for name, to in (("d", "t"), ("out", "../s"), ("no", "nowhere")):
            (home / "g" / name).symlink_to(to)
        contents = Contents(home=home, allowed=[tmp_path / allow])
        return contents.project(plant(tmp_path / "p", {})).home_digest(path)

    @pytest.mark.parametrize("path", ["~/g/t", "g/t", "~/g/t/", "~/g/t/b", "~/g/../g/t", "g/d/"])
    def test_trees_and_files(self, tmp_path: Path, path: str) -> None:
        assert self.ask(tmp_path, path) == VECTORS["one file"].digest

    def test_a_link_to_a_file_is_followed_but_keeps_its_name(self, tmp_path: Path) -> None:
        node = FileNode(b"l", Digest(SHA_B, 2), executable=False)
        assert self.ask(tmp_path, "~/g/l") == hashed(Directory(files=(node,))).digest.hash
        assert hashed(Directory(files=(node,))).digest.hash == (
            "a3ceda67d138deb390c969446328dc1b97dbd6dd795f41b073585bcea94335f9"
        )

    @pytest.mark.parametrize("path", ["~/g/x", "~/g/no"])
    def test_missing(self, tmp_path: Path, path: str) -> None:
        assert gap(lambda: self.ask(tmp_path, path)) == f"'{path}' does not exist"

    def test_a_link_to_a_directory(self, tmp_path: Path) -> None:
        # BuildStream cannot capture it.
        assert gap(lambda: self.ask(tmp_path, "~/g/d")) == "'~/g/d' is no regular file"

    @pytest.mark.parametrize("path", ["~/s", "~/g/out", "~/g/../s", "~/missing"])
    def test_nothing_that_is_not_allowed(self, tmp_path: Path, path: str) -> None:
        assert gap(lambda: self.ask(tmp_path, path)) == (
            f"'{path}' is outside the project, allow its folder: --allow {tmp_path}/home"
        )

    def test_the_project_is_no_part_of_home(self, tmp_path: Path) -> None:
        text = gap(lambda: self.ask(tmp_path, "../p", allow="home"))
        assert text == f"'../p' is outside the project, allow its folder: --allow {tmp_path}"

    def test_home_is_the_user_s(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        plant(tmp_path / "home", {"b": File("b\n")})
        monkeypatch.setenv("HOME", str(tmp_path / "home"))
        files = Contents(allowed=[tmp_path]).project(tmp_path)
        assert files.home_digest("~/b") == VECTORS["one file"].digest


class TestHarm:
    def test_names_that_are_not_utf8(self, tmp_path: Path) -> None:
        entries: dict[str, Entry] = {"t/d/\udcff": File(), "u/\udcff/a": File()}
        files = view(tmp_path, {**entries, "v/l": Link("\udcff")})
        why = "has a name or a target that is not UTF-8"
        assert gap(lambda: files.tree_digest("t")) == rf"t: 'd/\udcff' {why}"
        assert gap(lambda: files.tree_digest("u")) == rf"u: '\udcff' {why}"
        assert gap(lambda: files.tree_digest("v")) == f"v: 'l' {why}"

    def test_names_that_would_write_on_a_terminal(self, tmp_path: Path) -> None:
        files = view(tmp_path, {"t/\x1b[2J\n\udcff": File()})
        assert gap(lambda: files.tree_digest("t")).startswith(r"t: '\x1b[2J\n\udcff' ")

    def test_deeper_than_buildstream_can(self, tmp_path: Path) -> None:
        deep(tmp_path / "t", _reading.DEEPEST)
        deep(tmp_path / "u", _reading.DEEPEST + 1)
        before = len(os.listdir("/proc/self/fd"))
        files = view(tmp_path, {})
        assert len(files.tree_digest("t")) == 64
        text = gap(lambda: files.tree_digest("u"))
        assert text.startswith("u: 'd/d/")
        assert text.endswith("/d' is nested more than 500 levels deep")
        assert len(os.listdir("/proc/self/fd")) == before

    def test_entries_are_counted_over_the_whole_run(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(_reading, "MOST_ENTRIES", 9)
        entries: dict[str, Entry] = {f"{tree}/d/{n}": File() for tree in "tu" for n in range(4)}
        files = view(tmp_path, entries)
        digest = files.tree_digest("t")
        why = "holds too much: more than 9 files in one run"
        assert gap(lambda: files.tree_digest("u/d/../../u")) == f"u/d/../../u: 'd' {why}"
        # What is known stays known, and what failed is not tried again.
        assert files.tree_digest("./t") == digest
        assert gap(lambda: files.tree_digest("u")) == f"u: 'd' {why}"
        assert gap(lambda: files.names("u/d")) == f"'u/d' {why}"

    def test_bytes_are_counted_over_the_whole_run(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(_reading, "MOST_BYTES", 10)
        files = view(tmp_path, {"a": File("123456"), "b": File("1234"), "t/c": File("1")})
        assert files.sha256("a") == files.sha256("a")
        assert len(files.sha256("b")) == 64
        assert gap(lambda: files.tree_digest("t")) == (
            "t: 'c' is too large: more than 10 bytes in one run"
        )

    def test_a_huge_sparse_file_is_not_read(self, tmp_path: Path) -> None:
        files = view(tmp_path, {"t/a": File()})
        os.truncate(tmp_path / "t/a", _reading.MOST_BYTES + 1)
        assert gap(lambda: files.sha256("t/a")).startswith("'t/a' is too large: ")

    def test_a_file_is_read_to_its_end(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        files = view(tmp_path, {"long": File("x" * 100), "chunk": File("y" * 32)})
        whole = files.sha256("long"), files.sha256("chunk")
        read = os.read
        monkeypatch.setattr(os, "read", lambda file, size: read(file, min(size, 7)))
        monkeypatch.setattr(_reading, "_CHUNK", 32)
        files = Contents().project(tmp_path)
        assert (files.sha256("long"), files.sha256("chunk")) == whole

    @pytest.mark.parametrize(
        ("function", "name", "inside"),
        [("open", "a", "d2/a"), ("open", "d2", "d2"), ("readlink", "l", "d2/l")],
    )
    def test_no_permission_for_one_entry(
        self,
        monkeypatch: pytest.MonkeyPatch,
        tmp_path: Path,
        *,
        function: str,
        name: str,
        inside: str,
    ) -> None:
        files = view(tmp_path, {"t/a2": File(), "t/d2/a": File(), "t/d2/l": Link("x")})
        real = getattr(os, function)

        def refuse(path: str, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - as os has it
            if path == name:
                raise PermissionError(13, "Permission denied")
            return real(path, *args, **kwargs)

        monkeypatch.setattr(os, function, refuse)
        before = len(os.listdir("/proc/self/fd"))
        text = f"t: '{inside}' cannot be read: permission denied"
        assert gap(lambda: files.tree_digest("t")) == text
        assert len(os.listdir("/proc/self/fd")) == before


class TestChanges:
    """What changes while it is read has no digest."""

    @pytest.mark.parametrize(
        ("change", "inside"),
        [
            (lambda t: (t / "d/a").write_text("other!"), "'d/a'"),
            (lambda t: (t / "d/a").write_text("longer than before"), "'d/a'"),
            (lambda t: (t / "d/a").write_text(""), "'d/a'"),
            (lambda t: (t / "d/a").chmod(0o755), "'d/a'"),
            (lambda t: (t / "new").rename(t / "d/a"), "'d/a'"),
            (lambda t: (t / "d/b").write_text(""), "'d'"),
            (lambda t: (t / "b").write_text(""), ""),
        ],
        ids=["content", "grows", "shrinks", "mode", "replaced", "folder", "root"],
    )
    def test_changes_meanwhile(
        self,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        change: Callable[[Path], object],
        inside: str,
    ) -> None:
        files = view(tmp_path, {"t/d/a": File("before"), "t/new": File("new")})
        for path in (tmp_path / "t", tmp_path / "t/d", tmp_path / "t/d/a"):
            os.utime(path, (1, 1))
        read = os.read
        left = [change]

        def read_and_change(file: int, size: int) -> bytes:
            if size == len("before") + 1 and left:
                left.pop()(tmp_path / "t")
            return read(file, size)

        monkeypatch.setattr(os, "read", read_and_change)
        text = gap(lambda: files.tree_digest("t"))
        where = f"t: {inside}" if inside else "'t'"
        assert text == f"{where} changed while it was read"
        assert left == []

    @pytest.mark.parametrize(
        ("replacement", "text"),
        [
            (None, "does not exist"),
            (Fifo(), "is no regular file"),
            (Folder(), "is no regular file"),
            (Link("/etc/passwd"), "cannot be read: too many levels of symbolic links"),
        ],
    )
    def test_a_file_is_something_else_once_it_is_opened(
        self,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        replacement: Entry | None,
        text: str,
    ) -> None:
        files = view(tmp_path, {"t/a": File("x")})
        scan = os.scandir

        class Listed:
            """The entries as they were before the file was replaced."""

            def __init__(self, folder: int) -> None:
                self._entries = list(scan(folder))

            def __enter__(self) -> Any:  # noqa: ANN401 - as os has it
                (tmp_path / "t/a").unlink()
                plant(tmp_path, {"t/a": replacement} if replacement else {})
                return iter(self._entries)

            def __exit__(self, *error: object) -> None:
                pass

        monkeypatch.setattr(os, "scandir", Listed)
        assert gap(lambda: files.tree_digest("t")) == f"t: 'a' {text}"


class TestOneRun:
    @pytest.fixture
    def counted(self, monkeypatch: pytest.MonkeyPatch) -> list[str]:
        """Return what is opened, by name."""
        opened: list[str] = []
        real = os.open

        def count(path: str, *args: Any, **kwargs: Any) -> int:  # noqa: ANN401 - as os has it
            opened.append(os.path.basename(path))
            return real(path, *args, **kwargs)

        monkeypatch.setattr(os, "open", count)
        return opened

    def test_a_tree_is_looked_at_once(self, tmp_path: Path, counted: list[str]) -> None:
        contents = Contents()
        one, other = contents.project(plant(tmp_path, TREE)), contents.project(tmp_path)
        counted.clear()
        assert one.tree_digest("t") == one.tree_digest("./t") == other.tree_digest("t/../t")
        assert len(one.tree_files("t")) == 6
        assert sorted(counted) == ["a", "b", "d", "d2", "e", "t", "x"]

    def test_a_file_in_several_trees_is_read_once(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        files = view(tmp_path)
        reads: list[int] = []
        real = os.read

        def count(file: int, size: int) -> bytes:
            reads.append(size)
            return real(file, size)

        monkeypatch.setattr(os, "read", count)
        files.tree_digest("t")
        assert sorted(reads) == [2, 3, 4]
        assert files.sha256("t/l") == files.sha256("t/a") == SHA_HI
        files.tree_digest("t/a")
        files.tree_digest(".")
        assert len(reads) == 3

    @pytest.mark.parametrize(
        "change",
        [
            lambda t: (t / "a").write_text("ho\n"),
            lambda t: (t / "a").chmod(0o755),
            lambda t: (t / "a").rename(t / "A"),
            lambda t: (t / "e/f").write_text(""),
            lambda t: (t / "e").rmdir(),
        ],
    )
    def test_the_next_run_sees_what_has_changed(
        self, tmp_path: Path, change: Callable[[Path], object]
    ) -> None:
        contents = Contents()
        first = contents.project(plant(tmp_path, TREE))
        digest, other = first.tree_digest("t"), first.tree_digest("t/d2")
        change(tmp_path / "t")
        assert first.tree_digest("t") == digest
        assert view(tmp_path, {}).tree_digest("t") != digest
        assert view(tmp_path, {}).tree_digest("t/d2") == other

    def test_a_file_that_was_read_and_has_changed_is_read_again(self, tmp_path: Path) -> None:
        files = view(tmp_path, {"a": File("x"), "t/b": File()})
        assert files.sha256("a") == SHA_X
        (tmp_path / "a").write_text("hi\n")
        assert files.sha256("a") == SHA_HI


class TestTrees:
    """The trees that `tree_digest` and `workspace_digest` are the digests of."""

    def test_all_that_can_be_in_one(self, tmp_path: Path) -> None:
        found = view(tmp_path).tree("t")
        assert dict(files.walk(found)) == {
            "a": files.File(SHA_HI, 3),
            "l": files.Link("a"),
            "x": files.File(SHA_X, 1, executable=True),
            "d": files.EMPTY,
            "d2": files.Directory({"b": files.File(SHA_B, 2)}),
            "d2/b": files.File(SHA_B, 2),
            "e": files.EMPTY,
        }

    def test_one_file(self, tmp_path: Path) -> None:
        assert dict(files.walk(view(tmp_path).tree("t/d2/b"))) == {"b": files.File(SHA_B, 2)}

    @pytest.mark.parametrize("path", ["gone", "t/l", ".."])
    def test_what_is_none(self, tmp_path: Path, path: str) -> None:
        with pytest.raises(KeyGapError):
            view(tmp_path).tree(path)

    def test_as_deep_as_can_be_read(self, tmp_path: Path) -> None:
        count = _reading.DEEPEST - 1
        deep(tmp_path / "t", count, leaves={"x": File("x")})
        found = view(tmp_path, {}).tree("t")
        assert sum(1 for _ in files.walk(found)) == count + 1

    def test_a_workspace(self, tmp_path: Path) -> None:
        store = view(tmp_path)
        assert store.workspace_tree("t") == store.tree("t")
        assert store.workspace_tree("gone") is None
        for path in ("t/a", "../elsewhere"):
            with pytest.raises(KeyGapError):
                store.workspace_tree(path)

    def test_some_are_not_all_there(self, tmp_path: Path) -> None:
        whole = view(tmp_path)
        partial = PartialFiles(whole, ["t/d2/large"])
        assert partial.tree("t/e") == whole.tree("t/e")
        assert partial.workspace_tree("t") == whole.workspace_tree("t")
        for path in ("t", "t/d2", "."):
            with pytest.raises(KeyGapError, match="lacks 't/d2/large'"):
                partial.tree(path)
        with pytest.raises(KeyGapError, match="what a patch leaves behind"):
            PartialFiles(whole, [""]).tree("t/e")


class TestEdited:
    """Files edited in memory: what another project on disk would hold."""

    @pytest.fixture
    def root(self, tmp_path: Path) -> Path:
        entries: dict[str, Entry] = {"t/a": File("a", 0o755), "t/d/b": File("b"), "t/l": Link("a")}
        entries["one"] = File("1")
        return plant(tmp_path / "p", entries)

    @pytest.mark.parametrize(
        ("files", "entries"),
        [
            ({"t/a": b"x"}, {"t/a": File("x", 0o755), "t/d/b": File("b"), "t/l": Link("a")}),
            ({"t/a": None}, {"t/d/b": File("b"), "t/l": Link("a")}),
            ({"t/d/b": None}, {"t/a": File("a", 0o755), "t/d": Folder(), "t/l": Link("a")}),
            (
                {"t/n/m": b"x", "t/no/such": None, "t/none": None},
                {
                    "t/a": File("a", 0o755),
                    "t/d/b": File("b"),
                    "t/l": Link("a"),
                    "t/n/m": File("x"),
                },
            ),
        ],
    )
    def test_folders(
        self,
        root: Path,
        tmp_path: Path,
        files: dict[str, bytes | None],
        entries: dict[str, Entry],
    ) -> None:
        plant(tmp_path / "other", entries)
        contents = Contents()
        before = contents.project(root).tree_digest("t")
        found = contents.edited({(str(root), name): data for name, data in files.items()})
        wanted = Contents().project(tmp_path / "other")
        here = found.project(root)
        assert here.tree_digest("t") == wanted.tree_digest("t")
        assert here.tree("t") == wanted.tree("t")
        assert here.names("t") == wanted.names("t")
        assert contents.project(root).tree_digest("t") == before

    def test_single_files_and_new_folders(self, root: Path, tmp_path: Path) -> None:
        other = plant(tmp_path / "other", {"one": File("2"), "new/x": File("3")})
        edits: dict[tuple[str, str], bytes | None] = {
            (str(root), "one"): b"2",
            (str(root), "new/x"): b"3",
        }
        found, wanted = Contents().edited(edits).project(root), Contents().project(other)
        for path in ("one", "new", "new/x"):
            assert found.tree_digest(path) == wanted.tree_digest(path)
        assert found.sha256("one") == wanted.sha256("one")
        assert found.names("new") == ["x"]
        again = Contents().edited(edits).edited({(str(root), "new/x"): None}).project(root)
        with pytest.raises(KeyGapError, match="'new/x' does not exist"):
            again.tree_digest("new/x")

    @pytest.mark.parametrize(
        ("path", "message"),
        [
            ("t/a/x", "t: 'a' is no folder"),
            ("t/n/m/x", "t: 'm' is no folder"),
        ],
    )
    def test_what_cannot_be(self, root: Path, path: str, message: str) -> None:
        edits = {(str(root), "t/n/m"): b"", (str(root), path): b""}
        with pytest.raises(KeyGapError, match=message):
            Contents().edited(edits).project(root).tree_digest("t")

    def test_a_file_in_the_place_of_a_new_folder(self, root: Path) -> None:
        edits: dict[tuple[str, str], bytes | None] = {
            (str(root), "t/n/m"): b"",
            (str(root), "t/n"): b"",
        }
        with pytest.raises(KeyGapError, match="t: 'n' is no regular file"):
            Contents().edited(edits).project(root).tree_digest("t")

    def test_workspaces_have_times(self, root: Path) -> None:
        found = Contents().edited({(str(root), "t/a"): b""}).project(root)
        with pytest.raises(KeyGapError, match="which has no time of change"):
            found.workspace_digest("t")
