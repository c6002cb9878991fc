"""Lines that no lead comes to: `ready at`, bands, and comparisons of triggers and segments with a number.

100 points in portions of 8 for each of 12 actions come to 96. What a score can come to says `compiler.warnings.reach`.
"""

from __future__ import annotations

from collections.abc import Iterator
from operator import ge, gt, le, lt

from compiler.errors import ageing as errors
from compiler.errors import asking
from compiler.exact import Exact, milli, written
from compiler.scope import TRIGGER
from compiler.terms import FLIPPED
from compiler.values import constant, value
from compiler.warnings.facts import Checked, ScoreFacts, pts
from compiler.warnings.reach import Reach, reaches
from compiler.warnings.walking import leaves
from dsl import syntax
from dsl.diagnostics import Diagnostic

_LISTED = 6


def out_of_reach(model: Checked) -> Iterator[Diagnostic]:
    """One finding for each line."""
    reach = reaches(model)
    unready: set[str] = set()
    for score in model.scores:
        known = reach.get(score.name, Reach())
        ready = score.body.ready
        if ready is not None and known.high is not None and milli(known.high) < ready and _gives(score):
            unready.add(score.name)
            span = score.place(syntax.ReadyAt)
            yield errors.ready_out_of_reach(score.name, pts(ready), written(known.high), span, _sum(score, known))
        yield from _bands(score, known)
    yield from _comparisons(model, reach, unready)


def _gives(score: ScoreFacts) -> bool:
    """Whether the score has rules already: one without is only being begun."""
    return bool(score.on or score.when or score.body.value is not None)


def _sum(score: ScoreFacts, known: Reach) -> tuple[str, ...]:
    """Where the most comes from."""
    if not known.parts:
        return (_why(score),)
    order = {member.name.text: at for at, member in enumerate(score.node.members) if hasattr(member, "name")}
    parts = sorted(known.parts, key=lambda part: order.get(part[0], len(order)))
    shown = [f"`{name}` {pts(most)}" for name, most in parts[:_LISTED]]
    if len(parts) > _LISTED:
        shown.append(f"{len(parts) - _LISTED} more {pts(sum(most for _, most in parts[_LISTED:]))}")
    return (f"at most {', '.join(shown)}: {pts(sum(most for _, most in parts))} in all",)


def _why(score: ScoreFacts) -> str:
    if score.body.value is not None:
        return "it is computed from scores that come to no more"
    return f"its range ends at {pts(score.body.high or 0)}"


def _bands(score: ScoreFacts, known: Reach) -> Iterator[Diagnostic]:
    """The first band that no lead is in."""
    node = score.members.get(syntax.Bands)
    if known.high is None or not isinstance(node, syntax.Bands) or not _gives(score):
        return
    for before, band in zip(score.body.bands, node.bands[1:], strict=False):
        if before.below is not None and milli(known.high) < before.below:
            (why,) = _sum(score, known)
            name, most = band.name.text, written(known.high)
            yield errors.band_out_of_reach(name, score.name, pts(before.below), most, band.name.span, why)
            return


# --- comparisons ----------------------------------------------------------------------------------------------------

_HOLDS = {"<": lt, "<=": le, ">": gt, ">=": ge}


def _comparisons(model: Checked, reach: dict[str, Reach], unready: set[str]) -> Iterator[Diagnostic]:
    names = model.ctx.names
    conditions = [each.when for each in names.triggers.values()]
    conditions += [each.where for each in names.segments.values()]
    conditions += [each.where for each in names.account_scores.values()]
    by_name = {score.name: score for score in model.scores}
    for condition in conditions:
        for leaf in leaves(condition) if condition is not None else ():
            if isinstance(leaf.node, syntax.Compare) and leaf.node.op in _HOLDS:
                yield from _comparison(model, leaf.node, reach, by_name, unready)


def _comparison(
    model: Checked, node: syntax.Compare, reach: dict[str, Reach], scores: dict[str, ScoreFacts], unready: set[str]
) -> Iterator[Diagnostic]:
    for side, other, op in ((node.left, node.right, node.op), (node.right, node.left, FLIPPED[node.op])):
        name = _score_of(model, side)
        if name is None or (name in unready and other == syntax.Ref("ready")):
            continue
        line = _number(model, node, other)
        known = reach.get(name, Reach())
        verdict = None if line is None else _verdict(op, known, line)
        if verdict is not None and line is not None:
            low = "below" if known.low is None else written(known.low)
            high = "above" if known.high is None else written(known.high)
            text = " ".join(model.ctx.loaded.files[node.span.file].read(node.span).split())
            (why,) = _sum(scores[name], known) if not verdict else (_why(scores[name]),)
            yield asking.line_out_of_reach(text, not verdict, name, f"{low} and {high}", node.span, why)
        return


def _score_of(model: Checked, node: syntax.Expr) -> str | None:
    """The score or family that an expression names."""
    match node:
        case syntax.Ref(name=name) if name in model.ctx.names.scores:
            return name
        case syntax.Member(family=family):
            return family.text
        case _:
            return None


def _number(model: Checked, node: syntax.Compare, other: syntax.Expr) -> Exact | None:
    """The number of points on the other side, if it is one whatever happens."""
    if not isinstance(other, syntax.Number | syntax.Negative | syntax.Ref | syntax.Arithmetic):
        return None
    return constant(value(model.ctx, TRIGGER.within(node), other).term)


def _verdict(op: str, known: Reach, line: Exact) -> bool | None:
    """Whether ``score op line`` holds for all that the score can be, or for nothing of it; None if that depends."""
    low, high = known.low, known.high
    if op in (">", ">="):
        if high is not None and not _HOLDS[op](high, line):
            return False
        return True if low is not None and _HOLDS[op](low, line) else None
    if low is not None and not _HOLDS[op](low, line):
        return False
    return True if high is not None and _HOLDS[op](high, line) else None
