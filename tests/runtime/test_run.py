"""A run over a store: what one run leaves for the next, and what it refuses."""

from __future__ import annotations

import json
import random
import sqlite3
from pathlib import Path

import pytest

from compiler.compile import compile_text
from runtime.lines import LeadLines
from runtime.run import Run
from runtime.sqlite import SQLite
from runtime.store import Memory, StoreError
from runtime.times import read_instant

MODEL = """model m "x" { lateness 10 days }
event visit { n: number }
event drop { n: number }
score s { rule v { on visit  add n }  rule d { on drop  subtract n } }
trigger hot { when s >= 40  emit "hot" }
"""


def table(text: str = MODEL):
    compiled = compile_text(text)
    assert compiled.table is not None, [each.message for each in compiled.diagnostics]
    return compiled.table


def event(id: str, day: int, n: float = 20, kind: str = "visit", lead: str = "L") -> bytes:
    time = f"2024-01-{day:02d}T00:00:00Z"
    given = {
        "specversion": "1.0",
        "id": id,
        "source": "s",
        "type": kind,
        "subject": lead,
        "time": time,
        "data": {"n": n},
    }
    return json.dumps(given).encode()


def go(store, lines, at=None, *, tell=True, model=None, refold=False):
    """One run; gives (score line of the lead, publications as (type, day, late))."""
    run = Run(model or table(), store, refold=refold, publish=tell)
    run.take(lines)
    outcome = run.finish(None if at is None else read_instant(f"2024-01-{at:02d}T00:00:00Z"))
    run.save()
    told = []
    if tell:
        due = run.due()
        for text in run.publications(due):
            given = json.loads(text)
            told.append((given["type"], int(given["time"][8:10]), given["data"].get("late", False)))
        run.told(due)
    writer = LeadLines(run.plan, outcome.at)
    return [json.loads(writer.write(lead)) for lead in outcome.leads], told


@pytest.fixture(params=["memory", "sqlite"])
def store(request, tmp_path):
    made = Memory() if request.param == "memory" else SQLite(tmp_path / "state.db")
    yield made
    made.close()


def test_what_a_run_did_not_tell_stays_due_and_is_late_when_it_is_told(store):
    assert go(store, [event("1", 1), event("2", 2)], tell=False)[1] == []
    assert go(store, [])[1] == [("hot", 2, True)]
    assert go(store, [])[1] == []


def test_what_a_run_was_about_to_tell_when_it_died_is_told_as_it_would_have_been(store):
    run = Run(table(), store, publish=True)
    run.take([event("1", 1), event("2", 2)])
    run.finish()
    run.save()
    assert go(store, [event("1", 1), event("2", 2)])[1] == [("hot", 2, False)]


def test_a_firing_that_was_never_told_goes_without_a_retraction(store):
    go(store, [event("1", 1), event("2", 2)], tell=False)
    assert go(store, [event("3", 1, 5, "drop")])[1] == []


def test_a_firing_that_comes_and_goes_is_told_each_time_under_its_own_id(store):
    ids = []
    for lines in (
        [event("1", 1), event("2", 5)],
        [event("3", 4, 5, "drop")],
        [event("4", 3, 5)],
        [event("5", 2, 4, "drop")],
    ):
        run = Run(table(), store, publish=True)
        run.take(lines)
        run.finish()
        run.save()
        due = run.due()
        ids += [(json.loads(text)["type"], json.loads(text)["id"]) for text in run.publications(due)]
        run.told(due)
    assert [kind for kind, _ in ids] == ["hot", "hot.retracted", "hot", "hot.retracted"]
    assert len({id for _, id in ids}) == 4


def test_an_earlier_end_neither_tells_nor_takes_back_what_lies_behind_it(store):
    lines = [event("1", 1), event("2", 8)]
    assert go(store, lines, at=9)[1] == [("hot", 8, False)]
    leads, told = go(store, [], at=5)
    assert told == [] and leads[0]["scores"] == {"s": 20} and leads[0]["fired"] == []
    assert go(store, [event("3", 7, 10, "drop")], at=6)[1] == []
    assert go(store, [], at=9)[1] == [("hot.retracted", 8, False)]


def test_events_after_the_end_wait_for_a_later_run(store):
    leads, _ = go(store, [event("1", 1), event("2", 5)], at=3)
    assert leads[0]["scores"] == {"s": 20}
    assert go(store, [])[0][0]["scores"] == {"s": 40}


