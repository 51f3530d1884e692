"""Which element each path of a layer is from, and how that differs from a map."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pytest

from bstgraph.errors import SelectionError
from bstgraph.layers import Layers, Ownership, drift, owners
from tests.unit.drawing import SUB
from tests.unit.layered import built, imports, layered, text

LAYER: Final = imports(a="usr/bin/a etc/x", b="usr/bin/b etc/x") + text("""
    === f.bst
    kind: filter
    build-depends: [b.bst]
    config: {include-orphans: true}
    === lower.bst
    kind: compose
    build-depends: [a.bst, f.bst]
    config: {integrate: false}
    === upper.bst
    kind: compose
    build-depends: [lower.bst]
    config: {exclude: [devel], integrate: false}
    === image.bst
    kind: script
    build-depends:
    - {filename: upper.bst, config: {location: /layer}}
    config: {commands: [build-oci]}
    variables: {install-root: /layer}
""")
FILES: Final = {"etc/x": "b.bst", "usr/bin/a": "a.bst", "usr/bin/b": "b.bst"}


def files(found: Ownership) -> dict[str, str | None]:
    """Return path -> element of all but directories."""
    components = found.components()
    named: dict[str, str | None] = {
        path[1:]: name for name, paths in components.items() for path in paths
    }
    return {**named, **{row.path: None for row in found if row.element is None}}


class TestOwners:
    @pytest.mark.parametrize(
        ("name", "location"),
        [
            ("lower.bst", None),
            ("upper.bst", None),
            ("lower.bst", "/"),
            ("image.bst", "/layer"),
            ("image.bst", None),
        ],
    )
    def test_composes_and_filters_are_seen_through(
        self, tmp_path: Path, name: str, location: str | None
    ) -> None:
        layers = layered(LAYER, tmp_path)
        found = owners(layers, name, location=location)
        assert (found.element, found.location) == (name, location)
        assert files(found) == FILES
        assert {(row.how, row.project) for row in found} == {("element", "test")}
        assert len(found) == len(list(found)) == 6

    def test_directories_are_of_the_first_one(self, tmp_path: Path) -> None:
        found = owners(layered(LAYER, tmp_path), "upper.bst").components(directories=True)
        assert found["a.bst"] == ["/etc", "/usr", "/usr/bin", "/usr/bin/a"]

    @pytest.mark.parametrize("name", ["a.bst", "b.bst"])
    def test_a_package_has_its_own(self, tmp_path: Path, name: str) -> None:
        layers = layered(LAYER, tmp_path)
        found = owners(layers, name)
        assert {(row.element, row.project, row.how) for row in found} == {(name, "test", "element")}
        assert [row.path for row in found] == list(layers.contents(name))

    def test_a_filter_has_those_of_its_parent(self, tmp_path: Path) -> None:
        found = owners(layered(LAYER, tmp_path), "f.bst")
        assert files(found) == {"etc/x": "b.bst", "usr/bin/b": "b.bst"}

    def test_in_a_subproject(self, tmp_path: Path) -> None:
        drawing = f"{SUB}=== sub/project.conf\n=== sub/a.bst\nkind: import\n"
        drawing += "sources: [{kind: local, path: files}]\n=== sub/files/x\n"
        drawing += "=== c.bst\nkind: compose\nbuild-depends: ['sub.bst:a.bst']\n"
        (row,) = owners(layered(drawing, tmp_path), "c.bst")
        assert (row.element, row.project) == ("sub.bst:a.bst", "sub")

    @pytest.mark.parametrize(
        ("name", "location", "fix"),
        [
            ("image.bst", "/nowhere", "it stages at: /layer"),
            ("image.bst", "/layer/", "it stages at: /layer"),
            ("a.bst", "/", "it stages nothing at all"),
        ],
    )
    def test_no_such_location(self, tmp_path: Path, name: str, location: str, fix: str) -> None:
        with pytest.raises(SelectionError) as caught:
            owners(layered(LAYER, tmp_path), name, location=location)
        assert (caught.value.slug, caught.value.fix) == ("unknown-location", fix)

    def test_no_such_element(self, tmp_path: Path) -> None:
        with pytest.raises(SelectionError) as caught:
            owners(layered(LAYER, tmp_path), "nowhere.bst")
        assert caught.value.slug == "unknown-element"

    def test_below_another_location(self, tmp_path: Path) -> None:
        drawing = imports(a="x", b="y") + text("""
            === s.bst
            kind: script
            build-depends:
            - {filename: a.bst, config: {location: /layer}}
            - {filename: b.bst, config: {location: /layer/below}}
        """)
        layers = layered(drawing, tmp_path)
        assert files(owners(layers, "s.bst", location="/layer")) == {
            "x": "a.bst",
            "below/y": "b.bst",
        }


COMMANDED: Final = LAYER.replace(
    "=== f/a", "public: {bst: {integration-commands: [make]}}\n=== f/a", 1
).replace("integrate: false", "integrate: true")


class TestNobody:
    def test_what_commands_made(self, tmp_path: Path) -> None:
        artifacts = {"lower.bst": built("usr/bin/a", "etc/made", "dev/")}
        found = owners(layered(COMMANDED, tmp_path, artifacts=artifacts), "upper.bst")
        assert files(found) == {"usr/bin/a": "a.bst", "etc/made": None, "dev": None}
        assert {row.path for row in found if row.how == "commands"} == {"dev", "etc/made"}
        assert found.gaps == ()

    def test_what_may_be_of_an_unknown_element(self, tmp_path: Path) -> None:
        drawing = LAYER.replace("build-depends: [b.bst]", "build-depends: [m.bst]")
        drawing += "=== m.bst\nkind: manual\n"
        artifacts = {"lower.bst": built("usr/bin/a", "usr/bin/m")}
        found = owners(layered(drawing, tmp_path, artifacts=artifacts), "upper.bst")
        assert files(found) == {"usr/bin/a": "a.bst", "usr/bin/m": None}
        (row,) = (row for row in found if row.how == "unknown")
        assert (row.element, row.project) == (None, "")
        assert [gap.element for gap in found.gaps] == []
        found = owners(layered(drawing, tmp_path, artifacts=artifacts), "lower.bst")
        assert [gap.element for gap in found.gaps] == ["m.bst"]

    def test_what_a_script_has_besides(self, tmp_path: Path) -> None:
        artifacts = {"image.bst": built("etc/x", "image.tar")}
        found = owners(layered(LAYER, tmp_path, artifacts=artifacts), "image.bst")
        assert files(found) == {"etc/x": "b.bst", "image.tar": None}
        assert {row.how for row in found if row.element is None} == {"commands"}

    def test_what_is_not_known_has_no_rows(self, tmp_path: Path) -> None:
        found = owners(layered("=== m.bst\nkind: manual\n", tmp_path), "m.bst")
        assert (len(found), len(found.gaps)) == (0, 1)

    def test_what_lies_in_a_junction_that_is_not_at_hand(self, tmp_path: Path) -> None:
        drawing = imports(a="x") + text("""
            === far.bst
            kind: junction
            sources: [{kind: tar, url: 'https://example.com/x.tar', ref: abc}]
            === c.bst
            kind: compose
            build-depends: [a.bst, 'far.bst:b.bst']
        """)
        found = owners(layered(drawing, tmp_path, artifacts={"c.bst": built("x", "y")}), "c.bst")
        assert files(found) == {"x": "a.bst", "y": None}
        assert [gap.element for gap in found.gaps] == ["far.bst:b.bst"]


class TestDrift:
    @pytest.mark.parametrize(
        ("known", "moved"),
        [
            (FILES, []),
            ({f"/{path}": name for path, name in FILES.items()}, []),
            ({**FILES, "etc/x": "a.bst"}, ["/etc/x a.bst b.bst"]),
            ({**FILES, "etc/gone": "a.bst"}, ["/etc/gone a.bst None"]),
            ({"etc/x": "b.bst"}, ["/usr/bin/a None a.bst", "/usr/bin/b None b.bst"]),
            ({**FILES, "etc/x": "sub.bst:b.bst"}, ["/etc/x sub.bst:b.bst b.bst"]),
            ({**FILES, "usr": "b.bst", "etc": "b.bst"}, []),
            ({**FILES, "gone": "b.bst", "gone/x": "b.bst"}, ["/gone/x b.bst None"]),
            ({**FILES, "etc/x/y": "b.bst"}, ["/etc/x None b.bst", "/etc/x/y b.bst None"]),
        ],
    )
    def test_what_moved(self, tmp_path: Path, known: Mapping[str, str], moved: list[str]) -> None:
        found = drift(owners(layered(LAYER, tmp_path), "upper.bst"), known)
        assert [f"{one.path} {one.before} {one.now}" for one in found] == moved
        assert (len(found), found.element) == (len(moved), "upper.bst")

    def test_names_may_be_those_of_the_subproject(self, tmp_path: Path) -> None:
        drawing = f"{SUB}=== sub/project.conf\n=== sub/a.bst\nkind: import\n"
        drawing += "sources: [{kind: local, path: files}]\n=== sub/files/x\n"
        drawing += "=== c.bst\nkind: compose\nbuild-depends: ['sub.bst:a.bst']\n"
        found = owners(layered(drawing, tmp_path), "c.bst")
        assert not drift(found, {"/x": "a.bst"})
        assert drift(found, {"/x": "b.bst"})

    def test_what_is_of_nobody_is_not_compared(self, tmp_path: Path) -> None:
        artifacts = {"lower.bst": built("usr/bin/a", "etc/made")}
        layers: Layers = layered(COMMANDED, tmp_path, artifacts=artifacts)
        known = {"usr/bin/a": "a.bst"}
        assert not drift(owners(layers, "lower.bst"), known)
        assert not drift(owners(layers, "lower.bst"), {**known, "etc/made": "b.bst"})
