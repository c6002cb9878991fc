"""`leadscore explain`: the statement as text and as JSON, and the plot."""

from __future__ import annotations

import sys
import xml.etree.ElementTree as ET
from decimal import Decimal

import pytest

SVG = "{http://www.w3.org/2000/svg}"


def words(result):
    """The output with runs of blanks made one, line by line."""
    return [" ".join(line.split()) for line in result.out.splitlines()]


def test_the_statement_shows_each_point_and_the_balance_after_it(leadscore, model, history):
    result = leadscore("explain", model, "--events", history, "--lead", "l1", "--score", "readiness")
    assert (result.status, result.err) == (0, "")
    lines = words(result)
    assert lines[0] == f"lead l1 in demo, at 2026-01-08T00:00:00Z; all times are UTC, rules in {model.parent}"
    assert "readiness = 22.5, hot: profile 2.5 + activity 20" in lines
    assert f'2026-01-05 10:00 lead country "DK" danish: holds {model.name}:10 +2.5 2.5' in lines
    assert f'2026-01-05 10:00 page_view path "/pricing" pricing {model.name}:9 +10 12.5' in lines
    assert f"trigger engage fires {model.name}:15" in lines
    assert 'stage subscriber → engaged, emit "lead.engaged", tag "keen",' in lines
    assert 'note = "engaged"' in lines
    assert lines[-1] == "4 events"


def test_long_rows_are_broken_between_words_and_control_characters_are_written_out(leadscore, model, events):
    path = "/pricing/" + "words " * 12 + "\x1b[31m\n"
    given = events.file(events.view("2026-01-05T10:00:00Z", path=path))
    result = leadscore("explain", model, "--events", given, "--lead", "l1", "--score", "readiness")
    assert result.status == 0
    assert "\x1b" not in result.out
    assert max(map(len, (line.rstrip() for line in result.out.splitlines()))) < 160


def test_all_scores_are_explained_unless_some_are_chosen(leadscore, model, history):
    every = leadscore("explain", model, "--events", history, "--lead", "l1")
    assert "nothing moved: interest[field service] 0" in words(every)
    assert "interest[crm] = 1: profile 0 + activity 1" in words(every)
    one = leadscore("explain", model, "--events", history, "--lead", "l1", "--score", "interest[crm]")
    assert not [line for line in words(one) if line.startswith(("readiness =", "nothing moved"))]


def test_json_lines_of_a_score_add_up_to_what_score_shows(leadscore, model, history):
    shown = leadscore("score", model, "--events", history, "--json").lines[0]["scores"]
    lines = leadscore("explain", model, "--events", history, "--lead", "l1", "--json").lines
    for key, points in shown.items():
        given = [Decimal(str(line["points"])) for line in lines if line.get("score") == key and "points" in line]
        assert sum(given) == Decimal(str(points))
        (summary,) = [line for line in lines if line.get("score") == key and line["kind"] == "summary"]
        assert summary["shown"] == points


def test_at_explains_an_earlier_moment(leadscore, model, history):
    result = leadscore("explain", model, "--events", history, "--lead", "l1", "--at", "2026-01-06", "--json")
    assert {line["score"]: line["shown"] for line in result.lines if line["kind"] == "summary"}["readiness"] == 12.5


def test_a_database_is_explained_from_what_it_keeps_and_new_events(leadscore, model, events, history, tmp_path):
    kept = ["--db", tmp_path / "state.db"]
    assert leadscore("score", model, "--events", history, *kept).status == 0
    ask = ["explain", model, "--lead", "l1", "--score", "readiness"]
    assert leadscore(*ask, *kept).out == leadscore(*ask, "--events", history).out
    more = events.file(events.view("2026-01-08T12:00:00Z"), name="more.jsonl")
    result = leadscore(*ask, *kept, "--events", more)
    assert "readiness = 32.5, hot: profile 2.5 + activity 30" in words(result)


def test_a_compiled_table_has_places_with_its_map_only(leadscore, model, history, tmp_path):
    table, places = tmp_path / "t.json", tmp_path / "t.map"
    assert leadscore("compile", model, "-o", table, "--map", places).status == 0
    ask = ["explain", table, "--events", history, "--lead", "l1"]
    assert f"{model.name}:9" not in leadscore(*ask).out
    assert f"{model.name}:9" in leadscore(*ask, "--map", places).out


