"""Reading files of a project."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bstgraph.errors import ProjectError, Slug
from bstgraph.provenance import Provenance
from bstgraph.yaml import _read as module
from bstgraph.yaml import read


def refused(path: Path, at: Provenance | None = None) -> ProjectError:
    with pytest.raises(ProjectError) as caught:
        read(str(path), "shown.bst", at=at)
    return caught.value


class TestText:
    """Text is UTF-8, with or without a mark at its start; every newline is a newline."""

    @pytest.mark.parametrize(
        ("data", "text"),
        [
            (b"a: b\n", "a: b\n"),
            (b"a: b\r\nc: d\r\n", "a: b\nc: d\n"),
            (b"a: b\rc: d\r", "a: b\nc: d\n"),
            (b"\xef\xbb\xbfa: b\n", "a: b\n"),
            ("a: ü€𝄞\n".encode(), "a: ü€𝄞\n"),
            (b"", ""),
        ],
    )
    def test_decoded(self, data: bytes, text: str, tmp_path: Path) -> None:
        path = tmp_path / "a.bst"
        path.write_bytes(data)
        file = read(str(path), "shown.bst", project="/top")
        assert (file.name, file.text, file.project) == ("shown.bst", text, "/top")

    def test_not_utf8(self, tmp_path: Path) -> None:
        path = tmp_path / "a.bst"
        path.write_bytes(b"a: b\nc: \xff\n")
        error = refused(path)
        assert error.slug == "invalid-yaml"
        assert str(error.at) == "shown.bst:2:4"


class TestNoFile:
    """What is no readable regular file is one error, at the place that asked for it."""

    def make(self, kind: str, folder: Path) -> Path:
        path = folder / "a.bst"
        match kind:
            case "directory":
                path.mkdir()
            case "fifo":
                os.mkfifo(path)
            case "loop":
                path.symlink_to(path)
            case "device":
                path = Path("/dev/null")
            case "below a file":
                (folder / "file").touch()
                path = folder / "file" / "a.bst"
            case "long name":
                path = folder / ("a" * 300)
            case "NUL":
                path = folder / "a\0b"
        return path

    @pytest.mark.parametrize(
        ("kind", "slug"),
        [
            ("nothing", "missing-file"),
            ("below a file", "missing-file"),
            ("long name", "missing-file"),
            ("NUL", "missing-file"),
            ("directory", "not-a-file"),
            ("fifo", "not-a-file"),
            ("device", "not-a-file"),
            ("loop", "unreadable-file"),
        ],
    )
    def test_refused(self, kind: str, slug: Slug, tmp_path: Path) -> None:
        path = self.make(kind, tmp_path)
        asked = Provenance("b.bst", 3, 5)
        assert refused(path, asked).slug == slug
        assert refused(path, asked).at == asked
        assert str(refused(path).at) == "shown.bst:1:1"

    def test_permission(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def denied(path: str, flags: int) -> int:
            raise PermissionError(13, "Permission denied", path, flags)

        monkeypatch.setattr(os, "open", denied)
        error = refused(tmp_path / "a.bst")
        assert error.slug == "unreadable-file"
        assert "permission denied" in error.message


class TestSize:
    """A file that is too large to be a project's is not read to its end."""

    def test_too_large(self, tmp_path: Path) -> None:
        path = tmp_path / "a.bst"
        with path.open("wb") as file:
            file.truncate(module.MAX_BYTES + 1)
        assert refused(path).slug == "too-large"


class TestHandles:
    """No file stays open, whatever it was."""

    def test_closed(self, tmp_path: Path) -> None:
        before = sorted(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else []
        for kind in (tmp_path, Path("/dev/null")):
            refused(kind)
        after = sorted(os.listdir("/proc/self/fd")) if before else []
        assert after == before
