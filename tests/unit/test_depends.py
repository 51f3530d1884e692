"""Dependency lists: forms, merging, types, config, and the rules of each kind."""

from __future__ import annotations

from pathlib import Path

import pytest

from bstgraph.errors import LoadErrors, ProjectError, Slug
from bstgraph.model import Dependency, Element
from bstgraph.testing import load_error, project
from tests.unit import drawing

FILES = f"""{drawing.SUB}
=== sub/project.conf
=== sub/x.bst
kind: manual
=== b.bst
kind: manual
=== c.bst
kind: manual
=== deep/d.bst
kind: manual
=== link.bst
kind: link
config: {{target: b.bst}}
"""


def written(dependency: Dependency) -> str:
    """Return a dependency as one short text: what it resolves to, as what, its path."""
    strict = " strict" if dependency.strict else ""
    path = f" as {dependency.path}" if dependency.path != dependency.name else ""
    return f"{dependency.name} {dependency.type}{strict}{path}"


def loaded(body: str, tmp_path: Path, kind: str = "manual") -> Element:
    return drawing.element(f"{FILES}\n=== a.bst\nkind: {kind}\n{body}\n", tmp_path)


TABLE: list[tuple[str, list[str]]] = [
    ("depends: [b.bst]", ["b.bst all"]),
    ("build-depends: [b.bst]", ["b.bst build"]),
    ("runtime-depends: [b.bst]", ["b.bst runtime"]),
    ("depends: [{filename: b.bst, type: build}]", ["b.bst build"]),
    ("depends: [{filename: b.bst, type: runtime}]", ["b.bst runtime"]),
    ("depends: [{filename: b.bst, type: all}]", ["b.bst all"]),
    ("depends: [{filename: [b.bst, c.bst]}]", ["b.bst all", "c.bst all"]),
    ("depends: [deep/d.bst]", ["deep/d.bst all"]),
    ("depends: []", []),
    # Junctions, written in one text or in two.
    ("depends: ['sub.bst:x.bst']", ["sub.bst:x.bst all"]),
    ("depends: [{filename: x.bst, junction: sub.bst}]", ["sub.bst:x.bst all"]),
    ("depends: [{filename: 'sub.bst:x.bst'}]", ["sub.bst:x.bst all"]),
    # The name is normalised, the path stays as it was written.
    ("depends: [./b.bst]", ["b.bst all as ./b.bst"]),
    ("depends: [deep/../b.bst]", ["b.bst all as deep/../b.bst"]),
    ("depends: ['sub.bst:./x.bst']", ["sub.bst:x.bst all as sub.bst:./x.bst"]),
    ("depends: [link.bst]", ["b.bst all as link.bst"]),
    # Entries of one element are merged, the first spelling stays.
    ("build-depends: [b.bst]\nruntime-depends: [b.bst]", ["b.bst all"]),
    ("depends: [b.bst, b.bst]", ["b.bst all"]),
    ("runtime-depends: [b.bst]\ndepends: [{filename: b.bst, type: build}]", ["b.bst all"]),
    ("depends: [./b.bst]\nbuild-depends: [link.bst]", ["b.bst all as link.bst"]),
    ("depends: [link.bst, b.bst]", ["b.bst all as link.bst"]),
    ("depends: [b.bst, link.bst]", ["b.bst all"]),
    # A strict entry makes the merged one strict.
    ("build-depends: [{filename: b.bst, strict: true}]", ["b.bst build strict"]),
    ("depends: [{filename: b.bst, strict: True}]", ["b.bst all strict"]),
    (
        "build-depends: [b.bst, {filename: link.bst, strict: true}]\nruntime-depends: [./b.bst]",
        ["b.bst all strict"],
    ),
    # No variables here.
    ("variables: {n: b.bst}\ndepends: [b.bst]", ["b.bst all"]),
    # Build before runtime, then by name; an element in a subproject before others of its name.
    ("runtime-depends: [b.bst]\nbuild-depends: [c.bst]", ["c.bst build", "b.bst runtime"]),
    (
        "depends: [deep/d.bst, c.bst, b.bst, 'sub.bst:x.bst']",
        ["b.bst all", "c.bst all", "deep/d.bst all", "sub.bst:x.bst all"],
    ),
]


class TestForms:
    """A dependency is a name, or a mapping of a name and what is special about it."""

    @pytest.mark.parametrize(("body", "expected"), TABLE)
    def test_dependencies(self, body: str, expected: list[str], tmp_path: Path) -> None:
        assert [written(d) for d in loaded(body, tmp_path).dependencies] == expected

    def test_a_name_above_the_element_path(self, tmp_path: Path) -> None:
        text = """
            === project.conf
            element-path: elements/in
            === elements/in/a.bst
            kind: stack
            depends: [../b.bst]
            === elements/in/x
            """
        (tmp_path / "elements").mkdir()
        (tmp_path / "elements" / "b.bst").write_text("kind: manual\n")
        element = drawing.element(text, tmp_path)
        assert [written(d) for d in element.dependencies] == ["../b.bst all"]


