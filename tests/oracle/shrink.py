"""Make a generated project small while it keeps showing the same kind of difference."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any, TypeAlias

from tests.oracle.strategies import Drawn

_Position: TypeAlias = tuple[str | int, ...]


def family(differences: Sequence[str]) -> str:
    """Return what differs without the names in it, so that shrinking keeps to one difference."""
    if not differences:
        return ""
    text = differences[0]
    if text.startswith("only bst loads it"):
        slugs = re.findall(r"\[[a-z-]+\]", text)
        return f"only bst loads it {slugs[-1:]}"
    if text.startswith("only bstgraph loads it"):
        return text.split(":")[0] + text.split("bst: ")[-1].split(":")[0]
    if text.startswith("bstgraph crashed"):
        return f"bstgraph crashed {text.strip().splitlines()[-1].split(':')[0]}"
    part = text.split(": ")[1] if ".bst: " in text else text.split(":")[0]
    return re.split(r"[.\[ ]", part)[0]


def shrink(drawn: Drawn, family_of: Callable[[Drawn], str], tries: int = 400) -> Drawn:
    """Return the smallest project found in so many tries whose difference is of one family."""
    search = _Search(family_of, wanted=family_of(drawn), tries=tries)
    while True:
        smaller = search.entries(search.files(search.call(drawn)))
        if smaller == drawn or not search.tries:
            return smaller
        drawn = smaller


class _Search:
    """Takes things away one by one for as long as the family stays."""

    def __init__(self, family_of: Callable[[Drawn], str], *, wanted: str, tries: int) -> None:
        self._family_of = family_of
        self._wanted = wanted
        self.tries = tries

    def _better(self, old: Drawn, new: Drawn) -> Drawn:
        if not self.tries:
            return old
        self.tries -= 1
        return new if self._family_of(new) == self._wanted else old

    def call(self, drawn: Drawn) -> Drawn:
        """Take away targets and options."""
        for target in drawn.targets:
            if len(drawn.targets) > 1 and drawn.targets != (target,):
                drawn = self._better(drawn, replace(drawn, targets=(target,)))
        for option in drawn.options:
            left = {name: value for name, value in drawn.options.items() if name != option}
            drawn = self._better(drawn, replace(drawn, options=left))
        return drawn

    def files(self, drawn: Drawn) -> Drawn:
        """Take away whole files."""
        for file in drawn.files:
            left = {name: data for name, data in drawn.files.items() if name != file}
            drawn = self._better(drawn, replace(drawn, files=left))
        return drawn

    def entries(self, drawn: Drawn) -> Drawn:
        """Take away entries of mappings and lists."""
        for name in drawn.files:
            index = 0
            while index < len(positions := list(_positions(drawn.files[name]))):
                files = {**drawn.files, name: _without(drawn.files[name], positions[index])}
                smaller = self._better(drawn, replace(drawn, files=files))
                index += smaller is drawn
                drawn = smaller
        return drawn


def _positions(data: Any) -> Iterator[_Position]:
    """Yield the places of all entries, outer ones first."""
    entries: list[tuple[str | int, Any]] = []
    if isinstance(data, dict):
        entries = list(data.items())
    elif isinstance(data, list):
        entries = list(enumerate(data))
    for key, _ in entries:
        yield (key,)
    for key, value in entries:
        for below in _positions(value):
            yield (key, *below)


def _without(data: Any, position: _Position) -> Any:
    copied = copy.deepcopy(data)
    holder = copied
    for key in position[:-1]:
        holder = holder[key]
    del holder[position[-1]]
    return copied
