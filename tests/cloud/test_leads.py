"""Leads in DynamoDB give what the reference gives, whatever order and company events come in, and cost what is said."""

from __future__ import annotations

import os
import random
from dataclasses import replace
from typing import Any

import pytest

from benchmarks.cloud import Dictionary
from runtime.dynamo.client import Item, Spent, size
from runtime.dynamo.erase import erase
from runtime.dynamo.folding import Folding
from runtime.dynamo.history import MANY
from runtime.dynamo.keys import lead_key
from runtime.dynamo.leads import Leads
from runtime.dynamo.rows import UNIT, read
from runtime.dynamo.verdicts import ERASED
from runtime.times import DAY, read_instant
from runtime.times import now as clock
from tests.cloud.leads import World, model_of, states
from tests.cloud.shop import PLAIN
from tests.conformance import FOLDER, Case, bag, cases, option
from tests.models import Sample, SampleRun, make
from tests.reference_runs import Outcome
from tests.test_reference import by_reference, compared

SEEDS = int(os.environ.get("LEADSCORE_CASES", "80")) // 16
FIRST = int(os.environ.get("LEADSCORE_SEED", "0"))


def event(number: int, at: str, kind: str = "view", data: str = '{"path":"/pricing"}', lead: str = "lead-1") -> str:
    return (
        f'{{"specversion":"1.0","id":"e-{number}","source":"web","type":"{kind}","subject":"{lead}",'
        f'"time":"{at}","data":{data}}}'
    )


def visit(number: int, length: int = 32) -> str:
    """The data of a page view, with something in it that no two share."""
    return f'{{"path":"/pricing","session":"{random.Random(number).randbytes(length).hex()}"}}'


def minute(number: int) -> str:
    return f"2026-01-{1 + number // 1440:02d}T{number // 60 % 24:02d}:{number % 60:02d}:00Z"


def world(address: str, model: str = PLAIN, **options: int) -> World:
    made = World(address, model, **options)
    made.time = read_instant("2026-03-01T00:00:00Z")
    return made


def without_account_triggers(outcome: Outcome) -> Outcome:
    """Account triggers have a home of their own: here accounts are leads put together."""
    return Outcome(
        outcome.leads,
        [{**line, "tags": [], "fired": []} for line in outcome.accounts],
        outcome.segments,
        outcome.rejects,
        [line for line in outcome.outbox if not line["data"]["trigger"].startswith("u")],
    )


def in_step(sample: Sample) -> Sample:
    """The sample with runs that look up to their newest event and publish what is due, as a function does."""
    return replace(sample, runs=tuple(replace(run, at=None, publish=True) for run in sample.runs))


@pytest.fixture(params=["dynamodb", "ministack"])
def table_service(request: pytest.FixtureRequest) -> str:
    """The address of each service that stands in for DynamoDB: they err in different places."""
    return str(request.getfixturevalue(request.param))


# --- the same as the reference ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(FIRST, FIRST + max(SEEDS, 1)))
def test_leads_scores_rejects_and_publications_are_those_of_the_reference(seed: int, table_service: str) -> None:
    sample = in_step(make(seed))
    given = World(table_service, sample.model)
    for run, want in zip(sample.runs, by_reference(sample), strict=True):
        got = given.run(run)
        assert list(compared(without_account_triggers(want), without_account_triggers(got))) == [], sample.model


def test_every_event_alone_in_any_order_with_repeats_comes_to_the_same(table_service: str) -> None:
    chance = random.Random(7)
    lines = [event(n, minute(chance.randrange(40 * 1440) % (31 * 1440)), lead=f"lead-{n % 2}") for n in range(60)]
    shuffled = [*lines, *chance.sample(lines, 20)]
    chance.shuffle(shuffled)
    at = read_instant("2026-02-10T00:00:00Z")
    whole, parts = world(table_service), world(table_service)
    whole.take(lines)
    kinds = [verdict.kind for line in shuffled for verdict in parts.take([line])]
    assert sorted(kinds) == ["accepted"] * 60 + ["duplicate"] * 20
    whole.sweep(at)
    parts.sweep(at)
    ours, theirs = parts.at(at), whole.at(at)
    assert [(lead.a, lead.fired, lead.entered) for lead in ours] == [(x.a, x.fired, x.entered) for x in theirs]
    assert [lead.done for lead in ours] == [lead.done for lead in theirs]


# --- what it costs ----------------------------------------------------------------------------------------------------


