"""project.conf: keys, defaults, conditionals, project paths."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bstgraph import load_project
from bstgraph.errors import Slug
from bstgraph.testing import load_error, project, write
from tests.unit import drawing

ELEMENT = """
=== a.bst
kind: manual
"""

BARE = "name: test\nmin-version: 2.0\n"


class TestRequired:
    """A project has a name, a symbol that may have dashes, and a minimal version."""

    @pytest.mark.parametrize(
        ("conf", "slug"),
        [
            ("min-version: 2.0\n", "missing-key"),
            ("name: test\n", "missing-key"),
            ("", "missing-key"),
            ("name: ''\nmin-version: 2.0\n", "bad-symbol"),
            ("name: no good\nmin-version: 2.0\n", "bad-symbol"),
            ("name: 9lives\nmin-version: 2.0\n", "bad-symbol"),
            ("name: a.b\nmin-version: 2.0\n", "bad-symbol"),
            ("name: größe\nmin-version: 2.0\n", "bad-symbol"),
            ("name: [a]\nmin-version: 2.0\n", "invalid-data"),
        ],
    )
    def test_refused(self, conf: str, slug: Slug, tmp_path: Path) -> None:
        text = f"=== project.conf\n{conf}=== a.bst\nkind: manual\n"
        error = load_error(text, tmp_path, complete=False)
        assert error.slug == slug
        assert error.at is not None
        assert error.at.path == "project.conf"

    @pytest.mark.parametrize("name", ["a", "_a", "a-b_c9", "A"])
    def test_names(self, name: str, tmp_path: Path) -> None:
        text = f"=== project.conf\nname: {name}\n{ELEMENT}"
        assert project(text, tmp_path).name == name


class TestVersion:
    """The major version is 2, and the minor one at most that of the BuildStream modelled."""

    @pytest.mark.parametrize("version", ["2.0", "2.8", "'2.08'", "2.8.1", "2.4.dev1"])
    def test_accepted(self, version: str, tmp_path: Path) -> None:
        text = f"=== project.conf\nmin-version: {version}\n{ELEMENT}"
        assert project(text, tmp_path).conf.min_version == version.strip("'")

    @pytest.mark.parametrize(
        ("version", "slug"),
        [
            ("2.9", "unsupported-version"),
            ("3.0", "unsupported-version"),
            ("1.4", "unsupported-version"),
            ("2", "invalid-data"),
            ("two", "invalid-data"),
            ("2.x", "invalid-data"),
            ("''", "invalid-data"),
        ],
    )
    def test_refused(self, version: str, slug: Slug, tmp_path: Path) -> None:
        text = f"=== project.conf\nmin-version: {version}\n{ELEMENT}"
        assert load_error(text, tmp_path).slug == slug


KEYS: list[tuple[str, Slug]] = [
    ("colour: red", "unknown-key"),
    ("format-version: 1", "unknown-key"),
    ("(!): stop", "unknown-key"),
    ("defaults: {target: [a.bst]}", "unknown-key"),
    ("defaults: [a.bst]", "illegal-composite"),
    ("defaults: {targets: a.bst}", "illegal-composite"),
    ("defaults: {targets: [no.bst]}", "unknown-element"),
    ("defaults: {'(?)': [{True: {targets: []}}]}", "unknown-key"),
    ("fatal-warnings: {'(>)': [overlaps]}", "invalid-data"),
    ("fatal-warnings: overlaps", "invalid-data"),
    ("ref-storage: moon", "invalid-data"),
    ("junctions: {colour: red}", "unknown-key"),
    ("junctions: {disallow-subproject-uris: maybe}", "invalid-data"),
    ("shell: {colour: red}", "unknown-key"),
    ("shell: {command: sh}", "illegal-composite"),
    ("environment: [X]", "illegal-composite"),
    ("environment-nocache: X", "illegal-composite"),
    ("environment: {X: '%{no-such}'}", "undefined-variable"),
    ("sandbox: {colour: red}", "unknown-key"),
    ("split-rules: {new: {'(>)': [x]}}", "list-directive"),
    ("split-rules: {runtime: x}", "illegal-composite"),
    ("fail-on-overlap: perhaps", "invalid-data"),
    ("aliases: {x: '%{no-such}'}", "undefined-variable"),
    ("aliases: {x: '%{element-name}'}", "undefined-variable"),
    ("mirrors: {a: b}", "invalid-data"),
    ("variables: [x]", "illegal-composite"),
    ("variables: {x: {a: b}}", "invalid-data"),
    ("variables: {x: {'(>)': [a]}}", "list-directive"),
    ("elements: [x]", "invalid-data"),
    ("elements: {import: x}", "invalid-data"),
    ("sources: {local: x}", "invalid-data"),
    ("options: [x]", "invalid-data"),
    ("plugins: {origin: local}", "invalid-data"),
    ("source-provenance-attributes: [x]", "illegal-composite"),
]


class TestKeys:
    """Only known keys, of their own type; what is wrong is shown where it is written."""

    @pytest.mark.parametrize(("line", "slug"), KEYS)
    def test_refused(self, line: str, slug: Slug, tmp_path: Path) -> None:
        text = f"""
