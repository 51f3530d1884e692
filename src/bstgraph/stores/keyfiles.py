"""Cache states from files: which artifacts a cache elsewhere has, told by their keys.

The first character that is no blank decides: `{` is the JSON that `bstgraph keys --json` prints,
anything else is text.

- JSON: what a strict build of these elements leaves behind, each under its strict and its weak
  key. Keys with gaps keep them, and the cache is provisional: it knows computed keys only.
- Text: one name of an artifact per line as BuildStream writes them, `project/element/key` with a
  key of 64 digits, such as the paths of the files below `artifacts/refs` of a cache directory.
  Empty lines and those that begin with `#` are passed over. A name tells that something is stored
  under that key, and no more: not the strong key of what lies under a weak key, and not whether
  the build succeeded, which is assumed and a gap of each artifact. Nor does a list of names tell
  whether all files of an artifact are there.

What `bst show` prints is no such file: it tells the key that an element would have, not whether
something is stored under it, and not the name of its project.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from typing import Final

from bstgraph.artifacts import Artifact, MemoryCache, ref_name
from bstgraph.errors import CacheError, printable
from bstgraph.provenance import Provenance
from bstgraph.stores._objects import read_file
from bstgraph.stores._reading import why

LARGEST_KEYS: Final = 64 * 2**20
"""Bytes of a file; one of 100,000 artifacts has about 10 million."""

SCHEMA: Final = "bstgraph/keys/1"

ASSUMED: Final = "a list of names does not tell whether its build succeeded"
"""The gap of an artifact that is known by its name only."""

_NAME: Final = re.compile(r"([0-9A-Za-z._-]+)/([0-9A-Za-z._-]+)/([0-9a-f]{64})")
_KEY: Final = re.compile(r"[0-9a-f]{64}")


def read_keys(path: str | os.PathLike[str]) -> MemoryCache:
    """Return the cache state that a file tells; the module says in which forms.

    The path is the label of the cache. What artifacts were built from is not known.

    Raises:
        CacheError: the file cannot be read (`unreadable-file`) or has none of the forms
            (`bad-keys`), with file and line.
    """
    name = os.fspath(path)
    try:
        data, _ = read_file(os.path.realpath(name), LARGEST_KEYS)
        text = data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise _no_keys(name, f"byte {error.start} is not UTF-8", line) from None
    except (OSError, ValueError) as error:
        reason = why(error) if isinstance(error, OSError) else "is no file name"
        message = f"'{name}' {reason}"
        raise CacheError("unreadable-file", message, at=Provenance(name, 1, 1)) from None
    if len(data) > LARGEST_KEYS:
        raise _no_keys(name, f"it has more than {LARGEST_KEYS:,} bytes")
    if text.lstrip().startswith("{"):
        return MemoryCache(name, _from_json(name, text), provisional=True)
    return MemoryCache(name, _from_names(name, text))


def _from_names(name: str, text: str) -> Iterator[Artifact]:
    for number, line in enumerate(text.split("\n"), 1):
        told = line.strip()
        if not told or told.startswith("#"):
            continue
        match = _NAME.fullmatch(told)
        if match is None:
            shown = printable(told[:200])
            raise _no_keys(name, f"'{shown}' is no project/element/key with 64 digits", number)
        project, element, key = match.groups()
        yield Artifact(
            project=project,
            element=element,
            keys=(key,),
            strong="",
            strict="",
            weak="",
            success=True,
            modified=0.0,
            gaps=(ASSUMED,),
        )


def _from_json(name: str, text: str) -> Iterator[Artifact]:
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        raise _no_keys(name, error.msg.lower(), error.lineno, error.colno) from None
    except (RecursionError, ValueError):
        raise _no_keys(name, "it is nested too deeply, or has too large a number") from None
    if document.get("schema") != SCHEMA:
        raise _no_keys(name, f"its schema is not {SCHEMA}")
    elements = document.get("elements")
    if not isinstance(elements, list):
        raise _no_keys(name, "it has no list of elements")
    for number, told in enumerate(elements, 1):
        if not isinstance(told, Mapping):
            raise _no_keys(name, f"element {number} is no mapping")
        artifact = _Told(name, number, told).artifact()
        if artifact is not None:
            yield artifact


class _Told:
    """What JSON tells of one element."""

    def __init__(self, name: str, number: int, told: Mapping[str, object]) -> None:
        self._name = name
        self._number = number
        self._told = told

    def artifact(self) -> Artifact | None:
        """Return its artifact, None where it has no keys."""
        project, element = self._text("project"), self._text("local-name")
        strict, weak = self._key("strict"), self._key("weak")
        gaps = self._told.get("gaps", [])
        if not isinstance(gaps, list) or not all(isinstance(gap, str) for gap in gaps):
            raise self._error("its gaps are no list of texts")
        if strict is None or weak is None:
            return None
        return Artifact(
            project=project,
            element=ref_name(element),
            keys=tuple(sorted({strict, weak})),
            strong=strict,
            strict=strict,
            weak=weak,
            success=True,
            modified=0.0,
            gaps=tuple(gaps),
        )

    def _text(self, key: str) -> str:
        text = self._told.get(key)
        if not isinstance(text, str) or not text:
            raise self._error(f'it has no "{key}"')
        return text

    def _key(self, strength: str) -> str | None:
        key = self._told.get(strength)
        if key is None and strength in self._told:
            return None
        if not isinstance(key, str) or not _KEY.fullmatch(key):
            raise self._error(f'its "{strength}" is no key of 64 digits, nor null')
        return key

    def _error(self, reason: str) -> CacheError:
        given = self._told.get("name")
        shown = f" ('{printable(given[:200])}')" if isinstance(given, str) else ""
        return _no_keys(self._name, f"element {self._number}{shown}: {reason}")


def _no_keys(name: str, reason: str, line: int = 1, column: int = 1) -> CacheError:
    return CacheError(
        "bad-keys",
        f"this is no file of keys: {reason}",
        at=Provenance(name, line, column),
        fix="write one: bstgraph keys --json, or a line project/element/key for each artifact",
    )
