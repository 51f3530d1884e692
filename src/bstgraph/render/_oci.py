"""Container images as text and JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, TypeAlias, assert_never

from bstgraph.errors import printable
from bstgraph.files import Directory, File, Link, Node, Untyped, walk
from bstgraph.lookup import Candidate, Resolution, Which
from bstgraph.render._json import Json, document_text
from bstgraph.render._wording import counted
from bstgraph.stores import Image, ImageConfig, Layer, LayerEntry

IMAGE: Final = "bstgraph/image/1"

_Row: TypeAlias = tuple[str, ...]


def image_text(image: Image) -> str:
    """Return what an image is made of: a line, its layers, what they make together."""
    config = image.config
    names = f" ({', '.join(image.references)})" if image.references else ""
    platform = config.platform or "no platform"
    lines = [f"image {image.name}{names}: {platform}, {counted(len(image.layers), 'layer')}"]
    rows: list[_Row] = [
        ("", "layer", "bytes", "inflated", "entries", "whiteouts", "media type", "created by")
    ]
    rows += [_layer_row(i, layer) for i, layer in enumerate(image.layers, 1)]
    lines += _table(rows)
    lines.append(f"effective: {_amounts(image)}")
    return "\n".join(printable(line) for line in lines)


def _layer_row(number: int, layer: Layer) -> tuple[str, ...]:
    return (
        str(number),
        layer.digest.partition(":")[2][:12],
        f"{layer.size:,}",
        f"{layer.inflated_size:,}",
        f"{len(layer.entries):,}",
        f"{layer.whiteouts:,}",
        layer.media_type or "-",
        " ".join(layer.created_by.split())[:60] or "-",
    )


def _table(rows: list[_Row]) -> Iterator[str]:
    """Yield lines with columns, those of numbers (the first and four others) to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (
            f"{cell:>{width}}" if i in {0, 2, 3, 4, 5} else f"{cell:{width}}"
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        yield f"  {'  '.join(cells)}".rstrip()


def _amounts(image: Image) -> str:
    counts = _counts(image)
    told = [
        counted(counts["files"], "file"),
        counted(counts["links"], "link"),
        counted(counts["directories"], "directory", "directories"),
    ]
    if counts["specials"]:
        told.append(counted(counts["specials"], "device or fifo", "devices and fifos"))
    return f"{', '.join(told)}, {counts['bytes']:,} bytes"


def _counts(image: Image) -> dict[str, int]:
    """Return how many files, links and so on the effective tree has."""
    counts = dict.fromkeys(("files", "links", "directories", "specials", "bytes"), 0)
    for _, node in walk(image.tree):
        match node:
            case File():
                counts["files"] += 1
                counts["bytes"] += node.size
            case Link():
                counts["links"] += 1
            case Directory():
                counts["directories"] += 1
            case Untyped():
                counts["specials"] += 1
            case _:
                assert_never(node)
    return counts


def image_list(image: Image) -> str:
    """Return the effective paths, each with the number of the layer that it comes from."""
    nodes = walk(image.tree)
    width = len(str(len(image.layers)))
    specials = dict(image.specials())
    return "\n".join(
        f"{layer + 1:>{width}}  {printable(path)}{_told(node, specials.get(path, ''))}"
        for (path, node), (_, layer) in zip(nodes, image.origins(), strict=True)
    )


def _told(node: Node, special: str) -> str:
    match node:
        case Link():
            return f" -> {printable(node.target)}"
        case Directory():
            return "/"
        case Untyped():
            return f" ({special})"
        case File():
            return f"  {node.hash}" if node.hash else ""
        case _:
            assert_never(node)


def layer_lists(image: Image) -> str:
    """Return the entries of each layer as its archive has them."""
    lines = []
    for number, layer in enumerate(image.layers, 1):
        lines.append(
            f"layer {number}: {layer.digest}, {counted(len(layer.entries), 'entry', 'entries')}"
        )
        lines += [_entry_line(entry) for entry in layer.entries]
    return "\n".join(lines)


def _entry_line(entry: LayerEntry) -> str:
    target = f" -> {printable(entry.target)}" if entry.target else ""
    sha256 = f"  {entry.sha256}" if entry.sha256 else ""
    owner = f"{entry.uid}:{entry.gid}"
    path = printable(entry.path)
    return f"  {entry.type:8} {entry.mode:04o} {owner:9} {entry.size:>11,}  {path}{target}{sha256}"


def which_text(which: Which) -> str:
    """Return where a program is found, or what to look at when it is not."""
    lines = [f"{one.path}: {_reason(one)}" for one in which.candidates]
    if which.resolution is not None:
        links = "".join(f"\n  /{step.path} -> {step.target}" for step in which.resolution.links)
        real = f" is {which.resolved}" if which.resolved != which.found else ""
        lines.append(f"{which.found}{real}{links}")
    elif "/" in which.name:
        lines.append(f"{which.name} is not there, or no program")
    else:
        lines.append(f"no program '{which.name}' in {which.path}")
    return "\n".join(printable(line) for text in lines for line in text.split("\n"))


def _reason(candidate: Candidate) -> str:
    resolution = candidate.resolution
    match candidate.reason:
        case "dangling":
            return f"a link to /{resolution.resolved}, which is not there"
        case "link-loop":
            return "links that lead to each other without end"
        case "not-a-directory":
            return f"a link through /{resolution.resolved}, which is no directory"
        case "directory":
            return "a directory"
        case "not-executable":
            return "not executable for its owner"
        case "unknown":
            return resolution.gap or "neither a file nor a directory nor a link"
        case _:
            assert_never(candidate.reason)


def image_to_json(
    image: Image, *, files: bool = False, entries: bool = False, which: Which | None = None
) -> str:
    """Return an image as a JSON document (`bstgraph/image/1`).

    Args:
        image: the image.
        files: whether the effective files are listed.
        entries: whether the entries of each layer are listed.
        which: where a program was looked for.
    """
    document: dict[str, Json] = {
        "schema": IMAGE,
        "name": image.name,
        "digest": image.digest,
        "media-type": image.media_type,
        "references": list(image.references),
        "config": _config(image.config),
        "layers": [_layer(layer, entries=entries) for layer in image.layers],
        "effective": _counts(image),
    }
    if files:
        document["files"] = list(_files(image))
    if which is not None:
        document["which"] = _which(which)
    return document_text(document)


def _config(config: ImageConfig) -> dict[str, Json]:
    return {
        "platform": config.platform,
        "user": config.user,
        "working-dir": config.working_dir,
        "entrypoint": list(config.entrypoint),
        "cmd": list(config.cmd),
        "env": list(config.env),
        "labels": dict(config.labels),
    }


def _layer(layer: Layer, *, entries: bool) -> dict[str, Json]:
    found: dict[str, Json] = {
        "digest": layer.digest,
        "media-type": layer.media_type,
        "compression": layer.compression,
        "size": layer.size,
        "inflated-size": layer.inflated_size,
        "diff-id": layer.diff_id,
        "created-by": layer.created_by,
        "count": len(layer.entries),
        "whiteouts": layer.whiteouts,
    }
    if entries:
        found["entries"] = [entry._asdict() for entry in layer.entries]
    return found


def _files(image: Image) -> Iterator[dict[str, Json]]:
    specials = dict(image.specials())
    for (path, node), (_, layer) in zip(walk(image.tree), image.origins(), strict=True):
        yield {"path": path, "layer": layer, **_node(node, specials.get(path, ""))}


def _node(node: Node, special: str) -> Mapping[str, Json]:
    match node:
        case File():
            executable = node.executable
            return {"type": "file", "size": node.size, "executable": executable, "hash": node.hash}
        case Link():
            return {"type": "link", "target": node.target}
        case Directory():
            return {"type": "dir"}
        case Untyped():
            return {"type": special}
        case _:
            assert_never(node)


def _which(which: Which) -> dict[str, Json]:
    return {
        "name": which.name,
        "path": which.path,
        "found": which.found or None,
        "resolved": which.resolved or None,
        "links": _links(which.resolution) if which.resolution is not None else [],
        "candidates": [
            {"path": one.path, "reason": one.reason, "links": _links(one.resolution)}
            for one in which.candidates
        ],
        "gaps": list(which.gaps),
    }


def _links(resolution: Resolution) -> list[Json]:
    return [{"path": f"/{step.path}", "target": step.target} for step in resolution.links]
