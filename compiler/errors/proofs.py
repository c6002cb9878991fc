"""Wording: what follows from the rules for every possible lead, where that is hardly what was meant.

All of these are warnings: the rules are right by the letter. Numbers and histories come in as text."""

from __future__ import annotations

from compiler.errors.phrases import listing
from dsl.diagnostics import Diagnostic, Label, error, warning
from dsl.syntax import Span


def refuted(claim: str, test: tuple[str, ...], span: Span) -> Diagnostic:
    """`test` is a history against the claim, or why there can be none for it, a line each."""
    return error("P500", f"`{claim}` does not hold", span, (), test, "change the rules, or what is claimed of them")


def undecided(claim: str, why: str, span: Span) -> Diagnostic:
    return warning(
        "P501", f"`{claim}` is not decided", span, (), (why,), "give it more time, or claim something simpler"
    )


def line_out_of_reach(
    score: str, line: str, most: str, reached: bool, parts: tuple[str, ...], span: Span
) -> Diagnostic:
    """`parts` say what each rule gives at most; `reached`: a history gets to `most`, and not only the bound."""
    lower = f"write `ready at {most}` or less" if reached else f"lower the line to what is reached, at most {most}"
    return warning(
        "P510",
        f"no lead ever reaches `ready at {line}`: `{score}` shows at most {most}",
        span,
        (),
        parts,
        f"{lower}, or let rules give more",
    )


def never_fires(trigger: str, facts: tuple[str, ...], span: Span) -> Diagnostic:
    """`facts` are the bounds with which its condition can't hold."""
    return warning(
        "P511",
        f"`{trigger}` never fires: its condition can't hold",
        span,
        (),
        facts,
        "change the condition, or leave the trigger out",
    )


def stage_out_of_reach(stage: str, movers: tuple[str, ...], span: Span) -> Diagnostic:
    """`movers` are the triggers that would move a lead there, none of which fires."""
    fact = (
        f"only {', '.join(f'`{each}`' for each in movers)} would move a lead there, and can't fire"
        if movers
        else "no trigger moves a lead there"
    )
    return warning(
        "P512", f"no lead ever comes to stage `{stage}`", span, (), (fact,), f"write a trigger with `move to {stage}`"
    )


def band_out_of_reach(score: str, band: str, shows: str, span: Span) -> Diagnostic:
    """`shows` says what the score can show."""
    return warning(
        "P513", f"`{score}` is never `{band}`", span, (), (shows,), "move the lines of the bands, or leave it out"
    )


def always_empty(segment: str, facts: tuple[str, ...], span: Span) -> Diagnostic:
    """`facts` are the bounds with which its condition can't hold."""
    return warning(
        "P514",
        f"no lead is ever in `{segment}`: its condition can't hold",
        span,
        (),
        facts,
        "change the condition, or leave the segment out",
    )


def counts_nobody(score: str, span: Span) -> Diagnostic:
    return warning(
        "P525",
        f"no lead ever counts for `{score}`: its condition can't hold",
        span,
        (),
        (f"`{score}` is 0 for every account",),
        "change the condition, or leave the score out",
    )


def one_event_is_enough(goal: str, event: str, span: Span) -> Diagnostic:
    """`goal` is what it does, `event` the event in words."""
    return warning(
        "P515",
        f"one event alone {goal}",
        span,
        (),
        (event,),
        "if one event should not be enough, let it give less, or raise the line",
    )


def ready_without_events(score: str, lead: str, span: Span) -> Diagnostic:
    """`lead` are the attributes that are enough, as a rule file writes them."""
    return warning(
        "P524",
        f"who has done nothing can be ready: what is known of a lead is enough for `{score}`",
        span,
        (),
        (f"for example `{lead}`",),
        "let what a lead is give less than the line, with an `at most` on a group of profile rules",
    )


def floor_above_line(score: str, floor: str, line: str, span: Span) -> Diagnostic:
    return warning(
        "P516",
        f"whoever is ready stays so for ever: the floor {floor} is not below the line {line}",
        span,
        (),
        (f"degradation takes from `{score}` down to {floor}, never further",),
        "write a floor below the line, for example `not below 50% of ready`",
    )


def takes_nothing(score: str, why: str, span: Span) -> Diagnostic:
    """`why` says with numbers why there is nothing to take."""
    return warning(
        "P517", f"`{score}` never loses anything this way", span, (), (why,), "lower the floor, or leave this out"
    )


def ready_by_profile(score: str, shown: str, line: str, lead: str, span: Span) -> Diagnostic:
    """`lead` are attributes with which profile points alone reach the line, as a rule file writes them."""
    return warning(
        "P518",
        f"profile points alone keep a lead ready for ever: {shown} of {line}",
        span,
        (),
        (f"after ten years without any event `{score}` is still {shown} for `{lead}`",),
        "put an `at most` on the profile rules, in a group, below the line",
    )


def silence_raises(
    score: str, before: str, after: str, silent: str, passes: bool, test: tuple[str, ...], span: Span
) -> Diagnostic:
    """`test` is the history, a line each; `silent` how long the silence lasts; `passes`: the line of the score."""
    return warning(
        "P519",
        f"points below 0 age too, so a silent lead rises: from {before} to {after}"
        + (", over the line" if passes else ""),
        span,
        (),
        (f"`{score}` goes from {before} to {after} after {silent} without any event", *test),
        "keep what is subtracted in a score that does not age, and subtract that score",
    )


def undo_each_other(
    triggers: tuple[str, ...], looks: int, test: tuple[str, ...], span: Span, others: tuple[Span, ...]
) -> Diagnostic:
    """`test` is a history after which all fire again within `looks` looks at which nothing has changed."""
    names = listing(triggers)
    when = "at the next look" if looks == 1 else f"within {looks} looks"
    each = "both fire" if len(triggers) == 2 else "all fire"
    return warning(
        "P520",
        f"{names} {'undo each other' if len(triggers) == 2 else 'set each other off'}: {each} {when}, though nothing "
        "happens to the lead",
        span,
        tuple(Label(other, "sets it again" if len(triggers) == 2 else "one of them") for other in others),
        test,
        "leave a gap between their lines, so that not both conditions hold of one lead",
    )


def undone_at_once(first: str, second: str, test: tuple[str, ...], span: Span, other: Span) -> Diagnostic:
    """`test` is a history after which both fire at one look."""
    return warning(
        "P523",
        f"`{second}` takes back at once what `{first}` does",
        span,
        (Label(other, "takes it back at the same look"),),
        test,
        "leave a gap between their lines, so that not both conditions hold of one lead",
    )


def fires_for_ever(trigger: str, times: int, days: int, test: tuple[str, ...], span: Span) -> Diagnostic:
    """`times` firings in `days` days of silence."""
    return warning(
        "P521",
        f"`{trigger}` goes on firing while the lead does nothing",
        span,
        (),
        (f"it fires {times} times in {days:,} days without any event, and goes on", *test),
        "add a limit, such as `once` or `at most 1 times per 90 days`",
    )


def waits_for_a_later_one(
    trigger: str, later: tuple[str, ...], test: tuple[str, ...], span: Span, others: tuple[Span, ...]
) -> Diagnostic:
    """`later` are the triggers below it that do what it waits for."""
    named = " and ".join(f"`{each}`" for each in later)
    return warning(
        "P522",
        f"`{trigger}` stands above what it waits for, and fires a look too late",
        span,
        tuple(Label(other, "does what it waits for") for other in others),
        (f"what {named} does is seen by `{trigger}` at the next look, which may be days later", *test),
        f"write `{trigger}` below {named}",
    )
