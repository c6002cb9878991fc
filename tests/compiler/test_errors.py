"""Every finding of the checker, three ways: its function, its section in docs/errors.md, and what it says there."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from compiler.compile import Compilation, compile_text
from tests.conftest import ROOT

WORDING = Path(__file__).parent / "wording.txt"
PRELUDE = """model example { }
lead { country: text  employees: integer  company: account  trial_ends: date  team: text computed }
event visit { page: text  seconds: integer  watched: percent }
"""
TABLES = {
    "visits": "page,seconds,visits\n/pricing,30,1\n/,5,1\n",
    "same_columns": "page,page\n/,/\n",
    "unnamed": "page,\n/,30\n",
    "too_many_cells": "page,seconds\n/a,b,30\n",
    "open_quote": 'page\n"/a\n/b\n',
    "behind_quotes": 'page\n"/the "best" page"\n',
    "no_lines": "page,seconds\n,\n",
    "bad_cell": "page,seconds\n/,half a minute\n",
    "empty_cell": "page,seconds\n/,\n",
    "too_long": "page\n" + "/\n" * 100_001,
}
"""The tables that snippets name, by the names of their files."""
_SECTION = re.compile(
    r"^## ((?:E[23]|W|H)\d\d\d?): (.+)\n\n"
    r"Avoid:\n\n```score\n(.*?)\n```\n\nPrefer:\n\n```score\n(.*?)\n```\n\nWhy: (.+)",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True)
class Section:
    code: str
    avoid: str
    prefer: str


def sections() -> list[Section]:
    text = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
    parts = re.split(r"^(?=#+ )", text, flags=re.MULTILINE)
    found = [_SECTION.match(part) for part in parts]
    return [Section(each[1], each[3], each[4]) for each in found if each]


def written_codes() -> list[str]:
    """The codes that the functions of `compiler.errors` give, one for each function."""
    codes = []
    for path in sorted((ROOT / "compiler" / "errors").glob("*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef):
                literals = [each.value for each in ast.walk(node) if isinstance(each, ast.Constant)]
                codes += [each for each in literals if isinstance(each, str) and re.fullmatch(r"[EHW]\d{3}", each)]
    return codes


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the files that snippets import."""
    (tmp_path / "other_model.score").write_text("model other { }\n", encoding="utf-8")
    (tmp_path / "events.score").write_text("event chat { topic: text }\n", encoding="utf-8")
    for name, text in TABLES.items():
        (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
    return tmp_path


def compiled(section: Section, snippet: str, folder: Path) -> Compilation:
    whole = section.code == "E203" or re.search(r"^model ", snippet, re.MULTILINE)
    return compile_text(snippet if whole else PRELUDE + snippet, folder=folder)


def said(section: Section, folder: Path) -> str:
    """What the snippet to avoid is told, in one line."""
    result = compiled(section, section.avoid, folder)
    lines = []
    for each in result.diagnostics:
        underlined = result.files[each.span.file].read(each.span) if each.span.file in result.files else ""
        lines.append(f"{each.code} «{underlined}» {each.message} ({each.help})")
    return "\n".join(lines)


def test_a_code_is_a_function_and_a_section_and_a_line_of_the_wording() -> None:
    codes = written_codes()
    assert len(codes) == len(set(codes))
    assert sorted(codes) == sorted(section.code for section in sections())
    assert sorted(codes) == sorted(line[:4] for line in WORDING.read_text(encoding="utf-8").splitlines())


def test_the_checker_says_each_thing_as_it_is_written_down(folder: Path, rewrite_goldens: bool) -> None:
    found = "\n".join(said(section, folder) for section in sections()) + "\n"
    if rewrite_goldens:
        WORDING.write_text(found, encoding="utf-8")
    assert found == WORDING.read_text(encoding="utf-8")


@pytest.mark.parametrize("section", sections(), ids=lambda section: section.code)
def test_what_the_docs_prefer_is_accepted_without_a_word(section: Section, folder: Path) -> None:
    result = compiled(section, section.prefer, folder)
    assert [(each.code, each.message) for each in result.diagnostics] == []


def test_a_message_is_lower_case_and_has_no_full_stop() -> None:
    for line in WORDING.read_text(encoding="utf-8").splitlines():
        message = line.split("» ", 1)[1]
        assert not message[0].isupper(), line
        assert not message.endswith(".)"), line
