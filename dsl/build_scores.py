"""Building scores with their rules, limits and ageing, and tallies."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal

from dsl import errors
from dsl import syntax as s
from dsl.literals import MICROS_A_DAY
from dsl.parts import Child, Children, Part, has, kept, label_of, name_of, nodes, part, single, span_of
from dsl.tokens import Token


@dataclass(frozen=True, slots=True)
class _Award:
    """What a branch of a rule gives, and what stood before that: `repeated` may follow `when` as well as `on`."""

    branch: s.Branch
    limits: tuple[s.Limit, ...]
    notes: tuple[s.Note, ...] = ()
    repeated: s.Repeated | None = None


class ScoreBuilder:
    """Scores with their rules, limits and ageing, and tallies."""

    where = kept("where", 1)
    per = kept("per", 1)
    over = kept("over", 1)

    def each(self, c: Children) -> Part:
        return Part("each", name_of(c[2]), span_of(c))

    def repeated(self, c: Children) -> Part:
        return Part("repeated", s.Repeated(c[1], c[4], span=span_of(c)), span_of(c))

    def on(self, c: Children) -> s.On:
        return s.On(name_of(c[1]), part(c, "where"), part(c, "repeated"), span=span_of(c))

    def once(self, c: Children) -> s.TimesLimit:
        one = s.Number(Decimal(1), span=c[0].span)
        return s.TimesLimit(one, part(c, "per"), part(c, "each"), True, span=span_of(c))

    def times_limit(self, c: Children) -> s.TimesLimit:
        return s.TimesLimit(c[2], part(c, "per"), part(c, "each"), span=span_of(c))

    def points_limit(self, c: Children) -> s.PointsLimit:
        return s.PointsLimit(c[2], part(c, "per"), span=span_of(c))

    def best(self, c: Children) -> s.Best:
        return s.Best(part(c, "each"), span=span_of(c))

    def award(self, c: Children) -> Part:
        limits = nodes(c[2:], s.TimesLimit, s.PointsLimit, s.Best)
        branch = s.Branch(None, c[1], c[0].type == "SUBTRACT", span=span_of(c[:2]))
        return Part("award", _Award(branch, limits), span_of(c))

    def branch(self, c: Children) -> Part:
        award: _Award = c[-1].value
        span = s.Span(c[0].span.file, c[0].span.start, award.branch.span.end)
        branch = replace(award.branch, when=c[1], span=span)
        return Part("award", _Award(branch, award.limits, nodes(c[2:], s.Note), part(c[2:], "repeated")), span_of(c))

    def else_branch(self, c: Children) -> Part:
        return Part("award", c[1].value, span_of(c))

    def rule(self, c: Children) -> s.Rule:
        awards: list[_Award] = [each.value for each in c if isinstance(each, Part)]
        notes = [*nodes(c, s.Note), *(note for award in awards for note in award.notes)]
        on: s.On | None = next(iter(nodes(c, s.On)), None)
        if on is not None and (repeated := awards[0].repeated) is not None:
            if on.repeated is not None:
                c[0].problems.append(errors.said_twice(repeated.span, "repeated", on.repeated.span))
            on = replace(on, repeated=on.repeated or repeated)
        return s.Rule(
            name_of(c[1]), label_of(c), on,
            tuple(award.branch for award in awards), tuple(limit for award in awards for limit in award.limits),
            tuple(sorted(notes, key=lambda note: note.span.start)), span=span_of(c),
        )  # fmt: skip

    def group(self, c: Children) -> s.Group:
        limits = nodes(c, s.TimesLimit, s.PointsLimit, s.Best)
        return s.Group(name_of(c[1]), label_of(c), limits, nodes(c, s.Rule), nodes(c, s.Note), span=span_of(c))

    def group_member(self, c: Children) -> Child:
        return c[0]

    def ready_at(self, c: Children) -> s.ReadyAt:
        return s.ReadyAt(c[2], span=span_of(c))

    def range(self, c: Children) -> s.Range:
        dots = next(i for i, each in enumerate(c) if isinstance(each, Token) and each.type == "DOTS")
        high = c[dots + 1] if dots + 1 < len(c) else None
        return s.Range(c[1] if dots == 2 else None, high, span=span_of(c))

    def bands(self, c: Children) -> s.Bands:
        return s.Bands(nodes(c, s.Band), span=span_of(c))

    def band(self, c: Children) -> s.Band:
        return s.Band(c[0], c[2] if len(c) == 3 else None, span=span_of(c))

    def degrade_after(self, c: Children) -> Part:
        return Part("after", (c[1], c[3].value), span_of(c))

    def degrade_by(self, c: Children) -> Part:
        points = has(c, "POINTS") or has(c, "POINT")
        if not points and isinstance(c[1], s.Number):
            c[0].problems.append(errors.percent_or_points(c[1].span, str(c[1].value)))
            points = True  # one of the two, so that nothing else is said of it
        return Part("by", (c[1], not points, c[-1]), span_of(c))

    def degrade_floor(self, c: Children) -> Part:
        return Part("not below", (c[2], has(c, "OF")), span_of(c))

    def degrade(self, c: Children) -> s.Degrade:
        one: dict[str, Part | None] = {}
        for kind in ("after", "by", "not below"):
            one[kind] = single(c, (p for p in c if isinstance(p, Part) and p.kind == kind), kind)
        after, by, floor = one["after"], one["by"], one["not below"]
        if by is None:
            c[0].problems.append(errors.degrade_without_by(c[0].span))
        nothing = (s.Number(Decimal(0)), False, s.Duration(MICROS_A_DAY, Decimal(1), "day"))
        amount, percent, every = by.value if by else nothing
        length, without = after.value if after else (None, None)
        below, of_ready = floor.value if floor else (None, False)
        return s.Degrade(length, without, amount, percent, every, below, of_ready, span=span_of(c))

    def expire(self, c: Children) -> s.Expire:
        return s.Expire(c[2], span=span_of(c))

    def fade(self, c: Children) -> s.Fade:
        return s.Fade(c[1], has(c, "OF"), c[-1], span=span_of(c))

    def family(self, c: Children) -> s.Family:
        return s.Family(name_of(c[1]), c[3], span=span_of(c))

    def score(self, c: Children) -> s.Score:
        equals = next((i for i, each in enumerate(c[:5]) if isinstance(each, Token) and each.type == "EQ"), None)
        family = next(iter(nodes(c[2:4], s.Family)), None)
        value, rest = (c[equals + 1], c[equals + 2 :]) if equals is not None else (None, c[2:])
        members = tuple(each for each in rest if not isinstance(each, Token | s.Family))
        return s.Score(name_of(c[1]), label_of(c), family, value, members, span=span_of(c))

    def tally(self, c: Children) -> s.Tally:
        return s.Tally(name_of(c[1]), label_of(c), part(c, "over"), c[-2], span=span_of(c))
