"""Random edits of real files, one upon the other, with older looks in between: every answer is given."""

from __future__ import annotations

import random
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from lsprotocol import types as lsp

from cli.lsp import actions, colours, completion, folding, hints, outline
from cli.lsp.analysis import Parses, Snapshot, analyse
from cli.lsp.answers import FRESH, QUICK
from cli.lsp.buffers import Buffer, real_path
from cli.lsp.deeper import deepen
from cli.lsp.desk import Desk
from cli.lsp.lexemes import Lexemes
from cli.lsp.protocol import Refusal
from cli.lsp.text import edited
from tests.conftest import ROOT

FILES = (
    ROOT / "tests" / "dsl" / "whole.score",
    ROOT / "examples" / "b2b_products" / "model.score",
    ROOT / "examples" / "saas_trial" / "model.score",
)
WHOLE = lsp.Range(lsp.Position(0, 0), lsp.Position(9_999, 0))
PIECES = (
    "",
    "{",
    "}",
    '"',
    "\n",
    "x",
    " on ",
    "😀",
    "score s {",
    "#",
    "[",
    "line.",
    "event.",
    "stage = ",
    " == ",
    "\r",
)


class Typist:
    """An open file, what is known of it, and somebody who types into it."""

    def __init__(self, path: Path, draw: random.Random) -> None:
        self.draw = draw
        self.text = path.read_text(encoding="utf-8")
        self.desk = Desk()
        self.lexemes = Lexemes()
        self.parses = Parses()
        self.buffer = self.desk.buffers.open(path.as_uri(), 1, self.text)
        self.desk.roots.look(real_path(self.buffer.name))

    def look(self) -> None:
        for root in self.desk.roots_of(self.buffer):
            self.desk.take(root, analyse(root, Snapshot.of([self.buffer]), self.parses))

    def deepen(self) -> None:
        for root, look in list(self.desk.looks.items()):
            self.desk.depths[root] = deepen(look)

    def type(self) -> None:
        before = self.buffer.text
        low = self.draw.randrange(len(before.text) + 1)
        high = min(len(before.text), low + self.draw.randrange(30))
        copied = self.text[low : low + self.draw.randrange(80)]
        new = self.draw.choice([*PIECES, copied])
        self.buffer.change(*edited(before, before.place(low), before.place(high), new))

    def ask(self) -> list[Any]:
        desk, buffer, lexemes = self.desk, self.buffer, self.lexemes
        place = lsp.Position(self.draw.randrange(len(buffer.text.starts)), self.draw.randrange(60))
        given = params(buffer, place, self.draw.choice(["fresh", "at", "path", "country"]))
        found = []
        for reply in (QUICK | FRESH).values():
            try:
                found.append(reply(desk, buffer, given))
            except Refusal as refused:
                found.append(refused)
        items = completion.complete(desk, lexemes, buffer, place, snippets=True)
        found += [
            completion.resolve(desk, lsp.CompletionItem(each["label"], data=each.get("data"))) for each in items[:3]
        ]
        found += [outline.workspace_symbols(desk, "a"), folding.folds(lexemes, buffer.text)]
        found += [colours.colours(desk, lexemes, buffer), hints.hints(desk, buffer, given)]
        return [*found, actions.actions(desk, buffer, given)]


def params(buffer: Buffer, place: lsp.Position, name: str) -> Any:
    """What all questions together ask with."""
    context = SimpleNamespace(include_declaration=True, only=None, diagnostics=[])
    document = lsp.TextDocumentIdentifier(buffer.uri)
    return SimpleNamespace(text_document=document, position=place, new_name=name, range=WHOLE, context=context)


@pytest.mark.parametrize("seed", range(6))
def test_after_any_edits_every_question_has_an_answer(seed: int) -> None:
    draw = random.Random(seed)
    typist = Typist(FILES[seed % len(FILES)], draw)
    typist.look()
    if seed % 2:
        typist.deepen()
    for _ in range(12):
        typist.type()
        if draw.random() < 0.4:
            typist.look()
        assert len(typist.ask()) >= 10
