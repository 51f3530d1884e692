"""Junction elements, and where the files of the project behind one are.

In this order: what the caller gives for the junction, its `local` sources, and last the pinned
commit in one of the caller's git clones, with the junction's own patches laid over it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, Protocol, cast

from bstgraph.errors import ProjectError
from bstgraph.model import Data, Junction, Source
from bstgraph.names import ElementName
from bstgraph.project._includes import MissingJunctionError
from bstgraph.yaml import MappingNode, ScalarNode

if TYPE_CHECKING:
    from bstgraph.project._loader import LoadElement
    from bstgraph.project._state import ProjectState

SuppliedBy = Literal["mapping", "local", "git", "missing"]

_EMPTY: Final = MappingNode({}, None, 0, 0)
_OVERLAYS: Final = frozenset(("local", "patch", "patch_queue"))
_KEYS: Final = ("path", "options", "overrides", "aliases", "map-aliases")


class Checkouts(Protocol):
    """Whatever can lay out the files of a junction in a temporary folder."""

    def commit(self, ref: str) -> Path | None:
        """Return a fresh folder with the files of the commit that `ref` names, None without it."""

    def empty(self) -> Path:
        """Return a fresh, empty folder."""

    def gaps(self, folder: Path) -> tuple[str, ...]:
        """Return what is known to be missing in `folder`."""

    def overlay(self, project: Path, sources: Sequence[Source], into: Path) -> tuple[str, ...]:
        """Lay local, patch and patch_queue sources of `project` over `into`; return gaps."""


class JunctionElement:
    """A junction element, configured."""

    def __init__(self, element: LoadElement, config: MappingNode, sources: tuple[Source, ...]) -> None:
        """Read its config; raise ProjectError."""
        config.only(_KEYS)
        self.project: ProjectState = element.project
        self.node = element.node
        self.local_name = element.name
        self.name = element.full_name
        self.sources = sources
        self.path = config.text("path")
        self.options = config.mapping("options") or _EMPTY
        overrides = config.mapping("overrides") or _EMPTY
        self.overrides: dict[str, ScalarNode] = {}
        for key, target in overrides.entries.items():
            if target.as_str() == self.local_name:
                raise target.error("invalid-junction", f"'{key}' is overridden with the junction itself")
            self.overrides[key] = cast("ScalarNode", target)
        self._aliases = config.mapping("aliases") or _EMPTY
        strategy = config.text("map-aliases", "none")
        if strategy not in ("none", "identity"):
            raise config.require("map-aliases").error(
                "invalid-data", f"'{strategy}' is no alias mapping", fix="write none or identity"
            )
        self._identity = strategy == "identity"
        self.directory: Path | None = None
        self.supplied_by: SuppliedBy = "missing"
        self.gaps: list[str] = []

    def parent_alias(self, alias: str) -> str | None:
        """Return the alias of the parent project that stands for `alias`, None for none."""
        if alias in self._aliases:
            return self._aliases.text(alias)
        return alias if self._identity else None

    def locate(self, given: Mapping[str, str], checkouts: Checkouts) -> Path:
        """Find the directory of the subproject and keep it.

        Raises:
            ProjectError: the files are there but wrong (`checkout-failed`, `invalid-junction`).
            MissingJunctionError: nothing supplies them.
        """
        folder = self._folder(given, checkouts)
        path = Path(os.path.normpath(folder / self.path)) if self.path else folder
        real, root = path.resolve(), folder.resolve()
        if not real.is_relative_to(root):
            raise self._error("outside-project", f"the path '{self.path}' leaves the junction's files")
        self.directory = path
        return path

    def _folder(self, given: Mapping[str, str], checkouts: Checkouts) -> Path:
        mapped = given.get(self.name)
        if mapped is not None:
            self.supplied_by = "mapping"
            folder = Path(mapped)
            if not folder.is_dir():
                message = f"the folder given for '{self.name}' is not there: {mapped}"
                raise self._error("checkout-failed", message)
            return folder
        own = Path(self.project.directory)
        kinds = [source.kind for source in self.sources]
        if kinds == ["local"] and (own / str(self.sources[0].config["path"])).is_dir():
            self.supplied_by = "local"
            return own / str(self.sources[0].config["path"])
        if all(kind in _OVERLAYS for kind in kinds) and kinds:
            self.supplied_by = "local"
            folder = checkouts.empty()
            self.gaps += checkouts.overlay(own, self.sources, folder)
            return folder
        return self._checkout(checkouts, own)

    def _checkout(self, checkouts: Checkouts, own: Path) -> Path:
        others = [source for source in self.sources if source.kind not in _OVERLAYS]
        refs = [str(s.config.get("ref", "")) for s in others if s.kind.startswith("git")]
        if len(others) == 1 and refs and self.sources[0] is others[0]:
            if not refs[0]:
                raise self._error("invalid-junction", f"the junction '{self.name}' has no ref")
            folder = checkouts.commit(refs[0])
            if folder is not None:
                self.supplied_by = "git"
                self.gaps += checkouts.gaps(folder)
                self.gaps += checkouts.overlay(own, self.sources[1:], folder)
                return folder
        wanted = f" at {refs[0]}" if refs else ""
        fix = f"--junction {self.name}=DIR" + (" or --search DIR_OF_CLONES" if refs else "")
        raise MissingJunctionError(
            self.name, f"the files of junction '{self.name}'{wanted} are not at hand; give {fix}"
        )

    def _error(self, slug: Literal["checkout-failed", "outside-project", "invalid-junction"],
               message: str) -> ProjectError:
        return ProjectError(slug, message, at=self.node.provenance)

    def model(self) -> Junction:
        """Return the junction as a value."""
        return Junction(
            name=ElementName(self.name),
            project_name=self.project.name,
            directory=self.directory,
            supplied_by=self.supplied_by,
            sources=self.sources,
            options=cast("dict[str, Data]", self.options.plain()),
            overrides={key: node.value for key, node in self.overrides.items()},
            gaps=tuple(self.gaps),
            provenance=self.node.provenance,
        )

