"""On random models with a random change: what is shown is so, and where nothing is said to differ nothing does."""

from __future__ import annotations

import pytest

from compiler.compile import compile_text
from tests.diff.mutations import harmless, mutated
from tests.diff.sides import check, compared
from tests.engine import PASSES, Engine
from tests.models import make

SEEDS = [*range(1000, 1025), 1030, 1033, 1034]


@pytest.mark.parametrize("seed", SEEDS)
def test_every_history_shows_its_change_and_what_is_the_same_folds_the_same(seed, tmp_path):
    made = mutated(seed)
    if made is None:
        return
    sample, text = made
    found = compared(sample.model, text, seconds=0.4, longest=12)
    for witness in found.witnesses:
        check(sample.model, text, witness)
    if found.same:
        old, new = (Engine(model, tmp_path, PASSES, kept=False) for model in (sample.model, text))
        for run in sample.runs:
            assert old.run(run) == new.run(run)


@pytest.mark.parametrize("seed", SEEDS)
def test_names_order_and_layout_are_no_change(seed):
    text = make(seed).model
    other = harmless(text, seed)
    assert compile_text(other).table is not None
    found = compared(text, other)
    assert [change for change in found.changes if change.means] == []
