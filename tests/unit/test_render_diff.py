"""Comparisons as text and JSON, made by hand so that every cause is there."""

from __future__ import annotations

import json

import pytest

from bstgraph.diff import (
    Added,
    Cause,
    Changed,
    Comparison,
    DependencyCause,
    FileCause,
    FileChange,
    OptionChange,
    Removed,
    ResolutionCause,
    SourceCause,
    ValueCause,
    VariableChange,
)
from bstgraph.names import ElementName
from bstgraph.provenance import Provenance
from bstgraph.render import to_json, to_text
from bstgraph.render._diff import cause_text

AT = Provenance("elements/a.bst", 5, 3)
LONG = "x" * 70


def changed(name: str, *causes: Cause, inherited: tuple[str, ...] = ()) -> Changed:
    return Changed(
        element=ElementName(name),
        weak=bool(causes),
        strict=True,
        causes=causes,
        inherited=tuple(map(ElementName, inherited)),
        inherited_count=len(inherited),
    )


def comparison(*changes: Added | Removed | Changed) -> Comparison:
    return Comparison(
        before="one", after="two", options=(), machine=(), changes=changes, unchanged=3
    )


CAUSES = [
    (
        ValueCause(input="environment", path=("LANG",), before="en", after=None),
        "environment.LANG: en -> nothing",
        {
            "input": "environment",
            "path": ["LANG"],
            "before": "en",
            "after": None,
            "variables": [],
        },
    ),
    (
        ValueCause(
            input="config",
            path=("build-commands",),
            before=("make", "make check"),
            after=(),
            variables=(VariableChange(name="v", before="1", after=""),),
        ),
        "config.build-commands: ('make', 'make check') -> () (variable %{v})",
        {
            "input": "config",
            "path": ["build-commands"],
            "before": ["make", "make check"],
            "after": [],
            "variables": [{"name": "v", "before": "1", "after": ""}],
        },
    ),
    (
        ValueCause(input="config", path=("c",), before=f"{LONG}a tail", after=f"{LONG}b\n"),
        "config.c: ...xxxxxxxxxxxxa tail -> ...xxxxxxxxxxxxb\\n",
        {
            "input": "config",
            "path": ["c"],
            "before": f"{LONG}a tail",
            "after": f"{LONG}b\n",
            "variables": [],
        },
    ),
    (
        SourceCause(number=2, kind="tar", path=("ref",), before="aa", after="bb", at=AT),
        "source 2 (tar) ref: aa -> bb  at elements/a.bst:5:3",
        {
            "input": "source",
            "number": 2,
            "kind": "tar",
            "path": ["ref"],
            "before": "aa",
            "after": "bb",
            "variables": [],
            "at": {"path": "elements/a.bst", "line": 5, "column": 3},
        },
    ),
    (
        SourceCause(number=1, kind="tar", path=(), before=None, after={"kind": "tar"}),
        "source 1 (tar) added",
        {
            "input": "source",
            "number": 1,
            "kind": "tar",
            "path": [],
            "before": None,
            "after": {"kind": "tar"},
            "variables": [],
            "at": None,
        },
    ),
    (
        SourceCause(number=1, kind="tar", path=(), before={"kind": "git"}, after={"kind": "tar"}),
        "source 1 (tar) of another kind",
        None,
    ),
    (
        FileCause(
            number=1,
            kind="local",
            path="files",
            files=(FileChange(path="a", change="added"), FileChange(path="b", change="changed")),
        ),
        "source 1 (local) files of files: a added, b changed",
        {
            "input": "file",
            "number": 1,
            "kind": "local",
            "path": "files",
            "files": [{"path": "a", "change": "added"}, {"path": "b", "change": "changed"}],
            "at": None,
        },
    ),
    (
        FileCause(number=1, kind="patch", path="p/a.patch", files=()),
        "source 1 (patch) files of p/a.patch",
        None,
    ),
    (
        DependencyCause(name=ElementName("b.bst"), before=None, after="build, strict", at=AT),
        "dependency b.bst: added (build, strict)  at elements/a.bst:5:3",
        {
            "input": "dependency",
            "name": "b.bst",
            "before": None,
            "after": "build, strict",
            "at": {"path": "elements/a.bst", "line": 5, "column": 3},
        },
    ),
    (
        DependencyCause(name=ElementName("b.bst"), before="all", after=None),
        "dependency b.bst: removed",
        None,
    ),
    (
        DependencyCause(name=ElementName("b.bst"), before="all", after="build"),
        "dependency b.bst: all -> build",
        None,
    ),
    (
        DependencyCause(name=ElementName("b.bst"), before="order", after="order"),
        "order of the build scope, from b.bst on",
        None,
    ),
    (
        ResolutionCause(before="", after="it has no ref"),
        "sources: resolved -> it has no ref",
        {"input": "resolution", "before": "", "after": "it has no ref"},
    ),
]


