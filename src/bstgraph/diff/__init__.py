"""What changed between two states of a project, and which inputs of which keys it came from.

An element changes directly when something of its own was changed: a file, a source, a variable, its
list of dependencies. All others inherit: the keys that they hash have changed.
"""

from __future__ import annotations

from bstgraph.diff._changes import (
    Added,
    Cause,
    Change,
    Changed,
    Comparison,
    DependencyCause,
    FileCause,
    FileChange,
    Fold,
    OptionChange,
    Removed,
    ResolutionCause,
    SourceCause,
    ValueCause,
    VariableChange,
)
from bstgraph.diff._compare import MOST_NAMED, compare

__all__ = [
    "MOST_NAMED",
    "Added",
    "Cause",
    "Change",
    "Changed",
    "Comparison",
    "DependencyCause",
    "FileCause",
    "FileChange",
    "Fold",
    "OptionChange",
    "Removed",
    "ResolutionCause",
    "SourceCause",
    "ValueCause",
    "VariableChange",
    "compare",
]
