"""What the warnings look at: each declaration as it is written beside what the checker made of it.

The tree has the places, the program has names resolved and numbers worked out. Both keep the order of declaration, so
a walk over the tree pairs them; nothing is looked up twice.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from compiler import spell
from compiler.context import Context
from compiler.exact import points, written
from compiler.kinds import Typed
from compiler.names import EventNames
from compiler.program import Program
from compiler.scenarios import CheckedTest
from compiler.warnings.walking import Leaf, leaves
from dsl import syntax
from runtime.table import Group, OnRule, Score, Term, Trigger, WhenRule


@dataclass(frozen=True, slots=True)
class OnFact:
    """An `on` rule; `group` is the one around it, if any."""

    node: syntax.Rule
    rule: OnRule
    event: EventNames
    group: tuple[syntax.Group, Group] | None

    @property
    def branch(self) -> syntax.Branch:
        return self.node.branches[0]

    @property
    def where(self) -> syntax.Expr | None:
        return None if self.node.on is None else self.node.on.where

    def limits(self) -> Iterator[syntax.Limit]:
        """All limits that hold for it, as written, those of its group last."""
        yield from self.node.limits
        if self.group is not None:
            yield from self.group[0].limits


@dataclass(frozen=True, slots=True)
class WhenFact:
    node: syntax.Rule
    rule: WhenRule
    group: tuple[syntax.Group, Group] | None


@dataclass(frozen=True, slots=True)
class ScoreFacts:
    """A score, or a family of them; `members` are those that stand once, by class."""

    name: str
    node: syntax.Score
    body: Score
    on: tuple[OnFact, ...]
    when: tuple[WhenFact, ...]
    members: Mapping[type, syntax.ScoreMember]

    @property
    def ages(self) -> bool:
        """Whether time takes points away by itself."""
        return self.body.degrade is not None or self.body.ageing is not None

    def place(self, kind: type) -> syntax.Span:
        """Where the member of that class stands, or else the name of the score."""
        member = self.members.get(kind)
        return self.node.name.span if member is None else member.span


@dataclass(frozen=True, slots=True)
class TriggerFact:
    node: syntax.Trigger
    trigger: Trigger


@dataclass(frozen=True, slots=True)
class Place:
    """A condition of the model without `and`, `or` and `not`, and the event whose properties it sees, if any."""

    leaf: Leaf
    event: EventNames | None = None

    @property
    def node(self) -> syntax.Expr:
        return self.leaf.node


@dataclass(frozen=True, slots=True)
class Checked:
    """A whole model without errors."""

    ctx: Context
    program: Program
    scores: tuple[ScoreFacts, ...]
    triggers: tuple[TriggerFact, ...]
    places: tuple[Place, ...]
    tests: tuple[CheckedTest, ...]


def look(ctx: Context, program: Program, tests: tuple[CheckedTest, ...]) -> Checked:
    """The model as the warnings see it."""
    scores = tuple(
        _score(ctx, node, scored.name, scored.body)
        for node, scored in zip(ctx.names.scores.values(), program.scores, strict=True)
    )
    pairs = zip(ctx.names.triggers.values(), program.triggers, strict=True)
    triggers = tuple(TriggerFact(*pair) for pair in pairs)
    return Checked(ctx, program, scores, triggers, tuple(_places(ctx)), tests)


def _score(ctx: Context, node: syntax.Score, name: str, body: Score) -> ScoreFacts:
    members: dict[type, syntax.ScoreMember] = {}
    on, when = iter(body.on), iter(body.when)
    on_facts, when_facts = [], []
    for member in node.members:
        if not isinstance(member, syntax.Rule | syntax.Group):
            members[type(member)] = member
            continue
        group = (member, body.groups[member.name.text]) if isinstance(member, syntax.Group) else None
        for rule in member.rules if isinstance(member, syntax.Group) else (member,):
            if rule.on is None:
                when_facts.append(WhenFact(rule, next(when), group))
            else:
                on_facts.append(OnFact(rule, next(on), ctx.names.events[rule.on.event.text], group))
    return ScoreFacts(name, node, body, tuple(on_facts), tuple(when_facts), members)


def _places(ctx: Context) -> Iterator[Place]:
    """All conditions of the model, cut into their leaves, but for those of its tests."""
    for condition, event in _conditions(ctx):
        yield from (Place(leaf, event) for leaf in leaves(condition))


def _conditions(ctx: Context) -> Iterator[tuple[syntax.Expr, EventNames | None]]:
    names = ctx.names
    for score in names.scores.values():
        for member in score.members:
            if isinstance(member, syntax.Rule | syntax.Group):
                for rule in member.rules if isinstance(member, syntax.Group) else (member,):
                    yield from _on(ctx, rule.on)
                    yield from ((branch.when, None) for branch in rule.branches if branch.when is not None)
    for tally in names.tallies.values():
        yield from _on(ctx, tally.on)
    for trigger in (*names.triggers.values(), *names.account_triggers.values()):
        yield from _on(ctx, trigger.on)
        if trigger.when is not None:
            yield trigger.when, None
    wheres = [score.where for score in names.account_scores.values()]
    wheres += [segment.where for segment in names.segments.values()]
    yield from ((where, None) for where in wheres if where is not None)


def _on(ctx: Context, on: syntax.On | None) -> Iterator[tuple[syntax.Expr, EventNames | None]]:
    if on is not None and on.where is not None:
        yield on.where, ctx.names.events[on.event.text]


# --- what an expression stands for ----------------------------------------------------------------------------------


def field_of(ctx: Context, event: EventNames | None, node: syntax.Expr) -> Typed | None:
    """The property or attribute that an expression is, if it is one."""
    match node:
        case syntax.Ref(name=name):
            if event is not None and name in event.typed:
                return event.typed[name]
            return ctx.names.typed.get(name)
        case syntax.Qualified(scope="event", name=given) if event is not None:
            return event.typed.get(given.text)
        case syntax.Qualified(scope="lead", name=given):
            return ctx.names.typed.get(given.text)
        case _:
            return None


def texts_of(ctx: Context, node: syntax.Expr) -> tuple[str, ...]:
    """The texts that an expression is known to be: one written out, a list of them, a `let` or a set."""
    match node:
        case syntax.Text(value=text):
            return (text,)
        case syntax.ListOf(items=items):
            return tuple(text for item in items for text in texts_of(ctx, item))
        case syntax.Ref(name=name) if name in ctx.set_values:
            return tuple(each for each in ctx.set_values[name][0] if isinstance(each, str))
        case syntax.Ref(name=name) if name in ctx.lets:
            known = ctx.lets[name].term
            return (known[1],) if known[0] == "lit" and isinstance(known[1], str) else ()
        case _:
            return ()


def shown(node: syntax.Expr) -> str:
    """A field as it is written."""
    match node:
        case syntax.Ref(name=name):
            return name
        case syntax.Qualified(scope=scope, name=name):
            return f"{scope}.{name.text}"
        case _:
            return "…"


# --- numbers in sentences -------------------------------------------------------------------------------------------


def pts(thousandths: int) -> str:
    """Points as a person writes them: ``12.5``."""
    return written(points(thousandths))


def points_of(thousandths: int) -> str:
    """``12.5 points``, ``1 point``"""
    return f"{pts(thousandths)} point{'' if thousandths == 1000 else 's'}"


def length(node: syntax.Length | None, micros: int) -> str:
    """A duration in the words of the file, if it is written out there."""
    if not isinstance(node, syntax.Duration):
        return spell.duration(micros)
    return f"{written(node.amount)} {node.unit}{'' if node.amount == Decimal(1) else 's'}"


def conjuncts(term: Term | None) -> frozenset[Term]:
    """The conditions that all must hold for `term` to hold; none for None."""
    if term is None or term == ("true",):
        return frozenset()
    return frozenset(term[1:]) if term[0] == "and" else frozenset((term,))
