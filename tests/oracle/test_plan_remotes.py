"""Plans with remote caches, beside builds that really pull."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

import bstgraph
from bstgraph.plans import Plan, plan
from bstgraph.state import State
from bstgraph.stores.cache import LocalCache
from bstgraph.testing import write
from tests.oracle.builds import Builder, plant_busybox
from tests.oracle.real_builds import Real, build, copied, differences
from tests.oracle.remotes import served

pytestmark = pytest.mark.oracle

PROJECT: Final = """
=== project.conf
name: remote
min-version: 2.4
=== base.bst
kind: import
sources: [{kind: local, path: base}]
=== lib.bst
kind: import
sources: [{kind: local, path: lib}]
=== lib/lib
one
=== app.bst
kind: manual
build-depends: [base.bst, lib.bst]
config:
  install-commands:
  - if busybox grep bad /lib; then exit 1; fi
  - cp /lib "%{install-root}/app"
=== user.bst
kind: manual
build-depends: [base.bst, app.bst]
config: {install-commands: ['cp /app "%{install-root}/user"']}
=== all.bst
kind: stack
depends: [user.bst, app.bst]
"""


class Bench:
    """A project, a remote cache per name, and the builders that pushed what is in them."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.directory = write(PROJECT, root / "project")
        plant_busybox(self.directory / "base")
        self.urls: dict[str, str] = {}
        self._number = 0

    @property
    def state(self) -> State:
        return bstgraph.load_state(self.directory)

    def lib(self, text: str) -> State:
        (self.directory / "lib" / "lib").write_text(text)
        return self.state

    def builder(self, *remotes: str, start: Path | None = None, push: bool = False) -> Builder:
        """Return a new one, with an empty cache or a copy of another one."""
        self._number += 1
        servers = [{"url": self.urls[name], "push": push} for name in remotes]
        settings = {"artifacts": {"override-project-caches": True, "servers": servers}}
        place = self.root / f"builder {self._number}"
        if start is not None:
            return copied(start, place, settings=settings)
        builder = Builder(place, settings=settings)
        (builder.cachedir / "artifacts" / "refs").mkdir(parents=True)
        return builder

    def push(self, remote: str, *targets: str) -> LocalCache:
        """Build, push all of it, and return the cache that holds the same as the remote one."""
        builder = self.builder(remote, push=True)
        ended = builder.run(self.directory, ["--on-error=continue", "build", *targets])
        assert b"Pushed artifact" in ended.stderr
        return LocalCache(builder.cachedir)

    def both(
        self, builder: Builder, remotes: dict[str, LocalCache], *, strict: bool = False
    ) -> tuple[Plan, Real]:
        """Plan to build everything, and build it: it has to be as planned."""
        state, local = self.state, LocalCache(builder.cachedir)
        caches = tuple(remotes.values())
        planned = plan(state, local, ["all.bst"], strict=strict, remotes=caches)
        real = build(builder, self.directory, state, targets=["all.bst"], strict=strict)
        assert "\n".join(differences(planned, real)) == ""
        return planned, real


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    with served(tmp_path / "first remote") as first, served(tmp_path / "second remote") as second:
        made.urls = {"first": first, "second": second}
        yield made


def strong(planned: Plan, name: str) -> str:
    key = planned[name].strong
    assert key is not None
    return key.digest or ""


def test_an_empty_cache_pulls_what_is_needed(bench: Bench) -> None:
    remotes = {"first": bench.push("first", "all.bst")}
    for strict in (True, False):
        planned, real = bench.both(bench.builder("first"), remotes, strict=strict)
        assert planned.builds == ()
        # What they were built with is not pulled.
        assert real.pulled == {"all.bst", "user.bst", "app.bst"}


def test_what_changed_is_built_and_the_rest_is_pulled(bench: Bench) -> None:
    remotes = {"first": bench.push("first", "all.bst")}
    old = bench.state.keys["app.bst"].strict
    bench.lib("two")
    planned, real = bench.both(bench.builder("first"), remotes)
    assert planned.builds == ()
    assert planned.stale == ("app.bst", "user.bst", "all.bst")
    assert planned["app.bst"].strong == old
    planned, real = bench.both(bench.builder("first"), remotes, strict=True)
    assert set(planned.builds) == {"lib.bst", "app.bst", "user.bst", "all.bst"}
    assert real.pulled == {"base.bst"}


