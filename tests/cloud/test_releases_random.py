"""Random models released one after another over random histories: every lead ends as the chain of tables says."""

from __future__ import annotations

import random
from functools import partial

import pytest

from runtime.dynamo import refold
from runtime.dynamo.leads import Leads
from runtime.dynamo.live import Live
from runtime.dynamo.program import chain_of
from runtime.dynamo.releases import Maker, Releases
from runtime.dynamo.rows import fetch, row_of
from runtime.intake import Rejected
from runtime.lines import LeadLines
from runtime.times import DAY
from tests import models
from tests.cloud.leads import create_table, model_of, states
from tests.cloud.test_releases import Shelf


def expected(chain, lines, t):
    """The lines of all leads at an instant, folded in memory."""
    events = {}
    for line in lines:
        try:
            subject, event = chain.read(line)
        except Rejected:
            continue
        events.setdefault(subject, {})[event[0]] = event
    found = {}
    for id in sorted(events):
        standing = chain.new(id)
        chain.bring(standing, [events[id][key] for key in sorted(events[id])], t, tell=False)
        if standing.lead.first is not None:
            found[id] = LeadLines(chain.links[standing.link].plan, t).write(standing.lead)
    return found


def kept(table, leads, t):
    found = {}
    for item in states(table):
        row = row_of(item, partial(fetch, table, item["pk"]))
        if row.lead is not None and (lead := leads.at(row.id, t)) is not None:
            found[row.id] = LeadLines(leads.model.plan_at(t), t).write(lead)
    return found


class Walk:
    """Deliveries, sweeps and releases in some order, over one table."""

    def __init__(self, dynamodb, seed):
        self.chance = random.Random(seed)
        self.samples = [models.make(seed), models.make(seed + 50_000)]
        self.releases = Releases(create_table(dynamodb), Shelf())
        self.live = Live(self.releases, every=0)
        self.lines = [
            line.encode("utf-8", "surrogatepass") for run in self.samples[0].runs for line in run.lines if line.strip()
        ]
        self.time = max(run.now for run in self.samples[0].runs)
        self.start = instants(model_of(self.samples[0].model), self.lines)
        self.accepted = []
        self.release(self.samples[0].model)

    @property
    def leads(self):
        return Leads(self.releases.table, self.live.model(), lambda: self.time, pause=lambda _: None)

    def release(self, text, *, keep=False):
        live = self.releases.live()
        at = self.chance.choice(self.start) + self.chance.randrange(2)
        at = at if live is None else max(at, live.steps[-1].start + 1)
        proposal = self.releases.propose(model_of(text).table, Maker("x"), at, keep=keep)
        self.releases.release(proposal)

    def deliver(self):
        many = self.chance.randint(1, 9)
        some, self.lines = self.lines[:many], self.lines[many:]
        for line, verdict in zip(some, self.leads.take(some), strict=True):
            assert verdict.kind != "failed", verdict
            if verdict.kind == "accepted":
                self.accepted.append(line)

    def sweep(self):
        leads, upto = self.leads, self.chance.choice(self.start)
        for item in states(self.releases.table):
            leads.sweep(item["pk"], upto)

    def bring_all(self):
        generation = self.releases.live().generation
        for part in refold.plan(self.releases.table, generation, 2):
            refold.step(self.releases.table, self.leads, part, min(self.start), lambda: True)


def instants(model, lines):
    """The instants of a history."""
    found = []
    for line in lines:
        try:
            found.append(model.read(line)[1][0][0])
        except Rejected:
            continue
    return found or [DAY]


@pytest.mark.parametrize("seed", range(8))
def test_leads_are_what_the_live_chain_makes_of_what_was_accepted(dynamodb, seed):
    walk = Walk(dynamodb, seed)
    moves = [walk.sweep, walk.bring_all]
    texts = [walk.samples[1].model, walk.samples[0].model]
    while walk.lines:
        walk.deliver()
        if walk.chance.random() < 0.3:
            walk.chance.choice(moves)()
        if texts and walk.chance.random() < 0.4:
            walk.release(texts.pop(0), keep=walk.chance.random() < 0.7)
    chain = chain_of(walk.releases.live().steps, walk.releases.rules)
    for t in (max(walk.start), max(walk.start) + 40 * DAY, walk.chance.choice(walk.start)):
        assert kept(walk.releases.table, walk.leads, t) == expected(chain, walk.accepted, t)
