"""The heads of scores: range, `ready at`, bands and the values of families, known before any rule is looked at."""

from __future__ import annotations

from collections.abc import Iterator

from compiler.constants import points_of
from compiler.context import Context, Head
from compiler.errors import files
from compiler.errors import scoring as errors
from compiler.errors.naming import same_name
from compiler.scope import CONSTANT
from compiler.values import value
from dsl import syntax
from dsl.diagnostics import Diagnostic

_SINGLE = {
    syntax.ReadyAt: "ready at",
    syntax.Range: "range",
    syntax.Bands: "bands",
    syntax.Degrade: "degrade",
    syntax.Expire: "expire",
    syntax.Fade: "fade",
}


def single_members(ctx: Context, node: syntax.Score) -> dict[type, syntax.ScoreMember]:
    """The members of a score that stand once, by class; a second one is reported and left out."""
    found: dict[type, syntax.ScoreMember] = {}
    for member in node.members:
        what = _SINGLE.get(type(member))
        if what is None:
            continue
        first = found.setdefault(type(member), member)
        if first is not member:
            ctx.report.add(files.stands_twice(what, member.span, first.span))
    return found


def settle_heads(ctx: Context) -> None:
    """Fill `ctx.heads`."""
    for name, node in ctx.names.scores.items():
        ctx.heads[name] = _head(ctx, node)


def _head(ctx: Context, node: syntax.Score) -> Head:
    members = single_members(ctx, node)
    computed = node.value is not None
    low: int | None = None if computed else 0
    high = None
    scope = members.get(syntax.Range)
    if isinstance(scope, syntax.Range) and not computed:
        low, high = _range(ctx, scope)
    ready = members.get(syntax.ReadyAt)
    bands = members.get(syntax.Bands)
    return Head(
        low=low,
        high=high,
        ready=points_of(ctx, ready.points) if isinstance(ready, syntax.ReadyAt) else None,
        bands=_bands(ctx, bands) if isinstance(bands, syntax.Bands) else (),
        values=_family(ctx, node),
        computed=computed,
    )


def _range(ctx: Context, node: syntax.Range) -> tuple[int | None, int | None]:
    low = None if node.low is None else points_of(ctx, node.low)
    high = None if node.high is None else points_of(ctx, node.high)
    if (low is not None and low > 0) or (high is not None and high < 0):
        ctx.report.add(errors.range_without_zero(node.span))
        return (0, None)
    return low, high


def _bands(ctx: Context, node: syntax.Bands) -> tuple[tuple[str, int | None], ...]:
    lines = [None if band.below is None else points_of(ctx, band.below) for band in node.bands]
    seen: dict[str, syntax.Band] = {}
    for band in node.bands:
        first = seen.setdefault(band.name.text, band)
        if first is not band:
            ctx.report.add(_twice(band, first))
    _check_lines(ctx, node, lines)
    return tuple(zip((band.name.text for band in node.bands), lines, strict=True))


def _twice(band: syntax.Band, first: syntax.Band) -> Diagnostic:
    return same_name("bands", band.name.text, band.name.span, first.name.span)


def _check_lines(ctx: Context, node: syntax.Bands, lines: list[int | None]) -> None:
    """Bands rise strictly and the last one is open; at most one finding."""
    before: tuple[int, syntax.Band] | None = None
    for band, line in zip(node.bands, lines, strict=True):
        last = band is node.bands[-1]
        if band.below is None and not last:
            ctx.report.add(errors.band_without_end(band.name.text, band.span))
            return
        if band.below is not None and last:
            ctx.report.add(errors.last_band_closed(band.name.text, band.span))
            return
        if line is not None and before is not None and line <= before[0]:
            ctx.report.add(errors.bands_not_rising(band.name.text, band.span, before[1].span))
            return
        if line is not None:
            before = (line, band)


def _family(ctx: Context, node: syntax.Score) -> tuple[str, ...] | None:
    """The values of a family, in order; None if the score is none."""
    if node.family is None:
        return None
    given = node.family.values
    if node.value is not None:
        ctx.report.add(errors.computed_family(node.family.span))
    if isinstance(given, syntax.ListOf):
        _check_values(ctx, given)
    found = value(ctx, CONSTANT, given)
    items = found.kind.items
    if found.kind.name == "unknown" or (items is not None and items.name == "unknown" and given_items(given)):
        return ()
    if items is None or items.name != "text":
        ctx.report.add(errors.family_values(given.span))
        return ()
    if isinstance(given, syntax.ListOf):
        return tuple(dict.fromkeys(_texts(ctx, given)))
    return tuple(ctx.set_values[found.field][0]) if found.field in ctx.set_values else ()


def given_items(node: syntax.Expr) -> bool:
    """Whether a list is written out and holds anything."""
    return isinstance(node, syntax.ListOf) and bool(node.items)


def _check_values(ctx: Context, node: syntax.ListOf) -> None:
    seen: set[str] = set()
    for item in node.items:
        if isinstance(item, syntax.Text):
            if item.value in seen:
                ctx.report.add(errors.same_value(item.value, item.span))
            seen.add(item.value)


def _texts(ctx: Context, node: syntax.ListOf) -> Iterator[str]:
    for item in node.items:
        term = value(ctx, CONSTANT, item).term
        if term[0] == "lit" and isinstance(term[1], str):
            yield term[1]
