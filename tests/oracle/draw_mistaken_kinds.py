"""Elements and sources with one mistake each, as texts of `bstgraph.testing`."""

from __future__ import annotations

from typing import Final

from tests.oracle.draw_kinds import BASE, INPUT, METADATA, ON_BASE, table
from tests.oracle.draw_sources import COMMIT, FIRST, PATCHES

_WRONG_ELEMENTS: Final = {
    "autotools": (
        "config: {commands: []}",
        "config: {build-commands: x}",
        "config: {build-commands: [[x]]}",
        "build-depends: [{filename: base.bst, config: {place: /}}]",
        "build-depends: [{filename: base.bst, config: {location: [/]}}]",
        "build-depends: [{filename: base.bst, config: {digest-environment: {a: b}}}]",
    ),
    "x86image": (
        ON_BASE,
        f"{INPUT[0]}\nconfig: {{commands: []}}",
        "build-depends: [{filename: base.bst, config: {input: 'yes'}}]",
        "build-depends: [{filename: base.bst, config: {input: False}}]",
        "runtime-depends: [base.bst]",
    ),
    "fastboot_bootimg": (f"{INPUT[0]}\nconfig: {{create_dtb: x}}", ON_BASE),
    "dpkg_deploy": (f"{INPUT[0]}\nconfig: {{install-commands: []}}", ON_BASE),
    "flatpak_image": (
        "config: {directory: /}",
        "config: {metadata: {Runtime: {a: b}}}",
        "config: {directory: /, metadata: {Other: {a: b}}}",
        "config: {directory: /, metadata: {Runtime: {a: [b]}}}",
        (
            f"config: {{directory: /, {METADATA}}}\n"
            "build-depends: [{filename: base.bst, config: {place: x}}]"
        ),
        f"config: {{directory: /, {METADATA}}}\nsources: [{{kind: remote, url: 'al:x'}}]",
    ),
    "flatpak_repo": (
        ON_BASE,
        "build-depends: [{filename: base.bst, config: {branch: b}}]",
        "build-depends: [{filename: base.bst, config: {flatpak-image: 1, flatpak-stack: 1}}]",
        (
            "build-depends: [{filename: base.bst, config: {flatpak-image: 1}}]\n"
            "config: {copy-refs: [{src: a}]}"
        ),
    ),
    "ostree": (
        "config: {initial-commands: []}",
        "config: {ostree-branch: b, initial-commands: x}",
        (
            "config: {ostree-branch: b}\n"
            "build-depends: [{filename: base.bst, config: {sysroot: maybe}}]"
        ),
    ),
    "snap_image": ("config: {directory: /}", "config: {metadata: x, include-orphans: x}"),
    "tar_element": ("config: {compression: zip}", "runtime-depends: [base.bst]"),
    "oci": (
        "",
        "config: {images: [], mode: other}",
        "config: {images: [], annotations: {a: b}}",
        "config: {images: [{os: linux}]}",
        "config: {images: [{os: linux, architecture: a, tags: [x]}]}",
        "config: {images: [{os: linux, architecture: a, os.features: [x]}]}",
        "config: {images: [{os: linux, architecture: a, config: {Memory: '1'}}]}",
        "config: {mode: docker, images: [{os: linux, architecture: a, config: {Labels: {}}}]}",
        "config: {mode: docker, images: [{os: l, architecture: a, config: {Memory: x}}]}",
    ),
    "bazelize": ("config: {include-orphans: x}", "config: {paths: []}"),
    "check_forbidden": ("", "config: {forbidden: x}"),
    "collect_integration": (
        "",
        "config: {script-path: [x]}",
        "config: {script-path: x}\nsources: [{kind: remote, url: 'al:x'}]",
    ),
    "collect_manifest": (
        "config: {output-type: other}",
        "config: {spdx-info: {other: x}}",
        "config: {spdx-info: {created: x}}",
        "config: {use-source-provenance: x}",
    ),
}

_WRONG_SOURCES: Final = {
    "remote": ("ref: x", "url: 'al:x', executable: x", "url: 'al:x', track: t", "url: 'no:x'"),
    "zip": ("url: 'al:x', filename: f", "url: 'al:x', base-dir: [x]"),
    "bzr": ("url: 'al:x'", "url: 'no:x', track: t"),
    "patch": ("path: no", "path: p", "path: p/1.patch, strip-level: x", "path: p/1.patch, ref: r"),
    "patch_queue": ("path: p/1.patch",),
    "git": (
        "url: 'al:x'",
        "track: t",
        "url: 'al:x', ref: r, tags: [{tag: t, commit: c}]",
        "url: 'al:x', ref: r, tags: [{tag: t, commit: c, annotated: True, x: y}]",
        "url: 'al:x', ref: r, ref-format: other",
        "url: 'al:x', ref: r, submodules: {s: x}",
        "url: 'al:x', ref: r, submodules: {s: {checkout: maybe}}",
    ),
    "git_tag": ("url: 'al:x'", "url: 'al:x', ref: r, tags: []", "url: 'al:x', ref: r, use-lfs: x"),
    "git_module": ("url: 'al:x', ref: r", "url: 'al:x', ref: r, path: p, track: t"),
    "git_repo": ("url: 'al:x', ref: v1.0", "url: 'al:x', ref: [x]", "ref: x"),
    "ostree": ("url: 'al:x'", "url: 'al:x', ref: r, gpg-key: no"),
    "docker": ("ref: r", "url: 'al:x', image: i", "url: 'al:x', registry-url: 'al:x'"),
    "cargo": ("ref: [{name: n}]", "ref: x", "ref: [x]", "ref: [{name: n, version: [v]}]"),
    "cargo2": ("ref: [{name: n}]", "ref: [{kind: git, name: n, version: v, repo: r}]", "ref: {}"),
    "gen_cargo_lock": ("ref: [x]", "url: 'al:x'"),
    "cpan": ("suffix: s", "name: N, ref: x"),
    "go_module": (
        "url: 'al:x'",
        "url: 'al:x', module: m, ref: r",
        "url: 'al:x', module: m, ref: {go-version: v1, git-ref: v1}",
        f"url: 'al:x', module: m, ref: {{go-version: v1, git-ref: '{COMMIT}', x: y}}",
        "url: 'al:x', module: m, version: v",
    ),
    "pip": ("ref: x", "packages: []", "packages: x"),
    "pypi": ("name: N, ref: {suffix: s}", "name: N, ref: x", "name: N, prereleases: x"),
    "bazel_file": ("ref: r", "url: 'al:x', canonical-ids: x"),
    "bazel_source": ("targets: x", "allow-host-bazel: x"),
    "anitya": (
        "url: 'al:x'",
        "project-id: x, url: 'al:x'",
        "project-id: 1, url: 'al:x', ref: {version: v}",
        "project-id: 1, url: 'al:x', ref: {version: v, sha256sum: s, x: y}",
    ),
    "gnu": ("name: n, ref: {suffix: s, sha256sum: x}", "dirname: d"),
}


def mistakes() -> str:
    """Return elements that are wrong, each in one way, and what they need."""
    sources = [
        f"=== elements/source-{kind}-{number}.bst\nkind: manual\nsources:\n{FIRST}"
        f"- {{kind: {kind}, {body}}}\n"
        for kind, bodies in _WRONG_SOURCES.items()
        for number, body in enumerate(bodies)
    ]
    return BASE + PATCHES + table(_WRONG_ELEMENTS) + "".join(sources)


BASE_NAMES: Final = frozenset(("base.bst", "dir/tool.x.bst", "both.bst"))
"""The elements that others depend on; nothing is wrong with them."""
