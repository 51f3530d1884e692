"""The command line: each command loads, asks one thing, renders and returns an exit status.

Answers go to standard output, messages to standard error. The status is 0 when all is well, 1 when
there are findings or differences, 2 when the call is wrong or the project cannot be loaded.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Final

from bstgraph.cli._arguments import parser
from bstgraph.cli._commands import FINDINGS, FINE
from bstgraph.cli._loading import last
from bstgraph.cli._terminal import tell, tell_errors
from bstgraph.errors import BstGraphError

__all__ = ["FINDINGS", "FINE", "WRONG", "main"]

WRONG: Final = 2
# What a shell reports for a program that ended by SIGINT or SIGPIPE.
_INTERRUPTED: Final = 130
_PIPE_CLOSED: Final = 141


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            # A name or a line of a tree that the terminal cannot show is better than no answer.
            stream.reconfigure(errors="backslashreplace")
    try:
        args = parser().parse_args(argv)
        args.json = last(args, "json")
        status: int = args.command(args)
        sys.stdout.flush()
    except BstGraphError as error:
        tell_errors(error)
        return WRONG
    except BrokenPipeError:
        # The reader has gone, as with `| head`: keep Python from complaining at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _PIPE_CLOSED
    except KeyboardInterrupt:
        tell("interrupted")
        return _INTERRUPTED
    return status
