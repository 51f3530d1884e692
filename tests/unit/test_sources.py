"""Sources: config, paths, URLs and aliases."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bstgraph.errors import Slug
from bstgraph.model import Source
from bstgraph.testing import load_error, project, write
from tests.unit import drawing

CONF = """
=== project.conf
variables: {folder: files}
aliases: {al: "https://example.com/%{folder}/"}
sources:
  remote: {config: {executable: True, filename: "%{element-name}"}}
  tar: {ref: dropped, config: {base-dir: one}}
=== files/data
x
"""


def sources(body: str, tmp_path: Path) -> list[Source]:
    """Return the sources of a manual element with `body` as its list of sources."""
    text = f"{CONF}\n=== a.bst\nkind: manual\nsources: {body}\n"
    return list(drawing.element(text, tmp_path).sources)


class TestConfig:
    """A source is its own keys over those of `sources:` in project.conf, expanded."""

    @pytest.mark.parametrize(
        ("body", "expected"),
        [
            ("[{kind: local, path: files}]", {"path": "files"}),
            ("[{kind: local, path: '%{folder}/data'}]", {"path": "files/data"}),
            (
                "[{kind: remote, url: 'al:x', ref: abc}]",
                {"executable": "True", "filename": "a.bst", "url": "al:x", "ref": "abc"},
            ),
            (
                "[{kind: remote, url: 'al:%{lib}', filename: y}]",
                {"executable": "True", "filename": "y", "url": "al:lib"},
            ),
            # Only the part `config` of an override counts.
            ("[{kind: tar, url: 'al:x'}]", {"base-dir": "one", "url": "al:x"}),
        ],
    )
    def test_value(self, body: str, expected: dict[str, str], tmp_path: Path) -> None:
        assert sources(body, tmp_path)[0].config == expected

    def test_directory_is_not_expanded(self, tmp_path: Path) -> None:
        found = sources(
            "[{kind: local, path: files, directory: '%{folder}'}, {kind: local, path: files}]",
            tmp_path,
        )
        assert [source.directory for source in found] == ["%{folder}", ""]
        assert [source.config for source in found] == [{"path": "files"}] * 2

    def test_common_keys_in_project_conf_have_no_effect(self, tmp_path: Path) -> None:
        text = """
            === project.conf
            sources: {local: {config: {directory: d, kind: x, provenance: y, path: elements}}}
            === a.bst
            kind: manual
            sources: [{kind: local}]
            """
        (source,) = drawing.element(text, tmp_path).sources
        assert (source.kind, source.directory) == ("local", "")
        assert source.config == {"path": "elements"}

    def test_common_keys_in_project_conf_are_expanded(self, tmp_path: Path) -> None:
        text = """
            === project.conf
            sources: {local: {config: {directory: "%{no-such}"}}}
            === a.bst
            kind: manual
            sources: [{kind: local, path: elements}]
            """
        assert load_error(text, tmp_path).slug == "undefined-variable"

    def test_places(self, tmp_path: Path) -> None:
        found = sources("\n- kind: local\n  path: files\n- kind: tar\n  url: al:x\n", tmp_path)
        assert [str(source.provenance) for source in found] == [
            "elements/a.bst:3:3",
            "elements/a.bst:5:3",
        ]


WRONG: list[tuple[str, Slug]] = [
    ("x", "invalid-data"),
    ("", "invalid-data"),
    ("[x]", "invalid-data"),
    ("[[x]]", "invalid-data"),
    ("[{path: files}]", "missing-key"),
    ("[{kind: [local]}]", "invalid-data"),
    ("[{kind: workspace}]", "bad-source"),
    ("[{kind: no-such}]", "unknown-kind"),
    ("[{kind: git, url: 'al:x'}]", "unknown-kind"),
    ("[{kind: local}]", "missing-key"),
    ("[{kind: local, path: [x]}]", "invalid-data"),
    ("[{kind: local, path: no-such}]", "missing-file"),
    ("[{kind: local, path: ../files}]", "outside-project"),
    ("[{kind: local, path: /etc}]", "outside-project"),
    ("[{kind: local, path: link}]", "outside-project"),
    ("[{kind: local, path: link/}]", "outside-project"),
    ("[{kind: local, path: link/.}]", "outside-project"),
    ("[{kind: local, path: fifo}]", "not-a-file"),
    ("[{kind: local, path: files, colour: red}]", "unknown-key"),
    ("[{kind: local, path: files, ref: x}]", "unknown-key"),
    ("[{kind: local, path: '%{no-such}'}]", "undefined-variable"),
    ("[{kind: local, path: files, directory: [x]}]", "invalid-data"),
    ("[{kind: remote}]", "missing-key"),
    ("[{kind: remote, url: 'no-alias:x'}]", "unknown-alias"),
    ("[{kind: remote, url: [x]}]", "invalid-data"),
    ("[{kind: remote, url: 'al:x', filename: x/y}]", "bad-source"),
    ("[{kind: tar, url: 'al:x', base-dir: {(>): [x]}}]", "illegal-composite"),
    ("[{kind: tar, url: {(>): [x]}}]", "list-directive"),
    ("[{kind: local, path: files, provenance: {nobody: x}}]", "bad-source"),
    ("[{kind: local, path: files, provenance: x}]", "invalid-data"),
    ("[{kind: local, path: files, provenance: {homepage: [x]}}]", "invalid-data"),
]


class TestWrong:
    """What is wrong with a source is an error at the source."""

    @pytest.mark.parametrize(("body", "slug"), WRONG)
    def test_refused(self, body: str, slug: Slug, tmp_path: Path) -> None:
        write("=== project.conf\n", tmp_path)
        (tmp_path / "link").symlink_to("files")
        os.mkfifo(tmp_path / "fifo")
        body = body.replace("(>)", "'(>)'")
        text = f"{CONF}\n=== a.bst\nkind: manual\nsources: {body}\n"
        error = load_error(text, tmp_path)
        assert error.slug == slug
        assert error.at is not None
        assert error.at.path == "elements/a.bst"


class TestProvenanceAttributes:
    """`provenance` has the attributes that the project declares; its own replace the built-in."""

    @pytest.mark.parametrize(
        ("declared", "attribute", "fine"),
        [
            ("", "homepage", True),
            ("", "issue-tracker", True),
            ("", "author", False),
            ("source-provenance-attributes: {author: who}", "author", True),
            ("source-provenance-attributes: {author: who}", "homepage", False),
        ],
    )
    def test_declared(
        self,
        declared: str,
        attribute: str,
        fine: bool,  # noqa: FBT001 - a table
        tmp_path: Path,
    ) -> None:
        text = f"""
