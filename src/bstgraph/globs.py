"""BuildStream's globs over the paths of an artifact: one at a time, and many as one matcher.

The language is that of split rules and overlap whitelists (`utils._glob2re` of BuildStream): `*`
and `?` stop at a slash, `**` does not, `[ab]`, `[a-z]` and `[!ab]` are sets of characters and may
hold a slash, everything else stands for itself, the backslash too. A glob has to match the whole
path, which begins with a slash.

Globs and paths may be hostile, and the plain translation of `**a**a**a**b` to a regular expression
takes time that is exponential in the wildcards. Here a path has at most two places to try, with one
comparison of text each, however many wildcards there are, and that only if it has at most
`LONGEST_PATH` characters: see `_expression`. What cannot be written so, and any longer path, is
matched by `LinearGlob`, which is slow for every path alike.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

LONGEST_PATH: Final = 512
"""Characters of a path that regular expressions see; longer paths are matched in linear time."""

_DEEPEST: Final = 12
"""How deeply expressions are nested to share the beginnings of globs."""


class GlobError(ValueError):
    """A glob that BuildStream cannot translate: its build ends in an internal error."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CharacterSet:
    """One character of some: a set in brackets, or `?`."""

    ranges: tuple[tuple[str, str], ...]
    """First and last character of each range."""
    negated: bool

    def has(self, character: str) -> bool:
        """Return whether `character` is one of them."""
        return any(low <= character <= high for low, high in self.ranges) != self.negated

    @property
    def expression(self) -> str:
        """The set as a regular expression."""
        parts = (
            re.escape(low) if low == high else f"{re.escape(low)}-{re.escape(high)}"
            for low, high in self.ranges
        )
        return f"[{'^' if self.negated else ''}{''.join(parts)}]"


Piece: TypeAlias = str | CharacterSet
"""What matches one character: the character itself, or a set."""

