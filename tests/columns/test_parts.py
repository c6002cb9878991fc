"""However a file is cut up, and by how many processes it is folded: the same digits, the same rejects."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet
import pytest

from insight.columns import arrow
from insight.columns.arrow import ParquetEvents
from insight.columns.jsonl import JsonLines
from insight.columns.scoring import score
from tests.columns.histories import Said, one_by_one
from tests.columns.lines import shaken
from tests.columns.test_files import flat, rows
from tests.columns.test_fold import FEATURES, HEAD, NOW, table_of


def spoilt(seed: int) -> list[bytes]:
    """Events of which some come twice, in other words, or under a pair that is taken, far apart in the file."""
    draw = random.Random(seed)
    lines = shaken(seed, 600, 40)
    lines += [line.replace(b'"path"', b'"way"') for line in draw.sample(lines, 12)]
    lines += [line.replace(b": ", b" : ") for line in draw.sample(lines, 12)]
    lines += [line.replace(b'"subject": "lead-1', b'"subject": "lead-2') for line in draw.sample(lines, 30)]
    draw.shuffle(lines)
    return lines


def said(found) -> Said:
    leads = list(found.lines)
    rejects = [(reject.reason, reject.line.rstrip(b"\n")) for reject in found.rejects]
    return Said(found.at, leads, found.accepted, found.duplicates, rejects)


@pytest.mark.parametrize("seed", range(3))
def test_lines_in_many_parts_give_what_they_give_at_once(seed: int, tmp_path: Path) -> None:
    table, lines = table_of(HEAD + FEATURES["edges"]), spoilt(seed)
    wanted = one_by_one(table, lines, NOW, None)
    assert wanted.rejects
    assert wanted.duplicates
    half = len(lines) // 2
    paths = [tmp_path / "one.jsonl", tmp_path / "two.jsonl"]
    paths[0].write_bytes(b"\xef\xbb\xbf" + b"\n".join(lines[:half]))
    paths[1].write_bytes(b"\n".join(lines[half:]) + b"\n")
    for in_hand in (10**6, 40):
        assert said(score(table, JsonLines(paths=paths, chunk=9_000), NOW, None, in_hand=in_hand)) == wanted


def test_two_processes_give_what_one_gives(tmp_path: Path) -> None:
    table, lines = table_of(HEAD + FEATURES["waits"]), spoilt(9)
    path = tmp_path / "events.jsonl"
    path.write_bytes(b"\n".join(lines))
    found = score(table, JsonLines(paths=[path], chunk=40_000), NOW, None, workers=2, in_hand=200)
    assert said(found) == one_by_one(table, lines, NOW, None)


def test_rows_in_many_parts_give_what_they_give_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrow, "ROWS", 40)
    table, path = table_of(HEAD + FEATURES["each"]), tmp_path / "events.parquet"
    pyarrow.parquet.write_table(flat(rows()), path, row_group_size=17)
    with ParquetEvents([path]) as source:
        whole = said(score(table, source, NOW))
        assert len(source.stretches()) > 3
        assert said(score(table, source, NOW, in_hand=50)) == whole
        early = score(table, source, NOW, whole.at - 10**11, in_hand=50)
        assert said(early) == replace(said(score(table, source, NOW, early.at)), at=early.at)
    assert len(whole.leads) == 12


def test_no_events_are_no_leads(tmp_path: Path) -> None:
    path = tmp_path / "none.jsonl"
    path.write_bytes(b"")
    found = score(table_of(HEAD + FEATURES["points"]), JsonLines(paths=[path]), NOW)
    assert (found.accepted, list(found.lines), found.at) == (0, [], 0)
