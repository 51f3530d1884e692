"""Keys of small projects, with digests that the real BuildStream 2.8.1 gave them on x86-64."""

from __future__ import annotations

from pathlib import Path

import pytest

from bstgraph import keys as key_rules
from bstgraph.errors import SelectionError
from bstgraph.keys import ElementKeys, Keys, serialise
from bstgraph.load import load_state
from bstgraph.machine import Machine
from bstgraph.state import State
from tests.unit.drawing import SUB, project

_BOOT = "852ef08f127dfd29ca76770b9bfff0b8e350a2bb1d03b9dcd85e71b455f5e74c"


def keys(text: str, directory: Path, **arguments: object) -> Keys:
    """Return the keys of the project drawn in `text`, on an x86-64 Linux machine."""
    return state(text, directory, **arguments).keys


def state(text: str, directory: Path, **arguments: object) -> State:
    loaded = project(text, directory, arch="x86_64", **arguments)  # type: ignore[arg-type]  # as given
    return load_state(loaded)


def pair(keys: ElementKeys) -> tuple[str | None, str | None]:
    return keys.weak.digest, keys.strict.digest


class TestVectors:
    """Whole keys, as the oracle computed them."""

    def test_alone(self, tmp_path: Path) -> None:
        found = keys("=== a.bst\nkind: manual\n", tmp_path)
        assert pair(found["a.bst"]) == (
            _BOOT,
            "d24c702abd27f6a5b2752310fbaeffca1cffef446abb58e811fd20e831c10f79",
        )
        assert found["a.bst"].weak.exact
        assert found["a.bst"].strict.exact

    def test_build_scope(self, tmp_path: Path) -> None:
        found = keys(
            """
            === a.bst
            kind: manual
            build-depends: [b.bst, c.bst]
            === b.bst
            kind: manual
            === c.bst
            kind: manual
            runtime-depends: [d.bst]
            === d.bst
            kind: manual
            """,
            tmp_path,
        )
        assert {name: pair(each) for name, each in found.items()} == {
            "b.bst": (
                "3a1eb98fd2c039c792cd30e615c847e7a63821cb4005d0325ea199334ff9cee1",
                "e81890735cb5d17987c192637a551b88b5cf1e0ea545d1d5aa6a7a33bc11927d",
            ),
            "d.bst": (
                "c7ed3ccc91a097d65b3c1947028fc52ed1c8e0fe7c5e635d97d8b0d5c3c55b6b",
                "cf9fcb9e6a9060eded8dd3553741dac602c8bc3f976e85bca8fca5ae68aaa9b1",
            ),
            "c.bst": (
                "77fb9a263da2ca490ce61d46fee5089850b3cf6b9a289b87bf6bfa3a614c597b",
                "696bb92092bc60880ad83a4b610bf1c6957d05edb143acaf47b5bc77726e288c",
            ),
            "a.bst": (
                "52376269afd02ee26d25fa0c66d2b863c2c6cf1608d93220d3e611b22a16b3dc",
                "ca400e320ec2d8cf83385742da9fceb0f8740f73d38a7175d285ea24999b3eca",
            ),
        }

    def test_local_files(self, tmp_path: Path) -> None:
        (tmp_path / "files").mkdir()
        (tmp_path / "files/a").write_text("x")
        found = keys("=== a.bst\nkind: import\nsources: [{kind: local, path: files}]\n", tmp_path)
        assert pair(found["a.bst"]) == (
            "7086e6507c805182f0d01493e074867d94e4bb320f199bfa822118a5a9ed9266",
            "10877abe2dff41def5b9b26d16daee21128801a57fd05b6e22a4a5c9fd1e105f",
        )

    def test_compose_holds_weak_keys(self, tmp_path: Path) -> None:
        found = keys(
            """
            === b.bst
            kind: manual
            === s.bst
            kind: stack
            depends: [b.bst]
            === k.bst
            kind: compose
            build-depends: [s.bst]
            config: {integrate: false}
            """,
            tmp_path,
        )
        assert pair(found["s.bst"]) == (
            "a79ea53e3b71f3ff3a930922613a30992fd4a97b3cbaa633cf3c7f0c43bab1c3",
            "b16a98d845e7296ffff1c347e2f74ca7712c4a03cc532dd9dc5ca725fee7dedf",
        )
        assert pair(found["k.bst"]) == (
            "46ecde717a36c276927edf6acb70384544c62d26ce8ab02805c95e2717f9a306",
            "b8611a763078837f9f57965df7f0380b55e7c5aaf7f7705fe9ee2ef072ca19a9",
        )
        inputs = found.inputs("k.bst", "weak")
        assert [entry.data() for entry in inputs.dependencies] == [
            ["test", "b.bst", found["b.bst"].weak.digest],
            ["test", "s.bst", found["s.bst"].weak.digest],
        ]
        assert inputs.sandbox is None
        assert inputs.environment is None


