"""Keys of hundreds of small projects at the corners of BuildStream's rules, compared live."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bstgraph.testing import write
from tests.oracle.compare import compare, load
from tests.oracle.draw_key_corners import CORNERS
from tests.oracle.oracle import Job, Oracle, required_interpreter

pytestmark = pytest.mark.oracle


@pytest.fixture(scope="module")
def oracle() -> Iterator[Oracle]:
    with Oracle(required_interpreter()) as running:
        yield running


def jobs(name: str, folder: Path) -> Iterator[Job]:
    """Write the projects of a corner; all elements of each are targets."""
    for number, text in enumerate(CORNERS[name].drawn()):
        root = write(text, folder / str(number))
        elements = root / "elements"
        targets = (str(path.relative_to(elements)) for path in sorted(elements.rglob("*.bst")))
        yield Job(directory=root, targets=tuple(targets))


@pytest.mark.parametrize("name", CORNERS)
def test_corner(name: str, oracle: Oracle, tmp_path: Path) -> None:
    corner = CORNERS[name]
    results = list(oracle.run(jobs(name, tmp_path)))
    found = {
        word: differences
        for word, result in zip(corner.words, results, strict=True)
        if (differences := compare(load(result.job), result))
    }
    assert found == {}
    assert sum(result.error is None for result in results) >= corner.least
