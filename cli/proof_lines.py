"""Proofs for programs: everything as JSON, one object a line; findings as annotations or SARIF."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from compiler.compile import Compilation
from compiler.errors import proofs
from compiler.exact import points, written
from compiler.program import Program
from compiler.prove.histories import as_test
from compiler.prove.ledger import AccountEnd, End, Ledger, Paths, ScoreSheet, Team
from compiler.prove.settle import settled
from compiler.prove.study import named
from dsl import render
from dsl.diagnostics import Diagnostic
from dsl.source import Source


class Lines:
    """An object a line: ``score``, ``account score``, ``account trigger``, ``finding``, ``assertion``, ``undecided``,
    each with its ``model``."""

    def show(self, path: str, ledger: Ledger, compilation: Compilation) -> None:
        assert compilation.program is not None
        program = settled(compilation.program)
        for sheet in ledger.scores:
            _write(path, "score", _score(program, sheet))
        for each in ledger.accounts:
            ends = {"lowest": _account_end(program, each.lowest), "highest": _account_end(program, each.highest)}
            _write(path, "account score", {"score": each.name, **ends})
        for firing in ledger.firings:
            state = "never" if firing.never else "unknown" if firing.team is None else "fires"
            leads = _team(program, firing.trigger, firing.team)
            _write(path, "account trigger", {"trigger": firing.trigger, "state": state, "leads": leads})
        for line in render.as_json(ledger.findings, compilation.files).splitlines():
            _write(path, "finding", json.loads(line))
        for verdict in ledger.verdicts:
            place = compilation.files[verdict.span.file].position(verdict.span.start)[0]
            found = {"assertion": verdict.assertion, "claim": verdict.claim, "line": place, "state": verdict.state}
            _write(path, "assertion", {**found, "why": verdict.why or None, "test": verdict.test})
        for text in ledger.undecided:
            _write(path, "undecided", {"text": text})

    def end(self) -> None:
        """Nothing is left to say."""


def _write(path: str, kind: str, given: dict[str, Any]) -> None:
    print(json.dumps({"model": path, "kind": kind, **given}, ensure_ascii=False))


def _number(thousandths: int | None) -> Any:
    if thousandths is None:
        return None
    text = written(points(thousandths))
    return float(text) if "." in text else int(text)


def _score(program: Program, sheet: ScoreSheet) -> dict[str, Any]:
    key = named({each.name: each.body for each in program.scores}, sheet.key)
    found: dict[str, Any] = {"score": sheet.key, "ready": _number(sheet.ready)}
    for name, end in (("lowest", sheet.lowest), ("highest", sheet.highest), ("highest_within", sheet.soon)):
        if end is not None:
            found[name] = _end(program, key, end)
    found["ways"] = [_ways(program, sheet, key, paths) for paths in sheet.paths]
    found["silence"] = [
        [{"microseconds": at, "points": _number(amount)} for at, amount in each.steps] for each in sheet.falls
    ]
    if sheet.stay is not None:
        longest, shown = sheet.stay.longest, sheet.stay.shown
        found["ready_in_silence"] = {
            "decided": sheet.stay.endless or (longest is not None and longest == shown),
            "reached": shown,
            "bound": longest,
        }
    return found


def _end(program: Program, key: str, end: End) -> dict[str, Any]:
    said = f"{key} = {written(points(end.reached))}"
    test = as_test(program, said, end.history, [(end.time, said)]) if end.history else None
    return {
        "decided": end.decided,
        "reached": None if end.endless else _number(end.reached),
        "bound": _number(end.bound),
        "endless": end.endless or None,
        "why": end.why or None,
        "test": None if end.endless else test,
    }


def _account_end(program: Program, end: AccountEnd) -> dict[str, Any]:
    return {
        "decided": end.decided,
        "reached": None if end.endless else _number(end.reached),
        "bound": _number(end.bound),
        "endless": end.endless or None,
        "leads": _team(program, "an account score", end.team),
    }


def _team(program: Program, name: str, team: Team | None) -> list[dict[str, Any]] | None:
    """So many leads alike, each with its history as a test that claims nothing."""
    if team is None:
        return None
    return [{"count": count, "test": as_test(program, name, history, [])} for count, history in team.leads]


def _ways(program: Program, sheet: ScoreSheet, key: str, paths: Paths) -> dict[str, Any]:
    goal = f"fired {paths.goal}"
    if paths.goal == sheet.key and sheet.ready is not None:
        goal = f"{key} >= {written(points(sheet.ready))}"
    tests = [as_test(program, paths.title(path), path.history, [(path.time, goal)]) for path in paths.paths]
    return {
        "goal": goal,
        "unknown_lead": paths.blank,
        "events": paths.events,
        "at_least": paths.least if paths.never is None else None,
        "never": None if paths.never is None else _number(paths.never),
        "paths": [{"words": path.words, "test": test} for path, test in zip(paths.paths, tests, strict=True)],
        "more": paths.more,
    }


@dataclass
class Findings:
    """Findings and assertions that are not proved, as check writes its findings: "github" or "sarif"."""

    form: str
    found: list[Diagnostic] = field(default_factory=list)
    sources: dict[str, Source] = field(default_factory=dict)

    def show(self, path: str, ledger: Ledger, compilation: Compilation) -> None:
        self.found += [*ledger.findings, *_unproved(ledger)]
        self.sources |= compilation.files

    def end(self) -> None:
        """Write them all."""
        write = render.as_github if self.form == "github" else render.as_sarif
        sys.stdout.write(write(self.found, self.sources))


def _unproved(ledger: Ledger) -> Iterator[Diagnostic]:
    for verdict in ledger.verdicts:
        if verdict.state == "refuted":
            yield proofs.refuted(verdict.claim, tuple((verdict.test or verdict.why).splitlines()), verdict.span)
        elif verdict.state == "unknown":
            yield proofs.undecided(verdict.claim, verdict.why, verdict.span)
