"""Where things are declared: for explanations and coverage, which name a rule by its file and line.

Positions are no part of the table: the same meaning gives the same bytes however it is laid out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeAlias

from compiler.context import Context
from dsl import syntax
from dsl.syntax import Span

Places: TypeAlias = Mapping[tuple[str, ...], tuple[str, int]]


def places_of(ctx: Context) -> Places:
    """File and line (from 1) of everything that explanations name.

    Keys begin with what it is: ``("rule", score, rule)``, ``("group", score, group)``, ``("score", key)``,
    ``("degrade", key)``, ``("ageing", key)``, ``("tally", name)``, ``("trigger", name)``,
    ``("account trigger", name)``, ``("account score", name)``, ``("segment", name)``, ``("outcome", name)``."""
    return {key: (span.file, ctx.loaded.files[span.file].position(span.start)[0]) for key, span in _spans(ctx)}


def _spans(ctx: Context) -> Iterator[tuple[tuple[str, ...], Span]]:
    names = ctx.names
    for name, node in names.scores.items():
        values = ctx.heads[name].values
        for key in [name] if values is None else [f"{name}[{value}]" for value in values]:
            yield from _in_score(key, node)
    for kind, known in (
        ("tally", names.tallies),
        ("trigger", names.triggers),
        ("account trigger", names.account_triggers),
        ("account score", names.account_scores),
        ("segment", names.segments),
        ("outcome", names.outcomes),
    ):
        for name, each in known.items():
            yield (kind, name), each.name.span


def _in_score(key: str, node: syntax.Score) -> Iterator[tuple[tuple[str, ...], Span]]:
    yield ("score", key), node.name.span
    for member in node.members:
        match member:
            case syntax.Rule(name=name):
                yield ("rule", key, name.text), name.span
            case syntax.Group(name=name, rules=rules):
                yield ("group", key, name.text), name.span
                for rule in rules:
                    yield ("rule", key, rule.name.text), rule.name.span
            case syntax.Degrade():
                yield ("degrade", key), member.span
            case syntax.Expire() | syntax.Fade():
                yield ("ageing", key), member.span
            case _:
                pass