class TestText:
    """What is hashed is what ujson writes."""

    @pytest.mark.parametrize(
        ("value", "expected"),
        [
            ({"b": 1, "a": [True, None]}, '{"a":[true,null],"b":1}'),
            ("ä/\U0001f600", '"\\u00e4/\\ud83d\\ude00"'),
            ("\x7f", '"\x7f"'),
            ("\\u007f", '"\\\\u007f"'),
            ("\\\x7f\x7f", '"\\\\\x7f\x7f"'),
            ("\x00\n<&>", '"\\u0000\\n<&>"'),
        ],
    )
    def test_serialise(self, value: object, expected: str) -> None:
        assert serialise(value) == expected


class TestInputs:
    """The key is a function of its inputs."""

    TEXT = """
        === project.conf
        fatal-warnings: [overlaps, corrupted-artifact]
        === a.bst
        kind: manual
        sandbox: {build-uid: 7, build-os: Linux, build-arch: aarch64}
        environment: {KEPT: "1", LEFT: "2"}
        environment-nocache: [LEFT]
        build-depends:
        - filename: b.bst
          strict: true
        - c.bst
        === b.bst
        kind: manual
        === c.bst
        kind: stack
        """

    def test_every_digest(self, tmp_path: Path) -> None:
        found = keys(self.TEXT, tmp_path)
        for name in found:
            assert found.inputs(name, "weak").digest == found[name].weak.digest
            assert found.inputs(name, "strict").digest == found[name].strict.digest

    def test_fields(self, tmp_path: Path) -> None:
        found = keys(self.TEXT, tmp_path)
        inputs = found.inputs("a.bst", "weak")
        assert inputs.fatal_warnings == ("corrupted-artifact", "overlaps")
        assert inputs.sandbox == {"build-os": "linux", "build-arch": "aarch64", "build-uid": 7}
        assert inputs.environment is not None
        assert inputs.environment["KEPT"] == "1"
        assert "LEFT" not in inputs.environment
        assert inputs.build_root == "/buildstream/test/a.bst"
        # Only the strict dependency is there with its weak key.
        assert [entry.data() for entry in inputs.dependencies] == [
            ["test", "b.bst", found["b.bst"].weak.digest],
            ["test", "c.bst"],
        ]
        strict = found.inputs("a.bst")
        assert strict.weak_key == found["a.bst"].weak.digest
        assert [entry.key for entry in strict.dependencies] == [
            found["b.bst"].strict.digest,
            found["c.bst"].strict.digest,
        ]

    def test_scope(self, tmp_path: Path) -> None:
        found = keys(self.TEXT, tmp_path)
        assert found.scope("a.bst") == ("b.bst", "c.bst")
        among = found.bits([n for n in found if n in ("a.bst", "c.bst")])
        assert found.staged("a.bst", among) == (("c.bst",), 1)
        assert found.staged("a.bst", found.bits(found), 1) == (("b.bst",), 2)

    def test_machine(self, tmp_path: Path) -> None:
        loaded = project("=== a.bst\nkind: manual\n", tmp_path)
        foreign = loaded.model_copy(update={"machine": Machine(arch="riscv64", system="Darwin")})
        inputs = load_state(foreign).keys.inputs("a.bst")
        assert inputs.sandbox == {"build-os": "macos", "build-arch": "rv64g"}

    def test_unknown_machine_is_a_gap(self, tmp_path: Path) -> None:
        loaded = project("=== a.bst\nkind: manual\n", tmp_path)
        foreign = loaded.model_copy(update={"machine": Machine(arch="z80", system="CP/M")})
        found = load_state(foreign).keys["a.bst"]
        assert found.weak.gaps == ("BuildStream knows no architecture 'z80'",)
        assert not found.weak.exact


