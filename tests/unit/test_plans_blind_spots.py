"""Blind spots: each code, and what is none."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from bstgraph import load_state
from bstgraph.errors import SelectionError
from bstgraph.plans import BlindSpot, blind_spots
from bstgraph.state import State
from bstgraph.testing import project

COMMIT: Final = "0123456789abcdef0123456789abcdef01234567"


def state(text: str, directory: Path) -> State:
    return load_state(project(text, directory))


def spots(text: str, directory: Path) -> tuple[BlindSpot, ...]:
    return blind_spots(state(text, directory))


class TestCommands:
    def test_own_and_integration_commands(self, tmp_path: Path) -> None:
        found = spots(
            """
            === a.bst
            kind: manual
            config:
              build-commands:
              - |
                echo a
                echo "$(date)" > b
              - date
              - uuidgen
            public: {bst: {integration-commands: [date, 'echo $RANDOM']}}
            """,
            tmp_path,
        )
        assert [(one.code, one.reason, one.evidence) for one in found] == [
            ("clock", "its commands use 'date'", 'echo "$(date)" > b'),
            ("clock", "its integration commands use 'date'", "date"),
            ("random", "its commands use 'uuidgen'", "uuidgen"),
            ("random", "its integration commands use '$RANDOM'", "echo $RANDOM"),
        ]
        assert all(one.where is not None and one.where.path == "elements/a.bst" for one in found)
        assert all(one.advice for one in found)

    def test_commands_of_a_script(self, tmp_path: Path) -> None:
        found = spots(
            """
            === a.bst
            kind: stack
            === b.bst
            kind: script
            build-depends: [a.bst]
            config: {commands: [nproc, 'wget https://example.org']}
            """,
            tmp_path,
        )
        assert [one.code for one in found] == ["host", "network"]

    def test_other_lists_are_no_commands(self, tmp_path: Path) -> None:
        text = """
            === a.bst
            kind: compose
            build-depends: [b.bst]
            config: {include: [date]}
            === b.bst
            kind: manual
            public: {bst: {split-rules: {date: [uuidgen]}}}
            === c.bst
            kind: manual
            public: {bst: {integration-commands: []}, other: {integration-commands: [date]}}
            """
        assert spots(text, tmp_path) == ()

    @pytest.mark.parametrize("commands", [{"install-commands": "date"}, {"other": ["date"]}])
    def test_data_of_other_shapes(self, tmp_path: Path, commands: object) -> None:
        made = state("=== a.bst\nkind: manual\n", tmp_path)
        element = made.graph["a.bst"].model_copy(
            update={"config": commands, "public": {"bst": "date"}}
        )
        project_ = made.project.model_copy(update={"elements": {element.name: element}})
        assert blind_spots(State.of(project_, made.files)) == ()


class TestMachine:
    NOCACHE = """
        === a.bst
        kind: manual
        environment: {JOBS: '4', OTHER: x}
        environment-nocache: [JOBS, UNSET]
        config: {build-commands: ['make -j${JOBS} $OTHER $UNSET', "echo '$JOBS'"]}
        """

    def test_variables_that_are_in_no_key(self, tmp_path: Path) -> None:
        (spot,) = spots(self.NOCACHE, tmp_path)
        assert (spot.code, spot.evidence) == ("machine-local", "make -j${JOBS} $OTHER $UNSET")
        assert "$JOBS" in spot.reason

    def test_variables_in_single_quotes_only(self, tmp_path: Path) -> None:
        text = self.NOCACHE.replace("'make -j${JOBS} $OTHER $UNSET', ", "")
        assert spots(text, tmp_path) == ()

    def test_an_open_workspace(self, tmp_path: Path) -> None:
        text = """
            === a.bst
            kind: manual
            === ws/x
            === .bst2/workspaces.yml
            format-version: 4
            workspaces: {a.bst: {path: ws}}
            """
        (spot,) = spots(text, tmp_path)
        assert (spot.code, spot.evidence) == ("machine-local", str(tmp_path / "ws"))
        assert "open workspace" in spot.reason

    @pytest.mark.parametrize(("command", "count"), [("make", 1), ("", 0)])
    def test_remote_apis(self, tmp_path: Path, command: str, count: int) -> None:
        commands = f"['{command}']" if command else "[]"
        text = f"""
            === a.bst
            kind: manual
            sandbox: {{remote-apis-socket: {{path: /run/x}}}}
            config: {{build-commands: {commands}, strip-commands: []}}
            """
        found = spots(text, tmp_path)
        assert [one.evidence for one in found] == ["remote-apis-socket: /run/x"] * count


def sources(tmp_path: Path, kind: str, config: str) -> tuple[BlindSpot, ...]:
    text = f"""
        === project.conf
        plugins: [{{origin: local, path: plugins, sources: [{kind}]}}]
        === plugins/{kind}.py
        === g
        === t
        === repo/x
        === a.bst
        kind: import
        sources:
        - {{kind: {kind}, {config}}}
        """
    return spots(text, tmp_path)


class TestSources:
    @pytest.mark.parametrize(
        ("kind", "config", "told"),
        [
            ("git", "url: u, ref: main", ("unpinned", "main")),
            ("git_tag", "url: u, ref: v1.2, track: x", ("unpinned", "v1.2")),
            ("git_module", "url: u, ref: HEAD, path: x", ("unpinned", "HEAD")),
            ("pip", "packages: [a], ref: 'a==1'", ("unpinned", "a==1")),
            ("bzr", "url: u, track: t, ref: '12'", ("unpinned", "12")),
            ("generated", "template: t, name: n, path: p/q", ("machine-local", "n/p/q")),
            ("ostree_mirror", "path: repo, gpg: g", ("machine-local", "repo")),
        ],
    )
    def test_told(self, tmp_path: Path, kind: str, config: str, told: tuple[str, str]) -> None:
        (spot,) = sources(tmp_path, kind, config)
        assert (spot.code, spot.evidence) == told
        assert "is no release of the source kind" in spot.gaps[0]
        assert spot.where is not None
        assert spot.where.line == 3

    @pytest.mark.parametrize(
        ("kind", "config"),
        [
            ("git", f"url: u, ref: {COMMIT}"),
            ("git", f"url: u, ref: v1.2-3-g{COMMIT}"),
            ("git", "url: u, ref: v1.2-3-g0123456"),
            ("git", "url: u, track: main"),
            ("git", "url: u, ref: ''"),
            ("pip", "packages: [a]"),
            ("bzr", "url: u, track: t"),
            ("ostree_mirror", "url: u, gpg: g"),
            ("zip", "url: u, ref: x"),
        ],
    )
    def test_pinned_or_without_a_key(self, tmp_path: Path, kind: str, config: str) -> None:
        assert sources(tmp_path, kind, config) == ()

    def test_a_plugin_of_the_same_name(self, tmp_path: Path) -> None:
        text = """
            === project.conf
            plugins: [{origin: local, path: plugins, sources: [git]}]
            === plugins/git.py
            from buildstream import Source
            class Git(Source):
                def get_unique_key(self):
                    return self.files
            def setup():
                return Git
            === a.bst
            kind: import
            sources: [{kind: git, url: u, ref: main}]
            """
        assert spots(text, tmp_path) == ()


SHAPED: Final = """
=== a.bst
kind: manual
=== b.bst
kind: manual
=== c.bst
kind: manual
=== user.bst
kind: {kind}
build-depends:
- a.bst
- b.bst
- filename: c.bst
  config: {config}
