"""Composition of YAML, and list directives."""

from __future__ import annotations

from typing import Any

import pytest

from bstgraph.errors import ProjectError, Slug
from bstgraph.yaml import MappingNode, SourceFile, compose, is_directive, parse, reject_directives


def mapping(text: str, name: str = "a.bst") -> MappingNode:
    return parse(SourceFile(name, text))


def composed(target: str, source: str) -> Any:  # noqa: ANN401 - any nested data
    return compose(mapping(target, "target.bst"), mapping(source, "source.bst")).plain()


def refused(target: str, source: str) -> Slug:
    with pytest.raises(ProjectError) as caught:
        compose(mapping(target, "target.bst"), mapping(source, "source.bst"))
    assert caught.value.at is not None
    return caught.value.slug


TABLE: list[tuple[str, str, Any]] = [
    # onto nothing
    ("{}", "k: x", "x"),
    ("{}", "k: [x]", ["x"]),
    ("{}", "k: {}", {}),
    ("{}", "k: {a: x}", {"a": "x"}),
    ("{}", "k: {(>): [x]}", {"(>)": ["x"]}),
    # onto text
    ("k: old", "k: x", "x"),
    # onto a list
    ("k: [old]", "k: [x]", ["x"]),
    ("k: [old]", "k: []", []),
    ("k: [old]", "k: {(>): [x]}", ["old", "x"]),
    # onto a mapping
    ("k: {a: old}", "k: {b: x}", {"a": "old", "b": "x"}),
    ("k: {a: old}", "k: {a: x}", {"a": "x"}),
    ("k: {a: old}", "k: {}", {"a": "old"}),
    ("k: {a: {b: old}}", "k: {a: {c: x}}", {"a": {"b": "old", "c": "x"}}),
    # onto a directive that waits for its list
    ("k: {(>): [old]}", "k: [x]", ["x"]),
    ("k: {(=): [old]}", "k: [x]", ["x"]),
    # a conditional list grows
    ("(?): [{a: {}}]", "(?): [{b: {}}]", None),
]

ILLEGAL: list[tuple[str, str]] = [
    ("k: [old]", "k: x"),
    ("k: {a: old}", "k: x"),
    ("k: {}", "k: x"),
    ("k: {(>): [old]}", "k: x"),
    ("k: old", "k: [x]"),
    ("k: {a: old}", "k: [x]"),
    ("k: {}", "k: [x]"),
    ("k: old", "k: {a: x}"),
    ("k: old", "k: {}"),
    ("k: [old]", "k: {a: x}"),
    ("k: [old]", "k: {}"),
    ("k: old", "k: {(>): [x]}"),
    ("k: {a: old}", "k: {(>): [x]}"),
    ("k: {}", "k: {(>): [x]}"),
    ("k: {}", "k: {(=): []}"),
]


class TestTable:
    """What composing one kind of value onto another gives: replace, recurse, apply or an error."""

    @pytest.mark.parametrize(("target", "source", "expected"), TABLE)
    def test_composed(self, target: str, source: str, expected: Any) -> None:  # noqa: ANN401
        if expected is None:
            assert composed(target, source) == {"(?)": [{"a": {}}, {"b": {}}]}
        else:
            assert composed(target, source) == {"k": expected}

    @pytest.mark.parametrize(("target", "source"), ILLEGAL)
    def test_illegal(self, target: str, source: str) -> None:
        assert refused(target, source) == "illegal-composite"

    def test_a_message_names_both_places(self) -> None:
        with pytest.raises(ProjectError) as caught:
            compose(mapping("k: [a]", "one.bst"), mapping("\nk: b", "two.bst"))
        assert str(caught.value) == (
            "two.bst:2:4: a string cannot be composed onto 'k', "
            "which one.bst:1:4 gives as a list [illegal-composite]"
        )

    def test_neither_side_changes(self) -> None:
        target, source = mapping("k: {a: [x]}"), mapping("k: {a: {(>): [y]}}")
        compose(target, source)
        assert target.plain() == {"k": {"a": ["x"]}}
        assert source.plain() == {"k": {"a": {"(>)": ["y"]}}}

    def test_keys_keep_their_order_and_new_ones_follow(self) -> None:
        assert list(composed("a: 1\nb: 2", "c: 3\na: 4")) == ["a", "b", "c"]


