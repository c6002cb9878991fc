"""The rule table: what the compiler hands to the runtime, and the only thing that the two share.

A table is one JSON document in canonical form: keys sorted, no white space, exact decimals, defaults left out. Its
`hash` is taken over the rest of the document, so a table that was damaged on its way is refused, and two rule files
that mean the same give the same bytes. docs/table.md is the description for people; the classes here are its shape.

Units: points are integers in thousandths of a point; durations and times are integer microseconds (times since
1970-01-01T00:00Z); `days` counts whole UTC days. A *term* is an expression or a condition as a nested tuple
``(operator, operand, …)``:

values (a value that is not there makes the whole expression missing)
    ``("lit", x)``           a number (exact), text, boolean, or a date or instant in microseconds
    ``("prop", name)``       a property of the present event;  ``("attr", name)`` an attribute of the lead
    ``("tally", name)``      a count;  ``("score", key)`` a score as shown;  ``("ascore", name)`` one of an account
    ``("+", a, b)`` ``("-", a, b)`` ``("*", a, b)`` ``("min", a, …)`` ``("max", a, …)`` exact
    ``("round", a)``         rounded half-even to 1/1000
    ``("fold", a)``          the text (or each text of the list) made ready for a comparison that ignores case
    ``("time",)``            the instant of the firing
lists
    ``("list", x, …)``       literals, sorted, each once;  ``("set", i)`` entry `i` of the table's `sets`
conditions (a comparison with a missing value is false)
    ``("=", a, b)`` and ``!= < <= > >=``;  ``("in", a, LIST)``, ``("nin", a, LIST)``
    ``("starts", a, T)`` ``("ends", a, T)`` ``("contains", a, T)`` ``("word", a, T)`` ``("glob", a, T)``: T is a list,
                             of which any entry may fit, or a value
    ``("any", a, T)``        `a` is a list of texts, one of which is equal to T, or to an entry of T
    ``("is", a)``            a boolean that is true;  ``("present", a)``, ``("missing", a)``
    ``("last", a, D)``       a <= t < a + D;  ``("next", a, D)`` a - D <= t < a;  ``("ago", a, D)`` t >= a + D
    ``("and", c, …)`` ``("or", c, …)`` ``("not", c)`` ``("true",)`` ``("false",)``
    ``("test", i)``          entry `i` of the table's `tests`, a condition that several rules share
    ``("stage", op, name)`` ``("stagefor", name, D)`` ``("tag", text)`` ``("idle", D)`` ``("quiet", key, D)``
                             the state of a lead, in triggers, segments and account scores; a tag also of an account
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, TypeAlias

from msgspec import NODEFAULT, field
from msgspec.structs import fields

from runtime.record import Record

FORMAT = "leadscore-table"
VERSION = 1

Term: TypeAlias = tuple[Any, ...]


class TableError(Exception):
    """A table that can't be used; the text says why and what to do."""


class Field(Record, frozen=True):
    """A property or an attribute. `spelling` is the key in JSON; `low` and `high` bound a number; `options` those of
    "one of"; `fold` says that comparisons ignore case."""

    spelling: str
    type: str
    required: bool = False
    computed: bool = False
    fold: bool = False
    low: Decimal | int | None = None
    high: Decimal | int | None = None
    options: tuple[str, ...] = ()


class Event(Record, frozen=True):
    spelling: str
    passive: bool = False
    properties: Mapping[str, Field] = field(default_factory=dict)


class Match(Record, frozen=True):
    """Which events are meant: those of type `on` for which `where` holds.

    With an index, `rows` and `rest` stand instead of `where`: the event matches if all terms of any row hold, each of
    them looking at one property or attribute only, and `rest`, which may look at several, holds too."""

    on: str
    where: Term | None = None
    rows: tuple[tuple[Term, ...], ...] | None = None
    rest: Term | None = None


class Limit(Record, frozen=True):
    """`times` firings, or `points` thousandths of points, in all or in the last `per` microseconds; for each value of
    the property `each`."""

    times: int | None = None
    points: int | None = None
    per: int | None = None
    each: str | None = None


class Repeated(Record, frozen=True):
    times: int
    within: int


class Best(Record, frozen=True):
    """`each` is the property whose values are counted apart, if any."""

    each: str | None = None


class OnRule(Record, frozen=True):
    """Adds `points` (thousandths, negative to subtract) or the value of the term `value` (points) at each match."""

    name: str
    match: Match
    label: str | None = None
    when: Term | None = None
    repeated: Repeated | None = None
    points: int | None = None
    value: Term | None = None
    best: Best | None = None
    limits: tuple[Limit, ...] = ()
    group: str | None = None


