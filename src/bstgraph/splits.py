"""Split rules: which domains claim a path, and whether what filters by domain admits it.

Rules are matched as BuildStream matches them (`Element.__split_filter`), against files, links and
directories alike: a rule that names a directory does not claim what lies in it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from bstgraph.globs import Glob, GlobError, matcher, parse
from bstgraph.kinds import ComposeConfig, FilterConfig
from bstgraph.model import Element, SplitRules
from bstgraph.provenance import Provenance


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """What a compose or filter lets through, by split domain.

    Domains are those of the element that is filtered. A compose or filter gives its files the
    split rules of its own project, so a domain can mean other paths one stage higher.
    """

    include: tuple[str, ...] | None = None
    """The domains that pass; None for all of them, and none pass when it is empty.

    An empty list in a project means all of them, and is None here.
    """
    exclude: tuple[str, ...] = ()
    """The domains that do not pass, also where another one claims the path."""
    orphans: bool = True
    """Whether paths pass that no domain claims."""
    integrate: bool = False
    """Whether integration commands run over the files."""
    include_paths: tuple[str, ...] | None = None
    """The path prefixes that pass, in the runbook dialect only; None for all of them."""
    exclude_paths: tuple[str, ...] = ()
    """The path prefixes that do not pass, in the runbook dialect only."""

    @property
    def passes_all(self) -> bool:
        """Whether every path passes."""
        return self.passes_all_domains and not self.has_paths

    @property
    def passes_all_domains(self) -> bool:
        """Whether no path is dropped for its domains: then BuildStream does not look at rules."""
        return self.include is None and self.orphans and not self.exclude

    @property
    def has_paths(self) -> bool:
        """Whether it has the path prefixes of the runbook dialect (claim R3)."""
        return self.include_paths is not None or bool(self.exclude_paths)

    def under(self, upper: Filter | None) -> Filter:
        """Return what passes both this filter and `upper`, one stage higher."""
        if upper is None:
            return self
        return Filter(
            include=_intersection(self.include, upper.include),
            exclude=_union(self.exclude, upper.exclude),
            orphans=self.orphans and upper.orphans,
            integrate=self.integrate or upper.integrate,
            include_paths=_intersection(self.include_paths, upper.include_paths),
            exclude_paths=_union(self.exclude_paths, upper.exclude_paths),
        )


def _union(first: Iterable[str], second: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({*first, *second}))


def _intersection(
    first: tuple[str, ...] | None, second: tuple[str, ...] | None
) -> tuple[str, ...] | None:
    if first is None or second is None:
        return second if first is None else first
    return tuple(name for name in first if name in second)


def filter_of(element: Element) -> Filter | None:
    """Return what a compose or a filter lets through, None for any other element."""
    match element.kind, element.settings:
        case "compose", ComposeConfig() as compose:
            return Filter(
                include=compose.include or None,
                exclude=compose.exclude,
                orphans=compose.include_orphans,
                integrate=compose.integrate,
                include_paths=compose.include_paths or None,
                exclude_paths=compose.exclude_paths,
            )
        case "filter", FilterConfig() as config:
            return Filter(
                include=config.include or None,
                exclude=config.exclude,
                orphans=config.include_orphans,
            )
        case _:
            return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A domain that claims a path."""

    domain: str
    rule: str
    """The first of the domain's rules that matches."""
    at: Provenance | None = None
    """Where the rule is written, as far as the rules tell."""


DecidedBy: TypeAlias = Literal[
    "everything", "include", "exclude", "orphans", "include-paths", "exclude-paths"
]
"""What decided about a path.

- `everything`: nothing is filtered
- `include`: a domain that claims it is included, or none that does is
- `exclude`: a domain that claims it is excluded
- `orphans`: no domain claims it
- `include-paths`, `exclude-paths`: the prefixes of the runbook dialect
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Whether a path is admitted, and why."""

    path: str
    admitted: bool
    by: DecidedBy
    decisive: tuple[str, ...] = ()
    """The domains or prefixes that decided, in the order of the rules; all claiming domains when
    none of them is included."""
    claims: tuple[Claim, ...] = ()
    """Every domain that claims the path, in the order of the rules."""
    unknown: tuple[str, ...] = ()
    """The domains that the filter names and the element lacks: BuildStream passes over them for a
    compose, and fails to build a filter."""
    gaps: tuple[str, ...] = ()
    """Why the decision is not sure."""


class SplitsCache:
    """What was compiled for rules, for as long as the caller keeps it: elements share most."""

    def __init__(self) -> None:
        """Start with nothing."""
        self._compiled: dict[tuple[tuple[str, tuple[str, ...]], ...], _Compiled] = {}
        self._splits: dict[tuple[int, int], Splits] = {}
        self._globs = _Globs()

    def splits(self, rules: SplitRules | Mapping[str, Sequence[str]]) -> Splits:
        """Return the splits of `rules`; equal rules are compiled once."""
        if not isinstance(rules, SplitRules):
            rules = SplitRules.of(rules, {})
        text = tuple(rules.domains.items())
        compiled = self._compiled.get(text)
        if compiled is None:
            compiled = self._compiled[text] = _Compiled(rules.domains, self._globs)
        # Elements share the model. What is kept here keeps it, so that its id stays its own.
        key = id(compiled), id(rules) if rules.places or rules.gaps else 0
        known = self._splits.get(key)
        if known is None:
            known = self._splits[key] = Splits(compiled, rules)
        return known


