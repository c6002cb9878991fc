"""A plan as JSON: what `--format json` prints, and what `-o` saves (`cli.plans.saved` reads it again).

The document is canonical, the same bytes for the same answer: keys in order, exact numbers, no blanks, and a hash over
all of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from cli.plans.answer import Answer
from cli.plans.causes import causes, part_name
from cli.plans.saved import FORMAT, VERSION, canonical, seal
from cli.plans.sections import trigger_order
from insight.change.compare import first_day
from insight.change.facts import Count, Passer
from insight.change.movers import Detail
from runtime.statement import Row
from runtime.times import write_date, write_instant
from runtime.values import points

_Json = dict[str, Any]


def write(answer: Answer) -> str:
    """The document, in one line."""
    given = _document(answer)
    return canonical(given | {"plan": seal(given)})


def _document(answer: Answer) -> _Json:
    data = answer.fingerprint
    return {
        "format": FORMAT,
        "version": VERSION,
        "model": answer.new.table.model,
        "old": answer.old.hash,
        "new": answer.new.hash,
        "names": {"old": answer.old.name, "new": answer.new.name},
        "generation": answer.generation,
        "since": _instant(answer.since),
        "until": _instant(answer.until),
        "data": {
            "events": data.events,
            "last": _instant(data.last),
            "hash": data.hash,
            "versions": [{"kind": kind, "name": name, "version": version} for kind, name, version in data.versions],
        },
        "result": _result(answer),
        "remarks": list(answer.remarks),
    }


def _instant(t: int | None) -> str | None:
    return None if t is None else write_instant(t)


def _points(given: int | None) -> Any:
    return None if given is None else points(given)


# --- the result -------------------------------------------------------------------------------------------------------


def _result(answer: Answer) -> _Json:
    facts = answer.facts
    lines = list(dict.fromkeys([*facts.at_end, *facts.ever]))
    return {
        "leads": {"both": facts.both, "only_old": facts.only_old, "only_new": facts.only_new},
        "qualified": [
            {
                "line": kind,
                "name": name,
                "at_end": _count(facts.at_end.get((kind, name))),
                "in_period": _count(facts.ever.get((kind, name))),
            }
            for kind, name in lines
        ],
        "scores": [
            {
                "score": key, "up": each.up, "down": each.down, "same": each.same, "sum": points(each.sum),
                "most_up": points(each.most_up), "most_down": points(each.most_down),
            }
            for key, each in sorted(facts.moves.items())
        ],
        "bands": [{"score": key, "moves": _flow(flow)} for key, flow in sorted(facts.bands.items())],
        "stages": _flow(facts.stages),
        "firings": [_weeks(name, *facts.weeks[name]) for name in trigger_order(answer)],
        "causes": _causes(answer),
        "movers": [_mover(detail) for detail in answer.details],
        "looked_into": {"leads": facts.looked_into, "of": facts.crossed},
    }  # fmt: skip


def _count(count: Count | None) -> _Json | None:
    if count is None:
        return None
    return {"old": count.old, "new": count.new, "gained": _passers(count.gained), "lost": _passers(count.lost)}


def _passers(passers: Iterable[Passer]) -> list[_Json]:
    return [{"lead": each.lead, "old": _points(each.old), "new": _points(each.new)} for each in passers]


def _flow(flow: Counter[tuple[str | None, str | None]]) -> list[_Json]:
    told = sorted(flow.items(), key=lambda each: tuple([(name is None, name or "") for name in each[0]]))
    return [{"old": old, "new": new, "leads": count} for (old, new), count in told if count]


def _weeks(name: str, old: Counter[int], new: Counter[int]) -> _Json:
    weeks = sorted({*old, *new})
    told = [{"week": write_date(first_day(week)), "old": old[week], "new": new[week]} for week in weeks]
    return {"trigger": name, "old": old.total(), "new": new.total(), "weeks": told}


def _causes(answer: Answer) -> list[_Json]:
    return [
        {
            "name": each.name, "change": each.change or None,
            "old": {"times": each.old.times, "points": points(each.old.points)},
            "new": {"times": each.new.times, "points": points(each.new.points)},
            "gained": each.gained if each.blamed else None, "lost": each.lost if each.blamed else None,
        }
        for each in causes(answer)
    ]  # fmt: skip


def _mover(detail: Detail) -> _Json:
    mover = detail.mover
    return {
        "lead": mover.lead,
        "score": mover.score,
        "old": _points(mover.old),
        "new": _points(mover.new),
        "parts": [
            {"name": part_name(part), "old": _points(part.old), "new": _points(part.new)} for part in detail.parts
        ],
        "statements": {"old": _rows(detail.old), "new": _rows(detail.new)},
    }


def _rows(rows: tuple[Row, ...] | None) -> list[_Json] | None:
    if rows is None:
        return None
    return [
        {
            "time": row.time, "what": row.what, "why": list(row.why), "place": row.place or None,
            "points": _points(row.points), "balance": _points(row.balance),
        }
        for row in rows
    ]  # fmt: skip