=== project.conf
{declared}
=== files/
=== a.bst
kind: manual
sources: [{{kind: local, path: files, provenance: {{{attribute}: x}}}}]
"""
        if fine:
            assert drawing.element(text, tmp_path).sources[0].config == {"path": "files"}
        else:
            assert load_error(text, tmp_path).slug == "bad-source"


URLS: list[tuple[str, bool]] = [
    ("al:x", True),
    ("https://example.com", False),
    ("HTTPS://example.com", False),
    ("file:///x", False),
    ("no-colon", False),
    (":x", False),
]


class TestUrls:
    """A URL without an alias is a warning, which a project may declare fatal."""

    @pytest.mark.parametrize(("url", "aliased"), URLS)
    def test_fatal(self, url: str, aliased: bool, tmp_path: Path) -> None:  # noqa: FBT001
        text = f"""
=== project.conf
fatal-warnings: [unaliased-url]
aliases: {{al: "https://example.com/"}}
=== a.bst
kind: manual
sources: [{{kind: remote, url: '{url}'}}]
"""
        if aliased:
            assert drawing.element(text, tmp_path).sources[0].config["url"] == url
        else:
            assert load_error(text, tmp_path).slug == "fatal-warning"

    @pytest.mark.parametrize(("url", "aliased"), URLS)
    def test_not_fatal(self, url: str, aliased: bool, tmp_path: Path) -> None:  # noqa: FBT001
        del aliased
        assert sources(f"[{{kind: remote, url: '{url}'}}]", tmp_path)[0].config["url"] == url


RESOLVED: list[tuple[str, str | None]] = [
    ("{kind: remote, url: 'al:x'}", "https://example.com/files/x"),
    ("{kind: remote, url: 'al:'}", "https://example.com/files/"),
    ("{kind: remote, url: 'https://example.org'}", "https://example.org"),
    ("{kind: remote, url: no-colon}", "no-colon"),
    ("{kind: local, path: files}", None),
]


@pytest.mark.parametrize(("body", "url"), RESOLVED)
def test_url(body: str, url: str | None, tmp_path: Path) -> None:
    assert sources(f"[{body}]", tmp_path)[0].url == url


BELOW: list[tuple[str, str, str]] = [
    ("", "aliases: {al: 'https://own/'}", "https://own/x"),
    ("{aliases: {al: up}}", "aliases: {al: 'https://own/'}", "https://top/x"),
    ("{map-aliases: identity}", "aliases: {up: 'https://own/', al: 'https://al/'}", "https://al/x"),
    # BuildStream looks above only for an alias that is defined below as well.
    ("{aliases: {al: up}}", "", "al:x"),
    ("{aliases: {al: up}}", "aliases: {al: ''}", "al:x"),
]


@pytest.mark.parametrize(("junction", "sub", "url"), BELOW)
def test_url_below(junction: str, sub: str, url: str, tmp_path: Path) -> None:
    config = f"config: {junction}" if junction else ""
    text = f"""{drawing.SUB}
{config}
=== project.conf
aliases: {{up: 'https://top/', al: 'https://al/'}}
=== sub/project.conf
{sub}
=== sub/b.bst
kind: manual
sources: [{{kind: remote, url: 'al:x'}}]
=== a.bst
kind: stack
depends:
- sub.bst:b.bst
"""
    loaded = project(text, tmp_path, targets=["a.bst"])
    assert drawing.named(loaded, "sub.bst:b.bst").sources[0].url == url


def test_url_that_an_include_may_define(tmp_path: Path) -> None:
    text = """
