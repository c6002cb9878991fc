"""`leadscore history`: a row for each rule, a column for each version that changed the meaning, from git."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess

import pytest

from cli.main import main

MODEL = """model shop "A shop" { }
event visit { path: text required }
event order { amount: number }
score s {
  ready at 100
  rule pricing { on visit where path starts with "/pricing"  add 5 }
  rule careers { on visit where path = "/careers"  subtract 10 }
  rule order   { on order  add 40, once }
}
"""


class Repository:
    def __init__(self, folder):
        self.folder = folder
        folder.mkdir()
        self.git("init", "-q", "-b", "main")

    def git(self, *args, date="2026-01-01", who="Ada"):
        stamp = f"{date}T10:00:00Z"
        env = {**os.environ, "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1", "GIT_AUTHOR_DATE": stamp,
               "GIT_COMMITTER_DATE": stamp}  # fmt: skip
        said = ["git", "-C", str(self.folder), "-c", f"user.name={who}", "-c", "user.email=a@example.com", *args]
        return subprocess.run(said, check=True, capture_output=True, text=True, timeout=60, env=env).stdout.strip()

    def commit(self, date, *, who="Ada", said="a change", **files):
        for name, text in files.items():
            (self.folder / f"{name}.score").write_text(text, encoding="utf-8")
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty-message", "-m", said, date=date, who=who)


@pytest.fixture
def rules(tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    made = Repository(tmp_path / "rules")
    monkeypatch.chdir(made.folder)
    return made


@pytest.fixture
def told(capsys):
    """The sheet as JSON."""

    def ask(*args):
        status = main(["history", *args, "--json"])
        out = capsys.readouterr()
        return json.loads(out.out) if status == 0 else (status, out.err)

    return ask


def titles(sheet):
    return [each["title"] for each in sheet["versions"]]


def cells(sheet, name):
    [row] = [row for row in sheet["rows"] if row["name"] == name and row["kind"] != "score"]
    return [cell["text"] for cell in row["cells"]]


def test_a_column_is_a_version_that_changed_the_meaning_not_the_text(rules, told):
    rules.commit("2026-01-05", model=MODEL)
    rules.commit("2026-01-06", model="# said anew\n" + MODEL.replace("  add 5 }", '  add 5  note 2026-01-06 "So." }'))
    rules.commit("2026-01-07", model=MODEL.replace("visit {", 'seen as "visit" {').replace("on visit", "on seen"))
    rules.commit("2026-01-08", model=MODEL.replace('path = "/careers"', 'not path != "/careers"'))
    rules.commit("2026-01-09", model=MODEL.replace("subtract 10", "subtract 20"))
    sheet = told("model.score")
    assert titles(sheet) == ["2026-01-05", "2026-01-09"]
    assert cells(sheet, "careers") == ["subtract 10", "subtract 20"]
    assert cells(sheet, "order") == ["add 40, once"] * 2
    assert [row["name"] for row in sheet["rows"] if any(cell["changed"] for cell in row["cells"])] == ["careers"]


CAREERS = 'rule careers { on visit where path = "/careers"  subtract 10'


@pytest.mark.parametrize("new", [CAREERS.replace("careers {", "jobs {"), CAREERS.replace("careers {", "jobs {") + "0"])
def test_a_renamed_rule_stays_one_row_whatever_its_points(rules, told, new):
    rules.commit("2026-01-05", model=MODEL)
    rules.commit("2026-01-06", model=MODEL.replace(CAREERS, new))
    rules.commit("2026-01-07", model=MODEL.replace(CAREERS, new).replace("add 5", "add 6"))
    sheet = told("model.score")
    assert "careers" not in [row["name"] for row in sheet["rows"]]
    [row] = [row for row in sheet["rows"] if row["name"] == "jobs"]
    assert row["was"] == ["careers"]
    assert row["cells"][0]["text"] == "subtract 10"


def test_a_rule_that_is_moved_stays_one_row_within_its_score_and_to_another(rules, told):
    one = MODEL.replace("  rule order   { on order  add 40, once }\n", "")
    rules.commit("2026-01-05", model=MODEL)
    lines = MODEL.splitlines(keepends=True)
    rules.commit("2026-01-06", model="".join([*lines[:5], lines[7], lines[5], lines[6], lines[8]]))
    rules.commit("2026-01-07", model=one + "score t { rule order { on order  add 30, once } }\n")
    sheet = told("model.score")
    assert titles(sheet) == ["2026-01-05", "2026-01-07"]
    assert cells(sheet, "order") == ["add 40, once", "add 30, once"]
    assert [row["of"] for row in sheet["rows"] if row["name"] == "order"] == ["t"]


def test_a_rule_that_is_gone_and_comes_back_stays_one_row(rules, told):
    without = MODEL.replace("  rule order   { on order  add 40, once }\n", "")
    for day, text in enumerate([MODEL, without, MODEL], 5):
        rules.commit(f"2026-01-0{day}", model=text)
    assert cells(told("model.score"), "order") == ["add 40, once", "gone", "add 40, once"]


def test_a_rule_that_looks_at_something_else_says_what_it_looked_at(rules, told):
    rules.commit("2026-01-05", model=MODEL)
    rules.commit("2026-01-06", model=MODEL.replace("on order  add 40", "on order where amount > 9  add 40"))
    [row] = [row for row in told("model.score")["rows"] if row["name"] == "order"]
    assert row["looks"] == "on order where amount > 9"
    assert [(cell["looks"], cell["changed"]) for cell in row["cells"]] == [("on order", False), (None, True)]


def test_lines_bands_and_triggers_have_rows_too_and_anything_else_if_it_changes(rules, told):
    more = MODEL + "stages a, b\ntrigger t { when s >= ready  move to b }\n"
    rules.commit("2026-01-05", model=more)
    rules.commit("2026-01-06", model=more.replace("ready at 100", "ready at 80  bands cold < 20, hot"))
    rules.commit("2026-01-07", model=more.replace("ready at 100", "ready at 80  bands cold < 20, hot").replace(
        "amount: number", "amount: number required"))  # fmt: skip
    sheet = told("model.score")
    [score] = [row for row in sheet["rows"] if row["kind"] == "score"]
    assert [cell["text"] for cell in score["cells"]] == [
        "ready at 100", *["ready at 80, bands cold < 20, hot"] * 2
    ]  # fmt: skip
    assert cells(sheet, "t") == ["move to b"] * 3
    [event] = [row for row in sheet["rows"] if row["kind"] == "event"]
    assert [cell["text"] for cell in event["cells"]] == ["amount: number"] * 2 + ["amount: number required"]


def test_the_scores_of_a_family_that_are_the_same_are_one_row(rules, told):
    family = 'score f for v in ["a", "b", "c"] { rule r { on visit where path = v  add 5 } }\n'
    rules.commit("2026-01-05", model=MODEL + family)
    rules.commit("2026-01-06", model=MODEL + family.replace("add 5", "add 6"))
    [row] = [row for row in told("model.score")["rows"] if row["name"] == "r"]
    assert (row["of"], row["others"], [cell["text"] for cell in row["cells"]]) == ("f[a]", 2, ["add 5", "add 6"])


def test_imports_and_sets_count_and_so_does_the_name_that_they_had(rules, told):
    main_file = 'import "more.score"\nmodel m { }\nevent visit { path: text }\n'
    more = 'set names from "names.txt"\nscore s { rule r { on visit where path in names  add 1 } }\n'
    (rules.folder / "names.txt").write_text("a\nb\n")
    rules.commit("2026-01-05", model=main_file, more=more)
    rules.commit("2026-01-06", more=more.replace("add 1", "add 2"))
    (rules.folder / "names.txt").write_text("a\nb\nc\n")
    rules.commit("2026-01-07")
    (rules.folder / "other.txt").write_text("nothing\n")
    rules.commit("2026-01-08")
    rules.git("mv", "more.score", "parts.score")
    rules.commit("2026-01-09", model=main_file.replace("more", "parts"))
    rules.commit("2026-01-10", parts=more.replace("add 1", "add 3"))
    sheet = told("model.score")
    assert titles(sheet) == ["2026-01-05", "2026-01-06", "2026-01-07", "2026-01-10"]
    assert cells(sheet, "r") == ["add 1", "add 2", "add 2", "add 3"]


def test_the_file_is_followed_when_its_name_changes(rules, told):
    rules.commit("2026-01-05", first=MODEL)
    (rules.folder / "deep").mkdir()
    rules.git("mv", "first.score", "deep/second.score")
    rules.commit("2026-01-06")
    rules.git("mv", "deep/second.score", "third.score")
    rules.commit("2026-01-07", third=MODEL.replace("add 5", "add 6"))
    assert titles(told("third.score")) == ["2026-01-05", "2026-01-07"]


def test_a_commit_whose_file_has_errors_is_told_of(rules, capsys):
    rules.commit("2026-01-05", model=MODEL)
    rules.commit("2026-01-06", who="Eve", model=MODEL + "score {\n")
    rules.git("rm", "-q", "model.score")
    rules.commit("2026-01-07")
    rules.commit("2026-01-08", model=MODEL.replace("add 5", "add 6"))
    assert main(["history", "model.score"]) == 0
    out, err = capsys.readouterr()
    short = rules.git("rev-parse", "--short", "HEAD~2")
    assert f"passed over: 2026-01-06 {short} (Eve): model.score:10:7: found `{{`, expected a name\n" in err
    assert ": the file was not there\n" in err
    assert out.splitlines()[0] == "model.score: model shop “A shop”, 2 versions"


def test_the_versions_of_a_merge_are_its_own_and_who_wrote_them(rules, told):
    rules.commit("2026-01-05", model=MODEL)
    rules.git("checkout", "-q", "-b", "work")
    rules.commit("2026-01-06", who="Ben", model=MODEL.replace("add 5", "add 6"))
    rules.commit("2026-01-07", who="Eve", model=MODEL.replace("add 5", "add 7"))
    rules.git("checkout", "-q", "main")
    rules.git("merge", "-q", "--no-ff", "-m", "Merge work", "work", date="2026-01-09", who="Ada")
    sheet = told("model.score")
    assert titles(sheet) == ["2026-01-05", "2026-01-09"]
    assert (sheet["versions"][1]["who"], sheet["versions"][1]["subject"]) == ("Ben, Eve", "Merge work")


def test_notes_say_who_wrote_them_and_stay_when_the_file_drops_them(rules, told):
    note = '  note 2026-01-04 "They buy."'
    rules.commit("2026-01-05", model=MODEL)
    rules.commit("2026-01-06", who="Ben", model=MODEL.replace("add 5", f"add 5{note}"))
    rules.commit("2026-01-07", who="Eve", model=MODEL.replace("add 5", f"add 6{note}"))
    rules.commit("2026-01-08", who="Eve", model=MODEL.replace("add 5", "add 7"))
    expected = [{"date": "2026-01-04", "who": "Ben", "text": "They buy."}]
    for args in ((), ("--last", "2")):
        [row] = [row for row in told("model.score", *args)["rows"] if row["name"] == "pricing"]
        assert row["notes"] == expected, args


# --- how far back -----------------------------------------------------------------------------------------------------


@pytest.fixture
def long(rules):
    """A version each month; those of March and June are tagged, and June's tag stands on a later commit."""
    for month in range(1, 13):
        rules.commit(f"2026-{month:02}-10", model=MODEL.replace("add 5", f"add {month}"))
        if month == 3:
            rules.git("tag", "v1")
        if month == 6:
            (rules.folder / "README").write_text("of rules\n")
            rules.commit("2026-06-20")
            rules.git("tag", "-a", "-m", "two", "v2")
    return rules


