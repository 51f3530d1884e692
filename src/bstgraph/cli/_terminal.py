"""What the command line writes, and how: nothing that a terminal would obey."""

from __future__ import annotations

import re
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from bstgraph.errors import BstGraphError, LoadErrors

_QUIET_SECONDS: Final = 1.0
"""How long a load takes before it is worth a line of progress."""
# The latter ones turn the direction of a line, or end it.
_CONTROL: Final = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]"
)


@contextmanager
def progress(what: str) -> Iterator[None]:
    """Tell on a terminal what takes long, and take it back when it is done."""
    if not sys.stderr.isatty():
        yield
        return
    done = threading.Event()
    start = time.monotonic()

    def tell() -> None:
        while not done.wait(_QUIET_SECONDS):
            sys.stderr.write(f"\r{what}: {time.monotonic() - start:.0f} s ")
            sys.stderr.flush()

    thread = threading.Thread(target=tell, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
        if time.monotonic() - start > _QUIET_SECONDS:
            sys.stderr.write("\r\x1b[K")


def safe(text: str) -> str:
    """Return `text` without what a terminal would obey: a project's texts are not trusted."""
    return _CONTROL.sub(lambda match: match[0].encode("unicode_escape").decode(), text)


def say(text: str) -> None:
    if text:
        print(safe(text))


def print_json(text: str) -> None:
    print(text)  # JSON has its own escapes


def tell(text: str) -> None:
    print(safe(text), file=sys.stderr)


def tell_errors(error: BstGraphError) -> None:
    several = error.exceptions if isinstance(error, LoadErrors) else ()
    for one in several or (error,):
        tell(f"error: {one.render() if isinstance(one, BstGraphError) else one}")
    if len(several) > 1:
        tell(f"{len(several):,} errors")
