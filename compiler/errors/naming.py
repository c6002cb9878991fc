"""Wording: names that clash, are unknown, or stand where they may not."""

from __future__ import annotations

from collections.abc import Iterable

from compiler.errors.phrases import guess, listing, meant
from dsl.diagnostics import Diagnostic, Label, error
from dsl.syntax import Span


def same_name(what: str, name: str, span: Span, first: Span) -> Diagnostic:
    return error(
        "E210",
        f"there are two {what} named `{name}`",
        span,
        (Label(first, "first declared here"),),
        help="give one of them another name, or remove it",
    )


def name_clash(name: str, kind: str, span: Span, other: str, first: Span) -> Diagnostic:
    return error(
        "E211",
        f"`{name}` is the name of {kind} and of {other}",
        span,
        (Label(first, "first declared here"),),
        help="attributes, tallies, scores, lets and sets share their names: rename one of the two",
    )


def same_spelling(what: str, spelling: str, span: Span, first: Span) -> Diagnostic:
    return error(
        "E212",
        f"two {what} are spelled `{spelling}` in JSON",
        span,
        (Label(first, "first declared here"),),
        help='give one of them another spelling: `as "…"`',
    )


def event_lead(span: Span) -> Diagnostic:
    return error(
        "E213",
        "an event can't be of the type `lead`",
        span,
        help="events of that type carry the attributes of the lead: declare those in `lead { … }`",
    )


def unknown_name(name: str, span: Span, visible: Iterable[str], place: str) -> Diagnostic:
    known = list(visible)
    return error(
        "E214",
        f"nothing here is named `{name}`",
        span,
        help=guess(name, known, f"names {place}"),
        fixes=meant(name, known, span),
    )


def unknown_event(name: str, span: Span, events: Iterable[str]) -> Diagnostic:
    known = list(events)
    return error(
        "E215", f"there is no event `{name}`", span, help=guess(name, known, "events"), fixes=meant(name, known, span)
    )


def unknown_property(name: str, event: str, span: Span, properties: Iterable[str]) -> Diagnostic:
    known = list(properties)
    return error(
        "E216",
        f"the event `{event}` has no property `{name}`",
        span,
        help=guess(name, known, f"properties of `{event}`"),
        fixes=meant(name, known, span),
    )


def unknown_attribute(name: str, span: Span, attributes: Iterable[str]) -> Diagnostic:
    known = list(attributes)
    return error(
        "E217",
        f"the lead has no attribute `{name}`",
        span,
        help=guess(name, known, "attributes"),
        fixes=meant(name, known, span),
    )


def unknown_score(name: str, span: Span, scores: Iterable[str]) -> Diagnostic:
    known = list(scores)
    return error(
        "E218", f"there is no score `{name}`", span, help=guess(name, known, "scores"), fixes=meant(name, known, span)
    )


def unknown_stage(name: str, span: Span, stages: Iterable[str]) -> Diagnostic:
    known = list(stages)
    return error(
        "E219", f"there is no stage `{name}`", span, help=guess(name, known, "stages"), fixes=meant(name, known, span)
    )


def unknown_band(name: str, score: str, span: Span, bands: Iterable[str]) -> Diagnostic:
    known = list(bands)
    return error(
        "E220",
        f"the score `{score}` has no band `{name}`",
        span,
        help=guess(name, known, f"bands of `{score}`"),
        fixes=meant(name, known, span),
    )


def unknown_trigger(name: str, span: Span, triggers: Iterable[str]) -> Diagnostic:
    known = list(triggers)
    return error(
        "E221",
        f"there is no trigger `{name}`",
        span,
        help=guess(name, known, "triggers"),
        fixes=meant(name, known, span),
    )


def unknown_member(family: str, name: str, span: Span, members: Iterable[str]) -> Diagnostic:
    known = list(members)
    return error(
        "E222",
        f"the family `{family}` has no score for `{name}`",
        span,
        help=guess(name, known, f"scores of `{family}`"),
        fixes=meant(name, known, span),
    )


