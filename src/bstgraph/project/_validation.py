"""A mapping of a project as a pydantic model; what pydantic complains about, at its place."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Final, TypeVar

from pydantic import ValidationError

from bstgraph.errors import ProjectError, Slug
from bstgraph.model import Model
from bstgraph.yaml import MappingNode, Node, SequenceNode

_Config = TypeVar("_Config", bound=Model)

_PLACES: Final = frozenset(("provenance", "places"))
_NO_KEYS: Final = _PLACES | {"include-paths", "exclude-paths"}


@cache
def keys_of(model: type[Model]) -> tuple[str, ...]:
    """Return the keys that a file may have; a field `x_paths` is the runbook's alone."""
    names = [field.alias or name for name, field in model.model_fields.items()]
    return tuple(name for name in names if name not in _NO_KEYS)


def check_keys(node: MappingNode, model: type[Model]) -> None:
    """Raise ProjectError (`unknown-key`) for a key of `node` that a strict model does not have."""
    if model.model_config.get("extra") == "forbid":
        node.only(keys_of(model))


def validated(
    model: type[_Config], data: Mapping[str, object], *, node: MappingNode, at: Node, told: str
) -> _Config:
    """Return `data`, which is `node` expanded, as `model`.

    Raises:
        ProjectError: `invalid-data` at the value in `node`, or `missing-key` at `at` when it lacks
            a key; `told` begins the message.
    """
    try:
        # These tell where a model was written, and are no keys of a file.
        return model.model_validate({k: v for k, v in data.items() if k not in _PLACES})
    except ValidationError as error:
        raise _complaint(error, node if node.file is not None else at, at, told) from None


def _complaint(error: ValidationError, node: Node, at: Node, told: str) -> ProjectError:
    """Return pydantic's first complaint as an error at the place that was written."""
    first = error.errors(include_url=False)[0]
    keys = [str(part) for part in first["loc"]]
    for key in keys:
        if isinstance(node, MappingNode) and key in node:
            node = node.require(key)
        elif isinstance(node, SequenceNode) and key.isdigit() and int(key) < len(node):
            node = node.items[int(key)]
    slug: Slug = "missing-key" if first["type"] == "missing" else "invalid-data"
    if slug == "missing-key" and len(keys) == 1:
        return at.error(slug, f"{told}: the key '{keys[0]}' is missing")
    where = ".".join(keys)
    reason = first["msg"].removeprefix("Value error, ")
    return node.error(slug, f"{told}: {where}: {reason}" if where else f"{told}: {reason}")
