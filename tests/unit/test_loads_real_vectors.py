"""Cache keys that BuildStream 2.8.1 made, computed from what is loaded: all of it has to be right.

A key is the hash of everything that the library resolves about an element. These few lines are no
more than that hash for the kinds used here; they do not read the files again.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any, Final

import pytest

from bstgraph.graph import Graph
from bstgraph.model import Element, Project
from bstgraph.names import ElementName
from bstgraph.scopes import Scope
from bstgraph.testing import project
from tests.unit import drawing

LOCAL_SOURCE: Final = "f3e03af2881c7cba9a7362bf59fac0021cdcf6445a88ac5f1e16ea7b8ed6dc95"
"""The key of a local source: a folder with the file `a`, which holds `x`."""

COMMANDS: Final = ("configure-commands", "build-commands", "install-commands", "strip-commands")


class Keys:
    """The two keys of each element of a project, by local name."""

    def __init__(self, loaded: Project) -> None:
        self.graph = Graph(loaded)
        self.elements = loaded.elements
        self.weak: dict[str, str] = {}
        self.strict: dict[str, str] = {}
        for element in loaded.elements.values():
            self._add(element)

    def _add(self, element: Element) -> None:
        build = self.graph.dependencies_of(element.name, scope=Scope.BUILD)
        below = [self.elements[name] for name in build]
        rebuilds = element.kind == "compose"
        weak = [
            [*e.identity, self.weak[e.local_name]] if rebuilds else [*e.identity] for e in below
        ]
        inputs = {**_inputs(element), "dependencies": weak}
        self.weak[element.local_name] = key = _hash(inputs)
        strict = [[*e.identity, self.strict[e.local_name]] for e in below]
        self.strict[element.local_name] = _hash(
            {**inputs, "dependencies": strict, "weak-cache-key": key}
        )


def _hash(value: object) -> str:
    text = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _inputs(element: Element) -> dict[str, Any]:
    inputs: dict[str, Any] = {
        "core-artifact-version": 11,
        "element-base-key": {"build-root": element.variables["build-root"]},
        "element-plugin-key": _plugin_key(element),
        "element-plugin-name": element.kind,
        "element-plugin-version": 0,
        "public": _plain(element.public),
        "sources": [{"key": LOCAL_SOURCE, "name": source.kind} for source in element.sources],
        "fatal-warnings": [],
    }
    if element.kind == "manual":
        inputs["sandbox"] = {"build-os": "linux", "build-arch": "x86-64"}
        inputs["environment"] = {
            name: value
            for name, value in element.environment.items()
            if name not in element.environment_nocache
        }
    return inputs


def _plugin_key(element: Element) -> Any:  # noqa: ANN401 - each kind has its own
    config = element.config
    match element.kind:
        case "manual":
            return {name: list(config[name]) for name in COMMANDS}
        case "import":
            return {name: config[name] for name in ("source", "target")}
        case "compose":
            settings = element.settings.model_dump()
            return {
                "integrate": settings["integrate"],
                "include": sorted(settings["include"]),
                "orphans": settings["include_orphans"],
            }
        case _:
            return 1


def _plain(value: Any) -> Any:  # noqa: ANN401 - any nested data
    return json.loads(json.dumps(value))


MANUAL = "=== a.bst\nkind: manual\n"

FOUR = """
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
"""

IMPORT = """
=== a.bst
kind: import
sources: [{kind: local, path: files}]
=== files/a
x
"""

LAYER = """
=== b.bst
kind: manual
=== s.bst
kind: stack
depends: [b.bst]
=== k.bst
kind: compose
build-depends: [s.bst]
config: {integrate: False}
"""

VECTORS: list[tuple[str, str, str, str]] = [
    (
        MANUAL,
        "a.bst",
        "852ef08f127dfd29ca76770b9bfff0b8e350a2bb1d03b9dcd85e71b455f5e74c",
        "d24c702abd27f6a5b2752310fbaeffca1cffef446abb58e811fd20e831c10f79",
    ),
    (
        FOUR,
        "b.bst",
        "3a1eb98fd2c039c792cd30e615c847e7a63821cb4005d0325ea199334ff9cee1",
        "e81890735cb5d17987c192637a551b88b5cf1e0ea545d1d5aa6a7a33bc11927d",
    ),
    (
        FOUR,
        "d.bst",
        "c7ed3ccc91a097d65b3c1947028fc52ed1c8e0fe7c5e635d97d8b0d5c3c55b6b",
        "cf9fcb9e6a9060eded8dd3553741dac602c8bc3f976e85bca8fca5ae68aaa9b1",
    ),
    (
        FOUR,
        "c.bst",
        "77fb9a263da2ca490ce61d46fee5089850b3cf6b9a289b87bf6bfa3a614c597b",
        "696bb92092bc60880ad83a4b610bf1c6957d05edb143acaf47b5bc77726e288c",
    ),
    (
        FOUR,
        "a.bst",
        "52376269afd02ee26d25fa0c66d2b863c2c6cf1608d93220d3e611b22a16b3dc",
        "ca400e320ec2d8cf83385742da9fceb0f8740f73d38a7175d285ea24999b3eca",
    ),
    (
        IMPORT,
        "a.bst",
        "7086e6507c805182f0d01493e074867d94e4bb320f199bfa822118a5a9ed9266",
        "10877abe2dff41def5b9b26d16daee21128801a57fd05b6e22a4a5c9fd1e105f",
    ),
    (
        LAYER,
        "s.bst",
        "a79ea53e3b71f3ff3a930922613a30992fd4a97b3cbaa633cf3c7f0c43bab1c3",
        "b16a98d845e7296ffff1c347e2f74ca7712c4a03cc532dd9dc5ca725fee7dedf",
    ),
    (
        LAYER,
        "k.bst",
        "46ecde717a36c276927edf6acb70384544c62d26ce8ab02805c95e2717f9a306",
        "b8611a763078837f9f57965df7f0380b55e7c5aaf7f7705fe9ee2ef072ca19a9",
    ),
]


class TestKeys:
    """Variables, environment, public data, config and order make BuildStream's own keys."""

    @pytest.mark.parametrize(("text", "name", "weak", "strict"), VECTORS)
    def test_key(self, *, text: str, name: str, weak: str, strict: str, tmp_path: Path) -> None:
        keys = Keys(project(text, tmp_path))
        assert (keys.weak[name], keys.strict[name]) == (weak, strict)


class TestOrder:
    """The build scope has a dependency's runtime dependencies before it, each once."""

    def test_build_scope(self, tmp_path: Path) -> None:
        graph = Graph(project(FOUR, tmp_path))
        found = graph.dependencies_of(ElementName("a.bst"), scope=Scope.BUILD)
        assert [str(name) for name in found] == ["b.bst", "d.bst", "c.bst"]

    def test_staging(self, tmp_path: Path) -> None:
        loaded = project(FOUR, tmp_path, targets=["a.bst"])
        assert drawing.names(loaded) == ["b.bst", "d.bst", "c.bst", "a.bst"]
