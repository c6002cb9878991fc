"""What leads are folded under, made ready once for many leads: a table, or a chain of them."""

from __future__ import annotations

from collections.abc import Callable

from runtime.carry import carry
from runtime.chain import Chain, Standing
from runtime.intake import Event, Intake
from runtime.lead import Lead
from runtime.plan import Plan
from runtime.table import Table


def mark_of(digest: str) -> bytes:
    """128 bits of a hash: what states carry."""
    return bytes.fromhex(digest.removeprefix("sha256:"))[:16]


def _nobody(mark: bytes) -> Plan | None:
    return None


class Model:
    """`digest` is the mark of the states that it makes: 128 bits of the hash of what its tables do. `table` and `plan`
    are the last ones of the chain. `elder` gives the plan of the table that made the states of another mark."""

    def __init__(self, rules: Table | Chain, elder: Callable[[bytes], Plan | None] = _nobody) -> None:
        self.chain = rules if isinstance(rules, Chain) else Chain.of([(rules, -1)])
        self.plan = self.chain.plan
        self.table = self.plan.table
        self.digest = mark_of(self.chain.digest)
        self._elder = elder
        self._known = {mark_of(each): each for link in self.chain.links for each in (*link.fits, link.digest)}

    @property
    def name(self) -> str:
        return self.table.model

    def read(self, line: bytes, intake: Intake | None = None) -> tuple[str, Event]:
        """The lead and the event of a line that was accepted once; of a new one, with an intake of this model that has
        a clock. Raises Rejected."""
        return self.chain.read(line, intake)

    def plan_at(self, t: int) -> Plan:
        """The plan that a lead brought to an instant stands under."""
        return self.chain.links[self.chain.at(t)].plan

    def mark(self, standing: Standing) -> bytes:
        """What the state of a lead that stands there carries."""
        return mark_of(self.chain.links[standing.link].digest)

    def began(self, mark: bytes) -> int:
        """The instant of the release from which on states carry a mark; -1 for those of the first table, and others."""
        digest = self._known.get(mark)
        return max((link.start for link in self.chain.links[1:] if digest in (link.digest, *link.fits)), default=-1)

    def standing(self, lead: Lead, mark: bytes) -> Standing | None:
        """Where a kept state stands; None if its lead must be folded anew."""
        digest = self._known.get(mark)
        return None if digest is None else self.chain.standing(lead, digest)

    def taken_up(self, lead: Lead, mark: bytes) -> Standing:
        """Where a state stands whose events are gone: one that another table made is carried over by name. Raises
        ValueError if nobody knows that table."""
        standing = self.standing(lead, mark)
        if standing is not None:
            return standing
        made = next((link.plan for link in self.chain.links if mark_of(link.digest) == mark), None) or self._elder(mark)
        if made is None:
            raise ValueError("what expired of the lead was folded under a model that no release names")
        after = max(lead.done, -1 if lead.key is None else lead.key[0]) + 1
        at = self.chain.at(after)
        return Standing(carry(made, self.chain.links[at].plan, lead, lead.done + 1), at)
