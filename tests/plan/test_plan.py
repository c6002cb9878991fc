"""`leadscore plan`: what it says of two models and recorded events, in each of its forms, and where it can't."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from contextlib import contextmanager
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path

import pytest

from cli import plan as command
from cli.main import main
from cli.plans.markdown import LIMIT, escaped
from cli.stack import Place, Where
from runtime.dynamo.leads import Leads
from runtime.dynamo.live import Live
from runtime.dynamo.releases import Maker, Releases
from runtime.times import DAY, read_moment, write_instant
from tests.conftest import ROOT
from tests.insight.recordings import InMemory, model_of
from tests.plan.shops import EVENTS, NEW, OLD, event, laid_out

GOLDEN = Path(__file__).parent / "golden"


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("LEADSCORE_TABLE", "LEADSCORE_BUCKET"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.fixture
def run(here, capsys):
    """(status, standard output, standard error) of the command."""

    def call(*args):
        capsys.readouterr()
        status = main(list(args))
        told = capsys.readouterr()
        return status, told.out, told.err

    return call


@pytest.fixture
def ask(run):
    """The document of `--json`."""

    def call(*args):
        status, out, err = run(*args, "--json")
        assert (status, err) == (0, ""), err
        return json.loads(out, parse_float=Decimal)

    return call


# --- what it says -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("short.txt", []),
        ("verbose.txt", ["--verbose"]),
        ("comment.md", ["--format", "markdown", "--verbose"]),
        ("plan.json", ["--json"]),
        ("period.txt", ["--since", "2026-03-09", "--at", "2026-03-16T00:00Z"]),
    ],
)
def test_it_says_what_it_said_before(name, options, here, run, rewrite_goldens):
    status, out, err = run(*laid_out(here), *options)
    assert (status, err) == (0, "")
    if rewrite_goldens:
        GOLDEN.mkdir(exist_ok=True)
        (GOLDEN / name).write_text(out, encoding="utf-8")
    assert out == (GOLDEN / name).read_text(encoding="utf-8")


def lines_of(run, model, *options):
    status, out, _ = run("score", model, "--events", "events.jsonl", "--json", *options)
    assert status == 0
    return {told["lead"]: told for told in (json.loads(line, parse_float=Decimal) for line in out.splitlines())}


@pytest.mark.parametrize("seed", [1, 2])
def test_its_numbers_are_those_of_two_runs_of_score(seed, here, run, ask):
    model = (ROOT / "examples/saas_trial/model.score").read_text(encoding="utf-8")
    (here / "lists.score").write_bytes((ROOT / "examples/saas_trial/lists.score").read_bytes())
    args = laid_out(here, [], model, model.replace("add 40, once per 30 days", "add 25, once per 30 days"))
    assert (
        run("sample", "old.score", "--leads", "60", "--seed", str(seed), "--disorder", "5", "-o", "events.jsonl")[0]
        == 0
    )
    found = ask(*args, "--now", "2027-01-01")["result"]
    old, new = (lines_of(run, name, "--now", "2027-01-01") for name in ("old.score", "new.score"))
    assert found["leads"] == {"both": len(old), "only_old": 0, "only_new": 0}
    ready = {each["name"]: each["at_end"] for each in found["qualified"] if each["line"] == "ready"}["readiness"]
    qualified = [{lead for lead, told in side.items() if told["scores"]["readiness"] >= 100} for side in (old, new)]
    assert (ready["old"], ready["new"]) == tuple(map(len, qualified))
    assert {each["lead"] for each in ready["gained"]} == qualified[1] - qualified[0]
    assert {each["lead"] for each in ready["lost"]} == qualified[0] - qualified[1] != set()
    for moved in found["bands"][0]["moves"]:
        stay = [lead for lead in old if (old[lead]["bands"]["readiness"], new[lead]["bands"]["readiness"])
                == (moved["old"], moved["new"])]  # fmt: skip
        assert len(stay) == moved["leads"]
    for firings in found["firings"]:
        for side, told in (("old", old), ("new", new)):
            count = sum(each["trigger"] == firings["trigger"] for line in told.values() for each in line["fired"])
            assert count == firings[side] == sum(week[side] for week in firings["weeks"])
    movers = {each["lead"]: (each["old"], each["new"]) for each in found["movers"]}
    assert movers and all(
        (old[lead]["scores"]["readiness"], new[lead]["scores"]["readiness"]) == pair for lead, pair in movers.items()
    )


def test_statements_of_movers_add_up_to_their_scores(here, ask):
    for mover in ask(*laid_out(here))["result"]["movers"]:
        for side in ("old", "new"):
            rows = mover["statements"][side]
            assert sum(row["points"] or 0 for row in rows) == mover[side]
            assert sum(part[side] or 0 for part in mover["parts"]) == mover[side]


def test_processes_change_nothing(here, ask, monkeypatch):
    args = laid_out(here, [event(n, "2026-03-02", "visit", f"lead {n}", path="/pricing") for n in range(200)])
    assert ask(*args, "--jobs", "1") == ask(*args, "--jobs", "2") == ask(*args)


def test_models_that_mean_the_same_change_nothing(here, run):
    args = laid_out(here, new=OLD.replace('"Came by"', '"Was here"'))
    status, out, _ = run(*args)
    assert status == 0 and out.endswith("\nnothing changes for any lead\n")
    assert "**nothing changes for any lead**" in run(*args, "--format", "markdown")[1]
    assert "Nothing changes" in run(*args, "--format", "html")[1]


def test_the_old_model_is_the_file_at_head(here, run):
    laid_out(here)
    (here / "model.score").write_text(OLD)
    said = ["git", "-C", str(here), "-c", "user.name=a", "-c", "user.email=a@example.com"]
    for args in (["init", "-q"], ["add", "model.score"], ["commit", "-q", "-m", "one"]):
        subprocess.run([*said, *args], check=True, timeout=60)
    (here / "model.score").write_text(NEW)
    status, out, _ = run("plan", "--events", "events.jsonl", "model.score")
    assert (status, out.splitlines()[0].split(" (")[0], "HEAD:model.score (" in out) == (0, "model.score", True)


# --- where events come from -------------------------------------------------------------------------------------------


def without_data(found):
    return {name: value for name, value in found.items() if name not in ("data", "plan", "old", "names", "generation")}


def test_a_database_and_standard_input_say_the_same_as_files(here, run, ask, monkeypatch):
    args = laid_out(here)
    whole = ask(*args)
    assert run("score", "old.score", "--events", "events.jsonl", "--db", "state.db")[0] == 0
    from_db = ask(*args[:4], "--db", "state.db")
    assert without_data(from_db) == without_data(whole)
    assert from_db["data"]["hash"] == whole["data"]["hash"]
    said = [sys.executable, "-m", "cli", *args[:4], "--events", "-", "--json"]
    lines, env = (here / "events.jsonl").read_bytes(), {"PYTHONPATH": str(ROOT), "PATH": ""}
    from_stdin = subprocess.run(said, check=True, capture_output=True, timeout=120, input=lines, env=env).stdout
    assert without_data(json.loads(from_stdin, parse_float=Decimal)) == without_data(whole)


def test_payloads_are_read_as_the_source_of_each_model_says(here, ask):
    source = """
