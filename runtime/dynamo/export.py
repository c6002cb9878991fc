"""Everything that is known of one lead, for whoever asks what that is: as one JSON object."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from runtime.dynamo.contention import again
from runtime.dynamo.history import Checkpoint, History
from runtime.dynamo.keys import lead_key
from runtime.dynamo.leads import Leads
from runtime.dynamo.rows import Row, read
from runtime.lead import Lead
from runtime.lines import LeadLines, quote, write_json
from runtime.plan import Plan
from runtime.publish import Entries
from runtime.times import write_instant
from runtime.values import write_value


def export(leads: Leads, id: str, now: int) -> str | None:
    """The lead as it stands at an instant (microseconds), its attributes, all events that are kept in the very lines
    that were accepted, and what was published of it; None for a lead of which nothing is known."""
    return again(partial(_export, leads, id, now), leads.pause, "lead")


def _export(leads: Leads, id: str, now: int) -> str | None:
    row = read(leads.table, lead_key(id))
    if row.version == 0 or (row.id and row.id != id):
        return None
    row.id = id
    return "{" + ",".join(f"{quote(name)}:{text}" for name, text in _members(leads, row, now)) + "}"


def _members(leads: Leads, row: Row, now: int) -> Iterator[tuple[str, str]]:
    yield "lead", quote(row.id)
    yield "at", quote(write_instant(now))
    yield "model", quote(leads.model.name)
    if row.gone is not None:
        yield "erased", write_json({"events_up_to": write_instant(row.gone)})
    if row.lead is None:
        return
    plan = leads.model.plan_at(now)
    lead = leads.at(row.id, now)
    yield "standing", "null" if lead is None else LeadLines(plan, now).write(lead)
    if lead is not None:
        yield "attributes", _attributes(plan, lead)
        yield "accounts", write_json(list(lead.named))
    history = History(leads.table, row)
    events, aside = history.events(leads.model)
    yield "events", "[" + ",".join(event[3].decode() for event in events) + "]"
    if aside:
        yield "events_of_earlier_models", "[" + ",".join(line.decode() for line in aside) + "]"
    checkpoint = history.checkpoint()
    if checkpoint is not None:
        yield "expired", _expired(checkpoint)
    yield "publications", _publications(row.ledger)


def _attributes(plan: Plan, lead: Lead) -> str:
    fields = plan.attribute_fields
    found = {name: write_value(fields[name], value) for name, value in lead.attrs.items() if name in fields}
    return write_json(found)


def _expired(checkpoint: Checkpoint) -> str:
    """Up to when events have expired; what they came to is part of how the lead stands."""
    lead = checkpoint.lead
    seen = max(lead.done, -1 if lead.key is None else lead.key[0])
    return write_json({"events_up_to": write_instant(max(seen, 0))})


def _publications(ledger: Entries) -> str:
    """What can still be taken back of what was published."""
    return write_json(
        [
            {"type": name, "trigger": trigger, "time": write_instant(t), "standing": entry.standing}
            for (trigger, name, t, _), entry in sorted(ledger.items())
        ]
    )
