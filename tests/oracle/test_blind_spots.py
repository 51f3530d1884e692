"""What the real BuildStream reuses, strict as it is, although a build from nothing differs."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

import bstgraph
from bstgraph.plans import blind_spots, built, plan
from bstgraph.state import State
from bstgraph.stores import read_keys
from bstgraph.stores.cache import LocalCache
from tests.oracle.builds import Builder, static_busybox

pytestmark = pytest.mark.oracle

TOOLS: Final = "cat env find grep head hostname mkdir od sh sort uname".split()

_DEPENDS: Final = """\
build-depends:
- base.bst
- b.bst
- filename: c.bst
  config: {location: /mnt%s}
"""
_COMMANDS: Final = """\
config:
  %s:
  - |
    mkdir -p '%%{install-root}'
    find /mnt | sort > '%%{install-root}/list'
    env | grep ^DIGEST= > '%%{install-root}/digest' || true
"""
SHAPED: Final = {
    "project.conf": "name: blind\nmin-version: 2.4\n",
    "base.bst": "kind: import\nsources: [{kind: local, path: base}]\n",
    "b.bst": "kind: import\nsources: [{kind: local, path: b}]\n",
    "c.bst": "kind: import\nsources: [{kind: local, path: c}]\n",
    "b/usr/b": "b",
    "c/usr/c": "c",
    "script.bst": f"kind: script\n{_DEPENDS % ''}{_COMMANDS % 'commands'}",
    "manual.bst": "kind: manual\n"
    + _DEPENDS % ", digest-environment: DIGEST"
    + _COMMANDS % "install-commands",
    "digest.bst": "kind: manual\n"
    + _DEPENDS.replace("location: /mnt%s", "digest-environment: DIGEST")
    + _COMMANDS % "install-commands",
    "plain.bst": "kind: manual\nbuild-depends: [base.bst, b.bst, c.bst]\n"
    + _COMMANDS % "install-commands",
    "above.bst": "kind: compose\nbuild-depends: [script.bst]\n",
}
MORE_EDGES: Final = {**SHAPED, "c.bst": f"{SHAPED['c.bst']}runtime-depends: [b.bst]\n"}
USERS: Final = ("above.bst", "digest.bst", "manual.bst", "plain.bst", "script.bst")


def write(directory: Path, texts: Mapping[str, str]) -> None:
    for name, text in texts.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def plant_tools(directory: Path) -> None:
    programs = directory / "bin"
    programs.mkdir(parents=True)
    shutil.copy(static_busybox(), programs / "busybox")
    for name in TOOLS:
        (programs / name).symlink_to("busybox")


def checkout(builder: Builder, project: Path, name: str, directory: Path) -> dict[str, str]:
    ended = builder.run(
        project, ["artifact", "checkout", "--deps=none", f"--directory={directory}", name]
    )
    assert ended.returncode == 0, ended.stderr
    return {path.name: path.read_text() for path in directory.iterdir() if path.is_file()}


def built_files(
    builder: Builder, project: Path, names: Sequence[str], directory: Path
) -> dict[str, dict[str, str]]:
    builder.build(project, names)
    return {name: checkout(builder, project, name, directory / name) for name in names}


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """A strict build, an edge more, a strict build again, and one from nothing."""

    before: State
    after: State
    keys: tuple[dict[str, str], dict[str, str]]
    first: dict[str, dict[str, str]]
    again: dict[str, dict[str, str]]
    anew: dict[str, dict[str, str]]


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Measured:
    root = tmp_path_factory.mktemp("shape")
    project = root / "project"
    plant_tools(project / "base")
    write(project, SHAPED)
    builder = Builder(root / "bst")
    first = built_files(builder, project, USERS, root / "first")
    before, old = bstgraph.load_state(project), builder.show(project, USERS)
    write(project, MORE_EDGES)
    again = built_files(builder, project, USERS, root / "again")
    new = builder.show(project, USERS)
    return Measured(
        before=before,
        after=bstgraph.load_state(project),
        keys=({n: old[n].key for n in USERS}, {n: new[n].key for n in USERS}),
        first=first,
        again=again,
        anew=built_files(Builder(root / "other"), project, USERS, root / "anew"),
    )


class TestGraphShape:
    """An edge below a location: the build scope is the same list, what is staged there is not."""

    def test_no_key_changes(self, measured: Measured) -> None:
        assert measured.keys[0] == measured.keys[1]

    def test_a_strict_build_reuses_everything(self, measured: Measured) -> None:
        assert measured.again == measured.first

    def test_a_build_from_nothing_differs(self, measured: Measured) -> None:
        differ = {name for name in USERS if measured.again[name] != measured.anew[name]}
        assert differ == set(USERS) - {"plain.bst"}
        old = "/mnt\n/mnt/usr\n/mnt/usr/c\n"
        new = "/mnt\n/mnt/usr\n/mnt/usr/b\n/mnt/usr/c\n"
        assert measured.again["script.bst"]["list"] == old
        assert measured.anew["script.bst"]["list"] == new
        # A compose over a stale script is stale with it.
        assert measured.again["above.bst"]["list"] == old
        assert measured.anew["above.bst"]["list"] == new

    def test_it_is_told(self, measured: Measured) -> None:
        found = blind_spots(measured.after, measured.before, USERS)
        told = {spot.element: (spot.code, spot.evidence) for spot in found}
        located = ("digest.bst", "manual.bst", "script.bst")
        assert told == dict.fromkeys(located, ("graph-shape", "+ b.bst"))
        assert plan(measured.after, built(measured.before.keys), strict=True).builds == ()


def test_what_a_sandbox_pins(tmp_path: Path) -> None:
    project = tmp_path / "project"
    plant_tools(project / "base")
    command = (
        "mkdir -p '%{install-root}'; cd '%{install-root}'; hostname > host; uname -n > node; "
        "echo $SOURCE_DATE_EPOCH > epoch; uname -r > kernel; echo $HIDDEN > hidden; "
        "cat /proc/net/dev > net; head -c 16 /dev/urandom | od -x > random"
    )
    write(
        project,
        {
            "project.conf": "name: blind\nmin-version: 2.4\n",
            "base.bst": SHAPED["base.bst"],
            "a.bst": "kind: manual\nbuild-depends: [base.bst]\n"
            "environment: {HIDDEN: one}\nenvironment-nocache: [HIDDEN]\n"
            f'config: {{install-commands: ["{command}"]}}\n',
        },
    )
    one, other = Builder(tmp_path / "one"), Builder(tmp_path / "other")
    first = built_files(one, project, ["a.bst"], tmp_path / "1")["a.bst"]
    text = (project / "a.bst").read_text().replace("HIDDEN: one", "HIDDEN: two")
    (project / "a.bst").write_text(text)
    again = built_files(one, project, ["a.bst"], tmp_path / "2")["a.bst"]
    anew = built_files(other, project, ["a.bst"], tmp_path / "3")["a.bst"]
    assert again == first
    assert (first["hidden"], anew["hidden"]) == ("one\n", "two\n")
    assert first["random"] != anew["random"]
    assert first["kernel"] == f"{os.uname().release}\n"
    assert (first["host"], first["node"], first["epoch"]) == (
        "buildbox\n",
        "buildbox\n",
        "1321009871\n",
    )
    # Two lines of titles, and the loopback device.
    assert [line.split(":")[0].strip() for line in first["net"].splitlines()[2:]] == ["lo"]
    reasons = {spot.code for spot in blind_spots(bstgraph.load_state(project))}
    assert reasons == {"host", "machine-local", "random"}


@pytest.mark.parametrize("kind", ["git", "git_tag"])
def test_a_git_ref_that_is_a_branch_is_taken(tmp_path: Path, kind: str) -> None:
    repository, project = tmp_path / "repository", tmp_path / "project"
    repository.mkdir()

    def git(*arguments: str) -> None:
        who = ["-c", "user.name=n", "-c", "user.email=e@example.org"]
        subprocess.run(["git", *who, "-C", str(repository), *arguments], check=True)

    package = "buildstream-plugins" if kind == "git" else "buildstream-plugins-community"
    origin = f"[{{origin: pip, package-name: {package}, sources: [{kind}]}}]"
    source = f"{{kind: {kind}, url: 'file://{repository}', ref: main, track: main}}"
    write(
        project,
        {
            "project.conf": f"name: blind\nmin-version: 2.4\nplugins: {origin}\n",
            "a.bst": f"kind: import\nsources: [{source}]\n",
        },
    )
    git("init", "-q", "-b", "main")
    shown, files = [], []
    for text in ("one", "two"):
        (repository / "file").write_text(text)
        git("add", ".")
        git("commit", "-q", "-m", text)
        builder = Builder(tmp_path / text)
        files.append(built_files(builder, project, ["a.bst"], tmp_path / f"{text}-files")["a.bst"])
        shown.append(builder.show(project, ["a.bst"])["a.bst"].key)
    assert [one["file"] for one in files] == ["one", "two"]
    assert shown[0] == shown[1]
    (spot,) = blind_spots(bstgraph.load_state(project))
    assert (spot.code, spot.evidence) == ("unpinned", "main")


def test_names_of_a_real_cache_are_read(tmp_path: Path) -> None:
    project = tmp_path / "project"
    write(project, {name: SHAPED[name] for name in ("project.conf", "b.bst", "c.bst")})
    write(project, {"b/usr/b": "b", "c/usr/c": "c", "d.bst": "kind: stack\ndepends: [c.bst]\n"})
    builder = Builder(tmp_path / "bst")
    builder.build(project, ["b.bst", "d.bst"])
    refs = builder.cachedir / "artifacts" / "refs"
    listed = subprocess.run(
        ["find", refs, "-type", "f", "-printf", "%P\\n"], check=True, capture_output=True
    )
    (tmp_path / "names").write_bytes(listed.stdout)
    state = bstgraph.load_state(project)
    names, cache = read_keys(tmp_path / "names"), LocalCache(builder.cachedir)
    for strict in (True, False):
        told, real = (plan(state, each, strict=strict) for each in (names, cache))
        assert [(s.action, s.found, s.strong) for s in told.values()] == [
            (s.action, s.found, s.strong) for s in real.values()
        ]
        assert {step.action for step in told.values()} == {"reuse"}
