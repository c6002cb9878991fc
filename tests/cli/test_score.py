"""`leadscore score`: its line, its options, what it says on standard error."""

from __future__ import annotations

import gzip
import json
import os

import pytest


def scored(leadscore, model, *argv, **more):
    result = leadscore("score", model, *argv, "--json", **more)
    assert result.status == 0, result.err
    return {line["lead"]: line for line in result.lines}


def test_the_line_of_a_lead_is_exactly_what_the_contract_says(leadscore, model, history):
    result = leadscore("score", model, "--events", history, "--json")
    assert (result.status, result.err) == (0, "")
    assert result.out.splitlines()[0] == (
        '{"lead":"l1","at":"2026-01-08T00:00:00Z",'
        '"scores":{"interest[crm]":1,"interest[field service]":0,"readiness":22.5},"bands":{"readiness":"hot"},'
        '"tallies":{"views":3},"stage":"engaged",'
        '"entered":{"subscriber":"2026-01-05T10:00:00Z","engaged":"2026-01-07T09:00:00Z"},'
        '"tags":["keen"],"fields":{"note":"engaged"},'
        '"fired":[{"trigger":"engage","at":"2026-01-07T09:00:00Z"}]}'
    )


def test_leads_come_in_the_order_of_their_ids_by_code_point(leadscore, model, events):
    path = events.file(*[events.view("2026-01-05T10:00:00Z", lead) for lead in ["b", "ä", "Z", "\U0001f600", "ﬀ", "a"]])
    assert list(scored(leadscore, model, "--events", path)) == ["Z", "a", "b", "ä", "ﬀ", "\U0001f600"]


def test_at_leaves_out_later_events_and_leads_that_have_none_yet(leadscore, model, history):
    lines = scored(leadscore, model, "--events", history, "--at", "2026-01-07T09:00:00Z")
    assert list(lines) == ["l1"]
    assert lines["l1"]["at"] == "2026-01-07T09:00:00Z"
    assert lines["l1"]["tallies"] == {"views": 2}


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("2026-01-09", "2026-01-09T00:00:00Z"),
        ("2026-01-09T01:30+02:00", "2026-01-08T23:30:00Z"),
        ("2026-01-09t01:30:00.1234567z", "2026-01-09T01:30:00.123456Z"),
    ],
)
def test_an_instant_may_be_a_date_or_have_an_offset(given, shown, leadscore, model, history):
    assert scored(leadscore, model, "--events", history, "--at", given)["l1"]["at"] == shown


@pytest.mark.parametrize(
    "given", ["2026-01-09T01:30", "2026-02-30", "yesterday", "", "2026-01-09T24:00Z", "1969-01-01"]
)
@pytest.mark.parametrize("option", ["--at", "--now"])
def test_a_time_that_is_none_is_wrong_usage(option, given, leadscore, model, history):
    result = leadscore("score", model, "--events", history, option, given)
    assert (result.status, result.out) == (2, "")
    assert f"'{option}': `{given}` is not a time" in result.err


def test_now_is_what_events_are_held_against(leadscore, model, history):
    result = leadscore("score", model, "--events", history, "--now", "2026-01-06", "--json")
    assert (result.status, [line["lead"] for line in result.lines]) == (0, ["l1"])
    assert result.err == ("4 events rejected: 4 later than now by more than 5 minutes; use --rejects F to keep them\n")


def test_events_of_several_files_count_together_however_they_are_named(leadscore, model, history):
    lines = history.read_bytes().splitlines(keepends=True)
    parts = []
    for n, line in enumerate(lines):
        parts.append(history.with_name(f"part{n}.jsonl"))
        parts[-1].write_bytes(line)
    whole = leadscore("score", model, "--events", history, "--json").out
    after_one_flag = leadscore("score", model, "--json", "--events", *parts).out
    a_flag_each = leadscore("score", *[each for part in parts for each in ("--events", part)], model, "--json").out
    model_last = leadscore("score", "--json", "--events", *parts, model).out
    with_equals = leadscore("score", model, f"--events={parts[0]}", "--events", *parts[1:], "--json").out
    assert whole == after_one_flag == a_flag_each == model_last == with_equals