def ambiguous(name: str, meanings: list[tuple[str, str | None]], span: Span) -> Diagnostic:
    """`meanings` are what the name stands for, each with how to write that one, if there is a way."""
    said = " and ".join(meaning for meaning, _ in meanings)
    ways = [f"`{way}` for {meaning}" for meaning, way in meanings if way]
    advice = f"write {' or '.join(ways)}" if ways else "rename one of the two"
    if ways and len(ways) < len(meanings):
        advice += ", or rename one of the two"
    return error("E223", f"`{name}` is {said}", span, help=advice)


def state_in_rule(what: str, span: Span) -> Diagnostic:
    return error(
        "E224",
        f"a rule can't look at {what}",
        span,
        help="state belongs in a trigger's `when`; a rule sees properties, attributes and tallies",
    )


def tally_in_where(name: str, span: Span) -> Diagnostic:
    return error(
        "E225",
        f"the tally `{name}` can't stand in `where` or in points of an `on` rule",
        span,
        help=f"in a rule write `on … when {name} >= 3`; in a trigger `when {name} >= 3`",
    )


def no_event_here(name: str, span: Span) -> Diagnostic:
    return error(
        "E226",
        f"there is no event here that `{name}` could be a property of",
        span,
        help="properties are seen in `on EVENT where …` and in what such a rule adds",
    )


def family_without_member(name: str, span: Span, members: Iterable[str]) -> Diagnostic:
    known = list(members)
    ways = f"write `{name}[{known[0]}]`; there is one for {listing(known)}" if known else "write which one in brackets"
    return error("E227", f"`{name}` is a family of scores", span, help=ways)


def no_family(name: str, span: Span) -> Diagnostic:
    return error("E228", f"the score `{name}` is no family", span, help=f"write `{name}` alone")


def no_stages(span: Span) -> Diagnostic:
    return error("E230", "there are no stages", span, help="declare them: `stages subscriber, engaged, customer`")


def stage_alone(span: Span) -> Diagnostic:
    return error(
        "E231",
        "`stage` must be compared with a stage",
        span,
        help="write `stage = mql`, `stage < mql` or `stage in [mql, sql]`",
    )


def ready_without_score(span: Span, scores: int) -> Diagnostic:
    said = "no score" if scores == 0 else f"{scores} scores"
    return error(
        "E232",
        f"`ready` stands in a comparison with {said}",
        span,
        help="`ready` is the `ready at` of the one score in its comparison: `readiness >= ready`",
    )


def score_without_ready(score: str, span: Span, declared: Span) -> Diagnostic:
    return error(
        "E233",
        f"the score `{score}` has no `ready at`",
        span,
        (Label(declared, "declared here"),),
        help=f"add `ready at 100` to `{score}`, or write the number",
    )


def time_elsewhere(span: Span) -> Diagnostic:
    return error(
        "E234",
        "`time` stands only alone, as the value of a `set`",
        span,
        help="write `set FIELD = time`; conditions on time are `trial_ends in the last 3 days` and its kin",
    )


def lead_in_account(name: str, what: str, span: Span, scores: Iterable[str]) -> Diagnostic:
    advice = f"declare `score {name} = sum of {name}` in `account`" if what == "a score" else None
    return error(
        "E235",
        f"`{name}` is {what} of a lead, and here the account is looked at",
        span,
        help=advice or guess(name, scores, "scores of the account"),
    )


def state_in_account(what: str, span: Span) -> Diagnostic:
    return error(
        "E236",
        f"an account has no {what}",
        span,
        help=f"count the leads: `score some = count where {'idle for 7 days' if what == 'idleness' else '…'}`",
    )


def only_scores(name: str, what: str, span: Span) -> Diagnostic:
    return error(
        "E237",
        f"`{name}` is {what}, and a computed score is made of scores",
        span,
        help="put it in a rule of a score, and that score here",
    )


def not_constant(span: Span) -> Diagnostic:
    return error("E238", "a constant must stand here", span, help="write a number, or the name of a `let`")


def circular_let(name: str, span: Span) -> Diagnostic:
    return error("E239", f"`{name}` is defined by itself", span, help="write its value out")