source tool {
  time "at"
  lead "who"
  id "id"
  on "what == 'visit'" give visit { path: "where" }
}
"""
    args = laid_out(here, old=OLD + source, new=NEW + source.replace('"where"', "\"join('', ['/', where])\""))
    records = [{"id": "1", "at": "2026-03-02T10:00:00Z", "who": "ada", "what": "visit", "where": "pricing"}]
    (here / "events.jsonl").write_text(json.dumps(records))
    found = ask(*args, "--source", "tool")
    assert (found["data"]["events"], found["result"]["leads"]["both"]) == (2, 1)
    (mover,) = found["result"]["movers"]
    assert (mover["lead"], mover["new"]) == ("ada", 18), "the new model sees that it was the prices"
    records[0]["where"] = "/pricing"
    alike = laid_out(here, old=OLD + source, new=NEW + source)
    (here / "events.jsonl").write_text(json.dumps(records))
    assert ask(*alike, "--source", "tool")["data"]["events"] == 1


class Shelf:
    """A bucket in memory."""

    def __init__(self):
        self.kept = {}

    def get(self, key):
        return self.kept.get(key)

    def put(self, key, data):
        self.kept.setdefault(key, data)


class Stack:
    """A stack in memory: a table, a bucket, and what is live in it."""

    def __init__(self):
        self.table = InMemory()
        self.releases = Releases(self.table, Shelf())
        self.live = Live(self.releases, every=0)
        self.time = read_moment("2026-04-01")

    def release(self, text, *, keep=False):
        proposal = self.releases.propose(model_of(text).table, Maker("ada"), self.time, keep=keep)
        self.releases.release(proposal)

    def deliver(self, events, **options):
        leads = Leads(self.table, self.live.model(), lambda: self.time, pause=lambda _: None, **options)
        kinds = {verdict.kind for verdict in leads.take([each.encode() for each in events])}
        assert kinds <= {"accepted"}
        return leads


@pytest.fixture
def stack(monkeypatch):
    made = Stack()

    @contextmanager
    def place(stack, table, bucket):
        yield Place(Where(stack, table, bucket), made.table, made.releases)

    monkeypatch.setattr(command, "place", place)
    return made


def test_an_export_of_a_stack_is_held_against_what_is_live(here, run, ask, stack):
    args = laid_out(here)
    stack.release(OLD)
    stack.deliver(EVENTS)
    stack.table.exported(here / "export")
    found = ask("plan", "new.score", "--stack", "prod", "--export", "export")
    want = ask(*args)
    for mover in (*found["result"]["movers"], *want["result"]["movers"]):
        for row in (*mover["statements"]["old"], *mover["statements"]["new"]):
            del row["place"]
    assert without_data(found) == without_data(want)
    assert (found["generation"], found["names"]["old"]) == (1, "release 1, live")
    assert found["old"] == ask(*args)["old"]


def test_an_export_is_told_apart_from_what_it_is_held_against(here, ask, stack):
    laid_out(here)
    stack.release(OLD)
    stack.deliver(EVENTS)
    stack.table.exported(here / "export")
    assert ask("plan", "new.score", "--against", "old.score", "--export", "export")["remarks"] == []
    (remark,) = ask("plan", "old.score", "--against", "new.score", "--export", "export")["remarks"]
    assert remark.startswith("when the table was exported ") and remark.endswith(" was live, not new.score")


def test_points_that_were_kept_at_a_release_stay_kept_in_a_plan(here, ask, stack):
    laid_out(here)
    stack.release(OLD)
    stack.deliver(EVENTS)
    stack.time += DAY
    less = OLD.replace("add 20, once", "add 1, once")
    stack.release(less, keep=True)
    stack.time += DAY
    stack.deliver([event(50, "2026-04-02T12:00Z", "demo", "eve"), event(51, "2026-04-02T12:00Z", "demo", "cem")])
    stack.table.exported(here / "export")
    (here / "new.score").write_text(less.replace("add 5, at most 3", "add 2, at most 3"))
    found = ask("plan", "new.score", "--stack", "prod", "--export", "export")
    assert found["generation"] == 2
    assert "points were kept at a release, so which change moves a lead is not found out" in found["remarks"]
    leads, until = stack.deliver([]), read_moment("2026-04-02T12:00Z")
    shown = {id: stack.live.model().plan.shown[0](leads.at(id, until), until) / Decimal(1000) for id in ("dee", "eve")}
    assert shown == {"dee": 12, "eve": 6}, "a demo was worth 20, and is worth 1 now"
    movers = {each["lead"]: (each["old"], each["new"]) for each in found["result"]["movers"]}
    assert movers["eve"][0] == shown["eve"]
    assert movers.get("dee", (shown["dee"],))[0] == shown["dee"]


def test_leads_whose_events_have_expired_go_on_from_where_they_stood(here, ask, run, stack):
    laid_out(here)
    stack.release(OLD)
    days = [read_moment("2024-01-01") + n * 5 * DAY for n in range(60)]
    events = [event(n, write_instant(t), "visit", "ada", path="/pricing") for n, t in enumerate(days)]
    stack.deliver([*events, event(99, "2024-01-02", "demo", "ada")], retention=100 * DAY)
    leads = stack.deliver([], retention=100 * DAY)
    leads.sweep(next(pk for pk, sk in stack.table.items if sk == "S" and pk.startswith("L#")), stack.time)
    stack.table.exported(here / "export")
    found = ask("plan", "new.score", "--stack", "prod", "--export", "export")
    told = "1 lead begins with the state that expired events were folded into: what gave those points is not known"
    assert told in found["remarks"] and found["result"]["leads"]["both"] == 1
    (mover,) = found["result"]["movers"]
    assert mover["statements"] == {"old": None, "new": None}
    assert "expired events" in {part["name"] for part in mover["parts"]}
    status, _, err = run("plan", "new.score", "--against", "new.score", "--export", "export")
    assert (status, "no lead has an event up to" in err) == (1, True), "nobody knows that model here"


# --- where it can't ---------------------------------------------------------------------------------------------------


def without_events(folder):
    return laid_out(folder, []), 1, "there are no events that either model takes"


def unknown_types_only(folder):
    args = laid_out(folder, [event(1, "2026-03-02", "call", "ada")])
    return args, 1, "hint: 1 event rejected: 1 unknown type"


def events_after_now(folder):
    return (
        [*laid_out(folder), "--now", "2026-01-01"],
        1,
        "hint: 10 events rejected: 10 later than now by more than 5 minutes",
    )


def nothing_named(folder):
    return laid_out(folder)[:4], 2, "there are no events to look at"


def two_kinds_named(folder):
    return [*laid_out(folder), "--db", "state.db"], 2, "choose one"


def an_empty_period(folder):
    args = [*laid_out(folder), "--since", "2026-03-10", "--at", "2026-03-10"]
    return args, 2, "the period is empty: it begins at 2026-03-10T00:00:00Z and ends at 2026-03-10T00:00:00Z"


def a_period_after_all_events(folder):
    return [*laid_out(folder), "--since", "2026-05-01", "--at", "2026-06-01"], 1, "no event lies after 2026-05-01"


def a_period_that_ends_where_it_begins(folder):
    return [*laid_out(folder), "--since", "2026-05-01"], 2, "the period is empty: it begins at 2026-05-01"


def an_end_before_all_events(folder):
    return [*laid_out(folder), "--at", "2026-01-01"], 1, "no lead has an event up to 2026-01-01T00:00:00Z"


def nothing_in_common(folder):
    old = "model shop { }\nevent visit { path: text }\nscore one { rule r { on visit  add 1 } }\n"
    args = laid_out(folder, old=old, new=old.replace("score one", "score two"))
    return args, 1, "the two models share no score and have no triggers: nothing can be compared"


def a_table_of_another_format(folder):
    args = laid_out(folder)
    (folder / "old.json").write_text('{"format":"leadscore-table","version":99}')
    return ["plan", "new.score", "--against", "old.json", *args[4:]], 2, "99"


def a_file_that_is_no_table(folder):
    args = laid_out(folder)
    (folder / "old.json").write_text("{}")
    return ["plan", "new.score", "--against", "old.json", *args[4:]], 2, "old.json"


def an_old_model_with_errors(folder):
    return laid_out(folder, old=OLD + "rule"), 1, "old.score can't be used: 1 error"


def no_export(folder):
    return [*laid_out(folder)[:4], "--export", "."], 2, "is no export of a table"


def no_database(folder):
    return [*laid_out(folder)[:4], "--db", "events.jsonl"], 2, "events.jsonl is not a leadscore database"


def outside_of_git(folder):
    args = laid_out(folder)
    return [*args[:2], *args[4:]], 2, "is not in a git repository"


def over_an_input(folder):
    return [*laid_out(folder), "-o", "events.jsonl"], 2, "would overwrite a file that this command uses"


@pytest.mark.parametrize(
    "case",
    [
        without_events, unknown_types_only, events_after_now, nothing_named, two_kinds_named, an_empty_period,
        a_period_after_all_events, a_period_that_ends_where_it_begins, an_end_before_all_events, nothing_in_common,
        a_table_of_another_format, a_file_that_is_no_table, an_old_model_with_errors, no_export, no_database,
        outside_of_git, over_an_input,
    ],
)  # fmt: skip
def test_what_can_not_be_planned_is_said_in_a_sentence(case, here, run, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(here.parent))
    args, status, told = case(here)
    found, out, err = run(*args)
    assert (found, out, told in err) == (status, "", True), err


def test_what_only_one_model_has_is_said(here, run):
    new = OLD.replace("ready at 30\n  bands cold < 15, warm < 30, hot", "").replace("stages new, called  also lost", "")
    new = (
        re.sub(r"trigger .*\n", "", new).replace("model shop", "model tools")
        + "score more { rule r { on demo  add 1 } }\n"
    )
    status, out, _ = run(*laid_out(here, new=new))
    assert status == 0
    for told in (
        "the models have different names: `shop` and `tools`",
        "only old.score has a ready line for `interest`: who qualifies by it can't be compared",
        "only old.score has bands for `interest`: their moves can't be compared",
        "only old.score has stages: their moves can't be compared",
        "only new.score has the score `more`: nothing to compare with",
    ):
        assert told in out


def test_triggers_of_accounts_are_left_out_aloud(here, run):
    account = 'account { score all = sum of interest  trigger many { when all >= 50  emit "many" } }\n'
    new = NEW.replace("lead { country: text }", "lead { country: text  company: account }") + account
    assert run(*laid_out(here, new=new))[1].endswith("\ntriggers of accounts are not part of a plan\n")


def test_events_that_one_model_does_not_take_are_counted_for_it(here, run):
    more = event(20, "2026-03-17", "call", "ada")
    args = laid_out(here, [*EVENTS, more], new=NEW + "event call { }\n")
    assert "old.score: 1 event rejected: 1 unknown type\n" in run(*args)[1]


# --- texts that somebody sent -----------------------------------------------------------------------------------------

NASTY = [
    "<script>alert(1)</script>",
    "@octocat #1 GH-1 https://example.com www.example.com",
    "a|b\n| c `d` **e** _f_ [g](h)",
    "![x](y) ~~z~~ $a$ :tada: ada@example.com",
    "&lt;b&gt; \\",
    "\u202eab\x07",
    "x" * 300,
]


class Texts(HTMLParser):
    """Tags and texts of a document, checking that every element is closed."""

    def __init__(self):
        super().__init__()
        self.open, self.tags, self.texts = [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "br", "line", "path", "rect") or tag == "path":
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)


def nasty(here):
    events = [event(n, "2026-03-02", "visit", lead, path="/pricing") for n, lead in enumerate(NASTY)]
    return laid_out(here, events)


def test_a_page_escapes_whatever_somebody_sent(here, run):
    status, out, _ = run(*nasty(here), "--format", "html", "--verbose")
    page = Texts()
    page.feed(out)
    assert status == 0 and page.open == []
    assert not {tag for tag, _ in page.tags} & {"script", "img", "link", "iframe", "object", "base"}
    assert not [
        value for _, attrs in page.tags for name, value in attrs.items() if name.startswith("on") or name == "src"
    ]
    assert not re.search(r"https?://(?!www\.w3\.org)", re.sub(r"https://example\.com", "", out))
    told = "".join(page.texts)
    assert "<script>alert(1)</script>" in told and "&lt;b&gt;" in told and "\\u{7}" in told


def test_markdown_escapes_whatever_somebody_sent(here, run):
    status, out, _ = run(*nasty(here), "--format", "markdown", "--verbose")
    assert status == 0
    for raw in ("<script", "@octocat", "#1", "https://", "www.example", "$a$", ":tada:", "@example"):
        assert raw not in out, raw
    out = re.sub(r"<summary>.*?</summary>", "", out)  # HTML, in which nothing is Markdown
    for raw in ("**e**", "`d`", "~~"):
        assert raw not in out, raw
    assert not re.search(r"(?<!\\)\]\(", out)
    rows = [line for line in out.splitlines() if line.startswith("| ")]
    for head, rule, *_ in re.findall(r"(\| .*)\n(\|[-:|]+\|)\n", out):
        assert len(re.findall(r"(?<!\\)\|", head)) == len(re.findall(r"\|", rule))
    assert any("c \\`d\\`" in row for row in rows)


@pytest.mark.parametrize("text", ["plain", "2026-03-02T10:00:00Z", "−0.5", "lead-17", "10,000", "a → b"])
def test_plain_texts_stay_readable_in_markdown(text):
    assert escaped(text) == text


def test_markdown_fits_into_a_comment(here, run):
    long = [f"lead {n:04}" + "x" * 90 for n in range(600)]
    events = [event(n, "2026-03-02", "visit", lead, path="/pricing") for n, lead in enumerate(long)]
    again = [event(9000 + n, "2026-03-03", "visit", lead, path="/pricing") for n, lead in enumerate(long)]
    status, out, _ = run(*laid_out(here, events + again), "--format", "markdown", "--verbose")
    assert status == 0 and 2_000 < len(out) <= LIMIT + 200
    assert "what moved it" in out
    assert "2 tables left out: a comment has no room for so much" in out


def test_a_page_needs_what_lays_it_out(here, run, monkeypatch):
    monkeypatch.setitem(sys.modules, "jinja2", None)
    args = laid_out(here)
    status, _, err = run(*args, "--format", "html")
    assert (status, "pip install 'leadscore[docs]'" in err) == (2, True)
    assert run(*args)[0] == run(*args, "--format", "markdown")[0] == 0
