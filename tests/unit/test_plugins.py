"""Plugin origins: local, junction and pip."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from bstgraph.errors import Slug
from bstgraph.model import PluginOrigin
from bstgraph.testing import load_error, project, write
from tests.unit import drawing


def module(name: str, folder: str = "plugins") -> str:
    """Return the file of an element plugin that BuildStream itself would load."""
    return f"""
=== {folder}/{name}.py
from buildstream import Element
class Drawn(Element):
    BST_MIN_VERSION = "2.0"
    def configure(self, node): pass
    def preflight(self): pass
    def get_unique_key(self): return 1
def setup(): return Drawn
"""


SOURCE = """
=== plugins/drawn_source.py
from buildstream import Source
class Drawn(Source):
    BST_MIN_VERSION = "2.0"
    def configure(self, node): pass
    def preflight(self): pass
    def get_unique_key(self): return 1
    def is_resolved(self): return True
    def is_cached(self): return True
    def load_ref(self, node): pass
    def get_ref(self): return None
    def set_ref(self, ref, node): pass
    def fetch(self): pass
    def stage(self, directory): pass
def setup(): return Drawn
"""

YAML = """
=== plugins/drawn.yaml
config: {x: [from, plugin]}
"""


class TestLocal:
    """A local origin is a folder of the project; only the YAML beside the Python is read."""

    def test_defaults(self, tmp_path: Path) -> None:
        text = f"""
=== project.conf
plugins: [{{origin: local, path: plugins, elements: [drawn]}}]
{module("drawn")}{YAML}
=== a.bst
kind: drawn
"""
        element = drawing.element(text, tmp_path)
        assert element.config == {"x": ["from", "plugin"]}
        assert "drawn" not in sys.modules

    def test_without_yaml(self, tmp_path: Path) -> None:
        text = f"""
=== project.conf
plugins: [{{origin: local, path: plugins, elements: [{{kind: drawn, allow-deprecated: True}}]}}]
{module("drawn")}
=== a.bst
kind: drawn
config: {{y: z}}
"""
        assert drawing.element(text, tmp_path).config == {"y": "z"}

    def test_conditionals_in_the_yaml_do_nothing(self, tmp_path: Path) -> None:
        text = f"""
=== project.conf
plugins: [{{origin: local, path: plugins, elements: [drawn]}}]
{module("drawn")}
=== plugins/drawn.yaml
variables: {{v: x}}
(?):
- True:
    variables: {{v: y}}
=== a.bst
kind: drawn
"""
        assert drawing.variables(text, tmp_path)["v"] == "x"

    def test_a_source(self, tmp_path: Path) -> None:
        text = f"""
=== project.conf
plugins: [{{origin: local, path: plugins, sources: [drawn_source]}}]
{SOURCE}
=== a.bst
kind: manual
sources: [{{kind: drawn_source, any: [thing]}}]
"""
        element = drawing.element(text, tmp_path)
        assert element.sources[0].config == {"any": ["thing"]}

    def test_a_kind_that_is_listed_twice(self, tmp_path: Path) -> None:
        text = f"""
=== project.conf
plugins: [{{origin: local, path: plugins, elements: [drawn, drawn]}}]
{module("drawn")}
=== a.bst
kind: drawn
"""
        assert drawing.element(text, tmp_path).kind == "drawn"

    def test_a_registered_kind_shadows_the_core_one(self, tmp_path: Path) -> None:
        text = f"""
