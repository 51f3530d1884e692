"""One element file to one Element: sections composed, variables expanded, rules checked.

The layers of each section, and their order, are those of BuildStream's `element.py`: project,
the kind's own YAML, `elements:` of project.conf, the element.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

from bstgraph import kinds
from bstgraph.errors import ProjectError
from bstgraph.kinds import ElementKind
from bstgraph.machine import canonical_arch
from bstgraph.model import Data, Dependency, Element, KindConfig, Plugin, Sandbox, SplitRules
from bstgraph.names import ElementName
from bstgraph.project._conf_rules import scalars
from bstgraph.project._depends import Entry
from bstgraph.project._includes import MissingJunctionError
from bstgraph.project._rules import check_rules
from bstgraph.project._sources import read_staged
from bstgraph.project._state import LoadElement, Pass
from bstgraph.project._validation import check_keys, validated
from bstgraph.provenance import Provenance
from bstgraph.variables import Mode, VariableTable, references
from bstgraph.yaml import (
    MappingNode,
    Node,
    ScalarNode,
    SequenceNode,
    compose,
    reject_directives,
    synthetic,
)

_EMPTY: Final = MappingNode({}, None, 0, 0)
_PROTECTED: Final = ("project-name", "element-name", "max-jobs")


@dataclass(frozen=True, slots=True, kw_only=True)
class KindDefaults:
    """What all elements of a kind in one project (and pass) start from."""

    kind: type[ElementKind] | None
    plugin: Plugin | None
    variables: MappingNode
    environment: MappingNode
    environment_nocache: tuple[str, ...]
    config: MappingNode
    sandbox: MappingNode
    split_rules: MappingNode
    expanded_splits: Mapping[str, Data] | None
    """The split rules as `table` expands them; None when it cannot."""
    written_splits: SplitRules | None
    """Those as a model, for all elements that add none; None when the table cannot."""
    split_variables: frozenset[str]
    """The variables that the split rules refer to."""
    table: VariableTable
    files: tuple[str, ...]
    """The YAML file of the kind, where the project or one of its junctions has it."""
    gaps: tuple[str, ...]


class ElementResolver:
    """Makes Elements; remembers the defaults of each kind of each project."""

    def __init__(self) -> None:
        """Start without defaults."""
        self._defaults: dict[tuple[str, str, bool], KindDefaults] = {}
        self._places = RulePlaces()

    def first_pass_config(self, element: LoadElement) -> MappingNode:
        """Return the expanded config of a junction or link element."""
        project = element.project
        defaults = self._kind(element, project.first, first_pass=True)
        table = self._table(element, defaults, project.first, mode="partial")
        config = compose(defaults.config, element.node.mapping("config") or _EMPTY)
        reject_directives(config)
        return table.nodes(config).as_mapping()

    def element(self, load: LoadElement, sorted_entries: Sequence[Entry]) -> Element:
        """Return the Element of `load`, its dependencies in the order of `sorted_entries`.

        Raises:
            ProjectError: what is wrong with the element.
        """
        project, node = load.project, load.node
        first_pass = load.kind == "junction"
        config_pass = project.first if first_pass else project.ready(node)
        defaults = self._kind(load, config_pass, first_pass=first_pass)
        read_gaps = (*load.gaps, *(() if first_pass else project.gaps))
        gaps = (*read_gaps, *defaults.gaps)
        table = self._table(load, defaults, config_pass, mode=_mode(gaps, first_pass=first_pass))
        base = _EMPTY if first_pass else project.environment
        environment = _layered(base, defaults.environment, node.mapping("environment"))
        reject_directives(environment)
        config, expanded = _config(load, defaults, table)
        public, splits = _public(load, defaults, table, self._places)
        workspace, sources, source_gaps = read_staged(load, table, first_pass=first_pass)
        staged = (workspace.source,) if workspace is not None else sources
        check_rules(load, defaults.kind, staged, sorted_entries)
        own = () if first_pass else project.environment_nocache
        nocache = {*own, *defaults.environment_nocache, *node.texts("environment-nocache")}
        element = Element(
            name=load.full_name,
            project_name=project.name,
            kind=load.kind,
            description=node.text("description"),
            variables=table.values,
            environment=table.mapping(environment),
            environment_nocache=tuple(sorted(nocache)),
            sandbox=_sandbox(load, defaults, table),
            public=public,
            config=expanded,
            settings=_settings(load, defaults, config, expanded),
            plugin=defaults.plugin,
            sources=sources,
            workspace=workspace,
            dependencies=_dependencies(load, sorted_entries, table, defaults.kind),
            files=(*sorted(load.files), *defaults.files),
            gaps=tuple(dict.fromkeys((*gaps, *source_gaps, *_unknown(table)))),
            dependency_gaps=tuple(dict.fromkeys(read_gaps)),
            written_splits=splits,
            provenance=node.provenance,
        )
        return _check_element(element, defaults.kind, load)

    # -- defaults of a kind -------------------------------------------------------------------

    def _kind(self, load: LoadElement, config: Pass, *, first_pass: bool) -> KindDefaults:
        key = (load.project.directory + "\0" + load.project.junction_name, load.kind, first_pass)
        known = self._defaults.get(key)
        if known is None:
            known = _kind_defaults(load, config, self._places, first_pass=first_pass)
            self._defaults[key] = known
        return known

    def _table(
        self, load: LoadElement, defaults: KindDefaults, config: Pass, *, mode: Mode
    ) -> VariableTable:
        own = load.node.mapping("variables")
        entries = own.entries if own is not None else {}
        if own is not None:
            reject_directives(own)
        for name in _PROTECTED:
            written = (
                entries.get(name) or defaults.variables.get(name) or config.protected.get(name)
            )
            if written is not None:
                raise written.error(
                    "protected-variable", f"the variable '{name}' is set by BuildStream alone"
                )
        changed = scalars(entries)
        notparallel = changed.get("notparallel") or defaults.table.raw.get("notparallel")
        made = {"element-name": cast("ScalarNode", synthetic(load.name))}
        if notparallel is not None and notparallel.as_bool():
            made["max-jobs"] = cast("ScalarNode", synthetic("1"))
        return defaults.table.overlay({**changed, **made}, mode=mode)


class RulePlaces:
    """Where split rules are written; thousands of elements share a few places."""

    def __init__(self) -> None:
        """Start without places."""
        self._lists: dict[int, tuple[Node, tuple[Provenance | None, ...]]] = {}
        self._rules: dict[int, tuple[Node, Provenance | None]] = {}

    def of(self, splits: MappingNode) -> dict[str, tuple[Provenance | None, ...]]:
        """Return the place of each rule, by domain."""
        return {domain: self._places(rules) for domain, rules in splits.entries.items()}

    def _places(self, rules: Node) -> tuple[Provenance | None, ...]:
        # Composing shares the nodes of what it leaves alone. They are kept, so that no other node
        # gets the id of one.
        known = self._lists.get(id(rules))
        if known is None:
            items = rules.items if isinstance(rules, SequenceNode) else ()
            known = self._lists[id(rules)] = rules, tuple(map(self._place, items))
        return known[1]

    def _place(self, rule: Node) -> Provenance | None:
        known = self._rules.get(id(rule))
        if known is None:
            known = self._rules[id(rule)] = rule, rule.provenance
        return known[1]


def _kind_defaults(
    load: LoadElement, config: Pass, places: RulePlaces, *, first_pass: bool
) -> KindDefaults:
    project, name = load.project, load.kind
    yaml, gaps = _plugin_defaults(load)
    base = _EMPTY if first_pass else project.split_rules
    override = config.elements.mapping(name) or _EMPTY

    def section(key: str) -> MappingNode:
        return _layered(yaml.mapping(key) or _EMPTY, override.mapping(key))

    variables = section("variables")
    reject_directives(variables)
    both = compose(yaml.without("public"), override.without("public"))
    raw = {**config.variables, **scalars(variables.entries)}
    table = VariableTable(raw, mode="partial", budget=project.session.budget)
    splits = _overridden(base, yaml.mapping("public"), override.mapping("public"))
    used = frozenset(name for node in splits.scalars() for name in references(node.value))
    expanded = _expanded(splits, table, used)
    plugin = project.plugins.plugin("elements", name)
    written = SplitRules.of(expanded, places.of(splits)) if expanded is not None else None
    return KindDefaults(
        kind=kinds.element_rules(name, plugin).checked,
        plugin=plugin,
        variables=variables,
        environment=section("environment"),
        environment_nocache=tuple(both.texts("environment-nocache")),
        config=section("config"),
        sandbox=section("sandbox"),
        split_rules=splits,
        expanded_splits=expanded,
        written_splits=written,
        split_variables=used,
        table=table,
        files=(yaml.file.name,) if yaml.file and name not in kinds.CORE_ELEMENT_NAMES else (),
        gaps=gaps,
    )


def _plugin_defaults(load: LoadElement) -> tuple[MappingNode, tuple[str, ...]]:
    """Return the YAML of a kind, and why it is not known where it is not."""
    plugins, name = load.project.plugins, load.kind
    try:
        gap = plugins.require("elements", name, load.node.get("kind") or load.node)
        return (_EMPTY, (gap,)) if gap else (plugins.defaults(name), ())
    except MissingJunctionError as missing:
        return _EMPTY, (f"the defaults of kind '{name}' are not known: {missing.reason}",)


def _split_rules(public: MappingNode | None) -> MappingNode:
    bst = public.mapping("bst") if public is not None else None
    return (bst.mapping("split-rules") if bst is not None else None) or _EMPTY


def _overridden(
    splits: MappingNode, public: MappingNode | None, override: MappingNode | None
) -> MappingNode:
    """Return the split rules of a kind: the project's, its own, and as project.conf has them."""
    splits = compose(splits, _split_rules(public))
    public = public or _EMPTY
    bst = (public.mapping("bst") or _EMPTY).with_entries({"split-rules": splits})
    whole = compose(public.with_entries({"bst": bst}), override or _EMPTY)
    return _split_rules(whole)


