"""What lies on this machine: files of projects, git clones, container images."""

from __future__ import annotations

from bstgraph.stores.checkouts import TemporaryCheckouts
from bstgraph.stores.content import Contents, ProjectContents
from bstgraph.stores.git import GitClones, commit_of
from bstgraph.stores.oci import (
    MOST_BYTES,
    MOST_ENTRIES,
    Image,
    ImageConfig,
    Layer,
    LayerEntry,
    open_image,
)
from bstgraph.stores.revisions import Repository

__all__ = [
    "MOST_BYTES",
    "MOST_ENTRIES",
    "Contents",
    "GitClones",
    "Image",
    "ImageConfig",
    "Layer",
    "LayerEntry",
    "ProjectContents",
    "Repository",
    "TemporaryCheckouts",
    "commit_of",
    "open_image",
]
