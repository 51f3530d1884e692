"""URLs of sources that are written in full in a project that has aliases."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from bstgraph import kinds
from bstgraph.checks._api import Problem, Subject, check
from bstgraph.model import Element, Source


class _Written(NamedTuple):
    """A URL in full."""

    element: Element
    source: Source
    url: str


@check("BSG302", "unaliased-url", "advice")
def unaliased_url(subject: Subject) -> Iterator[Problem]:
    """Report URLs of sources that are written in full in a project that uses aliases.

    A project whose sources have no aliases, or more full URLs than aliases, is not told.
    """
    full: dict[str, list[_Written]] = {}
    aliased: dict[str, int] = {}
    for element in subject.project.elements.values():
        for source in element.sources:
            url = _written(source)
            if url is None:
                continue
            if url == source.url:
                full.setdefault(element.junction, []).append(_Written(element, source, url))
            else:
                aliased[element.junction] = aliased.get(element.junction, 0) + 1
    for junction, found in full.items():
        if aliased.get(junction, 0) > len(found):
            yield from _problems(found, subject.project.projects[junction].aliases)


def _problems(found: list[_Written], aliases: Mapping[str, str]) -> Iterator[Problem]:
    """Yield a problem for each alias that fits, and for each host that none fits."""
    alike: dict[tuple[str, str], list[_Written]] = {}
    for each in found:
        alike.setdefault(_alias(each.url, aliases) or ("", _host(each.url)), []).append(each)
    for (alias, begin), same in alike.items():
        first = same[0]
        rest = first.url.removeprefix(begin)
        yield Problem(
            message=f"{'URLs begin' if same[1:] else 'a URL begins'} with '{begin}' in full, and "
            + (f"'{alias}' is an alias for it" if alias else "other sources use aliases"),
            elements=tuple(dict.fromkeys(each.element.name for each in same)),
            at=first.source.provenance or first.element.provenance,
            evidence=tuple(f"{each.element.name}: {each.url}" for each in same[:5]),
            fix=f"write {alias}:{rest}"
            if alias
            else f"add an alias for '{begin}' to project.conf, so that mirrors can be given for it",
        )


def _written(source: Source) -> str | None:
    """Return the URL of a source as it is written, None for a source that has none."""
    rules = kinds.source_rules(source.kind, source.plugin).checked
    if rules is None or rules.url_key is None or source.url is None:
        return None
    url = source.config.get(rules.url_key)
    return url if isinstance(url, str) and "://" in source.url else None


def _alias(url: str, aliases: Mapping[str, str]) -> tuple[str, str] | None:
    """Return the alias that stands for the longest beginning of a URL."""
    fitting = [(name, value) for name, value in aliases.items()
               if value and url.startswith(value) and url != value]  # fmt: skip
    return max(fitting, key=lambda each: len(each[1])) if fitting else None


def _host(url: str) -> str:
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.partition('/')[0]}/"
