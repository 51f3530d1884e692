"""What `bstgraph check` tells, as text: for a person who has ten seconds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final

from bstgraph.checks import Check, Finding, Report, severity_counts
from bstgraph.errors import printable
from bstgraph.render._stale import short_forecast
from bstgraph.render._tree import chain_lines
from bstgraph.render._wording import counted, some

_SCREEN: Final = 50
"""How many lines the trees of a report may have; of several images in more it tells one each."""
_MOST_ELEMENTS: Final = 3
"""How many elements of a finding are named before the rest is only counted."""
_MOST_ALIKE: Final = 5
"""How many findings of one check are told one by one."""
_MOST_EVIDENCE: Final = 5

_NEXT: Final = {
    "external-element": "supply the missing checkouts; answers about what is in them have gaps.",
    "runbook-form": "write these forms as BuildStream wants them; it rejects the project as it is.",
    "gap": "read the gaps; all else that was loaded is exactly BuildStream's.",
}


def report_text(report: Report, *, everything: bool = False) -> str:
    """Return a report: how much there is, the images, the findings, the forecast, what to do.

    Args:
        report: what was found.
        everything: whether all findings are told, and all elements of each.
    """
    blocks = [_headline(report), *_chains(report)]
    blocks += _groups(report.findings, everything=everything)
    blocks += _forecast(report)
    return "\n\n".join((*blocks, "\n".join(_summary(report))))


def finding_text(finding: Finding, *, everything: bool = True) -> str:
    """Return one finding: what it is, the place with a caret, what shows it, what to do."""
    return "\n".join(_lines(finding, everything=everything))


def check_table(checks: Sequence[Check]) -> str:
    """Return one line for each check: code, name, severity, what it reports."""
    width = max((len(check.name) for check in checks), default=0)
    return "\n".join(
        f"{check.code}  {check.name:{width}}  {check.severity:7}  {check.summary}"
        for check in checks
    )


def _headline(report: Report) -> str:
    lines = [f"{report.project}: {counted(report.elements, 'element')}"]
    if report.projects > 1:
        lines[0] += f" from {counted(report.projects, 'project')}"
    if report.external:
        lines[0] += f", and {report.external:,} that are not at hand"
    lines.append(f"targets: {some(report.targets, 5)}")
    if report.dialect != "buildstream":
        lines.append(f"dialect: {report.dialect}")
    return "\n".join(lines)


def _chains(report: Report) -> Iterator[str]:
    trees = [chain_lines(chain) for chain in report.chains]
    if len(trees) <= 1 or sum(map(len, trees)) <= _SCREEN:
        yield from ("\n".join(tree) for tree in trees)
    else:
        heads = [f"{len(trees):,} images; `bstgraph chain NAME` draws one:"]
        yield "\n  ".join((*heads, *(tree[0] for tree in trees)))


def _groups(findings: Sequence[Finding], *, everything: bool) -> Iterator[str]:
    """Yield the findings of each check behind each other, the worst first."""
    for _, alike in groupby(findings, key=lambda one: (one.severity, one.code)):
        group = list(alike)
        most = len(group) if everything else _MOST_ALIKE
        lines = [
            line for finding in group[:most] for line in _lines(finding, everything=everything)
        ]
        if len(group) > most:
            code = group[0].code
            lines.append(f"and {len(group) - most:,} more: `bstgraph check --select {code} --all`")
        yield "\n".join(lines)


def _lines(finding: Finding, *, everything: bool) -> Iterator[str]:
    yield f"{finding.severity} {finding.code} {finding.check}: {printable(finding.message)}"
    if finding.at is not None:
        yield f"  {finding.at}"
        if picture := finding.at.picture():
            yield from (f"  {line}" for line in picture.splitlines())
    most = len(finding.elements) if everything else _MOST_ELEMENTS
    if len(finding.elements) > 1:
        count = counted(len(finding.elements), "element")
        yield f"  {count}: {some(finding.elements, most)}"
    elif finding.elements and finding.elements[0] not in finding.message:
        yield f"  {finding.elements[0]}"
    shown = finding.evidence if everything else finding.evidence[:_MOST_EVIDENCE]
    yield from (f"  | {printable(line)}" for line in shown)
    if len(finding.evidence) > len(shown):
        yield f"  | and {len(finding.evidence) - len(shown):,} more"
    if finding.fix:
        yield f"  fix: {printable(finding.fix)}"


def _forecast(report: Report) -> Iterator[str]:
    if report.forecast is not None:
        yield short_forecast(report.forecast)
    elif report.no_forecast:
        yield f"No forecast: {report.no_forecast}"


def _summary(report: Report) -> Iterator[str]:
    counts = severity_counts(report.findings)
    told = [
        counted(counts["error"], "error"),
        counted(counts["warning"], "warning"),
        f"{counts['advice']:,} advice",
    ]
    found = ", ".join(text for text in told if not text.startswith("0 "))
    aside = [
        f"{len(report.known):,} known by the baseline" if report.known else "",
        f"{report.gone:,} of the baseline are gone: write it anew" if report.gone else "",
        f"{len(report.suppressed):,} suppressed" if report.suppressed else "",
    ]
    more = "; ".join(text for text in aside if text)
    yield f"{found or 'No findings'}{f' ({more})' if more else ''}, {_ran(report)}."
    for one in report.unused:
        yield f"A suppression of {one.check} for {', '.join(one.elements)} silences nothing."
    yield _next(report)


def _ran(report: Report) -> str:
    return f"{counted(len(report.ran), 'check')} ran"


def _next(report: Report) -> str:
    fixes = sum(bool(finding.edits) for finding in report.findings)
    if fixes:
        return f"Next: `bstgraph check --fix` shows and makes {counted(fixes, 'change')}."
    for finding in report.findings:
        if finding.check in _NEXT:
            return f"Next: {_NEXT[finding.check]}"
    if report.forecast is not None and report.forecast.ships_old:
        return "Next: `bstgraph stale` tells what is old, and what cures it."
    if report.findings:
        return "Next: each code has a page, docs/checks/NAME.md."
    if not report.chains:
        return "No image was found here: `bstgraph show` lists the elements."
    return f"`bstgraph chain {report.chains[0].target} --full` draws every stage."
