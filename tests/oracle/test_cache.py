"""Caches that the real BuildStream filled, read by both sides."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from bstgraph import load_state
from bstgraph.artifacts import Artifact
from bstgraph.files import Directory, File, Link, Node, Untyped, gaps, paths, walk
from bstgraph.names import ElementName
from bstgraph.scopes import Scope
from bstgraph.stores.cache import LocalCache, default_cache_directory
from bstgraph.stores.manifests import parse_manifest
from bstgraph.testing import write
from tests.oracle.builds import Builder, Shown, plant_busybox

pytestmark = pytest.mark.oracle

PROJECT: Final = """
=== project.conf
name: test
=== sub/project.conf
name: sub
=== sub/inner/shared.bst
kind: import
sources: [{kind: local, path: files}]
=== sub/files/from-sub
text
=== sub.bst
kind: junction
sources: [{kind: local, path: sub}]
=== box.bst
kind: import
sources: [{kind: local, path: box}]
=== odd.bst
kind: import
sources: [{kind: local, path: odd}]
=== lib/made now+1.bst
kind: manual
build-depends: [box.bst, "sub.bst:inner/shared.bst"]
config:
  install-commands:
  - mkdir -p "%{install-root}/usr/bin" "%{install-root}/empty/below"
  - echo '#!/bin/sh' > "%{install-root}/usr/bin/tool"
  - chmod +x "%{install-root}/usr/bin/tool"
  - touch "%{install-root}/usr/none"
  - ln -s usr/bin "%{install-root}/bin"
  - ln -s /nowhere "%{install-root}/usr/broken"
