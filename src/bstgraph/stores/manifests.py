r"""What elements contain, from a file of the caller instead of a cache.

Two forms are read; the first character that is no blank decides (`{` is JSON):

- what `bst artifact list-contents` prints, with or without `--long`. Names are as BuildStream
  writes them: an element without its junctions, or an artifact (`project/element/key`). Without
  `--long`, whatever has nothing below it is `Untyped`. A name with a line break cannot be told in
  this form: where it shows, by a line of another shape or one below something that was not
  listed, the file is refused; a rest of a name that looks like a path of its own is taken for one.
  So is the text for "no files", which is also the list of an artifact with one file of that name.
- JSON, an object per line: `element` (not needed where the caller names it), `path`, and, where
  they are known, `type` ("file", "directory", "link"), `hash` (hex SHA-256), `size`, `executable`
  of a file, `target` of a link. Bytes that are not UTF-8 are surrogates (`\udc80` to `\udcff`).
  Directories need no lines of their own; an empty `path` is the root, for an element without
  files. The lines may have any order.
"""

from __future__ import annotations

import itertools
import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import BinaryIO, Final, NamedTuple, cast

from bstgraph.errors import CacheError, did_you_mean
from bstgraph.files import Directory, File, Link, Node, Untyped
from bstgraph.provenance import Provenance
from bstgraph.stores._reading import DEEPEST, LONGEST_PATH

MOST_ENTRIES: Final = 10_000_000
"""Files, links and directories of all elements of one manifest."""

LONGEST_LINE: Final = 2**17
"""Bytes of a line: a path and a target of 4,095 bytes, each of them written as `\\uXXXX`."""

_NO_FILES: Final = "This element has no associated artifacts"
_HEADER: Final = re.compile(r"  ([^ ].*):", re.DOTALL)
_LONG: Final = re.compile(
    r"(drwxr-xr-x  dir    |-rwxr-xr-x  exe    |-rw-r--r--  reg    |lrwxrwxrwx  link   )"
    r"([0-9]{1,19})( +)(.+)",
    re.DOTALL,
)
_HASH: Final = re.compile(r"[0-9a-f]{64}")
_KEYS: Final = ("element", "executable", "hash", "path", "size", "target", "type")
_LEAF: Final = Untyped()


class _Line(NamedTuple):
    number: int
    text: str


class _Entry(NamedTuple):
    line: _Line
    element: str
    path: str
    """Empty for the root."""
    node: Node


class _LineError(Exception):
    """What is wrong with a line, from which column on, and what to do."""

    def __init__(
        self, line: _Line, message: str, *, column: int = 1, fix: str | None = None
    ) -> None:
        super().__init__(message)
        self.line = line
        self.message = message
        self.column = column
        self.fix = fix


def read_manifest(path: str | os.PathLike[str], *, element: str = "") -> dict[str, Directory]:
    """Return element -> files of a manifest, in the order of the file; the module says how.

    Args:
        path: the file.
        element: what lines of JSON are about that name no element.

    Raises:
        CacheError: `bad-manifest`, with file, line and column; `unreadable-file`.
    """
    name = os.fspath(path)
    try:
        with open(path, "rb") as stream:
            return parse_manifest(stream, name, element=element)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no file name"
        message = f"cannot read {name}: {str(reason).lower()}"
        raise CacheError("unreadable-file", message, at=Provenance(name, 1, 1)) from None


def parse_manifest(stream: BinaryIO, name: str, *, element: str = "") -> dict[str, Directory]:
    """Return element -> files of a manifest that is read from `stream`, `name` in messages.

    Raises:
        CacheError: `bad-manifest`, with file, line and column.
        OSError: reading fails.
    """
    trees = _Trees()
    lines = _lines(stream)
    try:
        first = next((line for line in lines if line.text.strip()), None)
        if first is None:
            return {}
        every = itertools.chain((first,), lines)
        if first.text.lstrip().startswith("{"):
            trees.add(_objects(every, element), whole=False)
        else:
            trees.add(_Listing().read(every), whole=True)
    except _LineError as error:
        at = Provenance(name, error.line.number, error.column, error.line.text)
        raise CacheError("bad-manifest", error.message, at=at, fix=error.fix) from None
    return {one: Directory(entries) for one, entries in trees.roots.items()}


def _lines(stream: BinaryIO) -> Iterator[_Line]:
    read = iter(lambda: stream.readline(LONGEST_LINE + 1), b"")
    for number, raw in enumerate(read, 1):
        line = _Line(number, raw.removesuffix(b"\n").decode("utf-8", "surrogateescape"))
        if len(raw) > LONGEST_LINE:
            raise _LineError(line, f"the line has more than {LONGEST_LINE:,} bytes")
        yield line


