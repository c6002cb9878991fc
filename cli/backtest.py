"""`leadscore backtest`: how well the score, as it stood before an outcome, foretold it."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import click

from cli.inputs import EventsCommand
from cli.looking_back.options import Look, check_extra, outcome_of, score_of, takes_look
from cli.model import load_model
from cli.problem import NO, Problem
from cli.recorded import Recorded, recording, report_rejects, say
from cli.writing import check_outputs, write_lines


@click.command(
    "backtest",
    cls=EventsCommand,
    epilog="""\b
Examples:
  leadscore backtest model.score --events events.jsonl
  leadscore backtest model.score --events events.jsonl --outcome won --verbose
  leadscore backtest model.score --db state.db --outcome deals.csv --columns lead=customer,time=closed_at
  leadscore backtest model.score --events events.jsonl --call-cost 25 --deal-worth 1200
  leadscore backtest model.score --events events.jsonl --age "7 days" --format html -o backtest.html

Exit status: 1 also if there is nothing to measure.""",
)
@takes_look
@click.option("--call-cost", type=click.FloatRange(min=0), metavar="N", help="What a sales call costs.")
@click.option(
    "--deal-worth", type=click.FloatRange(min=0), metavar="N", help="What a deal brings, if nothing says more."
)
@click.option(
    "--format", "form", type=click.Choice(["text", "json", "markdown", "html"]), default="text", show_default=True,
    help="How the results are written.",
)  # fmt: skip
@click.option("-o", "--output", type=click.Path(), metavar="F", help="Write Markdown, HTML or JSON to this file.")
@click.option("--verbose", is_flag=True, help="All sections: tenths, calibration, months, lines, method.")
def command(
    model: str,
    call_cost: float | None,
    deal_worth: float | None,
    form: str,
    output: str | None,
    verbose: bool,
    **given: Any,
) -> int:
    """Measure how well a score of MODEL foretold an outcome, on recorded events.

    Each lead is folded by the engine up to the instant before it was won or lost, and no further. Leads without an
    outcome are looked at, at a comparable instant; --verbose says how. The outcome is declared in the model, or a CSV
    file with the columns lead and time, and value and worth if it has them."""
    recorded, look = parted(given)
    recorded.check()
    look.check()
    if output is not None and form == "text":
        raise Problem("-o takes a result as JSON, Markdown or HTML", hint="choose with --format")
    check_outputs([model, *recorded.events, recorded.db], {"-o": output})
    if deal_worth is not None and call_cost is None:
        raise Problem("--deal-worth needs the cost of a call to weigh it against", hint="give --call-cost N")
    check_extra()
    if form == "html":
        from cli.looking_back.write import check_page

        check_page()
    loaded = load_model(model)
    key = score_of(loaded.table, look.score)
    name, outcome = outcome_of(loaded.table, look)

    from cli.looking_back.tables import sections
    from cli.looking_back.write import as_json, markdown, page, print_text
    from insight.backtest.result import TooLittle, measured
    from insight.backtest.standing import study
    from runtime.dynamo.model import Model
    from runtime.table import Outcome

    folded = Model(loaded.table)
    with loaded.trusted(), recording(recorded, [folded]) as found:
        say(report_rejects(found, [model]))
        say(found.remarks)
        end = look.at if look.at is not None else found.newest if found.newest is not None else 0
        looked = study(found, folded, key, outcome, look.method(), end)
        try:
            declared = outcome if isinstance(outcome, Outcome) else None
            result = measured(looked, folded, declared, name, look.method(), call_cost=call_cost, deal_worth=deal_worth)
        except TooLittle as error:
            raise Problem(str(error), status=NO) from None
    if call_cost is not None and (result.sweep is None or result.sweep.best is None):
        raise Problem("no deal has a worth", hint="give --deal-worth N, or say `worth` in the outcome")
    title = f"Back-test of {key} in {loaded.table.model}"
    if form == "text":
        print_text(sections(result), verbose=verbose)
        return 0
    if form == "json":
        text = as_json(result)
    elif form == "markdown":
        text = markdown(title, sections(result))
    else:
        from insight.backtest.charts import charts

        text = page(title, sections(result), charts(result))
    if output is None:
        print(text)
    else:
        write_lines(output, [text])
    return 0


def parted(given: dict[str, Any]) -> tuple[Recorded, Look]:
    """The options of a command, of which some say which events and the others what is looked at."""
    of_events = {part.name for part in fields(Recorded)}
    recorded = Recorded(**{name: value for name, value in given.items() if name in of_events})
    return recorded, Look(**{name: value for name, value in given.items() if name not in of_events})
