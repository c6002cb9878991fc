"""The assertions in a rule file, checked: what is claimed of every possible lead, as terms.

They change no meaning, so they do not enter the table; whoever decides them is handed the claims.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from compiler.canonical import canonical
from compiler.conditions import condition
from compiler.constants import micros_of
from compiler.context import Context
from compiler.errors import testing as errors
from compiler.rules import event_of, match_of
from compiler.scenarios import check_trigger, inlined
from compiler.scope import ACCOUNT, TRIGGER, Scope, of_claim
from dsl import syntax
from dsl.syntax import NOWHERE, Span
from runtime.table import Match, Term


@dataclass(frozen=True, slots=True)
class Claimed:
    """What all claims share: the text as written, with single spaces, and its line, from 1."""

    text: str
    line: int
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class HoldsAlways(Claimed):
    """`condition` is true at every look at every possible lead, or account if it is about those."""

    condition: Term = ("true",)
    account: bool = False


@dataclass(frozen=True, slots=True)
class HoldsNever(Claimed):
    """`condition` is true at no look at any possible lead, or account if it is about those."""

    condition: Term = ("true",)
    account: bool = False


@dataclass(frozen=True, slots=True)
class IsReachable(Claimed):
    """Some history of a lead makes `condition` true, within `micros` of its first event, if that is not None; or
    histories of the leads of an account do, if it is about those."""

    condition: Term = ("true",)
    micros: int | None = None
    account: bool = False


@dataclass(frozen=True, slots=True)
class HoldsWithin(Claimed):
    """`condition` is true at every moment of every possible lead up to `micros` after its first event."""

    condition: Term = ("true",)
    micros: int = 0


@dataclass(frozen=True, slots=True)
class FiresNever(Claimed):
    """`trigger`, of leads or of accounts, never fires; or, with `without`, only where such an event of the lead has
    come before, or comes with it. The event is named as it is declared."""

    trigger: str = ""
    without: Match | None = None


Claim: TypeAlias = HoldsAlways | HoldsNever | IsReachable | HoldsWithin | FiresNever


@dataclass(frozen=True, slots=True)
class CheckedAssertion:
    """An assertion of the rule file: `file` and `line` (from 1) say where it stands. It has a claim at least."""

    name: str
    file: str
    line: int
    claims: tuple[Claim, ...]
    span: Span = field(default=NOWHERE, compare=False)


def check_assertions(ctx: Context) -> tuple[CheckedAssertion, ...]:
    """All assertions in the order of declaration; what is wrong with them is reported."""
    return tuple(_assertion(ctx, node) for node in ctx.names.assertions.values())


def _assertion(ctx: Context, node: syntax.Assertion) -> CheckedAssertion:
    if not node.claims:
        ctx.report.add(errors.claims_nothing(node.label.value, node.label.span))
    source = ctx.loaded.files[node.span.file]
    claims = tuple(_claim(ctx, claim) for claim in node.claims)
    return CheckedAssertion(node.label.value, source.name, source.position(node.span.start)[0], claims, node.span)


def _claim(ctx: Context, node: syntax.Claim) -> Claim:
    source = ctx.loaded.files[node.span.file]
    text, line = " ".join(source.read(node.span).split()), source.position(node.span.start)[0]
    match node:
        case syntax.Always():
            scope = of_claim(ctx.names, node.condition)
            return HoldsAlways(text, line, node.span, _term(ctx, node.condition, scope), scope is ACCOUNT)
        case syntax.Never():
            scope = of_claim(ctx.names, node.condition)
            return HoldsNever(text, line, node.span, _term(ctx, node.condition, scope), scope is ACCOUNT)
        case syntax.Reachable(within=within):
            micros = None if within is None else micros_of(ctx, within)
            scope = of_claim(ctx.names, node.condition) if within is None else TRIGGER
            return IsReachable(text, line, node.span, _term(ctx, node.condition, scope), micros, scope is ACCOUNT)
        case syntax.Within(duration=duration):
            return HoldsWithin(text, line, node.span, _term(ctx, node.condition), micros_of(ctx, duration) or 0)
        case syntax.NeverFired(trigger=trigger, without=without):
            if without is not None or trigger.text not in ctx.names.account_triggers:
                check_trigger(ctx, trigger, "what has come before is asked of one lead")
            return FiresNever(text, line, node.span, trigger.text, None if without is None else _match(ctx, without))


def _term(ctx: Context, node: syntax.Expr, scope: Scope = TRIGGER) -> Term:
    return canonical(inlined(ctx, condition(ctx, scope, node)))


def _match(ctx: Context, node: syntax.On) -> Match:
    found = match_of(ctx, node, event_of(ctx, node.event))
    return found if found.where is None else Match(found.on, canonical(inlined(ctx, found.where)))
