"""What a term is worth for given values: the language's own meaning of conditions, written a second time and plainly.

The prover checks each example with it before it says that something can be; whoever asks may have the runtime confirm
it once more.
"""

from __future__ import annotations

import operator
import unicodedata
from collections.abc import Callable, Mapping
from typing import Any

from compiler.exact import Exact, combine, milli, points
from compiler.program import Program
from compiler.prove.answer import Var
from compiler.terms import folded_text
from runtime.table import Term

_ORDER: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip
TEXT_TESTS = frozenset({"starts", "ends", "contains", "word", "glob"})


def touches(character: str) -> bool:
    """Whether a character beside a word makes it part of a longer one: letters, marks, decimal digits."""
    category = unicodedata.category(character)
    return category[0] in "LM" or category == "Nd"


def fits(op: str, text: str, wanted: str) -> bool:
    """Whether a text passes a text test with one literal."""
    match op:
        case "starts":
            return text.startswith(wanted)
        case "ends":
            return text.endswith(wanted)
        case "contains":
            return wanted in text
        case "glob":
            return _glob(text, wanted)
    starts = (at for at in range(len(text) - len(wanted) + 1) if text.startswith(wanted, at))
    return any(
        not (at and touches(text[at - 1])) and not touches((text[at + len(wanted) :] or " ")[0]) for at in starts
    )


def _glob(text: str, pattern: str) -> bool:
    """By the set of places in the pattern that the text read so far may have come to."""
    here = {0}
    for character in (*text, None):
        for at in sorted(here):
            while at < len(pattern) and pattern[at] == "*":
                at += 1
                here.add(at)
        if character is None:
            return len(pattern) in here
        stay = {at for at in here if at < len(pattern) and pattern[at] == "*"}
        here = stay | {
            at + 1 for at in here if at < len(pattern) and pattern[at] in ("?", character) and at not in stay
        }
    return False


class Meaning:
    """The meaning of the terms of one program."""

    def __init__(self, program: Program) -> None:
        self.sets = program.sets
        self.tests = program.tests
        self.place = {name: at for at, name in enumerate(program.stages.path)}
        self.computed = {each.name: each.body.value for each in program.scores if each.body.value is not None}

    @staticmethod
    def milli(value: Exact) -> int:
        """A number of points in thousandths, rounded half-even."""
        return milli(value)

    def entries(self, term: Term) -> tuple[Any, ...]:
        """The literals of a list."""
        return self.sets[term[1]] if term[0] == "set" else term[1:]

    def value(self, term: Term, given: Mapping[Var, Any]) -> Any:
        """The value, None if it is missing; a variable that is not given is missing."""
        match term:
            case ("lit", known):
                return known
            case ("score", key) if key in self.computed:
                worth = self.value(self.computed[key], given)
                return points(milli(worth))
            case ("+" | "-" | "*" as sign, left, right):
                one, two = self.value(left, given), self.value(right, given)
                return None if one is None or two is None else combine(sign, one, two)
            case ("min" | "max" as which, *items):
                found = [self.value(item, given) for item in items]
                return None if None in found else (min if which == "min" else max)(found)
            case ("round", inner):
                worth = self.value(inner, given)
                return None if worth is None else points(milli(worth))
            case ("fold", inner):
                worth = self.value(inner, given)
                if isinstance(worth, tuple):
                    return tuple(folded_text(each) for each in worth)
                return None if worth is None else folded_text(worth)
            case ("list" | "set", *_):
                return self.entries(term)
        return given.get(term)

    def holds(self, term: Term, given: Mapping[Var, Any]) -> bool:
        """Whether a condition is true."""
        match term:
            case ("and", *items):
                return all(self.holds(item, given) for item in items)
            case ("or", *items):
                return any(self.holds(item, given) for item in items)
            case ("not", inner):
                return not self.holds(inner, given)
            case ("true",) | ("false",):
                return term[0] == "true"  # type: ignore[no-any-return]
            case ("test", at):
                return self.holds(self.tests[at], given)
            case ("is", inner):
                return self.value(inner, given) is True
            case ("present" | "missing", inner):
                return (self.value(inner, given) is None) is (term[0] == "missing")
            case ("last" | "next" | "ago" as which, inner, duration):
                return self._window(which, self.value(inner, given), duration, given[("time",)])
            case ("stage" | "stagefor" | "tag" | "idle" | "quiet", *_):
                return self._state(term, given)
        return self._compares(term, given)

    def _compares(self, term: Term, given: Mapping[Var, Any]) -> bool:
        op, left, right = term
        one, two = self.value(left, given), self.value(right, given)
        if one is None or two is None:
            return False
        if op in _ORDER:
            return _ORDER[op](one, two)
        if op in ("in", "nin"):
            return (one in two) is (op == "in")
        wanted = two if isinstance(two, tuple) else (two,)
        if op == "any":
            return any(each in one for each in wanted)
        return any(fits(op, one, each) for each in wanted)

    @staticmethod
    def _window(which: str, value: int | None, duration: int, now: int) -> bool:
        if value is None:
            return False
        if which == "ago":
            return now >= value + duration
        return value <= now < value + duration if which == "last" else value - duration <= now < value

    def _state(self, term: Term, given: Mapping[Var, Any]) -> bool:
        match term:
            case ("stage", "=" | "!=" as op, name):
                return _ORDER[op](given[("stage",)], name)
            case ("stage", op, name):
                stage, place = given[("stage",)], self.place
                return stage in place and name in place and _ORDER[op](place[stage], place[name])
            case ("stagefor", name, duration):
                return bool(given[("stage",)] == name and given[("since",)] >= duration)
            case ("tag", _):
                return bool(given[term])
            case ("idle", duration):
                idle = given[("idle",)]
                return idle is not None and bool(idle >= duration)
        return bool(given[("quiet", term[1])] >= term[2])
