"""Accounts and segments: what is asked of many leads at once."""

from __future__ import annotations

from compiler.conditions import condition
from compiler.constants import number_of, plain_number
from compiler.context import Context
from compiler.errors import triggering as errors
from compiler.errors.scoring import percent_out_of_bounds
from compiler.exact import Exact
from compiler.lookup import score_key
from compiler.scope import TRIGGER
from compiler.triggers import account_trigger
from dsl import syntax
from dsl.syntax import Span
from runtime.table import Account, AccountScore, Segment


def account(ctx: Context) -> Account | None:
    """The account block; also without one, if an attribute names the account, leads have accounts."""
    names = ctx.names
    if names.account is None:
        return None if names.account_attribute is None else Account(names.account_attribute)
    if names.account_attribute is None and not ctx.report.forgives("account"):
        start = names.account.span
        ctx.report.add(errors.no_account_attribute(Span(start.file, start.start, start.start + len("account"))))
    return Account(
        attribute=names.account_attribute,
        scores={name: _score(ctx, node) for name, node in names.account_scores.items()},
        triggers=tuple(account_trigger(ctx, node) for node in names.account_triggers.values()),
    )


def _score(ctx: Context, node: syntax.AccountScore) -> AccountScore:
    top = None
    if node.top is not None:
        top = _whole(ctx, node.top, "the number of leads")
    return AccountScore(
        how=node.how,
        of=None if node.score is None else score_key(ctx, node.score),
        top=top,
        where=None if node.where is None else condition(ctx, TRIGGER, node.where),
        label=node.label.value if node.label else None,
    )


def _whole(ctx: Context, node: syntax.Const, what: str) -> int | None:
    exact = plain_number(ctx, node)
    if exact is None:
        return None
    if not isinstance(exact, int) or exact < 1:
        ctx.report.add(errors.count_not_whole(what, node.span))
        return None
    return exact


def segment(ctx: Context, node: syntax.Segment) -> Segment:
    """A segment of leads."""
    count, percent = None, None
    if node.amount is not None:
        count, percent = _amount(ctx, node)
    return Segment(
        pick=node.pick,
        count=count,
        percent=percent,
        by=None if node.by is None else score_key(ctx, node.by),
        where=None if node.where is None else condition(ctx, TRIGGER, node.where),
        label=node.label.value if node.label else None,
    )


def _amount(ctx: Context, node: syntax.Segment) -> tuple[int | None, Exact | None]:
    """How many leads, or which share of them: a `let` may name either."""
    assert node.amount is not None
    exact, kind = number_of(ctx, node.amount)
    if exact is None:
        return None, None
    if kind != "percent" and not node.percent:
        if not isinstance(exact, int) or exact < 1:
            ctx.report.add(errors.count_not_whole("the number of leads", node.amount.span))
            return None, None
        return exact, None
    if not 0 < exact <= 1:
        ctx.report.add(percent_out_of_bounds("the share of leads", node.amount.span))
    return None, exact
