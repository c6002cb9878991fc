"""Lets and sets that go by another name: the table holds what they stand for, so only two rule files can tell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from compiler.compile import Compilation
from compiler.context import Context
from compiler.diff.changes import TEXT, Change, Place
from dsl.syntax import Span


def constants(old: Compilation, new: Compilation) -> Iterator[Change]:
    """The renames."""
    assert old.context is not None
    assert new.context is not None
    for kind, one, two in zip(("let", "set"), _known(old.context), _known(new.context), strict=True):
        gone = {name: value for name, value in one.items() if name not in two}
        come = {name: value for name, value in two.items() if name not in one}
        for was, (value, span) in gone.items():
            ways = [name for name, (other, _) in come.items() if other == value]
            if len(ways) == 1 and sum(other == value for other, _ in gone.values()) == 1:
                now = come[ways[0]][1]
                why = "nothing but the file knows the name"
                yield Change((kind, ways[0]), "renamed", TEXT, why, (), was, _place(old, span), _place(new, now))


def _known(ctx: Context) -> tuple[Mapping[str, tuple[Any, Span]], Mapping[str, tuple[Any, Span]]]:
    """What lets and sets stand for, and where."""
    lets = {
        name: (repr(ctx.lets[name].term), node.name.span) for name, node in ctx.names.lets.items() if name in ctx.lets
    }
    sets = {
        name: (ctx.set_values[name][0], node.name.span)
        for name, node in ctx.names.sets.items()
        if name in ctx.set_values
    }
    return lets, sets


def _place(compilation: Compilation, span: Span) -> Place:
    return span.file, compilation.files[span.file].position(span.start)[0]
