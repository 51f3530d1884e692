"""Mistakes to put into a generated project, so that refusals are compared too."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from tests.oracle.dice import Dice
from tests.oracle.yaml_text import Yaml, text

Files: TypeAlias = dict[str, Any]
_Change: TypeAlias = Callable[[dict[str, Any]], None]


def inject(
    dice: Dice, files: Mapping[str, Yaml], targets: Sequence[str], options: Mapping[str, str]
) -> tuple[str, dict[str, Yaml], dict[str, str]]:
    """Return the name of a mistake, and the files and options with it."""
    changed: Files = copy.deepcopy(dict(files))
    name = dice.pick(sorted({*_ELEMENT, *_CONF, *_TEXT, *_OPTIONS}))
    chosen = dict(options)
    conf = changed["project.conf"]
    folder = f"{conf['element-path']}/" if "element-path" in conf else ""
    path = f"{folder}{targets[0]}"
    if name in _ELEMENT:
        _ELEMENT[name](changed[path])
    elif name in _CONF:
        _CONF[name](conf)
    elif name in _TEXT:
        file = dice.pick((path, "project.conf"))
        changed[file] = _TEXT[name](text(changed[file]))
    else:
        chosen.update(_OPTIONS[name])
    return name, changed, chosen


def _set(*path: str, value: Any) -> _Change:
    """Return a change that sets a value, with mappings made on the way to it."""

    def change(data: dict[str, Any]) -> None:
        for key in path[:-1]:
            below = data.get(key)
            if not isinstance(below, dict):
                below = data[key] = {}
            data = below
        data[path[-1]] = value

    return change


def _append(key: str, value: Any) -> _Change:
    """Return a change that adds to a list."""

    def change(data: dict[str, Any]) -> None:
        before = data.get(key)
        data[key] = [*before, value] if isinstance(before, list) else [value]

    return change


def _both(first: _Change, second: _Change) -> _Change:
    def change(data: dict[str, Any]) -> None:
        first(data)
        second(data)

    return change


_ELEMENT: dict[str, _Change] = {
    "undefined variable": _set("variables", "e9", value="%{no-such}"),
    "undefined variable in environment": _set("environment", "X", value="%{no-such}"),
    "undefined variable in public": _set("public", "custom", value="%{no-such}"),
    "cyclic variables": _set("variables", value={"e8": "%{e9}", "e9": "x%{e8}"}),
    "variable that is its own": _set("variables", "e9", value="%{e9}"),
    "protected variable": _set("variables", "element-name", value="x"),
    "protected max-jobs": _set("variables", "max-jobs", value="9"),
    "notparallel is no bool": _set("variables", "notparallel", value="yes"),
    "variable is a list": _set("variables", "e9", value=["x"]),
    "variables are a list": _set("variables", value=["x"]),
    "unknown key": _set("unexpected", value="x"),
    "unknown config key": _set("config", "unexpected", value="x"),
    "config list is text": _set("config", "commands", value="x"),
    "unknown kind": _set("kind", value="no-such-kind"),
    "kind is a list": _set("kind", value=["manual"]),
    "description is a list": _set("description", value=["x"]),
    "dependency not there": _append("depends", "no-such.bst"),
    "dependency without suffix": _append("depends", "no-such"),
    "dependency with bad characters": _append("depends", "no<such.bst"),
    "dependency on a junction not there": _append("depends", "no-such.bst:x.bst"),
    "dependency of unknown type": _append("depends", {"filename": "a.bst", "type": "weird"}),
    "dependency without filename": _append("depends", {"type": "build"}),
    "dependency with unknown key": _append("depends", {"filename": "a.bst", "colour": "red"}),
    "dependency with junction twice": _append(
        "depends", {"filename": "x.bst:a.bst", "junction": "s0.bst"}
    ),
    "strict runtime dependency": _append(
        "runtime-depends", {"filename": "a.bst", "strict": "true"}
    ),
    "strict is false": _append("build-depends", {"filename": "a.bst", "strict": "false"}),
    "config on runtime dependency": _append(
        "runtime-depends", {"filename": "a.bst", "config": {"location": "/"}}
    ),
    "config with unknown key": _append(
        "build-depends", {"filename": "a.bst", "config": {"place": "/"}}
    ),
    "type in build-depends": _append("build-depends", {"filename": "a.bst", "type": "build"}),
    "dependency is a list": _append("depends", ["a.bst"]),
    "depends is text": _set("depends", value="a.bst"),
    "depends on junction": _append("depends", "s0.bst"),
    "depends is a directive": _set("depends", value={"(>)": ["a.bst"]}),
    "sources is empty text": _set("sources", value=""),
    "source without kind": _append("sources", {"path": "files"}),
    "source of unknown kind": _append("sources", {"kind": "no-such"}),
    "source not there": _append("sources", {"kind": "local", "path": "no/such"}),
    "source outside": _append("sources", {"kind": "local", "path": "../outside"}),
    "source absolute": _append("sources", {"kind": "local", "path": "/etc"}),
    "source with unknown key": _append(
        "sources", {"kind": "local", "path": "files", "colour": "red"}
    ),
    "source is a workspace": _append("sources", {"kind": "workspace"}),
    "source with unknown alias": _append("sources", {"kind": "remote", "url": "nope:x"}),
    "source with unknown provenance": _append(
        "sources", {"kind": "remote", "url": "https://x/y", "provenance": {"colour": "red"}}
    ),
    "filename with directory": _append(
        "sources", {"kind": "remote", "url": "https://x/y", "filename": "a/b"}
    ),
    "include not there": _set("(@)", value="no/such.yml"),
    "include of no file": _set("(@)", value="files"),
    "include is a mapping": _set("(@)", value={"a": "b"}),
    "include of an empty list": _set("(@)", value=[]),
    "include across no junction": _set("(@)", value="no-such.bst:x.yml"),
    "include of itself": _set("(@)", value="include/loop.yml"),
    "condition on unknown option": _set("(?)", value=[{"no_such == 'x'": {}}]),
    "condition with bad syntax": _set("(?)", value=[{"== 'x'": {}}]),
    "condition is a mapping": _set("(?)", value={"True": {}}),
    "condition with text fragment": _set("(?)", value=[{"False": "x"}]),
    "condition with two keys": _set("(?)", value=[{"False": {}, "True": {}}]),
    "condition compares a list": _set("(?)", value=[{"1 < 'x'": {}}]),
    "false assertion": _set("(?)", value=[{"False": {"(!)": "never"}}]),
    "true assertion": _set("(?)", value=[{"True": {"(!)": "stop"}}]),
    "assertion": _set("variables", "(!)", value="stop"),
    "directive without list": _set("public", "custom", value={"(>)": ["x"]}),
    "replacing directive without list": _set("public", "custom", value={"(=)": ["x"]}),
    "directive with other keys": _set(
        "public", "bst", "split-rules", "runtime", value={"(>)": ["x"], "other": "y"}
    ),
    "directive holds text": _set("public", "bst", "split-rules", "runtime", value={"(>)": "x"}),
    "split rules are text": _set("public", "bst", "split-rules", "runtime", value="x"),
    "split rules are a list": _set("public", "bst", "split-rules", value=["x"]),
    "mapping over text": _set("variables", "prefix", value={"a": "b"}),
    "list over mapping": _set("config", value=["x"]),
    "environment value is a list": _set("environment", "X", value=["a"]),
    "environment is text": _set("environment", value="x"),
    "nocache is text": _set("environment-nocache", value="x"),
    "nocache is a directive": _set("environment-nocache", value={"(>)": ["x"]}),
    "uid is no number": _set("sandbox", "build-uid", value="me"),
    "unknown sandbox key": _set("sandbox", "colour", value="red"),
    "unknown sandbox arch": _set("sandbox", "build-arch", value="vax"),
    "stack with sources": _both(
        _set("kind", value="stack"), _append("sources", {"kind": "local", "path": "files"})
    ),
    "link with dependencies": _both(_set("kind", value="link"), _append("depends", "a.bst")),
    "junction as element": _set("kind", value="junction"),
    "compose with runtime dependencies": _set("kind", value="compose"),
    "filter of anything": _set("kind", value="filter"),
    "import of anything": _set("kind", value="import"),
    "script of anything": _set("kind", value="script"),
    "manual of anything": _set("kind", value="manual"),
    "stack of anything": _set("kind", value="stack"),
}

_CONF: dict[str, _Change] = {
    "unknown project key": _set("unexpected", value="x"),
    "bad project name": _set("name", value="no good"),
    "project name begins with digit": _set("name", value="9lives"),
    "min-version of the future": _set("min-version", value="2.99"),
    "min-version without minor": _set("min-version", value="2"),
    "min-version of the past": _set("min-version", value="1.4"),
    "element-path not there": _set("element-path", value="no/such"),
    "element-path outside": _set("element-path", value="../.."),
    "element-path is a file": _set("element-path", value="files/data.txt"),
    "option without description": _set("options", "more", value={"type": "bool", "default": "1"}),
    "option of unknown type": _set(
        "options", "more", value={"type": "colour", "description": "x", "default": "1"}
    ),
    "option with dash": _set(
        "options", "mo-re", value={"type": "bool", "description": "x", "default": "True"}
    ),
    "option default not a value": _set(
        "options",
        "more",
        value={"type": "enum", "description": "x", "values": ["a"], "default": "b"},
    ),
    "option without values": _set(
        "options", "more", value={"type": "enum", "description": "x", "values": [], "default": "b"}
    ),
    "option with unknown key": _set(
        "options", "more", value={"type": "bool", "description": "x", "default": "1", "c": "d"}
    ),
    "arch option with unknown arch": _set(
        "options", "more", value={"type": "arch", "description": "x", "values": ["x86_64", "vax"]}
    ),
    "arch option without this machine": _set(
        "options", "more", value={"type": "arch", "description": "x", "values": ["sparc"]}
    ),
    "protected variable in project.conf": _set("variables", "project-name", value="x"),
    "undefined variable in project.conf": _set("variables", "unused", value="%{no-such}"),
    "undefined variable in alias": _set("aliases", "bad", value="%{no-such}"),
    "element name in alias": _set("aliases", "bad", value="%{element-name}"),
    "plain directive in fatal-warnings": _set("fatal-warnings", value={"(>)": ["x"]}),
    "unaliased sources are fatal": _set("fatal-warnings", value=["unaliased-url"]),
    "restricted key in condition": _set("(?)", value=[{"False": {"name": "x"}}]),
    "unknown option in condition": _set("(?)", value=[{"no_such": {}}]),
    "assertion at root": _set("(!)", value="stop"),
    "assertion in project condition": _set("(?)", value=[{"True": {"(!)": "stop"}}]),
    "override config unknown": _set("elements", value={"manual": {"config": {"x": "y"}}}),
    "override variable undefined": _set("elements", "import", value={"variables": {"x": "%{y}"}}),
    "override is text": _set("elements", "import", value="x"),
    "override protected": _set("elements", "import", value={"variables": {"max-jobs": "3"}}),
    "project environment undefined": _set("environment", "X", value="%{no-such}"),
    "project environment is a list": _set("environment", value=["x"]),
    "split rules with leftover": _set("split-rules", "new", value={"(>)": ["x"]}),
    "split rules of text": _set("split-rules", "runtime", value="x"),
    "project sandbox unknown": _set("sandbox", "colour", value="red"),
    "plugin not there": _append(
        "plugins", {"origin": "local", "path": "no/such", "elements": ["x"]}
    ),
    "plugin origin unknown": _append("plugins", {"origin": "moon", "elements": ["x"]}),
    "plugin package not there": _append(
        "plugins", {"origin": "pip", "package-name": "no-such-package", "elements": ["autotools"]}
    ),
    "project include not there": _set("(@)", value=["no/such.yml"]),
    "project include across no junction": _set("(@)", value=["no-such.bst:x.yml"]),
    "ref storage unknown": _set("ref-storage", value="moon"),
    "duplicates unknown": _set("junctions", value={"duplicates": {"x": ["no-such.bst"]}}),
    "junctions with unknown key": _set("junctions", value={"colour": "red"}),
    "default target not there": _set("defaults", value={"targets": ["no-such.bst"]}),
}

_TEXT: dict[str, Callable[[str], str]] = {
    "duplicate key": lambda old: f"{old}extra: x\nextra: y\n",
    "anchor": lambda old: f"{old}environment: &x\n  A: b\n",
    "alias": lambda old: f"{old}description: *x\n",
    "two documents": lambda old: f"{old}---\na: b\n",
    "end marker": lambda old: f"{old}...\n# the end\n",
    "tab": lambda old: f"{old}environment:\n\tA: b\n",
    "tag": lambda old: f"{old}description: !local x\n",
    "bare end": lambda old: f"{old}: x\n",
    "unclosed quote": lambda old: f'{old}description: "x\n',
    "list at top": lambda old: f"- x\n{old}",
    "only a list": lambda old: "- x\n",
    "empty file": lambda old: "",
    "only a comment": lambda old: "# nothing\n",
    "only a marker": lambda old: "---\n",
    "complex key": lambda old: f"{old}? [a, b]\n: c\n",
    "merge key": lambda old: f"{old}<<: x\n",
    "windows lines": lambda old: old.replace("\n", "\r\n"),
    "control character": lambda old: f"{old}description: \x07\n",
    "directive": lambda old: f"%YAML 1.2\n---\n{old}",
}

_OPTIONS: dict[str, dict[str, str]] = {
    "unknown option": {"no_such": "x"},
    "debug is no bool": {"debug": "yes"},
    "debug is a number": {"debug": "1"},
    "mode is no value": {"mode": "huge"},
    "parts are empty": {"parts": ""},
    "parts have an unknown one": {"parts": "x,nope"},
    "parts with spaces": {"parts": " w , x "},
    "machine is another": {"machine": "riscv64"},
    "chosen is unknown": {"chosen": "no-such.bst"},
}
