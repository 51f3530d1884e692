"""The pytest plugin, run on small test suites in folders of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from bstgraph.testing import write

pytest_plugins = ["pytester"]

PROJECT: Final = """
    === project.conf
    options:
      flavour:
        type: enum
        values: [plain, rich]
        default: plain
        description: How much
        variable: flavour
    === lib.bst
    kind: import
    sources: [{kind: local, path: files}]
    === files/usr/bin/tool
    === files/usr/include/tool.h
    === deps.bst
    kind: stack
    depends: [lib.bst]
    variables: {notes: "%{flavour}"}
    === layer.bst
    kind: compose
    build-depends: [deps.bst]
    config: {exclude: [devel], integrate: false}
    === image.bst
    kind: script
    build-depends: [{filename: layer.bst, config: {location: /layer}}]
    config: {commands: [build-oci]}
"""


@pytest.fixture
def suite(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """Return a folder with a project, an ini file, and no cache of builds."""
    write(PROJECT, pytester.path)
    ini(pytester)
    monkeypatch.setenv("XDG_CACHE_HOME", str(pytester.path / "no-cache"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(pytester.path / "no-config"))
    return pytester


def ini(suite: pytest.Pytester, *lines: str) -> None:
    suite.makefile(".ini", pytest="\n".join(["[pytest]", "addopts = --strict-markers", *lines]))


def run(suite: pytest.Pytester, text: str, *arguments: str) -> pytest.RunResult:
    suite.makepyfile(text)
    return suite.runpytest_inprocess("-p", "no:cacheprovider", *arguments)


class TestFixtures:
    def test_all_of_them(self, suite: pytest.Pytester) -> None:
        result = run(
            suite,
            """
            def test_it(bstgraph_arguments, bstgraph_state, bstgraph_project, bstgraph_graph,
                        bstgraph_keys, bstgraph_layers, bstgraph_before, bstgraph_assert):
                assert bstgraph_project is bstgraph_state.project
                assert bstgraph_graph is bstgraph_state.graph
                assert bstgraph_keys is bstgraph_state.keys
                assert bstgraph_layers.state is bstgraph_state
                assert bstgraph_before is None
                assert bstgraph_assert.layers is bstgraph_layers
                assert len(bstgraph_project.elements) == 4
            """,
        )
        result.assert_outcomes(passed=1)

    def test_help_tells_the_options_and_the_marker(self, suite: pytest.Pytester) -> None:
        suite.runpytest_inprocess("--help").stdout.fnmatch_lines(["*bstgraph_targets*"])
        suite.runpytest_inprocess("--markers").stdout.fnmatch_lines(["@pytest.mark.bstgraph(*"])

    def test_without_its_fixtures_the_library_is_not_imported(self, suite: pytest.Pytester) -> None:
        suite.makepyfile("import sys\ndef test_it():\n    assert 'bstgraph' not in sys.modules\n")
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
        environment = {name: os.environ[name] for name in os.environ if "COV" not in name}
        done = subprocess.run(
            command, cwd=suite.path, capture_output=True, text=True, env=environment, check=False
        )
        assert "1 passed" in done.stdout

    def test_a_conftest_may_name_the_project(self, suite: pytest.Pytester) -> None:
        write("=== only.bst\nkind: stack\n", suite.path / "other")
        suite.makeconftest("""
            import pytest
            @pytest.fixture(scope="session")
            def bstgraph_arguments():
                return {"project": "other", "allow": []}
        """)
        result = run(
            suite,
            """
            def test_it(bstgraph_assert):
                assert list(bstgraph_assert.state.project.elements) == ["only.bst"]
            """,
        )
        result.assert_outcomes(passed=1)


class TestIni:
    def test_targets_options_and_the_folder(self, suite: pytest.Pytester) -> None:
        write(PROJECT, suite.path / "below")
        ini(
            suite,
            "bstgraph_directory = below",
            "bstgraph_targets = deps.bst",
            "bstgraph_options = flavour = rich",
            "bstgraph_arch = riscv64",
        )
        result = run(
            suite,
            """
            def test_it(bstgraph_project):
                assert list(bstgraph_project.elements) == ["lib.bst", "deps.bst"]
                assert bstgraph_project.elements["deps.bst"].variables["notes"] == "rich"
                assert bstgraph_project.directory.name == "below"
                assert bstgraph_project.machine.arch == "riscv64"
            """,
        )
        result.assert_outcomes(passed=1)

    def test_what_is_no_pair(self, suite: pytest.Pytester) -> None:
        ini(suite, "bstgraph_options = flavour")
        result = run(suite, "def test_it(bstgraph_project): pass")
        result.assert_outcomes(errors=1)
        result.stdout.fnmatch_lines(["bstgraph_options: each line is NAME=VALUE, and 'flavour'*"])
        assert "Error" not in result.stdout.str().replace("ERROR", "")

    def test_a_cache_that_is_none(self, suite: pytest.Pytester) -> None:
        ini(suite, "bstgraph_caches = nowhere")
        result = run(suite, "def test_it(bstgraph_layers): pass")
        result.assert_outcomes(errors=1)
        result.stdout.fnmatch_lines(["bstgraph: *nowhere*no-cache*"])

    def test_a_revision_that_was_built(self, suite: pytest.Pytester) -> None:
        for command in ("init -q", "add -A", "-c user.name=a -c user.email=a@b commit -qm a"):
            subprocess.run(["git", *command.split()], cwd=suite.path, check=True)
        (suite.path / "files/usr/bin/tool").write_text("new")
        ini(suite, "bstgraph_built = HEAD")
        result = run(
            suite,
            """
            def test_unchanged(bstgraph_assert):
                bstgraph_assert.assert_key_unchanged("lib.bst")
            def test_stale(bstgraph_before, bstgraph_assert):
                assert bstgraph_before.label == "HEAD"
                bstgraph_assert.assert_no_stale_layers()
            """,
        )
        result.assert_outcomes(passed=1, failed=1)
        result.stdout.fnmatch_lines(["E*the key of 'lib.bst' is another one", "E*was *", "E*is *"])


MARKED: Final = """
    import pytest

    def flavour(project):
        return project.elements["deps.bst"].variables["notes"]

    seen = []

    @pytest.mark.bstgraph(options={"flavour": "rich"})
    class TestRich:
        def test_one(self, bstgraph_project):
            seen.append(bstgraph_project)
            assert flavour(bstgraph_project) == "rich"

        @pytest.mark.bstgraph(targets=["deps.bst"])
        def test_both_marks_count(self, bstgraph_project):
            assert flavour(bstgraph_project) == "rich"
            assert len(bstgraph_project.elements) == 2

    def test_without(bstgraph_project):
        seen.append(bstgraph_project)
        assert flavour(bstgraph_project) == "plain"

    @pytest.mark.bstgraph(options={"flavour": "rich"}, arch=None)
    def test_two(bstgraph_project):
        assert bstgraph_project is seen[0]

    def test_without_again(bstgraph_project):
        assert bstgraph_project is seen[1]

    @pytest.mark.bstgraph(options={"flavour": "rich"})
    def test_that_needs_no_project():
        pass