class _Globs:
    """Globs, and what matches any of several: rule sets differ in a few of hundreds."""

    def __init__(self) -> None:
        self._parsed: dict[str, Glob | GlobError] = {}
        self._matchers: dict[tuple[str, ...], Callable[[str], bool]] = {}

    def parsed(self, rule: str) -> Glob | GlobError:
        """Return the glob of `rule`, or why it is none."""
        known = self._parsed.get(rule)
        if known is None:
            try:
                # Rules come from the public data of an artifact, and reading it strips text: a
                # variable may have left white space at the ends.
                known = parse(rule.strip())
            except GlobError as error:
                known = error
            self._parsed[rule] = known
        return known

    def matcher(self, rules: tuple[str, ...]) -> Callable[[str], bool]:
        """Return what tells whether any of `rules` matches a path; what is no glob does not."""
        known = self._matchers.get(rules)
        if known is None:
            globs = map(self.parsed, rules)
            known = matcher(glob for glob in globs if isinstance(glob, Glob))
            self._matchers[rules] = known
        return known


class _Compiled:
    """Rules that were taken apart, and what matches any set of their domains."""

    def __init__(self, rules: Mapping[str, tuple[str, ...]], globs: _Globs) -> None:
        self._rules = rules
        self._globs = globs
        self._any_of: dict[frozenset[str], Callable[[str], bool]] = {}
        self.gaps = tuple(
            f"BuildStream fails on the split rule '{rule}' of '{domain}': {parsed}"
            for domain, listed in rules.items()
            for rule in listed
            if isinstance(parsed := globs.parsed(rule), GlobError)
        )

    def any_of(self, domains: frozenset[str]) -> Callable[[str], bool]:
        """Return what tells whether one of `domains` claims an absolute path."""
        known = self._any_of.get(domains)
        if known is None:
            rules = (rule for name, listed in self._rules.items() if name in domains
                     for rule in listed)  # fmt: skip
            known = self._any_of[domains] = self._globs.matcher(tuple(dict.fromkeys(rules)))
        return known

    def first(self, domain: str, path: str) -> int | None:
        """Return which rule of `domain` is the first to match an absolute path, None if none."""
        if not self.any_of(frozenset((domain,)))(path):
            return None
        each = enumerate(self._rules[domain])
        return next(index for index, rule in each if self._globs.matcher((rule,))(path))


class Splits:
    """The split rules of elements, compiled."""

    __slots__ = ("_compiled", "domains", "gaps", "rules")

    def __init__(self, compiled: _Compiled, rules: SplitRules) -> None:
        """Use `Splits.of` or a `SplitsCache`."""
        self._compiled = compiled
        self.rules = rules
        self.domains: tuple[str, ...] = tuple(rules.domains)
        """The domains, in the order of the rules."""
        self.gaps: tuple[str, ...] = (*rules.gaps, *compiled.gaps)
        """What BuildStream cannot read: any build that needs the rules fails on it."""

    @classmethod
    def of(
        cls, rules: SplitRules | Mapping[str, Sequence[str]], cache: SplitsCache | None = None
    ) -> Splits:
        """Return the splits of `rules`, those of `cache` where it has them."""
        return (cache or SplitsCache()).splits(rules)

    def claims(self, path: str) -> tuple[Claim, ...]:
        """Return every domain that claims `path`, with or without a leading slash, in order."""
        absolute = _absolute(path)
        found = ((domain, self._compiled.first(domain, absolute)) for domain in self.domains)
        return tuple(
            Claim(
                domain=domain,
                rule=self.rules.domains[domain][index],
                at=self._place(domain, index),
            )
            for domain, index in found
            if index is not None
        )

    def _place(self, domain: str, index: int) -> Provenance | None:
        places = self.rules.places.get(domain, ())
        return places[index] if index < len(places) else None

    def filter(self, rules: Filter) -> Admitter:
        """Return what decides about paths of the elements that have these rules."""
        return Admitter(self, self._compiled, rules)


