"""A limit for life in a score that expires or fades: the points go, and the limit stays used up.

`for each` with a property that may take ever new values goes on to pay, and is let pass; one that the condition pins to
a value, or that has a few values only, is as good as no `for each`.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import ROUND_DOWN, Decimal

from compiler.errors import paying
from compiler.names import EventNames
from compiler.warnings.facts import Checked, OnFact, ScoreFacts, conjuncts, length, points_of, pts
from dsl import syntax
from dsl.diagnostics import Diagnostic, Edit, Fix
from dsl.syntax import Span
from runtime.table import Ageing, Limit, Term

DAY = 86_400_000_000


def used_up_for_ever(model: Checked) -> Iterator[Diagnostic]:
    """One finding for each such limit of a rule or group."""
    for score in model.scores:
        if score.body.ageing is None:
            continue
        for fact in score.on:
            if fact.rule.points is not None and fact.rule.points <= 0:
                continue
            limits = (each for each in fact.node.limits if not isinstance(each, syntax.Best))
            for node, limit in zip(limits, fact.rule.limits, strict=True):
                if _is_for_life(limit, fact.event, fact.rule.match.where):
                    yield _finding(score, node, limit, fact)
            yield from _of_best(score, fact)
        for member in score.node.members:
            if isinstance(member, syntax.Group):
                yield from _of_group(score, member)


def _of_best(score: ScoreFacts, fact: OnFact) -> Iterator[Diagnostic]:
    """What a rule has given once it gives no more, though the points are gone."""
    best = fact.rule.best
    node = next((each for each in fact.node.limits if isinstance(each, syntax.Best)), None)
    if best is None or node is None:
        return
    if best.each is None or is_closed(fact.event, best.each, fact.rule.match.where):
        window, place, left, verb = _window(score)
        gone = f"of {points_of(fact.rule.points or 100_000)} {_left(fact.rule.points or 100_000, left)} after {window}"
        each = "" if best.each is None else f" for each {best.each}"
        better = f"once per {window}{each}"
        yield paying.lifetime_limit(f"best{each}", node.span, verb, place, gone, better, ())


def _of_group(score: ScoreFacts, group: syntax.Group) -> Iterator[Diagnostic]:
    for node, limit in zip(group.limits, score.body.groups[group.name.text].limits, strict=False):
        if limit.per is None and limit.each is None and not isinstance(node, syntax.Best):
            yield _finding(score, node, limit, None)


def _is_for_life(limit: Limit, event: EventNames, where: Term | None) -> bool:
    if limit.per is not None:
        return False
    return limit.each is None or is_closed(event, limit.each, where)


def is_closed(event: EventNames, name: str, where: Term | None) -> bool:
    """Whether the property can only have a few values at the events that match."""
    if event.properties[name].type.kind in ("one of", "boolean"):
        return True
    this = ("prop", name)
    for each in conjuncts(where):
        if each[0] in ("=", "in") and each[1] in (this, ("fold", this)) and each[2][0] in ("lit", "list"):
            return True
        if each[0] == "=" and each[2] in (this, ("fold", this)) and each[1][0] == "lit":
            return True
    return False


def _finding(
    score: ScoreFacts, node: syntax.TimesLimit | syntax.PointsLimit, limit: Limit, fact: OnFact | None
) -> Diagnostic:
    window, place, left, verb = _window(score)
    each = f" for each {node.each.text}" if isinstance(node, syntax.TimesLimit) and node.each else ""
    written = _spelled(node)
    fixes: tuple[Fix, ...] = ()
    if not each:
        end = Span(node.span.file, node.span.end, node.span.end)
        fixes = (Fix(f"write `{written} per {window}`", (Edit(end, f" per {window}"),)),)
    points = limit.points or (fact.rule.points if fact is not None else None) or 100_000
    gone = f"of {points_of(points)} {_left(points, left)} after {window}"
    return paying.lifetime_limit(written + each, node.span, verb, place, gone, f"{written} per {window}{each}", fixes)


def _window(score: ScoreFacts) -> tuple[str, Span, Decimal, str]:
    """The time after which half of the points or less are left, as it is written; where that is said, the share that is
    left then, and the verb for it."""
    ageing = score.body.ageing
    assert ageing is not None
    expire, fade = score.members.get(syntax.Expire), score.members.get(syntax.Fade)
    days, left = _half_life(ageing)
    window = f"{days} days"
    if isinstance(expire, syntax.Expire) and ageing.expire == days:
        window = length(expire.after, days * DAY)
    place = expire if isinstance(expire, syntax.Expire) and ageing.expire == days else fade or expire
    assert place is not None
    verb = "expires" if ageing.fade is None else "fades" if ageing.expire is None else "fades and expires"
    return window, place.span, left, verb


def _left(points: int, share: Decimal) -> str:
    left = int((points * share).to_integral_value(ROUND_DOWN))
    return "nothing is left" if left == 0 else f"about {pts(left // 100 * 100 or left)} are left"


def _spelled(node: syntax.TimesLimit | syntax.PointsLimit) -> str:
    """The limit without its `for each`, as it may be written."""
    if isinstance(node, syntax.TimesLimit) and node.once:
        return "once"
    count = node.times if isinstance(node, syntax.TimesLimit) else node.points
    amount = format(count.value, "f") if isinstance(count, syntax.Number) else _name(count)
    return f"at most {amount} {'times' if isinstance(node, syntax.TimesLimit) else 'points'}"


def _name(node: syntax.Const) -> str:
    return node.name if isinstance(node, syntax.Ref) else "N"


def _half_life(ageing: Ageing) -> tuple[int, Decimal]:
    """The days after which half of the points or less are left, and the share that is left then."""
    if ageing.fade is None or ageing.every is None:
        assert ageing.expire is not None
        return ageing.expire, Decimal(0)
    share, days = Decimal(1), 0
    while share > Decimal("0.5"):
        days += ageing.every
        if ageing.expire is not None and days >= ageing.expire:
            return ageing.expire, Decimal(0)
        share = share - ageing.fade if ageing.of_first else share * (1 - Decimal(ageing.fade))
    return days, max(share, Decimal(0))
