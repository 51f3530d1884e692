"""What each element kind has in a cache key, and the rules that go with it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from bstgraph import kinds
from bstgraph.errors import Slug
from bstgraph.kinds import ElementView, KeyGapError
from bstgraph.model import KindConfig, Plugin
from bstgraph.names import ElementName
from bstgraph.testing import load_error
from tests.unit import drawing
from tests.unit.kind_views import (
    configured,
    element_key,
    element_kind,
    element_text,
    element_view,
    plain,
)

BUILD: dict[str, Any] = {
    "configure-commands": [],
    "build-commands": [],
    "install-commands": [],
    "strip-commands": [],
}
ON_B = "build-depends: [b.bst]"
TWO = "build-depends: [d/c.x.bst, {filename: b.bst, config: {%s}}]"

BUILDS: list[tuple[str, dict[str, Any]]] = [
    ("", {}),
    ("config: {build-commands: ['', '%{prefix}']}", {"build-commands": ["", "/usr"]}),
    ("variables: {command-subdir: x}", {"command-subdir": "x"}),
    ("variables: {command-subdir: ''}", {}),
    ("variables: {notparallel: 'False'}", {"notparallel": True}),
    (ON_B, {}),
    (TWO % "location: ''", {}),
    (TWO % "location: /x", {"layout": {"/": ["d/c.x.bst"], "/x": ["b.bst"]}}),
    (TWO % "digest-environment: D", {"digest-enviornment": {"D": ["b.bst"]}}),
    ("runtime-depends: [b.bst]", {}),
]


class TestBuild:
    """Kinds of the family have their commands in the key, and what differs from the usual."""

    @pytest.mark.parametrize(("body", "expected"), BUILDS)
    def test_key(self, body: str, expected: dict[str, Any], tmp_path: Path) -> None:
        view = element_view("meson", body, tmp_path)
        assert element_key(view) == {**BUILD, **expected}

    def test_an_empty_strip_command_counts(self, tmp_path: Path) -> None:
        view = element_view("manual", "", tmp_path)
        assert element_key(view) == {**BUILD, "strip-commands": [""]}

    def test_for_a_plugin_that_nothing_describes(self, tmp_path: Path) -> None:
        view = element_view("mine", "config: {build-commands: [x]}", tmp_path)
        assert plain(kinds.Build.unique_key(view)) == {**BUILD, "build-commands": ["x"]}

    def test_with_a_config_that_was_not_checked(self, tmp_path: Path) -> None:
        view = element_view("mine", "config: {commands: [x]}", tmp_path)
        with pytest.raises(KeyGapError, match=r"the config of kind 'mine' .*: commands: Extra"):
            kinds.Build.unique_key(view)

    def test_with_a_dependency_config_that_was_not_checked(self, tmp_path: Path) -> None:
        view = element_view("mine", TWO % "place: x", tmp_path)
        with pytest.raises(KeyGapError, match=r"the config of 'b.bst' .*: place: Extra"):
            kinds.Build.unique_key(view)


SCRIPT = {"cwd": "/", "install-root": "/buildstream-install", "root-read-only": True}
INPUT = {"layout": {"/": ["d/c.x.bst"], "/buildstream/test/a.bst": ["b.bst"]}}
TO_REPO = "flatpak build-export --files=files --arch=A /buildstream/repo"
SPDX = "{output-type: spdx, use-source-provenance: 0, spdx-info: {created: '07', name: n}}"

KEYS: list[tuple[str, str, str, Any]] = [
    ("stack", "", "config: {any: thing}", 1),
    (
        "compose",
        "",
        "config: {include: [b, a]}",
        {"integrate": True, "include": ["a", "b"], "orphans": True},
    ),
    (
        "compose",
        "",
        "config: {integrate: 0, exclude: [b, a], include-orphans: 0}",
        {"integrate": False, "include": [], "orphans": False, "exclude": ["a", "b"]},
    ),
    (
        "filter",
        "",
        f"{ON_B}\nconfig: {{include: [b, a], pass-integration: True}}",
        {"include": ["a", "b"], "exclude": [], "orphans": False},
    ),
    (
        "import",
        "",
        "sources: [{kind: local, path: p}]\nconfig: {source: '%{prefix}'}",
        {"source": "/usr", "target": "/"},
    ),
    (
        "script",
        "",
        (
            f"{TWO % 'location: /x'}\nconfig: {{commands: [x]}}\n"
            "variables: {cwd: '', install-root: ''}"
        ),
        {
            "commands": {"commands": ["x"]},
            "cwd": "/",
            "install-root": "/",
            "layout": {"/": ["d/c.x.bst"], "/x": ["b.bst"]},
            "root-read-only": False,
        },
    ),
    (
        "dpkg_deploy",
        "",
        f"{TWO % 'input: True'}\nconfig: {{build-commands: [x]}}",
        {**SCRIPT, **INPUT, "unedited-commands": {"build-commands": ["x"]}},
    ),
    (
        "fastbootBootImage",
        "config: {create_dtb: [a], create_img: [], install_img: ['']}",
        f"{TWO % 'input: 1'}\nconfig: {{unknown: x}}",
        {
            **SCRIPT,
            **INPUT,
            "commands": {"create_dtb": ["a"], "create_img": [], "install_img": [""]},
        },
    ),
    (
        "flatpak_image",
        "config: {include: [], exclude: []}",
        (
            f"{TWO % 'location: /x'}\nconfig: {{directory: /d, component-ids: [b, a],"
            " include: [d, c], metadata: {Runtime: {name: n}}}"
        ),
        {
            "directory": "/d",
            "include": ["c", "d"],
            "exclude": [],
            "metadata": {"Runtime": {"name": "n"}},
            "version": 4,
            "component-ids": ["b", "a"],
        },
    ),
    (
        "flatpak_repo",
        (
            "variables: {bare: ''}\n"
            "config: {copy-refs: [], repo-mode: archive, arch: 'A %{bare}', branch: 'B %{bare}'}"
        ),
        (
            "build-depends: [b.bst, {filename: d/c.x.bst, config: {flatpak-image: 1, branch: C}},"
            " {filename: s.bst, config: {flatpak-stack: True}}]\n"
            "config: {copy-refs: [{src: a, dest: z}]}"
        ),
        {
            **SCRIPT,
            "install-root": "/buildstream/repo",
            "layout": {
                "/": ["b.bst"],
                "/buildstream/input/d-c.x": ["d/c.x.bst"],
                "/buildstream/input/b": ["s.bst (b.bst)"],
            },
            "commands": {
                "init repository": ["ostree init --repo=/buildstream/repo --mode=archive"],
                "export d/c.x.bst": [f"{TO_REPO} /buildstream/input/d-c.x C"],
                "export s.bst (b.bst)": [f"{TO_REPO} /buildstream/input/b B"],
                "copy ref a -> z": [
                    "flatpak build-commit-from --src-ref=a /buildstream/repo z",
                ],
            },
        },
    ),
    (
        "ostree",
        "",
        f"{TWO % 'sysroot: True'}\nconfig: {{ostree-branch: b, initial-commands: [b, a]}}",
        {"branch": "b", "initial-commands": ["b", "a"]},
    ),
    (
        "snap_image",
        "config: {include: [b, a], exclude: [], include-orphans: True}",
        "config: {directory: /d, metadata: {a: [b]}}",
        {
            "directory": "/d",
            "include": ["a", "b"],
            "exclude": [],
            "include-orphans": True,
            "metadata": {"a": ["b"]},
        },
    ),
    (
        "tar_element",
        "config: {filename: files, compression: gzip}",
        "",
        {"filename": "files", "compression": "gzip"},
    ),
    (
        "oci",
        "",
        "config: {gzip: True, images: [{os: o, architecture: a, os.features: [f], variant: v}]}",
        {
            "annotations": None,
            "images": [{"os": "o", "architecture": "a", "os.features": ["f"], "variant": "v"}],
            "gzip": True,
        },
    ),
    ("oci", "", "config: {images: []}", {"annotations": None, "images": [], "gzip": True}),
    (
        "oci",
        "",
        (
            "config: {mode: docker, images: [{os: o, architecture: a, variant: v,"
            " parent: {element: e}, config: {Memory: '07'}}]}"
        ),
        {
            "annotations": None,
            "images": [
                {
                    "os": "o",
                    "architecture": "a",
                    "parent": {"element": "e", "image": 0},
                    "config": {"Memory": 7},
                }
            ],
            "gzip": False,
        },
    ),
    (
        "bazelize",
        "config: {include: [], exclude: [], include-orphans: True}",
        "config: {exclude: [b, a]}",
        {"include": [], "exclude": ["a", "b"], "include-orphans": True},
    ),
    ("check_forbidden", "", "config: {forbidden: [b, a, b]}", {"forbidden": ["a", "b"]}),
    (
        "collect_integration",
        "",
        "config: {script-path: x, ignore: [b, a, b]}",
        {"script-path": "x", "ignore": ["a", "b"]},
    ),
    ("collect_initial_scripts", "", "config: {path: /x}", {"path": "/x"}),
    ("collect_manifest", "", "", {"path": None, "source_provenance": True}),
    (
        "collect_manifest",
        "",
        f"config: {SPDX}",
        {"path": None, "output_type": "spdx", "spdx_info": [None, None, 7, None, "n"]},
    ),
]


@pytest.mark.parametrize(("kind", "defaults", "body", "expected"), KEYS)
def test_key(*, kind: str, defaults: str, body: str, expected: object, tmp_path: Path) -> None:
    assert element_key(element_view(kind, body, tmp_path, defaults=defaults)) == expected


def test_a_script_kind_of_others_stages_all_at_the_root(tmp_path: Path) -> None:
    view = element_view("mine", ON_B, tmp_path)
    assert plain(kinds.ScriptKind.unique_key(view)) == {
        **SCRIPT,
        "commands": None,
        "layout": {"/": ["b.bst"]},
    }


@pytest.mark.parametrize("name", ["junction", "link"])
def test_what_has_no_artifact_has_a_constant_key(name: str, tmp_path: Path) -> None:
    kind = kinds.registry().element(name)
    assert kind is not None
    assert kind.unique_key(element_view("stack", "", tmp_path)) == 1


def test_a_kind_without_rules_has_a_gap(tmp_path: Path) -> None:
    with pytest.raises(KeyGapError, match="the rules for kind 'stack' do not say"):
        kinds.ElementKind.unique_key(element_view("stack", "", tmp_path))


TRAITS: list[tuple[str, str, tuple[int, bool, bool]]] = [
    ("manual", "", (0, True, False)),
    ("stack", "", (0, False, False)),
    ("import", "sources: [{kind: local, path: p}]", (0, False, False)),
    ("script", "", (0, True, True)),
    ("compose", "", (0, True, True)),
    ("compose", "config: {integrate: False}", (0, False, True)),
    ("filter", ON_B, (1, False, True)),
    ("x86image", TWO % "input: 1", (0, True, True)),
    ("flatpak_repo", TWO % "flatpak-image: 1", (2, True, True)),
    ("flatpak_image", "", (0, True, True)),
    ("ostree", "", (0, True, True)),
    ("tar_element", "", (0, True, True)),
    ("snap_image", "", (1, True, False)),
    ("collect_manifest", "", (2, False, True)),
    ("collect_integration", "", (0, True, False)),
    ("collect_initial_scripts", "", (0, True, False)),
    ("check_forbidden", "", (0, True, False)),
    ("bazelize", "", (4, False, True)),
]

# What the plugins' own YAML files say, as far as their kinds need it.
NEEDED = """config:
  filesystem-tree-setup-commands: []
  filesystem-image-creation-commands: []
  partition-commands: []
  final-commands: []
