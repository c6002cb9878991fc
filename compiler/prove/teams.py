"""Histories of several leads of one account: how high its scores get, and what makes its triggers fire.

What a lead brings to the scores of its account is a handful of numbers, so of all the histories that are known only
those count that bring something else. How many leads of which kind meet a condition is then worked out: what a sum or
a count has to pass says about how many leads it takes. What is found the engine confirms, as always.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import combinations, product

from compiler.prove.answer import Sat
from compiler.prove.crowds import ONE, Crowd
from compiler.prove.engine import AccountSight, Refused
from compiler.prove.explore import Explorer, Wish
from compiler.prove.facts import fields_in
from compiler.prove.histories import HOUR, History, acts, type_of
from compiler.prove.ledger import Team
from compiler.prove.moves import Move, needed
from compiler.prove.study import NOW, Study
from compiler.prove.track import Track
from compiler.prove.written import written
from compiler.terms import all_of, rewrite
from compiler.terms import parts as parts_of
from runtime.table import AccountScore, Term, Trigger

_SECONDS = 2.0
_KINDS = 16
_LEADS = 2_000
"""Teams of more leads are not tried."""
_TRIED = 40_000
_CONFIRMED = 12
_NAME = "acme"


@dataclass(frozen=True, slots=True)
class Kind:
    """Leads with one history up to `time`. `brings` has, for each account score for which such a lead counts, what it
    brings, in thousandths."""

    history: History
    time: int
    brings: Mapping[str, int]


@dataclass
class Teams:
    """Kinds of leads of one account, taken from the ends of histories."""

    crowd: Crowd
    kinds: list[Kind] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.study: Study = self.crowd.study
        self.account = self.crowd.account
        self.meaning = self.study.prover.meaning
        attribute = self.account.attribute
        self.known = None if attribute is None else self.study.program.attributes[attribute]
        self.name = _NAME
        self.wheres = {name: self._plain(each.where) for name, each in self.account.scores.items() if each.where}

    # --- kinds of leads -----------------------------------------------------------------------------------------------

    def meet(self, tracks: Iterable[Track]) -> None:
        """Take the leads at the ends of some histories, and of others that are looked for."""
        seeds = [*tracks]
        wheres = [*self.wheres.values()]
        wishes = [self._wish(where) for where in wheres]
        extra = [Move(None, data) for where in wheres for data in self._asked(where)]
        explorer = Explorer(self.study, [*wishes, Wish("nowhere", lambda track, sight: False)], wheres, extra=extra)
        explorer.seeds = seeds
        explorer.run(min(_SECONDS, max(0.2, self.study.prover.left() * 0.15)))
        found = [*seeds, *explorer.kept, *[_at(*wish.found) for wish in wishes if wish.found is not None]]
        if self.known is not None and self.known.computed:
            self.name = self._usual(found)
        kinds: dict[tuple[tuple[str, int], ...], Kind] = {}
        for track in found:
            kind = self._kind(track)
            if kind is not None:
                key = tuple(sorted(kind.brings.items()))
                if key not in kinds or acts(kind.history) < acts(kinds[key].history):
                    kinds[key] = kind
        self.kinds = [*kinds.values(), *self._gone()]

    def _gone(self) -> Iterator[Kind]:
        """A lead that has left the account: it brings nothing, and the account is looked at."""
        assert self.known is not None
        if not self.known.computed:
            track = Track(self.study.program, self.study.engine)
            with suppress(Refused):
                track.tell({self.known.spelling: written(self.known, self.name)})
                track.now += HOUR
                track.tell({self.known.spelling: None})
                yield Kind(track.history, track.now, {})

    def _plain(self, where: Term) -> Term:
        """A condition with the entries of lists in it, as the engine numbers its lists otherwise."""
        sets = self.study.program.sets
        return rewrite(where, lambda part: ("list", *sets[part[1]]) if part[0] == "set" else part)

    def _wish(self, where: Term) -> Wish:
        engine = self.study.engine
        return Wish("counts", lambda track, sight: bool(track.history) and engine.holds(track.state, where, track.now))

    def _asked(self, where: Term) -> Iterator[dict[str, object]]:
        """The attributes that a condition asks for."""
        answer = self.study.prover.decide([where, *self.study.given([where]), NOW])
        data = needed(self.study, answer.witness, [where]) if isinstance(answer, Sat) else {}
        if data:
            yield data

    def _usual(self, tracks: Iterable[Track]) -> str:
        """The account that most leads come to by themselves."""
        assert self.account.attribute is not None
        names = [track.see().fields.get(self.account.attribute) for track in tracks]
        held = [str(name) for name in names if name is not None]
        return max(held, key=held.count, default=_NAME)

    def _kind(self, track: Track) -> Kind | None:
        """The lead at the end of a history, if it is one of the account."""
        assert self.account.attribute is not None
        assert self.known is not None
        track = track.copy()
        if not self.known.computed:
            try:
                track.tell({self.known.spelling: written(self.known, self.name)})
            except Refused:
                return None
        sight = track.see()
        if sight.fields.get(self.account.attribute) != self.name:
            return None
        brings = {
            name: ONE if score.of is None else sight.scores[score.of]
            for name, score in self.account.scores.items()
            if score.where is None or self.study.engine.holds(track.state, self.wheres[name], track.now)
        }
        return Kind(track.history, track.now, brings)

    # --- scores -------------------------------------------------------------------------------------------------------

    def best(self, name: str, *, lowest: bool = False) -> Kind | None:
        """The kind of lead that brings the most (or the least) to a score; None if none counts for it."""
        sign = -1 if lowest else 1
        known = [each for each in self.kinds if name in each.brings]
        return max(known, key=lambda kind: (sign * kind.brings[name], -acts(kind.history)), default=None)

    def teams(self, members: Iterable[tuple[Kind, int]]) -> Iterator[Team]:
        """So many leads of some kinds, all at the end of their histories; or else as the histories lie in time."""
        given = [*members]
        time = max(kind.time for kind, _ in given)
        yield Team(tuple((count, _moved(kind.history, time - kind.time)) for kind, count in given), time, self.name)
        if any(kind.time != time for kind, _ in given):
            yield Team(tuple((count, kind.history) for kind, count in given), time, self.name)

    def sight(self, team: Team) -> AccountSight | None:
        """What the engine makes of a team; None if it does not take the histories."""
        program = self.study.program
        leads = [
            (count, [(each.time, type_of(program, each.event), each.data) for each in history])
            for count, history in team.leads
        ]
        try:
            return self.study.engine.account(team.name, leads, team.time)
        except Refused:
            return None

    # --- triggers -----------------------------------------------------------------------------------------------------

    def firing(self, trigger: Trigger) -> Team | None:
        """As few leads as are found at which an account trigger fires. Where it asks for a tag, those that make another
        one give it are tried, too."""
        assert trigger.when is not None
        tags = fields_in([trigger.when], "tag")
        beside = [each for each in self.account.triggers if tags & {act[1] for act in each.do if act[0] == "tag"}]
        whens = [trigger.when, *[all_of([trigger.when, each.when]) for each in beside if each.when is not None]]

        def there(sight: AccountSight) -> bool:
            return bool(sight.fired.get(trigger.name))

        found = [team for when in whens if (team := self._found(when, there)) is not None]
        return min(found, key=lambda team: team.count, default=None)

    def meeting(self, condition: Term) -> Team | None:
        """As few leads as are found of whose account a condition holds."""

        def there(sight: AccountSight) -> bool:
            values: dict[tuple[str, ...], object] = {
                ("ascore", name): self.study.points(points) for name, points in sight.scores.items()
            }
            tags = fields_in([condition], "tag")
            return self.meaning.holds(condition, {**values, **{("tag", tag): tag in sight.tags for tag in tags}})

        return self._found(condition, there)

    def _found(self, when: Term, there: Callable[[AccountSight], bool]) -> Team | None:
        """As few leads as are found that meet a condition, if the engine says so too."""
        fitting: list[tuple[tuple[int, int, int], tuple[tuple[Kind, int], ...]]] = []
        for at, members in enumerate(self._tried(when)):
            if at > _TRIED or (at % 500 == 0 and self.study.prover.left() <= 0):
                break
            if self._holds(when, members):
                leads = sum(count for _, count in members)
                events = sum(acts(kind.history) * count for kind, count in members)
                fitting.append(((leads, len(members), events), members))
        for _, members in sorted(fitting, key=lambda each: each[0])[:_CONFIRMED]:
            for team in self.teams(members):
                sight = self.sight(team)
                if sight is not None and there(sight):
                    return team
        return None

    def _tried(self, when: Term) -> Iterator[tuple[tuple[Kind, int], ...]]:
        """Teams that might meet a condition: of one kind, of two, of three."""
        names = fields_in([when], "ascore")
        kinds = self._useful(names)
        for size in (1, 2, 3):
            for chosen in combinations(kinds, size):
                yield from (
                    tuple(zip(chosen, counts, strict=True))
                    for counts in product(*[self._counts(when, kind) for kind in chosen])
                    if sum(counts) <= _LEADS
                )

    def _useful(self, names: set[str]) -> list[Kind]:
        """Kinds that differ in what they bring to some scores: the ends of each, of those that count for the same."""
        found: dict[int, Kind] = {}
        by_counted: dict[frozenset[str], list[Kind]] = {}
        for kind in self.kinds:
            by_counted.setdefault(frozenset(names & kind.brings.keys()), []).append(kind)
        for counted, kinds in by_counted.items():
            for name in sorted(counted) or [""]:
                for sign in (1, -1):
                    best = max(kinds, key=lambda kind: (sign * kind.brings.get(name, 0), -acts(kind.history)))
                    found[id(best)] = best
        ordered = sorted(found.values(), key=lambda kind: acts(kind.history))
        return ordered[:_KINDS]

    def _counts(self, when: Term, kind: Kind) -> list[int]:
        """How many leads of a kind are tried, by the numbers that a condition compares scores with."""
        found = {1, 2, 3}
        for part in parts_of(when):
            match part:
                case (_, ("ascore", name), ("lit", line)) if kind.brings.get(name):
                    how, wanted = self.account.scores[name], int(line * 1000)
                    many = abs(wanted // kind.brings[name])
                    found |= {many - 1, many, many + 1} if how.how in ("sum", "count") else {how.top or 1}
        return sorted(each for each in found if 0 < each <= _LEADS)

    def _holds(self, when: Term, members: Iterable[tuple[Kind, int]]) -> bool:
        """Whether a condition holds of a team, whatever tags the account then has."""
        given = [*members]
        values: dict[tuple[str, ...], object] = {
            ("ascore", name): self.study.points(worth(self.account.scores[name], name, given))
            for name in fields_in([when], "ascore")
        }
        tags = sorted(fields_in([when], "tag"))
        return any(
            self.meaning.holds(when, {**values, **{("tag", tag): held for tag, held in zip(tags, ways, strict=True)}})
            for ways in product((False, True), repeat=min(len(tags), 6))
            if len(tags) <= 6
        )


def worth(score: AccountScore, name: str, members: Iterable[tuple[Kind, int]]) -> int:
    """What a score shows over some leads, in thousandths."""
    values = [(kind.brings[name], count) for kind, count in members if name in kind.brings]
    total, many = sum(value * count for value, count in values), sum(count for _, count in values)
    if not many:
        return 0
    match score.how:
        case "max":
            return max(value for value, _ in values)
        case "average":
            whole, rest = divmod(total, many)
            return whole + (2 * rest > many or (2 * rest == many and whole % 2 == 1))
        case "top":
            found, left = 0, score.top or 1
            for value, count in sorted(values, reverse=True):
                found += value * min(count, left)
                left -= min(count, left)
            return found
    return total


def _moved(history: History, by: int) -> History:
    return tuple(replace(each, time=each.time + by) for each in history) if by else history


def _at(track: Track, time: int) -> Track:
    track = track.copy()
    track.now = time
    return track