_QUESTION_MARK: Final = CharacterSet(ranges=(("/", "/"),), negated=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Glob:
    """A glob, taken apart."""

    text: str
    segments: tuple[tuple[Piece, ...], ...]
    """What is between wildcards: at least one, and none but the first and the last is empty."""
    wildcards: tuple[bool, ...]
    """The wildcard after each segment but the last: whether it crosses slashes."""


def parse(text: str) -> Glob:
    """Return the glob `text`, taken apart.

    Raises:
        GlobError: a range in brackets is upside down.
    """
    segments: list[list[Piece]] = [[]]
    wildcards: list[bool] = []
    position, end = 0, len(text)
    while position < end:
        character = text[position]
        start, position = position, position + 1
        if character == "*":
            # BuildStream reads asterisks in pairs. What one alone adds to `**` matches nothing
            # that `**` does not, so any number of them is one wildcard.
            while position < end and text[position] == "*":
                position += 1
            wildcards.append(position - start > 1)
            segments.append([])
        elif character == "?":
            segments[-1].append(_QUESTION_MARK)
        elif character == "[" and (close := _closing(text, position)) is not None:
            segments[-1].append(_set(text[position:close]))
            position = close + 1
        else:
            segments[-1].append(character)
    return Glob(text=text, segments=tuple(map(tuple, segments)), wildcards=tuple(wildcards))


def _closing(text: str, position: int) -> int | None:
    """Return where the set that begins at `position` ends, None when nothing closes it."""
    if text.startswith("!", position):
        position += 1
    if text.startswith("]", position):
        position += 1
    close = text.find("]", position)
    return close if close >= 0 else None


def _set(inner: str) -> Piece:
    """Return the set with `inner` between its brackets."""
    negated = inner.startswith("!")
    characters = inner[1:] if negated else inner
    ranges: list[tuple[str, str]] = []
    position = 0
    while position < len(characters):
        low = high = characters[position]
        position += 1
        if characters.startswith("-", position) and position + 1 < len(characters):
            high = characters[position + 1]
            position += 2
            if high < low:
                raise GlobError(f"the range '{low}-{high}' in '[{inner}]' is upside down")
        ranges.append((low, high))
    if not negated and len(ranges) == 1 and ranges[0][0] == ranges[0][1]:
        return ranges[0][0]
    return CharacterSet(ranges=tuple(ranges), negated=negated)


# -- one glob, slowly ---------------------------------------------------------------------------


class LinearGlob:
    """A glob as a machine that follows all ways to match at once, a bit for each.

    Bit n of the state is set when the first n pieces may have matched what was read. Time and
    room are linear in the path, whatever the glob is; this is also what the fast way is tested
    against.
    """

    __slots__ = ("_accepting", "_cross", "_masks", "_pieces", "_stay")

    def __init__(self, glob: Glob) -> None:
        """Make the machine of `glob`."""
        self._pieces = [piece for segment in glob.segments for piece in segment]
        self._cross = self._stay = 0
        read = 0
        for segment, crosses in zip(glob.segments, glob.wildcards, strict=False):
            read += len(segment)
            self._stay |= 1 << read
            self._cross |= (1 << read) if crosses else 0
        self._accepting = 1 << len(self._pieces)
        self._masks: dict[str, int] = {}

    def __call__(self, path: str) -> bool:
        """Return whether the glob matches the whole of `path`."""
        state = 1
        for character in path:
            mask = self._masks.get(character)
            if mask is None:
                mask = self._masks[character] = self._mask(character)
            loops = self._cross if character == "/" else self._stay
            state = ((state & mask) << 1) | (state & loops)
            if not state:
                return False
        return bool(state & self._accepting)

    def _mask(self, character: str) -> int:
        digits = ("1" if _is(piece, character) else "0" for piece in reversed(self._pieces))
        return int("0" + "".join(digits), 2)


def _is(piece: Piece, character: str) -> bool:
    return piece == character if isinstance(piece, str) else piece.has(character)


# -- many globs, fast ---------------------------------------------------------------------------


def matcher(globs: Iterable[Glob]) -> Callable[[str], bool]:
    """Return what tells whether any of `globs` matches a path, which begins with a slash.

    It is one regular expression in which globs share their beginnings, so that hundreds of rules
    cost little more than one.
    """
    fast: dict[tuple[str, str], None] = {}
    slow: list[LinearGlob] = []
    every: list[Glob] = []
    for glob in globs:
        every.append(glob)
        expression = _expression(glob)
        if expression is None:
            slow.append(LinearGlob(glob))
        else:
            fast[expression] = None
    match = re.compile(_alternatives(list(fast), 0) if fast else "(?!)", re.DOTALL).match
    machines: list[LinearGlob] = []

    def matches_long(path: str) -> bool:
        if not machines:
            machines.extend(map(LinearGlob, every))
        return any(machine(path) for machine in machines)

    def matches(path: str) -> bool:
        if len(path) > LONGEST_PATH:
            return matches_long(path)
        return match(path) is not None or any(machine(path) for machine in slow)

    def matches_fast(path: str) -> bool:
        return match(path) is not None if len(path) <= LONGEST_PATH else matches_long(path)

    return matches if slow else matches_fast


def _expression(glob: Glob) -> tuple[str, str] | None:
    r"""Return the characters that `glob` begins with, and the rest of it as an expression.

    Wildcards do not backtrack into one another. After `**`, the first place where the pieces up
    to the next `**` match is as good as any later one, since that `**` reaches all that is
    beyond. After `*`, the first place where a segment matches is as good as any later one in the
    same component, and a segment with a slash has one place only. So all that is between two
    `**`, and each segment after a `*`, is an atomic group; only the last `**` and the last `*`
    try several places.

    It does not hold for a segment after `*` with a set that may be a slash or another character:
    with more than two wildcards, None is returned.
    """
    first, *segments = glob.segments
    literal = 0
    while literal < len(first) and isinstance(first[literal], str):
        literal += 1
    prefix = "".join(map(str, first[:literal]))
    head = _pieces(first[literal:])
    if any(map(_may_be_slash, segments)):
        if len(segments) > 2:
            return None
        return prefix, head + _plain(glob.wildcards, segments)
    return prefix, head + "".join(_groups(glob.wildcards, segments))


def _may_be_slash(segment: Sequence[Piece]) -> bool:
    """Return whether a set of `segment`, before its first slash, can match a slash."""
    for piece in segment:
        if piece == "/":
            return False
        if isinstance(piece, CharacterSet) and piece.has("/"):
            return True
    return False


def _plain(wildcards: Sequence[bool], segments: Sequence[Sequence[Piece]]) -> str:
    parts = (
        (".*" if crosses else "[^/]*") + _pieces(segment)
        for crosses, segment in zip(wildcards, segments, strict=True)
    )
    return "".join(parts) + r"\Z"


def _groups(wildcards: Sequence[bool], segments: Sequence[Sequence[Piece]]) -> Iterator[str]:
    r"""Yield the parts of an expression, one for each wildcard with the segment after it."""
    last = len(wildcards) - 1
    last_crossing = max((i for i, crosses in enumerate(wildcards) if crosses), default=-1)
    opened = False
    for index, (crosses, segment) in enumerate(zip(wildcards, segments, strict=True)):
        pieces = _pieces(segment)
        if crosses:
            yield ")" if opened else ""
            opened = index < last_crossing
            if index == last and not segment:
                return  # it ends in `**`: whatever follows matches
            yield f"(?>.*?{pieces}" if opened else f".*{pieces}"
        elif index == last:
            yield f"[^/]*{pieces}"
        else:
            yield f"(?>[^/]*?{pieces})"
    yield r"\Z"


def _pieces(segment: Iterable[Piece]) -> str:
    return "".join(re.escape(p) if isinstance(p, str) else p.expression for p in segment)


def _alternatives(expressions: Sequence[tuple[str, str]], depth: int) -> str:
    """Return one expression for any of `expressions`, those that begin alike put together.

    The engine passes over an alternative by its first character, so it looks at few of them.
    """
    if len(expressions) == 1 or depth == _DEEPEST:
        return "|".join(re.escape(prefix) + rest for prefix, rest in expressions)
    alike: dict[str, list[tuple[str, str]]] = {}
    for prefix, rest in expressions:
        alike.setdefault(prefix[:1], []).append((prefix, rest))
    parts = [rest for _, rest in alike.pop("", ())]
    for group in alike.values():
        shared = _beginning([prefix for prefix, _ in group])
        rests = [(prefix[len(shared) :], rest) for prefix, rest in group]
        inner = _alternatives(rests, depth + 1)
        parts.append(re.escape(shared) + (f"(?:{inner})" if len(group) > 1 else inner))
    return "|".join(parts)


def _beginning(texts: Sequence[str]) -> str:
    """Return the characters that all of `texts` begin with."""
    first, last = min(texts), max(texts)
    length = 0
    while length < len(first) and first[length] == last[length]:
        length += 1
    return first[:length]
