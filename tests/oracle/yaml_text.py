"""Write YAML in BuildStream's dialect from mappings, lists and text, styles varied by content."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

Yaml: TypeAlias = "str | Sequence[Yaml] | Mapping[str, Yaml]"
"""What a generated file holds: text, or lists and mappings of it."""

_PLAIN = re.compile(r"(?:[A-Za-z0-9_./(][A-Za-z0-9_./%{}()<>@?=!+-]*)(?: [A-Za-z0-9_./%+=][^:#]*)?")


def text(data: Yaml) -> str:
    """Return a document with `data` in it; a text is already a document."""
    return data if isinstance(data, str) else "\n".join(_block(data, "")) + "\n"


def _block(data: Mapping[str, Yaml] | Sequence[Yaml], indent: str) -> Iterator[str]:
    if isinstance(data, Mapping):
        for key, value in data.items():
            yield from _entry(f"{indent}{_scalar(key)}:", value, indent)
        return
    for value in data:
        yield from _entry(f"{indent}-", value, indent)


def _entry(head: str, value: Yaml, indent: str) -> Iterator[str]:
    if isinstance(value, str):
        yield from _scalar_entry(head, value, indent)
    elif not value:
        yield f"{head} {'{}' if isinstance(value, Mapping) else '[]'}"
    else:
        yield head
        yield from _block(value, indent + "  ")


def _scalar_entry(head: str, value: str, indent: str) -> Iterator[str]:
    lines = value.split("\n")
    if len(lines) > 1 and all(line == line.strip() and line for line in lines):
        yield f"{head} |"
        yield from (f"{indent}  {line}" for line in lines)
    else:
        yield f"{head} {_scalar(value)}"


def _scalar(value: str) -> str:
    if _PLAIN.fullmatch(value) and value == value.strip():
        return value
    if "'" not in value and value.isprintable() and len(value) % 2:
        return f"'{value}'"
    # JSON leaves this one as it is, YAML refuses it.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\x7f")
