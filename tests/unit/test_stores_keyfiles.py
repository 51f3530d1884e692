"""Cache states from files: keys as JSON, names of artifacts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import pytest

from bstgraph import load_state
from bstgraph.artifacts import CacheState
from bstgraph.errors import CacheError
from bstgraph.plans import plan
from bstgraph.render import to_json
from bstgraph.state import State
from bstgraph.stores import keyfiles, read_keys
from bstgraph.stores.keyfiles import ASSUMED
from bstgraph.testing import project

KEY: Final = "0" * 64
OTHER: Final = "1" * 64

DRAWN: Final = """
=== folder/a.bst
kind: manual
=== b.bst
kind: manual
depends: [folder/a.bst]
"""


def drawn(directory: Path, text: str = DRAWN) -> State:
    return load_state(project(text, directory))


def written(directory: Path, data: str | bytes) -> Path:
    path = directory / "keys"
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


def document(*elements: object, **more: object) -> str:
    return json.dumps({"schema": "bstgraph/keys/1", "elements": list(elements), **more})


def entry(**changed: object) -> dict[str, Any]:
    told = {"name": "a.bst", "project": "p", "local-name": "a.bst", "kind": "manual"}
    return {**told, "strict": KEY, "weak": OTHER, "gaps": [], **changed}


class TestJson:
    def test_what_keys_print_is_what_a_strict_build_leaves(self, tmp_path: Path) -> None:
        state = drawn(tmp_path / "p")
        cache: CacheState = read_keys(written(tmp_path, to_json(state.keys)))
        for name in state.keys:
            keys = state.keys[name]
            for key in (keys.strict.digest, keys.weak.digest):
                assert key is not None
                found = cache.cached(*state.graph[name].identity, key)
                assert found is not None
                assert (found.strong, found.strict) == (keys.strict.digest, keys.strict.digest)
                assert cache.built_from(found) is None
        assert cache.provisional
        assert {step.action for step in plan(state, cache, strict=True).values()} == {"reuse"}
        assert plan(state, cache).exact

    def test_gaps_are_kept(self, tmp_path: Path) -> None:
        cache = read_keys(written(tmp_path, document(entry(gaps=["a plugin"]))))
        found = cache.cached("p", "a.bst", KEY)
        assert found is not None
        assert found.gaps == ("a plugin",)

    def test_elements_without_keys_are_passed_over(self, tmp_path: Path) -> None:
        cache = read_keys(written(tmp_path, document(entry(strict=None, weak=None))))
        assert repr(cache).endswith(": 0 artifacts>")

    def test_other_keys_of_an_element_are_ignored(self, tmp_path: Path) -> None:
        cache = read_keys(written(tmp_path, "\n " + document(entry(more=1), other=2)))
        assert cache.cached("p", "a.bst", OTHER) is not None

    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            ("{\n  x", "expecting property name enclosed in double quotes"),
            ('{"a": ' + "[" * 100_000, "it is nested too deeply, or has too large a number"),
            ('{"a": ' + "1" * 5000 + "}", "it is nested too deeply, or has too large a number"),
            ('{"schema": "bstgraph/show/1"}', "its schema is not bstgraph/keys/1"),
            ("{}", "its schema is not bstgraph/keys/1"),
            ('{"schema": "bstgraph/keys/1"}', "it has no list of elements"),
            (document(1), "element 1 is no mapping"),
            (document(entry(), entry(project="")), "element 2 ('a.bst'): it has no \"project\""),
            (document({"name": 1}), 'element 1: it has no "project"'),
            (document(entry(**{"local-name": 1})), 'it has no "local-name"'),
            (document(entry(strict="x")), 'its "strict" is no key of 64 digits, nor null'),
            (document(entry(weak=KEY.upper() + "A")), 'its "weak" is no key of 64 digits'),
            (document(entry(weak=1)), 'its "weak" is no key of 64 digits'),
            (document({k: v for k, v in entry().items() if k != "weak"}), 'its "weak" is no key'),
            (document(entry(gaps="x")), "its gaps are no list of texts"),
            (document(entry(gaps=[1])), "its gaps are no list of texts"),
        ],
    )  # fmt: skip
    def test_what_is_no_json_of_keys(self, tmp_path: Path, text: str, reason: str) -> None:
        path = written(tmp_path, text)
        with pytest.raises(CacheError) as caught:
            read_keys(path)
        assert caught.value.slug == "bad-keys"
        assert reason in caught.value.message
        assert caught.value.at is not None
        assert (caught.value.at.path, caught.value.at.line) == (
            str(path),
            2 if text[1] == "\n" else 1,
        )


class TestNames:
    def test_lines_are_names_of_artifacts(self, tmp_path: Path) -> None:
        text = f"# a cache\n\n p/folder-a/{KEY} \r\np/folder-a/{OTHER}\np/b-1.2/{KEY}\n"
        cache = read_keys(written(tmp_path, text))
        for element, key in (("folder/a.bst", KEY), ("folder/a.bst", OTHER), ("b-1.2.bst", KEY)):
            found = cache.cached("p", element, key)
            assert found is not None
            assert (found.strong, found.success, found.gaps) == ("", True, (ASSUMED,))
        assert cache.cached("other", "folder/a.bst", KEY) is None
        assert not cache.provisional

    def test_a_strict_key_is_the_strong_key(self, tmp_path: Path) -> None:
        state = drawn(tmp_path / "p")
        names = "".join(f"test/{n}/{state.keys[e].strict.digest}\n" for n, e in NAMES)
        made = plan(state, read_keys(written(tmp_path, names)))
        for name, step in made.items():
            assert (step.action, step.found, step.stale) == ("reuse", "strict", False)
            assert step.strong == state.keys[name].strict
            assert step.gaps == (ASSUMED,)

    def test_the_strong_key_behind_a_weak_one_is_not_told(self, tmp_path: Path) -> None:
        state = drawn(tmp_path / "p")
        names = "".join(f"test/{n}/{state.keys[e].weak.digest}\n" for n, e in NAMES)
        cache = read_keys(written(tmp_path, names))
        step = plan(state, cache)["b.bst"]
        assert (step.action, step.found, step.strong, step.stale) == ("reuse", "weak", None, False)
        assert step.gaps == ("the cache does not tell its strong key", ASSUMED)

    @pytest.mark.parametrize(
        ("text", "line"),
        [
            (f"p/a/{KEY}\np/a/{KEY[1:]}\n", 2),
            (f"p/a/b/{KEY}", 1),
            (f"a/{KEY}", 1),
            (f"\n\np/a/{KEY[1:]}A", 3),
            (f"p/a b/{KEY}", 1),
            (f"p/../{KEY}x", 1),
            ("[]", 1),
        ],
    )
    def test_what_is_no_name(self, tmp_path: Path, text: str, line: int) -> None:
        with pytest.raises(CacheError, match="is no project/element/key") as caught:
            read_keys(written(tmp_path, text))
        assert caught.value.at is not None
        assert caught.value.at.line == line

    def test_nothing_is_an_empty_cache(self, tmp_path: Path) -> None:
        assert read_keys(written(tmp_path, "")).cached("p", "a.bst", KEY) is None


NAMES: Final = (("folder-a", "folder/a.bst"), ("b", "b.bst"))


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    with pytest.raises(CacheError, match="byte 3 is not UTF-8") as caught:
        read_keys(written(tmp_path, b"#\n#\xff"))
    assert caught.value.at is not None
    assert caught.value.at.line == 2


@pytest.mark.parametrize("name", ["missing", ".", "a\0b"])
def test_files_that_cannot_be_read(tmp_path: Path, name: str) -> None:
    with pytest.raises(CacheError) as caught:
        read_keys(f"{tmp_path}/{name}")
    assert caught.value.slug == "unreadable-file"


def test_a_file_that_is_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keyfiles, "LARGEST_KEYS", 10)
    with pytest.raises(CacheError, match="it has more than 10 bytes"):
        read_keys(written(tmp_path, "#" * 20))
    assert read_keys(written(tmp_path, "#" * 10)).label == str(tmp_path / "keys")