class Branch(Record, frozen=True):
    when: Term
    points: int | None = None
    value: Term | None = None


class WhenRule(Record, frozen=True):
    """Profile points of the first branch whose condition holds."""

    name: str
    branches: tuple[Branch, ...]
    label: str | None = None
    group: str | None = None


class Group(Record, frozen=True):
    """`limits` of a group of `on` rules, or `most`, the most that the sum of a group of `when` rules may be."""

    label: str | None = None
    limits: tuple[Limit, ...] = ()
    most: int | None = None


class Degrade(Record, frozen=True):
    """At a step the score drops by `points`, or by the fraction `percent` of it, to no less than `floor` (None: no
    floor). `without` is "activity" or "increase" with `after`, or None: steps at first activity + k·`every`."""

    every: int
    without: str | None = None
    after: int = 0
    points: int | None = None
    percent: Decimal | int | None = None
    floor: int | None = None


class Ageing(Record, frozen=True):
    """`expire` days; `fade` (a fraction) every `every` days, of the first value if `of_first`."""

    expire: int | None = None
    fade: Decimal | int | None = None
    every: int | None = None
    of_first: bool = False


class Band(Record, frozen=True):
    """`below` is the first value above the band, None for the last."""

    name: str
    below: int | None = None


class Score(Record, frozen=True):
    """A score of rules, or, with `value`, one computed from others. `low` and `high` bound it, None is open."""

    label: str | None = None
    low: int | None = None
    high: int | None = None
    ready: int | None = None
    bands: tuple[Band, ...] = ()
    on: tuple[OnRule, ...] = ()
    when: tuple[WhenRule, ...] = ()
    groups: Mapping[str, Group] = field(default_factory=dict)
    degrade: Degrade | None = None
    ageing: Ageing | None = None
    value: Term | None = None


class Tally(Record, frozen=True):
    """`days` is None for a tally that never falls."""

    match: Match
    label: str | None = None
    days: int | None = None


class Stages(Record, frozen=True):
    path: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()


class Trigger(Record, frozen=True):
    """`do` holds the actions in order: ``("move", stage)``, ``("emit", name)``, ``("tag", text)``, ``("untag", text)``,
    ``("set", attribute, term)``, ``("add", key, points)``, ``("reset", key, points)`` (points in thousandths)."""

    name: str
    label: str | None = None
    match: Match | None = None
    when: Term | None = None
    limits: tuple[Limit, ...] = ()
    do: tuple[Term, ...] = ()


class AccountScore(Record, frozen=True):
    """`how` is "sum", "max", "average", "top" (of the `top` largest) or "count" (then `of` is None)."""

    how: str
    of: str | None = None
    top: int | None = None
    where: Term | None = None
    label: str | None = None


class Account(Record, frozen=True):
    attribute: str | None = None
    scores: Mapping[str, AccountScore] = field(default_factory=dict)
    triggers: tuple[Trigger, ...] = ()


class Segment(Record, frozen=True):
    """`pick` is "highest", "lowest" or None; of `count` leads or the fraction `percent` of them, by the score `by`."""

    pick: str | None = None
    count: int | None = None
    percent: Decimal | int | None = None
    by: str | None = None
    where: Term | None = None
    label: str | None = None


class Ending(Record, frozen=True):
    """What decides about a lead: an event of type `on` for which `where` holds. `worth` is the term of what it brings,
    in the unit that the model's authors have in mind."""

    on: str
    where: Term | None = None
    worth: Term | None = None


class Outcome(Record, frozen=True):
    """What a lead may come to: the first event that fits one of `won` or `lost` decides which it is."""

    won: tuple[Ending, ...]
    lost: tuple[Ending, ...] = ()
    label: str | None = None


FUNCTIONS: Mapping[str, tuple[int, int]] = {
    "entries": (1, 1), "field": (1, 1), "whole": (0, 0), "from_items": (1, 1), "lookup": (2, 3),
    "lower": (1, 1), "upper": (1, 1), "trim": (1, 1), "snake": (1, 1), "split": (2, 2), "replace": (3, 3),
    "from_json": (1, 1), "from_base64": (1, 1),
    "url_host": (1, 1), "url_path": (1, 1), "url_param": (2, 2), "date": (1, 3), "instant": (1, 3),
}  # fmt: skip
"""What expressions of sources may call beside the functions of JMESPath itself, with the least and the most arguments;
docs/sources.md tells what each gives."""
EPOCHS: Mapping[str, int] = {"epoch seconds": 1_000_000, "epoch milliseconds": 1_000, "epoch microseconds": 1}
"""How a number tells a time, with the microseconds of 1."""
CLOCK: Mapping[str, str] = {
    "YYYY": "(?P<year>[0-9]{4})", "MM": "(?P<month>[0-9]{1,2})", "DD": "(?P<day>[0-9]{1,2})",
    "hh": "(?P<hour>[0-9]{1,2})", "mm": "(?P<minute>[0-9]{1,2})", "ss": "(?P<second>[0-9]{1,2})",
    "SSS": "(?P<fraction>[0-9]+)",
}  # fmt: skip
"""The parts of a format such as ``DD.MM.YYYY hh:mm``, with the regular expression of each."""


