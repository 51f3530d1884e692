"""Elements with one thing changed, as the same edit of their files would change it."""

from __future__ import annotations

from collections.abc import Mapping

from bstgraph import kinds, names
from bstgraph.errors import SelectionError, did_you_mean
from bstgraph.model import Data, Dependency, Element, Project, Source
from bstgraph.names import ElementName


def is_known(name: str, project: Project) -> bool:
    """Return whether an element is loaded, or known to be external, perhaps through links."""
    found = _resolved(name, project)
    return found in project.elements or found in project.externals


def _resolved(name: str, project: Project) -> ElementName:
    """Return what a dependency leads to, through links to elements and to junctions."""
    found = ElementName(name)
    for _ in project.links:
        if found in project.links:
            found = project.links[found]
            continue
        junction, local = names.split(found)
        target = project.links.get(ElementName(junction))
        if target is None:
            break
        found = names.join(target, local)
    return found


def entry(element: Element, dependency: str, project: Project) -> Dependency:
    """Return a new dependency of an element, without a type."""
    name = _resolved(dependency, project)
    if name not in project.elements and name not in project.externals:
        hint = did_you_mean(dependency, [*project.elements, *project.externals])
        raise SelectionError("unknown-element", f"no element named '{dependency}'", fix=hint)
    if name in project.junctions:
        raise ValueError(f"'{dependency}' is a junction, which nothing can depend on")
    prefix = f"{element.junction}:" if element.junction else ""
    if not dependency.startswith(prefix):
        text = f"'{element.name}' cannot name '{dependency}', which is not below its project"
        raise SelectionError("unknown-element", text)
    placed = [each.position for each in element.dependencies if each.position is not None]
    position = None if element.dependencies and not placed else max(placed, default=-1) + 1
    path = dependency.removeprefix(prefix)
    return Dependency(name=name, path=path, build=False, runtime=False, position=position)


def added(element: Element, entry: Dependency) -> Element:
    """Return an element with one more entry for a dependency, merged as BuildStream merges."""
    entries = list(element.dependencies)
    for number, known in enumerate(entries):
        if known.name == entry.name:
            other = () if entry.path in (known.path, *known.other_paths) else (entry.path,)
            update = {
                "build": known.build or entry.build,
                "runtime": known.runtime or entry.runtime,
                "strict": known.strict or entry.strict,
                "other_paths": (*known.other_paths, *other),
            }
            entries[number] = known.model_copy(update=update)
            break
    else:
        entries.append(entry)
    return element.model_copy(update={"dependencies": tuple(entries)})


def direct(element: Element, dependency: str, project: Project) -> Dependency:
    """Return a direct dependency; raise SelectionError."""
    name = _resolved(dependency, project)
    for entry in element.dependencies:
        if entry.name == name:
            return entry
    hint = did_you_mean(dependency, [entry.name for entry in element.dependencies])
    text = f"'{element.name}' does not depend on '{dependency}' directly"
    raise SelectionError("no-path", text, fix=hint)


def with_ref(source: Source, ref: Data) -> Source:
    kind = kinds.source_rules(source.kind, source.plugin).kind
    if kind is not None and "ref" not in kind.ref_keys:
        raise ValueError(f"a source of kind '{source.kind}' has no ref")
    return source.model_copy(update={"config": {**source.config, "ref": ref}})


def is_resolved(value: Data) -> bool:
    """Return whether a value is in the model as it is in a file."""
    if isinstance(value, str):
        return "%{" not in value
    return not isinstance(value, Mapping) and all(map(is_resolved, value))


def stripped(value: Data) -> Data:
    """Return a text or list of texts as it is when it is read from a file."""
    return value.strip() if isinstance(value, str) else [stripped(item) for item in value]
