"""The conformance cases of `check`: files to be accepted, and files to be refused for their one mistake."""

from __future__ import annotations

from pathlib import Path

import pytest

from compiler.compile import compile_file
from compiler.schema import validate
from tests.conftest import ROOT

CASES = ROOT.parent / "shared" / "conformance"
pytestmark = pytest.mark.skipif(not CASES.is_dir(), reason="the conformance cases are not beside the project")


@pytest.mark.parametrize("path", sorted(CASES.glob("check-ok/*.score")), ids=lambda path: path.stem)
def test_a_right_file_is_accepted(path: Path) -> None:
    assert [each for each in compile_file(path).diagnostics if each.severity == "error"] == []


@pytest.mark.parametrize("path", sorted(CASES.glob("check-error/*.score")), ids=lambda path: path.stem)
def test_a_wrong_file_is_refused_for_its_one_mistake(path: Path) -> None:
    result = compile_file(path)
    assert result.table is None
    assert [each.severity for each in result.diagnostics] == ["error"]


@pytest.mark.parametrize("path", sorted(CASES.glob("*/model.score")), ids=lambda path: path.parent.name)
def test_the_model_of_a_case_gives_a_table_that_fits_the_schema(path: Path) -> None:
    table = compile_file(path).table
    assert table is not None
    validate(table)
