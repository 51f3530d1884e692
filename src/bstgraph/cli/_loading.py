"""From arguments to a project; every option may stand before and after the command."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from bstgraph.cli._terminal import progress

if TYPE_CHECKING:
    from bstgraph.graph import Graph
    from bstgraph.load import ProjectArguments
    from bstgraph.model import Project
    from bstgraph.state import State


def load(args: argparse.Namespace, targets: Sequence[str]) -> tuple[Project, Graph]:
    """Return the project that the arguments name, and its graph."""
    from bstgraph.graph import Graph
    from bstgraph.load import load_project

    with progress("loading"):
        project = load_project(directory(args), targets, **loading_arguments(args))
        return project, Graph(project)


def load_state(
    args: argparse.Namespace,
    targets: Sequence[str],
    *,
    at: str | None = None,
    revision: str | None = None,
    options: Mapping[str, str] | None = None,
    label: str | None = None,
) -> State:
    """Return the state of the project that the arguments name, or of the one in the folder `at`.

    `revision` is one of its git repository; `options` go over those of the arguments;
    `label` is what the state is called.
    """
    from bstgraph import load as loading

    arguments = loading_arguments(args)
    arguments["options"] = {**arguments["options"], **(options or {})}
    with progress("loading"):
        return loading.load_state(
            at or directory(args),
            targets,
            revision=revision,
            label=label,
            rule=args.rule or "buildstream",
            release=args.release,
            **arguments,
        )


def directory(args: argparse.Namespace) -> str:
    """Return the folder of `-C`, by default this one."""
    return str(last(args, "directory") or ".")


def loading_arguments(args: argparse.Namespace) -> ProjectArguments:
    """Return what the options say about loading."""
    from bstgraph.settings import read_settings

    settings = last(args, "settings")
    return {
        "options": dict(every(args, "option")),
        "junctions": dict(every(args, "junction")),
        "search": every(args, "search"),
        "allow": every(args, "allow"),
        "max_jobs": last(args, "max_jobs"),
        "arch": last(args, "arch"),
        "dialect": last(args, "dialect"),
        "settings": read_settings(settings) if settings else None,
    }


def every(args: argparse.Namespace, name: str) -> list[Any]:
    """Return what was given for a repeatable option, before and after the command."""
    return [*(getattr(args, f"{name}_before") or ()), *(getattr(args, name) or ())]


def last(args: argparse.Namespace, name: str) -> Any:  # noqa: ANN401 - as argparse has it
    after = getattr(args, name)
    return getattr(args, f"{name}_before") if after is None else after
