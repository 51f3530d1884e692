"""What each kind of element takes as its config, and kinds that others add."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ConfigDict

from bstgraph import kinds
from bstgraph.errors import Slug
from bstgraph.kinds import ElementKind, KindRegistry, SourceKind
from bstgraph.model import KindConfig, Plugin, PluginOutline
from bstgraph.testing import load_error, write
from tests.unit import drawing

BODIES: dict[str, str] = {
    "manual": "",
    "stack": "",
    "compose": "",
    "script": "",
    "filter": "build-depends: [b.bst]\n",
    "import": "sources: [{kind: local, path: files}]\n",
}

DEFAULTS: dict[str, dict[str, Any]] = {
    "manual": {
        "configure_commands": (),
        "build_commands": (),
        "install_commands": (),
        "strip_commands": ("",),
    },
    "stack": {},
    "compose": {
        "integrate": True,
        "include": (),
        "exclude": (),
        "include_orphans": True,
        "include_paths": (),
        "exclude_paths": (),
    },
    "script": {"commands": (), "root_read_only": False},
    "filter": {"include": (), "exclude": (), "include_orphans": False, "pass_integration": False},
    "import": {"source": "/", "target": "/"},
}

CONFIGS: list[tuple[str, str, dict[str, Any]]] = [
    (
        "compose",
        "{integrate: False, exclude: [devel]}",
        {"integrate": False, "exclude": ("devel",)},
    ),
    (
        "compose",
        "{integrate: 0, include-orphans: 0}",
        {"integrate": False, "include_orphans": False},
    ),
    (
        "filter",
        "{include: [a], pass-integration: true}",
        {"include": ("a",), "pass_integration": True},
    ),
    ("import", "{source: '%{prefix}', target: /x}", {"source": "/usr", "target": "/x"}),
    (
        "script",
        "{root-read-only: 1, commands: ['%{lib}']}",
        {"root_read_only": True, "commands": ("lib",)},
    ),
    (
        "manual",
        "{strip-commands: [], build-commands: [make]}",
        {"strip_commands": (), "build_commands": ("make",)},
    ),
]

WRONG: list[tuple[str, str, Slug]] = [
    ("compose", "{integrate: yes}", "invalid-data"),
    ("compose", "{include: runtime}", "illegal-composite"),
    ("compose", "{inclde: [runtime]}", "unknown-key"),
    ("compose", "{include-paths: [/usr]}", "unknown-key"),
    ("compose", "{exclude-paths: [/usr]}", "unknown-key"),
    ("compose", "{include_orphans: True}", "unknown-key"),
    ("filter", "{integrate: True}", "unknown-key"),
    ("filter", "{include: [[a]]}", "invalid-data"),
    ("import", "{source: [x]}", "illegal-composite"),
    ("import", "{path: x}", "unknown-key"),
    ("script", "{build-commands: [x]}", "unknown-key"),
    ("script", "{commands: {a: b}}", "illegal-composite"),
    ("manual", "{commands: [x]}", "unknown-key"),
]


def text(kind: str, config: str = "") -> str:
    line = f"config: {config}\n" if config else ""
    files = "=== b.bst\nkind: manual\n=== files/\n"
    return f"{files}=== a.bst\nkind: {kind}\n{line}{BODIES[kind]}"


class TestConfig:
    """Each core kind has its keys with their defaults, and refuses all others."""

    @pytest.mark.parametrize("kind", BODIES)
    def test_defaults(self, kind: str, tmp_path: Path) -> None:
        element = drawing.element(text(kind), tmp_path)
        assert element.settings.model_dump(exclude={"provenance"}) == DEFAULTS[kind]

    @pytest.mark.parametrize(("kind", "config", "expected"), CONFIGS)
    def test_given(self, kind: str, config: str, expected: dict[str, Any], tmp_path: Path) -> None:
        settings = drawing.element(text(kind, config), tmp_path).settings
        assert settings.model_dump(exclude={"provenance"}) == {**DEFAULTS[kind], **expected}

    @pytest.mark.parametrize(("kind", "config", "slug"), WRONG)
    def test_refused(self, kind: str, config: str, slug: Slug, tmp_path: Path) -> None:
        error = load_error(text(kind, config), tmp_path, targets=["a.bst"])
        assert error.slug == slug
        assert str(error.at).startswith("elements/a.bst:2:")

    def test_a_stack_ignores_its_config(self, tmp_path: Path) -> None:
        element = drawing.element(text("stack", "{any: [thing]}"), tmp_path)
        assert element.config == {"any": ["thing"]}

    def test_of_the_project(self, tmp_path: Path) -> None:
        conf = "=== project.conf\nelements: {compose: {config: {integrate: False}}}\n"
        settings = drawing.element(conf + text("compose"), tmp_path).settings
        assert isinstance(settings, kinds.ComposeConfig)
        assert settings.integrate is False

    def test_wrong_in_the_project(self, tmp_path: Path) -> None:
        conf = "=== project.conf\nelements: {compose: {config: {colour: red}}}\n"
        error = load_error(conf + text("compose"), tmp_path, targets=["a.bst"])
        assert error.slug == "unknown-key"


class Special(KindConfig):
    """The configuration of a kind of these tests."""

    model_config = ConfigDict(extra="forbid")
    colour: str = "red"


class Painted(ElementKind):
    """A kind of these tests."""

    name = "painted"
    config_model = Special


class Poured(SourceKind):
    """A source kind of these tests."""

    name = "poured"


class TestRegistry:
    """Built-in kinds are known by name; others come from entry points, or are None."""

    def test_core(self) -> None:
        core = "stack compose filter import script junction link manual".split()
        assert sorted(kinds.CORE_ELEMENT_NAMES) == sorted(core)
        assert sorted(kinds.CORE_SOURCE_NAMES) == ["local", "remote", "tar"]
        for name in kinds.CORE_ELEMENT_NAMES:
            found = kinds.registry().element(name)
            assert found is not None
            assert found.name == name

    @pytest.mark.parametrize("name", ["autotools", "cmake", "meson", "pyproject"])
    def test_build_kinds(self, name: str) -> None:
        found = kinds.registry().element(name)
        assert found is not None
        assert found.config_model is kinds.BuildConfig

    def test_given(self) -> None:
        registry = KindRegistry([Painted], [Poured])
        assert registry.element("painted") is Painted
        assert registry.source("poured") is Poured
        assert registry.element("no-such") is None
        assert registry.source("no-such") is None

    @pytest.fixture
    def package(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        folder = write(
            f"""
            === painted-1.0.dist-info/METADATA
            Metadata-Version: 2.1
            Name: painted
            Version: 1.0
            === painted-1.0.dist-info/entry_points.txt
            [bstgraph.element_kinds]
            painted = {__name__}:Painted
            wrong = {__name__}:Poured
            [bstgraph.source_kinds]
            poured = {__name__}:Poured
            """,
            tmp_path,
            complete=False,
        )
        monkeypatch.syspath_prepend(str(folder))

    @pytest.mark.usefixtures("package")
    def test_entry_points(self) -> None:
        registry = KindRegistry([], [])
        element, source = registry.element("painted"), registry.source("poured")
        # This module may be imported under another name as well.
        assert element is not None
        assert element.__name__ == "Painted"
        assert source is not None
        assert source.__name__ == "Poured"

    @pytest.mark.usefixtures("package")
    def test_an_entry_point_that_is_none(self) -> None:
        with pytest.raises(TypeError, match="is no ElementKind"):
            KindRegistry([], []).element("wrong")


def plain_plugin(**attributes: bool | int | str) -> Plugin:
    outline = PluginOutline(
        base="BuildElement", attributes={"BST_MIN_VERSION": "2.0", **attributes}, plain=True
    )
    return Plugin(origin="local", file="plugins/drawn.py", outline=outline)


class TestPlainBuild:
    """A plugin that is a BuildElement but for constants of its class."""

    def test_attributes(self) -> None:
        choice = kinds.element_rules(
            "drawn",
            plain_plugin(
                BST_STRICT_REBUILD=1,
                BST_FORBID_BDEPENDS=True,
                BST_FORBID_RDEPENDS=False,
                BST_FORBID_SOURCES="yes",
                BST_ELEMENT_HAS_ARTIFACT="",
            ),
        )
        kind = choice.checked
        assert kind is not None
        assert (choice.gap, kind.strict_rebuild) == ("", True)
        assert (kind.forbids_build_dependencies, kind.forbids_runtime_dependencies) == (True, False)
        assert (kind.forbids_sources, kind.has_artifact) == (True, False)

    @pytest.mark.parametrize("version", ["3", "x", "", True])
    def test_a_version_that_is_no_number_is_a_gap(self, version: bool | str) -> None:  # noqa: FBT001
        choice = kinds.element_rules("drawn", plain_plugin(BST_ARTIFACT_VERSION=version))
        assert choice.kind is None
        assert choice.gap.startswith("there are no rules for the element kind 'drawn'")

    @pytest.mark.parametrize("version", ["2.99", "2.9", "1.0", "2", "x", "", 2])
    def test_buildstream_does_not_load_it(self, version: int | str) -> None:
        choice = kinds.element_rules("drawn", plain_plugin(BST_MIN_VERSION=version))
        assert choice.kind is None
        assert choice.gap == (
            f"BuildStream 2.8 does not load plugins/drawn.py: its BST_MIN_VERSION is {version!r}"
        )

    @pytest.mark.parametrize("version", ["2.0", "2.8", "2.7.1"])
    def test_buildstream_loads_it(self, version: str) -> None:
        assert kinds.element_rules("drawn", plain_plugin(BST_MIN_VERSION=version)).gap == ""
