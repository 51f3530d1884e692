"""Laws of variable tables: resolved as by plain recursion, overlaid as from scratch."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from bstgraph.errors import ProjectError
from bstgraph.variables import Mode, VariableTable, references
from bstgraph.yaml import ScalarNode

NAMES = tuple("abcdefg")
PIECES = st.one_of(
    st.sampled_from([f"%{{{name}}}" for name in (*NAMES, "nope")]),
    st.sampled_from(("x", "%", "%{", "}", "%{}", "%{1}", " ")),
)
VALUES = st.lists(PIECES, max_size=3).map("".join)
TABLES = st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=len(NAMES))

Outcome = dict[str, str] | str


def nodes(values: dict[str, str]) -> dict[str, ScalarNode]:
    return {name: ScalarNode(text, None, 0, 0) for name, text in values.items()}


def resolved(values: dict[str, str], mode: Mode) -> Outcome:
    """Return the values of a table, or the slug of its error."""
    try:
        return VariableTable(nodes(values), mode=mode).values
    except ProjectError as error:
        return error.slug


def overlaid(base: dict[str, str], over: dict[str, str], mode: Mode) -> Outcome:
    """Return the values of a table that is laid over a partial one, or the slug of its error."""
    try:
        return VariableTable(nodes(base), mode="partial").overlay(nodes(over), mode=mode).values
    except ProjectError as error:
        return error.slug


def substituted(values: dict[str, str], name: str, active: tuple[str, ...] = ()) -> str:
    """Return a value by plain recursion; KeyError when undefined, RecursionError in a cycle."""
    if name in active:
        raise RecursionError(name)
    text = values[name]
    parts, rest = [], text
    for reference in references(text):
        before, _, rest = rest.partition(f"%{{{reference}}}")
        parts += [before, substituted(values, reference, (*active, name))]
    return "".join([*parts, rest])


def plainly(values: dict[str, str]) -> dict[str, str]:
    """Return all values that the plain recursion can tell."""
    found = {}
    for name in values:
        try:
            found[name] = substituted(values, name)
        except (KeyError, RecursionError):
            continue
    return found


class TestResolving:
    """A value is its text with each reference replaced by that variable's value."""

    @given(TABLES)
    @settings(max_examples=300)
    def test_as_by_plain_recursion(self, values: dict[str, str]) -> None:
        expected = plainly(values)
        assert resolved(values, "partial") == expected
        strict = resolved(values, "strict")
        if len(expected) == len(values):
            assert strict == expected
        else:
            assert strict in {"undefined-variable", "variable-cycle"}

    @given(TABLES)
    def test_lenient_is_strict_with_the_unknown_as_text(self, values: dict[str, str]) -> None:
        lenient = resolved(values, "lenient")
        strict = resolved(values, "strict")
        if isinstance(strict, dict):
            assert lenient == strict
        elif isinstance(lenient, dict):
            table = VariableTable(nodes(values), mode="lenient")
            assert table.unknown == {
                reference
                for text in values.values()
                for reference in references(text)
                if reference not in values
            }
            assert set(table.values) == set(values)
        else:
            assert lenient == "variable-cycle"


class TestOverlay:
    """An overlay is the table of all variables, resolved from scratch."""

    @given(TABLES, TABLES)
    @settings(max_examples=400)
    def test_values(self, base: dict[str, str], over: dict[str, str]) -> None:
        for mode in ("strict", "lenient", "partial"):
            expected = resolved({**base, **over}, mode)
            found = overlaid(base, over, mode)
            if isinstance(expected, dict):
                assert found == expected
            else:
                # Which of several errors comes first may differ.
                assert isinstance(found, str)

    @given(TABLES, TABLES, TABLES)
    def test_in_steps(
        self, base: dict[str, str], over: dict[str, str], last: dict[str, str]
    ) -> None:
        table = VariableTable(nodes(base), mode="partial")
        steps = table.overlay(nodes(over), mode="partial").overlay(nodes(last), mode="partial")
        assert steps.values == table.overlay(nodes({**over, **last}), mode="partial").values

    @given(TABLES, TABLES)
    def test_only_what_is_reached_changes(self, base: dict[str, str], over: dict[str, str]) -> None:
        table = VariableTable(nodes(base), mode="partial")
        before = dict(table.values)
        made = table.overlay(nodes(over), mode="partial")
        assert table.values == before
        for name in set(base) - table.reached_from(over):
            assert made.values.get(name) == before.get(name)
