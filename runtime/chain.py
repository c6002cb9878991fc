"""Tables one after another: which of them says what an event means, and a lead's way from one to the next.

A release may fold every lead anew, or keep the points that were given and go on under the new table from an instant on.
Then the model that a lead is folded under is no longer one table but a chain of links: a table, and the instant from
which it holds. An event is read under the table that holds at its time, time does its work under it, and at the instant
of a link the state is carried over by name (`runtime.carry`) and looked at under the new table, before the events of
that instant. So what is known of a lead is a function of its events and the chain alone, whoever folds it and whenever.

A state belongs to a chain up to a link, and carries the hash of that much of it. The state of a lead that nobody has
looked at since the release carries the hash of the chain before it: the fold goes on from there. A link may also know
of states that other tables made and that are what its own would be, as they are or carried over (`runtime.needs`).

Only the last table is made ready at once: most leads have long gone past the others.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from runtime.carry import carry, due_again
from runtime.fold import Emission, Fold, Watcher
from runtime.intake import Event, Intake, Rejected
from runtime.lead import Lead
from runtime.lines import quote, write_scores
from runtime.plan import Plan
from runtime.publish import Firing
from runtime.table import Table, meaning

Emitted = tuple[Firing, str]
"""A firing that emits, and its data as JSON members."""
_FOREVER = 1 << 62


@dataclass(eq=False)
class Link:
    """A table and the instant (microseconds) from which it holds; `digest` is the hash of the chain up to it. `fits`
    are states of other digests that are what this link would have made: as they are (None), or carried over from the
    plan that is given."""

    digest: str
    start: int
    load: Callable[[], Table]
    fits: Mapping[str, Callable[[], Plan] | None] = field(default_factory=dict)

    @cached_property
    def plan(self) -> Plan:
        return Plan(self.load())

    @cached_property
    def intake(self) -> Intake:
        """Reads lines that were accepted once: they are not held against a clock."""
        return Intake(self.plan, _FOREVER)


@dataclass(slots=True)
class Standing:
    """A lead, and the link of the chain that it stands under."""

    lead: Lead
    link: int = 0


@dataclass(slots=True)
class Told:
    """What a fold tells: the firings that emit, with their data; whether events were left for later."""

    emitted: list[Emitted] = field(default_factory=list)
    waiting: bool = False


Watch = Callable[[Plan], Watcher]


class Chain:
    """Folds leads along links, whose instants rise; that of the first is left out of account."""

    def __init__(self, links: Sequence[Link]) -> None:
        self.links = list(links)
        self.last = self.links[-1]
        self.digest = self.last.digest
        self.plan = self.last.plan

    @classmethod
    def of(cls, tables: Sequence[tuple[Table, int]]) -> Chain:
        """The chain of tables, each with the instant from which it holds."""
        links: list[Link] = []
        for table, start in tables:
            digest = digest_after(links[-1].digest if links else None, table, start)
            links.append(Link(digest, start, lambda table=table: table))  # type: ignore[misc]  # bound here
        return cls(links)

    # --- reading ------------------------------------------------------------------------------------------------------

    def at(self, t: int) -> int:
        """The link that holds at an instant."""
        found = len(self.links) - 1
        while found and self.links[found].start > t:
            found -= 1
        return found

    def read(self, line: bytes, intake: Intake | None = None) -> tuple[str, Event]:
        """The lead and the event of a line, under the table that holds at its time. `intake` is one of the last link,
        with a clock, for lines that are new; else they are not held against one. Raises Rejected."""
        last = intake or self.last.intake
        if len(self.links) == 1:
            return last.read(line)
        try:
            subject, event = last.read(line)
        except Rejected as rejected:
            return self._read_earlier(line, rejected)
        link = self.at(event[0][0])
        return (subject, event) if link == len(self.links) - 1 else self.links[link].intake.read(line)

    def _read_earlier(self, line: bytes, rejected: Rejected) -> tuple[str, Event]:
        """A line that the last table does not take, under an earlier one. Raises `rejected` if none holds at its
        time and takes it."""
        for link in range(len(self.links) - 2, -1, -1):
            try:
                subject, event = self.links[link].intake.read(line)
            except Rejected:
                continue
            if self.at(event[0][0]) == link:
                return subject, event
        raise rejected

    # --- folding ------------------------------------------------------------------------------------------------------

    def new(self, id: str) -> Standing:
        return Standing(Fold(self.links[0].plan).new(id))

    def standing(self, lead: Lead, digest: str) -> Standing | None:
        """Where a kept state stands; None if it was made by something else, or has gone past the end of its link, so
        that the lead must be folded anew."""
        for at, link in enumerate(self.links):
            if digest != link.digest and digest not in link.fits:
                continue
            past = max(lead.done, -1 if lead.key is None else lead.key[0])
            if at + 1 < len(self.links) and past >= self.links[at + 1].start:
                return None
            made = link.fits.get(digest)
            return Standing(lead if made is None else carry(made(), link.plan, lead, lead.done + 1), at)
        return None

    def bring(
        self,
        standing: Standing,
        events: Sequence[Event],
        until: int,
        *,
        still: bool = False,
        tell: bool = True,
        watch: Watch | None = None,
    ) -> Told:
        """Fold events that come after all that the lead has seen, in their order, and let time do its work, up to and
        including `until`; with `still` not what time does after the last event. `tell` asks for the emissions, `watch`
        for a watcher of each plan."""
        told = Told()
        at = 0
        while True:
            link = self.links[standing.link]
            over = standing.link + 1 < len(self.links) and self.links[standing.link + 1].start <= until
            upto = self.links[standing.link + 1].start - 1 if over else until
            end = at
            while end < len(events) and events[end][0][0] <= upto:
                end += 1
            out: list[Emission] | None = [] if tell else None
            fold = Fold(link.plan, out, None if watch is None else watch(link.plan))
            fold.events(standing.lead, events[at:end], upto)
            if over or not still:
                fold.advance(standing.lead, upto)
            _tell(told, link.plan, out)
            at = end
            if not over:
                told.waiting = at < len(events)
                return told
            self._pass(standing, told, tell, watch)

    def _pass(self, standing: Standing, told: Told, tell: bool, watch: Watch | None) -> None:
        """Carry the lead over to the next link, and look at it there."""
        link = self.links[standing.link + 1]
        standing.lead = carry(self.links[standing.link].plan, link.plan, standing.lead, link.start)
        standing.link += 1
        if standing.lead.first is None:
            return
        out: list[Emission] | None = [] if tell else None
        Fold(link.plan, out, None if watch is None else watch(link.plan)).look(standing.lead, link.start)
        due_again(link.plan, standing.lead)
        _tell(told, link.plan, out)


def _tell(told: Told, plan: Plan, out: Iterable[Emission] | None) -> None:
    for at, name, t, ordinal, scores, stage in out or ():
        trigger, shown = plan.triggers[at].name, write_scores(plan, scores)
        data = f'"trigger":{quote(trigger)},"scores":{shown},"stage":{"null" if stage is None else quote(stage)}'
        told.emitted.append(((trigger, name, t, ordinal), data))


def digest_after(before: str | None, table: Table, start: int) -> str:
    """The hash of a chain that goes on with a table from an instant; of one that begins with it the table's meaning."""
    if before is None:
        return meaning(table)
    return "sha256:" + hashlib.sha256(f"{before} {meaning(table)} {start}".encode()).hexdigest()
