"""Scores: ageing, and what a score of rules or a computed score becomes in the program."""

from __future__ import annotations

from compiler.constants import micros_of, number_of, points_of
from compiler.context import Context, Head
from compiler.errors import scoring as errors
from compiler.exact import Exact, combine, milli, points, written
from compiler.passes.expand import WILD, has_template, literally
from compiler.program import Family, Scored, in_score
from compiler.rules import rules_of
from compiler.scope import COMPUTED
from compiler.terms import parts
from compiler.values import numeric
from dsl import syntax
from runtime.table import Ageing, Band, Degrade, Score, Term

DAY = 86_400_000_000


def score(ctx: Context, node: syntax.Score) -> Scored:
    """A declared score; of a family, all its scores in one."""
    name = node.name.text
    head = ctx.heads[name]
    label = node.label.value if node.label else None
    bands = tuple(Band(each, below) for each, below in head.bands)
    if node.value is not None:
        _refuse_members(ctx, node)
        return Scored(name, Score(label, None, None, head.ready, bands, value=_computed(ctx, node.value)))
    rules = rules_of(ctx, node)
    members = _members(node)
    degrade, ageing = members.get(syntax.Degrade), _ageing_members(members)
    if isinstance(degrade, syntax.Degrade) and ageing:
        what = "expire" if isinstance(ageing[0], syntax.Expire) else "fade"
        ctx.report.add(errors.two_kinds_of_ageing(degrade.span, what, ageing[0].span))
    body = Score(
        label=label,
        low=head.low,
        high=head.high,
        ready=head.ready,
        bands=bands,
        on=tuple(rules.on),
        when=tuple(rules.when),
        groups=rules.groups,
        degrade=_degrade(ctx, degrade, name, head) if isinstance(degrade, syntax.Degrade) else None,
        ageing=_ageing(ctx, ageing),
    )
    if node.family is None:
        return Scored(name, body)
    family = Family(node.family.variable.text, head.values or ())
    _refuse_wild(ctx, node.family, family, body)
    return Scored(name, body, family)


def _refuse_wild(ctx: Context, node: syntax.Family, family: Family, body: Score) -> None:
    """A member with ``*`` or ``?`` in the middle of a pattern can't be taken literally: `matches` has no escape."""
    wild = [value for value in family.values if not WILD.isdisjoint(value)]
    if not wild:
        return
    globs: list[Term] = []

    def gather(term: Term) -> Term:
        globs.extend(part for part in parts(term) if part[0] == "glob" and has_template(part))
        return term

    in_score(body, gather)
    if any(literally(glob, family.variable, wild[0]) is None for glob in globs):
        ctx.report.add(errors.wild_member(wild[0], node.values.span))


def _members(node: syntax.Score) -> dict[type, syntax.ScoreMember]:
    """The first member of each class; `heads` has reported any second one."""
    found: dict[type, syntax.ScoreMember] = {}
    for member in node.members:
        found.setdefault(type(member), member)
    return found


def _ageing_members(members: dict[type, syntax.ScoreMember]) -> list[syntax.Expire | syntax.Fade]:
    found = (members.get(syntax.Expire), members.get(syntax.Fade))
    return [each for each in found if isinstance(each, syntax.Expire | syntax.Fade)]


# --- ageing ---------------------------------------------------------------------------------------------------------


def _fraction(ctx: Context, node: syntax.Const, what: str) -> Exact | None:
    """A percent above 0% and up to 100%, as a fraction."""
    exact, kind = number_of(ctx, node)
    if exact is None:
        return None
    if kind != "percent":
        ctx.report.add(errors.percent_expected(node.span))
        return None
    if not 0 < exact <= 1:
        ctx.report.add(errors.percent_out_of_bounds(what, node.span))
        return None
    return exact


