"""Laws of cache keys and comparisons, over the random projects that BuildStream is asked about."""

from __future__ import annotations

import hashlib
import random
import tempfile
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import bstgraph
from bstgraph import compare, load_state
from bstgraph.diff import Changed
from bstgraph.keys import _scopes
from bstgraph.keys._scopes import BuildScopes, PrefixHashes
from bstgraph.names import ElementName
from bstgraph.scopes import Scope, Traversal
from bstgraph.settings import Settings
from bstgraph.state import State
from tests.oracle.strategies import Drawn, draw
from tests.oracle.yaml_text import Yaml, text
from tests.property.test_graph_laws import Table, tables

SLOW = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow],
)


@st.composite
def drawn_projects(drawing: st.DrawFn) -> Drawn:
    """Return a project that BuildStream would be asked about, without a planted mistake."""
    drawn = draw(random.Random(drawing(st.integers(0, 10**6))))  # noqa: S311
    assume(not drawn.mistake)
    return drawn


def state(drawn: Drawn, root: Path) -> State:
    """Write and load a project; a project that does not load is not looked at."""
    job = drawn.write(root)
    try:
        project = bstgraph.load_project(
            root, job.targets, options=job.options, max_jobs=2, settings=Settings()
        )
    except bstgraph.BstGraphError:
        assume(condition=False)
        raise
    return load_state(project)


def digests(found: State) -> dict[str, tuple[str | None, str | None]]:
    return {name: (each.weak.digest, each.strict.digest) for name, each in found.keys.items()}


def turned(data: Yaml) -> Yaml:
    """Return data with the keys of all mappings in the other order."""
    if isinstance(data, str):
        return data
    if isinstance(data, Mapping):
        return {key: turned(value) for key, value in reversed(list(data.items()))}
    return [turned(item) for item in data]


class TestKeys:
    @given(drawn=drawn_projects())
    @SLOW
    def test_neither_order_nor_place_of_files_matters(self, drawn: Drawn) -> None:
        """JSON is sorted before it is hashed, and no path of the machine is hashed."""
        files = dict(reversed(list(drawn.files.items())))
        other = Drawn(
            files={
                name: data if isinstance(data, str) else turned(data)
                for name, data in files.items()
            },
            targets=drawn.targets,
            options=drawn.options,
        )
        with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as two:
            first = digests(state(drawn, Path(one)))
            assert first == digests(state(other, Path(two, "deeper", "down")))

    @given(drawn=drawn_projects())
    @SLOW
    def test_a_key_is_the_hash_of_its_inputs(self, drawn: Drawn) -> None:
        with tempfile.TemporaryDirectory() as root:
            keys = state(drawn, Path(root)).keys
            for name, each in keys.items():
                if each.strict.digest is not None:
                    assert keys.inputs(name, "strict").digest == each.strict.digest
                if each.weak.digest is not None:
                    assert keys.inputs(name, "weak").digest == each.weak.digest

    @given(drawn=drawn_projects(), pick=st.integers(0, 10**6))
    @SLOW
    def test_weak_keys_ignore_content_and_heed_names(self, drawn: Drawn, pick: int) -> None:
        """A weak key encodes names of dependencies, and weak keys of those that are strict.

        The strict key encodes the strict keys of all of them.
        """
        with tempfile.TemporaryDirectory() as root:
            before = state(drawn, Path(root))
            name = sorted(before.keys)[pick % len(before.keys)]
            element = before.graph[name]
            public = {**element.public, "changed": "yes"}
            after = before.edited(element.model_copy(update={"public": public}))
            assume(before.keys[name].strict.digest is not None)
            for other in before.keys:
                old, new = before.keys[other], after.keys[other]
                if other == name:
                    assert old.weak.digest != new.weak.digest
                elif name not in before.graph.dependencies_of(other):
                    assert old == new
                else:
                    _check_heir(before, after, other, name)

    @given(drawn=drawn_projects(), pick=st.integers(0, 10**6))
    @SLOW
    def test_comparisons(self, drawn: Drawn, pick: int) -> None:
        with tempfile.TemporaryDirectory() as root:
            before = state(drawn, Path(root))
            assert list(compare(before, before)) == []
            name = sorted(before.keys)[pick % len(before.keys)]
            element = before.graph[name]
            less = {"dependencies": element.dependencies[1:], "sources": element.sources[:1]}
            if element.kind == "filter":
                less.pop("dependencies")
            after = before.edited(element.model_copy(update={"public": {}, **less}))
            found = {c.element: c for c in compare(before, after) if isinstance(c, Changed)}
            for other in before.keys:
                old, new = before.keys[other], after.keys[other]
                if (old.weak.digest, old.strict.digest) != (new.weak.digest, new.strict.digest):
                    assert found[other].causes or found[other].inherited


def _check_heir(before: State, after: State, other: ElementName, name: ElementName) -> None:
    """Check the keys of `other`, which needs `name` in some way, after `name` was changed."""
    old, new = before.keys[other], after.keys[other]
    keyed = {e.name: e.key for e in before.keys.inputs(other, "weak").dependencies}
    if all(key is None for key in keyed.values()):
        assert old.weak.digest == new.weak.digest
    if name in keyed and old.strict.digest is not None:
        assert old.strict.digest != new.strict.digest
        if keyed[name] is not None:
            assert old.weak.digest != new.weak.digest


class TestScopes:
    """The build scope, with the plain traversal as oracle."""

    @pytest.mark.parametrize("cost", [0, 20, 10**6])
    @given(table=tables())
    def test_listed(self, table: Table, cost: int) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(_scopes, "_WALK_COST", cost)
            traversal = Traversal(table)
            everything = {e.name for entries in table.values() for e in entries} | set(table)
            order = traversal.staging_order(sorted(everything), Scope.ALL)
            scopes = BuildScopes(order, traversal)
            for number, name in enumerate(order):
                scope = scopes.build(number)
                listed = [order[n] for n in scopes.listed(scope)]
                assert listed == list(traversal.staging_order([name], Scope.BUILD))
                assert {order[n] for n in _scopes.ones(scope.members)} == set(listed)

    @given(table=tables())
    def test_hashes_that_share_their_beginning(self, table: Table) -> None:
        traversal = Traversal(table)
        everything = {e.name for entries in table.values() for e in entries} | set(table)
        order = traversal.staging_order(sorted(everything), Scope.ALL)
        scopes = BuildScopes(order, traversal)
        hashes = PrefixHashes(scopes, b"head", [name.encode() for name in order])
        for number, name in enumerate(order):
            plain = ",".join(traversal.staging_order([name], Scope.BUILD))
            found = hashes.begun(scopes.build(number)).hexdigest()
            assert found == hashlib.sha256(f"head{plain}".encode()).hexdigest()


def test_the_drawn_files_differ_when_they_are_turned() -> None:
    drawn = draw(random.Random(3))  # noqa: S311
    conf = drawn.files["project.conf"]
    assert text(conf) != text(turned(conf))
