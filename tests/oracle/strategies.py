"""Random BuildStream projects for hypothesis and for seeded runs.

`draw` takes its decisions from a `random.Random`: a seeded one for long reproducible runs, or the
one that hypothesis steers (`projects`), which makes small failing examples.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from hypothesis import strategies as st

from tests.oracle import draw_project, mistakes
from tests.oracle.dice import Dice
from tests.oracle.oracle import Job
from tests.oracle.yaml_text import Yaml, text

_MISTAKEN = 30  # percent of the projects


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A generated project tree, what to load of it, and the mistake in it, if any."""

    files: Mapping[str, Yaml]
    targets: tuple[str, ...]
    options: Mapping[str, str] = field(default_factory=dict)
    mistake: str = ""

    def write(self, root: Path) -> Job:
        """Write all files below `root`; return the job that loads them."""
        for name, data in self.files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text(data), encoding="utf-8")
        return Job(directory=root, targets=self.targets, options=self.options)

    def listing(self) -> str:
        """Return all files with their names, the targets and the options."""
        parts = [f"==> {name}\n{text(data)}" for name, data in sorted(self.files.items())]
        wanted = f"targets {list(self.targets)}, options {dict(self.options)}"
        return "\n".join([*parts, wanted, f"mistake: {self.mistake or 'none'}"])


def draw(rng: random.Random) -> Drawn:
    """Return a project, with decisions from `rng`."""
    dice = Dice(rng)
    made = draw_project.project(dice, "top", "", dice.pick((1, 0, 2)))
    options = {}
    for option in dice.some(made.scene.options, 3):
        value = draw_project.chosen_value(dice, option)
        options[option.name] = value if isinstance(value, str) else ",".join(map(str, value))
    targets = dice.shuffled(made.local)[: dice.number(1, len(made.local))]
    drawn = Drawn(
        files=made.files,
        targets=tuple(targets),
        # Flags given as no text are a mistake of their own.
        options={name: value for name, value in options.items() if value},
    )
    if not dice.chance(_MISTAKEN):
        return drawn
    name, files, options = mistakes.inject(dice, drawn.files, targets, drawn.options)
    return Drawn(files=files, targets=drawn.targets, options=options, mistake=name)


def projects() -> st.SearchStrategy[Drawn]:
    """Return a strategy for whole projects."""
    return st.randoms(use_true_random=False, note_method_calls=False).map(draw)
