"""`leadscore review`: when the rules are to be looked at again, why now, and the sheet for the meeting."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from cli.inputs import EventsCommand, read_time
from cli.model import compiled, is_table, read_bytes
from cli.problem import NO, Problem
from cli.recorded import Recorded, say, takes_recorded
from cli.reviewing.due import OVERDUE, UNKNOWN
from cli.visible import visible
from cli.writing import check_outputs, write_lines
from runtime.times import DAY, write_date, write_instant
from runtime.times import now as clock

if TYPE_CHECKING:
    from cli.reviewing.due import Due
    from cli.reviewing.facts import Told
    from compiler.compile import Compilation


@click.command(
    "review",
    cls=EventsCommand,
    epilog="""\b
Examples:
  leadscore review model.score
  leadscore review model.score --ci
  leadscore review model.score --events events.jsonl --qualified mql --accepted sql
  leadscore review model.score --db state.db -o reviews/2026-06-05.md
  leadscore review model.score --at 2026-06-05 -o review.html""",
)
@click.argument("model", type=click.Path(), required=False)
@click.option("--at", callback=read_time, metavar="T", help="The day that it is seen from; today if not given.")
@click.option("--ci", is_flag=True, help="Exit with status 1 if a review is overdue, or has no date.")
@click.option("--ahead", type=click.IntRange(min=0), default=14, show_default=True, metavar="DAYS",
              help="Tell of reviews as soon that are due in so many days.")  # fmt: skip
@click.option("--minimum", type=click.IntRange(min=1), default=20, show_default=True, metavar="N",
              help="The fewest decisions, firings or leads from which a reason is told.")  # fmt: skip
@click.option("--qualified", metavar="STAGE", help="Marketing qualified; by itself the stage `qualified`.")
@click.option("--accepted", metavar="STAGE",
              help="Sales accepted, as are the stages behind it; by itself `accepted`, or the next stage.")  # fmt: skip
@click.option("--rejected", multiple=True, metavar="STAGE",
              help="Rejected by sales; by itself the stages beside the path.")  # fmt: skip
@click.option("--outcome", metavar="NAME", help="Accepted and rejected as this outcome of the model decides.")
@click.option("--reason", default="reason", show_default=True, metavar="PROPERTY",
              help="The property of the rejecting event that says why.")  # fmt: skip
@takes_recorded
@click.option("-o", "--output", type=click.Path(), metavar="F", help="Write the sheet for the meeting: .md or .html.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def command(
    model: str, at: int | None, ci: bool, ahead: int, minimum: int, output: str | None, as_json: bool, **given: Any
) -> int:
    """Say which reviews of MODEL, a rule file, are due or overdue, and write the sheet for the meeting.

    The review blocks of the model say how often it and its programs are looked at, and when they were. With recorded
    events it also says why a review is due now: more than half of the decided leads rejected, acceptance falling, a
    rule or trigger that stopped firing, a band that emptied. That a review was held is kept as a line in the block:
    held 2026-06-05 "what came of it"."""
    recorded = Recorded(**{name: given.pop(name) for name in Recorded.__dataclass_fields__})
    form = _form(output)
    compilation = _compilation(model)
    check_outputs([*compilation.files, *recorded.events, recorded.db], {"-o": output})
    today = (clock() if at is None else at) // DAY * DAY
    found = _due(model, compilation, today, ahead * DAY)
    told = _told(compilation, recorded, found[0], at, minimum, given)
    if output is not None:
        _write_sheet(model, compilation, found, told, today, form, output)
    if as_json:
        print(json.dumps(_plain(compilation, found, told, today), ensure_ascii=False))
    else:
        _show(compilation, found, told, today)
    if output is not None:
        print(visible(output))
    return NO if ci and any(each.state in (OVERDUE, UNKNOWN) for each in found) else 0


def _form(output: str | None) -> str:
    """Raises Problem."""
    if output is None:
        return ""
    if not output.lower().endswith((".md", ".html", ".htm")):
        raise Problem(f"the name {output} does not tell in which form to write", hint="end it in .md or .html")
    return "md" if output.lower().endswith(".md") else "html"


def _compilation(model: str) -> Compilation:
    content = read_bytes(model)
    if is_table(model, content):
        raise Problem(f"{model} is a compiled table, which has no review blocks: name the rule file")
    return compiled(model, content)


def _due(model: str, compilation: Compilation, today: int, ahead: int) -> list[Due]:
    """All reviews, the model's own first."""
    from cli.reviewing.due import due, plans
    from cli.reviewing.facts import begun

    found = plans(compilation, today)
    start = begun(model, compilation)
    return [due(plan, start, today, ahead) for plan in found]


