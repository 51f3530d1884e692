"""What a cache key is, what was hashed to make it, and what had to be guessed."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

from bstgraph.display import Displayable
from bstgraph.kinds import KeyData
from bstgraph.names import ElementName
from bstgraph.provenance import Provenance

Strength: TypeAlias = Literal["weak", "strict"]

_DELETE: Final = re.compile(r"(?<!\\)((?:\\\\)*)\\u007f")


def serialise(value: object) -> str:
    """Return the text that BuildStream hashes (`_cachekey.py`): ujson with sorted keys.

    Python's json writes the same, but for the character U+007F, which ujson does not escape.
    """
    text = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return _DELETE.sub("\\1\x7f", text) if "\\u007f" in text else text


def digest_of(value: object) -> str:
    """Return the hex SHA-256 that BuildStream gives a value of lists, mappings and scalars."""
    return hashlib.sha256(serialise(value).encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheKey(Displayable):
    """A key, and what had to be guessed to compute it.

    With gaps the digest is provisional: the same for the same project, so that two states can be
    compared, but not what BuildStream computes.
    """

    digest: str | None
    """64 hex digits; None when BuildStream has no key, for the reason in `absent`."""
    gaps: tuple[str, ...] = ()
    """What could not be known, its own first, each text once."""
    absent: str = ""
    """Why there is no key: a source without a ref, here or in something that is staged."""

    @property
    def exact(self) -> bool:
        """Whether BuildStream computes this very digest."""
        return self.digest is not None and not self.gaps

    def __str__(self) -> str:
        if self.digest is None:
            return f"none: {self.absent}"
        return f"{self.digest} (with gaps)" if self.gaps else self.digest


@dataclass(frozen=True, slots=True, kw_only=True)
class ElementKeys(Displayable):
    """The two keys of one element; the weak one may be exact when the strict one is not."""

    name: ElementName
    kind: str
    weak: CacheKey
    strict: CacheKey

    @property
    def gaps(self) -> tuple[str, ...]:
        """The gaps of either key, each once."""
        return tuple(dict.fromkeys((*self.weak.gaps, *self.strict.gaps)))

    def __str__(self) -> str:
        return f"{self.name}\n  weak   {self.weak}\n  strict {self.strict}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceInput:
    """What the key of an element holds of one of its sources."""

    kind: str
    key: KeyData
    """What the kind of source says identifies it."""
    directory: str = ""
    at: Provenance | None = None
    """Where the source is written; not hashed."""

    def data(self) -> dict[str, KeyData]:
        """Return it as it is hashed (BuildStream's `_elementsources.py`)."""
        made: dict[str, KeyData] = {"key": self.key, "name": self.kind}
        if self.directory:
            made["directory"] = self.directory
        return made


@dataclass(frozen=True, slots=True, kw_only=True)
class DependencyInput:
    """What the key of an element holds of one element of its build scope."""

    name: ElementName
    """The full name; not hashed."""
    project_name: str
    local_name: str
    key: str | None = None
    """The dependency's key; None where only its name is hashed."""

    def data(self) -> list[KeyData]:
        """Return it as it is hashed."""
        named: list[KeyData] = [self.project_name, self.local_name]
        return named if self.key is None else [*named, self.key]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyInputs(Displayable):
    """The dictionary that is hashed for one key, as a value; `digest` is the key.

    The fields mirror those of `Element._calculate_cache_key` in BuildStream's `element.py`.
    """

    element: ElementName
    """The full name; not hashed."""
    strength: Strength
    core_artifact_version: int
    build_root: str | None
    """The variable `build-root`."""
    kind: str
    plugin_version: int
    plugin_key: KeyData
    """What the kind says its elements differ by: commands, filters, layouts."""
    public: Mapping[str, Any]
    sources: tuple[SourceInput, ...]
    fatal_warnings: tuple[str, ...] | None
    """Those of the project that declares the element, sorted."""
    sandbox: Mapping[str, Any] | None
    """None for an element that runs no commands."""
    environment: Mapping[str, Any] | None
    """Without the variables of `environment-nocache`; None for one that runs no commands."""
    dependencies: tuple[DependencyInput, ...]
    """The build scope, in staging order."""
    weak_key: str | None = None
    """The element's own weak key; None in the inputs of the weak key itself."""

    def rest(self) -> dict[str, Any]:
        """Return the part of the dictionary that does not depend on other elements."""
        made: dict[str, Any] = {
            "element-base-key": {"build-root": self.build_root},
            "element-plugin-key": self.plugin_key,
            "element-plugin-name": self.kind,
            "element-plugin-version": self.plugin_version,
            "public": self.public,
            "sources": [source.data() for source in self.sources],
        }
        if self.fatal_warnings is not None:
            made["fatal-warnings"] = list(self.fatal_warnings)
        if self.sandbox is not None:
            made["sandbox"] = self.sandbox
        if self.environment is not None:
            made["environment"] = self.environment
        return made

    def dictionary(self) -> dict[str, Any]:
        """Return the whole dictionary."""
        made = self.rest()
        made["core-artifact-version"] = self.core_artifact_version
        made["dependencies"] = [dependency.data() for dependency in self.dependencies]
        if self.weak_key is not None:
            made["weak-cache-key"] = self.weak_key
        return made

    @property
    def digest(self) -> str:
        """The key of these inputs."""
        return digest_of(self.dictionary())
