"""Records are what frozen dataclasses are, and cost a cold start less."""

from __future__ import annotations

import dataclasses
import subprocess
import sys

import pytest

from runtime.record import Record
from runtime.table import Band, Field, Stages, Table


class One(Record, frozen=True):
    a: int
    b: str = "x"


class Two(Record, frozen=True):
    a: int
    b: str = "x"


def test_records_of_one_class_are_equal_by_what_they_hold() -> None:
    assert One(1) == One(1, "x")
    assert hash(One(1)) == hash(One(1, "x"))
    assert One(1) != One(2)
    assert One(1) != Two(1)
    assert repr(One(1)) == "One(a=1, b='x')"


def test_a_record_is_frozen() -> None:
    with pytest.raises(AttributeError):
        One(1).a = 2  # type: ignore[misc]  # that is the question
    assert not hasattr(One(1), "__dict__")


def test_a_record_is_changed_and_looked_through_like_a_dataclass() -> None:
    assert dataclasses.replace(Stages(("a",)), beside=("b",)) == Stages(("a",), ("b",))
    assert dataclasses.is_dataclass(One(1))
    assert [each.name for each in dataclasses.fields(Band)] == ["name", "below"]
    assert dataclasses.asdict(One(1)) == {"a": 1, "b": "x"}
    with pytest.raises(TypeError):
        dataclasses.replace(One(1), c=2)


def test_what_a_record_holds_by_default_is_its_own() -> None:
    one, two = Table("m", 0), Table("m", 0)
    assert one == two
    assert one.scores is not two.scores
    assert {each.name: each.default for each in dataclasses.fields(Field)}["required"] is False


def test_what_folds_makes_no_class_out_of_text_when_it_starts() -> None:
    told = subprocess.run(
        [sys.executable, "-c", "import runtime.fold, runtime.lines, sys; print('dataclasses' in sys.modules)"],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    assert told.stdout.strip() == "False"
