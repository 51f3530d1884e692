"""Which release of its package a plugin file is of: known files by what is in them.

`releases.json` holds them, for kinds whose rules are written here; CONTRIBUTING.md says how a
release is added.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from functools import cache
from importlib.resources import files
from typing import Final

_MOST_HELPERS: Final = 8
_HELPERS: Final = re.compile(rb"^[ \t]*from[ \t]+\.(\w+)[ \t]+import\b", re.MULTILINE)


def fingerprint(content: bytes, beside: Callable[[str], bytes | None]) -> str | None:
    """Return the hex SHA-256 of a plugin file, with those of the modules beside it that it imports.

    `beside` returns the content of such a module by its name, None when it cannot be read; then
    there is no fingerprint.
    """
    digests = {"": hashlib.sha256(content).hexdigest()}
    waiting = [content]
    while waiting:
        for name in sorted(set(_HELPERS.findall(waiting.pop()))):
            module = name.decode("ascii")
            if module in digests:
                continue
            found = beside(module) if len(digests) <= _MOST_HELPERS else None
            if found is None:
                return None
            digests[module] = hashlib.sha256(found).hexdigest()
            waiting.append(found)
    if len(digests) == 1:
        return digests[""]
    text = "\n".join(f"{name} {digest}" for name, digest in sorted(digests.items()))
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def release_of(plugin_type: str, kind: str, digest: str | None) -> tuple[int, ...]:
    """Return the first release with the file whose fingerprint is `digest`, `()` for none.

    `plugin_type` is `elements` or `sources`. The plugin of a project, which has no releases, is
    of release 1, and 2 after its rules changed.
    """
    return _known().get((plugin_type, kind), {}).get(digest or "", ())


@cache
def _known() -> Mapping[tuple[str, str], Mapping[str, tuple[int, ...]]]:
    text = files("bstgraph.kinds").joinpath("releases.json").read_text("utf-8")
    return {
        (plugin_type, kind): {
            digest: tuple(map(int, release.split(".")))
            for release, digests in releases.items()
            for digest in digests
        }
        for plugin_type, kinds in json.loads(text).items()
        for kind, releases in kinds.items()
    }
