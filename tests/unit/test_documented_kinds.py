"""The kinds that docs/kinds.md describes as an example, installed as it says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from bstgraph import kinds
from bstgraph.kinds import ElementView, SourceView
from bstgraph.testing import load_error, write
from tests.unit import drawing
from tests.unit.kind_views import ONE, Files

DOCUMENT = Path(__file__).parents[2] / "docs" / "kinds.md"

PROJECT = """
=== project.conf
plugins: [{origin: local, path: plugins, elements: [seal], sources: [shelf]}]
=== plugins/seal.py
=== plugins/shelf.py
=== p/a.patch
one
=== a.bst
kind: seal
config: {key-name: '%{lib}'}
sources: [{kind: shelf, url: 'https://example.com', ref: r, cover: p/a.patch}]
"""


def block(language: str) -> str:
    found = re.findall(rf"```{language}\n(.*?)```", DOCUMENT.read_text("utf-8"), re.DOTALL)
    assert len(found) == 1
    return str(found[0])


@pytest.fixture(autouse=True)
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    entries = re.sub(r'project.entry-points."(.*?)"', r"\1", block("toml")).replace('"', "")
    write(
        f"""
=== house.py
{block("python")}
=== house-1.0.dist-info/METADATA
Metadata-Version: 2.1
Name: house
Version: 1.0
=== house-1.0.dist-info/entry_points.txt
{entries}
""",
        tmp_path / "site",
        complete=False,
    )
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    kinds.registry.cache_clear()
    yield
    kinds.registry.cache_clear()


def test_element(tmp_path: Path) -> None:
    element = drawing.element(PROJECT, tmp_path)
    kind = kinds.registry().element("seal")
    assert kind is not None
    view = ElementView(element=element, settings=element.settings, find=lambda _: None)
    assert kind.unique_key(view) == {"key": "lib", "dry-run": False}
    assert kind.artifact_version(view) == 2
    assert kind.strict_rebuild


def test_source(tmp_path: Path) -> None:
    source = drawing.element(PROJECT, tmp_path).sources[0]
    kind = kinds.registry().source("shelf")
    assert kind is not None
    view = SourceView(source=source, settings=source.settings, files=Files())
    assert kind.unique_key(view) == ["https://example.com", "r", ONE]


def test_refused(tmp_path: Path) -> None:
    error = load_error(PROJECT.replace("key-name:", "name:"), tmp_path)
    assert error.slug == "unknown-key"
    error = load_error(PROJECT.replace("cover: p/a.patch", "cover: p"), tmp_path)
    assert error.slug == "not-a-file"
