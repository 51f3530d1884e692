"""One forecast by each of two rules, and where they differ.

BuildStream's weak keys name the whole build scope; those of the runbook (claim R6) do not. Neither
is mixed with the other: each rule has its own keys, its own cache and its own report.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from bstgraph.artifacts import CacheState
from bstgraph.display import Displayable
from bstgraph.errors import SelectionError
from bstgraph.keys import RuleName
from bstgraph.names import ElementName
from bstgraph.plans import StaleReport, Verdict, built, stale
from bstgraph.state import State


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdicts:
    """What becomes of one element by each rule."""

    name: ElementName
    by: Mapping[RuleName, Verdict]


@dataclass(frozen=True, kw_only=True)
class Forecast(Displayable):
    """Reports of the same build by one rule or both."""

    reports: Mapping[RuleName, StaleReport]
    """BuildStream's own first."""
    cache: str
    """What the cache is called that was asked."""

    @classmethod
    def of(cls, report: StaleReport) -> Forecast:
        """Return the forecast that has one report alone."""
        return cls(reports={report.rule: report}, cache=report.plan.cache.label)

    @property
    def report(self) -> StaleReport:
        """The first report: BuildStream's, unless only the runbook's was asked for."""
        return next(iter(self.reports.values()))

    @cached_property
    def differing(self) -> tuple[Verdicts, ...]:
        """The elements of which the rules say different things, in staging order."""
        found = []
        for name in self.report.plan:
            by = {rule: report.verdict(name) for rule, report in self.reports.items()}
            # Whether something that is not built is looked at follows from the others.
            if len({"reuse" if each == "unneeded" else each for each in by.values()}) > 1:
                found.append(Verdicts(name=name, by=by))
        return tuple(found)

    @property
    def ships_old(self) -> bool:
        """Whether a layer or an image would hold old bytes, by any of the rules."""
        return any(report.ships_old for report in self.reports.values())

    def __repr__(self) -> str:
        told = ", ".join(f"{rule}: {report!r}" for rule, report in self.reports.items())
        return f"<Forecast from {self.cache}: {told}>"


def forecast(
    state: State,
    before: State | CacheState,
    targets: Iterable[str] = (),
    *,
    rules: Sequence[RuleName] = ("buildstream",),
    remotes: Sequence[CacheState] = (),
) -> Forecast:
    """Return what a non-strict build of `targets` would ship although it is old.

    Args:
        state: the project as it is.
        before: what was built: another state of the project, as if it had been built strictly from
            nothing, or what a cache holds.
        targets: full names; the project's targets by default.
        rules: by which rules.
        remotes: what remote caches have.

    Raises:
        SelectionError: there is no such target (`unknown-element`), or the runbook's rule is asked
            for with a cache: no cache holds keys by that rule (`no-rule`).
    """
    wanted = tuple(targets)
    reports = {
        rule: stale(state.by_rule(rule), left_by(before, rule), wanted, remotes=remotes)
        for rule in dict.fromkeys(rules)
    }
    return Forecast(reports=reports, cache=before.label)


def left_by(before: State | CacheState, rule: RuleName = "buildstream") -> CacheState:
    """Return the cache that is there after what was built: a cache is that itself.

    Args:
        before: a state that was built strictly from nothing, or what a cache holds.
        rule: by which rule keys are looked up in it.

    Raises:
        SelectionError: no cache holds keys by the runbook's rule (`no-rule`).
    """
    if isinstance(before, State):
        return built(before.by_rule(rule).keys, label=f"what a build of {before.label} left")
    if rule != "buildstream":
        raise SelectionError(
            "no-rule",
            "the keys in a cache are BuildStream's own, those of the runbook's rule are not",
            fix="compare with a revision: --built REV",
        )
    return before
