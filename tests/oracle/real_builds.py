"""What real builds did, beside what plans say of them."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from bstgraph.artifacts import CacheState, ref_name
from bstgraph.keys import CacheKey
from bstgraph.plans import Plan, Step
from bstgraph.plans import plan as next_plan
from bstgraph.state import State
from bstgraph.stores.cache import LocalCache
from tests.oracle.builds import Builder, BuildFailedError, Shown

_PULLED: Final = re.compile(r"\[ *pull:(\S+) *\] INFO +Pulled artifact")


@dataclass(frozen=True, slots=True, kw_only=True)
class Real:
    """What one `bst build` did."""

    builder: Builder
    attempted: frozenset[str]
    """The elements that it began to build; those that failed from the cache are among them."""
    shown: Mapping[str, Shown]
    """What `bst show` says afterwards, in the same mode."""
    written: frozenset[str]
    """The elements of which a ref is new or another one than before."""
    pulled: frozenset[str]
    """The elements whose artifacts it pulled."""
    code: int
    output: str = field(repr=False)

    @property
    def failed(self) -> frozenset[str]:
        return frozenset(name for name, one in self.shown.items() if one.state == "failed")


def copied(cachedir: Path, place: Path, *, settings: Mapping[str, object] | None = None) -> Builder:
    """Return a builder whose cache is a copy of another one."""
    builder = Builder(place, settings=settings)
    shutil.copytree(cachedir, builder.cachedir, symlinks=True, ignore=_sockets)
    return builder


def _sockets(folder: str, names: Sequence[str]) -> list[str]:
    return [name for name in names if (Path(folder) / name).is_socket()]


def build(
    builder: Builder,
    directory: Path,
    state: State,
    *,
    targets: Sequence[str],
    strict: bool = False,
    options: Iterable[str] = (),
) -> Real:
    """Really build `targets`, as far as they can be built; `options` are those of `bst build`.

    The logs of the builder must be those of this build alone.
    """
    mode = "--strict" if strict else "--no-strict"
    before = refs(builder.cachedir)
    ended = builder.run(directory, [mode, "--on-error=continue", "build", *options, *targets])
    output = (ended.stdout + ended.stderr).decode(errors="replace")
    if "BUG" in output or "Traceback" in output:
        raise BuildFailedError(output)
    after = refs(builder.cachedir)
    logs = builder.cachedir.parent / "logs"
    places = {
        f"{path.parent.parent.name}/{path.parent.name}" for path in logs.glob("*/*/*-build.*")
    }
    changed = {str(Path(ref).parent) for ref in after if after[ref] != before.get(ref)}
    names = {place(state, name): str(name) for name in state.graph.elements}
    return Real(
        builder=builder,
        attempted=frozenset(names[one] for one in places),
        shown=builder.show(directory, targets, strict=strict),
        written=frozenset(names[one] for one in changed),
        pulled=frozenset(_PULLED.findall(output)),
        code=ended.returncode,
        output=output,
    )


def place(state: State, name: str) -> str:
    """Return the folder of an element's refs and logs."""
    project, local = state.graph[name].identity
    return f"{project}/{ref_name(local)}"


def refs(cachedir: Path) -> dict[str, bytes]:
    """Return all refs of a cache with what they hold."""
    root = cachedir / "artifacts" / "refs"
    return {str(one.relative_to(root)): one.read_bytes() for one in root.glob("*/*/*")}


def differences(plan: Plan, real: Real) -> list[str]:
    """Return where a build did something else than its plan says; a line for each.

    Builds fail when they fail: what needs a failed one was to be built, and is not.
    """
    stopped = _stopped(plan, real)
    found = []
    began = {step.name for step in plan.of("build", "fail")} - stopped
    if began != real.attempted:
        more, fewer = sorted(began - real.attempted), sorted(real.attempted - began)
        found.append(f"planned but not built: {more}, built but not planned: {fewer}")
    pulled = {step.name for step in plan.of("reuse", "fail") if step.pulled}
    # A failed artifact is pulled before it is seen that it is to be tried again.
    if not pulled <= real.pulled <= pulled.union(plan.builds):
        found.append(f"to be pulled: {sorted(pulled)}, but pulled: {sorted(real.pulled)}")
    if not real.written <= pulled.union(plan.builds):
        found.append(f"refs were written of {sorted(real.written - set(plan.builds))}")
    wrong = real.failed - {step.name for step in plan.of("build", "fail", "unneeded")}
    if wrong:
        found.append(f"failed, but not in the plan: {sorted(wrong)}")
    for name, step in plan.items():
        key = step.strict if plan.strict else step.strong
        shown = real.shown.get(name)
        if step.gaps or shown is None:
            found.append(f"{name}: gaps {step.gaps}, shown as {shown}")
        elif name not in stopped:
            found += [f"{name}: {line}" for line in _step(step, shown, key)]
    if not real.failed and not stopped:
        found += _afterwards(plan, real)
    return found


def _afterwards(plan: Plan, real: Real) -> list[str]:
    """Return how the cache after a plan differs from the real one, as the next plans see it."""
    found = []
    caches: tuple[CacheState, CacheState] = (plan.after(), LocalCache(real.builder.cachedir))
    for name in plan.builds:
        key = plan.state.keys[name].weak.digest or ""
        project, local = plan.state.graph[name].identity
        artifacts = [cache.cached(project, local, key) for cache in caches]
        ours, theirs = (
            cache.built_from(one) if one is not None else None
            for cache, one in zip(caches, artifacts, strict=True)
        )
        if ours is None or ours != list(theirs or ()):
            found.append(f"{name}: built from {ours}, not {theirs}")
    return found + _next(plan, caches)


def _next(plan: Plan, caches: tuple[CacheState, CacheState]) -> list[str]:
    found = []
    for strict in (False, True):
        ours, theirs = (
            next_plan(plan.state, cache, plan.targets, strict=strict) for cache in caches
        )
        for name, step in theirs.items():
            other = ours[name]
            if (step.action, step.strong) != (other.action, other.strong):
                found.append(f"{name}: next {other.action} {other.strong}, not {step}")
    return found


def _stopped(plan: Plan, real: Real) -> set[str]:
    """Return what was to be built and could not, since something that it needs failed just now."""
    stopped: set[str] = set()
    for step in plan.of("build"):
        needed = plan.state.keys.scope(step.name)
        if any(name in stopped or name in real.failed for name in needed):
            stopped.add(step.name)
    return stopped


def _step(step: Step, shown: Shown, key: CacheKey | None) -> list[str]:
    """Return how one element is not as its step says, afterwards."""
    expected = {"reuse": {"cached"}, "build": {"cached", "failed"}, "fail": {"failed"}}
    if shown.state not in expected.get(step.action, {shown.state}):
        return [f"{step.action}, but {shown.state}"]
    digest = key.digest if key is not None else None
    if shown.state in {"cached", "failed"} and digest != shown.key:
        return [f"key {digest}, but {shown.key} ({step.action})"]
    return []
