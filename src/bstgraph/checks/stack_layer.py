"""Stacks that are staged as layers of an image (claims R1 and R2)."""

from __future__ import annotations

from collections.abc import Iterator

from bstgraph.checks._api import Problem, Subject, check
from bstgraph.images import Stage
from bstgraph.names import ElementName


@check("BSG401", "stack-layer", "warning")
def stack_layer(subject: Subject) -> Iterator[Problem]:
    """Report stacks that a script stages as a layer.

    The artifact of a stack is empty (claim R1). What the script sees at the location is not: all
    that the stack depends on at run time is staged there, unfiltered, which contradicts claim R2.
    """
    told: set[tuple[ElementName, ElementName]] = set()
    for chain in subject.chains:
        for _, script in chain.walk():
            for layer in script.children if script.role in ("script", "parent") else ():
                stacked = layer.role == "layer" and not layer.has_files and layer.location != "/"
                if stacked and (script.name, layer.name) not in told:
                    told.add((script.name, layer.name))
                    yield _problem(script, layer)


def _problem(script: Stage, layer: Stage) -> Problem:
    seen = f"{layer.elements:,} {'elements' if layer.elements != 1 else 'element'}"
    return Problem(
        message=(
            f"'{layer.name}' is a stack: it has no files of its own, and '{script.name}' sees its "
            f"whole runtime closure at {layer.location}, unfiltered: {seen}"
        ),
        fix="stage a compose that has the stack among its build dependencies",
        elements=(layer.name,),
        at=layer.provenance,
    )
