"""Sources as the checker sees them, and those that come with leadscore."""

from __future__ import annotations

from pathlib import Path

import pytest

from compiler import expressions
from compiler.compile import Compilation, compile_file, compile_text
from compiler.load import LIBRARY
from dsl.format import format_source
from dsl.source import read_source
from tests.conftest import ROOT

SHIPPED = sorted(path.stem for path in LIBRARY.glob("*.score"))
MODEL = """model m { }
lead { country: text  team: text computed }
event page_view as "com.example.page" { path: text  campaign: text as "utm-campaign" }
"""


def told(text: str) -> list[tuple[str, str]]:
    """Each finding by its code and the characters underlined."""
    result = compile_text(MODEL + text)
    return [(each.code, result.files[each.span.file].read(each.span)) for each in result.diagnostics]


def accepted(text: str, folder: Path | None = None) -> Compilation:
    result = compile_text(text, folder=folder)
    assert [(each.code, each.message) for each in result.diagnostics] == []
    return result


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('time "a.b.. c"  lead "b"  else give page_view', [("E350", ".")]),
        ('time "a"  lead "(b"  else give page_view', [("E350", '"(b"')]),
        ('time "a"  lead "b"  on "x == \'y" give page_view', [("E350", "'")]),
        ('time ""  lead "b"  else give page_view', [("E350", '""')]),
        ('time "a"  lead "b"  else give page_view { path: "x(\\"y\\")" }', [("E351", '"x(\\"y\\")"')]),
        ('time "a"  lead "length(a, b)"  else give page_view', [("E352", "length")]),
        ('time "a"  lead "not_null()"  else give page_view', [("E352", "not_null")]),
        ('time "a"  lead "b"  else give page_vew', [("E215", "page_vew")]),
        ('time "a"  lead "b"  else give page_view { pth: "x" }', [("E216", "pth")]),
        ('time "a"  lead "b"  else set { contry: "x" }', [("E217", "contry")]),
        ('time "a"  lead "b"  else give page_view { path: "x"  path: "y" }', [("E210", "path")]),
        ('time "a"  time "b"  lead "b"  else give page_view', [("E205", 'time "b"')]),
        ('time "a"  lead "b"  lead "c"  else give page_view', [("E205", 'lead "c"')]),
        ('time "a"  lead "b"  else give page_view  else ignore', [("E205", "else ignore")]),
        ('time "a" as "YYYY-MM-DD YYYY" in "UTC"  lead "b"  else ignore', [("E356", '"YYYY-MM-DD YYYY"')]),
        ('time "a" as "YYYY-MM-DD mm" in "UTC"  lead "b"  else ignore', [("E356", '"YYYY-MM-DD mm"')]),
        ('time "a" in "../UTC"  lead "b"  else ignore', [("E357", '"../UTC"')]),
        ('time "a"  lead "b"', [("E353", "s")]),
        ('time "a"  lead "b"  on "x != \\"y\\"" give page_view', [("E364", '"x != \\"y\\""')]),
    ],
)
def test_a_mistake_is_told_at_its_place(source: str, found: list[tuple[str, str]]) -> None:
    assert told(f"source s {{ {source} }}") == found


def test_a_mistake_is_told_once_though_other_sources_are_like_the_one_with_it() -> None:
    text = 'source a { time "("  lead "b"  else give page_vew }\nsource b like a { }\nsource c like b { }'
    assert told(text) == [("E350", '"("'), ("E215", "page_vew")]


def test_an_expression_is_not_held_against_what_a_broken_part_may_declare() -> None:
    text = 'source s { time "a"  lead "b"  else give later { x: "y" } }\nevent later { x: txt }'
    assert told(text) == [("E120", "txt")]


def test_names_of_the_model_stand_for_their_spellings() -> None:
    table = accepted(MODEL + 'source s { time "a"  lead "b"  else give page_view { campaign: "c" } }').table
    assert table is not None
    (given,) = table.sources["s"].picks[0].gives
    assert (given.type, given.data) == ("com.example.page", {"utm-campaign": "c"})


def test_the_order_in_which_sources_are_declared_means_nothing() -> None:
    base = 'source base { time "a"  lead "b"  on "x" give page_view }\n'
    more = 'source more like base { ignore "y" }\n'
    assert accepted(MODEL + base + more).table == accepted(MODEL + more + base).table


def test_a_circle_is_told_once() -> None:
    text = 'source a like b { }\nsource b like c { }\nsource c like b { time "a"  lead "b"  else ignore }'
    assert told(text) == [("E355", "b")]


def test_without_jmespath_expressions_are_taken_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(expressions, "installed", lambda: False)
    assert told('source s { time "("  lead "b"  else give page_view }') == []


# --- what comes with leadscore ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_mapping_is_of_use_to_any_model(name: str) -> None:
    table = accepted(f'import "leadscore/{name}"\nmodel m {{ }}\n').table
    assert table is not None
    assert any(source == name or source.startswith(f"{name}_") for source in table.sources)
    accepted(f'import "leadscore/{name}"\nsource mine like {next(iter(table.sources))} {{ }}\n{MODEL}')


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_mapping_is_laid_out_and_says_what_it_is_for(name: str) -> None:
    source = read_source(LIBRARY / f"{name}.score")
    assert format_source(source).text == source.text
    assert source.text.startswith("# ")


def test_all_shipped_mappings_go_together_and_are_told_in_the_docs() -> None:
    accepted("".join(f'import "leadscore/{name}"\n' for name in SHIPPED) + "model m { }\n")
    page = (ROOT / "docs" / "sources.md").read_text(encoding="utf-8")
    assert [name for name in SHIPPED if f'`import "leadscore/{name}"`' not in page] == []


def test_a_file_of_the_users_own_comes_before_one_that_is_shipped(tmp_path: Path) -> None:
    (tmp_path / "leadscore").mkdir()
    (tmp_path / "leadscore" / "segment").write_text("event own { }\n", encoding="utf-8")
    result = accepted('import "leadscore/segment"\nmodel m { }\ntally t { on own }\n', tmp_path)
    assert result.table is not None
    assert not result.table.sources


@pytest.mark.parametrize("name", ["leadscore/nothing", "leadscore/../segment", "leadscore/", "leadscore"])
def test_nothing_else_is_imported_by_such_a_name(name: str, tmp_path: Path) -> None:
    result = compile_text(f'import "{name}"\nmodel m {{ }}\n', folder=tmp_path)
    assert [each.code for each in result.diagnostics] == ["E201"]


def test_an_unknown_shipped_name_is_told_with_those_there_are(tmp_path: Path) -> None:
    (found,) = compile_text('import "leadscore/segmnt"\nmodel m { }\n', folder=tmp_path).diagnostics
    assert found.help == "did you mean `leadscore/segment`?"


def test_a_shipped_mapping_counts_once(tmp_path: Path) -> None:
    (tmp_path / "more.score").write_text('import "leadscore/segment"\n', encoding="utf-8")
    imports = "".join(f'import "{name}"\n' for name in ("more.score", "leadscore/segment", "leadscore/segment.score"))
    (tmp_path / "m.score").write_text(imports + "model m { }\n", encoding="utf-8")
    assert compile_file(tmp_path / "m.score").diagnostics == ()
