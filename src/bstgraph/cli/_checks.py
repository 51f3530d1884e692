"""The commands about checks: `check`, the main job, and `checks`, which lists them."""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from bstgraph.cli import _builds
from bstgraph.cli._commands import FINDINGS, FINE
from bstgraph.cli._loading import every, last, load_state
from bstgraph.cli._terminal import print_json, progress, say, tell
from bstgraph.errors import BstGraphError, CacheError, ProjectError

if TYPE_CHECKING:
    from pathlib import Path

    from bstgraph.checks import Baseline, Choice, Report
    from bstgraph.forecast import Forecast
    from bstgraph.settings import CheckSettings
    from bstgraph.state import State

FORMATS: Final = ("text", "json", "sarif", "github", "junit")


def add_check_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of `check`."""
    parser.add_argument("targets", nargs="*", metavar="TARGET", help="default: the project's own")
    parser.add_argument("--select", action="append", metavar="CODE", help="only these checks")
    parser.add_argument("--ignore", action="append", metavar="CODE", help="not these checks")
    parser.add_argument("--format", choices=FORMATS, help="default: text; --json is json")
    parser.add_argument("--all", action="store_true", help="tell every finding with all elements")
    parser.add_argument("--fix", action="store_true", help="show mechanical fixes and make them")
    parser.add_argument("--diff", action="store_true", help="with --fix: show them, change nothing")
    parser.add_argument("--baseline", metavar="FILE", help="old findings, which do not count")
    parser.add_argument("--write-baseline", metavar="FILE", help="make all findings old ones")
    parser.add_argument(
        "--fail-on",
        choices=("error", "warning", "advice"),
        default="warning",
        help="the least severity that makes the exit status 1 (default: warning)",
    )
    _builds.add_before(parser)


def check(args: argparse.Namespace) -> int:
    """Load a project and tell what is wrong with it, and what a build would ship that is old."""
    from bstgraph.checks import report_on, subject_of
    from bstgraph.load import open_layers

    state = load_state(args, args.targets)
    settings = _settings(args, state)
    found, reason = _forecast(args, state)
    layers = open_layers(state, caches=_caches(args))
    subject = subject_of(state, settings=settings, layers=layers, forecast=found)
    with progress("checking"):
        report = report_on(
            subject,
            _choice(args, settings),
            baseline=_baseline(args, settings, state),
            no_forecast=reason,
        )
    if args.write_baseline:
        return _write_baseline(args, report)
    if args.fix or args.diff:
        return _fix(args, state, report)
    _tell(args, state, report)
    return FINDINGS if _counts(args, report) else FINE


def checks(args: argparse.Namespace) -> int:
    """List the checks, or tell what one of them reports."""
    from bstgraph.checks import Choice, all_checks, chosen
    from bstgraph.render import check_table, checks_to_json

    found = chosen(Choice(select=tuple(args.checks))) if args.checks else all_checks()
    if args.json:
        print_json(checks_to_json(found))
    elif len(found) == 1:
        one = found[0]
        say(f"{check_table(found)}\n\n{one.explanation}\n\nMore: {one.link}")
    else:
        say(check_table(found))
    return FINE


def _caches(args: argparse.Namespace) -> list[str] | None:
    """Return the caches that are looked into; none where the user's own cannot be found."""
    if args.cache:
        return [args.cache]
    from bstgraph.stores import has_default_cache

    try:
        has_default_cache()
    except CacheError:
        return []  # it is told as the reason why there is no forecast
    return None


def _settings(args: argparse.Namespace, state: State) -> CheckSettings:
    from bstgraph.settings import project_settings, read_settings

    named = last(args, "settings")
    if named:
        return read_settings(named).checks
    return project_settings(state.project.directory, allow=every(args, "allow")).checks


def _choice(args: argparse.Namespace, settings: CheckSettings) -> Choice:
    from bstgraph.checks import choice_of

    told = {
        "select": tuple(args.select) if args.select else settings.select,
        "ignore": (*settings.ignore, *(args.ignore or ())),
    }
    return choice_of(settings.model_copy(update=told))


