"""Why a review is due before its date, from what was counted since the last one and over as long a stretch before.

- More than half of the handovers that sales decided were rejected.
- Sales accept less than before, and chance alone would hardly say so: by Fisher's exact test, one-sided, which asks how
  often so few or fewer of those accepted would fall into the later stretch if the two stretches were alike.
- A rule or a trigger fires no more: if its firings lay anyhow in the time of both stretches, so long a silence at the
  end would come less than once in a thousand times, and it is at least a tenth of that time.
- A band that had leads in it has none any more.

None is told from a few: `minimum` is the least number of decisions in a stretch, of firings, of leads in a band.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import comb

from insight.reviews.signs import Signs, trigger
from runtime.table import Table

CHANCE = 0.05
"""What chance does more often than this is no reason."""
_SILENT, _LEAST = 0.001, 0.1
_DAY = 86_400_000_000


@dataclass(frozen=True, slots=True)
class Reason:
    """`kind` is "rejected", "falling", "stopped" or "emptied"; `what` the score and its rule or band, or the trigger
    alone; `now` and `before` the numbers of leads that say so, each of how many. But of what stopped, `now` are the
    days of silence, `of` those looked at, and `before` its firings in the `before_of` days before the silence."""

    kind: str
    what: tuple[str, ...]
    now: int
    of: int
    before: int
    before_of: int
    chance: float | None = None


def reasons(found: Signs, table: Table, minimum: int) -> list[Reason]:
    """All reasons that there are, in the order above."""
    return [*_rejected(found, minimum), *_falling(found, minimum), *_stopped(found, table, minimum),
            *_emptied(found, table, minimum)]  # fmt: skip


def _rejected(found: Signs, minimum: int) -> Iterator[Reason]:
    before, now = found
    if now.decided >= minimum and 2 * now.rejected > now.decided:
        yield Reason("rejected", (), now.rejected, now.decided, before.rejected, before.decided)


def _falling(found: Signs, minimum: int) -> Iterator[Reason]:
    before, now = found
    if min(before.decided, now.decided) < minimum or now.accepted * before.decided >= before.accepted * now.decided:
        return
    chance = fisher(now.accepted, now.decided, before.accepted, before.decided)
    if chance < CHANCE:
        yield Reason("falling", (), now.accepted, now.decided, before.accepted, before.decided, chance)


def fisher(few: int, of: int, many: int, among: int) -> float:
    """How often, by chance, `few` or fewer of all accepted are among the `of` of the first group."""
    accepted, total = few + many, of + among
    ways = sum(comb(of, each) * comb(among, accepted - each) for each in range(max(0, accepted - among), few + 1))
    return ways / comb(total, accepted)


def _stopped(found: Signs, table: Table, minimum: int) -> Iterator[Reason]:
    before, now = found
    oldest = before.oldest if before.oldest is not None else now.oldest
    if now.newest is None or oldest is None or now.newest == oldest:
        return
    names: dict[tuple[str, ...], str]
    names = {(key, rule.name): f"{key}.{rule.name}" for key, score in table.scores.items() for rule in score.on}
    names |= {(each.name,): trigger(each.name) for each in table.triggers}
    for what, name in names.items():
        count = before.fired[name] + now.fired[name]
        last = now.last.get(name, before.last.get(name))
        if last is None or count < minimum:
            continue
        silence = (now.newest - last) / (now.newest - oldest)
        if silence >= _LEAST and (1 - silence) ** count < _SILENT:
            days = [each // _DAY for each in (now.newest - last, now.newest - oldest, last - oldest)]
            yield Reason("stopped", what, days[0], days[1], count, days[2])


def _emptied(found: Signs, table: Table, minimum: int) -> Iterator[Reason]:
    before, now = found
    for key, score in table.scores.items():
        for band in score.bands:
            was = before.bands[key, band.name]
            if was >= minimum and not now.bands[key, band.name]:
                of, had = (sum(n for (each, _), n in side.bands.items() if each == key) for side in (now, before))
                yield Reason("emptied", (key, band.name), 0, of, was, had)
