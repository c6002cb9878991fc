"""Diagnostics as text, JSON, annotations and SARIF."""

from __future__ import annotations

import json

from dsl.diagnostics import Diagnostic, Label, error, has_errors, in_order
from dsl.parse import parse
from dsl.render import as_github, as_json, as_sarif, as_text
from dsl.source import Source
from dsl.syntax import Span

FILE = Source(
    "a b/x.score", 'score s {\n\trule 価格 "分" { on e ad 5 }\n  rule a { on e add 5\n  rule b { on e add 5 }\n}\n'
)
FOUND = parse(FILE).diagnostics
SOURCES = {FILE.name: FILE}


def test_text_underlines_the_line_whatever_its_characters_fill() -> None:
    first, second = as_text(FOUND, SOURCES).split("\n\n")[:2]
    assert (
        first
        == """error[E120]: found `ad`, expected `add`, `note`, `repeated`, `subtract`, `when` or `where`
 --> a b/x.score:2:21
  |
2 |     rule 価格 "分" { on e ad 5 }
  |                           ^^
  |
  = help: did you mean `add`?"""
    )
    assert (
        second
        == """error[E121]: the `{` of `rule a` is never closed
 --> a b/x.score:3:10
  |
3 |   rule a { on e add 5
  |          ^
4 |   rule b { on e add 5 }
  |   ---- `}` is missing before this
  |
  = help: close the block with `}`"""
    )


def test_color_changes_nothing_but_the_color() -> None:
    import re

    painted = as_text(FOUND, SOURCES, color=True)
    assert painted != as_text(FOUND, SOURCES)
    assert re.sub(r"\x1b\[[0-9;]*m", "", painted) == as_text(FOUND, SOURCES)


def test_labels_in_other_files_and_evidence_are_told() -> None:
    other = Source("b.score", "let x = 5\n")
    label = Label(Span("b.score", 4, 5), "first declared here")
    here = Label(Span(FILE.name, 0, 5), "again here")
    found = Diagnostic("E2", "warning", "twice", Span(FILE.name, 0, 5), (here, label), ("lead-1: 5",), None)
    told = as_text([found], {**SOURCES, other.name: other})
    assert told.startswith("warning[E2]: twice\n --> a b/x.score:1:1\n  |\n1 | score s {\n  | ^^^^^ again here\n")
    assert " ::: b.score:1:5\n  |\n1 | let x = 5\n  |     - first declared here\n" in told
    assert told.endswith("  = lead-1: 5\n\n")


def test_a_file_that_is_not_there_is_told_without_a_line() -> None:
    assert as_text([error("E101", "gone", Span("x", 0, 0))], {}) == "error[E101]: gone\n --> x:1:1\n\n"


def test_a_long_line_is_shown_around_the_place() -> None:
    source = Source("x", "a" * 5_000 + "!" + "b" * 5_000)
    lines = as_text([error("E1", "m", Span("x", 5_000, 5_001))], {"x": source}).splitlines()
    assert len(lines[3]) < 200
    assert lines[3][lines[4].index("^")] == "!"


def test_control_characters_never_reach_the_terminal() -> None:
    source = Source("x", "let \x1b[31m = 5")
    assert "\x1b" not in as_text(parse(source).diagnostics, {"x": source})


def test_json_has_an_object_a_line_with_places_from_one() -> None:
    first, second = [json.loads(line) for line in as_json(FOUND, SOURCES).splitlines()]
    place = {"file": "a b/x.score", "line": 2, "column": 21, "end_line": 2, "end_column": 23}
    assert first == {
        "code": "E120", "severity": "error", "message": FOUND[0].message, **place,
        "labels": [], "evidence": [], "help": "did you mean `add`?",
        "fixes": [{"title": "write `add`", "edits": [{**place, "text": "add"}]}],
    }  # fmt: skip
    assert [(each["line"], each["text"]) for each in second["labels"]] == [(4, "`}` is missing before this")]


def test_an_annotation_is_escaped_as_github_wants_it() -> None:
    found = Diagnostic("H1", "hint", "80% of\na, b: c", Span("a,b:c%", 0, 5), (), ("why: x",), "write this")
    assert as_github([found], {"a,b:c%": Source("a,b:c%", "score")}) == (
        "::notice file=a%2Cb%3Ac%25,line=1,endLine=1,col=1,endColumn=6,title=leadscore H1::"
        "80%25 of%0Aa, b: c%0Awhy: x%0Ahelp: write this\n"
    )


def test_an_annotation_over_lines_has_no_columns() -> None:
    assert "col=" not in as_github([error("E1", "m", Span(FILE.name, 0, 40))], SOURCES).lower()


def test_sarif_has_results_rules_and_regions() -> None:
    document = json.loads(as_sarif(FOUND, SOURCES))
    (run,) = document["runs"]
    assert (document["version"], run["columnKind"]) == ("2.1.0", "unicodeCodePoints")
    assert [each["id"] for each in run["tool"]["driver"]["rules"]] == ["E120", "E121"]
    assert [(each["ruleId"], each["ruleIndex"], each["level"]) for each in run["results"]] == [
        ("E120", 0, "error"), ("E121", 1, "error")
    ]  # fmt: skip
    assert run["results"][0]["locations"] == [{"physicalLocation": {
        "artifactLocation": {"uri": "a%20b/x.score"},
        "region": {"startLine": 2, "startColumn": 21, "endLine": 2, "endColumn": 23},
    }}]  # fmt: skip
    assert run["results"][1]["relatedLocations"][0]["message"] == {"text": "`}` is missing before this"}
    assert "relatedLocations" not in run["results"][0]
    assert run["results"][0]["fixes"] == [{
        "description": {"text": "write `add`"},
        "artifactChanges": [{
            "artifactLocation": {"uri": "a%20b/x.score"},
            "replacements": [{
                "deletedRegion": {"startLine": 2, "startColumn": 21, "endLine": 2, "endColumn": 23},
                "insertedContent": {"text": "add"},
            }],
        }],
    }]  # fmt: skip
    assert [each["description"]["text"] for each in run["results"][1]["fixes"]] == ["close the block with `}`"]


def test_sarif_without_findings_is_a_run_without_results() -> None:
    assert json.loads(as_sarif([], {}))["runs"][0]["results"] == []


def test_findings_are_told_in_source_order_and_once() -> None:
    late, early = error("E2", "b", Span("x", 5, 6)), error("E1", "a", Span("x", 1, 2))
    assert in_order([late, early, late]) == [early, late]
    assert has_errors([late])
    assert not has_errors([Diagnostic("W1", "warning", "m", Span("x", 0, 0))])


def test_a_line_ends_at_each_kind_of_line_break() -> None:
    source = Source("x", "a\r\nb\rc\nd")
    assert [source.line(n) for n in (1, 2, 3, 4, 5)] == ["a", "b", "c", "d", ""]
    assert [source.position(i) for i in (0, 3, 5, 7, 8)] == [(1, 1), (2, 1), (3, 1), (4, 1), (4, 2)]
