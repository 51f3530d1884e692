"""What provides a kind: its origin, its Python file, and what that file is known to be."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path
from typing import Final

import pytest

from bstgraph import load_project
from bstgraph.errors import ProjectError
from bstgraph.kinds import _releases
from bstgraph.model import Plugin, PluginOutline
from bstgraph.project import _session
from bstgraph.testing import load_error, project, write
from tests.unit import drawing

PYTHON: Final = """from buildstream import BuildElement
class Drawn(BuildElement):
    BST_MIN_VERSION = "2.0"
def setup():
    return Drawn
"""
OUTLINE: Final = PluginOutline(
    base="BuildElement", attributes={"BST_MIN_VERSION": "2.0"}, plain=True
)
HELPED: Final = f"from ._utils import x\n{PYTHON}"

LOCAL: Final = """
=== project.conf
plugins: [{origin: local, path: plugins, elements: [drawn], sources: [drawn]}]
=== a.bst
kind: drawn
=== b.bst
kind: manual
sources: [{kind: drawn}, {kind: local, path: plugins}]
=== plugins/drawn.py
"""


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.fixture
def know(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Return what makes one fingerprint that of release 2.3.1 of the element kind `drawn`."""

    def know(digest: str) -> None:
        monkeypatch.setattr(
            _releases, "_known", lambda: {("elements", "drawn"): {digest: (2, 3, 1)}}
        )

    return know


def plugin_of(text: str, directory: Path) -> Plugin | None:
    return drawing.element(text, directory).plugin


def load_local(directory: Path) -> Plugin | None:
    """Return the plugin of `drawn` in the project that was written to `directory`."""
    return drawing.named(load_project(directory, targets=["a.bst"])).plugin


class TestLocal:
    def test_an_unknown_file(self, tmp_path: Path) -> None:
        loaded = project(LOCAL + PYTHON, tmp_path)
        plugin = Plugin(origin="local", file="plugins/drawn.py", outline=OUTLINE)
        assert drawing.named(loaded).plugin == plugin
        assert [source.plugin for source in drawing.named(loaded, "b.bst").sources] == [
            plugin,
            Plugin(origin="core"),
        ]
        assert drawing.named(loaded, "b.bst").plugin == Plugin(origin="core")

    def test_a_known_file(self, tmp_path: Path, know: Callable[[str], None]) -> None:
        know(sha(PYTHON))
        loaded = project(LOCAL + PYTHON, tmp_path)
        expected = Plugin(origin="local", file="plugins/drawn.py", release=(2, 3, 1))
        assert drawing.named(loaded).plugin == expected
        source = drawing.named(loaded, "b.bst").sources[0]
        assert source.plugin == Plugin(origin="local", file="plugins/drawn.py", outline=OUTLINE)

    def test_with_a_module_beside_it(self, tmp_path: Path, know: Callable[[str], None]) -> None:
        know(sha(f" {sha(HELPED)}\n_utils {sha('x = 1')}"))
        text = f"{LOCAL}{HELPED}=== plugins/_utils.py\n"
        release = {}
        for name, module in (("known", "x = 1"), ("changed", "x = 2"), ("missing", "")):
            directory = write(text, tmp_path / name)
            (directory / "plugins" / "_utils.py").write_text(module, "utf-8")
            if not module:
                (directory / "plugins" / "_utils.py").unlink()
            plugin = load_local(directory)
            assert plugin is not None
            release[name] = plugin.release
        assert release == {"known": (2, 3, 1), "changed": (), "missing": ()}

    def test_all_elements_share_it(self, tmp_path: Path) -> None:
        loaded = project(f"{LOCAL}{PYTHON}=== d.bst\nkind: drawn\n", tmp_path)
        assert drawing.named(loaded).plugin is drawing.named(loaded, "d.bst").plugin

    def test_a_shadow_of_a_core_kind(self, tmp_path: Path) -> None:
        text = LOCAL.replace("drawn", "stack") + PYTHON
        plugin = plugin_of(text, tmp_path)
        assert plugin == Plugin(origin="local", file="plugins/stack.py", outline=OUTLINE)


