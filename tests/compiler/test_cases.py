"""Tests for each line of a table: what becomes of the cells."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from compiler.compile import Compilation, compile_text
from compiler.declared import symbols_of
from compiler.scenarios import Expected, ExpectedFiring, Given
from dsl.source import read_source

PRELUDE = """model m { }
lead { country: text as "land"  size: integer 1..  born: date  seen: instant  plan: one of "free", "pro"
  likes: list of text  share: percent  letters: boolean  firm: account  c: text computed }
event e { p: text required  n: number }
stages a, b, "paying customer"
set nordics = ["DK", "SE"]
score s { ready at 50  bands low < 10, high  rule r { on e  add 1 } }
score f for v in ["x"] { rule r { on e  add 1 } }
trigger t { on e  emit "out" }
"""
START = 1_767_571_200_000_000
"""2026-01-05T00:00Z"""
HOUR = 3_600_000_000


@pytest.fixture
def compiled(tmp_path: Path) -> Any:
    def of(table: str, body: str, label: str = "x") -> Compilation:
        (tmp_path / "cases.csv").write_text(table, encoding="utf-8", newline="")
        text = f'{PRELUDE}test "{label}" for each line of "cases.csv" {{ {body} }}'
        return compile_text(text, str(tmp_path / "model.score"))

    return of


@pytest.fixture
def tests(compiled: Any) -> Any:
    def of(table: str, body: str, label: str = "x") -> Any:
        result = compiled(table, body, label)
        assert [each.message for each in result.diagnostics if each.code != "W432"] == []
        return result.tests

    return of


def test_there_is_a_test_for_each_line_with_its_place(tests: Any, tmp_path: Path) -> None:
    first, second = tests("a,b\nx,1\n\ny,2\n", "at 2026-01-05  e { p: line.a  n: line.b }")
    assert (first.name, second.name) == ("x (line 2)", "x (line 4)")
    assert (first.line, first.case.file, first.case.line) == (10, str(tmp_path / "cases.csv"), 2)
    assert first.steps == (Given(START, "e", {"p": "x", "n": 1}),)
    assert second.steps == (Given(START, "e", {"p": "y", "n": 2}),)


def test_cells_in_braces_name_the_tests_and_equal_names_get_their_line(tests: Any) -> None:
    found = tests("firm,b c\nA,1\nB,2\nA,1\n", "at 2026-01-05", "fit of {firm} { b c }")
    assert [test.name for test in found] == ["fit of A 1 (line 2)", "fit of B 2", "fit of A 1 (line 4)"]


def test_a_cell_is_read_as_the_field_that_it_is_given_to(tests: Any) -> None:
    header = "country,size,born,seen,plan,likes,share,letters,firm"
    names = header.split(",")
    line = 'DK,12,2026-03-02,2026-03-02 10:00+01:00,pro,"x | y z|",80,Yes,Norr'
    values = " ".join(f"{name}: line.{name}" for name in names)
    (test,) = tests(f"{header}\n{line}\n", f"lead {{ {values} }} at 2026-01-05")
    (given,) = test.steps
    assert given.data == {
        "land": "DK", "size": 12, "born": "2026-03-02", "seen": "2026-03-02T09:00:00Z", "plan": "pro",
        "likes": ["x", "y z"], "share": 80, "letters": True, "firm": "Norr",
    }  # fmt: skip


def test_an_empty_cell_is_a_value_that_is_not_given(tests: Any) -> None:
    body = (
        "lead { country: line.a  size: line.b  likes: [line.a, line.c] } at 2026-01-05 e { p: line.c  n: 2 * line.b }"
    )
    (test,) = tests("a,b,c\n,,x\n", body)
    assert [step.data for step in test.steps] == [{"likes": ["x"]}, {"p": "x"}]


def test_an_expectation_with_an_empty_cell_is_left_out(tests: Any) -> None:
    body = "at 2026-01-05 expect s = line.a and s < line.b  expect s = line.b  expect fired t line.a times"
    (test,) = tests("a,b\n,2\n", body)
    assert [step.text for step in test.steps] == ["expect s = 2"]


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ("p,n,t\n/,1,\n/,,2\n", []),
        ("p,n,t\n/,1,1\n/,,\n", ["line 3 of `cases.csv`"]),
        ("p,n,t\n/,,\n\n/,,\n", ["lines 2 and 4 of `cases.csv`"]),
        ("p,n,t\n" + "/,,\n" * 1_203, ["lines 2, 3, 4 and 1,200 more of `cases.csv`"]),
    ],
)
def test_lines_of_which_nothing_is_expected_are_named(compiled: Any, table: str, told: list[str]) -> None:
    result = compiled(table, "at 2026-01-05  e { p: line.p }  expect s = line.n  expect fired t line.t times")
    found = [(each.code, each.message) for each in result.diagnostics]
    assert found == [("W432", f"the test expects nothing of {each}, so it can't fail there") for each in told]
    source = next(iter(result.files.values()))
    for each in result.diagnostics:
        assert source.read(each.span) == '"x"'
        assert {result.files[label.span.file].read(label.span)[:3] for label in each.labels} == {"/,,"}


def test_a_test_that_expects_nothing_of_any_line_is_told_without_them(compiled: Any) -> None:
    (found,) = compiled("p\n/\n/a\n", "at 2026-01-05  e { p: line.p }").diagnostics
    assert (found.message, found.labels) == ("the test expects nothing, so it can't fail", ())


@pytest.mark.parametrize("table", ["", "\n", " ,\r\n", "sep=;\r\n"])
def test_an_empty_table_is_told_once(compiled: Any, table: str) -> None:
    (found,) = compiled(table, "at 2026-01-05  e { p: line.p  n: line.n }  expect s = line.s", "{a}").diagnostics
    assert (found.code, found.message) == ("E337", "`cases.csv` is empty, so the test never runs")


def test_times_come_from_cells_too(tests: Any) -> None:
    body = "at line.at  e { p: line.p } after line.wait  expect s = 0  at 2026-02-01"
    first, second, third = tests(
        "at,p,wait\n2026-01-05,x,2 hours\n2026-01-05T00:00Z,y,\n2026-01-05 02:00+02:00,z,1.5 days\n", body
    )
    assert [[step.time - START for step in test.steps] for test in (first, second, third)] == [
        [0, 2 * HOUR], [0, 0], [0, 36 * HOUR],
    ]  # fmt: skip


def test_a_lead_before_a_time_from_a_cell_is_given_at_that_time(tests: Any) -> None:
    (test,) = tests("at\n2026-01-05\n", 'lead { country: "DK" } at line.at')
    assert test.steps == (Given(START, "lead", {"land": "DK"}),)


@pytest.mark.parametrize(
    ("condition", "cell", "term", "text"),
    [
        ("s = line.x", "-2.5", ("=", ("score", "s"), ("lit", Decimal("-2.5"))), "s = -2.5"),
        ("s >= line.x + 1", "2", ("<=", ("+", ("lit", 1), ("lit", 2)), ("score", "s")), "s >= 2 + 1"),
        ("line.x <= s", "2", (">=", ("score", "s"), ("lit", 2)), "2 <= s"),
        ('f["x"] = line["x"]', "2", ("=", ("score", "f[x]"), ("lit", 2)), 'f["x"] = 2'),
        ("stage = line.x", "b", ("stage", "=", "b"), "stage = b"),
        (
            "stage != line.x", "paying customer", ("stage", "!=", "paying customer"), 'stage != "paying customer"',
        ),
        ("s is line.x", "low", ("<", ("score", "s"), ("lit", 10)), "s is low"),
        ('s is at least line["x"]', "high", (">=", ("score", "s"), ("lit", 10)), "s is at least high"),
        ("country = line.x", "D K", ("=", ("attr", "country"), ("lit", "D K")), 'country = "D K"'),
        ("plan = line.x", "pro", ("=", ("attr", "plan"), ("lit", "pro")), 'plan = "pro"'),
        ("share > line.x", "80", (">", ("attr", "share"), ("lit", Decimal("0.8"))), "share > 80%"),
        ("letters = line.x", "no", ("=", ("attr", "letters"), ("lit", False)), "letters = false"),
        ("born < line.x", "2026-01-05", ("<", ("attr", "born"), ("lit", START)), "born < 2026-01-05"),
        (
            "s between line.x and 9", "1",
            ("and", ("<=", ("score", "s"), ("lit", 9)), (">=", ("score", "s"), ("lit", 1))), "s between 1 and 9",
        ),
        ("country in line.x", "a|b", ("in", ("attr", "country"), ("list", "a", "b")), 'country in ["a", "b"]'),
        ("country in [line.x]", "a", ("=", ("attr", "country"), ("lit", "a")), 'country in ["a"]'),
        ("line.x in likes", "a", ("any", ("attr", "likes"), ("list", "a")), '"a" in likes'),
        ("country starts with line.x", 'a "b"', ("starts", ("attr", "country"), ("list", 'a "b"')),
         'country starts with "a \\"b\\""'),
        ("not (country = line.x or s = 1)", "a", None, 'not (country = "a" or s = 1)'),
    ],
)  # fmt: skip
def test_a_cell_in_an_expectation_is_read_as_what_it_is_compared_with(
    tests: Any, condition: str, cell: str, term: Any, text: str
) -> None:
    quoted = '"' + cell.replace('"', '""') + '"'
    (test,) = tests(f"x\n{quoted}\n", f"at 2026-01-05  expect {condition}")
    (step,) = test.steps
    assert isinstance(step, Expected)
    assert step.text == f"expect {text}"
    assert term is None or step.condition == term


def test_how_often_a_trigger_fires_comes_from_a_cell_and_may_be_never(tests: Any) -> None:
    found = tests("n\n2\n0\n", "at 2026-01-05  expect fired t line.n times  expect not fired t line.n times")
    assert [step for test in found for step in test.steps] == [
        ExpectedFiring(START, "t", 2, False, "expect fired t 2 times", 10),
        ExpectedFiring(START, "t", 2, True, "expect not fired t 2 times", 10),
        ExpectedFiring(START, "t", None, True, "expect fired t 0 times", 10),
        ExpectedFiring(START, "t", None, False, "expect not fired t 0 times", 10),
    ]


@pytest.mark.parametrize(
    ("body", "cell", "told"),
    [
        ("lead { size: line.x }", "0", "`0` is not a whole number in 1.."),
        ("lead { size: line.x }", "1,5", "`1,5` is not a whole number in 1.."),
        ("lead { plan: line.x }", "prol", "`prol` is not one of its texts"),
        ("lead { born: line.x }", "2.3.2026", "`2.3.2026` is not a date"),
        ("lead { letters: line.x }", "maybe", "`maybe` is not true or false"),
        ("at line.x", "soon", "`soon` is not a date or an instant"),
        ("after line.x", "3", "`3` is not a duration"),
        ("expect s = line.x", "many", "`many` is not a number"),
        ("expect stage = line.x", "c", "`c` is not a stage"),
        ("expect s is line.x", "lo", "`lo` is not a band"),
        ("expect plan = line.x", "fre", "`fre` is not one of its texts"),
        ("expect fired t line.x times", "-1", "`-1` is not a whole number in 0.."),
    ],
)
def test_a_cell_of_another_kind_is_told_in_the_table(compiled: Any, body: str, cell: str, told: str) -> None:
    result = compiled(f'y,x\n,"{cell}"\n', f"at 2026-01-05  {body}")
    (found,) = result.diagnostics
    assert (found.code, found.message) == ("E338", told)
    source = result.files[found.span.file]
    assert (Path(source.name).name, source.position(found.span.start)) == ("cases.csv", (2, 2))
    assert result.files[found.labels[0].span.file].read(found.labels[0].span) == "line.x"


@pytest.mark.parametrize(
    ("body", "cell", "advice"),
    [
        ("expect s = line.x", "1,5", "write `1.5`, with a point and nothing between thousands"),
        ("expect s = line.x", "1.000,50", "write `1000.50`, with a point and nothing between thousands"),
        ("expect s = line.x", "1,234", "write `1234` or `1.234`, with a point and nothing between thousands"),
        ("expect s = line.x", "many", "write `2.5`, with a point and nothing between thousands"),
        ("expect s = line.x", "30 EUR", "write `30`, with a point and nothing between thousands"),
        ("lead { size: line.x }", "1 000", "write `1000`, with nothing between thousands"),
        ("lead { size: line.x }", "1,5", "write `2`, with nothing between thousands"),
    ],
)
def test_the_number_that_was_meant_is_what_to_write(compiled: Any, body: str, cell: str, advice: str) -> None:
    (found,) = compiled(f'x\n"{cell}"\n', f"at 2026-01-05  {body}  expect s >= 0").diagnostics
    assert found.help == advice


def test_mistakes_of_the_test_itself_are_told_once(compiled: Any) -> None:
    table = "x\n" + "a\n" * 50
    result = compiled(table, "at 2026-01-05  lead { contry: line.x  c: line.x } e { n: 1 } expect t = line.x")
    assert [each.code for each in result.diagnostics] == ["E217", "E324", "E323", "E214"]


def test_an_unknown_column_is_told_once_where_it_stands(compiled: Any) -> None:
    result = compiled(
        "firm\n" + "a\n" * 5, "at 2026-01-05  lead { country: line.frm } expect s = line.frm", "fit of {frm2}"
    )
    told = [(each.code, result.files[each.span.file].read(each.span), each.help) for each in result.diagnostics]
    assert told == [("E331", "frm2", "did you mean `firm`?"), ("E331", "frm", "did you mean `firm`?")]


def test_a_misspelled_column_can_be_mended_where_that_gives_a_name(compiled: Any) -> None:
    body = 'at 2026-01-05  lead { country: line.firn  plan: line.pricepage  c: line["pricepage"] }'
    result = compiled("firm,price page\na,b\n", body, "{firn}")
    fixes = [edit.text for each in result.diagnostics for fix in each.fixes for edit in fix.edits]
    assert fixes == []
    result = compiled("firm,price page\na,b\n", body)
    fixes = [edit.text for each in result.diagnostics for fix in each.fixes for edit in fix.edits]
    assert fixes == ["firm"]
    result = compiled("price page\na\n", 'at 2026-01-05  lead { country: line["pricepage"] }')
    fixes = [edit.text for each in result.diagnostics for fix in each.fixes for edit in fix.edits]
    assert fixes == ['"price page"']


def test_many_bad_cells_are_told_up_to_a_limit(compiled: Any) -> None:
    result = compiled("x\n" + "a\n" * 500, "at 2026-01-05  expect s = line.x")
    codes = [each.code for each in result.diagnostics]
    assert codes == ["E338"] * 200 + ["E113"]


def test_a_table_with_a_mistake_is_told_once_for_all_its_tests(compiled: Any) -> None:
    result = compiled("x,x\n1,2\n", 'at 2026-01-05 } test "y" for each line of "cases.csv" { at 2026-01-05')
    assert [each.code for each in result.diagnostics] == ["E332"]


@pytest.mark.parametrize("content", [b"x\ncaf\xe9\n", "\ufeffx\n1\n".encode("utf-16-le")])
def test_a_table_that_is_no_text_is_told(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "cases.csv").write_bytes(content)
    text = f'{PRELUDE}test "x" for each line of "cases.csv" {{ at 2026-01-05 }}'
    (found,) = compile_text(text, str(tmp_path / "model.score")).diagnostics
    assert (found.code, Path(found.span.file).name) == ("E102", "cases.csv")


def test_a_table_lies_beside_the_file_that_names_it(tmp_path: Path) -> None:
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "cases.csv").write_text("\ufeffx\n1\n", encoding="utf-8")
    (tmp_path / "lib" / "tests.score").write_text(
        'test "x" for each line of "cases.csv" { at 2026-01-05  e { p: line.x } }', encoding="utf-8"
    )
    path = tmp_path / "model.score"
    path.write_text(f'import "lib/tests.score"\n{PRELUDE}', encoding="utf-8")
    result = compile_text(read_source(path).text, str(path))
    assert [(test.case and test.case.line, test.steps) for test in result.tests] == [
        (2, (Given(START, "e", {"p": "1"}),))
    ]


def test_a_cell_that_names_something_is_a_place_where_it_is_used(compiled: Any) -> None:
    result = compiled('x,y\nhigh,"b"\nlow,\n', "at 2026-01-05  expect s is line.x  expect stage = line.y")
    found = symbols_of(result.context)
    told = [
        (kind, result.files[site.span.file].read(site.span))
        for kind, name in [("band", "high"), ("band", "low"), ("stage", "b")]
        for symbol, sites in found.uses.items()
        if (symbol.kind, symbol.name) == (kind, name)
        for site in sites
        if site.span.file.endswith(".csv")
    ]
    assert told == [("band", "high"), ("band", "low"), ("stage", '"b"')]
