"""The tables of a plan, in the order in which they are read; text, Markdown and the page show the same ones.

A table is short unless all of it is asked for, and then says how much is left out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from cli.findings import counted
from cli.plans.answer import Answer
from cli.plans.causes import causes, part_name
from insight.change.compare import first_day
from insight.change.facts import Count, Line
from insight.change.movers import Detail
from runtime import wording
from runtime.times import write_date, write_instant

FEW_ROWS, FEW_WEEKS, FEW_LEADS, FEW_MOVERS = 8, 6, 5, 5
_NOBODY = "not known"


@dataclass(frozen=True, slots=True)
class Section:
    """A table under a title; columns named in `right` hold numbers. `note` says what is left out or must be known."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    right: frozenset[str] = frozenset()
    note: str = ""


def heading(answer: Answer) -> list[str]:
    """What is compared, and over what, in two lines."""
    span = f"up to {write_instant(answer.until)}"
    if answer.since is not None:
        span = f"from {write_instant(answer.since)} {span}"
    return [
        f"{answer.new.name} ({short(answer.new.hash)}) against {answer.old.name} ({short(answer.old.hash)})",
        f"{counted(answer.leads, 'lead')}, {counted(answer.facts.events, 'event')}, {span}",
    ]


def short(hash: str) -> str:
    return hash.removeprefix("sha256:")[:12]


def sections(answer: Answer, *, whole: bool) -> list[Section]:
    """All tables that have something to say."""
    found = [_qualified(answer, whole), *_names(answer, whole), _scores(answer)]
    found += [_flow(title, flow, names) for title, flow, names in flows(answer)]
    found += [_weeks(answer, whole), _rules(answer, whole), _movers(answer, whole)]
    return [section for section in found if section.rows]


# --- who qualifies ----------------------------------------------------------------------------------------------------


def line_name(answer: Answer, line: Line) -> str:
    """``readiness >= 100``, or ``trigger qualify``; with both lines where they differ."""
    kind, name = line
    if kind == "trigger":
        return f"trigger {name}"
    old, new = (table.scores[name].ready for table in (answer.old.table, answer.new.table))
    was = "" if old == new or old is None else f" (was {wording.score(old)})"
    return f"{name} ready at {wording.score(new or 0)}{was}"


def _qualified(answer: Answer, whole: bool) -> Section:
    rows = []
    for line, count in answer.facts.at_end.items():
        rows.append((line_name(answer, line), "at the end", *_counts(count)))
    when, quiet = "ever" if answer.since is None else "in the period", 0
    for line, count in answer.facts.ever.items():
        if whole or line[0] == "ready" or count.gained or count.lost:
            rows.append((line_name(answer, line), when, *_counts(count)))
        else:
            quiet += 1
    columns = ("line", "when", "before", "after", "new", "gone")
    note = f"{counted(quiet, 'trigger')} with the same leads as before" if quiet else ""
    return Section("who qualifies", columns, tuple(rows), frozenset(columns[2:]), note)


def _counts(count: Count) -> tuple[str, ...]:
    return f"{count.old:,}", f"{count.new:,}", _some(len(count.gained)), _some(len(count.lost))


def _some(count: int) -> str:
    return f"{count:,}" if count else ""


def _names(answer: Answer, whole: bool) -> Iterator[Section]:
    """The leads themselves, line by line; those of triggers only where they are all there is, or all are asked for."""
    facts = answer.facts
    for line, count in facts.at_end.items():
        name = line_name(answer, line)
        for title, leads in (("would qualify that did not", count.gained), ("would drop out", count.lost)):
            shown = leads if whole else leads[:FEW_LEADS]
            rows = tuple([(each.lead, _shown(each.old), _shown(each.new)) for each in shown])
            left = _left(len(leads) - len(shown), "lead")
            yield Section(f"{title}: {name}", ("lead", "before", "after"), rows, _BEFORE_AFTER, left)
    if whole or not facts.at_end:
        yield from _fired(answer, whole)


def _fired(answer: Answer, whole: bool) -> Iterator[Section]:
    for (kind, name), count in answer.facts.ever.items():
        for title, leads in (("fires, and did not", count.gained), ("fires no longer", count.lost)):
            if kind == "trigger":
                shown = leads if whole else leads[:FEW_LEADS]
                left = _left(len(leads) - len(shown), "lead")
                yield Section(f"trigger {name} {title}", ("lead",), tuple([(each.lead,) for each in shown]), note=left)


_BEFORE_AFTER = frozenset({"before", "after", "by"})


def _shown(points: int | None) -> str:
    return _NOBODY if points is None else wording.score(points)


def _left(count: int, noun: str) -> str:
    return f"and {count:,} more {noun}{'' if count == 1 else 's'}" if count else ""


# --- scores, bands, stages --------------------------------------------------------------------------------------------


def _scores(answer: Answer) -> Section:
    rows = []
    for key, found in answer.facts.moves.items():
        if not (found.up or found.down):
            continue
        furthest = ", ".join(wording.change(by) for by in (found.most_up, found.most_down) if by)
        leads = found.up + found.down + found.same
        average = wording.change(_average(found.sum, leads))
        rows.append((key, f"{found.up:,}", f"{found.down:,}", f"{found.same:,}", average, furthest))
    columns = ("score", "up", "down", "as it was", "on average", "at most")
    return Section("scores at the end", columns, tuple(rows), frozenset(columns[1:]))


def _average(sum_: int, leads: int) -> int:
    """Thousandths, rounded half up: a number to look at, no score."""
    return (2 * sum_ + leads) // (2 * leads)


Flow: TypeAlias = Counter[tuple[str | None, str | None]]


