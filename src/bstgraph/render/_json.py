"""JSON for programs: versioned, sorted by key, the same bytes for the same result."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, TypeAlias, assert_never

from bstgraph.admission import Admission
from bstgraph.answers import DependencyPath, Paths, Why
from bstgraph.checks import Check, Finding, Report
from bstgraph.diff import Comparison
from bstgraph.forecast import Forecast, StalePaths
from bstgraph.images import ImageChain, Stage
from bstgraph.keys import Keys
from bstgraph.layers import Drift, ImageComparison, Layers, Ownership, Trace
from bstgraph.model import Dependency, Element, Source
from bstgraph.names import ElementName
from bstgraph.plans import Cure, Plan, StaleReport
from bstgraph.render import _key_json, _layer_json, _plan_json, _variant_json
from bstgraph.render._admission import admissions_document
from bstgraph.scenario import Scenario
from bstgraph.state import Explanation
from bstgraph.variants import Parity

# What each version added is told in docs/cli.md.
SHOW: Final = "bstgraph/show/1"
CHAIN: Final = "bstgraph/chain/1"
PATH: Final = "bstgraph/path/1"
CHECK: Final = "bstgraph/check/1"
CHECKS: Final = "bstgraph/checks/1"
KEYS: Final = "bstgraph/keys/1"
EXPLAIN: Final = "bstgraph/explain/1"
DIFF: Final = "bstgraph/diff/1"
PARITY: Final = "bstgraph/parity/1"
ADMITS: Final = "bstgraph/admits/1"
PLAN: Final = "bstgraph/plan/1"
STALE: Final = "bstgraph/stale/1"
WHATIF: Final = "bstgraph/whatif/1"

Json: TypeAlias = bool | int | str | Sequence["Json"] | Mapping[str, "Json"] | None


def to_json(
    result: ImageChain
    | Why
    | Paths
    | Report
    | Keys
    | Explanation
    | Comparison
    | Ownership
    | Drift
    | Trace
    | ImageComparison
    | Parity
    | Plan
    | StaleReport
    | Forecast,
) -> str:
    """Return `result` as a JSON document that names its schema."""
    match result:
        case ImageChain():
            document = {"schema": CHAIN, **_chain(result)}
        case Why() | Paths():
            told = _why(result) if isinstance(result, Why) else _paths(result)
            document = {"schema": PATH, **told}
        case Report():
            document = {"schema": CHECK, **_report(result)}
        case Keys():
            document = {"schema": KEYS, "elements": _key_json.keys(result)}
        case Explanation():
            document = {"schema": EXPLAIN, **_key_json.explanation(result)}
        case Comparison():
            document = {"schema": DIFF, **_key_json.comparison(result)}
        case Ownership() | Drift() | Trace() | ImageComparison():
            document = _layer_json.document(result)
        case Parity():
            document = {"schema": PARITY, **_variant_json.parity(result)}
        case Plan() | StaleReport() | Forecast():
            document = _planned(result)
        case _:
            assert_never(result)
    return document_text(document)


def _planned(result: Plan | StaleReport | Forecast) -> dict[str, Json]:
    if isinstance(result, Plan):
        return {"schema": PLAN, **_plan_json.plan(result)}
    found = Forecast.of(result) if isinstance(result, StaleReport) else result
    return {"schema": STALE, **_plan_json.forecast(found)}


def forecast_to_json(
    forecast: Forecast,
    cures: Sequence[Cure] = (),
    paths: Mapping[ElementName, StalePaths] | None = None,
) -> str:
    """Return a forecast with the cures of its first report as JSON (`bstgraph/stale/1`)."""
    told = {} if paths is None else {"paths": _plan_json.stale_paths(paths)}
    return document_text({"schema": STALE, **_plan_json.forecast(forecast, cures), **told})


def scenario_to_json(scenario: Scenario, forecast: Forecast, cures: Sequence[Cure] = ()) -> str:
    """Return edits and what a build would make of them as JSON (`bstgraph/whatif/1`)."""
    told: dict[str, Json] = {
        "edits": list(scenario.edits),
        "plan": _plan_json.plan(forecast.report.plan),
        "forecast": _plan_json.forecast(forecast, cures),
    }
    return document_text({"schema": WHATIF, **told})


def checks_to_json(checks: Sequence[Check]) -> str:
    """Return what checks there are as JSON (`bstgraph/checks/1`)."""
    listed: list[Json] = [
        {
            "code": check.code,
            "name": check.name,
            "severity": check.severity,
            "family": check.family,
            "explanation": check.explanation,
            "link": check.link,
        }
        for check in checks
    ]
    return document_text({"schema": CHECKS, "checks": listed})


def contents_to_json(layers: Layers, name: str, *, location: str | None = None) -> str:
    """Return what an element holds, or stages at a location, as JSON (`bstgraph/contents/1`)."""
    if location is None:
        return document_text(_layer_json.contents_of(layers, name))
    return document_text(_layer_json.location_of(layers, name, location))


def elements_to_json(elements: Iterable[Element], *, gaps: Sequence[str] = ()) -> str:
    """Return elements in the order given as a JSON document (`bstgraph/show/1`)."""
    listed = [_element(element) for element in elements]
    return document_text({"schema": SHOW, "elements": listed, "gaps": list(gaps)})


def admissions_to_json(layer: str, admissions: Iterable[Admission]) -> str:
    """Return what a layer makes of paths, in the order given, as JSON (`bstgraph/admits/1`)."""
    return document_text({"schema": ADMITS, **admissions_document(layer, admissions)})


def document_text(document: Mapping[str, Json]) -> str:
    """Return a document with its schema first and all else sorted by key."""
    # `schema` goes first, so that a person sees it first; below it keys are sorted.
    schema = json.dumps(document["schema"])
    rest = {key: value for key, value in document.items() if key != "schema"}
    body = json.dumps(rest, indent=1, sort_keys=True, ensure_ascii=True)
    return f'{{\n "schema": {schema},{body[1:]}'


def _element(element: Element) -> dict[str, Json]:
    return {
        "name": element.name,
        "kind": element.kind,
        "project": element.project_name,
        "description": element.description,
        "dependencies": [_dependency(entry) for entry in element.dependencies],
        "sources": [_source(source) for source in element.sources],
        "workspace": str(element.workspace.path) if element.workspace is not None else None,
        "variables": dict(element.variables),
        "environment": _plain(element.environment),
        "environment-nocache": list(element.environment_nocache),
        "sandbox": element.sandbox.model_dump(by_alias=True, exclude_none=True),
        "public": _plain(element.public),
        "config": _plain(element.config),
        "gaps": list(element.gaps),
        "at": _key_json.place(element.provenance),
    }


def _plain(value: object) -> Json:
    """Return resolved YAML data as what the JSON encoder knows."""
    match value:
        case Mapping():
            return {str(key): _plain(item) for key, item in value.items()}
        case list() | tuple():
            return [_plain(item) for item in value]
        case _:
            return str(value)  # text; BuildStream has no other scalars


def _dependency(entry: Dependency) -> dict[str, Json]:
    return {
        "name": entry.name,
        "path": entry.path,
        "type": entry.type,
        "strict": entry.strict,
        "config": [_plain(config) for config in entry.config],
        "at": _key_json.place(entry.provenance),
    }


def _source(source: Source) -> dict[str, Json]:
    return {
        "kind": source.kind,
        "directory": source.directory,
        "config": _plain(source.config),
        "at": _key_json.place(source.provenance),
    }


def _chain(chain: ImageChain) -> dict[str, Json]:
    """Stages as a flat list with their depth: nesting has no bound, JSON readers have one."""
    return {
        "target": chain.target,
        "stages": [{"depth": depth, **_stage(stage)} for depth, stage in chain.walk()],
        "gaps": list(chain.gaps),
    }


def _stage(stage: Stage) -> dict[str, Json]:
    return {
        "name": stage.name,
        "kind": stage.kind,
        "role": stage.role,
        "location": stage.location,
        "filter": _variant_json.rules(stage.filter),
        "effective": _variant_json.rules(stage.effective),
        "members": stage.members,
        "elements": stage.elements,
        "packages": stage.packages,
        "repeated": stage.repeated,
        "at": _key_json.place(stage.provenance),
    }


def _path(path: DependencyPath) -> Json:
    return {
        "names": list(path.names),
        "edges": [
            {
                "from": edge.dependant,
                "to": edge.dependency.name,
                "type": edge.type,
                "strict": edge.dependency.strict,
                "at": _key_json.place(edge.provenance),
            }
            for edge in path.edges
        ],
    }


def _paths(paths: Paths) -> dict[str, Json]:
    return {
        "paths": [_path(path) for path in paths],
        "capped": paths.capped,
        "gaps": list(paths.gaps),
    }


def _why(why: Why) -> dict[str, Json]:
    """The shortest path alone, and how many there are."""
    return {
        "paths": [_path(why.path)],
        "count": why.paths,
        "capped": why.capped,
        "staged": why.staged,
        "runtime": why.runtime,
        "gaps": list(why.gaps),
    }


def _report(report: Report) -> dict[str, Json]:
    return {
        "project": report.project,
        "dialect": report.dialect,
        "targets": list(report.targets),
        "elements": report.elements,
        "external": report.external,
        "projects": report.projects,
        "chains": [_chain(chain) for chain in report.chains],
        "findings": [_finding(finding) for finding in report.findings],
        "known": len(report.known),
        "gone": report.gone,
        "suppressed": [
            {**_finding(finding), "reason": rule.reason} for finding, rule in report.suppressed
        ],
        "checks": [check.code for check in report.ran],
        "forecast": None if report.forecast is None else _plan_json.report(report.forecast.report),
        "no-forecast": report.no_forecast or None,
    }


def _finding(finding: Finding) -> dict[str, Json]:
    return {
        "code": finding.code,
        "check": finding.check,
        "severity": finding.severity,
        "message": finding.message,
        "fix": finding.fix,
        "fixable": bool(finding.edits),
        "element": finding.element,
        "elements": list(finding.elements),
        "evidence": list(finding.evidence),
        "at": _key_json.place(finding.at),
        "link": finding.link,
    }
