"""What time can do to leads under two models: the durations that they name, and whether it does anything at all."""

from __future__ import annotations

from collections.abc import Iterator

from compiler.program import Program
from compiler.prove.histories import DAY
from compiler.terms import TIMED, parts
from runtime.table import Term


def pauses(programs: tuple[Program, Program]) -> set[int]:
    """The durations of two models, those that only one of them knows by themselves if there are any of them."""
    one, two = map(_durations, programs)
    return (one ^ two) or (one | two)


def _durations(program: Program) -> set[int]:
    found: set[int] = set()
    for each in program.scores:
        score = each.body
        limits = [limit for rule in score.on for limit in rule.limits]
        limits += [limit for group in score.groups.values() for limit in group.limits]
        found |= {limit.per for limit in limits if limit.per is not None}
        found |= {rule.repeated.within for rule in score.on if rule.repeated is not None}
        if score.degrade is not None:
            found |= {score.degrade.after, score.degrade.every, score.degrade.after + score.degrade.every}
        if score.ageing is not None:
            found |= {days * DAY for days in (score.ageing.expire, score.ageing.every) if days is not None}
    found |= {tally.days * DAY for tally in program.tallies.values() if tally.days is not None}
    for trigger in program.triggers:
        found |= {limit.per for limit in trigger.limits if limit.per is not None}
    found |= {part[-1] for term in _terms(program) for part in parts(term) if part[0] in TIMED}
    return found - {0}


def _terms(program: Program) -> Iterator[Term]:
    for each in program.scores:
        yield from (rule.when for rule in each.body.on if rule.when is not None)
        yield from (branch.when for rule in each.body.when for branch in rule.branches)
    for trigger in program.triggers:
        if trigger.when is not None:
            yield trigger.when
    yield from (segment.where for segment in program.segments.values() if segment.where is not None)


def timed(program: Program) -> bool:
    """Whether time alone does anything to a lead."""
    if any(each.body.degrade is not None or each.body.ageing is not None for each in program.scores):
        return True
    if any(tally.days is not None for tally in program.tallies.values()):
        return True
    return any(part[0] in TIMED for term in _terms(program) for part in parts(term))
