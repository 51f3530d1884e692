"""Content digests of local sources, compared with the keys that BuildStream computes for them.

The elements of one project have one local source each, so one job answers for hundreds of trees.
"""

from __future__ import annotations

import json
import os
import random
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from bstgraph.kinds import KeyGapError
from bstgraph.stores.content import Contents
from tests.oracle.oracle import Job, Oracle, OracleResult, required_interpreter
from tests.unit.trees import VECTORS, Entry, File, Link, deep, plant, random_tree

pytestmark = pytest.mark.oracle

_TREES = int(os.environ.get("BSTGRAPH_ORACLE_PROJECTS", "500"))
_FIRST_SEED = int(os.environ.get("BSTGRAPH_ORACLE_SEED", "0"))


@pytest.fixture(scope="module")
def oracle() -> Iterator[Oracle]:
    with Oracle(required_interpreter()) as running:
        yield running


def job(root: Path, paths: Mapping[str, str]) -> Job:
    """Write a project with an element per path: its name -> the path of its source."""
    elements = {
        f"elements/{name}.bst": File(
            json.dumps({"kind": "import", "sources": [{"kind": "local", "path": path}]})
        )
        for name, path in paths.items()
    }
    conf = File("name: test\nmin-version: 2.4\nelement-path: elements\n")
    plant(root, {"project.conf": conf, **elements})
    return Job(directory=root, targets=tuple(f"{name}.bst" for name in paths))


def keys(result: OracleResult) -> dict[str, object]:
    """Return the key of the source of every element, by the element's name."""
    assert result.error is None, result.error
    return {
        element.name.removesuffix(".bst"): element.sources[0].key for element in result.elements
    }


def test_vectors_are_what_buildstream_says(oracle: Oracle, tmp_path: Path) -> None:
    jobs = []
    for number, vector in enumerate(VECTORS.values()):
        plant(tmp_path / str(number), vector.entries)
        jobs.append(job(tmp_path / str(number), {"a": vector.path}))
    found = [keys(result)["a"] for result in oracle.run(jobs)]
    assert dict(zip(VECTORS, found, strict=True)) == {
        name: vector.digest for name, vector in VECTORS.items()
    }


def test_random_trees(oracle: Oracle, tmp_path: Path) -> None:
    seeds = range(_FIRST_SEED, _FIRST_SEED + _TREES)
    for seed in seeds:
        tree = random_tree(random.Random(seed))  # noqa: S311
        plant(tmp_path, {f"{seed}/{path}": entry for path, entry in tree.items()})
        (tmp_path / str(seed)).mkdir(exist_ok=True)
    (result,) = oracle.run([job(tmp_path, {f"t{seed}": str(seed) for seed in seeds})])
    files = Contents().project(tmp_path)
    ours = {f"t{seed}": files.tree_digest(str(seed)) for seed in seeds}
    assert ours == keys(result)
    # The trees are not all alike.
    assert len(set(ours.values())) > _TREES * 0.8


def test_single_files_of_any_mode(oracle: Oracle, tmp_path: Path) -> None:
    modes = [0o644, 0o755, 0o654, 0o645, 0o744, 0o611, 0o4711, 0o2644, 0o6755]
    plant(tmp_path, {f"f/{mode:o}": File("x", mode) for mode in modes})
    (result,) = oracle.run([job(tmp_path, {f"m{mode:o}": f"f/{mode:o}" for mode in modes})])
    files = Contents().project(tmp_path)
    assert {f"m{mode:o}": files.tree_digest(f"f/{mode:o}") for mode in modes} == keys(result)


@pytest.mark.parametrize("path", [".", "./", "", "files/.."])
def test_the_whole_project(oracle: Oracle, tmp_path: Path, path: str) -> None:
    hidden = (".git/HEAD", ".gitignore", ".bst/x", ".bst2/y", ".bstignore", "files/a")
    plant(tmp_path, {name: File("*\n") for name in hidden})
    made = job(tmp_path, {"a": path})
    ours = Contents().project(tmp_path).tree_digest(path)
    (result,) = oracle.run([made])
    assert {"a": ours} == keys(result)


def test_deep_trees_and_long_paths(oracle: Oracle, tmp_path: Path) -> None:
    # 16 levels and their slashes are 4016 bytes; paths are left out beyond 4095.
    leaves = [
        {"f" * length: leaf} for leaf in (File("x"), Link("x")) for length in (78, 79, 80, 200)
    ]
    made = [
        deep(tmp_path / f"t{i}", 16, name="n" * 250, leaves=leaf) for i, leaf in enumerate(leaves)
    ]
    made.append(deep(tmp_path / "levels", 400, leaves={"a": File("x")}))
    made.append(deep(tmp_path / "beyond", 20, name="n" * 250, leaves={"a": File("x")}))
    (result,) = oracle.run([job(tmp_path, {path.name: path.name for path in made})])
    files = Contents().project(tmp_path)
    ours = {path.name: files.tree_digest(path.name) for path in made}
    assert ours == keys(result)
    assert len(set(ours.values())) == 6


@pytest.mark.parametrize(
    "entries",
    [
        {"t/\udcff": File()},
        {"t/\udcff/a": File()},
        {"t/\udced\udca0\udc80": File()},
        {"t/l": Link("\udcff")},
    ],
)
def test_where_buildstream_fails_there_is_a_gap(
    oracle: Oracle, tmp_path: Path, entries: dict[str, Entry]
) -> None:
    plant(tmp_path, entries)
    (result,) = oracle.run([job(tmp_path, {"a": "t"})])
    assert result.error is not None
    assert (result.error.kind, result.error.type) == ("crashed", "DecodeError")
    with pytest.raises(KeyGapError):
        Contents().project(tmp_path).tree_digest("t")


@pytest.mark.parametrize("path", ["a/", "a/.", "l/", "l/.", "l", "out/f", "../x/f", "no"])
def test_paths_that_buildstream_refuses_are_gaps(oracle: Oracle, tmp_path: Path, path: str) -> None:
    plant(tmp_path / "x", {"f": File()})
    plant(tmp_path / "p", {"a": File(), "d/a": File(), "l": Link("d"), "out": Link("../x")})
    (result,) = oracle.run([job(tmp_path / "p", {"a": path})])
    assert result.error is not None
    assert result.error.kind == "rejected"
    with pytest.raises(KeyGapError):
        Contents().project(tmp_path / "p").tree_digest(path)
