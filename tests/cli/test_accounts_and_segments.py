"""`leadscore accounts` and `leadscore segment`."""

from __future__ import annotations

import pytest


def test_the_line_of_an_account_is_exactly_what_the_contract_says(leadscore, model, history):
    result = leadscore("accounts", model, "--events", history, "--json")
    assert (result.status, result.err) == (0, "")
    assert result.out == (
        '{"account":"acme","at":"2026-01-08T00:00:00Z","leads":2,"scores":{"readiness":32.5},"tags":["big"],'
        '"fired":[{"trigger":"big","at":"2026-01-08T00:00:00Z"}]}\n'
    )


def test_accounts_are_listed_for_reading(leadscore, model, history):
    result = leadscore("accounts", model, "--events", history)
    assert result.out == (
        "account  leads  readiness  tags  last fired\nacme         2       32.5  big   big 2026-01-08T00:00:00Z\n"
    )
    assert result.err == "1 account; at 2026-01-08T00:00:00Z: 2 leads; 6 new events\n"


def test_accounts_come_by_name_and_stay_once_they_were_named(leadscore, model, events):
    path = events.file(
        events.line("lead", "2026-01-05T10:00:00Z", company="zeta"),
        events.line("lead", "2026-01-06T10:00:00Z", company="Ärzte"),
        events.line("lead", "2026-01-06T10:00:00Z", "l2", company="beta"),
    )
    lines = leadscore("accounts", model, "--events", path, "--json").lines
    assert [(line["account"], line["leads"]) for line in lines] == [("beta", 1), ("zeta", 0), ("Ärzte", 1)]
    early = leadscore("accounts", model, "--events", path, "--json", "--at", "2026-01-05T10:00:00Z").lines
    assert [line["account"] for line in early] == ["zeta"]


def test_a_model_without_accounts_has_none_and_says_so(leadscore, history, tmp_path):
    path = tmp_path / "plain.score"
    path.write_text("model plain { }\nevent page_view { path: text }\n")
    result = leadscore("accounts", path, "--events", history, "--json")
    assert (result.status, result.out) == (0, "")
    assert "no attribute of the type `account`" in result.err


def test_an_account_attribute_alone_gives_lines_without_scores(leadscore, history, tmp_path):
    path = tmp_path / "plain.score"
    path.write_text("model plain { }\nlead { company: account }\nevent page_view { path: text }\n")
    lines = leadscore("accounts", path, "--events", history, "--json").lines
    assert [(line["account"], line["leads"], line["scores"], line["fired"]) for line in lines] == [("acme", 2, {}, [])]


def test_the_line_of_a_segment_is_exactly_what_the_contract_says(leadscore, model, history):
    result = leadscore("segment", model, "hottest", "--events", history, "--json")
    assert (result.status, result.err) == (0, "")
    assert result.out == '{"segment":"hottest","rank":1,"lead":"l1","score":22.5}\n'
    unranked = leadscore("segment", model, "engaged_ones", "--events", history, "--json")
    assert unranked.out == '{"segment":"engaged_ones","rank":1,"lead":"l1"}\n'


def test_a_segment_is_listed_for_reading(leadscore, model, history):
    result = leadscore("segment", model, "hottest", "--events", history)
    assert result.out == "rank  lead  readiness\n   1  l1         22.5\n"
    assert result.err == "1 lead in hottest; at 2026-01-08T00:00:00Z: 2 leads; 6 new events\n"


def test_an_empty_segment_has_no_lines(leadscore, model, events):
    path = events.file(events.view("2026-01-05T10:00:00Z"))
    result = leadscore("segment", model, "engaged_ones", "--events", path, "--json")
    assert (result.status, result.out, result.err) == (0, "", "")


def test_a_segment_that_is_not_there_is_wrong_usage(leadscore, model, history):
    result = leadscore("segment", model, "hotest", "--events", history)
    assert (result.status, result.out) == (2, "")
    assert "has no segment `hotest`; did you mean `hottest`?" in result.err
    assert "hint: the segments are engaged_ones, hottest" in result.err


def test_model_and_segment_may_stand_behind_the_events(leadscore, model, history):
    whole = leadscore("segment", model, "hottest", "--events", history, "--json").out
    assert leadscore("segment", "--json", "--events", history, model, "hottest").out == whole
    assert leadscore("segment", model, "--json", "--events", history, "hottest").out == whole
    assert leadscore("segment", "--events", history, "--json", model, "hottest").out == whole


@pytest.mark.parametrize("command", [["accounts"], ["segment", "hottest"]])
def test_looking_at_a_database_does_not_change_it(command, leadscore, model, history, tmp_path):
    db = tmp_path / "s.db"
    leadscore("score", model, "--events", history, "--db", db)
    before = db.read_bytes()
    name, *rest = command
    result = leadscore(name, model, *rest, "--db", db, "--at", "2027-01-01", "--json")
    assert (result.status, len(result.lines)) == (0, 1)
    assert db.read_bytes() == before
    newer = leadscore(name, model, *rest, "--db", db, "--json")
    assert newer.out == leadscore(name, model, *rest, "--events", history, "--json").out


@pytest.mark.parametrize("command", [["accounts"], ["segment", "hottest"]])
def test_events_given_with_a_database_are_taken_in(command, leadscore, model, history, events, tmp_path):
    db, out, bad = tmp_path / "s.db", tmp_path / "out.jsonl", tmp_path / "bad.jsonl"
    name, *rest = command
    more = events.file("nope", name="more.jsonl")
    result = leadscore(
        name, model, *rest, "--events", history, more, "--db", db, "--outbox", out, "--rejects", bad, "--strict"
    )
    assert (result.status, len(out.read_text().splitlines()), len(bad.read_text().splitlines())) == (1, 2, 1)
    assert (
        leadscore("score", model, "--db", db, "--json").out
        == leadscore("score", model, "--events", history, "--json").out
    )