def flows(answer: Answer) -> list[tuple[str, Flow, list[str | None]]]:
    """The flows in which anything moves, each with its title and the bands or stages in it, as they are declared."""
    new, old = answer.new.table, answer.old.table
    found = [
        (f"bands of {key}", flow, [band.name for table in (new, old) for band in table.scores[key].bands])
        for key, flow in sorted(answer.facts.bands.items())
    ]
    stages = [stage for table in (new, old) for stage in (*table.stages.path, *table.stages.beside)]
    found.append(("stages", answer.facts.stages, stages))
    return [(title, flow, _in_order(flow, names)) for title, flow, names in found if _moves(flow)]


def _moves(flow: Flow) -> bool:
    return any(count and old != new for (old, new), count in flow.items())


def _in_order(flow: Flow, declared: Sequence[str]) -> list[str | None]:
    """Those of the names that are in a flow, each once; leads that a model does not know come last."""
    names = {name for pair, count in flow.items() for name in pair if count}
    return [*[name for name in dict.fromkeys(declared) if name in names], *([None] if None in names else [])]


def _flow(title: str, flow: Flow, names: Sequence[str | None]) -> Section:
    """Where leads go: a row for what they were, a column for what they become."""
    heads = tuple(f"→ {called(name)}" for name in names)
    rows = []
    for old in names:
        counts = [flow[old, new] for new in names]
        if any(counts):
            rows.append((called(old), *[_some(count) for count in counts], f"{sum(counts):,}"))
    rows.append(("after", *[f"{sum(flow[old, new] for old in names):,}" for new in names], f"{flow.total():,}"))
    return Section(title, ("before", *heads, "leads"), tuple(rows), frozenset((*heads, "leads")))


def called(name: str | None) -> str:
    """A band or a stage, or what stands for a lead that a model does not know."""
    return _NOBODY if name is None else wording.name(name)


# --- triggers by week -------------------------------------------------------------------------------------------------


def _weeks(answer: Answer, whole: bool) -> Section:
    weeks = answer.facts.weeks
    changed = [name for name in trigger_order(answer) if whole or weeks[name][0] != weeks[name][1]]
    all_weeks = sorted({week for name in changed for counts in weeks[name] for week in counts})
    shown = all_weeks if whole else all_weeks[-FEW_WEEKS:]
    rows = [
        (write_date(first_day(week)), *[_from_to(weeks[name][0][week], weeks[name][1][week]) for name in changed])
        for week in shown
    ]
    if rows:
        rows.append(("all weeks", *[_from_to(weeks[name][0].total(), weeks[name][1].total()) for name in changed]))
    left = len(all_weeks) - len(shown)
    note = f"and {counted(left, 'week')} before" if left else ""
    quiet = len(weeks) - len(changed)
    if quiet:
        note = "; ".join(filter(None, [note, f"{counted(quiet, 'other trigger')} as before"]))
    columns = ("week of", *changed)
    return Section("how often triggers fire", columns, tuple(rows), frozenset(changed), note)


def trigger_order(answer: Answer) -> list[str]:
    """The triggers that fired, in the order of the new model."""
    return [name for (kind, name) in answer.facts.ever if kind == "trigger" and name in answer.facts.weeks]


def _from_to(old: int, new: int) -> str:
    return f"{old:,}" if old == new else f"{old:,} → {new:,}"


# --- which rules it was -----------------------------------------------------------------------------------------------


def _rules(answer: Answer, whole: bool) -> Section:
    found = causes(answer)
    shown = found if whole else [each for each in found if each.by or each.gained or each.lost][:FEW_ROWS]
    blamed = answer.facts.crossed > 0 and any(each.blamed for each in shown)
    rows: list[tuple[str, ...]] = []
    for each in shown:
        because = (f"{each.gained:,}", f"{each.lost:,}") if each.blamed else ("", "")
        points = (wording.score(each.old.points), wording.score(each.new.points), wording.change(each.by))
        rows.append((each.name, each.change, *points, *(because if blamed else ())))
    columns: tuple[str, ...] = ("what gives points", "change", "before", "after", "by")
    columns += ("in by it", "out by it") if blamed else ()
    notes = [_left(len(found) - len(shown), "origin")]
    if blamed and answer.facts.looked_into < answer.facts.crossed:
        notes.append(
            f"in and out were found out for {answer.facts.looked_into:,} of the {answer.facts.crossed:,} leads that "
            "qualify under one model only"
        )
    return Section("what moved it", columns, tuple(rows), frozenset(columns[2:]), "; ".join(filter(None, notes)))


# --- movers -----------------------------------------------------------------------------------------------------------


def _movers(answer: Answer, whole: bool) -> Section:
    shown = answer.details if whole else answer.details[:FEW_MOVERS]
    rows = []
    for detail in shown:
        mover = detail.mover
        most = [part for part in detail.parts if part.by][:3]
        why = ", ".join(part_name(part) + " " + wording.change(part.by) for part in most)
        rows.append((mover.lead, mover.score, _shown(mover.old), _shown(mover.new), wording.change(mover.by), why))
    columns = ("lead", "score", "before", "after", "by", "most of it")
    return Section("who moves most", columns, tuple(rows), _BEFORE_AFTER)


def explained(detail: Detail) -> Section:
    """What gave a mover its points under each model, side by side."""
    mover = detail.mover
    rows = [
        (part_name(part), "" if part.old is None else wording.score(part.old),
         "" if part.new is None else wording.score(part.new), wording.change(part.by))
        for part in detail.parts
    ]  # fmt: skip
    rows.append(("in all", _shown(mover.old), _shown(mover.new), wording.change(mover.by)))
    columns = ("what gives points", "before", "after", "by")
    return Section(f"why {mover.lead} moves: {mover.score}", columns, tuple(rows), _BEFORE_AFTER)
