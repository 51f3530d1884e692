"""Weak and strict cache keys as BuildStream 2.8 computes them, with their inputs and gaps."""

from __future__ import annotations

from bstgraph.keys._engine import Keys, compute
from bstgraph.keys._inputs import FileStore
from bstgraph.keys._partial import project_files
from bstgraph.keys._rules import RULE_NAMES, RuleName
from bstgraph.keys._values import (
    CacheKey,
    DependencyInput,
    ElementKeys,
    KeyInputs,
    SourceInput,
    Strength,
    digest_of,
    serialise,
)

__all__ = [
    "RULE_NAMES",
    "CacheKey",
    "DependencyInput",
    "ElementKeys",
    "FileStore",
    "KeyInputs",
    "Keys",
    "RuleName",
    "SourceInput",
    "Strength",
    "compute",
    "digest_of",
    "project_files",
    "serialise",
]
