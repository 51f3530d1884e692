"""What each source kind has in a cache key, and when it has none yet."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from bstgraph import kinds
from bstgraph.errors import Slug
from bstgraph.kinds import KeyGapError, SourceView
from bstgraph.model import Plugin, SourceConfig
from bstgraph.testing import load_error
from tests.unit.kind_views import ONE, source_key, source_kind, source_text, source_view

COMMIT = "0123456789" * 4
TWO = "27dd8ed44a83ff94d557f9fd0412ed5a8cbca69ea04922d88c01184a07300a5a"
URL = "url: 'al:x'"
OF_REGISTRY = "{name: n, version: '1', sha: s}"
SUBMODULES = "submodules: {a: {url: 'al:a', checkout: 0}, b: {}}, checkout-submodules: False"
SUBMODULES_KEY: list[Any] = [
    {"checkout_submodules": False},
    {"a": "al:a", "b": None},
    {"submodule_checkout_overrides": {"a": False}},
]

KEYS: list[tuple[str, str, Any]] = [
    ("local", "path: p", "tree of p"),
    ("remote", f"{URL}, ref: r", ["al:x", "r", "x", False]),
    ("remote", "url: 'al:a/b', ref: r, filename: c", ["al:a/b", "r", "c", False]),
    (
        "remote",
        f"{URL}, ref: r, executable: True, version: v, version-guess-pattern: p",
        ["al:x", "r", "v", "x", True],
    ),
    ("tar", f"{URL}, ref: r, version-guess-pattern: p", ["al:x", "r", "p", "*"]),
    ("zip", f"{URL}, ref: r, base-dir: b", ["al:x", "r", "b"]),
    ("deb", f"{URL}, ref: ''", ["al:x", "", "*"]),
    ("patch", "path: ./p/a.patch, strip-level: 02", ["./p/a.patch", ONE, 2]),
    ("patch_queue", "path: p", [ONE, TWO]),
    ("quilt", "path: s, other: x", ["s"]),
    ("generated", "template: p, name: n, path: a/b", "home of .config/buildstream-generate/n/a/b"),
    (
        "git",
        f"{URL}, ref: v-1-gabc, tags: [{{tag: t, commit: c, annotated: 1}}], {SUBMODULES}",
        ["al:x", "abc", {"tags": {"t": ["c", True]}}, *SUBMODULES_KEY],
    ),
    ("git", f"{URL}, ref: r, version: v", ["al:x", "r", "v"]),
    (
        "git_tag",
        f"{URL}, ref: v-1-gabc, use-lfs: True, version: v, {SUBMODULES}",
        ["al:x", "v-1-gabc", *SUBMODULES_KEY, "use-lfs", "v"],
    ),
    ("git_module", f"{URL}, ref: r, path: /a//b/", ["al:x", "r", {"path": "a/b"}]),
    ("git_module", f"{URL}, ref: r, path: '', use-lfs: 1", ["al:x", "r", "use-lfs"]),
    ("git_repo", f"{URL}, ref: '{COMMIT}'", {"ref": COMMIT, "bugfix": 1}),
    (
        "git_repo",
        f"{URL}, ref: 'v-1-g{COMMIT}', version-guess-pattern: p",
        {"ref": f"v-1-g{COMMIT}", "bugfix": 1, "version-guess-pattern": "p"},
    ),
    ("bzr", f"{URL}, track: t, ref: r, version: v", ["al:x", "t", "r", "v"]),
    ("ostree", f"{URL}, ref: r, gpg-key: p/a.patch", ["al:x", "r"]),
    ("ostree_mirror", f"{URL}, gpg: p", ["al:x", []]),
    (
        "ostree_mirror",
        f"{URL}, gpg: p, ref: [{{ref: b, checksum: c}}, {{ref: a, checksum: d}}]",
        ["al:x", [{"ref": "a", "checksum": "d"}, {"ref": "b", "checksum": "c"}]],
    ),
    ("docker", "image: i, ref: r", ["https://registry.hub.docker.com", "i", "sha256:r"]),
    ("docker", "image: i, registry-url: 'al:', ref: r", ["al:", "i", "sha256:r"]),
    ("docker", f"{URL}, ref: r, version: v", ["al:x", "sha256:r", "v"]),
    (
        "bazel_file",
        f"{URL}, ref: r, canonical-ids: [b, a], version: v",
        {
            "url": "al:x",
            "canonical-ids": ["b", "a"],
            "plugin_version": "1",
            "ref": "r",
            "version": "v",
        },
    ),
    ("bazel_source", "ref: r", [False, ".bst-sources", ["//..."], ".", "r"]),
    (
        "anitya",
        f"{URL}, project-id: 1, ref: {{version: v, sha256sum: s}}, exclude: [b, a]",
        ["al:x", "v", "s", ["b", "a"]],
    ),
    (
        "cargo",
        f"ref: [{OF_REGISTRY}]",
        [
            "https://static.crates.io/crates",
            "Cargo.lock",
            "crates",
            [{"name": "n", "version": "1", "sha": "s"}],
        ],
    ),
    (
        "cargo2",
        (
            f"{URL}, cargo-lock: l, ref: [{OF_REGISTRY},"
            " {kind: git, name: g, version: '2', repo: r, commit: c, query: {branch: b}}]"
        ),
        [
            "al:x",
            "l",
            ".vendored-crates",
            [
                {"kind": "registry", "name": "n", "version": "1", "sha": "s"},
                {
                    "kind": "git",
                    "name": "g",
                    "version": "2",
                    "repo": "r",
                    "commit": "c",
                    "query": {"branch": "b"},
                },
            ],
            "a",
        ],
    ),
    ("cargo2", f"{URL}", ["al:x", "Cargo.lock", ".vendored-crates", [], "a"]),
    ("gen_cargo_lock", "ref: r", "r"),
    ("cpan", "name: N, suffix: s, sha256sum: x, version: v", ["s", "x", "v"]),
    ("pypi", "name: N, ref: {suffix: s, sha256sum: x, other: y}", ["s", "x"]),
    ("pip", f"{URL}, packages: [a], ref: r", ["al:x", "r"]),
    (
        "go_module",
        f"{URL}, module: m, ref: {{go-version: v, git-ref: '{COMMIT}', explicit: x}}",
        {
            "ref": {"go-version": "v", "git-ref": COMMIT, "explicit": None},
            "module": "m",
            "bugfix": 1,
        },
    ),
    (
        "go_module",
        f"{URL}, module: m, ref: {{go-version: v, git-ref: '{COMMIT}', subdirectory: ''}}",
        {
            "ref": {"go-version": "v", "git-ref": COMMIT, "subdirectory": ""},
            "module": "m",
            "bugfix": 1,
        },
    ),
]


@pytest.mark.parametrize(("kind", "body", "expected"), KEYS)
def test_key(*, kind: str, body: str, expected: object, tmp_path: Path) -> None:
    view = source_view(kind, body, tmp_path)
    assert source_key(view) == expected
    assert source_kind(view).unresolved(view) is None


def test_pip_has_an_index_of_its_own(tmp_path: Path) -> None:
    index, ref = cast(
        "list[str]", source_key(source_view("pip", "packages: [a], ref: r", tmp_path))
    )
    assert hashlib.sha256(index.encode()).hexdigest() == INDEX
    assert ref == "r"


INDEX = "c7f8d697991d53b542b8642a19a92f84e260b54c6d24c67773119715da8189f0"
"""The hash of the URL of the index."""


def test_gnu_has_its_ref_from_elsewhere(tmp_path: Path) -> None:
    view = source_view("gnu", "name: N", tmp_path)
    config = {"name": "N", "ref": {"suffix": "s", "sha256sum": "x"}}
    source = view.source.model_copy(update={"config": config})
    view = replace(view, source=source, settings=SourceConfig())
    assert source_key(view) == ["s", "x"]
    assert source_kind(view).unresolved(view) is None


UNRESOLVED: list[tuple[str, str, str]] = [
    ("tar", URL, "it has no ref"),
    ("git_repo", f"{URL}, track: t", "it has no ref"),
    ("docker", "image: i", "it has no ref"),
    ("go_module", f"{URL}, module: m", "it has no ref"),
    ("cargo", "ref: []", "it has no ref"),
    ("cargo", "ref: [{name: n, version: v}]", "'n' has no sha"),
    ("cargo2", "ref: [{name: n, version: v}]", "'n' has no sha"),
    ("cpan", "name: N, suffix: s", "it has no suffix and sha256sum"),
    ("pypi", "name: N", "it has no ref"),
    ("pypi", "name: N, ref: {suffix: '', sha256sum: x}", "it has no ref"),
    ("gnu", "name: N", "it has no ref"),
    ("anitya", f"{URL}, project-id: 1", "it has no ref"),
]


@pytest.mark.parametrize(("kind", "body", "reason"), UNRESOLVED)
def test_unresolved(kind: str, body: str, reason: str, tmp_path: Path) -> None:
    view = source_view(kind, body, tmp_path)
    assert source_kind(view).unresolved(view) == reason


class TestReleases:
    """Some rules changed with a release of the plugin's package."""

    @pytest.mark.parametrize(
        ("release", "folder", "letter"),
        [
            ((2, 0, 2), "crates", "x"),
            ((2, 0, 3), ".vendored-crates", "x"),
            ((2, 2, 0), ".vendored-crates", "a"),
        ],
    )
    def test_cargo2(
        self, release: tuple[int, ...], folder: str, letter: str, tmp_path: Path
    ) -> None:
        view = source_view("cargo2", "cargo-lock: l", tmp_path, release=release)
        crates = "https://static.crates.io/crates"
        assert source_key(view) == [crates, "l", folder, [], letter]

    @pytest.mark.parametrize(
        ("release", "expected"),
        [((1, 95, 10), {}), ((1, 95, 11), {"bugfix": 1}), ((2, 0, 0), {"bugfix": 1})],
    )
    def test_git_repo(
        self, release: tuple[int, ...], expected: dict[str, int], tmp_path: Path
    ) -> None:
        view = source_view("git_repo", f"{URL}, ref: '{COMMIT}'", tmp_path, release=release)
        assert source_key(view) == {"ref": COMMIT, **expected}

    def test_cpan(self, tmp_path: Path) -> None:
        early = self.early_cpan({"url": "al:x", "sha256sum": "s"}, tmp_path)
        assert source_key(early) == ["al:x", "s"]
        assert source_kind(early).unresolved(early) is None
        later = source_view("cpan", "name: N, suffix: x", tmp_path, release=(1, 96, 0))
        assert source_key(later) == ["x", None]

    @pytest.mark.parametrize("ref", [{"url": "al:x"}, {"sha256sum": "s"}])
    def test_cpan_without_a_ref(self, ref: dict[str, str], tmp_path: Path) -> None:
        view = self.early_cpan(ref, tmp_path)
        assert source_kind(view).unresolved(view) == "it has no url and sha256sum"

    @pytest.mark.parametrize(
        ("release", "key"), [((1, 95, 11), "url"), ((1, 96, 0), "suffix"), ((), "suffix")]
    )
    def test_the_rules_in_force(self, release: tuple[int, ...], key: str) -> None:
        plugin = Plugin(origin="junction", file="x.py", release=release)
        kind = kinds.source_rules("cpan", plugin).kind
        assert kind is not None
        assert kind.ref_keys == {key, "sha256sum"}

    def early_cpan(self, ref: dict[str, str], tmp_path: Path) -> SourceView:
        view = source_view("cpan", "name: N", tmp_path, release=(1, 95, 11))
        source = view.source.model_copy(update={"config": {"name": "N", **ref}})
        return replace(view, source=source, settings=SourceConfig())

    @pytest.mark.parametrize(
        ("release", "explicit", "bugfix"),
        [((2, 1, 0), True, 0), ((2, 2, 0), True, 1), ((2, 3, 2), True, 1), ((2, 4, 0), None, 1)],
    )
    def test_go_module(
        self,
        release: tuple[int, ...],
        explicit: bool | None,  # noqa: FBT001 - a table
        bugfix: int,
        tmp_path: Path,
    ) -> None:
        body = f"{URL}, module: m, ref: {{go-version: v, git-ref: '{COMMIT}', explicit: 1}}"
        assert source_key(source_view("go_module", body, tmp_path, release=release)) == {
            "ref": {"go-version": "v", "git-ref": COMMIT, "explicit": explicit},
            "module": "m",
            "bugfix": bugfix,
        }

    @pytest.mark.parametrize("explicit", ["", ", explicit: maybe", ", explicit: [True]"])
    def test_go_module_had_to_be_explicit(self, explicit: str, tmp_path: Path) -> None:
        body = f"{URL}, module: m, ref: {{go-version: v, git-ref: '{COMMIT}'{explicit}}}"
        view = source_view("go_module", body, tmp_path, release=(2, 3, 2))
        with pytest.raises(KeyGapError, match=r"before 2.4.0 needs 'explicit'"):
            source_key(view)


