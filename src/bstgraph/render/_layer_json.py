"""JSON for files: contents, ownership, traces."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, TypeAlias

from bstgraph.files import Directory, File, Link, Node
from bstgraph.layers import (
    Command,
    Contents,
    Drift,
    Gap,
    ImageComparison,
    Layers,
    Overlap,
    Ownership,
    PathTrace,
    Staging,
    Trace,
    owners,
)
from bstgraph.layers import Link as Step
from bstgraph.render._key_json import place
from bstgraph.splits import Decision

CONTENTS: Final = "bstgraph/contents/1"
OWNERS: Final = "bstgraph/owners/1"
DRIFT: Final = "bstgraph/drift/1"
WHY: Final = "bstgraph/why/1"
AGAINST: Final = "bstgraph/against/1"

Json: TypeAlias = bool | int | str | Sequence["Json"] | Mapping[str, "Json"] | None


def document(result: Ownership | Drift | Trace | ImageComparison) -> dict[str, Json]:
    """Return `result` with the name of its schema."""
    match result:
        case Ownership():
            return {"schema": OWNERS, **ownership(result)}
        case Drift():
            return {"schema": DRIFT, **drift(result)}
        case Trace():
            return {"schema": WHY, **trace(result)}
        case ImageComparison():
            return {"schema": AGAINST, **against(result)}


def contents(
    found: Contents, ownership: Ownership | None, staging: Staging | None
) -> Mapping[str, Json]:
    """Return the files of an element, with their elements where `ownership` tells them."""
    rows: Iterable[tuple[str, Node, str | None]]
    if ownership is None:
        rows = ((path, node, found.element) for path, node in found.entries())
    else:
        rows = ((row.path, row.node, row.element) for row in ownership)
    return {
        "schema": CONTENTS,
        "element": found.element,
        "origin": found.origin,
        "told": found.told,
        "exact": found.exact,
        "files": [{"path": path, "element": name, **node_of(node)} for path, node, name in rows],
        "gaps": gaps(found.gaps),
        "commands": commands(found.commands),
        "failure": found.failure,
        **staged(staging),
    }


def staged(staging: Staging | None) -> dict[str, Json]:
    """Return what an element stages; nothing of one that stages nothing."""
    if staging is None:
        return {}
    return {
        "locations": [
            {"location": each.path, "elements": list(each.elements)} for each in staging.locations
        ],
        "overlaps": [overlap(each) for each in staging.overlaps],
        "unstaged": [{"element": name, "path": path} for name, path in staging.unstaged],
    }


def overlap(found: Overlap) -> Json:
    """Return who stages a path, the winner last."""
    return {
        "path": found.path,
        "location": found.location,
        "elements": list(found.elements),
        "refused": list(found.refused),
        "across": found.across,
    }


def node_of(node: Node) -> dict[str, Json]:
    """Return what is at a path: what is not known of it is left out."""
    match node:
        case Directory():
            return {"type": "directory"}
        case Link():
            return {"type": "link", "target": node.target}
        case File():
            known: dict[str, Json] = {"hash": node.hash} if node.hash else {}
            size: dict[str, Json] = {"size": node.size} if node.size >= 0 else {}
            return {"type": "file", "executable": node.executable, **known, **size}
        case _:
            return {"type": None}


def gaps(found: Iterable[Gap]) -> Json:
    """Return gaps with their elements."""
    return [{"element": gap.element, "reason": gap.reason} for gap in found]


def commands(found: Iterable[Command]) -> Json:
    """Return commands with their elements."""
    return [{"element": each.element, "kind": each.kind, "text": each.text} for each in found]


def ownership(found: Ownership) -> Mapping[str, Json]:
    """Return the element of each path."""
    return {
        "element": found.element,
        "location": found.location,
        "files": [
            {
                "path": row.path,
                "element": row.element,
                "project": row.project,
                "how": row.how,
                **node_of(row.node),
            }
            for row in found
        ],
        "gaps": gaps(found.gaps),
    }


def drift(found: Drift) -> Mapping[str, Json]:
    """Return how a map differs from the present one."""
    return {
        "element": found.element,
        "moved": [{"path": m.path, "before": m.before, "now": m.now} for m in found],
        "gaps": gaps(found.gaps),
    }


def trace(found: Trace) -> Mapping[str, Json]:
    """Return the ways of paths to an image."""
    return {
        "what": found.what,
        "image": found.image,
        "verdict": found.verdict,
        "paths": [path_trace(path) for path in found.paths],
        "searched": found.searched,
        "unknown": list(found.unknown),
        "likely": list(found.likely),
        "commands": commands(found.commands),
        "way": [step(link) for link in found.way],
        "gaps": gaps(found.gaps),
    }


def against(found: ImageComparison) -> Mapping[str, Json]:
    """Return how an image differs from what is staged for it."""
    return {
        "target": found.target,
        "image": found.image,
        "predicted": found.predicted,
        "found": found.found,
        "differences": [
            {
                "kind": each.kind,
                "path": each.path,
                "element": each.element,
                "other": each.other or None,
                "executable": each.executable,
                "commands": commands(each.commands),
            }
            for each in found
        ],
        "unknown": list(found.unknown),
        "uncompared": found.uncompared,
        "gaps": gaps(found.gaps),
    }


def path_trace(found: PathTrace) -> Json:
    """Return the way of one path."""
    return {
        "path": found.path,
        "element": found.element,
        "present": found.present,
        "way": [step(link) for link in found.links],
        "commands": commands(found.commands),
    }


def step(link: Step) -> Json:
    """Return one link of a way."""
    return {
        "element": link.element,
        "action": link.action,
        "location": link.location or None,
        "decision": decision(link.decision) if link.decision is not None else None,
        "other": link.other,
        "at": place(link.at),
        "fix": link.fix or None,
    }


def decision(found: Decision) -> Json:
    """Return why a path is admitted or not."""
    return {
        "admitted": found.admitted,
        "by": found.by,
        "decisive": list(found.decisive),
        "claims": [
            {"domain": claim.domain, "rule": claim.rule, "at": place(claim.at)}
            for claim in found.claims
        ],
        "unknown": list(found.unknown),
        "gaps": list(found.gaps),
    }


def contents_of(layers: Layers, name: str) -> Mapping[str, Json]:
    """Return `contents` of an element with all that `layers` tells of it."""
    found = layers.contents(name)
    staging = layers.staged(name)
    composed = bool(staging.locations) and found.known
    return contents(
        found, owners(layers, name) if composed else None, staging if staging.locations else None
    )


def location_of(layers: Layers, name: str, location: str) -> Mapping[str, Json]:
    """Return what an element stages at a location."""
    found = owners(layers, name, location=location)
    staging = layers.staged(name)
    return {
        "schema": CONTENTS,
        **ownership(found),
        "origin": "computed",
        "told": f"what it stages at {location}",
        "exact": not (staging.gaps or staging.commands or staging.failure),
        "commands": commands(staging.commands),
        "failure": staging.failure,
        **staged(staging),
    }
