"""Accounts in DynamoDB: kept from the changes of their leads, by as many functions at once as the stream has shards.

An account is one partition: a member item for each lead that ever named it, with what the account can see of the lead,
and a state item for what its triggers did. A change writes the member first, then reads the whole partition and looks.
Of two changes at the same time the later write is read by whoever looks last, so no combination that stays is missed.
The state is written only when something happened, on condition of its version, and tells which changes brought it
about: one that comes again is known by that, or by the member that has settled since.

What a look sees of other leads is how they were at their latest look that has come through the stream. Leads of one
shard come in their order, those of different shards do not wait for each other; a look that comes after a later one
counts as if taken at the same time as that. Nothing is taken back.
"""

from __future__ import annotations

import contextlib
import copy
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, cast

from runtime import times
from runtime.accounts import AccountEmission, AccountPlan, AccountState, Look, Members, members_at, write_account
from runtime.dynamo.account_rows import Kept, kept_of, read_kept, state_of, state_then, write_kept
from runtime.dynamo.changes import Change, Changes, Step
from runtime.dynamo.client import Below, Conflict, Item, Table
from runtime.dynamo.contention import Busy, Gone, again
from runtime.dynamo.keys import MEMBER, STATE, account_key, lead_key
from runtime.dynamo.leads import Leads
from runtime.dynamo.members import Member, Seen, read_member, write_member
from runtime.dynamo.model import Model
from runtime.dynamo.rows import fetch, publishing, row_of
from runtime.lead import Lead
from runtime.plan import Plan
from runtime.publish import Entry, publications
from runtime.times import DAY, SECOND

_ROUNDS = 20
_PLACE = 60 * DAY
"""How long the place of an erased member is held: longer than anything in the stream can come again."""


@dataclass(slots=True)
class _Account:
    """One account as it was read: its state, its members by lead, and how the state is kept."""

    name: str
    version: int
    kept: Kept
    members: dict[str, Member] = field(default_factory=dict)


