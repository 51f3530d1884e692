"""The models: frozen, strict, with schemas and places."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from pydantic import ValidationError

from bstgraph import kinds, model
from bstgraph.model import Dependency, Model, Project
from bstgraph.names import ElementName
from bstgraph.testing import project
from tests.unit import drawing

TEXT = f"""{drawing.SUB}
=== project.conf
options:
  o: {{type: flags, values: [x, y], default: [x], description: d, variable: o}}
plugins: [{{origin: pip, package-name: no-such-plugins, elements: [unknown], sources: [git_repo]}}]
aliases: {{al: "https://example.com/"}}
mirrors: [{{name: m, aliases: {{al: ["https://example.org/"]}}}}]
sandbox: {{build-uid: 5, remote-apis-socket: {{path: /x}}}}
=== sub/project.conf
=== sub/b.bst
kind: manual
=== gone.bst
kind: junction
sources: [{{kind: git_repo, url: "al:x", ref: 0123456789abcdef0123456789abcdef01234567}}]
config: {{options: {{o: [y]}}, overrides: {{x.bst: c.bst}}}}
=== link.bst
kind: link
config: {{target: c.bst}}
=== c.bst
kind: import
sources: [{{kind: local, path: files, directory: d}}, {{kind: remote, url: 'al:y', ref: z}}]
=== files/
=== u.bst
kind: unknown
=== k.bst
kind: compose
build-depends: [c.bst]
config: {{include: [runtime]}}
=== s.bst
kind: script
build-depends:
- filename: k.bst
  config: {{location: /layer}}
