"""Element files: keys, and the layers of each section."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from bstgraph.errors import Slug
from bstgraph.model import Sandbox
from bstgraph.testing import load_error, project
from tests.unit import drawing

PLUGIN = """
=== plugins/layered.py
from buildstream import Element
class Layered(Element):
    BST_MIN_VERSION = "2.0"
    def configure(self, node): pass
    def preflight(self): pass
    def get_unique_key(self): return 1
def setup(): return Layered
=== plugins/layered.yaml
"""

CONF = """
=== project.conf
plugins: [{origin: local, path: plugins, elements: [layered]}]
"""


def layered(
    tmp_path: Path, *, conf: str = "", plugin: str = "", override: str = "", own: str = ""
) -> Any:  # noqa: ANN401 - an element; the tests read all its parts
    """Return an element whose kind, project and own file say something about a section."""
    overrides = f"elements:\n  layered:\n    {override}\n" if override else ""
    text = f"{CONF}{conf}\n{overrides}{PLUGIN}{plugin}\n=== a.bst\nkind: layered\n{own}\n"
    return drawing.element(text, tmp_path)


class TestKeys:
    """An element has a kind that is written in the file itself, and only known keys."""

    @pytest.mark.parametrize(
        ("body", "slug"),
        [
            ("description: x", "missing-key"),
            ("", "missing-key"),
            ("kind: [manual]", "invalid-data"),
            ("kind: manual\ncolour: red", "unknown-key"),
            ("kind: manual\ndescription: [x]", "invalid-data"),
            ("kind: manual\nvariables: x", "invalid-data"),
            ("kind: manual\nenvironment: x", "invalid-data"),
            ("kind: manual\nenvironment-nocache: x", "invalid-data"),
            ("kind: manual\nenvironment-nocache: {'(>)': [x]}", "invalid-data"),
            ("kind: manual\nconfig: x", "invalid-data"),
            ("kind: manual\npublic: x", "invalid-data"),
            ("kind: manual\nsandbox: x", "invalid-data"),
            ("kind: manual\nsources: x", "invalid-data"),
            ("kind: manual\nsources: {'(>)': []}", "invalid-data"),
            ("kind: no-such", "unknown-kind"),
            ("kind: autotools", "unknown-kind"),
            ("(@): kind.yml", "missing-key"),
            ("(?): [{True: {kind: manual}}]", "missing-key"),
            ("kind: manual\ncompose: {include: [/usr]}", "unknown-key"),
        ],
    )
    def test_refused(self, body: str, slug: Slug, tmp_path: Path) -> None:
        text = f"=== kind.yml\nkind: manual\n=== a.bst\n{body}\n"
        error = load_error(text, tmp_path)
        assert error.slug == slug
        assert error.at is not None
        assert error.at.path == "elements/a.bst"

    def test_an_unknown_kind_near_a_known_one(self, tmp_path: Path) -> None:
        error = load_error("=== a.bst\nkind: manaul\n", tmp_path)
        assert error.fix == "did you mean 'manual'?"
        assert str(error.at) == "elements/a.bst:1:7"

    def test_a_fragment_may_replace_the_kind(self, tmp_path: Path) -> None:
        text = "=== a.bst\nkind: manual\n(?):\n- True: {kind: stack}\n"
        assert drawing.element(text, tmp_path).kind == "stack"

    def test_description(self, tmp_path: Path) -> None:
        text = "=== a.bst\nkind: manual\ndescription: |\n  What %{prefix}\n  is\n"
        assert drawing.element(text, tmp_path).description == "What %{prefix}\nis"


class TestEnvironment:
    """The project's, the kind's, that of `elements:` and the element's own; values expanded."""

    def test_layers(self, tmp_path: Path) -> None:
        element = layered(
            tmp_path,
            conf="environment: {A: conf, B: conf, C: conf, D: '%{prefix}'}",
            plugin="environment: {B: plugin, C: plugin}",
            override="environment: {C: override}",
            own="environment: {E: '%{element-name}', '%{prefix}': x}",
        )
        found = {k: v for k, v in element.environment.items() if len(k) == 1 or k[0] == "%"}
        assert found == {
            "A": "conf",
            "B": "plugin",
            "C": "override",
            "D": "/usr",
            "E": "a.bst",
            "%{prefix}": "x",
        }

    def test_nocache_is_a_union(self, tmp_path: Path) -> None:
        element = layered(
            tmp_path,
            conf="environment-nocache: [C, '%{x}']",
            plugin="environment-nocache: [B]",
            own="environment-nocache: [A, C, HOME]",
        )
        assert element.environment_nocache == ("%{x}", "A", "B", "C", "HOME")

    def test_nocache_of_an_override_replaces_the_plugins(self, tmp_path: Path) -> None:
        element = layered(
            tmp_path,
            plugin="environment-nocache: [B]",
            override="environment-nocache: [D]",
        )
        assert element.environment_nocache == ("D",)

    @pytest.mark.parametrize(
        ("own", "slug"),
        [
            ("environment: {X: '%{no-such}'}", "undefined-variable"),
            ("environment: {X: {(>): [a]}}", "list-directive"),
            ("environment: {PATH: [a]}", "illegal-composite"),
        ],
    )
    def test_refused(self, own: str, slug: Slug, tmp_path: Path) -> None:
        text = f"=== a.bst\nkind: manual\n{own.replace('(>)', chr(39) + '(>)' + chr(39))}\n"
        error = load_error(text, tmp_path)
        assert (error.slug, str(error.at)[:17]) == (slug, "elements/a.bst:2:")