class TestDirectives:
    """`(=)` replaces, then `(<)` goes before and `(>)` after, however they are written."""

    @pytest.mark.parametrize(
        ("source", "expected"),
        [
            ("k: {(>): [2]}", ["1", "2"]),
            ("k: {(<): [2, 3]}", ["2", "3", "1"]),
            ("k: {(=): [5], (<): [0], (>): [2]}", ["0", "5", "2"]),
            ("k: {(>): [2], (<): [0], (=): [5]}", ["0", "5", "2"]),
            ("k: {(=): []}", []),
            ("k: {(>): []}", ["1"]),
        ],
    )
    def test_on_a_list(self, source: str, expected: list[str]) -> None:
        assert composed("k: [1]", source) == {"k": expected}

    @pytest.mark.parametrize(
        ("first", "second", "expected"),
        [
            ("{(>): [a]}", "{(>): [b]}", ["1", "a", "b"]),
            ("{(<): [a]}", "{(<): [b]}", ["b", "a", "1"]),
            ("{(>): [a], (<): [b]}", "{(=): [c]}", ["c"]),
            ("{(=): [a]}", "{(>): [b]}", ["a", "b"]),
            ("{(=): [a]}", "{(<): [b]}", ["b", "a"]),
            ("{(=): [a], (>): [b]}", "{(=): [c], (<): [d]}", ["d", "c"]),
            ("{(=): []}", "{(>): [b]}", ["b"]),
        ],
    )
    def test_two_that_wait_do_what_one_after_the_other_does(
        self, first: str, second: str, expected: list[str]
    ) -> None:
        waiting = compose(mapping(f"k: {first}"), mapping(f"k: {second}"))
        assert compose(mapping("k: [1]"), waiting).plain() == {"k": expected}
        steps = compose(mapping("k: [1]"), mapping(f"k: {first}"))
        assert compose(steps, mapping(f"k: {second}")).plain() == {"k": expected}

    @pytest.mark.parametrize(
        ("target", "source"),
        [
            ("k: [1]", "k: {(>): [2], other: x}"),
            ("k: {(>): [1], other: x}", "k: [2]"),
            ("k: {(>): [1], other: x}", "k: {(>): [2]}"),
            ("{}", "k: {(>): [2], other: x}"),
            ("{}", "k: {deep: {(>): [2], other: x}}"),
        ],
    )
    def test_mixed_with_other_keys(self, target: str, source: str) -> None:
        assert refused(target, source) == "list-directive"

    @pytest.mark.parametrize("directive", ["(>)", "(<)", "(=)"])
    def test_its_value_is_a_list(self, directive: str) -> None:
        assert refused("k: [1]", f"k: {{{directive}: x}}") == "invalid-data"

    def test_the_root_is_never_a_directive(self) -> None:
        assert composed("a: b", "(>): [x]") == {"a": "b", "(>)": ["x"]}


class TestIsDirective:
    """A directive mapping has directives and nothing else."""

    @pytest.mark.parametrize(
        ("text", "expected"),
        [("{(>): []}", True), ("{(=): [], (<): []}", True), ("{}", False), ("{a: b}", False)],
    )
    def test_mapping(self, text: str, expected: bool) -> None:  # noqa: FBT001 - a table
        assert is_directive(mapping(f"k: {text}").require("k")) is expected

    @pytest.mark.parametrize("text", ["x", "[x]"])
    def test_others_are_none(self, text: str) -> None:
        assert not is_directive(mapping(f"k: {text}").require("k"))


class TestLeftOver:
    """A directive that found no list is an error at its key, however deep, in lists too."""

    @pytest.mark.parametrize(
        ("text", "place"),
        [
            ("k: {(>): [x]}", "1:5"),
            ("k:\n  (=): [x]", "2:3"),
            ("k:\n- a\n- b:\n    (<): []", "4:5"),
            ("k: [[{a: {(>): []}}]]", "1:11"),
        ],
    )
    def test_refused(self, text: str, place: str) -> None:
        with pytest.raises(ProjectError) as caught:
            reject_directives(mapping(text))
        assert caught.value.slug == "list-directive"
        assert str(caught.value.at) == f"a.bst:{place}"

    def test_plain_data_passes(self) -> None:
        reject_directives(mapping("k: [a, {b: [c, [d]]}]\nl: {m: x}"))


class TestProvenance:
    """What is composed on takes the place along; what a list became is where the directive is."""

    def test_of_values(self) -> None:
        made = compose(
            mapping("a: {b: [1]}\nc: d", "one.bst"), mapping("\na: {b: {(>): [2]}}", "two.bst")
        )
        a = made.require("a").as_mapping()
        b = a.require("b").as_sequence()
        places = [str(n.provenance) for n in (made, a, b, *b.items, made.require("c"))]
        assert places == [
            "two.bst:2:1",
            "two.bst:2:4",
            "two.bst:2:8",
            "one.bst:1:9",
            "two.bst:2:15",
            "one.bst:2:4",
        ]

    def test_a_made_source_leaves_the_place(self) -> None:
        made = MappingNode({}, None, 0, 0)
        assert str(compose(mapping("a: b"), made).provenance) == "a.bst:1:1"
