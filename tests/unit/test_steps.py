"""Contracts over the commands of a script: the runbook's, and those of data."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from bstgraph.errors import SelectionError, SettingsError
from bstgraph.load import load_state
from bstgraph.steps import RUNBOOK, Contract, StepReport, check_image, check_steps, contract_from
from tests.unit.image_builders import dakota

if TYPE_CHECKING:
    from collections.abc import Mapping

EXAMPLE: Final = Path(__file__).parents[2] / "examples" / "dakota"

MERGE = "cp -a /layer/usr/etc/. /layer/etc/"
DCONF = "dconf update /layer/etc/dconf/db"
LDCONFIG = "ldconfig -r /layer"
BUILD = "cd /out\nbuild-oci <<EOF\nimages:\n- os: linux\n  layer: /layer\nEOF"
GOOD = (MERGE, DCONF, LDCONFIG, BUILD)
GUARDED = "if [ -d /layer/usr/etc ]; then\n  cp -a /layer/usr/etc/. /layer/etc/\nfi"


def check(
    *commands: str,
    contract: Contract = RUNBOOK,
    environment: Mapping[str, str] | None = None,
) -> StepReport:
    return check_steps(commands, layer="/layer", contract=contract, environment=environment)


def found(report: StepReport) -> list[tuple[str, int, int, str]]:
    return [(f.step, f.where.number, f.where.place.line, f.runs) for f in report.found]


class TestRunbook:
    def test_is_kept(self) -> None:
        report = check(*GOOD)
        assert report.verdict == "kept"
        assert found(report) == [
            ("merge-etc", 1, 1, "always"),
            ("dconf-update", 2, 1, "always"),
            ("ldconfig", 3, 1, "always"),
            ("build-oci", 4, 2, "always"),
        ]
        assert (report.missing, report.order, report.mutations, report.after_last) == ((),) * 4

    def test_one_text(self) -> None:
        assert check("\n".join(GOOD)).verdict == "kept"

    @pytest.mark.parametrize("number", range(4))
    def test_a_step_is_missing(self, number: int) -> None:
        report = check(*GOOD[:number], *GOOD[number + 1 :])
        assert report.verdict == "broken"
        assert [(m.step, m.certain) for m in report.missing] == [(RUNBOOK.must_exist[number], True)]

    @pytest.mark.parametrize("number", range(3))
    def test_two_are_swapped(self, number: int) -> None:
        commands = list(GOOD)
        commands[number : number + 2] = reversed(commands[number : number + 2])
        report = check(*commands)
        assert report.verdict == "broken"
        assert [(o.first, o.then, o.certain) for o in report.order] == [
            (*RUNBOOK.must_precede[number], True)
        ]

    def test_the_last_time_counts(self) -> None:
        assert check(LDCONFIG, *GOOD).verdict == "kept"
        assert check(BUILD, *GOOD).order[0][:2] == ("ldconfig", "build-oci")

    def test_never_runs(self) -> None:
        report = check(MERGE, DCONF, "f() { ldconfig -r /layer; }", BUILD)
        assert [(m.step, m.certain, m.near[0].why) for m in report.missing] == [
            ("ldconfig", True, "it never runs: function f")
        ]
        assert ("ldconfig", 3, 1, "never") in found(report)

    def test_perhaps_runs(self) -> None:
        report = check(MERGE, DCONF, 'if [ -n "$x" ]; then ldconfig -r /layer; fi', BUILD)
        assert report.verdict == "unknown"
        assert [(m.step, m.certain) for m in report.missing] == [("ldconfig", False)]
        assert report.found[2].conditions == ('if [ -n "$x" ]',)


@pytest.mark.parametrize(
    ("step", "command", "runs"),
    [
        ("merge-etc", GUARDED, "always"),
        ("merge-etc", "[ ! -d /layer/usr/etc ] || cp -a /layer/usr/etc/* /layer/etc", "always"),
        ("merge-etc", "test -d /layer/usr/etc && rsync -a /layer/usr/etc/ /layer/etc/", "always"),
        ("merge-etc", "cd /layer; cp -a usr/etc/. etc", "always"),
        ("merge-etc", "cp -aT /layer/usr/etc /layer/etc", "always"),
        ("merge-etc", "cp -a -t /layer/etc /layer/usr/etc/.", "always"),
        ("merge-etc", "mv /layer/usr/etc /layer/etc", "always"),
        ("merge-etc", "cp -a /layer/usr/etc /layer/", "always"),
        ("merge-etc", "if [ -e /flag ]; then cp -a /layer/usr/etc/. /layer/etc; fi", "perhaps"),
        (
            "merge-etc",
            "if [ ! -d /layer/usr/etc ]; then cp -a /layer/usr/etc/. /layer/etc; fi",
            "perhaps",
        ),
        ("merge-etc", "cp -a /layer/usr/etc/x /layer/etc", ""),
        ("merge-etc", "cp -a /layer/usr/etc/. /other/etc", ""),
        ("merge-etc", "cp -a /layer/etc/. /layer/usr/etc", ""),
        ("dconf-update", "chroot /layer dconf update", "always"),
        ("dconf-update", "dconf update", ""),
        ("dconf-update", "dconf read /layer", ""),
        ("ldconfig", 'layer=/layer\nldconfig -r "$layer"', "always"),
        ("ldconfig", "/usr/sbin/ldconfig -r/layer/", "always"),
        ("ldconfig", "chroot /layer /sbin/ldconfig", "always"),
        ("ldconfig", "ldconfig -X -r /layer", "always"),
        ("ldconfig", "for i in /other /layer; do ldconfig -r $i; done", "always"),
        ("ldconfig", 'fix() { ldconfig -r "$1"; }\nfix /layer', "always"),
        ("ldconfig", "sh -c 'ldconfig -r /layer'", "always"),
        ("ldconfig", "ldconfig -r /layer || exit 1", "always"),
        ("ldconfig", "cd /layer && ldconfig -r .", "always"),
        ("ldconfig", "true || ldconfig -r /layer", "never"),
        ("ldconfig", "false || ldconfig -r /layer", "always"),
        ("ldconfig", "x || ldconfig -r /layer", "perhaps"),
        ("ldconfig", "ldconfig -r $UNSET_SOMEWHERE/layer", "perhaps"),
        ("ldconfig", "ldconfig", ""),
        ("ldconfig", "ldconfig -r /other", ""),
        ("ldconfig", "ldconfig -N -r /layer", ""),
        ("ldconfig", "ldconfig -p -r /layer", ""),
        ("ldconfig", "echo ldconfig -r /layer", ""),
        ("ldconfig", "# ldconfig -r /layer", ""),
        ("ldconfig", "cat <<EOF\nldconfig -r /layer\nEOF", ""),
        ("ldconfig", "sh <<EOF\nldconfig -r /layer\nEOF", "always"),
        ("build-oci", "cat <<EOF | build-oci\n- layer: '/layer'\nEOF", "always"),
        ("build-oci", "build-oci <config.yml", "perhaps"),
        ("build-oci", "build-oci <<EOF\n- layer: $x\nEOF", "perhaps"),
        ("build-oci", "build-oci <<EOF\nlayer: /other\nEOF", ""),
    ],
)
def test_recognised(step: str, command: str, runs: str) -> None:
    assert [f.runs for f in check(command).found if f.step == step] == ([runs] if runs else [])


@pytest.mark.parametrize(
    ("command", "why"),
    [
        ("ldconfig", "it works on /etc/ld.so.cache, not on /layer/etc/ld.so.cache"),
        ("ldconfig -p", "it is not what the step 'ldconfig' is recognised by"),
    ],
)
def test_near_misses(command: str, why: str) -> None:
    missing = next(m for m in check(command).missing if m.step == "ldconfig")
    assert [(near.where.text, near.why) for near in missing.near] == [(command, why)]


@pytest.mark.parametrize(
    ("command", "path", "certain"),
    [
        ("cp /a /layer/b", "/layer/b", True),
        ("rm -rf /layer/x", "/layer/x", True),
        ("echo x > /layer/f", "/layer/f", True),
        (": >>/layer/f", "/layer/f", True),
        ("{ a; b; } >/layer/f", "/layer/f", True),
        ("tee /layer/f </dev/null", "/layer/f", True),
        ("sed -i s/a/b/ /layer/f", "/layer/f", True),
        ("chmod 755 /layer/f", "/layer/f", True),
        ("tar -xf /a.tar -C /layer", "/layer", True),
        ("tar xf /a.tar -C /layer", "/layer", True),
        ("cd /layer/etc; touch f", "/layer/etc/f", True),
        ("(cd /layer && mkdir -p a)", "/layer/a", True),
        ("mv /layer/a /b", "/layer/a", True),
        ("install -Dm644 /a /layer/b/c", "/layer/b/c", True),
        ("ln -s a /layer/b", "/layer/b", True),
        ("systemctl --root=/layer preset-all", "/layer/etc/systemd", True),
        ("systemd-sysusers --root /layer", "/layer", True),
        ("depmod -b /layer 6.1", "/layer/lib/modules", True),
        (
            "glib-compile-schemas /layer/usr/share/glib-2.0/schemas",
            "/layer/usr/share/glib-2.0/schemas",
            True,
        ),
        ("chroot /layer touch /f", "/layer/f", True),
        ("find /layer -name '*.la' -delete", "/layer", True),
        ("dconf update /layer/etc/dconf/db", "/layer/etc/dconf/db", True),
        ("prepare-image.sh --sysroot /layer", "/layer", True),
        ("rm /layer/*.tmp", "/layer", True),
        ("dd if=/a of=/layer/b", "/layer/b", True),
        ("if x; then rm /layer/f; fi", "/layer/f", False),
        ("rm -rf $x", None, False),
        ("strange /layer", None, False),
        ("strange --root=/layer", None, False),
        ("DESTDIR=/layer make install", None, False),
        ("FONTCONFIG_SYSROOT=/layer fc-cache -f", None, False),
        ("cd /layer; strange", None, False),
    ],
)
def test_mutations(command: str, path: str | None, certain: bool) -> None:  # noqa: FBT001
    report = check(MERGE, DCONF, LDCONFIG, command, BUILD)
    assert [(late.path, late.certain, late.after) for late in report.mutations] == [
        (path, certain, "ldconfig")
    ]
    assert report.verdict == ("broken" if certain else "unknown")


@pytest.mark.parametrize(
    "command",
    [
        "cat /layer/f",
        "X=/layer cat /f",
        "x=/layer",
        "ls /layer",
        "test -f /layer/x",
        "grep a /layer/f >/tmp/x",
        "cp /layer/a /b",
        "rm -rf /layered/x",
        "sed s/a/b/ /layer/f",
        "tar -cf /a.tar -C /layer .",
        "systemctl --root=/layer is-enabled x",
        "f() { rm /layer/x; }",
        "strange /elsewhere",
        "find /layer -type f",
        "echo x >/dev/null 2>&1",
    ],
)
def test_no_mutations(command: str) -> None:
    report = check(MERGE, DCONF, LDCONFIG, command, BUILD)
    assert report.mutations == ()
    assert report.verdict == "kept"


class TestAfterTheLast:
    def test_anything(self) -> None:
        report = check(*GOOD, "echo done\ntouch /layer/x")
        assert [(late.where.text, late.path, late.certain) for late in report.after_last] == [
            ("echo done", None, True),
            ("touch /layer/x", "/layer/x", True),
        ]
        assert report.verdict == "broken"

    def test_nothing_that_never_runs(self) -> None:
        assert check(*GOOD, "f() { a; }\nx=1").after_last == ()

    def test_perhaps(self) -> None:
        report = check(*GOOD, "if x; then y; fi")
        assert [late.certain for late in report.after_last] == [True, False]


class TestGaps:
    @pytest.mark.parametrize(
        ("command", "kind"),
        [("if", "syntax"), ("$CMD x", "run-time"), ('eval "$x"', "run-time"), ("sh", None)],
    )
    def test_are_no_silent_pass(self, command: str, kind: str | None) -> None:
        report = check(*GOOD[:3], command, GOOD[3])
        assert [(gap.number, gap.gap.kind) for gap in report.gaps] == ([(4, kind)] if kind else [])
        assert (report.verdict == "kept") is (kind is None)

    def test_what_is_missing_may_be_there(self) -> None:
        report = check(MERGE, DCONF, "ldconfig -r '/layer", BUILD)
        assert report.verdict == "unknown"
        assert [(m.step, m.certain) for m in report.missing] == [("ldconfig", False)]

    def test_unseen(self) -> None:
        report = check("strange /layer", *GOOD, "other /elsewhere")
        assert [where.text for where in report.unseen] == ["strange /layer"]


def test_variables_end_with_their_command() -> None:
    report = check("layer=/layer", "ldconfig -r $layer/", environment={})
    assert [m.near[0].why for m in report.missing if m.step == "ldconfig"] == [
        "it works on /etc/ld.so.cache, not on /layer/etc/ld.so.cache"
    ]
    known = check("ldconfig -r $layer", environment={"layer": "/layer"})
    assert found(known) == [("ldconfig", 1, 1, "always")]


OWN = {
    "name": "own",
    "steps": {
        "first": [{"program": "a", "arguments": ["--fast*"]}],
        "second": [{"program": ["b", "c"], "writes": "{layer}/**", "if-present": True}],
    },
    "must-exist": ["first"],
    "must-precede": [["first", "second"]],
    "last": "second",
    "no-mutation-after": "first",
}


class TestContracts:
    def test_from_data(self) -> None:
        contract = contract_from(OWN)
        assert (contract.name, contract.last, contract.must_exist) == ("own", "second", ("first",))
        assert contract.must_precede == (("first", "second"),)
        report = check("a --faster", contract=contract)
        assert (report.verdict, found(report)) == ("kept", [("first", 1, 1, "always")])
        assert check("a --slow", contract=contract).verdict == "broken"

    def test_nothing_asked(self) -> None:
        contract = contract_from({"steps": {"x": [{"program": "x"}]}})
        assert check("y; rm /layer/z; $CMD", contract=contract).verdict == "unknown"
        assert check("y; rm /layer/z", contract=contract).verdict == "kept"

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            ({"step": {}}, "a contract has no 'step', did you mean 'steps'?"),
            ({"steps": {}}, "'steps' is a mapping"),
            ({"steps": {"x": []}}, "the step 'x' has no pattern"),
            ({"steps": {"x": "y"}}, "'steps.x' is a list"),
            ({"steps": {"x": [{"program": "y", "arg": 1}]}}, "a pattern of the step 'x' has no"),
            ({"steps": {"x": [{}]}}, "'steps.x' is a mapping"),
            ({"steps": {"x": [{"reads": "y"}]}}, "'program' is a list"),
            ({"steps": {"x": [{"program": 3}]}}, "'program' is a list"),
            ({"steps": {"x": [{"program": "y", "reads": 3}]}}, "'reads' is text"),
            ({"steps": {"x": [{"program": "y", "if-present": 3}]}}, "'if-present' of the step 'x'"),
            ({"must-exist": ["frist"]}, "there is no step 'frist', did you mean 'first'?"),
            ({"must-exist": "first"}, "'must-exist' is a list"),
            ({"must-precede": [["first"]]}, "'must-precede' is a list of pairs"),
            ({"must-precede": [["first", "x"]]}, "there is no step 'x'"),
            ({"last": "x"}, "there is no step 'x'"),
            ({"last": ["x"]}, "'last' is text"),
            ({"no-mutation-after": "x"}, "there is no step 'x'"),
            ({"name": 3}, "'name' is text"),
        ],
    )
    def test_wrong(self, change: dict[str, Any], message: str) -> None:
        with pytest.raises(SettingsError) as caught:
            contract_from({**OWN, **change})
        assert message in str(caught.value)
        assert caught.value.slug == "bad-settings"


class TestImages:
    def test_each_layer(self) -> None:
        reports = check_image(dakota(), "oci/image.bst")
        assert [(report.element, report.layer, report.verdict) for report in reports] == [
            ("oci/image.bst", "/layer", "broken")
        ]

    def test_of_the_example(self) -> None:
        images = ["oci/dakota.bst", "oci/dakota-nvidia.bst"]
        graph = load_state(EXAMPLE, images).graph
        verdicts = [r.verdict for image in images for r in check_image(graph, image)]
        assert verdicts == ["kept", "kept"]
        (base,) = check_image(graph, "sdk.bst:oci/platform.bst")
        assert [(m.step, m.certain) for m in base.missing] == [
            ("merge-etc", True),
            ("dconf-update", True),
        ]

    def test_no_script(self) -> None:
        with pytest.raises(SelectionError, match="a chain begins with a script"):
            check_image(dakota(), "oci/layer.bst")


REAL: Final = (
    "mkdir /fakecap",
    (
        "prepare-image.sh \\\n   --sysroot /layer \\\n   --initscripts /initial_scripts \\\n"
        '   --seed "b57666f6" \\\n   --noroot --noboot >/dev/null\n'
    ),
    "systemd-sysusers --root /layer\n",
    "glib-compile-schemas /layer/usr/share/glib-2.0/schemas\n",
    (
        "if [ -d /layer/usr/etc ]; then\n  mkdir -p /layer/etc\n"
        "  cp -a /layer/usr/etc/. /layer/etc/\n"
        "  rm -rf /layer/usr/etc\nfi\n"
    ),
    "dconf update /layer/etc/dconf/db\n",
    (
        'cd "/buildstream-install"\nbuild-oci <<EOF\nmode: oci\n'
        "gzip: disabled\nimages:\n- os: linux\n"
        "  parent:\n    image: /parent\n  layer: /layer\n  config:\n    Labels:\n"
        "      'containers.bootc': '1'\nEOF"
    ),
)
"""The commands of Dakota's image at 33bf2ac, with fewer labels."""


class TestDakota:
    def test_ldconfig_is_missing(self) -> None:
        report = check(*REAL, environment={"FAKECAP_DB": "/fakecap"})
        assert report.verdict == "broken"
        assert found(report) == [
            ("merge-etc", 5, 3, "always"),
            ("dconf-update", 6, 1, "always"),
            ("build-oci", 7, 2, "always"),
        ]
        assert [(m.step, m.certain, m.near) for m in report.missing] == [("ldconfig", True, ())]
        assert (report.order, report.mutations, report.after_last, report.gaps) == ((),) * 4
        assert [where.number for where in report.unseen] == [2]

    def test_with_ldconfig(self) -> None:
        fixed = (*REAL[:-1], "ldconfig -r /layer", REAL[-1])
        assert check(*fixed).verdict == "kept"

    def test_too_early(self) -> None:
        report = check("ldconfig -r /layer", *REAL)
        assert [(o.first, o.then) for o in report.order] == [("dconf-update", "ldconfig")]
        # What is in a condition may be passed over; where build-oci writes is elsewhere.
        assert [(late.where.number, late.certain) for late in report.mutations] == [
            (3, True),
            (4, True),
            (5, True),
            (6, False),
            (6, False),
            (6, False),
            (7, True),
        ]
