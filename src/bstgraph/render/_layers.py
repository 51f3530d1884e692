"""Terminal text for files: contents, ownership, traces."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Final

from bstgraph.layers import (
    Command,
    Contents,
    Drift,
    Gap,
    Layers,
    Ownership,
    PathTrace,
    Staging,
    Trace,
)
from bstgraph.layers import Link as Step
from bstgraph.render._wording import counted, shown, some
from bstgraph.splits import Decision

_MOST_PATHS: Final = 20
"""Paths of one kind that a trace tells one by one."""
_MOST_GAPS: Final = 8
_MOST_COMMANDS: Final = 5
_COMMAND_WIDTH: Final = 90

_ORIGINS: Final = {
    "manifest": "from",
    "image": "from",
    "strict": "as built, by strict key:",
    "weak": "as built, by weak key:",
    "latest": "as last built:",
    "sources": "from",
    "kind": "known:",
    "computed": "computed:",
    "none": "not known:",
}


def contents_text(contents: Contents) -> str:
    """Return the paths, one a line, as `bst artifact list-contents` orders them."""
    return "\n".join(shown(path) for path in contents)


def contents_summary(contents: Contents) -> str:
    """Return where the files are known from, and what is not known of them."""
    count = counted(len(contents), "path") if contents.known else "files"
    lines = [f"{contents.element}: {count}, {_ORIGINS[contents.origin]} {contents.told}"]
    if contents.failure:
        lines.append(f"BuildStream cannot build it: {contents.failure}")
    lines += command_lines(contents.commands, "subject to")
    lines += gap_lines(contents.gaps)
    return _joined(lines)


def staging_text(staging: Staging) -> str:
    """Return what an element stages where, and what overlaps."""
    if not staging.locations:
        return f"{staging.element} stages nothing"
    lines = [f"{staging.element} stages"]
    lines += (
        f"  {place.path}: {counted(len(place.elements), 'element')}" for place in staging.locations
    )
    refused = [overlap for overlap in staging.overlaps if overlap.refused]
    quiet = len(staging.overlaps) - len(refused)
    if quiet:
        lines.append(f"{counted(quiet, 'overlap')} that a whitelist allows")
    for overlap in refused[:_MOST_PATHS]:
        where = f"{overlap.location.rstrip('/')}/{overlap.path}"
        below = some([str(name) for name in overlap.elements[:-1]], 3)
        lines.append(f"overlap: {shown(where)} of {below} is that of {overlap.winner}")
    if len(refused) > _MOST_PATHS:
        lines.append(f"and {counted(len(refused) - _MOST_PATHS, 'overlap')} more")
    if staging.failure:
        lines.append(f"BuildStream cannot build it: {staging.failure}")
    return _joined((*lines, *gap_lines(staging.gaps)))


def gap_lines(gaps: Iterable[Gap]) -> Iterator[str]:
    """Yield a line for each reason, with the elements that share it."""
    by_reason: dict[str, list[str]] = {}
    for gap in gaps:
        by_reason.setdefault(gap.reason, []).append(gap.element)
    for reason, names in list(by_reason.items())[:_MOST_GAPS]:
        yield f"unknown: {some(names, 3)}: {shown(reason)}"
    if len(by_reason) > _MOST_GAPS:
        yield f"unknown: and {len(by_reason) - _MOST_GAPS:,} more"


def command_lines(commands: Sequence[Command], told: str) -> Iterator[str]:
    """Yield a line for each of some commands."""
    for command in commands[:_MOST_COMMANDS]:
        text = " ".join(command.text.split())
        cut = text if len(text) <= _COMMAND_WIDTH else f"{text[: _COMMAND_WIDTH - 3]}..."
        yield f"{told} a command of {command.element}: {shown(cut)}"
    if len(commands) > _MOST_COMMANDS:
        yield f"{told} {counted(len(commands) - _MOST_COMMANDS, 'command')} more"


# -- ownership ----------------------------------------------------------------------------------


def ownership_table(ownership: Ownership) -> str:
    """Return a line for each path: its element, then the path."""
    rows = [
        (str(row.element) if row.element else f"({row.how})", shown(row.path)) for row in ownership
    ]
    width = max((len(name) for name, _ in rows), default=0)
    return "\n".join(f"{name:{width}}  {path}" for name, path in rows)


def ownership_csv(ownership: Ownership) -> str:
    r"""Return CSV with the columns path, element, project and how.

    What is no UTF-8 in a path is told as `\udcff`; JSON has it in a way that can be read back.
    """
    lines = [_csv_line(("path", "element", "project", "how"))]
    for row in ownership:
        path = row.path.encode("utf-8", "backslashreplace").decode()
        lines.append(_csv_line((path, row.element or "", row.project, row.how)))
    return "\n".join(lines)


def _csv_line(fields: Iterable[str]) -> str:
    out = io.StringIO()
    # The writer quotes only those line breaks that it ends lines with itself.
    csv.writer(out, lineterminator="\r\n").writerow(fields)
    return out.getvalue()[:-2]


def ownership_chunkah(ownership: Ownership, *, interval: str = "monthly") -> str:
    """Return a file map as chunkah reads it: component -> how often it changes, and its files.

    A component is an element; its files are files and links with a leading slash.
    """
    components = {
        name: {"interval": interval, "files": paths}
        for name, paths in ownership.components().items()
    }
    return json.dumps(components, indent=2, ensure_ascii=True)


def ownership_paths(ownership: Ownership) -> str:
    """Return the paths, one a line."""
    return "\n".join(shown(row.path) for row in ownership)


def ownership_summary(ownership: Ownership) -> str:
    """Return how many paths are from how many elements; gaps are those of a staging's own text."""
    names = {row.element for row in ownership if row.element is not None}
    nobody = sum(1 for row in ownership if row.how == "unknown")
    made = sum(1 for row in ownership if row.how == "commands")
    text = f"{counted(len(ownership), 'path')} of {counted(len(names), 'element')}"
    text += f"; {made:,} made by commands" if made else ""
    text += f"; {nobody:,} of unknown elements" if nobody else ""
    gaps = ownership.gaps if ownership.location is None else ()
    return _joined((text, *gap_lines(gaps)))


