"""What is cheapest to cover: which steps added to a test would show the most that no test has seen yet.

A move is something that one can do in a test for one declaration: let it match, let it not match, fire it until a limit
holds, let time pass. It shows several sides at once, and costs about so many steps. Moves are taken by sides for each
step until they are enough; what is told is an estimate of the effort, not a promise.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from cli.coverage.spots import Spot
from cli.coverage.total import Coverage, Entry
from cli.coverage.wording import owner

_MATCHING = frozenset({"fired", "taken", "counted", "true"})
_TIME = frozenset({"degradation", "floor", "expiry", "fading", "fall"})


@dataclass(frozen=True, slots=True)
class Move:
    """`steps` in a test show `sides` sides more; `spot` is where to look, `advice` what to write."""

    spot: Spot
    sides: int
    steps: int
    advice: str


def missing(coverage: Coverage, least: Fraction) -> int:
    """How many more sides must be seen for the share `least`; 0 if it is reached."""
    whole = coverage.whole
    wanted = -(-least.numerator * whole.of // least.denominator)
    return max(wanted - whole.seen, 0)


def cheapest(coverage: Coverage, sides: int, most: int = 5) -> list[Move]:
    """The cheapest moves that together show so many sides, at most `most` of them."""
    moves = sorted(_moves(coverage), key=lambda move: (Fraction(-move.sides, move.steps), -move.sides))
    chosen: list[Move] = []
    while moves and len(chosen) < most and sum(each.sides for each in chosen) < sides:
        chosen.append(moves.pop(0))
    return chosen


def _moves(coverage: Coverage) -> Iterator[Move]:
    declarations: dict[tuple[str, tuple[str, ...]], list[Entry]] = {}
    for entry in coverage:
        declarations.setdefault((entry.spot.file, entry.spot.of), []).append(entry)
    for entries in declarations.values():
        yield from _of_declaration([each for each in entries if each.unseen])


def _of_declaration(entries: list[Entry]) -> Iterator[Move]:
    branches = {entry.spot.at for entry in entries}
    for at in sorted(branches):
        own = [entry for entry in entries if entry.spot.at == at]
        yield from _matching(own)
        yield from _failing(own, "where")
        yield from _failing(own, "when")
    for entry in entries:
        yield from _by_itself(entry)


def _matching(entries: list[Entry]) -> Iterator[Move]:
    """Let the declaration, or a branch of it, do what it is there for."""
    found = [entry for entry in entries if _MATCHING.intersection(entry.unseen) and entry.spot.part != "fall"]
    sides = sum(len(_MATCHING.intersection(entry.unseen)) for entry in found)
    waiting = [entry for entry in entries if entry.spot.part == "repeated"]
    sides += sum(len(entry.unseen) for entry in waiting)
    if not sides:
        return
    spot = (found or waiting)[0].spot
    times = max(entry.spot.firings for entry in [*found, *waiting])
    beside = any(entry.spot.part == "when" for entry in found)
    if spot.event is not None:
        often = "an event" if times == 1 else f"{times} events"
        and_state = ", for a lead of which the rest holds" if beside else ""
        yield Move(spot, sides, times + beside, f"{often} `{spot.event}` that it matches{and_state}")
    elif spot.of[0] in ("trigger", "segment", "account score"):
        yield Move(spot, sides, 3, "a lead that comes to where it holds")
    else:
        branch = next((f"`{entry.spot.text}` is taken" for entry in found if entry.spot.part == "branch"), "it holds")
        yield Move(spot, sides, 1, f"a lead for which {branch}")


def _failing(entries: list[Entry], part: str) -> Iterator[Move]:
    """Let the conditions not hold: one event, or one state of a lead, shows that of all of them."""
    found = [entry for entry in entries if entry.spot.part == part and "false" in entry.unseen]
    if not found:
        return
    spot = found[0].spot
    if part == "where" and spot.event is not None:
        yield Move(spot, len(found), 1, f"an event `{spot.event}` for which `{spot.text}` does not hold")
    else:
        yield Move(spot, len(found), 1, f"a lead for which `{spot.text}` does not hold")


def _by_itself(entry: Entry) -> Iterator[Move]:
    spot = entry.spot
    if spot.part in ("times", "points", "best"):
        if spot.event is None:
            yield Move(spot, 1, 3 * spot.firings, f"let it fire {spot.firings} times")
        else:
            yield Move(spot, 1, spot.firings, f"{spot.firings} events `{spot.event}` that it matches")
    elif spot.part in _TIME:
        yield Move(spot, len(entry.unseen), 2 if spot.part == "floor" else 1, "let time pass, with `after`")
    elif spot.part in ("band", "cap"):
        yield Move(spot, 1, 3, "a lead with as many points")


def told(move: Move) -> str:
    """``rule guide of readiness, 2 sides: an event `download` that it matches``."""
    sides = f"{move.sides} side{'' if move.sides == 1 else 's'}"
    return f"{owner(move.spot.of)}, {sides}: {move.advice}"
