"""The reference's reading of sections 1 and 2: a rule file's declarations, and the value of a term.

`Model` puts the declarations of one checked syntax tree side by side, families written out. `value` is the meaning of
an expression or condition, term by term as the language defines it; names mean what the `Scope` gives them.
"""

from __future__ import annotations

import dataclasses
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from dsl import syntax as s
from tests.reference_values import Bad, decode, fold_case, half_even

Found = Any
Binding = tuple[str, str] | None


STAGE, TIME = s.Ref(name="stage"), s.Ref(name="time")
Scope = Any
"""What names mean somewhere at the instant `t`: of a lead, of an event at a lead, or of an account. It has the `model`,
`name`, `field`, `field_of`, `score`, `stage`, `tags`, `idle_since`, `increased_at` and `entered_at`, as far as a term
that may stand there asks for them."""


@dataclass
class ScoreDef:
    """One score, or one member of a family with the variable's text in `bind`; points in thousandths."""

    key: str
    decl: s.Score
    bind: Binding
    low: int | None = 0
    high: int | None = None
    ready: int | None = None
    bands: tuple[tuple[str, int | None], ...] = ()
    items: tuple[s.Rule | s.Group, ...] = ()
    degrade: s.Degrade | None = None
    floor: int | None = None
    expire: int | None = None
    fade: s.Fade | None = None

    def clamp(self, points: int) -> int:
        points = points if self.high is None else min(points, self.high)
        return points if self.low is None else max(points, self.low)

    @property
    def ages(self) -> bool:
        return self.expire is not None or self.fade is not None


class Model:
    """The declarations of a rule file by name; `leading` is the pseudo event of type `lead`."""

    def __init__(self, file: s.File) -> None:
        kinds: dict[type, list[Any]] = {}
        for item in file.items:
            kinds.setdefault(type(item), []).append(item)

        def of(kind: type) -> list[Any]:
            return kinds.get(kind, [])

        self.decl: s.Model = of(s.Model)[0]
        self.lets = {let.name.text: let.value for let in of(s.Let)}
        constants = _Constants(self)
        self.sets = {each.name.text: value(each.entries, constants) for each in of(s.SetOf)}
        self.fields = {field.name.text: field for lead in of(s.Lead) for field in lead.fields}
        self.account_field = next((name for name, field in self.fields.items() if field.type.kind == "account"), None)
        self.events = {(e.spelling.value if e.spelling else e.name.text): e for e in of(s.Event)}
        self.tallies = {tally.name.text: tally for tally in of(s.Tally)}
        self.stages: s.Stages | None = of(s.Stages)[0] if of(s.Stages) else None
        self.path = [name.text for name in self.stages.path] if self.stages else []
        self.triggers: list[s.Trigger] = of(s.Trigger)
        self.segments = {segment.name.text: segment for segment in of(s.Segment)}
        account = of(s.Account)[0].members if of(s.Account) else ()
        self.account_scores = {m.name.text: m for m in account if isinstance(m, s.AccountScore)}
        self.account_triggers = [m for m in account if isinstance(m, s.Trigger)]
        self.scores = {each.key: each for score in of(s.Score) for each in self._members(score)}
        watched = (s.DateWindow, s.IdleFor, s.NotIncreased, s.StageFor)
        self.watched = [node for node in nodes((*of(s.Score), *self.triggers)) if isinstance(node, watched)]
        late = [part.duration for part in self.decl.settings if isinstance(part, s.Lateness)]
        self.lateness = self.length(late[0]) if late else 90 * 86_400_000_000

    def _members(self, score: s.Score) -> Iterator[ScoreDef]:
        if score.family is None:
            yield self._score(score.name.text, score, None)
            return
        values = score.family.values
        constants = _Constants(self)
        for text in value(values, constants):
            yield self._score(f"{score.name.text}[{text}]", score, (score.family.variable.text, text))

    def _score(self, key: str, decl: s.Score, bind: Binding) -> ScoreDef:
        made = ScoreDef(key, decl, bind)
        for part in decl.members:
            match part:
                case s.Range():
                    made.low = None if part.low is None else self.milli(part.low)
                    made.high = None if part.high is None else self.milli(part.high)
                case s.ReadyAt():
                    made.ready = self.milli(part.points)
                case s.Bands():
                    made.bands = tuple(
                        (b.name.text, None if b.below is None else self.milli(b.below)) for b in part.bands
                    )
                case s.Rule() | s.Group():
                    made.items += (part,)
                case s.Degrade():
                    made.degrade = part
                case s.Expire():
                    made.expire = self.length(part.after)
                case s.Fade():
                    made.fade = part
        made.floor = made.low
        if made.degrade is not None and made.degrade.floor is not None:
            made.floor = self.milli(made.degrade.floor)
            if made.degrade.floor_of_ready:
                assert made.ready is not None
                made.floor = round(self.const(made.degrade.floor) * made.ready)
        return made

    def const(self, expr: s.Expr) -> Fraction:
        found = value(expr, _Constants(self))
        assert isinstance(found, Fraction)
        return found

    def milli(self, expr: s.Expr) -> int:
        return half_even(self.const(expr))

    def length(self, length: s.Length) -> int:
        if isinstance(length, s.Ref):
            return self.length(self.lets[length.name])
        return length.micros

    def accept_data(self, kind: str, data: dict[str, Found]) -> dict[str, Found]:
        """The values of an event's declared fields by name, None where null takes an attribute away; may raise Bad."""
        if kind == "lead":
            fields = [field for field in self.fields.values() if not field.computed]
        else:
            fields = list(self.events[kind].fields)
        values = {}
        for field in fields:
            spelling = field.spelling.value if field.spelling else field.name.text
            found = data.get(spelling)
            if found is not None:
                values[field.name.text] = decode(field.type, found)
            elif field.required:
                raise Bad(f"{spelling} is required")
            elif spelling in data:
                values[field.name.text] = None
        return values


