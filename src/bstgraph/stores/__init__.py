"""What lies on this machine: git clones, temporary checkouts of them, and local files."""

from __future__ import annotations

from bstgraph.stores.checkouts import TemporaryCheckouts
from bstgraph.stores.content import Contents
from bstgraph.stores.git import GitClones, commit_of
from bstgraph.stores.revisions import Repository

__all__ = ["Contents", "GitClones", "Repository", "TemporaryCheckouts", "commit_of"]
