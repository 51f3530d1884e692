"""Keys, their inputs and comparisons as JSON values; `_json` makes documents of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, assert_never

from bstgraph.diff import (
    Added,
    Cause,
    Change,
    Changed,
    Comparison,
    DependencyCause,
    FileCause,
    Removed,
    ResolutionCause,
    SourceCause,
    ValueCause,
    VariableChange,
)
from bstgraph.keys import CacheKey, KeyInputs, Keys
from bstgraph.provenance import Provenance
from bstgraph.state import Explanation


def place(at: Provenance | None) -> dict[str, Any] | None:
    """Return a place in a file."""
    return None if at is None else {"path": at.path, "line": at.line, "column": at.column}


def keys(found: Keys) -> list[dict[str, Any]]:
    """Return one object for each element, in staging order."""
    elements = found.graph.elements
    return [
        {
            "name": each.name,
            "project": elements[each.name].project_name,
            "local-name": elements[each.name].local_name,
            "kind": each.kind,
            "weak": each.weak.digest,
            "strict": each.strict.digest,
            "gaps": list(each.gaps),
        }
        for each in found.values()
    ]


def explanation(explained: Explanation) -> dict[str, Any]:
    """Return both keys of an element with the dictionaries that are hashed."""
    return {
        "name": explained.keys.name,
        "kind": explained.keys.kind,
        "weak": _key(explained.keys.weak, explained.weak),
        "strict": _key(explained.keys.strict, explained.strict),
        "at": place(explained.at),
    }


def _key(key: CacheKey, inputs: KeyInputs) -> dict[str, Any]:
    return {
        "key": key.digest,
        "exact": key.exact,
        "absent": key.absent,
        "gaps": list(key.gaps),
        "inputs": inputs.dictionary(),
        "scope": [dependency.name for dependency in inputs.dependencies],
        "sources": [place(source.at) for source in inputs.sources],
    }


def comparison(compared: Comparison) -> dict[str, Any]:
    """Return all changes, in their order."""
    return {
        "before": compared.before,
        "after": compared.after,
        "options": [
            {
                "project": option.project,
                "name": option.name,
                "before": option.before,
                "after": option.after,
            }
            for option in compared.options
        ],
        "machine": [
            {"name": name, "before": before, "after": after}
            for name, before, after in compared.machine
        ],
        "changes": [_change(change) for change in compared],
        "unchanged": compared.unchanged,
    }


def _change(change: Change) -> dict[str, Any]:
    match change:
        case Added():
            return {"change": "added", "name": change.element}
        case Removed():
            return {"change": "removed", "name": change.element}
        case Changed():
            return {
                "change": "changed",
                "name": change.element,
                "weak": change.weak,
                "strict": change.strict,
                "causes": [_cause(cause) for cause in change.causes],
                "inherited": list(change.inherited),
                "inherited-count": change.inherited_count,
                "gaps": list(change.gaps),
            }
        case _:
            assert_never(change)


def _cause(cause: Cause) -> dict[str, Any]:
    match cause:
        case ValueCause():
            return {
                "input": cause.input,
                "path": list(cause.path),
                "before": _plain(cause.before),
                "after": _plain(cause.after),
                "variables": [_variable(change) for change in cause.variables],
            }
        case SourceCause():
            return _source(cause)
        case FileCause():
            return {
                "input": "file",
                "number": cause.number,
                "kind": cause.kind,
                "path": cause.path,
                "files": [{"path": file.path, "change": file.change} for file in cause.files],
                "at": place(cause.at),
            }
        case DependencyCause():
            return {
                "input": "dependency",
                "name": cause.name,
                "before": cause.before,
                "after": cause.after,
                "at": place(cause.at),
            }
        case ResolutionCause():
            return {"input": "resolution", "before": cause.before, "after": cause.after}
        case _:
            assert_never(cause)


def _variable(change: VariableChange) -> dict[str, str]:
    return {"name": change.name, "before": change.before, "after": change.after}


def _source(cause: SourceCause) -> dict[str, Any]:
    return {
        "input": "source",
        "number": cause.number,
        "kind": cause.kind,
        "path": list(cause.path),
        "before": _plain(cause.before),
        "after": _plain(cause.after),
        "variables": [_variable(change) for change in cause.variables],
        "at": place(cause.at),
    }


def _plain(value: object) -> Any:  # noqa: ANN401 - JSON
    match value:
        case Mapping():
            return {str(key): _plain(item) for key, item in value.items()}
        case str():
            return value
        case Sequence():
            return [_plain(item) for item in value]
        case _:
            return value
