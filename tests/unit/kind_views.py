"""Views of drawn elements and sources, as the part that makes keys hands them to their kinds."""

from __future__ import annotations

import hashlib
import posixpath
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from bstgraph import kinds
from bstgraph.kinds import ElementKind, ElementView, KeyData, SourceKind, SourceView
from bstgraph.model import Element, KindConfig
from bstgraph.testing import project
from tests.unit import drawing

ONE: Final = "2c8b08da5ce60398e1f19af0e5dccc744df274b826abe585eaba68c525434806"
"""The SHA-256 of `one` and a newline."""

_ORIGINS: Final = """
=== project.conf
aliases: {al: "https://example.com/"}
plugins:
- {origin: local, path: plugins, elements: [KIND], sources: [KIND]}
=== plugins/KIND.py
=== p/b.patch
two
=== p/a.patch
one
=== b.bst
kind: manual
=== d/c.x.bst
kind: manual
=== s.bst
kind: stack
depends: [b.bst]
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """A few files with known content."""

    contents: Mapping[str, str] = field(
        default_factory=lambda: {"p/a.patch": "one\n", "p/b.patch": "two\n"}
    )

    def tree_digest(self, path: str) -> str:
        return f"tree of {path}"

    def tree_files(self, path: str) -> Mapping[str, str]:
        return {name: self.sha256(f"{path}/{name}") for name in self.names(path)}

    def home_digest(self, path: str) -> str:
        return f"home of {path}"

    def sha256(self, path: str) -> str:
        return hashlib.sha256(self.contents[posixpath.normpath(path)].encode()).hexdigest()

    def names(self, path: str) -> Sequence[str]:
        start = f"{path}/"
        return sorted(p.removeprefix(start) for p in self.contents if p.startswith(start))


def element_text(kind: str, body: str, *, defaults: str = "") -> str:
    """Return a project with an element `a.bst` of `kind`."""
    core = kind in kinds.CORE_ELEMENT_NAMES
    own = "" if core else f"=== plugins/{kind}.yaml\n{defaults}\n"
    origins = _ORIGINS.replace("KIND", "other" if core else kind)
    return f"{origins}{own}=== a.bst\nkind: {kind}\n{body}\n"


def source_text(kind: str, body: str) -> str:
    """Return a project with an element `a.bst` that has one source of `kind`."""
    origins = _ORIGINS.replace("KIND", "other" if kind in kinds.CORE_SOURCE_NAMES else kind)
    return f"{origins}=== a.bst\nkind: manual\nsources:\n- {{kind: {kind}, {body}}}\n"


def element_view(
    kind: str, body: str, directory: Path, *, defaults: str = "", release: tuple[int, ...] = ()
) -> ElementView:
    """Return the view of an element `a.bst` of `kind`; `defaults` is the plugin's own YAML."""
    text = element_text(kind, body, defaults=defaults)
    loaded = project(text, directory, targets=["a.bst"])
    element = drawing.named(loaded)
    return ElementView(
        element=element, settings=element.settings, find=loaded.elements.get, release=release
    )


def configured(
    view: ElementView, config: Mapping[str, object], release: tuple[int, ...]
) -> ElementView:
    """Return `view` as of a release, with another config that nothing checked."""
    element = view.element.model_copy(update={"config": config})
    return replace(view, element=element, settings=KindConfig(), release=release)


def plain(value: KeyData) -> KeyData:
    """Return `value` with lists for all sequences."""
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [plain(item) for item in value]
    return value


def element_key(view: ElementView) -> KeyData:
    """Return what the kind of the element has in its key."""
    return plain(element_kind(view.element, view.release).unique_key(view))


def source_key(view: SourceView) -> KeyData:
    """Return what the kind of the source has in its key."""
    return plain(source_kind(view).unique_key(view))


def element_kind(element: Element, release: tuple[int, ...] = ()) -> type[ElementKind]:
    """Return the kind of an element, as of a release."""
    kind = kinds.registry().element(element.kind)
    assert kind is not None
    return kind.at_release(release)


def source_view(
    kind: str, body: str, directory: Path, *, release: tuple[int, ...] = ()
) -> SourceView:
    """Return the view of a source of `kind`."""
    (source,) = drawing.element(source_text(kind, body), directory).sources
    return SourceView(source=source, settings=source.settings, files=Files(), release=release)


def source_kind(view: SourceView) -> type[SourceKind]:
    """Return the kind of a source."""
    kind = kinds.registry().source(view.source.kind)
    assert kind is not None
    return kind.at_release(view.release)
