"""Link elements."""

from __future__ import annotations

from pathlib import Path

import pytest

from bstgraph.errors import Slug
from bstgraph.testing import load_error, project
from tests.unit import drawing

FILES = f"""{drawing.SUB}
=== project.conf
variables: {{where: b}}
=== sub/project.conf
=== sub/x.bst
kind: manual
=== sub/back.bst
kind: link
config: {{target: x.bst}}
=== b.bst
kind: manual
"""


def link(name: str, target: str) -> str:
    return f"=== {name}\nkind: link\nconfig: {{target: '{target}'}}\n"


class TestTargets:
    """A link is its target everywhere: an element or a junction, across junctions too."""

    @pytest.mark.parametrize(
        ("target", "used", "expected"),
        [
            ("b.bst", "l.bst", "b.bst"),
            ("./b.bst", "l.bst", "b.bst"),
            ("%{where}.bst", "l.bst", "b.bst"),
            ("sub.bst:x.bst", "l.bst", "sub.bst:x.bst"),
            ("sub.bst:back.bst", "l.bst", "sub.bst:x.bst"),
            ("sub.bst", "l.bst:x.bst", "sub.bst:x.bst"),
            ("sub.bst", "l.bst:back.bst", "sub.bst:x.bst"),
            ("two.bst", "l.bst", "b.bst"),
        ],
    )
    def test_resolved(self, target: str, used: str, expected: str, tmp_path: Path) -> None:
        text = FILES + link("l.bst", target) + link("two.bst", "b.bst")
        text += f"=== a.bst\nkind: stack\ndepends:\n- {used}\n"
        loaded = project(text, tmp_path, targets=["a.bst"])
        (dependency,) = drawing.named(loaded).dependencies
        assert (dependency.name, dependency.path) == (expected, used)
        assert drawing.names(loaded) == [expected, "a.bst"]

    def test_as_a_target(self, tmp_path: Path) -> None:
        loaded = project(FILES + link("l.bst", "sub.bst:x.bst"), tmp_path, targets=["l.bst"])
        assert loaded.targets == ("sub.bst:x.bst",)
        assert loaded.links == {"l.bst": "sub.bst:x.bst"}


class TestWrong:
    """A link has a target and nothing else, and does not lead to itself."""

    @pytest.mark.parametrize(
        ("body", "slug"),
        [
            ("config: {target: no-such.bst}", "unknown-element"),
            ("config: {target: 'no-such.bst:x.bst'}", "unknown-element"),
            ("config: {target: 'b.bst:x.bst'}", "invalid-junction"),
            ("config: {target: [x]}", "invalid-data"),
            ("config: {target: '%{no-such}'}", "undefined-variable"),
            ("config: {}", "missing-key"),
            ("", "missing-key"),
            ("config: {target: b.bst, colour: red}", "unknown-key"),
            ("config: {target: b.bst}\ndepends: [b.bst]", "element-rule"),
            ("config: {target: b.bst}\nsources: [{kind: local, path: sub}]", "element-rule"),
            ("config: {target: b.bst}\ncolour: red", "unknown-key"),
            ("config: {target: l.bst}", "link-loop"),
            ("config: {target: two.bst}", "link-loop"),
            ("config: {target: 'l.bst:x.bst'}", "junction-loop"),
        ],
    )
    def test_refused(self, body: str, slug: Slug, tmp_path: Path) -> None:
        text = f"{FILES}{link('two.bst', 'l.bst')}=== l.bst\nkind: link\n{body}\n"
        text += "=== a.bst\nkind: stack\ndepends: [l.bst]\n"
        error = load_error(text, tmp_path, targets=["a.bst"])
        assert error.slug == slug
        assert error.at is not None

    def test_junction_links_in_a_circle(self, tmp_path: Path) -> None:
        text = link("l.bst", "m.bst") + link("m.bst", "l.bst")
        text += "=== a.bst\nkind: stack\ndepends:\n- l.bst:x.bst\n"
        assert load_error(text, tmp_path, targets=["a.bst"]).slug == "junction-loop"
