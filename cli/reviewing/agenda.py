"""What a meeting on a model needs: why it is held, what changed, what each rule did, what sales made of the leads, what
is to be asked, and room for what comes of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cli.findings import counted
from cli.reviewing import wording
from cli.reviewing.due import Due
from cli.reviewing.parts import Code, Grid, Heading, Part, Points, Room, Text
from cli.sheet.steps import about, gives, rule_words
from compiler.compile import Compilation
from compiler.diff.opened import opened
from compiler.diff.words import Wording
from compiler.program import Program
from dsl import syntax
from insight.reviews.signs import trigger
from runtime.times import DAY, write_date

if TYPE_CHECKING:
    from cli.reviewing.facts import Told
    from cli.sheet.sheet import Sheet

Changes = tuple["Sheet | None", "str | None"]
"""What changed in meaning since the last review, or why that is not known."""
_REASONS = 10


def agenda(
    compilation: Compilation, found: list[Due], told: Told | None, changes: Changes, since: int, today: int
) -> Iterator[Part]:
    """All parts of the sheet, seen from a day; `since` is that of the last review, or of the stretch looked at."""
    assert compilation.table is not None
    assert compilation.program is not None
    program = opened(compilation.program)
    yield Heading(f"Review of {compilation.table.label or compilation.table.model}, {write_date(today)}", 1)
    yield Text(f"Model {compilation.table.model}{_owner(compilation)}.")
    yield from _why(found, told)
    yield from _changed(changes, since)
    yield from _rules(program, told)
    if told is not None:
        yield from _handed(told)
        yield from _bands(program, told)
    yield from _said(compilation, since)
    yield from _asked(told)
    yield from _room(found[0], changes[0], told, today)


def _owner(compilation: Compilation) -> str:
    assert compilation.context is not None
    model = compilation.context.names.model
    assert model is not None
    owner = next((each.text.value for each in model.settings if isinstance(each, syntax.Owner)), None)
    return f", owned by {owner}" if owner is not None else ""


def _why(found: list[Due], told: Told | None) -> Iterator[Part]:
    yield Heading("Why now")
    rows = tuple(
        (wording.of(each), wording.day(each.since), wording.pace(each), wording.day(each.next), wording.when(each))
        for each in found
    )
    yield Grid(("Review of", "Counted from", "How often", "Next", ""), rows)
    if told is None:
        yield Text("No events were looked at: name them with --events, --db or --export to see what the rules did.")
    elif told.reasons:
        yield Text("An extra review is due:")
        yield Points(tuple(wording.reason(each) for each in told.reasons))
    else:
        yield Text("Nothing asks for an extra review.")
    if told is not None:
        length = counted((told.stretch.at - told.stretch.begin) // DAY, "day")
        yield Text(
            f"Figures are of {write_date(told.stretch.begin)} to {write_date(told.stretch.at)}, {length}; “before” is "
            "the stretch before it, which is as long."
        )
        yield from (Text(f"{remark[:1].upper()}{remark[1:]}.") for remark in told.remarks)


def _changed(changes: Changes, since: int) -> Iterator[Part]:
    sheet, why = changes
    yield Heading(f"What changed since {write_date(since)}")
    if sheet is None:
        yield Text(f"Not known: {why}.")
        return
    begin = 1 if sheet.columns and sheet.columns[0].date and sheet.columns[0].date <= write_date(since) else 0
    if len(sheet.columns) <= begin:
        yield Text("Nothing that changes the meaning.")
        return
    rows = []
    for row in sheet.rows:
        for place, (column, cell) in enumerate(zip(sheet.columns, row.cells, strict=True)):
            if place >= begin and cell.changed:
                was = row.cells[place - 1].whole if place else ""
                of = f"{row.name} of {row.where}" if row.of else f"{row.kind} {row.name}"
                rows.append((column.title, of, was, cell.whole, column.who, column.subject))
    if rows:
        order = [each.title for each in sheet.columns]
        rows.sort(key=lambda each: order.index(each[0]))
        yield Grid(("Since", "What", "Was", "Is", "Who", "Why"), tuple(rows))
    else:
        yield Text("The model was begun, and has not changed in meaning.")


def _rules(program: Program, told: Told | None) -> Iterator[Part]:
    yield Heading("The rules and triggers")
    rows = []
    for (_, name, key), words in rule_words(program).items():
        row = [f"{key}.{name}", about(words), gives(words)]
        if told is not None:
            row += _fired(told, f"{key}.{name}") if "on" in words else [""] * 3
        rows.append(tuple(row))
    more = () if told is None else ("Fired before", "Fired since", "Leads since")
    numbers = frozenset({3, 4, 5} if more else ())
    yield Grid(("Rule", "Looks at", "Gives", *more), tuple(rows), numbers)
    said = Wording(program)
    rows = []
    for each in program.triggers:
        words = said.trigger(each)
        row = [each.name, about(words), gives(words)]
        if told is not None:
            row += _fired(told, trigger(each.name))
        rows.append(tuple(row))
    if rows:
        yield Grid(("Trigger", "Looks at", "Does", *more), tuple(rows), numbers)


def _fired(told: Told, name: str) -> list[str]:
    before, now = told.signs
    return [f"{count:,}" for count in (before.fired[name], now.fired[name], now.touched[name])]


def _handed(told: Told) -> Iterator[Part]:
    if not told.handed:
        return
    before, now = told.signs
    yield Heading("What sales made of the leads")
    rows = [
        ("Qualified", f"{before.qualified:,}", f"{now.qualified:,}"),
        ("Accepted", f"{before.accepted:,}", f"{now.accepted:,}"),
        ("Rejected", f"{before.rejected:,}", f"{now.rejected:,}"),
        ("Accepted of those decided", *(wording.share(each.accepted, each.decided) for each in told.signs)),
    ]
    yield Grid(("", "Before", "Since"), tuple(rows), frozenset({1, 2}))
    if now.reasons:
        shown = now.reasons.most_common(_REASONS)
        yield Grid(
            ("Rejected because", "Since"),
            tuple((why or "no reason given", f"{n:,}") for why, n in shown),
            frozenset({1}),
        )
        left = sum(now.reasons.values()) - sum(n for _, n in shown)
        if left:
            yield Text(f"{left:,} for other reasons.")


def _bands(program: Program, told: Told) -> Iterator[Part]:
    before, now = told.signs
    rows = [
        (each.name, band.name, f"{before.bands[each.name, band.name]:,}", f"{now.bands[each.name, band.name]:,}")
        for each in program.scores
        for band in each.body.bands
    ]
    if rows:
        yield Heading("Leads by band")
        begin, at = write_date(told.stretch.begin), write_date(told.stretch.at)
        yield Grid(("Score", "Band", begin, at), tuple(rows), frozenset({2, 3}))


def _said(compilation: Compilation, since: int) -> Iterator[Part]:
    from cli.sheet.remarks import remarks

    given = [each for each in remarks(compilation) if each.date >= write_date(since)]
    if given:
        yield Heading("Notes given since")
        rows = sorted((each.date, " of ".join(each.about[1:]) or "the model", each.text) for each in given)
        yield Grid(("Date", "Of", "Says"), tuple(rows))


def _asked(told: Told | None) -> Iterator[Part]:
    known = told is not None and told.handed and told.signs[1].decided
    evidence = ""
    if told is not None and known:
        now = told.signs[1]
        evidence = f" Of {now.decided:,} decided, {now.accepted:,} were accepted and {now.rejected:,} rejected."
    yield Heading("To be asked")
    yield Points(
        (
            f"Are sales-ready leads becoming opportunities?{evidence}",
            "Do salespeople like them? Ask at least three, and ask for a good lead and a bad one by name.",
            "Which actions do they see before a lead buys? Which of them does no rule look at?",
            "Which rules gave no points, and which gave them to nearly everybody?",
            "Is the line where it should be: does sales get as many leads as it can call?",
            "Are the reasons for rejections answered by a rule, or by a question on a form?",
            "Do the points still fade as fast as interest does?",
        ),
        todo=True,
    )


def _room(own: Due, sheet: Sheet | None, told: Told | None, today: int) -> Iterator[Part]:
    yield Heading("Notes of the meeting")
    yield Text("Who was there:")
    yield Room(1)
    yield Text("What was said:")
    yield Room(6)
    yield Grid(("What is to change", "Why", "Who", "Until"), (("", "", "", ""),) * 3)
    yield Heading("When it was held")
    calm = told is not None and not told.reasons and sheet is not None and len(sheet.columns) == 1
    yield Text("Keep it where the rules are: write this line into the review block, and commit it.")
    yield Code(f'held {write_date(today)} "what came of it"')
    if calm and own.plan.last is not None:
        yield Text(
            "Nothing changed since the last review and nothing asks for a change. If it stays so, say that it is "
            f"stable, and the next one is due in {counted(2 * own.plan.every // DAY, 'day')}."
        )
        yield Code(f"held {write_date(today)} stable")
