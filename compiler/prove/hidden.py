"""Triggers that another one always comes before: at every look at which the one above fires, it ends what the one below
waits for.

Where the condition of a trigger holds only if that of one above it does, that one fires as soon as it may, and what it
does makes the condition of the lower one false, then the lower one never sees it true. Where it moves the lead on for
good instead, the lower one fires only in states in which a lead can be after that. What can't happen because of it is
found anew without it.
"""

from __future__ import annotations

from time import monotonic

from compiler.prove.effects import Effects, wanted
from compiler.prove.reach import Reach
from compiler.prove.standing import Standing
from compiler.prove.states import State
from compiler.prove.study import Study
from runtime.table import Trigger

_TRIGGERS = 60
"""Of more triggers it is not asked."""
_SECONDS, _PART = 2.0, 0.1
"""So much time it may take, and so much of what there is; what is not found by then stays possible."""


def reached(study: Study) -> Reach:
    """What can be at all, without the triggers that others always come before, and without scores at which a trigger
    never leaves a lead."""
    reach = Reach(study)
    until = monotonic() + min(_SECONDS, _PART * study.prover.left())
    while True:
        standing = Standing(reach, until)
        hidden, only = _hidden(standing)
        if not hidden and all(reach.fires[name] <= states for name, states in only.items()):
            reach.scores = standing.narrowed()
            return reach
        reach = Reach(study, hidden={**reach.hidden, **hidden}, only={**reach.only, **only})


def _hidden(standing: Standing) -> tuple[dict[str, str], dict[str, frozenset[State]]]:
    """Triggers, each with one that always comes before it; and the states in which others can fire only."""
    reach = standing.reach
    able = [each for each in reach.study.program.triggers if reach.sources[each.name]]
    if len(able) > _TRIGGERS:
        return {}, {}
    effects = Effects(reach)
    first, leaving = standing.settling(), dict(standing.leaving())
    hidden: dict[str, str] = {}
    only: dict[str, frozenset[State]] = {}
    for at, lower in enumerate(able):
        for place, upper in enumerate(able[:at]):
            if lower.when is None or upper.when is None or not (upper in first or upper.when in leaving):
                continue
            if standing.late or not _comes_before(effects, upper, lower, able[place + 1 : at]):
                continue
            allowed = leaving.get(upper.when)
            if (upper in first and _ended(effects, upper, lower)) or not reach.fires[lower.name] & (
                reach.fires[lower.name] if allowed is None else allowed
            ):
                hidden[lower.name] = upper.name
                break
            if allowed is not None:
                only[lower.name] = only.get(lower.name, allowed) & allowed
    return hidden, only


def _comes_before(effects: Effects, upper: Trigger, lower: Trigger, between: list[Trigger]) -> bool:
    """Whether the condition of a trigger holds only where that of one above it held at the same look."""
    assert lower.when is not None
    assert upper.when is not None
    if effects.possible([lower.when, ("not", upper.when)], {}):
        return False
    return not any(effects.turns(each, lower.when) and effects.sets_off(each, lower.when) for each in [upper, *between])


def _ended(effects: Effects, upper: Trigger, lower: Trigger) -> bool:
    """Whether what a trigger does makes the condition of another one false."""
    assert lower.when is not None
    kept = [each for each in wanted(upper) if not effects.touches(upper, each)]
    behind = [*kept, effects.rewritten(upper, lower.when)]
    return not effects.possible_behind(upper, behind, effects.behind(upper))
