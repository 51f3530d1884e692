"""Plans as text: how much is built and reused, what is built in which order, and why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from bstgraph.keys import Keys
from bstgraph.plans import Action, Plan, Step
from bstgraph.render._wording import counted, some

_MOST_ROWS: Final = 25
_MOST_GAPS: Final = 4

_RULE_GAP: Final = "it follows the runbook's rule"
"""The beginning of the gap that every key of that rule has; the report says the rule already."""

_WORDS: Final[dict[Action, str]] = {
    "build": "built",
    "reuse": "reused",
    "unneeded": "not needed",
    "fail": "failed before and not tried again",
    "blocked": "blocked by one that fails",
    "unknown": "not known",
}


def plan_text(plan: Plan, *, everything: bool = False) -> str:
    """Return a plan: the counts are the first line, then what is built in its order.

    Args:
        plan: strict or not.
        everything: whether all steps are told, the reused ones too, however many there are.
    """
    most = None if everything else _MOST_ROWS
    parts = _parts(plan) if everything else [part for part in _parts(plan) if part[0]]
    told = ["\n".join(_listed(text, steps, most)) for shown, text, steps in parts if steps]
    end = (*unknown_lines(plan, everything=everything), _next(plan))
    return "\n\n".join(("\n".join(_head(plan)), *told, "\n".join(end)))


def _parts(plan: Plan) -> list[tuple[bool, str, Sequence[Step]]]:
    """Return the parts of the text: whether each is always told, its head, its steps."""
    old = [step for step in plan.values() if step.stale]
    fresh = [step for step in plan.of("reuse") if not step.stale]
    return [
        (True, "built, in this order:", plan.of("build")),
        (True, "reused by weak key although they are old (stale):", old),
        (True, "failed before and not tried again:", plan.of("fail")),
        (True, "blocked by one that fails:", plan.of("blocked")),
        (True, "not known:", plan.of("unknown")),
        (False, "reused:", fresh),
        (False, "not needed:", plan.of("unneeded")),
    ]


def _head(plan: Plan) -> Iterator[str]:
    counts = [f"{len(steps):,} {_WORDS[action]}" for action in _WORDS if (steps := plan.of(action))]
    yield f"{counted(len(plan), 'element')}: {', '.join(counts) or 'nothing to do'}"
    if plan.refused:
        yield f"but BuildStream refuses to begin: {some(plan.refused, _MOST_GAPS)}"
    mode = "--strict" if plan.strict else "--no-strict"
    yield f"  with {plan.cache.label}, and then"
    yield f"  `bst {mode} build {some(plan.targets, 3).replace(', ', ' ')}`"


def _listed(text: str, steps: Sequence[Step], most: int | None) -> Iterator[str]:
    yield text
    shown = steps[:most]
    kinds = max(len(step.kind) for step in shown)
    names = max(len(step.name) for step in shown)
    for step in shown:
        pulled = ", pulled" if step.pulled else ""
        yield f"  {step.kind:{kinds}}  {step.name:{names}}  {step.reason}{pulled}"
    if len(steps) > len(shown):
        yield f"  and {len(steps) - len(shown):,} more: --all"


def unknown_lines(plan: Plan, *, everything: bool = False) -> Iterator[str]:
    """Yield what is not known of a plan, what was taken for granted, and why; cut unless told."""
    unknown = [f"{step.name}: {step.gaps[0]}" for step in plan.values() if step.gaps]
    if unknown:
        yield f"unknown: {unjudged(plan)}:"
        yield from (f"  {line}" for line in cut(unknown, everything=everything))
    gaps = _key_gaps(plan.state.keys) if plan.cache.provisional else ()
    if gaps:
        yield "unknown: keys have gaps, and what is behind these was taken as unchanged:"
        yield from (f"  {gap}" for gap in cut(gaps, everything=everything))
    yield from (f"unknown: {gap}" for gap in cut(plan.gaps, everything=everything))


def unjudged(plan: Plan) -> str:
    """Return a clause that says of how many elements not all is known."""
    number = sum(1 for step in plan.values() if step.gaps)
    return f"{number:,} of {counted(len(plan), 'element')} could not be judged"


def cut(texts: Sequence[str], *, everything: bool = False) -> Sequence[str]:
    """Return the first texts and how many more there are, unless all are wanted."""
    if everything or len(texts) <= _MOST_GAPS:
        return texts
    return *texts[:_MOST_GAPS], f"and {len(texts) - _MOST_GAPS:,} more: --all"


def _key_gaps(keys: Keys) -> Sequence[str]:
    """Return the gaps of keys, without that one which says that they follow the runbook's rule."""
    return [gap for gap in keys.gaps if not gap.startswith(_RULE_GAP)]


def _next(plan: Plan) -> str:
    targets = some(plan.targets, 3).replace(", ", " ")
    if plan.stale:
        return (
            f"Next: `bstgraph stale {targets}`, with the same --built or --cache, tells what ships "
            "old bytes, and what cures it."
        )
    if not plan.builds:
        return "Nothing is built."
    if plan.strict:
        return "Next: --no-strict tells what a build by weak keys would do instead."
    return "Nothing that is reused is stale, as far as is known."
