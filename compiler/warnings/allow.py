"""``# leadscore: allow W405``: a comment that says that a warning is known and meant.

Behind something it holds for its line, and for the whole declaration whose brace it stands behind; on a line of its own
for the declaration below it: a rule, a trigger, a score. So it holds however the file is laid out. It may name several
codes, and say why behind them. What no warning comes of is hinted at, in the main file: a part may be imported by
others that need it.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from compiler.context import Context
from compiler.errors import hints
from dsl import syntax
from dsl.diagnostics import Diagnostic
from dsl.source import Source
from dsl.syntax import Span

_SIGN = "leadscore: allow"
_ALLOW = re.compile(r"#\s*leadscore: allow\b((?:[\s,]+[WHP]\d{3}\b)+)")
_CODE = re.compile(r"[WHP]\d{3}")


@dataclass(slots=True)
class Allowance:
    """A code that is allowed where a finding begins from `start` up to `end`; `span` is the code itself."""

    code: str
    span: Span
    start: int
    end: int
    used: bool = False


def without_allowed(ctx: Context, found: Iterable[Diagnostic]) -> Iterator[Diagnostic]:
    """The findings but those that are allowed, and a hint for each allowance that allows nothing. What `prove` finds
    is not known here, so an allowance of it is left alone."""
    allowances = _by_file(ctx)
    yield from _left(allowances, found)
    for each in allowances.get(_main(ctx), ()):
        if not each.used and not each.code.startswith("P"):
            yield hints.nothing_to_allow(each.code, each.span)


def left_over(ctx: Context, found: Iterable[Diagnostic]) -> Iterator[Diagnostic]:
    """The findings but those that are allowed."""
    return _left(_by_file(ctx), found)


def _by_file(ctx: Context) -> dict[str, list[Allowance]]:
    sources = ctx.loaded.files
    return {name: list(_allowances(ctx, source)) for name, source in sources.items() if _SIGN in source.text}


def _left(allowances: dict[str, list[Allowance]], found: Iterable[Diagnostic]) -> Iterator[Diagnostic]:
    for finding in found:
        fitting = [each for each in allowances.get(finding.span.file, ()) if _allows(each, finding)]
        for each in fitting:
            each.used = True
        if not fitting:
            yield finding


def _main(ctx: Context) -> str:
    return next(iter(ctx.loaded.files))


def _allows(allowance: Allowance, finding: Diagnostic) -> bool:
    here = allowance.start <= finding.span.start < allowance.end
    return here and allowance.code == finding.code and finding.severity != "error"


def _allowances(ctx: Context, source: Source) -> Iterator[Allowance]:
    spans = sorted(_declarations(ctx, source.name), key=lambda span: (span.start, -span.end))
    starts = [span.start for span in spans]
    for comment, text in ctx.loaded.disk.parse(source).comments:
        found = _ALLOW.match(text)
        if found is None:
            continue
        start, end = _covered(source, spans, starts, comment)
        for code in _CODE.finditer(found[1]):
            offset = comment.start + found.start(1)
            span = Span(source.name, offset + code.start(), offset + code.end())
            yield Allowance(code[0], span, start, end)


def _covered(source: Source, spans: list[Span], starts: list[int], comment: Span) -> tuple[int, int]:
    """From where to where a comment allows: its line, and the declaration that begins or ends on it or stands below."""
    before = source.text[: comment.start].rstrip()
    _, column = source.position(comment.start)
    line = comment.start - column + 1
    if len(before) <= line:
        at = bisect_right(starts, comment.end)
        return comment.end, spans[at].end if at < len(spans) else comment.end
    if before.endswith("{"):
        around = [span for span in spans if span.start < comment.start < span.end]
        return line, around[-1].end if around else comment.end
    closed = [span.start for span in spans if span.end == len(before)]
    return min([line, *closed]), comment.end


def _declarations(ctx: Context, file: str) -> Iterator[Span]:
    """All that a comment can stand above: items, and what stands within their braces."""
    for item, _ in ctx.loaded.items:
        if item.span.file != file:
            continue
        yield item.span
        match item:
            case syntax.Score(members=members) | syntax.Account(members=members):
                for member in members:
                    yield member.span
                    if isinstance(member, syntax.Rule | syntax.Group | syntax.Trigger):
                        yield from _within(member)
            case syntax.Trigger():
                yield from _within(item)
            case syntax.Lead(fields=fields) | syntax.Event(fields=fields):
                yield from (each.span for each in fields)
            case _:
                pass


def _within(node: syntax.Rule | syntax.Group | syntax.Trigger) -> Iterator[Span]:
    match node:
        case syntax.Group(rules=rules, limits=limits):
            yield from (limit.span for limit in limits)
            for rule in rules:
                yield rule.span
                yield from _within(rule)
        case syntax.Rule(on=on, branches=branches, limits=limits):
            yield from (each.span for each in (on, *branches, *limits) if each is not None)
        case syntax.Trigger(on=on, when=when, actions=actions, limits=limits):
            yield from (each.span for each in (on, when, *actions, *limits) if each is not None)
