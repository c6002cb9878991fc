"""What follows for accounts: between what ends their scores lie, which of their triggers fire, and with which leads.

Bounds come from `crowds`, histories of several leads from `teams`; where the two meet it is decided, and the rest is
listed as open.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from compiler.assertions import Claim, FiresNever, HoldsAlways, HoldsNever, IsReachable
from compiler.errors import proofs as errors
from compiler.exact import amount
from compiler.prove.answer import Unknown, Unsat
from compiler.prove.claims import Decided
from compiler.prove.crowds import Crowd
from compiler.prove.facts import fields_in
from compiler.prove.ledger import AccountEnd, AccountFiring, AccountSheet, State, Team
from compiler.prove.reach import Reach
from compiler.prove.spots import Spots
from compiler.prove.teams import Kind, Teams
from compiler.prove.track import Track
from compiler.prove.ways import in_words_of
from dsl.diagnostics import Diagnostic
from runtime.table import Account, AccountScore, Term, Trigger

_OTHER: Mapping[State, State] = {"proved": "refuted", "refuted": "proved", "unknown": "unknown"}


@dataclass
class Accounts:
    """Looks at the account scores and triggers that are `chosen`; `never` has the declarations whose conditions can't
    hold by themselves, named as in `compiler.places`."""

    reach: Reach
    account: Account
    chosen: Callable[[str], bool]
    never: Container[tuple[str, ...]] = ()
    crowd: Crowd = field(init=False)
    teams: Teams = field(init=False)
    known: dict[str, AccountFiring] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.study = self.reach.study
        self.crowd = Crowd(self.reach, self.account)
        self.teams = Teams(self.crowd)

    def meet(self, tracks: Iterable[Track]) -> None:
        """Take the leads at the ends of histories."""
        self.teams.meet(tracks)

    # --- scores -------------------------------------------------------------------------------------------------------

    def scores(self) -> Iterator[AccountSheet]:
        """What each score can show."""
        for name, score in self.account.scores.items():
            if self.chosen(name):
                yield AccountSheet(name, self._end(name, score, lowest=True), self._end(name, score))

    def _end(self, name: str, score: AccountScore, *, lowest: bool = False) -> AccountEnd:
        interval = self.crowd.ends[name]
        bound, sign = (interval.low, -1) if lowest else (interval.high, 1)
        kind = self.teams.best(name, lowest=lowest)
        if bound == 0 or kind is None or sign * kind.brings[name] <= 0:
            return AccountEnd(bound, 0)
        count = (score.top or 1) if score.how == "top" else 1
        for team in self.teams.teams([(kind, count)]):
            sight = self.teams.sight(team)
            if sight is not None and sight.scores[name]:
                endless = self._endless(score, kind, name) if bound is None and score.how in ("sum", "count") else ""
                return AccountEnd(bound, sight.scores[name], team, endless)
        return AccountEnd(bound, 0)

    def _endless(self, score: AccountScore, kind: Kind, name: str) -> str:
        """Why a sum has no end, as one more lead like this makes it larger by as much."""
        if score.of is None:
            return "each lead counts one more"
        brings = kind.brings[name]
        return f"each lead {'adds' if brings > 0 else 'takes'} up to {amount(abs(brings))}"

    # --- triggers -----------------------------------------------------------------------------------------------------

    def firings(self) -> Iterator[AccountFiring]:
        """What makes each trigger fire."""
        for trigger in self.account.triggers:
            if self.chosen(trigger.name):
                yield self.firing(trigger)

    def firing(self, trigger: Trigger) -> AccountFiring:
        """Whether a trigger fires, and with which leads."""
        if trigger.name not in self.known:
            self.known[trigger.name] = self._firing(trigger)
        return self.known[trigger.name]

    def _firing(self, trigger: Trigger) -> AccountFiring:
        if trigger.name not in self.crowd.able:
            return AccountFiring(trigger.name, None, never=True)
        team = self.teams.firing(trigger)
        late = self.study.prover.why_time() if self.study.prover.left() <= 0 else ""
        open_ = "no leads were found with which it fires, and no proof that there are none"
        why = "" if team is not None else self.crowd.open.get(trigger.name) or late or open_
        return AccountFiring(trigger.name, team, why=why)

    # --- claims -------------------------------------------------------------------------------------------------------

    def decide(self, claim: Claim) -> Decided:
        """What comes of a claim about accounts."""
        match claim:
            case FiresNever(trigger=name):
                trigger = next(each for each in self.account.triggers if each.name == name)
                firing = self.firing(trigger)
                if firing.never:
                    return Decided("proved", self._why(trigger.when))
                if firing.team is None:
                    return Decided("unknown", firing.why)
                return Decided("refuted", f"it fires with {self._told(firing.team)}")
            case HoldsAlways(condition=condition):
                return self._never(("not", condition))
            case HoldsNever(condition=condition):
                return self._never(condition)
            case IsReachable(condition=condition):
                found = self._never(condition)
                return replace(found, state=_OTHER[found.state])
        raise ValueError(f"there is no claim about accounts {claim!r}")

    def _never(self, wrong: Term) -> Decided:
        """Decide that a condition holds of no account at any look."""
        names = sorted(fields_in([wrong], "ascore"))
        tags = {act[1] for each in self.account.triggers if each.name in self.crowd.able for act in each.do}
        known = [*self.crowd.facts(set(names)), *[("not", ("tag", tag)) for tag in fields_in([wrong], "tag") - tags]]
        answer = self.study.prover.decide([wrong, *known])
        if isinstance(answer, Unsat):
            return Decided("proved", self._why(wrong))
        team = self.teams.meeting(wrong)
        if team is not None:
            return Decided("refuted", f"with {self._told(team)}")
        open_ = "no leads were found that show it, and no proof that there are none"
        return Decided(
            "unknown", f"{answer.why}; {open_}" if isinstance(answer, Unknown) else f"{open_}; {self._why(wrong)}"
        )

    def _why(self, term: Term | None) -> str:
        return "" if term is None else "; ".join(self.crowd.why([term]))

    def _told(self, team: Team) -> str:
        """The leads of a team in one line."""
        return "; and ".join(in_words_of(self.study.program, team))

    # --- what is said -------------------------------------------------------------------------------------------------

    def findings(self, firings: Iterable[AccountFiring], spots: Spots) -> Iterator[Diagnostic]:
        """Scores for which nobody counts, and triggers that never fire."""
        for name, score in self.account.scores.items():
            place = ("account score", name)
            if score.where is not None and self.crowd.one(score) is None and place not in self.never:
                yield errors.counts_nobody(name, spots(*place))
        triggers = {each.name: each for each in self.account.triggers}
        for each in firings:
            place = ("account trigger", each.trigger)
            if each.never and place not in self.never:
                when = triggers[each.trigger].when
                facts = () if when is None else tuple(self.crowd.why([when]))
                yield errors.never_fires(each.trigger, facts, spots(*place))

    def undecided(self, sheets: Iterable[AccountSheet], firings: Iterable[AccountFiring]) -> Iterator[str]:
        """What is open of accounts, and why."""
        for sheet in sheets:
            for what, end in (("lowest", sheet.lowest), ("highest", sheet.highest)):
                if not end.decided:
                    bound = "no bound" if end.bound is None else amount(end.bound)
                    yield (
                        f"{what} account score {sheet.name}: {amount(end.reached)} is reached, {bound} is proved; "
                        "no leads were found that get there"
                    )
        for each in firings:
            if each.why:
                yield f"whether account trigger {each.trigger} can fire: {each.why}"