config: {{commands: [a, b]}}
=== a.bst
kind: stack
depends:
- sub.bst:b.bst
- gone.bst:x.bst
- link.bst
- u.bst
- s.bst
"""


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return project(TEXT, tmp_path_factory.mktemp("models"), targets=["a.bst"])


def classes(base: type[Model] = Model) -> list[type[Model]]:
    """Return all models of the package, whoever derives them."""
    found = [base]
    for below in base.__subclasses__():
        if below.__module__.startswith("bstgraph."):
            found += classes(below)
    return list(dict.fromkeys(found))


def models(value: object) -> Iterator[Model]:
    """Yield every model in a value."""
    if isinstance(value, Model):
        yield value
        for name in type(value).model_fields:
            yield from models(getattr(value, name))
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from models(each)
    elif isinstance(value, tuple):
        for each in value:
            yield from models(each)


def dependency(**more: Any) -> Dependency:  # noqa: ANN401 - any field
    return Dependency(**{"name": "a.bst", "path": "a.bst", "build": True, "runtime": True, **more})


class TestFrozen:
    """Nothing of a loaded project can be assigned."""

    def test_every_model(self, loaded: Project) -> None:
        found = list(models(loaded))
        assert {type(each).__name__ for each in found} >= {
            "ComposeConfig",
            "Dependency",
            "Element",
            "External",
            "Junction",
            "Option",
            "PluginOrigin",
            "Project",
            "ProjectConf",
            "Sandbox",
            "ScriptConfig",
            "Source",
        }
        for each in found:
            name = next(iter(type(each).model_fields))
            with pytest.raises(ValidationError, match="frozen"):
                setattr(each, name, None)


class TestExtra:
    """A model takes no field it does not have; a kind that is not described keeps all."""

    @pytest.mark.parametrize(
        "cls", [c for c in classes() if c.model_config.get("extra") != "allow"]
    )
    def test_forbidden(self, cls: type[Model]) -> None:
        with pytest.raises(ValidationError) as caught:
            cls.model_validate({"no-such-field": "x"})
        assert "extra_forbidden" in {error["type"] for error in caught.value.errors()}

    def test_only_undescribed_kinds_and_lax_plugins_allow_it(self) -> None:
        allowing = [c.__name__ for c in classes() if c.model_config.get("extra") == "allow"]
        assert sorted(allowing) == [
            "BootImageConfig",
            "CollectManifestConfig",
            "EarlyCollectManifestConfig",
            "KindConfig",
            "QuiltConfig",
            "SourceConfig",
        ]


UNDERSCORED = {
    "BootImageConfig": {"create_dtb", "create_img", "install_img"},
    "Ext4ImageConfig": {"create_dev_proc_shadow", "create_img", "install_img"},
}
"""The keys that plugins do not spell with hyphens."""


class TestSchema:
    """Every model exports a JSON schema that is JSON, with the keys as BuildStream spells them."""

    @pytest.mark.parametrize("cls", classes())
    def test_exported(self, cls: type[Model]) -> None:
        schema = cls.model_json_schema()
        assert schema["type"] == "object"
        assert json.loads(json.dumps(schema)) == schema
        names = {name for name in schema.get("properties", {}) if "_" in name}
        assert names == UNDERSCORED.get(cls.__name__, set())


class TestDump:
    """A whole project dumps to JSON and comes back as the same data."""

    def test_round_trip(self, loaded: Project) -> None:
        dumped = loaded.model_dump(mode="json", by_alias=True)
        assert json.loads(json.dumps(dumped)) == dumped
        assert json.loads(loaded.model_dump_json(by_alias=True)) == dumped
        assert list(dumped["elements"]) == drawing.names(loaded)
        compose = dumped["elements"]["k.bst"]
        assert compose["settings"]["include"] == ["runtime"]
        assert compose["project-name"] == "test"


class TestProvenance:
    """Every model that a file says something about knows where."""

    def test_everywhere(self, loaded: Project) -> None:
        made = (
            model.External,
            model.KindConfig,
            model.Plugin,
            model.PluginOutline,
            model.Sandbox,
            model.SourceConfig,
            model.SplitRules,  # each rule has its own
        )
        without = [each for each in models(loaded) if each.provenance is None]
        assert [each for each in without if not isinstance(each, made)] == []

    def test_places(self, loaded: Project) -> None:
        element = drawing.named(loaded, "s.bst")
        assert str(element.provenance) == "elements/s.bst:1:1"
        assert str(element.dependencies[0].provenance) == "elements/s.bst:3:13"
        assert str(loaded.junctions[ElementName("sub.bst")].provenance) == "elements/sub.bst:1:1"
        assert str(loaded.projects["sub.bst"].provenance) == "sub.bst:project.conf:1:1"


class TestDependency:
    """The type of a dependency is BuildStream's word for its two flags."""

    @pytest.mark.parametrize(
        ("build", "runtime", "expected"),
        [(True, True, "all"), (True, False, "build"), (False, True, "runtime")],
    )
    def test_type(self, build: bool, runtime: bool, expected: str) -> None:  # noqa: FBT001
        assert dependency(build=build, runtime=runtime).type == expected


class TestKeep:
    """What a project keeps lives as long as it does, and is no part of its value."""

    def test_kept(self, loaded: Project) -> None:
        before = loaded.model_dump()
        assert loaded.keep(object()) is loaded
        assert loaded.model_dump() == before


class TestRepr:
    """A project and an element show themselves in one short line."""

    def test_texts(self, loaded: Project) -> None:
        assert repr(loaded) == str(loaded)
        assert repr(loaded).startswith("<Project 'test': ")
        assert repr(drawing.named(loaded)) == "<Element 'a.bst' of kind 'stack'>"


class TestSettings:
    """An element's settings are its config as its kind understands it."""

    def test_kinds(self, loaded: Project) -> None:
        compose = drawing.named(loaded, "k.bst").settings
        assert isinstance(compose, kinds.ComposeConfig)
        assert (compose.integrate, compose.include, compose.include_orphans) == (
            True,
            ("runtime",),
            True,
        )
        script = drawing.named(loaded, "s.bst").settings
        assert isinstance(script, kinds.ScriptConfig)
        assert script.commands == ("a", "b")
        assert type(drawing.named(loaded, "u.bst").settings) is model.KindConfig
