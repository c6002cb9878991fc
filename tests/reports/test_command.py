"""`leadscore report`: what it prints and writes, and what it says of bad input."""

from __future__ import annotations

import csv
import json
import re
import subprocess
import sys
from io import StringIO
from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest

from cli.main import main
from cli.report import REPORTS
from cli.reporting.forms import about, harmless
from insight.reports.periods import Calendar, PeriodError
from runtime.times import DAY, HOUR, read_moment
from tests.conftest import ROOT
from tests.insight.recordings import line

SAAS = ROOT / "examples" / "saas_trial"
GIVEN = [str(SAAS / "model.score"), "--events", str(SAAS / "events.jsonl")]
EVIL = '=HYPERLINK("http://x.example","<b>click</b>")'
SMALL = """
model small { }
event visit { page: text required }
event step passive { to: text required  reason: text }
score s { rule visit { on visit  add 5 } }
stages visitor, qualified, accepted also rejected
trigger q { on step where to = "qualified"  move to qualified }
trigger a { on step where to = "accepted"  move to accepted }
trigger r { on step where to = "rejected"  move to rejected }
"""


def run(*args: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    status = main(["report", *args])
    out, err = capsys.readouterr()
    return status, out, err


@pytest.fixture
def small(tmp_path):
    """A model and its events, in which a lead, a page and a reason are an attacker's text."""
    (tmp_path / "m.score").write_text(SMALL)
    lines = [line(1, "2026-01-02", "visit", EVIL, page=EVIL), line(2, "2026-01-03", "step", EVIL, to="qualified")]
    lines += [line(3, "2026-01-04", "step", "ben\x1b[2J", to="qualified")]
    lines += [line(4, "2026-02-04", "step", "ben\x1b[2J", to="rejected", reason=EVIL)]
    (tmp_path / "e.jsonl").write_bytes(b"\n".join(lines) + b"\n")
    return [str(tmp_path / "m.score"), "--events", str(tmp_path / "e.jsonl")]


def more(name: str, folder) -> list[str]:
    """What a report needs beside the model and the events."""
    if name != "cost":
        return []
    (folder / "spend.csv").write_text("period,amount\n2025-Q4,900\n2026-H1,1000\n")
    return ["--spend", str(folder / "spend.csv")]


@pytest.mark.parametrize("name", REPORTS)
def test_every_report_says_the_same_in_every_form_and_again(name, tmp_path, capsys):
    given = [name, *GIVEN, *more(name, tmp_path)]
    status, text, _ = run(*given, capsys=capsys)
    assert status == 0
    assert run(*given, "--jobs", "2", capsys=capsys)[1] == text
    whole = json.loads(run(*given, "--format", "json", capsys=capsys)[1])
    assert whole["report"] == name
    for table, rows in whole["tables"].items():
        sheet = run(*given, "--format", "csv", "--table", table, capsys=capsys)[1]
        assert len(list(csv.reader(StringIO(sheet, newline="")))) == len(rows) + 1, table
    page = run(*given, "--format", "html", capsys=capsys)[1]
    assert page.startswith("<!doctype html>")
    assert not re.search(r"(src|href)=.?(https?:)?//", page)
    assert page.count("<h2") == len(whole["tables"])


@pytest.mark.parametrize("name", REPORTS)
def test_a_report_as_of_a_past_instant_knows_nothing_of_what_came_later(name, tmp_path, capsys):
    early = tmp_path / "early.jsonl"
    known = [
        each for each in (SAAS / "events.jsonl").read_text().splitlines() if json.loads(each)["time"] < "2026-04-01"
    ]
    early.write_text("\n".join(known) + "\n")
    at = ["--at", "2026-03-31T23:59:59Z", "--format", "json"]
    whole = json.loads(run(name, *GIVEN, *more(name, tmp_path), *at, capsys=capsys)[1])
    part = json.loads(run(name, GIVEN[0], "--events", str(early), *more(name, tmp_path), *at, capsys=capsys)[1])
    assert whole["tables"] == part["tables"]


@pytest.mark.parametrize("name", ["stages", "assets"])
def test_a_plot_is_a_picture_and_the_same_again(name, tmp_path, capsys):
    for form in ("svg", "png"):
        first, again = tmp_path / f"1.{form}", tmp_path / f"2.{form}"
        for path in (first, again):
            assert run(name, *GIVEN, "--plot", str(path), capsys=capsys)[0] == 0
        assert first.read_bytes() == again.read_bytes()
    assert (tmp_path / "1.png").read_bytes().startswith(b"\x89PNG")
    assert ET.parse(tmp_path / "1.svg").getroot().tag.endswith("svg")


def test_a_name_that_looks_like_a_formula_is_none_in_a_sheet(small, capsys):
    sheet = run("acceptance", *small, "--format", "csv", "--table", "waiting", capsys=capsys)[1]
    rows = list(csv.reader(StringIO(sheet, newline="")))
    assert [row[0] for row in rows[1:]] == [f"'{EVIL}"]
    reasons = run("acceptance", *small, "--format", "csv", "--table", "reasons", capsys=capsys)[1]
    assert list(csv.reader(StringIO(reasons, newline="")))[1][0] == f"'{EVIL}"


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@x", "\t=1", "\r=1", "＝1"])
def test_whatever_a_spreadsheet_would_work_out_gets_an_apostrophe(text):
    assert harmless(text)[0] in ("'", "\\")


def test_a_number_below_zero_stays_a_number_in_a_sheet(tmp_path, capsys):
    score = "score s { range -9..9  rule r { on e  subtract 1.5 } }"
    segment = "segment all { lowest 5 by s where s < 5 }"
    (tmp_path / "m.score").write_text(f"model m {{ }}\nevent e {{ }}\n{score}\n{segment}\n")
    (tmp_path / "e.jsonl").write_bytes(line(1, "2026-01-01", "e") + b"\n")
    given = [str(tmp_path / "m.score"), "--events", str(tmp_path / "e.jsonl"), "--format", "csv"]
    assert run("segments", *given, "--table", "segment-all", capsys=capsys)[1] == "rank,lead,s,tags\r\n1,ada,-1.5,\r\n"


def test_a_page_and_a_terminal_show_texts_and_obey_none(small, capsys):
    page = run("acceptance", *small, "--format", "html", capsys=capsys)[1]
    assert "<b>click" not in page
    assert "&lt;b&gt;click" in page
    text = run("stages", *small, capsys=capsys)[1] + run("acceptance", *small, capsys=capsys)[1]
    assert "\x1b" not in text + page


def test_each_table_goes_into_a_file_of_a_folder(small, tmp_path, capsys):
    status, out, err = run("stages", *small, "--folder", str(tmp_path / "new" / "tables"), capsys=capsys)
    assert (status, out) == (0, "")
    assert {path.name for path in (tmp_path / "new" / "tables").iterdir()} == {
        "stages.csv", "periods.csv", "conversion.csv", "forecast.csv",
    }  # fmt: skip
    assert "written: " in err


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["stagse"], "there is no report `stagse`; did you mean `stages`?"),
        ([], "which report? there are stages, acceptance"),
        (["stages"], "MODEL is missing"),
        (["stages", "M"], "there are no events to look at"),
        (["stages", "M", "E", "--zone", "Europe/Nowhere"], "there is no time zone `Europe/Nowhere`"),
        (["stages", "M", "E", "--zone", "../etc/passwd"], "there is no time zone `../etc/passwd`"),
        (["stages", "M", "E", "--from", "2026-06-01"], "the period is empty: --from is after 2026-02-04T10:00:00Z"),
        (["stages", "M", "E", "--at", "2025-01-01"], "no lead has an event up to 2025-01-01T00:00:00Z"),
        (["stages", "M", "E", "--from", "1980-01-01", "--by", "day"], "more than 1000 periods of a day"),
        (
            ["stages", "M", "E", "--format", "csv", "--table", "stage"],
            "there is no table `stage`; did you mean `stages`?",
        ),
        (["stages", "M", "E", "--format", "json", "--table", "stages"], "--table chooses one table"),
        (["stages", "M", "E", "--plot", "x.pdf"], "x.pdf is neither an .svg nor a .png file"),
        (["stages", "M", "E", "--out", "a", "--folder", "b"], "--out writes one file, --folder a file for each table"),
        (["stages", "M", "E", "--out", "EVENTS"], "would overwrite a file that this command uses"),
        (["acceptance", "M", "E", "--sla", "soon"], "`soon` is not a duration"),
        (["acceptance", "M", "E", "--outcome", "x"], "there is no outcome `x`"),
        (["acceptance", "M", "E", "--group", "country"], "there is no attribute or segment `country`"),
        (["cost", "M", "E", "--spend", "nowhere.csv"], "nowhere.csv can't be read"),
        (["cost", "M", "E"], "missing option '--spend'"),
        (["assets", "M", "E", "--gather", "x"], "--gather `x` is not understood"),
        (["assets", "M", "E", "--baseline", "2020-01"], "the baseline `2020-01` is none of the periods shown"),
        (["assets", "M", "E", "--qualified", "x"], "--qualified `x` is no stage on the path of the model"),
        (["segments", "M", "E"], "the model has no segments"),
        (["cold", "M", "E", "--segment", "x"], "there is no segment `x`"),
        (
            ["promoters", "M", "E", "--survey", "visit.page"],
            "`visit.page` is no property of an event that holds numbers",
        ),
    ],
)
def test_what_can_not_be_done_is_told_in_one_sentence(args, says, small, capsys):
    swap = {"M": [small[0]], "E": small[1:], "EVENTS": [small[2]]}
    status, out, err = run(*[each for arg in args for each in swap.get(arg, [arg])], capsys=capsys)
    assert status == 2
    assert out == ""
    assert says in err
    assert "Traceback" not in err


