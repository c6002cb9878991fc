"""What is asked of a lead at every event and instant, written out as one function each for a plan.

Which `when` triggers hold, when time next does anything, whether a wait ends or a date condition turns at an instant:
the answers are a few comparisons that differ from model to model. As a tree of closures and loops over tuples they cost
several times what the comparisons cost; as one flat function, compiled once for the plan, they do not. Only numbers and
names chosen here go into the text that is compiled, never text of the user's: that is handed over as a constant.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from runtime.lead import Lead
from runtime.parts import ScorePlan, TriggerPlan
from runtime.record import Record
from runtime.table import Table, Term
from runtime.terms import Terms

NEVER = 1 << 62
"""An instant that never comes."""
_DEEPEST = 20
"""Terms nested deeper than this are asked as closures: the interpreter's own parser has a limit."""


class Outline(Record, frozen=True):
    """What of a plan the texts are written from: `keys` of the scores by position, the `when` triggers `edged`, and the
    plan's `turns` and `waits`."""

    table: Table
    terms: Terms
    keys: list[str]
    edged: list[TriggerPlan]
    turns: list[tuple[str, str, int]]
    waits: list[Term]


class Writer:
    """Collects the constants that a text refers to, and turns texts into functions."""

    def __init__(self, plan: Outline) -> None:
        self.plan = plan
        self.names: dict[str, Any] = {"NEVER": NEVER}

    def name(self, value: Any) -> str:
        """A name under which the text finds the value."""
        name = f"k{len(self.names)}"
        self.names[name] = value
        return name

    def function(self, arguments: str, lines: list[str]) -> Any:
        """The function whose body the lines are."""
        body = "\n ".join(lines)
        exec(f"def written({arguments}):\n {body}", self.names)  # noqa: S102 - see above
        return self.names["written"]

    # --- conditions -----------------------------------------------------------------------------------------------

    def test(self, term: Term, depth: int = 0) -> str:
        """The condition of a trigger as an expression over `lead`, `data` and `t`."""
        if depth > _DEEPEST:
            return self._asked(term)
        match term:
            case ("and" | "or", *items):
                return "(" + f" {term[0]} ".join(self.test(item, depth + 1) for item in items) + ")"
            case ("not", inner):
                return f"(not {self.test(inner, depth + 1)})"
            case ("test", at):
                return self.test(self.plan.table.tests[at], depth + 1)
            case ("<" | "<=" | ">" | ">=", ("score", key), ("lit", int(line))) if self._plain(key):
                return f"lead.a[{self.plan.keys.index(key)}] {term[0]} {line * 1000}"
            case ("stage", "=", name):
                return f"lead.stage == {self.name(name)}"
            case ("stage", "<" | "<=" | ">" | ">=", name):
                return f"lead.stage in {self.name(self._stages(term[1], name))}"
            case ("tag", text):
                return f"{self.name(text)} in lead.tags"
            case ("idle", duration):
                return f"(lead.active is not None and t - lead.active >= {duration})"
            case ("quiet", key, duration):
                return f"t - {self._raised(self.plan.keys.index(key))} >= {duration}"
        return self._asked(term)

    def _asked(self, term: Term) -> str:
        return f"{self.name(self.plan.terms.test(term))}(lead, data, t)"

    def _plain(self, key: str) -> bool:
        """Whether a score as shown is its activity points."""
        score = self.plan.table.scores[key]
        return score.value is None and not score.when

    @staticmethod
    def _raised(at: int) -> str:
        return f"(lead.first if lead.raised[{at}] is None else lead.raised[{at}])"

    def _stages(self, op: str, name: str) -> frozenset[str]:
        path = self.plan.table.stages.path
        if name not in path:
            return frozenset()
        at = path.index(name)
        return frozenset(
            {"<": path[:at], "<=": path[: at + 1], ">": path[at + 1 :], ">=": path[at:]}[op],
        )

    # --- instants -------------------------------------------------------------------------------------------------

    def waits(self) -> list[tuple[str, str]]:
        """For each wait of a trigger, the condition under which it runs, and the instant at which it ends."""
        found = []
        for wait in self.plan.waits:
            match wait:
                case ("idle", duration):
                    found.append(("lead.active is not None", f"lead.active + {duration}"))
                case ("quiet", at, duration):
                    found.append(("True", f"{self._raised(at)} + {duration}"))
                case (_, stage, duration):
                    name = self.name(stage)
                    found.append((f"lead.stage == {name}", f"lead.entered[{name}] + {duration}"))
        return found

    def turns(self) -> list[str]:
        """The instants at which date conditions turn, as expressions over `v`, with the lines that fetch it."""
        lines = []
        for name, kind, duration in self.plan.turns:
            lines.append(f"v = lead.attrs.get({self.name(name)})")
            ends = {"last": ["v", f"v + {duration}"], "next": [f"v - {duration}", "v"], "ago": [f"v + {duration}"]}
            lines.append(f"if v is not None: instants += ({', '.join(ends[kind])},)")
        return lines


