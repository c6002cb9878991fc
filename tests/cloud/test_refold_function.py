"""The function behind the state machine, driven as the machine drives it."""

from __future__ import annotations

import json

import pytest

from runtime.dynamo import refold
from runtime.dynamo.model import mark_of
from runtime.handlers import refold as function
from runtime.handlers.observed import HandlerError
from runtime.handlers.settings import Settings
from runtime.handlers.world import World
from runtime.times import DAY
from tests.cloud.functions import Context, Released
from tests.cloud.leads import create_table, model_of, states
from tests.cloud.test_refold import MANY
from tests.cloud.test_releases import CALLS, NOW, TEN, THREE, Releases, Shelf, Worker, go
from tests.conftest import ROOT
from tests.runtime.test_carry import event


@pytest.fixture
def begun(dynamodb, monkeypatch):
    releases = Releases(create_table(dynamodb), Shelf())
    go(releases, TEN)
    worker = Worker(releases)
    worker.take(*(event(-2, lead=f"lead-{number}", path=str(number)) for number in range(MANY)))
    go(releases, THREE)
    world = World(Settings(worker.table.name), worker.table, worker.live, lambda: NOW + DAY)
    monkeypatch.setattr(function, "world", lambda: world)
    monkeypatch.setattr(refold, "_PAGE", 7)
    return worker


def machine(given, context):
    """What the state machine does: it plans, and works on each part until that is done; what each step gave."""
    definition = json.loads((ROOT / "infra" / "refold.asl.json").read_text(encoding="utf-8"))["States"]
    plan = definition["Plan"]["Parameters"]["Payload"]
    assert plan == {"do": "plan", "given.$": "$"}
    assert definition["Plan"]["ResultSelector"] == {"parts.$": "$.Payload.parts"}
    steps = definition["Parts"]["ItemProcessor"]["States"]
    assert steps["Step"]["Parameters"]["Payload"] == {"do": "step", "part.$": "$"}
    assert steps["More"]["Choices"] == [{"Variable": "$.done", "BooleanEquals": True, "Next": "Done"}]
    gave = []
    for part in json.loads(json.dumps(function.handler({"do": "plan", "given": given}, context)))["parts"]:
        while not part["done"]:
            part = json.loads(json.dumps(function.handler({"do": "step", "part": part}, context)))
            gave.append(part)
    return gave


def test_parts_are_worked_on_until_all_leads_are_under_the_release(begun):
    gave = machine({"parts": 2}, Context())
    assert [part["part"] for part in gave] == [0, 1]
    assert (sum(part["seen"] for part in gave), sum(part["folded"] for part in gave)) == (MANY, MANY)
    assert {item["digest"] for item in states(begun.table)} == {mark_of(begun.live.release.digest)}


def test_a_step_ends_before_its_time_and_the_next_goes_on(begun):
    gave = machine({"parts": 2}, Context(1_000))
    assert len(gave) > 4
    last = {part["part"]: part for part in gave}
    assert sum(part["seen"] for part in last.values()) == MANY


@pytest.mark.parametrize("given", [{}, [], {"parts": "many"}, {"parts": 0}])
def test_what_is_given_to_the_machine_may_be_anything(begun, monkeypatch, given):
    monkeypatch.setattr(refold, "PARTS", 3)
    plan = function.handler({"do": "plan", "given": given}, Context())
    assert [part["of"] for part in plan["parts"]] == [3, 3, 3]


def test_a_part_of_an_earlier_release_is_through_at_once(begun):
    (part,) = function.handler({"do": "plan", "given": {"parts": 1}}, Context())["parts"]
    go(begun.live.releases, CALLS, NOW + 1)
    assert function.handler({"do": "step", "part": part}, Context())["done"] is True
    assert not refold.progress(begun.table, 2)[0].done


def test_a_function_that_serves_a_file_has_no_release_to_bring_leads_under(begun, monkeypatch):
    world = World(Settings("t"), begun.table, Released(model_of(TEN)), lambda: NOW)
    monkeypatch.setattr(function, "world", lambda: world)
    with pytest.raises(HandlerError, match="NoReleases"):
        function.handler({"do": "plan", "given": {}}, Context())
