"""The format strings of `bst show`: text with `%{symbol}` and `%{symbol: <20}`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from bstgraph.errors import did_you_mean
from bstgraph.keys import ElementKeys
from bstgraph.model import Element

# A format string may come from a script with a mistake in it: a width is at most three digits.
_SYMBOL: Final = re.compile(r"%\{(?P<name>[^}:]*)(?::(?P<spec>(?:.?[<>^])?\d{0,3}))?\}")


def _names(element: Element, *, build: bool = True, runtime: bool = True) -> str:
    names = [
        entry.name
        for entry in element.dependencies
        if (build and entry.build) or (runtime and entry.runtime)
    ]
    return to_yaml(names).rstrip("\n")


_VALUES: Final[Mapping[str, Callable[[Element], str]]] = {
    "name": lambda element: element.name,
    "kind": lambda element: element.kind,
    "project": lambda element: element.project_name,
    "description": lambda element: " ".join(element.description.split()),
    "deps": _names,
    "build-deps": lambda element: _names(element, runtime=False),
    "runtime-deps": lambda element: _names(element, build=False),
    "vars": lambda element: to_yaml(element.variables),
    "env": lambda element: to_yaml(element.environment),
    "public": lambda element: to_yaml(element.public),
    "config": lambda element: to_yaml(element.config),
}

_KEYS: Final = {"key": 8, "full-key": 64}
"""Symbols for the strict key -> how many of its digits they show."""

SYMBOLS: Final = (*_VALUES, *_KEYS)
"""The symbols there are; BuildStream's others tell about caches and workspaces."""


def needs_keys(form: str) -> bool:
    """Return whether `form` shows keys."""
    return any(match["name"] in _KEYS for match in _SYMBOL.finditer(form))


def format_element(element: Element, form: str, keys: ElementKeys | None = None) -> str:
    """Return `form` with its symbols replaced.

    `keys` are those of the element. As in BuildStream, a key that is not known is question marks;
    one with gaps is not known.

    Raises:
        ValueError: there is no such symbol.
    """
    known = keys.strict.digest if keys is not None and keys.strict.exact else None
    digest = known or "?" * 64

    def value(match: re.Match[str]) -> str:
        name = match["name"]
        if name in _KEYS:
            return format(digest[: _KEYS[name]], match["spec"] or "")
        if name not in _VALUES:
            hint = did_you_mean(name, SYMBOLS) or f"there are {', '.join(SYMBOLS)}"
            raise ValueError(f"no symbol '%{{{name}}}', {hint}")
        return format(_VALUES[name](element), match["spec"] or "")

    return _SYMBOL.sub(value, form)


def to_yaml(value: object) -> str:
    """Return resolved data as block-style YAML that reads back as the same text."""
    return "\n".join((*_yaml(value, ""), ""))


def _yaml(value: object, indent: str) -> Iterator[str]:
    """Yield the lines of a value; elements are as deep as the loader lets YAML be."""
    match value:
        case Mapping() if value:
            for key, item in value.items():
                yield from _entry(f"{indent}{_scalar(str(key))}:", item, indent)
        case list() | tuple() if value:
            for item in value:
                yield from _entry(f"{indent}-", item, indent)
        case Mapping():
            yield f"{indent}{{}}"
        case list() | tuple():
            yield f"{indent}[]"
        case _:
            yield indent + _scalar(str(value))


def _entry(head: str, item: object, indent: str) -> Iterator[str]:
    deeper = indent + "  "
    match item:
        case str() if _BLOCK.fullmatch(item):
            yield f"{head} |-"
            yield from (f"{deeper}{line}" if line else "" for line in item.split("\n"))
        case Mapping() if item and head.endswith("-"):
            first, *rest = _yaml(item, deeper)
            yield f"{head} {first.lstrip()}"
            yield from rest
        case Mapping() if item:
            yield head
            yield from _yaml(item, deeper)
        case list() | tuple() if item:
            yield head
            yield from _yaml(item, deeper if head.endswith("-") else indent)
        case _:
            yield f"{head} {next(_yaml(item, ''))}"


_PLAIN: Final = re.compile(
    r"(?!---|\.\.\.)[A-Za-z0-9_/.+](?:[\w/.%+=@ ,()<>-]|:(?=\S))*(?<! )", re.ASCII
)
# Text that a literal block keeps as it is: lines without control characters, the first of which is
# not indented, and none at the end that is empty.
_BLOCK: Final = re.compile(r"(?!#)[!-~][ -~]*(?:\n[ -~]*)*\n[ -~]*[!-~]")


def _scalar(text: str) -> str:
    if _PLAIN.fullmatch(text):
        return text
    if text.isprintable():
        quoted = text.replace("'", "''")
        return f"'{quoted}'"
    escapes = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t"}
    return '"' + "".join(escapes.get(c) or _printable(c) for c in text) + '"'


def _printable(character: str) -> str:
    return character if character.isprintable() else f"\\U{ord(character):08x}"
