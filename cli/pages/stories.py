"""The tests of a model as examples of how it behaves, each run, so that none can be out of date; and its assertions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from cli.pages import page, sentences
from cli.pages.phrases import joined, literal, plain, quoted
from cli.pages.source import anchor, near
from cli.pages.words import Words
from cli.trial import Outcome, run_tests
from compiler.assertions import Claim, FiresNever, HoldsAlways, HoldsNever, HoldsWithin, IsReachable
from compiler.compile import Compilation
from compiler.scenarios import Expected, ExpectedEmission, ExpectedFiring, Given
from runtime import wording
from runtime.plan import Plan
from runtime.table import Field

_OTHERS = 40
"""So many further lines of a table of cases are named."""
_LARGEST = 999_999_999_999_999
"""The end of what numbers may be, but for their decimals."""


def stories(compilation: Compilation, words: Words) -> tuple[page.Story, ...]:
    """The tests in the order written; those of one table of cases are one story, told of its first line."""
    assert compilation.table is not None
    found: dict[tuple[str, int], list[Outcome]] = {}
    for outcome in run_tests(Plan(compilation.table), compilation.tests):
        found.setdefault((outcome.test.file, outcome.test.line), []).append(outcome)
    return tuple(
        _story(words, anchor("example", str(at)), f"{near(compilation, file)}:{line}", outcomes)
        for at, ((file, line), outcomes) in enumerate(found.items(), 1)
    )


def assertions(compilation: Compilation, words: Words) -> Iterator[page.Assertion]:
    """What is claimed of every lead, in the order written."""
    for at, each in enumerate(compilation.assertions, 1):
        place = f"{near(compilation, each.file)}:{each.line}"
        yield page.Assertion(
            anchor("assertion", str(at)), each.name, place, tuple(_claim(words, claim) for claim in each.claims)
        )


def _claim(words: Words, claim: Claim) -> str:
    match claim:
        case HoldsAlways(condition=condition):
            return f"always: {words.clause(condition)}"
        case HoldsNever(condition=condition):
            return f"never: {words.clause(condition)}"
        case IsReachable(condition=condition, micros=None):
            return f"it can come to this: {words.clause(condition)}"
        case IsReachable(condition=condition, micros=micros):
            return f"within {wording.duration(micros or 0)} it can come to this: {words.clause(condition)}"
        case HoldsWithin(condition=condition, micros=micros):
            return f"for the first {wording.duration(micros)}: {words.clause(condition)}"
        case FiresNever(trigger=trigger, without=None):
            return f"{_called(words, trigger)} never fires"
        case FiresNever(trigger=trigger, without=match):
            assert match is not None
            event = sentences.occasion(match, None, words).removeprefix("at each ")
            return f"{_called(words, trigger)} never fires unless {event} has come before or with it"
    raise ValueError(f"there is no claim {claim!r}")


def _story(words: Words, target: str, place: str, outcomes: list[Outcome]) -> page.Story:
    first, *others = outcomes
    named = [(each.test.name, each.result) for each in others[:_OTHERS]]
    if len(others) > _OTHERS:
        left = others[_OTHERS:]
        failed = sum(each.result != "passed" for each in left)
        named.append((f"and {wording.count(len(left), 'more line')}", "failed" if failed else "passed"))
    return page.Story(
        target,
        first.test.name,
        place,
        first.result,
        tuple(_steps(words, first)),
        tuple(named),
    )


def _steps(words: Words, outcome: Outcome) -> Iterator[page.Step]:
    verdicts = {id(verdict.expectation): verdict.holds for verdict in outcome.verdicts}
    before: int | None = None
    for step in outcome.test.steps:
        time = None if step.time == before else _when(step.time, before)
        before = step.time
        match step:
            case Given():
                yield page.Step(time, "given", given(words, step.type, step.data))
            case Expected(condition=condition):
                yield page.Step(time, "expected", words.clause(condition), verdicts.get(id(step)))
            case ExpectedFiring(trigger=name, times=times, negated=negated):
                often = f" {_times(times)}" if times is not None else ""
                text = f"{_called(words, name)} has {'not ' if negated else ''}fired{often}"
                yield page.Step(time, "expected", text, verdicts.get(id(step)))
            case ExpectedEmission(name=name, negated=negated):
                text = f"other systems have {'not ' if negated else ''}been told {quoted(name)}"
                yield page.Step(time, "expected", text, verdicts.get(id(step)))


def _called(words: Words, trigger: str) -> str:
    """A trigger by its label, or else by its name."""
    account = words.program.account
    known = [*words.program.triggers, *(account.triggers if account is not None else ())]
    label = next(each.label for each in known if each.name == trigger)
    return quoted(label or plain(trigger))


def _times(number: int) -> str:
    return {1: "once", 2: "twice"}.get(number, f"{number} times")


def _when(t: int, before: int | None) -> str:
    """The first time in full, the others from the one before."""
    return wording.moment(t) if before is None else f"{wording.duration(t - before)} later"


def given(words: Words, kind: str, data: Mapping[str, Any]) -> str:
    """An event in words: ``page view: path “/pricing”``."""
    fields: Iterable[tuple[str, Field]]
    if kind == "lead":
        fields, name = words.program.attributes.items(), "What is known of the lead"
    else:
        declared, event = next(each for each in words.program.events.items() if each[1].spelling == kind)
        fields, name = event.properties.items(), plain(declared)
    told = details(dict(fields), data)
    return f"{name}: {', '.join(told)}" if told else name


def details(fields: Mapping[str, Field], data: Mapping[str, Any]) -> list[str]:
    """What an event carries, or what is known of a lead: ``path “/pricing”``."""
    spelled = {field.spelling: (label, field) for label, field in fields.items()}
    return [_value(*spelled[key], value) for key, value in data.items() if key in spelled]


def _value(name: str, field: Field, value: Any) -> str:
    """A value as it comes in JSON: a percent is the number of percent, a date a text."""
    if value is None:
        return f"{plain(name)} removed"
    if isinstance(value, list | tuple):
        return f"{plain(name)} {joined([literal(each, None) for each in value], 'and') or 'empty'}"
    if isinstance(value, int | Decimal) and not -_LARGEST < value < _LARGEST:
        return f"{plain(name)} as {'large' if value > 0 else 'small'} as can be"
    if field.type == "percent":
        return f"{plain(name)} {literal(value, None)}%"
    if field.type in ("date", "instant"):
        return f"{plain(name)} {value}"
    return f"{plain(name)} {literal(value, None)}"
