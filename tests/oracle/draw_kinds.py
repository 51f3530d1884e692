"""Projects with many elements of each kind, as texts of `bstgraph.testing`."""

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
    (
        "build-depends:\n"
        "- {filename: base.bst, config: {location: /b}}\n"
        "- {filename: base.bst, config: {location: /a, digest-environment: ONE}}\n"
        "- dir/tool.x.bst\n"
        "depends:\n"
        "- {filename: dir/tool.x.bst, config: {digest-environment: TWO}}\n"
        "- {filename: both.bst, config: {digest-environment: ONE}}"
    ),
    "build-depends: [{filename: [base.bst, dir/tool.x.bst], config: {digest-environment: ''}}]",
    "runtime-depends: [base.bst]\nbuild-depends: [{filename: base.bst, config: {location: /x}}]",
)


def _elements(kind: str, bodies: Sequence[str]) -> Iterator[str]:
    for number, body in enumerate(bodies):
        yield f"=== elements/{kind}-{number}.bst\nkind: {kind}\n{body}\n"


def table(table: dict[str, tuple[str, ...]]) -> str:
    return "".join(text for kind, bodies in table.items() for text in _elements(kind, bodies))


def builds() -> str:
    """Return every build system kind with every body."""
    return BASE + table(dict.fromkeys(_BUILDS, _BUILD_BODIES))


ON_BASE: Final = "build-depends: [base.bst]"

_CORE: Final = {
    "compose": (
        ON_BASE,
        f"{ON_BASE}\nconfig: {{integrate: False, include: [b, a, b], exclude: [d, c]}}",
        f"{ON_BASE}\nconfig: {{integrate: 'true', exclude: [], include-orphans: 0}}",
        "config: {integrate: '0'}",
    ),
    "filter": (
        ON_BASE,
        f"{ON_BASE}\nconfig: {{include: [b, a], exclude: [d, c], include-orphans: 1}}",
        f"{ON_BASE}\nconfig: {{pass-integration: True}}\nruntime-depends: [dir/tool.x.bst]",
    ),
    "import": tuple(
        f"sources: [{{kind: remote, url: 'al:x', ref: y}}]\n{config}"
        for config in ("", "config: {source: '%{prefix}', target: ''}", "config: {target: x}")
    ),
    "stack": ("", "config: {any: [thing], provenance: x}", "depends: [base.bst]"),
    "script": (
        "",
        f"{ON_BASE}\nconfig: {{commands: ['', '%{{prefix}}'], root-read-only: True}}",
        (
            "variables: {cwd: /x, install-root: ''}\n"
            "build-depends:\n"
            "- {filename: base.bst, config: {location: ''}}\n"
            "- {filename: base.bst, config: {location: /l}}\n"
            "- {filename: [dir/tool.x.bst, both.bst], config: {location: /l}}\n"
        ),
        "variables: {cwd: ''}\nbuild-depends: [{filename: base.bst, config: {location: /l/}}]",
    ),
}


def core() -> str:
    """Return the other kinds of BuildStream core."""
    return BASE + table(_CORE)


INPUT: Final = (
    "build-depends: [dir/tool.x.bst, both.bst, {filename: base.bst, config: {input: True}}]",
    (
        "build-depends:\n- {filename: [base.bst, both.bst], config: {input: 1}}\n"
        "- {filename: dir/tool.x.bst, config: {input: 'False'}}\n"
    ),
    (
        "variables: {cwd: /w, install-root: /out, build-root: '/b/%{element-name}'}\n"
        "build-depends: [{filename: base.bst, config: {input: true}}]"
    ),
)

_IMAGE: Final = "=== elements/image.bst\nkind: flatpak_image\n"
METADATA: Final = "metadata: {Runtime: {name: org.x, a: '1'}, ExtensionOf: {b: '%{arch}'}}"

