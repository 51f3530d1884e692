"""Split rules against BuildStream's own: the same rules, filters and paths, none different."""

from __future__ import annotations

import json
import random
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import pytest

from bstgraph.splits import Filter, Splits
from tests.oracle.oracle import required_interpreter

pytestmark = pytest.mark.oracle

_SCRIPT: Final = Path(__file__).with_name("bst_splits.py")

_LETTERS: Final = "ab/"
_HOSTILE: Final = "[]!^-\\\n.é\N{GRINNING FACE}$|(){}+&~ #"
_PARTS: Final = (
    *("*", "**", "***", "?", "/", "/**/", "/**", "**/", "a", "b", "ab", ".", "usr", "//"),
    *("[ab]", "[!a]", "[/]", "[!/]", "[^a]", "[]a]", "[!]a]", "[a-c]", "[.-0]", "[a-]", "[-a]"),
    *("[", "]", "[!", "[]", "[!]", "[b-a]", "[a/]", "[\\]", "[!\\-a]", "[[]", "[a&&b]", "[--a]"),
)


def buildstream(jobs: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return BuildStream's answers to `jobs`."""
    run = subprocess.run(
        [required_interpreter(), _SCRIPT],
        input="".join(f"{json.dumps(job)}\n" for job in jobs),
        stdout=subprocess.PIPE,
        encoding="utf-8",
        check=True,
    )
    return [json.loads(line) for line in run.stdout.splitlines()]


def bstgraph(job: Mapping[str, Any]) -> dict[str, Any]:
    """Return what bstgraph says, in the same form."""
    splits = Splits.of(job["rules"])
    filters = [
        Filter(
            include=tuple(chosen["include"]) or None,
            exclude=tuple(chosen["exclude"]),
            orphans=chosen["orphans"],
        )
        for chosen in job["filters"]
    ]
    if splits.gaps and not all(chosen.passes_all for chosen in filters):
        return {"error": True}
    admitted = []
    for chosen in filters:
        admitter = splits.filter(chosen)
        fast = "".join("01"[admitter.admits(path)] for path in job["paths"])
        assert fast == "".join("01"[admitter.decide(path).admitted] for path in job["paths"])
        admitted.append(fast)
    return {"admitted": admitted}


def rule(dice: random.Random) -> str:
    """Return a rule, nearly always one that can match something."""
    text = "" if dice.random() < 0.02 else "/"
    for _ in range(dice.randint(0, 7)):
        roll = dice.random()
        if roll < 0.7:
            text += dice.choice(_PARTS)
        elif roll < 0.95:
            text += dice.choice(_LETTERS)
        else:
            text += dice.choice(_HOSTILE)
    return text


def path(dice: random.Random, rules: Sequence[str]) -> str:
    """Return a path that one of `rules` may match, or nearly."""
    wild = {"*": ("", "a", "ab", "/", "b/a"), "?": ("a", "b", "/"), "[": ("a", "[", "/", "")}
    text = ""
    for character in dice.choice(rules).replace("**", "*"):
        text += dice.choice(wild.get(character, (character,)))
    if dice.random() < 0.3:
        at = dice.randint(0, len(text))
        text = text[:at] + dice.choice(_LETTERS + _HOSTILE) + text[at + dice.randint(0, 1) :]
    return text.removeprefix("/") if dice.random() < 0.9 else text


def compare(jobs: Sequence[Mapping[str, Any]]) -> tuple[int, int]:
    """Compare the answers to `jobs`; return how many paths passed, and how many jobs failed."""
    passed = failed = 0
    for job, theirs in zip(jobs, buildstream(jobs), strict=True):
        ours = bstgraph(job)
        if "error" in theirs:
            failed += 1
            assert "error" in ours, job
        else:
            assert ours == theirs, job
            passed += "".join(theirs["admitted"]).count("1")
    return passed, failed


def test_single_rules() -> None:
    dice = random.Random(20)  # noqa: S311 - nothing is secret
    jobs = []
    for _ in range(4_500):
        one = rule(dice)
        jobs.append(
            {
                "rules": {"x": [one]},
                "paths": [path(dice, (one,)) for _ in range(25)],
                "filters": [{"include": ["x"], "exclude": [], "orphans": False}],
            }
        )
    passed, failed = compare(jobs)
    assert passed > 10_000
    assert 0 < failed < 450


def test_decisions() -> None:
    dice = random.Random(21)  # noqa: S311 - nothing is secret
    names = ("runtime", "devel", "debug", "other", "")
    jobs = []
    for _ in range(700):
        rules = {
            domain: [rule(dice) for _ in range(dice.randint(0, 4))]
            for domain in dice.sample(names, dice.randint(1, 4))
        }
        every = ["/", *(one for listed in rules.values() for one in listed)]
        filters = [
            {
                "include": dice.sample(names, dice.choice((0, 0, 1, 2))),
                "exclude": dice.sample(names, dice.choice((0, 0, 1, 2))),
                "orphans": dice.random() < 0.5,
            }
            for _ in range(6)
        ]
        jobs.append(
            {"rules": rules, "paths": [path(dice, every) for _ in range(10)], "filters": filters}
        )
    passed, failed = compare(jobs)
    assert passed > 5_000
    assert 0 < failed < 350
