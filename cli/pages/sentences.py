"""Points, limits, ranges, ageing, actions and types of fields in plain English."""

from __future__ import annotations

from collections.abc import Iterator

from cli.pages.phrases import joined, literal, plain, quoted
from cli.pages.words import Words
from runtime import wording
from runtime.table import AccountScore, Best, Degrade, Event, Field, Limit, Match, Repeated, Score, Segment, Term
from runtime.times import DAY


def points(fixed: int | None, value: Term | None, words: Words) -> str:
    """What a rule gives: ``+10``, ``−20``, ``30 × the watched share``."""
    if fixed is not None:
        return wording.change(fixed)
    assert value is not None
    return words.value(value)


def limit(given: Limit) -> str:
    """``at most 30 points in any 7 days``, ``once for each guide``."""
    within = f" in any {wording.duration(given.per)}" if given.per is not None else ""
    if given.points is not None:
        return f"at most {wording.score(given.points)} points{within}"
    each = f" for each {plain(given.each)}" if given.each is not None else ""
    often = {1: "once", 2: "at most twice"}.get(given.times or 0, f"at most {given.times} times")
    return often + each + within


def limits(given: tuple[Limit, ...], best: Best | None = None, repeated: Repeated | None = None) -> tuple[str, ...]:
    """All that holds a rule back, a text each."""
    found = [limit(each) for each in given]
    if best is not None:
        apart = f" for each {plain(best.each)}" if best.each is not None else ""
        found.insert(0, f"only the best counts{apart}")
    if repeated is not None:
        times = wording.count(repeated.times, "time")
        found.insert(0, f"each time this has happened {times} within {wording.duration(repeated.within)}")
    return tuple(found)


def occasion(match: Match, when: Term | None, words: Words) -> str:
    """``at each page view where the path starts with “/pricing”, if …``"""
    at = words.of(match.on)
    text = f"at each {quoted(plain(match.on))}"
    if match.where is not None:
        text += f" where {at.clause(match.where)}"
    return text if when is None else f"{text}, if {at.clause(when)}"


def reach(score: Score) -> str:
    """``0 to 200``, ``0 or more``: what the score can show."""
    if score.low is None and score.high is None:
        return "any number"
    if score.high is None:
        return f"{wording.score(score.low or 0)} or more"
    return f"{wording.score(score.high)} or less" if score.low is None else (
        f"{wording.score(score.low)} to {wording.score(score.high)}"
    )  # fmt: skip


def ageing(score: Score) -> tuple[str, ...]:
    """What time does to the points of a score, a sentence each."""
    if score.degrade is not None:
        return tuple(_degrade(score.degrade, score))
    found = []
    if score.ageing is not None and score.ageing.fade is not None:
        of = "of what they were at first" if score.ageing.of_first else "of what is left of them"
        every = wording.duration((score.ageing.every or 1) * DAY)
        found.append(f"Points for what a lead does lose {wording.percent(score.ageing.fade)} {of} every {every}.")
    if score.ageing is not None and score.ageing.expire is not None:
        found.append(f"Points for what a lead does are gone after {wording.count(score.ageing.expire, 'day')}.")
    return tuple(found)


def _degrade(given: Degrade, score: Score) -> Iterator[str]:
    points = given.points
    amount = f"{wording.score(points)} points" if points is not None else f"{wording.percent(given.percent)} of it"
    silence = {
        None: "From the first activity on",
        "activity": f"After {wording.duration(given.after)} in which the lead does nothing",
        "increase": f"After {wording.duration(given.after)} in which no rule of this score gives points",
    }[given.without]
    again = "" if given.without is None else "once at first, and again "
    yield f"{silence}, the score drops by {amount}, {again}every {wording.duration(given.every)}."
    floor = given.floor if given.floor is not None else score.low
    if floor is not None:
        yield f"It does not drop below {wording.score(floor)} that way."
    if score.when:
        yield "Points for what a lead is stay as they are."
    yield "What has dropped does not come back by itself."


def action(do: Term, words: Words) -> str:
    """What a trigger does, of the lead or account as “it”: ``it moves to the stage “qualified”``."""
    match do:
        case ("move", stage):
            return f"it moves to the stage {quoted(stage)}"
        case ("emit", name):
            return f"other systems are told {quoted(name)}"
        case ("tag", text):
            return f"it gets the tag {quoted(text)}"
        case ("untag", text):
            return f"it loses the tag {quoted(text)}"
        case ("set", name, term):
            return f"its {plain(name)} becomes {words.value(term, words.program.attributes.get(name))}"
        case ("add", key, amount):
            return f"its {words.score(key)} changes by {wording.change(amount)}"
        case ("reset", key, amount):
            return f"its {words.score(key)} is set to {wording.score(amount)}"
    raise ValueError(f"there is no action {do!r}")


def picked(segment: Segment, words: Words) -> str:
    """Which leads a segment holds."""
    which = "all leads"
    if segment.pick is not None and segment.by is not None:
        size = str(segment.count) if segment.percent is None else wording.percent(segment.percent)
        which = f"the {size} with the {segment.pick} {words.score(segment.by)}"
    return which if segment.where is None else f"{which} of those for which {words.clause(segment.where)}" if (
        segment.pick is not None
    ) else f"{which} for which {words.clause(segment.where)}"  # fmt: skip


def gathered(score: AccountScore, words: Words) -> str:
    """What a score of an account adds up."""
    of = "" if score.of is None else words.score(score.of)
    text = {
        "sum": f"the sum of {of} over its leads",
        "max": f"the highest {of} of its leads",
        "average": f"the average {of} of its leads",
        "top": f"the sum of the {score.top} highest {of} of its leads",
        "count": "how many leads it has",
    }[score.how]
    return text if score.where is None else f"{text} for which {words.clause(score.where)}"


def kind(field: Field) -> str:
    """The type of a field, with its range or its values."""
    if field.type == "one of":
        return f"one of {joined([quoted(each) for each in field.options], 'or')}"
    text = "text, in any case" if field.fold else field.type
    low, high = (None if each is None else literal(each, None) for each in (field.low, field.high))
    if low is not None:
        return f"{text} from {low}" + ("" if high is None else f" to {high}")
    return text if high is None else f"{text} up to {high}"


def activity(event: Event) -> str:
    """Whether an event counts as something that the lead has done."""
    return "happens to the lead" if event.passive else "done by the lead"
