"""Format strings of `bst show`, and the YAML that some symbols give."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bstgraph.render import format_element
from bstgraph.render._format import to_yaml
from bstgraph.yaml import SourceFile, parse
from tests.unit.builders import element

ELEMENT = element("sdk.bst:a.bst", "b.bst", build="c.bst", runtime="d.bst").model_copy(
    update={
        "description": "A line\nand another.",
        "variables": {"prefix": "/usr"},
        "environment": {"PATH": "/bin"},
        "public": {"bst": {"split-rules": {"devel": ["/usr/include/**"]}}},
        "config": {"commands": ["make", "make install"]},
    }
)

# BuildStream strips text when it reads it, so no value begins or ends with white space.
TEXT = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0\r\x85\u2028\u2029\ufeff")
)
DATA = st.recursive(
    TEXT.map(str.strip),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text("abc: -", min_size=1).map(str.strip), inner, max_size=3)
    ),
    max_leaves=12,
)


class TestSymbols:
    @pytest.mark.parametrize(
        ("form", "text"),
        [
            ("%{name}", "sdk.bst:a.bst"),
            ("%{kind} of %{project}", "manual of sdk"),
            ("%{description}", "A line and another."),
            (
                "[%{kind: <8}] [%{kind:*^10}] [%{kind:>7}] [%{kind:}]",
                "[manual  ] [**manual**] [ manual] [manual]",
            ),
            ("%{deps}", "- c.bst\n- d.bst\n- b.bst"),
            ("%{build-deps}", "- c.bst\n- b.bst"),
            ("%{runtime-deps}", "- d.bst\n- b.bst"),
            ("%{vars}", "prefix: /usr\n"),
            ("%{env}", "PATH: /bin\n"),
            ("%{public}", "bst:\n  split-rules:\n    devel:\n    - '/usr/include/**'\n"),
            ("%{config}", "commands:\n- make\n- make install\n"),
            ("100% {name} %name", "100% {name} %name"),
        ],
    )
    def test_values(self, form: str, text: str) -> None:
        assert format_element(ELEMENT, form) == text

    def test_no_dependencies(self) -> None:
        assert format_element(element("a.bst"), "%{deps}") == "[]"

    @pytest.mark.parametrize(
        ("form", "message"),
        [
            ("%{nam}", "did you mean 'name'"),
            ("%{state}", "there are name, kind"),
            ("%{}", "no symbol"),
        ],
    )
    def test_an_unknown_symbol(self, form: str, message: str) -> None:
        with pytest.raises(ValueError, match=message):
            format_element(ELEMENT, form)

    def test_an_absurd_width_is_not_obeyed(self) -> None:
        assert format_element(ELEMENT, "%{name:>9999999999}") == "%{name:>9999999999}"


class TestYaml:
    @pytest.mark.parametrize(
        ("data", "text"),
        [
            ({}, "{}\n"),
            ({"a": [], "b": {}}, "a: []\nb: {}\n"),
            (
                {"a": "x: y", "b": "x:y", "c": "", "d": "- x"},
                "a: 'x: y'\nb: x:y\nc: ''\nd: '- x'\n",
            ),
            ({"a": ["one\n  two"]}, "a:\n- |-\n  one\n    two\n"),
            ({"a": "it's #1"}, "a: 'it''s #1'\n"),
            ({"a": "tab\there"}, 'a: "tab\\there"\n'),
            ([["a"], {"b": "c", "d": ["e"]}], "-\n  - a\n- b: c\n  d:\n  - e\n"),
        ],
    )
    def test_form(self, data: object, text: str) -> None:
        assert to_yaml(data) == text

    @given(DATA)
    def test_it_reads_back_as_the_same(self, data: object) -> None:
        file = SourceFile("x.bst", to_yaml({"root": data}))
        assert parse(file).plain() == {"root": data}
