"""The command line, on small projects on disk."""

from __future__ import annotations

import hashlib
import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from bstgraph.cli import _checks, _terminal, main

FILES = {
    "project.conf": """
        name: example
        min-version: 2.0
        element-path: elements
        defaults:
          targets: [image.bst]
        options:
          flavour:
            type: enum
            values: [plain, rich]
            default: plain
            description: How much of it
            variable: flavour
    """,
    "elements/image.bst": """
        kind: script
        build-depends:
        - tool.bst
        - filename: layer.bst
          config:
            location: /layer
        config:
          commands: [build-oci]
    """,
    "elements/layer.bst": """
        kind: compose
        build-depends: [deps.bst]
        config:
          exclude: [devel]
    """,
    "elements/deps.bst": """
        kind: stack
        depends: [lib.bst]
    """,
    "elements/lib.bst": """
        kind: import
        description: |
          Flavour
          and jobs.
        sources:
        - kind: local
          path: files
        variables:
          taste: "%{flavour} %{max-jobs}"
    """,
    "elements/tool.bst": """
        kind: import
        sources:
        - kind: local
          path: files
    """,
    "files/a": "",
}

Run = Callable[..., tuple[int, str, str]]


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(line[8:] for line in text.splitlines()), encoding="utf-8")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a project's folder, in which the commands run; BuildStream's own cache is empty."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "none"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "none"))
    write(tmp_path, FILES)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], folder: Path) -> Run:
    """Return a function that runs a command and returns its status, output and messages."""
    assert folder.is_dir()

    def run_command(*arguments: str) -> tuple[int, str, str]:
        try:
            status = main(arguments)
        except SystemExit as ended:  # argparse ends so
            status = int(ended.code or 0)
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return run_command


class TestShow:
    def test_default_targets_in_staging_order(self, run: Run) -> None:
        status, out, err = run("show")
        assert (status, err) == (0, "")
        assert out == (
            "import   lib.bst\n"
            "stack    deps.bst\n"
            "compose  layer.bst\n"
            "import   tool.bst\n"
            "script   image.bst\n"
        )

    @pytest.mark.parametrize(
        ("arguments", "names"),
        [
            ("--deps none image.bst", "image.bst"),
            ("--deps run image.bst", "image.bst"),
            ("--deps build image.bst", "layer.bst tool.bst"),
            ("--deps build layer.bst", "lib.bst deps.bst"),
            ("-d all deps.bst tool.bst", "lib.bst deps.bst tool.bst"),
            ("--order alpha", "deps.bst image.bst layer.bst lib.bst tool.bst"),
            ("--select kind:import", "lib.bst tool.bst"),
            ("--select kind:import --select deps.bst", "lib.bst deps.bst tool.bst"),
            ("--deps build --select +layer.bst", "layer.bst"),
        ],
    )
    def test_what_is_listed(self, run: Run, arguments: str, names: str) -> None:
        status, out, err = run("show", *arguments.split(), "--format", "%{name}")
        assert (status, out.split(), err) == (0, names.split(), "")

    def test_nothing_is_selected_in_the_scope(self, run: Run) -> None:
        status, out, err = run("show", "--deps", "none", "--select", "lib.bst")
        assert (status, out) == (2, "")
        assert "[empty-selection]" in err

    def test_nothing_is_in_the_scope(self, run: Run) -> None:
        assert run("show", "--deps", "build", "lib.bst") == (0, "", "")

    def test_a_format(self, run: Run) -> None:
        arguments = ("show", "lib.bst", "-f", "%{name: >8}|%{kind}|%{description}|%{deps}")
        assert run(*arguments)[1] == " lib.bst|import|Flavour and jobs.|[]\n"

    def test_an_unknown_symbol(self, run: Run) -> None:
        status, out, err = run("show", "--format", "%{nmae}")
        assert (status, out) == (2, "")
        assert "no symbol '%{nmae}', did you mean 'name'?" in err

    def test_json(self, run: Run) -> None:
        status, out, err = run("show", "--json", "--deps", "build")
        document = json.loads(out)
        assert (status, err, document["schema"]) == (0, "", "bstgraph/show/1")
        assert [found["name"] for found in document["elements"]] == ["layer.bst", "tool.bst"]

    def test_what_is_not_at_hand_is_told(self, run: Run, folder: Path) -> None:
        write(
            folder,
            {
                "elements/sdk.bst": """
        kind: junction
        sources:
        - kind: git_repo
          url: https://example.org/sdk.git
          ref: 0123456789012345678901234567890123456789
        """,
                "elements/user.bst": """
        kind: stack
        depends: ['sdk.bst:a.bst']
        """,
            },
        )
        with (folder / "project.conf").open("a") as conf:
            conf.write("\nplugins:\n- origin: pip\n  package-name: p\n  sources: [git_repo]\n")
        status, out, err = run("show", "user.bst", "--format", "%{name}")
        assert (status, out) == (0, "user.bst\n")
        assert err.startswith("unknown: ")
        assert run("check", "user.bst")[0] == 1


