"""The order of the steps that assemble an image (claim R9)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from bstgraph import names
from bstgraph.checks._api import Problem, Subject, check
from bstgraph.images import is_image
from bstgraph.model import Element
from bstgraph.steps import (
    RUNBOOK,
    Contract,
    Late,
    Missing,
    OrderViolation,
    StepReport,
    Where,
    check_image,
)

_TAKING: Final = 2
"""A script that takes fewer steps of a contract was not written by it."""

_DONE_BY: Final[Mapping[str, str]] = {
    "merge-etc": "copy {layer}/usr/etc into {layer}/etc",
    "dconf-update": "run `dconf update {layer}/etc/dconf/db`",
    "ldconfig": "run `ldconfig -r {layer}`",
    "build-oci": "run `build-oci` with {layer} as layer",
}
"""How the steps of the runbook are taken."""


@check("BSG601", "step-order", "warning")
def step_order(subject: Subject) -> Iterator[Problem]:
    """Report scripts that assemble an image and miss a step, or take steps in the wrong order.

    Without settings the steps are those of claim R9: merge `/usr/etc` into `/etc`, `dconf update`,
    `ldconfig`, `build-oci`. A script is held to them when it takes at least two.
    """
    for name in subject.graph:
        element = subject.graph.get(name)
        if element is None or not is_image(element):
            continue
        for report in check_image(subject.graph, name, subject.contract):
            if _is_meant(subject, element, report):
                yield from _problems(element, report)


def _is_meant(subject: Subject, element: Element, report: StepReport) -> bool:
    if subject.assembled:
        return any(names.glob_pattern(glob).match(element.name) for glob in subject.assembled)
    return len({each.step for each in report.found if each.runs != "never"}) >= _TAKING


def _problems(element: Element, report: StepReport) -> Iterator[Problem]:
    told: list[tuple[str, tuple[str, ...], str]] = []
    told += (_missing(report, each) for each in report.missing)
    told += (_order(report, each) for each in report.order)
    told += _late(report)
    for message, evidence, fix in told:
        yield Problem(
            message=f"'{element.name}' {message}",
            elements=(element.name,),
            at=element.provenance,
            evidence=evidence,
            fix=fix,
        )


def _missing(report: StepReport, missing: Missing) -> tuple[str, tuple[str, ...], str]:
    near = [f"{_line(each.where)}: {each.why}" for each in missing.near]
    if not missing.certain:
        near += _gaps(report)
    lacks = "lacks" if missing.certain else "perhaps lacks"
    message = f"{lacks} the step '{missing.step}' for {report.layer}{_claim(report.contract)}"
    evidence = near or [f"{_line(one.where)}: {one.step}" for one in report.found]
    known = _DONE_BY if report.contract == RUNBOOK else {}
    fix = known.get(missing.step, "take the step '{step}'")
    done = fix.format(layer=report.layer, step=missing.step)
    return message, tuple(evidence), f"{done}{_between(report.contract, missing.step)}"


def _between(contract: Contract, step: str) -> str:
    """Return where a step has to be, as the end of a sentence."""
    after = [f"'{first}'" for first, then in contract.must_precede if then == step]
    before = [f"'{then}'" for first, then in contract.must_precede if first == step]
    places = [f"after {' and '.join(after)}"] if after else []
    places += [f"before {' and '.join(before)}"] if before else []
    return f", {', '.join(places)}" if places else ""


def _order(report: StepReport, wrong: OrderViolation) -> tuple[str, tuple[str, ...], str]:
    takes = "takes" if wrong.certain else "perhaps takes"
    return (
        (
            f"{takes} the step '{wrong.first}' after '{wrong.then}' for {report.layer}"
            f"{_claim(report.contract)}"
        ),
        (
            f"{_line(wrong.then_at)}: {wrong.then}",
            f"{_line(wrong.first_at)}: {wrong.first}",
        ),
        f"move '{wrong.first}' before '{wrong.then}'",
    )


def _late(report: StepReport) -> Iterator[tuple[str, tuple[str, ...], str]]:
    """Yield what changes the layer too late, and what comes after the last step."""
    last = report.contract.last
    still = report.contract.no_mutation_after
    after = {each.where for each in report.after_last}
    changing = [each for each in report.mutations if each.where not in after]
    for certain in (True, False):
        if found := [each for each in changing if each.certain == certain]:
            how = "changes" if certain else "perhaps changes"
            yield (
                f"{how} {report.layer} after the step '{still}'{_claim(report.contract)}",
                _told(found),
                f"take the step '{still}' after these commands",
            )
        if found := [each for each in report.after_last if each.certain == certain]:
            how = "goes on" if certain else "perhaps goes on"
            yield (
                (
                    f"{how} after the step '{last}', and what is done to {report.layer} there has "
                    f"no effect{_claim(report.contract)}"
                ),
                _told(found),
                f"move these commands before '{last}'",
            )


def _told(found: list[Late]) -> tuple[str, ...]:
    return tuple(
        f"{_line(each.where)}: {each.why}{f' ({each.path})' if each.path else ''}" for each in found
    )


def _gaps(report: StepReport) -> list[str]:
    return [
        f"command {gap.number}, line {gap.gap.place.line}: {gap.gap.message}" for gap in report.gaps
    ]


def _line(where: Where) -> str:
    first = where.text.partition("\n")[0].strip()
    return f"command {where.number}, line {where.place.line}: {first[:80]}"


def _claim(contract: Contract) -> str:
    return " (claim R9)" if contract == RUNBOOK else ""
