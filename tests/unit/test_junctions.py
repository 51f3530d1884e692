"""Junctions: where their projects are, conflicts, and projects that are not at hand."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from bstgraph.errors import LoadErrors, ProjectError, Slug
from bstgraph.model import Project
from bstgraph.names import ElementName
from bstgraph.testing import load_error, project, write
from tests.unit import drawing

BASE = """
=== sub/project.conf
=== sub/b.bst
kind: manual
=== sub/deep/c.bst
kind: manual
depends: [b.bst]
=== a.bst
kind: stack
depends:
- sub.bst:deep/c.bst
"""


def junction(name: str, path: str, config: str = "") -> str:
    """Return a junction element with a local source; `config` is the rest of the file."""
    return f"""
=== {name}
kind: junction
sources: [{{kind: local, path: {path}}}]
{config}
"""


class TestLocal:
    """A junction with one local source is the project in that folder of its own project."""

    def test_elements(self, tmp_path: Path) -> None:
        loaded = project(drawing.SUB + BASE, tmp_path, targets=["a.bst"])
        assert drawing.names(loaded) == ["sub.bst:b.bst", "sub.bst:deep/c.bst", "a.bst"]
        found = loaded.junctions[ElementName("sub.bst")]
        assert (found.directory, found.supplied_by) == (tmp_path / "sub", "local")
        assert found.project_name == "test"
        assert loaded.projects["sub.bst"].name == "sub"
        assert loaded.projects["sub.bst"].junction == "sub.bst"
        assert loaded.gaps == ()

    def test_path(self, tmp_path: Path) -> None:
        text = (
            junction("sub.bst", "all", "config: {path: '%{where}'}\nvariables: {where: in/sub}")
            + "=== x/\n"
            + BASE.replace("=== sub/", "=== all/in/sub/")
        )
        loaded = project(text, tmp_path, targets=["a.bst"])
        assert loaded.junctions[ElementName("sub.bst")].directory == tmp_path / "all/in/sub"

    def test_two_deep(self, tmp_path: Path) -> None:
        text = (
            junction("sub.bst", "sub")
            + "=== sub/project.conf\n=== sub/x.bst\nkind: stack\ndepends:\n- deep.bst:y.bst\n"
            + junction("sub/deep.bst", "deep")
            + "=== sub/deep/project.conf\nname: bottom\n=== sub/deep/y.bst\nkind: manual\n"
            + "=== a.bst\nkind: stack\ndepends:\n- sub.bst:x.bst\n- sub.bst:deep.bst:y.bst\n"
        )
        loaded = project(text, tmp_path, targets=["a.bst"])
        assert drawing.names(loaded) == ["sub.bst:deep.bst:y.bst", "sub.bst:x.bst", "a.bst"]
        assert list(loaded.projects) == ["", "sub.bst", "sub.bst:deep.bst"]
        assert drawing.named(loaded, "sub.bst:deep.bst:y.bst").project_name == "bottom"

    def test_a_target_in_a_subproject(self, tmp_path: Path) -> None:
        loaded = project(drawing.SUB + BASE, tmp_path, targets=["sub.bst:b.bst"])
        assert loaded.targets == ("sub.bst:b.bst",)

    def test_a_junction_nobody_needs_is_not_opened(self, tmp_path: Path) -> None:
        text = junction("sub.bst", "no-such") + "=== a.bst\nkind: manual\n"
        loaded = project(text, tmp_path, targets=["a.bst"])
        assert list(loaded.projects) == [""]


WRONG: list[tuple[str, str, Slug]] = [
    ("depends: [x.bst]", "", "invalid-junction"),
    ("build-depends: [x.bst]", "", "invalid-junction"),
    ("config: {colour: red}", "", "unknown-key"),
    ("config: {path: no-such}", "", "invalid-junction"),
    ("config: {path: [x]}", "", "invalid-data"),
    ("config: {path: ..}", "", "outside-project"),
    ("config: {options: x}", "", "invalid-data"),
    ("config: {overrides: {b.bst: sub.bst}}", "", "invalid-junction"),
    ("config: {overrides: {b.bst: [x]}}", "", "invalid-data"),
    ("config: {path: '%{no-such}'}", "", "undefined-variable"),
    ("colour: red", "", "unknown-key"),
    ("", "=== sub/project.conf\nname: 9\n", "bad-symbol"),
    ("", "=== sub/project.conf\ncolour: red\n", "unknown-key"),
]


class TestWrong:
    """A junction has no dependencies, its own keys, and a project behind it."""

    @pytest.mark.parametrize(("body", "conf", "slug"), WRONG)
    def test_refused(self, body: str, conf: str, slug: Slug, tmp_path: Path) -> None:
        base = BASE.replace("=== sub/project.conf\n", conf or "=== sub/project.conf\n")
        text = junction("sub.bst", "sub", body) + base + "=== x.bst\nkind: manual\n"
        error = load_error(text, tmp_path, targets=["a.bst"])
        assert error.slug == slug
        assert error.at is not None

    def test_no_project_behind_it(self, tmp_path: Path) -> None:
        text = junction("sub.bst", "empty") + "=== empty/\n" + BASE
        error = load_error(text, tmp_path, targets=["a.bst"])
        assert (error.slug, str(error.at)) == ("invalid-junction", "elements/a.bst:3:3")

    def test_a_project_that_is_its_own_subproject(self, tmp_path: Path) -> None:
        text = junction("up.bst", ".") + "=== a.bst\nkind: stack\ndepends:\n- up.bst:a.bst\n"
        error = load_error(text, tmp_path, targets=["a.bst"])
        assert isinstance(error, LoadErrors)
        slugs = [each.slug for each in error.exceptions if isinstance(each, ProjectError)]
        assert slugs == ["junction-conflict", "junction-loop"]


class TestGiven:
    """A folder that the caller gives comes before the junction's own sources."""

    TEXT = """
=== sub.bst
kind: junction
sources: [{kind: local, path: own}]
config: {path: in}
=== own/in/project.conf
name: own
=== own/in/b.bst
kind: manual
=== a.bst
kind: stack
depends:
- sub.bst:b.bst
"""

    def test_mapping(self, tmp_path: Path) -> None:
        root = tmp_path / "project"
        given = write(
            "=== in/project.conf\nname: given\n=== in/b.bst\nkind: manual\n", tmp_path / "x"
        )
        loaded = project(self.TEXT, root, targets=["a.bst"], junctions={"sub.bst": given})
        assert drawing.named(loaded, "sub.bst:b.bst").project_name == "given"
        assert loaded.junctions[ElementName("sub.bst")].supplied_by == "mapping"

    def test_no_folder(self, tmp_path: Path) -> None:
        folder = tmp_path / "no-such"
        error = load_error(self.TEXT, tmp_path, targets=["a.bst"], junctions={"sub.bst": folder})
        assert error.slug == "checkout-failed"
        assert str(folder) in error.message


