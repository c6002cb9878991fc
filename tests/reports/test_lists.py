"""Cold leads and segments as lists, held against SQL and against `leadscore segment`."""

from __future__ import annotations

import random

import pytest

from cli.main import main
from insight.reports.cold import report, scores_asked, take
from insight.reports.lists import check_segments
from insight.reports.people import chosen
from insight.reports.periods import Calendar
from insight.reports.tables import ReportError
from insight.reports.touches import properties_of
from runtime.times import DAY, read_moment
from tests.conftest import ROOT
from tests.insight.recordings import line, model_of
from tests.reports.making import database, records, rows_of

MODEL = model_of("""
model cold { }
lead { email: text  since: date  share: percent  vip: boolean  likes: list of text }
event visit { page: text required }
event mail passive { name: text required }
score s {
  rule pricing { on visit where page = "/pricing"  add 5 }
  rule docs { on visit where page = "/docs"  add 2 }
  rule away { on visit where page = "/bye"  subtract 1 }
  rule vip { when vip  add 10 }
}
score twice = 2 * s
segment vips { where vip }
""")
AT = read_moment("2026-04-01T12:00Z")
PAGES = ["/pricing", "/docs", "/docs", "/", "/bye"]


def histories(seed: int, leads: int = 80) -> list[bytes]:
    dice = random.Random(seed)
    lines = []
    for lead in range(leads):
        for _ in range(dice.randrange(1, 8)):
            t = read_moment("2026-01-01") + dice.randrange(100 * DAY)
            seconds = t // 1_000_000
            stamp = f"{Calendar('day').day(t).isoformat()}T{seconds // 3600 % 24:02d}:{seconds // 60 % 60:02d}Z"
            lines.append(line(len(lines), stamp, "visit", f"lead-{lead:02d}", page=dice.choice(PAGES)))
    return lines


def made(lines, quiet=30 * DAY, at=AT):
    scores = scores_asked(MODEL.table, ())
    kinds = properties_of(MODEL.table)
    return report(records(lines, MODEL, at, lambda lived: take(lived, scores, kinds, ("email",))), MODEL.table, scores,
                  ("email",), at, quiet)  # fmt: skip


@pytest.mark.parametrize("seed", range(3))
def test_who_is_cold_for_how_long_and_what_they_liked_is_what_sql_says(seed):
    lines = histories(seed)
    wanted = (
        database(lines)
        .execute(
            """
        WITH seen AS (SELECT lead, t, data->>'page' AS page FROM events WHERE t <= $at),
        rises AS (SELECT *, CASE page WHEN '/pricing' THEN 5 ELSE 2 END AS points FROM seen
                  WHERE page IN ('/pricing', '/docs')),
        liked AS (SELECT lead, page, count(*) AS n FROM seen GROUP BY ALL)
        SELECT lead, max(t), $at - max(t),
               (SELECT string_agg(page, ', ') FROM (SELECT page FROM liked WHERE liked.lead = rises.lead
                                                    ORDER BY n DESC, page LIMIT 3))
        FROM rises GROUP BY lead HAVING $at - max(t) >= $quiet ORDER BY sum(points) DESC, lead
        """,
            {"at": AT, "quiet": 30 * DAY},
        )
        .fetchall()
    )
    names = ("lead", "last rise", "cold for", "used to look at")
    assert [tuple(row[name] for name in names) for row in rows_of(made(lines), "cold")] == wanted
    assert wanted


def test_a_lead_that_never_rose_is_counted_and_not_listed():
    found = made([line(1, "2026-01-01", "visit", "ada", page="/bye"), line(2, "2026-01-01", "lead", "ben", vip=True)])
    assert rows_of(found, "cold") == []
    assert found.remarks == ["not listed: 2 leads whose scores never rose"]


def test_a_score_that_can_not_rise_is_told():
    with pytest.raises(ReportError, match="`twice` is computed from others"):
        scores_asked(MODEL.table, ["twice"])
    with pytest.raises(ReportError, match="no score `x`"):
        scores_asked(MODEL.table, ["x"])
    with pytest.raises(ReportError, match="no score of the model has rules on events"):
        scores_asked(model_of("model m { }").table, [])


@pytest.mark.parametrize("name", ["call_list", "hot_trials", "win_back"])
def test_a_list_is_the_segment_that_the_segment_command_prints(name, capsys):
    folder = ROOT / "examples" / "saas_trial"
    given = ["--events", str(folder / "events.jsonl"), str(folder / "model.score")]
    assert main(["report", "segments", *given, "--format", "csv", "--table", f"segment-{name}"]) == 0
    listed = [row.split(",")[:2] for row in capsys.readouterr().out.splitlines()[1:]]
    assert main(["segment", str(folder / "model.score"), name, *given[:2]]) == 0
    printed = [row.split()[:2] for row in capsys.readouterr().out.splitlines()[1:]]
    assert listed == printed


def test_each_segment_is_a_file_with_the_attributes_as_they_are_written(tmp_path, capsys):
    (tmp_path / "m.score").write_text(
        "model m { }\nlead { since: date  part: percent  vip: boolean  likes: list of text }\n"
        'segment all "Everybody" { where since is present }\nsegment none { where part > 50% }\n'
    )
    data = {"since": "2026-02-03", "part": 12.5, "vip": True, "likes": ["a", "b"]}
    (tmp_path / "e.jsonl").write_bytes(line(1, "2026-03-01", "lead", "ada", **data) + b"\n")
    given = [str(tmp_path / "m.score"), "--events", str(tmp_path / "e.jsonl"), "--folder", str(tmp_path / "lists")]
    assert main(["report", "segments", *given]) == 0
    assert (tmp_path / "lists" / "segment-all.csv").read_bytes() == (
        b"rank,lead,since,part,vip,likes,tags\r\n1,ada,2026-02-03,12.5,yes,a|b,\r\n"
    )
    assert (tmp_path / "lists" / "segment-none.csv").read_bytes() == b"rank,lead,since,part,vip,likes,tags\r\n"
    assert "segments.csv" in capsys.readouterr().err


def test_a_model_without_segments_has_no_list():
    with pytest.raises(ReportError, match="the model has no segments"):
        check_segments(model_of("model m { }").table, ())
    with pytest.raises(ReportError, match="no segment `x`"):
        check_segments(MODEL.table, ("x",))
    with pytest.raises(ReportError, match="no attribute `phone`"):
        chosen(MODEL.table, ("phone",), ())