def _told(
    compilation: Compilation, recorded: Recorded, own: Due, at: int | None, minimum: int, given: dict[str, Any]
) -> Told | None:
    """What the events say, if there are any."""
    if recorded == Recorded(now=recorded.now):
        return None
    from cli.reporting.handed import Handing
    from cli.reviewing.facts import told
    from runtime.dynamo.model import Model

    recorded.check()
    assert compilation.table is not None
    last = own.plan.last
    since = None if last is None else last.date
    handing = Handing(**given)
    return told(recorded, Model(compilation.table), handing, since, at, own.plan.every, minimum)


def _show(compilation: Compilation, found: list[Due], told: Told | None, today: int) -> None:
    from cli.listing import print_table
    from cli.reviewing import wording

    assert compilation.table is not None
    label = f" “{compilation.table.label}”" if compilation.table.label else ""
    print(visible(f"{compilation.table.model}{label}, seen on {write_date(today)}"))
    print()
    rows = [
        [wording.of(each), wording.day(each.since), wording.pace(each), wording.day(each.next), wording.when(each)]
        for each in found
    ]
    print_table(["review of", "counted from", "how often", "next", ""], rows)
    if told is not None:
        print()
        stretch = f"{write_instant(told.stretch.begin)} to {write_instant(told.stretch.at)}"
        print(f"an extra review is due now, from {stretch}:" if told.reasons else f"no extra review, from {stretch}")
        for each in told.reasons:
            print(visible(f"  {wording.reason(each)}"))
        say(visible(remark) for remark in told.remarks)
    say(_hints(found))


def _hints(found: list[Due]) -> list[str]:
    hints = []
    if not found[0].plan.written:
        hints.append("the model has no review block: 60 and then 90 days are taken; write one to say otherwise")
    if any(each.since is None for each in found):
        hints.append("it is not known since when: write `since DATE` into the review block")
    return hints


def _write_sheet(
    model: str, compilation: Compilation, found: list[Due], told: Told | None, today: int, form: str, output: str
) -> None:
    from cli.reviewing.agenda import agenda
    from cli.reviewing.facts import history
    from cli.reviewing.forms import as_html, as_markdown

    own = found[0]
    since = own.since if own.since is not None and own.since < today else today - own.plan.every
    changes = history(model, since)
    parts = list(agenda(compilation, found, told, changes, since, today))
    text = as_markdown(parts) if form == "md" else as_html(parts)
    write_lines(output, text.removesuffix("\n").split("\n"))


def _plain(compilation: Compilation, found: list[Due], told: Told | None, today: int) -> dict[str, Any]:
    from cli.reviewing import wording

    assert compilation.table is not None
    reviews = [
        {
            "of": each.program, "since": wording.day(each.since) or None, "next": wording.day(each.next) or None,
            "days": each.left, "state": each.state, "stable": each.plan.last is not None and each.plan.last.stable,
            "held": [wording.day(held.date) for held in each.plan.held],
        }
        for each in found
    ]  # fmt: skip
    extra = None
    if told is not None:
        extra = {
            "from": write_instant(told.stretch.begin),
            "to": write_instant(told.stretch.at),
            "reasons": [
                {
                    "kind": each.kind, "of": [*each.what], "now": each.now, "now_of": each.of, "before": each.before,
                    "before_of": each.before_of, "says": wording.reason(each),
                }
                for each in told.reasons
            ],
            "remarks": told.remarks,
        }  # fmt: skip
    return {"model": compilation.table.model, "at": write_date(today), "reviews": reviews, "extra": extra}
