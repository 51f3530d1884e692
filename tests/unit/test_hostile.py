"""Projects that want to do harm: each ends in one clear error, quickly, and nothing is touched.

All projects are loaded by one other process, which has limits on memory and time and which records
every file that is opened: `python test_hostile.py` reads the folders to load, and tells what came
of each.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pytest

import bstgraph
from bstgraph.cli._terminal import safe
from bstgraph.errors import BstGraphError, Slug
from bstgraph.render import key_summary, key_table, to_json, to_text
from bstgraph.state import State

RENDERERS: Final = (to_text, to_json)

MEMORY: Final = 1200 * 2**20
SECONDS: Final = 8
"""What one project may take; most take a hundredth of one."""

CANARY: Final = "kind: manual\ndescription: only outside of the project\n"
Content = str | bytes | Callable[[Path], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hostile:
    """A project; the `slug` it ends in, None when it loads. `conf` is added to project.conf."""

    slug: Slug | None
    files: Mapping[str, Content] = field(default_factory=dict)
    conf: str = ""
    targets: tuple[str, ...] = ("a.bst",)


def link(to: str) -> Callable[[Path], None]:
    return lambda path: path.symlink_to(to)


def sparse(size: int) -> Callable[[Path], None]:
    def make(path: Path) -> None:
        with path.open("wb") as file:
            file.truncate(size)

    return make


def lines(template: str, count: int) -> str:
    return "".join(template.format(i, i + 1) + "\n" for i in range(count))


def manual(text: str, **files: Content) -> dict[str, Content]:
    """Return the files of a project whose `a.bst` is a manual element with `text`."""
    return {"elements/a.bst": f"kind: manual\n{text}", **files}


def junction(text: str, **files: Content) -> dict[str, Content]:
    """Return a project whose `a.bst` depends on `x.bst` behind a junction with `text`."""
    return {
        **manual("depends: ['j.bst:x.bst']"),
        "elements/j.bst": f"kind: junction\n{text}",
        "sub/project.conf": "name: s\nmin-version: 2.0\n",
        "sub/x.bst": "kind: manual",
        **files,
    }


def chained(name: str, count: int, template: str, last: str = "") -> dict[str, Content]:
    """Return `count` files that each name the next one, `{}` and `{}` in `template`."""
    made: dict[str, Content] = {name.format(i): template.format(i + 1) for i in range(count)}
    return {**made, name.format(count): last}


def local_source(path: str) -> str:
    return f"sources: [{{kind: local, path: {path}}}]"


LOCAL: Final = local_source("sub") + "\n"


def plugin(path: str, kind: str = "foo") -> str:
    return f"plugins: [{{origin: local, path: {path}, elements: [{kind}]}}]"


PATHS: Final = {
    "element behind a link": Hostile(
        slug="outside-project", files={"elements/a.bst": link("../../canary")}
    ),
    "element behind a linked folder": Hostile(
        slug="outside-project",
        files={"elements/d": link("../..")},
        targets=("d/canary.bst",),
    ),
    "element above": Hostile(slug="outside-project", files=manual("depends: [../../canary.bst]")),
    "element by an absolute path": Hostile(
        slug="unknown-element", files=manual("depends: [/etc/passwd.bst]")
    ),
    "element-path above": Hostile(slug="outside-project", conf="element-path: .."),
    "element-path absolute": Hostile(slug="outside-project", conf="element-path: /etc"),
    "element-path a link": Hostile(
        slug="outside-project", files={"e": link("/etc")}, conf="element-path: e"
    ),
    "element-path below a link": Hostile(
        slug="outside-project", files={"e": link("/etc")}, conf="element-path: e/ssl"
    ),
    "element-path NUL": Hostile(slug="missing-file", conf='element-path: "a\\0b"'),
    "element-path long": Hostile(slug="missing-file", conf=f"element-path: {'x' * 5000}"),
    "include above": Hostile(slug="outside-project", files=manual("(@): ../canary")),
    "include absolute": Hostile(slug="outside-project", files=manual("(@): /etc/passwd")),
    "include a link": Hostile(slug="outside-project", files=manual("(@): i", i=link("../canary"))),
    "include NUL": Hostile(slug="missing-file", files=manual('(@): "a\\0"')),
    "include long": Hostile(slug="missing-file", files=manual(f"(@): {'x' * 5000}")),
    "include nothing": Hostile(slug="not-a-file", files=manual("(@): ''")),
    "include of project.conf above": Hostile(slug="outside-project", conf="(@): ../canary"),
    "local source above": Hostile(slug="outside-project", files=manual(local_source("../canary"))),
    "local source absolute": Hostile(slug="outside-project", files=manual(local_source("/etc"))),
    "local source below a link": Hostile(
        slug="outside-project", files=manual(local_source("l/ssl"), l=link("/etc"))
    ),
    "local source NUL": Hostile(slug="missing-file", files=manual(local_source('"a\\0"'))),
    "local source a fifo": Hostile(slug="not-a-file", files=manual(local_source("f"), f=os.mkfifo)),
    "plugins above": Hostile(
        slug="outside-project", files={"elements/a.bst": "kind: foo"}, conf=plugin("..")
    ),
    "plugin defaults a link": Hostile(
        slug="outside-project",
        files={"elements/a.bst": "kind: foo", "p/foo.py": "", "p/foo.yaml": link("../../canary")},
        conf=plugin("p"),
    ),
    "plugin kind above": Hostile(
        slug="plugin-origin",
        files={"elements/a.bst": "kind: ../foo", "p/x": ""},
        conf=plugin("p", "../foo"),
    ),
    "plugin that is a program": Hostile(
        slug=None,
        files={"elements/a.bst": "kind: foo", "p/foo.py": "open('../../canary', 'w').close()"},
        conf=plugin("p"),
    ),
    "a package in the current folder": Hostile(
        slug=None,
        files={
            "elements/a.bst": "kind: evil",
            "evil.egg-info/PKG-INFO": "Metadata-Version: 2.1\nName: evil\nVersion: 1\n",
            "evil.egg-info/entry_points.txt": "[bstgraph.element_kinds]\nevil = evil:Kind\n",
            "evil.py": "open('../canary', 'w').close()",
        },
        conf="plugins: [{origin: pip, package-name: evil, elements: [evil]}]",
    ),
    "refs a link": Hostile(
        slug="outside-project",
        files=manual("", **{"project.refs": link("../canary")}),
        conf="ref-storage: project.refs",
    ),
    "settings a link": Hostile(
        slug="bad-settings", files=manual("", **{"bstgraph.toml": link("../canary")})
    ),
    "settings that allow": Hostile(
        slug="bad-settings", files=manual("", **{"bstgraph.toml": "allow = ['/']"})
    ),
    "junction above": Hostile(slug="outside-project", files=junction(local_source(".."))),
    "junction a link": Hostile(
        slug="outside-project", files=junction(local_source("l"), l=link("/"))
    ),
    "junction path above": Hostile(
        slug="outside-project", files=junction(f"{LOCAL}config: {{path: ../..}}")
    ),
    "junction path a link": Hostile(
        slug="outside-project",
        files=junction(f"{LOCAL}config: {{path: l}}", **{"sub/l": link("../..")}),
    ),
    "project.conf a link": Hostile(
        slug="outside-project",
        files=junction(LOCAL, **{"sub/project.conf": link("../../canary")}),
    ),
    "junction path NUL": Hostile(
        slug="invalid-junction", files=junction(f'{LOCAL}config: {{path: "a\\0"}}')
    ),
    "junction path a link to itself": Hostile(
        slug="invalid-junction",
        files=junction(f"{LOCAL}config: {{path: l}}", **{"sub/l": link("l")}),
    ),
    "subproject that reads its parent": Hostile(
        slug="outside-project",
        files=junction(LOCAL, **{"sub/x.bst": link("../elements/a.bst")}),
    ),
}

FILES: Final = {
    "element a folder": Hostile(slug="not-a-file", files={"elements/a.bst/x": ""}),
    "element a fifo": Hostile(slug="not-a-file", files={"elements/a.bst": os.mkfifo}),
    "element a link to itself": Hostile(
        slug="unreadable-file", files={"elements/a.bst": link("a.bst")}
    ),
    "element a link to nothing": Hostile(
        slug="missing-file", files={"elements/a.bst": link("nothing")}
    ),
    "element a device": Hostile(
        slug="outside-project", files={"elements/a.bst": link("/dev/zero")}
    ),
    "element of 100 MB": Hostile(slug="too-large", files={"elements/a.bst": sparse(10**8)}),
    "include a folder": Hostile(slug="not-a-file", files=manual("(@): elements")),
    "include a fifo": Hostile(slug="not-a-file", files=manual("(@): f", f=os.mkfifo)),
    "refs a fifo": Hostile(
        slug="not-a-file",
        files=manual("", **{"project.refs": os.mkfifo}),
        conf="ref-storage: project.refs",
    ),
    "settings a folder": Hostile(slug="not-a-file", files=manual("", **{"bstgraph.toml/x": ""})),
    "settings a fifo": Hostile(slug="not-a-file", files=manual("", **{"bstgraph.toml": os.mkfifo})),
    "a folder called x.bst is none of all": Hostile(
        slug=None, files=manual("", **{"elements/x.bst/y": ""}), targets=()
    ),
    "a folder in itself": Hostile(
        slug=None, files=manual("", **{"elements/d": link(".")}), targets=()
    ),
    "a name that is not ASCII": Hostile(
        slug="bad-element-name", files=manual("", **{"elements/é.bst": ""}), targets=()
    ),
    "a name that is not UTF-8": Hostile(
        slug="bad-element-name", files=manual("", **{"elements/\udcff.bst": ""}), targets=()
    ),
}

TEXTS: Final = {
    "not UTF-8": Hostile(slug="invalid-yaml", files={"elements/a.bst": b"kind: \xff"}),
    "UTF-16": Hostile(slug="invalid-yaml", files={"elements/a.bst": "kind: x".encode("utf-16")}),
    "NUL": Hostile(slug="invalid-yaml", files={"elements/a.bst": b"kind: man\0ual"}),
    "escape": Hostile(slug="invalid-yaml", files={"elements/a.bst": "kind: \x1b[31m"}),
    "half a character": Hostile(slug="invalid-yaml", files=manual('description: "\\ud800"')),
    "alias": Hostile(slug="invalid-yaml", files=manual("config: &a [1]\npublic: [*a, *a]")),
    "object": Hostile(slug="invalid-yaml", files=manual("description: !!x:y z\nconfig: !a b")),
    "lists in a line": Hostile(slug="too-large", files=manual(f"config: {'[' * 20_000}")),
    "lists in lines": Hostile(slug="too-large", files=manual("config:\n" + " [\n" * 90_000)),
    "lists that look closed": Hostile(
        slug="too-large", files=manual(f"#{']' * 90_000}\nconfig: {'[' * 90_000}")
    ),
    "mappings in a line": Hostile(slug="too-large", files=manual(f"config: {'{a: ' * 9_000}")),
    "lists in lists": Hostile(slug="too-large", files=manual(f"config:\n  {'- ' * 90_000}x")),
    "mappings in mappings": Hostile(
        slug="too-large",
        files=manual("config:\n" + "".join(f"{' ' * i}a:\n" for i in range(1, 1000))),
    ),
    "a long key": Hostile(slug="invalid-yaml", files=manual(f"{'x' * 10**6}: 1")),
    "many values": Hostile(slug="too-large", files=manual(f"config: [{'a, ' * 600_000}]")),
    "a key behind 100,000 spaces": Hostile(
        slug="unknown-key", files=manual("config:\n" + " " * 100_000 + '"\\x61b": 1')
    ),
}

INCLUDES: Final = {
    "itself": Hostile(slug="include-loop", files=manual("(@): i", i="(@): i")),
    "itself by another spelling": Hostile(
        slug="include-loop", files=manual("(@): i", i="(@): x/../i", **{"x/y": ""})
    ),
    "itself through a link": Hostile(
        slug="include-loop", files=manual("(@): i", i="(@): k", k=link("i"))
    ),
    "itself through a linked folder": Hostile(
        slug="include-loop", files=manual("(@): d/i", i="(@): d/d/i", d=link("."))
    ),
    "project.conf": Hostile(slug="include-loop", conf="(@): project.conf"),
    "deep": Hostile(slug="too-large", files=manual("(@): i0", **chained("i{}", 2000, "(@): i{}"))),
    "each three times the next": Hostile(
        slug="too-large",
        files=manual(
            "(@): i0", **{f"i{i}": f"(@): [{f'i{i + 1}, ' * 3}]" for i in range(30)}, i30=""
        ),
    ),
    "each twice the next, in two places": Hostile(
        slug="too-large",
        files=manual(
            "public: {(@): i0}",
            **{f"i{i}": f"a: {{(@): i{i + 1}}}\nb: {{(@): i{i + 1}}}" for i in range(30)},
            i30=lines("k{0}: v", 100),
        ),
    ),
    "a large one often": Hostile(
        slug="too-large",
        files=manual(f"(@): [{'i, ' * 20_000}]", i="config:\n" + lines("  k{0}: v", 2000)),
    ),
    "itself across a junction": Hostile(
        slug="junction-loop",
        files={**manual(""), "elements/j.bst": "kind: junction\n" + local_source(".")},
        conf="(@): 'j.bst:i'",
    ),
}

BOMB: Final = "variables:\n  v0: lol\n" + lines("  v{1}: '%{{v{0}}}%{{v{0}}}%{{v{0}}}'", 60)

VARIABLES: Final = {
    "laughs": Hostile(slug="too-large", files=manual(BOMB)),
    "laughs of the project": Hostile(slug="too-large", files=manual(""), conf=BOMB),
    "one text that is huge at once": Hostile(
        slug="too-large",
        files=manual(
            f"variables: {{a: {'x' * 10_000}, b: '{'%{a}' * 100}', c: '{'%{b}' * 5000}'}}"
        ),
    ),
    "a large text often": Hostile(
        slug="too-large",
        files=manual(
            f"variables: {{a: {'x' * 10**5}}}\nenvironment:\n" + lines("  e{0}: '%{{a}}'", 4000)
        ),
    ),
    "a loop": Hostile(slug="variable-cycle", files=manual("variables: {a: '%{b}', b: '%{a}'}")),
    "a long loop": Hostile(
        slug="variable-cycle",
        files=manual("variables:\n" + lines("  v{0}: '%{{v{1}}}'", 20_000) + "  v20000: '%{v0}'"),
    ),
    "a long chain": Hostile(
        slug=None,
        files=manual("variables:\n" + lines("  v{0}: '%{{v{1}}}'", 5_000) + "  v5000: x"),
    ),
    "a long chain to nothing": Hostile(
        slug="undefined-variable",
        files=manual(""),
        conf="variables:\n" + lines("  v{0}: '%{{v{1}}}'", 20_000),
    ),
    "a long loop of the project": Hostile(
        slug="variable-cycle",
        files=manual(""),
        conf="variables:\n" + lines("  v{0}: '%{{v{1}}}'", 9_999) + "  v9999: '%{v0}'",
    ),
    "many, for many elements": Hostile(
        slug="too-large",
        files={f"elements/e{i}.bst": "kind: manual" for i in range(400)},
        conf="variables:\n" + lines("  v{0}: x", 30_000),
        targets=(),
    ),
}

JUNCTIONS: Final = {
    "two in each of 14 projects": Hostile(
        slug="load-errors",
        files={
            **manual("depends: ['p.bst:x.bst']"),
            "elements/p.bst": "kind: junction\n" + local_source("n"),
            **{
                f"{'n/' * i}{name}": text
                for i in range(1, 15)
                for name, text in {
                    "project.conf": f"name: s{i}\nmin-version: 2.0",
                    "p.bst": "kind: junction\n" + local_source("n"),
                    "q.bst": "kind: junction\n" + local_source("n"),
                    "x.bst": f"kind: stack\ndepends: {['p.bst:x.bst', 'q.bst:x.bst'] * (i < 14)}",
                }.items()
            },
        },
    ),
    "600 links": Hostile(
        slug=None,
        files=junction(
            LOCAL,
            **{f"sub/l{i}.bst": "kind: link\nconfig: {target: x.bst}" for i in range(600)},
            **manual("depends:\n" + lines("- 'j.bst:l{0}.bst'", 600)),
        ),
    ),
    "its own project": Hostile(
        slug="junction-loop",
        files=manual(
            "depends: ['j.bst:a.bst']",
            **{"elements/j.bst": "kind: junction\n" + local_source(".")},
        ),
        conf="junctions: {internal: [j.bst]}",
    ),
    "its own plugins": Hostile(
        slug="junction-loop",
        files={
            **manual("depends: ['j.bst:x.bst']"),
            "elements/j.bst": "kind: junction\nsources: [{kind: s}]",
        },
        conf="plugins: [{origin: junction, junction: j.bst, sources: [s]}]",
    ),
    "80 of them": Hostile(
        slug="junction-loop",
        files={
            **manual(
                f"depends: ['{'j.bst:' * 79}x.bst']",
                **{"elements/j.bst": "kind: junction\n" + local_source("s")},
            ),
            **{
                f"{'s/' * i}{name}": text
                for i in range(1, 81)
                for name, text in {
                    "project.conf": f"name: s{i}\nmin-version: 2.0",
                    "j.bst": "kind: junction\n" + local_source("s"),
                    "x.bst": "kind: manual",
                }.items()
            },
        },
    ),
    "link to itself": Hostile(
        slug="link-loop", files={"elements/a.bst": "kind: link\nconfig: {target: a.bst}"}
    ),
    "link to a link to it": Hostile(
        slug="link-loop",
        files={
            "elements/a.bst": "kind: link\nconfig: {target: b.bst}",
            "elements/b.bst": "kind: link\nconfig: {target: a.bst}",
        },
    ),
    "link behind itself": Hostile(
        slug="junction-loop",
        files={"elements/a.bst": "kind: link\nconfig: {target: 'a.bst:a.bst'}"},
    ),
    "override by itself": Hostile(
        slug="link-loop", files=junction(f"{LOCAL}config: {{overrides: {{x.bst: 'j.bst:x.bst'}}}}")
    ),
    "overrides by each other": Hostile(
        slug="link-loop",
        files=junction(
            LOCAL + "config: {overrides: {x.bst: 'j.bst:y.bst', y.bst: 'j.bst:x.bst'}}",
            **{"sub/y.bst": "kind: manual"},
        ),
    ),
}

MANY: Final = {
    "names like 500 others": Hostile(
        slug="load-errors",
        files={
            **manual("depends:\n" + lines("- f{0}.bst", 3000)),
            **{f"elements/e{i}.bst": "kind: manual" for i in range(500)},
        },
    ),
    "split rules for many elements": Hostile(
        slug="load-errors",
        files={f"elements/e{i}.bst": "kind: manual" for i in range(160)},
        conf="split-rules:\n" + lines("  v{0}: [x]", 30_000),
        targets=(),
    ),
    "a version of 5,000 digits": Hostile(
        slug="invalid-data", files={"project.conf": f"name: t\nmin-version: 2.{'9' * 5000}"}
    ),
    "a project.conf that is wrong for many": Hostile(
        slug="invalid-data",
        files={f"elements/e{i}.bst": "kind: manual" for i in range(100)},
        conf="sandbox: {}\nenvironment-nocache: [[]]",
        targets=(),
    ),
    "2,000 dependencies": Hostile(
        slug=None,
        files={
            "elements/a.bst": "kind: stack\ndepends:\n" + lines("- e{0}.bst", 2000),
            **{f"elements/e{i}.bst": "kind: manual" for i in range(2000)},
        },
    ),
    "a chain of 2,000": Hostile(
        slug=None,
        files=manual(
            "depends: [e0.bst]",
            **chained("elements/e{}.bst", 2000, "kind: manual\ndepends: [e{}.bst]", "kind: manual"),
        ),
    ),
    "a loop of 1,000": Hostile(
        slug="circular-dependency",
        files={
            **{
                f"elements/e{i}.bst": f"kind: manual\ndepends: [e{(i + 1) % 1000}.bst]"
                for i in range(1000)
            },
        },
        targets=("e0.bst",),
    ),
    "5,000 names of nothing": Hostile(
        slug="load-errors", files=manual("depends:\n" + lines("- e{0}.bst", 5000))
    ),
    "one name 50,000 times": Hostile(
        slug=None,
        files=manual("depends:\n" + "- b.bst\n" * 50_000, **{"elements/b.bst": "kind: manual"}),
    ),
    "20,000 conditions": Hostile(
        slug="too-large",
        files=manual(
            "config:\n  (?):\n" + lines(f"  - '1 == {{0}}{' ' * 90}': {{{{a: b}}}}", 20_000)
        ),
    ),
    "an option with 50,000 values": Hostile(
        slug=None,
        files=manual(""),
        conf="options:\n  f:\n    type: flags\n    description: d\n    values:\n"
        + lines("    - x{0}", 50_000)
        + "    default:\n"
        + "    - x49999\n" * 50_000,
    ),
}

DEEP: Final = "{a: " * 149 + "x" + "}" * 149


def chained_strictly(kind: str, count: int, entry: str) -> dict[str, Content]:
    """Return `count` elements that each depend on the one before; `a.bst` is the last."""
    made: dict[str, Content] = {
        f"elements/e{i}.bst": f"kind: {kind}\nbuild-depends: [{entry.format(i - 1)}]"
        for i in range(1, count)
    }
    last = f"kind: manual\nbuild-depends: [e{count - 1}.bst]"
    return {**made, "elements/e0.bst": "kind: manual", "elements/a.bst": last}


def deep_folders(path: Path) -> None:
    path.mkdir()
    folder = os.open(path, os.O_RDONLY)
    for _ in range(3000):
        os.mkdir("d", dir_fd=folder)
        inner = os.open("d", os.O_RDONLY, dir_fd=folder)
        os.close(folder)
        folder = inner
    os.close(folder)


def odd_names(path: Path) -> None:
    path.mkdir()
    for name in (b"\x1b[31m", b"a\nb", b"\xe2\x80\xae", b"x" * 255):
        (path / os.fsdecode(name)).touch()
    (path / "out").symlink_to("/etc/passwd")
    (path / "up").symlink_to("../..")
    os.mkfifo(path / "fifo")


def imported(**files: Content) -> dict[str, Content]:
    return {"elements/a.bst": f"kind: import\n{local_source('f')}", **files}


def plain_plugin(attribute: str) -> Hostile:
    python = f"""from buildstream import BuildElement
