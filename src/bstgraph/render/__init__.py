"""Results as text, JSON and notebook displays; importing it registers the displays."""

from __future__ import annotations

from bstgraph.render._admission import admission_table
from bstgraph.render._against import against_text
from bstgraph.render._check_formats import to_github, to_junit, to_sarif
from bstgraph.render._findings import check_table, finding_text, report_text
from bstgraph.render._format import format_element, needs_keys
from bstgraph.render._history import HistoryText, history_json
from bstgraph.render._json import (
    admissions_to_json,
    checks_to_json,
    contents_to_json,
    elements_to_json,
    forecast_to_json,
    scenario_to_json,
    to_json,
)
from bstgraph.render._keys import key_summary, key_table
from bstgraph.render._layers import (
    contents_summary,
    contents_text,
    drift_text,
    locations_hint,
    ownership_chunkah,
    ownership_csv,
    ownership_paths,
    ownership_summary,
    ownership_table,
    staging_text,
    trace_text,
)
from bstgraph.render._notebook import register
from bstgraph.render._oci import (
    image_list,
    image_text,
    image_to_json,
    layer_lists,
    which_text,
)
from bstgraph.render._plans import plan_text
from bstgraph.render._scenarios import paths_text, scenario_text
from bstgraph.render._stale import (
    edge_text,
    forecast_text,
    gap_lines,
    short_forecast,
    stale_text,
    verdict,
)
from bstgraph.render._text import chain_tree, element_table, to_text
from bstgraph.render._wording import counted

__all__ = [
    "HistoryText",
    "admission_table",
    "admissions_to_json",
    "against_text",
    "chain_tree",
    "check_table",
    "checks_to_json",
    "contents_summary",
    "contents_text",
    "contents_to_json",
    "counted",
    "drift_text",
    "edge_text",
    "element_table",
    "elements_to_json",
    "finding_text",
    "forecast_text",
    "forecast_to_json",
    "format_element",
    "gap_lines",
    "history_json",
    "image_list",
    "image_text",
    "image_to_json",
    "key_summary",
    "key_table",
    "layer_lists",
    "locations_hint",
    "needs_keys",
    "ownership_chunkah",
    "ownership_csv",
    "ownership_paths",
    "ownership_summary",
    "ownership_table",
    "paths_text",
    "plan_text",
    "register",
    "report_text",
    "scenario_text",
    "scenario_to_json",
    "short_forecast",
    "staging_text",
    "stale_text",
    "to_github",
    "to_json",
    "to_junit",
    "to_sarif",
    "to_text",
    "trace_text",
    "verdict",
    "which_text",
]

register()