def test_another_model_needs_a_refold_and_a_new_label_does_not(store):
    go(store, [event("1", 1)])
    labelled = table(MODEL.replace("rule v {", 'rule v "Came by" {'))
    assert go(store, [], model=labelled)[0][0]["scores"] == {"s": 20}
    other = table(MODEL.replace("add n", "add 2 * n"))
    with pytest.raises(StoreError, match="--refold"):
        Run(other, store)
    assert go(store, [], model=other, refold=True)[0][0]["scores"] == {"s": 40}
    with pytest.raises(StoreError, match="--refold"):
        Run(table(), store)


def test_a_refold_sets_aside_what_the_new_model_does_not_take_and_keeps_it(store):
    go(store, [event("1", 1), event("2", 2, 5, "drop")])
    without = table(MODEL.replace("event drop { n: number }", "").replace("rule d { on drop  subtract n }", ""))
    run = Run(without, store, refold=True)
    outcome = run.finish()
    assert run.set_aside == 1 and outcome.leads[0].a == [20000]
    run.save()
    assert go(store, [], refold=True)[0][0]["scores"] == {"s": 15}


def test_a_file_that_is_no_database_of_ours_is_refused(tmp_path):
    text = tmp_path / "text.db"
    text.write_text("hello, this is no database at all, only some text that is long enough" * 20)
    with pytest.raises(StoreError, match="not a leadscore database"):
        SQLite(text)
    foreign = tmp_path / "foreign.db"
    with sqlite3.connect(foreign) as db:
        db.execute("CREATE TABLE t (x)")
    db.close()
    with pytest.raises(StoreError, match="not one of leadscore"):
        SQLite(foreign)
    newer = tmp_path / "newer.db"
    SQLite(newer).commit()
    with sqlite3.connect(newer) as db:
        db.execute("PRAGMA user_version = 99")
    db.close()
    with pytest.raises(StoreError, match="newer than this leadscore reads"):
        SQLite(newer)
    with pytest.raises(StoreError, match="can't be used"):
        SQLite(tmp_path / "no" / "such" / "folder.db")


@pytest.mark.parametrize("seed", range(60))
def test_a_damaged_database_is_refused_and_never_believed(tmp_path, seed):
    """Random bytes are changed: the run ends in a clear error, or what was changed did not matter."""
    path = tmp_path / "state.db"
    lines = [event(str(at), 1 + at % 20, 5, lead=f"lead-{at % 40}") for at in range(400)]
    store = SQLite(path)
    sound = go(store, lines)
    store.close()
    dice = random.Random(seed)
    data = bytearray(path.read_bytes())
    for _ in range(dice.choice([1, 20, 200])):
        data[dice.randrange(len(data))] = dice.randrange(256)
    path.write_bytes(data)
    said, found = "", sound
    try:
        store = SQLite(path)
        try:
            found = go(store, [event("new", 15, lead="lead-3"), event("0", 1, 5, lead="lead-0")])
        finally:
            store.close()
    except StoreError as error:
        said = str(error)
    assert str(path) in said or len(found[0]) == len(sound[0])


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM header",
        "UPDATE header SET newest = 'x'",
        "UPDATE leads SET state = x'00'",
        "UPDATE leads SET state = x'ffff'",
        "UPDATE lines SET lines = x'00'",
        "DROP TABLE pairs",
        "DROP TABLE leads",
    ],
)
def test_what_was_changed_by_hand_is_noticed(tmp_path, change):
    path = tmp_path / "state.db"
    store = SQLite(path)
    go(store, [event("1", 1), event("2", 2)])
    store.close()
    with sqlite3.connect(path) as db:
        db.execute(change)
    db.close()
    store = SQLite(path)
    with pytest.raises(StoreError, match="damaged"):
        go(store, [event("3", 1), event("2", 2)])
    store.close()


def test_a_run_that_was_not_saved_leaves_nothing_behind(tmp_path):
    path = tmp_path / "state.db"
    go(one := SQLite(path), [event("1", 1)])
    one.close()
    before = Path(path).read_bytes()
    store = SQLite(path)
    run = Run(table(), store)
    run.take([event("2", 2)])
    run.finish()
    store.close()
    assert Path(path).read_bytes() == before


def test_numbers_of_any_size_come_back_from_the_database(tmp_path):
    big = table(MODEL.replace("add n", "add n * n * n"))
    store = SQLite(tmp_path / "state.db")
    leads, _ = go(store, [event("1", 1, 999999999999999)], model=big)
    store.close()
    store = SQLite(tmp_path / "state.db")
    assert go(store, [], model=big)[0] == leads
    store.close()
