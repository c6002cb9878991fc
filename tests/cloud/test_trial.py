"""A table on trial: who belongs to its share, what is counted of them, and that nothing of it touches what is live."""

from __future__ import annotations

from dataclasses import replace

import pytest

from runtime.dynamo import trial
from runtime.dynamo.releases import Canary, Releases
from runtime.dynamo.trial import Comparison, Counts, Moved, Trial, chosen
from runtime.handlers.settings import Settings
from runtime.handlers.trials import Trials
from runtime.handlers.world import World
from runtime.times import DAY
from tests.cloud.leads import create_table, states
from tests.cloud.test_releases import NOW, TEN, Shelf, Worker, go, rules
from tests.runtime.test_carry import event

STAGES = 'stages new, warm\ntrigger warm { when s >= 10 move to warm emit "warm" }\n'
LIVE = TEN + STAGES
TRIED = LIVE.replace("add 10", "add 4") + 'trigger more { on mail emit "mail" }'


def test_the_share_is_the_same_leads_every_time_and_about_as_many_as_asked_for():
    ids = [f"lead-{number}" for number in range(4000)]
    few, many = ({id for id in ids if chosen(id, share)} for share in (50_000, 500_000))
    assert few < many
    assert 120 < len(few) < 280
    assert 1850 < len(many) < 2150
    assert all(chosen(id, 1_000_000) for id in ids)
    assert not any(chosen(id, 0) for id in ids)


@pytest.fixture
def tried(dynamodb):
    """A worker under the live model, and a trial of another table for all leads."""
    releases = Releases(create_table(dynamodb), Shelf())
    base = go(releases, LIVE)
    releases.try_out(base, Canary(releases.store(rules(TRIED)), 1_000_000, NOW))
    worker = Worker(releases)
    worker.time = NOW + 2 * DAY
    worker.take(event(-1), event(1, "mail"), event(-2, lead="K"), event(-2, "mail", lead="J"))
    return worker


def test_differences_are_counted_by_lead_and_looking_twice_counts_once(tried):
    canary, model = tried.live.canary()
    before = states(tried.table)
    for _ in range(2):
        assert Trial(tried.leads, canary, model).look(["L", "K", "J", "L", "nobody"]) == 3
    assert states(tried.table) == before
    found = trial.counts(tried.table, canary)
    assert (found.leads, found.differing) == (3, 2)
    assert found.scores == {"s": Moved(0, 2, -12_000, 0, -6_000)}
    assert found.stages == {("warm", "new"): 2}
    assert found.fired == {"more": (0, 1)}


def test_a_change_of_a_lead_replaces_what_was_found_of_it(tried):
    canary, model = tried.live.canary()
    Trial(tried.leads, canary, model).look(["L"])
    tried.take(event(1.5), event(1.6))
    Trial(tried.leads, canary, model).look(["L"])
    found = trial.counts(tried.table, canary)
    assert (found.leads, found.stages) == (1, {})
    assert found.fired == {"more": (0, 1), "warm": (0, 1)}


def test_leads_outside_of_the_share_are_left_alone(tried):
    canary, model = tried.live.canary()
    leads = tried.leads
    spent = tried.table.spent.reads
    assert Trial(leads, replace(canary, share=0), model).look(["L", "K"]) == 0
    assert tried.table.spent.reads == spent


def test_an_erased_lead_is_forgotten_by_the_trial_too(tried):
    canary, model = tried.live.canary()
    Trial(tried.leads, canary, model).look(["L", "K"])
    trial.forget(tried.table, canary, "L")
    assert trial.counts(tried.table, canary).leads == 1


def test_another_trial_begins_to_count_anew(tried):
    canary, model = tried.live.canary()
    Trial(tried.leads, canary, model).look(["L"])
    assert trial.counts(tried.table, replace(canary, since=NOW + 3 * DAY)).leads == 0


def test_counts_add_up():
    found = Counts()
    found.count(Comparison({"s": (1000, 3000)}, ("a", "b"), {"t": (1, 0)}))
    found.count(Comparison({"s": (1000, 1000)}, ("a", "a"), {"t": (1, 1)}))
    found.count(Comparison({"s": (5000, 0)}, (None, None), {}))
    assert (found.leads, found.differing) == (3, 2)
    assert found.scores == {"s": Moved(1, 1, -3000, 2000, -5000)}
    assert (found.stages, found.fired) == ({("a", "b"): 1}, {"t": (2, 1)})


# --- beside the stream ------------------------------------------------------------------------------------------------


def change(worker, id):
    """The lead as the stream shows a change of it."""
    item = next(item for item in states(worker.table) if item["id"] == id)
    return (None, item)


def trials(worker):
    return Trials(World(Settings(worker.table.name), worker.table, worker.live, lambda: worker.time))


def test_leads_that_change_are_compared_beside_the_stream_and_erased_ones_forgotten(tried):
    canary, _ = tried.live.canary()
    beside = trials(tried)
    changes = [change(tried, id) for id in "LKJ"]
    assert beside.take(changes, lambda: False) == 3
    assert trial.counts(tried.table, canary).leads == 3
    gone = {"pk": changes[0][1]["pk"], "sk": "S", "gone": NOW}
    beside.take([(changes[0][1], gone)], lambda: False)
    assert trial.counts(tried.table, canary).leads == 2
    assert beside.take(changes, lambda: True) == 0


def test_a_trial_that_fails_disturbs_nothing(tried, monkeypatch):
    def broken(*_):
        raise RuntimeError("broken")

    monkeypatch.setattr(Trial, "look", broken)
    assert trials(tried).take([change(tried, "L")], lambda: False) == 0


def test_without_a_trial_nothing_is_read(dynamodb):
    releases = Releases(create_table(dynamodb), Shelf())
    go(releases, LIVE)
    worker = Worker(releases)
    worker.take(event(-1))
    worker.live.every = 10**9
    beside, changed = trials(worker), change(worker, "L")
    beside.take([changed], lambda: False)
    spent = worker.table.spent.reads
    assert beside.take([changed], lambda: False) == 0
    assert worker.table.spent.reads == spent