@pytest.mark.parametrize(
    ("args", "months", "folded"),
    [
        ((), range(5, 13), True),
        (("--last", "2"), [11, 12], True),
        (("--last", "12"), range(1, 13), False),
        (("--all",), range(1, 13), False),
        (("--since", "2026-10-11"), [10, 11, 12], True),
        (("--since", "2026-10-10"), [9, 10, 11, 12], True),
        (("--since", "2020-01-01"), range(1, 13), False),
        (("--tags",), [3, 6], False),
        (("--tags", "--last", "1"), [6], True),
        (("--revision", "v2"), range(1, 7), False),
    ],
)
def test_a_long_history_folds(long, told, args, months, folded):
    sheet = told("model.score", *args)
    assert [int(each["date"][5:7]) for each in sheet["versions"]] == [*months]
    assert cells(sheet, "pricing") == [f"add {month}" for month in months]
    assert sheet["folded"] == folded


def test_a_column_shows_its_tags(long, told):
    assert titles(told("model.score", "--tags")) == ["2026-03-10 v1", "2026-06-10 v2"]


def test_a_tag_on_another_line_of_commits_is_told_of(long, capsys):
    long.git("checkout", "-q", "-b", "side", "v1")
    long.commit("2026-12-30", model=MODEL)
    long.git("tag", "aside")
    long.git("checkout", "-q", "main")
    assert main(["history", "model.score", "--tags"]) == 0
    assert "on another line of commits, so not shown: aside\n" in capsys.readouterr().err