def drift_text(drift: Drift) -> str:
    """Return a line for each path that has another element than the map says."""
    if not drift:
        return "the map is what it would be now"
    lines = []
    for moved in drift.moved[:200]:
        before, now = moved.before or "(not in the map)", moved.now or "(not there)"
        lines.append(f"{shown(moved.path)}: {before} -> {now}")
    if len(drift) > 200:
        lines.append(f"and {len(drift) - 200:,} more")
    return _joined(lines)


# -- traces -------------------------------------------------------------------------------------


def trace_text(trace: Trace) -> str:
    """Return whether an image has what was asked for, and the ways that tell why."""
    lines = [_headline(trace)]
    if trace.way:
        lines += _way(trace.way)
    lines += _grouped(trace.present, "present") + _grouped(trace.lost, "lost")
    lines += command_lines(trace.commands, "what may make it:")
    if trace.unknown and not trace.present:
        names = some([str(name) for name in trace.unknown], 3)
        count = counted(len(trace.unknown), "element")
        lines.append(f"on the way to the image, the files of {count} are not known: {names}")
        if trace.likely:
            likely = some([str(name) for name in trace.likely], 5)
            lines.append(f"  their name or their commands mention it: {likely}")
        lines.append("  fix: build them, or name a cache (--cache DIR) or a list (--manifest FILE)")
    lines += gap_lines(gap for gap in trace.gaps if gap.element not in trace.unknown)
    return _joined(lines)


def _headline(trace: Trace) -> str:
    what = shown(trace.what)
    scope = f"looked at the files of {counted(trace.searched, 'element')}"
    match trace.verdict:
        case "present" if trace.way and not trace.paths:
            return f"{what} is in {trace.image}: it has no files of its own, others come with it"
        case "present" if trace.way and trace.lost:
            told = f"{len(trace.present):,} of {counted(len(trace.paths), 'path')} of it are in"
            return f"{what}: {told} {trace.image}"
        case "present":
            return f"{what} is in {trace.image}"
        case "absent" if not trace.paths and not trace.way:
            return f"{what} is not in {trace.image}: no element has it; {scope}"
        case "absent":
            return f"{what} is not in {trace.image}; {scope}"
        case _:
            return f"{what}: it is not known whether it is in {trace.image}; {scope}"


