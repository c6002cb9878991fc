"""Puts together what the page of a model says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version

from cli.pages import flow, page
from cli.pages.phrases import quoted
from cli.pages.rules import scores
from cli.pages.source import near, notes
from cli.pages.stories import assertions, stories
from cli.pages.vocabulary import attributes, events, lists, set_names
from cli.pages.ways import ways
from cli.pages.words import Words
from cli.reviewing.due import Plan, plan_of
from compiler.compile import Compilation
from compiler.program import Program
from dsl import syntax
from runtime import wording
from runtime.table import digest
from runtime.times import read_date, write_date

_REVIEWS = 3


def compose(compilation: Compilation, seconds: float) -> page.Page:
    """The page of a model that compiled without errors; ways to the ready lines are looked for for so many seconds."""
    assert compilation.context is not None
    assert compilation.program is not None
    assert compilation.table is not None
    model = compilation.context.names.model
    assert model is not None
    words = Words(compilation.program, set_names(compilation))
    known, triggers = tuple(scores(compilation, words)), flow.triggers(compilation, words)
    path, beside = flow.stages(compilation.program.stages, triggers, words)
    owner = next((each.text.value for each in model.settings if isinstance(each, syntax.Owner)), None)
    given = [each for each in model.settings if isinstance(each, syntax.Note)]
    whole = page.Page(
        name=compilation.program.model,
        label=compilation.program.label,
        owner=owner,
        review=(),
        file=near(compilation, model.span.file),
        digest=digest(compilation.table),
        version=_version(),
        counts=(),
        lateness=wording.duration(compilation.program.lateness),
        scores=known,
        stages=path,
        beside=beside,
        triggers=triggers,
        segments=flow.segments(compilation, words),
        account=flow.account_scores(compilation, words),
        account_triggers=flow.account_triggers(compilation, words),
        tallies=tuple(flow.tallies(compilation, words)),
        attributes=tuple(attributes(compilation.program)),
        events=tuple(events(words, known, triggers)),
        lists=tuple(lists(compilation)),
        stories=stories(compilation, words),
        assertions=tuple(assertions(compilation, words)),
        ways=tuple(ways(compilation, words, seconds)) if seconds else (),
        assumed=_assumed(compilation.program),
        notes=notes(compilation, given, "the model", "overview"),
    )
    remarks = tuple(sorted([*whole.notes, *_inner_notes(whole)], key=lambda note: note.date))
    return replace(
        whole, notes=remarks, review=tuple(_review(compilation, model, remarks)), counts=tuple(_counts(whole))
    )


def _assumed(program: Program) -> str | None:
    """What the search for ways takes for granted."""
    fields = [*program.attributes.values()]
    for event in program.events.values():
        fields += event.properties.values()
    return "Shares are taken to lie within 0% and 100%." if any(each.type == "percent" for each in fields) else None


def _version() -> str:
    try:
        return version("leadscore")
    except PackageNotFoundError:
        return ""


def _inner_notes(whole: page.Page) -> Iterator[page.Note]:
    for score in whole.scores:
        yield from score.notes
        for block in score.blocks:
            yield from block.notes
            for rule in block.rules:
                yield from rule.notes
    for trigger in (*whole.triggers, *whole.account_triggers):
        yield from trigger.notes


def _review(compilation: Compilation, model: syntax.Model, remarks: tuple[page.Note, ...]) -> Iterator[str]:
    """When the model is to be looked at again, with the next dates if it can be told since when it is in use."""
    assert compilation.context is not None
    for each in model.settings:
        if not isinstance(each, syntax.Review):
            continue
        plan = plan_of(compilation, each)
        said = [f"for the first time after {wording.duration(plan.first)}"] if each.first is not None else []
        said += [f"then every {wording.duration(plan.every)}"] if each.every is not None else []
        what = "" if each.program is None else f"{quoted(each.program.value)}: "
        dates = _dates(plan, each, remarks)
        if said or dates:
            yield f"{what}{', '.join(said) or 'as usual'}{dates}"


def _dates(plan: Plan, written: syntax.Review, remarks: tuple[page.Note, ...]) -> str:
    """The next days on which a review is due, and what they are counted from."""
    if plan.last is not None:
        days = [write_date(plan.last.date + plan.pace * n) for n in range(1, _REVIEWS + 1)]
        stable = ", and stable" if plan.last.stable else ""
        return f" (last held on {write_date(plan.last.date)}{stable}: {', '.join(days)})"
    if plan.since is not None:
        since, begin = write_date(plan.since), plan.since
    elif remarks and written.first is not None:
        since, begin = "the oldest note", read_date(remarks[0].date)
    else:
        return ""
    days = [write_date(begin + plan.first + plan.every * n) for n in range(_REVIEWS if written.every else 1)]
    return f" (counted from {since}: {', '.join(days)})"


def _counts(whole: page.Page) -> Iterator[tuple[str, str]]:
    """How much there is of everything: (number, noun)."""
    rules = sum(score.rules for score in whole.scores)
    for number, noun in (
        (len(whole.scores), "score"),
        (rules, "rule"),
        (len(whole.triggers) + len(whole.account_triggers), "trigger"),
        (len(whole.segments), "segment"),
        (sum(1 + len(story.others) for story in whole.stories), "example"),
    ):
        if number:
            yield str(number), noun if number == 1 else f"{noun}s"
