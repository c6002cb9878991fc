"""Random conditions and numeric expressions that are right by type where they stand."""

from __future__ import annotations

import json
from collections.abc import Callable

from tests.models_vocabulary import GLOBS, LEVELS, TEXTS, WORDS, Chance, Place


class Conditions(Chance):
    """Conditions, built from atoms that fit the names of a place."""

    # conditions

    def at_event(self, event: str, variable: str | None = None) -> Place:
        """`on … where` and points: a name that is a property and an attribute has to say which."""
        properties, attributes = self.events[event][2], self.lead + self.computed
        both = {each.name for each in properties} & {each.name for each in attributes}
        named = [(f"event.{p.name}" if p.name in both or self.some(0.1) else p.name, p) for p in properties]
        named += [
            (f"lead.{a.name}" if a.name in both or self.some(0.1) else a.name, a) for a in attributes if self.some(0.5)
        ]
        return Place([(text, each) for text, each in named if each.kind != "account"], variable=variable)

    def of_lead(self, *, state: bool = False, variable: str | None = None) -> Place:
        """A `when` of a rule, or with `state` of a trigger, a segment or `count where`."""
        fields = [(each.name, each) for each in self.lead + self.computed if each.kind != "account"]
        return Place(fields, tallies=True, clock=True, state=state, variable=variable)

    def where(self, event: str, variable: str | None = None) -> str:
        return f" where {self.condition(self.at_event(event, variable))}" if self.some(0.3) else ""

    def condition(self, place: Place, depth: int = 0) -> str:
        if depth < 2 and self.some(0.3):
            left, right = self.condition(place, depth + 1), self.condition(place, depth + 1)
            return str(
                self.pick(
                    [f"{left} and {right}", f"{left} or {right}", f"({left} or {right})", f"not ({left} and {right})"]
                )
            )
        atom = self.atom(place)
        return f"not {atom}" if self.some(0.15) else atom

    def atom(self, place: Place) -> str:
        makers: list[Callable[[], str]] = []
        if place.state:
            makers += [lambda: self.of_state(place)] * 4
        dates = [name for name, each in place.fields if each.kind in ("date", "instant")]
        if place.clock and dates:
            makers += [lambda: self.window(self.pick(dates))] * 2
        if place.tallies and self.tallies:
            makers.append(lambda: f"{self.pick(self.tallies)} {self.op()} {self.pick(['0', '1', '2', '3'])}")
        if place.variable:
            makers.append(lambda: f'{place.variable} = "x"')
        if place.fields:
            makers += [lambda: self.of_field(place)] * 3
        makers.append(lambda: f"{self.numeric(place)} {self.op()} {self.pick(LEVELS)}")
        return str(self.pick(makers)())

    def op(self) -> str:
        return str(self.pick(["=", "!=", "<", "<=", ">", ">="]))

    def of_field(self, place: Place) -> str:
        name, each = self.pick(place.fields)
        if self.some(0.12):
            return f"{name} is {self.pick(['present', 'missing'])}"
        match each.kind:
            case "text":
                return self.of_text(name, place)
            case "number" | "integer":
                between = f"{name} between {self.pick(['0', '-4', '1'])} and {self.pick(['2', '5', 'ten'])}"
                one = f"{name} {self.pick(['in', 'not in'])} [1, 2.5, 10]"
                return str(
                    self.pick(
                        [
                            f"{name} {self.op()} {self.numeric(place)}",
                            f"{name} {self.op()} {self.pick(LEVELS)}",
                            between,
                            one,
                        ]
                    )
                )
            case "percent":
                return str(
                    self.pick(
                        [
                            f"{name} {self.op()} {self.pick(['50%', '33.3%', '80%', 'half'])}",
                            f"{name} between 10% and 80%",
                            f"{name} >= 0.3 + 0.2",
                        ]
                    )
                )
            case "boolean":
                return str(self.pick([name, f"{name} = true", f"{name} != false"]))
            case "one of":
                return str(
                    self.pick([f'{name} = "a"', f'{name} != "b"', f'{name} in ["a", "b"]', f'{name} not in ["b"]'])
                )
            case "list of text":
                word = self.text_literal()
                return str(
                    self.pick([f"{name} contains {word}", f"{word} in {name}", f'{name} contains ["a", {word}]'])
                )
        date = self.pick(["2024-01-02", "2024-01-03T12:00Z", "2024-01-05T01:00:00+01:00", "2024-01-08"])
        if place.clock and any(each.name == name for each in self.lead + self.computed) and self.some(0.7):
            return self.window(name)
        return str(self.pick([f"{name} {self.op()} {date}", f"{name} between 2024-01-02 and 2024-01-06"]))

    def window(self, name: str) -> str:
        window = self.length()
        return str(
            self.pick(
                [f"{name} in the last {window}", f"{name} in the next {window}", f"{name} more than {window} ago"]
            )
        )

    def text_literal(self) -> str:
        return json.dumps(self.pick(TEXTS), ensure_ascii=False)

    def of_text(self, name: str, place: Place) -> str:
        word = json.dumps(self.pick(WORDS))
        glob = json.dumps(self.pick(GLOBS))
        begin = f'"/p/{{{place.variable}}}"' if place.variable else '"/p"'
        two = f"[{self.text_literal()}, {self.text_literal()}]"
        texts = [text for text, each in place.fields if each.kind == "text"]
        return str(
            self.pick(
                [
                    f"{name} {self.op()} {self.text_literal()}",
                    f"{name} {self.pick(['=', '!='])} {self.pick(texts)}",
                    f"{name} {self.pick(['in', 'not in'])} {self.pick(['places', 'lines', two])}",
                    f"{name} starts with {begin}",
                    f"{name} ends with {self.pick([word, 'places', 'word'])}",
                    f"{name} contains {self.pick([word, '[' + word + ', ' + self.text_literal() + ']'])}",
                    f"{name} matches {self.pick([glob, '[' + glob + ', ' + json.dumps(self.pick(GLOBS)) + ']'])}",
                    f"{name} has word {self.pick([word, '[' + word + ', ' + json.dumps(self.pick(WORDS)) + ']'])}",
                ]
            )
        )

    def of_state(self, place: Place) -> str:
        shown = self.pick(self.scores)
        makers = [f"{shown.text} {self.op()} {self.pick(LEVELS)}", f"idle for {self.length()}"]
        makers += [f"{shown.text} {self.pick(['>=', '>=', '<'])} {self.pick(LEVELS[1:5])}"] * 4
        makers.append(f"has tag {self.tag()}")
        if shown.bands:
            makers += [f"{shown.text} is {self.pick(['', 'at least '])}{self.pick(shown.bands)}"] * 2
        if shown.ready:
            makers += [
                f"{shown.text} >= ready",
                f"{shown.text} < 0.5 * ready",
                f"{shown.text} between 0.25 * ready and ready",
            ]
        if shown.rules:
            makers += [f"{shown.text} not increased for {self.length()}"] * 2
        if self.stages:
            names = self.stage_names()
            makers += [f"stage {self.op()} {self.pick(names)}"]
            makers += [f"stage = {self.pick(names[:2])} for {self.length()}"] * 2
            makers += [f"stage {self.pick(['in', 'not in'])} [{self.pick(names)}, {self.pick(names)}]"]
        return str(self.pick(makers))

    def numeric(self, place: Place, depth: int = 0) -> str:
        """A numeric expression that is no bare percent."""
        numbers = [name for name, each in place.fields if each.kind in ("number", "integer")]
        numbers += self.tallies if place.tallies else []
        numbers += [shown.text for shown in self.scores] if place.state and not depth else []
        percents = [name for name, each in place.fields if each.kind == "percent"]
        makers: list[Callable[[], str]] = [lambda: self.pick(["2", "0.5", "ten", "tiny", "(0 - 3)"])]
        if numbers:
            makers += [lambda: self.pick(numbers)] * 3
        if percents:
            makers.append(lambda: f"{self.pick(['25', 'ten', '0.005'])} * {self.pick(percents)}")
        if depth < 2:
            makers.append(
                lambda: f"({self.numeric(place, depth + 1)} {self.pick('+-*')} {self.numeric(place, depth + 1)})"
            )
            makers.append(
                lambda: (
                    f"{self.pick(['min', 'max'])}({self.numeric(place, depth + 1)}, {self.numeric(place, depth + 1)})"
                )
            )
            makers.append(
                lambda: f"{self.numeric(place, depth + 1)} {self.pick('+-*')} {self.numeric(place, depth + 1)}"
            )
        return str(self.pick(makers)())
