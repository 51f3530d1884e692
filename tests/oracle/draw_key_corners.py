"""Small projects at the corners of what a cache key holds: one text with `@`, and words for it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Final

IDS: Final = (
    "0 1000 01 0x10 1_000 +5 -1 -0 \u0667 2147483647 2147483648 -2147483649 1.0 '' 1e3 true"
).split(" ")
BOOLEANS: Final = "True true 1 False false 0 TRUE '' yes '%{t}' 2 [True] {}".split(" ")
ARCHES: Final = (
    "x86_64 x86-64 amd64 X86_64 '' i386 i686 arm64 aarch64 aarch64-be armv7l armv8l arm ppc64le "
    "power-isa-be riscv64 rv64g sparc sparcv9 sun4v loong64 LoongArch64 wasm '%{arch}'"
).split(" ")
SYSTEMS: Final = ("Linux", "''", "\u0130stanbul", "macos", "'%{project-name}'", "[a]", '"a\\x7f"')
SOCKETS: Final = (
    "{}",
    "{path: }",
    "{path: '%{prefix}/x'}",
    "{path: x, action-cache-enable-update: True}",
    "{path: x, action-cache-enable-update: 0}",
    "{path: x, action-cache-enable-update: ''}",
    "{path: x, other: y}",
    "{path: [x]}",
    "{action-cache-enable-update: True}",
)
VALUES: Final = (
    "{A: [x, y]}",
    "{A: {b: c}}",
    "{A: [[x], {a: '%{prefix}'}], B: [], C: {}, D: }",
    "{A: '%{prefix}', '%{prefix}': b, '': x}",
    '{"\u00e9": "\u00fc\\U0001F600"}',
    '{"a\\x7f": "\\x7f\\\\x7f", b: "\\\\u007f", c: "\\\\\\x7f"}',
    '{"a b": "\\u2028\\u2029\\u0085x", c: " \\u00a0 x \\u3000", d: "\\ufeffx\\x1c"}',
    '{A: "\\0\\b\\f\\t\\n\\r\\e", B: "a\\/b</script>&"}',
    "{'(?)': [{'1 == 1': {Z: x}}]}",
    "{A: {'(>)': [x]}}",
    "{A: {'(=)': [x]}}",
    "{a: ~, b: null, c: yes, d: 0x10, e: 1.50, f: 1e3, g: 2001-01-01, h: .inf}",
    "{a: '%{', b: '%', c: '%{x', d: '}', e: '%%{prefix}'}",
)
PUBLIC: Final = (
    *VALUES,
    "{bst: {}}",
    "{bst: []}",
    "{bst: {split-rules: {new: x, '': ['']}}}",
    "{bst: {split-rules: {runtime: {a: b}}}}",
    "{bst: {split-rules: {runtime: [[x], {a: b}]}}}",
    "{bst: {split-rules: {runtime: {'(>)': ['%{prefix}']}}}}",
    "{bst: {split-rules: {new: {'(=)': [x]}}}}",
    "{bst: {split-rules: {'(>)': [x]}}}",
    "{bst: {'(=)': [x]}}",
    "{bst: {integration-commands: x, overlap-whitelist: {a: b}}}",
)
NOCACHE: Final = (
    "[HOME, HOME, NOPE]",
    "['%{v}']",
    "HOME",
    "[[HOME]]",
    "{'(>)': [HOME]}",
    "[' HOME ', '']",
)
ROOTS: Final = ("''", "'%{install-root}'", "' x '", "~", "'%{nope}'", "[x]", "'%{build-root}'")
FOLDERS: Final = ("/abs", "..", "'%{prefix}'", "''", ".", "a//b/", "'  a '", "[a]", '"a\\nb"')
PATHS: Final = (
    "elements ./elements elements/ elements/. . '' ./ elements/../elements /etc .. elements/b.bst "
    "elements/b.bst/ ./elements/./b.bst '%{d}' [elements] nope ~"
).split(" ")
REMOTE: Final = (
    "url: 'al:y'",
    "url: 'al:y', ref: ''",
    "url: 'al:y', ref: [a]",
    "url: 'al:', ref: r",
    "url: 'bl:x', ref: r",
    "url: ':x', ref: r",
    "url: '', ref: r",
    "url: 'al:%{prefix}', ref: '%{prefix}'",
    "url: '%{a}:y?z=1#f', ref: r",
    "url: 'al:y', ref: r, version: '', version-guess-pattern: '(a)'",
    "url: 'al:y', ref: r, version: ' 1 '",
    "url: 'al:y', ref: r, version-guess-pattern: '('",
    "url: 'al:y', ref: r, provenance: {homepage: x}",
    "url: 'al:y', ref: r, provenance: {}",
    "url: 'al:y', ref: r, '(?)': [{'1 == 1': {ref: s}}]",
    'url: "al:y\\x7f", ref: "\\x7f"',
    "ref: r",
)
FILE_NAMES: Final = ("filename: f", "filename: a/b", "filename: ''", "executable: '1'")
DEFAULTS: Final = (
    "{config: {url: 'al:y', ref: q, version: '2'}}",
    "{config: {kind: local, directory: d, provenance: {homepage: x}}}",
    "{config: {directory: '%{nope}'}}",
    "{config: {url: 'al:%{element-name}', '(?)': [{'1 == 1': {ref: w}}]}}",
    "{config: []}",
    "{ref: q}",
)
WARNINGS: Final = (
    "fatal-warnings: [overlaps, overlaps, a, '']",
    "fatal-warnings: x",
    "(@): inc",
    "(?): [{'1 == 1': {fatal-warnings: [c]}}]",
    "fail-on-overlap: True",
    "fatal-warnings: [unaliased-url]",
    "fatal-warnings: ['%{prefix}', ' b ']",
    "junctions: {disallow-subproject-uris: True}",
    "junctions: {disallow-subproject-uris: 0}",
)
DEPENDENCIES: Final = (
    "[b.bst, l.bst]",
    "[l.bst, b.bst, ./b.bst]",
    "[{filename: b.bst, strict: True}]",
    "[{filename: b.bst, strict: 1}, {filename: l.bst, strict: 0}]",
    "[{filename: x.bst, junction: lj.bst, strict: True}, 'j.bst:x.bst']",
    "[{filename: b.bst, config: {location: /x}}, {filename: l.bst, config: {location: /x/}}]",
    "[{filename: b.bst, config: {location: '%{prefix}', digest-environment: '%{prefix}'}}]",
    "[{filename: b.bst, config: {}}, b.bst]",
    "[{filename: b.bst, config: {digest-environment: ''}}]",
    "[{filename: s.bst, strict: True, config: {location: /z}}]",
    "[j.bst]",
    "[{filename: u.bst, strict: True}]",
    "[u.bst, ru.bst]",
    "[{filename: bu.bst, strict: True}]",
)
OVERRIDES: Final = (
    "{x.bst: own.bst}",
    "{x.bst: lown.bst, w.bst: 'j.bst:y.bst'}",
    "{w.bst: own.bst}",
    "{x.bst: a.bst}",
    "{x.bst: 'j.bst:w.bst'}",
    "{y.bst: own.bst, x.bst: 'j2.bst:x.bst'}",
    "{./x.bst: own.bst}",
    "{x.bst: st.bst}",
)
DUPLICATES: Final = (
    "",
    "junctions: {duplicates: {sub: [j1.bst, j2.bst]}}",
    "junctions: {internal: [j1.bst]}",
    "junctions: {internal: [j1.bst, j2.bst]}",
    "junctions: {duplicates: {sub: [j1.bst, l2.bst]}}",
)
ATTRIBUTES: Final = (
    "BST_ARTIFACT_VERSION = 3",
    "BST_STRICT_REBUILD = 'no'",
    "BST_RUN_COMMANDS = 0",
    "BST_FORBID_BDEPENDS = True",
    "BST_FORBID_RDEPENDS = 1",
    "BST_FORBID_SOURCES = 'x'",
)

SUB: Final = """
=== j.bst
kind: junction
sources: [{kind: local, path: sub}]
=== lj.bst
kind: link
config: {target: j.bst}
=== sub/x.bst
kind: manual
=== sub/y.bst
kind: manual
build-depends: [x.bst]
=== sub/w.bst
kind: link
config: {target: x.bst}
"""
AROUND: Final = f"""
{SUB}
=== sub/project.conf
=== b.bst
kind: manual
=== l.bst
kind: link
config: {{target: b.bst}}
=== c.bst
kind: manual
runtime-depends: [b.bst]
=== s.bst
kind: stack
depends: [c.bst, l.bst]
=== u.bst
kind: import
sources: [{{kind: remote, url: 'http://x/y'}}]
=== ru.bst
kind: manual
runtime-depends: [u.bst]
=== bu.bst
kind: manual
build-depends: [u.bst]
=== top.bst
kind: compose
build-depends: [a.bst]
"""
SOURCED: Final = """
=== project.conf
aliases: {al: 'http://al/z'}
variables: {a: al, d: elements}
=== b.bst
kind: stack
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Corner:
    """A text with `@` and the words that take its place; `least` is how many projects load."""

    text: str
    words: tuple[str, ...] | list[str]
    least: int

    def drawn(self) -> Iterator[str]:
        """Yield one project for each word."""
        for word in self.words:
            yield self.text.replace("@", word)


