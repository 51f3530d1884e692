"""What an image should hold beside what it holds, as text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from bstgraph.layers import Difference, ImageComparison
from bstgraph.render._layers import command_lines, gap_lines
from bstgraph.render._wording import counted, shown, some

_MOST_PATHS: Final = 10
"""Paths of one kind and element that are told one by one."""
_MOST_GROUPS: Final = 20

_HEADS: Final = {
    "missing": "staged for it, and missing in it",
    "changed": "other than staged",
    "executable": "with another executable bit than staged",
    "moved": "not where they are staged",
    "unexpected": "in it, and staged by nothing",
}


def against_text(comparison: ImageComparison) -> str:
    """Return how an image differs from what is staged for it, by kind and element."""
    staged = f"{counted(comparison.predicted, 'path')} staged for {comparison.target}"
    lines = [f"{shown(comparison.image)}: {counted(comparison.found, 'path')}, against {staged}"]
    if not comparison:
        exact = comparison.exact
        lines.append("they are the same" if exact else "nothing that is known of them differs")
    for kind in _HEADS:
        lines += _of_kind(kind, [each for each in comparison if each.kind == kind])
    if comparison.unknown:
        names = some([str(name) for name in comparison.unknown], 5)
        lines += ["", f"the files of {names} are not known: what is unexpected may be theirs"]
        lines.append("  fix: name a cache that has them (--cache DIR) or a list (--manifest FILE)")
    if comparison.uncompared:
        count = counted(comparison.uncompared, "path")
        lines += ["", f"{count} compared by type and size only, as far as those are known"]
        lines.append("  fix: read the image with --hashes, and name a cache of what is staged")
    told = (gap for gap in comparison.gaps if gap.element not in comparison.unknown)
    return "\n".join((*lines, *gap_lines(told)))


def _of_kind(kind: str, found: Sequence[Difference]) -> Iterator[str]:
    if not found:
        return
    yield ""
    yield f"{counted(len(found), 'path')} {_HEADS[kind]}"
    groups: dict[str, list[Difference]] = {}
    for each in found:
        groups.setdefault(str(each.element or ""), []).append(each)
    for name, alike in list(groups.items())[:_MOST_GROUPS]:
        if name:
            yield f"  of {name}"
        top = _topmost(alike) if kind == "unexpected" else alike
        for each in top[:_MOST_PATHS]:
            yield f"    /{shown(each.path)}{_told(each)}"
        if len(top) > _MOST_PATHS:
            yield f"    and {counted(len(top) - _MOST_PATHS, 'path')} more"
        commands = tuple(dict.fromkeys(command for each in alike for command in each.commands))
        yield from (f"    {line}" for line in command_lines(commands, "mentioned by"))
    if len(groups) > _MOST_GROUPS:
        yield f"  and of {counted(len(groups) - _MOST_GROUPS, 'element')} more"


def _told(each: Difference) -> str:
    """Return what is told of a path behind it."""
    if each.executable is not None:
        return " can be run in the image" if each.executable else " cannot be run in the image"
    return f" from /{shown(each.other)}" if each.other else ""


def _topmost(found: Sequence[Difference]) -> list[Difference]:
    """Return those that do not lie in another one; a directory comes before what is in it."""
    tops: list[Difference] = []
    for each in sorted(found, key=lambda one: one.path.split("/")):
        if not (tops and each.path.startswith(f"{tops[-1].path}/")):
            tops.append(each)
    return tops
