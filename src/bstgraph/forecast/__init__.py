"""What a build would ship that is old: by BuildStream's rule and by the runbook's, with paths."""

from __future__ import annotations

from bstgraph.forecast._files import PathChange, PathKind, StalePaths, stale_paths
from bstgraph.forecast._rules import Forecast, Verdicts, forecast, left_by

__all__ = [
    "Forecast",
    "PathChange",
    "PathKind",
    "StalePaths",
    "Verdicts",
    "forecast",
    "left_by",
    "stale_paths",
]
