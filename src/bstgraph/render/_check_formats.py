"""Findings for other programs: SARIF, GitHub's annotations, JUnit."""

from __future__ import annotations

import hashlib
import json
import posixpath
from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import version
from typing import Final
from urllib.parse import quote
from xml.etree import ElementTree as ET

from bstgraph.checks import Check, Finding, Report, Severity
from bstgraph.errors import printable

_LEVELS: Final[Mapping[Severity, str]] = {"error": "error", "warning": "warning", "advice": "note"}
_ANNOTATIONS: Final[Mapping[Severity, str]] = {
    "error": "error",
    "warning": "warning",
    "advice": "notice",
}
_SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"


def to_sarif(report: Report, *, prefix: str = "") -> str:
    """Return findings as SARIF 2.1.0, which code scanning reads.

    Args:
        report: what checks found.
        prefix: the folder of the project as seen from the root of the repository.
    """
    rules = [_rule(check) for check in report.ran]
    numbers = {check.code: number for number, check in enumerate(report.ran)}
    results = [_result(finding, numbers[finding.code], prefix) for finding in report.findings]
    driver = {
        "name": "bstgraph",
        "version": version("bstgraph"),
        "rules": rules,
    }
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    whole = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(whole, indent=2, sort_keys=True)


def _rule(check: Check) -> dict[str, object]:
    return {
        "id": check.code,
        "name": check.name,
        "shortDescription": {"text": check.summary},
        "fullDescription": {"text": check.explanation},
        "help": {"text": f"{check.explanation}\n\nMore: {check.link}"},
        "defaultConfiguration": {"level": _LEVELS[check.severity]},
        "properties": {"tags": [check.family]},
    }


def _result(finding: Finding, number: int, prefix: str) -> dict[str, object]:
    identity = "\0".join(finding.identity).encode(errors="surrogatepass")
    fingerprint = hashlib.sha256(identity).hexdigest()
    made: dict[str, object] = {
        "ruleId": finding.code,
        "ruleIndex": number,
        "level": _LEVELS[finding.severity],
        "message": {"text": _whole(finding)},
        "partialFingerprints": {"bstgraph/1": fingerprint},
    }
    location: dict[str, object] = {}
    place = _place(finding, prefix)
    if place is not None:
        path, line, column = place
        location["physicalLocation"] = {
            "artifactLocation": {"uri": quote(path, errors="surrogatepass")},
            "region": {"startLine": line, "startColumn": column},
        }
    if finding.elements:
        location["logicalLocations"] = [
            {"fullyQualifiedName": name, "kind": "element"} for name in finding.elements
        ]
    if location:
        made["locations"] = [location]
    return made


def to_github(findings: Iterable[Finding], *, prefix: str = "") -> str:
    """Return findings as workflow commands of GitHub Actions, one line each.

    Args:
        findings: in the order in which they are told.
        prefix: the folder of the project as seen from the root of the repository.
    """
    return "\n".join(_annotation(finding, prefix) for finding in findings)


def _annotation(finding: Finding, prefix: str) -> str:
    fields = {"title": f"{finding.code} {finding.check}"}
    place = _place(finding, prefix)
    if place is not None:
        path, line, column = place
        fields = {"file": path, "line": str(line), "col": str(column), **fields}
    listed = ",".join(f"{key}={_property(value)}" for key, value in fields.items())
    return f"::{_ANNOTATIONS[finding.severity]} {listed}::{_data(_whole(finding))}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def to_junit(report: Report) -> str:
    """Return findings as JUnit XML: a test case for each check that ran, failed by its findings.

    Findings that are only advice fail nothing; they are the output of their case.
    """
    by_code: dict[str, list[Finding]] = {check.code: [] for check in report.ran}
    for finding in report.findings:
        by_code[finding.code].append(finding)
    failed = [one for one in report.findings if one.severity != "advice"]
    suite = ET.Element(
        "testsuite",
        name="bstgraph check",
        tests=str(len(report.ran)),
        failures=str(len({finding.code for finding in failed})),
    )
    for check in report.ran:
        suite.append(_case(check, by_code[check.code]))
    suites = ET.Element("testsuites")
    suites.append(suite)
    ET.indent(suites)
    text = ET.tostring(suites, encoding="unicode")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{text}'


def _case(check: Check, findings: Iterable[Finding]) -> ET.Element:
    case = ET.Element(
        "testcase", classname=f"bstgraph.{check.family}", name=f"{check.code} {check.name}"
    )
    bad = [finding for finding in findings if finding.severity != "advice"]
    told = [finding for finding in findings if finding.severity == "advice"]
    if bad:
        failure = ET.SubElement(case, "failure", message=printable(bad[0].message))
        failure.text = "\n".join(map(_line, bad))
    if told:
        ET.SubElement(case, "system-out").text = "\n".join(map(_line, told))
    return case


def _line(finding: Finding) -> str:
    where = f"{finding.at}: " if finding.at else ""
    return printable(f"{where}{_whole(finding)}")


def _whole(finding: Finding) -> str:
    return "; ".join(_parts(finding))


def _parts(finding: Finding) -> Iterator[str]:
    yield finding.message
    if finding.elements:
        yield f"elements: {', '.join(finding.elements)}"
    yield from finding.evidence
    if finding.fix:
        yield f"fix: {finding.fix}"


def _place(finding: Finding, prefix: str) -> tuple[str, int, int] | None:
    """Return file, line and column; None for a file of a junction, which is not in the repository.

    A place that is not known is the first line of the file.
    """
    if finding.at is None or ".bst:" in finding.at.path:
        return None
    path = posixpath.normpath(posixpath.join(prefix, finding.at.path))
    return path, max(finding.at.line, 1), max(finding.at.column, 1)
