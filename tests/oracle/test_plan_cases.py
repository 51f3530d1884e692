"""Single cases of plans, each beside what the real BuildStream does.

Failures that are kept, artifacts of which something is missing, refs that are gone, targets,
sources without a ref, open workspaces, and what `bst artifact delete` deletes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pytest

import bstgraph
from bstgraph import files
from bstgraph.artifacts import ChangedCache, ref_name
from bstgraph.plans import Plan, plan
from bstgraph.state import State
from bstgraph.stores._messages import ArtifactMessage, artifact_message
from bstgraph.stores.cache import LocalCache
from bstgraph.testing import write
from tests.oracle.builds import Builder, plant_busybox
from tests.oracle.real_builds import Real, build, copied, differences, refs

pytestmark = pytest.mark.oracle

PROJECT: Final = """
=== project.conf
name: cases
min-version: 2.4
=== base.bst
kind: import
sources: [{kind: local, path: base}]
=== lib.bst
kind: import
sources: [{kind: local, path: lib}]
=== lib/lib
good
=== picky.bst
kind: manual
build-depends: [base.bst, lib.bst]
config:
  install-commands:
  - if busybox grep bad /lib; then exit 1; fi
  - mkdir -p "%{install-root}/a/b"
  - echo picky "$(cat /lib)" > "%{install-root}/a/b/picky"
public: {picky: {public: data}}
=== user.bst
kind: manual
build-depends: [base.bst, picky.bst]
config: {install-commands: ['ls -R /a > "%{install-root}/user"']}
=== above.bst
kind: stack
depends: [user.bst]
=== other.bst
kind: manual
build-depends: [base.bst, lib.bst]
config: {install-commands: ['cp /lib "%{install-root}/other"']}
=== beside.bst
kind: import
sources: [{kind: local, path: beside}]
=== beside/beside
beside
=== runs.bst
kind: import
runtime-depends: [picky.bst]
sources: [{kind: local, path: beside}]
=== all.bst
kind: stack
depends: [above.bst, other.bst]
"""


class Bench:
    """A project, a cache, and builds of one with copies of the other."""

    def __init__(self, root: Path, more: str = "", start: Path | None = None) -> None:
        """Begin with a copy of a cache, or else with one that holds nothing yet."""
        self.directory = write(PROJECT + more, root / "project")
        plant_busybox(self.directory / "base")
        if start is not None:
            self.builder = copied(start, root / "first")
        else:
            self.builder = Builder(root / "first")
            (self.cachedir / "artifacts" / "refs").mkdir(parents=True)
        self._root = root
        self._copies = 0

    @property
    def cachedir(self) -> Path:
        return self.builder.cachedir

    @property
    def state(self) -> State:
        return bstgraph.load_state(self.directory)

    def spoil(self, text: str) -> None:
        (self.directory / "lib" / "lib").write_text(text)

    def both(
        self, *targets: str, strict: bool = False, retry_failed: bool = False, keep: bool = False
    ) -> tuple[Plan, Real]:
        """Plan a build and carry it out with a copy of the cache: it has to be as planned.

        With `keep`, the copy is the cache of what follows.
        """
        state = self.state
        planned = plan(
            state, LocalCache(self.cachedir), targets, strict=strict, retry_failed=retry_failed
        )
        self._copies += 1
        builder = copied(self.cachedir, self._root / str(self._copies))
        options = ["--retry-failed"] if retry_failed else []
        real = build(
            builder, self.directory, state, targets=targets, strict=strict, options=options
        )
        assert "\n".join(differences(planned, real)) == ""
        if keep:
            self.builder = builder
        return planned, real

    def ref(self, element: str, key: str) -> Path:
        return self.cachedir / "artifacts" / "refs" / "cases" / ref_name(element) / key

    def message(self, element: str) -> ArtifactMessage:
        key = self.state.keys[element].strict.digest
        assert key is not None
        return artifact_message(self.ref(element, key).read_bytes())

    def drop_blob(self, name: str) -> None:
        (self.cachedir / "cas" / "objects" / name[:2] / name[2:]).unlink()

    def artifact(self, mode: str, *arguments: str) -> None:
        ended = self.builder.run(self.directory, [mode, "artifact", *arguments])
        assert ended.returncode == 0, ended.stderr.decode()


def actions(planned: Plan, *names: str) -> list[str]:
    return [planned[name].action for name in names]


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """Return one with nothing built."""
    return Bench(tmp_path)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a cache with all of the project, built strictly."""
    bench = Bench(tmp_path_factory.mktemp("whole"))
    bench.both("all.bst", "runs.bst", strict=True, keep=True)
    return bench.cachedir