class TestChain:
    def test_a_tree(self, run: Run) -> None:
        status, out, err = run("chain", "image.bst")
        assert (status, err) == (0, "")
        assert out == (
            "image.bst  script that stages 2 elements; 1 package in its layers\n"
            "├─ /  1 tool: tool.bst\n"
            "└─ /layer  layer.bst  compose without devel: 2 elements, 1 package\n"
            "   └─ deps.bst  stack of 1: 2 elements, 1 package\n"
            "      └─ 1 package: lib.bst\n"
        )

    def test_in_full(self, run: Run) -> None:
        assert "      └─ lib.bst  import\n" in run("chain", "image.bst", "--full")[1]

    def test_json(self, run: Run) -> None:
        status, out, _ = run("--json", "chain", "image.bst")
        assert status == 0
        assert json.loads(out)["schema"] == "bstgraph/chain/1"

    def test_no_script(self, run: Run) -> None:
        status, out, err = run("chain", "deps.bst")
        assert (status, out) == (2, "")
        assert err.startswith("error: 'deps.bst' is a stack")


class TestPath:
    def test_the_shortest(self, run: Run) -> None:
        status, out, err = run("path", "image.bst", "lib.bst")
        assert (status, err) == (0, "")
        assert [line.split()[:2] for line in out.splitlines()[:4]] == [
            ["image.bst"],
            ["build", "layer.bst"],
            ["build", "deps.bst"],
            ["all", "lib.bst"],
        ]
        assert "elements/image.bst:" in out

    def test_all(self, run: Run, folder: Path) -> None:
        write(
            folder,
            {"elements/both.bst": "        kind: stack\n        depends: [deps.bst, lib.bst]"},
        )
        _, out, _ = run("path", "both.bst", "lib.bst", "--all")
        assert len(out.strip().split("\n\n")) == 2
        document = json.loads(run("path", "--json", "both.bst", "lib.bst", "--all")[1])
        assert [len(path["names"]) for path in document["paths"]] == [2, 3]

    def test_to_itself(self, run: Run) -> None:
        status, out, err = run("path", "lib.bst", "lib.bst")
        assert (status, out) == (2, "")
        assert "[no-path]" in err

    @pytest.mark.parametrize("more", [(), ("--all",)])
    def test_the_wrong_way_round(self, run: Run, more: tuple[str, ...]) -> None:
        status, out, err = run("path", "lib.bst", "image.bst", *more)
        assert (status, out) == (2, "")
        assert "[no-path]" in err
        assert "'image.bst' depends on 'lib.bst'" in err


STUB = ("--ignore", "missing-tool")
"""The tool of the project is drawn without its files."""


