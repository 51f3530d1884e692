"""The JSON documents of an image: bounded, and each value of the kind that is expected."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from bstgraph.errors import ImageError
from bstgraph.stores.oci._files import ImageFiles
from bstgraph.stores.oci._streams import bad, verified

LARGEST: Final = 4 * 2**20
"""Bytes of one document; registries take manifests of that size too."""


class Document:
    """A JSON object; absent keys and nulls are empty values, as they are for Go."""

    def __init__(self, data: Mapping[str, Any], name: str) -> None:
        """Take an object; `name` is what to call it."""
        self.data = data
        self.name = name

    def text(self, key: str) -> str:
        """Return a text."""
        return self._get(key, str, "text") or ""

    def number(self, key: str) -> int:
        """Return a whole number, -1 if there is none."""
        found: int | None = self._get(key, int, "a whole number")
        return -1 if found is None else found

    def flag(self, key: str) -> bool:
        """Return a boolean."""
        return bool(self._get(key, bool, "true or false"))

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of texts."""
        found = self._get(key, list, "a list") or ()
        if not all(isinstance(item, str) for item in found):
            raise bad(f"'{key}' in {self.name} is no list of texts")
        return tuple(found)

    def table(self, key: str) -> dict[str, str]:
        """Return an object whose values are texts."""
        found = self._get(key, dict, "an object") or {}
        if not all(isinstance(item, str) for item in found.values()):
            raise bad(f"'{key}' in {self.name} has values that are no texts")
        return dict(found)

    def document(self, key: str) -> Document:
        """Return an object."""
        return Document(self._get(key, dict, "an object") or {}, f"'{key}' in {self.name}")

    def documents(self, key: str) -> tuple[Document, ...]:
        """Return a list of objects."""
        return documents(self._get(key, list, "a list") or [], f"'{key}' in {self.name}")

    def _get(self, key: str, kind: type, expected: str) -> Any:  # noqa: ANN401 - it is JSON
        found = self.data.get(key)
        if found is None or (isinstance(found, kind) and (kind is bool or found is not True)):
            return found
        raise bad(f"'{key}' in {self.name} is not {expected}")


def documents(data: object, name: str) -> tuple[Document, ...]:
    """Return the objects of a list.

    Raises:
        ImageError: it is none, or has something else.
    """
    if not isinstance(data, list) or not all(isinstance(item, dict) for item in data):
        raise bad(f"{name} is no list of objects")
    return tuple(Document(item, f"{name}[{i}]") for i, item in enumerate(data))


def document(files: ImageFiles, name: str, digest: str = "", size: int = -1) -> Document:
    """Return the object in a file, whose digest and size are verified if they are given.

    Raises:
        ImageError: it is missing, too large, no JSON object, or not what the digest says.
    """
    data = load(files, name, digest, size)
    if not isinstance(data, dict):
        raise bad(f"'{name}' is no JSON object")
    return Document(data, f"'{name}'")


def load(files: ImageFiles, name: str, digest: str = "", size: int = -1) -> object:
    """Return the data in a JSON file; otherwise as `document`."""
    opened = files.open(name)
    if opened.size > LARGEST:
        message = f"'{name}' has {opened.size:,} bytes, and no document may have over {LARGEST:,}"
        raise ImageError("image-too-large", message)
    if size not in {-1, opened.size}:
        raise bad(f"'{name}' has {opened.size:,} bytes, and should have {size:,}")
    pieces = verified(opened.pieces, digest, f"'{name}'") if digest else opened.pieces
    text = b"".join(pieces)
    try:
        return json.loads(text.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        reason = "it is nested too deep" if isinstance(error, RecursionError) else error
        raise bad(f"'{name}' is no JSON: {reason}") from error
