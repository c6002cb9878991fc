"""A trigger that sees what an earlier one did in the same pass.

If both fire `on` the same event, and whatever event the later one is met by meets the earlier one too, the later one
never sees how things were before: a time that the earlier wrote down, a tag it has given, a stage it has moved to, a
score it has reset. A later one that waits for nothing but the stage that an earlier one moves to, `on` an event or
not, moves the lead on in the same pass: nobody is ever seen in that stage. To go on with a value that has just been
set is what the order is for, and is let pass.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Sequence
from itertools import islice

from compiler.errors import moving
from compiler.exact import Exact
from compiler.terms import parts
from compiler.warnings.facts import Checked, TriggerFact, conjuncts, pts
from compiler.warnings.judging import in_stage, judge
from dsl.diagnostics import Diagnostic
from dsl.syntax import Span
from runtime.table import Stages, Term, Trigger

_EARLIER = 200
"""So many triggers above one are compared with it."""


def same_pass(model: Checked) -> Iterator[Diagnostic]:
    """At most one finding for each trigger."""
    told: list[Diagnostic] = []
    for at, fact in enumerate(model.triggers):
        if fact.trigger.when is not None:
            seen = (each for first in _before(model, at) if (each := _sees(model, first, at)) is not None)
            told += islice(seen, 1)
    yield from told


def _before(model: Checked, at: int) -> Iterator[int]:
    """The triggers above one that have acted whenever it is asked at an event; all above it, if it waits for none."""
    match = model.triggers[at].trigger.match
    where = frozenset() if match is None else conjuncts(match.where)
    for first in range(max(0, at - _EARLIER), at):
        other = model.triggers[first].trigger.match
        if match is None or (other is not None and other.on == match.on and conjuncts(other.where) <= where):
            yield first


def _sees(model: Checked, first: int, second: int) -> Diagnostic | None:
    one, other = model.triggers[first], model.triggers[second]
    between = [each.trigger for each in model.triggers[first + 1 : second]]
    for action, act in zip(one.node.actions, one.trigger.do, strict=True):
        told = _told(model, act, one, other, between)
        if told is not None:
            names = other.node.name.text, one.node.name.text
            place = _place(other)
            return moving.sees_the_same_pass(*names, *told, place, action.span, other.trigger.match is not None)
    return None


def _place(fact: TriggerFact) -> Span:
    assert fact.node.when is not None
    return fact.node.when.span


def _told(
    model: Checked, act: Term, first: TriggerFact, second: TriggerFact, between: Sequence[Trigger]
) -> tuple[str, str] | None:
    """What the first does, and what comes of it for the second."""
    when, name, stages = second.trigger.when, second.node.name.text, model.program.stages
    assert when is not None
    at_event = second.trigger.match is not None
    always = at_event and first.trigger.when is None and not first.trigger.limits
    match act:
        case ("set", field, ("time",) | ("lit", _)) if always and _asks_when(when, ("attr", field)):
            return f"has set `{field}`", f"`{field}` is never what it was before the event"
        case ("tag", tag) if always and _reads(when, ("tag", tag)):
            return f'has given the tag "{tag}"', "the tag is there at the first event already"
        case ("untag", tag) if always and _reads(when, ("tag", tag)):
            return f'has removed the tag "{tag}"', "the tag is always gone"
        case ("move", stage) if _moves_on(stages, stage, first, second):
            by = (
                "one event moves a lead two stages on"
                if at_event
                else f"a lead leaves `{stage}` at the look at which it comes there"
            )
            return f"has moved the lead to `{stage}`", by
        case ("move", stage) if at_event and _shut_out(stages, stage, first, second, between):
            return f"has moved the lead to `{stage}`", f"`{name}` never fires"
        case ("reset", key, points) if always and _lost(model, key, points, when, between):
            return f"has reset `{key}` to {pts(points)}", f"`{key}` is {pts(points)} by then, and `{name}` never fires"
        case _:
            return None


def _shut_out(stages: Stages, stage: str, first: TriggerFact, second: TriggerFact, between: Sequence[Trigger]) -> bool:
    """Whether the second could fire in some stage, but never does, since the first has moved the lead by then."""
    if first.trigger.limits or any(act[0] == "move" for each in between for act in each.do):
        return False
    moves = [act[1] for act in first.trigger.do if act[0] == "move"]
    after = judge(second.trigger.when, in_stage(stages, stage))
    could = False
    for each in (*stages.path, *stages.beside):
        here = in_stage(stages, each)
        acted, wanted = judge(first.trigger.when, here), judge(second.trigger.when, here)
        could = could or wanted is not False
        if (acted is not True and wanted is not False) or (acted is not False and after is not False):
            return False
    return could and moves[-1] == stage


def _lost(model: Checked, key: str, points: int, when: Term, between: Sequence[Trigger]) -> bool:
    """Whether a condition asks for more (or less) of a score than it has just been reset to. Profile points stay, so
    scores with such are let pass."""
    score = next((each.body for each in model.program.scores if each.name == key), None)
    if (
        score is None
        or score.when
        or any(act[:2] in (("add", key), ("reset", key)) for each in between for act in each.do)
    ):
        return False
    return any(_misses(each, key, points) for each in conjuncts(when))


def _misses(term: Term, key: str, points: int) -> bool:
    match term:
        case (">" | ">=" | "<" | "<=" | "=" as sign, ("score", found), ("lit", line)) if found == key:
            return not _COMPARED[sign](points, line * 1000)
        case _:
            return False


_COMPARED: dict[str, Callable[[Exact, Exact], bool]] = {
    ">": operator.gt, ">=": operator.ge, "<": operator.lt, "<=": operator.le, "=": operator.eq,
}  # fmt: skip


def _asks_when(term: Term, field: Term) -> bool:
    """Whether it is asked how long ago the field lies, or whether it is there: known, once it has just been set."""
    return any(each[0] in _PRESENT and each[1] == field for each in parts(term))


_PRESENT = frozenset({"last", "next", "ago", "present", "missing"})


def _reads(term: Term, part: Term) -> bool:
    return any(each == part for each in parts(term))


def _moves_on(stages: Stages, stage: str, first: TriggerFact, second: TriggerFact) -> bool:
    """Whether the second moves a lead on that the first has moved to `stage`, and could not before."""
    moves = [act[1] for act in second.trigger.do if act[0] == "move"]
    if not moves or moves[-1] == stage:
        return False
    if judge(second.trigger.when, in_stage(stages, stage, just_entered=True)) is False:
        return False
    changing = any(act[0] in ("untag", "set", "add", "reset") for act in first.trigger.do)
    if not _only_stages(second.trigger.when, None if changing else first.trigger.when):
        return False
    before = [each for each in (*stages.path, *stages.beside) if each != stage]
    possible = [each for each in before if judge(first.trigger.when, in_stage(stages, each)) is not False]
    return bool(possible) and all(judge(second.trigger.when, in_stage(stages, each)) is False for each in possible)


def _only_stages(term: Term | None, met: Term | None) -> bool:
    """Whether nothing but the stage is asked, and what the first trigger has asked already."""
    known = conjuncts(met)
    return all(
        {part[0] for part in parts(each)} <= _OF_STAGES or any(_follows(each, other) for other in known)
        for each in conjuncts(term)
    )


_OF_STAGES = frozenset({"stage", "not", "or"})


def _follows(term: Term, known: Term) -> bool:
    """Whether a condition holds where another one does: the same, or a lower line of the same score."""
    match term, known:
        case ((">" | ">=", ("score", key), ("lit", line)), (">" | ">=" | "=", ("score", other), ("lit", most))):
            strict = term[0] == ">" and known[0] != ">"
            return bool(key == other and (line < most if strict else line <= most))
        case _:
            return term == known
