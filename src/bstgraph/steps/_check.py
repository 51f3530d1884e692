"""Commands of a script, checked against a contract."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Literal, NamedTuple

from bstgraph.graph import Graph
from bstgraph.images import image_chain
from bstgraph.shell import (
    Access,
    Command,
    Context,
    Runs,
    effects,
    mentions,
    parse,
    resolve,
    runs_in,
)
from bstgraph.steps._contract import RUNBOOK, Contract, Pattern, Step
from bstgraph.steps._report import (
    Late,
    Missing,
    NearMiss,
    Occurrence,
    OrderViolation,
    ScriptGap,
    StepReport,
    Where,
)


class _Run(NamedTuple):
    """One command of the list, with what it does."""

    where: Where
    command: Command
    reads: tuple[Access, ...]
    writes: tuple[Access, ...]
    known: bool


def check_image(graph: Graph, target: str, contract: Contract = RUNBOOK) -> tuple[StepReport, ...]:
    """Return what the commands of the script `target` are, for each layer that it stages.

    A layer is what it stages elsewhere than at `/` and that is no image itself; a script that
    stages none has no report.

    Raises:
        SelectionError: `unknown-element`, or `no-chain` when the target is no script.
    """
    chain = image_chain(graph, target)
    element = graph[chain.target]
    places = dict.fromkeys(layer.location for layer in chain.layers)
    locations = [place for place in places if place and place != "/"]
    commands = element.config.get("commands", ())
    return tuple(
        replace(
            check_steps(
                commands,
                layer=location,
                contract=contract,
                environment=element.environment,
                directory=element.variables.get("cwd", "/"),
            ),
            element=element.name,
        )
        for location in locations
    )


def check_steps(
    commands: Sequence[str],
    *,
    layer: str,
    contract: Contract = RUNBOOK,
    environment: Mapping[str, str] | None = None,
    directory: str | None = "/",
) -> StepReport:
    """Return what `commands` are by `contract`.

    Each command is a text that BuildStream gives `sh -c -e`, run in `directory`, with its
    variables expanded; shell variables of one are not known to the next. `layer` is the location
    of the layer, `environment` what the commands run with; None when that is not known.
    """
    layer = posixpath.normpath(f"/{layer.strip('/')}")
    runs: list[_Run] = []
    gaps: list[ScriptGap] = []
    for number, text in enumerate(commands, 1):
        script = parse(text, environment=environment, directory=directory)
        gaps += (ScriptGap(number, gap) for gap in script.gaps)
        runs += (_run(number, command) for command in script.commands)
    return _Check(contract, layer, runs, tuple(gaps)).report()


def _run(number: int, command: Command) -> _Run:
    found = effects(command)
    where = Where(number, command.place, command.text)
    return _Run(where, command, found.reads, found.writes, found.known)


class _Check:
    """The commands of one script and a contract."""

    def __init__(
        self,
        contract: Contract,
        layer: str,
        runs: Sequence[_Run],
        gaps: tuple[ScriptGap, ...],
    ) -> None:
        self._contract = contract
        self._layer = layer
        self._runs = runs
        self._gaps = gaps
        self._found: list[tuple[int, Occurrence]] = []
        for place, run in enumerate(runs):
            for step in contract.steps:
                if occurrence := self._occurrence(step, run):
                    self._found.append((place, occurrence))

    def report(self) -> StepReport:
        """Return the report."""
        return StepReport(
            contract=self._contract,
            layer=self._layer,
            found=tuple(occurrence for _, occurrence in self._found),
            missing=tuple(self._missing()),
            order=tuple(self._order()),
            mutations=tuple(self._mutations()),
            after_last=tuple(self._after_last()),
            unseen=tuple(
                run.where
                for run in self._runs
                if not run.known
                and run.command.words
                and mentions(run.command, self._layer)
                and run.command.runs != "never"
            ),
            gaps=self._gaps,
        )

    def _occurrence(self, step: Step, run: _Run) -> Occurrence | None:
        if run.command.program is None:
            return None
        for pattern in step.patterns:
            fits = self._fits(pattern, run)
            if not fits:
                continue
            contexts = [
                context
                for context in run.command.contexts
                if not (pattern.if_present and self._is_guard(context, run))
            ]
            runs = runs_in(contexts)
            if runs == "always" and fits == "perhaps":
                runs = "perhaps"
            conditions = tuple(
                f"{context.kind} {context.text}".strip()
                for context in run.command.contexts
                if context.runs != "always"
            )
            return Occurrence(step.name, run.where, runs, conditions)
        return None

    def _fits(self, pattern: Pattern, run: _Run) -> Literal["yes", "perhaps", ""]:
        command = run.command
        if command.program not in pattern.programs:
            return ""
        texts = [word.text for word in command.arguments]
        for glob in pattern.arguments:
            if not any(fnmatchcase(text, glob) for text in texts):
                return ""
        sure = True
        for wanted, paths in ((pattern.reads, run.reads), (pattern.writes, run.writes)):
            if wanted is None:
                continue
            fits = {self._leads(wanted, access) for access in paths}
            if "yes" not in fits:
                if "perhaps" not in fits:
                    return ""
                sure = False
        return "yes" if sure else "perhaps"

    def _leads(self, wanted: str, access: Access) -> Literal["yes", "perhaps", ""]:
        """Return whether a path is the one that a pattern wants."""
        below = wanted.endswith("/**")
        path = wanted.removesuffix("/**").replace("{layer}", self._layer)
        if access.path is None:
            return "perhaps"
        if access.path == path or (below and _is_below(access.path, path)):
            return "yes" if access.exact or access.every or below else "perhaps"
        return "perhaps" if not access.exact and _is_below(path, access.path) else ""

    def _is_guard(self, context: Context, run: _Run) -> bool:
        """Return whether a condition only asks if what a command reads is there."""
        texts = [word.text for word in context.test]
        if context.runs != "perhaps" or len(texts) < 3:
            return False
        words = context.test[1 : -1 if texts[0] != "test" else None]
        holds = context.holds
        if words[0].text == "!":
            words, holds = words[1:], not holds
        if texts[0] not in ("[", "[[", "test") or len(words) != 2 or not holds:
            return False
        path = resolve(words[1], run.command.directory, run.command.root)
        return words[0].text in ("-d", "-e", "-f", "-r", "-s") and path in {
            access.path for access in run.reads
        }

    def _at(self, step: str, *kinds: Runs) -> list[tuple[int, Occurrence]]:
        return [each for each in self._found if each[1].step == step and each[1].runs in kinds]

    def _missing(self) -> Iterator[Missing]:
        for name in self._contract.must_exist:
            if self._at(name, "always"):
                continue
            certain = not self._at(name, "perhaps") and not self._gaps
            yield Missing(name, certain, tuple(self._near(name)))

    def _near(self, name: str) -> Iterator[NearMiss]:
        step = next(step for step in self._contract.steps if step.name == name)
        found = {place for place, each in self._found if each.step == name}
        for place, run in enumerate(self._runs):
            program = run.command.program
            if place in found:
                occurrence = next(e for p, e in self._found if p == place and e.step == name)
                why = "it never runs" if occurrence.runs == "never" else "it may be skipped"
                if occurrence.conditions:
                    why += f": {', '.join(occurrence.conditions)}"
                yield NearMiss(run.where, why)
            elif any(
                (program in pattern.programs and program == name.partition("-")[0])
                or (program in pattern.programs and len(pattern.programs) == 1)
                for pattern in step.patterns
            ):
                yield NearMiss(run.where, self._why_not(step, run))

    def _why_not(self, step: Step, run: _Run) -> str:
        wanted = [pattern.writes or pattern.reads for pattern in step.patterns]
        names = " or ".join(each.replace("{layer}", self._layer) for each in wanted if each)
        accesses = run.writes if step.patterns[0].writes else run.reads
        paths = ", ".join(access.path for access in accesses if access.path)
        if paths and names:
            return f"it works on {paths}, not on {names}"
        return f"it is not what the step '{step.name}' is recognised by"

    def _order(self) -> Iterator[OrderViolation]:
        """Yield pairs in the wrong order.

        What counts is the last time of a step, since each does again what it did before; but what
        `last` names is done for good, so that its first time counts.
        """
        for first, then in self._contract.must_precede:
            firsts, thens = (
                self._at(first, "always", "perhaps"),
                self._at(then, "always", "perhaps"),
            )
            if not firsts or not thens:
                continue
            wrong = None
            if firsts[-1][0] > thens[-1][0]:
                wrong = firsts[-1][1], thens[-1][1]
            elif then == self._contract.last and firsts[0][0] > thens[0][0]:
                wrong = firsts[0][1], thens[0][1]
            if wrong:
                certain = all(each.runs == "always" for each in wrong)
                yield OrderViolation(first, then, wrong[0].where, wrong[1].where, certain)

    def _mutations(self) -> Iterator[Late]:
        step = self._contract.no_mutation_after
        found = self._at(step, "always", "perhaps") if step else []
        if not step or not found:
            return
        sure = self._at(step, "always")
        start = sure[-1][0] if sure else found[0][0]
        steps = {place for place, _ in self._found if _.step in (step, self._contract.last)}
        for place, run in enumerate(self._runs[start + 1 :], start + 1):
            if place in steps or run.command.runs == "never":
                continue
            late = self._change(run, step)
            if late:
                again = bool(found) and place < found[-1][0]
                yield late._replace(certain=late.certain and bool(sure) and not again)

    def _change(self, run: _Run, step: str) -> Late | None:
        """Return how a command changes the layer, if it does or may."""
        always = run.command.runs == "always"
        for access in run.writes:
            if access.path and _is_below(access.path, self._layer):
                why = "it writes there" if always else "it writes there, when it runs"
                return Late(run.where, step, access.path, always, why)
        for access in run.writes:
            inside = access.path is None or _is_below(self._layer, access.path)
            if inside and not access.exact and run.command.words:
                return Late(
                    run.where, step, None, certain=False, why="where it writes is not known"
                )
        named = mentions(run.command, self._layer)
        if run.known:
            # A variable that it is run with may lead it to the layer.
            settings = [f"{name}={value.text}" for name, value in run.command.assignments]
            named = [text for text in named if text in settings] if run.writes else []
            if not named or not run.command.words:
                return None
        if named:
            return Late(
                run.where, step, None, certain=False, why="what it does with the layer is not known"
            )
        here = run.command.directory
        if run.command.words and here and _is_below(here, self._layer):
            return Late(
                run.where,
                step,
                None,
                certain=False,
                why="it runs in the layer; what it does is not known",
            )
        return None

    def _after_last(self) -> Iterator[Late]:
        last = self._contract.last
        found = self._at(last, "always", "perhaps") if last else []
        if not last or not found:
            return
        place, occurrence = found[-1]
        for run in self._runs[place + 1 :]:
            if run.command.runs == "never" or not (run.command.words or run.writes):
                continue
            change = self._change(run, last)
            certain = run.command.runs == "always" and occurrence.runs == "always"
            path = change.path if change else None
            why = change.why if change else "it changes nothing in the layer"
            yield Late(run.where, last, path, certain, why)


def _is_below(path: str, folder: str) -> bool:
    return folder in (path, "/") or path.startswith(f"{folder}/")
