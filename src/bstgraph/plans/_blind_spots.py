"""Blind spots: what may change the files of an artifact although no key changes.

Even a strict build, which compares the exact keys, reuses an artifact when only such a thing has
changed. The rules were measured with BuildStream 2.8.1, see tests/oracle/test_blind_spots.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from bstgraph import kinds
from bstgraph.display import Displayable
from bstgraph.graph import Graph
from bstgraph.model import Dependency, Element, Source
from bstgraph.names import ElementName
from bstgraph.plans._commands import (
    Simple,
    integration_commands,
    own_commands,
    simple_commands,
)
from bstgraph.plans._influences import Taken, influences
from bstgraph.provenance import Provenance
from bstgraph.scopes import Scope
from bstgraph.state import State

BlindSpotCode: TypeAlias = Literal[
    "clock", "graph-shape", "host", "machine-local", "network", "random", "unpinned"
]
"""What kind of blind spot it is.

- `clock`, `host`, `network`, `random`: a command takes something from outside its sandbox
- `graph-shape`: other files are staged at a location than before, with the same strict key
- `machine-local`: what is in a key or in the sandbox belongs to one machine or user
- `unpinned`: the ref of a source does not say which files it is
"""

_ADVICE: Final[Mapping[BlindSpotCode, str]] = {
    "clock": "take the time from SOURCE_DATE_EPOCH, which BuildStream sets, or from a source",
    "host": "let no file of the artifact depend on it",
    "network": "make what is fetched a source with a ref: a local build has no network",
    "random": "make it from something that is fixed, or where the image is first used",
}

_COMMIT: Final = re.compile(r"(?:.*-g)?[0-9a-f]{7,64}", re.DOTALL)
"""A commit, or what `git describe` makes of it."""
_GIT: Final = frozenset(("git", "git_module", "git_tag"))
"""The kinds of git sources that take any ref; git_repo and go_module refuse what is no commit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BlindSpot(Displayable):
    """One thing that may change the files of an artifact, or of what it is staged for."""

    code: BlindSpotCode
    element: ElementName
    reason: str
    """A clause that says what it is."""
    where: Provenance | None = None
    """The source, or the element, that it is written in."""
    evidence: str = ""
    """The line of a command, a ref, or what is staged now and was before."""
    advice: str = ""
    """A clause that says what to do."""
    variable: str = ""
    """The variable of `environment-nocache` that it is about; the project has said by that list
    that its value does not matter."""
    gaps: tuple[str, ...] = ()
    """What is not known: about the plugin of a source, or whether a key with gaps is the same."""


def blind_spots(
    state: State, before: State | None = None, targets: Iterable[str] = ()
) -> tuple[BlindSpot, ...]:
    """Return the blind spots of `targets` and all that they need: in staging order, then by code.

    Commands are known by the programs that they name: what a program or a script does that is not
    named here stays unknown. Whether a key depends on `max-jobs` or the architecture of a machine
    is told by comparing two states that were loaded for different machines, not here.

    Args:
        state: the project with its keys.
        before: the state that existing artifacts were built from; without it there is no
            `graph-shape`.
        targets: full names; the project's targets by default.

    Raises:
        SelectionError: there is no such target.
    """
    commands = _Commands()
    found: list[BlindSpot] = []
    for name in state.graph.staging_order(tuple(targets) or None, scope=Scope.ALL):
        element = state.graph.get(name)
        if element is None:
            continue
        own = [*commands.of(element), *_local(element), *source_blind_spots(element)]
        if before is not None:
            own += _shape(state, before, element)
        # The same thing is told once, with the first evidence.
        once: dict[tuple[str, str], BlindSpot] = {}
        for one in own:
            once.setdefault((one.code, one.reason), one)
        found += sorted(once.values(), key=lambda one: one.code)
    return tuple(found)


class _Commands:
    """Looks through commands; the same text, which many elements may have, once."""

    def __init__(self) -> None:
        self._read: dict[str, tuple[tuple[Simple, tuple[Taken, ...]], ...]] = {}

    def of(self, element: Element) -> Iterator[BlindSpot]:
        """Yield what the commands of an element take from outside."""
        for whose, texts in (
            ("commands", own_commands(element)),
            ("integration commands", integration_commands(element)),
        ):
            for text in texts:
                for command, taken in self._simple(text):
                    yield from _taken(element, whose, command, taken)

    def _simple(self, text: str) -> tuple[tuple[Simple, tuple[Taken, ...]], ...]:
        found = self._read.get(text)
        if found is None:
            found = tuple((one, tuple(influences(one))) for one in simple_commands(text))
            self._read[text] = found
        return found


def _taken(
    element: Element, whose: str, command: Simple, taken: Iterable[Taken]
) -> Iterator[BlindSpot]:
    for code, what in taken:
        yield BlindSpot(
            code=code,
            element=element.name,
            reason=f"its {whose} use '{what}'",
            where=element.provenance,
            evidence=command.line,
            advice=_ADVICE[code],
        )
    for name in command.variables:
        if name in element.environment_nocache and name in element.environment:
            yield BlindSpot(
                code="machine-local",
                element=element.name,
                reason=f"its {whose} use ${name}, whose value is in no key (environment-nocache)",
                where=element.provenance,
                evidence=command.line,
                advice="let no file of the artifact depend on it, or take it off that list",
                variable=name,
            )


