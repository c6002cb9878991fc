"""Measures one test: runs it once more on the model as it was checked, watched.

The verdict of a test never comes from this run, so measuring can't change it.
"""

from __future__ import annotations

from cli.coverage.observer import Observer
from cli.coverage.subject import Subject
from cli.trial import watch_test
from compiler.scenarios import CheckedTest


def sides_seen(subject: Subject, test: CheckedTest) -> frozenset[int]:
    """The numbers of the sides that a test saw: 2n and 2n + 1 are those of site n."""
    seen: set[int] = set()
    watch_test(subject.plan, subject.kinds, test, Observer(subject, seen))
    return frozenset(seen)
