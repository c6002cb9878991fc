"""What the reports on handovers share: which stages or which outcome say that sales accepted or rejected a lead."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

import click

from cli.reporting.options import unknown

if TYPE_CHECKING:
    from insight.reports.handovers import Terms
    from insight.reports.life import Asks
    from runtime.dynamo.model import Model
    from runtime.table import Table

_Command = TypeVar("_Command", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True, kw_only=True)
class Handing:
    """What was said of handovers."""

    qualified: str | None = None
    accepted: str | None = None
    rejected: tuple[str, ...] = ()
    outcome: str | None = None
    reason: str = "reason"
    campaign: str = "campaign"
    group: tuple[str, ...] = ()

    def terms(self, table: Table) -> Terms:
        """What counts as what in a model. Raises Problem and ReportError."""
        from insight.reports.handovers import terms_of

        if self.outcome is not None and self.outcome not in table.outcomes:
            raise unknown("outcome", self.outcome, list(table.outcomes))
        for name in self.group:
            if name not in table.attributes and name not in table.segments:
                raise unknown("attribute or segment", name, [*table.attributes, *table.segments])
        found = terms_of(table, self.qualified, self.accepted, self.rejected)
        return replace(
            found, outcome=self.outcome is not None, reason=self.reason, campaign=self.campaign, groups=self.group
        )

    def asks(self, model: Model) -> Asks:
        """What the fold must be asked for it."""
        from insight.reports.life import Asks

        outcome = None if self.outcome is None else model.table.outcomes[self.outcome]
        inside = [name for name in self.group if name not in model.table.attributes]
        return Asks.of(model.plan, outcome, inside)


def takes_handing(command: _Command) -> _Command:
    """Give a command the options that say what counts as qualified, accepted and rejected."""
    options = [
        click.option("--qualified", metavar="STAGE", help="Marketing qualified; by itself the stage `qualified`."),
        click.option("--accepted", metavar="STAGE",
                     help="Sales accepted, as are the stages behind it; by itself `accepted`, or the next stage."),
        click.option("--rejected", multiple=True, metavar="STAGE",
                     help="Rejected by sales; by itself the stages beside the path."),
        click.option("--outcome", metavar="NAME", help="Accepted and rejected as this outcome of the model decides."),
        click.option("--reason", default="reason", show_default=True, metavar="PROPERTY",
                     help="The property of the rejecting event that says why."),
        click.option("--campaign", default="campaign", show_default=True, metavar="NAME",
                     help="The property, or else the attribute, that names a campaign."),
        click.option("--group", multiple=True, metavar="NAME",
                     help="Apart by an attribute, or by who meets the condition of a segment; as often as wanted."),
    ]  # fmt: skip
    for option in reversed(options):
        command = option(command)
    return command


def split(given: dict[str, Any]) -> tuple[Handing, dict[str, Any]]:
    """The options of handovers, and the others."""
    names = Handing.__dataclass_fields__
    return Handing(**{name: given[name] for name in names}), {k: v for k, v in given.items() if k not in names}
