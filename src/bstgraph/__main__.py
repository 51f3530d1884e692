"""`python -m bstgraph` is `bstgraph`."""

from __future__ import annotations

import sys

from bstgraph.cli import main

sys.exit(main())
