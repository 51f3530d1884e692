"""Projects made at random, loaded by bstgraph and by the real BuildStream.

Every project is one job: what both load must be equal, and what one refuses the other must refuse.
The short run belongs to CI; a longer one, with other projects, is::

    BSTGRAPH_ORACLE_PROJECTS=5000 BSTGRAPH_ORACLE_SEED=7 pytest tests/oracle/test_generated.py

The first number is how many projects, the second where the seeds begin: the project of a seed is
always the same. A mismatch is made small and printed with all its files.
"""

from __future__ import annotations

import itertools
import os
import random
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from tests.oracle import shrink
from tests.oracle.compare import compare, load
from tests.oracle.oracle import Oracle, required_interpreter
from tests.oracle.strategies import Drawn, draw, projects

pytestmark = pytest.mark.oracle

_PROJECTS = int(os.environ.get("BSTGRAPH_ORACLE_PROJECTS", "500"))
_FIRST_SEED = int(os.environ.get("BSTGRAPH_ORACLE_SEED", "0"))
_REPORTED = 3  # families of differences that are made small and printed


class Workbench:
    """Writes generated projects, has both load them and compares."""

    def __init__(self, oracle: Oracle, folder: Path) -> None:
        self.oracle = oracle
        self.loaded_elements = 0
        self._folder = folder
        self._numbers = itertools.count()

    def differences(self, drawn: Drawn) -> list[str]:
        """Return how the two differ about one project."""
        root = self._folder / str(next(self._numbers))
        job = drawn.write(root)
        (result,) = self.oracle.run([job])
        self.loaded_elements += len(result.elements)
        found = compare(load(job), result)
        shutil.rmtree(root)
        return found

    def family(self, drawn: Drawn) -> str:
        """Return the family of the first difference."""
        return shrink.family(self.differences(drawn))

    def report(self, drawn: Drawn) -> str:
        """Return a small project with the same difference, and the difference."""
        small = shrink.shrink(drawn, self.family)
        lines = "\n".join(f"- {line}" for line in self.differences(small)[:10])
        return f"{small.listing()}\n{lines}\n"


@pytest.fixture(scope="module")
def workbench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workbench]:
    with Oracle(required_interpreter()) as oracle:
        yield Workbench(oracle, tmp_path_factory.mktemp("generated"))


def test_projects_of_seeds_load_as_buildstream_loads_them(
    workbench: Workbench, tmp_path: Path
) -> None:
    seeds = range(_FIRST_SEED, _FIRST_SEED + _PROJECTS)
    drawn = {seed: draw(random.Random(seed)) for seed in seeds}  # noqa: S311
    jobs = (drawn[seed].write(tmp_path / str(seed)) for seed in seeds)
    different: dict[str, list[int]] = {}
    elements = 0
    for seed, result in zip(seeds, workbench.oracle.run(jobs), strict=True):
        elements += len(result.elements)
        found = compare(load(result.job), result)
        if found:
            different.setdefault(shrink.family(found), []).append(seed)
    # Hundreds of elements in the short run: the comparison is not empty.
    assert elements > 2 * _PROJECTS
    reports = [
        f"seeds {seeds[:20]} ({len(seeds)} in all): {name}\n{workbench.report(drawn[seeds[0]])}"
        for name, seeds in itertools.islice(different.items(), _REPORTED)
    ]
    assert not different, "\n".join([f"{len(different)} families of differences", *reports])


@settings(
    max_examples=max(20, _PROJECTS // 8),
    derandomize=True,
    database=None,
    deadline=None,
    # The fixture is shared on purpose; big projects are what this is about.
    suppress_health_check=list(HealthCheck),
    phases=(Phase.generate, Phase.shrink),
)
@given(drawn=projects())
def test_projects_of_hypothesis_load_as_buildstream_loads_them(
    workbench: Workbench, drawn: Drawn
) -> None:
    found = workbench.differences(drawn)
    assert not found, "\n".join([drawn.listing(), *found])
