"""Laws of composition, of the parser and of the places of values."""

from __future__ import annotations

from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bstgraph.errors import ProjectError
from bstgraph.yaml import (
    MappingNode,
    Node,
    ScalarNode,
    SequenceNode,
    SourceFile,
    compose,
    parse,
    reject_directives,
    synthetic,
)

KEYS = st.sampled_from("abc")
TEXTS = st.sampled_from(("x", "y", "%{z}", ""))
LISTS = st.lists(st.one_of(TEXTS, st.dictionaries(KEYS, TEXTS, max_size=2)), max_size=3)
DIRECTIVES = st.dictionaries(st.sampled_from(("(>)", "(<)", "(=)")), LISTS, min_size=1)
VALUES = st.recursive(
    st.one_of(TEXTS, LISTS, DIRECTIVES),
    lambda below: st.dictionaries(KEYS, below, max_size=3),
    max_leaves=6,
)
MAPPINGS = st.dictionaries(KEYS, VALUES, max_size=3)

YAML_PIECES = st.sampled_from(
    (
        *("a", ": ", "- ", "\n", "  ", "[", "]", "{", "}", ", ", "'", '"', "&x ", "*x", "!t "),
        *("|\n", ">\n", "? ", "#", "---\n", "...\n", "%YAML 1.1\n", "b: c\n", "\t", "\0", "é"),
        *("(>)", "(?)", "(@)"),
    )
)


def mapping(value: Any) -> MappingNode:  # noqa: ANN401 - any nested data
    return synthetic(value).as_mapping()


def composed(target: MappingNode, source: MappingNode) -> MappingNode | None:
    """Return the composition, None where it is an error."""
    try:
        return compose(target, source)
    except ProjectError:
        return None


def settled(node: MappingNode | None) -> Any:  # noqa: ANN401 - any nested data
    """Return the plain value of what is left, None when a directive found no list."""
    if node is None:
        return None
    try:
        reject_directives(node)
    except ProjectError:
        return None
    return node.plain()


def waits(node: Node) -> bool:
    """Return whether a list directive is anywhere in `node`, lists included."""
    try:
        reject_directives(node)
    except ProjectError:
        return True
    return False


class TestComposition:
    """Composing is layering: it may be done from either end, and takes nothing twice."""

    @given(MAPPINGS, MAPPINGS, MAPPINGS)
    @settings(max_examples=300)
    def test_in_steps_or_at_once(self, one: Any, two: Any, three: Any) -> None:  # noqa: ANN401
        a, b, c = mapping(one), mapping(two), mapping(three)
        upper = composed(b, c)
        lower = composed(a, b)
        assume(upper is not None and lower is not None)
        assert upper is not None
        assert lower is not None
        left, right = composed(lower, c), composed(a, upper)
        # Where both ways are defined they agree; a list may only be put under a waiting directive
        # in one of them.
        if left is not None and right is not None:
            assert left.plain() == right.plain()

    @given(MAPPINGS)
    def test_onto_nothing(self, value: Any) -> None:  # noqa: ANN401
        assert compose(mapping({}), mapping(value)).plain() == value

    @given(MAPPINGS)
    def test_nothing_onto_it(self, value: Any) -> None:  # noqa: ANN401
        assert compose(mapping(value), mapping({})).plain() == value

    @given(MAPPINGS)
    def test_without_directives_twice_is_once(self, value: Any) -> None:  # noqa: ANN401
        node = mapping(value)
        assume(not waits(node))
        assert compose(node, node).plain() == value

    @given(MAPPINGS, MAPPINGS)
    def test_neither_side_changes(self, one: Any, two: Any) -> None:  # noqa: ANN401
        a, b = mapping(one), mapping(two)
        composed(a, b)
        assert (a.plain(), b.plain()) == (one, two)

    @given(MAPPINGS, MAPPINGS)
    def test_every_text_comes_from_one_of_them(self, one: Any, two: Any) -> None:  # noqa: ANN401
        a, b = mapping(one), mapping(two)
        made = composed(a, b)
        assume(made is not None)
        assert made is not None
        known = {id(node) for node in (*a.scalars(), *b.scalars())}
        assert {id(node) for node in made.scalars()} <= known

    @given(LISTS, DIRECTIVES)
    def test_a_directive_on_a_list(self, base: Any, directive: Any) -> None:  # noqa: ANN401
        """`(=)` replaces, `(<)` goes before, `(>)` after."""
        made = compose(mapping({"k": base}), mapping({"k": directive})).plain()["k"]
        middle = directive.get("(=)", base)
        assert made == [*directive.get("(<)", []), *middle, *directive.get("(>)", [])]

    @given(LISTS, DIRECTIVES, DIRECTIVES)
    def test_waiting_directives_add_up(self, base: Any, one: Any, two: Any) -> None:  # noqa: ANN401
        """Merging two directives, then applying them, is applying one and then the other."""
        root, first, second = mapping({"k": base}), mapping({"k": one}), mapping({"k": two})
        at_once = compose(root, compose(first, second))
        in_steps = compose(compose(root, first), second)
        assert settled(at_once) == settled(in_steps)
        assert settled(at_once) is not None


