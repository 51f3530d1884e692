"""Assertions about images, keys and builds that say why they fail."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from bstgraph.artifacts import CacheState
from bstgraph.checks import Choice, Subject, run_checks
from bstgraph.errors import did_you_mean
from bstgraph.forecast import forecast
from bstgraph.images import ImageChain, image_chain, image_targets
from bstgraph.keys import Strength
from bstgraph.layers import Layers, trace
from bstgraph.load import open_layers
from bstgraph.names import ElementName
from bstgraph.render import chain_tree, finding_text, stale_text, to_text
from bstgraph.state import State

_MOST_FINDINGS = 20


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

    def assert_ships(self, image: str, path: str) -> None:
        """Assert that `image` has `path`.

        Args:
            image: a script with locations, a compose or a filter.
            path: a path, a glob, the name of a file, or an element.

        Raises:
            AssertionError: it has not, or that is not known.
            SelectionError: there is no such image.
        """
        found = trace(self._layers(), path, image)
        if found.verdict != "present":
            raise AssertionError(to_text(found))

    def assert_not_ships(self, image: str, path: str) -> None:
        """Assert that `image` has no `path`; as `assert_ships`, but the other way round.

        Raises:
            AssertionError: it has, or that is not known.
            SelectionError: there is no such image.
        """
        found = trace(self._layers(), path, image)
        if found.verdict != "absent" or found.unknown:
            raise AssertionError(to_text(found))

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
        way: list[tuple[int, ElementName]] = []
        best = 0
        for depth, stage in chain.walk():
            while way and way[-1][0] >= depth:
                way.pop()
            way.append((depth, stage.name))
            best = max(best, _matched([name for _, name in way], stages))
        if best < len(stages):
            near = did_you_mean(stages[best], {stage.name for _, stage in chain.walk()})
            below = f" below '{stages[best - 1]}'" if best else ""
            hint = f", {near}" if near else ""
            text = f"the chain of '{image}' has no '{stages[best]}'{below}{hint}"
            raise AssertionError(f"{text}\n\n{chain_tree(chain)}")
        return chain

    def assert_no_stale_layers(self, *targets: str) -> None:
        """Assert that a non-strict build of `targets` would ship no old bytes.

        Args:
            targets: full names; the project's targets by default.

        Raises:
            AssertionError: it would, or that is not known.
            ValueError: nobody said what was built before.
        """
        if self.before is None:
            raise ValueError("say what was built before: a revision, or a cache")
        report = forecast(self.state, self.before, targets).report
        if report.layers or report.images:
            raise AssertionError(stale_text(report))
        if report.unknown:
            step = report.unknown[0]
            text = f"it is not known of {len(report.unknown)} elements whether they are stale"
            raise AssertionError(f"{text}, such as '{step.name}': {step.gaps[0]}")

    def assert_no_findings(self, *, select: Sequence[str] = (), ignore: Sequence[str] = ()) -> None:
        """Assert that checks find nothing.

        Args:
            select: codes, beginnings of codes or names; those of the settings by default.
            ignore: the same, of those that do not run.

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
        graph = self.state.graph
        chains = tuple(image_chain(graph, name) for name in image_targets(graph))
        found = run_checks(Subject(state=self.state, chains=chains), choice).findings
        if found:
            raise AssertionError(_listed(f"{len(found)} findings", map(finding_text, found)))

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
            old = self.before.keys[element]
            digest = (old.strict if strength == "strict" else old.weak).digest
        if key.digest != digest:
            raise AssertionError(self._changed(element, str(digest), str(key)))
        if key.gaps:
            text = f"the {strength} key of '{element}' is not known exactly"
            raise AssertionError(_listed(text, key.gaps))

    def _changed(self, element: str, old: str, new: str) -> str:
        text = f"the key of '{element}' is another one\n  was {old}\n  is  {new}"
        if not isinstance(self.before, State):
            return text
        from bstgraph.diff import compare  # noqa: PLC0415  (only a failure needs it)

        return f"{text}\n\n{to_text(compare(self.before, self.state))}"

    def _layers(self) -> Layers:
        return self.layers if self.layers is not None else open_layers(self.state)


def _matched(way: Sequence[str], stages: Sequence[str]) -> int:
    """Return how many of `stages`, from the first on, are found in `way` in this order."""
    found = 0
    for name in way:
        if found < len(stages) and name == stages[found]:
            found += 1
    return found


def _listed(head: str, lines: Iterable[str]) -> str:
    listed = list(lines)
    more = [f"and {len(listed) - _MOST_FINDINGS} more"] if len(listed) > _MOST_FINDINGS else []
    return "\n".join((f"{head}:", *listed[:_MOST_FINDINGS], *more))
