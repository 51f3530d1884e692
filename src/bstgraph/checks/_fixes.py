"""Mechanical fixes: what findings would change in which files. Nothing is written here."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from bstgraph.checks._api import Edit, Finding
from bstgraph.yaml import Change, LayoutError, changed, item_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Fix:
    """What fixes change in one file."""

    file: str
    """As a Provenance names it, in the toplevel project."""
    before: str
    after: str
    refused: str = ""
    """Why the file is left as it is; a clause."""

    def diff(self) -> str:
        """Return the change as a unified diff, without a newline at its end."""
        lines = difflib.unified_diff(
            self.before.splitlines(),
            self.after.splitlines(),
            f"a/{self.file}",
            f"b/{self.file}",
            lineterm="",
        )
        return "\n".join(lines)


def fixes(findings: Iterable[Finding], read: Callable[[str], str]) -> Iterator[Fix]:
    """Yield what the mechanical fixes of findings change, file by file, by name.

    Args:
        findings: whose edits are made; each edit once.
        read: returns the text of a file of the toplevel project.

    Raises:
        ProjectError: a file cannot be read, or is no YAML.
    """
    by_file: dict[str, list[Edit]] = {}
    for finding in findings:
        for edit in finding.edits:
            known = by_file.setdefault(edit.file, [])
            if edit not in known:
                known.append(edit)
    for file in sorted(by_file):
        if ".bst:" in file:
            yield Fix(file=file, before="", after="", refused="it is a file of another project")
            continue
        before = read(file)
        try:
            after, refused = _edited(file, before, by_file[file]), ""
        except LayoutError as error:
            after, refused = before, str(error)
        yield Fix(file=file, before=before, after=after, refused=refused)


def _edited(file: str, text: str, edits: Iterable[Edit]) -> str:
    changes = [
        Change((*_begin(file, text, edit), *edit.path), edit.action, edit.value) for edit in edits
    ]
    # From the end, so that places in lists stay what they are.
    return changed(file, text, sorted(changes, key=_place, reverse=True))


def _begin(file: str, text: str, edit: Edit) -> tuple[str | int, ...]:
    return item_at(file, text, edit.place) if edit.place is not None else ()


def _place(change: Change) -> tuple[tuple[int, str | int], ...]:
    """Return what changes are sorted by: keys and numbers cannot be compared with each other."""
    return tuple((isinstance(key, int), key) for key in change.path)