class _Trees:
    """Trees that grow by a path at a time."""

    def __init__(self) -> None:
        self.roots: dict[str, dict[str, Node]] = {}
        self._count = 0

    def add(self, entries: Iterable[_Entry], *, whole: bool) -> None:
        """Put `entries` in their places; `whole` says that every directory is among them."""
        for entry in entries:
            here = self.roots.setdefault(entry.element, {})
            if not entry.path:
                continue
            *above, name = _parts(entry)
            for folder in above:
                if whole and folder not in here:
                    raise _LineError(entry.line, f"what '{entry.path}' lies in was not listed")
                here = self._inside(here, folder, entry)
            self._put(here, name, entry)

    def _put(self, here: dict[str, Node], name: str, entry: _Entry) -> None:
        there = here.get(name)
        if there is None:
            self._counted(entry)
            here[name] = entry.node
        # A directory may come after what lies in it.
        elif not (isinstance(there, Directory) and isinstance(entry.node, Directory)):
            raise _LineError(entry.line, f"'{entry.path}' is there twice")

    def _inside(self, here: dict[str, Node], folder: str, entry: _Entry) -> dict[str, Node]:
        found = here.get(folder)
        if found is None:
            self._counted(entry)
            found = here[folder] = Directory({})
        if not isinstance(found, Directory):
            message = f"'{entry.path}' lies below something that is no directory"
            raise _LineError(entry.line, message)
        return cast("dict[str, Node]", found.entries)

    def _counted(self, entry: _Entry) -> None:
        self._count += 1
        if self._count > MOST_ENTRIES:
            message = f"the manifest has more than {MOST_ENTRIES:,} entries"
            raise _LineError(entry.line, message)


def _parts(entry: _Entry) -> list[str]:
    """Return the names of a path, which is relative and plain."""
    path = entry.path
    parts = path.split("/")
    if not {"", ".", ".."}.isdisjoint(parts) or "\0" in path:
        raise _LineError(entry.line, f"'{path}' is no path below a root")
    if len(parts) > DEEPEST:
        raise _LineError(entry.line, f"a path has more than {DEEPEST} levels")
    if len(path) * 4 > LONGEST_PATH and len(_bytes(path)) > LONGEST_PATH:
        raise _LineError(entry.line, f"a path has more than {LONGEST_PATH:,} bytes")
    return parts


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


class _Listing:
    """Reads what `bst artifact list-contents` prints."""

    def __init__(self) -> None:
        self._element: str | None = None
        """What is listed; None before the first, and after an empty line."""
        self._seen: set[str] = set()
        self._long: bool | None = None
        """Whether the lines of this element are long; None before the first one."""
        self._waiting: _Entry | None = None
        """The path before, of which only the next one tells whether it is a directory."""
        self._count = 0

    def read(self, lines: Iterable[_Line]) -> Iterator[_Entry]:
        line = _Line(1, "")
        for line in lines:
            if line.text.startswith("\t"):
                yield from self._path(line)
                continue
            yield from self._finish(line)
            if header := _HEADER.fullmatch(line.text):
                yield self._begin(header[1], line)
            elif line.text.strip():
                raise _LineError(
                    line,
                    "neither '  ELEMENT:' nor a tab and a path",
                    fix="give what 'bst artifact list-contents' prints to its standard output; "
                    "a name with a line break needs a manifest of JSON lines",
                )
        yield from self._finish(line)

    def _begin(self, element: str, line: _Line) -> _Entry:
        if element in self._seen:
            raise _LineError(line, f"'{element}' is listed twice", column=3)
        self._seen.add(element)
        self._element = element
        self._long = None
        self._count = 0
        return _Entry(line, element, "", Directory())

    def _path(self, line: _Line) -> Iterator[_Entry]:
        if self._element is None:
            raise _LineError(line, "a path that belongs to no element")
        text = line.text[1:]
        if self._long is None:
            self._long = _LONG.fullmatch(text) is not None
        path, node = _long(line, text) if self._long else (text, _LEAF)
        if not path:
            raise _LineError(line, "a line without a path")
        self._count += 1
        before, self._waiting = self._waiting, _Entry(line, self._element, path, node)
        if before is None:
            return
        if before.node is _LEAF and path.startswith(f"{before.path}/"):
            before = before._replace(node=Directory({}))
        yield before

    def _finish(self, line: _Line) -> Iterator[_Entry]:
        waiting, self._waiting = self._waiting, None
        if self._element is not None and waiting is None:
            raise _LineError(line, f"nothing is listed for '{self._element}'")
        self._element = None
        if waiting is not None and not (self._count == 1 and waiting.line.text[1:] == _NO_FILES):
            yield waiting


