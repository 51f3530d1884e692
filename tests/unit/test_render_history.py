"""The rows of a history as text and as JSON."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from bstgraph.history import Edge, HistoryRow, RuleRow
from bstgraph.names import ElementName
from bstgraph.render import HistoryText, history_json

EDGE: Final = Edge(
    user=ElementName("app.bst"),
    dependency=ElementName("libc.bst"),
    path=(ElementName("app.bst"), ElementName("lib.bst"), ElementName("libc.bst")),
    difference="changed",
)
RULE: Final = RuleRow(
    rule="buildstream",
    built=1_234,
    stale=3,
    tainted=2,
    unknown=1,
    layers=tuple(ElementName(f"layer{n}.bst") for n in range(3)),
    layer_count=30,
    images=(ElementName("image.bst"),),
    image_count=1,
    edges=(EDGE, EDGE, EDGE),
    edge_count=5,
)
NOTHING: Final = replace(
    RULE, layers=(), layer_count=0, images=(), image_count=0, edges=(), edge_count=0
)
ROW: Final = HistoryRow(
    commit="1" * 40,
    subject="a change",
    date=datetime(2026, 1, 2, 3, tzinfo=UTC),
    seconds=1.26,
    elements=7,
    vs="0" * 40,
    rules=(RULE,),
)
BROKEN: Final = replace(
    ROW, commit="2" * 40, rules=(), vs=None, error="invalid-yaml", message="a.bst:1:1: no"
)


class TestText:
    def test_old_bytes(self) -> None:
        text = HistoryText()
        assert text.header == "commit        date           load   built  old bytes in"
        assert text.row(ROW).splitlines() == [
            "111111111111  2026-01-02    1.3 s   1,234  30 layers, 1 image  a change",
            "              image.bst, layer0.bst, layer1.bst, and 28 more",
            "              app.bst -> lib.bst -> libc.bst  changed",
            "              app.bst -> lib.bst -> libc.bst  changed",
            "              and 3 more edges",
        ]
        assert text.ships_old
        assert text.summary().splitlines() == [
            "1 commit: 1 would have shipped old bytes; what is not committed was not looked at",
            "Next: `bstgraph diff 000000000000 111111111111` tells what changed in that step",
        ]

    def test_few(self) -> None:
        rule = replace(RULE, layers=(), layer_count=0, edges=(EDGE,), edge_count=1)
        assert HistoryText().row(replace(ROW, rules=(rule,))).splitlines()[1:] == [
            "              image.bst",
            "              app.bst -> lib.bst -> libc.bst  changed",
        ]
        rule = replace(RULE, images=(), image_count=0, layer_count=3)
        assert " 3 layers  a change" in HistoryText().row(replace(ROW, rules=(rule,)))

    def test_nothing_old(self) -> None:
        text = HistoryText()
        row = replace(ROW, rules=(NOTHING,), date=None, subject="x" * 61)
        subject = "x" * 57 + "..."
        assert text.row(row) == f"111111111111  -             1.3 s   1,234  nothing  {subject}"
        assert (text.ships_old, text.none_loaded) == (False, False)
        assert text.summary().splitlines()[1:] == []

    def test_both_rules(self) -> None:
        rules = (NOTHING, replace(NOTHING, rule="runbook", built=2))
        assert HistoryText().row(replace(ROW, rules=rules, subject="x")).splitlines() == [
            "111111111111  2026-01-02    1.3 s   1,234  nothing  by the rule of buildstream  x",
            "                                        2  nothing  by the rule of runbook",
        ]

    def test_nothing_to_compare_with(self) -> None:
        row = replace(ROW, rules=(), vs=None, gaps=("nothing before it",), gap_count=1)
        assert HistoryText().row(row).splitlines() == [
            "111111111111  2026-01-02    1.3 s       -  -  a change",
            "              unknown: nothing before it",
        ]

    def test_broken(self) -> None:
        text, other = HistoryText(), HistoryText()
        assert other.row(BROKEN)
        assert other.none_loaded
        assert text.row(BROKEN).splitlines() == [
            "222222222222  2026-01-02    1.3 s       -  cannot be loaded  a change",
            "              a.bst:1:1: no",
        ]
        text.row(replace(ROW, rules=(NOTHING,)))
        assert not text.none_loaded
        assert text.summary().startswith(
            "2 commits: 0 would have shipped old bytes, 1 could not be loaded;"
        )

    def test_gaps_are_told_once_and_few(self) -> None:
        text = HistoryText()
        first = text.row(replace(ROW, rules=(NOTHING,), gaps=("a", "b"), gap_count=2))
        assert first.endswith("unknown: a\n              unknown: b")
        second = text.row(replace(ROW, rules=(NOTHING,), gaps=("b", *"cdefg"), gap_count=6))
        assert second.splitlines()[1:] == [f"              unknown: {gap}" for gap in "cde"]
        assert text.summary().splitlines()[1:] == [
            "unknown: and 2 more, --json has those of each row"
        ]

    def test_no_rows(self) -> None:
        text = HistoryText()
        assert text.summary() == "no commit is in this range"
        assert not text.none_loaded


class TestJson:
    def test_a_row(self) -> None:
        text = history_json(replace(ROW, gaps=("a",), gap_count=9))
        assert text.startswith('{"schema": "bstgraph/history/1", "commit": "')
        assert "\n" not in text
        assert json.loads(text) == {
            "schema": "bstgraph/history/1",
            "commit": "1" * 40,
            "subject": "a change",
            "date": "2026-01-02T03:00:00+00:00",
            "seconds": 1.26,
            "elements": 7,
            "vs": "0" * 40,
            "error": None,
            "message": None,
            "gaps": ["a"],
            "gap-count": 9,
            "rules": [
                {
                    "rule": "buildstream",
                    "built": 1234,
                    "stale": 3,
                    "tainted": 2,
                    "unknown": 1,
                    "layers": ["layer0.bst", "layer1.bst", "layer2.bst"],
                    "layer-count": 30,
                    "images": ["image.bst"],
                    "image-count": 1,
                    "edges": [
                        {
                            "user": "app.bst",
                            "dependency": "libc.bst",
                            "path": ["app.bst", "lib.bst", "libc.bst"],
                            "difference": "changed",
                        }
                    ]
                    * 3,
                    "edge-count": 5,
                }
            ],
        }

    def test_a_broken_one(self) -> None:
        document = json.loads(history_json(replace(BROKEN, date=None)))
        assert (document["error"], document["message"]) == ("invalid-yaml", "a.bst:1:1: no")
        assert (document["rules"], document["date"]) == ([], None)
