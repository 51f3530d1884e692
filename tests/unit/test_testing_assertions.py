"""Assertions without pytest: what holds, what fails, and that what is not known fails."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from bstgraph import load_state
from bstgraph.checks import Baseline, Choice, report_on
from bstgraph.errors import SelectionError
from bstgraph.layers import Layers, _trace
from bstgraph.settings import CheckSettings
from bstgraph.steps import contract_from
from bstgraph.testing import Assertions
from tests.unit.layered import built, imports, state_of, store
from tests.unit.planning import CHAIN, failed, only, state, touched

IMAGE: Final = (
    imports(a="usr/bin/a usr/include/a.h")
    + """
=== unknown.bst
kind: manual
=== deps.bst
kind: stack
depends: [a.bst]
=== layer.bst
kind: compose
build-depends: [deps.bst]
config: {exclude: [devel], integrate: false}
=== open.bst
kind: compose
build-depends: [deps.bst, unknown.bst]
config: {integrate: false}
=== base.bst
kind: script
build-depends: [{filename: layer.bst, config: {location: /layer}}]
config: {commands: [build-oci, touch /layer/usr/bin/made]}
=== both.bst
kind: script
build-depends:
- {filename: layer.bst, config: {location: /layer}}
- {filename: open.bst, config: {location: /open}}
- {filename: base.bst, config: {location: /parent}}
config: {commands: [rm /layer/usr/bin/a]}
=== bare.bst
kind: script
build-depends: [a.bst]
"""
)

ODD: Final = """
=== project.conf
plugins:
- {origin: pip, package-name: none-such, elements: [odd]}
=== a.bst
kind: odd
"""


@pytest.fixture
def made(tmp_path: Path) -> Assertions:
    """Return the assertions about a project without a cache."""
    loaded = state_of(IMAGE, tmp_path)
    return Assertions(state=loaded, layers=Layers(loaded))


def failure(call: Callable[..., object], *arguments: str, **more: object) -> str:
    with pytest.raises(AssertionError) as caught:
        call(*arguments, **more)
    return str(caught.value)


class TestFiles:
    def test_ships(self, made: Assertions) -> None:
        for what in ("/usr/bin/a", "usr/**", "a", "a.bst"):
            made.assert_ships("base.bst", what)
        assert "DROPPED by" in failure(made.assert_ships, "base.bst", "a.h")
        assert "no element has it" in failure(made.assert_ships, "base.bst", "/usr/bin/b")

    def test_ships_what_a_command_mentions(self, made: Assertions) -> None:
        told = failure(made.assert_ships, "both.bst", "/usr/bin/a")
        assert told.startswith("it is staged, but commands mention it")
        made.assert_ships("both.bst", "/usr/bin/a", ignore_commands=True)

    def test_not_ships(self, made: Assertions) -> None:
        made.assert_not_ships("base.bst", "*.h")
        made.assert_not_ships("base.bst", "/usr/bin/b")
        assert failure(made.assert_not_ships, "base.bst", "a").startswith("a is in base.bst\n")

    def test_not_ships_what_a_command_may_make(self, made: Assertions) -> None:
        told = failure(made.assert_not_ships, "base.bst", "/usr/bin/made")
        assert "it is not known whether it is in base.bst" in told
        made.assert_not_ships("base.bst", "/usr/bin/made", ignore_commands=True)

    @pytest.mark.parametrize("ignored", [False, True])
    def test_not_ships_what_is_not_known(self, made: Assertions, *, ignored: bool) -> None:
        told = failure(made.assert_not_ships, "both.bst", "/x", ignore_commands=ignored)
        assert "the files of 1 element are not known: unknown.bst" in told

    def test_not_ships_where_not_all_was_followed(
        self, made: Assertions, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(_trace, "MOST_PATHS", 1)
        told = failure(made.assert_not_ships, "base.bst", "*.h")
        assert told.startswith("'*.h' was not found in 'base.bst', but not all of it is known:\n")
        assert "no more than 1 paths are followed" in told

    @pytest.mark.parametrize(("files", "ships"), [("usr/bin/b", False), ("usr/bin/a", True)])
    def test_an_artifact_knows_what_commands_did(
        self, tmp_path: Path, files: str, *, ships: bool
    ) -> None:
        command = "public: {bst: {integration-commands: [rm /usr/bin/a]}}"
        text = IMAGE.replace("=== a.bst\n", f"=== a.bst\n{command}\n").replace(
            "exclude: [devel], integrate: false", "integrate: true"
        )
        loaded = state_of(text, tmp_path)
        predicted = Assertions(state=loaded, layers=Layers(loaded))
        told = failure(predicted.assert_ships, "layer.bst", "/usr/bin/a")
        assert told.startswith("it is staged, but commands mention it")
        stored = store(loaded, {"layer.bst": built(files)})
        known = Assertions(state=loaded, layers=Layers(loaded, [stored]))
        right, wrong = known.assert_ships, known.assert_not_ships
        if not ships:
            right, wrong = wrong, right
        right("layer.bst", "/usr/bin/a")
        assert "/usr/bin/a" in failure(wrong, "layer.bst", "/usr/bin/a")

    def test_no_such_image(self, made: Assertions) -> None:
        with pytest.raises(SelectionError, match=r"did you mean 'base\.bst'"):
            made.assert_ships("baze.bst", "x")

    def test_by_default_the_users_own_cache_is_looked_into(
        self, made: Assertions, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "none"))
        monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "none"))
        replace(made, layers=None).assert_ships("base.bst", "/usr/bin/a")


class TestChain:
    def test_holds(self, made: Assertions) -> None:
        assert made.assert_chain("base.bst", "layer.bst", "a.bst").target == "base.bst"
        made.assert_chain("both.bst", "both.bst", "base.bst", "layer.bst", "deps.bst")
        # A chain draws what is below `deps.bst` once.
        made.assert_chain("both.bst", "open.bst", "deps.bst", "a.bst")
        made.assert_chain("base.bst")

    def test_fails(self, made: Assertions) -> None:
        told = failure(made.assert_chain, "base.bst", "deps.bst", "layer.bst")
        assert told.startswith("the chain of 'base.bst' has no 'layer.bst' below 'deps.bst'")
        assert "└─ /layer  layer.bst" in told
        told = failure(made.assert_chain, "base.bst", "lair.bst")
        assert told.startswith(
            "the chain of 'base.bst' has no 'lair.bst', did you mean 'layer.bst'"
        )
        assert failure(made.assert_chain, "base.bst", "base.bst", "base.bst")


class TestStepOrder:
    CONTRACT: Final = contract_from(
        {
            "name": "mine",
            "steps": {
                "first": [{"program": "rm"}],
                "then": [{"program": "build"}],
            },
            "must-exist": ["first", "then"],
            "must-precede": [["first", "then"]],
            "last": "then",
        }
    )

    def told(self, directory: Path, *commands: str) -> str:
        listed = ", ".join(f"'{command}'" for command in commands)
        text = IMAGE.replace("[rm /layer/usr/bin/a]", f"[{listed}]")
        loaded = Assertions(state=state_of(text, directory))
        return failure(loaded.assert_step_order, "both.bst", contract=self.CONTRACT)

    def test_holds(self, tmp_path: Path) -> None:
        text = IMAGE.replace("[rm /layer/usr/bin/a]", "[rm x, build]")
        found = Assertions(state=state_of(text, tmp_path))
        reports = found.assert_step_order("both.bst", self.CONTRACT)
        assert {one.verdict for one in reports} == {"kept"}

    def test_wrong_order_and_too_late(self, tmp_path: Path) -> None:
        told = self.told(tmp_path, "build", "rm x", "echo x")
        assert told.startswith("the commands of 'both.bst' do not keep the contract 'mine':\n")
        assert (
            "'first' comes after 'then': command 2, line 1: rm x, command 1, line 1: build" in told
        )
        assert "too late, after 'then': command 3, line 1: echo x" in told

    def test_missing_or_not_known(self, tmp_path: Path) -> None:
        told = self.told(tmp_path, "if test -e x; then rm x; fi", "true")
        assert "the step 'first' is perhaps missing" in told
        assert "command 1, line 1: rm x: it may be skipped" in told
        assert "the step 'then' is missing" in told

    def test_a_gap(self, tmp_path: Path) -> None:
        assert "command 3: " in self.told(tmp_path, "rm x", "build", "fi (")

    def test_nothing_that_could_be_asked(self, made: Assertions) -> None:
        told = failure(made.assert_step_order, "bare.bst")
        assert told == "'bare.bst' stages no layer, so that there are no steps to take"


class TestStale:
    def test_holds_and_fails(self) -> None:
        same = Assertions(state=state(), before=state())
        same.assert_no_stale_layers()
        same.assert_no_stale_layers("image.bst")
        told = failure(Assertions(state=touched(), before=state()).assert_no_stale_layers)
        assert told.startswith("1 layer and 1 image would ship old bytes")
        assert "app.bst -> lib.bst" in told

    def test_what_is_not_known(self, tmp_path: Path) -> None:
        loaded = state_of(ODD, tmp_path)
        told = failure(Assertions(state=loaded, before=loaded).assert_no_stale_layers)
        assert told.startswith("nothing stale was found, but not all is known:\nunknown: ")

    def test_nobody_said_what_was_built(self) -> None:
        with pytest.raises(ValueError, match="say what was built before"):
            Assertions(state=state()).assert_no_stale_layers()


class TestFindings:
    @pytest.fixture
    def found(self, tmp_path: Path) -> Assertions:
        """Return assertions about a project with a stack as a layer, and a gap."""
        text = CHAIN.replace(
            "build-depends: [layer.bst]",
            "build-depends: [{filename: deps.bst, config: {location: /x}}]",
        )
        loaded = state_of(text, tmp_path)
        return Assertions(state=loaded, layers=Layers(loaded))

    def test_of_some_checks(self, found: Assertions) -> None:
        assert "1 finding:\nwarning BSG401 stack-layer" in failure(
            found.assert_no_findings, select=["BSG4"]
        )
        found.assert_no_findings(select=["BSG4"], ignore=["stack-layer"])
        found.assert_no_findings(select=["BSG4"], fail_on="error")
        replace(found, choice=Choice(select=("external-element",))).assert_no_findings()

    def test_known_ones(self, found: Assertions) -> None:
        report = report_on(found._subject(), Choice(select=("BSG4",)))
        known = Baseline.of("test", report.findings)
        replace(found, baseline=known).assert_no_findings(select=["BSG4"])

    def test_settings_of_single_checks(self, found: Assertions) -> None:
        settings = CheckSettings.model_validate(
            {"contract": {"images": ["both.bst"]}, "non-strict": True}
        )
        subject = replace(found, settings=settings)._subject()
        assert (subject.assembled, subject.non_strict) == (("both.bst",), True)
        assert not found._subject().non_strict

    def test_of_what_a_build_would_ship(self, found: Assertions) -> None:
        assert found._subject().forecast is None
        assert replace(found, before=found.state)._subject().forecast is not None


class TestKeys:
    def test_a_digest(self) -> None:
        now = state()
        keys, made = now.keys["app.bst"], Assertions(state=now)
        made.assert_key_unchanged("app.bst", keys.strict.digest)
        made.assert_key_unchanged("app.bst", keys.weak.digest, strength="weak")
        told = failure(made.assert_key_unchanged, "app.bst", "0" * 64)
        assert told == (
            f"the key of 'app.bst' is another one\n  was {'0' * 64}\n  is  {keys.strict.digest}"
        )

    def test_the_state_before(self) -> None:
        made = Assertions(state=touched(), before=state())
        made.assert_key_unchanged("other.bst")
        made.assert_key_unchanged("app.bst", strength="weak")
        assert "environment" in failure(made.assert_key_unchanged, "lib.bst")

    def test_nobody_said_what_it_was(self) -> None:
        before = only(state(), ["app.bst"], failed)
        for made in (Assertions(state=state()), Assertions(state=state(), before=before)):
            with pytest.raises(ValueError, match="say what the key was"):
                made.assert_key_unchanged("app.bst")

    def test_one_that_is_not_exact(self, tmp_path: Path) -> None:
        odd = state_of(ODD, tmp_path)
        made = Assertions(state=odd, before=odd)
        assert "is not known exactly:\n" in failure(made.assert_key_unchanged, "a.bst")

    def test_one_that_is_none(self, tmp_path: Path) -> None:
        text = "=== a.bst\nkind: manual\nsources: [{kind: tar, url: 'https://example.org/a.tar'}]\n"
        loaded = state_of(text, tmp_path)
        made = Assertions(state=loaded, before=loaded)
        told = failure(made.assert_key_unchanged, "a.bst")
        assert "the strict key of 'a.bst' is not known exactly:\n" in told
        assert "ref" in told


def test_long_lists_are_cut(tmp_path: Path) -> None:
    names = " ".join(f"e{n:02}.bst" for n in range(30))
    drawn = "".join(f"=== {name}\nkind: stack\n" for name in names.split())
    loaded = state_of(drawn, tmp_path)
    gaps = {
        name: one.model_copy(update={"gaps": (f"odd {name}",)})
        for name, one in loaded.project.elements.items()
    }
    project = loaded.project.model_copy(update={"elements": gaps})
    made = Assertions(state=load_state(project), layers=Layers(loaded))
    told = failure(made.assert_no_findings, select=["gap"])
    assert told.startswith("30 findings:\n")
    assert told.endswith("\nand 10 more")


def test_a_traceback_ends_at_the_assertion(made: Assertions) -> None:
    with pytest.raises(AssertionError) as caught:
        made.assert_ships("base.bst", "/x")
    frames = [frame.name for frame in traceback.extract_tb(caught.value.__traceback__)]
    assert frames == ["test_a_traceback_ends_at_the_assertion", "called"]
