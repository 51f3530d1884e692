"""The commands about builds that are not run: what would be built, what would be stale."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from bstgraph.cli._commands import FINDINGS, FINE
from bstgraph.cli._loading import load_state
from bstgraph.cli._terminal import print_json, progress, say
from bstgraph.errors import CacheError, SelectionError

if TYPE_CHECKING:
    from bstgraph.artifacts import CacheState
    from bstgraph.forecast import Forecast
    from bstgraph.keys import RuleName
    from bstgraph.plans import StaleReport
    from bstgraph.state import State

NAME_IT: Final = "say what was built: --built REV, or --cache DIR"


def add_before(parser: argparse.ArgumentParser) -> None:
    """Add the options that say what was built before."""
    before = parser.add_mutually_exclusive_group()
    before.add_argument(
        "--built",
        metavar="REV",
        help="as if that git revision (or folder) had been built strictly, and nothing else",
    )
    before.add_argument(
        "--cache",
        metavar="DIR",
        help="BuildStream's cache directory (default: the user's own)",
    )


def plan(args: argparse.Namespace) -> int:
    """Tell what a build would reuse and what it would build."""
    from bstgraph.plans import plan as planned
    from bstgraph.plans import stale as stale_in
    from bstgraph.render import plan_text, to_json

    state = load_state(args, args.targets)
    targets, retry = state.project.targets, args.retry_failed
    cache = _cache(args)
    with progress("planning"):
        if args.no_strict:
            report = stale_in(state, cache, targets, retry_failed=retry)
            made, found = report.plan, _ships_old(report)
        else:
            made = planned(state, cache, targets, strict=True, retry_failed=retry)
            found = False
    if args.json:
        print_json(to_json(made))
    else:
        say(plan_text(made, everything=args.all))
    return FINDINGS if found else FINE


def stale(args: argparse.Namespace) -> int:
    """Tell which layers a build that is not strict would ship with old bytes, and what cures it."""
    from bstgraph.plans import cures
    from bstgraph.render import forecast_text, forecast_to_json

    state = load_state(args, args.targets)
    found = forecast_of(args, state, _rules(args))
    with progress("looking for cures"):
        remedies = cures(found.report)
    if args.json:
        print_json(forecast_to_json(found, remedies))
    else:
        say(forecast_text(found, remedies, everything=args.all))
    counts = found.ships_old if args.rules == "both" else _ships_old(found.report)
    return FINDINGS if counts else FINE


def _rules(args: argparse.Namespace) -> Sequence[RuleName]:
    """Return the rules to show, those that were asked for first."""
    match args.rules:
        case None:
            # No cache holds keys by the runbook's rule.
            return ("buildstream", "runbook") if args.built else ("buildstream",)
        case "both":
            return "buildstream", "runbook"
        case rule:
            return (rule,)


def forecast_of(args: argparse.Namespace, state: State, rules: Sequence[RuleName]) -> Forecast:
    """Return the forecast, after what the arguments say was built before."""
    from bstgraph.forecast import forecast

    with progress("planning"):
        return forecast(state, _before(args), state.project.targets, rules=rules)


def _ships_old(report: StaleReport) -> bool:
    return bool(report.layers or report.images)


def _cache(args: argparse.Namespace) -> CacheState:
    """Return what the cache holds before the build that is planned."""
    from bstgraph.artifacts import MemoryCache
    from bstgraph.plans import built
    from bstgraph.state import State

    if not (args.built or args.cache or has_cache()):
        return MemoryCache("nothing cached", provisional=True)
    before = _before(args)
    if isinstance(before, State):
        return built(before.keys, label=f"what a build of {before.label} left")
    return before


def _before(args: argparse.Namespace) -> State | CacheState:
    """Return what was built before: another state, or what a cache holds.

    Raises:
        SelectionError: `no-rule`, a cache is asked by the runbook's rule.
        CacheError: `no-cache`, no cache is where one is said to be, or by default.
    """
    from bstgraph.stores import LocalCache

    if args.built:
        folder = os.path.isdir(args.built)
        return load_state(
            args,
            args.targets,
            at=args.built if folder else None,
            revision=None if folder else args.built,
            label=args.built,
        )
    if args.rule == "runbook":
        raise SelectionError(
            "no-rule",
            "the keys in a cache are BuildStream's own, those of the runbook's rule are not",
            fix="compare with a revision: --built REV",
        )
    if args.cache:
        return LocalCache(args.cache)
    if not has_cache():
        from bstgraph.stores import default_cache_directory

        text = f"there is no cache of builds in '{default_cache_directory()}'"
        raise CacheError("no-cache", text, fix=NAME_IT)
    return LocalCache()


def has_cache() -> bool:
    """Return whether there is a cache where BuildStream itself would look.

    Raises:
        CacheError: the user's configuration of BuildStream is wrong.
    """
    from bstgraph.stores import default_cache_directory

    return os.path.isdir(os.path.join(default_cache_directory(), "artifacts", "refs"))
