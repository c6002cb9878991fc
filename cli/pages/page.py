"""What stands on a page, as plain values: the template only lays it out.

All texts are as they are to be read, not yet escaped. `anchor` is the id of the element and the target of links.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Note:
    """`about` is what the note stands at, `anchor` where that is on the page."""

    date: str
    text: str
    about: str
    anchor: str
    place: str


@dataclass(frozen=True, slots=True)
class Branch:
    """When a rule counts, and what it gives then."""

    when: str
    points: str


@dataclass(frozen=True, slots=True)
class Rule:
    """`source` is the rule as it is written, `place` its file and line."""

    anchor: str
    name: str
    label: str | None
    branches: tuple[Branch, ...]
    limits: tuple[str, ...]
    place: str
    source: str
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class Block:
    """Rules that stand together: a group, or (`name` None) those between groups."""

    anchor: str
    name: str | None
    label: str | None
    limits: tuple[str, ...]
    rules: tuple[Rule, ...]
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class Band:
    """From `low` (None: from the bottom) to below `high` (None: without end), in points; `size` is its share of the
    scale, in parts of 1000; `shade` goes from 0 (low) to 4 (high)."""

    name: str
    low: str | None
    high: str | None
    size: int
    shade: int


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark on an axis of a chart, in its units."""

    at: float
    label: str


@dataclass(frozen=True, slots=True)
class Chart:
    """The curve of a score in a box of `width` by `height` units; `areas` are bands as (top, height, shade, name),
    `ready` is the height of the ready line."""

    width: int
    height: int
    left: int
    right: int
    top: int
    bottom: int
    line: str
    days: tuple[Tick, ...]
    scores: tuple[Tick, ...]
    areas: tuple[tuple[float, float, int, str], ...]
    ready: float | None
    label: str


@dataclass(frozen=True, slots=True)
class Moment:
    """Where the score of the example stands after some time, with its band and whether that is ready."""

    after: str
    score: str
    band: str | None
    ready: bool | None


@dataclass(frozen=True, slots=True)
class Silence:
    """A lead that does nothing any more: told, as numbers, drawn."""

    start: str
    outcome: str
    moments: tuple[Moment, ...]
    chart: Chart


@dataclass(frozen=True, slots=True)
class Score:
    """`value` says how a computed score is made; `each` are the values of a family, of `variable`."""

    anchor: str
    name: str
    label: str | None
    place: str
    reach: str
    ready: str | None
    bands: tuple[Band, ...]
    variable: str | None
    each: tuple[str, ...]
    value: str | None
    blocks: tuple[Block, ...]
    ageing: tuple[str, ...]
    silence: Silence | None
    notes: tuple[Note, ...]

    @property
    def rules(self) -> int:
        return sum(len(block.rules) for block in self.blocks)


@dataclass(frozen=True, slots=True)
class Trigger:
    """`qualifies`: its condition asks for a ready line."""

    anchor: str
    name: str
    label: str | None
    when: str
    actions: tuple[str, ...]
    limits: tuple[str, ...]
    place: str
    source: str
    qualifies: bool
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class Stage:
    name: str
    entered: tuple[tuple[str, str], ...]
    """The triggers that move a lead there: (what it is called, anchor)."""


@dataclass(frozen=True, slots=True)
class Named:
    """Something with a name and a meaning: a segment, a tally, a score of an account, a field."""

    anchor: str
    name: str
    label: str | None
    means: str
    place: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """`used` are the rules and triggers that look at it: (what it is called, anchor)."""

    anchor: str
    name: str
    spelling: str | None
    kind: str
    fields: tuple[Named, ...]
    used: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Listed:
    """A set with its entries."""

    anchor: str
    name: str
    entries: tuple[str, ...]
    place: str


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a test. `time` says when, where it changes; `kind` is "given" or "expected"; `holds` is None for what
    is given and for what could not be judged."""

    time: str | None
    kind: str
    text: str
    holds: bool | None = None


@dataclass(frozen=True, slots=True)
class Story:
    """A test as an example; `result` is "passed", "failed" or "error"; `others` are further tests of the same form."""

    anchor: str
    name: str
    place: str
    result: str
    steps: tuple[Step, ...]
    others: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Assertion:
    """What is claimed of every lead there could be, a sentence each."""

    anchor: str
    name: str
    place: str
    claims: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Path:
    """A way to the ready line: what is known of the lead, and what it does, a text for each time."""

    lead: str
    steps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ways:
    """The shortest ways to the ready line of a score; `told` says how many events it takes, or why nobody knows."""

    name: str
    anchor: str
    who: str
    told: str
    paths: tuple[Path, ...] = ()
    more: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    name: str
    label: str | None
    owner: str | None
    review: tuple[str, ...]
    file: str
    digest: str
    version: str
    counts: tuple[tuple[str, str], ...]
    lateness: str
    scores: tuple[Score, ...] = ()
    stages: tuple[Stage, ...] = ()
    beside: tuple[Stage, ...] = ()
    triggers: tuple[Trigger, ...] = ()
    segments: tuple[Named, ...] = ()
    account: tuple[Named, ...] = ()
    account_triggers: tuple[Trigger, ...] = ()
    tallies: tuple[Named, ...] = ()
    attributes: tuple[Named, ...] = ()
    events: tuple[Event, ...] = ()
    lists: tuple[Listed, ...] = ()
    stories: tuple[Story, ...] = ()
    assertions: tuple[Assertion, ...] = ()
    notes: tuple[Note, ...] = ()
    ways: tuple[Ways, ...] = ()
    assumed: str | None = None
