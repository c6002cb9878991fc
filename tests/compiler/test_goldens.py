"""Golden folders: a rule file, the table it gives, and what is said about it; the program too where a family is."""

from __future__ import annotations

from pathlib import Path

import pytest

from compiler import show
from compiler.compile import Compilation, compile_file
from compiler.schema import validate
from dsl.source import Source
from runtime.table import dump, load
from tests.conftest import ROOT

GOLDEN = ROOT / "tests" / "golden"
FOLDERS = sorted(path.parent for path in GOLDEN.glob("*/table.txt")) or sorted(GOLDEN.glob("*"))


def diagnostics(result: Compilation) -> str:
    """One finding a line: position, code, what is underlined, message; labels and help beneath."""
    lines = []
    for each in result.diagnostics:
        source = result.files[each.span.file]
        lines.append(f"{place(source, each.span.start)} {each.code} «{source.read(each.span)}» {each.message}")
        for label in each.labels:
            there = result.files[label.span.file]
            lines.append(f"    {place(there, label.span.start)} «{there.read(label.span)}» {label.text}")
        lines += [f"    {fact}" for fact in each.evidence]
        if each.help:
            lines.append(f"    help: {each.help}")
    return "".join(f"{line}\n" for line in lines)


def place(source: Source, offset: int) -> str:
    return ":".join(map(str, source.position(offset)))


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_rule_file_gives_its_table_and_findings(folder: Path, rewrite_goldens: bool) -> None:
    result = compile_file(folder / "model.score")
    table = "" if result.table is None else show.table(result.table)
    for name, found in (("table.txt", table), ("diagnostics.txt", diagnostics(result))):
        if rewrite_goldens:
            (folder / name).write_text(found, encoding="utf-8")
        assert found == (folder / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_an_emitted_table_fits_its_schema_and_survives_its_file(folder: Path) -> None:
    table = compile_file(folder / "model.score").table
    if table is not None:
        validate(table)
        assert load(dump(table)) == table
    else:
        assert (folder / "table.txt").read_text(encoding="utf-8") == ""


def test_a_program_is_shown_with_its_families_as_written() -> None:
    result = compile_file(GOLDEN / "families" / "model.score")
    assert result.program is not None
    text = show.program(result.program)
    assert 'score name=t family: variable=v values=["crm", "field service"]' in text
    assert "event.path contains {v}" in text


def test_a_tree_is_shown_a_node_a_line() -> None:
    text = show.tree(compile_file(GOLDEN / "conditions" / "model.score").tree)
    assert "Model conditions\n" in text
    assert "    Field size\n      type: TypeRef kind='integer' low=1\n" in text
