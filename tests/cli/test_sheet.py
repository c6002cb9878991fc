"""Random models that change at random: every declaration of every version stands in one row, and every column shows
what changed in it."""

from __future__ import annotations

import random
from itertools import pairwise
from types import SimpleNamespace

import pytest

from cli.sheet.commits import Commit, Version
from cli.sheet.rows import declarations, tracks
from cli.sheet.sheet import make
from cli.sheet.steps import model_of, step
from cli.sheet.walk import Walked
from compiler.compile import compile_text
from tests.diff.mutations import _changed, harmless
from tests.models import make as a_model


def versions(seed):
    """A model, and what random changes of its text made of it, as far as it compiles."""
    chance = random.Random(seed)
    texts = [a_model(seed).model]
    for _ in range(3):
        renamed = chance.random() < 0.4
        texts.append(harmless(texts[-1], seed).replace("  # as before", "") if renamed else _changed(texts[-1], chance))
    for at, text in enumerate(texts):
        commit = Commit(f"{at:040}", f"{at:07}", f"2026-01-{at + 1:02}", at, ("Ada",), "a change", "model.score")
        model = model_of(Version(commit, compile_text(text)))
        if model is not None:
            yield model


@pytest.mark.parametrize("seed", range(1, 13))
def test_each_declaration_has_a_row_and_each_column_a_change(seed):
    models = list(versions(seed))
    walked = Walked(models, [step(old, new) for old, new in pairwise(models)])
    found = tracks(walked.models, walked.steps)
    for at, model in enumerate(models):
        rows = [track.names[at] for track in found if at in track.names]
        assert sorted(rows) == sorted(declared for declared, _ in declarations(model.program))
    sheet = make(SimpleNamespace(path="model.score"), walked, walked.marks, {})
    for place in range(1, len(sheet.columns)):
        assert any(row.cells[place].changed for row in sheet.rows)
    assert {len(row.cells) for row in sheet.rows} == {len(sheet.columns)}
