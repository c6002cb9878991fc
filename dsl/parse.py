"""Parsing a rule file into its tree.

The whole file is run through the parse table at once. Only where that gets stuck is the file cut into its
declarations, and each parsed apart (`dsl.recover`), so that one run reports every broken one and keeps the others.

The table is made by lark from `grammar.lark`, which takes most of a second; so it is kept beside the grammar, in
`grammar.json`, with the digest of the text that it was made from. A table that does not fit the grammar is made anew
in memory; ``python -m dsl.parse`` writes it. This is the one module that knows lark, and only for that.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from dsl import errors
from dsl.build import TreeBuilder
from dsl.cells import with_cells
from dsl.collector import without_collector
from dsl.depth import MAX_DEPTH, depth_of, may_be_deep
from dsl.diagnostics import Diagnostic, in_order
from dsl.machine import Machine, Row, Rule, Stuck, Table
from dsl.recover import recover
from dsl.source import Source
from dsl.syntax import File, Item, Span
from dsl.tokens import MAX_PROBLEMS, Lexed, lex
from dsl.words import END

GRAMMAR = Path(__file__).with_name("grammar.lark")
TABLE = Path(__file__).with_name("grammar.json")
STARTS = ("file", "item", "score_member", "group_member", "account_member")


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a file says, its comments in order (each with its ``#``), and what is wrong with it, in source order."""

    file: File
    comments: tuple[tuple[Span, str], ...]
    diagnostics: tuple[Diagnostic, ...]


@without_collector()
def parse(source: Source) -> Parsed:
    """The tree of `source`. Never raises: every broken declaration is reported once, the others are in the tree."""
    return parse_tokens(lex(source))


def parse_tokens(lexed: Lexed) -> Parsed:
    """The tree of a file that has been cut into tokens; to be called once for them."""
    source = lexed.source
    problems = [*source.problems, *(each for each in lexed.problems if not _is_told(source, each))]
    items = () if lexed.stopped else _items(lexed, problems)
    unread = {len(source.text[: each.span.start].rstrip()) for each in lexed.problems}
    problems += [each for each in lexed.noted if each.span.end not in unread]
    if may_be_deep(lexed.tokens):
        deep = [item for item in items if depth_of(item) > MAX_DEPTH]
        problems += [errors.too_deep(item.span, MAX_DEPTH) for item in deep]
        items = tuple(item for item in items if item not in deep)
    file = File(tuple(map(with_cells, items)), span=Span(source.name, 0, len(source.text)))
    told = in_order(problems)
    if len(told) > MAX_PROBLEMS:
        told = [*told[:MAX_PROBLEMS], errors.too_many(told[MAX_PROBLEMS].span)]
    return Parsed(file, tuple(lexed.comments), tuple(told))


def _is_told(source: Source, problem: Diagnostic) -> bool:
    """Whether characters mean nothing because the file is no text, which is told of the file."""
    hidden = problem.code == "E105" and bool(source.problems)
    return hidden and any(each in source.read(problem.span) for each in ("\ufffd", "\0"))


def _items(lexed: Lexed, problems: list[Diagnostic]) -> tuple[Item, ...]:
    try:
        file: File = machine().run(lexed.tokens, "file")
    except Stuck as stuck:
        lexed.noted.clear()
        items, found = recover(lexed, machine(), stuck.index)
        problems += found
        return items
    return file.items


@cache
def machine() -> Machine:
    """The machine that makes trees, made once."""
    return Machine(table(), TreeBuilder())


@cache
def table() -> Table:
    """The parse table of the grammar, read or made once."""
    digest = _digest()
    kept = Table.from_json(TABLE.read_text(encoding="utf-8")) if TABLE.exists() else None
    return kept if kept is not None and kept.grammar == digest else make_table()


def _digest() -> str:
    return hashlib.sha256(GRAMMAR.read_bytes()).hexdigest()


def make_table() -> Table:
    """The table that lark makes of the grammar, its states and rules numbered in an order of their own, so that the
    same grammar gives the same table."""
    from lark import Lark
    from lark.lexer import Lexer
    from lark.parsers.lalr_analysis import Shift

    class NoLexer(Lexer):
        """The tokens are made in `dsl.tokens`."""

        def __init__(self, lexer_conf: Any) -> None:
            pass

        def lex(self, lexer_state: Any, parser_state: Any) -> Iterator[Any]:
            return iter(())

    grammar = Lark(
        GRAMMAR.read_text(encoding="utf-8"), parser="lalr", lexer=NoLexer, start=list(STARTS),
        keep_all_tokens=True, maybe_placeholders=False,
    )  # fmt: skip
    made = grammar.parse_interactive(None, "file").parser_state.parse_conf.parse_table
    return _renumbered(made.states, made.start_states, made.end_states, Shift)


def _renumbered(states: Any, starts: dict[str, Any], ends: dict[str, Any], shift: object) -> Table:
    """The table by states numbered as they are met from the starts, symbols in order."""
    order = [starts[name] for name in STARTS]
    number = {state: i for i, state in enumerate(order)}
    found = {rule for row in states.values() for action, rule in row.values() if action is not shift}
    rules = sorted(found, key=lambda rule: (rule.origin.name, [symbol.name for symbol in rule.expansion]))
    rule_number = {rule: i for i, rule in enumerate(rules)}
    rows: list[Row] = []
    for state in order:
        row: Row = {}
        for symbol, (action, argument) in sorted(states[state].items()):
            if action is not shift:
                row[symbol] = ~rule_number[argument]
                continue
            if argument not in number:
                number[argument] = len(order)
                order.append(argument)
            row[symbol] = number[argument]
        if state in ends.values():
            row[END] = number[state]
        rows.append(row)
    return Table(_digest(), {name: number[starts[name]] for name in STARTS}, tuple(map(_rule, rules)), tuple(rows))


def _rule(rule: Any) -> Rule:
    origin = rule.origin.name
    pours = tuple(i for i, symbol in enumerate(rule.expansion) if symbol.name.startswith("_"))
    method = "" if origin.startswith("_") else rule.alias or origin
    return Rule(origin, len(rule.expansion), method, bool(rule.options.expand1 and not rule.alias), pours)


if __name__ == "__main__":
    TABLE.write_text(make_table().to_json(), encoding="utf-8")
