"""All that the prover has to say about conditions, each by itself and beside others."""

from __future__ import annotations

from dataclasses import dataclass

from compiler.context import Context
from compiler.prove.asked import Conditions
from compiler.prove.needless import Needless
from compiler.prove.overlap import Overlaps
from compiler.prove.prover import Prover
from compiler.prove.spots import Spots
from dsl.diagnostics import Diagnostic, in_order


@dataclass(frozen=True, slots=True)
class Findings:
    """`undecided` are parts of sentences that say what is left open, and why."""

    diagnostics: tuple[Diagnostic, ...]
    undecided: tuple[str, ...]


def findings(ctx: Context, prover: Prover) -> Findings:
    """The findings about the conditions of a model that checked without errors; `prover` is one of its settled
    program, whose time is used up until then at most."""
    found: list[Diagnostic] = []
    conditions = Conditions(ctx)
    needless = Needless(conditions, prover)
    for asked in conditions.all():
        found += needless.of(asked)
    overlaps = Overlaps(prover, Spots(ctx))
    told: set[tuple[object, ...]] = set()
    for key in prover.scores:
        for each in overlaps.of(key):
            place = (each.code, each.span, each.labels[:1])  # members of a family say the same of one place
            if place not in told:
                told.add(place)
                found.append(each)
    undecided = [f"whether the condition of `{asked.of[-1]}` can hold: {why}" for asked, why in needless.open]
    return Findings(tuple(in_order(found)), tuple(dict.fromkeys([*undecided, *overlaps.open])))