def _mode(gaps: tuple[str, ...], *, first_pass: bool) -> Mode:
    """Return how variables are resolved: BuildStream does not check those of a junction."""
    if gaps:
        return "lenient"
    return "partial" if first_pass else "strict"


# -- sections of an element ---------------------------------------------------------------------


def _layered(base: MappingNode, *layers: MappingNode | None) -> MappingNode:
    """Return `base` with each layer composed on, the last one winning."""
    for layer in layers:
        if layer is not None and layer.entries:
            base = compose(base, layer) if base.entries else compose(_EMPTY, layer)
    return base


def _public(
    load: LoadElement, defaults: KindDefaults, table: VariableTable, places: RulePlaces
) -> tuple[dict[str, Data], SplitRules | None]:
    """Return the public data, the element's own with split rules over those of the kind.

    The split rules are returned by themselves too, with their places.
    """
    node = load.node
    public = node.mapping("public") or _EMPTY
    bst = public.mapping("bst") or _EMPTY
    own = bst.mapping("split-rules")
    expanded = defaults.expanded_splits
    if own is None and expanded is not None and defaults.split_variables.isdisjoint(table.changed):
        # Nearly every element: nothing that the split rules depend on was changed.
        rest = bst.without("split-rules")
        composed = public.with_entries({"bst": rest})
        reject_directives(composed)
        data = cast("dict[str, Any]", table.mapping(composed))
        table.budget.count(len(expanded) + sum(map(len, expanded.values())), node)
        data["bst"]["split-rules"] = {domain: list(rules) for domain, rules in expanded.items()}
        return data, defaults.written_splits
    _note_replaced(load, defaults)
    splits = _layered(defaults.split_rules, own)
    composed = public.with_entries({"bst": bst.with_entries({"split-rules": splits})})
    reject_directives(composed)
    data = cast("dict[str, Any]", table.mapping(composed))
    return data, SplitRules.of(data["bst"]["split-rules"], places.of(splits))


def _note_replaced(load: LoadElement, defaults: KindDefaults) -> None:
    """Keep the split rules that plain lists of an element take the place of."""
    for domain, new in _split_rules(load.node.mapping("public")).entries.items():
        old = defaults.split_rules.get(domain)
        if isinstance(old, SequenceNode) and isinstance(new, SequenceNode):
            load.project.session.replaced.append((domain, old, new))


def _expanded(
    splits: MappingNode, table: VariableTable, used: frozenset[str]
) -> Mapping[str, Data] | None:
    """Return expanded split rules of plain shape, None when an element has to do it itself."""
    plain = all(
        isinstance(rules, SequenceNode) and all(isinstance(r, ScalarNode) for r in rules)
        for rules in splits.entries.values()
    )
    if not plain or not used <= table.values.keys():
        return None
    return cast("Mapping[str, Data]", table.mapping(splits))


def _config(
    load: LoadElement, defaults: KindDefaults, table: VariableTable
) -> tuple[MappingNode, dict[str, Data]]:
    """Return the composed config, as written and expanded."""
    config = _layered(defaults.config, load.node.mapping("config"))
    if defaults.gaps:
        config = _settle(config)
    reject_directives(config)
    return config, cast("dict[str, Data]", table.mapping(config))


def _unknown(table: VariableTable) -> tuple[str, ...]:
    """Return the gap for variables that were referred to but not defined, if there are any."""
    names = ", ".join(sorted(table.unknown))
    return (f"variables that are not defined in the files at hand: {names}",) if names else ()


def _sandbox(load: LoadElement, defaults: KindDefaults, table: VariableTable) -> Sandbox:
    base = _EMPTY if load.kind == "junction" else load.project.sandbox
    node = _layered(base, defaults.sandbox, load.node.mapping("sandbox"))
    if not node.entries:
        return Sandbox()
    reject_directives(node)
    node = table.nodes(node).as_mapping()
    node.only(("build-uid", "build-gid", "build-os", "build-arch", "remote-apis-socket"))
    socket = node.mapping("remote-apis-socket")
    if socket is not None:
        socket.only(("path", "action-cache-enable-update"))
        socket.require("path").as_str()
        socket.flag("action-cache-enable-update")
    numbers = {key: node.require(key).as_int() for key in ("build-uid", "build-gid") if key in node}
    arch = node.get("build-arch")
    if arch is not None and arch.as_str() and canonical_arch(arch.as_str()) is None:
        raise arch.error("invalid-data", f"'{arch.as_str()}' is no architecture BuildStream knows")
    return Sandbox(
        build_os=node.text("build-os") if "build-os" in node else None,
        build_arch=node.text("build-arch") if "build-arch" in node else None,
        build_uid=numbers.get("build-uid"),
        build_gid=numbers.get("build-gid"),
        remote_apis_socket=cast("dict[str, Data]", socket.plain()) if socket is not None else None,
        provenance=node.provenance,
    )


def _settle(node: MappingNode) -> MappingNode:
    """Return `node` with list directives turned into lists: their base is not at hand."""
    entries: dict[str, Node] = {}
    for key, value in node.entries.items():
        if isinstance(value, MappingNode) and value.entries.keys() & {"(>)", "(<)", "(=)"}:
            items = [i for part in ("(<)", "(=)", "(>)") for i in value.sequence(part)]
            entries[key] = SequenceNode(items, value.file, value.line, value.column)
        else:
            entries[key] = value
    return MappingNode(entries, node.file, node.line, node.column)


def _settings(
    load: LoadElement,
    defaults: KindDefaults,
    config: MappingNode,
    expanded: dict[str, Data],
) -> KindConfig:
    kind = defaults.kind
    if kind is None:
        return KindConfig()
    check_keys(config, kind.config_model)
    at = load.node.get("config") or load.node
    told = f"config of kind '{load.kind}'"
    try:
        settings = validated(kind.config_model, expanded, node=config, at=at, told=told)
    except ProjectError as error:
        if error.slug != "missing-key" or not defaults.gaps:
            raise
        # It is in the kind's own file, which is not at hand.
        return KindConfig()
    extra: dict[str, object] = {**load.runbook_paths}
    if "places" in kind.config_model.model_fields:
        written = {key: node for key, node in config.entries.items() if node.file is not None}
        places = {key: node.provenance for key, node in written.items()}
        extra["places"] = {**places, **load.runbook_places}
    return settings.model_copy(update=extra) if extra else settings


def _check_element(element: Element, kind: type[ElementKind] | None, load: LoadElement) -> Element:
    """Return `element`, or raise ProjectError (`element-rule`) for what its kind refuses."""
    refused = kind.refused(element) if kind is not None and not element.gaps else None
    if refused is not None:
        raise (load.node.get("kind") or load.node).error("element-rule", refused)
    return element


def _dependencies(
    load: LoadElement,
    sorted_entries: Sequence[Entry],
    table: VariableTable,
    kind: type[ElementKind] | None,
) -> tuple[Dependency, ...]:
    """Return the dependencies as models, each with its place in the merged order."""
    places = {entry.name: place for place, entry in enumerate(load.entries)}
    return tuple(_dependency(entry, places[entry.name], table, kind) for entry in sorted_entries)


def _dependency(
    entry: Entry, position: int, table: VariableTable, kind: type[ElementKind] | None
) -> Dependency:
    configs = tuple(table.mapping(config) for config in entry.config)
    model = kind.dependency_model if kind is not None and entry.build else None
    if model is not None:
        for node, config in zip(entry.config, configs, strict=True):
            check_keys(node, model)
            validated(model, config, node=node, at=node, told=f"config of '{entry.path}'")
    return Dependency.model_construct(
        name=ElementName(entry.name),
        path=entry.path,
        build=entry.build,
        runtime=entry.runtime,
        strict=entry.strict,
        config=configs,
        other_paths=tuple(entry.other_paths),
        position=position,
        provenance=entry.node.provenance,
    )
