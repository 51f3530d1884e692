"""Assertions about images, keys and builds that say why they fail."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import wraps
from typing import Final, ParamSpec, TypeVar

from bstgraph.artifacts import CacheState
from bstgraph.checks import (
    Baseline,
    Choice,
    Severity,
    Subject,
    report_on,
    subject_of,
)
from bstgraph.errors import BstGraphError, did_you_mean
from bstgraph.forecast import forecast
from bstgraph.images import ImageChain, Stage, image_chain
from bstgraph.keys import Strength
from bstgraph.layers import Gap, Layers, PathTrace, trace
from bstgraph.load import open_layers
from bstgraph.names import ElementName
from bstgraph.render import chain_tree, finding_text, gap_lines, stale_text, to_text
from bstgraph.settings import CheckSettings
from bstgraph.state import State
from bstgraph.steps import RUNBOOK, Contract, StepReport, Where, check_image

_MOST: Final = 20
"""How many findings, gaps or lines of a list a message has."""

_P = ParamSpec("_P")
_T = TypeVar("_T")


def _short(function: Callable[_P, _T]) -> Callable[_P, _T]:
    """Make what is raised begin here: who reads a failed test wants the reason, not our code."""

    @wraps(function)
    def called(*args: _P.args, **kwargs: _P.kwargs) -> _T:
        __tracebackhide__ = True  # pytest leaves out this frame
        try:
            return function(*args, **kwargs)
        except (AssertionError, BstGraphError) as error:
            raise error.with_traceback(None) from error.__cause__

    return called


@dataclass(frozen=True, kw_only=True)
class Assertions:
    """Assertions about one state of a project; each raises AssertionError, and says why.

    What is not known is never taken as true: an assertion about it fails too, with what is missing.
    """

    state: State
    """The project with its keys."""
    layers: Layers | None = None
    """What elements hold; by default what BuildStream's own cache and local sources tell."""
    before: State | CacheState | None = None
    """What was built before: another state, or a cache."""
    choice: Choice = field(default_factory=Choice)
    """Which checks run."""
    baseline: Baseline | None = None
    """Findings that are known, and do not count."""
    settings: CheckSettings = field(default_factory=CheckSettings)
    """What the project says of single checks: the contract, whether it is built non-strictly."""

    @_short
    def assert_ships(self, image: str, path: str, *, ignore_commands: bool = False) -> None:
        """Assert that `image` has `path`.

        Args:
            image: a script with locations, a compose or a filter.
            path: a path, a glob, the name of a file, or an element. Of a glob, a name or an
                element, one path that the image has is enough.
            ignore_commands: take it that the commands which mention the path leave it there.

        Raises:
            AssertionError: it has not, or that is not known, such as when a command that mentions
                the path may remove it.
            SelectionError: there is no such image.
        """
        layers = self._layers()
        found = trace(layers, path, image)
        if found.verdict != "present":
            raise AssertionError(to_text(found))
        sure = [one for one in found.present if ignore_commands or not _touched(layers, one)]
        if found.present and not sure:
            text = "it is staged, but commands mention it, and what they do to it is not known"
            raise AssertionError(f"{text}\n\n{to_text(found)}")

    @_short
    def assert_not_ships(self, image: str, path: str, *, ignore_commands: bool = False) -> None:
        """Assert that `image` has no `path`; as `assert_ships`, but the other way round.

        What a script makes by itself, without a word about the path in its commands, is known only
        where its artifact is in a cache.

        Raises:
            AssertionError: it has, or that is not known: the files of an element are missing, or
                a command that mentions the path may make it.
            SelectionError: there is no such image.
        """
        found = trace(self._layers(), path, image)
        if found.verdict == "unknown" and ignore_commands and not (found.unknown or found.gaps):
            return
        if found.verdict != "absent":
            raise AssertionError(to_text(found))
        if found.unknown or found.gaps:
            text = f"'{path}' was not found in '{image}', but not all of it is known"
            raise AssertionError(_listed(text, map(_gap, found.gaps)))

    @_short
    def assert_chain(self, image: str, *stages: str) -> ImageChain:
        """Assert that the chain of `image` has `stages`, each below the one before it.

        Args:
            image: a script.
            stages: full names from the image downwards; others may lie between them.

        Returns:
            The chain.

        Raises:
            AssertionError: it has not.
            SelectionError: there is no such image.
        """
        chain = image_chain(self.state.graph, image)
        below = _below(chain)
        there = {one.name for _, one in chain.walk()}
        above = ""
        for stage in stages:
            if stage not in there:
                raise AssertionError(_not_below(chain, above, stage))
            above, there = stage, below(stage)
        return chain

    @_short
    def assert_step_order(self, image: str, contract: Contract = RUNBOOK) -> tuple[StepReport, ...]:
        """Assert that the commands of `image` take the steps of a contract in their order.

        Args:
            image: a script that stages a layer.
            contract: the steps; by default those of the runbook (claim R9).

        Returns:
            What the commands are, for each layer.

        Raises:
            AssertionError: a step is missing or comes too late, or that is not known; the script
                stages no layer that it could be asked of.
            SelectionError: there is no such image.
        """
        reports = check_image(self.state.graph, image, contract)
        if not reports:
            raise AssertionError(f"'{image}' stages no layer, so that there are no steps to take")
        wrong = [line for one in reports if one.verdict != "kept" for line in _wrong_steps(one)]
        if wrong:
            text = f"the commands of '{image}' do not keep the contract '{contract.name}'"
            raise AssertionError(_listed(text, wrong))
        return reports

    @_short
    def assert_no_stale_layers(self, *targets: str) -> None:
        """Assert that a non-strict build of `targets` would ship no old bytes.

        Args:
            targets: full names; the project's targets by default.

        Raises:
            AssertionError: it would, or that is not known: elements could not be judged, or keys
                have gaps.
            ValueError: nobody said what was built before.
        """
        if self.before is None:
            raise ValueError("say what was built before: the ini option bstgraph_built, or before=")
        report = forecast(self.state, self.before, targets).report
        if report.ships_old:
            raise AssertionError(stale_text(report))
        if gaps := list(gap_lines(report)):
            raise AssertionError(_listed("nothing stale was found, but not all is known", gaps))

    @_short
    def assert_no_findings(
        self,
        *,
        select: Sequence[str] = (),
        ignore: Sequence[str] = (),
        fail_on: Severity = "advice",
    ) -> None:
        """Assert that checks find nothing new.

        Args:
            select: codes, beginnings of codes or names; those of the settings by default.
            ignore: the same, of those that do not run.
            fail_on: the least severity that counts; what is not known is only `advice`.

        Raises:
            AssertionError: they do.
            SettingsError: there is no such check.
        """
        choice = Choice(
            select=tuple(select) or self.choice.select,
            ignore=(*self.choice.ignore, *ignore),
            severities=self.choice.severities,
            suppressions=self.choice.suppressions,
        )
        report = report_on(self._subject(), choice, baseline=self.baseline)
        found = report.failing(fail_on)
        if found:
            count = f"{len(found)} finding{'s' if len(found) > 1 else ''}"
            raise AssertionError(_listed(count, map(finding_text, found)))

    @_short
    def assert_key_unchanged(
        self, element: str, digest: str | None = None, *, strength: Strength = "strict"
    ) -> None:
        """Assert that a cache key is what it was.

        Args:
            element: a full name.
            digest: the key as 64 hex digits; by default that of the state before.
            strength: which of the two keys.

        Raises:
            AssertionError: it is another one, or is not known exactly.
            SelectionError: there is no such element.
            ValueError: nobody said what it was.
        """
        keys = self.state.keys[element]
        key = keys.strict if strength == "strict" else keys.weak
        if digest is None:
            if not isinstance(self.before, State):
                raise ValueError("say what the key was, or give the state before")
            earlier = self.before.keys[element]
            old = earlier.strict if strength == "strict" else earlier.weak
            digest, gaps = old.digest, tuple(old.gaps)
        else:
            gaps = ()
        if key.digest != digest:
            raise AssertionError(self._changed(element, digest or "none", str(key)))
        if key.digest is None or key.gaps or gaps:
            text = f"the {strength} key of '{element}' is not known exactly"
            absent = (key.absent,) if key.digest is None else ()
            raise AssertionError(_listed(text, dict.fromkeys((*absent, *key.gaps, *gaps))))

    def _changed(self, element: str, old: str, new: str) -> str:
        text = f"the key of '{element}' is another one\n  was {old}\n  is  {new}"
        if not isinstance(self.before, State):
            return text
        from bstgraph.diff import compare  # noqa: PLC0415  (only a failure needs it)

        return f"{text}\n\n{to_text(compare(self.before, self.state))}"

    def _layers(self) -> Layers:
        return self.layers if self.layers is not None else open_layers(self.state)

    def _subject(self) -> Subject:
        return subject_of(
            self.state,
            settings=self.settings,
            layers=self._layers(),
            forecast=None if self.before is None else forecast(self.state, self.before),
        )


