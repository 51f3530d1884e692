"""The commands about files: what elements hold, whose it is, and why something is not there."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING

from bstgraph.cli._commands import FINDINGS, FINE
from bstgraph.cli._loading import load_state
from bstgraph.cli._terminal import print_json, progress, say, tell
from bstgraph.errors import BstGraphError, LoadErrors

if TYPE_CHECKING:
    from bstgraph.layers import Layers, Ownership
    from bstgraph.state import State


def add_layer_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that say where files are known from."""
    parser.set_defaults(rule=None, release="2.8")
    parser.add_argument(
        "--cache",
        action="append",
        metavar="DIR",
        help="BuildStream's cache directory (default: the user's own; repeatable)",
    )
    parser.add_argument(
        "--no-cache", action="store_true", help="look at no cache, only at what can be computed"
    )
    parser.add_argument(
        "--manifest",
        action="append",
        metavar="FILE",
        help="what elements hold, as JSON lines or as `bst artifact list-contents` prints it",
    )
    parser.add_argument(
        "--files-of",
        action="append",
        nargs=2,
        metavar=("ELEMENT", "IMAGE"),
        help="what an element holds, as a container image shows it (repeatable)",
    )
    parser.add_argument(
        "--predict",
        action="store_true",
        help="compute composes, filters and scripts also where a cache has them",
    )


def contents(args: argparse.Namespace) -> int:
    """List the files that an element holds."""
    from bstgraph.layers import owners
    from bstgraph.render import (
        contents_summary,
        contents_text,
        contents_to_json,
        locations_hint,
        ownership_paths,
        ownership_summary,
        staging_text,
    )

    layers = open_layers(args, load_state(args, [args.element]))
    name = layers.state.project.targets[0]
    with progress("reading"):
        if args.json:
            print_json(contents_to_json(layers, name, location=args.location))
            return FINE
        if args.location is None:
            found = layers.contents(name)
            say(contents_text(found))
            tell(contents_summary(found))
            if hint := locations_hint(layers, name):
                tell(hint)
            return FINE
        ownership = owners(layers, name, location=args.location)
        say(ownership_paths(ownership))
        tell(ownership_summary(ownership))
        tell(staging_text(layers.staged(name)))
    return FINE


def owners(args: argparse.Namespace) -> int:
    """Tell which element each path of a layer is from."""
    from bstgraph.layers import drift, owners
    from bstgraph.render import drift_text, ownership_summary, to_json
    from bstgraph.stores import read_map

    layers = open_layers(args, load_state(args, [args.layer]))
    with progress("reading"):
        ownership = owners(layers, layers.state.project.targets[0], location=args.location)
    if args.against:
        found = drift(ownership, read_map(args.against))
        if args.json or args.format == "json":
            print_json(to_json(found))
        else:
            say(drift_text(found))
        tell(ownership_summary(ownership))
        return FINDINGS if found else FINE
    _print_owners(ownership, "json" if args.json else args.format)
    tell(ownership_summary(ownership))
    return FINE


def _print_owners(ownership: Ownership, form: str) -> None:
    from bstgraph.render import ownership_chunkah, ownership_csv, ownership_table, to_json

    match form:
        case "json":
            print_json(to_json(ownership))
        case "chunkah":
            print_json(ownership_chunkah(ownership))
        case "csv":
            say(ownership_csv(ownership))
        case _:
            say(ownership_table(ownership))


def why(args: argparse.Namespace) -> int:
    """Tell why a path is in an image, or why not."""
    from bstgraph.layers import trace
    from bstgraph.render import to_json, trace_text

    layers = open_layers(args, _whole_state(args))
    with progress("reading"):
        found = trace(layers, args.path, layers.state.project.targets[0])
    if args.json:
        print_json(to_json(found))
    else:
        say(trace_text(found))
    return FINE if found else FINDINGS


def _whole_state(args: argparse.Namespace) -> State:
    """Return the state of the image and of all else in the project: what is lost may be there."""
    image = [args.image]
    try:
        return load_state(args, [*image, "**"])
    except BstGraphError as error:
        # Something else in the project is wrong, or the image itself, which is then told.
        state = load_state(args, image)
        count = len(error.exceptions) if isinstance(error, LoadErrors) else 1
        tell(f"unknown: only what '{args.image}' needs was looked at: the rest of the project has")
        tell(f"  {count:,} error{'s' if count > 1 else ''}, see `bstgraph check`")
        return state


def open_layers(args: argparse.Namespace, state: State) -> Layers:
    """Return what the arguments say that the files of elements are known from."""
    from bstgraph import load
    from bstgraph.stores import open_image

    caches: Sequence[str] | None = () if args.no_cache else args.cache
    with progress("reading"):
        images = {name: open_image(path).tree for name, path in args.files_of or ()}
        return load.open_layers(
            state,
            caches=caches,
            manifests=args.manifest or (),
            images=images,
            predict=args.predict,
        )
