"""Conditions that no value of the options makes true."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, combinations, product
from math import prod
from typing import Final

from bstgraph.checks._api import Problem, Subject, check
from bstgraph.conditions import ExpressionError, Value, evaluate
from bstgraph.model import Option
from bstgraph.names import ElementName
from bstgraph.observations import Condition

MAX_CASES: Final = 4096
"""Most values of options together that are tried for one condition."""

MAX_ALL_CASES: Final = 20_000
"""Most that are tried for all conditions of a project; real ones have some hundreds."""

_WORD: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@check("BSG207", "impossible-condition", "warning")
def impossible_condition(subject: Subject) -> Iterator[Problem]:
    """Report conditions `(?)` that hold for no values that the options can have."""
    project = subject.project
    options = {option.name: option for option in project.conf.options}
    files = {
        element.provenance.path: name
        for name, element in project.elements.items()
        if not element.junction and element.provenance is not None
    }
    alike: dict[tuple[str, bool], list[Condition]] = {}
    for condition in project.observations.conditions:
        in_element = condition.at is not None and condition.at.path in files
        alike.setdefault((condition.expression, in_element), []).append(condition)
    impossible = _impossible(dict.fromkeys(expression for expression, _ in alike), options)
    for (expression, _), found in alike.items():
        if expression in impossible:
            yield _problem(expression, found, options, files)


def _impossible(expressions: Iterable[str], options: Mapping[str, Option]) -> set[str]:
    """Return the expressions that no values make true, as far as it was tried."""
    impossible = set()
    left = MAX_ALL_CASES
    for expression in expressions:
        names = _named(expression, options)
        choices = [_values(options[name]) for name in names]
        cases = prod(map(len, choices))
        if 0 < cases <= min(MAX_CASES, left):
            left -= cases
            if _never_holds(expression, names, choices, options):
                impossible.add(expression)
    return impossible


def _never_holds(
    expression: str,
    names: Sequence[str],
    choices: Sequence[Sequence[Value]],
    options: Mapping[str, Option],
) -> bool:
    given = {name: option.value for name, option in options.items()}
    try:
        return not any(
            evaluate(expression, {**given, **dict(zip(names, case, strict=True))})
            for case in product(*choices)
        )
    except ExpressionError:
        return False


def _named(expression: str, options: Mapping[str, Option]) -> list[str]:
    return [word for word in dict.fromkeys(_WORD.findall(expression)) if word in options]


def _values(option: Option) -> list[Value]:
    """Return all that an option can be; nothing when that is too much to try."""
    match option.type:
        case "bool":
            return [True, False]
        case "flags":
            values = option.values
            if 2 ** len(values) > MAX_CASES:
                return []
            some = (combinations(values, size) for size in range(len(values) + 1))
            return list(chain.from_iterable(some))
        case "enum" | "arch" | "os":
            return list(option.values)
        case _:
            return []


def _problem(
    expression: str,
    found: Iterable[Condition],
    options: Mapping[str, Option],
    files: Mapping[str, ElementName],
) -> Problem:
    places = [condition.at for condition in found if condition.at is not None]
    named = [options[name] for name in _named(expression, options)]
    values = "; ".join(
        f"{each.name}: {', '.join(each.values or ('True', 'False'))}" for each in named
    )
    elements = dict.fromkeys(files[at.path] for at in places if at.path in files)
    return Problem(
        message=f"the condition '{expression}' never holds"
        + (f" (the options can be {values})" if values else ""),
        elements=tuple(elements),
        at=places[0] if places else None,
        evidence=tuple(str(at) for at in places[1:]),
        fix="take the branch away, or mend the value in the condition",
    )
