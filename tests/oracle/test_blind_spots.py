"""What even a strict build of the real BuildStream takes although a build from nothing differs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pytest

import bstgraph
from tests.oracle.builds import Builder, plant_busybox

pytestmark = pytest.mark.oracle

_LOCATED: Final = """
- filename: c.bst
  config: {location: /mnt}
"""
_LIST: Final = "config: {%s: ['mkdir -p \"%%{install-root}\"', 'find /mnt > \"%%{install-root}/list\"']}"


def _elements(user: str, kind: str, *, located: str = _LOCATED) -> dict[str, str]:
    key = "commands" if kind == "script" else "install-commands"
    depends = f"build-depends:\n- base.bst\n- b.bst{located}"
    return {
        "base.bst": "kind: import\nsources: [{kind: local, path: base}]\n",
        "b.bst": "kind: import\nsources: [{kind: local, path: b}]\n",
        "c.bst": "kind: import\nsources: [{kind: local, path: c}]\n",
        user: f"kind: {kind}\n{depends}{_LIST % key}\n",
    }
