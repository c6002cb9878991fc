"""The prover: whether conditions can hold together, and what the most and the least is that rules can give.

How it decides: conditions are lowered to tests (`lower`), what they look at is cut into classes (`frame`), classes that
satisfy them are searched for (`search`), and an example is put together (`leaf`). Every step is either exact or too
generous, so that nothing fits means that there is nothing; and each example is evaluated before it is believed, by the
prover's own meaning of terms and by the engine if one is given. Where neither is reached the answer is that it is not
known, and why. Nothing runs on for ever: all questions of a prover share one limit of time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from math import isinf
from time import monotonic

from compiler.program import Program
from compiler.prove.answer import Answer, Best, Item, Judge, Region, Sat, Unknown, Unsat, Witness
from compiler.prove.approach import Approach
from compiler.prove.domain import Domains
from compiler.prove.elimination import Stuck
from compiler.prove.frame import Formula, Frame
from compiler.prove.leaf import Leaf
from compiler.prove.lower import TooIntricate, variables_of
from compiler.prove.meaning import Meaning
from compiler.prove.optimum import Chase, Found, Work
from compiler.prove.search import Room, rooms
from compiler.prove.texts import TooLarge
from compiler.prove.written import BASE
from compiler.terms import all_of, parts
from runtime.table import OnRule, Term, WhenRule

_ROOMS = 400
"""So many rooms that could not be decided are looked at, in search of one that can."""


class OutOfTime(Exception):
    """The limit of time is used up."""


class Prover:
    """Answers questions about one settled program. `seconds` is for all of them together; `judge` confirms examples;
    `solver` says whether z3 may be asked, if it is installed."""

    def __init__(
        self, program: Program, *, seconds: float = 10.0, judge: Judge | None = None, solver: bool = True
    ) -> None:
        self.program = program
        self.domains = Domains(program)
        self.meaning = Meaning(program)
        self.judge = judge
        self.solver = solver
        self.seconds = seconds
        self.scores = {each.name: each.body for each in program.scores}
        self._end = monotonic() + seconds
        self._until = self._end
        self._frames: dict[str | None, Frame] = {}
        self.nothing = Witness({("time",): BASE})
        """The example for a question that asks nothing."""

    def left(self) -> float:
        """Seconds that are left."""
        return max(0.0, self._until - monotonic())

    def grant(self, seconds: float) -> None:
        """Leave at least so much time, though the limit be used up: for what must not go without an answer."""
        self._end = self._until = max(self._end, monotonic() + seconds)

    def tick(self) -> None:
        """Raise OutOfTime if no time is left."""
        if monotonic() > self._until:
            raise OutOfTime

    def limited(self, seconds: float | None, ask: Callable[[], Answer]) -> Answer:
        """The answer to a question that gets so many seconds; what stops it becomes Unknown."""
        self._until = self._end if seconds is None else min(self._end, monotonic() + seconds)
        try:
            self.tick()
            return ask()
        except OutOfTime:
            return Unknown(self.why_time())
        except Stuck as stuck:
            return Unknown(str(stuck))
        except (TooLarge, TooIntricate):
            return Unknown("the tests are too many to be told apart")
        finally:
            self._until = self._end

    def why_time(self) -> str:
        """The words for a limit of time that is used up."""
        return f"the time limit of {self.seconds:g} s is used up"

    # --- questions ----------------------------------------------------------------------------------------------------

    def share(self, event: str | None, terms: Iterable[Term]) -> None:
        """Prepare for many questions about these terms, and combinations of them, at one type of event."""
        try:
            self._frames[event] = Frame(self.program, self.domains, event, [*dict.fromkeys(terms)], self.tick)
        except (TooLarge, TooIntricate, OutOfTime):
            self._frames.pop(event, None)

    def frame(self, terms: Sequence[Term], event: str | None) -> Frame:
        """A frame that knows the terms: the shared one of the event if it does, else one of their own."""
        shared = self._frames.get(event)
        if shared is not None and all(term in shared.formulas for term in terms):
            return shared
        return Frame(self.program, self.domains, event, [*dict.fromkeys(terms)], self.tick)

    def decide(self, terms: Sequence[Term], event: str | None = None, *, seconds: float | None = None) -> Answer:
        """Whether all terms can hold together, at an event of this type or at none."""

        def ask() -> Answer:
            frame = self.frame(terms, event)
            return self.satisfy(frame, [frame.formulas[term] for term in terms], terms)

        return self.limited(seconds, ask)

    def implies(self, given: Sequence[Term], wanted: Term, event: str | None = None) -> Answer:
        """Whether `wanted` holds wherever all of `given` do: Unsat if so, else Sat with a counterexample."""

        def ask() -> Answer:
            frame = self.frame([*given, wanted], event)
            formulas = [*[frame.formulas[term] for term in given], frame.negated(frame.formulas[wanted])]
            return self.satisfy(frame, formulas, [*given, ("not", wanted)])

        return self.limited(None, ask)

    def satisfy(self, frame: Frame, formulas: Sequence[Formula], terms: Sequence[Term]) -> Answer:
        """Whether the formulas of a frame can hold together; `terms` are what they say."""
        why = ""
        tried = 0
        for room in rooms([*frame.axioms, *formulas], frame.full, self.tick):
            try:
                witness = self.example(frame, room, terms)
            except Stuck as stuck:
                why = str(stuck)
                tried += 1
                if tried > _ROOMS:
                    break
                continue
            if witness is not None:
                return Sat(witness)
        return Unknown(why) if why else Unsat()

    def example(self, frame: Frame, room: Room, terms: Sequence[Term]) -> Witness | None:
        """An example in a room of which all terms hold; None if there is none. Raises Stuck."""
        values = Leaf(frame, room, self.left() if self.solver else None).values()
        if values is None:
            return None
        if not all(self.meaning.holds(term, values) for term in terms):
            raise Stuck("no example was found that holds when it is worked out")
        computed = {
            part for term in terms for part in parts(term) if part[0] == "score" and part[1] in self.meaning.computed
        }
        values.update({score: self.meaning.value(score, values) for score in computed})
        witness = Witness(values)
        if self.judge is not None and not self.judge(terms, witness, frame.event):
            raise Stuck("the engine does not confirm the example that was found")
        return witness

    # --- the most and the least ---------------------------------------------------------------------------------------

    def best(
        self,
        items: Sequence[Item],
        event: str | None = None,
        *,
        given: Sequence[Term] = (),
        caps: Mapping[str, int] | None = None,
        lowest: bool = False,
        seconds: float | None = None,
    ) -> Best:
        """The highest (lowest) sum that the items can give where all of `given` hold; `caps` are the most that the sum
        of a group may be."""
        self._until = self._end if seconds is None else min(self._end, monotonic() + seconds)
        try:
            self.tick()
            return self._best(items, event, given, caps or {}, -1 if lowest else 1)
        except OutOfTime:
            return Best(None, None, None, None, self.why_time())
        except Stuck as stuck:
            return Best(None, None, None, None, str(stuck))
        except (TooLarge, TooIntricate):
            return Best(None, None, None, None, "the tests are too many to be told apart")
        finally:
            self._until = self._end

    def _best(
        self, items: Sequence[Item], event: str | None, given: Sequence[Term], caps: Mapping[str, int], sign: int
    ) -> Best:
        items = [item for item in items if item.points != 0]
        values = [item.points for item in items if not isinstance(item.points, int)]
        whole = [all_of([*item.when, *self._needs(item, event)]) for item in items]
        frame = Frame(self.program, self.domains, event, [*dict.fromkeys([*given, *whole])], self.tick, values)
        works = [
            Work(frame.formulas[term], (term,), item.points, item.group)
            for item, term in zip(items, whole, strict=True)
        ]
        chase = Chase(
            frame,
            [frame.formulas[term] for term in given],
            given,
            works,
            caps,
            sign,
            self.meaning,
            lambda room, terms: self.example(frame, room, terms),
            lambda terms, witness: self.judge is None or self.judge(terms, witness, event),
        )
        try:
            found = chase.run(lambda: "" if self.left() else self.why_time())
        except OutOfTime:
            found = chase.stopped(self.why_time())
        return self._told(found, sign)

    def _told(self, found: Found, sign: int) -> Best:
        if found.total is None and found.bound == float("-inf"):
            return Best(None, None, None, False)
        bound = None if isinf(found.bound) else sign * int(found.bound)
        reached = None if found.total is None else sign * found.total
        why = "" if bound is not None and bound == reached else found.why or "a value has no end"
        return Best(bound, reached, found.witness, True if found.witness else None, why)

    def _needs(self, item: Item, event: str | None) -> list[Term]:
        """What must be there for the value of an item not to be missing."""
        if isinstance(item.points, int):
            return []
        optional = [
            var for var in variables_of(item.points) if var[0] != "round" and self.domains.of(var, event).optional
        ]
        return [("present", var) for var in optional]

    def best_sum(
        self,
        event: str,
        weights: Mapping[tuple[str, str], int | Term],
        *,
        given: Sequence[Term] = (),
        caps: Mapping[str, int] | None = None,
        groups: Mapping[tuple[str, str], str] | None = None,
        lowest: bool = False,
        seconds: float | None = None,
    ) -> Best:
        """The highest (lowest) sum that `on` rules of one event, by (score, rule), can give at once."""
        items = [Item(tuple(self.conditions(key)), points, (groups or {}).get(key)) for key, points in weights.items()]
        return self.best(items, event, given=given, caps=caps, lowest=lowest, seconds=seconds)

    def best_profile(
        self, key: str, *, given: Sequence[Term] = (), lowest: bool = False, seconds: float | None = None
    ) -> Best:
        """The highest (lowest) sum of the profile points of a score, groups cut, before the range of the score."""
        body = self.scores[key]
        items = [item for rule in body.when for item in branches(rule)]
        caps = {name: group.most for name, group in body.groups.items() if group.most is not None}
        return self.best(items, given=given, caps=caps, lowest=lowest, seconds=seconds)

    def reach(
        self,
        value: Term,
        event: str | None = None,
        *,
        given: Sequence[Term] = (),
        lowest: bool = False,
        seconds: float | None = None,
    ) -> Best:
        """The highest (lowest) that a value in points can be where it is not missing, in thousandths."""
        end = self._end if seconds is None else min(self._end, monotonic() + seconds)
        known = [*given, *self._needs(Item((), value), event)]
        best = self.best([Item((), value)], event, given=known, lowest=lowest, seconds=seconds)

        def can_be(condition: Term, left: float) -> Answer:
            return self.decide([*known, condition], event, seconds=left)

        return Approach(value, self.meaning, can_be, -1 if lowest else 1, end).narrowed(best)

    # --- rules --------------------------------------------------------------------------------------------------------

    def rule(self, key: tuple[str, str]) -> OnRule:
        """An `on` rule by (score, rule)."""
        return next(rule for rule in self.scores[key[0]].on if rule.name == key[1])

    def conditions(self, key: tuple[str, str]) -> list[Term]:
        """What must hold at an event for an `on` rule to match it."""
        rule = self.rule(key)
        return [term for term in (rule.match.where, rule.when) if term is not None]

    def regions(self, event: str, rules: Sequence[tuple[str, str]], *, limit: int = 1000) -> Iterator[Region]:
        """The combinations of these rules that one event can match together, up to `limit`, each once. Raises Stuck or
        OutOfTime where it can't be told any more."""
        terms = [all_of(self.conditions(key)) for key in rules]
        frame = self.frame(terms, event)
        found = 0
        waiting: list[list[bool]] = [[]]
        while waiting and found < limit:
            chosen = waiting.pop()
            formulas, asked = [], []
            for term, holds in zip(terms, chosen, strict=False):
                formulas.append(frame.formulas[term] if holds else frame.negated(frame.formulas[term]))
                asked.append(term if holds else ("not", term))
            answer = self.satisfy(frame, formulas, asked)
            if isinstance(answer, Unknown):
                raise Stuck(answer.why)
            if isinstance(answer, Unsat):
                continue
            if len(chosen) == len(rules):
                found += 1
                matched = frozenset(key for key, holds in zip(rules, chosen, strict=True) if holds)
                yield Region(matched, answer.witness)
            else:
                waiting += [[*chosen, False], [*chosen, True]]


def branches(rule: WhenRule) -> list[Item]:
    """What a `when` rule gives: its branches, each where those before it don't hold."""
    before: list[Term] = []
    found = []
    for branch in rule.branches:
        points = branch.points if branch.value is None else branch.value
        found.append(Item((branch.when, *before), points or 0, rule.group))
        before.append(("not", branch.when))
    return found
