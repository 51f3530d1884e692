"""Plans and forecasts as JSON values; `_json` makes documents of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from bstgraph.forecast import Forecast, StalePaths
from bstgraph.keys import CacheKey
from bstgraph.names import ElementName
from bstgraph.plans import Cure, Plan, RootEdge, StaleElement, StaleReport, Step
from bstgraph.render._key_json import place


def plan(made: Plan) -> dict[str, Any]:
    """Return a plan with all its steps in staging order."""
    return {
        "strict": made.strict,
        "targets": list(made.targets),
        "cache": made.cache.label,
        "rule": made.state.keys.rule,
        "counts": dict(Counter(step.action for step in made.values())),
        "builds": list(made.builds),
        "stale": list(made.stale),
        "refused": list(made.refused),
        "gaps": list(made.gaps),
        "key-gaps": list(made.state.keys.gaps),
        "steps": [{**_step(step), "stale": step.stale} for step in made.values()],
    }


def forecast(found: Forecast, cures: Sequence[Cure] = ()) -> dict[str, Any]:
    """Return a report for each rule, and the cures of the first one, the best first."""
    return {
        "cache": found.cache,
        "targets": list(found.report.plan.targets),
        "ships-old": found.ships_old,
        "reports": [report(one) for one in found.reports.values()],
        "differing": [{"name": each.name, **each.by} for each in found.differing],
        "cures": [_cure(cure) for cure in cures],
    }


def report(found: StaleReport) -> dict[str, Any]:
    """Return what is off by one rule, in staging order."""
    return {
        "rule": found.rule,
        "ships-old": found.ships_old,
        "layers": list(found.layers),
        "images": list(found.images),
        "keys-only": list(found.keys_only),
        "built": list(found.plan.builds),
        "built-strictly": list(found.strict_plan.builds),
        "elements": [_element(found, each) for each in found.elements.values()],
        "unknown": [{"name": step.name, "gaps": list(step.gaps)} for step in found.unknown],
        "refused": list(found.plan.refused),
        "gaps": list(found.plan.gaps),
        "key-gaps": list(found.plan.state.keys.gaps),
    }


def stale_paths(found: Mapping[ElementName, StalePaths]) -> list[dict[str, Any]]:
    """Return which paths are old, element by element in staging order."""
    return [
        {
            "element": name,
            "paths": [
                {"path": one.path, "kind": one.kind, "element": one.element} for one in each.changes
            ],
            "gaps": list(each.gaps),
        }
        for name, each in found.items()
    ]


def _element(found: StaleReport, each: StaleElement) -> dict[str, Any]:
    return {
        **_step(each.step),
        "verdict": found.verdict(each.name),
        "old-bytes": each.old_bytes,
        "edges": [_edge(found, edge) for edge in each.edges],
        "through": list(each.through),
        "gaps": [*each.step.gaps, *each.gaps],
    }


def _edge(found: StaleReport, edge: RootEdge) -> dict[str, Any]:
    entries = found.plan.state.graph.elements[edge.user].dependencies
    return {
        "user": edge.user,
        "dependency": edge.dependency,
        "path": list(edge.path),
        "difference": edge.difference,
        "type": next((entry.type for entry in entries if entry.name == edge.path[1]), None),
        "strict": edge.strict,
        "direct": edge.direct,
        "at": place(edge.at),
    }


def _step(step: Step) -> dict[str, Any]:
    return {
        "name": step.name,
        "kind": step.kind,
        "action": step.action,
        "reason": step.reason,
        "found": step.found,
        "pulled": step.pulled,
        "needed-by": step.needed_by,
        "strong": _digest(step.strong),
        "strict": _digest(step.strict),
        "weak": _digest(step.weak),
        "gaps": list(step.gaps),
    }


def _digest(key: CacheKey | None) -> str | None:
    return None if key is None else key.digest


def _cure(cure: Cure) -> dict[str, Any]:
    return {
        "remedy": cure.remedy,
        "command": cure.command or None,
        "elements": list(cure.elements),
        "edges": [{"user": user, "dependency": name} for user, name in cure.edges],
        "built": list(cure.built),
        "complete": cure.complete,
        "remaining": list(cure.remaining),
        "unjudged": cure.unjudged,
        "later": cure.later,
        "before": cure.before,
        "gaps": list(cure.gaps),
    }