def _baseline(args: argparse.Namespace, settings: CheckSettings, state: State) -> Baseline | None:
    from bstgraph.checks import own_baseline, read_baseline
    from bstgraph.yaml import read

    if args.write_baseline:
        return None
    project = state.project
    if args.baseline is not None:
        text = read(args.baseline, args.baseline).text
        return read_baseline(text, args.baseline, project=project.name)
    return own_baseline(
        settings,
        project.directory,
        project=project.name,
        read=lambda path, name: read(path, name).text,
    )


def _forecast(args: argparse.Namespace, state: State) -> tuple[Forecast | None, str]:
    """Return the forecast, or why there is none."""
    reason = _builds.no_forecast(args)
    if reason:
        return None, reason
    return _builds.forecast_from(state, _builds.before(args), ("buildstream",)), ""


def _counts(args: argparse.Namespace, report: Report) -> bool:
    """Return whether anything was found that makes the exit status 1."""
    old = report.forecast is not None and report.forecast.ships_old
    return old or bool(report.failing(args.fail_on))


def _tell(args: argparse.Namespace, state: State, report: Report) -> None:
    from bstgraph import render

    prefix = os.path.relpath(state.project.directory)
    made: dict[str, Callable[[], str]] = {
        "json": lambda: render.to_json(report),
        "sarif": lambda: render.to_sarif(report, prefix=prefix),
        "junit": lambda: render.to_junit(report),
    }
    form = "json" if args.json else args.format
    if form == "github":
        say(render.to_github(report.findings, prefix=prefix))
    elif form in made:
        print_json(made[form]())
    else:
        say(render.report_text(report, everything=args.all))


def _write_baseline(args: argparse.Namespace, report: Report) -> int:
    from bstgraph.checks import Baseline

    made = Baseline.of(report.project, report.findings)
    _write(args.write_baseline, made.text())
    count = len(report.findings)
    told = "finding is" if count == 1 else "findings are"
    tell(f"{args.write_baseline}: {count:,} {told} old now")
    return FINE


def _fix(args: argparse.Namespace, state: State, report: Report) -> int:
    """Show what mechanical fixes change, and change it."""
    from bstgraph.checks import fixes
    from bstgraph.render import counted
    from bstgraph.yaml import read

    root = state.project.directory
    made = list(fixes(report.findings, lambda file: read(_inside(root, file), file).text))
    for one in made:
        if one.refused:
            tell(f"{one.file}: not changed: {one.refused}")
        else:
            say(one.diff())
    kept = [one for one in made if not one.refused and one.after != one.before]
    files = counted(len(kept), "file")
    if args.diff:
        tell(f"{files} would change")
        return FINDINGS if kept else FINE
    for one in kept:
        _write(_inside(root, one.file), one.after)
    tell(f"{files} changed; check again")
    return FINE


def _inside(root: Path, file: str) -> str:
    """Return the path of a file of the project, links resolved; checks of others name it."""
    path = os.path.realpath(os.path.join(root, file))
    if not path.startswith(os.path.realpath(root) + os.sep):
        text = f"a check would change '{file}', which is outside the project"
        raise ProjectError("outside-project", text)
    return path


def _write(path: str, text: str) -> None:
    """Write a file as a whole or not at all; what a link leads to, not the link."""
    real = os.path.realpath(path)
    try:
        with tempfile.NamedTemporaryFile(
            "w",
            encoding="utf-8",
            newline="",
            dir=os.path.dirname(real),
            prefix=".bstgraph-",
            delete=False,
        ) as file:
            try:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
                mode = os.stat(real).st_mode if os.path.exists(real) else 0o644
                os.chmod(file.name, mode & 0o7777)
                os.replace(file.name, real)
            except BaseException:
                os.unlink(file.name)
                raise
    except OSError as error:
        text = f"'{path}' cannot be written: {error.strerror}"
        raise BstGraphError("unwritable-file", text) from None
