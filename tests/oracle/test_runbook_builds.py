"""What a non-strict build leaves stale in an image, in two projects, planned and really built.

The first is a change of a library that an application was built with; the second is an element
added to the stack of which an image is made.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

import bstgraph
from bstgraph.plans import built, plan
from bstgraph.state import State
from bstgraph.stores.cache import LocalCache
from bstgraph.testing import write
from tests.oracle.builds import Builder, plant_busybox
from tests.oracle.real_builds import Real, build, copied, differences

pytestmark = pytest.mark.oracle

IMAGE: Final = "oci/image.bst"
LAYERS: Final = ("deps.bst", "layer.bst", IMAGE)
SHIPPED: Final = "image/usr/lib/app"

PROJECT: Final = """
=== project.conf
name: runbook
min-version: 2.4
element-path: elements
=== elements/base.bst
kind: import
sources: [{kind: local, path: files/base}]
=== elements/libfoo.bst
kind: import
sources: [{kind: local, path: files/libfoo}]
=== files/libfoo/usr/lib/libfoo
old
=== elements/app.bst
kind: manual
build-depends:
- base.bst
- libfoo.bst
config:
  install-commands:
  - mkdir -p "%{install-root}/usr/lib"
  - cp /usr/lib/libfoo "%{install-root}/usr/lib/app"
=== elements/tool.bst
kind: import
sources: [{kind: local, path: files/tool}]
=== files/tool/usr/bin/tool
tool
=== elements/deps.bst
kind: stack
depends:
- app.bst
=== elements/layer.bst
kind: compose
build-depends:
- deps.bst
config: {integrate: false, exclude: [devel]}
=== elements/oci/image.bst
kind: script
build-depends:
- base.bst
- filename: layer.bst
  config: {location: /layer}
config:
  commands:
  - mkdir -p "%{install-root}"
  - cp -a /layer "%{install-root}/image"
"""


class Scene:
    """The project, and a cache."""

    def __init__(self, root: Path, text: str = PROJECT) -> None:
        self.directory = write(text, root / "project")
        plant_busybox(self.directory / "files" / "base")
        self.before = bstgraph.load_state(self.directory)
        self._root = root
        self._first = Builder(root / "first")
        self._copies = 0

    @property
    def cache(self) -> LocalCache:
        return LocalCache(self._first.cachedir)

    def built(self) -> Scene:
        """Build the image strictly."""
        self._first.build(self.directory, [IMAGE])
        return self

    def replace(self, path: str, old: str, new: str) -> State:
        """Change a file and load the project anew."""
        file = self.directory / path
        assert old in file.read_text()
        file.write_text(file.read_text().replace(old, new))
        return bstgraph.load_state(self.directory)

    def build(self, state: State, *, strict: bool = False) -> Real:
        """Build the image from a copy of the cache; it has to be as it was planned."""
        self._copies += 1
        builder = copied(self._first.cachedir, self._root / str(self._copies))
        real = build(builder, self.directory, state, targets=[IMAGE], strict=strict)
        assert differences(plan(state, self.cache, [IMAGE], strict=strict), real) == []
        return real

    def delete(self, *elements: str) -> None:
        """Delete artifacts with the command and its default mode, which is strict."""
        ended = self._first.run(self.directory, ["artifact", "delete", *elements])
        assert ended.returncode == 0, ended.stderr

    def shipped(self, real: Real, path: str = SHIPPED, *, strict: bool = False) -> str:
        """Return what a file of the image holds."""
        place = self._root / f"checkout of {real.builder.cachedir.parent.name}"
        arguments = ["artifact", "checkout", "--deps=none", "--directory", str(place), IMAGE]
        mode = "--strict" if strict else "--no-strict"
        ended = real.builder.run(self.directory, [mode, *arguments])
        assert ended.returncode == 0, ended.stderr
        return (place / path).read_text()


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path).built()


def test_a_changed_library_is_not_in_the_image_of_a_non_strict_build(scene: Scene) -> None:
    state = scene.replace("files/libfoo/usr/lib/libfoo", "old", "new")
    loose = plan(state, scene.cache, [IMAGE])
    assert loose.builds == ()
    assert loose.stale == (IMAGE,)
    # Nothing below the image is looked at, and all of it is what a strict build would not take.
    for name in ("app.bst", *LAYERS):
        assert state.keys[name].weak == scene.before.keys[name].weak
        assert state.keys[name].strict != scene.before.keys[name].strict
        assert loose[name].off
    real = scene.build(state)
    assert real.attempted == frozenset()
    assert scene.shipped(real) == "old\n"

    strict = plan(state, scene.cache, [IMAGE], strict=True)
    assert set(strict.builds) == {"libfoo.bst", "app.bst", *LAYERS}
    assert strict.stale == ()
    assert scene.shipped(scene.build(state, strict=True), strict=True) == "new\n"


def test_a_deletion_has_to_name_all_that_hides_another(scene: Scene) -> None:
    state = scene.replace("files/libfoo/usr/lib/libfoo", "old", "new")
    scene.delete("app.bst")
    # Nobody looks for it: what was made of it is there.
    assert scene.build(state).attempted == frozenset()
    scene.delete("layer.bst", IMAGE)
    real = scene.build(state)
    assert real.attempted == {"libfoo.bst", "app.bst", "layer.bst", IMAGE}
    assert scene.shipped(real) == "new\n"


def test_a_strict_dependency_brings_a_changed_library_into_the_image(tmp_path: Path) -> None:
    strict = "- {filename: libfoo.bst, strict: true}\n"
    scene = Scene(tmp_path, PROJECT.replace("- libfoo.bst\n", strict)).built()
    state = scene.replace("files/libfoo/usr/lib/libfoo", "old", "new")
    loose = plan(state, scene.cache, [IMAGE])
    assert set(loose.builds) == {"libfoo.bst", "app.bst", "layer.bst", IMAGE}
    # The stack is reused, which changes no file: it has none. But the keys of what was built with
    # it are others than those of a strict build.
    assert loose.stale == ("deps.bst",)
    assert loose[IMAGE].off
    assert scene.shipped(scene.build(state)) == "new\n"


def test_an_element_added_to_a_stack_is_in_the_image_of_a_non_strict_build(scene: Scene) -> None:
    state = scene.replace("elements/deps.bst", "- app.bst\n", "- app.bst\n- tool.bst\n")
    loose = plan(state, scene.cache, [IMAGE])
    assert set(loose.builds) == {"tool.bst", *LAYERS}
    assert loose.stale == ()
    real = scene.build(state)
    assert real.attempted == {"tool.bst", *LAYERS}
    assert scene.shipped(real, "image/usr/bin/tool") == "tool\n"


def test_by_the_rule_of_the_runbook_that_image_would_be_stale(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    before = bstgraph.load_state(scene.directory, rule="runbook")
    scene.replace("elements/deps.bst", "- app.bst\n", "- app.bst\n- tool.bst\n")
    state = bstgraph.load_state(scene.directory, rule="runbook")
    loose = plan(state, built(before.keys, [IMAGE]), [IMAGE])
    assert loose.builds == ()
    assert loose.stale == (IMAGE,)
    each = plan(state, built(before.keys, [IMAGE]), LAYERS)
    assert each.stale == LAYERS
    assert each.builds == ("tool.bst",)
