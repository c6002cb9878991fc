"""Conditions and points in plain English, with the names of the model.

A term of the program becomes a clause with a subject of its own ("the path starts with “/pricing”"), so that clauses
may be joined in any way and still be read. What a name stands for is said where it helps: a set by its name and its
size, a number at a band's edge with the band, percents as percents, days as days.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from cli.pages.phrases import is_plural, is_share, joined, literal, plain, quoted
from compiler.program import Program
from runtime import wording
from runtime.table import Field, Score, Term
from runtime.values import points as exact

_FEW = 6
"""So many entries of a list are named, of a longer one only their number."""
_TESTS = {"=": "", "<": "below ", "<=": "at most ", ">": "above ", ">=": "at least "}
_TIMES = {"=": "", "<": "before ", "<=": "no later than ", ">": "after ", ">=": "no earlier than "}
_NEVER_MISSING = frozenset({"lit", "list", "set", "var", "template", "score", "tally", "ascore"})
_OPTIONAL = Field("", "text")
_TEXTS = {"starts": "starts with", "ends": "ends with", "contains": "contains", "word": "has the word",
          "glob": "fits the pattern", "any": "contains"}  # fmt: skip
_STAGES = {"=": "the stage is {}", "!=": "the stage is not {}", "<": "the stage is before {}",
           "<=": "the stage is {} or before", ">": "the stage is after {}",
           ">=": "the stage is {} or after"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Words:
    """`sets` names each named set by what it holds; `event` is the type whose properties are meant, if any."""

    program: Program
    sets: Mapping[frozenset[Any], str] = field(default_factory=dict)
    event: str | None = None

    def of(self, event: str) -> Words:
        """The words at an event of this type."""
        return Words(self.program, self.sets, event)

    # --- conditions ---------------------------------------------------------------------------------------------------

    def clause(self, term: Term) -> str:
        """A condition as a clause: ``the country is one of “DK”, “NO” or “SE”``."""
        match term:
            case ("and", *items):
                return joined([self._part(item, "and") for item in self._paired(items)], "and")
            case ("or", *items):
                return joined([self._part(item, "or") for item in items], "or")
            case ("not", inner):
                return f"it is not so that {self._part(inner, 'not')}"
            case ("true",):
                return "in any case"
            case ("false",):
                return "never"
            case ("is", value):
                return f"{self.being(value)} true"
            case ("present", value):
                return f"{self.being(value)} known"
            case ("missing", value):
                return f"{self.being(value)} not known"
            case ("band", key, name, edges):
                return f"{self.score(key)} is {quoted(name)} ({edges})"
            case ("between", value, low, high):
                kind = self.field(value)
                return f"{self.being(value)} from {self.value(low, kind)} to {self.value(high, kind)}"
            case ("in", value, entries):
                return f"{self.being(value)} {self.among(entries)}"
            case ("nin", value, entries):
                return f"{self.being(value)} {self._not(value)}{self.among(entries)}"
            case ("starts" | "ends" | "contains" | "word" | "glob" | "any" as test, value, argument):
                return self._text_test(test, value, argument)
            case ("=" | "!=" | "<" | "<=" | ">" | ">=" as test, left, right):
                return self._comparison(test, left, right)
            case ("test", at):
                return self.clause(self.program.tests[at])
        return self._state(term)

    def _state(self, term: Term) -> str:
        match term:
            case ("last", value, micros):
                return f"{self.subject(value)} was within the last {wording.duration(micros)}"
            case ("next", value, micros):
                return f"{self.subject(value)} comes within {wording.duration(micros)}"
            case ("ago", value, micros):
                return f"{self.subject(value)} is {wording.duration(micros)} ago or more"
            case ("stage", test, name):
                return _STAGES[test].format(quoted(name))
            case ("stagefor", name, micros):
                return f"the stage has been {quoted(name)} for {wording.duration(micros)}"
            case ("tag", text):
                return f"the tag {quoted(text)} is set"
            case ("idle", micros):
                return f"nothing has been done for {wording.duration(micros)}"
            case ("quiet", key, micros):
                return f"{self.score(key)} has not increased for {wording.duration(micros)}"
        raise ValueError(f"there is no condition {term[0]!r}")

    def _text_test(self, test: str, value: Term, argument: Term) -> str:
        named = self._named(argument)
        if test == "word" and named is not None:
            return f"{self.subject(value)} has a word of {named}"
        return f"{self.subject(value)} {_TEXTS[test]} {self.any_of(argument)}"

    def _part(self, term: Term, within: str) -> str:
        text = self.clause(term)
        loose = term[0] in ("and", "or") and term[0] != within
        return f"({text})" if loose else text

    def _paired(self, items: Iterable[Term]) -> list[Term]:
        """Conditions that together name one band of a score, or both ends of what a value may be, become one."""
        rest = list(items)
        for low in [item for item in rest if item[0] == ">="]:
            for high in [item for item in rest if item[0] in ("<", "<=") and item[1] == low[1]]:
                joint: Term | None = None
                if high[0] == "<=" and low[1][0] in ("prop", "attr", "tally"):
                    joint = ("between", low[1], low[2], high[2])
                elif high[0] == "<" and low[1][0] == "score":
                    joint = self._band(low[1][1], low[2], high[2])
                if joint is not None:
                    rest[rest.index(low)] = joint
                    rest.remove(high)
                    break
        return rest

    def _band(self, key: str, low: Term, high: Term) -> Term | None:
        bands = self.scored(key).bands
        for below, band in pairwise(bands):
            if (low, high) == (_edge(below.below), _edge(band.below)):
                return ("band", key, band.name, f"{self.value(low)} to below {self.value(high)}")
        return None

    def _comparison(self, test: str, left: Term, right: Term) -> str:
        kind = self.field(left) or self.field(right)
        times = kind is not None and kind.type in ("date", "instant")
        how = self._not(left, right) if test == "!=" else (_TIMES if times else _TESTS)[test]
        text = f"{self.being(left)} {how}{self.value(right, kind)}"
        if left[0] == "score" and right[0] == "lit":
            return text + self._meaning(left[1], test, right)
        return text

    def _not(self, *terms: Term) -> str:
        """``not``, where nothing is missing: what is missing is no value, not even another one."""
        sure = all(term[0] in _NEVER_MISSING or (self.field(term) or _OPTIONAL).required for term in terms)
        return "not " if sure else "known and not "

    def _meaning(self, key: str, test: str, right: Term) -> str:
        """What a number means that a score is compared with: the ready line, or a band's edge."""
        score = self.scored(key)
        if score.ready is not None and right == _edge(score.ready):
            return " (its ready line)"
        for at, band in enumerate(score.bands[:-1]):
            if band.below is not None and right == _edge(band.below):
                if test == ">=":
                    higher = score.bands[at + 1].name
                    return f" ({quoted(higher)}{' or better' if at + 2 < len(score.bands) else ''})"
                if test == "<":
                    return f" ({quoted(band.name)}{' or worse' if at else ''})"
        return ""

    # --- values -------------------------------------------------------------------------------------------------------

    def subject(self, term: Term) -> str:
        """A value as what a clause is about: ``the path``, ``the lead's country``, ``the number of visits``."""
        match term:
            case ("prop" | "attr" as place, name):
                field = self.field(term)
                share = " share" if field is not None and field.type == "percent" and not is_share(name) else ""
                whose = "the lead’s" if place == "attr" and self.event is not None else "the"
                return f"{whose} {plain(name)}{share}"
            case ("tally", name):
                return f"the count of {plain(name)}"
            case ("score", key):
                return self.score(key)
            case ("ascore", name):
                return f"the account’s {plain(name)}"
            case ("fold", inner):
                return self.subject(inner)
            case ("min" | "max", *_):
                return f"({self.value(term)})"
        return self.value(term)

    def being(self, term: Term) -> str:
        """The subject with its verb: ``the path is``, ``the employees are``."""
        many = term[0] in ("prop", "attr", "ascore") and is_plural(term[1])
        return f"{self.subject(term)} {'are' if many else 'is'}"

    def value(self, term: Term, kind: Field | None = None) -> str:
        """A value as it is counted or compared with; `kind` is the field that a literal is held against."""
        match term:
            case ("lit", value):
                return literal(value, kind)
            case ("var", name):
                return f"{{{name}}}"
            case ("template", text):
                return quoted(text)
            case ("time",):
                return "the time at which this happens"
            case ("round" | "fold", inner):
                return self.value(inner, kind)
            case ("min" | "max" as which, *items):
                return self._extreme(which, items, kind)
            case ("-", ("lit", 0), right):
                return f"{wording.MINUS}{self._side(right, '-', True)}"
            case ("+" | "-" | "*" as sign, left, right):
                shown = {"+": "+", "-": wording.MINUS, "*": "×"}[sign]
                return f"{self._side(left, sign, False)} {shown} {self._side(right, sign, True)}"
            case ("list" | "set", *_):
                return self.among(term)
        return self.subject(term)

    def _extreme(self, which: str, items: list[Term], kind: Field | None) -> str:
        fixed = [item for item in items if item[0] == "lit"]
        if len(items) == 2 and len(fixed) == 1:
            other = next(item for item in items if item[0] != "lit")
            bound = "at most" if which == "min" else "at least"
            return f"{self.value(other, kind)}, but {bound} {self.value(fixed[0], kind)}"
        said = joined([self.value(item, kind) for item in items], "and")
        return f"the {'smallest' if which == 'min' else 'largest'} of {said}"

    def _side(self, term: Term, sign: str, right: bool) -> str:
        """An operand, in parentheses where they change the meaning."""
        text = self.value(term)
        loose = term[0] in ("+", "-") and (sign == "*" or (sign == "-" and right))
        return f"({text})" if loose or term[0] in ("min", "max") else text

    def among(self, term: Term) -> str:
        """A list behind ``is``: ``one of “a”, “b” or “c”``, ``in the list free mail (214 entries)``."""
        if term[0] not in ("list", "set"):
            return f"in {self.subject(term)}"
        named = self._named(term)
        if named is not None:
            return f"in {named}"
        return f"one of {joined([self._entry(entry) for entry in self._entries(term)], 'or')}"

    def any_of(self, term: Term) -> str:
        """A list, or a value, behind a test of texts: ``“/a” or “/b”``, ``an entry of the list free mail``."""
        if term[0] not in ("list", "set"):
            return self.value(term)
        named = self._named(term)
        if named is not None:
            return f"an entry of {named}"
        return joined([self._entry(entry) for entry in self._entries(term)], "or")

    def _named(self, term: Term) -> str | None:
        """A list by the name of its set and its size, if it is a set that has one."""
        if term[0] != "set":
            return None
        entries = self._entries(term)
        name = self.sets.get(frozenset(entries))
        return None if name is None else f"the list {plain(name)}{self._size(entries)}"

    def _size(self, entries: tuple[Any, ...]) -> str:
        if len(entries) > _FEW:
            return f" ({len(entries):,} entries)"
        return f" ({joined([self._entry(entry) for entry in entries], 'or')})" if entries else " (empty)"

    def _entries(self, term: Term) -> tuple[Any, ...]:
        return self.program.sets[term[1]] if term[0] == "set" else term[1:]

    def _entry(self, entry: Any) -> str:
        return self.value(entry) if type(entry) is tuple else literal(entry, None)

    # --- names --------------------------------------------------------------------------------------------------------

    def score(self, key: str) -> str:
        """A score by its name: ``readiness``, ``interest (field service)``."""
        family, _, member = key.rstrip("]").partition("[")
        return f"{plain(family)} ({member})" if member else plain(family)

    def scored(self, key: str) -> Score:
        name = key.partition("[")[0]
        return next(each.body for each in self.program.scores if each.name == name)

    def field(self, term: Term) -> Field | None:
        """The field that a value is read from; None if it is none."""
        match term:
            case ("prop", name) if self.event is not None:
                return self.program.events[self.event].properties.get(name)
            case ("attr", name):
                return self.program.attributes.get(name)
            case ("fold", inner):
                return self.field(inner)
        return None


def _edge(points: int | None) -> Term | None:
    """The term for a number of thousandths, as comparisons have it."""
    return None if points is None else ("lit", exact(points))
