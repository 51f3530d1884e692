"""The comparison itself: it sees what differs, and makes failing projects small."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.oracle.compare import Loaded, compare, load
from tests.oracle.oracle import Job, Oracle, OracleElement, OracleResult, required_interpreter
from tests.oracle.shrink import shrink
from tests.oracle.strategies import Drawn
from tests.oracle.yaml_text import Yaml, text

_PROJECT = Drawn(
    files={
        "project.conf": {"name": "test", "min-version": "2.8"},
        "a.bst": {
            "kind": "manual",
            "sources": [{"kind": "remote", "url": "https://example.com/a", "ref": "0" * 64}],
            "environment": {"A": "%{bindir}"},
            "environment-nocache": ["A"],
        },
        "b.bst": {"kind": "stack", "depends": ["a.bst"]},
        "c.bst": {"kind": "script", "build-depends": ["b.bst", "a.bst"]},
    },
    targets=("c.bst",),
)

Change = Callable[[OracleElement], OracleElement]

_CHANGES: dict[str, Change] = {
    "kind": lambda e: replace(e, kind="import"),
    "project name": lambda e: replace(e, project="other"),
    "description": lambda e: replace(e, description="other"),
    "variables": lambda e: replace(e, variables={**e.variables, "bindir": "/other"}),
    "environment.A": lambda e: replace(e, environment={"A": "x"}),
    "environment-nocache": lambda e: replace(e, environment_nocache=("X",)),
    "public": lambda e: replace(e, public={}),
    "config": lambda e: replace(e, config={**e.config, "x": "y"}),
    "sandbox": lambda e: replace(e, sandbox={"build-uid": "1"}),
    "sources": lambda e: replace(e, sources=()),
    "direct dependencies": lambda e: replace(e, dependencies=e.dependencies[::-1]),
    "dependencies[0].strict": lambda e: replace(
        e, dependencies=(replace(e.dependencies[0], strict=True), *e.dependencies[1:])
    ),
    "build scope": lambda e: replace(e, build_scope=e.build_scope[::-1]),
    "run scope": lambda e: replace(e, run_scope=()),
    "all scope": lambda e: replace(e, all_scope=e.all_scope[::-1]),
}
# The element of the project above in which there is something to change.
_ELEMENT = {"environment.A": 0, "environment-nocache": 0, "sources": 0}


@pytest.fixture(scope="module")
def oracle() -> Iterator[Oracle]:
    with Oracle(required_interpreter()) as running:
        yield running


@pytest.fixture
def both(oracle: Oracle, tmp_path: Path) -> tuple[Loaded, OracleResult]:
    (result,) = oracle.run([_PROJECT.write(tmp_path)])
    return load(result.job), result


@pytest.mark.oracle
class TestCompare:
    def test_what_is_equal_has_no_difference(self, both: tuple[Loaded, OracleResult]) -> None:
        assert compare(*both) == []

    @pytest.mark.parametrize("part", _CHANGES)
    def test_every_part_is_compared(self, both: tuple[Loaded, OracleResult], part: str) -> None:
        loaded, result = both
        index = _ELEMENT.get(part, 2)
        changed = list(result.elements)
        changed[index] = _CHANGES[part](changed[index])
        (difference, *_) = compare(loaded, replace(result, elements=tuple(changed)))
        assert difference.startswith(f"{changed[index].name}: {part}")

    def test_names_and_order_are_compared(self, both: tuple[Loaded, OracleResult]) -> None:
        loaded, result = both
        turned = replace(result, elements=result.elements[::-1])
        fewer = replace(result, elements=result.elements[1:])
        assert compare(loaded, turned)[0].startswith("stage order:")
        assert compare(loaded, fewer)[0].startswith("elements:")

    def test_a_refusal_of_one_side_is_a_difference(self, oracle: Oracle, tmp_path: Path) -> None:
        broken = Drawn(files={**_PROJECT.files, "b.bst": {"kind": "moon"}}, targets=("c.bst",))
        good, bad = oracle.run([_PROJECT.write(tmp_path / "1"), broken.write(tmp_path / "2")])
        assert bad.error is not None
        assert bad.error.kind == "rejected"
        assert compare(load(bad.job), bad) == []
        assert compare(load(good.job), bad)[0].startswith("only bstgraph loads it")
        assert compare(load(bad.job), good)[0].startswith("only bst loads it")


@pytest.mark.oracle
def test_a_crash_is_told_apart_and_does_not_end_the_process(oracle: Oracle, tmp_path: Path) -> None:
    crashing: Yaml = {"kind": "manual", "(?)": [{"1 < 'x'": {}}]}
    drawn = Drawn(files={**_PROJECT.files, "c.bst": crashing}, targets=("c.bst",))
    jobs = [drawn.write(tmp_path / "1"), _PROJECT.write(tmp_path / "2")]
    crashed, loaded = oracle.run(jobs)
    assert crashed.error is not None
    assert (crashed.error.kind, crashed.error.type) == ("crashed", "TypeError")
    assert [element.name for element in loaded.elements] == ["a.bst", "b.bst", "c.bst"]


@pytest.mark.oracle
def test_jobs_do_not_see_each_other(oracle: Oracle, tmp_path: Path) -> None:
    option = {"type": "bool", "description": "x", "default": "False", "variable": "flag"}
    conf: Yaml = {"name": "test", "min-version": "2.8", "options": {"flag": option}}
    first = Drawn(files={**_PROJECT.files, "project.conf": conf}, targets=("a.bst",)).write(
        tmp_path
    )
    jobs = [
        Job(directory=tmp_path, targets=first.targets, options=options, max_jobs=jobs)
        for options, jobs in (({}, 2), ({"flag": "True"}, 3), ({}, 2))
    ]
    found = [result.elements[0].variables for result in oracle.run(jobs)]
    assert [one["flag"] for one in found] == ["0", "1", "0"]
    assert [one["max-jobs"] for one in found] == ["2", "3", "2"]


def test_shrinking_leaves_what_the_difference_needs() -> None:
    def family(drawn: Drawn) -> str:
        return "found" if "- a.bst" in text(drawn.files.get("c.bst", "")) else ""

    small = shrink(
        Drawn(files=_PROJECT.files, targets=("b.bst", "c.bst"), options={"x": "y"}),
        family,
    )
    assert small.files == {"c.bst": {"build-depends": ["a.bst"]}}
    assert len(small.targets) == 1
    assert not small.options
