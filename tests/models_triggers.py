"""Random triggers, accounts and segments."""

from __future__ import annotations

from tests.models_conditions import Conditions
from tests.models_vocabulary import LEVELS


class Triggers(Conditions):
    """Triggers with any action, an account with scores and triggers, segments."""

    # triggers, accounts, segments

    def trigger(self, name: str) -> str:
        event = self.pick([None, None, *self.events])
        text = "" if event is None else f"on {event}{self.where(event)} "
        if event is None or self.some(0.3):
            text += f"when {self.condition(self.of_lead(state=True))} "
        actions = [self.action(event) for _ in range(self.chance.randint(1, 3))]
        limit = self.pick(
            ["", "", "", "once", f"at most {self.pick([1, 2, 3])} times{self.per()}", f"once per {self.length()}"]
        )
        return f"trigger {name} {{ {text} {'  '.join(actions)}  {limit} }}"

    def action(self, event: str | None) -> str:
        makers = [f"tag {self.tag()}", f"untag {self.tag()}", *[self.pick(['emit "e.one"', 'emit "e.two"'])] * 4]
        if self.stages:
            names = self.stage_names()
            makers += [f"move to {self.pick(names)}"] * 3
        ruled = [shown.text for shown in self.scores if shown.rules]
        makers += [
            f"add {self.pick(['3', '10', '0.5', '-2'])} to {self.pick(ruled)}",
            f"subtract {self.pick(['4', 'ten'])} from {self.pick(ruled)}",
        ]
        if self.account_computed:
            makers += [self.pick(['set company = "acme"', 'set company = "beta"', "set company = lead.country"])] * 2
        makers += [f"reset {self.pick(ruled)} to {self.pick(['0', '5', '20'])}"]
        if self.computed:
            makers += [self.assignment(event)] * 3
        return str(self.pick(makers))

    def assignment(self, event: str | None) -> str:
        target = self.pick(self.computed)
        seen = self.of_lead(state=True).fields if event is None else self.at_event(event).fields
        fits = {"number": ("number", "integer"), "instant": ("instant", "date")}.get(target.kind, (target.kind,))
        same = [name for name, each in seen if each.kind in fits]
        literals = {
            "text": ['"x"', '"caf\u00e9"'],
            "number": ["5", "-2.5", "ten"],
            "instant": ["time", "time", "2024-01-04T12:00Z"],
            "date": ["2024-01-05", "2024-01-03"],
            "percent": ["50%", "12.5%"],
            "boolean": ["true", "false"],
        }
        values = literals[target.kind] + same * 2
        if target.kind == "number":
            place = self.of_lead(state=True) if event is None else self.at_event(event)
            values += [
                f"{self.numeric(place, 1)} + {self.numeric(place, 1)}",
                f"0.5 * {self.pick(self.scores).text}",
                "0.3335 * level + 0.0005",
                "level + 1",
            ]
        return f"set {target.name} = {self.pick(values)}"

    def account(self) -> str:
        names, parts = [], []
        for index in range(self.chance.randint(1, 3)):
            shown = self.pick(self.scores).text
            how = self.pick(
                [
                    f"sum of {shown}",
                    f"max of {shown}",
                    f"average of {shown}",
                    f"top 2 of {shown}",
                    "count",
                    "count where",
                ]
            )
            if how == "count where" or (how != "count" and self.some(0.3)):
                how = how.removesuffix(" where") + f" where {self.condition(self.of_lead(state=True))}"
            parts.append(f"score a{index} = {how}")
            names.append(f"a{index}")
        for index in range(self.chance.randrange(3)):
            atoms = [
                f"{self.pick(names)} {self.op()} {self.pick(LEVELS)}",
                f"has tag {self.tag()}",
                f"{self.pick(names)} >= 1",
            ]
            when = self.pick([atoms[0], atoms[2], f"{atoms[0]} and not {atoms[1]}", f"{atoms[0]} or {atoms[2]}"])
            acts = [self.pick(['emit "acc.one"', 'emit "acc.two"']), f"tag {self.tag()}"]
            limit = self.pick(["", "", "once", f"at most 2 times{self.per()}"])
            parts.append(
                f"trigger u{index} {{ when {when} {'  '.join(self.chance.sample(acts, self.pick([1, 2])))} {limit} }}"
            )
        return "account {\n  " + "\n  ".join(parts) + "\n}"

    def segment(self, name: str) -> str:
        where = f"where {self.condition(self.of_lead(state=True))}"
        amount = self.pick(["1", "2", "100", "10%", "50%", "33.3%"])
        pick = f"{self.pick(['highest', 'lowest'])} {amount} by {self.pick(self.scores).text}"
        return f"segment {name} {{ {self.pick([where, pick, pick + ' ' + where])} }}"
