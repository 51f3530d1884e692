"""Hypothesis strategies: names, whole projects, edits of them, and histories of edits.

    from hypothesis import given
    from bstgraph.testing.strategies import histories

    @given(histories())
    def test_mine(history):
        for project in history.projects:
            loaded = project.load()

What is drawn loads, here and in BuildStream: small projects without junctions, of imports, manual
elements, stacks, composes, filters and scripts. Examples shrink towards one import. Needs
hypothesis, which comes with the extra `bstgraph[testing]`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Literal, TypeAlias, Unpack

from hypothesis import strategies as st

from bstgraph.model import Project
from bstgraph.testing import LoadArguments, project

__all__ = [
    "DrawnDependency",
    "DrawnElement",
    "DrawnProject",
    "Edit",
    "History",
    "Kind",
    "edits",
    "element_names",
    "histories",
    "projects",
]

Kind: TypeAlias = Literal["import", "manual", "stack", "compose", "filter", "script"]
DependencyType: TypeAlias = Literal["build", "runtime", "all"]

_WORDS: Final = ("one", "two", "three", "1.0", "yes", "a b", "a: b", "%{element-name}", "")
_SEGMENT: Final = r"[a-zA-Z0-9_][a-zA-Z0-9_+-]{0,5}"
_TYPES: Final[Mapping[Kind, tuple[DependencyType, ...]]] = {
    "import": ("runtime",),
    "manual": ("build", "runtime", "all"),
    "stack": ("all",),
    "compose": ("build",),
    "filter": ("build",),
    "script": ("build",),
}
_STRICT_TYPES: Final = ("build", "all")
_DOMAINS: Final = ("devel", "doc", "runtime")


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnDependency:
    """A dependency as it is written."""

    name: str
    type: DependencyType
    strict: bool = False

    def entry(self, location: str = "") -> dict[str, object]:
        """Return the entry of a list of dependencies."""
        made: dict[str, object] = {"filename": self.name}
        if self.strict:
            made["strict"] = True
        if location:
            made["config"] = {"location": location}
        return made


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnElement:
    """An element as it is written."""

    name: str
    kind: Kind
    dependencies: tuple[DrawnDependency, ...] = ()
    """In the order of the file; all are drawn before this one."""
    word: str = "one"
    """A text in the element: content of a file, or the value of a variable."""

    @property
    def folder(self) -> str:
        """The folder of its local source, if it is an import."""
        return f"files/{self.name.removesuffix('.bst')}"

    def files(self, element_path: str) -> Iterator[tuple[str, str]]:
        """Yield its file, and those of its source: path and content."""
        yield f"{element_path}/{self.name}", self.text()
        if self.kind == "import":
            yield f"{self.folder}/usr/bin/tool", f"{self.word}\n"
            yield f"{self.folder}/usr/include/tool.h", "constant\n"

    def text(self) -> str:
        """Return the text of its file."""
        told: dict[str, object] = {"kind": self.kind}
        keys = {"build": "build-depends", "runtime": "runtime-depends", "all": "depends"}
        for kind, key in keys.items():
            listed = [
                one.entry(f"/layer{number}" if self.kind == "script" else "")
                for number, one in enumerate(self.dependencies)
                if one.type == kind
            ]
            if listed:
                told[key] = listed
        match self.kind:
            case "import":
                told["sources"] = [{"kind": "local", "path": self.folder}]
            case "manual":
                told["variables"] = {"word": self.word}
                told["config"] = {"install-commands": ['echo "%{word}"']}
            case "compose" | "filter":
                # The place of the word decides, so that another word is another filter.
                domain = _DOMAINS[_WORDS.index(self.word) % len(_DOMAINS)]
                told["config"] = {"include": [domain]}
            case "script":
                told["variables"] = {"word": self.word}
                told["config"] = {"commands": ['echo "%{word}"']}
        return "".join(f"{key}: {json.dumps(value)}\n" for key, value in told.items())


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnProject:
    """A project as it is written."""

    elements: tuple[DrawnElement, ...]
    """Each after those that it depends on."""
    element_path: str = "elements"

    def files(self) -> Mapping[str, str]:
        """Return all files: path -> content."""
        conf = f"name: drawn\nmin-version: 2.0\nelement-path: {self.element_path}\n"
        made = {"project.conf": conf}
        for element in self.elements:
            made.update(element.files(self.element_path))
        return made

    def text(self) -> str:
        """Return it as `bstgraph.testing.project` draws projects."""
        return "".join(f"=== {path}\n{content}" for path, content in self.files().items())

    def load(
        self,
        directory: str | os.PathLike[str] | None = None,
        **arguments: Unpack[LoadArguments],
    ) -> Project:
        """Write it and load it; as `bstgraph.testing.project`."""
        return project(self.text(), directory, **arguments)

    def users(self, name: str) -> tuple[DrawnElement, ...]:
        """Return the elements that have `name` among their dependencies."""
        return tuple(
            one for one in self.elements if any(each.name == name for each in one.dependencies)
        )

    def changed(self, *elements: DrawnElement) -> DrawnProject:
        """Return it with these in the place of those of the same names."""
        new = {one.name: one for one in elements}
        return replace(self, elements=tuple(new.get(one.name, one) for one in self.elements))


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """An edit of a project."""

    told: str
    """What it is: `word of a.bst`, `remove b.bst`."""
    before: DrawnProject = field(repr=False)
    after: DrawnProject

    def files(self) -> Mapping[str, str | None]:
        """Return the files that differ, with their new content; None for those that are gone."""
        old, new = self.before.files(), self.after.files()
        changed = {path: text for path, text in new.items() if old.get(path) != text}
        return {**changed, **{path: None for path in old if path not in new}}


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """A project, and what became of it edit by edit."""

    first: DrawnProject
    edits: tuple[Edit, ...]

    @property
    def projects(self) -> tuple[DrawnProject, ...]:
        """All of them, the first one too."""
        return (self.first, *(edit.after for edit in self.edits))


def element_names(*, folders: bool = True) -> st.SearchStrategy[str]:
    """Return a strategy for names of element files that BuildStream accepts, such as `a/b.bst`.

    Args:
        folders: whether some of them lie in folders.
    """
    segment = st.from_regex(_SEGMENT, fullmatch=True)
    parts = st.lists(segment, min_size=1, max_size=3 if folders else 1)
    return parts.map(lambda names: "/".join(names) + ".bst")


@st.composite
def projects(draw: st.DrawFn, *, max_elements: int = 8) -> DrawnProject:
    """Return a strategy for projects of 1 to `max_elements` elements."""
    names = draw(
        st.lists(element_names(), min_size=1, max_size=max_elements, unique_by=str.casefold)
    )
    elements: list[DrawnElement] = []
    for name in names:
        elements.append(draw(_elements(name, tuple(elements))))
    path = draw(st.sampled_from(["elements", "bst/elements"]))
    return DrawnProject(elements=tuple(elements), element_path=path)


@st.composite
def _elements(draw: st.DrawFn, name: str, earlier: tuple[DrawnElement, ...]) -> DrawnElement:
    """Return a strategy for an element that depends on earlier ones."""
    with_files = [one.name for one in earlier if one.kind != "stack"]
    known: list[Kind] = ["import", "manual", "stack"]
    if earlier:
        known += ["compose", "script"]
    if with_files:
        known.append("filter")
    kind = draw(st.sampled_from(known))
    word = draw(st.sampled_from(_WORDS))
    if kind == "filter":
        only = DrawnDependency(name=draw(st.sampled_from(with_files)), type="build")
        return DrawnElement(name=name, kind=kind, dependencies=(only,), word=word)
    least = 1 if kind in ("compose", "script") else 0
    chosen = draw(
        st.lists(
            st.sampled_from([one.name for one in earlier]), unique=True, min_size=least, max_size=4
        )
        if earlier
        else st.just([])
    )
    dependencies = tuple(draw(_dependencies(kind, other)) for other in chosen)
    return DrawnElement(name=name, kind=kind, dependencies=dependencies, word=word)


@st.composite
def _dependencies(draw: st.DrawFn, kind: Kind, name: str) -> DrawnDependency:
    type_ = draw(st.sampled_from(_TYPES[kind]))
    strict = type_ in _STRICT_TYPES and kind != "stack" and draw(st.booleans())
    return DrawnDependency(name=name, type=type_, strict=strict)


@st.composite
def edits(draw: st.DrawFn, before: DrawnProject) -> Edit:
    """Return a strategy for edits of a project; each changes at least one file.

    They change a text of an element, or a dependency, or add or remove an element.
    """
    makers = [_word_edits(before), _new_elements(before)]
    if any(_addable(before, one) for one in before.elements):
        makers.append(_added_dependencies(before))
    if any(_removable(one) for one in before.elements):
        makers.append(_removed_dependencies(before))
    if any(_can_be_strict(one) for one in before.elements):
        makers.append(_strict_edits(before))
    if len(before.elements) > 1:
        makers.append(_removed_elements(before))
    return draw(st.one_of(makers))


@st.composite
def histories(draw: st.DrawFn, *, max_elements: int = 6, max_edits: int = 4) -> History:
    """Return a strategy for projects with up to `max_edits` edits, one after the other."""
    first = now = draw(projects(max_elements=max_elements))
    made: list[Edit] = []
    for _ in range(draw(st.integers(0, max_edits))):
        made.append(draw(edits(now)))
        now = made[-1].after
    return History(first=first, edits=tuple(made))


@st.composite
def _word_edits(draw: st.DrawFn, before: DrawnProject) -> Edit:
    element = draw(st.sampled_from(before.elements))
    if element.kind == "stack":
        return draw(_new_elements(before))
    # One of the next words, which make another filter too.
    place = _WORDS.index(element.word) + draw(st.integers(1, len(_DOMAINS) - 1))
    word = _WORDS[place % len(_WORDS)]
    after = before.changed(replace(element, word=word))
    return Edit(told=f"word of {element.name}", before=before, after=after)


@st.composite
def _new_elements(draw: st.DrawFn, before: DrawnProject) -> Edit:
    taken = {one.name.casefold() for one in before.elements}
    name = draw(element_names().filter(lambda name: name.casefold() not in taken))
    element = draw(_elements(name, before.elements))
    after = replace(before, elements=(*before.elements, element))
    return Edit(told=f"add {name}", before=before, after=after)


@st.composite
def _removed_elements(draw: st.DrawFn, before: DrawnProject) -> Edit:
    free = [one for one in before.elements if not before.users(one.name)]
    element = draw(st.sampled_from(free))  # the last one at least
    after = replace(before, elements=tuple(one for one in before.elements if one != element))
    return Edit(told=f"remove {element.name}", before=before, after=after)


@st.composite
def _added_dependencies(draw: st.DrawFn, before: DrawnProject) -> Edit:
    element = draw(st.sampled_from([one for one in before.elements if _addable(before, one)]))
    name = draw(st.sampled_from(_addable(before, element)))
    added = draw(_dependencies(element.kind, name))
    after = before.changed(replace(element, dependencies=(*element.dependencies, added)))
    return Edit(told=f"{element.name} needs {name}", before=before, after=after)


@st.composite
def _removed_dependencies(draw: st.DrawFn, before: DrawnProject) -> Edit:
    element = draw(st.sampled_from([one for one in before.elements if _removable(one)]))
    gone = draw(st.sampled_from(element.dependencies))
    left = tuple(one for one in element.dependencies if one != gone)
    after = before.changed(replace(element, dependencies=left))
    return Edit(told=f"{element.name} needs {gone.name} no more", before=before, after=after)


@st.composite
def _strict_edits(draw: st.DrawFn, before: DrawnProject) -> Edit:
    element = draw(st.sampled_from([one for one in before.elements if _can_be_strict(one)]))
    flipped = draw(
        st.sampled_from([one for one in element.dependencies if one.type in _STRICT_TYPES])
    )
    listed = tuple(
        replace(one, strict=not one.strict) if one == flipped else one
        for one in element.dependencies
    )
    after = before.changed(replace(element, dependencies=listed))
    return Edit(told=f"strictness of {flipped.name} in {element.name}", before=before, after=after)


def _addable(before: DrawnProject, element: DrawnElement) -> list[str]:
    """Return the elements that may become dependencies of another one."""
    if element.kind == "filter":
        return []
    place = before.elements.index(element)
    known = {one.name for one in element.dependencies}
    return [one.name for one in before.elements[:place] if one.name not in known]


def _removable(element: DrawnElement) -> bool:
    least = {"filter": 1, "compose": 1, "script": 1}.get(element.kind, 0)
    return len(element.dependencies) > least


def _can_be_strict(element: DrawnElement) -> bool:
    listed = element.dependencies if element.kind not in ("stack", "filter") else ()
    return any(one.type in _STRICT_TYPES for one in listed)
