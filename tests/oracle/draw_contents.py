"""A project whose elements have every shape that staging and split rules care about."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Final

from tests.oracle.builds import plant_busybox
from tests.unit.trees import Entry, File, Folder, Link, plant

CONF: Final = """
name: shipped
min-version: 2.4
element-path: elements
split-rules:
  extra:
  - '%{datadir}/extra'
  - '%{datadir}/extra/**'
  nothing: []
"""

TREES: Final[dict[str, dict[str, Entry]]] = {
    "a": {
        "etc/a.conf": File("conf"),
        "lib": Link("usr/lib"),
        "opt/emptydir": Folder(),
        "usr/empty": Folder(),
        "usr/bin/a": File("#!a", 0o755),
        "usr/bin/link": Link("a"),
        "usr/include/a.h": File("h"),
        "usr/include/sub/deep/b.h": File("b"),
        "usr/lib/liba.so": Link("liba.so.1"),
        "usr/lib/liba.so.1": File("so"),
        "usr/lib/liba.a": File("a"),
        "usr/lib/debug/x/a.debug": File("dbg"),
        "usr/lib/pkgconfig/a.pc": File("pc"),
        "usr/share/doc/a/README": File("doc"),
        "usr/share/man/man1/a.1": File("man"),
        "usr/share/locale/de/a.mo": File("mo"),
        "usr/share/extra/x y": File("x"),
        "usr/share/extra/out": Link("../doc/a/README"),
        "usr/share/data/in": Link("../extra/x y"),
        "top": File("t"),
        ".hidden/.x": File("h"),
        "ünï": File("u"),
    },
    "b": {
        "etc/a.conf": File("other"),
        "usr/bin/b": File("#!b", 0o755),
        "usr/bin/a": File("#!other", 0o755),
        "usr/include/a.h": File("h"),
        "usr/share/doc": Folder(),
        "usr/share/doc/b": File("b"),
        "usr/share/man": File("a file where another one has a directory"),
        "opt/emptydir/now": File("full"),
    },
    "c": {
        "etc/a.conf": File("third"),
        "usr/share/doc/a/README": File("again"),
        "usr/new/place/x": File("x"),
    },
    "over-empty": {"usr/empty": File("no directory")},
    "over": {"usr/share/doc/b": File("over"), "z": File("z")},
    "single": {"one/file": File("1", 0o755), "one/two/three": File("3")},
}

ELEMENTS: Final = """
=== a.bst
kind: import
sources: [{kind: local, path: files/a}]
=== b.bst
kind: import
sources: [{kind: local, path: files/b}]
public:
  bst:
    overlap-whitelist: [/etc/*, /usr/bin/a]
    split-rules: {runtime: {(>): [/opt/**]}, own: [/usr/bin/b]}
=== c.bst
kind: import
depends: [b.bst]
sources: [{kind: local, path: files/c}]
public: {bst: {split-rules: {doc: {(=): [/usr/new/**]}}}}
=== two-sources.bst
kind: import
sources:
- {kind: local, path: files/c, directory: sub/x}
- {kind: local, path: files/over, directory: /sub/x/usr}
- {kind: local, path: files/c/etc/a.conf, directory: sub}
=== target.bst
kind: import
sources: [{kind: local, path: files/single}]
config: {source: /one/, target: /opt//x}
=== one-file.bst
kind: import
sources: [{kind: local, path: files/single/one/file}]
config: {target: usr/bin}
=== stack.bst
kind: stack
depends: [a.bst, target.bst]
=== nested-stack.bst
kind: stack
depends: [stack.bst, one-file.bst]
=== app.bst
kind: import
build-depends: [a.bst]
runtime-depends: [one-file.bst]
sources: [{kind: local, path: files/over}]
=== compose-stack.bst
kind: compose
build-depends: [nested-stack.bst, b.bst, c.bst]
config: {integrate: false}
=== compose-app.bst
kind: compose
build-depends: [app.bst]
config: {integrate: true, exclude: [doc]}
=== b-above.bst
kind: import
runtime-depends: [a.bst]
sources: [{kind: local, path: files/b}]
public: {bst: {overlap-whitelist: ['/etc/**', '/usr/b?n/a']}}
=== c-above.bst
kind: import
runtime-depends: [b-above.bst]
sources: [{kind: local, path: files/c}]
public: {bst: {overlap-whitelist: ['/usr/share/doc/**']}}
=== compose-up.bst
kind: compose
build-depends: [compose-doc.bst, target.bst]
config: {integrate: false, exclude: [runtime], include-orphans: true}
=== compose-doc.bst
kind: compose
build-depends: [stack.bst, c-above.bst]
config: {integrate: false, exclude: [doc, devel]}
=== file-over-empty.bst
kind: import
runtime-depends: [a.bst]
sources: [{kind: local, path: files/over-empty}]
=== compose-crash.bst
kind: compose
build-depends: [file-over-empty.bst]
config: {integrate: false}
=== compose-on-failed.bst
kind: compose
build-depends: [compose-crash.bst, target.bst]
config: {integrate: false}
=== source-missing.bst
kind: import
sources: [{kind: local, path: files/single}]
config: {source: /one/file/x}
=== source-empty.bst
kind: import
sources: [{kind: local, path: files/a}]
config: {source: /usr/empty}
=== source-link.bst
kind: import
sources: [{kind: local, path: files/a}]
config: {source: /lib}
=== filter-unknown.bst
kind: filter
build-depends: [b.bst]
config: {include: [never]}
=== compose-unknown.bst
kind: compose
build-depends: [a.bst, b.bst]
config: {integrate: false, include: [never, own], exclude: [neither], include-orphans: false}
=== compose-nothing.bst
kind: compose
build-depends: [a.bst]
config: {integrate: false, include: [nothing], include-orphans: false}
=== filter-all.bst
kind: filter
build-depends: [b.bst]
=== filter-own.bst
kind: filter
build-depends: [b.bst]
runtime-depends: [a.bst]
config: {include: [own, runtime]}
=== filter-of-filter.bst
kind: filter
build-depends: [filter-orphans.bst]
config: {exclude: [runtime], include-orphans: true}
=== filter-orphans.bst
kind: filter
build-depends: [b.bst]
config: {exclude: [own], include-orphans: true}
=== filter-compose.bst
kind: filter
build-depends: [compose-doc.bst]
config: {include: [runtime, locale]}
=== compose-filter.bst
kind: compose
build-depends: [filter-own.bst, filter-of-filter.bst]
config: {integrate: false, exclude: [debug], include-orphans: false}
=== script-plain.bst
kind: script
variables: {install-root: /layer}
build-depends:
- filename: compose-doc.bst
  config: {location: /layer}
- filename: stack.bst
  config: {location: /layer/below}
- filename: b.bst
  config: {location: /layer/below}
- filename: c.bst
  config: {location: /}
=== script-layers.bst
kind: script
variables: {install-root: /layer}
build-depends:
- filename: compose-doc.bst
  config: {location: /layer}
- filename: stack.bst
  config: {location: /layer/below}
- filename: c-above.bst
  config: {location: /layer}
- filename: target.bst
- filename: over-layer.bst
=== script-root.bst
kind: script
build-depends:
- filename: c-above.bst
- filename: target.bst
  config: {location: /opt}
=== over-layer.bst
kind: import
sources: [{kind: local, path: files/c, directory: layer}]
public: {bst: {overlap-whitelist: ['/**']}}
=== script-empty.bst
kind: script
=== base.bst
kind: import
sources: [{kind: local, path: files/base}]
=== commanded.bst
kind: import
depends: [base.bst]
sources: [{kind: local, path: files/c}]
public: {bst: {integration-commands: [echo made > /made, rm /usr/new/place/x]}}
=== compose-commands.bst
kind: compose
build-depends: [commanded.bst]
config: {exclude: [doc]}
=== compose-no-commands.bst
kind: compose
build-depends: [commanded.bst]
config: {integrate: false, exclude: [doc]}
=== filter-passes.bst
kind: filter
build-depends: [commanded.bst]
config: {pass-integration: true, include-orphans: true}
=== compose-passed.bst
kind: compose
build-depends: [base.bst, filter-passes.bst]
=== manual.bst
kind: manual
build-depends: [base.bst]
variables: {bindir: '%{install-root}/usr/bin'}
config: {install-commands: ['mkdir -p %{bindir}', 'echo x > %{bindir}/made']}
=== compose-manual.bst
kind: compose
build-depends: [manual.bst]
config: {integrate: false, include: [runtime]}
"""

DOMAINS: Final = ("runtime", "devel", "extra")


def combinations() -> Iterator[tuple[str, str]]:
    """Yield the name and text of composes and filters for every combination of three domains.

    Each domain is included, excluded, both or neither; orphans pass or not.
    """
    chosen = product(product(("", "i", "e", "ie"), repeat=len(DOMAINS)), (True, False))
    for number, (marks, orphans) in enumerate(chosen):
        include = [d for d, mark in zip(DOMAINS, marks, strict=True) if "i" in mark]
        exclude = [d for d, mark in zip(DOMAINS, marks, strict=True) if "e" in mark]
        rules = f"include: {include}, exclude: {exclude}, include-orphans: {orphans}"
        config = f"config: {{integrate: false, {rules}}}\n"
        yield f"c{number}.bst", f"kind: compose\nbuild-depends: [a.bst, b.bst]\n{config}"
        yield f"f{number}.bst", f"kind: filter\nbuild-depends: [a.bst]\nconfig: {{{rules}}}\n"


def corner_project(directory: Path) -> Path:
    """Write the project and return its directory; its elements include `all.bst`."""
    for name, entries in TREES.items():
        plant(directory / "files" / name, entries)
    plant_busybox(directory / "files" / "base")
    (directory / "project.conf").write_text(CONF)
    elements = directory / "elements"
    elements.mkdir()
    drawn = dict(combinations())
    for part in ELEMENTS.split("\n=== ")[1:]:
        name, _, text = part.partition("\n")
        drawn[name] = text
    for name, text in drawn.items():
        (elements / name).write_text(text)
    return directory
