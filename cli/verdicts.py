"""Outcomes of tests as people and programs read them: lines, details of what failed, JSON."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Mapping
from contextlib import redirect_stdout

import click

from cli.explain import write_statement
from cli.places import Places
from cli.trial import Outcome, Verdict
from cli.visible import visible
from compiler.scenarios import Expected
from dsl.render import annotation, place_of, pointed_at
from dsl.source import Source
from runtime.lines import quote, write_json
from runtime.times import write_instant
from runtime.trace import trace

_MARKS = {"passed": ("pass ", "green"), "failed": ("FAIL ", "red"), "error": ("ERROR", "red")}


def print_line(outcome: Outcome, model: str, *, verbose: bool) -> None:
    """The line of a test in the list of its file; with `verbose`, a line for each expectation below it."""
    test = outcome.test
    elsewhere = f"  ({visible(test.file)}:{test.line})" if test.file != model else ""
    print(f"  {mark(outcome.result)}  {visible(test.name)}{elsewhere}")
    if verbose:
        for verdict in outcome.verdicts:
            each = verdict.expectation
            sign = "holds" if verdict.holds else "FAILS"
            print(f"         {sign}  {visible(each.text)}  (line {each.line}, at {write_instant(each.time)})")


def print_detail(outcome: Outcome, sources: Mapping[str, Source], places: Places) -> None:
    """Everything about a test that did not pass; a statement that several expectations share is printed once."""
    print(f"{mark(outcome.result)}  {visible(outcome.test.name)}")
    if outcome.test.case is not None:
        print(pointed_at(outcome.test.case.span, sources, colourful()), end="")
    if outcome.error is not None and outcome.place is not None:
        print(pointed_at(outcome.place, sources, colourful()), end="")
        print(f"error     {visible(outcome.error)}")
    told = set()
    for verdict in outcome.failures:
        each = verdict.expectation
        print(pointed_at(each.span, sources, colourful()), end="")
        print(f"expected  {expected(verdict)}, at {write_instant(each.time)}")
        for at, line in enumerate(got(verdict)):
            print(f"{'got' if at == 0 else '':8}  {line}")
        key = (verdict.above, each.time, verdict.scores)
        explanation = outcome.explanation(verdict)
        if explanation is None:
            print("no event stands above it")
        elif key in told:
            print("the statement is the one above")
        else:
            told.add(key)
            print()
            write_statement(explanation, verdict.scores, places)
        print()


def detail(outcome: Outcome, sources: Mapping[str, Source], places: Places) -> str:
    """The same as a plain text."""
    with redirect_stdout(io.StringIO()) as out:
        print_detail(outcome, sources, places)
    return out.getvalue()


def github_errors(outcome: Outcome, sources: Mapping[str, Source]) -> str:
    """A line for each thing that did not hold, for a workflow of GitHub to show at its place."""
    name = f"test {visible(outcome.test.name)}"
    told = []
    if outcome.error is not None and outcome.place is not None:
        told.append(annotation("error", place_of(outcome.place, sources), name, visible(outcome.error)))
    for verdict in outcome.failures:
        text = "\n".join([f"expected {expected(verdict)}", *(f"got {line}" for line in got(verdict))])
        told.append(annotation("error", place_of(verdict.expectation.span, sources), name, text))
    return "".join(f"{line}\n" for line in told)


def expected(verdict: Verdict) -> str:
    """What was expected, as written."""
    return visible(verdict.expectation.text.removeprefix("expect").strip())


def got(verdict: Verdict) -> list[str]:
    """What was there instead, a line for each thing that the expectation names."""
    joint = " = " if isinstance(verdict.expectation, Expected) else ": "
    return [visible(f"{each.name}{joint}{each.text}") for each in verdict.seen] or ["the condition does not hold"]


def write_outcome(outcome: Outcome, model: str, places: Places) -> str:
    """One JSON object: the test, and each expectation with what it names; those that fail with the entries of the
    ledger that `leadscore explain --json` has."""
    test = outcome.test
    head = {
        "model": model, "file": test.file, "line": test.line, "test": test.name, "result": outcome.result,
        "error": outcome.error,
    }  # fmt: skip
    if test.case is not None:
        head["case"] = {"file": test.case.file, "line": test.case.line}
    told = ",".join(_expectation(outcome, verdict, places) for verdict in outcome.verdicts)
    return f"{write_json(head)[:-1]},{quote('expectations')}:[{told}]}}"


def _expectation(outcome: Outcome, verdict: Verdict, places: Places) -> str:
    each = verdict.expectation
    told = write_json(
        {"line": each.line, "at": write_instant(each.time), "expect": each.text, "holds": verdict.holds}
        | {"got": {seen.name: seen.value for seen in verdict.seen}}
    )
    explanation = None if verdict.holds else outcome.explanation(verdict)
    if explanation is None:
        return told
    return f"{told[:-1]},{quote('explanation')}:[{','.join(trace(explanation, verdict.scores, places))}]}}"


# --- how it looks -----------------------------------------------------------------------------------------------------


def mark(result: str) -> str:
    """``pass``, ``FAIL`` or ``ERROR``, in its colour on a terminal that takes colours."""
    text, colour = _MARKS[result]
    return click.style(text, fg=colour, bold=result != "passed") if colourful() else text


def colourful() -> bool:
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
