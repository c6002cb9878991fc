"""What helps to read a file: hover, outline, folds, colours, hints."""

from __future__ import annotations

import time
from typing import Any

import pytest

from cli.lsp.colours import KINDS
from tests.conftest import ROOT
from tests.editor import PATIENCE, Editor, fresh, spot

STORY = ROOT / "examples" / "saas_trial" / "model.score"
TEXT = """# one
# two
import "a.score"
import "b.score"
model m "A model" { note 2026-03-02 "We *agreed* on it." }
lead { country: text }
event visit "as" { path: text }
"""
ALL = {"start": {"line": 0, "character": 0}, "end": {"line": 100_000, "character": 0}}


@pytest.fixture(scope="module")
def uri(editor: Editor) -> str:
    opened = editor.open(STORY)
    assert editor.mistakes(opened) == []
    return opened


@pytest.fixture(scope="module")
def story() -> str:
    return STORY.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("mark", "back", "lines"),
    [
        ("employees between", 0, ["lead { employees: integer 1.. }", "used "]),
        ("watched, best", 0, ["event video_watched { watched: percent required }"]),
        ("home_markets  add", 0, ["set home_markets = [", '8 texts: `"AT"`']),
        ("demo_points *", 0, ["let demo_points = 30", "= 30"]),
        ("readiness >= ready", 0, ["range -50..200; 14 rules; ready at 100", "bands cold \\< 25", "“Ready for a talk"]),
        ("ready and", 0, ["score readiness { ready at 100 }"]),
        (
            "pricing_page",
            0,
            [
                '**+10** on page\\_view where path starts with "/pricing", at most 30 points per 7 days',
                "“Read the pricing page”",
            ],
        ),
        ("company_size", 0, ["**+20** when employees between 50 and 2000", "*2026-01-05* Below 20 people"]),
        ("stage < trial", 8, ["2 of 5 on the path: visitor → **trial** →"]),
        ("recycled\n\ntrigger", 0, ["beside the path"]),
        ("is at least hot", 12, ["`60 <= readiness < 100`"]),
        ('"lead.qualified"', 1, ["by `qualify`, `qualify_again`"]),
        ("saas_trial", 0, ["“Tidewater", "Agreed with sales"]),
        ("sign_ins over", 0, ["tally sign_ins over 14 days { on sign_in }", "used nowhere"]),
    ],
)
def test_a_name_tells_what_it_is(editor: Editor, uri: str, story: str, mark: str, back: int, lines: list[str]) -> None:
    found = editor.at("textDocument/hover", uri, *spot(story, mark, back))
    text = found["contents"]["value"]
    assert found["contents"]["kind"] == "markdown"
    assert [line for line in lines if line not in text] == [], text


def test_text_of_people_can_not_paint_what_is_shown(editor: Editor) -> None:
    uri = editor.open(fresh(), TEXT)
    text = editor.at("textDocument/hover", uri, *spot(TEXT, 'm "A'))["contents"]["value"]
    assert "We \\*agreed\\* on it." in text


def test_the_outline_is_a_tree_of_what_is_declared(editor: Editor, uri: str, story: str) -> None:
    found = editor.of("textDocument/documentSymbol", uri)
    names = {each["name"]: each for each in found}
    assert list(names)[:4] == ["saas_trial", "demo_points", "lead", "page_view"]
    score = names["readiness"]
    assert score["detail"] == "Ready for a talk with sales"
    assert [each["name"] for each in score["children"]][:6] == [
        "cold", "warm", "hot", "ready_for_sales", "who", "pricing_page",
    ]  # fmt: skip
    assert score["children"][4]["children"][0]["name"] == "home_market"
    for each in [*found, *score["children"]]:
        start, end = each["range"]["start"], each["range"]["end"]
        inner = each["selectionRange"]
        assert (start["line"], start["character"]) <= (inner["start"]["line"], inner["start"]["character"])
        assert (inner["end"]["line"], inner["end"]["character"]) <= (end["line"], end["character"])


def test_names_are_found_in_all_models_that_are_open(editor: Editor, uri: str) -> None:
    assert editor.ask("workspace/symbol", query="pricing_page")[0]["name"] == "pricing_page"
    (markets,) = editor.ask("workspace/symbol", query="hmkts")
    assert markets["name"] == "home_markets"
    assert markets["location"]["uri"].endswith("lists.score")
    assert len(editor.ask("workspace/symbol", query="")) > 30
    assert editor.ask("workspace/symbol", query="xyzzy") == []


def test_blocks_comments_and_imports_can_be_folded(editor: Editor) -> None:
    text = TEXT + "score s {\n  rule r {\n    on visit\n    add 1\n  }\n}\nset a = [\n  1,\n]\n{"
    uri = editor.open(fresh(), text)
    found = editor.of("textDocument/foldingRange", uri)
    told = sorted((each["startLine"], each["endLine"], each.get("kind")) for each in found)
    assert told == [(0, 1, "comment"), (2, 3, "imports"), (7, 11, None), (8, 10, None), (13, 14, None)]


# --- colours --------------------------------------------------------------------------------------------------------


def coloured(text: str, data: list[int]) -> list[tuple[str, str, int]]:
    """Each token's characters, kind and modifiers."""
    lines = [line.encode("utf-16-le") for line in text.split("\n")]
    found, line, unit = [], 0, 0
    for at in range(0, len(data), 5):
        down, right, size, kind, modifiers = data[at : at + 5]
        line, unit = line + down, right if down else unit + right
        found.append((lines[line][2 * unit : 2 * (unit + size)].decode("utf-16-le"), KINDS[kind], modifiers))
    return found


