"""Which files BuildStream takes for a plugin."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from bstgraph.testing import write
from tests.oracle.compare import compare, load
from tests.oracle.oracle import Job, Oracle, OracleResult, required_interpreter

pytestmark = pytest.mark.oracle

PYTHON: Final = """
from buildstream import BuildElement
class Drawn(BuildElement):
    BST_MIN_VERSION = "2.0"
def setup():
    return Drawn
"""
PACKAGE: Final = f"""
=== Drawn_Plugins-1.5.dist-info/METADATA
Metadata-Version: 2.1
Name: Drawn_Plugins
Version: 1.5
=== Drawn_Plugins-1.5.dist-info/entry_points.txt
[buildstream.plugins.elements]
same = drawn_plugins.elements.same
other = drawn_plugins.elements.module
package = drawn_plugins.elements
missing = drawn_plugins.elements.module
=== drawn_plugins/__init__.py
=== drawn_plugins/elements/__init__.py
=== drawn_plugins/elements/module.py
{PYTHON}
=== drawn_plugins/elements/same.py
{PYTHON}
=== drawn_plugins/elements/other.py
{PYTHON}
=== drawn_plugins/elements/package.py
{PYTHON}
=== drawn_plugins/elements/__init__.yaml
variables: {{from: package}}
=== drawn_plugins/elements/module.yaml
variables: {{from: module}}
=== drawn_plugins/elements/same.yaml
variables: {{from: same}}
=== drawn_plugins/elements/other.yaml
variables: {{from: other}}
"""


def shown(directory: Path, text: str) -> tuple[Job, OracleResult]:
    """Return what BuildStream says of `a.bst` in the project drawn in `text`."""
    job = Job(directory=write(text, directory), targets=("a.bst",))
    with Oracle(required_interpreter()) as oracle:
        (result,) = oracle.run([job])
    return job, result


class TestPip:
    """The defaults lie beside the module of the entry point; the Python has the kind's name."""

    def text(self, kind: str) -> str:
        return f"""
=== project.conf
plugins: [{{origin: pip, package-name: drawn-plugins, elements: [{kind}]}}]
=== a.bst
kind: {kind}
"""

    @pytest.fixture
    def package(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        folder = str(write(PACKAGE, tmp_path / "packages", complete=False))
        monkeypatch.setenv("PYTHONPATH", folder)
        monkeypatch.syspath_prepend(folder)

    @pytest.mark.usefixtures("package")
    @pytest.mark.parametrize(
        ("kind", "file"), [("same", "same"), ("other", "module"), ("package", "package")]
    )
    def test_defaults(self, kind: str, file: str, tmp_path: Path) -> None:
        job, result = shown(tmp_path / "project", self.text(kind))
        assert compare(load(job), result) == []
        assert [element.variables["from"] for element in result.elements] == [file]

    @pytest.mark.usefixtures("package")
    def test_no_python_of_that_name(self, tmp_path: Path) -> None:
        job, result = shown(tmp_path / "project", self.text("missing"))
        assert compare(load(job), result) == []
        assert result.error is not None


class TestHidden:
    """Python takes a package for a module of its name: what the file says does not count."""

    def test_a_package(self, tmp_path: Path) -> None:
        text = f"""
=== project.conf
plugins: [{{origin: local, path: plugins, elements: [drawn]}}]
=== a.bst
kind: drawn
=== plugins/drawn.py
{PYTHON}
=== plugins/drawn/__init__.py
"""
        _, result = shown(tmp_path, text)
        assert result.error is not None
        assert "setup" in result.error.message