class _Constants:
    """The scope of constant expressions: nothing but `let`s and sets."""

    def __init__(self, model: Model) -> None:
        self.model = model

    def name(self, name: str) -> Found:
        return self.model.sets[name] if name in self.model.sets else value(self.model.lets[name], self)

    def field_of(self, scope: str, name: str) -> None:
        return None


def nodes(tree: object) -> Iterator[s.Node]:
    """Every node of a syntax tree."""
    if isinstance(tree, s.Node):
        yield tree
        for part in dataclasses.fields(tree):
            if part.name != "span":
                yield from nodes(getattr(tree, part.name))
    elif isinstance(tree, tuple):
        for item in tree:
            yield from nodes(item)


def score_key(expr: s.Expr) -> str:
    if isinstance(expr, s.Member):
        return f"{expr.family.text}[{expr.member.text}]"
    assert isinstance(expr, s.Ref)
    return expr.name


def value(e: s.Expr | None, at: Scope, bind: Binding = None, ready: Fraction | None = None) -> Found:
    """What an expression is worth, None if a value in it is missing; conditions are true or not (None is not)."""

    def sub(part: s.Expr | None) -> Found:
        return value(part, at, bind, ready)

    match e:
        case s.Number() | s.Percent() | s.Text() | s.Flag() | s.Date() | s.Instant():
            return _literal(e, bind)
        case s.ListOf():
            return tuple(sub(item) for item in e.items)
        case s.Ref("ready") if ready is not None:
            return ready
        case s.Ref():
            return bind[1] if bind is not None and e.name == bind[0] else at.name(e.name)
        case s.Qualified():
            return at.field(e.scope, e.name.text)
        case s.Member():
            return Fraction(at.score(score_key(e)), 1000)
        case s.Negative() | s.Arithmetic() | s.Extreme():
            return _number(e, sub)
        case s.Not():
            return not sub(e.operand)
        case s.And():
            return all(sub(item) for item in e.items)
        case s.Or():
            return any(sub(item) for item in e.items)
        case s.Presence():
            return (sub(e.operand) is not None) is e.present
        case s.Compare() | s.Between() | s.In():
            return _compares(e, at, bind)
        case s.TextTest():
            return _text_test(e, at, bind)
        case _:
            return _state(e, at)


def _literal(e: s.Number | s.Percent | s.Text | s.Flag | s.Date | s.Instant, bind: Binding) -> Found:
    match e:
        case s.Number() | s.Percent():
            return Fraction(e.value)
        case s.Text() if bind is not None:
            return e.value.replace("{" + bind[0] + "}", bind[1])
        case s.Date() | s.Instant():
            return e.micros
    return e.value


def _number(e: s.Negative | s.Arithmetic | s.Extreme, sub: Any) -> Found:
    match e:
        case s.Negative():
            found = [sub(e.operand)]
        case s.Arithmetic():
            found = [sub(e.left), sub(e.right)]
        case s.Extreme():
            found = [sub(item) for item in e.items]
    if None in found:
        return None
    match e:
        case s.Negative():
            return -found[0]
        case s.Extreme():
            return min(found) if e.which == "min" else max(found)
        case s.Arithmetic("+"):
            return found[0] + found[1]
        case s.Arithmetic("-"):
            return found[0] - found[1]
    return found[0] * found[1]


def _ignores_case(e: s.Expr, at: Scope) -> bool:
    match e:
        case s.Ref():
            field = at.field_of("", e.name)
        case s.Qualified():
            field = at.field_of(e.scope, e.name.text)
        case s.ListOf():
            return any(_ignores_case(item, at) for item in e.items)
        case _:
            return False
    return field is not None and field.type.ignoring_case


def _folded(found: Found) -> Found:
    if isinstance(found, tuple):
        return tuple(_folded(item) for item in found)
    return fold_case(found) if isinstance(found, str) else found


