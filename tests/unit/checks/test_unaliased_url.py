"""BSG302 `unaliased-url`."""

from __future__ import annotations

from pathlib import Path

import pytest

from bstgraph.checks.unaliased_url import unaliased_url
from bstgraph.testing import project
from tests.unit.checks.looking import found, is_silenced

CONF = """
=== project.conf
aliases:
  example: https://example.org/
  deep: https://example.org/deep/
"""


def drawn(*urls: str, conf: str = CONF) -> str:
    """Return a project with a source at each URL, `a.bst` the first."""
    source = "kind: import\nsources:\n- {{kind: tar, url: '{}', ref: {}}}"
    files = (
        f"=== {name}.bst\n{source.format(url, '0' * 64)}"
        for name, url in zip("abcdef", urls, strict=False)
    )
    return "\n".join([conf, *files])


USED = ("example:1.tar", "example:2.tar", "example:3.tar")


@pytest.mark.parametrize(
    ("url", "message", "fix"),
    [
        (
            "https://example.org/a.tar",
            "a URL begins with 'https://example.org/' in full, and 'example' is an alias for it",
            "write example:a.tar",
        ),
        (
            "https://example.org/deep/a.tar",
            "a URL begins with 'https://example.org/deep/' in full, and 'deep' is an alias for it",
            "write deep:a.tar",
        ),
        (
            "https://other.org/a/b.tar",
            "a URL begins with 'https://other.org/' in full, and other sources use aliases",
            (
                "add an alias for 'https://other.org/' to project.conf, so that mirrors can be "
                "given "
                "for it"
            ),
        ),
    ],
)
def test_what_fits_best_is_told(url: str, message: str, fix: str, tmp_path: Path) -> None:
    (only,) = found(unaliased_url, project(drawn(url, *USED), tmp_path))
    assert (only.element, only.message, only.fix) == ("a.bst", message, fix)
    assert only.evidence == (f"a.bst: {url}",)
    assert only.at is not None


def test_what_is_alike_is_told_once(tmp_path: Path) -> None:
    urls = ("https://other.org/a.tar", "https://other.org/b.tar", *USED)
    (only,) = found(unaliased_url, project(drawn(*urls), tmp_path))
    assert only.elements == ("a.bst", "b.bst")
    assert only.message.startswith("URLs begin with")


def test_a_project_that_uses_aliases_less(tmp_path: Path) -> None:
    urls = ("https://other.org/a.tar", "https://other.org/b.tar", "example:c.tar")
    assert found(unaliased_url, project(drawn(*urls), tmp_path)) == ()


def test_without_aliases(tmp_path: Path) -> None:
    text = drawn("https://example.org/a.tar", conf="")
    assert found(unaliased_url, project(text, tmp_path)) == ()


def test_sources_without_urls(tmp_path: Path) -> None:
    text = f"{CONF}\n=== a.bst\nkind: import\nsources: [{{kind: local, path: elements}}]\n"
    assert found(unaliased_url, project(text, tmp_path)) == ()


def test_suppressed(tmp_path: Path) -> None:
    loaded = project(drawn("https://example.org/a.tar", *USED), tmp_path)
    assert is_silenced(unaliased_url, loaded, "a.bst")
