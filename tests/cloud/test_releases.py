"""Releases: which table is live is one conditional write, states follow when somebody looks, handlers change over."""

from __future__ import annotations

import itertools
import json
import os
import threading
from dataclasses import replace

import pytest

from runtime.chain import Chain
from runtime.dynamo.client import Table
from runtime.dynamo.folding import Folding
from runtime.dynamo.keys import lead_key
from runtime.dynamo.leads import Leads
from runtime.dynamo.live import Live, NothingLive
from runtime.dynamo.model import mark_of
from runtime.dynamo.program import MOST_STEPS, TooLong
from runtime.dynamo.releases import Canary, Maker, Missing, Overtaken, Releases, table_key
from runtime.dynamo.rows import read
from runtime.handlers.bucket import S3Bucket
from runtime.lines import LeadLines
from runtime.table import digest, dump, meaning
from runtime.times import DAY, read_instant
from tests.cloud.leads import create_table, model_of, service
from tests.runtime.test_carry import event

HEAD = "model m { }\nlead { country: text }\nevent visit { path: text }\nevent mail passive { path: text }\n"
TEN = HEAD + 'score s { rule r "R" { on visit add 10 } }\n'
THREE = TEN.replace("add 10", "add 3")
LABELLED = TEN.replace('"R"', '"Another label"')
CALLS = TEN + "event call { }\nscore calls { rule c { on call add 1 } }\n"
NOW = read_instant("2026-03-02T00:00:00Z")
ME = Maker("ada@example.com", "raised on what sales says", "0a1b2c3")


class Shelf:
    """A bucket in memory."""

    def __init__(self):
        self.held = {}
        self.asked = []

    def get(self, key):
        self.asked.append(key)
        return self.held.get(key)

    def put(self, key, data):
        self.held.setdefault(key, data)


def rules(text):
    return model_of(text).table


@pytest.fixture
def releases(dynamodb):
    return Releases(create_table(dynamodb), Shelf())


def go(releases, text, now=NOW, *, keep=False, maker=ME):
    return releases.release(releases.propose(rules(text), maker, now, keep=keep))


# --- one conditional write --------------------------------------------------------------------------------------------


def test_the_first_release_is_live_and_tells_who_when_why_and_from_which_commit(releases):
    assert releases.live() is None
    done = go(releases, TEN)
    assert releases.live() == done
    assert (done.generation, done.hash, done.model, done.since, done.previous) == (
        1,
        digest(rules(TEN)),
        "m",
        NOW,
        None,
    )
    assert (done.who, done.why, done.commit) == ("ada@example.com", "raised on what sales says", "0a1b2c3")
    assert releases.bucket.held == {table_key(done.hash): dump(rules(TEN))}


def test_of_two_releases_at_once_one_is_told_of_the_other(releases):
    go(releases, TEN)
    one = releases.propose(rules(THREE), ME, NOW + 1)
    two = releases.propose(rules(CALLS), Maker("ben"), NOW + 1)
    releases.release(one)
    with pytest.raises(Overtaken) as overtaken:
        releases.release(two)
    assert overtaken.value.live.hash == digest(rules(THREE))
    assert releases.live().generation == 2


def test_of_two_first_releases_one_is_told_of_the_other(releases):
    one, two = (releases.propose(rules(text), ME, NOW) for text in (TEN, THREE))
    releases.release(one)
    with pytest.raises(Overtaken):
        releases.release(two)


def test_a_release_that_went_through_without_an_answer_is_not_overtaken_by_itself(releases, monkeypatch):
    go(releases, TEN)
    put = Table.put

    def twice(self, item, when=None):
        put(self, item, when)
        put(self, item, when)

    monkeypatch.setattr(Table, "put", twice)
    done = go(releases, THREE, NOW + 1)
    assert releases.live() == done


