"""Which paths of a stale layer are old."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from bstgraph import load_state
from bstgraph.errors import SelectionError
from bstgraph.files import File, tree_of
from bstgraph.forecast import PathChange, StalePaths, stale_paths
from bstgraph.layers import Layers
from bstgraph.names import ElementName
from bstgraph.plans import StaleReport, built, stale
from bstgraph.state import State
from bstgraph.testing import write
from tests.unit.caches import DrawnCache

# `tool.bst` is built with `data.bst`, which no weak key above it sees.
PROJECT: Final = """
=== data.bst
kind: import
sources: [{kind: local, path: f/data}]
=== tool.bst
kind: {tool}
build-depends: [data.bst]
=== deps.bst
kind: stack
depends: [tool.bst]
=== layer.bst
kind: compose
build-depends: [deps.bst]
config: {integrate: false, exclude: [devel]}
=== image.bst
kind: script
build-depends:
- filename: tool.bst
  config: {location: /}
- filename: layer.bst
  config: {location: /layer}
config: {commands: [build-oci]}
=== f/data/usr/bin/same
same
"""

FILTER: Final = "filter\nconfig: {include: [runtime, devel]}"


def states(directory: Path, tool: str, old: dict[str, str], new: dict[str, str]) -> list[State]:
    """Return the states of two folders that differ in the files of `data.bst`."""
    made = []
    for name, files in (("old", old), ("new", new)):
        drawn = [f"=== f/data/{path}\n{text}\n" for path, text in files.items()]
        where = directory / name
        write(PROJECT.replace("{tool}", tool) + "".join(drawn), where)
        made.append(load_state(where))
    return made


def report_of(before: State, after: State) -> StaleReport:
    """Return what is stale when `before` was built."""
    return stale(after, built(before.keys), ["image.bst"])


def told(found: StalePaths) -> list[tuple[str, str, str]]:
    """Return the changes without their class."""
    return [(one.path, one.kind, one.element) for one in found.changes]


class TestOfPackagesThatAreBuilt:
    def test_all_their_paths_may_be_others(self, tmp_path: Path) -> None:
        before, after = states(tmp_path, "manual", {"usr/bin/a": "1"}, {"usr/bin/a": "2"})
        files = tree_of([("usr/bin/tool", File("aa", 2)), ("usr/include/tool.h", File("bb", 2))])
        old = Layers(before, manifests={ElementName("tool.bst"): files})
        found = stale_paths(report_of(before, after), Layers(after), old)
        assert list(found) == ["tool.bst", "layer.bst", "image.bst"]
        header = ("usr/include/tool.h", "perhaps", "tool.bst")
        program = ("usr/bin/tool", "perhaps", "tool.bst")
        assert told(found[ElementName("tool.bst")]) == [program, header]
        # The layer leaves out what is for developers.
        assert told(found[ElementName("layer.bst")]) == [program]
        assert told(found[ElementName("image.bst")]) == [program]
        gap = "the files that 'tool.bst' will have are not known"
        assert found[ElementName("image.bst")].gaps == (gap,)

    def test_nothing_known_is_a_gap(self, tmp_path: Path) -> None:
        before, after = states(tmp_path, "manual", {"usr/bin/a": "1"}, {"usr/bin/a": "2"})
        (found,) = stale_paths(
            report_of(before, after), Layers(after), Layers(before), names=["layer.bst"]
        ).values()
        assert found.changes == ()
        assert found.gaps == (
            "the old files of 'tool.bst' are not known",
            "the files that 'tool.bst' will have are not known",
        )

    def test_a_script_ships_its_layers_not_its_tools(self, tmp_path: Path) -> None:
        before, after = states(tmp_path, "manual", {"usr/bin/a": "1"}, {"usr/bin/a": "2"})
        report = report_of(before, after)
        image = report.elements[ElementName("image.bst")]
        assert image.through == ("tool.bst", "layer.bst")
        old = Layers(before, manifests={ElementName("tool.bst"): tree_of([("etc/x", File())])})
        (found,) = stale_paths(report, Layers(after), old, names=["image.bst"]).values()
        assert told(found) == [("etc/x", "perhaps", "tool.bst")]
        assert image.old_bytes


class TestByTheCache:
    """Old files as artifacts have them, found by the keys that others were built with."""

    def test_old_files_come_from_the_artifacts(self, tmp_path: Path) -> None:
        old = {"usr/bin/a": "1", "usr/bin/gone": "x"}
        before, after = states(tmp_path, "manual", old, {"usr/bin/a": "2"})
        drawing = DrawnCache(tmp_path / "cache")
        for name in ("data.bst", "tool.bst", "deps.bst", "layer.bst", "image.bst"):
            scope = before.keys.scope(name)
            drawing.artifact(
                name,
                tree_of([(f"usr/bin/{name}", File("a" * 64, 1))]),
                strong=str(before.keys[name].strict.digest),
                weak=str(before.keys[name].weak.digest),
                built_from=[("test", each, str(before.keys[each].strict.digest)) for each in scope],
            )
        cache = drawing.open()
        report = stale(after, built(before.keys), ["image.bst"])
        found = stale_paths(report, Layers(after, [cache]))
        assert told(found[ElementName("tool.bst")]) == [("usr/bin/tool.bst", "perhaps", "tool.bst")]
        assert found[ElementName("tool.bst")].of_kind("perhaps") == (
            PathChange(path="usr/bin/tool.bst", kind="perhaps", element=ElementName("tool.bst")),
        )
        assert found[ElementName("tool.bst")].of_kind("added") == ()


RUNBOOK: Final = """
=== a.bst
kind: import
sources: [{kind: local, path: f/a}]
=== deps.bst
kind: stack
depends: [a.bst{more}]
=== layer.bst
kind: compose
build-depends: [deps.bst]
config: {integrate: false}
=== f/a/usr/bin/a
a
=== b.bst
kind: import
sources: [{kind: local, path: f/b}]
=== f/b/usr/bin/b
b
=== f/b/etc/empty/
"""


class TestByTheRunbook:
    """By claim R6 a layer does not see what its stack gets or loses."""

    @pytest.fixture
    def both(self, tmp_path: Path) -> tuple[State, State]:
        made = []
        for name, more in (("without", ""), ("with", ", b.bst")):
            write(RUNBOOK.replace("{more}", more), tmp_path / name)
            made.append(load_state(tmp_path / name, rule="runbook"))
        return made[0], made[1]

    def test_what_is_added_is_missing(self, both: tuple[State, State]) -> None:
        before, after = both
        report = stale(after, built(before.keys), ["layer.bst"])
        (found,) = stale_paths(report, Layers(after), Layers(before)).values()
        assert told(found) == [
            ("etc/empty", "added", "b.bst"),
            ("usr/bin/b", "added", "b.bst"),
        ]
        assert found.gaps == ()

    def test_what_is_removed_is_still_there(self, both: tuple[State, State]) -> None:
        after, before = both
        report = stale(after, built(before.keys), ["layer.bst"])
        (found,) = stale_paths(report, Layers(after), Layers(before)).values()
        assert told(found) == [
            ("etc/empty", "removed", "b.bst"),
            ("usr/bin/b", "removed", "b.bst"),
        ]

    def test_only_what_is_off_is_told(self, both: tuple[State, State]) -> None:
        before, after = both
        report = stale(after, built(before.keys), ["layer.bst"])
        assert stale_paths(report, Layers(after), names=["a.bst"]) == {}
        with pytest.raises(SelectionError, match="no element named"):
            stale_paths(report, Layers(after), names=["none.bst"])
