"""`leadscore review`: what is due, why now, and the sheet for the meeting."""

from __future__ import annotations

import json
import os
import random
import subprocess

import duckdb
import pytest

from cli.main import main

MODEL = """model shop "Who gets a call" { REVIEW }
event visit { path: text }
event crm passive { status: text  reason: text }
score s {
  ready at 20
  bands cold < 10, hot
  rule pricing { on visit where path = "/pricing"  add 20 }
}
stages visitor, qualified, accepted also rejected
trigger q { when s >= ready and stage = visitor  move to qualified }
trigger a { on crm where status = "accepted"  move to accepted }
trigger r { on crm where status = "rejected"  move to rejected }
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(folder, review, text=MODEL):
    (folder / "model.score").write_text(text.replace("REVIEW", review), encoding="utf-8")


@pytest.fixture
def asked(folder, capsys):
    """The reviews as JSON, seen from a day."""

    def ask(review, at="2026-06-05", *more, status=0):
        write(folder, review)
        assert main(["review", "model.score", "--at", at, "--json", *more]) == status
        return json.loads(capsys.readouterr().out)

    return ask


def event(number, day, kind, lead, **data):
    return json.dumps({"specversion": "1.0", "id": str(number), "source": "web", "type": kind, "subject": lead,
                       "time": f"2026-{1 + day // 28:02}-{1 + day % 28:02}T10:00:00Z", "data": data})  # fmt: skip


def events(folder, name="events.jsonl", *, late="rejected"):
    """A lead a day from 2 January on; sales accepts three of four, and from day 60 on decides as is said."""
    found = []
    for day in range(1, 130):
        lead = f"lead-{day}"
        said = "rejected" if day % 4 == 0 else "accepted"
        found.append(event(f"v{day}", day, "visit", lead, path="/pricing"))
        status = said if day < 60 else late
        found.append(event(f"c{day}", day + 1, "crm", lead, status=status, reason="a <b>student</b> | =1+1"))
    (folder / name).write_text("\n".join(found) + "\n", encoding="utf-8")
    return ["--events", name]


# --- dates ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("review", "day", "state"),
    [
        ("review { since 2026-01-05 }", "2026-03-06", "overdue"),
        ("review { since 2026-01-05  first after 30 days }", "2026-02-04", "overdue"),
        ("review { since 2026-01-05  every 20 days }", "2026-01-25", "overdue"),
        ("review { since 2026-01-05  held 2026-03-01 }", "2026-05-30", "overdue"),
        ("review { since 2026-01-05  held 2026-03-01  held 2026-05-01 }", "2026-07-30", "later"),
        ("review { held 2026-05-01  held 2026-03-01 }", "2026-07-30", "later"),
        ("review { held 2026-03-07 }", "2026-06-05", "due today"),
        ("review { held 2026-03-21 }", "2026-06-19", "soon"),
        ("review { held 2026-03-22 }", "2026-06-20", "later"),
        ("review { every 4 weeks  held 2026-05-01 stable }", "2026-06-26", "later"),
        ("review { every 4 weeks  held 2026-04-01 stable  held 2026-05-01 }", "2026-05-29", "overdue"),
        ('note 2026-02-02 "Begun."', "2026-04-03", "overdue"),
        ("", None, "unknown"),
    ],
)
def test_a_review_is_due_when_its_block_says_so(asked, review, day, state):
    [found] = asked(review)["reviews"]
    assert (found["next"], found["state"]) == (day, state)


def test_a_date_that_is_not_known_is_a_no(asked):
    assert asked("", "2026-06-05", "--ci", status=1)["reviews"][0]["since"] is None


def test_programs_have_dates_of_their_own(asked):
    given = """review { since 2026-01-05  held 2026-06-01 }
      review "automation" { since 2026-03-01  first after 30 days  then every 90 days }
      review "nurturing mails" { since 2026-03-01 }"""
    found = asked(given)["reviews"]
    assert [(each["of"], each["next"]) for each in found] == [
        (None, "2026-08-30"), ("automation", "2026-03-31"), ("nurturing mails", "2026-05-30"),
    ]  # fmt: skip


def test_durations_may_have_a_name(folder, capsys):
    write(folder, "review { since 2026-01-05  first after soon }", MODEL + "let soon = 10 days\n")
    assert main(["review", "model.score", "--at", "2026-01-06", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["reviews"][0]["next"] == "2026-01-15"


def test_with_ci_the_status_is_one_if_anything_is_overdue(asked):
    assert asked("review { held 2026-06-01 }", "2026-06-05", "--ci")["reviews"][0]["state"] == "later"
    asked("review { held 2026-01-01 }", "2026-06-05", "--ci", status=1)
    asked('review { held 2026-06-01 } review "p" { since 2026-01-01 }', "2026-06-05", "--ci", status=1)
    asked("review { held 2026-03-07 }", "2026-06-05", "--ci")


def test_without_a_date_a_model_was_begun_with_its_first_commit(folder, asked):
    def git(*args):
        env = {**os.environ, "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_COMMITTER_DATE": "2026-02-03T10:00:00Z"}
        said = ["git", "-c", "user.name=Ada", "-c", "user.email=a@example.com", *args]
        subprocess.run(said, cwd=folder, check=True, capture_output=True, timeout=60, env=env)

    write(folder, "")
    git("init", "-q")
    git("add", "-A")
    git("commit", "-q", "-m", "one")
    assert asked('note 2025-01-01 "Older."')["reviews"][0]["since"] == "2026-02-03"


# --- why now ----------------------------------------------------------------------------------------------------------

HELD = "review { held 2026-03-05 }"


def test_recorded_events_say_why_an_extra_review_is_due(folder, asked):
    extra = asked(HELD, "2026-05-25", *events(folder))["extra"]
    assert (extra["from"], extra["to"]) == ("2026-03-05T00:00:00Z", "2026-05-25T00:00:00Z")
    rejected, falling, stopped = extra["reasons"]
    assert (rejected["kind"], rejected["now"], rejected["now_of"]) == ("rejected", 70, 71)
    assert (falling["kind"], falling["now"], falling["before"]) == ("falling", 1, 44)
    assert (stopped["kind"], stopped["of"]) == ("stopped", ["a"])
    assert rejected["says"] == "sales rejected 70 of 71 decided leads, 99%, which is more than half"


def test_decisions_are_those_that_sql_counts(folder, capsys):
    chance, rows = random.Random(7), []
    for number in range(1500):
        kind = chance.choice(["visit", "visit", "crm"])
        data = {"path": "/pricing"} if kind == "visit" else {"status": chance.choice(["accepted", "rejected"])}
        rows.append(event(number, chance.randrange(140), kind, f"lead-{chance.randrange(400)}", **data))
    (folder / "events.jsonl").write_text("\n".join(rows) + "\n", encoding="utf-8")
    write(folder, HELD)
    assert main(["review", "model.score", "--at", "2026-05-05", "--events", "events.jsonl", "-o", "sheet.md"]) == 0
    told = (folder / "sheet.md").read_text(encoding="utf-8")
    sql = """with events as (
        select subject, type, data.status as status, "time" as t, row_number() over (partition by subject
          order by "time", source, id) as n
        from read_json('events.jsonl', format = 'newline_delimited', columns = {subject: 'VARCHAR', type: 'VARCHAR',
          "time": 'TIMESTAMP', source: 'VARCHAR', id: 'VARCHAR', data: 'STRUCT(status VARCHAR)'})
      ), handed as (select subject from events where n = 1 and type = 'visit'
      ), decided as (
        select status, t, row_number() over (partition by subject order by n) as k
        from events join handed using (subject) where type = 'crm'
      )
      select status, count(*) filter (where t <= '2026-03-05'), count(*) filter (where t > '2026-03-05') from decided
      where k = 1 and t > '2026-01-03' and t <= '2026-05-05' group by status order by status"""
    (accepted, *one), (rejected, *two) = duckdb.sql(sql).fetchall()
    assert (accepted, rejected) == ("accepted", "rejected")
    assert min(*one, *two) > 10
    assert f"| Accepted | {one[0]} | {one[1]} |\n| Rejected | {two[0]} | {two[1]} |" in told


def test_where_nothing_is_wrong_there_is_no_reason(folder, asked):
    assert asked(HELD, "2026-05-25", *events(folder, late="accepted"))["extra"]["reasons"] == []


def test_a_minimum_keeps_few_leads_from_saying_anything(folder, asked):
    assert asked(HELD, "2026-05-25", *events(folder), "--minimum", "72")["extra"]["reasons"] == []


def test_without_a_review_held_the_last_interval_is_looked_at(folder, asked):
    extra = asked("review { since 2026-01-01  every 30 days }", "2026-05-25", *events(folder))["extra"]
    assert (extra["from"], extra["to"]) == ("2026-04-25T00:00:00Z", "2026-05-25T00:00:00Z")


def test_without_a_day_the_newest_event_ends_what_is_looked_at(folder, capsys):
    write(folder, HELD)
    assert main(["review", "model.score", "--json", *events(folder)]) == 0
    assert json.loads(capsys.readouterr().out)["extra"]["to"] == "2026-05-19T10:00:00Z"


def test_a_model_without_stages_says_nothing_of_acceptance_and_goes_on(folder, capsys):
    text = MODEL.split("stages")[0]
    write(folder, HELD, text)
    assert main(["review", "model.score", "--at", "2026-05-25", *events(folder)]) == 0
    out, err = capsys.readouterr()
    assert "nothing is said of acceptance: the model has no stages" in err
    assert "no extra review" in out


def test_stages_of_other_names_are_named(folder, capsys):
    write(folder, HELD, MODEL.replace("qualified", "mql").replace("accepted,", "sql,").replace("to accepted", "to sql")
          .replace("accepted also", "sql also"))  # fmt: skip
    stages = ["--qualified", "mql", "--accepted", "sql"]
    assert main(["review", "model.score", "--at", "2026-05-25", "--json", *stages, *events(folder)]) == 0
    kinds = [each["kind"] for each in json.loads(capsys.readouterr().out)["extra"]["reasons"]]
    assert kinds == ["rejected", "falling", "stopped"]
    assert main(["review", "model.score", "--at", "2026-05-25", "--qualified", "nowhere", *events(folder)]) == 2
    assert "`nowhere` is no stage" in capsys.readouterr().err


def test_the_text_is_what_a_person_reads(folder, capsys):
    write(folder, HELD + ' review "mails" { since 2026-03-01 }')
    assert main(["review", "model.score", "--at", "2026-06-05", *events(folder)]) == 0
    assert (
        capsys.readouterr().out
        == """shop “Who gets a call”, seen on 2026-06-05