class TestCheck:
    def test_a_clean_project(self, run: Run) -> None:
        status, out, err = run("check", *STUB)
        assert (status, err) == (0, "")
        assert out.startswith("example: 5 elements\ntargets: image.bst\n\nimage.bst  script that")
        assert out.endswith("`bstgraph chain image.bst --full` draws every stage.\n")

    def test_findings(self, run: Run, folder: Path) -> None:
        (folder / "elements/layer.bst").write_text("kind: stack\ndepends: [deps.bst]\n")
        status, out, _ = run("check", *STUB)
        assert status == 1
        assert "warning BSG401 stack-layer: 'layer.bst' is a stack" in out
        assert "\n1 warning, " in out

    def test_json(self, run: Run) -> None:
        status, out, _ = run("check", "--json", *STUB)
        assert (status, json.loads(out)["findings"]) == (0, [])


class TestAdmits:
    def test_a_table(self, run: Run) -> None:
        status, out, err = run("admits", "layer.bst", "/usr/include/a.h", "usr/bin/a", "odd")
        assert (status, err) == (1, "")
        assert [line.split() for line in out.splitlines()] == [
            "/usr/include/a.h dropped devel is excluded: /usr/include/** BuildStream's default, "
            "decided at elements/layer.bst:5:12".split(),
            "/usr/bin/a admitted runtime passes: /usr/bin/* BuildStream's default".split(),
            "/odd admitted no domain claims it, and orphans pass".split(),
        ]

    def test_all_are_admitted(self, run: Run) -> None:
        assert run("admits", "layer.bst", "usr", "--element", "lib.bst")[0] == 0

    def test_paths_from_a_file(self, run: Run, folder: Path) -> None:
        for text in ("usr\nodd\n", "usr\0odd\0"):
            (folder / "paths").write_text(text, encoding="utf-8")
            status, out, _ = run("admits", "layer.bst", "--from-file", str(folder / "paths"))
            assert (status, [line.split()[0] for line in out.splitlines()]) == (0, ["/usr", "/odd"])

    def test_paths_of_standard_input(self, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"usr/\xff\n")))
        status, out, _ = run("admits", "layer.bst", "--from-file", "-")
        assert (status, out.split()[0]) == (0, "/usr/\\udcff")

    def test_json(self, run: Run) -> None:
        _, out, _ = run("admits", "layer.bst", "usr/include/a.h", "--json")
        found = json.loads(out)
        assert (found["schema"], found["layer"], found["rule"], found["failure"]) == (
            "bstgraph/admits/1",
            "layer.bst",
            "buildstream",
            None,
        )
        (path,) = found["paths"]
        (judgement,) = path["judgements"]
        assert (path["verdict"], judgement["decisive"]) == ("dropped", ["devel"])
        assert judgement["claims"][0]["rule"] == "/usr/include/**"
        assert judgement["config-at"] == {"path": "elements/layer.bst", "line": 5, "column": 12}

    def test_where_rules_of_the_project_are_written(self, run: Run, folder: Path) -> None:
        conf = folder / "project.conf"
        rules = "split-rules:\n  devel:\n    (>):\n    - /opt\n"
        conf.write_text(f"{conf.read_text(encoding='utf-8')}{rules}", encoding="utf-8")
        _, out, _ = run("admits", "layer.bst", "opt")
        line = conf.read_text(encoding="utf-8").count("\n")
        assert f"devel is excluded: /opt  project.conf:{line}:7" in out

    def test_it_depends(self, run: Run, folder: Path) -> None:
        bst = "split-rules: {devel: [/opt]}, integration-commands: [x]"
        other = f"kind: manual\npublic: {{bst: {{{bst}}}}}\n"
        (folder / "elements/other.bst").write_text(other, encoding="utf-8")
        stack = "kind: stack\ndepends: [lib.bst, other.bst]\n"
        (folder / "elements/deps.bst").write_text(stack, encoding="utf-8")
        status, out, err = run("admits", "layer.bst", "opt")
        assert (status, err) == (1, "")
        assert [line.split() for line in out.splitlines()] == [
            ["/opt", "depends"],
            "lib.bst admitted no domain claims it, and orphans pass".split(),
            "other.bst dropped devel is excluded: /opt elements/other.bst:2:38, "
            "decided at elements/layer.bst:5:12".split(),
            [],
            "Next: tell which element has the path: --element NAME".split(),
            "1 integration command of other.bst may still change this".split(),
        ]

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            ("admits lib.bst usr", "[no-filter]"),
            ("admits layer.bst", "no path is given"),
            ("admits layer.bst --from-file nowhere", "[unreadable-file]"),
            ("admits layer.bst usr --element none.bst", "[unknown-element]"),
        ],
    )
    def test_wrong_calls(self, run: Run, arguments: str, message: str) -> None:
        status, out, err = run(*arguments.split())
        assert (status, out) == (2, "")
        assert message in err