class Admitter:
    """A filter over the paths of the elements that have certain split rules.

    `admits` is for many paths, `decide` tells why; both take paths with or without a leading
    slash. In the runbook dialect, a path must also be admitted by its prefixes (claim R3).
    """

    __slots__ = (
        "_paths",
        "admits",
        "excluded",
        "filter",
        "included",
        "matchers",
        "splits",
        "unknown",
    )

    def __init__(self, splits: Splits, compiled: _Compiled, rules: Filter) -> None:
        """Use `Splits.filter`."""
        self.splits = splits
        self.filter = rules
        named = (*(rules.include or ()), *rules.exclude)
        self.unknown: Final = tuple(dict.fromkeys(d for d in named if d not in splits.domains))
        """The domains that the filter names and the rules lack."""
        included = splits.domains if rules.include is None else rules.include
        self.included: Final = frozenset(included) & frozenset(splits.domains)
        self.excluded: Final = frozenset(rules.exclude) & frozenset(splits.domains)
        self._paths = PathPrefixes(rules) if rules.has_paths else None
        self.matchers: Final = self._matchers(compiled)
        """What matches the excluded domains, the included ones and all; the very same objects
        where other rules are equal in all that the filter looks at."""
        self.admits: Callable[[str], bool] = _both(self._by_domain(), self._paths)
        """Return whether a path is admitted."""

    def _matchers(self, compiled: _Compiled) -> tuple[Callable[[str], bool], ...]:
        if self.filter.passes_all_domains:
            return ()
        every = frozenset(self.splits.domains)
        excluded = compiled.any_of(self.excluded)
        # Domains that are excluded anyway decide nothing more.
        if self.filter.orphans and every == self.included | self.excluded:
            return (excluded,)
        return excluded, compiled.any_of(self.included), compiled.any_of(every)

    def _by_domain(self) -> Callable[[str], bool]:
        if not self.matchers:
            return _everything
        excluded, *others = self.matchers
        if not others:
            return lambda path: not excluded(path if path[:1] == "/" else f"/{path}")
        (included, claimed), orphans = others, self.filter.orphans

        def admits(path: str) -> bool:
            absolute = path if path[:1] == "/" else f"/{path}"
            if excluded(absolute):
                return False
            return included(absolute) or (orphans and not claimed(absolute))

        return admits

    def decide(self, path: str) -> Decision:
        """Return whether `path` is admitted, and why."""
        claims = self.splits.claims(path)
        admitted, by, decisive = self._decided(claims)
        if admitted and self._paths is not None:
            admitted, by, decisive = self._paths.decided(path)
        gaps = () if self.filter.passes_all_domains else self.splits.gaps
        return Decision(
            path=path,
            admitted=admitted,
            by=by,
            decisive=decisive,
            claims=claims,
            unknown=self.unknown,
            gaps=gaps,
        )

    def _decided(self, claims: tuple[Claim, ...]) -> tuple[bool, DecidedBy, tuple[str, ...]]:
        if self.filter.passes_all_domains:
            return True, "everything", ()
        domains = tuple(claim.domain for claim in claims)
        if excluded := tuple(d for d in domains if d in self.excluded):
            return False, "exclude", excluded
        if included := tuple(d for d in domains if d in self.included):
            return True, "include", included
        if domains:
            return False, "include", domains
        return self.filter.orphans, "orphans", ()


class PathPrefixes:
    """The filter of the runbook dialect (claim R3): by the directories that paths lie in.

    A prefix stands for the path that it is and for all below it, component by component:
    `/usr/share/man` is not about `/usr/share/mandolin`. Slashes at either end mean nothing, and
    nothing is a wildcard. What an exclude prefix covers does not pass, and of the rest what an
    include prefix covers does; without include prefixes, all the rest. The directories above a
    prefix do not pass by it; BuildStream makes the parents of what passes in any case.
    """

    __slots__ = ("_exclude", "_include", "_matches_exclude", "_matches_include")

    def __init__(self, rules: Filter) -> None:
        """Take the prefixes of `rules`."""
        self._include = rules.include_paths
        self._exclude = rules.exclude_paths
        self._matches_include = _below(rules.include_paths)
        self._matches_exclude = _below(rules.exclude_paths)

    def __call__(self, path: str) -> bool:
        """Return whether `path` passes."""
        absolute = path if path[:1] == "/" else f"/{path}"
        if self._matches_exclude(absolute):
            return False
        return self._include is None or self._matches_include(absolute) is not None

    def decided(self, path: str) -> tuple[bool, DecidedBy, tuple[str, ...]]:
        """Return whether `path` passes, which list decided, and its prefixes that cover it."""
        absolute = _absolute(path)
        if self._matches_exclude(absolute):
            return False, "exclude-paths", _covering(self._exclude, absolute)
        if self._include is None:
            return True, "exclude-paths", ()
        covering = _covering(self._include, absolute)
        return bool(covering), "include-paths", covering


def _below(prefixes: Iterable[str] | None) -> Callable[[str], re.Match[str] | None]:
    parts = {prefix.strip("/") for prefix in prefixes or ()}
    if "" in parts:
        return re.compile("").match
    alternatives = "|".join(map(re.escape, sorted(parts)))
    return re.compile(rf"/(?:{alternatives})(?:/|\Z)" if parts else "(?!)").match


def _covering(prefixes: Iterable[str], path: str) -> tuple[str, ...]:
    return tuple(prefix for prefix in prefixes if _below((prefix,))(path))


def _both(first: Callable[[str], bool], second: PathPrefixes | None) -> Callable[[str], bool]:
    if second is None:
        return first
    return second if first is _everything else lambda path: second(path) and first(path)


def _everything(path: str) -> bool:
    del path
    return True


def _absolute(path: str) -> str:
    """Return `path` as rules see it."""
    return path if path.startswith("/") else f"/{path}"
