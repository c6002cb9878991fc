"""Events for the models of the tests by columns: out of order, with ties, twice, and now and then spoilt."""

from __future__ import annotations

import json
import random

from tests.models_vocabulary import START
from tests.reference_values import DAY, show_instant


def shaken(seed: int, count: int = 400, leads: int = 12) -> list[bytes]:
    draw = random.Random(seed)
    lines = []
    for number in range(count):
        time = (
            START + draw.choice([0, 1, 6, 12, 18, 24]) * DAY // 24 + draw.randrange(12) * DAY + draw.choice([0, 0, 1])
        )
        kind = draw.choice(["visit"] * 5 + ["mail", "lead"])
        lines.append(
            json.dumps(
                {
                    "specversion": "1.0",
                    "id": f"e-{number}",
                    "source": draw.choice(["web", "app"]),
                    "type": kind,
                    "subject": f"lead-{draw.randrange(leads)}",
                    "time": show_instant(time),
                    "data": data(draw, kind),
                },
                ensure_ascii=draw.random() < 0.5,
            ).encode()
        )
    lines += draw.sample(lines, count // 20)
    lines += [b"", b"no json", b'{"specversion":"1.0"}', lines[0].replace(b'"e-0"', b'"e-1"'), b"\xff\xfe"]
    return lines


def data(draw: random.Random, kind: str) -> dict[str, object]:
    if kind == "mail":
        return {"kind": draw.choice(["a", "b", "b", "b", "c"] if draw.random() < 0.1 else ["a", "b"])}
    if kind == "lead":
        day = show_instant(START + draw.randrange(14) * DAY)[:10]
        found = {"country": draw.choice(["DK", "dk", "SE", None]), "employees": draw.choice([5, 50, None])}
        found |= {"vip": draw.random() < 0.5, "trial": day, "owner": "nobody"}
        return {key: value for key, value in found.items() if draw.random() < 0.7}
    found = {
        "path": draw.choice(["/p/1", "/p/2", "/x", "Straße", 'a "quoted" one', ""]),
        "n": draw.choice([1, 2.5, -3, 10]),
    }
    found |= {"w": draw.choice([10, 33.3, 80]), "else": {"nested": [1, "}", {"a": None}]}}
    if draw.random() < 0.3:
        del found["n"]
    return found