WRONG: list[tuple[str, Slug]] = [
    ("depends: b.bst", "invalid-data"),
    ("depends: {b.bst: x}", "invalid-data"),
    ("depends:", "invalid-data"),
    ("depends: {(>): [b.bst]}", "invalid-data"),
    ("depends: [[b.bst]]", "bad-dependency"),
    ("depends: [{type: build}]", "missing-key"),
    ("depends: [{filename: {a: b}}]", "invalid-data"),
    ("depends: [{filename: b.bst, colour: red}]", "unknown-key"),
    ("depends: [{filename: b.bst, type: both}]", "bad-dependency"),
    ("build-depends: [{filename: b.bst, type: build}]", "unknown-key"),
    ("runtime-depends: [{filename: b.bst, type: runtime}]", "unknown-key"),
    ("depends: [{filename: 'sub.bst:x.bst', junction: sub.bst}]", "bad-dependency"),
    ("depends: [{filename: b.bst, strict: false}]", "bad-dependency"),
    ("depends: [{filename: b.bst, strict: maybe}]", "invalid-data"),
    ("runtime-depends: [{filename: b.bst, strict: true}]", "bad-dependency"),
    ("depends: [{filename: b.bst, type: runtime, strict: true}]", "bad-dependency"),
    ("runtime-depends: [{filename: b.bst, config: {location: /x}}]", "bad-dependency"),
    ("depends: [{filename: b.bst, type: runtime, config: {}}]", "bad-dependency"),
    ("depends: [{filename: b.bst, config: x}]", "invalid-data"),
    ("depends: [{filename: b.bst, config: {colour: red}}]", "unknown-key"),
    ("depends: [no.bst]", "unknown-element"),
    ("depends: ['no.bst:x.bst']", "unknown-element"),
    ("depends: ['sub.bst:no.bst']", "unknown-element"),
    ("depends: ['b.bst:x.bst']", "invalid-junction"),
    ("depends: [sub.bst]", "bad-dependency"),
    ("depends: [b]", "bad-element-name"),
    ("depends: [b.txt]", "bad-element-name"),
    ("depends: ['b*.bst']", "bad-element-name"),
    ("depends: ['ä.bst']", "bad-element-name"),
    ("depends: ['']", "bad-element-name"),
    ("depends: ['sub.bst:']", "bad-element-name"),
    ("depends: ['%{element-name}']", "bad-element-name"),
    ("depends: [a.bst]", "circular-dependency"),
    ("depends: ['./sub.bst:x.bst']", "unknown-element"),
]


class TestWrong:
    """Whatever else is written as a dependency is an error, at the dependency."""

    @pytest.mark.parametrize(("body", "slug"), WRONG)
    def test_refused(self, body: str, slug: Slug, tmp_path: Path) -> None:
        text = f"{FILES}\n=== a.bst\nkind: manual\n{body}\n"
        text = text.replace("{(>):", "{'(>)':")
        error = load_error(text, tmp_path, targets=["a.bst"])
        assert error.slug == slug
        assert error.at is not None
        assert error.at.path == "elements/a.bst"

    def test_did_you_mean(self, tmp_path: Path) -> None:
        error = load_error(f"{FILES}\n=== a.bst\nkind: manual\ndepends: [deep/e.bst]\n", tmp_path)
        assert str(error) == (
            "elements/a.bst:2:11: there is no element 'deep/e.bst', did you mean 'deep/d.bst'? "
            "[unknown-element]"
        )

    def test_independent_errors_come_together(self, tmp_path: Path) -> None:
        text = """
            === a.bst
            kind: manual
            depends: [no.bst, b.bst, never.bst]
            === b.bst
            kind: manual
            variables: {x: "%{no-such}"}
            """
        error = load_error(text, tmp_path)
        assert isinstance(error, LoadErrors)
        slugs = [each.slug for each in error.exceptions if isinstance(each, ProjectError)]
        assert slugs == ["unknown-element", "unknown-element", "undefined-variable"]


class TestCycles:
    """All types of dependencies count for a cycle; the message has all of it."""

    @pytest.mark.parametrize("key", ["depends", "build-depends", "runtime-depends"])
    def test_cycle(self, key: str, tmp_path: Path) -> None:
        text = f"""
            === a.bst
            kind: manual
            depends: [b.bst]
            === b.bst
            kind: manual
            {key}: [c.bst]
            === c.bst
            kind: manual
            runtime-depends: [b.bst]
            """
        error = load_error(text, tmp_path)
        assert error.slug == "circular-dependency"
        assert "b.bst -> c.bst -> b.bst" in error.message


