"""What lies on this machine: files of projects, git clones, temporary checkouts of them."""

from __future__ import annotations

from bstgraph.stores.checkouts import TemporaryCheckouts
from bstgraph.stores.content import Contents, ProjectContents
from bstgraph.stores.git import GitClones, commit_of
from bstgraph.stores.revisions import Repository

__all__ = [
    "Contents",
    "GitClones",
    "ProjectContents",
    "Repository",
    "TemporaryCheckouts",
    "commit_of",
]
