"""docs/table.md and docs/table.schema.json say what is so."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from compiler.compile import compile_text
from compiler.schema import TableFile, schema_text
from compiler.terms import SHAPES
from runtime.table import dump
from tests.conftest import ROOT

TEXT = (ROOT / "docs" / "table.md").read_text(encoding="utf-8")


def example() -> tuple[str, Any]:
    """The rule file of the example, and its table as the page shows it."""
    score = re.search(r"```score\n(.*?)```", TEXT, re.DOTALL)
    table = re.search(r"```json\n(.*?)```", TEXT, re.DOTALL)
    assert score
    assert table
    return score[1], json.loads(table[1], parse_float=Decimal)


def test_the_example_of_the_page_compiles_to_the_table_that_it_shows() -> None:
    text, shown = example()
    table = compile_text(text).table
    assert table is not None
    assert json.loads(dump(table), parse_float=Decimal) == shown


def test_every_term_of_a_table_is_described() -> None:
    terms = TEXT.partition("## Terms")[2].partition("## The canonical form")[0]
    named = set(re.findall(r'\["([^"]+)"', terms)) | set(re.findall(r"`([a-z]+|[!<>]=?)`", terms))
    assert SHAPES.keys() - {"var", "template"} <= named


def test_the_schema_is_that_of_the_model() -> None:
    assert (ROOT / "docs" / "table.schema.json").read_text(encoding="utf-8") == schema_text()


@pytest.mark.parametrize(
    "change",
    [
        {"version": 2},
        {"surprise": 1},
        {"lateness": 0},
        {"tests": [["xor", ["true"], ["true"]]]},
        {"tests": [["not", ["=", ["lit", 1]]]]},
        {"hash": "md5:0"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_table_of_another_shape_is_refused(change: dict[str, Any]) -> None:
    _, shown = example()
    TableFile.model_validate(shown)
    with pytest.raises(ValidationError):
        TableFile.model_validate({**shown, **change})