class TestAbsent:
    """A source without a ref: BuildStream has no key, and neither has what hashes it."""

    TEXT = """
        === a.bst
        kind: manual
        sources:
        - kind: local
          path: files
        - {kind: tar, url: "https://a.example/x.tar"}
        === b.bst
        kind: manual
        build-depends: [a.bst]
        === c.bst
        kind: compose
        build-depends: [a.bst]
        === d.bst
        kind: manual
        runtime-depends: [a.bst]
        === e.bst
        kind: manual
        build-depends: [d.bst]
        === files/x
        """

    def test_reasons(self, tmp_path: Path) -> None:
        found = keys(self.TEXT, tmp_path)
        own = "elements/a.bst:5:3: source 2 (tar) is not resolved: it has no ref"
        absent = {name: (each.weak.absent, each.strict.absent) for name, each in found.items()}
        assert absent == {
            "a.bst": (own, own),
            "b.bst": ("", "'a.bst' has none"),
            "c.bst": ("'a.bst' has none", "'a.bst' has none"),
            "d.bst": ("", ""),
            "e.bst": ("", "'a.bst' has none"),
        }
        assert not found["a.bst"].weak.exact
        assert found["b.bst"].weak.exact
        assert str(found["e.bst"].strict) == "none: 'a.bst' has none"


class TestGaps:
    """What is guessed is told, and strict keys inherit it."""

    def test_unknown_kind(self, tmp_path: Path) -> None:
        found = keys(
            """
            === project.conf
            plugins:
            - {origin: local, path: plugins, elements: [odd], sources: [strange]}
            === plugins/odd.py
            === plugins/strange.py
            === a.bst
            kind: odd
            === b.bst
            kind: manual
            build-depends: [a.bst]
            === c.bst
            kind: compose
            build-depends: [a.bst]
            === d.bst
            kind: import
            sources: [{kind: strange}]
            """,
            tmp_path,
        )
        gap = (
            "there are no rules for the element kind 'odd' (plugins/odd.py defines it): describe "
            "it in a subclass of bstgraph.kinds.ElementKind under the entry point "
            "bstgraph.element_kinds"
        )
        assert found["a.bst"].weak.gaps == (gap,)
        assert found["b.bst"].weak.exact
        assert found["b.bst"].strict.gaps == (gap,)
        assert found["c.bst"].weak.gaps == (gap,)
        assert found.inexact == ("a.bst", "b.bst", "c.bst", "d.bst")
        (source,) = found["d.bst"].gaps
        assert "'strange'" in source
        assert "bstgraph.kinds.SourceKind" in source

    def test_external(self, tmp_path: Path) -> None:
        found = keys(
            """
            === sub.bst
            kind: junction
            sources: [{kind: tar, url: "https://a.example/x.tar", ref: "00"}]
            === a.bst
            kind: manual
            build-depends: ["sub.bst:b.bst"]
            === c.bst
            kind: manual
            build-depends: [a.bst]
            """,
            tmp_path,
            targets=["c.bst"],
        )
        assert list(found) == ["a.bst", "c.bst"]
        (gap,) = found["a.bst"].weak.gaps
        assert gap.startswith("elements of 'sub.bst' are external: ")
        assert found["c.bst"].weak.exact
        assert found["c.bst"].strict.gaps == (gap,)
        with pytest.raises(SelectionError, match="not at hand"):
            found["sub.bst:b.bst"]

    def test_missing_file(self, tmp_path: Path) -> None:
        loaded = project(
            "=== a.bst\nkind: import\nsources: [{kind: local, path: files}]\n=== files/x\n",
            tmp_path,
        )
        (tmp_path / "files/x").unlink()
        (tmp_path / "files").rmdir()
        found = load_state(loaded).keys["a.bst"]
        assert found.weak.gaps == ("elements/a.bst:2:11: 'files' does not exist",)

    def test_a_checkout_that_lacks_files(self, tmp_path: Path) -> None:
        loaded = project(
            """
            === a.bst
            kind: import
            sources: [{kind: local, path: files}]
            === b.bst
            kind: import
            sources: [{kind: local, path: files/whole}]
            === files/whole/x
            """,
            tmp_path,
        )
        conf = loaded.conf.model_copy(update={"left_out": ("files/large",)})
        found = load_state(loaded.model_copy(update={"projects": {"": conf}})).keys
        gap = "elements/a.bst:2:11: 'files' lacks 'files/large' as BuildStream finds it there"
        assert found["a.bst"].weak.gaps == (gap,)
        assert found["b.bst"].weak.exact

    def test_each_gap_once_and_own_ones_first(self, tmp_path: Path) -> None:
        found = keys(
            """
            === project.conf
            plugins: [{origin: local, path: plugins, elements: [odd, even]}]
            === plugins/odd.py
            === plugins/even.py
            === a.bst
            kind: odd
            === b.bst
            kind: even
            build-depends: [a.bst]
            === c.bst
            kind: even
            build-depends: [a.bst, b.bst]
            """,
            tmp_path,
        )
        gaps = found["c.bst"].strict.gaps
        assert ["'even'" in gap for gap in gaps] == [True, False]


