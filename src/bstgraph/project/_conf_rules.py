"""The rules of project.conf: its keys, its version, and what may not come from an include."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, cast

from bstgraph.errors import ProjectError
from bstgraph.provenance import Provenance
from bstgraph.yaml import MappingNode, Node, ScalarNode, SourceFile

SUPPORTED: Final = (2, 8)
"""The newest BuildStream whose rules are modelled."""

RESTRICTED: Final = (
    "min-version name element-path junctions defaults fatal-warnings ref-storage options plugins"
).split()
"""Keys that no conditional may set."""

_ROOT_KEYS: Final = (
    *RESTRICTED,
    *(
        "variables aliases mirrors elements sources environment environment-nocache sandbox "
        "split-rules shell fail-on-overlap source-provenance-attributes artifacts source-caches"
    ).split(),
)
_ONLY_IN_CONF: Final = ("name", "element-path", "min-version", "plugins")


def scalars(entries: Mapping[str, Node]) -> dict[str, ScalarNode]:
    """Return `entries`, every one of which must be a scalar; raise ProjectError."""
    for node in entries.values():
        if not isinstance(node, ScalarNode):
            node.as_str()
    return cast("dict[str, ScalarNode]", dict(entries))


def check_version(raw: MappingNode) -> str:
    """Return the min-version of a project; raise ProjectError when it is not one we model."""
    node = raw.require("min-version")
    text = node.as_str()
    parts = text.split(".")
    if len(parts) < 2 or not all(re.fullmatch(r"[0-9]{1,9}", part) for part in parts[:2]):
        raise node.error("invalid-data", f"'{text}' is no version", fix="write MAJOR.MINOR")
    major, minor = int(parts[0]), int(parts[1])
    if major != SUPPORTED[0] or minor > SUPPORTED[1]:
        known = ".".join(map(str, SUPPORTED))
        raise node.error(
            "unsupported-version", f"the project needs BuildStream {text}; {known} is modelled"
        )
    return text


def check_keys(root: MappingNode) -> None:
    """Raise ProjectError (`unknown-key`) for a key that project.conf does not have."""
    root.only((*_ROOT_KEYS, "(@)", "(?)"))


def check_origin(root: MappingNode, own: SourceFile | None) -> None:
    """Raise ProjectError for a key that must stand in project.conf itself."""
    for key in _ONLY_IN_CONF:
        node = root.get(key)
        if node is None or node.file is None or node.file.name.startswith("BuildStream:"):
            continue
        if key == "plugins" and not node.as_sequence().items:
            continue
        if node.file is not own:
            raise node.error("invalid-data", f"'{key}' must be written in project.conf itself")


def no_project(directory: str, junction: str, path: str, at: Provenance | None) -> ProjectError:
    """Return the error for a folder without a project.conf."""
    if not junction:
        return ProjectError("no-project", f"there is no project.conf in {directory}")
    fix = f"look at the path '{path}' of the junction" if path else None
    message = f"the project of '{junction}' has no project.conf"
    return ProjectError("invalid-junction", message, at=at, fix=fix)


def limited_jobs(variables: Mapping[str, ScalarNode]) -> dict[str, ScalarNode]:
    """Return `variables` with `max-jobs` at 1 where `notparallel` holds; raise ProjectError."""
    notparallel = variables.get("notparallel")
    if notparallel is None or not notparallel.as_bool():
        return dict(variables)
    return {**variables, "max-jobs": ScalarNode("1", None, 0, 0)}


def check_shell(root: MappingNode) -> None:
    """Raise ProjectError for what `shell:` cannot hold; nothing here goes into an element."""
    shell = root.require("shell").as_mapping()
    shell.only(("command", "environment", "host-files"))
    shell.texts("command")
    for value in (shell.mapping("environment") or MappingNode({}, None, 0, 0)).entries.values():
        value.as_str()
    for item in shell.sequence("host-files"):
        if not isinstance(item, ScalarNode):
            mount = item.as_mapping()
            mount.only(("path", "host_path", "optional"))
            mount.require("path").as_str()
            mount.text("host_path")
            mount.flag("optional")


def check_remotes(root: MappingNode) -> None:
    """Raise ProjectError for a remote cache without a URL, or a mirror without a name."""
    for key in ("artifacts", "source-caches"):
        for remote in root.sequence(key):
            remote.as_mapping().require("url").as_str()
    for item in root.sequence("mirrors"):
        mirror = item.as_mapping()
        mirror.require("name").as_str()
        if mirror.text("kind", "default") == "default":
            aliases = mirror.require("aliases").as_mapping()
            for alias in aliases:
                aliases.texts(alias)