"""
FLATPAK: dict[str, Any] = {
    "directory": "d",
    "include": ["b", "a"],
    "exclude": [],
    "metadata": {"Runtime": {"name": "n"}},
}
DEFAULTS = {
    "x86image": NEEDED,
    "flatpak_repo": "config: {copy-refs: [], repo-mode: m, arch: a, branch: b}",
    "flatpak_image": (
        "config: {directory: d, include: [], exclude: [], component-ids: [],"
        " metadata: {Runtime: {}}}"
    ),
    "ostree": "config: {ostree-branch: b, initial-commands: []}",
    "tar_element": "config: {filename: f, compression: gzip}",
    "snap_image": (
        "config: {directory: d, include: [], exclude: [], include-orphans: 1, metadata: x}"
    ),
    "collect_integration": "config: {script-path: x}",
    "collect_initial_scripts": "config: {path: x}",
    "check_forbidden": "config: {forbidden: []}",
    "bazelize": "config: {include: [], exclude: [], include-orphans: 1}",
}


@pytest.mark.parametrize(("name", "body", "expected"), TRAITS)
def test_traits(name: str, body: str, expected: tuple[int, bool, bool], tmp_path: Path) -> None:
    view = element_view(name, body, tmp_path, defaults=DEFAULTS.get(name, ""))
    kind = element_kind(view.element)
    found = (kind.artifact_version(view), kind.runs_commands(view), kind.strict_rebuild)
    assert found == expected


class TestReleases:
    """Some rules changed with a release of the plugin's package."""

    def view(self, kind: str, release: tuple[int, ...], tmp_path: Path) -> ElementView:
        return element_view(kind, "", tmp_path, defaults=DEFAULTS.get(kind, ""), release=release)

    @pytest.mark.parametrize(
        ("release", "version"),
        [((), 4), ((1, 98, 0), 2), ((2, 0, 0), 3), ((2, 3, 3), 3), ((2, 4, 0), 4)],
    )
    def test_bazelize(self, release: tuple[int, ...], version: int, tmp_path: Path) -> None:
        view = self.view("bazelize", release, tmp_path)
        assert element_kind(view.element).artifact_version(view) == version

    def test_collect_manifest(self, tmp_path: Path) -> None:
        assert element_key(self.view("collect_manifest", (2, 0, 4), tmp_path)) == {"path": None}
        assert element_key(self.view("collect_manifest", (2, 1, 0), tmp_path)) == {
            "path": None,
            "source_provenance": True,
        }

    @pytest.mark.parametrize(
        ("release", "expected"),
        [
            ((1, 97, 1), (0, True, False, False)),
            ((1, 98, 0), (1, True, False, False)),
            ((1, 99, 1), (2, True, False, False)),
            ((1, 99, 4), (1, True, False, False)),
            ((2, 0, 0), (1, True, False, False)),
            ((2, 0, 4), (2, True, False, False)),
            ((2, 1, 0), (2, False, True, True)),
        ],
    )
    def test_traits_of_collect_manifest(
        self,
        release: tuple[int, ...],
        expected: tuple[int, bool, bool, bool],
        tmp_path: Path,
    ) -> None:
        view = self.view("collect_manifest", release, tmp_path)
        kind = element_kind(view.element, release)
        assert (
            kind.artifact_version(view),
            kind.runs_commands(view),
            kind.strict_rebuild,
            kind.forbids_sources,
        ) == expected

    @pytest.mark.parametrize(("release", "strict"), [((2, 0, 4), False), ((2, 1, 0), True)])
    def test_the_rules_in_force(self, release: tuple[int, ...], strict: bool) -> None:  # noqa: FBT001 - a table
        plugin = Plugin(origin="junction", file="x.py", release=release)
        kind = kinds.element_rules("collect_manifest", plugin).kind
        assert kind is not None
        assert kind.strict_rebuild is strict

    @pytest.mark.parametrize(
        ("release", "extra", "expected"),
        [
            ((1, 95, 6), {}, {"version": 2}),
            ((1, 99, 0), {}, {"version": 3}),
            (
                (1, 99, 4),
                {"appstream-origin": "o"},
                {"version": 3, "appstream-origin": "o"},
            ),
            ((2, 0, 0), {"component-ids": []}, {"version": 4}),
            ((2, 0, 0), {"component-ids": ["i"]}, {"version": 4, "component-ids": ["i"]}),
        ],
    )
    def test_flatpak_image(
        self,
        release: tuple[int, ...],
        extra: dict[str, Any],
        expected: dict[str, Any],
        tmp_path: Path,
    ) -> None:
        view = self.view("flatpak_image", release, tmp_path)
        assert element_key(configured(view, {**FLATPAK, **extra}, release)) == {
            **FLATPAK,
            "include": ["a", "b"],
            **expected,
        }

    def test_a_flatpak_image_had_one_name(self, tmp_path: Path) -> None:
        view = self.view("flatpak_image", (), tmp_path)
        nameless = {**FLATPAK, "metadata": {"Runtime": {}}}
        assert element_key(configured(view, nameless, (1, 98, 0)))
        with pytest.raises(KeyGapError, match="'Runtime' has no 'name'"):
            element_key(configured(view, nameless, (1, 99, 0)))

    @pytest.mark.parametrize(
        ("release", "takes"), [((1, 98, 0), False), ((1, 99, 0), True), ((2, 0, 0), True)]
    )
    def test_a_flatpak_image_may_say_where(
        self,
        release: tuple[int, ...],
        takes: bool,  # noqa: FBT001 - a table
        tmp_path: Path,
    ) -> None:
        view = self.view("flatpak_image", release, tmp_path)
        kind = element_kind(view.element, release)
        assert (kind.dependency_model is not None) is takes

    def test_a_tool_of_a_flatpak_repo_with_a_config(self, tmp_path: Path) -> None:
        body, defaults = TWO % "flatpak-image: 1", DEFAULTS["flatpak_repo"]
        view = element_view("flatpak_repo", body, tmp_path, defaults=defaults, release=(1, 95, 6))
        model = element_kind(view.element, view.release).dependency_model
        assert model is not None
        model.model_validate({"branch": "x"})
        with pytest.raises(ValidationError, match="it is either a flatpak-image or a"):
            model.model_validate({"flatpak-image": "1", "flatpak-stack": "1"})
        tools = [
            dependency.model_copy(update={"config": ({"branch": "x"},)})
            for dependency in view.element.dependencies
        ]
        element = view.element.model_copy(update={"dependencies": tuple(tools)})
        with pytest.raises(KeyGapError, match="it is either a flatpak-image or a flatpak-stack"):
            element_key(replace(view, element=element))


