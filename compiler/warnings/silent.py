"""Tests that expect nothing: they pass whatever the rules say."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from compiler.cases import CaseLine
from compiler.errors import testing
from compiler.scenarios import CheckedTest, Given
from compiler.warnings.facts import Checked
from dsl import syntax
from dsl.diagnostics import Diagnostic
from dsl.syntax import Span


def expects_nothing(model: Checked) -> Iterator[Diagnostic]:
    """One finding for each test without an `expect`, or with lines in its table whose empty cells leave all out."""
    silent: dict[Span, list[CheckedTest]] = defaultdict(list)
    for test in model.tests:
        if all(isinstance(step, Given) for step in test.steps):
            silent[test.label].append(test)
    for node in model.ctx.names.tests.values():
        if tests := silent.get(node.label.span):
            path = node.lines.value if node.lines else ""
            yield testing.expects_nothing(node.label.span, path, _places(tests) if _wants(node) else [])


def _wants(node: syntax.Test) -> bool:
    """Whether anything is expected of a test as it is written, before empty cells leave steps out."""
    return any(isinstance(each, syntax.Expect | syntax.ExpectFired | syntax.ExpectEmitted) for each in node.steps)


def _places(tests: list[CheckedTest]) -> list[tuple[int, Span]]:
    """The lines of the table that the tests stand for: their numbers, and where they are."""
    lines: list[CaseLine] = [test.case for test in tests if test.case is not None]
    return [(line.line, line.span) for line in lines]