class TestJunction:
    CONF = """
=== sub.bst
kind: junction
sources: [{kind: local, path: sub}]
=== project.conf
plugins: [{origin: junction, junction: sub.bst, elements: [drawn]}]
=== a.bst
kind: drawn
"""

    def test_a_known_file(self, tmp_path: Path, know: Callable[[str], None]) -> None:
        know(sha(PYTHON))
        text = f"""{self.CONF}
=== sub/project.conf
plugins: [{{origin: local, path: plugins, elements: [drawn]}}]
=== sub/plugins/drawn.py
{PYTHON}"""
        expected = Plugin(origin="junction", file="sub.bst:plugins/drawn.py", release=(2, 3, 1))
        assert plugin_of(text, tmp_path) == expected

    def test_not_at_hand(self, tmp_path: Path) -> None:
        text = self.CONF.replace(
            "{kind: local, path: sub}", "{kind: remote, url: 'https://h/x', ref: r}"
        )
        element = drawing.element(text, tmp_path)
        assert element.plugin == Plugin(origin="junction")
        assert any("drawn" in gap for gap in element.gaps)


def package(directory: Path, module: str, **contents: str) -> Path:
    """Write an installed distribution whose entry point `drawn` is `module`."""
    drawn = "".join(f"=== drawn_plugins/elements/{n}\n{t}\n" for n, t in contents.items())
    text = f"""
=== Drawn_Plugins-1.5.dist-info/METADATA
Metadata-Version: 2.1
Name: Drawn_Plugins
Version: 1.5
=== Drawn_Plugins-1.5.dist-info/entry_points.txt
[buildstream.plugins.elements]
drawn = drawn_plugins.elements{module}
{drawn}"""
    return write(text, directory, complete=False)


