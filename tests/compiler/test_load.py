"""Imports and files of sets: what is read, once, and what is said when it can't be."""

from __future__ import annotations

from pathlib import Path

from compiler.compile import Compilation, compile_file

MODEL = "model m { }\nevent e { p: text }\n"


def compiled(folder: Path, **files: str) -> Compilation:
    """Write the files (``__`` is a slash in their names) and compile main.score."""
    for name, text in files.items():
        path = folder / (name.replace("__", "/") + ".score")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return compile_file(folder / "main.score")


def codes(result: Compilation) -> list[str]:
    return [each.code for each in result.diagnostics]


def test_imports_are_relative_to_the_file_that_they_stand_in(tmp_path: Path) -> None:
    result = compiled(
        tmp_path,
        main=f'import "parts/a.score"\n{MODEL}',
        parts__a='import "b.score"\ntally a { on e }',
        parts__b="tally b { on e }",
    )
    assert result.table is not None
    assert sorted(result.table.tallies) == ["a", "b"]
    assert [Path(name).name for name in result.files] == ["main.score", "a.score", "b.score"]


def test_a_file_counts_once_and_cycles_are_harmless(tmp_path: Path) -> None:
    result = compiled(
        tmp_path,
        main=f'import "a.score"\nimport "./a.score"\nimport "b.score"\nimport "main.score"\n{MODEL}',
        a='import "b.score"\ntally a { on e }',
        b='import "a.score"\nimport "main.score"\ntally b { on e }',
    )
    assert codes(result) == []


def test_triggers_stand_where_their_file_is_imported_first(tmp_path: Path) -> None:
    result = compiled(
        tmp_path,
        main=f'{MODEL}trigger one {{ on e }}\nimport "a.score"\ntrigger three {{ on e }}',
        a="trigger two { on e }",
    )
    assert result.table is not None
    assert [trigger.name for trigger in result.table.triggers] == ["one", "two", "three"]


def test_a_long_chain_of_imports_is_followed(tmp_path: Path) -> None:
    links = {f"f{at}": f'import "f{at + 1}.score"' for at in range(1500)}
    result = compiled(tmp_path, main=f'import "f0.score"\n{MODEL}', **links, f1500="tally last { on e }")
    assert codes(result) == []


def test_a_missing_import_brings_no_unknown_names(tmp_path: Path) -> None:
    result = compiled(
        tmp_path, main=f'import "gone.score"\n{MODEL}score s {{ rule r {{ on there where x = 1  add y }} }}'
    )
    assert codes(result) == ["E201"]


def test_what_is_wrong_in_an_imported_file_is_told_there(tmp_path: Path) -> None:
    result = compiled(tmp_path, main=f'import "a.score"\n{MODEL}', a="tally a { on nope }")
    (found,) = result.diagnostics
    assert (found.code, Path(found.span.file).name) == ("E215", "a.score")
    assert result.files[found.span.file].read(found.span) == "nope"


def test_an_imported_file_that_is_no_text_is_told_once(tmp_path: Path) -> None:
    (tmp_path / "a.score").write_bytes(b"let a = \xff\n")
    result = compiled(tmp_path, main=f'import "a.score"\n{MODEL}')
    assert result.table is None
    assert codes(result)[0] == "E102"


def test_a_file_that_is_not_there_is_a_finding(tmp_path: Path) -> None:
    result = compile_file(tmp_path / "gone.score")
    assert result.table is None
    assert codes(result) == ["E101"]


def test_the_file_of_a_set_has_an_entry_a_line(tmp_path: Path) -> None:
    text = "\ufeff# free mail\n\n  gmail.com \r\ngmx.net\n#x\nCafe\u0301.example\n\ngmail.com\n"
    (tmp_path / "free.txt").write_text(text, encoding="utf-8", newline="")
    result = compiled(tmp_path, main=f'{MODEL}set s from "free.txt"\ntally t {{ on e where p in s }}')
    assert result.table is not None
    (row,) = result.table.tallies["t"].match.rows or ()
    assert row == (("in", ("prop", "p"), ("list", "Caf\u00e9.example", "gmail.com", "gmx.net")),)


def test_places_name_the_file_and_line_of_what_explanations_name(tmp_path: Path) -> None:
    score = (
        'score s for v in ["a"] {\n  rule r { on e  add 1 }\n'
        "  group g { once\n    rule q { on e  add 1 } }\n  expire after 1 day\n}\n"
    )
    result = compiled(tmp_path, main=f'import "a.score"\n{MODEL}trigger t {{ on e }}', a=f"tally n {{ on e }}\n{score}")
    main, part = str(tmp_path / "main.score"), str(tmp_path / "a.score")
    assert result.places == {
        ("tally", "n"): (part, 1),
        ("score", "s[a]"): (part, 2),
        ("rule", "s[a]", "r"): (part, 3),
        ("group", "s[a]", "g"): (part, 4),
        ("rule", "s[a]", "q"): (part, 5),
        ("ageing", "s[a]"): (part, 6),
        ("trigger", "t"): (main, 4),
    }


def test_parts_that_can_not_be_read_bring_no_unknown_names(tmp_path: Path) -> None:
    result = compiled(
        tmp_path,
        main=f"""{MODEL}event broken {{ q: texxt }}
score other {{ bands cold < < 3, hot }}
stages one,, two
score s {{ rule r {{ on broken where q = 1  add 1 }} }}
trigger t {{ when other is hot and stage = two  emit "x" }}
""",
    )
    assert {code[:2] for code in codes(result)} == {"E1"}