class TestConfig:
    """`config` is kept per entry and expanded; merging an entry without one drops nothing else."""

    @pytest.mark.parametrize(
        ("body", "expected"),
        [
            ("build-depends: [b.bst]", ()),
            (
                "build-depends: [{filename: b.bst, config: {location: '%{prefix}'}}]",
                ({"location": "/usr"},),
            ),
            (
                (
                    "build-depends: [{filename: b.bst, config: {location: /x}}, "
                    "{filename: ./b.bst, config: {location: /y}}]"
                ),
                ({"location": "/x"}, {"location": "/y"}),
            ),
            (
                "build-depends: [b.bst, {filename: b.bst, config: {location: /x}}]",
                ({"location": "/x"},),
            ),
        ],
    )
    def test_value(self, body: str, expected: tuple[dict[str, str], ...], tmp_path: Path) -> None:
        assert loaded(body, tmp_path).dependencies[0].config == expected

    @pytest.mark.parametrize("kind", ["stack", "compose", "filter", "import"])
    def test_kinds_that_take_none(self, kind: str, tmp_path: Path) -> None:
        key = "depends" if kind == "stack" else "build-depends"
        text = f"""{FILES}
=== files/
=== a.bst
kind: {kind}
{key}: [{{filename: b.bst, config: {{location: /x}}}}]
"""
        text += "sources: [{kind: local, path: files}]\n" if kind == "import" else ""
        error = load_error(text, tmp_path, targets=["a.bst"])
        assert (error.slug, str(error.at)[:16]) == ("bad-dependency", "elements/a.bst:2")


RULES: list[tuple[str, str, Slug | None]] = [
    ("stack", "depends: [b.bst]", None),
    ("stack", "build-depends: [b.bst]\nruntime-depends: [b.bst]", None),
    ("stack", "build-depends: [b.bst]", "element-rule"),
    ("stack", "runtime-depends: [b.bst]", "element-rule"),
    ("stack", "sources: [{kind: local, path: files}]", "element-rule"),
    ("compose", "build-depends: [b.bst]", None),
    ("compose", "depends: [b.bst]", "element-rule"),
    ("compose", "runtime-depends: [b.bst]", "element-rule"),
    ("compose", "sources: [{kind: local, path: files}]", "element-rule"),
    ("script", "build-depends: [b.bst]", None),
    ("script", "depends: [b.bst]", "element-rule"),
    ("script", "sources: [{kind: local, path: files}]", "element-rule"),
    ("filter", "build-depends: [b.bst]", None),
    ("filter", "build-depends: [b.bst]\nruntime-depends: [c.bst]", None),
    ("filter", "", "element-rule"),
    ("filter", "build-depends: [b.bst, c.bst]", "element-rule"),
    ("filter", "depends: [b.bst]", "element-rule"),
    ("filter", "runtime-depends: [b.bst]", "element-rule"),
    ("filter", "build-depends: [stack.bst]", "element-rule"),
    ("filter", "build-depends: [b.bst]\nsources: [{kind: local, path: files}]", "element-rule"),
    ("import", "sources: [{kind: local, path: files}]", None),
    ("import", "sources: []", "element-rule"),
    ("import", "", "element-rule"),
    ("manual", "sources: [{kind: local, path: files}]\ndepends: [b.bst]", None),
    ("manual", "", None),
]


class TestRules:
    """Each kind says which dependencies and sources its elements have."""

    @pytest.mark.parametrize(("kind", "body", "slug"), RULES)
    def test_rule(self, kind: str, body: str, slug: Slug | None, tmp_path: Path) -> None:
        text = f"""{FILES}
=== files/
=== stack.bst
kind: stack
=== a.bst
kind: {kind}
{body}
"""
        if slug is None:
            assert drawing.element(text, tmp_path).kind == kind
        else:
            error = load_error(text, tmp_path, targets=["a.bst"])
            assert error.slug == slug
            assert error.at is not None
            assert error.at.path == "elements/a.bst"


class TestOrder:
    """The staging order has dependencies first and the targets in the order given."""

    def test_targets(self, tmp_path: Path) -> None:
        text = FILES + "\n=== a.bst\nkind: stack\ndepends: [b.bst]\n"
        loaded = project(text, tmp_path, targets=["c.bst", "a.bst", "link.bst"])
        assert loaded.targets == ("c.bst", "a.bst", "b.bst")
        assert drawing.names(loaded) == ["c.bst", "b.bst", "a.bst"]
        assert loaded.links == {"link.bst": "b.bst"}

    @pytest.mark.parametrize(
        ("target", "slug"),
        [
            ("no.bst", "unknown-element"),
            ("b", "bad-element-name"),
            ("no.bst:x.bst", "unknown-element"),
            ("/etc/hosts.bst", "unknown-element"),
            ("../../b.bst", "outside-project"),
        ],
    )
    def test_wrong_target(self, target: str, slug: Slug, tmp_path: Path) -> None:
        (tmp_path / "b.bst").write_text("kind: manual\n")
        assert load_error(FILES, tmp_path / "project", targets=[target]).slug == slug
