"""BSG601 `step-order`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bstgraph.checks import Subject, contract_of
from bstgraph.checks.step_order import step_order
from bstgraph.errors import SettingsError
from bstgraph.settings import CheckSettings
from bstgraph.testing import project
from tests.unit.checks.looking import found, is_silenced, subject, told

MERGE = "cp -a /layer/usr/etc/. /layer/etc/"
DCONF = "dconf update /layer/etc/dconf/db"
LDCONFIG = "ldconfig -r /layer"
OCI = "build-oci <<EOF\nlayer: /layer\nEOF"


def seen(folder: Path, *commands: str) -> Subject:
    """Return an image that runs `commands`."""
    lines = [f"  - |\n    {command.replace(chr(10), chr(10) + '    ')}" for command in commands]
    text = "\n".join(["config:", "  commands:", *lines])
    drawn = f"""
=== a.bst
kind: manual
=== image.bst
kind: script
build-depends:
- {{filename: a.bst, config: {{location: /layer}}}}
{text}
"""
    return subject(project(drawn, folder))


@pytest.mark.parametrize(
    ("commands", "messages"),
    [
        ((MERGE, DCONF, OCI), ["lacks the step 'ldconfig' for /layer (claim R9)"]),
        (
            (MERGE, LDCONFIG, DCONF, OCI),
            [
                "changes /layer after the step 'ldconfig' (claim R9)",
                "takes the step 'dconf-update' after 'ldconfig' for /layer (claim R9)",
            ],
        ),
        (
            (MERGE, DCONF, LDCONFIG, "touch /layer/a", OCI),
            ["changes /layer after the step 'ldconfig' (claim R9)"],
        ),
        (
            (MERGE, DCONF, LDCONFIG, "odd /layer", OCI),
            ["perhaps changes /layer after the step 'ldconfig' (claim R9)"],
        ),
        (
            (MERGE, DCONF, LDCONFIG, OCI, "touch /layer/a"),
            [
                (
                    "goes on after the step 'build-oci', and what is done to /layer there has no "
                    "effect (claim R9)"
                )
            ],
        ),
        (
            (MERGE, DCONF, f"if grep -q a /b; then\n  {LDCONFIG}\nfi", OCI),
            ["perhaps lacks the step 'ldconfig' for /layer (claim R9)"],
        ),
        (
            (MERGE, DCONF, 'for i in /scripts/*; do\n  "$i" /layer\ndone', OCI),
            ["perhaps lacks the step 'ldconfig' for /layer (claim R9)"],
        ),
        ((MERGE, DCONF, LDCONFIG), ["lacks the step 'build-oci' for /layer (claim R9)"]),
    ],
)
def test_what_is_told(commands: tuple[str, ...], messages: list[str], tmp_path: Path) -> None:
    wanted = [("image.bst", f"'image.bst' {message}") for message in messages]
    assert sorted(told(step_order, seen(tmp_path, *commands))) == wanted


def test_a_missing_step_says_where_it_goes(tmp_path: Path) -> None:
    (only,) = found(step_order, seen(tmp_path, MERGE, DCONF, OCI))
    assert only.fix == "run `ldconfig -r /layer`, after 'dconf-update', before 'build-oci'"
    assert only.evidence == (
        f"command 1, line 1: {MERGE}: merge-etc",
        f"command 2, line 1: {DCONF}: dconf-update",
        "command 3, line 1: build-oci <<EOF: build-oci",
    )


def test_what_may_take_a_step_is_shown(tmp_path: Path) -> None:
    (only,) = found(step_order, seen(tmp_path, MERGE, DCONF, "if a; then ldconfig; fi", OCI))
    assert any("ldconfig" in line for line in only.evidence)


@pytest.mark.parametrize(
    "commands",
    [
        (MERGE, DCONF, LDCONFIG, OCI),
        (f"if [ -d /layer/usr/etc ]; then\n  {MERGE}\nfi", DCONF, LDCONFIG, OCI),
        (OCI,),
        ("true",),
        ("if false; then ldconfig -r /layer; fi", OCI),
    ],
)
def test_what_is_not_told(commands: tuple[str, ...], tmp_path: Path) -> None:
    assert found(step_order, seen(tmp_path, *commands)) == ()


def test_settings_say_which_scripts_and_which_steps(tmp_path: Path) -> None:
    looked = seen(tmp_path, "strip /layer/a")
    settings = {"images": ["image.*"], "must-exist": ["strip"], "must-precede": [["tar", "strip"]]}
    settings["steps"] = {"strip": [{"program": "strip", "writes": "{layer}/b"}],
                         "tar": [{"program": "tar"}]}  # fmt: skip
    contract, images = contract_of(CheckSettings(contract=settings))
    (only,) = found(step_order, replace(looked, contract=contract, assembled=images))
    assert only.message == "'image.bst' lacks the step 'strip' for /layer"
    assert only.fix == "take the step 'strip', after 'tar'"
    assert found(step_order, replace(looked, contract=contract, assembled=("other.bst",))) == ()


def test_settings_may_name_images_alone(tmp_path: Path) -> None:
    contract, images = contract_of(CheckSettings(contract={"images": ["**"]}))
    looked = replace(seen(tmp_path, OCI), contract=contract, assembled=images)
    assert [finding.message.split("'")[3] for finding in found(step_order, looked)] == [
        "merge-etc",
        "dconf-update",
        "ldconfig",
    ]


def test_images_are_a_list() -> None:
    with pytest.raises(SettingsError) as caught:
        contract_of(CheckSettings(contract={"images": "oci/*.bst"}))
    assert caught.value.slug == "bad-settings"


def test_suppressed(tmp_path: Path) -> None:
    assert is_silenced(step_order, seen(tmp_path, MERGE, OCI), "image.bst")
