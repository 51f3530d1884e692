"""Split domains that composes and filters name, and that nothing they stage has."""

from __future__ import annotations

from collections.abc import Iterator

from bstgraph.admission import UnknownDomain, unknown_domains
from bstgraph.checks._api import Problem, Subject, check
from bstgraph.errors import did_you_mean
from bstgraph.model import Element
from bstgraph.splits import filter_of


@check("BSG402", "unknown-domain", "warning")
def unknown_domain(subject: Subject) -> Iterator[Problem]:
    """Report split domains in `include` or `exclude` that nothing that is staged has.

    BuildStream passes over them silently in a compose, and fails to build a filter.
    """
    alike: dict[tuple[str, str, str], list[tuple[Element, UnknownDomain]]] = {}
    for element in subject.project.elements.values():
        if filter_of(element) is not None:
            for unknown in unknown_domains(subject.graph, element.name):
                what = element.kind, unknown.key, unknown.domain
                alike.setdefault(what, []).append((element, unknown))
    for (kind, key, domain), found in alike.items():
        element, unknown = found[0]
        known = ", ".join(sorted(unknown.known))
        then = "fails to build it" if kind == "filter" else "passes over it"
        yield Problem(
            message=f"a {kind} has '{domain}' in {key}, a split domain that nothing it stages has; "
            f"BuildStream {then}",
            fix=did_you_mean(domain, unknown.known) or f"the domains are {known}",
            elements=tuple(element.name for element, _ in found),
            at=unknown.at or element.provenance,
        )
