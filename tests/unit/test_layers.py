"""What elements hold: which source is the best, what is a gap, what composes and filters let by."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from bstgraph import load_state
from bstgraph.errors import SelectionError
from bstgraph.files import Directory, File, Link, Untyped, lookup, tree_of
from bstgraph.layers import Gap, Layers
from bstgraph.names import ElementName
from bstgraph.testing import project
from tests.unit.caches import drawn
from tests.unit.drawing import SUB
from tests.unit.layered import MemoryStore, Stored, built, imports, layered, state_of, store, text

MANUAL = "=== a.bst\nkind: manual\n"
COMPOSE = imports(a="usr/a") + text("""
    === c.bst
    kind: compose
    build-depends: [a.bst]
    config: {integrate: false}
""")
LATEST = "it was built with other keys, so the element has changed since"
WEAK = "it was found by its weak key: what it was built from may have changed since"
TWO = "sources:\n- {kind: local, path: f/d/e, directory: top}\n- {kind: local, path: f/d}"
UNNAMED = "the name or the digest of what is downloaded is not known"
NO_STORE = "no store has it, and its files are known once it is built"


def reasons(layers: Layers, name: str) -> list[str]:
    return [gap.reason for gap in layers.contents(name).gaps]


class TestBest:
    """The order of preference, at a manual element, of which nothing else is known."""

    @pytest.mark.parametrize(
        ("stored", "expected", "gap"),
        [
            ([], ("none", ""), NO_STORE),
            ([built("s")], ("strict", "s"), None),
            ([built("w", by="weak")], ("weak", "w"), WEAK),
            ([built("o", by="other")], ("latest", "o"), LATEST),
            ([built("o", by="other"), built("w", by="weak"), built("s")], ("strict", "s"), None),
            ([built("o", by="other"), built("w", by="weak")], ("weak", "w"), WEAK),
            ([built("new", by="other"), built("old", by="other")], ("latest", "new"), LATEST),
            ([built("bad", success=False), built("s")], ("strict", "s"), None),
            ([built("bad", success=False), built("o", by="other")], ("latest", "o"), LATEST),
            ([built("bad", success=False)], ("none", ""), NO_STORE),
        ],
    )
    def test_artifacts(
        self, tmp_path: Path, stored: list[Stored], expected: tuple[str, str], gap: str | None
    ) -> None:
        origin, paths = expected
        found = layered(MANUAL, tmp_path, artifacts={"a.bst": stored}).contents("a.bst")
        assert (found.origin, list(found)) == (origin, paths.split())
        assert found.gaps == ((Gap(ElementName("a.bst"), gap),) if gap else ())
        assert found.known == (origin != "none")
        assert found.exact == (origin == "strict")

    def test_a_manifest_goes_before_all(self, tmp_path: Path) -> None:
        layers = layered(
            MANUAL,
            tmp_path,
            artifacts={"a.bst": built("s")},
            manifests={"a.bst": drawn("m")},
            predict=True,
        )
        found = layers.contents("a.bst")
        assert (found.origin, list(found), found.exact) == ("manifest", ["m"], True)

    def test_gaps_of_a_manifest_are_told(self, tmp_path: Path) -> None:
        tree = Directory({"usr": Directory({}, "cut")}, "no list")
        layers = layered(MANUAL, tmp_path, manifests={"a.bst": tree})
        assert reasons(layers, "a.bst") == ["no list", "/usr: cut"]
        assert not layers.contents("a.bst").exact

    def test_a_manifest_of_no_element(self, tmp_path: Path) -> None:
        with pytest.raises(SelectionError, match=r"gone\.bst"):
            layered(MANUAL, tmp_path, manifests={"gone.bst": drawn("m")})

    @pytest.mark.parametrize(
        ("stored", "origin", "paths"),
        [
            ([built("s")], "strict", "s"),
            ([built("w", by="weak")], "computed", "usr usr/a"),
            ([built("o", by="other")], "computed", "usr usr/a"),
            ([], "computed", "usr usr/a"),
        ],
    )
    def test_what_is_exactly_computed(
        self, tmp_path: Path, stored: list[Stored], origin: str, paths: str
    ) -> None:
        found = layered(COMPOSE, tmp_path, artifacts={"c.bst": stored}).contents("c.bst")
        assert (found.origin, list(found), found.exact) == (origin, paths.split(), True)

    @pytest.mark.parametrize("by", ["strict", "weak", "other"])
    def test_predict_passes_over_artifacts(self, tmp_path: Path, by: str) -> None:
        layers = layered(COMPOSE, tmp_path, artifacts={"c.bst": built("x", by=by)}, predict=True)
        found = layers.contents("c.bst")
        assert (found.origin, list(found), found.exact) == ("computed", ["usr", "usr/a"], True)

    @pytest.mark.parametrize(
        ("by", "origin", "paths"),
        [("weak", "weak", "x"), ("other", "latest", "x"), ("", "computed", "")],
    )
    def test_what_is_computed_with_gaps_is_less(
        self, tmp_path: Path, by: str, origin: str, paths: str
    ) -> None:
        drawing = f"{MANUAL}=== c.bst\nkind: compose\nbuild-depends: [a.bst]\n"
        artifacts = {"c.bst": built("x", by=by)} if by else {}
        found = layered(drawing, tmp_path, artifacts=artifacts).contents("c.bst")
        assert (found.origin, list(found)) == (origin, paths.split())
        assert not found.exact
        assert found.gaps

    def test_predict_leaves_packages_alone(self, tmp_path: Path) -> None:
        layers = layered(MANUAL, tmp_path, artifacts={"a.bst": built("s")}, predict=True)
        assert layers.contents("a.bst").origin == "strict"

    def test_the_first_store_goes_first(self, tmp_path: Path) -> None:
        state = state_of(MANUAL, tmp_path)
        one = store(state, {"a.bst": built("one", by="other")}, "one")
        two = store(state, {"a.bst": [built("two"), built("more", by="other")]}, "two")
        assert list(Layers(state, [one, two]).contents("a.bst")) == ["two"]
        assert list(Layers(state, [two, one]).contents("a.bst")) == ["two"]
        three = store(state, {"a.bst": built("three", by="other")}, "three")
        found = Layers(state, [MemoryStore(), three, one]).contents("a.bst")
        assert (list(found), found.told) == (["three"], "artifact ffffffff in three")

    def test_each_element_is_looked_at_once(self, tmp_path: Path) -> None:
        state = state_of(COMPOSE, tmp_path)
        memory = store(state, {"a.bst": built("x")})
        layers = Layers(state, [memory])
        assert layers.staged("c.bst") is layers.staged("c.bst")
        assert list(layers.contents("c.bst")) == ["x"]
        assert layers.contents("a.bst") is layers.contents("a.bst")
        assert memory.asked == ["a.bst"]

    def test_repr_tells_the_stores(self, tmp_path: Path) -> None:
        state = state_of(MANUAL, tmp_path, targets=["a.bst"])
        assert repr(Layers(state)) == "<Layers of 'test': 1 elements, no store>"
        stores = [MemoryStore("one"), MemoryStore("two")]
        layers = Layers(state, stores)
        assert repr(layers) == "<Layers of 'test': 1 elements, one, two>"
        assert layers.stores == tuple(stores)


class TestGaps:
    """What is not known is never just empty, and what is empty is no gap."""

    def test_a_tree_with_gaps(self, tmp_path: Path) -> None:
        tree = Directory({"usr": Directory({"x": File()}, "no blob")})
        layers = layered(MANUAL, tmp_path, artifacts={"a.bst": Stored(files=tree)})
        assert list(layers.contents("a.bst")) == ["usr", "usr/x"]
        assert reasons(layers, "a.bst") == ["/usr: no blob"]

    def test_public_data_that_cannot_be_read(self, tmp_path: Path) -> None:
        drawing = f"{MANUAL}public: {{bst: {{integration-commands: [own]}}}}\n"
        layers = layered(drawing, tmp_path, artifacts={"a.bst": built("x", public=None)})
        assert reasons(layers, "a.bst") == ["the public data of its artifact cannot be read"]
        assert layers.public(ElementName("a.bst")) == layers.graph["a.bst"].public

    @pytest.mark.parametrize(
        ("drawing", "origin"),
        [
            ("=== a.bst\nkind: stack\n", "kind"),
            ("=== a.bst\nkind: manual\n", "strict"),
            ("=== a.bst\nkind: compose\n", "computed"),
            ("=== a.bst\nkind: script\nbuild-depends: [s.bst]\n=== s.bst\nkind: stack", "computed"),
            (
                "=== a.bst\nkind: import\nsources: [{kind: local, path: f}]\n=== f/x/\n",
                "sources",
            ),
        ],
    )
    def test_what_is_known_to_be_empty(self, tmp_path: Path, drawing: str, origin: str) -> None:
        artifacts = {"a.bst": Stored(files=Directory())} if origin == "strict" else {}
        found = layered(drawing, tmp_path, artifacts=artifacts).contents("a.bst")
        files = [path for path, node in found.entries() if not isinstance(node, Directory)]
        assert (found.origin, files, found.gaps, found.exact) == (origin, [], (), True)

    def test_they_rise(self, tmp_path: Path) -> None:
        drawing = MANUAL + text("""
            === f.bst
            kind: filter
            build-depends: [a.bst]
            === c.bst
            kind: compose
            build-depends: [f.bst]
            === s.bst
            kind: script
            build-depends: [c.bst]
        """)
        layers = layered(drawing, tmp_path)
        gap = Gap(ElementName("a.bst"), NO_STORE)
        assert [layers.contents(name).gaps[0] for name in ("f.bst", "c.bst", "s.bst")] == [gap] * 3
        assert layers.contents("f.bst").origin == "none"
        assert not layers.contents("s.bst").exact
        assert str(gap) == f"a.bst: {NO_STORE}"

    def test_what_lies_in_a_junction_that_is_not_at_hand(self, tmp_path: Path) -> None:
        drawing = imports(a="usr/a") + text("""
            === far.bst
            kind: junction
            sources: [{kind: tar, url: 'https://example.com/x.tar', ref: abc}]
            === c.bst
            kind: compose
            build-depends: [a.bst, {junction: far.bst, filename: b.bst}]
            === f.bst
            kind: filter
            build-depends: ['far.bst:b.bst']
        """)
        layers = layered(drawing, tmp_path)
        found = layers.contents("c.bst")
        assert (found.known, found.exact, list(found)) == (True, False, ["usr", "usr/a"])
        assert reasons(layers, "c.bst") == ["it lies in a junction whose files are not at hand"]
        assert layers.contents("f.bst").origin == "none"
        assert reasons(layers, "f.bst") == [
            "'far.bst:b.bst' lies in a junction whose files are not at hand"
        ]
        with pytest.raises(SelectionError):
            layers.contents("far.bst:b.bst")

    @pytest.mark.parametrize("name", ["nowhere.bst", "", "a"])
    def test_no_such_element(self, tmp_path: Path, name: str) -> None:
        layers = layered(MANUAL, tmp_path)
        for ask in (layers.contents, layers.staged):
            with pytest.raises(SelectionError):
                ask(name)


class TestImport:
    @pytest.mark.parametrize(
        ("rest", "expected"),
        [
            ("sources: [{kind: local, path: f}]", "top d d/e d/e/x"),
            ("sources: [{kind: local, path: f}]\nconfig: {source: /d/}", "e e/x"),
            ("sources: [{kind: local, path: f}]\nconfig: {source: d//e}", "x"),
            ("sources: [{kind: local, path: f/d}]\nconfig: {target: /p//q/}",
             "p p/q p/q/e p/q/e/x"),
            ("sources: [{kind: local, path: f/d/e/x}]", "x"),
            ("sources: [{kind: local, path: f/d/e, directory: in}]", "in in/x"),
            (TWO, "e e/x top top/x"),
            ("sources: [{kind: remote, url: 'https://x/y.txt', ref: abc}]", "y.txt"),
            ("sources: [{kind: remote, url: 'https://x/y', ref: abc, filename: z}]", "z"),
        ],
    )  # fmt: skip
    def test_paths(self, tmp_path: Path, rest: str, expected: str) -> None:
        drawing = f"=== a.bst\nkind: import\n{rest}\n=== f/d/e/x\nX\n=== f/top\nT\n"
        found = layered(drawing, tmp_path).contents("a.bst")
        assert (found.origin, list(found), found.exact) == ("sources", expected.split(), True)

    def test_a_download_is_known_by_its_digest(self, tmp_path: Path) -> None:
        source = "{kind: remote, url: 'https://x/y', ref: abc, executable: true}"
        layers = layered(f"=== a.bst\nkind: import\nsources: [{source}]\n", tmp_path)
        assert lookup(layers.contents("a.bst").tree, "y") == File("abc", -1, executable=True)

    @pytest.mark.parametrize(
        ("rest", "at", "reason"),
        [
            ("sources: [{kind: local, path: f}]\nconfig: {source: no}", "/no",
             "its sources have no such directory"),
            ("sources: [{kind: local, path: f}]\nconfig: {source: top}", "/top",
             "its sources have no such directory"),
            ("sources: [{kind: local, path: f}]\nconfig: {source: empty}", "/empty",
             "no files were found there"),
            ("sources:\n- {kind: local, path: f}\n- {kind: local, path: f, directory: top}", "/top",
             "a directory would replace a file"),
        ],
    )  # fmt: skip
    def test_what_fails(self, tmp_path: Path, rest: str, at: str, reason: str) -> None:
        drawing = f"=== a.bst\nkind: import\n{rest}\n=== f/top\nT\n=== f/empty/\n"
        layers = layered(drawing, tmp_path)
        found = layers.contents("a.bst")
        told = f"building it fails at {at}: {reason}"
        assert (found.origin, reasons(layers, "a.bst")) == ("none", [told])
        assert found.failure == told

    @pytest.mark.parametrize(
        ("source", "reason"),
        [
            ("{kind: remote, url: 'https://x/', ref: abc}", UNNAMED),
            ("{kind: remote, url: 'https://x/..', ref: abc}", UNNAMED),
            ("{kind: remote, url: 'https://x/y'}", UNNAMED),
            ("{kind: tar, url: 'https://x/y.tar', ref: abc}",
             "what a source of kind 'tar' holds is not known here"),
        ],
    )  # fmt: skip
    def test_what_is_not_known(self, tmp_path: Path, source: str, reason: str) -> None:
        layers = layered(f"=== a.bst\nkind: import\nsources: [{source}]\n", tmp_path)
        found = layers.contents("a.bst")
        assert (found.origin, reasons(layers, "a.bst")) == ("none", [reason])
        assert found.failure is None

    def test_files_that_went_away(self, tmp_path: Path) -> None:
        layers = layered(imports(a="x"), tmp_path)
        (tmp_path / "f/a/x").unlink()
        (tmp_path / "f/a").rmdir()
        assert layers.contents("a.bst").origin == "none"
        assert "f/a" in reasons(layers, "a.bst")[0]

    def test_what_a_checkout_lacks(self, tmp_path: Path) -> None:
        loaded = project(imports(a="x", b="y/z"), tmp_path)
        conf = loaded.conf.model_copy(update={"left_out": ("f/b/large",)})
        layers = Layers(load_state(loaded.model_copy(update={"projects": {"": conf}})))
        assert (list(layers.contents("a.bst")), reasons(layers, "a.bst")) == (["x"], [])
        assert layers.contents("b.bst").origin == "none"
        assert reasons(layers, "b.bst") == ["'f/b' lacks 'f/b/large' as BuildStream finds it there"]

    def test_in_a_project_that_is_not_at_hand(self, tmp_path: Path) -> None:
        loaded = project(imports(a="x"), tmp_path)
        layers = Layers(load_state(loaded.model_copy(update={"projects": {}})))
        assert reasons(layers, "a.bst") == ["its project is not at hand"]

    def test_in_a_subproject(self, tmp_path: Path) -> None:
        drawing = f"{SUB}=== sub/project.conf\n=== sub/a.bst\nkind: import\n"
        drawing += "sources: [{kind: local, path: files}]\n=== sub/files/x\n"
        drawing += "=== c.bst\nkind: compose\nbuild-depends: ['sub.bst:a.bst']\n"
        layers = layered(drawing, tmp_path)
        assert list(layers.contents("c.bst")) == ["x"]
        assert list(layers.contents("sub.bst:a.bst")) == ["x"]

    def test_an_open_workspace(self, tmp_path: Path) -> None:
        drawing = imports(a="x") + text("""
            === ws/changed
            1
            === .bst2/workspaces.yml
            format-version: 4
            workspaces: {a.bst: {path: ws}}
        """)
        found = layered(drawing, tmp_path).contents("a.bst")
        assert (list(found), found.origin) == (["changed"], "sources")

    def test_a_workspace_that_is_not_there(self, tmp_path: Path) -> None:
        drawing = imports(a="x") + text("""
            === .bst2/workspaces.yml
            format-version: 4
            workspaces: {a.bst: {path: ws}}
        """)
        layers = layered(drawing, tmp_path)
        assert layers.contents("a.bst").origin == "none"
        assert reasons(layers, "a.bst")[0].startswith("the workspace ")


class TestFilter:
    @pytest.mark.parametrize(
        ("config", "expected"),
        [
            ("{}", "usr usr/bin usr/bin/a usr/include usr/include/h"),
            ("{include: [devel]}", "usr usr/include usr/include/h"),
            ("{include: [runtime], exclude: [devel]}", "usr usr/bin usr/bin/a"),
            ("{include: [devel], include-orphans: true}",
             "opt opt/o usr usr/bin usr/include usr/include/h"),
            ("{exclude: [runtime, devel], include-orphans: true}",
             "opt opt/o usr usr/bin usr/include"),
        ],
    )  # fmt: skip
    def test_domains(self, tmp_path: Path, config: str, expected: str) -> None:
        rules = "{runtime: ['/usr/bin/**'], devel: ['/usr/include/**']}"
        drawing = imports(a="usr/bin/a usr/include/h opt/o")
        drawing = drawing.replace(
            "=== f/a/usr/bin/a",
            f"public: {{bst: {{split-rules: {rules}}}}}\n=== f/a/usr/bin/a",
        )
        drawing += f"=== f.bst\nkind: filter\nbuild-depends: [a.bst]\nconfig: {config}\n"
        found = layered(drawing, tmp_path).contents("f.bst")
        assert sorted(found) == expected.split()
        assert (found.origin, found.exact) == ("computed", True)

    def test_a_domain_that_the_element_lacks_fails(self, tmp_path: Path) -> None:
        drawing = imports(a="x") + "=== f.bst\nkind: filter\nbuild-depends: [a.bst]\n"
        drawing += "config: {include: [own, runtime], exclude: [other]}\n"
        drawing += "=== c.bst\nkind: compose\nbuild-depends: [f.bst]\n"
        layers = layered(drawing, tmp_path)
        found = layers.contents("f.bst")
        failure = "it names domains that 'a.bst' does not have: 'own', 'other'"
        assert (found.origin, found.failure, list(found)) == ("none", failure, [])
        assert failure in reasons(layers, "c.bst")

    def test_rules_of_an_artifact_go_before_those_of_the_project(self, tmp_path: Path) -> None:
        drawing = MANUAL + "=== f.bst\nkind: filter\nbuild-depends: [a.bst]\n"
        drawing += "config: {include: [own]}\n"
        public = {"bst": {"split-rules": {"own": ["/y"], "more": ["/x"]}}}
        layers = layered(drawing, tmp_path, artifacts={"a.bst": built("x", "y", public=public)})
        assert list(layers.contents("f.bst")) == ["y"]
        rules = layers.split_rules(ElementName("a.bst"))
        assert dict(rules.domains) == {"own": ("/y",), "more": ("/x",)}
        assert rules.places == {}

    def test_equal_rules_of_an_artifact_keep_their_places(self, tmp_path: Path) -> None:
        drawing = MANUAL + "public: {bst: {split-rules: {own: ['/y']}}}\n"
        state = state_of(drawing, tmp_path)
        said = state.graph["a.bst"].split_rules
        public = {"bst": {"split-rules": {d: list(r) for d, r in said.domains.items()}}}
        layers = Layers(state, [store(state, {"a.bst": built("x", public=public)})])
        assert layers.split_rules(ElementName("a.bst")) is said

    @pytest.mark.parametrize(
        "public", [{}, {"bst": {}}, {"bst": "text"}, {"bst": {"split-rules": ["x"]}}]
    )
    def test_public_data_without_rules(self, tmp_path: Path, public: Mapping[str, str]) -> None:
        layers = layered(MANUAL, tmp_path, artifacts={"a.bst": built("x", public=public)})
        assert layers.split_rules(ElementName("a.bst")).domains == {}

    def test_rules_of_another_shape_are_none(self, tmp_path: Path) -> None:
        public = {"bst": {"split-rules": {"one": "text", "two": ["/x", ["/y"]]}}}
        layers = layered(MANUAL, tmp_path, artifacts={"a.bst": built("x", public=public)})
        assert layers.split_rules(ElementName("a.bst")).domains == {"one": (), "two": ("/x",)}

    def test_an_admitter_is_for_what_filters(self, tmp_path: Path) -> None:
        layers = layered(COMPOSE, tmp_path)
        name = ElementName("a.bst")
        assert layers.admitter(name, layers.graph["a.bst"]) is None
        assert layers.admitter(name, layers.graph["c.bst"]) is not None

    def test_a_chain_of_thousands(self, tmp_path: Path) -> None:
        count = 3000
        drawing = imports(f0="usr/x") + "".join(
            f"=== f{i}.bst\nkind: filter\nbuild-depends: [f{i - 1}.bst]\n"
            "config: {include-orphans: true}\n"
            for i in range(1, count + 1)
        )
        layers = layered(drawing, tmp_path)
        assert list(layers.contents(f"f{count}.bst")) == ["usr", "usr/x"]

    @pytest.mark.parametrize(
        ("passes", "expected"), [("true", ["first", "second"]), ("false", ["second"])]
    )
    def test_pass_integration(self, tmp_path: Path, passes: str, expected: list[str]) -> None:
        drawing = imports(a="x").replace(
            "=== f/a/x", "public: {bst: {integration-commands: [first]}}\n=== f/a/x"
        )
        drawing += text(f"""
            === f.bst
            kind: filter
            build-depends: [a.bst]
            config: {{pass-integration: {passes}}}
            public: {{bst: {{integration-commands: [second]}}}}
            === c.bst
            kind: compose
            build-depends: [f.bst]
        """)
        contents = layered(drawing, tmp_path).contents("c.bst")
        assert [command.text for command in contents.commands] == expected
        assert {command.element for command in contents.commands} == {"f.bst"}


class TestCompose:
    COMMANDED = imports(a="usr/bin/a").replace(
        "=== f/a", "public: {bst: {integration-commands: [ldconfig]}}\n=== f/a"
    )

    @pytest.mark.parametrize(
        ("config", "expected"),
        [
            ("{}", "dev proc tmp usr usr/bin usr/bin/a"),
            ("{exclude: [runtime]}", "dev proc tmp usr"),
            ("{include: [runtime], include-orphans: false}",
             "dev proc tmp usr usr/bin usr/bin/a"),
        ],
    )  # fmt: skip
    def test_commands_make_the_folders_of_a_root(
        self, tmp_path: Path, config: str, expected: str
    ) -> None:
        drawing = f"{self.COMMANDED}=== c.bst\nkind: compose\nbuild-depends: [a.bst]\n"
        layers = layered(f"{drawing}config: {config}\n", tmp_path)
        found = layers.contents("c.bst")
        assert (sorted(found), found.exact) == (expected.split(), False)
        assert [command.text for command in found.commands] == ["ldconfig"]
        assert layers.staged("c.bst").owner("proc") is None

    @pytest.mark.parametrize(
        ("config", "expected"),
        [
            ("{integrate: false}", "usr usr/bin usr/bin/a"),
            ("{integrate: false, exclude: [runtime]}", "usr"),
        ],
    )
    def test_commands_that_are_not_run(self, tmp_path: Path, config: str, expected: str) -> None:
        drawing = f"{self.COMMANDED}=== c.bst\nkind: compose\nbuild-depends: [a.bst]\n"
        found = layered(f"{drawing}config: {config}\n", tmp_path).contents("c.bst")
        assert (sorted(found), found.exact, found.commands) == (expected.split(), True, ())

    @pytest.mark.parametrize(
        ("layer", "expected"),
        [
            ("kind: compose\nbuild-depends: [c.bst]\nconfig: {integrate: false}\n", ["ldconfig"]),
            ("kind: compose\nbuild-depends: [c.bst, a.bst]\n", ["ldconfig", "ldconfig"]),
            ("kind: filter\nbuild-depends: [c.bst]\n", ["ldconfig"]),
        ],
    )
    def test_what_is_made_of_it_is_known_up_to_its_commands(
        self, tmp_path: Path, layer: str, expected: list[str]
    ) -> None:
        drawing = f"{self.COMMANDED}=== c.bst\nkind: compose\nbuild-depends: [a.bst]\n"
        found = layered(f"{drawing}=== e.bst\n{layer}", tmp_path).contents("e.bst")
        assert (found.known, found.gaps, found.exact) == (True, (), False)
        assert [command.text for command in found.commands] == expected

    def test_a_domain_that_no_element_has_is_passed_over(self, tmp_path: Path) -> None:
        drawing = COMPOSE.replace("integrate: false", "include: [never], include-orphans: false")
        found = layered(drawing, tmp_path).contents("c.bst")
        assert (list(found), found.exact) == ([], True)

    def test_a_rule_that_cannot_be_read(self, tmp_path: Path) -> None:
        drawing = COMPOSE.replace("integrate: false", "exclude: [own]").replace(
            "=== f/a", "public: {bst: {split-rules: {own: ['/[z-a]']}}}\n=== f/a"
        )
        layers = layered(drawing, tmp_path)
        assert list(layers.contents("c.bst")) == ["usr", "usr/a"]

    @pytest.mark.parametrize(
        ("config", "expected"),
        [
            ("{exclude: [/usr/share/man]}", "usr usr/bin usr/bin/x usr/share usr/share/mandolin"),
            ("{include: [usr/bin/]}", "usr usr/bin usr/bin/x"),
            ("{include: [/usr], exclude: [/usr/share]}", "usr usr/bin usr/bin/x"),
            ("{include: [/usr/bin], exclude: [/]}", ""),
        ],
    )
    def test_prefixes_of_the_runbook(self, tmp_path: Path, config: str, expected: str) -> None:
        drawing = imports(a="usr/bin/x usr/share/man/m usr/share/mandolin")
        drawing += f"=== c.bst\nkind: compose\nbuild-depends: [a.bst]\ncompose: {config}\n"
        layers = layered(drawing, tmp_path, load={"dialect": "runbook"})
        assert sorted(layers.contents("c.bst")) == expected.split()

    def test_what_was_staged_is_told(self, tmp_path: Path) -> None:
        drawing = imports(a="etc/x y", b="etc/x") + text("""
            === c.bst
            kind: compose
            build-depends: [a.bst, b.bst]
        """)
        layers = layered(drawing, tmp_path)
        (overlap,) = layers.contents("c.bst").overlaps
        assert (overlap.path, overlap.winner, overlap.refused) == ("etc/x", "b.bst", ("b.bst",))
        assert overlap.location == "/"

    @pytest.mark.parametrize(
        ("whitelist", "refused"),
        [
            ("[/etc/x]", ()),
            ("['/etc/**']", ()),
            ("[/etc]", ("b.bst",)),
            ("[etc/x]", ("b.bst",)),
            ("[]", ("b.bst",)),
        ],
    )
    def test_whitelists(self, tmp_path: Path, whitelist: str, refused: tuple[str, ...]) -> None:
        drawing = imports(a="etc/x", b="etc/x").replace(
            "=== f/b", f"public: {{bst: {{overlap-whitelist: {whitelist}}}}}\n=== f/b"
        )
        drawing += "=== c.bst\nkind: compose\nbuild-depends: [a.bst, b.bst]\n"
        (overlap,) = layered(drawing, tmp_path).staged("c.bst").overlaps
        assert overlap.refused == refused

    def test_a_whitelist_that_cannot_be_read(self, tmp_path: Path) -> None:
        drawing = imports(a="etc/x", b="etc/x").replace(
            "=== f/b", "public: {bst: {overlap-whitelist: ['[z-a]']}}\n=== f/b"
        )
        drawing += "=== c.bst\nkind: compose\nbuild-depends: [a.bst, b.bst]\n"
        staging = layered(drawing, tmp_path).staged("c.bst")
        assert [overlap.refused for overlap in staging.overlaps] == [("b.bst",)]
        assert staging.gaps[0].reason.startswith("its overlap-whitelist cannot be read")

    def test_what_cannot_be_staged(self, tmp_path: Path) -> None:
        drawing = imports(a="x", b="x/y") + text("""
            === c.bst
            kind: compose
            build-depends: [a.bst, b.bst]
            === d.bst
            kind: compose
            build-depends: [c.bst]
        """)
        layers = layered(drawing, tmp_path)
        failure = "staging 'b.bst' fails at /x: a directory would replace a file"
        assert layers.staged("c.bst").failure == failure
        assert layers.contents("c.bst").failure == failure
        assert not layers.contents("c.bst").exact
        assert Gap(ElementName("c.bst"), failure) in layers.contents("d.bst").gaps

    def test_paths_of_unknown_type(self, tmp_path: Path) -> None:
        drawing = (
            MANUAL
            + imports(b="opt/x")
            + text("""
            === c.bst
            kind: compose
            build-depends: [a.bst, b.bst]
        """)
        )
        tree = tree_of([("opt", Untyped())])
        layers = layered(drawing, tmp_path, manifests={"a.bst": tree})
        assert reasons(layers, "c.bst") == ["whether 'opt' is a directory is not known"]
        assert not layers.contents("c.bst").exact

    def test_a_file_that_is_left_out(self, tmp_path: Path) -> None:
        drawing = imports(a="d/x", b="d") + text("""
            === c.bst
            kind: compose
            build-depends: [a.bst, b.bst]
        """)
        staging = layered(drawing, tmp_path).staged("c.bst")
        assert staging.unstaged == (("b.bst", "d"),)


class TestScript:
    DRAWING = imports(a="etc/x", b="etc/x", tool="bin/sh")

    def layers(self, tmp_path: Path, rest: str = "") -> Layers:
        drawing = self.DRAWING + text("""
            === s.bst
            kind: script
            build-depends:
            - tool.bst
            - {filename: [a.bst, b.bst], config: {location: /layer}}
        """)
        return layered(drawing + text(rest), tmp_path)

    def test_locations(self, tmp_path: Path) -> None:
        staging = self.layers(tmp_path).staged("s.bst")
        assert [(place.path, place.elements) for place in staging.locations] == [
            ("/", ("tool.bst",)),
            ("/layer", ("a.bst", "b.bst")),
        ]
        assert [overlap.location for overlap in staging.overlaps] == ["/layer"]
        owned = {path: owner for path, _, owner in staging.owned(location="/layer")}
        assert owned == {"etc": ("a.bst", "/layer"), "etc/x": ("b.bst", "/layer")}

    @pytest.mark.parametrize(
        ("root", "expected"),
        [
            ("/", "bin bin/sh layer layer/etc layer/etc/x"),
            ("/layer", "etc etc/x"),
            ("/nowhere", ""),
        ],
    )
    def test_contents(self, tmp_path: Path, root: str, expected: str) -> None:
        layers = self.layers(tmp_path, f"variables: {{install-root: {root}}}\n")
        found = layers.contents("s.bst")
        assert (sorted(found), found.exact, found.gaps) == (expected.split(), True, ())

    def test_what_commands_do_is_a_gap(self, tmp_path: Path) -> None:
        layers = self.layers(tmp_path, "config: {commands: [rm]}\n")
        assert reasons(layers, "s.bst") == ["what its commands make and change is not known"]
        assert not layers.contents("s.bst").exact

    @pytest.mark.parametrize(
        ("root", "exact"),
        [
            ("/", False),
            ("/layer", False),
            ("/layer/usr", False),
            ("/layer2", True),
            ("/nowhere", True),
        ],
    )
    def test_a_root_is_known_up_to_the_commands_of_what_is_staged_there(
        self, tmp_path: Path, root: str, *, exact: bool
    ) -> None:
        drawing = TestCompose.COMMANDED + text(f"""
            === c.bst
            kind: compose
            build-depends: [a.bst]
            === s.bst
            kind: script
            build-depends: [{{filename: c.bst, config: {{location: /layer}}}}]
            variables: {{install-root: {root}}}
        """)
        found = layered(drawing, tmp_path).contents("s.bst")
        assert (found.gaps, found.exact) == ((), exact)

    def test_overlaps_across_locations(self, tmp_path: Path) -> None:
        drawing = imports(a="layer/x", b="x") + text("""
            === s.bst
            kind: script
            build-depends:
            - a.bst
            - {filename: b.bst, config: {location: /layer}}
        """)
        layers = layered(drawing, tmp_path)
        (overlap,) = layers.staged("s.bst").overlaps
        assert (overlap.path, overlap.location, overlap.across) == ("x", "/layer", "/")
        assert (overlap.elements, overlap.refused) == (("a.bst", "b.bst"), ("b.bst",))

    def test_a_failure_at_a_location(self, tmp_path: Path) -> None:
        drawing = imports(a="layer", b="x") + text("""
            === s.bst
            kind: script
            build-depends:
            - a.bst
            - {filename: b.bst, config: {location: /layer}}
        """)
        staging = layered(drawing, tmp_path).staged("s.bst")
        assert staging.failure is not None
        assert staging.failure.startswith("staging 'b.bst' fails at /layer")

    def test_integration_is_at_the_root_alone(self, tmp_path: Path) -> None:
        drawing = self.DRAWING.replace(
            "=== f/a", "public: {bst: {integration-commands: [one]}}\n=== f/a"
        ).replace("=== f/tool", "public: {bst: {integration-commands: [two]}}\n=== f/tool")
        drawing += text("""
            === s.bst
            kind: script
            build-depends:
            - tool.bst
            - {filename: a.bst, config: {location: /layer}}
        """)
        staging = layered(drawing, tmp_path).staged("s.bst")
        assert [(command.element, command.text) for command in staging.commands] == [
            ("tool.bst", "two")
        ]
        assert staging.root.is_directory("proc")

    @pytest.mark.parametrize("name", ["a.bst", "st.bst"])
    def test_what_stages_nothing(self, tmp_path: Path, name: str) -> None:
        layers = self.layers(tmp_path, "=== st.bst\nkind: stack\ndepends: [a.bst]\n")
        assert layers.staged(name).locations == ()


class TestValues:
    def test_contents_are_a_collection_of_paths(self, tmp_path: Path) -> None:
        found = layered(COMPOSE, tmp_path).contents("c.bst")
        assert len(found) == 2
        asked = ["usr/a", "/usr/a", "usr", "no", 3]
        assert [path in found for path in asked] == [True, True, True, False, False]
        assert [type(node) for _, node in found.entries()] == [Directory, File]

    def test_links_are_not_followed(self, tmp_path: Path) -> None:
        tree = drawn("lib -> usr/lib", "usr/lib/x")
        layers = layered(MANUAL, tmp_path, manifests={"a.bst": tree})
        assert "lib/x" not in layers.contents("a.bst")
        assert lookup(layers.contents("a.bst").tree, "lib") == Link("usr/lib")
