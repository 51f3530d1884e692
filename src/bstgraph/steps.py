"""The order of the steps that assemble an image: which commands are which, and what came too late.

A contract names steps, says by which commands they are recognised, and in which order they have
to be. It is checked against the commands of a script element, for one layer that it stages.
Nothing is run, and what a program does inside is not known: a step that a program takes by itself
is not seen.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from typing import Any, Final, Literal, NamedTuple, TypeAlias

from bstgraph.display import Displayable
from bstgraph.errors import SettingsError, did_you_mean
from bstgraph.graph import Graph
from bstgraph.images import image_chain
from bstgraph.names import ElementName
from bstgraph.shell import (
    Access,
    Command,
    Context,
    Gap,
    Place,
    Runs,
    effects,
    mentions,
    parse,
    resolve,
)

Verdict: TypeAlias = Literal["kept", "broken", "unknown"]
"""Whether a contract is kept.

- `broken`: something in it is certainly not as it has to be
- `unknown`: nothing is, but a part of the commands is not known, or may run or not
"""


class Pattern(NamedTuple):
    """A way to recognise a step: all that is given has to fit one command."""

    programs: tuple[str, ...]
    """Names of programs, without folders."""
    arguments: tuple[str, ...] = ()
    """Globs; for each there has to be an argument that matches."""
    reads: str | None = None
    """A path that it has to read; `{layer}` is the location of the layer, `/**` all below."""
    writes: str | None = None
    """A path that it has to write, in the same form."""
    if_present: bool = False
    """Whether it may be skipped when what it reads is not there, as a test before it says."""


class Step(NamedTuple):
    """A step of a contract."""

    name: str
    patterns: tuple[Pattern, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """Which steps there are, and in which order."""

    name: str
    steps: tuple[Step, ...]
    must_exist: tuple[str, ...] = ()
    must_precede: tuple[tuple[str, str], ...] = ()
    """Pairs of steps: the first one comes before the second one, when both are there."""
    last: str | None = None
    """The step that nothing may come after."""
    no_mutation_after: str | None = None
    """The step that nothing may change the layer after."""


RUNBOOK: Final = Contract(
    name="runbook",
    steps=(
        Step(
            "merge-etc",
            (
                Pattern(
                    ("cp", "mv", "rsync"),
                    reads="{layer}/usr/etc",
                    writes="{layer}/etc",
                    if_present=True,
                ),
            ),
        ),
        Step("dconf-update", (Pattern(("dconf",), ("update",), writes="{layer}/**"),)),
        Step("ldconfig", (Pattern(("ldconfig",), writes="{layer}/etc/ld.so.cache"),)),
        Step("build-oci", (Pattern(("build-oci",), reads="{layer}"),)),
    ),
    must_exist=("merge-etc", "dconf-update", "ldconfig", "build-oci"),
    must_precede=(
        ("merge-etc", "dconf-update"),
        ("dconf-update", "ldconfig"),
        ("ldconfig", "build-oci"),
    ),
    last="build-oci",
    no_mutation_after="ldconfig",
)
"""The order of the runbook (claim R9): merge `/usr/etc`, `dconf update`, `ldconfig`, `build-oci`."""


class Where(NamedTuple):
    """A command in a list of commands."""

    number: int
    """The item of the list, from 1."""
    place: Place
    text: str


class Occurrence(NamedTuple):
    """A step that was found."""

    step: str
    where: Where
    runs: Runs
    """Whether it runs; a test for what it reads does not count when the pattern says so."""
    conditions: tuple[str, ...] = ()
    """What it depends on, the outermost first."""


class NearMiss(NamedTuple):
    """A command that is nearly the step."""

    where: Where
    why: str


class Missing(NamedTuple):
    """A step that has to be there and is not, or perhaps not."""

    step: str
    certain: bool
    near: tuple[NearMiss, ...] = ()


class OrderViolation(NamedTuple):
    """Two steps that are in the wrong order."""

    first: str
    """What has to come first."""
    then: str
    first_at: Where
    then_at: Where
    certain: bool


class Late(NamedTuple):
    """A command that comes too late: after what has to be last, or a change of the layer."""

    where: Where
    after: str
    """The step that it comes after."""
    path: str | None
    """What it changes in the layer; None when it changes nothing there, or it is not known what."""
    certain: bool
    why: str


class ScriptGap(NamedTuple):
    """A part of the commands that is not known."""

    number: int
    gap: Gap


@dataclass(frozen=True, slots=True, kw_only=True)
class StepReport(Displayable):
    """What the commands of one script are by a contract, for one layer."""

    contract: Contract
    layer: str
    element: ElementName | None = None
    found: tuple[Occurrence, ...] = ()
    """Steps in the order of the commands; those that never run are in there too."""
    missing: tuple[Missing, ...] = ()
    order: tuple[OrderViolation, ...] = ()
    mutations: tuple[Late, ...] = ()
    """What changes the layer, or perhaps does, after the step that nothing may change it after."""
    after_last: tuple[Late, ...] = ()
    """All commands after the step that has to be last."""
    unseen: tuple[Where, ...] = field(default=(), repr=False)
    """Programs that are given the layer and of which it is not known what they do with it."""
    gaps: tuple[ScriptGap, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """Whether the contract is kept."""
        violations = (*self.missing, *self.order, *self.mutations, *self.after_last)
        if any(each.certain for each in violations):
            return "broken"
        return "unknown" if violations or self.gaps else "kept"


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
            kinds = {context.runs for context in contexts}
            runs: Runs = (
                "never"
                if "never" in kinds
                else "perhaps"
                if "perhaps" in kinds or fits == "perhaps"
                else "always"
            )
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
                program in pattern.programs
                and program == name.partition("-")[0]
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
        if run.known:
            return None
        named = mentions(run.command, self._layer)
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
    return path == folder or folder == "/" or path.startswith(f"{folder}/")


_KEYS: Final = ("name", "steps", "must-exist", "must-precede", "last", "no-mutation-after")
_PATTERN_KEYS: Final = ("program", "arguments", "reads", "writes", "if-present")


def contract_from(values: Mapping[str, Any]) -> Contract:
    """Return the contract that plain data describes, as settings or YAML give it.

    The keys are `name`, `steps` (name of a step -> a list of patterns), `must-exist`,
    `must-precede` (a list of pairs), `last` and `no-mutation-after`. A pattern has `program` (a
    name or a list of names) and may have `arguments`, `reads`, `writes`, `if-present`.

    Raises:
        SettingsError: a key or value is wrong, or a step is named that there is not
            (`bad-settings`).
    """
    _check_keys(values, _KEYS, "a contract")
    steps = tuple(
        Step(str(name), _patterns(str(name), patterns))
        for name, patterns in _mapping(values.get("steps"), "steps").items()
    )
    names = [step.name for step in steps]
    pairs = _list(values.get("must-precede", ()), "must-precede")
    for pair in pairs:
        if not isinstance(pair, list | tuple) or len(pair) != 2:
            raise _wrong(f"'must-precede' is a list of pairs of steps, and {pair!r} is none")
    last, still = values.get("last"), values.get("no-mutation-after")
    exist = _list(values.get("must-exist", ()), "must-exist")
    for name in (*exist, *(name for pair in pairs for name in pair), last, still):
        if name is not None and name not in names:
            raise _wrong(f"there is no step '{name}'", did_you_mean(str(name), names))
    return Contract(
        name=_text(values.get("name", "own"), "name"),
        steps=steps,
        must_exist=tuple(exist),
        must_precede=tuple((pair[0], pair[1]) for pair in pairs),
        last=last,
        no_mutation_after=still,
    )


def _patterns(step: str, values: object) -> tuple[Pattern, ...]:
    found = []
    for value in _list(values, f"steps.{step}"):
        pattern = _mapping(value, f"steps.{step}")
        _check_keys(pattern, _PATTERN_KEYS, f"a pattern of the step '{step}'")
        programs = pattern.get("program")
        if isinstance(programs, str):
            programs = [programs]
        reads, writes = pattern.get("reads"), pattern.get("writes")
        present = pattern.get("if-present", False)
        if not isinstance(present, bool):
            raise _wrong(f"'if-present' of the step '{step}' is true or false")
        found.append(
            Pattern(
                programs=tuple(_texts(programs, "program")),
                arguments=tuple(_texts(pattern.get("arguments", ()), "arguments")),
                reads=None if reads is None else _text(reads, "reads"),
                writes=None if writes is None else _text(writes, "writes"),
                if_present=present,
            )
        )
    if not found:
        raise _wrong(f"the step '{step}' has no pattern, so that nothing is recognised as it")
    return tuple(found)


def _check_keys(values: Mapping[str, Any], known: Sequence[str], what: str) -> None:
    for key in values:
        if key not in known:
            fix = did_you_mean(str(key), known) or f"there are {', '.join(known)}"
            raise _wrong(f"{what} has no '{key}'", fix)


def _mapping(value: object, what: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping) or not value:
        raise _wrong(f"'{what}' is a mapping")
    return value


def _list(value: object, what: str) -> Sequence[Any]:
    if not isinstance(value, list | tuple):
        raise _wrong(f"'{what}' is a list")
    return value


def _texts(value: object, what: str) -> Sequence[str]:
    return [_text(item, what) for item in _list(value, what)]


def _text(value: object, what: str) -> str:
    if not isinstance(value, str) or not value:
        raise _wrong(f"'{what}' is text")
    return value


def _wrong(message: str, fix: str | None = None) -> SettingsError:
    return SettingsError("bad-settings", message, fix=fix)
