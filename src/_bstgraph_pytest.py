"""The pytest plugin: fixtures for the project of a repository, and assertions about it.

bstgraph itself is imported inside the fixtures, so that a test run that uses none pays nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
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
    "bstgraph(options=None, targets=None, arch=None): load the project with these options, "
    "targets or architecture for this test, instead of those of the ini file"
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the ini options."""
    for name, text in _LISTS.items():
        parser.addini(name, text, type="linelist", default=[])
    for name, text in _TEXTS.items():
        parser.addini(name, text, type="string", default="")


def pytest_configure(config: pytest.Config) -> None:
    """Add the marker."""
    config.addinivalue_line("markers", _MARKER)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give tests with a marker a project of their own; those with the same one share it."""
    marker = metafunc.definition.get_closest_marker("bstgraph")
    if marker is None or "bstgraph_arguments" not in metafunc.fixturenames:
        return
    told = _told(marker)
    metafunc.parametrize(
        "bstgraph_arguments", [told], indirect=True, scope="session", ids=[_id(told)]
    )


_Told = tuple[tuple[str, Any], ...]


def _told(marker: pytest.Mark) -> _Told:
    """Return what a marker says, as something that can be compared and hashed."""
    wrong = marker.args or set(marker.kwargs) - {"options", "targets", "arch"}
    if wrong:
        raise pytest.UsageError(f"the marker is {_MARKER.partition(':')[0]}")
    made: dict[str, Any] = dict(marker.kwargs)
    if "options" in made:
        made["options"] = tuple(sorted(dict(made["options"]).items()))
    if "targets" in made:
        made["targets"] = tuple(made["targets"])
    return tuple(sorted(made.items()))


def _id(told: _Told) -> str:
    parts = []
    for name, value in told:
        if name == "options":
            parts += [f"{option}={chosen}" for option, chosen in value]
        else:
            parts.append(value if isinstance(value, str) else ",".join(value))
    return " ".join(parts) or "bstgraph"


@pytest.fixture(scope="session")
def bstgraph_arguments(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Return the arguments of `bstgraph.load_state`, from the ini file and the marker."""
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
    pairs = dict(line.partition("=")[::2] for line in lines)
    if any("=" not in line for line in lines):
        raise pytest.UsageError(f"{name}: each line is NAME=VALUE")
    return {key.strip(): value.strip() for key, value in pairs.items()}


@pytest.fixture(scope="session")
def bstgraph_state(bstgraph_arguments: dict[str, Any]) -> State:
    """Return the project with its graph and its cache keys."""
    from bstgraph import load_state

    return load_state(**bstgraph_arguments)


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
def bstgraph_layers(bstgraph_state: State, pytestconfig: pytest.Config) -> Layers:
    """Return what the elements hold, as far as caches and local sources tell."""
    from bstgraph import open_layers

    caches = pytestconfig.getini("bstgraph_caches")
    return open_layers(bstgraph_state, caches=caches or None)


@pytest.fixture(scope="session")
def bstgraph_before(
    bstgraph_arguments: dict[str, Any], pytestconfig: pytest.Config
) -> State | None:
    """Return the state of the revision that counts as built before; None without one."""
    from bstgraph import load_state

    revision = pytestconfig.getini("bstgraph_built")
    return load_state(**bstgraph_arguments, revision=revision) if revision else None


@pytest.fixture(scope="session")
def bstgraph_assert(
    bstgraph_state: State, bstgraph_layers: Layers, bstgraph_before: State | None
) -> Assertions:
    """Return the assertions about the project: `bstgraph_assert.assert_ships(image, path)`."""
    from bstgraph.testing import Assertions

    return Assertions(state=bstgraph_state, layers=bstgraph_layers, before=bstgraph_before)
