"""Every cut of a valid file, and files as large as anybody makes them, through the whole compiler.

LEADSCORE_EVERY=N takes every Nth prefix and every Nth token (default 23; 1 is all: some minutes), LEADSCORE_RULES
is the number of rules of the large file (default 3,000; 110,000 are 10 MB).
"""

from __future__ import annotations

import os
from itertools import islice

import pytest

from compiler.compile import compile_text
from dsl.diagnostics import has_errors
from dsl.render import as_text
from dsl.source import Source
from dsl.tokens import lex
from runtime import table
from runtime.plan import Plan
from tests.dsl.reading import whole_file

EVERY = int(os.environ.get("LEADSCORE_EVERY", "23"))
RULES = int(os.environ.get("LEADSCORE_RULES", "3000"))
PARTS = 8
WHOLE = whole_file()
TOKENS = lex(Source("a", WHOLE)).tokens


def answer(text: str) -> None:
    """A table or errors, each of which can be shown."""
    found = compile_text(text)
    assert (found.table is None) == has_errors(found.diagnostics)
    errors = sum(each.severity == "error" for each in found.diagnostics)
    assert as_text(found.diagnostics, found.files).count("error[") == errors


@pytest.mark.parametrize("part", range(PARTS))
def test_every_prefix_of_a_file_is_a_table_or_has_errors(part: int) -> None:
    for end in islice(range(0, len(WHOLE) + 1, EVERY), part, None, PARTS):
        answer(WHOLE[:end])


@pytest.mark.parametrize("part", range(PARTS))
def test_a_file_without_any_one_of_its_tokens_is_a_table_or_has_errors(part: int) -> None:
    for token in islice(TOKENS[::EVERY], part, None, PARTS):
        answer(WHOLE[: token.span.start] + WHOLE[token.span.end :])


def test_a_file_of_very_many_rules_is_compiled_loaded_and_asked() -> None:
    rules = "\n".join(
        f'  rule r{at} {{ on view where path = "/a-page/number-{at}" and seconds >= {at % 60}  add {at % 9 + 1} }}'
        for at in range(RULES)
    )
    text = f"model m {{ }}\nevent view {{ path: text required  seconds: integer required }}\nscore s {{\n{rules}\n}}\n"
    found = compile_text(text)
    assert found.table is not None, found.diagnostics[0].message
    plan = Plan(table.load(table.dump(found.table)))
    last = RULES - 1
    asked = plan.events["view"].find({"path": f"/a-page/number-{last}", "seconds": 60}, {})
    assert [[rule.name for rule in touched.rules] for touched in asked.scores] == [[f"r{last}"]]
    assert [each[1] for each in asked.sums] == [(last % 9 + 1) * 1000]
