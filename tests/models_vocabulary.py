"""The few names, values and durations of the random models, and what all of their makers draw with."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.reference_values import DAY

HOUR = DAY // 24
START = 19723 * DAY  # 2024-01-01
DURATIONS = {
    "90 minutes": DAY // 16, "6 hours": 6 * HOUR, "12 hours": 12 * HOUR, "1 day": DAY, "36 hours": 36 * HOUR,
    "2 days": 2 * DAY, "3 days": 3 * DAY, "1 week": 7 * DAY,
}  # fmt: skip
WHOLE_DAYS = ["1 day", "2 days", "3 days", "1 week", "24 hours"]
TEXTS = [
    "a",
    "a",
    "a",
    "/p/x",
    "/p/x",
    "x",
    "A",
    "b",
    "/p/y",
    "Straße",
    "STRASSE",
    "caf\u00e9",
    "cto",
    "the CTO",
    "director",
    "x y",
    "10",
    "",
    "ǅ",
    "x",
]
WORDS = ["cto", "x", "the", "a"]
GLOBS = ["*", "?", "/p/*", "*a*", "stra?e", "*e", "c?o", "??"]
POINTS = ["1", "2", "5", "10", "7.125", "0.5", "0.0005", "2.0015", "-3", "20", "0"]
LEVELS = ["0", "1", "5", "8.5", "10", "12", "20", "30"]
NUMBERS = [
    "0",
    "1",
    "2",
    "3",
    "5",
    "10",
    "-4",
    "2.5",
    "0.0005",
    "1.0015",
    "1.00",
    "3e0",
    "0.3335",
    "-0.0",
    "123456789012345.123456789012",
]
PERCENTS = ["0", "0.333333333333", "10", "33.3", "50", "80", "100", "120", "0.5"]
NUMERIC = ("number", "integer", "percent")


@dataclass(frozen=True)
class Field:
    """A property or attribute as declared; `spelling` is its name in JSON."""

    name: str
    kind: str
    tail: str = ""
    spelling: str = ""

    @property
    def key(self) -> str:
        return self.spelling or self.name

    @property
    def declared(self) -> str:
        spelled = f' as "{self.spelling}"' if self.spelling else ""
        return f"{self.name}: {self.kind}{' ' + self.tail if self.tail else ''}{spelled}"


@dataclass(frozen=True)
class Shown:
    """A score that can be named: as written, whether it has rules, its bands, and whether it has `ready at`."""

    text: str
    rules: bool
    bands: tuple[str, ...]
    ready: bool


@dataclass(frozen=True)
class Sample:
    """A model and its runs; a run is the lines that arrive, --at (None: not given), --now, and whether to publish."""

    model: str
    runs: tuple[SampleRun, ...]


@dataclass(frozen=True)
class SampleRun:
    lines: tuple[str, ...]
    at: int | None = None
    now: int = START + 365 * DAY
    publish: bool = True


@dataclass
class Place:
    """What may be named where a condition stands."""

    fields: list[tuple[str, Field]]
    tallies: bool = False
    clock: bool = False
    state: bool = False
    variable: str | None = None


LEAD = [
    Field("country", "text"),
    Field("email", "text", "ignoring case", "$email"),
    Field("employees", "integer"),
    Field("ratio", "number", "-10..1000"),
    Field("vip", "boolean"),
    Field("trial", "date"),
    Field("renewal", "instant"),
    Field("fit", "percent"),
    Field("tier", "one of", '"a", "b"'),
    Field("langs", "list of text"),
]
COMPUTED = [
    Field("owner", "text", "computed"),
    Field("level", "number", "computed"),
    Field("seen", "instant", "computed"),
    Field("due", "date", "computed"),
    Field("share", "percent", "computed"),
    Field("chosen", "boolean", "computed"),
]
EVENTS = {
    "visit": (
        "visit", "",
        [
            Field("page", "text"), Field("n", "number"), Field("w", "percent"), Field("flag", "boolean"),
            Field("part", "one of", '"a", "b", "c"'), Field("words", "list of text"), Field("day", "date"),
        ],
    ),
    "other": ("other", "", [
        Field("page", "text", "ignoring case required"), Field("n", "integer", "-5..20"), Field("moment", "instant")]),
    "view": ("com.acme.view", "", [Field("n", "number"), Field("country", "text", "", "the country")]),
    "crm": ("crm", "passive", [Field("status", "text"), Field("n", "number")]),
}  # fmt: skip


@dataclass
class Chance:
    """Draws from one seed, and keeps what has been drawn so far of the model."""

    seed: int
    chance: random.Random = field(init=False)
    used: list[int] = field(default_factory=list)
    scores: list[Shown] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)

    def pick(self, items: Sequence[Any]) -> Any:
        return self.chance.choice(items)

    def some(self, probability: float) -> bool:
        return self.chance.random() < probability

    def length(self, among: Sequence[str] = ()) -> str:
        text = self.pick(list(among) or list(DURATIONS))
        self.used.append(DURATIONS.get(text, DAY))
        return str(text)

    def tag(self) -> str:
        return str(self.pick(['"p"', '"q"']))

    def stage_names(self) -> list[str]:
        return [f'"{stage}"' if " " in stage else stage for stage in [*self.stages, *(self.beside or [])]]

    def per(self) -> str:
        return str(self.pick(["", f" per {self.length()}", " per span"]))
