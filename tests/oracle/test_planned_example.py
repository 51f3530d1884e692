"""Edits of the example project: what is planned, beside what the real BuildStream then builds."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

import bstgraph
from bstgraph.plans import StaleReport, plan, stale
from bstgraph.stores.cache import LocalCache
from tests.oracle.builds import Builder
from tests.oracle.real_builds import Real, build, copied, differences
from tests.oracle.test_built_example import ready_copy
from tests.oracle.test_plans import same_bytes

pytestmark = pytest.mark.oracle

_IMAGES: Final = ("oci/dakota.bst", "oci/dakota-nvidia.bst")

Edit = Callable[[Path], None]


def _file(directory: Path) -> None:
    """Change a random file that an element is built from."""
    pick = random.Random(0)  # noqa: S311
    files = [path for path in (directory / "files").rglob("*") if path.is_file()]
    texts = [path for path in sorted(files) if path.stat().st_size < 10_000]
    changed = pick.choice(texts)
    changed.write_bytes(changed.read_bytes() + b"\n")


def _library(directory: Path) -> None:
    """Change the library that the terminal is built with, and staged beside."""
    (directory / "files/libterm/changed.txt").write_text("changed")


def _package(directory: Path) -> None:
    """Add a package to the stack of all packages: claim R6."""
    deps = directory / "elements/bluefin/deps.bst"
    last = "- core/branding.bst\n"
    text = deps.read_text()
    assert last in text
    deps.write_text(text.replace(last, f"{last}- bluefin/added.bst\n"))
    files = directory / "files/added/usr/bin"
    files.mkdir(parents=True)
    (files / "added").write_text("#!/bin/sh\n")
    (directory / "elements/bluefin/added.bst").write_text(
        "kind: import\nsources:\n- kind: local\n  path: files/added\n"
    )


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Return the example and the cache of a strict build of its images."""
    root = tmp_path_factory.mktemp("example")
    directory = ready_copy(root / "project")
    return directory, Builder(root / "bst").build(directory, _IMAGES)


@pytest.mark.parametrize("edit", [_file, _library, _package])
def test_what_is_planned_is_what_is_built(
    whole: tuple[Path, Path], tmp_path: Path, edit: Edit
) -> None:
    original, cachedir = whole
    directory = tmp_path / "project"
    shutil.copytree(original, directory, symlinks=True, ignore=shutil.ignore_patterns(".bst"))
    edit(directory)
    state = bstgraph.load_state(directory, _IMAGES)
    cache = LocalCache(cachedir)
    planned = {mode: plan(state, cache, _IMAGES, strict=mode) for mode in (False, True)}
    report = stale(state, cache, _IMAGES)
    done: dict[bool, Real] = {}
    for mode, made in planned.items():
        builder = copied(cachedir, tmp_path / str(mode))
        done[mode] = build(builder, directory, state, targets=_IMAGES, strict=mode)
        assert not done[mode].failed
        assert differences(made, done[mode]) == []
    assert planned[True].builds
    assert same_bytes(planned[False], done) == []
    assert _old_images(done) <= set(report.images)
    _check_kind(edit, report)


def _old_images(done: dict[bool, Real]) -> set[str]:
    """Return the images that have other bytes than those of a strict build."""
    loose, strict = (done[mode].shown for mode in (False, True))
    return {name for name in _IMAGES if loose[name].digest != strict[name].digest}


def _check_kind(edit: Edit, report: StaleReport) -> None:
    """Assert what each edit is an example of."""
    if edit is _library:
        assert set(report.images) == set(_IMAGES)
        assert "bluefin/terminal.bst" in report.stale
        edges = {str(one) for one in report.edges}
        assert "bluefin/terminal.bst -> bluefin/libterm.bst" in edges
    if edit is _package:
        assert not report.stale
        assert "oci/layers/bluefin-runtime.bst" in report.plan.builds
