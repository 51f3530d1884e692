"""Elements whose kind alone says what files they have (`ElementKind.files`)."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

import pytest

from bstgraph import kinds
from bstgraph.files import File, Node, walk
from bstgraph.layers import Contents, Layers
from tests.unit.kind_views import element_text, element_view
from tests.unit.layered import built, layered, state_of, store

SCRIPT: Final = "echo hi"
INITIAL: Final = f"""=== b.bst
kind: manual
public: {{initial-script: {{script: {SCRIPT}}}}}
=== sub/c-x.bst
kind: manual
depends: [b.bst]
public: {{initial-script: {{script: echo hi}}}}
=== d.bst
kind: stack
depends: [sub/c-x.bst]
public: {{initial-script: {{other: x}}}}
"""
KNOWN: Final = File(hashlib.sha256(SCRIPT.encode()).hexdigest(), len(SCRIPT), executable=True)


def contents(text: str, directory: Path) -> Contents:
    """Return what is known without a store of `a.bst`."""
    return layered(text, directory).contents("a.bst")


def leaves(found: Contents) -> dict[str, Node]:
    return {path: node for path, node in walk(found.tree) if isinstance(node, File)}


@pytest.mark.parametrize(
    ("kind", "body", "expected"),
    [
        ("check_forbidden", "config: {forbidden: []}", {}),
        ("collect_integration", "config: {script-path: /usr/x/run.sh}",
         {"usr/x/run.sh": File(executable=True)}),
        ("collect_manifest", "config: {path: /usr/m.json}", {"usr/m.json": File()}),
        ("collect_manifest", "", {}),
        ("collect_manifest", "config: {path: /}", {}),
        ("tar_element", "config: {filename: f, compression: none}", {"f.tar": File()}),
        ("tar_element", "config: {filename: f, compression: gzip}", {"f.tar.gz": File()}),
        ("tar_element", "config: {filename: f, compression: xz}", {"f.tar.xz": File()}),
        ("tar_element", "config: {filename: f, compression: bzip2}", {"f.tar.bz2": File()}),
        ("collect_initial_scripts", "config: {path: /etc}", {}),
    ],
)  # fmt: skip
def test_what_a_kind_writes(
    kind: str, body: str, expected: dict[str, Node], tmp_path: Path
) -> None:
    found = contents(element_text(kind, body), tmp_path)
    assert (found.origin, found.exact) == ("kind", True)
    assert found.told == f"what a {kind} writes"
    assert leaves(found) == expected


@pytest.mark.parametrize(
    ("path", "prefix"), [("/etc/init.d", "etc/init.d/"), ("x/", "x/"), ("/", "")]
)
def test_initial_scripts_are_numbered_in_staging_order(
    path: str, prefix: str, tmp_path: Path
) -> None:
    body = f"config: {{path: {path}}}\nbuild-depends: [d.bst]"
    text = element_text("collect_initial_scripts", body).split("=== s.bst")[0]
    text = text.split("=== b.bst")[0] + INITIAL
    text += "=== plugins/collect_initial_scripts.yaml\n"
    text += f"=== a.bst\nkind: collect_initial_scripts\n{body}\n"
    assert leaves(contents(text, tmp_path)) == {
        f"{prefix}001-b_bst": KNOWN,
        f"{prefix}002-sub_c_x_bst": KNOWN,
    }


def test_a_script_with_a_variable_is_known_once_it_is_written(tmp_path: Path) -> None:
    view = element_view("collect_initial_scripts", "config: {path: /x}", tmp_path)
    public = {"initial-script": {"script": "echo %{prefix}"}}
    other = view.element.model_copy(update={"public": public})
    kind = kinds.registry().element("collect_initial_scripts")
    assert kind is not None
    assert kind.files(view, [other]) == [("x/001-a_bst", File(executable=True))]


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("collect_integration", "config: {script-path: /}"),
        ("collect_integration", "config: {script-path: /usr/../x}"),
        ("tar_element", "config: {filename: ../x, compression: none}"),
        ("collect_manifest", "config: {path: /a//b}"),
    ],
)
def test_a_path_that_is_none(kind: str, body: str, tmp_path: Path) -> None:
    found = contents(element_text(kind, body), tmp_path)
    assert (found.origin, found.exact, list(found)) == ("none", False, [])
    assert found.gaps[0].reason.startswith(f"what a {kind} writes is not known: '")


def test_a_store_knows_better(tmp_path: Path) -> None:
    text = element_text("tar_element", "config: {filename: f, compression: none}")
    state = state_of(text, tmp_path)
    late = Layers(state, [store(state, {"a.bst": built("old", by="other")})])
    assert late.contents("a.bst").origin == "kind"


@pytest.mark.parametrize("kind", ["mine", "autotools"])
def test_a_kind_that_does_not_say(kind: str, tmp_path: Path) -> None:
    found = contents(element_text(kind, ""), tmp_path)
    assert (found.origin, found.exact) == ("none", False)
    assert [gap.reason for gap in found.gaps] == [
        "no store has it, and its files are known once it is built"
    ]


IMAGES: Final = """=== base.bst
kind: manual
=== d/one.x.bst
kind: manual
=== stack.bst
kind: stack
depends: [base.bst]
"""
INPUT: Final = "build-depends: [base.bst, {filename: d/one.x.bst, config: {input: True}}]\n"
FLATPAKS: Final = """build-depends:
- base.bst
- {filename: d/one.x.bst, config: {flatpak-image: True}}
- {filename: stack.bst, config: {flatpak-stack: True}}
config: {copy-refs: [], repo-mode: archive, arch: a, branch: b}
"""


@pytest.mark.parametrize(
    ("kind", "steps"),
    [
        (
            "x86image",
            (
                "filesystem-tree-setup-commands filesystem-image-creation-commands "
                "partition-commands final-commands"
            ),
        ),
        ("fastboot_bootimg", "create_dtb create_img install_img"),
        ("fastboot_ext4", "create_dev_proc_shadow create_img install_img"),
        ("fastbootExt4Image", "create_dev_proc_shadow create_img install_img"),
        ("dpkg_deploy", "build-commands"),
    ],
)
def test_inputs_of_an_image_lie_in_the_build_root(kind: str, steps: str, tmp_path: Path) -> None:
    config = ", ".join(f"{step}: [run {step}]" for step in steps.split())
    variables = "variables: {build-root: /b, install-root: /i}\n"
    body = f"{variables}{INPUT}config: {{{config}}}\n"
    layers = layered(
        f"{IMAGES}{element_text(kind, body)}",
        tmp_path,
        artifacts={"base.bst": built("usr/base"), "d/one.x.bst": built("one")},
    )
    staged = layers.staged("a.bst")
    assert {place.path: place.elements for place in staged.locations} == {
        "/": ("base.bst",),
        "/b": ("d/one.x.bst",),
    }
    assert [path for path, _ in walk(staged.tree("/b"))] == ["one"]
    found = layers.contents("a.bst")
    assert (found.told, found.exact) == (
        "what it stages at /i, without what its commands do",
        False,
    )
    assert [command.text for command in found.commands] == [f"run {s}" for s in steps.split()]


def test_flatpaks_lie_in_places_of_their_own(tmp_path: Path) -> None:
    layers = layered(f"{IMAGES}{element_text('flatpak_repo', FLATPAKS)}", tmp_path)
    assert {place.path: place.elements for place in layers.staged("a.bst").locations} == {
        "/": ("base.bst",),
        "/buildstream/input/base": ("base.bst",),
        "/buildstream/input/d-one.x": ("d/one.x.bst",),
    }
    found = layers.contents("a.bst")
    assert found.told == "what it stages at /buildstream/repo, without what its commands do"
    assert [command.text.split()[0] for command in found.commands] == ["ostree", *["flatpak"] * 2]


def test_a_layout_that_is_not_known_is_a_gap(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(_: object) -> None:
        raise kinds.KeyGapError("the stack is not at hand")

    layers = layered(f"{IMAGES}{element_text('flatpak_repo', FLATPAKS)}", tmp_path)
    monkeypatch.setattr("bstgraph.kinds._images._flatpaks", unknown)
    staged = layers.staged("a.bst")
    assert staged.locations == ()
    assert [gap.reason for gap in staged.gaps] == [
        "what it stages is not known: the stack is not at hand"
    ]
    found = layers.contents("a.bst")
    assert (found.exact, found.commands) == (False, ())