=== project.conf
plugins: [{{origin: local, path: plugins, elements: [import]}}]
{module("import")}
=== plugins/import.yaml
variables: {{shadow: x}}
=== a.bst
kind: import
sources: [{{kind: local, path: plugins}}]
"""
        assert drawing.variables(text, tmp_path)["shadow"] == "x"


WRONG: list[tuple[str, Slug]] = [
    ("{origin: moon, elements: [drawn]}", "plugin-origin"),
    ("{elements: [drawn]}", "missing-key"),
    ("{origin: local, elements: [drawn]}", "missing-key"),
    ("{origin: local, path: [x], elements: [drawn]}", "invalid-data"),
    ("{origin: local, path: no-such, elements: [drawn]}", "missing-file"),
    ("{origin: local, path: ../plugins, elements: [drawn]}", "outside-project"),
    ("{origin: local, path: plugins/drawn.py, elements: [drawn]}", "not-a-file"),
    ("{origin: local, path: plugins, elements: drawn}", "invalid-data"),
    ("{origin: local, path: plugins, elements: [drawn], colour: red}", "unknown-key"),
    ("{origin: local, path: plugins, elements: [{kind: drawn, colour: red}]}", "unknown-key"),
    ("{origin: local, path: plugins, elements: [{allow-deprecated: True}]}", "missing-key"),
    ("{origin: local, path: plugins, allow-deprecated: maybe, elements: [drawn]}", "invalid-data"),
    ("{origin: pip, elements: [drawn]}", "missing-key"),
    ("{origin: pip, package-name: 'no good', elements: [drawn]}", "plugin-origin"),
    ("{origin: junction, elements: [drawn]}", "missing-key"),
    ("{origin: junction, junction: no-such.bst, elements: [drawn]}", "unknown-element"),
    ("drawn", "invalid-data"),
]


class TestWrong:
    """What is wrong with an origin is an error in project.conf."""

    @pytest.mark.parametrize(("origin", "slug"), WRONG)
    def test_refused(self, origin: str, slug: Slug, tmp_path: Path) -> None:
        text = f"""
=== project.conf
plugins: [{origin}]
{module("drawn")}
=== a.bst
kind: drawn
"""
        error = load_error(text, tmp_path)
        assert error.slug == slug
        assert error.at is not None
        assert error.at.path == "project.conf"

    def test_a_kind_of_two_origins(self, tmp_path: Path) -> None:
        text = f"""
=== project.conf
plugins:
- {{origin: local, path: one, elements: [drawn]}}
- {{origin: local, path: two, elements: [drawn]}}
{module("drawn", "one")}{module("drawn", "two")}
=== a.bst
kind: drawn
"""
        error = load_error(text, tmp_path)
        assert (error.slug, str(error.at)) == ("plugin-origin", "project.conf:3:3")

    def test_a_module_that_is_not_there(self, tmp_path: Path) -> None:
        text = """
            === project.conf
            plugins: [{origin: local, path: plugins, elements: [drawn]}]
            === plugins/drawn.yaml
            === a.bst
            kind: drawn
            """
        assert load_error(text, tmp_path).slug == "plugin-origin"

    def test_a_kind_nobody_provides(self, tmp_path: Path) -> None:
        text = f"""
=== project.conf
plugins: [{{origin: local, path: plugins, elements: [drawn]}}]
{module("drawn")}
=== a.bst
kind: drwan
"""
        error = load_error(text, tmp_path)
        assert (error.slug, error.fix) == ("unknown-kind", "did you mean 'drawn'?")

    def test_an_origin_that_nothing_uses_may_lead_nowhere(self, tmp_path: Path) -> None:
        text = """
            === project.conf
            plugins:
            - {origin: pip, package-name: no-such, elements: [other]}
            - {origin: junction, junction: no-such.bst, elements: [third]}
            === a.bst
            kind: manual
            """
        assert drawing.element(text, tmp_path).gaps == ()

    def test_plugins_do_not_go_to_subprojects(self, tmp_path: Path) -> None:
        text = f"""{drawing.SUB}
=== project.conf
plugins: [{{origin: local, path: plugins, elements: [drawn]}}]
{module("drawn")}
=== sub/project.conf
=== sub/b.bst
kind: drawn
=== a.bst
kind: stack
depends:
- sub.bst:b.bst
"""
        assert load_error(text, tmp_path, targets=["a.bst"]).slug == "unknown-kind"


JUNCTION = f"""{drawing.SUB}
=== project.conf
plugins: [{{origin: junction, junction: sub.bst, elements: [drawn], sources: [drawn_source]}}]
=== a.bst
kind: drawn
sources: [{{kind: drawn_source}}]
"""


class TestJunction:
    """A junction origin takes what the other project declares for itself."""

    def test_defaults(self, tmp_path: Path) -> None:
        inside = (module("drawn") + YAML + SOURCE).replace("=== plugins", "=== sub/plugins")
        text = f"""{JUNCTION}
