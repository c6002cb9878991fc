"""Holds coverage against the least that is demanded, and says what is missing and what is cheapest to cover."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import click

from cli.coverage.cheapest import cheapest, missing, told
from cli.coverage.plain import write_coverage
from cli.coverage.text import print_coverage
from cli.coverage.total import Coverage
from cli.coverage.wording import percent
from cli.findings import counted
from cli.problem import NO
from cli.visible import visible


def share(ctx: click.Context, param: click.Parameter, value: str | None) -> Fraction | None:
    """``90%`` or ``90`` as a fraction of all. Raises click.BadParameter."""
    if value is None:
        return None
    try:
        number = Fraction(Decimal(value.strip().removesuffix("%").strip()))
    except (ArithmeticError, ValueError):
        raise click.BadParameter(f"`{value}` is no percent: write 90%") from None
    if not 0 <= number <= 100:
        raise click.BadParameter(f"`{value}` is not between 0% and 100%")
    if 0 < number <= 1 and "%" not in value:
        raise click.BadParameter(f"`{value}` would be less than the hundredth part: write it with a %")
    return number / 100


def judge(coverage: Coverage, least: Fraction | None, reported: bool, as_json: bool) -> int:
    """Print coverage, in full where it is asked for or too small; the exit status. `least` is the share demanded."""
    short = 0 if least is None else missing(coverage, least)
    if as_json:
        print(write_coverage(coverage, least))
    elif reported or short:
        print_coverage(coverage)
    elif not (whole := coverage.whole).of:
        print("coverage: there are no rules")
    else:
        print(f"coverage {percent(whole.share)}: {whole.seen:,} of {whole.of:,} sides seen")
    if least is None or not short:
        return 0
    if not as_json:
        _tell(coverage, least, short)
    return NO


def _tell(coverage: Coverage, least: Fraction, short: int) -> None:
    whole = coverage.whole
    by = percent(least - Fraction(whole.share.numerator * 1000 // whole.share.denominator, 1000))
    print(f"\ncoverage is {percent(whole.share)}, {by} short of {percent(least)}: {counted(short, 'more side')} to see")
    print("cheapest to cover:")
    for move in cheapest(coverage, short):
        print(f"  {visible(move.spot.file)}:{move.spot.line}  {visible(told(move))}")