def test_two_versions_of_a_day_are_told_apart(rules, told):
    rules.commit("2026-01-05", model=MODEL)
    rules.commit("2026-01-05", model=MODEL.replace("add 5", "add 6"))
    assert len(set(titles(told("model.score")))) == 2


def test_what_is_not_committed_is_the_last_column_unless_a_revision_is_named(rules, told):
    rules.commit("2026-01-05", model=MODEL)
    (rules.folder / "model.score").write_text(MODEL.replace("add 5", "add 6"))
    assert titles(told("model.score")) == ["2026-01-05", "not committed"]
    assert titles(told("model.score", "--revision", "HEAD")) == ["2026-01-05"]


# --- forms ------------------------------------------------------------------------------------------------------------

EVIL = '=HYPERLINK("http://evil") <script>alert(1)</script>'


@pytest.fixture
def evil(rules):
    quoted = EVIL.replace('"', '\\"')
    rules.commit("2026-01-05", who="+Ada <b>", said="@SUM(1)", model=MODEL)
    text = MODEL.replace("rule pricing", f'rule pricing "{quoted}"').replace(
        "add 5", f'add 6  note 2026-01-06 "{quoted}"'
    )
    rules.commit("2026-01-06", said="-1\x1b[31m", model=text)
    return rules


def test_no_cell_of_a_csv_file_begins_a_formula(evil, capsys):
    assert main(["history", "model.score", "--format", "csv"]) == 0
    grid = list(csv.reader(io.StringIO(capsys.readouterr().out)))
    assert {len(row) for row in grid} == {8}
    assert f"'{EVIL}" in [cell for row in grid for cell in row]
    assert {"'+Ada b", "'@SUM(1)"} <= {cell for row in grid for cell in row}
    assert not [cell for row in grid for cell in row if cell[:1] in "=+-@\t\r" and cell]
    assert "\x1b" not in "".join(cell for row in grid for cell in row)


