"""Findings for other programs, by what these formats require."""

from __future__ import annotations

import json
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from bstgraph.checks import Code, Finding
from bstgraph.provenance import Provenance
from bstgraph.render import to_github, to_junit, to_sarif
from tests.unit.check_cases import always, never, noisy, report

AT = Provenance("elements/a.bst", 3, 5)


def toy(message: str, *elements: str, **told: Any) -> Finding:  # noqa: ANN401 - any field
    given = {"code": Code("TOY201"), "check": "noisy", "severity": "warning", **told}
    return Finding(message=message, elements=elements, **given)  # type: ignore[arg-type]


RAN = (never, always, noisy)
MANY = (
    toy("bad", code=Code("TOY102"), check="always", severity="error"),
    toy("'a.bst' is odd", "a.bst", "b.bst", at=AT, evidence=("e1", "e2"), fix="mend it"),
    toy("elsewhere", "s.bst:a.bst", at=Provenance("s.bst:elements/a.bst", 1, 1)),
    toy("no line", at=Provenance("project.conf", 0, 0), severity="advice"),
)


class TestSarif:
    def run(self, *findings: Finding, prefix: str = "") -> dict[str, Any]:
        document = json.loads(to_sarif(report(*findings, ran=RAN), prefix=prefix))
        assert document["version"] == "2.1.0"
        assert document["$schema"].endswith("sarif-2.1.0.json")
        [run] = document["runs"]
        made: dict[str, Any] = run
        return made

    def test_what_the_standard_requires(self) -> None:
        """Sections 3.14, 3.18, 3.19, 3.27, 3.28 and 3.49 of SARIF 2.1.0."""
        run = self.run(*MANY)
        driver = run["tool"]["driver"]
        assert driver["name"] == "bstgraph"
        ids = [rule["id"] for rule in driver["rules"]]
        assert len(set(ids)) == len(ids) == 3
        for rule in driver["rules"]:
            assert rule["shortDescription"]["text"]
            assert rule["defaultConfiguration"]["level"] in {"none", "note", "warning", "error"}
        for result in run["results"]:
            assert result["message"]["text"]
            assert result["level"] in {"none", "note", "warning", "error"}
            assert ids[result["ruleIndex"]] == result["ruleId"]
            for location in result.get("locations", []):
                assert set(location) <= {"physicalLocation", "logicalLocations"}
                physical = location.get("physicalLocation")
                if physical:
                    assert not physical["artifactLocation"]["uri"].startswith(("/", "./", ".."))
                    assert physical["region"]["startLine"] >= 1
                    assert physical["region"]["startColumn"] >= 1

    def test_results_in_their_order(self) -> None:
        results = self.run(*MANY)["results"]
        assert [one["level"] for one in results] == ["error", "warning", "warning", "note"]
        assert [one["message"]["text"] for one in results] == [
            "bad",
            "'a.bst' is odd; elements: a.bst, b.bst; e1; e2; fix: mend it",
            "elsewhere; elements: s.bst:a.bst",
            "no line",
        ]
        assert "locations" not in results[0]

    def test_places(self) -> None:
        results = self.run(*MANY, prefix="os/project")["results"]
        places = [
            (one["locations"][0].get("physicalLocation"), one["locations"][0])
            for one in results[1:]
        ]
        assert places[0][0] == {
            "artifactLocation": {"uri": "os/project/elements/a.bst"},
            "region": {"startLine": 3, "startColumn": 5},
        }
        assert places[1][0] is None
        assert places[1][1]["logicalLocations"][0]["fullyQualifiedName"] == "s.bst:a.bst"
        assert places[2][0]["region"] == {"startLine": 1, "startColumn": 1}

    def test_a_path_is_a_uri(self) -> None:
        odd = toy("x", at=Provenance("elements/a b%é.bst", 1, 1))
        [result] = self.run(odd)["results"]
        uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        assert uri == "elements/a%20b%25%C3%A9.bst"

    def test_a_fingerprint_stays_when_lines_move(self) -> None:
        one, moved, other = (
            self.run(finding)["results"][0]["partialFingerprints"]
            for finding in (
                toy("x", "a.bst", at=AT),
                toy("x", "a.bst", at=Provenance("elements/a.bst", 9, 9)),
                toy("y", "a.bst", at=AT),
            )
        )
        assert one == moved != other

    def test_names_that_are_no_utf_8(self) -> None:
        [result] = self.run(toy("\udcff", "\udcff.bst", at=Provenance("\udcff.bst", 1, 1)))[
            "results"
        ]
        assert len(result["partialFingerprints"]["bstgraph/1"]) == 64

    def test_nothing_found(self) -> None:
        assert self.run()["results"] == []


class TestGithub:
    def test_lines(self) -> None:
        assert to_github(MANY, prefix="p").splitlines() == [
            "::error title=TOY102 always::bad",
            (
                "::warning file=p/elements/a.bst,line=3,col=5,title=TOY201 noisy::'a.bst' is odd; "
                "elements: a.bst, b.bst; e1; e2; fix: mend it"
            ),
            "::warning title=TOY201 noisy::elsewhere; elements: s.bst:a.bst",
            "::notice file=p/project.conf,line=1,col=1,title=TOY201 noisy::no line",
        ]

    def test_no_text_of_a_project_is_a_command(self) -> None:
        odd = toy("50%\r\n::error::x", at=Provenance("a,b:c%.bst", 1, 1))
        [line] = to_github([odd]).splitlines()
        assert line.startswith("::warning file=a%2Cb%3Ac%25.bst,line=1,col=1,")
        assert line.endswith("::50%25%0D%0A::error::x")

    def test_nothing_found(self) -> None:
        assert to_github([]) == ""


class TestJunit:
    def suite(self, *findings: Finding) -> ET.Element:
        root = ET.fromstring(to_junit(report(*findings, ran=RAN)))  # noqa: S314 - our own
        assert root.tag == "testsuites"
        [suite] = root
        return suite

    def test_a_case_for_each_check(self) -> None:
        suite = self.suite(*MANY)
        assert dict(suite.attrib) == {"name": "bstgraph check", "tests": "3", "failures": "2"}
        cases = {case.attrib["name"]: case for case in suite}
        assert list(cases) == ["TOY101 never", "TOY102 always", "TOY201 noisy"]
        assert list(cases["TOY101 never"]) == []
        failure, output = cases["TOY201 noisy"]
        assert failure.attrib["message"] == "'a.bst' is odd"
        assert failure.text is not None
        assert failure.text.splitlines()[0].startswith("elements/a.bst:3:5: 'a.bst' is odd; ")
        assert (output.tag, output.text) == ("system-out", "project.conf:0:0: no line")
        assert cases["TOY201 noisy"].attrib["classname"] == "bstgraph.dependencies"

    def test_advice_fails_nothing(self) -> None:
        suite = self.suite(MANY[3])
        assert suite.attrib["failures"] == "0"
        assert suite.find(".//failure") is None

    @pytest.mark.parametrize("text", ["<&>\"'", "\x00\x1b\ud800\ufffe", "]]>", "a\nb"])
    def test_any_text_can_be_read_again(self, text: str) -> None:
        self.suite(toy(text, text))
