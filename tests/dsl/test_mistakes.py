"""What is said about mistakes: each case of mistakes.txt with its messages on the very lines that are at fault.

A case is a file; after ``###`` stand the characters underlined, the code, the message and the help. Cases are
separated by a line of dashes. ``pytest --rewrite-goldens`` writes them anew, to be read in the diff.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dsl.parse import parse
from dsl.source import Source, read_source
from dsl.tokens import lex
from tests.conftest import ROOT

CASES = Path(__file__).with_name("mistakes.txt")
_LINE = "-" * 40


def cases() -> list[str]:
    return CASES.read_text(encoding="utf-8").strip("\n").split(f"\n{_LINE}\n")


def bare(case: str) -> str:
    """The file alone."""
    return "\n".join(re.sub(r"\s+### .*", "", line) for line in case.splitlines() if not line.startswith("### "))


def told(text: str) -> str:
    """The file with what is told about it, on the line where it is told."""
    source = Source("a.score", text)
    lines = text.splitlines()
    for each in parse(source).diagnostics:
        line, _ = source.position(each.span.start)
        help_ = f" ({each.help})" if each.help else ""
        labels = "".join(f" [{source.read(label.span)}: {label.text}]" for label in each.labels)
        lines[line - 1] += f"  ### «{source.read(each.span)}» {each.code} {each.message}{help_}{labels}"
    return "\n".join(lines)


@pytest.mark.parametrize("case", cases(), ids=lambda case: re.sub(r"\W+", "_", bare(case))[:60])
def test_a_mistake_is_told_where_it_is_and_as_it_is_written_down(case: str, rewrite_goldens: bool) -> None:
    if not rewrite_goldens:
        assert told(bare(case)) == case


def test_the_cases_are_rewritten_on_demand(rewrite_goldens: bool) -> None:
    found = f"\n{_LINE}\n".join(told(bare(case)) for case in cases()) + "\n"
    if rewrite_goldens:
        CASES.write_text(found, encoding="utf-8")
    assert CASES.read_text(encoding="utf-8") == found


def test_each_broken_declaration_is_told_once_in_order_and_the_others_are_kept() -> None:
    text = """evnt a { }
event b { x: txt }
score s {
  rule one { on b ad 5 }
  rule two { on b  add 5 }
  group g { at most 5 pts  rule three { on b subtrct 5 }  rule four { on b  add 5 } }
  expire aftr 5 days
}
lead { a: text }
trigger t { when s > emit "x" }
account { score x = sum s  score y = count  trigger u { whn y > 5 } }
"""
    parsed = parse(Source("a.score", text))
    told_ = [text[each.span.start : each.span.end] for each in parsed.diagnostics]
    assert told_ == ["evnt", "txt", "ad", "pts", "subtrct", "aftr", '"x"', "s", "whn"]
    score, lead, account = parsed.file.items
    assert [type(each).__name__ for each in score.members] == ["Rule", "Group"]
    assert [rule.name.text for rule in score.members[1].rules] == ["four"]
    assert (lead.fields[0].name.text, [each.name.text for each in account.members]) == ("a", ["y"])


def test_what_is_broken_elsewhere_is_not_told_of_an_account_with_labelled_scores() -> None:
    text = 'let x = \naccount {\n  score people "People" = count\n  score buyers "Buyers" = count\n}\n'
    assert [each.code for each in parse(Source("x", text)).diagnostics] == ["E120"]


def test_each_brace_that_is_missing_is_put_where_the_file_can_be_read() -> None:
    text = read_source(ROOT / "examples" / "b2b_products" / "model.score").text
    mended = 0
    for token in lex(Source("x", text)).tokens:
        if token.type != "RBRACE":
            continue
        cut = text[: token.span.start] + text[token.span.end :]
        for found in parse(Source("x", cut)).diagnostics:
            for fix in found.fixes if found.code == "E121" else ():
                (edit,) = fix.edits
                after = cut[: edit.span.start] + edit.text + cut[edit.span.end :]
                assert parse(Source("x", after)).diagnostics == ()
                mended += 1
    assert mended > 20