def nothing(name: ElementName) -> None:
    """Find no element."""
    del name


class TestGaps:
    """What a key needs and nobody knows is said, not guessed."""

    def test_a_stack_that_is_not_at_hand(self, tmp_path: Path) -> None:
        view = element_view(
            "flatpak_repo",
            TWO % "flatpak-stack: True",
            tmp_path,
            defaults=DEFAULTS["flatpak_repo"],
        )
        with pytest.raises(KeyGapError, match=r"what is in the stack 'b.bst' is not known"):
            element_key(replace(view, find=nothing))

    def test_defaults_that_are_not_at_hand(self, tmp_path: Path) -> None:
        text = """
=== project.conf
plugins: [{origin: pip, package-name: no-such-package, elements: [tar_element]}]
=== a.bst
kind: tar_element
config: {filename: x}
"""
        element = drawing.element(text, tmp_path)
        assert element.gaps
        assert type(element.settings) is KindConfig
        view = ElementView(element=element, settings=element.settings, find=nothing)
        with pytest.raises(KeyGapError, match="compression: Field required"):
            element_key(view)

    def test_labels_of_an_oci(self, tmp_path: Path) -> None:
        image = "{os: o, architecture: a, config: {Labels: {a: b}}}"
        view = element_view("oci", f"config: {{images: [{image}]}}", tmp_path)
        with pytest.raises(KeyGapError, match="labels"):
            element_key(view)


