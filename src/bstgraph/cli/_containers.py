"""Commands that look at container images."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from bstgraph.cli._commands import FINDINGS, FINE
from bstgraph.cli._layers import open_layers
from bstgraph.cli._loading import load_state
from bstgraph.cli._terminal import print_json, progress, say

if TYPE_CHECKING:
    from bstgraph.lookup import Which
    from bstgraph.stores import Image


def image(args: argparse.Namespace) -> int:
    """Tell what a container image is made of."""
    image = _opened(args)
    if args.against:
        return _against(args, image)
    which = image.which(args.which) if args.which is not None else None
    if args.json:
        from bstgraph.render import image_to_json

        print_json(image_to_json(image, files=args.list, entries=args.layers, which=which))
    else:
        say(_text(args, image, which))
    return FINDINGS if which is not None and not which.found else FINE


def _against(args: argparse.Namespace, image: Image) -> int:
    """Tell how an image differs from what is staged for the element that makes it."""
    from bstgraph.layers import compare_image
    from bstgraph.render import against_text, to_json

    layers = open_layers(args, load_state(args, [args.against]))
    with progress("comparing"):
        target = layers.state.project.targets[0]
        found = compare_image(layers, target, image.tree, label=image.name)
    if args.json:
        print_json(to_json(found))
    else:
        say(against_text(found))
    return FINDINGS if found else FINE


def _opened(args: argparse.Namespace) -> Image:
    """Read the image that the call names, within the limits that it gives."""
    from bstgraph.stores import open_image

    limits = {"max_bytes": args.max_bytes, "max_entries": args.max_entries}
    with progress(f"reading {args.image}"):
        return open_image(
            args.image,
            reference=args.reference,
            platform=args.platform,
            hashes=args.hashes,
            **{name: value for name, value in limits.items() if value is not None},
        )


def _text(args: argparse.Namespace, image: Image, which: Which | None) -> str:
    from bstgraph.render import image_list, image_text, layer_lists, which_text

    if which is not None:
        return which_text(which)
    if args.list:
        return image_list(image)
    return layer_lists(image) if args.layers else image_text(image)
