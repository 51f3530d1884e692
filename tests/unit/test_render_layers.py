"""Contents, owners and traces as text, CSV and JSON, as a person or a program sees them."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent
from typing import Any, Final

import pytest

from bstgraph.files import Directory, File, Link, Untyped, tree_of
from bstgraph.layers import (
    Command,
    Contents,
    Drift,
    Gap,
    Layers,
    Moved,
    Overlap,
    Owned,
    Ownership,
    PathTrace,
    Staging,
    Trace,
    drift,
    owners,
    trace,
)
from bstgraph.layers import Link as Step
from bstgraph.names import ElementName
from bstgraph.render import (
    contents_summary,
    contents_text,
    contents_to_json,
    drift_text,
    locations_hint,
    ownership_chunkah,
    ownership_csv,
    ownership_paths,
    ownership_summary,
    ownership_table,
    staging_text,
    to_json,
    trace_text,
)
from bstgraph.splits import Claim, Decision
from tests.unit.caches import drawn
from tests.unit.layered import Stored, layered, text
from tests.unit.test_layers_trace import TestActions, TestUnknown, on

A: Final = ElementName("a.bst")
B: Final = ElementName("b.bst")
HOSTILE: Final = (
    "line\nbreak",
    "\udcff",
    "\ud800",
    "esc\x1b[31m",
    "cr\rx",
    "tab\t",
    "\u202e",
    'q",',
)
SHOWN: Final = (
    r"line\nbreak", r"\udcff", r"\ud800", r"esc\x1b[31m", r"cr\rx", r"tab\t", r"\u202e", 'q",',
)  # fmt: skip


def lines(drawing: str) -> str:
    return dedent(drawing).strip("\n")


def document(written: str) -> dict[str, Any]:
    found = json.loads(written)
    assert isinstance(found, dict)
    return found


def contents(**told: Any) -> Contents:  # noqa: ANN401 - fields of Contents
    return Contents(**{"element": A, "origin": "strict", "told": "X", "tree": drawn(), **told})


class TestContents:
    def test_paths(self) -> None:
        assert contents_text(contents(tree=drawn("d/b", "a"))) == "a\nd\nd/b"
        assert contents_text(contents()) == ""

    @pytest.mark.parametrize(
        ("told", "expected"),
        [
            ({}, "a.bst: 0 paths, as built, by strict key: X"),
            ({"origin": "weak", "tree": drawn("x")}, "a.bst: 1 path, as built, by weak key: X"),
            ({"origin": "latest"}, "a.bst: 0 paths, as last built: X"),
            ({"origin": "manifest"}, "a.bst: 0 paths, from X"),
            ({"origin": "sources"}, "a.bst: 0 paths, from X"),
            ({"origin": "kind"}, "a.bst: 0 paths, known: X"),
            ({"origin": "computed"}, "a.bst: 0 paths, computed: X"),
            ({"origin": "none"}, "a.bst: files, not known: X"),
        ],
    )
    def test_every_origin(self, told: Mapping[str, Any], expected: str) -> None:
        assert contents_summary(contents(**told)) == expected

    def test_all_that_is_not_known(self) -> None:
        found = contents(
            gaps=(Gap(A, "one"), Gap(B, "one"), Gap(B, "two")),
            commands=(*(Command(B, f"do {n}") for n in range(6)), Command(A, "x  y\n" * 50)),
            failure="it breaks",
        )
        assert contents_summary(found) == lines("""
            a.bst: 0 paths, as built, by strict key: X
            BuildStream cannot build it: it breaks
            subject to a command of b.bst: do 0
            subject to a command of b.bst: do 1
            subject to a command of b.bst: do 2
            subject to a command of b.bst: do 3
            subject to a command of b.bst: do 4
            subject to 2 commands more
            unknown: a.bst, b.bst: one
            unknown: b.bst: two
        """)

    def test_long_texts_are_cut(self) -> None:
        found = contents_summary(contents(commands=(Command(A, "x  y\n" * 50),)))
        assert found.endswith("x y x y x y...")
        many = contents_summary(contents(gaps=tuple(Gap(A, f"gap {n}") for n in range(10))))
        assert many.splitlines()[-1] == "unknown: and 2 more"

    @pytest.mark.parametrize(
        ("node", "expected"),
        [
            (Directory(), {"type": "directory"}),
            (Link("to"), {"type": "link", "target": "to"}),
            (Untyped(), {"type": None}),
            (File(), {"type": "file", "executable": False}),
            (File("ab", 0, executable=True),
             {"type": "file", "executable": True, "hash": "ab", "size": 0}),
        ],
    )  # fmt: skip
    def test_json_of_every_node(
        self, tmp_path: Path, node: File | Link | Directory, expected: dict[str, Any]
    ) -> None:
        layers = layered(
            "=== a.bst\nkind: manual\n", tmp_path, manifests={"a.bst": tree_of([("x", node)])}
        )
        found = document(contents_to_json(layers, "a.bst"))
        assert found["files"] == [{"path": "x", "element": "a.bst", **expected}]
        assert found["schema"] == "bstgraph/contents/1"
        assert (found["origin"], found["exact"], found["failure"]) == ("manifest", True, None)
        assert found.keys().isdisjoint({"locations", "overlaps", "unstaged"})

    def test_json_of_what_is_not_known(self, tmp_path: Path) -> None:
        layers = layered("=== a.bst\nkind: manual\n", tmp_path)
        found = document(contents_to_json(layers, "a.bst"))
        assert (found["origin"], found["exact"], found["files"]) == ("none", False, [])
        assert [gap["element"] for gap in found["gaps"]] == ["a.bst"]

    def test_json_of_a_compose_has_the_elements(self, tmp_path: Path) -> None:
        layers = layered(on("a.bst", "b.bst", a="etc/x d/y", b="etc/x d"), tmp_path)
        found = document(contents_to_json(layers, "layer.bst"))
        assert {row["path"]: row["element"] for row in found["files"]}["etc/x"] == "b.bst"
        assert found["locations"] == [{"location": "/", "elements": ["a.bst", "b.bst", "deps.bst"]}]
        assert found["overlaps"] == [
            {
                "path": "etc/x", "location": "/", "elements": ["a.bst", "b.bst"],
                "refused": ["b.bst"], "across": None,
            }
        ]  # fmt: skip
        assert found["unstaged"] == [{"element": "b.bst", "path": "d"}]

    def test_json_of_a_location(self, tmp_path: Path) -> None:
        layers = layered(on("a.bst", a="usr/x"), tmp_path)
        found = document(contents_to_json(layers, "image.bst", location="/layer"))
        assert (found["location"], found["exact"], found["origin"]) == ("/layer", True, "computed")
        assert [row["element"] for row in found["files"]] == ["a.bst", "a.bst"]
        assert found["told"] == "what it stages at /layer"


class TestStaging:
    def test_text(self, tmp_path: Path) -> None:
        layers = layered(on("a.bst", "b.bst", a="etc/x etc/y", b="etc/x"), tmp_path)
        assert staging_text(layers.staged("layer.bst")) == lines("""
            layer.bst stages
              /: 3 elements
            overlap: /etc/x of a.bst is that of b.bst
        """)
        assert staging_text(layers.staged("image.bst")) == lines("""
            image.bst stages
              /: 1 element
              /layer: 1 element
        """)
        assert staging_text(layers.staged("a.bst")) == "a.bst stages nothing"
        assert locations_hint(layers, "image.bst") == "what it stages: --location /layer"
        assert [locations_hint(layers, name) for name in ("layer.bst", "a.bst")] == ["", ""]

    def test_text_of_what_fails_and_of_much(self, tmp_path: Path) -> None:
        layers = layered(TestActions.FAILING, tmp_path)
        assert "BuildStream cannot build it: staging 'b.bst'" in staging_text(
            layers.staged("layer.bst")
        )
        place = layers.staged("layer.bst").locations
        refused = tuple(
            Overlap(path=f"p{n}", location="/at/", elements=(A, B), refused=(B,)) for n in range(22)
        )
        quiet = Overlap(path="q", location="/", elements=(A, B), refused=())
        staging = Staging(
            element=A, locations=place, overlaps=(*refused, quiet), gaps=(Gap(B, "why"),)
        )
        written = staging_text(staging).splitlines()
        assert "1 overlap that a whitelist allows" in written
        assert "overlap: /at/p19 of a.bst is that of b.bst" in written
        assert written[-2:] == ["and 2 overlaps more", "unknown: b.bst: why"]


def ownership(*rows: Owned, location: str | None = None) -> Ownership:
    return Ownership(element=A, location=location, rows=rows, gaps=(Gap(B, "why"),))


ROWS: Final = (
    Owned("usr", Directory(), A, "test", "element"),
    Owned("usr/a", File(), A, "test", "element"),
    Owned("usr/b", Link("a"), B, "sub", "element"),
    Owned("usr/made", File(), None, "", "commands"),
    Owned("usr/what", Untyped(), None, "", "unknown"),
)


class TestOwners:
    def test_table(self) -> None:
        assert ownership_table(ownership(*ROWS)) == lines("""
            a.bst       usr
            a.bst       usr/a
            b.bst       usr/b
            (commands)  usr/made
            (unknown)   usr/what
        """)
        assert ownership_table(ownership()) == ""

    def test_csv(self) -> None:
        assert ownership_csv(ownership(*ROWS)) == lines("""
            path,element,project,how
            usr,a.bst,test,element
            usr/a,a.bst,test,element
            usr/b,b.bst,sub,element
            usr/made,,,commands
            usr/what,,,unknown
        """)

    def test_chunkah(self) -> None:
        assert document(ownership_chunkah(ownership(*ROWS), interval="daily")) == {
            "a.bst": {"interval": "daily", "files": ["/usr/a"]},
            "b.bst": {"interval": "daily", "files": ["/usr/b"]},
        }
        assert document(ownership_chunkah(ownership())) == {}

    def test_paths_and_summary(self) -> None:
        found = ownership(*ROWS)
        assert ownership_paths(found).splitlines()[-1] == "usr/what"
        assert ownership_summary(found) == lines("""
            5 paths of 2 elements; 1 made by commands; 1 of unknown elements
            unknown: b.bst: why
        """)
        assert ownership_summary(ownership(*ROWS[:1], location="/x")) == "1 path of 1 element"

    def test_json(self) -> None:
        found = document(to_json(ownership(*ROWS)))
        assert (found["schema"], found["element"]) == ("bstgraph/owners/1", "a.bst")
        assert found["gaps"] == [{"element": "b.bst", "reason": "why"}]
        assert found["files"][2] == {
            "path": "usr/b", "element": "b.bst", "project": "sub", "how": "element",
            "type": "link", "target": "a",
        }  # fmt: skip
        assert found["files"][3]["element"] is None

    def test_drift(self) -> None:
        moved = (
            Moved(path="/x", before="a.bst", now="b.bst"),
            Moved(path="/y", before=None, now="b.bst"),
            Moved(path="/z", before="a.bst", now=None),
        )
        found = Drift(element=A, moved=moved, gaps=(Gap(B, "why"),))
        assert drift_text(found) == lines("""
            /x: a.bst -> b.bst
            /y: (not in the map) -> b.bst
            /z: a.bst -> (not there)
        """)
        assert drift_text(Drift(element=A, moved=())) == "the map is what it would be now"
        many = Drift(element=A, moved=moved * 100)
        assert drift_text(many).splitlines()[-1] == "and 100 more"
        assert document(to_json(found)) == {
            "schema": "bstgraph/drift/1",
            "element": "a.bst",
            "moved": [{"path": one.path, "before": one.before, "now": one.now} for one in moved],
            "gaps": [{"element": "b.bst", "reason": "why"}],
        }


WAYS: Final[list[tuple[str, str, str]]] = [
    (on("a.bst", a="usr/bin/a"), "/usr/bin/a", """
        /usr/bin/a is in image.bst

        /usr/bin/a
          in         a.bst      (elements/a.bst:1:1)
          passes     layer.bst  included domain runtime: /usr/bin/* (BuildStream:project.yaml:41:26)
          staged by  image.bst  at /layer (elements/image.bst:4:14)
     """),
    (on("a.bst", a="opt/orphan"), "/opt/orphan", """
        /opt/orphan is in image.bst

        /opt/orphan
          in         a.bst      (elements/a.bst:1:1)
          passes     layer.bst  no domain claims it, and orphans pass
          staged by  image.bst  at /layer (elements/image.bst:4:14)
     """),
    (on("a.bst", "b.bst", a="etc/x/y", b="etc/x"), "/etc/x", """
        /etc/x is in image.bst

        /etc/x
          in         a.bst      (elements/a.bst:1:1)
          passes     layer.bst  no domain claims it, and orphans pass
          staged by  image.bst  at /layer (elements/image.bst:4:14)

        /etc/x
          in           b.bst      (elements/b.bst:1:1)
          LEFT OUT by  layer.bst  a directory is in its place
     """),
    (TestActions.BUILD, "/usr/c", """
        /usr/c is not in image.bst; looked at the files of 3 elements

        /usr/c
          in          c.bst  (elements/c.bst:1:1)
          NOT STAGED  c.bst  needed only to build a.bst (elements/a.bst:3:17)
          fix: make it a runtime dependency of 'a.bst' where it is needed there
     """),
    (on("a.bst", a="x", alone="usr/c"), "/usr/c", """
        /usr/c is not in image.bst; looked at the files of 3 elements

        /usr/c
          in           alone.bst  (elements/alone.bst:1:1)
          NOT REACHED  alone.bst  nothing that the image is made of needs it
          fix: add it to the dependencies of 'deps.bst'
     """),
    (TestActions.PARENT, "/usr/x", """
        /usr/x is not in image.bst; looked at the files of 3 elements

        /usr/x
          in         old.bst    (elements/old.bst:1:1)
          staged by  base.bst   at /layer (elements/base.bst:3:14)
          HIDDEN by  image.bst  base.bst has it, the layer above has not
     """),
    (on("a.bst", a="x"), "/no", """
        /no is not in image.bst: no element has it; looked at the files of 2 elements
     """),
    (TestUnknown.M, "vim", """
        vim: it is not known whether it is in image.bst; looked at the files of 2 elements
        on the way to the image, the files of 1 element are not known: m.bst
          their name or their commands mention it: m.bst
          fix: build them, or name a cache (--cache DIR) or a list (--manifest FILE)
     """),
]  # fmt: skip


class TestTraces:
    @pytest.mark.parametrize(("drawing", "what", "expected"), WAYS)
    def test_text(self, tmp_path: Path, drawing: str, what: str, expected: str) -> None:
        assert trace_text(trace(layered(drawing, tmp_path), what, "image.bst")) == lines(expected)

    def test_an_element(self, tmp_path: Path) -> None:
        layers = layered(on("a.bst", a="usr/bin/a usr/include/h"), tmp_path)
        written = trace_text(trace(layers, "a.bst", "image.bst")).splitlines()
        assert written[0] == "a.bst: 3 of 5 paths of it are in image.bst"
        assert written[1].startswith("  in         a.bst      (elements/a.bst:1:1)")

    def test_ways_that_are_alike_are_told_once(self, tmp_path: Path) -> None:
        paths = " ".join(f"opt/{number:02}" for number in range(30))
        written = trace_text(trace(layered(on("a.bst", a=paths), tmp_path), "??", "image.bst"))
        assert written.count("staged by") == 1
        assert "/opt/19\nand 10 paths more, present in the same way\n" in written

    def test_commands_and_what_they_made(self) -> None:
        made = PathTrace(path="x", element=None, present=True, commands=(Command(A, "touch /x"),))
        found = Trace(what="x", image=B, verdict="present", paths=(made,), searched=1)
        assert trace_text(found) == lines("""
            x is in b.bst

            /x
              made by a command of the layers
              mentioned by a command of a.bst: touch /x
        """)

    def test_several_are_not_known(self) -> None:
        found = Trace(
            what="x", image=B, verdict="unknown", paths=(), searched=2, unknown=(A, B),
            gaps=(Gap(A, "left out"), Gap(ElementName("c.bst"), "told")),
        )  # fmt: skip
        assert trace_text(found) == lines("""
            x: it is not known whether it is in b.bst; looked at the files of 2 elements
            on the way to the image, the files of 2 elements are not known: a.bst, b.bst
              fix: build them, or name a cache (--cache DIR) or a list (--manifest FILE)
            unknown: c.bst: told
        """)

    @pytest.mark.parametrize(
        ("decision", "expected"),
        [
            (None, ""),
            (Decision(path="x", admitted=True, by="everything"), "nothing is filtered"),
            (Decision(path="x", admitted=False, by="orphans"),
             "no domain claims it, and orphans do not pass"),
            (Decision(path="x", admitted=False, by="exclude", decisive=("d",),
                      claims=(Claim(domain="d", rule="/x"), Claim(domain="e", rule="/y"))),
             "excluded domain d: /x"),
            (Decision(path="x", admitted=False, by="include",
                      claims=(Claim(domain="d", rule="/x"), Claim(domain="e", rule="/\nx"))),
             r"not included domain d: /x; e: /\nx"),
            (Decision(path="x", admitted=False, by="exclude-paths", decisive=("/p", "/q")),
             "exclude-paths: /p, /q (the runbook's rule R3)"),
            (Decision(path="x", admitted=False, by="include-paths"),
             "include-paths: no prefix (the runbook's rule R3)"),
        ],
    )  # fmt: skip
    def test_every_decision(self, decision: Decision | None, expected: str) -> None:
        link = Step(element=B, action="drops", decision=decision)
        path = PathTrace(path="x", element=A, present=False, links=(link,))
        found = Trace(what="x", image=B, verdict="absent", paths=(path,), searched=1)
        assert trace_text(found).splitlines()[-1] == f"  DROPPED by  b.bst  {expected}".rstrip()

    def test_json(self, tmp_path: Path) -> None:
        layers = layered(on("a.bst", "m.bst", a="usr/include/x") + text("""
            === m.bst
            kind: manual
        """), tmp_path)  # fmt: skip
        found = document(to_json(trace(layers, "x", "image.bst")))
        assert (found["schema"], found["verdict"]) == ("bstgraph/why/1", "unknown")
        assert (found["unknown"], found["likely"], found["way"]) == (["m.bst"], [], [])
        (path,) = found["paths"]
        assert (path["path"], path["present"], path["commands"]) == ("usr/include/x", False, [])
        has, drops = path["way"]
        assert has["at"] == {"path": "elements/a.bst", "line": 1, "column": 1}
        assert (has["location"], has["decision"], has["other"], has["fix"]) == (None,) * 4
        assert drops["decision"]["by"] == "exclude"
        assert drops["decision"]["decisive"] == ["devel"]
        assert {claim["domain"] for claim in drops["decision"]["claims"]} == {"devel"}


class TestHostile:
    """Names that are no text, or that a terminal would obey."""

    def layers(self, directory: Path) -> Layers:
        tree = tree_of((f"usr/{name}", File()) for name in HOSTILE)
        artifacts = {"m.bst": Stored(files=tree)}
        drawing = on("m.bst") + "=== m.bst\nkind: manual\n"
        layers = layered(drawing, directory, artifacts=artifacts)
        assert layers.contents("m.bst").tree == tree
        return layers

    def test_text_has_a_line_for_each(self, tmp_path: Path) -> None:
        layers = self.layers(tmp_path)
        expected = {"usr", *(f"usr/{name}" for name in SHOWN)}
        found = owners(layers, "layer.bst")
        assert set(contents_text(layers.contents("layer.bst")).splitlines()) == expected
        assert set(ownership_paths(found).splitlines()) == expected
        table = ownership_table(found).splitlines()
        assert {line.removeprefix("m.bst  ") for line in table} == expected

    def test_nothing_is_lost_in_json(self, tmp_path: Path) -> None:
        layers = self.layers(tmp_path)
        expected = {"usr", *(f"usr/{name}" for name in HOSTILE)}
        for written in (
            contents_to_json(layers, "layer.bst"),
            contents_to_json(layers, "image.bst", location="/layer"),
            to_json(owners(layers, "layer.bst")),
        ):
            assert written.isascii()
            assert {row["path"] for row in document(written)["files"]} == expected
        found = document(to_json(trace(layers, "**", "layer.bst")))
        assert {path["path"] for path in found["paths"] if path["present"]} == expected
        chunks = document(ownership_chunkah(owners(layers, "layer.bst")))
        assert len(chunks["m.bst"]["files"]) == len(HOSTILE)
        moved = document(to_json(drift(owners(layers, "layer.bst"), {})))["moved"]
        assert {row["path"][1:] for row in moved} == expected - {"usr"}

    def test_csv_can_be_encoded_and_read(self, tmp_path: Path) -> None:
        written = ownership_csv(owners(self.layers(tmp_path), "layer.bst"))
        rows = csv.DictReader(io.StringIO(written.encode().decode(), newline=""))
        paths = {row["path"] for row in rows}
        assert paths == {
            "usr",
            *(f"usr/{name}".encode(errors="backslashreplace").decode() for name in HOSTILE),
        }

    def test_traces_stay_in_their_lines(self, tmp_path: Path) -> None:
        found = trace(self.layers(tmp_path), "**", "layer.bst")
        written = trace_text(found)
        assert written.encode()
        assert {f"/usr/{name}" for name in SHOWN} <= set(written.splitlines())
        assert all(line.isprintable() for line in written.splitlines())

    @pytest.mark.parametrize("name", HOSTILE)
    def test_reasons_too(self, name: str) -> None:
        gaps = (Gap(A, f"/{name}: lost"),)
        texts = (
            contents_summary(contents(gaps=gaps, failure=name, told=name)),
            staging_text(Staging(element=A, locations=(), overlaps=(), gaps=gaps, failure=name)),
            ownership_summary(Ownership(element=A, location=None, rows=(), gaps=gaps)),
            drift_text(Drift(element=A, moved=(Moved(path=name, before=name, now=name),))),
            trace_text(
                Trace(what=name, image=A, verdict="absent", paths=(), searched=1, gaps=gaps)
            ),
        )
        for written in texts:
            assert written.encode()
            assert all(line.isprintable() for line in written.split("\n"))
            assert len(written.split("\n")) <= 3
