"""What an image should hold, beside what it does hold."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal, TypeAlias, get_args

from bstgraph.display import Displayable
from bstgraph.files import Directory, File, Link, Node, Untyped, walk
from bstgraph.garbage import paused_collector
from bstgraph.layers._engine import Layers, image_name
from bstgraph.layers._follow import Follower
from bstgraph.layers._values import Command, Gap
from bstgraph.names import ElementName

Kind: TypeAlias = Literal["missing", "changed", "executable", "moved", "unexpected"]
"""How a path of an image differs from the prediction.

- `missing`: it is staged for the image, and the image lacks it
- `changed`: both have it, with another content or type
- `executable`: both have the file, with no other content as far as that is known, and only one of
  them says that it can be run; `executable` of the difference is what the image says
- `moved`: the image has at `path` the very file that is staged at `other` and missing there
- `unexpected`: the image has it, and nothing stages it
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One path that an image and the prediction do not agree on."""

    kind: Kind
    path: str
    element: ElementName | None = None
    """The element that it is from; None where that is not known."""
    other: str = ""
    """Where a moved file is staged."""
    executable: bool | None = None
    """Whether the file can be run in the image, where that is the difference; else None."""
    commands: tuple[Command, ...] = ()
    """The commands of the image and its layers that mention the path."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageComparison(Displayable):
    """How an image differs from what its element stages; empty when it does not.

    The prediction ends where commands begin: what they do shows as differences, and those that
    mention a path are told with it.
    """

    target: ElementName
    image: str
    """What to call the image."""
    predicted: int
    """Paths that are staged for it."""
    found: int
    """Paths that the image has."""
    differences: tuple[Difference, ...] = field(repr=False)
    """By kind, then by path."""
    unknown: tuple[ElementName, ...] = ()
    """Elements on the way to the image whose files are not known: what is unexpected may be
    theirs."""
    uncompared: int = 0
    """Paths that both have and that do not differ in what is known, where something is not: the
    type on one side, or the hash of a file."""
    gaps: tuple[Gap, ...] = field(default=(), repr=False)

    @property
    def exact(self) -> bool:
        """Whether all that is staged was known and compared."""
        return not (self.unknown or self.uncompared or self.gaps)

    def __iter__(self) -> Iterator[Difference]:
        return iter(self.differences)

    def __len__(self) -> int:
        return len(self.differences)

    def of_kind(self, kind: Kind) -> tuple[Difference, ...]:
        """Return the differences of one kind, by path."""
        return tuple(difference for difference in self.differences if difference.kind == kind)


@paused_collector()
def compare_image(
    layers: Layers, target: str, tree: Directory, *, label: str = "image"
) -> ImageComparison:
    """Return how the files of an image differ from what is staged for the element `target`.

    Contents are compared where both sides know them: read the image with hashes for that.

    Args:
        layers: what is known of the elements.
        target: the script that makes the image, or the compose or filter that is its layer.
        tree: the effective files of the image.
        label: what to call the image.

    Raises:
        SelectionError: there is no such element (`unknown-element`), or nothing is put together
            in it (`no-chain`).
    """
    follower = Follower(layers, image_name(layers, target))
    predicted = {path: (node, name) for path, node, name in follower.paths()}
    found = dict(walk(tree))
    kinds, uncompared = _compared(predicted, found)
    return ImageComparison(
        target=follower.image,
        image=label,
        predicted=len(predicted),
        found=len(found),
        differences=tuple(
            Difference(
                kind=kind,
                path=path,
                element=name,
                other=other,
                executable=_executable(found[path]) if kind == "executable" else None,
                commands=mentions,
            )
            for kind, path, name, other in kinds
            for mentions in (follower.mentions(path),)
        ),
        unknown=follower.unknown(),
        uncompared=uncompared,
        gaps=follower.gaps(),
    )


def _compared(
    predicted: dict[str, tuple[Node, ElementName | None]], found: dict[str, Node]
) -> tuple[list[tuple[Kind, str, ElementName | None, str]], int]:
    """Return the kind, path, element and other path of each difference, and what is uncompared."""
    missing = {path: entry for path, entry in predicted.items() if path not in found}
    moved = _moved(missing, {path: node for path, node in found.items() if path not in predicted})
    gone = set(moved.values())
    kinds: list[tuple[Kind, str, ElementName | None, str]] = [
        ("missing", path, name, "") for path, (_, name) in missing.items() if path not in gone
    ]
    uncompared = 0
    for path, node in found.items():
        if path in moved:
            kinds.append(("moved", path, missing[moved[path]][1], moved[path]))
        elif path not in predicted:
            kinds.append(("unexpected", path, None, ""))
        elif _differ(predicted[path][0], node):
            kinds.append(("changed", path, predicted[path][1], ""))
        else:
            if _runs_otherwise(predicted[path][0], node):
                kinds.append(("executable", path, predicted[path][1], ""))
            uncompared += not _comparable(predicted[path][0], node)
    order = get_args(Kind)
    kinds.sort(key=lambda each: (order.index(each[0]), each[1]))
    return kinds, uncompared


def _moved(
    missing: dict[str, tuple[Node, ElementName | None]], unexpected: dict[str, Node]
) -> dict[str, str]:
    """Return where an unexpected file was staged: path -> missing path with the same content.

    Only what is alone with its name and content on both sides counts.
    """
    staged: dict[tuple[str, str], list[str]] = {}
    for path, (node, _) in missing.items():
        if isinstance(node, File) and node.hash:
            staged.setdefault((path.rpartition("/")[2], node.hash), []).append(path)
    arrived: dict[tuple[str, str], list[str]] = {}
    for path, node in unexpected.items():
        if isinstance(node, File) and node.hash:
            arrived.setdefault((path.rpartition("/")[2], node.hash), []).append(path)
    return {
        paths[0]: staged[same][0]
        for same, paths in arrived.items()
        if len(paths) == len(staged.get(same, ())) == 1
    }


def _differ(predicted: Node, found: Node) -> bool:
    """Return whether two entries are known to be different."""
    match predicted, found:
        case (Untyped(), _) | (_, Untyped()):
            return False
        case Directory(), Directory():
            return False
        case Link(), Link():
            return predicted.target != found.target
        case File(), File():
            sizes = predicted.size >= 0 and found.size >= 0 and predicted.size != found.size
            return sizes or bool(predicted.hash and found.hash and predicted.hash != found.hash)
        case _:
            return True


def _runs_otherwise(predicted: Node, found: Node) -> bool:
    """Return whether two files are known to differ in the executable bit."""
    bits = _executable(predicted), _executable(found)
    return None not in bits and bits[0] != bits[1]


def _executable(node: Node) -> bool | None:
    """Return whether a file can be run; None for what is no file, or known by its name alone."""
    known = isinstance(node, File) and (node.hash or node.size >= 0)
    return node.executable if isinstance(node, File) and known else None


def _comparable(predicted: Node, found: Node) -> bool:
    """Return whether two entries that do not differ are known to be the same."""
    if isinstance(predicted, File) and isinstance(found, File):
        return bool(predicted.hash and found.hash)
    return not (isinstance(predicted, Untyped) or isinstance(found, Untyped))
