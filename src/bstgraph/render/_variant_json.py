"""Variants as JSON values; `_json` makes a document of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, Final

from bstgraph.images import Filter
from bstgraph.provenance import Provenance
from bstgraph.render._key_json import place
from bstgraph.variants import (
    Difference,
    EffectiveChange,
    FilterChange,
    Line,
    OnlyPackage,
    OnlyStage,
    OtherPackage,
    OtherStage,
    Parity,
    PlacedPackages,
    ScriptChange,
    ValueChange,
    Variant,
)

_NAMES: Final[Mapping[type[Difference], str]] = {
    OnlyStage: "only-stage",
    OtherStage: "other-stage",
    FilterChange: "filter",
    EffectiveChange: "effective-filter",
    OnlyPackage: "only-package",
    OtherPackage: "other-package",
    PlacedPackages: "placed-packages",
    ScriptChange: "commands",
    ValueChange: "value",
}


def parity(compared: Parity) -> dict[str, Any]:
    """Return two variants, what was set against each other, and the differences in order."""
    return {
        "a": _variant(compared.a),
        "b": _variant(compared.b),
        "built-upon": compared.built_upon or None,
        "shared": compared.shared,
        "pairs": [
            {"role": pair.role, "location": pair.location, "a": pair.a, "b": pair.b}
            for pair in compared.pairs
        ],
        "differences": [_difference(each) for each in compared],
        "gaps": list(compared.gaps),
    }


def _variant(variant: Variant) -> dict[str, Any]:
    return {
        "name": variant.name,
        "project": variant.project,
        "packages": variant.packages,
        "layers": [{"location": where, "name": name} for where, name in variant.layers],
        "parents": [{"location": where, "name": name} for where, name in variant.parents],
        "commands": variant.commands,
    }


def _difference(difference: Difference) -> dict[str, Any]:
    found = {
        each.name.replace("_", "-"): _plain(getattr(difference, each.name))
        for each in fields(difference)
    }
    return {"difference": _NAMES[type(difference)], **found}


def _plain(value: object) -> Any:  # noqa: ANN401 - JSON
    match value:
        case Provenance():
            return place(value)
        case Filter():
            return rules(value)
        case Line():
            return value._asdict()
        case tuple():
            return [_plain(item) for item in value]
        case _:
            return value


def rules(passing: Filter | None) -> dict[str, Any] | None:
    """Return what a compose or filter lets through."""
    if passing is None:
        return None
    return {
        "include": None if passing.include is None else list(passing.include),
        "exclude": list(passing.exclude),
        "orphans": passing.orphans,
        "integrate": passing.integrate,
        "include-paths": None if passing.include_paths is None else list(passing.include_paths),
        "exclude-paths": list(passing.exclude_paths),
    }
