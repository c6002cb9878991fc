"""`leadscore prove`: statuses, formats, what is shown and what is listed as open."""

from __future__ import annotations

import json

import pytest

MODEL = """model shop "A tool shop" { }
lead { size: integer }
event visit { page: text }
score s {
  ready at 30
  rule visit { on visit  add 10, at most 5 times }
  rule size { when size > 100  add 5 }
  degrade { after 30 days without activity  by 10% every 7 days }
}
"""
FALSE = MODEL + 'assert "small" { always s <= 40 }\n'
TRUE = MODEL + 'assert "small" { always s <= 55 }\n'
OPEN = MODEL + 'trigger t { when idle for 30 days tag "q" }\nassert "open" { reachable has tag "q" within 29 days }\n'


@pytest.fixture
def write(tmp_path):
    def written(text, name="model.score"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    return written


def test_a_score_is_told_with_its_ends_and_its_shortest_ways(leadscore, write):
    path = write(MODEL)
    result = leadscore("prove", path)
    assert (result.status, result.err) == (0, "")
    assert result.out.splitlines() == [
        f"{path}: shop",
        "  s: lowest 0, highest 55, ready at 30",
        "    ready after 3 events (no less will do):",
        "      3 × visit (visit); at once",
        "    in silence: from 30 ready for 30 days, then 27; at the end 0, after 625 days",
        "    in silence: from 55 ready for 65 days, then 29.229; at the end 5, after 184 days",
        "    in silence: nobody stays ready for longer than 65 days",
        "",
        "1 model: 0 findings",
    ]


def test_a_refuted_assertion_is_status_1_with_a_test_to_paste(leadscore, write):
    path = write(FALSE)
    result = leadscore("prove", path)
    assert result.status == 1
    assert "REFUTED small: always s <= 40" in result.out
    start = result.out.index('    test "small: always s <= 40" {')
    block = result.out[start : result.out.index("\n\n", start)]
    assert leadscore("test", write(MODEL + block, "pasted.score")).status == 0


def test_a_proved_assertion_is_status_0(leadscore, write):
    result = leadscore("prove", write(TRUE))
    assert (result.status, result.err) == (0, "")
    assert "  proved  small: always s <= 55 (s shows 0 to 55)\n" in result.out
    assert result.out.endswith("1 model: 0 findings; assertions: 1 proved\n")


def test_an_open_assertion_is_status_1_only_if_asked_to_be_strict(leadscore, write):
    path = write(TRUE)
    assert leadscore("prove", path, "--strict").status == 0
    hurried = leadscore("prove", path, "--time-limit", "0.1", "--filter", "nothing", "--strict")
    assert hurried.status == 0, "what is not chosen is not open"
    unknown = leadscore("prove", write(OPEN), "--filter", "open")
    assert (unknown.status, "  unknown open: reachable" in unknown.out) == (0, True)
    assert leadscore("prove", write(OPEN), "--filter", "open", "--strict").status == 1


def test_within_is_how_high_it_gets_in_time(leadscore, write):
    text = MODEL.replace("at most 5 times", "at most 2 times per 1 day")
    result = leadscore("prove", write(text), "--within", "1 day")
    assert "    within 1 day of the first event: highest 45\n" in result.out


@pytest.mark.parametrize("given", ["soon", "1 fortnight", "-1 day", ""])
def test_what_is_no_duration_is_refused(leadscore, write, given):
    result = leadscore("prove", write(MODEL), "--within", given)
    assert (result.status, result.out) == (2, "")
    assert f"`{given}` is no duration" in result.err


def test_json_is_an_object_a_line(leadscore, write):
    result = leadscore("prove", write(FALSE), "--json")
    assert (result.status, result.err) == (1, "")
    kinds = [each["kind"] for each in result.lines]
    assert kinds == ["score", "assertion"]
    score, assertion = result.lines
    assert (score["score"], score["ready"]) == ("s", 30)
    assert (score["highest"]["decided"], score["highest"]["reached"], score["highest"]["bound"]) == (True, 55, 55)
    assert (score["ways"][0]["events"], score["ways"][0]["at_least"]) == (3, 3)
    assert assertion["state"] == "refuted"
    assert assertion["test"].startswith("test ")


def test_findings_are_annotations_of_a_pull_request(leadscore, write):
    text = MODEL.replace("ready at 30", "ready at 100") + 'assert "small" { always s <= 40 }\n'
    result = leadscore("prove", write(text), "--format", "github")
    assert result.status == 1
    assert "title=leadscore P510::no lead ever reaches `ready at 100`" in result.out
    assert "::error file=" in result.out
    assert "title=leadscore P500" in result.out
    sarif = json.loads(leadscore("prove", write(text), "--format", "sarif").out)
    assert {each["ruleId"] for each in sarif["runs"][0]["results"]} == {"P500", "P510"}


def test_verbose_shows_the_histories(leadscore, write):
    result = leadscore("prove", write(MODEL), "--verbose")
    assert 'test "s at its highest" {' in result.out
    assert 'test "s: 3 × visit (visit); at once" {' in result.out


def test_what_the_time_did_not_suffice_for_is_listed(leadscore, write):
    result = leadscore("prove", write(MODEL), "--time-limit", "0.1")
    assert result.status == 0
    assert "undecided" in result.out or "highest 55" in result.out


def test_a_line_without_a_way_is_told_with_what_it_takes_at_least(leadscore, write):
    toll = "trigger toll { when s >= 5  subtract 3 from s }"
    text = "model m { }\nevent visit { }\nscore s { ready at 7  rule up { on visit  add 8, once } }\n" + toll
    result = leadscore("prove", write(text), "--longest", "1")
    assert "    ready after at least 1 event; no way of up to 1 event was found\n" in result.out
    assert "shortest way to the ready line of s: none found of up to 1 event; it takes at least 1 event\n" in result.out


ACCOUNTS = (
    MODEL.replace("size: integer", "size: integer  company: account")
    + """account {
  score reach "Reach" = sum of s
  trigger alarm { when reach < 0  emit "x" }
  trigger contrary { when reach < 0 and reach > 5  emit "y" }
  trigger team { when reach >= 100  emit "z" }
}
"""
)


def test_accounts_are_told_with_the_leads_that_it_takes(leadscore, write):
    path = write(ACCOUNTS)
    result = leadscore("prove", path, "--strict")
    assert result.status == 0, "only an assertion that is open is status 1 with --strict"
    assert "  account reach: lowest 0, no highest (each lead adds up to " in result.out
    told = "  account trigger team fires with 2 leads:\n    2 leads, each: 5 × visit; at once, for lead { "
    assert told in result.out
    assert result.out.endswith("1 model: 2 findings\n")
    assert "P530" in result.err, "and the trigger whose condition can't hold by itself is told so"
    assert "P511" in result.err
    found = leadscore("prove", path, "--json").lines
    assert [(each["score"], each["highest"]["decided"]) for each in found if each["kind"] == "account score"] == [
        ("reach", True)
    ]
    states = {each["trigger"]: each["state"] for each in found if each["kind"] == "account trigger"}
    assert states == {"alarm": "never", "contrary": "never", "team": "fires"}
    (team,) = [each["leads"] for each in found if each["kind"] == "account trigger" and each["leads"]]
    assert [each["count"] for each in team] == [2]
    again = write(ACCOUNTS + team[0]["test"].replace("\n}", "\n  expect s > 0\n}"), "again.score")
    assert leadscore("test", again).status == 0


def test_only_what_is_chosen_of_accounts_is_told(leadscore, write):
    result = leadscore("prove", write(ACCOUNTS), "--filter", "team")
    assert "account trigger team fires" in result.out
    assert "account reach" not in result.out


def test_a_part_in_a_folder_is_passed_over(leadscore, write):
    part = write("event other { }\n", "part.score")
    result = leadscore("prove", part.parent)
    assert (result.status, result.out) == (0, "0 models: 0 findings\n")
    assert result.err == f"passed over, without a model: {part}\n"


def test_a_part_that_is_named_beside_its_model_is_passed_over(leadscore, write):
    part, model = write("event other { }\n", "part.score"), write('import "part.score"\n' + MODEL)
    result = leadscore("prove", part, model)
    assert result.status == 0
    assert result.err.endswith(f"passed over, without a model: {part}\n")


def test_a_part_that_is_named_alone_has_no_model(leadscore, write):
    for part in (write("event other { }\n", "part.score"), write("", "empty.score")):
        result = leadscore("prove", part)
        assert (result.status, result.out) == (1, "0 models: 0 findings\n")
        assert "error[E203]: the file has no `model`" in result.err
        assert result.err.endswith(f"leadscore prove: {part} can't be used: 1 error\n")


def test_a_broken_file_is_told_and_the_others_are_proved(leadscore, write):
    bad, good = write("model m { }\nscore s { rule r { on nothing add 1 } }\n", "bad.score"), write(MODEL)
    result = leadscore("prove", bad, good)
    assert result.status == 1
    assert "there is no event `nothing`" in result.err
    assert "highest 55" in result.out


def test_a_table_and_what_is_not_there_are_refused(leadscore, write, tmp_path):
    table = tmp_path / "table.json"
    leadscore("compile", write(MODEL), "-o", table)
    assert leadscore("prove", table).status == 2
    assert leadscore("prove", tmp_path / "none.score").status == 2


def test_without_the_solver_all_is_decided_that_needs_none(leadscore, write, monkeypatch):
    monkeypatch.setattr("compiler.prove.solver.installed", lambda: False)
    result = leadscore("prove", write(TRUE))
    assert result.status == 0
    assert "highest 55" in result.out
    assert "proved  small" in result.out


def test_a_condition_that_needs_the_solver_names_the_extra(leadscore, write, monkeypatch):
    monkeypatch.setattr("compiler.prove.solver.installed", lambda: False)
    text = """model m { }
event e { a: number required  b: number required }
score s { rule r { on e where a * b * b = 7 and a * a * b = 5 and a + b * a > 3  add 10, once } }
"""
    result = leadscore("prove", write(text))
    assert result.status == 0
    assert "leadscore[prove]" in result.out
