"""What a cache holds after a build, by computed keys: nothing is built."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from bstgraph.artifacts import Artifact, BuiltFrom, MemoryCache, ref_name
from bstgraph.keys import CacheKey, Keys
from bstgraph.names import ElementName


def built(
    keys: Keys, targets: Iterable[str] = (), *, label: str = "", success: bool = True
) -> MemoryCache:
    """Return the cache that a strict build leaves behind, when nothing was cached before.

    Elements without a key are not in it. Where keys have gaps the artifact has them too: such a
    cache is for plans of states whose keys were computed in the same way.

    Args:
        keys: of the state that is built.
        targets: what is built, with all that it needs; everything by default.
        label: what to call the cache; the project's name by default.
        success: whether the builds succeed.

    Raises:
        SelectionError: there is no such target.
    """
    names = keys.graph.staging_order(targets) if tuple(targets) else tuple(keys)
    strong = {name: keys[name].strict for name in names if name in keys}
    label = label or keys.project.name
    return remembered(keys, strong, scopes=strong, label=label, success=success)


def remembered(
    keys: Keys,
    strong: Mapping[ElementName, CacheKey],
    *,
    scopes: Mapping[ElementName, CacheKey],
    label: str,
    success: bool = True,
) -> MemoryCache:
    """Return a cache with an artifact of each element, stored under `strong` and its weak key.

    Args:
        keys: of the elements.
        strong: the elements that were built, in the order of their builds -> their strong keys.
        scopes: what they were built from, and by which key each names it.
        label: what to call the cache.
        success: whether the builds succeed.
    """
    artifacts: dict[int, ElementName] = {}
    made: list[Artifact] = []
    for name, key in strong.items():
        weak, strict = keys[name].weak, keys[name].strict
        if key.digest is None or weak.digest is None:
            continue
        project, local = keys.graph.elements[name].identity
        artifact = Artifact(
            project=project,
            element=ref_name(local),
            keys=tuple(sorted({key.digest, weak.digest})),
            strong=key.digest,
            strict=strict.digest or "",
            weak=weak.digest,
            success=success,
            modified=0.0,
            gaps=tuple(dict.fromkeys((*weak.gaps, *key.gaps))),
        )
        made.append(artifact)
        artifacts[id(artifact)] = name
    # The artifacts live as long as the cache, so that they can be told apart by their identity.
    return MemoryCache(label, made, recorded=_recorded(keys, scopes, artifacts), provisional=True)


def _recorded(
    keys: Keys, scopes: Mapping[ElementName, CacheKey], artifacts: Mapping[int, ElementName]
) -> Callable[[Artifact], Sequence[BuiltFrom] | None]:
    def recorded(artifact: Artifact) -> Sequence[BuiltFrom] | None:
        name = artifacts.get(id(artifact))
        if name is None:
            return None
        found = []
        for each in keys.scope(name):
            element = keys.graph.get(each)
            key = scopes.get(each)
            if element is None or key is None or key.digest is None:
                return None
            found.append(BuiltFrom(*element.identity, key.digest))
        return found

    return recorded
