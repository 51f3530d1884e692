"""Mechanical fixes: one text for each file, in the order that leaves places what they are."""

from __future__ import annotations

import pytest

from bstgraph.checks import Edit, Finding, Fix, fixes
from bstgraph.errors import ProjectError
from tests.unit.check_cases import found

TEXT = "# Why.\nkind: stack\ndepends:\n- a.bst\n- b.bst\n- c.bst\nvariables:\n  x: '1'\n"


def mended(*edits: Edit) -> Finding:
    return found("x", edits=edits)


def delete(*path: str | int, file: str = "elements/a.bst") -> Edit:
    return Edit(file=file, path=path, action="delete")


def made(*findings: Finding, text: str = TEXT) -> list[Fix]:
    return list(fixes(findings, lambda _: text))


def test_nothing_to_mend() -> None:
    assert made(found("x")) == []


def test_items_of_a_list_from_several_findings() -> None:
    [fix] = made(mended(delete("depends", 0)), mended(delete("depends", 2), delete("depends", 0)))
    assert fix.after == TEXT.replace("- a.bst\n", "").replace("- c.bst\n", "")
    assert (fix.before, fix.refused) == (TEXT, "")


def test_set_and_rename() -> None:
    [fix] = made(
        mended(
            Edit(file="a", path=("variables", "x"), action="set", value="2"),
            Edit(file="a", path=("depends",), action="rename", value="build-depends"),
        )
    )
    assert fix.after == TEXT.replace("depends", "build-depends").replace("'1'", "'2'")


def test_a_diff() -> None:
    [fix] = made(mended(delete("variables", "x")), text="a: b\nvariables:\n  x: y\n  z: y\n")
    assert fix.diff() == (
        "--- a/elements/a.bst\n+++ b/elements/a.bst\n@@ -1,4 +1,3 @@\n"
        " a: b\n variables:\n-  x: y\n   z: y"
    )


def test_files_by_name() -> None:
    found_in = [mended(delete("kind", file="b")), mended(delete("kind", file="a"))]
    assert [fix.file for fix in made(*found_in)] == ["a", "b"]


@pytest.mark.parametrize(
    ("text", "why"),
    [("kind:    stack\n", "its layout is none"), ("kind: stack\n", "nothing at 'depends/0'")],
)
def test_a_file_that_is_left_as_it_is(text: str, why: str) -> None:
    [fix] = made(mended(delete("depends", 0)), text=text)
    assert (fix.before, fix.after) == (text, text)
    assert why in fix.refused
    assert fix.diff() == ""


def test_what_is_no_yaml() -> None:
    with pytest.raises(ProjectError, match="invalid-yaml"):
        made(mended(delete("depends", 0)), text="a: [")


def test_files_of_other_projects_are_not_ours() -> None:
    edit = delete("kind", file="sdk.bst:elements/a.bst")
    [fix] = fixes([mended(edit)], lambda name: pytest.fail(f"{name} is read"))
    assert fix.refused == "it is a file of another project"