def test_of_many_at_once_exactly_one_wins_each_generation(dynamodb):
    table, shelf, wins, losses = create_table(dynamodb), Shelf(), [], []

    def work(number):
        own = Releases(Table(service(dynamodb), table.name), shelf)
        for _ in range(5):
            try:
                wins.append(go(own, TEN.replace("add 10", f"add {number}"), maker=Maker(str(number))).generation)
            except Overtaken:
                losses.append(number)

    threads = [threading.Thread(target=work, args=(number,), daemon=True) for number in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(60)
    assert not any(each.is_alive() for each in threads)
    assert sorted(wins) == list(range(1, len(wins) + 1))
    assert len(wins) + len(losses) == 20
    history = [each.generation for each in Releases(table, Shelf()).history()]
    assert history == sorted(wins, reverse=True)


def test_the_history_is_whole_though_a_writer_died_after_the_one_write_that_counts(releases, monkeypatch):
    go(releases, TEN)
    with monkeypatch.context() as patch:
        patch.setattr(Releases, "_write_down", lambda *_: None)
        go(releases, THREE, NOW + 1)
    assert [each.generation for each in releases.history()] == [2, 1]
    go(releases, TEN, NOW + 2)
    assert [(each.generation, each.hash) for each in releases.history()] == [
        (3, digest(rules(TEN))), (2, digest(rules(THREE))), (1, digest(rules(TEN))),
    ]  # fmt: skip


def test_a_table_that_is_gone_or_damaged_is_said_to_be_so(releases):
    done = go(releases, TEN)
    for held, told in (
        (None, "not in the bucket"),
        (b"{", "not a rule table"),
        (dump(rules(THREE)), "holds the table"),
    ):
        fresh = Releases(releases.table, Shelf())
        if held is not None:
            fresh.bucket.held[table_key(done.hash)] = held
        with pytest.raises(Missing, match=told):
            fresh.rules(done.hash)


# --- what becomes of states -------------------------------------------------------------------------------------------


def test_a_label_changes_no_state_and_a_meaning_folds_every_lead_anew(releases):
    first = go(releases, TEN)
    label = go(releases, LABELLED, NOW + 1)
    assert (label.need, label.digest, label.hash == first.hash) == ("NOTHING", first.digest, False)
    anew = go(releases, THREE, NOW + 2)
    assert (anew.need, anew.digest, anew.steps[0].fits) == ("ANEW", meaning(rules(THREE)), {})


def test_what_is_new_is_carried_over_and_says_from_which_table(releases):
    first = go(releases, TEN)
    done = go(releases, CALLS, NOW + 1)
    assert (done.need, done.kept, len(done.steps)) == ("NEW", False, 1)
    assert done.steps[0].fits == {first.digest: first.hash}
    banded = go(releases, CALLS.replace("{ rule r", "{ bands low < 5, high  rule r"), NOW + 2)
    assert banded.steps[0].fits == {first.digest: first.hash, done.digest: ""}


def test_points_are_kept_by_a_further_step(releases):
    first, done = go(releases, TEN), go(releases, THREE, NOW + 5, keep=True)
    assert (done.need, done.kept) == ("ANEW", True)
    assert [(each.hash, each.start) for each in done.steps] == [(first.hash, -1), (done.hash, NOW + 5)]
    assert done.digest == Chain.of([(rules(TEN), -1), (rules(THREE), NOW + 5)]).digest


COUNTED = "score extra { rule v { on visit add 1 } }\n"


def test_a_name_that_comes_back_does_not_find_what_it_had(releases):
    first = go(releases, TEN + COUNTED)
    worker = Worker(releases)
    worker.take(event(-1))
    gone = go(releases, TEN, NOW + 1)
    assert (gone.need, gone.steps[0].fits) == ("NEW", {first.digest: first.hash})
    back = go(releases, TEN + "score extra { }", NOW + 2)
    assert (back.need, back.steps[0].fits) == ("NEW", {gone.digest: gone.hash})
    assert worker.scores(1) == '{"extra":0,"s":10}'


def test_a_name_that_comes_back_in_a_chain_is_a_further_step(releases):
    go(releases, TEN + COUNTED)
    worker = Worker(releases)
    worker.take(event(-1))
    go(releases, THREE, NOW + 1, keep=True)
    back = go(releases, THREE + "score extra { }", NOW + 2)
    assert (back.need, back.kept, len(back.steps)) == ("NEW", False, 3)
    assert worker.scores(1) == '{"extra":0,"s":10}'


def test_a_chain_does_not_grow_for_ever(releases):
    go(releases, TEN)
    for number in range(MOST_STEPS - 1):
        go(releases, TEN.replace("add 10", f"add {number + 20}"), NOW + number + 1, keep=True)
    with pytest.raises(TooLong):
        releases.propose(rules(THREE), ME, NOW + 99, keep=True)
    assert len(go(releases, THREE, NOW + 99).steps) == 1


def test_going_back_restores_the_program_that_was(releases):
    go(releases, TEN)
    kept = go(releases, THREE, NOW + 1, keep=True)
    go(releases, CALLS, NOW + 2)
    back = releases.release(releases.propose_again(kept, ME, NOW + 3))
    assert (back.generation, back.hash, back.steps, back.digest) == (4, kept.hash, kept.steps, kept.digest)
    assert back.events == {"visit", "mail", "call"}


# --- leads ------------------------------------------------------------------------------------------------------------


class Worker:
    """Leads under whatever is live, as a handler holds them."""

    def __init__(self, releases):
        self.live = Live(releases, every=0)
        self.table = releases.table
        self.time = NOW + 30 * DAY

    @property
    def leads(self):
        return Leads(self.table, self.live.model(), lambda: self.time, pause=lambda _: None)

    def take(self, *lines):
        verdicts = self.leads.take(list(lines))
        assert [each.kind for each in verdicts] == ["accepted"] * len(lines), verdicts

    def scores(self, day):
        t = NOW + int(day * DAY)
        lead = self.leads.at("L", t)
        return LeadLines(self.live.model().plan_at(t), t).write(lead).split('"scores":')[1].split("}")[0] + "}"

    def mark(self):
        return read(self.table, lead_key("L")).digest


def test_every_lead_is_folded_anew_when_it_is_looked_at(releases):
    go(releases, TEN)
    worker = Worker(releases)
    worker.take(event(-2), event(-1))
    assert worker.scores(0) == '{"s":20}'
    done = go(releases, THREE)
    assert worker.scores(0) == '{"s":6}'
    assert worker.mark() != mark_of(done.digest)
    worker.take(event(1))
    assert (worker.scores(1), worker.mark()) == ('{"s":9}', mark_of(done.digest))


def test_kept_points_stay_for_late_events_too(releases):
    go(releases, TEN)
    worker = Worker(releases)
    worker.take(event(-2))
    done = go(releases, THREE, keep=True)
    assert worker.scores(0) == '{"s":10}'
    worker.take(event(1))
    assert (worker.scores(1), worker.mark()) == ('{"s":13}', mark_of(done.digest))
    worker.take(event(-1))
    assert (worker.scores(1), worker.scores(-0.5)) == ('{"s":23}', '{"s":20}')


def test_a_lead_that_was_folded_past_the_release_by_a_worker_that_did_not_know_is_set_right(releases):
    go(releases, TEN)
    slow = Worker(releases)
    slow.live.every = 10**9
    slow.take(event(-1))
    go(releases, THREE, keep=True)
    slow.take(event(1))
    assert slow.scores(1) == '{"s":20}'
    quick = Worker(releases)
    assert quick.scores(1) == '{"s":13}'
    quick.take(event(2))
    assert quick.scores(2) == '{"s":16}'


def test_a_state_that_is_carried_over_is_not_folded_anew(releases, monkeypatch):
    go(releases, TEN)
    worker = Worker(releases)
    worker.take(event(-1))
    go(releases, CALLS)
    monkeypatch.setattr(Folding, "_anew", None)
    worker.take(event(1), event(2, "call"))
    assert worker.scores(2) == '{"calls":1,"s":20}'


def test_going_back_serves_the_states_that_nobody_has_touched(releases, monkeypatch):
    first = go(releases, TEN)
    worker = Worker(releases)
    worker.take(event(-1))
    go(releases, THREE)
    releases.release(releases.propose_again(first, ME, NOW + 1))
    monkeypatch.setattr(Folding, "_anew", None)
    worker.take(event(1))
    assert worker.scores(1) == '{"s":20}'


def test_what_has_expired_is_carried_over_by_name(releases):
    go(releases, TEN + "score gone { rule g { on visit add 1 } }")
    worker = Worker(releases)
    leads = Leads(worker.table, worker.live.model(), lambda: NOW, retention=100 * DAY, pause=lambda _: None)
    assert [each.kind for each in leads.take([event(-300), event(-150), event(-1)])] == ["accepted"] * 3
    leads.sweep(lead_key("L"), NOW)
    assert read(worker.table, lead_key("L")).checkpoint is not None
    go(releases, THREE)
    assert worker.scores(0) == '{"s":23}'


# --- handlers ---------------------------------------------------------------------------------------------------------


def test_a_handler_takes_a_release_up_within_its_time_and_looks_no_more_often(releases):
    go(releases, TEN)
    clock = itertools.count(0, 10)
    live = Live(releases, every=30, clock=lambda: next(clock))
    first = live.model()
    reads = releases.table.spent.reads
    go(releases, THREE)
    spent = releases.table.spent.reads - reads
    assert live.model() is first
    assert live.model() is first
    assert releases.table.spent.reads - reads == spent
    changed = live.model()
    assert meaning(changed.table) == meaning(rules(THREE))
    assert live.model() is changed


def test_what_can_not_be_loaded_is_told_and_the_model_before_serves_on(releases):
    go(releases, TEN)
    told = []
    live = Live(Releases(releases.table, releases.bucket), every=0, failed=told.append)
    first = live.model()
    done = go(releases, THREE)
    held = releases.bucket.held.pop(table_key(done.hash))
    assert live.model() is first
    assert [type(each) for each in told] == [Missing]
    releases.bucket.held[table_key(done.hash)] = held
    assert meaning(live.model().table) == meaning(rules(THREE))


def test_without_any_release_there_is_nothing_to_go_on_with(releases):
    with pytest.raises(NothingLive, match="leadscore deploy"):
        Live(releases).model()


def test_a_label_leaves_the_states_and_changes_the_model(releases):
    go(releases, TEN)
    live = Live(releases, every=0)
    first = live.model()
    go(releases, LABELLED)
    assert live.model() is not first
    assert live.model().digest == first.digest


# --- the bucket -------------------------------------------------------------------------------------------------------


@pytest.fixture
def bucket(ministack):
    client = service(ministack, "s3")
    name = f"tables-{os.getpid()}-{next(_NUMBERS)}"
    client.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    return S3Bucket(client, name)


_NUMBERS = itertools.count()


def test_a_table_lies_in_the_bucket_under_its_hash_and_is_written_once(bucket):
    assert bucket.get("tables/none.json") is None
    bucket.put("tables/a.json", b"a")
    bucket.put("tables/a.json", b"a")
    assert bucket.get("tables/a.json") == b"a"


def test_a_release_goes_through_a_real_bucket_and_table(ministack, bucket):
    releases = Releases(create_table(ministack), bucket)
    done = go(releases, TEN)
    fresh = Releases(releases.table, bucket)
    assert meaning(Live(fresh).model().table) == meaning(rules(TEN))
    assert fresh.rules(done.hash) == rules(TEN)


# --- a trial ----------------------------------------------------------------------------------------------------------


def test_a_trial_stands_beside_the_live_release_until_the_next(releases):
    base = go(releases, TEN)
    canary = Canary(releases.store(rules(THREE)), 50_000, NOW, "ada", "?", "c")
    tried = releases.try_out(base, canary)
    assert (releases.live(), tried.canary) == (tried, canary)
    with pytest.raises(Overtaken):
        releases.try_out(base, None)
    with pytest.raises(Overtaken):
        releases.release(replace(releases.propose(rules(CALLS), ME, NOW), base=base))
    assert go(releases, CALLS, NOW + 1).canary is None
    assert all(each.canary is None for each in releases.history())


def test_a_handler_folds_a_trial_for_itself(releases):
    base = go(releases, TEN)
    live = Live(releases, every=0)
    assert live.canary() is None
    releases.try_out(base, Canary(releases.store(rules(THREE)), 50_000, NOW))
    model = live.model()
    canary, shadow = live.canary()
    assert live.model() is model
    assert (canary.share, meaning(shadow.table)) == (50_000, meaning(rules(THREE)))
    assert live.canary()[1] is shadow


# --- publications -----------------------------------------------------------------------------------------------------

FIVE = 'trigger five { when s >= 5 emit "five" }\n'


def told(worker):
    """What was published since, as (type, day)."""
    found = [json.loads(each) for each in worker.table.published]
    worker.table.published.clear()
    return [(each["type"], (read_instant(each["time"]) - NOW) / DAY) for each in found]


def test_what_fires_at_a_release_is_published_once_and_stays(releases):
    go(releases, TEN)
    worker = Worker(releases)
    worker.take(event(-2))
    go(releases, TEN + FIVE, keep=True)
    worker.leads.sweep(lead_key("L"), NOW + DAY)
    assert told(worker) == [("five", 0)]
    worker.take(event(1))
    worker.leads.sweep(lead_key("L"), NOW + 3 * DAY)
    assert told(worker) == []
    worker.take(event(-1))
    assert told(worker) == []
    assert worker.scores(2) == '{"s":30}'


def test_what_fires_at_a_release_is_taken_back_if_a_late_event_had_it_otherwise(releases):
    down = "event down { }\n" + TEN.replace("score s {", "score s { rule d { on down subtract 20 }")
    go(releases, down)
    worker = Worker(releases)
    worker.take(event(-2))
    go(releases, down + FIVE, keep=True)
    worker.leads.sweep(lead_key("L"), NOW)
    assert told(worker) == [("five", 0)]
    worker.take(event(-1, "down"))
    assert told(worker) == [("five.retracted", 0)]


def test_going_back_takes_back_what_only_the_release_made_fire(releases):
    first = go(releases, TEN)
    worker = Worker(releases)
    worker.take(event(-2))
    go(releases, TEN + FIVE)
    worker.leads.sweep(lead_key("L"), NOW)
    assert told(worker) == [("five", -2)]
    releases.release(releases.propose_again(first, ME, NOW + 1))
    worker.take(event(1))
    assert told(worker) == [("five.retracted", -2)]


def test_a_lead_just_before_the_release_stands_under_the_table_before(releases):
    go(releases, TEN)
    worker = Worker(releases)
    worker.take(event(-2))
    go(releases, THREE + "tally visits { on visit }\n", keep=True)
    worker.leads.sweep(lead_key("L"), NOW)
    just_before = worker.leads.at("L", NOW - 1)
    assert (len(just_before.tallies), len(worker.leads.at("L", NOW).tallies)) == (0, 1)
