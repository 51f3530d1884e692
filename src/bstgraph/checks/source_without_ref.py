"""Sources that have no ref yet."""

from __future__ import annotations

from collections.abc import Iterator

from bstgraph.checks._api import Problem, Subject, check


@check("BSG301", "source-without-ref", "error")
def source_without_ref(subject: Subject) -> Iterator[Problem]:
    """Report sources without a ref: BuildStream does not build them, nor what needs them."""
    for name, keys in subject.state.keys.items():
        absent = keys.weak.absent
        # What is absent for the sake of another element begins with its name, in quotes.
        if keys.weak.digest is None and absent and not absent.startswith("'"):
            yield Problem(
                message=f"BuildStream does not build '{name}': {absent}",
                elements=(name,),
                at=subject.graph[name].provenance,
                fix=f"bst source track {name}",
            )