=== project.conf
{line}
=== a.bst
kind: import
sources: [{{kind: local, path: files}}]
=== files/
"""
        error = load_error(text, tmp_path)
        assert error.slug == slug
        assert error.at is not None
        assert error.at.path in {"project.conf", "BuildStream:project.yaml"}

    def test_all_of_them(self, tmp_path: Path) -> None:
        text = """
            === project.conf
            defaults: {targets: [a.bst]}
            fatal-warnings: [overlaps, "own:warning"]
            junctions: {duplicates: {x: [y.bst]}, internal: [z.bst]}
            ref-storage: inline
            options: {o: {type: bool, default: True, description: d}}
            plugins: []
            variables: {v: x}
            aliases: {al: "https://example.com/%{v}/"}
            mirrors: [{name: m, aliases: {al: ["https://example.org/%{v}/"]}}]
            elements: {manual: {variables: {w: y}}}
            sources: {local: {config: {}}}
            environment: {X: "%{v}"}
            environment-nocache: [X]
            sandbox: {build-uid: 5, build-arch: x86_64}
            split-rules: {extra: ["%{v}"]}
            shell: {command: [bash], environment: {A: b}, host-files: [/etc/hosts]}
            fail-on-overlap: False
            source-provenance-attributes: {author: who}
            artifacts: [{url: "https://example.com"}]
            source-caches: [{url: "https://example.com"}]
            === a.bst
            kind: manual
            """
        conf = project(text, tmp_path).conf
        assert conf.default_targets == ("a.bst",)
        assert conf.fatal_warnings == ("overlaps", "own:warning")
        assert conf.variables["v"] == "x"
        assert conf.variables["prefix"] == "/usr"
        assert conf.variables["bindir"] == "%{exec_prefix}/bin"
        assert conf.aliases == {"al": "https://example.com/x/"}
        assert conf.mirrors == ({"name": "m", "aliases": {"al": ["https://example.org/x/"]}},)
        assert conf.element_overrides == {"manual": {"variables": {"w": "y"}}}
        assert conf.source_overrides == {"local": {"config": {}}}
        assert conf.environment["X"] == "%{v}"
        assert conf.environment["PATH"] == "/usr/bin:/bin:/usr/sbin:/sbin"
        assert conf.environment_nocache == ("X",)
        assert conf.sandbox == {"build-uid": "5", "build-arch": "x86_64"}
        assert conf.split_rules["extra"] == ["%{v}"]
        assert conf.shell["command"] == ["bash"]
        assert conf.options[0].value is True
        assert conf.element_path == "elements"
        assert conf.directory == tmp_path
        assert str(conf.provenance) == "project.conf:1:1"


class TestUnused:
    """BuildStream looks at some values only when it needs them, whatever they are."""

    @pytest.mark.parametrize("line", ["junctions: {duplicates: {x: y.bst}}", "aliases: {x: [y]}"])
    def test_fine(self, line: str, tmp_path: Path) -> None:
        assert project(f"=== project.conf\n{line}\n{ELEMENT}", tmp_path).elements


class TestDefaults:
    """What a project has that says nothing: environment, split rules, a shell."""

    def test_values(self, tmp_path: Path) -> None:
        conf = project(ELEMENT, tmp_path).conf
        assert conf.environment == {
            "PATH": "/usr/bin:/bin:/usr/sbin:/sbin",
            "SHELL": "/bin/sh",
            "TERM": "dumb",
            "USER": "tomjon",
            "USERNAME": "tomjon",
            "LOGNAME": "tomjon",
            "LC_ALL": "C",
            "HOME": "/tmp",  # noqa: S108 - it is the sandbox's
            "TZ": "UTC",
            "SOURCE_DATE_EPOCH": "1321009871",
        }
        assert list(conf.split_rules) == ["runtime", "devel", "debug", "doc", "locale"]
        assert (conf.environment_nocache, conf.sandbox, conf.fatal_warnings) == ((), {}, ())

    def test_without_an_element_path(self, tmp_path: Path) -> None:
        text = f"=== project.conf\n{BARE}=== deep/a.bst\nkind: manual\n"
        write(text, tmp_path, complete=False)
        (tmp_path / "elements" / "deep").rename(tmp_path / "deep")
        loaded = project("=== x.yml\n", tmp_path, complete=False)
        assert drawing.names(loaded) == ["deep/a.bst"]


class TestConditionals:
    """Most keys may be conditional; the basics may not, in a false fragment either."""

    @pytest.mark.parametrize(
        "key",
        [
            "name: x",
            "min-version: 2.0",
            "element-path: .",
            "defaults: {}",
            "fatal-warnings: []",
            "junctions: {}",
            "ref-storage: inline",
            "options: {}",
            "plugins: []",
        ],
    )
    @pytest.mark.parametrize("where", ["project.conf", "x.yml"])
    def test_restricted(self, key: str, where: str, tmp_path: Path) -> None:
        fragment = f"(?):\n- False:\n    {key}\n"
        conf = fragment if where == "project.conf" else "(@): x.yml\n"
        text = f"=== project.conf\n{conf}=== x.yml\n{fragment}{ELEMENT}"
        error = load_error(text, tmp_path)
        assert error.slug == "illegal-composite"
        assert str(error.at) == f"{where}:3:5"

    def test_free(self, tmp_path: Path) -> None:
        text = """
            === project.conf
            (?):
            - True:
                variables: {v: x}
                environment: {X: "%{v}"}
                environment-nocache: {(>): [X]}
                sandbox: {build-uid: 7}
                split-rules: {extra: [y]}
                aliases: {al: "https://example.com"}
                elements: {manual: {config: {build-commands: [make]}}}
            === a.bst
            kind: manual
            """.replace("(>)", "'(>)'")
        element = drawing.element(text, tmp_path)
        assert element.environment["X"] == "x"
        assert element.environment_nocache == ("X",)
        assert element.sandbox.build_uid == 7
        assert element.split_rules.domains["extra"] == ("y",)
        assert element.config["build-commands"] == ["make"]

    def test_assertion_in_a_fragment(self, tmp_path: Path) -> None:
        text = f"=== project.conf\n(?):\n- True:\n    (!): stop\n{ELEMENT}"
        assert load_error(text, tmp_path).slug == "user-assertion"


class TestFatalWarnings:
    """`fatal-warnings` are sorted, doubles kept; `fail-on-overlap` adds one of its own."""

    @pytest.mark.parametrize(
        ("lines", "expected"),
        [
            ("fatal-warnings: [b, a, b]", ("a", "b", "b")),
            ("fail-on-overlap: True", ("overlaps",)),
            ("fatal-warnings: [overlaps]\nfail-on-overlap: True", ("overlaps",)),
            ("fail-on-overlap: False", ()),
        ],
    )
    def test_value(self, lines: str, expected: tuple[str, ...], tmp_path: Path) -> None:
        text = f"=== project.conf\n{lines}\n{ELEMENT}"
        assert project(text, tmp_path).conf.fatal_warnings == expected


PATHS: list[tuple[str, Slug]] = [
    ("no/such", "missing-file"),
    ("../elements", "outside-project"),
    ("x/../..", "outside-project"),
    ("/", "outside-project"),
    ("link", "outside-project"),
    ("link/", "outside-project"),
    ("file", "not-a-file"),
]


class TestElementPath:
    """A project path exists, is a folder, no symbolic link, and inside the project."""

    @pytest.mark.parametrize(("path", "slug"), PATHS)
    def test_refused(self, path: str, slug: Slug, tmp_path: Path) -> None:
        text = f"=== project.conf\n{BARE}element-path: {path}\n=== file\n=== x/\n=== elements/\n"
        write(text, tmp_path, complete=False)
        (tmp_path / "link").symlink_to("elements")
        error = load_error("=== file\n", tmp_path, complete=False)
        assert error.slug == slug
        assert str(error.at) == "project.conf:3:15"

    @pytest.mark.parametrize("path", [".", "elements"])
    def test_a_project_behind_a_link(self, path: str, tmp_path: Path) -> None:
        text = f"=== project.conf\nelement-path: {path}\n=== {path}/a.bst\nkind: stack\n"
        write(text, tmp_path / "p")
        (tmp_path / "link").symlink_to("p")
        assert drawing.names(load_project(tmp_path / "link")) == ["a.bst"]

    @pytest.mark.parametrize("path", ["x", "x/", "./x", "x/../x", "x//y/.."])
    def test_accepted(self, path: str, tmp_path: Path) -> None:
        text = f"=== project.conf\n{BARE}element-path: {path}\n=== x/y/b\n=== x/a\n"
        write(text, tmp_path, complete=False)
        (tmp_path / "x" / "a.bst").write_text("kind: manual\n")
        loaded = project("=== x/c\n", tmp_path, complete=False)
        assert drawing.names(loaded) == ["a.bst"]


class TestAliases:
    """Alias values know the base variables and four names for the project's place."""

    def test_places(self, tmp_path: Path) -> None:
        text = f"""{drawing.SUB}
=== sub/project.conf
aliases:
  own: "%{{project-root}}"
  top: "%{{toplevel-root}}"
  own-uri: "%{{project-root-uri}}/%{{project-name}}"
  top-uri: "%{{toplevel-root-uri}}"
=== sub/b.bst
kind: manual
{ELEMENT}depends:
- sub.bst:b.bst
"""
        root = tmp_path / "with space"
        loaded = project(text, root, targets=["a.bst"])
        uri = "file://" + str(root).replace(" ", "%20")
        assert loaded.projects["sub.bst"].aliases == {
            "own": str(root / "sub"),
            "top": str(root),
            "own-uri": f"{uri}/sub/sub",
            "top-uri": uri,
        }

    def test_they_exist_nowhere_else(self, tmp_path: Path) -> None:
        text = f"{ELEMENT}variables: {{v: '%{{project-root}}'}}\n"
        assert load_error(text, tmp_path).slug == "undefined-variable"


class TestFinding:
    """The project is looked for from the given folder upwards."""

    def test_from_below(self, tmp_path: Path) -> None:
        root = write(f"{ELEMENT}=== deep/er/\n", tmp_path)
        loaded = project("=== x\n", root / "deep/er", complete=False)
        assert loaded.directory == root

    @pytest.mark.parametrize("folder", ["", "no/such"])
    def test_none(self, folder: str, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "fifo")
        error = load_error("", tmp_path / folder, complete=False)
        assert error.slug == "no-project"
