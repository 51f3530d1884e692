"""Variables: resolution, layers, protected ones, `notparallel`."""

from __future__ import annotations

from pathlib import Path

import pytest

from bstgraph import variables as module
from bstgraph.errors import ProjectError, Slug
from bstgraph.testing import load_error
from bstgraph.variables import Mode, VariableTable, references
from bstgraph.yaml import ScalarNode, SourceFile, parse
from tests.unit import drawing


def raw(text: str) -> dict[str, ScalarNode]:
    """Return the variables of a YAML mapping."""
    root = parse(SourceFile("a.bst", text))
    return {name: node.as_scalar() for name, node in root.entries.items()}


def refused(text: str, mode: Mode = "strict") -> ProjectError:
    with pytest.raises(ProjectError) as caught:
        VariableTable(raw(text), mode=mode)
    return caught.value


class TestReferences:
    """A reference is `%{`, a letter, more letters, digits, `_` or `-`, and `}`; no other is."""

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("", ()),
            ("%{a}", ("a",)),
            ("x%{a}y%{b-c_1}z%{a}", ("a", "b-c_1", "a")),
            ("%%{a}", ("a",)),
            ("$%{a}", ("a",)),
            ("%{a%{b}", ("b",)),
            ("%{}", ()),
            ("%{1a}", ()),
            ("%{_a}", ()),
            ("%{-a}", ()),
            ("%{a b}", ()),
            ("%{ a }", ()),
            ("%{ä}", ()),
            ("% {a}", ()),
            ("%{a", ()),
            ("{a}", ()),
        ],
    )
    def test_names(self, text: str, expected: tuple[str, ...]) -> None:
        assert references(text) == expected


class TestResolving:
    """Values are resolved through other variables; what came out is not read again."""

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("{a: x}", {"a": "x"}),
            ("{a: '%{b}', b: x}", {"a": "x", "b": "x"}),
            ("{a: '%{b}/%{c}', b: '%{c}', c: x}", {"a": "x/x", "b": "x", "c": "x"}),
            ("{a: '%{b}%{b}', b: x}", {"a": "xx", "b": "x"}),
            ("{a: '%%{b}', b: x}", {"a": "%x", "b": "x"}),
            ("{a: '%{1}', b: '%{}'}", {"a": "%{1}", "b": "%{}"}),
            # The parts of a reference that come out of two values make none.
            ("{a: '%{b}{c}', b: '%', c: x}", {"a": "%{c}", "b": "%", "c": "x"}),
            # What is expanded is not stripped again.
            ("{a: 'x%{b}', b: '%{c}', c: ''}", {"a": "x", "b": "", "c": ""}),
        ],
    )
    def test_values(self, text: str, expected: dict[str, str]) -> None:
        assert VariableTable(raw(text)).values == expected

    def test_a_long_chain(self) -> None:
        last = 2000
        links = {f"v{i}": f"'%{{v{i + 1}}}'" for i in range(last)}
        text = "\n".join(f"{name}: {value}" for name, value in {**links, f"v{last}": "x"}.items())
        assert set(VariableTable(raw(text)).values.values()) == {"x"}


class TestErrors:
    """An undefined variable and a cycle are errors at the value, even when nothing uses it."""

    def test_undefined(self) -> None:
        error = refused("prefix: /usr\nunused: '%{prefx}'\n")
        assert str(error) == (
            "a.bst:2:9: the variable 'prefx' is not defined, did you mean 'prefix'? "
            "[undefined-variable]"
        )

    @pytest.mark.parametrize(
        ("text", "loop"),
        [
            ("{a: '%{a}'}", "a -> a"),
            ("{a: '%{b}', b: '%{a}'}", "a -> b -> a"),
            ("{x: '%{a}', a: '%{b}', b: '%{c}', c: '%{a}'}", "a -> b -> c -> a"),
        ],
    )
    def test_cycle(self, text: str, loop: str) -> None:
        error = refused(text)
        assert error.slug == "variable-cycle"
        assert error.message == f"variables form a loop: {loop}"

    def test_a_cycle_is_one_in_lenient_mode_too(self) -> None:
        assert refused("{a: '%{b}', b: '%{a}'}", "lenient").slug == "variable-cycle"


