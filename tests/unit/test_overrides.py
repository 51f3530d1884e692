"""Overrides of elements and junctions in a subproject."""

from __future__ import annotations

from pathlib import Path

import pytest

from bstgraph.errors import Slug
from bstgraph.names import ElementName
from bstgraph.testing import load_error, project
from tests.unit import drawing


def junction(path: str, folder: str, overrides: str = "{}") -> str:
    return f"""
=== {path}
kind: junction
sources: [{{kind: local, path: {folder}}}]
config:
  overrides: {overrides}
"""


SUB = """
=== sub/project.conf
=== sub/b.bst
kind: manual
=== sub/c.bst
kind: stack
depends: [b.bst]
=== new.bst
kind: manual
description: new
=== a.bst
kind: stack
depends:
- sub.bst:c.bst
"""


class TestElements:
    """An override replaces an element of the subproject by one of the project that says so."""

    @pytest.mark.parametrize("target", ["new.bst", "./new.bst"])
    def test_replaced(self, target: str, tmp_path: Path) -> None:
        text = junction("sub.bst", "sub", f"{{b.bst: {target}}}") + SUB
        loaded = project(text, tmp_path, targets=["a.bst"])
        assert drawing.names(loaded) == ["new.bst", "sub.bst:c.bst", "a.bst"]
        (dependency,) = drawing.named(loaded, "sub.bst:c.bst").dependencies
        assert (dependency.name, dependency.path) == ("new.bst", "b.bst")
        # It stays an element of its own project.
        assert drawing.named(loaded, "new.bst").identity == ("test", "new.bst")

    def test_seen_from_above_too(self, tmp_path: Path) -> None:
        text = junction("sub.bst", "sub", "{b.bst: new.bst}") + SUB
        loaded = project(text, tmp_path, targets=["sub.bst:b.bst"])
        assert loaded.targets == ("new.bst",)

    def test_by_one_of_another_junction(self, tmp_path: Path) -> None:
        text = (
            junction("sub.bst", "sub", "{b.bst: 'other.bst:x.bst'}")
            + junction("other.bst", "other")
            + "=== other/project.conf\n=== other/x.bst\nkind: manual\n"
            + SUB
        )
        loaded = project(text, tmp_path, targets=["a.bst"])
        assert drawing.names(loaded) == ["other.bst:x.bst", "sub.bst:c.bst", "a.bst"]

    def test_the_model_has_them(self, tmp_path: Path) -> None:
        text = junction("sub.bst", "sub", "{b.bst: new.bst}") + SUB
        found = project(text, tmp_path, targets=["a.bst"]).junctions[ElementName("sub.bst")]
        assert found.overrides == {"b.bst": "new.bst"}

    @pytest.mark.parametrize(
        ("overrides", "slug"),
        [
            ("{b.bst: no-such.bst}", "unknown-element"),
            ("{b.bst: 'no-such.bst:x.bst'}", "unknown-element"),
            ("{b.bst: sub.bst}", "invalid-junction"),
            ("{b.bst: a.bst}", "circular-dependency"),
            ("{gone.bst: new.bst}", "unknown-element"),
            ("[b.bst]", "invalid-data"),
        ],
    )
    def test_refused(self, overrides: str, slug: Slug, tmp_path: Path) -> None:
        text = junction("sub.bst", "sub", overrides) + SUB
        text = (
            text.replace("depends: [b.bst]", "depends: [b.bst, gone.bst]")
            if "gone" in overrides
            else text
        )
        assert load_error(text, tmp_path, targets=["a.bst"]).slug == slug


NESTED = """
=== sub/project.conf
=== sub/x.bst
kind: stack
depends:
- deep.bst:d.bst
=== sub/mine.bst
kind: manual
=== sub/deep/project.conf
=== sub/deep/d.bst
kind: manual
=== top.bst
kind: manual
=== a.bst
kind: stack
depends:
- sub.bst:x.bst
"""


