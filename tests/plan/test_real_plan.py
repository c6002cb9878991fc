"""A plan over a bank's event log says what two runs over it say."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from cli.main import main
from runtime.times import read_moment
from tests.insight.test_change import naive
from tests.plan.test_plan import Decimal
from tests.real import mapping
from tests.test_real_data import HERE, data_of

CHANGED = [
    ("on offer_sent  add 10, at most 3 times", "on offer_sent  add 14, at most 3 times"),
    ("add 30, once per 30 days", "add 20, once per 30 days"),
    ("by 10% every 5 days", "by 15% every 5 days"),
    ("ready at 60", "ready at 55"),
]


@pytest.fixture(scope="module")
def folder(shared, tmp_path_factory) -> Path:
    """One in thirty cases, the model that they are folded with, and a changed one."""
    made = tmp_path_factory.mktemp("loans")
    lines = mapping.loan_applications(data_of(shared, "bpic2012"))
    some = [line for line in lines if json.loads(line)["subject"].endswith(("07", "17", "27"))]
    (made / "events.jsonl").write_bytes(b"\n".join(some))
    text = (HERE / "loan.score").read_text(encoding="utf-8")
    (made / "old.score").write_text(text, encoding="utf-8")
    for was, now in CHANGED:
        assert was in text
        text = text.replace(was, now)
    (made / "new.score").write_text(text, encoding="utf-8")
    return made


@pytest.fixture(scope="module")
def found(folder):
    said = ["plan", str(folder / "new.score"), "--against", str(folder / "old.score")]
    plan = folder / "plan.json"
    assert main([*said, "--events", str(folder / "events.jsonl"), "--since", "2012-01-01", "-o", str(plan)]) == 0
    return json.loads(plan.read_bytes(), parse_float=Decimal)


def test_its_numbers_are_those_of_two_runs(folder, found):
    from compiler.compile import compile_file
    from runtime.dynamo.model import Model

    old, new = (Model(compile_file(folder / name).table) for name in ("old.score", "new.score"))
    lines, result = (folder / "events.jsonl").read_bytes().splitlines(), found["result"]
    want = naive(old, new, lines, read_moment(found["until"]), read_moment("2012-01-01"))
    assert result["leads"]["both"] == want["both"] > 200
    for each in result["scores"]:
        assert (each["up"], each["down"], each["same"], each["sum"] * 1000) == want["moves"][each["score"]]
    for each in result["bands"]:
        flow = {(move["old"], move["new"]): move["leads"] for move in each["moves"]}
        assert flow == want["bands"][each["score"]]
    assert {(move["old"], move["new"]): move["leads"] for move in result["stages"]} == want["stages"]
    lists = {(each["line"], each["name"]): each for each in result["qualified"]}
    at_end = lists["ready", "progress"]["at_end"]
    assert of(at_end) == want["ready"]["progress"] and at_end["lost"]
    for name, count in want["ever"].items():
        assert of(lists["trigger", name]["in_period"]) == count
    for each in result["firings"]:
        assert [each["old"], each["new"]] == [side.total() for side in want["weeks"][each["trigger"]]]
        assert Counter({week["week"]: week["new"] for week in each["weeks"]}).total() == each["new"]


def of(count):
    gained, lost = (sorted(each["lead"] for each in count[side]) for side in ("gained", "lost"))
    return gained, lost, count["old"], count["new"]


def test_every_change_is_there_and_those_who_crossed_are_accounted_for(found):
    causes = {each["name"]: each for each in found["result"]["causes"]}
    changed = {name for name, each in causes.items() if each["change"]}
    rules = {"progress: sent", "progress: back", "progress: what time takes", "progress: the ready line"}
    assert changed == rules | {"trigger hot"}, "the trigger asks for the line"
    assert all(causes[name]["gained"] is not None for name in changed)
    looked = found["result"]["looked_into"]
    assert 0 < looked["leads"] == looked["of"]
