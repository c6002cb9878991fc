"""Warnings on random models, which have every feature of the language and most of its mistakes.

The engine says whether what is called out of reach stays out of reach: a score that a history comes to must lie within
the reach that lines are compared with.
"""

from __future__ import annotations

import re
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest

from cli.main import main
from compiler.compile import compile_text
from compiler.warnings.facts import look
from compiler.warnings.reach import Reach, reaches
from tests.compiler import test_warnings
from tests.compiler.test_fixes import mended
from tests.engine import Engine
from tests.models import make

SEEDS = 60


@pytest.mark.parametrize("first", range(0, SEEDS, 20))
def test_a_fix_mends_one_warning_and_breaks_nothing(first: int) -> None:
    fixes = 0
    for seed in range(first, first + 20):
        text = make(seed).model
        found = compile_text(text).diagnostics
        before = Counter(each.code for each in found)
        for finding in found:
            for fix in finding.fixes:
                fixes += 1
                result = compile_text(mended(text, fix))
                assert result.table is not None, (seed, fix.title)
                after = Counter(each.code for each in result.diagnostics)
                assert after[finding.code] < before[finding.code], (seed, fix.title)
    assert fixes > 10


def reach_of(text: str) -> dict[str, Reach]:
    result = compile_text(text)
    assert result.program is not None
    assert result.context is not None
    return reaches(look(result.context, result.program, result.tests))


@pytest.mark.parametrize("first", range(0, SEEDS, 20))
def test_no_history_comes_out_of_reach(first: int, tmp_path: Path) -> None:
    ended = 0
    for seed in range(first, first + 20):
        sample = make(seed)
        reach = reach_of(sample.model)
        ended += sum(each.high is not None for each in reach.values())
        folder = tmp_path / str(seed)
        folder.mkdir()
        engine = Engine(sample.model, folder, None, kept=False)
        for run in sample.runs:
            for lead in engine.run(run).leads:
                for key, shown in lead["scores"].items():
                    known, score = reach[key.partition("[")[0]], Decimal(str(shown))
                    assert known.low is None or score >= known.low, (seed, key, shown)
                    assert known.high is None or score <= known.high, (seed, key, shown)
    assert ended > 5


def held(text: str) -> list[tuple[str, str, str]]:
    """The scores that are said to be held, each with how high and the lead that shows it."""
    found = []
    for each in compile_text(text).diagnostics:
        witness = re.fullmatch(r"a lead with `([^`]+)` stays at (\S+) or above .*", " ".join(each.evidence))
        if each.code == "W406" and witness is not None:
            score = re.search(r"hold `(\w+)` at", each.message)
            assert score is not None
            found.append((score[1], witness[2], witness[1]))
    return found


def test_the_lead_that_is_shown_is_held_after_ten_years(tmp_path: Path) -> None:
    texts = [make(seed).model for seed in range(3 * SEEDS)]
    texts += [test_warnings.PRELUDE + test_warnings.bare(case) for case in test_warnings.cases()]
    shown = 0
    for text in texts:
        for score, total, lead in held(text):
            plain = re.search(rf"score {score}\b[^={{]*\bfor\b", text) is None
            if plain:
                shown += 1
                path = tmp_path / f"{shown}.score"
                test = f'test "held" {{ at 2020-01-01  lead {{ {lead} }}  after 3650 days  expect {score} >= {total} }}'
                path.write_text(f"{text}\n{test}\n", encoding="utf-8")
                assert main(["test", str(path), "--filter", "held"]) == 0, text
    assert shown > 2