=== sub/project.conf
plugins: [{{origin: local, path: plugins, elements: [drawn], sources: [drawn_source]}}]
{inside}
"""
        element = drawing.element(text, tmp_path)
        assert element.config == {"x": ["from", "plugin"]}
        assert element.gaps == ()

    def test_two_junctions_deep(self, tmp_path: Path) -> None:
        inside = (module("drawn") + YAML + SOURCE).replace("=== plugins", "=== sub/deep/plugins")
        text = f"""{JUNCTION}
=== sub/project.conf
plugins: [{{origin: junction, junction: deep.bst, elements: [drawn], sources: [drawn_source]}}]
=== sub/deep.bst
kind: junction
sources: [{{kind: local, path: deep}}]
=== sub/deep/project.conf
plugins: [{{origin: local, path: plugins, elements: [drawn], sources: [drawn_source]}}]
{inside}
"""
        assert drawing.element(text, tmp_path).config == {"x": ["from", "plugin"]}

    @pytest.mark.parametrize("kind", ["drawn", "manual"])
    def test_not_its_core_kinds(self, kind: str, tmp_path: Path) -> None:
        text = f"{JUNCTION.replace('drawn]', f'{kind}]')}\n=== sub/project.conf\n"
        text = text.replace("kind: drawn\n", f"kind: {kind}\n")
        assert load_error(text, tmp_path, targets=["a.bst"]).slug == "plugin-origin"


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make an installed distribution with plugins, version 1.5, and return its folder."""
    text = f"""
=== Drawn_Plugins-1.5.dist-info/METADATA
Metadata-Version: 2.1
Name: Drawn_Plugins
Version: 1.5
=== Drawn_Plugins-1.5.dist-info/entry_points.txt
[buildstream.plugins.elements]
drawn = drawn_plugins.elements.drawn
=== drawn_plugins/elements/drawn.yaml
config: {{x: packaged}}
{module("drawn", "drawn_plugins/elements")}
=== drawn_plugins/__init__.py
raise RuntimeError("nobody imports a plugin")
"""
    folder = write(text, tmp_path / "packages", complete=False)
    monkeypatch.syspath_prepend(str(folder))
    return folder


class TestPip:
    """A pip origin is an installed distribution, found by its entry points, never imported."""

    @pytest.mark.parametrize(
        "requirement",
        ["drawn-plugins", "Drawn.Plugins", "drawn_plugins>=1.0,<2", "drawn-plugins==1.5"],
    )
    def test_defaults(self, requirement: str, tmp_path: Path, package: Path) -> None:
        text = f"""
=== project.conf
plugins: [{{origin: pip, package-name: '{requirement}', elements: [drawn]}}]
=== a.bst
kind: drawn
"""
        assert package.is_dir()
        element = drawing.element(text, tmp_path / "project")
        assert element.config == {"x": "packaged"}
        assert element.gaps == ()

    @pytest.mark.parametrize("requirement", ["drawn-plugins>=2", "no-such-package"])
    def test_not_at_hand(self, requirement: str, tmp_path: Path, package: Path) -> None:
        text = f"""
=== project.conf
plugins: [{{origin: pip, package-name: '{requirement}', elements: [drawn]}}]
=== a.bst
kind: drawn
config: {{list: {{'(>)': [own]}}}}
variables: {{v: "%{{set-by-plugin}}"}}
=== b.bst
kind: manual
"""
        assert package.is_dir()
        loaded = project(text, tmp_path / "project")
        element = drawing.named(loaded)
        assert element.config == {"list": ["own"]}
        assert element.variables["v"] == "%{set-by-plugin}"
        assert any("drawn" in gap for gap in element.gaps)
        assert any("set-by-plugin" in gap for gap in element.gaps)
        assert drawing.named(loaded, "b.bst").gaps == ()


class TestModel:
    """The project says where its kinds come from."""

    def test_origins(self, tmp_path: Path) -> None:
        text = """
            === project.conf
            plugins:
            - origin: pip
              package-name: x>=1
              elements: [one, {kind: two}]
              sources: [three]
              source-mirrors: [four]
            === a.bst
            kind: manual
            """
        (origin,) = project(text, tmp_path).conf.plugins
        assert origin == PluginOrigin(
            origin="pip",
            location="x>=1",
            elements=("one", "two"),
            sources=("three",),
            source_mirrors=("four",),
            provenance=origin.provenance,
        )
        assert str(origin.provenance) == "project.conf:2:3"
