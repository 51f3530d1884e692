"""The runbook's forms: refused by default, accepted and noted by choice."""

from __future__ import annotations

from pathlib import Path

import pytest

from bstgraph.errors import Slug
from bstgraph.kinds import ComposeConfig
from bstgraph.model import Project
from bstgraph.testing import load_error, project
from tests.unit import drawing

FILES = f"""{drawing.SUB}
=== sub/project.conf
=== sub/base/base.bst
kind: manual
=== b.bst
kind: manual
"""

FORMS: dict[str, tuple[str, str, Slug]] = {
    # claim: an element in the runbook's form, the fix, BuildStream's slug
    "R3": (
        (
            "kind: compose\nbuild-depends: [b.bst]\n"
            "compose:\n  include: [/usr, /etc]\n  exclude: [/usr/include]\n"
        ),
        "write config: {include: [DOMAIN, ...], exclude: [DOMAIN, ...]}",
        "unknown-key",
    ),
    "R4": (
        "kind: compose\ndepends: [b.bst]\n",
        "write build-depends instead of depends",
        "element-rule",
    ),
    "R5": (
        "kind: stack\ndepends:\n- filename: sub.bst:elements/base/base.bst\n  junction: true\n",
        "write just '- sub.bst:base/base.bst'",
        "bad-dependency",
    ),
}


def loaded(form: str, tmp_path: Path) -> Project:
    text = f"{FILES}=== a.bst\n{form}"
    return project(text, tmp_path, targets=["a.bst"], dialect="runbook")


class TestDefault:
    """The default dialect rejects what BuildStream rejects, and shows what it accepts."""

    @pytest.mark.parametrize("claim", FORMS)
    def test_refused(self, claim: str, tmp_path: Path) -> None:
        form, _, slug = FORMS[claim]
        error = load_error(f"{FILES}=== a.bst\n{form}", tmp_path, targets=["a.bst"])
        assert error.slug == slug
        assert error.fix is not None
        assert error.at is not None

    def test_the_fix_of_each(self, tmp_path: Path) -> None:
        fixes = [
            load_error(f"{FILES}=== a.bst\n{form}", tmp_path, targets=["a.bst"]).fix
            for form, _, _ in FORMS.values()
        ]
        assert fixes == [
            "write config: {include: [DOMAIN, ...], exclude: [DOMAIN, ...]}",
            "list 'b.bst' under build-depends",
            "write just '- sub.bst:elements/base/base.bst', relative to its element-path",
        ]


class TestRunbook:
    """The runbook's forms load by choice, and each use is noted with BuildStream's form."""

    @pytest.mark.parametrize("claim", FORMS)
    def test_noted(self, claim: str, tmp_path: Path) -> None:
        form, fix, _ = FORMS[claim]
        project_ = loaded(form, tmp_path)
        (note,) = project_.notes
        assert (note.claim, note.element, note.fix) == (claim, "a.bst", fix)
        assert note.provenance is not None
        assert project_.dialect == "runbook"

    def test_paths(self, tmp_path: Path) -> None:
        settings = drawing.named(loaded(FORMS["R3"][0], tmp_path)).settings
        assert isinstance(settings, ComposeConfig)
        assert settings.include_paths == ("/usr", "/etc")
        assert settings.exclude_paths == ("/usr/include",)
        assert settings.include == ()

    def test_build_dependencies(self, tmp_path: Path) -> None:
        (dependency,) = drawing.named(loaded(FORMS["R4"][0], tmp_path)).dependencies
        assert (dependency.name, dependency.type) == ("b.bst", "build")

    def test_junction(self, tmp_path: Path) -> None:
        project_ = loaded(FORMS["R5"][0], tmp_path)
        assert drawing.names(project_) == ["sub.bst:base/base.bst", "a.bst"]

    def test_an_element_path_alone_is_noted_too(self, tmp_path: Path) -> None:
        project_ = loaded("kind: stack\ndepends:\n- sub.bst:elements/base/base.bst\n", tmp_path)
        (note,) = project_.notes
        assert (note.claim, note.fix) == ("R5", "write '- sub.bst:base/base.bst'")

    def test_buildstreams_own_forms_stay(self, tmp_path: Path) -> None:
        text = "kind: compose\nbuild-depends: [b.bst]\nconfig: {include: [runtime]}\n"
        project_ = loaded(text, tmp_path)
        assert project_.notes == ()
        settings = drawing.named(project_).settings
        assert isinstance(settings, ComposeConfig)
        assert settings.include == ("runtime",)

    @pytest.mark.parametrize(
        ("form", "slug"),
        [
            ("kind: compose\ncompose: [x]\n", "invalid-data"),
            ("kind: compose\ncompose: {inclde: [/usr]}\n", "unknown-key"),
            ("kind: compose\ncompose: {include: /usr}\n", "invalid-data"),
            ("kind: manual\ncompose: {include: [/usr]}\n", "unknown-key"),
            ("kind: compose\nruntime-depends: [b.bst]\n", "element-rule"),
            ("kind: script\ndepends: [b.bst]\n", "element-rule"),
        ],
    )
    def test_still_refused(self, form: str, slug: Slug, tmp_path: Path) -> None:
        text = f"{FILES}=== a.bst\n{form}"
        error = load_error(text, tmp_path, targets=["a.bst"], dialect="runbook")
        assert error.slug == slug

    def test_chosen_by_the_project(self, tmp_path: Path) -> None:
        text = f"{FILES}=== bstgraph.toml\ndialect = 'runbook'\n=== a.bst\n{FORMS['R4'][0]}"
        assert project(text, tmp_path, targets=["a.bst"]).notes
        assert load_error(text, tmp_path, targets=["a.bst"], dialect="buildstream").slug == (
            "element-rule"
        )
