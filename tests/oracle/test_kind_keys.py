"""What each kind has in a cache key, compared with what the real plugin gives BuildStream."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

import bstgraph
from bstgraph import kinds
from bstgraph.kinds import ElementView, KeyData, SourceView
from bstgraph.stores import Contents
from bstgraph.testing import write
from tests.oracle import draw_kinds, draw_mistaken_kinds, draw_sources, plugin_packages
from tests.oracle.compare import load
from tests.oracle.oracle import Job, Oracle, OracleElement, OracleResult, required_interpreter

pytestmark = pytest.mark.oracle

_JUNCTIONS = "sub.bst"


class Comparison:
    """Writes projects with all plugins, has both load them and compares the parts of keys."""

    def __init__(self, oracle: Oracle, python: Path, root: Path) -> None:
        self._oracle = oracle
        self._python = python
        self._root = root
        self.seen: set[tuple[str, str]] = set()
        """(`elements` or `sources`, kind) of all that had a key."""

    def names(self, text: str) -> list[str]:
        """Write the project drawn in `text` and return its elements."""
        write(text, self._root, complete=False)
        for conf in list(self._root.rglob("project.conf")):
            plugins = plugin_packages.copy(self._python, conf.parent)
            conf.write_text(conf.read_text() + plugins)
        folder = self._root / "elements"
        names = (str(path.relative_to(folder)) for path in sorted(folder.rglob("*.bst")))
        return [name for name in names if name != _JUNCTIONS]

    def results(self, targets: Iterable[tuple[str, ...]]) -> Iterator[OracleResult]:
        """Yield what BuildStream makes of each of several targets of what was written."""
        return self._oracle.run(Job(directory=self._root, targets=names) for names in targets)

    def differences(self, text: str) -> list[str]:
        """Return how the two differ about the project drawn in `text`, which both must load."""
        (result,) = self.results([tuple(self.names(text))])
        assert result.error is None, f"{result.error.message} {result.error.detail}"
        loaded = load(result.job)
        assert loaded.project is not None, loaded.outcome
        assert result.elements
        return [
            f"{oracle.name}: {line}"
            for oracle in result.elements
            for line in self._element(loaded.project, oracle)
        ]

    def _element(self, project: bstgraph.Project, oracle: OracleElement) -> Iterator[str]:
        element = project.elements[bstgraph.ElementName(oracle.name)]
        views = [
            SourceView(
                source=source,
                settings=source.settings,
                files=Contents().project(project.projects[element.junction].directory),
            )
            for source in element.sources
        ]
        reasons = [
            reason
            for source, view in zip(element.sources, views, strict=True)
            if (reason := _source_kind(source.kind).unresolved(view)) is not None
        ]
        if oracle.weak_input is None:
            yield from [] if reasons else ["only bst finds a source unresolved"]
            return
        yield from (f"only bstgraph says {reason}" for reason in reasons)
        self.seen.add(("elements", oracle.kind))
        yield from _element_parts(project, element, oracle.weak_input)
        for view, theirs in zip(views, oracle.weak_input["sources"], strict=True):
            self.seen.add(("sources", view.source.kind))
            ours = _plain(_source_kind(view.source.kind).unique_key(view))
            if ours != theirs["key"]:
                yield f"source {view.source.kind}: bst {theirs['key']}, bstgraph {ours}"


def _source_kind(name: str) -> type[kinds.SourceKind]:
    kind = kinds.registry().source(name)
    assert kind is not None, name
    return kind


def _element_parts(
    project: bstgraph.Project, element: bstgraph.Element, weak: Mapping[str, Any]
) -> Iterator[str]:
    kind = kinds.registry().element(element.kind)
    assert kind is not None, element.kind
    view = ElementView(element=element, settings=element.settings, find=project.elements.get)
    ours = {
        "element-plugin-key": _plain(kind.unique_key(view)),
        "element-plugin-version": kind.artifact_version(view),
        "runs commands": kind.runs_commands(view),
    }
    theirs = {**weak, "runs commands": "sandbox" in weak}
    for name, value in ours.items():
        if value != theirs[name]:
            yield f"{name}: bst {theirs[name]}, bstgraph {value}"
    lengths = {len(entry) for entry in weak["dependencies"]}
    if lengths and lengths != ({3} if kind.strict_rebuild else {2}):
        yield f"strict rebuild: bst {lengths == {3}}, bstgraph {kind.strict_rebuild}"


def _plain(value: KeyData) -> Any:
    """Return `value` as JSON gives it back."""
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(item) for item in value]
    return value


@pytest.fixture(scope="module")
def python() -> Path:
    return required_interpreter()


@pytest.fixture(scope="module")
def oracle(python: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Oracle]:
    environment = plugin_packages.pretend_needs(tmp_path_factory.mktemp("needs"))
    # The process starts with the first job, in the environment of that moment.
    with pytest.MonkeyPatch.context() as patch, Oracle(python) as running:
        for name, value in environment.items():
            patch.setenv(name, value)
        yield running


@pytest.fixture
def comparison(oracle: Oracle, python: Path, tmp_path: Path) -> Comparison:
    return Comparison(oracle, python, tmp_path)


def kinds_of(part: str, *names: str) -> set[tuple[str, str]]:
    return {(part, name) for name in names}


def test_build_systems(comparison: Comparison) -> None:
    assert comparison.differences(draw_kinds.CONF + draw_kinds.builds()) == []
    assert len(comparison.seen - kinds_of("sources", "remote")) == 16


def test_core(comparison: Comparison) -> None:
    assert comparison.differences(draw_kinds.CONF + draw_kinds.core()) == []
    wanted = kinds_of("elements", "compose", "filter", "import", "script", "stack")
    assert comparison.seen == wanted | kinds_of("sources", "remote")


def test_images(comparison: Comparison) -> None:
    assert comparison.differences(draw_kinds.CONF + draw_kinds.images()) == []
    wanted = "x86image fastboot_bootimg fastboot_ext4 dpkg_deploy flatpak_image flatpak_repo ostree"
    wanted += " snap_image tar_element oci"
    assert comparison.seen >= kinds_of("elements", *wanted.split())


def test_collectors(comparison: Comparison) -> None:
    assert comparison.differences(draw_kinds.CONF + draw_kinds.collectors()) == []
    wanted = "bazelize check_forbidden collect_integration collect_manifest"
    assert comparison.seen >= kinds_of("elements", *wanted.split())


def test_sources(comparison: Comparison) -> None:
    assert comparison.differences(draw_kinds.CONF + draw_sources.sources()) == []
    everywhere = {pair for pair in plugin_packages.KINDS if pair[0] == "sources"}
    # A gnu source needs a ref of the toplevel project.
    assert comparison.seen >= everywhere - kinds_of("sources", "gnu")


def test_refs(comparison: Comparison) -> None:
    assert comparison.differences(draw_sources.REFS) == []
    wanted = "tar git cpan pypi cargo go_module patch git_repo gnu remote cargo2"
    assert comparison.seen >= kinds_of("sources", *wanted.split())


def test_mistakes(comparison: Comparison) -> None:
    names = (
        set(comparison.names(draw_kinds.CONF + draw_mistaken_kinds.mistakes()))
        - draw_mistaken_kinds.BASE_NAMES
    )
    assert len(names) > 100
    outcomes = {
        result.job.targets[0]: (result.error is not None, load(result.job).error is not None)
        for result in comparison.results((name,) for name in sorted(names))
    }
    assert {name: outcome for name, outcome in outcomes.items() if outcome != (True, True)} == {}
