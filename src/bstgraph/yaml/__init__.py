"""YAML as BuildStream reads it: text to nodes that know where they were written."""

from __future__ import annotations

from bstgraph.yaml._merge import compose, is_directive, reject_directives
from bstgraph.yaml._nodes import (
    MappingNode,
    Node,
    ScalarNode,
    SequenceNode,
    SourceFile,
    synthetic,
)
from bstgraph.yaml._parse import ParsedFiles, parse
from bstgraph.yaml._read import read, read_bytes
from bstgraph.yaml._round_trip import Change, LayoutError, changed, item_at
from bstgraph.yaml._write import with_value

__all__ = [
    "Change",
    "LayoutError",
    "MappingNode",
    "Node",
    "ParsedFiles",
    "ScalarNode",
    "SequenceNode",
    "SourceFile",
    "changed",
    "compose",
    "is_directive",
    "item_at",
    "parse",
    "read",
    "read_bytes",
    "reject_directives",
    "synthetic",
    "with_value",
]