_IMAGES: Final = {
    "x86image": (*INPUT, f"{INPUT[0]}\nconfig: {{final-commands: ['', x]}}"),
    "fastboot_bootimg": (*INPUT, f"{INPUT[0]}\nconfig: {{unknown: x, create_img: []}}"),
    "fastboot_ext4": (*INPUT, f"{INPUT[0]}\nconfig: {{install_img: ['']}}"),
    "dpkg_deploy": (*INPUT, f"{INPUT[0]}\nconfig: {{build-commands: []}}"),
    "flatpak_image": (
        f"{ON_BASE}\nconfig: {{directory: '%{{prefix}}', {METADATA}}}",
        (
            f"config: {{directory: /x, include: [b, a], exclude: [d, c], component-ids: [z, y],"
            f" {METADATA}}}\n"
            "build-depends: [{filename: base.bst, config: {location: /l}}, dir/tool.x.bst]"
        ),
    ),
    "flatpak_repo": (
        "build-depends: [base.bst, {filename: image.bst, config: {flatpak-image: True}}]",
        (
            "build-depends:\n"
            "- {filename: image.bst, config: {flatpak-image: 1, branch: other, arch: arm}}\n"
            "- {filename: image.bst, config: {flatpak-image: 1, branch: '', flatpak-stack: 0}}\n"
            "- {filename: dir/tool.x.bst, config: {flatpak-image: 1}}\n"
            "config: {copy-refs: [{src: a, dest: b}, {dest: d, src: '%{branch}'}], repo-mode: bare,"
            " arch: a, branch: b}"
        ),
        (
            "build-depends:\n"
            "- {filename: both.bst, config: {flatpak-stack: True, branch: b}}\n"
            "- {filename: mixed.bst, config: {flatpak-stack: True}}\n"
            "- {filename: 'sub.bst:stack.bst', config: {flatpak-stack: True}}\n"
            "- {filename: 'sub.bst:dir/in.sub.bst', config: {flatpak-image: True}}\n"
        ),
    ),
    "ostree": (
        (
            "config: {ostree-branch: '%{arch}/x', initial-commands: [b, a]}\n"
            "build-depends: [base.bst, {filename: dir/tool.x.bst, config: {sysroot: True}}]"
        ),
    ),
    "snap_image": (
        (
            "config: {directory: /d, include: [b, a], exclude: [c], include-orphans: False,"
            " metadata: {a: [1, {b: '%{prefix}'}], c: ''}}"
        ),
        "config: {directory: /d, metadata: x}",
    ),
    "tar_element": ("", "config: {filename: '%{arch}', compression: none}"),
    "oci": (
        "config: {images: []}",
        "config: {images: [], mode: docker}",
        (
            "config: {gzip: False, mode: docker, images: [{architecture: a, os: linux, tags: [b],"
            " variant: v, parent: {element: x.bst},"
            " config: {Memory: '12', Env: [a=b], Healthcheck: {Test: [x], Retries: 03}}}]}"
        ),
        (
            "config: {images: [{architecture: a, os: linux, os.features: [z], variant: v,"
            " os.version: '1', parent: {element: x.bst, image: 2}, layer: [b], author: me,"
            " comment: '', config: {User: u, StopSignal: s, Cmd: []},"
            " annotations: {a: '%{arch}'}}]}"
        ),
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
    image = f"{_IMAGE}config: {{directory: /usr, {METADATA}}}\n"
    return BASE + _BELOW + image + table(_IMAGES)


_COLLECTORS: Final = {
    "bazelize": ("", "config: {include: [b, a, b], exclude: [d, c], include-orphans: 0}"),
    "check_forbidden": ("config: {forbidden: [b, a, b]}", "config: {forbidden: []}"),
    "collect_integration": (
        "config: {script-path: '%{prefix}/x'}",
        f"{ON_BASE}\nconfig: {{script-path: /x, ignore: [base.bst, base.bst]}}",
    ),
    "collect_manifest": (
        "",
        "config: {path: '%{prefix}', use-source-provenance: False, unknown: x}",
        "config: {output-type: spdx}",
        (
            "config: {output-type: spdx, spdx-info: {creators: [b, a], created: '0012', name: n,"
            " doc-namespace: d, data-license: l}}"
        ),
        "config: {output-type: manifest, spdx-info: {name: n}}",
    ),
}


def collectors() -> str:
    """Return the kinds that check or collect."""
    return BASE + table(_COLLECTORS)
