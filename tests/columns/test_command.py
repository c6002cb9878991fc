"""`leadscore score` over whole files says what it says event by event."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pyarrow.parquet
import pytest

from cli import whole_files
from tests.columns.lines import shaken
from tests.columns.test_files import flat, rows
from tests.columns.test_fold import FEATURES, HEAD
from tests.conformance import command

BY_COMPUTED = (
    HEAD + "score s { rule a { on visit where n >= 1 and level >= 2 add 1 } } trigger t { on visit set level = n }"
)


@pytest.fixture
def model(tmp_path: Path) -> str:
    path = tmp_path / "model.score"
    path.write_text(HEAD + FEATURES["edges"], encoding="utf-8")
    return str(path)


@pytest.fixture
def events(tmp_path: Path) -> str:
    path = tmp_path / "events.jsonl"
    path.write_bytes(b"\n".join(shaken(3)))
    return str(path)


def test_leads_and_rejects_are_the_same_bytes(model: str, events: str, tmp_path: Path) -> None:
    packed = tmp_path / "events.jsonl.gz"
    packed.write_bytes(gzip.compress(Path(events).read_bytes()))
    one, two, three = (str(tmp_path / name) for name in ("one", "two", "three"))
    wanted = command("score", model, "--events", events, "--json", "--rejects", one)
    found = command("score", model, "--events", events, "--json", "--rejects", two, "--engine", "columns")
    unpacked = command("score", model, "--events", str(packed), "--json", "--rejects", three, "--engine", "columns")
    assert found[:2] == unpacked[:2] == wanted[:2]
    assert Path(one).read_bytes() == Path(two).read_bytes() == Path(three).read_bytes()
    assert found[2].replace(two, one) == wanted[2]


def test_the_table_for_reading_is_the_same(model: str, events: str) -> None:
    wanted = command("score", model, "--events", events, "--by", "s", "--limit", "5")
    found = command("score", model, "--events", events, "--by", "s", "--limit", "5", "--engine", "columns")
    assert found[:2] == wanted[:2]


def test_parquet_is_folded_by_columns_without_being_told(model: str, tmp_path: Path) -> None:
    path, out = tmp_path / "events.parquet", tmp_path / "leads.parquet"
    pyarrow.parquet.write_table(flat(rows()), path)
    status, lines, _ = command("score", model, "--events", str(path), "--json")
    assert status == 0
    assert len(lines.splitlines()) == 12
    assert command("score", model, "--events", str(path), "--output", str(out))[0] == 0
    leads = pyarrow.parquet.read_table(out).to_pylist()
    assert [(lead["lead"], lead["score.s"]) for lead in leads] == [
        (lead["lead"], lead["scores"]["s"]) for lead in map(json.loads, lines.splitlines())
    ]


def test_a_model_that_is_not_for_columns_is_folded_event_by_event(events: str, tmp_path: Path) -> None:
    model, path = tmp_path / "model.score", tmp_path / "events.parquet"
    model.write_text(BY_COMPUTED, encoding="utf-8")
    wanted = command("score", str(model), "--events", events, "--json")
    found = command("score", str(model), "--events", events, "--json", "--engine", "columns")
    assert found[:2] == wanted[:2]
    assert "folded event by event: the model has a rule that matches by a computed number" in found[2]
    pyarrow.parquet.write_table(flat(rows()), path)
    assert len(command("score", str(model), "--events", str(path), "--json")[1].splitlines()) == 12


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (["--engine", "columns", "--db", "state.db"], "--db goes with files that are folded event by event"),
        (["--engine", "columns", "--outbox", "out"], "--outbox goes with files"),
        (["--engine", "spark"], "Spark reads Parquet files"),
        (["--output", "leads.parquet", "--json"], "--output takes all leads as they are"),
    ],
)
def test_options_that_do_not_go_together_are_refused(model: str, events: str, more: list[str], says: str) -> None:
    status, out, err = command("score", model, "--events", events, *more)
    assert (status, out) == (2, "")
    assert says in err


def test_files_that_do_not_go_together_are_refused(model: str, events: str, tmp_path: Path) -> None:
    path = tmp_path / "events.parquet"
    path.write_bytes(b"no Parquet")
    assert "don't go together" in command("score", model, "--events", events, str(path))[2]
    assert "leave --engine events out" in command("score", model, "--events", str(path), "--engine", "events")[2]
    status, out, err = command("score", model, "--events", str(path))
    assert (status, out) == (2, "")
    assert "can't be read" in err


def test_what_is_missing_is_named(model: str, events: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "insight.columns.arrow", None)
    status, _, err = command("score", model, "--events", events, "--engine", "columns")
    assert status == 2
    assert "leadscore[columns]" in err
    assert whole_files.__doc__