=== project.conf
(@): gone.bst:aliases.yml
=== gone.bst
kind: junction
sources: [{kind: tar, url: 'https://example.com/', ref: x}]
=== a.bst
kind: manual
sources: [{kind: remote, url: 'al:x'}, {kind: remote, url: 'https://x/'}]
"""
    found = drawing.element(text, tmp_path).sources
    assert [source.url for source in found] == [None, "https://x/"]


def below(junction: str, top: str, sub: str, tmp_path: Path) -> Slug | None:
    """Return the slug of the error of a source below with the alias `al`, None if none."""
    text = f"""{drawing.SUB}
{junction}
=== project.conf
{top}
=== sub/project.conf
{sub}
=== sub/b.bst
kind: manual
sources: [{{kind: remote, url: 'al:x'}}]
=== a.bst
kind: stack
depends:
- sub.bst:b.bst
"""
    try:
        project(text, tmp_path, targets=["a.bst"])
    except Exception as error:  # noqa: BLE001 - what else it may be fails the comparison
        return getattr(error, "slug", None)
    return None


OWN = "aliases: {al: 'https://example.com/'}"
OTHER = "aliases: {other: 'https://example.com/'}"
DISALLOW = "junctions: {disallow-subproject-uris: True}\n"


class TestAliasesOfSubprojects:
    """A junction may map aliases to those of its own project, which may want it so."""

    @pytest.mark.parametrize(
        ("junction", "top", "sub", "slug"),
        [
            ("", "", OWN, None),
            ("", OWN, "", "unknown-alias"),
            ("config: {aliases: {al: other}}", OTHER, "", None),
            ("config: {aliases: {al: other}}", OTHER, OWN, None),
            ("config: {aliases: {al: other}}", OWN, OWN, "unknown-alias"),
            ("config: {map-aliases: identity}", OWN, "", None),
            ("config: {map-aliases: identity}", OTHER, OWN, "unknown-alias"),
            ("config: {map-aliases: none}", OWN, OWN, None),
            ("config: {map-aliases: sometimes}", OWN, OWN, "invalid-data"),
            ("config: {aliases: [al]}", OWN, OWN, "invalid-data"),
            ("", DISALLOW + OWN, OWN, "unknown-alias"),
            ("config: {map-aliases: identity}", DISALLOW + OWN, OWN, None),
        ],
    )
    def test_mapping(
        self, *, junction: str, top: str, sub: str, slug: Slug | None, tmp_path: Path
    ) -> None:
        assert below(junction, top, sub, tmp_path) == slug

    def test_disallowing_makes_a_warning_fatal_below(self, tmp_path: Path) -> None:
        text = f"""{drawing.SUB}
=== project.conf
junctions: {{disallow-subproject-uris: True}}
=== sub/project.conf
=== sub/b.bst
kind: manual
=== a.bst
kind: stack
depends:
- sub.bst:b.bst
"""
        loaded = project(text, tmp_path, targets=["a.bst"])
        assert loaded.conf.fatal_warnings == ()
        assert loaded.projects["sub.bst"].fatal_warnings == ("unaliased-url",)


class TestFirstUse:
    """The first use of a source kind decides which pass its defaults come from, for good."""

    TEXT = """
=== project.conf
(@): sub.bst:late.yml
=== sub/project.conf
=== sub/late.yml
sources: {local: {config: {path: files}}}
=== sub/b.bst
kind: manual
=== files/
=== two.bst
kind: junction
sources: [{kind: local, path: sub}]
"""

    def test_by_a_junction(self, tmp_path: Path) -> None:
        text = f"{drawing.SUB}{self.TEXT}=== a.bst\nkind: manual\nsources: [{{kind: local}}]\n"
        # The junction `sub.bst` has a local source: it is read before `late.yml` is.
        error = load_error(text, tmp_path, targets=["a.bst"])
        assert error.slug == "missing-key"
