"""Made-up trials of a tool: what leads do, and whether they order in the end. Whoever goes to a webinar or reads the
prices orders more often; clicks mean nothing."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from typing import Any

from runtime.times import DAY, HOUR, read_instant, write_instant

MODEL = """# Which trials become customers.
model shop "Trials of a tool" { lateness 400 days }

lead { employees: integer }

event click   { page: text }
event price   { plan: text }
event webinar {}
event order   passive { amount: number }
event gave_up passive {}

score interest {
  ready at 50
  range 0..300
  bands cold < 20, warm < 50, hot
  rule click   { on click  add 10 }  # a click is a click
  rule price   { on price  add 5, at most 20 points }
  rule webinar { on webinar  add 5, at most 2 times }
  rule large   { when employees > 100  add 20 }
}

trigger call { when interest >= ready  emit "lead.ready" }

outcome won "Ordered" {
  on order  worth amount
  lost on gave_up
}
"""
START = read_instant("2026-01-05T08:00Z")
Event = tuple[str, int, str, dict[str, Any]]
"""Lead, time, type, data."""


def lives(leads: int, seed: int = 1, *, loses: bool = True) -> list[Event]:
    dice = random.Random(seed)
    found: list[Event] = []
    for number in range(leads):
        id, t = f"lead-{number:04d}", START + dice.randrange(90) * DAY + dice.randrange(10) * HOUR
        large = dice.random() < 0.3
        found.append((id, t, "lead", {"employees": 500 if large else 20}))
        webinars, prices = int(dice.random() < 0.3) + int(dice.random() < 0.1), dice.randrange(4)
        kinds = ["click"] * dice.randrange(6) + ["price"] * prices + ["webinar"] * webinars
        dice.shuffle(kinds)
        for kind in kinds:
            t += (1 + dice.randrange(40)) * HOUR
            found.append((id, t, kind, {}))
        t += (1 + dice.randrange(100)) * HOUR
        chance = 0.05 + 0.25 * webinars + 0.12 * prices + 0.1 * large
        if dice.random() < chance:
            found.append((id, t, "order", {"amount": 100 + dice.randrange(10)}))
        elif loses and dice.random() < 0.9:
            found.append((id, t, "gave_up", {}))
    return found


def written(events: list[Event]) -> Iterator[bytes]:
    for number, (lead, t, kind, data) in enumerate(events):
        event = {
            "specversion": "1.0",
            "id": str(number),
            "source": "made",
            "type": kind,
            "subject": lead,
            "time": write_instant(t),
            "data": data,
        }
        yield json.dumps(event).encode()
