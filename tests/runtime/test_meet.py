"""What is remembered of values never lets a value pass that its property does not take, nor changes what matches."""

from __future__ import annotations

import json
from typing import Any

import pytest

from compiler.compile import compile_text
from runtime.intake import Intake, Rejected
from runtime.meet import check
from runtime.plan import Plan

MODEL = """
model m { }
lead { country: text }
event e {
  text: text  must: text required  kind: one of "a", "b"  size: integer  small: integer 1..3  rate: number
  share: percent  flag: boolean  day: date  words: list of text  note: text  count: integer  part: number 0..1
}
event renamed as "com.example.renamed" { text: text as "the-text"  share: percent required }
event asks_lead { text: text }
score s {
  rule r1 { on e where text = "x" and must = "x"  add 1 }
  rule r2 { on e where kind = "a" and size >= 1 and small = 1  add 2 }
  rule r3 { on e where rate > 0.5 and share >= 1%  add 4 }
  rule r4 { on e where flag and day >= 2026-01-01  add 8 }
  rule r5 { on e where "x" in words  add 16 }
  rule r6 { on e where must is present and share = 100%  add 32 }
  rule r7 { on e where text is missing and flag = false  add 64 }
  rule r8 { on renamed where text = "x" and share >= 1%  add 128 }
  rule r9 { on asks_lead where text = "x" and lead.country = "DK"  add 256 }
}
"""
GOOD: dict[str, Any] = {
    "text": "x", "must": "x", "kind": "a", "size": 1, "small": 1, "rate": 1, "share": 1, "flag": True,
    "day": "2026-03-02", "words": ["x"], "note": "x", "count": 1, "part": 1,
}  # fmt: skip
ODD: list[Any] = [
    None, True, False, 0, 1, 2, 100, 10**15, -1, 0.5, 1.0, 1e300, "1e300", "", "x", "é", "e\u0301", "1", "a", "c",
    "2026-03-02", "2026-02-30", [], ["x"], ["x", 1], {}, "x" * 600,
]  # fmt: skip


@pytest.fixture(scope="module")
def intake() -> Intake:
    table = compile_text(MODEL).table
    assert table is not None
    return Intake(Plan(table), 1 << 61)


def line(type: str, data: Any) -> bytes:
    head = {"specversion": "1.0", "id": "1", "source": "s", "type": type, "subject": "l", "time": "2026-01-05T10:00Z"}
    return json.dumps({**head, "data": data}).encode().replace(b'"1e300"', b'"1e+300"')


def said(intake: Intake, given: bytes) -> tuple[Any, Any]:
    """What the intake makes of a line: its values and the rules that match, or the reason why it is rejected."""
    try:
        _, (_, _, _, found, data, _) = intake.meet(given, whole=True)
    except Rejected as rejected:
        return rejected.reason, None
    matched = [rule.name for rule in found.matched] if found.met else None
    known = set(intake._named[found.kind.name].fields)
    return {name: value for name, value in (data or {}).items() if name in known and value is not None}, matched


def by_itself(intake: Intake, given: bytes) -> tuple[Any, Any]:
    """The same by the slow way, which remembers nothing of an event but what the rules find."""
    try:
        _, (_, kind, data, _) = intake._read_slowly(given)
    except Rejected as rejected:
        return rejected.reason, None
    matched = [rule.name for rule in kind.plan.find(data, {}).matched] if kind.plan.early else None
    return {name: value for name, value in data.items() if name in kind.fields and value is not None}, matched


@pytest.mark.parametrize("field", list(GOOD))
def test_a_value_is_met_as_it_is_checked_and_matched_whatever_came_before(intake: Intake, field: str) -> None:
    """Each odd value comes after all good ones are remembered, and twice, so that it too may be."""
    assert said(intake, line("e", GOOD)) == by_itself(intake, line("e", GOOD))
    for value in [*ODD, *ODD]:
        given = line("e", {**GOOD, field: value})
        assert said(intake, given) == by_itself(intake, given), value


@pytest.mark.parametrize("field", list(GOOD))
def test_a_missing_property_is_met_as_it_is_checked(intake: Intake, field: str) -> None:
    given = line("e", {name: value for name, value in GOOD.items() if name != field})
    assert said(intake, given) == by_itself(intake, given)


@pytest.mark.parametrize("value", ODD)
def test_properties_of_another_spelling_are_met_under_their_own_names(intake: Intake, value: Any) -> None:
    for data in ({"the-text": value, "share": 1}, {"the-text": "x", "share": value}):
        given = line("com.example.renamed", data)
        assert said(intake, given) == by_itself(intake, given)


def test_what_asks_attributes_is_not_found_before_the_lead_is_known(intake: Intake) -> None:
    _, (_, _, _, found, data, _) = intake.meet(line("asks_lead", {"text": "x"}))
    assert not found.met
    assert data == {"text": "x"}


def test_values_that_nobody_asks_for_any_more_are_let_go(intake: Intake) -> None:
    _, (_, _, _, found, data, _) = intake.meet(line("e", GOOD))
    assert found.met
    assert data is None


def test_a_checked_event_of_another_spelling_has_its_own_names(intake: Intake) -> None:
    kind = intake.kinds["com.example.renamed"]
    assert check(kind, {"the-text": "x", "share": 50}) == {"text": "x", "share": check(kind, {"share": 50})["share"]}