@pytest.fixture
def full(tmp_path: Path, whole: Path) -> Bench:
    """Return one with everything built."""
    return Bench(tmp_path, start=whole)


def test_a_kept_failure_fails_again_and_blocks_what_needs_it(bench: Bench) -> None:
    bench.spoil("bad")
    _, first = bench.both("picky.bst", keep=True)
    assert first.failed == {"picky.bst"}
    for strict in (False, True):
        planned, real = bench.both("all.bst", strict=strict)
        assert planned.builds == ("other.bst",)
        assert actions(planned, "picky.bst", "user.bst", "above.bst", "all.bst") == [
            "fail",
            "blocked",
            # A stack that is only to run with what cannot be built is not built either.
            "blocked",
            "blocked",
        ]
        # It is begun, and fails at once.
        assert real.attempted == {"picky.bst", "other.bst"}
        assert real.code != 0


def test_a_failure_is_tried_again_once_its_dependencies_are_others(bench: Bench) -> None:
    bench.spoil("bad")
    bench.both("picky.bst", keep=True)
    bench.spoil("good again")
    state, cache = bench.state, LocalCache(bench.cachedir)
    kept = cache.cached("cases", "picky.bst", state.keys["picky.bst"].weak.digest or "")
    assert kept is not None
    assert not kept.success
    for strict in (False, True):
        planned, real = bench.both("user.bst", strict=strict)
        assert set(planned.builds) == {"lib.bst", "picky.bst", "user.bst"}
        assert real.failed == frozenset()


def test_a_failure_is_tried_again_on_demand(bench: Bench) -> None:
    bench.spoil("bad")
    bench.both("all.bst", keep=True)
    for strict in (False, True):
        planned, real = bench.both("all.bst", strict=strict, retry_failed=True)
        assert planned.builds == ("picky.bst", "user.bst", "above.bst", "all.bst")
        assert real.attempted == {"picky.bst"}
        assert real.failed == {"picky.bst"}


def test_a_success_under_the_weak_key_is_no_answer_to_a_failure_under_the_strict_one(
    full: Bench,
) -> None:
    full.spoil("bad")
    full.both("picky.bst", strict=True, keep=True)
    full.spoil("good again")
    full.both("picky.bst", strict=True, keep=True)
    full.spoil("bad")
    planned, _ = full.both("picky.bst")
    assert planned["picky.bst"].action == "fail"
    planned, _ = full.both("picky.bst", retry_failed=True)
    assert planned.builds == ("picky.bst",)


def test_artifacts_that_are_not_all_there_are_built_again(full: Bench, whole: Path) -> None:
    picky = full.message("picky.bst")
    tree = LocalCache(whole).tree(LocalCache(whole).artifacts("cases", "picky.bst")[0])
    (file,) = (node for _, node in files.walk(tree) if isinstance(node, files.File))
    gone = {
        "a file": file.hash,
        "the root": picky.files.hash,
        "public data": picky.public_data.hash,
        "a log": picky.logs[0].digest.hash,
        "metadata": picky.high_diversity_meta.hash,
    }
    for what, name in gone.items():
        full.builder = copied(whole, full.directory.parent / what)
        full.drop_blob(name)
        key = full.state.keys["picky.bst"].strict.digest or ""
        assert LocalCache(full.cachedir).incomplete("cases", "picky.bst", key), what
        planned, _ = full.both("picky.bst", strict=what == "a log")
        assert planned.builds == ("picky.bst",), what
        # Nobody looks at it where what is above is there.
        assert plan(full.state, LocalCache(full.cachedir), ["user.bst"]).builds == ()


def test_what_a_local_source_holds_is_put_back_before_bst_looks_into_its_cache(full: Bench) -> None:
    """The one known case in which a plan builds more than BuildStream: it sees the gap before."""
    whole = full.cachedir
    lib = hashlib.sha256((full.directory / "lib" / "lib").read_bytes()).hexdigest()
    full.drop_blob(lib)
    state = full.state
    assert plan(state, LocalCache(whole), ["lib.bst"]).builds == ("lib.bst",)
    real = build(full.builder, full.directory, state, targets=["lib.bst"])
    assert real.attempted == frozenset()
    assert plan(state, LocalCache(whole), ["lib.bst"]).builds == ()


def test_one_of_the_two_refs_is_enough_where_it_is_looked_for(full: Bench, whole: Path) -> None:
    keys = full.state.keys["picky.bst"]
    for gone in (keys.weak, keys.strict):
        full.builder = copied(whole, full.directory.parent / f"without {gone.digest}")
        full.ref("picky.bst", gone.digest or "").unlink()
        for strict in (False, True):
            planned, _ = full.both("picky.bst", strict=strict)
            built = strict and gone is keys.strict
            assert planned.builds == (("picky.bst",) if built else ())
    # With another library, the artifact could be found under its weak key alone.
    full.builder = copied(whole, full.directory.parent / "without")
    full.ref("picky.bst", keys.weak.digest or "").unlink()
    full.spoil("better")
    planned, _ = full.both("picky.bst")
    assert planned.builds == ("lib.bst", "picky.bst")


