"""The numbers that may change: the points of rules, and how far each rule counted for each lead.

What a rule counted is what it gave, in units of its present points: five firings of which a limit let three through
count three. So limits have their say before anything is fitted, and a limit in points that is scaled along with the
points leaves what was counted as it was.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from insight.backtest.measures import Floats
from insight.backtest.standing import Standing

_MILLI = 1000


@dataclass(frozen=True, slots=True)
class Site:
    """A number in a rule file: the points of a rule, or of its branch `branch`; `now` is negative where they are taken.
    With `factor` it is the number that a property is multiplied with. `on` says that the rule is on an event."""

    rule: str
    branch: int
    now: Decimal
    factor: bool = False
    on: bool = True

    @property
    def name(self) -> str:
        return self.rule if self.branch == 0 else f"{self.rule}, branch {self.branch + 1}"


def counts(found: Sequence[Standing], sites: Sequence[Site]) -> Floats:
    """A row for each lead, a column for each site: how far it counted."""
    branches: dict[str, list[Site]] = {}
    for site in sites:
        branches.setdefault(site.rule, []).append(site)
    matrix = np.zeros((len(found), len(sites)))
    for row, standing in enumerate(found):
        for column, site in enumerate(sites):
            _, given = standing.rules.get(site.rule, (0, 0))
            if not given:
                continue
            points = given / _MILLI
            if site.on or len(branches[site.rule]) == 1:
                matrix[row, column] = points / float(site.now)
            elif points == float(site.now):
                matrix[row, column] = 1.0
    return matrix
