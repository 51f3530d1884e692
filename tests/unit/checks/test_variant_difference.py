"""BSG406 `variant-difference`."""

from __future__ import annotations

from pathlib import Path

import pytest

from bstgraph.checks.variant_difference import variant_difference
from bstgraph.model import Project
from bstgraph.testing import project
from tests.unit.checks.looking import found, is_silenced

SHARED = "; ".join(f"shared{number}" for number in range(12))


def image(name: str, command: str, exclude: str = "devel") -> str:
    """Return an image with a layer of its own."""
    layer = name.replace("/", "-")
    return f"""
=== layers/{layer}.bst
kind: compose
build-depends: [a.bst]
config: {{exclude: [{exclude}]}}
=== {name}.bst
kind: script
build-depends:
- {{filename: layers/{layer}.bst, config: {{location: /layer}}}}
config:
  commands:
  - |
    {SHARED}
    {command}
    build-oci <<EOF
    name: {name}
    EOF
"""


def seen(folder: Path, *images: str) -> Project:
    """Return a project with images."""
    return project("\n".join(["=== a.bst\nkind: manual", *images]), folder)


@pytest.mark.parametrize(
    ("names", "other", "what", "evidence"),
    [
        (
            ("oci/i", "oci/i-nvidia"),
            ("true", "devel"),
            "steps",
            ("only oci/i.bst runs: ldconfig -r /layer", "only oci/i-nvidia.bst runs: true"),
        ),
        (
            ("i/image", "i-more/image"),
            ("ldconfig -r /layer", "debug"),
            "filters",
            (("exclude is [devel] in layers/i-image.bst and [debug] in layers/i-more-image.bst"),),
        ),
    ],
)
def test_a_pair_is_told_once(
    names: tuple[str, str],
    other: tuple[str, str],
    what: str,
    evidence: tuple[str, ...],
    *,
    tmp_path: Path,
) -> None:
    plain, more = names
    loaded = seen(tmp_path, image(plain, "ldconfig -r /layer"), image(more, *other))
    (only,) = found(variant_difference, loaded)
    assert only.message == (
        f"'{more}.bst' has other {what} than '{plain}.bst', whose variant it seems to be"
    )
    assert only.elements == (f"{more}.bst", f"{plain}.bst")
    assert only.evidence == evidence


@pytest.mark.parametrize(
    ("other", "command"),
    [
        ("i-nvidia", "true"),
        ("other", "false"),
        ("deep/i-nvidia", "false"),
        ("inner", "false"),
        ("i-own", SHARED.replace("shared", "own") + "; own12"),
    ],
)
def test_what_is_alike_or_no_variant(other: str, command: str, tmp_path: Path) -> None:
    loaded = seen(tmp_path, image("i", "true"), image(other, command))
    assert found(variant_difference, loaded) == ()


def test_what_the_variant_is_for(tmp_path: Path) -> None:
    loaded = seen(tmp_path, image("i", "true"), image("i-devel", "true", "doc"))
    assert found(variant_difference, loaded) == ()


def test_many_differences_are_cut(tmp_path: Path) -> None:
    commands = "; ".join(f"cmd{number}" for number in range(10))
    loaded = seen(tmp_path, image("i", "true"), image("i-x", commands))
    (only,) = found(variant_difference, loaded)
    assert only.evidence[-1] == "and 3 more"


def test_suppressed(tmp_path: Path) -> None:
    loaded = seen(tmp_path, image("i", "true"), image("i-x", "false"))
    assert is_silenced(variant_difference, loaded, "*.bst")
