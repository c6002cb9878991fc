"""What an editor may do about a finding: each fix, made, leaves nothing of that finding and the file readable."""

from __future__ import annotations

from itertools import pairwise

import pytest

from compiler.compile import compile_text
from dsl.diagnostics import Diagnostic, Fix
from tests.compiler.test_errors import PRELUDE
from tests.conftest import ROOT

PRETEXT = PRELUDE + 'stages new, mql, "in talks"\nset nordics = ["DK", "NO"]\n'
CASES = {
    'score s { rule r { on visit where page == "x"  add 5 } }': [('page = "x"', "write `=`")],
    'score s { rule r { on visit where page = "x"&&seconds > 3  add 5 } }': [('"x" and seconds', "write `and`")],
    'score s { rule r { on visit where page = “a"b”  add 5 } }': [('page = "a\\"b"', 'write `"a\\"b"`')],
    "scor s { rule r { on visit add 5 } }": [("score s", "write `score`")],
    "score s { rule r { on visit add 5 points } }": [("add 5 }", "leave out `points`")],
    "score s { rule r { on visit add 5 } } }": [("add 5 } }", "leave out `}`")],
    "score s { rule r { on visit add 5 }": [("add 5 } }", "close the block with `}`")],
    "score s { rule r { on visit add 5\nrule q { on visit add 5 } }": [("add 5 } rule", "close the block with `}`")],
    'test "t" { at 2026-01-05  visit { watched: 0.8 } expect idle for 1 day }': [("watched: 80%", "write `80%`")],
    'test "t" { at 2026-01-05  visit { page: 5 } expect idle for 1 day }': [('page: "5"', 'write `"5"`')],
    'event e { a: one of "won", "lost" }  test "t" { at 2026-01-05  e { a: "wonn" } expect idle for 1 day }': [
        ('a: "won"', 'write `"won"`')
    ],
    'event e { a: boolean }  test "t" { at 2026-01-05  e { a: "true" } expect idle for 1 day }': [
        ("a: true", "write `true`")
    ],
    'event e { a: list of text }  test "t" { at 2026-01-05  e { a: "x" } expect idle for 1 day }': [
        ('a: ["x"]', 'write `["x"]`')
    ],
    "event e { a: text required required }": [
        ("a: text required }", "leave out the second"),
        ("a: text required }", "leave out the first"),
    ],
    "event e { a: integer ignoring case }": [("a: integer }", "leave out `ignoring case`")],
    "score s { ready at 50  degrade { by 10 every 7 days } }": [
        ("by 10% every", "write `10%`"),
        ("by 10 points every", "write `10 points`"),
    ],
    "score s { rule r { when trial_ends not in the last 3 days  add 5 } }": [
        ("when not trial_ends in the last 3 days", "write `not trial_ends in the last …`")
    ],
    'score s { rule r { on visit where pge = "x"  add 5 } }': [("where page =", "write `page`")],
    'score s { rule r { on visit where event.pge = "x"  add 5 } }': [("event.page =", "write `page`")],
    'score s { rule r { when lead.countr = "x"  add 5 } }': [("lead.country =", "write `country`")],
    "score s { rule r { on vist  add 5 } }": [("on visit", "write `visit`")],
    "score quality { rule r { on visit  add 5 } }  score t = qualitty": [("= quality", "write `quality`")],
    'trigger t { when stage < mqll  emit "x" }': [("stage < mql ", "write `mql`")],
    'trigger t { when stage = "in talk"  emit "x" }': [('stage = "in talks"', 'write `"in talks"`')],
    'score s { bands cold < 5, "A+" }  trigger t { when s is "A++"  emit "x" }': [('s is "A+"', 'write `"A+"`')],
    'trigger go { on visit  emit "x" }  test "t" { at 2026-01-05  expect fired goo }': [("fired go }", "write `go`")],
    'trigger go { on visit  emit "call" }  test "t" { at 2026-01-05  expect emitted "cal" }': [
        ('"call" }', 'write `"call"`')
    ],
    'score f for l in ["field service"] { rule r { on visit  add 1 } }  score c = f["field servic"]': [
        ('f["field service"]', 'write `"field service"`')
    ],
    "score s { bands cold < 5, hot < 10 }": [("cold < 5, hot }", "write `hot`")],
    "score s { rule r { when employees > 3  add 1, once } }": [("add 1, }", "leave out the limit")],
    "score s { rule r { on visit  subtract 1, best } }": [("subtract 1, }", "leave out `best`")],
    'event e { a: one of "won", "lost" }  tally n { on e where a = "wonn" }': [('a = "won"', 'write `"won"`')],
    "tally n { on visit where watched >= 0.8 }": [("watched >= 80%", "write `80%`")],
    "tally n { on visit where seconds >= 80% }": [("seconds >= 80 }", "write `80`")],
    "score s { rule r { when not country in nordics  add 5 } }": [
        ("when country not in nordics", "write `country not in …`"),
        ("when (not country in nordics or country is missing)", "add `or country is missing`"),
    ],
    'score s { rule r { when not (country = "DK") and employees > 3  add 5 } }': [
        ('when country is present and (country != "DK") and', "write `country is present and country != …`"),
        ('when (not (country = "DK") or country is missing) and', "add `or country is missing`"),
    ],
}  # fmt: skip


def mended(text: str, fix: Fix) -> str:
    """The text after a fix."""
    for edit in sorted(fix.edits, key=lambda each: each.span.start, reverse=True):
        text = text[: edit.span.start] + edit.text + text[edit.span.end :]
    return text


def findings(text: str) -> list[Diagnostic]:
    return list(compile_text(text).diagnostics)


@pytest.mark.parametrize("text", CASES)
def test_a_fix_mends_the_finding(text: str) -> None:
    (finding,) = (each for each in findings(PRETEXT + text) if each.fixes)
    assert [fix.title for fix in finding.fixes] == [title for _, title in CASES[text]]
    for fix, (wanted, _) in zip(finding.fixes, CASES[text], strict=True):
        after = mended(PRETEXT + text, fix)
        assert wanted in " ".join(after.split())
        assert finding.code not in {each.code for each in findings(after)}


def written_findings() -> list[str]:
    """All texts of the test data that have mistakes in them."""
    cases = (ROOT / "tests" / "dsl" / "mistakes.txt").read_text(encoding="utf-8").split("\n" + "-" * 40 + "\n")
    return [*cases, *(path.read_text(encoding="utf-8") for path in (ROOT / "tests" / "golden").glob("*/model.score"))]


def test_no_fix_leaves_its_finding_where_it_was() -> None:
    seen = 0
    for text in written_findings():
        for finding in findings(text):
            for fix in finding.fixes:
                seen += 1
                after = findings(mended(text, fix))
                assert (finding.code, finding.message, finding.span) not in {
                    (each.code, each.message, each.span) for each in after
                }, (finding.message, fix.title)
    assert seen > 30


def test_edits_of_a_fix_do_not_overlap() -> None:
    for text in written_findings():
        for finding in findings(text):
            for fix in finding.fixes:
                spans = sorted((edit.span.start, edit.span.end) for edit in fix.edits)
                assert all(before[1] <= after[0] for before, after in pairwise(spans))
