"""`open_layers`: caches and manifests, and which elements those are about."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bstgraph import load_state
from bstgraph.errors import CacheError, SelectionError
from bstgraph.load import open_layers
from bstgraph.state import State
from bstgraph.testing import project
from tests.unit.caches import DrawnCache, drawn
from tests.unit.drawing import SUB

TEXT = f"""{SUB}
=== sub/project.conf
=== sub/a.bst
kind: manual
=== sub/deep/b.bst
kind: manual
=== a.bst
kind: manual
depends: ['sub.bst:a.bst', 'sub.bst:deep/b.bst']
=== deep/c.bst
kind: manual
"""


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> State:
    """Return a state; BuildStream's own cache is not there."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home"))
    return load_state(project(TEXT, tmp_path / "p"))


def manifest(directory: Path, *names: str) -> Path:
    """Write a manifest in which each element has a file of its own name."""
    path = directory / "manifest"
    lines = (json.dumps({"element": name, "path": name.replace("/", "-")}) for name in names)
    path.write_text("\n".join(lines))
    return path


def stored(directory: Path, *names: str) -> Path:
    cache = DrawnCache(directory)
    for name in names:
        cache.artifact(name, drawn(directory.name))
    return directory


class TestCaches:
    def test_none_is_the_user_s_own(self, state: State, tmp_path: Path) -> None:
        assert open_layers(state).stores == ()
        folder = stored(tmp_path / "home/buildstream", "a.bst")
        layers = open_layers(state)
        assert [store.label for store in layers.stores] == [f"cache {folder}"]
        assert open_layers(state, caches=()).stores == ()

    def test_in_their_order(self, state: State, tmp_path: Path) -> None:
        one = stored(tmp_path / "one", "deep/c.bst")
        two = stored(tmp_path / "two", "deep/c.bst")
        for caches, expected in (((one, two), "one"), ((two, one), "two"), ((two,), "two")):
            found = open_layers(state, caches=caches).contents("deep/c.bst")
            assert (list(found), found.origin) == (["test", expected][1:], "latest")

    def test_one_that_is_none(self, state: State, tmp_path: Path) -> None:
        with pytest.raises(CacheError) as caught:
            open_layers(state, caches=[tmp_path])
        assert caught.value.slug == "no-cache"


class TestManifests:
    @pytest.mark.parametrize(
        ("text", "element"),
        [
            ("sub.bst:a.bst", "sub.bst:a.bst"),
            ("a.bst", "a.bst"),
            ("deep/c.bst", "deep/c.bst"),
            ("deep/b.bst", "sub.bst:deep/b.bst"),
            ("test/deep-c", "deep/c.bst"),
            ("test/a", "a.bst"),
            ("sub/a", "sub.bst:a.bst"),
            ("sub/deep-b/" + "1" * 64, "sub.bst:deep/b.bst"),
        ],
    )
    def test_names(self, state: State, tmp_path: Path, text: str, element: str) -> None:
        layers = open_layers(state, manifests=[manifest(tmp_path, text, "else.bst")])
        found = layers.contents(element)
        assert (found.origin, list(found)) == ("manifest", [text.replace("/", "-")])
        others = [name for name in layers.graph.elements if name != element]
        assert "manifest" not in {layers.contents(name).origin for name in others}

    def test_no_name_of_any(self, state: State, tmp_path: Path) -> None:
        with pytest.raises(
            SelectionError, match=r"none of the 2 elements in .* is an element here"
        ):
            open_layers(state, manifests=[manifest(tmp_path, "x.bst", "deep")])

    def test_an_empty_one(self, state: State, tmp_path: Path) -> None:
        assert open_layers(state, manifests=[manifest(tmp_path)]).contents("a.bst").origin == "none"

    def test_a_name_of_several(self, tmp_path: Path) -> None:
        text = "=== d/a.bst\nkind: manual\n=== d-a.bst\nkind: manual\n"
        loaded = load_state(project(text, tmp_path / "p"))
        with pytest.raises(SelectionError, match=r"'test/d-a' in .* could be each of") as caught:
            open_layers(loaded, manifests=[manifest(tmp_path, "test/d-a")])
        assert caught.value.slug == "unknown-element"

    def test_the_last_one_counts(self, state: State, tmp_path: Path) -> None:
        one = manifest(tmp_path, "a.bst").rename(tmp_path / "one")
        (tmp_path / "two").write_text('{"element": "a.bst", "path": "other"}')
        layers = open_layers(state, manifests=[one, tmp_path / "two"])
        assert list(layers.contents("a.bst")) == ["other"]

    def test_a_manifest_goes_before_an_image(self, state: State, tmp_path: Path) -> None:
        image = {"a.bst": drawn("mine")}
        found = open_layers(state, caches=[], images=image).contents("a.bst")
        assert (list(found), found.origin, found.exact) == (["mine"], "image", True)
        layers = open_layers(state, manifests=[manifest(tmp_path, "a.bst")], images=image)
        assert layers.contents("a.bst").origin == "manifest"

    def test_a_file_that_is_none(self, state: State, tmp_path: Path) -> None:
        with pytest.raises(CacheError) as caught:
            open_layers(state, manifests=[tmp_path / "gone"])
        assert caught.value.slug == "unreadable-file"


def test_predict(tmp_path: Path) -> None:
    text = "=== s.bst\nkind: stack\n=== c.bst\nkind: compose\nbuild-depends: [s.bst]\n"
    loaded = load_state(project(text, tmp_path / "p"))
    layers = open_layers(loaded, caches=[stored(tmp_path / "one", "c.bst")], predict=True)
    assert layers.contents("c.bst").origin == "computed"
