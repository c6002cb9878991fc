"""The conditions of a model where they are written, with what is known where each is asked.

Of a rule that has `where` and `when`, the `when` is asked at events that pass the `where`; an `else when` is asked
where nothing before it held. Terms are built from the tree, so that a part can be taken for true or false to see
whether that makes a difference; in a family there is one term for each member.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from compiler.canonical import canonical
from compiler.conditions import condition
from compiler.context import Context
from compiler.passes.expand import of_member
from compiler.passes.fold import folded_constants
from compiler.report import Report
from compiler.scenarios import inlined
from compiler.scope import ACCOUNT, TRIGGER, Scope, of_event, of_rule
from dsl import syntax
from runtime.table import Term

Swapped = Mapping[int, Term]
"""Terms that are taken for nodes, by the identity of the node."""


@dataclass(frozen=True, slots=True)
class Part:
    """A condition and the names that it sees."""

    node: syntax.Expr
    scope: Scope


@dataclass(frozen=True, slots=True)
class Asked:
    """A condition of the declaration `of`, named as in `compiler.places`. `beside` holds where it is asked, `before`
    does not; `values` are the members of the family around it; `name` stands for it in a message."""

    of: tuple[str, ...]
    kind: str
    part: Part
    event: str | None = None
    values: tuple[str, ...] | None = None
    beside: tuple[Part, ...] = ()
    before: tuple[Part, ...] = ()

    @property
    def node(self) -> syntax.Expr:
        return self.part.node


class Conditions:
    """All conditions of a model that checked without errors, and their terms."""

    def __init__(self, ctx: Context) -> None:
        self.ctx = replace(ctx, report=Report())

    def all(self) -> Iterator[Asked]:
        """Each condition, in the order of declarations."""
        names = self.ctx.names
        for name, score in names.scores.items():
            variable = score.family.variable.text if score.family else None
            for member in score.members:
                for rule in _rules(member):
                    yield from self._rule(name, rule, variable, self.ctx.heads[name].values)
        for name, tally in names.tallies.items():
            yield from self._on(("tally", name), tally.on)
        for name, trigger in names.triggers.items():
            yield from self._trigger(("trigger", name), trigger, TRIGGER)
        for name, trigger in names.account_triggers.items():
            yield from self._trigger(("account trigger", name), trigger, ACCOUNT)
        for kind, given in (("account score", names.account_scores), ("segment", names.segments)):
            for name, each in given.items():
                if each.where is not None:
                    yield Asked((kind, name), "where", Part(each.where, TRIGGER))

    def _on(
        self,
        of: tuple[str, ...],
        on: syntax.On | None,
        variable: str | None = None,
        values: tuple[str, ...] | None = None,
    ) -> Iterator[Asked]:
        if on is not None and on.where is not None:
            scope = of_event(self.ctx.names.events[on.event.text], variable)
            yield Asked(of, "where", Part(on.where, scope), on.event.text, values)

    def _rule(
        self, score: str, rule: syntax.Rule, variable: str | None, values: tuple[str, ...] | None
    ) -> Iterator[Asked]:
        of = ("rule", score, rule.name.text)
        where = [*self._on(of, rule.on, variable, values)]
        yield from where
        event = rule.on.event.text if rule.on is not None else None
        before: list[Part] = []
        for branch in rule.branches:
            if branch.when is not None:
                part = Part(branch.when, of_rule(variable))
                kind = "when" if rule.on is not None or not before else "else when"
                yield Asked(of, kind, part, event, values, tuple(each.part for each in where), tuple(before))
                before.append(part)

    def _trigger(self, of: tuple[str, ...], node: syntax.Trigger, scope: Scope) -> Iterator[Asked]:
        where = [*self._on(of, node.on)]
        yield from where
        if node.when is not None:
            event = node.on.event.text if node.on is not None else None
            yield Asked(of, "when", Part(node.when, scope), event, beside=tuple(each.part for each in where))

    # --- terms --------------------------------------------------------------------------------------------------------

    def terms(self, asked: Asked, part: Part, swapped: Swapped | None = None) -> list[Term]:
        """The term of a condition, or one for each member of the family around; `swapped` terms stand for nodes."""
        term = self._built(part.node, part.scope, swapped or {})
        if asked.values is None:
            return [_tidy(term)]
        assert part.scope.variable is not None
        return [_tidy(of_member(term, part.scope.variable, value)) for value in asked.values]

    def _built(self, node: syntax.Expr, scope: Scope, swapped: Swapped) -> Term:
        if id(node) in swapped:
            return swapped[id(node)]
        match node:
            case syntax.And(items=items):
                return ("and", *[self._built(item, scope, swapped) for item in items])
            case syntax.Or(items=items):
                return ("or", *[self._built(item, scope, swapped) for item in items])
            case syntax.Not(operand=operand):
                return ("not", self._built(operand, scope, swapped))
        return inlined(self.ctx, condition(self.ctx, scope, node))


def _tidy(term: Term) -> Term:
    return canonical(folded_constants(term))


def _rules(member: syntax.ScoreMember) -> tuple[syntax.Rule, ...]:
    match member:
        case syntax.Rule():
            return (member,)
        case syntax.Group(rules=rules):
            return rules
        case _:
            return ()


def junctions(node: syntax.Expr, out: Swapped, positive: bool = True) -> Iterator[tuple[syntax.And | syntax.Or, bool]]:
    """Each `and` and `or` in a condition, and whether it stands behind an even number of `not`; outermost first. Nodes
    that are `out` by the time they are come to are passed over."""
    if id(node) in out:
        return
    match node:
        case syntax.And(items=items) | syntax.Or(items=items):
            yield node, positive
            for item in items:
                yield from junctions(item, out, positive)
        case syntax.Not(operand=operand):
            yield from junctions(operand, out, not positive)
        case _:
            pass