class TestCauses:
    @pytest.mark.parametrize(("cause", "text", "_data"), CAUSES)
    def test_text(self, cause: Cause, text: str, _data: object) -> None:
        assert cause_text(cause) == text

    @pytest.mark.parametrize(
        ("cause", "data"), [(cause, data) for cause, _, data in CAUSES if data is not None]
    )
    def test_json(self, cause: Cause, data: object) -> None:
        document = json.loads(to_json(comparison(changed("a.bst", cause))))
        assert document["changes"][0]["causes"] == [data]


class TestText:
    def test_everything(self) -> None:
        lang = ValueCause(input="environment", path=("LANG",), before="en", after="de")
        shown = VariableChange(name="v", before="1", after="2")
        through = ValueCause(
            input="config", path=("c",), before="x1", after="x2", variables=(shown,)
        )
        also = ValueCause(input="public", path=("p",), before="1", after="2", variables=(shown,))
        own = SourceCause(number=1, kind="tar", path=("ref",), before="aa", after="bb")
        found = Comparison(
            before="one",
            after="two",
            options=(
                OptionChange(project="", name="arch", before="x86_64", after="aarch64"),
                OptionChange(project="sdk.bst", name="debug", before=None, after="1"),
            ),
            machine=(("max-jobs", "2", "4"),),
            changes=(
                Added(element=ElementName("new.bst")),
                Removed(element=ElementName("old.bst")),
                changed("a.bst", lang, through),
                changed("b.bst", lang, also, own),
                changed("c.bst", inherited=("a.bst", "b.bst", "new.bst")),
            ),
            unchanged=7,
        )
        assert to_text(found).splitlines() == [
            "one -> two",
            "option arch: x86_64 -> aarch64",
            "option debug of sdk.bst: nothing -> 1",
            "machine, max-jobs: 2 -> 4",
            "added: 1 element: new.bst",
            "removed: 1 element: old.bst",
            "changed directly: 2 elements",
            "  environment.LANG: en -> de",
            "    2 elements: a.bst, b.bst",
            "  variable v: 1 -> 2 (in config, public)",
            "    2 elements: a.bst, b.bst",
            "  b.bst",
            "    source 1 (tar) ref: aa -> bb",
            "changed because of others: 1 element (1 strict key, 0 weak keys)",
            "  c.bst: through a.bst, b.bst and 1 more",
            "unchanged: 7 elements",
        ]

    def test_what_is_long_is_cut_and_counted(self) -> None:
        def cause(number: int) -> Cause:
            return SourceCause(number=number, kind="tar", path=("ref",), before="a", after="b")

        own = [changed(f"e{n}.bst", *(cause(20 * n + i) for i in range(10))) for n in range(27)]
        heirs = [changed(f"h{n}.bst", inherited=("e0.bst",)) for n in range(5)]
        lines = to_text(comparison(*own, *heirs)).splitlines()
        assert lines.count("    and 2 more causes") == 25
        assert "  and 2 more elements with causes of their own" in lines
        assert lines[-2:] == ["  and 1 more", "unchanged: 3 elements"]

    def test_many_shared_causes(self) -> None:
        causes = [
            ValueCause(input="public", path=(str(n),), before="a", after="b") for n in range(27)
        ]
        text = to_text(comparison(changed("a.bst", *causes), changed("b.bst", *causes)))
        assert "  and 2 more causes that several elements have" in text.splitlines()

    def test_added_and_removed_in_json(self) -> None:
        document = json.loads(
            to_json(
                comparison(
                    Added(element=ElementName("n.bst")), Removed(element=ElementName("o.bst"))
                )
            )
        )
        assert document["changes"] == [
            {"change": "added", "name": "n.bst"},
            {"change": "removed", "name": "o.bst"},
        ]
