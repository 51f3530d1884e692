"""`bstgraph history` on a small repository."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bstgraph.cli import main
from tests.unit.test_history import FILES, commit_all
from tests.unit.test_stores_git import new_repository, run


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    made = new_repository(tmp_path / "repository", "-b", "main")
    commit_all(
        made,
        {
            "begin": FILES,
            "change": {"files/a": "1"},
            "docs": {"README.md": "x"},
            "broken": {"elements/lib.bst": "kind: ["},
        },
    )
    return made


def history(
    capsys: pytest.CaptureFixture[str], repository: Path, *words: str
) -> tuple[int, list[str], str]:
    status = main(["-C", str(repository), "history", "--jobs", "1", *words])
    out, err = capsys.readouterr()
    return status, out.splitlines(), err


def test_text(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = history(capsys, repository, "image.bst", "HEAD~3..HEAD")
    commits = run(repository, "log", "--format=%H", "--reverse").split()
    before, after = commits[0][:12], commits[1][:12]
    assert status == 1
    assert out[0].startswith("commit ")
    assert [line.split()[0] for line in out[1:] if not line.startswith(" ")] == [
        commit[:12] for commit in commits[1:]
    ]
    assert out[2].strip() == "image.bst, layer.bst"
    assert out[3].strip() == "app.bst -> lib.bst  changed"
    assert err == (
        "3 commits: 1 would have shipped old bytes, 1 could not be loaded; "
        "what is not committed was not looked at\n"
        f"Next: `bstgraph diff {before} {after}` tells what changed in that step\n"
    )


def test_json_and_the_newest(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("HEAD~3..HEAD", "image.bst", "--json", "--max", "2", "--rules", "both")
    status, out, err = history(capsys, repository, *words)
    documents = [json.loads(line) for line in out]
    assert status == 0
    assert [document["error"] for document in documents] == [None, "invalid-yaml"]
    assert [rule["rule"] for rule in documents[0]["rules"]] == ["buildstream", "runbook"]
    assert documents[0]["gaps"] == ["only the newest 2 of 3 commits were looked at"]
    assert err.startswith("2 commits: 0 would have shipped old bytes, 1 could not")


def test_all_processors(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["-C", str(repository), "history", "HEAD~3..HEAD~1", "--json"]) == 1
    assert len(capsys.readouterr().out.splitlines()) == 2


def test_nothing_loads(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = history(capsys, repository, "image.bst", "HEAD~1..")
    assert status == 2
    assert "cannot be loaded" in out[1]


def test_an_empty_range(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert history(capsys, repository, "HEAD..HEAD") == (0, [], "no commit is in this range\n")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("image.bst",), "give one range of revisions, such as HEAD~10..HEAD: there is none"),
        (("a..b", "b..c"), "HEAD~10..HEAD: 2 of them"),
        (("a..b", "--max", "0"), "'0' is no positive number"),
        (("a..b", "--max", "x"), "'x' is no positive number"),
    ],
)
def test_a_wrong_call(
    repository: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], message: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        history(capsys, repository, *words)
    assert ended.value.code == 2
    assert message in capsys.readouterr().err


def test_an_unknown_revision(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = history(capsys, repository, "v1..HEAD")
    assert (status, out) == (2, [])
    assert "there is no revision 'v1'" in err
    assert "[unknown-revision]" in err
