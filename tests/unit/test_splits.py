"""Split rules and filters over them."""

from __future__ import annotations

import pytest

from bstgraph.model import SplitRules
from bstgraph.provenance import Provenance
from bstgraph.splits import Filter, Splits, SplitsCache

RULES = {
    "runtime": ["/usr/bin/*", "/usr/lib/**"],
    "devel": ["/usr/include", "/usr/include/**", "/usr/lib/*.a"],
    "empty": [],
}
PATHS = "usr usr/bin/a usr/include usr/include/a.h usr/lib/a.a"


def admitted(**chosen: object) -> str:
    """Return the paths of `PATHS` that pass, and check that both ways agree."""
    admitter = Splits.of(RULES).filter(Filter(**chosen))  # type: ignore[arg-type]  # by name
    found = [path for path in PATHS.split() if admitter.admits(path)]
    assert found == [path for path in PATHS.split() if admitter.decide(f"/{path}").admitted]
    return " ".join(found)


class TestClaims:
    def test_the_first_rule_of_each_domain(self) -> None:
        claims = Splits.of(RULES).claims("usr/lib/a.a")
        assert [(claim.domain, claim.rule, claim.at) for claim in claims] == [
            ("runtime", "/usr/lib/**", None),
            ("devel", "/usr/lib/*.a", None),
        ]
        assert Splits.of(RULES).claims("/usr/lib/a.a") == claims
        assert Splits.of(RULES).claims("usr") == ()
        assert Splits.of(RULES).domains == ("runtime", "devel", "empty")

    def test_where_a_rule_is_written(self) -> None:
        places = {"a": (Provenance("project.conf", 1, 1), Provenance("project.conf", 2, 1))}
        splits = Splits.of(SplitRules(domains={"a": ("/x", "/y"), "b": ("/y",)}, places=places))
        assert [str(claim.at) for claim in splits.claims("y")] == ["project.conf:2:1", "None"]

    def test_white_space_that_a_variable_left(self) -> None:
        assert [claim.rule for claim in Splits.of({"a": ["/x "]}).claims("x")] == ["/x "]


class TestFilters:
    @pytest.mark.parametrize(
        ("chosen", "expected"),
        [
            ({}, PATHS),
            ({"exclude": ("devel",)}, "usr usr/bin/a"),
            ({"orphans": False}, "usr/bin/a usr/include usr/include/a.h usr/lib/a.a"),
            ({"include": ("runtime",)}, "usr usr/bin/a usr/lib/a.a"),
            ({"include": ("runtime",), "orphans": False}, "usr/bin/a usr/lib/a.a"),
            ({"include": ("runtime",), "exclude": ("devel",), "orphans": False}, "usr/bin/a"),
            ({"include": ("other",)}, "usr"),
            ({"include": ("other",), "orphans": False}, ""),
            ({"include": (), "orphans": False}, ""),
            ({"exclude": ("other",)}, PATHS),
            ({"exclude": ("runtime",), "include": ("runtime",)}, "usr"),
            ({"include_paths": ("/usr/lib/", "usr/bin")}, "usr/bin/a usr/lib/a.a"),
            ({"exclude_paths": ("usr/i", "usr/include")}, "usr usr/bin/a usr/lib/a.a"),
            (
                {"include_paths": ("/",), "exclude_paths": ("/usr/bin",)},
                PATHS.replace("usr/bin/a ", ""),
            ),
            ({"include_paths": ()}, ""),
            ({"include_paths": ("usr/bin", "usr/lib"), "exclude": ("devel",)}, "usr/bin/a"),
        ],
    )
    def test_what_passes(self, chosen: dict[str, object], expected: str) -> None:
        assert admitted(**chosen) == expected

    @pytest.mark.parametrize(
        ("chosen", "path", "expected"),
        [
            ({}, "usr", (True, "everything", ())),
            ({"exclude": ("devel",)}, "usr", (True, "orphans", ())),
            ({"orphans": False}, "usr", (False, "orphans", ())),
            ({"exclude": ("devel",)}, "usr/lib/a.a", (False, "exclude", ("devel",))),
            ({"exclude": ("empty",)}, "usr/lib/a.a", (True, "include", ("runtime", "devel"))),
            ({"include": ("empty",)}, "usr/include", (False, "include", ("devel",))),
            ({"include_paths": ("/etc",)}, "usr", (False, "include-paths", ())),
            ({"include_paths": ("/usr",)}, "usr/x", (True, "include-paths", ("/usr",))),
            ({"exclude_paths": ("/usr",)}, "usr/x", (False, "exclude-paths", ("/usr",))),
            (
                {"exclude_paths": ("/usr/share/man",)},
                "usr/share/mandolin",
                (True, "exclude-paths", ()),
            ),
            (
                {"exclude": ("devel",), "include_paths": ("/usr",)},
                "usr/include",
                (False, "exclude", ("devel",)),
            ),
        ],
    )
    def test_what_decided(
        self, chosen: dict[str, object], path: str, expected: tuple[bool, str, tuple[str, ...]]
    ) -> None:
        decision = Splits.of(RULES).filter(Filter(**chosen)).decide(path)  # type: ignore[arg-type]  # by name
        assert (decision.admitted, decision.by, decision.decisive) == expected

    def test_unknown_domains(self) -> None:
        admitter = Splits.of(RULES).filter(Filter(include=("x", "devel"), exclude=("y", "x")))
        assert admitter.unknown == ("x", "y")
        assert admitter.decide("usr").unknown == ("x", "y")


class TestGaps:
    def test_rules_that_buildstream_cannot_read(self) -> None:
        splits = Splits.of({"a": ["/[b-a]", "/x"], "b": "/y"})
        assert splits.gaps == (
            "the split rules of 'b' are no list of texts",
            (
                "BuildStream fails on the split rule '/[b-a]' of 'a': "
                "the range 'b-a' in '[b-a]' is upside down"
            ),
        )
        assert [claim.rule for claim in splits.claims("x")] == ["/x"]
        assert splits.filter(Filter(exclude=("a",))).decide("x").gaps == splits.gaps
        # Without a filter, BuildStream does not look at the rules.
        assert splits.filter(Filter()).decide("x").gaps == ()


class TestCache:
    def test_equal_rules_are_compiled_once(self) -> None:
        cache = SplitsCache()
        first, second = (Splits.of(RULES, cache) for _ in range(2))
        assert first is second
        placed = SplitRules(domains={"a": ("/x",)}, places={"a": (Provenance("f", 1, 1),)})
        assert cache.splits(placed) is cache.splits(placed)
        bare = cache.splits({"a": ["/x"]})
        assert bare is not cache.splits(placed)
        chosen = Filter(exclude=("a",))
        assert bare.filter(chosen).matchers == cache.splits(placed).filter(chosen).matchers
