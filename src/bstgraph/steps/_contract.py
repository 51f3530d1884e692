"""Contracts: named steps, how they are recognised, and the order that they have to be in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from bstgraph.errors import SettingsError, did_you_mean


class Pattern(NamedTuple):
    """A way to recognise a step: all that is given has to fit one command."""

    programs: tuple[str, ...]
    """Names of programs, without folders."""
    arguments: tuple[str, ...] = ()
    """Globs; for each there has to be an argument that matches."""
    reads: str | None = None
    """A path that it has to read; `{layer}` is the location of the layer, `/**` all below."""
    writes: str | None = None
    """A path that it has to write, in the same form."""
    if_present: bool = False
    """Whether it may be skipped when what it reads is not there, as a test before it says."""


class Step(NamedTuple):
    """A step of a contract."""

    name: str
    patterns: tuple[Pattern, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """Which steps there are, and in which order."""

    name: str
    steps: tuple[Step, ...]
    must_exist: tuple[str, ...] = ()
    must_precede: tuple[tuple[str, str], ...] = ()
    """Pairs of steps: the first one comes before the second one, when both are there."""
    last: str | None = None
    """The step that nothing may come after."""
    no_mutation_after: str | None = None
    """The step that nothing may change the layer after."""


RUNBOOK: Final = Contract(
    name="runbook",
    steps=(
        Step(
            "merge-etc",
            (
                Pattern(
                    ("cp", "mv", "rsync"),
                    reads="{layer}/usr/etc",
                    writes="{layer}/etc",
                    if_present=True,
                ),
            ),
        ),
        Step("dconf-update", (Pattern(("dconf",), ("update",), writes="{layer}/**"),)),
        Step("ldconfig", (Pattern(("ldconfig",), writes="{layer}/etc/ld.so.cache"),)),
        Step("build-oci", (Pattern(("build-oci",), reads="{layer}"),)),
    ),
    must_exist=("merge-etc", "dconf-update", "ldconfig", "build-oci"),
    must_precede=(
        ("merge-etc", "dconf-update"),
        ("dconf-update", "ldconfig"),
        ("ldconfig", "build-oci"),
    ),
    last="build-oci",
    no_mutation_after="ldconfig",
)
"""The runbook's order (claim R9): merge `/usr/etc`, `dconf update`, `ldconfig`, `build-oci`."""


_KEYS: Final = ("name", "steps", "must-exist", "must-precede", "last", "no-mutation-after")
_PATTERN_KEYS: Final = ("program", "arguments", "reads", "writes", "if-present")


def contract_from(values: Mapping[str, Any]) -> Contract:
    """Return the contract that plain data describes, as settings or YAML give it.

    The keys are `name`, `steps` (name of a step -> a list of patterns), `must-exist`,
    `must-precede` (a list of pairs), `last` and `no-mutation-after`. A pattern has `program` (a
    name or a list of names) and may have `arguments`, `reads`, `writes`, `if-present`.

    Raises:
        SettingsError: a key or value is wrong, or a step is named that there is not
            (`bad-settings`).
    """
    _check_keys(values, _KEYS, "a contract")
    steps = tuple(
        Step(str(name), _patterns(str(name), patterns))
        for name, patterns in _mapping(values.get("steps"), "steps").items()
    )
    names = [step.name for step in steps]
    pairs = _list(values.get("must-precede", ()), "must-precede")
    for pair in pairs:
        if not isinstance(pair, list | tuple) or len(pair) != 2:
            raise _wrong(f"'must-precede' is a list of pairs of steps, and {pair!r} is none")
    last, still = (_optional(values, key) for key in ("last", "no-mutation-after"))
    exist = _list(values.get("must-exist", ()), "must-exist")
    for name in (*exist, *(name for pair in pairs for name in pair), last, still):
        if name is not None and name not in names:
            raise _wrong(f"there is no step '{name}'", did_you_mean(str(name), names))
    return Contract(
        name=_text(values.get("name", "own"), "name"),
        steps=steps,
        must_exist=tuple(exist),
        must_precede=tuple((pair[0], pair[1]) for pair in pairs),
        last=last,
        no_mutation_after=still,
    )


def _patterns(step: str, values: object) -> tuple[Pattern, ...]:
    found = []
    for value in _list(values, f"steps.{step}"):
        pattern = _mapping(value, f"steps.{step}")
        _check_keys(pattern, _PATTERN_KEYS, f"a pattern of the step '{step}'")
        programs = pattern.get("program")
        if isinstance(programs, str):
            programs = [programs]
        present = pattern.get("if-present", False)
        if not isinstance(present, bool):
            raise _wrong(f"'if-present' of the step '{step}' is true or false")
        found.append(
            Pattern(
                programs=tuple(_texts(programs, "program")),
                arguments=tuple(_texts(pattern.get("arguments", ()), "arguments")),
                reads=_optional(pattern, "reads"),
                writes=_optional(pattern, "writes"),
                if_present=present,
            )
        )
    if not found:
        raise _wrong(f"the step '{step}' has no pattern, so that nothing is recognised as it")
    return tuple(found)


def _check_keys(values: Mapping[str, Any], known: Sequence[str], what: str) -> None:
    for key in values:
        if key not in known:
            fix = did_you_mean(str(key), known) or f"there are {', '.join(known)}"
            raise _wrong(f"{what} has no '{key}'", fix)


def _mapping(value: object, what: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping) or not value:
        raise _wrong(f"'{what}' is a mapping")
    return value


def _list(value: object, what: str) -> Sequence[Any]:
    if not isinstance(value, list | tuple):
        raise _wrong(f"'{what}' is a list")
    return value


def _texts(value: object, what: str) -> Sequence[str]:
    return [_text(item, what) for item in _list(value, what)]


def _optional(values: Mapping[str, Any], key: str) -> str | None:
    return _text(values[key], key) if key in values else None


def _text(value: object, what: str) -> str:
    if not isinstance(value, str) or not value:
        raise _wrong(f"'{what}' is text")
    return value


def _wrong(message: str, fix: str | None = None) -> SettingsError:
    return SettingsError("bad-settings", message, fix=fix)