def costs(given: World, lines: list[str]) -> list[Spent]:
    """What each line costs when it comes alone."""
    found = []
    for line in lines:
        given.table.spent = Spent()
        assert [verdict.kind for verdict in given.take([line])] == ["accepted"]
        found.append(given.table.spent)
    return found


def test_an_event_in_order_of_a_known_lead_costs_two_writes_and_one_read(dynamodb: str) -> None:
    given = world(dynamodb)
    spent = costs(given, [event(n, minute(n), data=visit(n)) for n in range(80)])
    assert spent[0].reads == 1.0
    assert [(cost.reads, cost.writes) for cost in spent[1:]] == [(1.0, 2.0)] * 79
    (item,) = states(given.table)
    assert len(item["refs"]) // 16 in range(1, MANY), "lines have moved to claims, and are not rolled up yet"
    assert len(given.leads.events_of("lead-1")) == 80


def test_a_lead_with_a_long_history_costs_as_much_as_a_short_one() -> None:
    table = Dictionary()
    leads = Leads(table, model_of(PLAIN), lambda: read_instant("2026-03-01T00:00:00Z"))
    sizes: list[int] = []
    put = table.put

    def measured(item: Item, when: Any = None) -> None:
        put(item, when)
        if item["sk"] in ("S", "C"):
            sizes.append(size(table.items[item["pk"], item["sk"]]))

    table.put = measured  # type: ignore[method-assign]
    for n in range(1500):
        leads.take([event(n, minute(n), data=visit(n)).encode()])
        leads.compact(lead_key("lead-1"))  # as publish does
    assert len(leads.events_of("lead-1")) == 1500
    assert read(table, lead_key("lead-1")).saved, "states are saved beside it"
    assert max(sizes) <= UNIT


def test_a_batch_writes_the_state_of_a_lead_once(dynamodb: str) -> None:
    given = world(dynamodb)
    given.take([event(0, minute(0))])
    before = read(given.table, lead_key("lead-1")).version
    given.table.spent = Spent()
    given.take([event(n, minute(n)) for n in range(1, 6)])
    assert read(given.table, lead_key("lead-1")).version == before + 1
    assert given.table.spent.writes == 6.0  # one claim each, and the lead


def test_a_repeat_of_a_recent_event_writes_nothing(dynamodb: str) -> None:
    given = world(dynamodb)
    given.take([event(0, minute(0)), event(1, minute(1))])
    given.table.spent = Spent()
    assert [verdict.kind for verdict in given.take([event(0, minute(0))])] == ["duplicate"]
    assert (given.table.spent.reads, given.table.spent.writes) == (1.0, 0.0)


# --- what is kept, and how long ---------------------------------------------------------------------------------------


def test_lines_that_were_rolled_up_are_all_there_each_once(dynamodb: str) -> None:
    given = world(dynamodb)
    lines = [event(n, minute(n), data=visit(n, 80)) for n in range(150)]
    for line in lines:
        given.take([line])
    row = read(given.table, lead_key("lead-1"))
    assert any(item["sk"].startswith("E#") for item in given.table.query(row.pk)), "nothing was rolled up"
    assert [held[3].decode() for held in given.leads.events_of("lead-1")] == lines
    late = '{"specversion":"1.0","id":"late","source":"web","type":"order","subject":"lead-1","time":"2026-01-01T00:00:30Z","data":{"amount":7}}'  # noqa: E501  # one line
    given.take([late])
    lead = given.leads.at("lead-1", given.time)
    other = world(dynamodb)
    other.take([*lines, late])
    want = other.leads.at("lead-1", given.time)
    assert lead is not None and want is not None
    assert (lead.a, lead.fired) == (want.a, want.fired)
    assert [verdict.kind for verdict in given.take(lines[:3])] == ["duplicate"] * 3


def test_an_event_that_is_a_little_late_needs_no_whole_history(table_service: str) -> None:
    given, whole = world(table_service), world(table_service)
    lines = [event(n, minute(n), data=visit(n, 80)) for n in range(400)]
    for start in range(0, 400, 4):
        given.take(lines[start : start + 4])
    late = [event(1000 + n, minute(n).replace(":00Z", ":30Z"), "order", '{"amount":1}') for n in (390, 10, 380, 398)]
    reads = []
    for line in late:
        given.table.spent = Spent()
        given.take([line])
        reads.append(given.table.spent.reads)
    whole.take([*lines, *late])
    ours, theirs = given.leads.at("lead-1", given.time), whole.leads.at("lead-1", given.time)
    assert ours is not None and theirs is not None
    assert (ours.a, ours.fired, ours.caps) == (theirs.a, theirs.fired, theirs.caps)
    assert reads[0] < reads[1], "the event an hour late went back as far as the one of the last minutes"


