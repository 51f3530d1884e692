"""Histories of small projects in git repositories: rows, their order, what is broken in them."""

from __future__ import annotations

import os
import pickle
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import joblib
import pytest

from bstgraph import history as module
from bstgraph.errors import ProjectError, SelectionError
from bstgraph.history import HistoryRow, history
from bstgraph.keys import RuleName
from bstgraph.load import load_state
from bstgraph.stores import Repository, commit_range, commits
from tests.unit.test_stores_git import commit_files, new_repository, run, write_object

FILES: Final = {
    "project.conf": "name: p\nmin-version: 2.0\nelement-path: elements\n",
    "elements/lib.bst": "kind: import\nsources: [{kind: local, path: files}]\n",
    "elements/app.bst": "kind: manual\nbuild-depends: [lib.bst]\n",
    "elements/layer.bst": "kind: compose\nbuild-depends: [app.bst]\n",
    "elements/image.bst": (
        "kind: script\n"
        "build-depends:\n"
        "- filename: layer.bst\n"
        "  config: {location: /layer}\n"
        "config: {commands: [make]}\n"
    ),
    "files/a": "0",
}
STALE: Final = (("layer.bst",), ("image.bst",))


def commit_all(repository: Path, steps: Mapping[str, Mapping[str, str | None]]) -> list[str]:
    """Commit each step, by its subject; None removes a file; return the commits."""
    made: list[str] = []
    for subject, files in steps.items():
        for name, text in files.items():
            if text is None:
                (repository / name).unlink()
        commit_files(repository, {name: text for name, text in files.items() if text is not None})
        date = f"2026-01-0{len(made) + 1}T12:00:00+0200"
        run(repository, "commit", "-q", "--amend", "-m", subject, "--date", date)
        made.append(run(repository, "rev-parse", "HEAD"))
    return made


def outcome(row: HistoryRow) -> tuple[object, ...]:
    """Return what most tests look at: the layers and images that are old, or the error."""
    if row.error is not None:
        return (row.error,)
    return tuple((rule.layers, rule.images) for rule in row.rules)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    return new_repository(tmp_path / "repository", "-b", "main")


@pytest.fixture
def steps(repository: Path) -> list[str]:
    """Seven commits: two that ship old bytes, one that builds all, two that are broken."""
    return commit_all(
        repository,
        {
            "begin": FILES,
            "change": {"files/a": "1"},
            "docs": {"README.md": "read me"},
            "broken": {"elements/lib.bst": "kind: ["},
            "worse": {"project.conf": "name: ["},
            "mended": {
                "project.conf": FILES["project.conf"],
                "elements/lib.bst": FILES["elements/lib.bst"],
                "files/a": "2",
            },
            "command": {"elements/app.bst": f"{FILES['elements/app.bst']}environment: {{A: b}}\n"},
        },
    )


