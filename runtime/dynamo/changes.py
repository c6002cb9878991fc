"""What the change of a lead means to its accounts, told from the two images that the table's stream has of it.

The old image has the state, the new one has it too, and the lines that came in between. So every look that the write
took can be taken again, with somebody watching, and ingest pays nothing for it. Where that does not lead from the one
state to the other - an event came late, a release carried the lead over - what is left is one look at how it is now.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from runtime.accounts import Look, Looks
from runtime.dynamo.client import Item, Table
from runtime.dynamo.contention import Gone
from runtime.dynamo.keys import LEAD, lead_key
from runtime.dynamo.leads import Leads
from runtime.dynamo.members import Lens, Member, Seen
from runtime.dynamo.model import Model
from runtime.dynamo.rows import Row, fetch, read, row_of
from runtime.fold import Watcher
from runtime.intake import Event
from runtime.lead import Key, Lead
from runtime.lines import settle
from runtime.plan import Plan
from runtime.state import decode, encode


@dataclass(frozen=True, slots=True)
class Change:
    """A lead item as it was and as it is; None where there is none."""

    pk: str
    old: Item | None
    new: Item | None


@dataclass(slots=True)
class Step:
    """What changes of one lead, from a version to another, mean to one account: the looks at the lead, what it looked
    like before them (None if it did not belong to the account), and its member item if that is to be written."""

    lead: str
    id: str
    first: int
    last: int
    before: Seen | None = None
    looks: list[Look] = field(default_factory=list)
    member: Member | None = None

    def then(self, later: Step) -> None:
        """Go on with a further step of the same lead."""
        self.last = later.last
        self.looks += later.looks
        if later.member is not None:
            self.member = later.member
            self.member.settled = self.first


@dataclass(slots=True)
class _Side:
    """One image of a lead: its version, the accounts that it ever named, the one that it names, what that sees of it
    (None if it can't be told from the image), and when it was looked at last."""

    version: int
    named: list[str] = field(default_factory=list)
    account: str | None = None
    seen: Seen | None = None
    at: int = -1


class Changes:
    """Reads changes under one model, for its `lens`. A model without account triggers needs no looks."""

    def __init__(self, table: Table, model: Model, leads: Leads) -> None:
        self.table = table
        self.model = model
        self.leads = leads
        self.lens = Lens(model.plan)

    def steps(self, changes: Iterable[Change]) -> dict[str, Step]:
        """By account, what successive changes of one lead mean to it."""
        found: dict[str, Step] = {}
        for change in changes:
            for name, step in self._of(change).items():
                if name in found:
                    found[name].then(step)
                else:
                    found[name] = step
        return found

    def look_up(self, id: str) -> tuple[str | None, Seen | None, int]:
        """The account that a lead names, what that sees of it, and when it was looked at last: as it is kept now."""
        row = read(self.table, lead_key(id))
        if row.lead is None:
            return None, None, -1
        side = self._side(row, None) or self._anew(row)
        return side.account, side.seen, side.at

    # --- one change ---------------------------------------------------------------------------------------------------

    def _of(self, change: Change) -> dict[str, Step]:
        if self.model.plan.account is None:
            return {}
        old, new = self._row(change.pk, change.old), self._row(change.pk, change.new)
        was = None if old is None and change.old is not None else self._side(old, change.old)
        if new is None and change.new is not None:  # its parts went with it, so there is a newer one
            new = read(self.table, change.pk)
        if new is None or new.lead is None:
            return self._gone(change, was, new)
        now = self._side(new, change.new) or self._anew(new)
        before = (change.old or {}).get("named", ()) if was is None else was.named
        looks = self._looks(old, new, was) if was is not None and self.lens.triggers else None
        steps = {}
        for name in dict.fromkeys([*before, *now.named]):
            step = Step(
                change.pk.removeprefix(LEAD), new.id, 0 if was is None else was.version, now.version,
                None if was is None or was.account != name else was.seen,
                self._looks_at(name, new, looks, was, now),
                self._member(name, new, was, now),
            )  # fmt: skip
            if step.looks or step.member is not None:
                steps[name] = step
        return steps

    def _row(self, pk: str, item: Item | None) -> Row | None:
        """The lead in an image; None if there is no image, or its parts are gone."""
        try:
            return None if item is None else row_of(item, partial(fetch, self.table, pk))
        except Gone:
            return None

    def _side(self, row: Row | None, item: Item | None) -> _Side | None:
        """What an image tells; None if that is not known under this model."""
        if row is None or row.lead is None:
            return _Side(0 if item is None else item["v"])
        lead = self._standing(row)
        return None if lead is None else self._told(row.version, lead)

    def _anew(self, row: Row) -> _Side:
        """What another table made of a lead, as this model has it."""
        assert row.lead is not None
        lead = self.leads.at(row.id, max(_reach(row.lead), self.model.chain.last.start))
        return _Side(row.version) if lead is None else self._told(row.version, lead)

    def _told(self, version: int, lead: Lead) -> _Side:
        account = self.model.plan.account
        assert account is not None
        at = -1 if lead.looked is None else lead.looked
        seen = None
        if self.lens.triggers:
            settle(self.model.plan, lead)
            seen = self.lens.see(lead, at)
        return _Side(version, list(lead.named), lead.attrs.get(account), seen, at)

    def _standing(self, row: Row) -> Lead | None:
        """The lead of a row under the last table of the model; None if another made it."""
        chain, lead = self.model.chain, _copy(row)
        standing = self.model.standing(lead, row.digest)
        if standing is not None and standing.link < len(chain.links) - 1:
            chain.bring(standing, [], max(_reach(lead), chain.last.start), tell=False)
        return None if standing is None else standing.lead

    def _member(self, name: str, new: Row, was: _Side | None, now: _Side) -> Member | None:
        """The member item of a lead in an account that it names, or named once; None if it stays as it is."""
        lead, settled = new.pk.removeprefix(LEAD), 0 if was is None else was.version
        if name not in now.named:
            return Member(lead, None, now.version, settled)
        here = name == now.account
        as_before = was is not None and name in was.named and here == (name == was.account)
        if was is not None and as_before and (not here or was.seen == now.seen):
            return None
        seen = now.seen if here else None
        mark = self.model.digest if seen is not None else b""
        return Member(lead, new.id, now.version, settled, here, now.at, mark, seen)

    def _gone(self, change: Change, was: _Side | None, new: Row | None) -> dict[str, Step]:
        """A lead that was erased leaves its accounts, and nothing there says who it was."""
        lead, old = change.pk.removeprefix(LEAD), change.old or {}
        named = list(old.get("named", ())) if was is None else was.named
        before = 0 if was is None else was.version
        version = old.get("v", 0) + 1 if new is None else new.version
        at = -1 if new is None or new.gone is None else new.gone
        steps = {}
        for name in named:
            step = Step(lead, old.get("id", ""), before, version, member=Member(lead, None, version, before))
            if self.lens.triggers and (was is None or name == was.account):
                step.before = None if was is None else was.seen
                step.looks = [_look(at, step.id, name, None, None)]
            steps[name] = step
        return steps

    # --- the looks between two images ---------------------------------------------------------------------------------

    def _looks_at(self, name: str, new: Row, looks: list[Look] | None, was: _Side | None, now: _Side) -> list[Look]:
        """The looks of one account: those of the lead, or if they are not known one at how the lead is now, which also
        an account has that it has left, or is only now known to have named."""
        if looks is not None:
            return [look for look in looks if name in (look.before, look.after)]
        if not self.lens.triggers:
            return []
        if was is not None and name in was.named:
            before, after = (side.seen if side.account == name else None for side in (was, now))
            if before == after and not (self.lens.restless and after is not None):
                return []
        return [_look(now.at, new.id, name, now.account, now.seen)]

    def _looks(self, old: Row | None, new: Row, was: _Side) -> list[Look] | None:
        """The looks that can matter to accounts; None if they can't be told."""
        looks = self._replayed(old, new)
        if looks is None or self.lens.restless:
            return looks
        found: list[Look] = []
        last: tuple[Any, Any] = (was.account, was.seen)
        for look in looks:
            this = (look.after, look.lead)
            if look.before != look.after or this != last:
                found.append(look)
                last = this
        return found

    def _replayed(self, old: Row | None, new: Row) -> list[Look] | None:
        """The looks that the write took, taken again; None if that does not come to the same."""
        assert new.lead is not None
        model, watch = self.model, _Watch(self.lens)
        known = () if old is None else old.tail
        events = sorted([model.read(line)[1] for line in new.tail if line not in known])
        if old is None or old.lead is None:
            standing = model.chain.new(new.id)
        else:
            lead = _copy(old)
            found = model.standing(lead, old.digest)
            if found is None or (events and _behind(lead, events[0])):
                return None
            standing = found
        if events:
            model.chain.bring(standing, events, events[-1][0][0], still=True, tell=False, watch=watch.of)
        if new.lead.done > standing.lead.done:
            model.chain.bring(standing, [], new.lead.done, tell=False, watch=watch.of)
        return watch.kept if _same(standing.lead, new.lead) else None


class _Watch(Looks):
    """Watches a fold for the looks that it takes under the last table, as its accounts see them."""

    def __init__(self, lens: Lens) -> None:
        super().__init__(lens.plan)
        self.lens = lens

    def of(self, plan: Plan) -> Watcher:
        return self if plan is self.lens.plan else _Nobody(plan)

    def looked(self, lead: Lead, t: int, key: Key | None, before: str | None) -> None:
        assert self.plan.account is not None
        after = lead.attrs.get(self.plan.account)
        if before is None and after is None:
            return
        look = _look(t, lead.id, before, after, self.lens.see(lead, t))
        if key is not None:
            look.order = (t, 0, key[1], key[2])
        self.kept.append(look)


class _Nobody(Looks):
    """Watches under an earlier table, whose scores the account does not ask for."""

    def looked(self, lead: Lead, t: int, key: Key | None, before: str | None) -> None: ...


def _look(t: int, id: str, before: str | None, after: str | None, seen: Seen | None) -> Look:
    """A look at a lead as its account sees it, after what time does at an instant."""
    shown: Any = seen
    return Look((t, 1, id, ""), t, id, before, after, shown, [] if seen is None else list(seen.scores))


def _copy(row: Row) -> Lead:
    """The lead of a row, apart from it: to be folded on."""
    assert row.lead is not None
    return decode(row.id, encode(row.lead))


def _same(lead: Lead, kept: Lead) -> bool:
    """Whether a lead was folded to what is kept. When it is due may be told more or less closely, and profile points
    are no state."""
    lead = decode(lead.id, encode(lead))
    return all(getattr(lead, name) == getattr(kept, name) for name in Lead.__slots__ if name not in ("due", "p"))


def _reach(lead: Lead) -> int:
    return max(lead.done, -1 if lead.key is None else lead.key[0])


def _behind(lead: Lead, event: Event) -> bool:
    return event[0][0] <= lead.done or (lead.key is not None and event[0] < lead.key)