def _grouped(paths: Sequence[PathTrace], kind: str) -> list[str]:
    """Return ways, those that are alike told once with all their paths."""
    lines: list[str] = []
    keyed = sorted(paths, key=_alike)
    for _, group in groupby(keyed, key=_alike):
        alike = list(group)
        named = [f"/{shown(path.path)}" for path in alike[:_MOST_PATHS]]
        more = len(alike) - len(named)
        lines += ["", *named]
        if more > 0:
            lines.append(f"and {counted(more, 'path')} more, {kind} in the same way")
        lines += _way(alike[0].links)
        if alike[0].element is None:
            lines.append("  made by a command of the layers")
        commands = tuple(dict.fromkeys(command for path in alike for command in path.commands))
        lines += (f"  {line}" for line in command_lines(commands, "mentioned by"))
    return lines


def _alike(path: PathTrace) -> tuple[str, ...]:
    links = (
        (link.element, link.action, link.location, str(link.other or ""), _decided(link.decision))
        for link in path.links
    )
    return (str(path.element), *(text for link in links for text in link))


def _way(links: Sequence[Step]) -> list[str]:
    rows = [(_ACTIONS[link.action], str(link.element), _detail(link)) for link in links]
    verbs = max((len(row[0]) for row in rows), default=0)
    names = max((len(row[1]) for row in rows), default=0)
    lines = [f"  {verb:{verbs}}  {name:{names}}  {detail}".rstrip() for verb, name, detail in rows]
    if links and links[-1].fix:
        lines.append(f"  fix: {links[-1].fix}")
    return lines


_ACTIONS: Final = {
    "has": "in",
    "stages": "staged by",
    "admits": "passes",
    "drops": "DROPPED by",
    "overwrites": "OVERWRITTEN in",
    "leaves-out": "LEFT OUT by",
    "removes": "REMOVED in",
    "hides": "HIDDEN by",
    "build-only": "NOT STAGED",
    "unreachable": "NOT REACHED",
    "fails": "FAILS in",
}


_DETAILS: Final = {
    "has": "{at}",
    "stages": "at {location} {at}",
    "overwrites": "by {other}, which is staged later",
    "leaves-out": "a directory is in its place",
    "removes": "it was let through, but the built artifact lacks it",
    "hides": "{other} has it, the layer above has not",
    "build-only": "needed only to build {other} {at}",
    "unreachable": "nothing that the image is made of needs it",
}


def _detail(link: Step) -> str:
    if link.action in {"admits", "drops"}:
        return _decided(link.decision)
    at = f"({link.at})" if link.at else ""
    told = _DETAILS.get(link.action, "").format(at=at, location=link.location, other=link.other)
    return told.strip()


def _decided(decision: Decision | None) -> str:
    """Return what decided about a path, with the rule and where it is written."""
    if decision is None:
        return ""
    claims = "; ".join(
        f"{claim.domain}: {claim.rule}{f' ({claim.at})' if claim.at else ''}"
        for claim in decision.claims
        if not decision.decisive or claim.domain in decision.decisive
    )
    match decision.by:
        case "everything":
            return "nothing is filtered"
        case "orphans":
            verdict = "pass" if decision.admitted else "do not pass"
            return f"no domain claims it, and orphans {verdict}"
        case "exclude":
            return f"excluded domain {claims}"
        case "include":
            return f"{'included' if decision.admitted else 'not included'} domain {claims}"
        case _:
            listed = ", ".join(decision.decisive) or "no prefix"
            return f"{decision.by}: {listed} (the runbook's rule R3)"


def locations_hint(layers: Layers, name: str) -> str:
    """Return where to look for what a script stages; empty for any other element."""
    places = [place.path for place in layers.staged(name).locations if place.path != "/"]
    if not places:
        return ""
    return shown(f"what it stages: --location {some(places, 3)}")


def _joined(lines: Iterable[str]) -> str:
    """Return lines that stay lines, whatever the texts in them are."""
    return "\n".join(map(shown, lines))