class TestRows:
    def test_each_step(self, repository: Path, steps: list[str]) -> None:
        rows = list(history(repository, ["image.bst"], f"{steps[0]}..HEAD"))
        assert [row.commit for row in rows] == steps[1:]
        assert [row.subject for row in rows] == [
            "change",
            "docs",
            "broken",
            "worse",
            "mended",
            "command",
        ]
        assert [outcome(row) for row in rows] == [
            (STALE,),
            (((), ()),),
            ("invalid-yaml",),
            ("invalid-yaml",),
            (STALE,),
            (((), ()),),
        ]
        assert [row.vs for row in rows] == [steps[0], steps[1], None, None, steps[2], steps[5]]
        assert [row.ships_old for row in rows] == [True, False, False, False, True, False]

    def test_a_row(self, repository: Path, steps: list[str]) -> None:
        row = next(history(repository / "elements/..", ["image.bst"], f"{steps[0]}..{steps[1]}"))
        assert row.date == datetime(2026, 1, 2, 10, tzinfo=UTC)
        assert row.seconds > 0
        assert (row.elements, row.error, row.message, row.gaps, row.gap_count) == (
            4,
            None,
            "",
            (),
            0,
        )
        (rule,) = row.rules
        assert (rule.rule, rule.built, rule.stale, rule.tainted, rule.unknown) == (
            "buildstream",
            # Not even lib.bst: nothing that is built needs it.
            0,
            3,
            0,
            0,
        )
        assert (rule.layer_count, rule.image_count, rule.edge_count) == (1, 1, 1)
        (edge,) = rule.edges
        assert (str(edge), edge.user, edge.dependency, edge.difference) == (
            "app.bst -> lib.bst",
            "app.bst",
            "lib.bst",
            "changed",
        )
        assert pickle.loads(pickle.dumps(row)) == row  # noqa: S301 - it is ours

    def test_a_gap_tells_what_was_skipped(self, repository: Path, steps: list[str]) -> None:
        *_, row = history(repository, ["image.bst"], f"{steps[0]}..{steps[5]}")
        assert row.gaps == (f"compared with {steps[2][:12]}: {steps[4][:12]} could not be loaded",)

    def test_the_first_one_broken(self, repository: Path, steps: list[str]) -> None:
        one, two = history(repository, ["image.bst"], f"{steps[3]}..{steps[5]}")
        assert (one.error, two.rules, two.vs) == ("invalid-yaml", (), None)
        assert two.gaps == ("there is nothing before it to compare it with",)

    def test_the_very_first_commit(self, repository: Path) -> None:
        commit_all(repository, {"begin": FILES})
        run(repository, "checkout", "-q", "--orphan", "other")
        run(repository, "commit", "-q", "--allow-empty", "-m", "x")
        run(repository, "checkout", "-q", "main")
        (row,) = history(repository, ["image.bst"], "other..main")
        assert (row.error, row.vs, row.rules) == (None, None, ())

    def test_both_rules(self, repository: Path, steps: list[str]) -> None:
        rules: list[RuleName] = ["buildstream", "runbook", "buildstream"]
        row = next(history(repository, ["image.bst"], f"{steps[0]}..HEAD", rules=rules))
        assert [rule.rule for rule in row.rules] == ["buildstream", "runbook"]

    def test_several_errors_are_one(self, repository: Path) -> None:
        commit_all(
            repository,
            {
                "begin": FILES,
                "broken": {
                    "elements/app.bst": "kind: manual\nconfig: {x: y}\n",
                    "elements/layer.bst": f"{FILES['elements/layer.bst']}config: {{x: y}}\n",
                },
            },
        )
        (row,) = history(repository, ["image.bst"], "HEAD~1..HEAD")
        assert row.error == "load-errors"
        assert row.message.startswith("elements/app.bst:2:")
        assert row.message.endswith("[unknown-key], and 1 more")

    def test_bounds(self, repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        many = {f"files/{n}": "x" for n in range(3)}
        users = {f"elements/{n}.bst": "kind: manual\nbuild-depends: [lib.bst]\n" for n in range(3)}
        layers = {
            f"elements/l{n}.bst": f"kind: compose\nbuild-depends: [{n}.bst]\n" for n in range(3)
        }
        commit_all(repository, {"one": {**FILES, **users, **layers}, "two": many})
        for name in ("MOST_EDGES", "MOST_NAMES", "MOST_GAPS"):
            monkeypatch.setattr(module, name, 2)
        (row,) = history(repository, [], "HEAD~1..HEAD")
        (rule,) = row.rules
        assert (len(rule.edges), rule.edge_count) == (2, 4)
        assert (rule.layers, rule.layer_count) == (("l2.bst", "l1.bst"), 4)


class TestProjects:
    """What changes about the project itself."""

    def test_a_target_that_was_not_there_yet(self, repository: Path) -> None:
        new = {"elements/new.bst": "kind: manual\nbuild-depends: [lib.bst]\n"}
        commit_all(repository, {"a": FILES, "b": {"x": ""}, "c": new, "d": {"files/a": "1"}})
        rows = list(history(repository, ["new.bst"], "HEAD~3..HEAD"))
        assert [row.error for row in rows] == ["unknown-element", None, None]
        assert rows[0].message.startswith("there is no element 'new.bst'")
        assert [row.vs is None for row in rows] == [True, True, False]
        assert rows[2].rules[0].stale == 1

    def test_project_conf_moves(self, repository: Path) -> None:
        commit_all(
            repository,
            {
                "below": {f"below/{name}": text for name, text in FILES.items()},
                "moved": {**{f"below/{name}": None for name in FILES}, **FILES},
                "change": {"files/a": "1"},
            },
        )
        rows = list(history(repository, ["image.bst"], "HEAD~2..HEAD"))
        assert [row.error for row in rows] == [None, None]
        assert [row.vs is None for row in rows] == [True, False]
        run(repository, "checkout", "-q", "HEAD~2")
        rows = list(history(repository / "below", ["image.bst"], "HEAD..main"))
        assert [row.error for row in rows] == ["no-project", "no-project"]

    def test_a_name_that_changes(self, repository: Path) -> None:
        conf = FILES["project.conf"].replace("name: p", "name: q")
        commit_all(repository, {"one": FILES, "two": {"project.conf": conf}})
        (row,) = history(repository, ["image.bst"], "HEAD~1..HEAD")
        # Artifacts are of another project then: all is built.
        assert (row.rules[0].built, row.rules[0].stale) == (4, 0)

    def test_what_is_not_committed_is_not_looked_at(
        self, repository: Path, steps: list[str]
    ) -> None:
        clean = list(history(repository, ["image.bst"], f"{steps[0]}..HEAD"))
        (repository / "files/a").write_text("dirty")
        (repository / "elements/app.bst").write_text("kind: [")
        run(repository, "add", "elements/app.bst")
        assert list(history(repository, ["image.bst"], f"{steps[0]}..HEAD")) == clean

    def test_junctions(self, repository: Path, tmp_path: Path) -> None:
        """One that is at hand, changed, and one that is not at hand, which is a gap."""
        sdk = new_repository(tmp_path / "clones/sdk")
        one, two = commit_all(
            sdk,
            {
                "one": {"project.conf": "name: sdk\nmin-version: 2.0\n", "x.bst": "kind: stack\n"},
                "two": {"x.bst": "kind: stack\npublic: {a: b}\n"},
            },
        )
        app = "kind: manual\nbuild-depends: ['sdk.bst:x.bst']\n"
        junction = "kind: junction\nsources: [{{kind: git, url: x, ref: {}}}]\n"
        plugins = "plugins: [{origin: pip, package-name: x, sources: [git]}]\n"
        begin = {"project.conf": FILES["project.conf"] + plugins, "elements/app.bst": app}
        commit_all(
            repository,
            {
                "one": {**FILES, **begin, "elements/sdk.bst": junction.format(one)},
                "two": {"elements/sdk.bst": junction.format(two)},
                "same": {"README.md": "x"},
                "lost": {"elements/sdk.bst": junction.format("f" * 40)},
            },
        )
        found = history(repository, ["image.bst"], "HEAD~3..HEAD", search=[tmp_path / "clones"])
        rows = list(found)
        assert [row.error for row in rows] == [None, None, None]
        assert [outcome(row) for row in rows][:2] == [(STALE,), (((), ()),)]
        assert rows[0].rules[0].edges[0].dependency == "sdk.bst:x.bst"
        assert any("sdk.bst" in gap and "not at hand" in gap for gap in rows[2].gaps)
        assert rows[2].rules[0].unknown > 0


class TestRanges:
    @pytest.mark.parametrize(
        ("revisions", "expected"),
        [
            ("HEAD~2..HEAD", ["mended", "command"]),
            ("HEAD~2..", ["mended", "command"]),
            ("..HEAD", []),
            ("HEAD..HEAD~2", []),
            ("main~3..main~1", ["worse", "mended"]),
        ],
    )
    def test_names(
        self, repository: Path, steps: list[str], revisions: str, expected: list[str]
    ) -> None:
        assert len(steps) == 7
        found = commit_range(Repository(repository), revisions)
        assert [commit.subject for commit in found.commits] == expected
        assert [row.subject for row in history(repository, [], revisions)] == expected

    @pytest.mark.parametrize(
        ("revisions", "message"),
        [
            ("HEAD", "'HEAD' is no range of revisions"),
            ("HEAD~1...HEAD", "is no range"),
            ("", "is no range"),
            ("x..HEAD", "there is no revision 'x'"),
            ("HEAD..--output=x", "there is no revision '--output=x'"),
            ("--all..HEAD", "there is no revision '--all'"),
            ("HEAD~99..HEAD", "there is no revision 'HEAD~99'"),
            ("HEAD..HEAD..HEAD", "there is no revision 'HEAD..HEAD'"),
            ("HEAD\n--x..HEAD", "there is no revision"),
        ],
    )
    def test_what_is_no_range(
        self, repository: Path, steps: list[str], revisions: str, message: str
    ) -> None:
        assert steps
        # It is told when it is asked for, not with the first row.
        with pytest.raises(SelectionError) as raised:
            history(repository, [], revisions)
        assert raised.value.slug == "unknown-revision"
        assert message in raised.value.message

    def test_no_repository(self, tmp_path: Path) -> None:
        with pytest.raises(SelectionError, match="is in no git repository"):
            history(tmp_path, [], "HEAD~1..HEAD")

    def test_targets_are_a_list(self, repository: Path) -> None:
        with pytest.raises(TypeError, match="targets is a list"):
            history(repository, "image.bst", "HEAD~1..HEAD")

    def test_the_newest(self, repository: Path, steps: list[str]) -> None:
        rows = list(history(repository, ["image.bst"], f"{steps[0]}..HEAD", most=1))
        assert [row.commit for row in rows] == steps[6:]
        assert rows[0].gaps == ("only the newest 1 of 6 commits were looked at",)
        assert rows[0].vs == steps[5]

    def test_merges_count_by_their_first_parent(self, repository: Path) -> None:
        commit_all(repository, {"begin": FILES})
        run(repository, "checkout", "-q", "-b", "side")
        commit_all(repository, {"side one": {"files/b": "1"}, "side two": {"files/b": "2"}})
        run(repository, "checkout", "-q", "main")
        commit_all(repository, {"main": {"README.md": "x"}})
        run(repository, "merge", "-q", "--no-ff", "-m", "merged\nhere\n\nmore", "side")
        rows = list(history(repository, ["image.bst"], "HEAD~2..HEAD"))
        assert [row.subject for row in rows] == ["main", "merged here"]
        assert [row.ships_old for row in rows] == [False, True]
        # A merged commit is no first parent: what it has itself is left out.
        assert [row.subject for row in history(repository, [], "side..main")] == [
            "main",
            "merged here",
        ]
        assert list(history(repository, [], "main..side")) == []

    def test_git_agrees(self, repository: Path) -> None:
        commit_all(repository, {"begin": {"a": "0"}})
        for name in ("x", "y"):
            run(repository, "checkout", "-q", "-b", name, "main")
            commit_all(repository, {f"{name}1": {name: "1"}, f"{name}2": {name: "2"}})
            run(repository, "checkout", "-q", "main")
            run(repository, "merge", "-q", "--no-ff", "-m", f"merge {name}", name)
        names = ["main", "main~1", "main~2", "x", "x~1", "y", "y~1", "y~2"]
        opened = Repository(repository)
        for one in names:
            for two in names:
                listed = run(
                    repository, "log", "--first-parent", "--reverse", "--format=%H", f"{one}..{two}"
                )
                found = commit_range(opened, f"{one}..{two}").commits
                assert [commit.id for commit in found] == listed.split(), (one, two)

    def test_shallow(self, repository: Path, tmp_path: Path, steps: list[str]) -> None:
        clone = tmp_path / "shallow"
        url = repository.as_uri()
        subprocess.run(["git", "clone", "-q", "--depth", "2", url, clone], check=True)
        for start in (steps[0], "HEAD~4"):
            rows = list(history(clone, ["image.bst"], f"{start}..HEAD"))
            assert [row.commit for row in rows] == steps[5:]
            assert [row.error for row in rows] == [None, None]
            assert [row.vs for row in rows] == [None, steps[5]]
            assert rows[0].gaps[0] == f"the clone is shallow: '{start}' is not in it"
            assert rows[0].gaps[1].startswith("the clone is shallow: it lacks commit " + steps[4])
        for start in ("mian", "mian~2"):
            with pytest.raises(SelectionError, match="the clone is shallow"):
                history(clone, [], f"{start}..HEAD")
        (row,) = history(clone, ["image.bst"], "HEAD~1..HEAD")
        assert row.gaps == ()

    def test_a_damaged_clone(self, repository: Path, steps: list[str]) -> None:
        (repository / ".git/objects" / steps[4][:2] / steps[4][2:]).unlink()
        found = commit_range(Repository(repository), f"{steps[2]}..HEAD")
        assert [commit.id for commit in found.commits] == steps[5:]
        assert found.base is None
        assert found.gaps[0].startswith("the clone is damaged: it lacks commit")

    def test_too_many(
        self, repository: Path, steps: list[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(commits, "MOST_COMMITS", 5)
        with pytest.raises(ProjectError, match="more than 5 commits"):
            history(repository, [], f"{steps[0]}..HEAD")


class TestCommits:
    """What a commit says of itself, written by hand."""

    @pytest.mark.parametrize(
        ("text", "subject", "date"),
        [
            (b"author A <a> 0 +0130\n\nx\ny\n\nz", "x y", "1970-01-01T01:30:00+01:30"),
            (b"author A <a> 0 -0100\n\n\n\nx", "x", "1969-12-31T23:00:00-01:00"),
            (b"author A <a> 999999999999 +0000\n\n", "", None),
            (b"author A <a> 0 +9900\n\n", "", None),
            (b"author A\n\n\x1b[31mred", "\\x1b[31mred", None),
            (b"encoding latin-1\n\n\xfc", "\xfc", None),
            (b"encoding none\n\nx\xff", "x\ufffd", None),
            (b"encoding un\0x\n\nx", "x", None),
            (b"encoding hex\n\nx", "x", None),
            (b"author x\n\n" + b"a" * 300, "a" * 197 + "...", None),
        ],
    )
    def test_text(self, repository: Path, text: bytes, subject: str, date: str | None) -> None:
        commit_all(repository, {"begin": FILES})
        tree = run(repository, "rev-parse", "HEAD^{tree}")
        parent = run(repository, "rev-parse", "HEAD")
        content = f"tree {tree}\nparent {parent}\n".encode() + text
        name = write_object(repository / ".git/objects", "commit", content)
        (found,) = commit_range(Repository(repository), f"HEAD..{name}").commits
        assert found.subject == subject
        assert (found.date.isoformat() if found.date is not None else None) == date


@pytest.fixture(scope="class")
def long(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with fifteen steps, some broken, so that several workers have some."""
    made = new_repository(tmp_path_factory.mktemp("long") / "repository", "-b", "main")
    files: dict[str, Mapping[str, str | None]] = {"0": FILES}
    for number in range(1, 16):
        files[str(number)] = {"files/a": str(number)}
    for number in (6, 7, 8):
        files[str(number)] = {"elements/lib.bst": f"kind: [{number}"}
    files["9"] = {"elements/lib.bst": FILES["elements/lib.bst"]}
    for subject, step in files.items():
        for name, text in step.items():
            (made / name).parent.mkdir(parents=True, exist_ok=True)
            (made / name).write_text(text or "")
        run(made, "add", "--all")
        run(made, "commit", "-q", "-m", subject)
    return made


class TestParallel:
    """The same rows in the same order, however they are made."""

    @pytest.fixture
    def expected(self, long: Path) -> list[HistoryRow]:
        rows = list(history(long, ["image.bst"], "HEAD~15..HEAD"))
        assert [row.error is not None for row in rows].count(True) == 3
        assert [row.vs is not None for row in rows].count(True) == 12
        return rows

    @pytest.mark.parametrize("backend", ["sequential", "threading", "loky"])
    def test_backends(self, long: Path, expected: list[HistoryRow], backend: str) -> None:
        with joblib.parallel_config(backend=backend, n_jobs=2):
            assert list(history(long, ["image.bst"], "HEAD~15..HEAD")) == expected

    @pytest.mark.parametrize("jobs", [2, 3, 100])
    def test_jobs(self, long: Path, expected: list[HistoryRow], jobs: int) -> None:
        with joblib.parallel_config(backend="threading"):
            assert list(history(long, ["image.bst"], "HEAD~15..HEAD", jobs=jobs)) == expected

    @pytest.mark.filterwarnings("ignore")
    def test_dask(self, long: Path, expected: list[HistoryRow]) -> None:
        distributed = pytest.importorskip("distributed")
        with (
            distributed.LocalCluster(
                n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
            ) as cluster,
            distributed.Client(cluster),
            joblib.parallel_config(backend="dask"),
        ):
            assert list(history(long, ["image.bst"], "HEAD~15..HEAD")) == expected

    @pytest.mark.parametrize(("jobs", "most"), [(2, 12), (3, 12), (2, 2)])
    def test_runs_are_even_and_short(self, jobs: int, most: int) -> None:
        task = module._Task(
            directory="",
            targets=(),
            rules=(),
            arguments={},
            parent="",
            before=("x",),
            commits=tuple(
                commits.Commit(id=str(n), parents=(), subject="", date=None) for n in range(50)
            ),
            gaps=("gap",),
        )
        found = list(module._runs(task, jobs, "p", most))
        assert len(found) % jobs == 0
        assert max(len(one.commits) for one in found) <= most
        assert [c for one in found for c in one.commits] == list(task.commits)
        assert [one.gaps for one in found] == [("gap",), *[()] * (len(found) - 1)]
        assert found[1].before == ("x", *(c.id for c in found[0].commits))


class TestFolders:
    @pytest.fixture(autouse=True)
    def temporary(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
        """Let this process and those that it starts make their temporary folders here."""
        folder = tmp_path / "temporary"
        folder.mkdir()
        monkeypatch.setattr(tempfile, "tempdir", str(folder))
        yield folder
        # Threads that were told to stop may still be at it.
        shutil.rmtree(folder, ignore_errors=True)

    def test_nothing_is_left(self, long: Path, temporary: Path) -> None:
        assert len(list(history(long, ["image.bst"], "HEAD~3..HEAD"))) == 3
        assert os.listdir(temporary) == []

    @pytest.mark.parametrize("backend", ["sequential", "threading", "loky"])
    def test_an_early_end(self, long: Path, temporary: Path, backend: str) -> None:
        with joblib.parallel_config(backend=backend, n_jobs=2):
            rows = history(long, ["image.bst"], "HEAD~15..HEAD")
            assert next(rows).subject == "1"
            rows.close()
        assert [name for name in os.listdir(temporary) if "history" in name] == []

    def test_one_process_does_no_more_than_it_is_asked(
        self, long: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        loaded = []

        def counted(*args: object, revision: str, **rest: object) -> object:
            loaded.append(revision)
            return load_state(*args, revision=revision, **rest)  # type: ignore[arg-type]

        monkeypatch.setattr(module, "load_state", counted)
        rows = history(long, ["image.bst"], "HEAD~15..HEAD")
        assert loaded == []
        next(rows)
        next(rows)
        rows.close()
        assert len(loaded) == len(set(loaded)) == 3

    def test_a_worker_without_the_folder(self, long: Path, temporary: Path) -> None:
        found = commit_range(Repository(long), "HEAD~1..HEAD")
        task = module._Task(
            directory=str(long),
            targets=("image.bst",),
            rules=("buildstream",),
            arguments={},
            parent=str(temporary / "elsewhere"),
            before=(found.base or "",),
            commits=found.commits,
            gaps=(),
        )
        assert [row.ships_old for row in module._taken(task)] == [True]
