"""Random valid models, as text, and random histories for them: small, and made to collide.

Every feature of the language may turn up, with few names, few values and few durations, so that limits are hit, ranges
clamp, windows end at the very instant of an event, and things happen at 00:00Z. Event times are drawn from other event
times and the durations of the model (exactly, and a microsecond beside). The same seed gives the same sample.
"""

from __future__ import annotations

import re

from tests.models_history import Histories
from tests.models_triggers import Triggers
from tests.models_vocabulary import COMPUTED, EVENTS, LEAD, POINTS, WHOLE_DAYS, Field, Place, Sample, SampleRun, Shown

__all__ = ["Sample", "SampleRun", "make"]


class Maker(Triggers, Histories):
    """Makes one sample from one seed."""

    def sample(self) -> Sample:
        text = self.model()
        return Sample(text, self.runs())

    # the model

    def model(self) -> str:
        company = self.pick([None, None, "", "", "computed"])
        self.lead = [each for each in LEAD if self.some(0.6)]
        self.account_computed = company == "computed" and any(each.name == "country" for each in self.lead)
        self.lead += [] if company is None else [Field("company", "account", company)]
        self.computed = [each for each in COMPUTED if self.some(0.4)]
        self.events = {name: EVENTS[name] for name in EVENTS if name == "visit" or self.some(0.6)}
        self.tallies = self.chance.sample(["views", "recent", "daily"], self.chance.randrange(3))
        self.stages = self.pick([[], [], ["new", "warm", "hot"], ["one", "paying customer"]])
        self.beside = self.stages and self.pick([[], ["lost"]])
        lateness = self.pick(["", "", "", f"lateness {self.length(['1 day', '2 days', '1 week'])}"])
        self.lets = {
            "ten": "10",
            "tiny": "0.0005",
            "half": "50%",
            "span": self.length(["1 day", "2 days"]),
            "word": '"x"',
        }
        parts = [f"model m {{ {lateness} }}"]
        parts += [f"let {name} = {value}" for name, value in self.lets.items()]
        parts += ['set places = ["a", "/p/x", "STRASSE"]', 'set lines = ["x", "y"]']
        parts += ["lead { " + "  ".join(each.declared for each in self.lead + self.computed) + " }"]
        for name, (spelling, passive, fields) in self.events.items():
            spelled = "" if spelling == name else f' as "{spelling}"'
            parts.append(f"event {name}{spelled} {passive} {{ {'  '.join(each.declared for each in fields)} }}")
        parts += [self.tally(name) for name in self.tallies]
        for index in range(self.chance.randint(1, 3)):
            parts.append(self.score(f"s{index}"))
        if self.some(0.4):
            parts.append(self.computed_score())
        if self.stages:
            named = [f'"{stage}"' if " " in stage else stage for stage in self.stages]
            parts.append("stages " + ", ".join(named) + (f"  also {self.beside[0]}" if self.beside else ""))
        parts += [self.trigger(f"t{index}") for index in range(self.pick([0, 1, 2, 3, 4, 5]))]
        if any(each.name == "company" for each in self.lead):
            parts.append(self.account())
        parts += [self.segment(f"g{index}") for index in range(self.chance.randrange(3))]
        return "\n".join(parts) + "\n"

    def tally(self, name: str) -> str:
        over = "" if self.some(0.3) else f" over {self.length(WHOLE_DAYS)}"
        event = self.pick(list(self.events))
        return f"tally {name}{over} {{ on {event}{self.where(event)} }}"

    # scores

    def score(self, name: str) -> str:
        family = self.some(0.2)
        values = self.pick(["lines", '["x", "x y"]'])
        head = f"score {name}" + (f" for v in {values}" if family else "")
        low, high = self.pick([(0, None), (0, None), (0, 30), (-10, None), (None, 25), (-20, 20), (0, 12)])
        ready = self.some(0.4)
        lines = []
        if (low, high) != (0, None) or self.some(0.2):
            lines.append(f"range {'' if low is None else low}..{'' if high is None else high}")
        if ready:
            lines.append("ready at 10")
        if self.some(0.4):
            lines.append(self.pick(["bands cold < 5, warm < 10.001, hot", 'bands cold < 1, "A+"']))
        lines += self.ageing(low, ready)
        variable = "v" if family else None
        names = [f"r{index}" for index in range(self.chance.randint(1, 4))]
        while names:
            taken, names = (names[:2], names[2:]) if self.some(0.25) else (names[:1], names[1:])
            lines.append(
                self.group(taken, variable) if len(taken) > 1 else self.rule(taken[0], variable, self.some(0.7))
            )
        banded_line = next((line for line in lines if line.startswith("bands ")), "")
        bands = tuple(re.findall(r"""(\w+|"A\+")(?: <|$)""", banded_line))
        written = [name]
        if family:
            written = [f"{name}[x]", f'{name}["x y"]' if "x y" in values else f"{name}[y]"]
        self.scores += [Shown(text, True, bands, ready) for text in written]
        return head + " {\n  " + "\n  ".join(lines) + "\n}"

    def ageing(self, low: int | None, ready: bool) -> list[str]:
        kind = self.pick(["", "", "degrade", "degrade", "degrade", "expire", "fade", "both"])
        if kind == "degrade":
            after = self.pick(
                ["", f"after {self.length()} without activity ", f"after {self.length()} without increase "]
            )
            by = self.pick(["10%", "33.3%", "50%", "100%", "2.5 points", "7 points", "0.001 points"])
            floors = [
                "",
                "",
                " not below 2",
                " not below 50% of ready" if ready else "",
                " not below 33.335%  of ready" if ready else "",
            ]
            floors += [" not below -5"] if low is None or low < -5 else []
            return [f"degrade {{ {after}by {by} every {self.length()}{self.pick(floors)} }}"]
        lines = []
        if kind in ("expire", "both"):
            lines.append(f"expire after {self.length(WHOLE_DAYS)}")
        if kind in ("fade", "both"):
            first = self.pick(["", "", " of the first value"])
            lines.append(f"fade {self.pick(['10%', '33.3%', '50%', '100%'])}{first} every {self.length(WHOLE_DAYS)}")
        return lines

    def add(self) -> str:
        return str(self.pick(["add", "add", "add", "subtract"]))

    def points(self, place: Place) -> str:
        return str(self.pick(POINTS)) if self.some(0.5) else self.numeric(place)

    def rule(self, name: str, variable: str | None, on: bool, event: str | None = None, best: bool = True) -> str:
        if not on:
            place = self.of_lead(variable=variable)
            branches = [f"when {self.condition(place)} {self.add()} {self.points(place)}"]
            while self.some(0.3):
                branches.append(f"else when {self.condition(place)} {self.add()} {self.points(place)}")
            return f"rule {name} {{ {' '.join(branches)} }}"
        event = event or self.pick(list(self.events))
        text = f"on {event}{self.where(event, variable)}"
        if self.some(0.15):
            text += f" repeated {self.pick([1, 2, 2, 3])} times in {self.length()}"
        if self.some(0.2):
            text += f" when {self.condition(self.of_lead(variable=variable))}"
        add = self.add()
        text += f" {add} {self.points(self.at_event(event, variable))}"
        limits = self.limits(event)
        if add == "add" and best and self.some(0.15):
            limits.append(self.pick(["best", f"best for each {self.each(event)}"]))
        return f"rule {name} {{ {', '.join([text, *limits])} }}"

    def each(self, event: str) -> str:
        return str(self.pick([each.name for each in self.events[event][2] if each.kind != "list of text"]))

    def limits(self, event: str | None, least: int = 0) -> list[str]:
        limits = []
        for _ in range(max(least, self.pick([0, 0, 0, 1, 1, 2]))):
            each = f" for each {self.each(event)}" if event and self.some(0.4) else ""
            times = [
                f"at most {self.pick([1, 2, 3])} times{self.per()}{each}",
                f"once{each}",
                f"once{self.per()}{each}",
            ]
            limits.append(self.pick([*times, f"at most {self.pick(['5', '12', '30', '0.5'])} points{self.per()}"]))
        return limits

    def group(self, names: list[str], variable: str | None) -> str:
        if self.some(0.3):
            limits, rules = (
                f"at most {self.pick(['3', '8', '15'])} points",
                [self.rule(name, variable, on=False) for name in names],
            )
        else:
            event = self.pick([None, self.pick(list(self.events))])
            limits = ", ".join(self.limits(event, least=1))
            rules = [self.rule(name, variable, on=True, event=event) for name in names]
        return f"group {names[0]}_group {{ {limits} {' '.join(rules)} }}"

    def computed_score(self) -> str:
        terms = [self.pick(self.scores).text for _ in range(2)]
        value = self.pick(
            [
                "0.5 * {0} + {1}",
                "max({0}, {1}) - 3",
                "0.0005 * {0}",
                "min({0} * {1}, 20)",
                "2 * {0} - half_ten",
                "{0} - {1}",
            ]
        )
        text = value.format(*terms).replace("half_ten", "ten")
        block = self.pick(["", " { ready at 8  bands low < 4, high }"])
        self.scores.append(Shown("k", False, ("low", "high") if block else (), bool(block)))
        return f"score k = {text}{block}"


def make(seed: int) -> Sample:
    return Maker(seed).sample()
