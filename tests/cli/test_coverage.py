"""`leadscore test --coverage`: what is said of what no test has seen."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest

MODEL = """
model demo { }
lead { country: text  company: account }
event view { path: text required  seconds: integer }
score s for v in ["a", "b"] {
  bands cold < 10, hot
  rule read { on view where path = "/{v}" and not seconds < 5  add 10, at most 2 times }
  rule dane { when country = "DK" add 5 else when country is present add 1 }
}
tally views over 7 days { on view }
trigger keen { when s[a] is hot and not has tag "k"  tag "k"  emit "keen"  at most 1 times per 7 days }
segment best { where s[a] >= 20 }
"""


@pytest.fixture
def run(leadscore, tmp_path):
    """Run tests, each given as its body, with options; gives the result of the command."""

    def run(*bodies, model=MODEL, options=("--coverage", "--json")):
        path = tmp_path / "demo.score"
        tests = "".join(f'test "t{number}" {{ at 2026-01-05  {body} }}\n' for number, body in enumerate(bodies, 1))
        path.write_text(model + tests, encoding="utf-8")
        return leadscore("test", path, *options)

    return run


def coverage(result):
    """What `--json` says of coverage."""
    return result.lines[-1]["coverage"]


def sides(result) -> dict[str, dict[str, int]]:
    """The counts of the sides by the text of the site."""
    return {each["text"]: each["sides"] for file in coverage(result)["files"] for each in file["parts"]}


# --- what is seen -----------------------------------------------------------------------------------------------------


def test_every_part_of_a_model_is_counted_once_however_many_members_a_family_has(run):
    assert sides(run()) == {
        "cold < 10": {"reached": 0},
        "hot": {"reached": 0},
        "rule read": {"fired": 0},
        'path = "/{v}"': {"true": 0, "false": 0},
        "seconds < 5": {"true": 0, "false": 0},
        "at most 2 times": {"blocked": 0},
        'when country = "DK" add 5': {"taken": 0},
        'country = "DK"': {"true": 0, "false": 0},
        "when country is present add 1": {"taken": 0},
        "country is present": {"true": 0, "false": 0},
        "tally views": {"counted": 0},
        "over 7 days": {"fell": 0},
        "trigger keen": {"fired": 0},
        "s[a] is hot": {"true": 0, "false": 0},
        'has tag "k"': {"true": 0, "false": 0},
        "at most 1 times per 7 days": {"blocked": 0},
        "s[a] >= 20": {"true": 0, "false": 0},
    }


def test_the_members_of_a_family_see_together_and_a_test_counts_once(run):
    seen = sides(run('view { path: "/a"  seconds: 9 }', 'view { path: "/b" }  view { path: "/b" }'))
    assert seen['path = "/{v}"'] == {"true": 2, "false": 2}
    assert seen["rule read"] == {"fired": 2}


def test_each_condition_is_asked_by_itself_whatever_the_others_say(run):
    seen = sides(run('view { path: "/x"  seconds: 1 }'))
    assert seen['path = "/{v}"'] == {"true": 0, "false": 1}
    assert seen["seconds < 5"] == {"true": 1, "false": 0}


def test_a_comparison_with_a_missing_value_is_seen_false(run):
    assert sides(run('view { path: "/a" }'))["seconds < 5"] == {"true": 0, "false": 1}


def test_a_condition_whose_event_never_comes_is_never_asked(run):
    result = run('lead { country: "DK" }', options=["--coverage"])
    assert re.search(r'rule read of s\n.*\n.*demo\.score:7 +never asked +path = "/\{v\}"\n', result.out)


def test_an_else_branch_is_asked_only_where_no_branch_before_it_holds(run):
    seen = sides(run('lead { country: "DK" }'))
    assert seen["country is present"] == {"true": 0, "false": 0}
    seen = sides(run('lead { country: "SE" }  lead { country: null }'))
    assert seen["country is present"] == {"true": 1, "false": 1}
    assert seen["when country is present add 1"] == {"taken": 1}


def test_a_limit_is_seen_where_it_takes_something_away(run):
    view = 'view { path: "/a" }'
    assert sides(run(f"{view} {view}"))["at most 2 times"] == {"blocked": 0}
    assert sides(run(f"{view} {view} {view}"))["at most 2 times"] == {"blocked": 1}


def test_each_limit_is_asked_by_itself(run):
    model = "model m { }\nevent e { }\nscore s { rule r { on e  add 5, once, at most 5 points, at most 9 points } }\n"
    seen = sides(run("e { }  e { }", model=model))
    assert seen["once"] == {"blocked": 1}
    assert seen["at most 5 points"] == {"cut": 1}
    assert seen["at most 9 points"] == {"cut": 1}


def test_a_trigger_is_asked_again_when_the_pass_has_ended(run):
    assert sides(run('view { path: "/a" }'))['has tag "k"'] == {"true": 1, "false": 1}


def test_a_trigger_that_a_limit_holds_back_is_seen_blocked(run):
    model = MODEL.replace('not has tag "k"  tag "k"', 'views > 0  tag "k"')
    quick = 'view { path: "/a" }  after 1 day  lead { country: "DK" }'
    assert sides(run(quick, model=model))["at most 1 times per 7 days"] == {"blocked": 0}
    blocked = "event up { }  event down { }"
    model = (
        "model m { }\n"
        + blocked
        + """
    score s { range 0..10  rule u { on up add 10 }  rule d { on down subtract 10 } }
    trigger t { when s = 10  emit "x"  at most 1 times }
    """
    )
    assert sides(run("up { } down { }", model=model))["at most 1 times"] == {"blocked": 0}
    assert sides(run("up { } down { } up { }", model=model))["at most 1 times"] == {"blocked": 1}


def test_what_an_expectation_looks_at_between_events_is_seen(run):
    seen = sides(run('view { path: "/a" }  after 30 days  expect views = 0'))
    assert seen["over 7 days"] == {"fell": 1}
    assert sides(run('view { path: "/a" }  after 30 days'))["over 7 days"] == {"fell": 0}


def test_conditions_of_accounts_are_asked_while_the_lead_has_one(run):
    model = MODEL + "account { score hot_ones = count where s[a] is at least hot }\n"
    assert sides(run('view { path: "/a" }', model=model))["s[a] is at least hot"] == {"true": 0, "false": 0}
    seen = sides(run('lead { company: "x" }  view { path: "/a" }', model=model))
    assert seen["s[a] is at least hot"] == {"true": 1, "false": 1}


def test_ageing_and_its_floor_are_seen(run):
    model = """model m { }
    event e { }
    score d { rule r { on e add 10 }  degrade { by 4 points every 1 day not below 3 } }
    score f { rule r { on e add 10 }  expire after 9 days  fade 10% every 2 days }
    """
    days = {
        "e { }": (0, 0, 0, 0),
        "e { } after 1 day expect d = 6": (1, 0, 0, 0),
        "e { } after 2 days expect d = 3 and f = 9": (1, 1, 1, 0),
        "e { } after 9 days expect f = 0": (1, 1, 1, 1),
    }
    for body, expected in days.items():
        seen = sides(run(body, model=model))
        parts = ["degrade { by 4 points every 1 day not below 3 }", "not below 3", "fade 10% every 2 days"]
        assert tuple(next(iter(seen[part].values())) for part in [*parts, "expire after 9 days"]) == expected


def test_the_most_of_a_group_is_seen_where_its_rules_would_give_more(run):
    model = """model m { }
    lead { a: boolean  b: boolean }
    score s { group g { at most 5 points  rule x { when a  add 5 }  rule y { when b  add 1 } } }
    """
    assert sides(run("lead { a: true }", model=model))["at most 5 points"] == {"cut": 0}
    assert sides(run("lead { a: true  b: true }", model=model))["at most 5 points"] == {"cut": 1}


def test_true_and_false_as_written_are_no_conditions(run):
    model = "model m { }\nlead { a: boolean }\nscore s { rule r { when true and a  add 1 } }\n"
    assert sides(run(model=model)) == {"rule r": {"fired": 0}, "a": {"true": 0, "false": 0}}


def test_coverage_changes_no_verdict_and_nothing_else_that_is_printed(leadscore, root):
    files = [root / "examples", *sorted(root.glob("tests/golden/*/model.score"))]
    plain, measured = leadscore("test", *files), leadscore("test", *files, "--coverage")
    assert measured.out.startswith(plain.out)
    assert measured.err == plain.err


def test_a_file_that_two_models_import_is_one_file(leadscore, tmp_path):
    (tmp_path / "lib.score").write_text(
        "event e { n: integer required }\nscore s { rule r { on e where n = 1  add 1 } }\n", encoding="utf-8"
    )
    for name, number in (("a", 1), ("b", 2)):
        text = f'import "lib.score"\nmodel {name} {{ }}\ntest "t" {{ at 2026-01-05  e {{ n: {number} }} }}\n'
        (tmp_path / f"{name}.score").write_text(text, encoding="utf-8")
    result = leadscore("test", tmp_path, "--coverage", "--json")
    (file,) = coverage(result)["files"]
    assert file["file"] == str(tmp_path / "lib.score")
    assert [part["sides"] for part in file["parts"]] == [{"fired": 1}, {"true": 1, "false": 1}]
    assert coverage(result)["percent"] == 100


# --- the report -------------------------------------------------------------------------------------------------------


def test_the_report_has_a_line_for_each_file_and_one_for_each_thing_that_is_missing(run, tmp_path):
    result = run('view { path: "/a" }  view { path: "/x"  seconds: 1 }', options=["--coverage"])
    assert result.status == 0
    lines = result.out.split("\ncoverage\n")[1].splitlines()
    columns = ["file", "rules", "limits", "ageing", "bands", "triggers", "conditions", "seen", "of", "covered"]
    assert lines[0].split() == columns
    assert lines[1].split()[1:] == ["2/4", "0/2", "0/1", "2/2", "1/1", "10/14", "15", "24", "62.5%"]
    missing = [re.split(" {2,}", line) for line in lines[lines.index("not covered") + 1 :]]
    place = f"{tmp_path}/demo.score"
    assert missing == [
        ["rule read of s"],
        ["", f"{place}:7", "never blocks", "at most 2 times"],
        ["rule dane of s"],
        ["", f"{place}:8", "never taken", 'when country = "DK" add 5'],
        ["", f"{place}:8", "never true", 'country = "DK"'],
        ["", f"{place}:8", "never taken", "when country is present add 1"],
        ["", f"{place}:8", "never true", "country is present"],
        ["tally views"],
        ["", f"{place}:10", "never falls", "over 7 days"],
        ["trigger keen"],
        ["", f"{place}:11", "never false", "s[a] is hot"],
        ["", f"{place}:11", "never blocks", "at most 1 times per 7 days"],
        ["segment best"],
        ["", f"{place}:12", "never true", "s[a] >= 20"],
    ]


def test_a_percent_is_cut_off_so_that_only_all_is_100(leadscore, tmp_path):
    path = tmp_path / "m.score"
    rules = "\n".join(f"rule r{number} {{ on e  add 1 }}" for number in range(1200))
    path.write_text(
        f"model m {{ }}\nevent e {{ }}\nevent f {{ }}\nscore s {{ {rules}\nrule x {{ on f  add 1 }} }}\n"
        'test "t" { at 2026-01-05  e { } }\n',
        encoding="utf-8",
    )
    assert coverage(leadscore("test", path, "--coverage", "--json"))["percent"] == 99.9
    assert " 99.9%\n" in leadscore("test", path, "--coverage").out
    assert leadscore("test", path, "--min", "100%").status == 1


def test_a_model_without_rules_is_covered(run):
    result = run(model="model m { }\n", options=["--coverage", "--min", "100"])
    assert result.status == 0
    assert "\ncoverage: there are no rules\n" in result.out


@pytest.mark.parametrize("options", [["--coverage"], ["--min", "90%"], ["--coverage", "--min", "90%"]])
def test_nothing_is_said_of_coverage_where_no_file_can_be_used(options, run, leadscore, tmp_path):
    result = run(model="model m { }\nscore s { rule r { on nothing  add 1 } }\n", options=options)
    assert (result.status, result.out) == (1, "0 tests in 1 file: 0 passed, 1 file can't be used\n")
    (tmp_path / "good.score").write_text("model m { }\n", encoding="utf-8")
    assert "\ncoverage: there are no rules\n" in leadscore("test", tmp_path, *options).out


def test_a_file_with_errors_takes_no_part(leadscore, tmp_path):
    (tmp_path / "a.score").write_text("model m { }\nscore s { rule r { on nothing add 1 } }\n", encoding="utf-8")
    result = leadscore("test", tmp_path, "--coverage", "--json")
    assert result.status == 1
    assert coverage(result)["files"] == []


def test_what_is_not_covered_is_a_notice_for_each_declaration(run, tmp_path):
    result = run('view { path: "/a" }  view { path: "/x"  seconds: 1 }', options=["--coverage", "--format", "github"])
    notes = [line for line in result.out.splitlines() if line.startswith("::")]
    assert len(notes) == 5
    place = f"file={tmp_path}/demo.score,line=8,endLine=8,col=1,endColumn=1"
    assert notes[1].startswith(
        f"::notice {place},title=no test has seen all of rule dane of s::line 8: never taken: "
        'when country = "DK" add 5%0Aline 8: never true: country = "DK"%0A'
    )


# --- the least that is demanded ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("least", "status"), [("62%", 0), ("62.5", 0), (" 62.50 %", 0), ("62.501%", 1), ("0", 0), ("1%", 0)]
)
def test_less_than_the_minimum_is_status_1(least, status, run):
    body = 'view { path: "/a" }  view { path: "/x"  seconds: 1 }'
    assert run(body, options=["--min", least]).status == status


def test_what_is_short_of_the_minimum_says_by_how_much_and_what_is_cheapest(run, tmp_path):
    result = run('view { path: "/a" }  view { path: "/x"  seconds: 1 }', options=["--min", "80%"])
    told = result.out.split("\n\n")[-1].splitlines()
    assert told[0] == "coverage is 62.5%, 17.5% short of 80%: 5 more sides to see"
    assert told[1] == "cheapest to cover:"
    place = f"  {tmp_path}/demo.score"
    assert told[2:] == [
        f'{place}:8  rule dane of s, 2 sides: a lead for which `when country = "DK" add 5` is taken',
        f"{place}:8  rule dane of s, 2 sides: a lead for which `when country is present add 1` is taken",
        f"{place}:10  tally views, 1 side: let time pass, with `after`",
    ]


def test_a_minimum_that_is_reached_takes_one_line(run):
    result = run('view { path: "/a" }', options=["--min", "10%"])
    assert re.fullmatch(r"coverage [\d.]+%: \d+ of 24 sides seen", result.out.splitlines()[-1])
    assert "cheapest" not in result.out


@pytest.mark.parametrize("least", ["", "x", "101%", "-1", "nan", "1/2", "0.9"])
def test_a_minimum_that_is_no_percent_is_wrong_usage(least, run):
    result = run(options=["--min", least])
    assert result.status == 2
    assert "--min" in result.err


def test_json_says_what_is_demanded_and_what_is_cheapest(run):
    found = coverage(run('view { path: "/a" }', options=["--min", "90", "--json"]))
    assert (found["min"], found["enough"]) == (90, False)
    assert {"file", "line", "in", "sides", "advice"} == set(found["cheapest"][0])


# --- lcov -------------------------------------------------------------------------------------------------------------


def records(text: str) -> Iterator[dict[str, object]]:
    """A tracefile as its readers take it, each record checked against its own sums."""
    assert text.endswith("end_of_record\n")
    for record in text.split("end_of_record\n")[:-1]:
        lines: dict[int, int] = {}
        branches: dict[tuple[int, int, int], int | None] = {}
        totals: dict[str, int] = {}
        file = ""
        for line in record.splitlines():
            key, _, rest = line.partition(":")
            match key:
                case "TN":
                    assert rest == ""
                case "SF":
                    file = rest
                case "DA":
                    at, count = map(int, rest.split(","))
                    assert at not in lines
                    lines[at] = count
                case "BRDA":
                    at, block, branch, taken = rest.split(",")
                    assert (int(at), int(block), int(branch)) not in branches
                    branches[int(at), int(block), int(branch)] = None if taken == "-" else int(taken)
                case _:
                    totals[key] = int(rest)
        assert totals == {
            "LF": len(lines), "LH": sum(count > 0 for count in lines.values()),
            "BRF": len(branches), "BRH": sum(bool(taken) for taken in branches.values()),
        }  # fmt: skip
        assert {at for at, _, _ in branches} == set(lines)
        yield {"file": file, "lines": lines, "branches": branches}


def test_lcov_has_a_line_for_each_line_with_rules_and_a_branch_for_each_side(run, tmp_path):
    report = tmp_path / "lcov.info"
    body = 'view { path: "/a" }  view { path: "/x"  seconds: 1 }'
    assert run(body, body, options=["--coverage-lcov", report]).status == 0
    (record,) = records(report.read_text(encoding="utf-8"))
    assert record["file"] == str(tmp_path / "demo.score")
    assert record["lines"] == {6: 2, 7: 2, 8: 2, 10: 2, 11: 2, 12: 2}
    assert record["branches"][7, 0, 0] == 2  # rule read fires
    assert record["branches"][7, 3, 0] is None  # its limit was never seen
    assert record["branches"][8, 1, 0] == 0  # country = "DK" was never true
    assert record["branches"][8, 1, 1] == 2  # but false


def test_lcov_of_all_examples_adds_up_to_what_the_report_says(leadscore, root, tmp_path):
    report = tmp_path / "lcov.info"
    result = leadscore("test", root / "examples", "--json", "--coverage", "--coverage-lcov", report)
    found = list(records(report.read_text(encoding="utf-8")))
    assert len(found) > 5
    assert sum(len(each["branches"]) for each in found) == coverage(result)["of"]
    assert sum(bool(taken) for each in found for taken in each["branches"].values()) == coverage(result)["seen"]


# --- the page ---------------------------------------------------------------------------------------------------------


class Page(HTMLParser):
    """The marks and links of a page, and whether its elements are closed as they were opened."""

    VOID = frozenset({"meta"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[tuple[str, dict[str, str | None]]] = []
        self.marks: list[tuple[str, str, str]] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.source = ""
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        assert not {"src", "srcset", "onclick"} & given.keys()
        assert tag not in {"script", "link", "img", "iframe"}
        self.ids += [given["id"]] if "id" in given else []
        self.links += [given["href"]] if "href" in given else []
        if tag not in self.VOID:
            self.open.append((tag, given))

    def handle_endtag(self, tag):
        assert self.open.pop()[0] == tag

    def handle_data(self, data):
        tag, given = self.open[-1] if self.open else ("", {})
        if tag == "mark" and "data-tip" in given:
            self.marks.append((data, given["class"], given["data-tip"]))
        if any(each[1].get("class") == "source" for each in self.open) and tag in ("code", "mark"):
            self.source += data


def test_the_page_shows_the_source_in_colours_and_says_what_is_missing(run, tmp_path):
    page = tmp_path / "coverage.html"
    body = 'view { path: "/a" }  view { path: "/x"  seconds: 1 }'
    assert run(body, options=["--coverage-html", page]).status == 0
    found = Page(page.read_text(encoding="utf-8"))
    marks = {text: (state, tip) for text, state, tip in found.marks}
    both = "condition of rule read of s: true in 1 test (first “t1”), false in 1 test (first “t1”)"
    assert marks['path = "/{v}"'] == ("all", both)
    assert marks['country = "DK"'] == ("some", "condition of rule dane of s: never true, false in 1 test (first “t1”)")
    assert marks["at most 2 times"] == ("none", "limit of rule read of s: never blocks")
    assert marks["keen"][1] == "trigger keen: fires in 1 test (first “t1”)"
    text = (tmp_path / "demo.score").read_text(encoding="utf-8")
    assert found.source == text.replace("\n", "")
    assert {link.removeprefix("#") for link in found.links} <= set(found.ids)
    assert len(found.ids) == len(set(found.ids))


def test_the_page_needs_nothing_from_elsewhere(run, tmp_path):
    page = tmp_path / "coverage.html"
    run(options=["--coverage-html", page])
    text = page.read_text(encoding="utf-8")
    assert not re.search(r"https?:|//|@import|url\(", text.replace("</", "<"))
    assert "prefers-color-scheme: dark" in text
    assert "@media print" in text


def test_a_folder_gets_the_page_as_its_index(run, tmp_path):
    folder = tmp_path / "new" / "folder"
    assert run(options=["--coverage-html", folder]).status == 0
    assert (folder / "index.html").read_text(encoding="utf-8").startswith("<!doctype html>")


def test_text_in_a_page_can_not_become_part_of_it(run, tmp_path):
    page = tmp_path / "coverage.html"
    model = MODEL.replace('"/{v}"', '"/<script>&\\"{v}"') + "# </code>\ttab\u200b\n"
    result = run(
        'view { path: "/</mark>" }',
        model=model + 'test "<b>\\u{1b}" { at 2026-01-05 lead { country: "SE" } }\n',
        options=["--coverage-html", page],
    )
    assert result.status == 0
    found = Page(page.read_text(encoding="utf-8"))
    assert r"    tab\u{200b}" in found.source
    assert any(r"(first “<b>\u{1b}”)" in tip for _, _, tip in found.marks)
    assert any(text == 'path = "/<script>&\\"{v}"' for text, _, _ in found.marks)


def test_a_page_of_every_kind_of_line_end_has_the_lines_of_the_file(leadscore, tmp_path):
    path, page = tmp_path / "m.score", tmp_path / "p.html"
    path.write_bytes(b"model m { }\revent e { }\r\n\r\nscore s {\n rule r { on e add 1 } }\r# \x0c\xe2\x80\xa8 end")
    assert leadscore("test", path, "--coverage-html", page).status == 0
    numbers = re.findall(r'id="file0line(\d+)"', page.read_text(encoding="utf-8"))
    assert numbers == [str(number) for number in range(1, 7)]


@pytest.mark.parametrize("option", ["--coverage-lcov", "--coverage-html", "--junit"])
def test_no_report_overwrites_a_rule_file_or_another_report(option, run, tmp_path):
    path = tmp_path / "demo.score"
    target = path if option != "--coverage-html" else tmp_path / "r.html"
    others = [] if option != "--coverage-html" else ["--junit", target]
    result = run(options=[option, target, *others])
    assert result.status == 2
    assert "would overwrite a file that this command uses" in result.err


@pytest.mark.parametrize("other", ["--junit", "--coverage-lcov"])
@pytest.mark.parametrize(("page", "same"), [("r.xml", "./r.xml"), ("r", "r/index.html"), ("r.html", "r.html")])
def test_a_file_that_two_reports_name_is_refused_before_anything_is_made(other, page, same, run, tmp_path):
    result = run(options=["--coverage-html", tmp_path / page, other, f"{tmp_path}/{same}"])
    assert (result.status, result.out) == (2, "")
    assert "would overwrite a file that this command uses" in result.err
    assert [each.name for each in tmp_path.iterdir()] == ["demo.score"]


def test_a_report_may_lie_in_the_folder_that_is_made_for_the_page(run, tmp_path):
    assert run(options=["--coverage-html", tmp_path / "a" / "b", "--junit", tmp_path / "a" / "b" / "j.xml"]).status == 0
    assert sorted(each.name for each in (tmp_path / "a" / "b").iterdir()) == ["index.html", "j.xml"]
