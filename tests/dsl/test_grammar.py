"""The grammar, its table and its words: they must say the same, and be ambiguous only where the grammar says so."""

from __future__ import annotations

import logging
import re

import pytest

from dsl.build import TreeBuilder
from dsl.machine import Machine, Stuck, Table
from dsl.parse import GRAMMAR, STARTS, TABLE, make_table
from dsl.source import Source
from dsl.tokens import lex
from dsl.words import KEYWORDS, MARKS, TOP_LEVEL


@pytest.fixture(scope="module")
def table() -> Table:
    return make_table()


def _words_of_the_grammar() -> set[str]:
    text = re.sub(r"//.*", "", GRAMMAR.read_text(encoding="utf-8"))
    return set(re.findall(r'"([a-z]+)"', text))


def test_the_table_that_is_kept_is_that_of_the_grammar(table: Table) -> None:
    assert TABLE.read_text(encoding="utf-8") == table.to_json(), "make it anew: python -m dsl.parse"


def test_a_table_can_be_kept_as_json(table: Table) -> None:
    assert Table.from_json(table.to_json()) == table


def test_the_words_of_the_grammar_are_the_keywords() -> None:
    assert _words_of_the_grammar() == set(KEYWORDS)


def test_the_marks_of_the_grammar_are_the_marks() -> None:
    text = GRAMMAR.read_text(encoding="utf-8")
    assert dict(re.findall(r'^([A-Z]+): "(.+)"$', text, re.MULTILINE)) == {kind: mark for mark, kind in MARKS.items()}


def test_each_declaration_begins_with_a_word_of_its_own(table: Table) -> None:
    words = {kind for kind in table.rows[table.starts["item"]] if kind.isupper()}
    assert words == {word.upper() for word in TOP_LEVEL}


def test_every_rule_of_the_grammar_has_a_method(table: Table) -> None:
    assert Machine(table, TreeBuilder()).expected([], "file") >= {"EVENT", "SCORE"}


def test_the_grammar_is_ambiguous_only_between_a_name_and_a_construct(caplog: pytest.LogCaptureFixture) -> None:
    from lark import Lark, logger
    from lark.lexer import Lexer

    class Nothing(Lexer):
        def __init__(self, conf: object) -> None: ...
        def lex(self, state: object, parser: object) -> object: ...

    caplog.set_level(logging.DEBUG, logger.name)
    logger.setLevel(logging.DEBUG)
    Lark(GRAMMAR.read_text(encoding="utf-8"), parser="lalr", lexer=Nothing, start=list(STARTS), debug=True)
    logger.setLevel(logging.CRITICAL)
    lost = {line.strip(" *<>").split(" : ")[0] for line in caplog.messages if line.startswith(" * ")}
    assert lost == {"ref", "one_of", "reachable"}


def test_the_machine_tells_what_may_follow() -> None:
    tokens = lex(Source("a", "event e passive")).tokens
    machine = Machine(make_table(), TreeBuilder())
    assert machine.expected(tokens, "item") == {"AS", "PASSIVE", "LBRACE"}
    with pytest.raises(Stuck) as stuck:
        machine.run(tokens, "item")
    assert stuck.value.index == 3
