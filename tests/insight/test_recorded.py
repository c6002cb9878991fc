"""Recorded events are what the command, the database and the live table take in, lead by lead."""

from __future__ import annotations

import json
import random
from collections import Counter

import pytest

from insight.database import Database
from insight.export import Export
from insight.recorded import RecordedError
from insight.timeline import timeline
from runtime.dynamo.leads import Leads
from runtime.dynamo.model import Model
from runtime.lines import LeadLines, settle
from runtime.run import Run
from runtime.sqlite import SQLite
from runtime.times import DAY, read_moment, write_instant
from tests.insight.recordings import FAR, InMemory, line, model_of, recorded
from tests.insight.test_timeline import MODEL
from tests.models import make


def of_run(table, lines, now=FAR):
    """What a first run of `score` takes in, by lead."""
    run = Run(table, now=now)
    run.take(lines)
    return run, {id: sorted(event[:3] for event in events) for id, events in run.arrivals.taken.items()}


def of_recording(found, models, number):
    kept = {}
    for shelf in range(found.shelves):
        for history in found.shelf(shelf):
            events, _ = history.events(models[number], number)
            if events:
                kept[history.id] = [event[0] for event in events]
    return kept


def sample_lines(seed):
    sample = make(seed)
    lines = [each.encode("utf-8", "surrogatepass") for run in sample.runs for each in run.lines]
    return sample.model, lines + lines[: len(lines) // 3]


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("held", [1 << 26, 200])
def test_files_are_taken_in_as_a_run_under_each_model_takes_them(seed, held):
    text, lines = sample_lines(seed)
    models = [model_of(text), model_of(make(seed + 1000).model), model_of(text)]
    now = max(run.now for run in make(seed).runs)
    found = recorded(lines, *models, now=now, held=held)
    for number, model in enumerate(models):
        run, taken = of_run(model.table, lines, now)
        assert of_recording(found, models, number) == taken
        tally = found.tallies[number]
        assert (tally.accepted, tally.duplicates, tally.newest) == (run.accepted, run.duplicates, run.arrivals.newest)
        assert tally.rejects == Counter(reject.reason.partition(":")[0] for reject in run.rejects)
    found.close()


def test_the_fingerprint_is_that_of_the_events_whatever_their_order():
    model = model_of(MODEL)
    lines = [visit(n, n * DAY, f"lead {n % 3}") for n in range(30)]
    whole = recorded(lines, model).fingerprint
    random.Random(1).shuffle(lines)
    assert recorded(lines, model).fingerprint == whole
    assert (whole.events, whole.last) == (30, 29 * DAY)
    assert recorded(lines[1:], model).fingerprint.hash != whole.hash
    assert recorded([*lines, lines[0]], model).fingerprint == whole


def test_a_database_gives_what_its_runs_have_accepted(tmp_path):
    text, lines = sample_lines(5)
    model = model_of(text)
    path = tmp_path / "state.db"
    for part in (lines[::2], lines[1::2]):
        store = SQLite(path)
        run = Run(model.table, store, now=FAR)
        run.take(part)
        run.finish()
        run.save()
        store.close()
    found = Database(path)
    store = SQLite(path)
    kept = {row.id: sorted({model.read(each)[1][0] for each in store.history(row.id)}) for row in store.every()}
    store.close()
    assert of_recording(found, [model], 0) == kept
    assert found.fingerprint.events == sum(map(len, kept.values()))
    assert found.newest == run.arrivals.newest


def test_a_database_that_is_written_meanwhile_is_told_of(tmp_path):
    model = model_of(MODEL)
    path = tmp_path / "state.db"

    def run(*lines):
        store = SQLite(path)
        run = Run(model.table, store, now=FAR)
        run.take(lines)
        run.finish()
        run.save()
        store.close()

    run(visit(1, DAY))
    found = Database(path)
    assert of_recording(found, [model], 0) == {"ada": [(DAY, "web", "1")]}
    run(visit(2, 2 * DAY))
    with pytest.raises(RecordedError, match=r"another run wrote .* meanwhile"):
        of_recording(found, [model], 0)


def test_a_file_that_is_no_database_is_refused(tmp_path):
    path = tmp_path / "state.db"
    with pytest.raises(RecordedError, match="there is no database"):
        Database(path)
    path.write_text("nothing of the sort, and long enough to be looked at by whoever opens it")
    with pytest.raises(RecordedError, match="is not a leadscore database"):
        Database(path)


# --- exports ----------------------------------------------------------------------------------------------------------


def delivered(model, lines, seed=0, most=7, **options):
    """A table into which lines came in some order, a few at a time."""
    chance, table = random.Random(seed), InMemory()
    time = read_moment("2026-03-01")
    leads = Leads(table, model, lambda: time, pause=lambda _: None, **options)
    left = list(lines)
    accepted = []
    while left:
        many = chance.randint(1, most)
        some, left = left[:many], left[many:]
        time = FAR
        verdicts = leads.take(some)
        accepted += [each for each, verdict in zip(some, verdicts, strict=True) if verdict.kind == "accepted"]
    return table, leads, accepted


@pytest.mark.parametrize("seed", range(6))
def test_an_export_gives_what_the_live_table_keeps(seed, tmp_path):
    text, lines = sample_lines(seed)
    model = model_of(text)
    table, leads, accepted = delivered(model, lines, seed)
    found = Export(table.exported(tmp_path))
    want = {}
    for each in accepted:
        lead, event = model.read(each)
        want.setdefault(lead, []).append(event[0])
    assert of_recording(found, [model], 0) == {lead: sorted(events) for lead, events in want.items()}
    assert found.fingerprint.events == len(accepted) and found.remarks == []
    until = max((events[-1][0] for events in of_recording(found, [model], 0).values()), default=0)
    for shelf in range(found.shelves):
        for history in found.shelf(shelf):
            told = timeline(history, model, until)
            lead = leads.at(history.id, until)
            assert (told is None) == (lead is None)
            if told is not None:
                writer = LeadLines(model.plan, until)
                assert writer.write(told.lead) == writer.write(lead)


def test_lines_in_claims_and_in_items_of_their_own_are_found(tmp_path):
    model = model_of(MODEL)
    start = read_moment("2026-03-01")
    paths = [random.Random(n).randbytes(60).hex() for n in range(400)]
    lines = [line(n, write_instant(start + n * DAY // 24), "visit", path=path) for n, path in enumerate(paths)]
    table, _, accepted = delivered(model, lines, most=1)
    kinds = Counter(sk.partition("#")[0] for pk, sk in table.items if pk.startswith("L#"))
    assert len(accepted) == 400 and kinds["E"] and kinds["K"]
    assert any("lines" in item for (pk, _), item in table.items.items() if pk.startswith("C#"))
    found = Export(table.exported(tmp_path))
    assert [len(events) for events in of_recording(found, [model], 0).values()] == [400]


def test_a_lead_goes_on_from_the_state_that_expired_events_were_folded_into(tmp_path):
    model = model_of(MODEL)
    start = read_moment("2024-01-01")
    lines = [visit(n, start + n * 5 * DAY) for n in range(100)]
    table, leads, _ = delivered(model, lines, retention=100 * DAY)
    end = start + 500 * DAY
    pk = next(pk for pk, sk in table.items if sk == "S" and pk.startswith("L#"))
    leads.sweep(pk, FAR // 2)
    found = Export(table.exported(tmp_path))
    assert found.remarks == [
        "1 lead begins with the state that expired events were folded into: what gave those points is not known"
    ]
    (history,) = [each for shelf in range(found.shelves) for each in found.shelf(shelf)]
    assert history.start is not None and len(history.lines) < 100
    told = timeline(history, model, end)
    assert told.end.score("s") == scored(model, lines, end)
    assert sum(given.points for given in told.points.values()) == told.end.score("s")
    with pytest.raises(LookupError):
        told.at(start)
    other = model_of(MODEL.replace("add 10", "add 7"))
    with pytest.raises(ValueError, match="no release names"):
        timeline(history, other, end)
    carried = Model(other.table, lambda mark: model.plan if mark == model.digest else None)
    assert timeline(history, carried, end).end.score("s") is not None


def test_what_was_erased_is_not_in_an_export(tmp_path):
    from runtime.dynamo.erase import erase

    model = model_of(MODEL)
    table, leads, _ = delivered(model, [visit(n, read_moment("2026-03-01") + n * DAY) for n in range(5)])
    assert of_recording(Export(table.exported(tmp_path / "before")), [model], 0).keys() == {"ada"}
    assert erase(leads.table, "ada", FAR).found
    assert of_recording(Export(table.exported(tmp_path / "after")), [model], 0) == {}


def broken_manifest(top):
    (top / "manifest-files.json").write_text("[]\n")
    return "is no manifest"


def fewer_items(top):
    listed = top / "manifest-files.json"
    listed.write_text(listed.read_text().replace('"itemCount": ', '"itemCount": 7'))
    return "and the manifest says 7"


def a_file_gone(top):
    next(iter((top / "data").iterdir())).unlink()
    return "is missing"


def no_gzip(top):
    next(iter((top / "data").iterdir())).write_bytes(b"{}")
    return "damaged or no gzip file"


def ion(top):
    summary = json.loads((top / "manifest-summary.json").read_text())
    (top / "manifest-summary.json").write_text(json.dumps(summary | {"outputFormat": "ION"}))
    return "in the format ION; export in DYNAMODB_JSON"


def incremental(top):
    summary = json.loads((top / "manifest-summary.json").read_text())
    (top / "manifest-summary.json").write_text(json.dumps(summary | {"exportType": "INCREMENTAL_EXPORT"}))
    return "an incremental export"


@pytest.mark.parametrize("damage", [broken_manifest, fewer_items, a_file_gone, no_gzip, ion, incremental])
def test_an_export_that_is_not_whole_is_refused_with_a_reason(damage, tmp_path):
    table, _, _ = delivered(model_of(MODEL), [visit(1, read_moment("2026-03-01"))])
    top = next((table.exported(tmp_path) / "AWSDynamoDB").iterdir())
    message = damage(top)
    with pytest.raises(RecordedError, match=message):
        Export(tmp_path)


def test_a_folder_without_an_export_is_refused(tmp_path):
    with pytest.raises(RecordedError, match="is no export of a table"):
        Export(tmp_path)
    with pytest.raises(RecordedError, match="there is no folder"):
        Export(tmp_path / "nowhere")


def visit(number, t, lead="ada"):
    return line(number, write_instant(t), "visit", lead, path="/")


def scored(model, lines, t):
    run = Run(model.table, now=FAR)
    run.take(lines)
    (lead,) = run.finish(t).leads
    settle(run.plan, lead)
    return run.plan.shown[0](lead, t)
