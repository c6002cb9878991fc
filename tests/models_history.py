"""Random histories: events that coincide, come twice, late or spoilt; and their runs."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

from tests.models_vocabulary import HOUR, NUMBERS, PERCENTS, START, TEXTS, Chance, Field, SampleRun
from tests.reference_values import DAY, show_instant


class Raw(str):
    """A number exactly as it is to be spelled."""

    __slots__ = ()


def written_json(value: Any) -> str:
    match value:
        case Raw():
            return str.__str__(value)
        case dict():
            return "{" + ",".join(f"{json.dumps(key)}:{written_json(item)}" for key, item in value.items()) + "}"
        case list():
            return "[" + ",".join(written_json(item) for item in value) + "]"
    return json.dumps(value, ensure_ascii=False)


class Histories(Chance):
    """The runs for a model that has been drawn."""

    # the history

    def runs(self) -> tuple[SampleRun, ...]:
        times: list[int] = []
        count = self.pick([4, 10, 18, 30, 30, 60]) if self.some(0.9) else 90
        leads = self.pick([["L"], ["L"], ["L", "M"], ["L", "L", "L", "M", "n", "\u00d8"]])
        events = [self.event(times, leads) for _ in range(count)]
        lines = [self.line(event) for event in events]
        for event in events:
            if self.some(0.15):
                lines.insert(self.chance.randrange(len(lines) + 1), self.again(event))
        if self.some(0.1):
            lines.insert(
                self.chance.randrange(len(lines)),
                self.pick(["not json", "[1, 2]", "{}", '{"specversion":"1.0"}', "NaN", '"x"', "   "]),
            )
        if self.some(0.5):
            self.chance.shuffle(lines)
        cuts = sorted(self.chance.randrange(len(lines) + 1) for _ in range(self.pick([0, 0, 1, 1, 2, 5])))
        bounds = [0, *cuts, len(lines)]
        return tuple(self.run(lines[a:b], times) for a, b in pairwise(bounds))

    def run(self, lines: list[str], times: list[int]) -> SampleRun:
        at = self.when(times) + self.pick([0, 0, DAY, 5 * DAY, 12 * HOUR]) if self.some(0.6) else None
        at = self.pick([START - 1, START, START + 40 * DAY, START + 200 * DAY]) if self.some(0.05) else at
        now = START + 365 * DAY
        if self.some(0.1):
            now = self.pick(times) - 300_000_000 - self.pick([0, 0, 1])
        return SampleRun(tuple(lines), at, now, publish=self.some(0.85))

    def when(self, times: list[int]) -> int:
        """An instant that is likely to coincide with something."""
        base = self.pick(times) if times and self.some(0.7) else START + self.chance.randrange(8) * DAY
        base += (
            self.pick([0, 0, 0, 10 * HOUR, DAY])
            if self.some(0.5)
            else self.pick([1, 1, 1, 2, -1]) * self.pick([0, *self.used])
        )
        base += self.pick([0, 0, 0, 0, 1, -1, HOUR, 1_000_000])
        if self.some(0.02):
            base += self.pick([30 * DAY, 45 * DAY + HOUR, 120 * DAY])
        return max(int(base), START) if self.some(0.9) else max(int(base) // DAY * DAY, START)

    def event(self, times: list[int], leads: list[str]) -> dict[str, Any]:
        time = self.when(times)
        times.append(time)
        self.number = getattr(self, "number", 0) + 1
        lead = self.some(0.25)
        kind = "lead" if lead else self.events[self.pick(list(self.events))][0]
        fields = (
            self.lead + self.computed if lead else next(event[2] for event in self.events.values() if event[0] == kind)
        )
        data = {}
        for each in fields:
            required = "required" in each.tail
            if required or self.some(0.75):
                data[each.key] = self.value(each)
            if required and self.some(0.04):
                data.pop(each.key)
        if self.some(0.1):
            data["unknown"] = [1, None, {"a": Raw("1e400")}]
        event = {"specversion": "1.0", "id": str(self.number), "source": self.pick(["s", "s", "t"]), "type": kind}
        event |= {"subject": self.pick(leads), "time": self.written(time), "data": data}
        if self.some(0.05):
            self.spoil(event)
        return event

    def value(self, each: Field) -> Any:
        if self.some(0.08):
            return None
        if self.some(0.02):
            return self.pick(
                [[], {}, True, "x", Raw("1.5"), Raw("1e15"), Raw("0.0000000000001"), "2024-02-30", Raw("7")]
            )
        match each.kind:
            case "text":
                return self.pick([*TEXTS, "cafe\u0301"])
            case "account":
                return self.pick(["acme", "acme", "beta"])
            case "number":
                return Raw(self.pick(NUMBERS[:-1] if each.tail or self.some(0.95) else NUMBERS))
            case "integer":
                return Raw(self.pick(["1", "2", "3.0", "5", "10", "1e1", "-4"]))
            case "percent":
                return Raw(self.pick(PERCENTS))
            case "boolean":
                return self.some(0.5)
            case "one of":
                return self.pick(["a", "b"])
            case "list of text":
                return self.pick([[], ["a"], ["x", "caf\u00e9"], ["b", "b"]])
            case "date":
                return show_instant(START + self.chance.randrange(10) * DAY)[:10]
        return self.pick(
            [self.written(START + self.chance.randrange(20) * 12 * HOUR + self.pick([0, 0, 1])), "2024-01-04"]
        )

    def written(self, time: int) -> str:
        """A spelling of an instant: another offset, case or number of digits."""
        plain = show_instant(time)
        if time <= START + HOUR:
            return plain
        digits = plain[:-1] + ("" if "." in plain else ".000")
        ahead, behind = show_instant(time + HOUR)[:-1] + "+01:00", show_instant(time - HOUR // 2)[:-1] + "-00:30"
        forms = [plain, plain, plain, plain, plain.lower(), plain[:-1] + "-00:00", ahead, behind, digits + "Z"]
        forms += [
            digits + "0000009Z" if "." not in plain else plain,
            plain[:16] + "Z" if plain.endswith(":00Z") else plain,
        ]
        return str(self.pick(forms))

    def spoil(self, event: dict[str, Any]) -> None:
        match self.chance.randrange(8):
            case 0:
                event["type"] = "nope"
            case 1:
                event["time"] = self.pick(
                    [
                        "2024-01-05",
                        "yesterday",
                        "2024-02-30T00:00:00Z",
                        "2024-01-05T10:00:60Z",
                        "2024-01-01T24:00Z",
                        "2024-01-01T10:00:00",
                    ]
                )
            case 2:
                event["specversion"] = self.pick(["0.3", Raw("1.0")])
            case 3:
                event["id"] = Raw("7")
            case 4:
                event["data"] = self.pick([None, [], "x", {}])
            case 5:
                event.pop(self.pick(["data", "subject", "time", "type", "source", "id"]))
            case 6:
                event["id"] = "1"
            case 7:
                event["time"] = "2500-01-01T00:00:00Z"

    def again(self, event: dict[str, Any]) -> str:
        """The event once more: as it was, the same by value, or (seldom) with other content."""
        event = dict(event)
        if self.some(0.5):
            event = dict(reversed(event.items()))
        if self.some(0.2):
            event["subject"] = "M"
        if self.some(0.2) and isinstance(event.get("data"), dict):
            event["data"] = event["data"] | {"n": Raw("3.00")}
        return self.line(event)

    def line(self, event: dict[str, Any]) -> str:
        return written_json(event)
