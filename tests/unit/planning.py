"""A project whose layer can be stale, its states and caches, for tests of plans."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Final

from bstgraph import load_state
from bstgraph.artifacts import Artifact, BuiltFrom, MemoryCache
from bstgraph.keys import RuleName
from bstgraph.plans import built
from bstgraph.state import State
from bstgraph.testing import project

CHAIN: Final = """
    === lib.bst
    kind: manual
    environment: {V: '1'}
    === app.bst
    kind: manual
    build-depends: [lib.bst]
    === other.bst
    kind: manual
    === deps.bst
    kind: stack
    depends: [app.bst, other.bst]
    === layer.bst
    kind: compose
    build-depends: [deps.bst]
    === image.bst
    kind: script
    build-depends: [layer.bst]
"""
"""The one of claim R7: `app.bst` is not rebuilt when `lib.bst` changes, unless strictly."""


def state(*changes: tuple[str, str], text: str = CHAIN, rule: RuleName = "buildstream") -> State:
    """Return the state of a drawing in which each first text is the second one."""
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return load_state(project(text), rule=rule, label="drawn")


def touched(text: str = CHAIN, *, rule: RuleName = "buildstream") -> State:
    """Return the state in which `lib.bst` has changed."""
    return state(("V: '1'", "V: '2'"), text=text, rule=rule)


def only(
    of: State,
    names: Iterable[str],
    change: Callable[[Artifact], Artifact] = lambda artifact: artifact,
    *,
    recorded: bool = True,
    provisional: bool = True,
) -> MemoryCache:
    """Return a cache with the artifacts of `names` alone, each changed by `change`."""
    full = built(of.keys)
    found: dict[str, Artifact] = {}
    scopes: dict[str, tuple[BuiltFrom, ...]] = {}
    for name in names:
        digest = of.keys[name].strict.digest
        assert digest is not None
        artifact = full.cached(*of.graph.elements[of.keys[name].name].identity, digest)
        assert artifact is not None
        found[name] = change(artifact)
        scopes[found[name].strong] = tuple(full.built_from(artifact) or ())
    return MemoryCache(
        "some",
        found.values(),
        recorded=(lambda artifact: scopes.get(artifact.strong)) if recorded else None,
        provisional=provisional,
    )


def failed(artifact: Artifact) -> Artifact:
    """Return an artifact as one of a build that failed."""
    return replace(artifact, success=False)
