"""The prover: whether conditions can hold together, and what the most and the least is that rules can give.

How it decides: conditions are lowered to tests (`lower`), what they look at is cut into classes (`frame`), classes that
satisfy them are searched for (`search`), and an example is put together (`leaf`). Every step is either exact or too
generous, so that nothing fits means that there is nothing; and each example is evaluated before it is believed, by the
prover's own meaning of terms and by the engine if one is given. Where neither is reached the answer is that it is not
known, and why. Nothing runs on for ever: all questions of a prover share one limit of time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from time import monotonic

from compiler.program import Program
from compiler.prove.answer import Answer, Judge, Sat, Unknown, Unsat, Witness
from compiler.prove.domain import Domains
from compiler.prove.elimination import Stuck
from compiler.prove.frame import Formula, Frame
from compiler.prove.leaf import Leaf
from compiler.prove.lower import TooIntricate
from compiler.prove.meaning import Meaning
from compiler.prove.search import Room, rooms
from compiler.prove.texts import TooLarge
from runtime.table import Term

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

    def left(self) -> float:
        """Seconds that are left."""
        return max(0.0, self._until - monotonic())

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
        for var in (var for var in [*values] if var[0] == "round"):
            del values[var]
        if not all(self.meaning.holds(term, values) for term in terms):
            raise Stuck("no example was found that holds when it is worked out")
        witness = Witness(values)
        if self.judge is not None and not self.judge(terms, witness, frame.event):
            raise Stuck("the engine does not confirm the example that was found")
        return witness
