"""What happens to leads and accounts: stages, triggers, segments, and what is counted."""

from __future__ import annotations

from collections.abc import Iterator

from cli.pages import page, sentences
from cli.pages.phrases import plain
from cli.pages.source import anchor, notes, place, written
from cli.pages.words import Words
from compiler.compile import Compilation
from dsl import syntax
from runtime import wording
from runtime.table import Stages, Term, Trigger
from runtime.times import DAY
from runtime.values import points as exact


def triggers(compilation: Compilation, words: Words) -> tuple[page.Trigger, ...]:
    """The triggers of leads, in the order in which they are taken."""
    return tuple(_trigger(compilation, words, each, "trigger") for each in words.program.triggers)


def account_triggers(compilation: Compilation, words: Words) -> tuple[page.Trigger, ...]:
    account = words.program.account
    given = account.triggers if account is not None else ()
    return tuple(_trigger(compilation, words, each, "account trigger") for each in given)


def _trigger(compilation: Compilation, words: Words, trigger: Trigger, kind: str) -> page.Trigger:
    assert compilation.context is not None
    names = compilation.context.names
    known = names.triggers if kind == "trigger" else names.account_triggers
    node: syntax.Trigger = known[trigger.name]
    target = anchor(kind.replace(" ", "-"), trigger.name)
    at = words if trigger.match is None else words.of(trigger.match.on)
    if trigger.match is not None:
        when = sentences.occasion(trigger.match, trigger.when, words)
    else:
        assert trigger.when is not None
        when = f"as soon as {words.clause(trigger.when)}"
    return page.Trigger(
        anchor=target,
        name=trigger.name,
        label=trigger.label,
        when=when,
        actions=tuple(sentences.action(do, at) for do in trigger.do),
        limits=tuple(sentences.limit(limit) for limit in trigger.limits),
        place=place(compilation, node.name),
        source=written(compilation, node),
        qualifies=trigger.when is not None and _asks_for_ready(words, trigger.when),
        notes=notes(compilation, node.notes, trigger.label or trigger.name, target),
    )


def _asks_for_ready(words: Words, term: Term) -> bool:
    """Whether a score has to stand at its ready line or above for the condition to hold."""
    match term:
        case (">=", ("score", key), ("lit", line)):
            ready = words.scored(key).ready
            return ready is not None and line == exact(ready)
        case ("and" | "or", *items):
            return any(_asks_for_ready(words, item) for item in items)
    return False


def stages(
    given: Stages, known: tuple[page.Trigger, ...], words: Words
) -> tuple[tuple[page.Stage, ...], tuple[page.Stage, ...]]:
    """The stages of the path and those beside it, with the triggers that lead there."""
    into: dict[str, list[tuple[str, str]]] = {}
    for trigger, shown in zip(words.program.triggers, known, strict=True):
        for do in trigger.do:
            if do[0] == "move":
                into.setdefault(do[1], []).append((trigger.label or plain(trigger.name), shown.anchor))
    path, beside = (
        tuple(page.Stage(name, tuple(into.get(name, ()))) for name in names) for names in (given.path, given.beside)
    )
    return path, beside


def segments(compilation: Compilation, words: Words) -> tuple[page.Named, ...]:
    assert compilation.context is not None
    nodes = compilation.context.names.segments
    return tuple(
        page.Named(
            anchor("segment", name),
            name,
            each.label,
            sentences.picked(each, words),
            place(compilation, nodes[name].name),
        )
        for name, each in words.program.segments.items()
    )


def account_scores(compilation: Compilation, words: Words) -> tuple[page.Named, ...]:
    assert compilation.context is not None
    nodes, account = compilation.context.names.account_scores, words.program.account
    return tuple(
        page.Named(
            anchor("account-score", name),
            name,
            each.label,
            sentences.gathered(each, words),
            place(compilation, nodes[name].name),
        )
        for name, each in (account.scores if account is not None else {}).items()
    )


def tallies(compilation: Compilation, words: Words) -> Iterator[page.Named]:
    assert compilation.context is not None
    nodes = compilation.context.names.tallies
    for name, each in words.program.tallies.items():
        when = sentences.occasion(each.match, None, words).removeprefix("at ")
        span = "ever" if each.days is None else f"in the last {wording.duration(each.days * DAY)}"
        yield page.Named(
            anchor("tally", name), name, each.label, f"{when}, {span}", place(compilation, nodes[name].name)
        )