class TestRunbook:
    """Claim R6: a stack's weak key does not see its list; others see direct dependencies."""

    TEXT = """
        === app.bst
        kind: manual
        === deps.bst
        kind: stack
        depends: [app.bst]
        === layer.bst
        kind: compose
        build-depends: [deps.bst]
        """
    MORE = """
        === more.bst
        kind: manual
        """

    def test_something_is_added_to_the_stack(self, tmp_path: Path) -> None:
        before = project(self.TEXT, tmp_path / "a")
        after = project(
            self.TEXT.replace("[app.bst]", "[app.bst, more.bst]") + self.MORE, tmp_path / "b"
        )
        for name in ("deps.bst", "layer.bst"):
            runbook, real = (
                [load_state(p, rule=rule).keys[name] for p in (before, after)]
                for rule in key_rules.RULE_NAMES[::-1]
            )
            assert runbook[0].weak.digest == runbook[1].weak.digest
            assert real[0].weak.digest != real[1].weak.digest
            assert runbook[0].strict.digest != runbook[1].strict.digest

    def test_it_says_that_it_is_not_buildstream(self, tmp_path: Path) -> None:
        loaded = project(self.TEXT, tmp_path)
        found = load_state(loaded, rule="runbook").keys
        assert found.rule == "runbook"
        assert found["app.bst"].weak.exact
        (gap,) = found["deps.bst"].weak.gaps
        assert "claim R6" in gap
        inputs = found.inputs("layer.bst", "weak")
        assert [entry.name for entry in inputs.dependencies] == ["deps.bst"]
        assert inputs.digest == found["layer.bst"].weak.digest


class TestLookup:
    def test_subproject(self, tmp_path: Path) -> None:
        found = keys(
            SUB
            + "=== sub/project.conf\nname: other\n=== sub/b.bst\nkind: manual\n"
            + "=== a.bst\nkind: manual\nbuild-depends: ['sub.bst:b.bst']\n",
            tmp_path,
            targets=["a.bst"],
        )
        assert found.inputs("a.bst", "weak").dependencies[0].data() == ["other", "b.bst"]
        assert repr(found) == "<Keys: 2 elements>"

    def test_unknown(self, tmp_path: Path) -> None:
        found = keys("=== a.bst\nkind: manual\n", tmp_path)
        assert "b.bst" not in found
        with pytest.raises(SelectionError, match="no element named"):
            found["b.bst"]