def _long(line: _Line, text: str) -> tuple[str, Node]:
    """Return what a line of `--long` tells: a mode, a size in eleven columns, a path."""
    match = _LONG.fullmatch(text)
    if match is None or len(match[3]) < (padding := max(11 - len(match[2]), 0) + 1):
        raise _LineError(line, "not in the form of 'list-contents --long'", column=2)
    size = int(match[2])
    path = match[3][padding:] + match[4]
    if match[1].startswith("d"):
        return path, Directory({})
    if match[1].startswith("-"):
        return path, File("", size, match[1].startswith("-rwx"))
    # The size of a link is the number of characters of its target, which may have arrows too.
    path, target = path[: max(len(path) - size, 0)], path[max(len(path) - size, 0) :]
    if not path.endswith(" -> "):
        raise _LineError(line, "a link without its target", column=2)
    return path.removesuffix(" -> "), Link(target)


def _objects(lines: Iterable[_Line], element: str) -> Iterator[_Entry]:
    """Yield what lines of JSON tell."""
    for line in lines:
        if not line.text.strip():
            continue
        try:
            told = json.loads(line.text, object_pairs_hook=_unique)
        except json.JSONDecodeError as error:
            message = f"no JSON: {error.msg.lower()}"
            raise _LineError(line, message, column=error.colno) from None
        except (ValueError, RecursionError):
            raise _LineError(
                line, "no JSON: a key twice, a number too large, or too deep"
            ) from None
        if not isinstance(told, dict):
            raise _LineError(line, "expected an object")
        yield _Object(line, told).entry(element)


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    told = dict(pairs)
    if len(told) != len(pairs):
        raise ValueError("a key twice")
    return told


class _Object:
    """One line of JSON."""

    def __init__(self, line: _Line, told: Mapping[str, object]) -> None:
        self._line = line
        self._told = told

    def entry(self, element: str) -> _Entry:
        for key in self._told:
            if key not in _KEYS:
                raise self._error(
                    key,
                    f"unexpected key '{key}'",
                    did_you_mean(key, _KEYS) or f"the keys are {', '.join(_KEYS)}",
                )
        element = self._text("element") or element
        if not element:
            fix = 'add "element", or name the element that the whole manifest is about'
            raise self._error("element", "the line names no element", fix)
        if "path" not in self._told:
            raise self._error("path", 'the line has no "path"')
        path, node = self._text("path"), self._node()
        if not path and not isinstance(node, Directory):
            raise self._error("path", "only a directory can be the root, which has an empty path")
        return _Entry(self._line, element, path, node)

    def _node(self) -> Node:
        kind = self._text("type")
        match kind:
            case "file":
                self._only(kind, "hash", "size", "executable")
                return File(self._hash(), self._size(), self._flag("executable"))
            case "link":
                self._only(kind, "target")
                target = self._text("target")
                if not target:
                    raise self._error("type", 'a link needs a "target"')
                return Link(target)
            case "directory":
                self._only(kind)
                return Directory({})
            case "":
                self._only("path without a type")
                return _LEAF
            case _:
                raise self._error("type", 'a type is "file", "directory" or "link"')

    def _only(self, kind: str, *keys: str) -> None:
        for key in ("executable", "hash", "size", "target"):
            if key in self._told and key not in keys:
                raise self._error(key, f'a {kind} has no "{key}"')

    def _text(self, key: str) -> str:
        text = self._told.get(key, "")
        if not isinstance(text, str):
            raise self._error(key, "expected a string")
        try:
            _bytes(text)
        except UnicodeEncodeError:
            message = "a surrogate that stands for no byte"
            raise self._error(key, message, "use \\udc80 to \\udcff") from None
        return text

    def _hash(self) -> str:
        text = self._text("hash")
        if text and not _HASH.fullmatch(text):
            raise self._error("hash", "expected 64 hex digits, the SHA-256 of the content")
        return text

    def _size(self) -> int:
        size = self._told.get("size", -1)
        if not isinstance(size, int) or isinstance(size, bool) or not -1 <= size < 2**63:
            raise self._error("size", "expected a number of bytes")
        return size

    def _flag(self, key: str) -> bool:
        flag = self._told.get(key, False)
        if not isinstance(flag, bool):
            raise self._error(key, "expected true or false")
        return flag

    def _error(self, key: str, message: str, fix: str | None = None) -> _LineError:
        # Where the key is written; one that is not there is missed at the start of the line.
        column = max(self._line.text.find(json.dumps(key)), 0) + 1
        return _LineError(self._line, message, column=column, fix=fix)
