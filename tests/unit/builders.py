"""Elements and graphs made by hand, without files: `element("a.bst", "b.bst", build="c.bst")`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from bstgraph.graph import Graph
from bstgraph.model import Dependency, Element, External, Source
from bstgraph.names import ElementName
from bstgraph.provenance import Provenance


def dependency(name: str, type_: str = "all", *, line: int = 1, strict: bool = False) -> Dependency:
    """Return a dependency of type `build`, `runtime` or `all`."""
    return Dependency(
        name=ElementName(name),
        path=name,
        build=type_ != "runtime",
        runtime=type_ != "build",
        provenance=Provenance("elements/x.bst", line, 3),
        strict=strict,
    )


def element(
    name: str,
    *depends: str | Dependency,
    build: str = "",
    runtime: str = "",
    kind: str = "manual",
    project: str = "",
    local_sources: Iterable[str] = (),
) -> Element:
    """Return an element; `build` and `runtime` are names with spaces between them."""
    junction, _, local = name.rpartition(":")
    prefix = f"{junction}:" if junction else ""
    entries = [
        *(dependency(each, "build") for each in build.split()),
        *(dependency(each, "runtime") for each in runtime.split()),
        *(dependency(each) if isinstance(each, str) else each for each in depends),
    ]
    return Element(
        name=ElementName(name),
        project_name=project or junction.removesuffix(".bst") or "top",
        kind=kind,
        variables={},
        environment={},
        public={},
        config={},
        sources=tuple(Source(kind="local", config={"path": path}) for path in local_sources),
        dependencies=tuple(entries),
        provenance=Provenance(f"{prefix}elements/{local}", 1, 1),
    )


def external(name: str, reason: str = "no checkout of it") -> External:
    """Return an external element of the junction that its name has."""
    return External(name=ElementName(name), junction=name.rpartition(":")[0], reason=reason)


def graph(text: str, externals: Iterable[str] = (), targets: Iterable[str] | None = None) -> Graph:
    """Return the graph that `text` draws: a line `a: b, c/build, d/runtime` for each element.

    Names are written without `.bst`; what has no line of its own has no dependencies.
    """
    drawn: dict[str, list[Dependency]] = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        name, _, rest = line.partition(": ")
        drawn[f"{name.removesuffix(':')}.bst"] = [
            dependency(
                f"{each.partition('/')[0]}.bst", each.partition("/")[2] or "all", line=number
            )
            for number, each in enumerate(rest.replace(",", " ").split(), start=1)
        ]
    outside = [external(f"{name}.bst") for name in externals]
    known = {*drawn, *(each.name for each in outside)}
    leaves = {entry.name for entries in drawn.values() for entry in entries} - known
    elements = [element(name, *entries) for name, entries in drawn.items()]
    elements += [element(name) for name in sorted(leaves)]
    wanted = None if targets is None else [f"{name}.bst" for name in targets]
    return Graph.from_elements(elements, targets=wanted, externals=outside)


def short(names: Iterable[str]) -> str:
    """Return names as a drawing has them, with spaces between."""
    return " ".join(name.removesuffix(".bst") for name in names)


def table(drawn: Graph) -> Mapping[ElementName, tuple[Dependency, ...]]:
    """Return the dependency table of a graph."""
    return {name: each.dependencies for name, each in drawn.elements.items()}
