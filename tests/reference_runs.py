"""The executable specification of sections 3, 6 and 8: what runs take in, reject, show and publish.

A `History` is one database. Each `run` takes lines in, folds every lead anew from the set of its accepted events
(`tests.reference`), and gives what the command line would write, numbers as int or Decimal.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from dsl import syntax as s
from tests.reference import Accepted, Emitted, Lead, Scene, Seen, fold
from tests.reference_terms import Found, Model, band_of, score_key, value
from tests.reference_values import Bad, by_value, decimal, encode, nfc, read_instant, read_json, show_instant

Json = dict[str, Any]


@dataclass
class Outcome:
    """What one run gives: the lines of `score`, `accounts` and `segment` as JSON, its rejects and publications."""

    leads: list[Json]
    accounts: list[Json]
    segments: dict[str, list[Json]]
    rejects: list[object]
    outbox: list[Json]


@dataclass
class Arrival:
    content: tuple[object, ...]
    event: Accepted


class Rejected(Exception):
    """The reason why an event is not taken in."""


@dataclass
class History:
    """The accepted events, what was published, and the latest look that earlier runs took at each lead or account."""

    model: Model
    arrived: dict[tuple[str, str], Arrival] = field(default_factory=dict)
    published: dict[str, set[Emitted]] = field(default_factory=dict)
    looked: dict[str, int] = field(default_factory=dict)

    def run(self, lines: list[str], at: int | None, now: int, publish: bool = True) -> Outcome:
        rejects: list[object] = []
        newest = self.newest()
        for line in lines:
            if line.strip():
                self.take_in(line, now, newest, rejects)
        events = [arrival.event for arrival in self.arrived.values()]
        until = at if at is not None else max((event.time for event in events), default=0)
        folded = {
            lead: fold(self.model, lead, own, until)
            for lead in sorted({event.lead for event in events if event.time <= until})
            if (own := [event for event in events if event.lead == lead])
        }
        leads = {lead: state for lead, (state, _) in folded.items()}
        accounts = fold_accounts(self.model, [look for _, looks in folded.values() for look in looks], leads, until)
        outbox = self.publish(until, leads, accounts) if publish else []
        for subject, last in self.latest(folded, accounts).items():
            self.looked[subject] = max(last, self.looked.get(subject, last))
        return Outcome(
            [lead_line(self.model, leads[lead], until) for lead in sorted(leads)],
            [accounts[name].line(until) for name in sorted(accounts)],
            {name: segment(self.model, each, list(leads.values())) for name, each in self.model.segments.items()},
            rejects,
            outbox,
        )

    # taking in

    def newest(self) -> dict[str, int]:
        """The time of the newest event of each lead that earlier runs took in."""
        newest: dict[str, int] = {}
        for arrival in self.arrived.values():
            newest[arrival.event.lead] = max(arrival.event.time, newest.get(arrival.event.lead, 0))
        return newest

    def take_in(self, line: str, now: int, newest: dict[str, int], rejects: list[object]) -> None:
        try:
            found = read_json(line)
        except ValueError:
            rejects.append(line)
            return
        try:
            self.accept(found, now, newest)
        except (Rejected, Bad):
            rejects.append(found)

    def accept(self, found: object, now: int, newest: dict[str, int]) -> None:
        if not isinstance(found, dict) or found.get("specversion") != "1.0":
            raise Rejected("not a CloudEvents 1.0 object")
        names: list[Any] = [found.get(key) for key in ("source", "id", "type", "subject", "time")]
        if not all(isinstance(name, str) and name for name in names):
            raise Rejected("not a CloudEvents 1.0 object")
        source, key, kind, lead, written = names
        data = {} if found.get("data") is None else found["data"]
        known = self.arrived.get((source, key))
        try:
            time = read_instant(written)
        except Bad:
            raise Rejected("unreadable time") from None
        content = (kind, lead, time, by_value(data))
        if known is not None and known.content == content:
            return
        if time > now + 5 * 60 * 1_000_000:
            raise Rejected("in the future")
        if kind != "lead" and nfc(kind) not in self.model.events:
            raise Rejected("unknown type")
        if not isinstance(data, dict):
            raise Rejected("data is no object")
        values = self.model.accept_data(nfc(kind), data)
        if known is not None:
            raise Rejected("other content under a known pair")
        if time < newest.get(lead, time) - self.model.lateness:
            raise Rejected("too late")
        self.arrived[source, key] = Arrival(content, Accepted(time, source, key, lead, nfc(kind), values))

    # publications

    def publish(self, until: int, leads: dict[str, Lead], accounts: dict[str, AccountState]) -> list[Json]:
        """What is new up to `until`, and what was published and no longer happens."""
        written = []
        scenes: dict[str, Scene] = {f"lead {name}": lead for name, lead in leads.items()}
        scenes |= {f"account {name}": account for name, account in accounts.items()}
        for subject in sorted({*scenes, *self.published}):
            happened = scenes[subject].emitted if subject in scenes else []
            before = self.published.setdefault(subject, set())
            for each in happened:
                if each not in before:
                    late = each.time <= self.looked.get(subject, -1)
                    written.append(publication(self.model, subject, each, late))
            gone = {each for each in before if each.time <= until} - set(happened)
            written += [publication(self.model, subject, each, None) for each in gone]
            before -= gone
            before |= set(happened)
        return written

    def latest(self, folded: dict[str, tuple[Lead, list[Seen]]], accounts: dict[str, AccountState]) -> dict[str, int]:
        latest = {f"lead {name}": looks[-1].time for name, (_, looks) in folded.items()}
        return latest | {f"account {name}": account.t for name, account in accounts.items()}


def publication(model: Model, subject: str, each: Emitted, late: bool | None) -> Json:
    """A publication reduced to what is compared; `late` is None for a retraction."""
    data: Json = {"trigger": each.trigger}
    line = {"type": each.type, "subject": subject.split(" ", 1)[1], "time": show_instant(each.time), "data": data}
    if late is None:
        return line | {"type": each.type + ".retracted"}
    data["scores"] = {key: decimal(milli(points)) for key, points in each.scores.items()}
    data |= {"stage": each.stage} if each.stage is not None else {}
    data |= {"late": True} if late else {}
    return line


def milli(points: int) -> Fraction:
    return Fraction(points, 1000)


def lead_line(model: Model, lead: Lead, until: int) -> Json:
    return {
        "lead": lead.id,
        "at": show_instant(until),
        "scores": {key: decimal(milli(points)) for key, points in lead.shown().items()},
        "bands": {key: band_of(lead, key) for key, each in model.scores.items() if each.bands},
        "tallies": {name: lead.tally(name) for name in model.tallies},
        "stage": lead.stage,
        "entered": {stage: show_instant(time) for stage, time in lead.entered.items()},
        "tags": sorted(lead.tags),
        "fields": {
            name: encode(each.type, lead.attributes[name])
            for name, each in model.fields.items()
            if each.computed and lead.attributes.get(name) is not None
        },
        "fired": fired(lead),
    }


def fired(scene: Scene) -> list[Json]:
    return [{"trigger": firing.trigger, "at": show_instant(firing.time)} for firing in scene.fired]


class AsSeen:
    """A lead as its latest look left it, seen at the clock `t`: the scope of `count where`."""

    def __init__(self, seen: Seen, t: int) -> None:
        self.seen, self.lead, self.model, self.t = seen, seen.lead, seen.lead.model, t
        self.stage, self.tags = seen.lead.stage, seen.lead.tags

    def name(self, name: str) -> Found:
        if name in self.seen.tallies:
            return Fraction(self.seen.tallies[name])
        return milli(self.seen.scores[name]) if name in self.seen.scores else self.lead.name(name)

    def score(self, key: str) -> int:
        return self.seen.scores[key]

    def __getattr__(self, name: str) -> Any:
        return getattr(self.lead, name)


class AccountState(Scene):
    """An account: what its leads' latest looks give, and its triggers."""

    def __init__(self, model: Model, name: str, latest: dict[str, Seen]) -> None:
        super().__init__()
        self.model, self.account, self.latest = model, name, latest
        self.t = 0

    def leads(self) -> list[AsSeen]:
        return [AsSeen(seen, self.t) for seen in self.latest.values() if account_of(seen.lead) == self.account]

    def score(self, key: str) -> int:
        how = self.model.account_scores[key]
        among = [lead for lead in self.leads() if how.where is None or value(how.where, lead)]
        if how.score is None:
            return len(among) * 1000
        points = sorted((lead.score(score_key(how.score)) for lead in among), reverse=True)
        match how.how if points else "none":
            case "sum":
                return sum(points)
            case "max":
                return points[0]
            case "average":
                return round(Fraction(sum(points), len(points)))
            case "top":
                assert how.top is not None
                return sum(points[: int(self.model.const(how.top))])
        return 0

    def name(self, name: str) -> Found:
        if name in self.model.account_scores:
            return milli(self.score(name))
        return self.model.sets[name] if name in self.model.sets else value(self.model.lets[name], self)

    def field_of(self, scope: str, name: str) -> None:
        return None

    def shown(self) -> dict[str, int]:
        return {key: self.score(key) for key in self.model.account_scores}

    def line(self, until: int) -> Json:
        self.t = until
        return {
            "account": self.account,
            "at": show_instant(until),
            "leads": len(self.leads()),
            "scores": {key: decimal(milli(points)) for key, points in self.shown().items()},
            "tags": sorted(self.tags),
            "fired": fired(self),
        }