def test_a_workbook_holds_texts_and_no_formulas(evil):
    openpyxl = pytest.importorskip("openpyxl")
    assert main(["history", "model.score", "-o", "h.xlsx"]) == 0
    book = openpyxl.load_workbook(evil.folder / "h.xlsx")
    assert book.sheetnames == ["Rules", "Notes"]
    told = [cell for row in book["Rules"].iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in told} == {"s"}
    assert EVIL in [cell.value for cell in told]
    assert [cell.value for cell in book["Notes"][2]] == ["2026-01-06", "Ada", "s.pricing", EVIL]


def test_a_page_escapes_everything_and_needs_nothing_beside_itself(evil):
    assert main(["history", "model.score", "-o", "h.html"]) == 0
    page = (evil.folder / "h.html").read_text(encoding="utf-8")
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "src=" not in page
    assert "href=" not in page
    assert "\x1b" not in page
    assert '<td class="changed">add 6</td>' in page


def test_the_text_is_what_a_person_reads(rules, capsys):
    rules.commit("2026-01-05", said="First rules", model=MODEL)
    changed = MODEL.replace("add 5", 'add 10, at most 30 points per 7 days  note 2026-03-02 "They call."')
    rules.commit("2026-03-02", who="Ben", said="Raise pricing", model=changed.replace("rule careers", "rule jobs"))
    rules.git("tag", "v1.0")
    assert main(["history", "model.score"]) == 0
    one, two = (rules.git("rev-parse", "--short", each) for each in ("HEAD~1", "HEAD"))
    assert (
        capsys.readouterr().out
        == f"""model.score: model shop “A shop”, 2 versions

version          commit   who  tags  what was written of it
2026-01-05       {one}  Ada        First rules
2026-03-02 v1.0  {two}  Ben  v1.0  Raise pricing

rule                of  2026-01-05    2026-03-02 v1.0
score s                 ready at 100
pricing             s   add 5         add 10, at most 30 points per 7 days
jobs (was careers)  s   subtract 10
order               s   add 40, once

note        who  of         says
2026-03-02  Ben  s.pricing  They call.
"""
    )