def test_what_a_remote_has_under_the_weak_key_goes_before_what_is_there(bench: Bench) -> None:
    remotes = {"first": bench.push("first", "all.bst")}
    one = bench.state.keys["app.bst"].strict
    two = bench.lib("two").keys["app.bst"].strict
    local = bench.builder()
    build(local, bench.directory, bench.state, targets=["all.bst"], strict=True)
    bench.lib("three")
    for without in ({}, {"second": LocalCache(bench.builder().cachedir)}):
        planned, _ = bench.both(bench.builder(*without, start=local.cachedir), without)
        assert planned["app.bst"].strong == two
    builder = bench.builder("first", start=local.cachedir)
    planned, real = bench.both(builder, remotes)
    assert planned["app.bst"].strong == one
    assert real.pulled == {"all.bst", "user.bst", "app.bst"}
    # The strict key goes before the weak one: what is there is as new as the project.
    bench.lib("two")
    planned, real = bench.both(bench.builder("first", start=local.cachedir), remotes)
    assert planned["app.bst"].strong == two
    assert real.pulled == frozenset()


def test_the_strict_key_in_any_cache_goes_before_the_weak_one(bench: Bench) -> None:
    first = bench.push("first", "all.bst")
    one = bench.state.keys["app.bst"].strict
    two = bench.lib("two").keys["app.bst"].strict
    second = bench.push("second", "all.bst")
    remotes = {"first": first, "second": second}
    for strict in (False, True):
        planned, _ = bench.both(bench.builder("first", "second"), remotes, strict=strict)
        assert planned.builds == ()
        assert planned["app.bst"].strong == two
    bench.lib("three")
    planned, _ = bench.both(bench.builder("first", "second"), remotes)
    assert planned["app.bst"].strong == one
    other = {"second": second, "first": first}
    planned, _ = bench.both(bench.builder("second", "first"), other)
    assert planned["app.bst"].strong == two


def test_a_failure_is_pulled_too(bench: Bench) -> None:
    bench.lib("bad")
    remotes = {"first": bench.push("first", "app.bst")}
    for strict in (False, True):
        planned, real = bench.both(bench.builder("first"), remotes, strict=strict)
        assert planned["app.bst"].action == "fail"
        assert planned["user.bst"].action == "blocked"
        assert "app.bst" in real.pulled
    bench.lib("fine")
    planned, real = bench.both(bench.builder("first"), remotes)
    assert planned["app.bst"].action == "build"


def test_what_was_stale_when_it_was_pushed_is_taken_by_strict_builds_once_it_was_pulled(
    bench: Bench,
) -> None:
    maker = bench.builder("first", push=True)
    build(maker, bench.directory, bench.state, targets=["all.bst"], strict=True)
    bench.lib("two")
    user = bench.directory / "elements" / "user.bst"
    user.write_text(user.read_text().replace("cp /app", "cp -a /app"))
    # The user is built with an application that still has the old library.
    build(maker, bench.directory, bench.state, targets=["all.bst"])
    remote = LocalCache(maker.cachedir)
    other = bench.builder("first")
    planned, real = bench.both(other, {"first": remote})
    assert planned.stale == ("app.bst", "user.bst", "all.bst")
    # It is filed under its strict key now, which is not the key that it has for itself.
    keys, local = bench.state.keys["user.bst"], LocalCache(other.cachedir)
    found = local.cached("remote", "user.bst", keys.strict.digest or "")
    assert found is not None
    assert found.strict == keys.strict.digest != found.strong
    assert remote.cached("remote", "user.bst", keys.strict.digest or "") is None

    planned, real = bench.both(bench.builder(start=other.cachedir), {}, strict=True)
    assert set(planned.builds) == {"base.bst", "lib.bst", "app.bst", "all.bst"}
    assert planned.stale == ("user.bst",)
    place = bench.root / "checkout"
    arguments = ["artifact", "checkout", "--deps=none", "--directory", str(place), "user.bst"]
    ended = real.builder.run(bench.directory, ["--strict", *arguments])
    assert ended.returncode == 0, ended.stderr.decode()
    assert (place / "user").read_text() == "one\n"
