"""The rows of a history, one at a time: as lines for a person, and as lines of JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

from bstgraph.history import HistoryRow, RuleRow
from bstgraph.render._wording import counted

HISTORY: Final = "bstgraph/history/1"

_MOST_NAMES: Final = 3
_MOST_EDGES: Final = 2
_MOST_GAPS: Final = 5
_SUBJECT: Final = 60


class HistoryText:
    """Lines for a person, row by row; it remembers what it has told."""

    def __init__(self) -> None:
        """Begin with no row."""
        self._rows = self._old = self._failed = self._gaps = 0
        self._told: set[str] = set()
        self._example: HistoryRow | None = None

    @property
    def header(self) -> str:
        """What the columns are."""
        return f"{'commit':12}  {'date':10}  {'load':>7}  {'built':>6}  old bytes in"

    @property
    def ships_old(self) -> bool:
        """Whether any row so far ships old bytes."""
        return self._old > 0

    @property
    def none_loaded(self) -> bool:
        """Whether there were rows and none could be loaded."""
        return self._rows > 0 and self._rows == self._failed

    def row(self, row: HistoryRow) -> str:
        """Return the lines of one row."""
        self._rows += 1
        self._old += row.ships_old
        self._failed += row.error is not None
        if row.ships_old:
            self._example = row
        return "\n".join([*_lines(row), *self._unknown(row)])

    def _unknown(self, row: HistoryRow) -> Iterator[str]:
        """Yield the gaps that were not told yet, as long as they are few."""
        new = [gap for gap in row.gaps if gap not in self._told]
        self._told.update(new)
        shown = new[: max(0, _MOST_GAPS - self._gaps)]
        self._gaps += len(new)
        yield from (f"{'':14}unknown: {gap}" for gap in shown)

    def summary(self) -> str:
        """Return what all rows say together, and what to do next."""
        if not self._rows:
            return "no commit is in this range"
        told = f"{counted(self._rows, 'commit')}: {self._old:,} would have shipped old bytes"
        if self._failed:
            told += f", {self._failed:,} could not be loaded"
        lines = [f"{told}; what is not committed was not looked at"]
        if self._gaps > _MOST_GAPS:
            lines.append(
                f"unknown: and {self._gaps - _MOST_GAPS:,} more, --json has those of each row"
            )
        if self._example is not None:
            commit, before = self._example.commit[:12], (self._example.vs or "")[:12]
            lines.append(f"Next: `bstgraph diff {before} {commit}` tells what changed in that step")
        return "\n".join(lines)


def _lines(row: HistoryRow) -> Iterator[str]:
    date = f"{row.date:%Y-%m-%d}" if row.date is not None else "-"
    start = f"{row.commit[:12]}  {date:10}  {row.seconds:5.1f} s"
    subject = row.subject if len(row.subject) <= _SUBJECT else f"{row.subject[: _SUBJECT - 3]}..."
    if row.error is not None:
        yield f"{start}  {'-':>6}  cannot be loaded  {subject}"
        yield f"{'':14}{row.message}"
    elif not row.rules:
        yield f"{start}  {'-':>6}  -  {subject}"
    for number, each in enumerate(row.rules):
        head = start if number == 0 else f"{'':12}  {'':10}  {'':7}"
        name = f"by the rule of {each.rule}" if len(row.rules) > 1 else ""
        shown = [f"{head}  {each.built:>6,}", _old(each), name, subject if number == 0 else ""]
        yield "  ".join(filter(None, shown))
        yield from (f"{'':14}{line}" for line in _details(each))


def _old(row: RuleRow) -> str:
    if not row.ships_old:
        return "nothing"
    counts = []
    if row.layer_count:
        counts.append(counted(row.layer_count, "layer"))
    if row.image_count:
        counts.append(counted(row.image_count, "image"))
    return ", ".join(counts)


def _details(row: RuleRow) -> Iterator[str]:
    if not row.ships_old:
        return
    names = (*row.images, *row.layers)
    total = row.image_count + row.layer_count
    more = f", and {total - _MOST_NAMES:,} more" if total > _MOST_NAMES else ""
    yield ", ".join(names[:_MOST_NAMES]) + more
    for edge in row.edges[:_MOST_EDGES]:
        yield f"{edge}  {edge.difference}"
    if row.edge_count > _MOST_EDGES:
        yield f"and {row.edge_count - _MOST_EDGES:,} more edges"


def history_json(row: HistoryRow) -> str:
    """Return one row as one line of JSON (`bstgraph/history/1`)."""
    document = {
        "commit": row.commit,
        "subject": row.subject,
        "date": row.date.isoformat() if row.date is not None else None,
        "seconds": round(row.seconds, 3),
        "elements": row.elements,
        "vs": row.vs,
        "rules": [_rule(each) for each in row.rules],
        "error": row.error,
        "message": row.message or None,
        "gaps": list(row.gaps),
        "gap-count": row.gap_count,
    }
    body = json.dumps(document, sort_keys=True, ensure_ascii=True)
    return f'{{"schema": "{HISTORY}", {body[1:]}'


def _rule(row: RuleRow) -> dict[str, Any]:
    return {
        "rule": row.rule,
        "built": row.built,
        "stale": row.stale,
        "tainted": row.tainted,
        "unknown": row.unknown,
        "layers": list(row.layers),
        "layer-count": row.layer_count,
        "images": list(row.images),
        "image-count": row.image_count,
        "edges": [
            {
                "user": edge.user,
                "dependency": edge.dependency,
                "path": list(edge.path),
                "difference": edge.difference,
            }
            for edge in row.edges
        ],
        "edge-count": row.edge_count,
    }
