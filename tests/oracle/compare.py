"""Compare what bstgraph loads with what the real BuildStream loads."""

from __future__ import annotations

import traceback
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bstgraph
from bstgraph.graph import Graph
from bstgraph.keys import CacheKey, Strength
from bstgraph.settings import Settings
from tests.oracle.oracle import Job, OracleDependency, OracleElement, OracleResult, OracleSource

# BuildStream checks for conflicting junctions in a loop over projects; when that loop makes it load
# one more, for an `internal` junction that an override replaces, it falls over itself.
_NO_VERDICT = ("RuntimeError", "dictionary changed size during iteration")
_SHOWN = 300  # characters of a value in a difference


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """What bstgraph made of a job: a project, or why it refused, or how it crashed."""

    project: bstgraph.Project | None = None
    error: bstgraph.BstGraphError | None = None
    crash: str | None = None

    @property
    def outcome(self) -> str:
        """One line that says what happened."""
        if self.error is not None:
            return f"rejected: {self.error}"
        return f"crashed: {self.crash}" if self.crash else "loaded"


def load(job: Job) -> Loaded:
    """Load a job with bstgraph as the oracle loads it with BuildStream."""
    try:
        project = bstgraph.load_project(
            job.directory,
            targets=job.targets,
            options=job.options,
            max_jobs=job.max_jobs,
            # BuildStream does not know bstgraph's own settings.
            settings=Settings(),
        )
    except bstgraph.BstGraphError as error:
        return Loaded(error=error)
    except Exception:  # noqa: BLE001 - a crash is a result that must be shown, not raised
        return Loaded(crash=traceback.format_exc(limit=-6))
    return Loaded(project=project)


def compare(loaded: Loaded, result: OracleResult) -> list[str]:
    """Return how the two differ, in words; both rejecting is no difference.

    BuildStream's crashes count as rejections: it did not load the project. One of them says nothing
    about the project and agrees with everything. A crash of bstgraph is always a difference.
    """
    if loaded.crash is not None:
        return [f"bstgraph crashed: {loaded.crash}", f"bst: {_outcome(result)}"]
    if result.error is not None:
        if loaded.error is not None or (result.error.type, result.error.message) == _NO_VERDICT:
            return []
        return [f"only bstgraph loads it; bst: {_outcome(result)}"]
    if loaded.project is None:
        return [f"only bst loads it; bstgraph {loaded.outcome}"]
    return list(_projects(loaded.project, result.elements))


def _outcome(result: OracleResult) -> str:
    if result.error is None:
        return "loaded"
    error = result.error
    return f"{error.kind} {error.domain}/{error.reason} {error.type}: {error.message}"


def _projects(project: bstgraph.Project, expected: Sequence[OracleElement]) -> Iterator[str]:
    ours = [str(name) for name in project.elements]
    theirs = [element.name for element in expected]
    if ours != theirs:
        yield from _names(ours, theirs)
    graph = Graph(project)
    state = bstgraph.load_state(project)
    for oracle in expected:
        name = bstgraph.ElementName(oracle.name)
        element = project.elements.get(name)
        if element is not None:
            found = (*_element(element, oracle), *_scopes(graph, oracle), *_keys(state, oracle))
            for difference in found:
                yield f"{oracle.name}: {difference}"


def _keys(state: bstgraph.State, oracle: OracleElement) -> Iterator[str]:
    keys = state.keys[oracle.name]
    yield from _values("gaps of keys", keys.gaps, ())
    yield from _values("strict key", keys.strict.digest, oracle.strict_key)
    yield from _values("weak key", keys.weak.digest, oracle.weak_key)
    strengths: tuple[Strength, ...] = ("weak", "strict")
    for strength in strengths:
        key: CacheKey = getattr(keys, strength)
        if key.digest is not None:
            inputs = state.keys.inputs(oracle.name, strength)
            yield from _values(f"digest of {strength} inputs", inputs.digest, key.digest)


def _names(ours: Sequence[str], theirs: Sequence[str]) -> Iterator[str]:
    missing = [name for name in theirs if name not in set(ours)]
    extra = [name for name in ours if name not in set(theirs)]
    if missing or extra:
        yield f"elements: only bst has {missing}, only bstgraph has {extra}"
    else:
        yield f"stage order: bst {theirs}, bstgraph {ours}"


