"""Small corners where BuildStream's answer was measured and is not what one would guess."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pytest

from bstgraph.testing import load_error, project

SUB = """
=== sub.bst
kind: junction
sources: [{kind: local, path: sub}]
"""


class TestLoads:
    """BuildStream looks at these values only when it needs them."""

    @pytest.mark.parametrize(
        "line",
        ["junctions: {duplicates: {x: y.bst}}", "junctions: {internal: []}\naliases: {x: [y]}"],
    )
    def test_unused_values_of_the_wrong_type(self, line: str, tmp_path: Path) -> None:
        text = f"=== project.conf\n{line}\n=== a.bst\nkind: manual\n"
        assert project(text, tmp_path).elements

    def test_a_kind_twice_in_one_origin(self, tmp_path: Path) -> None:
        text = """
        === project.conf
        plugins: [{origin: local, path: plugins, elements: [drawn, drawn]}]
        === plugins/drawn.py
        === a.bst
        kind: drawn
        """
        assert project(text, tmp_path).elements

    @pytest.mark.parametrize("stored", ["projects: {test: x}", "projects: {test: {a.bst: x}}"])
    def test_refs_of_the_wrong_shape(self, stored: str, tmp_path: Path) -> None:
        text = f"""
        === project.conf
        aliases: {{al: x}}
        ref-storage: project.refs
        === project.refs
        {stored}
        === a.bst
        kind: manual
        sources: [{{kind: remote, url: 'al:x'}}]
        """
        assert project(text, tmp_path).elements


class TestRejects:
    """BuildStream refuses these, or ends in a crash."""

    def test_an_include_with_an_empty_junction(self, tmp_path: Path) -> None:
        text = "=== x.yml\ndescription: x\n=== a.bst\nkind: manual\n(@): ':x.yml'\n"
        assert load_error(text, tmp_path).slug == "bad-element-name"

    @pytest.mark.parametrize(
        "line",
        [
            "shell: {environment: []}",
            "shell: {environment: {a: [b]}}",
            "shell: {host-files: [{host_path: x}]}",
            "shell: {host-files: [{path: x, optional: maybe}]}",
            "artifacts: {}",
            "artifacts: [x]",
            "source-caches: [{push: true}]",
            "mirrors: [{aliases: {}}]",
            "mirrors: [{name: x}]",
            "mirrors: [{name: x, aliases: []}]",
            "mirrors: [{name: x, aliases: {a: b}}]",
        ],
    )
    def test_what_no_element_needs(self, line: str, tmp_path: Path) -> None:
        text = f"=== project.conf\n{line}\n=== a.bst\nkind: manual\n"
        assert load_error(text, tmp_path).slug in {"invalid-data", "missing-key"}

    def test_a_location_is_text(self, tmp_path: Path) -> None:
        text = """
        === b.bst
        kind: stack
        === a.bst
        kind: script
        build-depends: [{filename: b.bst, config: {location: [x]}}]
        """
        assert load_error(text, tmp_path).slug == "invalid-data"

    def test_a_junction_is_not_normalised(self, tmp_path: Path) -> None:
        text = f"""{SUB}
=== sub/project.conf
=== sub/x.bst
kind: manual
=== a.bst
kind: stack
depends: ['./sub.bst:x.bst']
"""
        error = load_error(text, tmp_path, targets=["a.bst"])
        assert (error.slug, error.fix) == ("unknown-element", "write 'sub.bst'")

    def test_a_url_is_text(self, tmp_path: Path) -> None:
        text = "=== a.bst\nkind: manual\nsources: [{kind: remote, url: [x]}]\n"
        assert load_error(text, tmp_path).slug == "invalid-data"

    @pytest.mark.parametrize("key", ["include-paths", "exclude-paths", "include_orphans"])
    @pytest.mark.parametrize("dialect", ["buildstream", "runbook"])
    def test_a_compose_has_no_such_keys(
        self, key: str, dialect: Literal["buildstream", "runbook"], tmp_path: Path
    ) -> None:
        text = f"=== a.bst\nkind: compose\nconfig: {{{key}: [/usr]}}\n"
        assert load_error(text, tmp_path, dialect=dialect).slug == "unknown-key"


class TestPlaces:
    """An error has a place wherever there is a file to blame."""

    def test_a_default_target(self, tmp_path: Path) -> None:
        text = "=== project.conf\ndefaults: {targets: [no.bst]}\n=== a.bst\nkind: manual\n"
        error = load_error(text, tmp_path)
        assert error.at is not None
        assert error.at.path == "project.conf"

    @pytest.mark.parametrize("body", ["config: {}", ""])
    def test_a_link_without_target(self, body: str, tmp_path: Path) -> None:
        text = f"=== l.bst\nkind: link\n{body}\n=== a.bst\nkind: stack\ndepends: [l.bst]\n"
        error = load_error(text, tmp_path, targets=["a.bst"])
        assert error.slug == "missing-key"
        assert error.at is not None


class TestGaps:
    """A gap belongs to what it can change."""

    def test_a_missing_include_of_one_element(self, tmp_path: Path) -> None:
        text = """
        === gone.bst
        kind: junction
        sources:
        - kind: git_repo
          url: "https://example.com/x.git"
          ref: 0123456789abcdef0123456789abcdef01234567
        === project.conf
        plugins: [{origin: pip, package-name: no-such-plugins, sources: [git_repo]}]
        === b.bst
        kind: manual
        === a.bst
        kind: manual
        variables:
          (@): gone.bst:x.yml
        depends: [b.bst]
        """
        loaded = project(text, tmp_path, targets=["a.bst"])
        gaps = {str(name): element.gaps for name, element in loaded.elements.items()}
        assert gaps["a.bst"]
        assert gaps["b.bst"] == ()