class TestReleases:
    """Keys for an earlier BuildStream: the same, but for what it refuses or does otherwise."""

    TEXT = """
        === project.conf
        junctions: {disallow-subproject-uris: true}
        === a.bst
        kind: manual
        sandbox: {remote-apis-socket: {path: /run/socket}}
        sources: [{kind: tar, url: "https://a.example/x", ref: aa, version: "1"}]
        build-depends:
        - filename: b.bst
          config: {digest-environment: DIGEST}
        - ln.bst
        === b.bst
        kind: manual
        === ln.bst
        kind: link
        config: {target: b.bst}
        """
    GAPS = (
        ("2.7", ()),
        ("2.6", ("'b.bst' and 'ln.bst' for two dependencies",)),
        (
            "2.5",
            (
                "refuses 'remote-apis-socket' in a sandbox",
                "refuses 'digest-environment' of a dependency",
                "'b.bst' and 'ln.bst' for two dependencies",
            ),
        ),
        (
            "2.1",
            (
                "refuses 'disallow-subproject-uris' in project.conf",
                "refuses 'remote-apis-socket' in a sandbox",
                "refuses 'version' of a tar source",
                "refuses 'digest-environment' of a dependency",
                "'b.bst' and 'ln.bst' for two dependencies",
            ),
        ),
    )

    @pytest.mark.parametrize(("release", "ends"), GAPS)
    def test_gaps(self, tmp_path: Path, release: str, ends: tuple[str, ...]) -> None:
        loaded = project(self.TEXT, tmp_path, targets=["a.bst"])
        newest = load_state(loaded).keys["a.bst"]
        found = load_state(loaded, release=release)
        assert found.keys.release == release
        gaps = found.keys["a.bst"].weak.gaps
        assert len(gaps) == len(ends)
        assert [gap for gap, end in zip(gaps, ends, strict=True) if not gap.endswith(end)] == []
        assert found.keys["a.bst"].weak.digest == newest.weak.digest

    def test_wrong_calls(self, tmp_path: Path) -> None:
        loaded = project(self.TEXT, tmp_path)
        with pytest.raises(ValueError, match="no known release"):
            load_state(loaded, release="1.4")
        with pytest.raises(ValueError, match="no key rule 'mine'"):
            load_state(loaded, rule="mine")  # type: ignore[arg-type]  # on purpose
        with pytest.raises(TypeError, match="no arguments for loading"):
            load_state(loaded, max_jobs=3)


_STRICT = (
    "    BST_MIN_VERSION = '2.0'\n    BST_ARTIFACT_VERSION = 3\n    BST_STRICT_REBUILD = True\n"
)


class TestPlainPlugins:
    """A plugin that is a BuildElement by the shape of its file has keys all the same."""

    @pytest.mark.parametrize(
        ("body", "exact"),
        [
            ("    BST_MIN_VERSION = '2.0'\n", True),
            (
                _STRICT,
                True,
            ),
            ("    def get_unique_key(self):\n        return {}\n", False),
        ],
    )
    def test_exact(self, tmp_path: Path, body: str, exact: bool) -> None:  # noqa: FBT001
        python = (
            "from buildstream import BuildElement\n"
            f"class Mine(BuildElement):\n{body}"
            "def setup():\n    return Mine\n"
        )
        conf = "plugins: [{origin: local, path: plugins, elements: [mine]}]\n"
        element = "kind: mine\nconfig: {build-commands: [make]}\nbuild-depends: [b.bst]\n"
        found = keys(
            f"=== project.conf\n{conf}=== plugins/mine.py\n{python}=== a.bst\n{element}"
            "=== b.bst\nkind: manual\n",
            tmp_path,
        )
        assert found["a.bst"].weak.exact is exact
        if exact:
            inputs = found.inputs("a.bst", "weak")
            assert inputs.plugin_version == (3 if "= 3" in body else 0)
            keyed = found["b.bst"].weak.digest if "STRICT" in body else None
            assert [entry.key for entry in inputs.dependencies] == [keyed]
            assert inputs.plugin_key == {
                "configure-commands": (),
                "build-commands": ("make",),
                "install-commands": (),
                "strip-commands": (),
            }
