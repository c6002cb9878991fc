"""Where findings point: the spans of what a rule file declares, by what it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from compiler.context import Context
from dsl import syntax
from dsl.syntax import NOWHERE, Span

Key = tuple[str, ...]


class Spots:
    """Spans by ``("score", key)``, ``("ready", key)``, ``("degrade", key)``, ``("ageing", key)``, ``("band", key,
    name)``, ``("rule", key, name)``, ``("stage", name)``, ``("trigger", name)``, ``("account trigger", name)``,
    ``("account score", name)``, ``("segment", name)``."""

    def __init__(self, ctx: Context) -> None:
        self._found: Mapping[Key, Span] = dict(_spans(ctx))

    def __call__(self, *key: str) -> Span:
        """The span; of a part that is not written, that of its score."""
        found = self._found.get(key)
        if found is None and len(key) > 1:
            found = self._found.get(("score", key[1]))
        return NOWHERE if found is None else found


def _spans(ctx: Context) -> Iterator[tuple[Key, Span]]:
    names = ctx.names
    for name, node in names.scores.items():
        values = ctx.heads[name].values
        for key in [name] if values is None else [f"{name}[{value}]" for value in values]:
            yield from _in_score(key, node)
    for name, trigger in names.triggers.items():
        yield ("trigger", name), trigger.name.span
    for name, trigger in names.account_triggers.items():
        yield ("account trigger", name), trigger.name.span
    for name, score in names.account_scores.items():
        yield ("account score", name), score.name.span
    for name, segment in names.segments.items():
        yield ("segment", name), segment.name.span
    if names.stages is not None:
        for stage in (*names.stages.path, *names.stages.beside):
            yield ("stage", stage.text), stage.span


def _in_score(key: str, node: syntax.Score) -> Iterator[tuple[Key, Span]]:
    yield ("score", key), node.name.span
    for member in node.members:
        match member:
            case syntax.ReadyAt():
                yield ("ready", key), member.span
            case syntax.Bands(bands=bands):
                for band in bands:
                    yield ("band", key, band.name.text), band.span
            case syntax.Degrade():
                yield ("degrade", key), member.span
            case syntax.Expire() | syntax.Fade():
                yield ("ageing", key), member.span
            case syntax.Rule(name=name):
                yield ("rule", key, name.text), name.span
            case syntax.Group(rules=rules):
                for rule in rules:
                    yield ("rule", key, rule.name.text), rule.name.span
            case _:
                pass
