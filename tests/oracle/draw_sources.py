"""Projects with many sources of each kind, as texts of `bstgraph.testing`."""

from __future__ import annotations

from typing import Final

_SHA: Final = "0123456789abcdef" * 4
COMMIT: Final = "0123456789" * 4

_VERSIONS: Final = (
    "",
    ", version: '1.2'",
    ", version-guess-pattern: '(x)'",
    ", version: '', version-guess-pattern: '(x)'",
)
_DOWNLOADS: Final = tuple(
    f"url: '{url}'{ref}{version}"
    for url in ("al:a/b.tar", "bare:1.tar", "https://example.com/x?y=/z")
    for ref in ("", ", ref: ''", ", ref: '%{arch}'")
    for version in _VERSIONS
)
_TRACKED: Final = "url: 'al:x', track: t"
_CRATE: Final = "{name: b, version: '1', sha: x}"

# Some kinds cannot be the first.
FIRST: Final = "- {kind: remote, url: 'al:first', ref: x}\n"

_SOURCES: Final = {
    "remote": (*_DOWNLOADS, f"{_DOWNLOADS[4]}, filename: f, executable: True"),
    "tar": (*_DOWNLOADS, f"{_DOWNLOADS[4]}, base-dir: ''"),
    "zip": (*_DOWNLOADS[4:8], f"{_DOWNLOADS[4]}, base-dir: x/*"),
    "deb": (*_DOWNLOADS[4:8], f"{_DOWNLOADS[4]}, base-dir: '%{{arch}}'"),
    "bzr": (_TRACKED, f"{_TRACKED}, ref: r", f"{_TRACKED}, ref: r, version: ''"),
    "patch": ("path: p/1.patch", "path: ./p/1.patch, strip-level: 010", "path: p/2.patch"),
    "patch_queue": ("path: p", "path: ./p"),
    "quilt": ("", "path: '%{arch}', other: x"),
    "git": (
        _TRACKED,
        *(f"{_TRACKED}, ref: '{COMMIT}'{version}" for version in _VERSIONS),
        f"{_TRACKED}, ref: 'v-g1-3-g{COMMIT}', checkout-submodules: 0, ref-format: git-describe",
        (
            "url: 'al:x', ref: r, tags: [{tag: b, commit: c, annotated: True},"
            " {tag: a, commit: c, annotated: 0}], submodules: {s: {url: 'al:y', checkout: False},"
            " t: {other: x}, u: {checkout: 1}}, track-tags: True"
        ),
        "url: 'al:x', ref: r, tags: [], submodules: {}",
    ),
    "git_tag": (
        _TRACKED,
        *(f"{_TRACKED}, ref: '{COMMIT}'{version}" for version in _VERSIONS),
        (
            "url: 'al:x', ref: v-1-g2, use-lfs: True, checkout-submodules: False, full-clone: True,"
            " submodules: {s: {url: 'al:y', checkout: False}, t: {}}, match: [x], version: v"
        ),
    ),
    "git_module": (
        "url: 'al:x', path: p",
        *(f"url: 'al:x', ref: r, path: '/a//b/'{version}" for version in _VERSIONS),
        "url: 'al:x', ref: r, path: '', use-lfs: 1",
    ),
    "git_repo": (
        _TRACKED,
        *(f"{_TRACKED}, ref: '{COMMIT}'{version}" for version in _VERSIONS),
        f"url: 'al:x', ref: 'v1-0-g{COMMIT}and more', exclude: [x]",
    ),
    "ostree": (_TRACKED, "url: 'al:x', ref: r, gpg-key: p/1.patch"),
    "docker": (
        "image: i, track: t",
        "image: i, ref: r, version: v",
        "image: i, ref: '', registry-url: 'al:'",
        "url: 'al:i', ref: r, architecture: a, os: o",
        "url: 'al:i', ref: r, version: ''",
    ),
    "cargo": (
        "",
        "ref: []",
        f"ref: [{_CRATE}, {{name: a, version: 1.0, sha: y, provenance: {{homepage: h}}, z: z}}]",
        f"ref: [{_CRATE}, {{name: a, version: '1'}}]",
        f"ref: [{_CRATE}], url: 'al:c', vendor-dir: v, cargo-lock: l",
    ),
    "cargo2": (
        "",
        "ref: []",
        f"ref: [{_CRATE}, {{name: a, version: '1', kind: git, repo: 'al:r', commit: c}}]",
        f"ref: [{_CRATE}, {{kind: registry, name: a, version: '1'}}]",
        (
            "ref: [{kind: git, name: a, version: '1', repo: 'al:r', commit: c, sha: s,"
            " query: {branch: b, a: ''}}], git-mirrors: {}, vendor-dir: '', cargo-lock: l,"
            " url: 'al:'"
        ),
        "ref: [{kind: other, name: a, version: '1', sha: s, query: {b: c}}]",
    ),
    "gen_cargo_lock": ("", "ref: ''", "ref: abc"),
    "cpan": (
        "name: N",
        "name: N, suffix: s",
        *(f"name: N, suffix: s, sha256sum: '{_SHA}'{version}" for version in _VERSIONS),
        "name: N, suffix: '', sha256sum: '', index: 'idx:x'",
    ),
    "go_module": (
        "url: 'al:x', module: m",
        f"url: 'al:x', module: m, ref: {{go-version: v1, git-ref: '{COMMIT}'}}",
        (
            "url: 'al:x', module: m, ref: {explicit: [any], subdirectory: '', go-version: v1,"
            f" git-ref: 'v1-2-g{COMMIT}'}}"
        ),
    ),
    "pip": (
        "packages: [a]",
        "packages: [a, b], ref: ''",
        "requirements-files: [r.txt], ref: x, url: 'idx:simple'",
    ),
    "pypi": (
        "name: N",
        *(f"name: N, ref: {{suffix: s, sha256sum: x}}{version}" for version in _VERSIONS),
        "name: N, ref: {suffix: '', sha256sum: x, other: y}, include: [a], prereleases: 1",
        "name: N, ref: {suffix: s, sha256sum: ''}, url: 'al:'",
    ),
    "bazel_file": (
        "url: 'al:x'",
        *(f"url: 'al:x', ref: '{_SHA}'{version}" for version in _VERSIONS),
        f"url: 'al:x', ref: '{_SHA}', canonical-ids: [b, a, b]",
    ),
    "bazel_source": (
        "",
        "ref: r",
        "ref: r, targets: [//b, //a], workspace-dir: w, repo-file: f, allow-host-bazel: False",
    ),
    "anitya": (
        "project-id: 1, url: 'al:{version}'",
        "project-id: '010', url: 'al:{version}', ref: {version: v, sha256sum: s}, exclude: [b, a]",
    ),
}