def test_a_file_name_from_a_url_has_no_white_space_around(tmp_path: Path) -> None:
    view = source_view("remote", f"{URL}, ref: r", tmp_path)
    source = view.source.model_copy(update={"url": "https://example.com/ x "})
    assert source_key(replace(view, source=source)) == ["al:x", "r", "x", False]


class TestGaps:
    """What a key needs and nobody knows is said, not guessed."""

    def test_a_kind_without_rules(self, tmp_path: Path) -> None:
        with pytest.raises(KeyGapError, match="the rules for kind 'local' do not say"):
            kinds.SourceKind.unique_key(source_view("local", "path: p", tmp_path))

    def test_a_url_that_is_not_known(self, tmp_path: Path) -> None:
        view = source_view("remote", f"{URL}, ref: r", tmp_path)
        with pytest.raises(KeyGapError, match="what 'al:x' stands for"):
            source_key(replace(view, source=view.source.model_copy(update={"url": None})))

    def test_a_config_that_was_not_checked(self, tmp_path: Path) -> None:
        view = source_view("tar", f"{URL}, ref: r", tmp_path)
        source = view.source.model_copy(update={"config": {"url": ["x"]}})
        with pytest.raises(KeyGapError, match=r"the config of source kind 'tar' .*: url: "):
            source_key(replace(view, source=source, settings=SourceConfig()))

    @pytest.mark.parametrize("path", ["../x", "a/../../x", "/etc"])
    def test_generated_files_elsewhere(self, path: str, tmp_path: Path) -> None:
        view = source_view("generated", f"template: p, name: n, path: {path}", tmp_path)
        with pytest.raises(KeyGapError, match="leads out of the folder of generated files"):
            source_key(view)

    def test_generated_files_of_a_name_elsewhere(self, tmp_path: Path) -> None:
        view = source_view("generated", "template: p, name: ../n, path: x", tmp_path)
        with pytest.raises(KeyGapError, match="leads out of the folder of generated files"):
            source_key(view)

    def test_a_mirror_of_a_folder_of_the_project(self, tmp_path: Path) -> None:
        view = source_view("ostree_mirror", "path: p, gpg: p", tmp_path)
        with pytest.raises(KeyGapError, match="the full path of the project"):
            source_key(view)


