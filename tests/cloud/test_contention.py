"""Whoever is overtaken begins again after a while that grows, and gives up at last."""

from __future__ import annotations

import pytest

from runtime.dynamo.client import Conflict
from runtime.dynamo.contention import ATTEMPTS, Busy, Gone, again


class Work:
    """Work that is overtaken so many times, then done."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.begun = 0

    def __call__(self) -> str:
        self.begun += 1
        if self.errors:
            raise self.errors.pop()
        return "done"


def test_work_is_done_over_until_nobody_is_quicker():
    waits: list[float] = []
    work = Work(Conflict(None), Gone("a part"), Conflict(None))
    assert again(work, waits.append, "lead") == "done"
    assert (work.begun, len(waits)) == (4, 3)


def test_nothing_waits_that_was_not_overtaken():
    waits: list[float] = []
    assert again(Work(), waits.append, "lead") == "done"
    assert waits == []


def test_waits_grow_up_to_a_second(monkeypatch):
    monkeypatch.setattr("random.random", lambda: 1.0)
    waits: list[float] = []
    again(Work(*[Conflict(None)] * 8), waits.append, "lead")
    assert waits == [0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.0, 1.0]


def test_who_is_overtaken_all_the_time_gives_up():
    work = Work(*[Conflict(None)] * 100)
    with pytest.raises(Busy, match=f"the account was written by others {ATTEMPTS} times in a row"):
        again(work, lambda _: None, "account")
    assert work.begun == ATTEMPTS


def test_other_errors_are_raised_at_once_also_those_that_look_like_it():
    for error in (KeyError("a bug"), LookupError("too long ago"), ValueError()):
        work = Work(error)
        with pytest.raises(type(error)):
            again(work, lambda _: None, "lead")
        assert work.begun == 1