def commit(folder: Path) -> str:
    """Make a git clone of the files in `folder`, one commit, and return its name."""
    settings = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    who = ["-c", "user.name=x", "-c", "user.email=x@example.com"]
    for arguments in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "x"]):
        subprocess.run(
            ["git", *who, *arguments], cwd=folder, check=True, env={**os.environ, **settings}
        )
    found = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=folder, check=True, capture_output=True, text=True
    )
    return found.stdout.strip()


class TestGit:
    """The pinned commit is taken out of a clone that the caller has, patches laid over it."""

    def text(self, ref: str, more: str = "") -> str:
        return f"""
=== project.conf
plugins: [{{origin: pip, package-name: no-such-plugins, sources: [git_repo, git]}}]
=== sub.bst
kind: junction
sources:
- kind: git_repo
  url: https://example.com/x.git
  ref: '{ref}'
- kind: local
  path: over
{more}
=== over/more.yml
description: overlaid
=== a.bst
kind: stack
depends:
- sub.bst:b.bst
"""

    @pytest.fixture
    def ref(self, tmp_path: Path) -> str:
        inside = "=== project.conf\nname: pinned\n=== b.bst\nkind: manual\n(@): more.yml\n"
        return commit(write(f"{inside}=== more.yml\n", tmp_path / "clones" / "x"))

    @pytest.mark.parametrize("form", ["{}", "v1.0-3-g{}"])
    def test_found(self, form: str, ref: str, tmp_path: Path) -> None:
        clones = tmp_path / "clones"
        text = self.text(form.format(ref))
        loaded = project(text, tmp_path / "top", targets=["a.bst"], search=[clones])
        below = drawing.named(loaded, "sub.bst:b.bst")
        assert (below.project_name, below.description) == ("pinned", "overlaid")
        found = loaded.junctions[ElementName("sub.bst")]
        assert found.supplied_by == "git"
        assert found.directory is not None
        assert not found.directory.is_relative_to(tmp_path)
        assert (found.directory / "project.conf").exists()
        # Patches and files of a folder are ours to apply; nothing else is missing.
        assert below.gaps == ()

    def test_a_commit_that_no_clone_has(self, ref: str, tmp_path: Path) -> None:
        other = ref[::-1]
        loaded = project(
            self.text(other), tmp_path / "top", targets=["a.bst"], search=[tmp_path / "clones"]
        )
        assert set(loaded.externals) == {"sub.bst:b.bst"}
        assert other in loaded.externals[ElementName("sub.bst:b.bst")].reason


