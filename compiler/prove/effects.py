"""What the firing of a trigger makes of a condition at that very instant: which of its parts it can turn true, and
whether the condition can hold right behind it.

Both are taken too generously and never too narrowly, so that "it can't" is a proof. What the firing does not touch is
as it was, so what the trigger asked for still holds of it; stage, tags and fields are what it made of them; of a score
only the ends between which it then lies are known.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from compiler.prove.answer import Unsat
from compiler.prove.facts import fields_in, within
from compiler.prove.interval import Interval
from compiler.prove.reach import Reach
from compiler.prove.spans import Amount
from compiler.terms import FALSE, FLIPPED, TIMED, TRUE, is_timed, parts, rewrite
from compiler.warnings.judging import compared
from runtime.table import Term, Trigger

Literal = tuple[Term, bool]
"""A condition without `and`, `or` and `not`, and whether it stands under an even number of `not`."""
_RISING = frozenset({">", ">="})
_FALLING = frozenset({"<", "<="})


def literals(term: Term, positive: bool = True) -> Iterator[Literal]:
    """The parts of a condition that are no conditions themselves."""
    if term[0] in ("and", "or"):
        for each in term[1:]:
            yield from literals(each, positive)
    elif term[0] == "not":
        yield from literals(term[1], not positive)
    else:
        yield term, positive


def wanted(trigger: Trigger) -> list[Term]:
    """The conditions that must all hold for a trigger to fire, without those on the event."""
    when = trigger.when
    if when is None:
        return []
    return list(when[1:]) if when[0] == "and" else [when]


@dataclass
class Effects:
    """What triggers do to conditions, under what is known of all leads."""

    reach: Reach

    def __post_init__(self) -> None:
        self.study = self.reach.study
        self.program = self.study.program
        scores = self.study.scores.items()
        self.under = {key: frozenset(self._under(key)) for key, _ in scores}
        self.profiles = {
            key: fields_in(
                [term for rule in score.when for each in rule.branches for term in (each.when, each.value)], "attr"
            )
            for key, score in scores
        }

    def _under(self, key: str) -> Iterator[str]:
        yield key
        value = self.study.scores[key].value
        for name in fields_in([value], "score"):
            yield from self._under(name)

    # --- what a firing touches ----------------------------------------------------------------------------------------

    def pushed(self, trigger: Trigger) -> set[str]:
        """The scores that a firing may change: those it adds to or resets, those whose profile looks at what it sets,
        and those that are computed from them."""
        own = {act[1] for act in trigger.do if act[0] in ("add", "reset")}
        fields = {act[1] for act in trigger.do if act[0] == "set"}
        own |= {key for key, looked in self.profiles.items() if looked & fields}
        return {key for key, under in self.under.items() if under & own}

    def touches(self, trigger: Trigger, term: Term) -> bool:
        """Whether a firing may change what a condition looks at."""
        kinds = {act[0] for act in trigger.do}
        fields = {act[1] for act in trigger.do if act[0] == "set"}
        tags = {act[1] for act in trigger.do if act[0] in ("tag", "untag")}
        pushed = self.pushed(trigger)
        for part in parts(term):
            match part[0]:
                case "stage" | "stagefor" if "move" in kinds:
                    return True
                case "tag" if part[1] in tags:
                    return True
                case "attr" if part[1] in fields:
                    return True
                case "score" | "quiet" if part[1] in pushed:
                    return True
        return False

    def turns(self, trigger: Trigger, when: Term) -> bool:
        """Whether a firing can turn any part of a condition true at once, as far as its text goes."""
        return bool(self._turning(trigger, when))

    def _turning(self, trigger: Trigger, when: Term) -> list[Term]:
        """The parts of a condition that a firing can turn true, each as it then is."""
        found = dict.fromkeys(literals(when))
        hit = [each for each in found if any(self._turned(act, *each) for act in trigger.do)]
        return [atom if positive else ("not", atom) for atom, positive in hit]

    def _turned(self, act: Term, atom: Term, positive: bool) -> bool:
        match act[0], atom[0]:
            case "move", "stage":
                return compared(self.program.stages, act[1], atom[1], atom[2]) == positive
            case "move", "stagefor":
                return not positive
            case "tag" | "untag", "tag":
                return bool(atom[1] == act[1]) and positive == (act[0] == "tag")
            case "add", "quiet":
                return bool(atom[1] == act[1] and act[2] > 0) and not positive
            case "set", _ if any(part == ("attr", act[1]) for part in parts(atom)):
                return True
        if act[0] not in ("add", "reset", "set"):
            return False
        changed = {act[1]} if act[0] != "set" else {key for key, looked in self.profiles.items() if act[1] in looked}
        seen = [key for key in fields_in([atom], "score") if self.under[key] & changed]
        return bool(seen) and (act[0] != "add" or moved_by(atom, positive, act[2]))

    # --- what stands behind a firing ----------------------------------------------------------------------------------

    def sets_off(self, first: Trigger, when: Term) -> bool:
        """Whether a firing can turn a condition true: one of its parts is false before and true behind it, and there
        the whole condition holds."""
        kept = [each for each in wanted(first) if not self.touches(first, each)]
        behind, asked = self.behind(first), self.rewritten(first, when)
        for part in self._turning(first, when):
            known = [*kept, asked, self.rewritten(first, part)]
            if self._possible_before(first, ("not", part)) and self.possible_behind(first, known, behind):
                return True
        return False

    def _possible_before(self, first: Trigger, term: Term) -> bool:
        """Whether a condition can hold where a trigger fires."""
        terms = [*wanted(first), term]
        ways = {tuple(state.facts(self.program, terms)) for state in self.reach.fires[first.name]}
        return any(self.possible([*terms, *facts], {}) for facts in sorted(ways, key=repr))

    def possible_behind(self, first: Trigger, terms: list[Term], known: Mapping[str, Interval]) -> bool:
        """Whether conditions can hold together in one of the states that a trigger leaves."""
        behind = {state.after(first) for state in self.reach.fires[first.name]}
        ways = {tuple(state.facts(self.program, terms)) for state in behind}
        return any(self.possible([*terms, *facts], known) for facts in sorted(ways, key=repr))

    def rewritten(self, first: Trigger, when: Term, *, at_once: bool = True) -> Term:
        """A condition in which what is known of stage, tags and fields behind a firing is filled in; of durations only
        `at_once`, before time goes by."""
        return rewrite(when, lambda part: part if not at_once and part[0] in TIMED else self._behind(first, part))

    def clocked(self, trigger: Trigger, key: str) -> bool:
        """Whether what a trigger sets lets the profile of a score change as time goes by."""
        fields = {act[1] for act in trigger.do if act[0] == "set"}
        return any(
            is_timed(branch.when) and fields & fields_in([branch.when], "attr")
            for under in self.under[key]
            for rule in self.study.scores[under].when
            for branch in rule.branches
        )

    def possible(self, terms: list[Term], known: Mapping[str, Interval]) -> bool:
        """Whether conditions can hold together where scores lie between the ends that are known of them; a question
        that is not decided counts as yes."""
        facts = self.reach.given(terms, looked=True)
        for key in sorted(fields_in(terms, "score") & known.keys()):
            low, high = (None if end is None else self.study.points(end) for end in (known[key].low, known[key].high))
            facts.append(within(("score", key), low, high))
        return not isinstance(self.study.prover.decide([*terms, *facts]), Unsat)

    def _behind(self, first: Trigger, part: Term) -> Term:
        """A part of a condition as it is known to be behind a firing: itself if nothing is known."""
        match part[0]:
            case "stage" | "stagefor":
                moves = [act[1] for act in first.do if act[0] == "move"]
                if moves and part[0] == "stage":
                    return TRUE if compared(self.program.stages, moves[-1], part[1], part[2]) else FALSE
                return FALSE if moves and part[1] != moves[-1] else part
            case "tag":
                given = [act[0] for act in first.do if act[0] in ("tag", "untag") and act[1] == part[1]]
                return part if not given else TRUE if given[-1] == "tag" else FALSE
            case "ago" | "next" | "last" | "missing" | "present" if part[1][0] == "attr":
                values = [act[2] for act in first.do if act[:2] == ("set", part[1][1])]
                if values and values[-1] == ("time",):
                    return TRUE if part[0] in ("last", "present") else FALSE
                return part
            case "=" | "!=" if part[1][0] == "attr" and part[2][0] == "lit":
                values = [act[2] for act in first.do if act[:2] == ("set", part[1][1])]
                if values and values[-1][0] == "lit":
                    return TRUE if (values[-1][1] == part[2][1]) == (part[0] == "=") else FALSE
                return part
        return part

    def behind(self, first: Trigger) -> dict[str, Interval]:
        """Between what ends the scores that a trigger adds to or resets lie behind a firing."""
        found: dict[str, Interval] = {}
        fields = {act[1] for act in first.do if act[0] == "set"}
        for act in first.do:
            if act[0] in ("add", "reset") and not self.profiles[act[1]] & fields:
                before = found.get(act[1]) or self.before(first, act[1])
                found[act[1]] = self._moved(act[1], act, before)
        return found

    def before(self, trigger: Trigger, key: str) -> Interval:
        """Between what ends a score lies when a trigger fires."""
        low, high = self.reach.looked[key].low, self.reach.looked[key].high
        for each in wanted(trigger):
            match each:
                case (op, ("score", name), ("lit", line)) if name == key and op in FLIPPED:
                    end = int(line * 1000)
                    if op in (">", ">=", "="):
                        low = end if low is None else max(low, end)
                    if op in ("<", "<=", "="):
                        high = end if high is None else min(high, end)
        return Interval(low, high)

    def _moved(self, key: str, act: Term, before: Interval) -> Interval:
        score = self.study.scores[key]
        if act[0] == "add":
            exact = not score.when and score.ageing is None
            low = _plus(before.low, act[2]) if exact or act[2] < 0 else before.low
            high = _plus(before.high, act[2]) if exact or act[2] > 0 else before.high
        else:
            low, high = self.reset(key, act[2])
        if score.low is not None:
            low = score.low if low is None else max(low, score.low)
            high = None if high is None else max(high, score.low)
        if score.high is not None:
            high = score.high if high is None else min(high, score.high)
            low = None if low is None else min(low, score.high)
        return Interval(low, high)

    def reset(self, key: str, to: int) -> tuple[Amount, Amount]:
        """What a score shows at least and at most right behind a reset, before its range: what it is reset to, or the
        profile points if they are more."""
        score = self.study.scores[key]
        if not score.when:
            return to, to
        most, least = self.study.profile(key).bound, self.study.profile(key, lowest=True).bound
        cut = score.high is not None and (least is None or to - least > score.high)
        return None if cut else to, None if most is None else max(most, to)


def moved_by(atom: Term, positive: bool, points: int) -> bool:
    """Whether a comparison of a score can turn true as the score rises (`points` above 0) or falls."""
    match atom:
        case (op, ("score", _), ("lit", _)) if op in FLIPPED:
            sign = op
        case (op, ("lit", _), ("score", _)) if op in FLIPPED:
            sign = FLIPPED[op]
        case _:
            return True
    if sign not in _RISING | _FALLING:
        return True
    return (sign in _RISING) == positive if points > 0 else (sign in _FALLING) == positive


def _plus(end: Amount, points: int) -> Amount:
    return None if end is None else end + points