def _manual(section: str) -> str:
    return f"""
=== project.conf
variables: {{t: True, v: HOME}}
=== a.bst
kind: manual
{section}
=== b.bst
kind: compose
build-depends: [a.bst]
{section}
"""


def _conf(section: str) -> str:
    return f"=== project.conf\n{section}\n=== a.bst\nkind: manual\n=== b.bst\nkind: script\n"


CORNERS: Final = {
    "uid": Corner(text=_manual("sandbox: {build-uid: @}"), words=[*IDS, "'  7 '"], least=8),
    "gid": Corner(text=_conf("sandbox: {build-gid: @}"), words=[*IDS, "'  7 '"], least=8),
    "arch": Corner(text=_manual("sandbox: {build-arch: @}"), words=ARCHES, least=15),
    "os": Corner(text=_manual("sandbox: {build-os: @}"), words=SYSTEMS, least=5),
    "socket": Corner(text=_manual("sandbox: {remote-apis-socket: @}"), words=SOCKETS, least=4),
    "notparallel": Corner(
        text=_manual("variables: {notparallel: @}\npublic: {jobs: '%{max-jobs}'}"),
        words=[*BOOLEANS, "' True '"],
        least=6,
    ),
    "exported": Corner(
        text=_conf("options: {o: {type: bool, description: d, variable: @, default: True}}"),
        words="max-jobs project-name element-name notparallel build-root prefix".split(),
        least=3,
    ),
    "environment": Corner(text=_manual("environment: @"), words=VALUES, least=9),
    "environment of all": Corner(text=_conf("environment: @"), words=VALUES, least=9),
    "nocache": Corner(
        text=_manual("environment: {'%{v}': y}\nenvironment-nocache: @"), words=NOCACHE, least=3
    ),
    "public": Corner(text=_manual("public: @"), words=PUBLIC, least=12),
    "public of a kind": Corner(
        text=_conf("elements: {manual: {public: @}}"), words=PUBLIC, least=12
    ),
    "build-root": Corner(text=_manual("variables: {build-root: @}"), words=ROOTS, least=4),
    "directory": Corner(
        text=_manual("").replace(
            "compose", "import\nsources: [{kind: local, path: elements, directory: @}]"
        ),
        words=FOLDERS,
        least=7,
    ),
    "local": Corner(
        text=f"{SOURCED}=== a.bst\nkind: import\nsources: [{{kind: local, path: @}}]\n",
        words=[*PATHS, "' elements '"],
        least=10,
    ),
    "remote": Corner(
        text=f"{SOURCED}=== a.bst\nkind: import\nsources: [{{kind: remote, @}}]\n",
        words=(*REMOTE, *(f"url: 'al:y', ref: r, {more}" for more in FILE_NAMES)),
        least=12,
    ),
    "tar": Corner(
        text=f"{SOURCED}=== a.bst\nkind: import\nsources: [{{kind: tar, @}}]\n",
        words=REMOTE,
        least=9,
    ),
    "defaults of a source": Corner(
        text=SOURCED.replace("variables", "sources: {remote: @}\nvariables")
        + "=== a.bst\nkind: import\nsources: [{kind: remote, url: 'al:z', ref: t}]\n",
        words=DEFAULTS,
        least=4,
    ),
    "warnings": Corner(
        text=f"=== project.conf\n@\n=== inc\nfatal-warnings: [z]\n=== sub/project.conf\n{SUB}"
        "=== a.bst\nkind: manual\nbuild-depends: ['j.bst:y.bst']\n",
        words=WARNINGS,
        least=6,
    ),
    "warnings of a subproject": Corner(
        text=f"=== project.conf\njunctions: {{disallow-subproject-uris: True}}\n=== sub/inc\n"
        f"fatal-warnings: [z]\n=== sub/project.conf\n@\n{SUB}"
        "=== a.bst\nkind: manual\nbuild-depends: ['j.bst:y.bst']\n",
        words=WARNINGS,
        least=6,
    ),
    **{
        f"dependencies of {kind}": Corner(
            text=f"=== a.bst\nkind: {kind}\n{key}: @\n{AROUND}", words=DEPENDENCIES, least=least
        )
        for kind, key, least in (
            ("manual", "build-depends", 12),
            ("script", "build-depends", 10),
            ("compose", "build-depends", 6),
            ("stack", "depends", 6),
            ("filter", "build-depends", 3),
        )
    },
    "overrides": Corner(
        text=f"{SUB}=== sub/project.conf\n".replace(
            "path: sub}]", "path: sub}]\nconfig: {overrides: @}"
        )
        + """
=== own.bst
kind: manual
config: {build-commands: [own]}
=== lown.bst
kind: link
config: {target: own.bst}
=== st.bst
kind: stack
depends: [own.bst]
=== two/project.conf
=== two/x.bst
kind: manual
environment: {Q: r}
=== j2.bst
kind: junction
sources: [{kind: local, path: two}]
=== a.bst
kind: manual
build-depends: [own.bst, 'j.bst:w.bst', 'j.bst:x.bst', 'j.bst:y.bst']
""",
        words=OVERRIDES,
        least=5,
    ),
    "duplicates": Corner(
        text="""
=== project.conf
@
=== sub/project.conf
options: {o: {type: bool, description: d, variable: ov, default: False}}
=== sub/x.bst
kind: manual
config: {build-commands: ['%{ov}']}
=== sub/y.bst
kind: manual
build-depends: [x.bst]
=== j1.bst
kind: junction
sources: [{kind: local, path: sub}]
config: {options: {o: True}}
=== j2.bst
kind: junction
sources: [{kind: local, path: sub}]
=== l2.bst
kind: link
config: {target: j2.bst}
=== a.bst
kind: manual
build-depends: ['j2.bst:y.bst', 'j1.bst:y.bst', {filename: 'l2.bst:x.bst', strict: True}]
=== c.bst
kind: compose
build-depends: [a.bst, 'j1.bst:x.bst', 'j2.bst:x.bst']
""",
        words=DUPLICATES,
        least=3,
    ),
    "plugin": Corner(
        text="""
=== project.conf
plugins: [{origin: local, path: p, elements: [foo]}]
=== p/foo.py
from buildstream import BuildElement
class Foo(BuildElement):
    BST_MIN_VERSION = "2.0"
    @
def setup():
    return Foo
=== b.bst
kind: foo
=== a.bst
kind: foo
build-depends: [b.bst]
runtime-depends: [b.bst]
sources: [{kind: local, path: p/foo.py}]
""",
        words=ATTRIBUTES,
        least=3,
    ),
    "refs": Corner(
        text="""
=== project.conf
ref-storage: project.refs
=== project.refs
@
=== a.bst
kind: import
sources: [{kind: remote, url: 'http://x/y', ref: i}, {kind: tar, url: 'http://x/z', ref: i}]
""",
        words=[
            f"projects: {{test: {{a.bst: {entries}}}}}"
            for entries in (
                "[]",
                "[{ref: x}, {ref: y}]",
                "[{}, {ref: '%{prefix}'}]",
                "[{ref: x, url: 'http://z', extra: q}, {ref: ''}, {ref: z}]",
                "[{ref: [x]}]",
                "{}",
                "[{'(?)': [{'1 == 1': {ref: q}}]}]",
            )
        ],
        least=4,
    ),
    "refs of a subproject": Corner(
        text="""
=== project.conf
@
=== sub/x.bst
kind: import
sources: [{kind: remote, url: 'http://x/y', ref: inline}]
=== j.bst
kind: junction
sources: [{kind: local, path: sub}]
=== a.bst
kind: import
sources: [{kind: remote, url: 'http://x/y', ref: inline}]
build-depends: ['j.bst:x.bst']
""",
        words=[
            f"{top}\n=== sub/project.conf\n{sub}{tops}{subs}"
            for top, sub, tops, subs in product(
                ("", "ref-storage: project.refs"),
                ("", "ref-storage: project.refs"),
                (
                    "",
                    "\n=== project.refs\nprojects: {sub: {x.bst: [{ref: top}]}}",
                    "\n=== project.refs\nprojects: {sub: {x.bst: [{}]}, test: {a.bst: [{}]}}",
                ),
                ("", "\n=== sub/project.refs\nprojects: {sub: {x.bst: [{ref: sub}]}}"),
            )
        ],
        least=24,
    ),
}