def _touched(layers: Layers, path: PathTrace) -> bool:
    """Return whether a command that mentions a path may still change it.

    Those of a layer whose artifact is known did what they do.
    """
    unsure = {command for link in path.links for command in layers.contents(link.element).commands}
    return any(one.kind == "script" or one in unsure for one in path.commands)


def _below(chain: ImageChain) -> Callable[[str], set[ElementName]]:
    """Return what tells which elements lie below a stage.

    What a chain draws once is below all stages that it belongs to.
    """
    children: dict[str, tuple[Stage, ...]] = {}
    for _, stage in chain.walk():
        children[stage.name] = stage.children or children.get(stage.name, ())

    def below(name: str) -> set[ElementName]:
        seen: set[ElementName] = set()
        pending = [name]
        while pending:
            new = [one.name for one in children[pending.pop()] if one.name not in seen]
            seen.update(new)
            pending += new
        return seen

    return below


def _not_below(chain: ImageChain, above: str, stage: str) -> str:
    near = did_you_mean(stage, {one.name for _, one in chain.walk()} - {ElementName(above)})
    below = f" below '{above}'" if above else ""
    hint = f", {near}" if near else ""
    text = f"the chain of '{chain.target}' has no '{stage}'{below}{hint}"
    return f"{text}\n\n{chain_tree(chain)}"


