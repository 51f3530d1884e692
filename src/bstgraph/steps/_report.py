"""What a check of the order of steps tells."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, NamedTuple, TypeAlias

from bstgraph.display import Displayable
from bstgraph.names import ElementName
from bstgraph.shell import Gap, Place, Runs
from bstgraph.steps._contract import Contract

Verdict: TypeAlias = Literal["kept", "broken", "unknown"]
"""Whether a contract is kept.

- `broken`: something in it is certainly not as it has to be
- `unknown`: nothing is, but a part of the commands is not known, or may run or not
"""


class Where(NamedTuple):
    """A command in a list of commands."""

    number: int
    """The item of the list, from 1."""
    place: Place
    text: str


class Occurrence(NamedTuple):
    """A step that was found."""

    step: str
    where: Where
    runs: Runs
    """Whether it runs; a test for what it reads does not count when the pattern says so."""
    conditions: tuple[str, ...] = ()
    """What it depends on, the outermost first."""


class NearMiss(NamedTuple):
    """A command that is nearly the step."""

    where: Where
    why: str


class Missing(NamedTuple):
    """A step that has to be there and is not, or perhaps not."""

    step: str
    certain: bool
    near: tuple[NearMiss, ...] = ()


class OrderViolation(NamedTuple):
    """Two steps that are in the wrong order."""

    first: str
    """What has to come first."""
    then: str
    first_at: Where
    then_at: Where
    certain: bool


class Late(NamedTuple):
    """A command that comes too late: after what has to be last, or a change of the layer."""

    where: Where
    after: str
    """The step that it comes after."""
    path: str | None
    """What it changes in the layer; None when it changes nothing there, or it is not known what."""
    certain: bool
    why: str


class ScriptGap(NamedTuple):
    """A part of the commands that is not known."""

    number: int
    gap: Gap


@dataclass(frozen=True, slots=True, kw_only=True)
class StepReport(Displayable):
    """What the commands of one script are by a contract, for one layer."""

    contract: Contract
    layer: str
    element: ElementName | None = None
    found: tuple[Occurrence, ...] = ()
    """Steps in the order of the commands; those that never run are in there too."""
    missing: tuple[Missing, ...] = ()
    order: tuple[OrderViolation, ...] = ()
    mutations: tuple[Late, ...] = ()
    """What changes the layer, or perhaps does, after the step that nothing may change it after."""
    after_last: tuple[Late, ...] = ()
    """All commands after the step that has to be last."""
    unseen: tuple[Where, ...] = field(default=(), repr=False)
    """Programs that are given the layer and of which it is not known what they do with it."""
    gaps: tuple[ScriptGap, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """Whether the contract is kept."""
        certain = [
            *(each.certain for each in self.missing),
            *(each.certain for each in self.order),
            *(each.certain for each in (*self.mutations, *self.after_last)),
        ]
        if any(certain):
            return "broken"
        return "unknown" if certain or self.gaps else "kept"
