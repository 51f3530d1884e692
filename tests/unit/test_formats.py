"""What differs between the releases of BuildStream in what a key is made of."""

from __future__ import annotations

from dataclasses import asdict

import pytest

from bstgraph.kinds import KeyFormat, key_format

FIRST_RELEASE = {
    "disallowed_uris": "2.2",
    "workspace_directory_times": "2.4",
    "source_versions": "2.5",
    "digest_environment": "2.6",
    "remote_apis_socket": "2.6",
    "merged_links": "2.7",
}
RELEASES = ("2.0", "2.1", "2.2", "2.3", "2.4", "2.5", "2.6", "2.7", "2.8")


class TestKeyFormat:
    def test_newest(self) -> None:
        newest = KeyFormat(
            release=(2, 8),
            artifact_version=11,
            disallowed_uris=True,
            workspace_directory_times=True,
            source_versions=True,
            digest_environment=True,
            remote_apis_socket=True,
            merged_links=True,
        )
        assert key_format("2.8") == newest
        assert key_format() == newest

    @pytest.mark.parametrize("field", FIRST_RELEASE)
    def test_first_release(self, field: str) -> None:
        having = [name for name in RELEASES if asdict(key_format(name))[field]]
        assert having == list(RELEASES[RELEASES.index(FIRST_RELEASE[field]) :])

    def test_every_release(self) -> None:
        formats = [key_format(name) for name in RELEASES]
        assert [found.release for found in formats] == [(2, minor) for minor in range(9)]
        assert {found.artifact_version for found in formats} == {11}

    @pytest.mark.parametrize("name", ["", "1.6", "2", "2.9", "2.8.1", "2.10", "latest"])
    def test_unknown(self, name: str) -> None:
        with pytest.raises(ValueError, match=r"write 2\.0 to 2\.8"):
            key_format(name)
