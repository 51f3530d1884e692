"""The command line: each command loads, asks one thing, renders and returns an exit status.

Answers go to standard output, messages to standard error. The status is 0 when all is well, 1 when
there are findings, 2 when the call is wrong or the project cannot be loaded.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from bstgraph.errors import BstGraphError, LoadErrors, SelectionError

if TYPE_CHECKING:
    from bstgraph.graph import Graph
    from bstgraph.model import Element, Project

FINE: Final = 0
FINDINGS: Final = 1
WRONG: Final = 2
# What a shell reports for a program that ended by SIGINT or SIGPIPE.
_INTERRUPTED: Final = 130
_PIPE_CLOSED: Final = 141

_QUIET_SECONDS: Final = 1.0
"""How long a load takes before it is worth a line of progress."""
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            # A name or a line of a tree that the terminal cannot show is better than no answer.
            stream.reconfigure(errors="backslashreplace")
    try:
        args = _parser().parse_args(argv)
        args.json = _last(args, "json")
        status: int = args.command(args)
        sys.stdout.flush()
    except BstGraphError as error:
        _tell_errors(error)
        return WRONG
    except BrokenPipeError:
        # The reader has gone, as with `| head`: keep Python from complaining at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _PIPE_CLOSED
    except KeyboardInterrupt:
        _tell("interrupted")
        return _INTERRUPTED
    return status


def _show(args: argparse.Namespace) -> int:
    """List elements."""
    from bstgraph.render import element_table, elements_to_json, format_element

    project, graph = _load(args, args.targets)
    elements = _shown(args, project, graph)
    if args.json:
        _print_json(elements_to_json(elements, gaps=graph.gaps))
    elif args.format is None:
        _print(element_table(elements))
    else:
        try:
            lines = [format_element(element, args.format) for element in elements]
        except ValueError as error:
            args.parser.error(str(error))
        _print("\n".join(lines))
    for gap in graph.gaps:
        _tell(f"unknown: {gap}")
    return FINE


def _shown(args: argparse.Namespace, project: Project, graph: Graph) -> list[Element]:
    """Return the elements in the scope, of those that the selectors select, in order."""
    from bstgraph.scopes import Scope

    names: Sequence[str] = graph.staging_order(project.targets, scope=Scope(args.deps))
    if args.select:
        from bstgraph.selection import select

        selected = frozenset(select(graph, *args.select))
        names = [name for name in names if name in selected]
        if not names:
            text = f"no element in the scope '{args.deps}' is selected"
            raise SelectionError("empty-selection", text, fix="widen it: --deps all")
    elements = [element for name in names if (element := graph.get(name))]
    if args.order == "alpha":
        # As BuildStream does: by the name inside the project, without junctions.
        elements.sort(key=lambda element: element.local_name)
    return elements


def _chain(args: argparse.Namespace) -> int:
    """Draw an image chain."""
    from bstgraph.images import image_chain
    from bstgraph.render import chain_tree, to_json

    project, graph = _load(args, [args.target])
    chain = image_chain(graph, project.targets[0])
    if args.json:
        _print_json(to_json(chain))
    else:
        _print(chain_tree(chain, full=args.full))
    return FINE


def _path(args: argparse.Namespace) -> int:
    """Tell why one element depends on another."""
    from bstgraph.render import to_json, to_text

    project, graph = _load(args, [args.start, args.end])
    # Targets that are links are those that they lead to; the same one twice is there once.
    start, end = project.targets[0], project.targets[-1]
    graph.shortest_path(start, end)  # an error tells more than an empty list of paths
    found = graph.simple_paths(start, end) if args.all else graph.why(start, end)
    if args.json:
        _print_json(to_json(found))
    else:
        _print(to_text(found))
    return FINE


def _check(args: argparse.Namespace) -> int:
    """Load a project and tell what is worth knowing about it."""
    from bstgraph.findings import check
    from bstgraph.render import to_json, to_text

    project, graph = _load(args, args.targets)
    report = check(project, graph)
    if args.json:
        _print_json(to_json(report))
    else:
        _print(to_text(report))
    return FINDINGS if report.findings else FINE


def _load(args: argparse.Namespace, targets: Sequence[str]) -> tuple[Project, Graph]:
    from bstgraph.graph import Graph
    from bstgraph.load import load_project
    from bstgraph.settings import read_settings

    settings = _last(args, "settings")
    with _progress("loading"):
        project = load_project(
            _last(args, "directory") or ".",
            targets,
            options=dict(_all(args, "option")),
            junctions=dict(_all(args, "junction")),
            search=_all(args, "search"),
            allow=_all(args, "allow"),
            max_jobs=_last(args, "max_jobs"),
            dialect=_last(args, "dialect"),
            settings=read_settings(settings) if settings else None,
        )
        return project, Graph(project)


def _all(args: argparse.Namespace, name: str) -> list[Any]:
    """Return what was given for a repeatable option, before and after the command."""
    return [*(getattr(args, f"{name}_before") or ()), *(getattr(args, name) or ())]


def _last(args: argparse.Namespace, name: str) -> Any:  # noqa: ANN401 - as argparse has it
    after = getattr(args, name)
    return getattr(args, f"{name}_before") if after is None else after


@contextmanager
def _progress(what: str) -> Iterator[None]:
    """Tell on a terminal what takes long, and take it back when it is done."""
    if not sys.stderr.isatty():
        yield
        return
    done = threading.Event()
    start = time.monotonic()

    def tell() -> None:
        while not done.wait(_QUIET_SECONDS):
            sys.stderr.write(f"\r{what}: {time.monotonic() - start:.0f} s ")
            sys.stderr.flush()

    thread = threading.Thread(target=tell, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
        if time.monotonic() - start > _QUIET_SECONDS:
            sys.stderr.write("\r\x1b[K")


def _safe(text: str) -> str:
    """Return `text` without what a terminal would obey: a project's texts are not trusted."""
    return _CONTROL.sub(lambda match: f"\\x{ord(match[0]):02x}", text)


