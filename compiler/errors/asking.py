"""Wording: warnings about conditions that are met by others than was meant, or by nobody."""

from __future__ import annotations

from dsl.diagnostics import Diagnostic, Fix, Label, warning
from dsl.syntax import Span


def unknown_is_left_out(
    field: str, condition: str, span: Span, declared: Span, better: tuple[str, str], fixes: tuple[Fix, ...]
) -> Diagnostic:
    """`better` are the two ways to say what is meant: with the unknown, and without them."""
    return warning(
        "W408",
        f"`{condition}` is false too where `{field}` is missing",
        span,
        (Label(declared, "may be missing"),),
        ("a comparison with a missing value never holds, so whoever has said nothing is left out",),
        f"to take the unknown in write `{better[0]}`; to say that they stay out write `{better[1]}`",
        fixes,
    )


def part_of_a_word(
    field: str, operator: str, hits: list[tuple[str, str]], span: Span, fixes: tuple[Fix, ...]
) -> Diagnostic:
    """`hits` are texts, each with a word that holds it by accident."""
    text, word = hits[0]
    return warning(
        "W409",
        f"`{operator}` looks for letters, not for words: `{word}` holds `{text}`",
        span,
        evidence=tuple(f"`{word}` contains `{text}`" for text, word in hits[1:4]),
        help=f"to look for words write `{field} has word …`",
        fixes=fixes,
    )


def domain_is_no_address(
    field: str, domain: str, span: Span, always: bool, better: str, fixes: tuple[Fix, ...]
) -> Diagnostic:
    holds = "always holds where there is one" if always else "never holds"
    return warning(
        "W410",
        f"an address is never equal to a domain, so this {holds}",
        span,
        evidence=(f"`ada@{domain.removeprefix('@')}` is not `{domain}`",),
        help=f"write `{better}`",
        fixes=fixes,
    )


def end_of_another_domain(field: str, domain: str, span: Span, fixes: tuple[Fix, ...]) -> Diagnostic:
    return warning(
        "W433",
        f"`ends with` takes `{domain}` for the end of other domains too",
        span,
        evidence=(f"`ada@not{domain}` ends with `{domain}`",),
        help=f'write `{field} ends with "@{domain}"`, and `".{domain}"` beside it to take in what lies under it',
        fixes=fixes,
    )


def without_wildcard(pattern: str, span: Span, field: str, fixes: tuple[Fix, ...]) -> Diagnostic:
    return warning(
        "W429",
        f"`{pattern}` has no `*` or `?`, so `matches` takes that very text only",
        span,
        help=f'write `{field} = "{pattern}"`, or `{field} matches "{pattern}*"` for all that begin with it',
        fixes=fixes,
    )


def wildcard_taken_literally(operator: str, text: str, span: Span, better: str, fixes: tuple[Fix, ...]) -> Diagnostic:
    return warning(
        "W430",
        f"`{operator}` takes the `*` of `{text}` for a star",
        span,
        evidence=("only `matches` has wildcards",),
        help=f"write `{better}`",
        fixes=fixes,
    )


def nothing_brings_it_about(what: str, verb: str, span: Span, declared: Span | None, advice: str) -> Diagnostic:
    """`what` as the condition names it, `verb` what a trigger would have to do."""
    return warning(
        "W431",
        f"no trigger {verb} {what}, so this never changes",
        span,
        () if declared is None else (Label(declared, "declared here"),),
        help=advice,
    )


def line_out_of_reach(condition: str, never: bool, score: str, shown: str, span: Span, why: str) -> Diagnostic:
    """`shown` is what the score can be, ``0 to 96``; `why` how that comes about."""
    return warning(
        "W424",
        f"`{condition}` {'never' if never else 'always'} holds: `{score}` lies between {shown}",
        span,
        evidence=(why,),
        help="compare with a number that the score can pass",
    )
