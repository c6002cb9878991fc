"""How each lead stood strictly before the instant at which it is looked at, by the engine itself.

Every lead is folded twice: once to its end, to learn what became of it and what happened around that, and once up to
the last microsecond before its instant. So nothing that happened at or after it can have had any part in what is
measured, whatever the model does. All points are thousandths, times microseconds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from insight.backtest.instants import Case, Cases, Method, cases_of
from insight.backtest.leakage import Leaks
from insight.backtest.outcomes import Decision, Seen, Told, Witness
from insight.recorded import History, Recording
from insight.timeline import Timeline, timeline
from runtime.dynamo.model import Model
from runtime.table import Outcome


@dataclass(frozen=True, slots=True)
class Standing:
    """A case as it stood: `score`, its highest value until then (`peak`), the first instant at which it was at or above
    the line (`ready`), band and stage, the first firing of each trigger, and what each rule of the score gave:
    (times, points) by its name."""

    case: Case
    score: int
    peak: int
    ready: int | None
    band: str | None
    stage: str | None
    fired: Mapping[str, int]
    rules: Mapping[str, tuple[int, int]]


@dataclass(slots=True)
class Study:
    """All that a back-test is made of. `strangers` are leads of the outcome file without events, `silent` those with
    events of which it says nothing; `aside` are leads whose beginning has expired."""

    key: str
    end: int
    cases: Cases
    standings: list[Standing]
    leaks: Leaks
    leads: int
    strangers: int = 0
    silent: int = 0
    aside: int = 0
    beyond: int = 0
    """Outcomes in the file that lie after the end."""
    moments: dict[str, int] = field(default_factory=dict)


def study(recording: Recording, model: Model, key: str, outcome: Outcome | Told, method: Method, end: int) -> Study:
    """Look at all leads of a recording, whose events up to `end` count. Raises RecordedError."""
    told = outcome if isinstance(outcome, Told) else None
    witness = Witness(model, None if isinstance(outcome, Told) else outcome, end)
    leaks = Leaks()
    seen: list[Seen] = []
    aside = 0
    for history in _histories(recording):
        try:
            found = witness.see(history)
        except ValueError:
            aside += 1
            continue
        if found is not None:
            if told is not None:
                found.decision = _up_to(told.decisions.get(found.id), end)
            leaks.take(found)
            found.traces = []
            seen.append(found)
    loses = outcome.loses if isinstance(outcome, Told) else bool(outcome.lost)
    cases = cases_of(seen, method, end, loses)
    result = Study(key, end, cases, [], leaks, len(seen), aside=aside)
    if told is not None:
        known = {each.id for each in seen}
        result.strangers = len(told.decisions.keys() - known)
        result.silent = len(known - told.decisions.keys() - told.open)
        result.beyond = sum(each.at > end for id, each in told.decisions.items() if id in known)
    result.standings = standings(recording, model, key, cases.cases)
    result.aside += len(cases.cases) - len(result.standings)
    return result


def _up_to(decision: Decision | None, end: int) -> Decision | None:
    return decision if decision is not None and decision.at <= end else None


def _histories(recording: Recording) -> Iterator[History]:
    for at in range(recording.shelves):
        yield from recording.shelf(at)


def standings(recording: Recording, model: Model, key: str, cases: list[Case]) -> list[Standing]:
    """The cases as they stood under a model, in order of their ids; without those whose beginning has expired."""
    wanted = {case.id: case for case in cases}
    found = []
    for history in _histories(recording):
        case = wanted.get(history.id)
        if case is None:
            continue
        try:
            told = timeline(history, model, case.at - 1)
        except ValueError:
            continue
        if told is not None:
            found.append(_standing(case, told, key))
    return sorted(found, key=lambda each: each.case.id)


def _standing(case: Case, told: Timeline, key: str) -> Standing:
    line = told.plan.table.scores[key].ready
    peak, ready = None, None
    for moment in told.moments:
        score = moment.score(key)
        if score is None:
            continue
        peak = score if peak is None else max(peak, score)
        if ready is None and line is not None and score >= line:
            ready = moment.at
    fired: dict[str, int] = {}
    for name, t in told.fired:
        fired.setdefault(name, t)
    rules = {
        name: (given.times, given.points)
        for (of, kind, name), given in told.points.items()
        if (of, kind) == (key, "rule")
    }
    end = told.end
    return Standing(case, end.score(key) or 0, peak or 0, ready, end.band(key), end.stage, fired, rules)


Fold = Callable[[Model], list[Standing]]
"""Folds the same cases under another model."""