def account_of(lead: Lead) -> Found:
    return None if lead.model.account_field is None else lead.attributes.get(lead.model.account_field)


def fold_accounts(model: Model, looks: list[Seen], leads: dict[str, Lead], until: int) -> dict[str, AccountState]:
    """An account is looked at after each look at one of its leads, also one that has just left it."""
    accounts: dict[str, AccountState] = {}
    latest: dict[str, Seen] = {}
    for look in sorted(looks, key=lambda each: (each.time, each.order)):
        lead = look.lead.id
        was = account_of(latest[lead].lead) if lead in latest else None
        latest[lead] = look
        for name in sorted({was, account_of(look.lead)} - {None}):
            account = accounts.setdefault(name, AccountState(model, name, latest))
            account.t = look.time
            account.look(model.account_triggers, None)
    for name in sorted({name for lead in leads.values() for name in lead.named if name is not None}):
        accounts.setdefault(name, AccountState(model, name, latest))
    return accounts


def segment(model: Model, each: s.Segment, leads: list[Lead]) -> list[Json]:
    """Rank and lead of those that meet the condition; a percentage is rounded up, ties go by lead id."""
    among = [lead for lead in leads if each.where is None or value(each.where, lead)]
    among.sort(key=lambda lead: lead.id)
    lines: list[Json] = []
    key = None if each.by is None else score_key(each.by)
    if key is not None and each.amount is not None:
        among.sort(key=lambda lead: lead.score(key), reverse=each.pick == "highest")
        amount = model.const(each.amount)
        among = among[: math.ceil(amount * len(among)) if each.percent else int(amount)]
    for rank, lead in enumerate(among, 1):
        lines.append({"segment": each.name.text, "rank": rank, "lead": lead.id})
        lines[-1] |= {} if key is None else {"score": decimal(milli(lead.score(key)))}
    return lines
