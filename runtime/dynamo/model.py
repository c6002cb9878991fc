"""A model made ready, once for many leads."""

from __future__ import annotations

from runtime.intake import Intake
from runtime.plan import Plan
from runtime.run import FOREVER
from runtime.table import Table, meaning

RETENTION_MARGIN = 30
"""Days that claims and lines outlive the retention, so that what expires has been folded into a checkpoint before."""


class Model:
    """`digest` is 128 bits of the hash of what the table does; a lead's state fits any model that shares it."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self.plan = Plan(table)
        self.digest = bytes.fromhex(meaning(table).removeprefix("sha256:"))[:16]
        self.anytime = Intake(self.plan, FOREVER)
        """Reads lines that were accepted once: they are not held against another now."""

    @property
    def name(self) -> str:
        return self.table.model
