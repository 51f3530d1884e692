"""What lies on this machine: files of projects, git clones, caches, manifests, images."""

from __future__ import annotations

from bstgraph.stores.cache import LocalCache, default_cache_directory, has_default_cache
from bstgraph.stores.checkouts import SharedFiles, TemporaryCheckouts
from bstgraph.stores.commits import Commit, CommitRange, commit_range
from bstgraph.stores.content import Contents, ProjectContents
from bstgraph.stores.git import GitClones, commit_of
from bstgraph.stores.keyfiles import read_keys
from bstgraph.stores.manifests import read_manifest
from bstgraph.stores.maps import read_map
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
    "Commit",
    "CommitRange",
    "Contents",
    "GitClones",
    "Image",
    "ImageConfig",
    "Layer",
    "LayerEntry",
    "LocalCache",
    "ProjectContents",
    "Repository",
    "SharedFiles",
    "TemporaryCheckouts",
    "commit_of",
    "commit_range",
    "default_cache_directory",
    "has_default_cache",
    "open_image",
    "read_keys",
    "read_manifest",
    "read_map",
]
