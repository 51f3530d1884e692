"""What-if edits as text, and which paths of stale layers are old."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from bstgraph.forecast import Forecast, PathKind, StalePaths
from bstgraph.names import ElementName
from bstgraph.plans import Cure
from bstgraph.render._stale import forecast_text
from bstgraph.render._wording import counted, shown, some
from bstgraph.scenario import Scenario

_MOST_PATHS: Final = 20
_MOST_BUILDS: Final = 8

_KINDS: Final[Mapping[PathKind, str]] = {
    "added": "is missing: a strict build adds it",
    "removed": "is still there: a strict build takes it away",
    "changed": "is old: a strict build makes another one",
    "perhaps": "may be old: nobody knows what a strict build makes",
}


def scenario_text(
    scenario: Scenario,
    forecast: Forecast,
    cures: Sequence[Cure] = (),
    *,
    everything: bool = False,
) -> str:
    """Return the edits, what a non-strict build would build, and the forecast.

    Args:
        scenario: the edits.
        forecast: what would be shipped although it is old.
        cures: of its first report, the best first.
        everything: whether all elements, edges and gaps are told.
    """
    lines = ["If there were:", *(f"  {shown(edit)}" for edit in scenario.edits)]
    builds = forecast.report.plan.builds
    most = len(builds) if everything else _MOST_BUILDS
    names = f": {some(builds, most)}" if builds else ""
    lines.append(f"a build that is not strict would build {counted(len(builds), 'element')}{names}")
    return "\n".join(lines) + "\n\n" + forecast_text(forecast, cures, everything=everything)


def paths_text(paths: Mapping[ElementName, StalePaths], *, everything: bool = False) -> str:
    """Return which paths of each layer are old, kind by kind; empty without any layer.

    Args:
        paths: what `bstgraph.forecast.stale_paths` found.
        everything: whether all paths are told, however many there are.
    """
    blocks = [_block(found, everything=everything) for found in paths.values()]
    return "\n\n".join(("", *blocks)) if blocks else ""


def _block(found: StalePaths, *, everything: bool) -> str:
    head = f"{found.name}: {counted(len(found.changes), 'path')} that is or may be old"
    return "\n".join((head, *_kinds(found, everything=everything), *_gaps(found)))


def _kinds(found: StalePaths, *, everything: bool) -> Iterator[str]:
    for kind, words in _KINDS.items():
        changes = found.of_kind(kind)
        most = len(changes) if everything else _MOST_PATHS
        for change in changes[:most]:
            yield f"  /{shown(change.path)} {words} ({change.element})"
        if len(changes) > most:
            yield f"  and {len(changes) - most:,} more that {words.partition(':')[0]}"


def _gaps(found: StalePaths) -> Iterator[str]:
    yield from (f"  unknown: {gap}" for gap in found.gaps[:_MOST_BUILDS])
    if len(found.gaps) > _MOST_BUILDS:
        yield f"  unknown: and {len(found.gaps) - _MOST_BUILDS:,} more"
