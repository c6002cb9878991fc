"""`leadscore test`: the tests in rule files, run from the command line."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET

import pytest

DEMO = """
model demo { }
lead { country: text  born: date  note: text computed }
event page_view as "com.page" { path: text required  watched: percent  pages: integer 1..10 as "n" }
event ping passive { }
score readiness {
  ready at 100
  bands cold < 20, hot
  rule pricing { on page_view where path starts with "/pricing"  add 10, at most 30 points per 7 days }
  rule danish  { when country = "DK"  add 5 }
  rule long    { on page_view where watched = 50%  add 1 }
  degrade { after 10 days without activity by 10% every 7 days  not below 12 }
}
score double = 2 * readiness
tally views over 7 days { on page_view }
stages new, keen also lost
trigger engage { when readiness >= 20  move to keen  emit "engaged"  tag "k"  set note = "hello" }
trigger answer { on ping  emit "pinged"  at most 1 times }
"""
PRICING = 'page_view { path: "/pricing" }'


@pytest.fixture
def run(leadscore, tmp_path):
    """Run tests, each given as its body; the labels are their numbers from 1."""

    def run(*bodies, model=DEMO, options=()):
        path = tmp_path / "demo.score"
        tests = "".join(f'test "t{number}" {{\n{body}\n}}\n' for number, body in enumerate(bodies, 1))
        path.write_text(model + tests, encoding="utf-8")
        return leadscore("test", path, *options)

    return run


def verdict(run, body, model=DEMO):
    """What `--json` says of the last expectation of a test."""
    result = run(body, model=model, options=["--json"])
    assert result.err == ""
    (line,) = result.lines
    last = line["expectations"][-1]
    assert result.status == (0 if all(each["holds"] for each in line["expectations"]) else 1)
    return last


# --- expectations -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expectation", "holds", "got"),
    [
        ("expect readiness = 15", True, {"readiness": 15}),
        ("expect readiness = 15.001", False, {"readiness": 15}),
        ("expect readiness is cold", True, {"readiness": 15}),
        ("expect readiness is at least hot", False, {"readiness": 15}),
        ("expect readiness >= ready", False, {"readiness": 15}),
        ("expect double = 30 and views = 1", True, {"double": 30, "views": 1}),
        ("expect double = 30 and views = 2", False, {"double": 30, "views": 1}),
        ("expect stage = new", True, {"stage": "new"}),
        ("expect stage > new", False, {"stage": "new"}),
        ("expect stage = new for 1 day", False, {"stage": "new"}),
        ('expect country = "DK"', True, {"country": "DK"}),
        ("expect country is missing", False, {"country": "DK"}),
        ("expect note is present", False, {"note": None}),
        ('expect has tag "k"', False, {"tags": []}),
        ('expect not has tag "k"', True, {"tags": []}),
        ("expect idle for 1 minute", False, {"last activity": "2026-01-05T10:00:00Z"}),
        ("expect not idle for 1 minute", True, {"last activity": "2026-01-05T10:00:00Z"}),
        (
            "expect readiness not increased for 1 day",
            False,
            {"last increase of readiness": "2026-01-05T10:00:00Z"},
        ),
        ("expect born more than 30 days ago", True, {"born": "2025-12-01"}),
        ("expect born in the last 30 days", False, {"born": "2025-12-01"}),
        ("expect fired answer", True, {"fired answer": ["2026-01-05T10:00:00Z"]}),
        ("expect fired answer 1 times", True, {"fired answer": ["2026-01-05T10:00:00Z"]}),
        ("expect fired answer 2 times", False, {"fired answer": ["2026-01-05T10:00:00Z"]}),
        ("expect not fired answer", False, {"fired answer": ["2026-01-05T10:00:00Z"]}),
        ("expect fired engage", False, {"fired engage": []}),
        ("expect not fired engage", True, {"fired engage": []}),
        ('expect emitted "pinged"', True, {'emitted "pinged"': ["2026-01-05T10:00:00Z"]}),
        ('expect not emitted "pinged"', False, {'emitted "pinged"': ["2026-01-05T10:00:00Z"]}),
        ('expect emitted "engaged"', False, {'emitted "engaged"': [], "emitted else": ["pinged"]}),
        ('expect not emitted "engaged"', True, {'emitted "engaged"': [], "emitted else": ["pinged"]}),
    ],
)
def test_an_expectation_is_judged_and_shows_what_it_names(expectation, holds, got, run):
    given = f'lead {{ country: "DK"  born: 2025-12-01 }}  at 2026-01-05T10:00Z  {PRICING}  ping {{ }}  ping {{ }}'
    found = verdict(run, f"{given}\n{expectation}")
    assert (found["holds"], found["got"]) == (holds, got)
    assert found["expect"] == expectation


def test_an_expectation_sees_only_what_stands_above_it(run):
    body = f"at 2026-01-05  {PRICING}  expect readiness = 10  {PRICING}  expect readiness = 20"
    assert run(body).status == 0


def test_attributes_before_the_first_time_are_there_at_that_time(run):
    assert run('lead { country: "DK" }  at 2026-01-05T10:00Z  expect readiness = 5').status == 0


def test_attributes_take_effect_at_the_current_time(run):
    body = (
        f'at 2026-01-05  {PRICING}  expect readiness = 10  after 1 day  lead {{ country: "DK" }}  '
        "expect readiness = 15  lead { country: null }  expect readiness = 10"
    )
    assert run(body).status == 0


def test_values_arrive_under_their_spelling_and_percents_as_fractions(run):
    assert run('at 2026-01-05  page_view { path: "/x"  watched: 50%  pages: 3 }  expect readiness = 1').status == 0


def test_before_the_first_event_there_is_no_stage_and_nothing_to_explain(run):
    result = run("at 2026-01-05  expect stage = new")
    assert result.status == 1
    assert "got       stage = none yet\nno event stands above it\n" in result.out


# --- times and order --------------------------------------------------------------------------------------------------


def test_events_at_one_instant_keep_the_written_order(run):
    events = "  ".join(f'lead {{ country: "{name}" }}' for name in ["DK", *["SE"] * 12, "NO"])
    assert verdict(run, f'at 2026-01-05  {events}  expect country = "NO"')["holds"]
    failed = verdict(run, f'at 2026-01-05  {events}  expect country = "FI"')
    told = [entry["event"]["data"]["country"] for entry in failed["explanation"] if entry["kind"] == "event"]
    assert told == ["DK", *["SE"] * 12, "NO"]


def test_what_time_does_at_an_instant_is_done_when_an_expectation_looks_and_not_before_the_events_below(run):
    waiting = f"at 2026-01-05  {PRICING}  {PRICING}  at 2026-01-15"
    assert verdict(run, f"{waiting}  expect readiness = 18")["holds"]
    # The step falls on the instant of the event, which comes first and starts the wait anew.
    assert verdict(run, f"{waiting}  expect readiness = 18  {PRICING}  expect readiness = 30")["holds"]


def test_points_degrade_between_expectations(run):
    body = (
        f"at 2026-01-05  {PRICING}  {PRICING}  after 10 days  expect readiness = 18  after 1 week  "
        "expect readiness = 16.2  after 1 week  expect readiness = 14.58  after 100 days  expect readiness = 12"
    )
    assert run(body).status == 0


def test_looking_in_between_changes_nothing(run):
    steps = [
        "at 2026-01-05T00:00Z", PRICING, PRICING, "after 7 days", "ping { }", "after 3 days", PRICING, "after 17 days",
        PRICING, "at 2026-02-20T00:00Z", PRICING, "after 30 days",
    ]  # fmt: skip
    last = 'expect readiness = 0 and double = 0 and views = 9 and stage = lost and note = "" and has tag "k"'
    looks = "expect views >= 0 and readiness >= 0  expect not fired answer 9 times"
    plain = verdict(run, "\n".join([*steps, last]))
    looked = verdict(run, "\n".join(f"{step}\n{looks}" for step in steps) + f"\n{last}")
    assert plain["got"] == looked["got"]
    assert plain["explanation"] == looked["explanation"]
    assert plain["got"]["readiness"] > 0


def test_neither_now_nor_lateness_applies(run):
    body = f"at 1971-01-01  {PRICING}  at 2900-01-01  {PRICING}  expect views = 1"
    assert run(body).status == 0


def test_a_limit_that_blocks_a_trigger_is_no_firing(run):
    assert verdict(run, "at 2026-01-05  ping { }  ping { }  ping { }  expect fired answer 1 times")["holds"]


def test_a_negated_number_of_firings_is_any_other_number(run):
    assert verdict(run, "at 2026-01-05  ping { }  expect not fired answer 2 times")["holds"]
    assert not verdict(run, "at 2026-01-05  ping { }  expect not fired answer 1 times")["holds"]


def test_the_first_file_of_the_brief_passes(root, leadscore):
    result = leadscore("test", root / "tests/golden/whole_file/model.score")
    assert (result.status, result.err) == (0, "")
    assert "  pass   a pricing reader who watches the demo, then cools\n" in result.out


def test_the_tests_of_all_examples_pass(root, leadscore):
    result = leadscore("test", root / "examples", "--json")
    assert result.status == 0
    assert len(result.lines) > 20
    assert {line["result"] for line in result.lines} == {"passed"}
    assert {line["model"] for line in result.lines} >= {str(root / "examples/saas_trial/model.score")}


# --- what is printed --------------------------------------------------------------------------------------------------


def test_each_file_has_a_line_for_each_test_and_there_is_one_summary(run, tmp_path):
    result = run("at 2026-01-05  expect readiness = 0", "at 2026-01-05  expect readiness = 1")
    assert result.status == 1
    lines = result.out.splitlines()
    assert lines[:3] == [str(tmp_path / "demo.score"), "  pass   t1", "  FAIL   t2"]
    assert lines[-1] == "2 tests in 1 file: 1 passed, 1 failed"
    assert result.err == ""


def test_a_failure_shows_the_line_what_was_there_and_the_statement_with_the_places_of_rules(run, tmp_path):
    result = run(f"at 2026-01-05  {PRICING}\n  expect readiness >= ready and views = 1")
    expected = f"""\
