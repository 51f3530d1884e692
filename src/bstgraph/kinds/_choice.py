"""Which rules are in force for a plugin, and what that leaves open."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from bstgraph.kinds._api import ElementKind, KindRegistry, SourceKind
from bstgraph.kinds._plain import is_plain_build, min_version_refusal, plain_build_kind
from bstgraph.model import Plugin

K = TypeVar("K", type[ElementKind], type[SourceKind])


@dataclass(frozen=True, slots=True)
class Choice(Generic[K]):
    """The rules for the plugin of one kind."""

    kind: K | None
    """None when there are none."""
    gap: str = ""
    """What is not known, in words; empty when the plugin is just what the rules describe."""
    foreign: bool = False
    """Whether the plugin is one that the rules do not describe, although it has their name."""

    @property
    def checked(self) -> K | None:
        """The rules that what people write must keep; None when it may be right all the same."""
        return None if self.foreign else self.kind


def choose_element(
    registry: KindRegistry, name: str, plugin: Plugin | None
) -> Choice[type[ElementKind]]:
    """Return the rules for the element kind `name` of this plugin (None: made by hand)."""
    kind = registry.element(name)
    if kind is not None and (_recognised(plugin) or _vouched(kind)):
        return Choice(kind.at_release(_release(plugin)))
    outline = plugin.outline if plugin is not None else None
    if plugin is not None and outline is not None and is_plain_build(outline):
        refusal = min_version_refusal(outline)
        if refusal:
            return Choice(None, f"BuildStream 2.8 does not load {plugin.file}: {refusal}")
        return Choice(plain_build_kind(name, outline))
    if kind is None:
        return Choice(None, _unknown("element", name, plugin))
    return Choice(kind, _unrecognised("element", name, plugin), foreign=outline is not None)


def choose_source(
    registry: KindRegistry, name: str, plugin: Plugin | None
) -> Choice[type[SourceKind]]:
    """Return the rules for the source kind `name` of this plugin (None: made by hand)."""
    kind = registry.source(name)
    if kind is None:
        return Choice(None, _unknown("source", name, plugin))
    if _recognised(plugin) or _vouched(kind):
        return Choice(kind.at_release(_release(plugin)))
    foreign = plugin is not None and plugin.outline is not None
    return Choice(kind, _unrecognised("source", name, plugin), foreign=foreign)


def _recognised(plugin: Plugin | None) -> bool:
    return plugin is None or plugin.origin == "core" or bool(plugin.release)


def _release(plugin: Plugin | None) -> tuple[int, ...]:
    return () if plugin is None else plugin.release


def _vouched(kind: type[object]) -> bool:
    """Return whether the rules come from elsewhere: whoever installed them answers for them."""
    return kind.__module__.partition(".")[0] != "bstgraph"


def _unknown(what: str, name: str, plugin: Plugin | None) -> str:
    base = "ElementKind" if what == "element" else "SourceKind"
    defined = f" ({plugin.file} defines it)" if plugin is not None and plugin.file else ""
    return (
        f"there are no rules for the {what} kind '{name}'{defined}: describe it in a subclass of "
        f"bstgraph.kinds.{base} under the entry point bstgraph.{what}_kinds"
    )


def _unrecognised(what: str, name: str, plugin: Plugin | None) -> str:
    if plugin is None or not plugin.file:
        return (
            f"the plugin of the {what} kind '{name}' is not at hand: its keys follow the newest "
            "release"
        )
    return (
        f"{plugin.file} is no release of the {what} kind '{name}' that is known here: its keys "
        "follow the newest one"
    )