def _compares(e: s.Compare | s.Between | s.In, at: Scope, bind: Binding) -> bool:
    match e:
        case s.Compare():
            parts: list[s.Expr] = [e.left, e.right]
        case s.Between():
            parts = [e.operand, e.low, e.high]
        case s.In():
            parts = [e.operand, e.container]
    if any(part == STAGE for part in parts):
        return _stage_compares(e, parts, at)
    of = [score_key(n) for n in nodes(e) if isinstance(n, s.Ref | s.Member)]
    readies = [at.model.scores[key].ready for key in of if key in at.model.scores]
    ready = None if not readies or readies[0] is None else Fraction(readies[0], 1000)
    found = [value(part, at, bind, ready) for part in parts]
    if None in found:
        return False
    if any(_ignores_case(part, at) for part in parts):
        found = [_folded(item) for item in found]
    match e:
        case s.Compare():
            return _ordered(e.op, found[0], found[1])
        case s.Between():
            return bool(found[1] <= found[0] <= found[2])
    return (found[0] in found[1]) is not e.negated


def _ordered(op: str, left: Found, right: Found) -> bool:
    return bool(
        {
            "=": lambda: left == right, "!=": lambda: left != right, "<": lambda: left < right,
            "<=": lambda: left <= right, ">": lambda: left > right, ">=": lambda: left >= right,
        }[op]()
    )  # fmt: skip


def _stage_compares(e: s.Compare | s.Between | s.In, parts: list[s.Expr], at: Scope) -> bool:
    """Stages on the path are ordered as it lists them; one beside the path is ordered after none."""

    def stage(part: s.Expr) -> str | None:
        if part == STAGE:
            return at.stage
        assert isinstance(part, s.Ref | s.Text)
        return part.name if isinstance(part, s.Ref) else part.value

    path = at.model.path
    if isinstance(e, s.In):
        assert isinstance(e.container, s.ListOf)
        return (at.stage in [stage(item) for item in e.container.items]) is not e.negated
    found = [stage(part) for part in parts]
    if isinstance(e, s.Compare) and e.op in ("=", "!="):
        return (found[0] == found[1]) is (e.op == "=")
    if any(name not in path for name in found):
        return False
    places = [path.index(name) for name in found if name is not None]
    if isinstance(e, s.Between):
        return places[1] <= places[0] <= places[2]
    return _ordered(e.op, *places)


def _text_test(e: s.TextTest, at: Scope, bind: Binding) -> bool:
    text, wanted = value(e.operand, at, bind), value(e.argument, at, bind)
    if text is None or wanted is None:
        return False
    if _ignores_case(e.operand, at) or _ignores_case(e.argument, at):
        text, wanted = _folded(text), _folded(wanted)
    return any(_fits(e.op, text, each) for each in (wanted if isinstance(wanted, tuple) else (wanted,)))


def _fits(op: str, text: Found, wanted: str) -> bool:
    match op:
        case "starts with":
            return bool(text.startswith(wanted))
        case "ends with":
            return bool(text.endswith(wanted))
        case "contains":
            return wanted in text  # a text in a text, or an entry in a list
        case "matches":
            pattern = "".join({"*": ".*", "?": "."}.get(c, re.escape(c)) for c in wanted)
            return re.fullmatch(pattern, text, re.DOTALL) is not None
    starts = [i for i in range(len(text) - len(wanted) + 1) if text[i : i + len(wanted)] == wanted]
    return any(not any(map(_of_a_word, text[max(i - 1, 0) : i] + text[i + len(wanted) :][:1])) for i in starts)


def _of_a_word(point: str) -> bool:
    category = unicodedata.category(point)
    return category == "Nd" or category[0] in "LM"


def _state(e: s.Expr | None, at: Scope) -> bool:
    """Conditions on the clock and on the state that triggers, segments and `count where` see."""
    match e:
        case s.DateWindow():
            date, length = value(e.operand, at), at.model.length(e.duration)
            if date is None:
                return False
            if e.which == "ago":
                return bool(at.t >= date + length)
            return bool(date <= at.t < date + length if e.which == "last" else date - length <= at.t < date)
        case s.InBand():
            names = [band for band, _ in at.model.scores[score_key(e.score)].bands]
            found, wanted = band_of(at, score_key(e.score)), e.band.text
            return names.index(found) >= names.index(wanted) if e.at_least else found == wanted
        case s.IdleFor():
            since = at.idle_since()
            return since is not None and at.t - since >= at.model.length(e.duration)
        case s.NotIncreased():
            return at.t - at.increased_at(score_key(e.score)) >= at.model.length(e.duration)
        case s.StageFor():
            return at.stage == e.stage.text and at.t - at.entered_at(e.stage.text) >= at.model.length(e.duration)
        case s.HasTag():
            return e.tag.value in at.tags
    raise AssertionError(e)


def band_of(at: Scope, key: str) -> str:
    """The half-open interval that the score shown lies in."""
    points = at.score(key)
    return next(name for name, below in at.model.scores[key].bands if below is None or points < below)
