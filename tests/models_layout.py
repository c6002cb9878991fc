"""Random rule files in random layouts: a model of `tests.models` with tests and assertions behind it, some names made
long, and its tokens with odd white space and comments between them, in every place where a comment may stand.

What is made is right by the grammar, not by names and types: it is for what reads and lays out files.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

from dsl.source import Source
from dsl.tokens import Token, lex
from dsl.words import KEYWORDS
from tests.models import Maker

LONG = ["a_name_that_goes_on_and_on", "ein_sehr_langer_Name_für_etwas", "価格表を見た人", "x" * 70]


class FileMaker(Maker):
    """Makes one file from one seed."""

    def file(self) -> str:
        """A rule file, a declaration a line."""
        parts = [self.model(), *(self.test_of(index) for index in range(self.pick([0, 1, 3])))]
        parts += [self.assertion(index) for index in range(self.pick([0, 1, 2]))]
        return lengthened("\n".join(parts) + "\n", self.chance)

    def state(self) -> str:
        return self.condition(self.of_lead(state=True))

    def values(self, event: str | None) -> str:
        fields = self.lead if event is None else self.events[event][2]
        given = ['"x"', "null", "12.50", "80 %", '["a", "b",]', "2024-01-02", "-3", "line.a", 'line["the b"]']
        joint = self.pick([" ", ", "])
        return joint.join(f"{field.name}: {self.pick(given)}" for field in fields if self.some(0.7))

    def test_of(self, index: int) -> str:
        table = self.pick(["", f'for each line of "cases {index}.csv"'])
        steps = []
        for _ in range(self.pick([0, 1, 4, 9])):
            event = self.pick(list(self.events))
            steps += [
                self.pick(
                    [
                        f"lead {{ {self.values(None)} }}",
                        f"{event} {{ {self.values(event)} }}",
                        f"at {self.pick(['2024-01-03', '2024-01-03t10:00z', 'line.day'])}",
                        f"after {self.pick([self.length(), 'span', 'line.pause'])}",
                        f"expect {self.state()}",
                        f"expect {self.pick(['', 'not '])}fired t0 {self.pick(['', '2 times', 'line.n times'])}",
                        'expect not emitted "e.one"',
                    ]
                )
            ]
        return f'test "case {index} of {{a}}" {table} {{ {" ".join(steps)} }}'

    def assertion(self, index: int) -> str:
        claims = [
            self.pick(
                [
                    f"always {self.state()}",
                    f"never {self.state()}",
                    f"reachable {self.state()}{self.pick(['', f' within {self.length()}'])}",
                    f"within {self.pick([self.length(), 'span'])} {self.state()}",
                    f"never fired t0{self.pick(['', ' without visit' + self.where('visit')])}",
                ]
            )
            for _ in range(self.pick([0, 1, 2, 5]))
        ]
        return f'assert "claim {index}" {{ {" ".join(claims)} }}'


def make_file(seed: int) -> str:
    return FileMaker(seed).file()


def lengthened(text: str, chance: random.Random) -> str:
    """The text with some of its names made long, so that lines have to be broken."""
    often = chance.choice([0, 0.1, 0.4])
    longer: dict[str, str] = {}
    parts, end = [], 0
    for token in lex(Source("x", text)).tokens:
        written = text[token.span.start : token.span.end]
        if written.isidentifier() and written not in KEYWORDS and written != "stage":
            long = f"{written}_{chance.choice(LONG)}" if chance.random() < often else written
            written = longer.setdefault(written, long)
        parts += [text[end : token.span.start], written]
        end = token.span.end
    return "".join([*parts, text[end:]])


def scattered(text: str, chance: random.Random) -> str:
    """The tokens of a text with other white space between them, and comments here and there, of which none is lost;
    the comments of the text itself are left out."""
    often = chance.choice([0, 0.02, 0.2, 0.6, 1])
    breaks = chance.choice([["\n"], ["\r\n"], ["\n", "\r\n", "\r"]])
    parts: list[str] = []
    before: Token | None = None
    for number, token in enumerate(lex(Source("x", text)).tokens):
        tight = before is not None and token.span.start == before.span.end
        if not (tight and chance.random() < 0.8):
            parts += between(number, often, breaks, chance)
        parts.append(text[token.span.start : token.span.end])
        before = token
    return "".join([*parts, chance.choice(["", " # end", "\n# end\n\n", "\n\n", "\r\n", "\n\t # \t", "#"])])


def between(number: int, often: float, breaks: list[str], chance: random.Random) -> Iterator[str]:
    """White space, or comments with line breaks behind them."""

    def new_line(most: int = 3) -> str:
        return "".join(
            chance.choice(breaks) + chance.choice(["", "", " ", "\t"]) for _ in range(chance.randint(1, most))
        )

    if chance.random() < often:
        yield chance.choice(["", " ", "\t", new_line()])
        yield f"#{number}" + chance.choice(
            ["", " a", " ß {", ' "', " \t", "# x", "\u2028y", " }" * 3, " very long" * 20]
        )
        yield chance.choice(
            [new_line(), f"{new_line()}# again{new_line(1)}", f"{new_line()}\t#{new_line()}# more{new_line()}"]
        )
    else:
        yield chance.choice([" ", " ", " ", " ", "  ", "\t", new_line(1), new_line()])
