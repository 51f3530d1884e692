"""Variants of one image that differ in what they let through or in their steps."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator
from typing import Final

from bstgraph.checks._api import Problem, Subject, check
from bstgraph.model import Element
from bstgraph.names import ElementName
from bstgraph.shell import parse
from bstgraph.variants import FilterChange, parity

_SHOWN: Final = 8


@check("BSG406", "variant-difference", "advice")
def variant_difference(subject: Subject) -> Iterator[Problem]:
    """Report two variants of one image that differ in their filters or in the steps they take.

    Variants are images of the project of which one is called like the other, with more behind a
    hyphen, and that share most of their steps: `oci/image.bst` and `oci/image-nvidia.bst`.
    Packages are meant to differ; what here-documents hold, such as labels, is no step.
    """
    images = [chain.target for chain in subject.chains]
    for one, other in itertools.combinations(images, 2):
        for plain, more in ((one, other), (other, one)):
            if _suffix(plain, more):
                yield from _problem(subject, plain, more)


def _suffix(plain: ElementName, more: ElementName) -> str:
    """Return what a name has more than another one behind a hyphen, both of this project."""
    parts = plain.removesuffix(".bst").split("/"), more.removesuffix(".bst").split("/")
    if ":" in plain or ":" in more or len(parts[0]) != len(parts[1]):
        return ""
    differing = [pair for pair in zip(*parts, strict=True) if pair[0] != pair[1]]
    if len(differing) != 1 or not differing[0][1].startswith(f"{differing[0][0]}-"):
        return ""
    return differing[0][1].removeprefix(f"{differing[0][0]}-")


def _problem(subject: Subject, plain: ElementName, more: ElementName) -> Iterator[Problem]:
    elements = subject.graph[plain], subject.graph[more]
    steps = [_commands(element) for element in elements]
    only = [steps[0] - steps[1], steps[1] - steps[0]]
    if sum(map(Counter.total, only)) > (steps[0] & steps[1]).total():
        return
    told = [
        f"{change.field} is {_shown(change.value_a)} in {change.a} and {_shown(change.value_b)} "
        f"in {change.b}"
        for change in parity(subject.graph, plain, more)
        if isinstance(change, FilterChange) and _suffix(plain, more) not in _differing(change)
    ]
    what = ["filters"] if told else []
    for element, commands in zip(elements, only, strict=True):
        told += (f"only {element.name} runs: {text[:100]}" for text in commands)
    what += ["steps"] if any(only) else []
    if what:
        hidden = [f"and {len(told) - _SHOWN:,} more"] if len(told) > _SHOWN else []
        yield Problem(
            message=f"'{more}' has other {' and '.join(what)} than '{plain}', whose variant it "
            "seems to be",
            elements=(more, plain),
            at=elements[1].provenance,
            evidence=(*told[:_SHOWN], *hidden),
            fix=f"make them alike, or see all with `bstgraph parity {plain} {more}`",
        )


def _commands(script: Element) -> Counter[str]:
    """Return the commands that a script runs, without what they are given to read."""
    return Counter(
        " ".join(word.text for word in command.words)
        for text in script.config.get("commands", ())
        for command in parse(str(text), environment=script.environment).commands
        if command.words
    )


def _differing(change: FilterChange) -> set[str]:
    """Return the domains that only one of two filters has; one for them may be what it is for."""
    lists = [set(each) if isinstance(each, tuple) else set()
             for each in (change.value_a, change.value_b)]  # fmt: skip
    return lists[0] ^ lists[1]


def _shown(value: tuple[str, ...] | bool | None) -> str:  # noqa: FBT001 - what a filter holds
    if value is None:
        return "not given"
    return str(value) if isinstance(value, bool) else f"[{', '.join(value)}]"