FAIL   t1
--> {tmp_path}/demo.score:21:3
21 |   expect readiness >= ready and views = 1
   |   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
expected  readiness >= ready and views = 1, at 2026-01-05T00:00:00Z
got       readiness = 10, cold; ready at 100
          views = 1

lead test in demo, at 2026-01-05T00:00:00Z; all times are UTC"""
    assert expected in result.out
    (row,) = [line for line in result.out.splitlines() if line.startswith("2026-01-05 00:00")]
    assert re.fullmatch(r'2026-01-05 00:00  page_view path "/pricing"  pricing .*demo\.score:9 +\+10 +10', row)


def test_a_failure_explains_the_scores_that_decide_about_the_trigger(run):
    result = run(f"at 2026-01-05  {PRICING}  expect stage = keen", f"at 2026-01-05  {PRICING}  expect fired engage")
    assert result.out.count("\nreadiness = 10, cold: profile 0 + activity 10\n") == 2
    assert "got       stage = new since 2026-01-05 00:00\n" in result.out
    assert "got       fired engage: never\n" in result.out


def test_a_failing_computed_score_is_explained_with_its_parts(run):
    result = run(f"at 2026-01-05  {PRICING}  expect double = 1")
    assert "\ndouble = 20\n" in result.out
    assert "\nreadiness = 10, cold:" in result.out


def test_all_failing_expectations_are_shown_and_a_statement_is_printed_once(run):
    result = run(
        f"at 2026-01-05  {PRICING}  expect readiness = 1  expect readiness = 2  {PRICING}  expect readiness = 3"
    )
    assert result.out.count("\nexpected  ") == 3
    assert result.out.count("\nthe statement is the one above\n") == 1
    assert result.out.count("\nlead test in demo") == 2


def test_verbose_has_a_line_for_each_expectation(run):
    result = run("at 2026-01-05\nexpect readiness =\n0\nexpect readiness = 1", options=["-v"])
    assert "         holds  expect readiness = 0  (line 21, at 2026-01-05T00:00:00Z)\n" in result.out
    assert "         FAILS  expect readiness = 1  (line 23, at 2026-01-05T00:00:00Z)\n" in result.out


def test_json_has_an_object_for_each_test(run, tmp_path):
    result = run(
        f"at 2026-01-05  {PRICING}  expect readiness = 1", "at 2026-01-05  expect views = 0", options=["--json"]
    )
    first, second = result.lines
    path = str(tmp_path / "demo.score")
    (failed,) = first.pop("expectations")
    assert first == {"model": path, "file": path, "line": 19, "test": "t1", "result": "failed", "error": None}
    (rule,) = [entry for entry in failed["explanation"] if entry["kind"] == "fired"]
    assert (rule["rule"], rule["points"], rule["place"]) == ("pricing", 10, f"{path}:9")
    assert second["result"] == "passed"
    assert "explanation" not in second["expectations"][0]


def test_what_a_terminal_would_obey_is_written_out(run):
    assert r"expected  country = " in run('at 2026-01-05  expect country = "\\u{1b}[2J"').out
    model = DEMO + 'test "\\u{1b}[2J" { at 2026-01-05  lead { country: "\\u{1b}c" }  expect country = "a" }\n'
    result = run("at 2026-01-05  ping { }", model=model)
    assert "\x1b" not in result.out
    assert "  FAIL   \\u{1b}[2J\n" in result.out


@pytest.mark.parametrize("wanted", ["t1", "T1", "AT?1", "*1", "*t*1"])
def test_a_filter_chooses_labels_by_a_part_or_a_pattern(wanted, run, tmp_path):
    model = DEMO + 'test "at11" { at 2026-01-05  expect views = 0 }\n'
    bodies = ["at 2026-01-05  expect views = 0", "at 2026-01-05  expect views = 1"]
    result = run(*bodies, model=model, options=["--filter", wanted])
    assert result.status == 0
    assert "t2" not in result.out
    assert "left out" in result.out


def test_a_filter_that_fits_nothing_is_wrong_usage(run):
    result = run("at 2026-01-05  expect views = 0", options=["--filter", "other"])
    assert result.status == 2
    assert result.err == "leadscore: no label and no file name of 1 test fits `other`\n"


def test_annotations_for_github_stand_at_what_does_not_hold(run, tmp_path):
    body = f"at 2026-01-05  {PRICING}\n  expect readiness = 5 and views = 2\n  expect readiness = 10"
    result = run(body, "at 2999-12-31  after 2 days  ping { }", options=["--format", "github"])
    assert result.status == 1
    notes = [line for line in result.out.splitlines() if line.startswith("::")]
    late = "the time of the test is beyond the year 2999"
    text = "expected readiness = 5 and views = 2%0Agot readiness = 10, cold%0Agot views = 1"
    assert notes == [
        f"::error file={tmp_path}/demo.score,line=21,endLine=21,col=3,endColumn=37,title=test t1::{text}",
        f"::error file={tmp_path}/demo.score,line=25,endLine=25,col=30,endColumn=38,title=test t2::{late}",
    ]
    assert "  FAIL   t1\n" in result.out


def test_annotations_for_github_name_the_errors_of_a_file(leadscore, tmp_path):
    path = tmp_path / "bad.score"
    path.write_text("model m { }\nscore s { rule r { on nothing  add 1 } }\n", encoding="utf-8")
    result = leadscore("test", path, "--format", "github")
    assert result.out.startswith(f"::error file={path},line=2,")
    assert "title=leadscore E215::there is no event `nothing`" in result.out


# --- files ------------------------------------------------------------------------------------------------------------


def test_a_folder_means_all_rule_files_below_it_and_those_without_a_model_are_passed_over(leadscore, tmp_path):
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    (tmp_path / ".hidden").mkdir()
    (tmp_path / ".hidden" / "x.score").write_text("broken", encoding="utf-8")
    (below / "z.score").write_text(f'import "../lib.score" {DEMO}', encoding="utf-8")
    (tmp_path / "a" / "lib.score").write_text('test "in lib" { at 2026-01-05  expect views = 0 }', encoding="utf-8")
    (tmp_path / "note.txt").write_text("no rules", encoding="utf-8")
    result = leadscore("test", tmp_path)
    assert result.status == 0
    path, listed, last = result.out.splitlines()
    assert path == str(below / "z.score")
    assert listed.startswith("  pass   in lib  (")
    assert listed.endswith("lib.score:1)")
    assert last == "1 test in 1 file: 1 passed"
    assert result.err == f"passed over, without a model: {tmp_path}/a/lib.score\n"


def test_a_file_that_is_named_in_two_ways_is_run_once(leadscore, tmp_path):
    (tmp_path / "sub").mkdir()
    path = tmp_path / "m.score"
    path.write_text(f'{DEMO} test "t" {{ at 2026-01-05  expect views = 0 }}', encoding="utf-8")
    result = leadscore("test", path, tmp_path / "sub" / ".." / "m.score", tmp_path)
    assert (result.status, result.out.splitlines()[-1]) == (0, "1 test in 1 file: 1 passed")


def test_tests_of_a_file_that_no_model_brings_are_said_not_to_run(leadscore, tmp_path):
    path = tmp_path / "lib.score"
    path.write_text('test "alone" { at 2026-01-05  expect views = 0 }', encoding="utf-8")
    result = leadscore("test", path)
    assert (result.status, result.out) == (0, "0 tests in 0 files: 0 passed\n")
    assert result.err.splitlines()[1] == f"no model here imports {path}, so 1 test in it did not run"


def test_a_model_without_tests_is_said_to_have_none(run, tmp_path):
    result = run()
    assert (result.status, result.err) == (0, "")
    assert result.out == f"{tmp_path}/demo.score: no tests\n0 tests in 1 file: 0 passed\n"


def test_a_bad_value_is_an_error_of_the_file_and_other_files_are_run(leadscore, tmp_path):
    bad, good = tmp_path / "bad.score", tmp_path / "good.score"
    bad.write_text(DEMO + 'test "x" { at 2026-01-05  page_view { path: 5 } }', encoding="utf-8")
    good.write_text(DEMO + 'test "y" { at 2026-01-05  expect views = 0 }', encoding="utf-8")
    result = leadscore("test", bad, good)
    assert result.status == 1
    assert "error[E322]: `path` must be a text" in result.err
    assert f"leadscore test: {bad} can't be used: 1 error" in result.err
    assert "  pass   y\n1 test in 2 files: 1 passed, 1 file can't be used\n" in result.out


def test_a_time_after_the_last_year_is_an_error_of_the_test(run, tmp_path):
    result = run(
        f"at 2999-12-31T23:59:59Z  {PRICING}  expect views = 1\n  after 1 minute  {PRICING}\n  expect views = 9"
    )
    assert result.status == 1
    assert "  ERROR  t1\n" in result.out
    assert f"--> {tmp_path}/demo.score:21:19\n" in result.out
    assert "error     the time of the test is beyond the year 2999\n" in result.out
    assert result.out.endswith("1 test in 1 file: 0 passed, 1 error\n")


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("none.score", None, "none.score can't be read: no such file or directory"),
        ("table.json", "{}", "is a compiled table: name the rule file that it was made from"),
    ],
)
def test_what_can_not_be_read_ends_with_status_2(name, content, says, leadscore, tmp_path):
    path = tmp_path / name
    if content is not None:
        path.write_text(content, encoding="utf-8")
    result = leadscore("test", path)
    assert result.status == 2
    assert says in result.err


def test_a_folder_without_rule_files_and_no_file_at_all_are_wrong_usage(leadscore, tmp_path):
    result = leadscore("test", tmp_path)
    assert (result.status, result.err) == (2, f"leadscore: there is no .score file in {tmp_path}\n")
    assert leadscore("test").status == 2


# --- JUnit ------------------------------------------------------------------------------------------------------------

ALLOWED = {
    "testsuites": ({"name", "time", "tests", "failures", "errors"}, {"testsuite"}),
    "testsuite": ({"name", "tests", "failures", "errors", "time", "file"}, {"testcase"}),
    "testcase": ({"name", "time", "classname"}, {"failure", "error"}),
    "failure": ({"type", "message"}, set()),
    "error": ({"type", "message"}, set()),
}
"""Attributes and children of each element, as the schema of Jenkins has them."""


def test_junit_is_xml_of_the_form_that_build_servers_take(leadscore, tmp_path):
    model, broken, report = tmp_path / "m.score", tmp_path / "no.score", tmp_path / "r.xml"
    tests = [
        'test "good & <fine> \\"Zoë\\"" { at 2026-01-05  expect views = 0 }',
        'test "bad\\u{1}" { at 2026-01-05  ping { }  expect country = "\\u{0}<&>" }',
        'test "late" { at 2999-12-31  after 2 days  ping { } }',
    ]
    model.write_text(DEMO + "\n".join(tests), encoding="utf-8")
    broken.write_text("model", encoding="utf-8")
    assert leadscore("test", model, broken, "--junit", report).status == 1
    text = report.read_text(encoding="utf-8")
    assert text.startswith('<?xml version="1.0" encoding="UTF-8"?>\n<testsuites ')
    tree = ET.fromstring(text)
    for element in tree.iter():
        attributes, children = ALLOWED[element.tag]
        assert set(element.attrib) == attributes
        assert {child.tag for child in element} <= children
        assert re.fullmatch(r"\d+\.\d{3}", element.get("time", "0.000"))
    counts = [(each.get("tests"), each.get("failures"), each.get("errors")) for each in [tree, *tree]]
    assert counts == [("4", "1", "2"), ("3", "1", "1"), ("1", "0", "1")]
    cases = [(case.get("name"), [child.tag for child in case]) for case in tree.iter("testcase")]
    assert cases == [
        ('good & <fine> "Zoë"', []),
        ("bad\\u{1}", ["failure"]),
        ("late", ["error"]),
        ("the file can be used", ["error"]),
    ]
    failure = next(tree.iter("failure"))
    assert "got       country = missing" in failure.text
    assert f"{model}:" in failure.text


def test_a_report_must_not_overwrite_a_rule_file(run, tmp_path):
    result = run("at 2026-01-05  expect views = 0", options=["--junit", tmp_path / "demo.score"])
    assert result.status == 2
    assert "would overwrite a file that this command uses" in result.err


def test_a_report_goes_beside_json(run, tmp_path):
    result = run("at 2026-01-05  expect views = 0", options=["--json", "--junit", tmp_path / "r.xml"])
    assert (result.status, len(result.lines)) == (0, 1)
    assert json.loads(result.out)["result"] == "passed"
    assert ET.parse(tmp_path / "r.xml").getroot().get("tests") == "1"
