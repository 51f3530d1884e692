"""The example project, built by the real BuildStream, beside what the library says of it."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

import bstgraph
from bstgraph.files import Directory, File, lookup, paths, walk
from bstgraph.layers import Layers, Link, Trace, owners, trace
from bstgraph.load import open_layers
from bstgraph.state import State
from bstgraph.stores import Image, open_image
from tests.oracle.builds import Builder, Shown, static_busybox
from tests.oracle.test_contents import cas_digest

pytestmark = pytest.mark.oracle

_EXAMPLE: Final = Path(__file__).parents[2] / "examples" / "dakota"
_IMAGES: Final = ("oci/dakota.bst", "oci/dakota-nvidia.bst")

_LAYERS: Final = ("oci/layers/bluefin.bst", "oci/layers/nvidia.bst")
"""What the images stage, in the same order."""

_TO_ETC: Final = "cp -a /layer/usr/etc/. /layer/etc/"
"""What the scripts of both images do with the settings of the packages."""

_PKI: Final = 'mkdir -p "/etc/pki"'
_BUNDLE: Final = 'cat "/usr/share"/certificates/*.crt > "/etc/pki/bundle.pem"'
_SCHEMAS: Final = 'glib-compile-schemas "/usr/share/glib-2.0/schemas"'
_REMADE: Final = "mkdir -p /var/home /var/tmp"

OF_PLATFORM: Final = {
    "etc/pki": _PKI,
    "etc/pki/bundle.pem": _BUNDLE,
    "usr/share/glib-2.0/schemas/gschemas.compiled": _SCHEMAS,
}
OF_BLUEFIN: Final = {
    **OF_PLATFORM,
    "etc/alternatives": 'mkdir -p "/etc/alternatives"',
    "etc/alternatives/x-terminal-emulator": (
        'ln -sf "/usr/bin/terminal" "/etc/alternatives/x-terminal-emulator"'
    ),
    "home": "ln -s var/home /home",
    "var/home": _REMADE,
    "var/tmp": _REMADE,
}
MADE: Final[Mapping[str, Mapping[str, str]]] = {
    "sdk.bst:platform/runtime.bst": OF_PLATFORM,
    "oci/layers/bluefin-runtime.bst": OF_BLUEFIN,
    "oci/layers/bluefin.bst": OF_BLUEFIN,
    "oci/layers/nvidia.bst": {
        **OF_BLUEFIN,
        "etc/modules-load.d": 'mkdir -p "/etc/modules-load.d"',
        "etc/modules-load.d/nvidia.conf": 'echo nvidia > "/etc/modules-load.d/nvidia.conf"',
    },
}
"""Compose -> paths that only the built artifact has, each with the command that makes it."""

REMOVED: Final[Mapping[str, Mapping[str, str]]] = {
    name: {} if name == "sdk.bst:platform/runtime.bst" else {"var/lib": "rm -rf /var"}
    for name in MADE
}
"""Compose -> paths that the built artifact lacks, each with the command that removes it."""

BY_SCRIPT: Final = {
    "etc/dconf/db/distro": "dconf update /layer/etc/dconf/db",
    "etc/ld.so.cache": "ldconfig -r /layer",
}
"""Paths that only the scripts of the images make, with the command."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """The example, with both of its images built."""

    builder: Builder
    directory: Path
    shown: Mapping[str, Shown]
    real: Mapping[str, list[str]]
    """Full name -> what `bst artifact list-contents` says."""
    needed: Mapping[str, Mapping[str, Shown]]
    """Image -> what `bst show` says of all that it is built from."""
    state: State
    images: Mapping[str, Image]

    def layers(self, *, predict: bool = False) -> Layers:
        return open_layers(self.state, caches=[self.builder.cachedir], predict=predict)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    root = tmp_path_factory.mktemp("example")
    directory = ready_copy(root / "project")
    builder = Builder(root / "bst")
    builder.build(directory, _IMAGES)
    needed = {image: builder.show(directory, [image]) for image in _IMAGES}
    shown = {name: one for below in needed.values() for name, one in below.items()}
    # BuildStream lists elements by their names in their own projects.
    local = {name.rpartition(":")[2]: name for name in shown}
    assert len(local) == len(shown)
    listed = builder.list_contents(directory, shown)
    elements = directory / "elements"
    ours = sorted(str(path.relative_to(elements)) for path in elements.rglob("*.bst"))
    return Built(
        builder=builder,
        directory=directory,
        shown=shown,
        real={local[name]: found for name, found in listed.items()},
        needed=needed,
        state=bstgraph.load_state(directory, ours),
        images={name: _image(builder, directory, name) for name in _IMAGES},
    )


def ready_copy(directory: Path) -> Path:
    """Return a copy of the example that is ready to be built, as its README says."""
    busybox = static_busybox()
    # What somebody's own prepare.sh and `bst` left there is not part of the example.
    left = shutil.ignore_patterns(".bst", "usr/bin/busybox")
    shutil.copytree(_EXAMPLE, directory, symlinks=True, ignore=left)
    shutil.rmtree(directory / "subprojects/sdk/files/busybox/usr", ignore_errors=True)
    prepare = [directory / "prepare.sh", busybox]
    subprocess.run(prepare, check=True, capture_output=True)
    return directory


def _image(builder: Builder, directory: Path, name: str) -> Image:
    """Return the image that the artifact of a script is."""
    layout = directory.with_name(name.replace("/", "-"))
    told = ["artifact", "checkout", "--deps=none", f"--directory={layout}", name]
    ended = builder.run(directory, told)
    assert not ended.returncode, ended.stderr
    return open_image(layout, hashes=True)


def _leaves(tree: Directory) -> set[str]:
    return {path for path, node in walk(tree) if not isinstance(node, Directory)}


# -- contents -----------------------------------------------------------------------------------


def test_the_example_has_what_it_is_for(built: Built) -> None:
    assert len(built.real) > 50
    assert [len(built.images[name].layers) for name in _IMAGES] == [2, 3]
    assert len(list(paths(built.images["oci/dakota.bst"].tree))) > 300


def test_the_cache_has_the_last_word(built: Built) -> None:
    layers = built.layers()
    for name, listed in built.real.items():
        contents = layers.contents(name)
        assert list(contents) == listed, name
        assert contents.origin == "strict", name
        assert contents.exact, name
        assert built.shown[name].digest.startswith(cas_digest(contents.tree)), name


def test_what_is_predicted_exactly_is_what_was_built(built: Built) -> None:
    layers = built.layers(predict=True)
    exact = {name for name in built.real if layers.contents(name).exact}
    scripts = {name for name in built.real if built.state.graph[name].kind == "script"}
    assert exact == built.real.keys() - scripts - MADE.keys()
    assert layers.contents("nvidia/driver-runtime.bst").origin == "computed"
    for name in exact:
        assert list(layers.contents(name)) == built.real[name], name
        found = cas_digest(layers.contents(name).tree)
        assert built.shown[name].digest.startswith(found), name


@pytest.mark.parametrize("name", MADE)
def test_what_is_predicted_up_to_commands_differs_by_their_work(built: Built, name: str) -> None:
    layers = built.layers(predict=True)
    contents = layers.contents(name)
    assert contents.origin == "computed"
    assert set(built.real[name]) - set(contents) == MADE[name].keys()
    assert set(contents) - set(built.real[name]) == REMOVED[name].keys()
    explained = {*MADE[name].values(), *REMOVED[name].values()}
    assert explained <= {command.text for command in contents.commands}
    staging = layers.staged(name)
    assert not [path for path in MADE[name] if staging.owner(path)]
    built_tree = built.layers().contents(name).tree
    for path, node in contents.entries():
        if not isinstance(node, Directory) and path not in REMOVED[name]:
            assert lookup(built_tree, path) == node, path


def test_a_script_is_not_predicted(built: Built) -> None:
    layers = built.layers(predict=True)
    for name in _IMAGES:
        contents = layers.contents(name)
        assert not list(contents)
        assert not contents.exact
        assert [gap.element for gap in contents.gaps][-1] == name
        assert len(contents.commands) == 4


# -- trace --------------------------------------------------------------------------------------


def _in_etc(path: str) -> str:
    return path.removeprefix("usr/") if f"{path}/".startswith("usr/etc/") else path


@pytest.mark.parametrize("image", _IMAGES)
def test_a_trace_of_all_is_the_image(built: Built, image: str) -> None:
    found = trace(built.layers(), "/**", image)
    present = [one.path for one in found.present]
    assert len(present) == len(set(present))
    real = set(paths(built.images[image].tree))
    moved = {path for path in present if _in_etc(path) != path}
    assert len(moved) > 10
    assert set(present) - real == moved
    assert real - set(present) == {*map(_in_etc, moved), *BY_SCRIPT} - {"etc"}
    for one in found.present:
        if one.path in moved:
            assert any(_TO_ETC in command.text for command in one.commands), one.path


@pytest.mark.parametrize("image", _IMAGES)
def test_what_is_present_is_there_with_the_content_of_its_element(built: Built, image: str) -> None:
    layers = built.layers()
    seen = 0
    for one in trace(layers, "/**", image).present:
        node = lookup(built.images[image].tree, _in_etc(one.path))
        if one.element is not None and not isinstance(node, Directory):
            assert lookup(layers.contents(one.element).tree, one.path) == node, one.path
            seen += 1
    assert seen > 300


@pytest.mark.parametrize("image", _IMAGES)
def test_each_path_of_each_package_is_in_the_image_or_lost_on_its_way(
    built: Built, image: str
) -> None:
    layers = built.layers()
    real = built.images[image].tree
    traced = {(one.element, one.path): one for one in trace(layers, "/**", image).paths}
    for name, element in built.state.graph.elements.items():
        if element.kind in {"stack", "compose", "filter", "script", "junction"}:
            continue
        for path in _leaves(layers.contents(name).tree):
            one = traced[name, path]
            if one.present:
                assert lookup(real, _in_etc(path)) is not None, path
            else:
                _check_lost(built, image, one.path, one.links)


def _check_lost(built: Built, image: str, path: str, links: tuple[Link, ...]) -> None:
    """Assert that the reason of the last link is one that what was really built has, too."""
    *_, last = links
    listed = built.real.get(last.element, [])
    match last.action:
        case "drops":
            assert last.decision is not None
            assert not last.decision.admitted, path
            assert path not in listed
        case "removes":
            assert path in {gone for one in REMOVED.values() for gone in one}
            assert path not in listed
        case "overwrites":
            assert last.other is not None
            assert path in built.real[last.other]
            assert path in listed
        case "build-only":
            assert last.other is not None
            needed = built.state.graph[last.other].dependencies
            kinds = {(entry.build, entry.runtime) for entry in needed if entry.name == last.element}
            assert kinds == {(True, False)}
        case action:
            assert action == "unreachable"
            assert links[0].element not in built.needed[image]


@pytest.mark.parametrize("image", _IMAGES)
def test_paths_one_by_one(built: Built, image: str) -> None:
    layers = built.layers()
    tree = built.images[image].tree
    real = list(paths(tree))
    asked = {*real[::8], *built.real["nvidia/driver.bst"], *built.real["bluefin/libterm.bst"]}
    made = {path for path in real if f"{path}/".startswith("etc/")} - set(_staged(built, image))
    for path in sorted(asked - made):
        found = trace(layers, f"/{path}", image)
        assert bool(found) == (lookup(tree, path) is not None), path
        assert found.verdict != "unknown"


def _staged(built: Built, image: str) -> list[str]:
    """Return the paths of the layer of an image, as it was built."""
    return built.real[dict(zip(_IMAGES, _LAYERS, strict=True))[image]]


def reason(found: Trace) -> tuple[str, str, str]:
    """Return the element, the action, and the cause of the only path that is lost."""
    (one,) = found.lost
    lost = one.lost
    assert lost is not None
    by = " ".join(lost.decision.decisive) if lost.decision else lost.other or ""
    return lost.element, lost.action, by


@pytest.mark.parametrize(
    ("path", "image", "expected"),
    [
        (
            "/usr/include/term.h",
            "oci/dakota.bst",
            ("oci/layers/bluefin-runtime.bst", "drops", "devel"),
        ),
        (
            "/usr/lib/libz.a",
            "oci/dakota.bst",
            ("oci/layers/bluefin-runtime.bst", "drops", "devel static"),
        ),
        (
            "/usr/share/pcre/notes.txt",
            "oci/dakota.bst",
            ("oci/layers/bluefin-runtime.bst", "drops", "doc"),
        ),
        (
            "/usr/lib/debug/usr/lib/libterm.so.1.debug",
            "oci/dakota.bst",
            ("oci/layers/bluefin.bst", "drops", "debug"),
        ),
        (
            "/usr/share/branding/logo.original",
            "oci/dakota-nvidia.bst",
            ("oci/layers/nvidia.bst", "drops", "extra"),
        ),
        (
            "/usr/bin/driver-settings",
            "oci/dakota-nvidia.bst",
            ("nvidia/driver-runtime.bst", "drops", "settings-tool"),
        ),
        (
            "/usr/include/compute.h",
            "oci/dakota-nvidia.bst",
            ("nvidia/driver-runtime.bst", "drops", "devel"),
        ),
        (
            "/var/lib",
            "oci/dakota.bst",
            ("oci/layers/bluefin-runtime.bst", "removes", ""),
        ),
        (
            "/bin/brew",
            "oci/dakota.bst",
            ("bluefin/brew-tarball.bst", "build-only", "bluefin/brew.bst"),
        ),
        (
            "/usr/etc/sysctl.d/gaming.conf",
            "oci/dakota.bst",
            ("bluefin/gaming.bst", "unreachable", "bluefin/deps.bst"),
        ),
    ],
)
def test_why_a_path_is_absent(
    built: Built, path: str, image: str, expected: tuple[str, str, str]
) -> None:
    found = trace(built.layers(), path, image)
    assert found.verdict == "absent"
    assert reason(found) == expected
    assert lookup(built.images[image].tree, _in_etc(path.strip("/"))) is None


def test_a_package_that_one_of_two_images_has(built: Built) -> None:
    layers = built.layers()
    absent = trace(layers, "nvidia/driver.bst", "oci/dakota.bst")
    assert absent.verdict == "absent"
    assert absent.way[-1].action == "unreachable"
    assert not absent.present
    present = trace(layers, "nvidia/driver.bst", "oci/dakota-nvidia.bst")
    assert present.verdict == "present"
    kept = {one.path for one in present.present}
    assert kept == set(built.real["nvidia/driver-runtime.bst"])
    assert kept <= set(paths(built.images["oci/dakota-nvidia.bst"].tree))
    assert not any("nvidia" in path for path in paths(built.images["oci/dakota.bst"].tree))


def test_a_feature_that_is_off_says_where_to_add_it(built: Built) -> None:
    found = trace(built.layers(), "bluefin/gaming.bst", "oci/dakota.bst")
    assert found.verdict == "absent"
    assert "'bluefin/deps.bst'" in found.way[-1].fix


def test_what_the_stand_in_removes_of_the_parent_is_not_traced_as_present(built: Built) -> None:
    image = built.images["oci/dakota.bst"]
    gone = [entry.path for entry in image.layers[-1].entries if entry.type == "whiteout"]
    assert gone == ["usr/.wh.etc", "var/.wh.lib"]
    assert "var/lib" in built.real["sdk.bst:platform/runtime.bst"]
    assert not trace(built.layers(), "/var/lib", "oci/dakota.bst").present


# -- owners -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", _LAYERS)
def test_owners_have_their_paths_with_their_content(built: Built, name: str) -> None:
    layers = built.layers()
    ownership = owners(layers, name)
    assert [row.path for row in ownership] == built.real[name]
    assert not ownership.gaps
    by_commands = {row.path for row in ownership if row.how == "commands"}
    # Every sandbox that runs a command has these three directories.
    assert by_commands == MADE[name].keys() | {"dev", "proc", "tmp"}
    for row in ownership:
        if row.element is None:
            assert row.how == "commands", row.path
            continue
        assert row.how == "element", row.path
        assert row.path in built.real[row.element]
        if not isinstance(row.node, Directory):
            assert lookup(layers.contents(row.element).tree, row.path) == row.node, row.path


@pytest.mark.parametrize("name", _LAYERS)
def test_what_commands_made_is_in_nothing_that_is_staged(built: Built, name: str) -> None:
    packages = [
        one
        for one in built.shown
        if built.state.graph[one].kind not in {"compose", "filter", "script"}
    ]
    staged = {path for one in packages for path in built.real[one]}
    for row in owners(built.layers(), name):
        if row.how == "commands":
            assert row.path not in staged


def test_two_elements_have_the_message_of_the_day(built: Built) -> None:
    layers = built.layers()
    rows = {row.path: row for row in owners(layers, "oci/layers/bluefin.bst")}
    assert rows["usr/etc/motd"].element == "bluefin/common.bst"
    lower = lookup(layers.contents("sdk.bst:base/config.bst").tree, "usr/etc/motd")
    assert isinstance(lower, File)
    assert lower != rows["usr/etc/motd"].node
    image = built.images["oci/dakota.bst"].tree
    assert lookup(image, "etc/motd") == rows["usr/etc/motd"].node


# -- parents ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def parents(built: Built) -> Mapping[str, Image]:
    """Return the images of an example in which lower layers have what upper ones lack."""
    directory = _with_parents(built)
    built.builder.build(directory, _IMAGES)
    return {name: _image(built.builder, directory, name) for name in _IMAGES}


def _with_parents(built: Built) -> Path:
    """Return the example with files that only the platform or only the first image has."""
    directory = built.directory.parent / "parents" / "project"
    if directory.exists():
        return directory
    shutil.copytree(built.directory, directory, symlinks=True)
    sdk = directory / "subprojects/sdk"
    _add(sdk, "platform/runtime.bst", "only", ["opt/sdk", "srv/sdk", "usr/share/sdk", "top"])
    _add(directory, "oci/layers/bluefin-runtime.bst", "first", ["opt/first", "usr/share/first"])
    _add(directory, "nvidia/deps.bst", "second", ["usr/share/second"])
    (directory / "files/second/srv").symlink_to("var/home")
    return directory


def _add(project: Path, above: str, name: str, files: list[str]) -> None:
    """Add an import to the dependencies of `above`, which are the first list in it."""
    for file in files:
        path = project / "files" / name / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{name}\n")
    text = f"kind: import\nsources: [{{kind: local, path: files/{name}}}]\n"
    (project / "elements" / f"{name}.bst").write_text(text)
    element = project / "elements" / above
    head, key, rest = element.read_text().partition("depends:\n")
    element.write_text(f"{head}{key}- {name}.bst\n{rest}")


@pytest.mark.parametrize(
    ("path", "image", "expected"),
    [
        ("usr/share/sdk", "oci/dakota.bst", "hides oci/dakota.bst"),
        ("usr/share/sdk", "oci/dakota-nvidia.bst", "hides oci/dakota-nvidia.bst"),
        ("top", "oci/dakota.bst", "hides oci/dakota.bst"),
        ("opt/sdk", "oci/dakota.bst", "hides oci/dakota.bst"),
        # The second image has no /opt, and the first one has removed the file before.
        ("opt/sdk", "oci/dakota-nvidia.bst", "hides oci/dakota.bst"),
        ("usr/share/first", "oci/dakota.bst", ""),
        ("usr/share/first", "oci/dakota-nvidia.bst", "hides oci/dakota-nvidia.bst"),
        # The second image has a link in place of the directory.
        ("srv/sdk", "oci/dakota-nvidia.bst", "hides oci/dakota-nvidia.bst"),
        ("usr/share/second", "oci/dakota-nvidia.bst", ""),
    ],
)
def test_what_a_layer_lacks_is_hidden_in_its_parents(
    built: Built, parents: Mapping[str, Image], *, path: str, image: str, expected: str
) -> None:
    state = bstgraph.load_state(_with_parents(built))
    found = trace(open_layers(state, caches=[built.builder.cachedir]), f"/{path}", image)
    assert bool(found) == (lookup(parents[image].tree, path) is not None)
    assert bool(found) == (expected == "")
    lost = [one.lost for one in found.lost if one.lost]
    assert [f"{link.action} {link.element}" for link in lost] == ([expected] if expected else [])


@pytest.mark.parametrize(
    ("path", "image"),
    [("srv/sdk", "oci/dakota.bst"), ("opt/first", "oci/dakota-nvidia.bst")],
)
def test_the_stand_in_removes_whole_directories_of_the_root_too(
    built: Built, parents: Mapping[str, Image], path: str, image: str
) -> None:
    """The example's own build-oci does, and freedesktop-sdk's does not: traces follow that one."""
    state = bstgraph.load_state(_with_parents(built))
    layers = open_layers(state, caches=[built.builder.cachedir])
    for one in (path, path.partition("/")[0]):
        assert lookup(parents[image].tree, one) is None
        assert trace(layers, f"/{one}", image).verdict == "present"
