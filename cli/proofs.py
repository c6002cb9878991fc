"""Proofs as a person reads them: a block for each score, findings, assertions, and what is open."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field

from cli.findings import counted, tell
from cli.visible import visible
from compiler.compile import Compilation
from compiler.exact import amount
from compiler.program import Program
from compiler.prove.histories import History, as_test, given
from compiler.prove.ledger import AccountEnd, End, Fall, Ledger, Path, Paths, ScoreSheet, Verdict
from compiler.prove.reasons import span
from compiler.prove.settle import settled
from compiler.prove.silence import ready_for
from compiler.prove.study import named
from compiler.prove.ways import in_words_of

_PATHS = 3
_STATES = {"proved": "proved  ", "refuted": "REFUTED ", "unknown": "unknown "}


@dataclass
class Pages:
    """Prints the ledger of one model after the other; `verbose` shows all paths and the histories."""

    verbose: bool
    counts: dict[str, int] = field(default_factory=dict)

    def show(self, path: str, ledger: Ledger, compilation: Compilation) -> None:
        assert compilation.program is not None
        program = settled(compilation.program)
        self._add("model", 1)
        print(f"{visible(path)}: {visible(ledger.model)}")
        for sheet in ledger.scores:
            for line in _score(program, sheet, verbose=self.verbose):
                print(f"  {visible(line)}")
        for line in _accounts(program, ledger, verbose=self.verbose):
            print(f"  {visible(line)}")
        for text in ledger.assumed:
            print(f"  assumed: {visible(text)}")
        if ledger.findings:
            print()
            sys.stdout.flush()
            tell(ledger.findings, compilation.files)
        self._add("finding", len(ledger.findings))
        self._verdicts(ledger)
        for text in ledger.undecided:
            print(f"  undecided: {visible(text)}")
        self._add("undecided", len(ledger.undecided))
        print()

    def _add(self, what: str, count: int) -> None:
        self.counts[what] = self.counts.get(what, 0) + count

    def _verdicts(self, ledger: Ledger) -> None:
        for verdict in ledger.verdicts:
            self._add(verdict.state, 1)
            print(f"  {_verdict(verdict)}")
            if verdict.test is not None and (verdict.state == "refuted" or self.verbose):
                print("".join(f"    {line}\n" for line in verdict.test.splitlines()), end="")

    def end(self) -> None:
        """The last line: what there was of everything."""
        asserted = [f"{self.counts[state]} {state}" for state in _STATES if self.counts.get(state)]
        parts = [counted(self.counts.get("finding", 0), "finding")]
        parts += [f"assertions: {', '.join(asserted)}"] if asserted else []
        parts += [f"{self.counts['undecided']} undecided"] if self.counts.get("undecided") else []
        print(f"{counted(self.counts.get('model', 0), 'model')}: {'; '.join(parts)}")


def _verdict(verdict: Verdict) -> str:
    why = f" ({verdict.why})" if verdict.why else ""
    return visible(f"{_STATES[verdict.state]}{verdict.assertion}: {verdict.claim}{why}")


# --- scores -----------------------------------------------------------------------------------------------------------


def _score(program: Program, sheet: ScoreSheet, *, verbose: bool) -> Iterator[str]:
    scores = {each.name: each.body for each in program.scores}
    ready = "" if sheet.ready is None else f", ready at {amount(sheet.ready)}"
    assert sheet.lowest is not None
    assert sheet.highest is not None
    yield f"{named(scores, sheet.key)}: {_low(sheet.lowest)}, {_high(sheet.highest)}{ready}"
    if sheet.soon is not None and sheet.within is not None:
        yield f"  within {span(sheet.within)} of the first event: {_high(sheet.soon)}"
    if verbose:
        for end, what in ((sheet.lowest, "at its lowest"), (sheet.highest, "at its highest")):
            if end.history and not end.endless:
                said = f"{named(scores, sheet.key)} = {amount(end.reached)}"
                yield from _test(program, f"{named(scores, sheet.key)} {what}", end.history, end.time, said)
    for paths in sheet.paths:
        yield from _paths(program, named(scores, sheet.key), sheet, paths, verbose=verbose)
    for fallen in sheet.falls:
        yield f"  in silence: {_fall(fallen, sheet.ready)}"
    if sheet.stay is not None and sheet.stay.endless:
        yield f"  in silence: there is no longest time, as {sheet.stay.why}"
    elif sheet.stay is not None and sheet.stay.longest is not None:
        yield f"  in silence: nobody stays ready for longer than {span(sheet.stay.longest)}"


def _low(end: End) -> str:
    if end.endless:
        return f"no lowest ({end.endless})"
    if end.decided:
        return f"lowest {amount(end.reached)}"
    return f"lowest between {'no end' if end.bound is None else amount(end.bound)} and {amount(end.reached)}"


def _high(end: End) -> str:
    if end.endless:
        return f"no highest ({end.endless})"
    if end.decided:
        return f"highest {amount(end.reached)}"
    return f"highest between {amount(end.reached)} and {'no end' if end.bound is None else amount(end.bound)}"


def _paths(program: Program, name: str, sheet: ScoreSheet, paths: Paths, *, verbose: bool) -> Iterator[str]:
    goal = "ready" if paths.goal == sheet.key else f"{paths.goal} fires"
    who = "of whom nothing is known, " if paths.blank else ""
    if paths.never is not None:
        yield f"  {who}never {goal}: at most {amount(paths.never)}"
        return
    if paths.events is None:
        tried = f"no way of up to {counted(paths.tried, 'event')} was found" if paths.tried > 0 else "no way was found"
        least = f" after at least {counted(paths.least, 'event')}" if paths.least > 0 else ""
        yield f"  {who}{goal}{least}; {tried}"
        return
    proved = "no less will do" if paths.least >= paths.events else f"{paths.least} not ruled out"
    yield f"  {who}{goal} after {counted(paths.events, 'event')} ({proved}):"
    shown = paths.paths if verbose else paths.paths[:_PATHS]
    for path in shown:
        yield f"    {path.words}{_told(program, path)}"
        if verbose:
            said = (
                f"{name} >= {amount(sheet.ready)}"
                if goal == "ready" and sheet.ready is not None
                else f"fired {paths.goal}"
            )
            lines = _test(program, paths.title(path), path.history, path.time, said)
            yield from (f"  {line}" for line in lines)
    left = len(paths.paths) - len(shown)
    if left or paths.more:
        yield "    and others" if paths.more else f"    and {left} more"


def _told(program: Program, path: Path) -> str:
    """The attributes that a path takes, as a rule file has them."""
    told = [each for each in path.history if each.event is None]
    if not told:
        return ""
    return f", for {given(program, told[0])}"


# --- accounts ---------------------------------------------------------------------------------------------------------


def _accounts(program: Program, ledger: Ledger, *, verbose: bool) -> Iterator[str]:
    for sheet in ledger.accounts:
        low, high = _account_end(sheet.lowest, "lowest"), _account_end(sheet.highest, "highest")
        yield f"account {sheet.name}: {low}, {high}"
    for each in ledger.firings:
        if each.team is None:
            continue
        yield f"account trigger {each.trigger} fires with {counted(each.team.count, 'lead')}:"
        said = in_words_of(program, each.team)
        for (count, history), words in zip(each.team.leads, said, strict=True):
            yield f"  {words}"
            if verbose:
                test = as_test(program, f"{each.trigger}: {counted(count, 'such lead')}", history, [])
                yield from (f"    {line}" for line in test.splitlines())


def _account_end(end: AccountEnd, what: str) -> str:
    if end.endless:
        return f"no {what} ({end.endless})"
    if end.decided:
        return f"{what} {amount(end.reached)}"
    ends = ["no end" if end.bound is None else amount(end.bound), amount(end.reached)]
    return f"{what} between {' and '.join(ends if what == 'lowest' else reversed(ends))}"


def _test(program: Program, name: str, history: History, time: int, said: str) -> Iterator[str]:
    return (f"    {line}" for line in as_test(program, name, history, [(time, said)]).splitlines())


def _fall(fallen: Fall, ready: int | None) -> str:
    """``from 110 ready for 14 days, then 99; at the end 50, after 63 days``"""
    steps = fallen.steps
    start = f"from {amount(steps[0][1])}"
    if len(steps) == 1:
        return f"{start} it stays so for ever"
    last, final = steps[-1]
    ends = (
        f"at the end {amount(final)}, after {span(last)}" if not fallen.cut else f"{amount(final)} after {span(last)}"
    )
    if ready is None:
        after, points = steps[1]
        return f"{start} unchanged for {span(after)}, then {amount(points)}; {ends}"
    stays = ready_for(fallen, ready)
    if stays is None:
        return f"{start} it stays ready for ever; {ends}"
    points = next(points for after, points in steps if after == stays)
    end = "" if (stays, points) == steps[-1] else f"; {ends}"
    return f"{start} ready for {span(stays)}, then {amount(points)}{end}"