class TestConfig:
    """The kind's defaults, `elements:`, the element's own; lists by directives in this order."""

    def test_lists(self, tmp_path: Path) -> None:
        element = layered(
            tmp_path,
            plugin="config: {list: [plugin], kept: ['%{prefix}'], one: {deep: plugin, more: x}}",
            override="config: {list: {'(>)': [override]}, one: {deep: override}}",
            own="config: {list: {'(<)': [own], '(>)': ['%{element-name}']}, new: {a: [b]}}",
        )
        assert element.config == {
            "list": ["own", "plugin", "override", "a.bst"],
            "kept": ["/usr"],
            "one": {"deep": "override", "more": "x"},
            "new": {"a": ["b"]},
        }

    def test_a_default_that_is_replaced_is_not_expanded(self, tmp_path: Path) -> None:
        element = layered(
            tmp_path,
            plugin="config: {x: '%{no-such}', l: ['%{no-such}']}",
            own="config: {x: y, l: []}",
        )
        assert element.config == {"x": "y", "l": []}

    @pytest.mark.parametrize(
        ("own", "slug", "place"),
        [
            ("config: {no-list: {(>): [x]}}", "list-directive", "2:20"),
            ("config: {no-list: {(=): [x]}}", "list-directive", "2:20"),
            ("config: {build-commands: x}", "illegal-composite", "2:26"),
            ("config: {build-commands: {(>): x}}", "invalid-data", "2:34"),
            ("config: {build-commands: ['%{no-such}']}", "undefined-variable", "2:27"),
            ("config: {colour: red}", "unknown-key", "2:10"),
            ("config: {build-commands: [[x]]}", "invalid-data", "2:27"),
        ],
    )
    def test_refused(self, own: str, slug: Slug, place: str, tmp_path: Path) -> None:
        for directive in ("(>)", "(=)"):
            own = own.replace(directive, f"'{directive}'")
        error = load_error(f"=== a.bst\nkind: manual\n{own}\n", tmp_path)
        assert (error.slug, str(error.at)) == (slug, f"elements/a.bst:{place}")


class TestPublic:
    """Public data is the element's own; only split rules come from project and kind as well."""

    def test_split_rules(self, tmp_path: Path) -> None:
        element = layered(
            tmp_path,
            conf="split-rules: {one: [conf], two: [conf], three: [conf], four: ['%{prefix}']}",
            plugin="public: {bst: {split-rules: {two: [plugin], three: [plugin]}}}",
            override="public: {bst: {split-rules: {three: {'(>)': [override]}}}}",
            own="public: {bst: {split-rules: {three: {'(>)': ['%{lib}']}, five: [x]}}}",
        )
        domains = element.split_rules.domains
        found = {name: domains[name] for name in ("one", "two", "three", "four", "five")}
        assert found == {
            "one": ("conf",),
            "two": ("plugin",),
            "three": ("plugin", "override", "lib"),
            "four": ("/usr",),
            "five": ("x",),
        }
        assert domains["debug"] == ("/usr/lib/debug", "/usr/lib/debug/**")

    def test_all_else_of_the_kind_is_dropped(self, tmp_path: Path) -> None:
        element = layered(
            tmp_path,
            plugin="public: {bst: {integration-commands: [plugin]}, other: plugin}",
            override="public: {bst: {overlap-whitelist: [override]}, more: override}",
            own="public: {own: {'%{prefix}': ['%{prefix}']}}",
        )
        assert element.public["own"] == {"%{prefix}": ["/usr"]}
        assert set(element.public) == {"own", "bst"}
        assert set(element.public["bst"]) == {"split-rules"}

    @pytest.mark.parametrize("override", ["{bst: {(=): [x]}}", "{bst: {split-rules: {(>): [x]}}}"])
    def test_override_is_no_list(self, override: str, tmp_path: Path) -> None:
        conf = f"=== project.conf\nelements: {{manual: {{public: {override}}}}}\n"
        assert load_error(f"{conf}=== a.bst\nkind: manual\n", tmp_path).slug == "illegal-composite"

    def test_every_element_has_split_rules(self, tmp_path: Path) -> None:
        element = drawing.element("=== a.bst\nkind: stack\n", tmp_path)
        assert list(element.public) == ["bst"]
        assert element.split_rules.domains["locale"][0] == "/usr/share/locale"

    @pytest.mark.parametrize(
        ("own", "slug"),
        [
            ("public: {bst: {integration-commands: {'(>)': [x]}}}", "list-directive"),
            ("public: {bst: x}", "invalid-data"),
            ("public: {bst: {split-rules: [x]}}", "invalid-data"),
            ("public: {bst: {split-rules: {runtime: x}}}", "illegal-composite"),
            ("public: {x: '%{no-such}'}", "undefined-variable"),
        ],
    )
    def test_refused(self, own: str, slug: Slug, tmp_path: Path) -> None:
        error = load_error(f"=== a.bst\nkind: manual\n{own}\n", tmp_path)
        assert error.slug == slug


