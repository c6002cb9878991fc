"""What an account sees of a lead, small enough to be kept once more in an item of its own.

The scores of an account ask for few scores of its leads, and whether a condition holds. With the lead as it was at its
latest look, the answer to a condition changes with time alone, and only at instants that follow from the lead: when it
has been idle long enough, when a date is reached. So the answer now and those instants say all that there will ever be
to know, without the lead.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from runtime import table
from runtime.accounts import AccountPlan
from runtime.dynamo.client import Item
from runtime.dynamo.keys import MEMBER, account_key, short
from runtime.lead import Lead
from runtime.lines import scores_of
from runtime.plan import Plan
from runtime.table import Term
from runtime.terms import Test, mentioned
from runtime.timing import spread

_TIMELY = ("idle", "quiet", "stagefor", "last", "next", "ago")
_ALWAYS = -1


@dataclass(frozen=True, slots=True)
class Seen:
    """A lead as its account sees it: the scores that are asked for (thousandths), and for each condition the instants
    at which its answer turns, from false to true first; one that holds from the look on begins with -1."""

    scores: tuple[int, ...]
    turns: tuple[tuple[int, ...], ...]

    def holds(self, condition: int, t: int) -> bool:
        return bisect_right(self.turns[condition], t) % 2 == 1


class Lens:
    """What the account block of a plan asks of leads."""

    def __init__(self, plan: Plan) -> None:
        account = plan.table.account or table.Account()
        tests = plan.table.tests
        self.plan = plan
        self._of = sorted({plan.keys.index(score.of) for score in account.scores.values() if score.of is not None})
        where = [(name, score.where) for name, score in sorted(account.scores.items()) if score.where is not None]
        self._conditions = [name for name, _ in where]
        self._where: list[tuple[Test, list[Term]]] = [
            (plan.terms.test(term), [atom for op in _TIMELY for atom in mentioned(spread(term, tests), op)])
            for _, term in where
        ]
        self.triggers = bool(account.triggers)
        asked = [trigger.when for trigger in account.triggers if trigger.when is not None]
        self.restless = any(atoms for _, atoms in self._where) or any(
            mentioned(spread(term, tests), "tag") for term in asked
        )
        """Whether a look at a lead that looks as before can matter to an account."""

    def see(self, lead: Lead, t: int) -> Seen:
        """The lead as of its look at `t`."""
        scores = scores_of(self.plan, lead, t)
        return Seen(tuple([scores[at] for at in self._of]), tuple([self._turns(each, lead, t) for each in self._where]))

    def _turns(self, where: tuple[Test, list[Term]], lead: Lead, t: int) -> tuple[int, ...]:
        test, atoms = where
        holds = test(lead, {}, t)
        turns = [_ALWAYS] if holds else []
        for instant in sorted({instant for atom in atoms for instant in self._edges(atom, lead) if instant > t}):
            if test(lead, {}, instant) is not holds:
                holds = not holds
                turns.append(instant)
        return tuple(turns)

    def _edges(self, atom: Term, lead: Lead) -> Iterator[int]:
        """The instants at which a condition on time turns, while nothing else changes."""
        op, *about, wait = atom
        since: int | None
        match op:
            case "idle":
                since = lead.active
            case "quiet":
                raised = lead.raised[self.plan.keys.index(about[0])]
                since = lead.first if raised is None else raised
            case "stagefor":
                since = lead.entered.get(about[0])
            case _:
                since = self.plan.terms.value(about[0])(lead, {}, 0)
        if since is not None:
            yield from {"ago": (since + wait,), "last": (since, since + wait), "next": (since - wait, since)}.get(
                op, (since + wait,)
            )

    def accounts(self) -> AccountPlan:
        """The account block, made ready for leads as they are seen."""
        plan = AccountPlan(self.plan)
        for at, name in enumerate(self._conditions):
            plan.where[name] = partial(_holds, at)
        plan.of = {name: None if of is None else self._of.index(of) for name, of in plan.of.items()}
        return plan


def _holds(condition: int, seen: Any, data: Any, t: int) -> bool:
    found: bool = seen.holds(condition, t)
    return found


@dataclass(slots=True)
class Member:
    """A lead of an account as of version `version` of it; versions up to `settled` are behind the account. `here` says
    that it names the account now, and did not only once; `seen` is what it looked like at `at`, under the model with
    the mark `mark`. One that was erased has no `id`."""

    lead: str
    id: str | None
    version: int
    settled: int
    here: bool = False
    at: int = -1
    mark: bytes = b""
    seen: Seen | None = None


def member_key(id: str) -> str:
    return MEMBER + short(id)


def write_member(name: str, member: Member, expires: int | None = None) -> Item:
    """The item; `expires` is in seconds since 1970, for one that only holds a place."""
    seen = None if member.seen is None else json.dumps([member.seen.scores, member.seen.turns], separators=(",", ":"))
    return {
        "pk": account_key(name), "sk": MEMBER + member.lead, "id": member.id, "v": member.version,
        "from": member.settled, "here": member.here or None, "at": None if member.at < 0 else member.at,
        "mark": member.mark or None, "seen": seen, "ttl": expires,
    }  # fmt: skip


def read_member(item: Item) -> Member:
    seen = None
    if "seen" in item:
        scores, turns = json.loads(item["seen"])
        seen = Seen(tuple(scores), tuple([tuple(each) for each in turns]))
    return Member(
        item["sk"].removeprefix(MEMBER), item.get("id"), item["v"], item["from"], item.get("here", False),
        item.get("at", -1), item.get("mark", b""), seen,
    )  # fmt: skip