def test_what_a_target_needs_to_run_is_built(full: Bench) -> None:
    keys = full.state.keys["picky.bst"]
    for key in (keys.weak, keys.strict):
        full.ref("picky.bst", key.digest or "").unlink()
    planned, _ = full.both("runs.bst")
    assert planned.builds == ("picky.bst",)
    assert planned["picky.bst"].needed_by == "runs.bst"
    assert actions(planned, "runs.bst", "lib.bst") == ["reuse", "reuse"]


def test_several_targets_and_one_twice(bench: Bench) -> None:
    planned, _ = bench.both("other.bst", "beside.bst", "other.bst")
    assert planned.targets == ("other.bst", "beside.bst")
    assert set(planned.builds) == {"base.bst", "lib.bst", "other.bst", "beside.bst"}


NO_REF: Final = """
=== far.bst
kind: import
sources: [{kind: tar, url: "file:///nowhere.tar"}]
=== near.bst
kind: stack
depends: [far.bst, beside.bst]
=== top.bst
kind: stack
depends: [near.bst]
"""


def test_a_source_without_a_ref_anywhere_refuses_the_whole_build(tmp_path: Path) -> None:
    bench = Bench(tmp_path, NO_REF)
    planned = plan(bench.state, LocalCache(bench.cachedir), ["top.bst"])
    assert len(planned.refused) == 1
    assert planned.refused[0].startswith("far.bst: ")
    ended = bench.builder.run(bench.directory, ["--no-strict", "build", "top.bst"])
    assert ended.returncode != 0
    assert b"Inconsistent pipeline" in ended.stderr
    assert b"Element: far.bst is inconsistent" in ended.stderr
    assert b"near.bst is inconsistent" not in ended.stderr
    assert refs(bench.cachedir) == {}
    # It is of no consequence where it is not needed.
    assert plan(bench.state, LocalCache(bench.cachedir), ["beside.bst"]).refused == ()
    bench.both("beside.bst")


def test_an_open_workspace_is_another_element(full: Bench) -> None:
    workspace = full.directory / "workspace"
    opening = ["workspace", "open", "--directory", str(workspace), "lib.bst"]
    ended = full.builder.run(full.directory, opening)
    assert ended.returncode == 0, ended.stderr.decode()
    planned, _ = full.both("all.bst", "lib.bst")
    assert planned.builds == ("lib.bst",)
    assert set(planned.stale) == {"user.bst", "above.bst", "other.bst", "all.bst"}
    full.both("all.bst", strict=True)
    full.both("all.bst", "lib.bst", keep=True)
    (workspace / "lib").write_text("changed")
    planned, _ = full.both("all.bst", "lib.bst")
    assert planned.builds == ("lib.bst",)


@pytest.mark.parametrize("mode", ["--strict", "--no-strict"])
def test_which_refs_are_deleted(full: Bench, mode: str) -> None:
    old = full.state.keys["picky.bst"]
    full.spoil("better")
    new = full.state.keys["picky.bst"]
    assert new.weak == old.weak
    before = refs(full.cachedir)
    full.artifact(mode, "delete", "picky.bst")
    removed = set(before) - set(refs(full.cachedir))
    weak, strict = (f"cases/picky/{key.digest}" for key in (old.weak, old.strict))
    assert removed == ({weak} if mode == "--strict" else {weak, strict})
    planned, _ = full.both("user.bst", "picky.bst")
    assert planned.builds == ("lib.bst", "picky.bst")


def without(bench: Bench, cache: LocalCache, names: Sequence[str]) -> ChangedCache:
    """Return the cache without what `bst artifact delete` removes in non-strict builds."""
    keys = bench.state.keys
    gone = [
        ("cases", name, key.digest or "")
        for name in names
        for key in (keys[name].weak, keys[name].strict)
    ]
    return ChangedCache(cache, without=gone)


def test_a_cache_without_some_keys_is_one_that_they_were_deleted_of(full: Bench) -> None:
    gone = ("picky.bst", "above.bst")
    said = plan(full.state, without(full, LocalCache(full.cachedir), gone), ["all.bst"])
    full.artifact("--no-strict", "delete", *gone)
    planned, _ = full.both("all.bst")
    assert planned.builds == said.builds
    assert {name: one.action for name, one in planned.items()} == {
        name: one.action for name, one in said.items()
    }