def test_what_the_retention_has_outlived_is_folded_into_a_checkpoint(table_service: str) -> None:
    model = PLAIN.replace("model shop { }", "model shop { lateness 10 days }")
    given, whole = world(table_service, model, retention=30 * DAY), world(table_service, model)
    noons = [f"2026-0{1 + day // 28}-{1 + day % 28:02d}T12:00:00Z" for day in range(0, 112, 4)]
    for number, noon in enumerate(noons):
        given.time = whole.time = read_instant(noon)
        for each in (given, whole):
            each.take([event(number, noon)])
            each.sweep(each.time)
    late = event(99, noons[-3].replace("12:00", "13:00"), "order", '{"amount":3}')
    assert given.take([late])[0].kind == whole.take([late])[0].kind == "accepted"
    row = read(given.table, lead_key("lead-1"))
    assert row.checkpoint is not None
    assert len(given.leads.events_of("lead-1")) < len(whole.leads.events_of("lead-1"))
    at = given.time + 20 * DAY
    ours, theirs = given.leads.at("lead-1", at), whole.leads.at("lead-1", at)
    assert ours is not None and theirs is not None
    assert (ours.a, ours.fired, ours.first, ours.active) == (theirs.a, theirs.fired, theirs.first, theirs.active)
    with pytest.raises(LookupError, match="have expired"):
        given.leads.at("lead-1", read_instant(noons[2]))


def test_claims_with_lines_are_rolled_up_away_from_deliveries(dynamodb: str) -> None:
    given = world(dynamodb)
    lines = [event(n, minute(n), data=visit(n, 80)) for n in range(120)]
    rolled = []
    for line in lines:
        given.take([line])
        before = read(given.table, lead_key("lead-1"))
        rolled.append(given.leads.compact(before.pk))
        after = read(given.table, before.pk)
        assert rolled[-1] == (len(before.refs) >= MANY) == (not after.refs and bool(before.refs))
        assert not rolled[-1] or after.out == []
        assert (after.tail, after.newest, after.due) == (before.tail, before.newest, before.due)
    assert any(rolled)
    assert [held[3].decode() for held in given.leads.events_of("lead-1")] == lines
    assert {verdict.kind for verdict in given.take(lines)} == {"duplicate"}


BIG = """
model big { }
event view { path: text }
score s { rule r { on view add 1, at most 1 times per 300 days for each path } }
"""


def test_a_state_above_the_size_of_an_item_does_not_break_its_lead(table_service: str) -> None:
    given = world(table_service, BIG)
    chance = random.Random(3)
    paths = [f"{chance.randbytes(1300).hex()}" for _ in range(400)]
    lines = [event(n, minute(n), data=f'{{"path":"{path}"}}') for n, path in enumerate(paths)]
    for start in range(0, 400, 100):
        assert {verdict.kind for verdict in given.take(lines[start : start + 100])} == {"accepted"}
    row = read(given.table, lead_key("lead-1"))
    assert len(row.parts) > 1, "the state fits one item, so nothing was shown"
    assert {verdict.kind for verdict in given.take(lines[:5])} == {"duplicate"}
    given.take([event(5000, minute(1300)), event(5001, minute(1301), data=f'{{"path":"{paths[0]}"}}')])
    lead = given.leads.at("lead-1", given.time)
    assert lead is not None
    assert lead.a == [401_000]
    row = read(given.table, lead_key("lead-1"))
    parts = [item["sk"] for item in given.table.query(row.pk, "P#")]
    assert sorted(parts) == sorted(row.parts), "parts of older versions are left over"


# --- pairs ------------------------------------------------------------------------------------------------------------


def test_a_pair_of_another_lead_is_other_content_also_within_one_batch(table_service: str) -> None:
    given = world(table_service)
    first, other = event(1, minute(1)), event(1, minute(1), lead="lead-2")
    assert [verdict.kind for verdict in given.take([first, other])] == ["accepted", "rejected"]
    assert [verdict.kind for verdict in given.take([other, first])] == ["rejected", "duplicate"]


def test_a_rejected_event_may_come_again_mended_under_its_pair(table_service: str) -> None:
    given = world(table_service)
    broken, mended = event(1, minute(1), "order", '{"amount":"x"}'), event(1, minute(1), "order", '{"amount":3}')
    assert [given.take([line])[0].kind for line in (broken, mended, broken)] == ["rejected", "accepted", "rejected"]


