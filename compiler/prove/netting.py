"""What rules of one event give together, where each firing also costs: a tighter bound than rule by rule.

A rule that takes points without any limit, and matches whatever event another one pays at, is paid for at each such
event. So an event counts with what the paying rules give less that cost, or not at all; and the fewest events are
needed, and so the least is paid, if the rules pay together as often as they can. With the sides exchanged the same
holds for what is taken.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import partial

from compiler.prove.answer import Unsat
from compiler.prove.spans import Amount
from compiler.prove.study import Study
from compiler.terms import all_of
from runtime.table import OnRule

_MANY = 8
"""Of more rules that cost it is not asked which of them match wherever another one does."""
Often = Callable[[OnRule], Amount]


def netted(study: Study, key: str, side: int, often: Often) -> Iterator[tuple[frozenset[str], Amount]]:
    """Rules of a score, by name, that cost something wherever they pay, and the most that they give together; `often`
    says how often each can fire by its limits."""
    paying: dict[str, list[OnRule]] = defaultdict(list)
    costing: dict[str, list[OnRule]] = defaultdict(list)
    for rule in study.scores[key].on:
        if rule.points is None or rule.best is not None or rule.repeated is not None or rule.group is not None:
            continue
        if rule.points * side > 0:
            paying[rule.match.on].append(rule)
        elif rule.points and not rule.limits:
            costing[rule.match.on].append(rule)
    for event, rules in paying.items():
        costs = {rule.name: _cost(study, rule, costing[event]) for rule in rules}
        dear = [rule for rule in rules if costs[rule.name] > 0]
        if dear:
            least = min(costs[rule.name] for rule in dear)
            firings = [(often(rule), abs(rule.points or 0)) for rule in dear]
            yield frozenset(rule.name for rule in dear), together(firings, least)


def _cost(study: Study, rule: OnRule, costing: list[OnRule]) -> int:
    """What is taken for sure where a rule matches, in thousandths."""
    if len(costing) > _MANY:
        return 0
    found = 0
    for other in costing:
        if study.once(("always", rule, other), partial(_always, study, rule, other)):
            found += abs(other.points or 0)
    return found


def _always(study: Study, rule: OnRule, other: OnRule) -> bool:
    """Whether an event that the first rule matches is matched by the second."""
    if not study.match(other):
        return True
    if not study.match(rule):
        return False
    event, match = rule.match.on, study.match(rule)
    given = study.given([*match, *study.match(other)], event)
    return isinstance(study.prover.implies([*match, *given], all_of(study.match(other)), event), Unsat)


def together(firings: list[tuple[Amount, int]], cost: int) -> Amount:
    """The most that rules give that fire so often (None: without end) for so much each, if every event costs."""
    open_ = sum(points for times, points in firings if times is None)
    if open_ > cost:
        return None
    found, before = 0, 0
    for until in sorted({times for times, _ in firings if times is not None}):
        paid = sum(points for times, points in firings if times is None or times >= until)
        found += max(0, paid - cost) * (until - before)
        before = until
    return found
