"""Overrides that replace nothing."""

from __future__ import annotations

from collections.abc import Iterator

from bstgraph.checks._api import Problem, Subject, check


@check("BSG205", "unused-override", "advice")
def unused_override(subject: Subject) -> Iterator[Problem]:
    """Report overrides of a junction that nothing meets, with all elements of the project loaded.

    It looks only where all element files of the project were read.
    """
    observed = subject.project.observations
    for override in observed.overrides if observed.complete else ():
        if not override.used:
            yield Problem(
                message=(
                    f"nothing asks for '{override.junction}:{override.path}', which "
                    f"'{override.junction}' overrides with '{override.target}'"
                ),
                elements=(override.junction,),
                at=override.at,
                fix="take the line away, unless it is there in case something comes to need it",
            )
