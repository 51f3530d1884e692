"""Plugin origins: which element and source kinds a project has, and the defaults of each.

The files of a plugin are read as data. The plugin's Python is never imported.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from importlib.metadata import Distribution, EntryPoint
from importlib.resources import files
from typing import Final, Literal, cast

from packaging.requirements import InvalidRequirement, Requirement

from bstgraph import kinds
from bstgraph.errors import did_you_mean
from bstgraph.model import Plugin, PluginOrigin
from bstgraph.project._includes import MissingJunctionError
from bstgraph.project._paths import project_path, require_inside
from bstgraph.project._plugin_files import PluginFiles, recognise
from bstgraph.project._session import Session
from bstgraph.yaml import MappingNode, Node, ScalarNode, SourceFile, parse

_LOCATIONS: Final = {"local": "path", "pip": "package-name", "junction": "junction"}
_LISTS: Final = ("elements", "sources", "source-mirrors")
_GROUPS: Final = {
    "elements": "buildstream.plugins.elements",
    "sources": "buildstream.plugins.sources",
}
_EMPTY: Final = MappingNode({}, None, 0, 0)

PluginType = Literal["elements", "sources"]


class Origin:
    """One entry of `plugins:`."""

    def __init__(self, node: MappingNode) -> None:
        """Read and check the entry."""
        origin = node.require("origin")
        if origin.as_str() not in _LOCATIONS:
            fix = (
                did_you_mean(origin.as_str(), _LOCATIONS) or "the origins are local, pip, junction"
            )
            raise origin.error("plugin-origin", f"'{origin.as_str()}' is no plugin origin", fix=fix)
        self.type = cast("Literal['local', 'pip', 'junction']", origin.as_str())
        key = _LOCATIONS[self.type]
        node.only(("origin", "allow-deprecated", *_LISTS, key))
        self.node = node
        location = node.require(key)
        location.as_str()
        self.location = cast("ScalarNode", location)
        self.kinds = {name: _names(node, name) for name in _LISTS}
        node.flag("allow-deprecated")

    def model(self) -> PluginOrigin:
        """Return the entry as a value."""
        return PluginOrigin(
            origin=self.type,
            location=self.location.value,
            elements=tuple(self.kinds["elements"]),
            sources=tuple(self.kinds["sources"]),
            source_mirrors=tuple(self.kinds["source-mirrors"]),
            provenance=self.node.provenance,
        )


def _names(node: MappingNode, key: str) -> tuple[str, ...]:
    names = []
    for item in node.sequence(key):
        if isinstance(item, MappingNode):
            item.only(("kind", "allow-deprecated"))
            item.flag("allow-deprecated")
            names.append(item.require("kind").as_str())
        else:
            names.append(item.as_str())
    return tuple(names)


class Plugins:
    """The kinds of one project.

    `find_plugins(junction, at)` gives the Plugins of a subproject, and may raise
    MissingJunctionError.
    """

    def __init__(
        self,
        nodes: list[Node],
        *,
        session: Session,
        directory: str,
        shown: Callable[[str], str],
        find_plugins: Callable[[str, Node], Plugins],
    ) -> None:
        """Read `plugins:`; raise ProjectError for an origin or kind given twice or wrongly."""
        self.origins = [Origin(node.as_mapping()) for node in nodes]
        self._session = session
        self._directory = directory
        self._root = os.path.realpath(directory)
        self._shown = shown
        self._find_plugins = find_plugins
        self.registered: dict[tuple[str, str], Origin] = {}
        self._defaults: dict[str, MappingNode] = {}
        self._checked: dict[tuple[str, str], str | None] = {}
        self._plugins: dict[tuple[str, str], Plugin] = {}
        for origin in self.origins:
            if origin.type == "local":
                project_path(origin.location, directory, root=self._root, kind="directory")
            for plugin_type, names in origin.kinds.items():
                for name in names:
                    self._register(plugin_type, name, origin)

    def _register(self, plugin_type: str, name: str, origin: Origin) -> None:
        if self.registered.get((plugin_type, name), origin) is not origin:
            raise origin.node.error("plugin-origin", f"the kind '{name}' has two origins")
        self.registered[plugin_type, name] = origin

    def require(self, plugin_type: PluginType, name: str, at: Node) -> str | None:
        """Check that the kind `name` can be found; return a gap when that cannot be known.

        Raises:
            ProjectError: `unknown-kind` when nothing provides it, `plugin-origin`.
        """
        key = (plugin_type, name)
        if key not in self._checked:
            self._checked[key] = self._check(plugin_type, name, at)
        return self._checked[key]

    def _check(self, plugin_type: PluginType, name: str, at: Node) -> str | None:
        core = kinds.CORE_ELEMENT_NAMES if plugin_type == "elements" else kinds.CORE_SOURCE_NAMES
        origin = self.registered.get((plugin_type, name))
        if origin is None:
            if name in core:
                return None
            what = plugin_type.removesuffix("s")
            known = {n for t, n in self.registered if t == plugin_type} | core
            raise at.error(
                "unknown-kind",
                f"no {what} plugin provides the kind '{name}'",
                fix=did_you_mean(name, known)
                or f"list it under plugins: {plugin_type}: in project.conf",
            )
        try:
            self.locate(plugin_type, name)
        except MissingJunctionError as missing:
            return f"the kind '{name}' is not at hand: {missing.reason}"
        return None

    def defaults(self, name: str) -> MappingNode:
        """Return the default YAML of the element kind `name`, empty when it has none.

        Raises:
            MissingJunctionError: the junction that provides it is not at hand.
            ProjectError: `plugin-origin`, or what is wrong in the file.
        """
        known = self._defaults.get(name)
        if known is None:
            known = self._defaults[name] = self._read_defaults(name)
        return known

    def known_defaults(self) -> Iterable[MappingNode]:
        """Return the default YAML of the element kinds that were asked for."""
        return self._defaults.values()

    def _read_defaults(self, name: str) -> MappingNode:
        if ("elements", name) not in self.registered:
            kind = kinds.registry().element(name)
            if kind is None or kind.defaults is None:
                return _EMPTY
            text = files("bstgraph.kinds").joinpath("defaults", kind.defaults).read_text("utf-8")
            return parse(SourceFile(f"BuildStream:{kind.defaults}", text))
        found = self.locate("elements", name)
        if not found.defaults or not os.path.lexists(found.defaults):
            return _EMPTY
        shown = found.defaults_shown
        return parse(self._session.read(found.defaults, shown, project=self._directory))

    def plugin(self, plugin_type: PluginType, name: str) -> Plugin:
        """Return what provides the kind `name`, without a file when that is not at hand.

        The kind was checked with `require`.
        """
        key = (plugin_type, name)
        known = self._plugins.get(key)
        if known is None:
            try:
                known = self._plugin(plugin_type, name)
            except MissingJunctionError:
                known = Plugin(origin=self.registered[key].type)
            self._plugins[key] = known
        return known

    def _plugin(self, plugin_type: PluginType, name: str) -> Plugin:
        origin = self.registered.get((plugin_type, name))
        if origin is None:
            return Plugin(origin="core")
        if origin.type == "junction":
            found = self._other(origin, plugin_type, name).plugin(plugin_type, name)
            return found.model_copy(update={"origin": "junction"})
        files = self.locate(plugin_type, name)
        return recognise(plugin_type, name, files, origin=origin.type, session=self._session)

    def locate(self, plugin_type: str, name: str) -> PluginFiles:
        """Return where the files of the kind `name` are; its YAML need not exist."""
        origin = self.registered[plugin_type, name]
        match origin.type:
            case "local":
                return self._local_files(origin, name)
            case "junction":
                return self._other(origin, plugin_type, name).locate(plugin_type, name)
            case _:
                return _pip_files(origin, plugin_type, name)

    def _other(self, origin: Origin, plugin_type: str, name: str) -> Plugins:
        other = self._find_plugins(origin.location.value, origin.location)
        if (plugin_type, name) not in other.registered:
            where = origin.location.value
            message = f"the project of '{where}' does not provide the kind '{name}'"
            raise origin.location.error("plugin-origin", message)
        return other

    def _local_files(self, origin: Origin, name: str) -> PluginFiles:
        folder = project_path(origin.location, self._directory, root=self._root, kind="directory")
        if "/" in name or name.startswith("."):
            raise origin.node.error("plugin-origin", f"'{name}' is no kind name")
        defaults = os.path.join(folder, f"{name}.yaml")
        module = os.path.join(folder, f"{name}.py")
        if not os.path.isfile(module):
            raise origin.location.error(
                "plugin-origin", f"there is no plugin '{name}' in '{origin.location.value}'"
            )
        shown = self._shown(defaults)
        if os.path.lexists(defaults):
            at = origin.location.provenance
            defaults = require_inside(
                defaults, self._root, self._session.allowed, name=shown, at=at
            )
        else:
            defaults = ""
        return PluginFiles(
            folder=folder,
            shown=self._shown(module),
            defaults=defaults,
            defaults_shown=shown,
            root=self._root,
        )


def _pip_files(origin: Origin, plugin_type: str, name: str) -> PluginFiles:
    """Return the files of a plugin of an installed package, found by its entry point."""
    text = origin.location.value
    try:
        wanted = Requirement(text)
    except (InvalidRequirement, RecursionError):
        raise origin.location.error(
            "plugin-origin", f"'{text}' is no package requirement"
        ) from None
    for entry in kinds.installed_entry_points(_GROUPS[plugin_type], name):
        if entry.dist is not None and _normal(entry.dist.name) == _normal(wanted.name):
            return _beside(entry, wanted, origin)
    raise MissingJunctionError(
        f"the package '{wanted.name}'", f"install '{text}' beside bstgraph to supply its plugins"
    )


def _normal(name: str) -> str:
    return name.lower().replace("_", "-").replace(".", "-")


def _beside(entry: EntryPoint, wanted: Requirement, origin: Origin) -> PluginFiles:
    dist = entry.dist
    if dist is None or not wanted.specifier.contains(dist.version, prereleases=True):
        version = dist.version if dist else "none"
        raise MissingJunctionError(
            f"the package '{wanted.name}'",
            f"{origin.location.provenance} wants '{wanted}', installed is {version}",
        )
    module = _module_path(dist, entry.module)
    # BuildStream takes the defaults of the entry point's module, but the Python of the kind's name.
    folder, file = os.path.split(module)
    if not os.path.isfile(os.path.join(folder, f"{entry.name}.py")):
        message = f"there is no plugin '{entry.name}' in the package '{dist.name}'"
        raise origin.location.error("plugin-origin", message)
    stem = file.removesuffix(".py")
    return PluginFiles(
        folder=folder,
        shown=f"{dist.name}:{entry.name}.py",
        defaults=os.path.join(folder, f"{stem}.yaml"),
        defaults_shown=f"{dist.name}:{stem}.yaml",
    )


def _module_path(dist: Distribution, module: str) -> str:
    """Return the Python file of `module`.

    The package may be imported by BuildStream only; where its files are is in its metadata.
    """
    path = str(dist.locate_file(module.replace(".", "/")))
    for found in (os.path.join(path, "__init__.py"), f"{path}.py"):
        if os.path.isfile(found):
            return found
    raise MissingJunctionError(
        f"the package '{dist.name}'", f"its metadata does not lead to the module '{module}'"
    )
