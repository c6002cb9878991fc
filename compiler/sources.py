"""Sources: how payloads of other systems become events, from the tree to what the table holds.

A source may be like another one: what it says itself replaces what that one says, and its clauses come before those of
that one. In the files that come with leadscore, which know no model, an event or property that the model does not
declare keeps its name; in a user's file it is a mistake.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from compiler.context import Context
from compiler.errors import files, naming, sourcing
from compiler.expressions import expression
from compiler.names import EventNames
from compiler.report import Report
from compiler.rules import event_of
from dsl import syntax
from dsl.syntax import Span
from runtime.table import CLOCK, EPOCHS, Given, Pick, Source

_N = TypeVar("_N", bound=syntax.SourceMember)
_SAID = {"each": "each", "where": "where", "id": "id", "source": "origin", "lead": "lead"}
"""The settings, with what the table calls them."""
_PART = re.compile("S+|" + "|".join(sorted(CLOCK, key=len, reverse=True)))
_ORDER = {"on": 0, "ignore": 0, "else": 1, "always": 2}


def source(ctx: Context, node: syntax.EventSource) -> Source:
    """A source with what it takes from those that it is like."""
    line = _line(ctx, node)
    said: dict[str, str] = {}
    moment: syntax.Moment | None = None
    columns: tuple[str, ...] = ()
    picks: list[Pick] = []
    for each in line:
        own = each is node
        told = _settings(ctx, each, report=own)
        said = {_SAID[word]: setting.value.value for word, setting in told.items()} | said
        moment = moment or _single(ctx, each, syntax.Moment, "time", report=own)
        columns = columns or _columns(ctx, each, report=own)
        picks += _picks(ctx, each, report=own)
    _complete(ctx, node, said, moment, picks, known=all(each.like is None for each in line[-1:]))
    return Source(
        time=moment.value.value if moment else "",
        lead=said.pop("lead", ""),
        label=node.label.value if node.label else None,
        format=moment.format.value if moment and moment.format else None,
        zone=moment.zone.value if moment and moment.zone else None,
        columns=columns,
        picks=_in_order(picks),
        **said,
    )


def _line(ctx: Context, node: syntax.EventSource) -> list[syntax.EventSource]:
    """The source, the one that it is like, and so on."""
    line = [node]
    while (like := line[-1].like) is not None:
        found = ctx.names.sources.get(like.text)
        if found is None:
            if line[-1] is node and not ctx.report.forgives(like.text):
                ctx.report.add(sourcing.unknown_source(like.text, like.span, ctx.names.sources))
            break
        if found in line:
            if found is node and node is next(each for each in ctx.names.sources.values() if each in line):
                ctx.report.add(sourcing.circular_source(node.name.text, like.span))
            break
        line.append(found)
    return line


def _complete(
    ctx: Context,
    node: syntax.EventSource,
    said: Mapping[str, str],
    moment: syntax.Moment | None,
    picks: list[Pick],
    *,
    known: bool,
) -> None:
    """Report the first thing that a source must say and does not; nothing where what it is like is not `known`."""
    name = node.name
    if not known:
        return
    if moment is None:
        missing = ("where the time of an event stands", 'time "timestamp"')
    elif "lead" not in said:
        missing = ("whose event a record is", 'lead "userId"')
    elif not picks:
        missing = ("what a record gives", "on \"type == 'page'\" give page_view")
    else:
        return
    ctx.report.add(sourcing.source_without(name.text, *missing, name.span))


def _settings(ctx: Context, node: syntax.EventSource, *, report: bool) -> dict[str, syntax.Setting]:
    found: dict[str, syntax.Setting] = {}
    for member in node.members:
        if isinstance(member, syntax.Setting):
            first = found.setdefault(member.word, member)
            if report:
                expression(ctx, member.value)
                if first is not member:
                    ctx.report.add(files.stands_twice(member.word, member.span, first.span))
    return found


def _single(ctx: Context, node: syntax.EventSource, kind: type[_N], what: str, *, report: bool) -> _N | None:
    """The member of a source that stands once."""
    found = [member for member in node.members if isinstance(member, kind)]
    if report:
        for second in found[1:]:
            ctx.report.add(files.stands_twice(what, second.span, found[0].span))
        for each in found:
            if isinstance(each, syntax.Moment):
                _check_moment(ctx, each)
    return found[0] if found else None


def _check_moment(ctx: Context, node: syntax.Moment) -> None:
    expression(ctx, node.value)
    epoch = node.format is not None and node.format.value in EPOCHS
    if node.format is not None and not epoch and not _is_clock(node.format.value):
        ctx.report.add(sourcing.unknown_format(node.format.value, node.format.span, EPOCHS))
    elif node.format is not None and epoch and node.zone is not None:
        ctx.report.add(sourcing.zone_of_epoch(node.zone.span, node.format.span))
    elif node.format is not None and not epoch and node.zone is None:
        ctx.report.add(sourcing.format_without_zone(node.format.value, node.format.span))
    if node.zone is not None and not epoch and not _is_zone(node.zone.value):
        ctx.report.add(sourcing.unknown_zone(node.zone.value, node.zone.span))


def _is_clock(written: str) -> bool:
    """Whether a format has year, month and day, each part once, and no letters beside them but a T."""
    parts = ["SSS" if part[0] == "S" else part for part in _PART.findall(written)]
    rest = _PART.sub("", written).replace("T", "")
    known = {"YYYY", "MM", "DD"} <= set(parts) and ("mm" not in parts or "hh" in parts)
    return known and len(set(parts)) == len(parts) and not re.search(r"[^\W_]", rest)


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def _columns(ctx: Context, node: syntax.EventSource, *, report: bool) -> tuple[str, ...]:
    found = _single(ctx, node, syntax.Columns, "each line of", report=report)
    names = found.names.items if found else ()
    seen: dict[str, Span] = {}
    for name in names:
        if not isinstance(name, syntax.Text):
            if report:
                ctx.report.add(sourcing.columns_no_texts(name.span))
            return ()
        first = seen.setdefault(name.value, name.span)
        if report and first is not name.span:
            ctx.report.add(sourcing.column_twice(name.value, name.span, first))
    return tuple(seen)


# --- clauses ----------------------------------------------------------------------------------------------------------


def _picks(ctx: Context, node: syntax.EventSource, *, report: bool) -> list[Pick]:
    """The clauses of one source; they are checked where it stands, not again where another one is like it."""
    checked = ctx if report else replace(ctx, report=Report())
    made = []
    last: syntax.Pick | None = None
    for member in node.members:
        if not isinstance(member, syntax.Pick):
            continue
        if member.word == "else":
            if last is not None and report:
                ctx.report.add(files.stands_twice("else", member.span, last.span))
            last = member
        when = None if member.when is None else expression(checked, member.when)
        made.append(Pick(member.word, when, tuple(_given(checked, each) for each in member.gives)))
    return made


def _in_order(picks: list[Pick]) -> tuple[Pick, ...]:
    """Those that are tried in order, the `else` of the source itself, or else of what it is like, and the `always`."""
    elses = [pick for pick in picks if pick.word == "else"]
    kept = [pick for pick in picks if pick.word != "else" or pick is elses[0]]
    return tuple(sorted(kept, key=lambda pick: _ORDER[pick.word]))


def _given(ctx: Context, node: syntax.Given | syntax.GivenLead) -> Given:
    whole = None if node.whole is None else expression(ctx, node.whole)
    if isinstance(node, syntax.GivenLead):
        return Given(type="lead", whole=whole, data=_attributes(ctx, node))
    if isinstance(node.event, syntax.Text):
        typed = expression(ctx, node.event)
        return Given(typed=typed, whole=whole, data=_entries(ctx, node.entries, "properties", {}))
    name = node.event.text
    event = ctx.names.events.get(name) if _is_ours(ctx, node.span) else event_of(ctx, node.event)
    if event is None:
        return Given(type=name, whole=whole, data=_entries(ctx, node.entries, "properties", {}))
    data = _properties(ctx, node, event)
    return Given(type=event.spelling, whole=whole, data=data)


def _is_ours(ctx: Context, span: Span) -> bool:
    return span.file in ctx.loaded.library


def _properties(ctx: Context, node: syntax.Given, event: EventNames) -> dict[str, str]:
    ours = _is_ours(ctx, node.span)
    name = event.node.name.text
    for entry in node.entries:
        if entry.name.text not in event.properties and not ours:
            known = entry.name
            ctx.report.add(naming.unknown_property(known.text, name, known.span, event.properties))
    given = {entry.name.text for entry in node.entries}
    if node.whole is None and not ours:
        for left, field in event.properties.items():
            if field.required and left not in given:
                ctx.report.add(sourcing.required_left_out(left, name, node.event.span, field.name.span))
                break
    return _entries(ctx, node.entries, f"properties of `{name}`", event.properties)


def _attributes(ctx: Context, node: syntax.GivenLead) -> dict[str, str]:
    known = ctx.names.attributes
    for entry in node.entries:
        name, field = entry.name, known.get(entry.name.text)
        if _is_ours(ctx, node.span) or (field is None and ctx.report.forgives(name.text)):
            continue
        if field is None:
            ctx.report.add(naming.unknown_attribute(name.text, name.span, known))
        elif field.computed:
            ctx.report.add(sourcing.attribute_computed(name.text, name.span, field.name.span))
    return _entries(ctx, node.entries, "attributes", known)


def _entries(
    ctx: Context, entries: tuple[syntax.Entry, ...], what: str, fields: Mapping[str, syntax.Field]
) -> dict[str, str]:
    """The expressions by the key in JSON."""
    found: dict[str, str] = {}
    first: dict[str, Span] = {}
    for entry in entries:
        name = entry.name
        before = first.setdefault(name.text, name.span)
        if before is not name.span:
            ctx.report.add(naming.same_name(what, name.text, name.span, before))
        field = fields.get(name.text)
        spelling = field.spelling.value if field is not None and field.spelling is not None else name.text
        found[spelling] = expression(ctx, entry.value)
    return found
