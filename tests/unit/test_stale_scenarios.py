"""Claims R7 and R6 of the runbook as two small projects; docs/stale.md tells both at length.

Each is what the real BuildStream 2.8.1 does with the same files, and the rule of the runbook beside
it, under which an added package is missing from the image.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from bstgraph import load_state
from bstgraph.forecast import forecast
from bstgraph.layers import trace
from bstgraph.load import open_layers
from bstgraph.plans import built, cures, plan
from bstgraph.state import State
from bstgraph.testing import write

R7: Final = """
    === shell.bst
    kind: import
    sources: [{kind: local, path: files/shell}]
    === files/shell/bin/sh
    instead of a static busybox
    === libfoo.bst
    kind: import
    sources: [{kind: local, path: files/libfoo}]
    === files/libfoo/usr/lib/libfoo.txt
    foo 1
    === app.bst
    kind: manual
    build-depends:
    - shell.bst
    - libfoo.bst
    config:
      install-commands:
      - mkdir -p %{install-root}%{bindir}
      - cp /usr/lib/libfoo.txt %{install-root}%{bindir}/app
    === deps.bst
    kind: stack
    depends:
    - app.bst
    === layer.bst
    kind: compose
    build-depends:
    - deps.bst
    === image.bst
    kind: script
    build-depends:
    - shell.bst
    - filename: layer.bst
      config: {location: /layer}
    variables: {install-root: /layer}
    config:
      commands:
      - ls /layer
"""
"""An application that carries what it was built from, in a layer of an image."""

R6: Final = """
    === shell.bst
    kind: import
    sources: [{kind: local, path: files/shell}]
    === files/shell/bin/sh
    instead of a static busybox
    === vim.bst
    kind: import
    sources: [{kind: local, path: files/vim}]
    === files/vim/usr/bin/vim
    vim
    === nano.bst
    kind: import
    sources: [{kind: local, path: files/nano}]
    === files/nano/usr/bin/nano
    nano
    === deps.bst
    kind: stack
    depends:
    - vim.bst
    === layer.bst
    kind: compose
    build-depends:
    - deps.bst
    === image.bst
    kind: script
    build-depends:
    - shell.bst
    - filename: layer.bst
      config: {location: /layer}
    variables: {install-root: /layer}
    config:
      commands:
      - ls /layer/usr/bin