class Accounts:
    """The accounts of a table under one model. `now` is the clock (microseconds)."""

    def __init__(
        self,
        table: Table,
        model: Model,
        leads: Leads,
        *,
        now: Callable[[], int] = times.now,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self.table = table
        self.model = model
        self.leads = leads
        self.now = now
        self.pause = pause
        self.changes = Changes(table, model, leads)
        self.plan = self.changes.lens.accounts()
        self._plans: dict[Plan, AccountPlan] = {}

    # --- changes in ---------------------------------------------------------------------------------------------------

    def take(self, changes: Sequence[Change]) -> dict[int, Exception]:
        """Keep the accounts of leads that changed; of one lead the changes come in their order. Gives the changes, by
        their places, that must come again, and why: those of the leads that an account in trouble has."""
        places: dict[str, list[int]] = {}
        for at, change in enumerate(changes):
            places.setdefault(change.pk, []).append(at)
        failed: dict[int, Exception] = {}
        waiting: dict[str, list[tuple[str, Step]]] = {}
        for pk, held in places.items():
            try:
                for name, step in self.changes.steps([changes[at] for at in held]).items():
                    waiting.setdefault(name, []).append((pk, step))
            except Exception as error:  # noqa: BLE001  # the trouble of one lead is no trouble of others
                failed |= dict.fromkeys(held, error)
        for name, steps in waiting.items():
            try:
                self._take(name, [step for _, step in steps])
            except Exception as error:  # noqa: BLE001  # as above
                failed |= dict.fromkeys([at for pk, _ in steps for at in places[pk]], error)
        return failed

    def _take(self, name: str, steps: list[Step]) -> None:
        for step in steps:
            if step.member is not None:
                self._write_member(name, step.member)
        looking = [step for step in steps if step.looks]
        if looking:
            self._look(name, looking)

    def _write_member(self, name: str, member: Member) -> None:
        """Write what the account sees of a lead now, unless something newer is there."""
        expires = None if member.id is not None else (self.now() + _PLACE) // SECOND
        with contextlib.suppress(Conflict):
            self.table.put(write_member(name, member, expires), {"v": Below(member.version)})

    # --- looks --------------------------------------------------------------------------------------------------------

    def _look(self, name: str, steps: list[Step]) -> None:
        """Look until nothing has come in between: what others wrote while this looked is looked at too."""
        seen: dict[str, int] | None = None
        for _ in range(_ROUNDS):
            seen = again(partial(self._round, name, steps, seen), self.pause, "account")
            if seen is None:
                return
        raise Busy(f"the account changed {_ROUNDS} times while it was looked at")

    def _round(self, name: str, steps: list[Step], seen: dict[str, int] | None) -> dict[str, int] | None:
        """Look at an account once; the versions of its members that were seen, None if nothing is left to look at.
        Raises Conflict if others have written it."""
        account = self._read(name)
        versions = {lead: member.version for lead, member in account.members.items()}
        pending = [step for step in steps if not self._behind(account, step)]
        if not pending and versions == seen:
            return None
        return versions if self._look_once(account, pending, steps) else None

    @staticmethod
    def _behind(account: _Account, step: Step) -> bool:
        """Whether the account has been through these changes of a lead."""
        member = account.members.get(step.lead)
        return account.kept.applied.get(step.lead, 0) >= step.last or (
            member is not None and member.settled >= step.last
        )

    def _look_once(self, account: _Account, pending: list[Step], steps: list[Step]) -> bool:
        """Take the looks of changes, or one at how all is now; whether that wrote anything. Raises Conflict."""
        state = state_of(self.plan, account.name, account.kept)
        before = copy.deepcopy((state.tags, len(state.fired), state.caps, state.held))
        looked = self._latest(account, {step.lead for step in pending})
        now = _members(account)
        members = dict(now)
        for step in pending:
            if step.before is None:
                members.pop(step.id, None)
            else:
                members[step.id] = _member(step.before)
        looks = _in_time([look for step in pending for look in step.looks], looked)
        out = self.plan.go_on(state, members, looks)
        if members != now or not pending:
            at = max(looked, -1 if state.looked is None else state.looked)
            out += self.plan.go_on(state, now, [Look((at, 2, "", ""), at, "", None, None, cast(Any, None), [])])
        if (state.tags, len(state.fired), state.caps, state.held) == before:
            return False
        self._write(account, state, out, looked, {step.lead: step.last for step in steps})
        return True

    @staticmethod
    def _latest(account: _Account, leads: set[str]) -> int:
        """The latest look at the account that is known of, those at some leads aside."""
        others = [member.at for lead, member in account.members.items() if lead not in leads]
        return max([account.kept.looked, *others])

    # --- reading and writing ------------------------------------------------------------------------------------------

    def _read(self, name: str) -> _Account:
        account = _Account(name, 0, Kept())
        for item in self.table.query(account_key(name)):
            if item["sk"] == STATE:
                account.version, account.kept = item["v"], read_kept(item)
            elif item["sk"].startswith(MEMBER):
                member = read_member(item)
                account.members[member.lead] = self._refreshed(name, member)
        return account

    def _refreshed(self, name: str, member: Member) -> Member:
        """A member as this model sees it: one that another model saw is looked up, and written."""
        if not member.here or member.mark == self.model.digest or member.id is None:
            return member
        account, seen, at = self.changes.look_up(member.id)
        here = account == name
        fresh = replace(member, here=here, at=at, mark=self.model.digest if here else b"", seen=seen if here else None)
        with contextlib.suppress(Conflict):
            self.table.put(write_member(name, fresh), {"v": member.version})
        return fresh

    def _write(
        self, account: _Account, state: AccountState, out: list[AccountEmission], looked: int, applied: dict[str, int]
    ) -> None:
        """Write the state as its next version, with what it publishes. Raises Conflict."""
        settled = {lead: member.settled for lead, member in account.members.items()}
        unsettled = {lead: version for lead, version in account.kept.applied.items() if version > settled.get(lead, 0)}
        due = [
            (("account", account.name), firing, Entry(True, False, 0, firing[2] <= looked, data))
            for firing, data in self.plan.emitted(out)
        ]
        pk = account_key(account.name)
        told, parts = publishing(pk, list(publications(self.model.name, due)), self.now())
        body = write_kept(kept_of(self.plan, state, account.kept, unsettled | applied, looked))
        for part in parts:
            self.table.put(part)
        item: Item = {"pk": pk, "sk": STATE, "v": account.version + 1, "name": account.name, "body": body, **told}
        self.table.put(item, {"v": account.version} if account.version else {"pk": None})

    # --- looking ------------------------------------------------------------------------------------------------------

    def standing(self, name: str, t: int) -> str | None:
        """The line of ``leadscore accounts --json`` for one account at an instant, from its leads as they are then;
        None if no lead has named it up to then. Raises LookupError for an instant before the oldest that is kept."""
        plan = self.model.plan_at(t)
        if plan.account is None:
            return None
        kept, ids = Kept(), []
        for item in self.table.query(account_key(name)):
            if item["sk"] == STATE:
                kept = read_kept(item)
            elif item["sk"].startswith(MEMBER) and "id" in item:
                ids.append(item["id"])
        among = members_at(plan, self._leads_at(sorted(ids), t), t)
        if name not in among:
            return None
        if plan not in self._plans:
            self._plans[plan] = AccountPlan(plan)
        accounts = self._plans[plan]
        return write_account(accounts, name, among[name], state_then(accounts, name, kept, t), t)

    def _leads_at(self, ids: Sequence[str], t: int) -> Iterator[Lead]:
        """The leads as they stand at an instant, in the order of their ids."""
        items = {item["id"]: item for item in self.table.get_all([(lead_key(id), STATE) for id in ids]) if "id" in item}
        for id in ids:
            item = items.get(id)
            if item is not None:
                try:
                    lead = self.leads.stands(row_of(item, partial(fetch, self.table, item["pk"])), t)
                except Gone:
                    lead = self.leads.at(id, t)
                if lead is not None:
                    yield lead


def _member(seen: Seen) -> tuple[Lead, list[int]]:
    shown: Any = seen
    return shown, list(seen.scores)


def _members(account: _Account) -> Members:
    """The leads that belong to the account, as its triggers look at them."""
    found = account.members.values()
    return {each.id: _member(each.seen) for each in found if each.here and each.id and each.seen is not None}


def _in_time(looks: Iterable[Look], after: int) -> list[Look]:
    """Looks in their order, none before the latest that the account has had."""
    found = []
    for look in sorted(looks, key=lambda look: look.order):
        after = max(after, look.at)
        found.append(replace(look, at=after))
    return found
