"""What-if: a state, and edits of it that are chained; nothing is written, nothing is built.

Each edit gives the keys that the same edit of the files would give. What the model knows is edited
there, which takes milliseconds; what needs the files to be read anew is loaded again with texts in
the place of files.
"""

from __future__ import annotations

from bstgraph.scenario._builder import DependencyType, Scenario
from bstgraph.scenario._reloading import OptionValue

__all__ = ["DependencyType", "OptionValue", "Scenario"]
