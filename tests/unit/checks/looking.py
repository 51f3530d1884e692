"""What tests of checks share: a drawn project as a check sees it, and what a check finds there."""

from __future__ import annotations

from bstgraph import load_state
from bstgraph.checks import Check, Choice, Finding, Outcome, Subject, Suppression, run_checks
from bstgraph.images import image_chain, image_targets
from bstgraph.model import Project


def subject(project: Project) -> Subject:
    """Return a loaded project, with the chains of its images."""
    state = load_state(project)
    chains = tuple(image_chain(state.graph, name) for name in image_targets(state.graph))
    return Subject(state=state, chains=chains)


def outcome(check: Check, project: Project | Subject, *, silenced: str = "") -> Outcome:
    """Return what one check finds; `silenced` are globs of elements with spaces between them."""
    seen = subject(project) if isinstance(project, Project) else project
    rule = Suppression(check=check.name, elements=tuple(silenced.split()), reason="it is known")
    choice = Choice(suppressions=(rule,) if silenced else ())
    return run_checks(seen, choice, checks=[check])


def found(check: Check, project: Project | Subject) -> tuple[Finding, ...]:
    """Return the findings of one check."""
    return outcome(check, project).findings


def told(check: Check, project: Project | Subject) -> list[tuple[str, str]]:
    """Return the elements of each finding, with spaces between them, and its message."""
    return [(" ".join(each.elements), each.message) for each in found(check, project)]


def is_silenced(check: Check, project: Project | Subject, names: str) -> bool:
    """Return whether a suppression for all of `names` leaves nothing of at least one finding."""
    seen = outcome(check, project, silenced=names)
    return not seen.findings and bool(seen.suppressed) and not seen.unused