def _degrade(ctx: Context, node: syntax.Degrade, score_name: str, head: Head) -> Degrade:
    after = None if node.after is None else micros_of(ctx, node.after)
    every = micros_of(ctx, node.every)
    amount, percent = None, None
    if node.percent:
        percent = _fraction(ctx, node.amount, "what a step takes")
    else:
        amount = points_of(ctx, node.amount)
        if amount is not None and amount <= 0:
            ctx.report.add(errors.not_positive("what a step takes", node.amount.span))
    floor = _floor(ctx, node, score_name, head)
    return Degrade(every or 1, node.without, after or 0, amount, percent, floor)


def _floor(ctx: Context, node: syntax.Degrade, score_name: str, head: Head) -> int | None:
    """The floor in thousandths: the lower end of the range unless written, None if there is none."""
    if node.floor is None:
        return head.low
    if node.floor_of_ready:
        exact, _ = number_of(ctx, node.floor)
        if exact is None:
            return head.low
        if head.ready is None:
            if ctx.report.forgives("ready"):
                return head.low
            ctx.report.add(errors.floor_without_ready(score_name, node.floor.span))
            return head.low
        floor: int | None = milli(combine("*", exact, points(head.ready)))
    else:
        floor = points_of(ctx, node.floor)
    if floor is None:
        return head.low
    if (head.low is not None and floor < head.low) or (head.high is not None and floor > head.high):
        low = "" if head.low is None else written(points(head.low))
        high = "" if head.high is None else written(points(head.high))
        ctx.report.add(errors.floor_outside(node.floor.span, low, high))
        return head.low
    return floor


def whole_days(ctx: Context, node: syntax.Length, what: str) -> int | None:
    """A duration in whole days; None, once reported, if it is none. `what` names what counts them."""
    micros = micros_of(ctx, node)
    if micros is None:
        return None
    if micros % DAY:
        ctx.report.add(errors.not_whole_days(what, node.span))
        return None
    return micros // DAY


def _ageing(ctx: Context, members: list[syntax.Expire | syntax.Fade]) -> Ageing | None:
    if not members:
        return None
    expire, fade, every, of_first = None, None, None, False
    for member in members:
        if isinstance(member, syntax.Expire):
            expire = whole_days(ctx, member.after, "`expire`")
        else:
            fade = _fraction(ctx, member.amount, "what a fade takes")
            every = whole_days(ctx, member.every, "`fade`")
            of_first = member.of_first
    return Ageing(expire, fade, every, of_first)


# --- computed scores ------------------------------------------------------------------------------------------------

_REFUSED = {
    syntax.Rule: "rules",
    syntax.Group: "groups",
    syntax.Degrade: "`degrade`",
    syntax.Expire: "`expire`",
    syntax.Fade: "`fade`",
    syntax.Range: "`range`",
}


def _refuse_members(ctx: Context, node: syntax.Score) -> None:
    for member in node.members:
        what = _REFUSED.get(type(member))
        if what is not None:
            ctx.report.add(errors.not_in_computed(what, node.name.text, member.span))
            return


def _computed(ctx: Context, node: syntax.Expr) -> Term:
    return numeric(ctx, COMPUTED, node).term


def refuse_cycles(ctx: Context, scores: list[Scored]) -> None:
    """Report each circle of computed scores once, at the member that is declared first."""
    uses = {each.name: _uses(each.body.value) for each in scores if each.body.value is not None}
    state: dict[str, int] = {}
    for start in uses:
        path: list[str] = []
        waiting: list[tuple[str, bool]] = [(start, True)]
        while waiting:
            name, entering = waiting.pop()
            if not entering:
                path.pop()
                state[name] = 2
            elif state.get(name) == 1:
                circle = path[path.index(name) :]
                ctx.report.add(errors.cycle(circle, ctx.names.scores[circle[0]].name.span))
            elif name in uses and name not in state:
                state[name] = 1
                path.append(name)
                waiting.append((name, False))
                waiting += [(other, True) for other in sorted(uses[name], reverse=True)]


def _uses(term: Term | None) -> set[str]:
    return {part[1].partition("[")[0] for part in parts(term) if part[0] == "score"} if term else set()
