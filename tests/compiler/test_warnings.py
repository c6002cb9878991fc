"""What is warned of, and what is nearly the same and is not: warned.txt has both for each code.

A case begins with its code, ``# W401: …`` if that is warned of, ``# W401, not: …`` if nothing is. Behind ``###`` stand
the characters underlined, the code, the message and the evidence. Each stands behind the same declarations.
``pytest --rewrite-goldens`` writes what is said now, to be read in the diff.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from compiler.compile import Compilation, compile_text
from compiler.warnings.checks import CHECKS
from dsl.format import format_source
from dsl.source import Source
from tests.compiler.test_errors import written_codes
from tests.compiler.test_fixes import mended

CASES = Path(__file__).with_name("warned.txt")
PRELUDE = """model example { }
lead { country: text  employees: integer 1..  email: text ignoring case  title: text ignoring case  consent: boolean }
lead { n: integer computed  seen: instant computed }
event visit { path: text required  visit: text required  pages_in_visit: integer }
event video { asset: text required  watched: percent required  chapter: text }
event mail passive { }
stages new, engaged, mql, sql  also rejected
"""
_LINE = "-" * 40


def cases() -> list[str]:
    return CASES.read_text(encoding="utf-8").strip("\n").split(f"\n{_LINE}\n")


def bare(case: str) -> str:
    return "\n".join(re.sub(r"\s+### .*", "", line) for line in case.splitlines())


def compiled(case: str) -> Compilation:
    return compile_text(PRELUDE + case)


def told(case: str) -> str:
    """The case with what is said about it, on the line where it is said."""
    lines = case.splitlines()
    result = compiled(case)
    source = next(iter(result.files.values()))
    for each in result.diagnostics:
        line = source.position(each.span.start)[0] - PRELUDE.count("\n")
        evidence = "".join(f" | {fact}" for fact in each.evidence)
        lines[line - 1] += f"  ### «{source.read(each.span)}» {each.code} {each.message}{evidence}"
    return "\n".join(lines)


def code_of(case: str) -> tuple[str, bool]:
    """The code that a case is about, and whether it is warned of."""
    found = re.match(r"# ([WH]\d{3})(, not)?: ", case)
    assert found, case
    return found[1], found[2] is None


@pytest.mark.parametrize("case", cases(), ids=lambda case: re.sub(r"\W+", "_", case.splitlines()[0])[2:60])
def test_a_warning_is_told_where_it_is_and_a_near_miss_is_not(case: str, rewrite_goldens: bool) -> None:
    code, warned = code_of(case)
    result = compiled(bare(case))
    assert result.table is not None
    assert {each.code for each in result.diagnostics} == ({code} if warned else set())
    if not rewrite_goldens:
        assert told(bare(case)) == case


def test_the_cases_are_rewritten_on_demand(rewrite_goldens: bool) -> None:
    found = f"\n{_LINE}\n".join(told(bare(case)) for case in cases()) + "\n"
    if rewrite_goldens:
        CASES.write_text(found, encoding="utf-8")
    assert CASES.read_text(encoding="utf-8") == found


def test_each_warning_has_a_case_and_a_near_miss() -> None:
    known = [code for code in written_codes() if code[0] == "W"]
    about = {code_of(case) for case in cases()}
    assert len(known) > 20
    assert [code for code in known if not {(code, True), (code, False)} <= about] == []


@pytest.mark.parametrize("case", cases(), ids=lambda case: re.sub(r"\W+", "_", case.splitlines()[0])[2:60])
def test_a_fix_leaves_a_file_without_errors_and_without_the_warning(case: str) -> None:
    text = PRELUDE + bare(case)
    before = compiled(bare(case)).diagnostics
    for finding in before:
        for fix in finding.fixes:
            after = compile_text(mended(text, fix))
            assert after.table is not None, (fix.title, [each.message for each in after.diagnostics])
            count = sum(each.code == finding.code for each in after.diagnostics)
            assert count < sum(each.code == finding.code for each in before), fix.title


def test_a_warning_says_what_happens_where_and_what_to_write() -> None:
    for case in cases():
        for each in compiled(bare(case)).diagnostics:
            assert each.severity == ("warning" if each.code[0] == "W" else "hint")
            assert not each.message[0].isupper()
            assert not each.message.endswith(".")
            assert each.help
            assert all(label.text and label.span.file == each.span.file for label in each.labels)


def test_an_error_is_told_alone() -> None:
    result = compile_text(PRELUDE + "score s { rule r { on video where watched > 50%  add nothing } }")
    assert [each.code for each in result.diagnostics] == ["E214"]


def test_an_error_cannot_be_allowed() -> None:
    result = compile_text(PRELUDE + "score s { rule r { on vist  add 1 } }  # leadscore: allow W401")
    assert [each.code for each in result.diagnostics] == ["E215"]


def test_a_comment_in_an_imported_file_allows_there(tmp_path: Path) -> None:
    part = (
        "# leadscore: allow W401\nscore s { rule r { on video where watched > 5%  add 1 } }\n# leadscore: allow W402\n"
    )
    (tmp_path / "part.score").write_text(part, encoding="utf-8")
    result = compile_text('import "part.score"\n' + PRELUDE, folder=tmp_path)
    assert result.diagnostics == ()


def test_every_check_stands_once() -> None:
    assert len(CHECKS) == len(set(CHECKS))


def test_the_layout_of_a_file_does_not_change_what_is_allowed() -> None:
    for case in cases():
        text = PRELUDE + bare(case)
        laid_out = format_source(Source("model.score", text)).text
        assert laid_out is not None
        before, after = compile_text(text).diagnostics, compile_text(laid_out).diagnostics
        assert [(each.code, each.message) for each in after] == [(each.code, each.message) for each in before]


@pytest.mark.parametrize("break_", ["\n", "\r\n", "\r"])
def test_a_comment_of_its_own_allows_below_whatever_ends_a_line(break_: str) -> None:
    rule = "score s { rule r { on video where watched > 50%  add 1 } }"
    lines = [*PRELUDE.splitlines(), "# leadscore: allow W401", "", "# more", rule, "# leadscore: allow W401"]
    assert [each.code for each in compile_text(break_.join(lines)).diagnostics] == ["H902"]
