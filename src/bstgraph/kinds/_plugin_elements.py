"""The element kinds of the public plugin packages that build, check or collect."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, Literal

from bstgraph.files import File, Node
from bstgraph.kinds._api import (
    Bool,
    ElementKind,
    ElementView,
    Int,
    KeyData,
    element_settings,
)
from bstgraph.kinds._core_elements import Build
from bstgraph.model import Element, KindConfig

_BUILD_KINDS: Final = (
    # buildstream-plugins
    "autotools cmake make meson pip setuptools "
    # buildstream-plugins-community
    "bazel_build cargo dpkg_build makemaker modulebuild pyproject qmake"
).split()


def _build_kind(name: str) -> type[ElementKind]:
    return type(name.title().replace("_", ""), (Build,), {"name": name, "__doc__": f"Kind {name}."})


def _newest(
    release: tuple[int, ...], changes: Iterable[tuple[tuple[int, ...], int]], first: int
) -> int:
    """Return the value of the last change up to `release`; changes are newest first."""
    return next((value for since, value in changes if not release or release >= since), first)


class BazelizeConfig(KindConfig):
    """The configuration of a bazelize."""

    model_config = {"extra": "forbid"}
    include: tuple[str, ...]
    exclude: tuple[str, ...]
    include_orphans: Bool


class Bazelize(ElementKind):
    """A description of the dependencies' files for Bazel."""

    name = "bazelize"
    config_model = BazelizeConfig
    forbids_runtime_dependencies = True
    forbids_sources = True
    strict_rebuild = True
    with_commands = False

    @classmethod
    def artifact_version(cls, view: ElementView) -> int:
        """Return 4; before 2.4.0 it was 3, and before 2.0.0 2."""
        return _newest(view.release, (((2, 4, 0), 4), ((2, 0, 0), 3)), 2)

    @classmethod
    def unique_key(cls, view: ElementView) -> KeyData:
        """Return which domains are taken."""
        config = element_settings(view, BazelizeConfig)
        return {
            "include": sorted(config.include),
            "exclude": sorted(config.exclude),
            "include-orphans": config.include_orphans,
        }


class CheckForbiddenConfig(KindConfig):
    """The configuration of a check_forbidden."""

    model_config = {"extra": "forbid"}
    forbidden: tuple[str, ...]


class CheckForbidden(ElementKind):
    """A check that some elements are not among the dependencies."""

    name = "check_forbidden"
    config_model = CheckForbiddenConfig
    stages = False

    @classmethod
    def files(
        cls, view: ElementView, scope: Sequence[Element]
    ) -> Sequence[tuple[str, Node]] | None:
        """Return nothing: it only looks."""
        del view, scope
        return ()

    @classmethod
    def unique_key(cls, view: ElementView) -> KeyData:
        """Return the forbidden elements, each once."""
        return {"forbidden": sorted(set(element_settings(view, CheckForbiddenConfig).forbidden))}


class CollectIntegrationConfig(KindConfig):
    """The configuration of a collect_integration."""

    model_config = {"extra": "forbid"}
    script_path: str
    ignore: tuple[str, ...] = ()


class CollectIntegration(ElementKind):
    """The integration commands of the dependencies as a script."""

    name = "collect_integration"
    config_model = CollectIntegrationConfig
    forbids_runtime_dependencies = True
    forbids_sources = True
    stages = False

    @classmethod
    def files(
        cls, view: ElementView, scope: Sequence[Element]
    ) -> Sequence[tuple[str, Node]] | None:
        """Return the script."""
        del scope
        path = element_settings(view, CollectIntegrationConfig).script_path
        return [(path.strip("/"), File(executable=True))]

    @classmethod
    def unique_key(cls, view: ElementView) -> KeyData:
        """Return where the script is, and which elements are left out, each once."""
        config = element_settings(view, CollectIntegrationConfig)
        return {"script-path": config.script_path, "ignore": sorted(set(config.ignore))}


class CollectInitialScriptsConfig(KindConfig):
    """The configuration of a collect_initial_scripts."""

    model_config = {"extra": "forbid"}
    path: str