# --- what can't be done -----------------------------------------------------------------------------------------------


def test_without_a_repository_there_is_no_history(tmp_path, monkeypatch, told):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "model.score").write_text(MODEL)
    status, err = told("model.score")
    assert status == 2
    assert "is not in a git repository, so there is no history" in err


def test_without_a_commit_of_it_there_is_no_history(rules, told):
    (rules.folder / "model.score").write_text(MODEL)
    status, err = told("model.score")
    assert (status, "has no commit yet" in err) == (1, True)
    rules.git("commit", "-q", "--allow-empty", "-m", "none")
    status, err = told("model.score")
    assert (status, "model.score is in no commit up to HEAD" in err) == (1, True)


def test_where_no_version_can_be_used_it_says_why(rules, told):
    rules.commit("2026-01-05", model="score {\n")
    status, err = told("model.score")
    assert status == 1
    assert "no version of model.score can be used; the newest: model.score:1:1: the file has no `model`" in err


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("model.score", "--last", "2", "--all"), "choose one"),
        (("model.score", "--since", "May"), "`May` is no day"),
        (("model.score", "--revision", "nowhere"), "there is no commit `nowhere`"),
        (("model.score", "--revision", "--all"), "there is no commit `--all`"),
        (("nowhere/at/all.score",), "is in no commit up to HEAD"),
        (("../model.score",), "is not in"),
        ((".",), "is a folder: name the rule file"),
        (("table.json",), "is a compiled table"),
        (("model.score", "--tags"), "no tag shows a version of it"),
    ],
)
def test_wrong_usage_is_told_in_a_sentence(rules, told, args, said):
    rules.commit("2026-01-05", model=MODEL)
    (rules.folder / "table.json").write_text("{}")
    status, err = told(*args)
    assert status in (1, 2)
    assert said in err
    assert "Traceback" not in err


@pytest.mark.parametrize("args", [("--format", "xlsx"), ("-o", "h.pdf"), ("-o", "none/h.csv"), ("-o", "model.score")])
def test_an_output_that_can_not_be_is_refused_before_the_work(rules, args, capsys):
    rules.commit("2026-01-05", model=MODEL)
    assert main(["history", "model.score", *args]) == 2
    assert (rules.folder / "model.score").read_text() == MODEL
