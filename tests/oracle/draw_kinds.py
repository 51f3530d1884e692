"""Projects with many elements and sources of each kind, as texts of `bstgraph.testing`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

CONF: Final = """
=== project.conf
name: kinds
min-version: 2.5
element-path: elements
aliases: {al: 'https://example.com/', bare: 'https://example.com/files/f-', idx: 'https://e.org/'}
variables: {arch: x86_64, branch: main}
"""

_SHA: Final = "0123456789abcdef" * 4
_COMMIT: Final = "0123456789" * 4

BASE: Final = """
=== elements/base.bst
kind: import
sources: [{kind: remote, url: 'al:base', ref: 'x'}]
=== elements/dir/tool.x.bst
kind: import
sources: [{kind: remote, url: 'al:tool', ref: 'x'}]
=== elements/both.bst
kind: stack
depends: [dir/tool.x.bst, base.bst]
"""

_BUILDS: Final = (
    "autotools cmake make meson pip setuptools bazel_build cargo dpkg_build makemaker modulebuild "
    "pyproject qmake manual"
).split()

# What an element of a build system kind may hold, beside its kind.
_BUILD_BODIES: Final = (
    "",
    "config: {configure-commands: [], build-commands: [''], install-commands: ['%{prefix}', ü]}",
    "config: {install-commands: {(>): ['']}, strip-commands: []}",
    "variables: {command-subdir: sub, notparallel: 'False'}",
    "variables: {command-subdir: '', notparallel: 'True'}",
    "build-depends: [base.bst, {filename: dir/tool.x.bst, config: {location: '%{prefix}'}}]",
    "build-depends: [{filename: base.bst, config: {location: ''}}, dir/tool.x.bst]",
    "build-depends: [{filename: base.bst, config: {location: /}}, dir/tool.x.bst]",
    "build-depends: [{filename: base.bst, config: {}}, dir/tool.x.bst]",
    "build-depends:\n"
    "- {filename: base.bst, config: {location: /b}}\n"
    "- {filename: base.bst, config: {location: /a, digest-environment: ONE}}\n"
    "- dir/tool.x.bst\n"
    "depends:\n"
    "- {filename: dir/tool.x.bst, config: {digest-environment: TWO}}\n"
    "- {filename: both.bst, config: {digest-environment: ONE}}",
    "build-depends: [{filename: [base.bst, dir/tool.x.bst], config: {digest-environment: ''}}]",
    "runtime-depends: [base.bst]\nbuild-depends: [{filename: base.bst, config: {location: /x}}]",
)


def _elements(kind: str, bodies: Sequence[str]) -> Iterator[str]:
    for number, body in enumerate(bodies):
        yield f"=== elements/{kind}-{number}.bst\nkind: {kind}\n{body}\n"


def _table(table: dict[str, tuple[str, ...]]) -> str:
    return "".join(text for kind, bodies in table.items() for text in _elements(kind, bodies))


def builds() -> str:
    """Return every build system kind with every body."""
    return BASE + _table(dict.fromkeys(_BUILDS, _BUILD_BODIES))


_ON_BASE: Final = "build-depends: [base.bst]"

_CORE: Final = {
    "compose": (
        _ON_BASE,
        f"{_ON_BASE}\nconfig: {{integrate: False, include: [b, a, b], exclude: [d, c]}}",
        f"{_ON_BASE}\nconfig: {{integrate: 'true', exclude: [], include-orphans: 0}}",
        "config: {integrate: '0'}",
    ),
    "filter": (
        _ON_BASE,
        f"{_ON_BASE}\nconfig: {{include: [b, a], exclude: [d, c], include-orphans: 1}}",
        f"{_ON_BASE}\nconfig: {{pass-integration: True}}\nruntime-depends: [dir/tool.x.bst]",
    ),
    "import": tuple(
        f"sources: [{{kind: remote, url: 'al:x', ref: y}}]\n{config}"
        for config in ("", "config: {source: '%{prefix}', target: ''}", "config: {target: x}")
    ),
    "stack": ("", "config: {any: [thing], provenance: x}", "depends: [base.bst]"),
    "script": (
        "",
        f"{_ON_BASE}\nconfig: {{commands: ['', '%{{prefix}}'], root-read-only: True}}",
        "variables: {cwd: /x, install-root: ''}\n"
        "build-depends:\n"
        "- {filename: base.bst, config: {location: ''}}\n"
        "- {filename: base.bst, config: {location: /l}}\n"
        "- {filename: [dir/tool.x.bst, both.bst], config: {location: /l}}\n",
        "variables: {cwd: ''}\nbuild-depends: [{filename: base.bst, config: {location: /l/}}]",
    ),
}


def core() -> str:
    """Return the other kinds of BuildStream core."""
    return BASE + _table(_CORE)


_INPUT: Final = (
    "build-depends: [dir/tool.x.bst, both.bst, {filename: base.bst, config: {input: True}}]",
    "build-depends:\n- {filename: [base.bst, both.bst], config: {input: 1}}\n"
    "- {filename: dir/tool.x.bst, config: {input: 'False'}}\n",
    "variables: {cwd: /w, install-root: /out, build-root: '/b/%{element-name}'}\n"
    "build-depends: [{filename: base.bst, config: {input: true}}]",
)

_IMAGE: Final = "=== elements/image.bst\nkind: flatpak_image\n"
_METADATA: Final = "metadata: {Runtime: {name: org.x, a: '1'}, ExtensionOf: {b: '%{arch}'}}"

_IMAGES: Final = {
    "x86image": (*_INPUT, f"{_INPUT[0]}\nconfig: {{final-commands: ['', x]}}"),
    "fastboot_bootimg": (*_INPUT, f"{_INPUT[0]}\nconfig: {{unknown: x, create_img: []}}"),
    "fastboot_ext4": (*_INPUT, f"{_INPUT[0]}\nconfig: {{install_img: ['']}}"),
    "dpkg_deploy": (*_INPUT, f"{_INPUT[0]}\nconfig: {{build-commands: []}}"),
    "flatpak_image": (
        f"{_ON_BASE}\nconfig: {{directory: '%{{prefix}}', {_METADATA}}}",
        f"config: {{directory: /x, include: [b, a], exclude: [d, c], component-ids: [z, y],"
        f" {_METADATA}}}\n"
        "build-depends: [{filename: base.bst, config: {location: /l}}, dir/tool.x.bst]",
    ),
    "flatpak_repo": (
        "build-depends: [base.bst, {filename: image.bst, config: {flatpak-image: True}}]",
        "build-depends:\n"
        "- {filename: image.bst, config: {flatpak-image: 1, branch: other, arch: arm}}\n"
        "- {filename: image.bst, config: {flatpak-image: 1, branch: '', flatpak-stack: False}}\n"
        "- {filename: dir/tool.x.bst, config: {flatpak-image: 1}}\n"
        "config: {copy-refs: [{src: a, dest: b}, {dest: d, src: '%{branch}'}], repo-mode: bare,"
        " arch: a, branch: b}",
        "build-depends:\n"
        "- {filename: both.bst, config: {flatpak-stack: True, branch: b}}\n"
        "- {filename: mixed.bst, config: {flatpak-stack: True}}\n"
        "- {filename: 'sub.bst:stack.bst', config: {flatpak-stack: True}}\n"
        "- {filename: 'sub.bst:dir/in.sub.bst', config: {flatpak-image: True}}\n",
    ),
    "ostree": (
        "config: {ostree-branch: '%{arch}/x', initial-commands: [b, a]}\n"
        "build-depends: [base.bst, {filename: dir/tool.x.bst, config: {sysroot: True}}]",
    ),
    "snap_image": (
        "config: {directory: /d, include: [b, a], exclude: [c], include-orphans: False,"
        " metadata: {a: [1, {b: '%{prefix}'}], c: ''}}",
        "config: {directory: /d, metadata: x}",
    ),
    "tar_element": ("", "config: {filename: '%{arch}', compression: none}"),
    "oci": (
        "config: {images: []}",
        "config: {gzip: False, mode: docker, images: [{architecture: a, os: linux, tags: [b, a],"
        " variant: v, parent: {element: x.bst},"
        " config: {Memory: '12', Env: [a=b], Healthcheck: {Test: [x], Retries: 03}}}]}",
        "config: {images: [{architecture: a, os: linux, os.features: [z], variant: v,"
        " os.version: '1', parent: {element: x.bst, image: 2}, layer: [b], author: me, comment: '',"
        " config: {User: u, StopSignal: s, Cmd: []}, annotations: {a: '%{arch}'}}]}",
    ),
}

_BELOW: Final = """
=== elements/mixed.bst
kind: manual
build-depends: [base.bst]
runtime-depends: [dir/tool.x.bst]
=== elements/sub.bst
kind: junction
sources: [{kind: local, path: sub}]
=== sub/project.conf
name: sub
min-version: 2.5
element-path: elements
=== sub/stack.bst
kind: stack
depends: [dir/in.sub.bst]
=== sub/dir/in.sub.bst
kind: manual
"""


def images() -> str:
    """Return the kinds that pack images, with dependencies in a subproject too."""
    image = f"{_IMAGE}config: {{directory: /usr, {_METADATA}}}\n"
    return BASE + _BELOW + image + _table(_IMAGES)


_COLLECTORS: Final = {
    "bazelize": ("", "config: {include: [b, a, b], exclude: [d, c], include-orphans: 0}"),
    "check_forbidden": ("config: {forbidden: [b, a, b]}", "config: {forbidden: []}"),
    "collect_integration": (
        "config: {script-path: '%{prefix}/x'}",
        f"{_ON_BASE}\nconfig: {{script-path: /x, ignore: [base.bst, base.bst]}}",
    ),
    "collect_manifest": (
        "",
        "config: {path: '%{prefix}', use-source-provenance: False, unknown: x}",
        "config: {output-type: spdx}",
        "config: {output-type: spdx, spdx-info: {creators: [b, a], created: '0012', name: n,"
        " doc-namespace: d, data-license: l}}",
        "config: {output-type: manifest, spdx-info: {name: n}}",
    ),
}


def collectors() -> str:
    """Return the kinds that check or collect."""
    return BASE + _table(_COLLECTORS)


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
_FIRST: Final = "- {kind: remote, url: 'al:first', ref: x}\n"

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
        *(f"{_TRACKED}, ref: '{_COMMIT}'{version}" for version in _VERSIONS),
        f"{_TRACKED}, ref: 'v-g1-3-g{_COMMIT}', checkout-submodules: 0, ref-format: git-describe",
        "url: 'al:x', ref: r, tags: [{tag: b, commit: c, annotated: True},"
        " {tag: a, commit: c, annotated: 0}], submodules: {s: {url: 'al:y', checkout: False},"
        " t: {other: x}, u: {checkout: 1}}, track-tags: True",
        "url: 'al:x', ref: r, tags: [], submodules: {}",
    ),
    "git_tag": (
        _TRACKED,
        *(f"{_TRACKED}, ref: '{_COMMIT}'{version}" for version in _VERSIONS),
        "url: 'al:x', ref: v-1-g2, use-lfs: True, checkout-submodules: False, full-clone: True,"
        " submodules: {s: {url: 'al:y', checkout: False}, t: {}}, match: [x], version: v",
    ),
    "git_module": (
        "url: 'al:x', path: p",
        *(f"url: 'al:x', ref: r, path: '/a//b/'{version}" for version in _VERSIONS),
        "url: 'al:x', ref: r, path: '', use-lfs: 1",
    ),
    "git_repo": (
        _TRACKED,
        *(f"{_TRACKED}, ref: '{_COMMIT}'{version}" for version in _VERSIONS),
        f"url: 'al:x', ref: 'v1-0-g{_COMMIT}and more', exclude: [x]",
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
        "ref: [{kind: git, name: a, version: '1', repo: 'al:r', commit: c, sha: s,"
        " query: {branch: b, a: ''}}], git-mirrors: {}, vendor-dir: '', cargo-lock: l, url: 'al:'",
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
        f"url: 'al:x', module: m, ref: {{go-version: v1, git-ref: '{_COMMIT}'}}",
        "url: 'al:x', module: m, ref: {explicit: [any], subdirectory: '', go-version: v1,"
        f" git-ref: 'v1-2-g{_COMMIT}'}}",
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
        f"=== elements/{kind}-{number}.bst\nkind: manual\nsources:\n{_FIRST}"
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
    - {{ref: {{go-version: v, git-ref: '{_COMMIT}'}}}}
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
    - {{ref: '{_COMMIT}'}}
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
sources: [{{kind: git_repo, url: 'al:x', ref: '{_COMMIT}'}}]
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
- {{kind: git_repo, url: 'su:x', ref: '{_COMMIT}'}}
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
        _ON_BASE,
        f"{_INPUT[0]}\nconfig: {{commands: []}}",
        "build-depends: [{filename: base.bst, config: {input: 'yes'}}]",
        "build-depends: [{filename: base.bst, config: {input: False}}]",
        "runtime-depends: [base.bst]",
    ),
    "fastboot_bootimg": (f"{_INPUT[0]}\nconfig: {{create_dtb: x}}", _ON_BASE),
    "dpkg_deploy": (f"{_INPUT[0]}\nconfig: {{install-commands: []}}", _ON_BASE),
    "flatpak_image": (
        "config: {directory: /}",
        "config: {metadata: {Runtime: {a: b}}}",
        "config: {directory: /, metadata: {Other: {a: b}}}",
        "config: {directory: /, metadata: {Runtime: {a: [b]}}}",
        f"config: {{directory: /, {_METADATA}}}\n"
        "build-depends: [{filename: base.bst, config: {place: x}}]",
        f"config: {{directory: /, {_METADATA}}}\nsources: [{{kind: remote, url: 'al:x'}}]",
    ),
    "flatpak_repo": (
        _ON_BASE,
        "build-depends: [{filename: base.bst, config: {branch: b}}]",
        "build-depends: [{filename: base.bst, config: {flatpak-image: 1, flatpak-stack: 1}}]",
        "build-depends: [{filename: base.bst, config: {flatpak-image: 1}}]\n"
        "config: {copy-refs: [{src: a}]}",
    ),
    "ostree": (
        "config: {initial-commands: []}",
        "config: {ostree-branch: b, initial-commands: x}",
        "config: {ostree-branch: b}\n"
        "build-depends: [{filename: base.bst, config: {sysroot: maybe}}]",
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
        f"url: 'al:x', module: m, ref: {{go-version: v1, git-ref: '{_COMMIT}', x: y}}",
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
        f"=== elements/source-{kind}-{number}.bst\nkind: manual\nsources:\n{_FIRST}"
        f"- {{kind: {kind}, {body}}}\n"
        for kind, bodies in _WRONG_SOURCES.items()
        for number, body in enumerate(bodies)
    ]
    return BASE + PATCHES + _table(_WRONG_ELEMENTS) + "".join(sources)


BASE_NAMES: Final = frozenset(("base.bst", "dir/tool.x.bst", "both.bst"))
"""The elements that others depend on; nothing is wrong with them."""
