"""The accounts of one run: what the looks at leads mean for account triggers.

An account's history is the looks of all its leads in one order. A run adds looks. Where all that it adds to an account
come after those that the account has seen, the account goes on from its state; where a lead was folded anew, or a look
lies before, the account is taken anew from the looks of every lead that ever named it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from runtime.accounts import AccountEmission, AccountPlan, AccountState, Look, Looks, Members, picture
from runtime.lead import Lead
from runtime.lines import scores_of, settle
from runtime.plan import Plan
from runtime.publish import Firing


class AccountRun:
    """Collects the looks of one run, account by account, and then brings every touched account up to date."""

    def __init__(self, plan: Plan, states: dict[str, AccountState]) -> None:
        self.plan = plan
        self.accounts = AccountPlan(plan)
        self.states = states
        self.changed: dict[str, AccountState] = {}
        self._members: dict[str, Members] = {}
        self._looks: dict[str, list[Look]] = {}
        self._broken: set[str] = set()
        self._whole: dict[str, list[Look]] = {}

    def before(self, lead: Lead) -> None:
        """A lead that goes on from its state, as it was at its latest look."""
        assert self.plan.account is not None
        name = lead.attrs.get(self.plan.account)
        if name is not None and lead.looked is not None:
            settle(self.plan, lead)
            scores = scores_of(self.plan, lead, lead.looked)
            self._members.setdefault(name, {})[lead.id] = (picture(lead), scores)

    def after(self, lead: Lead, watcher: Looks, was: Iterable[str] | None) -> None:
        """The looks that the run took at a lead; `was` are the accounts that it had named before it was folded anew,
        None if it was not."""
        if was is not None:
            self._whole[lead.id] = watcher.kept
            if was:
                self._broken.update(was, lead.named)
        for look in watcher.kept:
            for name in {look.before, look.after}:
                if name is not None:
                    self._looks.setdefault(name, []).append(look)

    def take_all_anew(self) -> None:
        """Forget how far the accounts have come."""
        self._broken.update(self.states)

    def finish(
        self, leads: Iterable[Lead], again: Callable[[str], list[Look]]
    ) -> list[tuple[AccountState, int | None, int, list[AccountEmission]]]:
        """(state, latest look of earlier runs, instant after which its emissions are told, emissions) of each account
        that changed. `again` gives all looks of a lead, folding it anew."""
        named: dict[str, list[str]] = {}
        for lead in leads:
            for name in lead.named:
                named.setdefault(name, []).append(lead.id)
        done = []
        for name in sorted(self._looks.keys() | self._broken):
            old = self.states.get(name)
            looked = None if old is None else old.reach
            looks = self._looks.get(name, [])
            if old is not None and name not in self._broken and min(look.order for look in looks) > (old.order or ()):
                after = old.looked if old.looked is not None else -1
                state, members = old, self._members.get(name, {})
            else:
                after, state, members = -1, AccountState(name, {}, set(), [], {}), {}
                looks = [
                    look
                    for id in named.get(name, ())
                    for look in self._all(id, again)
                    if name in (look.before, look.after)
                ]
            out = self.accounts.go_on(state, members, looks)
            if state.looked is not None:
                state.reach = state.looked if looked is None else max(looked, state.looked)
            else:
                state.reach = looked
            self.changed[name] = self.states[name] = state
            done.append((state, looked, after, out))
        return done

    def _all(self, id: str, again: Callable[[str], list[Look]]) -> list[Look]:
        if id not in self._whole:
            self._whole[id] = again(id)
        return self._whole[id]

    def emitted(self, out: list[AccountEmission]) -> list[tuple[Firing, str]]:
        """Emissions as the ledger of publications wants them."""
        return self.accounts.emitted(out)
