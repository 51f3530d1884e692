"""What real builds did, beside what plans say of them."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bstgraph.artifacts import ref_name
from bstgraph.plans import Plan, Step
from bstgraph.state import State
from tests.oracle.builds import Builder, BuildFailedError, Shown


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
    code: int
    output: str = field(repr=False)

    @property
    def failed(self) -> frozenset[str]:
        return frozenset(name for name, one in self.shown.items() if one.state == "failed")


def copied(cachedir: Path, place: Path) -> Builder:
    """Return a builder whose cache is a copy of another one."""
    builder = Builder(place)
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
    places = {f"{path.parent.parent.name}/{path.parent.name}" for path in logs.glob("*/*/*-build.*")}
    changed = {str(Path(ref).parent) for ref in after if after[ref] != before.get(ref)}
    names = {place(state, name): str(name) for name in state.graph.elements}
    return Real(
        builder=builder,
        attempted=frozenset(names[one] for one in places),
        shown=builder.show(directory, targets, strict=strict),
        written=frozenset(names[one] for one in changed),
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
    if not real.written <= set(plan.builds):
        found.append(f"refs were written of {sorted(real.written - set(plan.builds))}")
    wrong = real.failed - {step.name for step in plan.of("build", "fail", "unneeded")}
    if wrong:
        found.append(f"failed, but not in the plan: {sorted(wrong)}")
    for name, step in plan.items():
        found += [f"{name}: {line}" for line in _step(step, real.shown.get(name), name in stopped)]
    return found


def _stopped(plan: Plan, real: Real) -> set[str]:
    """Return what was to be built and could not, since something that it needs failed just now."""
    stopped: set[str] = set()
    for step in plan.of("build"):
        needed = plan.state.keys.scope(step.name)
        if any(name in stopped or name in real.failed for name in needed):
            stopped.add(step.name)
    return stopped


def _step(step: Step, shown: Shown | None, stopped: bool) -> list[str]:
    """Return how one element is not as its step says, afterwards."""
    if step.gaps or shown is None:
        return [f"gaps {step.gaps}, shown as {shown}"]
    if stopped:
        return []
    expected = {"reuse": {"cached"}, "build": {"cached", "failed"}, "fail": {"failed"}}
    allowed = expected.get(step.action, {shown.state})
    if shown.state not in allowed:
        return [f"{step.action}, but {shown.state}"]
    digest = step.strong.digest if step.strong is not None else None
    if shown.state in {"cached", "failed"} and digest != shown.key:
        return [f"strong key {digest}, but {shown.key} ({step.action})"]
    return []