class TestOverlay:
    """Several local sources are laid over each other, each in its directory."""

    def test_files(self, tmp_path: Path) -> None:
        text = """
            === sub.bst
            kind: junction
            sources:
            - {kind: local, path: one}
            - {kind: local, path: two, directory: elements}
            === one/project.conf
            === two/data
            === a.bst
            kind: stack
            depends:
            - sub.bst:b.bst
            """
        write(text, tmp_path)
        (tmp_path / "two" / "b.bst").write_text("kind: manual\n")
        loaded = project("=== x\n", tmp_path, targets=["a.bst"])
        assert drawing.names(loaded) == ["sub.bst:b.bst", "a.bst"]


def two_ways(declared: str, below: str = "") -> str:
    """Return a project that reaches the project `shared` in two ways."""
    return (
        f"=== project.conf\n{declared}\n"
        + junction("one.bst", "one")
        + junction("two.bst", "two")
        + f"=== one/project.conf\n{below}\n"
        + "=== one/x.bst\nkind: stack\ndepends:\n- shared.bst:s.bst\n"
        + junction("one/shared.bst", "shared")
        + "=== one/shared/project.conf\nname: shared\n=== one/shared/s.bst\nkind: manual\n"
        + "=== two/project.conf\nname: shared\n=== two/s.bst\nkind: manual\n"
        + "=== a.bst\nkind: stack\ndepends:\n- one.bst:x.bst\n- two.bst:s.bst\n"
    )


class TestConflict:
    """One project name reached in two ways is an error, unless it is declared."""

    @pytest.mark.parametrize(
        ("declared", "below"),
        [
            ("", ""),
            ("junctions: {duplicates: {shared: [two.bst]}}", ""),
            ("junctions: {duplicates: {other: [two.bst, 'one.bst:shared.bst']}}", ""),
            ("", "junctions: {duplicates: {shared: [shared.bst]}}"),
        ],
    )
    def test_conflict(self, declared: str, below: str, tmp_path: Path) -> None:
        error = load_error(two_ways(declared, below), tmp_path, targets=["a.bst"])
        assert error.slug == "junction-conflict"
        assert "one.bst:shared.bst" in error.message
        assert "two.bst" in error.message

    @pytest.mark.parametrize(
        ("declared", "below"),
        [
            ("junctions: {duplicates: {shared: [two.bst, 'one.bst:shared.bst']}}", ""),
            ("junctions: {internal: [two.bst]}", ""),
            ("junctions: {internal: ['one.bst:shared.bst']}", ""),
            ("", "junctions: {internal: [shared.bst]}"),
        ],
    )
    def test_declared(self, declared: str, below: str, tmp_path: Path) -> None:
        loaded = project(two_ways(declared, below), tmp_path, targets=["a.bst"])
        identities = [
            drawing.named(loaded, n).identity for n in ("two.bst:s.bst", "one.bst:shared.bst:s.bst")
        ]
        assert identities == [("shared", "s.bst")] * 2

    def test_one_way_taken_twice_is_none(self, tmp_path: Path) -> None:
        text = two_ways("").replace("- two.bst:s.bst", "- one.bst:shared.bst:s.bst")
        loaded = project(text, tmp_path, targets=["a.bst"])
        assert drawing.names(loaded) == ["one.bst:shared.bst:s.bst", "one.bst:x.bst", "a.bst"]