def test_standard_input_is_named_by_a_dash_and_may_be_one_of_several(leadscore, model, history):
    content = history.read_bytes()
    whole = leadscore("score", model, "--events", history, "--json").out
    assert leadscore("score", model, "--events", "-", "--json", stdin=content).out == whole
    assert leadscore("score", model, "--events", "-", history, "--json", stdin=content[:300]).lines


def test_compressed_events_are_read_as_they_are(leadscore, model, history):
    packed = history.with_name("events.gz")
    packed.write_bytes(gzip.compress(history.read_bytes()))
    whole = leadscore("score", model, "--events", history, "--json").out
    assert leadscore("score", model, "--events", packed, "--json").out == whole
    assert leadscore("score", model, "--events", "-", "--json", stdin=packed.read_bytes()).out == whole


def test_a_byte_order_mark_and_blank_lines_and_carriage_returns_are_no_events(leadscore, model, history):
    whole = leadscore("score", model, "--events", history, "--json").out
    content = b"\xef\xbb\xbf" + history.read_bytes().replace(b"\n", b"\r\n\r\n  \n")
    marked = history.with_name("marked.jsonl")
    marked.write_bytes(content)
    result = leadscore("score", model, "--events", marked, "--json")
    assert (result.out, result.err) == (whole, "")


def test_no_events_at_all_give_no_lines(leadscore, model, events):
    empty = events.file()
    result = leadscore("score", model, "--events", empty, "--json")
    assert (result.status, result.out, result.err) == (0, "", "")
    result = leadscore("score", model, "--events", empty)
    assert (result.status, result.out, result.err) == (0, "", "0 leads; 0 new events\n")


def test_the_table_for_reading_shows_bands_stages_tags_and_the_last_firing(leadscore, model, history):
    result = leadscore("score", model, "--events", history)
    assert result.out == (
        "lead   interest[crm]  interest[field service]  readiness  stage       tags  last fired\n"
        "l1                 1                        0  22.5 hot   engaged     keen  engage 2026-01-07T09:00:00Z\n"
        "Ärmel              0                        0  10 hot     subscriber\n"
    )
    assert result.err == "at 2026-01-08T00:00:00Z: 2 leads; 6 new events\n"


def test_a_long_listing_is_not_cut_and_can_be_sorted_and_limited(leadscore, model, events):
    lines = [events.view("2026-01-05T10:00:00Z", f"lead-{n:04}-{'x' * 200}") for n in range(1500)]
    lines.append(events.line("lead", "2026-01-05T10:00:00Z", f"lead-1234-{'x' * 200}", country="DK"))
    path = events.file(*lines)
    result = leadscore("score", model, "--events", path)
    assert len(result.out.splitlines()) == 1501
    assert "lead-0777-" + "x" * 200 in result.out
    result = leadscore("score", model, "--events", path, "--by", "readiness", "--limit", "2", "--json")
    assert [(line["lead"][:9], line["scores"]["readiness"]) for line in result.lines] == [
        ("lead-1234", 12.5),
        ("lead-0000", 10),
    ]


def test_sorting_by_a_score_that_is_not_there_is_wrong_usage(leadscore, model, history):
    result = leadscore("score", model, "--events", history, "--by", "readyness")
    assert (result.status, result.out) == (2, "")
    assert "the model has no score `readyness`; did you mean `readiness`?" in result.err


# --- rejects ----------------------------------------------------------------------------------------------------------


