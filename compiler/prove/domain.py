"""What values each variable can have: as much as the language promises, and never less.

Every number of the language lies on a grid - properties have at most 12 digits behind the point, scores and their kin
thousandths or coarser, dates whole days - so a number is reasoned about as an integer count of steps, and
``x > 3 and x < 4`` is decided as it is for the field at hand. What is set by triggers may lie outside of the range that
its field declares.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from compiler.exact import Exact, number, points
from compiler.program import Program
from compiler.prove.answer import Var
from compiler.prove.grid import grid_of, grid_of_account
from compiler.prove.written import DAY
from compiler.terms import parts
from runtime.table import Field, Term

END_OF_TIME = 376_200 * DAY
"""The first instant that is not in 1970 to 2999."""
_MOST = 10**15


@dataclass(frozen=True, slots=True)
class Domain:
    """`kind` is "number", "text", "finite" or "texts" (a list of them). A number is `step` times an integer within
    `low` to `high` (either may be open); `values` are those of a finite variable. `optional` says that it may be
    missing."""

    kind: str
    optional: bool = False
    step: Fraction = Fraction(1)
    low: int | None = None
    high: int | None = None
    values: tuple[Any, ...] = ()

    def exact(self, count: int) -> Exact:
        """So many steps as a value."""
        return exact_of(self.step * count)


def exact_of(value: Fraction) -> Exact:
    """A fraction of tenths as a number of the language."""
    if value.denominator == 1:
        return value.numerator
    places = 0
    while 10**places % value.denominator:
        places += 1
    return number(Decimal(value.numerator * (10**places // value.denominator)).scaleb(-places))


class Domains:
    """The domains of one program."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.scores = {each.name: each.body for each in program.scores}
        self._set_digits = _digits_of_sets(program)
        self._known: dict[tuple[Var, str | None], Domain] = {}

    def of(self, var: Var, event: str | None) -> Domain:
        """The domain of a variable, at an event of that type."""
        key = (var, event if var[0] == "prop" else None)
        if key not in self._known:
            self._known[key] = self._of(var, event)
        return self._known[key]

    def _of(self, var: Var, event: str | None) -> Domain:
        match var:
            case ("prop", name):
                assert event is not None, "a property is asked about without an event"
                field = self.program.events[event].properties[name]
                return _of_field(field, not field.required)
            case ("attr", name):
                field = self.program.attributes[name]
                return self._computed(field, name) if field.computed else _of_field(field, True)
            case ("tally", _):
                return Domain("number", low=0)
            case ("score", key):
                body, grid = self.scores[key], grid_of(self.program, key, self.scores)
                low, high = (None if end is None else end // grid for end in (body.low, body.high))
                return Domain("number", step=Fraction(grid, 1000), low=low, high=high)
            case ("stage",):
                stages = self.program.stages
                return Domain("finite", values=(*stages.path, *stages.beside) or (None,))
            case ("tag", _):
                return Domain("finite", values=(False, True))
            case ("time",):
                return Domain("number", low=0, high=END_OF_TIME - 1)
            case ("idle",):
                return Domain("number", optional=True, low=0, high=END_OF_TIME)
            case ("quiet", _) | ("since",):
                return Domain("number", low=0, high=END_OF_TIME)
            case ("ascore", name) if self.program.account is not None:
                account = self.program.account
                low = 0 if account.scores[name].how == "count" else None
                step = Fraction(grid_of_account(self.program, account, name, self.scores), 1000)
                return Domain("number", step=step, low=low)
        return Domain("number", step=Fraction(1, 1000))  # what is rounded

    def _computed(self, field: Field, name: str) -> Domain:
        """What triggers set: without the range of the field, and as fine as the literals that are set."""
        if field.type in ("number", "percent"):
            return Domain("number", True, Fraction(1, 10 ** max(14, self._set_digits)))
        if field.type == "integer":
            return Domain("number", True)
        return _of_field(field, True)


def _of_field(field: Field, optional: bool) -> Domain:
    match field.type:
        case "number" | "percent":
            places = 12 if field.type == "number" else 14
            most = _MOST * 10**12 - 1
            return Domain("number", optional, Fraction(1, 10**places), *_ends(field, Fraction(10**places), most))
        case "integer":
            return Domain("number", optional, Fraction(1), *_ends(field, Fraction(1), _MOST - 1))
        case "date":
            return Domain("number", optional, Fraction(DAY), 0, END_OF_TIME // DAY - 1)
        case "instant":
            return Domain("number", optional, Fraction(1), 0, END_OF_TIME - 1)
        case "boolean":
            return Domain("finite", optional, values=(False, True))
        case "one of":
            return Domain("finite", optional, values=field.options)
        case "list of text":
            return Domain("texts", optional)
    return Domain("text", optional)


def _ends(field: Field, scale: Fraction, most: int) -> tuple[int, int]:
    """The range of a number in steps, of which there are `scale` to one."""
    low, high = -most, most
    if field.low is not None:
        low = max(low, -((-Fraction(field.low) * scale).__floor__()))
    if field.high is not None:
        high = min(high, (Fraction(field.high) * scale).__floor__())
    return low, high


def _digits_of_sets(program: Program) -> int:
    """How many digits behind the point the literals have that triggers put into fields."""
    most = 0
    for trigger in program.triggers:
        for act in trigger.do:
            if act[0] == "set":
                for known in _numbers(act[2]):
                    exponent = Decimal(known).as_tuple().exponent
                    most = max(most, -exponent if isinstance(exponent, int) else 0)
    return most


def _numbers(term: Term) -> Iterator[Exact]:
    for part in parts(term):
        if part[0] == "lit" and isinstance(part[1], int | Decimal) and not isinstance(part[1], bool):
            yield part[1]


def points_of(milli: int) -> Exact:
    """Thousandths as a value in points."""
    return points(milli)