class Given(Record, frozen=True):
    """An event that a record gives: its `type` in JSON, or the expression `typed` for it; ``lead`` carries attributes.

    `whole` is the expression of an object with all properties; those of `data`, by their key in JSON, replace them."""

    type: str | None = None
    typed: str | None = None
    whole: str | None = None
    data: Mapping[str, str] = field(default_factory=dict)


class Pick(Record, frozen=True):
    """What becomes of a record. `word` is "on" (it gives `gives` if `when` holds), "ignore" (it is left out if `when`
    holds), "else" (if none of these held; without `gives` it is left out) or "always" (beside what else it gives)."""

    word: str
    when: str | None = None
    gives: tuple[Given, ...] = ()


class Source(Record, frozen=True):
    """How payloads of another system become events: JMESPath expressions. `each` finds the records, `columns` name the
    cells of rows without a header; of the records for which `where` holds, the first of `picks` that fits decides."""

    time: str
    lead: str
    label: str | None = None
    each: str | None = None
    columns: tuple[str, ...] = ()
    where: str | None = None
    id: str | None = None
    origin: str | None = None
    format: str | None = None
    zone: str | None = None
    picks: tuple[Pick, ...] = ()


class Table(Record, frozen=True):
    model: str
    lateness: int
    label: str | None = None
    attributes: Mapping[str, Field] = field(default_factory=dict)
    events: Mapping[str, Event] = field(default_factory=dict)
    sets: tuple[tuple[Any, ...], ...] = ()
    tests: tuple[Term, ...] = ()
    scores: Mapping[str, Score] = field(default_factory=dict)
    tallies: Mapping[str, Tally] = field(default_factory=dict)
    stages: Stages = Stages()
    triggers: tuple[Trigger, ...] = ()
    account: Account | None = None
    segments: Mapping[str, Segment] = field(default_factory=dict)
    outcomes: Mapping[str, Outcome] = field(default_factory=dict)
    sources: Mapping[str, Source] = field(default_factory=dict)


# --- writing ----------------------------------------------------------------------------------------------------------


def _plain(value: Any, labels: bool = True) -> Any:
    """The JSON form of a part of a table: classes become objects without their defaults, tuples arrays."""
    if isinstance(value, Record):
        given = {}
        for part in fields(value):
            if part.name == "label" and not labels:
                continue
            inner = getattr(value, part.name)
            default = part.default if part.default_factory is NODEFAULT else part.default_factory()
            if inner != default or type(inner) is not type(default):
                given[part.name] = _plain(inner, labels)
        return given
    if isinstance(value, Mapping):
        return {key: _plain(inner, labels) for key, inner in value.items()}
    if isinstance(value, tuple):
        return [_plain(inner, labels) for inner in value]
    return value


_quote = json.encoder.encode_basestring


def _write(value: Any) -> str:
    """Canonical JSON: sorted keys, no white space, decimals exactly and without an exponent."""
    kind = type(value)
    if kind is str:
        return _quote(value)
    if kind is int:
        return str(value)
    if kind is list:
        return "[" + ",".join([_write(inner) for inner in value]) + "]"
    if kind is dict:
        return "{" + ",".join([f"{_quote(key)}:{_write(value[key])}" for key in sorted(value)]) + "}"
    if isinstance(value, Decimal):
        if value == value.to_integral_value():
            return str(int(value))
        return format(value, "f").rstrip("0")
    return json.dumps(value, ensure_ascii=False)


def dump(table: Table) -> bytes:
    """The bytes of a table file: canonical JSON in UTF-8 with format, version and hash, ended by a line break."""
    document = {"format": FORMAT, "version": VERSION, **_plain(table)}
    document["hash"] = _digest(document)
    return (_write(document) + "\n").encode()


def digest(table: Table) -> str:
    """The content hash of a table, as it stands in its file."""
    return _digest({"format": FORMAT, "version": VERSION, **_plain(table)})


def meaning(table: Table) -> str:
    """A hash of what the table makes of events: a state fits any table that agrees in it.

    Labels are left aside; so are sources, which say what becomes an event, not what it means, and outcomes, which are
    asked by those who look back."""
    document = {"format": FORMAT, "version": VERSION, **_plain(table, labels=False)}
    document.pop("sources", None)
    document.pop("outcomes", None)
    return _digest(document)