class TestParsing:
    """Whatever the text is, it is read or it is one error."""

    @given(st.one_of(st.text(max_size=200), st.lists(YAML_PIECES, max_size=40).map("".join)))
    @settings(max_examples=500)
    def test_only_our_errors(self, text: str) -> None:
        try:
            root = parse(SourceFile("a.bst", text))
        except ProjectError as error:
            found: MappingNode | ProjectError = error
        else:
            found = root
        if isinstance(found, ProjectError):
            assert found.slug in {"invalid-yaml", "duplicate-key", "too-large"}
            assert found.at is not None
            assert found.render().startswith(str(found.at))
        else:
            assert all(node.value == node.value.strip() for node in found.scalars())


def written(value: Any, indent: int = 0) -> str:  # noqa: ANN401 - any nested data
    """Return `value` as block YAML, its texts in quotes and unlike each other."""
    space = " " * indent
    if isinstance(value, dict):
        return "".join(f"{space}{key}:{_after(item, indent)}" for key, item in value.items())
    return "".join(f"{space}-{_after(item, indent)}" for item in value)


def _after(value: Any, indent: int) -> str:  # noqa: ANN401 - any nested data
    if isinstance(value, str):
        return f" '{value}'\n"
    if not value:
        return " {}\n" if isinstance(value, dict) else " []\n"
    return "\n" + written(value, indent + 2)


NAMES = st.text("abcxyz", min_size=1, max_size=5)
DOCUMENTS = st.dictionaries(
    NAMES,
    st.recursive(
        st.text("abcxyz:#% é", max_size=8).map(str.strip),
        lambda below: st.one_of(
            st.lists(below, max_size=3), st.dictionaries(NAMES, below, max_size=3)
        ),
        max_leaves=8,
    ),
    max_size=4,
)


def nodes(node: Node) -> list[Node]:
    if isinstance(node, MappingNode):
        return [node, *(n for value in node.entries.values() for n in nodes(value))]
    if isinstance(node, SequenceNode):
        return [node, *(n for item in node for n in nodes(item))]
    return [node]


class TestPlaces:
    """What is written is what is read, and each value's place is where its text begins."""

    @given(DOCUMENTS)
    def test_values(self, value: Any) -> None:  # noqa: ANN401
        assert parse(SourceFile("a.bst", written(value))).plain() == value

    @given(DOCUMENTS)
    def test_places_of_values(self, value: Any) -> None:  # noqa: ANN401
        file = SourceFile("a.bst", written(value))
        for node in nodes(parse(file)):
            if isinstance(node, ScalarNode):
                rest = file.lines[node.line - 1][node.column - 1 :]
                assert rest.startswith(f"'{node.value}'")
            elif isinstance(node, SequenceNode):
                assert file.lines[node.line - 1][node.column - 1] in "-["

    @given(DOCUMENTS)
    def test_places_of_keys(self, value: Any) -> None:  # noqa: ANN401
        file = SourceFile("a.bst", written(value))
        for node in nodes(parse(file)):
            if isinstance(node, MappingNode):
                for key in node:
                    place = node.key_place(key)
                    assert place is not None
                    assert place.text[place.column - 1 :].startswith(f"{key}:")