def test_no_event_at_all_is_told(small, tmp_path, capsys):
    (tmp_path / "none.jsonl").write_text("")
    status, _, err = run("stages", small[0], "--events", str(tmp_path / "none.jsonl"), capsys=capsys)
    assert status == 2
    assert "there is no event to report on" in err


@pytest.mark.parametrize("name", [*REPORTS, None])
def test_help_has_examples(name, capsys):
    status, out, _ = run(*([name] if name else []), "--help", capsys=capsys)
    assert status == 0
    assert "Examples:" in out


def test_a_missing_package_is_told_with_the_extra_that_brings_it(small):
    code = (
        "import sys, importlib.util as u; real = u.find_spec\n"
        "u.find_spec = lambda name, *a: None if name == 'scipy' else real(name, *a)\n"
        f"from cli.main import main; sys.exit(main(['report', 'stages', *{small!r}]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 2
    assert "pip install 'leadscore[insight]'" in done.stderr


# --- periods ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "t", "label"),
    [
        ("day", "2026-03-02T23:30Z", "2026-03-03"),
        ("week", "2026-01-01", "2026-W01"),
        ("week", "2027-01-03T12:00Z", "2026-W53"),
        ("month", "2026-03-31T22:30Z", "2026-04"),
        ("quarter", "2026-05-05", "2026-Q2"),
        ("half", "2026-07-01", "2026-H2"),
        ("year", "2025-12-31T23:30Z", "2026"),
    ],
)
def test_a_period_is_that_of_the_clock_on_the_wall(kind, t, label):
    found = Calendar(kind, "Europe/Berlin").of(read_moment(t))
    assert found.label == label
    assert found.start <= read_moment(t) < found.end


