"""Dependency lists: the entries of one element file, merged as BuildStream merges them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, cast

from bstgraph.yaml import MappingNode, Node, ScalarNode

_LISTS: Final = {
    "build-depends": (True, False),
    "runtime-depends": (False, True),
    "depends": (True, True),
}
_TYPES: Final = {"build": (True, False), "runtime": (False, True), "all": (True, True)}


@dataclass(slots=True)
class Entry:
    """One dependency as written; `name` is what it resolved to, once it is resolved."""

    junction: str
    filename: str
    node: Node
    build: bool
    runtime: bool
    strict: bool = False
    config: list[MappingNode] = field(default_factory=list)
    plain: bool = True
    """Whether one text could say all that it says."""
    marked: bool = False
    """Whether it has the runbook's `junction: true` beside a filename with a junction."""
    name: str = ""
    other_paths: list[str] = field(default_factory=list)
    """How the entries that were merged into it name the same element."""
    repeats: list[tuple[Entry, Entry]] = field(default_factory=list)
    """Pairs of an entry that says nothing more than another one, and that one."""

    @property
    def path(self) -> str:
        """The dependency as one text: `junction.bst:name.bst` or `name.bst`."""
        return f"{self.junction}:{self.filename}" if self.junction else self.filename

    def merge(self, other: Entry) -> None:
        """Take in another entry for the same element."""
        if self._says(other):
            self.repeats.append((other, self))
        elif other._says(self):
            self.repeats.append((self, other))
        self.repeats += other.repeats
        self.build |= other.build
        self.runtime |= other.runtime
        self.strict |= other.strict
        self.config += other.config
        if other.path != self.path:
            self.other_paths.append(other.path)

    def _says(self, other: Entry) -> bool:
        """Return whether `other` adds nothing to this entry."""
        return (
            not other.config
            and self.build >= other.build
            and self.runtime >= other.runtime
            and self.strict >= other.strict
        )


def read_dependencies(element: MappingNode, *, runbook: bool = False) -> list[Entry]:
    """Return the entries of `element` in BuildStream's order; the same text twice is merged.

    With `runbook`, `junction: true` beside a filename that names its junction is accepted.

    Raises:
        ProjectError: `bad-dependency`, `invalid-data`, `unknown-key`.
    """
    merged: dict[tuple[str, str], Entry] = {}
    for key, (build, runtime) in _LISTS.items():
        for item in element.sequence(key):
            for entry in _read_item(item, key, build=build, runtime=runtime, runbook=runbook):
                known = merged.setdefault((entry.junction, entry.filename), entry)
                if known is not entry:
                    known.merge(entry)
    return list(merged.values())


def _read_item(item: Node, key: str, *, build: bool, runtime: bool, runbook: bool) -> list[Entry]:
    if isinstance(item, ScalarNode):
        return [Entry(*_split(item.value), item, build, runtime)]
    if not isinstance(item, MappingNode):
        raise item.error("bad-dependency", "a dependency is a name or a mapping")
    node = item
    keys = ["filename", "junction", "strict", "config"]
    node.only([*keys, "type"] if key == "depends" else keys)
    if "type" in node:
        build, runtime = _type(node.require("type"))
    strict = _strict(node, build=build)
    config = node.mapping("config")
    if config is not None and not build:
        raise node.require("config").error(
            "bad-dependency",
            "a runtime dependency takes no config",
            fix="make it a build dependency",
        )
    filename: Node = node.require("filename")
    files = [filename] if isinstance(filename, ScalarNode) else filename.as_sequence().items
    return [
        Entry(
            *_place(file, node, runbook=runbook),
            file,
            build=build,
            runtime=runtime,
            strict=strict,
            config=[config] if config is not None else [],
            marked=runbook and node.text("junction").lower() == "true",
            plain=file is filename and {"filename", "junction"}.issuperset(node.entries),
        )
        for file in cast("list[Node]", files)
    ]


def _type(node: Node) -> tuple[bool, bool]:
    text = node.as_str()
    if text not in _TYPES:
        raise node.error(
            "bad-dependency",
            f"'{text}' is no dependency type",
            fix="the types are build, runtime, all",
        )
    return _TYPES[text]


def _strict(node: MappingNode, *, build: bool) -> bool:
    if "strict" not in node:
        return False
    strict = node.require("strict")
    if not strict.as_bool():
        raise strict.error("bad-dependency", "'strict' can only be True", fix="leave it out")
    if not build:
        raise strict.error("bad-dependency", "a runtime dependency cannot be strict")
    return True


def _place(file: Node, node: MappingNode, *, runbook: bool) -> tuple[str, str]:
    """Return (junction, filename) of one file of a dependency that is a mapping."""
    text = file.as_str()
    if "junction" not in node:
        return _split(text)
    junction = node.text("junction")
    if runbook and ":" in text and junction.lower() == "true":
        return _split(text)
    if ":" in text:
        raise file.error(
            "bad-dependency",
            f"'{text}' names a junction, and so does the junction key",
            fix=f"write just '- {text}', relative to its element-path",
        )
    return junction, text


def _split(text: str) -> tuple[str, str]:
    junction, _, filename = text.rpartition(":")
    return junction, filename
