"""What is off after a build, its root edges, and what ships it."""

from __future__ import annotations

import pytest

from bstgraph.artifacts import MemoryCache
from bstgraph.errors import SelectionError
from bstgraph.plans import StaleElement, StaleReport, built, stale
from tests.unit.planning import CHAIN, failed, only, state, touched


def report(
    *changes: tuple[str, str], text: str = CHAIN, targets: tuple[str, ...] = ("image.bst",)
) -> StaleReport:
    """Return what is off after changes, when the drawing was built before."""
    return stale(state(*changes, text=text), built(state(text=text).keys), targets)


def element(found: StaleReport, name: str) -> StaleElement:
    return next(each for each in found.elements.values() if each.name == name)


def edges(found: StaleReport) -> list[tuple[str, str]]:
    return [(str(edge), edge.difference) for edge in found.edges]


LIB = ("V: '1'", "V: '2'")


class TestVerdicts:
    def test_nothing(self) -> None:
        found = report()
        assert not found
        assert repr(found) == "<StaleReport: 0 stale, 0 tainted>"
        assert (found.layers, found.images) == ((), ())
        assert (found.unknown, found.edges) == ((), ())
        assert found.verdict("image.bst") == "reuse"
        assert found.roots_of("image.bst") == ()

    def test_all_of_a_chain_is_stale(self) -> None:
        found = report(LIB)
        assert found.rule == "buildstream"
        assert found.stale == ("app.bst", "deps.bst", "layer.bst", "image.bst")
        assert found.tainted == ()
        assert (found.layers, found.images) == (("layer.bst",), ("image.bst",))
        assert found.keys_only == ("deps.bst",)
        assert found.verdict("layer.bst") == "stale"
        assert found.verdict("lib.bst") == "unneeded"
        assert repr(found) == "<StaleReport: 4 stale, 0 tainted>"
        with pytest.raises(SelectionError):
            found.verdict("no.bst")

    def test_what_is_built_from_something_old_is_tainted(self) -> None:
        text = CHAIN.replace(
            "depends: [app.bst, other.bst]", "depends: [app.bst, other.bst, lib.bst]"
        )
        found = report(LIB, text=text)
        assert found.plan.builds == ("lib.bst", "layer.bst", "image.bst")
        assert found.stale == ("app.bst", "deps.bst")
        assert found.tainted == ("layer.bst", "image.bst")
        assert found.verdict("layer.bst") == "tainted"
        assert found.layers == ("layer.bst",)

    def test_a_strict_edge_is_seen(self) -> None:
        text = CHAIN.replace("build-depends: [lib.bst]",
                             "build-depends: [{filename: lib.bst, strict: true}]")  # fmt: skip
        found = report(LIB, text=text)
        assert not found.layers
        assert found.plan.builds == ("lib.bst", "app.bst", "layer.bst", "image.bst")
        assert found.stale == ("deps.bst",)
        # The layer is built from new files, but its key has the old one of the stack.
        assert found.keys_only == ("deps.bst", "layer.bst", "image.bst")
        assert found.tainted == ("layer.bst", "image.bst")

    def test_a_stack_alone_is_the_key_only(self) -> None:
        text = """
            === a.bst
            kind: manual
            environment: {V: '1'}
            === s.bst
            kind: stack
            depends: [a.bst]
        """
        found = report(LIB, text=text, targets=("s.bst",))
        assert (found.stale, found.keys_only) == (("s.bst",), ("s.bst",))
        assert not found.layers

    def test_a_layer_of_stacks_that_are_off_alone(self) -> None:
        """Only a stack inherits nothing but keys; a layer that stages the change is built."""
        found = report(("=== other.bst", "=== more.bst\n    kind: manual\n    === other.bst"))
        assert not found

    def test_retrying_what_failed(self) -> None:
        cache = only(state(), ["app.bst"], failed)
        assert stale(state(), cache).plan["app.bst"].action == "fail"
        retried = stale(state(), cache, retry_failed=True)
        assert retried.plan["app.bst"].action == retried.strict_plan["app.bst"].action == "build"


