"""The descriptors that the library loads, made anew: `python -m tests.protos` writes them."""

from __future__ import annotations

import importlib.resources
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

PROTOS: Final = Path(str(importlib.resources.files("bstgraph.stores"))) / "protos"


def compiled(proto: Path) -> bytes:
    """Return the serialized FileDescriptorSet of a .proto file, as protoc makes it."""
    with tempfile.TemporaryDirectory() as directory:
        made = Path(directory, "made.desc")
        command = [sys.executable, "-m", "grpc_tools.protoc", f"--proto_path={proto.parent}"]
        subprocess.run([*command, f"--descriptor_set_out={made}", proto], check=True)
        return made.read_bytes()


if __name__ == "__main__":
    for source in sorted(PROTOS.glob("*.proto")):
        source.with_suffix(".desc").write_bytes(compiled(source))