def _local(element: Element) -> Iterator[BlindSpot]:
    """Yield what makes an element one of this machine."""
    if element.workspace is not None:
        yield BlindSpot(
            code="machine-local",
            element=element.name,
            reason="its keys hold its open workspace, with the times of the files in it",
            where=element.workspace.provenance or element.provenance,
            evidence=str(element.workspace.path),
            advice="close the workspace before artifacts are shared",
        )
    socket = element.sandbox.remote_apis_socket
    if socket and any(own_commands(element)):
        yield BlindSpot(
            code="machine-local",
            element=element.name,
            reason="its commands can reach the remote APIs of the machine that builds, "
            "and what these answer is in no key",
            where=element.provenance,
            evidence=f"remote-apis-socket: {socket.get('path', '')}",
            advice="let commands ask for nothing there that depends on more than their input",
        )


def source_blind_spots(element: Element) -> Iterator[BlindSpot]:
    """Yield the sources that BuildStream stages and that do not name what they are, in order."""
    for source in element.staged_sources:
        # A plugin of a project's own may have the name of another one.
        rules = kinds.source_rules(source.kind, source.plugin)
        if rules.checked is None:
            continue
        code, reason, evidence, advice = _source(source)
        if code is not None:
            yield BlindSpot(
                code=code,
                element=element.name,
                reason=reason,
                where=source.provenance or element.provenance,
                evidence=evidence,
                advice=advice,
                gaps=(rules.gap,) if rules.gap else (),
            )


def _source(source: Source) -> tuple[BlindSpotCode | None, str, str, str]:
    """Return code, reason, evidence and advice; no code where there is nothing to tell."""
    config = source.config
    # With an empty ref nothing is fetched.
    ref = config.get("ref") or None
    match source.kind:
        case "generated":
            reason = "a source is made in the home folder of who builds, and its key holds it"
            path = f"{config.get('name')}/{config.get('path')}"
            return "machine-local", reason, path, "use the same files on all machines"
        case "ostree_mirror" if not config.get("url"):
            reason = "its key holds the path of the project on the machine that builds"
            advice = "give it a url, so that machines can share its artifact"
            return "machine-local", reason, str(config.get("path")), advice
        case "pip" if isinstance(ref, str):
            reason = "the ref of a pip source names versions, not files with a checksum"
            return "unpinned", reason, ref[:200], "use sources of kind pypi"
        case "bzr" if isinstance(ref, str):
            reason = "the ref of a bzr source is a number, not what it stands for"
            return "unpinned", reason, ref[:200], "use a source whose ref is a checksum"
        case kind if kind in _GIT and isinstance(ref, str) and not _COMMIT.fullmatch(ref):
            reason = f"the ref of a {kind} source is no commit: what it names may move"
            return "unpinned", reason, ref[:200], "write the commit, as bst source track does"
    return None, "", "", ""


def _shape(state: State, before: State, element: Element) -> Iterator[BlindSpot]:
    """Yield where other elements are staged than before, although the strict key is the same.

    A key holds the build scope as one list, and where direct dependencies are staged. A location
    gets these and all that they need to run, which is what other lists would have to tell.
    """
    old = before.graph.get(element.name)
    if old is None or element.name not in before.keys or element.name not in state.keys:
        return
    strict = state.keys[element.name].strict
    if strict.digest is None or strict.digest != before.keys[element.name].strict.digest:
        return
    now, then = _places(state.graph, element), _places(before.graph, old)
    changed = [place for place, staged in now.items() if then.get(place) != staged]
    if not changed and now.keys() == then.keys():
        return
    if now.keys() == then.keys():
        what = f"other elements are staged {changed[0]}"
        more = f"; {len(changed) - 1} more places differ" if changed[1:] else ""
        evidence = _difference(then[changed[0]], now[changed[0]])
    else:
        what, more = "its dependencies are staged at other locations", ""
        evidence = f"{' and '.join(sorted(now))}, not {' and '.join(sorted(then))}"
    yield BlindSpot(
        code="graph-shape",
        element=element.name,
        reason=f"{what} than before, with the same strict key{more}",
        where=element.provenance,
        evidence=evidence,
        advice="delete its artifact in every cache, and those of what is built from it; "
        "or change its key, such as by a comment in a command",
        gaps=strict.gaps,
    )


def _places(graph: Graph, element: Element) -> dict[str, tuple[tuple[str, str], ...]]:
    """Return what is staged at each location and in each digest of the environment.

    Of a place where all is staged nothing is told: that is the build scope, which is in the key.
    Elements are told by the names that keys have.
    """
    members: dict[str, list[ElementName]] = {}
    for entry in element.dependencies:
        if entry.build:
            for place in _places_of(entry):
                members.setdefault(place, []).append(entry.name)
    if len(members) < 2:
        return dict.fromkeys(members, ())
    return {
        place: tuple(
            graph.elements[each].identity if each in graph.elements else ("", each)
            for each in graph.staging_order(names, scope=Scope.RUN)
        )
        for place, names in members.items()
    }


def _places_of(entry: Dependency) -> Iterator[str]:
    for config in entry.config or ({},):
        location = str(config.get("location") or "/")
        # The kinds that make images stage these where they build.
        is_input = str(config.get("input")).lower() == "true"
        yield "as input" if is_input else f"at {location}"
        if variable := config.get("digest-environment"):
            yield f"for ${variable}"


def _difference(then: tuple[tuple[str, str], ...], now: tuple[tuple[str, str], ...]) -> str:
    """Return what came and what went, or that the order is another one."""
    was, are = set(then), set(now)
    told = [f"+ {each[1]}" for each in now if each not in was]
    told += [f"- {each[1]}" for each in then if each not in are]
    if not told:
        return "the same elements in another order"
    more = f" and {len(told) - 5} more" if len(told) > 5 else ""
    return ", ".join(told[:5]) + more
