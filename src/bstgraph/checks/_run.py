"""Checks chosen, run over a subject, and their findings sorted, silenced or made worse."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import metadata
from typing import Final

from bstgraph import names
from bstgraph.checks._api import SEVERITIES, Check, Finding, Problem, Severity, Subject
from bstgraph.display import Displayable
from bstgraph.errors import BstGraphError, SettingsError, did_you_mean
from bstgraph.names import ElementName
from bstgraph.settings import CheckSettings
from bstgraph.steps import RUNBOOK, Contract, contract_from

GROUP: Final = "bstgraph.checks"
"""The entry points by which checks are found, bstgraph's own too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppression:
    """Findings of a check that nobody wants to hear of, for some elements, with the reason."""

    check: str
    """A code or a name."""
    elements: tuple[str, ...]
    """Globs over full names; `*` and `?` stop at a slash, `**` does not."""
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Which checks run, and how bad their findings are."""

    select: tuple[str, ...] = ()
    """Codes, beginnings of codes or names; none means all."""
    ignore: tuple[str, ...] = ()
    """The same, of those that do not run."""
    severities: Mapping[str, Severity] = field(default_factory=dict)
    """Code or name -> severity."""
    suppressions: tuple[Suppression, ...] = ()


def choice_of(settings: CheckSettings) -> Choice:
    """Return the choice that settings make."""
    return Choice(
        select=settings.select,
        ignore=settings.ignore,
        severities=dict(settings.severity),
        suppressions=tuple(
            Suppression(check=one.check, elements=one.elements, reason=one.reason)
            for one in settings.suppress
        ),
    )


def contract_of(settings: CheckSettings) -> tuple[Contract, tuple[str, ...]]:
    """Return the contract of settings, and globs of the scripts that it is for.

    Without steps it is the runbook's (claim R9).

    Raises:
        SettingsError: it is none (`bad-settings`).
    """
    values = dict(settings.contract)
    images = values.pop("images", ())
    if not isinstance(images, list | tuple) or not all(isinstance(one, str) for one in images):
        text = "'images' of the contract is a list of globs over names of elements"
        raise SettingsError("bad-settings", text)
    return (contract_from(values) if values else RUNBOOK), tuple(images)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome(Displayable):
    """What checks found."""

    findings: tuple[Finding, ...]
    """The worst first, then by code, place and element."""
    suppressed: tuple[tuple[Finding, Suppression], ...] = ()
    """What is not told, with why."""
    unused: tuple[Suppression, ...] = ()
    """Suppressions that silenced nothing."""
    ran: tuple[Check, ...] = field(default=(), repr=False)
    """The checks that ran, by code."""

    def counts(self) -> Mapping[Severity, int]:
        """Return how many findings each severity has, the worst first."""
        return severity_counts(self.findings)


def severity_counts(findings: Iterable[Finding]) -> Mapping[Severity, int]:
    """Return how many findings each severity has, the worst first."""
    counts = Counter(finding.severity for finding in findings)
    return {severity: counts[severity] for severity in SEVERITIES}


@cache
def all_checks() -> tuple[Check, ...]:
    """Return bstgraph's own checks and those of installed packages, by code.

    A package supplies checks as entry points of the group `bstgraph.checks`, each of them a
    `Check`.

    Raises:
        SettingsError: an entry point is none, or two checks have one code or name (`bad-check`).
    """
    from bstgraph.checks._builtin import CHECKS  # noqa: PLC0415  (modules of checks import this)

    found = list(CHECKS)
    for point in sorted(metadata.entry_points(group=GROUP), key=lambda one: one.name):
        try:
            loaded = point.load()
        except Exception as error:
            text = f"the entry point {point.name} of {GROUP} cannot be imported: {error}"
            raise SettingsError("bad-check", text) from error
        if not isinstance(loaded, Check):
            text = f"the entry point {point.name} of {GROUP} is no check, but {loaded!r}"
            raise SettingsError("bad-check", text, fix="decorate the function: @check(code, name)")
        found.append(loaded)
    return _distinct(found)


def _distinct(found: Iterable[Check]) -> tuple[Check, ...]:
    known: dict[str, Check] = {}
    for check in found:
        for text in (check.code, check.name):
            if text in known:
                raise SettingsError("bad-check", f"two checks are called {text}")
            known[text] = check
    return tuple(sorted(set(known.values()), key=lambda check: check.code))


def chosen(choice: Choice, checks: Sequence[Check] | None = None) -> tuple[Check, ...]:
    """Return the checks that run, by code.

    Args:
        choice: what to select and to ignore.
        checks: of these; all that are installed by default.

    Raises:
        SettingsError: it names a check that there is not (`unknown-check`).
    """
    known = all_checks() if checks is None else tuple(checks)
    named = (
        *choice.select,
        *choice.ignore,
        *choice.severities,
        *(one.check for one in choice.suppressions),
    )
    for text in named:
        if not any(_means(text, check) for check in known):
            listed = [name for check in known for name in (check.code, check.name)]
            fix = did_you_mean(text, listed) or "`bstgraph checks` lists them"
            raise SettingsError("unknown-check", f"there is no check '{text}'", fix=fix)
    return tuple(
        check
        for check in known
        if (not choice.select or any(_means(text, check) for text in choice.select))
        and not any(_means(text, check) for text in choice.ignore)
    )


def _means(text: str, check: Check) -> bool:
    """Return whether a text of settings names a check: its name, its code, a family of codes."""
    return text == check.name or (check.code.startswith(text) and text[:1].isupper())


def run_checks(
    subject: Subject, choice: Choice | None = None, *, checks: Sequence[Check] | None = None
) -> Outcome:
    """Return what the checks of `choice` find in `subject`.

    Args:
        subject: the project at one moment.
        choice: which checks, how bad, what is silenced; everything by default.
        checks: of these; all that are installed by default.

    Raises:
        SettingsError: a check is named that there is not (`unknown-check`), or one has a mistake
            of its own (`bad-check`, with that as its cause).
    """
    choice = choice or Choice()
    ran = chosen(choice, checks)
    told: list[Finding] = []
    silent: list[tuple[Finding, Suppression]] = []
    for check in ran:
        severity = _severity(check, choice)
        for problem in _problems(check, subject):
            left, quiet = _split(
                problem, [r for r in choice.suppressions if _means(r.check, check)]
            )
            silent += [(_finding(check, severity, problem, names), rule) for rule, names in quiet]
            if left or not problem.elements:
                told.append(_finding(check, severity, problem, left))
    used = {id(one) for _, one in silent}
    return Outcome(
        findings=tuple(sorted(told, key=_order)),
        suppressed=tuple(silent),
        unused=tuple(one for one in choice.suppressions if id(one) not in used),
        ran=ran,
    )


def _problems(check: Check, subject: Subject) -> Iterator[Problem]:
    """Yield what a check finds; a mistake of its own is one error that says whose it is."""
    try:
        yield from check(subject)
    except BstGraphError:
        raise
    except Exception as error:
        text = f"the check {check.code} {check.name} failed: {type(error).__name__}: {error}"
        fix = f"leave it out, --ignore {check.code}, and tell who made it"
        raise SettingsError("bad-check", text, fix=fix) from error


def _severity(check: Check, choice: Choice) -> Severity:
    """Return how bad the findings of a check are: the longest text that names it decides."""
    texts = [text for text in choice.severities if _means(text, check)]
    return choice.severities[max(texts, key=len)] if texts else check.severity


def _split(
    problem: Problem, rules: Sequence[Suppression]
) -> tuple[list[ElementName], list[tuple[Suppression, list[ElementName]]]]:
    """Return the elements of a problem that are told, and those that each rule silences."""
    left: list[ElementName] = []
    quiet: dict[int, tuple[Suppression, list[ElementName]]] = {}
    for element in problem.elements:
        rule = next((one for one in rules if _covers(one, element)), None)
        if rule is None:
            left.append(element)
        else:
            quiet.setdefault(id(rule), (rule, []))[1].append(element)
    return left, list(quiet.values())


def _covers(rule: Suppression, element: ElementName) -> bool:
    return any(names.glob_pattern(glob).match(element) for glob in rule.elements)


def _finding(
    check: Check, severity: Severity, problem: Problem, elements: Sequence[ElementName]
) -> Finding:
    return Finding(
        code=check.code,
        check=check.name,
        severity=severity,
        message=problem.message,
        elements=tuple(elements),
        at=problem.at,
        evidence=problem.evidence,
        fix=problem.fix,
        edits=problem.edits if len(elements) == len(problem.elements) else (),
    )


def _order(finding: Finding) -> tuple[object, ...]:
    place = (finding.at.path, finding.at.line, finding.at.column) if finding.at else ("", 0, 0)
    return SEVERITIES.index(finding.severity), finding.code, place, finding.element or ""