class TestEdges:
    def test_a_direct_one(self) -> None:
        (edge,) = report(LIB).edges
        assert (edge.user, edge.dependency, edge.difference) == ("app.bst", "lib.bst", "changed")
        assert edge.direct
        assert not edge.strict
        assert str(edge.at).startswith("elements/app.bst:2:")
        assert str(edge) == "app.bst -> lib.bst"

    def test_roots_are_inherited(self) -> None:
        found = report(LIB)
        assert found.roots_of("image.bst") == found.edges
        assert element(found, "image.bst").edges == ()
        assert element(found, "image.bst").through == ("layer.bst",)

    def test_one_through_runtime_dependencies(self) -> None:
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
        found = report(LIB, text=text, targets=("app.bst",))
        (edge,) = found.edges
        assert edge.path == ("app.bst", "mid.bst", "lib.bst")
        assert not edge.direct

    def test_a_shortest_of_several_ways(self) -> None:
        text = """
            === lib.bst
            kind: manual
            environment: {V: '1'}
            === low.bst
            kind: manual
            runtime-depends: [lib.bst]
            === left.bst
            kind: manual
            runtime-depends: [low.bst]
            === right.bst
            kind: manual
            runtime-depends: [low.bst]
            === app.bst
            kind: manual
            build-depends: [left.bst, right.bst]
        """
        (edge,) = report(LIB, text=text, targets=("app.bst",)).edges
        assert edge.path == ("app.bst", "left.bst", "low.bst", "lib.bst")

    def test_what_is_as_old_as_before_is_no_root(self) -> None:
        """`b` was built from `a`, which is taken as old as it was then: the root is `lib`."""
        text = """
            === lib.bst
            kind: manual
            environment: {V: '1'}
            === a.bst
            kind: manual
            build-depends: [lib.bst]
            === b.bst
            kind: manual
            build-depends: [a.bst]
        """
        assert edges(report(LIB, text=text, targets=("b.bst",))) == [
            ("a.bst -> lib.bst", "changed")
        ]

    def test_added_and_removed_by_the_runbooks_rule(self) -> None:
        listed = ("depends: [app.bst, other.bst]", "depends: [app.bst]")
        fewer, more = (
            stale(
                state(*now, rule="runbook"),
                built(state(*before, rule="runbook").keys),
                ["layer.bst"],
            )
            for before, now in (((), (listed,)), ((listed,), ()))
        )
        assert ("layer.bst -> other.bst", "removed") in edges(fewer)
        assert ("layer.bst -> deps.bst -> other.bst", "added") in edges(more)
        assert fewer.rule == more.rule == "runbook"
        (gone,) = [edge for edge in fewer.edges if edge.user == "layer.bst"]
        assert gone.at is None

    def test_a_removed_element_that_the_project_still_has(self) -> None:
        listed = ("depends: [app.bst, other.bst]", "depends: [app.bst]")
        now = state(listed, rule="runbook")
        found = stale(now, built(state(rule="runbook").keys), ["layer.bst", "other.bst"])
        assert ("layer.bst -> other.bst", "removed") in edges(found)


class TestGaps:
    def test_nobody_knows_what_it_was_built_from(self) -> None:
        cache = only(state(), ["app.bst", "layer.bst", "deps.bst"], recorded=False)
        found = stale(touched(), cache, ["app.bst"])
        each = element(found, "app.bst")
        assert each.gaps == ("what its artifact was built from is not known",)
        assert [edge.dependency for edge in each.edges] == ["lib.bst"]
        assert each.old_bytes

    def test_what_is_built_may_have_changed(self) -> None:
        text = CHAIN.replace(
            "kind: stack\n    depends:", "kind: stack\n    depends: [lib.bst,"
        ).replace("[lib.bst, [app.bst, other.bst]", "[lib.bst, app.bst, other.bst]")
        cache = only(state(text=text), ["app.bst"], recorded=False)
        found = stale(touched(text), cache, ["layer.bst"])
        assert [str(edge) for edge in element(found, "app.bst").edges] == ["app.bst -> lib.bst"]

    def test_an_external_element_in_the_scope(self) -> None:
        text = """
            === sdk.bst
            kind: junction
            sources: [{kind: tar, url: 'https://example.org/x.tar', ref: abc}]
            === lib.bst
            kind: manual
            environment: {V: '1'}
            === app.bst
            kind: manual
            build-depends: [lib.bst, 'sdk.bst:x.bst']
        """
        found = stale(state(LIB, text=text), built(state(text=text).keys), ["app.bst"])
        assert [step.name for step in found.unknown] == ["sdk.bst:x.bst"]
        assert element(found, "app.bst").gaps == ("what its artifact was built from is not known",)

    def test_an_external_element_that_an_artifact_was_built_from(self) -> None:
        text = """
            === sdk.bst
            kind: junction
            sources: [{kind: tar, url: 'https://example.org/x.tar', ref: abc}]
            === lib.bst
            kind: manual
            environment: {V: '1'}
            === app.bst
            kind: manual
            build-depends: [lib.bst, 'sdk.bst:x.bst']
        """
        digest = state(text=text).keys["app.bst"].weak.digest
        assert digest is not None
        artifact = built(state(text=text).keys).cached("test", "app.bst", digest)
        assert artifact is not None
        cache = MemoryCache("some", [artifact], recorded=lambda _: (), provisional=True)
        found = stale(state(LIB, text=text), cache, ["app.bst"])
        assert edges(found) == [("app.bst -> lib.bst", "added")]

    def test_what_is_reused_has_not_changed_unseen(self) -> None:
        names = ["app.bst", "other.bst", "deps.bst", "layer.bst", "image.bst"]
        found = stale(touched(), only(state(), names, recorded=False), ["image.bst"])
        assert edges(found)[0] == ("app.bst -> lib.bst", "changed")
        assert element(found, "image.bst").edges == ()
        assert element(found, "image.bst").gaps

    def test_remotes_tell_too(self) -> None:
        there = only(state(), ["app.bst"])
        found = stale(
            touched(), MemoryCache("here", provisional=True), ["app.bst"], remotes=[there]
        )
        assert edges(found) == [("app.bst -> lib.bst", "changed")]
        assert element(found, "app.bst").step.pulled
