"""Wording: scores, their rules, limits, groups, ageing and families."""

from __future__ import annotations

from dsl.diagnostics import Diagnostic, Edit, Fix, Label, error, removed, replaced
from dsl.spelling import name_or_text
from dsl.syntax import Span


def range_without_zero(span: Span) -> Diagnostic:
    return error(
        "E270",
        "the range does not hold 0, where every lead begins",
        span,
        help="write a range around 0: `range 0..200`, `range -50..100`",
    )


def bands_not_rising(name: str, span: Span, before: Span) -> Diagnostic:
    return error(
        "E271",
        f"the band `{name}` does not end above the band before it",
        span,
        (Label(before, "this one ends as high"),),
        help="write bands from low to high: `cold < 20, warm < 80, hot`",
    )


def band_without_end(name: str, span: Span) -> Diagnostic:
    return error("E272", f"the band `{name}` has no upper line, and is not the last", span, help=f"write `{name} < 80`")


def last_band_closed(name: str, span: Span) -> Diagnostic:
    return error(
        "E273",
        f"the last band `{name}` has an upper line",
        span,
        help=f"write `{name}` alone as the last band: it holds whatever is above the others",
        fixes=(replaced(span, name_or_text(name)),),
    )


def two_kinds_of_ageing(span: Span, other: str, other_span: Span) -> Diagnostic:
    return error(
        "E274",
        f"a score can't both `degrade` and `{other}`",
        span,
        (Label(other_span, f"`{other}` stands here"),),
        help="`degrade` lowers the whole, `expire` and `fade` age each contribution by its own date, so after a "
        "step it would not be known which contribution is left: keep one, or make two scores",
    )


def floor_outside(span: Span, low: str, high: str) -> Diagnostic:
    return error(
        "E275",
        "the floor lies outside the range of the score",
        span,
        help=f"the range is {low}..{high}: choose a floor within it",
    )


def floor_without_ready(score: str, span: Span) -> Diagnostic:
    return error(
        "E276",
        f"the floor is a percentage of `ready`, and `{score}` has no `ready at`",
        span,
        help="add `ready at 100`, or write the floor in points",
    )


def percent_out_of_bounds(what: str, span: Span) -> Diagnostic:
    return error("E277", f"{what} must lie above 0% and up to 100%", span, help="write `10%`")


def not_positive(what: str, span: Span) -> Diagnostic:
    return error("E278", f"{what} must be above 0", span, help="write a positive number of points, at least 0.001")


def percent_expected(span: Span) -> Diagnostic:
    return error("E279", "a percent must stand here", span, help="write `10%`; for points write `by 10 points`")


def not_whole_days(what: str, span: Span) -> Diagnostic:
    return error(
        "E280",
        f"{what} counts whole days, and this is not a whole number of them",
        span,
        help="write `2 days`: it happens at 00:00Z",
    )


def not_in_computed(what: str, score: str, span: Span) -> Diagnostic:
    return error(
        "E281",
        f"the score `{score}` is computed from others and can have no {what}",
        span,
        help="it may have `ready at`, `bands` and notes; rules and ageing belong to the scores it is made of",
    )


def cycle(names: list[str], span: Span) -> Diagnostic:
    shown = [f"`{name}`" for name in names]
    way = " → ".join([*shown, shown[0]] if len(shown) < 10 else [*shown[:8], "…", shown[0]])
    return error(
        "E282",
        f"the score `{names[0]}` is computed from itself",
        span,
        evidence=(way,),
        help="leave one of these out of the expression of another",
    )


def limit_on_when(span: Span) -> Diagnostic:
    return error(
        "E283",
        "a `when` rule can't have a limit: it counts while its condition holds, and never fires",
        span,
        help="leave it out; to cap several together put them in `group NAME { at most N points … }`",
        fixes=(Fix("leave out the limit", (Edit(span, ""),)),),
    )


def times_not_whole(span: Span) -> Diagnostic:
    return error("E284", "the number of times must be whole and at least 1", span, help="write `at most 2 times`")


def points_limit_not_positive(span: Span) -> Diagnostic:
    return error("E285", "the limit must be above 0 points", span, help="write `at most 30 points`")


def best_misplaced(where: str, span: Span) -> Diagnostic:
    return error(
        "E286",
        f"`best` can't stand {where}",
        span,
        help="`best` belongs to an `on` rule that adds: it pays what is above the best so far",
        fixes=(removed(span, "best"),),
    )


def mixed_group(name: str, span: Span, first: Span) -> Diagnostic:
    return error(
        "E287",
        f"the group `{name}` mixes `on` rules and `when` rules",
        span,
        (Label(first, "the first rule is of the other kind"),),
        help="make two groups",
    )


def limit_of_when_group(span: Span) -> Diagnostic:
    return error(
        "E288",
        "a group of `when` rules takes one limit: `at most N points`",
        span,
        help="its rules never fire, so nothing can be counted in times or in a window",
    )


def family_values(span: Span) -> Diagnostic:
    return error(
        "E289",
        "a family is made for a list of texts",
        span,
        help='write `for line in ["crm", "analytics"]`, or the name of a set of texts',
    )


def computed_family(span: Span) -> Diagnostic:
    return error(
        "E290",
        "a computed score can't be a family",
        span,
        help="write a computed score for each, or give the family rules",
    )


def wild_member(value: str, span: Span) -> Diagnostic:
    return error(
        "E291",
        f"`{value}` has a `*` or `?`, which a pattern of `matches` in this family can't take literally",
        span,
        help="use `starts with`, `ends with` or `contains`, or another value",
    )


def each_of_list(name: str, span: Span) -> Diagnostic:
    return error(
        "E292",
        f"`{name}` is a list, and `for each` counts single values",
        span,
        help="count by a property that has one value",
    )


def no_bands(span: Span) -> Diagnostic:
    return error("E293", "only a score of leads has bands", span, help="compare it: `total >= 100`")


def computed_increase(score: str, span: Span, declared: Span) -> Diagnostic:
    return error(
        "E294",
        f"the score `{score}` is computed, and has no increases of its own",
        span,
        (Label(declared, "declared here"),),
        help="ask about one of the scores it is made of",
    )


def same_value(text: str, span: Span) -> Diagnostic:
    return error("E295", f"the value `{text}` stands twice in the list of a family", span, help="remove one of them")