class TestModes:
    """A lenient table keeps what is not defined as text; a partial one leaves the variable out."""

    TEXT = "{a: 'x%{no}', b: '%{a}', c: y, d: '%{e}', e: '%{d}'}"

    def test_lenient(self) -> None:
        table = VariableTable(raw("{a: 'x%{no}', b: '%{a}', c: y}"), mode="lenient")
        assert table.values == {"a": "x%{no}", "b": "x%{no}", "c": "y"}
        assert table.unknown == {"no"}

    def test_partial(self) -> None:
        assert VariableTable(raw(self.TEXT), mode="partial").values == {"c": "y"}

    def test_partial_then_complete(self) -> None:
        table = VariableTable(raw(self.TEXT), mode="partial")
        assert table.overlay(raw("{no: z, e: w}")).values == {
            "a": "xz",
            "b": "xz",
            "c": "y",
            "d": "w",
            "e": "w",
            "no": "z",
        }


class TestOverlay:
    """An overlay resolves again what its variables reach; the table below stays as it is."""

    def test_reached(self) -> None:
        table = VariableTable(raw("{a: '%{b}', b: '%{c}', c: x, d: y}"))
        assert table.reached_from(["c"]) == {"a", "b", "c"}
        assert table.reached_from(["d", "new"]) == {"d", "new"}

    def test_values(self) -> None:
        table = VariableTable(raw("{a: '%{b}', b: x, c: '%{a}', d: y}"))
        assert table.overlay(raw("{b: z, e: '%{c}'}")).values == {
            "a": "z",
            "b": "z",
            "c": "z",
            "d": "y",
            "e": "z",
        }
        assert table.values == {"a": "x", "b": "x", "c": "x", "d": "y"}

    def test_errors_are_those_of_the_overlay(self) -> None:
        table = VariableTable(raw("{a: '%{b}', b: x}"))
        with pytest.raises(ProjectError) as caught:
            table.overlay(raw("{b: '%{a}'}"))
        assert caught.value.slug == "variable-cycle"


class TestExpansion:
    """Values are expanded at any depth; keys never are."""

    ROOT = parse(SourceFile("a.bst", "'%{a}': '%{a}'\nl: ['%{a}', [x, {k: 'y%{a}'}]]\n"))
    PLAIN = {"%{a}": "1", "l": ["1", ["x", {"k": "y1"}]]}  # noqa: RUF012 - not changed

    def test_data(self) -> None:
        table = VariableTable(raw("{a: '1'}"))
        assert table.mapping(self.ROOT) == self.PLAIN
        assert table.data(self.ROOT) == self.PLAIN

    def test_nodes_keep_their_places(self) -> None:
        expanded = VariableTable(raw("{a: '1'}")).nodes(self.ROOT)
        assert expanded.plain() == self.PLAIN
        places = [(node.line, node.column) for node in expanded.scalars()]
        assert places == [(node.line, node.column) for node in self.ROOT.scalars()]

    def test_undefined(self) -> None:
        with pytest.raises(ProjectError) as caught:
            VariableTable({}).mapping(self.ROOT)
        assert caught.value.slug == "undefined-variable"
        assert str(caught.value.at) == "a.bst:1:9"


