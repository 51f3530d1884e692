"""A project at a glance: how much there is, its images, what was found, what would be stale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from bstgraph.checks._api import SEVERITIES, Check, Finding, Severity, Subject
from bstgraph.checks._baseline import Baseline
from bstgraph.checks._run import Choice, Suppression, run_checks
from bstgraph.display import Displayable
from bstgraph.forecast import Forecast
from bstgraph.images import ImageChain
from bstgraph.names import ElementName


@dataclass(frozen=True, slots=True, kw_only=True)
class Report(Displayable):
    """What `bstgraph check` tells of a project."""

    project: str
    dialect: str
    targets: tuple[ElementName, ...]
    elements: int
    external: int
    """The number of elements whose files are not at hand."""
    projects: int
    """The number of projects that were read: the toplevel one and its subprojects."""
    chains: tuple[ImageChain, ...] = field(repr=False)
    findings: tuple[Finding, ...]
    """Those that count: the worst first, then by code, place and element."""
    known: tuple[Finding, ...] = field(default=(), repr=False)
    """Those that a baseline knows."""
    gone: int = 0
    """How many findings of the baseline are there no more."""
    suppressed: tuple[tuple[Finding, Suppression], ...] = field(default=(), repr=False)
    """Those that settings silence, with the reason."""
    unused: tuple[Suppression, ...] = ()
    """Suppressions that silenced nothing."""
    ran: tuple[Check, ...] = field(default=(), repr=False)
    """The checks that ran, by code."""
    forecast: Forecast | None = field(default=None, repr=False)
    no_forecast: str = ""
    """Why there is no forecast."""

    @property
    def failed(self) -> bool:
        """Whether something was found that is more than advice."""
        return bool(self.failing("warning"))

    def failing(self, least: Severity) -> tuple[Finding, ...]:
        """Return the findings that are at least as bad as `least`, in their order."""
        bad = SEVERITIES[: SEVERITIES.index(least) + 1]
        return tuple(finding for finding in self.findings if finding.severity in bad)


def report_on(
    subject: Subject,
    choice: Choice | None = None,
    *,
    baseline: Baseline | None = None,
    checks: Sequence[Check] | None = None,
    no_forecast: str = "",
) -> Report:
    """Return what is worth knowing about a project.

    Args:
        subject: the project at one moment.
        choice: which checks, how bad, what is silenced; everything by default.
        baseline: old findings, which do not count.
        checks: of these; all that are installed by default.
        no_forecast: why the subject has no forecast.

    Raises:
        SettingsError: a check is named that there is not (`unknown-check`).
    """
    outcome = run_checks(subject, choice, checks=checks)
    known = baseline or Baseline(project=subject.project.name, known={})
    new, old, gone = known.split(outcome.findings)
    project = subject.project
    return Report(
        project=project.name,
        dialect=project.dialect,
        targets=project.targets,
        elements=len(project.elements),
        external=len(project.externals),
        projects=len(project.projects),
        chains=subject.chains,
        findings=new,
        known=old,
        gone=gone,
        suppressed=outcome.suppressed,
        unused=outcome.unused,
        ran=outcome.ran,
        forecast=subject.forecast,
        no_forecast=no_forecast,
    )