MISSING = """
=== gone.bst
kind: junction
sources:
- kind: git_repo
  url: https://example.com/x.git
  ref: 0123456789abcdef0123456789abcdef01234567
"""

PLUGINS = "plugins: [{origin: pip, package-name: no-such-plugins, sources: [git_repo]}]\n"


def missing(text: str, tmp_path: Path) -> Project:
    """Return the project of `text`, which uses the junction `gone.bst` that is not at hand."""
    return project(f"{MISSING}{text}", tmp_path, targets=["a.bst"])


class TestNotAtHand:
    """A junction that cannot be found leaves externals and gaps; the rest loads as it is."""

    def test_a_dependency(self, tmp_path: Path) -> None:
        text = f"""
=== project.conf
{PLUGINS}
=== b.bst
kind: manual
=== a.bst
kind: stack
depends:
- b.bst
- gone.bst:deep.bst:x.bst
- gone.bst:./y.bst
"""
        loaded = missing(text, tmp_path)
        assert drawing.names(loaded) == ["b.bst", "a.bst"]
        assert set(loaded.externals) == {"gone.bst:deep.bst:x.bst", "gone.bst:y.bst"}
        named = [str(d.name) for d in drawing.named(loaded).dependencies]
        assert sorted(named) == ["b.bst", "gone.bst:deep.bst:x.bst", "gone.bst:y.bst"]
        external = loaded.externals[ElementName("gone.bst:y.bst")]
        assert external.junction == "gone.bst"
        assert "--junction gone.bst=DIR" in external.reason
        assert "--search" in external.reason
        assert loaded.junctions[ElementName("gone.bst")].supplied_by == "missing"
        assert any("gone.bst" in gap for gap in loaded.gaps)
        # What an element is does not change with what it depends on.
        assert drawing.named(loaded, "b.bst").gaps == ()

    def test_an_include_of_project_conf(self, tmp_path: Path) -> None:
        text = f"""
=== project.conf
{PLUGINS}
(@): gone.bst:conf.yml
variables: {{v: "%{{from-there}}", w: x}}
=== b.bst
kind: manual
(?): [{{late: {{description: x}}}}]
=== a.bst
kind: stack
depends: [b.bst]
"""
        loaded = missing(text, tmp_path)
        assert loaded.conf.gaps
        assert any("gone.bst:conf.yml" in gap for gap in loaded.gaps)
        assert any("--junction gone.bst=DIR" in gap for gap in loaded.gaps)
        for element in loaded.elements.values():
            assert element.variables["v"] == "%{from-there}"
            assert element.variables["w"] == "x"
            assert element.gaps
        # The condition may be about an option of the file that is missing.
        assert any("late" in gap for gap in drawing.named(loaded, "b.bst").gaps)

    def test_an_include_of_an_element(self, tmp_path: Path) -> None:
        text = f"""
=== project.conf
{PLUGINS}
=== b.bst
kind: manual
=== a.bst
kind: manual
variables: {{(@): gone.bst:x.yml, v: "%{{from-there}}"}}
depends: [b.bst]
""".replace("(@)", "'(@)'").replace("gone.bst:x.yml", "'gone.bst:x.yml'")
        loaded = missing(text, tmp_path)
        assert drawing.named(loaded).variables["v"] == "%{from-there}"
        assert any("gone.bst" in gap for gap in drawing.named(loaded).gaps)
        assert drawing.named(loaded, "b.bst").gaps == ()

    def test_kinds(self, tmp_path: Path) -> None:
        text = f"""
=== project.conf
plugins:
- {{origin: junction, junction: gone.bst, elements: [there], sources: [there_too]}}
- {PLUGINS.removeprefix("plugins: [").removesuffix("]" + chr(10))}
=== b.bst
kind: there
config: {{x: [y]}}
=== c.bst
kind: manual
sources: [{{kind: there_too, any: thing}}]
=== d.bst
kind: manual
=== a.bst
kind: stack
depends: [b.bst, c.bst, d.bst]
"""
        loaded = missing(text, tmp_path)
        gapped = [name for name, element in loaded.elements.items() if element.gaps]
        assert gapped == ["b.bst", "c.bst"]
        for name in gapped:
            assert any("gone.bst" in gap for gap in loaded.elements[name].gaps)
        assert drawing.named(loaded, "b.bst").config == {"x": ["y"]}
        assert drawing.named(loaded, "c.bst").sources[0].config == {"any": "thing"}

    def test_overrides_that_lead_there(self, tmp_path: Path) -> None:
        text = f"""
{junction("sub.bst", "sub", "config: {overrides: {b.bst: 'gone.bst:b.bst', other.bst: gone.bst}}")}
=== project.conf
{PLUGINS}
=== sub/project.conf
=== sub/b.bst
kind: manual
{junction("sub/other.bst", "nowhere")}
=== sub/c.bst
kind: stack
depends:
- b.bst
- other.bst:d.bst
=== a.bst
kind: stack
depends:
- sub.bst:c.bst
"""
        loaded = missing(text, tmp_path)
        assert set(loaded.externals) == {"gone.bst:b.bst", "gone.bst:d.bst"}
        below = drawing.named(loaded, "sub.bst:c.bst")
        assert {str(d.name) for d in below.dependencies} == {"gone.bst:b.bst", "gone.bst:d.bst"}

    def test_a_link_that_leads_there(self, tmp_path: Path) -> None:
        text = f"""
=== project.conf
{PLUGINS}
=== l.bst
kind: link
config: {{target: 'gone.bst:x.bst'}}
=== j.bst
kind: link
config: {{target: gone.bst}}
=== a.bst
kind: stack
depends:
- l.bst
- j.bst:y.bst
"""
        loaded = missing(text, tmp_path)
        assert set(loaded.externals) == {"gone.bst:x.bst", "gone.bst:y.bst"}

    def test_a_junction_behind_one(self, tmp_path: Path) -> None:
        text = f"""{drawing.SUB}
=== sub/project.conf
{PLUGINS}
{MISSING.replace("=== gone.bst", "=== sub/gone.bst")}
=== sub/b.bst
kind: manual
depends:
- gone.bst:x.bst
=== a.bst
kind: stack
depends:
- sub.bst:b.bst
"""
        loaded = project(text, tmp_path, targets=["a.bst"])
        assert set(loaded.externals) == {"sub.bst:gone.bst:x.bst"}
        external = loaded.externals[ElementName("sub.bst:gone.bst:x.bst")]
        assert external.junction == "sub.bst:gone.bst"
        assert "--junction sub.bst:gone.bst=DIR" in external.reason

    def test_a_target(self, tmp_path: Path) -> None:
        text = f"{MISSING}\n=== project.conf\n{PLUGINS}"
        loaded = project(text, tmp_path, targets=["gone.bst:x.bst"])
        assert loaded.targets == ("gone.bst:x.bst",)
        assert set(loaded.externals) == {"gone.bst:x.bst"}
        assert drawing.names(loaded) == []

    def test_given_at_last(self, tmp_path: Path) -> None:
        given = write("=== project.conf\nname: gone\n=== x.bst\nkind: manual\n", tmp_path / "given")
        text = f"""{MISSING}
=== project.conf
{PLUGINS}
=== a.bst
kind: stack
depends:
- gone.bst:x.bst
"""
        loaded = project(text, tmp_path / "top", targets=["a.bst"], junctions={"gone.bst": given})
        assert loaded.externals == {}
        assert drawing.names(loaded) == ["gone.bst:x.bst", "a.bst"]
        assert drawing.named(loaded).gaps == ()

    def test_no_ref(self, tmp_path: Path) -> None:
        text = f"""
=== project.conf
{PLUGINS}
=== gone.bst
kind: junction
sources: [{{kind: git_repo, url: "https://example.com/x.git"}}]
=== a.bst
kind: stack
depends:
- gone.bst:x.bst
"""
        error = load_error(text, tmp_path, targets=["a.bst"])
        assert error.slug == "invalid-junction"
