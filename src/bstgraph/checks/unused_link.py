"""Links that lead nobody anywhere."""

from __future__ import annotations

from collections.abc import Iterator

from bstgraph.checks._api import Problem, Subject, check


@check("BSG204", "unused-link", "advice")
def unused_link(subject: Subject) -> Iterator[Problem]:
    """Report link elements that nothing in the project goes through.

    It looks only where all element files of the project were read.
    """
    observed = subject.project.observations
    for link in observed.links if observed.complete else ():
        if not (link.used or link.name in observed.mentioned):
            yield Problem(
                message=f"nothing goes through the link '{link.name}' to '{link.target}'",
                elements=(link.name,),
                at=link.at,
                fix="take the file away, unless other projects or people call it by this name",
            )