def test_each_word_has_the_colour_of_what_it_is(editor: Editor) -> None:
    text = (
        'model m "😀" { }  # 😀 x\n\tevent at { if: text  x: percent }\nlet l = 5\n'
        'score s for v in ["a"] { rule rule { on at where if = "😀{v}" and x > 80%  add l, once } }\n'
        "stages new, old\ntrigger t { when s[a] >= 2 and stage = new  move to old }\n"
    )
    uri = editor.open(fresh(), text)
    assert editor.mistakes(uri) == []
    found = coloured(text, editor.of("textDocument/semanticTokens/full", uri)["data"])
    kinds = {}
    for word, kind, modifiers in found:
        kinds.setdefault(word, []).append((kind, modifiers))
    assert kinds["model"] == [("keyword", 0)]
    assert kinds["m"] == [("namespace", 1)]
    assert kinds['"😀"'] == [("string", 0)]
    assert kinds["# 😀 x"] == [("comment", 0)]
    assert kinds["at"] == [("event", 1), ("event", 0)]
    assert kinds["if"] == [("property", 1), ("property", 0)]
    assert kinds["text"] == [("type", 0)]
    assert kinds["rule"] == [("keyword", 0), ("method", 1)]
    assert kinds["l"] == [("variable", 3), ("variable", 2)]
    assert kinds["new"] == [("enumMember", 1), ("enumMember", 0)]
    assert kinds["80%"] == [("number", 0)]
    assert kinds["t"] == [("function", 1)]
    assert kinds["s"] == [("class", 1), ("class", 0)]
    assert kinds["v"] == [("parameter", 1)]


def test_the_colours_of_a_part_are_those_of_the_whole(editor: Editor, uri: str, story: str) -> None:
    whole = editor.of("textDocument/semanticTokens/full", uri)["data"]
    line = spot(story, "rule pricing_page")[0]
    place = {"start": {"line": line, "character": 0}, "end": {"line": line + 10, "character": 0}}
    part = editor.of("textDocument/semanticTokens/range", uri, range=place)["data"]
    shown = coloured(story, part)
    assert [word for word, _, _ in shown[:2]] == ["rule", "pricing_page"]
    assert "\0".join(map(str, shown)) in "\0".join(map(str, coloured(story, whole)))


def test_of_a_file_that_was_changed_only_the_colours_that_changed_come(editor: Editor, story: str) -> None:
    uri = editor.open(fresh(), story)
    first = editor.of("textDocument/semanticTokens/full", uri)
    same = editor.of("textDocument/semanticTokens/full/delta", uri, previousResultId=first["resultId"])
    assert same["edits"] == []
    editor.change(uri, "  # 😀 new", (3, len(story.split("\n")[3])))
    editor.findings(uri)
    delta = editor.of("textDocument/semanticTokens/full/delta", uri, previousResultId=same["resultId"])
    (edit,) = delta["edits"]
    assert len(edit["data"]) <= 10
    data = list(first["data"])
    data[edit["start"] : edit["start"] + edit["deleteCount"]] = edit["data"]
    assert data == editor.of("textDocument/semanticTokens/full", uri)["data"]
    assert "data" in editor.of("textDocument/semanticTokens/full/delta", uri, previousResultId="nonsense")


# --- hints ----------------------------------------------------------------------------------------------------------


def hints(editor: Editor, uri: str, least: int) -> list[Any]:
    """The hints, once there are so many: they are found out after the findings."""
    end = time.monotonic() + PATIENCE
    while len(found := editor.of("textDocument/inlayHint", uri, range=ALL)) < least and time.monotonic() < end:
        time.sleep(0.1)
    return found


def test_behind_a_score_stands_how_high_it_gets_and_behind_a_rule_what_tests_see(editor: Editor) -> None:
    text = """model m { }
event visit { }
score s { rule once_only { on visit  add 8, at most 12 times }  rule never { on visit  add 0.5, once } }
score open { rule r { on visit  add 1 } }
test "one" { at 2026-03-02  visit { }  expect s = 8.5 }
"""
    uri = editor.open(fresh(), text)
    found = hints(editor, uri, 4)
    told = {(each["position"]["line"], each["position"]["character"]): each for each in found}
    score = told[2, 7]
    assert score["label"] == "at most 96.5"
    assert told[2, 24]["label"] == "tests see 1 of 2"
    assert "never blocks" in told[2, 24]["tooltip"]
    assert told[3, 19]["tooltip"] == "the tests see all of it"
    assert (3, 10) not in told
    hover = editor.at("textDocument/hover", uri, 2, 6)["contents"]["value"]
    assert "s reaches 96.5 at most" in hover


def test_without_tests_nothing_is_said_of_them(editor: Editor) -> None:
    uri = editor.open(fresh(), "model m { }\nevent e { }\nscore s { range 0..5  rule r { on e  add 8 } }\n")
    assert [each["label"] for each in hints(editor, uri, 1)] == ["at most 5"]


def test_the_page_on_editors_says_what_is_shown(editor: Editor) -> None:
    page = (ROOT / "docs" / "editors.md").read_text(encoding="utf-8")
    text = page.partition("```score start.score\n")[2].partition("```")[0]
    uri = editor.open(fresh(), text)
    labels = {each["label"] for each in hints(editor, uri, 4)}
    for label in ("at most 37", "tests see 1 of 3"):
        assert f"`{label}`" in page
        assert label in labels
    assert "**+8**" in editor.at("textDocument/hover", uri, *spot(text, "price "))["contents"]["value"]
