"""The machine that runs the parse table: tokens in, a value out, or the place where it got stuck.

A table row maps each terminal that may come next to what is done: a number of a state (the token is taken, "shift")
or the complement of a rule's number (the values of the rule's parts become one, "reduce"); and each nonterminal to
the state after it. A rule's values are made by the method of its name, save that a rule whose name begins with "_"
is a list that is poured into the values of the rule around it, and that one written with "?" passes a single value on.

Words are reserved only where they are wanted: a keyword for which a row has no use is taken as a NAME.

An operand goes through a rule for each rank of operators that is not there, each of which passes it on. Where such a
chain ends follows from the two states on top and the terminal that comes next; so it is walked once and remembered.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from dsl.syntax import NOWHERE
from dsl.tokens import Token
from dsl.words import END, WORD_TYPES

Row: TypeAlias = dict[str, int]
Make: TypeAlias = Callable[[list[Any]], Any]


@dataclass(frozen=True, slots=True)
class Rule:
    """`size` parts become one `origin`, by the builder's method `method` ("" for a list that is poured out); with
    `single`, a single part is passed on as it is; `pours` are the places of the parts that are lists."""

    origin: str
    size: int
    method: str
    single: bool
    pours: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """The rows by state, the rules by number, and for each start symbol its first state.

    `grammar` is the digest of the grammar's text that the table was made from.
    """

    grammar: str
    starts: dict[str, int]
    rules: tuple[Rule, ...]
    rows: tuple[Row, ...]

    def to_json(self) -> str:
        """The table as JSON, a line for each rule and state."""
        rules = ",\n".join(json.dumps([r.origin, r.size, r.method, r.single, r.pours]) for r in self.rules)
        rows = ",\n".join(json.dumps(row, separators=(",", ":"), sort_keys=True) for row in self.rows)
        starts = json.dumps(self.starts, sort_keys=True)
        return f'{{"grammar": "{self.grammar}",\n"starts": {starts},\n"rules": [\n{rules}],\n"rows": [\n{rows}]}}\n'

    @classmethod
    def from_json(cls, text: str) -> Table:
        """The table that `to_json` wrote."""
        read = json.loads(text)
        rules = tuple(Rule(o, size, method, single, tuple(p)) for o, size, method, single, p in read["rules"])
        return cls(read["grammar"], read["starts"], rules, tuple(read["rows"]))


class Stuck(Exception):
    """No sentence of the language begins with the tokens up to and including the one at `index`."""

    def __init__(self, index: int) -> None:
        super().__init__(index)
        self.index = index


class Machine:
    """A table with the methods of `builder` that make its values. Between runs it keeps nothing but the ends of chains
    of rules that pass a value on."""

    def __init__(self, table: Table, builder: object) -> None:
        self._starts, self._rows = table.starts, table.rows
        self._rules = [(r.size, r.origin, _maker(r, builder), r.single and r.size == 1) for r in table.rules]
        self._chains: dict[tuple[int, int, str], tuple[int, int | None]] = {}

    def run(self, tokens: Sequence[Token], start: str) -> Any:
        """The value of `tokens` as a whole `start`. Raises `Stuck`; its index may be that of the end."""
        rows, rules, chains = self._rows, self._rules, self._chains
        states: list[int] = [self._starts[start]]
        values: list[Any] = []
        for index, token in enumerate((*tokens, _END_TOKEN)):
            kind = token.type
            action = rows[states[-1]].get(kind)
            while action is None or action < 0:
                if action is None:
                    kind = instead(kind, token)
                    if not kind:
                        raise Stuck(index)
                    action = rows[states[-1]].get(kind)
                    continue
                size, origin, make, single = rules[~action]
                if single:
                    key = (states[-2], states[-1], kind)
                    if key not in chains:
                        chains[key] = self._passed_on(*key)
                    states[-1], action = chains[key]
                    continue
                if size:
                    values[-size:] = (make(values[-size:]),)
                    del states[-size:]
                else:
                    values.append(make([]))
                state = rows[states[-1]][origin]
                states.append(state)
                action = rows[state].get(kind)
            states.append(action)
            values.append(token)
        return values[-2]

    def _passed_on(self, below: int, state: int, kind: str) -> tuple[int, int | None]:
        """The state in place of `state`, on top of `below`, after all rules that pass its value on where `kind` comes
        next, and what is done there."""
        while (action := self._rows[state].get(kind)) is not None and action < 0 and self._rules[~action][3]:
            state = self._rows[below][self._rules[~action][1]]
        return state, action

    def expected(self, tokens: Sequence[Token], start: str) -> frozenset[str]:
        """The terminals that may follow `tokens` in a `start`; the tokens alone must not get it stuck."""
        states = [self._starts[start]]
        for token in tokens:
            kind = token.type
            while not self._take(states, kind):
                kind = instead(kind, token)
        return frozenset(
            kind for kind in self._rows[states[-1]] if not kind.islower() and self._take(list(states), kind)
        )

    def _take(self, states: list[int], kind: str) -> bool:
        """Moves the stack of states over one terminal; false if it can't come next."""
        while (action := self._rows[states[-1]].get(kind)) is not None:
            if action >= 0:
                states.append(action)
                return True
            size, origin, _, _ = self._rules[~action]
            if size:
                del states[-size:]
            states.append(self._rows[states[-1]][origin])
        return False


def instead(kind: str, token: Token) -> str:
    """What a token is taken for where `kind` was no use: a STEP for its word, a word for a name; at last ""."""
    if kind == "STEP" and token.word != "STEP":
        return token.word
    return "NAME" if kind in WORD_TYPES and kind != "NAME" else ""


def _maker(rule: Rule, builder: object) -> Make:
    """What makes the value of a rule from those of its parts."""
    if rule.single and rule.size == 1:
        return _as_list
    method: Make | None = getattr(builder, rule.method) if rule.method else None
    if not rule.pours:
        return method or _as_list
    if method is None:
        return _pour
    return lambda values: method(_pour(values))


def _as_list(values: list[Any]) -> list[Any]:
    return values


def _pour(values: list[Any]) -> list[Any]:
    """The values with lists among them poured out. The first is reused, so that a long list grows in linear time."""
    first = values[0]
    poured = first if isinstance(first, list) else [first]
    for value in values[1:]:
        if isinstance(value, list):
            poured += value
        else:
            poured.append(value)
    return poured


_END_TOKEN = Token(END, "", NOWHERE, [])
