"""The pytest plugin: fixtures for the project of a repository, and assertions about it.

bstgraph itself is imported inside the fixtures, so that a test run that uses none pays nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from bstgraph import Graph, Project, State
    from bstgraph.keys import Keys
    from bstgraph.layers import Layers
    from bstgraph.testing import Assertions

_LISTS = {
    "bstgraph_targets": "elements to load (default: the project's own targets)",
    "bstgraph_options": "project options, NAME=VALUE",
    "bstgraph_junctions": "folders with the files of junctions, NAME=DIR",
    "bstgraph_search": "folders with git clones or mirrors of junctions",
    "bstgraph_allow": "folders outside the project that it may read",
    "bstgraph_caches": "BuildStream's cache directories (default: the user's own)",
}
_TEXTS = {
    "bstgraph_directory": "the folder of the project (default: that of the ini file)",
    "bstgraph_arch": "the architecture of the machine that builds",
    "bstgraph_built": "a git revision that counts as built before",
}
_MARKER = (
    "bstgraph(options=None, targets=None, arch=None): load the project with these options beside "
    "those of the ini file, and with these targets or this architecture instead of its own"
)
_Told = tuple[tuple[str, Any], ...]
_T = TypeVar("_T")
_KEPT: pytest.StashKey[dict[tuple[str, str], Any]] = pytest.StashKey()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the ini options."""
    for name, text in _LISTS.items():
        parser.addini(name, text, type="linelist", default=[])
    for name, text in _TEXTS.items():
        parser.addini(name, text, type="string", default="")


def pytest_configure(config: pytest.Config) -> None:
    """Add the marker."""
    config.addinivalue_line("markers", _MARKER)
    config.stash[_KEPT] = {}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give tests with a marker a project of their own; those with the same one share it."""
    markers = list(metafunc.definition.iter_markers("bstgraph"))
    if not markers or "bstgraph_arguments" not in metafunc.fixturenames:
        return
    told = _merged(map(_checked, reversed(markers)))
    metafunc.parametrize(
        "bstgraph_arguments", [told], indirect=True, scope="session", ids=[_id(told)]
    )


def _checked(marker: pytest.Mark) -> Mapping[str, Any]:
    """Return what a marker says, in a form that can be compared; fail for what is wrong in it."""
    usage = f"the marker is {_MARKER.partition(':')[0]}"
    told = {name: value for name, value in marker.kwargs.items() if value is not None}
    if marker.args or set(told) - {"options", "targets", "arch"}:
        raise pytest.Collector.CollectError(usage)
    options, targets = told.get("options", {}), told.get("targets", ())
    if not isinstance(options, dict) or not all(isinstance(name, str) for name in options):
        raise pytest.Collector.CollectError(f"{usage}; options is a dictionary, not {options!r}")
    if not isinstance(targets, list | tuple) or not all(isinstance(one, str) for one in targets):
        raise pytest.Collector.CollectError(f"{usage}; targets is a list, not {targets!r}")
    if not isinstance(told.get("arch", ""), str):
        raise pytest.Collector.CollectError(f"{usage}; arch is a text, not {told['arch']!r}")
    return told


def _merged(markers: Iterable[Mapping[str, Any]]) -> _Told:
    """Return what markers say together: those of a test go over those of its class and module."""
    made: dict[str, Any] = {}
    for told in markers:
        options = {**made.get("options", {}), **told.get("options", {})}
        made = {**made, **told, "options": options}
    made["options"] = tuple(sorted((name, _frozen(value)) for name, value in options.items()))
    if "targets" in made:
        made["targets"] = tuple(made["targets"])
    return tuple(sorted(made.items()))


def _frozen(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


def _id(told: _Told) -> str:
    parts = []
    for name, value in told:
        if name == "options":
            parts += [f"{option}={_text(chosen)}" for option, chosen in value]
        else:
            parts.append(_text(value))
    return " ".join(parts) or "bstgraph"


def _text(value: object) -> str:
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)


@pytest.fixture(scope="session")
def bstgraph_arguments(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Return the arguments of `bstgraph.load_state`, from the ini file and the marker.

    A conftest.py may have a fixture of this name instead, of the same scope.
    """
    config = request.config
    root = config.inipath.parent if config.inipath is not None else config.rootpath
    lists = {name: config.getini(name) for name in _LISTS}
    junctions = _pairs(lists["bstgraph_junctions"], "bstgraph_junctions")
    arguments: dict[str, Any] = {
        "project": str(root / config.getini("bstgraph_directory")),
        "targets": tuple(lists["bstgraph_targets"]),
        "options": _pairs(lists["bstgraph_options"], "bstgraph_options"),
        "junctions": {name: str(root / folder) for name, folder in junctions.items()},
        "search": [str(root / folder) for folder in lists["bstgraph_search"]],
        "allow": [str(root / folder) for folder in lists["bstgraph_allow"]],
        "arch": config.getini("bstgraph_arch") or None,
    }
    for name, value in getattr(request, "param", ()):
        if name == "options":
            arguments["options"] = {**arguments["options"], **dict(value)}
        else:
            arguments[name] = value
    return arguments