def _print(text: str) -> None:
    if text:
        print(_safe(text))


def _print_json(text: str) -> None:
    print(text)  # JSON has its own escapes


def _tell(text: str) -> None:
    print(_safe(text), file=sys.stderr)


def _tell_errors(error: BstGraphError) -> None:
    several = error.exceptions if isinstance(error, LoadErrors) else ()
    for one in several or (error,):
        _tell(f"error: {one.render() if isinstance(one, BstGraphError) else one}")
    if len(several) > 1:
        _tell(f"{len(several):,} errors")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="bstgraph",
        description="Ask about the element graph of a BuildStream 2 project.",
        epilog="Exit status: 0 fine, 1 findings, 2 wrong call or a project that cannot be loaded.",
        allow_abbrev=False,
    )
    _add_common(parser, "_before")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    show = _command(commands, "show", _show)
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

    chain = _command(commands, "chain", _chain)
    chain.add_argument("target", metavar="TARGET", help="a script element")
    chain.add_argument("--full", action="store_true", help="draw every stage")

    path = _command(commands, "path", _path)
    path.add_argument("start", metavar="DEPENDANT")
    path.add_argument("end", metavar="DEPENDENCY")
    path.add_argument("--all", action="store_true", help="every path (at most 100), not a shortest")

    check = _command(commands, "check", _check)
    check.add_argument("targets", nargs="*", metavar="TARGET", help="default: the project's own")
    return parser


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


def _junction(text: str) -> tuple[str, str]:
    name, equals, directory = text.partition("=")
    if not (name and equals and directory):
        raise argparse.ArgumentTypeError(f"'{text}' is not NAME=DIR, such as sdk.bst=../sdk")
    return name, directory


def _positive(text: str) -> int:
    if not re.fullmatch(r"[1-9][0-9]{0,7}", text):
        raise argparse.ArgumentTypeError(f"'{text}' is no positive number")
    return int(text)
