"""Refs that are stored in project.refs and junction.refs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bstgraph.errors import Slug
from bstgraph.testing import load_error, project, write
from tests.unit import drawing

CONF = "aliases: {al: 'https://example.com/'}\n"
STORED = f"=== project.conf\n{CONF}ref-storage: project.refs\n"
SOURCES = """
=== a.bst
kind: manual
sources:
- {kind: remote, url: 'al:x', ref: inline}
- {kind: remote, url: 'al:y'}
"""


def refs(text: str, tmp_path: Path) -> list[Any]:
    """Return the refs of the sources of `a.bst`, None where there is none."""
    return [source.config.get("ref") for source in drawing.element(text, tmp_path).sources]


class TestStorage:
    """With `project.refs` the refs of the element files are dropped for those of that file."""

    @pytest.mark.parametrize(
        ("stored", "expected"),
        [
            ("", [None, None]),
            ("projects: {test: {a.bst: [{ref: one}]}}", ["one", None]),
            ("projects: {test: {a.bst: [{ref: one}, {ref: two}]}}", ["one", "two"]),
            ("projects: {test: {a.bst: [{}, {ref: two}]}}", [None, "two"]),
            ("projects: {test: {b.bst: [{ref: one}]}}", [None, None]),
            ("projects: {other: {a.bst: [{ref: one}]}}", [None, None]),
            # What has another shape is no ref.
            ("projects: {test: x}", [None, None]),
            ("projects: {test: {a.bst: x}}", [None, None]),
            # What is stored is not expanded.
            ("projects: {test: {a.bst: [{ref: '%{prefix}'}]}}", ["%{prefix}", None]),
            ("projects: {test: {'(?)': [{True: {a.bst: [{ref: one}]}}]}}", ["one", None]),
        ],
    )
    def test_project_refs(self, stored: str, expected: list[str | None], tmp_path: Path) -> None:
        assert refs(f"{STORED}=== project.refs\n{stored}\n{SOURCES}", tmp_path) == expected

    def test_no_file(self, tmp_path: Path) -> None:
        assert refs(f"{STORED}{SOURCES}", tmp_path) == [None, None]

    def test_inline(self, tmp_path: Path) -> None:
        text = f"=== project.conf\n{CONF}=== project.refs\n"
        text += "projects: {test: {a.bst: [{ref: x}]}}\n"
        assert refs(text + SOURCES, tmp_path) == ["inline", None]

    @pytest.mark.parametrize(
        ("stored", "slug"),
        [
            ("colour: red", "unknown-key"),
            ("projects: x", "invalid-data"),
            ("projects: {test: {a.bst: [x]}}", "invalid-data"),
            ("projects: {test: {a.bst: {'(>)': []}}}", "list-directive"),
            ("projects: [", "invalid-yaml"),
        ],
    )
    def test_refused(self, stored: str, slug: Slug, tmp_path: Path) -> None:
        error = load_error(f"{STORED}=== project.refs\n{stored}\n{SOURCES}", tmp_path)
        assert error.slug == slug

    def test_outside(self, tmp_path: Path) -> None:
        root = write(STORED + SOURCES, tmp_path / "project")
        (tmp_path / "refs").write_text("projects: {}\n")
        (root / "project.refs").symlink_to("../refs")
        assert load_error("=== x\n", root, complete=False).slug == "outside-project"


def two(top: str, sub: str, files: str) -> str:
    """Return a project and its subproject with one source each; `files` are refs files."""
    return f"""{drawing.SUB}
=== project.conf
{top}
=== sub/project.conf
{CONF}{sub}
=== sub/b.bst
kind: manual
sources: [{{kind: remote, url: 'al:x', ref: inline}}]
=== a.bst
kind: stack
depends:
- sub.bst:b.bst
{files}
"""


OF_TOP = "=== project.refs\nprojects: {sub: {b.bst: [{ref: top}]}}\n"
OF_SUB = "=== sub/project.refs\nprojects: {sub: {b.bst: [{ref: sub}]}}\n"
STORES = "ref-storage: project.refs\n"


class TestSubprojects:
    """The toplevel project's file comes first, then the subproject's own, then the element's."""

    @pytest.mark.parametrize(
        ("top", "sub", "files", "expected"),
        [
            ("", "", OF_TOP + OF_SUB, "inline"),
            (STORES, "", OF_TOP + OF_SUB, "top"),
            (STORES, STORES, OF_TOP + OF_SUB, "top"),
            (STORES, STORES, OF_SUB, "sub"),
            (STORES, "", OF_SUB, "inline"),
            ("", STORES, OF_TOP + OF_SUB, "sub"),
            ("", STORES, OF_TOP, None),
            (STORES, STORES, "", None),
        ],
    )
    def test_order(
        self, *, top: str, sub: str, files: str, expected: str | None, tmp_path: Path
    ) -> None:
        loaded = project(two(top, sub, files), tmp_path, targets=["a.bst"])
        (source,) = drawing.named(loaded, "sub.bst:b.bst").sources
        assert source.config.get("ref") == expected


class TestJunctionRefs:
    """The refs of junctions are in a file of their own, `junction.refs`."""

    TEXT = """
=== project.conf
plugins: [{origin: pip, package-name: no-such-plugins, sources: [git_repo]}]
ref-storage: project.refs
=== sub.bst
kind: junction
sources: [{kind: git_repo, url: "https://example.com/x.git"}]
=== a.bst
kind: stack
depends:
- sub.bst:b.bst
=== FILE
projects: {test: {sub.bst: [{ref: 0123456789abcdef0123456789abcdef01234567}]}}
"""

    def test_found(self, tmp_path: Path) -> None:
        loaded = project(self.TEXT.replace("FILE", "junction.refs"), tmp_path, targets=["a.bst"])
        (external,) = loaded.externals.values()
        assert "0123456789abcdef0123456789abcdef01234567" in external.reason

    def test_not_in_project_refs(self, tmp_path: Path) -> None:
        text = self.TEXT.replace("FILE", "project.refs")
        assert load_error(text, tmp_path, targets=["a.bst"]).slug == "invalid-junction"
