"""Links as they are known in each project, and the overrides that are spelled through them.

BuildStream's `_loader/loader.py` keeps the same tables.
"""

from __future__ import annotations

from bstgraph.project._state import ProjectState
from bstgraph.yaml import ScalarNode


def add_link(project: ProjectState, link: str, target: str) -> None:
    """Note that `link`, a path in `project`, leads to `target`."""
    project.links[link] = target
    project.link_lengths.add(len(link))
    for known, known_target in list(project.links.items()):
        if _expanded(project, known_target) == link:
            project.links[known] = target


def _expanded(project: ProjectState, path: str) -> str:
    # The first link, in the order they were read, that `path` begins with; found by the lengths
    # of the links, which are few: there may be thousands of links.
    begins = {path[:length] for length in project.link_lengths} & project.links.keys()
    if not begins:
        return path
    link = next(link for link in project.links if link in begins)
    return project.links[link] + path[len(link) :]


def local_override(project: ProjectState, path: str) -> ScalarNode | None:
    """Return what the junction of `project` puts in the place of `path`, None for nothing."""
    overrides = project.junction.overrides if project.junction is not None else {}
    if path in overrides:
        return overrides[path]
    for key, target in overrides.items():
        if _expanded(project, key) == path:
            return target
    return None
