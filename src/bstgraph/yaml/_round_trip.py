"""A YAML text changed in places, its comments and its layout kept."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterable
from typing import Any, Final, Literal, NamedTuple

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import YAMLError

from bstgraph.errors import ProjectError
from bstgraph.provenance import Provenance

_LAYOUTS: Final = ((2, 2, 0), (2, 4, 2), (4, 2, 0), (4, 6, 4), (4, 4, 2))
"""Indentations of mappings and of lists, and of the dash in a list: those that people use."""

_WIDE: Final = 2**20


class Change(NamedTuple):
    """One change of a text."""

    path: tuple[str | int, ...]
    """Keys and places in lists from the root to what is changed."""
    action: Literal["set", "delete", "rename"]
    value: object = None
    """What is set, or the new key."""


class LayoutError(Exception):
    """A text cannot be written again just as it is; the text says why."""


def changed(name: str, text: str, changes: Iterable[Change]) -> str:
    """Return a text with changes, all else as it was.

    Args:
        name: what to call the file.
        text: its content.
        changes: one after the other; those in one list from its end to its beginning.

    Raises:
        LayoutError: the text would change in other places too, or has no such place.
        ProjectError: it is no YAML (`invalid-yaml`).
    """
    try:
        for layout in _LAYOUTS:
            yaml = _yaml(layout)
            data = _loaded(yaml, name, text)
            if _dumped(yaml, data) == text:
                break
        else:
            raise LayoutError("its layout is none that could be kept")
        for change in changes:
            _apply(data, change)
        after = _dumped(yaml, data)
    except RecursionError:
        raise LayoutError("it is nested too deeply") from None
    if _comments(text) - _comments(after):
        # A comment belongs to the entry before it for the YAML library, and goes with that.
        raise LayoutError("a comment beside the change would be lost")
    return after


def _comments(text: str) -> Counter[str]:
    """Return the lines that are comments alone."""
    lines = (line.strip() for line in text.splitlines())
    return Counter(line for line in lines if line.startswith("#"))


def item_at(name: str, text: str, place: tuple[int, int]) -> tuple[str | int, ...]:
    """Return the path to the item of a list that a place is at.

    Args:
        name: what to call the file.
        text: its content.
        place: line and column, from 1: where the item begins, or a value of an item that is a
            mapping.

    Raises:
        LayoutError: no item of a list is there; items of a list inside of another are not found.
        ProjectError: it is no YAML (`invalid-yaml`).
    """
    wanted = place[0] - 1, place[1] - 1
    root = _loaded(_yaml(_LAYOUTS[0]), name, text)
    pending: list[tuple[tuple[str | int, ...], object]] = [((), root)]
    while pending:
        path, here = pending.pop()
        if isinstance(here, CommentedMap):
            pending += (((*path, key), value) for key, value in here.items())
        elif isinstance(here, CommentedSeq):
            for number, item in enumerate(here):
                if wanted == here.lc.item(number) or wanted in _values_of(item):
                    return (*path, number)
    raise LayoutError(f"no item of a list begins at {place[0]}:{place[1]}")


def _values_of(item: object) -> list[tuple[int, int]]:
    """Return where the values of a mapping begin, from 0."""
    return [item.lc.value(key) for key in item] if isinstance(item, CommentedMap) else []


def _yaml(layout: tuple[int, int, int]) -> YAML:
    yaml = YAML(typ="rt", pure=True)
    mapping, sequence, offset = layout
    yaml.indent(mapping=mapping, sequence=sequence, offset=offset)
    yaml.preserve_quotes = True
    yaml.width = _WIDE
    return yaml


def _loaded(yaml: YAML, name: str, text: str) -> Any:  # noqa: ANN401 - what a text may be
    try:
        return yaml.load(text)
    except (YAMLError, ValueError) as error:
        problem = str(error).splitlines()[0]
        raise ProjectError("invalid-yaml", problem, at=Provenance(name, 1, 1)) from None


def _dumped(yaml: YAML, data: object) -> str:
    stream = io.StringIO()
    yaml.dump(data, stream)
    return stream.getvalue()


def _apply(data: Any, change: Change) -> None:  # noqa: ANN401 - what a text may be
    here = data
    *above, last = change.path
    try:
        for key in above:
            here = here[key]
        if change.action == "set":
            here[last] = _in_one_line(change.value)
        elif change.action == "delete":
            del here[last]
        elif change.value in here:
            raise LayoutError(f"it has '{change.value}' beside '{last}'")
        else:
            place = list(here).index(last)
            here.insert(place, change.value, here.pop(last))
    except (KeyError, IndexError, TypeError, ValueError, AttributeError):
        told = "/".join(map(str, change.path))
        raise LayoutError(f"it has nothing at '{told}' that could be changed") from None


def _in_one_line(value: object) -> object:
    """Return a value to be written in one line: then a comment behind the old one stays there."""
    if isinstance(value, dict):
        made = CommentedMap(value)
        made.fa.set_flow_style()
        return made
    return value