def _digest(document: dict[str, Any]) -> str:
    return "sha256:" + hashlib.sha256(_write(document).encode()).hexdigest()


# --- reading ----------------------------------------------------------------------------------------------------------


def _number(text: str) -> int | Decimal:
    value = Decimal(text)
    return int(value) if value == value.to_integral_value() else value


def _term(value: Any) -> Any:
    return tuple([_term(inner) for inner in value]) if type(value) is list else value


def _terms(value: Any) -> Any:
    return tuple([_term(inner) for inner in value])


def _whole(value: Any) -> Any:
    return value


def _list_of(read: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda value: tuple([read(inner) for inner in value])


def _map_of(read: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda value: {key: read(inner) for key, inner in value.items()}


def _shape(kind: type, **parts: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """A reader of `kind` from an object: `parts` are the members that are more than plain values."""

    def read(value: Any) -> Any:
        return kind(**{key: parts[key](inner) if key in parts else inner for key, inner in value.items()})

    return read


_field = _shape(Field, options=tuple)
_match = _shape(Match, where=_term, rows=_list_of(_terms), rest=_term)
_limits = _list_of(_shape(Limit))
_on_rule = _shape(
    OnRule, match=_match, when=_term, repeated=_shape(Repeated), value=_term, best=_shape(Best), limits=_limits
)
_when_rule = _shape(WhenRule, branches=_list_of(_shape(Branch, when=_term, value=_term)))
_score = _shape(
    Score,
    bands=_list_of(_shape(Band)),
    on=_list_of(_on_rule),
    when=_list_of(_when_rule),
    groups=_map_of(_shape(Group, limits=_limits)),
    degrade=_shape(Degrade),
    ageing=_shape(Ageing),
    value=_term,
)
_triggers = _list_of(_shape(Trigger, match=_match, when=_term, limits=_limits, do=_terms))
_endings = _list_of(_shape(Ending, where=_term, worth=_term))
_table = _shape(
    Table,
    attributes=_map_of(_field),
    events=_map_of(_shape(Event, properties=_map_of(_field))),
    sets=_terms,
    tests=_terms,
    scores=_map_of(_score),
    tallies=_map_of(_shape(Tally, match=_match)),
    stages=_shape(Stages, path=tuple, beside=tuple),
    triggers=_triggers,
    account=_shape(Account, scores=_map_of(_shape(AccountScore, where=_term)), triggers=_triggers),
    segments=_map_of(_shape(Segment, where=_term)),
    outcomes=_map_of(_shape(Outcome, won=_endings, lost=_endings)),
    sources=_map_of(_shape(Source, columns=tuple, picks=_list_of(_shape(Pick, gives=_list_of(_shape(Given)))))),
)


def _untouched(data: bytes, given: object) -> bool:
    """Whether the bytes are those that `dump` wrote under the hash `given`, which proves them as they stand."""
    member = f',"hash":"{given}"'.encode()
    return given == "sha256:" + hashlib.sha256(data.rstrip(b"\n").replace(member, b"", 1)).hexdigest()


def load(data: bytes, name: str = "the table") -> Table:
    """Read a table from the bytes of its file; `name` is what errors call it.

    Raises TableError for bytes that are no table, of a format that this runtime does not read, or damaged."""
    try:
        document = json.loads(data.decode(), parse_float=_number)
    except (UnicodeDecodeError, ValueError, RecursionError, ArithmeticError) as error:
        raise TableError(f"{name} is not a rule table: it is not JSON ({error}); compile the rule file again") from None
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise TableError(f"{name} is not a rule table: `format` is not `{FORMAT}`; compile a rule file to get one")
    version = document.get("version")
    if type(version) is not int or version < 1:
        raise TableError(f"{name} is damaged: `version` is not a positive whole number; compile the rule file again")
    if version > VERSION:
        raise TableError(
            f"{name} has table format {version} and this runtime reads up to {VERSION}; update leadscore, or compile "
            "the rule file with the version that runs it"
        )
    given = document.pop("hash", None)
    try:
        found = given if _untouched(data, given) else _digest(document)
    except (ValueError, TypeError, ArithmeticError, RecursionError):
        found = None
    if given is None or given != found:
        raise TableError(f"{name} is damaged: its content does not fit its hash; compile the rule file again")
    del document["format"], document["version"]
    try:
        table = _table(document)
    except (TypeError, ValueError, AttributeError, KeyError, RecursionError) as error:
        raise TableError(f"{name} is damaged: {error}; compile the rule file again") from None
    return table  # type: ignore[no-any-return]  # built by the readers above