class TestOptions:
    @pytest.mark.parametrize(
        "arguments",
        [
            "-o flavour rich --max-jobs 3 show lib.bst",
            "show lib.bst -o flavour rich --max-jobs 3",
            "-o flavour rich show lib.bst --max-jobs 3",
            "--max-jobs 9 -o flavour plain show lib.bst --option flavour rich --max-jobs 3",
        ],
    )
    def test_before_and_after_the_command(self, run: Run, arguments: str) -> None:
        status, out, err = run(*arguments.split(), "--format", "%{vars}")
        assert (status, err) == (0, "")
        assert "taste: rich 3\n" in out

    def test_the_directory(self, run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir("/")
        assert run("-C", str(folder), "chain", "image.bst")[0] == 0
        assert run("chain", "image.bst", "-C", str(folder / "elements"))[0] == 0
        assert run("chain", "image.bst")[0] == 2

    def test_settings_of_the_project_and_of_the_caller(self, run: Run, folder: Path) -> None:
        (folder / "bstgraph.toml").write_text("max-jobs = 5\n[options]\nflavour = 'rich'\n")
        (folder / "mine.toml").write_text("max-jobs = 6\n")
        arguments = ("show", "lib.bst", "--format", "%{vars}")
        assert "taste: rich 5\n" in run(*arguments)[1]
        assert "taste: plain 6\n" in run(*arguments, "--settings", "mine.toml")[1]
        assert "taste: plain 5\n" in run(*arguments, "-o", "flavour", "plain")[1]

    def test_a_junction(self, run: Run, folder: Path) -> None:
        write(
            folder,
            {
                "sub/project.conf": "        name: sub\n        min-version: 2.0",
                "sub/a.bst": "        kind: stack",
                "elements/sub.bst": "        kind: junction\n        sources:\n"
                "        - kind: local\n          path: files",
                "elements/user.bst": "        kind: stack\n        depends: ['sub.bst:a.bst']",
            },
        )
        arguments = ("show", "user.bst", "--junction", "sub.bst=sub", "--format", "%{name}")
        assert run(*arguments)[1] == "sub.bst:a.bst\nuser.bst\n"

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            ("", "COMMAND"),
            ("shwo", "invalid choice: 'shwo'"),
            ("show --max-jobs 0", "'0' is no positive number"),
            ("show --max-jobs 99999999999", "is no positive number"),
            ("show --junction sub.bst", "'sub.bst' is not NAME=DIR"),
            ("show -o flavour", "expected 2 arguments"),
            ("show --dialect other", "invalid choice: 'other'"),
            ("show --deps plan", "invalid choice: 'plan'"),
            ("chain", "required: TARGET"),
            ("path a.bst", "required: DEPENDENCY"),
            ("show --form x", "unrecognized arguments"),
        ],
    )
    def test_wrong_calls(self, run: Run, arguments: str, message: str) -> None:
        status, out, err = run(*arguments.split())
        assert (status, out) == (2, "")
        assert message in err

    @pytest.mark.parametrize("command", ["", "show", "chain", "path", "check"])
    def test_help(self, run: Run, command: str) -> None:
        status, out, _ = run(*command.split(), "--help")
        assert status == 0
        assert "--junction NAME=DIR" in out


