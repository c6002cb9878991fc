"""A table on trial: what it would make of a share of the leads, counted beside what the live one makes of them.

Which leads belong to the share follows from their ids, so they are the same ones wherever and whenever they are looked
at. A lead of the share that changes is folded under the table on trial too, from its events, without writing it; how
the two results differ is one small item for each lead, which the next look replaces. So the counts are of leads, as of
their latest change, and looking twice counts once. Nobody is named in these items, and they expire by themselves.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from runtime.dynamo.client import Item, Table
from runtime.dynamo.keys import short
from runtime.dynamo.leads import Leads
from runtime.dynamo.model import Model
from runtime.dynamo.releases import Canary
from runtime.lead import Lead
from runtime.lines import scores_of, settle
from runtime.plan import Plan
from runtime.times import DAY, SECOND

_SHARDS = 16
_KEPT = 30 * DAY


def chosen(id: str, share: int) -> bool:
    """Whether a lead belongs to a share (parts in a million)."""
    found = int.from_bytes(hashlib.sha256(f"trial {id}".encode("utf-8", "surrogatepass")).digest()[:8])
    return found * 1_000_000 >> 64 < share


@dataclass(frozen=True, slots=True)
class Comparison:
    """One lead under both tables. Scores that both have, as (live, trial) in thousandths; stages likewise; how often
    each trigger fired since the trial began, as (live, trial)."""

    scores: dict[str, tuple[int, int]]
    stage: tuple[str | None, str | None]
    fired: dict[str, tuple[int, int]]

    @property
    def differs(self) -> bool:
        pairs = [*self.scores.values(), self.stage, *self.fired.values()]
        return any(one != two for one, two in pairs)


def compare(live: tuple[Plan, Lead], tried: tuple[Plan, Lead], t: int, since: int) -> Comparison:
    """How a lead looks at an instant under two tables."""
    scores, fired = [], []
    for plan, lead in (live, tried):
        settle(plan, lead)
        scores.append(dict(zip(plan.keys, scores_of(plan, lead, t), strict=True)))
        fired.append(Counter(plan.triggers[at].name for at, time in lead.fired if time >= since))
    return Comparison(
        {key: (points, scores[1][key]) for key, points in scores[0].items() if key in scores[1]},
        (live[1].stage, tried[1].stage),
        {name: (fired[0][name], fired[1][name]) for name in sorted({*fired[0], *fired[1]})},
    )


class Trial:
    """Looks at leads under the table on trial. `leads` are those under the live model."""

    def __init__(self, leads: Leads, canary: Canary, model: Model) -> None:
        self.leads = leads
        self.canary = canary
        self.tried = Leads(leads.table, model, leads.now, retention=leads.retention.kept, pause=leads.pause)

    def look(self, ids: Iterable[str]) -> int:
        """Compare those of the leads that belong to the share, as of now; how many did."""
        t, found = self.leads.now(), 0
        for id in sorted({id for id in ids if chosen(id, self.canary.share)}):
            one, two = self.leads.at(id, t), self.tried.at(id, t)
            if one is None or two is None:
                continue
            plans = (self.leads.model.plan_at(t), self.tried.model.plan_at(t))
            comparison = compare((plans[0], one), (plans[1], two), t, self.canary.since)
            self.leads.table.put(_item(self.canary.hash, id, comparison, t))
            found += 1
        return found


def forget(table: Table, canary: Canary, id: str) -> None:
    """Remove what a trial has kept of a lead."""
    table.delete(_partition(canary.hash, id), short(id))


# --- counted ----------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Moved:
    """How one score differs over the leads compared: how many went up and down, by how much in all, the furthest each
    way (thousandths)."""

    up: int = 0
    down: int = 0
    total: int = 0
    highest: int = 0
    lowest: int = 0

    def count(self, difference: int) -> None:
        self.up += difference > 0
        self.down += difference < 0
        self.total += difference
        self.highest, self.lowest = max(self.highest, difference), min(self.lowest, difference)


@dataclass(slots=True)
class Counts:
    """What a trial has found: leads compared and differing; by score; moves between stages (live, trial); firings by
    trigger (live, trial)."""

    leads: int = 0
    differing: int = 0
    scores: dict[str, Moved] = field(default_factory=dict)
    stages: Counter[tuple[str | None, str | None]] = field(default_factory=Counter)
    fired: dict[str, tuple[int, int]] = field(default_factory=dict)

    def count(self, comparison: Comparison) -> None:
        self.leads += 1
        self.differing += comparison.differs
        for key, (live, tried) in comparison.scores.items():
            self.scores.setdefault(key, Moved()).count(tried - live)
        if comparison.stage[0] != comparison.stage[1]:
            self.stages[comparison.stage] += 1
        for name, (live, tried) in comparison.fired.items():
            before = self.fired.get(name, (0, 0))
            self.fired[name] = (before[0] + live, before[1] + tried)


def counts(table: Table, canary: Canary) -> Counts:
    """All that the trial of a table has found so far."""
    found = Counts()
    for shard in range(_SHARDS):
        for item in table.query(_shard(canary.hash, shard)):
            if item["at"] >= canary.since:
                found.count(_comparison(item))
    return found


# --- items ------------------------------------------------------------------------------------------------------------


def _shard(hash: str, shard: int) -> str:
    return f"N#{hash.removeprefix('sha256:')[:32]}#{shard:02d}"


def _partition(hash: str, id: str) -> str:
    return _shard(hash, hashlib.sha256(id.encode("utf-8", "surrogatepass")).digest()[0] % _SHARDS)


def _item(hash: str, id: str, comparison: Comparison, t: int) -> Item:
    parts = [comparison.scores, comparison.stage, comparison.fired]
    found = json.dumps(parts, ensure_ascii=False, separators=(",", ":"))
    return {"pk": _partition(hash, id), "sk": short(id), "at": t, "found": found, "ttl": (t + _KEPT) // SECOND}


def _comparison(item: Item) -> Comparison:
    scores, stage, fired = json.loads(item["found"])
    return Comparison(
        {key: (pair[0], pair[1]) for key, pair in scores.items()},
        (stage[0], stage[1]),
        {name: (pair[0], pair[1]) for name, pair in fired.items()},
    )
