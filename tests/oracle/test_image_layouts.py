"""Where the kinds that make images stage what, beside what a real build finds there."""

from __future__ import annotations

from typing import Final

import pytest

import bstgraph
from bstgraph.files import paths
from bstgraph.layers import Layers
from tests.oracle import plugin_packages
from tests.oracle.builds import Builder, plant_busybox
from tests.oracle.oracle import required_interpreter
from tests.unit.trees import File, plant

pytestmark = pytest.mark.oracle

PROJECT: Final = """
=== base.bst
kind: import
sources: [{kind: local, path: files/base}]
=== flat/one.x.bst
kind: import
sources: [{kind: local, path: files/one}]
=== two.bst
kind: import
sources: [{kind: local, path: files/two}]
=== stack.bst
kind: stack
depends: [two.bst]
=== input.bst
kind: stack
depends: [flat/one.x.bst, two.bst]
=== repo.bst
kind: flatpak_repo
build-depends:
- base.bst
- {filename: flat/one.x.bst, config: {flatpak-image: True}}
- {filename: stack.bst, config: {flatpak-stack: True}}
config: {copy-refs: [], repo-mode: archive, arch: a, branch: b}
"""

STEPS: Final = {
    "x86image": (
        "filesystem-tree-setup-commands",
        "filesystem-image-creation-commands",
        "partition-commands",
        "final-commands",
    ),
    "fastboot_bootimg": ("create_dtb", "create_img", "install_img"),
    "fastboot_ext4": ("create_dev_proc_shadow", "create_img", "install_img"),
}

COPY: Final = "#!/bin/sh\ncp -r /buildstream/input /buildstream/repo/\n"
"""What `ostree` and `flatpak` do here: show what was staged."""


def element(kind: str) -> str:
    """Return an image of which all that is staged for it becomes the artifact."""
    emptied = ", ".join(f"{step}: []" for step in STEPS[kind])
    return (
        f"=== {kind}.bst\nkind: {kind}\n"
        "build-depends: [base.bst, {filename: input.bst, config: {input: True}}]\n"
        f"variables: {{install-root: '%{{build-root}}'}}\nconfig: {{{emptied}}}\n"
    )


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Layers, dict[str, list[str]]]:
    """Return what is predicted, and the files of each artifact."""
    root = tmp_path_factory.mktemp("layouts")
    directory = root / "project"
    plant_busybox(directory / "files/base")
    programs = {f"base/bin/{name}": File(COPY, 0o755) for name in ("ostree", "flatpak")}
    plant(directory / "files", {**programs, "one/one": File("one"), "two/two": File("two")})
    for part in (PROJECT + "".join(map(element, STEPS))).split("\n=== ")[1:]:
        name, _, text = part.partition("\n")
        (directory / name).parent.mkdir(exist_ok=True)
        (directory / name).write_text(text)
    plugins = plugin_packages.copy(required_interpreter(), directory)
    (directory / "project.conf").write_text(f"name: images\nmin-version: 2.4\n{plugins}")
    builder = Builder(root / "bst")
    names = (*(f"{kind}.bst" for kind in STEPS), "repo.bst")
    builder.build(directory, names)
    return Layers(bstgraph.load_state(directory)), builder.list_contents(directory, names)


@pytest.mark.parametrize("kind", STEPS)
def test_inputs_lie_in_the_build_root(
    built: tuple[Layers, dict[str, list[str]]], kind: str
) -> None:
    layers, real = built
    found = layers.contents(f"{kind}.bst")
    assert list(found) == real[f"{kind}.bst"] == ["one", "two"]
    assert (found.origin, found.exact) == ("computed", True)


def test_flatpaks_lie_in_places_of_their_own(built: tuple[Layers, dict[str, list[str]]]) -> None:
    layers, real = built
    staged = layers.staged("repo.bst")
    assert [place.path for place in staged.locations] == [
        "/",
        "/buildstream/input/flat-one.x",
        "/buildstream/input/two",
    ]
    shown = [f"input/{path}" for path in paths(staged.tree("/buildstream/input"))]
    assert ["input", *shown] == real["repo.bst"]
    found = layers.contents("repo.bst")
    assert not found.exact
    assert [command.text.split()[0] for command in found.commands] == ["ostree", *["flatpak"] * 2]
