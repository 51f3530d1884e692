"""Plans, forecasts and cures as text and JSON."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from bstgraph import load_state
from bstgraph.display import mimebundle
from bstgraph.forecast import Forecast, forecast
from bstgraph.keys import RuleName
from bstgraph.plans import Cure, StaleReport, built, cures, plan, stale
from bstgraph.render import (
    forecast_text,
    forecast_to_json,
    gap_lines,
    plan_text,
    short_forecast,
    to_json,
    to_text,
    verdict,
)
from bstgraph.testing import project, write
from tests.unit.planning import CHAIN, failed, only, state, touched
from tests.unit.test_plans import EMPTY, REAL, UNKNOWN
from tests.unit.test_stale_scenarios import R6, R7

DOCUMENT: Final = Path(__file__).parents[2] / "docs/stale.md"


def foretold(text: str = CHAIN, *, runbook: bool = False) -> Forecast:
    rules: tuple[RuleName, ...] = ("buildstream", "runbook")
    return forecast(touched(text), state(text=text), rules=rules if runbook else rules[:1])


def wide(number: int, kind: str = "manual") -> str:
    """Return a drawing in which so many elements have copied from the library."""
    names = [f"a{each:02}.bst" for each in range(number)]
    parts = [f"    === {name}\n    kind: {kind}\n    build-depends: [lib.bst]\n" for name in names]
    return (
        "    === lib.bst\n    kind: manual\n    environment: {V: '1'}\n"
        + "".join(parts)
        + f"    === layer.bst\n    kind: compose\n    build-depends: [{', '.join(names)}]\n"
    )


class TestVerdict:
    def test_layers_and_images(self) -> None:
        assert verdict(foretold().report) == "1 layer and 1 image would ship old bytes"

    def test_an_element_that_is_in_no_layer(self) -> None:
        found = forecast(touched(), state(), ["app.bst"]).report
        assert verdict(found) == "1 element would be old, no layer and no image"

    def test_a_key_alone(self) -> None:
        text = """
            === lib.bst
            kind: manual
            environment: {V: '1'}
            === s.bst
            kind: stack
            depends: [lib.bst]
        """
        found = foretold(text)
        expected = "No bytes would be old: of 1 element nothing but the key is another one"
        assert verdict(found.report) == expected
        told = forecast_text(found)
        assert "\nkey only  stack  s.bst" in told
        assert "which weak keys do not see" not in told
        assert "app" not in short_forecast(found)

    def test_what_could_not_be_judged(self) -> None:
        found = stale(state(text=UNKNOWN), REAL, ["deps.bst"])
        told = "Nothing stale that is known of, 3 of 3 elements could not be judged"
        assert verdict(found) == told
        lines = list(gap_lines(found))
        assert lines[0] == "unknown: 3 of 3 elements could not be judged:"
        assert lines[2] == "  app.bst: the key of 'lib.bst' is not known"
        assert forecast_text(Forecast.of(found)).endswith("\n".join(lines))

    def test_an_empty_cache(self) -> None:
        assert verdict(stale(state(), EMPTY)).endswith(
            "nothing that is in the cache would be taken"
        )

    def test_nothing(self) -> None:
        found = forecast(state(), state())
        assert verdict(found.report) == "Nothing stale"
        assert len(forecast_text(found).splitlines()) == 4


class TestForecast:
    def test_the_documented_r7(self, tmp_path: Path) -> None:
        root = write(R7, tmp_path)
        before = load_state(root, ["image.bst"], label="HEAD")
        (root / "files/libfoo/usr/lib/libfoo.txt").write_text("foo 2\n")
        found = forecast(load_state(root, ["image.bst"]), before)
        told = forecast_text(found, cures(found.report))
        assert textwrap.indent(told, "    ") in DOCUMENT.read_text("utf-8")

    @pytest.mark.parametrize("both", [True, False])
    def test_the_documented_r6(self, tmp_path: Path, *, both: bool) -> None:
        root = write(R6, tmp_path)
        before = load_state(root, ["image.bst"], label="HEAD")
        with (root / "elements/deps.bst").open("a") as deps:
            deps.write("- nano.bst\n")
        now = load_state(root, ["image.bst"])
        found = forecast(now, before, rules=("buildstream", "runbook") if both else ("runbook",))
        told = forecast_text(found, cures(found.report))
        assert textwrap.indent(told, "    ") in DOCUMENT.read_text("utf-8")

    def test_rules_that_agree_have_one_column(self) -> None:
        told = forecast_text(foretold(runbook=True))
        assert re.search(r"^verdict +kind +element +why$", told, re.MULTILINE)
        assert "The rules differ" not in told

    def test_many_elements_are_cut(self) -> None:
        found = foretold(wide(40))
        told = forecast_text(found)
        assert "  and 35 more users: --all\n" in told
        assert "\nand 16 more: --all" in told
        # A layer is told however many there are before it.
        assert re.search(r"^\w+ +compose +layer.bst", told, re.MULTILINE)
        everything = forecast_text(found, everything=True)
        assert "--all" not in everything
        assert everything.count("-> lib.bst (build-only") == 40

    def test_many_changed_dependencies_are_cut(self) -> None:
        libraries = [f"l{each}.bst" for each in range(10)]
        text = (
            "".join(
                f"    === {name}\n    kind: manual\n    environment: {{V: '1'}}\n"
                for name in libraries
            )
            + f"    === app.bst\n    kind: manual\n    build-depends: [{', '.join(libraries)}]\n"
        )
        found = foretold(text)
        assert "and 2 more dependencies that changed: --all\n" in forecast_text(found)
        assert "more dependencies" not in forecast_text(found, everything=True)
        assert "  and 7 more\n" in short_forecast(found)

    def test_a_dependency_that_is_gone(self) -> None:
        listed = ("depends: [app.bst, other.bst]", "depends: [app.bst]")
        found = forecast(state(listed), state(), ["layer.bst"], rules=["runbook"])
        told = forecast_text(found)
        assert "other.bst is gone, which weak keys do not see:\n" in told
        assert "  layer.bst -> other.bst (no dependency any more)\n" in told

    def test_a_path_whose_first_dependency_is_strict(self) -> None:
        text = """
            === lib.bst
            kind: manual
            environment: {V: '1'}
            === mid.bst
            kind: manual
            runtime-depends: [lib.bst]
            === app.bst
            kind: manual
            build-depends: [{filename: mid.bst, strict: true}]
        """
        told = forecast_text(foretold(text))
        assert "  app.bst -> mid.bst -> lib.bst (build-only, strict)" in told
        assert "  app.bst -> mid.bst -> lib.bst (build-only, strict)" in short_forecast(
            foretold(text)
        )

    def test_keys_with_gaps(self) -> None:
        found = forecast(state(text=UNKNOWN), state(text=UNKNOWN))
        told = forecast_text(found)
        assert "unknown: keys have gaps, and what is behind these was taken as unchanged:\n" in told
        assert "  the kind 'strange' is not at hand" in told

    def test_what_is_not_at_hand(self) -> None:
        text = """
            === sdk.bst
            kind: junction
            sources: [{kind: tar, url: 'https://example.org/x.tar', ref: abc}]
            === a.bst
            kind: manual
            build-depends: ['sdk.bst:x.bst']
        """
        now = load_state(project(text, targets=["a.bst"]))
        lines = forecast_text(forecast(now, now)).splitlines()
        assert "unknown: 1 of 2 elements could not be judged:" in lines
        assert lines[-1].startswith("unknown: the files of junction 'sdk.bst' are not at hand")

    def test_what_nobody_recorded(self) -> None:
        found = stale(touched(), only(state(), ["app.bst"], recorded=False), ["app.bst"])
        told = "unknown: what its artifact was built from is not known: app.bst"
        assert told in to_text(found)

    def test_what_buildstream_refuses(self) -> None:
        text = "=== a.bst\nkind: manual\nsources: [{kind: tar, url: 'https://example.org/x.tar'}]\n"
        told = forecast_text(forecast(state(text=text), state(text=text)))
        assert "BuildStream refuses to begin: a.bst: " in told

    def test_many_gaps_are_cut(self) -> None:
        kinds = "".join(f"    === k{each}.bst\n    kind: strange{each}\n" for each in range(4))
        names = ", ".join(f"strange{each}" for each in range(4))
        plugins = f"[{{origin: pip, package-name: n, elements: [{names}]}}]"
        conf = f"    === project.conf\n    plugins: {plugins}\n"
        found = forecast(state(text=kinds + conf), state(text=kinds + conf))
        assert re.search(r"^  and \d+ more: --all$", forecast_text(found), re.MULTILINE)
        assert "more: --all" not in forecast_text(found, everything=True)


class TestCures:
    def test_a_long_command_is_cut(self) -> None:
        found = foretold(wide(12))
        remedies = cures(found.report)
        told = forecast_text(found, remedies)
        assert (
            "bst artifact delete a00.bst a01.bst a02.bst (10 more: --all), and build again" in told
        )
        assert "and 6 more: --all" in told
        assert "more that leave something old: --all" in told
        everything = forecast_text(found, remedies, everything=True)
        assert " a11.bst layer.bst, and build again" in everything
        assert "--all" not in everything
        assert "from now on, 14 elements built when it changes, so far 1\n" in told

    def test_a_dependency_that_has_to_be_written(self) -> None:
        text = """
            === lib.bst
            kind: manual
            environment: {V: '1'}
            === mid.bst
            kind: manual
            runtime-depends: [lib.bst]
            === app.bst
            kind: manual
            build-depends: [mid.bst]
        """
        found = foretold(text)
        told = forecast_text(found, cures(found.report))
        assert "in build-depends of elements/app.bst\n         - filename: lib.bst\n" in told
        assert "unknown" not in told

    def test_one_of_another_project(self, tmp_path: Path) -> None:
        states = [
            load_state(project(SUB.replace("V: '1'", f"V: '{each}'"), tmp_path / each))
            for each in ("1", "2")
        ]
        found = forecast(states[1], states[0], ["image.bst"])
        told = forecast_text(found, cures(found.report))
        assert "at sub.bst:elements/app.bst:2:17\n         - filename: lib.bst\n" in told
        assert "in build-depends of sub.bst:elements/tool.bst\n         - filename: lib.bst" in told
        assert "from now on, 5 elements built when it changes, so far" in told

    @pytest.mark.parametrize(
        ("changed", "told"),
        [
            ({"unjudged": 2, "built": ()}, "builds 0 elements, of 2 elements it is not known what"),
            ({"later": 3, "before": None}, "from now on, 3 elements built when these change\n"),
            ({"gaps": ("a gap",)}, "     unknown: a gap"),
        ],
    )
    def test_what_is_not_known_of_one(self, changed: Mapping[str, object], told: str) -> None:
        found = foretold()
        cure = Cure(remedy="delete", elements=found.report.stale, command="bst artifact delete")
        assert told in forecast_text(found, [replace(cure, **changed)]) + "\n"  # type: ignore[arg-type]


SUB: Final = """
    === sub.bst
    kind: junction
    sources: [{kind: local, path: sub}]
    === sub/project.conf
    === sub/lib.bst
    kind: manual
    environment: {V: '1'}
    === sub/app.bst
    kind: manual
    build-depends: [lib.bst]
    === sub/mid.bst
    kind: manual
    runtime-depends: [lib.bst]
    === sub/tool.bst
    kind: manual
    build-depends: [mid.bst]
    === layer.bst
    kind: compose
    build-depends: ['sub.bst:app.bst', 'sub.bst:tool.bst']
    === image.bst
    kind: script
    build-depends: [layer.bst]