def test_rejects_are_counted_by_reason_and_kept_where_one_asks(leadscore, model, events, tmp_path):
    good = events.view("2026-01-05T10:00:00Z", id="one")
    other = events.view("2026-01-05T10:00:00Z", lead="l2", id="one")
    unknown = events.line("visit", "2026-01-05T10:00:00Z")
    odd = '{ "specversion" : "1.0", "ünknown": [1.50, 1e3] }'
    path = events.file(good, other, unknown, odd, b"\xff\xfe not text", '"a text"', good)
    rejects = tmp_path / "bad.jsonl"
    result = leadscore("score", model, "--events", path, "--rejects", rejects, "--json")
    assert (result.status, len(result.lines)) == (0, 1)
    assert result.err == (
        "5 events rejected: 1 other content under a known pair of source and id, 1 unknown type, "
        f"1 not a CloudEvents 1.0 object, 1 not JSON, 1 not a CloudEvents object; kept in {rejects}\n"
    )
    lines = rejects.read_text(encoding="utf-8").splitlines()
    kept = [json.loads(line) for line in lines]
    assert [each["event"] for each in kept] == [
        json.loads(other), json.loads(unknown), json.loads(odd), "\ufffd\ufffd not text", "a text",
    ]  # fmt: skip
    assert lines[2].endswith(f'"event":{odd}}}'), "JSON is kept as it was spelled"
    assert all(list(each) == ["reason", "event"] and each["reason"] for each in kept)


def test_no_rejects_leave_an_empty_file_in_place_of_an_old_one(leadscore, model, history, tmp_path):
    rejects = tmp_path / "bad.jsonl"
    rejects.write_text("old")
    assert leadscore("score", model, "--events", history, "--rejects", rejects).status == 0
    assert rejects.read_bytes() == b""


def test_strict_makes_rejects_status_1_and_still_does_everything(leadscore, model, events, history, tmp_path):
    bad = events.file("nope", name="bad.jsonl")
    result = leadscore("score", model, "--events", history, bad, "--strict", "--json", "--db", tmp_path / "s.db")
    assert (result.status, len(result.lines)) == (1, 2)
    assert leadscore("score", model, "--events", history, "--strict").status == 0
    again = leadscore("score", model, "--db", tmp_path / "s.db", "--strict", "--json")
    assert (again.status, again.out) == (0, result.out)


def test_a_rejected_event_may_be_sent_again_mended(leadscore, model, events, tmp_path):
    db = tmp_path / "s.db"
    broken = events.file(events.view("2026-01-05T10:00:00Z", id="e", pages=11))
    mended = events.file(events.view("2026-01-05T10:00:00Z", id="e", pages=10), name="mended.jsonl")
    first = leadscore("score", model, "--events", broken, "--db", db, "--json")
    assert (first.out, "1 bad value" in first.err) == ("", True)
    assert scored(leadscore, model, "--events", mended, "--db", db)["l1"]["tallies"] == {"views": 1}


# --- the database -----------------------------------------------------------------------------------------------------


def test_a_database_goes_on_where_the_last_run_ended(leadscore, model, history, tmp_path):
    db = tmp_path / "s.db"
    lines = history.read_bytes().splitlines(keepends=True)
    for n, line in enumerate(reversed(lines)):
        part = tmp_path / f"{n}.jsonl"
        part.write_bytes(line)
        last = leadscore("score", model, "--events", part, "--db", db, "--json")
        assert last.status == 0, last.err
    assert last.out == leadscore("score", model, "--events", history, "--json").out
    assert last.out == leadscore("score", model, "--db", db, "--json").out


def test_another_model_on_a_database_is_an_error_unless_it_is_folded_anew(leadscore, model, history, tmp_path):
    db, other = tmp_path / "s.db", tmp_path / "other.score"
    other.write_text(model.read_text(encoding="utf-8").replace("add 10,", "add 7,"), encoding="utf-8")
    leadscore("score", model, "--events", history, "--db", db)
    for command in (["score"], ["accounts"]):
        result = leadscore(*command, other, "--db", db)
        assert (result.status, result.out) == (2, "")
        assert "--refold" in result.err
    anew = leadscore("score", other, "--db", db, "--refold", "--json")
    assert (anew.status, anew.out) == (0, leadscore("score", other, "--events", history, "--json").out)
    assert leadscore("score", model, "--db", db).status == 2
    assert leadscore("score", other, "--db", db, "--json").out == anew.out