def test_a_lead_that_is_not_there_is_answered_with_no(leadscore, model, events, history):
    ask = ["explain", model, "--events", history]
    result = leadscore(*ask, "--lead", "l11")
    assert (result.status, result.out) == (1, "")
    assert result.err == "leadscore: there is no lead `l11`; did you mean `l1`?\n"
    early = leadscore(*ask, "--lead", "Ärmel", "--at", "2026-01-07")
    assert early.status == 1
    assert "its first event is at 2026-01-08T00:00:00Z" in early.err
    bad = events.file(events.line("page_view", "2026-01-05T10:00:00Z", "bad"), name="bad.jsonl")
    only = leadscore("explain", model, "--events", bad, "--lead", "bad")
    assert only.status == 1
    assert "of lead `bad` only rejected events are known: bad value: `path` is required and is missing" in only.err


def test_rejected_events_of_the_lead_are_named_at_the_end(leadscore, model, events):
    path = events.file(
        events.view("2026-01-05T10:00:00Z"),
        events.line("page_view", "2026-01-05T11:00:00Z", id="x-9"),
        events.line("page_view", "2026-01-05T11:00:00Z", "other"),
        "not JSON",
    )
    result = leadscore("explain", model, "--events", path, "--lead", "l1")
    assert words(result)[-1] == (
        "rejected, not part of the score: bad value: `path` is required and is missing: "
        "page_view at 2026-01-05T11:00:00Z, id x-9"
    )
    assert result.out.count("rejected,") == 1


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (["--lead", "l1", "--score", "readines"], "no score `readines`; did you mean `readiness`?"),
        ([], "missing option '--lead'"),
        (["--lead", "l1", "--plot", "x.pdf"], "x.pdf is neither an .svg nor a .png file"),
        (["--lead", "l1", "--plot", "nowhere/x.svg"], "there is no folder"),
        (["--lead", "l1", "--map", "nowhere.map"], "nowhere.map can't be read"),
    ],
)
def test_wrong_usage_is_told_in_a_line(more, says, leadscore, model, history):
    result = leadscore("explain", model, "--events", history, *more)
    assert (result.status, result.out) == (2, "")
    assert says in result.err


# --- plots ------------------------------------------------------------------------------------------------------------


def texts(path):
    return ["".join(each.itertext()) for each in ET.parse(path).iter(f"{SVG}text")]


def test_a_plot_names_the_score_its_bands_ready_and_what_fired(leadscore, model, history, tmp_path):
    target = tmp_path / "l1.svg"
    ask = ["explain", model, "--events", history, "--lead", "l1", "--score", "readiness", "--plot", target]
    assert leadscore(*ask).status == 0
    shown = texts(target)
    for wanted in ["readiness = 22.5, hot", "cold", "hot", "ready at 20", "engage → engaged", "triggers fired"]:
        assert wanted in shown
    assert "2026-01-05 to 2026-01-08, UTC" in shown
    first = target.read_bytes()
    leadscore(*ask)
    assert target.read_bytes() == first


def test_a_plot_takes_names_in_any_script(leadscore, events, tmp_path):
    model = tmp_path / "m.score"
    model.write_text(
        "model m { }\nevent v { }\n"
        'score 点数 "Оценка $x$ & <b>" { rule r { on v add 1 } degrade { by 1 points every 1 day } }',
        encoding="utf-8",
    )
    path = events.file(events.line("v", "2026-01-05T10:00:00Z", "Zoë"))
    target = tmp_path / "a.svg"
    result = leadscore("explain", model, "--events", path, "--lead", "Zoë", "--plot", target, "--at", "2026-01-09")
    assert result.status == 0, result.err
    assert "点数 “Оценка $x$ & <b>” = 0" in texts(target)
    assert "degradation step" in texts(target)


def test_a_plot_may_be_a_png(leadscore, model, history, tmp_path):
    target = tmp_path / "l1.PNG"
    assert leadscore("explain", model, "--events", history, "--lead", "l1", "--plot", target).status == 0
    assert target.read_bytes().startswith(b"\x89PNG")


def test_without_matplotlib_a_plot_says_what_to_install(leadscore, model, history, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    result = leadscore("explain", model, "--events", history, "--lead", "l1", "--plot", tmp_path / "x.svg")
    assert (result.status, result.out) == (2, "")
    assert "pip install 'leadscore[plot]'" in result.err


def test_more_scores_than_a_picture_holds_must_be_chosen_from(leadscore, events, tmp_path):
    model = tmp_path / "m.score"
    names = ", ".join(f'"{name}"' for name in "abcdefghi")
    model.write_text(f"model m {{ }} event v {{ }} score s for x in [{names}] {{ rule r {{ on v add 1 }} }}")
    path = events.file(events.line("v", "2026-01-05T10:00:00Z"))
    ask = ["explain", model, "--events", path, "--lead", "l1", "--plot", tmp_path / "x.svg"]
    result = leadscore(*ask)
    assert result.status == 2
    assert "one picture holds up to 8 scores, not 9" in result.err
    assert leadscore(*ask, "--score", "s[a]", "--score", "s[b]").status == 0
