"""Places, and the errors that carry them."""

from __future__ import annotations

import pickle

import pytest

from bstgraph.errors import (
    BstGraphError,
    LoadErrors,
    ProjectError,
    SelectionError,
    SettingsError,
    Slug,
    did_you_mean,
)
from bstgraph.provenance import Provenance

AT = Provenance("a.bst", 12, 5, "  k: value")


class TestPicture:
    """A place shows its line with a caret under the column, and nothing without a line."""

    def test_caret(self) -> None:
        assert AT.picture() == "  12 |   k: value\n     |     ^"

    def test_tabs_count_as_one(self) -> None:
        assert Provenance("a", 1, 3, "\t\tx").picture() == "  1 |   x\n    |   ^"

    @pytest.mark.parametrize("text", ["", "   "])
    def test_nothing(self, text: str) -> None:
        assert Provenance("a", 1, 1, text).picture() == ""

    def test_long_lines_are_cut(self) -> None:
        picture = Provenance("a", 1, 5000, "x" * 10_000).picture()
        assert max(map(len, picture.splitlines())) < 210


class TestOrder:
    """Places sort by file, line and column, whatever the line says."""

    def test_sorted(self) -> None:
        places = [Provenance("b", 1, 1), Provenance("a", 2, 1), Provenance("a", 1, 9)]
        assert [str(place) for place in sorted(places)] == ["a:1:9", "a:2:1", "b:1:1"]

    def test_the_line_is_no_part_of_it(self) -> None:
        assert Provenance("a", 1, 1, "x") == Provenance("a", 1, 1, "y")


class TestErrors:
    """An error is its attributes; its text is made from them."""

    ERROR = ProjectError("invalid-data", "it is wrong", at=AT, fix="mend it")

    def test_text(self) -> None:
        assert str(self.ERROR) == "a.bst:12:5: it is wrong, mend it [invalid-data]"
        assert str(ProjectError("invalid-data", "it is wrong")) == "it is wrong [invalid-data]"

    def test_render(self) -> None:
        assert self.ERROR.render() == (
            "a.bst:12:5: it is wrong [invalid-data]\n"
            "  12 |   k: value\n"
            "     |     ^\n"
            "  fix: mend it"
        )

    @pytest.mark.parametrize("kind", [ProjectError, SelectionError, SettingsError, BstGraphError])
    def test_pickled(self, kind: type[BstGraphError]) -> None:
        error = kind("invalid-data", "it is wrong", at=AT, fix="mend it")
        found = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own
        assert type(found) is kind
        assert (found.slug, found.message, found.at, found.fix) == (
            "invalid-data",
            "it is wrong",
            AT,
            "mend it",
        )


class TestGroup:
    """Several errors are one exception, an ExceptionGroup too."""

    ERRORS = LoadErrors(
        [ProjectError("invalid-data", "one", at=AT), ProjectError("no-path", "two")]
    )

    def test_text(self) -> None:
        assert str(self.ERRORS) == "a.bst:12:5: one [invalid-data]\ntwo [no-path]"
        assert self.ERRORS.render().count("\n") == 3
        assert self.ERRORS.slug == "load-errors"

    def test_pickled(self) -> None:
        found = pickle.loads(pickle.dumps(self.ERRORS))  # noqa: S301 - our own
        assert str(found) == str(self.ERRORS)

    @pytest.mark.parametrize(("slug", "count"), [("no-path", 1), ("missing-key", 0)])
    def test_caught_in_part(self, slug: Slug, count: int) -> None:
        part = self.ERRORS.subgroup(lambda e: e.slug == slug)
        found = () if part is None else part.exceptions
        assert len(found) == count


class TestDidYouMean:
    """A name that is near a known one is asked for; a far one is not."""

    @pytest.mark.parametrize(
        ("name", "expected"),
        [("prefx", "did you mean 'prefix'?"), ("zzz", None), ("", None)],
    )
    def test_name(self, name: str, expected: str | None) -> None:
        assert did_you_mean(name, ["prefix", "bindir"]) == expected
