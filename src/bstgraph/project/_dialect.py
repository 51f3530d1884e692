"""The runbook's dialect: forms that BuildStream rejects, accepted by choice, and explained.

The claims R3, R4 and R5 are about a compose filtered by paths, a compose with `depends:`, and a
dependency with `junction: true`. Without the dialect the error shows the form BuildStream takes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bstgraph.errors import ProjectError
from bstgraph.yaml import MappingNode, Node

if TYPE_CHECKING:
    from bstgraph.project._loader import LoadElement

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
            message = "the 'compose' block filters by path; BuildStream filters by split domain"
            element.loader.note(element, "R3", message, f"write {CONFIG_FORM}", block)
            node = node.without("compose")
        if "depends" in node:
            node = _depends_to_build(element, node)
    for key in ("depends", "build-depends", "runtime-depends"):
        for item in node.sequence(key):
            if isinstance(item, MappingNode) and _is_true(item) and ":" in item.text("filename"):
                filename = item.text("filename")
                message = f"'junction: true' beside '{filename}'"
                element.loader.note(element, "R5", message, f"write just '- {filename}'", item)
    element.node = node


def _depends_to_build(element: LoadElement, node: MappingNode) -> MappingNode:
    depends = node.require("depends")
    items: list[Node] = []
    for item in depends.as_sequence().items:
        items.append(item.without("type") if isinstance(item, MappingNode) else item)
    message = "a compose lists 'depends'; BuildStream forbids runtime dependencies of a compose"
    element.loader.note(element, "R4", message, "write build-depends instead of depends", depends)
    sequence = depends.as_sequence()
    both = [*node.sequence("build-depends"), *items]
    merged = type(sequence)(both, sequence.file, sequence.line, sequence.column)
    return node.without("depends").with_entries({"build-depends": merged})


def _is_true(item: MappingNode) -> bool:
    junction = item.get("junction")
    return junction is not None and junction.as_str().lower() == "true"


def explain_forms(node: MappingNode, error: ProjectError) -> ProjectError:
    """Return `error` with the form that BuildStream takes, where it is about a runbook form."""
    if error.slug == "unknown-key" and "compose" in node and "'compose'" in error.message:
        return ProjectError(error.slug, error.message, at=error.at, fix=f"write {CONFIG_FORM}")
    return error
