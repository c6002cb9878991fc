"""After an edit names are where a whole look finds them, wherever the edit lets the look before be brought up to it."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
from lsprotocol import types as lsp

from cli.lsp.analysis import Analysis, Parses, Snapshot, analyse
from cli.lsp.buffers import Buffer, real_path
from cli.lsp.catch_up import caught_up
from cli.lsp.desk import Desk
from cli.lsp.navigation import references
from cli.lsp.protocol import Refusal
from cli.lsp.rename import rename
from cli.lsp.text import Text, difference
from compiler.symbols import Site
from tests import models
from tests.conftest import ROOT
from tests.editor import spot
from tests.keystrokes import edited
from tests.lsp_edits import applied

STORY = (ROOT / "examples" / "saas_trial" / "model.score").read_text(encoding="utf-8")
WHOLE = (ROOT / "tests" / "dsl" / "whole.score").read_text(encoding="utf-8")
TEXTS = [STORY, WHOLE, *(models.make(seed).model for seed in range(6))]
URI = "untitled:one"


def opened(text: str) -> tuple[Desk, Buffer]:
    desk = Desk()
    buffer = desk.buffers.open(URI, 1, text)
    desk.take(real_path(URI), look(desk))
    return desk, buffer


def look(desk: Desk) -> Analysis:
    return analyse(real_path(URI), Snapshot.of(list(desk.buffers)), Parses())


def typed(buffer: Buffer, text: str) -> None:
    whole = Text(text)
    buffer.change(whole, difference(buffer.text, whole))


def told(site: Site) -> tuple[object, ...]:
    scope = site.scope
    seen = None if scope is None else (scope.place, scope.variable, scope.event and scope.event.node.name, scope.scores)
    return site.span, site.symbol, site.defines, site.quoted, seen


def names(analysis: Analysis) -> list[tuple[object, ...]]:
    return sorted(map(told, analysis.symbols.sites), key=repr)


def steps(seed: int, count: int) -> Iterator[tuple[Desk, Buffer, Desk | None, Analysis]]:
    """A desk and its buffer after each of some edits; the desk that is brought up to it, and a whole look. Edits go on
    from one another; what breaks the file is taken back."""
    draw = random.Random(seed)
    desk, buffer = opened(TEXTS[seed % len(TEXTS)])
    known = buffer.text.text
    for at in range(count):
        typed(buffer, edited(draw, known))
        now, fresh = desk.caught_up(buffer), look(desk)
        yield desk, buffer, now, fresh
        if fresh.broken:
            typed(buffer, known)
            continue
        known = buffer.text.text
        if now is None or at % 3 == 0:
            desk.take(real_path(URI), fresh)


@pytest.mark.parametrize("seeds", range(8))
def test_after_any_edit_names_are_where_a_whole_look_finds_them(seeds: int) -> None:
    done = 0
    for seed in range(seeds, 24, 8):
        for _, _, caught, fresh in steps(seed, 30):
            if caught is None:
                continue
            (now,) = caught.looks.values()
            assert names(now) == names(fresh)
            assert now.symbols.nodes.keys() == fresh.symbols.nodes.keys()
            assert (now.whole, now.broken) == (fresh.whole, fresh.broken)
            assert now.compilation.files[URI].text == fresh.compilation.files[URI].text
            done += 1
    assert done


def renamed(desk: Desk, buffer: Buffer, place: lsp.Position) -> object:
    """The edits that give what stands at a place another name, or why that is refused."""
    params = lsp.RenameParams(lsp.TextDocumentIdentifier(URI), place, "quite_new")
    try:
        changes = rename(desk, buffer, params).changes or {}
    except Refusal as why:
        return str(why)
    return {uri: sorted(map(repr, edits)) for uri, edits in changes.items()}


@pytest.mark.parametrize("seed", range(8))
def test_right_after_an_edit_a_name_changes_as_it_does_after_a_whole_look(seed: int) -> None:
    draw = random.Random(seed)
    asked = 0
    for desk, buffer, now, fresh in steps(100 + seed, 20):
        if now is None or fresh.broken:
            continue
        whole = Desk()
        whole.buffers = desk.buffers
        whole.take(real_path(URI), fresh)
        for site in draw.sample(fresh.symbols.sites, 10):
            place = lsp.Position(*buffer.text.place(site.span.start))
            params = lsp.ReferenceParams(lsp.ReferenceContext(True), lsp.TextDocumentIdentifier(URI), place)
            found, wanted = (sorted(map(repr, references(each, buffer, params))) for each in (now, whole))
            assert found == wanted
            assert renamed(now, buffer, place) == renamed(whole, buffer, place)
            asked += 1
    assert asked


def test_what_was_typed_and_taken_back_needs_no_look() -> None:
    desk, buffer = opened(STORY)
    typed(buffer, STORY + "x")
    typed(buffer, STORY)
    now = desk.caught_up(buffer)
    assert now is not None
    assert names(next(iter(now.looks.values()))) == names(look(desk))


EVENTS = "model m { }\nevent visit { path: text }\nevent leave { }\n"
SCORE = 'score s {\n  rule a { on visit where path = "/a"  add 1 }\n  rule b { on visit  add 2 }\n}\n'


@pytest.mark.parametrize(
    ("mark", "new"),
    [
        ('path = "/a"', 'path != "/a"'),
        ("rule b { on visit  add 2 }", "rule b { on leave  add 2 }"),
        ("  rule b", "  rule c { on visit  add 3 }\n  rule b"),
        ("  rule b { on visit  add 2 }\n", ""),
        ('where path = "/a"  ', ""),
        ("path: text", "path: text required"),
        ("event leave { }", "event leave { } # x"),
        ("}\n}\n", "}\n}\n# x"),
        ("\nscore", '\ntrigger t { on visit  emit "x" }\nscore'),
    ],
)
def test_what_is_typed_into_a_declaration_needs_no_look_unless_it_declares_more(mark: str, new: str) -> None:
    desk, buffer = opened(EVENTS + SCORE)
    typed(buffer, (EVENTS + SCORE).replace(mark, new))
    (before,) = desk.looks.values()
    assert (caught_up(before, desk.buffers) is None) == ("trigger" in new)


@pytest.mark.parametrize(
    ("mark", "new"),
    [
        ("add 2 }", "add 2 } }"),
        ("add 2 }", "add"),
        ("event leave", "event left"),
        ("  rule b", "# rule b"),
        ("event leave { }", "event leave { } #"[:-3]),
        ("event leave { }\n", "event leave { } #"),
        ("score s {", "score s for x in"),
        ("}\n  rule b", "} # \n  rule b {"),
        ('"/a"', '"/a'),
    ],
)
def test_what_is_broken_or_declares_something_else_is_looked_at(mark: str, new: str) -> None:
    desk, buffer = opened(EVENTS + SCORE)
    typed(buffer, (EVENTS + SCORE).replace(mark, new))
    (before,) = desk.looks.values()
    assert caught_up(before, desk.buffers) is None


def test_a_name_changes_in_the_text_that_was_typed_this_moment() -> None:
    """The declaration of the event lies behind the edit, and its node comes from before."""
    text = SCORE + EVENTS
    desk, buffer = opened(text)
    after = text.replace("add 1", "add 1, once for each path")
    typed(buffer, after)
    now = desk.caught_up(buffer)
    assert now is not None
    params = lsp.RenameParams(lsp.TextDocumentIdentifier(URI), lsp.Position(*spot(after, "visit where")), "look")
    edits = [lsp_edit(each) for each in (rename(now, buffer, params).changes or {})[URI]]
    changed = applied(after, edits)
    assert changed == after.replace("on visit", "on look").replace("event visit", 'event look as "visit"')


def lsp_edit(edit: lsp.TextEdit) -> dict[str, object]:
    start, end = edit.range.start, edit.range.end
    return {
        "range": {
            "start": {"line": start.line, "character": start.character},
            "end": {"line": end.line, "character": end.character},
        },
        "newText": edit.new_text,
    }
