"""Maps of files to elements that were written before."""

from __future__ import annotations

from pathlib import Path

import pytest

from bstgraph.errors import CacheError
from bstgraph.layers import owners
from bstgraph.render import ownership_chunkah, ownership_csv, to_json
from bstgraph.stores import maps
from bstgraph.stores.maps import read_map
from tests.unit.layered import built, layered

EXPECTED = {"/a": "one.bst", "/b/c": "two.bst"}
OWN = '{"schema": "bstgraph/owners/1", "files": '


def written(directory: Path, data: str | bytes) -> Path:
    path = directory / "map"
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("path,element\na,one.bst\nb/c,two.bst\n", EXPECTED),
        ("path,element,project,how\n/a,one.bst,p,element\n/b/c,two.bst,p,element\n", EXPECTED),
        ("element,path\r\none.bst,a\r\ntwo.bst,b/c/\r\nnobody\r\n", "nobody"),
        ("path,element\na,\n", {}),
        ('path,element\n"x\ny",one.bst\n"a,b",two.bst\n', {"/x\ny": "one.bst", "/a,b": "two.bst"}),
        ("path,element\na,one.bst\na,two.bst\n", {"/a": "two.bst"}),
        ('{"one.bst": {"files": ["/a"]}, "two.bst": {"files": ["b/c"], "x": "y"}}', EXPECTED),
        ("\n  {}", {}),
        (OWN + '[{"path": "a", "element": "one.bst"}, {"path": "b/c", "element": "two.bst"}]}',
         EXPECTED),
        (OWN + '[{"path": "a", "element": null}, {"path": "b"}]}', {}),
    ],
)  # fmt: skip
def test_forms(tmp_path: Path, text: str, expected: dict[str, str] | str) -> None:
    if isinstance(expected, str):
        with pytest.raises(CacheError) as caught:
            read_map(written(tmp_path, text))
        assert caught.value.slug == "bad-manifest"
        return
    assert read_map(written(tmp_path, text)) == expected


@pytest.mark.parametrize(
    ("data", "reason", "line"),
    [
        ("", "its first line does not name the columns path and element", 1),
        ("a,b\n", "its first line does not name the columns path and element", 1),
        ("[]", "its first line does not name the columns path and element", 1),
        (b"path,element\n\xff,x\n", "byte 13 is not UTF-8", 1),
        ("{\n  x", "Expecting property name enclosed in double quotes", 2),
        ('{"a": ' + "[" * 100_000, "it is nested too deeply", 1),
        ('{"schema": "other"}', "its schema is not bstgraph/owners/1", 1),
        ('{"schema": "bstgraph/owners/1"}', "it has no list of files", 1),
        (OWN + '["a"]}', "a file is no mapping with path and element", 1),
        (OWN + '[{"path": 1, "element": "x"}]}', "a path or an element is no text", 1),
        (OWN + '[{"path": "x", "element": ["x"]}]}', "a path or an element is no text", 1),
        (OWN + '[{"element": "x"}]}', "a path or an element is no text", 1),
        ('{"one.bst": []}', "it has no list of files", 1),
        ('{"one.bst": {"files": {}}}', "it has no list of files", 1),
        ('{"one.bst": {"files": [1]}}', "a path or an element is no text", 1),
        ("path,element\n" + "x" * 200_000 + ",b\n", "field larger than field limit (131072)", 2),
        ("x" * 200_000, "field larger than field limit (131072)", 1),
        ("path,element\n\0,b\0\n", None, 1),
    ],
)
def test_what_is_no_map(tmp_path: Path, data: str | bytes, reason: str | None, line: int) -> None:
    path = written(tmp_path, data)
    if reason is None:
        assert read_map(path) == {"/\0": "b\0"}
        return
    with pytest.raises(CacheError) as caught:
        read_map(path)
    assert caught.value.slug == "bad-manifest"
    assert caught.value.message == f"this is no map of files to elements: {reason}"
    at = caught.value.at
    assert at is not None
    assert (at.path, at.line) == (str(path), line)


def test_files_that_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for path in (tmp_path / "gone", tmp_path):
        with pytest.raises(CacheError) as caught:
            read_map(path)
        assert caught.value.slug == "unreadable-file"
    monkeypatch.setattr(maps, "LARGEST_MAP", 3)
    with pytest.raises(CacheError, match="it has more than 3 bytes"):
        read_map(written(tmp_path, "path,element\n"))


def test_a_link_to_a_map(tmp_path: Path) -> None:
    written(tmp_path, "path,element\na,one.bst\n")
    (tmp_path / "link").symlink_to("map")
    assert read_map(tmp_path / "link") == {"/a": "one.bst"}


@pytest.mark.parametrize("form", ["csv", "json", "chunkah"])
def test_what_is_written_is_read(tmp_path: Path, form: str) -> None:
    text = "=== m.bst\nkind: manual\n"
    paths = ("usr/a", "etc/a,b", 'etc/"q"', "etc/line\nbreak", "etc/é", "opt/d/")
    found = owners(layered(text, tmp_path, artifacts={"m.bst": built(*paths)}), "m.bst")
    forms = {"csv": ownership_csv, "json": to_json, "chunkah": ownership_chunkah}
    known = read_map(written(tmp_path, forms[form](found)))
    every = {f"/{row.path}": "m.bst" for row in found}
    files = {path: name for path, name in every.items() if path[1:] in paths}
    assert known == (files if form == "chunkah" else every)