class Foo(BuildElement):
    BST_MIN_VERSION = "2.0"
    {attribute}
def setup():
    return Foo
"""
    return Hostile(
        slug=None,
        files={"elements/a.bst": "kind: foo", "p/foo.py": python},
        conf=plugin("p"),
    )


KEYS: Final = {
    "values 149 levels deep": Hostile(
        slug=None, files=manual(f"public: {DEEP}\nenvironment: {DEEP}")
    ),
    "a value of 5 MB": Hostile(slug=None, files=manual(f"public: {{a: {'x' * 5_000_000}}}")),
    "half a million characters that ujson does not escape": Hostile(
        slug=None, files=manual('public: {a: "' + "\\x7f" * 500_000 + '"}')
    ),
    "backslashes before one": Hostile(
        slug=None, files=manual("public: {a: '" + "\\" * 2_000_000 + '\\u007f\', b: "\\x7f"}')
    ),
    "controls everywhere": Hostile(
        slug=None,
        files=manual(
            'public: {"\\e[31m\\u202e": "\\e]0;x\\a"}\nenvironment: {"\\e[2J": "\\u2028\\r"}\n'
            'sources: [{kind: remote, url: "http://x/\\e", ref: "\\e", directory: "\\e"}]'
        ),
    ),
    "5,000 sources": Hostile(
        slug=None,
        files=imported(**{"f/x": ""})
        | {"elements/a.bst": "kind: import\nsources:\n" + "- {kind: local, path: f}\n" * 5000},
    ),
    "5,000 layouts": Hostile(
        slug=None,
        files={
            "elements/b.bst": "kind: manual",
            "elements/a.bst": "kind: script\nbuild-depends:\n"
            + lines("- {{filename: b.bst, config: {{location: /{0}}}}}", 5000),
        },
    ),
    "30,000 variables of the environment": Hostile(
        slug=None, files=manual("environment:\n" + lines("  k{0}: v", 30_000))
    ),
    "1,000 elements with strict dependencies": Hostile(
        slug=None, files=chained_strictly("manual", 1000, "{{filename: e{}.bst, strict: True}}")
    ),
    "1,000 filters of filters": Hostile(
        slug=None, files=chained_strictly("filter", 1000, "e{}.bst")
    ),
    "3,000 folders in each other": Hostile(slug=None, files=imported(f=deep_folders)),
    "odd names": Hostile(slug=None, files=imported(f=odd_names)),
    "a file of 20 GB": Hostile(slug=None, files=imported(**{"f/x": sparse(20 * 2**30)})),
    "a name that is not UTF-8": Hostile(slug=None, files=imported(**{"f/\udcff": ""})),
    "a pattern that explodes": Hostile(
        slug=None,
        files=manual(
            "sources: [{kind: remote, url: 'http://x/y', ref: r, version-guess-pattern: '(a+)+$'}]"
        ),
    ),
    "a plugin of a version that is no number": plain_plugin("BST_ARTIFACT_VERSION = 'x'"),
    "a plugin of a version with 10,000 digits": plain_plugin(
        f"BST_ARTIFACT_VERSION = 0x{'f' * 10_000}"
    ),
    "one identity through two junctions": Hostile(
        slug=None,
        files={
            "elements/a.bst": "kind: stack\ndepends: ['j.bst:x.bst', 'k.bst:x.bst', 'l.bst:x.bst']",
            "elements/j.bst": f"kind: junction\n{LOCAL}",
            "elements/k.bst": f"kind: junction\n{LOCAL}",
            "elements/l.bst": "kind: link\nconfig: {target: k.bst}",
            "sub/project.conf": "name: s\nmin-version: 2.0\n",
            "sub/x.bst": "kind: manual",
        },
        conf="junctions: {duplicates: {s: [j.bst, k.bst]}}",
    ),
    "a junction and a link as targets": Hostile(
        slug=None,
        files={**junction(LOCAL), "elements/l.bst": "kind: link\nconfig: {target: 'j.bst:x.bst'}"},
        targets=("j.bst", "l.bst", "a.bst"),
    ),
}

CASES: Final[Mapping[str, Hostile]] = {
    f"{group}: {name}": case
    for group, cases in {
        "paths": PATHS,
        "files": FILES,
        "texts": TEXTS,
        "includes": INCLUDES,
        "variables": VARIABLES,
        "junctions": JUNCTIONS,
        "many": MANY,
        "keys": KEYS,
    }.items()
    for name, case in cases.items()
}

CONF: Final = "name: test\nmin-version: 2.0\n"


def draw(case: Hostile, folder: Path) -> Path:
    """Write the project of `case`, and beside it what it must not read; return its folder."""
    root = folder / "project"
    (root / "elements").mkdir(parents=True)
    for outside in ("canary", "canary.bst"):
        (folder / outside).write_text(CANARY)
    path = "" if "element-path" in case.conf else "element-path: elements\n"
    for name, content in {"project.conf": f"{CONF}{path}{case.conf}\n", **case.files}.items():
        place = root / name
        if not place.parent.is_dir():
            place.parent.mkdir(parents=True)
        if isinstance(content, str):
            place.write_text(content, encoding="utf-8")
        elif isinstance(content, bytes):
            place.write_bytes(content)
        else:
            content(place)
    return root


class TooLongError(BaseException):
    """The time for one project is over; no handler of the library may take it for an error."""


class Watch:
    """Keeps what a load does outside of the project, or could not be meant to do at all."""

    ACTIONS: Final = (
        "os.system os.exec os.fork os.forkpty os.posix_spawn subprocess.Popen socket.connect "
        "os.mkdir os.rename os.remove os.rmdir os.symlink os.link os.chmod os.truncate os.kill"
    ).split()

    def __init__(self) -> None:
        self.folder: str | None = None
        self.seen: list[str] = []
        own = Path(bstgraph.__file__).parent
        # Modules are imported when they are needed, and packages are looked for on the path.
        self.library = (str(own), sys.prefix, sys.base_prefix, os.path.realpath(sys.prefix))
        self.path = {os.path.realpath(folder) for folder in sys.path}

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        if self.folder is None:
            return
        if event in self.ACTIONS:
            self.seen.append(f"{event} {arguments}")
        elif event == "import" and str(arguments[1]).startswith(self.folder):
            self.seen.append(f"import {arguments[1]}")
        elif event == "open" and not isinstance(arguments[0], int):
            flags = arguments[2]
            if flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
                self.seen.append(f"write {arguments[0]!r}")
            self.look(arguments[0])
        elif event in {"os.listdir", "os.scandir"} and isinstance(arguments[0], str | bytes):
            self.look(arguments[0])

    def look(self, path: str | bytes) -> None:
        folder, self.folder = self.folder, None
        real = os.path.realpath(os.fsdecode(path))
        self.folder = folder
        if not real.startswith((str(folder), *self.library)) and real not in self.path:
            self.seen.append(f"read {path!r}")


def outcome(directory: str, targets: Sequence[str], *, keys: bool) -> dict[str, object]:
    """Load a project, make its keys if asked for, and return what came of it."""
    signal.alarm(SECONDS)
    try:
        project = bstgraph.load_project(directory, targets, max_jobs=2)
        text = said(bstgraph.load_state(project)) if keys else ""
    except BstGraphError as error:
        return {"slug": error.slug, "text": f"{error}\n{error.render()}"}
    except (Exception, TooLongError) as error:  # noqa: BLE001 - told to the test
        return {"slug": f"{type(error).__name__}: {error}"[:300], "text": ""}
    finally:
        signal.alarm(0)
    return {"slug": None, "text": text}


def said(state: State) -> str:
    """Return what the commands keys, explain and diff print about a state."""
    first, *_, last = (*state.keys, *state.keys)
    edited = state.edited(state.graph[last].model_copy(update={"public": {"new": "x"}}))
    texts = [
        key_table(list(state.keys.values()), full=True),
        key_summary(state.keys),
        to_json(state.keys),
        *state.keys.gaps,
        *(render(bstgraph.explain_key(state, n)) for n in (first, last) for render in RENDERERS),
        *(
            render(bstgraph.compare(*pair))
            for pair in ((state, state), (state, edited), (edited, state))
            for render in RENDERERS
        ),
    ]
    return safe("\n".join(texts)).replace("\t", " ")


def main() -> None:
    """Load the projects that the lines of the input name, each within the limits."""

    def late(*_: object) -> None:
        raise TooLongError("it takes too long")

    sys.dont_write_bytecode = True
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    signal.signal(signal.SIGALRM, late)
    watch = Watch()
    sys.addaudithook(watch)
    for line in sys.stdin:
        job = json.loads(line)
        watch.seen = []
        watch.folder = os.path.realpath(job["directory"])
        os.chdir(job["directory"])
        sys.path[0] = ""  # As in a notebook.
        begun = time.monotonic()
        result = outcome(job["directory"], job["targets"], keys=job["keys"])
        watch.folder = None
        result |= {"seen": watch.seen, "seconds": time.monotonic() - begun}
        print(json.dumps(result), flush=True)  # noqa: T201 - to the test


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, dict[str, Any]]]:
    """Give what came of each project of CASES."""
    folder = tmp_path_factory.mktemp("hostile")
    jobs = []
    for number, (name, case) in enumerate(CASES.items()):
        root = draw(case, folder / str(number))
        keys = name.startswith("keys")
        jobs.append(json.dumps({"directory": str(root), "targets": case.targets, "keys": keys}))
    ran = subprocess.run(
        [sys.executable, __file__],
        input="\n".join(jobs),
        capture_output=True,
        text=True,
        timeout=180,
        check=True,
    )
    results = [json.loads(line) for line in ran.stdout.splitlines()]
    yield dict(zip(CASES, results, strict=True))
    # Python, and so pytest, cannot remove folders that are a thousand deep in each other.
    subprocess.run(["rm", "-rf", folder], check=True)


class TestWatch:
    """The watch sees what it is for: the other tests here could not fail without it."""

    @pytest.mark.parametrize(
        ("event", "arguments"),
        [
            ("open", ("/etc/passwd", "r", os.O_RDONLY)),
            ("open", ("elements/new", "w", os.O_WRONLY | os.O_CREAT)),
            ("os.listdir", ("/etc",)),
            ("os.mkdir", ("elements/new", 0o777, -1)),
            ("subprocess.Popen", ("git", ["git"], None, None)),
        ],
    )
    def test_seen(
        self,
        event: str,
        arguments: tuple[Any, ...],
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.chdir(tmp_path)
        watch = Watch()
        watch.folder = str(tmp_path)
        watch(event, arguments)
        assert watch.seen

    def test_not_seen(self, tmp_path: Path) -> None:
        watch = Watch()
        watch.folder = str(tmp_path)
        watch("open", (str(tmp_path / "elements/a.bst"), "r", os.O_RDONLY))
        watch("open", (bstgraph.__file__, "r", os.O_RDONLY))
        assert watch.seen == []


@pytest.mark.parametrize("name", CASES)
class TestHostile:
    """A hostile project ends in one clear error, and nothing outside of it is touched."""

    def test_outcome(self, name: str, outcomes: Mapping[str, dict[str, Any]]) -> None:
        assert outcomes[name]["slug"] == CASES[name].slug

    def test_untouched(self, name: str, outcomes: Mapping[str, dict[str, Any]]) -> None:
        assert outcomes[name]["seen"] == []

    def test_text(self, name: str, outcomes: Mapping[str, dict[str, Any]]) -> None:
        text = outcomes[name]["text"]
        assert "only outside of the project" not in text
        assert all(line.isprintable() for line in text.split("\n"))


if __name__ == "__main__":
    main()
