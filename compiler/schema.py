"""The shape of a table file as a pydantic model, published as docs/table.schema.json.

The runtime does not use it: it trusts the hash. Tests validate every table that is emitted, and whoever writes another
runtime can validate theirs. Numbers are exact: parse a file with `parse_float=Decimal` before validating it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WithJsonSchema

from compiler.terms import SHAPES
from runtime.table import FORMAT, VERSION, Table, dump

FORMAL = frozenset({"var", "template"})
OPERATORS = sorted(SHAPES.keys() - FORMAL)
_NUMBER = {"type": "number"}


def _checked(term: list[Any]) -> list[Any]:
    """Raise ValueError unless every term in `term` has a known operator with as many operands as it takes."""
    if not term or term[0] not in OPERATORS:
        raise ValueError(f"{term[:1]} is no operator")
    shape, count = SHAPES[term[0]], len(term) - 1
    fits = count >= 1 if shape.endswith("+") else shape.endswith("*") or count == len(shape)
    if not fits:
        raise ValueError(f"`{term[0]}` does not take {count} operands")
    if term[0] not in ("lit", "list"):
        for part in term[1:]:
            if isinstance(part, list):
                _checked(part)
    return term


Term = Annotated[
    list[Any],
    AfterValidator(_checked),
    WithJsonSchema({"type": "array", "minItems": 1, "prefixItems": [{"enum": OPERATORS}]}),
]
Number = Annotated[int | Decimal, WithJsonSchema(_NUMBER)]
Fraction = Annotated[int | Decimal, Field(gt=0, le=1), WithJsonSchema({**_NUMBER, "exclusiveMinimum": 0, "maximum": 1})]
Milli = Annotated[int, Field(description="points in thousandths")]
Micros = Annotated[int, Field(gt=0, description="microseconds")]
Days = Annotated[int, Field(gt=0, description="UTC days")]
Count = Annotated[int, Field(gt=0)]


class Part(BaseModel):
    """What all parts share: nothing unknown in them, and no conversion of values."""

    model_config = ConfigDict(extra="forbid", strict=True, arbitrary_types_allowed=True)


class FieldPart(Part):
    spelling: str
    type: Literal[
        "text", "number", "integer", "percent", "boolean", "date", "instant", "one of", "list of text", "account"
    ]
    required: bool = False
    computed: bool = False
    fold: bool = False
    low: Number | None = None
    high: Number | None = None
    options: list[str] = []


class EventPart(Part):
    spelling: str
    passive: bool = False
    properties: dict[str, FieldPart] = {}


class MatchPart(Part):
    on: str
    where: Term | None = None
    rows: list[list[Term]] | None = Field(default=None, max_length=8)
    rest: Term | None = None


class LimitPart(Part):
    times: Count | None = None
    points: Annotated[Milli, Field(gt=0)] | None = None
    per: Micros | None = None
    each: str | None = None


class RepeatedPart(Part):
    times: Count
    within: Micros


class BestPart(Part):
    each: str | None = None


class OnRulePart(Part):
    name: str
    match: MatchPart
    label: str | None = None
    when: Term | None = None
    repeated: RepeatedPart | None = None
    points: Milli | None = None
    value: Term | None = None
    best: BestPart | None = None
    limits: list[LimitPart] = []
    group: str | None = None


class BranchPart(Part):
    when: Term
    points: Milli | None = None
    value: Term | None = None


class WhenRulePart(Part):
    name: str
    branches: list[BranchPart]
    label: str | None = None
    group: str | None = None


class GroupPart(Part):
    label: str | None = None
    limits: list[LimitPart] = []
    most: Annotated[Milli, Field(gt=0)] | None = None


class DegradePart(Part):
    every: Micros
    without: Literal["activity", "increase"] | None = None
    after: Annotated[int, Field(ge=0)] = 0
    points: Annotated[Milli, Field(gt=0)] | None = None
    percent: Fraction | None = None
    floor: Milli | None = None


class AgeingPart(Part):
    expire: Days | None = None
    fade: Fraction | None = None
    every: Days | None = None
    of_first: bool = False


class BandPart(Part):
    name: str
    below: Milli | None = None


class ScorePart(Part):
    label: str | None = None
    low: Annotated[Milli, Field(le=0)] | None = None
    high: Annotated[Milli, Field(ge=0)] | None = None
    ready: Milli | None = None
    bands: list[BandPart] = []
    on: list[OnRulePart] = []
    when: list[WhenRulePart] = []
    groups: dict[str, GroupPart] = {}
    degrade: DegradePart | None = None
    ageing: AgeingPart | None = None
    value: Term | None = None


class TallyPart(Part):
    match: MatchPart
    label: str | None = None
    days: Days | None = None


class StagesPart(Part):
    path: list[str] = []
    beside: list[str] = []


class TriggerPart(Part):
    name: str
    label: str | None = None
    match: MatchPart | None = None
    when: Term | None = None
    limits: list[LimitPart] = []
    do: list[Annotated[list[Any], Field(min_length=2, max_length=3)]] = []


class AccountScorePart(Part):
    how: Literal["sum", "max", "average", "top", "count"]
    of: str | None = None
    top: Count | None = None
    where: Term | None = None
    label: str | None = None


class AccountPart(Part):
    attribute: str
    scores: dict[str, AccountScorePart] = {}
    triggers: list[TriggerPart] = []


class SegmentPart(Part):
    pick: Literal["highest", "lowest"] | None = None
    count: Count | None = None
    percent: Fraction | None = None
    by: str | None = None
    where: Term | None = None
    label: str | None = None


class EndingPart(Part):
    on: str
    where: Term | None = None
    worth: Term | None = None


class OutcomePart(Part):
    won: list[EndingPart]
    lost: list[EndingPart] = []
    label: str | None = None


class GivenPart(Part):
    type: str | None = None
    typed: str | None = None
    whole: str | None = None
    data: dict[str, str] = {}


class PickPart(Part):
    word: Literal["on", "ignore", "else", "always"]
    when: str | None = None
    gives: list[GivenPart] = []


class SourcePart(Part):
    time: str
    lead: str
    label: str | None = None
    each: str | None = None
    columns: list[str] = []
    where: str | None = None
    id: str | None = None
    origin: str | None = None
    format: str | None = None
    zone: str | None = None
    picks: list[PickPart] = []


class TableFile(Part):
    """A whole table file."""

    format: Literal["leadscore-table"]
    version: Literal[1]
    hash: Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")]
    model: str
    lateness: Micros
    label: str | None = None
    attributes: dict[str, FieldPart] = {}
    events: dict[str, EventPart] = {}
    sets: list[list[Any]] = []
    tests: list[Term] = []
    scores: dict[str, ScorePart] = {}
    tallies: dict[str, TallyPart] = {}
    stages: StagesPart | None = None
    triggers: list[TriggerPart] = []
    account: AccountPart | None = None
    segments: dict[str, SegmentPart] = {}
    outcomes: dict[str, OutcomePart] = {}
    sources: dict[str, SourcePart] = {}


def validate(table: Table) -> TableFile:
    """The file of a table against its schema; raises pydantic.ValidationError if it does not fit."""
    return TableFile.model_validate(json.loads(dump(table), parse_float=Decimal))


def schema() -> Mapping[str, Any]:
    """The JSON Schema of a table file, as docs/table.schema.json has it."""
    found = TableFile.model_json_schema()
    found["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    found["title"] = f"{FORMAT} {VERSION}"
    return found


def schema_text() -> str:
    """The text of docs/table.schema.json."""
    return json.dumps(schema(), indent=2, ensure_ascii=False, sort_keys=True) + "\n"