def held(plan: Outline) -> Callable[[Lead, Any, int], int]:
    """``(lead, properties, t) -> `` the bits of the `when` triggers whose conditions hold."""
    writer = Writer(plan)
    parts = []
    for trigger in plan.edged:
        when = plan.table.triggers[trigger.at].when
        assert when is not None
        parts.append(f"({trigger.bit} if {writer.test(when)} else 0)")
    made: Any = writer.function("lead, data, t", [f"return {' | '.join(parts) or 0}"])
    return made  # type: ignore[no-any-return]  # `exec` has no types


def noted(plan: Outline) -> Callable[[Lead, int], bool]:
    """``(lead, t) -> `` whether a date condition turns or a wait ends at t."""
    writer = Writer(plan)
    ends = [f"({running} and {end} == t)" for running, end in writer.waits()]
    turns = writer.turns()
    turned = ["t in instants"] if turns else []
    lines = ["instants = ()", *turns] if turns else []
    made: Any = writer.function("lead, t", [*lines, f"return {' or '.join(turned + ends) or False}"])
    return made  # type: ignore[no-any-return]  # `exec` has no types


def other(plan: Outline) -> Callable[[Lead, int], int]:
    """``(lead, done) -> `` the first instant after `done` at which a date condition turns or a wait ends; or NEVER."""
    writer = Writer(plan)
    lines = ["found = NEVER"]
    for running, end in writer.waits():
        lines += [f"if {running}:", f" at = {end}", " if done < at < found: found = at"]
    turns = writer.turns()
    if turns:
        lines += ["instants = ()", *turns, "for at in instants:", " if done < at < found: found = at"]
    made: Any = writer.function("lead, done", [*lines, "return found"])
    return made  # type: ignore[no-any-return]  # `exec` has no types


def step_of(plan: Outline, score: ScorePlan) -> Callable[[Lead, int], int]:
    """``(lead, done) -> `` the first instant after `done` at which the score may take a step down; or NEVER."""
    degrade, at = score.degrade, score.at
    assert degrade is not None
    since = {None: "lead.first_active", "activity": "lead.active"}.get(degrade.without, f"lead.raised[{at}]")
    first = degrade.every if degrade.without is None else degrade.after
    floor = degrade.floor if degrade.floor is not None else score.low
    writer = Writer(plan)
    lines = [f"if lead.a[{at}] <= 0: return NEVER", f"at = {since}", "if at is None: return NEVER"]
    if floor is not None:
        if score.dated:
            lines.append(f"lead.p[{at}] = None")
        shown = (
            f"lead.a[{at}]" if score.profile is None else f"{writer.name(plan.terms.shown[score.key])}(lead, done + 1)"
        )
        lines.append(f"if {shown} <= {floor}: return NEVER")
    lines += [
        f"at += {first}",
        f"return at if at > done else at + ((done - at) // {degrade.every} + 1) * {degrade.every}",
    ]
    made: Any = writer.function("lead, done", lines)
    return made  # type: ignore[no-any-return]  # `exec` has no types