def _wrong_steps(report: StepReport) -> Iterable[str]:
    """Yield what is wrong with the steps for one layer, or not known; one line each."""
    for missing in report.missing:
        sure = "is missing" if missing.certain else "is perhaps missing"
        yield f"{report.layer}: the step '{missing.step}' {sure}"
        yield from (f"  {_where(near.where)}: {near.why}" for near in missing.near)
    for wrong in report.order:
        perhaps = "" if wrong.certain else "perhaps "
        text = f"'{wrong.first}' comes {perhaps}after '{wrong.then}'"
        yield f"{report.layer}: {text}: {_where(wrong.first_at)}, {_where(wrong.then_at)}"
    for late in dict.fromkeys((*report.mutations, *report.after_last)):
        perhaps = "" if late.certain else "perhaps "
        text = f"{perhaps}too late, after '{late.after}': {_where(late.where)}"
        yield f"{report.layer}: {text}: {late.why}"
    yield from (f"{report.layer}: command {one.number}: {one.gap.message}" for one in report.gaps)


def _where(where: Where) -> str:
    text = where.text.strip().partition("\n")[0]
    return f"command {where.number}, line {where.place.line}: {text}"


def _gap(gap: Gap) -> str:
    return f"{gap.element}: {gap.reason}"


def _listed(head: str, lines: Iterable[str]) -> str:
    listed = list(lines)
    more = [f"and {len(listed) - _MOST} more"] if len(listed) > _MOST else []
    return "\n".join((f"{head}:", *listed[:_MOST], *more))
