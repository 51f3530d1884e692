"""Which commands mention a path: by their words, since what they do is not known."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from bstgraph.layers._values import Command

_MARKS: Final = str.maketrans(dict.fromkeys(";|&()<>=`", " ") | dict.fromkeys("\"'"))


def words(text: str) -> tuple[str, ...]:
    """Return the words of a command, without quotes and a slash at the end, each once."""
    return tuple(dict.fromkeys(word.rstrip("/") for word in text.translate(_MARKS).split()))


def file_names(text: str) -> frozenset[str]:
    """Return the file names that a command mentions."""
    return frozenset(word.rpartition("/")[2] for word in words(text))


class Mentions:
    """Commands, looked through for paths."""

    def __init__(self, commands: Iterable[Command], locations: Iterable[str]) -> None:
        """Take apart `commands`; in them, paths may lie below any of `locations`."""
        self._commands = [(each, words(each.text)) for each in dict.fromkeys(commands)]
        self._locations = [place.rstrip("/") for place in locations if place.strip("/")]

    def of(self, path: str) -> tuple[Command, ...]:
        """Return the commands that mention `path`, in their order.

        A command mentions it when a word of it is or ends in the path, is the file name, is a
        directory above that is at least two deep, alone or with `/*`, or is a directory above at
        one of the locations.
        """
        folder, _, name = path.rpartition("/")
        if not folder:
            return ()
        ends = [f"/{path}"]
        exact = {f"{place}/{folder.partition('/')[0]}" for place in self._locations}
        while "/" in folder:
            ends += [f"/{folder}", f"/{folder}/*"]
            folder = folder.rpartition("/")[0]
        return tuple(
            command
            for command, found in self._commands
            if any(
                word in exact or word.rpartition("/")[2] == name or word.endswith(tuple(ends))
                for word in found
            )
        )