def test_a_table_and_the_file_it_was_compiled_from_are_one_model(leadscore, model, history, tmp_path):
    table, db = tmp_path / "t.json", tmp_path / "s.db"
    leadscore("compile", model, "-o", table)
    assert leadscore("score", model, "--events", history, "--db", db).status == 0
    assert scored(leadscore, table, "--db", db) == scored(leadscore, model, "--events", history)


def test_a_database_in_use_by_another_run_is_told_so(leadscore, model, history, tmp_path, monkeypatch):
    from runtime import sqlite

    db = tmp_path / "s.db"
    leadscore("score", model, "--events", history, "--db", db)
    monkeypatch.setattr(sqlite, "_WAIT", 0.1)
    held = sqlite.SQLite(db)
    try:
        result = leadscore("score", model, "--db", db)
    finally:
        held.close()
    assert (result.status, result.out) == (2, "")
    assert f"{db} is in use by another run" in result.err


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"not a database at all, but long enough to be read as one" * 9, "is not a leadscore database"), (None, "is")],
)
def test_what_is_no_database_is_left_alone(content, said, leadscore, model, history, tmp_path):
    db = tmp_path / "s.db"
    if content is None:
        db.mkdir()
    else:
        db.write_bytes(content)
    result = leadscore("score", model, "--events", history, "--db", db)
    assert (result.status, result.out) == (2, "")
    assert said in result.err
    assert content is None or db.read_bytes() == content


def test_the_database_of_another_program_is_left_alone(leadscore, model, history, tmp_path):
    import sqlite3

    db = tmp_path / "s.db"
    other = sqlite3.connect(db)
    other.execute("CREATE TABLE contacts (id)")
    other.commit()
    other.close()
    before = db.read_bytes()
    result = leadscore("score", model, "--events", history, "--db", db)
    assert (result.status, "not one of leadscore" in result.err) == (2, True)
    assert db.read_bytes() == before


def test_events_after_at_wait_in_the_database_for_a_later_run(leadscore, model, history, tmp_path):
    db = tmp_path / "s.db"
    early = scored(leadscore, model, "--events", history, "--db", db, "--at", "2026-01-06")
    assert early["l1"]["tallies"] == {"views": 1}
    assert (
        leadscore("score", model, "--db", db, "--json").out
        == leadscore("score", model, "--events", history, "--json").out
    )


# --- the outbox -------------------------------------------------------------------------------------------------------


