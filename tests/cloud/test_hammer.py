"""Many workers on few leads at once: nothing is lost and nothing counts twice.

LEADSCORE_HAMMER is the number of events (default 200; `make soak` takes 100,000).
"""

from __future__ import annotations

import os
import random
import threading
import time

from runtime.dynamo.client import Table
from runtime.dynamo.leads import Leads
from runtime.dynamo.verdicts import Verdict
from runtime.times import DAY, read_instant, write_instant
from tests.cloud.leads import World
from tests.cloud.shop import PLAIN
from tests.cloud.test_leads import event

EVENTS = int(os.environ.get("LEADSCORE_HAMMER", "200"))
WORKERS, LEADS = 20, 10
BATCH = max(25, EVENTS // 1000)
ATTEMPTS = 20
"""How often what failed is put back, as a queue does."""
MOST_SECONDS = 240 + EVENTS // 5


def test_twenty_workers_on_ten_leads_lose_nothing_and_count_nothing_twice(dynamodb: str) -> None:
    chance = random.Random(11)
    start, step = read_instant("2026-01-01T00:00:00Z"), 20 * DAY // EVENTS
    lines = []
    for number in range(EVENTS):
        kind, data = ("view", '{"path":"/pricing"}') if number % 3 else ("order", f'{{"amount":{number % 7}}}')
        lines.append(event(number, write_instant(start + number * step), kind, data, lead=f"lead-{number % LEADS}"))
    queue = [*enumerate(lines), *[(number, lines[number]) for number in chance.sample(range(EVENTS), EVENTS // 10)]]
    queue.sort(key=lambda each: each[0] + chance.randrange(200), reverse=True)  # nearly in the order of time
    waiting = [line for _, line in queue]
    batches = [(0, waiting[at : at + BATCH]) for at in range(0, len(waiting), BATCH)]
    given, whole = World(dynamodb, PLAIN), World(dynamodb, PLAIN)
    given.time = whole.time = read_instant("2026-03-01T00:00:00Z")
    verdicts: list[Verdict] = []
    given_up: list[Verdict] = []
    taking = threading.Lock()

    def work() -> None:
        leads = Leads(Table(given.table.client, given.table.name), given.model, lambda: given.time)
        while True:
            with taking:
                if not batches or given_up:
                    return
                attempt, batch = batches.pop()
            found = leads.take([line.encode() for line in batch])
            again = [line for line, verdict in zip(batch, found, strict=True) if verdict.kind == "failed"]
            with taking:
                verdicts.extend(verdict for verdict in found if verdict.kind != "failed")
                if again and attempt < ATTEMPTS:
                    batches.append((attempt + 1, again))
                elif again:
                    given_up.extend(verdict for verdict in found if verdict.kind == "failed")

    threads = [threading.Thread(target=work, daemon=True) for _ in range(WORKERS)]
    for thread in threads:
        thread.start()
    until = time.monotonic() + MOST_SECONDS
    for thread in threads:
        thread.join(max(until - time.monotonic(), 0))
    assert not given_up, given_up[0]
    assert not any(thread.is_alive() for thread in threads), f"{len(batches)} batches are left"

    kinds = [verdict.kind for verdict in verdicts]
    assert (kinds.count("accepted"), kinds.count("duplicate")) == (EVENTS, EVENTS // 10)
    whole.take(lines)
    at = read_instant("2026-02-01T00:00:00Z")
    given.sweep(at)
    whole.sweep(at)
    ours, theirs = given.at(at), whole.at(at)
    assert len(ours) == LEADS
    assert [(x.id, x.a, x.fired, x.caps) for x in ours] == [(x.id, x.a, x.fired, x.caps) for x in theirs]
    for lead in ours:
        assert len(given.leads.events_of(lead.id)) == EVENTS // LEADS
