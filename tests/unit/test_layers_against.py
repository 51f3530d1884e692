"""An image beside what is staged for it: every kind of difference, as values, text and JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final, get_args

import pytest

from bstgraph.errors import SelectionError
from bstgraph.files import Directory, File, Link, Node, Untyped, tree_of
from bstgraph.layers import (
    Command,
    Difference,
    Gap,
    ImageComparison,
    Layers,
    compare_image,
)
from bstgraph.layers._against import Kind
from bstgraph.names import ElementName
from bstgraph.render import against_text, to_json, to_text
from tests.unit import test_layers_trace as traces
from tests.unit.caches import file
from tests.unit.layered import built, imports, layered, text
from tests.unit.test_layers_trace import on

IMAGE: Final = ElementName("image.bst")
A: Final = ElementName("a.bst")
B: Final = ElementName("b.bst")
BARE: Final[dict[str, object]] = {"other": None, "executable": None, "commands": []}
"""What JSON says of a difference that is nothing but there."""


def holding(*paths: str, **nodes: Node) -> Directory:
    """Return the files of an image.

    `usr/x=a` is a file as an import `a` has it, `usr/x` an empty one, `usr/x -> y` a link, `usr/`
    a directory.
    """
    entries: list[tuple[str, Node]] = list(nodes.items())
    for path in paths:
        link, arrow, target = path.partition(" -> ")
        name, equals, content = path.partition("=")
        if arrow:
            entries.append((link, Link(target)))
        elif path.endswith("/"):
            entries.append((path[:-1], Directory()))
        else:
            entries.append((name, file(f"{content}\n" if equals else "")))
    return tree_of(entries)


def differences(found: ImageComparison) -> list[tuple[str, str, str | None, str]]:
    return [(each.kind, each.path, each.element, each.other) for each in found]


def comparison(*found: Difference, **told: Any) -> ImageComparison:  # noqa: ANN401 - its fields
    values = {"target": IMAGE, "image": "i", "predicted": 3, "found": 1, **told}
    return ImageComparison(differences=found, **values)


class TestKinds:
    LAYER = on("a.bst", "b.bst", a="usr/bin/a usr/lib/a.so", b="etc/b")

    def test_nothing_differs(self, tmp_path: Path) -> None:
        tree = holding("usr/bin/a=a", "usr/lib/a.so=a", "etc/b=b")
        found = compare_image(layered(self.LAYER, tmp_path), "image.bst", tree)
        assert (found.differences, found.unknown, found.gaps) == ((), (), ())
        assert found.exact
        assert (found.target, found.image) == ("image.bst", "image")
        assert (found.predicted, found.found) == (7, 7)
        assert not found

    def test_every_kind(self, tmp_path: Path) -> None:
        tree = holding("usr/bin/a=other", "opt/a.so=a", "new")
        found = compare_image(layered(self.LAYER, tmp_path), "image.bst", tree, label="it")
        assert differences(found) == [
            ("missing", "etc", "b.bst", ""),
            ("missing", "etc/b", "b.bst", ""),
            ("missing", "usr/lib", "a.bst", ""),
            ("changed", "usr/bin/a", "a.bst", ""),
            ("moved", "opt/a.so", "a.bst", "usr/lib/a.so"),
            ("unexpected", "new", None, ""),
            ("unexpected", "opt", None, ""),
        ]
        assert found.image == "it"
        assert len(found) == 7
        assert {each.kind for each in found} == set(get_args(Kind)) - {"executable"}
        assert [each.path for each in found.of_kind("unexpected")] == ["new", "opt"]

    @pytest.mark.parametrize("runs", [False, True])
    def test_the_executable_bit(self, tmp_path: Path, *, runs: bool) -> None:
        tree = tree_of([("x", file("a\n")._replace(executable=runs))])
        drawing = "=== a.bst\nkind: manual\n=== c.bst\nkind: compose\nbuild-depends: [a.bst]\n"
        layers = layered(drawing, tmp_path, manifests={"a.bst": tree})
        there = tree_of([("x", file("a\n")._replace(executable=not runs))])
        assert not compare_image(layers, "c.bst", tree)
        found = compare_image(layers, "c.bst", there)
        assert [(each.kind, each.path, each.executable) for each in found] == [
            ("executable", "x", not runs)
        ]
        assert (found.exact, bool(found)) == (True, True)
        can = "cannot" if runs else "can"
        assert against_text(found).splitlines()[1:] == [
            "",
            "1 path with another executable bit than staged",
            "  of a.bst",
            f"    /x {can} be run in the image",
        ]
        (told,) = json.loads(to_json(found))["differences"]
        assert (told["kind"], told["executable"]) == ("executable", not runs)

    def test_a_bit_that_is_not_known_does_not_differ(self, tmp_path: Path) -> None:
        layers = layered(self.LAYER, tmp_path)
        tree = holding("usr/lib/a.so=a", "etc/b=b", **{"usr/bin/a": File(executable=True)})
        found = compare_image(layers, "image.bst", tree)
        assert (found.differences, found.uncompared) == ((), 1)

    @pytest.mark.parametrize(
        ("node", "changed"),
        [
            (file("a\n"), False),
            (File(), None),
            (File("", 2), None),
            (File("", 3), True),
            (File("0" * 64, 2), True),
            (Untyped(), None),
            (Link("y"), True),
            (Directory(), True),
        ],
    )
    def test_a_file_is_compared_by_what_is_known(
        self, tmp_path: Path, node: Node, *, changed: bool | None
    ) -> None:
        drawing = imports(a="x") + "=== c.bst\nkind: compose\nbuild-depends: [a.bst]\n"
        layers = layered(drawing, tmp_path)
        found = compare_image(layers, "c.bst", tree_of([("x", node)]))
        assert differences(found) == ([("changed", "x", "a.bst", "")] if changed else [])
        # What is known does not differ, and more is not known.
        assert (found.uncompared, found.exact) == (int(changed is None), changed is not None)

    @pytest.mark.parametrize(
        ("node", "changed"),
        [(Link("to"), False), (Link("else"), True), (File(), True), (Untyped(), None)],
    )
    def test_a_link_is_compared_by_its_target(
        self, tmp_path: Path, node: Node, *, changed: bool | None
    ) -> None:
        layers = layered(
            on("m.bst") + "=== m.bst\nkind: manual\n",
            tmp_path,
            artifacts={"m.bst": built("l -> to", "d/")},
        )
        found = compare_image(layers, "image.bst", tree_of([("l", node), ("d", Directory())]))
        assert differences(found) == ([("changed", "l", "m.bst", "")] if changed else [])
        assert found.uncompared == int(changed is None)

    def test_names_alone_are_not_compared(self, tmp_path: Path) -> None:
        manifests = {"m.bst": tree_of([("x", Untyped()), ("y", Untyped())])}
        drawing = on("m.bst") + "=== m.bst\nkind: manual\n"
        layers = layered(drawing, tmp_path, manifests=manifests)
        found = compare_image(layers, "image.bst", holding("x", "z"))
        # Nothing is known to have moved either: there is no content.
        assert differences(found) == [
            ("missing", "y", "m.bst", ""),
            ("unexpected", "z", None, ""),
        ]


class TestMoved:
    @pytest.mark.parametrize(
        ("staged", "tree"),
        [
            ("usr/x", ["opt/y=a"]),
            ("usr/x", ["opt/x=b"]),
            ("usr/x", ["opt/x=a", "srv/x=a"]),
            ("usr/x etc/x", ["opt/x=a"]),
            ("usr/x", ["opt/x -> /usr/x"]),
            ("usr/x", ["opt/x/"]),
        ],
    )
    def test_only_what_can_be_told_for_sure(
        self, tmp_path: Path, staged: str, tree: list[str]
    ) -> None:
        found = compare_image(layered(on("a.bst", a=staged), tmp_path), "image.bst", holding(*tree))
        assert found.of_kind("moved") == ()
        missing = {each.path for each in found.of_kind("missing")}
        assert missing >= set(staged.split())

    def test_what_is_still_there_has_not_moved(self, tmp_path: Path) -> None:
        layers = layered(on("a.bst", a="usr/x"), tmp_path)
        found = compare_image(layers, "image.bst", holding("usr/x=a", "x=a"))
        assert differences(found) == [("unexpected", "x", None, "")]

    def test_many(self, tmp_path: Path) -> None:
        count = 30_000
        paths = [f"usr/f{number}" for number in range(count)]
        layers = layered(
            on("m.bst") + "=== m.bst\nkind: manual\n", tmp_path,
            artifacts={"m.bst": built(*paths)},
        )  # fmt: skip
        tree = tree_of([(f"opt/f{number}", file(f"usr/f{number}")) for number in range(count)])
        found = compare_image(layers, "image.bst", tree)
        assert len(found.of_kind("moved")) == count
        assert [each.path for each in found.of_kind("missing")] == ["usr"]


class TestTargets:
    def test_a_compose(self, tmp_path: Path) -> None:
        layers = layered(on("a.bst", a="usr/x usr/include/h"), tmp_path)
        found = compare_image(layers, "layer.bst", holding("usr/x=a", "usr/include/h=a"))
        assert found.target == "layer.bst"
        # The domain `devel` is excluded, with the directory that it alone has.
        assert differences(found) == [
            ("unexpected", "usr/include", None, ""),
            ("unexpected", "usr/include/h", None, ""),
        ]

    def test_a_filter(self, tmp_path: Path) -> None:
        drawing = text("""\
            === f.bst
            kind: filter
            build-depends: [a.bst]
            config: {include: [doc]}
        """) + imports(a="usr/bin/x usr/share/doc/d")
        found = compare_image(layered(drawing, tmp_path), "f.bst", holding("usr/share/doc/d=a"))
        assert (found.differences, found.predicted) == ((), 4)

    def test_the_elements_below_a_filter(self, tmp_path: Path) -> None:
        drawing = (
            on("f.bst")
            + imports(a="usr/bin/x")
            + text("""
            === f.bst
            kind: filter
            build-depends: [a.bst]
            config: {include: [runtime]}
        """)
        )
        found = compare_image(layered(drawing, tmp_path), "image.bst", holding("usr/bin/"))
        assert differences(found) == [("missing", "usr/bin/x", "a.bst", "")]

    def test_what_a_script_makes(self, tmp_path: Path) -> None:
        # An image that is made of a script's artifact: what commands add is nobody's.
        drawing = on("a.bst", a="usr/a").replace(", integrate: false", "")
        drawing = drawing.replace(
            "=== f/a", "public: {bst: {integration-commands: [touch /etc/made]}}\n=== f/a"
        )
        artifacts = {"layer.bst": built("usr/a", "etc/made")}
        layers = layered(drawing, tmp_path, artifacts=artifacts)
        found = compare_image(layers, "image.bst", holding("usr/"))
        assert differences(found) == [
            ("missing", "etc", None, ""),
            ("missing", "etc/made", None, ""),
            ("missing", "usr/a", "a.bst", ""),
        ]

    def test_of_a_parent_what_the_layer_lacks_is_hidden(self, tmp_path: Path) -> None:
        drawing = traces.TestActions.PARENT + "=== f/old/opt/kept\n=== f/old/top\n"
        layers = layered(drawing, tmp_path)
        tree = holding("usr/y=a", "opt/kept")
        assert compare_image(layers, "image.bst", tree).differences == ()
        # A parent that is looked at for itself hides nothing.
        found = compare_image(layers, "base.bst", holding("usr/x=old", "opt/kept", "top"))
        assert found.differences == ()

    def test_without_build_oci_nothing_is_hidden(self, tmp_path: Path) -> None:
        layers = layered(traces.TestActions.PARENT.replace("[build-oci]", "[other]"), tmp_path)
        found = compare_image(layers, "image.bst", holding("usr/y=a"))
        assert differences(found) == [("missing", "usr/x", "old.bst", "")]

    def test_the_upper_layer_counts(self, tmp_path: Path) -> None:
        drawing = traces.TestActions.PARENT + "=== f/old/usr/y\nold\n"
        layers = layered(drawing, tmp_path)
        found = compare_image(layers, "image.bst", holding("usr/y=old"))
        assert differences(found) == [("changed", "usr/y", "a.bst", "")]

    @pytest.mark.parametrize(
        ("target", "slug"), [("nowhere.bst", "unknown-element"), ("a.bst", "no-chain")]
    )
    def test_mistakes(self, tmp_path: Path, target: str, slug: str) -> None:
        with pytest.raises(SelectionError) as caught:
            compare_image(layered(imports(a="x"), tmp_path), target, Directory())
        assert caught.value.slug == slug


class TestCommands:
    @staticmethod
    def layers(directory: Path) -> Layers:
        commands = ["rm /layer/usr/bin/a", "rm -rf /layer/usr/share/doc", "echo b"]
        drawing = on("a.bst", a="usr/bin/a usr/share/doc/d usr/bin/ab")
        return layered(drawing.replace("[build-oci]", str(commands)), directory)

    def test_those_that_mention_a_path(self, tmp_path: Path) -> None:
        found = compare_image(self.layers(tmp_path), "image.bst", holding("usr/bin/", "srv/b"))
        told = {each.path: [command.text for command in each.commands] for each in found}
        assert told == {
            "usr/bin/a": ["rm /layer/usr/bin/a"],
            "usr/bin/ab": [],
            "usr/share": [],
            "usr/share/doc": ["rm -rf /layer/usr/share/doc"],
            "usr/share/doc/d": ["rm -rf /layer/usr/share/doc"],
            "srv": [],
            "srv/b": ["echo b"],
        }

    def test_those_of_elements(self, tmp_path: Path) -> None:
        drawing = on("a.bst", a="usr/a").replace(", integrate: false", "")
        drawing = drawing.replace(
            "=== f/a", "public: {bst: {integration-commands: [ldconfig /etc/ld]}}\n=== f/a"
        )
        found = compare_image(layered(drawing, tmp_path), "layer.bst", holding("usr/a=a", "etc/ld"))
        last = found.differences[-1]
        assert last.path == "etc/ld"
        assert last.commands == (Command(A, "ldconfig /etc/ld"),)


class TestUnknownFiles:
    def test_elements_are_named(self, tmp_path: Path) -> None:
        layers = layered(traces.TestUnknown.M, tmp_path)
        found = compare_image(layers, "image.bst", holding("x=a", "usr/bin/vim"))
        assert found.unknown == ("m.bst",)
        assert [gap.element for gap in found.gaps] == ["m.bst"]
        assert {each.path for each in found.of_kind("unexpected")} == {
            "usr", "usr/bin", "usr/bin/vim",
        }  # fmt: skip

    def test_nothing_else_differs(self, tmp_path: Path) -> None:
        drawing = on("m.bst", "a.bst") + "=== m.bst\nkind: manual\n" + imports(a="x")
        layers = layered(drawing, tmp_path)
        found = compare_image(layers, "image.bst", holding("x=a"), label="i")
        lines = against_text(found).splitlines()
        assert lines[:4] == [
            "i: 1 path, against 1 path staged for image.bst",
            "nothing that is known of them differs",
            "",
            "the files of m.bst are not known: what is unexpected may be theirs",
        ]
        assert "--cache DIR" in lines[4]
        # The gap of the same element says no more.
        assert len(lines) == 5

    def test_a_junction_that_is_not_at_hand(self, tmp_path: Path) -> None:
        drawing = on("a.bst", "'far.bst:b.bst'", a="x") + text("""
            === far.bst
            kind: junction
            sources: [{kind: tar, url: 'https://example.com/x.tar', ref: abc}]
        """)
        found = compare_image(layered(drawing, tmp_path), "image.bst", holding("x=a"))
        assert found.unknown == ("far.bst:b.bst",)


class TestText:
    def test_nothing_differs(self) -> None:
        assert against_text(comparison()) == (
            "i: 1 path, against 3 paths staged for image.bst\nthey are the same"
        )

    def test_every_kind(self) -> None:
        command = Command(IMAGE, "mv  /usr/m\n/opt", "script")
        found = comparison(
            Difference(kind="missing", path="usr/a", element=A),
            Difference(kind="missing", path="usr/b", element=B),
            Difference(kind="changed", path="usr/c"),
            Difference(
                kind="moved", path="opt/m", element=A, other="usr/m", commands=(command, command)
            ),
            Difference(kind="unexpected", path="opt"),
            Difference(kind="unexpected", path="opt-x"),
            Difference(kind="unexpected", path="opt/sub"),
            Difference(kind="unexpected", path="opt/sub/x", commands=(command,)),
        )
        assert against_text(found).splitlines()[1:] == [
            "",
            "2 paths staged for it, and missing in it",
            "  of a.bst",
            "    /usr/a",
            "  of b.bst",
            "    /usr/b",
            "",
            "1 path other than staged",
            "    /usr/c",
            "",
            "1 path not where they are staged",
            "  of a.bst",
            "    /opt/m from /usr/m",
            "    mentioned by a command of image.bst: mv /usr/m /opt",
            "",
            "4 paths in it, and staged by nothing",
            "    /opt",
            "    /opt-x",
            "    mentioned by a command of image.bst: mv /usr/m /opt",
        ]

    def test_missing_directories_are_told_with_what_is_in_them(self) -> None:
        found = comparison(
            Difference(kind="missing", path="opt", element=A),
            Difference(kind="missing", path="opt/x", element=B),
        )
        assert against_text(found).count("/opt") == 2

    def test_no_more_than_a_limit(self) -> None:
        found = comparison(
            *(Difference(kind="missing", path=f"f{n:02}", element=A) for n in range(12)),
            *(
                Difference(kind="changed", path=f"x{n}", element=ElementName(f"e{n}.bst"))
                for n in range(21)
            ),
            *(Difference(kind="unexpected", path=f"u{n:02}") for n in range(11)),
            *(Difference(kind="unexpected", path=f"u00/{n:02}") for n in range(11)),
        )
        lines = against_text(found).splitlines()
        assert lines.count("    and 2 paths more") == 1
        assert lines.count("    and 1 path more") == 1
        assert "    /f09" in lines
        assert "    /f10" not in lines
        assert "  of e19.bst" in lines
        assert "  of e20.bst" not in lines
        assert "  and of 1 element more" in lines
        assert "    /u00/00" not in lines

    def test_names_are_harmless(self) -> None:
        name = "a\x1b[31m\n\udcff"
        found = comparison(
            Difference(
                kind="moved", path=name, other=f"usr/{name}",
                commands=(Command(IMAGE, "rm \x1b[2J", "script"),),
            ),
            image=name,
            gaps=(Gap(A, "a\x07"),),
        )  # fmt: skip
        told = against_text(found)
        assert told.replace("\n", "").isprintable()
        assert told.splitlines()[0].startswith(r"a\x1b[31m\n\udcff: 1 path, ")
        assert r"    /a\x1b[31m\n\udcff from /usr/a\x1b[31m\n\udcff" in told.splitlines()
        written = to_json(found)
        assert written.isascii()
        assert json.loads(written)["differences"][0]["path"] == name

    def test_gaps(self) -> None:
        found = comparison(
            unknown=tuple(ElementName(f"u{n}.bst") for n in range(7)),
            gaps=(Gap(ElementName("u1.bst"), "no list"), Gap(A, "odd")),
        )
        assert against_text(found).splitlines()[2:] == [
            "",
            (
                "the files of u0.bst, u1.bst, u2.bst, u3.bst, u4.bst and 2 more are not known: "
                "what is unexpected may be theirs"
            ),
            "  fix: name a cache that has them (--cache DIR) or a list (--manifest FILE)",
            "unknown: a.bst: odd",
        ]

    def test_what_is_compared_by_names_or_sizes_only(self) -> None:
        assert against_text(comparison(uncompared=2)).splitlines()[1:] == [
            "nothing that is known of them differs",
            "",
            "2 paths compared by type and size only, as far as those are known",
            "  fix: read the image with --hashes, and name a cache of what is staged",
        ]

    def test_it_shows_itself(self) -> None:
        found = comparison(Difference(kind="missing", path="x", element=A))
        assert to_text(found) == against_text(found)
        assert "/x" in found._repr_mimebundle_()["text/plain"]


def test_json(tmp_path: Path) -> None:
    drawing = on("a.bst", "m.bst", a="usr/x").replace("[build-oci]", "[rm /layer/usr/x]")
    layers = layered(drawing + "=== m.bst\nkind: manual\n", tmp_path)
    written = to_json(compare_image(layers, "image.bst", holding("opt/x=a"), label="i"))
    assert written.startswith('{\n "schema": "bstgraph/against/1",')
    told = json.loads(written)
    (gap,) = told.pop("gaps")
    assert (gap["element"], sorted(gap)) == ("m.bst", ["element", "reason"])
    rm = [{"element": "image.bst", "kind": "script", "text": "rm /layer/usr/x"}]
    assert told == {
        "schema": "bstgraph/against/1",
        "target": "image.bst",
        "image": "i",
        "predicted": 2,
        "found": 2,
        "unknown": ["m.bst"],
        "uncompared": 0,
        "differences": [
            {"kind": "missing", "path": "usr", "element": "a.bst", **BARE},
            {
                "kind": "moved",
                "path": "opt/x",
                "element": "a.bst",
                "other": "usr/x",
                "executable": None,
                "commands": rm,
            },
            {"kind": "unexpected", "path": "opt", "element": None, **BARE},
        ],
    }
