"""The ledger of a lead as JSON, one object a line: every entry with exact numbers, then a summary of each score.

    {"lead":…,"at":…,"kind":"fired","score":"readiness","rule":"pricing_page","points":10,"balance":30,
     "event":{"type":…,"source":…,"id":…},"wanted":20,"cuts":[{"limit":"at most 30 points per 7 days","left":10}]}

`event` is missing for what time does, `score`, `points` and `balance` for what touches no score. The points of a
score's lines add up to the `shown` of its summary.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, assert_never

from runtime import wording
from runtime.entry import (
    Aged,
    Capped,
    Computed,
    Cut,
    Did,
    Entry,
    Fell,
    Fired,
    Happened,
    Happening,
    Held,
    Profile,
    Stepped,
    Triggered,
    Waited,
    Why,
)
from runtime.explain import Explanation
from runtime.lines import write_json
from runtime.statement import Places, place_of
from runtime.times import write_instant
from runtime.values import points, write_value

Json = dict[str, Any]


def trace(explanation: Explanation, keys: Iterable[str], places: Places) -> Iterator[str]:
    """The JSON lines of the scores `keys`, and of what touches no score."""
    wanted = set(keys)
    head = {"lead": explanation.lead.id}
    for entry in explanation.entries:
        if entry.score is None or entry.score in wanted:
            yield write_json(head | _entry(explanation, entry, places))
    for key in explanation.plan.keys:
        if key in wanted:
            total = explanation.totals[key]
            yield write_json(
                head
                | {
                    "at": write_instant(explanation.at), "kind": "summary", "score": key,
                    "shown": points(total.shown), "profile": points(total.profile),
                    "activity": points(total.activity), "beyond": points(total.beyond),
                }
            )  # fmt: skip


def _entry(explanation: Explanation, entry: Entry, places: Places) -> Json:
    found: Json = {"at": write_instant(entry.at)}
    kind, detail = _why(explanation, entry.why)
    found["kind"] = kind
    if entry.score is not None:
        found["score"] = entry.score
    found |= detail
    if entry.score is not None:
        found |= {"points": points(entry.points), "balance": points(entry.balance)}
    place = place_of(places, entry)
    if place is not None:
        found["place"] = place
    if entry.event is not None:
        found["event"] = _event(explanation, entry.event, isinstance(entry.why, Happened))
    return found


def _event(explanation: Explanation, event: Happening, whole: bool) -> Json:
    _, source, id = event.key
    found: Json = {"type": event.type, "source": source, "id": id}
    if whole:
        table = explanation.plan.table
        fields = table.attributes if event.type == "lead" else table.events[event.type].properties
        found["data"] = {
            name: None if value is None else write_value(fields[name], value)
            for name, value in event.data.items()
            if name in fields
        }
    return found


def _why(explanation: Explanation, why: Why) -> tuple[str, Json]:
    match why:
        case Happened():
            return "event", {}
        case Fired(rule, wanted, cuts):
            return "fired", {"rule": rule, "wanted": points(wanted), "cuts": [_cut(cut) for cut in cuts]}
        case Waited(rule, matches, times, within):
            return "waited", {"rule": rule, "matches": matches, "of": times, "within": wording.duration(within)}
        case Held(activity, end):
            part = "activity" if activity else "shown"
            return "range", {"part": part, "end": None if end is None else points(end)}
        case Profile(rule, before, after):
            return "profile", {"rule": rule, "before": points(before), "after": points(after)}
        case Capped(group, most):
            return "group", {"group": group, "most": points(most)}
        case Stepped(before, after):
            return "step", {"before": points(before), "after": points(after)}
        case Aged(days):
            aged = [{"day": wording.day(day), "before": points(old), "after": points(new)} for day, old, new in days]
            return "aged", {"days": aged}
        case Computed(parts):
            return "computed", {"parts": {key: points(part) for key, part in parts}}
        case Fell(tally, by, left):
            return "tally", {"tally": tally, "by": by, "left": left}
        case Triggered(trigger, blocked):
            return "trigger", {"trigger": trigger, "blocked": [wording.limit(limit) for limit in blocked]}
        case Did():
            return _action(explanation, why)
    assert_never(why)


def _cut(cut: Cut) -> Json:
    limit = "best" if cut.limit is None else wording.limit(cut.limit)
    return {"limit": limit, "left": points(cut.left)} | ({} if cut.group is None else {"group": cut.group})


def _action(explanation: Explanation, did: Did) -> tuple[str, Json]:
    act, subject = str(did.action[0]), did.action[1]
    found: Json = {"trigger": did.trigger}
    match act:
        case "add" | "reset":
            found |= {"amount": points(subject), "before": points(did.before), "after": points(did.after)}
        case "set":
            field = explanation.plan.attribute_fields[subject]
            before, after = (None if it is None else write_value(field, it) for it in (did.before, did.after))
            found |= {"field": subject, "before": before, "after": after}
        case "move":
            found |= {"before": did.before, "after": did.after}
        case _:
            found["name"] = subject
    return act, found
