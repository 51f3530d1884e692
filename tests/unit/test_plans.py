"""What a build would do, with caches of all sorts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bstgraph import load_state
from bstgraph.artifacts import ChangedCache, MemoryCache
from bstgraph.errors import SelectionError
from bstgraph.plans import Plan, built, plan
from bstgraph.testing import project
from tests.unit.planning import failed, only, state, touched

ALL = ("lib.bst", "app.bst", "other.bst", "deps.bst", "layer.bst", "image.bst")
EMPTY = MemoryCache("empty", provisional=True)
REAL = MemoryCache("real")

UNKNOWN = """
    === lib.bst
    kind: strange
    === app.bst
    kind: manual
    build-depends: [lib.bst]
    === deps.bst
    kind: stack
    depends: [app.bst]
    === project.conf
    plugins:
    - origin: pip
      package-name: nowhere
      elements: [strange]
"""
"""A kind without rules: nothing is known of its keys."""


def actions(made: Plan) -> dict[str, str]:
    return {step.name: step.action for step in made.values()}


class TestEmptyCache:
    @pytest.mark.parametrize("strict", [True, False])
    def test_everything_is_built_in_staging_order(self, strict: bool) -> None:  # noqa: FBT001
        made = plan(state(), EMPTY, strict=strict)
        assert made.builds == ALL
        assert made.targets == tuple(sorted(ALL))
        assert made.exact
        assert made.stale == made.refused == made.gaps == ()
        word = "strict" if strict else "weak"
        assert {step.reason for step in made.values()} == {f"no artifact has its {word} key"}

    def test_only_what_the_targets_need(self) -> None:
        made = plan(state(), EMPTY, ["app.bst", "app.bst"])
        assert (made.targets, made.builds) == (("app.bst",), ("lib.bst", "app.bst"))
        assert made["lib.bst"].needed_by == "app.bst"
        assert made["app.bst"].needed_by is None

    def test_a_target_that_there_is_not(self) -> None:
        with pytest.raises(SelectionError, match=r"no\.bst"):
            plan(state(), EMPTY, ["no.bst"])

    def test_no_step_of_what_is_no_part(self) -> None:
        made = plan(state(), EMPTY, ["app.bst"])
        with pytest.raises(SelectionError, match=r"'other\.bst' is no part of this plan"):
            made["other.bst"]
        with pytest.raises(SelectionError, match="no element named"):
            made["no.bst"]


class TestReuse:
    def test_after_a_build_all_targets_are_reused(self) -> None:
        now = state()
        made = plan(now, built(now.keys), ["image.bst"], strict=True)
        assert actions(made) == {**dict.fromkeys(ALL, "unneeded"), "image.bst": "reuse"}
        assert made["image.bst"].found == "strict"
        assert made["image.bst"].reason == "an artifact has its strict key"
        assert repr(made) == "<Plan, strict: 0 of 6 elements are built>"

    def test_a_weak_key_is_asked_only_if_not_strict(self) -> None:
        cache = built(state().keys)
        loose, strict = (
            plan(touched(), cache, ["image.bst"], strict=each) for each in (False, True)
        )
        assert actions(loose) == {**dict.fromkeys(ALL, "unneeded"), "image.bst": "reuse"}
        assert loose.stale == ("image.bst",)
        assert loose["image.bst"].found == "weak"
        assert strict.builds == ("lib.bst", "app.bst", "deps.bst", "layer.bst", "image.bst")
        assert strict.stale == ()
        assert strict["other.bst"].action == "reuse"

    def test_runtime_dependencies_of_what_is_reused_are_needed(self) -> None:
        now = state()
        made = plan(now, built(now.keys), ["deps.bst"])
        assert actions(made) == {
            "lib.bst": "unneeded", "app.bst": "reuse", "other.bst": "reuse", "deps.bst": "reuse",
        }  # fmt: skip

    def test_a_cache_that_does_not_tell_the_strong_key(self) -> None:
        cache = only(state(), ["app.bst"], lambda artifact: replace(artifact, strong=""))
        step = plan(touched(), cache, ["app.bst"])["app.bst"]
        assert (step.action, step.strong) == ("reuse", None)
        assert step.gaps == ("the cache does not tell its strong key",)
        assert not step.off


class TestStrongKeys:
    def test_what_is_built_from_something_old_gets_a_key_of_its_own(self) -> None:
        cache = only(state(), ["app.bst"])
        made = plan(touched(), cache, ["layer.bst"])
        app, layer = made["app.bst"], made["layer.bst"]
        assert (app.stale, layer.stale, layer.off) == (True, False, True)
        assert layer.strong is not None
        assert layer.strong.digest not in {layer.weak and layer.weak.digest, None}

    def test_after_a_build_nothing_is_left_to_do(self) -> None:
        now = touched()
        for strict in (True, False):
            made = plan(now, only(state(), ["app.bst", "other.bst"]), strict=strict)
            after = made.after()
            assert after.label == "some, after a build"
            assert made.after("x").label == "x"
            assert plan(now, after, strict=strict).builds == ()


class TestFailures:
    def test_the_artifact_of_a_failed_build_fails_again(self) -> None:
        made = plan(state(), only(state(), ["app.bst"], failed))
        assert made["app.bst"].action == "fail"
        assert made["app.bst"].artifact is not None
        assert made["deps.bst"].action == "blocked"
        assert made["deps.bst"].reason == "it needs 'app.bst', which fails"
        assert made["lib.bst"].action == "build"

    def test_it_is_built_if_failed_builds_are_tried_again(self) -> None:
        made = plan(state(), only(state(), ["app.bst"], failed), retry_failed=True)
        assert made.builds == ALL
        assert made["app.bst"].reason.endswith("failed builds are tried again")

    def test_one_by_the_weak_key_alone_is_tried_again(self) -> None:
        made = plan(touched(), only(state(), ["app.bst"], failed))
        assert made["app.bst"].action == "build"
        assert "dependencies may have changed since it failed" in made["app.bst"].reason


class TestRemotes:
    def test_what_is_not_here_is_pulled(self) -> None:
        now = state()
        made = plan(now, EMPTY, ["image.bst"], remotes=[EMPTY, built(now.keys)])
        assert (made["image.bst"].action, made["image.bst"].pulled) == ("reuse", True)

    def test_by_the_weak_key_a_remote_goes_first(self) -> None:
        here = only(state(), ["app.bst"])
        there = only(state(("V: '1'", "V: '3'")), ["app.bst"])
        step = plan(touched(), here, ["app.bst"], remotes=[there])["app.bst"]
        assert step.pulled
        assert plan(touched(), here, ["app.bst"])["app.bst"].pulled is False

    def test_nothing_is_pulled_for_an_open_workspace(self) -> None:
        drawing = """
            === a.bst
            kind: import
            sources: [{kind: local, path: f}]
            === f/x
            === .bst2/workspaces.yml
            format-version: 4
            workspaces:
              a.bst: {path: f}
        """
        now = load_state(project(drawing))
        assert now.graph["a.bst"].workspace is not None
        made = plan(now, EMPTY, remotes=[built(now.keys)])
        assert made["a.bst"].action == "build"


class TestUnknown:
    def test_an_element_without_exact_keys_in_a_real_cache(self) -> None:
        made = plan(state(text=UNKNOWN), REAL, ["deps.bst"])
        assert actions(made) == {"lib.bst": "unknown", "app.bst": "build", "deps.bst": "build"}
        assert not made.exact
        assert made["lib.bst"].gaps[0].startswith("its key is not known exactly: the kind")
        assert made["lib.bst"].gaps[0].endswith(", and 1 more")
        assert made["app.bst"].gaps == ("the key of 'lib.bst' is not known",)

    def test_what_only_a_doubtful_build_needs(self) -> None:
        made = plan(state(text=UNKNOWN), REAL, ["app.bst"], strict=True)
        assert set(actions(made).values()) == {"unknown"}
        assert made["lib.bst"].reason == "it is needed if 'app.bst' is built, which is not known"

    def test_computed_caches_are_asked_all_the_same(self) -> None:
        now = state(text=UNKNOWN)
        assert plan(now, built(now.keys), ["deps.bst"])["deps.bst"].action == "reuse"

    def test_what_is_built_from_something_unknown(self) -> None:
        now = state(text=UNKNOWN)
        weak = (str(now.keys["app.bst"].weak.digest),)
        exact = only(now, ["app.bst"], lambda one: replace(one, strong="", keys=weak))
        made = plan(now, exact, ["deps.bst"])
        assert made["deps.bst"].gaps == ("the key of 'app.bst' is not known",)

    def test_whether_it_is_stale_is_not_known_without_an_exact_strict_key(self) -> None:
        now = state(text=UNKNOWN)
        assert now.keys["app.bst"].strict.gaps
        assert not now.keys["app.bst"].weak.gaps
        cache = only(now, ["app.bst"], provisional=False)
        step = plan(now, cache, ["app.bst"])["app.bst"]
        assert (step.action, step.found) == ("reuse", "weak")
        assert step.gaps == (
            "whether it is stale is not known: its strict key is not known exactly",
        )

    def test_an_external_element(self) -> None:
        drawing = """
            === sdk.bst
            kind: junction
            sources: [{kind: tar, url: 'https://example.org/x.tar', ref: abc}]
            === a.bst
            kind: manual
            build-depends: ['sdk.bst:x.bst']
        """
        made = plan(load_state(project(drawing, targets=["a.bst"])), EMPTY)
        step = made["sdk.bst:x.bst"]
        assert (step.action, step.kind, step.strict, step.off) == ("unknown", "", None, False)
        assert step.gaps
        assert made["a.bst"].action == "build"
        assert made.gaps


class TestRefused:
    def test_a_source_without_a_ref(self) -> None:
        drawing = """
            === lib.bst
            kind: manual
            sources: [{kind: tar, url: 'https://example.org/x.tar'}]
            === app.bst
            kind: manual
            build-depends: [lib.bst]
        """
        made = plan(state(text=drawing), EMPTY)
        (reason,) = made.refused
        assert reason.startswith("lib.bst: ")
        assert built(made.state.keys).cached("test", "app.bst", "0" * 64) is None


class TestBuilt:
    def test_all_or_what_targets_need(self) -> None:
        now = state()
        assert built(now.keys).label == "test"
        some = built(now.keys, ["app.bst"], label="x", success=False)
        assert some.label == "x"
        assert repr(some) == "<MemoryCache 'x': 2 artifacts>"
        digest = now.keys["app.bst"].strict.digest
        assert digest is not None
        artifact = some.cached("test", "app.bst", digest)
        assert artifact is not None
        assert not artifact.success
        scope = some.built_from(artifact)
        assert scope is not None
        assert [one.element for one in scope] == ["lib.bst"]

    def test_a_foreign_artifact_is_not_told(self) -> None:
        now = state()
        digest = now.keys["app.bst"].strict.digest
        assert digest is not None
        artifact = built(now.keys).cached("test", "app.bst", digest)
        assert artifact is not None
        assert built(now.keys).built_from(artifact) is None

    def test_one_of_which_a_dependency_has_no_key(self) -> None:
        drawing = """
            === sdk.bst
            kind: junction
            sources: [{kind: tar, url: 'https://example.org/x.tar', ref: abc}]
            === a.bst
            kind: manual
            build-depends: ['sdk.bst:x.bst']
        """
        now = load_state(project(drawing, targets=["a.bst"]))
        digest = now.keys["a.bst"].weak.digest
        assert digest is not None
        cache = built(now.keys)
        artifact = cache.cached("test", "a.bst", digest)
        assert artifact is None or cache.built_from(artifact) is None


class TestChangedCache:
    def test_what_is_laid_over_goes_first(self) -> None:
        now = state()
        base, more = built(now.keys, label="base"), built(now.keys)
        digest = now.keys["app.bst"].strict.digest
        assert digest is not None
        changed = ChangedCache(base, added=more)
        assert changed.cached("test", "app.bst", digest) is more.cached("test", "app.bst", digest)
        taken = changed.cached("test", "app.bst", digest)
        assert taken is not None
        assert changed.built_from(taken) == more.built_from(taken)
        own = base.cached("test", "app.bst", digest)
        assert own is not None
        assert changed.built_from(own) == base.built_from(own)

    def test_what_is_taken_away(self) -> None:
        now = state()
        digest = now.keys["app.bst"].strict.digest
        assert digest is not None
        changed = ChangedCache(
            built(now.keys), without=[("test", "app.bst", digest)], provisional=False
        )
        assert changed.cached("test", "app.bst", digest) is None
        assert (changed.label, changed.provisional) == ("test", False)
