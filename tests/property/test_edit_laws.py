"""Laws of elements edited in memory, over the random projects that BuildStream is asked about."""

from __future__ import annotations

import random
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bstgraph.errors import BstGraphError
from bstgraph.keys import RULE_NAMES, RuleName
from bstgraph.load import load_state
from bstgraph.model import Element
from bstgraph.state import State
from tests.oracle.strategies import Drawn
from tests.property.test_key_laws import SLOW, drawn_projects, state


def some_edit(dice: random.Random, element: Element) -> Element:
    """Return `element` with something else; BuildStream may refuse it."""
    dependencies = list(element.dependencies)
    update: dict[str, Any] = {}
    match dice.randrange(8):
        case 0:
            update["public"] = {**element.public, "x": str(dice.randrange(3))}
        case 1:
            update["environment"] = {**element.environment, "X": str(dice.randrange(3))}
        case 2:
            update["description"] = str(dice.randrange(3))
        case 3:
            update["gaps"] = (*element.gaps, dice.choice(["a gap", "another"]))
            update["dependency_gaps"] = update["gaps"][: dice.randrange(2)]
        case 4:
            update["sources"] = element.sources[dice.randrange(2) :]
        case 5 if dependencies:
            dependencies.pop(dice.randrange(len(dependencies)))
            update["dependencies"] = tuple(dependencies)
        case 6 if dependencies:
            number = dice.randrange(len(dependencies))
            build, runtime = dice.choice([(True, True), (True, False), (False, True)])
            other = {"build": build, "runtime": runtime, "strict": build and dice.random() < 0.5}
            dependencies[number] = dependencies[number].model_copy(update=other)
            update["dependencies"] = tuple(dependencies)
        case _:
            update["project_name"] = dice.choice([element.project_name, "other"])
    return element.model_copy(update=update)


@pytest.mark.parametrize("rule", RULE_NAMES)
@given(drawn=drawn_projects(), seed=st.integers(0, 10**6))
@SLOW
def test_what_is_taken_from_before_is_what_would_be_computed(
    rule: RuleName, drawn: Drawn, seed: int
) -> None:
    dice = random.Random(seed)  # noqa: S311
    with tempfile.TemporaryDirectory() as root:
        found = load_state(state(drawn, Path(root)).project, rule=rule)
        for _ in range(5):
            names = dice.sample(sorted(found.keys), min(len(found.keys), dice.randrange(1, 3)))
            try:
                found = found.edited(*(some_edit(dice, found.graph[n]) for n in names))
            except (ValueError, BstGraphError):
                continue
            whole = State.of(found.project, found.files, rule=rule)
            assert dict(found.keys) == dict(whole.keys)
            assert list(found.graph) == list(whole.graph)
            for name in found.keys:
                assert found.keys.inputs(name) == whole.keys.inputs(name)
