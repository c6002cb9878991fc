"""The leads that a change moves most, explained: what gave their points under each model, side by side, and the whole
account statement under each.

Leads were only named while shelves were counted; here the shelves on which they lie are read once more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from insight.change.compare import Question
from insight.change.facts import Mover
from insight.recorded import History, Recording
from insight.timeline import Origin, Timeline, timeline
from runtime.dynamo.model import Model
from runtime.explain import explain
from runtime.statement import Places, Row, Statement


@dataclass(frozen=True, slots=True)
class Part:
    """What one origin gave a score under each model; None where it gave nothing."""

    origin: Origin
    old: int | None
    new: int | None

    @property
    def by(self) -> int:
        return (self.new or 0) - (self.old or 0)


@dataclass(frozen=True, slots=True)
class Detail:
    """A mover explained. `parts` are in the order of what they moved, the largest first, then those that moved nothing;
    `old` and `new` are the rows of the statements, None where there is none: the model does not know the lead, or its
    points began before its oldest kept event or under another table."""

    mover: Mover
    parts: tuple[Part, ...]
    old: tuple[Row, ...] | None
    new: tuple[Row, ...] | None


def details(
    recording: Recording,
    question: Question,
    movers: Iterable[Mover],
    places: tuple[Places, Places],
    told: Callable[[], None] = lambda: None,
) -> list[Detail]:
    """The movers explained, in their order. `told` is told of each shelf that was read. Raises RecordedError."""
    wanted = list(movers)
    shelves: dict[int, set[str]] = {}
    for mover in wanted:
        shelves.setdefault(mover.shelf, set()).add(mover.lead)
    found: dict[str, History] = {}
    for at, ids in shelves.items():
        found |= {history.id: history for history in recording.shelf(at) if history.id in ids}
        told()
    return [_detail(question, mover, found[mover.lead], places) for mover in wanted]


def _detail(question: Question, mover: Mover, history: History, places: tuple[Places, Places]) -> Detail:
    old = timeline(history, question.old, question.until, 0)
    new = timeline(history, question.new, question.until, 1)
    return Detail(
        mover,
        tuple(parts_of(mover.score, old, new)),
        _statement(question.old, old, question.until, mover.score, places[0]),
        _statement(question.new, new, question.until, mover.score, places[1]),
    )


def parts_of(key: str, old: Timeline | None, new: Timeline | None) -> list[Part]:
    """What gave a score its points under each model."""
    before, after = (_given(key, told) for told in (old, new))
    parts = [Part(origin, before.get(origin), after.get(origin)) for origin in {**before, **after}]
    return sorted(parts, key=lambda part: (-abs(part.by), part.origin))


def _given(key: str, told: Timeline | None) -> Mapping[Origin, int]:
    points = {} if told is None else told.points
    return {origin: given.points for origin, given in points.items() if origin[0] == key and given.points}


def _statement(model: Model, told: Timeline | None, until: int, key: str, places: Places) -> tuple[Row, ...] | None:
    """The rows of the statement of a score, from the lead's first event on."""
    if told is None or told.known_from is not None or len({moment.plan for moment in told.moments}) != 1:
        return None
    if told.events and model.plan_at(told.events[0][0][0]) is not told.plan:
        return None
    explanation = explain(told.plan, told.id, told.events, until)
    return None if explanation is None else tuple(Statement(explanation, places).rows(key))
