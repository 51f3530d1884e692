"""The runbook's dialect: forms that BuildStream rejects, accepted by choice, and explained.

The claims R3, R4 and R5 are about a compose filtered by paths, a compose with `depends:`, and a
dependency with `junction: true`. Without the dialect the error shows the form BuildStream takes.
"""

from __future__ import annotations

from bstgraph.errors import ProjectError
from bstgraph.project._state import LoadElement
from bstgraph.yaml import MappingNode

CONFIG_FORM = "config: {include: [DOMAIN, ...], exclude: [DOMAIN, ...]}"


def accept_runbook(element: LoadElement) -> None:
    """Turn the runbook's forms in `element` into BuildStream's, and note each."""
    node = element.node
    if element.kind == "compose":
        if "compose" in node:
            block = node.require("compose")
            paths = block.as_mapping()
            paths.only(("include", "exclude"))
            element.runbook_paths = {
                f"{key}_paths": tuple(paths.texts(key)) for key in ("include", "exclude")
            }
            element.runbook_places = {
                f"{key}-paths": value.provenance for key, value in paths.entries.items()
            }
            message = "the 'compose' block filters by path; BuildStream filters by split domain"
            element.loader.note(element, "R3", (message, f"write {CONFIG_FORM}", ""), block)
            node = node.without("compose")
        if "depends" in node:
            node = _depends_to_build(element, node)
    element.node = node


def _depends_to_build(element: LoadElement, node: MappingNode) -> MappingNode:
    depends = node.require("depends")
    items = [i.without("type") if isinstance(i, MappingNode) else i for i in depends.as_sequence()]
    message = "a compose lists 'depends'; BuildStream forbids runtime dependencies of a compose"
    sequence = depends.as_sequence()
    typed = any(isinstance(item, MappingNode) and "type" in item for item in sequence)
    key = "" if typed or "build-depends" in node else "build-depends"
    told = message, "write build-depends instead of depends", key
    element.loader.note(element, "R4", told, depends)
    both = [*node.sequence("build-depends"), *items]
    merged = type(sequence)(both, sequence.file, sequence.line, sequence.column)
    return node.without("depends").with_entries({"build-depends": merged})


def explain_forms(node: MappingNode, error: ProjectError) -> ProjectError:
    """Return `error` with the form that BuildStream takes, where it is about a runbook form."""
    if error.slug == "unknown-key" and "compose" in node and "'compose'" in error.message:
        return ProjectError(error.slug, error.message, at=error.at, fix=f"write {CONFIG_FORM}")
    return error
