from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.editor import Editor


@pytest.fixture(scope="module")
def editor() -> Iterator[Editor]:
    """An editor without a folder, one for all tests of a module: each opens files of its own."""
    with Editor(ROOT) as made:
        yield made


@pytest.fixture
def at_home(tmp_path: Path) -> Iterator[Editor]:
    """An editor whose folder is `tmp_path`."""
    with Editor(ROOT, tmp_path) as made:
        yield made
