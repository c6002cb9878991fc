"""Coverage as JSON: one object, with every spot of every file."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

from cli.coverage.cheapest import cheapest, missing
from cli.coverage.total import Coverage, Entry, Part
from cli.coverage.wording import kind, owner
from runtime.lines import write_json


def write_coverage(coverage: Coverage, least: Fraction | None) -> str:
    """``{"coverage":{"seen":…,"of":…,"percent":…,"files":[…]}}``: percents cut off to one place; `sides` says how many
    tests saw each side of a part."""
    told: dict[str, Any] = _shares(coverage.whole)
    if least is not None:
        short = missing(coverage, least)
        moves = [
            {"file": move.spot.file, "line": move.spot.line, "in": owner(move.spot.of), "sides": move.sides}
            | {"advice": move.advice}
            for move in cheapest(coverage, short)
        ]
        told |= {"min": _tenths(least), "enough": not short, "cheapest": moves}
    told["files"] = [
        {"file": file.name} | _shares(file.part()) | {"parts": [_entry(each) for each in file]}
        for file in coverage.files
    ]
    return write_json({"coverage": told})


def _shares(part: Part) -> dict[str, Any]:
    return {"seen": part.seen, "of": part.of, "percent": _tenths(part.share)}


def _tenths(share: Fraction) -> Decimal:
    return Decimal(share.numerator * 1000 // share.denominator) / 10


def _entry(entry: Entry) -> dict[str, Any]:
    spot = entry.spot
    return {
        "line": spot.line,
        "column": spot.column,
        "kind": kind(spot),
        "in": owner(spot.of),
        "text": spot.text,
        "sides": dict(zip(spot.sides, entry.counts, strict=True)),
    }
