"""The example project, and any other that is named, loaded by bstgraph and by BuildStream.

`BSTGRAPH_ORACLE_PROJECT_DIRS` holds more project folders, separated as in PATH; each is loaded
with its default targets and default options.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.oracle.compare import compare, load
from tests.oracle.compare_projects import elements
from tests.oracle.oracle import Job, Oracle, required_interpreter

pytestmark = pytest.mark.oracle

_DAKOTA = Path(__file__).parents[2] / "examples" / "dakota"
_RUNBOOK = _DAKOTA.parent / "runbook"
_IMAGES = ("oci/dakota.bst", "oci/dakota-nvidia.bst")
_NAMED = os.environ.get("BSTGRAPH_ORACLE_PROJECT_DIRS", "")
_VALUES = {
    "arch": ("x86_64", "aarch64"),
    "stream": ("stable", "testing"),
    "debug_tools": ("False", "True"),
    "features": ("gaming", "printing", "gaming,printing"),
}


@pytest.fixture(scope="module")
def oracle() -> Iterator[Oracle]:
    with Oracle(required_interpreter()) as running:
        yield running


def differences(oracle: Oracle, jobs: list[Job]) -> list[str]:
    """Return how the two differ about any of the jobs, which BuildStream must load."""
    found = []
    for result in oracle.run(jobs):
        assert result.error is None, result.error.message
        where = f"{dict(result.job.options)} {' '.join(result.job.targets)}"
        found += [f"{where}: {line}" for line in compare(load(result.job), result)]
    return found


def test_dakota_with_every_combination_of_options(oracle: Oracle) -> None:
    combinations = itertools.product(*_VALUES.values())
    jobs = [
        Job(directory=_DAKOTA, targets=_IMAGES, options=dict(zip(_VALUES, values, strict=True)))
        for values in combinations
    ]
    assert not differences(oracle, jobs)


def test_dakota_element_by_element_with_default_options(oracle: Oracle) -> None:
    names = list(elements(_DAKOTA / "project.conf"))
    jobs = [Job(directory=_DAKOTA, targets=(name,)) for name in names]
    assert len(names) > 20
    assert not differences(oracle, jobs)


def test_default_targets(oracle: Oracle) -> None:
    named = [Path(text) for text in _NAMED.split(os.pathsep) if text]
    jobs = [Job(directory=directory, targets=()) for directory in (_DAKOTA, *named)]
    assert not differences(oracle, jobs)


def test_both_reject_the_runbook_as_it_is_written(oracle: Oracle) -> None:
    (result,) = oracle.run([Job(directory=_RUNBOOK, targets=("oci/bluefin.bst",))])
    assert result.error is not None
    assert "Unexpected key: compose" in result.error.message
    assert not compare(load(result.job), result)
