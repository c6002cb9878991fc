"""Columns in, leads out: sorts the events of all leads, folds them by the compiled fold, and says what stands.

What the compiled fold leaves aside - a lead with numbers too large for it, or with more in its windows than there is
room for - is named in `Folded.left`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from insight.columns.binding import Binding
from insight.columns.kernel.folding import fold_leads
from insight.columns.layout import NOTHING
from insight.columns.program import Program

_FIRINGS = 1 << 16


@dataclass(slots=True)
class Columns:
    """Accepted events, in any order. `lead` holds positions in `leads`, `kind` positions of types of events (the last
    is `lead`), `time` microseconds, `source` the rank of the source, `codes` a row for each JSON key of the program.

    `ids` are the ids of the events, as UTF-8 bytes, one after the other: that of event i is at `starts[i]:starts[i+1]`.
    They decide the order of events of one time and source."""

    leads: list[str]
    lead: NDArray[Any]
    time: NDArray[Any]
    kind: NDArray[Any]
    source: NDArray[Any]
    starts: NDArray[Any]
    ids: NDArray[Any]
    codes: NDArray[Any]
    dictionaries: list[list[Any]]


@dataclass(slots=True)
class Folded:
    """What stands of each lead at the instant asked for. `rows` are as `kernel.folding.write` writes them, by position
    of the lead; `firings` hold (trigger, time), those of a lead at `rows[lead, 3]:rows[lead, 4]`; `emitted` a row for
    each publication (trigger, name, time, ordinal, stage, lead, all scores)."""

    binding: Binding
    leads: list[str]
    rows: NDArray[Any]
    firings: NDArray[Any]
    emitted: NDArray[Any]

    @property
    def left(self) -> NDArray[Any]:
        """The positions of the leads that are left to the engine for single events."""
        return np.flatnonzero(self.rows[:, 0])

    @property
    def stand(self) -> NDArray[Any]:
        """The positions of the leads that have an event."""
        return np.flatnonzero((self.rows[:, 1] != NOTHING) & (self.rows[:, 0] == 0))


def fold_columns(
    program: Program, columns: Columns, until: int, publish: bool, binding: Binding | None = None
) -> Folded:
    """Fold all leads up to `until`; with `publish`, note what triggers emit."""
    from insight.columns.kernel.ordering import ordered

    bound = Binding(program, columns.dictionaries) if binding is None else binding
    count = len(columns.leads)
    offsets, order = ordered(columns.lead, columns.time, columns.source, columns.starts, columns.ids, count)
    scores = len(program.plan.scores)
    width = 5 + scores + len(program.plan.tallies) + 2 * len(program.stages) + len(program.tags)
    rows = np.zeros((count, width + len(program.attributes)), dtype=np.int64)
    firings = np.zeros(2 * _FIRINGS, dtype=np.int64)
    emitted = np.zeros((6 + scores) * _FIRINGS if publish else 0, dtype=np.int64)
    told, said, lead, before = [firings[:0]], [emitted[:0]], 0, 0
    while lead < count:
        reached = fold_leads(
            bound.M, bound.W, bound.S, columns.codes, firings, emitted, rows, columns.kind, columns.time, order,
            offsets, lead, until,
        )  # fmt: skip
        fired, noted = _counts(bound)
        told.append(firings[:fired].copy())
        said.append(emitted[:noted].copy())
        rows[lead:reached, 3:5] += before
        before += fired // 2
        if reached == lead:
            firings, emitted = np.zeros(2 * len(firings), dtype=np.int64), np.zeros(2 * len(emitted), dtype=np.int64)
        lead = reached
    return Folded(
        bound, columns.leads, rows, np.concatenate(told).reshape(-1, 2), np.concatenate(said).reshape(-1, 6 + scores)
    )


def _counts(bound: Binding) -> tuple[int, int]:
    """How many words of firings and publications the last call wrote."""
    from insight.columns.layout import S_EMITTED, S_FIRED

    return int(bound.S[S_FIRED]), int(bound.S[S_EMITTED])