def test_a_day_on_which_clocks_change_has_23_or_25_hours():
    days = Calendar("day", "Europe/Berlin")
    lengths = [(found := days.of(read_moment(t))).end - found.start for t in ("2026-03-29T12:00Z", "2026-10-25T12:00Z")]
    assert lengths == [23 * HOUR, 25 * HOUR]


@pytest.mark.parametrize("kind", ["day", "week", "month", "quarter", "half", "year"])
@pytest.mark.parametrize("zone", ["UTC", "America/Sao_Paulo", "Asia/Kathmandu", "Pacific/Apia"])
def test_periods_follow_on_each_other_without_a_gap(kind, zone):
    calendar = Calendar(kind, zone)
    found = calendar.through(read_moment("2010-12-01"), read_moment("2012-02-01"))
    assert all(one.end == two.start for one, two in pairwise(found))
    assert found[-1].partial
    for each in found:
        assert calendar.of(each.start).start == each.start
        assert calendar.ordinal(each.start) == calendar.day(each.start).toordinal()


def test_there_are_no_periods_that_end_before_they_begin():
    with pytest.raises(PeriodError, match="there is no month from"):
        Calendar().through(2 * DAY, DAY)


def test_a_span_is_told_in_the_unit_that_says_most():
    assert [about(each) for each in (0, 90_000_000, 3 * HOUR, DAY, 5 * DAY // 2)] == [
        "0", "1.5 minutes", "3 hours", "1 day", "2.5 days",
    ]  # fmt: skip
