"""What a release of BuildStream before 2.8 does otherwise; docs/buildstream-versions.md has it all.

A project that two releases load has the same keys in both, with two exceptions. Open workspaces are
hashed as the release does it; else a key for an earlier release is that of 2.8, with a gap for each
thing that the release refuses or does otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator

from bstgraph.kinds import KeyFormat
from bstgraph.model import Element, ProjectConf

_CORE_DOWNLOADS = frozenset(("remote", "tar"))
_VERSION_KEYS = ("version", "version-guess-pattern")


def earlier_gaps(element: Element, conf: ProjectConf | None, form: KeyFormat) -> Iterator[str]:
    """Yield why the keys of an element may not be those that an earlier release makes."""
    release = ".".join(map(str, form.release))

    def refused(what: str) -> str:
        return f"{element.name}: BuildStream {release} refuses {what}"

    if conf is not None and conf.disallow_subproject_uris and not form.disallowed_uris:
        yield refused("'disallow-subproject-uris' in project.conf")
    if element.sandbox.remote_apis_socket is not None and not form.remote_apis_socket:
        yield refused("'remote-apis-socket' in a sandbox")
    if not form.source_versions:
        yield from map(refused, _versions(element))
    for entry in element.dependencies:
        if not form.digest_environment and any("digest-environment" in c for c in entry.config):
            yield refused("'digest-environment' of a dependency")
        if not form.merged_links and entry.other_paths:
            yield (
                f"{element.name}: BuildStream {release} takes '{entry.path}' and "
                f"'{entry.other_paths[0]}' for two dependencies"
            )


def _versions(element: Element) -> Iterator[str]:
    for source in element.staged_sources:
        for key in _VERSION_KEYS:
            if source.kind in _CORE_DOWNLOADS and key in source.config:
                yield f"'{key}' of a {source.kind} source"