def _element(element: bstgraph.Element, oracle: OracleElement) -> Iterator[str]:
    yield from _values("kind", element.kind, oracle.kind)
    yield from _values("project name", element.project_name, oracle.project)
    yield from _values("description", element.description, oracle.description)
    yield from _values("variables", element.variables, oracle.variables)
    yield from _values("environment", element.environment, oracle.environment)
    yield from _values(
        "environment-nocache", element.environment_nocache, oracle.environment_nocache
    )
    yield from _values("public", element.public, oracle.public)
    yield from _values("config", element.config, oracle.config)
    yield from _values("sandbox", _sandbox(element), _numbers(oracle.sandbox))
    yield from _sources(element, oracle.sources)
    yield from _dependencies(element, oracle.dependencies)


def _sandbox(element: bstgraph.Element) -> dict[str, Any]:
    return element.sandbox.model_dump(by_alias=True, exclude_none=True)


def _numbers(sandbox: Mapping[str, Any]) -> dict[str, Any]:
    """Return a sandbox with numbers where BuildStream keeps their text."""
    ids = ("build-uid", "build-gid")
    return {key: int(value) if key in ids else value for key, value in sandbox.items()}


def _sources(element: bstgraph.Element, expected: Sequence[OracleSource]) -> Iterator[str]:
    ours = [
        {"kind": source.kind, "directory": source.directory, "config": source.config}
        for source in element.staged_sources
    ]
    theirs = [
        {"kind": source.kind, "directory": source.directory, "config": _config(source)}
        for source in expected
    ]
    yield from _values("sources", ours, theirs)


def _config(source: OracleSource) -> Mapping[str, Any]:
    # Empty ones, and those of project.conf, stay in BuildStream's config without effect.
    common = ("kind", "directory", "provenance")
    return {key: value for key, value in _with_ref(source).items() if key not in common}


def _with_ref(source: OracleSource) -> Mapping[str, Any]:
    if source.kind == "workspace":
        # Of a workspace the folder alone is kept, without a slash or a dot at its end.
        return {"path": str(Path(source.config["path"]))}
    # A ref out of project.refs takes the place of one in the element.
    if source.kind not in {"remote", "tar"} or source.ref == source.config.get("ref"):
        return source.config
    config = {key: value for key, value in source.config.items() if key != "ref"}
    return config if source.ref is None else {**config, "ref": source.ref}


def _dependencies(element: bstgraph.Element, expected: Sequence[OracleDependency]) -> Iterator[str]:
    ours = [
        {
            "name": str(dependency.name),
            "path": dependency.path,
            "build": dependency.build,
            "runtime": dependency.runtime,
            "strict": dependency.strict,
            "config": dependency.config,
        }
        for dependency in element.dependencies
    ]
    theirs = [
        {
            "name": dependency.name,
            "path": dependency.path,
            "build": dependency.build,
            "runtime": dependency.runtime,
            "strict": dependency.strict,
            "config": dependency.config,
        }
        for dependency in expected
    ]
    order = [entry["name"] for entry in ours], [entry["name"] for entry in theirs]
    if order[0] != order[1]:
        yield f"direct dependencies: bst {order[1]}, bstgraph {order[0]}"
    else:
        yield from _values("dependencies", ours, theirs)


def _scopes(graph: Graph, oracle: OracleElement) -> Iterator[str]:
    name = bstgraph.ElementName(oracle.name)
    for scope, expected in (
        (bstgraph.Scope.BUILD, oracle.build_scope),
        (bstgraph.Scope.RUN, oracle.run_scope),
        (bstgraph.Scope.ALL, oracle.all_scope),
    ):
        ours = [str(found) for found in graph.staging_order([name], scope=scope)]
        if ours != list(expected):
            yield f"{scope.value} scope: bst {list(expected)}, bstgraph {ours}"


def _values(path: str, ours: Any, theirs: Any) -> Iterator[str]:
    """Yield where two resolved values differ, each with its place."""
    if isinstance(ours, Mapping) and isinstance(theirs, Mapping):
        for key in (*theirs, *(key for key in ours if key not in theirs)):
            if key not in ours:
                yield f"{path}.{key}: only bst has {_short(theirs[key])}"
            elif key not in theirs:
                yield f"{path}.{key}: only bstgraph has {_short(ours[key])}"
            else:
                yield from _values(f"{path}.{key}", ours[key], theirs[key])
    elif _listed(ours) and _listed(theirs) and len(ours) == len(theirs):
        for index, (our, their) in enumerate(zip(ours, theirs, strict=True)):
            yield from _values(f"{path}[{index}]", our, their)
    elif ours != theirs:
        yield f"{path}: bst {_short(theirs)}, bstgraph {_short(ours)}"


def _listed(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
