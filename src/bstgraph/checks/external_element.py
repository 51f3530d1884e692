"""Elements of junctions whose files are not at hand."""

from __future__ import annotations

from collections.abc import Iterator

from bstgraph.checks._api import Problem, Subject, check
from bstgraph.names import ElementName


@check("BSG101", "external-element", "warning")
def external_element(subject: Subject) -> Iterator[Problem]:
    """Report elements of junctions whose files are not at hand."""
    by_junction: dict[tuple[str, str], list[ElementName]] = {}
    for external in subject.project.externals.values():
        by_junction.setdefault((external.junction, external.reason), []).append(external.name)
    for (junction, reason), found in by_junction.items():
        yield Problem(
            message=f"the files of junction '{junction}' are not at hand: {reason}",
            fix=f"give a checkout of it: --junction {junction}=DIR",
            elements=tuple(found),
        )
