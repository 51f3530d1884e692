"""Why a path is in an image or not: every action, every verdict, every way to ask."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final, get_args

import pytest

from bstgraph.errors import SelectionError
from bstgraph.layers import Layers, PathTrace, Place, Trace, trace
from bstgraph.layers import _trace as module
from bstgraph.layers._follow import Action, Follower
from bstgraph.names import ElementName
from tests.unit.layered import Stored, built, imports, layered, text

IMAGE: Final = text("""
    === layer.bst
    kind: compose
    build-depends: [deps.bst]
    config: {exclude: [devel], integrate: false}
    === image.bst
    kind: script
    build-depends:
    - tool.bst
    - {filename: layer.bst, config: {location: /layer}}
    config: {commands: [build-oci]}
    === tool.bst
    kind: import
    sources: [{kind: local, path: f/tool}]
    === f/tool/usr/bin/tool
    === deps.bst
    kind: stack
""")
OVER: Final = "public: {bst: {overlap-whitelist: ['/**']}}\n"


def on(*names: str, **trees: str) -> str:
    """Return an image whose layer is of the elements `names`, and imports."""
    return f"{IMAGE}depends: [{', '.join(names)}]\n{imports(**trees)}"


def actions(path: PathTrace) -> list[str]:
    return [f"{link.action} {link.element}" for link in path.links]


def only(found: Trace) -> PathTrace:
    (path,) = found.paths
    return path


class TestActions:
    def seen(self, directory: Path) -> Mapping[str, Trace]:
        """Return a trace for each action."""
        drawn: dict[str, tuple[str, dict[str, Stored], str]] = {
            "stages": (on("a.bst", a="usr/bin/a"), {}, "/usr/bin/a"),
            "drops": (on("a.bst", a="usr/include/a.h"), {}, "/usr/include/a.h"),
            "overwrites": (on("a.bst", "b.bst", a="etc/x", b="etc/x"), {}, "/etc/x"),
            "leaves-out": (on("a.bst", "b.bst", a="etc/x/y", b="etc/x"), {}, "/etc/x"),
            "removes": (
                on("a.bst", a="usr/a usr/b"),
                {"layer.bst": built("usr/b")},
                "/usr/a",
            ),
            "hides": (self.PARENT, {}, "/usr/x"),
            "build-only": (self.BUILD, {}, "/usr/c"),
            "unreachable": (on("a.bst", a="x", alone="usr/c"), {}, "/usr/c"),
            "fails": (on("a.bst", "b.bst", a="x", b="x/y z"), {}, "/z"),
        }
        found = {}
        for action, (drawing, artifacts, path) in drawn.items():
            layers = layered(drawing, directory / action, artifacts=artifacts)
            found[action] = trace(layers, path, "image.bst")
        return found

    BUILD = on("a.bst", a="x", c="usr/c").replace("=== f/a", "build-depends: [c.bst]\n=== f/a", 1)
    PARENT = (
        on("a.bst", a="usr/y").replace(
            "- tool.bst\n", "- tool.bst\n- {filename: base.bst, config: {location: /parent}}\n"
        )
        + imports(old="usr/x")
        + "=== base.bst\nkind: script\nbuild-depends:\n"
        "- {filename: old.bst, config: {location: /layer}}\n"
    )

    def test_every_action_is_reached(self, tmp_path: Path) -> None:
        found = self.seen(tmp_path)
        reached = {
            link.action for one in found.values() for path in one.paths for link in path.links
        }
        assert reached == set(get_args(Action))
        for action, one in found.items():
            ends = [path.links[-1].action for path in one.paths]
            assert action in ends, action
        lost = {
            path.lost.action
            for one in found.values()
            for path in one.paths
            if path.lost is not None
        }
        assert lost == set(found) - {"stages"}

    def test_a_path_that_arrives(self, tmp_path: Path) -> None:
        found = trace(layered(on("a.bst", a="usr/bin/a"), tmp_path), "/usr/bin/a", "image.bst")
        assert (found.verdict, bool(found), found.lost) == ("present", True, ())
        path = only(found)
        assert actions(path) == ["has a.bst", "admits layer.bst", "stages image.bst"]
        assert (path.present, path.lost, path.element) == (True, None, "a.bst")
        has, admits, stages = path.links
        assert has.at is not None
        assert has.at.path == "elements/a.bst"
        assert admits.decision is not None
        assert (admits.decision.by, admits.decision.decisive) == ("include", ("runtime",))
        assert (stages.location, str(stages.at)) == ("/layer", "elements/image.bst:4:14")
        assert found.gaps == ()

    def test_a_path_that_is_dropped(self, tmp_path: Path) -> None:
        layers = layered(on("a.bst", a="usr/include/a.h"), tmp_path)
        found = trace(layers, "/usr/include/a.h", "image.bst")
        assert (found.verdict, found.present) == ("absent", ())
        path = only(found)
        assert actions(path) == ["has a.bst", "drops layer.bst"]
        assert path.lost is not None
        assert path.lost.decision is not None
        assert (path.lost.decision.by, path.lost.decision.decisive) == ("exclude", ("devel",))

    def test_a_file_that_another_one_has(self, tmp_path: Path) -> None:
        layers = layered(on("a.bst", "b.bst", a="etc/x", b="etc/x"), tmp_path)
        found = trace(layers, "/etc/x", "image.bst")
        assert found.verdict == "present"
        one, two = found.paths
        assert (one.element, one.present) == ("b.bst", True)
        assert actions(two) == ["has a.bst", "overwrites layer.bst"]
        assert two.links[-1].other == "b.bst"

    def test_a_file_that_is_left_out(self, tmp_path: Path) -> None:
        layers = layered(on("a.bst", "b.bst", a="etc/x/y", b="etc/x"), tmp_path)
        found = trace(layers, "/etc/x", "image.bst")
        assert [actions(path)[-1] for path in found.lost] == ["leaves-out layer.bst"]
        assert found.lost[0].links[-1].other == "a.bst"

    def test_a_file_that_the_built_layer_lacks(self, tmp_path: Path) -> None:
        drawing = on("a.bst", a="usr/a").replace(
            "=== f/a", "public: {bst: {integration-commands: ['rm /usr/a', 'true']}}\n=== f/a"
        )
        drawing = drawing.replace(", integrate: false", "")
        layers = layered(drawing, tmp_path, artifacts={"layer.bst": built("usr/b")})
        path = only(trace(layers, "/usr/a", "image.bst"))
        assert actions(path) == ["has a.bst", "removes layer.bst"]
        assert [command.text for command in path.commands] == ["rm /usr/a"]

    def test_a_parent_is_hidden_where_the_layer_has_the_directory(self, tmp_path: Path) -> None:
        layers = layered(self.PARENT + "=== f/old/opt/kept\n=== f/old/top\n", tmp_path)
        hidden = only(trace(layers, "/usr/x", "image.bst"))
        assert actions(hidden) == ["has old.bst", "stages base.bst", "hides image.bst"]
        assert hidden.links[-1].other == "base.bst"
        assert trace(layers, "/opt/kept", "image.bst").verdict == "present"
        # Whole directories of the root stay, and so does what is at their own place.
        assert trace(layers, "/opt", "image.bst").verdict == "present"
        # What lies at the root itself is compared by its name.
        assert trace(layers, "/top", "image.bst").verdict == "absent"
        assert trace(layers, "/usr/y", "image.bst").verdict == "present"

    def test_a_parent_is_hidden_by_a_file_in_place_of_its_directory(self, tmp_path: Path) -> None:
        layers = layered(self.PARENT + "=== f/old/opt/x\n=== f/a/opt\n", tmp_path)
        assert trace(layers, "/opt/x", "image.bst").verdict == "absent"
        assert trace(layers, "/opt", "image.bst").verdict == "present"

    def test_a_directory_of_the_root_that_the_layer_lacks_stays(self, tmp_path: Path) -> None:
        layers = layered(self.PARENT + "=== f/old/opt/kept\n", tmp_path)
        found = trace(layers, "/opt", "image.bst")
        assert actions(only(found)) == ["has old.bst", "stages base.bst"]
        way = trace(layers, "old.bst", "image.bst")
        assert not way.way[-1].lost
        # The directory is in both, and there is nothing of it to lose.
        assert [path.path for path in way.lost] == ["usr/x"]

    def test_what_is_no_directory_replaces_one_of_a_parent(self, tmp_path: Path) -> None:
        layers = layered(self.PARENT + "=== f/old/opt/kept\n=== f/a/opt\n", tmp_path)
        (below,) = trace(layers, "/opt/kept", "image.bst").paths
        assert actions(below) == ["has old.bst", "stages base.bst", "hides image.bst"]
        found = trace(layers, "/opt", "image.bst")
        assert [path.element for path in found.present] == ["a.bst"]
        (lost,) = found.lost
        assert actions(lost) == ["has old.bst", "stages base.bst", "overwrites image.bst"]
        assert lost.links[-1].other == "a.bst"

    def test_a_file_of_both_is_that_of_the_layer(self, tmp_path: Path) -> None:
        layers = layered(self.PARENT + "=== f/a/usr/x\n", tmp_path)
        found = trace(layers, "/usr/x", "image.bst")
        assert [path.element for path in found.present] == ["a.bst"]
        assert [path.links[-1].action for path in found.lost] == ["overwrites"]

    def test_each_parent_hides_what_lies_below_it(self, tmp_path: Path) -> None:
        middle = self.PARENT.replace("=== base.bst", "=== lowest.bst") + text("""
            === base.bst
            kind: script
            build-depends:
            - {filename: mid.bst, config: {location: /layer}}
            - {filename: lowest.bst, config: {location: /parent}}
            config: {commands: [build-oci]}
        """)
        drawing = middle + imports(mid="opt/mid") + "=== f/old/opt/lowest\n=== f/old/srv/kept\n"
        layers = layered(drawing, tmp_path)
        hidden = only(trace(layers, "/opt/lowest", "image.bst"))
        assert actions(hidden) == ["has old.bst", "stages lowest.bst", "hides base.bst"]
        assert trace(layers, "/opt/mid", "image.bst").verdict == "present"
        assert trace(layers, "/srv/kept", "image.bst").verdict == "present"
        assert trace(layers, "/usr/x", "image.bst").verdict == "absent"

    def test_a_parent_is_not_hidden_without_build_oci(self, tmp_path: Path) -> None:
        layers = layered(self.PARENT.replace("[build-oci]", "[other]"), tmp_path)
        assert trace(layers, "/usr/x", "image.bst").verdict == "present"
        assert Follower(layers, ElementName("image.bst")).places == (
            Place(script=ElementName("image.bst"), location="/layer"),
            Place(script=ElementName("base.bst"), location="/layer", inherited=True),
        )

    def test_what_is_needed_to_build_only(self, tmp_path: Path) -> None:
        path = only(trace(layered(self.BUILD, tmp_path), "/usr/c", "image.bst"))
        last = path.links[-1]
        assert (last.action, last.element, last.other) == ("build-only", "c.bst", "a.bst")
        assert last.fix == "make it a runtime dependency of 'a.bst' where it is needed there"
        assert last.at is not None
        assert last.at.path == "elements/a.bst"

    @pytest.mark.parametrize(
        ("stacks", "name", "expected"),
        [
            ("deps.bst", "alone.bst", "deps.bst"),
            ("deps.bst sub/near.bst", "sub/alone.bst", "sub/near.bst"),
            ("deps.bst sub/near.bst", "other/alone.bst", "deps.bst"),
            ("deps.bst sub/near.bst", "alone.bst", "deps.bst"),
        ],
    )
    def test_the_stack_that_an_element_would_join(
        self, tmp_path: Path, stacks: str, name: str, expected: str
    ) -> None:
        others = stacks.split()[1:]
        drawing = on("a.bst", *others, a="x")
        drawing += "".join(f"=== {other}\nkind: stack\n" for other in others)
        drawing += f"=== {name}\nkind: import\nsources: [{{kind: local, path: g}}]\n=== g/usr/c\n"
        path = only(trace(layered(drawing, tmp_path), "/usr/c", "image.bst"))
        last = path.links[-1]
        assert (last.action, last.other) == ("unreachable", expected)
        assert last.fix == f"add it to the dependencies of '{expected}'"

    def test_without_any_stack(self, tmp_path: Path) -> None:
        drawing = imports(a="x", b="y") + "=== c.bst\nkind: compose\nbuild-depends: [a.bst]\n"
        last = only(trace(layered(drawing, tmp_path), "/y", "c.bst")).links[-1]
        assert (last.action, last.other, last.fix) == ("unreachable", None, "")

    FAILING = on("a.bst", "b.bst", a="x", b="x/y z")

    @pytest.mark.parametrize("what", ["/x", "/z", "a.bst", "b.bst"])
    def test_what_cannot_be_staged(self, tmp_path: Path, what: str) -> None:
        found = trace(layered(self.FAILING, tmp_path), what, "image.bst")
        assert (found.verdict, found.present) == ("absent", ())
        for way in (found.way, *(path.links for path in found.paths)):
            assert [(link.action, link.element) for link in way[1:]] == [
                ("fails", "layer.bst")
            ] or (way == () and found.way == ())

    def test_what_was_built_all_the_same(self, tmp_path: Path) -> None:
        artifacts = {"layer.bst": built("z")}
        layers = layered(self.FAILING, tmp_path, artifacts=artifacts)
        assert actions(only(trace(layers, "/z", "image.bst")))[1:] == [
            "admits layer.bst",
            "stages image.bst",
        ]
        assert actions(only(trace(layers, "/x/y", "image.bst")))[1:] == ["removes layer.bst"]

    def test_a_script_that_cannot_stage(self, tmp_path: Path) -> None:
        drawing = on("a.bst", a="usr/x").replace("=== f/tool/usr/bin/tool", "=== f/tool/layer")
        found = trace(layered(drawing, tmp_path), "/usr/x", "image.bst")
        assert found.verdict == "absent"
        assert actions(only(found))[1:] == ["admits layer.bst", "fails image.bst"]

    def test_a_filter_that_fails(self, tmp_path: Path) -> None:
        drawing = imports(a="usr/bin/x") + text("""
            === f.bst
            kind: filter
            build-depends: [a.bst]
            config: {include: [runtime, never]}
            === c.bst
            kind: compose
            build-depends: [f.bst]
        """)
        found = trace(layered(drawing, tmp_path), "/usr/bin/x", "c.bst")
        assert (found.verdict, actions(only(found))[1:]) == ("absent", ["fails f.bst"])


CHAIN: Final = imports(a="usr/bin/a usr/share/doc/d usr/bin/b", b="usr/bin/b")


class TestChains:
    def test_the_first_way_that_arrives_counts(self, tmp_path: Path) -> None:
        drawing = CHAIN + text("""
            === one.bst
            kind: filter
            build-depends: [a.bst]
            config: {include: [runtime]}
            === two.bst
            kind: filter
            build-depends: [a.bst]
            config: {include: [doc]}
            === c.bst
            kind: compose
            build-depends: [one.bst, two.bst]
        """)
        layers = layered(drawing, tmp_path)
        path = only(trace(layers, "/usr/share/doc/d", "c.bst"))
        assert actions(path) == ["has a.bst", "admits two.bst", "admits c.bst"]

    def test_of_ways_that_are_lost_the_furthest_is_told(self, tmp_path: Path) -> None:
        drawing = CHAIN + text("""
            === one.bst
            kind: filter
            build-depends: [a.bst]
            config: {include: [runtime]}
            === two.bst
            kind: filter
            build-depends: [a.bst]
            config: {include: [doc]}
            === c.bst
            kind: compose
            build-depends: [one.bst, two.bst]
            config: {exclude: [doc]}
        """)
        path = only(trace(layered(drawing, tmp_path), "/usr/share/doc/d", "c.bst"))
        assert actions(path) == ["has a.bst", "admits two.bst", "drops c.bst"]

    def test_a_directory_that_several_have(self, tmp_path: Path) -> None:
        drawing = CHAIN + "=== c.bst\nkind: compose\nbuild-depends: [a.bst, b.bst]\n"
        layers = layered(drawing, tmp_path)
        found = trace(layers, "/usr/bin", "c.bst")
        assert [(path.element, path.present) for path in found.paths] == [("a.bst", True)]
        way = Follower(layers, ElementName("c.bst")).links(ElementName("b.bst"), "usr/bin")
        assert [link.action for link in way] == ["has", "admits"]

    def test_thousands_of_filters(self, tmp_path: Path) -> None:
        count = 3000
        drawing = imports(f0="usr/x") + "".join(
            f"=== f{i}.bst\nkind: filter\nbuild-depends: [f{i - 1}.bst]\n"
            "config: {include-orphans: true}\n"
            for i in range(1, count + 1)
        )
        path = only(trace(layered(drawing, tmp_path), "/usr/x", f"f{count}.bst"))
        assert (path.present, len(path.links)) == (True, count + 1)

    def test_commands_that_mention_a_path(self, tmp_path: Path) -> None:
        commands = [
            "rm -rf '/layer/usr/bin'", "strip %{install-root}/usr/bin/a;", "rm /usr/bin/*", "rm a",
            "echo ab", "rm /usr", "rm -r /usr/bin/",
        ]  # fmt: skip
        drawing = on("a.bst", a="usr/bin/a top").replace("[build-oci]", str(commands))
        drawing = drawing.replace("%{install-root}", "/layer")
        layers = layered(drawing, tmp_path)
        path = only(trace(layers, "/usr/bin/a", "image.bst"))
        assert [command.text for command in path.commands] == [
            "rm -rf '/layer/usr/bin'", "strip /layer/usr/bin/a;", "rm /usr/bin/*", "rm a",
            "rm -r /usr/bin/",
        ]  # fmt: skip
        assert only(trace(layers, "/top", "image.bst")).commands == ()


class TestQuestions:
    PATHS = "usr/bin/vim usr/bin/vim.d/x usr/lib/a.so usr/lib/sub/b.so opt/[x]"

    @pytest.mark.parametrize(
        ("what", "expected"),
        [
            ("/usr/bin/vim", ["usr/bin/vim"]),
            ("usr/bin/vim", ["usr/bin/vim"]),
            ("/usr/bin/vim/", ["usr/bin/vim"]),
            ("vim", ["usr/bin/vim"]),
            ("sub", ["usr/lib/sub"]),
            ("v*m", ["usr/bin/vim"]),
            ("*.so", ["usr/lib/a.so", "usr/lib/sub/b.so"]),
            ("/usr/lib/*.so", ["usr/lib/a.so"]),
            ("/usr/lib/**.so", ["usr/lib/a.so", "usr/lib/sub/b.so"]),
            ("/opt/[[]x[]]", ["opt/[x]"]),
            ("/usr/bin/vi", []),
            ("/", []),
        ],
    )
    def test_how_to_ask(self, tmp_path: Path, what: str, expected: list[str]) -> None:
        found = trace(layered(on("a.bst", a=self.PATHS), tmp_path), what, "image.bst")
        assert [path.path for path in found.paths] == expected
        assert found.verdict == ("present" if expected else "absent")
        assert (found.what, found.image) == (what, "image.bst")

    def test_everything(self, tmp_path: Path) -> None:
        layers = layered(on("a.bst", a=self.PATHS), tmp_path)
        found = trace(layers, "**", "layer.bst")
        assert {path.path for path in found.present} == set(layers.contents("layer.bst"))

    def test_no_more_paths_than_a_limit(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(module, "MOST_PATHS", 3)
        found = trace(layered(on("a.bst", a=self.PATHS), tmp_path), "**", "image.bst")
        assert len(found.paths) == 3
        (gap,) = found.gaps
        assert gap.reason == "no more than 3 paths are followed, and there may be more"

    @pytest.mark.parametrize(
        ("what", "image", "slug"),
        [
            ("x", "nowhere.bst", "unknown-element"),
            ("x", "a.bst", "no-chain"),
            ("x", "deps.bst", "no-chain"),
            ("[z-a]", "image.bst", "empty-selection"),
            ("/usr/[z-a]/*", "image.bst", "empty-selection"),
        ],
    )
    def test_mistakes(self, tmp_path: Path, what: str, image: str, slug: str) -> None:
        layers = layered(on("a.bst", a="x"), tmp_path)
        with pytest.raises(SelectionError) as caught:
            trace(layers, what, image)
        assert caught.value.slug == slug


class TestElements:
    def test_one_that_arrives(self, tmp_path: Path) -> None:
        layers = layered(on("a.bst", a="usr/bin/a usr/include/h"), tmp_path)
        found = trace(layers, "a.bst", "image.bst")
        assert (found.verdict, found.searched) == ("present", 1)
        assert {path.path for path in found.lost} == {"usr/include/h", "usr/include"}
        assert [link.action for link in found.way] == ["has", "admits", "stages"]

    @pytest.mark.parametrize(
        ("drawing", "name", "last"),
        [
            (TestActions.BUILD, "c.bst", "build-only"),
            (on("a.bst", a="x", alone="y"), "alone.bst", "unreachable"),
        ],
    )
    def test_one_that_does_not(self, tmp_path: Path, drawing: str, name: str, last: str) -> None:
        found = trace(layered(drawing, tmp_path), name, "image.bst")
        assert (found.verdict, found.way[-1].action) == ("absent", last)

    def test_one_without_known_files(self, tmp_path: Path) -> None:
        drawing = on("m.bst") + "=== m.bst\nkind: manual\n=== alone.bst\nkind: manual\n"
        layers = layered(drawing, tmp_path)
        found = trace(layers, "m.bst", "image.bst")
        assert (found.verdict, found.unknown, found.searched) == ("unknown", ("m.bst",), 0)
        # Nothing that it might hold gets there.
        assert trace(layers, "alone.bst", "image.bst").verdict == "absent"


class TestUnknown:
    M = on("m.bst", "a.bst", a="x") + text("""
        === m.bst
        kind: manual
        config: {install-commands: ['install vim %{bindir}/', 'echo']}
        === vim.bst
        kind: manual
        === alone.bst
        kind: manual
    """)

    @pytest.mark.parametrize(
        ("what", "likely"),
        [("/usr/bin/vim", ["m.bst"]), ("vim", ["m.bst"]), ("emacs", []), ("v*m", []),
         ("m", ["m.bst"])],
    )  # fmt: skip
    def test_what_may_be_there(self, tmp_path: Path, what: str, likely: list[str]) -> None:
        found = trace(layered(self.M, tmp_path), what, "image.bst")
        assert (found.verdict, bool(found)) == ("unknown", False)
        assert found.unknown == ("m.bst",)
        assert list(found.likely) == likely
        assert found.searched == 2  # the import of the image's tools, and a.bst
        assert found.gaps != ()

    def test_what_is_there_all_the_same(self, tmp_path: Path) -> None:
        found = trace(layered(self.M, tmp_path), "/x", "image.bst")
        assert (found.verdict, found.unknown) == ("present", ("m.bst",))

    def test_an_artifact_with_gaps_is_not_all(self, tmp_path: Path) -> None:
        layers = layered(self.M, tmp_path, artifacts={"m.bst": built("y", by="weak")})
        assert trace(layers, "/no", "image.bst").verdict == "unknown"
        assert trace(layers, "/no", "image.bst").searched == 3

    def test_all_is_known(self, tmp_path: Path) -> None:
        layers = layered(self.M, tmp_path, artifacts={"m.bst": built("y")})
        found = trace(layers, "/no", "image.bst")
        assert (found.verdict, found.unknown, found.gaps) == ("absent", (), ())

    def test_what_a_script_may_make(self, tmp_path: Path) -> None:
        drawing = on("a.bst", "s.bst", a="x") + text("""
            === s.bst
            kind: script
            build-depends: [a.bst]
            config: {commands: [make-it]}
            === t.bst
            kind: script
            build-depends: [a.bst]
            config: {commands: [make-it]}
        """)
        found = trace(layered(drawing, tmp_path), "/make-it", "image.bst")
        assert (found.verdict, found.unknown, found.likely) == ("unknown", ("s.bst",), ("s.bst",))

    def test_what_lies_in_a_junction_that_is_not_at_hand(self, tmp_path: Path) -> None:
        drawing = on("a.bst", "'far.bst:b.bst'", a="x") + text("""
            === far.bst
            kind: junction
            sources: [{kind: tar, url: 'https://example.com/x.tar', ref: abc}]
        """)
        found = trace(layered(drawing, tmp_path), "/no", "image.bst")
        assert found.verdict == "unknown"
        assert [gap.element for gap in found.gaps] == ["far.bst:b.bst"]
        assert "far.bst:b.bst" in found.unknown


def test_what_commands_made(tmp_path: Path) -> None:
    drawing = on("a.bst", a="usr/a").replace(", integrate: false", "")
    drawing = drawing.replace(
        "=== f/a", "public: {bst: {integration-commands: [touch /etc/made]}}\n=== f/a"
    )
    artifacts = {"layer.bst": built("usr/a", "etc/made")}
    layers = layered(drawing, tmp_path, artifacts=artifacts)
    path = only(trace(layers, "/etc/made", "image.bst"))
    assert (path.present, path.element, path.links) == (True, None, ())
    assert [command.text for command in path.commands] == ["touch /etc/made"]
    path = only(trace(layers, "/etc/made", "layer.bst"))
    assert (path.present, path.element) == (True, None)


def layers_of_paths(count: int, directory: Path) -> Layers:
    """Return the layers of an image with `count` files."""
    files = [f"usr/share/d{number % 100}/f{number}" for number in range(count)]
    drawing = on("m.bst") + "=== m.bst\nkind: manual\n"
    return layered(drawing, directory, artifacts={"m.bst": built(*files)})


def test_many_paths(tmp_path: Path) -> None:
    found = trace(layers_of_paths(20_000, tmp_path), "**", "image.bst")
    assert len(found.present) == 20_102
    assert found.verdict == "present"