"""
"""Packages in a layer of an image; a stack lists them."""


class TestR7:
    """A library changes that an application has copied, and only build-depends on."""

    @staticmethod
    def states(tmp_path: Path) -> tuple[State, State]:
        root = write(R7, tmp_path)
        before = load_state(root, ["image.bst"], label="before")
        (root / "files/libfoo/usr/lib/libfoo.txt").write_text("foo 2\n")
        return before, load_state(root, ["image.bst"], label="after")

    def test_strict_keys_change_and_weak_keys_stay(self, tmp_path: Path) -> None:
        before, after = self.states(tmp_path)
        for name in ("app.bst", "deps.bst", "layer.bst", "image.bst"):
            assert before.keys[name].strict != after.keys[name].strict
            assert before.keys[name].weak == after.keys[name].weak

    def test_nothing_is_built_unless_strictly(self, tmp_path: Path) -> None:
        before, after = self.states(tmp_path)
        cache = built(before.keys)
        assert plan(after, cache).builds == ()
        strict = ("libfoo.bst", "app.bst", "deps.bst", "layer.bst", "image.bst")
        assert plan(after, cache, strict=True).builds == strict

    def test_the_layer_and_the_image_ship_old_bytes(self, tmp_path: Path) -> None:
        before, after = self.states(tmp_path)
        report = forecast(after, before).report
        assert (report.layers, report.images) == (("layer.bst",), ("image.bst",))
        assert report.stale == ("app.bst", "deps.bst", "layer.bst", "image.bst")
        assert report.keys_only == ("deps.bst",)
        (edge,) = report.edges
        assert (str(edge), edge.strict) == ("app.bst -> libfoo.bst", False)
        assert str(edge.at) == "elements/app.bst:4:3"
        (entry,) = [one for one in after.graph["app.bst"].dependencies if one.name == "libfoo.bst"]
        assert entry.type == "build"

    def test_what_cures_it(self, tmp_path: Path) -> None:
        before, after = self.states(tmp_path)
        found = {
            (cure.remedy, cure.elements, cure.edges): (cure.complete, len(cure.built))
            for cure in cures(forecast(after, before).report)
        }
        assert found == {
            ("strict-build", ("image.bst",), ()): (True, 5),
            ("strict-edge", ("app.bst",), (("app.bst", "libfoo.bst"),)): (True, 4),
            ("delete", ("app.bst", "layer.bst", "image.bst"), ()): (True, 4),
            ("delete", ("app.bst",), ()): (False, 0),
        }

    def test_the_edge_marked_strict(self, tmp_path: Path) -> None:
        """What the cure says to write: a change of the library is seen from then on."""
        root = write(R7, tmp_path)
        app = root / "elements/app.bst"
        entry = "- {filename: libfoo.bst, strict: true}"
        app.write_text(app.read_text().replace("- libfoo.bst", entry))
        before = load_state(root, ["image.bst"])
        (root / "files/libfoo/usr/lib/libfoo.txt").write_text("foo 2\n")
        after = load_state(root, ["image.bst"])
        assert not forecast(after, before).ships_old
        builds = plan(after, built(before.keys)).builds
        assert builds == ("libfoo.bst", "app.bst", "layer.bst", "image.bst")


class TestR6:
    """A package is added to the stack that a layer is composed of."""

    @staticmethod
    def states(tmp_path: Path) -> tuple[State, State]:
        old, new = write(R6, tmp_path / "old"), write(R6, tmp_path / "new")
        before = load_state(old, ["image.bst"], label="before")
        with (new / "elements/deps.bst").open("a") as deps:
            deps.write("- nano.bst\n")
        return before, load_state(new, ["image.bst"], label="after")

    def test_buildstream_builds_the_layer_anew(self, tmp_path: Path) -> None:
        before, after = self.states(tmp_path)
        found = forecast(after, before)
        assert not found.ships_old
        assert not found.report
        builds = found.report.plan.builds
        assert builds == ("nano.bst", "deps.bst", "layer.bst", "image.bst")

    def test_by_the_runbooks_rule_the_layer_is_a_stale_hit(self, tmp_path: Path) -> None:
        before, after = self.states(tmp_path)
        found = forecast(after, before, rules=("runbook",))
        assert found.ships_old
        assert (found.report.layers, found.report.images) == (("layer.bst",), ("image.bst",))
        edges = [(str(edge), edge.difference) for edge in found.report.roots_of("layer.bst")]
        assert ("layer.bst -> deps.bst -> nano.bst", "added") in edges
        assert found.report.plan.builds == ()

    def test_both_rules_side_by_side(self, tmp_path: Path) -> None:
        before, after = self.states(tmp_path)
        found = forecast(after, before, rules=("buildstream", "runbook"))
        by = {str(each.name): each.by for each in found.differing}
        assert by["layer.bst"] == {"buildstream": "build", "runbook": "stale"}
        assert by["image.bst"] == {"buildstream": "build", "runbook": "stale"}

    def test_the_package_is_missing_from_the_stale_layer(self, tmp_path: Path) -> None:
        """The symptom: what is reused holds what the old state says, not what the new one says."""
        before, after = self.states(tmp_path)
        old, new = (
            list(open_layers(state, caches=(), predict=True).contents("layer.bst"))
            for state in (before, after)
        )
        assert old == ["usr", "usr/bin", "usr/bin/vim"]
        assert new == ["usr", "usr/bin", "usr/bin/nano", "usr/bin/vim"]

    def test_why_the_package_is_not_in_the_old_image(self, tmp_path: Path) -> None:
        self.states(tmp_path)
        old, new = (
            trace(
                open_layers(load_state(tmp_path / name, ["image.bst", "**"]), caches=()),
                "usr/bin/nano",
                "image.bst",
            )
            for name in ("old", "new")
        )
        assert (old.verdict, new.verdict) == ("absent", "present")
        (path,) = old.paths
        assert path.lost is not None
        assert (path.lost.element, path.lost.fix) == (
            "nano.bst",
            "add it to the dependencies of 'deps.bst'",
        )
