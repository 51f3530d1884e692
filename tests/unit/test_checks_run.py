"""Checks chosen, run, silenced and made worse, with toy checks."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bstgraph.checks import (
    Check,
    Choice,
    Edit,
    Problem,
    Severity,
    Subject,
    Suppression,
    all_checks,
    check,
    choice_of,
    chosen,
    report_on,
    run_checks,
)
from bstgraph.checks._builtin import CHECKS
from bstgraph.errors import CacheError, SettingsError
from bstgraph.settings import CheckSettings, SuppressionSettings
from tests.unit.check_cases import TOYS, always, never, noisy, raising, subject


def names(choice: Choice) -> list[str]:
    return [one.name for one in chosen(choice, TOYS)]


class TestCheck:
    @pytest.mark.parametrize(
        ("code", "name"),
        [("TOY1", "a"), ("toy101", "a"), ("TOY1011", "a"), ("TOY101", "A"), ("TOY101", "a_b")],
    )
    def test_a_code_and_a_name_have_a_form(self, code: str, name: str) -> None:
        with pytest.raises(ValueError, match="a code like ABC123 and a name like a-name"):
            check(code, name)

    def test_a_severity_is_one_of_three(self) -> None:
        with pytest.raises(ValueError, match="only error, warning, advice"):
            check("TOY101", "a", "fatal")  # type: ignore[arg-type]  # what a stranger may write

    def test_it_says_what_it_does(self) -> None:
        with pytest.raises(ValueError, match="no docstring"):
            check("TOY101", "a")(lambda _: ())

    def test_what_it_says_of_itself(self) -> None:
        assert noisy.summary == "Report all elements at once, and each on its own."
        assert noisy.explanation == f"{noisy.summary}\n\nThe second paragraph."
        assert (noisy.family, noisy.link) == ("dependencies", "docs/checks/noisy.md")
        assert check("TOY901", "a")(never.function).family == "other"

    def test_all_of_our_own_are_well_made(self) -> None:
        codes = [one.code for one in CHECKS]
        assert codes == sorted(codes)
        for one in CHECKS:
            assert one.code.startswith("BSG")
            assert one.family != "other"
            assert one.function.__module__ == f"bstgraph.checks.{one.name.replace('-', '_')}"


class TestSelection:
    @pytest.mark.parametrize(
        ("select", "ignore", "expected"),
        [
            ((), (), ["never", "always", "noisy"]),
            (("TOY102",), (), ["always"]),
            (("noisy",), (), ["noisy"]),
            (("TOY1",), (), ["never", "always"]),
            (("TOY1", "noisy"), ("TOY102",), ["never", "noisy"]),
            ((), ("TOY",), []),
            (("always",), ("always",), []),
        ],
    )
    def test_by_code_family_and_name(
        self, select: tuple[str, ...], ignore: tuple[str, ...], expected: list[str]
    ) -> None:
        assert names(Choice(select=select, ignore=ignore)) == expected

    @pytest.mark.parametrize(
        "choice",
        [
            Choice(select=("nosy",)),
            Choice(ignore=("nosy",)),
            Choice(severities={"nosy": "error"}),
            Choice(suppressions=(Suppression(check="nosy", elements=("*",), reason="x"),)),
        ],
    )
    def test_what_is_no_check_is_an_error(self, choice: Choice) -> None:
        with pytest.raises(SettingsError) as caught:
            chosen(choice, TOYS)
        assert caught.value.slug == "unknown-check"
        assert str(caught.value).startswith("there is no check 'nosy', did you mean 'noisy'?")

    @pytest.mark.parametrize("text", ["", "toy101", "T0", "never-ever-heard-of-it"])
    def test_nothing_near(self, text: str) -> None:
        with pytest.raises(SettingsError, match=f"there is no check '{text}'"):
            chosen(Choice(select=(text,)), TOYS)

    def test_all_are_installed_ones_by_default(self) -> None:
        assert set(CHECKS) <= set(chosen(Choice()))

    def test_settings_become_a_choice(self) -> None:
        rule = SuppressionSettings(check="gap", elements=("a.bst",), reason="r")
        settings = CheckSettings(
            select=("BSG1",), ignore=("gap",), severity={"gap": "error"}, suppress=(rule,)
        )
        assert choice_of(settings) == Choice(
            select=("BSG1",),
            ignore=("gap",),
            severities={"gap": "error"},
            suppressions=(Suppression(check="gap", elements=("a.bst",), reason="r"),),
        )


class TestRun:
    def test_the_worst_first_then_code_and_place(self) -> None:
        outcome = run_checks(subject(), checks=TOYS)
        assert [(one.severity, one.message) for one in outcome.findings] == [
            ("error", "'test' is odd"),
            ("warning", "all of them"),
            ("warning", "'a.bst' is here"),
            ("warning", "'b.bst' is here"),
            ("warning", "'sub/c.bst' is here"),
        ]
        assert outcome.counts() == {"error": 1, "warning": 4, "advice": 0}
        assert outcome.ran == TOYS
        assert (outcome.findings[0].element, outcome.findings[1].element) == (None, "a.bst")
        assert outcome.findings[0].link == "docs/checks/always.md"

    def test_nothing_is_found(self) -> None:
        outcome = run_checks(subject(), checks=[never])
        assert (outcome.findings, outcome.suppressed, outcome.unused) == ((), (), ())

    @pytest.mark.parametrize(
        ("severities", "expected"),
        [
            ({"TOY102": "advice"}, "advice"),
            ({"always": "warning"}, "warning"),
            ({"TOY": "advice", "TOY10": "warning"}, "warning"),
            ({"noisy": "advice"}, "error"),
        ],
    )
    def test_the_longest_text_decides_how_bad_it_is(
        self, severities: dict[str, Severity], expected: str
    ) -> None:
        outcome = run_checks(subject(), Choice(severities=severities), checks=TOYS)
        [finding] = [one for one in outcome.findings if one.code == "TOY102"]
        assert finding.severity == expected

    def test_a_check_that_raises_says_which_one_it_is(self) -> None:
        with pytest.raises(SettingsError) as caught:
            run_checks(subject(), checks=[raising])
        assert str(caught.value) == (
            "the check TOY301 raising failed: ZeroDivisionError: a mistake of the check, "
            "leave it out, --ignore TOY301, and tell who made it [bad-check]"
        )
        assert isinstance(caught.value.__cause__, ZeroDivisionError)

    def test_an_error_of_the_project_stays_one(self) -> None:
        @check("TOY302", "broken")
        def broken(_: Subject) -> Iterator[Problem]:
            """Read what cannot be read."""
            yield from ()
            raise CacheError("no-cache", "there is none")

        with pytest.raises(CacheError, match="there is none"):
            run_checks(subject(), checks=[broken])


class TestSuppression:
    def silenced(self, *rules: tuple[str, str]) -> tuple[list[str], list[tuple[str, str]], int]:
        """Return messages that are told, those that are not with the reason, unused rules."""
        made = tuple(
            Suppression(check=check, elements=(glob,), reason=f"reason {number}")
            for number, (check, glob) in enumerate(rules)
        )
        outcome = run_checks(subject(), Choice(suppressions=made), checks=TOYS)
        told = [f"{one.message} {len(one.elements)}" for one in outcome.findings]
        quiet = [(one.message, rule.reason) for one, rule in outcome.suppressed]
        return told, quiet, len(outcome.unused)

    def test_elements_are_taken_out_of_a_finding(self) -> None:
        told, quiet, unused = self.silenced(("noisy", "a.bst"))
        assert told == [
            "'test' is odd 0",
            "all of them 2",
            "'b.bst' is here 1",
            "'sub/c.bst' is here 1",
        ]
        assert quiet == [("all of them", "reason 0"), ("'a.bst' is here", "reason 0")]
        assert unused == 0

    def test_a_star_stops_at_a_slash_and_two_do_not(self) -> None:
        assert "'sub/c.bst' is here 1" in self.silenced(("TOY2", "*.bst"))[0]
        assert self.silenced(("TOY2", "**"))[0] == ["'test' is odd 0"]

    def test_the_first_rule_that_covers_an_element_counts(self) -> None:
        _, quiet, unused = self.silenced(("noisy", "?.bst"), ("TOY201", "**"), ("noisy", "b.bst"))
        assert quiet == [
            ("all of them", "reason 0"),
            ("all of them", "reason 1"),
            ("'a.bst' is here", "reason 0"),
            ("'b.bst' is here", "reason 0"),
            ("'sub/c.bst' is here", "reason 1"),
        ]
        assert unused == 1

    def test_what_is_about_the_whole_project_cannot_be_silenced_by_element(self) -> None:
        told, _, unused = self.silenced(("always", "**"))
        assert "'test' is odd 0" in told
        assert unused == 1

    @pytest.mark.parametrize(("glob", "edits"), [("none.bst", 1), ("a.bst", 0)])
    def test_what_is_left_of_a_finding_has_no_fix_of_all(self, glob: str, edits: int) -> None:
        @check("TOY401", "mended")
        def mended(subject: Subject) -> Iterator[Problem]:
            """Report all elements, with a fix."""
            edit = Edit(file="a", path=("x",), action="delete")
            yield Problem(message="x", elements=tuple(subject.project.elements), edits=(edit,))

        rule = Suppression(check="mended", elements=(glob,), reason="r")
        outcome = run_checks(subject(), Choice(suppressions=(rule,)), checks=[mended])
        assert len(outcome.findings[0].edits) == edits


class TestReport:
    def test_on_a_project(self) -> None:
        made = report_on(subject(), checks=[never], no_forecast="nobody knows")
        assert (made.project, made.elements, made.external, made.projects) == ("test", 3, 0, 1)
        assert (made.findings, made.failed, made.no_forecast) == ((), False, "nobody knows")

    def test_advice_fails_nothing(self) -> None:
        choice = Choice(severities={"TOY": "advice"})
        assert not report_on(subject(), choice, checks=TOYS).failed
        assert report_on(subject(), checks=[always]).failed


Install = Callable[..., None]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Return a function that installs a package with entry points, given what its module says."""

    def made(module: str, **points: str) -> None:
        (tmp_path / "stranger.py").write_text(module, encoding="utf-8")
        folder = tmp_path / "stranger-1.dist-info"
        folder.mkdir()
        (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: stranger\nVersion: 1\n")
        lines = [f"{name.replace('_', '-')} = {value}" for name, value in points.items()]
        (folder / "entry_points.txt").write_text("\n".join(["[bstgraph.checks]", *lines, ""]))

    monkeypatch.syspath_prepend(str(tmp_path))
    all_checks.cache_clear()
    yield made
    all_checks.cache_clear()
    sys.modules.pop("stranger", None)


GOOD = '''
from bstgraph.checks import Problem, check

@check("ABC101", "a-name", "advice")
def mine(subject):
    """Report the name."""
    yield Problem(message=subject.project.name)
'''


class TestEntryPoints:
    def test_a_check_of_another_package(self, install: Install) -> None:
        install(GOOD, a_name="stranger:mine")
        assert next(one.name for one in all_checks()) == "a-name"
        outcome = run_checks(subject(), Choice(select=("ABC",)))
        assert [(one.code, one.message) for one in outcome.findings] == [("ABC101", "test")]

    @pytest.mark.parametrize(
        ("module", "value", "told"),
        [
            ("", "stranger:mine", "the entry point x of bstgraph.checks cannot be imported"),
            ("1 / 0", "stranger:mine", "cannot be imported: division by zero"),
            ("mine = 3", "stranger:mine", "is no check, but 3, decorate the function"),
            (GOOD.replace("ABC101", "BSG101"), "stranger:mine", "two checks are called BSG101"),
            (GOOD.replace("a-name", "gap"), "stranger:mine", "two checks are called gap"),
            (GOOD.replace("ABC101", "no code"), "stranger:mine", "has a code like ABC123"),
        ],
    )
    def test_bad_ones(self, install: Install, module: str, value: str, told: str) -> None:
        install(module, x=value)
        with pytest.raises(SettingsError) as caught:
            all_checks()
        assert caught.value.slug == "bad-check"
        assert told in str(caught.value)

    def test_the_same_check_twice(self, install: Install) -> None:
        install(GOOD, one="stranger:mine", two="stranger:mine")
        with pytest.raises(SettingsError, match="two checks are called ABC101"):
            all_checks()


def test_checks_are_values() -> None:
    assert isinstance(never, Check)
    assert list(never(subject())) == []