=== public.bst
kind: import
depends: [odd.bst]
sources: [{kind: local, path: public}]
public:
  bst:
    split-rules: {extra: [/data/**]}
    overlap-whitelist: ["/data/*"]
  test: {number: 010, empty: , list: [true, "%{element-name}"]}
=== public/data/b/c
=== public/data/a
=== filtered.bst
kind: filter
build-depends: [public.bst]
config: {include: [extra], pass-integration: true}
=== composed.bst
kind: compose
build-depends: [public.bst, "lib/made now+1.bst"]
config: {integrate: false, exclude: [runtime]}
=== integrated.bst
kind: compose
build-depends: [box.bst, hooked.bst]
=== hooked.bst
kind: import
sources: [{kind: local, path: public}]
public: {bst: {integration-commands: ["touch /made-by-integration", "rm /data/a"]}}
=== scripted.bst
kind: script
build-depends: [box.bst]
config:
  commands: ["mkdir -p %{install-root}/etc", "echo x > %{install-root}/etc/x"]
=== stack.bst
kind: stack
depends: [composed.bst, filtered.bst]
=== failed.bst
kind: manual
build-depends: [box.bst]
config: {install-commands: ["mkdir -p %{install-root}/x; exit 3"]}
=== nothing.bst
kind: manual
build-depends: [box.bst]
config: {strip-commands: ["true"]}
=== lost.bst
kind: manual
build-depends: [box.bst]
config: {strip-commands: []}
"""

TARGETS: Final = (
    "stack.bst",
    "integrated.bst",
    "scripted.bst",
    "failed.bst",
    "nothing.bst",
    "lost.bst",
)
BUILT: Final = (
    "box.bst",
    "odd.bst",
    "lib/made now+1.bst",
    "public.bst",
    "filtered.bst",
    "composed.bst",
    "integrated.bst",
    "hooked.bst",
    "scripted.bst",
    "nothing.bst",
    "lost.bst",
    "stack.bst",
)
EMPTY: Final = {"stack.bst", "nothing.bst", "lost.bst"}
ODD: Final = (
    ("a", ""),
    ("a.", ""),
    ("a-", ""),
    ("B", ""),
    ("z/empty/", ""),
    ("a0/f", ""),
    ("A/f", ""),
    ("A.b/c/d", ""),
    ("A b/ leading", ""),
    ("ä/ö", ""),
    ("\U0001f600", ""),
    ("\uffee", ""),
    ("quote'\"\\", ""),
    ("~", ""),
    ("%{x}", ""),
    (".hidden/.x", ""),
    ("m", "../out"),
    ("link to dir", "A"),
    ("arrow -> x", "y -> z"),
    ("ü-link", "ä"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    project: Path
    builder: Builder
    shown: Mapping[str, Shown]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    root = tmp_path_factory.mktemp("built")
    project = write(PROJECT, root / "project")
    plant_busybox(project / "box")
    for name, target in ODD:
        path = project / "odd" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if target:
            path.symlink_to(target)
        elif name.endswith("/"):
            path.mkdir()
        else:
            path.write_text(name)
            path.chmod(0o755 if len(name) % 2 else 0o644)
    builder = Builder(root / "builder")
    builder.build(project, TARGETS, fails=["failed.bst"])
    return Built(project=project, builder=builder, shown=builder.show(project, TARGETS))


def newest(cache: LocalCache, element: str, project: str = "test") -> Artifact:
    return cache.artifacts(project, element)[0]


def long_lines(tree: Directory) -> Iterator[str]:
    """Yield what `list-contents --long` prints."""
    for path, node in walk(tree):
        match node:
            case Directory():
                yield f"drwxr-xr-x  dir    {0:<11} {path}"
            case Link():
                yield f"lrwxrwxrwx  link   {len(node.target):<11} {path} -> {node.target}"
            case File():
                mode = "-rwxr-xr-x  exe   " if node.executable else "-rw-r--r--  reg   "
                yield f"{mode} {node.size:<11} {path}"


def test_the_lists_are_buildstreams(built: Built) -> None:
    cache = LocalCache(built.builder.cachedir)
    theirs = built.builder.list_contents(built.project, BUILT)
    trees = {name: cache.tree(newest(cache, name)) for name in BUILT}
    assert {name: list(paths(tree)) for name, tree in trees.items()} == theirs
    assert [gap for tree in trees.values() for gap in gaps(tree)] == []
    # They are not all alike, and the odd ones are there.
    assert {name for name, listed in theirs.items() if not listed} == EMPTY
    assert len(theirs["odd.bst"]) > len(ODD)
    assert "made-by-integration" in theirs["integrated.bst"]
    assert "empty/below" in theirs["lib/made now+1.bst"]


def test_long_lists_too(built: Built) -> None:
    cache = LocalCache(built.builder.cachedir)
    theirs = built.builder.list_contents(built.project, BUILT, long=True)
    ours = {name: list(long_lines(cache.tree(newest(cache, name)))) for name in BUILT}
    assert ours == theirs


def test_keys_and_trees_are_what_bst_shows(built: Built) -> None:
    cache = LocalCache(built.builder.cachedir)
    state = load_state(built.project)
    for name, shown in built.shown.items():
        _, _, local = name.rpartition(":")
        project = "sub" if name.startswith("sub.bst:") else "test"
        artifact = cache.artifact(project, local, shown.key)
        assert artifact is not None, name
        keys = state.keys[ElementName(name)]
        assert (artifact.strong, artifact.strict) == (shown.key, shown.key)
        assert artifact.weak == keys.weak.digest
        assert artifact.keys == tuple(sorted({artifact.strong, artifact.weak}))
        assert artifact.success == (shown.state == "cached"), name
        if artifact.files:
            assert f"{artifact.files}/{artifact.files_size}" == shown.digest


def test_built_from_is_the_build_scope(built: Built) -> None:
    cache = LocalCache(built.builder.cachedir)
    state = load_state(built.project)
    for name in state.project.elements:
        if str(name) not in BUILT:
            continue
        scope = state.graph.staging_order([name], scope=Scope.BUILD)
        found = cache.built_from(newest(cache, str(name)))
        assert found is not None
        assert [(one.element, one.key) for one in found] == [
            (str(one).rpartition(":")[2], state.keys[one].strict.digest) for one in scope
        ]
        assert [one.project for one in found] == [
            "sub" if ":" in str(one) else "test" for one in scope
        ]


def test_the_whole_cache_is_what_was_built(built: Built) -> None:
    cache = LocalCache(built.builder.cachedir)
    every = list(cache.all())
    assert {(one.project, one.element) for one in every} == {
        ("sub", "inner-shared"),
        *(("test", name) for name in ("failed", "lib-made_now_1")),
        *(("test", name.removesuffix(".bst")) for name in BUILT if "/" not in name),
    }
    assert len(every) == len(built.shown)
    assert list(cache.unreadable()) == []


def test_builds_that_failed_or_made_nothing(built: Built) -> None:
    cache = LocalCache(built.builder.cachedir)
    failed, lost = newest(cache, "failed.bst"), newest(cache, "lost.bst")
    assert (failed.success, failed.files) == (False, "")
    # The build of this one ended in an error too, after its artifact was stored as a success.
    assert (lost.success, lost.files) == (True, "")
    nothing = newest(cache, "nothing.bst")
    assert (nothing.success, nothing.files_size) == (True, 0)
    assert nothing.files


def test_public_data_is_text(built: Built) -> None:
    cache = LocalCache(built.builder.cachedir)
    public = cache.public(newest(cache, "public.bst"))
    assert public is not None
    assert public["test"] == {"number": "010", "empty": "", "list": ["true", "public.bst"]}
    bst = public["bst"]
    assert isinstance(bst, Mapping)
    assert bst["overlap-whitelist"] == ["/data/*"]
    loaded = load_state(built.project).project.elements
    assert public == loaded[ElementName("public.bst")].public


def test_a_manifest_says_the_same(built: Built) -> None:
    cache = LocalCache(built.builder.cachedir)
    for long in (False, True):
        text = built.builder.contents_text(built.project, BUILT, long=long)
        found = parse_manifest(io.BytesIO(text.encode()), "list")
        assert list(found) == list(BUILT)
        for name, tree in found.items():
            ours = cache.tree(newest(cache, name))
            assert list(walk(tree)) != [] or name in EMPTY
            assert dict(walk(tree)) == {
                path: as_listed(node, long=long) for path, node in walk(ours)
            }


def as_listed(node: Node, *, long: bool) -> Node:
    """Return what a list still tells of a node."""
    match node:
        case Directory() if node.entries or long:
            return Directory(
                {name: as_listed(one, long=long) for name, one in node.entries.items()}
            )
        case File() if long:
            return node._replace(hash="")
        case Link() if long:
            return node
        case _:
            return Untyped()


def test_nothing_is_written(built: Built) -> None:
    def state() -> dict[str, tuple[int, int]]:
        return {
            str(path): (path.lstat().st_mtime_ns, path.lstat().st_ino)
            for part in ("artifacts", "cas/objects")
            for path in (built.builder.cachedir / part).rglob("*")
        }

    before = state()
    cache = LocalCache(built.builder.cachedir)
    for artifact in cache.all():
        list(paths(cache.tree(artifact)))
        cache.public(artifact)
    assert state() == before


def test_a_blob_that_is_gone_is_a_gap(built: Built, tmp_path: Path) -> None:
    copied = tmp_path / "cache"
    for part in ("artifacts", "cas/objects"):
        for path in (built.builder.cachedir / part).rglob("*"):
            target = copied / path.relative_to(built.builder.cachedir)
            if path.is_file():
                target.parent.mkdir(parents=True, exist_ok=True)
                os.link(path, target)
    cache = LocalCache(copied)
    artifact = newest(cache, "odd.bst")
    (copied / "cas/objects" / artifact.files[:2] / artifact.files[2:]).unlink()
    assert [path for path, _ in gaps(cache.tree(artifact))] == [""]


def test_a_non_strict_build_uses_weak_keys(tmp_path: Path) -> None:
    text = """
        === a.bst
        kind: import
        sources: [{kind: local, path: files}]
        === b.bst
        kind: import
        depends: [a.bst]
        sources: [{kind: local, path: other}]
        === c.bst
        kind: import
        depends: [b.bst]
        sources: [{kind: local, path: other}]
        === files/one
        === other/two
        """
    project = write(text, tmp_path / "project")
    builder = Builder(tmp_path / "builder")
    builder.build(project, ["b.bst"])
    (project / "files" / "one").rename(project / "files" / "changed")
    builder.build(project, ["c.bst"], strict=False)
    shown = builder.show(project, ["c.bst"], strict=False)
    cache = LocalCache(builder.cachedir)
    new, old = cache.artifacts("test", "a.bst")
    assert [list(paths(cache.tree(one))) for one in (new, old)] == [["changed"], ["one"]]
    (b,) = cache.artifacts("test", "b.bst")
    # It is the first build of b, found by its weak key, and was made from the first a.
    assert shown["b.bst"].key == b.strong
    assert [one.key for one in cache.built_from(b) or ()] == [old.strong]
    (c,) = cache.artifacts("test", "c.bst")
    assert shown["c.bst"].key == c.strong
    assert [one.key for one in cache.built_from(c) or ()] == [new.strong, b.strong]
    assert c.strict == load_state(project).keys[ElementName("c.bst")].strict.digest
    assert c.strict != c.strong
    assert c.keys == tuple(sorted((c.strong, c.weak)))
    theirs = builder.list_contents(project, ["a.bst", "b.bst", "c.bst"], strict=False)
    ours = {"a.bst": new, "b.bst": b, "c.bst": c}
    assert {name: list(paths(cache.tree(one))) for name, one in ours.items()} == theirs


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"buildstream.conf": "cachedir: ~/one\n"}, "{home}/one"),
        (
            {"buildstream.conf": "cachedir: /x\n", "buildstream2.conf": "cachedir: $HOME/two//\n"},
            "{home}/two",
        ),
        ({"buildstream.conf": "{}\n"}, "{home}/.cache/buildstream"),
        ({"buildstream.conf": "cachedir: ${XDG_DATA_HOME}/d\n"}, "{home}/.local/share/d"),
        ({}, "{home}/.cache/buildstream"),
    ],
)
def test_the_default_directory_is_buildstreams(
    files: Mapping[str, str],
    expected: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / ".config").mkdir()
    for name, content in files.items():
        (tmp_path / ".config" / name).write_text(content)
    found = default_cache_directory()
    assert found == expected.replace("{home}", str(tmp_path))
    project = write("=== a.bst\nkind: stack\n", tmp_path / "project")
    Builder(tmp_path / "builder").run_as_user(project, ["build", "a.bst"])
    assert [one.element for one in LocalCache().all()] == ["a"]
