"""The commands about builds that are not run: what would be built, what would be stale."""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from bstgraph.cli._commands import FINDINGS, FINE
from bstgraph.cli._loading import load_state
from bstgraph.cli._terminal import print_json, progress, say, tell
from bstgraph.errors import BstGraphError, CacheError

if TYPE_CHECKING:
    from bstgraph.artifacts import CacheState
    from bstgraph.forecast import Forecast, StalePaths
    from bstgraph.keys import RuleName
    from bstgraph.names import ElementName
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
    before.add_argument(
        "--keys",
        metavar="FILE",
        help="what a builder elsewhere has: `bstgraph keys --json`, or names of artifacts",
    )


def names_before(args: argparse.Namespace) -> bool:
    """Return whether the arguments say what was built before."""
    return bool(args.built or args.cache or args.keys)


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
            made, found = report.plan, report.ships_old
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
    from bstgraph.render import forecast_text, forecast_to_json, paths_text

    state = load_state(args, args.targets)
    old = before(args)
    found = forecast_from(state, old, rules(args, revision=bool(args.built)))
    with progress("looking for cures"):
        remedies = cures(found.report)
    paths = _stale_paths(args, found.report, old) if args.paths else {}
    if args.json:
        print_json(forecast_to_json(found, remedies, paths))
    else:
        say(forecast_text(found, remedies, everything=args.all))
        say(paths_text(paths, everything=args.all))
    return FINDINGS if counts(args, found) else FINE


def _stale_paths(
    args: argparse.Namespace, report: StaleReport, old: State | CacheState
) -> Mapping[ElementName, StalePaths]:
    """Return which paths of layers and images are old."""
    from bstgraph.forecast import stale_paths
    from bstgraph.load import open_layers
    from bstgraph.state import State

    caches = [args.cache] if args.cache else None
    with progress("comparing files"):
        return stale_paths(
            report,
            open_layers(report.plan.state, caches=caches),
            open_layers(old, caches=caches) if isinstance(old, State) else None,
            names=(*report.layers, *report.images),
        )


def no_forecast(args: argparse.Namespace) -> str:
    """Return why there can be no forecast: nobody says what was built; else an empty text."""
    from bstgraph.stores import has_default_cache

    try:
        named = names_before(args) or has_default_cache()
    except CacheError as error:
        return f"{error.message}; {NAME_IT}"
    return "" if named else f"nothing was built; {NAME_IT}"


def rules(args: argparse.Namespace, *, revision: bool) -> Sequence[RuleName]:
    """Return the rules to show, those that were asked for first.

    `revision` says whether keys of what was built can be had by each rule: no cache holds keys by
    the runbook's.
    """
    match args.rules:
        case None:
            return ("buildstream", "runbook") if revision else ("buildstream",)
        case "both":
            return "buildstream", "runbook"
        case rule:
            return (rule,)


def counts(args: argparse.Namespace, found: Forecast) -> bool:
    """Return whether something old would be shipped, by the rules that were asked for."""
    return found.ships_old if args.rules == "both" else found.report.ships_old


def forecast_from(state: State, before: State | CacheState, rules: Sequence[RuleName]) -> Forecast:
    """Return the forecast for a state, after what was built before."""
    from bstgraph.forecast import forecast

    with progress("planning"):
        return forecast(state, before, state.project.targets, rules=rules)


def _cache(args: argparse.Namespace) -> CacheState:
    """Return what the cache holds before the build that is planned."""
    from bstgraph.artifacts import MemoryCache
    from bstgraph.forecast import left_by
    from bstgraph.stores import has_default_cache

    if not (names_before(args) or has_default_cache()):
        return MemoryCache("nothing cached", provisional=True)
    return left_by(before(args), args.rule or "buildstream")


def before(args: argparse.Namespace) -> State | CacheState:
    """Return what was built before: another state, or what a cache holds.

    Raises:
        CacheError: `no-cache`, no cache is where one is said to be, or by default.
    """
    from bstgraph.stores import (
        LocalCache,
        default_cache_directory,
        has_default_cache,
        read_keys,
    )

    if args.built:
        return _built(args)
    if args.cache:
        return LocalCache(args.cache)
    if args.keys:
        return read_keys(args.keys)
    if not has_default_cache():
        text = f"there is no cache of builds in '{default_cache_directory()}'"
        raise CacheError("no-cache", text, fix=NAME_IT)
    return LocalCache()


def _built(args: argparse.Namespace) -> State:
    """Return the state that `--built` names; a target that it does not have is told."""
    folder = os.path.isdir(args.built)
    at, revision = (args.built, None) if folder else (None, args.built)
    try:
        return load_state(args, args.targets, at=at, revision=revision, label=args.built)
    except BstGraphError as error:
        if error.slug != "unknown-element" or not args.targets:
            raise
        tell(f"{args.built}: {error.message}; taken is what a build of its default targets left")
        return load_state(args, (), at=at, revision=revision, label=args.built)
