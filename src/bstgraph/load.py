"""From a directory to a Project, and to its State: what reads a project and all behind it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, TypedDict, Unpack, get_args

from bstgraph import names
from bstgraph.artifacts import ref_name
from bstgraph.errors import ProjectError, SelectionError
from bstgraph.files import Directory
from bstgraph.garbage import paused_collector
from bstgraph.graph import Graph
from bstgraph.keys import RuleName
from bstgraph.layers import Layers
from bstgraph.machine import Machine
from bstgraph.model import Project
from bstgraph.names import ElementName
from bstgraph.project import Dialect, Loader, Request, Session, element_files, read_project
from bstgraph.scenario import Scenario
from bstgraph.settings import Settings, project_settings
from bstgraph.state import State
from bstgraph.stores import (
    Contents,
    LocalCache,
    Repository,
    SharedFiles,
    TemporaryCheckouts,
    default_cache_directory,
    has_default_cache,
    read_manifest,
)
from bstgraph.yaml import read

OptionValue = str | bool | Sequence[str]

_TRUTH: Final = {True: "True", False: "False"}


class ProjectArguments(TypedDict, total=False):
    """The arguments of `load_project` that others pass on; it says what they mean."""

    options: Mapping[str, OptionValue]
    junctions: Mapping[str, str | os.PathLike[str]]
    search: Iterable[str | os.PathLike[str]]
    allow: Iterable[str | os.PathLike[str]]
    max_jobs: int | None
    arch: str | None
    dialect: Dialect | None
    settings: Settings | None
    edits: Mapping[str, str | None] | None


def load_project(  # noqa: PLR0913  (the border: every argument is a choice of the caller)
    directory: str | os.PathLike[str] = ".",
    targets: Iterable[str] = (),
    *,
    options: Mapping[str, OptionValue] | None = None,
    junctions: Mapping[str, str | os.PathLike[str]] | None = None,
    search: Iterable[str | os.PathLike[str]] = (),
    allow: Iterable[str | os.PathLike[str]] = (),
    max_jobs: int | None = None,
    arch: str | None = None,
    dialect: Dialect | None = None,
    settings: Settings | None = None,
    edits: Mapping[str, str | None] | None = None,
    shared: SharedFiles | None = None,
) -> Project:
    """Return the project at `directory` (or above it) with all that `targets` need.

    Nothing of the project is executed, imported or written; nothing outside it is read but the
    folders given here.

    Args:
        directory: a folder of the project; `project.conf` is looked for from there upwards.
        targets: element names, relative to the element-path; none means the project's default
            targets, or all of its elements.
        options: project options by name, as with `bst -o`; lists for flags.
        junctions: full name of a junction element -> folder with the files of its project.
        search: folders with git clones or mirrors in which pinned commits of junctions are found.
        allow: folders outside the project that includes may read.
        max_jobs: the value of the variable `max-jobs`; BuildStream's default is the number of
            CPUs, at most 8.
        arch: the architecture of the machine that builds, as `uname -m` spells it; this
            machine's by default.
        dialect: `buildstream`, the default, or `runbook`, which accepts the forms of the runbook
            (claims R3 to R5).
        settings: what is in force where the arguments above say nothing; None reads the
            project's own `bstgraph.toml` or `[tool.bstgraph]`, `Settings()` ignores them.
        edits: texts to take in the place of files that are read as YAML (elements, includes,
            project.conf, refs), by the name that a Provenance gives them:
            `elements/a.bst`, `sdk.bst:elements/b.bst`. None stands for no such file. The files
            themselves are not touched.
        shared: what several loads, one after the other, share; None shares nothing.

    Raises:
        ProjectError: the project is wrong; LoadErrors when several independent things are.
        SelectionError: an option or target that the project does not have.
        SettingsError: the project's settings are wrong, or name folders outside of it.
        TypeError, ValueError: the call itself is wrong; an edit of a file that is not read.
    """
    _check_call(max_jobs, dialect, targets=targets, search=search, allow=allow)
    root = _find_project(os.fspath(directory))
    allowed = tuple(os.path.abspath(path) for path in allow)
    own = settings if settings is not None else project_settings(root, allow=allowed)
    jobs = max_jobs or own.max_jobs
    folders = {**own.junctions, **(junctions or {})}
    request = Request(
        directory=root,
        targets=tuple(targets) or own.targets,
        options={
            name: _option_text(value) for name, value in {**own.options, **(options or {})}.items()
        },
        junctions={name: os.path.abspath(path) for name, path in folders.items()},
        search=tuple(os.path.abspath(path) for path in (*search, *own.search)),
        allow=(*allowed, *own.allow),
        machine=_machine(jobs, arch),
        dialect=dialect or own.dialect or "buildstream",
        edits=dict(edits or {}),
    )
    return _load(request, shared or SharedFiles())


def load_state(
    project: Project | str | os.PathLike[str] = ".",
    targets: Iterable[str] = (),
    *,
    revision: str | None = None,
    rule: RuleName = "buildstream",
    release: str = "2.8",
    label: str | None = None,
    shared: SharedFiles | None = None,
    **arguments: Unpack[ProjectArguments],
) -> State:
    """Return a project with its cache keys: what `compare` and `explain_key` look at.

    Local sources are read, from the project and from folders that the caller allows.

    Args:
        project: a loaded project, or a folder of one, which is loaded.
        targets: as with `load_project`, for a folder.
        revision: a revision of the git repository that the folder lies in: its files are taken
            from there, into a temporary folder that goes with the state.
        rule: how weak keys see dependencies: `buildstream`, or `runbook` (claim R6).
        release: the BuildStream 2.x that makes the keys, `2.0` to `2.8`; what an earlier one
            refuses or does otherwise is a gap.
        label: what to call the state beside another one; the revision or folder by default.
        shared: as with `load_project`, for a folder.
        arguments: those of `load_project`, for a folder.

    Raises:
        BstGraphError: as `load_project`; SelectionError (`unknown-revision`) for a revision.
        TypeError: a loaded project is given together with what is needed to load one.
        ValueError: there is no such rule or release.
    """
    if isinstance(project, Project):
        if revision is not None or tuple(targets) or arguments:
            raise TypeError("a loaded project takes no arguments for loading")
        reload = project.origin if isinstance(project.origin, _Loaded) else None
        if reload is not None and not reload.is_of(project):
            reload = None
        return _state(project, label or project.name, (rule, release), reload)
    if revision is None:
        loaded = load_project(project, targets, shared=shared, **arguments)
        return load_state(loaded, rule=rule, release=release, label=label or os.fspath(project))
    root = _find_project(os.fspath(project))
    folders = TemporaryCheckouts(parent=shared.parent if shared is not None else None)
    checkout = Repository(root).checkout(revision, folders)
    if not os.path.lexists(checkout.directory / "project.conf"):
        # Further up there may be another project.
        lacking = "".join(f", {gap}" for gap in checkout.gaps[:1])
        raise ProjectError(
            "no-project", f"revision '{revision}' has no project.conf for {root}{lacking}"
        )
    loaded = load_project(checkout.directory, targets, shared=shared, **arguments)
    reload = loaded.origin if isinstance(loaded.origin, _Loaded) else None
    told = _Checkout(folders, checkout.gaps, checkout.left_out)
    return _state(
        told.completed(loaded),
        label or revision,
        (rule, release),
        reload and replace(reload, checkout=told),
    )


def whatif(what: State | Graph | Project) -> Scenario:
    """Return a builder of what-if states: chained edits, none of which touches a file.

    Example:
        after = whatif(graph).add("bluefin/deps.bst", "bluefin/foo.bst").state

    Args:
        what: a state; of a graph or project, the state is made first.

    Raises:
        ProjectError: as `load_state`.
    """
    if isinstance(what, Graph):
        what = what.project
    return Scenario(what if isinstance(what, State) else load_state(what))


def unreached(project: Project) -> tuple[ElementName, ...]:
    """Return the element files of the toplevel project that were not loaded, by name."""
    folder = str(project.conf.directory / project.conf.element_path)
    return tuple(
        ElementName(name) for name in element_files(folder) if name not in project.elements
    )


def open_layers(
    state: State,
    *,
    caches: Iterable[str | os.PathLike[str]] | None = None,
    manifests: Iterable[str | os.PathLike[str]] = (),
    images: Mapping[str, Directory] | None = None,
    predict: bool = False,
) -> Layers:
    """Return what the elements of `state` hold and stage, from all that is at hand.

    Nothing is read but what is asked for later, except for the manifests.

    Args:
        state: the elements and their keys.
        caches: BuildStream's cache directories, the best first; None stands for the one that
            BuildStream itself uses, if it is there.
        manifests: files with lists of what elements hold, as `bstgraph.stores.manifests` reads
            them; they go before everything else.
        images: full element name -> the files of a container image (`open_image(path).tree`), for
            elements whose files an image shows.
        predict: compute composes, filters and scripts from what they stage also where a cache has
            them.

    Raises:
        CacheError: a folder is no cache (`no-cache`); a manifest cannot be read (`bad-manifest`,
            `unreadable-file`).
        SelectionError: `unknown-element`, a manifest names no element of the state at all, or one
            that could be several.
    """
    if caches is None:
        caches = [default_cache_directory()] if has_default_cache() else []
    given: dict[str, Directory] = {}
    for path in manifests:
        given.update(_named(state, os.fspath(path), read_manifest(path)))
    stores = [LocalCache(path) for path in caches]
    return Layers(state, stores, manifests=given, images=images, predict=predict)


def _named(state: State, path: str, found: Mapping[str, Directory]) -> dict[str, Directory]:
    """Return the elements of a manifest by their full names; those of other projects are left out.

    BuildStream lists elements by their names in their own projects, and artifacts as
    project/element/key.
    """
    known: dict[str, list[ElementName]] = {}
    for name, element in state.graph.elements.items():
        artifact = f"{element.project_name}/{ref_name(element.local_name)}"
        for text in {name, element.local_name, artifact}:
            known.setdefault(text, []).append(name)
    named: dict[str, Directory] = {}
    for text, tree in found.items():
        names_of = known.get(text) or known.get(text.rpartition("/")[0], [])
        exact = [name for name in names_of if name == text]
        if len(exact or names_of) > 1:
            listed = ", ".join(names_of[:3])
            raise SelectionError(
                "unknown-element", f"'{text}' in {path} could be each of {listed}", fix="name it so"
            )
        named.update(dict.fromkeys(exact or names_of, tree))
    if found and not named:
        text = f"none of the {len(found)} elements in {path} is an element here"
        raise SelectionError("unknown-element", text)
    return named


def _state(
    project: Project, label: str, made: tuple[RuleName, str], reload: _Loaded | None
) -> State:
    rule, release = made
    files = Contents(home=project.machine.home, allowed=map(Path, project.allowed))
    return State.of(project, files, rule=rule, release=release, label=label, reload=reload)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Loaded:
    """How a project was loaded: the `Reload` of its states."""

    request: Request
    parts: tuple[object, object]
    """The elements and projects as they were loaded."""
    checkout: _Checkout | None = None

    def is_of(self, project: Project) -> bool:
        """Return whether a project is as it was loaded, not a copy that was edited."""
        return project.elements is self.parts[0] and project.projects is self.parts[1]

    def project(
        self,
        *,
        edits: Mapping[str, str | None],
        options: Mapping[str, OptionValue],
        also: Sequence[str] = (),
    ) -> Project:
        """Return the project with these edits and options over those that it was loaded with."""
        told = {name: _option_text(value) for name, value in options.items()}
        request = replace(
            self.request,
            edits={**self.request.edits, **edits},
            options={**self.request.options, **told},
        )
        loaded = _load(request, SharedFiles(), tuple(also), lenient=True)
        return self.checkout.completed(loaded) if self.checkout is not None else loaded

    def text(self, path: str, name: str) -> str:
        """Return the text of a file, as it was loaded."""
        edit = self.request.edits.get(name)
        return edit if edit is not None else read(path, name).text


@dataclass(frozen=True, slots=True)
class _Checkout:
    """What is to know of the files of a revision."""

    folders: TemporaryCheckouts
    gaps: tuple[str, ...]
    left_out: tuple[str, ...]

    def completed(self, loaded: Project) -> Project:
        """Return a project that was loaded from there."""
        gaps = tuple(dict.fromkeys((*loaded.gaps, *self.gaps)))
        conf = loaded.conf.model_copy(update={"left_out": self.left_out})
        projects = {**loaded.projects, "": conf}
        # What is kept alive by the project goes with its copy.
        copy = loaded.model_copy(update={"gaps": gaps, "projects": projects})
        return copy.keep(loaded, self.folders)


def _machine(max_jobs: int | None, arch: str | None) -> Machine:
    here = Machine()
    return replace(here, max_jobs=max_jobs or here.max_jobs, arch=arch or here.arch)


def _check_call(max_jobs: object, dialect: object, **lists: object) -> None:
    """Raise TypeError or ValueError for arguments that no project could make right."""
    for name, value in lists.items():
        if isinstance(value, str | bytes):
            raise TypeError(f"{name} is a list, not one text: write [{value!r}]")
    if dialect not in (None, *get_args(Dialect)):
        raise ValueError(f"there is no dialect {dialect!r}, only {', '.join(get_args(Dialect))}")
    if max_jobs is not None and not (type(max_jobs) is int and 0 < max_jobs < 2**31):
        raise ValueError(f"max_jobs is a number of processes from 1, not {max_jobs!r}")


def _load(
    request: Request, shared: SharedFiles, also: tuple[str, ...] = (), *, lenient: bool = False
) -> Project:
    """Load what is asked for; `lenient` lets edits pass that nothing asked for."""
    try:
        with paused_collector():
            session = Session(request, shared.parsed)
            checkouts = shared.checkouts(request.search)
            loader = Loader(session, checkouts)
            targets = request.targets or loader.toplevel.default_targets
            wanted = _expanded(loader, targets) if targets else _all_targets(loader)
            project = read_project(loader, wanted, also)
    except RecursionError:
        raise ProjectError("too-large", "the project is nested too deeply to be read") from None
    if not lenient:
        _check_edits(session)
    # The folders go with the project: what was checked out can be read as long as it lives.
    origin = _Loaded(request=request, parts=(project.elements, project.projects))
    return project.keep(checkouts).loaded_by(origin)


def _check_edits(session: Session) -> None:
    """Raise ValueError for an edit that nothing asked for, unless it is of an element."""
    for name in session.request.edits.keys() - session.edits_read:
        if not name.endswith(".bst"):
            raise ValueError(f"'{name}' is edited, but it is not read as YAML by this project")


def _all_targets(loader: Loader) -> tuple[str, ...]:
    top = loader.toplevel
    prefix = top.shown(top.element_directory) + "/"
    found = set(element_files(top.element_directory))
    for name, text in loader.session.request.edits.items():
        local = name.removeprefix(prefix.removeprefix("./"))
        if name.endswith(".bst") and ":" not in name and prefix + local in (name, f"./{name}"):
            found = found | {local} if text is not None else found - {local}
    return tuple(sorted(found))


def _expanded(loader: Loader, targets: tuple[str, ...]) -> tuple[str, ...]:
    """Return `targets` with globs replaced by the toplevel elements that they match.

    As in BuildStream (`_stream.py`), `*` and `?` stop at a slash and `**` does not.
    """
    found: list[str] = []
    for target in targets:
        if not any(char in target for char in "*?["):
            found.append(target)
            continue
        try:
            pattern = names.glob_pattern(target)
        except re.error as error:
            raise SelectionError("empty-selection", f"'{target}' is no glob: {error}") from None
        matches = [name for name in _all_targets(loader) if pattern.match(name)]
        if not matches:
            raise SelectionError("empty-selection", f"no element matches '{target}'")
        found += matches
    return tuple(found)


def _option_text(value: OptionValue) -> str:
    if isinstance(value, bool):
        return _TRUTH[value]
    return value if isinstance(value, str) else ",".join(value)


def _find_project(directory: str) -> str:
    """Return the nearest folder with a project.conf, from `directory` upwards."""
    start = os.path.abspath(directory)
    if not os.path.isdir(start):
        raise ProjectError("no-project", f"there is no folder {directory}")
    folder = start
    while not os.path.lexists(os.path.join(folder, "project.conf")):
        above = os.path.dirname(folder)
        if above == folder:
            raise ProjectError(
                "no-project",
                f"there is no project.conf in {directory} or above it",
                fix="give the folder of a BuildStream project",
            )
        folder = above
    return folder
