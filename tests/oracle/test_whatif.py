"""Edits in memory give the keys that the real BuildStream computes for the edited files."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from bstgraph.load import load_state, whatif
from bstgraph.scenario import DependencyType, Scenario
from tests.oracle.oracle import Job, Oracle, required_interpreter
from tests.property.test_dependency_edit_laws import Written, write_all

pytestmark = pytest.mark.oracle

_PROJECTS = int(os.environ.get("BSTGRAPH_ORACLE_EDITS", "60"))


@pytest.fixture(scope="module")
def oracle() -> Iterator[Oracle]:
    with Oracle(required_interpreter()) as found:
        yield found


def edited(dice: random.Random, scenario: Scenario, written: Written) -> Scenario:
    """Return an edit of one element, after the same edit of the files."""
    names = list(written.entries)
    name = dice.choice(names[1:])
    entries = written.entries[name]
    inside = name.startswith("sub.bst:")
    below = [n for n in names[: names.index(name)] if not inside or n.startswith("sub.bst:")]
    match dice.randrange(4):
        case 0 if entries:
            other = dice.choice(entries)[1]
            written.entries[name] = [entry for entry in entries if entry[1] != other]
            return scenario.remove(name, other)
        case 1 if any(entry[2] != "runtime" for entry in entries):
            number = dice.choice([i for i, entry in enumerate(entries) if entry[2] != "runtime"])
            where, other, what, _ = entries[number]
            entries[number] = where, other, what, True
            return scenario.strict(name, other)
        case 2:
            written.environment[name] = value = str(dice.randrange(5))
            return scenario.environment(name, "X", value)
        case _ if below:
            # What is there already is merged.
            other = dice.choice(below)
            kinds: list[DependencyType] = ["build", "runtime", "all"]
            kind = dice.choice(kinds)
            strict = kind != "runtime" and dice.random() < 0.3
            entries.append(("depends", other, kind, strict))
            return scenario.add(name, other, kind, strict=strict)
    return scenario


def test_edits(oracle: Oracle, tmp_path: Path) -> None:
    wanted = {}

    def jobs() -> Iterator[Job]:
        for seed in range(_PROJECTS):
            dice = random.Random(seed)  # noqa: S311
            written = Written.drawn(dice)
            targets = list(written.entries)[-6:]
            write_all(tmp_path / f"{seed}", written)
            scenario = whatif(load_state(tmp_path / f"{seed}", targets))
            for _ in range(4):
                scenario = edited(dice, scenario, written)
            wanted[seed] = scenario
            write_all(tmp_path / f"{seed}-edited", written)
            yield Job(directory=tmp_path / f"{seed}-edited", targets=tuple(targets))

    keys = 0
    for seed, result in enumerate(oracle.run(jobs())):
        assert result.error is None, (seed, result.error)
        state = wanted[seed].state
        found = {name: (each.weak.digest, each.strict.digest) for name, each in state.keys.items()}
        theirs = {each.name: (each.weak_key, each.strict_key) for each in result.elements}
        assert found == theirs, (seed, wanted[seed])
        assert list(found) == list(theirs)
        assert state.keys.gaps == ()
        keys += len(found)
    assert keys > _PROJECTS * 8
