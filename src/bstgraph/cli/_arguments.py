"""The parser: which commands and options there are."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable
from typing import Any

from bstgraph.cli import (
    _builds,
    _checks,
    _commands,
    _containers,
    _files,
    _history,
    _images,
    _layers,
    _whatif,
)


def parser() -> argparse.ArgumentParser:
    """Return the parser of all commands."""
    made = argparse.ArgumentParser(
        prog="bstgraph",
        description="Ask about the element graph of a BuildStream 2 project.",
        epilog="Exit status: 0 fine, 1 findings, 2 wrong call or a project that cannot be loaded.",
        allow_abbrev=False,
    )
    _add_common(made, "_before")
    commands = made.add_subparsers(title="commands", metavar="COMMAND", required=True)

    _add_show(commands)
    chain = _command(commands, "chain", _commands.chain)
    chain.add_argument("target", metavar="TARGET", help="a script element")
    chain.add_argument("--full", action="store_true", help="draw every stage")

    _add_parity(commands)
    path = _command(commands, "path", _commands.path)
    path.add_argument("start", metavar="DEPENDANT")
    path.add_argument("end", metavar="DEPENDENCY")
    path.add_argument("--all", action="store_true", help="every path (at most 100), not a shortest")

    _add_check_commands(commands)
    _add_key_commands(commands)
    _add_build_commands(commands)

    admits = _command(commands, "admits", _files.admits)
    admits.add_argument("layer", metavar="LAYER", help="a compose or a filter")
    admits.add_argument("paths", nargs="*", metavar="PATH", help="with or without a leading slash")
    admits.add_argument("--element", metavar="NAME", help="the element that has the paths")
    admits.add_argument(
        "--from-file", metavar="FILE", help="more paths, one a line or NUL-separated; - to read"
    )
    _layers.add_layer_options(admits)
    _add_layer_commands(commands)
    _add_image(commands)
    _history.add_history_options(_command(commands, "history", _history.history))
    return made


def _add_check_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    check = _command(commands, "check", _checks.check)
    _checks.add_check_options(check)
    check.set_defaults(rule=None, release="2.8")
    listed = _command(commands, "checks", _checks.checks)
    listed.add_argument("checks", nargs="*", metavar="CODE", help="a code, or the name of a check")


def _add_parity(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parity = _command(commands, "parity", _images.parity)
    parity.add_argument("a", metavar="A", help="a script element")
    parity.add_argument("b", metavar="B", help="another one")
    parity.add_argument("--other", metavar="DIR", help="a folder of the project that B is in")


def _add_show(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    show = _command(commands, "show", _commands.show)
    show.add_argument("targets", nargs="*", metavar="TARGET", help="default: the project's own")
    show.add_argument(
        "-d",
        "--deps",
        choices=("none", "run", "build", "all"),
        default="all",
        help="the dependencies to list (default: all)",
    )
    show.add_argument("--order", choices=("stage", "alpha"), default="stage")
    show.add_argument("-f", "--format", metavar="FORMAT", help="as with bst: '%%{name} %%{kind}'")
    show.add_argument(
        "--select",
        action="append",
        metavar="SELECTOR",
        help="only what this selects: a name, kind:KIND, +NAME, NAME+ (repeatable)",
    )


def _add_key_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    keys = _command(commands, "keys", _commands.keys)
    keys.add_argument("targets", nargs="*", metavar="TARGET", help="default: the project's own")
    keys.add_argument("--full", action="store_true", help="print all 64 digits")
    _add_rule(keys)

    explain = _command(commands, "explain", _commands.explain)
    explain.add_argument("element", metavar="ELEMENT")
    _add_rule(explain)

    diff = _command(commands, "diff", _commands.diff)
    diff.add_argument("before", metavar="A", help="a folder of a project, or a git revision")
    diff.add_argument(
        "after", nargs="?", metavar="B", help="the same; default: the files of the project as now"
    )
    diff.add_argument(
        "--target", action="append", metavar="TARGET", help="what to load (repeatable)"
    )
    diff.add_argument(
        "--option-after",
        nargs=2,
        action="append",
        metavar=("NAME", "VALUE"),
        help="a project option of B alone (repeatable)",
    )
    _add_rule(diff)


def _add_build_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    plan = _command(commands, "plan", _builds.plan)
    plan.add_argument("targets", nargs="*", metavar="TARGET", help="default: the project's own")
    plan.add_argument(
        "--no-strict",
        action="store_true",
        help="reuse by weak keys, as `bst --no-strict build` (default: a strict build)",
    )
    plan.add_argument(
        "--retry-failed", action="store_true", help="as with bst: build again what failed before"
    )
    _builds.add_before(plan)
    plan.add_argument("--all", action="store_true", help="every element, the reused ones too")
    _add_rule(plan)

    stale = _command(commands, "stale", _builds.stale)
    stale.add_argument("targets", nargs="*", metavar="TARGET", help="default: the project's own")
    _builds.add_before(stale)
    stale.add_argument(
        "--rules",
        choices=("both", "buildstream", "runbook"),
        help="the rules that the exit status is about (default: BuildStream's; the runbook's is "
        "shown where it differs)",
    )
    stale.add_argument("--all", action="store_true", help="every element, edge and gap")
    stale.add_argument(
        "--paths", action="store_true", help="which paths of the layers are old, as far as known"
    )
    _add_release(stale)
    stale.set_defaults(rule=None)

    whatif = _command(commands, "whatif", _whatif.whatif)
    whatif.add_argument("targets", nargs="*", metavar="TARGET", help="default: the project's own")
    _whatif.add_edit_options(whatif)
    _builds.add_before(whatif)
    whatif.add_argument("--rules", choices=("both", "buildstream", "runbook"), help="as with stale")
    whatif.add_argument("--all", action="store_true", help="every element, edge and gap")
    _add_release(whatif)
    whatif.set_defaults(rule=None)


def _add_layer_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    contents = _command(commands, "contents", _layers.contents)
    contents.add_argument("element", metavar="ELEMENT")
    _add_location(contents)
    _layers.add_layer_options(contents)

    why = _command(commands, "why", _layers.why)
    why.add_argument("path", metavar="PATH", help="a path, a glob, a file name or an element")
    why.add_argument("--image", required=True, metavar="TARGET", help="a script, compose or filter")
    _layers.add_layer_options(why)

    owners = _command(commands, "owners", _layers.owners)
    owners.add_argument("layer", metavar="LAYER", help="a compose, filter or script")
    owners.add_argument("--format", choices=("table", "json", "csv", "chunkah"), default="table")
    owners.add_argument(
        "--against", metavar="MAP", help="tell what differs from a map that was written before"
    )
    _add_location(owners)
    _layers.add_layer_options(owners)


def _add_location(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--location", metavar="DIR", help="what it stages there, instead of what it holds"
    )


def _add_image(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    image = _command(commands, "image", _containers.image)
    image.add_argument(
        "image", metavar="IMAGE", help="an OCI layout, or an archive of one or of docker save"
    )
    shown = image.add_mutually_exclusive_group()
    shown.add_argument("--list", action="store_true", help="the files, with their layers")
    shown.add_argument("--layers", action="store_true", help="the entries of each layer")
    shown.add_argument("--which", metavar="BINARY", help="where a container finds a program")
    shown.add_argument(
        "--against", metavar="TARGET", help="how it differs from what is staged for an element"
    )
    _layers.add_layer_options(image)
    image.add_argument("--ref", dest="reference", metavar="NAME", help="the image of that name")
    image.add_argument("--platform", metavar="OS/ARCH", help="the image for linux/amd64, ...")
    image.add_argument("--hashes", action="store_true", help="with the SHA-256 of each file")
    image.add_argument(
        "--max-bytes", type=_limit, metavar="N", help="bytes that its layers may inflate to"
    )
    image.add_argument(
        "--max-entries", type=_limit, metavar="N", help="entries that its layers may have"
    )


def _add_rule(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--rule",
        choices=("buildstream", "runbook"),
        help="what weak keys see of dependencies (default: as BuildStream does it)",
    )
    _add_release(parser)


def _add_release(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--release",
        choices=[f"2.{minor}" for minor in range(9)],
        default="2.8",
        help="the BuildStream that makes the keys (default: 2.8)",
    )


def _command(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    function: Callable[[argparse.Namespace], int],
) -> argparse.ArgumentParser:
    summary = (function.__doc__ or "").rstrip(".")
    parser = commands.add_parser(name, help=summary, description=summary, allow_abbrev=False)
    parser.set_defaults(command=function, parser=parser)
    _add_common(parser, "")
    return parser


def _add_common(parser: argparse.ArgumentParser, suffix: str) -> None:
    """Add the options that may stand before and after the command; `suffix` tells them apart."""
    group = parser.add_argument_group("options that may stand before and after the command")

    def add(*flags: str, **rest: Any) -> None:  # noqa: ANN401 - as argparse has it
        group.add_argument(*flags, dest=flags[-1].lstrip("-").replace("-", "_") + suffix, **rest)

    add("-C", "--directory", metavar="DIR", help="a folder of the project (default: this one)")
    add(
        "-o",
        "--option",
        nargs=2,
        action="append",
        metavar=("NAME", "VALUE"),
        help="a project option, as with bst (repeatable)",
    )
    add(
        "--junction",
        action="append",
        type=_junction,
        metavar="NAME=DIR",
        help="the files of a junction (repeatable)",
    )
    add(
        "--search",
        action="append",
        metavar="DIR",
        help="where git clones and mirrors of junctions lie (repeatable)",
    )
    add(
        "--allow",
        action="append",
        metavar="DIR",
        help="a folder outside the project that it may read (repeatable)",
    )
    add("--settings", metavar="FILE", help="settings of your own, instead of the project's")
    add("--dialect", choices=("buildstream", "runbook"), help="how the project is written")
    add("--json", action="store_const", const=True, help="print JSON with a schema version")
    add("--max-jobs", type=_positive, metavar="N", help="the variable max-jobs")
    add("--arch", metavar="ARCH", help="the machine that builds, as `uname -m` tells it")


def _junction(text: str) -> tuple[str, str]:
    name, equals, directory = text.partition("=")
    if not (name and equals and directory):
        raise argparse.ArgumentTypeError(f"'{text}' is not NAME=DIR, such as sdk.bst=../sdk")
    return name, directory


def _limit(text: str) -> int:
    if not re.fullmatch(r"[1-9][0-9]{0,17}", text):
        raise argparse.ArgumentTypeError(f"'{text}' is no positive number")
    return int(text)


def _positive(text: str) -> int:
    if not re.fullmatch(r"[1-9][0-9]{0,7}", text):
        raise argparse.ArgumentTypeError(f"'{text}' is no positive number")
    return int(text)
