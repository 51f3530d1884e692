"""The source kinds of BuildStream core and of its two public plugin packages.

What is told of each is what loading needs: which key holds a URL, which a path of the project.
"""

from __future__ import annotations

from typing import Final

from bstgraph.kinds._api import SourceKind

_DOWNLOAD: Final = frozenset(("url", "ref", "version", "version-guess-pattern"))


class Local(SourceKind):
    """Files of the project itself."""

    name = "local"
    path_keys = {"path": "any"}
    keys = frozenset(("path",))
    required = keys


class Remote(SourceKind):
    """One downloaded file."""

    name = "remote"
    url_key = "url"
    file_name_keys = frozenset(("filename",))
    keys = _DOWNLOAD | {"filename", "executable"}
    required = frozenset(("url",))


class Tar(SourceKind):
    """A downloaded archive, unpacked."""

    name = "tar"
    url_key = "url"
    keys = _DOWNLOAD | {"base-dir"}
    required = frozenset(("url",))


class Patch(SourceKind):
    """A patch of the project, applied to what was staged before."""

    name = "patch"
    path_keys = {"path": "file"}
    keys = frozenset(("path", "strip-level"))
    required = frozenset(("path",))


class PatchQueue(SourceKind):
    """A folder of patches of the project, applied in the order of their names."""

    name = "patch_queue"
    path_keys = {"path": "directory"}
    keys = frozenset(("path",))
    required = keys


def _with_url(name: str) -> type[SourceKind]:
    body = {"name": name, "url_key": "url", "__doc__": f"Kind {name}."}
    return type(name.title().replace("_", ""), (SourceKind,), body)


def _plain(name: str) -> type[SourceKind]:
    return type(
        name.title().replace("_", ""), (SourceKind,), {"name": name, "__doc__": f"Kind {name}."}
    )


CORE_SOURCES: Final = (Local, Remote, Tar)

PLUGIN_SOURCES: Final[tuple[type[SourceKind], ...]] = (
    Patch,
    PatchQueue,
    *map(
        _with_url,
        "bazel_file bzr cargo cargo2 deb docker git git_module git_repo git_tag go_module ostree "
        "pip pypi zip".split(),
    ),
    *map(
        _plain, "anitya bazel_source cpan gen_cargo_lock generated gnu ostree_mirror quilt".split()
    ),
)
