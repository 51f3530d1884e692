"""What `bstgraph.testing.strategies` draws loads in BuildStream as it loads here."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from bstgraph.testing import write
from bstgraph.testing.strategies import DrawnProject, projects
from tests.oracle.compare import compare, load
from tests.oracle.oracle import Job, Oracle, required_interpreter

pytestmark = pytest.mark.oracle


@pytest.fixture(scope="module")
def oracle() -> Iterator[Oracle]:
    with Oracle(required_interpreter()) as made:
        yield made


@settings(
    max_examples=30,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.generate, Phase.shrink),
)
@given(drawn=projects())
def test_projects_load_in_both(
    oracle: Oracle, tmp_path_factory: pytest.TempPathFactory, drawn: DrawnProject
) -> None:
    root: Path = write(drawn.text(), tmp_path_factory.mktemp("drawn"))
    job = Job(directory=root, targets=tuple(one.name for one in drawn.elements))
    (result,) = oracle.run([job])
    assert len(result.elements) == len(drawn.elements), drawn.text()
    assert compare(load(job), result) == []