class TestPip:
    """BuildStream takes the YAML beside the entry point's module, and the Python of the kind."""

    TEXT = """
=== project.conf
plugins: [{origin: pip, package-name: drawn-plugins, elements: [drawn]}]
=== a.bst
kind: drawn
"""

    @pytest.mark.parametrize(
        ("module", "yaml"), [(".drawn", "drawn"), (".other", "other"), ("", "__init__")]
    )
    def test_files(
        self, module: str, yaml: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        contents = {
            f"{name}.yaml": f"config: {{build-commands: [{name}]}}" for name in ("drawn", "other")
        }
        contents |= {"__init__.yaml": "config: {build-commands: [__init__]}", "__init__.py": ""}
        contents |= {"drawn.py": PYTHON, "other.py": ""}
        monkeypatch.syspath_prepend(str(package(tmp_path / "packages", module, **contents)))
        element = drawing.element(self.TEXT, tmp_path / "project")
        assert element.config == {"build-commands": [yaml]}
        assert element.files == (f"Drawn_Plugins:{yaml}.yaml",)
        assert element.plugin == Plugin(
            origin="pip", file="Drawn_Plugins:drawn.py", outline=OUTLINE
        )

    def test_without_python_of_the_kind(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        found = package(tmp_path / "packages", ".other", **{"other.py": PYTHON})
        monkeypatch.syspath_prepend(str(found))
        error = load_error(self.TEXT, tmp_path / "project")
        assert (error.slug, str(error.at)) == ("plugin-origin", "project.conf:1:39")

    def test_elsewhere(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        found = package(tmp_path / "packages", ".elsewhere", **{"drawn.py": PYTHON})
        monkeypatch.syspath_prepend(str(found))
        element = drawing.element(self.TEXT, tmp_path / "project")
        assert element.plugin == Plugin(origin="pip")
        assert any("drawn_plugins.elements.elsewhere" in gap for gap in element.gaps)


def outside(path: Path) -> None:
    path.rename(path.parents[2] / "outside.py")
    path.symlink_to("../../outside.py")


def inside(path: Path) -> None:
    path.rename(path.with_name("other.py"))
    path.symlink_to("other.py")


def too_large(path: Path) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write("#" * (256 * 2**10))


def a_package_of_that_name(path: Path) -> None:
    path.with_suffix("").mkdir()
    (path.with_suffix("") / "__init__.py").touch()


def an_extension_of_that_name(path: Path) -> None:
    path.with_name("drawn" + EXTENSION_SUFFIXES[0]).touch()


def zeros(path: Path) -> None:
    path.symlink_to("/dev/zero")


def helped(make: Callable[[Path], object]) -> Callable[[Path], None]:
    def change(path: Path) -> None:
        path.write_text(HELPED, "utf-8")
        make(path.with_name("_utils.py"))

    return change


class TestHostile:
    """A file that cannot be trusted, or not be read, is that of no release."""

    @pytest.mark.parametrize(
        "change", [outside, too_large, a_package_of_that_name, an_extension_of_that_name]
    )
    def test_nothing_is_known(
        self, change: Callable[[Path], None], tmp_path: Path, know: Callable[[str], None]
    ) -> None:
        know(sha(PYTHON))
        directory = write(LOCAL + PYTHON, tmp_path / "project")
        change(directory / "plugins" / "drawn.py")
        assert load_local(directory) == Plugin(origin="local", file="plugins/drawn.py")

    @pytest.mark.parametrize(
        "make",
        [os.mkfifo, Path.mkdir, zeros, Path.exists],
        ids=["fifo", "folder", "device", "missing"],
    )
    def test_the_module_beside_it(
        self, make: Callable[[Path], object], tmp_path: Path, know: Callable[[str], None]
    ) -> None:
        know(sha(HELPED))
        directory = write(LOCAL + PYTHON, tmp_path / "project")
        helped(make)(directory / "plugins" / "drawn.py")
        outline = OUTLINE.model_copy(update={"plain": False})
        expected = Plugin(origin="local", file="plugins/drawn.py", outline=outline)
        assert load_local(directory) == expected

    def test_a_link_inside(self, tmp_path: Path, know: Callable[[str], None]) -> None:
        know(sha(PYTHON))
        directory = write(LOCAL + PYTHON, tmp_path / "project")
        inside(directory / "plugins" / "drawn.py")
        expected = Plugin(origin="local", file="plugins/drawn.py", release=(2, 3, 1))
        assert load_local(directory) == expected

    @pytest.mark.parametrize("make", [os.mkfifo, Path.mkdir], ids=["fifo", "folder"])
    def test_no_file(self, make: Callable[[Path], None], tmp_path: Path) -> None:
        directory = write(LOCAL, tmp_path / "project")
        (directory / "plugins" / "drawn.py").unlink()
        make(directory / "plugins" / "drawn.py")
        with pytest.raises(ProjectError) as raised:
            load_local(directory)
        assert raised.value.slug == "plugin-origin"

    @pytest.mark.parametrize("content", [b"\0", b"\xff", b"(" * 100_000, b""])
    def test_no_python(self, content: bytes, tmp_path: Path) -> None:
        directory = write(LOCAL + PYTHON, tmp_path / "project")
        (directory / "plugins" / "drawn.py").write_bytes(content)
        assert load_local(directory) == Plugin(origin="local", file="plugins/drawn.py")

    def test_only_so_much_is_parsed(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        # The file is that of an element and of a source.
        monkeypatch.setattr(_session, "MAX_OUTLINES", len(PYTHON))
        loaded = project(LOCAL + PYTHON, tmp_path)
        found = (drawing.named(loaded).plugin, drawing.named(loaded, "b.bst").sources[0].plugin)
        outlines = [plugin.outline for plugin in found if plugin is not None]
        assert len(outlines) == 2
        assert OUTLINE in outlines
        assert None in outlines
