"""Maps of files to elements that were written before: JSON or CSV of `bstgraph owners`, chunkah's.

The first character that is no blank decides: `{` is JSON. JSON with a schema is that of
`bstgraph owners --json`; without one it is chunkah's: component -> `{"files": [path, ...]}`.
"""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Iterator, Mapping
from typing import Final

from bstgraph.errors import CacheError
from bstgraph.provenance import Provenance
from bstgraph.stores._objects import read_file
from bstgraph.stores._reading import why

LARGEST_MAP: Final = 512 * 2**20
"""Bytes of a map; one of a million files has about 100 million."""

SCHEMA: Final = "bstgraph/owners/1"


def read_map(path: str | os.PathLike[str]) -> dict[str, str]:
    """Return path, with a leading slash, -> element; paths of no element are left out.

    Raises:
        CacheError: the file cannot be read (`unreadable-file`) or is no such map (`bad-manifest`).
    """
    name = os.fspath(path)
    try:
        data, _ = read_file(os.path.realpath(name), LARGEST_MAP)
        text = data.decode()
    except OSError as error:
        message = f"'{name}' {why(error)}"
        raise CacheError("unreadable-file", message, at=Provenance(name, 1, 1)) from None
    except UnicodeDecodeError as error:
        raise _no_map(name, f"byte {error.start} is not UTF-8") from None
    if len(data) > LARGEST_MAP:
        raise _no_map(name, f"it has more than {LARGEST_MAP:,} bytes")
    pairs = _from_json(name, text) if text.lstrip().startswith("{") else _from_csv(name, text)
    return {f"/{file.strip('/')}": element for file, element in pairs}


def _from_json(name: str, text: str) -> Iterator[tuple[str, str]]:
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        raise _no_map(name, error.msg, error.lineno, error.colno) from None
    except RecursionError:
        raise _no_map(name, "it is nested too deeply") from None
    if "schema" in document:
        if document["schema"] != SCHEMA:
            raise _no_map(name, f"its schema is not {SCHEMA}")
        for row in _list(name, document.get("files")):
            file, element = _pair(name, row)
            if element:
                yield file, element
        return
    for component, entry in document.items():
        files = entry.get("files") if isinstance(entry, Mapping) else None
        for path in _list(name, files):
            yield _text(name, path), component


def _from_csv(name: str, text: str) -> Iterator[tuple[str, str]]:
    rows = csv.DictReader(io.StringIO(text))
    try:
        if not {"path", "element"} <= set(rows.fieldnames or ()):
            raise _no_map(name, "its first line does not name the columns path and element")
        for row in rows:
            file, element = _pair(name, row)
            if element:
                yield file, element
    except csv.Error as error:
        raise _no_map(name, str(error), rows.reader.line_num) from None


def _pair(name: str, row: object) -> tuple[str, str]:
    if not isinstance(row, Mapping):
        raise _no_map(name, "a file is no mapping with path and element")
    return _text(name, row.get("path")), _text(name, row.get("element") or "")


def _list(name: str, value: object) -> list[object]:
    if not isinstance(value, list):
        raise _no_map(name, "it has no list of files")
    return value


def _text(name: str, value: object) -> str:
    if not isinstance(value, str):
        raise _no_map(name, "a path or an element is no text")
    return value


def _no_map(name: str, reason: str, line: int = 1, column: int = 1) -> CacheError:
    return CacheError(
        "bad-manifest",
        f"this is no map of files to elements: {reason}",
        at=Provenance(name, line, column),
        fix="write one: bstgraph owners LAYER --format json",
    )
