"""Old findings that are known and accepted: only new ones count."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bstgraph.checks._api import Finding
from bstgraph.errors import SettingsError
from bstgraph.provenance import Provenance
from bstgraph.settings import CheckSettings

SCHEMA: Final = "bstgraph/baseline/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """How often each finding was there when the baseline was written."""

    project: str
    """The project that it was written for."""
    known: Mapping[tuple[str, str, str], int]
    """Code, element, message -> how often."""

    @classmethod
    def of(cls, project: str, findings: Iterable[Finding]) -> Baseline:
        """Return the baseline in which all these findings are old."""
        return cls(project=project, known=Counter(finding.identity for finding in findings))

    def text(self) -> str:
        """Return it as the text of a file: JSON, sorted, a finding a line."""
        rows = [
            json.dumps({"code": code, "element": element, "message": message, "count": count})
            for (code, element, message), count in sorted(self.known.items())
        ]
        listed = ",\n    ".join(rows)
        inside = f"\n    {listed}\n  " if rows else ""
        head = f'"schema": {json.dumps(SCHEMA)},\n  "project": {json.dumps(self.project)}'
        return f'{{\n  {head},\n  "findings": [{inside}]\n}}\n'

    def split(
        self, findings: Iterable[Finding]
    ) -> tuple[tuple[Finding, ...], tuple[Finding, ...], int]:
        """Return new findings, old ones, and how many old ones are gone."""
        left = Counter(self.known)
        new, old = [], []
        for finding in findings:
            if left[finding.identity] > 0:
                left[finding.identity] -= 1
                old.append(finding)
            else:
                new.append(finding)
        return tuple(new), tuple(old), left.total()


def read_baseline(text: str, name: str, *, project: str) -> Baseline:
    """Return the baseline that a text is.

    Args:
        text: the content of the file.
        name: what to call it.
        project: the name of the project that is checked.

    Raises:
        SettingsError: it is none, or that of another project (`bad-baseline`).
    """
    try:
        data = json.loads(text)
    except json.JSONDecodeError as error:
        line = text.splitlines()[error.lineno - 1 : error.lineno]
        at = Provenance(name, error.lineno, error.colno, "".join(line))
        raise _wrong(f"no valid JSON: {error.msg.lower()}", at) from None
    except RecursionError:
        raise _wrong("nested too deeply", Provenance(name, 1, 1)) from None
    except ValueError:
        raise _wrong("a number in it is too long", Provenance(name, 1, 1)) from None
    at = Provenance(name, 1, 1)
    if not isinstance(data, dict) or data.get("schema") != SCHEMA:
        raise _wrong(f"no baseline: its schema is not '{SCHEMA}'", at)
    if data.get("project") != project:
        text = f"the baseline of project '{data.get('project')}', and this one is '{project}'"
        raise _wrong(text, at)
    known: Counter[tuple[str, str, str]] = Counter()
    rows = data.get("findings")
    for row in rows if isinstance(rows, list) else [None]:
        if not isinstance(row, dict) or not _is_row(row):
            raise _wrong(f"not a finding of a baseline: {json.dumps(row)[:80]}", at)
        known[row["code"], row["element"], row["message"]] += row["count"]
    return Baseline(project=project, known=known)


def own_baseline(
    settings: CheckSettings, root: Path, *, project: str, read: Callable[[str, str], str]
) -> Baseline | None:
    """Return the baseline that a project's own settings name; None where they name none.

    Args:
        settings: those of the project.
        root: its folder.
        project: its name.
        read: returns the text of a file: its path, and what to call it.

    Raises:
        SettingsError: it is outside the project (`bad-settings`), or none (`bad-baseline`).
        ProjectError: it cannot be read.
    """
    if settings.baseline is None:
        return None
    path = os.path.realpath(os.path.join(root, settings.baseline))
    if not path.startswith(os.path.realpath(root) + os.sep):
        raise SettingsError(
            "bad-settings",
            f"the baseline '{settings.baseline}' is outside the project, and its settings came "
            "with it",
            fix="name it on the command line: --baseline FILE",
        )
    return read_baseline(read(path, settings.baseline), settings.baseline, project=project)


def _is_row(row: Mapping[str, object]) -> bool:
    texts = all(isinstance(row.get(key), str) for key in ("code", "element", "message"))
    count = row.get("count")
    return texts and type(count) is int and 0 < count < 2**31


def _wrong(message: str, at: Provenance) -> SettingsError:
    fix = "write it anew: bstgraph check --write-baseline FILE"
    return SettingsError("bad-baseline", message, at=at, fix=fix)
