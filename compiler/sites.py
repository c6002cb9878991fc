"""What a test of a rule file can see happen, and where it stands: the things that coverage counts.

A site is a piece of the text with one side or several: a rule may fire, a limit may cut, a condition may be true or
false. Conditions are taken from the tree as they are written, each comparison by itself with the term that means it,
before any pass has touched them. What is declared once is one site, also in a family of scores, where a condition has
a term for each member.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from compiler.canonical import canonical
from compiler.conditions import condition
from compiler.context import Context
from compiler.passes.expand import of_member
from compiler.report import Report
from compiler.rules import limit_of
from compiler.scenarios import inlined
from compiler.scope import TRIGGER, Scope, of_event, of_rule
from dsl import syntax
from dsl.syntax import Span
from runtime.table import Limit, Term

SIDES: dict[str, tuple[str, ...]] = {
    "rule": ("fired",),
    "branch": ("taken",),
    "trigger": ("fired",),
    "where": ("true", "false"),
    "when": ("true", "false"),
    "repeated": ("reached", "waited"),
    "times": ("blocked",),
    "points": ("cut",),
    "best": ("cut",),
    "cap": ("cut",),
    "degradation": ("stepped",),
    "floor": ("reached",),
    "expiry": ("expired",),
    "fading": ("faded",),
    "band": ("reached",),
    "tally": ("counted",),
    "fall": ("fell",),
}
"""What can be seen of each part: `times` and `points` are limits, `cap` is that of a group of `when` rules."""


@dataclass(frozen=True, slots=True)
class Site:
    """A part of a declaration `of`, named as in `compiler.places` but with the name of the family for its members.

    `at` counts the branches of a rule from 0, `limit` is what the table has for a limit, `name` that of a band, and
    `terms` are what a condition asks: one, or one for each (member, term) of a family; they need no table."""

    of: tuple[str, ...]
    part: str
    span: Span
    at: int = 0
    limit: Limit | None = None
    name: str | None = None
    terms: tuple[tuple[str | None, Term], ...] = ()

    @property
    def sides(self) -> tuple[str, ...]:
        return SIDES[self.part]


def sites_of(ctx: Context) -> tuple[Site, ...]:
    """The sites of a model that checked without errors: scores, tallies, triggers, conditions of accounts and segments,
    each in the order of its declaration."""
    return tuple(_Sites(replace(ctx, report=Report())).all())


def single_conditions(node: syntax.Expr) -> Iterator[syntax.Expr]:
    """The comparisons and other conditions that `and`, `or` and `not` put together; `true` and `false` are none."""
    match node:
        case syntax.And(items=items) | syntax.Or(items=items):
            for item in items:
                yield from single_conditions(item)
        case syntax.Not(operand=operand):
            yield from single_conditions(operand)
        case syntax.Flag():
            pass
        case _:
            yield node


class _Sites:
    def __init__(self, ctx: Context) -> None:
        self.ctx = ctx

    def all(self) -> Iterator[Site]:
        names = self.ctx.names
        for name, score in names.scores.items():
            yield from self.score(name, score)
        for name, tally in names.tallies.items():
            yield Site(("tally", name), "tally", tally.name.span)
            if tally.over is not None:
                yield Site(("tally", name), "fall", self.since("over", tally.span, tally.over.span))
            yield from self.on(("tally", name), tally.on)
        for name, trigger in names.triggers.items():
            yield from self.trigger(name, trigger)
        for name, each in names.account_scores.items():
            yield from self.condition(("account score", name), "where", each.where, TRIGGER)
        for name, segment in names.segments.items():
            yield from self.condition(("segment", name), "where", segment.where, TRIGGER)

    def condition(
        self,
        of: tuple[str, ...],
        part: str,
        node: syntax.Expr | None,
        scope: Scope,
        at: int = 0,
        values: tuple[str, ...] | None = None,
    ) -> Iterator[Site]:
        for each in single_conditions(node) if node is not None else ():
            term = inlined(self.ctx, condition(self.ctx, scope, each))
            if values is None:
                terms: tuple[tuple[str | None, Term], ...] = ((None, canonical(term)),)
            else:
                assert scope.variable is not None
                terms = tuple((value, canonical(of_member(term, scope.variable, value))) for value in values)
            yield Site(of, part, each.span, at, terms=terms)

    def on(
        self,
        of: tuple[str, ...],
        node: syntax.On,
        variable: str | None = None,
        values: tuple[str, ...] | None = None,
    ) -> Iterator[Site]:
        scope = of_event(self.ctx.names.events[node.event.text], variable)
        yield from self.condition(of, "where", node.where, scope, values=values)
        if node.repeated is not None:
            yield Site(of, "repeated", node.repeated.span)

    def limits(self, of: tuple[str, ...], limits: tuple[syntax.Limit, ...]) -> Iterator[Site]:
        for each in limits:
            match each:
                case syntax.Best():
                    yield Site(of, "best", each.span)
                case syntax.TimesLimit():
                    yield Site(of, "times", each.span, limit=limit_of(self.ctx, each, []))
                case syntax.PointsLimit():
                    yield Site(of, "points", each.span, limit=limit_of(self.ctx, each, []))

    def floor(self, of: tuple[str, ...], node: syntax.Degrade) -> Iterator[Site]:
        """``not below 50% of ready``"""
        if node.floor is not None:
            span = self.since("not", node.span, node.floor.span)
            if node.floor_of_ready:
                text = self.ctx.loaded.files[span.file].text
                span = replace(span, end=text.index("ready", span.end) + len("ready"))
            yield Site(of, "floor", span)

    def since(self, word: str, around: Span, span: Span) -> Span:
        """The span from the last `word` within `around` that stands before it."""
        return Span(span.file, self.ctx.loaded.files[span.file].text.rfind(word, around.start, span.start), span.end)

    # --- scores -----------------------------------------------------------------------------------------------------

    def score(self, name: str, node: syntax.Score) -> Iterator[Site]:
        variable = node.family.variable.text if node.family else None
        values = self.ctx.heads[name].values
        of = ("score", name)
        for member in node.members:
            match member:
                case syntax.Rule():
                    yield from self.rule(name, member, variable, values)
                case syntax.Group(limits=limits, rules=rules):
                    yield from self.group(("group", name, member.name.text), limits, rules)
                    for rule in rules:
                        yield from self.rule(name, rule, variable, values)
                case syntax.Degrade():
                    yield Site(of, "degradation", member.span)
                    yield from self.floor(of, member)
                case syntax.Expire():
                    yield Site(of, "expiry", member.span)
                case syntax.Fade():
                    yield Site(of, "fading", member.span)
                case syntax.Bands(bands=bands):
                    for band in bands:
                        yield Site(of, "band", band.span, name=band.name.text)
                case _:
                    pass

    def group(
        self, of: tuple[str, ...], limits: tuple[syntax.Limit, ...], rules: tuple[syntax.Rule, ...]
    ) -> Iterator[Site]:
        if rules and rules[0].on is None:
            for each in limits:
                yield Site(of, "cap", each.span)
        else:
            yield from self.limits(of, limits)

    def rule(
        self, score: str, node: syntax.Rule, variable: str | None, values: tuple[str, ...] | None
    ) -> Iterator[Site]:
        of = ("rule", score, node.name.text)
        if len(node.branches) == 1:
            yield Site(of, "rule", node.name.span)
        if node.on is not None:
            yield from self.on(of, node.on, variable, values)
        for at, branch in enumerate(node.branches):
            if len(node.branches) > 1:
                yield Site(of, "branch", branch.span, at)
            yield from self.condition(of, "when", branch.when, of_rule(variable), at, values)
        yield from self.limits(of, node.limits)

    # --- triggers ---------------------------------------------------------------------------------------------------

    def trigger(self, name: str, node: syntax.Trigger) -> Iterator[Site]:
        of = ("trigger", name)
        yield Site(of, "trigger", node.name.span)
        if node.on is not None:
            yield from self.on(of, node.on)
        yield from self.condition(of, "when", node.when, TRIGGER)
        yield from self.limits(of, node.limits)