class CollectInitialScripts(ElementKind):
    """The initial scripts of the dependencies, for when an image is packed."""

    name = "collect_initial_scripts"
    config_model = CollectInitialScriptsConfig
    forbids_runtime_dependencies = True
    forbids_sources = True
    stages = False

    @classmethod
    def files(
        cls, view: ElementView, scope: Sequence[Element]
    ) -> Sequence[tuple[str, Node]] | None:
        """Return the scripts, numbered in staging order and named after their elements."""
        folder = element_settings(view, CollectInitialScriptsConfig).path.strip("/")
        found: list[tuple[str, Node]] = []
        for element in scope:
            public = element.public.get("initial-script")
            script = public.get("script") if isinstance(public, Mapping) else None
            if isinstance(script, str):
                name = f"{len(found) + 1:03}-{re.sub('[^A-Za-z0-9]', '_', element.local_name)}"
                # A variable in it is one of this element's, expanded when it is written.
                known = "%{" not in script
                content = script.encode()
                digest = hashlib.sha256(content).hexdigest() if known else ""
                file = File(digest, len(content) if known else -1, executable=True)
                found.append((f"{folder}/{name}".lstrip("/"), file))
        return found

    @classmethod
    def unique_key(cls, view: ElementView) -> KeyData:
        """Return where the scripts are."""
        return {"path": element_settings(view, CollectInitialScriptsConfig).path}


class SpdxConfig(KindConfig):
    """What a collect_manifest says about its SPDX document."""

    model_config = {"extra": "forbid"}
    creators: tuple[str, ...] | None = None
    created: Int | None = None
    data_license: str | None = None
    doc_namespace: str | None = None
    name: str | None = None


class CollectManifestConfig(KindConfig):
    """The configuration of a collect_manifest; keys that it does not know are ignored."""

    model_config = {"extra": "allow"}
    path: str | None = None
    output_type: Literal["manifest", "spdx"] = "manifest"
    spdx_info: SpdxConfig = SpdxConfig()
    use_source_provenance: Bool = True


class CollectManifest(ElementKind):
    """A manifest of the dependencies' sources."""

    name = "collect_manifest"
    config_model = CollectManifestConfig
    forbids_runtime_dependencies = True
    forbids_sources = True
    strict_rebuild = True
    version = 2
    stages = False

    @classmethod
    def files(
        cls, view: ElementView, scope: Sequence[Element]
    ) -> Sequence[tuple[str, Node]] | None:
        """Return the manifest, where it has a path."""
        del scope
        path = view.element.config.get("path")
        return [(path.strip("/"), File())] if isinstance(path, str) and path.strip("/") else ()

    with_commands = False

    @classmethod
    def at_release(cls, release: tuple[int, ...]) -> type[ElementKind]:
        """Return other rules before 2.1.0."""
        return EarlyCollectManifest if release and release < (2, 1, 0) else cls

    @classmethod
    def unique_key(cls, view: ElementView) -> KeyData:
        """Return where the manifest is, and what is in it."""
        config = element_settings(view, CollectManifestConfig)
        key: dict[str, KeyData] = {"path": config.path}
        if config.output_type == "spdx":
            info = config.spdx_info
            key["output_type"] = "spdx"
            key["spdx_info"] = (
                info.creators,
                info.data_license,
                info.created,
                info.doc_namespace,
                info.name,
            )
        if config.use_source_provenance:
            key["source_provenance"] = True
        return key


class EarlyCollectManifestConfig(KindConfig):
    """The configuration of an early collect_manifest; keys that it does not know are ignored."""

    model_config = {"extra": "allow"}
    path: str | None = None


class EarlyCollectManifest(ElementKind):
    """A manifest as it was before 2.1.0, when the plugin said nothing about its dependencies."""

    name = "collect_manifest"
    config_model = EarlyCollectManifestConfig

    @classmethod
    def artifact_version(cls, view: ElementView) -> int:
        """Return what it was: up, down and up again."""
        changes = (((2, 0, 4), 2), ((1, 99, 4), 1), ((1, 99, 1), 2), ((1, 98, 0), 1))
        return _newest(view.release, changes, 0)

    @classmethod
    def unique_key(cls, view: ElementView) -> KeyData:
        """Return where the manifest is."""
        return {"path": element_settings(view, EarlyCollectManifestConfig).path}


PLUGIN_KINDS: Final[tuple[type[ElementKind], ...]] = (
    *map(_build_kind, _BUILD_KINDS),
    Bazelize,
    CheckForbidden,
    CollectIntegration,
    CollectInitialScripts,
    CollectManifest,
)
