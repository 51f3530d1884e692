"""Options that have no effect."""

from __future__ import annotations

from collections.abc import Iterator

from bstgraph.checks._api import Problem, Subject, check


@check("BSG206", "unused-option", "warning")
def unused_option(subject: Subject) -> Iterator[Problem]:
    """Report options of the project that no condition names and whose variable nothing uses.

    It looks only where all element files of the project were read.
    """
    project = subject.project
    observed = project.observations
    for option in project.conf.options if observed.complete else ():
        if option.name not in observed.options_asked:
            variable = f", and nothing uses the variable '{option.variable}'"
            yield Problem(
                message=f"no condition asks for the option '{option.name}'"
                + (variable if option.variable is not None else ""),
                at=option.provenance,
                fix="take the option away, or write the condition that it was meant for",
            )
