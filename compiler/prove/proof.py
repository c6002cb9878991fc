"""A proof of one model, from the bounds to the assertions, in the order in which one helps the other.

First what can be at all (`reach`), then the ends of each score with their witnesses, the shortest ways to the lines,
silence, a search through what leads can do, findings, and the assertions, which may start from all histories found so
far. Every part stops when the time is up, and what it left open is listed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from time import monotonic

from compiler.assertions import Claim, FiresNever, HoldsWithin
from compiler.compile import Compilation
from compiler.exact import amount
from compiler.program import Program
from compiler.prove import flaws, ways
from compiler.prove.accounts import Accounts
from compiler.prove.answer import Judge
from compiler.prove.claims import Claims
from compiler.prove.ends import end_of, improved
from compiler.prove.engine import Engine
from compiler.prove.explore import Explorer, Wish
from compiler.prove.findings import findings
from compiler.prove.hidden import reached
from compiler.prove.histories import History
from compiler.prove.ledger import End, Ledger, Paths, ScoreSheet, Verdict
from compiler.prove.prover import Prover
from compiler.prove.quests import Quests
from compiler.prove.reasons import open_stay
from compiler.prove.settle import settled
from compiler.prove.shrink import replayed
from compiler.prove.silence import fall, may_rise
from compiler.prove.spots import Spots
from compiler.prove.standstill import Standstill
from compiler.prove.staying import staying
from compiler.prove.study import Study, named
from compiler.prove.track import Track
from compiler.prove.unrest import Unrest
from compiler.warnings.allow import left_over
from dsl.diagnostics import Diagnostic, in_order
from runtime.table import Account, Term

_KEPT = 0.35
"""This part of the time is kept for assertions."""
_STEPS = 4_000
"""So many steps are tried in search of triggers that do not come to rest."""
_BEYOND = 20
"""So often the last event of the highest history is given again: the range cuts off points that are still there when
others are gone."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a proof is asked for. `seconds` is for one model; `within` (microseconds) asks for the ends up to so long
    after the first event; `longest` is the most events of a path; `percents`: percents lie within 0% and 100%;
    `chosen` says which scores, triggers and assertions are looked at, by their names; `judging` makes, for a settled
    program, what confirms examples by the engine."""

    seconds: float = 30.0
    within: int | None = None
    longest: int = 8
    percents: bool = True
    solver: bool = True
    chosen: Callable[[str], bool] = lambda name: True
    judging: Callable[[Program], Judge] | None = None


def prove(compilation: Compilation, engine: Engine, wanted: Wanted, judge: Judge | None = None) -> Ledger:
    """All that follows from the rules of a compiled model without errors; `engine` folds under its table, and `judge`
    confirms what the prover finds to fit a condition."""
    assert compilation.program is not None
    assert compilation.context is not None
    return _Proof(compilation, engine, wanted, judge).run()


@dataclass
class _Proof:
    compilation: Compilation
    engine: Engine
    wanted: Wanted
    judge: Judge | None = None
    tracks: list[Track] = field(default_factory=list)
    fired: list[Track] = field(default_factory=list)
    accounts: Accounts | None = None

    def __post_init__(self) -> None:
        assert self.compilation.program is not None
        assert self.compilation.context is not None
        program = settled(self.compilation.program)
        self.began = monotonic()
        prover = Prover(program, seconds=self.wanted.seconds, judge=self.judge, solver=self.wanted.solver)
        self.study = Study(program, prover, self.engine, self.wanted.percents)
        self.context = self.compilation.context
        self.spots = Spots(self.context)
        self.ledger = Ledger(program.model)
        self.quests = Quests(self.study)

    def run(self) -> Ledger:
        self.reach = reached(self.study)
        told = any(not each.computed for each in self.study.program.attributes.values())
        self.blank = self.study.blanked() if told else self.study
        self.blank_reach = reached(self.blank) if told else self.reach
        self._assume()
        self._conditions()
        kept = _KEPT * self.wanted.seconds if self.compilation.assertions else 0.0
        for key in self.study.scores:
            if not self.wanted.chosen(key):
                continue
            if self.study.prover.left() <= kept:
                self.ledger.undecided.append(f"{named(self.study.scores, key)}: {self._late()}")
            else:
                self.ledger.scores.append(self._score(key))
        self._firings()
        self._explore()
        more = [*self._findings(), *self._accounts()]
        places = {each.span for each in more if each.code in ("P511", "P514", "P525")}
        before = [
            each for each in self.ledger.findings if each.code != "P530" or self.never.get(each.span) not in places
        ]
        found = [*before, *more]
        self.ledger.findings = in_order(left_over(self.context, found))
        self._assertions()
        self.ledger.undecided += self.quests.settle([*self.tracks, *self.fired])
        self._ends()
        self._unseen()
        self.ledger.undecided += sorted(self.study.whys)
        self.ledger.seconds = monotonic() - self.began
        return self.ledger

    def _late(self) -> str:
        """Why a score is not looked at."""
        if self.study.prover.left() > 0:
            return "not looked at, as the rest of the time is kept for the assertions"
        return f"not looked at, as {self.study.prover.why_time()}"

    def _assume(self) -> None:
        program = self.study.program
        fields = [(name, each) for name, each in program.attributes.items()]
        fields += [
            (f"{event}.{name}", each)
            for event, given in program.events.items()
            for name, each in given.properties.items()
        ]
        named_ = [name for name, each in fields if each.type == "percent"]
        if named_ and self.wanted.percents:
            self.ledger.assumed.append(f"percents lie within 0% and 100%: {', '.join(named_)}")

    # --- scores -------------------------------------------------------------------------------------------------------

    def _score(self, key: str) -> ScoreSheet:
        score = self.study.scores[key]
        sheet = ScoreSheet(key, score.ready, within=self.wanted.within)
        sheet.lowest = end_of(self.study, self.reach, key, lowest=True)
        sheet.highest = end_of(self.study, self.reach, key)
        if self.wanted.within is not None:
            sheet.soon = end_of(self.study, self.reach, key, within=self.wanted.within)
        for end in (sheet.lowest, sheet.highest, sheet.soon):
            if end is not None:
                self._keep(end.history, end.time)
        if score.ready is not None:
            self._line(sheet, score.ready)
        found = list(flaws.of_silence(self.study, self.reach, key, self.spots))
        self.ledger.findings += found
        if "P519" not in {each.code for each in found} and may_rise(self.study, key):
            self.ledger.undecided.append(flaws.open_silence(named(self.study.scores, key)))
        return sheet

    def _ends(self) -> None:
        """Take the ends as far as any history got, and list those that are open."""
        for sheet in self.ledger.scores:
            if sheet.lowest is not None:
                sheet.lowest = improved(self.study, sheet.key, sheet.lowest, self.tracks, lowest=True)
                self._note(sheet.key, sheet.lowest, "lowest")
            if sheet.highest is not None:
                sheet.highest = improved(self.study, sheet.key, sheet.highest, self.tracks)
                self._note(sheet.key, sheet.highest, "highest")
            if sheet.soon is not None:
                self._note(sheet.key, sheet.soon, "highest soon")

    def _note(self, key: str, end: End, what: str) -> None:
        if not end.decided:
            bound = "no bound" if end.bound is None else amount(end.bound)
            reached = amount(end.reached)
            text = f"{what} {named(self.study.scores, key)}: {reached} is reached, {bound} is proved; {end.why}"
            self.ledger.undecided.append(text)

    def _line(self, sheet: ScoreSheet, ready: int) -> None:
        """The shortest ways to the line, and what silence makes of those who are there."""
        interval = self.reach.scores[sheet.key]
        if interval.high is not None and interval.high < ready:
            return
        goal, name = ways.to_line(self.study, sheet.key, ready), named(self.study.scores, sheet.key)
        paths = ways.paths(self.study, self.reach, goal, self.wanted.longest)
        self.quests.add(goal, f"ready line of {name}", sheet, paths)
        if any(each.event is None for path in paths.paths for each in path.history):
            self.ledger.findings += flaws.of_paths(self.study, sheet.key, paths, self.spots)
            paths = self._blank_paths(sheet.key, ready)
            self.quests.add(goal, f"ready line of {name} for a lead of whom nothing is known", sheet, paths)
        self.ledger.findings += flaws.of_paths(self.study, sheet.key, paths, self.spots)
        for each in sheet.paths:
            for path in each.paths:
                self._keep(path.history, path.time)
        paths = sheet.paths[-1] if sheet.paths[-1].paths else sheet.paths[0]
        score = self.study.scores[sheet.key]
        if score.degrade is None and score.ageing is None and score.value is None:
            return
        starts = [("", paths.paths[0].history, paths.paths[0].time)] if paths.paths else []
        if sheet.highest is not None and not sheet.highest.endless and sheet.highest.reached >= ready:
            starts.append(("", sheet.highest.history, sheet.highest.time))
            if score.ageing is not None and score.high is not None:
                starts.append(("", sheet.highest.history + sheet.highest.history[-1:] * _BEYOND, sheet.highest.time))
        for start, history, time in starts:
            fallen = fall(self.study, sheet.key, start, history, time)
            if fallen is not None and fallen.steps not in [each.steps for each in sheet.falls]:
                sheet.falls.append(fallen)
        endless = sheet.highest is not None and bool(sheet.highest.endless)
        sheet.stay = staying(self.study, self.reach, sheet.key, ready, sheet.falls, endless=endless)
        self.ledger.undecided += open_stay(name, sheet.stay)

    def _blank_paths(self, key: str, ready: int) -> Paths:
        """The ways to the line of a lead of whom nothing is ever told."""
        goal, high = ways.to_line(self.blank, key, ready), self.blank_reach.scores[key].high
        if high is not None and high < ready:
            return Paths(goal.name, None, 0, blank=True, never=high)
        return ways.paths(self.blank, self.blank_reach, goal, self.wanted.longest)

    def _keep(self, history: History, time: int) -> None:
        track = replayed(self.study, history) if history else None
        if track is not None:
            track.now = time
            self.tracks.append(track)

    # --- triggers and the rest ----------------------------------------------------------------------------------------

    def _firings(self) -> None:
        """The shortest ways to the firing of triggers whose line is not that of a score."""
        lines = {(key, score.ready) for key, score in self.study.scores.items()}
        sheets = {sheet.key: sheet for sheet in self.ledger.scores}
        for trigger in self.study.program.triggers:
            goal = ways.to_firing(trigger)
            if goal is None or not self.wanted.chosen(trigger.name) or not self.reach.sources[trigger.name]:
                continue
            if len(goal.needs) == 1 and goal.needs[0] in lines:
                continue
            paths = ways.paths(self.study, self.reach, goal, self.wanted.longest)
            self.quests.add(goal, f"first firing of {trigger.name}", sheets.get(goal.needs[0][0]), paths)
            for path in paths.paths:
                self._keep(path.history, path.time)

    def _unseen(self) -> None:
        """List the triggers that no bound forbids and no history fired."""
        tracks = [*self.tracks, *self.fired]
        seen = self.seen | {name for track in tracks for name, times in track.see().fired.items() if times}
        listed = {paths.goal for sheet in self.ledger.scores for paths in sheet.paths}
        for trigger in self.study.program.triggers:
            if trigger.name in seen | listed or not self.reach.sources[trigger.name]:
                continue
            if self.wanted.chosen(trigger.name):
                why = "no history was found that fires it, and no proof that there is none"
                self.ledger.undecided.append(f"whether {trigger.name} can fire: {why}")

    def _explore(self) -> None:
        lines = [part for each in self.compilation.assertions for claim in each.claims for part in _terms(claim)]
        explorer = Explorer(self.study, [_nowhere()], lines, most=_STEPS, seeds=self.tracks)
        explorer.run(min(max(self.study.prover.left() * 0.2, 0.5), 4.0))
        self.tracks = [*self.tracks, *explorer.kept]
        self.fired = [*explorer.fired.values()]

    def _conditions(self) -> None:
        """What is to be said about conditions, in a part of the time; examples are confirmed by the engine."""
        program, wanted = self.study.program, self.wanted
        judge = None if wanted.judging is None else wanted.judging(program)
        prover = Prover(program, seconds=max(1.0, 0.3 * wanted.seconds), judge=judge, solver=wanted.solver)
        found = findings(self.context, prover)
        self.ledger.findings += found.diagnostics
        self.ledger.undecided += found.undecided
        self.impossible = {*found.never.values()}
        self.never = {span: self.spots(*of) for span, of in found.never.items()}

    def _findings(self) -> Iterator[Diagnostic]:
        reached = {each.key: each.highest.reached for each in self.ledger.scores if each.highest is not None}
        yield from flaws.of_bounds(self.study, self.reach, reached, self.spots)
        standstill = Standstill(self.study, Unrest(self.reach))
        found = standstill.search([*self.fired, *self.tracks])
        self.seen = {name for each in found for name in each.triggers}
        yield from flaws.of_rest(self.study, found, self.spots)
        self._open_rest(standstill)

    def _open_rest(self, standstill: Standstill) -> None:
        """List what is not decided of triggers that may not come to rest."""
        for kind, names in standstill.undecided():
            if any(self.wanted.chosen(name) for name in names):
                self.ledger.undecided.append(flaws.open_rest(kind, names))
        if standstill.unrest.open:
            self.ledger.undecided.append(f"whether triggers come to rest: {standstill.unrest.why()}")

    def _accounts(self) -> Iterator[Diagnostic]:
        """What follows for accounts."""
        account = self.study.program.account
        if account is None or not any(map(self.wanted.chosen, _of_account(account))):
            return
        accounts = self._crowds(account)
        self.ledger.accounts = [*accounts.scores()]
        self.ledger.firings = [*accounts.firings()]
        self.ledger.undecided += accounts.undecided(self.ledger.accounts, self.ledger.firings)
        yield from accounts.findings(self.ledger.firings, self.spots)

    def _crowds(self, account: Account) -> Accounts:
        if self.accounts is None:
            self.accounts = Accounts(self.reach, account, self.wanted.chosen, self.impossible)
            self.accounts.meet([*self.tracks, *self.fired])
        return self.accounts

    def _assertions(self) -> None:
        asked = [
            (each, claim)
            for each in self.compilation.assertions
            if self.wanted.chosen(each.name)
            for claim in each.claims
        ]
        for at, (assertion, claim) in enumerate(asked):
            seconds = max(self.study.prover.left() / (len(asked) - at), 0.5)
            self.study.prover.grant(0.5)
            account = self.study.program.account
            if account is not None and _is_about(claim, account):
                found = self._crowds(account).decide(claim)
            else:
                claims = Claims(self.study, self.reach, self.tracks, seconds)
                found = claims.decide(f"{assertion.name}: {claim.text}", claim)
                self.tracks += claims.shown
            verdict = Verdict(assertion.name, claim.text, claim.span, found.state, found.why, found.test)
            self.ledger.verdicts.append(verdict)


def _of_account(account: Account) -> Iterator[str]:
    """What is looked at of accounts, by name."""
    yield from account.scores
    yield from (each.name for each in account.triggers)


def _is_about(claim: Claim, account: Account) -> bool:
    """Whether a claim is about accounts."""
    if isinstance(claim, FiresNever):
        return any(each.name == claim.trigger for each in account.triggers)
    return not isinstance(claim, HoldsWithin) and claim.account


def _terms(claim: Claim) -> list[Term]:
    """What a claim says of leads."""
    if isinstance(claim, FiresNever) or (not isinstance(claim, HoldsWithin) and claim.account):
        return []
    return [claim.condition]


def _nowhere() -> Wish:
    """Never found, so that the search goes on until its time is up."""
    return Wish("nowhere", lambda track, sight: False)
