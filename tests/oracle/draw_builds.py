"""Small projects that really build within seconds, and edits of them, at random.

Every element writes what it was built from into its own files, so that stale bytes can be seen:
manual elements copy the data of their build dependencies, scripts copy their layers. Names of
files never clash. `project` draws one that ends in `image.bst`; `edit` draws a change of it.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, Literal, TypeAlias

from tests.oracle.builds import plant_busybox
from tests.oracle.dice import Dice

Type: TypeAlias = Literal["build", "runtime", "all"]

TARGET: Final = "image.bst"
SUB: Final = "sub.bst:"
BAD: Final = "bad"
"""Content that picky elements do not build with."""

_BASE: Final = "base.bst"
_WORDS: Final = ("one", "two", "three", "four", "five", "six")
_NO_STACKS: Final = ("import", "manual", "compose")
_RULES: Final = {"data": ["/data", "/data/**"]}


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """A dependency as written."""

    name: str
    type: Type = "build"
    strict: bool = False
    location: str = ""
    """Where a script stages it."""

    def entry(self) -> dict[str, object]:
        """Return the entry of `depends`."""
        path = self.name.removeprefix(SUB)
        entry: dict[str, object] = {"filename": path, "type": self.type}
        if self.type == "all":
            del entry["type"]
        if self.strict:
            entry["strict"] = True
        if self.location:
            entry["config"] = {"location": self.location}
        return entry


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """An element; those of the subproject are called by their full names."""

    name: str
    kind: str
    edges: tuple[Edge, ...] = ()
    content: str = "one"
    """What its local source holds, if it is an import."""
    word: str = "one"
    """A part of its command."""
    variable: str = "one"
    environment: str = "one"
    integrates: str = ""
    """What its integration command says, if it has one."""
    picky: bool = False
    """Whether it fails with bad data."""
    blind: bool = False
    """Whether it copies nothing of its dependencies."""
    chosen: Mapping[str, object] = field(default_factory=dict)
    """The configuration of a compose or filter."""
    comments: int = 0
    """Lines that say nothing."""

    @property
    def short(self) -> str:
        return self.name.removeprefix(SUB).removesuffix(".bst")

    @property
    def needs_shell(self) -> bool:
        integrates = self.kind == "compose" and self.chosen["integrate"]
        return self.kind in {"manual", "script"} or bool(integrates)

    def text(self) -> str:
        """Return the file of the element."""
        sub = self.name.startswith(SUB)
        edges = [edge.entry() for edge in self.edges]
        for edge, entry in zip(self.edges, edges, strict=True):
            if not sub and edge.name.startswith(SUB):
                entry["filename"] = edge.name
        if self.needs_shell:
            edges.append({"filename": _BASE, "type": "build"})
        data: dict[str, object] = {"kind": self.kind, "depends": edges}
        if self.kind == "import":
            data["sources"] = [{"kind": "local", "path": f"files/{self.short}"}]
        if self.kind in {"manual", "script"}:
            data["variables"] = {"own": self.variable}
            data["environment"] = {"WORD": self.environment}
            data["config"] = self._commands()
        elif self.kind in {"compose", "filter"}:
            data["config"] = dict(self.chosen)
        if self.integrates:
            command = f'echo {self.integrates} "$(ls /data)" > /by-{self.short}'
            data["public"] = {"bst": {"integration-commands": [command]}}
        return json.dumps(data) + "\n# nothing\n" * self.comments

    def _commands(self) -> dict[str, object]:
        out = f'"%{{install-root}}/data/{self.short}"'
        commands = ['mkdir -p "%{install-root}/data"']
        if self.picky:
            commands.append(f"if busybox grep -rq {BAD} /data; then exit 1; fi")
        commands.append(f'echo {self.word} %{{own}} %{{flavour}} "$WORD" > {out}')
        if self.kind == "script":
            commands += ["mkdir -p /layer", f'cp -a /layer "%{{install-root}}/{self.short}"']
            return {"commands": commands}
        if not self.blind:
            commands.append(f'for f in /data/* /by-*; do echo "$f"; cat "$f"; done >> {out}')
        return {"install-commands": commands}


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """A project: its elements, dependencies before what needs them, and a project variable."""

    elements: tuple[Drawn, ...]
    flavour: str = "one"
    counter: int = 0
    """How many elements were ever named."""

    def __getitem__(self, name: str) -> Drawn:
        return next(one for one in self.elements if one.name == name)

    def changed(self, *changed: Drawn) -> Project:
        """Return the project with some elements replaced."""
        by_name = {one.name: one for one in changed}
        return replace(self, elements=tuple(by_name.get(one.name, one) for one in self.elements))

    def before(self, name: str) -> list[Drawn]:
        """Return the elements that one may depend on."""
        names = [one.name for one in self.elements]
        sub = name.startswith(SUB)
        earlier = self.elements[: names.index(name)] if name in names else self.elements
        return [one for one in earlier if not sub or one.name.startswith(SUB)]

    def below(self, names: Iterable[str], *types: Type) -> list[str]:
        """Return elements with all that they reach by dependencies of these types, sorted."""
        found: set[str] = set()
        waiting = list(names)
        while waiting:
            name = waiting.pop()
            if name not in found:
                found.add(name)
                waiting += [edge.name for edge in self[name].edges if edge.type in types]
        return sorted(found)

    def staged(self, name: str) -> list[str]:
        """Return what an element is built with, sorted."""
        direct = (edge.name for edge in self[name].edges if edge.type != "runtime")
        return self.below(direct, "all", "runtime")

    def write(self, root: Path) -> None:
        """Write all of it below `root`, in place of what is there."""
        for name in ("elements", "sub", "files"):
            shutil.rmtree(root / name, ignore_errors=True)
        flavour = {"flavour": self.flavour}
        for prefix, name, place in (("", "drawn", root), (SUB, "drawn-sub", root / "sub")):
            folder = place / "elements"
            folder.mkdir(parents=True)
            conf = {"name": name, "min-version": "2.4", "element-path": "elements"}
            told = {**conf, "variables": flavour, "split-rules": _RULES}
            (place / "project.conf").write_text(json.dumps(told))
            plant_busybox(place / "files/base")
            (place / "files/base/data").mkdir()
            (place / "files/base/data/base").write_text("base\n")
            (place / "files/base/by-base").write_text("base\n")
            base = {"kind": "import", "sources": [{"kind": "local", "path": "files/base"}]}
            (folder / _BASE).write_text(json.dumps(base))
            for one in self.elements:
                if one.name.startswith(SUB) == bool(prefix):
                    (folder / f"{one.short}.bst").write_text(one.text())
                    if one.kind == "import":
                        _plant_source(place / "files" / one.short, one)
        junction = {"kind": "junction", "sources": [{"kind": "local", "path": "sub"}]}
        (root / "elements/sub.bst").write_text(json.dumps(junction))

    def listing(self) -> str:
        """Return all elements as text."""
        texts = (f"==> {one.name} {one.content}\n{one.text()}" for one in self.elements)
        return "\n".join([*texts, f"flavour {self.flavour}"])


def _plant_source(folder: Path, element: Drawn) -> None:
    for path in (f"data/{element.short}", f"usr/include/{element.short}.h"):
        (folder / path).parent.mkdir(parents=True)
        (folder / path).write_text(f"{element.content}\n")


def project(dice: Dice) -> Project:
    """Return a project of 5 to 12 elements, without the shells that they use."""
    made = Project(elements=())
    if dice.chance(40):
        made = _grown(dice, made, f"{SUB}lib.bst", "import")
        made = _grown(dice, made, f"{SUB}tool.bst", dice.pick(("manual", "stack", "import")))
    made = _grown(dice, made, "first.bst", "import")
    for number in range(dice.number(2, 7)):
        kind = dice.pick(("manual", "import", "manual", "stack", "manual", "compose", "filter"))
        made = _grown(dice, made, f"e{number}.bst", kind)
    made = replace(made, counter=100)
    made = _grown(dice, made, "deps.bst", "stack")
    layer = "deps.bst"
    if dice.chance(70):
        layer = "layer.bst"
        below = (Edge(name="deps.bst"),)
        compose = Drawn(name=layer, kind="compose", edges=below, chosen=_composed(dice))
        made = replace(made, elements=(*made.elements, compose))
    edges = (Edge(name=layer, location="/layer"), *_more(dice, made, layer))
    image = Drawn(name=TARGET, kind="script", edges=edges)
    return replace(made, elements=(*made.elements, image))


def _more(dice: Dice, made: Project, layer: str) -> tuple[Edge, ...]:
    """Return more that an image is made of."""
    others = [one.name for one in made.elements if one.name != layer]
    locations = ("/layer", "/layer/more", "/")
    return tuple(
        Edge(name=name, location=dice.pick(locations), strict=dice.chance(20))
        for name in dice.some(others, 1)
    )


def _grown(dice: Dice, made: Project, name: str, kind: str) -> Project:
    """Return the project with one more element, before the image if there is one."""
    new = _element(dice, made, name, kind)
    at = next((i for i, one in enumerate(made.elements) if one.name == "deps.bst"), None)
    if at is None:
        return replace(made, elements=(*made.elements, new))
    return replace(made, elements=(*made.elements[:at], new, *made.elements[at:]))


def _element(dice: Dice, made: Project, name: str, kind: str) -> Drawn:
    earlier = made.before("deps.bst" if made.counter else name)
    if name.startswith(SUB):
        earlier = [one for one in earlier if one.name.startswith(SUB)]
    most = 4 if kind in {"stack", "compose"} else 2
    # What was drawn last is preferred, so that there are long chains.
    names = [one.name for one in dice.some(earlier[-most:], most)]
    if name == "deps.bst":
        names = [one.name for one in dice.shuffled(earlier)[: dice.number(3, 5)]]
    elif kind == "filter":
        parents = [one.name for one in earlier if one.kind in _NO_STACKS]
        names = [dice.pick(parents), *(one for one in names[:1] if one not in parents)]
    elif not names and earlier and kind != "import":
        names = [dice.pick(earlier).name]
    edges = tuple(_edge(dice, kind, each, index) for index, each in enumerate(names))
    chosen: Mapping[str, object] = {}
    if kind == "compose":
        chosen = _composed(dice)
    elif kind == "filter":
        chosen = {"include": [dice.pick(("data", "devel"))], "include-orphans": dice.chance(50)}
    return Drawn(
        name=name,
        kind=kind,
        edges=edges,
        content=dice.pick(_WORDS),
        word=dice.pick(_WORDS),
        integrates="yes" if kind in {"import", "manual"} and dice.chance(25) else "",
        picky=kind == "manual" and dice.chance(40),
        blind=kind == "manual" and dice.chance(10),
        chosen=chosen,
    )


def _composed(dice: Dice) -> dict[str, object]:
    chosen: dict[str, object] = {"integrate": dice.chance(50)}
    if dice.chance(40):
        chosen["exclude"] = ["devel"]
    elif dice.chance(40):
        chosen |= {"include": ["data"], "include-orphans": dice.chance(70)}
    return chosen


def _edge(dice: Dice, kind: str, name: str, index: int = 1) -> Edge:
    if kind == "stack":
        return Edge(name=name, type="all", strict=dice.chance(10))
    if kind == "filter":
        return Edge(name=name, type="runtime" if index else "build")
    if kind == "compose":
        return Edge(name=name, strict=dice.chance(20))
    if kind == "script":
        return Edge(name=name, location=dice.pick(("/layer", "/", "/layer/x")))
    chosen: Type = dice.pick(("build", "all", "runtime", "build", "build"))
    return Edge(name=name, type=chosen, strict=chosen != "runtime" and dice.chance(15))


Edit: TypeAlias = Callable[[Dice, Project], Project | None]
"""Returns None where the project has nothing to change so."""


def edit(dice: Dice, made: Project) -> tuple[Project, str]:
    """Return the project with one change or two, and what was changed."""
    said = []
    for _ in range(2 if dice.chance(25) else 1):
        name = dice.pick(tuple(_EDITS))
        changed = _EDITS[name](dice, made)
        if changed is None:
            name = "source"
            changed = _content(dice, made)
        made = changed
        said.append(name)
    return made, ", ".join(said)


def _of_kind(dice: Dice, made: Project, *kinds: str) -> Drawn | None:
    found = [one for one in made.elements if one.kind in kinds]
    return dice.pick(found) if found else None


def _other(dice: Dice, value: str) -> str:
    return dice.pick([one for one in _WORDS if one != value])


def _content(dice: Dice, made: Project) -> Project:
    one = _of_kind(dice, made, "import")
    assert one is not None
    return made.changed(replace(one, content=_other(dice, one.content)))


def _spoiled(dice: Dice, made: Project) -> Project | None:
    """Give an element data that it does not build with, or take it away again."""
    bad = [one for one in made.elements if one.kind == "import" and one.content == BAD]
    if bad:
        return made.changed(replace(dice.pick(bad), content="fine"))
    needed = made.below([TARGET], "build", "all", "runtime")
    found = [
        (made[user], made[data])
        for user in needed
        if made[user].kind == "manual"
        for data in made.staged(user)
        if made[data].kind == "import"
    ]
    if not found:
        return None
    user, data = dice.pick(found)
    return made.changed(replace(user, picky=True), replace(data, content=BAD))


def _word(dice: Dice, made: Project) -> Project | None:
    one = _of_kind(dice, made, "manual", "script")
    return None if one is None else made.changed(replace(one, word=_other(dice, one.word)))


def _variable(dice: Dice, made: Project) -> Project | None:
    one = _of_kind(dice, made, "manual", "script")
    return None if one is None else made.changed(replace(one, variable=_other(dice, one.variable)))


def _environment(dice: Dice, made: Project) -> Project | None:
    one = _of_kind(dice, made, "manual")
    return (
        None
        if one is None
        else made.changed(replace(one, environment=_other(dice, one.environment)))
    )


def _flavour(dice: Dice, made: Project) -> Project:
    return replace(made, flavour=_other(dice, made.flavour))


def _integration(dice: Dice, made: Project) -> Project | None:
    one = _of_kind(dice, made, "import", "manual")
    return (
        None
        if one is None
        else made.changed(replace(one, integrates=dice.pick(("", "more", "other"))))
    )


def _domains(dice: Dice, made: Project) -> Project | None:
    one = _of_kind(dice, made, "compose")
    return None if one is None else made.changed(replace(one, chosen=_composed(dice)))


def _added_edge(dice: Dice, made: Project) -> Project | None:
    one = _of_kind(dice, made, "import", "manual", "stack", "compose", "script")
    assert one is not None
    there = {edge.name for edge in one.edges}
    found = [each.name for each in made.before(one.name) if each.name not in there]
    if not found:
        return None
    return made.changed(replace(one, edges=(*one.edges, _edge(dice, one.kind, dice.pick(found)))))


def _removed_edge(dice: Dice, made: Project) -> Project | None:
    one = _of_kind(dice, made, "import", "manual", "stack", "compose", "script")
    if one is None or len(one.edges) < 2:
        return None
    gone = dice.pick(one.edges)
    return made.changed(replace(one, edges=tuple(edge for edge in one.edges if edge != gone)))


def _with_edges(dice: Dice, made: Project, *kinds: str) -> tuple[Drawn, Edge] | None:
    found = [one for one in made.elements if one.kind in kinds and one.edges]
    if not found:
        return None
    one = dice.pick(found)
    return one, dice.pick(one.edges)


def _type(dice: Dice, made: Project) -> Project | None:
    found = _with_edges(dice, made, "import", "manual")
    return (
        None
        if found is None
        else _exchanged(made, *found, _edge(dice, found[0].kind, found[1].name))
    )


def _strict(dice: Dice, made: Project) -> Project | None:
    found = _with_edges(dice, made, "import", "manual", "stack", "compose", "script")
    if found is None or found[1].type == "runtime":
        return None
    return _exchanged(made, *found, replace(found[1], strict=not found[1].strict))


def _exchanged(made: Project, one: Drawn, old: Edge, new: Edge) -> Project:
    edges = tuple(new if edge == old else edge for edge in one.edges)
    return made.changed(replace(one, edges=edges))


def _reordered(dice: Dice, made: Project) -> Project | None:
    one = _of_kind(dice, made, "import", "manual", "stack", "compose", "script")
    assert one is not None
    return made.changed(replace(one, edges=tuple(dice.shuffled(one.edges))))


def _new(dice: Dice, made: Project) -> Project:
    name = f"e{made.counter}.bst"
    made = replace(
        _grown(dice, made, name, dice.pick(("import", "manual"))), counter=made.counter + 1
    )
    stack = made["deps.bst"]
    return made.changed(replace(stack, edges=(*stack.edges, _edge(dice, "stack", name))))


def _removed(dice: Dice, made: Project) -> Project | None:
    parents = {one.edges[0].name for one in made.elements if one.kind == "filter"}
    kept = {*parents, "deps.bst", "layer.bst", TARGET, "first.bst"}
    found = [one.name for one in made.elements if one.name not in kept]
    if not found:
        return None
    gone = dice.pick(found)
    left = (
        replace(one, edges=tuple(edge for edge in one.edges if edge.name != gone))
        for one in made.elements
        if one.name != gone
    )
    return replace(made, elements=tuple(left))


def _nothing(dice: Dice, made: Project) -> Project:
    one = dice.pick(made.elements)
    return made.changed(replace(one, comments=one.comments + 1))


_EDITS: Final[Mapping[str, Edit]] = {
    "source": _content,
    "another source": _content,
    "spoiled source": _spoiled,
    "another spoiled source": _spoiled,
    "command": _word,
    "variable": _variable,
    "project variable": _flavour,
    "environment": _environment,
    "integration commands": _integration,
    "domains": _domains,
    "dependency added": _added_edge,
    "dependency removed": _removed_edge,
    "dependency type": _type,
    "strict dependency": _strict,
    "order of dependencies": _reordered,
    "element added": _new,
    "element removed": _removed,
    "nothing": _nothing,
}
