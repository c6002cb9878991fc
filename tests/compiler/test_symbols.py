"""The index of names: what a name means there is what the checker takes it for."""

from __future__ import annotations

from pathlib import Path

import pytest

from compiler.compile import Compilation, compile_file, compile_text
from compiler.declared import symbols_of
from compiler.symbols import Site, Symbol, Symbols
from tests.conftest import ROOT

EXAMPLES = sorted((ROOT / "examples").glob("*/*.score"))
MODELS = [path for path in EXAMPLES if "\nmodel " in "\n" + path.read_text(encoding="utf-8")]
DATA = {"member", "option", "ready"}
"""Texts that events carry, and a word of the language."""


def symbols(text: str) -> Symbols:
    compiled = compile_text(text)
    assert compiled.context is not None
    return symbols_of(compiled.context)


def where(text: str, found: list[Site]) -> list[str]:
    """Each site by its line, from 1, and its characters."""
    return [f"{text.count(chr(10), 0, s.span.start) + 1}:{text[s.span.start : s.span.end]}" for s in found]


def renamed(compiled: Compilation, found: Symbols, folder: Path) -> Path:
    """All files of a compilation with a new name for each symbol, in `folder`; the path of the main file."""
    new = {symbol: f"new_{at}" for at, symbol in enumerate(found.uses) if symbol.kind not in DATA}
    names = list(compiled.files)
    root = Path(names[0]).parent
    for name, source in compiled.files.items():
        text = source.text
        for site in reversed(found.of_file(name)):
            if site.symbol in new:
                fresh = f'"{new[site.symbol]}"' if site.quoted else new[site.symbol]
                text = text[: site.span.start] + fresh + text[site.span.end :]
        path = folder / Path(name).relative_to(root)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    for path in root.rglob("*.txt"):
        copy = folder / path.relative_to(root)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(path.read_bytes())
    return folder / Path(names[0]).name


@pytest.mark.parametrize("path", MODELS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_model_in_which_every_name_is_changed_everywhere_says_the_same(path: Path, tmp_path: Path) -> None:
    compiled = compile_file(path)
    assert compiled.context is not None
    found = symbols_of(compiled.context)
    again = compile_file(renamed(compiled, found, tmp_path))
    assert [each for each in again.diagnostics if each.severity == "error"] == []
    assert again.context is not None
    after = symbols_of(again.context)
    assert len(after.sites) == len(found.sites)
    assert [(site.symbol.kind, site.defines) for site in after.sites] == [
        (site.symbol.kind, site.defines) for site in found.sites
    ]


def test_a_name_is_what_its_place_makes_of_it() -> None:
    text = """model m { }
lead { path: text }
event visit { path: text  kind: one of "a", "b" }
score visit { ready at 10  bands low < 5, high  rule path { on visit where event.path = lead.path  add 1 } }
trigger t { on visit where kind = "a"  when visit >= ready and visit is high  tag "x" }
test "one" { at 2026-03-02  visit { path: "/"  kind: "b" }  expect has tag "x" and visit = 1 and fired_not }
lead { fired_not: boolean }
"""
    found = symbols(text)
    uses = {symbol: where(text, sites) for symbol, sites in found.uses.items()}
    assert uses[Symbol("event", "visit")] == ["3:visit", "4:visit", "5:visit", "6:visit"]
    assert uses[Symbol("score", "visit")] == ["4:visit", "5:visit", "5:visit", "6:visit"]
    assert uses[Symbol("property", "path", "visit")] == ["3:path", "4:path", "6:path"]
    assert uses[Symbol("attribute", "path")] == ["2:path", "4:path"]
    assert uses[Symbol("rule", "path", "visit")] == ["4:path"]
    assert uses[Symbol("option", "b", "visit.kind")] == ['3:"b"', '6:"b"']
    assert uses[Symbol("option", "a", "visit.kind")] == ['3:"a"', '5:"a"']
    assert uses[Symbol("ready", "ready", "visit")] == ["4:ready", "5:ready"]
    assert uses[Symbol("band", "high", "visit")] == ["4:high", "5:high"]
    assert uses[Symbol("tag", "x")] == ['5:"x"', '6:"x"']
    assert uses[Symbol("attribute", "fired_not")] == ["6:fired_not", "7:fired_not"]


def test_a_bare_name_that_could_mean_two_things_has_no_symbol() -> None:
    text = "model m { }\nlead { at: text }\nevent e { at: text }\nscore s { rule r { on e where at = 1 add 1 } }\n"
    found = symbols(text)
    assert where(text, found.uses[Symbol("attribute", "at")]) == ["2:at"]
    assert found.at("model.score", text.index("where at") + 6) is None


def test_the_variable_of_a_family_is_found_within_texts() -> None:
    text = (
        "model m { }\nevent e { p: text }\n"
        'score s for v in ["a"] { rule r "of {v}" { on e where p = "\\u{76}{v}" or p = v  add 1 } }\n'
        'trigger t { when s["a"] > 1  tag "{v}" }\n'
    )
    found = symbols(text)
    assert where(text, found.uses[Symbol("variable", "v", "s")]) == ["3:v", "3:v", "3:v", "3:v"]
    assert where(text, found.uses[Symbol("member", "a", "s")]) == ['3:"a"', '4:"a"']


def test_stages_are_names_texts_and_members_of_lists() -> None:
    text = (
        'model m { }\nevent e { }\nstages one, "two words"\n'
        'trigger t { when stage < one or stage in [one, "two words"] or stage = one for 1 day  move to "two words" }\n'
    )
    found = symbols(text)
    assert where(text, found.uses[Symbol("stage", "one")]) == ["3:one", "4:one", "4:one", "4:one"]
    assert where(text, found.uses[Symbol("stage", "two words")]) == ['3:"two words"'] + ['4:"two words"'] * 2


def test_the_innermost_symbol_at_a_place_is_found_from_either_end() -> None:
    text = 'model m { }\nevent e { p: text }\nscore s for v in ["a"] { rule r { on e where p = "x{v}"  add 1 } }\n'
    found = symbols(text)
    start = text.index("p = ")
    for offset in (start, start + 1):
        site = found.at("model.score", offset)
        assert site is not None
        assert site.symbol == Symbol("property", "p", "e")
    site = found.at("model.score", text.index("{v}") + 1)
    assert site is not None
    assert site.symbol.kind == "variable"
    assert found.at("model.score", 0) is None
    assert found.at("other.score", 3) is None


def test_of_a_file_with_mistakes_the_rest_is_known() -> None:
    text = "model m { }\nevent e { }\nscore s { rule r { on e where = add 1 } }\ntally t { on e }\n"
    found = symbols(text)
    assert where(text, found.uses[Symbol("event", "e")]) == ["2:e", "4:e"]
