"""Every lead brought under a release: in parts, over again after any interruption, without doing anything twice."""

from __future__ import annotations

import pytest

from runtime.dynamo import refold
from runtime.dynamo.leads import Leads
from runtime.dynamo.model import mark_of
from runtime.dynamo.releases import Releases
from runtime.times import DAY
from tests.cloud.leads import create_table, states
from tests.cloud.test_releases import NOW, TEN, THREE, Shelf, Worker, go
from tests.runtime.test_carry import event

MANY = 23


@pytest.fixture
def begun(dynamodb, monkeypatch):
    """Leads under one model, and another one that is live."""
    releases = Releases(create_table(dynamodb), Shelf())
    go(releases, TEN)
    worker = Worker(releases)
    worker.take(*(event(-2, lead=f"lead-{number}", n=number) for number in range(MANY)))
    go(releases, THREE, NOW)
    monkeypatch.setattr(refold, "_PAGE", 7)
    return worker


def run(worker, *, whole=True):
    """Work on all parts, or on a page of each; gives the parts."""
    parts = refold.plan(worker.table, 2, 3)
    return [refold.step(worker.table, worker.leads, part, NOW, lambda: whole) for part in parts]


def marks(worker):
    return {item["digest"] for item in states(worker.table)}


def test_all_leads_carry_the_mark_of_the_release_in_the_end(begun):
    done = run(begun)
    assert [(part.done, part.failed) for part in done] == [(True, 0)] * 3
    assert (sum(part.seen for part in done), sum(part.folded for part in done)) == (MANY, MANY)
    assert marks(begun) == {mark_of(begun.live.release.digest)}
    assert refold.progress(begun.table, 2) == done


def test_work_that_was_cut_off_goes_on_where_it_stopped(begun):
    first = run(begun, whole=False)
    assert not all(part.done for part in first)
    seen = sum(part.seen for part in first)
    for _ in range(20):
        done = run(begun, whole=False)
        assert sum(part.seen for part in done) >= seen
        seen = sum(part.seen for part in done)
    assert all(part.done for part in done)
    assert (sum(part.seen for part in done), sum(part.folded for part in done)) == (MANY, MANY)


def test_doing_it_again_changes_nothing(begun):
    run(begun)
    before = states(begun.table)
    assert sum(part.folded for part in run(begun)) == MANY
    fresh = [refold.Part(3, at, 2) for at in range(2)]
    done = [refold.step(begun.table, begun.leads, part, NOW, lambda: True) for part in fresh]
    assert (sum(part.seen for part in done), sum(part.folded for part in done)) == (MANY, 0)
    assert states(begun.table) == before


def test_a_worker_that_dies_after_a_page_but_before_it_said_so_does_it_again(begun, monkeypatch):
    save, calls = refold._save, []

    def dying(table, part):
        calls.append(part)
        if len(calls) == 5:
            raise ConnectionError("gone")
        save(table, part)

    monkeypatch.setattr(refold, "_save", dying)
    with pytest.raises(ConnectionError):
        run(begun)
    run(begun)
    assert marks(begun) == {mark_of(begun.live.release.digest)}


def test_leads_that_could_not_be_folded_are_told_and_tried_again(begun, monkeypatch):
    sweep, leads = Leads.sweep, begun.leads
    unlucky = sorted(item["pk"] for item in states(begun.table))[:2]

    def failing(self, pk, upto):
        if pk in unlucky:
            raise ValueError("it is not its day")
        return sweep(self, pk, upto)

    with monkeypatch.context() as patch:
        patch.setattr(Leads, "sweep", failing)
        for _ in range(2):
            failed = 0
            for part in refold.plan(begun.table, 2, 3):
                try:
                    refold.step(begun.table, leads, part, NOW, lambda: True)
                except refold.Unfinished as unfinished:
                    failed += unfinished.part.failed
            assert failed == 2
    assert sum(part.folded for part in refold.progress(begun.table, 2)) == MANY - 2
    done = run(begun)
    assert (sum(part.folded for part in done), sum(part.failed for part in done)) == (MANY, 0)
    assert marks(begun) == {mark_of(begun.live.release.digest)}


def test_kept_points_are_looked_at_at_the_instant_of_the_release(dynamodb):
    releases = Releases(create_table(dynamodb), Shelf())
    go(releases, TEN)
    worker = Worker(releases)
    worker.take(event(-2))
    go(releases, THREE + 'trigger t { when s >= 5 emit "reached" }', NOW, keep=True)
    worker.table.published.clear()
    (part,) = refold.plan(worker.table, 2, 1)
    assert refold.step(worker.table, worker.leads, part, NOW + DAY, lambda: True).folded == 1
    (told,) = worker.table.published
    assert '"type":"reached"' in told
    assert '"time":"2026-03-02T00:00:00Z"' in told
