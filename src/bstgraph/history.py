"""Stale layers over a range of git revisions: what each step would have shipped old.

A step is a commit and the one before it, along first parents. For each it is asked what a build
that is not strict would ship although it is old, when all of the one before was built.
"""

from __future__ import annotations

import itertools
import os
import shutil
import tempfile
import time
import warnings
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Final, Unpack

from bstgraph.display import Displayable
from bstgraph.errors import BstGraphError, LoadErrors, Slug, printable
from bstgraph.forecast import forecast
from bstgraph.garbage import paused_collector
from bstgraph.keys import RuleName
from bstgraph.load import ProjectArguments, load_state
from bstgraph.machine import Machine
from bstgraph.names import ElementName
from bstgraph.plans import Difference, StaleReport
from bstgraph.state import State
from bstgraph.stores import Commit, Repository, SharedFiles, commit_range

MOST_EDGES: Final = 20
"""Root edges that one row holds; `edge_count` has how many there are."""
MOST_NAMES: Final = 50
"""Layers, and images, that one row holds."""
MOST_GAPS: Final = 5
"""Gaps that one row holds."""

_MOST_STEPS: Final = 12
"""Steps that one worker takes at once. The one before the first is loaded for it alone, and rows
arrive when all of them are done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """A dependency that has changed without the weak key of its user seeing it."""

    user: ElementName
    dependency: ElementName
    path: tuple[ElementName, ...]
    """From the user to the dependency."""
    difference: Difference

    def __str__(self) -> str:
        return " -> ".join(self.path)


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleRow:
    """What one step builds and ships by one rule."""

    rule: RuleName
    built: int
    """How many elements are built."""
    stale: int
    """How many are taken from the cache although they are old."""
    tainted: int
    """How many are built from something that is old."""
    unknown: int
    """How many have gaps in what is said of them."""
    layers: tuple[ElementName, ...]
    """The composes and filters that hold old bytes, the nearest to the targets first: the reverse
    of staging order; the first `MOST_NAMES`."""
    layer_count: int
    images: tuple[ElementName, ...]
    """The scripts that do, in the same order; the first `MOST_NAMES`."""
    image_count: int
    edges: tuple[Edge, ...]
    """Where it comes from, by user in staging order; the first `MOST_EDGES`."""
    edge_count: int

    @property
    def ships_old(self) -> bool:
        """Whether a layer or an image holds old bytes."""
        return bool(self.layers or self.images)


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryRow(Displayable):
    """One commit, beside the one before it."""

    commit: str
    """40 hex digits."""
    subject: str
    """The first paragraph of its message, on one line."""
    date: datetime | None
    """When its author wrote it; None where that cannot be read."""
    seconds: float = field(compare=False)
    """What it took to load it with its keys."""
    elements: int = 0
    vs: str | None = None
    """The commit that it was compared with: the one before it, or where that cannot be loaded the
    last one that can. None when there is none."""
    rules: tuple[RuleRow, ...] = ()
    """What the step ships, by each rule; none where there was nothing to compare with."""
    error: Slug | None = None
    """Why it could not be loaded."""
    message: str = ""
    gaps: tuple[str, ...] = ()
    """What is not known; the first `MOST_GAPS`."""
    gap_count: int = 0

    @property
    def ships_old(self) -> bool:
        """Whether a layer or an image would have held old bytes, by any of the rules."""
        return any(row.ships_old for row in self.rules)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Task:
    """Some steps that follow each other; plain values, as it goes to other processes."""

    directory: str
    targets: tuple[str, ...]
    rules: tuple[RuleName, ...]
    arguments: ProjectArguments
    parent: str
    """Where temporary folders are made, if it is there."""
    before: tuple[str, ...]
    """All commits before the first step, the oldest first."""
    commits: tuple[Commit, ...]
    gaps: tuple[str, ...]
    """Those of the first row."""


def history(
    directory: str | os.PathLike[str] = ".",
    targets: Iterable[str] = (),
    revisions: str = "HEAD~10..HEAD",
    *,
    rules: Sequence[RuleName] = ("buildstream",),
    jobs: int | None = None,
    most: int | None = None,
    **arguments: Unpack[ProjectArguments],
) -> Generator[HistoryRow, None, None]:
    """Yield a row for each commit of a range: what its build, not strict, would have shipped old.

    The commits are those of `git log --first-parent A..B`, the oldest first. Each is compared with
    its first parent, as if all of that had been built from nothing; what was stale already is not
    carried on. Only what is committed is looked at. A commit that cannot be loaded is a row with
    an error, and the next one is compared with the last that could be.

    Commits are loaded in parallel through joblib, in runs of at most twelve, and rows come when a
    run is done, in order. Where is joblib's to choose, as in
    `with joblib.parallel_config(backend="dask")`; each worker needs the repository, and all other
    folders, under the same paths. Closing the generator ends the work.

    Args:
        directory: a folder of the project; the range is of the git repository around it.
        targets: element names; none means the default targets that each commit has.
        revisions: `A..B`, see `bstgraph.stores.commit_range`.
        rules: by which rules.
        jobs: how many are loaded at once, as joblib's `n_jobs`: -1 is all processors, None is one,
            or what joblib is configured to. One is done in this process, a row at a time.
        most: how many of the newest commits at most.
        arguments: those of `load_project`, for each commit. Without `max_jobs`, that is of the
            machine that loads.

    Raises:
        SelectionError: there is no repository, range or revision (`unknown-revision`).
        ProjectError: the repository cannot be read.
        ValueError, TypeError: the call itself is wrong.
    """
    if isinstance(targets, str):
        raise TypeError(f"targets is a list, not one text: write [{targets!r}]")
    root = os.path.abspath(directory)
    found = commit_range(Repository(root), revisions, most=most)
    task = _Task(
        directory=root,
        targets=tuple(targets),
        rules=tuple(dict.fromkeys(rules)),
        arguments=_plain(arguments),
        parent="",
        before=(found.base,) if found.base is not None else (),
        commits=found.commits,
        gaps=found.gaps,
    )
    return _run(task, jobs)


def _plain(arguments: ProjectArguments) -> ProjectArguments:
    """Return the arguments so that they mean the same in another process."""
    made = arguments.copy()
    made["arch"] = arguments.get("arch") or Machine().arch
    made["search"] = tuple(os.path.abspath(path) for path in arguments.get("search", ()))
    made["allow"] = tuple(os.path.abspath(path) for path in arguments.get("allow", ()))
    junctions = arguments.get("junctions") or {}
    made["junctions"] = {name: os.path.abspath(path) for name, path in junctions.items()}
    return made


def _run(task: _Task, jobs: int | None) -> Generator[HistoryRow, None, None]:
    # It takes a fifth of a second to import.
    import joblib  # noqa: PLC0415

    count = min(joblib.effective_n_jobs(jobs), len(task.commits))
    with _folder() as parent:
        tasks = _runs(task, count, parent, _MOST_STEPS)
        if count <= 1:
            for one in tasks:
                yield from _rows(one)
            return
        parallel = joblib.Parallel(n_jobs=jobs, return_as="generator", batch_size=1)
        found = parallel(joblib.delayed(_taken)(one) for one in tasks)
        with _closed(found):
            for rows in found:
                yield from rows


def _runs(task: _Task, jobs: int, parent: str, most: int) -> Iterator[_Task]:
    """Yield the task in runs of at most `most` steps, as many for each worker."""
    total = len(task.commits)
    if jobs <= 1:
        yield _part(task, 0, total, parent)
        return
    count = min(total, jobs * -(-total // (jobs * most)))
    ends = [total * number // count for number in range(count + 1)]
    for start, end in itertools.pairwise(ends):
        yield _part(task, start, end, parent)


def _part(task: _Task, start: int, end: int, parent: str) -> _Task:
    """Return the steps from `start` to before `end`."""
    earlier = tuple(commit.id for commit in task.commits[:start])
    return replace(
        task,
        parent=parent,
        before=(*task.before, *earlier),
        commits=task.commits[start:end],
        gaps=task.gaps if start == 0 else (),
    )


@contextmanager
def _folder() -> Iterator[str]:
    """Give a folder for the temporary files of all workers: one that is killed removes nothing.

    When it is no longer there, those that cannot be killed stop.
    """
    folder = tempfile.mkdtemp(prefix="bstgraph-history-")
    try:
        yield folder
    finally:
        # Under another name nothing is added while it is removed.
        ended = f"{folder}.ended"
        os.rename(folder, ended)
        shutil.rmtree(ended, ignore_errors=True)
        # A thread that was about to add something may have made it anew.
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _closed(found: Generator[list[HistoryRow], None, None]) -> Iterator[None]:
    """Close what joblib gives at the end, without its warning that there was more to come."""
    try:
        yield
    finally:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            found.close()


def _taken(task: _Task) -> list[HistoryRow]:
    """Take the steps of a task; what runs on a worker."""
    return list(_rows(task))


def _rows(task: _Task) -> Iterator[HistoryRow]:
    """Yield a row for each step, while the next one waits."""
    reader = _Reader(task)
    before: _Loaded | None = None
    for number, commit in enumerate(task.commits):
        if reader.ended:
            return
        start = time.perf_counter()
        now = reader.load(commit.id)
        seconds = time.perf_counter() - start
        direct = task.commits[number - 1].id if number else next(reversed(task.before), None)
        gaps = task.gaps if number == 0 else ()
        if isinstance(now, BstGraphError):
            yield _failed(commit, now, gaps, seconds)
            continue
        before = before or reader.last()
        yield _compared(commit, now, before, direct=direct, gaps=gaps, seconds=seconds)
        before = now


@dataclass(frozen=True, slots=True, kw_only=True)
class _Loaded:
    commit: str
    states: Mapping[RuleName, State]


class _Reader:
    """Loads the commits of one task."""

    def __init__(self, task: _Task) -> None:
        self._task = task
        parent = Path(task.parent)
        self._parent = parent if parent.is_dir() else None
        self._shared = SharedFiles(self._parent)
        self._left = _MOST_STEPS

    @property
    def ended(self) -> bool:
        """Whether nobody waits for the rows any more."""
        return self._parent is not None and not self._parent.is_dir()

    def load(self, commit: str) -> _Loaded | BstGraphError:
        task = self._task
        self._left -= 1
        if self._left < 0:
            # It must not grow with the range.
            self._shared = SharedFiles(self._parent)
            self._left = _MOST_STEPS
        try:
            with paused_collector():
                state = load_state(
                    task.directory,
                    task.targets,
                    revision=commit,
                    shared=self._shared,
                    **task.arguments,
                )
                states = {rule: state.by_rule(rule) for rule in task.rules}
        except BstGraphError as error:
            return error
        return _Loaded(commit=commit, states=states)

    def last(self) -> _Loaded | None:
        """Return the last commit before the task that can be loaded."""
        for commit in reversed(self._task.before):
            found = self.load(commit)
            if isinstance(found, _Loaded):
                return found
        return None


def _failed(
    commit: Commit, error: BstGraphError, gaps: Sequence[str], seconds: float
) -> HistoryRow:
    first: BaseException = error
    more = ""
    if isinstance(error, LoadErrors):
        first = error.exceptions[0]
        more = f", and {len(error.exceptions) - 1:,} more"
    return HistoryRow(
        commit=commit.id,
        subject=commit.subject,
        date=commit.date,
        seconds=seconds,
        error=error.slug,
        message=printable(str(first)) + more,
        gaps=tuple(gaps),
        gap_count=len(gaps),
    )


def _compared(
    commit: Commit,
    now: _Loaded,
    before: _Loaded | None,
    *,
    direct: str | None,
    gaps: Sequence[str],
    seconds: float,
) -> HistoryRow:
    state = next(iter(now.states.values()))
    found = dict.fromkeys((*gaps, *_skipped(before, direct)))
    found |= dict.fromkeys((*state.graph.gaps, *state.keys.gaps))
    rules = (
        []
        if before is None
        else [
            _rule_row(forecast(state, before.states[rule], rules=(rule,)).report)
            for rule, state in now.states.items()
        ]
    )
    return HistoryRow(
        commit=commit.id,
        subject=commit.subject,
        date=commit.date,
        seconds=seconds,
        elements=len(state.keys),
        vs=before.commit if before is not None else None,
        rules=tuple(rules),
        gaps=tuple(found)[:MOST_GAPS],
        gap_count=len(found),
    )


def _skipped(before: _Loaded | None, direct: str | None) -> Iterator[str]:
    """Yield what it was not compared with."""
    if before is None:
        yield "there is nothing before it to compare it with"
    elif before.commit != direct:
        yield f"compared with {before.commit[:12]}: {(direct or '')[:12]} could not be loaded"


def _rule_row(report: StaleReport) -> RuleRow:
    return RuleRow(
        rule=report.rule,
        built=len(report.plan.builds),
        stale=len(report.stale),
        tainted=len(report.tainted),
        unknown=len(report.unknown),
        layers=report.layers[::-1][:MOST_NAMES],
        layer_count=len(report.layers),
        images=report.images[::-1][:MOST_NAMES],
        image_count=len(report.images),
        edges=tuple(
            Edge(
                user=edge.user,
                dependency=edge.dependency,
                path=edge.path,
                difference=edge.difference,
            )
            for edge in report.edges[:MOST_EDGES]
        ),
        edge_count=len(report.edges),
    )
