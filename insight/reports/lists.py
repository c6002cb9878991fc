"""Every segment of the model as a list, for the tool that runs the campaign."""

from __future__ import annotations

from collections.abc import Sequence

from insight.reports.figures import share
from insight.reports.people import attributes
from insight.reports.tables import Chart, Report, ReportError, Series, Table, columns
from runtime.lead import Lead
from runtime.plan import Plan
from runtime.segments import segment
from runtime.table import Table as Rules


def check_segments(rules: Rules, asked: Sequence[str]) -> tuple[str, ...]:
    """The segments to write: those asked for, or all. Raises ReportError."""
    known = list(rules.segments)
    if not known:
        raise ReportError(
            "the model has no segments, so there is no list to write",
            "declare one: `segment hottest { highest 10% by readiness where stage < customer }`",
        )
    for name in asked:
        if name not in known:
            raise ReportError(f"the model has no segment `{name}`", f"it has {', '.join(known)}")
    return tuple(asked) or tuple(known)


def report(leads: Sequence[Lead], plan: Plan, names: Sequence[str], with_: Sequence[str], at: int) -> Report:
    """The lists as of `at`; `leads` come in the order of ids, `with_` are the attributes to list."""
    rules = plan.table
    sizes = Table(
        "segments", "Segments", columns("segment", "what it is", "leads:count", "of all leads:share"),
        notes=[f"of {len(leads):,} leads; --folder DIR writes a file for each segment"],
    )  # fmt: skip
    tables = []
    for name in names:
        given = rules.segments[name]
        staged = ("stage",) if rules.stages.path else ()
        by = () if given.by is None else (f"{given.by}:points",)
        table = Table(
            f"segment-{name}", f"{name}: {given.label}" if given.label else name,
            columns("rank:count", "lead", *with_, *by, *staged, "tags"), empty="nobody",
        )  # fmt: skip
        for rank, lead, points in segment(plan, name, leads, at):
            score = () if points is None else (points,)
            stage = (lead.stage or "",) if staged else ()
            row = (rank, lead.id, *attributes(plan, lead, with_), *score, *stage)
            table.rows.append((*row, ", ".join(sorted(lead.tags))))
        sizes.rows.append((name, given.label or "", len(table.rows), share(len(table.rows), len(leads))))
        tables.append(table)
    series = [Series("leads", [float(len(table.rows)) for table in tables])]
    chart = Chart("Leads in each segment", list(names), series, "rows", "leads")
    return Report("segments", "Segments as lists", [sizes, *tables], [chart])
