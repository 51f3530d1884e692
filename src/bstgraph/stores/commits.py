"""A range of commits of a git repository, along first parents, and what each says of itself."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

from bstgraph.errors import ProjectError, SelectionError, printable
from bstgraph.stores._command import ObjectReader
from bstgraph.stores.revisions import Repository

MOST_COMMITS: Final = 200_000
"""Commits that are looked at for one range."""

_LONGEST_SUBJECT: Final = 200
_LONGEST_MESSAGE: Final = 4_000
_AUTHOR: Final = re.compile(r".*> (?P<seconds>-?[0-9]{1,12}) (?P<zone>[+-][0-9]{4})")
_HEX: Final = re.compile(r"[0-9a-f]{4,40}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """One commit."""

    id: str
    """40 hex digits."""
    parents: tuple[str, ...]
    """The first one is what the commit was made upon; the others were merged."""
    subject: str
    """The first paragraph of its message on one line, at most 200 characters."""
    date: datetime | None
    """When its author wrote it, in their zone; None where that cannot be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitRange:
    """Commits one upon the other."""

    base: str | None
    """The first parent of the oldest one; None where it has none, or the clone lacks it."""
    commits: tuple[Commit, ...]
    """The oldest first."""
    gaps: tuple[str, ...] = ()
    """What the clone lacks of the range, and whether older ones were left out."""


def commit_range(repository: Repository, revisions: str, *, most: int | None = None) -> CommitRange:
    """Return the commits of `A..B`: those of B, along first parents, that A does not have.

    It is what `git log --first-parent A..B` lists, in the reverse order; A or B may be left out
    and is `HEAD` then. In a shallow clone that lacks A, a range begins where the clone does, and
    has that as a gap.

    Args:
        repository: where they are.
        revisions: two revisions as `Repository.commit` takes them, with two dots between.
        most: how many of the newest to return at most.

    Raises:
        SelectionError: it is no range, or there is no such revision (`unknown-revision`).
        ProjectError: the repository cannot be read, or the range is `too-large`.
    """
    first, dots, last = revisions.partition("..")
    if not dots or last.startswith("."):
        raise SelectionError(
            "unknown-revision",
            f"'{revisions}' is no range of revisions",
            fix="write REV1..REV2, such as HEAD~10..HEAD",
        )
    end = repository.commit(last or "HEAD")
    start, gaps = _start(repository, first or "HEAD")
    with repository.objects() as reader:
        found, lacking = _Walk(reader).along(end, start)
    if lacking:
        shallow = "the clone is shallow" if repository.shallow else "the clone is damaged"
        gaps += (f"{shallow}: it lacks commit {lacking}, what was before is not known",)
    base = found[-1].parents[0] if found and found[-1].parents and not lacking else None
    if most is not None and len(found) > most:
        gaps += (f"only the newest {most:,} of {len(found):,} commits were looked at",)
        base = found[most].id
        found = found[:most]
    return CommitRange(base=base, commits=tuple(reversed(found)), gaps=gaps)


def _start(repository: Repository, name: str) -> tuple[str | None, tuple[str, ...]]:
    """Return the commit that a range begins behind; None, with a gap, when the clone lacks it."""
    try:
        return repository.commit(name), ()
    except SelectionError:
        base = re.split("[~^]", name)[0]
        if not repository.shallow or not (base != name or _HEX.fullmatch(name)):
            raise
        if base != name:
            repository.commit(base)  # raises for a name that nobody knows
    return None, (f"the clone is shallow: '{name}' is not in it",)


class _Walk:
    """Follows parents, one commit at a time."""

    def __init__(self, reader: ObjectReader) -> None:
        self._reader = reader
        self._left = MOST_COMMITS

    def along(self, end: str, start: str | None) -> tuple[list[Commit], str]:
        """Return the commits from `end` down to before `start`, and the one that is lacking."""
        chain: list[Commit] = []
        lacking = ""
        name: str | None = end
        while name is not None and name != start:
            (commit,) = self._read([name])
            if commit is None:
                lacking = name
                break
            chain.append(commit)
            name = commit.parents[0] if commit.parents else None
        if start is None or name == start:
            return chain, lacking
        # It was merged somewhere: what it has itself is no part of the range.
        known = self._ancestors(start)
        kept = next((i for i, commit in enumerate(chain) if commit.id in known), len(chain))
        return chain[:kept], lacking if kept == len(chain) else ""

    def _ancestors(self, start: str) -> set[str]:
        known: set[str] = set()
        waiting = {start}
        while waiting:
            known |= waiting
            found = self._read(sorted(waiting))
            waiting = {up for one in found if one is not None for up in one.parents} - known
        return known

    def _read(self, names: Iterable[str]) -> list[Commit | None]:
        wanted = list(names)
        self._left -= len(wanted)
        if self._left < 0:
            text = f"the range has more than {MOST_COMMITS:,} commits to look at"
            raise ProjectError("too-large", text, fix="name a later first revision")
        return [
            _commit(name, found.content)
            if found is not None and found.type == "commit" and found.content is not None
            else None
            for name, found in self._reader.read(wanted)
        ]


def _commit(name: str, content: bytes) -> Commit:
    """Return what the text of a commit says: lines of headers, an empty line, the message."""
    head, _, message = content.partition(b"\n\n")
    parents = []
    date = None
    encoding = "utf-8"
    for line in head.decode("utf-8", "replace").split("\n"):
        key, _, value = line.partition(" ")
        if key == "parent" and re.fullmatch("[0-9a-f]{40}", value):
            parents.append(value)
        elif key == "author":
            date = _date(value)
        elif key == "encoding":
            encoding = value
    return Commit(id=name, parents=tuple(parents), subject=_subject(message, encoding), date=date)


def _subject(message: bytes, encoding: str) -> str:
    paragraph = message[:_LONGEST_MESSAGE].strip(b"\n").partition(b"\n\n")[0]
    try:
        text = paragraph.decode(encoding, "replace")
    except (LookupError, ValueError):
        text = paragraph.decode("utf-8", "replace")
    text = " ".join(text.split())
    if len(text) > _LONGEST_SUBJECT:
        text = f"{text[: _LONGEST_SUBJECT - 3]}..."
    return printable(text)


def _date(author: str) -> datetime | None:
    match = _AUTHOR.fullmatch(author)
    if match is None:
        return None
    sign, zone = (-1 if match["zone"][0] == "-" else 1), match["zone"]
    ahead = timedelta(hours=int(zone[1:3]), minutes=int(zone[3:5])) * sign
    try:
        return datetime.fromtimestamp(int(match["seconds"]), UTC).astimezone(timezone(ahead))
    except (OverflowError, OSError, ValueError):
        return None
