"""What a plan is: for each element what a build would do with it, and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

from bstgraph.artifacts import Artifact, BuiltFrom, CacheState, ChangedCache, MemoryCache
from bstgraph.display import Displayable
from bstgraph.errors import SelectionError
from bstgraph.keys import CacheKey
from bstgraph.names import ElementName
from bstgraph.plans._built import remembered
from bstgraph.state import State

Action: TypeAlias = Literal["reuse", "build", "fail", "blocked", "unneeded", "unknown"]
"""What a build does with an element.

- `reuse`: it takes an artifact that is there
- `build`: it builds it
- `fail`: it takes the artifact of a build that failed, and fails again at once
- `blocked`: it would build it, but something that is needed for that fails
- `unneeded`: it does not look at it: what needs it is reused
- `unknown`: one of these; the gaps of the step say why it is not known which
"""

Found: TypeAlias = Literal["strict", "weak"]
"""The key under which an artifact was found."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step(Displayable):
    """What a build would do with one element."""

    name: ElementName
    kind: str
    """Empty for an external element."""
    action: Action
    reason: str
    """A clause that says why."""
    found: Found | None = None
    """The key under which its artifact was found."""
    pulled: bool = False
    """Whether the artifact comes from a remote cache."""
    artifact: Artifact | None = field(default=None, repr=False)
    """The artifact that is reused or that failed; what would be reused if it were needed."""
    needed_by: ElementName | None = None
    """The first element that makes it needed; None for a target, and for what is not needed."""
    strong: CacheKey | None = None
    """The key that its artifact names once the build is done; None for what will have none.

    That of a stale artifact is not its strict key, by which strict builds call it all the same.
    """
    strict: CacheKey | None = None
    """The key that a strict build gives it; None for an external element."""
    weak: CacheKey | None = None
    gaps: tuple[str, ...] = ()
    """What is not known about it."""

    @property
    def stale(self) -> bool:
        """Whether an artifact is reused that is another one than a strict build would make.

        In a strict build too there may be such: BuildStream files what it pulls under the strict
        key that the artifact names, even where the artifact itself was built from stale ones.
        False where one of the keys is not known: the gaps say so.
        """
        return self.action == "reuse" and self.off

    @property
    def off(self) -> bool:
        """Whether its artifact will be another one than that of a strict build."""
        if self.strong is None or self.strict is None:
            return False
        known = self.strong.digest is not None and self.strict.digest is not None
        return known and self.strong.digest != self.strict.digest


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan(Mapping[ElementName, Step], Displayable):
    """What a build of `targets` would do, with the state of a cache as it is.

    A mapping of full names to steps, in staging order: an element comes after what it needs.
    """

    strict: bool
    """Whether it is a strict build."""
    targets: tuple[ElementName, ...]
    state: State = field(repr=False)
    cache: CacheState = field(repr=False)
    steps: Mapping[ElementName, Step] = field(repr=False)
    remotes: tuple[CacheState, ...] = field(default=(), repr=False)
    """What artifacts are pulled from."""
    refused: tuple[str, ...] = ()
    """Why BuildStream would refuse to begin: elements whose sources have no ref. Then nothing is
    built."""
    gaps: tuple[str, ...] = ()
    """What is not known about the project."""

    def __getitem__(self, name: str) -> Step:
        found = self.steps.get(ElementName(name))
        if found is None:
            self.state.graph[name]  # raises, with what is near
            raise SelectionError("unknown-element", f"'{name}' is no part of this plan")
        return found

    def __iter__(self) -> Iterator[ElementName]:
        return iter(self.steps)

    def __len__(self) -> int:
        return len(self.steps)

    def of(self, *actions: Action) -> tuple[Step, ...]:
        """Return the steps with one of these actions, in staging order."""
        return tuple(step for step in self.steps.values() if step.action in actions)

    @property
    def builds(self) -> tuple[ElementName, ...]:
        """What is built, in an order in which it can be: dependencies first."""
        return tuple(step.name for step in self.of("build"))

    @property
    def stale(self) -> tuple[ElementName, ...]:
        """What is reused although its strict key differs, in staging order."""
        return tuple(step.name for step in self.of("reuse") if step.stale)

    @property
    def exact(self) -> bool:
        """Whether no step has a gap."""
        return not any(step.gaps for step in self.steps.values())

    def after(self, label: str = "") -> CacheState:
        """Return the cache as it is once the plan has been carried out, every build a success."""
        strong = {step.name: step.strong for step in self.of("build") if step.strong is not None}
        named = ((step.name, self._named(step)) for step in self.steps.values())
        scopes = {name: key for name, key in named if key is not None}
        label = label or f"{self.cache.label}, after a build"
        pulled = MemoryCache(label, self._pulled(), recorded=self._recorded)
        return ChangedCache(
            ChangedCache(self.cache, added=pulled),
            added=remembered(self.state.keys, strong, scopes=scopes, label=label),
            label=label,
        )

    def _named(self, step: Step) -> CacheKey | None:
        """Return the key by which what is built names an element that it was built from."""
        return step.strict if self.strict else step.strong

    def _pulled(self) -> Iterator[Artifact]:
        """Yield what is pulled, under all the keys that it is filed under."""
        for step in self.of("reuse", "fail"):
            artifact = step.artifact
            if step.pulled and artifact is not None:
                keys = {artifact.strong, artifact.strict, artifact.weak}
                yield replace(artifact, keys=tuple(sorted(keys)))

    def _recorded(self, artifact: Artifact) -> Sequence[BuiltFrom] | None:
        found = (remote.built_from(artifact) for remote in self.remotes)
        return next((one for one in found if one is not None), None)

    def __repr__(self) -> str:
        mode = "strict" if self.strict else "non-strict"
        return f"<Plan, {mode}: {len(self.builds)} of {len(self)} elements are built>"
