"""`bstgraph image`, and images as text and JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bstgraph.cli import main
from bstgraph.render import to_text
from bstgraph.stores import open_image
from bstgraph.testing import write
from tests.unit.oci_layouts import (
    Layout,
    device,
    digest,
    fifo,
    file,
    folder,
    layout,
    link,
    named,
    program,
    tar,
    written,
)
from tests.unit.test_layers_trace import on

LOWER = tar(
    program("usr/bin/dash"),
    link("usr/bin/sh", "dash"),
    link("bin", "usr/bin"),
    file("usr/sbin/notes", "text"),
    link("usr/sbin/gone", "nowhere"),
    link("usr/sbin/loop", "loop"),
    link("usr/sbin/through", "notes/x"),
    folder("usr/sbin/folder"),
    device("usr/sbin/null"),
    file("a\n\udcff", "x"),
)
UPPER = tar(file("usr/.wh.sbin"), file("etc/b"))
UPPER_DIGEST = digest(UPPER)


@pytest.fixture
def image(tmp_path: Path) -> str:
    made = Layout(tmp_path / "i")
    history = [{"created_by": "COPY  files\n/"}, {"created_by": "RUN rm"}]
    both = made.image(LOWER, UPPER, compress="gzip", history=history)
    one = made.image(LOWER, architecture="arm64", config={"Env": ["PATH=/bin"]})
    return str(made.index(named(both, "both", "linux/amd64"), named(one, "one", "linux/arm64")))


def run(capsys: pytest.CaptureFixture[str], *args: str, status: int = 0) -> str:
    assert main(["image", *args]) == status
    out, err = capsys.readouterr()
    return err if status == 2 else out


def test_summary(capsys: pytest.CaptureFixture[str], image: str) -> None:
    first, head, lower, upper, effective = run(capsys, image, "--ref", "both").splitlines()
    assert first == f"image {image}:both (both): linux/amd64, 2 layers"
    assert head.split() == "layer bytes inflated entries whiteouts media type created by".split()
    assert lower.split()[3:6] == [f"{len(LOWER):,}", "10", "0"]
    assert lower.endswith("  application/vnd.oci.image.layer.v1.tar+gzip  COPY files /")
    assert upper.split()[3:6] == [f"{len(UPPER):,}", "2", "1"]
    assert effective == "effective: 3 files, 2 links, 3 directories, 3 bytes"


def test_summary_of_what_tells_little(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    root = layout(tmp_path / "i", tar(fifo("p"), device("d")), os="", architecture="")
    lines = run(capsys, str(root)).splitlines()
    assert lines[0] == f"image {root}: no platform, 1 layer"
    assert lines[2].endswith("layer.v1.tar  -")
    assert lines[3] == ("effective: 0 files, 0 links, 0 directories, 2 devices and fifos, 0 bytes")
    assert to_text(open_image(root)).splitlines() == lines
    assert "0 files" in open_image(root)._repr_mimebundle_()["text/html"]


def test_list(capsys: pytest.CaptureFixture[str], image: str) -> None:
    lines = run(capsys, image, "--list", "--platform", "linux/amd64", "--hashes").splitlines()
    assert lines == [
        f"1  a\\n\\udcff  {digest(b'x')[7:]}",
        "1  bin -> usr/bin",
        "2  etc/",
        f"2  etc/b  {digest(b'')[7:]}",
        "1  usr/",
        "1  usr/bin/",
        f"1  usr/bin/dash  {digest(b'#!')[7:]}",
        "1  usr/bin/sh -> dash",
    ]
    assert "1  usr/sbin/null (device)" in run(capsys, image, "--list", "--ref", "one")


def test_layers(capsys: pytest.CaptureFixture[str], image: str) -> None:
    text = run(capsys, image, "--layers", "--ref", "both", "--hashes")
    assert text.splitlines()[1] == (
        f"  file     0755 0:0                 2  usr/bin/dash  {digest(b'#!')[7:]}"
    )
    assert "  link     0777 0:0                 0  usr/bin/sh -> dash\n" in text
    assert text.splitlines()[-2] == "  whiteout 0644 0:0                 0  usr/.wh.sbin"
    assert text.splitlines()[0].endswith(", 10 entries")


class TestWhich:
    def test_found(self, capsys: pytest.CaptureFixture[str], image: str) -> None:
        assert run(capsys, image, "--ref", "both", "--which", "sh") == (
            "/usr/bin/sh is /usr/bin/dash\n  /usr/bin/sh -> dash\n"
        )
        assert run(capsys, image, "--ref", "both", "--which", "dash") == "/usr/bin/dash\n"
        assert run(capsys, image, "--ref", "one", "--which", "dash") == (
            "/bin/dash is /usr/bin/dash\n  /bin -> usr/bin\n"
        )

    @pytest.mark.parametrize(
        ("name", "told"),
        [
            ("notes", "not executable for its owner"),
            ("gone", "a link to /usr/sbin/nowhere, which is not there"),
            ("loop", "links that lead to each other without end"),
            ("through", "a link through /usr/sbin/notes, which is no directory"),
            ("folder", "a directory"),
            ("null", "neither a file nor a directory nor a link"),
        ],
    )
    def test_not_found(
        self, capsys: pytest.CaptureFixture[str], tmp_path: Path, name: str, told: str
    ) -> None:
        root = str(layout(tmp_path / "i", LOWER))
        lines = run(capsys, root, "--which", name, status=1).splitlines()
        assert lines[0] == f"/usr/sbin/{name}: {told}"
        assert lines[1].startswith(f"no program '{name}' in /usr/local/sbin:")

    def test_not_found_by_its_path(self, capsys: pytest.CaptureFixture[str], image: str) -> None:
        text = run(capsys, image, "--ref", "one", "--which", "/usr/no", status=1)
        assert text == "/usr/no is not there, or no program\n"

    def test_json(self, capsys: pytest.CaptureFixture[str], image: str) -> None:
        call = (image, "--ref", "one", "--json", "--which")
        found = json.loads(run(capsys, *call, "sh"))["which"]
        assert found == {
            "name": "sh",
            "path": "/bin",
            "found": "/bin/sh",
            "resolved": "/usr/bin/dash",
            "links": [
                {"path": "/bin", "target": "usr/bin"},
                {"path": "/usr/bin/sh", "target": "dash"},
            ],
            "candidates": [],
            "gaps": [],
        }
        missing = json.loads(run(capsys, *call, "/usr/sbin/gone", status=1))["which"]
        assert (missing["found"], missing["resolved"], missing["links"]) == (None, None, [])
        assert missing["candidates"] == [
            {
                "path": "/usr/sbin/gone",
                "reason": "dangling",
                "links": [{"path": "/usr/sbin/gone", "target": "nowhere"}],
            }
        ]


def test_json(capsys: pytest.CaptureFixture[str], image: str) -> None:
    text = run(capsys, image, "--ref", "both", "--json")
    assert text.startswith('{\n "schema": "bstgraph/image/1",')
    data: dict[str, Any] = json.loads(text)
    assert sorted(data) == [
        *("config", "digest", "effective", "layers", "media-type", "name", "references", "schema")
    ]
    assert data["effective"] == {
        "files": 3,
        "links": 2,
        "directories": 3,
        "specials": 0,
        "bytes": 3,
    }
    assert data["config"]["platform"] == "linux/amd64"
    upper = data["layers"][1]
    assert (upper["diff-id"], upper["count"], upper["whiteouts"]) == (UPPER_DIGEST, 2, 1)
    assert (upper["compression"], upper["created-by"]) == ("gzip", "RUN rm")
    assert "entries" not in upper


def test_json_with_lists(capsys: pytest.CaptureFixture[str], image: str) -> None:
    call = (image, "--ref", "one", "--json")
    files = json.loads(run(capsys, *call, "--list"))["files"]
    told = {entry["path"]: entry for entry in files}
    assert told["usr/sbin/null"] == {"path": "usr/sbin/null", "layer": 0, "type": "device"}
    assert told["bin"] == {"path": "bin", "layer": 0, "type": "link", "target": "usr/bin"}
    assert told["usr"] == {"path": "usr", "layer": 0, "type": "dir"}
    assert told["a\n\udcff"] == {
        "path": "a\n\udcff",
        "layer": 0,
        "type": "file",
        "size": 1,
        "executable": False,
        "hash": "",
    }
    (layer,) = json.loads(run(capsys, *call, "--layers"))["layers"]
    assert layer["entries"][1] == {
        "path": "usr/bin/sh",
        "type": "link",
        "size": 0,
        "mode": 0o777,
        "uid": 0,
        "gid": 0,
        "target": "dash",
        "sha256": "",
    }


def test_errors(capsys: pytest.CaptureFixture[str], image: str, tmp_path: Path) -> None:
    assert "fix: name one of them: both linux/amd64 sha256:" in run(capsys, image, status=2)
    limited = run(capsys, image, "--ref", "one", "--max-entries", "3", status=2)
    assert "[image-too-large]" in limited
    assert "[image-too-large]" in run(capsys, image, "--ref", "one", "--max-bytes", "3", status=2)
    other = written(tmp_path / "a.tar", file("x"))
    assert "[unknown-image]" in run(capsys, str(other), status=2)
    with pytest.raises(SystemExit):
        main(["image", image, "--max-bytes", "0"])
    assert "'0' is no positive number" in capsys.readouterr().err


class TestAgainst:
    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        """Return a folder with the project `p` and the images `same` and `other`."""
        drawing = on("a.bst", a="usr/bin/a usr/lib/a.so")
        write(drawing.replace("[build-oci]", "[mv /layer/usr/bin/a /opt]"), tmp_path / "p")
        lib = file("usr/lib/a.so", "a\n")
        layout(tmp_path / "same", tar(file("usr/bin/a", "a\n"), lib))
        layout(tmp_path / "other", tar(file("opt/a", "a\n"), lib, file("x\x1b/y\n", "y")))
        return tmp_path

    def run(
        self,
        capsys: pytest.CaptureFixture[str],
        folder: Path,
        image: str,
        *args: str,
        target: str = "image.bst",
        status: int = 0,
    ) -> str:
        project = ("-C", str(folder / "p"), "--no-cache")
        call = (str(folder / image), "--against", target, *project, *args)
        return run(capsys, *call, status=status)

    def test_nothing_differs(self, capsys: pytest.CaptureFixture[str], folder: Path) -> None:
        for target in ("image.bst", "layer.bst"):
            assert self.run(capsys, folder, "same", "--hashes", target=target) == (
                f"{folder / 'same'}: 5 paths, against 5 paths staged for {target}\n"
                "they are the same\n"
            )

    def test_without_hashes(self, capsys: pytest.CaptureFixture[str], folder: Path) -> None:
        lines = self.run(capsys, folder, "same").splitlines()
        assert lines[1] == "nothing that is known of them differs"
        assert lines[-1].startswith("  fix: read the image with --hashes")
        told = self.run(capsys, folder, "other", status=1)
        assert "not where they are staged" not in told

    def test_differences(self, capsys: pytest.CaptureFixture[str], folder: Path) -> None:
        lines = self.run(capsys, folder, "other", "--hashes", status=1).splitlines()
        assert lines[0].endswith("other: 7 paths, against 5 paths staged for image.bst")
        assert lines[1:] == [
            "",
            "1 path staged for it, and missing in it",
            "  of a.bst",
            "    /usr/bin",
            "",
            "1 path not where they are staged",
            "  of a.bst",
            "    /opt/a from /usr/bin/a",
            "    mentioned by a command of image.bst: mv /layer/usr/bin/a /opt",
            "",
            "3 paths in it, and staged by nothing",
            "    /opt",
            r"    /x\x1b",
        ]

    def test_json(self, capsys: pytest.CaptureFixture[str], folder: Path) -> None:
        told = json.loads(self.run(capsys, folder, "other", "--hashes", "--json", status=1))
        assert (told["schema"], told["target"]) == ("bstgraph/against/1", "image.bst")
        assert [(each["kind"], each["path"]) for each in told["differences"]] == [
            ("missing", "usr/bin"),
            ("moved", "opt/a"),
            ("unexpected", "opt"),
            ("unexpected", "x\x1b"),
            ("unexpected", "x\x1b/y\n"),
        ]
        told = json.loads(self.run(capsys, folder, "same", "--hashes", "--json"))
        assert told["differences"] == []

    def test_errors(self, capsys: pytest.CaptureFixture[str], folder: Path) -> None:
        told = self.run(capsys, folder, "same", target="nowhere.bst", status=2)
        assert "[unknown-element]" in told
        assert "[unknown-image]" in self.run(capsys, folder, "p", status=2)
        with pytest.raises(SystemExit) as caught:
            main(["image", str(folder / "same"), "--against", "image.bst", "--list"])
        assert caught.value.code == 2
