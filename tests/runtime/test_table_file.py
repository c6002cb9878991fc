"""A table file is read exactly or refused, with a sentence that says why."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from runtime.table import Match, OnRule, Score, Table, TableError, dump, load

TABLE = Table(
    model="m",
    lateness=5,
    scores={
        "s": Score(
            low=0, on=(OnRule("r", Match("visit", where=("=", ("prop", "n"), ("lit", Decimal("1.50")))), points=3),)
        )
    },
)


def changed(**parts) -> bytes:
    return json.dumps({**json.loads(dump(TABLE)), **parts}).encode()


def test_a_table_comes_back_as_it_was():
    assert load(dump(TABLE)) == TABLE


def test_a_number_of_many_digits_is_written_and_read_exactly():
    long = Decimal("123456789012345678901234567890.12345678901234567890")
    table = Table(model="m", lateness=5, tests=(("=", ("prop", "n"), ("lit", long)),))
    assert load(dump(table)).tests[0][2] == ("lit", long)


def test_the_same_table_is_the_same_bytes_however_its_numbers_are_held():
    other = Table(
        model="m",
        lateness=5,
        scores={
            "s": Score(
                low=0, on=(OnRule("r", Match("visit", where=("=", ("prop", "n"), ("lit", Decimal("1.5")))), points=3),)
            )
        },
    )
    assert dump(other) == dump(TABLE)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "not a rule table: it is not JSON"),
        (b"\xff\xfe", "not a rule table: it is not JSON"),
        (b"[" * 100_000, "not a rule table: it is not JSON"),
        (b"{}", "`format` is not `leadscore-table`"),
        (b"[]", "`format` is not `leadscore-table`"),
        (changed(format="something else"), "`format` is not `leadscore-table`"),
        (changed(version=2), "has table format 2 and this runtime reads up to 1; update leadscore"),
        (changed(version="1"), "`version` is not a positive whole number"),
        (changed(version=True), "`version` is not a positive whole number"),
        (changed(lateness=6), "is damaged: its content does not fit its hash"),
        (changed(hash="sha256:00"), "is damaged: its content does not fit its hash"),
        (dump(TABLE)[:-30], "it is not JSON"),
    ],
)
def test_what_is_no_table_is_refused(data, says):
    with pytest.raises(TableError) as refused:
        load(data, "t.json")
    assert says in str(refused.value)
    assert str(refused.value).startswith("t.json ")


def test_a_table_with_unknown_members_is_damaged_even_if_its_hash_fits():
    from runtime.table import _digest

    document = json.loads(dump(TABLE), parse_float=Decimal)
    del document["hash"]
    document["more"] = 1
    document["hash"] = _digest(document)
    with pytest.raises(TableError, match="is damaged"):
        load(json.dumps(document, default=float).encode())