def test_a_line_that_a_newer_model_refuses_is_a_duplicate_only_if_it_was_taken_in(dynamodb: str) -> None:
    given = world(dynamodb)
    other = PLAIN.replace("event order {", "event sale {").replace(" on order", " on sale")
    newer = Leads(given.table, model_of(other), lambda: given.time)
    lines = [event(n, minute(n), "order", '{"amount":1}') for n in range(3)]
    given.take(lines[:1])
    put: Any = given.table.put

    def dying(item: Item, when: Any = None) -> None:
        if item["sk"] == "S":
            raise OSError("it died after it had claimed the pair")
        put(item, when)

    given.table.put = dying  # type: ignore[method-assign]
    assert given.take(lines[1:2])[0].kind == "failed"
    given.table.put = put  # type: ignore[method-assign]
    found = newer.take([line.encode() for line in lines])
    assert [verdict.kind for verdict in found] == ["duplicate", "rejected", "rejected"]
    assert [verdict.kind for verdict in given.take(lines)] == ["duplicate", "accepted", "accepted"]


def test_a_line_that_is_no_event_is_rejected_with_its_reason(dynamodb: str) -> None:
    given = world(dynamodb)
    reasons = [
        verdict.reason for verdict in given.take(["{", '{"specversion":"1.0"}', event(1, "2027-01-01T00:00:00Z")])
    ]
    assert reasons[0].startswith("not JSON")
    assert "`id` is missing" in reasons[1]
    assert reasons[2] == "later than now by more than 5 minutes"


def test_the_trouble_of_one_lead_is_no_trouble_of_others(dynamodb: str, monkeypatch: pytest.MonkeyPatch) -> None:
    given = world(dynamodb)
    bring = Folding.go_on

    def fail(self: Folding, row: object, new: list[object]) -> None:
        if getattr(row, "id") == "lead-2":  # noqa: B009  # any object
            raise RuntimeError("no")
        bring(self, row, new)  # type: ignore[arg-type]

    monkeypatch.setattr(Folding, "go_on", fail)
    verdicts = given.take([event(1, minute(1)), event(2, minute(1), lead="lead-2"), event(3, minute(2))])
    assert [verdict.kind for verdict in verdicts] == ["accepted", "failed", "accepted"]
    monkeypatch.undo()
    assert given.take([event(2, minute(1), lead="lead-2")])[0].kind == "accepted"


def test_who_is_at_work_on_a_lead_that_is_erased_begins_again(dynamodb: str) -> None:
    given = world(dynamodb)
    lines = [event(n, minute(n), data=visit(n, 80)) for n in range(30)]
    get_all: Any = given.table.get_all

    def overtaken(keys: Any) -> Any:
        given.table.get_all = get_all  # type: ignore[method-assign]
        erase(given.table, "lead-1", given.time)
        return get_all(keys)

    for line in lines:
        given.take([line])
    assert read(given.table, lead_key("lead-1")).refs, "nothing lies where the erase could take it away"
    given.table.get_all = overtaken  # type: ignore[method-assign]
    assert given.leads.at("lead-1", read_instant("2026-01-01T00:10:00Z")) is None
    again = [line.replace('"e-', '"f-').replace("2026-01-", "2026-03-") for line in lines]
    given.time += 60 * DAY
    for line in again:
        given.take([line])
    given.table.get_all = overtaken  # type: ignore[method-assign]
    late = event(500, "2026-03-01T00:00:30Z", "order", '{"amount":1}')
    assert [verdict.reason for verdict in given.take([late])] == [ERASED]


# --- the conformance cases --------------------------------------------------------------------------------------------


CASES = [case for case in cases() if len(case.runs) == 1] if FOLDER.exists() else []


@pytest.mark.skipif(not FOLDER.exists(), reason="the conformance cases are not beside this project")
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_conformance_case_gives_what_was_computed_by_hand(case: Case, dynamodb: str) -> None:
    (run,) = case.runs
    at, now = option(run.args, "--at"), option(run.args, "--now")
    given = World(dynamodb, case.model)
    outcome = given.run(SampleRun(run.lines, at, now or clock()))
    assert outcome.leads == case.leads
    assert bag(outcome.rejects) == bag(case.rejects)
    for name, lines in case.segments.items():
        assert outcome.segments[name] == lines
