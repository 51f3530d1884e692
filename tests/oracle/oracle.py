"""The real BuildStream as seen by tests: send it jobs, get typed answers.

The interpreter that has BuildStream is named by the environment variable
`BSTGRAPH_ORACLE_PYTHON`; without it, it is `.oracle/bin/python` at the root of the repository.
If it is missing, tests that need it are skipped, unless `BSTGRAPH_ORACLE_REQUIRED=1` says that
this run must have it.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pytest

_DUMP = Path(__file__).with_name("bst_dump.py")
_ROOT = Path(__file__).parents[2]
_WINDOW = 8  # jobs sent ahead of the answers read; well below what a pipe holds
_JOBS_PER_PROCESS = 2000  # memory: BuildStream keeps a little of every project


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One `bst show`: a project, targets in it, options, and the `max-jobs` of the user."""

    directory: Path
    targets: tuple[str, ...]
    options: Mapping[str, str] = field(default_factory=dict)
    max_jobs: int = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class OracleDependency:
    """A direct dependency, merged from all entries that resolve to the same element."""

    name: str
    path: str
    build: bool
    runtime: bool
    strict: bool
    config: tuple[Any, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OracleSource:
    """A source with its composed and expanded configuration; `ref` is what its plugin uses.

    `key` is what the source puts into the element's cache key, None while it has no ref.
    """

    kind: str
    directory: str
    config: Mapping[str, Any]
    ref: Any
    key: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class OracleElement:
    """An element as BuildStream resolves it; scopes are full names in BuildStream's order."""

    name: str
    kind: str
    project: str
    description: str
    dependencies: tuple[OracleDependency, ...]
    build_dependencies: tuple[str, ...]
    runtime_dependencies: tuple[str, ...]
    build_scope: tuple[str, ...]
    run_scope: tuple[str, ...]
    all_scope: tuple[str, ...]
    variables: Mapping[str, str]
    environment: Mapping[str, Any]
    environment_nocache: tuple[str, ...]
    public: Mapping[str, Any]
    config: Mapping[str, Any]
    sandbox: Mapping[str, Any]
    sandbox_resolved: Mapping[str, Any]
    sources: tuple[OracleSource, ...]
    weak_key: str | None
    strict_key: str | None
    weak_input: Mapping[str, Any] | None
    """What was hashed to get the key; None without a key."""
    strict_input: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OracleError:
    """Why BuildStream did not load it.

    `kind` is "rejected" for an error that BuildStream raises on purpose, "crashed" for any other
    exception, "timeout" for no answer in time, "died" when the whole process ended.
    """

    kind: str
    type: str
    domain: str | None
    reason: Any
    message: str
    detail: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OracleResult:
    """The answer to one job: elements in stage order, or an error."""

    job: Job
    elements: tuple[OracleElement, ...] = ()
    error: OracleError | None = None
    warnings: tuple[str, ...] = ()
    seconds: float = 0.0


class Oracle:
    """A process with BuildStream in it, started when the first job comes."""

    def __init__(self, python: Path) -> None:
        self._python = python
        self._process: subprocess.Popen[str] | None = None
        self._sent = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the process."""
        process, self._process = self._process, None
        if process is not None:
            process.communicate()

    def run(self, jobs: Iterable[Job]) -> Iterator[OracleResult]:
        """Yield an answer per job, in order, while the process works on the next ones."""
        for job, answer in self.run_raw(jobs):
            yield parse(job, answer)

    def run_raw(self, jobs: Iterable[Job]) -> Iterator[tuple[Job, dict[str, Any]]]:
        """Yield jobs with their answers as BuildStream's side wrote them."""
        pending: deque[Job] = deque()
        for job in jobs:
            if self._sent >= _JOBS_PER_PROCESS and not pending:
                self.close()
            self._send(job)
            pending.append(job)
            # A process that is due to be replaced is emptied first.
            while pending and (len(pending) >= _WINDOW or self._sent >= _JOBS_PER_PROCESS):
                yield from self._receive(pending)
        while pending:
            yield from self._receive(pending)

    def _start(self) -> subprocess.Popen[str]:
        self._sent = 0
        self._process = subprocess.Popen(
            [self._python, _DUMP],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
        )
        return self._process

    def _send(self, job: Job) -> None:
        process = self._process or self._start()
        assert process.stdin is not None
        self._sent += 1
        line = {
            "id": self._sent,
            "directory": str(job.directory),
            "targets": job.targets,
            "options": dict(job.options),
            "max_jobs": job.max_jobs,
        }
        process.stdin.write(json.dumps(line) + "\n")
        process.stdin.flush()

    def _receive(self, pending: deque[Job]) -> Iterator[tuple[Job, dict[str, Any]]]:
        assert self._process is not None
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        job = pending.popleft()
        if line:
            yield job, json.loads(line)
            return
        # The job it was working on ended the process; the ones behind it start again.
        status = self._process.wait()
        self._process = None
        message = f"the oracle process ended with status {status}"
        yield job, {"error": {"kind": "died", "type": "", "message": message}, "seconds": 0.0}
        for waiting in pending:
            self._send(waiting)


def parse(job: Job, answer: Mapping[str, Any]) -> OracleResult:
    """Return the typed form of an answer line."""
    seconds = float(answer.get("seconds", 0.0))
    error = answer.get("error")
    if error is not None:
        return OracleResult(
            job=job,
            seconds=seconds,
            error=OracleError(
                kind=error["kind"],
                type=error["type"],
                domain=error.get("domain"),
                reason=error.get("reason"),
                message=error["message"],
                detail=error.get("detail"),
            ),
        )
    names = tuple(element["name"] for element in answer["elements"])
    return OracleResult(
        job=job,
        seconds=seconds,
        elements=tuple(_element(element, names) for element in answer["elements"]),
        warnings=tuple(answer["warnings"]),
    )


def _element(data: Mapping[str, Any], names: tuple[str, ...]) -> OracleElement:
    fields = dict(data)
    for scope in ("build_scope", "run_scope", "all_scope"):
        fields[scope] = tuple(names[position] for position in data[scope])
    for listed in ("build_dependencies", "runtime_dependencies", "environment_nocache"):
        fields[listed] = tuple(data[listed])
    fields["dependencies"] = tuple(
        OracleDependency(**{**entry, "config": tuple(entry["config"])})
        for entry in data["dependencies"]
    )
    fields["sources"] = tuple(OracleSource(**source) for source in data["sources"])
    return OracleElement(**fields)


def interpreter() -> Path | None:
    """Return the Python that has BuildStream, or None when there is none at the agreed place."""
    named = os.environ.get("BSTGRAPH_ORACLE_PYTHON")
    python = Path(named) if named else _ROOT / ".oracle" / "bin" / "python"
    return python if python.exists() else None


def required_interpreter() -> Path:
    """Return the Python that has BuildStream; without one skip the test, or fail where required."""
    python = interpreter()
    if python is not None:
        return python
    reason = "no BuildStream: set BSTGRAPH_ORACLE_PYTHON or make .oracle, see CONTRIBUTING.md"
    if os.environ.get("BSTGRAPH_ORACLE_REQUIRED") == "1":
        pytest.fail(reason)
    pytest.skip(reason)