PATCHES: Final = """
=== p/2.patch
two
=== p/1.patch
one
=== p/.hidden
"""


def sources() -> str:
    """Return every source kind but those made of whole folders, one source an element."""
    texts = [
        f"=== elements/{kind}-{number}.bst\nkind: manual\nsources:\n{FIRST}"
        f"- {{kind: {kind}{', ' if body else ''}{body}}}\n"
        for kind, bodies in _SOURCES.items()
        for number, body in enumerate(bodies)
    ]
    return PATCHES + "".join(texts)


REFS: Final = f"""{PATCHES}=== project.conf
name: kinds
min-version: 2.5
element-path: elements
ref-storage: project.refs
aliases: {{al: 'https://example.com/'}}
=== project.refs
projects:
  kinds:
    all.bst:
    - {{ref: t, url: 'al:other'}}
    - {{ref: r, tags: [{{tag: a, commit: c, annotated: True}}]}}
    - {{suffix: s, sha256sum: x}}
    - {{ref: {{suffix: s, sha256sum: x}}}}
    - {{ref: [{{name: a, version: '1', sha: x}}]}}
    - {{ref: {{go-version: v, git-ref: '{COMMIT}'}}}}
    - {{}}
    none.bst:
    - {{}}
    tags.bst:
    - {{ref: r}}
  sub:
    lost.bst:
    - {{}}
    top.bst:
    - {{}}
    - {{ref: '{COMMIT}'}}
    - {{ref: {{suffix: g, sha256sum: y}}}}
    - {{ref: x}}
    - {{ref: [{{name: b, version: '1', sha: y}}]}}
    - {{}}
    - {{}}
=== elements/all.bst
kind: manual
sources:
- {{kind: tar, url: 'al:x'}}
- {{kind: git, url: 'al:x', track: t, tags: [{{tag: b, commit: c, annotated: True}}]}}
- {{kind: cpan, name: N}}
- {{kind: pypi, name: N}}
- {{kind: cargo}}
- {{kind: go_module, url: 'al:x', module: m}}
- {{kind: patch, path: p/1.patch}}
=== elements/none.bst
kind: manual
sources: [{{kind: git_repo, url: 'al:x', ref: '{COMMIT}'}}]
=== elements/tags.bst
kind: manual
sources:
- {{kind: git, url: 'al:x', ref: a, track: t, tags: [{{tag: b, commit: c, annotated: True}}]}}
=== elements/sub.bst
kind: junction
sources: [{{kind: local, path: sub}}]
config: {{aliases: {{su: al}}}}
=== sub/project.conf
name: sub
min-version: 2.5
element-path: elements
aliases: {{su: 'https://example.org/', own: 'https://example.org/own-'}}
=== sub/top.bst
kind: manual
sources:
- {{kind: git_repo, url: 'su:x', ref: '{COMMIT}'}}
- {{kind: git_repo, url: 'own:x', track: t}}
- {{kind: gnu, name: n}}
- {{kind: remote, url: 'own:1', ref: y}}
- {{kind: cargo2, ref: [{{name: a, version: '1', sha: x}}]}}
- {{kind: cargo2, ref: [{{name: a, version: '1', sha: x}}]}}
- {{kind: pypi, name: N, ref: {{suffix: i, sha256sum: y}}}}
=== sub/lost.bst
kind: manual
sources: [{{kind: tar, url: 'su:x', ref: lost}}]
=== sub/name.bst
kind: manual
sources:
- {{kind: remote, url: 'su:', ref: y}}
- {{kind: remote, url: 'su:a', ref: y}}
- {{kind: remote, url: 'own:a', ref: y}}
=== elements/below.bst
kind: stack
depends: ['sub.bst:name.bst', 'sub.bst:top.bst', 'sub.bst:lost.bst']
"""
"""Refs of both projects in the toplevel's project.refs."""
