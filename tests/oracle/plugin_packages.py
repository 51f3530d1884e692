"""The plugins of the public packages, copied into a project that has them by origin `local`."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final

_PACKAGES: Final = {
    "buildstream_plugins": {
        "elements": "autotools cmake make meson pip setuptools",
        "sources": "bzr cargo docker git patch pip",
    },
    "buildstream_plugins_community": {
        "elements": "bazel_build bazelize cargo check_forbidden collect_integration "
        "collect_manifest dpkg_build dpkg_deploy fastboot_bootimg fastboot_ext4 flatpak_image "
        "flatpak_repo makemaker modulebuild oci ostree pyproject qmake snap_image tar_element "
        "x86image",
        "sources": "anitya bazel_file bazel_source cargo2 cpan deb gen_cargo_lock git_module "
        "git_repo git_tag gnu go_module ostree patch_queue pypi quilt zip",
    },
}
KINDS: Final = frozenset(
    (part, name)
    for package in _PACKAGES.values()
    for part, names in package.items()
    for name in names.split()
)
"""(`elements` or `sources`, kind) of all of them."""

_TOOLS: Final = ("bzr", "git-lfs", "ostree", "quilt", "python3.12", "patch")


def copy(python: Path, project: Path) -> str:
    """Copy the plugins that `python` has into `project`; return `plugins:` for its project.conf.

    BuildStream runs them, bstgraph reads them.
    """
    code = "import sysconfig; print(sysconfig.get_path('purelib'))"
    found = subprocess.run([python, "-c", code], capture_output=True, text=True, check=True)
    for package in _PACKAGES:
        for part in ("elements", "sources"):
            shutil.copytree(
                Path(found.stdout.strip(), package, part),
                project / package / part,
                ignore=shutil.ignore_patterns("__pycache__"),
            )
    return "plugins:\n" + "".join(_origins())


def _origins() -> Iterator[str]:
    for package, parts in _PACKAGES.items():
        for part, names in parts.items():
            listed = ", ".join(names.split())
            yield f"- {{origin: local, path: {package}/{part}, {part}: [{listed}]}}\n"


def pretend_needs(folder: Path) -> dict[str, str]:
    """Put what plugins look for, and a key does not need, into `folder`; return the environment.

    That is programs that they would run, and a module that `deb` would unpack with.
    """
    for name in _TOOLS:
        tool = folder / name
        tool.write_text("#!/bin/sh\n")
        tool.chmod(0o755)
    (folder / "arpy.py").touch()
    path = os.pathsep.join((os.environ["PATH"], str(folder)))
    return {"PATH": path, "PYTHONPATH": str(folder)}
