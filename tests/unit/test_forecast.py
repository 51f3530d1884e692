"""One forecast by each rule, and where they differ."""

from __future__ import annotations

from typing import Final

import pytest

from bstgraph.errors import SelectionError
from bstgraph.forecast import Forecast, forecast
from bstgraph.keys import RuleName
from bstgraph.plans import built
from tests.unit.planning import only, state, touched

BOTH: Final[tuple[RuleName, ...]] = ("buildstream", "runbook")
LISTED = ("depends: [app.bst, other.bst]", "depends: [app.bst]")


class TestForecast:
    def test_as_if_another_state_had_been_built(self) -> None:
        found = forecast(touched(), state(), ["image.bst"])
        assert found.ships_old
        assert found.cache == "drawn"
        assert tuple(found.reports) == ("buildstream",)
        assert found.report.layers == ("layer.bst",)
        assert found.differing == ()
        assert repr(found).startswith("<Forecast from drawn: buildstream: <StaleReport: 4 stale")

    def test_with_a_cache(self) -> None:
        found = forecast(touched(), only(state(), ["app.bst"]), ["app.bst"])
        assert not found.ships_old
        assert found.report.stale == ("app.bst",)

    def test_both_rules_where_they_differ(self) -> None:
        found = forecast(state(), state(LISTED), ["layer.bst"], rules=[*BOTH, "runbook"])
        assert tuple(found.reports) == BOTH
        assert not found.report
        assert found.ships_old
        told = {str(each.name): dict(each.by) for each in found.differing}
        assert told["layer.bst"] == {"buildstream": "build", "runbook": "stale"}

    def test_the_runbooks_rule_alone(self) -> None:
        found = forecast(state(), state(LISTED), ["layer.bst"], rules=["runbook"])
        assert found.report.rule == "runbook"

    def test_the_runbooks_rule_has_no_cache(self) -> None:
        with pytest.raises(SelectionError, match="no-rule"):
            forecast(state(), built(state().keys), rules=BOTH)

    def test_of_one_report(self) -> None:
        report = forecast(touched(), state(), ["image.bst"]).report
        found = Forecast.of(report)
        assert (found.report, found.cache) == (report, "what a build of drawn left")
