"""Projects drawn in a test: one text with all files, written to a folder and loaded.

A line `=== PATH` begins a file, and the lines up to the next such line are its content:

    from bstgraph.testing import project

    def test_the_compose_takes_the_app(tmp_path):
        loaded = project(
            '''
            === app.bst
            kind: manual
            === layer.bst
            kind: compose
            build-depends: [app.bst]
            ''',
            tmp_path,
        )
        assert [str(name) for name in loaded.elements] == ["app.bst", "layer.bst"]

The text may be indented as a whole. Paths are relative to the folder; one that ends in `/` makes
an empty folder. So that a text has only what matters to the test:

- a project.conf that is not drawn is made, and one that is drawn without `name`, `min-version` or
  `element-path` gets these keys at its end;
- an element file goes into the element-path (`elements`) of the project it is drawn in, unless
  its path has that already: `a.bst` is `elements/a.bst`, and beside a `sub/project.conf` the
  path `sub/a.bst` is `sub/elements/a.bst`.

No file that BuildStream accepts has a line that begins with `=== `. Nothing but bstgraph is needed
here; pytest gives the folder, as `tmp_path`.
"""

from __future__ import annotations

import os
import re
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Final, Unpack

from bstgraph.errors import BstGraphError
from bstgraph.load import ProjectArguments, load_project
from bstgraph.model import Project
from bstgraph.stores import TemporaryCheckouts
from bstgraph.testing._assertions import Assertions

__all__ = ["Assertions", "LoadArguments", "files", "load_error", "project", "write"]

_HEADER: Final = re.compile(r"^===[ \t]+(\S.*?)[ \t]*$", re.MULTILINE)
_CONF: Final = "project.conf"
_ELEMENTS: Final = "elements"
_ELEMENT_PATH: Final = re.compile(r"""^element-path:[ \t]*['"]?([^'"#\s]+)""", re.MULTILINE)


class LoadArguments(ProjectArguments, total=False):
    """The arguments of `load_project` that `project` passes on."""

    targets: Iterable[str]


def project(
    text: str,
    directory: str | os.PathLike[str] | None = None,
    *,
    complete: bool = True,
    **arguments: Unpack[LoadArguments],
) -> Project:
    r"""Write the project drawn in `text`, load it and return it.

    Example:
        >>> project("=== a.bst\nkind: stack\n=== b.bst\nkind: stack\ndepends: [a.bst]\n")
        <Project 'test': 2 elements>

    Args:
        text: the files, see `write`.
        directory: where they are written; None is a temporary folder that goes with the project.
        complete: see `write`.
        arguments: those of `load_project`; all elements are loaded when no targets are named.

    Raises:
        BstGraphError: as `load_project`.
        ValueError: the text is not drawn as `write` needs it.
    """
    if directory is not None:
        return load_project(write(text, directory, complete=complete), **arguments)
    folders = TemporaryCheckouts()
    root = write(text, folders.new("project"), complete=complete)
    return load_project(root, **arguments).keep(folders)


def load_error(
    text: str,
    directory: str | os.PathLike[str],
    *,
    complete: bool = True,
    **arguments: Unpack[LoadArguments],
) -> BstGraphError:
    r"""Return the error that loading the project drawn in `text` ends in.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as directory:
        ...     print(load_error("=== a.bst\nkind: stack\nsources: no list\n", directory))
        elements/a.bst:2:10: expected a list, found a string [invalid-data]

    Raises:
        AssertionError: the project loads.
        ValueError: the text is not drawn as `write` needs it.
    """
    try:
        loaded = project(text, directory, complete=complete, **arguments)
    except BstGraphError as error:
        return error
    raise AssertionError(f"the project loads: {loaded!r}")


def write(text: str, directory: str | os.PathLike[str], *, complete: bool = True) -> Path:
    r"""Write the files drawn in `text` below `directory` and return it as a path.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as directory:
        ...     root = write("=== a.bst\nkind: stack\n", directory)
        ...     print((root / "elements/a.bst").read_text(), end="")
        kind: stack

    Args:
        text: the files; the module says how they are drawn.
        directory: made if it is not there; files in it that the text does not have stay.
        complete: whether a project.conf is made, or gets the keys that it lacks. False writes
            the files as they are drawn.

    Raises:
        ValueError: there is text before the first file, a path twice, or one that leaves the
            directory.
    """
    root = Path(directory)
    for path, content in files(text, complete=complete).items():
        place = root / path
        if path.endswith("/"):
            place.mkdir(parents=True, exist_ok=True)
        else:
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(content, encoding="utf-8", newline="")
    return root


def files(text: str, *, complete: bool = True) -> dict[str, str]:
    r"""Return what `write` would write: path -> content; a folder's path ends in `/`.

    Example:
        >>> sorted(files("=== a.bst\nkind: stack\n"))
        ['elements/', 'elements/a.bst', 'project.conf']

    Raises:
        ValueError: as `write`.
    """
    drawn: dict[str, str] = {}
    for path, content in _split(textwrap.dedent(text)):
        if path in drawn:
            raise ValueError(f"'{path}' is drawn twice")
        drawn[path] = content
    confs = {path for path in drawn if PurePosixPath(path).name == _CONF}
    if complete:
        drawn = {_CONF: "", **drawn} if _CONF not in drawn else drawn
        confs.add(_CONF)
        for conf in confs:
            drawn[conf] = _completed(conf, drawn[conf])
    places = {str(PurePosixPath(conf).parent): _element_path(drawn[conf]) for conf in confs}
    placed: dict[str, str] = {}
    for path, content in drawn.items():
        place = _place(path, places)
        if place in placed:
            raise ValueError(f"'{place}' is drawn twice")
        placed[place] = content
    if complete:
        # BuildStream rejects an element-path that is not there.
        for folder, elements in places.items():
            placed.setdefault(str(PurePosixPath(folder, elements)) + "/", "")
    return placed


def _split(text: str) -> Iterator[tuple[str, str]]:
    before, *parts = _HEADER.split(text)
    if before.strip():
        raise ValueError(f"text before the first '=== PATH': {before.strip().splitlines()[0]!r}")
    for path, content in zip(parts[::2], parts[1::2], strict=True):
        pure = PurePosixPath(path)
        if pure.is_absolute() or ".." in pure.parts:
            raise ValueError(f"'{path}' leaves the directory")
        yield str(pure) + ("/" if path.endswith("/") else ""), content.removeprefix("\n")


def _completed(path: str, content: str) -> str:
    """Return a project.conf with the keys that every one must have, where it lacks them."""
    name = PurePosixPath(path).parent.name or "test"
    needed = {"name": name, "min-version": "2.0", "element-path": _ELEMENTS}
    lacking = {
        key: value
        for key, value in needed.items()
        if not re.search(rf"^{key}[ \t]*:", content, re.MULTILINE)
    }
    end = "\n" if content and not content.endswith("\n") else ""
    return content + end + "".join(f"{key}: {value}\n" for key, value in lacking.items())


def _element_path(conf: str) -> str:
    found = _ELEMENT_PATH.search(conf)
    return found[1] if found else _ELEMENTS


def _place(path: str, element_paths: Mapping[str, str]) -> str:
    """Return where a drawn file goes; `element_paths` is project folder -> element-path."""
    if not path.endswith(".bst"):
        return path
    pure = PurePosixPath(path)
    home = next((str(p) for p in pure.parents if str(p) in element_paths), ".")
    elements = PurePosixPath(home, element_paths.get(home, _ELEMENTS))
    if pure.is_relative_to(elements):
        return path
    return str(elements / pure.relative_to(home))