def published(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_a_publication_is_a_cloud_event_with_what_its_trigger_saw(leadscore, model, history, tmp_path):
    out = tmp_path / "out.jsonl"
    assert leadscore("score", model, "--events", history, "--outbox", out).status == 0
    lead, account = published(out)
    assert lead.pop("id") != account.pop("id")
    shown = {"interest[crm]": 0, "interest[field service]": 0, "readiness": 22.5}
    assert lead == {
        "specversion": "1.0", "source": "leadscore/demo", "type": "lead.engaged", "subject": "l1",
        "time": "2026-01-07T09:00:00Z", "datacontenttype": "application/json",
        "data": {"trigger": "engage", "scores": shown, "stage": "engaged"},
    }  # fmt: skip
    assert (account["type"], account["subject"], account["time"]) == ("account.big", "acme", "2026-01-08T00:00:00Z")


def test_publications_are_written_once_over_all_runs_of_a_database(leadscore, model, history, tmp_path):
    db, out = tmp_path / "s.db", tmp_path / "out.jsonl"
    leadscore("score", model, "--events", history, "--outbox", out)
    alone = published(out)
    leadscore("score", model, "--events", history, "--db", db)
    leadscore("score", model, "--db", db, "--outbox", out)
    due = published(out)
    assert [event["data"].pop("late") for event in due] == [True] * len(due), "an earlier run has looked past them"
    assert due == alone, "what an earlier run was not asked to write stays due"
    leadscore("score", model, "--db", db, "--outbox", out)
    assert published(out) == []


def test_a_late_event_publishes_late_and_takes_back(leadscore, model, events, tmp_path):
    db, out = tmp_path / "s.db", tmp_path / "out.jsonl"
    first = events.file(events.view("2026-01-05T10:00:00Z"), events.view("2026-01-07T10:00:00Z"))
    leadscore("score", model, "--events", first, "--db", db, "--outbox", out)
    told = published(out)
    late = events.file(events.view("2026-01-05T11:00:00Z"), name="late.jsonl")
    leadscore("score", model, "--events", late, "--db", db, "--outbox", out)
    now = {each["type"]: each for each in published(out)}
    assert set(now) == {"lead.engaged", "lead.engaged.retracted"}
    assert (now["lead.engaged"]["time"], now["lead.engaged"]["data"]["late"]) == ("2026-01-05T11:00:00Z", True)
    assert now["lead.engaged.retracted"]["time"] == told[0]["time"]
    assert "late" not in now["lead.engaged.retracted"]["data"]
    assert len({each["id"] for each in [*told, *now.values()]}) == 3


# --- files that can't be read or written ------------------------------------------------------------------------------


@pytest.mark.parametrize("option", ["--rejects", "--outbox"])
def test_a_file_that_cannot_be_written_is_told_before_anything_is_taken_in(option, leadscore, model, history, tmp_path):
    db = tmp_path / "s.db"
    for target in (tmp_path / "no" / "file", tmp_path):
        result = leadscore("score", model, "--events", history, "--db", db, option, target)
        assert (result.status, result.out) == (2, "")
        assert str(target) in result.err
        assert not db.exists()


@pytest.mark.parametrize("option", ["--rejects", "--outbox"])
def test_an_output_never_overwrites_an_input(option, leadscore, model, history, tmp_path):
    before = history.read_bytes()
    for target in (history, model, tmp_path / "." / history.name):
        result = leadscore("score", model, "--events", history, option, target)
        assert (result.status, "would overwrite" in result.err) == (2, True)
    assert history.read_bytes() == before
    result = leadscore("score", model, "--events", history, "--rejects", tmp_path / "x", "--outbox", tmp_path / "x")
    assert result.status == 2


def test_events_that_cannot_be_read_leave_the_database_as_it_was(leadscore, model, history, tmp_path):
    db = tmp_path / "s.db"
    cut = tmp_path / "cut.gz"
    cut.write_bytes(gzip.compress(os.urandom(5000))[:-2000])
    for bad in (tmp_path / "none.jsonl", tmp_path, cut):
        result = leadscore("score", model, "--events", history, bad, "--db", db)
        assert (result.status, result.out) == (2, "")
        assert f"{bad} can't be read: " in result.err
        assert bad == cut or not db.exists(), "nothing was begun"
    assert leadscore("score", model, "--events", history, "--db", db).err.endswith("6 new events\n")


def test_an_output_may_be_a_pipe(leadscore, model, history, tmp_path):
    import threading

    pipe, found = tmp_path / "pipe", []
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: found.extend(pipe.read_text().splitlines()))
    reader.start()
    assert leadscore("score", model, "--events", history, "--outbox", pipe).status == 0
    reader.join(120)
    assert [json.loads(line)["type"] for line in found] == ["lead.engaged", "account.big"]


def test_a_file_that_is_replaced_keeps_its_rights_and_leaves_no_draft(leadscore, model, history, tmp_path):
    out, link = tmp_path / "out.jsonl", tmp_path / "link.jsonl"
    out.write_text("old")
    out.chmod(0o640)
    link.symlink_to(out)
    assert leadscore("score", model, "--events", history, "--outbox", link).status == 0
    assert (out.stat().st_mode & 0o777, link.is_symlink(), len(published(out))) == (0o640, True, 2)
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []
