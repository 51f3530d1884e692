"""The files of all elements of a state: from stores, from sources, or from what is staged."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from bstgraph import kinds
from bstgraph.artifacts import Artifact, ArtifactStore
from bstgraph.display import Displayable
from bstgraph.errors import SelectionError
from bstgraph.files import EMPTY, Directory, TreeError, gaps, tree_of
from bstgraph.garbage import paused_collector
from bstgraph.graph import Graph
from bstgraph.images import SCRIPT_KINDS
from bstgraph.kinds import ElementView, FilterConfig, ImportConfig, KeyGapError
from bstgraph.layers._sources import SourceGapError, import_tree
from bstgraph.layers._stage import Stager, collected, commands, layout, own_commands, texts
from bstgraph.layers._staging import StagingError, filtered
from bstgraph.layers._values import Command, Contents, Found, Gap, Location, Origin, Public, Staging
from bstgraph.model import Element, SplitRules
from bstgraph.names import ElementName
from bstgraph.scopes import Scope
from bstgraph.splits import Admitter, Filter, SplitsCache, filter_of
from bstgraph.state import State

LEADING_ON: Final = frozenset(("compose", "filter"))
"""The kinds whose every path is from something that they stage, or made by its commands."""

COMPOSED: Final = LEADING_ON | SCRIPT_KINDS
"""The kinds whose files are made of those that they stage."""

_BY_KEY: Final[Mapping[str, str]] = {
    "strict": "",
    "weak": "it was found by its weak key: what it was built from may have changed since",
    "latest": "it was built with other keys, so the element has changed since",
}


class Layers(Displayable):
    """What the elements of a state hold and stage; each is looked at once, when it is asked for.

    Make a new one to see what a store has got since.
    """

    def __init__(
        self,
        state: State,
        stores: Iterable[ArtifactStore] = (),
        *,
        manifests: Mapping[str, Directory] | None = None,
        images: Mapping[str, Directory] | None = None,
        predict: bool = False,
    ) -> None:
        """Look at nothing yet.

        Args:
            state: the elements and their keys.
            stores: where artifacts are, the best first.
            manifests: full element name -> its files; they go before all else.
            images: the same, of container images.
            predict: compute composes, filters and scripts from what they stage also where a store
                has them.
        """
        self.state = state
        self.graph: Graph = state.graph
        self._stores = tuple(stores)
        self._manifests = dict(manifests or {})
        self._images = dict(images or {})
        self._predict = predict
        self._found: dict[ElementName, Found] = {}
        self._staged: dict[ElementName, Staging] = {}
        self._admitters: dict[tuple[ElementName, Filter], Admitter] = {}
        self.splits = SplitsCache()
        for name in (*self._manifests, *self._images):
            self.graph[name]  # an unknown name is an error of the caller

    @property
    def stores(self) -> tuple[ArtifactStore, ...]:
        """Where artifacts are looked for."""
        return self._stores

    def __repr__(self) -> str:
        where = ", ".join(store.label for store in self._stores) or "no store"
        return f"<Layers of {self.state.label!r}: {len(self.graph)} elements, {where}>"

    def contents(self, name: str) -> Contents:
        """Return the files of the element `name`, from the best source at hand.

        The best is a manifest or image of the caller; then an artifact under the strict key; the
        sources of an import, or what the element stages, where that is known without gaps; an
        artifact under the weak key; the newest of the element. Where nothing knows them, the
        answer has no paths, the origin `none` and a gap: it is never just empty.

        Raises:
            SelectionError: there is no such element, or it is external.
        """
        return self.found(self.graph[name].name).contents

    def staged(self, name: str) -> Staging:
        """Return what the element `name` stages at each location.

        Raises:
            SelectionError: there is no such element, or it is external.
        """
        element = self.graph[name]
        known = self._staged.get(element.name)
        if known is None:
            locations, gap = self._layout(element)
            for location in locations:
                self._prepare(location.elements)
            known = Stager(element, self._get).staging(locations, gap=gap)
            self._staged[element.name] = known
        return known

    def known_below(self, name: str) -> dict[ElementName, Directory]:
        """Return the files of what the element `name` stages, without those that are not known.

        That is what `bstgraph.admission.admission` takes as contents.

        Raises:
            SelectionError: there is no such element, or it is external.
        """
        staged = (each for place in self.staged(name).locations for each in place.elements)
        known = {each: self._found[each].contents for each in staged if each in self._found}
        return {each: contents.tree for each, contents in known.items() if contents.known}

    def provider(self, name: ElementName, path: str) -> tuple[ElementName, bool]:
        """Return the element that `path` of the artifact of `name` is from.

        That is `name`, or what lies below it through composes and filters. The second is False
        when the path ends before, in a compose or filter that does not stage it.
        """
        while (element := self.graph.get(name)) and element.kind in LEADING_ON:
            below = self.staged(name).owner(path)
            if below is None:
                return name, False
            name = below
        return name, True

    def public(self, name: ElementName) -> Public:
        """Return the public data of an element: those of its artifact, where it has one."""
        return self.found(name).public

    def admitter(self, name: ElementName, layer: Element) -> Admitter | None:
        """Return what decides which paths of `name` the compose or filter `layer` lets through."""
        rules = filter_of(layer)
        if rules is None:
            return None
        known = self._admitters.get((name, rules))
        if known is None:
            known = self.splits.splits(self.split_rules(name)).filter(rules)
            self._admitters[name, rules] = known
        return known

    def split_rules(self, name: ElementName) -> SplitRules:
        """Return the split rules of an element; those of its artifact, where a build changed them.

        Where each rule is written is known of those that the project says.
        """
        said = self.graph[name].split_rules
        bst = self.public(name).get("bst")
        rules = bst.get("split-rules") if isinstance(bst, Mapping) else None
        if not isinstance(rules, Mapping):
            return SplitRules(domains={})
        domains = {domain: texts({"r": listed}, "r") for domain, listed in rules.items()}
        return said if domains == said.domains else SplitRules(domains=domains)

    def found(self, name: ElementName) -> Found:
        """Return the contents of an element with its public data."""
        self._prepare((name,))
        return self._found[name]

    def _layout(self, element: Element) -> tuple[tuple[Location, ...], str]:
        """Return what an element stages where, or nothing and why that is not known."""
        try:
            return layout(self.graph, element), ""
        except KeyGapError as error:
            return (), f"what it stages is not known: {error}"

    # -- one after the other --------------------------------------------------------------------

    def _get(self, name: ElementName) -> Found | None:
        return self._found.get(name)

    @paused_collector()
    def _prepare(self, names: Iterable[ElementName]) -> None:
        """Look at `names` and at what they are made of, dependencies first.

        Not by recursion: a chain of filters may be as long as its author wants.
        """
        pending = [(name, False) for name in reversed(tuple(names))]
        while pending:
            name, ready = pending.pop()
            element = self.graph.get(name)
            if name in self._found or element is None:
                continue
            if ready:
                self._found[name] = self._look(element)
            elif (best := self._stored(element, ("manifest", "strict"))) is not None:
                self._found[name] = best
            else:
                pending.append((name, True))
                if element.kind in COMPOSED:
                    below = (n for place in self._layout(element)[0] for n in place.elements)
                    pending += [(n, False) for n in below if n not in self._found]

    def _look(self, element: Element) -> Found:
        """Return the best of `element` where no manifest and no strict key has it."""
        made = self._made(element)
        if made.contents.known and not made.contents.gaps:
            return made
        stored = self._stored(element, ("weak", "latest"))
        return stored if stored is not None else made

    # -- from stores ----------------------------------------------------------------------------

    def _stored(self, element: Element, origins: Sequence[Origin]) -> Found | None:
        """Return what a manifest or store has of `element`, in the order of `origins`."""
        if "manifest" in origins:
            if (tree := self._manifests.get(element.name)) is not None:
                return self._given(element, "manifest", tree)
            if (tree := self._images.get(element.name)) is not None:
                return self._given(element, "image", tree)
        if self._predict and element.kind in COMPOSED:
            return None
        for store in self._stores:
            listed = [one for one in store.artifacts(*element.identity) if one.success]
            for origin in origins:
                artifact = self._chosen(element, listed, origin)
                if artifact is not None:
                    return self._read(element, store, artifact, origin)
        return None

    def _chosen(
        self, element: Element, listed: Sequence[Artifact], origin: Origin
    ) -> Artifact | None:
        keys = self.state.keys.get(element.name)
        if origin == "latest":
            return listed[0] if listed else None
        if origin not in {"strict", "weak"} or keys is None:
            return None
        digest = keys.strict.digest if origin == "strict" else keys.weak.digest
        return next((one for one in listed if digest is not None and digest in one.keys), None)

    def _read(
        self, element: Element, store: ArtifactStore, artifact: Artifact, origin: Origin
    ) -> Found:
        tree, public = store.tree(artifact), store.public(artifact)
        told = [Gap(element.name, _BY_KEY[origin])] if _BY_KEY[origin] else []
        told += [_tree_gap(element.name, path, reason) for path, reason in gaps(tree)]
        if public is None:
            told.append(Gap(element.name, "the public data of its artifact cannot be read"))
        contents = Contents(
            element=element.name,
            origin=origin,
            told=f"artifact {artifact.strong[:8]} in {store.label}",
            tree=tree,
            gaps=tuple(told),
        )
        return Found(contents=contents, public=element.public if public is None else public)

    @staticmethod
    def _given(element: Element, origin: Origin, tree: Directory) -> Found:
        contents = Contents(
            element=element.name,
            origin=origin,
            told=f"the {origin} that was given",
            tree=tree,
            gaps=tuple(_tree_gap(element.name, path, reason) for path, reason in gaps(tree)),
        )
        return Found(contents=contents, public=element.public)

    # -- from what it is made of ----------------------------------------------------------------

    def _made(self, element: Element) -> Found:
        try:
            match element.kind, element.settings:
                case "import", ImportConfig() as config:
                    return self._imported(element, config)
                case "filter", FilterConfig() as config:
                    return self._filtered(element, config)
                case kind, _ if kind in COMPOSED:
                    return self._composed(element)
        except StagingError as error:
            reason = f"building it fails at /{error.path}: {error.reason}"
            return _nothing(element, reason, failure=reason)
        except SourceGapError as error:
            return _nothing(element, str(error))
        return self._by_kind(element)

    def _imported(self, element: Element, config: ImportConfig) -> Found:
        conf = self.state.project.projects.get(element.junction)
        files = self.state.files
        tree = import_tree(element, conf, files, source=config.source, target=config.target)
        return _found(element, "sources", "its sources", tree)

    def _filtered(self, element: Element, config: FilterConfig) -> Found:
        (parent,) = (entry.name for entry in element.dependencies if entry.build)
        found = self._found.get(parent)
        if found is None:
            return _nothing(element, f"'{parent}' lies in a junction whose files are not at hand")
        admitter = self.admitter(parent, element)
        public = element.public
        if config.pass_integration:
            public = _with_commands(
                public,
                (
                    *commands(parent, found.public),
                    *commands(element.name, element.public),
                ),
            )
        if admitter is not None and admitter.unknown:
            unknown = ", ".join(map(repr, admitter.unknown))
            failure = f"it names domains that '{parent}' does not have: {unknown}"
            return _nothing(element, failure, failure=failure)
        tree = filtered(found.contents.tree, admitter.admits) if admitter else EMPTY
        made = Contents(
            element=element.name,
            origin="computed" if found.contents.known else "none",
            told=f"what '{parent}' has, filtered",
            tree=tree,
            gaps=found.contents.gaps,
            commands=found.contents.commands,
        )
        return Found(contents=made, public=public)

    def _composed(self, element: Element) -> Found:
        staging = self.staged(element.name)
        told = list(staging.gaps)
        root, run = collected(self.graph, element), staging.commands
        tree = staging.tree(root)
        if element.kind == "compose":
            rules = filter_of(element)
            words = "what it stages"
            if rules is not None and not rules.passes_all:
                manifest = set(self._manifest(element, staging))
                tree, words = filtered(tree, manifest.__contains__), "what it stages, filtered"
        else:
            run = own_commands(self.graph, element)
            words = f"what it stages at {root}, without what its commands do"
            if run:
                told.append(Gap(element.name, "what its commands make and change is not known"))
        contents = Contents(
            element=element.name,
            origin="computed",
            told=words,
            tree=tree,
            gaps=tuple(dict.fromkeys(told)),
            commands=(*self._earlier_commands(staging, root), *run),
            overlaps=staging.overlaps,
            failure=staging.failure,
        )
        return Found(contents=contents, public=element.public)

    def _earlier_commands(self, staging: Staging, root: str) -> tuple[Command, ...]:
        """Return the commands up to which what is staged in and around `root` is known."""
        places = (place for place in staging.locations if _nested(place.path, root))
        below = (self._found.get(name) for place in places for name in place.elements)
        run = (command for found in below if found for command in found.contents.commands)
        return tuple(dict.fromkeys(run))

    def _manifest(self, compose: Element, staging: Staging) -> Iterator[str]:
        """Yield the paths that any of the staged elements says may pass."""
        for location in staging.locations:
            for name in location.elements:
                admitter = self.admitter(name, compose) if name in self._found else None
                if admitter is not None:
                    yield from filter(admitter.admits, self._found[name].contents)
        if staging.commands:
            yield from (name for name, _, owner in staging.owned() if owner is None)

    def _by_kind(self, element: Element) -> Found:
        """Return the files that the kind says an element has, whatever it depends on."""
        rules = kinds.element_rules(element.kind, element.plugin).checked
        if rules is not None and not rules.has_artifact:
            return _found(element, "kind", f"a {element.kind} has no files of its own", EMPTY)
        view = ElementView(element=element, settings=element.settings, find=self.graph.get)
        scope = self.graph.staging_order([element.name], scope=Scope.BUILD)
        staged = [one for name in scope if (one := self.graph.get(name))]
        try:
            written = rules.files(view, staged) if rules is not None else None
            tree = tree_of(written) if written is not None else None
        except (KeyGapError, TreeError) as error:
            return _nothing(element, f"what a {element.kind} writes is not known: {error}")
        if tree is None:
            return _nothing(element, "no store has it, and its files are known once it is built")
        return _found(element, "kind", f"what a {element.kind} writes", tree)


def _found(element: Element, origin: Origin, told: str, tree: Directory) -> Found:
    contents = Contents(element=element.name, origin=origin, told=told, tree=tree)
    return Found(contents=contents, public=element.public)


def _nothing(element: Element, reason: str, *, failure: str | None = None) -> Found:
    contents = Contents(
        element=element.name,
        origin="none",
        told="nothing knows its files",
        tree=EMPTY,
        gaps=(Gap(element.name, reason),),
        failure=failure,
    )
    return Found(contents=contents, public=element.public)


def _tree_gap(name: ElementName, path: str, reason: str) -> Gap:
    return Gap(name, f"/{path}: {reason}" if path else reason)


def _with_commands(public: Public, run: Iterable[Command]) -> Public:
    bst = public.get("bst")
    listed = [command.text for command in run]
    whole = {**(bst if isinstance(bst, Mapping) else {}), "integration-commands": listed}
    return {**public, "bst": whole}


def _nested(one: str, other: str) -> bool:
    """Return whether one of two directories is or lies in the other one."""
    short, long = sorted((f"{one.rstrip('/')}/", f"{other.rstrip('/')}/"), key=len)
    return long.startswith(short)


def image_name(layers: Layers, image: str) -> ElementName:
    """Return the full name of what others are put together in.

    Raises:
        SelectionError: there is no such element (`unknown-element`), or nothing is put together
            in it (`no-chain`).
    """
    element = layers.graph[image]
    if element.kind not in COMPOSED:
        raise SelectionError(
            "no-chain",
            f"'{element.name}' is a {element.kind}: nothing is put together in it",
            fix="ask for a script, a compose or a filter",
        )
    return element.name
