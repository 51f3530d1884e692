"""What is known of the files of an element, and of what it stages: values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple, TypeAlias

from bstgraph import files
from bstgraph.display import Displayable
from bstgraph.files import Directory, Node
from bstgraph.layers._staging import Root
from bstgraph.names import ElementName
from bstgraph.provenance import Provenance

Origin: TypeAlias = Literal[
    "manifest", "image", "strict", "weak", "latest", "sources", "kind", "computed", "none"
]
"""Where the files of an element are known from.

- `manifest`, `image`: a list, or a container image, that the caller gave
- `strict`, `weak`: an artifact that is stored under that key of the element
- `latest`: the newest artifact that is stored for the element, under other keys
- `sources`: the sources of an import
- `kind`: the kind says what is in it, whatever it depends on: a stack has no files
- `computed`: what it stages, as its kind lets it through
- `none`: nothing knows them
"""

INTEGRATION: Final = -1
"""The owner of what commands made."""


class Gap(NamedTuple):
    """Something that is not known about the files of an element."""

    element: ElementName
    reason: str

    def __str__(self) -> str:
        return f"{self.element}: {self.reason}"


class Command(NamedTuple):
    """A command that runs over staged files and may add, change or remove some."""

    element: ElementName
    """The element whose command it is."""
    text: str
    kind: Literal["integration", "script"] = "integration"


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlap:
    """A path that several elements stage; the last of them has it."""

    path: str
    """Relative to `location`."""
    location: str
    elements: tuple[ElementName, ...]
    """Those that stage it, in staging order."""
    refused: tuple[ElementName, ...]
    """Those of them that lie above another one and do not whitelist the path; with any, BuildStream
    warns (`overlaps`). Across locations it asks no whitelist."""
    across: str | None = None
    """The location that the first of them was staged at, where that is another one."""

    @property
    def winner(self) -> ElementName:
        """The element whose file it is in the end."""
        return self.elements[-1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """A place where an element stages others."""

    path: str
    """As written, `/` for the root of the sandbox."""
    elements: tuple[ElementName, ...]
    """What is staged there, in staging order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Staging(Displayable):
    """What an element finds when it is built: the files of others, at their locations."""

    element: ElementName
    locations: tuple[Location, ...]
    """In the order in which they are staged."""
    overlaps: tuple[Overlap, ...] = field(repr=False)
    unstaged: tuple[tuple[ElementName, str], ...] = ()
    """Files that BuildStream leaves out, because a directory is in their place
    (`unstaged-files`): whose they are, and the path from the root."""
    commands: tuple[Command, ...] = field(default=(), repr=False)
    """Integration commands that run over it, in order."""
    gaps: tuple[Gap, ...] = field(default=(), repr=False)
    failure: str | None = None
    """Why BuildStream cannot stage it."""
    root: Root = field(default_factory=Root, repr=False, compare=False)
    owners: tuple[tuple[ElementName, str], ...] = field(default=(), repr=False)
    """Element and location by the numbers in `root`."""

    def tree(self, location: str = "/") -> Directory:
        """Return the files at `location` and below."""
        return self.root.tree(location)

    def owner(self, path: str) -> ElementName | None:
        """Return whose the entry at `path`, from the root, is; None where nothing is staged."""
        number = self.root.owner(path)
        return None if number is None or number < 0 else self.owners[number][0]

    def owned(
        self, tree: Directory | None = None, location: str = "/"
    ) -> Iterator[tuple[str, Node, tuple[ElementName, str] | None]]:
        """Yield each path below `location`, what is there, and who staged it at which location.

        With `tree`, the same for its paths. The last is None for what no element stages, such as
        what commands make.
        """
        for path, node, number in self.root.owned(tree, location):
            yield path, node, None if number is None or number < 0 else self.owners[number]


def inside(location: str, path: str, place: str) -> str:
    """Return a path at `location` as one of the artifact that was staged at `place`."""
    return (_folder(location) + path).removeprefix(_folder(place))


def _folder(location: str) -> str:
    """Return what paths at a location begin with, from the root; nothing for the root itself."""
    return f"{location.strip('/')}/".lstrip("/")


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents(Displayable):
    """The files of one element, and how far that is known.

    Iterating gives the paths, as `bst artifact list-contents` orders them: relative, directories
    included.
    """

    element: ElementName
    origin: Origin
    told: str
    """The origin in words: which artifact, which file."""
    tree: Directory = field(repr=False)
    gaps: tuple[Gap, ...] = field(default=(), repr=False)
    commands: tuple[Command, ...] = field(default=(), repr=False)
    """The commands that the files are subject to: known are the files up to them."""
    overlaps: tuple[Overlap, ...] = field(default=(), repr=False)
    failure: str | None = None
    """Why BuildStream cannot build it."""

    @property
    def known(self) -> bool:
        """Whether there is any source of the files at all."""
        return self.origin != "none"

    @property
    def exact(self) -> bool:
        """Whether these are the very files that BuildStream's artifact holds."""
        return self.known and not (self.gaps or self.commands or self.failure)

    def __iter__(self) -> Iterator[str]:
        return files.paths(self.tree)

    def __contains__(self, path: object) -> bool:
        return isinstance(path, str) and files.lookup(self.tree, path.strip("/")) is not None

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def entries(self) -> Iterator[tuple[str, Node]]:
        """Yield each path with what is there."""
        return files.walk(self.tree)


Public: TypeAlias = Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The contents of an element, and the public data that go with them."""

    contents: Contents
    public: Public
    at: Provenance | None = None
