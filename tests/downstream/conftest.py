"""What is mistaken on purpose is run by test_downstream alone."""

from __future__ import annotations

collect_ignore = ["mistaken"]
