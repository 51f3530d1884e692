"""The commands about files: contents, owners and why, on a small project on disk."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest

from bstgraph import load_state
from bstgraph.cli import main
from bstgraph.testing import write
from tests.unit.caches import DrawnCache, drawn
from tests.unit.layered import imports, text

Run = Callable[..., tuple[int, str, str]]

PROJECT: Final = (
    "=== project.conf\ndefaults: {targets: [image.bst]}\n"
    + imports(a="usr/bin/a etc/x usr/include/h", b="etc/x", alone="usr/bin/alone")
    + text("""
        === m.bst
        kind: manual
        === layer.bst
        kind: compose
        build-depends: [a.bst, b.bst, m.bst]
        config: {exclude: [devel]}
        === image.bst
        kind: script
        build-depends:
        - {filename: layer.bst, config: {location: /layer}}
        config: {commands: [build-oci]}
        variables: {install-root: /layer}
    """)
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a project's folder, in which the commands run; BuildStream's own cache is empty."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "none"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "none"))
    root = write(PROJECT, tmp_path / "p")
    monkeypatch.chdir(root)
    return root


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], folder: Path) -> Run:
    """Return a function that runs a command and returns its status, output and messages."""
    assert folder.is_dir()

    def run_command(*arguments: str) -> tuple[int, str, str]:
        try:
            status = main(arguments)
        except SystemExit as ended:  # argparse ends so
            status = int(ended.code or 0)
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return run_command


def cached(folder: Path) -> str:
    """Return a cache that has the one element that cannot be computed."""
    key = load_state(folder).keys["m.bst"].strict.digest
    assert key is not None
    cache = DrawnCache(folder.parent / "cache")
    cache.artifact("m.bst", drawn("usr/bin/m"), strong=key, strict=key)
    return str(cache.directory)


def document(written: str) -> dict[str, Any]:
    found = json.loads(written)
    assert isinstance(found, dict)
    return found


class TestContents:
    def test_paths_and_where_they_are_from(self, run: Run) -> None:
        status, out, err = run("contents", "a.bst")
        assert status == 0
        assert out.splitlines() == ["etc", "etc/x", "usr", "usr/bin", "usr/bin/a",
                                    "usr/include", "usr/include/h"]  # fmt: skip
        assert err == "a.bst: 7 paths, from its sources\n"

    def test_what_is_not_known(self, run: Run) -> None:
        status, out, err = run("contents", "m.bst", "--no-cache")
        assert (status, out) == (0, "")
        assert err.startswith("m.bst: files, not known: nothing knows its files\nunknown: m.bst: ")

    def test_a_cache(self, run: Run, folder: Path) -> None:
        cache = cached(folder)
        assert run("contents", "m.bst", "--cache", cache)[1] == "usr\nusr/bin\nusr/bin/m\n"
        assert run("contents", "m.bst", "--cache", cache, "--no-cache")[1] == ""
        assert "usr/bin/m\n" in run("contents", "layer.bst", "--cache", cache, "--predict")[1]

    def test_a_manifest(self, run: Run, folder: Path) -> None:
        (folder / "list").write_text("  m.bst:\n\tusr/x\n")
        status, _, err = run("contents", "m.bst", "--manifest", "list")
        assert (status, "lies in was not listed" in err) == (2, True)
        (folder / "list").write_text("  m.bst:\n\tx\n\ty\n")
        status, out, err = run("contents", "m.bst", "--manifest", "list")
        assert (status, out) == (0, "x\ny\n")
        assert err == "m.bst: 2 paths, from the manifest that was given\n"

    def test_a_script_hints_at_its_locations(self, run: Run) -> None:
        status, out, err = run("contents", "image.bst")
        assert status == 0
        assert "etc/x" in out.splitlines()
        assert err.splitlines()[-1] == "what it stages: --location /layer"

    def test_a_location(self, run: Run) -> None:
        status, out, err = run("contents", "image.bst", "--location", "/layer")
        assert (status, "etc/x" in out.splitlines()) == (0, True)
        assert "image.bst stages\n  /layer: 1 element\n" in err

    def test_json(self, run: Run) -> None:
        status, out, err = run("contents", "a.bst", "--json")
        assert (status, err, document(out)["schema"]) == (0, "", "bstgraph/contents/1")
        out = run("contents", "image.bst", "--json", "--location", "/layer")[1]
        assert document(out)["location"] == "/layer"

    @pytest.mark.parametrize(
        ("arguments", "slug"),
        [
            (("nowhere.bst",), "[unknown-element]"),
            (("image.bst", "--location", "/nowhere"), "[unknown-location]"),
            (("a.bst", "--location", "/"), "[unknown-location]"),
            (("image.bst", "--location", "/no", "--json"), "[unknown-location]"),
            (("a.bst", "--cache", "nowhere"), "[no-cache]"),
            (("a.bst", "--manifest", "nowhere"), "[unreadable-file]"),
        ],
    )
    def test_mistakes(self, run: Run, arguments: tuple[str, ...], slug: str) -> None:
        status, out, err = run("contents", *arguments)
        assert (status, out) == (2, "")
        assert slug in err


class TestOwners:
    def test_table(self, run: Run, folder: Path) -> None:
        status, out, err = run("owners", "layer.bst", "--cache", cached(folder))
        assert status == 0
        assert "b.bst  etc/x" in out.splitlines()
        assert err == "6 paths of 3 elements\n"

    def test_gaps(self, run: Run) -> None:
        status, _, err = run("owners", "layer.bst")
        assert (status, "unknown: m.bst: " in err) == (0, True)

    @pytest.mark.parametrize("location", [(), ("--location", "/layer")])
    def test_every_form_can_be_compared_again(
        self, run: Run, folder: Path, location: tuple[str, ...]
    ) -> None:
        layer = "image.bst" if location else "layer.bst"
        for form in ("csv", "json", "chunkah"):
            status, out, _ = run("owners", layer, *location, "--format", form)
            assert status == 0
            path = folder / f"map.{form}"
            path.write_text(out)
            status, out, _ = run("owners", layer, *location, "--against", str(path))
            assert (status, out) == (0, "the map is what it would be now\n")

    def test_csv_and_json_are_the_same(self, run: Run) -> None:
        rows = csv.DictReader(run("owners", "layer.bst", "--format", "csv")[1].splitlines())
        found = document(run("owners", "layer.bst", "--json")[1])
        assert [(row["path"], row["element"]) for row in rows] == [
            (row["path"], row["element"]) for row in found["files"]
        ]
        assert document(run("owners", "layer.bst", "--format", "json")[1]) == found

    def test_what_differs_is_a_finding(self, run: Run, folder: Path) -> None:
        (folder / "map").write_text("path,element\netc/x,a.bst\nusr/bin/a,a.bst\n")
        status, out, err = run("owners", "layer.bst", "--against", "map")
        assert (status, out) == (1, "/etc/x: a.bst -> b.bst\n")
        assert "paths of" in err
        status, out, _ = run("owners", "layer.bst", "--against", "map", "--json")
        assert status == 1
        assert document(out)["moved"] == [{"path": "/etc/x", "before": "a.bst", "now": "b.bst"}]

    @pytest.mark.parametrize(
        ("arguments", "slug"),
        [
            (("layer.bst", "--against", "nowhere"), "[unreadable-file]"),
            (("layer.bst", "--against", "elements/a.bst"), "[bad-manifest]"),
            (("image.bst", "--location", "/nowhere"), "[unknown-location]"),
        ],
    )
    def test_mistakes(self, run: Run, arguments: tuple[str, ...], slug: str) -> None:
        status, _, err = run("owners", *arguments)
        assert (status, slug in err) == (2, True)


class TestWhy:
    @pytest.mark.parametrize(
        ("what", "first"),
        [
            ("/usr/bin/a", "/usr/bin/a is in image.bst"),
            ("a.bst", "a.bst: 4 of 7 paths of it are in image.bst"),
            ("/usr/bin/alone", "/usr/bin/alone is not in image.bst; "),
            ("/usr/include/h", "/usr/include/h is not in image.bst; "),
            ("/usr/bin/no", "/usr/bin/no is not in image.bst: no element has it; "),
        ],
    )
    def test_verdicts(self, run: Run, folder: Path, what: str, first: str) -> None:
        found, out, err = run("why", what, "--image", "image.bst", "--cache", cached(folder))
        assert (found, err) == (1 if " is not in " in first else 0, "")
        assert out.startswith(first)

    def test_unknown(self, run: Run) -> None:
        status, out, _ = run("why", "/usr/bin/no", "--image", "image.bst", "--no-cache")
        assert status == 1
        assert out.startswith("/usr/bin/no: it is not known whether it is in image.bst; ")

    def test_json(self, run: Run) -> None:
        status, out, err = run("why", "/usr/bin/a", "--image", "layer.bst", "--json")
        assert (status, err) == (0, "")
        assert (document(out)["schema"], document(out)["verdict"]) == ("bstgraph/why/1", "present")

    @pytest.mark.parametrize("others", [1, 2])
    def test_what_is_wrong_elsewhere(self, run: Run, folder: Path, others: int) -> None:
        for number in range(others):
            (folder / f"elements/bad{number}.bst").write_text("kind: stack\nsources: no list\n")
        status, out, err = run("why", "/usr/bin/a", "--image", "image.bst")
        assert (status, out.splitlines()[0]) == (0, "/usr/bin/a is in image.bst")
        assert "only what 'image.bst' needs was looked at" in err
        assert f"\n  {others} error{'s' * (others - 1)}, see `bstgraph check`\n" in err

    @pytest.mark.parametrize(
        ("what", "image", "slug"),
        [
            ("x", "a.bst", "[no-chain]"),
            ("[z-a]", "image.bst", "[empty-selection]"),
            ("x", "nowhere.bst", "[unknown-element]"),
        ],
    )
    def test_mistakes(self, run: Run, what: str, image: str, slug: str) -> None:
        status, out, err = run("why", what, "--image", image)
        assert (status, out, slug in err) == (2, "", True)

    def test_an_image_is_needed(self, run: Run) -> None:
        status, _, err = run("why", "x")
        assert (status, "--image" in err) == (2, True)


@pytest.mark.parametrize(
    "command",
    [
        ("contents", "m.bst"),
        ("contents", "layer.bst"),
        ("contents", "layer.bst", "--json"),
        ("contents", "image.bst", "--location", "/layer"),
        ("owners", "layer.bst"),
        ("owners", "layer.bst", "--format", "csv"),
        ("owners", "layer.bst", "--format", "chunkah"),
        ("owners", "layer.bst", "--json"),
        ("why", "**", "--image", "image.bst"),
        ("why", "**", "--image", "image.bst", "--json"),
    ],
)
def test_hostile_names(run: Run, folder: Path, command: tuple[str, ...]) -> None:
    paths = ["\udcff", "a\x1b[31m", "b\nc", "d\re", "f\u202eg"]
    lines = (json.dumps({"element": "m.bst", "path": f"usr/{path}"}) for path in paths)
    (folder / "list").write_text("\n".join(lines))
    status, out, err = run(*command, "--manifest", "list")
    assert status == 0
    for written in (out, err):
        written.encode()
        assert not {"\x1b", "\r", "\u202e"} & set(written)
    assert "udcff" in out


class TestAdmitsWithFiles:
    @pytest.mark.parametrize(
        ("path", "status", "told"),
        [
            ("usr/bin/known", 0, "/usr/bin/known  admitted"),
            ("usr/bin/other", 1, "/usr/bin/other  not-staged"),
        ],
    )
    def test_a_manifest_tells_who_has_a_path(
        self, tmp_path: Path, run: Run, *, path: str, status: int, told: str
    ) -> None:
        drawing = text("""
            === a.bst
            kind: manual
            === b.bst
            kind: manual
            public: {bst: {split-rules: {runtime: {(=): []}}}}
            === c.bst
            kind: compose
            build-depends: [a.bst, b.bst]
            config: {include: [runtime], include-orphans: false}
        """)
        write(drawing, tmp_path / "p")
        lines = ['{"element": "a.bst", "path": "usr/bin/known"}', '{"element": "b.bst", "path": ""}']
        (tmp_path / "list").write_text("\n".join(lines))
        call = ["-C", str(tmp_path / "p"), "admits", "c.bst", path]
        found, out, _ = run(*call, "--manifest", str(tmp_path / "list"), "--no-cache")
        assert (found, told in out) == (status, True)
        # Without it, the two elements do not agree.
        found, out, _ = run(*call)
        assert (found, "depends" in out) == (1, True)
