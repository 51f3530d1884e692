"""What a check is, what it looks at and what it finds.

A check is one function in one module, with one code, one page `docs/checks/NAME.md` and one test
module of its name. It takes a `Subject` and yields `Problem`s; what they are called, how severe
they are and whether anybody wants to hear of them is not its concern. It prints nothing, opens no
files and changes nothing.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, NewType, TypeAlias

from bstgraph.display import Displayable
from bstgraph.forecast import Forecast
from bstgraph.graph import Graph
from bstgraph.images import ImageChain
from bstgraph.layers import Layers
from bstgraph.model import Project
from bstgraph.names import ElementName
from bstgraph.provenance import Provenance
from bstgraph.state import State
from bstgraph.steps import RUNBOOK, Contract

Code = NewType("Code", str)
"""Three letters and three digits, `BSG401`: the first digit is the family. Never used again."""

Severity: TypeAlias = Literal["error", "warning", "advice"]
"""How bad a finding is.

- `error`: BuildStream rejects it, or what is shipped is wrong
- `warning`: it is probably not what was meant
- `advice`: it could be better
"""

SEVERITIES: Final[tuple[Severity, ...]] = ("error", "warning", "advice")
"""The worst first."""

FAMILIES: Final[Mapping[str, str]] = {
    "1": "loading",
    "2": "dependencies",
    "3": "sources",
    "4": "contents",
    "5": "caching",
    "6": "scripts",
}
"""First digit of a code -> what its checks are about."""

_CODE: Final = re.compile(r"[A-Z]{3}\d{3}")
_NAME: Final = re.compile(r"[a-z]+(-[a-z]+)*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A project at one moment, with all that is known of it: what checks look at."""

    state: State
    """The project with its graph and its keys."""
    chains: tuple[ImageChain, ...] = ()
    """The chains of the images that were asked for."""
    layers: Layers | None = None
    """What elements hold; None where nobody looked."""
    forecast: Forecast | None = None
    """What a non-strict build would ship although it is old; None where nothing is known of what
    was built before."""
    unreached: tuple[ElementName, ...] = ()
    """Elements of the toplevel project that no target needs, by name; they are not loaded."""
    contract: Contract = RUNBOOK
    """The steps that assemble an image, and their order."""
    assembled: tuple[str, ...] = ()
    """Globs over full names of the scripts that the contract is for; without any it is for those
    that take at least two of its steps."""
    non_strict: bool = False
    """Whether the project is built with `bst --no-strict`, as its settings say."""

    @property
    def project(self) -> Project:
        """The project."""
        return self.state.project

    @property
    def graph(self) -> Graph:
        """The graph of the project."""
        return self.state.graph


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """A mechanical change of one YAML file, that `bstgraph check --fix` makes."""

    file: str
    """As a Provenance names it, in the toplevel project; others are not ours to change."""
    path: tuple[str | int, ...]
    """Keys and places in lists from the root, or from `place`, to what is changed."""
    action: Literal["set", "delete", "rename"]
    value: object = None
    """What is set: text, lists and mappings; for `rename` the new key."""
    place: tuple[int, int] | None = None
    """Line and column, from 1, of the item of a list that `path` begins at: as a Provenance has
    them, where the number of the item is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that a check found, with all elements that share it."""

    message: str
    """A clause without a full stop; it names what it is about."""
    elements: tuple[ElementName, ...] = ()
    """What it is about, the first the most; none when it is about the project as a whole."""
    at: Provenance | None = None
    evidence: tuple[str, ...] = ()
    """What shows it: paths, commands, keys; one line each."""
    fix: str | None = None
    """What to do about it."""
    edits: tuple[Edit, ...] = ()
    """The fix, where it is mechanical."""


CheckFunction: TypeAlias = Callable[[Subject], Iterable[Problem]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A check with its code and its name."""

    code: Code
    name: str
    """Words with hyphens: that of its module, its page and its tests."""
    severity: Severity
    function: CheckFunction = field(repr=False)

    @property
    def summary(self) -> str:
        """The first sentence of what it says of itself."""
        return (self.function.__doc__ or "").strip().partition("\n")[0]

    @property
    def explanation(self) -> str:
        """All that it says of itself."""
        return inspect.cleandoc(self.function.__doc__ or "")

    @property
    def link(self) -> str:
        """The page about it, in bstgraph's documentation."""
        return _page(self.name)

    @property
    def family(self) -> str:
        """What it is about: `loading`, `dependencies`, ..."""
        return FAMILIES.get(self.code[3], "other")

    def __call__(self, subject: Subject) -> Iterator[Problem]:
        """Yield what it finds."""
        yield from self.function(subject)


def check(code: str, name: str, severity: Severity = "warning") -> Callable[[CheckFunction], Check]:
    """Make a check of a function, as a decorator.

    Args:
        code: three letters and three digits; those that begin with `BSG` are bstgraph's own.
        name: words with hyphens.
        severity: how bad its findings are, unless settings say otherwise.

    Raises:
        ValueError: the code or the name is none, or the function does not say what it does.
    """
    if not _CODE.fullmatch(code) or not _NAME.fullmatch(name):
        raise ValueError(f"a check has a code like ABC123 and a name like a-name: {code} {name}")
    if severity not in SEVERITIES:
        raise ValueError(f"there is no severity {severity!r}, only {', '.join(SEVERITIES)}")

    def made(function: CheckFunction) -> Check:
        if not (function.__doc__ or "").strip():
            raise ValueError(f"the check {name} has no docstring that says what it reports")
        return Check(code=Code(code), name=name, severity=severity, function=function)

    return made


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding(Displayable):
    """A problem as it is reported."""

    code: Code
    check: str
    """The name of the check."""
    severity: Severity
    message: str
    elements: tuple[ElementName, ...] = ()
    at: Provenance | None = None
    evidence: tuple[str, ...] = ()
    fix: str | None = None
    edits: tuple[Edit, ...] = ()

    @property
    def element(self) -> ElementName | None:
        """The element that it is most about; None for the project as a whole."""
        return self.elements[0] if self.elements else None

    @property
    def link(self) -> str:
        """The page about the check, in bstgraph's documentation."""
        return _page(self.check)

    @property
    def identity(self) -> tuple[str, str, str]:
        """What stays the same when lines move: code, element, message."""
        return self.code, self.element or "", self.message


def _page(name: str) -> str:
    return f"docs/checks/{name}.md"
