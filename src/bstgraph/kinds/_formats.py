"""What differs between the releases of BuildStream 2 in what a cache key is made of.

docs/buildstream-versions.md says how each was found.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

_MINORS: Final = {f"2.{minor}": minor for minor in range(9)}


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyFormat:
    """How one release makes keys.

    What a release does not have it refuses to load: of a project that two releases load, they
    make the same keys, but for `workspace_directory_times` and `merged_links`.
    """

    release: tuple[int, int]
    artifact_version: int
    """`core-artifact-version`."""
    disallowed_uris: bool
    """Whether `disallow-subproject-uris` adds a fatal warning to subprojects."""
    workspace_directory_times: bool
    """Whether a workspace is hashed with the times of its folders, not of its files alone."""
    source_versions: bool
    """Whether `version` and `version-guess-pattern` of core sources are taken, and hashed."""
    digest_environment: bool
    """Whether build elements take `digest-environment`."""
    remote_apis_socket: bool
    """Whether a sandbox takes `remote-apis-socket`."""
    merged_links: bool
    """Whether an element and a link to it in one list are one dependency, not two."""


def key_format(release: str = "2.8") -> KeyFormat:
    """Return how BuildStream `release` makes keys, with its last bugfixes: `2.0` to `2.8`.

    Raises:
        ValueError: `release` is another one.
    """
    minor = _MINORS.get(release)
    if minor is None:
        raise ValueError(f"'{release}' is no known release: write 2.0 to 2.8")
    return KeyFormat(
        release=(2, minor),
        artifact_version=11,
        disallowed_uris=minor >= 2,
        workspace_directory_times=minor >= 4,
        source_versions=minor >= 5,
        digest_environment=minor >= 6,
        remote_apis_socket=minor >= 6,
        merged_links=minor >= 7,
    )
