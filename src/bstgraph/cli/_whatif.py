"""The command `whatif`: edits in memory, and what a build would make of them."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

from bstgraph.cli import _builds
from bstgraph.cli._commands import FINDINGS, FINE
from bstgraph.cli._loading import load_state
from bstgraph.cli._terminal import print_json, progress, say
from bstgraph.errors import SelectionError

if TYPE_CHECKING:
    from bstgraph.scenario import Scenario

_EDITS: Final = {
    "add": (("ELEMENT", "DEPENDENCY"), "a dependency, as if written last in 'depends:'"),
    "add-build": (("ELEMENT", "DEPENDENCY"), "a build dependency"),
    "remove": (("ELEMENT", "DEPENDENCY"), "no dependency"),
    "strict": (("ELEMENT", "DEPENDENCY"), "'strict: true' on a build dependency"),
    "ref": (("ELEMENT", "REF"), "another ref of the first source"),
    "variable": (("ELEMENT", "NAME", "VALUE"), "a variable of an element"),
    "environment": (("ELEMENT", "NAME", "VALUE"), "an environment variable of an element"),
    "set-option": (("NAME", "VALUE"), "a project option"),
    "file": (("PATH", "FILE"), "the content of FILE in the place of a file of the project"),
    "no-file": (("PATH",), "no such file"),
    "element": (("NAME", "FILE"), "an element, new or another, with the text of FILE"),
}
"""Option -> the names of its values, and what there would be."""


class _Edit(argparse.Action):
    """Keeps edits in the order in which they are given."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: str | Sequence[Any] | None,
        option_string: str | None = None,
    ) -> None:
        del parser, option_string
        edits = [*(getattr(namespace, "edits", None) or ()), (self.const, values)]
        namespace.edits = edits


def add_edit_options(parser: argparse.ArgumentParser) -> None:
    """Add an option for each kind of edit."""
    for name, (values, text) in _EDITS.items():
        parser.add_argument(
            f"--{name}",
            action=_Edit,
            const=name,
            nargs=len(values),
            metavar=values,
            dest="edits",
            help=text,
        )


def whatif(args: argparse.Namespace) -> int:
    """Edit a project in memory, and tell what a non-strict build would reuse, build and ship."""
    from bstgraph.forecast import forecast
    from bstgraph.load import whatif as scenario_of
    from bstgraph.plans import cures
    from bstgraph.render import scenario_text, scenario_to_json

    if not args.edits:
        raise SelectionError("empty-selection", "no edit is given", fix="--add ELEMENT DEPENDENCY")
    state = load_state(args, args.targets)
    made = scenario_of(state)
    for name, values in args.edits:
        made = _edited(made, name, values)
    # Without anything else, what there is now counts as built.
    before = _builds.before(args) if _builds.names_before(args) else state
    rules = _builds.rules(args, revision=not (args.cache or args.keys))
    with progress("planning"):
        try:
            found = forecast(made.state, before, state.project.targets, rules=rules)
        except ValueError as error:
            raise SelectionError("bad-edit", str(error)) from None
        remedies = cures(found.report)
    if args.json:
        print_json(scenario_to_json(made, found, remedies))
    else:
        say(scenario_text(made, found, remedies, everything=args.all))
    return FINDINGS if _builds.counts(args, found) else FINE


def _edited(made: Scenario, name: str, values: Sequence[str]) -> Scenario:
    steps: dict[str, Callable[..., Scenario]] = {
        "add": made.add,
        "add-build": lambda element, dependency: made.add(element, dependency, "build"),
        "remove": made.remove,
        "strict": made.strict,
        "ref": made.ref,
        "variable": made.variable,
        "environment": made.environment,
        "set-option": made.option,
        "file": lambda path, file: made.file(path, _content(file)),
        "no-file": lambda path: made.file(path, None),
        "element": lambda element, file: made.element(element, _content(file).decode()),
    }
    try:
        return steps[name](*values)
    except (ValueError, UnicodeDecodeError) as error:
        raise SelectionError("bad-edit", f"--{name} {' '.join(values)}: {error}") from None


def _content(path: str) -> bytes:
    from bstgraph.yaml import read_bytes

    return read_bytes(path, path)
