"""Sites as reports show them: where in which file, what they belong to, what the text says there.

A spot holds no terms, so it travels between processes; the numbers of sides are those of `cli.coverage.subject`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cli.coverage.subject import Subject
from compiler.sites import Site
from dsl.source import Source
from runtime.table import OnRule

Of = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Spot:
    """A site: characters `start` to `end` of `file`, of which the first stands at `line` and `column` (from 1). `text`
    is what is written there, in one line. `event` is the event that the declaration waits for, if it waits for one;
    `firings` is how many of them it takes for the first side to be seen."""

    file: str
    start: int
    end: int
    line: int
    column: int
    of: Of
    part: str
    at: int
    text: str
    sides: tuple[str, ...]
    event: str | None = None
    firings: int = 1

    @property
    def single(self) -> bool:
        """Whether it is a single condition."""
        return self.part in ("where", "when")


def spots_of(subject: Subject, sources: Mapping[str, Source]) -> tuple[Spot, ...]:
    """The spots of all sites, in their order."""
    return tuple(_spot(subject, site, sources[site.span.file]) for site in subject.sites)


def _spot(subject: Subject, site: Site, source: Source) -> Spot:
    line, column = source.position(site.span.start)
    text = " ".join(source.read(site.span).split())
    if site.part in ("rule", "trigger", "tally"):
        text = f"{site.part} {text}"
    event, firings = _waits(subject, site)
    return Spot(
        site.span.file, site.span.start, site.span.end, line, column, site.of, site.part, site.at, text, site.sides,
        event, firings,
    )  # fmt: skip


def _waits(subject: Subject, site: Site) -> tuple[str | None, int]:
    """The event of a declaration, and how often it must come for the first side."""
    table = subject.table
    match site.of:
        case ("tally", name):
            return table.tallies[name].match.on, 1
        case ("trigger", name):
            found = next(each.match for each in table.triggers if each.name == name)
            most = site.limit.times if site.limit is not None and site.limit.times is not None else 0
            return None if found is None else found.on, most + 1
        case ("rule", score, name):
            rules = [each for key in _keys(subject, score) for each in table.scores[key].on if each.name == name]
            return (rules[0].match.on, _firings(rules[0], site)) if rules else (None, 1)
        case ("group", score, name):
            rules = [each for key in _keys(subject, score) for each in table.scores[key].on if each.group == name]
            return (rules[0].match.on, _firings(rules[0], site)) if rules else (None, 1)
    return None, 1


def _keys(subject: Subject, score: str) -> list[str]:
    return [key for key in subject.plan.keys if key.partition("[")[0] == score][:1]


def _firings(rule: OnRule, site: Site) -> int:
    """How many matches of a rule it takes, as far as that is known beforehand."""
    each = rule.repeated.times if rule.repeated is not None else 1
    limit = site.limit
    if limit is None:
        return 2 * each if site.part == "best" else each
    if limit.times is not None:
        return each * (limit.times + 1)
    if rule.points and limit.points is not None:
        return each * (limit.points // abs(rule.points) + 1)
    return 2 * each
