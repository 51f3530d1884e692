"""What elements hold, predicted, beside what the real BuildStream builds."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

import bstgraph
from bstgraph.files import Directory, File, Link
from bstgraph.layers import Layers
from bstgraph.state import State
from bstgraph.stores import _reapi
from bstgraph.stores.cache import LocalCache
from tests.oracle.builds import Builder
from tests.oracle.draw_contents import corner_project
from tests.unit import trees
from tests.unit.trees import plant

pytestmark = pytest.mark.oracle

UP_TO_COMMANDS: Final = {"compose-commands.bst", "compose-passed.bst"}
"""Composes whose integration commands change files."""

FAILING: Final = (
    "compose-crash.bst",
    "compose-filter.bst",
    "compose-on-failed.bst",
    "compose-stack.bst",
    "filter-unknown.bst",
    "script-plain.bst",
    "source-empty.bst",
    "source-link.bst",
    "source-missing.bst",
)

_OVERLAP: Final = re.compile(
    r"(?P<path>/.*): (?P<refused>\S+(?: and \S+)*) (?:is|are) not permitted to overlap other "
    r"elements, order (?P<order>.*) $",
    re.MULTILINE,
)
_ACROSS: Final = re.compile(
    r"(?P<path>/.*): (?P<above>\S+) overlaps files previously staged by "
    r"(?P<below>\S+) in: (?P<at>.*)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """A project that was built as far as it can be."""

    builder: Builder
    directory: Path
    names: tuple[str, ...]
    real: Mapping[str, list[str]]
    """Element -> what `bst artifact list-contents` says; nothing of what did not build."""
    state: State

    def layers(self, *, predict: bool) -> Layers:
        return Layers(self.state, [LocalCache(self.builder.cachedir)], predict=predict)

    def log(self, name: str) -> str:
        """Return the newest log of a build."""
        folder = self.builder.cachedir.parent / "logs" / "shipped" / name.removesuffix(".bst")
        return max(folder.glob("*-build.*.log")).read_text()


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    root = tmp_path_factory.mktemp("contents")
    directory = corner_project(root / "project")
    builder = Builder(root / "bst")
    names = tuple(sorted(path.name for path in (directory / "elements").iterdir()))
    builder.build(directory, names, fails=FAILING)
    # A failed build may be there too, as an artifact without files.
    shown = builder.show(directory, names)
    listed = builder.list_contents(directory, names)
    return Built(
        builder=builder,
        directory=directory,
        names=names,
        real={name: paths for name, paths in listed.items() if shown[name].state == "cached"},
        state=bstgraph.load_state(directory),
    )


def cas_digest(tree: Directory) -> str:
    """Return the digest of a tree whose files are known, as `bst show` tells it."""
    return _cas(tree).digest.hash


def _cas(tree: Directory) -> _reapi.Tree:
    files, links, below = [], [], []
    for name, node in tree.entries.items():
        match node:
            case File():
                digest = _reapi.Digest(node.hash, node.size)
                files.append(_reapi.FileNode(name.encode(), digest, node.executable))
            case Link():
                links.append(_reapi.SymlinkNode(name.encode(), node.target.encode()))
            case Directory():
                below.append(_reapi.DirectoryNode(name.encode(), _cas(node)))
    return _reapi.hashed(
        _reapi.Directory(
            files=tuple(sorted(files)),
            directories=tuple(sorted(below)),
            symlinks=tuple(sorted(links)),
        )
    )


def test_the_project_has_what_it_is_for(built: Built) -> None:
    assert len(built.real) > 280
    assert set(built.names) - built.real.keys() == set(FAILING)


def test_predicted_paths_are_those_of_list_contents(built: Built) -> None:
    layers = built.layers(predict=True)
    for name, paths in built.real.items():
        contents = layers.contents(name)
        assert contents.known, name
        if name not in UP_TO_COMMANDS:
            assert list(contents) == paths, name


def test_predicted_trees_have_the_digest_of_the_artifact(built: Built) -> None:
    layers = built.layers(predict=True)
    shown = built.builder.show(built.directory, built.names)
    exact = [name for name in built.real if layers.contents(name).exact]
    assert len(exact) > 270
    for name in exact:
        if shown[name].digest:
            found = cas_digest(layers.contents(name).tree)
            assert shown[name].digest.startswith(found), name


def test_what_fails_is_predicted_to_fail(built: Built) -> None:
    layers = built.layers(predict=True)
    failed = {name for name in built.names if layers.contents(name).failure}
    # It cannot be built, since what it needs cannot.
    assert failed == (set(built.names) - built.real.keys()) - {"compose-on-failed.bst"}
    (gap,) = layers.contents("compose-on-failed.bst").gaps
    assert gap.element == "compose-crash.bst"
    assert "/usr/empty: a file would replace an empty directory" in gap.reason


def test_commands_are_where_prediction_ends(built: Built) -> None:
    layers = built.layers(predict=True)
    for name in UP_TO_COMMANDS:
        contents = layers.contents(name)
        assert [command.text for command in contents.commands] == [
            "echo made > /made",
            "rm /usr/new/place/x",
        ]
        assert not contents.exact
        assert set(built.real[name]) - set(contents) == {"made"}
        assert set(contents) - set(built.real[name]) == {"usr/new/place/x"}


def test_the_cache_has_the_last_word(built: Built) -> None:
    layers = built.layers(predict=False)
    for name, paths in built.real.items():
        contents = layers.contents(name)
        assert list(contents) == paths, name
        assert contents.origin in {"strict", "kind"}, name
        assert contents.exact, name


def test_overlaps_are_those_that_buildstream_warns_of(built: Built) -> None:
    layers = built.layers(predict=True)
    seen = 0
    for name in built.real:
        if built.state.graph[name].kind not in {"compose", "script"}:
            continue
        ours = {told(overlap) for overlap in layers.staged(name).overlaps if overlap.refused}
        log = built.log(name)
        theirs = {
            (match["path"], tuple(match["refused"].split(" and ")), match["order"])
            for match in _OVERLAP.finditer(log)
        } | {
            (match["path"], (match["above"],), f"{match['above']} above {match['below']}")
            for match in _ACROSS.finditer(log)
        }
        assert ours == theirs, name
        seen += len(ours)
    assert seen > 70


def told(overlap: bstgraph.layers.Overlap) -> tuple[str, tuple[str, ...], str]:
    path = f"{overlap.location.rstrip('/')}/{overlap.path}"
    return path, overlap.refused, " above ".join(reversed(overlap.elements))


def test_files_that_are_left_out_are_those_that_buildstream_warns_of(built: Built) -> None:
    staging = built.layers(predict=True).staged("compose-doc.bst")
    assert staging.unstaged == (("b-above.bst", "usr/share/man"),)
    warning = built.log("compose-doc.bst").partition("From b-above.bst:\n")[2]
    assert warning.split()[0] == "/usr/share/man"


def owners(layers: Layers, name: str, paths: Iterable[str]) -> list[str | None]:
    staging = layers.staged(name)
    return [staging.owner(path) for path in paths]


def test_the_last_one_staged_has_the_file(built: Built) -> None:
    layers = built.layers(predict=True)
    paths = ["etc/a.conf", "usr/bin/a", "usr/bin/link", "opt/emptydir/now", "opt/emptydir", "none"]
    assert owners(layers, "compose-doc.bst", paths) == [
        "c-above.bst",
        "b-above.bst",
        "a.bst",
        "b-above.bst",
        "a.bst",
        None,
    ]


KINDS: Final = {
    "script.bst": "collect_integration:{script-path: /usr/bin/run-it}",
    "at-root.bst": "collect_integration:{script-path: run}",
    "manifest.bst": "collect_manifest:{path: /usr/manifest.json}",
    "no-manifest.bst": "collect_manifest:{}",
    "check.bst": "check_forbidden:{forbidden: [x.bst]}",
    "xz.bst": "tar_element:{filename: out, compression: xz}",
    "plain.bst": "tar_element:{filename: out, compression: none}",
}


def test_what_a_kind_writes_whatever_it_depends_on(tmp_path: Path) -> None:
    listed = "[collect_integration, collect_manifest, check_forbidden, tar_element]"
    package = "origin: pip, package-name: buildstream-plugins-community"
    plant(tmp_path / "project/files", {"x": trees.File("x")})
    project = tmp_path / "project"
    (project / "project.conf").write_text(
        f"name: kinds\nmin-version: 2.4\nplugins: [{{{package}, elements: {listed}}}]\n"
    )
    (project / "a.bst").write_text(
        "kind: import\nsources: [{kind: local, path: files}]\n"
        "public: {bst: {integration-commands: [ls]}}\n"
    )
    for name, told in KINDS.items():
        kind, _, config = told.partition(":")
        text = f"kind: {kind}\nbuild-depends: [a.bst]\nconfig: {config}\n"
        (project / name).write_text(text)
    builder = Builder(tmp_path / "bst")
    builder.build(project, tuple(KINDS))
    real = builder.list_contents(project, KINDS)
    layers = Layers(bstgraph.load_state(project))
    built_layers = Layers(layers.state, [LocalCache(builder.cachedir)])
    for name in KINDS:
        contents = layers.contents(name)
        assert contents.origin == "kind"
        assert list(contents) == real[name], name
        for path, node in built_layers.contents(name).entries():
            if isinstance(node, File):
                predicted = dict(contents.entries())[path]
                assert isinstance(predicted, File)
                assert predicted.executable == node.executable
