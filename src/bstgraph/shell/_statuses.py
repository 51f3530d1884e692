"""Commands of which it is known whether they succeed."""

from __future__ import annotations

from typing import Final

from bstgraph.shell._values import Word

_DONE: Final = {"true": True, ":": True, "false": False}


def status_of(name: str, words: tuple[Word, ...]) -> bool | None:
    """Return whether a command succeeds: `true`, `false`, a test of texts that are known."""
    return _DONE.get(name, _tested(words))


def _tested(words: tuple[Word, ...]) -> bool | None:
    """Return what a test of known texts says."""
    name = words[0].text
    if name not in ("[", "[[", "test") or not all(word.known for word in words):
        return None
    texts = [word.text for word in words[1:]]
    if name != "test":
        texts = texts[:-1]
    negated = texts[:1] == ["!"] and len(texts) > 1
    texts = texts[1:] if negated else texts
    match texts:
        case ["-n", text] | [text]:
            result = bool(text)
        case ["-z", text]:
            result = not text
        case [one, "=" | "==" as operator, other] if name != "[[" or operator == "=":
            result = one == other
        case [one, "!=", other] if name != "[[":
            result = one != other
        case _:
            return None
    return result != negated
