"""The syntax tree of a rule file: frozen, positioned, and nothing else.

Every node carries the span of text it was read from; a span never takes part in equality, so two trees are equal
when they say the same thing in the same order, however they are laid out. Different kinds of literal are different
classes, because in Python ``1 == True``.

Numbers are `decimal.Decimal` exactly as written, percents are the fraction (``80%`` is ``Decimal("0.8")``), durations
are whole microseconds, instants are microseconds since 1970-01-01T00:00Z, and all text is in Unicode form NFC.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Span:
    """Code points `start` up to but not including `end` of the source file named `file`."""

    file: str
    start: int
    end: int


NOWHERE = Span("", 0, 0)


@dataclass(frozen=True, slots=True)
class Node:
    """What all parts of the tree share: the place they came from."""

    span: Span = field(default=NOWHERE, compare=False, repr=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class Name(Node):
    """A name, where it is declared or where it is used; stages and bands may be written as quoted text."""

    text: str


# --- literals -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Number(Node):
    value: Decimal


@dataclass(frozen=True, slots=True)
class Percent(Node):
    """``80%``: `value` is the fraction, 0.8."""

    value: Decimal


@dataclass(frozen=True, slots=True)
class Text(Node):
    value: str


@dataclass(frozen=True, slots=True)
class Flag(Node):
    value: bool


@dataclass(frozen=True, slots=True)
class Duration(Node):
    """``7 days``: `micros` is exact and positive; `amount` and `unit` (singular) are as written, for the formatter."""

    micros: int
    amount: Decimal = field(compare=False)
    unit: str = field(compare=False)


@dataclass(frozen=True, slots=True)
class Date(Node):
    """``2026-03-02``: `micros` is its 00:00Z."""

    micros: int


@dataclass(frozen=True, slots=True)
class Instant(Node):
    """``2026-03-02T10:00Z``: `written` keeps the spelling for the formatter."""

    micros: int
    written: str = field(compare=False)


@dataclass(frozen=True, slots=True)
class Null(Node):
    """``null``, in the values of a test only: the value is absent."""


@dataclass(frozen=True, slots=True)
class ListOf(Node):
    """``["DK", "NO"]``"""

    items: tuple[Expr, ...]


# --- expressions and conditions: one sort, told apart by the checker --------------------------------------------------


@dataclass(frozen=True, slots=True)
class Ref(Node):
    """A bare name: property, attribute, tally, score, let, set, family variable, stage, `ready`, `time`, …"""

    name: str


@dataclass(frozen=True, slots=True)
class Qualified(Node):
    """``event.NAME`` or ``lead.NAME``: `scope` is "event" or "lead"."""

    scope: str
    name: Name


@dataclass(frozen=True, slots=True)
class Member(Node):
    """``interest[crm]`` or ``interest["field service"]``: one score of a family."""

    family: Name
    member: Name


@dataclass(frozen=True, slots=True)
class Cell(Node):
    """``line.points`` or ``line["Points won"]``: what a line of the table holds, in a test for each line of it."""

    column: Name


@dataclass(frozen=True, slots=True)
class Negative(Node):
    """``-x``"""

    operand: Expr


@dataclass(frozen=True, slots=True)
class Arithmetic(Node):
    """`op` is one of ``+ - *``."""

    op: str
    left: Expr
    right: Expr


@dataclass(frozen=True, slots=True)
class Extreme(Node):
    """``min(a, b, …)`` or ``max(…)``: `which` is "min" or "max"."""

    which: str
    items: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Compare(Node):
    """`op` is one of ``= != < <= > >=``."""

    op: str
    left: Expr
    right: Expr


@dataclass(frozen=True, slots=True)
class Between(Node):
    operand: Expr
    low: Expr
    high: Expr


@dataclass(frozen=True, slots=True)
class In(Node):
    """``x in LIST``, ``x not in LIST``; the list may be a ListOf, a set, a let, or a field that is a list of text."""

    operand: Expr
    container: Expr
    negated: bool


@dataclass(frozen=True, slots=True)
class TextTest(Node):
    """`op` is "starts with", "ends with", "contains", "matches" or "has word"."""

    op: str
    operand: Expr
    argument: Expr


@dataclass(frozen=True, slots=True)
class Presence(Node):
    """``x is present`` (`present` true) or ``x is missing``."""

    operand: Expr
    present: bool


@dataclass(frozen=True, slots=True)
class DateWindow(Node):
    """``FIELD in the last D``, ``in the next D``, ``more than D ago``: `which` is "last", "next" or "ago"."""

    which: str
    operand: Expr
    duration: Length


@dataclass(frozen=True, slots=True)
class Not(Node):
    operand: Expr


@dataclass(frozen=True, slots=True)
class And(Node):
    """Two or more operands, flattened as written: ``a and b and c`` is one And of three."""

    items: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Or(Node):
    items: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class InBand(Node):
    """``readiness is hot``, ``readiness is at least warm``."""

    score: Expr
    band: Name | Cell
    at_least: bool


@dataclass(frozen=True, slots=True)
class IdleFor(Node):
    duration: Length


@dataclass(frozen=True, slots=True)
class NotIncreased(Node):
    """``S not increased for D``"""

    score: Expr
    duration: Length


@dataclass(frozen=True, slots=True)
class StageFor(Node):
    """``stage = X for D``"""

    stage: Name
    duration: Length


@dataclass(frozen=True, slots=True)
class HasTag(Node):
    tag: Text


Expr: TypeAlias = (
    Number | Percent | Text | Flag | Duration | Date | Instant | Null | ListOf | Ref | Qualified | Member | Negative
    | Arithmetic | Extreme | Compare | Between | In | TextTest | Presence | DateWindow | Not | And | Or | InBand
    | IdleFor | NotIncreased | StageFor | HasTag | Cell
)  # fmt: skip
Length: TypeAlias = Duration | Ref
"""Where a duration is wanted: written out, or the name of a `let`."""
Const: TypeAlias = Number | Percent | Ref | Negative | Arithmetic | Extreme
"""Where a constant number or percent is wanted: a literal, a `let`, or an expression of them in parentheses."""


# --- small parts ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Note(Node):
    """``note 2026-03-02 "Raised from 5."``"""

    date: Date
    text: Text


@dataclass(frozen=True, slots=True)
class TypeRef(Node):
    """`kind` is "text", "number", "integer", "percent", "boolean", "date", "instant", "one of", "list of text" or
    "account"; `low` and `high` are the range of an integer or number, either None; `options` those of a "one of"."""

    kind: str
    ignoring_case: bool = False
    low: Decimal | None = None
    high: Decimal | None = None
    options: tuple[Text, ...] = ()


@dataclass(frozen=True, slots=True)
class Field(Node):
    """A property of an event or an attribute of the lead; `spelling` is the text after ``as``."""

    name: Name
    type: TypeRef
    required: bool = False
    computed: bool = False
    spelling: Text | None = None


@dataclass(frozen=True, slots=True)
class Repeated(Node):
    """``repeated 3 times in 14 days``"""

    times: Const
    within: Length


@dataclass(frozen=True, slots=True)
class On(Node):
    """``on EVENT [where CONDITION] [repeated N times in D]``"""

    event: Name
    where: Expr | None = None
    repeated: Repeated | None = None


@dataclass(frozen=True, slots=True)
class TimesLimit(Node):
    """``at most N times [per D] [for each P]``; ``once`` is 1 (`once` remembers the spelling)."""

    times: Const
    per: Length | None = None
    each: Name | None = None
    once: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True)
class PointsLimit(Node):
    """``at most N points [per D]``"""

    points: Const
    per: Length | None = None


@dataclass(frozen=True, slots=True)
class Best(Node):
    """``best`` or ``best for each P``"""

    each: Name | None = None


Limit: TypeAlias = TimesLimit | PointsLimit | Best


# --- scores ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ReadyAt(Node):
    points: Const


@dataclass(frozen=True, slots=True)
class Range(Node):
    low: Const | None
    high: Const | None


@dataclass(frozen=True, slots=True)
class Band(Node):
    """`below` is None for the last, open band."""

    name: Name
    below: Const | None


@dataclass(frozen=True, slots=True)
class Bands(Node):
    bands: tuple[Band, ...]


@dataclass(frozen=True, slots=True)
class Branch(Node):
    """``[when CONDITION] add EXPRESSION``: `subtract` says which word stood there."""

    when: Expr | None
    points: Expr
    subtract: bool = False


@dataclass(frozen=True, slots=True)
class Rule(Node):
    """An `on` rule (`on` is set, exactly one branch, whose `when` may be None) or a `when` rule (`on` is None, one
    branch for ``when`` and one for each ``else when``). `limits` are in the order written, `best` among them."""

    name: Name
    label: Text | None
    on: On | None
    branches: tuple[Branch, ...]
    limits: tuple[Limit, ...] = ()
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class Group(Node):
    name: Name
    label: Text | None
    limits: tuple[Limit, ...]
    rules: tuple[Rule, ...]
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class Degrade(Node):
    """`without` is "activity", "increase" or None (no ``after``); `amount` is points, or a percent if `percent`;
    `floor` is points, or a percent of `ready` if `floor_of_ready`."""

    after: Length | None
    without: str | None
    amount: Const
    percent: bool
    every: Length
    floor: Const | None = None
    floor_of_ready: bool = False


@dataclass(frozen=True, slots=True)
class Expire(Node):
    after: Length


@dataclass(frozen=True, slots=True)
class Fade(Node):
    amount: Const
    of_first: bool
    every: Length


ScoreMember: TypeAlias = ReadyAt | Range | Bands | Rule | Group | Degrade | Expire | Fade | Note


@dataclass(frozen=True, slots=True)
class Family(Node):
    """``for line in ["crm", "analytics"]``"""

    variable: Name
    values: Expr


@dataclass(frozen=True, slots=True)
class Score(Node):
    """A score with rules (`value` is None), or one computed from others (`value` is set)."""

    name: Name
    label: Text | None
    family: Family | None
    value: Expr | None
    members: tuple[ScoreMember, ...]


# --- triggers -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class MoveTo(Node):
    stage: Name


@dataclass(frozen=True, slots=True)
class Emit(Node):
    name: Text


@dataclass(frozen=True, slots=True)
class SetTag(Node):
    """``tag "x"``, or ``untag "x"`` if `remove`."""

    tag: Text
    remove: bool = False


@dataclass(frozen=True, slots=True)
class SetField(Node):
    """``set FIELD = value``"""

    field: Name
    value: Expr


@dataclass(frozen=True, slots=True)
class AddTo(Node):
    """``add N to SCORE``, ``subtract N from SCORE``; `score` is a Ref or a Member."""

    points: Const
    score: Expr
    subtract: bool = False


@dataclass(frozen=True, slots=True)
class Reset(Node):
    """``reset SCORE to N``"""

    score: Expr
    points: Const


Action: TypeAlias = MoveTo | Emit | SetTag | SetField | AddTo | Reset


@dataclass(frozen=True, slots=True)
class Trigger(Node):
    name: Name
    label: Text | None
    on: On | None
    when: Expr | None
    actions: tuple[Action, ...]
    limits: tuple[Limit, ...] = ()
    notes: tuple[Note, ...] = ()


# --- declarations ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Import(Node):
    path: Text


@dataclass(frozen=True, slots=True)
class Owner(Node):
    text: Text


@dataclass(frozen=True, slots=True)
class Lateness(Node):
    duration: Length


@dataclass(frozen=True, slots=True)
class Held(Node):
    """``held DATE [stable] ["what came of it"]``"""

    date: Date
    stable: bool = False
    text: Text | None = None


@dataclass(frozen=True, slots=True)
class Review(Node):
    """``review [PROGRAM] { since DATE  first after D  then every D  held DATE … }``; any part may be missing, `program`
    names what is reviewed where it is not the model itself."""

    program: Text | None
    first: Length | None
    every: Length | None
    since: Date | None = None
    held: tuple[Held, ...] = ()


@dataclass(frozen=True, slots=True)
class Model(Node):
    """`settings` are in the order written."""

    name: Name
    label: Text | None
    settings: tuple[Owner | Lateness | Review | Note, ...]


@dataclass(frozen=True, slots=True)
class Let(Node):
    name: Name
    value: Expr


@dataclass(frozen=True, slots=True)
class SetOf(Node):
    """``set NAME = [ … ]`` (`entries`) or ``set NAME from "file"`` (`path`)."""

    name: Name
    entries: ListOf | None
    path: Text | None


@dataclass(frozen=True, slots=True)
class Lead(Node):
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Event(Node):
    name: Name
    spelling: Text | None
    passive: bool
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Tally(Node):
    name: Name
    label: Text | None
    over: Length | None
    on: On


@dataclass(frozen=True, slots=True)
class Stages(Node):
    path: tuple[Name, ...]
    beside: tuple[Name, ...] = ()


@dataclass(frozen=True, slots=True)
class AccountScore(Node):
    """`how` is "sum", "max", "average", "top" (`top` holds N) or "count" (`score` None)."""

    name: Name
    label: Text | None
    how: str
    top: Const | None
    score: Expr | None
    where: Expr | None


@dataclass(frozen=True, slots=True)
class Account(Node):
    members: tuple[AccountScore | Trigger, ...]


@dataclass(frozen=True, slots=True)
class Segment(Node):
    """`pick` is "highest", "lowest" or None; `amount` is a number, or a percent if `percent`."""

    name: Name
    label: Text | None
    pick: str | None
    amount: Const | None
    percent: bool
    by: Expr | None
    where: Expr | None


@dataclass(frozen=True, slots=True)
class Ending(Node):
    """``on EVENT where … worth …`` of an outcome, or ``lost on EVENT where …``."""

    on: On
    worth: Expr | None
    lost: bool


@dataclass(frozen=True, slots=True)
class Outcome(Node):
    name: Name
    label: Text | None
    endings: tuple[Ending, ...]


# --- sources --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Entry(Node):
    """``path: "properties.path"``: a property or attribute, and the expression that gives its value."""

    name: Name
    value: Text


@dataclass(frozen=True, slots=True)
class Given(Node):
    """``give EVENT [with "…"] { ENTRIES }``: `event` is a name, or an expression for the type; `whole` is an expression
    for all properties at once."""

    event: Name | Text
    whole: Text | None = None
    entries: tuple[Entry, ...] = ()


@dataclass(frozen=True, slots=True)
class GivenLead(Node):
    """``set [with "…"] { ENTRIES }``: attributes of the lead."""

    whole: Text | None = None
    entries: tuple[Entry, ...] = ()


@dataclass(frozen=True, slots=True)
class Pick(Node):
    """What becomes of a record: ``on "…" give …``, ``ignore "…"``, ``else …`` or ``always …``.

    `word` is "on", "ignore", "else" or "always", `when` the condition of the first two; an ``else ignore`` gives
    nothing."""

    word: str
    when: Text | None = None
    gives: tuple[Given | GivenLead, ...] = ()


@dataclass(frozen=True, slots=True)
class Setting(Node):
    """``id "messageId"``: `word` is "each", "where", "id", "source" or "lead"."""

    word: str
    value: Text


@dataclass(frozen=True, slots=True)
class Moment(Node):
    """``time "…" [as "FORMAT"] [in "ZONE"]``"""

    value: Text
    format: Text | None = None
    zone: Text | None = None


@dataclass(frozen=True, slots=True)
class Columns(Node):
    """``each line of ["id", "time", …]``: the columns of rows that come without a header."""

    names: ListOf


SourceMember: TypeAlias = Setting | Moment | Columns | Pick


@dataclass(frozen=True, slots=True)
class EventSource(Node):
    """``source NAME [like OTHER] { … }``: how the payloads of another system become events."""

    name: Name
    label: Text | None
    like: Name | None
    members: tuple[SourceMember, ...]


# --- tests in the file ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Value(Node):
    """``path: "/pricing"`` in a test: the declared name and a literal (or a constant expression)."""

    name: Name
    value: Expr


@dataclass(frozen=True, slots=True)
class At(Node):
    time: Instant | Date | Cell


@dataclass(frozen=True, slots=True)
class After(Node):
    duration: Length | Cell


@dataclass(frozen=True, slots=True)
class GiveLead(Node):
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class GiveEvent(Node):
    event: Name
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Expect(Node):
    """``expect CONDITION``"""

    condition: Expr


@dataclass(frozen=True, slots=True)
class ExpectFired(Node):
    """``expect [not] fired TRIGGER [N times]``"""

    trigger: Name
    times: Const | Cell | None
    negated: bool


@dataclass(frozen=True, slots=True)
class ExpectEmitted(Node):
    """``expect [not] emitted "name"``"""

    name: Text
    negated: bool


Step: TypeAlias = At | After | GiveLead | GiveEvent | Expect | ExpectFired | ExpectEmitted


@dataclass(frozen=True, slots=True)
class Test(Node):
    """`lines` is the table of ``for each line of "cases.csv"``, for each line of which the test stands."""

    label: Text
    steps: tuple[Step, ...]
    lines: Text | None = None


# --- assertions -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Always(Node):
    """``always CONDITION``: at every look at every possible lead."""

    condition: Expr


@dataclass(frozen=True, slots=True)
class Never(Node):
    """``never CONDITION``: at no look at any possible lead."""

    condition: Expr


@dataclass(frozen=True, slots=True)
class Reachable(Node):
    """``reachable CONDITION [within D]``: some history of a lead gets there; `within` that time of its first event."""

    condition: Expr
    within: Length | None = None


@dataclass(frozen=True, slots=True)
class Within(Node):
    """``within D CONDITION``: at every moment of every possible lead up to its first event and `duration`."""

    duration: Length
    condition: Expr


@dataclass(frozen=True, slots=True)
class NeverFired(Node):
    """``never fired TRIGGER [without EVENT [where CONDITION]]``: `without` says which event of the lead comes before
    each firing, or with it."""

    trigger: Name
    without: On | None = None


Claim: TypeAlias = Always | Never | Reachable | Within | NeverFired


@dataclass(frozen=True, slots=True)
class Assertion(Node):
    """``assert "…" { CLAIMS }``"""

    label: Text
    claims: tuple[Claim, ...]


Item: TypeAlias = (
    Import | Model | Let | SetOf | Lead | Event | Score | Tally | Stages | Trigger | Account | Segment | Outcome
    | EventSource | Test | Assertion
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class File(Node):
    items: tuple[Item, ...]
