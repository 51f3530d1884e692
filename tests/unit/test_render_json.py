"""JSON documents: the schema, the order, the same bytes each time."""

from __future__ import annotations

import json
from typing import Any

from bstgraph.checks import Suppression
from bstgraph.checks.gap import gap
from bstgraph.graph import Graph
from bstgraph.images import image_chain
from bstgraph.model import Sandbox, Source
from bstgraph.render import checks_to_json, elements_to_json, to_json
from tests.unit.builders import element, graph
from tests.unit.check_cases import found, report
from tests.unit.image_builders import dakota, script, stack, staged


def loaded(text: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(text)
    return document


class TestElements:
    def test_one_element_in_full(self) -> None:
        made = element("sdk.bst:a.bst", "b.bst").model_copy(
            update={
                "variables": {"prefix": "/usr"},
                "config": {"commands": ("a", "b"), "flag": "True"},
                "sandbox": Sandbox(build_arch="aarch64"),
                "sources": (Source(kind="local", directory="d", config={"path": "files"}),),
                "gaps": ("unknown",),
            }
        )
        [found] = loaded(elements_to_json([made]))["elements"]
        at = {"path": "elements/x.bst", "line": 1, "column": 3}
        assert found == {
            "name": "sdk.bst:a.bst",
            "kind": "manual",
            "project": "sdk",
            "description": "",
            "dependencies": [
                {
                    "name": "b.bst",
                    "path": "b.bst",
                    "type": "all",
                    "strict": False,
                    "config": [],
                    "at": at,
                }
            ],
            "sources": [
                {"kind": "local", "directory": "d", "config": {"path": "files"}, "at": None}
            ],
            "workspace": None,
            "variables": {"prefix": "/usr"},
            "environment": {},
            "environment-nocache": [],
            "sandbox": {"build-arch": "aarch64"},
            "public": {},
            "config": {"commands": ["a", "b"], "flag": "True"},
            "gaps": ["unknown"],
            "at": {"path": "sdk.bst:elements/a.bst", "line": 1, "column": 1},
        }

    def test_the_order_is_kept_and_the_schema_comes_first(self) -> None:
        text = elements_to_json([element("b.bst"), element("a.bst")], gaps=["g"])
        document = loaded(text)
        assert next(iter(document)) == "schema"
        assert document["schema"] == "bstgraph/show/1"
        assert [found["name"] for found in document["elements"]] == ["b.bst", "a.bst"]
        assert document["gaps"] == ["g"]

    def test_the_bytes_do_not_depend_on_the_order_of_mappings(self) -> None:
        one = element("a.bst").model_copy(update={"variables": {"x": "1", "y": "é"}})
        other = element("a.bst").model_copy(update={"variables": {"y": "é", "x": "1"}})
        assert elements_to_json([one]) == elements_to_json([other])
        assert elements_to_json([one]).isascii()


class TestChain:
    def test_stages_are_flat_with_their_depth(self) -> None:
        chain = image_chain(dakota(), "oci/image.bst")
        document = loaded(to_json(chain))
        assert document["schema"] == "bstgraph/chain/1"
        assert document["target"] == "oci/image.bst"
        found = [(stage["depth"], stage["name"]) for stage in document["stages"]]
        assert found == [(depth, stage.name) for depth, stage in chain.walk()]

    def test_one_stage_in_full(self) -> None:
        document = loaded(to_json(image_chain(dakota(), "oci/image.bst")))
        layer = next(found for found in document["stages"] if found["role"] == "layer")
        rules = {
            "include": None,
            "exclude": ["debug"],
            "orphans": True,
            "integrate": True,
            "include-paths": None,
            "exclude-paths": [],
        }
        assert layer == {
            "depth": 1,
            "name": "oci/layer.bst",
            "kind": "compose",
            "role": "layer",
            "location": "/layer",
            "filter": rules,
            "effective": rules,
            "members": 1,
            "elements": 1,
            "packages": 4,
            "repeated": False,
            "at": {"path": "elements/x.bst", "line": 9, "column": 3},
        }

    def test_depth_has_no_bound(self) -> None:
        elements = [stack("s0.bst")]
        elements += [stack(f"s{n}.bst", f"s{n - 1}.bst") for n in range(1, 2000)]
        elements += [script("image.bst", staged("s1999.bst", "/layer"))]
        text = to_json(image_chain(Graph.from_elements(elements), "image.bst"))
        assert loaded(text)["stages"][-1]["depth"] == 2000


class TestPath:
    def test_why(self) -> None:
        document = loaded(to_json(graph("a: b/build\nb: c").why("a.bst", "c.bst")))
        [path] = document["paths"]
        assert document["schema"] == "bstgraph/path/1"
        assert path["names"] == ["a.bst", "b.bst", "c.bst"]
        assert path["edges"][0] == {
            "from": "a.bst",
            "to": "b.bst",
            "type": "build",
            "strict": False,
            "at": {"path": "elements/x.bst", "line": 1, "column": 3},
        }
        assert (document["count"], document["capped"]) == (1, False)
        assert (document["staged"], document["runtime"]) == (True, False)

    def test_several(self) -> None:
        document = loaded(to_json(graph("a: b, c\nb: d\nc: d").simple_paths("a.bst", "d.bst")))
        assert [path["names"][1] for path in document["paths"]] == ["b.bst", "c.bst"]
        assert document["capped"] is False


def test_report() -> None:
    made = found("it is odd", "oci/image.bst", severity="advice")
    rule = Suppression(check="BSG102", elements=("x.bst",), reason="known")
    document = loaded(
        to_json(
            report(
                made, suppressed=((found("hush", "x.bst"), rule),), known=(found("old"),), gone=2
            )
        )
    )
    chains = document.pop("chains")
    assert [told["target"] for told in chains] == ["oci/base.bst"]
    told = {
        "code": "BSG102",
        "check": "gap",
        "severity": "advice",
        "message": "it is odd",
        "fix": None,
        "fixable": False,
        "element": "oci/image.bst",
        "elements": ["oci/image.bst"],
        "evidence": [],
        "at": None,
        "link": "docs/checks/gap.md",
    }
    hushed = {"message": "hush", "element": "x.bst", "elements": ["x.bst"], "severity": "warning"}
    assert document == {
        "schema": "bstgraph/check/1",
        "project": "example",
        "dialect": "buildstream",
        "targets": ["oci/base.bst"],
        "elements": 1090,
        "external": 0,
        "projects": 3,
        "findings": [told],
        "known": 1,
        "gone": 2,
        "suppressed": [{**told, **hushed, "reason": "known"}],
        "checks": ["BSG102"],
        "forecast": None,
        "no-forecast": None,
    }


def test_checks() -> None:
    document = loaded(checks_to_json([gap]))
    assert document == {
        "schema": "bstgraph/checks/1",
        "checks": [
            {
                "code": "BSG102",
                "name": "gap",
                "severity": "advice",
                "family": "loading",
                "explanation": "Report what could not be known of the project or its elements.",
                "link": "docs/checks/gap.md",
            }
        ],
    }
