"""What lies on this machine: git clones, and temporary checkouts of what is pinned in them."""

from __future__ import annotations

from bstgraph.stores.checkouts import TemporaryCheckouts
from bstgraph.stores.git import GitClones, commit_of

__all__ = ["GitClones", "TemporaryCheckouts", "commit_of"]
