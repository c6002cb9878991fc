"""`leadscore plan`: what a change of the model would have done to recorded leads."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from cli.inputs import EventsCommand, read_time
from cli.models_of import LIVE, Side, old_side, side
from cli.problem import Problem
from cli.recorded import Recorded, recording, takes_recorded
from cli.stack import Place, Where, place, takes_place
from cli.writing import check_outputs, write_lines

if TYPE_CHECKING:
    from cli.plans.answer import Answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What was asked for; times in microseconds, None where not given."""

    at: int | None
    since: int | None
    form: str
    output: str | None
    verbose: bool
    jobs: int | None

    @property
    def whole(self) -> bool:
        """Whether everything is to be found out, whatever of it is shown."""
        return self.verbose or self.output is not None or self.form in ("json", "html")


@click.command(
    "plan",
    cls=EventsCommand,
    epilog="""\b
Examples:
  leadscore plan model.score --events march.jsonl.gz
  leadscore plan model.score --against main --db state.db --since 2026-01-01
  leadscore plan new.score --against old.score --events - --format markdown < events.jsonl
  leadscore plan model.score --stack prod --export AWSDynamoDB/01767225600000-1a2b3c4d -o plan.json
  leadscore deploy model.score --stack prod --plan plan.json
  leadscore plan model.score --events march.jsonl --format html > plan.html

OLD is a rule file, a compiled table, a git revision (HEAD, main:rules/model.score) or `live`. Without --against it is
what is live, if a stack is named, else NEW as it was at HEAD.""",
)
@click.argument("new", type=click.Path(), required=False)
@click.option("--against", metavar="OLD", help="The model to compare with.")
@takes_recorded
@click.option("--at", callback=read_time, metavar="T", help="Where the period ends; the newest event's if not given.")
@click.option("--since", callback=read_time, metavar="T", help="Where the period begins, if not with the first event.")
@takes_place
@click.option("--format", "form", type=click.Choice(["text", "json", "markdown", "html"]), default="text",
              show_default=True, help="How to write it; Markdown is for a pull request.")  # fmt: skip
@click.option("--json", "form", flag_value="json", help="The same as --format json.")
@click.option("-o", "--output", type=click.Path(), metavar="FILE", help="Save the plan too, for `deploy --plan FILE`.")
@click.option("-v", "--verbose", is_flag=True, help="All leads, weeks and rules, and the statements of the movers.")
@click.option("--jobs", type=click.IntRange(min=1), metavar="N", help="Processes; as many as are of use if not given.")
def command(new: str, against: str | None, **given: Any) -> int:
    """Fold recorded events under NEW and under OLD, and say what is different for whom.

    Who would qualify that did not, and who would drop out; how bands and stages move; how often triggers would have
    fired in each week; which rules it was; and the leads that move most, explained. Nothing is changed anywhere."""
    where = Where(*[given.pop(name) for name in ("stack", "table", "bucket")])
    recorded = Recorded(**{name: given.pop(name) for name in ("events", "source", "db", "export", "now")})
    options = Options(**given)
    recorded.check()
    if options.since is not None and options.at is not None and options.since >= options.at:
        raise _empty(options.since, options.at)
    check_outputs([new, *recorded.events, recorded.db], {"-o": options.output})
    if options.form == "html":
        from cli.pages.write import check_writer

        check_writer()
    with _place(where, against) as here:
        answer = _answer(old_side(against, new, here), side(new, against, here), here, recorded, options)
    _write(answer, options)
    return 0


def _place(where: Where, against: str | None) -> AbstractContextManager[Place | None]:
    """The stack, if one is named: by an option, or by the environment where `live` is asked for."""
    if where != Where() or against == LIVE:
        return place(where.stack, where.table, where.bucket)
    return nullcontext()


def _empty(since: int, until: int) -> Problem:
    from runtime.times import write_instant

    return Problem(f"the period is empty: it begins at {write_instant(since)} and ends at {write_instant(until)}")


def _answer(old: Side, new: Side, here: Place | None, recorded: Recorded, options: Options) -> Answer:
    from cli.plans.asking import Asked, answer
    from runtime.times import now as clock_now

    asked = Asked(old, new, here, clock_now() if recorded.now is None else recorded.now)
    with new.model.trusted(), old.model.trusted(), recording(recorded, asked.models) as found:
        until = options.at if options.at is not None else found.newest
        if until is not None and options.since is not None and options.since >= until:
            raise _empty(options.since, until)
        return answer(asked, found, until, options.since, whole=options.whole, jobs=options.jobs)


def _write(answer: Answer, options: Options) -> None:
    from cli.plans import document

    if options.output is not None:
        write_lines(options.output, [document.write(answer)])
    match options.form:
        case "json":
            click.echo(document.write(answer))
        case "markdown":
            from cli.plans.markdown import markdown

            click.echo(markdown(answer, whole=options.verbose), nl=False)
        case "html":
            from cli.plans.page import html

            click.echo(html(answer, whole=options.verbose), nl=False)
        case _:
            from cli.plans.text import print_plan

            print_plan(answer, whole=options.verbose)
