"""When reviews are due, from the review blocks of a model.

The first is due `first` after the model or program was begun, each further one `every` after the one before was held;
twice as long after one that was held `stable`. What a block does not say is 60 and 90 days for the model, and 90 days
for a program.
"""

from __future__ import annotations

from dataclasses import dataclass

from cli.problem import Problem
from compiler.compile import Compilation
from dsl import syntax
from runtime.times import DAY, write_date

FIRST, EVERY = 60 * DAY, 90 * DAY
OVERDUE, DUE, SOON, LATER, UNKNOWN = "overdue", "due today", "soon", "later", "unknown"


@dataclass(frozen=True, slots=True)
class Held:
    """A review that was held; times are microseconds of 00:00Z."""

    date: int
    stable: bool
    text: str | None


@dataclass(frozen=True, slots=True)
class Plan:
    """What a review block says; `program` is None for the model itself. `written` says that there is such a block."""

    program: str | None
    since: int | None
    first: int
    every: int
    held: tuple[Held, ...]
    written: bool = True

    @property
    def last(self) -> Held | None:
        return max(self.held, key=lambda each: each.date, default=None)

    @property
    def pace(self) -> int:
        """How long after the last review the next one is due."""
        return 2 * self.every if self.last is not None and self.last.stable else self.every


@dataclass(frozen=True, slots=True)
class Due:
    """A review and its date: `since` is what it is counted from, `next` the day that it is due, both None if it is not
    known since when; `left` are the days until then, negative if it is past."""

    plan: Plan
    since: int | None
    next: int | None
    left: int | None
    state: str

    @property
    def program(self) -> str | None:
        return self.plan.program


def plans(compilation: Compilation, today: int) -> list[Plan]:
    """The review blocks, the model's own first, which is there in any case. Raises Problem for what can't be."""
    assert compilation.context is not None
    model = compilation.context.names.model
    assert model is not None
    found: dict[str | None, Plan] = {}
    for setting in model.settings:
        if isinstance(setting, syntax.Review):
            plan = plan_of(compilation, setting)
            if plan.program in found:
                name = "the model" if plan.program is None else f"`{plan.program}`"
                raise Problem(f"there are two review blocks of {name}", hint="put what they say into one")
            later = [each.date for each in plan.held if each.date > today]
            if later:
                day = write_date(max(later))
                raise Problem(f"a review is said to be held on {day}, which is still to come", hint="mend the date")
            found[plan.program] = plan
    own = found.pop(None, Plan(None, None, FIRST, EVERY, (), written=False))
    return [own, *found.values()]


def plan_of(compilation: Compilation, block: syntax.Review) -> Plan:
    """What a review block says and keeps."""
    first, every = (_micros(compilation, length) for length in (block.first, block.every))
    held = tuple(
        Held(each.date.micros, each.stable, None if each.text is None else each.text.value) for each in block.held
    )
    every = every or EVERY
    return Plan(
        program=None if block.program is None else block.program.value,
        since=None if block.since is None else block.since.micros,
        first=first or (every if block.program is not None or block.every is not None else FIRST),
        every=every,
        held=held,
    )


def _micros(compilation: Compilation, length: syntax.Length | None) -> int | None:
    """A duration as written, or the one that a `let` names."""
    assert compilation.context is not None
    if isinstance(length, syntax.Duration) or length is None:
        return None if length is None else length.micros
    found = compilation.context.lets[length.name].term
    return int(found[1])


def due(plan: Plan, begun: int | None, today: int, ahead: int) -> Due:
    """When a review is due, seen from a day; `begun` is when the model was, for a block that does not say it, and
    `ahead` how long before its date it is told of as soon."""
    since = plan.since if plan.since is not None else begun
    if plan.last is not None:
        since, wait = plan.last.date, plan.pace
    else:
        wait = plan.first
    if since is None:
        return Due(plan, None, None, None, UNKNOWN)
    day = (since + wait) // DAY * DAY
    left = (day - today) // DAY
    state = OVERDUE if left < 0 else DUE if left == 0 else SOON if left * DAY <= ahead else LATER
    return Due(plan, since, day, left, state)
