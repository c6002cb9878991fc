"""Two models of a shop and what was recorded of its leads, for the tests of `plan`."""

from __future__ import annotations

import json

OLD = """
model shop "A tool shop" { }
lead { country: text }
event visit { path: text required }
event demo { }
event crm passive { status: text required }
score interest "Interest" {
  ready at 30
  bands cold < 15, warm < 30, hot
  rule visit "Came by" { on visit  add 5, at most 3 times }
  rule demo "Asked for a demo" { on demo  add 20, once }
  rule nordic "From the north" { when country in ["NO", "SE"]  add 4 }
  degrade { after 20 days without activity  by 50% every 10 days }
}
stages new, called  also lost
trigger call { when interest >= ready and stage < called  move to called  emit "lead.call" }
trigger lost { on crm where status = "lost"  move to lost }
"""
NEW = OLD.replace(
    'rule visit "Came by" { on visit  add 5, at most 3 times }',
    'rule visit "Came by" { on visit  add 3, at most 3 times }\n'
    '  rule pricing { on visit where path = "/pricing"  add 15 }',
)


def event(number, time, kind, lead, **data):
    time = time if len(time) > 10 else f"{time}T10:00Z"
    given = {"specversion": "1.0", "source": "web", "id": str(number), "type": kind, "subject": lead, "time": time}
    return json.dumps(given | {"data": data}, ensure_ascii=False)


EVENTS = [
    event(1, "2026-03-02", "visit", "ada", path="/pricing"),
    event(2, "2026-03-03", "visit", "ada", path="/pricing"),
    event(3, "2026-03-04", "visit", "ben", path="/"),
    event(4, "2026-03-05", "visit", "ben", path="/"),
    event(5, "2026-03-11", "demo", "ben"),
    event(6, "2026-03-12", "visit", "cem", path="/jobs"),
    event(7, "2026-03-12", "lead", "dee", country="NO"),
    event(8, "2026-03-13", "demo", "dee"),
    event(9, "2026-03-16", "crm", "ben", status="lost"),
    event(10, "2026-03-17", "visit", "eve", path="/"),
]


def laid_out(folder, events=EVENTS, old=OLD, new=NEW):
    """The files of a plan; gives the arguments of the command."""
    (folder / "old.score").write_text(old, encoding="utf-8")
    (folder / "new.score").write_text(new, encoding="utf-8")
    (folder / "events.jsonl").write_text("".join(f"{each}\n" for each in events), encoding="utf-8")
    return ["plan", "new.score", "--against", "old.score", "--events", "events.jsonl"]