class TestSandbox:
    """The project's, the kind's and the element's own; what is not said is the host's."""

    def test_layers(self, tmp_path: Path) -> None:
        element = layered(
            tmp_path,
            conf="sandbox: {build-uid: 1, build-gid: 1, build-os: linux}",
            plugin="sandbox: {build-gid: 2}",
            override="sandbox: {build-arch: aarch64}",
            own="sandbox: {build-uid: '%{my-uid}', remote-apis-socket: {path: '%{prefix}'}}\n"
            "variables: {my-uid: 17}",
        )
        assert element.sandbox == Sandbox(
            build_os="linux",
            build_arch="aarch64",
            build_uid=17,
            build_gid=2,
            remote_apis_socket={"path": "/usr"},
            provenance=element.sandbox.provenance,
        )

    def test_nothing_said(self, tmp_path: Path) -> None:
        assert drawing.element("=== a.bst\nkind: manual\n", tmp_path).sandbox == Sandbox()

    @pytest.mark.parametrize(
        ("sandbox", "slug"),
        [
            ("{colour: red}", "unknown-key"),
            ("{build-uid: me}", "invalid-data"),
            ("{build-uid: 5000000000}", "invalid-data"),
            ("{build-os: [x]}", "invalid-data"),
            ("{build-arch: vax}", "invalid-data"),
            ("{remote-apis-socket: {}}", "missing-key"),
            ("{remote-apis-socket: x}", "invalid-data"),
            ("{remote-apis-socket: {path: /x, colour: red}}", "unknown-key"),
            ("{remote-apis-socket: {path: /x, action-cache-enable-update: no}}", "invalid-data"),
            ("{build-uid: {'(>)': [x]}}", "list-directive"),
        ],
    )
    def test_refused(self, sandbox: str, slug: Slug, tmp_path: Path) -> None:
        error = load_error(f"=== a.bst\nkind: manual\nsandbox: {sandbox}\n", tmp_path)
        assert error.slug == slug


class TestIdentity:
    """An element knows its full name, its project and its name there."""

    def test_names(self, tmp_path: Path) -> None:
        text = f"""{drawing.SUB}
=== sub/project.conf
name: other
=== sub/deep/b.bst
kind: manual
=== a.bst
kind: stack
depends:
- sub.bst:deep/b.bst
"""
        loaded = project(text, tmp_path, targets=["a.bst"])
        below = drawing.named(loaded, "sub.bst:deep/b.bst")
        assert (below.junction, below.local_name) == ("sub.bst", "deep/b.bst")
        assert below.identity == ("other", "deep/b.bst")
        assert str(below.provenance) == "sub.bst:elements/deep/b.bst:1:1"
        assert drawing.named(loaded).identity == ("test", "a.bst")
        assert drawing.named(loaded).junction == ""


class TestFiles:
    """An element file is a regular file of the project."""

    @pytest.mark.parametrize(
        ("name", "slug"),
        [
            ("fifo.bst", "not-a-file"),
            ("out.bst", "outside-project"),
            ("loop.bst", "unreadable-file"),
        ],
    )
    def test_refused(self, name: str, slug: Slug, tmp_path: Path) -> None:
        folder = tmp_path / "project" / "elements"
        folder.mkdir(parents=True)
        os.mkfifo(folder / "fifo.bst")
        (tmp_path / "out.bst").write_text("kind: manual\n")
        (folder / "out.bst").symlink_to("../../out.bst")
        (folder / "loop.bst").symlink_to("loop.bst")
        text = f"=== a.bst\nkind: stack\ndepends: [{name}]\n"
        error = load_error(text, tmp_path / "project", targets=["a.bst"])
        assert error.slug == slug