"""


class TestMarker:
    def test_projects_are_shared(self, suite: pytest.Pytester) -> None:
        result = run(suite, MARKED, "-v")
        result.assert_outcomes(passed=6)
        result.stdout.fnmatch_lines(["*test_one?flavour=rich?*", "*test_both*deps.bst?*"])

    def test_under_xdist(self, suite: pytest.Pytester) -> None:
        result = run(suite, MARKED, "-n", "2", "--dist", "loadfile")
        result.assert_outcomes(passed=6)

    @pytest.mark.parametrize(
        ("mark", "told"),
        [
            ("{'flavour': 'rich'}", "the marker is bstgraph(*"),
            ("option={}", "the marker is bstgraph(*"),
            ("options=['a=b']", "*options is a dictionary, not ?'a=b'?"),
            ("targets='a.bst'", "*targets is a list, not 'a.bst'"),
            ("arch=3", "*arch is a text, not 3"),
        ],
    )
    def test_wrong_arguments(self, suite: pytest.Pytester, mark: str, told: str) -> None:
        result = run(
            suite,
            f"""
            import pytest
            @pytest.mark.bstgraph({mark})
            def test_it(bstgraph_project): pass
            """,
        )
        result.assert_outcomes(errors=1)
        result.stdout.fnmatch_lines([told])
        assert "Traceback" not in result.stdout.str()


def test_a_broken_project_is_told_without_a_traceback(suite: pytest.Pytester) -> None:
    (suite.path / "elements/deps.bst").write_text("kind: stack\ndepends: [lob.bst]\n")
    result = run(
        suite,
        """
        def test_one(bstgraph_keys): pass
        def test_two(bstgraph_assert): pass
        """,
    )
    result.assert_outcomes(errors=2)
    result.stdout.fnmatch_lines(
        ["bstgraph: elements/deps.bst:2:11: *", "  2 | depends: ?lob.bst?", "    |           ^"]
    )
    assert "_bstgraph_pytest.py" not in result.stdout.str()


def test_a_failing_assertion_shows_the_line_of_the_test_alone(suite: pytest.Pytester) -> None:
    result = run(
        suite,
        """
        def test_it(bstgraph_assert):
            bstgraph_assert.assert_ships("image.bst", "/usr/include/tool.h")
        def test_no_such_image(bstgraph_assert):
            bstgraph_assert.assert_ships("imgae.bst", "/usr/include/tool.h")
        """,
    )
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(
        ["E*AssertionError: /usr/include/tool.h is not in image.bst*", "E*DROPPED by*layer.bst*"]
    )
    result.stdout.fnmatch_lines(["E*SelectionError: *imgae.bst*"])
    assert "src/bstgraph" not in result.stdout.str()


def test_settings_of_the_project_choose_the_checks(suite: pytest.Pytester) -> None:
    (suite.path / "bstgraph.toml").write_text('[checks]\nbaseline = "../old.json"\n')
    result = run(suite, "def test_it(bstgraph_assert): pass")
    result.stdout.fnmatch_lines(["bstgraph: the baseline '../old.json' is outside the project*"])
    empty = '{"schema": "bstgraph/baseline/1", "project": "test", "findings": []}'
    (suite.path / "old.json").write_text(empty)
    (suite.path / "bstgraph.toml").write_text(
        '[checks]\nbaseline = "old.json"\nselect = ["stack-layer"]\n'
    )
    result = run(suite, "def test_it(bstgraph_assert): bstgraph_assert.assert_no_findings()")
    result.assert_outcomes(passed=1)


def test_the_folder_of_the_plugin_has_no_other_module() -> None:
    source = Path(__file__).parents[2] / "src"
    assert {path.stem for path in source.glob("*.py")} == {"_bstgraph_pytest"}
