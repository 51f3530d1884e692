"""Element names."""

from __future__ import annotations

import pytest

from bstgraph import names


class TestJoinAndSplit:
    """A full name is the junctions, then the name in the last project."""

    @pytest.mark.parametrize(
        ("junction", "local", "full"),
        [
            ("", "a.bst", "a.bst"),
            ("s.bst", "a.bst", "s.bst:a.bst"),
            ("s.bst:t.bst", "x/a.bst", "s.bst:t.bst:x/a.bst"),
        ],
    )
    def test_both_ways(self, junction: str, local: str, full: str) -> None:
        assert names.join(junction, local) == full
        assert names.split(full) == (junction, local)


class TestNormalise:
    """The local part is normalised as a path, the junctions are not."""

    @pytest.mark.parametrize(
        ("name", "expected"),
        [
            ("a.bst", "a.bst"),
            ("./a.bst", "a.bst"),
            ("x/../a.bst", "a.bst"),
            ("x//a.bst", "x/a.bst"),
            ("../a.bst", "../a.bst"),
            ("s.bst:./a.bst", "s.bst:a.bst"),
            ("./s.bst:a.bst", "./s.bst:a.bst"),
            ("s.bst:", "s.bst:"),
        ],
    )
    def test_name(self, name: str, expected: str) -> None:
        assert names.normalise(name) == expected


class TestComplaint:
    """A name ends in `.bst` and is printable ASCII without seven characters."""

    @pytest.mark.parametrize("name", ["a.bst", ".bst", "x y/a-b_c+d@1.2.bst", "..bst", "(a)!.bst"])
    def test_fine(self, name: str) -> None:
        assert names.complaint(name) is None

    @pytest.mark.parametrize("name", ["", "a", "a.BST", "a.bst/", "a.bst "])
    def test_suffix(self, name: str) -> None:
        assert "ends in '.bst'" in str(names.complaint(name))

    @pytest.mark.parametrize("character", [*'<>"|?*', "ä", "\t", "\x7f", "\0", "\u2028"])
    def test_characters(self, character: str) -> None:
        assert "printable ASCII" in str(names.complaint(f"a{character}.bst"))
