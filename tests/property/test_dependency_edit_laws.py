"""Dependencies edited in memory give the keys that the edited files give."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from hypothesis import given
from hypothesis import strategies as st

from bstgraph.load import load_state
from bstgraph.model import Dependency, Element
from bstgraph.names import ElementName
from bstgraph.state import State
from bstgraph.testing import write
from tests.property.test_key_laws import SLOW

LISTS: Final = ("build-depends", "runtime-depends", "depends")
BITS: Final = {"build": (True, False), "runtime": (False, True), "all": (True, True)}


@dataclass
class Written:
    """Elements as files have them: name -> its entries, as (list, name, type, strict)."""

    entries: dict[str, list[tuple[str, str, str, bool]]] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)

    @classmethod
    def drawn(cls, dice: random.Random) -> Written:
        """Return elements that depend on earlier ones, in any order and of any type."""
        made = cls()
        names: list[str] = []
        for name in dice.sample([f"{letter}.bst" for letter in "abcdefghijklmnop"], 14):
            full = f"sub.bst:{name}" if len(names) < 5 else name
            some = dice.sample(names, dice.randrange(min(len(names), 7) + 1))
            made.entries[full] = [made.entry(dice, other) for other in some]
            names.append(full)
        return made

    @staticmethod
    def entry(dice: random.Random, name: str) -> tuple[str, str, str, bool]:
        """Return an entry in one of the lists."""
        where = dice.choice(LISTS)
        kind = {"build-depends": "build", "runtime-depends": "runtime"}.get(where)
        kind = kind or dice.choice(["build", "runtime", "all"])
        return where, name, kind, kind != "runtime" and dice.random() < 0.3

    def text(self, name: str) -> str:
        """Return the text of one file."""
        lines = ["kind: manual"]
        if name in self.environment:
            lines.append(f"environment: {{X: '{self.environment[name]}'}}")
        for where in dict.fromkeys(entry[0] for entry in self.entries[name]):
            lines.append(f"{where}:")
            for other, kind, strict in (e[1:] for e in self.entries[name] if e[0] == where):
                local = other.removeprefix("sub.bst:") if name.startswith("sub.bst:") else other
                more = ", strict: true" if strict else ""
                more += f", type: {kind}" if where == "depends" else ""
                lines.append(f"- {{filename: '{local}'{more}}}")
        return "\n".join(lines) + "\n"

    def files(self) -> Mapping[str, str]:
        """Return all files, by how messages call them."""
        return {path(name): self.text(name) for name in self.entries}


def write_all(root: Path, written: Written) -> None:
    """Write the project, with a junction to the project in `sub`."""
    write("=== sub/project.conf\n=== x/\n", root)
    for name, text in written.files().items():
        file = root / name.replace("sub.bst:", "sub/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    junction = "kind: junction\nsources: [{kind: local, path: sub}]\n"
    (root / "elements/sub.bst").write_text(junction)


def path(name: str) -> str:
    junction, _, local = name.rpartition(":")
    return f"{junction}:elements/{local}" if junction else f"elements/{local}"


def edited(dice: random.Random, state: State, written: Written) -> tuple[Element, str]:
    """Return an element with other dependencies, after the same edit of `written`."""
    names = list(written.entries)
    name = dice.choice(names[1:])
    entries = written.entries[name]
    dependencies = list(state.graph[name].dependencies)
    inside = name.startswith("sub.bst:")
    known = {entry[1] for entry in entries}
    fresh = [
        other
        for other in names[: names.index(name)]
        if other not in known and (not inside or other.startswith("sub.bst:"))
    ]
    choice = dice.randrange(3)
    if choice == 0 and fresh:
        other, kind = dice.choice(fresh), dice.choice(list(BITS))
        strict = kind != "runtime" and dice.random() < 0.3
        entries.append(("depends", other, kind, strict))
        build, runtime = BITS[kind]
        local = other.removeprefix("sub.bst:") if inside else other
        more = Dependency(
            name=ElementName(other), path=local, build=build, runtime=runtime, strict=strict
        )
        # Where it is put does not matter: without a position it comes last.
        dependencies.insert(dice.randrange(len(dependencies) + 1), more)
    elif choice == 1 and entries:
        _, other, _, _ = entries.pop(dice.randrange(len(entries)))
        dependencies = [entry for entry in dependencies if entry.name != other]
    elif entries:
        number = next((i for i, e in enumerate(entries) if e[0] == "depends"), None)
        if number is not None:
            _, other, _, _ = entries[number]
            kind = dice.choice(list(BITS))
            strict = kind != "runtime" and dice.random() < 0.5
            entries[number] = ("depends", other, kind, strict)
            build, runtime = BITS[kind]
            update = {"build": build, "runtime": runtime, "strict": strict}
            dependencies = [
                entry.model_copy(update=update) if entry.name == other else entry
                for entry in dependencies
            ]
    if dice.random() < 0.5:
        dice.shuffle(dependencies)
    return state.graph[name].model_copy(update={"dependencies": tuple(dependencies)}), name


def shown(state: State) -> dict[str, object]:
    """Return keys and dependencies of all elements, without places in files."""
    return {
        name: (
            keys,
            [(e.name, e.path, e.type, e.strict) for e in state.graph[name].dependencies],
            state.keys.inputs(name),
        )
        for name, keys in state.keys.items()
    }


@given(seed=st.integers(0, 10**6))
@SLOW
def test_edited_in_memory_and_in_files(seed: int) -> None:
    dice = random.Random(seed)  # noqa: S311
    written = Written.drawn(dice)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        write_all(root, written)
        targets = list(written.entries)
        state = load_state(root, targets)
        for _ in range(4):
            element, name = edited(dice, state, written)
            state = state.edited(element)
            on_disk = load_state(root, targets, edits=written.files())
            assert shown(state) == shown(on_disk), name
            assert state.keys.gaps == ()