WRONG: list[tuple[str, str, Slug, str]] = [
    ("meson", "config: {commands: []}", "unknown-key", "2:10"),
    ("meson", "config: {build-commands: x}", "invalid-data", "2:26"),
    ("meson", "config: {build-commands: [a, [b]]}", "invalid-data", "2:30"),
    ("meson", TWO % "place: x", "unknown-key", "2:55"),
    ("meson", TWO % "location: [x]", "invalid-data", "2:65"),
    ("x86image", ON_B, "element-rule", "1:7"),
    ("x86image", TWO % "input: maybe", "invalid-data", "2:62"),
    ("flatpak_repo", ON_B, "element-rule", "1:7"),
    ("flatpak_repo", TWO % "branch: x", "invalid-data", "2:54"),
    ("flatpak_image", TWO % "", "missing-key", "2:54"),
    ("flatpak_image", "config: {metadata: {Runtime: {a: [b]}}}", "invalid-data", "2:34"),
    ("tar_element", "config: {compression: zip}", "invalid-data", "2:23"),
    ("check_forbidden", "config: {forbidden: x}", "illegal-composite", "2:21"),
    ("collect_integration", "sources: [{kind: local, path: p}]", "element-rule", "2:11"),
    ("collect_manifest", "config: {spdx-info: {created: x}}", "invalid-data", "2:31"),
    ("oci", "config: {images: [], annotations: {a: b}}", "invalid-data", "2:9"),
    ("oci", "", "missing-key", "1:1"),
    ("oci", "config: {images: [{os: o, architecture: a, tags: [t]}]}", "invalid-data", "2:9"),
    (
        "oci",
        "config: {images: [{os: o, architecture: a, os.features: []}]}",
        "invalid-data",
        "2:19",
    ),
]


@pytest.mark.parametrize(("kind", "body", "slug", "place"), WRONG)
def test_refused(*, kind: str, body: str, slug: Slug, place: str, tmp_path: Path) -> None:
    error = load_error(
        element_text(kind, body, defaults=DEFAULTS.get(kind, "")), tmp_path, targets=["a.bst"]
    )
    assert error.slug == slug
    assert str(error.at) == f"elements/a.bst:{place}"
