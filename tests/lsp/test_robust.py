"""Nothing that is typed or sent ends the server, or leaves a question without an answer."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT
from tests.editor import PATIENCE, Editor, Refused, fresh, spot

STORY = (ROOT / "examples" / "saas_trial" / "model.score").read_text(encoding="utf-8")
WHOLE = (ROOT / "tests" / "dsl" / "whole.score").read_text(encoding="utf-8")
ALL = {"start": {"line": 0, "character": 0}, "end": {"line": 100_000, "character": 0}}
REFUSED = -32803
PLACED = ("hover", "definition", "documentHighlight", "completion", "prepareRename")
FILED = ("documentSymbol", "foldingRange", "documentLink", "semanticTokens/full")


def ask_everything(editor: Editor, uri: str, line: int, unit: int) -> list[int]:
    """Ask about a place in all ways, without waiting."""
    place = {"line": line, "character": unit}
    file = {"uri": uri}
    asked = [editor.begin(f"textDocument/{name}", textDocument=file, position=place) for name in PLACED]
    asked += [editor.begin(f"textDocument/{name}", textDocument=file) for name in FILED]
    asked.append(editor.begin("textDocument/inlayHint", textDocument=file, range=ALL))
    asked.append(editor.begin("textDocument/codeAction", textDocument=file, range=ALL, context={"diagnostics": []}))
    return asked


def answers(editor: Editor, asked: list[int]) -> list[Any]:
    """All answers; a refusal is one, a failure of the server is none."""
    found = []
    for number in asked:
        try:
            found.append(editor.wait(number))
        except Refused as refused:
            if refused.code != REFUSED:
                raise
            found.append(None)
    return found


@pytest.mark.parametrize("text", [STORY, WHOLE], ids=["story", "whole"])
def test_every_prefix_of_a_file_that_is_typed_is_answered(editor: Editor, text: str) -> None:
    uri = editor.open(fresh(), "")
    draw = random.Random(3)
    ends = sorted(draw.sample(range(len(text)), 120))
    before, line, unit = 0, 0, 0
    for end in ends:
        part = text[before:end]
        editor.change(uri, part, (line, unit))
        line, unit = spot(text, text[:end], end)
        assert len(answers(editor, ask_everything(editor, uri, line, unit))) == 11
        before = end
    assert editor.process.poll() is None


def test_whatever_is_cut_out_of_a_file_everything_is_answered(editor: Editor) -> None:
    draw = random.Random(5)
    for _ in range(25):
        low = draw.randrange(len(STORY))
        text = STORY[:low] + STORY[low + draw.randrange(200) :]
        uri = editor.open(fresh(), text)
        line = draw.randrange(text.count("\n"))
        answers(editor, ask_everything(editor, uri, line, draw.randrange(20)))
        editor.tell("textDocument/didClose", textDocument={"uri": uri})
    assert editor.process.poll() is None


@pytest.mark.parametrize(
    "text", ["\0", "\ufeff", "😀" * 50, '"', "{" * 300, "(" * 3000, "score " * 2000, "\r\r\n\n", "#"]
)
def test_strange_texts_are_answered(editor: Editor, text: str) -> None:
    uri = editor.open(fresh(), text)
    assert editor.findings(uri), "none of them is a model"
    asked = ask_everything(editor, uri, 0, 1)
    assert len(answers(editor, asked)) == len(asked)
    assert editor.process.poll() is None


def test_half_a_surrogate_pair_is_taken_for_the_character_that_stands_for_any(editor: Editor) -> None:
    uri = editor.open(fresh(), 'model m "x" { }\n')
    editor.change(uri, "\ud83d", (0, 9))
    assert editor.mistakes(uri) == []
    assert "\ufffd" in editor.at("textDocument/hover", uri, 0, 6)["contents"]["value"]


def test_a_file_of_a_megabyte_is_answered(editor: Editor) -> None:
    note = "x" * 440
    rules = "".join(
        f'  rule r{at} {{ on e where p = "{at}"  add 1  note 2026-03-02 "{note}" }}\n' for at in range(2_000)
    )
    text = f"model m {{ }}\nevent e {{ p: text }}\nscore s {{\n{rules}}}\n"
    assert len(text) > 1_000_000
    with Editor(ROOT) as editor:
        uri = editor.open(fresh(), text)
        editor.change(uri, " where", (1_500, 5))
        for name in ("completion", "hover", "definition"):
            editor.at(f"textDocument/{name}", uri, 1_501, 14)
        assert editor.of("textDocument/documentSymbol", uri)
        assert editor.process.poll() is None


# --- messages -------------------------------------------------------------------------------------------------------


def test_a_question_about_a_file_that_is_not_open_has_no_answer(editor: Editor) -> None:
    uri = "file:///nowhere/at/all.score"
    for name in PLACED:
        assert editor.at(f"textDocument/{name}", uri, 0, 0) is None
    for name in FILED:
        assert editor.of(f"textDocument/{name}", uri) is None
    assert editor.at("textDocument/rename", uri, 0, 0, newName="x") is None
    editor.tell("textDocument/didClose", textDocument={"uri": uri})
    editor.versions[uri] = 1
    editor.change(uri, "x", (0, 0))
    assert editor.at("textDocument/hover", uri, 0, 0) is None


def test_a_place_beyond_the_end_is_the_end(editor: Editor) -> None:
    uri = editor.open(fresh(), "model m { }\n")
    editor.findings(uri)
    assert editor.at("textDocument/hover", uri, 999, 999) is None
    editor.change(uri, "event e { }", (50, 7), (60, 0))
    assert editor.mistakes(uri) == []
    assert editor.at("textDocument/hover", uri, 1, 6)["contents"]["value"].startswith("```score\nevent e")


def test_a_question_that_is_taken_back_is_answered_so(editor: Editor) -> None:
    uri = editor.open(fresh(), STORY.replace('import "lists.score"', ""))
    editor.change(uri, "# ", (0, 0))
    number = editor.begin(
        "textDocument/references", textDocument={"uri": uri}, position={"line": 33, "character": 8},
        context={"includeDeclaration": True},
    )  # fmt: skip
    editor.tell("$/cancelRequest", id=number)
    with pytest.raises(Refused) as refused:
        editor.wait(number)
    assert refused.value.code == -32800
    assert editor.at("textDocument/hover", uri, 0, 0) is None


def test_what_makes_no_sense_is_refused_and_passed_over(editor: Editor) -> None:
    with pytest.raises(Refused) as refused:
        editor.ask("textDocument/hover", textDocument="?")
    assert refused.value.code in (-32602, -32603)
    with pytest.raises(Refused) as refused:
        editor.ask("textDocument/nonsense")
    assert refused.value.code == -32601
    editor.tell("nonsense/notification", x=1)
    editor.tell("$/cancelRequest", id=123456)
    editor.send_bytes(b"Content-Length: 9\r\n\r\n{not json")
    assert editor.ask("workspace/symbol", query="") is not None


def test_two_models_that_import_each_other_are_answered(at_home: Editor, tmp_path: Path) -> None:
    for name, other in (("a", "b"), ("b", "a")):
        (tmp_path / f"{name}.score").write_text(f'import "{other}.score"\nmodel {name} {{ }}\n')
    uri = at_home.open(tmp_path / "a.score")
    at_home.until(uri, 1)
    assert at_home.at("textDocument/hover", uri, 1, 6) is not None


# --- leaving --------------------------------------------------------------------------------------------------------


def test_who_says_goodbye_leaves_a_server_that_ends_well() -> None:
    with Editor(ROOT) as editor:
        editor.findings(editor.open(fresh(), "model m { }\n"))
        assert editor.leave() == 0
        editor._drain.join(PATIENCE)
        assert editor.errors == b""


def test_who_leaves_without_a_word_leaves_one_that_says_so() -> None:
    with Editor(ROOT) as editor:
        editor.tell("exit")
        assert editor.process.wait(PATIENCE) == 1
    with Editor(ROOT) as editor:
        assert editor.process.stdin is not None
        editor.process.stdin.close()
        assert editor.process.wait(PATIENCE) == 1


def test_after_goodbye_every_question_is_refused() -> None:
    with Editor(ROOT) as editor:
        editor.ask("shutdown")
        with pytest.raises(Refused) as refused:
            editor.ask("workspace/symbol", query="")
        assert refused.value.code == -32600
        editor.tell("exit")
        assert editor.process.wait(PATIENCE) == 0


def test_without_its_package_the_server_says_which_extra_to_install() -> None:
    program = (
        "import sys, importlib.util as u; f = u.find_spec\n"
        "u.find_spec = lambda name, *more: None if name == 'pygls' else f(name, *more)\n"
        "from cli.main import main; sys.exit(main(['lsp']))"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "pip install 'leadscore[lsp]'" in done.stderr


def test_the_help_of_the_command_line_loads_nothing_of_the_server() -> None:
    program = "import sys\nfrom cli.main import main\nmain(['--help'])\nprint('pygls' in sys.modules, file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "False"


def test_what_goes_wrong_is_written_where_it_is_asked_for(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "cli", "lsp", "--log", str(tmp_path / "nowhere" / "log")]
    done = subprocess.run(command, cwd=ROOT, input=b"", capture_output=True, check=False)
    assert done.returncode == 2
    command[-1] = str(tmp_path / "log")
    done = subprocess.run(command, cwd=ROOT, input=b"", capture_output=True, check=False)
    assert done.returncode == 1
    assert done.stderr == b""
    assert (tmp_path / "log").exists()


@pytest.mark.parametrize("place", [(-1, 0), (0, -1), (2**31, 0), (0, 10**12)])
def test_a_place_that_can_not_be_is_refused_in_a_line_of_the_log(place: tuple[int, int]) -> None:
    with Editor(ROOT) as editor:
        uri = editor.open(fresh(), 'model m "x" { }\n')
        editor.findings(uri)
        with pytest.raises(Refused) as refused:
            editor.at("textDocument/hover", uri, *place)
        assert refused.value.code == -32602
        assert editor.at("textDocument/hover", uri, 0, 6), "and the server goes on"
        assert editor.process.stdin is not None
        editor.process.stdin.close()
        editor.process.wait(30)
        editor._drain.join(30)
        (line,) = editor.errors.decode().splitlines()
    assert "a message that makes no sense is passed over: Position." in line
