"""Old findings: written, read again, told from new ones; files that are none."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bstgraph.checks import Baseline, own_baseline, read_baseline, report_on
from bstgraph.errors import SettingsError
from bstgraph.settings import CheckSettings
from tests.unit.check_cases import TOYS, found, subject


def of(*messages: str) -> Baseline:
    return Baseline.of("test", [found(message) for message in messages])


class TestSplit:
    def test_new_old_and_gone(self) -> None:
        known = of("a", "b", "b", "c")
        new, old, gone = known.split([found(text) for text in ("b", "d", "a", "b", "b")])
        assert [one.message for one in new] == ["d", "b"]
        assert [one.message for one in old] == ["b", "a", "b"]
        assert gone == 1

    def test_a_place_that_moves_is_no_new_finding(self) -> None:
        here = found("x", "a.bst", "b.bst")
        known = Baseline.of("test", [here])
        assert known.split([found("x", "a.bst", "c.bst", fix="y")])[0] == ()
        assert known.split([found("x", "b.bst")])[0] != ()

    def test_a_report_has_new_ones_alone(self) -> None:
        everything = report_on(subject(), checks=TOYS)
        known = Baseline.of("test", everything.findings[1:])
        made = report_on(subject(), checks=TOYS, baseline=known)
        assert made.findings == everything.findings[:1]
        assert (made.known, made.gone) == (everything.findings[1:], 0)


class TestText:
    @pytest.mark.parametrize("messages", [(), ("a",), ("b", "a", "b", 'quotes " and \n é')])
    def test_it_is_read_again(self, messages: tuple[str, ...]) -> None:
        text = of(*messages).text()
        assert read_baseline(text, "old.json", project="test") == of(*messages)
        assert read_baseline(text, "old.json", project="test").text() == text
        assert json.loads(text)["schema"] == "bstgraph/baseline/1"

    def test_a_finding_a_line_sorted(self) -> None:
        lines = of("b", "a", "b").text().splitlines()
        assert lines[4:6] == [
            '    {"code": "BSG102", "element": "", "message": "a", "count": 1},',
            '    {"code": "BSG102", "element": "", "message": "b", "count": 2}',
        ]

    @pytest.mark.parametrize(
        ("text", "told"),
        [
            ("{", "old.json:1:2: no valid JSON"),
            ("", "no valid JSON"),
            ('{\n  "schema": ,\n}', "old.json:2:13: no valid JSON"),
            ("[" * 100_000, "nested too deeply"),
            ("[]", "its schema is not 'bstgraph/baseline/1'"),
            ('{"schema": "bstgraph/baseline/2"}', "its schema is not"),
            ('{"schema": "bstgraph/baseline/1", "project": "x"}', "project 'x', and this one is"),
            ('{"schema": "bstgraph/baseline/1", "project": "test"}', "not a finding"),
            ("9" * 5000, "a number in it is too long"),
        ],
    )
    def test_what_is_none(self, text: str, told: str) -> None:
        with pytest.raises(SettingsError, match="bad-baseline") as caught:
            read_baseline(text, "old.json", project="test")
        assert told in str(caught.value)

    @pytest.mark.parametrize(
        "row",
        [
            "3",
            "{}",
            '{"code": "A", "element": "", "message": 1, "count": 1}',
            '{"code": "A", "element": "", "message": "", "count": 0}',
            '{"code": "A", "element": "", "message": "", "count": true}',
            '{"code": "A", "element": "", "message": "", "count": 1e99}',
            '{"code": "A", "element": "", "message": "", "count": 99999999999}',
        ],
    )
    def test_rows_that_are_none(self, row: str) -> None:
        text = f'{{"schema": "bstgraph/baseline/1", "project": "test", "findings": [{row}]}}'
        with pytest.raises(SettingsError, match="not a finding of a baseline"):
            read_baseline(text, "old.json", project="test")


class TestOwn:
    def read(self, path: str, name: str) -> str:
        del name
        return Path(path).read_text(encoding="utf-8")

    def test_one_beside_the_settings(self, tmp_path: Path) -> None:
        (tmp_path / "old.json").write_text(of("a").text(), encoding="utf-8")
        settings = CheckSettings(baseline="old.json")
        assert own_baseline(settings, tmp_path, project="test", read=self.read) == of("a")

    def test_none_is_named(self, tmp_path: Path) -> None:
        assert own_baseline(CheckSettings(), tmp_path, project="test", read=self.read) is None

    def test_one_outside(self, tmp_path: Path) -> None:
        inside = tmp_path / "project"
        inside.mkdir()
        (inside / "link").symlink_to(tmp_path)
        for name in ("../old.json", "/etc/hostname", "link/old.json", "."):
            with pytest.raises(SettingsError, match="outside the project"):
                own_baseline(CheckSettings(baseline=name), inside, project="test", read=self.read)
