"""All that the prover has to say about conditions, each by itself and beside others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from compiler.context import Context
from compiler.prove.asked import Asked, Conditions
from compiler.prove.needless import Needless
from compiler.prove.overlap import Overlaps
from compiler.prove.prover import Prover
from compiler.prove.spots import Spots
from dsl.diagnostics import Diagnostic, in_order
from dsl.syntax import Span


@dataclass(frozen=True, slots=True)
class Findings:
    """`undecided` are parts of sentences that say what is left open, and why; `never` has, for each condition of which
    it is said that it can't hold, the declaration that it is of, named as in `compiler.places`."""

    diagnostics: tuple[Diagnostic, ...]
    undecided: tuple[str, ...]
    never: Mapping[Span, tuple[str, ...]] = field(default_factory=dict)


def findings(ctx: Context, prover: Prover) -> Findings:
    """The findings about the conditions of a model that checked without errors; `prover` is one of its settled
    program, whose time is used up until then at most."""
    found: list[Diagnostic] = []
    conditions = Conditions(ctx)
    needless = Needless(conditions, prover)
    never: dict[Span, tuple[str, ...]] = {}
    for asked in conditions.all():
        said = [*needless.of(asked)]
        found += said
        never.update({each.span: asked.of for each in said if each.code == "P530"})
    overlaps = Overlaps(prover, Spots(ctx))
    told: set[tuple[object, ...]] = set()
    for key in prover.scores:
        for each in overlaps.of(key):
            place = (each.code, each.span, each.labels[:1])  # members of a family say the same of one place
            if place not in told:
                told.add(place)
                found.append(each)
    undecided = (*_gathered(needless.open), *dict.fromkeys(overlaps.open))
    return Findings(tuple(in_order(found)), undecided, never)


def _gathered(given: list[tuple[Asked, str]]) -> Iterator[str]:
    """What is open for one reason in one line."""
    by_why: dict[str, list[str]] = {}
    for asked, why in given:
        by_why.setdefault(why, []).append(asked.of[-1])
    for why, names in by_why.items():
        told = ", ".join(f"`{each}`" for each in names[:3])
        if len(names) == 1:
            yield f"whether the condition of {told} can hold: {why}"
        else:
            more = f" and {len(names) - 3} more" if len(names) > 3 else ""
            yield f"whether the conditions of {told}{more} can hold: {why}"
