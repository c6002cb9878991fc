"""The path of a lead through the stages: when it entered and left each.

A lead enters the first stage with its first event; every move of a trigger leaves one stage and enters another, at that
very instant, so a stage may be passed in no time.
"""

from __future__ import annotations

from dataclasses import dataclass

from insight.reports.life import Life
from insight.reports.tables import ReportError
from runtime.table import Stages

Stay = tuple[str, int, int | None]
"""A stage, when it was entered, when it was left (None: not yet)."""


@dataclass(frozen=True, slots=True)
class Path:
    """The stays of one lead, in their order."""

    stays: tuple[Stay, ...]

    def entered(self, stage: str) -> int | None:
        """When a stage was first entered."""
        return next((start for name, start, _ in self.stays if name == stage), None)


def check_stages(stages: Stages) -> None:
    """Raises ReportError for a model without stages."""
    if not stages.path:
        raise ReportError(
            "the model has no stages, so there is no funnel to report on",
            "declare them: `stages visitor, qualified, customer`, and triggers that `move to` them",
        )


def take(lived: Life) -> Path:
    """The stays of a lead, rebuilt from its moves."""
    path = lived.plan.table.stages.path
    found: list[Stay] = []
    stage, since = path[0], lived.first
    for name, entered in lived.began:
        if name != stage or entered != since:
            found.append((stage, since, entered))
            stage, since = name, entered
    for move in lived.moves:
        found.append((stage, since, move.at))
        stage, since = move.after, move.at
    found.append((stage, since, None))
    return Path(tuple(found))
