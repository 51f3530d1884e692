"""Which elements of its build scope a weak key names: BuildStream's rule, and the runbook's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal, Protocol, TypeAlias

from bstgraph.keys._scopes import BuildScope, BuildScopes

RuleName: TypeAlias = Literal["buildstream", "runbook"]


class KeyRule(Protocol):
    """A rule for what is in a weak key; the strict key is the same by every rule."""

    name: RuleName

    def weak_scope(self, scopes: BuildScopes, number: int, kind: str) -> BuildScope:
        """Return the elements that the weak key of an element names, in staging order."""


class BuildStreamRule:
    """What BuildStream does: a weak key names the whole build scope (`element.py`)."""

    name: RuleName = "buildstream"

    def weak_scope(self, scopes: BuildScopes, number: int, kind: str) -> BuildScope:
        """Return the build scope."""
        del kind
        return scopes.build(number)


class RunbookRule:
    """What the runbook says (claim R6), and BuildStream does not do.

    The weak key of a stack does not see its list of dependencies; that of any other element sees
    the direct ones only. By this rule a layer is reused when something is added to its stack.
    """

    name: RuleName = "runbook"

    def weak_scope(self, scopes: BuildScopes, number: int, kind: str) -> BuildScope:
        """Return the direct build dependencies, none for a stack."""
        direct = () if kind == "stack" else tuple(scopes.direct(number))
        return BuildScope(-1, direct, sum(1 << each for each in set(direct)))


RULES: Final[Mapping[RuleName, KeyRule]] = {
    "buildstream": BuildStreamRule(),
    "runbook": RunbookRule(),
}

RULE_NAMES: Final[tuple[RuleName, ...]] = tuple(RULES)
"""BuildStream's own rule first."""
