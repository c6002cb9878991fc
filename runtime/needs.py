"""What a release needs: read off the old table and the new one, declaration by declaration.

A state is what one table made of a lead's events. Under another table it serves as it is where the two differ only in
what is asked when a lead is read, or when an event comes in: labels, bands, segments, computed scores that no trigger
looks at. It can be carried over by name, and is what folding anew would give, where what is new can't have met any
event that is kept: a rule on a type of event that no table knew before. Anything else was not so when the events
came, and every lead is folded anew. Where it is not certain that nothing is needed, something is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

from runtime.declared import Declared, parts_of
from runtime.table import Score, Table, Term
from runtime.terms import mentioned
from runtime.timing import spread


class Need(IntEnum):
    """What becomes of the states that are kept: they serve; they are carried over by name, which is exact, and new
    points come from now on; every lead is folded anew."""

    NOTHING = 0
    NEW = 1
    ANEW = 2


@dataclass(frozen=True, slots=True)
class Difference:
    """One declaration that is "added", "changed" or "gone", with what it alone needs and why."""

    declared: Declared
    change: str
    need: Need
    why: str

    @property
    def what(self) -> str:
        """``rule `pricing` of score `readiness` ``"""
        kind, *names = self.declared
        match names:
            case [name, key]:
                return f"{kind} `{name}` of score `{key}`"
            case [name]:
                return f"{kind} `{name}`"
        return kind

    @property
    def effect(self) -> str:
        """When it is felt: "read" when a lead is read, "now" in what comes in from now on, "anew" in what is kept."""
        if self.need is Need.ANEW:
            return "anew"
        return "read" if self.why == _WHEN_READ else "now"


def needed(differences: list[Difference]) -> Need:
    return max((each.need for each in differences), default=Need.NOTHING)


def differences(old: Table, new: Table, known: frozenset[str] = frozenset()) -> list[Difference]:
    """How two tables differ in more than labels. `known` are the types of event, as spelled in JSON, that any table
    before took: events of these may be kept."""
    return list(_Comparison(old, new, known).all())


_POSITIONAL = frozenset({"score", "rule", "group", "tally", "trigger"})
"""What has a position in a state: adding one moves the others."""


class _Comparison:
    def __init__(self, old: Table, new: Table, known: frozenset[str]) -> None:
        self.old, self.new = old, new
        before = {event.spelling for event in old.events.values()} | known
        self.fresh = {name for name, event in new.events.items() if event.spelling not in before}
        self.seen = _seen(old) | _seen(new)
        self.added: set[Declared] = set()

    def all(self) -> Iterator[Difference]:
        before, after = dict(parts_of(self.old)), dict(parts_of(self.new))
        self.added = set(after) - set(before)
        for declared in sorted({*before, *after}):
            old, new = before.get(declared), after.get(declared)
            if old is None:
                yield Difference(declared, "added", *self._added(declared))
            elif new is None:
                yield Difference(declared, "gone", *self._gone(declared))
            elif old != new:
                yield Difference(declared, "changed", *self._changed(declared))
        yield from self._orders()

    # --- what is added

    def _added(self, declared: Declared) -> tuple[Need, str]:
        kind, name = declared[0], declared[1] if len(declared) > 1 else ""
        match kind:
            case "segment" | "account score":
                return Need.NOTHING, _WHEN_READ
            case "account trigger":
                return Need.NOTHING, "accounts go on under it"
            case "attribute" if self.new.attributes[name].computed:
                return Need.NOTHING, "no trigger has set it yet"
            case "event" if name in self.fresh:
                return Need.NOTHING, "no such event is kept"
            case "event":
                return Need.ANEW, "an earlier model took such events"
            case "score":
                return self._score_added(self.new.scores[name])
            case "rule":
                return self._rule_added(declared)
            case "group":
                return Need.NEW, "its rules are listed for themselves"
            case "tally" if self.new.tallies[name].match.on in self.fresh:
                return Need.NEW, _FRESH
            case "trigger":
                return self._trigger_added(name)
            case "stage":
                return self._stage_added(name)
        return Need.ANEW, _KEPT

    def _score_added(self, score: Score) -> tuple[Need, str]:
        return Need.NEW, _WHEN_READ if score.value is not None else "its rules are listed for themselves"

    def _rule_added(self, declared: Declared) -> tuple[Need, str]:
        _, name, key = declared
        score = self.new.scores[key]
        for rule in score.on:
            if rule.name == name:
                if rule.match.on not in self.fresh:
                    return Need.ANEW, _KEPT
                return (Need.ANEW, _TIMES) if self._timed(rule.when) else (Need.NEW, _FRESH)
        return self._profile(key, Need.NEW)

    def _profile(self, key: str, need: Need) -> tuple[Need, str]:
        """What a `when` rule that is added, changed or gone needs."""
        if key in self.seen:
            return Need.ANEW, "triggers, steps or resets look at its score"
        for table in (self.old, self.new):
            score = table.scores.get(key)
            for rule in score.when if score is not None else ():
                if any(_timed(branch.when, table) for branch in rule.branches):
                    return Need.ANEW, _TIMES
        return need, _WHEN_READ

    def _timed(self, term: Term | None) -> bool:
        return _timed(term, self.new)

    def _trigger_added(self, name: str) -> tuple[Need, str]:
        trigger = next(each for each in self.new.triggers if each.name == name)
        if trigger.match is None or trigger.match.on not in self.fresh:
            return Need.ANEW, "it may have fired at what is kept"
        return (Need.ANEW, _TIMES) if self._timed(trigger.when) else (Need.NEW, _FRESH)

    def _stage_added(self, name: str) -> tuple[Need, str]:
        first = self.new.stages.path[:1]
        kept = tuple(stage for stage in self.new.stages.path if stage in self.old.stages.path)
        if not self.old.stages.path or first != self.old.stages.path[:1] or kept != self.old.stages.path:
            return Need.ANEW, "the order of stages is another"
        return Need.NOTHING, "nobody is in it yet"

    # --- what is gone or changed

    def _gone(self, declared: Declared) -> tuple[Need, str]:
        match declared:
            case ("segment" | "account score", *_):
                return Need.NOTHING, _WHEN_READ
            case ("account trigger", *_):
                return Need.NOTHING, "accounts go on without it"
            case ("score", key) if self.old.scores[key].value is not None and key not in self.seen:
                return Need.NEW, _WHEN_READ
            case ("score", key) if self._unnoticed(key):
                return Need.NEW, "nothing looks at it"
            case ("rule" | "group", _, key) if key not in self.new.scores and self._unnoticed(key):
                return Need.NEW, "it is gone with its score"
            case ("rule" | "group", name, key) if key in self.new.scores and _is_profile(self.old.scores[key], name):
                return self._profile(key, Need.NEW)
        return Need.ANEW, "what it did to kept events is taken back"

    def _unnoticed(self, key: str) -> bool:
        """Whether nothing of what a score of the old table did could be noticed but in the score itself."""
        score = self.old.scores[key]
        terms = [rule.when for rule in score.on] + [branch.when for rule in score.when for branch in rule.branches]
        timed = any(_timed(term, self.old) for term in terms)
        return not timed and key not in self.seen and score.ageing is None

    def _changed(self, declared: Declared) -> tuple[Need, str]:
        match declared:
            case ("segment" | "account score", *_):
                return Need.NOTHING, _WHEN_READ
            case ("account trigger", *_):
                return Need.NOTHING, "accounts go on under it"
            case ("score", key) if key not in self.seen and None not in (
                self.old.scores[key].value, self.new.scores[key].value,
            ):  # fmt: skip
                return Need.NOTHING, _WHEN_READ
            case ("rule" | "group", name, key) if _is_profile(self.old.scores[key], name) and _is_profile(
                self.new.scores[key], name
            ):
                return self._profile(key, Need.NOTHING)
            case ("model",):
                return Need.ANEW, "publications come from another source"
        return Need.ANEW, _KEPT

    def _orders(self) -> Iterator[Difference]:
        """Triggers, the rules of a score and stages stand in an order that means something."""
        for declared, old, new in self._sequences():
            kept = [name for name in new if name in old]
            if kept != [name for name in old if name in new]:
                yield Difference(declared, "changed", Need.ANEW, "the order means something")
        before, after = (
            [each.name for each in table.account.triggers] if table.account is not None else []
            for table in (self.old, self.new)
        )
        if [name for name in after if name in before] != [name for name in before if name in after]:
            yield Difference(("order of account triggers",), "changed", Need.NOTHING, "accounts go on under it")

    def _sequences(self) -> Iterator[tuple[Declared, list[str], list[str]]]:
        old, new = self.old, self.new
        yield ("order of triggers",), [each.name for each in old.triggers], [each.name for each in new.triggers]
        yield ("order of stages",), list(old.stages.path), list(new.stages.path)
        for key in sorted(old.scores.keys() & new.scores.keys()):
            before, after = ([rule.name for rule in table.scores[key].on] for table in (old, new))
            yield ("order of rules", key), before, after


_KEPT = "it concerns events that are kept"
_FRESH = "no event that is kept can have met it"
_WHEN_READ = "it is asked when a lead is read"
_TIMES = "dates and durations in it cause looks of their own"


def _is_profile(score: Score, name: str) -> bool:
    """Whether a rule or a group is one of profile points."""
    if name in score.groups:
        return score.groups[name].most is not None
    return any(rule.name == name for rule in score.when)


def _timed(term: Term | None, table: Table) -> bool:
    whole = spread(term, table.tests)
    return any(mentioned(whole, op) for op in ("last", "next", "ago", "idle", "quiet", "stagefor"))


def _seen(table: Table) -> set[str]:
    """The scores of which what is shown decides about a state: in triggers, at steps, at resets."""
    found = {key for key, score in table.scores.items() if score.degrade is not None}
    for trigger in table.triggers:
        whole = spread(trigger.when, table.tests)
        found |= {term[1] for term in mentioned(whole, "score")}
        for action in trigger.do:
            if action[0] == "reset":
                found.add(action[1])
            elif action[0] == "set":
                found |= {term[1] for term in mentioned(action[2], "score")}
    ahead = list(found)
    while ahead:
        of = [term[1] for term in mentioned(table.scores[ahead.pop()].value, "score")]
        ahead += set(of) - found
        found |= set(of)
    return found


def moved(differences: list[Difference]) -> bool:
    """Whether a state's parts have other positions under the new table."""
    return any(each.declared[0] in _POSITIONAL and each.change != "changed" for each in differences)
