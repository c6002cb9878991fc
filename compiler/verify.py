"""Checks, between the passes, of what every program must keep: it names the pass that broke something.

Names are declared, terms have the operands that their operators take, indexes point at entries, rows look at one field,
and once families are expanded no variable is left. What fails here is a mistake in the compiler, never of the user.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from compiler.passes.index import ROWS, fields
from compiler.program import Program, Scored
from compiler.terms import SHAPES
from runtime.table import Event, Limit, Match, OnRule, Term, Trigger

VALUES = frozenset({"lit", "prop", "attr", "tally", "score", "ascore", "time", "+", "-", "*", "min", "max", "round",
                    "fold", "var", "template"})  # fmt: skip
LISTS = frozenset({"list", "set"})
FORMAL = frozenset({"var", "template"})


class BrokenProgram(Exception):
    """A pass left a program that does not hold together; the text names the pass and what is wrong."""


def verify(program: Program, after: str) -> None:
    """Raise BrokenProgram if anything is wrong with the program that the pass `after` gave."""
    try:
        _Verifier(program).program()
    except BrokenProgram as error:
        raise BrokenProgram(f"the pass `{after}` broke the program: {error}") from None


class _Verifier:
    def __init__(self, given: Program) -> None:
        self.given = given
        self.formal = any(each.family is not None for each in given.scores)
        self.keys = {key for each in given.scores for key in _keys(each)}
        self.names: Mapping[str, Any] = {
            "attr": given.attributes,
            "tally": given.tallies,
            "score": self.keys,
            "quiet": self.keys,
            "ascore": given.account.scores if given.account else {},
            "stage": {*given.stages.path, *given.stages.beside},
            "stagefor": {*given.stages.path, *given.stages.beside},
        }
        self.properties: Mapping[str, Any] = {}

    def program(self) -> None:
        """Every part of the program."""
        for test in self.given.tests:
            self.properties = {name: None for event in self.given.events.values() for name in event.properties}
            self.condition(test)
        for each in self.given.scores:
            for rule in each.body.on:
                self.on_rule(each, rule)
            for when in each.body.when:
                self.properties = {}
                for branch in when.branches:
                    self.condition(branch.when)
                    self.amount(branch.points, branch.value)
                _holds(when.group is None or when.group in each.body.groups, "a group is there", when.group)
            if each.body.value is not None:
                self.value(each.body.value)
        for tally in self.given.tallies.values():
            self.match(tally.match)
        for trigger in self.given.triggers:
            self.trigger(trigger)
        self.audience()

    def audience(self) -> None:
        """Accounts, segments and outcomes."""
        self.properties = {}
        account = self.given.account
        if account is not None:
            for score in account.scores.values():
                _holds(score.of is None or score.of in self.keys, "a score is there", score.of)
                if score.where is not None:
                    self.condition(score.where)
            for trigger in account.triggers:
                self.trigger(trigger)
        for segment in self.given.segments.values():
            _holds(segment.by is None or segment.by in self.keys, "a score is there", segment.by)
            if segment.where is not None:
                self.condition(segment.where)
        for outcome in self.given.outcomes.values():
            for ending in (*outcome.won, *outcome.lost):
                self.match(Match(ending.on, ending.where))
                if ending.worth is not None:
                    self.value(ending.worth)

    def on_rule(self, score: Scored, rule: OnRule) -> None:
        event = self.match(rule.match)
        self.amount(rule.points, rule.value)
        if rule.when is not None:
            self.condition(rule.when)
        for limit in rule.limits:
            self.limit(limit, event)
        _holds(rule.group is None or rule.group in score.body.groups, "a group is there", rule.group)

    def limit(self, limit: Limit, event: Event | None) -> None:
        _holds((limit.times is None) != (limit.points is None), "a limit is in times or in points", limit)
        if limit.each is not None and event is not None:
            _holds(limit.each in event.properties, "a property is there", limit.each)

    def amount(self, points: int | None, value: Term | None) -> None:
        _holds((points is None) != (value is None), "points are known or calculated", (points, value))
        if value is not None:
            self.value(value)

    def trigger(self, trigger: Trigger) -> None:
        self.properties = {}
        if trigger.match is not None:
            self.match(trigger.match)
            _holds(trigger.match.rows is None, "a trigger has no rows", trigger.name)
        if trigger.when is not None:
            self.condition(trigger.when)
        for limit in trigger.limits:
            self.limit(limit, None)
        for act in trigger.do:
            if act[0] == "set":
                _holds(act[1] in self.given.attributes, "an attribute is there", act[1])
                self.value(act[2])
            elif act[0] in ("add", "reset"):
                _holds(act[1] in self.keys, "a score is there", act[1])
            elif act[0] == "move":
                _holds(act[1] in self.names["stage"], "a stage is there", act[1])

    def match(self, match: Match) -> Event:
        """Check a match; its event's properties are seen from then on."""
        event = self.given.events.get(match.on)
        _holds(event is not None, "an event is there", match.on)
        assert event is not None
        self.properties = event.properties
        _holds(match.where is None or match.rows is None, "a match has a condition or rows", match.on)
        for row in match.rows or ():
            for term in row:
                _holds(len(fields(term)) == 1, "a condition in a row looks at one field", term)
                self.condition(term)
        _holds(match.rows is None or 1 <= len(match.rows) <= ROWS, "rows are few", match.rows)
        for condition in (match.where, match.rest):
            if condition is not None:
                self.condition(condition)
        return event

    # --- terms ------------------------------------------------------------------------------------------------------

    def condition(self, term: Term) -> None:
        _holds(type(term) is tuple and term[0] not in VALUES | LISTS, "a condition stands where one must", term)
        self.term(term)

    def value(self, term: Term) -> None:
        _holds(type(term) is tuple and term[0] in VALUES, "a value stands where one must", term)
        self.term(term)

    def listing(self, term: Term) -> None:
        inner = term[1] if term[0] == "fold" and self.formal else term
        _holds(inner[0] in LISTS, "a list stands where one must", term)
        self.term(inner)

    def term(self, term: Term) -> None:
        """Check a term whose sort fits where it stands, and all that is in it."""
        shape = SHAPES.get(term[0])
        _holds(shape is not None, "an operator is known", term[0])
        _holds(self.formal or term[0] not in FORMAL, "no variable is left", term)
        operands = term[1:]
        letters = _letters(shape or "", len(operands))
        _holds(letters is not None, "an operator has its operands", term)
        checks: Mapping[str, Callable[[Any], None]] = {
            "v": self.operand,
            "c": self.condition,
            "l": self.listing,
            "t": self.text,
        }
        for letter, operand in zip(letters or "", operands, strict=True):
            if letter in checks:
                checks[letter](operand)
        self.leaf(term)

    def operand(self, term: Term) -> None:
        if term[0] == "list" and self.formal:
            self.term(term)
        else:
            self.value(term)

    def text(self, term: Term) -> None:
        if term[0] in LISTS:
            self.listing(term)
        else:
            self.value(term)

    def leaf(self, term: Term) -> None:
        """The names, indexes and numbers of a term."""
        match term:
            case ("prop", name):
                _holds(name in self.properties, "a property is there", name)
            case ("stage", operator, name):
                _holds(operator in ("=", "!=", "<", "<=", ">", ">="), "a stage is compared", operator)
                _holds(name in self.names["stage"], "a stage is there", name)
            case ("attr" | "tally" | "score" | "quiet" | "ascore" | "stagefor" as kind, name, *_):
                _holds(name in self.names[kind], f"a name of {kind} is there", name)
            case ("set", at):
                _holds(type(at) is int and 0 <= at < len(self.given.sets), "a set is there", at)
            case ("test", at):
                _holds(type(at) is int and 0 <= at < len(self.given.tests), "a test is there", at)
            case ("lit", literal):
                _holds(isinstance(literal, str | bool | int | Decimal), "a literal is plain", literal)
                whole = isinstance(literal, Decimal) and literal == literal.to_integral_value()
                _holds(not whole, "a whole number is an int", literal)


def _letters(shape: str, count: int) -> str | None:
    """The letters of so many operands; None if the operator takes another number of them."""
    if shape.endswith(("+", "*")):
        least = 1 if shape.endswith("+") else 0
        return shape[0] * count if count >= least else None
    return shape if len(shape) == count else None


def _keys(score: Scored) -> list[str]:
    if score.family is None:
        return [score.name]
    return [f"{score.name}[{value}]" for value in score.family.values]


def _holds(truth: bool, promise: str, what: object) -> None:
    if not truth:
        raise BrokenProgram(f"{promise}, but not for {what!r}")
