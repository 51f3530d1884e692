"""What the shape of a plugin's Python tells; nothing of it runs."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from bstgraph.model import PluginOutline
from bstgraph.project._outline import read_outline

PLAIN = '''
"""A plugin."""

from __future__ import annotations

import os
from typing import Any

from buildstream import BuildElement, utils

_NAME = "x"


class Drawn(BuildElement):
    """An element."""

    BST_MIN_VERSION = "2.0"
    BST_ARTIFACT_VERSION = 3
    BST_STRICT_REBUILD = True

    def stage(self, sandbox: Any) -> None:
        utils.sha256sum(os.sep)

    def assemble(self, sandbox):
        pass


# Called by BuildStream.
def setup():
    """Return the class."""
    return Drawn
'''

ATTRIBUTES: Mapping[str, bool | int | str] = {
    "BST_MIN_VERSION": "2.0",
    "BST_ARTIFACT_VERSION": 3,
    "BST_STRICT_REBUILD": True,
}


def outline(text: str) -> PluginOutline | None:
    return read_outline(text.encode())


def changed(old: str, new: str) -> PluginOutline | None:
    """Return the outline of the plain plugin with one change."""
    assert PLAIN.count(old) == 1
    return outline(PLAIN.replace(old, new))


class TestPlain:
    """A plain plugin can change no cache key but by its attributes."""

    def test_everything_that_is_plain(self) -> None:
        expected = PluginOutline(base="BuildElement", attributes=ATTRIBUTES, plain=True)
        assert outline(PLAIN) == expected
        found = outline(PLAIN)
        assert found is not None
        assert found.attributes["BST_STRICT_REBUILD"] is True

    @pytest.mark.parametrize(
        ("start", "between"),
        [("", "\n"), ("\ufeff", "\n"), ("", "\r\n"), ("# coding: utf8\n", "\n"), ("\n'x'\n", "\n")],
    )
    def test_short(self, start: str, between: str) -> None:
        lines = ("from buildstream import Element as E", "class A(E): ''", "def setup(): return A")
        found = outline(start + between.join(lines))
        assert found == PluginOutline(base="Element", attributes={}, plain=True)

    def test_setup_may_come_first(self) -> None:
        text = "def setup():\n return A\nfrom buildstream import Source\nclass A(Source): pass"
        assert outline(text) == PluginOutline(base="Source", attributes={}, plain=True)


IN_THE_MODULE = [
    "import evil",
    "import os, evil",
    "from evil import os",
    "from . import os",
    "from .os import path",
    "from .. import os",
    "print('now')",
    "_NAME = os.getpid()",
    "_NAME = [1]",
    "_NAME = _OTHER = 1",
    "_NAME += 'y'",
    "__name__ = 'other'",
    "import os as __name__",
    "_NAME: str = 'x'",
    "os.sep = 'x'",
    "BuildElement.get_unique_key = None",
    "del utils",
    "if True: pass",
    "for _ in (): pass",
    "while False: pass",
    "with open('x'): pass",
    "try: pass\nfinally: pass",
    "assert True",
    "raise ValueError",
    "class Other: pass",
    "def other(): pass",
    "async def other(): pass",
    "lambda: 1",
    "(walrus := 1)",
    "global x",
]

IN_THE_CLASS = [
    "BST_RUN_COMMANDS = not True",
    "BST_RUN_COMMANDS = None",
    "BST_RUN_COMMANDS = 1.5",
    "BST_RUN_COMMANDS = b''",
    "BST_RUN_COMMANDS = '\\ud800'",
    "BST_RUN_COMMANDS: bool = True",
    "BST_RUN_COMMANDS = BST_OTHER = True",
    "BST_RUN_COMMANDS += 1",
    "COMMON_CONFIG_KEYS = 'x'",
    "get_unique_key = None",
    "print('now')",
    "import os",
    "class Inner: pass",
    "def get_unique_key(self): return 1",
    "def configure(self, node): pass",
    "def configure_dependencies(self, dependencies): pass",
    "def preflight(self): pass",
    "def get_variable(self, name): pass",
    "def __init__(self, *args): pass",
    "def __init_subclass__(cls): pass",
    "async def stage(self, sandbox): pass",
    "@property\ndef stage(self): pass",
    "@evil\ndef stage(self): pass",
    "def stage(self, sandbox=evil()): pass",
    "def stage(self, *, sandbox=evil()): pass",
    "def stage(self, sandbox: evil()): pass",
    "def stage(self, *sandbox: evil()): pass",
    "def stage(self, **sandbox: evil()): pass",
    "def stage(self, sandbox) -> evil(): pass",
    "stage = assemble = None",
    "BST_NUMBER = 9223372036854775808",
    f"BST_NUMBER = 0x{'f' * 5000}",
    "if True: pass",
]


def indented(text: str) -> str:
    return "".join(f"    {line}\n" for line in text.splitlines())


class TestNotPlain:
    """Whatever might change a key is not plain; what else the file says is still told."""

    @pytest.mark.parametrize("statement", IN_THE_MODULE)
    def test_in_the_module(self, statement: str) -> None:
        found = changed("# Called by BuildStream.", statement)
        assert found == PluginOutline(base="BuildElement", attributes=ATTRIBUTES, plain=False)

    @pytest.mark.parametrize("member", IN_THE_CLASS)
    def test_in_the_class(self, member: str) -> None:
        found = changed('    """An element."""\n', indented(member))
        assert found == PluginOutline(base="BuildElement", attributes=ATTRIBUTES, plain=False)

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            ("class Drawn(BuildElement):", "class Drawn(BuildElement, metaclass=evil):"),
            ("class Drawn(BuildElement):", "class Drawn(BuildElement, key=1):"),
            ("class Drawn(BuildElement):", "@evil\nclass Drawn(BuildElement):"),
            ("def setup():", "@evil\ndef setup():"),
            ("def setup():", "def setup(x=evil()):"),
            ("def setup():", "def setup() -> evil():"),
        ],
    )
    def test_at_its_head(self, old: str, new: str) -> None:
        found = changed(old, new)
        assert found == PluginOutline(base="BuildElement", attributes=ATTRIBUTES, plain=False)

    def test_the_last_attribute_counts(self) -> None:
        found = changed("    BST_STRICT_REBUILD = True\n", "    BST_MIN_VERSION = '2.5'\n")
        assert found is not None
        assert found.attributes == {"BST_MIN_VERSION": "2.5", "BST_ARTIFACT_VERSION": 3}


TOO_DEEP = {
    "open": "(" * 100_000,
    "parentheses": "(" * 100_000 + ")" * 100_000,
    "attributes": "a" + ".b" * 100_000,
    "items": "a" + "[0]" * 80_000,
    "calls": "a" + "()" * 100_000,
    "signs": "-" * 200_000 + "1",
    "sums": "1" + "+1" * 100_000,
    "lambdas": "lambda:" * 30_000 + "1",
    "conditions": "1 if x else " * 20_000 + "1",
}


class TestNone:
    """There is no outline where the class or its base is not certain."""

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            ("class Drawn(BuildElement):", "class Drawn:"),
            ("class Drawn(BuildElement):", "class Drawn(BuildElement, Mixin):"),
            ("class Drawn(BuildElement):", "class Drawn(*BuildElement):"),
            ("class Drawn(BuildElement):", "class Drawn(buildstream.BuildElement):"),
            ("class Drawn(BuildElement):", "class Drawn(BuildElement()):"),
            ("class Drawn(BuildElement):", "class Drawn(Other):"),
            ("class Drawn(BuildElement):", "class Other(BuildElement):"),
            ("from buildstream import BuildElement,", "from buildstream import"),
            ("from buildstream import", "from other import"),
            ("from buildstream import", "from .buildstream import"),
            ("from buildstream import", "from buildstream.element import"),
            ('_NAME = "x"', "BuildElement = object"),
            ('_NAME = "x"', "BuildElement: type = object"),
            ('_NAME = "x"', "class BuildElement: pass"),
            ('_NAME = "x"', "async def BuildElement(): pass"),
            ('_NAME = "x"', "import evil as BuildElement"),
            ('_NAME = "x"', "from evil import *"),
            ('_NAME = "x"', "class Drawn: pass"),
            ('_NAME = "x"', "Drawn = 1"),
            ('_NAME = "x"', "setup = 1"),
            ("def setup():", "def other():"),
            ("def setup():", "async def setup():"),
            ("    return Drawn", "    return Drawn()"),
            ("    return Drawn", "    return Nothing"),
            ("    return Drawn", "    x = 1\n    return Drawn"),
            ("    return Drawn", "    return"),
            ("    return Drawn", "    pass"),
        ],
    )
    def test_uncertain(self, old: str, new: str) -> None:
        assert changed(old, new) is None

    @pytest.mark.parametrize(
        "content",
        [
            b"",
            b"\0",
            b"def setup(",
            PLAIN.encode() + b"\0",
            PLAIN.encode() + b"# \xff",
            PLAIN.encode("utf-16"),
            b"# coding: utf-7\n" + PLAIN.encode(),
            b"# coding: latin-1\n" + PLAIN.encode(),
            b"# coding: no-such\n" + PLAIN.encode(),
            PLAIN.encode() + b"X = " + b"9" * 5000,
        ],
    )
    def test_unreadable(self, content: bytes) -> None:
        assert read_outline(content) is None

    @pytest.mark.parametrize("name", TOO_DEEP)
    def test_too_deep(self, name: str) -> None:
        assert outline(f"{PLAIN}\nX = {TOO_DEEP[name]}\n") is None

    def test_an_invalid_escape_warns_nobody(self) -> None:
        found = changed('_NAME = "x"', r'_NAME = "\d"')
        assert found is not None
        assert found.plain
