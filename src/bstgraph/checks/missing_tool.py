"""Programs that an image's script runs and that nothing it stages has."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from bstgraph.checks._api import Problem, Subject, check
from bstgraph.images import is_image
from bstgraph.layers import Layers
from bstgraph.lookup import DEFAULT_PATH, which
from bstgraph.model import Element
from bstgraph.shell import Access, effects, parse

_BUILTINS: Final = frozenset(
    ". : [ alias bg bind break builtin caller cd command compgen complete continue declare dirs "
    "disown echo enable eval exec exit export false fc fg getopts hash help history jobs kill let "
    "local logout mapfile popd printf pushd pwd read readarray readonly return set shift shopt "
    "source suspend test times trap true type typeset ulimit umask unalias unset wait [[ ((".split()
)
"""What a shell does itself: those of bash, which has more than others."""


@check("BSG602", "missing-tool", "error")
def missing_tool(subject: Subject) -> Iterator[Problem]:
    """Report programs that the script of an image runs and that nothing it stages has.

    It is told only where all files that the script finds at `/` are known. A program that may not
    run, or that the script itself may put there, is not told.
    """
    if subject.layers is None:
        return
    for element in subject.project.elements.values():
        if is_image(element):
            for program, where in _missing(subject.layers, element):
                yield Problem(
                    message=f"'{element.name}' runs '{program}', and nothing that it stages has it",
                    elements=(element.name,),
                    at=element.provenance,
                    evidence=(where,),
                    fix="add what has it to its build dependencies, at `/`",
                )


def _missing(layers: Layers, element: Element) -> Iterator[tuple[str, str]]:
    """Yield each program that certainly runs and is not there, and where it runs first."""
    path = str(element.environment.get("PATH", DEFAULT_PATH))
    programs = _programs(element, path.split(":"))
    staging = layers.staged(element.name) if programs else None
    if staging is None or staging.gaps or staging.failure or staging.commands:
        return
    tree = staging.tree()
    for program, where in programs.items():
        found = which(tree, program, path=path)
        if not found.found and not found.gaps:
            yield program, where


def _programs(element: Element, folders: Sequence[str]) -> dict[str, str]:
    """Return the programs that certainly run, and where each runs first.

    They end where the script may make programs itself, or changes where it looks for them.
    """
    found: dict[str, str] = {}
    for number, text in enumerate(element.config.get("commands", ()), 1):
        for command in parse(str(text), environment=element.environment, directory="/").commands:
            if any(one.name == "PATH" for one in command.assignments):
                return found
            name = command.words[0].text if command.program is not None else ""
            certain = command.runs == "always" and command.root == "/" and not command.through
            if name and certain and name not in _BUILTINS:
                line = command.text.partition("\n")[0]
                found.setdefault(name, f"command {number}, line {command.place.line}: {line}")
            if any(_makes_programs(access, folders) for access in effects(command).writes):
                return found
    return found


def _makes_programs(access: Access, folders: Sequence[str]) -> bool:
    """Return whether what a command writes may be a program."""
    path = access.path
    if path is None:
        return True
    return any(
        path.startswith(f"{folder}/")
        or folder == path
        or (not access.exact and folder.startswith(path))
        for folder in folders
    )
