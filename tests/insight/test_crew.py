"""Several processes do what one does, in the same order, and say so when one of them is ended."""

from __future__ import annotations

import os
import signal

import pytest

from insight.crew import CrewError, over


@pytest.mark.parametrize("jobs", [1, 2, 5, None])
def test_results_come_in_the_order_of_shelves(jobs):
    done = []
    assert list(over(20, lambda at: at * at, jobs=jobs, done=done.append)) == [at * at for at in range(20)]
    assert done == list(range(1, 21))


def test_several_processes_are_several():
    found = set(over(40, lambda _: os.getpid(), jobs=2))
    assert os.getpid() not in found and 1 <= len(found) <= 2
    assert set(over(4, lambda _: os.getpid(), jobs=1)) == {os.getpid()}
    assert set(over(4, lambda _: os.getpid(), events=10)) == {os.getpid()}, "a few events are not worth a process"


@pytest.mark.parametrize("jobs", [1, 2])
def test_what_the_work_raises_is_raised(jobs):
    def work(at):
        if at == 3:
            raise LookupError("not there")
        return at

    with pytest.raises(LookupError, match="not there"):
        list(over(8, work, jobs=jobs))


def test_a_process_that_is_ended_from_outside_is_told_of():
    def work(at):
        if at == 5:
            os.kill(os.getpid(), signal.SIGKILL)
        return at

    with pytest.raises(CrewError, match="--jobs 1"):
        list(over(8, work, jobs=2))