WRONG: list[tuple[str, str, Slug, str]] = [
    ("tar", "ref: r", "missing-key", "3:3"),
    ("tar", f"{URL}, filename: f", "unknown-key", "3:28"),
    ("tar", f"{URL}, base-dir: [x]", "invalid-data", "3:38"),
    ("patch", "path: p/a.patch, strip-level: x", "invalid-data", "3:47"),
    ("patch", "path: p/a.patch, strip-level: '3000000000'", "invalid-data", "3:47"),
    ("git", URL, "invalid-data", "3:3"),
    ("git", f"{URL}, ref: r, tags: [{{tag: t, commit: c}}]", "missing-key", "3:43"),
    ("git_repo", f"{URL}, ref: v1", "invalid-data", "3:38"),
    ("ostree_mirror", "gpg: p", "invalid-data", "3:3"),
    ("docker", "ref: r", "invalid-data", "3:3"),
    ("docker", f"{URL}, image: i", "invalid-data", "3:3"),
    ("cargo2", "ref: [{name: n, version: v, kind: git}]", "invalid-data", "3:24"),
    ("pip", "ref: r", "invalid-data", "3:3"),
    ("gnu", "name: n, ref: {suffix: s, sha256sum: x}", "unknown-key", "3:24"),
]


@pytest.mark.parametrize(("kind", "body", "slug", "place"), WRONG)
def test_refused(*, kind: str, body: str, slug: Slug, place: str, tmp_path: Path) -> None:
    error = load_error(source_text(kind, body), tmp_path, targets=["a.bst"])
    assert error.slug == slug
    assert str(error.at) == f"elements/a.bst:{place}"
