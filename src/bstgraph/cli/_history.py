"""The command about a range of revisions: what each step would have shipped old."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from contextlib import closing
from typing import TYPE_CHECKING, Final

from bstgraph.cli._commands import FINDINGS, FINE
from bstgraph.cli._loading import directory, loading_arguments
from bstgraph.cli._terminal import print_json, say, tell

if TYPE_CHECKING:
    from bstgraph.keys import RuleName

_NOTHING_LOADED: Final = 2
_RULES: Final[Mapping[str, tuple[RuleName, ...]]] = {
    "buildstream": ("buildstream",),
    "runbook": ("runbook",),
    "both": ("buildstream", "runbook"),
}


def add_history_options(parser: argparse.ArgumentParser) -> None:
    """Add what `history` takes."""
    parser.add_argument(
        "words",
        nargs="+",
        metavar="TARGET... REV1..REV2",
        help="what is built (default: the project's own), and a range of git revisions",
    )
    parser.add_argument(
        "--rules", choices=tuple(_RULES), default="buildstream", help="by which rule for weak keys"
    )
    parser.add_argument(
        "--jobs",
        type=_jobs,
        default=-1,
        metavar="N",
        help="revisions that are loaded at once (default: one for each processor)",
    )
    parser.add_argument("--max", type=_jobs, metavar="N", help="the newest N commits at most")


def history(args: argparse.Namespace) -> int:
    """Tell what each commit of a range would have shipped stale."""
    from bstgraph.history import history as walk
    from bstgraph.render import HistoryText, history_json

    targets, revisions = _split(args)
    rows = walk(
        directory(args),
        targets,
        revisions,
        rules=_RULES[args.rules],
        jobs=args.jobs,
        most=args.max,
        **loading_arguments(args),
    )
    text = HistoryText()
    with closing(rows):
        for number, row in enumerate(rows):
            lines = text.row(row)
            if args.json:
                print_json(history_json(row))
            else:
                say(lines if number else f"{text.header}\n{lines}")
            sys.stdout.flush()
    tell(text.summary())
    if text.none_loaded:
        return _NOTHING_LOADED
    return FINDINGS if text.ships_old else FINE


def _split(args: argparse.Namespace) -> tuple[list[str], str]:
    """Return the targets and the range, which is the word with two dots."""
    ranges = [word for word in args.words if ".." in word]
    if len(ranges) != 1:
        found = f"{len(ranges)} of them" if ranges else "there is none"
        args.parser.error(f"give one range of revisions, such as HEAD~10..HEAD: {found}")
    return [word for word in args.words if word not in ranges], ranges[0]


def _jobs(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= 5 and int(text) > 0):
        raise argparse.ArgumentTypeError(f"'{text}' is no positive number")
    return int(text)
