"""What plans pull, and what the cache then is; tests/oracle has the same with real caches."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from bstgraph import load_state
from bstgraph.artifacts import Artifact, BuiltFrom, MemoryCache
from bstgraph.plans import plan
from bstgraph.state import State
from bstgraph.testing import write

PROJECT: Final = """
=== lib.bst
kind: import
sources: [{kind: local, path: lib}]
=== lib/file
=== app.bst
kind: manual
build-depends: [lib.bst]
=== top.bst
kind: compose
build-depends: [app.bst]
"""
EMPTY: Final = MemoryCache("empty")
OTHER: Final = "0" * 64


@pytest.fixture
def state(tmp_path: Path) -> State:
    return load_state(write(PROJECT, tmp_path))


def made(state: State, name: str, *, strong: str = "", success: bool = True) -> Artifact:
    """Return an artifact as it is pushed: under its strong and its weak key."""
    weak, strict = (key.digest or "" for key in (state.keys[name].weak, state.keys[name].strict))
    project, local = state.graph[name].identity
    return Artifact(
        project=project,
        element=local.removesuffix(".bst"),
        keys=tuple(sorted({weak, strong or strict})),
        strong=strong or strict,
        strict=strict,
        weak=weak,
        success=success,
        modified=0,
    )


def remote(*artifacts: Artifact) -> MemoryCache:
    """Return a cache whose artifacts were built from one thing, named after the artifact."""
    return MemoryCache("remote", artifacts, recorded=lambda one: [BuiltFrom("", one.element, "")])


def test_what_is_pulled_is_in_the_cache_under_all_its_keys(state: State) -> None:
    app = made(state, "app.bst", strong=OTHER)
    loose = plan(state, EMPTY, ["app.bst"], remotes=[remote(app)])
    step = loose["app.bst"]
    assert (step.action, step.found, step.pulled, step.stale) == ("reuse", "weak", True, True)
    cache = loose.after()
    for key in (app.strong, app.strict, app.weak):
        found = cache.cached(app.project, "app.bst", key)
        assert found is not None
        assert replace(found, keys=app.keys) == app
    assert found is not None
    assert cache.built_from(found) == [BuiltFrom("", "app", "")]


def test_what_was_built_is_remembered_and_not_looked_for_remotely(state: State) -> None:
    app = made(state, "app.bst", strong=OTHER)
    cache = plan(state, EMPTY, ["top.bst"], remotes=[remote(app)]).after()
    top = cache.cached(app.project, "top.bst", state.keys["top.bst"].weak.digest or "")
    assert top is not None
    built_from = cache.built_from(top)
    assert built_from is not None
    assert [(one.element, one.key) for one in built_from] == [("app.bst", OTHER)]
    assert cache.built_from(made(state, "lib.bst")) is None


def test_a_strict_build_takes_what_lies_under_the_strict_key_though_it_is_stale(
    state: State,
) -> None:
    app = made(state, "app.bst", strong=OTHER)
    cache = plan(state, EMPTY, ["app.bst"], remotes=[remote(app)]).after()
    strict = plan(state, cache, ["top.bst"], strict=True)
    assert strict.builds == ("top.bst",)
    assert strict.stale == ("app.bst",)
    # What is built gets its strict key all the same.
    assert strict["top.bst"].strong == state.keys["top.bst"].strict
    # As it was pushed, it is not under its strict key.
    assert plan(state, remote(app), ["app.bst"], strict=True).builds == ("lib.bst", "app.bst")


def test_a_failure_that_is_pulled_is_in_the_cache_too(state: State) -> None:
    app = made(state, "app.bst", success=False)
    failed = plan(state, EMPTY, ["app.bst"], remotes=[remote(app)])
    assert failed["app.bst"].action == "fail"
    again = plan(state, failed.after(), ["app.bst"])
    assert (again["app.bst"].action, again["app.bst"].pulled) == ("fail", False)


def test_the_strict_key_is_looked_for_in_all_caches_and_then_the_weak_one(state: State) -> None:
    good, old = made(state, "app.bst"), made(state, "app.bst", strong=OTHER)
    local = MemoryCache("local", [replace(old, strong="1" * 64, keys=("1" * 64, old.weak))])
    for remotes in ([remote(old), remote(good)], [remote(good), remote(old)]):
        step = plan(state, local, ["app.bst"], remotes=remotes)["app.bst"]
        assert (step.found, step.pulled, step.stale) == ("strict", True, False)
    # Under the weak key what is pulled goes before what is there.
    step = plan(state, local, ["app.bst"], remotes=[EMPTY, remote(old)])["app.bst"]
    assert step.pulled
    assert step.strong is not None
    assert step.strong.digest == OTHER
    step = plan(state, local, ["app.bst"], remotes=[EMPTY])["app.bst"]
    assert (step.pulled, step.stale) == (False, True)