class TestMessages:
    @pytest.mark.parametrize(
        ("arguments", "slug"),
        [
            ("show nothing.bst", "unknown-element"),
            ("chain nothing.bst", "unknown-element"),
            ("show -o flavour sour", "bad-option"),
            ("show -o colour red", "unknown-option"),
            ("show -C nowhere", "no-project"),
            ("show --settings nowhere.toml", "missing-file"),
            ("show --select nothing.bst", "empty-selection"),
        ],
    )
    def test_mistakes_of_the_caller(self, run: Run, arguments: str, slug: str) -> None:
        status, out, err = run(*arguments.split())
        assert (status, out) == (2, "")
        assert err.startswith("error: ")
        assert f"[{slug}]" in err

    def test_a_picture_of_the_place(self, run: Run, folder: Path) -> None:
        (folder / "elements/deps.bst").write_text("kind: stack\ndepends: [lob.bst]\n")
        _, _, err = run("check")
        assert "elements/deps.bst:2:11: " in err
        assert "\n  2 | depends: [lob.bst]\n    |           ^\n" in err

    def test_several_errors(self, run: Run, folder: Path) -> None:
        (folder / "elements/deps.bst").write_text("kind: stack\nodd: 1\n")
        (folder / "elements/tool.bst").write_text("kind: stack\nodd: 1\n")
        status, _, err = run("check")
        assert status == 2
        assert err.count("error: ") == 2
        assert err.endswith("2 errors\n")

    def test_a_terminal_obeys_no_text_of_a_project(self, run: Run, folder: Path) -> None:
        (folder / "elements/deps.bst").write_text('kind: stack\ndescription: "\\e[2Ja\\u009bb"\n')
        _, out, _ = run("show", "deps.bst", "--format", "%{description}")
        assert out == "\\x1b[2Ja\\x9bb\n"

    def test_output_that_is_no_file(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        written = io.StringIO()
        monkeypatch.setattr(sys, "stdout", written)
        assert main(["show", "--deps", "none", "-C", str(folder)]) == 0
        assert written.getvalue() == "script  image.bst\n"

    def test_interrupted(self, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
        def interrupt(*_: object) -> None:
            raise KeyboardInterrupt

        monkeypatch.setattr(_checks, "load_state", interrupt)
        assert run("check") == (130, "", "interrupted\n")


class TestProgress:
    @pytest.mark.parametrize(
        ("terminal", "seconds", "told"),
        [(True, 0.01, True), (True, 60, False), (False, 0.01, False)],
    )
    def test_only_on_a_terminal_and_only_what_is_slow(
        self,
        capsys: pytest.CaptureFixture[str],
        monkeypatch: pytest.MonkeyPatch,
        *,
        terminal: bool,
        seconds: float,
        told: bool,
    ) -> None:
        monkeypatch.setattr(sys.stderr, "isatty", lambda: terminal, raising=False)
        monkeypatch.setattr(_terminal, "_QUIET_SECONDS", seconds)
        with _terminal.progress("loading"):
            time.sleep(0.1)
        err = capsys.readouterr().err
        assert ("loading: 0 s" in err) == told
        assert err.endswith("\r\x1b[K") == told


class TestProcess:
    """What only a process of its own shows."""

    def test_python_m(self, folder: Path) -> None:
        done = subprocess.run(
            [sys.executable, "-m", "bstgraph", "show", "--deps", "none"],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stdout, done.stderr) == (0, "script  image.bst\n", "")

    def test_a_reader_that_goes_away(self, folder: Path) -> None:
        reading, writing = os.pipe()
        os.close(reading)
        done = subprocess.run(
            [sys.executable, "-m", "bstgraph", "show", "--json"],
            cwd=folder,
            stdout=writing,
            stderr=subprocess.PIPE,
            check=False,
        )
        os.close(writing)
        assert (done.returncode, done.stderr) == (128 + signal.SIGPIPE, b"")

    def test_a_terminal_without_our_characters(self, folder: Path) -> None:
        done = subprocess.run(
            [sys.executable, "-m", "bstgraph", "chain", "image.bst"],
            cwd=folder,
            env={**os.environ, "PYTHONIOENCODING": "ascii"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, "")
        assert "\\u2514\\u2500 /layer  layer.bst" in done.stdout


class TestKeys:
    def test_table(self, run: Run) -> None:
        status, out, err = run("keys", "--arch", "x86_64")
        assert status == 0
        head, *lines = out.splitlines()
        assert head == "strict key     weak key       kind     element"
        rows = [line.split() for line in lines]
        assert [row[2:] for row in rows] == [
            ["import", "lib.bst"],
            ["stack", "deps.bst"],
            ["compose", "layer.bst"],
            ["import", "tool.bst"],
            ["script", "image.bst"],
        ]
        assert {len(digest) for row in rows for digest in row[:2]} == {12}
        assert err == "5 elements, all keys exact\n"

    def test_full_and_json_say_the_same(self, run: Run) -> None:
        _, out, _ = run("keys", "--full")
        _, json_text, _ = run("keys", "--json")
        document = json.loads(json_text)
        assert json_text.startswith('{\n "schema": "bstgraph/keys/1",')
        assert set(document) == {"schema", "elements"}
        assert [
            [row["strict"], row["weak"], row["kind"], row["name"]] for row in document["elements"]
        ] == [line.split() for line in out.splitlines()[1:]]
        assert {tuple(row["gaps"]) for row in document["elements"]} == {()}

    def test_gaps_are_told(self, run: Run, folder: Path) -> None:
        lib = folder / "elements/lib.bst"
        lib.write_text(lib.read_text().replace("path: files", "path: gone"))
        (folder / "gone").symlink_to("nowhere")
        assert run("keys")[0] == 2
        (folder / "gone").unlink()
        os.mkfifo(folder / "files/fifo")
        (folder / "gone").mkdir()
        os.symlink(b"\xff", folder / "gone/link")
        status, out, err = run("keys", "layer.bst")
        assert status == 0
        assert [line.split()[0][-1] for line in out.splitlines()[1:]] == ["~", "~", "~"]
        assert "unknown: elements/lib.bst:7:3: gone: " in err
        assert err.endswith("3 elements, 3 with gaps\n")

    def test_without_a_key(self, run: Run, folder: Path) -> None:
        lib = folder / "elements/lib.bst"
        remote = "kind: remote\n  url: https://a.example/x"
        lib.write_text(lib.read_text().replace("kind: local\n  path: files", remote))
        status, out, err = run("keys", "layer.bst")
        assert status == 0
        strict, weak = zip(*(line.split()[:2] for line in out.splitlines()[1:]), strict=True)
        assert strict == ("-", "-", "-")
        # The stack names what has no key.
        assert [digest == "-" for digest in weak] == [True, False, True]
        assert err.splitlines() == [
            "no key: elements/lib.bst:7:3: source 1 (remote) is not resolved: it has no ref",
            "3 elements, 3 without a strict key, the others exact",
        ]

    def test_rule_and_release(self, run: Run) -> None:
        _, _, err = run("keys", "--rule", "runbook")
        assert "claim R6" in err
        assert err.endswith("(the runbook's rule)\n")
        assert run("keys", "--release", "2.0") == run("keys")
        assert run("keys", "--release", "1.4")[0] == 2

    def test_options_machine_and_jobs_count(self, run: Run) -> None:
        texts = [
            run("keys", "--full", *more)[1]
            for more in ((), ("-o", "flavour", "rich"), ("--arch", "ppc64"), ("--max-jobs", "7"))
        ]
        # Nothing of this project has its jobs or its flavour in a key.
        assert texts[0] == texts[1] == texts[3]
        assert texts[0] != texts[2]

    def test_in_a_format(self, run: Run) -> None:
        _, out, _ = run("show", "-f", "%{name} %{key} %{full-key}", "deps.bst")
        _, table, _ = run("keys", "--full", "deps.bst")
        digests = {line.split()[3]: line.split()[0] for line in table.splitlines()[1:]}
        assert out.splitlines() == [
            f"{name} {digest[:8]} {digest}" for name, digest in digests.items()
        ]


class TestExplain:
    def test_tree(self, run: Run) -> None:
        status, out, err = run("explain", "layer.bst")
        assert (status, err) == (0, "")
        lines = out.splitlines()
        assert lines[0] == "layer.bst  compose  at elements/layer.bst:2:1"
        assert lines[1].startswith("│  strict ")
        assert "├─ kind compose, plugin version 0" in lines
        assert "│  exclude:" in lines
        assert "├─ no sources" in lines
        assert "└─ build scope: 2 elements, 1 direct, in staging order" in lines
        assert lines[-1] == "   and what these need to run: lib.bst"

    def test_sources_and_no_commands(self, run: Run) -> None:
        _, out, _ = run("explain", "lib.bst")
        lines = out.splitlines()
        assert "│  1 local  at elements/lib.bst:7:3" in lines
        assert "├─ environment not hashed: it runs no commands" in lines
        assert lines[-1] == "└─ build scope: 0 elements, 0 direct, in staging order"

    def test_json(self, run: Run) -> None:
        status, out, _ = run("explain", "layer.bst", "--json")
        assert status == 0
        document = json.loads(out)
        assert document["schema"] == "bstgraph/explain/1"
        assert document["weak"]["exact"] is True
        for strength in ("weak", "strict"):
            text = json.dumps(document[strength]["inputs"], sort_keys=True, separators=(",", ":"))
            assert hashlib.sha256(text.encode()).hexdigest() == document[strength]["key"]
        assert document["strict"]["scope"] == ["lib.bst", "deps.bst"]

    def test_unknown(self, run: Run) -> None:
        status, _, err = run("explain", "lyer.bst")
        assert status == 2
        assert "did you mean 'layer.bst'" in err


class TestDiff:
    def test_two_folders(self, run: Run, folder: Path) -> None:
        other = folder / "other"
        write(other, {**FILES, "files/a": "        changed"})
        status, out, err = run("diff", ".", str(other))
        assert (status, err) == (1, "")
        lines = out.splitlines()
        assert lines[0] == f". -> {other}"
        assert "  source 1 (local) files of files: a changed" in lines
        assert "    2 elements: lib.bst, tool.bst" in lines
        assert lines[-1] == "unchanged: 0 elements"

    def test_nothing_changed(self, run: Run) -> None:
        assert run("diff", ".", ".") == (0, ". -> .\nno key changed: 5 elements\n", "")

    def test_options(self, run: Run, folder: Path) -> None:
        image = folder / "elements/image.bst"
        image.write_text(image.read_text().replace("[build-oci]", "['build-oci %{flavour}']"))
        status, out, _ = run("diff", ".", ".", "--option-after", "flavour", "rich")
        assert status == 1
        assert out.splitlines() == [
            ". -> . with flavour=rich",
            "option flavour: plain -> rich",
            "changed directly: 1 element",
            "  image.bst",
            "    variable flavour: plain -> rich (in config)",
            "unchanged: 4 elements",
        ]

    def test_targets_and_json(self, run: Run, folder: Path) -> None:
        other = folder / "other"
        write(other, {**FILES, "files/a": "        changed"})
        status, out, _ = run("diff", ".", str(other), "--target", "deps.bst", "--json")
        assert status == 1
        document = json.loads(out)
        assert document["schema"] == "bstgraph/diff/1"
        assert [(c["change"], c["name"]) for c in document["changes"]] == [
            ("changed", "lib.bst"),
            ("changed", "deps.bst"),
        ]
        assert document["changes"][0]["causes"] == [
            {
                "input": "file",
                "number": 1,
                "kind": "local",
                "path": "files",
                "files": [{"path": "a", "change": "changed"}],
                "at": {"path": "elements/lib.bst", "line": 7, "column": 3},
            }
        ]
        assert document["changes"][1]["inherited"] == ["lib.bst"]

    def test_unknown_revision(self, run: Run) -> None:
        status, _, err = run("diff", "v99")
        assert status == 2
        assert "[unknown-revision]" in err
