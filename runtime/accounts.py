"""Accounts: scores over the leads that name an account, and triggers on them.

The scores of an account at an instant are taken from its leads as they are then. Its triggers are taken at a look at
the account, and an account is looked at after each look at one of its leads, also one that has just left it. So the
leads tell what they looked like at each look (`Looks`), and the looks of all leads of an account, put in order - at one
instant those at events first, by (source, id), then those after what time does, by lead - are the account's own
history.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from runtime import table
from runtime.lead import Key, Lead
from runtime.lines import quote, scores_of, write_fired, write_tags
from runtime.lines import settle as settle_profile
from runtime.parts import TriggerPlan
from runtime.plan import Plan
from runtime.publish import Firing
from runtime.times import write_instant
from runtime.values import write_points


@dataclass(slots=True, eq=False)
class Look:
    """One look at a lead: `order` is its place among all looks; `lead` what it looked like, with its scores."""

    order: tuple[Any, ...]
    at: int
    id: str
    before: str | None
    after: str | None
    lead: Lead
    scores: list[int]


class Looks:
    """A watcher of the fold that keeps what a lead looked like at each look: its scores, and a picture of it where a
    `where` of the account asks for more."""

    def __init__(self, plan: Plan) -> None:
        account = plan.table.account or table.Account()
        self.plan = plan
        self.kept: list[Look] = []
        self._pictured = any(score.where is not None for score in account.scores.values())

    def looked(self, lead: Lead, t: int, key: Key | None, before: str | None) -> None:
        assert self.plan.account is not None
        after = lead.attrs.get(self.plan.account)
        if before is None and after is None:
            return
        order = (t, 0, key[1], key[2]) if key is not None else (t, 1, lead.id, "")
        seen = picture(lead) if self._pictured else _UNSEEN
        self.kept.append(Look(order, t, lead.id, before, after, seen, scores_of(self.plan, lead, t)))

    def event(self, *_: Any) -> None: ...
    def fired(self, *_: Any) -> None: ...
    def settled(self, *_: Any) -> None: ...
    def step(self, *_: Any) -> None: ...
    def aged(self, *_: Any) -> None: ...
    def fell(self, *_: Any) -> None: ...
    def triggered(self, *_: Any) -> None: ...
    def did(self, *_: Any) -> None: ...


_UNSEEN = Lead("", 0, 0)


def picture(lead: Lead) -> Lead:
    """A copy of what conditions can see of a lead."""
    copy = Lead(lead.id, 0, 0)
    copy.first, copy.active, copy.first_active, copy.stage = lead.first, lead.active, lead.first_active, lead.stage
    copy.attrs, copy.entered, copy.tags = dict(lead.attrs), dict(lead.entered), set(lead.tags)
    copy.a, copy.p, copy.raised, copy.tallies = list(lead.a), list(lead.p), list(lead.raised), list(lead.tallies)
    return copy


@dataclass(slots=True, eq=False)
class AccountState:
    """What conditions of account triggers see, and what was done: scores in thousandths by name."""

    name: str
    scores: dict[str, int]
    tags: set[str]
    fired: list[tuple[int, int]]
    caps: dict[int, Any]
    held: int = 0
    looked: int | None = None
    order: tuple[Any, ...] | None = None
    """The place of the latest look among all looks."""
    reach: int | None = None
    """The time of the latest look that any run ever took."""


Members = dict[str, tuple[Lead, list[int]]]
"""The leads of an account by id, each with its scores as shown, as of their latest looks."""
AccountEmission = tuple[int, str, int, int, dict[str, int]]
"""(trigger, name, time, ordinal, all scores)"""


class AccountPlan:
    """The account block of a model made ready."""

    def __init__(self, plan: Plan) -> None:
        account = plan.table.account or table.Account()
        self.plan = plan
        self.given = account.scores
        self.names = sorted(account.scores)
        self.where = {
            name: None if score.where is None else plan.terms.test(score.where)
            for name, score in account.scores.items()
        }
        self.of = {
            name: None if score.of is None else plan.keys.index(score.of) for name, score in account.scores.items()
        }
        self.triggers = [self._trigger(at, trigger) for at, trigger in enumerate(account.triggers)]

    def _trigger(self, at: int, trigger: table.Trigger) -> TriggerPlan:
        assert trigger.when is not None
        limits = self.plan.limits(trigger.limits, lambda name: False)
        return TriggerPlan(
            at, trigger.name, None, None, self.plan.terms.test(trigger.when), limits, trigger.do, 1 << at
        )

    def scores(self, members: Iterable[tuple[Lead, list[int]]], t: int) -> dict[str, int]:
        """The account's scores over its leads, each given with its scores as shown."""
        held = list(members)
        found = {}
        for name in self.names:
            where, of, score = self.where[name], self.of[name], self.given[name]
            counted = held if where is None else [each for each in held if where(each[0], {}, t)]
            if of is None:
                found[name] = len(counted) * 1000
            else:
                found[name] = _over(score, [scores[of] for _, scores in counted])
        return found

    # --- the history of one account ---------------------------------------------------------------------------------

    def go_on(self, state: AccountState, members: Members, looks: list[Look]) -> list[AccountEmission]:
        """Take further looks at the leads of an account, in their order; `members` are its leads as they were at their
        latest looks. Both `state` and `members` are brought up to date."""
        out: list[AccountEmission] = []
        for look in sorted(looks, key=lambda look: look.order):
            if look.after == state.name:
                members[look.id] = (look.lead, look.scores)
            else:
                members.pop(look.id, None)
            state.order = look.order
            self._look(state, list(members.values()), look.at, out)
        return out

    def _look(self, state: AccountState, members: list[Any], t: int, out: list[AccountEmission]) -> None:
        state.looked = t
        state.scores = self.scores(members, t)
        true, acted = 0, False
        seen: Any = state
        for trigger in self.triggers:
            assert trigger.when is not None
            if trigger.when(seen, {}, t):
                true |= trigger.bit
                if not state.held & trigger.bit and trigger.limits.allow(seen, t, {}):
                    self._fire(state, trigger, t, out)
                    acted = True
        if acted:
            for trigger in self.triggers:
                assert trigger.when is not None
                if trigger.bit & true and not trigger.when(seen, {}, t):
                    true ^= trigger.bit
        state.held = true

    def _fire(self, state: AccountState, trigger: TriggerPlan, t: int, out: list[AccountEmission]) -> None:
        seen: Any = state
        trigger.limits.count(seen, t, {}, 0)
        ordinal = sum(each == (trigger.at, t) for each in state.fired)
        state.fired.append((trigger.at, t))
        emitted = set()
        for action in trigger.do:
            match action:
                case ("tag", text):
                    state.tags.add(text)
                case ("untag", text):
                    state.tags.discard(text)
                case ("emit", name) if name not in emitted:
                    emitted.add(name)
                    out.append((trigger.at, name, t, ordinal, dict(state.scores)))

    def emitted(self, out: Iterable[AccountEmission]) -> list[tuple[Firing, str]]:
        """Emissions as the ledger of publications wants them."""
        found: list[tuple[Firing, str]] = []
        for at, kind, t, ordinal, scores in out:
            trigger = self.triggers[at].name
            shown = ",".join(f"{quote(key)}:{write_points(points)}" for key, points in scores.items())
            found.append(((trigger, kind, t, ordinal), f'"trigger":{quote(trigger)},"scores":{{{shown}}},"stage":null'))
        return found


