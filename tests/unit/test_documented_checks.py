"""What docs/checks.md, docs/testing.md, docs/ci.md and the pre-commit hooks say is so."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any, Final

from ruamel.yaml import YAML

import _bstgraph_pytest as plugin
from bstgraph.checks import FAMILIES, Check, run_checks
from bstgraph.cli._arguments import parser
from bstgraph.settings import read_settings
from bstgraph.testing import Assertions
from tests.unit.check_cases import subject

ROOT: Final = Path(__file__).parents[2]


def text(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def blocks(name: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", text(name), re.MULTILINE | re.DOTALL)


def data(source: str) -> Any:  # noqa: ANN401 - any YAML
    return YAML(typ="safe").load(source)


def test_the_check_that_is_shown_is_one() -> None:
    names: dict[str, Any] = {}
    exec(blocks("docs/checks.md", "python")[0], names)  # noqa: S102 - the text is ours
    [made] = [one for one in names.values() if isinstance(one, Check)]
    assert (made.code, made.name) == ("ACM101", "undescribed-image")
    assert run_checks(subject(), checks=[made]).findings == ()


def test_the_settings_that_are_shown_are_read(tmp_path: Path) -> None:
    (tmp_path / "x.toml").write_text(blocks("docs/checks.md", "toml")[0], encoding="utf-8")
    settings = read_settings(tmp_path / "x.toml").checks
    assert settings.suppress[0].check == "stack-layer"


def test_every_family_is_told() -> None:
    rows = re.findall(r"^\| `BSG(\d)\.\.` \| (\w+) \|", text("docs/checks.md"), re.MULTILINE)
    assert dict(rows) == dict(FAMILIES)


def test_every_ini_option_and_fixture_is_told() -> None:
    told = set(re.findall(r"^\| `(bstgraph_\w+)` \|", text("docs/testing.md"), re.MULTILINE))
    fixtures = {name for name in vars(plugin) if name.startswith("bstgraph_")}
    assert told == fixtures | set(plugin._LISTS) | set(plugin._TEXTS)


def test_every_assertion_is_told() -> None:
    told = set(re.findall(r"^\| `(assert_\w+)\(", text("docs/testing.md"), re.MULTILINE))
    assert told == {name for name in vars(Assertions) if name.startswith("assert_")}


def test_commands_of_workflows_and_hooks_are_ours() -> None:
    job, step = map(data, blocks("docs/ci.md", "yaml")[:2])
    steps = [*job["jobs"]["check"]["steps"], *step]
    runs = [one["run"] for one in steps if "bstgraph" in one.get("run", "")]
    entries = [one["entry"] for one in data(text(".pre-commit-hooks.yaml"))]
    commands = [
        re.split(r" > | \|\| ", one)[0].replace("${{ github.event.pull_request.base.sha }}", "x")
        for one in (*runs, *entries)
        if not one.startswith("pip ")
    ]
    assert len(commands) == 5
    for command in commands:
        program, *argv = shlex.split(command)
        assert program == "bstgraph"
        assert parser().parse_args(argv).command is not None


def test_hooks_look_at_files_of_projects() -> None:
    check, fix = data(text(".pre-commit-hooks.yaml"))
    for name in ("elements/a.bst", "project.conf", "os/project.refs", "inc/x.yml", "bstgraph.toml"):
        assert re.search(check["files"], name)
    for name in ("a.bst.txt", "project.conf.in", "myproject.conf"):
        assert not re.search(check["files"], name)
    assert {check["language"], fix["language"]} == {"python"}
