"""A report as one page of HTML that needs nothing beside itself: no script, no font, no picture from elsewhere."""

from __future__ import annotations

from importlib.resources import files

from cli.reporting.draw import svg
from cli.reporting.forms import said
from cli.visible import visible
from insight.reports.tables import Report


def page(report: Report) -> str:
    """The document; every text of the events and the model in it is escaped."""
    from jinja2 import Environment, StrictUndefined

    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    template = files("cli").joinpath("reporting", "page.html").read_text(encoding="utf-8")
    charts = [(each.title, svg(each)) for each in report.charts]
    return environment.from_string(template).render(report=report, charts=charts, said=said, visible=visible)
