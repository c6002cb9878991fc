"""Which names may stand where.

A `Scope` is one place in the language: what it sees, and what is said about the rest. Conditions and values are checked
against a scope and know nothing else of where they stand.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace

from compiler.names import EventNames, Names
from dsl import syntax


@dataclass(frozen=True, slots=True)
class Scope:
    """`place` is "rule", "trigger", "account", "computed", "constant" or "let"; `event` the one whose properties are
    seen; `windows` says that conditions on now may stand here, `state` that scores, stage, tags and idleness are seen;
    `variable` is that of the family around, `comparison` the comparison around, which `ready` is about; `judged` are
    the fields whose presence is asked about in the same condition."""

    place: str
    event: EventNames | None = None
    attributes: bool = False
    tallies: bool = False
    scores: bool = False
    state: bool = False
    windows: bool = False
    time: bool = False
    variable: str | None = None
    comparison: syntax.Compare | syntax.Between | syntax.In | None = None
    judged: frozenset[syntax.Expr] = frozenset()

    def judging(self, items: tuple[syntax.Expr, ...]) -> Scope:
        """The same place among the operands of an `and` or an `or`."""
        asked = frozenset([item.operand for item in items if isinstance(item, syntax.Presence)])
        return replace(self, judged=self.judged | asked) if asked else self

    def within(self, comparison: syntax.Compare | syntax.Between | syntax.In) -> Scope:
        """The same place inside a comparison."""
        return replace(self, comparison=comparison) if self.scores else self


def of_event(event: EventNames | None, variable: str | None = None) -> Scope:
    """``on EVENT where …`` and the points of such a rule: properties and attributes."""
    return Scope("rule", event, attributes=True, variable=variable)


def of_rule(variable: str | None = None) -> Scope:
    """The ``when`` of a rule: attributes, tallies and the clock."""
    return Scope("rule", attributes=True, tallies=True, windows=True, variable=variable)


TRIGGER = Scope("trigger", attributes=True, tallies=True, scores=True, state=True, windows=True)
"""The ``when`` of a trigger, a segment, ``count where`` and ``expect``: the whole state of a lead."""

ACCOUNT = Scope("account", state=True)
"""The ``when`` of an account trigger: the account's scores and tags."""

COMPUTED = Scope("computed", scores=True)
"""What a computed score is made of."""

CONSTANT = Scope("constant")
"""A number or duration that is known when the file is read."""


def of_set(event: EventNames | None) -> Scope:
    """The value of a ``set``: state of the lead, the properties of the event there is, and `time`."""
    return Scope("trigger", event, attributes=True, tallies=True, scores=True, time=True)


def of_claim(names: Names, condition: syntax.Expr) -> Scope:
    """What is claimed of leads, or of accounts where it names a score of theirs that is no name among leads."""
    of_accounts = any(name in names.account_scores and name not in names.shared for name in _bare(condition))
    return ACCOUNT if of_accounts else TRIGGER


def _bare(node: object) -> Iterator[str]:
    """The bare names in an expression."""
    if isinstance(node, syntax.Ref):
        yield node.name
    elif isinstance(node, tuple):
        for each in node:
            yield from _bare(each)
    elif isinstance(node, syntax.Node):
        for field in fields(node):
            yield from _bare(getattr(node, field.name))