"""


class TestPlan:
    def test_counts_come_first(self) -> None:
        told = plan_text(plan(touched(), built(state().keys), ["image.bst"], strict=True))
        assert told.splitlines()[0] == "6 elements: 5 built, 1 reused"
        assert told.endswith("Next: --no-strict tells what a build by weak keys would do instead.")

    def test_stale_ones_are_marked(self) -> None:
        told = plan_text(plan(touched(), built(state().keys), ["image.bst"]))
        assert "reused by weak key although they are old (stale):\n  script  image.bst  an" in told
        assert "Next: `bstgraph stale image.bst`, with" in told

    def test_nothing_to_do(self) -> None:
        told = plan_text(plan(state(), built(state().keys)))
        assert told.endswith("\n\nNothing is built.")

    def test_not_strict_and_nothing_stale(self) -> None:
        assert plan_text(plan(state(), EMPTY)).endswith("stale, as far as is known.")

    def test_failures(self) -> None:
        told = plan_text(plan(state(), only(state(), ["app.bst"], failed)))
        assert "failed before and not tried again:\n  manual  app.bst  its build failed" in told
        assert "blocked by one that fails:\n  stack    deps.bst" in told

    def test_pulled_and_everything(self) -> None:
        made = plan(state(), EMPTY, ["image.bst"], remotes=[built(state().keys)])
        told = plan_text(made, everything=True)
        assert "reused:\n  script  image.bst  an artifact has its strict key, pulled\n" in told
        assert "not needed:\n  manual   lib.bst" in told

    def test_unknown_and_refused(self) -> None:
        told = plan_text(plan(state(text=UNKNOWN), REAL, ["app.bst"]))
        assert "not known:\n  strange  lib.bst  its key is not known exactly" in told
        assert "\nunknown: 2 of 2 elements could not be judged:\n  lib.bst: its key" in told
        told = plan_text(plan(state(text=UNKNOWN), EMPTY))
        assert "unknown: keys have gaps, and what is behind these was taken as unchanged:\n" in told
        text = "=== a.bst\nkind: manual\nsources: [{kind: tar, url: 'https://example.org/x.tar'}]\n"
        assert "but BuildStream refuses to begin: a.bst: " in plan_text(
            plan(state(text=text), EMPTY)
        )

    def test_many_steps_are_cut(self) -> None:
        made = plan(state(text=wide(40)), EMPTY)
        assert "  and 17 more: --all\n" in plan_text(made)
        assert "--all" not in plan_text(made, everything=True)


class TestJson:
    def test_the_same_bytes_and_the_same_shape(self) -> None:
        found = foretold(runbook=True)
        assert forecast_to_json(found, cures(found.report)) == forecast_to_json(
            found, cures(found.report)
        )
        document = json.loads(to_json(found))
        assert document["cures"] == []
        assert next(iter(document)) == "schema"
        one = json.loads(to_json(found.report))
        assert (one["schema"], len(one["reports"])) == ("bstgraph/stale/1", 1)
        assert json.loads(to_json(found.report.plan))["schema"] == "bstgraph/plan/1"

    def test_an_external_element_has_no_keys(self) -> None:
        text = """
            === sdk.bst
            kind: junction
            sources: [{kind: tar, url: 'https://example.org/x.tar', ref: abc}]
            === a.bst
            kind: manual
            build-depends: ['sdk.bst:x.bst']
        """
        made = plan(load_state(project(text, targets=["a.bst"])), EMPTY)
        (step, _) = json.loads(to_json(made))["steps"]
        assert (step["strict"], step["action"]) == (None, "unknown")


class TestDisplays:
    @pytest.mark.parametrize(
        "result",
        [foretold(), foretold().report, foretold().report.plan],
        ids=lambda r: str(type(r)),
    )
    def test_text_and_html(self, result: Forecast | StaleReport) -> None:
        shown = mimebundle(result)
        assert set(shown) == {"text/plain", "text/html"}
        assert shown["text/plain"] == to_text(result)
