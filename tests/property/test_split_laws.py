"""Laws of split rules: the fast way is the plain way, and what a filter may never do."""

from __future__ import annotations

from typing import Final

from hypothesis import given
from hypothesis import strategies as st

from bstgraph.globs import GlobError, LinearGlob, matcher, parse
from bstgraph.splits import Filter, Splits

PARTS: Final = st.sampled_from(
    ("/", "*", "**", "?", "a", "b", ".", "[ab]", "[!a]", "[/a]", "[", "]", "\n", "é")
)
RULES: Final = st.lists(PARTS, max_size=8).map(lambda parts: "/" + "".join(parts))
PATHS: Final = st.text("ab/.[]\né", max_size=12).map(lambda text: f"/{text}")
DOMAINS: Final = st.sampled_from(("runtime", "devel", "doc"))
SETS: Final = st.dictionaries(DOMAINS, st.lists(RULES, max_size=4), max_size=3)
NAMES: Final = st.lists(DOMAINS, max_size=2).map(tuple)
FILTERS: Final = st.builds(Filter, include=st.none() | NAMES, exclude=NAMES, orphans=st.booleans())


@given(st.lists(RULES, max_size=6), st.lists(PATHS, max_size=10))
def test_one_expression_for_many_is_as_each_alone(rules: list[str], paths: list[str]) -> None:
    globs = list(map(parse, rules))
    machines = list(map(LinearGlob, globs))
    fast = matcher(globs)
    for path in paths:
        assert fast(path) == any(machine(path) for machine in machines)


@given(st.text(max_size=20), PATHS)
def test_any_text_is_a_glob_or_refused(text: str, path: str) -> None:
    try:
        glob = parse(text)
    except GlobError:
        assert "-" in text
        return
    assert matcher([glob])(path) == LinearGlob(glob)(path)


@given(SETS, FILTERS, PATHS)
def test_both_ways_to_ask_agree(rules: dict[str, list[str]], chosen: Filter, path: str) -> None:
    admitter = Splits.of(rules).filter(chosen)
    decision = admitter.decide(path)
    assert admitter.admits(path) == decision.admitted
    assert decision.claims == Splits.of(rules).claims(path)


@given(SETS, PATHS)
def test_all_domains_with_orphans_admit_everything(rules: dict[str, list[str]], path: str) -> None:
    every = tuple(rules) or None
    assert Splits.of(rules).filter(Filter(include=every)).admits(path)


@given(SETS, FILTERS, DOMAINS, PATHS)
def test_exclude_beats_include(
    rules: dict[str, list[str]], chosen: Filter, domain: str, path: str
) -> None:
    splits = Splits.of(rules)
    if any(claim.domain == domain for claim in splits.claims(path)):
        stricter = Filter(
            include=chosen.include, exclude=(*chosen.exclude, domain), orphans=chosen.orphans
        )
        assert not splits.filter(stricter).admits(path)


@given(SETS, FILTERS, FILTERS, PATHS)
def test_what_passes_two_filters_together_passes_each(
    rules: dict[str, list[str]], lower: Filter, upper: Filter, path: str
) -> None:
    splits = Splits.of(rules)
    if splits.filter(lower.under(upper)).admits(path):
        assert splits.filter(lower).admits(path)
        assert splits.filter(upper).admits(path)