review of  counted from  how often            next
the model  2026-03-05    every 90 days        2026-06-03  overdue by 2 days
mails      2026-03-01    first after 90 days  2026-05-30  overdue by 6 days

an extra review is due now, from 2026-03-05T00:00:00Z to 2026-06-05T00:00:00Z:
  sales rejected 70 of 71 decided leads, 99%, which is more than half
  acceptance falls: 1% of 71 decided leads, after 76% of 58; chance does that in less than 1 case in 1,000
  trigger a did not fire for 75 days, after 45 times in 62 days
"""
    )


# --- the sheet --------------------------------------------------------------------------------------------------------


def test_the_sheet_has_what_the_meeting_needs(folder, capsys):
    write(folder, 'owner "Revenue operations"  note 2026-04-01 "Sales: too many students."  ' + HELD)
    assert main(["review", "model.score", "--at", "2026-06-05", *events(folder), "-o", "sheet.md"]) == 0
    assert capsys.readouterr().out.endswith("sheet.md\n")
    told = (folder / "sheet.md").read_text(encoding="utf-8")
    heads = [line for line in told.splitlines() if line.startswith("#")]
    assert heads == [
        "# Review of Who gets a call, 2026-06-05", "## Why now", "## What changed since 2026-03-05",
        "## The rules and triggers",
        "## What sales made of the leads", "## Leads by band", "## Notes given since", "## To be asked",
        "## Notes of the meeting", "## When it was held",
    ]  # fmt: skip
    assert "| the model | 2026-03-05 | every 90 days | 2026-06-03 | overdue by 2 days |" in told
    assert '| s.pricing | on visit where path = "/pricing" | add 20 | 59 | 70 | 70 |' in told
    assert "| Accepted of those decided | 76% | 1% |" in told
    assert "| s | hot | 59 | 129 |" in told
    assert "| 2026-04-01 | the model | Sales: too many students. |" in told
    assert "- [ ] Do salespeople like them?" in told
    assert '\n\n    held 2026-06-05 "what came of it"\n' in told
    assert "Not known: " in told


def test_the_line_of_the_sheet_goes_into_the_review_block(folder, capsys):
    write(folder, HELD)
    assert main(["review", "model.score", "--at", "2026-06-05", "-o", "sheet.md"]) == 0
    line = (folder / "sheet.md").read_text(encoding="utf-8").split("\n    ")[-1].strip()
    write(folder, HELD.replace("}", f"{line} }}"))
    assert main(["review", "model.score", "--at", "2026-06-05", "--ci"]) == 0
    assert "2026-09-03  later" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["sheet.md", "sheet.html"])
def test_texts_of_events_are_no_markup(folder, name):
    write(folder, HELD)
    assert main(["review", "model.score", "--at", "2026-06-05", *events(folder), "-o", name]) == 0
    told = (folder / name).read_text(encoding="utf-8")
    assert "<b>" not in told
    expected = r"a \<b\>student\</b\> \| =1+1" if name == "sheet.md" else "a &lt;b&gt;student&lt;/b&gt; | =1+1"
    assert expected in told
    assert ("<script" not in told) and ("http" not in told.replace("http-equiv", ""))


def test_a_calm_model_may_be_called_stable(folder):
    write(folder, HELD)
    env = {**os.environ, "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_COMMITTER_DATE": "2026-01-02T10:00:00Z"}
    user = ["-c", "user.name=Ada", "-c", "user.email=a@example.com"]
    for args in (["init", "-q"], ["add", "-A"], [*user, "commit", "-q", "-m", "one"]):
        subprocess.run(["git", *args], cwd=folder, check=True, capture_output=True, timeout=60, env=env)
    given = [*events(folder, late="accepted"), "-o", "sheet.md"]
    assert main(["review", "model.score", "--at", "2026-06-05", *given]) == 0
    told = (folder / "sheet.md").read_text(encoding="utf-8")
    assert "Nothing that changes the meaning." in told
    assert "the next one is due in 180 days" in told
    assert "held 2026-06-05 stable" in told
    write(folder, HELD, MODEL.replace("add 20", "add 25"))
    assert main(["review", "model.score", "--at", "2026-06-05", *given]) == 0
    told = (folder / "sheet.md").read_text(encoding="utf-8")
    assert "| not committed | pricing of s | add 20 | add 25 |" in told
    assert "stable" not in told


@pytest.mark.parametrize(
    ("review", "said"),
    [
        ("review { held 2026-03-05 stable }", "as usual (last held on 2026-03-05, and stable: 2026-09-01, 2027-02-28"),
        ("review { since 2026-01-05  first after 30 days }", "after 30 days (counted from 2026-01-05: 2026-02-04)"),
        (
            'review { first after 9 days } note 2026-01-05 "x"',
            "after 9 days (counted from the oldest note: 2026-01-14)",
        ),
    ],
)
def test_the_page_of_a_model_tells_of_reviews_too(folder, review, said):
    write(folder, review)
    assert main(["docs", "model.score", "-o", "site", "--time-limit", "0"]) == 0
    assert said in (folder / "site" / "index.html").read_text(encoding="utf-8")


# --- what can't be done -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("review", "args", "said"),
    [
        ("review { held 2026-06-06 }", (), "a review is said to be held on 2026-06-06, which is still to come"),
        ("review { } review { }", (), "there are two review blocks of the model"),
        ('review "a" { } review "a" { }', (), "there are two review blocks of `a`"),
        (HELD, ("-o", "sheet.txt"), "end it in .md or .html"),
        (HELD, ("-o", "no/sheet.md"), "can't be written"),
        (HELD, ("--events", "none.jsonl"), "none.jsonl"),
        (HELD, ("--events", "empty.jsonl"), "there is no event to look at"),
        (HELD, ("--source", "web"), "there are no events"),
        ("review { held }", (), "can't be used"),
    ],
)
def test_wrong_usage_is_told_in_a_sentence(folder, capsys, review, args, said):
    write(folder, review)
    (folder / "empty.jsonl").write_text("")
    assert main(["review", "model.score", "--at", "2026-06-05", *args]) in (1, 2)
    err = capsys.readouterr().err
    assert said in err
    assert "Traceback" not in err


def test_a_compiled_table_has_no_reviews(folder, capsys):
    (folder / "table.json").write_text("{}")
    assert main(["review", "table.json"]) == 2
    assert "name the rule file" in capsys.readouterr().err
