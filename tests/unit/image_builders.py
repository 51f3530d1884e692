"""Images made by hand: scripts, composes and filters over the elements of `builders`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from bstgraph.graph import Graph
from bstgraph.kinds import ComposeConfig, FilterConfig
from bstgraph.model import Dependency, Element
from tests.unit.builders import dependency, element


def staged(name: str, *locations: str, line: int = 1) -> Dependency:
    """Return a build dependency that is staged at `locations`; none means without any config."""
    config = tuple({"location": location} for location in locations)
    return dependency(name, "build", line=line).model_copy(update={"config": config})


def script(
    name: str,
    *entries: Dependency,
    tools: str = "",
    install_root: str = "/out",
    kind: str = "script",
) -> Element:
    """Return a script; `tools` are names with spaces between them, staged at `/`."""
    made = element(name, *(staged(tool) for tool in tools.split()), *entries, kind=kind)
    return made.model_copy(update={"variables": {"install-root": install_root}})


def compose(
    name: str,
    build: str,
    *,
    include: Iterable[str] = (),
    exclude: Iterable[str] = (),
    orphans: bool = True,
    paths: Mapping[str, Iterable[str]] | None = None,
) -> Element:
    """Return a compose of `build`; `paths` are the include and exclude of the runbook."""
    settings = ComposeConfig(
        include=tuple(include),
        exclude=tuple(exclude),
        include_orphans=orphans,
        include_paths=tuple((paths or {}).get("include", ())),
        exclude_paths=tuple((paths or {}).get("exclude", ())),
    )
    made = element(name, build=build, kind="compose")
    return made.model_copy(update={"settings": settings})


def filtered(
    name: str, build: str, *, runtime: str = "", include: Iterable[str] = (), orphans: bool = False
) -> Element:
    """Return a filter of the one element `build`."""
    settings = FilterConfig(include=tuple(include), include_orphans=orphans)
    made = element(name, build=build, runtime=runtime, kind="filter")
    return made.model_copy(update={"settings": settings})


def stack(name: str, *names: str) -> Element:
    """Return a stack."""
    return element(name, *names, kind="stack")


def dakota() -> Graph:
    """Return two images in the shape of Dakota: stack, compose, compose, script, and a parent."""
    return Graph.from_elements(
        [
            element("libc.bst"),
            element("glib.bst", runtime="libc.bst"),
            element("app.bst", build="libc.bst", runtime="glib.bst"),
            element("docs.bst"),
            filtered("app-data.bst", "app.bst", runtime="glib.bst", include=["data"]),
            element("build-oci.bst", runtime="glib.bst"),
            stack("platform.bst", "glib.bst"),
            stack("deps.bst", "app.bst", "docs.bst", "app-data.bst", "platform.bst"),
            compose("oci/base-layer.bst", "platform.bst", exclude=["debug", "devel"]),
            compose("oci/runtime.bst", "deps.bst", exclude=["devel"]),
            compose("oci/layer.bst", "oci/runtime.bst", exclude=["debug"]),
            script("oci/base.bst", staged("oci/base-layer.bst", "/layer"), tools="build-oci.bst"),
            script(
                "oci/image.bst",
                staged("oci/base.bst", "/parent", line=7),
                staged("oci/layer.bst", "/layer", line=9),
                tools="build-oci.bst libc.bst",
            ),
        ]
    )
