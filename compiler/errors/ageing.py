"""Wording: warnings about what time does to a score, and what a score can come to at all."""

from __future__ import annotations

from dsl.diagnostics import Diagnostic, Label, warning
from dsl.syntax import Span


def held_for_good(
    score: str,
    total: str,
    witness: str,
    line: str,
    below: str,
    span: Span,
    ageing: Span,
    rules: tuple[tuple[Span, str], ...],
) -> Diagnostic:
    """`line` is what profile points reach alone, in words, and `below` what would not hold; `rules` those that give
    them, each with its points."""
    return warning(
        "W406",
        f"profile points alone hold `{score}` at {total}, {line}, for good",
        span,
        (Label(ageing, "takes activity points only"), *(Label(place, gives) for place, gives in rules[:4])),
        (f"a lead with {witness} stays at {total} or above whatever time takes",),
        f"bring its rules together under `group profile {{ at most {below} points … }}`, or move the line up",
    )


def floor_keeps_ready(score: str, floor: str, ready: str, span: Span, line: Span) -> Diagnostic:
    return warning(
        "W420",
        "the floor lies at or above the line: a lead that has been ready stays so for ever",
        span,
        (Label(line, "the line"),),
        (f"`{score}` is ready at {ready}, and silence takes nothing below {floor}",),
        "write a floor below the line: `not below 50% of ready`",
    )


def takes_no_effect(score: str, what: str, span: Span, why: str, advice: str) -> Diagnostic:
    """`what` ages the score; `why` it changes nothing."""
    return warning("W421", f"`{what}` never takes anything from `{score}`", span, evidence=(why,), help=advice)


def rises_in_silence(rule: str, taken: str, span: Span, ageing: Span, window: str, verb: str) -> Diagnostic:
    return warning(
        "W422",
        f"what `{rule}` takes {verb} too: a lead that does nothing rises",
        span,
        (Label(ageing, f"what is older than {window} counts less or nothing"),),
        (f"once the {taken} are older, they come back, to a lead that has done nothing for it",),
        "to take points that stay away, put the rule in a score that does not age, and subtract that in a computed one",
    )


def ready_out_of_reach(score: str, ready: str, most: str, span: Span, evidence: tuple[str, ...]) -> Diagnostic:
    return warning(
        "W423",
        f"no lead is ever ready: `{score}` comes to {most} at most, and the line is {ready}",
        span,
        evidence=evidence,
        help=f"write `ready at {most}` or less, or let the rules give more",
    )


def band_out_of_reach(band: str, score: str, least: str, most: str, span: Span, why: str) -> Diagnostic:
    return warning(
        "W425",
        f"no lead is ever in the band `{band}`: it begins at {least}, and `{score}` comes to {most} at most",
        span,
        evidence=(why,),
        help="move the lines of the bands down, or remove the band",
    )
