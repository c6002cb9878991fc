"""Declarations of a table in the words of the language, part by part, so that two can be told apart by what differs.

Names of fields stand alone, literals have the form of their field (``80%``, ``2026-03-02``), the score of a family has
the name that a rule file gives it. A long list is cut: of it one wants to know what came and what went (`listed`).
"""

from __future__ import annotations

from typing import Any

from compiler.diff.phrases import ageing, counted, degrading, duration, limits, percent, times, word
from compiler.exact import amount
from compiler.program import Program
from compiler.prove.histories import moment
from compiler.prove.study import named
from compiler.spell import literal
from compiler.spell import term as spelled
from compiler.terms import rewrite
from runtime.table import (
    AccountScore,
    Branch,
    Group,
    OnRule,
    Score,
    Segment,
    Tally,
    Term,
    Trigger,
    WhenRule,
)  # fmt: skip

Words = dict[str, str]
"""The parts of a declaration by what they are, in the order in which they are written."""
_LONG, _HEAD = 8, 5
_COMPARED = frozenset({"=", "!=", "<", "<=", ">", ">="})


class Wording:
    """Words for the declarations of one program."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.scores = {each.name: each.body for each in program.scores}

    # --- terms --------------------------------------------------------------------------------------------------------

    def term(self, given: Term, event: str | None = None) -> str:
        """A term, at an event of this type."""
        return spelled(rewrite(self._formed(given, event), self._plain(event)))

    def _plain(self, event: str | None) -> Any:
        known = {} if event is None else self.program.events[event].properties

        def plain(part: Term) -> Term:
            match part:
                case ("prop", name):
                    both = name in self.program.attributes
                    return ("tally", f"event.{name}" if both else name)
                case ("attr", name):
                    return ("tally", f"lead.{name}" if name in known else name)
                case ("score", key):
                    return ("tally", named(self.scores, key))
                case ("ascore", name):
                    return ("tally", name)
                case ("fold" | "round", inner):
                    return tuple(inner)
                case ("quiet", key, micros):
                    return ("tally", f"{named(self.scores, key)} not increased for {duration(micros)}")
                case ("idle", micros):
                    return ("tally", f"idle for {duration(micros)}")
                case ("last" | "next" as which, value, micros):
                    return ("tally", f"{spelled(value)} in the {which} {duration(micros)}")
                case ("ago", value, micros):
                    return ("tally", f"{spelled(value)} more than {duration(micros)} ago")
                case ("stage", operator, name):
                    return ("tally", f"stage {operator} {word(name)}")
                case ("stagefor", name, micros):
                    return ("tally", f"stage = {word(name)} for {duration(micros)}")
                case ("list", *items) if len(items) > _LONG:
                    head = ", ".join(map(literal, items[:_HEAD]))
                    return ("tally", f"[{head}, … {len(items):,} in all]")
                case (("starts" | "ends" | "contains" | "word" | "glob" | "any") as which, value, ("list", text)):
                    return (which, value, ("lit", text))
            return part

        return plain

    def _formed(self, given: Term, event: str | None) -> Term:
        """Literals that are compared with percents, dates or instants in the form of these."""

        def formed(part: Term) -> Term:
            match part:
                case (operator, left, ("lit", value)) if operator in _COMPARED:
                    return (operator, left, self._literal(self._kind(left, event), value))
            return part

        return rewrite(given, formed)

    def _kind(self, term: Term, event: str | None) -> str:
        match term:
            case ("prop", name) if event is not None:
                return self.program.events[event].properties[name].type
            case ("attr", name):
                return self.program.attributes[name].type
        return ""

    @staticmethod
    def _literal(kind: str, value: Any) -> Term:
        if kind == "percent":
            return ("tally", percent(value))
        if kind in ("date", "instant"):
            text = moment(value)
            return ("tally", text.removesuffix("T00:00Z") if kind == "date" else text)
        return ("lit", value)

    # --- rules --------------------------------------------------------------------------------------------------------

    def on_rule(self, rule: OnRule) -> Words:
        """``on visit where …``, ``add 10``, ``at most 2 times``"""
        event = rule.match.on
        found = {"on": f"on {event}"}
        if rule.match.where is not None:
            found["where"] = f"where {self.term(rule.match.where, event)}"
        if rule.repeated is not None:
            found["repeated"] = f"repeated {times(rule.repeated.times)} in {duration(rule.repeated.within)}"
        if rule.when is not None:
            found["when"] = f"when {self.term(rule.when, event)}"
        found["points"] = self._points(rule.points, rule.value, event)
        if rule.best is not None:
            found["best"] = "best" + (f" for each {rule.best.each}" if rule.best.each else "")
        if rule.limits:
            found["limits"] = limits(rule.limits)
        if rule.group is not None:
            found["group"] = f"in group {rule.group}"
        return found

    def _points(self, given: int | None, value: Term | None, event: str | None) -> str:
        if value is not None:
            return f"add {self.term(value, event)}"
        assert given is not None
        return f"add {amount(given)}" if given >= 0 else f"subtract {amount(-given)}"

    def when_rule(self, rule: WhenRule) -> Words:
        """``when …``, ``add 10``; the branches of a longer one by their number"""
        if len(rule.branches) == 1:
            found = self._branch(rule.branches[0])
        else:
            found = {
                f"branch {at}": ("else " if at > 1 else "") + "  ".join(self._branch(branch).values())
                for at, branch in enumerate(rule.branches, 1)
            }
        if rule.group is not None:
            found["group"] = f"in group {rule.group}"
        return found

    def _branch(self, branch: Branch) -> Words:
        return {
            "when": f"when {self.term(branch.when)}",
            "points": self._points(branch.points, branch.value, None),
        }

    @staticmethod
    def group(group: Group) -> Words:
        """``at most 20 points``"""
        found = [f"at most {amount(group.most)} points"] if group.most is not None else []
        return {"limits": ", ".join([*found, *([limits(group.limits)] if group.limits else [])])}

    # --- scores -------------------------------------------------------------------------------------------------------

    def score(self, score: Score) -> Words:
        """The head of a score: its range, its ageing, or what it is computed from."""
        if score.value is not None:
            return {"value": f"= {self.term(score.value)}"}
        ends = ("" if end is None else amount(end) for end in (score.low, score.high))
        found = {"range": f"range {'..'.join(ends)}"}
        if score.degrade is not None:
            found["degrade"] = degrading(score.degrade)
        if score.ageing is not None:
            found["ageing"] = ageing(score.ageing)
        return found

    def tally(self, tally: Tally) -> Words:
        """``on visit``, ``where …``, ``over 7 days``"""
        found = {"on": f"on {tally.match.on}"}
        if tally.match.where is not None:
            found["where"] = f"where {self.term(tally.match.where, tally.match.on)}"
        if tally.days is not None:
            found["over"] = f"over {counted(tally.days, 'day')}"
        return found

    # --- the rest -----------------------------------------------------------------------------------------------------

    def trigger(self, trigger: Trigger) -> Words:
        """``on …``, ``when …``, limits, actions"""
        event = trigger.match.on if trigger.match is not None else None
        found = {}
        if trigger.match is not None:
            found["on"] = f"on {event}"
            if trigger.match.where is not None:
                found["where"] = f"where {self.term(trigger.match.where, event)}"
        if trigger.when is not None:
            found["when"] = f"when {self.term(trigger.when, event)}"
        if trigger.limits:
            found["limits"] = limits(trigger.limits)
        found["do"] = "  ".join(self.act(act, event) for act in trigger.do)
        return found

    def act(self, act: Term, event: str | None) -> str:
        """One action: ``move to mql``"""
        match act:
            case ("move", stage):
                return f"move to {word(stage)}"
            case ("emit" | "tag" | "untag" as what, text):
                return f"{what} {literal(text)}"
            case ("set", name, value):
                kind = self.program.attributes[name].type if name in self.program.attributes else ""
                given = self._literal(kind, value[1]) if value[0] == "lit" else value
                return f"set {name} = {self.term(given, event)}"
            case ("add", key, given):
                what, into = ("add", "to") if given >= 0 else ("subtract", "from")
                return f"{what} {amount(abs(given))} {into} {named(self.scores, key)}"
            case ("reset", key, given):
                return f"reset {named(self.scores, key)} to {amount(given)}"
        raise ValueError(f"there is no action {act[0]!r}")

    def account_score(self, score: AccountScore) -> Words:
        """``sum of readiness where …``"""
        how = f"top {score.top}" if score.how == "top" else score.how
        found = {"how": how + (f" of {named(self.scores, score.of)}" if score.of is not None else "")}
        if score.where is not None:
            found["where"] = f"where {self.term(score.where)}"
        return found

    def segment(self, segment: Segment) -> Words:
        """``highest 10% by readiness where …``"""
        found = {}
        if segment.pick is not None:
            share = percent(segment.percent) if segment.percent is not None else str(segment.count)
            by = f" by {named(self.scores, segment.by)}" if segment.by is not None else ""
            found["pick"] = f"{segment.pick} {share}{by}"
        if segment.where is not None:
            found["where"] = f"where {self.term(segment.where)}"
        return found
