"""Manifests of contents: what `bst artifact list-contents` prints, and lines of JSON."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from bstgraph.errors import CacheError
from bstgraph.files import Directory, File, Link, Untyped, paths, tree_of, walk
from bstgraph.stores import manifests
from bstgraph.stores.manifests import parse_manifest, read_manifest

LISTING = """\
  lib/a.bst:
\tbin
\tempty
\tusr
\tusr/x y
\tusr/lib
\tusr/lib/libx.so
  stack.bst:
\tThis element has no associated artifacts
  test/b/0123:
\tThis element has no associated artifacts
\tf

"""

LONG = (
    "  a.bst:\n"
    "\tlrwxrwxrwx  link   7           bin -> usr/bin\n"
    "\tlrwxrwxrwx  link   4           l -> n -> -> b\n"
    "\tlrwxrwxrwx  link   0           void -> \n"
    "\t-rw-r--r--  reg    123456789012  leading blank\n"
    "\tdrwxr-xr-x  dir    0           empty\n"
    "\tdrwxr-xr-x  dir    0           usr\n"
    "\t-rwxr-xr-x  exe    3           usr/tool\n"
    "  stack.bst:\n"
    "\tThis element has no associated artifacts\n\n"
)
H = "0123456789abcdef" * 4


def read(text: str | bytes, element: str = "") -> Mapping[str, Directory]:
    data = text if isinstance(text, bytes) else text.encode()
    return parse_manifest(io.BytesIO(data), "m", element=element)


def error(text: str | bytes, element: str = "") -> CacheError:
    with pytest.raises(CacheError) as raised:
        read(text, element)
    assert raised.value.slug == "bad-manifest"
    return raised.value


def listed(directory: Directory) -> dict[str, object]:
    return dict(walk(directory))


class TestListing:
    def test_names(self) -> None:
        found = read(LISTING)
        leaf = Untyped()
        assert list(found) == ["lib/a.bst", "stack.bst", "test/b/0123"]
        lib = Directory({"libx.so": leaf})
        usr = Directory({"x y": leaf, "lib": lib})
        assert found["lib/a.bst"] == Directory({"bin": leaf, "empty": leaf, "usr": usr})
        assert found["stack.bst"] == Directory()
        both = Directory({"This element has no associated artifacts": leaf, "f": leaf})
        assert found["test/b/0123"] == both

    def test_long(self) -> None:
        found = read(LONG)
        assert found["stack.bst"] == Directory()
        assert listed(found["a.bst"]) == {
            "bin": Link("usr/bin"),
            "l -> n": Link("-> b"),
            "void": Link(""),
            " leading blank": File("", 123456789012),
            "empty": Directory(),
            "usr": Directory({"tool": File("", 3, executable=True)}),
            "usr/tool": File("", 3, executable=True),
        }

    def test_an_arrow_in_a_target(self) -> None:
        text = "  a:\n\tlrwxrwxrwx  link   8           l -> a -> b c\n"
        assert listed(read(text)["a"]) == {"l": Link("a -> b c")}

    def test_odd_names(self) -> None:
        found = read("  a:\n\t -> \n\t\t\n\t\rx\n\t\u202e\n\t\u2028\n".encode() + b"\t\xff\n")
        assert list(found["a"].entries) == [" -> ", "\t", "\rx", "\u202e", "\u2028", "\udcff"]

    def test_nothing(self) -> None:
        assert read("") == {}
        assert read("\n \n") == {}

    def test_no_line_break_at_the_end(self) -> None:
        assert list(paths(read("  a:\n\tx")["a"])) == ["x"]

    @pytest.mark.parametrize(
        ("text", "where", "message"),
        [
            ("\tx\n", "m:1:1", "a path that belongs to no element"),
            ("  a:\n\tx\n\n\ty\n", "m:4:1", "a path that belongs to no element"),
            ("[00:00:00] START\n  a:\n", "m:1:1", "neither '  ELEMENT:' nor a tab and a path"),
            ("  a:\n\tx\nrest\n\ty\n", "m:3:1", "neither '  ELEMENT:' nor a tab and a path"),
            ("a:\n\tx\n", "m:1:1", "neither '  ELEMENT:' nor a tab and a path"),
            ("  a\n\tx\n", "m:1:1", "neither '  ELEMENT:' nor a tab and a path"),
            ("  a:\n\tx\n  a:\n\ty\n", "m:3:3", "'a' is listed twice"),
            ("  a:\n  b:\n\tx\n", "m:2:1", "nothing is listed for 'a'"),
            ("  a:\n\tx\n  b:\n", "m:3:1", "nothing is listed for 'b'"),
            ("  a:\n\tx\n\tx\n", "m:3:1", "'x' is there twice"),
            ("  a:\n\td/x\n\ty\n", "m:2:1", "what 'd/x' lies in was not listed"),
            ("  a:\n\td\n\te\n\td/x\n", "m:4:1", "'d/x' lies below something that is no directory"),
            ("  a:\n\t/etc\n\ty\n", "m:2:1", "'/etc' is no path below a root"),
            ("  a:\n\t../x\n", "m:2:1", "'../x' is no path below a root"),
            ("  a:\n\tx/\n", "m:2:1", "'x/' is no path below a root"),
            ("  a:\n\tx\0\n", "m:2:1", "'x\0' is no path below a root"),
            ("  a:\n\t\n", "m:2:1", "a line without a path"),
            (LONG.replace("exe    3  ", "exe    3"), "m:8:2", "not in the form of"),
            (LONG.replace("\t-rwx", "\t-rw"), "m:8:2", "not in the form of"),
            (LONG.replace("bin -> usr/bin", "usr/bin"), "m:2:2", "a link without its target"),
            (LONG.replace("link   7", "link   9"), "m:2:2", "a link without its target"),
            (LONG.replace("dir    0           usr", "reg    0           usr"), "m:7:2", "not in"),
        ],
    )
    def test_what_is_wrong(self, text: str, where: str, message: str) -> None:
        found = error(text)
        assert found.message.startswith(message)
        assert str(found.at) == where

    def test_a_picture_of_the_line(self) -> None:
        assert "  3 | rest\n    | ^" in error("  a:\n\tx\nrest\n").render()


class TestObjects:
    def test_everything(self) -> None:
        lines = [
            {"element": "a.bst", "path": "usr/f", "type": "file", "hash": H, "size": 5},
            {"element": "a.bst", "path": "usr/x", "type": "file", "executable": True},
            {"element": "b.bst", "path": "only/name"},
            {"element": "a.bst", "path": "l", "type": "link", "target": "../x"},
            {"element": "a.bst", "path": "usr", "type": "directory"},
            {"element": "c.bst", "path": "", "type": "directory"},
            {"element": "a.bst", "path": "d", "type": "directory"},
        ]
        found = read("\n\n".join(json.dumps(line) for line in lines))
        assert list(found) == ["a.bst", "b.bst", "c.bst"]
        usr = Directory({"f": File(H, 5), "x": File("", -1, executable=True)})
        link = Link("../x")
        assert found["a.bst"] == Directory({"usr": usr, "l": link, "d": Directory()})
        assert found["b.bst"] == Directory({"only": Directory({"name": Untyped()})})
        assert found["c.bst"] == Directory()

    def test_the_element_that_the_caller_names(self) -> None:
        found = read('{"path": "x"}\n{"path": "y", "element": "b"}\n', element="a")
        assert {name: list(tree.entries) for name, tree in found.items()} == {
            "a": ["x"],
            "b": ["y"],
        }

    def test_bytes_and_line_breaks(self) -> None:
        found = read('  {"element": "a", "path": "new\\nline\\udcff\\ud83d\\ude00"}')
        assert list(found["a"].entries) == ["new\nline\udcff\U0001f600"]

    def test_a_tree_that_was_written(self) -> None:
        tree = tree_of([("a/b", File(H, 1)), ("c", Link("a")), ("d/e", Directory())])
        lines = []
        for path, node in reversed(list(walk(tree))):
            match node:
                case File():
                    told = {"type": "file", "hash": node.hash, "size": node.size}
                case Link():
                    told = {"type": "link", "target": node.target}
                case _:
                    told = {"type": "directory"}
            lines.append(json.dumps({"path": path, **told}))
        assert read("\n".join(lines), "a") == {"a": tree}

    @pytest.mark.parametrize(
        ("line", "column", "message"),
        [
            ('{"path": "x"', 13, "no JSON: expecting ',' delimiter"),
            ('{"path": "x"} x', 15, "no JSON: extra data"),
            ('{"path": "x", "path": "y"}', 1, "no JSON: a key twice"),
            ('{"path": ' + "[" * 5000, 1, "no JSON: "),
            ('{"path": "x", "size": ' + "1" * 5000 + "}", 1, "no JSON: "),
            ('{"path": "x", "kind": "file"}', 15, "unexpected key 'kind'"),
            ('{"element": "a"}', 1, 'the line has no "path"'),
            ('{"path": ["x"]}', 2, "expected a string"),
            ('{"path": "\\ud800"}', 2, "a surrogate that stands for no byte"),
            ('{"path": "/x"}', 1, "'/x' is no path below a root"),
            ('{"path": "a/../x"}', 1, "'a/../x' is no path below a root"),
            ('{"path": ""}', 2, "only a directory can be the root"),
            ('{"path": "x", "type": "fifo"}', 15, "a type is"),
            ('{"path": "x", "type": "link"}', 15, 'a link needs a "target"'),
            ('{"path": "x", "type": "link", "target": "y", "size": 1}', 46, 'a link has no "size"'),
            ('{"path": "x", "type": "directory", "hash": ""}', 36, 'a directory has no "hash"'),
            ('{"path": "x", "hash": "00"}', 15, 'a path without a type has no "hash"'),
            ('{"path": "x", "type": "file", "hash": "00"}', 31, "expected 64 hex digits"),
            ('{"path": "x", "type": "file", "size": "1"}', 31, "expected a number of bytes"),
            ('{"path": "x", "type": "file", "size": true}', 31, "expected a number of bytes"),
            ('{"path": "x", "type": "file", "size": -2}', 31, "expected a number of bytes"),
            ('{"path": "x", "type": "file", "executable": 1}', 31, "expected true or false"),
            ('{"path": "x", "type": "file", "target": "y"}', 31, 'a file has no "target"'),
            ("[]", 1, "expected an object"),
            ("12", 1, "expected an object"),
        ],
    )
    def test_what_is_wrong(self, line: str, column: int, message: str) -> None:
        found = error('{"path": "first"}\n' + line, element="a")
        assert found.message.startswith(message)
        assert found.at is not None
        assert (found.at.line, found.at.column) == (2, column)

    @pytest.mark.parametrize(
        "lines",
        ['{"path": "a"}\n{"path": "a"}', '{"path": "a/b"}\n{"path": "a", "type": "file"}'],
    )
    def test_twice(self, lines: str) -> None:
        assert error(lines, "e").message == "'a' is there twice"

    def test_below_a_file(self) -> None:
        found = error('{"path": "a"}\n{"path": "a/b"}', "e")
        assert found.message == "'a/b' lies below something that is no directory"

    def test_no_element(self) -> None:
        found = error('{"path": "a"}')
        assert found.message == "the line names no element"
        assert found.fix is not None

    def test_the_nearest_key(self) -> None:
        assert error('{"pth": "a"}').fix == "did you mean 'path'?"


class TestLimits:
    @pytest.mark.parametrize("start", ["  a:\n\t", '{"element": "a", "path": "'])
    def test_a_long_line(self, start: str) -> None:
        found = error(start + "x" * 200_000)
        assert found.message == "the line has more than 131,072 bytes"
        assert len(str(found)) < 2000

    def test_a_long_path(self) -> None:
        found = error('{"element": "a", "path": "' + "ü" * 2048 + '"}')
        assert found.message == "a path has more than 4,095 bytes"
        assert read('{"element": "a", "path": "' + "ü" * 2047 + '"}') != {}

    def test_a_deep_path(self) -> None:
        assert error(f'{{"element": "a", "path": "{"d/" * 500}d"}}').message == (
            "a path has more than 500 levels"
        )

    @pytest.mark.parametrize("last", ["d/e/f", "x\n\ty\n\tz\n\tu"])
    def test_too_many(self, monkeypatch: pytest.MonkeyPatch, last: str) -> None:
        monkeypatch.setattr(manifests, "MOST_ENTRIES", 3)
        text = f"  a:\n\t{last}\n"
        if "/" in last:
            text = '{"element": "a", "path": "d/e"}\n{"element": "a", "path": "f/g"}\n'
        assert error(text).message == "the manifest has more than 3 entries"


class TestFiles:
    def test_read(self, tmp_path: Path) -> None:
        (tmp_path / "list").write_text(LISTING)
        assert read_manifest(tmp_path / "list") == read(LISTING)

    def test_the_place(self, tmp_path: Path) -> None:
        (tmp_path / "list").write_text("  a:\n")
        with pytest.raises(CacheError, match=rf"^{tmp_path}/list:1:1: nothing is listed"):
            read_manifest(tmp_path / "list")

    @pytest.mark.parametrize("name", ["none", ".", "\0"])
    def test_no_file(self, tmp_path: Path, name: str) -> None:
        with pytest.raises(CacheError, match="cannot read") as raised:
            read_manifest(f"{tmp_path}/{name}")
        assert raised.value.slug == "unreadable-file"
