"""Every plugin of an installed package is known as one of that release or an earlier one."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Final

import pytest

from bstgraph.kinds import release_of
from tests.oracle.oracle import required_interpreter
from tests.oracle.record_releases import fingerprint_of, order

pytestmark = pytest.mark.oracle

PACKAGES: Final = ("buildstream-plugins", "buildstream-plugins-community")
LIST: Final = """
import importlib.metadata, importlib.util, json, os, sys
found = []
for plugin_type in ("elements", "sources"):
    for entry in importlib.metadata.distribution(sys.argv[1]).entry_points:
        if entry.group == "buildstream.plugins." + plugin_type:
            spec = importlib.util.find_spec(entry.module)
            folder = os.path.dirname(spec.origin) if spec else ""
            if os.path.exists(os.path.join(folder, entry.name + ".py")):
                found.append((plugin_type, entry.name, folder))
print(json.dumps([importlib.metadata.version(sys.argv[1]), found]))
"""


@pytest.mark.parametrize("package", PACKAGES)
def test_an_installed_package(package: str) -> None:
    command = [str(required_interpreter()), "-c", LIST, package]
    version, plugins = json.loads(subprocess.check_output(command, text=True))
    assert len(plugins) > 10
    for plugin_type, kind, folder in plugins:
        release = release_of(plugin_type, kind, fingerprint_of(Path(folder), kind))
        assert (2, 0, 0) <= release <= order(version), (kind, release)
