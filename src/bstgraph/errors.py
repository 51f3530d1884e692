"""What can be wrong with a project or a call, as one tree of exceptions.

BstGraphError
├── ProjectError       the project is wrong: a file, a value, a rule of BuildStream
│   └── LoadErrors     several independent ProjectErrors (an ExceptionGroup too)
├── SelectionError     a name, selector or option of the caller matches nothing
├── CacheError         a cache of artifacts, or a list of their files, cannot be read
├── ImageError         a container image is wrong, too large, or not the one that is asked for
└── SettingsError      bstgraph's own settings are wrong
"""

from __future__ import annotations

import difflib
import itertools
import os.path
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final, Literal, Self

if TYPE_CHECKING:
    from bstgraph.provenance import Provenance

Slug = Literal[
    "bad-baseline",
    "bad-check",
    "bad-dependency",
    "bad-edit",
    "bad-element-name",
    "bad-expression",
    "bad-image",
    "bad-keys",
    "bad-manifest",
    "bad-option",
    "bad-settings",
    "bad-source",
    "bad-symbol",
    "checkout-failed",
    "circular-dependency",
    "duplicate-key",
    "element-rule",
    "empty-selection",
    "fatal-warning",
    "illegal-composite",
    "image-too-large",
    "include-loop",
    "invalid-data",
    "invalid-junction",
    "invalid-yaml",
    "junction-conflict",
    "junction-loop",
    "link-loop",
    "list-directive",
    "load-errors",
    "missing-file",
    "missing-key",
    "no-cache",
    "no-chain",
    "no-filter",
    "no-path",
    "no-project",
    "no-rule",
    "not-a-file",
    "outside-project",
    "plugin-origin",
    "protected-variable",
    "too-large",
    "undefined-variable",
    "unknown-alias",
    "unknown-check",
    "unknown-element",
    "unknown-image",
    "unknown-key",
    "unknown-kind",
    "unknown-location",
    "unknown-option",
    "unknown-revision",
    "unreadable-file",
    "unsupported-version",
    "unwritable-file",
    "user-assertion",
    "variable-cycle",
]
"""Every slug; `docs/messages.md` has a heading for each."""


_LONGEST: Final = 1_000
"""Characters of a message that are shown."""

_LONGEST_NAME: Final = 100
_MOST_NAMES: Final = 10_000
_MOST_COMPARED: Final = 100


class BstGraphError(Exception):
    """Base of every error this library raises on purpose.

    Attributes: `slug`, `message`, `at` (a Provenance or None), `fix` (what to write instead).
    """

    def __init__(
        self, slug: Slug, message: str, *, at: Provenance | None = None, fix: str | None = None
    ) -> None:
        """Keep the attributes; the text is made from them."""
        super().__init__(message)
        self.slug: Slug = slug
        self.message = message
        self.at = at
        self.fix = fix

    def __str__(self) -> str:
        where = f"{self.at}: " if self.at else ""
        fix = f", {self.fix}" if self.fix else ""
        return f"{printable(f'{where}{self.message}{fix}')} [{self.slug}]"

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (type(self), (self.slug, self.message), self.at, self.fix)

    def render(self) -> str:
        """Return the error for a person: one line, the place as a picture, the fix."""
        where = f"{self.at}: " if self.at else ""
        told = [printable(line) for line in f"{where}{self.message}".split("\n")]
        lines = ["\n  ".join(told) + f" [{self.slug}]"]
        if self.at and (picture := self.at.picture()):
            lines.append(picture)
        if self.fix:
            lines.append(f"  fix: {printable(self.fix)}")
        return "\n".join(lines)


def _rebuild(
    cls: type[BstGraphError], told: tuple[Slug, str], at: Provenance | None, fix: str | None
) -> BstGraphError:
    return cls(*told, at=at, fix=fix)


class ProjectError(BstGraphError):
    """The project is wrong: BuildStream would reject it too, or it is hostile."""


class SelectionError(BstGraphError):
    """A name, selector, option or path of the caller matches nothing in the project."""


class CacheError(BstGraphError):
    """A cache of artifacts, or a list of their files, cannot be read."""


class SettingsError(BstGraphError):
    """bstgraph's own settings (`bstgraph.toml`, `[tool.bstgraph]`) are wrong."""


class ImageError(BstGraphError):
    """A container image is wrong, over a limit, or not the one that the caller asks for."""


class LoadErrors(ProjectError, ExceptionGroup[ProjectError]):
    """Several errors of one project that do not depend on each other, by file and line."""

    def __new__(cls, errors: Sequence[ProjectError]) -> Self:
        """Make the group; `errors` is not empty."""
        return super().__new__(cls, f"{len(errors)} errors in the project", list(errors))

    def __init__(self, errors: Sequence[ProjectError]) -> None:
        """Keep `errors` in their order; the message is the group's own."""
        del errors
        self.slug: Slug = "load-errors"
        self.at = None
        self.fix = None

    def derive(self, excs: Sequence[Exception]) -> LoadErrors:  # type: ignore[override]  # narrower
        """Return a group of the same kind, as `split` and `subgroup` need."""
        return LoadErrors([error for error in excs if isinstance(error, ProjectError)])

    def __reduce__(self) -> tuple[object, ...]:
        return LoadErrors, (list(self.exceptions),)

    def __str__(self) -> str:
        return "\n".join(str(error) for error in self.exceptions)

    def render(self) -> str:
        """Return every error for a person, one after the other."""
        return "\n".join(
            error.render() for error in self.exceptions if isinstance(error, ProjectError)
        )


def printable(text: str) -> str:
    """Return `text` on one line, without what a terminal would act on, and not too long."""
    if len(text) > _LONGEST:
        text = f"{text[: _LONGEST // 2]} ... {text[-_LONGEST // 2 :]}"
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def did_you_mean(name: str, known: Iterable[str]) -> str | None:
    """Return "did you mean 'x'?" for the nearest of `known`, or None when none is near.

    The same name in another folder is nearest. Comparing is slow and there may be thousands of
    names, so at most some that begin or end like `name` are compared, as all do that have one
    mistake.
    """
    if len(name) > _LONGEST_NAME:
        return None
    base = _stem(os.path.basename(name))
    head, tail = base[: len(base) // 2], base[len(base) // 2 + 1 :]
    likely: dict[str, str] = {}
    others: dict[str, str] = {}
    for one in itertools.islice(known, _MOST_NAMES):
        if one == name:
            continue
        stem = _stem(os.path.basename(one))
        if base and stem == base:
            return f"did you mean '{one}'?"
        if (head and stem.startswith(head)) or (tail and stem.endswith(tail)):
            likely[_stem(one)] = one
        else:
            others[_stem(one)] = one
    cutoff = 0.6 if len(_stem(name)) > 3 else 0.5
    for names in (likely, others):
        compared = itertools.islice(names, _MOST_COMPARED)
        if near := difflib.get_close_matches(_stem(name), compared, n=1, cutoff=cutoff):
            return f"did you mean '{names[near[0]]}'?"
    return None


def _stem(name: str) -> str:
    # What all element names share would make them all alike.
    return name.removesuffix(".bst").lower()
