"""What is worth knowing about a loaded project before its answers are trusted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from bstgraph.admission import UnknownDomain, unknown_domains
from bstgraph.display import Displayable
from bstgraph.errors import did_you_mean
from bstgraph.graph import Graph
from bstgraph.images import ImageChain, Stage, image_chain, image_targets
from bstgraph.model import DialectNote, Element, External, Project
from bstgraph.names import ElementName
from bstgraph.provenance import Provenance
from bstgraph.splits import filter_of

FindingKind: TypeAlias = Literal["external", "gap", "dialect", "stack-layer", "unknown-domain"]
"""What a finding is about.

- `external`: elements of a junction whose files are not at hand
- `gap`: something of the project or its elements that could not be known
- `dialect`: a form of the runbook that BuildStream rejects
- `stack-layer`: an image layer that is a stack
- `unknown-domain`: a compose or filter names a split domain that nothing it stages has
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing to know, with all elements that share it."""

    kind: FindingKind
    message: str
    fix: str | None = None
    elements: tuple[ElementName, ...] = ()
    """The elements it is about; none when it is about the project as a whole."""
    at: Provenance | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Report(Displayable):
    """A project at a glance: how much there is, its image chains, and what was found."""

    project: str
    dialect: str
    targets: tuple[ElementName, ...]
    elements: int
    external: int
    projects: int
    """The number of projects that were read: the toplevel one and its subprojects."""
    chains: tuple[ImageChain, ...] = field(repr=False)
    findings: tuple[Finding, ...]


def check(project: Project, graph: Graph | None = None) -> Report:
    """Return what is worth knowing about `project`; `graph` is its graph, when there is one."""
    graph = graph or Graph(project)
    chains = tuple(image_chain(graph, name) for name in image_targets(graph))
    return Report(
        project=project.name,
        dialect=project.dialect,
        targets=project.targets,
        elements=len(project.elements),
        external=len(project.externals),
        projects=len(project.projects),
        chains=chains,
        findings=tuple(_findings(project, graph, chains)),
    )


def _findings(project: Project, graph: Graph, chains: Iterable[ImageChain]) -> Iterator[Finding]:
    yield from _external(project.externals.values())
    for gap in project.gaps:
        yield Finding(kind="gap", message=gap)
    yield from _element_gaps(project.elements.values())
    yield from _dialect(project.notes)
    yield from _stack_layers(chains)
    yield from _unknown_domains(graph, project.elements.values())


def _external(externals: Iterable[External]) -> Iterator[Finding]:
    by_junction: dict[tuple[str, str], list[ElementName]] = {}
    for external in externals:
        by_junction.setdefault((external.junction, external.reason), []).append(external.name)
    for (junction, reason), found in by_junction.items():
        yield Finding(
            kind="external",
            message=f"the files of junction '{junction}' are not at hand: {reason}",
            fix=f"give a checkout of it: --junction {junction}=DIR",
            elements=tuple(found),
        )


def _element_gaps(elements: Iterable[Element]) -> Iterator[Finding]:
    by_gap: dict[str, list[Element]] = {}
    for element in elements:
        for gap in element.gaps:
            by_gap.setdefault(gap, []).append(element)
    for gap, found in by_gap.items():
        yield Finding(
            kind="gap",
            message=gap,
            elements=tuple(element.name for element in found),
            at=found[0].provenance,
        )


def _dialect(notes: Iterable[DialectNote]) -> Iterator[Finding]:
    by_form: dict[tuple[str, str, str], list[DialectNote]] = {}
    for note in notes:
        by_form.setdefault((note.claim, note.message, note.fix), []).append(note)
    for (claim, message, fix), found in by_form.items():
        yield Finding(
            kind="dialect",
            message=f"{message} (claim {claim})",
            fix=fix,
            elements=tuple(note.element for note in found),
            at=found[0].provenance,
        )


def _stack_layers(chains: Iterable[ImageChain]) -> Iterator[Finding]:
    told: set[tuple[ElementName, ElementName]] = set()
    for chain in chains:
        for _, script in chain.walk():
            for layer in script.children if script.role in ("script", "parent") else ():
                stacked = layer.role == "layer" and not layer.has_files and layer.location != "/"
                if stacked and (script.name, layer.name) not in told:
                    told.add((script.name, layer.name))
                    yield _stack_layer(script, layer)


def _stack_layer(script: Stage, layer: Stage) -> Finding:
    seen = f"{layer.elements:,} {'elements' if layer.elements != 1 else 'element'}"
    return Finding(
        kind="stack-layer",
        message=(
            f"'{layer.name}' is a stack: it has no files of its own, and '{script.name}' sees its "
            f"whole runtime closure at {layer.location}, unfiltered: {seen}"
        ),
        fix="stage a compose that has the stack among its build dependencies",
        elements=(layer.name,),
        at=layer.provenance,
    )


def _unknown_domains(graph: Graph, elements: Iterable[Element]) -> Iterator[Finding]:
    alike: dict[tuple[str, str, str], list[tuple[Element, UnknownDomain]]] = {}
    for element in elements:
        if filter_of(element) is not None:
            for unknown in unknown_domains(graph, element.name):
                what = element.kind, unknown.key, unknown.domain
                alike.setdefault(what, []).append((element, unknown))
    for (kind, key, domain), found in alike.items():
        element, unknown = found[0]
        known = ", ".join(sorted(unknown.known))
        then = "fails to build it" if kind == "filter" else "passes over it"
        yield Finding(
            kind="unknown-domain",
            message=f"a {kind} has '{domain}' in {key}, a split domain that nothing it stages has; "
            f"BuildStream {then}",
            fix=did_you_mean(domain, unknown.known) or f"the domains are {known}",
            elements=tuple(element.name for element, _ in found),
            at=unknown.at or element.provenance,
        )
