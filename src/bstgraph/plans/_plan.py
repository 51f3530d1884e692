"""What BuildStream would do: reuse, build, or not look at all; for each element of the targets.

The rules are those of `_load_artifact`, `_set_required` and `__schedule_assembly_when_necessary`
in BuildStream's `element.py`: an artifact is looked for under the strict key and, unless the build
is strict, under the weak key; the targets and what they need to run are required; what is required
and has no successful artifact is built, for which its build dependencies are required in turn.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bstgraph.artifacts import Artifact, CacheState
from bstgraph.graph import Graph
from bstgraph.keys import CacheKey, ElementKeys, Keys
from bstgraph.model import Element
from bstgraph.names import ElementName
from bstgraph.plans._values import Action, Found, Plan, Step
from bstgraph.scopes import Scope
from bstgraph.state import State

_CHANGED: Final = "dependencies may have changed since it failed, so that it is tried again"


def plan(
    state: State,
    cache: CacheState,
    targets: Iterable[str] = (),
    *,
    strict: bool = False,
    remotes: Sequence[CacheState] = (),
    retry_failed: bool = False,
) -> Plan:
    """Return what `bst build` would do with `targets` and all that they depend on.

    Args:
        state: the project with its keys.
        cache: what the local cache has.
        targets: full names; the project's targets by default.
        strict: whether it is `bst --strict build`, not `bst --no-strict build`.
        remotes: what remote caches have that artifacts are pulled from, the first first.
        retry_failed: whether it is `bst build --retry-failed`.

    Raises:
        SelectionError: there is no such target.
    """
    keys, graph = state.keys, state.graph
    wanted = tuple(dict.fromkeys(map(ElementName, targets))) or graph.targets
    order = graph.traversal.staging_order(wanted, Scope.ALL)
    for name in wanted:
        graph[name]  # raises, with what is near
    asked = _Selection(keys, cache, remotes, strict=strict, retry_failed=retry_failed)
    needs = _Needs(graph, asked)
    needs.require(wanted)
    refused = tuple(
        f"{name}: {keys[name].weak.absent}" for name in order if _unresolved(keys, name)
    )
    steps = _Steps(keys, asked, needs).all(order)
    return Plan(
        strict=strict,
        targets=wanted,
        state=state,
        cache=cache,
        remotes=tuple(remotes),
        steps=steps,
        refused=refused,
        gaps=graph.gaps,
    )


def _unresolved(keys: Keys, name: ElementName) -> bool:
    """Return whether a source of the element itself has no ref."""
    if name not in keys:
        return False
    weak = keys[name].weak
    return weak.digest is None and not weak.absent.startswith("'")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Selected:
    """The artifact that BuildStream would take for an element, if it needs one."""

    artifact: Artifact | None = None
    found: Found | None = None
    pulled: bool = False
    why: str = ""
    """Why there is none, or how it was found."""
    unknown: str = ""
    """Why it is not known whether there is one."""

    @property
    def success(self) -> bool:
        return self.artifact is not None and self.artifact.success


class _Selection:
    """Looks for the artifact of each element once; as `_load_artifact` does."""

    def __init__(
        self,
        keys: Keys,
        cache: CacheState,
        remotes: Sequence[CacheState],
        *,
        strict: bool,
        retry_failed: bool,
    ) -> None:
        self.strict = strict
        self.provisional = all(one.provisional for one in (cache, *remotes))
        self._keys = keys
        self._cache = cache
        self._remotes = remotes
        self._retry_failed = retry_failed
        self._made: dict[ElementName, _Selected] = {}

    def of(self, name: ElementName) -> _Selected:
        found = self._made.get(name)
        if found is None:
            element = self._keys.graph.get(name)
            found = self._made[name] = (
                self._select(element, self._keys[name])
                if element is not None
                else _Selected(unknown=self._keys.graph.externals[name].reason)
            )
        return found

    def _select(self, element: Element, keys: ElementKeys) -> _Selected:
        # BuildStream pulls nothing for an element with an open workspace.
        remotes = self._remotes if element.workspace is None else ()
        for cache in (self._cache, *remotes):
            artifact = _looked_up(cache, element, keys.strict)
            if artifact is not None:
                return self._taken(artifact, keys, "strict", pulled=cache is not self._cache)
        if self.strict:
            unknown = self._unasked(keys.strict)
            return _Selected(why="no artifact has its strict key", unknown=unknown)
        # What a remote cache has under the weak key is pulled over what is there.
        for cache in (*remotes, self._cache):
            artifact = _looked_up(cache, element, keys.weak)
            if artifact is not None:
                return self._taken(artifact, keys, "weak", pulled=cache is not self._cache)
        return _Selected(why="no artifact has its weak key", unknown=self._unasked(keys.weak))

    def _unasked(self, key: CacheKey) -> str:
        """Return why a cache cannot be asked for a key, or an empty text."""
        if not key.gaps or self.provisional:
            return ""
        more = f", and {len(key.gaps) - 1} more" if len(key.gaps) > 1 else ""
        return f"its key is not known exactly: {key.gaps[0]}{more}"

    def _taken(
        self, artifact: Artifact, keys: ElementKeys, found: Found, *, pulled: bool
    ) -> _Selected:
        if not artifact.success:
            if self._retry_failed:
                return _Selected(why="its build failed before, and failed builds are tried again")
            if found == "weak" and artifact.strong != keys.strict.digest:
                return _Selected(why=f"its build failed before; {_CHANGED}")
        return _Selected(
            artifact=artifact, found=found, pulled=pulled, why=f"an artifact has its {found} key"
        )


def _looked_up(cache: CacheState, element: Element, key: CacheKey) -> Artifact | None:
    """Return what a cache has under a key, if it is one that can be looked up in it."""
    if key.digest is None or (key.gaps and not cache.provisional):
        return None
    return cache.cached(*element.identity, key.digest)


class _Needs:
    """Which elements are required, and by whom."""

    def __init__(self, graph: Graph, asked: _Selection) -> None:
        self._traversal = graph.traversal
        self._asked = asked
        self.by: dict[ElementName, ElementName | None] = {}
        """What is required -> the first element that requires it; None for targets."""
        self.maybe: dict[ElementName, ElementName] = {}
        """What is required only if something is built of which that is not known -> that."""

    def require(self, targets: Sequence[ElementName]) -> None:
        """Require `targets`, and all that follows from that."""
        self._spread([(name, None) for name in reversed(targets)], self.by)
        doubtful = [name for name in self.by if self._asked.of(name).unknown]
        found: dict[ElementName, ElementName | None] = dict(self.by)
        for name in doubtful:
            before = len(found)
            below = self._traversal.direct(name, Scope.BUILD)
            self._spread([(each, name) for each in reversed(below)], found)
            for each in list(found)[before:]:
                self.maybe[each] = name

    def _spread(
        self,
        stack: list[tuple[ElementName, ElementName | None]],
        found: dict[ElementName, ElementName | None],
    ) -> None:
        while stack:
            name, user = stack.pop()
            if name in found:
                continue
            found[name] = user
            needed = list(self._traversal.direct(name, Scope.RUN))
            selected = self._asked.of(name)
            # In doubt what follows from a build is looked at later.
            if not selected.success and (found is not self.by or not selected.unknown):
                needed += self._traversal.direct(name, Scope.BUILD)
            stack += [(each, name) for each in reversed(needed)]


class _Steps:
    """Makes the steps, in staging order."""

    def __init__(self, keys: Keys, asked: _Selection, needs: _Needs) -> None:
        self._keys = keys
        self._asked = asked
        self._needs = needs
        self._strong: dict[ElementName, CacheKey | None] = {}
        self._off_bits = 0
        self._failing = 0
        """The elements that fail or cannot be built, as bits."""
        self._doubtful = 0
        """Those whose key is not known, as bits."""

    def all(self, order: Iterable[ElementName]) -> Mapping[ElementName, Step]:
        steps = {}
        for name in order:
            step = steps[name] = self._step(name)
            self._note(step)
        return steps

    def _note(self, step: Step) -> None:
        self._strong[step.name] = step.strong
        failing, doubtful = step.action in ("fail", "blocked"), step.strong is None
        if not (failing or doubtful or step.off):
            return
        bit = self._keys.bits([step.name])
        self._failing |= bit if failing else 0
        self._off_bits |= bit if step.off else 0
        self._doubtful |= bit if doubtful else 0

    def _step(self, name: ElementName) -> Step:
        selected = self._asked.of(name)
        element = self._keys.graph.get(name)
        if element is None:
            return Step(
                name=name,
                kind="",
                action="unknown",
                reason="it is external",
                gaps=(selected.unknown,),
            )
        own = self._keys[name]
        action, reason = self._action(name, selected)
        strong, more = self._key(own, selected, action)
        gaps = (reason,) if action == "unknown" else ()
        taken = action in ("reuse", "fail", "unneeded")
        return Step(
            name=name,
            kind=element.kind,
            action=action,
            reason=reason,
            found=selected.found if taken else None,
            pulled=selected.pulled and taken,
            artifact=selected.artifact if taken else None,
            needed_by=self._needs.by.get(name),
            strong=strong,
            strict=own.strict,
            weak=own.weak,
            gaps=tuple(dict.fromkeys((*gaps, *more))),
        )

    def _action(self, name: ElementName, selected: _Selected) -> tuple[Action, str]:
        if name in self._needs.maybe:
            user = self._needs.maybe[name]
            return "unknown", f"it is needed if '{user}' is built, which is not known"
        if name not in self._needs.by:
            return "unneeded", "nothing that is built needs it"
        if selected.success:
            return "reuse", selected.why
        stops, _ = self._keys.staged(name, self._failing, 1)
        if stops:
            return "blocked", f"it needs '{stops[0]}', which fails"
        return self._built(selected)

    @staticmethod
    def _built(selected: _Selected) -> tuple[Action, str]:
        """Return what is done with a needed element that has no successful artifact."""
        if selected.artifact is not None:
            return "fail", "its build failed before, with the same key"
        if selected.unknown:
            return "unknown", selected.unknown
        return "build", selected.why

    def _key(
        self, own: ElementKeys, selected: _Selected, action: Action
    ) -> tuple[CacheKey | None, tuple[str, ...]]:
        """Return the key that the artifact will have, and what is not known about it."""
        if selected.artifact is not None:
            # An artifact that was pulled is filed under the strict key that it names, too, even
            # where it was built from others than that says: strict builds take it all the same.
            return self._key_of(own, selected.artifact)
        if self._asked.strict:
            return own.strict, ()
        if action in ("unneeded", "unknown"):
            return None, ()
        doubtful, _ = self._keys.staged(own.name, self._doubtful, 1)
        if doubtful:
            return None, (f"the key of '{doubtful[0]}' is not known",)
        _, off = self._keys.staged(own.name, self._off_bits, 0)
        if not off:
            return own.strict, ()
        return self._keys.strong(own.name, self._strong), ()

    def _key_of(
        self, own: ElementKeys, artifact: Artifact
    ) -> tuple[CacheKey | None, tuple[str, ...]]:
        if not artifact.strong:
            # Of one that was built there it is the strong key, too; one that was pulled by its weak
            # key may have another, which such a cache does not tell.
            if self._asked.of(own.name).found == "strict":
                return own.strict, artifact.gaps
            return None, ("the cache does not tell its strong key", *artifact.gaps)
        strong = CacheKey(digest=artifact.strong, gaps=artifact.gaps)
        gap = "whether it is stale is not known: its strict key is not known exactly"
        unsure = own.strict.gaps and not self._asked.provisional
        return strong, (gap,) if unsure else ()