"""
MNT: Final = "{location: /mnt}"


def shape(tmp_path: Path, kind: str, config: str, edge: str) -> tuple[BlindSpot, ...]:
    text = SHAPED.format(kind=kind, config=config)
    before = state(text, tmp_path / "before")
    old, new = edge.split(" -> ")
    after = state(text.replace(old, new), tmp_path / "after")
    assert blind_spots(before, before) == ()
    return blind_spots(after, before, ["user.bst"])


C: Final = "=== c.bst\nkind: manual"
EDGE: Final = f"{C} -> {C}\nruntime-depends: [b.bst]"


class TestShape:
    @pytest.mark.parametrize("kind", ["script", "manual"])
    def test_an_edge_below_a_location(self, tmp_path: Path, kind: str) -> None:
        (spot,) = shape(tmp_path, kind, MNT, EDGE)
        assert (spot.code, spot.element, spot.evidence) == ("graph-shape", "user.bst", "+ b.bst")
        assert "at /mnt than before" in spot.reason
        assert spot.gaps == ()

    def test_an_edge_that_is_gone(self, tmp_path: Path) -> None:
        text = SHAPED.format(kind="script", config=MNT)
        old, new = EDGE.split(" -> ")
        before = state(text.replace(old, new), tmp_path / "1")
        (spot,) = blind_spots(state(text, tmp_path / "2"), before)
        assert spot.evidence == "- b.bst"

    def test_an_edge_below_a_digest(self, tmp_path: Path) -> None:
        (spot,) = shape(tmp_path, "manual", "{digest-environment: D}", EDGE)
        assert "for $D than before" in spot.reason
        (spot,) = shape(tmp_path / "2", "manual", "{location: /m, digest-environment: D}", EDGE)
        assert spot.reason.endswith("; 1 more places differ")

    @pytest.mark.parametrize(
        ("kind", "config", "edge"),
        [
            ("manual", "{}", EDGE),
            ("script", "{location: /}", EDGE),
            ("script", MNT, f"{C} -> {C}\nvariables: {{x: y}}"),
            # Other keys: the build scope has another order, or the element itself differs.
            ("script", MNT, "=== b.bst\nkind: manual -> === b.bst\nkind: manual\ndepends: [c.bst]"),
            ("script", MNT, "/mnt -> /opt"),
        ],
    )
    def test_nothing_is_told(self, tmp_path: Path, kind: str, config: str, edge: str) -> None:
        assert shape(tmp_path, kind, config, edge) == ()

    def test_another_order(self, tmp_path: Path) -> None:
        text = """
            === x.bst
            kind: manual
            === y.bst
            kind: manual
            === a.bst
            kind: manual
            runtime-depends: [x.bst, y.bst]
            === c.bst
            kind: manual
            runtime-depends: [y.bst]
            === d.bst
            kind: manual
            runtime-depends: [x.bst]
            === user.bst
            kind: script
            build-depends:
            - a.bst
            - filename: [c.bst, d.bst]
              config: {location: /mnt}
            """
        before = state(text, tmp_path / "1")
        more = text.replace("[y.bst]", "[x.bst, y.bst]")
        (spot,) = blind_spots(state(more, tmp_path / "2"), before)
        assert spot.evidence == "the same elements in another order"

    def test_many(self, tmp_path: Path) -> None:
        names = [f"b{n}.bst" for n in range(7)]
        below = "".join(f"=== {name}\nkind: manual\n" for name in names)
        text = SHAPED.format(kind="script", config=MNT) + "".join(f"- {n}\n" for n in names) + below
        before = state(text, tmp_path / "1")
        more = text.replace(C, f"{C}\nruntime-depends: [{', '.join(names)}]")
        (spot,) = blind_spots(state(more, tmp_path / "2"), before)
        assert spot.evidence == "+ b0.bst, + b1.bst, + b2.bst, + b3.bst, + b4.bst and 2 more"

    def test_a_kind_that_does_not_hold_locations_in_its_key(self, tmp_path: Path) -> None:
        text = """
            === project.conf
            plugins: [{origin: local, path: plugins, elements: [flatpak_image]}]
            === plugins/flatpak_image.py
            === a.bst
            kind: manual
            === user.bst
            kind: flatpak_image
            config:
              {directory: /d, include: [], exclude: [], component-ids: [],
               metadata: {Runtime: {name: n}}}
            build-depends: [{filename: a.bst, config: {location: /here}}]
            """
        before = state(text, tmp_path / "1")
        after = state(text.replace("/here", "/there"), tmp_path / "2")
        (spot,) = blind_spots(after, before)
        assert (spot.code, spot.evidence) == ("graph-shape", "at /there, not at /here")
        assert spot.gaps == after.keys["user.bst"].strict.gaps != ()

    def test_inputs_of_an_image(self, tmp_path: Path) -> None:
        conf = "plugins: [{origin: local, path: plugins, elements: [fastboot_ext4]}]"
        text = SHAPED.format(kind="fastboot_ext4", config="{input: True}") + (
            f"=== project.conf\n{conf}\n=== plugins/fastboot_ext4.py\n"
        )
        commands = "config: {create_dev_proc_shadow: [], create_img: [date], install_img: []}"
        text = text.replace("build-depends:", f"{commands}\nbuild-depends:")
        before = state(text, tmp_path / "1")
        old, new = EDGE.split(" -> ")
        clock, spot = blind_spots(state(text.replace(old, new), tmp_path / "2"), before)
        assert (clock.code, clock.evidence) == ("clock", "date")
        assert "staged as input than" in spot.reason

    def test_elements_that_were_not_there(self, tmp_path: Path) -> None:
        text = SHAPED.format(kind="script", config=MNT)
        before = state(text, tmp_path / "1")
        after = state(text.replace("user.bst", "other.bst"), tmp_path / "2")
        assert blind_spots(after, before) == ()

    def test_elements_without_a_key(self, tmp_path: Path) -> None:
        text = SHAPED.format(kind="script", config=MNT).replace(
            C, "=== c.bst\nkind: import\nsources: [{kind: tar, url: u}]"
        )
        before = state(text, tmp_path / "1")
        more = text.replace("[{kind: tar, url: u}]", "[{kind: tar, url: u}]\ndepends: [b.bst]")
        assert blind_spots(state(more, tmp_path / "2"), before) == ()


def test_externals_are_passed_over(tmp_path: Path) -> None:
    text = """
        === j.bst
        kind: junction
        sources: [{kind: git_tag, url: u, ref: %s}]
        === project.conf
        plugins: [{origin: pip, package-name: p, sources: [git_tag]}]
        === user.bst
        kind: script
        build-depends:
        - j.bst:x.bst
        - {filename: a.bst, config: {location: /mnt}}
        === a.bst
        kind: manual
        """
    made = state(text % COMMIT, tmp_path)
    assert made.graph.externals
    assert blind_spots(made, made) == ()


def test_order_and_targets(tmp_path: Path) -> None:
    text = """
        === z.bst
        kind: manual
        config: {build-commands: [uuidgen, date]}
        === a.bst
        kind: manual
        depends: [z.bst]
        config: {build-commands: [date]}
        === other.bst
        kind: manual
        config: {build-commands: [date]}
        """
    made = state(text, tmp_path)
    found = blind_spots(made, targets=["a.bst"])
    assert [(one.element, one.code) for one in found] == [
        ("z.bst", "clock"),
        ("z.bst", "random"),
        ("a.bst", "clock"),
    ]
    assert {one.element for one in blind_spots(made)} == {"z.bst", "a.bst", "other.bst"}
    with pytest.raises(SelectionError):
        blind_spots(made, targets=["b.bst"])
