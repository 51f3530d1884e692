"""Which release of its package a plugin file is of."""

from __future__ import annotations

import json
import re
from importlib.resources import files
from pathlib import Path

import pytest

from bstgraph.kinds import fingerprint, release_of
from tests.oracle.record_releases import Releases, fingerprint_of, merged, plugin_kinds


def nothing(module: str) -> bytes | None:
    del module
    return None


class TestFingerprint:
    """The hash of a file, and of the modules beside it that it imports."""

    def test_one_file(self) -> None:
        expected = "73cb3858a687a8494ca3323053016282f3dad39d42cf62ca4e79dda2aac7d9ac"
        assert fingerprint(b"x\n", nothing) == expected

    def test_a_module_beside_it(self) -> None:
        text = b"import os\nfrom ._utils import (\n a,\n)\n"
        expected = "99560e77587887f8a7c3a72741f4fae83e3c1ff588fabde04ef0d2673fb51fcc"
        assert fingerprint(text, {"_utils": b"a = 1\n"}.get) == expected

    def test_every_module_counts(self) -> None:
        text = b"  from ._one import a\n"
        beside = {"_one": b"from ._two import b\n", "_two": b"from ._one import c\n"}
        found = fingerprint(text, beside.get)
        assert found is not None
        for name, content in beside.items():
            other = {**beside, name: content + b"#"}
            assert fingerprint(text, other.get) not in (None, found)
            assert fingerprint(text, {k: v for k, v in beside.items() if k != name}.get) is None

    def test_not_too_many(self) -> None:
        lines = [f"from .m{number} import x\n".encode() for number in range(9)]
        assert fingerprint(b"".join(lines[:8]), lambda _: b"") is not None
        assert fingerprint(b"".join(lines), lambda _: b"") is None


class TestReleaseOf:
    @pytest.mark.parametrize(
        ("plugin_type", "kind", "digest", "release"),
        [
            (
                "elements",
                "autotools",
                "9b908b9ebff5d0c003e34c55c9992e6d22dffaca5da1444bdf9882a5dd918665",
                (2, 0, 0),
            ),
            (
                "elements",
                "bazelize",
                "17401e404d0f7632f3e9f98b01d71f14ac7414f1e0b6bce4a193b6442c957ad9",
                (2, 4, 0),
            ),
            (
                "elements",
                "bazelize",
                "9b908b9ebff5d0c003e34c55c9992e6d22dffaca5da1444bdf9882a5dd918665",
                (),
            ),
            (
                "sources",
                "autotools",
                "9b908b9ebff5d0c003e34c55c9992e6d22dffaca5da1444bdf9882a5dd918665",
                (),
            ),
            ("elements", "autotools", None, ()),
        ],
    )
    def test_known(
        self, plugin_type: str, kind: str, digest: str | None, release: tuple[int, ...]
    ) -> None:
        assert release_of(plugin_type, kind, digest) == release

    def test_data(self) -> None:
        data: Releases = json.loads(
            files("bstgraph.kinds").joinpath("releases.json").read_text("utf-8")
        )
        assert list(data) == ["elements", "sources"]
        for kinds in data.values():
            for kind, releases in kinds.items():
                digests = [digest for found in releases.values() for digest in found]
                assert len(digests) == len(set(digests)), kind
                assert all(re.fullmatch("[0-9a-f]{64}", digest) for digest in digests)
                assert all(
                    re.fullmatch(r"[12]|2\.\d\.\d|1\.\d+\.\d+", release) for release in releases
                )

    def test_kinds(self) -> None:
        data = json.loads(files("bstgraph.kinds").joinpath("releases.json").read_text("utf-8"))
        assert (len(data["elements"]), len(data["sources"])) == (28, 25)
        assert list(data["sources"]["generated"]) == ["1"]


class TestRecord:
    """The program that records a release."""

    def test_the_first_release_counts(self) -> None:
        known: Releases = {"elements": {"b": {"2.0.0": ["x"], "2.10.0": ["y", "z"]}}}
        once = merged(known, "2.9.0", "elements", {"b": "y", "a": "w"})
        assert once == {
            "elements": {
                "a": {"2.9.0": ["w"]},
                "b": {"2.0.0": ["x"], "2.9.0": ["y"], "2.10.0": ["z"]},
            }
        }
        assert merged(once, "2.10.0", "elements", {"b": "x", "a": "w"}) == once
        assert list(merged(once, "2.10.0", "elements", {"c": "v"})["elements"]) == ["a", "b", "c"]
        assert known == {"elements": {"b": {"2.0.0": ["x"], "2.10.0": ["y", "z"]}}}

    def test_a_folder(self, tmp_path: Path) -> None:
        (tmp_path / "one.py").write_bytes(b"def setup(): pass\n")
        (tmp_path / "_utils.py").write_bytes(b"x = 1\n")
        assert plugin_kinds(tmp_path) == ["one"]
        expected = "412cabe1925e1820c054c4c6d91c328583d76127e2e37ae1e7cf9014b5f42190"
        assert fingerprint_of(tmp_path, "one") == expected

    @pytest.mark.parametrize("text", ["from . import x\n", "if 1: from .x import y\n"])
    def test_an_import_nobody_sees(self, text: str, tmp_path: Path) -> None:
        (tmp_path / "one.py").write_text(text, "utf-8")
        with pytest.raises(ValueError, match=r"one\.py: line 1"):
            fingerprint_of(tmp_path, "one")