class TestBudget:
    """A table that would grow without measure ends in one error, and soon."""

    def test_doubling(self) -> None:
        doubling = "\n".join(f"v{i}: '%{{v{i + 1}}}%{{v{i + 1}}}'" for i in range(60))
        assert refused(f"{doubling}\nv60: xxxxxxxx\n").slug == "too-large"
        assert refused(f"{doubling}\nv60: xxxxxxxx\n", "partial").slug == "too-large"

    def test_many_overlays_share_it(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(module, "MAX_TOTAL", 1000)
        table = VariableTable(raw("{a: '%{b}', b: ''}"))
        over = raw(f"{{b: {'x' * 100}}}")
        for _ in range(10):
            table.overlay(over)
        with pytest.raises(ProjectError, match="too much text"):
            table.overlay(over)


class TestBaseVariables:
    """The built-in variables, those of project.conf over them, and the few BuildStream sets."""

    def test_defaults(self, tmp_path: Path) -> None:
        values = drawing.variables("=== a.bst\nkind: manual\n", tmp_path, max_jobs=3)
        assert values == {
            "prefix": "/usr",
            "exec_prefix": "/usr",
            "bindir": "/usr/bin",
            "sbindir": "/usr/sbin",
            "libexecdir": "/usr/libexec",
            "datadir": "/usr/share",
            "sysconfdir": "/etc",
            "sharedstatedir": "/usr/com",
            "localstatedir": "/var",
            "lib": "lib",
            "libdir": "/usr/lib",
            "debugdir": "/usr/lib/debug",
            "includedir": "/usr/include",
            "docdir": "/usr/share/doc",
            "infodir": "/usr/share/info",
            "mandir": "/usr/share/man",
            "build-root": "/buildstream/test/a.bst",
            "conf-root": ".",
            "install-root": "/buildstream-install",
            "strip-binaries": "",
            "project-name": "test",
            "element-name": "a.bst",
            "max-jobs": "3",
        }

    def test_project_over_defaults(self, tmp_path: Path) -> None:
        values = drawing.variables(
            """
            === project.conf
            variables: {lib: lib64, own: "%{libdir}/%{element-name}"}
            === a.bst
            kind: manual
            """,
            tmp_path,
        )
        assert values["libdir"] == "/usr/lib64"
        assert values["own"] == "/usr/lib64/a.bst"

    def test_a_reference_to_the_element_in_any_project(self, tmp_path: Path) -> None:
        loaded = drawing.project(
            f"""{drawing.SUB}
=== sub/project.conf
name: other
=== sub/x/b.bst
kind: manual
=== a.bst
kind: manual
depends:
- sub.bst:x/b.bst
""",
            tmp_path,
        )
        below = drawing.named(loaded, "sub.bst:x/b.bst")
        assert below.variables["build-root"] == "/buildstream/other/x/b.bst"


class TestLayers:
    """Element over `elements:` of project.conf over plugin YAML over `variables:`."""

    TEXT = """
        === project.conf
        variables: {one: conf, two: conf, three: conf, four: conf, all: "%{one}%{two}"}
        plugins: [{origin: local, path: plugins, elements: [plain]}]
        elements:
          plain:
            variables: {three: override, four: override}
        === plugins/plain.py
        from buildstream import Element
        class Plain(Element):
            BST_MIN_VERSION = "2.0"
            def configure(self, node): pass
            def preflight(self): pass
            def get_unique_key(self): return 1
        def setup(): return Plain
        === plugins/plain.yaml
        variables: {two: plugin, three: plugin, four: plugin}
        === a.bst
        kind: plain
        variables: {four: element}
        """

    def test_values(self, tmp_path: Path) -> None:
        values = drawing.variables(self.TEXT, tmp_path)
        found = [values[name] for name in ("one", "two", "three", "four", "all")]
        assert found == ["conf", "plugin", "override", "element", "confplugin"]


class TestProtected:
    """`project-name`, `element-name` and `max-jobs` are set by BuildStream alone."""

    @pytest.mark.parametrize("name", ["project-name", "element-name", "max-jobs"])
    @pytest.mark.parametrize(
        "text",
        [
            "=== a.bst\nkind: manual\nvariables: {NAME: x}\n",
            "=== project.conf\nvariables: {NAME: x}\n=== a.bst\nkind: manual\n",
            (
                "=== project.conf\nelements: {manual: {variables: {NAME: x}}}\n"
                "=== a.bst\nkind: manual\n"
            ),
        ],
    )
    def test_refused(self, name: str, text: str, tmp_path: Path) -> None:
        error = load_error(text.replace("NAME", name), tmp_path)
        assert error.slug == "protected-variable"
        assert name in error.message
        assert error.at is not None

    def test_an_export_is_not_refused(self, tmp_path: Path) -> None:
        values = drawing.variables(
            """
            === project.conf
            options:
              one: {type: enum, values: [x], default: x, description: "", variable: element-name}
              two: {type: enum, values: [x], default: x, description: "", variable: project-name}
              three: {type: enum, values: [x], default: x, description: "", variable: max-jobs}
            === a.bst
            kind: manual
            """,
            tmp_path,
        )
        found = {name: values[name] for name in ("element-name", "project-name", "max-jobs")}
        assert found == {"element-name": "a.bst", "project-name": "x", "max-jobs": "x"}


class TestNotParallel:
    """A true `notparallel`, unexpanded, makes `max-jobs` 1; what is no boolean is an error."""

    @pytest.mark.parametrize(
        ("value", "jobs"), [("True", "1"), ("true", "1"), ("1", "1"), ("False", "4"), ("0", "4")]
    )
    def test_max_jobs(self, value: str, jobs: str, tmp_path: Path) -> None:
        text = f"=== a.bst\nkind: manual\nvariables: {{notparallel: {value}}}\n"
        assert drawing.variables(text, tmp_path, max_jobs=4)["max-jobs"] == jobs

    def test_of_the_project(self, tmp_path: Path) -> None:
        text = """
            === project.conf
            variables: {notparallel: True, j: "-j%{max-jobs}"}
            === a.bst
            kind: manual
            === b.bst
            kind: manual
            variables: {notparallel: False}
            """
        loaded = drawing.project(text, tmp_path, max_jobs=4)
        assert drawing.named(loaded).variables["j"] == "-j1"
        assert drawing.named(loaded, "b.bst").variables["j"] == "-j4"

    @pytest.mark.parametrize("value", ["''", "yes", "'%{prefix}'"])
    def test_no_boolean(self, value: str, tmp_path: Path) -> None:
        text = f"=== a.bst\nkind: manual\nvariables: {{notparallel: {value}}}\n"
        assert load_error(text, tmp_path).slug == "invalid-data"


class TestOfElements:
    """Every variable of an element is resolved, used or not, and is text."""

    @pytest.mark.parametrize(
        ("variables", "slug"),
        [
            ("{x: '%{no-such}'}", "undefined-variable"),
            ("{prefix: '%{bindir}'}", "variable-cycle"),
            ("{x: [a]}", "invalid-data"),
            ("{x: {a: b}}", "invalid-data"),
            ("{x: {(>): [a]}}", "list-directive"),
            ("[x]", "invalid-data"),
            ("", "invalid-data"),
        ],
    )
    def test_refused(self, variables: str, slug: Slug, tmp_path: Path) -> None:
        text = f"=== a.bst\nkind: manual\nvariables: {variables}\n"
        error = load_error(text, tmp_path)
        assert error.slug == slug
        assert error.at is not None
        assert error.at.path.startswith(("elements/a.bst", "BuildStream:"))

    def test_an_unused_one_of_the_project(self, tmp_path: Path) -> None:
        text = """
            === project.conf
            variables: {unused: "%{no-such}"}
            === a.bst
            kind: manual
            """
        error = load_error(text, tmp_path)
        assert error.slug == "undefined-variable"
        assert str(error.at) == "project.conf:1:21"

    def test_an_element_may_complete_the_projects(self, tmp_path: Path) -> None:
        text = """
            === project.conf
            variables: {greeting: "hello %{who}"}
            === a.bst
            kind: manual
            variables: {who: world}
            """
        assert drawing.variables(text, tmp_path)["greeting"] == "hello world"
