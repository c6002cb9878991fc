"""The pages for users say what is so: their rule files check, their tests hold, their commands print what they show.

A fenced block says what it is in its first line:

- ``score NAME`` is a rule file, ``score`` alone a part that follows the page's block called ``start.score``; either
  must check without a word, and all tests in it must hold. ``score CODE …`` must be told those findings, in that order;
  with ``fails`` behind the name a test in it fails.
- ``jsonl NAME`` is an event file: the model of the first command that takes it accepts every line; with ``rejected``
  behind the name it rejects some.
- ``text NAME`` is another file, and so is ``sh NAME`` or ``yaml NAME``.
- ``console`` holds commands, each after ``$``, and what they print. They run one after another in a folder with the
  files of the page that stand above; ``--rewrite-goldens`` writes what they print now into the page.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from cli.main import main
from compiler.compile import compile_file, compile_text
from runtime.run import Run
from tests.conftest import ROOT

ELSEWHERE = {"errors.md", "table.md", "benchmarks.md", "releases.md"}
"""Pages with tests of their own, or whose commands take minutes."""
PAGES = [ROOT / "README.md", *sorted(path for path in (ROOT / "docs").glob("*.md") if path.name not in ELSEWHERE)]
BLOCK = re.compile(r"^```(\w+)(?: +([^\n]*))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)#:]+)?(?:#([^)]+))?\)")
COMMAND = re.compile(r"\$ leadscore \w+ (\S+\.score).* --events (.*)")


@dataclass(frozen=True)
class Block:
    """A fenced block; `line` is that of its fence, from 1, `more` the words behind the kind."""

    page: Path
    line: int
    kind: str
    more: tuple[str, ...]
    text: str

    @property
    def name(self) -> str | None:
        return next((word for word in self.more if "." in word), None)

    @property
    def codes(self) -> list[str]:
        return [word for word in self.more if re.fullmatch(r"[EWH]\d{3}", word)]


def blocks(page: Path, *kinds: str) -> list[Block]:
    text = page.read_text(encoding="utf-8")
    found = [
        Block(page, text.count("\n", 0, each.start()) + 1, each[1], tuple((each[2] or "").split()), each[3])
        for each in BLOCK.finditer(text)
    ]
    return [each for each in found if not kinds or each.kind in kinds]


def everywhere(*kinds: str) -> list[Block]:
    return [block for page in PAGES for block in blocks(page, *kinds)]


def labelled(value: Block | Path) -> str:
    page = value if isinstance(value, Path) else value.page
    name = page.relative_to(ROOT).as_posix()
    return name if isinstance(value, Path) else f"{name}:{value.line}"


def lay_out(page: Path, folder: Path, before: int | None = None) -> None:
    """Write the files of a page, or those above a line, into a folder; a later one of a name wins."""
    for block in blocks(page):
        if block.name is not None and (before is None or block.line < before):
            (folder / block.name).parent.mkdir(parents=True, exist_ok=True)
            (folder / block.name).write_text(block.text, encoding="utf-8")


def whole(block: Block) -> str:
    """The rule file that a block is, or is a part of."""
    if block.name is not None or block.text.startswith("model "):
        return block.text
    start = next(each.text for each in blocks(block.page, "score") if each.name == "start.score")
    return start + block.text


def printed(block: str, folder: Path, bin: Path) -> str:
    """The block with what its commands print now, as a terminal shows it; `bin` is a folder for the command itself."""
    bin.mkdir(exist_ok=True)
    (bin / "leadscore").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m cli "$@"\n', encoding="utf-8")
    (bin / "leadscore").chmod(0o755)
    path = f"{bin}{os.pathsep}{os.environ['PATH']}"
    more = {"PATH": path, "PYTHONPATH": str(ROOT), "PYTHONSAFEPATH": "1", "PYTHONUNBUFFERED": "1"}
    out = []
    for line in block.splitlines():
        if line.startswith("$ "):
            done = subprocess.run(
                ["sh", "-c", line[2:]],
                cwd=folder,
                env={**os.environ, **more},
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                encoding="utf-8",
                check=False,
            )
            out += [line, *done.stdout.rstrip("\n").splitlines()]
    return "\n".join(out) + "\n"


@pytest.mark.parametrize("page", PAGES, ids=labelled)
def test_the_commands_of_a_page_print_what_it_shows(page: Path, tmp_path: Path, rewrite_goldens: bool) -> None:
    folder = tmp_path / "page"
    folder.mkdir()
    text = given = page.read_text(encoding="utf-8")
    if re.search(r"^\$ .* examples/", text, re.MULTILINE):
        (folder / "examples").symlink_to(ROOT / "examples")
    for block in blocks(page):
        if block.name is not None:
            (folder / block.name).parent.mkdir(parents=True, exist_ok=True)
            (folder / block.name).write_text(block.text, encoding="utf-8")
        elif block.kind == "console":
            now = printed(block.text, folder, tmp_path / "bin")
            given = given.replace(f"```console\n{block.text}```", f"```console\n{now}```")
    if rewrite_goldens:
        page.write_text(given, encoding="utf-8")
        text = given
    assert given == text


@pytest.mark.parametrize("block", everywhere("score"), ids=labelled)
def test_a_rule_file_of_a_page_is_told_what_the_page_says_and_its_tests_hold(
    block: Block, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lay_out(block.page, tmp_path)
    result = compile_text(whole(block), folder=tmp_path)
    assert [each.code for each in result.diagnostics] == block.codes, result.diagnostics
    if result.table is not None:
        file = tmp_path / "block.score"
        file.write_text(whole(block), encoding="utf-8")
        status = main(["test", str(file)])
        assert (status == 1) == ("fails" in block.more), capsys.readouterr().out


@pytest.mark.parametrize("block", everywhere("jsonl"), ids=labelled)
def test_the_events_of_a_page_are_taken_by_the_model_that_it_runs(block: Block, tmp_path: Path) -> None:
    commands = [line for each in blocks(block.page, "console") for line in each.text.splitlines()]
    users = [found[1] for line in commands if (found := COMMAND.match(line)) and block.name in found[2].split()]
    assert users, f"no command of the page takes {block.name}"
    lay_out(block.page, tmp_path)
    table = compile_file(tmp_path / users[0]).table
    assert table is not None
    run = Run(table)
    run.take(block.text.encode().splitlines())
    assert run.accepted > 0
    assert bool(run.rejects) == ("rejected" in block.more), [each.reason for each in run.rejects]


@pytest.mark.parametrize("page", PAGES, ids=labelled)
def test_the_links_of_a_page_lead_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for file, section in LINK.findall(BLOCK.sub("", text)):
        target = (page.parent / file) if file else page
        assert target.exists(), file
        if section:
            heads = re.findall(r"^#+ (.*)$", target.read_text(encoding="utf-8"), re.MULTILINE)
            assert section in {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}, section


def test_a_page_has_blocks_of_the_kinds_that_are_tested() -> None:
    kinds = {block.kind for block in everywhere()}
    assert {"score", "jsonl", "console"} <= kinds <= {"score", "jsonl", "console", "text", "json", "sh", "yaml"}


# --- what docs/language.md decides about lines ------------------------------------------------------------------------

MODEL = """model m { }
lead { since: date }
event e { a: number  d: date  i: instant  t: text  c: text as "café" }
tally accents { on e where t = "é" or c is present }
"""


def line(data: str = "{}", **members: str) -> str:
    """An event as JSON; a member is given as the JSON text of its value, or "" to leave it out."""
    given = {"specversion": '"1.0"', "id": '"1"', "source": '"s"', "type": '"e"', "subject": '"l"'}
    given |= {"time": '"2026-03-02T09:00:00Z"', "data": data} | members
    return "{" + ",".join(f'"{name}":{value}' for name, value in given.items() if value) + "}"


def taken(*lines: str | bytes) -> tuple[Run, list[str]]:
    """A run that took the lines in, and why it rejected those that it did."""
    table = compile_text(MODEL).table
    assert table is not None
    run = Run(table, now=4_000_000_000_000_000)
    run.take(each if isinstance(each, bytes) else each.encode() for each in lines)
    return run, [each.reason.partition(":")[0] for each in run.rejects]


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (line('{"a":"x","a":2}'), None),
        (line('{"a":2,"a":"x"}'), "bad value"),
        (line('{"t":"\\ud800"}'), "not JSON"),
        (line('{"other":"\\ud83d\\ude00"}'), None),
        (line().encode().replace(b'"l"', b'"\xff"'), "not JSON"),
        (line('{"other":"' + "x" * 4_000_000 + '"}'), "not JSON"),
        (line('{"other":' + "[" * 100_000 + "]" * 100_000 + "}"), "not JSON"),
        (line('{"a":NaN}'), "not JSON"),
        (line(specversion="1.0"), "not a CloudEvents 1.0 object"),
        (line(specversion='"1.0.1"'), "not a CloudEvents 1.0 object"),
        (line(subject='""'), "not a CloudEvents 1.0 object"),
        (line(time="1"), "not a CloudEvents 1.0 object"),
        (line(time='"soon"'), "unreadable time"),
        (line(time='"2026-03-02T09:00:00"'), "unreadable time"),
        (line(time='"2026-03-02T09:00:60Z"'), "unreadable time"),
        (line(time='"1969-12-31T23:00:00-02:00"'), "unreadable time"),
        (line(time='"2026-03-02t09:00z"'), None),
        (line("[]"), "not a CloudEvents 1.0 object with properties"),
        (line("null"), None),
        (line(""), None),
        (line('{"d":"2026-03-02T00:00Z"}'), "bad value"),
        (line('{"i":"2026-03-02"}'), None),
        (line('{"other":[1e400]}'), None),
        (line('{"a":1e15}'), "bad value"),
        (line('{"a":true}'), "bad value"),
    ],
    ids=lambda given: str(given)[:24] if given is not None else "taken",
)
def test_a_line_is_taken_or_rejected_as_the_reference_says(given: str | bytes, reason: str | None) -> None:
    run, reasons = taken(given)
    assert reasons == ([] if reason is None else [reason])
    assert run.accepted == (reason is None)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (line('{"a":1}'), line('{"a":1.0}'), True),
        (line("{}"), line("null"), True),
        (line("{}"), line("", data_base64='"AA=="'), True),
        (line(), line(time='"2026-03-02T10:00:00+01:00"'), True),
        (line('{"other":1}'), line('{"other":2}'), False),
        (line('{"t":"\u00e9"}'), line('{"t":"e\u0301"}'), False),
    ],
)
def test_contents_are_the_same_or_not_as_the_reference_says(one: str, other: str, same: bool) -> None:
    run, reasons = taken(one, other)
    assert run.duplicates == same
    assert reasons == ([] if same else ["other content under a known pair of source and id"])


def test_values_are_brought_to_one_form_and_names_are_not() -> None:
    composed, apart = "\u00e9", "e\u0301"
    run, _ = taken(
        line(f'{{"t":"{apart}"}}', id='"1"', subject=f'"{composed}"'),
        line(f'{{"caf{apart}":"x"}}', id='"2"', subject=f'"{apart}"'),
    )
    leads = {lead.id: lead.tallies for lead in run.finish().leads}
    assert leads == {composed: [1], apart: [0]}
