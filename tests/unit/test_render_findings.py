"""What `bstgraph check` tells a person."""

from __future__ import annotations

from textwrap import dedent

import pytest

from bstgraph.checks import Edit, Severity, Suppression
from bstgraph.provenance import Provenance
from bstgraph.render import check_table, finding_text, report_text, to_text
from tests.unit.check_cases import always, found, noisy, report


def drawn(text: str) -> str:
    return dedent(text).strip("\n")


class TestFinding:
    def test_all_of_it(self) -> None:
        made = found(
            "its plugin is not known",
            *(f"{n}.bst" for n in range(5)),
            fix="install it",
            at=Provenance("elements/0.bst", 2, 7, "kind: odd"),
            evidence=("one", "two\nlines"),
        )
        assert finding_text(made) == drawn("""
            warning BSG102 gap: its plugin is not known
              elements/0.bst:2:7
                2 | kind: odd
                  |       ^
              5 elements: 0.bst, 1.bst, 2.bst, 3.bst, 4.bst
              | one
              | two\\nlines
              fix: install it
        """)

    def test_in_a_report_long_lists_are_cut(self) -> None:
        made = found("x", *"abcde", evidence=tuple("123456789"))
        text = report_text(report(made))
        assert "5 elements: a, b, c and 2 more" in text
        assert "  | 5\n  | and 4 more\n" in text
        assert "and 2 more" not in report_text(report(made), everything=True)

    @pytest.mark.parametrize(("message", "named"), [("'a.bst' is odd", False), ("it is odd", True)])
    def test_one_element_is_named_once(self, message: str, *, named: bool) -> None:
        assert ("\n  a.bst" in finding_text(found(message, "a.bst"))) is named

    def test_a_terminal_obeys_none_of_it(self) -> None:
        made = found("\x1b[2J", evidence=("\x1b",), fix="\x07")
        assert "\x1b" not in finding_text(made)
        assert "\x07" not in finding_text(made)


class TestReport:
    def test_without_findings(self) -> None:
        text = to_text(report())
        assert text.startswith(
            "example: 1,090 elements from 3 projects\ntargets: oci/base.bst\n\noci/base.bst  script"
        )
        assert text.endswith(
            "No findings, 1 check ran.\n`bstgraph chain oci/base.bst --full` draws every stage."
        )

    def test_counts(self) -> None:
        severities: tuple[Severity, ...] = ("error", "warning", "warning", "advice")
        text = to_text(report(*(found("x", severity=one) for one in severities)))
        assert "\n1 error, 2 warnings, 1 advice, 1 check ran.\n" in text

    def test_what_is_left_out_is_counted(self) -> None:
        rule = Suppression(check="gap", elements=("a.bst", "b/*"), reason="r")
        made = report(known=(found("x"),), gone=3, suppressed=((found("y"), rule),), unused=(rule,))
        assert (
            "No findings (1 known by the baseline; 3 of the baseline are gone: write it anew; "
            "1 suppressed), 1 check ran.\n"
            "A suppression of gap for a.bst, b/* silences nothing.\n"
        ) in to_text(made)

    def test_many_of_one_check(self) -> None:
        made = report(*(found(f"m{n}") for n in range(9)))
        assert "gap: m4\nand 4 more: `bstgraph check --select BSG102 --all`" in to_text(made)
        assert "gap: m8\n" in report_text(made, everything=True)

    @pytest.mark.parametrize(
        ("name", "told"),
        [
            ("external-element", "Next: supply the missing checkouts"),
            ("runbook-form", "Next: write these forms"),
            ("gap", "Next: read the gaps"),
            ("other", "Next: each code has a page"),
        ],
    )
    def test_what_to_do_next(self, name: str, told: str) -> None:
        assert to_text(report(found("x", check=name))).splitlines()[-1].startswith(told)

    def test_what_can_be_mended(self) -> None:
        edit = Edit(file="a", path=("b",), action="delete")
        text = to_text(report(found("x", edits=(edit,)), found("y", edits=(edit,))))
        assert text.endswith("Next: `bstgraph check --fix` shows and makes 2 changes.")

    def test_no_forecast(self) -> None:
        assert "\n\nNo forecast: nobody knows\n\n" in to_text(report(no_forecast="nobody knows"))

    def test_many_images_are_a_list(self) -> None:
        text = to_text(report(images=20))
        assert "20 images; `bstgraph chain NAME` draws one:\n  oci/base.bst  script that" in text
        assert "├─" not in text

    def test_few_images_are_drawn(self) -> None:
        assert to_text(report(images=2)).count("├─ /  1 tool: build-oci.bst") == 2

    def test_no_image(self) -> None:
        assert "No image was found" in to_text(report(images=0))

    def test_the_rest_of_the_headline(self) -> None:
        lines = to_text(report(external=4, dialect="runbook", projects=1)).splitlines()
        assert lines[0] == "example: 1,090 elements, and 4 that are not at hand"
        assert lines[2] == "dialect: runbook"


def test_a_table_of_checks() -> None:
    assert check_table([always, noisy]) == drawn("""
        TOY102  always  error    Report the project as a whole.
        TOY201  noisy   warning  Report all elements at once, and each on its own.
    """)
    assert check_table([]) == ""
