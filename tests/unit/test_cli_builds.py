"""The commands plan and stale, and the forecast of check, on a small project on disk."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bstgraph import load_state
from bstgraph.cli import main
from bstgraph.testing import write
from tests.unit.caches import DrawnCache, drawn
from tests.unit.planning import CHAIN

Run = Callable[..., tuple[int, str, str]]

PROJECT = CHAIN + "    === project.conf\n    defaults: {targets: [image.bst]}\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a changed project's folder, in which the commands run; `../old` is as it was."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "none"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "none"))
    write(PROJECT, tmp_path / "old")
    root = write(PROJECT.replace("V: '1'", "V: '2'"), tmp_path / "new")
    monkeypatch.chdir(root)
    return root


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], folder: Path) -> Run:
    """Return a function that runs a command and returns its status, output and messages."""
    assert folder.is_dir()

    def run_command(*arguments: str) -> tuple[int, str, str]:
        status = main(arguments)
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return run_command


def cached(folder: Path, directory: Path | None = None) -> str:
    """Return a cache that has all of the project as it was."""
    state = load_state(folder.parent / "old")
    cache = DrawnCache(directory or folder.parent / "cache")
    for name, keys in state.keys.items():
        strict, weak = keys.strict.digest, keys.weak.digest
        assert strict is not None
        assert weak is not None
        scope = [(each, state.keys[each].strict.digest or "") for each in state.keys.scope(name)]
        cache.artifact(
            name,
            drawn("usr/"),
            strong=strict,
            strict=strict,
            weak=weak,
            built_from=[("test", each, key) for each, key in scope],
        )
    return str(cache.directory)


def document(written: str) -> dict[str, Any]:
    found = json.loads(written)
    assert isinstance(found, dict)
    return found


class TestStale:
    def test_with_what_was_built(self, run: Run) -> None:
        status, out, err = run("stale", "--built", "../old")
        assert (status, err) == (1, "")
        assert out.startswith("1 layer and 1 image would ship old bytes\n")
        assert "  app.bst -> lib.bst (build-only, not strict)  elements/app.bst:2:17\n" in out
        assert "bst --strict build image.bst" in out

    def test_with_a_cache(self, run: Run, folder: Path) -> None:
        status, out, err = run("stale", "image.bst", "--cache", cached(folder))
        assert (status, err) == (1, "")
        assert f"  with cache {folder.parent / 'cache'}, and then\n" in out
        assert "app.bst -> lib.bst (build-only, not strict)" in out

    def test_with_the_users_own_cache(self, run: Run, folder: Path) -> None:
        cached(folder, folder.parent / "none" / "buildstream")
        assert run("stale")[0] == 1

    def test_nothing_is_stale(self, run: Run) -> None:
        status, out, err = run("stale", "--built", ".")
        assert (status, err) == (0, "")
        assert out.startswith("Nothing stale\n")

    def test_no_layer_is_asked_for(self, run: Run) -> None:
        status, out, _ = run("stale", "app.bst", "--built", "../old")
        assert status == 0
        assert out.startswith("1 element would be old, no layer and no image\n")

    def test_nothing_says_what_was_built(self, run: Run) -> None:
        status, out, err = run("stale")
        assert (status, out) == (2, "")
        assert "there is no cache of builds in '" in err
        assert "fix: say what was built: --built REV, or --cache DIR\n" in err

    def test_json(self, run: Run) -> None:
        found = document(run("stale", "--built", "../old", "--json")[1])
        assert found["schema"] == "bstgraph/stale/1"
        assert found["ships-old"]
        assert [report["rule"] for report in found["reports"]] == ["buildstream", "runbook"]
        assert [element["name"] for element in found["reports"][0]["elements"]] == [
            "app.bst", "deps.bst", "layer.bst", "image.bst",
        ]  # fmt: skip
        (edge,) = found["reports"][0]["elements"][0]["edges"]
        assert (edge["type"], edge["strict"], edge["direct"]) == ("build", False, True)
        assert [cure["remedy"] for cure in found["cures"]].count("strict-edge") == 1

    def test_a_target_that_was_not_there(self, run: Run, folder: Path) -> None:
        (folder / "elements/more.bst").write_text("kind: stack\ndepends: [deps.bst]\n")
        status, out, err = run("stale", "more.bst", "--built", "../old")
        assert (status, out.startswith("1 element would be old")) == (0, True)
        assert err == (
            "../old: there is no element 'more.bst'; taken is what a build of its default targets "
            "left\n"
        )

    def test_what_was_built_is_wrong(self, run: Run, folder: Path) -> None:
        (folder.parent / "old/elements/app.bst").write_text("kind: [\n")
        assert run("stale", "image.bst", "--built", "../old")[0] == 2


class TestRules:
    @pytest.fixture(autouse=True)
    def added(self, folder: Path) -> None:
        """A package is added to the stack, and nothing else changes."""
        (folder / "elements/lib.bst").write_text(
            (folder.parent / "old/elements/lib.bst").read_text()
        )
        (folder.parent / "old/elements/deps.bst").write_text("kind: stack\ndepends: [app.bst]\n")

    @pytest.mark.parametrize(
        ("rules", "status"), [((), 0), (("buildstream",), 0), (("runbook",), 1), (("both",), 1)]
    )
    def test_the_status_is_about_the_rules_that_are_named(
        self, run: Run, rules: tuple[str, ...], status: int
    ) -> None:
        named = [part for rule in rules for part in ("--rules", rule)]
        assert run("stale", "--built", "../old", *named)[0] == status

    def test_columns_where_they_differ(self, run: Run) -> None:
        _, out, _ = run("stale", "--built", "../old")
        lines = [line.split()[:4] for line in out.splitlines()]
        assert ["BuildStream", "runbook", "kind", "element"] in lines
        assert ["built", "stale", "compose", "layer.bst"] in lines
        assert "What happens is BuildStream's column" in out
        assert "By the runbook's rule, which is not what happens: 1 layer and 1 image" in out

    @pytest.mark.parametrize(
        "command", [("stale", "--rules", "both"), ("plan", "--rule", "runbook")]
    )
    def test_no_cache_has_keys_of_the_runbook(
        self, run: Run, folder: Path, command: tuple[str, ...]
    ) -> None:
        status, _, err = run(*command, "--cache", cached(folder))
        assert (status, "[no-rule]" in err) == (2, True)

    def test_a_plan_by_the_runbooks_rule(self, run: Run) -> None:
        found = document(run("plan", "--no-strict", "--rule", "runbook", "--built", "../old",
                             "--json")[1])  # fmt: skip
        assert (found["rule"], found["builds"]) == ("runbook", [])


class TestPlan:
    def test_a_strict_build_by_default(self, run: Run) -> None:
        status, out, err = run("plan", "--built", "../old")
        assert (status, err) == (0, "")
        assert out.startswith("6 elements: 5 built, 1 reused\n")
        assert "  `bst --strict build image.bst`\n" in out

    def test_not_strict_has_the_status_of_stale(self, run: Run, folder: Path) -> None:
        status, out, _ = run("plan", "--no-strict", "--cache", cached(folder))
        assert status == 1
        assert "reused by weak key although they are old (stale):\n  script  image.bst" in out
        assert run("plan", "app.bst", "--no-strict", "--built", "../old")[0] == 0

    def test_nothing_was_built(self, run: Run) -> None:
        status, out, _ = run("plan")
        assert (status, out.splitlines()[0]) == (0, "6 elements: 6 built")
        assert "  with nothing cached, and then\n" in out

    def test_all(self, run: Run) -> None:
        assert "reused:" not in run("plan", "--built", "../old")[1]
        assert "reused:\n  manual  other.bst" in run("plan", "--built", "../old", "--all")[1]

    def test_json(self, run: Run) -> None:
        found = document(run("plan", "--built", "../old", "--json")[1])
        assert found["schema"] == "bstgraph/plan/1"
        assert found["strict"]
        assert found["counts"] == {"build": 5, "reuse": 1}
        assert [step["name"] for step in found["steps"]][:2] == ["lib.bst", "app.bst"]

    def test_failed_builds_are_tried_again(self, run: Run) -> None:
        assert run("plan", "--retry-failed", "--built", ".")[0] == 0


class TestCheck:
    def test_no_forecast(self, run: Run) -> None:
        status, out, _ = run("check")
        assert status == 0
        assert "\nNo forecast: nothing was built; say what was built: --built REV, or" in out
        found = document(run("check", "--json")[1])
        assert found["forecast"] is None
        assert found["no-forecast"].startswith("nothing was built")

    def test_a_forecast(self, run: Run) -> None:
        status, out, _ = run("check", "--built", "../old")
        assert status == 1
        assert "what a build of ../old left: 1 layer and 1 image would ship old bytes\n" in out
        assert "\n  app.bst -> lib.bst (build-only, not strict)" in out
        found = document(run("check", "--built", "../old", "--json")[1])
        assert (found["forecast"]["layers"], found["no-forecast"]) == (["layer.bst"], None)

    def test_the_users_own_cache(self, run: Run, folder: Path) -> None:
        cached(folder, folder.parent / "none" / "buildstream")
        assert run("check")[0] == 1

    def test_one_that_is_named_has_to_be_there(self, run: Run) -> None:
        assert run("check", "--cache", "nowhere")[0] == 2

    def test_the_users_own_that_cannot_be_read_is_told(
        self, run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        configuration = folder.parent / "conf"
        configuration.mkdir()
        (configuration / "buildstream.conf").write_text("cachedir: [\n")
        monkeypatch.setenv("XDG_CONFIG_HOME", str(configuration))
        status, out, _ = run("check")
        assert status == 0
        assert "No forecast: " in out


class TestKeysOfABuilder:
    def test_keys_in_a_file(self, run: Run, folder: Path) -> None:
        _, keys, _ = run("-C", "../old", "keys", "--json")
        (folder / "keys.json").write_text(keys)
        status, out, _ = run("stale", "--keys", "keys.json")
        assert status == 1
        assert "1 layer and 1 image would ship old bytes" in out
        assert run("plan", "--no-strict", "--keys", "keys.json")[0] == 1
        assert run("check", "--keys", "keys.json")[0] == 1

    def test_no_file(self, run: Run) -> None:
        status, _, err = run("stale", "--keys", "none.json")
        assert status == 2
        assert "none.json" in err
