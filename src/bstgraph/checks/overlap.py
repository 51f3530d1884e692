"""Files that overwrite those of other elements."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from bstgraph.checks._api import Problem, Subject, check
from bstgraph.layers import Overlap
from bstgraph.names import ElementName

_SHOWN: Final = 5


@check("BSG405", "overlap", "warning")
def overlap(subject: Subject) -> Iterator[Problem]:
    """Report files of an image that overwrite those of another element without a whitelist.

    It is told for what images, composes and filters stage, where the files are known.
    """
    if subject.layers is None:
        return
    alike: dict[tuple[ElementName, ElementName], dict[str, list[ElementName]]] = {}
    for stage in _stages(subject):
        for one in subject.layers.staged(stage).overlaps:
            for pair in _pairs(one):
                path = f"{one.location.rstrip('/')}/{one.path}"
                alike.setdefault(pair, {}).setdefault(path, []).append(stage)
    for (upper, lower), found in alike.items():
        seen = tuple(dict.fromkeys(stage for stages in found.values() for stage in stages))
        more = f" and {len(found) - 1:,} more" if len(found) > 1 else ""
        yield Problem(
            message=f"'{upper}' overwrites '{next(iter(found))}'{more} of '{lower}' in what "
            f"'{seen[0]}' stages, and its overlap-whitelist does not say that it may",
            elements=(upper,),
            at=subject.graph[upper].provenance,
            evidence=tuple(list(found)[:_SHOWN]),
            fix=f"leave the files out of one of them, or whitelist them in '{upper}': "
            "public: {bst: {overlap-whitelist: [...]}}",
        )


def _stages(subject: Subject) -> Iterator[ElementName]:
    """Yield the images, composes and filters of the chains, each once."""
    roles = ("script", "parent", "compose", "filter")
    told: set[ElementName] = set()
    for chain in subject.chains:
        for _, stage in chain.walk():
            here = stage.role in roles or (stage.role == "layer" and stage.filter is not None)
            if here and stage.name not in told:
                told.add(stage.name)
                yield stage.name


def _pairs(found: Overlap) -> Iterator[tuple[ElementName, ElementName]]:
    """Yield each element that may not overwrite, and what lies just below it."""
    for upper in found.refused:
        place = found.elements.index(upper)
        yield upper, found.elements[place - 1]
