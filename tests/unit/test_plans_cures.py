"""Cures of old bytes, each planned again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bstgraph import plans
from bstgraph.artifacts import MemoryCache
from bstgraph.plans import Cure, StaleReport, _cures, built, cures, stale
from tests.unit.planning import CHAIN, only, state, touched

if TYPE_CHECKING:
    import pytest


def report(text: str = CHAIN, targets: tuple[str, ...] = ("image.bst",)) -> StaleReport:
    return stale(touched(text), built(state(text=text).keys), targets)


def of(found: tuple[Cure, ...], remedy: str) -> list[Cure]:
    return [cure for cure in found if cure.remedy == remedy]


DIRECT = CHAIN.replace("depends: [app.bst, other.bst]", "depends: [app.bst, other.bst, lib.bst]")
"""The library is in the layer too, so that it is built anew."""


class TestCures:
    def test_nothing_to_cure(self) -> None:
        assert cures(stale(state(), built(state().keys))) == ()

    def test_a_key_alone_is_nothing_to_cure(self) -> None:
        text = """
            === lib.bst
            kind: manual
            environment: {V: '1'}
            === s.bst
            kind: stack
            depends: [lib.bst]
        """
        assert cures(report(text, ("s.bst",))) == ()

    def test_the_best_first(self) -> None:
        found = cures(report())
        assert [(cure.remedy, len(cure.built), len(cure.remaining)) for cure in found] == [
            ("delete", 4, 0), ("strict-edge", 4, 0), ("strict-build", 5, 0), ("delete", 0, 2),
        ]  # fmt: skip
        assert [cure.complete for cure in found] == [True, True, True, False]

    def test_a_strict_build(self) -> None:
        (cure,) = of(cures(report()), "strict-build")
        assert cure.command == "bst --strict build image.bst"
        assert cure.built == ("lib.bst", "app.bst", "deps.bst", "layer.bst", "image.bst")
        assert cure.later is None

    def test_deleting_what_hides_behind_others_is_no_cure(self) -> None:
        *_, cure = cures(report())
        assert cure.command == "bst artifact delete app.bst"
        assert cure.remaining == ("layer.bst", "image.bst")

    def test_deleting_one_artifact_may_be_enough(self) -> None:
        first, *_ = cures(report(DIRECT))
        assert first.command == "bst artifact delete app.bst"
        assert first.complete

    def test_deleting_all(self) -> None:
        (cure, _) = of(cures(report()), "delete")
        assert cure.command == "bst artifact delete app.bst layer.bst image.bst"

    def test_a_remote_may_bring_it_back(self) -> None:
        nothing = MemoryCache("remote", provisional=True)
        for cure in of(cures(report(), remotes=[nothing]), "delete"):
            assert cure.gaps == ("a remote cache has artifacts too, which would be pulled again",)

    def test_deleting_is_tried_for_few(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(_cures, "MOST_TRIED", 0)
        assert len(of(cures(report()), "delete")) == 1


class TestStrictEdges:
    def test_an_entry_that_is_there(self) -> None:
        (cure,) = of(cures(report()), "strict-edge")
        assert cure.edges == (("app.bst", "lib.bst"),)
        assert cure.elements == ("app.bst",)
        assert (cure.before, cure.later) == (0, 4)
        assert cure.command == ""
        assert cure.gaps == ()

    def test_what_it_costs_where_the_change_is_seen_so_far(self) -> None:
        (cure,) = of(cures(report(DIRECT)), "strict-edge")
        assert (cure.before, cure.later) == (3, 4)

    def test_an_entry_that_has_to_be_added(self) -> None:
        text = """
            === lib.bst
            kind: manual
            environment: {V: '1'}
            === mid.bst
            kind: manual
            runtime-depends: [lib.bst]
            === app.bst
            kind: manual
            build-depends: [mid.bst]
        """
        (cure,) = of(cures(report(text, ("app.bst",))), "strict-edge")
        assert cure.edges == (("app.bst", "lib.bst"),)
        assert cure.complete
        assert cure.gaps == ()

    def test_in_a_real_cache_it_is_planned_too(self) -> None:
        text = """
            === lib.bst
            kind: manual
            environment: {V: '1'}
            === mid.bst
            kind: manual
            runtime-depends: [lib.bst]
            === app.bst
            kind: manual
            build-depends: [mid.bst]
        """
        cache = only(state(text=text), ["lib.bst", "mid.bst", "app.bst"], provisional=False)
        found = cures(stale(touched(text), cache, ["app.bst"]))
        (cure,) = of(found, "strict-edge")
        assert cure.built == ("lib.bst", "app.bst")
        assert (cure.complete, cure.unjudged) == (True, 0)

    def test_a_filter_takes_no_more_dependencies(self) -> None:
        text = """
            === lib.bst
            kind: manual
            environment: {V: '1'}
            === mid.bst
            kind: manual
            runtime-depends: [lib.bst]
            === part.bst
            kind: filter
            build-depends: [mid.bst]
        """
        cache = built(state(text=text, rule="runbook").keys)
        found = cures(stale(touched(text, rule="runbook"), cache, ["part.bst"]))
        assert of(found, "strict-build")
        assert of(found, "strict-edge") == []

    def test_too_many(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(_cures, "MOST_EDGES", 0)
        assert of(cures(report()), "strict-edge") == []

    def test_what_was_added_needs_no_mark(self) -> None:
        listed = ("depends: [app.bst, other.bst]", "depends: [app.bst]")
        cache = built(state(listed, rule="runbook").keys)
        found = cures(plans.stale(state(rule="runbook"), cache, ["layer.bst"]))
        assert of(found, "strict-edge") == []