def _over(score: table.AccountScore, values: list[int]) -> int:
    if not values:
        return 0
    match score.how:
        case "sum":
            return sum(values)
        case "max":
            return max(values)
        case "top":
            return sum(sorted(values, reverse=True)[: score.top])
        case "average":
            return _half_even(sum(values), len(values))
    raise ValueError(f"there is no account score {score.how!r}")


def _half_even(total: int, count: int) -> int:
    """total / count, rounded half-even to a whole number."""
    whole, rest = divmod(total, count)
    twice = 2 * rest
    return whole + (twice > count or (twice == count and whole % 2 == 1))


def members_at(plan: Plan, leads: Iterable[Lead], at: int) -> dict[str, list[tuple[Lead, list[int]]]]:
    """By account, the leads that name it, with their scores as shown at `at`; every account that was ever named."""
    assert plan.account is not None
    found: dict[str, list[tuple[Lead, list[int]]]] = {}
    for lead in leads:
        settle_profile(plan, lead)
        for name in lead.named:
            found.setdefault(name, [])
        now = lead.attrs.get(plan.account)
        if now is not None:
            found[now].append((lead, scores_of(plan, lead, at)))
    return found


def write_account(
    accounts: AccountPlan, name: str, members: list[tuple[Lead, list[int]]], state: AccountState | None, at: int
) -> str:
    """The line of ``leadscore accounts --json``."""
    scores = accounts.scores(members, at)
    shown = ",".join(f"{quote(key)}:{write_points(points)}" for key, points in scores.items())
    tags = write_tags(state.tags) if state is not None else "[]"
    fired = write_fired([trigger.name for trigger in accounts.triggers], state.fired if state is not None else [])
    return (
        f'{{"account":{quote(name)},"at":"{write_instant(at)}","leads":{len(members)},"scores":{{{shown}}},'
        f'"tags":{tags},"fired":{fired}}}'
    )