class TestNested:
    """Of several overrides the highest in the tree of projects wins; paths may cross junctions."""

    @pytest.mark.parametrize(
        ("top", "sub", "expected"),
        [
            ("{}", "{d.bst: mine.bst}", "sub.bst:mine.bst"),
            ("{'deep.bst:d.bst': top.bst}", "{}", "top.bst"),
            ("{'deep.bst:d.bst': top.bst}", "{d.bst: mine.bst}", "top.bst"),
            ("{mine.bst: top.bst}", "{d.bst: mine.bst}", "top.bst"),
        ],
    )
    def test_highest(self, top: str, sub: str, expected: str, tmp_path: Path) -> None:
        text = junction("sub.bst", "sub", top) + junction("sub/deep.bst", "deep", sub) + NESTED
        loaded = project(text, tmp_path, targets=["a.bst"])
        assert [str(d.name) for d in drawing.named(loaded, "sub.bst:x.bst").dependencies] == [
            expected
        ]


class TestJunctions:
    """A junction of the subproject may be replaced by one of the project above."""

    def test_replaced(self, tmp_path: Path) -> None:
        text = (
            junction("sub.bst", "sub", "{deep.bst: own.bst}")
            + junction("own.bst", "own")
            + junction("sub/deep.bst", "nowhere")
            + "=== own/project.conf\nname: own\n=== own/d.bst\nkind: manual\n"
            + NESTED
        )
        loaded = project(text, tmp_path, targets=["a.bst"])
        assert drawing.names(loaded) == ["own.bst:d.bst", "sub.bst:x.bst", "a.bst"]
        assert list(loaded.projects) == ["", "sub.bst", "own.bst"]

    def test_two_that_share_one(self, tmp_path: Path) -> None:
        text = (
            junction("one.bst", "one", "{shared.bst: shared.bst}")
            + junction("two.bst", "two", "{shared.bst: shared.bst}")
            + junction("shared.bst", "shared")
            + "=== shared/project.conf\n=== shared/s.bst\nkind: manual\n"
        )
        for name in ("one", "two"):
            text += junction(f"{name}/shared.bst", "nowhere")
            text += f"=== {name}/project.conf\n=== {name}/x.bst\nkind: stack\ndepends:\n"
            text += "- shared.bst:s.bst\n"
        text += "=== a.bst\nkind: stack\ndepends:\n- one.bst:x.bst\n- two.bst:x.bst\n"
        loaded = project(text, tmp_path, targets=["a.bst"])
        assert drawing.names(loaded) == [
            "shared.bst:s.bst",
            "one.bst:x.bst",
            "two.bst:x.bst",
            "a.bst",
        ]

    def test_through_a_link(self, tmp_path: Path) -> None:
        # The key names the junction that a link in the subproject leads to.
        text = (
            junction("sub.bst", "sub", "{linked.bst: own.bst}")
            + junction("own.bst", "own")
            + junction("sub/deep.bst", "deep")
            + "=== sub/linked.bst\nkind: link\nconfig: {target: deep.bst}\n"
            + "=== own/project.conf\nname: own\n=== own/d.bst\nkind: manual\n"
            + NESTED
        )
        loaded = project(text, tmp_path, targets=["a.bst"])
        assert drawing.names(loaded) == ["own.bst:d.bst", "sub.bst:x.bst", "a.bst"]

    def test_by_what_is_no_junction(self, tmp_path: Path) -> None:
        text = (
            junction("sub.bst", "sub", "{deep.bst: top.bst}")
            + junction("sub/deep.bst", "deep")
            + NESTED
        )
        assert load_error(text, tmp_path, targets=["a.bst"]).slug == "invalid-junction"


def test_the_parents_of_a_junction_that_was_only_looked_at_through_an_override(
    tmp_path: Path,
) -> None:
    """What is declared in a project whose junction was replaced counts for the replacement."""
    loaded = project(
        """
        === a.bst
        kind: manual
        depends: ["s0.bst:twin.bst:z.bst"]
        === leaf.bst
        kind: manual
        === over.bst
        kind: junction
        sources: [{kind: local, path: sub0/sub0}]
        === s0.bst
        kind: junction
        sources: [{kind: local, path: sub0}]
        config:
          overrides:
            "s0.bst:a.bst": leaf.bst
            s0.bst: over.bst
        === sub0/project.conf
        junctions: {duplicates: {inner: [s0.bst, twin.bst]}}
        === sub0/s0.bst
        kind: junction
        === sub0/twin.bst
        kind: junction
        sources: [{kind: local, path: sub0}]
        === sub0/sub0/project.conf
        name: inner
        === sub0/sub0/a.bst
        kind: manual
        === sub0/sub0/z.bst
        kind: manual
        """,
        tmp_path,
        targets=["a.bst"],
    )
    assert "s0.bst:twin.bst:z.bst" in loaded.elements