def _pairs(lines: list[str], name: str) -> dict[str, str]:
    wrong = [line for line in lines if "=" not in line]
    if wrong:
        pytest.fail(f"{name}: each line is NAME=VALUE, and {wrong[0]!r} is none", pytrace=False)
    pairs = (line.partition("=") for line in lines)
    return {key.strip(): value.strip() for key, _, value in pairs}


def _once(
    config: pytest.Config, what: str, arguments: Mapping[str, Any], make: Callable[[], _T]
) -> _T:
    """Return what is made once for the same arguments, however tests with markers take turns.

    What is wrong with the project is told without a traceback.
    """
    from bstgraph import BstGraphError

    kept = config.stash[_KEPT]
    key = what, repr(sorted(arguments.items()))
    if key not in kept:
        try:
            kept[key] = make()
        except BstGraphError as error:
            text = f"bstgraph: {error.render()}"
            kept[key] = pytest.fail.Exception(text, pytrace=False)
    found = kept[key]
    if isinstance(found, pytest.fail.Exception):
        raise pytest.fail.Exception(found.msg, pytrace=False)
    made: _T = found
    return made


@pytest.fixture(scope="session")
def bstgraph_state(pytestconfig: pytest.Config, bstgraph_arguments: dict[str, Any]) -> State:
    """Return the project with its graph and its cache keys."""
    from bstgraph import load_state

    def made() -> State:
        return load_state(**bstgraph_arguments)

    return _once(pytestconfig, "state", bstgraph_arguments, made)


@pytest.fixture(scope="session")
def bstgraph_project(bstgraph_state: State) -> Project:
    """Return the project."""
    return bstgraph_state.project


@pytest.fixture(scope="session")
def bstgraph_graph(bstgraph_state: State) -> Graph:
    """Return the graph of the project."""
    return bstgraph_state.graph


@pytest.fixture(scope="session")
def bstgraph_keys(bstgraph_state: State) -> Keys:
    """Return the cache keys of all elements."""
    return bstgraph_state.keys


@pytest.fixture(scope="session")
def bstgraph_layers(
    pytestconfig: pytest.Config, bstgraph_arguments: dict[str, Any], bstgraph_state: State
) -> Layers:
    """Return what the elements hold, as far as caches and local sources tell."""
    from bstgraph import open_layers

    def made() -> Layers:
        root = pytestconfig.inipath.parent if pytestconfig.inipath else pytestconfig.rootpath
        caches = [str(root / folder) for folder in pytestconfig.getini("bstgraph_caches")]
        return open_layers(bstgraph_state, caches=caches or None)

    return _once(pytestconfig, "layers", bstgraph_arguments, made)


@pytest.fixture(scope="session")
def bstgraph_before(
    pytestconfig: pytest.Config, bstgraph_arguments: dict[str, Any]
) -> State | None:
    """Return the state of the revision that counts as built before; None without one."""
    from bstgraph import load_state

    def made() -> State | None:
        revision = pytestconfig.getini("bstgraph_built")
        return load_state(**bstgraph_arguments, revision=revision) if revision else None

    return _once(pytestconfig, "before", bstgraph_arguments, made)


@pytest.fixture(scope="session")
def bstgraph_assert(
    request: pytest.FixtureRequest,
    bstgraph_state: State,
    bstgraph_layers: Layers,
    bstgraph_before: State | None,
) -> Assertions:
    """Return the assertions about the project: `bstgraph_assert.assert_ships(image, path)`.

    Which checks run, and what they may find, is what the project's own settings say.
    """
    from bstgraph.checks import choice_of, own_baseline
    from bstgraph.settings import project_settings
    from bstgraph.testing import Assertions
    from bstgraph.yaml import read

    arguments = request.getfixturevalue("bstgraph_arguments")

    def made() -> Assertions:
        project = bstgraph_state.project
        settings = project_settings(project.directory, allow=arguments["allow"]).checks
        return Assertions(
            state=bstgraph_state,
            layers=bstgraph_layers,
            before=bstgraph_before,
            choice=choice_of(settings),
            settings=settings,
            baseline=own_baseline(
                settings,
                project.directory,
                project=project.name,
                read=lambda path, name: read(path, name).text,
            ),
        )

    return _once(request.config, "assertions", arguments, made)
