"""What loading notices; what checks make of it is tested with them."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from bstgraph.errors import ProjectError
from bstgraph.testing import project

TWO: Final = "=== a.bst\nkind: stack\n=== b.bst\nkind: stack\n"


@pytest.mark.parametrize(("targets", "complete"), [(["a.bst"], False), (["a.bst", "b.bst"], True)])
def test_whether_all_element_files_were_read(
    targets: list[str], complete: object, tmp_path: Path
) -> None:
    assert project(TWO, tmp_path, targets=targets).observations.complete is complete


def test_a_folder_that_cannot_be_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(folder: str) -> list[str]:
        raise ProjectError("unreadable-file", f"cannot list {folder}")

    monkeypatch.setattr("bstgraph.project._observed.element_files", refuse)
    loaded = project(TWO, tmp_path, targets=["a.bst", "b.bst"])
    assert not loaded.observations.complete
